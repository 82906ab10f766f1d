package weights

import (
	"strings"
	"testing"
)

// A program may have operators that no runtime brings; what they do is not in
// the file.
func TestONNXDomains(t *testing.T) {
	call := func(op string, functions ...string) []byte {
		b := onnxFile(op, "my.domain", onnxTensorMsg())
		for _, name := range functions {
			b = append(b, new(msg).sub(25, new(msg).str(1, name).str(10, "my.domain")).b...)
		}
		return b
	}
	for _, b := range [][]byte{call("Evil"), call("Evil", "Other")} {
		if f := inspect(t, "m.onnx", b); f.Complete || f.Verdict != "" || !strings.Contains(f.Reason, "my.domain") {
			t.Errorf("%q, complete %v: %s", f.Verdict, f.Complete, f.Reason)
		}
	}
	for _, b := range [][]byte{call("Gelu", "Gelu"), onnxFile("Attention", "com.microsoft", onnxTensorMsg())} {
		if f := inspect(t, "m.onnx", b); !f.Complete || f.Verdict != Inert {
			t.Errorf("%q, complete %v: %s", f.Verdict, f.Complete, f.Reason)
		}
	}
}
