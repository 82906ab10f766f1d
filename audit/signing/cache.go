package signing

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Limits on a [DigestCache]. Beyond them the entries that were not used for longest go.
const (
	MaxDigestCache = 64 << 20 // bytes of its file
	MaxCached      = 200_000  // files
)

// cacheHeader begins the file of a cache; another number is another format.
const cacheHeader = "glassbox digest cache 1\n"

// maxSkew is how far the clock of a file system elsewhere, say on a server, may differ from ours.
const maxSkew = 2 * time.Second

// DigestCache remembers the digests of files between runs, so that a file that was hashed and has not changed since need
// not be read again. It believes what the file system says: a file is the same if path, device, inode, size and both
// its times are, as in git's index. A file whose times are so young that another change could leave them as they are
// is not remembered (git calls it racy).
//
// What it says stands in place of the bytes, so it is used only where a caller asks for it, and never where a [File] is
// to be read afresh. Its file is refused when it was damaged or when others can write it. It is safe for use by several
// goroutines.
type DigestCache struct {
	path string
	dev  uint64 // the file system that the cache lies on
	time int64  // what time it was there on opening, in nanoseconds since 1970
	past int64  // what is surely past on any other

	mu      sync.Mutex
	entries map[string]*cacheEntry
	run     uint64
	use     CacheUse
}

// CacheUse tells what a cache was good for.
type CacheUse struct {
	Remembered int `json:"remembered"` // files whose digests it knew
	Read       int `json:"read"`       // files that were read
	TooNew     int `json:"too_new"`    // of these, the ones that changed too short a while ago to be remembered
}

// fileID is what the file system says of a file's content. Times are in nanoseconds since 1970.
type fileID struct {
	Device  uint64 `json:"device"`
	Inode   uint64 `json:"inode"`
	Size    int64  `json:"size"`
	Written int64  `json:"written"` // mtime, which anybody can set
	Changed int64  `json:"changed"` // ctime, which nobody can
}

// cacheEntry is a line of the file.
type cacheEntry struct {
	Path string `json:"path"`
	fileID
	Run     uint64               `json:"run"` // that used it last
	Digests map[Algorithm]string `json:"digests"`
}

// OpenDigestCache reads the cache in a file, or begins one where there is none; the folder must be there. now is the time
// by the caller's clock.
func OpenDigestCache(path string, now time.Time) (*DigestCache, error) {
	c := &DigestCache{path: path, past: now.Add(-maxSkew).UnixNano(), entries: map[string]*cacheEntry{}, run: 1}
	data, err := readOwn(path)
	if err != nil {
		return nil, fmt.Errorf("reading digest cache: %w", err)
	}
	if data != nil {
		if c.entries, err = parseCache(data); err != nil {
			return nil, fmt.Errorf("reading digest cache: %w", err)
		}
	}
	for _, e := range c.entries {
		c.run = max(c.run, e.Run+1)
	}
	if err := c.readTime(); err != nil {
		return nil, fmt.Errorf("beginning digest cache: %w", plain(err))
	}
	return c, nil
}

// readTime asks the file system itself what time it is: a file that is written from now on cannot be older.
func (c *DigestCache) readTime() error {
	f, err := os.CreateTemp(filepath.Dir(c.path), ".glassbox-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	id, ok := identify(info)
	if !ok {
		return errors.New("this system does not tell files apart well enough")
	}
	c.dev, c.time = id.Device, min(id.Written, id.Changed)
	return nil
}

// readOwn reads a file that nobody but its reader, or the system's owner, can have written; nil if there is none.
func readOwn(path string) ([]byte, error) {
	at, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, plain(err)
	case !at.Mode().IsRegular():
		return nil, errSpecial
	case at.Mode().Perm()&0o022 != 0:
		return nil, fmt.Errorf("others can write to it (%v)", at.Mode().Perm())
	case !ownFile(at):
		return nil, errors.New("it belongs to somebody else")
	case at.Size() > MaxDigestCache:
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", at.Size(), int64(MaxDigestCache))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, plain(err)
	}
	defer f.Close()
	if held, err := f.Stat(); err != nil || !os.SameFile(at, held) {
		return nil, errChanged
	}
	return io.ReadAll(io.LimitReader(f, MaxDigestCache))
}

// parseCache reads what [encodeCache] writes, and nothing else: what is not written again in the same bytes was damaged.
func parseCache(data []byte) (map[string]*cacheEntry, error) {
	text, ok := bytes.CutPrefix(data, []byte(cacheHeader))
	if !ok {
		return nil, errors.New("it is no digest cache")
	}
	entries := map[string]*cacheEntry{}
	for line := range bytes.Lines(text) {
		if line[0] != '{' {
			break // the digest of the lines before
		}
		var e cacheEntry
		if err := json.Unmarshal(line, &e); err != nil || !e.valid() || len(entries) == MaxCached {
			return nil, errors.New("it is damaged")
		}
		entries[e.Path] = &e
	}
	if !bytes.Equal(encodeCache(entries), data) {
		return nil, errors.New("it is damaged")
	}
	return entries, nil
}

func (e *cacheEntry) valid() bool {
	for a, digest := range e.Digests {
		if a.Size() == 0 || unhexed(digest, a.Size()) == nil {
			return false
		}
	}
	return filepath.IsAbs(e.Path) && len(e.Digests) > 0 && e.Size >= 0 && e.Run < 1<<62
}

// unhexed reads a digest of a size in bytes, nil where the text is none.
func unhexed(text string, size int) []byte {
	digest, err := hex.DecodeString(text)
	if err != nil || len(digest) != size {
		return nil
	}
	return digest
}

// encodeCache writes a line an entry in the order of their paths, between a header and the digest of all before.
func encodeCache(entries map[string]*cacheEntry) []byte {
	var b bytes.Buffer
	b.WriteString(cacheHeader)
	for _, path := range slices.Sorted(maps.Keys(entries)) {
		line, _ := json.Marshal(entries[path]) // numbers and valid UTF-8
		b.Write(line)
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "sha256:%x\n", sha256.Sum256(b.Bytes()))
	return b.Bytes()
}

// Use tells what the cache was good for so far.
func (c *DigestCache) Use() CacheUse {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.use
}

// cachedFile is one file as a cache knows it. The zero value is a file that is read without one.
type cachedFile struct {
	cache *DigestCache
	path  string
	id    fileID
	file  File
}

// lookup returns what is asked of a file, nil unless all of it is known and the file is the same.
func (f cachedFile) lookup() map[Algorithm][]byte {
	if f.cache == nil || f.file.Fresh || len(f.file.Algorithms) == 0 {
		return nil
	}
	f.cache.mu.Lock()
	defer f.cache.mu.Unlock()
	e := f.cache.entries[f.path]
	if e == nil || e.fileID != f.id {
		return nil
	}
	sums := make(map[Algorithm][]byte, len(f.file.Algorithms))
	for _, a := range f.file.Algorithms {
		digest := unhexed(e.Digests[a], a.Size())
		if digest == nil {
			return nil
		}
		sums[a] = digest
	}
	e.Run = f.cache.run
	f.cache.use.Remembered++
	return sums
}

// store remembers the digests of a file that was read, if it is the same after as it was before.
func (f cachedFile) store(after fs.FileInfo, sums map[Algorithm][]byte) {
	if f.cache == nil {
		return
	}
	id, _ := identify(after)
	f.cache.mu.Lock()
	defer f.cache.mu.Unlock()
	f.cache.use.Read++
	switch {
	case id != f.id || !f.cache.settled(id):
		f.cache.use.TooNew++
	case filepath.IsAbs(f.path) && utf8.ValidString(f.path) && len(sums) > 0:
		f.cache.put(f.path, id, sums)
	}
}

func (c *DigestCache) put(path string, id fileID, sums map[Algorithm][]byte) {
	e := c.entries[path]
	if e == nil || e.fileID != id {
		e = &cacheEntry{Path: path, fileID: id, Digests: map[Algorithm]string{}}
		c.entries[path] = e
	}
	for a, digest := range sums {
		e.Digests[a] = hex.EncodeToString(digest)
	}
	e.Run = c.run
}

// settled tells whether any further change of a file must show in its times.
func (c *DigestCache) settled(id fileID) bool {
	last := max(id.Written, id.Changed)
	if id.Device == c.dev {
		return last < c.time
	}
	return last < c.past
}

// Save writes the cache, for its owner alone, beside its file and puts it in place. Of two runs at a time the later one
// is kept.
func (c *DigestCache) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shrink()
	f, err := os.CreateTemp(filepath.Dir(c.path), ".glassbox-*")
	if err != nil {
		return fmt.Errorf("writing digest cache: %w", plain(err))
	}
	_, err = f.Write(encodeCache(c.entries))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("writing digest cache: %w", err)
	}
	return nil
}

// shrink drops what was not used for longest until the limits hold.
func (c *DigestCache) shrink() {
	all := slices.SortedFunc(maps.Values(c.entries), func(a, b *cacheEntry) int {
		return cmp.Or(cmp.Compare(b.Run, a.Run), strings.Compare(a.Path, b.Path))
	})
	room := MaxDigestCache - len(cacheHeader) - len("sha256:") - 2*sha256.Size - 1
	for i, e := range all {
		line, _ := json.Marshal(e)
		if room -= len(line) + 1; room < 0 || i >= MaxCached {
			delete(c.entries, e.Path)
		}
	}
}
