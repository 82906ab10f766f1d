//go:build unix

package collect_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

// fileAt returns the item of /files with a path.
func fileAt(t *testing.T, ev *audit.Evidence, path string) map[string]any {
	t.Helper()
	items, _ := ev.Get("/files")
	list, _ := items.([]any)
	for _, f := range list {
		if m := f.(map[string]any); m["path"] == path {
			return m
		}
	}
	t.Fatalf("no file %s in the evidence", path)
	return nil
}

// What a file is comes from its bytes, what it serves from both.
func TestInventoryTellsKindAndRole(t *testing.T) {
	tensors := release.Safetensors(nil, release.NewTensor("w", "F32", 1, 4))
	ev := gather(t, fstest.MapFS{
		"model.safetensors":            {Data: tensors},
		"picture.png":                  {Data: tensors},
		"config.json":                  {Data: []byte(`{}`)},
		"README.md":                    {Data: []byte("# A model\n")},
		"LICENSE":                      {Data: []byte("MIT License\n")},
		"NOTICE":                       {Data: []byte("notice\n")},
		"train.py":                     {Data: []byte("import os\n")},
		"run":                          {Data: []byte("#!/usr/bin/env python3\nprint(1)\n")},
		"report.pdf":                   {Data: []byte("%PDF-1.7\n")},
		"data.csv":                     {Data: []byte("a,b\n1,2\n")},
		"program":                      {Data: []byte("\x7fELF\x02\x01\x01\x00")},
		"empty.txt":                    {Data: nil},
		"model.sig":                    {Data: []byte("{}")},
		"SHA256SUMS":                   {Data: []byte("x")},
		"broken.gguf":                  {Data: []byte("<html>not found</html>")},
		".git/config":                  {Data: []byte("x")},
		"model.safetensors.index.json": {Data: []byte(`{}`)},
	})
	for path, want := range map[string][2]string{
		"model.safetensors": {"weights", "weights"}, "picture.png": {"weights", "weights"}, "config.json": {"json", "config"},
		"README.md": {"markdown", "model_card"}, "LICENSE": {"text", "license"}, "NOTICE": {"text", "notice"}, "train.py": {"python", "code"},
		"run": {"python", "code"}, "report.pdf": {"pdf", "document"}, "data.csv": {"csv", "data"}, "program": {"executable", "other"},
		"empty.txt": {"empty", "other"}, "model.sig": {"text", "signature"}, "SHA256SUMS": {"text", "checksums"},
		"broken.gguf": {"text", "weights"}, "model.safetensors.index.json": {"json", "weights_index"},
	} {
		if m := fileAt(t, ev, path); m["kind"] != want[0] || m["role"] != want[1] {
			t.Errorf("%s: kind %v, role %v, want %v", path, m["kind"], m["role"], want)
		}
	}
	items, _ := ev.Get("/files")
	if len(items.([]any)) != 16 {
		t.Errorf("%d files; version control is not part of a release", len(items.([]any)))
	}
}

// Links are followed inside the release and nowhere else; what is no file is
// never opened.
func TestInventoryFollowsNoLinkOut(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret.safetensors")
	must(t, os.WriteFile(secret, release.Safetensors(nil, release.NewTensor("w", "F32", 1, 4)), 0o644))
	must(t, os.WriteFile(filepath.Join(dir, "real.txt"), []byte("text"), 0o644))
	must(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	for name, target := range map[string]string{
		"out.safetensors": secret, "up.safetensors": "../" + filepath.Base(filepath.Dir(secret)) + "/secret.safetensors",
		"in.txt": "real.txt", "folder": "sub", "dangling": "nowhere", "self": "self", "sub/loop": "..",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644))
	ev := onDisk(t, dir)
	for name, inside := range map[string]bool{"out.safetensors": false, "up.safetensors": false, "in.txt": true, "folder": true, "sub/loop": true} {
		if m := fileAt(t, ev, name); m["stays_inside"] != inside {
			t.Errorf("%s: stays_inside %v, want %v", name, m["stays_inside"], inside)
		}
	}
	if m := fileAt(t, ev, "out.safetensors"); m["kind"] != "link" {
		t.Errorf("a link out of the release was opened: %v", m)
	}
	if m := fileAt(t, ev, "pipe"); m["kind"] != "special" {
		t.Errorf("pipe: %v", m)
	}
	if v, _ := ev.Get("/weights/present"); v != false {
		t.Errorf("/weights/present is %v: weights outside of the release were taken for its own", v)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A pointer keeps the digest it stands for, and is no weight.
func TestPointersAreNoWeights(t *testing.T) {
	ev := gather(t, fstest.MapFS{"model.safetensors": {Data: release.LFSPointer([32]byte{0xab}, 1234)}})
	if v, _ := ev.Get("/weights/present"); v != false {
		t.Errorf("/weights/present is %v", v)
	}
	if v, _ := ev.Get("/weights/files/0/oid"); v == nil || !strings.HasPrefix(v.(string), "ab00") {
		t.Errorf("oid %v", v)
	}
	if v, ok := ev.Get("/weights/loads_without_code"); ok {
		t.Errorf("loads_without_code is %v: nobody saw the bytes", v)
	}
}

// failing is a file system on which some files cannot be read.
type failing struct {
	fstest.MapFS
	broken string
}

func (f failing) Open(name string) (fs.File, error) {
	if name == f.broken {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("input/output error")}
	}
	return f.MapFS.Open(name)
}

// A disk that does not give a file makes the audit incomplete, not worse.
func TestUnreadableFilesAreLimits(t *testing.T) {
	for _, name := range []string{"README.md", "model.safetensors", "LICENSE"} {
		ev := gather(t, failing{release.Exemplary(), name})
		if name == "model.safetensors" {
			ev = gather(t, failing{release.WeightsOnly(), name})
		}
		if len(ev.Limits()) == 0 {
			t.Errorf("%s cannot be read and no limit was hit", name)
		}
		r := newBench(t).report(ev)
		if r.Verdict.Code != audit.ExitIncomplete {
			t.Errorf("%s cannot be read: %+v", name, r.Verdict)
		}
	}
	ev := gather(t, failing{release.Exemplary(), "README.md"})
	if v, ok := ev.Get("/card"); ok {
		t.Errorf("/card is %v although the card could not be read", v)
	}
}

// Names of subjects come from the path, never from inside; a Hub cache is
// opened by entry and by revision.
func TestSubjectNames(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	must(t, os.CopyFS(dir, release.HubCache()))
	entry := filepath.Join(dir, "models--acme--tiny-lm")
	ev := onDisk(t, entry)
	name, _ := ev.Get("/subject/name")
	revision, _ := ev.Get("/subject/revision")
	if name != "acme/tiny-lm" || revision == nil {
		t.Errorf("name %v, revision %v", name, revision)
	}
	again := onDisk(t, filepath.Join(entry, "snapshots", revision.(string)))
	if ev.Digest() != again.Digest() {
		t.Error("entry and snapshot give different evidence")
	}
	if v, _ := ev.Get("/weights/present"); v != true {
		t.Error("the blobs of a cache were not followed")
	}
	for _, bad := range []string{filepath.Join(dir, "nowhere"), "acme/tiny-lm"} {
		var usage *collect.UsageError
		if _, err := collect.Open(bad); !errors.As(err, &usage) || usage.Hint == "" {
			t.Errorf("Open(%q) = %v", bad, err)
		}
	}
}

// A name that is not UTF-8 opens no file; the reason says so, and nobody looks
// for a broken disk.
func TestNamesThatAreNotUTF8(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"README.md", "w\xfcrfel.bin"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("# A\n\nA model.\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ev := onDisk(t, dir)
	if r := newBench(t).report(ev); r.Verdict.Code != audit.ExitIncomplete || !strings.Contains(r.Verdict.Reason, "its name is not UTF-8") {
		t.Errorf("%+v", r.Verdict)
	}
}
