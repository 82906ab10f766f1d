package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
)

// ggufFile writes a GGUF file field by field.
type ggufFile struct {
	order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	b []byte
}

func newGGUF(version uint32, tensors, pairs int64) *ggufFile {
	g := &ggufFile{order: binary.LittleEndian, b: []byte("GGUF")}
	return g.u32(version).u64(uint64(tensors)).u64(uint64(pairs))
}

func (g *ggufFile) u32(v uint32) *ggufFile { g.b = g.order.AppendUint32(g.b, v); return g }
func (g *ggufFile) u64(v uint64) *ggufFile { g.b = g.order.AppendUint64(g.b, v); return g }
func (g *ggufFile) raw(b ...byte) *ggufFile {
	g.b = append(g.b, b...)
	return g
}
func (g *ggufFile) text(s string) *ggufFile { return g.u64(uint64(len(s))).raw([]byte(s)...) }
func (g *ggufFile) key(s string, kind uint32) *ggufFile {
	return g.text(s).u32(kind)
}
func (g *ggufFile) str(key, value string) *ggufFile { return g.key(key, ggufString).text(value) }
func (g *ggufFile) info(name string, kind uint32, offset uint64, dims ...int64) *ggufFile {
	g.text(name).u32(uint32(len(dims)))
	for _, d := range dims {
		g.u64(uint64(d))
	}
	return g.u32(kind).u64(offset)
}

// data pads to the alignment and adds n bytes.
func (g *ggufFile) data(alignment, n int) *ggufFile {
	for len(g.b)%alignment != 0 {
		g.b = append(g.b, 0)
	}
	return g.raw(make([]byte, n)...)
}

func TestGGUFValid(t *testing.T) {
	big := &ggufFile{order: binary.BigEndian, b: []byte("GGUF")}
	tests := []struct {
		name       string
		file       *ggufFile
		parameters int64
		tensors    int64
		warnings   string
	}{
		{"empty", newGGUF(3, 0, 0), 0, 0, ""},
		{"version 2", newGGUF(2, 0, 0), 0, 0, ""},
		{"keys only", newGGUF(3, 0, 1).str("general.name", "x"), 0, 0, ""},
		{"one tensor", newGGUF(3, 1, 0).info("a", 0, 0, 2, 3).data(32, 24), 6, 1, ""},
		{"padded", newGGUF(3, 1, 0).info("a", 0, 0, 2, 3).data(32, 32), 6, 1, ""},
		{"two tensors", newGGUF(3, 2, 0).info("a", 0, 0, 2, 3).info("b", 1, 32, 5).data(32, 42), 11, 2, ""},
		{"blocks", newGGUF(3, 1, 0).info("a", 12, 0, 256, 2).data(32, 288), 512, 1, ""},
		{"scalar", newGGUF(3, 1, 0).info("a", 0, 0).data(32, 4), 1, 1, ""},
		{"zero dimension", newGGUF(3, 2, 0).info("a", 0, 0, 4, 0).info("b", 24, 0, 1).data(32, 1), 1, 2, ""},
		{"own alignment", newGGUF(3, 2, 1).key("general.alignment", ggufU32).u32(64).info("a", 24, 0, 1).info("b", 24, 64, 1).data(64, 65), 2, 2, ""},
		{"alignment one", newGGUF(3, 2, 1).key("general.alignment", ggufU32).u32(1).info("a", 24, 0, 3).info("b", 24, 3, 1).data(1, 4), 4, 2, ""},
		{"longest name", newGGUF(3, 1, 0).info(strings.Repeat("n", 63), 24, 0, 1).data(32, 1), 1, 1, ""},
		{"odd truth value", newGGUF(3, 0, 1).key("a", ggufBool).raw(2), 0, 0, "header_value"},
		{"big endian", big.u32(3).u64(1).u64(0).info("a", 0, 0, 2).data(32, 8), 2, 1, "byte_order"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := inspect(t, "m.gguf", test.file.b)
			if f.Format != GGUF || f.Verdict != Inert || !f.Complete || kinds(f) != test.warnings {
				t.Fatalf("format %s verdict %q complete %v problems %q: %s", f.Format, f.Verdict, f.Complete, kinds(f), f.Reason)
			}
			if *f.Parameters != test.parameters || *f.TensorCount != test.tensors {
				t.Errorf("parameters %d tensors %d, want %d and %d", *f.Parameters, *f.TensorCount, test.parameters, test.tensors)
			}
		})
	}
}

// The cases are those of the names in llama.cpp's tests/test-gguf.cpp, built
// anew, and the rules beside them.
func TestGGUFRefused(t *testing.T) {
	const huge = math.MaxInt64
	tests := []struct {
		name string
		kind Kind
		file *ggufFile
	}{
		{"version 0", FormatVersion, newGGUF(0, 0, 0)},
		{"version 1", FormatVersion, newGGUF(1, 0, 0)},
		{"version 4", FormatVersion, newGGUF(4, 0, 0)},
		{"negative tensors", HeaderCount, newGGUF(3, -1, 0)},
		{"negative pairs", HeaderCount, newGGUF(3, 0, -1)},
		{"many tensors", HeaderCount, newGGUF(3, huge, 0)},
		{"many pairs", HeaderCount, newGGUF(3, 0, huge)},
		{"key longer than file", HeaderLength, newGGUF(3, 0, 1).u64(1 << 40).raw(make([]byte, 20)...)},
		{"empty key", HeaderValue, newGGUF(3, 0, 1).str("", "x")},
		{"unknown type", HeaderValue, newGGUF(3, 0, 1).key("a", 13).u32(0)},
		{"key twice", DuplicateName, newGGUF(3, 0, 2).str("a", "x").str("a", "x")},
		{"alignment of another type", HeaderValue, newGGUF(3, 0, 1).key("general.alignment", ggufU64).u64(32)},
		{"alignment as a list", HeaderValue, newGGUF(3, 0, 1).key("general.alignment", ggufArray).u32(ggufU32).u64(1).u32(32)},
		{"alignment zero", HeaderValue, newGGUF(3, 0, 1).key("general.alignment", ggufU32).u32(0)},
		{"alignment 13", HeaderValue, newGGUF(3, 0, 1).key("general.alignment", ggufU32).u32(13)},
		{"array in array", HeaderValue, newGGUF(3, 0, 1).key("a", ggufArray).u32(ggufArray).u64(0)},
		{"array of unknown type", HeaderValue, newGGUF(3, 0, 1).key("a", ggufArray).u32(99).u64(0)},
		{"array longer than file", HeaderLength, newGGUF(3, 0, 1).key("a", ggufArray).u32(ggufU8).u64(1 << 29)},
		{"array over the cap", HeaderLength, newGGUF(3, 0, 1).key("a", ggufArray).u32(ggufU64).u64(huge)},
		{"string in array longer than file", HeaderLength, newGGUF(3, 0, 1).key("a", ggufArray).u32(ggufString).u64(1).u64(99)},
		{"long tensor name", TensorName, newGGUF(3, 1, 0).info(strings.Repeat("n", 64), 0, 0, 1).data(32, 4)},
		{"five dimensions", TensorShape, newGGUF(3, 1, 0).info("a", 0, 0, 1, 1, 1, 1, 1).data(32, 4)},
		{"negative dimension", TensorShape, newGGUF(3, 1, 0).info("a", 0, 0, -1).data(32, 4)},
		{"elements overflow", Overflow, newGGUF(3, 1, 0).info("a", 0, 0, huge, huge).data(32, 4)},
		{"elements at the end", Overflow, newGGUF(3, 1, 0).info("a", 24, 0, huge).data(32, 4)},
		{"elements overflow before a zero", Overflow, newGGUF(3, 1, 0).info("a", 0, 0, huge, 4, 0).data(32, 4)},
		{"no padding before nothing", DataLength, newGGUF(3, 1, 0).info("a", 0, 0, 0)},
		{"bytes overflow", Overflow, newGGUF(3, 1, 0).info("a", 0, 0, huge/2).data(32, 4)},
		{"sum overflow", Overflow, newGGUF(3, 3, 0).info("a", 24, 0, huge-64).info("b", 24, huge-63, huge-64).info("c", 24, 0, 9).data(32, 4)},
		{"unknown tensor type", TensorType, newGGUF(3, 1, 0).info("a", 43, 0, 1).data(32, 4)},
		{"removed tensor type", TensorType, newGGUF(3, 1, 0).info("a", 4, 0, 32).data(32, 99)},
		{"part of a block", Misaligned, newGGUF(3, 1, 0).info("a", 2, 0, 33).data(32, 36)},
		{"first offset", TensorOffset, newGGUF(3, 1, 0).info("a", 0, 32, 1).data(32, 64)},
		{"gap", TensorOffset, newGGUF(3, 2, 0).info("a", 0, 0, 1).info("b", 0, 64, 1).data(32, 99)},
		{"not padded", TensorOffset, newGGUF(3, 2, 0).info("a", 0, 0, 1).info("b", 0, 4, 1).data(32, 99)},
		{"alias", TensorOffset, newGGUF(3, 2, 0).info("a", 0, 0, 1).info("b", 0, 0, 1).data(32, 99)},
		{"tensor twice", DuplicateName, newGGUF(3, 2, 0).info("a", 0, 0, 1).info("a", 0, 32, 1).data(32, 99)},
		{"data missing", DataLength, newGGUF(3, 1, 0).info("a", 0, 0, 2).data(32, 7)},
		{"no data", DataLength, newGGUF(3, 1, 0).info("a", 0, 0, 2)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := inspect(t, "m.gguf", test.file.b)
			if f.Complete || f.Verdict != "" || f.Parameters != nil || f.Metadata != nil {
				t.Errorf("complete %v verdict %q parameters %v", f.Complete, f.Verdict, f.Parameters)
			}
			if kinds(f) != string(test.kind) {
				t.Errorf("problems %q (%s), want %s", kinds(f), f.Reason, test.kind)
			}
		})
	}
}

func TestGGUFMetadata(t *testing.T) {
	g := newGGUF(3, 1, 9).
		str("general.license", "apache-2.0").
		key("general.languages", ggufArray).u32(ggufString).u64(2).text("en").text("de").
		key("tokenizer.ggml.tokens", ggufArray).u32(ggufString).u64(100)
	for i := range 100 {
		g.text(fmt.Sprint(i))
	}
	g.key("f", ggufF32).u32(math.Float32bits(float32(math.NaN()))).
		key("i", ggufI8).raw(0xFF).
		key("yes", ggufBool).raw(1).
		key("flags", ggufArray).u32(ggufBool).u64(1).raw(0).
		key("split.no", ggufU16).raw(1, 0).
		key("split.count", ggufU16).raw(3, 0).
		info("a", 8, 0, 32, 2).data(32, 68)
	var got []string
	rd := Reader{Tensors: func(t Tensor) { got = append(got, fmt.Sprint(t)) }}
	f, err := rd.Inspect("m.gguf", bytes.NewReader(g.b), int64(len(g.b)))
	if err != nil || !f.Complete {
		t.Fatal(err, f.Reason)
	}
	want := map[string]string{"general.license": "apache-2.0", "general.languages": "[en de]", "f": "NaN", "i": "-1", "yes": "true", "flags": "[false]"}
	for key, value := range want {
		if s := fmt.Sprint(f.Metadata[key]); s != value {
			t.Errorf("%s = %s, want %s", key, s, value)
		}
	}
	if _, ok := f.Metadata["tokenizer.ggml.tokens"]; ok || f.ArrayLengths["tokenizer.ggml.tokens"] != 100 {
		t.Errorf("tokens kept %v, counted %d", ok, f.ArrayLengths["tokenizer.ggml.tokens"])
	}
	if f.Shard == nil || *f.Shard != (Shard{2, 3}) {
		t.Errorf("shard %v", f.Shard)
	}
	if strings.Join(got, " ") != "{a Q8_0 [2 32] 68}" {
		t.Errorf("tensors %v", got)
	}
	inspect(t, "m.gguf", g.b) // NaN has no number in JSON
}

func TestGGUFTruncated(t *testing.T) {
	g := newGGUF(3, 2, 2).str("general.name", "x").
		key("list", ggufArray).u32(ggufString).u64(2).text("en").text("de").
		info("a", 0, 0, 2, 3).info("b", 1, 32, 5).data(32, 42)
	for n := range g.b {
		if f := inspect(t, "m.gguf", g.b[:n]); f.Complete || f.Verdict != "" {
			t.Errorf("cut at %d of %d: complete %v verdict %q", n, len(g.b), f.Complete, f.Verdict)
		}
	}
}
