package weights

import (
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
)

const (
	// MaxInflated is how many decompressed bytes are held at a time.
	MaxInflated = 64 << 20
	// MaxInflateWork is how many bytes are decompressed for one file in all.
	MaxInflateWork = 1 << 30
)

// allowance is what one inspection may still decompress. Members share it.
type allowance struct {
	held int64 // bytes that may still be held
	work int64 // bytes that may still be made
}

// inflated makes a source of a compressed stream. It decompresses as far as it
// is read, and keeps what it has.
type inflated struct {
	r     io.Reader
	buf   []byte
	left  *allowance
	cut   bool  // the allowance ran out
	stop  error // what ended the stream, io.EOF where it ended well
	holds int64
}

// grow decompresses until n bytes are there.
func (x *inflated) grow(n int64) {
	for int64(len(x.buf)) < n && x.stop == nil && !x.cut {
		step := min(max(int64(len(x.buf)), 4<<10), 1<<20)
		if step = min(step, x.left.held-x.holds, x.left.work); step <= 0 {
			x.cut = true
			return
		}
		at := len(x.buf)
		x.buf = append(x.buf, make([]byte, step)...)
		got, err := io.ReadFull(x.r, x.buf[at:])
		x.buf = x.buf[:at+got]
		x.holds += int64(got)
		x.left.work -= int64(got)
		if errors.Is(err, io.ErrUnexpectedEOF) && got < int(step) {
			// ReadFull says so both of an end and of a broken stream: ask again.
			_, err = x.r.Read(make([]byte, 1))
		}
		x.stop = err
	}
}

// ReadAt decompresses up to the end of what is asked for.
func (x *inflated) ReadAt(p []byte, off int64) (int, error) {
	x.grow(off + int64(len(p)))
	if off >= int64(len(x.buf)) {
		return 0, io.EOF
	}
	n := copy(p, x.buf[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// all decompresses to the end and says how long the content is. ok is false
// when the stream is damaged or longer than may be held.
func (x *inflated) all() (size int64, ok bool) {
	x.grow(1 << 62)
	return int64(len(x.buf)), x.stop == io.EOF
}

// inflate makes a source of the member of a ZIP archive that lies compressed
// in src and is size bytes long when it is not.
func inflate(src *source, size int64, left *allowance) (*source, *inflated) {
	x := &inflated{r: flate.NewReader(io.NewSectionReader(src, 0, src.size)), left: left}
	return &source{r: x, size: size, inner: true}, x
}

// decompressor opens a compressed file; nil for a format that is not opened.
func decompressor(format Format, src *source) (io.Reader, error) {
	r := io.NewSectionReader(src, 0, src.size)
	switch format {
	case Gzip:
		return gzip.NewReader(r)
	case Zlib:
		return zlib.NewReader(r)
	case Bzip2:
		return bzip2.NewReader(r), nil
	}
	return nil, nil
}

// compressed reads the file inside a compressed one.
func (in inspection) compressed(f *File, src *source) {
	r, err := decompressor(f.Format, src)
	if err != nil {
		f.incomplete(ArchiveSyntax, 0, "a damaged "+string(f.Format)+" stream: "+err.Error())
		return
	}
	if r == nil {
		f.incomplete(NotOpened, 0, string(f.Format)+" is recognised and not opened")
		return
	}
	if in.depth >= maxArchiveDepth {
		f.incomplete(LimitHit, -1, "archives nested too deep")
		return
	}
	x := &inflated{r: r, left: in.left}
	size, ok := x.all()
	in.left.held -= x.holds
	defer func() { in.left.held += x.holds }()
	inner := &File{Path: f.Path, Size: size}
	in.depth++
	in.open(inner, &source{r: x, size: size, inner: true})
	f.adopt(inner)
	if !ok {
		kind, text := ArchiveSyntax, "the compressed stream is damaged"
		if x.cut {
			kind, text = LimitHit, "more than is decompressed here"
		}
		f.demote(kind, text)
	}
}

// adopt takes over what was found in the one file that f wraps.
func (f *File) adopt(inner *File) {
	outer := f.Format
	path, size := f.Path, f.Size
	shard := f.Shard
	problems := f.Problems
	*f = *inner
	f.Path, f.Size, f.Shard, f.Format = path, size, shard, outer
	f.Problems = append(problems, inner.Problems...)
	for i := range f.Problems {
		f.Problems[i].Offset = nil
	}
	f.Weights = 0
	switch inner.Format {
	case Pickle, Joblib:
		f.Format = inner.Format // joblib compresses by itself
		f.Weights = 1
	case Unknown:
		f.Weights = 0
	default:
		f.Weights = max(inner.Weights, 1)
	}
	f.Reason = string(outer) + ": " + inner.Reason
}

// demote makes a reading incomplete after the fact. Danger that was seen stays.
func (f *File) demote(kind Kind, text string) {
	f.problem(kind, Fault, -1, text)
	f.Complete = false
	if f.Verdict != CodeCapable {
		f.Verdict, f.LoadsWithoutCode, f.Reason = "", nil, text
	}
}
