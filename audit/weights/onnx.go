package weights

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// External is a file beside this one that holds the numbers of some tensors.
type External struct {
	// Location is the path as the file writes it, relative to the directory
	// the file lies in.
	Location string
	// Bytes is how long that file must be at least; 0 when the end of what is
	// used is not told.
	Bytes int64
}

// maxExternal is how many external files one model may name.
const maxExternal = 10_000

// maxOperators is how many operators of other domains than the runtimes' one
// model may call, and how many it may define.
const maxOperators = 10_000

// operator is the name of an operator, in the domain that it belongs to.
type operator struct{ domain, name string }

// onnxTypes are the element types by their number, in the names of safetensors
// where it has one, with their width in bits.
// Source: TensorProto.DataType in onnx/onnx.proto, IR version 13.
var onnxTypes = [...]struct {
	name string
	bits uint64
}{
	1: {"F32", 32}, 2: {"U8", 8}, 3: {"I8", 8}, 4: {"U16", 16}, 5: {"I16", 16}, 6: {"I32", 32}, 7: {"I64", 64}, 8: {"STRING", 0},
	9: {"BOOL", 8}, 10: {"F16", 16}, 11: {"F64", 64}, 12: {"U32", 32}, 13: {"U64", 64}, 14: {"C64", 64}, 15: {"C128", 128}, 16: {"BF16", 16},
	17: {"F8_E4M3", 8}, 18: {"F8_E4M3FNUZ", 8}, 19: {"F8_E5M2", 8}, 20: {"F8_E5M2FNUZ", 8}, 21: {"U4", 4}, 22: {"I4", 4}, 23: {"F4", 4},
	24: {"F8_E8M0", 8}, 25: {"U2", 2}, 26: {"I2", 2},
}

// onnxDomains are the sets of operators that come with the runtimes.
var onnxDomains = map[string]bool{
	"": true, "ai.onnx": true, "ai.onnx.ml": true, "ai.onnx.training": true, "ai.onnx.preview.training": true, "ai.onnx.preview": true,
	"com.microsoft": true, "com.microsoft.nchwc": true, "com.microsoft.experimental": true, "com.ms.internal.nhwc": true,
}

// onnxCode are the operators that call what is no part of a graph.
var onnxCode = map[string]string{
	"PyOp": "calls a Python function", "PyCustomOp": "calls a Python function", "PythonOp": "calls a Python function", "PythonOpGrad": "calls a Python function",
}

// onnxReader reads a model in ONNX's format.
type onnxReader struct {
	proto
	file     *File
	tensors  func(Tensor)
	graph    bool              // a graph was there
	version  uint64            // of the format
	opset    bool              // the set of operators was named
	foreign  map[operator]bool // operators of other domains than onnxDomains
	local    map[operator]bool // functions in the file itself
	external map[string]int64
	capable  string
	partial  string
}

// onnx fills f from the model in src.
func (f *File) onnx(src *source, tensors func(Tensor)) {
	f.expectTensors()
	r := &onnxReader{proto: proto{w: newWindow(src, 0, src.size)}, file: f, foreign: map[operator]bool{}, local: map[operator]bool{}, external: map[string]int64{}}
	err := r.message(src.size, r.model)
	switch {
	case err != nil:
	case !r.graph || r.version == 0:
		err = faultf(HeaderSyntax, -1, "an ONNX model without a graph or a version")
	case !r.opset && r.version >= 3: // the checker asks for one from then on
		err = faultf(HeaderSyntax, -1, "an ONNX model that names no set of operators")
	}
	if err != nil {
		f.refuse(err)
		if r.capable != "" {
			f.capable(r.capable)
		}
		return
	}
	r.conclude()
	if tensors != nil && f.Complete {
		again := &onnxReader{proto: proto{w: newWindow(src, 0, src.size)}, file: &File{}, tensors: tensors, foreign: r.foreign, local: r.local, external: map[string]int64{}}
		again.file.expectTensors()
		_ = again.message(src.size, again.model)
	}
}

func (r *onnxReader) conclude() {
	f := r.file
	missing := map[string]bool{}
	for op := range r.foreign {
		missing[op.domain] = missing[op.domain] || !r.local[op]
	}
	for _, domain := range slices.Sorted(maps.Keys(missing)) {
		if missing[domain] {
			text := fmt.Sprintf("operators of %.80q, which the program must bring", domain)
			f.problem(CustomOperator, Fault, -1, text)
			r.partial = cmp.Or(r.partial, text)
		}
	}
	for _, location := range slices.Sorted(maps.Keys(r.external)) {
		f.External = append(f.External, External{location, r.external[location]})
	}
	switch {
	case r.capable != "":
		f.Complete = r.partial == ""
		f.capable(r.capable)
	case r.partial != "":
		f.Complete, f.Reason = false, r.partial
	default:
		f.inert("an ONNX graph of operators; the format has no place for code")
	}
}

// model reads ModelProto.
func (r *onnxReader) model(f field) error {
	switch f.number {
	case 1:
		r.version = f.value
		r.file.describe("ir_version", f.value)
	case 8:
		r.opset = true
	case 2:
		r.file.describe("producer_name", r.text(f))
	case 3:
		r.file.describe("producer_version", r.text(f))
	case 7:
		r.graph = true
		return r.inside(f, r.graphField)
	case 14:
		return r.property(f)
	case 20:
		return r.inside(f, func(f field) error {
			if f.number == 1 || f.number == 2 {
				return r.inside(f, r.graphField)
			}
			return nil
		})
	case 25:
		return r.function(f)
	}
	return nil
}

// property reads one pair of the model's metadata.
func (r *onnxReader) property(f field) error {
	key, value := "", ""
	err := r.inside(f, func(f field) error {
		switch f.number {
		case 1:
			key = r.text(f)
		case 2:
			value = r.text(f)
		}
		return nil
	})
	r.file.describe(key, value)
	return err
}

// graphField reads a field of GraphProto.
func (r *onnxReader) graphField(f field) error {
	switch f.number {
	case 1:
		return r.node(f)
	case 5:
		return r.tensor(f, true)
	case 15:
		return r.sparse(f, true)
	}
	return nil
}

// function reads FunctionProto: an operator that the file itself defines.
func (r *onnxReader) function(f field) error {
	var op operator
	err := r.inside(f, func(f field) error {
		switch f.number {
		case 1:
			op.name = r.text(f)
		case 7:
			return r.node(f)
		case 10:
			op.domain = r.text(f)
		case 11: // an attribute that has a default
			return r.inside(f, r.attribute)
		}
		return nil
	})
	r.note(r.local, op)
	return err
}

// note adds to a set of operators, up to a limit.
func (r *onnxReader) note(set map[operator]bool, op operator) {
	if !set[op] && len(set) >= maxOperators {
		r.doubt(LimitHit, fmt.Sprintf("more than %d operators of other domains", maxOperators))
		return
	}
	set[op] = true
}

// node reads NodeProto, and judges its operator.
func (r *onnxReader) node(f field) error {
	var op operator
	err := r.inside(f, func(f field) error {
		switch f.number {
		case 4:
			op.name = r.text(f)
			r.operator(op.name)
		case 5:
			return r.inside(f, r.attribute)
		case 7:
			if f.wire == wireBytes { // else it is a field that nobody knows
				op.domain = r.text(f)
			}
		}
		return nil
	})
	if !onnxDomains[op.domain] {
		r.note(r.foreign, op)
	}
	return err
}

func (r *onnxReader) operator(op string) {
	if label, ok := onnxCode[op]; ok {
		text := fmt.Sprintf("the operator %s %s", op, label)
		r.file.problem(UnlistedCall, Fault, r.w.offset(), text)
		r.capable = cmp.Or(r.capable, text)
	}
	if op == "EPContext" {
		r.doubt(NotOpened, "a graph compiled for one machine, which is not read")
	}
}

func (r *onnxReader) doubt(kind Kind, text string) {
	r.file.problem(kind, Fault, r.w.offset(), text)
	r.partial = cmp.Or(r.partial, text)
}

// attribute reads a field of AttributeProto: graphs and tensors lie in there,
// too.
func (r *onnxReader) attribute(f field) error {
	switch f.number {
	case 5, 10:
		return r.tensor(f, false)
	case 6, 11:
		return r.inside(f, r.graphField)
	case 22, 23:
		return r.sparse(f, false)
	}
	return nil
}

// sparse reads SparseTensorProto: values and their indices.
func (r *onnxReader) sparse(f field, counted bool) error {
	return r.inside(f, func(f field) error {
		switch f.number {
		case 1:
			return r.tensor(f, counted)
		case 2:
			return r.tensor(f, false)
		}
		return nil
	})
}

// onnxTensor is what is read of a TensorProto.
type onnxTensor struct {
	name     string
	kind     uint64
	shape    []int64
	raw      int64 // bytes of raw_data; -1 when there is none
	place    bool  // the numbers lie in another file
	external struct{ location, offset, length string }
}

// tensor reads TensorProto, and counts it as a parameter when it is one.
func (r *onnxReader) tensor(f field, counted bool) error {
	at := r.w.offset()
	t := onnxTensor{raw: -1}
	if err := r.inside(f, func(f field) error { return r.tensorField(&t, f) }); err != nil {
		return err
	}
	if t.kind == 0 || t.kind >= uint64(len(onnxTypes)) {
		r.doubt(TensorType, fmt.Sprintf("tensor %q has the type %d, which is not known here", t.name, t.kind))
		return nil
	}
	kind := onnxTypes[t.kind]
	n, ok := product(t.shape)
	if !ok || kind.bits > 0 && n > math.MaxInt64/kind.bits {
		return faultf(Overflow, at, "tensor %q has more elements than 63 bits count", t.name)
	}
	size := int64((n*kind.bits + 7) / 8)
	if t.raw >= 0 && kind.bits > 0 && t.raw != size {
		return faultf(TensorSize, at, "tensor %q has %d bytes where its shape needs %d", t.name, t.raw, size)
	}
	if t.place {
		r.elsewhere(&t, size)
	}
	if counted {
		r.file.count(kind.name, n)
		if r.tensors != nil {
			r.tensors(Tensor{Name: t.name, Dtype: kind.name, Shape: t.shape, Bytes: size})
		}
	}
	return nil
}

func (r *onnxReader) tensorField(t *onnxTensor, f field) error {
	switch f.number {
	case 1:
		return r.numbers(f, func(v uint64) error {
			if v > math.MaxInt64 || len(t.shape) == 64 {
				return r.faultf("a tensor with a dimension that is none")
			}
			t.shape = append(t.shape, int64(v))
			return nil
		})
	case 2:
		t.kind = f.value
	case 8:
		t.name = r.text(f)
	case 9:
		t.raw = int64(f.value)
	case 13:
		return r.place(t, f)
	case 14:
		t.place = t.place || f.value == 1
	}
	return nil
}

// place reads one pair of what says where a tensor's numbers lie.
func (r *onnxReader) place(t *onnxTensor, f field) error {
	key, value := "", ""
	err := r.inside(f, func(f field) error {
		switch f.number {
		case 1:
			key = r.text(f)
		case 2:
			value = r.text(f)
		}
		return nil
	})
	switch key {
	case "location":
		t.external.location = value
	case "offset":
		t.external.offset = value
	case "length":
		t.external.length = value
	}
	return err
}

// memoryPrefix begins a location that a runtime takes for its own memory, at an
// address that the model tells. Source: kTensorProtoMemoryAddressTag in
// onnxruntime/core/framework/tensorprotoutils.h.
const memoryPrefix = "*/"

// elsewhere notes the file that holds a tensor's numbers. A path that leaves
// the release makes a loader read what the release does not hold
// (CVE-2022-25882, CVE-2024-27318).
func (r *onnxReader) elsewhere(t *onnxTensor, size int64) {
	location := t.external.location
	if location == "" || unsafePath(location) || strings.HasPrefix(location, memoryPrefix) {
		r.doubt(UnsafePath, fmt.Sprintf("tensor %q lies in %.80q, outside the release", t.name, location))
		return
	}
	offset, err := strconv.ParseInt(cmp.Or(t.external.offset, "0"), 10, 64)
	length, err2 := strconv.ParseInt(cmp.Or(t.external.length, strconv.FormatInt(size, 10)), 10, 64)
	if err != nil || err2 != nil || offset < 0 || length < size || offset > math.MaxInt64-length {
		r.doubt(DataLength, fmt.Sprintf("tensor %q lies at a place that cannot hold it", t.name))
		return
	}
	if _, ok := r.external[location]; !ok && len(r.external) >= maxExternal {
		r.doubt(LimitHit, fmt.Sprintf("more than %d external files", maxExternal))
		return
	}
	r.external[location] = max(r.external[location], offset+length)
}
