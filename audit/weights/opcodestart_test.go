package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
)

// zeroTail is a file that begins with some bytes and goes on with zeros.
type zeroTail []byte

func (s zeroTail) ReadAt(b []byte, at int64) (int, error) {
	clear(b)
	if at < int64(len(s)) {
		copy(b, s[at:])
	}
	return len(b), nil
}

var _ io.ReaderAt = zeroTail(nil)

// A safetensors file begins with the length of its header, which may be any
// byte, an opcode of pickles among them. Ordinary files are no pickles for that.
func TestHeaderLengthsAreNoPickles(t *testing.T) {
	const each = 1 << 20
	var tensors []string
	for i := range 569 {
		tensors = append(tensors, fmt.Sprintf(`"model.layers.17.mlp.experts.%d.gate_proj.weight":{"dtype":"BF16","shape":[512,1024],"data_offsets":[%d,%d]}`, i, i*each, (i+1)*each))
	}
	header := []byte(`{"__metadata__":{"format":"pt"},` + strings.Join(tensors, ",") + "}")
	for low := range 256 {
		n := len(header)&^255 + 256 + low
		data := binary.LittleEndian.AppendUint64(nil, uint64(n))
		data = append(append(data, header...), bytes.Repeat([]byte(" "), n-len(header))...)
		f, err := Inspect("model.safetensors", zeroTail(data), int64(len(data)+569*each))
		if err != nil || f.Verdict != Inert || !f.Complete {
			t.Errorf("header of %d bytes (%#x): %v, complete %v, %v, %v", n, byte(n), f.Verdict, f.Complete, f.Problems, err)
		}
	}
}
