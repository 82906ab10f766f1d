package disclosure

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
)

// MaxManifests bounds how many manifests one folder may hold.
const MaxManifests = 10_000

// Catalog is where manifests are looked up: one folder or several, each with
// <provider>/<model>.yaml. Nothing is read before it is asked for.
type Catalog struct {
	shelves []shelf
}

type shelf struct {
	fsys   fs.FS
	reader *Reader
	name   string // before the file in what is printed
}

// Add puts a folder into the catalog. The name stands before its files in
// faults.
func (c *Catalog) Add(name string, fsys fs.FS, r *Reader) {
	c.shelves = append(c.shelves, shelf{fsys, r, name})
}

// UnknownError is an id that no manifest has.
type UnknownError struct {
	ID   string
	Near string // the id that resembles it, or ""
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no disclosure manifest of %q", e.ID)
}

// validID is provider/model.
var validID = regexp.MustCompile(`^[a-z0-9][a-z0-9._:-]*/[a-z0-9][a-z0-9._:-]*$`)

// Find reads the manifest of provider/model, where the model may be one of its
// aliases. The error of an id that is not there is an *[UnknownError].
func (c *Catalog) Find(id string) (*Manifest, error) {
	if !validID.MatchString(id) {
		return nil, c.unknown(id)
	}
	for _, s := range c.shelves {
		m, err := s.read(id + ".yaml")
		if !errors.Is(err, fs.ErrNotExist) {
			return m, err
		}
	}
	provider, model, _ := strings.Cut(id, "/")
	for _, s := range c.shelves {
		files, err := s.files(provider)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			m, err := s.read(f)
			if err != nil {
				return nil, err
			}
			if slices.Contains(m.Aliases, model) {
				return m, nil
			}
		}
	}
	return nil, c.unknown(id)
}

func (c *Catalog) unknown(id string) error {
	var ids []string
	for _, s := range c.shelves {
		files, _ := s.files("*")
		for _, f := range files {
			ids = append(ids, name(f))
		}
	}
	return &UnknownError{id, audit.Nearest(id, ids)}
}

// All reads every manifest, sorted by name. The manifests that can be read are
// returned beside the error, which joins the faults of the others.
func (c *Catalog) All() ([]*Manifest, error) {
	var out []*Manifest
	var faults []error
	taken := map[string]string{}
	for _, s := range c.shelves {
		files, err := s.files("*")
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			m, err := s.read(f)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if other, twice := claim(taken, m); twice {
				faults = append(faults, &Fault{path.Join(s.name, f), 1, other})
				continue
			}
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *Manifest) int { return strings.Compare(a.Name(), b.Name()) })
	return out, errors.Join(faults...)
}

// claim notes the ids of a manifest and tells when another has one of them.
func claim(taken map[string]string, m *Manifest) (complaint string, twice bool) {
	for _, id := range append([]string{m.Model}, m.Aliases...) {
		id = m.Provider + "/" + id
		if other, twice := taken[id]; twice {
			return fmt.Sprintf("%s is what the manifest of %s calls itself", id, other), true
		}
		taken[id] = m.Name()
	}
	return "", false
}

// files lists the manifests of a provider, or of all with *, sorted.
func (s shelf) files(provider string) ([]string, error) {
	out, err := fs.Glob(s.fsys, provider+"/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing manifests in %s: %w", s.name, err)
	}
	if len(out) > MaxManifests {
		return nil, fmt.Errorf("listing manifests in %s: more than %d", s.name, MaxManifests)
	}
	return out, nil
}

func (s shelf) read(file string) (*Manifest, error) {
	data, err := s.bytes(file)
	if err != nil {
		return nil, err
	}
	m, err := s.reader.Read(file, data)
	if err != nil {
		return nil, s.inside(err)
	}
	return m, nil
}

func (s shelf) bytes(file string) ([]byte, error) {
	f, err := s.fsys.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, &Fault{path.Join(s.name, file), 1, "not an ordinary file"}
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path.Join(s.name, file), err)
	}
	return data, nil
}

// inside puts the folder's name before the file of each fault.
func (s shelf) inside(err error) error {
	var out []error
	for _, e := range unjoin(err) {
		if f, ok := e.(*Fault); ok {
			e = &Fault{path.Join(s.name, f.File), f.Line, f.Msg}
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

func unjoin(err error) []error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		return many.Unwrap()
	}
	return []error{err}
}
