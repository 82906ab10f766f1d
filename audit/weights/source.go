package weights

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// blockSize is how many bytes a window holds at once. Headers of ordinary
// shards fit in one block; dense pickles are read at memory speed with it.
const blockSize = 64 << 10

// source is a file whose bytes may be missing or hostile. A read that fails
// for any reason but the end of the file is kept in err: it says something
// about the disk, not about the file, so it must not turn into a finding.
//
// A source inside another, such as an archive's member, hands its reads to the
// one around it; what goes wrong below is kept there, and a read that comes
// back short is damage to the archive.
type source struct {
	r        io.ReaderAt
	size     int64
	inner    bool
	streamed bool // decompressed as it is read: its end costs all before it
	err      error
}

// readAt fills p from off as far as the file goes and says how much it got.
func (s *source) readAt(p []byte, off int64) int {
	if s.err != nil || off < 0 || off >= s.size {
		return 0
	}
	p = p[:min(int64(len(p)), s.size-off)]
	n, err := s.r.ReadAt(p, off)
	if n < len(p) && !s.inner {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		s.err = fmt.Errorf("reading %d bytes at offset %d: %w", len(p), off, err)
	}
	return n
}

// ReadAt makes a source the reader of those inside it.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	n := s.readAt(p, off)
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// section is the part of s that begins at off and is n bytes long, cut to
// what s has.
func (s *source) section(off, n int64) *source {
	off = min(max(off, 0), s.size)
	n = min(max(n, 0), s.size-off)
	return &source{r: io.NewSectionReader(s, off, n), size: n, inner: true}
}

// window reads a source forward, one block at a time. The zero offset is the
// start of the source; end is where reading stops.
type window struct {
	src  *source
	buf  []byte
	base int64 // offset of buf[0] in the source
	pos  int   // next byte in buf
	end  int64
	long bool // what is passed over does not count: end moves by as much
}

func newWindow(src *source, off, end int64) *window {
	end = min(end, src.size)
	return &window{src: src, base: off, end: end, buf: make([]byte, 0, min(blockSize, max(end-off, 0)))}
}

// offset is the position of the next byte in the source.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// remaining is how many bytes are left before end.
func (w *window) remaining() int64 { return max(w.end-w.offset(), 0) }

// fill makes the unread part of the buffer as long as it can be.
func (w *window) fill() {
	kept := copy(w.buf[:cap(w.buf)], w.buf[w.pos:])
	w.base += int64(w.pos)
	w.pos = 0
	room := min(int64(cap(w.buf)-kept), w.end-w.base-int64(kept))
	w.buf = w.buf[:kept]
	if room <= 0 {
		return
	}
	n := w.src.readAt(w.buf[kept:kept+int(room)], w.base+int64(kept))
	w.buf = w.buf[:kept+n]
}

// peek shows the next byte; ok is false at the end.
func (w *window) peek() (b byte, ok bool) {
	if w.pos == len(w.buf) {
		w.fill()
		if w.pos == len(w.buf) {
			return 0, false
		}
	}
	return w.buf[w.pos], true
}

// ahead shows the next byte if it lies in the buffer, which it does not move.
func (w *window) ahead() (b byte, ok bool) {
	if w.pos == len(w.buf) {
		return 0, false
	}
	return w.buf[w.pos], true
}

// next takes one byte.
func (w *window) next() (b byte, ok bool) {
	if b, ok = w.peek(); ok {
		w.pos++
	}
	return b, ok
}

// take hands out the next n bytes, n at most blockSize; they stay valid until
// the next call. ok is false, and nothing is taken, when fewer are left.
func (w *window) take(n int) (b []byte, ok bool) {
	if len(w.buf)-w.pos < n {
		w.fill()
		if len(w.buf)-w.pos < n {
			return nil, false
		}
	}
	w.pos += n
	return w.buf[w.pos-n : w.pos], true
}

// skip passes over n bytes without reading those outside the buffer. ok is
// false, and nothing is passed over, when fewer are left.
func (w *window) skip(n int64) (ok bool) {
	if w.grant(n); n < 0 || n > w.remaining() {
		return false
	}
	if left := int64(len(w.buf) - w.pos); n <= left {
		w.pos += int(n)
		return true
	}
	w.base = w.offset() + n
	w.pos, w.buf = 0, w.buf[:0]
	return true
}

// grant moves the end of a long window for n bytes that are passed over.
func (w *window) grant(n int64) {
	if w.long {
		w.end += min(max(n, 0), w.src.size-w.end)
	}
}

// append copies the next n bytes behind dst. ok is false, and nothing is
// read, when fewer are left.
func (w *window) append(dst []byte, n int64) (out []byte, ok bool) {
	if n < 0 || n > w.remaining() {
		return dst, false
	}
	for n > 0 {
		if _, ok := w.peek(); !ok {
			return dst, false
		}
		part := w.buf[w.pos:min(int64(len(w.buf)), int64(w.pos)+n)]
		dst = append(dst, part...)
		w.pos += len(part)
		n -= int64(len(part))
	}
	return dst, true
}

// uint reads an unsigned integer of 1, 2, 4 or 8 bytes in the given order.
func (w *window) uint(order binary.ByteOrder, width int) (v uint64, ok bool) {
	b, ok := w.take(width)
	if !ok {
		return 0, false
	}
	switch width {
	case 1:
		return uint64(b[0]), true
	case 2:
		return uint64(order.Uint16(b)), true
	case 4:
		return uint64(order.Uint32(b)), true
	}
	return order.Uint64(b), true
}
