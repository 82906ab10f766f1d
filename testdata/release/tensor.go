package release

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
)

// A Tensor is a named array as a weight file holds it.
type Tensor struct {
	Name  string
	DType string // as safetensors spells it (F32, F16, BF16, I64, …), or Q8_0 for GGUF alone
	Shape []int  // outermost dimension first; empty for a scalar
	Data  []byte // little-endian, row by row
}

// Elements is the product of the shape, 1 for a scalar.
func (t Tensor) Elements() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// Bytes is the length of the data that dtype and shape ask for. It panics on a
// dtype that no builder here writes, which is a mistake in the calling test.
func (t Tensor) Bytes() int { return byteSize(t.DType, t.Elements()) }

// Parameters sums the elements of all tensors.
func Parameters(tensors []Tensor) int {
	n := 0
	for _, t := range tensors {
		n += t.Elements()
	}
	return n
}

// q8Block is the number of values in a Q8_0 block, which is a float16 scale
// followed by that many signed bytes (ggml-common.h).
const q8Block = 32

// byteSize is what n elements of a dtype take.
func byteSize(dtype string, n int) int {
	switch dtype {
	case "F64", "I64":
		return 8 * n
	case "F32", "I32":
		return 4 * n
	case "F16", "BF16":
		return 2 * n
	case "I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2":
		return n
	case "Q8_0":
		if n%q8Block != 0 {
			panic(fmt.Sprintf("release: %d elements do not fill Q8_0 blocks", n))
		}
		return n / q8Block * (2 + q8Block)
	}
	panic("release: no dtype " + dtype)
}

// NewTensor fills a tensor with noise that depends on the seed alone. Norm
// gains are ones, as an untrained model has them.
func NewTensor(name, dtype string, seed uint64, shape ...int) Tensor {
	t := Tensor{Name: name, DType: dtype, Shape: shape}
	n := t.Elements()
	if strings.HasSuffix(name, "norm.weight") {
		t.Data = fill(dtype, n, func() float32 { return 1 })
		return t
	}
	rng := rand.New(rand.NewPCG(seed, uint64(len(name))))
	t.Data = fill(dtype, n, func() float32 {
		// A 24-bit integer times a power of two is exact, so every platform
		// gives the same bits. The values lie within ±1/32.
		return float32(int32(rng.Uint64()>>40)-1<<23) / (1 << 28)
	})
	return t
}

// fill encodes n values of next.
func fill(dtype string, n int, next func() float32) []byte {
	b := make([]byte, 0, byteSize(dtype, n))
	switch dtype {
	case "F32":
		for range n {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(next()))
		}
	case "F16":
		for range n {
			b = binary.LittleEndian.AppendUint16(b, float16(next()))
		}
	case "BF16":
		for range n {
			b = binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(next())>>16))
		}
	case "Q8_0":
		for range n / q8Block {
			b = binary.LittleEndian.AppendUint16(b, float16(1.0/4096))
			for range q8Block {
				b = append(b, byte(int8(next()*(1<<12))))
			}
		}
	default:
		panic("release: no noise of dtype " + dtype)
	}
	return b
}

// float16 cuts a finite value of ordinary size down to IEEE half precision,
// rounding towards zero; what is too small for a normal number becomes zero.
func float16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits >> 16 & 0x8000)
	exponent := int(bits>>23&0xff) - 127 + 15
	if exponent <= 0 {
		return sign
	}
	return sign | uint16(exponent)<<10 | uint16(bits>>13&0x3ff)
}
