package signing

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func openTree(t testing.TB, path string, links OpenLink) *Tree {
	t.Helper()
	tree, err := OpenTree(path, links)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

func TestEntries(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"b": "22", "a/x": "1", "a-b": "", ".git/config": "", "sub/.git/c": "", "ünï": "333", "a:b": ""} {
		write(t, filepath.Join(dir, name), content)
	}
	symlink(t, "b", filepath.Join(dir, "link"))
	symlink(t, "a", filepath.Join(dir, "folder"))
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	tree := openTree(t, dir, nil)
	entries, err := tree.Entries(context.Background(), func(d string) bool { return d == ".git" })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%s:%d:%d", e.Name, e.Kind, e.Size))
	}
	want := []string{"a-b:0:0", "a/x:0:1", "a:b:0:0", "b:0:2", "folder:1:0", "link:1:0", "pipe:2:0", "sub/.git/c:0:0", "ünï:0:3"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	for _, name := range []string{"link", "folder/x", "pipe", "a", "missing", "../b", "/etc/passwd", "", ".", "a//x"} {
		if f, err := tree.Open(name); err == nil {
			f.Close()
			t.Errorf("%q was opened", name)
		}
	}
	f, err := tree.Open("a/x")
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

func TestCancelledListing(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := openTree(t, dir, nil).Entries(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestDeepFolders(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, strings.Repeat("d/", MaxDepth+1), "x"), "")
	if _, err := openTree(t, dir, nil).Entries(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "inside one another") {
		t.Error(err)
	}
}

func TestRel(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "m", "sub", "x"), "")
	symlink(t, "m", filepath.Join(dir, "alias"))
	symlink(t, "sub/x", filepath.Join(dir, "m", "link"))
	tree := openTree(t, filepath.Join(dir, "alias"), nil)
	for p, want := range map[string]string{
		"m/sub/x": "sub/x", "alias/sub/x": "sub/x", "m/new.sig": "new.sig", "m/link": "link", "m/sub/../sub": "sub", "m": ".", "m/": ".", "alias": ".",
		"x": "", ".": "", "m/../y": "", "m/none/y": "none/y", "alias/none/../none/y": "none/y", "none/y": "",
	} {
		got, inside := tree.Rel(filepath.Join(dir, filepath.FromSlash(p)))
		if got != want || inside != (want != "") {
			t.Errorf("%s is %q, want %q", p, got, want)
		}
	}
	if tree.Name() != "m" {
		t.Errorf("name %q, want that of the folder behind the link", tree.Name())
	}
}

// TestLinkRace exchanges a file for links, and its folder for a link, while the file is being opened. Whatever is opened
// must be the file itself.
func TestLinkRace(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "w"), "outside")
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d", "w"), "right")
	write(t, filepath.Join(dir, "other", "w"), "other")
	at := func(name string) string { return filepath.Join(dir, name) }
	symlink(t, filepath.Join(outside, "w"), at("link-out"))
	symlink(t, "../other/w", at("link-in"))
	symlink(t, "other", at("folder-in"))
	symlink(t, outside, at("folder-out"))

	stop := make(chan struct{})
	done := make(chan struct{})
	go func() { // each exchange is one atomic rename over a hard link or link
		defer close(done)
		for {
			for _, link := range []string{"link-out", "link-in"} {
				os.Symlink(must(os.Readlink(at(link))), at("t"))
				os.Rename(at("d/w"), at("kept"))
				os.Rename(at("t"), at("d/w"))
				os.Rename(at("kept"), at("d/w"))
			}
			for _, link := range []string{"folder-out", "folder-in"} {
				os.Rename(at("d"), at("kept"))
				os.Symlink(must(os.Readlink(at(link))), at("d"))
				os.Remove(at("d"))
				os.Rename(at("kept"), at("d"))
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	defer func() { close(stop); <-done }() // before the folder is removed
	tree := openTree(t, dir, nil)
	opened, refused := 0, 0
	start := time.Now()
	for time.Since(start) < 700*time.Millisecond || (opened == 0 || refused == 0) && time.Since(start) < 20*time.Second {
		f, err := tree.Open("d/w")
		if err != nil {
			refused++
			continue
		}
		content, _ := io.ReadAll(f)
		f.Close()
		if opened++; string(content) != "right" {
			t.Fatalf("opened %q", content)
		}
	}
	if opened == 0 || refused == 0 {
		t.Errorf("the race did not happen: opened %d, refused %d", opened, refused)
	}
}

// TestFolderRace exchanges the folder alone for a link to another one, back and forth as fast as it goes, so that it may be
// a link when the file is opened, a folder when that is asked, and the link again when the file is.
func TestFolderRace(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "d", "w"), "right")
	write(t, filepath.Join(dir, "other", "w"), "other")
	at := func(name string) string { return filepath.Join(dir, name) }
	symlink(t, "other", at("link"))
	tree := openTree(t, dir, nil)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			os.Rename(at("d"), at("kept"))
			os.Rename(at("link"), at("d"))
			os.Rename(at("d"), at("link"))
			os.Rename(at("kept"), at("d"))
			select {
			case <-stop:
				return
			default:
			}
		}
	}()
	defer func() { close(stop); <-done }()
	for start := time.Now(); time.Since(start) < time.Second; {
		f, err := tree.Open("d/w")
		if err != nil {
			continue
		}
		content, _ := io.ReadAll(f)
		f.Close()
		if string(content) != "right" {
			t.Fatalf("opened %q", content)
		}
	}
}

func must(s string, err error) string {
	if err != nil {
		panic(err)
	}
	return s
}

// A pipe put in a file's place must not make anyone wait.
func TestPipeDoesNotBlock(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "model.sig"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := mustVerify(t, dir, Options{})
	if r.Outcome != Refused || code(r.Problems) != BundleMalformed {
		t.Errorf("%s: %v", r.Outcome, r.Problems)
	}
}

// A pipe in the place of a signed file is not that file, and one beside the files is not signed: both are seen, and
// neither is a disk that cannot be read.
func TestPipeIsNoFile(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	for name, want := range map[string]FileCounts{"a": {Match: 1, Mismatch: 1}, "z": {Match: 2, Unsigned: 1}} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		write(t, filepath.Join(dir, "b"), "b")
		write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(filesSHA256, resource("a", "a"), resource("b", "b")))))
		os.Remove(filepath.Join(dir, name))
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o644); err != nil {
			t.Fatal(err)
		}
		r := mustVerify(t, dir, Options{Trust: trust})
		if r.Outcome != Refused || r.Signature.Integrity.Files != want || *r.Signature.Integrity.Matches {
			t.Errorf("%s: %s %+v: %v", name, r.Outcome, r.Signature.Integrity.Files, r.Problems)
		}
	}
}

// At the names that every client leaves out as git's, only what git keeps there goes without saying. Weights that
// somebody puts there are not signed, and it is told.
func TestGitNamesHideNothing(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	classify := func(name string) Class {
		if strings.HasSuffix(name, ".bin") || name == ".gitignore" {
			return Weights
		}
		return Other
	}
	recorded := strings.Replace(filesSHA256, "}", `,"ignore_paths":[".git",".gitattributes",".github",".gitignore"]}`, 1)
	for name, told := range map[string]bool{
		".gitattributes": false, ".git": false, ".gitignore": true, ".github/a.bin": true, ".github/run.py": true, ".gitattributes/a.bin": true,
	} {
		for _, serialization := range []string{filesSHA256, recorded} {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "w.bin"), "w")
			write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(serialization, resource("w.bin", "w")))))
			write(t, filepath.Join(dir, name), "x")
			r := mustVerify(t, dir, Options{Trust: trust, Classify: classify})
			s := r.Signature
			if r.Outcome != Verified || s.Integrity.Files != (FileCounts{Match: 1, Ignored: 1}) {
				t.Errorf("%s: %s %+v: %v", name, r.Outcome, s.Integrity.Files, r.Problems)
			}
			if *s.Coverage.WeightsSigned != (classify(name) != Weights) || (s.Coverage.BytesTotal > 1) != told || slices.Contains(s.ExcludedBySigner, name) != told {
				t.Errorf("%s: weights signed: %v, %+v, excluded %v", name, *s.Coverage.WeightsSigned, *s.Coverage, s.ExcludedBySigner)
			}
		}
	}
}

// The policy on links is the one the signature records.
func TestRecordedLinkPolicy(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	outside := t.TempDir()
	write(t, filepath.Join(outside, "a"), "a")
	for name, c := range map[string]struct {
		target string
		allow  bool
		want   FileCounts
	}{
		"allowed":             {"real", true, FileCounts{Match: 2}},
		"not allowed":         {"real", false, FileCounts{Match: 1, Symlink: 1}},
		"allowed and outside": {filepath.Join(outside, "a"), true, FileCounts{Match: 1, Symlink: 1}},
		"allowed and broken":  {"gone", true, FileCounts{Match: 1, Symlink: 1}},
		"allowed and itself":  {"link", true, FileCounts{Match: 1, Symlink: 1}},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "real"), "a")
		symlink(t, c.target, filepath.Join(dir, "link"))
		symlink(t, ".", filepath.Join(dir, "round")) // a link to a folder names no file of its own
		serialization := strings.Replace(filesSHA256, "false", fmt.Sprint(c.allow), 1)
		write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(serialization, resource("link", "a"), resource("real", "a")))))
		r := mustVerify(t, dir, Options{Trust: trust, IgnorePaths: []string{"round"}})
		got := r.Signature.Integrity.Files
		got.Ignored = 0
		if got != c.want || *r.Signature.Integrity.Matches != (c.want.Symlink == 0) {
			t.Errorf("%s: %+v %v", name, r.Signature.Integrity.Files, r.Problems)
		}
	}
}

// hubCache lays out a snapshot as the Hub's client does.
func hubCache(t *testing.T, files map[string]string) (snapshot, blobs string) {
	t.Helper()
	repo := filepath.Join(t.TempDir(), "models--acme--tiny")
	snapshot, blobs = filepath.Join(repo, "snapshots", strings.Repeat("c", 40)), filepath.Join(repo, "blobs")
	for name, content := range files {
		digest := fmt.Sprintf("%x", sumOf(t, SHA256, content))
		write(t, filepath.Join(blobs, digest), content)
		up := strings.Repeat("../", strings.Count(name, "/")+2)
		symlink(t, up+"blobs/"+digest, filepath.Join(snapshot, name))
	}
	return snapshot, blobs
}

func sumOf(t testing.TB, a Algorithm, content string) []byte {
	t.Helper()
	h := a.info().new(int64(len(content)))
	h.Write([]byte(content))
	return h.Sum(nil)
}

func TestHubCache(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	files := map[string]string{"a": "a", "sub/b": "b"}
	files["model.sig"] = string(signRaw(t, key, listing(filesSHA256, resource("a", "a"), resource("sub/b", "b"))))
	snapshot, blobs := hubCache(t, files)

	if r := mustVerify(t, snapshot, Options{Trust: trust, Signature: filepath.Join(blobs, fmt.Sprintf("%x", sumOf(t, SHA256, files["model.sig"])))}); r.Signature.Integrity.Files.Symlink != 3 {
		t.Errorf("without a view links are links: %+v", r.Signature.Integrity.Files)
	}
	view := Options{Trust: trust, Links: HubLinks(snapshot)}
	r := mustVerify(t, snapshot, view)
	if r.Outcome != Verified || r.Signature.Path != "model.sig" || r.Signature.Integrity.Files != (FileCounts{Match: 2}) || r.Signature.Coverage.BytesSigned != 2 {
		t.Errorf("%s %+v: %v", r.Outcome, r.Signature, r.Problems)
	}
	// One file of the snapshot keeps its name although it lies under its digest.
	alone := filepath.Join(t.TempDir(), "a.sig")
	write(t, alone, string(signRaw(t, key, listing(filesSHA256, resource("a", "a")))))
	if r := mustVerify(t, filepath.Join(snapshot, "a"), Options{Trust: trust, Signature: alone, Links: HubLinks(filepath.Join(snapshot, "a"))}); r.Outcome != Verified {
		t.Errorf("one file: %s: %v", r.Outcome, r.Problems)
	}
	// Its own signature lies beside it in the snapshot, as a file or, downloaded with it, as a link into the blobs.
	own := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	blob := fmt.Sprintf("%x", sumOf(t, SHA256, own))
	write(t, filepath.Join(blobs, blob), own)
	beside := filepath.Join(snapshot, "a.sig")
	for what, put := range map[string]func(){
		"a file": func() { write(t, beside, own) },
		"a link": func() { symlink(t, "../../blobs/"+blob, beside) },
	} {
		put()
		path := filepath.Join(snapshot, "a")
		if r := mustVerify(t, path, Options{Trust: trust, Links: HubLinks(path)}); r.Outcome != Verified || r.Signature.Path != "a.sig" {
			t.Errorf("one file, its signature %s: %s: %v", what, r.Outcome, r.Problems)
		}
		remove(t, beside)
	}
	outside := t.TempDir()
	blob = fmt.Sprintf("%x", sumOf(t, SHA256, "a"))
	write(t, filepath.Join(outside, blob), "a")
	write(t, filepath.Join(filepath.Dir(blobs), "refs", blob), "a")
	for name, target := range map[string]string{
		"a blob elsewhere":        filepath.Join(outside, blob),
		"beside the blobs":        "../../refs/" + blob,
		"a file of the snapshot":  "a",
		"a blob by another way":   "../../blobs/../refs/" + blob,
		"a name that is no blob":  "../../blobs/README",
		"a blob that is not here": "../../blobs/" + strings.Repeat("0", 64),
		"outside by parents":      "../../../../../../../../etc/passwd",
	} {
		link := filepath.Join(snapshot, "extra")
		symlink(t, target, link)
		r := mustVerify(t, snapshot, view)
		if r.Outcome != Refused || r.Signature.Integrity.Files != (FileCounts{Match: 2, Symlink: 1}) {
			t.Errorf("%s: %+v", name, r.Signature.Integrity.Files)
		}
		remove(t, link)
	}
	// A blob that is itself a link leads out of the cache.
	rename(t, filepath.Join(blobs, blob), filepath.Join(outside, "moved"))
	symlink(t, filepath.Join(outside, "moved"), filepath.Join(blobs, blob))
	if r := mustVerify(t, snapshot, view); r.Signature.Integrity.Files != (FileCounts{Match: 1, Symlink: 1}) {
		t.Errorf("a blob that is a link: %+v", r.Signature.Integrity.Files)
	}
	for _, path := range []string{outside, blobs, filepath.Dir(blobs), filepath.Join(outside, "none")} {
		if HubLinks(path) != nil {
			t.Errorf("%s is taken for a snapshot", path)
		}
	}
}

func TestHubNames(t *testing.T) {
	for name, want := range map[string]Algorithm{
		strings.Repeat("a", 64): SHA256, strings.Repeat("1", 40): GitBlob,
		strings.Repeat("A", 64): "", strings.Repeat("g", 40): "", "abc": "", strings.Repeat("a", 64) + ".incomplete": "",
	} {
		if got, _, ok := HubBlob(name); got != want || ok != (want != "") {
			t.Errorf("%s: %q", name, got)
		}
	}
	m, err := ParseHubMetadata([]byte(strings.Repeat("c", 40) + "\n" + strings.Repeat("1", 40) + "\n1735689600.25\n"))
	if err != nil || m.Algorithm != GitBlob || !m.Time.Equal(time.Date(2025, 1, 1, 0, 0, 0, 250e6, time.UTC)) || !bytes.Equal(m.Digest[:1], []byte{0x11}) {
		t.Errorf("%+v, %v", m, err)
	}
	for _, bad := range []string{"", "a\nb\nc", strings.Repeat("c", 40) + "\n" + strings.Repeat("1", 40) + "\nNaN", strings.Repeat("c", 40) + "\nW/x\n1"} {
		if _, err := ParseHubMetadata([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func FuzzParseHubMetadata(f *testing.F) {
	f.Add([]byte(strings.Repeat("c", 40) + "\n" + strings.Repeat("1", 64) + "\n1735689600.25\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, err := ParseHubMetadata(data); err == nil && len(m.Digest) != m.Algorithm.Size() {
			t.Errorf("%+v", m)
		}
	})
}
