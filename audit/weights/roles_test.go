package weights

import (
	"archive/tar"
	"bytes"
	"encoding/binary"
	"testing"
)

const kerasLambda = `{"class_name":"Sequential","config":{"layers":[{"class_name":"Lambda","config":{"function":["4w==",null,null]}}]}}`

// hdf5Behind is a safetensors file in whose numbers a file of HDF5's begins at
// offset at, a power of two, where its library looks.
func hdf5Behind(at int) []byte {
	inner := hdf5File("model_config" + kerasLambda)
	header := []byte(`{"a":{"dtype":"U8","shape":[20000],"data_offsets":[0,20000]}}`)
	b := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	b = append(b, make([]byte, 20000)...)
	copy(b[at:], inner)
	return b
}

// linkedTar is NeMo's archive whose configuration is a link to another member.
func linkedTar(t testing.TB, kind byte) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	put := func(h tar.Header, body []byte) {
		h.Size, h.Mode = int64(len(body)), 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	put(tar.Header{Name: "notes.txt", Typeflag: tar.TypeReg}, []byte("a:\n  _target_: os.system\n"))
	put(tar.Header{Name: "w.ckpt", Typeflag: tar.TypeReg}, torchFile())
	put(tar.Header{Name: "model_config.yaml", Typeflag: kind, Linkname: "notes.txt"}, nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// exportFile is a program of torch.export's with a size that a formula tells.
func exportFile(formula string) []byte {
	return zipFile("", true, entry{name: "m/archive_format", data: []byte("pt2")}, entry{name: "m/data.pt", data: torchFile()},
		entry{name: "m/models/model.json", data: []byte(`{"sizes":[{"as_expr":{"expr_str":"` + formula + `","hint":null}}]}`)})
}

// What gives a member its role is more than the names that the usual writers
// choose: each of these runs something in a loader of that format.
func TestRoles(t *testing.T) {
	script := []byte("def forward(self, x):\n  return x\n")
	legacy := []byte(`{"protoVersion":"2","mainModule":{"torchscriptArena":{"key":"code/m.py"}},"tensors":[]}`)
	for _, test := range []struct {
		name   string
		file   []byte
		format Format
	}{
		{"TorchScript of before PyTorch 1.3", zipFile("", true, entry{name: "m/version", data: []byte("1\n")}, entry{name: "m/code/m.py", data: script}, entry{name: "m/model.json", data: legacy}), TorchScript},
		{"the same without a version", zipFile("", true, entry{name: "m/code/m.py", data: script}, entry{name: "m/model.json", data: legacy}), TorchScript},
		{"the same with its code elsewhere", zipFile("", true, entry{name: "m/version", data: []byte("1\n")}, entry{name: "m/x", data: script}, entry{name: "m/model.json", data: legacy}), TorchScript},
		{"TorchScript in capitals, which PyTorch finds alike", zipFile("", true, append(torchEntries(), entry{name: "archive/CONSTANTS.PKL", data: []byte("\x80\x02).")}, entry{name: "archive/CODE/m.py", data: script})...), TorchScript},
		{"TorchScript's bytecode, for phones", zipFile("", true, append(torchEntries(), entry{name: "archive/bytecode.pkl", data: []byte("\x80\x02).")})...), TorchScript},
		{"torch.export evaluates a formula", exportFile(`eval(chr(95)+s0)`), TorchExport},
		{"torch.export evaluates a text", exportFile(`Symbol(\"x\")`), TorchExport},
		{"torch.export calls what is in brackets", exportFile(`(eval) (s0)`), TorchExport},
		{"torch.export goes through attributes", exportFile(`s0.a.b(1)`), TorchExport},
		{"Keras with its weights in numpy's format", zipFile("", true, entry{name: "config.json", data: []byte(kerasLambda)}, entry{name: "model.weights.npz", data: goZip(t, "a.npy", string(npyFile("'<f4'", "(1,)", make([]byte, 4))))}), Keras},
		{"Keras without its weights", zipFile("", true, entry{name: "config.json", data: []byte(kerasLambda)}), Keras},
		{"skops has the losses of SGD made of numpy", goZip(t, "schema.json", `{"__class__":"load","__module__":"numpy","__loader__":"SGDNode"}`), Skops},
		{"skops has a function of scikit-learn called", goZip(t, "schema.json", `{"__class__":"fetch_openml","__module__":"sklearn.datasets","__loader__":"SGDNode"}`), Skops},
		{"skops imports what runs text", goZip(t, "schema.json", `{"__class__":"runstring","__module__":"numpy.testing._private.utils","__loader__":"TypeNode"}`), Skops},
		{"NeMo's configuration below another folder", tarFile(t, "a/model_config.yaml", "a:\n  _target_: os.system\n", "w.ckpt", string(torchFile())), NeMo},
		{"NeMo imports a class behind an anchor", tarFile(t, "model_config.yaml", "\"target\" : &a evil.Model\n", "w.ckpt", string(torchFile())), NeMo},
		{"NeMo imports a class on the next line", tarFile(t, "model_config.yaml", "{target:\n  evil.Model}\n", "w.ckpt", string(torchFile())), NeMo},
		{"NeMo imports the class of the model", tarFile(t, "model_config.yaml", "target: evil.Model\n", "w.ckpt", string(torchFile())), NeMo},
	} {
		f := inspect(t, "model", test.file)
		if f.Verdict != CodeCapable || f.Format != test.format {
			t.Errorf("%s: %s %q, complete %v: %s", test.name, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
	f := inspect(t, "m.h5", hdf5Behind(4096))
	if f.Verdict != CodeCapable || f.Complete {
		t.Errorf("HDF5 behind 4096 bytes: %q, complete %v: %s", f.Verdict, f.Complete, f.Reason)
	}
}

// The danger of these is not in sight, but that something is open must be told.
func TestHiddenRoles(t *testing.T) {
	weights := string(binary.LittleEndian.AppendUint64(nil, 2)) + "{}"
	unicodeName := zipFile("", true, entry{name: "w.safetensors", data: []byte(weights)}, entry{name: "confix.json", data: []byte(kerasLambda), pad: 20})
	field := append([]byte{0x75, 0x70, 16, 0, 1, 0, 0, 0, 0}, "config.json"...)
	at := bytes.LastIndex(unicodeName, []byte("confix.json")) + len("confix.json")
	unicodeName = append(unicodeName[:at:at], append(field, unicodeName[at:]...)...)
	entryAt := at - len("confix.json") - zipEntrySize
	binary.LittleEndian.PutUint16(unicodeName[entryAt+30:], binary.LittleEndian.Uint16(unicodeName[entryAt+30:])+uint16(len(field)))
	end := bytes.LastIndex(unicodeName, []byte(zipEndMagic))
	binary.LittleEndian.PutUint32(unicodeName[end+12:], binary.LittleEndian.Uint32(unicodeName[end+12:])+uint32(len(field)))
	for name, b := range map[string][]byte{
		"a configuration that is a symbolic link": linkedTar(t, tar.TypeSymlink),
		"a configuration that is a hard link":     linkedTar(t, tar.TypeLink),
		"a key on two lines":                      tarFile(t, "model_config.yaml", "a:\n  ? \"_tar\\\n    get_\"\n  : os.system\n", "w.safetensors", weights),
		"a second name in the extra field":        unicodeName,
	} {
		if f := inspect(t, "model.nemo", b); f.Complete {
			t.Errorf("%s: %s %q: %s", name, f.Format, f.Verdict, f.Reason)
		}
	}
}

// The formulas that PyTorch writes are plain.
func TestExportFormulas(t *testing.T) {
	for _, formula := range []string{"s0", "2*s0 + 1", "Mod(s0, 8)", "Max(1, s0*(s1 - 1))", "FloorDiv(s77 + 7, 8)", "4*(s0//2)", "ceiling(s0/2)", "u0 >= 1.5", "(s0)*(s1)"} {
		if f := inspect(t, "m.pt2", exportFile(formula)); f.Verdict == CodeCapable || f.Format != TorchExport {
			t.Errorf("%s: %q: %s", formula, f.Verdict, f.Reason)
		}
	}
}

// Archives that only look like it stay what they are.
func TestNoRoles(t *testing.T) {
	weights := []byte(string(binary.LittleEndian.AppendUint64(nil, 2)) + "{}")
	for name, b := range map[string][]byte{
		"a release in a ZIP archive": zipFile("", true, entry{name: "config.json", data: []byte(`{"model_type":"llama","module":"os","class_name":null}`)}, entry{name: "model.safetensors", data: weights}),
		"TensorFlow.js":              zipFile("", true, entry{name: "model.json", data: []byte(`{"modelTopology":{}}`)}, entry{name: "model.safetensors", data: weights}),
	} {
		if f := inspect(t, "model.zip", b); f.Verdict != Inert || !f.Complete || f.Format != Zip {
			t.Errorf("%s: %s %q, complete %v: %s", name, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
}
