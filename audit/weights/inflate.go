package weights

import (
	"bufio"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math"
)

const (
	// MaxInflated is how many decompressed bytes are held at a time.
	MaxInflated = 64 << 20
	// MaxInflateWork is how many bytes are decompressed for one file in all.
	MaxInflateWork = 512 << 20
)

// allowance is what one inspection may still decompress. Members share it.
type allowance struct {
	held int64 // bytes that may still be held
	work int64 // bytes that may still be made
}

// chunkSize is how much of a decompressed file is kept in one piece.
const chunkSize = 64 << 10

// inflated makes a source of a compressed stream. It decompresses as far as it
// is read, and keeps what it has.
type inflated struct {
	r      io.Reader
	chunks [][]byte // all but the last of chunkSize bytes
	size   int64    // of all chunks
	hint   int64    // how long the content is said to be; 0 when it is not said
	left   *allowance
	cut    bool  // the allowance ran out
	stop   error // what ended the stream, io.EOF where it ended well
}

// grow decompresses until n bytes are there.
func (x *inflated) grow(n int64) {
	for x.size < n && x.stop == nil {
		if x.cut = min(x.left.held-x.size, x.left.work) < chunkSize; x.cut {
			return
		}
		// A short file is not worth a whole chunk; a byte more shows whether
		// it ends where it is said to.
		length := int64(chunkSize)
		if x.hint > 0 {
			length = min(length, max(x.hint-x.size, 0)+1)
		}
		chunk := make([]byte, length)
		got, err := io.ReadFull(x.r, chunk)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			// ReadFull says so both of an end and of a broken stream: ask again.
			_, err = x.r.Read(make([]byte, 1))
		}
		if length < chunkSize && err == nil {
			err = errLonger
		}
		x.chunks = append(x.chunks, chunk[:got])
		x.size += int64(got)
		x.left.work -= int64(got)
		x.stop = err
	}
}

var errLonger = errors.New("more content than was said")

// ReadAt decompresses up to the end of what is asked for.
func (x *inflated) ReadAt(p []byte, off int64) (int, error) {
	x.grow(off + int64(len(p)))
	n := 0
	for n < len(p) && off < x.size {
		got := copy(p[n:], x.chunks[off/chunkSize][off%chunkSize:])
		n += got
		off += int64(got)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// all decompresses to the end and says how long the content is. ok is false
// when the stream is damaged or longer than may be held.
func (x *inflated) all() (size int64, ok bool) {
	x.grow(math.MaxInt64)
	return x.size, x.stop == io.EOF
}

// inflate makes a source of the member of a ZIP archive that lies compressed
// in src and is size bytes long when it is not.
func inflate(src *source, size int64, left *allowance) (*source, *inflated) {
	x := &inflated{r: flate.NewReader(io.NewSectionReader(src, 0, src.size)), hint: size, left: left}
	return &source{r: x, size: size, inner: true, streamed: true}, x
}

// alone is a compressed stream behind which nothing may stand: joblib goes on
// with the next one there.
type alone struct {
	io.Reader
	behind *bufio.Reader
}

func (a *alone) Read(p []byte) (int, error) {
	n, err := a.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		if _, more := a.behind.ReadByte(); more == nil {
			err = errors.New("bytes behind the compressed stream")
		}
	}
	return n, err
}

// decompressor opens a compressed file; nil for a format that is not opened.
func decompressor(format Format, src *source) (io.Reader, error) {
	r := io.NewSectionReader(src, 0, src.size)
	switch format {
	case Gzip:
		return gzip.NewReader(r)
	case Zlib:
		behind := bufio.NewReader(r)
		z, err := zlib.NewReader(behind)
		return &alone{z, behind}, err
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
	in.left.held -= size
	defer func() { in.left.held += size }()
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
