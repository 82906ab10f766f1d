package signing

import (
	"context"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func readList(t testing.TB, name, content string) *ChecksumList {
	t.Helper()
	list, err := ReadChecksums(name, strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestReadChecksums(t *testing.T) {
	digest := func(a Algorithm, s string) string { return hex.EncodeToString(sumOf(t, a, s)) }
	d256, d5, d1, d512 := digest(SHA256, "x"), digest(MD5, "x"), digest(SHA1, "x"), digest(SHA512, "x")
	for _, c := range []struct{ name, content, want string }{
		{"SHA256SUMS", d256 + "  a\n" + d256 + " *b c\n", "sha256 a 1, sha256 b c 2"},
		{"SHA256SUMS", strings.ToUpper(d256) + "  a\r\n", "sha256 a 1"},
		{"SHA256SUMS", "\ufeff# made by hand\n\n" + d256 + "  ./sub/a", "sha256 sub/a 3"},
		{"SHA256SUMS", d256 + "   leading blank\n", "sha256  leading blank 1"},
		{"SHA256SUMS", d256 + " one blank\n", "sha256 one blank 1"},
		{"SHA256SUMS", d256 + "\ttab\n", "sha256 tab 1"},
		{"SHA256SUMS", `\` + d256 + `  line\nbreak` + "\n", "sha256 line\nbreak 1"},
		{"SHA256SUMS", "SHA256 (a (b) c) = " + d256 + "\nSHA2-256(d)= " + d256 + "\n", "sha256 a (b) c 1, sha256 d 2"},
		{"SHA256SUMS", "MD5 (a) = " + d5 + "\nBLAKE2b (b) = " + digest(BLAKE2b, "x") + "\n", "md5 a 1, blake2b b 2"},
		{"checklist.chk", d5 + "  params.json\n", "md5 params.json 1"},
		{"md5sums.txt", d5 + "  a\n" + d256 + "  b\n", "md5 a 1 bad [2]"},
		{"checksums.txt", d5 + "  a\n" + d1 + "  b\n" + d256 + "  c\n" + d512 + "  d\n", "md5 a 1, sha1 b 2, sha256 c 3, sha512 d 4"},
		{"B2SUMS", digest(BLAKE2b, "x") + "  a\n", "blake2b a 1"},
		{"w.b3", digest(BLAKE3, "x") + "\n", "blake3 w 1"},
		{"sub/model.bin.sha256", d256 + "\n", "sha256 model.bin 1"},
		{"model.bin.sha256", d256 + "  model.bin\n", "sha256 model.bin 1"},
		{"SHA256SUMS", d256 + "  ../a\n" + d256 + "  /etc/passwd\n" + d256 + "  b\\c\n" + d256 + "  a\x00b\n", " bad [1 2 3 4]"},
		{"SHA256SUMS", d256 + "  a\n" + d256 + "  a\n" + digest(SHA256, "y") + "  a\n", "sha256 a 1 bad [3]"},
		{"SHA256SUMS", "hello\nxyz  a\n" + d256[:62] + "  a\nSHA256 (a) = 12\nNOHASH (a) = " + d256 + "\n", " bad [1 2 3 4 5]"},
		{"SHA256SUMS", "git-sha1 (a) = " + d1 + "\n", " bad [1]"},
		{"SHA256SUMS", "", ""},
	} {
		list := readList(t, c.name, c.content)
		var got []string
		for _, e := range list.Entries {
			if len(e.Digest) != e.Algorithm.Size() {
				t.Errorf("%q: digest of %d bytes", c.content, len(e.Digest))
			}
			got = append(got, fmt.Sprintf("%s %s %d", e.Algorithm, e.Path, e.Line))
		}
		text := strings.Join(got, ", ")
		if list.Malformed != nil {
			text += fmt.Sprintf(" bad %v", list.Malformed)
		}
		if text != c.want {
			t.Errorf("%s %q:\ngot  %q\nwant %q", c.name, c.content, text, c.want)
		}
	}
}

func TestChecksumNames(t *testing.T) {
	for name, want := range map[string]Algorithm{
		"SHA256SUMS": SHA256, "sub/sha256sum.txt": SHA256, "model.safetensors.SHA256": SHA256, "MD5SUMS": MD5, "checklist.chk": MD5,
		"B3SUMS": BLAKE3, "CHECKSUMS.txt": "", "x.sha512": SHA512,
	} {
		if got, ok := IsChecksumList(name); got != want || !ok {
			t.Errorf("%s: %q %v", name, got, ok)
		}
	}
	for _, name := range []string{"README.md", ".sha256", "sha256.py", "model.sig", "checkpoint", "SHA256SUMS.gpg"} {
		if _, ok := IsChecksumList(name); ok {
			t.Errorf("%s is no list", name)
		}
	}
}

func TestChecksumStrength(t *testing.T) {
	strong := hex.EncodeToString(sumOf(t, SHA256, "x")) + "  a\n"
	weak := hex.EncodeToString(sumOf(t, MD5, "x")) + "  b\n"
	for content, want := range map[string]bool{strong: true, weak: false, strong + weak: false, "": false} {
		if got := readList(t, "checksums.txt", content).Strong(); got != want {
			t.Errorf("%q: strong %v", content, got)
		}
	}
}

// One pass serves a list, a signature and a Hub name alike.
func TestOnePassForAll(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "sub", "a"), "a")
	write(t, filepath.Join(dir, "sub", "b"), "b")
	list := readList(t, "sub/md5sums", hex.EncodeToString(sumOf(t, MD5, "a"))+"  a\n"+hex.EncodeToString(sumOf(t, MD5, "x"))+"  b\n"+hex.EncodeToString(sumOf(t, MD5, "c"))+"  c\n")
	tree := openTree(t, dir, nil)
	entries, err := tree.Entries(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	needs := list.Needs("sub", entries)
	if len(needs) != 2 || needs[0].Name != "sub/a" || needs[0].Size != 1 {
		t.Fatalf("%+v", needs)
	}
	read := int64(0)
	digests, err := Hash(context.Background(), tree.Open, Merge(needs, []File{{Name: "sub/a", Size: 1, Algorithms: []Algorithm{SHA256, GitBlob}}}), HashOptions{Progress: func(done, _ int64) { read = done }})
	if err != nil {
		t.Fatal(err)
	}
	if read != 2 {
		t.Errorf("read %d bytes, want each of the 2 once", read)
	}
	if !slices.Equal(digests[0].Sums[MD5], list.Entries[0].Digest) || slices.Equal(digests[1].Sums[MD5], list.Entries[1].Digest) || len(digests[0].Sums) != 3 {
		t.Errorf("%+v", digests)
	}
}

func TestChecksumLimits(t *testing.T) {
	if _, err := ReadChecksums("SHA256SUMS", strings.NewReader(""), MaxChecksums+1); err == nil {
		t.Error("a huge list was read")
	}
	lines := strings.Repeat("\n", MaxChecksumLines+1)
	if _, err := ReadChecksums("SHA256SUMS", strings.NewReader(lines), int64(len(lines))); err == nil {
		t.Error("a list of too many lines was read")
	}
	long := strings.Repeat("a", 1<<20)
	if _, err := ReadChecksums("SHA256SUMS", strings.NewReader(long), int64(len(long))); err == nil {
		t.Error("an endless line was read")
	}
}

func FuzzReadChecksums(f *testing.F) {
	f.Add("SHA256SUMS", []byte(strings.Repeat("a", 64)+"  x\nMD5 (y) = "+strings.Repeat("0", 32)+"\n\\"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		list, err := ReadChecksums(name, strings.NewReader(string(data)), int64(len(data)))
		if err != nil {
			return
		}
		for _, e := range list.Entries {
			if CheckName(e.Path) != nil || len(e.Digest) != e.Algorithm.Size() {
				t.Errorf("%+v", e)
			}
		}
	})
}
