package weights

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"strings"
)

// tfliteTypes are the element types by their number, in the names of
// safetensors. Source: TensorType in tensorflow/compiler/mlir/lite/schema.fbs.
var tfliteTypes = [...]string{
	"F32", "F16", "I32", "U8", "I64", "STRING", "BOOL", "I16", "C64", "I8", "F64", "C128", "U64", "RESOURCE", "VARIANT", "U32", "U16", "I4", "BF16",
}

// maxVector is how many tensors, and how many operators, are looked at.
const maxVector = 1 << 20

// flatBuffer reads tables of a FlatBuffer where they lie.
// Source: https://flatbuffers.dev/internals/
type flatBuffer struct {
	src *source
	err error
}

func (b *flatBuffer) fault() {
	if b.err == nil {
		b.err = faultf(HeaderSyntax, -1, "an offset that leaves the file")
	}
}

// uint reads a little-endian number of width bytes at offset.
func (b *flatBuffer) uint(at int64, width int) uint64 {
	var p [8]byte
	if at < 0 || b.src.readAt(p[:width], at) < width {
		b.fault()
		return 0
	}
	return binary.LittleEndian.Uint64(p[:])
}

// indirect follows the offset that stands at.
func (b *flatBuffer) indirect(at int64) int64 { return at + int64(b.uint(at, 4)) }

// field is where a table's field lies; 0 when the table has none.
func (b *flatBuffer) field(table int64, index int) int64 {
	vtable := table - int64(int32(b.uint(table, 4)))
	if slot := int64(4 + 2*index); slot+2 <= int64(b.uint(vtable, 2)) {
		if v := b.uint(vtable+slot, 2); v != 0 {
			return table + int64(v)
		}
	}
	return 0
}

// vector is where the elements of a table's vector begin, each of width bytes,
// and how many there are.
func (b *flatBuffer) vector(table int64, index, width int) (at, n int64) {
	f := b.field(table, index)
	if f == 0 || b.err != nil {
		return 0, 0
	}
	at = b.indirect(f)
	n = int64(b.uint(at, 4))
	if n > (b.src.size-at-4)/int64(width) {
		b.fault()
		return 0, 0
	}
	return at + 4, n
}

func (b *flatBuffer) text(table int64, index int) string {
	at, n := b.vector(table, index, 1)
	p := make([]byte, min(n, maxGlobalName))
	return cutRune(p[:b.src.readAt(p, at)], false)
}

// tfliteReader reads a model of TensorFlow Lite.
type tfliteReader struct {
	flatBuffer
	file    *File
	tensors func(Tensor)
	model   int64
	visited int64          // tensors looked at
	seen    map[int64]bool // buffers counted
}

// tflite fills f from a model of TensorFlow Lite.
func (f *File) tflite(src *source, tensors func(Tensor)) {
	f.expectTensors()
	r := &tfliteReader{flatBuffer: flatBuffer{src: src}, file: f}
	capable, custom := r.operators()
	switch err := r.graphs(); {
	case err != nil:
		f.refuse(err)
	case len(custom) > 0:
		f.incomplete(CustomOperator, -1, "operators that the program must bring: "+strings.Join(custom, ", "))
	default:
		f.inert("a TensorFlow Lite graph of operators; the format has no place for code")
	}
	if capable != "" {
		f.problem(UnlistedCall, Fault, -1, capable)
		f.capable(capable)
	}
	if tensors != nil && f.Complete {
		again := &tfliteReader{flatBuffer: flatBuffer{src: src}, file: &File{}, tensors: tensors}
		again.file.expectTensors()
		_ = again.graphs()
	}
}

// graphs counts the tensors of all graphs.
func (r *tfliteReader) graphs() error {
	r.model = r.indirect(0)
	r.seen = map[int64]bool{}
	graphs, n := r.vector(r.model, 2, 4)
	for i := range n {
		r.graph(r.indirect(graphs + 4*i))
		if r.err != nil {
			return r.err
		}
	}
	if n == 0 && r.err == nil {
		return faultf(HeaderSyntax, -1, "a TensorFlow Lite model without a graph")
	}
	return r.err
}

// operators reads the operators' codes: what is custom in them, and what calls
// code.
func (r *tfliteReader) operators() (capable string, custom []string) {
	r.model = r.indirect(0)
	codes, n := r.vector(r.model, 1, 4)
	if n > maxVector {
		r.err = cmp.Or(r.err, faultf(LimitHit, -1, "more than %d kinds of operator", maxVector))
	}
	flex := map[uint64]string{}
	for i := range min(n, maxVector) {
		name := r.text(r.indirect(codes+4*i), 1)
		if r.err != nil {
			return "", nil
		}
		if name == "" {
			continue
		}
		op, ok := strings.CutPrefix(name, "Flex")
		if label, ok2 := tensorFlowCode[op]; ok && ok2 {
			capable = fmt.Sprintf("the operation %s of TensorFlow %s", op, label)
		} else if ok && tensorFlowPure[op] {
			flex[uint64(i)] = op
		} else if len(custom) < MaxProblems {
			custom = append(custom, fmt.Sprintf("%.40q", name))
		}
	}
	if len(flex) > 0 {
		c, more := r.flex(flex)
		capable, custom = cmp.Or(capable, c), append(custom, more...)
	}
	return capable, custom
}

// flex judges the operators that stand for operations of TensorFlow, whose kinds
// are in ops, by the operation that their options name.
func (r *tfliteReader) flex(ops map[uint64]string) (capable string, custom []string) {
	graphs, n := r.vector(r.model, 2, 4)
	visited := 0
	for i := range n {
		list, count := r.vector(r.indirect(graphs+4*i), 3, 4)
		for j := range count {
			if visited++; visited > maxVector && r.err == nil {
				r.err = faultf(LimitHit, -1, "more than %d operators", maxVector)
			}
			if r.err != nil {
				return "", nil
			}
			node := r.indirect(list + 4*j)
			kind := uint64(0)
			if at := r.field(node, 0); at != 0 {
				kind = r.uint(at, 4)
			}
			want, ok := ops[kind]
			if !ok {
				continue
			}
			op, told := flexOperation(r.bytes(node, 5))
			if label, ok := tensorFlowCode[op]; ok {
				capable = fmt.Sprintf("the operation %s of TensorFlow %s", op, label)
			} else if (!told || op != want) && len(custom) < MaxProblems {
				custom = append(custom, fmt.Sprintf("%.40q", "Flex"+want))
			}
		}
	}
	return capable, custom
}

// maxOptions is how many bytes of an operator's options are read. They describe
// one operation.
const maxOptions = 1 << 20

// bytes is a table's vector of bytes; nil when it is too long.
func (r *tfliteReader) bytes(table int64, index int) []byte {
	at, n := r.vector(table, index, 1)
	if n > maxOptions {
		return nil
	}
	b := make([]byte, n)
	return b[:r.src.readAt(b, at)]
}

// graph counts the tensors of one graph that have data.
func (r *tfliteReader) graph(graph int64) {
	buffers, nBuffers := r.vector(r.model, 4, 4)
	list, n := r.vector(graph, 0, 4)
	for i := range n {
		if r.visited++; r.visited > maxVector {
			r.err = faultf(LimitHit, -1, "more than %d tensors", maxVector)
		}
		if r.err != nil {
			return
		}
		tensor := r.indirect(list + 4*i)
		buffer := int64(0)
		if at := r.field(tensor, 2); at != 0 {
			buffer = int64(r.uint(at, 4))
		}
		if buffer <= 0 || buffer >= nBuffers || r.seen[buffer] {
			continue
		}
		if size := r.data(r.indirect(buffers + 4*buffer)); size > 0 {
			r.seen[buffer] = true
			r.tensor(tensor, size)
		}
	}
}

// data is how many bytes of data a buffer has, in the table or, in files of
// more than 2 GB, behind it.
func (r *tfliteReader) data(buffer int64) int64 {
	if _, n := r.vector(buffer, 0, 1); n > 0 {
		return n
	}
	offset, size := r.field(buffer, 1), r.field(buffer, 2)
	if offset == 0 || size == 0 {
		return 0
	}
	at, n := r.uint(offset, 8), r.uint(size, 8)
	if at <= 1 {
		return 0
	}
	if at > uint64(r.src.size) || n > uint64(r.src.size)-at {
		r.fault()
		return 0
	}
	return int64(n)
}

// tensor counts one tensor.
func (r *tfliteReader) tensor(tensor, size int64) {
	at, n := r.vector(tensor, 0, 4)
	shape := make([]int64, 0, min(n, 64))
	for i := range min(n, 64) {
		shape = append(shape, int64(int32(r.uint(at+4*i, 4))))
	}
	kind := 0
	if at := r.field(tensor, 1); at != 0 {
		kind = int(r.uint(at, 1))
	}
	elements, ok := product(shape)
	if !ok || kind >= len(tfliteTypes) || n > 64 {
		if r.err == nil {
			r.err = faultf(TensorShape, -1, "a tensor whose shape or type is not known")
		}
		return
	}
	r.file.count(tfliteTypes[kind], elements)
	if r.tensors != nil && r.err == nil {
		r.tensors(Tensor{Name: r.text(tensor, 3), Dtype: tfliteTypes[kind], Shape: shape, Bytes: size})
	}
}
