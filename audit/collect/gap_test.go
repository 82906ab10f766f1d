package collect_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

// damaged is a file system that does not give some of its files and folders.
type damaged struct {
	fs.FS
	names []string
}

func (b damaged) Open(name string) (fs.File, error) {
	for _, n := range b.names {
		if name == n || strings.HasPrefix(name, n+"/") {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
		}
	}
	return b.FS.Open(name)
}

func (b damaged) ReadLink(name string) (string, error)   { return fs.ReadLink(b.FS, name) }
func (b damaged) Lstat(name string) (fs.FileInfo, error) { return fs.Lstat(b.FS, name) }

func (b damaged) ReadDir(name string) ([]fs.DirEntry, error) {
	if slices.Contains(b.names, name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return fs.ReadDir(b.FS, name)
}

// deep puts a file below more folders than are looked into.
func deep(name string) string {
	return strings.Repeat("d/", collect.MaxDepth+1) + name
}

// tensors is a small safetensors file, pickled a pickle that calls something.
var (
	tensors = release.Safetensors(nil, release.NewTensor("w", "F32", 1, 4))
	pickled = []byte("\x80\x02cposix\nsystem\nq\x00X\x02\x00\x00\x00idq\x01\x85q\x02Rq\x03.")
)

// A folder or a file that was not looked at may hold what makes a rule fail:
// nothing that speaks of all files is met, and nothing is missing.
func TestWhatWasNotSeenIsNotTakenForGood(t *testing.T) {
	base := fstest.MapFS{"model.safetensors": {Data: tensors}, "config.json": {Data: []byte(`{"model_type": "llama"}`)}}
	with := func(name string, data []byte) fstest.MapFS {
		m := maps.Clone(base)
		m[name] = &fstest.MapFile{Data: data}
		return m
	}
	b := newBench(t)
	for what, fsys := range map[string]fs.FS{
		"too deep":          with(deep("bad.bin"), pickled),
		"unreadable folder": damaged{with("sub/bad.bin", pickled), []string{"sub"}},
		"unreadable file":   damaged{with("bad.bin", pickled), []string{"bad.bin"}},
		"unlikely name":     damaged{with("cat.png", pickled), []string{"cat.png"}},
	} {
		ev := gather(t, fsys)
		r := b.report(ev)
		if r.Verdict.Code != audit.ExitIncomplete {
			t.Errorf("%s: %+v", what, r.Verdict)
		}
		for _, rule := range []string{"weights-no-code", "weights-call-nothing", "weights-named-honestly", "weights-whole", "shards-complete", "loads-without-custom-code", "no-executables", "license-text-present", "signature-verified"} {
			if f := findingOf(t, r, rule); f.Outcome != audit.Unknown {
				t.Errorf("%s: %s is %s", what, rule, f.Word)
			}
		}
		if f := findingOf(t, r, "weights-present"); !f.Met() {
			t.Errorf("%s: weights-present is %s although they are", what, f.Word)
		}
	}
}

// What is bad stays bad, whatever else could not be read.
func TestABadFileFailsBesideAnUnreadableOne(t *testing.T) {
	r := newBench(t).report(gather(t, damaged{fstest.MapFS{"bad.bin": {Data: pickled}, "sub/x": {Data: tensors}}, []string{"sub"}}))
	for _, rule := range []string{"weights-no-code", "weights-call-nothing"} {
		if f := findingOf(t, r, rule); f.Outcome != audit.Fail || f.Places[0].Path != "bad.bin" {
			t.Errorf("%s: %s at %+v", rule, f.Word, f.Places)
		}
	}
}

// The walk goes on beside a folder that it cannot list, and says which it was.
func TestWalkGoesOnElsewhere(t *testing.T) {
	ev := gather(t, damaged{fstest.MapFS{
		deep("lost.bin"): {Data: pickled}, "a/lost": {Data: tensors}, "e/model.safetensors": {Data: tensors}, "z.txt": {Data: []byte("text")},
	}, []string{"a"}})
	for _, name := range []string{"e/model.safetensors", "z.txt"} {
		if m := fileAt(t, ev, name); m["readable"] != true {
			t.Errorf("%s: %v", name, m)
		}
	}
	for _, name := range []string{"a", path.Dir(deep("x"))} {
		m := fileAt(t, ev, name)
		if m["readable"] != false || m["kind"] != nil || m["role"] != nil {
			t.Errorf("%s: %v", name, m)
		}
	}
	if n, _ := ev.Get("/subject/files"); n != int64(2) {
		t.Errorf("%v files; folders are none", n)
	}
	if v, ok := ev.Get("/subject/digest"); ok {
		t.Errorf("digest %v of what was not read", v)
	}
}

// findingOf returns what a rule says in a report.
func findingOf(t *testing.T, r *audit.Report, rule string) audit.Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Rule == rule {
			return f
		}
	}
	t.Fatalf("no finding of %s", rule)
	return audit.Finding{}
}

// crowd is a folder with more files than are listed, and one more folder.
type crowd struct{ fstest.MapFS }

type crowded string

func (c crowded) Name() string               { return string(c) }
func (c crowded) IsDir() bool                { return false }
func (c crowded) Type() fs.FileMode          { return 0 }
func (c crowded) Info() (fs.FileInfo, error) { return c, nil }
func (c crowded) Size() int64                { return 0 }
func (c crowded) Mode() fs.FileMode          { return 0o644 }
func (c crowded) ModTime() time.Time         { return time.Time{} }
func (c crowded) Sys() any                   { return nil }

func (c crowd) ReadDir(name string) ([]fs.DirEntry, error) {
	if name != "crowd" {
		return fs.ReadDir(c.MapFS, name)
	}
	out := make([]fs.DirEntry, collect.MaxFiles)
	for i := range out {
		out[i] = crowded(fmt.Sprintf("%06d.txt", i))
	}
	return out, nil
}

func (c crowd) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "crowd/") {
		name = "empty"
	}
	return c.MapFS.Open(name)
}

// Beyond the limit on files nothing is known; what stands at the top is listed
// before what lies in folders.
func TestTooManyFiles(t *testing.T) {
	if testing.Short() {
		t.Skip("lists as many files as there may be")
	}
	ev := gather(t, crowd{fstest.MapFS{"empty": {}, "crowd/x": {}, "README.md": {Data: []byte("# Model\n\nA model of words.\n")}, "z/bad.bin": {Data: pickled}}})
	if m := fileAt(t, ev, "crowd"); m["readable"] != false {
		t.Errorf("crowd: %v", m)
	}
	r := newBench(t).report(ev)
	if f := findingOf(t, r, "card-present"); !f.Met() {
		t.Errorf("card-present is %s", f.Word)
	}
	if f := findingOf(t, r, "weights-present"); f.Outcome != audit.Unknown || r.Verdict.Code != audit.ExitIncomplete {
		t.Errorf("weights-present is %s; %+v", f.Word, r.Verdict)
	}
}

// hasLinks tells whether a release needs a disk: a map of files resolves no
// circles.
func hasLinks(files fstest.MapFS) bool {
	for _, f := range files {
		if f.Mode&fs.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// What the card tells stands, and each file that was not read says why.
func TestWhatStandsBesideAnUnreadableFile(t *testing.T) {
	card := "---\nlicense: mit\nco2_eq_emissions:\n  emissions: 120\n---\n# M\n\nA model.\n"
	ev := gather(t, damaged{fstest.MapFS{"README.md": {Data: []byte(card)}, "bad.bin": {Data: pickled}}, []string{"bad.bin"}})
	for pointer, want := range map[string]any{
		"/card/present": true, "/training/energy/disclosed": true,
		"/weights/files/0/path": "bad.bin", "/weights/files/0/reason": "cannot be read: input/output error",
	} {
		if v, _ := ev.Get(pointer); v != want {
			t.Errorf("%s is %v, want %v", pointer, v, want)
		}
	}
}

// A file, or a folder, that cannot be read never raises a floor, and is never
// a better verdict than the same release read whole.
func TestLimitsNeverRaiseAFloor(t *testing.T) {
	b := newBench(t)
	var all []fstest.MapFS
	for _, r := range release.All() {
		if files := r.Files(); !hasLinks(files) {
			all = append(all, files)
		}
	}
	for seed := range uint64(share(t, 0.1)) {
		all = append(all, release.Random(seed))
	}
	for i, files := range all {
		before := b.report(gather(t, files))
		lost := slices.Sorted(maps.Keys(files))
		for _, name := range lost {
			for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
				lost = append(lost, dir)
			}
		}
		slices.Sort(lost)
		for _, name := range slices.Compact(lost) {
			ev := gather(t, damaged{files, []string{name}})
			after := b.report(ev)
			if up := rises(floors(before), floors(after)); len(up) > 0 {
				t.Errorf("release %d, %s unreadable: %v; now met: %v", i, name, up, newlyMet(before, after))
			}
			if met := newlyMet(before, after); len(met) > 0 {
				t.Errorf("release %d, %s unreadable: now met: %v", i, name, met)
			}
			if f := files[name]; len(ev.Limits()) == 0 && (f == nil || f.Mode&fs.ModeSymlink == 0) { // a link out is not opened anyway
				t.Errorf("release %d, %s unreadable: no limit", i, name)
			}
		}
	}
}

// The limits of single readers are told as such: what they cut off is unknown,
// never missing.
func TestLimitsOfReadersAreNoAbsence(t *testing.T) {
	prose := func(n int) []byte {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "word%d ", i)
		}
		return []byte(b.String())
	}
	long := append([]byte("{\"@type\": \"sc:Dataset\", \"name\": \"d\", \"description\": \""), prose(collect.MaxManifest)...)
	notebook := append(append([]byte("x = 1\ny = 2\nz = 3\n#"), prose(collect.MaxSource)...), "\nloss.backward()\n"...)
	for _, row := range []struct {
		file string
		data []byte
		rule string
		met  bool // a part of it is enough
	}{
		{"TECHNICAL_REPORT.md", prose(collect.MaxDocument + 1000), "report-shown", true},
		{"croissant.json", append(long, "\"}"...), "training-data-shown", false},
		{"train.py", notebook, "training-code-shown", false},
	} {
		r := newBench(t).report(gather(t, fstest.MapFS{"model.safetensors": {Data: tensors}, row.file: {Data: row.data}}))
		f := findingOf(t, r, row.rule)
		switch {
		case row.met && !f.Met():
			t.Errorf("%s: %s is %s", row.file, row.rule, f.Word)
		case !row.met && (f.Outcome != audit.Unknown || r.Verdict.Code != audit.ExitIncomplete):
			t.Errorf("%s: %s is %s, %+v", row.file, row.rule, f.Word, r.Verdict)
		}
	}
}

// A nested card that is too large leaves the terms of data and parts open.
func TestNestedCardBeyondTheLimit(t *testing.T) {
	huge := append([]byte("---\nlicense: cc-by-nc-4.0\n---\n"), make([]byte, 11<<20)...)
	ev := gather(t, fstest.MapFS{"README.md": {Data: []byte("# M\n\nA model.\n")}, "data/README.md": {Data: huge}})
	if len(ev.Limits()) == 0 {
		t.Error("no limit was hit")
	}
	if v, ok := ev.Get("/datasets"); ok {
		t.Errorf("/datasets is %v", v)
	}
}

// Terms that are too long to read may forbid anything.
func TestTermsBeyondTheLimitLeaveRightsOpen(t *testing.T) {
	long := []byte(strings.Repeat("You may not use the model for anything. ", 10000))
	for _, name := range []string{"LICENSE-MODEL", "USE_POLICY.md", "REUSE.toml"} {
		files := maps.Clone(release.Exemplary())
		files[name] = &fstest.MapFile{Data: long}
		if name == "REUSE.toml" {
			files[name] = &fstest.MapFile{Data: append([]byte("version = 1\n#"), make([]byte, 8<<20)...)}
		}
		r := newBench(t).report(gather(t, files))
		if f := findingOf(t, r, "license-allows-every-use"); f.Outcome != audit.Unknown || r.Verdict.Code != audit.ExitIncomplete {
			t.Errorf("%s: license-allows-every-use is %s, %+v", name, f.Word, r.Verdict)
		}
	}
}

// One file by name is not a part of anything.
func TestOneFileIsWhole(t *testing.T) {
	ev, err := collect.Collect(context.Background(), &collect.Release{Name: "README.md", FS: fstest.MapFS{"README.md": {Data: []byte("# M\n\nA model.\n")}, "x/y": {}}, Dir: ".", Only: "README.md"})
	if err != nil || len(ev.Limits()) > 0 {
		t.Error(ev.Limits(), err)
	}
}

// The digest of the subject covers every byte where it says so: a change deep in
// a large file shows once everything is hashed, and before that it is said not to.
func TestSubjectDigestSaysWhatItCovers(t *testing.T) {
	digest := func(last byte, how collect.Hashing) (any, any) {
		data := make([]byte, 100<<10)
		data[len(data)-1] = last
		files := fstest.MapFS{"a.bin": {Data: data}, "b.txt": {Data: []byte("text")}}
		ev, err := collect.Options{Hash: how}.Collect(context.Background(), &collect.Release{Name: "r", FS: files, Dir: "."})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := ev.Get("/subject/digest")
		whole, _ := ev.Get("/subject/digest_whole")
		return d, whole
	}
	one, whole := digest(1, collect.HashAll)
	other, _ := digest(2, collect.HashAll)
	if whole != true || one == other {
		t.Errorf("hashed: %v and %v, whole %v", one, other, whole)
	}
	if _, whole := digest(1, collect.HashNone); whole != false {
		t.Errorf("not hashed, and digest_whole is %v", whole)
	}
}

// halting gives its files a byte at a time, as a pipe or a network may.
type halting struct{ fstest.MapFS }

type halted struct{ fs.File }

func (h halted) Read(p []byte) (int, error) { return h.File.Read(p[:min(len(p), 1)]) }

func (h halting) Open(name string) (fs.File, error) {
	f, err := h.MapFS.Open(name)
	if _, isDir := f.(fs.ReadDirFile); err != nil || isDir {
		return f, err
	}
	return halted{f}, nil
}

// A file is read to its end, however little each read gives.
func TestSourceIsReadToItsEnd(t *testing.T) {
	train := "import torch\nfor batch in data:\n    loss = model(batch)\n    loss.backward()\n    optimizer.step()\n"
	ev := gather(t, halting{fstest.MapFS{"train.py": {Data: []byte(train)}}})
	if v, _ := ev.Get("/code/training/present"); v != true {
		t.Errorf("/code/training/present is %v", v)
	}
}
