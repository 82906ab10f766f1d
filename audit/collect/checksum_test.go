package collect_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

// gatherWith collects a release in memory, or on disk where fsys is a path.
func gatherWith(t testing.TB, o collect.Options, fsys fs.FS) *audit.Evidence {
	t.Helper()
	ev, err := o.Collect(context.Background(), &collect.Release{Name: "r", Source: "r", FS: fsys, Dir: "."})
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func sha256Of(data []byte) string {
	d := sha256.Sum256(data)
	return hex.EncodeToString(d[:])
}

// want asks for a value at a pointer; "absent" for none.
func want(t testing.TB, ev *audit.Evidence, pointer string, value any) {
	t.Helper()
	got, ok := ev.Get(pointer)
	switch {
	case value == "absent" && ok:
		t.Errorf("%s is %v, and nobody could know", pointer, got)
	case value != "absent" && (!ok || fmt.Sprint(got) != fmt.Sprint(value)):
		t.Errorf("%s is %v (%v), want %v", pointer, got, ok, value)
	}
}

func onlyFinding(t testing.TB, ev *audit.Evidence, rule string) audit.Finding {
	t.Helper()
	for _, f := range newBench(t).report(ev).Findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s", rule)
	return audit.Finding{}
}

func TestChecksums(t *testing.T) {
	all := release.WeightsOnly()
	weights := all["model.safetensors"].Data
	config := all["config.json"].Data
	list := func(text string) fstest.MapFS {
		files := release.WeightsOnly()
		files["SHA256SUMS"] = &fstest.MapFile{Data: []byte(text)}
		return files
	}
	good := sha256Of(weights) + "  model.safetensors\n"
	md := md5.Sum(weights)
	for _, row := range []struct {
		what  string
		files fstest.MapFS
		hash  collect.Hashing
		want  map[string]any
	}{
		{"no list", all, 0, map[string]any{
			"/checksums/present": false, "/checksums/strength": nil, "/checksums/covers_weights": false, "/checksums/weights/match": false,
			"/checksums/files/listed": 0, "/relations/checksums": "absent", "/files/2/digest": "absent",
		}},
		{"all well", list(good + sha256Of(config) + " *config.json\n"), 0, map[string]any{
			"/checksums/present": true, "/checksums/strength": "strong", "/checksums/covers_weights": true,
			"/checksums/weights/match": true, "/checksums/weights/strong": true,
			"/checksums/files/match": 2, "/checksums/files/mismatch": 0, "/checksums/files/missing": 0, "/checksums/files/unchecked": 0,
			"/relations/checksums/0/agree": true, "/relations/checksums/1/agree": true,
		}},
		{"one differs, one is not here", list(good + sha256Of(nil) + "  config.json\n" + sha256Of(nil) + "  gone.bin\n"), 0, map[string]any{
			"/checksums/files/listed": 3, "/checksums/files/match": 1, "/checksums/files/mismatch": 1, "/checksums/files/missing": 1,
			"/relations/checksums/1/agree": false, "/relations/checksums/1/name": "config.json", "/relations/checksums/2": "absent",
			"/checksums/weights/match": true,
		}},
		{"the weights differ", list(sha256Of(nil) + "  model.safetensors\n"), 0, map[string]any{
			"/checksums/covers_weights": true, "/checksums/weights/match": false, "/checksums/weights/strong": false,
		}},
		{"MD5", fstest.MapFS{"model.safetensors": all["model.safetensors"], "checklist.chk": {Data: fmt.Appendf(nil, "%x  model.safetensors\n", md)}}, 0, map[string]any{
			"/checksums/strength": "weak", "/checksums/weights/match": true, "/checksums/weights/strong": false,
			"/relations/checksums/0/between/1": "/files/1", "/relations/checksums/0/agree": true, "/files/1/digest": "absent",
		}},
		{"one list that holds and one that does not", fstest.MapFS{
			"model.safetensors": all["model.safetensors"], "SHA256SUMS": {Data: []byte(good)}, "md5sums": {Data: []byte(strings.Repeat("0", 32) + "  model.safetensors\n")},
		}, 0, map[string]any{
			"/checksums/weights/match": true, "/checksums/weights/strong": true, "/checksums/files/mismatch": 1, "/checksums/files/listed": 1,
		}},
		{"nothing hashed", list(good + sha256Of(nil) + "  gone.bin\n"), collect.HashNone, map[string]any{
			"/checksums/covers_weights": true, "/checksums/weights/match": "absent", "/checksums/weights/strong": "absent",
			"/checksums/files/unchecked": 1, "/checksums/files/missing": 1, "/checksums/files/match": "absent", "/checksums/files/mismatch": "absent",
			"/relations/checksums": "absent",
		}},
		{"nothing hashed and nothing published", all, collect.HashNone, map[string]any{"/checksums/weights/match": false}},
		{"everything hashed", all, collect.HashAll, map[string]any{"/files/1/digest": "sha256:" + sha256Of(config), "/relations/checksums": "absent"}},
		{"a list of itself", list(good + sha256Of(nil) + "  SHA256SUMS\n"), 0, map[string]any{"/checksums/files/listed": 1}},
		{"a list below that speaks of the top", fstest.MapFS{"model.safetensors": all["model.safetensors"], "sums/SHA256SUMS": {Data: []byte(good)}}, 0, map[string]any{
			"/checksums/weights/match": true, "/checksums/published/0/path": "model.safetensors",
		}},
		{"a digest beside its file", fstest.MapFS{"model.safetensors": all["model.safetensors"], "model.safetensors.sha256": {Data: []byte(sha256Of(weights))}}, 0, map[string]any{
			"/checksums/weights/match": true,
		}},
		{"a blob with its digest for a name", fstest.MapFS{"blobs/sha256-" + sha256Of(weights): all["model.safetensors"]}, 0, map[string]any{
			"/checksums/weights/match": true, "/checksums/published/0/origin": "blob_name", "/checksums/paths": "[]",
		}},
		{"a note of the Hub's client", fstest.MapFS{
			"model.safetensors": all["model.safetensors"], "config.json": all["config.json"],
			".cache/huggingface/download/model.safetensors.metadata": {Data: []byte(strings.Repeat("a", 40) + "\n" + sha256Of(weights) + "\n1700000000.5\n")},
			".cache/huggingface/download/config.json.metadata":       {Data: []byte(strings.Repeat("a", 40) + "\n" + release.GitBlobID([]byte("other")) + "\n1700000000.5\n")},
		}, 0, map[string]any{
			"/checksums/weights/match": true, "/checksums/published/0/origin": "hub_download", "/relations/checksums/0/agree": false, "/relations/checksums/0/name": "config.json",
		}},
		{"a pointer of Git LFS", fstest.MapFS{"model.safetensors": {Data: release.LFSPointer([32]byte{1}, 1000)}, "SHA256SUMS": {Data: []byte("01" + strings.Repeat("00", 31) + "  model.safetensors\n")}}, 0, map[string]any{
			"/checksums/files/missing": 1, "/checksums/weights/match": "absent", "/checksums/weights/strong": "absent", "/relations/checksums": "absent", "/checksums/covers_weights": true,
		}},
		{"a dataset's manifest", fstest.MapFS{
			"d/train.csv":      {Data: []byte("a,b\n1,2\n")},
			"d/croissant.json": {Data: []byte("{\"conformsTo\": \"http://mlcommons.org/croissant/1.0\", \"distribution\": [\n{\"contentUrl\": \"train.csv\",\n \"sha256\": \"" + sha256Of([]byte("a,b\n1,2\n")) + "\"},\n{\"contentUrl\": \"https://example.org/x\", \"sha256\": \"" + sha256Of(nil) + "\"},\n{\"contentUrl\": \"../../up\", \"sha256\": \"" + sha256Of(nil) + "\"}]}")},
		}, 0, map[string]any{
			"/checksums/published/0/origin": "croissant", "/checksums/published/1": "absent", "/relations/checksums/0/agree": true,
		}},
	} {
		t.Run(row.what, func(t *testing.T) {
			ev := gatherWith(t, collect.Options{Hash: row.hash}, row.files)
			for pointer, value := range row.want {
				want(t, ev, pointer, value)
			}
			if err := compileEvidence(t).Validate(map[string]any(ev.Doc)); err != nil {
				t.Errorf("%#v", err)
			}
		})
	}
}

// A contradiction points at the line of the list, and then at the file.
func TestChecksumContradictionNamesTheLine(t *testing.T) {
	f := onlyFinding(t, gather(t, release.Contradicting()), "checksums-match")
	if f.Word != audit.WordContradicted || len(f.Places) != 3 {
		t.Fatalf("%s with %d places", f.Word, len(f.Places))
	}
	if p := f.Places[0]; p.Pointer != "/relations/checksums/2" || p.Path != "SHA256SUMS" || p.Line != 3 {
		t.Errorf("first place is %+v", p)
	}
	if p := f.Places[2]; p.Path != "config.json" || p.Level != audit.Verified || p.Digest == "" {
		t.Errorf("the file is %+v", p)
	}
}

// What was hashed is said in every source of the file.
func TestSourcesCiteDigests(t *testing.T) {
	files := release.Exemplary()
	ev := gather(t, files)
	for pointer, list := range ev.Sources {
		for _, s := range list {
			if f := files[s.Path]; f != nil && s.Path != "SHA256SUMS" && s.Digest != "sha256:"+sha256Of(f.Data) {
				t.Errorf("%s cites %s with digest %q", pointer, s.Path, s.Digest)
			}
		}
	}
	if got := len(ev.SourcesAt("/files/0/digest")); got != 1 {
		t.Errorf("%d sources of a digest", got)
	}
}

// counting counts the bytes that are read of each file.
type counting struct {
	fstest.MapFS
	read map[string]int
}

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.MapFS.Open(name)
	if info, statErr := f.Stat(); err != nil || statErr != nil || info.IsDir() {
		return f, err
	}
	return &countedFile{f, name, c}, err
}

func (c *counting) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(c.MapFS, name) }

type countedFile struct {
	fs.File
	name string
	of   *counting
}

func (f *countedFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	f.of.read[f.name] += n
	return n, err
}

func (f *countedFile) ReadAt(p []byte, at int64) (int, error) {
	n, err := f.File.(io.ReaderAt).ReadAt(p, at)
	f.of.read[f.name] += n
	return n, err
}

// However many lists speak of a file, its bytes are read once.
func TestReleaseIsHashedOnce(t *testing.T) {
	const size = 4 << 20
	data := make([]byte, size)
	md := md5.Sum(data)
	files := &counting{fstest.MapFS{
		"big.bin":    {Data: data},
		"SHA256SUMS": {Data: []byte(sha256Of(data) + "  big.bin\n")},
		"md5sums":    {Data: fmt.Appendf(nil, "%x  big.bin\n", md)},
		"checksums":  {Data: []byte("SHA256 (big.bin) = " + sha256Of(data) + "\n")},
	}, map[string]int{}}
	progress := int64(0)
	ev := gatherWith(t, collect.Options{Hash: collect.HashAll, Progress: func(done, _ int64) { progress = done }}, files)
	want(t, ev, "/checksums/files/match", 1)
	if n := files.read["big.bin"]; n < size || n > size+size/4 { // headers are read besides
		t.Errorf("%d bytes were read of a file of %d", n, size)
	}
	if progress < size {
		t.Errorf("progress ended at %d", progress)
	}
}

// The names of a Hub cache's blobs are held against the blobs.
func TestHubCacheIsHashed(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, release.HubCache()); err != nil {
		t.Fatal(err)
	}
	cache := filepath.Join(dir, "models--acme--tiny-lm")
	ev := onDisk(t, cache)
	want(t, ev, "/checksums/files/match", 4)
	want(t, ev, "/checksums/weights/strong", true)
	want(t, ev, "/checksums/published/0/origin", "hub_cache")

	snapshots, err := filepath.Glob(filepath.Join(cache, "snapshots", "*", "model.safetensors"))
	if err != nil || len(snapshots) != 1 {
		t.Fatal(snapshots, err)
	}
	blob, err := os.OpenFile(snapshots[0], os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer blob.Close()
	if _, err := blob.WriteAt([]byte{1}, 60_000-8_000); err != nil {
		t.Fatal(err)
	}
	ev = onDisk(t, cache)
	want(t, ev, "/checksums/files/mismatch", 1)
	want(t, ev, "/checksums/weights/match", false)
}

// A list that cannot be read whole leaves everything about digests open.
func TestChecksumLimit(t *testing.T) {
	ev := gather(t, fstest.MapFS{"model.safetensors": release.WeightsOnly()["model.safetensors"], "SHA256SUMS": {Data: []byte(strings.Repeat("#\n", 8<<20+1))}})
	want(t, ev, "/checksums", "absent")
	if limits := ev.Limits(); len(limits) != 1 || limits[0] != "/checksums" {
		t.Errorf("limits %v", limits)
	}
	if got, code := ev.WhyLimited("/checksums"), newBench(t).report(ev).Verdict.Code; code != audit.ExitIncomplete || !strings.Contains(got, "SHA256SUMS") {
		t.Errorf("%d: %s", code, got)
	}
}

// broken gives out files that end with an error once their head is read.
type broken struct {
	fstest.MapFS
	name string
}

func (b *broken) Open(name string) (fs.File, error) {
	f, err := b.MapFS.Open(name)
	if name != b.name || err != nil {
		return f, err
	}
	return &brokenFile{f, 0}, nil
}

func (b *broken) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(b.MapFS, name) }

type brokenFile struct {
	fs.File
	read int
}

func (f *brokenFile) Read(p []byte) (int, error) {
	if f.read > 64<<10 {
		return 0, &fs.PathError{Op: "read", Path: "/secret/place", Err: errors.New("input/output error")}
	}
	n, err := f.File.Read(p[:min(len(p), 4096)])
	f.read += n
	return n, err
}

// A disk that gives up makes the audit incomplete; it contradicts nobody.
func TestDiskThatCannotBeHashed(t *testing.T) {
	data := make([]byte, 1<<20)
	ev := gather(t, &broken{fstest.MapFS{
		"notes.bin.txt": {Data: bytes.Repeat([]byte("text "), len(data)/5)}, "SHA256SUMS": {Data: []byte(sha256Of(data) + "  notes.bin.txt\n")},
	}, "notes.bin.txt"})
	want(t, ev, "/files/1/digest", "absent")
	want(t, ev, "/checksums/files/unchecked", 1)
	want(t, ev, "/relations/checksums", "absent")
	limits := ev.Limits()
	if len(limits) != 1 || limits[0] != "/files/1/digest" || strings.Contains(ev.WhyLimited(limits[0]), "secret") {
		t.Errorf("limits %v: %s", limits, ev.WhyLimited(limits[0]))
	}
}
