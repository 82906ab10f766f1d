package main

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"glassbox/testdata/release"
)

// The committed releases are what the generator writes, file by file.
func TestCommittedReleasesAreRegenerated(t *testing.T) {
	fresh := t.TempDir()
	if err := generate(fresh); err != nil {
		t.Fatal(err)
	}
	for _, r := range release.All() {
		want := tree(t, filepath.Join(fresh, r.Name))
		got := tree(t, filepath.Join("..", "releases", r.Name))
		for _, name := range slices.Sorted(maps.Keys(want)) {
			if content, ok := got[name]; !ok || !bytes.Equal(content, want[name]) {
				t.Errorf("%s: %s is missing or differs; run go run ./testdata/generate", r.Name, name)
			}
		}
		for name := range got {
			if _, ok := want[name]; !ok {
				t.Errorf("%s: %s is not written by the generator", r.Name, name)
			}
		}
		if len(want) == 0 {
			t.Errorf("%s is empty", r.Name)
		}
	}
}

// The key beside the releases is the one that the generator signs with.
func TestCommittedKeyIsRegenerated(t *testing.T) {
	got, err := os.ReadFile(filepath.Join("..", "releases", "signed.pub"))
	if err != nil || !bytes.Equal(got, release.SignerPEM()) {
		t.Errorf("signed.pub is missing or differs; run go run ./testdata/generate (%v)", err)
	}
}

// A second run replaces what the first one wrote, and touches nothing else.
func TestGenerateReplacesReleases(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "empty", "stale.txt")
	beside := filepath.Join(dir, "beside.txt")
	if err := os.MkdirAll(filepath.Dir(stale), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{stale, beside} {
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := generate(dir); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("a file of an older run is still there")
	}
	if _, err := os.Stat(beside); err != nil {
		t.Error(err)
	}
}

// tree reads a folder: contents of files, targets of links.
func tree(t *testing.T, root string) map[string][]byte {
	t.Helper()
	entries := map[string][]byte{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if entry.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			entries[rel] = []byte("link to " + target)
			return err
		}
		entries[rel], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
