package signing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Limits on a directory.
const (
	MaxEntries = 1_000_000 // files, links and special files
	MaxDepth   = 200       // directories inside one another
)

var (
	errLink    = errors.New("it is a symbolic link")
	errSpecial = errors.New("it is not a regular file")
	errChanged = errors.New("it changed while it was being read")
)

// OpenLink opens what the symbolic link name, which holds the text target, stands for, if the caller vouches for it; an
// error leaves the link a link. It must return a regular file. [HubLinks] makes one for snapshots of a Hub cache.
type OpenLink func(name, target string) (*os.File, error)

// Tree is a model on the disk: a directory, or one file. What it opens never lies outside the directory, whatever links
// are put there while it works, except through an [OpenLink].
type Tree struct {
	root   *os.Root
	single string   // the one file, relative to root; "" for a directory
	named  *os.Root // the directory in which the caller named the one file, nil if that is root
	of     string   // in a directory that is searched for the signature of one file, that file's name
	name   string
	dir    string // the resolved directory, for placing other paths
	links  OpenLink
	follow bool // links inside the directory count as what they point to
}

// OpenTree opens a directory or a single file. path itself may be a link, as the caller chose it; links may be nil. An
// empty path is nothing, and not the working directory: it is what a variable that was never set leaves behind.
func OpenTree(path string, links OpenLink) (*Tree, error) {
	if path == "" {
		return nil, fmt.Errorf("opening model: %w", fs.ErrNotExist)
	}
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	if resolved, err = filepath.Abs(resolved); err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	t := &Tree{name: filepath.Base(resolved), dir: resolved, links: links}
	if !info.IsDir() {
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("opening model: %s is neither a directory nor a regular file", path)
		}
		// A link to a file keeps the name the caller used: in a Hub cache the target's name is its digest.
		t.dir, t.single, t.name = filepath.Dir(resolved), filepath.Base(resolved), filepath.Base(path)
	}
	if t.root, err = os.OpenRoot(t.dir); err != nil {
		return nil, fmt.Errorf("opening model: %w", err)
	}
	if t.single == "" {
		return t, nil
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		if dir, err = filepath.Abs(dir); err == nil && dir != t.dir {
			t.named, _ = os.OpenRoot(dir) // what cannot be opened holds no signature that could be read
		}
	}
	return t, nil
}

// Close lets go of the directory.
func (t *Tree) Close() error {
	if t.named != nil {
		t.named.Close()
	}
	return t.root.Close()
}

// places are the directories in which the signature may lie: the model itself, or of one file the directory in which it
// was named, then that in which it lies.
func (t *Tree) places() []*Tree {
	if t.single == "" {
		return []*Tree{t}
	}
	var places []*Tree
	for _, root := range []*os.Root{t.named, t.root} {
		if root != nil {
			places = append(places, &Tree{root: root, name: t.name, of: t.name, links: t.links})
		}
	}
	return places
}

// Name is the base name of the model.
func (t *Tree) Name() string { return t.name }

// Single tells whether the model is one file.
func (t *Tree) Single() bool { return t.single != "" }

// Rel turns a path of the caller's into the name it has in the tree, false if it lies outside. The path need not exist.
func (t *Tree) Rel(p string) (name string, inside bool) {
	abs, err := filepath.Abs(p)
	if err != nil {
		return "", false
	}
	// The last part is not resolved: a link in the tree is named by where it lies.
	full := filepath.Join(resolved(filepath.Dir(abs)), filepath.Base(abs))
	if real, err := filepath.EvalSymlinks(full); err == nil && real == t.dir {
		return ".", true
	}
	rel, err := filepath.Rel(t.dir, full)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return filepath.ToSlash(rel), true
}

// resolved follows the links in a path as far as it exists.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil || path == filepath.Dir(path) {
		return real
	}
	return filepath.Join(resolved(filepath.Dir(path)), filepath.Base(path))
}

// Kind is what an [Entry] is.
type Kind int

// The kinds.
const (
	Regular  Kind = iota
	Link          // a symbolic link that is not followed
	Special       // a socket, pipe or device
	Unlisted      // a directory whose content could not be listed
)

// Entry is one thing found in a [Tree]. Directories are not entries.
type Entry struct {
	Name string // slash-separated
	Kind Kind
	Size int64 // of a regular file, in bytes
	Err  error // why an Unlisted or Link entry is one, if known
}

// Entries lists the tree in name order. prune names directories to pass over, nil for none. A single file is one
// entry with its own name.
func (t *Tree) Entries(ctx context.Context, prune func(dir string) bool) ([]Entry, error) {
	if t.single != "" {
		info, err := t.root.Stat(t.single)
		if err != nil {
			return nil, fmt.Errorf("listing model: %w", err)
		}
		return []Entry{{Name: t.name, Size: info.Size()}}, nil
	}
	w := walk{tree: t, prune: prune}
	if err := w.dir(ctx, ".", 0); err != nil {
		return nil, fmt.Errorf("listing model: %w", err)
	}
	slices.SortFunc(w.entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return w.entries, nil
}

type walk struct {
	tree    *Tree
	prune   func(dir string) bool
	entries []Entry
}

// dir lists one directory, in batches so that a directory of millions cannot fill the memory.
func (w *walk) dir(ctx context.Context, name string, depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("more than %d directories inside one another", MaxDepth)
	}
	d, err := w.tree.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		w.entries = append(w.entries, Entry{Name: name, Kind: Unlisted, Err: err})
		return nil
	}
	defer d.Close()
	for {
		batch, err := d.ReadDir(1024)
		for _, item := range batch {
			if err := w.add(ctx, path.Join(name, item.Name()), item, depth); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			w.entries = append(w.entries, Entry{Name: name, Kind: Unlisted, Err: err})
			return nil
		}
	}
}

func (w *walk) add(ctx context.Context, name string, item fs.DirEntry, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if item.IsDir() {
		if w.prune != nil && w.prune(name) {
			return nil
		}
		return w.dir(ctx, name, depth+1)
	}
	if len(w.entries) == MaxEntries {
		return fmt.Errorf("more than %d files", MaxEntries)
	}
	if e, keep := w.tree.entry(name, item); keep {
		w.entries = append(w.entries, e)
	}
	return nil
}

// entry looks at one thing that is not a directory. It is not kept when it is a followed link to a directory, whose
// files are listed where they lie.
func (t *Tree) entry(name string, item fs.DirEntry) (e Entry, keep bool) {
	e = Entry{Name: name}
	info, err := item.Info()
	if err != nil {
		e.Kind, e.Err = Unlisted, err
		return e, true
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if info, err = t.linked(name); err != nil {
			e.Kind, e.Err = Link, err
			return e, true
		}
		if info.IsDir() {
			return e, false
		}
	}
	if !info.Mode().IsRegular() {
		e.Kind = Special
		return e, true
	}
	e.Size = info.Size()
	return e, true
}

// linked tells what a link counts as: what an OpenLink opens, else what it points to if links are followed.
func (t *Tree) linked(name string) (fs.FileInfo, error) {
	if f, err := t.openLink(name); err == nil {
		defer f.Close()
		return f.Stat()
	}
	if t.follow {
		return t.root.Stat(name) // os.Root refuses to leave the directory
	}
	return nil, errLink
}

func (t *Tree) openLink(name string) (*os.File, error) {
	if t.links == nil {
		return nil, errLink
	}
	target, err := t.root.Readlink(name)
	if err != nil {
		return nil, err
	}
	f, err := t.links(name, target)
	if err != nil {
		return nil, err
	}
	return regular(f)
}

// regular closes f again unless it is a regular file.
func regular(f *os.File) (*os.File, error) {
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errSpecial
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Open opens a regular file of the tree by the name [Tree.Entries] gave it. It never waits for the other end of a pipe.
func (t *Tree) Open(name string) (*os.File, error) {
	if t.single != "" {
		if name != t.name {
			return nil, fs.ErrNotExist
		}
		return t.openRegular(t.single)
	}
	if err := CheckName(name); err != nil {
		return nil, err
	}
	info, err := t.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if info.Mode()&fs.ModeSymlink == 0 {
		return t.openRegular(name)
	}
	if f, err := t.openLink(name); err == nil {
		return f, nil
	}
	if !t.follow {
		return nil, errLink
	}
	f, err := t.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return regular(f)
}

// openRegular opens a file that was no link a moment ago and makes sure that it is none now. os.Root follows links that
// stay inside, so it is asked afterwards what lies at the name: a link put there in between cannot be the file we hold.
func (t *Tree) openRegular(name string) (*os.File, error) {
	f, err := t.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if f, err = regular(f); err != nil {
		return nil, err
	}
	if !t.follow && t.single == "" {
		if err := t.isAt(f, name); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// isAt tells whether f is what lies at name with no link on the way. Each folder
// is opened and held, so that none can be exchanged between one look and the
// next.
func (t *Tree) isAt(f *os.File, name string) error {
	in := t.root
	for {
		first, rest, deeper := strings.Cut(name, "/")
		at, err := in.Lstat(first)
		if err != nil {
			return errChanged
		}
		if !deeper {
			held, err := f.Stat()
			if err != nil || !os.SameFile(at, held) {
				return errChanged
			}
			return nil
		}
		folder, err := in.OpenRoot(first)
		if err != nil {
			return errChanged
		}
		defer folder.Close()
		held, err := folder.Stat(".")
		if err != nil || !at.IsDir() || !os.SameFile(at, held) {
			return errChanged
		}
		in, name = folder, rest
	}
}
