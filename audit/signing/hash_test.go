package signing

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

// Digests published with the algorithms, or by their own tools, for "abc"; git's for "hello\n".
func TestAlgorithms(t *testing.T) {
	for a, want := range map[Algorithm]string{
		SHA256:  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		BLAKE2b: "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
		BLAKE3:  "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
		SHA512:  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
		SHA384:  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
		SHA224:  "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
		SHA1:    "a9993e364706816aba3e25717850c26c9cd0d89d",
		MD5:     "900150983cd24fb0d6963f7d28e17f72",
	} {
		if got := hex.EncodeToString(sumOf(t, a, "abc")); got != want {
			t.Errorf("%s: %s", a, got)
		}
		if a.Size() != len(want)/2 {
			t.Errorf("%s: size %d", a, a.Size())
		}
	}
	if got := hex.EncodeToString(sumOf(t, GitBlob, "hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("git: %s", got)
	}
	if SHA1.Strong() || MD5.Strong() || GitBlob.Strong() || Algorithm("x").Strong() || !SHA256.Strong() {
		t.Error("strength")
	}
}

// hashed writes files, hashes them, and gives the results by name.
func hashed(t *testing.T, contents map[string][]byte, files []File, opts HashOptions) []Digests {
	t.Helper()
	dir := t.TempDir()
	for name, content := range contents {
		write(t, filepath.Join(dir, name), string(content))
	}
	digests, err := Hash(context.Background(), openTree(t, dir, nil).Open, files, opts)
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

func TestHashSizes(t *testing.T) {
	contents := map[string][]byte{}
	var files []File
	for i, size := range []int{0, 1, 63, 64, 1023, 1024, 1025, hashBuffer - 1, hashBuffer, hashBuffer + 1, 3*hashBuffer + 7} {
		name := string(rune('a' + i))
		contents[name] = randomBytes(size)
		files = append(files, File{Name: name, Size: int64(size), Algorithms: []Algorithm{SHA256, BLAKE2b, BLAKE3, GitBlob, MD5, "unknown"}})
	}
	for _, workers := range []int{0, 1, 3} {
		for i, d := range hashed(t, contents, files, HashOptions{Workers: workers}) {
			if d.Name != files[i].Name || d.Err != nil || len(d.Sums) != 5 {
				t.Fatalf("%+v", d)
			}
			for a, got := range d.Sums {
				if want := sumOf(t, a, string(contents[d.Name])); !bytes.Equal(got, want) {
					t.Errorf("%d bytes, %s: %x, want %x", d.Size, a, got, want)
				}
			}
		}
	}
}

// Files that lie in memory, and files that can only be read forward, have the digests of files on the disk.
func TestHashFS(t *testing.T) {
	content := randomBytes(2*hashBuffer + 5)
	memory := fstest.MapFS{"a": {Data: content}}
	files := []File{
		{Name: "a", Size: int64(len(content)), Algorithms: []Algorithm{SHA256}, ShardSize: 1000, ShardHash: SHA256},
		{Name: "gone", Size: 1, Algorithms: []Algorithm{SHA256}},
	}
	want := hashed(t, map[string][]byte{"a": content}, files[:1], HashOptions{})[0]
	for what, open := range map[string]func(string) (fs.File, error){
		"random access": memory.Open,
		"forward only": func(name string) (fs.File, error) {
			f, err := memory.Open(name)
			return struct{ fs.File }{f}, err
		},
	} {
		got, err := HashFS(context.Background(), open, files, HashOptions{})
		if err != nil || got[0].Err != nil {
			t.Fatalf("%s: %v, %v", what, err, got[0].Err)
		}
		if !bytes.Equal(got[0].Sums[SHA256], want.Sums[SHA256]) || len(got[0].Shards) != len(want.Shards) || !bytes.Equal(got[0].Shards[1], want.Shards[1]) {
			t.Errorf("%s: other digests than on the disk", what)
		}
		if !errors.Is(got[1].Err, fs.ErrNotExist) {
			t.Errorf("%s: a file that is not there: %v", what, got[1].Err)
		}
	}
}

func randomBytes(n int) []byte {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Shards come out the same whether the file is read once for everything or in parallel for shards alone.
func TestHashShards(t *testing.T) {
	content := randomBytes(2*hashBuffer + 11)
	for _, shard := range []int64{1000, hashBuffer, hashBuffer + 1, int64(len(content)), int64(len(content)) + 1} {
		var want [][]byte
		for piece := range slices.Chunk(content, int(shard)) {
			want = append(want, sumOf(t, BLAKE3, string(piece)))
		}
		for _, whole := range [][]Algorithm{nil, {SHA256}} {
			d := hashed(t, map[string][]byte{"x": content}, []File{{"x", int64(len(content)), whole, shard, BLAKE3, false}}, HashOptions{})[0]
			if !slices.EqualFunc(d.Shards, want, bytes.Equal) || len(d.Sums) != len(whole) {
				t.Errorf("shards of %d beside %v: %d digests, want %d", shard, whole, len(d.Shards), len(want))
			}
		}
	}
}

func TestShardUnits(t *testing.T) {
	f := File{Size: 10*shardRun + 5, ShardSize: 1000}
	units := f.units(7)
	next := int64(0)
	for i, u := range units {
		if u.file != 7 || u.start != next || u.start%1000 != 0 || u.size() > shardRun || u.size() == 0 {
			t.Fatalf("unit %d: %+v", i, u)
		}
		next = u.end
	}
	if next != f.Size || len(units) != 11 {
		t.Errorf("%d units up to %d", len(units), next)
	}
}

func TestHashErrors(t *testing.T) {
	contents := map[string][]byte{"good": []byte("good"), "grown": []byte("grown"), "shrunk": []byte("x")}
	files := []File{{Name: "gone", Size: 1}, {Name: "grown", Size: 4}, {Name: "good", Size: 4, Algorithms: []Algorithm{SHA256}}, {Name: "shrunk", Size: 2, ShardSize: 1, ShardHash: SHA256}}
	digests := hashed(t, contents, files, HashOptions{})
	for i, want := range []error{os.ErrNotExist, errChanged, nil, errChanged} {
		if d := digests[i]; !errors.Is(d.Err, want) || (want != nil) != (d.Sums == nil) || d.Name != files[i].Name {
			t.Errorf("%s: %v", d.Name, d.Err)
		}
	}
	if len(digests[3].Shards) != 0 {
		t.Error("half a result is left")
	}
}

// A file that is written to while it is read has no digest.
func TestHashNoticesChange(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	write(t, path, string(make([]byte, 4*hashBuffer)))
	progress := func(done, _ int64) {
		if done == hashBuffer {
			write(t, path, string(make([]byte, 4*hashBuffer)))
			if err := os.Chtimes(path, time.Time{}, time.Unix(1, 0)); err != nil {
				t.Error(err)
			}
		}
	}
	digests, err := Hash(context.Background(), openTree(t, dir, nil).Open, []File{{Name: "x", Size: 4 * hashBuffer, Algorithms: []Algorithm{SHA256}}}, HashOptions{Progress: progress})
	if err != nil || !errors.Is(digests[0].Err, errChanged) {
		t.Errorf("%v %v", err, digests)
	}
}

func TestProgress(t *testing.T) {
	contents := map[string][]byte{"a": make([]byte, 3*hashBuffer), "b": make([]byte, hashBuffer/2), "c": nil}
	var files []File
	for name, content := range contents {
		files = append(files, File{Name: name, Size: int64(len(content)), Algorithms: []Algorithm{MD5}})
	}
	last := int64(0)
	hashed(t, contents, files, HashOptions{Progress: func(done, total int64) {
		if done <= last || total != 7*hashBuffer/2 {
			t.Errorf("%d after %d of %d", done, last, total)
		}
		last = done
	}})
	if last != 7*hashBuffer/2 {
		t.Errorf("ended at %d", last)
	}
}

// sparse makes a file of any size that takes no room.
func sparse(t *testing.T, size int64) *Tree {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "x"), "")
	if err := os.Truncate(filepath.Join(dir, "x"), size); err != nil {
		t.Skip("no sparse files: ", err)
	}
	return openTree(t, dir, nil)
}

func TestHashStops(t *testing.T) {
	const size = 1 << 40
	ctx, cancel := context.WithCancel(context.Background())
	var stopped time.Time
	progress := func(done, _ int64) {
		if stopped.IsZero() && done > 8<<20 {
			stopped = time.Now()
			cancel()
		}
	}
	digests, err := Hash(ctx, sparse(t, size).Open, []File{{Name: "x", Size: size, Algorithms: []Algorithm{SHA256}}}, HashOptions{Progress: progress})
	if !errors.Is(err, context.Canceled) || digests != nil {
		t.Errorf("%v, %v", digests, err)
	}
	if took := time.Since(stopped); took > time.Second {
		t.Errorf("stopped after %v", took)
	}
}

func TestHashMemory(t *testing.T) {
	const size = 256 << 20
	tree := sparse(t, size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Hash(context.Background(), tree.Open, []File{{Name: "x", Size: size, Algorithms: []Algorithm{SHA256}}}, HashOptions{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes allocated for a file of %d", grown, size)
	}
}

func TestMerge(t *testing.T) {
	got := Merge(
		[]File{{Name: "b", Size: 2, Algorithms: []Algorithm{SHA256}}, {Name: "a", Size: 1}},
		[]File{{Name: "b", Size: 2, Algorithms: []Algorithm{MD5, SHA256}, ShardSize: 5, ShardHash: BLAKE3}, {Name: "c", Size: 3}},
	)
	if len(got) != 3 || got[0].Name != "a" || got[2].Name != "c" {
		t.Fatalf("%+v", got)
	}
	if b := got[1]; !slices.Equal(b.Algorithms, []Algorithm{SHA256, MD5}) || b.ShardSize != 5 || b.ShardHash != BLAKE3 {
		t.Errorf("%+v", b)
	}
}
