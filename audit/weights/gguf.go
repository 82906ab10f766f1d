package weights

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strings"
)

const (
	// MaxGGUFEntries is how many key-value pairs, and how many tensors, a
	// header may have before reading it stops.
	MaxGGUFEntries = 1_000_000
	// MaxGGUFHeader is how many bytes of a header are read. A vocabulary of a
	// quarter of a million tokens takes about ten megabytes.
	MaxGGUFHeader = 256 << 20
	// MaxList is the longest array kept in a file's metadata, in elements.
	MaxList = 64

	// Limits of ggml's gguf.cpp, commit d99724f.
	ggufMaxString    = 1 << 30
	ggufMaxArray     = 1 << 30
	ggufMaxName      = 64 // a tensor's name, its terminating zero included
	ggufMaxDims      = 4
	ggufVersion      = 3
	ggufAlignment    = 32
	ggufAlignmentKey = "general.alignment"
)

// The types of a value in a GGUF header.
const (
	ggufU8 uint32 = iota
	ggufI8
	ggufU16
	ggufI16
	ggufU32
	ggufI32
	ggufF32
	ggufBool
	ggufString
	ggufArray
	ggufU64
	ggufI64
	ggufF64
)

// ggufWidth is the width of each fixed type in bytes; 0 for the others.
var ggufWidth = [...]int{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8}

// ggmlType is a type of tensor: block elements take size bytes.
type ggmlType struct {
	name        string
	block, size uint64
}

// ggmlTypes lists the types by number; a removed one has no block.
// Source: ggml.c and ggml-common.h, commit d99724f. New numbers appear every
// few months; a file that uses one is incomplete, not damaged.
var ggmlTypes = [...]ggmlType{
	0: {"F32", 1, 4}, 1: {"F16", 1, 2}, 2: {"Q4_0", 32, 18}, 3: {"Q4_1", 32, 20},
	4: {"Q4_2", 0, 0}, 5: {"Q4_3", 0, 0}, 6: {"Q5_0", 32, 22}, 7: {"Q5_1", 32, 24},
	8: {"Q8_0", 32, 34}, 9: {"Q8_1", 32, 36}, 10: {"Q2_K", 256, 84}, 11: {"Q3_K", 256, 110},
	12: {"Q4_K", 256, 144}, 13: {"Q5_K", 256, 176}, 14: {"Q6_K", 256, 210}, 15: {"Q8_K", 256, 292},
	16: {"IQ2_XXS", 256, 66}, 17: {"IQ2_XS", 256, 74}, 18: {"IQ3_XXS", 256, 98}, 19: {"IQ1_S", 256, 50},
	20: {"IQ4_NL", 32, 18}, 21: {"IQ3_S", 256, 110}, 22: {"IQ2_S", 256, 82}, 23: {"IQ4_XS", 256, 136},
	24: {"I8", 1, 1}, 25: {"I16", 1, 2}, 26: {"I32", 1, 4}, 27: {"I64", 1, 8}, 28: {"F64", 1, 8},
	29: {"IQ1_M", 256, 56}, 30: {"BF16", 1, 2}, 31: {"Q4_0_4_4", 0, 0}, 32: {"Q4_0_4_8", 0, 0},
	33: {"Q4_0_8_8", 0, 0}, 34: {"TQ1_0", 256, 54}, 35: {"TQ2_0", 256, 66}, 36: {"IQ4_NL_4_4", 0, 0},
	37: {"IQ4_NL_4_8", 0, 0}, 38: {"IQ4_NL_8_8", 0, 0}, 39: {"MXFP4", 32, 17}, 40: {"NVFP4", 64, 36},
	41: {"Q1_0", 128, 18}, 42: {"Q2_0", 64, 18},
}

// ggufHeader reads a GGUF header as ggml's gguf.cpp does.
type ggufHeader struct {
	w         *window
	order     binary.ByteOrder
	file      *File
	tensors   func(Tensor) // nil in the pass that validates
	alignment uint64
	offset    uint64 // where the next tensor's data must begin
	end       uint64 // where the last tensor's data ends, padding not counted
	names     nameSet
}

// gguf fills f from the header of src.
func (f *File) gguf(src *source, tensors func(Tensor)) {
	f.expectTensors()
	f.ArrayLengths = map[string]uint64{}
	h := &ggufHeader{w: newWindow(src, 4, src.size), file: f, alignment: ggufAlignment}
	infos, count, err := h.read()
	if err == nil {
		err = h.data(src.size)
	}
	if err != nil {
		f.refuse(err)
		return
	}
	f.shardFromKeys()
	switch {
	case f.counts[TemplateAttack] > 0:
		f.Complete = !f.unread
		f.capable("its chat template leads to the interpreter that renders it")
	case f.unread:
		f.Complete, f.Reason = false, "a chat template that was not read to its end"
	default:
		f.inert("a valid GGUF header; the format has no place for code")
	}
	if tensors != nil {
		h.w = newWindow(src, infos, h.w.offset())
		h.file, h.tensors, h.offset = &File{}, tensors, 0
		h.file.expectTensors()
		_ = h.infos(count)
	}
}

// within says whether the header is still shorter than MaxGGUFHeader.
func (h *ggufHeader) within() error {
	if at := h.w.offset(); at > MaxGGUFHeader {
		return faultf(LimitHit, at, "a header of more than %d bytes", int64(MaxGGUFHeader))
	}
	return nil
}

func (h *ggufHeader) truncated(what string) error {
	return faultf(Truncated, h.w.offset(), "the file ends inside %s", what)
}

// read walks the header and says where its tensor infos begin and how many
// there are.
func (h *ggufHeader) read() (infos int64, count uint64, err error) {
	if err := h.version(); err != nil {
		return 0, 0, err
	}
	count, err = h.entries("tensors")
	if err != nil {
		return 0, 0, err
	}
	pairs, err := h.entries("key-value pairs")
	if err != nil {
		return 0, 0, err
	}
	for range pairs {
		if err := h.pair(); err != nil {
			return 0, 0, err
		}
	}
	h.names = nil
	infos = h.w.offset()
	return infos, count, h.infos(count)
}

// version reads the version and, from which half of it is empty, the order of
// the bytes.
func (h *ggufHeader) version() error {
	h.order = binary.LittleEndian
	v, ok := h.w.uint(h.order, 4)
	if !ok {
		return h.truncated("the version")
	}
	if v != 0 && v&0xFFFF == 0 {
		h.order = binary.BigEndian
		v = uint64(bits.ReverseBytes32(uint32(v)))
		h.file.problem(ByteOrder, Warning, 4, "written for big-endian machines; others refuse it")
	}
	if v < 2 || v > ggufVersion {
		return faultf(FormatVersion, 4, "GGUF version %d; readers take 2 and 3", v)
	}
	return nil
}

// entries reads a count, which must leave each entry the few bytes that the
// smallest takes.
func (h *ggufHeader) entries(what string) (uint64, error) {
	at := h.w.offset()
	n, ok := h.w.uint(h.order, 8)
	const smallest = 13 // a key of one letter and a value of one byte
	switch {
	case !ok:
		return 0, h.truncated("the number of " + what)
	case n > math.MaxInt64:
		return 0, faultf(HeaderCount, at, "a negative number of %s", what)
	case n > uint64(h.w.src.size)/smallest:
		return 0, faultf(HeaderCount, at, "%d %s in a file of %d bytes", n, what, h.w.src.size)
	case n > MaxGGUFEntries:
		return 0, faultf(LimitHit, at, "%d %s, more than the %d that are read", n, what, MaxGGUFEntries)
	}
	return n, nil
}

// length reads the length of a string and holds it against what is left.
func (h *ggufHeader) length() (int64, error) {
	at := h.w.offset()
	n, ok := h.w.uint(h.order, 8)
	if !ok {
		return 0, h.truncated("the length of a string")
	}
	if n > ggufMaxString || n > uint64(h.w.remaining()) {
		return 0, faultf(HeaderLength, at, "a string of %d bytes where %d are left", n, h.w.remaining())
	}
	return int64(n), nil
}

// text reads a string and keeps its first limit bytes.
func (h *ggufHeader) text(limit int64) (b []byte, cut bool, err error) {
	n, err := h.length()
	if err != nil {
		return nil, false, err
	}
	kept := min(n, limit)
	b, ok := h.w.append(nil, kept)
	if !ok || !h.w.skip(n-kept) {
		return nil, false, h.truncated("a string")
	}
	return b, n > kept, nil
}

// pair reads one key and its value.
func (h *ggufHeader) pair() error {
	if err := h.within(); err != nil {
		return err
	}
	at := h.w.offset()
	key, cut, err := h.text(math.MaxUint16)
	switch {
	case err != nil:
		return err
	case cut:
		return faultf(HeaderValue, at, "a key of more than %d bytes", math.MaxUint16)
	case len(key) == 0:
		return faultf(HeaderValue, at, "an empty key")
	case !h.names.add(key):
		return faultf(DuplicateName, at, "key %q stands twice", key)
	}
	kind, ok := h.w.uint(h.order, 4)
	if !ok {
		return h.truncated("the type of a value")
	}
	return h.value(cutRune(key, false), uint32(kind))
}

// value reads a key's value and keeps it as far as metadata keeps values.
func (h *ggufHeader) value(key string, kind uint32) error {
	at := h.w.offset()
	switch {
	case kind >= uint32(len(ggufWidth)):
		return faultf(HeaderValue, at-4, "key %q has a value of the unknown type %d", key, kind)
	case key == ggufAlignmentKey && kind != ggufU32:
		return faultf(HeaderValue, at-4, "%s is no 32-bit unsigned number", key)
	case kind == ggufArray:
		return h.array(key)
	}
	if kind == ggufString && isTemplateKey(key) {
		return h.template(key)
	}
	v, err := h.element(kind)
	if err != nil {
		return err
	}
	if b, ok := v.(uint64); ok && kind == ggufBool {
		v = b != 0
		if b > 1 {
			h.file.problem(HeaderValue, Warning, at, fmt.Sprintf("key %q has the truth value %d", key, b))
		}
	}
	if key == ggufAlignmentKey {
		n := v.(uint64)
		if bits.OnesCount64(n) != 1 {
			return faultf(HeaderValue, at, "an alignment of %d, which is no power of two", n)
		}
		h.alignment = n
	}
	h.file.describe(key, v)
	return nil
}

// isTemplateKey says whether a key holds a chat template: the model's own, or
// one with a name.
func isTemplateKey(key string) bool {
	return key == "tokenizer.chat_template" || strings.HasPrefix(key, "tokenizer.chat_template.")
}

// template reads a chat template whole, and keeps its start as metadata.
func (h *ggufHeader) template(key string) error {
	at := h.w.offset()
	b, cut, err := h.text(MaxTemplate)
	if err != nil {
		return err
	}
	if cut {
		h.file.problem(LimitHit, Fault, at, fmt.Sprintf("key %q has a template of more than %d bytes", key, MaxTemplate))
		h.file.unread = true
	}
	text := cutRune(b, false)
	if h.file.Templates == nil {
		h.file.Templates = map[string]string{}
	}
	if len(h.file.Templates) < MaxList {
		h.file.Templates[key] = text
	}
	for _, p := range InspectTemplate(text) {
		h.file.problem(p.Kind, p.Severity, at+8+*p.Offset, fmt.Sprintf("%s: %s", key, p.Message))
	}
	h.file.describe(key, cutRune(b[:min(len(b), MaxValue)], len(b) > MaxValue))
	return nil
}

// element reads one value that is no array.
func (h *ggufHeader) element(kind uint32) (any, error) {
	if kind == ggufString {
		b, cut, err := h.text(MaxValue)
		return cutRune(b, cut), err
	}
	v, ok := h.w.uint(h.order, ggufWidth[kind])
	if !ok {
		return nil, h.truncated("a value")
	}
	switch kind {
	case ggufI8:
		return int64(int8(v)), nil
	case ggufI16:
		return int64(int16(v)), nil
	case ggufI32:
		return int64(int32(v)), nil
	case ggufI64:
		return int64(v), nil
	case ggufF32:
		return number(float64(math.Float32frombits(uint32(v)))), nil
	case ggufF64:
		return number(math.Float64frombits(v)), nil
	}
	return v, nil
}

// number is v, or its name where JSON has no number for it.
func number(v float64) any {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Sprint(v)
	}
	return v
}

// array passes over an array, keeping it when it is short.
func (h *ggufHeader) array(key string) error {
	at := h.w.offset()
	kind, ok := h.w.uint(h.order, 4)
	n, ok2 := h.w.uint(h.order, 8)
	if !ok || !ok2 {
		return h.truncated("the head of an array")
	}
	if kind >= uint64(len(ggufWidth)) || kind == uint64(ggufArray) {
		return faultf(HeaderValue, at, "key %q has an array of type %d", key, kind)
	}
	width := uint64(ggufWidth[kind])
	if kind == uint64(ggufString) {
		width = 8 // each has a length at least
	}
	if n > ggufMaxArray || n*width > uint64(h.w.remaining()) {
		return faultf(HeaderLength, at, "key %q has an array of %d elements where %d bytes are left", key, n, h.w.remaining())
	}
	h.file.ArrayLengths[key] = n
	if n <= MaxList {
		return h.list(key, uint32(kind), n)
	}
	if kind != uint64(ggufString) {
		h.w.skip(int64(n * width))
		return nil
	}
	for range n {
		size, err := h.length()
		if err := cmp.Or(err, h.within()); err != nil {
			return err
		}
		h.w.skip(size)
	}
	return nil
}

func (h *ggufHeader) list(key string, kind uint32, n uint64) error {
	list := make([]any, 0, n)
	for range n {
		v, err := h.element(kind)
		if err != nil {
			return err
		}
		if b, ok := v.(uint64); ok && kind == ggufBool {
			v = b != 0
		}
		list = append(list, v)
	}
	h.file.describe(key, list)
	return nil
}

// infos reads the entries of the tensors.
func (h *ggufHeader) infos(count uint64) error {
	for range count {
		if err := h.info(); err != nil {
			return err
		}
	}
	return nil
}

// info reads one tensor's entry, whose data must begin where that of the one
// before it ends, padding included.
func (h *ggufHeader) info() error {
	if err := h.within(); err != nil {
		return err
	}
	at := h.w.offset()
	name, cut, err := h.text(ggufMaxName - 1)
	switch {
	case err != nil:
		return err
	case cut:
		return faultf(TensorName, at, "a tensor's name of %d bytes or more", ggufMaxName)
	case h.tensors == nil && !h.names.add(name):
		return faultf(DuplicateName, at, "tensor %q stands twice", name)
	}
	dims, elements, err := h.dims(name)
	if err != nil {
		return err
	}
	at = h.w.offset()
	kind, ok := h.w.uint(h.order, 4)
	offset, ok2 := h.w.uint(h.order, 8)
	if !ok || !ok2 {
		return h.truncated("a tensor's entry")
	}
	t, size, err := ggmlSize(name, kind, dims, elements, at)
	if err != nil {
		return err
	}
	if offset != h.offset {
		return faultf(TensorOffset, at+4, "data of tensor %q begins at %d where the one before it ends at %d", name, offset, h.offset)
	}
	h.end = h.offset + size
	padded := size + (h.alignment-size%h.alignment)%h.alignment
	if padded < size || h.offset+padded < h.offset || h.offset+padded > math.MaxInt64 {
		return faultf(Overflow, at, "the data up to tensor %q is longer than 64 bits count", name)
	}
	h.offset += padded
	h.file.count(t.name, elements)
	if h.tensors != nil {
		h.tensors(Tensor{Name: cutRune(name, false), Dtype: t.name, Shape: dims, Bytes: int64(size)})
	}
	return nil
}

// dims reads a tensor's dimensions, outermost first.
func (h *ggufHeader) dims(name []byte) (dims []int64, elements uint64, err error) {
	at := h.w.offset()
	n, ok := h.w.uint(h.order, 4)
	if !ok {
		return nil, 0, h.truncated("a tensor's entry")
	}
	if n > ggufMaxDims {
		return nil, 0, faultf(TensorShape, at, "tensor %q has %d dimensions, more than %d", name, n, ggufMaxDims)
	}
	dims = make([]int64, n)
	for i := range dims {
		v, ok := h.w.uint(h.order, 8)
		if !ok {
			return nil, 0, h.truncated("a tensor's entry")
		}
		if v > math.MaxInt64 {
			return nil, 0, faultf(TensorShape, at, "tensor %q has a negative dimension", name)
		}
		dims[int(n)-1-i] = int64(v)
	}
	// From the innermost on, as the reference multiplies: a zero further out
	// does not save it.
	elements = 1
	for i := len(dims) - 1; i >= 0; i-- {
		high, low := bits.Mul64(elements, uint64(dims[i]))
		if dims[i] > 0 && (high != 0 || low >= math.MaxInt64) {
			return nil, 0, faultf(Overflow, at, "tensor %q has more elements than 63 bits count", name)
		}
		elements = low
	}
	return dims, elements, nil
}

// product multiplies dimensions; ok is false when 64 bits do not hold it.
func product(shape []int64) (n uint64, ok bool) {
	n = 1
	for _, d := range shape {
		high, low := bits.Mul64(n, uint64(d))
		if d < 0 || high != 0 {
			return 0, false
		}
		n = low
	}
	return n, true
}

// ggmlSize is the type of a tensor and how many bytes its data takes.
func ggmlSize(name []byte, kind uint64, dims []int64, elements uint64, at int64) (ggmlType, uint64, error) {
	if kind >= uint64(len(ggmlTypes)) {
		return ggmlType{}, 0, faultf(TensorType, at, "tensor %q has the type %d, which is not known here", name, kind)
	}
	t := ggmlTypes[kind]
	row := uint64(1)
	if len(dims) > 0 {
		row = uint64(dims[len(dims)-1])
	}
	switch {
	case t.block == 0:
		return t, 0, faultf(TensorType, at, "tensor %q has the type %s, which was removed", name, t.name)
	case row%t.block != 0:
		return t, 0, faultf(Misaligned, at, "tensor %q has rows of %d elements, no multiple of %s's block of %d", name, row, t.name, t.block)
	}
	high, size := bits.Mul64(elements/t.block, t.size)
	if high != 0 || size > math.MaxInt64 {
		return t, 0, faultf(Overflow, at, "tensor %q is longer than 63 bits count", name)
	}
	return t, size, nil
}

// data holds the file to be long enough for the tensors it lists. The padding
// behind the last one may be missing, that before the first may not.
func (h *ggufHeader) data(size int64) error {
	start := uint64(h.w.offset())
	start += (h.alignment - start%h.alignment) % h.alignment
	end := start + h.end
	if *h.file.TensorCount > 0 && (end < start || end > uint64(size)) {
		return faultf(DataLength, -1, "the tensors end at byte %d, the file at %d", end, size)
	}
	if extra := size - int64(start+h.offset); extra > 0 {
		h.file.problem(TrailingData, Note, int64(start+h.offset), fmt.Sprintf("%d bytes behind the last tensor", extra))
	}
	return nil
}

// shardFromKeys takes a split model's numbering from its header, which counts
// from 0 and outranks the name.
func (f *File) shardFromKeys() {
	no, ok := f.Metadata["split.no"].(uint64)
	count, ok2 := f.Metadata["split.count"].(uint64)
	if ok && ok2 && count > 1 {
		f.Shard = &Shard{Index: int64(no) + 1, Count: int64(count)}
	}
}
