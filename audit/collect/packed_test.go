package collect_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

// packers put a tree into an archive, below a folder of their choice.
var packers = map[string]func(t *testing.T, tree fs.FS, below string) []byte{
	"acme.zip": func(t *testing.T, tree fs.FS, below string) []byte { return zipped(t, tree, below, zip.Deflate) },
	"acme.ZIP": func(t *testing.T, tree fs.FS, below string) []byte { return zipped(t, tree, below, zip.Store) },
	"acme.tar": tarred,
	"acme.tar.gz": func(t *testing.T, tree fs.FS, below string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write(tarred(t, tree, below)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	},
}

func zipped(t *testing.T, tree fs.FS, below string, method uint16) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	walk(t, tree, func(name string, d fs.DirEntry) {
		h := &zip.FileHeader{Name: path.Join(below, name), Method: method}
		h.SetMode(d.Type() | 0o644)
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content(t, tree, name, d)); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t *testing.T, tree fs.FS, below string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	walk(t, tree, func(name string, d fs.DirEntry) {
		data := content(t, tree, name, d)
		h := &tar.Header{Typeflag: tar.TypeReg, Name: path.Join(below, name), Mode: 0o644, Size: int64(len(data))}
		if d.Type()&fs.ModeSymlink != 0 {
			h = &tar.Header{Typeflag: tar.TypeSymlink, Name: h.Name, Linkname: string(data)}
			data = nil
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func walk(t *testing.T, tree fs.FS, fn func(string, fs.DirEntry)) {
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			fn(name, d)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// content is what an archive keeps of a file: its bytes, or where a link leads.
func content(t *testing.T, tree fs.FS, name string, d fs.DirEntry) []byte {
	if d.Type()&fs.ModeSymlink != 0 {
		target, err := fs.ReadLink(tree, name)
		if err != nil {
			t.Fatal(err)
		}
		return []byte(target)
	}
	b, err := fs.ReadFile(tree, name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func written(t testing.TB, name string, b []byte) string {
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

// document is evidence as JSON, without what a place on the disk makes differ.
func document(t *testing.T, ev *audit.Evidence) string {
	for _, section := range []string{"subject", "signature", "lineage"} {
		delete(ev.Doc, section)
	}
	b, err := json.MarshalIndent(ev.Doc, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A release in an archive is the release: every archive, with its files at the
// top or in one folder, gives the evidence of the directory.
func TestPacked(t *testing.T) {
	for _, r := range release.All() {
		if r.Name == "hub-cache" {
			continue // its links lead to what lies beside the release
		}
		dir := filepath.Join(t.TempDir(), "acme")
		if err := os.CopyFS(dir, r.Files()); err != nil {
			t.Fatal(err)
		}
		want := document(t, onDisk(t, dir))
		for name, pack := range packers {
			for _, below := range []string{"", "acme"} {
				if r.Name == "empty" && below != "" {
					continue
				}
				ev := onDisk(t, written(t, name, pack(t, os.DirFS(dir), below)))
				if got, _ := ev.Get("/subject/name"); got != "acme" {
					t.Errorf("%s: called %v", name, got)
				}
				if r.Name == "signed" {
					if !limited(ev, "/signature") {
						t.Errorf("%s: an unchecked signature is not named among the limits", name)
					}
					continue
				}
				if got := document(t, ev); got != want {
					t.Errorf("%s in %s below %q is told otherwise:\n%s", r.Name, name, below, difference(want, got))
				}
			}
		}
	}
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			return strings.Join(w[i:min(i+4, len(w))], "\n") + "\nbut\n" + strings.Join(g[min(i, len(g)):min(i+4, len(g))], "\n")
		}
	}
	return "longer by " + strings.Join(g[len(w):], "\n")
}

// What is packed as one file of weights is that file.
func TestPackedWeights(t *testing.T) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range map[string]string{"m/data.pkl": "\x80\x02}.", "m/version": "3\n"} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"model.pt", "model.zip"} {
		ev := onDisk(t, written(t, name, b.Bytes()))
		if got, _ := ev.Get("/weights/files/0/format"); got != "pytorch" {
			t.Errorf("%s: format %v", name, got)
		}
	}
}

// An archive that others may see otherwise, or not at all, is never seen whole.
func TestHostileArchives(t *testing.T) {
	member := func(name, data string) func(*zip.Writer) error {
		return func(w *zip.Writer) error {
			f, err := w.Create(name)
			if err == nil {
				_, err = io.WriteString(f, data)
			}
			return err
		}
	}
	for name, build := range map[string][]func(*zip.Writer) error{
		"leaves the archive": {member("../evil.py", "x"), member("a", "b")},
		"absolute":           {member("/etc/passwd", "x")},
		"twice":              {member("a", "b"), member("a", "c")},
		"twice, another way": {member("d/a", "b"), member("d/./a", "c")},
		"file and folder":    {member("a", "b"), member("a/b", "c")},
		"backslashes":        {member(`..\evil.py`, "x")},
		"deep":               {member(strings.Repeat("d/", 100)+"a", "x")},
	} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, f := range build {
			if err := f(w); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if ev := onDisk(t, written(t, "a.zip", b.Bytes())); !limited(ev, "/files/0") {
			t.Errorf("%s: nothing is said to be missing", name)
		}
	}
	for _, name := range []string{"a.7z", "a.tar.xz"} {
		if ev := onDisk(t, written(t, name, []byte("7z\xBC\xAF\x27\x1C\x00\x04"+strings.Repeat("x", 100)))); !limited(ev, "/weights/files/0") {
			t.Errorf("%s: %v", name, ev.Limits())
		}
	}
	whole := packers["acme.tar.gz"](t, os.DirFS("testdata"), "")
	for _, cut := range []int{len(whole) / 2, len(whole) - 4} {
		if ev := onDisk(t, written(t, "a.tar.gz", whole[:cut])); len(ev.Limits()) == 0 {
			t.Errorf("cut at %d of %d: nothing is said to be missing", cut, len(whole))
		}
	}
}

func limited(ev *audit.Evidence, pointer string) bool {
	for _, l := range ev.Limits() {
		if l == pointer {
			return true
		}
	}
	return false
}

// Links in an archive are followed inside it, and nowhere else.
func TestPackedLinks(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	put := func(name, link, data string) {
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(data)), Typeflag: tar.TypeReg}
		if link != "" {
			h.Typeflag, h.Linkname = tar.TypeSymlink, link
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, data); err != nil {
			t.Fatal(err)
		}
	}
	put("real/config.json", "", `{"model_type": "llama"}`)
	put("config.json", "real/config.json", "")
	put("folder", "real", "")
	put("secret", "/etc/passwd", "")
	put("up", "../../etc/passwd", "")
	put("round", "round", "")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ev := onDisk(t, written(t, "a.tar", b.Bytes()))
	if got, _ := ev.Get("/architecture/model_type"); got != "llama" {
		t.Errorf("a link inside is not followed: %v", got)
	}
	files, _ := ev.Get("/files")
	for _, f := range files.([]any) {
		m := f.(map[string]any)
		if name := m["path"].(string); name == "secret" || name == "up" {
			if m["kind"] != "link" || m["stays_inside"] != false {
				t.Errorf("%s: %v", name, m)
			}
		}
	}
}

// Bombs cost little memory and little time, and are not seen to their end.
func TestPackedBombs(t *testing.T) {
	zeros := make([]byte, 1<<20)
	var z bytes.Buffer
	zw := zip.NewWriter(&z)
	f, err := zw.Create("model.bin")
	if err != nil {
		t.Fatal(err)
	}
	var g bytes.Buffer
	gw, _ := gzip.NewWriterLevel(&g, gzip.BestSpeed)
	tw := tar.NewWriter(gw)
	const mib = 600
	if err := tw.WriteHeader(&tar.Header{Name: "model.bin", Typeflag: tar.TypeReg, Size: mib << 20}); err != nil {
		t.Fatal(err)
	}
	for range mib {
		if _, err := io.MultiWriter(f, tw).Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if zw.Close() != nil || tw.Close() != nil || gw.Close() != nil {
		t.Fatal("writing the archives")
	}
	for name, b := range map[string][]byte{"bomb.zip": z.Bytes(), "bomb.tar.gz": g.Bytes()} {
		p := written(t, name, b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ev := onDisk(t, p)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<20 {
			t.Errorf("%s: %d MiB allocated", name, n>>20)
		}
		if len(ev.Limits()) == 0 {
			t.Errorf("%s was read to its end", name)
		}
	}
}

// Whoever waits is told of each file that was read, and of bytes within one.
func TestReading(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "acme")
	if err := os.CopyFS(dir, os.DirFS("../../testdata/releases/exemplary")); err != nil {
		t.Fatal(err)
	}
	rel, err := collect.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer rel.Close()
	var last collect.Reading
	calls := 0
	_, err = collect.Options{Reading: func(r collect.Reading) {
		if r.Done < last.Done || r.Bytes < last.Bytes {
			t.Errorf("%+v after %+v", r, last)
		}
		calls++
		last = r
	}}.Collect(t.Context(), rel)
	if err != nil || last.Done != last.Files || last.Files < 2 || last.Bytes == 0 || calls <= last.Files {
		t.Errorf("%d calls, the last %+v: %v", calls, last, err)
	}
}

// An archive beside the weights is listed where it holds some, or may: what could
// not be opened is never taken for empty.
func TestArchivesBesideWeights(t *testing.T) {
	zipOf := func(name, data string) string {
		return string(zipped(t, fstest.MapFS{name: {Data: []byte(data)}}, "", zip.Deflate))
	}
	gz := func(data string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, data); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	weight := header(`"format":"pt"`, "w:2,2")
	for name, test := range map[string]struct {
		data     string
		listed   bool
		complete any
	}{
		"model.7z":              {"7z\xBC\xAF\x27\x1C\x00\x04" + strings.Repeat("x", 100), true, false},
		"model.rar":             {"Rar!\x1A\x07\x01\x00" + strings.Repeat("x", 100), true, false},
		"model.tar.xz":          {"\xFD7zXZ\x00\x00\x04" + strings.Repeat("x", 100), true, false},
		"model.zst":             {"\x28\xB5\x2F\xFD" + strings.Repeat("x", 100), true, false},
		"train.jsonl.zst":       {"\x28\xB5\x2F\xFD" + strings.Repeat("x", 100), false, nil},
		"texts.zip":             {zipOf("a.txt", "a text"), false, nil},
		"weights.zip":           {zipOf("a.txt", weight), true, true},
		"broken.zip":            {zipOf("a.txt", weight)[:200], true, false},
		"notes.txt.gz":          {gz("a text"), false, nil},
		"w.gz":                  {gz(weight), true, true},
		"pickle.txt.gz":         {gz("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R."), true, true},
		"half-a-tar.tar.gz":     {gz(weight)[:40], true, false},
		"checkpoint.bin.tar.gz": {gz(string(tarred(t, fstest.MapFS{"a": {Data: []byte(weight)}}, ""))), true, true},
	} {
		ev := tree(t, t.TempDir(), "m", map[string]string{"model.safetensors": weight, name: test.data})
		list, _ := ev.Get("/weights/files")
		i := slices.IndexFunc(list.([]any), func(f any) bool { return f.(map[string]any)["path"] == name })
		if i >= 0 != test.listed || i >= 0 && list.([]any)[i].(map[string]any)["complete"] != test.complete {
			t.Errorf("%s: place %d of %v", name, i, list)
		}
	}
}

// FuzzPacked opens archives that anybody may have made.
func FuzzPacked(f *testing.F) {
	for _, b := range []string{"PK\x05\x06" + strings.Repeat("\x00", 18), "\x1F\x8B\x08\x00", "BZh91AY&SY", strings.Repeat("\x00", 257) + "ustar\x0000" + strings.Repeat("\x00", 248)} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		rel, err := collect.Open(written(t, "a.zip", b))
		if err != nil {
			t.Fatal(err)
		}
		defer rel.Close()
		if _, err := collect.Collect(t.Context(), rel); err != nil {
			t.Fatal(err)
		}
	})
}
