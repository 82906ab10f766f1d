package signing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cacheBench is a model with a cache beside it.
type cacheBench struct {
	t        *testing.T
	dir, at  string
	files    []File
	contents map[string]string
}

func newCacheBench(t *testing.T) *cacheBench {
	b := &cacheBench{t: t, dir: filepath.Join(t.TempDir(), "model"), contents: map[string]string{}}
	b.at = filepath.Join(filepath.Dir(b.dir), "digests")
	for _, name := range []string{"a", "b", "sub/c"} {
		b.write(name, "content of "+name)
		b.files = append(b.files, File{Name: name, Size: int64(len(b.contents[name])), Algorithms: []Algorithm{SHA256}})
	}
	b.settle()
	return b
}

// settle waits until the clock of the file system has moved on.
func (b *cacheBench) settle() { time.Sleep(30 * time.Millisecond) }

func (b *cacheBench) write(name, content string) {
	b.contents[name] = content
	write(b.t, filepath.Join(b.dir, name), content)
}

func (b *cacheBench) open() *DigestCache {
	b.t.Helper()
	c, err := OpenDigestCache(b.at, time.Now())
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

// hash hashes with the cache, asks for right digests whatever it says, and saves it.
func (b *cacheBench) hash(c *DigestCache) (use CacheUse) {
	b.t.Helper()
	tree, err := OpenTree(b.dir, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	defer tree.Close()
	before := c.Use()
	digests, err := Hash(context.Background(), tree.Open, b.files, HashOptions{Cache: c})
	if err != nil {
		b.t.Fatal(err)
	}
	cached := 0
	for i, d := range digests {
		want := sha256.Sum256([]byte(b.contents[d.Name]))
		if d.Err != nil || b.files[i].ShardSize == 0 && !bytes.Equal(d.Sums[SHA256], want[:]) {
			b.t.Errorf("%s: %x %v", d.Name, d.Sums[SHA256], d.Err)
		}
		if d.Cached {
			cached++
		}
	}
	if err := c.Save(); err != nil {
		b.t.Error(err)
	}
	use = c.Use()
	use.Remembered, use.Read, use.TooNew = use.Remembered-before.Remembered, use.Read-before.Read, use.TooNew-before.TooNew
	if cached != use.Remembered {
		b.t.Errorf("%d digests say that they are from the cache, and it gave %d", cached, use.Remembered)
	}
	return use
}

func (b *cacheBench) want(what string, got, want CacheUse) {
	b.t.Helper()
	if got != want {
		b.t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

func TestDigestCache(t *testing.T) {
	b := newCacheBench(t)
	b.want("the first time", b.hash(b.open()), CacheUse{Read: 3})
	b.want("the second time", b.hash(b.open()), CacheUse{Remembered: 3})
	if info, err := os.Stat(b.at); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(b.at), ".glassbox-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	b.files[0].Fresh = true
	b.want("a file that is to be read", b.hash(b.open()), CacheUse{Remembered: 2, Read: 1})
	b.files[0].Fresh = false
	b.files[0].Algorithms = []Algorithm{SHA256, MD5}
	b.want("another algorithm", b.hash(b.open()), CacheUse{Remembered: 2, Read: 1})
	b.want("both are remembered", b.hash(b.open()), CacheUse{Remembered: 3})
	b.files[1].ShardSize, b.files[1].ShardHash = 4, SHA256
	b.want("shards are not", b.hash(b.open()), CacheUse{Remembered: 2})
}

// Another content is noticed, whatever is done to make it look the same.
func TestDigestCacheNoticesChange(t *testing.T) {
	long := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	for what, change := range map[string]func(b *cacheBench, name string){
		"written over": func(b *cacheBench, name string) { b.write("a", "CONTENT of a") },
		"renamed into place": func(b *cacheBench, name string) {
			b.write("z", "CONTENT of a")
			b.contents["a"] = b.contents["z"]
			os.Chtimes(filepath.Join(b.dir, "z"), long, long)
			os.Rename(filepath.Join(b.dir, "z"), name)
		},
		"exchanged": func(b *cacheBench, name string) {
			b.write("b", "CONTENT of b")
			other := filepath.Join(b.dir, "b")
			b.contents["a"], b.contents["b"] = b.contents["b"], b.contents["a"]
			os.Rename(name, name+".kept")
			os.Rename(other, name)
			os.Rename(name+".kept", other)
		},
	} {
		t.Run(what, func(t *testing.T) {
			b := newCacheBench(t)
			name := filepath.Join(b.dir, "a")
			os.Chtimes(name, long, long)
			b.settle()
			b.hash(b.open())
			change(b, name)
			os.Chtimes(name, long, long)
			b.settle()
			if use := b.hash(b.open()); use.Read == 0 {
				t.Errorf("%+v", use)
			}
		})
	}
}

// A file that changes while the clock stands still looks the same before and after: it is never remembered.
func TestDigestCacheIsNotRacy(t *testing.T) {
	b := newCacheBench(t)
	c := b.open()
	for i := range 50 {
		b.write("a", fmt.Sprintf("content %03d", i)[:len("content of a")-1]+"!")
		use := b.hash(c)
		if use.TooNew != 1 || use.Read < 1 {
			t.Fatalf("%+v", use)
		}
	}
	// On another file system its clock is not known, and ours has to be well past.
	id := fileID{Device: c.dev + 1, Changed: c.time - int64(time.Second)}
	if c.settled(id) {
		t.Error("a second is less than clocks may differ by")
	}
	if id.Changed -= int64(3 * time.Second); !c.settled(id) {
		t.Error("four seconds ago is past")
	}
	if id.Written = c.time + 1; c.settled(id) {
		t.Error("a time to come is not past")
	}
}

// What was damaged, or could have been written by others, is refused and stays as it is.
func TestDigestCacheRefusals(t *testing.T) {
	b := newCacheBench(t)
	b.hash(b.open())
	good := read(t, b.at)
	refused := func(t *testing.T, what, want string) {
		t.Helper()
		before, _ := os.ReadFile(b.at)
		if _, err := OpenDigestCache(b.at, time.Now()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
		if after, _ := os.ReadFile(b.at); !bytes.Equal(before, after) {
			t.Errorf("%s: it was changed", what)
		}
	}
	put := func(content []byte) {
		t.Helper()
		os.Remove(b.at)
		if err := os.WriteFile(b.at, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := len(cacheHeader); i < len(good); i++ {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if put(bad); !t.Failed() {
			refused(t, fmt.Sprintf("byte %d", i), "damaged")
		}
	}
	for what, bad := range map[string][]byte{
		"cut off": good[:len(good)-1], "more": append(bytes.Clone(good), '\n'), "twice": append(bytes.Clone(good), good...),
		"a line less": append(bytes.Clone(good[:len(cacheHeader)]), good[bytes.IndexByte(good[len(cacheHeader):], '\n')+len(cacheHeader)+1:]...),
	} {
		put(bad)
		refused(t, what, "damaged")
	}
	for what, other := range map[string]string{"empty": "", "a card": "# A model\n", "of another release": strings.Replace(string(good), "cache 1", "cache 2", 1)} {
		put([]byte(other))
		refused(t, what, "no digest cache")
	}
	put(good)
	os.Chmod(b.at, 0o620)
	refused(t, "a group may write", "others can write")
	os.Remove(b.at)
	write(t, b.at+".real", string(good))
	symlink(t, b.at+".real", b.at)
	refused(t, "a link", "not a regular file")
	os.Remove(b.at)
	put(nil)
	os.Truncate(b.at, MaxDigestCache+1)
	refused(t, "too large", "limit")
	os.Remove(b.at)
	os.Mkdir(b.at, 0o755)
	refused(t, "a folder", "not a regular file")
	if _, err := OpenDigestCache(filepath.Join(b.dir, "none", "cache"), time.Now()); err == nil {
		t.Error("there is no folder for it")
	}
}

// However much is hashed, the file stays within its limits, and what was used last stays.
func TestDigestCacheIsBounded(t *testing.T) {
	c := &DigestCache{path: filepath.Join(t.TempDir(), "digests"), entries: map[string]*cacheEntry{}, run: 2}
	long := strings.Repeat("x", 4000)
	sums := map[Algorithm][]byte{SHA256: make([]byte, 32)}
	for i := range 20_000 {
		path := fmt.Sprintf("/%05d/%s", i, long)
		c.put(path, fileID{Inode: uint64(i)}, sums)
		c.entries[path].Run = uint64(1 + i%2)
	}
	if err := c.Save(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenDigestCache(c.path, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(again.entries); n < 10_000 || n == 20_000 {
		t.Errorf("%d entries", n)
	}
	for i := 1; i < 20_000; i += 2 {
		if again.entries[fmt.Sprintf("/%05d/%s", i, long)] == nil {
			t.Fatalf("entry %d was used last and is gone", i)
		}
	}
}

func FuzzParseCache(f *testing.F) {
	entry := &cacheEntry{Path: "/a", Run: 1, Digests: map[Algorithm]string{SHA256: strings.Repeat("ab", 32)}}
	f.Add(encodeCache(map[string]*cacheEntry{"/a": entry}))
	f.Add(encodeCache(nil))
	f.Add([]byte(cacheHeader + "{}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, err := parseCache(data)
		if err == nil && !bytes.Equal(encodeCache(entries), data) {
			t.Error("it reads otherwise than it was written")
		}
	})
}
