package weights

import (
	"encoding/binary"
	"math"
)

// maxMsgpackDepth is how deep maps and lists may nest.
const maxMsgpackDepth = 64

// msgpack reads MessagePack as Flax writes it: maps of maps, with arrays as
// extensions of type 1 (shape, dtype, bytes) and scalars as type 3.
// Source: flax/serialization.py, _MsgpackExtType, and the MessagePack
// specification.
type msgpack struct {
	w         *window
	file      *File
	tensors   func(Tensor)
	path      []byte // keys above, joined by dots
	depth     int
	arrays    int
	uncounted bool
}

// flax fills f from the checkpoint in src.
func (f *File) flax(src *source, tensors func(Tensor)) {
	f.expectTensors()
	f.Metadata = nil
	m := &msgpack{w: newWindow(src, 0, src.size), file: f}
	err := m.value()
	if err == nil && m.w.remaining() > 0 {
		err = faultf(TrailingData, m.w.offset(), "%d bytes behind the map", m.w.remaining())
	}
	if err != nil {
		f.refuse(err)
		return
	}
	if m.arrays == 0 {
		f.incomplete(Unrecognised, -1, "a map in MessagePack that holds no array")
		return
	}
	if m.uncounted {
		f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
	}
	f.inert("maps and arrays in MessagePack; the format has no place for code")
	if tensors != nil && !m.uncounted {
		again := &msgpack{w: newWindow(src, 0, src.size), file: &File{}, tensors: tensors}
		again.file.expectTensors()
		_ = again.value()
	}
}

func (m *msgpack) truncated() error {
	return faultf(Truncated, m.w.offset(), "the file ends inside a value")
}

// length reads a length of width bytes.
func (m *msgpack) length(width int) (int64, error) {
	n, ok := m.w.uint(binary.BigEndian, width)
	if !ok {
		return 0, m.truncated()
	}
	return int64(n), nil
}

// msgpackWidth is how many bytes of length or of value stand behind a type from
// 0xc0 on.
var msgpackWidth = [...]int{
	0xc4 - 0xc0: 1, 0xc5 - 0xc0: 2, 0xc6 - 0xc0: 4, 0xc7 - 0xc0: 1, 0xc8 - 0xc0: 2, 0xc9 - 0xc0: 4,
	0xca - 0xc0: 4, 0xcb - 0xc0: 8, 0xcc - 0xc0: 1, 0xcd - 0xc0: 2, 0xce - 0xc0: 4, 0xcf - 0xc0: 8,
	0xd0 - 0xc0: 1, 0xd1 - 0xc0: 2, 0xd2 - 0xc0: 4, 0xd3 - 0xc0: 8, 0xd9 - 0xc0: 1, 0xda - 0xc0: 2, 0xdb - 0xc0: 4,
	0xdc - 0xc0: 2, 0xdd - 0xc0: 4, 0xde - 0xc0: 2, 0xdf - 0xc0: 4,
}

// value reads one value.
func (m *msgpack) value() error {
	at := m.w.offset()
	b, ok := m.w.next()
	if !ok {
		return m.truncated()
	}
	switch {
	case b < 0x80 || b >= 0xe0 || b == 0xc0 || b == 0xc2 || b == 0xc3: // a small number, nil, a truth value
		return nil
	case b < 0x90:
		return m.mapping(int64(b & 0x0F))
	case b < 0xa0:
		return m.list(int64(b & 0x0F))
	case b < 0xc0:
		return m.skip(int64(b & 0x1F))
	case b == 0xc1:
		return faultf(HeaderSyntax, at, "a type that MessagePack does not have")
	case b >= 0xd4 && b <= 0xd8:
		return m.extension(1 << (b - 0xd4))
	case b >= 0xca && b <= 0xd3:
		return m.skip(int64(msgpackWidth[b-0xc0]))
	}
	n, err := m.length(msgpackWidth[b-0xc0])
	if err != nil {
		return err
	}
	switch b {
	case 0xdc, 0xdd:
		return m.list(n)
	case 0xde, 0xdf:
		return m.mapping(n)
	case 0xc7, 0xc8, 0xc9:
		return m.extension(n)
	}
	return m.skip(n)
}

func (m *msgpack) skip(n int64) error {
	if !m.w.skip(n) {
		return m.truncated()
	}
	return nil
}

// enter holds n values to fit in what is left.
func (m *msgpack) enter(n int64) error {
	if n > m.w.remaining() {
		return m.truncated()
	}
	if m.depth++; m.depth > maxMsgpackDepth {
		return faultf(LimitHit, m.w.offset(), "values nested deeper than %d", maxMsgpackDepth)
	}
	return nil
}

func (m *msgpack) list(n int64) error {
	if err := m.enter(n); err != nil {
		return err
	}
	for range n {
		if err := m.value(); err != nil {
			return err
		}
	}
	m.depth--
	return nil
}

func (m *msgpack) mapping(n int64) error {
	if err := m.enter(n); err != nil {
		return err
	}
	var names nameSet
	for range n {
		key, err := m.text()
		if err != nil {
			return err
		}
		if !names.add(key) {
			return faultf(DuplicateName, m.w.offset(), "key %q stands twice in a map", key)
		}
		above := len(m.path)
		if above > 0 {
			m.path = append(m.path, '.')
		}
		m.path = append(m.path, key...)
		if err := m.value(); err != nil {
			return err
		}
		m.path = m.path[:above]
	}
	m.depth--
	return nil
}

// text reads a string, which a key of Flax is.
func (m *msgpack) text() ([]byte, error) {
	at := m.w.offset()
	b, ok := m.w.next()
	if !ok {
		return nil, m.truncated()
	}
	n := int64(b & 0x1F)
	switch {
	case b >= 0xa0 && b < 0xc0:
	case b >= 0xd9 && b <= 0xdb:
		var err error
		if n, err = m.length(msgpackWidth[b-0xc0]); err != nil {
			return nil, err
		}
	default:
		return nil, faultf(HeaderSyntax, at, "a key that is no string")
	}
	if n > MaxName {
		return nil, faultf(LimitHit, at, "a name of more than %d bytes", MaxName)
	}
	key, ok := m.w.append(nil, n)
	if !ok {
		return nil, m.truncated()
	}
	return key, nil
}

// extension reads an extension of n bytes behind its type.
func (m *msgpack) extension(n int64) error {
	at := m.w.offset()
	kind, ok := m.w.next()
	if !ok || n > m.w.remaining() {
		return m.truncated()
	}
	end := m.w.offset() + n
	switch kind {
	case 1, 3:
		if err := m.array(); err != nil {
			return err
		}
	case 2: // a complex number
	default:
		return faultf(HeaderSyntax, at, "an extension of type %d, which Flax does not have", int8(kind))
	}
	if m.w.offset() > end || !m.w.skip(end-m.w.offset()) {
		return faultf(HeaderSyntax, at, "an extension that is longer than it says")
	}
	return nil
}

// array reads (shape, dtype, bytes) and counts the array.
func (m *msgpack) array() error {
	m.arrays++
	b, ok := m.w.next()
	if !ok {
		return m.truncated()
	}
	if b != 0x93 {
		m.uncounted = true
		return nil
	}
	shape, err := m.shape()
	if err != nil {
		return err
	}
	dtype, err := m.text()
	if err != nil {
		return err
	}
	at := m.w.offset()
	b, _ = m.w.next()
	if b < 0xc4 || b > 0xc6 {
		return faultf(HeaderSyntax, at, "an array without its bytes")
	}
	size, err := m.length(msgpackWidth[b-0xc0])
	if err != nil {
		return err
	}
	n, ok := product(shape)
	name, known := torchDtypes[string(dtype)]
	width := dtypeBits(name) / 8
	if !known || width == 0 {
		m.uncounted = true
		return m.skip(size)
	}
	if !ok || n > uint64(math.MaxInt64/width) || int64(n)*width != size {
		return faultf(TensorSize, at, "an array of %d bytes where its shape needs another number", size)
	}
	m.file.count(name, n)
	if m.tensors != nil {
		m.tensors(Tensor{Name: cutRune(m.path, false), Dtype: name, Shape: shape, Bytes: size})
	}
	return m.skip(size)
}

// shape reads a list of whole numbers.
func (m *msgpack) shape() ([]int64, error) {
	at := m.w.offset()
	b, ok := m.w.next()
	if !ok {
		return nil, m.truncated()
	}
	if b < 0x90 || b > 0x9f {
		return nil, faultf(HeaderSyntax, at, "an array without a shape")
	}
	shape := make([]int64, b&0x0F)
	for i := range shape {
		b, ok := m.w.next()
		switch {
		case !ok:
			return nil, m.truncated()
		case b < 0x80:
			shape[i] = int64(b)
		case b >= 0xcc && b <= 0xcf:
			n, err := m.length(msgpackWidth[b-0xc0])
			if err != nil {
				return nil, err
			}
			shape[i] = n
		default:
			return nil, faultf(HeaderSyntax, at, "a shape with what is no dimension")
		}
	}
	return shape, nil
}

// isMsgpack says whether a file that starts with head is a map whose first key
// is a name.
func isMsgpack(head []byte) bool {
	n := 0
	switch {
	case len(head) == 0:
		return false
	case head[0] >= 0x81 && head[0] <= 0x8f:
		n = 1
	case head[0] == 0xde:
		n = 3
	case head[0] == 0xdf:
		n = 5
	default:
		return false
	}
	if len(head) < n+2 {
		return false
	}
	key := head[n:]
	length := 0
	switch b := key[0]; {
	case b > 0xa0 && b < 0xc0:
		length, key = int(b&0x1F), key[1:]
	case b == 0xd9:
		length, key = int(key[1]), key[2:]
	}
	return length > 0 && len(key) > length && identifiers(string(key[:length])) && key[length] >= 0x80
}
