// Package collect turns a release into evidence: it opens files, reads what
// each format says, and writes facts with their sources. It never judges; that
// something is enough, open or safe is for rules to say.
//
// Open finds out what the subject is: a directory, a Hugging Face cache, an
// archive, or one file. Collect runs the
// collectors in a fixed order, one file a format, and the relations last, since
// they compare what the others found.
//
// A broken file in the release is a fact like any other. What a limit cuts off,
// or the disk does not give, is taken out of the evidence and named among the
// limits that were hit. Nothing in a release is executed, and no link is
// followed out of it: all files are opened through an [os.Root].
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
	"strings"

	"glassbox/audit/signing"
)

// UsageError is a subject that cannot be one: it is not there, or it is
// ambiguous. The program ends with exit code 2.
type UsageError struct {
	Msg  string
	Hint string
}

func (e *UsageError) Error() string { return e.Msg }

// Release is one opened subject.
type Release struct {
	Name     string   // what the subject is called, never text from inside it
	Source   string   // as the person who asked wrote it
	Revision string   // of a Hub cache; else empty
	FS       fs.FS    // everything that may be opened
	Dir      string   // where in FS the release begins
	Only     string   // the one file that was named, relative to Dir; empty for a directory
	Faults   []string // of an archive: why its list of files may not be what others see in it
	Path     string   // where Dir, or the one file, lies on the disk; empty where it does not: then no signature can be checked

	close func() error
}

// Close releases the directory handle.
func (r *Release) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// Open opens the subject at a path of the operating system.
func Open(source string) (*Release, error) {
	info, err := os.Stat(source)
	if err != nil {
		return nil, missing(source, err)
	}
	full, err := filepath.Abs(source)
	if err != nil {
		return nil, fmt.Errorf("resolving %s: %w", source, err)
	}
	if real, err := filepath.EvalSymlinks(full); err == nil && info.IsDir() {
		full = real
	}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, &UsageError{fmt.Sprintf("%s is neither a directory nor a regular file", source), ""}
		}
		if r, err := openPacked(full, source); r != nil || err != nil {
			return r, err
		}
		return openFile(full, source)
	}
	if r := hubSnapshot(full); r != nil {
		r.Source = source
		return rooted(hubRoot(full), r)
	}
	snapshot, err := signing.HubSnapshot(full)
	if ambiguous, ok := errors.AsType[*signing.SnapshotsError](err); ok {
		return nil, &UsageError{fmt.Sprintf("%s holds %d snapshots", source, ambiguous.Snapshots), "name one of them: " + filepath.Join(source, "snapshots", "REVISION")}
	}
	if err != nil {
		return nil, err
	}
	if snapshot != full {
		revision := filepath.Base(snapshot)
		return rooted(full, &Release{Name: hubName(filepath.Base(full)), Source: source, Revision: revision, Dir: path.Join("snapshots", revision)})
	}
	return rooted(full, &Release{Name: filepath.Base(full), Source: source, Dir: "."})
}

// openFile opens the one file that was named. In a Hub cache it is a link into
// the blobs, which is followed as within a snapshot; any other link that was
// named itself is resolved, as a directory would be.
func openFile(full, source string) (*Release, error) {
	r := &Release{Name: filepath.Base(full), Source: source, Dir: ".", Only: filepath.Base(full)}
	for dir := filepath.Dir(full); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		snapshot := hubSnapshot(dir)
		if snapshot == nil {
			continue
		}
		inside, err := filepath.Rel(dir, filepath.Dir(full))
		if err != nil {
			return nil, fmt.Errorf("resolving %s: %w", source, err)
		}
		r.Dir, r.Revision = path.Join(snapshot.Dir, filepath.ToSlash(inside)), snapshot.Revision
		return rooted(hubRoot(dir), r)
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		full = real
		r.Name, r.Only = filepath.Base(full), filepath.Base(full)
	}
	return rooted(filepath.Dir(full), r)
}

func missing(source string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening %s: %w", source, err)
	}
	hint := "name a directory that holds a release, or a model card"
	if strings.Count(source, "/") == 1 && !strings.HasPrefix(source, ".") && !strings.HasPrefix(source, "/") {
		hint = "that looks like the name of a model on a hub; download it first and name the directory"
	}
	return &UsageError{fmt.Sprintf("%s is not there", source), hint}
}

func rooted(dir string, r *Release) (*Release, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", r.Source, err)
	}
	r.FS, r.close = root.FS(), root.Close
	r.Path = filepath.Join(dir, filepath.FromSlash(path.Join(r.Dir, r.Only)))
	return r, nil
}

func isDir(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.IsDir()
}

// hubSnapshot recognises <cache>/models--owner--name/snapshots/<revision>,
// whose files are links into ../../blobs. The whole cache entry is the root,
// so that those links stay inside it.
func hubSnapshot(full string) *Release {
	snapshots := filepath.Dir(full)
	repo := filepath.Dir(snapshots)
	if filepath.Base(snapshots) != "snapshots" || !isDir(filepath.Join(repo, "blobs")) {
		return nil
	}
	revision := filepath.Base(full)
	return &Release{Name: hubName(filepath.Base(repo)), Revision: revision, Dir: path.Join("snapshots", revision)}
}

func hubRoot(full string) string { return filepath.Dir(filepath.Dir(full)) }

// hubName is what an entry of a Hub cache is called.
func hubName(dir string) string { return cmp.Or(signing.HubName(dir), dir) }

// Head returns the beginning of a file, up to limit bytes.
func (r *Release) Head(name string, limit int64) ([]byte, error) {
	f, err := r.FS.Open(path.Join(r.Dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit))
}

// ErrTooLarge is a file over the limit of its reader.
var ErrTooLarge = errors.New("larger than its reader's limit")

// Read returns a file's content, up to limit bytes; ErrTooLarge beyond.
func (r *Release) Read(name string, limit int64) ([]byte, error) {
	f, err := r.FS.Open(path.Join(r.Dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, ErrTooLarge
	}
	return data, nil
}

// part returns n bytes of a file from an offset on; fewer where it ends before.
func (r *Release) part(name string, offset, n int64) ([]byte, error) {
	f, err := r.FS.Open(path.Join(r.Dir, name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	at, ok := f.(io.ReaderAt)
	if !ok {
		return nil, fmt.Errorf("reading %s: the file system gives no access to parts of files", name)
	}
	return io.ReadAll(io.NewSectionReader(at, offset, n))
}
