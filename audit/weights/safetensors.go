package weights

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"slices"
)

const (
	// MaxSafetensorsHeader is the longest header the reference reads, in bytes
	// (MAX_HEADER_SIZE in safetensors/src/tensor.rs).
	MaxSafetensorsHeader = 100_000_000
	// MaxValue is how much of one metadata value is kept, in bytes.
	MaxValue = 4 << 10
	// MaxMetadata is how much of all metadata of a file is kept, in bytes.
	MaxMetadata = 256 << 10
)

// safetensorsTypes lists the element types with their width in bits. Types
// below eight bits are packed without gaps. Source: enum Dtype in
// safetensors/src/tensor.rs, commit 24b0b28.
var safetensorsTypes = [...]struct {
	name string
	bits uint64
}{
	{"BF16", 16}, {"F16", 16}, {"F32", 32}, {"U8", 8}, {"I8", 8}, {"I32", 32}, {"I64", 64}, {"F8_E4M3", 8},
	{"F8_E8M0", 8}, {"F8_E5M2", 8}, {"F4", 4}, {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"F8_E4M3FNUZ", 8},
	{"F8_E5M2FNUZ", 8}, {"BOOL", 8}, {"I16", 16}, {"U16", 16}, {"U32", 32}, {"C64", 64}, {"F64", 64}, {"U64", 64},
}

// stHeader reads a safetensors header as the reference reader does, save that
// it refuses what the reference lets pass in silence because readers disagree
// about it: a name that stands twice. Two forms that serde takes and no
// writer makes, an array in place of a tensor's object and an object in place
// of a dtype's name, are refused too.
type stHeader struct {
	scanner
	file    *File
	tensors func(Tensor) // nil in the pass that validates
	spans   []stSpan
	bad     error  // the first tensor fault in the order of the data
	badSpan stSpan // and whose it is
	names   nameSet
	current stTensor
}

// stSpan is what validation needs of one tensor.
type stSpan struct {
	begin, end uint64
	at         int64 // where the entry stands in the file
}

// stTensor is one tensor's entry while it is read.
type stTensor struct {
	name       []byte
	dtype      string
	bits       uint64
	shape      []int64
	count      uint64 // of elements, once the shape is read
	overflow   bool   // there are more than count can say
	begin, end uint64
	seen       [3]bool
}

// safetensors fills f from the header of src.
func (f *File) safetensors(src *source, tensors func(Tensor)) {
	end, err := safetensorsHeaderEnd(src)
	if err == nil {
		h := &stHeader{file: f}
		err = h.read(src, end)
		if err == nil {
			err = h.layout(uint64(src.size - end))
		}
	}
	if err != nil {
		f.refuse(err)
		return
	}
	if n := f.counts[DuplicateName]; n > 0 {
		f.Complete, f.Reason = false, "the header names something twice, and readers disagree which one holds"
		f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
		return
	}
	f.inert("a valid safetensors header; the format has no place for code")
	if tensors != nil {
		// A second pass costs less than keeping every name through the first.
		h := &stHeader{file: &File{}, tensors: tensors}
		_ = h.read(src, end)
	}
}

// safetensorsHeaderEnd finds where the header ends and the data begins.
func safetensorsHeaderEnd(src *source) (int64, error) {
	var b [8]byte
	if n := src.readAt(b[:], 0); n < len(b) {
		return 0, faultf(HeaderTooSmall, 0, "%d bytes are too few for the length of a safetensors header", n)
	}
	n := binary.LittleEndian.Uint64(b[:])
	if n > MaxSafetensorsHeader {
		return 0, faultf(HeaderTooLarge, 0, "a header of %d bytes, more than the %d that readers take", n, MaxSafetensorsHeader)
	}
	if end := int64(n) + 8; end <= src.size {
		return end, nil
	}
	return 0, faultf(HeaderLength, 0, "a header of %d bytes in a file of %d", n, src.size)
}

// read walks the header's JSON once.
func (h *stHeader) read(src *source, end int64) error {
	h.scanner = scanner{w: newWindow(src, 8, end), kind: HeaderSyntax}
	h.file.expectTensors()
	more, err := h.open('{')
	for more && err == nil {
		if err := h.entry(); err != nil {
			return err
		}
		more, err = h.comma('}')
	}
	if err != nil {
		return err
	}
	return h.finish()
}

// entry reads one member of the header's top level.
func (h *stHeader) entry() error {
	key, err := h.key()
	if err != nil {
		return err
	}
	at := h.w.offset()
	twice := h.tensors == nil && !h.names.add(key)
	if string(key) == "__metadata__" {
		if twice {
			return h.faultf("__metadata__ stands twice")
		}
		return h.metadata()
	}
	h.current.name = append(h.current.name[:0], key...)
	if err := h.tensor(); err != nil {
		return err
	}
	if twice {
		h.file.problem(DuplicateName, Fault, at, fmt.Sprintf("tensor %q stands twice in the header", h.current.name))
	}
	if h.tensors == nil {
		h.count(at)
		return nil
	}
	t := &h.current
	h.tensors(Tensor{Name: string(t.name), Dtype: t.dtype, Shape: t.shape, Bytes: int64(t.end - t.begin)})
	return nil
}

// metadata reads the map of strings that may stand beside the tensors. null
// stands for none.
func (h *stHeader) metadata() error {
	if b, err := h.space(); err != nil {
		return err
	} else if b == 'n' {
		_, err := h.literal()
		return err
	}
	var names nameSet
	more, err := h.open('{')
	for more && err == nil {
		if err := h.note(&names); err != nil {
			return err
		}
		more, err = h.comma('}')
	}
	return err
}

// note reads one member of the metadata.
func (h *stHeader) note(names *nameSet) error {
	key, err := h.key()
	if err != nil {
		return err
	}
	at, name := h.w.offset(), string(key)
	if !names.add(key) {
		h.file.problem(DuplicateName, Fault, at, fmt.Sprintf("%q stands twice in the metadata", name))
	}
	value, err := h.string(MaxValue)
	if err != nil {
		return err
	}
	h.file.describe(name, cutRune(value, h.cut))
	return nil
}

// tensor reads the object of one tensor.
func (h *stHeader) tensor() error {
	t := &h.current
	t.seen, t.shape, t.dtype = [3]bool{}, t.shape[:0], ""
	more, err := h.open('{')
	for more && err == nil {
		if err := h.field(); err != nil {
			return err
		}
		more, err = h.comma('}')
	}
	if err == nil && t.seen != [3]bool{true, true, true} {
		err = h.faultf("tensor %q lacks one of dtype, shape and data_offsets", t.name)
	}
	return err
}

// field reads one member of a tensor's object. Its three own fields serde
// refuses to see twice.
func (h *stHeader) field() error {
	key, err := h.key()
	if err != nil {
		return err
	}
	switch string(key) {
	case "dtype":
		return cmp.Or(h.once(0), h.dtype())
	case "shape":
		return cmp.Or(h.once(1), h.shape())
	case "data_offsets":
		return cmp.Or(h.once(2), h.offsets())
	}
	if h.tensors == nil {
		h.file.problem(UnknownField, Note, h.w.offset(), fmt.Sprintf("tensor %q has a field %q that readers ignore", h.current.name, key))
	}
	return h.skip()
}

func (h *stHeader) once(field int) error {
	if h.current.seen[field] {
		return h.faultf("a field of tensor %q stands twice", h.current.name)
	}
	h.current.seen[field] = true
	return nil
}

func (h *stHeader) dtype() error {
	text, err := h.string(MaxName)
	if err != nil {
		return err
	}
	for i := range safetensorsTypes {
		if t := &safetensorsTypes[i]; t.name == string(text) {
			h.current.dtype, h.current.bits = t.name, t.bits
			return nil
		}
	}
	return h.faultf("tensor %q has the unknown dtype %q", h.current.name, text)
}

// shape reads the dimensions. One of 2^63 or more is legal beside a zero, and
// is handed out as the largest an int64 can say.
func (h *stHeader) shape() error {
	t := &h.current
	t.count, t.overflow = 1, false
	more, err := h.open('[')
	for more && err == nil {
		v, err := h.uint()
		if err != nil {
			return err
		}
		high, low := bits.Mul64(t.count, v)
		t.count, t.overflow = low, t.overflow || high != 0
		t.shape = append(t.shape, int64(min(v, math.MaxInt64)))
		if more, err = h.comma(']'); err != nil {
			return err
		}
	}
	return err
}

func (h *stHeader) offsets() error {
	var pair [2]uint64
	n := 0
	more, err := h.open('[')
	for ; more && err == nil; n++ {
		v, err := h.uint()
		if err != nil {
			return err
		}
		if n < len(pair) {
			pair[n] = v
		}
		if more, err = h.comma(']'); err != nil {
			return err
		}
	}
	if err == nil && n != len(pair) {
		err = h.faultf("data_offsets of tensor %q has %d numbers, not two", h.current.name, n)
	}
	h.current.begin, h.current.end = pair[0], pair[1]
	return err
}

// count adds the tensor just read to the totals and keeps its place for
// layout, which tells what is wrong with it when its turn comes.
func (h *stHeader) count(at int64) {
	t := &h.current
	span := stSpan{t.begin, t.end, at}
	h.spans = append(h.spans, span)
	elements, err := t.elements(at)
	if err == nil {
		h.file.count(t.dtype, elements)
	} else if h.bad == nil || compareSpans(span, h.badSpan) < 0 {
		h.bad, h.badSpan = err, span
	}
}

// elements is how many elements the tensor has, once they are known to take
// the bytes that it claims.
func (t *stTensor) elements(at int64) (uint64, error) {
	high, size := bits.Mul64(t.count, t.bits)
	switch {
	case t.overflow || high != 0:
		return 0, faultf(Overflow, at, "tensor %q has more elements than 64 bits count", t.name)
	case size%8 != 0:
		return 0, faultf(Misaligned, at, "tensor %q ends inside a byte", t.name)
	case t.end-t.begin != size/8:
		return 0, faultf(TensorSize, at, "tensor %q has %d bytes where its shape needs %d", t.name, t.end-t.begin, size/8)
	}
	return t.count, nil
}

func compareSpans(a, b stSpan) int {
	return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end))
}

// layout holds the tensors, in the order of their data, to lie one behind the
// other from the first byte of the data to the last.
func (h *stHeader) layout(data uint64) error {
	slices.SortFunc(h.spans, compareSpans)
	cursor := uint64(0)
	for _, s := range h.spans {
		if s.begin != cursor || s.end < s.begin {
			return faultf(TensorOffset, s.at, "data from %d to %d where the tensor before it ends at %d", s.begin, s.end, cursor)
		}
		if h.bad != nil && s == h.badSpan {
			return h.bad
		}
		cursor = s.end
	}
	if cursor != data {
		return faultf(DataLength, -1, "the header describes %d bytes of data, the file has %d", cursor, data)
	}
	return nil
}

// nameSet tells whether a name came before, in 16 bytes a name. Digests stand
// in for names: headers of a hundred megabytes are legal.
type nameSet map[[16]byte]struct{}

// add says whether name is new.
func (s *nameSet) add(name []byte) bool {
	if *s == nil {
		*s = nameSet{}
	}
	sum := sha256.Sum256(name)
	key := [16]byte(sum[:16])
	if _, ok := (*s)[key]; ok {
		return false
	}
	(*s)[key] = struct{}{}
	return true
}
