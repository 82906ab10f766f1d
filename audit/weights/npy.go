package weights

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

const (
	// MaxNpyHeader is the longest header of an array that is read, in bytes.
	MaxNpyHeader = 1 << 20
	// numpyHeaderLimit is the longest that numpy reads without being asked to
	// (max_header_size in numpy/lib/format.py), in characters.
	numpyHeaderLimit = 10_000
	// maxLiteral is how deep a header's literal may nest.
	maxLiteral = 32
)

// npy fills f from an array in numpy's own format.
// Source: numpy/lib/format.py.
func (f *File) npy(src *source, name string, tensors func(Tensor)) {
	f.expectTensors()
	f.Metadata = nil
	h, err := readNpy(f, src)
	if err != nil {
		f.refuse(err)
		return
	}
	if h.element.object {
		f.npyObjects(src, h)
		return
	}
	high := h.elements > 0 && uint64(h.element.width) > (1<<63-1)/h.elements
	if size := h.elements * uint64(h.element.width); high || size != uint64(src.size-h.data) {
		f.refuse(faultf(DataLength, h.data, "an array of %d elements of %d bytes has %d bytes of data", h.elements, h.element.width, src.size-h.data))
		return
	}
	if h.element.fields {
		f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
	} else if h.element.dtype != "" {
		f.count(h.element.dtype, h.elements)
		if tensors != nil {
			tensors(Tensor{Name: name, Dtype: h.element.dtype, Shape: h.shape, Bytes: src.size - h.data})
		}
	}
	f.inert("a numpy array of plain elements")
}

// npyObjects reads an array of Python objects: its data is a pickle.
func (f *File) npyObjects(src *source, h *npyHeader) {
	p := newPickleWalk(f, src, h.data)
	_, err := p.run()
	if err == nil {
		err = p.following()
	}
	p.conclude(err)
	switch f.Verdict {
	case AllowListed:
		f.Reason = "a numpy array of objects, which is a pickle that names only what tensors are built from"
	case CodeCapable:
		f.Reason = "a numpy array of objects, which is a pickle: " + f.Reason
	}
}

// npyHeader is what stands before an array's data.
type npyHeader struct {
	element  elementType
	shape    []int64
	elements uint64
	data     int64 // where it begins
}

// readNpy reads an array's header.
func readNpy(f *File, src *source) (*npyHeader, error) {
	w := newWindow(src, 6, src.size)
	version, ok := w.take(2)
	if !ok {
		return nil, faultf(Truncated, w.offset(), "the file ends before the version")
	}
	major := version[0]
	if major < 1 || major > 3 {
		return nil, faultf(FormatVersion, 6, "version %d of the npy format", major)
	}
	width := 4
	if major == 1 {
		width = 2
	}
	n, ok := w.uint(binary.LittleEndian, width)
	if !ok || n > uint64(w.remaining()) {
		return nil, faultf(HeaderLength, 8, "a header of %d bytes where %d are left", n, w.remaining())
	}
	if n > MaxNpyHeader {
		return nil, faultf(LimitHit, 8, "a header of %d bytes, more than the %d that are read", n, MaxNpyHeader)
	}
	if n > numpyHeaderLimit {
		f.problem(HeaderTooLarge, Warning, 8, fmt.Sprintf("a header of %d bytes; numpy refuses more than %d unless told otherwise", n, numpyHeaderLimit))
	}
	text, _ := w.append(nil, int64(n))
	h := &npyHeader{data: w.offset()}
	return h, h.parse(string(text))
}

// parse reads the header's Python literal: a dict of descr, fortran_order and
// shape.
func (h *npyHeader) parse(text string) error {
	l := &literal{text: text}
	v, ok := l.value()
	dict, isDict := v.(map[string]any)
	if l.space(); !ok || !isDict || l.text != "" || len(dict) != 3 {
		return faultf(HeaderSyntax, 10, "the header is no dict of descr, fortran_order and shape")
	}
	shape, isTuple := dict["shape"].([]any)
	_, isBool := dict["fortran_order"].(bool)
	if !isTuple || !isBool {
		return faultf(HeaderSyntax, 10, "the header lacks shape or fortran_order")
	}
	for _, d := range shape {
		n, ok := d.(int64)
		if !ok || n < 0 {
			return faultf(HeaderSyntax, 10, "a shape with what is no dimension")
		}
		h.shape = append(h.shape, n)
	}
	if h.elements, ok = product(h.shape); !ok {
		return faultf(Overflow, 10, "more elements than 64 bits count")
	}
	if h.element, ok = describeElement(dict["descr"]); !ok {
		return faultf(TensorType, 10, "an element type that is not known here")
	}
	return nil
}

// describeElement reads a descr: the name of a type, or a list of fields, each
// (name, descr) or (name, descr, shape).
func describeElement(descr any) (elementType, bool) {
	switch d := descr.(type) {
	case string:
		return parseElement(d)
	case []any:
		total := elementType{fields: true}
		for _, f := range d {
			t, ok := describeField(f)
			if !ok || t.width > 1<<40-total.width {
				return total, false
			}
			total.width += t.width
			total.object = total.object || t.object
		}
		return total, len(d) > 0
	}
	return elementType{}, false
}

func describeField(field any) (elementType, bool) {
	f, ok := field.([]any)
	if !ok || len(f) < 2 || len(f) > 3 {
		return elementType{}, false
	}
	t, ok := describeElement(f[1])
	if len(f) == 2 || !ok {
		return t, ok
	}
	dims, isTuple := f[2].([]any)
	if n, isInt := f[2].(int64); isInt {
		dims, isTuple = []any{n}, true
	}
	for _, d := range dims {
		n, ok := d.(int64)
		if !ok || n < 0 || t.width > 0 && n > (1<<40)/t.width {
			return t, false
		}
		t.width *= n
	}
	return t, isTuple
}

// literal reads a Python literal made of strings, whole numbers, True, False,
// None, tuples, lists and dicts with strings for keys.
type literal struct {
	text  string
	depth int
}

func (l *literal) space() { l.text = strings.TrimLeft(l.text, " \t\r\n\f") }

func (l *literal) value() (v any, ok bool) {
	l.space()
	if l.text == "" {
		return nil, false
	}
	if l.depth++; l.depth > maxLiteral {
		return nil, false
	}
	defer func() { l.depth-- }()
	switch c := l.text[0]; {
	case c == '\'' || c == '"':
		return l.string()
	case c == '(':
		return l.list(')')
	case c == '[':
		return l.list(']')
	case c == '{':
		return l.dict()
	case c == '-' || c >= '0' && c <= '9':
		return l.int()
	}
	for word, v := range map[string]any{"True": true, "False": false, "None": nil} {
		if rest, ok := strings.CutPrefix(l.text, word); ok {
			l.text = rest
			return v, true
		}
	}
	return nil, false
}

// string reads a string. Names with escapes are not read: no type has any.
func (l *literal) string() (string, bool) {
	end := strings.IndexByte(l.text[1:], l.text[0])
	if end < 0 {
		return "", false
	}
	s := l.text[1 : 1+end]
	l.text = l.text[2+end:]
	return s, !strings.ContainsRune(s, '\\')
}

func (l *literal) int() (int64, bool) {
	n := len(l.text) - len(strings.TrimLeft(l.text, "-0123456789"))
	v, err := strconv.ParseInt(l.text[:n], 10, 64)
	l.text = strings.TrimPrefix(l.text[n:], "L") // of Python 2
	return v, err == nil
}

// list reads a tuple or list up to its closing byte.
func (l *literal) list(closing byte) ([]any, bool) {
	l.text = l.text[1:]
	vs, commas := []any{}, 0
	for {
		if l.space(); l.text == "" {
			return nil, false
		}
		if l.text[0] == closing {
			l.text = l.text[1:]
			// (3) is a number in brackets, (3,) a tuple.
			return vs, closing != ')' || len(vs) != 1 || commas == 1
		}
		v, ok := l.value()
		if l.space(); !ok || l.text == "" || l.text[0] != ',' && l.text[0] != closing {
			return nil, false
		}
		if vs = append(vs, v); l.text[0] == ',' {
			l.text, commas = l.text[1:], commas+1
		}
	}
}

func (l *literal) dict() (map[string]any, bool) {
	l.text = l.text[1:]
	dict := map[string]any{}
	for {
		if l.space(); l.text == "" {
			return nil, false
		}
		if l.text[0] == '}' {
			l.text = l.text[1:]
			return dict, true
		}
		key, ok := l.value()
		name, isText := key.(string)
		if l.space(); !ok || !isText || l.text == "" || l.text[0] != ':' {
			return nil, false
		}
		l.text = l.text[1:]
		v, ok := l.value()
		if _, twice := dict[name]; !ok || twice || !l.comma('}') {
			return nil, false
		}
		dict[name] = v
	}
}

// comma takes the comma behind an element; before the closing byte there need
// be none.
func (l *literal) comma(closing byte) bool {
	l.space()
	if l.text != "" && l.text[0] == ',' {
		l.text = l.text[1:]
		return true
	}
	return l.text != "" && l.text[0] == closing
}
