package release

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A KV is one metadata entry of a GGUF file. Value is a string, bool, uint16,
// uint32, int32, uint64, float32, []string, []float32 or []int32.
type KV struct {
	Key   string
	Value any
}

// ggufAlignment is the format's default for the start of the data section and
// of every tensor in it.
const ggufAlignment = 32

// GGUF writes a little-endian file of version 3 of the GGUF format. Tensors may
// be F32, F16, BF16 or Q8_0; their dimensions are written innermost first, as
// the format asks.
func GGUF(metadata []KV, tensors ...Tensor) []byte {
	b := []byte("GGUF")
	b = binary.LittleEndian.AppendUint32(b, 3)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(tensors)))
	b = binary.LittleEndian.AppendUint64(b, uint64(len(metadata)))
	for _, kv := range metadata {
		b = appendGGUFString(b, kv.Key)
		b = appendGGUFValue(b, kv.Value)
	}
	offset := 0
	for _, t := range tensors {
		b = appendGGUFString(b, t.Name)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(t.Shape)))
		for i := range t.Shape {
			b = binary.LittleEndian.AppendUint64(b, uint64(t.Shape[len(t.Shape)-1-i]))
		}
		b = binary.LittleEndian.AppendUint32(b, ggmlType(t.DType))
		b = binary.LittleEndian.AppendUint64(b, uint64(offset))
		offset += padded(len(t.Data))
	}
	b = pad(b)
	for _, t := range tensors {
		b = pad(append(b, t.Data...))
	}
	return b
}

func appendGGUFString(b []byte, s string) []byte {
	return append(binary.LittleEndian.AppendUint64(b, uint64(len(s))), s...)
}

// appendGGUFValue writes the type number of the value and the value.
func appendGGUFValue(b []byte, value any) []byte {
	switch v := value.(type) {
	case uint16:
		return binary.LittleEndian.AppendUint16(appendUint32(b, 2), v)
	case uint32:
		return appendUint32(appendUint32(b, 4), v)
	case int32:
		return appendUint32(appendUint32(b, 5), uint32(v))
	case float32:
		return appendUint32(appendUint32(b, 6), math.Float32bits(v))
	case bool:
		if v {
			return append(appendUint32(b, 7), 1)
		}
		return append(appendUint32(b, 7), 0)
	case string:
		return appendGGUFString(appendUint32(b, 8), v)
	case uint64:
		return binary.LittleEndian.AppendUint64(appendUint32(b, 10), v)
	case []string:
		b = appendGGUFArray(b, 8, len(v))
		for _, s := range v {
			b = appendGGUFString(b, s)
		}
		return b
	case []float32:
		b = appendGGUFArray(b, 6, len(v))
		for _, f := range v {
			b = appendUint32(b, math.Float32bits(f))
		}
		return b
	case []int32:
		b = appendGGUFArray(b, 5, len(v))
		for _, i := range v {
			b = appendUint32(b, uint32(i))
		}
		return b
	}
	panic(fmt.Sprintf("release: GGUF cannot hold a %T", value))
}

// appendGGUFArray writes the head of an array of n elements of one type.
func appendGGUFArray(b []byte, element uint32, n int) []byte {
	b = appendUint32(appendUint32(b, 9), element)
	return binary.LittleEndian.AppendUint64(b, uint64(n))
}

func appendUint32(b []byte, v uint32) []byte {
	return binary.LittleEndian.AppendUint32(b, v)
}

// ggmlType is the number of a tensor type in ggml.h.
func ggmlType(dtype string) uint32 {
	switch dtype {
	case "F32":
		return 0
	case "F16":
		return 1
	case "Q8_0":
		return 8
	case "BF16":
		return 30
	}
	panic("release: GGUF has no type for " + dtype)
}

func padded(n int) int {
	return (n + ggufAlignment - 1) / ggufAlignment * ggufAlignment
}

func pad(b []byte) []byte {
	return append(b, make([]byte, padded(len(b))-len(b))...)
}
