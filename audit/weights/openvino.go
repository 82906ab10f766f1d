package weights

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// maxOpenVINO is the longest description of a network that is read, in bytes.
const maxOpenVINO = 64 << 20

// openVINOTypes names OpenVINO's element types in the names of safetensors,
// with their width in bits. Source: ov::element in openvino/core.
var openVINOTypes = map[string]struct {
	name string
	bits uint64
}{
	"f64": {"F64", 64}, "f32": {"F32", 32}, "f16": {"F16", 16}, "bf16": {"BF16", 16}, "f8e4m3": {"F8_E4M3", 8}, "f8e5m2": {"F8_E5M2", 8},
	"i64": {"I64", 64}, "i32": {"I32", 32}, "i16": {"I16", 16}, "i8": {"I8", 8}, "i4": {"I4", 4}, "u64": {"U64", 64}, "u32": {"U32", 32},
	"u16": {"U16", 16}, "u8": {"U8", 8}, "u4": {"U4", 4}, "u2": {"U2", 2}, "u1": {"U1", 1}, "boolean": {"BOOL", 8}, "nf4": {"NF4", 4},
	"f4e2m1": {"F4", 4}, "f8e8m0": {"F8_E8M0", 8},
}

// openVINO fills f from the XML that describes a network of OpenVINO's. Its
// numbers lie in the file beside it that has the same name and ends in .bin.
func (f *File) openVINO(src *source, tensors func(Tensor)) {
	f.expectTensors()
	if src.size > maxOpenVINO {
		f.refuse(faultf(LimitHit, -1, "a description of %d bytes, more than the %d that are read", src.size, maxOpenVINO))
		return
	}
	x := &openVINOReader{file: f, tensors: tensors}
	d := xml.NewDecoder(io.NewSectionReader(src, 0, src.size))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			f.refuse(faultf(HeaderSyntax, d.InputOffset(), "%s", err.Error()))
			return
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := x.element(start); err != nil {
				f.refuse(err)
				return
			}
		}
	}
	if x.end > 0 {
		f.External = []External{{strings.TrimSuffix(path.Base(slashed(f.Path)), path.Ext(f.Path)) + ".bin", x.end}}
	}
	if x.custom != "" {
		f.incomplete(CustomOperator, -1, fmt.Sprintf("layers of %.80q, which the program must bring", x.custom))
		return
	}
	f.inert("a description of layers in XML; the format has no place for code")
}

// openVINOOpset matches the sets of operators that come with OpenVINO.
var openVINOOpset = regexp.MustCompile(`^opset\d{1,2}$`)

type openVINOReader struct {
	file    *File
	tensors func(Tensor)
	layer   string
	kind    string
	custom  string
	end     int64 // of the numbers in the file beside it
}

// element reads the start of one element.
func (x *openVINOReader) element(start xml.StartElement) error {
	attr := map[string]string{}
	for _, a := range start.Attr {
		if a.Name.Space == "" {
			attr[a.Name.Local] = a.Value
		}
	}
	switch start.Name.Local {
	case "layer":
		x.layer, x.kind = attr["name"], attr["type"]
		switch v := attr["version"]; {
		case v == "extension":
			x.custom = x.kind
		case v != "" && v != "experimental" && !openVINOOpset.MatchString(v):
			x.custom = v
		}
	case "data":
		if x.kind == "Const" {
			return x.constant(attr)
		}
	}
	return nil
}

// constant counts a layer of numbers.
func (x *openVINOReader) constant(attr map[string]string) error {
	offset, err := strconv.ParseInt(attr["offset"], 10, 63)
	size, err2 := strconv.ParseInt(attr["size"], 10, 63)
	t, ok := openVINOTypes[attr["element_type"]]
	if err != nil || err2 != nil || offset < 0 || size < 0 || offset > 1<<62-size {
		return faultf(HeaderSyntax, -1, "layer %.80q has no place for its numbers", x.layer)
	}
	x.end = max(x.end, offset+size)
	if !ok { // text
		return nil
	}
	shape := []int64{}
	for d := range strings.SplitSeq(attr["shape"], ",") {
		if d = strings.TrimSpace(d); d == "" {
			continue
		}
		n, err := strconv.ParseInt(d, 10, 64)
		if err != nil || n < 0 || len(shape) == 64 {
			return faultf(TensorShape, -1, "layer %.80q has no shape", x.layer)
		}
		shape = append(shape, n)
	}
	n, ok := product(shape)
	if !ok || n > 1<<60 || int64((n*t.bits+7)/8) != size {
		return faultf(TensorSize, -1, "layer %.80q has %d bytes where its shape needs another number", x.layer, size)
	}
	x.file.count(t.name, n)
	if x.tensors != nil {
		x.tensors(Tensor{Name: x.layer, Dtype: t.name, Shape: shape, Bytes: size})
	}
	return nil
}
