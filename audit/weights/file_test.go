package weights

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestFormatsOnce(t *testing.T) {
	seen := map[Format]bool{}
	for _, f := range Formats {
		if seen[f] || f == "" {
			t.Errorf("format %q stands twice or is empty", f)
		}
		seen[f] = true
	}
	for _, m := range magics {
		if !seen[m.format] {
			t.Errorf("magic of %q, which Formats lacks", m.format)
		}
	}
}

func TestSniff(t *testing.T) {
	zeros := strings.Repeat("\x00", 64)
	tests := []struct {
		name, head string
		want       Format
	}{
		{"safetensors", "\x02\x00\x00\x00\x00\x00\x00\x00{}", Safetensors},
		{"padded safetensors", "\x0a\x00\x00\x00\x00\x00\x00\x00   {}     ", Safetensors},
		{"script that starts like one", `var foo={"a":1}`, ""},
		{"gguf", "GGUF\x03\x00\x00\x00", GGUF},
		{"ggml", "tjgg" + zeros, GGML},
		{"ggml in letters", "GGML" + zeros, ""},
		{"zip", "PK\x03\x04" + zeros, Zip},
		{"empty zip", "PK\x05\x06" + zeros, Zip},
		{"7z", "7z\xbc\xaf\x27\x1c" + zeros, SevenZip},
		{"npy", "\x93NUMPY\x01\x00", Npy},
		{"hdf5", "\x89HDF\r\n\x1a\n" + zeros, HDF5},
		{"hdf5 behind a user block", strings.Repeat("\x00", 512) + "\x89HDF\r\n\x1a\n", HDF5},
		{"tflite", "\x1c\x00\x00\x00TFL3" + zeros, TFLite},
		{"executorch", "\x1c\x00\x00\x00ET12" + zeros, ExecuTorch},
		{"tar", strings.Repeat("\x00", 257) + "ustar\x00", Tar},
		{"gzip", "\x1f\x8b\x08" + zeros, Gzip},
		{"zlib", "\x78\x9c\xed\x00\x01" + zeros, Zlib},
		{"text that starts like zlib", "x\x01" + "is a text", ""},
		{"pickle 2", "\x80\x02N.", Pickle},
		{"protocol 6", "\x80\x06N.", ""},
		{"openvino", `<?xml version="1.0"?><net name="m" version="11">`, OpenVINO},
		{"other xml", `<?xml version="1.0"?><svg version="1.1">`, ""},
		{"ctranslate2", "\x06\x00\x00\x00\x10\x00TransformerSpec\x00\x01\x00\x00\x00", CTranslate2},
		{"elf", "\x7fELF" + zeros, Executable},
		{"lfs", lfsVersion + "\noid sha256:00\nsize 1\n", LFSPointer},
		{"text", "# A model\n\nIt is good.\n", ""},
		{"nothing", "", ""},
		{"one byte", "\x80", ""},
	}
	for _, test := range tests {
		if got := Sniff([]byte(test.head), "x"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestIsWeightName(t *testing.T) {
	for _, name := range []string{
		"model.safetensors", "PYTORCH_MODEL.BIN", `a\b.pt`, "a/b.GGUF", "x.pkl", "x.npz", "x.h5", "x.keras", "x.msgpack",
		"x.tflite", "x.onnx", "variables/variables.data-00000-of-00001", "saved_model.pb", "consolidated.00.pth",
	} {
		if !IsWeightName(name) {
			t.Errorf("%s is no weight name", name)
		}
	}
	for _, name := range []string{"README.md", "config.json", "model.safetensors.index.json", "tokenizer.model", "safetensors", ".bin/readme", "x.py", ""} {
		if IsWeightName(name) {
			t.Errorf("%s is a weight name", name)
		}
	}
}

func TestMismatch(t *testing.T) {
	if f := inspect(t, "m.safetensors", []byte("\x80\x02N.")); f.Format != Pickle || !strings.Contains(kinds(f), string(ExtensionMismatch)) {
		t.Errorf("format %s problems %q", f.Format, kinds(f))
	}
	for _, name := range []string{"m.bin", "m", "m.safetensors"} {
		if f := inspect(t, name, stFile("{}", 0)); kinds(f) != "" {
			t.Errorf("%s: %q", name, kinds(f))
		}
	}
}

// What is in no known format is told as such, never left out.
func TestUnrecognised(t *testing.T) {
	for name, b := range map[string]string{"a.bin": "no weights at all", "b.safetensors": "", "c.gguf": "GG", "d": "\x00\x01\x02"} {
		f := inspect(t, name, []byte(b))
		if f.Format != Unknown || f.Complete || f.Verdict != "" || f.Reason == "" || f.LoadsWithoutCode != nil {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if f := inspect(t, "b.safetensors", nil); !strings.Contains(kinds(f), string(HeaderTooSmall)) {
		t.Errorf("an empty .safetensors: %q", kinds(f))
	}
}

func TestLFSPointer(t *testing.T) {
	oid := strings.Repeat("0123456789abcdef", 4)
	f := inspect(t, "model.safetensors", []byte(lfsVersion+"\noid sha256:"+oid+"\nsize 12345\n"))
	if f.Format != LFSPointer || f.Complete || f.Pointer == nil || *f.Pointer != (Pointer{oid, 12345}) || kinds(f) != string(WeightsAbsent) {
		t.Errorf("%+v", f)
	}
	for _, bad := range []string{
		lfsVersion, lfsVersion + "\noid sha256:zz\nsize 1\n", lfsVersion + "\noid sha256:" + oid + "\nsize -1\n",
		lfsVersion + "\nsize 1\n", lfsVersion + "\noid sha256:" + oid + "\n", "version https://git-lfs.github.com/spec/v10\n",
		lfsVersion + "\noid sha256:" + oid + "\nsize 1\n" + strings.Repeat("x", maxPointer),
	} {
		if p, ok := ParsePointer([]byte(bad)); ok {
			t.Errorf("%.60q is the pointer %v", bad, p)
		}
	}
}

func TestShardOf(t *testing.T) {
	tests := map[string]*Shard{
		"model-00002-of-00158.safetensors":                  {2, 158},
		"a/diffusion_pytorch_model-00001-of-00002.fp16.bin": {1, 2},
		"model.safetensors":                                 nil,
		"best-2-of-3":                                       nil,
	}
	for name, want := range tests {
		got := shardOf(name)
		if (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

// The document keeps "looked and found nothing" apart from "not looked".
func TestFileJSON(t *testing.T) {
	b, err := json.Marshal(inspect(t, "m.safetensors", stFile("{}", 0)))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"path":"m.safetensors","format":"safetensors","size":10,"verdict":"inert","complete":true,` +
		`"reason":"a valid safetensors header; the format has no place for code","parameters":0,"dtypes":{},` +
		`"tensor_count":0,"metadata":{},"problems":[],"loads_without_code":true}`
	if string(b) != want {
		t.Errorf("got  %s\nwant %s", b, want)
	}
}
