package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// stFile is a safetensors file with the given header and data.
func stFile(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

// inspect reads b under name and fails the test on a disk error.
func inspect(t testing.TB, name string, b []byte) *File {
	t.Helper()
	f, err := Inspect(name, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatalf("Inspect(%s): %v", name, err)
	}
	if _, err := json.Marshal(f); err != nil {
		t.Fatalf("Inspect(%s): no JSON: %v", name, err)
	}
	return f
}

// kinds lists what is wrong with f, notes left out.
func kinds(f *File) string {
	var s []string
	for _, p := range f.Problems {
		if p.Severity != Note {
			s = append(s, string(p.Kind))
		}
	}
	return strings.Join(s, " ")
}

func TestSafetensorsValid(t *testing.T) {
	tests := []struct {
		name, header string
		data         int
		parameters   int64
		tensors      int64
	}{
		{"one", `{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}`, 16, 4, 1},
		{"empty map", `{}`, 0, 0, 0},
		{"metadata only", `{"__metadata__":{"format":"pt"}}`, 0, 0, 0},
		{"null metadata", `{"__metadata__":null}`, 0, 0, 0},
		{"empty metadata", `{"__metadata__":{}}`, 0, 0, 0},
		{"scalar", `{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 4, 1, 1},
		{"zero sized", `{"a":{"dtype":"F32","shape":[0,4],"data_offsets":[0,0]}}`, 0, 0, 1},
		{"zero sized between", `{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"z":{"dtype":"F32","shape":[0],"data_offsets":[2,2]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3, 3, 3},
		{"unsorted", `{"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]},"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 3, 3, 2},
		{"padded", `{}      `, 0, 0, 0},
		{"leading space", " \t\r\n{}", 0, 0, 0},
		{"sub-byte", `{"a":{"dtype":"F4","shape":[2,2],"data_offsets":[0,2]}}`, 2, 4, 1},
		{"six bits", `{"a":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}`, 3, 4, 1},
		{"field order", `{"a":{"data_offsets":[0,8],"shape":[1],"dtype":"C64"}}`, 8, 1, 1},
		{"extra field", `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":{"y":[1.5e3,null,"z"]}}}`, 1, 1, 1},
		{"escaped name", `{"\u0061\ud83d\ude00\n":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, 1, 1},
		{"huge beside zero", `{"a":{"dtype":"U8","shape":[18446744073709551615,0],"data_offsets":[0,0]}}`, 0, 0, 1},
		{"escaped field", `{"a":{"\u0064type":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := inspect(t, "m.safetensors", stFile(test.header, test.data))
			if f.Format != Safetensors || f.Verdict != Inert || !f.Complete || kinds(f) != "" {
				t.Fatalf("format %s verdict %q complete %v problems %+v", f.Format, f.Verdict, f.Complete, f.Problems)
			}
			if *f.Parameters != test.parameters || *f.TensorCount != test.tensors {
				t.Errorf("parameters %d tensors %d, want %d and %d", *f.Parameters, *f.TensorCount, test.parameters, test.tensors)
			}
			if f.LoadsWithoutCode == nil || !*f.LoadsWithoutCode {
				t.Errorf("loads_without_code = %v, want true", f.LoadsWithoutCode)
			}
		})
	}
}

func TestSafetensorsRefused(t *testing.T) {
	tensor := func(fields string) []byte { return stFile(`{"a":{`+fields+`}}`, 4) }
	tests := []struct {
		name string
		kind Kind
		file []byte
	}{
		{"length only", HeaderTooSmall, make([]byte, 7)},
		{"too large", HeaderTooLarge, append(binary.LittleEndian.AppendUint64(nil, MaxSafetensorsHeader+1), `{"a"`...)},
		{"far too large", HeaderTooLarge, []byte("\xff\xff\xff\xff\xff\xff\xff\xff{\"a")},
		{"longer than file", HeaderLength, append(binary.LittleEndian.AppendUint64(nil, 100), `{}`...)},
		{"not UTF-8", HeaderEncoding, stFile("{\"\xff\":{}}", 0)},
		{"cut character", HeaderEncoding, stFile("{\"a\xc3\":{}}", 0)},
		{"surrogate in UTF-8", HeaderEncoding, stFile("{\"\xed\xa0\x80\":{}}", 0)},
		{"an array", HeaderSyntax, stFile(`  {} []`, 0)},
		{"closed by zeros", HeaderSyntax, stFile("{}\x00\x00", 0)},
		{"not closed", HeaderSyntax, stFile(`{"a":`, 0)},
		{"trailing comma", HeaderSyntax, stFile(`{"__metadata__":{},}`, 0)},
		{"lone surrogate", HeaderSyntax, stFile(`{"\ud800":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}`, 0)},
		{"bare control", HeaderSyntax, stFile("{\"a\tb\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0)},
		{"metadata number", HeaderSyntax, stFile(`{"__metadata__":{"a":1}}`, 0)},
		{"metadata null value", HeaderSyntax, stFile(`{"__metadata__":{"a":null}}`, 0)},
		{"metadata list", HeaderSyntax, stFile(`{"__metadata__":["a"]}`, 0)},
		{"metadata twice", HeaderSyntax, stFile(`{"__metadata__":{},"__metadata__":{}}`, 0)},
		{"not a tensor", HeaderSyntax, stFile(`{"a":null}`, 0)},
		{"no dtype", HeaderSyntax, tensor(`"shape":[1],"data_offsets":[0,4]`)},
		{"no shape", HeaderSyntax, tensor(`"dtype":"F32","data_offsets":[0,4]`)},
		{"no offsets", HeaderSyntax, tensor(`"dtype":"F32","shape":[1]`)},
		{"dtype twice", HeaderSyntax, tensor(`"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]`)},
		{"unknown dtype", HeaderSyntax, tensor(`"dtype":"F33","shape":[1],"data_offsets":[0,4]`)},
		{"lower-case dtype", HeaderSyntax, tensor(`"dtype":"f32","shape":[1],"data_offsets":[0,4]`)},
		{"float in shape", HeaderSyntax, tensor(`"dtype":"F32","shape":[1.0],"data_offsets":[0,4]`)},
		{"exponent in shape", HeaderSyntax, tensor(`"dtype":"F32","shape":[1e0],"data_offsets":[0,4]`)},
		{"negative shape", HeaderSyntax, tensor(`"dtype":"F32","shape":[-1],"data_offsets":[0,4]`)},
		{"leading zero", HeaderSyntax, tensor(`"dtype":"F32","shape":[01],"data_offsets":[0,4]`)},
		{"beyond 64 bits", HeaderSyntax, tensor(`"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]`)},
		{"one offset", HeaderSyntax, tensor(`"dtype":"F32","shape":[1],"data_offsets":[0]`)},
		{"three offsets", HeaderSyntax, tensor(`"dtype":"F32","shape":[1],"data_offsets":[0,4,4]`)},
		{"deep", HeaderSyntax, tensor(`"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":` + strings.Repeat("[", 126) + strings.Repeat("]", 126))},
		{"number out of range", HeaderSyntax, tensor(`"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1e999`)},
		{"hole at start", TensorOffset, tensor(`"dtype":"U8","shape":[2],"data_offsets":[2,4]`)},
		{"ends before it begins", TensorOffset, stFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}`, 1)},
		{"hole", TensorOffset, stFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3)},
		{"overlap", TensorOffset, stFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}`, 3)},
		{"alias", TensorOffset, stFile(`{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}`, 2)},
		{"elements overflow", Overflow, tensor(`"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]`)},
		{"bits overflow", Overflow, tensor(`"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,4]`)},
		{"half a byte", Misaligned, tensor(`"dtype":"F4","shape":[3],"data_offsets":[0,2]`)},
		{"size", TensorSize, tensor(`"dtype":"F32","shape":[2],"data_offsets":[0,4]`)},
		{"data missing", DataLength, stFile(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 3)},
		{"data left over", DataLength, stFile(`{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}`, 5)},
		{"tensor twice, a hole", TensorOffset, stFile(`{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}`, 3)},
		{"tensor twice, no hole", DuplicateName, stFile(`{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"a":{"dtype":"I8","shape":[0],"data_offsets":[0,0]}}`, 0)},
		{"metadata key twice", DuplicateName, stFile(`{"__metadata__":{"a":"1","\u0061":"2"}}`, 0)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := inspect(t, "m.safetensors", test.file)
			if f.Complete || f.Verdict != "" || f.Parameters != nil || f.LoadsWithoutCode != nil {
				t.Errorf("complete %v verdict %q parameters %v", f.Complete, f.Verdict, f.Parameters)
			}
			if !strings.Contains(" "+kinds(f)+" ", " "+string(test.kind)+" ") {
				t.Errorf("problems %q (%s), want %s", kinds(f), f.Reason, test.kind)
			}
			if f.Reason == "" {
				t.Error("no reason given")
			}
		})
	}
}

func TestSafetensorsTensors(t *testing.T) {
	b := stFile(`{"b":{"dtype":"BF16","shape":[2,3],"data_offsets":[1,13]},"__metadata__":{"format":"pt"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 13)
	var got []string
	rd := Reader{Tensors: func(t Tensor) { got = append(got, fmt.Sprint(t)) }}
	f, err := rd.Inspect("m.safetensors", bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if want := "{b BF16 [2 3] 12} {a U8 [1] 1}"; strings.Join(got, " ") != want {
		t.Errorf("tensors %v, want %s", got, want)
	}
	if f.Metadata["format"] != "pt" || f.Dtypes["BF16"] != 6 || f.Dtypes["U8"] != 1 {
		t.Errorf("metadata %v dtypes %v", f.Metadata, f.Dtypes)
	}
}

// A value cut at the limit must stay UTF-8, and the offset must be that of the
// file.
func TestSafetensorsBounds(t *testing.T) {
	f := inspect(t, "m.safetensors", stFile(`{"__metadata__":{"long":"`+strings.Repeat("é", MaxValue)+`"}}`, 0))
	if v := f.Metadata["long"].(string); len(v) > MaxValue+3 || !strings.HasSuffix(v, "é…") {
		t.Errorf("kept %d bytes ending in %q", len(v), v[len(v)-5:])
	}
	f = inspect(t, "m.safetensors", stFile(`{"`+strings.Repeat("n", MaxName+1)+`":{}}`, 0))
	if kinds(f) != string(LimitHit) || f.Complete {
		t.Errorf("a name over the limit: %q complete %v", kinds(f), f.Complete)
	}
	f = inspect(t, "m.safetensors", stFile(`{"a":7}`, 0))
	if p := f.Problems[0]; p.Offset == nil || *p.Offset != 8+5 {
		t.Errorf("offset %v, want 13", p.Offset)
	}
}

// failing is a disk that breaks at an offset.
type failing struct {
	r  io.ReaderAt
	at int64
}

var errDisk = errors.New("disk on fire")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, errDisk
	}
	return f.r.ReadAt(p, off)
}

func TestDiskErrors(t *testing.T) {
	b := stFile(`{"__metadata__":{"long":"`+strings.Repeat("é", blockSize)+`"}}`, 0)
	for _, at := range []int64{0, headSize, headSize + 100} {
		f, err := Inspect("m.safetensors", failing{bytes.NewReader(b), at}, int64(len(b)))
		if f != nil || !errors.Is(err, errDisk) {
			t.Errorf("breaking at %d: %v, %v", at, f, err)
		}
	}
	// A file that became shorter since its size was taken is a disk's matter.
	if _, err := Inspect("m.safetensors", bytes.NewReader(b), int64(len(b))+1); err == nil {
		t.Error("a file shorter than its size went unnoticed")
	}
}

// A ZIP file may begin with anything, so the data of a tensor can be one.
func TestPolyglot(t *testing.T) {
	end := "PK\x05\x06" + strings.Repeat("\x00", 18)
	b := append(stFile(`{"a":{"dtype":"U8","shape":[26],"data_offsets":[0,26]}}`, 4), end...)
	if f := inspect(t, "m.safetensors", b); kinds(f) != string(Polyglot) || f.Complete || f.Verdict != "" {
		t.Errorf("problems %q complete %v verdict %q", kinds(f), f.Complete, f.Verdict)
	}
	b[len(b)-1] = 1 // a comment that the file is too short for
	if f := inspect(t, "m.safetensors", b); kinds(f) != "" || !f.Complete {
		t.Errorf("problems %q complete %v", kinds(f), f.Complete)
	}
}

func TestSafetensorsTruncated(t *testing.T) {
	b := stFile(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)
	for n := range b {
		if f := inspect(t, "m.safetensors", b[:n]); f.Complete || f.Verdict != "" {
			t.Errorf("cut at %d of %d: complete %v verdict %q", n, len(b), f.Complete, f.Verdict)
		}
	}
}
