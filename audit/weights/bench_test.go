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
