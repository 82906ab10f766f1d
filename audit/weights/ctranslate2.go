package weights

import (
	"encoding/binary"
	"math"
)

// ctranslate2Types are the element types by their number.
// Source: _dtype_to_type_id in ctranslate2/specs/model_spec.py.
var ctranslate2Types = [...]struct {
	name  string
	width int64
}{{"F32", 4}, {"I8", 1}, {"I16", 2}, {"I32", 4}, {"F16", 2}, {"BF16", 2}}

// ctranslate2 reads a model of CTranslate2's: a version, the name and revision
// of its specification, its variables, and other names for some of them. What
// versions before 4 wrote differs and is not read.
// Source: Model.serialize in ctranslate2/specs/model_spec.py.
type ctranslate2 struct {
	w       *window
	file    *File
	tensors func(Tensor)
}

func (f *File) ctranslate2(src *source, tensors func(Tensor)) {
	f.expectTensors()
	c := &ctranslate2{w: newWindow(src, 0, src.size), file: f}
	if err := c.read(); err != nil {
		f.refuse(err)
		return
	}
	f.inert("variables of CTranslate2; the format has no place for code")
	if tensors != nil {
		again := &ctranslate2{w: newWindow(src, 0, src.size), file: &File{}, tensors: tensors}
		again.file.expectTensors()
		_ = again.read()
	}
}

func (c *ctranslate2) uint(width int) (int64, error) {
	v, ok := c.w.uint(binary.LittleEndian, width)
	if !ok {
		return 0, faultf(Truncated, c.w.offset(), "the file ends inside a value")
	}
	return int64(v), nil
}

// text reads a string with its length, which counts the zero at its end.
func (c *ctranslate2) text() (string, error) {
	n, err := c.uint(2)
	if err != nil {
		return "", err
	}
	b, ok := c.w.append(nil, n)
	if !ok || n == 0 || b[n-1] != 0 {
		return "", faultf(HeaderSyntax, c.w.offset(), "a name without its end")
	}
	return cutRune(b[:n-1], false), nil
}

func (c *ctranslate2) read() error {
	version, err := c.uint(4)
	if err != nil {
		return err
	}
	if version < 4 || version > 6 {
		return faultf(FormatVersion, 0, "version %d of CTranslate2's format", version)
	}
	spec, err := c.text()
	if err != nil {
		return err
	}
	revision, err := c.uint(4)
	if err != nil {
		return err
	}
	c.file.describe("spec", spec)
	c.file.describe("revision", revision)
	n, err := c.uint(4)
	for ; err == nil && n > 0; n-- {
		err = c.variable()
	}
	if err != nil {
		return err
	}
	n, err = c.uint(4)
	for ; err == nil && n > 0; n-- {
		if _, err = c.text(); err == nil {
			_, err = c.text()
		}
	}
	if err == nil && c.w.remaining() > 0 {
		err = faultf(TrailingData, c.w.offset(), "%d bytes behind the model", c.w.remaining())
	}
	return err
}

// variable reads one variable and counts it.
func (c *ctranslate2) variable() error {
	name, err := c.text()
	if err != nil {
		return err
	}
	rank, err := c.uint(1)
	if err != nil {
		return err
	}
	shape := make([]int64, rank)
	for i := range shape {
		if shape[i], err = c.uint(4); err != nil {
			return err
		}
	}
	kind, err := c.uint(1)
	if err != nil {
		return err
	}
	size, err := c.uint(4)
	if err != nil {
		return err
	}
	if kind >= int64(len(ctranslate2Types)) {
		return faultf(TensorType, c.w.offset(), "variable %q has the type %d, which is not known here", name, kind)
	}
	t := ctranslate2Types[kind]
	n, ok := product(shape)
	if !ok || n > math.MaxInt64/uint64(t.width) || int64(n)*t.width != size&math.MaxUint32 && int64(n)*t.width&math.MaxUint32 != size {
		return faultf(TensorSize, c.w.offset(), "variable %q has %d bytes where its shape needs another number", name, size)
	}
	if !c.w.skip(int64(n) * t.width) {
		return faultf(Truncated, c.w.offset(), "the file ends inside variable %q", name)
	}
	c.file.count(t.name, n)
	if c.tensors != nil {
		c.tensors(Tensor{Name: name, Dtype: t.name, Shape: shape, Bytes: int64(n) * t.width})
	}
	return nil
}
