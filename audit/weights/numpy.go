package weights

import (
	"slices"
	"strconv"
	"strings"
)

// elementType is what a numpy dtype says of one element.
type elementType struct {
	dtype  string // in the names of safetensors; empty for no number
	width  int64  // in bytes; 0 when it is not known
	object bool   // holds Python objects
	fields bool   // has fields, of which this does not tell the types
	free   bool   // numpy takes its width from the state that BUILD sets
}

// parseElement reads a dtype as numpy writes it: an order, a letter and a
// width, as in <f4, f8, |b1 or O. ok is false for a form not known here.
// Source: numpy.dtype.str and the array interface.
func parseElement(s string) (t elementType, ok bool) {
	s = strings.TrimLeft(s, "<>|=")
	if s == "" {
		return t, false
	}
	width := int64(0)
	if len(s) > 1 {
		end := len(s)
		if i := strings.IndexByte(s, '['); i > 0 && (s[0] == 'M' || s[0] == 'm') {
			end = i // a unit of time
		}
		n, err := strconv.ParseUint(s[1:end], 10, 31)
		if err != nil {
			return t, false
		}
		width = int64(n)
	}
	switch s[0] {
	case 'O':
		return elementType{object: true, width: 8}, true
	case 'f', 'i', 'u', 'c', 'b':
		dtype, ok := numberTypes[s]
		return elementType{dtype: dtype, width: width}, ok
	case '?':
		return elementType{dtype: "BOOL", width: 1}, true
	case 'S', 'a':
		return elementType{width: width, free: true}, true
	case 'V':
		return elementType{width: width, fields: true, free: true}, true
	case 'U':
		return elementType{width: 4 * width, free: true}, true
	case 'M', 'm':
		return elementType{width: max(width, 8)}, true
	}
	return t, false
}

// numberTypes names numpy's numbers in the names of safetensors.
var numberTypes = map[string]string{
	"f2": "F16", "f4": "F32", "f8": "F64", "f16": "F128", "f12": "F96", "c8": "C64", "c16": "C128", "c32": "C256", "c24": "C192",
	"i1": "I8", "i2": "I16", "i4": "I32", "i8": "I64", "u1": "U8", "u2": "U16", "u4": "U32", "u8": "U64", "b1": "BOOL",
}

// maxElements is how many different dtypes of one pickle are told apart.
const maxElements = 4 << 10

// element does a call of numpy.dtype.
func (p *pickleWalk) element(args []value) value {
	name := ""
	if len(args) > 0 {
		name, _ = p.string(args[0])
	}
	t, ok := parseElement(name)
	i := p.elementIndex(name)
	p.unsure = p.unsure || !ok || t.object || p.elements[i] != name
	if p.elements[i] != name {
		return valueOf(elementValue, maxElements)
	}
	return valueOf(elementValue, uint64(i))
}

// elementIndex is the number under which the name of an element type is kept.
func (p *pickleWalk) elementIndex(name string) int {
	i := slices.Index(p.elements, name)
	if i < 0 && len(p.elements) < maxElements {
		i = len(p.elements)
		p.elements = append(p.elements, name)
	}
	return max(i, 0)
}

// elementOf is the type that a dtype made in the pickle stands for.
func (p *pickleWalk) elementOf(v value) (elementType, bool) {
	if v.kind() != elementValue || v.payload() >= uint64(len(p.elements)) {
		return elementType{}, false
	}
	return parseElement(p.elements[v.payload()])
}

// The flags of a numpy dtype. Those of objects are references that numpy counts
// and data that a pickle keeps as a list. The others say nothing of that: new
// elements are zeroed, Python is needed to copy them, a record is aligned.
// Source: NPY_OBJECT_DTYPE_FLAGS, NPY_NEEDS_INIT, NPY_NEEDS_PYAPI and
// NPY_ALIGNED_STRUCT in numpy/core/include/numpy/ndarraytypes.h.
const (
	objectFlags = 63
	plainFlags  = 8 | 16 | 128
)

// buildElement does BUILD on a dtype, whose state is (version, order, subarray,
// names, fields, width, alignment, flags). The flags say whether elements are
// objects, and numpy believes them: numbers that are taken for objects are
// addresses that somebody else chose, or a pickle to joblib.
func (p *pickleWalk) buildElement(dtype, state value) {
	fields := p.fields(state)
	t, ok := p.elementOf(dtype)
	if !ok || len(fields) < 8 {
		p.doubt(BuildTarget, "the state of a numpy dtype in a form that is not known here")
		return
	}
	flags, isInt := fields[7].int()
	width, isWidth := fields[5].int()
	plain := fields[2].kind() == noneValue && fields[3].kind() == noneValue && fields[4].kind() == noneValue
	switch {
	case !isInt, t.object && flags != objectFlags, !t.object && !t.fields && (flags&^plainFlags != 0 || !plain):
		p.danger(BuildTarget, "a numpy dtype is told to take numbers for objects, or objects for numbers")
	case !isWidth, width != t.width && (width != -1 || t.free):
		p.danger(BuildTarget, "a numpy dtype is told to have elements of %d bytes, its name says %d", width, t.width)
	}
	if t.fields {
		name := p.elements[dtype.payload()]
		if p.flags == nil {
			p.flags, p.fieldDicts = map[string]int64{}, map[uint64]bool{}
		}
		objects := flags & 0xFF &^ plainFlags
		p.flags[name] |= objects
		p.claimed = p.claimed || objects == 0
		p.mixed = p.mixed || p.flags[name] != 0 || !p.plainRecord(fields)
	}
}

// plainRecord says whether the state of a dtype with fields, or of many elements
// in one, names only dtypes of numbers and text. The dict of its fields must stay
// as it is: numpy keeps it.
func (p *pickleWalk) plainRecord(state []value) bool {
	if array := p.fields(state[2]); state[2].kind() != noneValue && (len(array) != 2 || !p.plainElement(array[0])) {
		return false
	}
	dict := state[4]
	if dict.kind() == noneValue {
		return true
	}
	held := p.recent.at(dict.payload())
	if dict.kind() != dictValue || held == nil {
		return false
	}
	pairs := p.recent.at(uint64(held[0]))
	for i := 1; i < len(pairs); i += 2 {
		if field := p.fields(pairs[i]); len(field) < 2 || !p.plainElement(field[0]) {
			return false
		}
	}
	p.fieldDicts[dict.payload()] = true
	return pairs != nil
}

// plainElement says whether v is a dtype of numbers or text, or one with fields
// that was told to hold no objects.
func (p *pickleWalk) plainElement(v value) bool {
	t, ok := p.elementOf(v)
	if ok && t.fields {
		_, ok = p.flags[p.elements[v.payload()]]
	}
	return ok && !t.object
}

// numbersOnly says whether every dtype with fields that has the name of dtype
// was told to hold no objects, and is believed.
func (p *pickleWalk) numbersOnly(dtype value) bool {
	flags, ok := p.flags[p.elements[dtype.payload()]]
	return ok && flags == 0 && !(p.unsure && p.mixed)
}

// fieldsAgree doubts dtypes with fields that say they hold no objects where a
// dtype of objects was met and not every one shows that it is not in its fields.
// It comes last: what a pickle says later may be of one that stands before.
func (p *pickleWalk) fieldsAgree() {
	if p.claimed && p.unsure && p.mixed {
		p.doubt(BuildTarget, "a numpy dtype with fields that may hold objects and says it holds none")
	}
}

// countArray counts an array of numpy's by the values of its shape and dtype.
// Arrays of text, times and objects hold no parameters.
func (p *pickleWalk) countArray(shape, dtype value) {
	t, ok := p.elementOf(dtype)
	fields := p.fields(shape)
	if n, isInt := shape.int(); isInt {
		fields = []value{number56(n)}
	}
	_, n, ok2 := dimensions(fields)
	if !ok || !ok2 || fields == nil {
		p.uncounted = true
		return
	}
	p.counted(t, n)
}

// counted adds n elements of a type to the count.
func (p *pickleWalk) counted(t elementType, n uint64) {
	if t.dtype != "" {
		p.file.count(t.dtype, n)
	}
	p.uncounted = p.uncounted || t.fields
}

// alignment is whether joblib pads arrays, as it does from 1.2 on: the same for
// all in a file.
type alignment uint8

const (
	unaligned alignment = iota + 1
	padded
)

// inlineArray passes over the bytes of an array that joblib writes into the
// stream, right behind the BUILD of the object that describes them.
// Source: NumpyArrayWrapper.read_array in joblib/numpy_pickle.py.
func (p *pickleWalk) inlineArray(top *value, state value) error {
	var shape []value
	dtype, as := value(0), unaligned
	var pairs []value
	if held := p.recent.at(state.payload()); held != nil && state.kind() == dictValue {
		pairs = p.recent.at(uint64(held[0]))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		key, ok := p.string(pairs[i])
		switch key {
		case "shape":
			shape = p.fields(pairs[i+1])
		case "dtype":
			dtype = pairs[i+1]
		case "numpy_array_alignment_bytes":
			if as = padded; pairs[i+1].kind() == noneValue {
				as = unaligned
			}
		case "subclass", "order", "allow_mmap":
		default:
			ok = false
		}
		if !ok {
			return faultf(NotOpened, p.w.offset(), "an array inside the pickle that is described by more than joblib writes")
		}
	}
	t, ok := p.elementOf(dtype)
	_, n, ok2 := dimensions(shape)
	if p.frame == p.w.offset() {
		p.frame = 0
	}
	if p.frame != 0 { // joblib reads them from behind the frame
		return faultf(NotOpened, p.w.offset(), "an array inside a frame of the pickle")
	}
	p.probe(p.w.offset(), t.object)
	*top = valueOf(opaqueValue, 0)
	if p.aligned == 0 {
		p.aligned = as
	}
	switch {
	case as != p.aligned: // what one array is told may hold for another as well
		return faultf(NotOpened, p.w.offset(), "arrays inside the pickle with padding and without")
	case !ok || !ok2 || shape == nil || t.fields && !p.numbersOnly(dtype) || t.width == 0 && !t.object:
		return faultf(NotOpened, p.w.offset(), "an array inside the pickle whose length is not known")
	case t.object:
		return p.inner()
	}
	if as == padded {
		pad, ok := p.w.next()
		if !ok || !p.w.skip(int64(pad)) {
			return p.truncated()
		}
	}
	if n > uint64(p.w.remaining())/uint64(t.width) || !p.w.skip(int64(n)*t.width) {
		return p.truncated()
	}
	p.counted(t, n)
	return nil
}

// inner walks the pickle that joblib writes in place of the bytes of an array
// of objects. It has a stack and a memo of its own.
func (p *pickleWalk) inner() error {
	if p.nested++; p.nested > maxNested {
		return faultf(LimitHit, p.w.offset(), "pickles nested deeper than %d", maxNested)
	}
	stack, marks, memo, far, protocol, started := p.stack, p.marks, p.memo, p.far, p.protocol, p.started
	p.stack, p.marks = nil, nil
	_, err := p.run()
	p.stack, p.memo, p.far, p.protocol, p.started = stack, memo, far, protocol, started
	p.setMarks(marks)
	p.nested--
	return err
}

// maxNested is how deep a pickle may lie inside another's stream.
const maxNested = 8
