package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzInspect holds every reader to its promises: no panic, no disk error from
// bytes in memory, a verdict only with what it needs, and a record that is
// JSON.
func FuzzInspect(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.name, s.data)
	}
	for _, e := range evasions(f) {
		if len(e.file) < 4<<10 {
			f.Add("pytorch_model.bin", e.file)
		}
	}
	for _, b := range disagreements(f) {
		if len(b) < 4<<10 {
			f.Add("pytorch_model.bin", b)
		}
	}
	f.Add("m.bin", []byte(lfsVersion+"\noid sha256:00\nsize 1\n"))
	f.Fuzz(func(t *testing.T, name string, b []byte) {
		tensors := int64(0)
		rd := Reader{Tensors: func(Tensor) { tensors++ }}
		file, err := rd.Inspect(name, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		consistent(t, file, tensors)
	})
}

// consistent holds a record to what every reader promises.
func consistent(t *testing.T, file *File, tensors int64) {
	t.Helper()
	if _, err := json.Marshal(file); err != nil {
		t.Fatal(err)
	}
	if file.Verdict == Inert && !file.Complete || file.Verdict == AllowListed && !file.Complete {
		t.Fatalf("%s though incomplete: %s", file.Verdict, file.Reason)
	}
	if yes := file.LoadsWithoutCode; yes != nil && *yes != (file.Verdict == Inert) {
		t.Fatalf("loads_without_code %v with verdict %q", *yes, file.Verdict)
	}
	if file.Complete && file.Verdict == "" && !isArchive(file.Format) {
		t.Fatalf("complete and no verdict: %+v", file)
	}
	if file.Complete && file.firstFault() != "" && file.Verdict != CodeCapable {
		t.Fatalf("complete and %s though %s", file.Verdict, file.firstFault())
	}
	if file.Reason == "" || file.Problems == nil {
		t.Fatalf("no reason or no list of problems: %+v", file)
	}
	if file.Verdict == Inert && file.TensorCount != nil && *file.TensorCount != tensors {
		t.Fatalf("%d tensors counted, %d handed out", *file.TensorCount, tensors)
	}
}

// FuzzFlexOperation holds the reader of an operator's options to name only what
// stands in them.
func FuzzFlexOperation(f *testing.F) {
	f.Add(flexOptions("Abs", "Abs"))
	f.Fuzz(func(t *testing.T, options []byte) {
		if op, ok := flexOperation(options); ok && !bytes.Contains(options, []byte(op)) && utf8.ValidString(op) && len(op) < maxGlobalName {
			t.Fatalf("%q is not in %q", op, options)
		}
	})
}

func FuzzReadIndex(f *testing.F) {
	f.Add([]byte(`{"metadata":{"total_size":16},"weight_map":{"a":"m-1.safetensors","b":"m-1.safetensors"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := ReadIndex(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		var object map[string]json.RawMessage // a number may be more than a float holds
		if len(x.Problems) == 0 && json.Unmarshal(b, &object) != nil {
			t.Fatalf("read without a problem, but no JSON: %q", b)
		}
	})
}

// FuzzSafetensors fuzzes the header itself, behind a length that fits, where
// FuzzInspect would spend most of its time on broken lengths.
func FuzzSafetensors(f *testing.F) {
	f.Add([]byte(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`), uint16(8))
	f.Add([]byte(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}`), uint16(1))
	// read as fields of a Core ML model once
	f.Add([]byte("0\x8d\x000000\x8d00000\xf8\xf800"), uint16(0))
	f.Fuzz(func(t *testing.T, header []byte, data uint16) {
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		b = append(append(b, header...), make([]byte, data)...)
		file, err := Inspect("m.safetensors", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if file.Format == Safetensors && file.Verdict == Inert && !json.Valid(header) {
			t.Fatalf("%q is no JSON and was taken", header)
		}
	})
}

// FuzzGGUF fuzzes what stands behind a valid magic and version.
func FuzzGGUF(f *testing.F) {
	f.Add(make([]byte, 16))
	f.Fuzz(func(t *testing.T, rest []byte) {
		b := append([]byte("GGUF\x03\x00\x00\x00"), rest...)
		file, err := Inspect("m.gguf", bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		capable := strings.Contains(kinds(file), string(TemplateAttack)) || strings.Contains(kinds(file), string(Polyglot))
		if file.Format != GGUF || file.Verdict == CodeCapable && !capable {
			t.Fatalf("%s, %s", file.Format, file.Verdict)
		}
	})
}

func FuzzInspectTemplate(f *testing.F) {
	f.Add("{% for m in messages %}{{ m['a\\x5f'] | attr('x') ~ 1_000 }}{# c #}{% raw %}{{ {% endraw %}{% endfor %}")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > MaxTemplate {
			return // not read, and so at no place
		}
		for _, p := range InspectTemplate(text) {
			if p.Offset == nil || *p.Offset < 0 || *p.Offset >= int64(len(text)) {
				t.Fatalf("a problem outside the text: %+v", p)
			}
		}
	})
}
