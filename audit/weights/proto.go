package weights

import "encoding/binary"

// proto reads messages of protocol buffers from a window. Groups, which no
// format here uses, are refused.
// Source: https://protobuf.dev/programming-guides/encoding/
type proto struct {
	w     *window
	depth int
}

// The wire types.
const (
	wireVarint = 0
	wire64     = 1
	wireBytes  = 2
	wire32     = 5
)

// maxMessages is how deep messages may nest; protobuf's own limit is 100.
const maxMessages = 100

// field is one field of a message: value is its number, or how many bytes it
// has, for the reader to take from the window or to leave.
type field struct {
	number int
	wire   int
	value  uint64
}

func (p *proto) faultf(format string, args ...any) error {
	return faultf(HeaderSyntax, p.w.offset(), format, args...)
}

// varint reads a number of up to 64 bits.
func (p *proto) varint() (uint64, error) {
	var v uint64
	for shift := 0; shift < 64; shift += 7 {
		b, ok := p.w.next()
		if !ok {
			return 0, faultf(Truncated, p.w.offset(), "the file ends inside a message")
		}
		v |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return v, nil
		}
	}
	return 0, p.faultf("a number of more than 64 bits")
}

// next reads a field's tag and, unless it has bytes, its value.
func (p *proto) next() (f field, err error) {
	tag, err := p.varint()
	if err != nil {
		return f, err
	}
	f.number, f.wire = int(tag>>3), int(tag&7)
	if f.number == 0 || tag>>3 > 1<<29-1 {
		return f, p.faultf("field %d of a message", tag>>3)
	}
	switch f.wire {
	case wireVarint, wireBytes:
		f.value, err = p.varint()
	case wire64, wire32:
		width := 8
		if f.wire == wire32 {
			width = 4
		}
		v, ok := p.w.uint(binary.LittleEndian, width)
		if !ok {
			return f, faultf(Truncated, p.w.offset(), "the file ends inside a message")
		}
		f.value = v
	default:
		return f, p.faultf("a field of the wire type %d", f.wire)
	}
	return f, err
}

// message calls each for every field up to end. What each leaves of a field's
// bytes is passed over; what it takes beyond them is a fault.
func (p *proto) message(end int64, each func(f field) error) error {
	if p.depth++; p.depth > maxMessages {
		return p.faultf("messages nested deeper than %d", maxMessages)
	}
	defer func() { p.depth-- }()
	for p.w.offset() < end {
		f, err := p.next()
		if err != nil {
			return err
		}
		behind := p.w.offset()
		if f.wire == wireBytes {
			if f.value > uint64(max(end-behind, 0)) {
				return faultf(Truncated, behind, "a field of %d bytes where %d are left", f.value, end-behind)
			}
			behind += int64(f.value)
		}
		if err := each(f); err != nil {
			return err
		}
		if !p.w.skip(behind - p.w.offset()) {
			return p.faultf("a field that is longer than it says")
		}
	}
	if p.w.offset() > end {
		return p.faultf("a message that is longer than it says")
	}
	return nil
}

// inside reads the message that f is.
func (p *proto) inside(f field, each func(f field) error) error {
	if f.wire != wireBytes {
		return p.faultf("field %d is no message", f.number)
	}
	return p.message(p.w.offset()+int64(f.value), each)
}

// text reads the string that f is, at most maxGlobalName bytes of it.
func (p *proto) text(f field) string {
	if f.wire != wireBytes {
		return ""
	}
	b, _ := p.w.append(nil, int64(min(f.value, maxGlobalName)))
	return cutRune(b, uint64(len(b)) < f.value)
}

// numbers reads one number of a repeated field, or many that are packed.
func (p *proto) numbers(f field, each func(v uint64) error) error {
	if f.wire == wireVarint {
		return each(f.value)
	}
	if f.wire != wireBytes {
		return p.faultf("field %d is no number", f.number)
	}
	for end := p.w.offset() + int64(f.value); p.w.offset() < end; {
		v, err := p.varint()
		if err != nil {
			return err
		}
		if err := each(v); err != nil {
			return err
		}
	}
	return nil
}

// topFields is which fields a file has at its top level, as long as it reads as
// one message, and whether it does up to its end. Of a file that goes on behind
// what src has, whole is false and ok may be true.
func topFields(src *source, more bool) (fields map[int]bool, ok bool) {
	p := &proto{w: newWindow(src, 0, src.size)}
	fields = map[int]bool{}
	for n := 0; p.w.remaining() > 0; n++ {
		f, err := p.next()
		if err != nil {
			return fields, more && isKind(err, Truncated)
		}
		fields[f.number] = true
		if f.wire == wireBytes && (f.value > 1<<62 || !p.w.skip(int64(f.value))) {
			return fields, more
		}
		const many = 1 << 20
		if n == many {
			return fields, false
		}
	}
	return fields, true
}
