package weights

import (
	"bytes"
	"testing"
)

// Each format's smallest file is read to its end and found harmless.
func TestSamples(t *testing.T) {
	for _, s := range samples(t) {
		f := inspect(t, s.name, s.data)
		if f.Format != s.format || f.Verdict != s.verdict || !f.Complete || kinds(f) != "" {
			t.Errorf("%s: %s %q complete %v: %s %+v", s.name, f.Format, f.Verdict, f.Complete, f.Reason, f.Problems)
		}
		if yes := f.LoadsWithoutCode; yes == nil || *yes != (s.verdict == Inert) {
			t.Errorf("%s: loads_without_code %v", s.name, yes)
		}
	}
}

// A file that was cut off anywhere is never taken for a whole one.
func TestTruncated(t *testing.T) {
	for _, s := range samples(t) {
		for n := range s.data {
			// The description of a format may end before its padding does.
			if f := inspect(t, s.name, s.data[:n]); f.Verdict == Inert || f.Verdict == AllowListed || f.Complete && f.Verdict == "" && f.Format != Zip {
				t.Errorf("%s cut at %d of %d: %s %q complete %v: %s", s.name, n, len(s.data), f.Format, f.Verdict, f.Complete, f.Reason)
				break
			}
		}
	}
}

// Parameters are counted in every format that tells them.
func TestSampleParameters(t *testing.T) {
	want := map[string]int64{
		"m.safetensors": 2, "m.gguf": 2, "m.pt": 8, "old.pt": 8, "m.npy": 2, "m.npz": 2, "m.joblib": 2, "z.joblib": 2, "m.onnx": 2,
		"variables/variables.index": 2, "m.tflite": 2, "m.msgpack": 2, "model.bin": 2, "m.xml": 6, "m.nemo": 8, "m.pkl": 0,
	}
	for _, s := range samples(t) {
		n, ok := want[s.name]
		f := inspect(t, s.name, s.data)
		if ok && (f.Parameters == nil || *f.Parameters != n) {
			t.Errorf("%s: parameters %v, want %d", s.name, f.Parameters, n)
		}
		seen, total := int64(0), int64(0)
		rd := Reader{Tensors: func(x Tensor) {
			seen++
			n, _ := product(x.Shape)
			total += int64(n)
		}}
		if _, err := rd.Inspect(s.name, bytes.NewReader(s.data), int64(len(s.data))); err != nil {
			t.Fatal(err)
		}
		if seen > 0 && f.TensorCount != nil && (seen != *f.TensorCount || total != *f.Parameters) {
			t.Errorf("%s: %d tensors of %d elements handed out, %d of %d counted", s.name, seen, total, *f.TensorCount, *f.Parameters)
		}
	}
}

// Files of numbers have no format; what describes them says what they are.
func TestDescribe(t *testing.T) {
	by := inspect(t, "a/variables/variables.index", tableFile())
	for _, test := range []struct {
		name string
		size int
		ok   bool
	}{
		{"a/variables/variables.data-00001-of-00002", 12, true},
		{"a/variables/variables.data-00001-of-00002", 11, false},
		{"a/variables/variables.data-00000-of-00002", 12, false},
		{"b/variables/variables.data-00001-of-00002", 12, false},
	} {
		f := inspect(t, test.name, make([]byte, test.size))
		f.Describe(by)
		if ok := f.Format == Raw && f.Verdict == Inert && f.Complete && kinds(f) == ""; ok != test.ok {
			t.Errorf("%s of %d bytes: %s %q: %s", test.name, test.size, f.Format, f.Verdict, f.Reason)
		}
	}
	f := inspect(t, "a/x.bin", payload())
	f.Describe(&File{Path: "a/x.onnx", Complete: true, Verdict: Inert, External: []External{{Location: "x.bin"}}})
	if f.Format != Pickle || f.Verdict != CodeCapable {
		t.Errorf("a pickle that is described as numbers: %s %q", f.Format, f.Verdict)
	}
}

// Keras's notes beside a SavedModel are known by their name alone.
func TestKerasMetadata(t *testing.T) {
	for config, want := range map[string]Verdict{
		`{"class_name": "Dense", "config": {}}`:  Inert,
		`{"class_name": "Lambda", "config": {}}`: CodeCapable,
		`{"class_name": "Dense", "config": `:     "",
	} {
		b := new(msg).sub(1, new(msg).num(2, 1).str(3, "root.layer-0").str(4, "_tf_keras_layer").str(5, config)).b
		if f := inspect(t, "m/keras_metadata.pb", b); f.Format != Keras || f.Verdict != want {
			t.Errorf("%s: %s %q: %s", config, f.Format, f.Verdict, f.Reason)
		}
	}
}
