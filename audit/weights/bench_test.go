package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
)

// sparse is a file that has a start and, behind it, zeros up to its size.
type sparse struct {
	head []byte
	size int64
}

func (s sparse) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.size-off))
	clear(p[:n])
	if off < int64(len(s.head)) {
		copy(p[:n], s.head[off:])
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// llamaShard is the header of a shard with n tensors of 4096 times 4096.
func llamaShard(n int) sparse {
	const size = 4096 * 4096 * 2
	var h bytes.Buffer
	h.WriteString(`{"__metadata__":{"format":"pt"}`)
	for i := range n {
		fmt.Fprintf(&h, `,"model.layers.%d.mlp.experts.%d.gate_proj.weight":{"dtype":"BF16","shape":[4096,4096],"data_offsets":[%d,%d]}`,
			i/128, i%128, int64(i)*size, int64(i+1)*size)
	}
	h.WriteByte('}')
	b := binary.LittleEndian.AppendUint64(nil, uint64(h.Len()))
	return sparse{append(b, h.Bytes()...), 8 + int64(h.Len()) + int64(n)*size}
}

func benchmarkShards(b *testing.B, shards, tensors int) {
	file := llamaShard(tensors)
	seen := 0
	rd := Reader{Tensors: func(Tensor) { seen++ }}
	b.SetBytes(int64(len(file.head) * shards))
	b.ReportAllocs()
	for b.Loop() {
		seen = 0
		for range shards {
			f, err := rd.Inspect("model.safetensors", file, file.size)
			if err != nil || f.Verdict != Inert {
				b.Fatal(err, f)
			}
		}
		if seen != shards*tensors {
			b.Fatalf("%d tensors, want %d", seen, shards*tensors)
		}
	}
}

func BenchmarkSafetensors10000Tensors(b *testing.B) { benchmarkShards(b, 1, 10_000) }

func BenchmarkSafetensors158Shards90000Tensors(b *testing.B) { benchmarkShards(b, 158, 570) }

// densePickle is a list of n small dicts, as Python writes it in protocol 4:
// no long strings and no numbers in bulk, nothing but opcodes.
func densePickle(n int) []byte {
	var b bytes.Buffer
	b.WriteString("\x80\x04]\x94(")
	text := func(s string) {
		b.WriteByte(opShortBinUnicode)
		b.WriteByte(byte(len(s)))
		b.WriteString(s)
		b.WriteByte(opMemoize)
	}
	key := func(i int, first bool, name string) {
		if first {
			text(name)
		} else {
			b.Write([]byte{opBinGet, byte(i)})
		}
	}
	for i := range n {
		first := i == 0
		b.WriteString("}\x94(")
		key(2, first, "id")
		b.WriteByte(opBinInt)
		_ = binary.Write(&b, binary.LittleEndian, int32(i))
		key(3, first, "name")
		text(fmt.Sprintf("user%d", i))
		key(5, first, "score")
		b.WriteByte(opBinFloat)
		_ = binary.Write(&b, binary.BigEndian, float64(i)/2)
		key(6, first, "ok")
		b.WriteByte(opNewTrue)
		key(7, first, "tags")
		b.WriteString("]\x94(")
		text("a")
		text("b")
		b.WriteString("eu")
	}
	b.WriteString("e.")
	return b.Bytes()
}

func benchmarkPickle(b *testing.B, records int) {
	data := densePickle(records)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		f, err := Inspect("m.pkl", bytes.NewReader(data), int64(len(data)))
		if err != nil || f.Verdict != AllowListed {
			b.Fatal(err, f)
		}
	}
}

func BenchmarkPickleDense1MRecords(b *testing.B) { benchmarkPickle(b, 1_000_000) }

// A checkpoint of PyTorch is a short pickle and long numbers; here the numbers
// stand inside the pickle, which the walk passes over.
func BenchmarkPickleBlobs100MB(b *testing.B) {
	const blob = 1 << 20
	data := []byte("\x80\x04](")
	for range 100 {
		data = binary.LittleEndian.AppendUint32(append(data, opBinBytes), blob)
		data = append(data, make([]byte, blob)...)
	}
	data = append(data, opAppends, opStop)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if f, err := Inspect("m.pkl", bytes.NewReader(data), int64(len(data))); err != nil || f.Verdict != AllowListed {
			b.Fatal(err, f)
		}
	}
}

// A header of GGUF is mostly its vocabulary.
func BenchmarkGGUF1000Tensors150000Tokens(b *testing.B) {
	const tensors, tokens = 1000, 150_000
	g := newGGUF(3, tensors, 1).key("tokenizer.ggml.tokens", ggufArray).u32(ggufString).u64(tokens)
	for i := range tokens {
		g.text(fmt.Sprint("token", i))
	}
	for i := range uint64(tensors) {
		g.info(fmt.Sprintf("blk.%d.ffn_up.weight", i), 12, i*4096*16*144, 4096, 4096)
	}
	g.data(32, 0)
	file := sparse{g.b, int64(len(g.b)) + tensors*4096*16*144}
	b.SetBytes(int64(len(g.b)))
	b.ReportAllocs()
	for b.Loop() {
		if f, err := Inspect("m.gguf", file, file.size); err != nil || f.Verdict != Inert {
			b.Fatal(err, f)
		}
	}
}

// Small files of every format, one after the other.
func BenchmarkInspect5000SmallFiles(b *testing.B) {
	files := samples(b)
	b.ReportAllocs()
	for b.Loop() {
		for i := range 5000 {
			s := &files[i%len(files)]
			if f, err := Inspect(s.name, bytes.NewReader(s.data), int64(len(s.data))); err != nil || f.Verdict != s.verdict {
				b.Fatal(err, f)
			}
		}
	}
}
