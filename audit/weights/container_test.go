package weights

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// noise is n bytes that hardly get smaller.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

// A member is the same bytes wherever they are read, however it is packed.
func TestContainerReads(t *testing.T) {
	want := noise(3*MaxHead + 12345)
	files := []string{"first", "x", "dir/large", string(want), "last", "y"}
	plain := tarFile(t, files...)
	for name, b := range map[string][]byte{"a.zip": goZip(t, files...), "a.tar": plain, "a.tar.gz": gzipped(t, plain)} {
		c, err := OpenContainer(name, bytes.NewReader(b), int64(len(b)))
		if err != nil || c == nil || len(c.Problems) > 0 || len(c.Members) != 3 || c.Members[1].Name != "dir/large" {
			t.Fatalf("%s: %v %+v", name, err, c)
		}
		r, err := c.Members[1].Open()
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(1, 2))
		for range 30 {
			off := rng.IntN(len(want))
			p := make([]byte, 1+rng.IntN(100_000))
			n, err := r.ReadAt(p, int64(off))
			if end := min(off+len(p), len(want)); n != end-off || !bytes.Equal(p[:n], want[off:end]) || err != nil && (!errors.Is(err, io.EOF) || n == len(p)) {
				t.Fatalf("%s: %d bytes at %d: %d, %v", name, len(p), off, n, err)
			}
		}
	}
}

// What is no archive of files is none.
func TestNoContainer(t *testing.T) {
	for _, s := range samples(t) {
		if c, err := OpenContainer(s.name, bytes.NewReader(s.data), int64(len(s.data))); err != nil || c != nil && c.Format != Zip && c.Format != Tar && s.name != "m.tar.gz" {
			t.Errorf("%s: %v %+v", s.name, err, c)
		}
	}
	b := gzipped(t, []byte("a text, however often it is compressed"))
	if c, err := OpenContainer("a.gz", bytes.NewReader(b), int64(len(b))); err != nil || c != nil {
		t.Errorf("a text: %v %+v", err, c)
	}
}

// A short member whose checksum is wrong, or that is encrypted, is not given.
func TestContainerRefuses(t *testing.T) {
	for _, e := range []entry{{name: "a", data: []byte("x"), badCRC: true}, {name: "a", data: []byte("x"), flags: 1}} {
		b := zipFile("", true, e)
		c, err := OpenContainer("a.zip", bytes.NewReader(b), int64(len(b)))
		if err != nil || c == nil {
			t.Fatal(err, c)
		}
		if _, err := c.Members[0].Open(); err == nil {
			t.Errorf("%+v was opened", e)
		}
	}
}

func FuzzOpenContainer(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.data)
	}
	f.Add(tarFile(f, "a", "b", "c/d", "e"))
	f.Add(gzipped(f, tarFile(f, "a", "b")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := OpenContainer("a.zip", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if c == nil {
			return
		}
		for i := range c.Members {
			m := &c.Members[i]
			if unsafePath(m.Name) || m.Name == "" {
				t.Fatalf("member %q leaves the archive", m.Name)
			}
			if !m.Readable() || m.Size > 1<<20 {
				continue
			}
			r, err := m.Open()
			if err != nil {
				continue
			}
			if n, err := r.ReadAt(make([]byte, m.Size), 0); int64(n) < m.Size && err == nil {
				t.Fatalf("%d bytes of %d and no error", n, m.Size)
			}
		}
	})
}
