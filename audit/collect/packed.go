package collect

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"glassbox/audit/weights"
)

// packed is an archive as a file system: a release is read where it lies,
// inside a ZIP or tar file.
type packed struct {
	entries map[string]*node // by path; the root is "."
}

// node is a file, folder or link of an archive.
type node struct {
	name     string
	member   *weights.Member // nil for a folder that only the paths below it name
	folder   bool
	children []*node
}

// maxHops is how many symbolic links a path may lead through, as in Linux.
const maxHops = 40

// openPacked opens the archive in a file; nil where the file is none.
func openPacked(full, source string) (*Release, error) {
	f, err := os.Open(full)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", source, err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("opening %s: %w", source, err)
	}
	c, err := weights.OpenContainer(filepath.Base(full), f, info.Size())
	if c == nil || err != nil {
		f.Close()
		return nil, err
	}
	p, faults := newPacked(c)
	dir := p.top()
	return &Release{Name: packedName(filepath.Base(full)), Source: source, FS: p, Dir: dir, Faults: faults, close: f.Close}, nil
}

// packedName is an archive's name without what says that it is one.
func packedName(base string) string {
	for ext := range strings.FieldsSeq(".zip .tar .tgz .tbz2 .tar.gz .tar.bz2") {
		if name := base[:max(len(base)-len(ext), 0)]; name != "" && strings.EqualFold(base[len(name):], ext) {
			return name
		}
	}
	return base
}

// newPacked makes a tree of an archive's members. The faults say why the tree
// may not be all that somebody else would see in the archive.
func newPacked(c *weights.Container) (p *packed, faults []string) {
	p = &packed{entries: map[string]*node{".": {name: ".", folder: true}}}
	for _, problem := range c.Problems {
		if problem.Severity == weights.Fault && !slices.Contains(faults, problem.Message) {
			faults = append(faults, problem.Message)
		}
	}
	for i := range c.Members {
		m := &c.Members[i]
		if strings.Count(m.Name, "/") > MaxDepth {
			faults = append(faults, fmt.Sprintf("folders are nested deeper than %d", MaxDepth))
			continue
		}
		if !p.add(m) {
			faults = append(faults, fmt.Sprintf("member %.80q is a file and a folder", m.Name))
		}
	}
	for _, e := range p.entries {
		slices.SortFunc(e.children, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
	}
	return p, faults
}

// add puts a member into the tree, with the folders above it; false where a
// file stands in its way.
func (p *packed) add(m *weights.Member) bool {
	parent := p.folder(path.Dir(m.Name))
	old := p.entries[m.Name]
	switch {
	case parent == nil || old != nil && !(old.folder && m.Folder):
		return false
	case old != nil:
		old.member = m
		return true
	}
	e := &node{name: path.Base(m.Name), member: m, folder: m.Folder}
	p.entries[m.Name] = e
	parent.children = append(parent.children, e)
	return true
}

// folder returns the folder at a path, and makes it where it is missing; nil
// where something else is there.
func (p *packed) folder(name string) *node {
	if e := p.entries[name]; e != nil {
		if !e.folder {
			return nil
		}
		return e
	}
	parent := p.folder(path.Dir(name))
	if parent == nil {
		return nil
	}
	e := &node{name: path.Base(name), folder: true}
	p.entries[name] = e
	parent.children = append(parent.children, e)
	return e
}

// top is where the release begins: in the one folder in which all lies, or at
// the root. What macOS puts beside it does not count.
func (p *packed) top() string {
	top := "."
	for _, e := range p.entries["."].children {
		switch {
		case e.name == "__MACOSX":
		case !e.folder || top != ".":
			return "."
		default:
			top = e.name
		}
	}
	return top
}

// find resolves a path through links, which never lead out of the archive.
func (p *packed) find(op, name string) (*node, error) {
	fail := func(err error) (*node, error) { return nil, &fs.PathError{Op: op, Path: name, Err: err} }
	at := name
	for range maxHops {
		link := p.firstLink(at)
		if link == "" {
			e := p.entries[at]
			if e == nil {
				return fail(fs.ErrNotExist)
			}
			return e, nil
		}
		target := p.entries[link].member.Link
		at = path.Join(path.Dir(link), target, strings.TrimPrefix(at, link))
		if path.IsAbs(target) || at == ".." || strings.HasPrefix(at, "../") {
			return fail(errors.New("a link that leads out of the archive"))
		}
	}
	return fail(errors.New("too many links"))
}

// firstLink is the part of a path up to the first link in it; empty for none.
func (p *packed) firstLink(name string) string {
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		if e := p.entries[name[:i]]; e != nil && e.isLink() {
			return name[:i]
		}
	}
	return ""
}

// Open opens a file or folder.
func (p *packed) Open(name string) (fs.File, error) {
	e, err := p.find("open", name)
	if err != nil {
		return nil, err
	}
	f := &packedFile{node: e}
	if e.folder {
		return f, nil
	}
	r, err := e.member.Open()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f.SectionReader = io.NewSectionReader(r, 0, e.member.Size)
	return f, nil
}

// Stat follows links.
func (p *packed) Stat(name string) (fs.FileInfo, error) { return orNil(p.find("stat", name)) }

// Lstat does not follow the last one.
func (p *packed) Lstat(name string) (fs.FileInfo, error) {
	if e := p.entries[name]; e != nil {
		return e, nil
	}
	return p.Stat(name)
}

func orNil(e *node, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// ReadLink is where a link leads, as it is written.
func (p *packed) ReadLink(name string) (string, error) {
	if e := p.entries[name]; e != nil && e.isLink() {
		return e.member.Link, nil
	}
	return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
}

// ReadDir lists a folder by name.
func (p *packed) ReadDir(name string) ([]fs.DirEntry, error) {
	e, err := p.find("open", name)
	if err != nil {
		return nil, err
	}
	out := make([]fs.DirEntry, len(e.children))
	for i, c := range e.children {
		out[i] = fs.FileInfoToDirEntry(c)
	}
	return out, nil
}

func (e *node) isLink() bool { return e.member != nil && e.member.Link != "" }

func (e *node) Name() string { return e.name }

// Size is that of the content.
func (e *node) Size() int64 {
	if e.member == nil {
		return 0
	}
	return e.member.Size
}

// Mode tells files, folders and links apart; what has no content is a device
// or the like.
func (e *node) Mode() fs.FileMode {
	switch {
	case e.folder:
		return fs.ModeDir | 0o555
	case e.isLink():
		return fs.ModeSymlink | 0o777
	case !e.member.Readable():
		return fs.ModeIrregular
	}
	return 0o444
}

// ModTime is unknown: no clock has a place in an audit.
func (e *node) ModTime() time.Time { return time.Time{} }

func (e *node) IsDir() bool { return e.folder }

func (e *node) Sys() any { return nil }

// packedFile is an open file of an archive, read at any place.
type packedFile struct {
	*io.SectionReader
	node *node
}

func (f *packedFile) Stat() (fs.FileInfo, error) { return f.node, nil }

func (f *packedFile) Read(p []byte) (int, error) {
	if f.SectionReader == nil {
		return 0, &fs.PathError{Op: "read", Path: f.node.name, Err: errors.New("is a folder")}
	}
	return f.SectionReader.Read(p)
}

func (f *packedFile) Close() error { return nil }
