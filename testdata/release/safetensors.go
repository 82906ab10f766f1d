package release

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// Safetensors writes a file of the safetensors format with the tensors in the
// order given and, unless nil, the metadata under its keys in sorted order. The
// header is padded with spaces to a multiple of eight bytes, as the reference
// writer does. It follows dtypes and shapes alone: tensors without data give a
// file that ends behind its header, to be filled up or left truncated.
func Safetensors(metadata map[string]string, tensors ...Tensor) []byte {
	var header bytes.Buffer
	header.WriteByte('{')
	if metadata != nil {
		fmt.Fprintf(&header, `"__metadata__":%s`, compact(metadata))
	}
	size := 0
	for _, t := range tensors {
		if header.Len() > 1 {
			header.WriteByte(',')
		}
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		end := size + t.Bytes()
		fmt.Fprintf(&header, `%s:{"dtype":%s,"shape":%s,"data_offsets":[%d,%d]}`,
			compact(t.Name), compact(t.DType), compact(shape), size, end)
		size = end
	}
	header.WriteByte('}')
	for header.Len()%8 != 0 {
		header.WriteByte(' ')
	}

	file := binary.LittleEndian.AppendUint64(nil, uint64(header.Len()))
	file = append(file, header.Bytes()...)
	for _, t := range tensors {
		file = append(file, t.Data...)
	}
	return file
}

// ShardName is the name transformers gives to shard i of n, counted from one.
func ShardName(i, n int) string {
	return fmt.Sprintf("model-%05d-of-%05d.safetensors", i, n)
}

// ShardIndex writes model.safetensors.index.json for shards named by ShardName.
// Its total_size is the sum of the tensors' bytes, which is what transformers
// writes, and not of the files.
func ShardIndex(shards ...[]Tensor) []byte {
	weights, size := map[string]string{}, 0
	for i, shard := range shards {
		for _, t := range shard {
			weights[t.Name] = ShardName(i+1, len(shards))
			size += t.Bytes()
		}
	}
	return indented(map[string]any{
		"metadata":   map[string]any{"total_size": size},
		"weight_map": weights,
	})
}

// compact is JSON in one line. It panics on what JSON cannot hold, which no
// builder here passes.
func compact(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// indented is JSON as people read it, with a newline at the end.
func indented(v any) []byte {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		panic(err)
	}
	return append(b, '\n')
}
