package weights

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

// zipBody writes members and their directory, as if they began at that offset.
func zipBody(at int, entries ...entry) (body, dir []byte) {
	whole := zipFile(strings.Repeat("x", at), true, entries...)
	end := whole[len(whole)-zipEndSize:]
	n := int(binary.LittleEndian.Uint32(end[12:]))
	return whole[at : len(whole)-zipEndSize-n], whole[len(whole)-zipEndSize-n : len(whole)-zipEndSize]
}

// zipTail is the end record of an archive.
func zipTail(members, size, offset, comment int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16([]byte(zipEndMagic+"\x00\x00\x00\x00"), uint16(members))
	b = le.AppendUint16(b, uint16(members))
	b = le.AppendUint32(b, uint32(size))
	b = le.AppendUint32(b, uint32(offset))
	return le.AppendUint16(b, uint16(comment))
}

// zip64Tail is the end record of a large archive.
func zip64Tail(members, size, offset int) []byte {
	le := binary.LittleEndian
	b := le.AppendUint64([]byte(zipEnd64Magic), zipEnd64Size-12)
	b = append(b, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = le.AppendUint64(b, uint64(members))
	b = le.AppendUint64(b, uint64(members))
	b = le.AppendUint64(b, uint64(size))
	return le.AppendUint64(b, uint64(offset))
}

// zip64Find says where it stands.
func zip64Find(at int) []byte {
	b := binary.LittleEndian.AppendUint64([]byte(zipFind64Magic+"\x00\x00\x00\x00"), uint64(at))
	return append(b, 1, 0, 0, 0)
}

func evilEntries() []entry { return torchWithEntries(payload()) }

// zipInComment is an archive in whose comment another lies, whose own comment
// is said to be longer than it is.
func zipInComment() []byte {
	good := torchFile()
	body, dir := zipBody(len(good), evilEntries()...)
	inner := append(append(body, dir...), zipTail(5, len(dir), len(good)+len(body), 9)...)
	binary.LittleEndian.PutUint16(good[len(good)-2:], uint16(len(inner)))
	return append(good, inner...)
}

// zipTwoPlaces has one end record that is right of two directories: of the one
// that stands before it, and of the one at the offset that it tells.
func zipTwoPlaces() []byte {
	prefix := strings.Repeat("#", 100)
	evil, dir1 := zipBody(len(prefix), evilEntries()...)
	at := len(prefix) + len(evil)
	good, dir2 := zipBody(at, torchEntries()...)
	// Offsets of the second are told less what stands before it.
	shift := len(good) + len(dir1)
	le := binary.LittleEndian
	for i := 0; i < len(dir2); {
		le.PutUint32(dir2[i+42:], le.Uint32(dir2[i+42:])+uint32(len(dir1)-shift))
		i += zipEntrySize + int(le.Uint16(dir2[i+28:]))
	}
	b := append(append([]byte(prefix), evil...), dir1...)
	b = append(append(b, good...), dir2...)
	return append(b, zipTail(5, len(dir2), at, 0)...)
}

// zip64Two is a large archive with two end records: where its pointer says, and
// in front of the pointer.
func zip64Two() []byte {
	good, dir := zipBody(0, torchEntries()...)
	b := append(good, dir...)
	at := len(b)
	b = append(b, zip64Tail(5, len(dir), len(good))...)
	evil, dir := zipBody(len(b), evilEntries()...)
	dirAt := len(b) + len(evil)
	b = append(append(b, evil...), dir...)
	b = append(b, zip64Tail(5, len(dir), dirAt)...)
	b = append(b, zip64Find(at)...)
	return append(b, zipTail(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)...)
}

// zip64Small says other things for those that read the large record than for
// those that have no need to.
func zip64Small() []byte {
	evil, dirEvil := zipBody(0, evilEntries()...)
	b := append(evil, dirEvil...)
	good, dir := zipBody(len(b), torchEntries()...)
	goodAt := len(b) + len(good)
	b = append(append(b, good...), dir...)
	b = append(b, zip64Tail(5, len(dir), goodAt)...)
	b = append(b, zip64Find(goodAt+len(dir))...)
	return append(b, zipTail(5, len(dirEvil), len(evil), 0)...)
}

// lambda is a configuration that Keras runs.
const lambda = `{"class_name":"Sequential","config":{"layers":[{"class_name":"Lambda","config":{"function":["4w==",null,null]}}]}}`

// opLambda is a layer of Keras that calls a function of TensorFlow's.
func opLambda(function string) string {
	return `{"class_name":"Functional","config":{"layers":[{"class_name":"TFOpLambda","config":{"name":"x","function":"` + function + `"}}]}}`
}

func evilNode(tail *msg) []byte {
	node := new(msg).str(1, "x").str(2, "y").str(4, "Evil").str(7, "evil.domain")
	node.b = append(node.b, tail.b...)
	graph := new(msg).sub(1, node).str(2, "g").sub(5, onnxTensorMsg())
	return new(msg).num(1, 8).str(2, "test").sub(8, new(msg).str(1, "").num(2, 13)).sub(7, graph).b
}

// manyPlaces is a tensor whose place is told once, then much else, then again.
func manyPlaces() *msg {
	m := new(msg).num(1, 2).num(2, 1).str(8, "w").sub(13, new(msg).str(1, "location").str(2, "w.bin"))
	for i := range MaxProblems {
		m.sub(13, new(msg).str(1, fmt.Sprint("k", i)).str(2, "x"))
	}
	return m.sub(13, new(msg).str(1, "location").str(2, "../../../etc/passwd")).num(14, 1)
}

// evilFunction has its Python operator in the default of an attribute.
func evilFunction() []byte {
	inner := new(msg).sub(1, new(msg).str(1, "x").str(2, "y").str(4, "PyOp")).str(2, "then")
	function := new(msg).str(1, "F").str(10, "local").sub(7, new(msg).str(4, "If")).sub(11, new(msg).str(1, "then_branch").sub(6, inner))
	graph := new(msg).sub(1, new(msg).str(4, "F").str(7, "local")).str(2, "g").sub(5, onnxTensorMsg())
	return new(msg).num(1, 8).str(2, "test").sub(8, new(msg).str(1, "").num(2, 13)).sub(7, graph).sub(25, function).b
}

// kerasInGraph is a SavedModel as Keras wrote it before TensorFlow 2.5: with
// the layers' configuration among the objects of the graph.
func kerasInGraph(config string) []byte {
	graph := new(msg).sub(1, new(msg).str(1, "n").str(2, "MatMul"))
	user := new(msg).str(1, "_tf_keras_layer").str(3, config)
	objects := new(msg).sub(1, new(msg).sub(4, user))
	return new(msg).num(1, 1).sub(2, new(msg).sub(1, new(msg).str(5, "2.3")).sub(2, graph).sub(7, objects)).b
}

// tarHeader is the header of a member with that type.
func tarHeader(name string, kind byte, size int) []byte {
	h := oldTarHeader(name, size)
	h[156] = kind
	copy(h[257:], "ustar\x0000")
	copy(h[148:156], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// tarOf writes an archive of headers and contents that alternate.
func tarOf(parts ...[]byte) []byte {
	var b []byte
	for _, part := range parts {
		b = append(append(b, part...), make([]byte, -len(part)&511)...)
	}
	return append(b, make([]byte, 1024)...)
}

func paxRecord(key, value string) []byte {
	for n := 0; ; n++ {
		if s := fmt.Sprintf("%d %s=%s\n", n, key, value); len(s) == n {
			return []byte(s)
		}
	}
}

// tarSlash is an archive whose second member is a folder to one reader, and to
// another a file.
func tarSlash() []byte {
	good := string(stFile("{}", 0))
	evil := tarOf(tarHeader("x.pkl", '0', len(payload())), payload())
	evil = evil[:len(evil)-1024]
	decoy := tarHeader("notes", '0', 512+len(evil))
	pax := paxRecord("path", "x/")
	b := tarOf(tarHeader("m.safetensors", '0', len(good)), []byte(good), tarHeader("p", 'x', len(pax)), pax,
		tarHeader("x", 0, len(decoy)), decoy)
	noise := append([]byte("\x00\x01\x02\x03"), make([]byte, 508)...)
	b = append(b[:len(b)-1024], noise...)
	_ = noise
	return append(b, append(evil, make([]byte, 1024)...)...)
}

// safetensorsLong is safetensorsPickle with as many opcodes that do nothing
// before the ones that do.
func safetensorsLong(idle int) []byte {
	const n = 100 // bytes of the string, which starts at offset 5
	module, name := strings.Repeat("a", 40), strings.Repeat("b", 40)
	opcodes := strings.Repeat("N0", idle) + "K\u00CC(" + module + "q1" + "K\u00CC(" + name + "q2" + "h1h2q\u00D3" + ")R."
	header := `{"__metadata__":{"k":"`
	header += strings.Repeat("x", 5+n-8-len(header)) + opcodes + `"}}`
	size := (len(header)/256+1)*256 + opBinBytes
	// The length of the string stands in the second to fifth byte of the size.
	for {
		want := size >> 8
		pad := 5 + want - 8 - len(`{"__metadata__":{"k":"`)
		header = `{"__metadata__":{"k":"` + strings.Repeat("x", pad) + opcodes + `"}}`
		if next := (len(header)/256+1)*256 + opBinBytes; next != size {
			size = next
			continue
		}
		break
	}
	header += strings.Repeat(" ", size-len(header))
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
}

// scalarOf asks numpy for one element of a record with an object in it.
func scalarOf(data func(a *asm)) []byte {
	a := pickled(4).named("numpy._core.multiarray", "scalar")
	a.named("numpy", "dtype").str("V8").op(opNewFalse, opNewTrue, opTuple3, opReduce)
	a.op(opMark).int(3).str("|").op(opNone).str("a").op(opTuple1, opEmptyDict).str("a")
	a.named("numpy", "dtype").str("O8").op(opNewFalse, opNewTrue, opTuple3, opReduce)
	a.int(0).op(opTuple2, opSetItem).int(8).int(1).int(63).op(opTuple, opBuild)
	data(a)
	return a.op(opTuple2, opReduce).stop()
}

// longLine is a pickle without a signature that begins with a long line.
func longLine() []byte {
	return append([]byte("V"+strings.Repeat("a", maxLine+2*blockSize)+"\n"), code...)
}

// disagreements are files that are harmless to the one program that reads them
// this way, and something else to another that people use.
func disagreements(t testing.TB) map[string][]byte {
	good := string(stFile("{}", 0))
	with := func(entries []entry, more ...entry) []byte { return zipFile("", true, append(entries, more...)...) }
	pax := paxRecord("path", "model_config.yaml")
	target := "a:\n  _target_: os.system\n"
	return map[string][]byte{
		"zip: an archive in the comment":             zipInComment(),
		"zip: bytes behind the comment":              append(append(newGGUF(3, 0, 0).b, torchWith(payload())...), 'x'),
		"zip: two directories for one end":           zipTwoPlaces(),
		"zip: two large end records":                 zip64Two(),
		"zip: large and small end records":           zip64Small(),
		"zip: a member in a long gap":                zipGap(),
		"roles: Keras beside PyTorch's index":        with(torchEntries(), entry{name: "config.json", data: []byte(lambda)}, entry{name: "model.weights.h5", data: hdf5File("")}),
		"roles: skops beside Keras":                  with([]entry{{name: "config.json", data: []byte(kerasDense)}, {name: "metadata.json", data: []byte("{}")}, {name: "model.weights.h5", data: hdf5File("")}}, entry{name: "schema.json", data: []byte(`{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}`)}),
		"roles: a handler beside PyTorch's index":    with(torchEntries(), entry{name: "MAR-INF/MANIFEST.json", data: []byte("{}")}, entry{name: "handler.py", data: []byte("import os")}),
		"roles: a formula beside PyTorch's index":    with(torchEntries(), entry{name: "models/m.json", data: []byte(`{"expr_str":"__import__('os')"}`)}),
		"roles: Keras without a class at the top":    with([]entry{{name: "m.safetensors", data: []byte(good)}}, entry{name: "config.json", data: []byte(`{"a":` + lambda + `}`)}),
		"keras: TensorFlow writes a file":            kerasFile(opLambda("io.write_file")),
		"keras: TensorFlow's name for Keras's":       kerasFile(opLambda("keras.utils.get_file")),
		"keras: the function before its class":       kerasFile(`{"class_name":"Functional","config":{"layers":[{"config":{"function":"io.write_file"},"class_name":"TFOpLambda"}]}}`),
		"keras: a vocabulary of the config's choice": kerasFile(`{"class_name":"Sequential","config":{"layers":[{"module":"keras.layers","class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}}]}}`),
		"hdf5: the class behind its config":          hdf5File(`model_config{"config": {"layers": [{"config": {"a": 1}, "class_name": "Lambda"}]}, "class_name": "Sequential"}`),
		"keras: a function of the network's":         kerasFile(`{"class_name":"Functional","config":{"layers":[{"module":"keras.distribution","class_name":"function","config":"initialize"}]}}`),
		"keras: what a module imports":               kerasFile(`{"class_name":"Functional","config":{"layers":[{"module":"keras.src.layers.layer","class_name":"function","config":"x"}]}}`),
		"keras: a method by its name":                kerasFile(`{"class_name":"Functional","config":{"layers":[{"class_name":"ClassMethod","config":{"method_name":"x"}}]}}`),
		"keras: Lambda in the graph's objects":       kerasInGraph(lambda),
		"onnx: a domain that is told twice":          evilNode(new(msg).num(7, 0)),
		"onnx: a place that is told twice":           onnxFile("MatMul", "", manyPlaces()),
		"onnx: a place in memory":                    onnxFile("MatMul", "", externalTensor("*/_ORT_MEM_ADDR_/*")),
		"onnx: Python in an attribute's default":     evilFunction(),
		"onnx: a domain nobody has":                  onnxFile("Evil", "evil.domain", onnxTensorMsg()),
		"tflite: an operator nobody has":             tfliteFile("EvilOp"),
		"tflite: another operation in the options":   tfliteFile("FlexAbs", flexOptions("Abs", "WriteFile")...),
		"tflite: an operation nobody has":            tfliteFile("FlexAbs", flexOptions("Abs", "Evil")...),
		"tflite: no operation in the options":        tfliteFile("FlexAbs", 0),
		"openvino: a layer nobody has":               []byte(strings.Replace(openVINOFile, "</layers>", `<layer id="1" name="e" type="Evil" version="extension"/></layers>`, 1)),
		"openvino: an attribute of another space":    []byte(strings.Replace(openVINOFile, "</layers>", `<layer id="1" name="e" type="Evil" version="extension" x:version="opset1"/></layers>`, 1)),
		"tensorflow: operations as text":             savedModelFile("MlirPassthroughOp", "MatMul"),
		"tensorflow: reads records":                  savedModelFile("RecordInput", "MatMul"),
		"tar: a name for all members":                tarOf(tarHeader("g", 'g', len(pax)), pax, tarHeader("notes", '0', len(target)), []byte(target), tarHeader("m.safetensors", '0', len(good)), []byte(good)),
		"tar: a name by Solaris":                     tarOf(tarHeader("g", 'X', len(pax)), pax, tarHeader("notes", '0', len(target)), []byte(target), tarHeader("m.safetensors", '0', len(good)), []byte(good)),
		"tar: a contiguous file":                     tarOf(tarHeader("x", '7', len(payload())), payload(), tarHeader("m.safetensors", '0', len(good)), []byte(good)),
		"tar: a file of no known type":               tarOf(tarHeader("x", 'Z', len(payload())), payload(), tarHeader("m.safetensors", '0', len(good)), []byte(good)),
		"tar: a folder that is a file":               tarSlash(),
		"tar: a model of Keras among the numbers":    tarHDF5(t),
		"tar: an archive across its members":         tarZip(t),
		"gzip: an archive across its ends":           gzipZip(t),
		"safetensors: idle opcodes":                  safetensorsLong(40_000),
		"numpy: an element at an address":            scalarOf(func(a *asm) { a.op(opShortBinBytes, 8).raw("AAAAAAAA") }),
		"skops: a folder is removed":                 goZip(t, "schema.json", `{"__class__":"DataSource","__module__":"numpy.lib._datasource","__loader__":"ObjectNode"}`),
		"skops: a function for a type":               goZip(t, "schema.json", `{"__class__":"urlretrieve","__module__":"sklearn.datasets._base","__loader__":"TypeNode"}`),
		"skops: numpy's memory of a file":            goZip(t, "schema.json", `{"__class__":"memmap","__module__":"numpy","__loader__":"TypeNode"}`),
		"zip: a pickle behind a long line":           goZip(t, "m.safetensors", good, "data", string(longLine())),
		"zip: packed with lzma":                      goZip(t, "m.safetensors", good, "data", "\x5d\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x2a\x11"+string(payload())),
		"zip: packed by joblib of old":               goZip(t, "m.safetensors", good, "data", "ZF0x1f               \x78\x9c"+string(payload())),
		"zip: bytes that nobody knows":               goZip(t, "m.safetensors", good, "data", "\x13\x37\x00\xff\xfe"+strings.Repeat("\x01\x80", 900)),
		"hdf5: a pickle in an attribute":             hdf5File("kernel\x00attr" + string(pickled(2).global("posix", "system").call("id").stop())),
		"hdf5: a link to another file":               hdf5File("kernel\x01\x18\x40\x00\x01e\x08\x00\x00/x\x00/ab\x00"),
		"hdf5: numbers in another file":              hdf5Far("\x01\x00\x00\x00\x01\x00\x01\x00", "HEAP"),
		"hdf5: numbers put together":                 hdf5Far("\x04\x03", "GCOL"),
		"hdf5: a filter over attributes":             hdf5File("kernel\x00FRHP\x00\x08\x00\x20\x00\x00"),
	}
}

func TestDisagreement(t *testing.T) {
	for name, b := range disagreements(t) {
		for _, as := range []string{"model.bin", "m.nemo"} {
			if as == "m.nemo" && !strings.HasPrefix(name, "tar") {
				continue
			}
			if f := inspect(t, as, b); f.Verdict == Inert || f.Verdict == AllowListed {
				t.Errorf("%s: %s %s, complete %v: %s %+v", name, f.Format, f.Verdict, f.Complete, f.Reason, f.Problems)
			}
		}
	}
}

// Python reads numbers and texts in more ways than it writes them.
func TestPythonsWays(t *testing.T) {
	call := "cos\nsystem\n(S'id'\ntR."
	for _, start := range []string{
		"S'" + strings.Repeat("a", maxTextKept) + "'\n0", "F1_0.5\n0", "Fnan\n0", "I0x1F\n0", "L1_0L\n0", "I1\np+5\n0", "I1\np 5 \n0", "I1\np1_0\n0g10\n0",
		"I1\np99999999999\n0g99999999999\n0", "I1\np0099999999999\n0g9_9999_999999\n0", "I01\n0", "N0", "I1\r\n0",
	} {
		f := inspect(t, "data", []byte(start+call))
		if f.Verdict != CodeCapable || f.Format != Pickle {
			t.Errorf("%.30q: %s %q: %s", start, f.Format, f.Verdict, f.Reason)
		}
	}
	// A slot with a large number counts where slots are counted.
	b := bare().raw("Vos\np99999999999\n0Vsystem\n").op(opMemoize, opPop).raw("g99999999999\n").op(opBinGet, 1, opStackGlobal).raw("(S'id'\ntR.").b
	if f := inspect(t, "m.pkl", b); f.Verdict != CodeCapable || len(f.Globals) != 1 || f.Globals[0].Module != "os" {
		t.Errorf("%q %+v: %s", f.Verdict, f.Globals, f.Reason)
	}
}

// zipGap has a member that the directory does not list, far into a gap.
func zipGap() []byte {
	hidden, _ := zipBody(0, entry{name: "archive/data.pkl", data: payload()})
	good, dir := zipBody(0, torchEntries()...)
	b := append(good, make([]byte, 8<<10)...)
	b = append(b, hidden...)
	at := len(b)
	return append(append(b, dir...), zipTail(5, len(dir), at, 0)...)
}

// What a description vouches for is no pickle, by its bytes or by its name.
func TestDescribedPickle(t *testing.T) {
	model := onnxFile("MatMul", "", externalTensor("w.bin"))
	by := inspect(t, "m.onnx", model)
	f := inspect(t, "w.bin", longLine())
	if f.Describe(by); f.Verdict == Inert {
		t.Errorf("a pickle behind a long line: %s", f.Reason)
	}
	by = inspect(t, "m.onnx", onnxFile("MatMul", "", externalTensor("w.t7")))
	f = inspect(t, "w.t7", bytes.Repeat([]byte{0, 1, 2, 0xFF}, 100))
	if f.Describe(by); f.Verdict == Inert {
		t.Errorf("a file named for a format with code: %s", f.Reason)
	}
}

// tarHDF5 is a tar archive of a valid safetensors file in whose numbers, at a
// place where HDF5's library looks, a model of Keras begins.
func tarHDF5(t testing.TB) []byte {
	evil := hdf5File(`model_config{"class_name": "Sequential", "config": [{"class_name": "Lambda", "config": {}}]}`)
	b := tarFile(t, "m.safetensors", string(stFile(`{"a":{"dtype":"U8","shape":[8192],"data_offsets":[0,8192]}}`, 8192)))
	copy(b[2048:], evil)
	return b
}

// An archive that holds nothing to load has a verdict, or is incomplete; one of
// other files is none of ours.
func TestArchiveWithoutWeights(t *testing.T) {
	for _, test := range []struct {
		name     string
		data     []byte
		verdict  Verdict
		complete bool
	}{
		{"m.keras", zipFile("", true, entry{name: "config.json", data: []byte(kerasDense)}, entry{name: "metadata.json", data: []byte("{}")}), Inert, true},
		{"m.keras", zipFile("", true, entry{name: "notes.txt", data: []byte("nothing")}), "", false},
		{"m.pt2", zipFile("", true, entry{name: "m/archive_format", data: []byte("pt2")}), "", false},
		{"m.nemo", tarFile(t, "model_config.yaml", "a: 1\n"), "", false},
		{"notes.zip", zipFile("", true, entry{name: "notes.txt", data: []byte("nothing")}), "", true},
	} {
		if f := inspect(t, test.name, test.data); f.Verdict != test.verdict || f.Complete != test.complete {
			t.Errorf("%s: %s %q, complete %v: %s", test.name, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
}

// Lines of text that begin like values are text.
func TestValueLines(t *testing.T) {
	for _, line := range []string{"Version 1.0\n", "I1\n", "V\n", "F0.5\n"} {
		text := []byte(strings.Repeat(line, 2000))
		if f := Sniff(text[:headSize], "notes.txt"); f != "" {
			t.Errorf("%q is %s by its start", line, f)
		}
		if f := SniffAt(bytes.NewReader(text), int64(len(text)), text[:headSize], "notes.txt"); f != "" {
			t.Errorf("%q is %s", line, f)
		}
	}
	numbers := []byte("(lp0\n" + strings.Repeat("F0.5\na", 2000) + ".")
	if f := SniffAt(bytes.NewReader(numbers), int64(len(numbers)), numbers[:headSize], "x"); f != Pickle {
		t.Errorf("a list of numbers is %q", f)
	}
}

// flexOptions are the options of an operator of TensorFlow Lite that stands for
// an operation of TensorFlow, under a name.
func flexOptions(name, op string) []byte {
	node := string(new(msg).str(1, "n").str(2, op).b)
	b := append([]byte{byte(len(name))}, name...)
	first := len(b) - len(name)
	b = append(append(b, 0, byte(len(node))), node...)
	second := len(b) - len(node)
	b = append(b, 0, 2)
	at := len(b)
	b = append(b, byte(at-first), byte(at+1-second), flexString<<2, flexString<<2)
	return append(b, byte(len(b)-at), flexVector<<2, 1)
}

// An operation of TensorFlow's that computes is what its options say as well.
func TestFlexOperation(t *testing.T) {
	if op, ok := flexOperation(flexOptions("Abs", "Abs")); op != "Abs" || !ok {
		t.Fatalf("%q %v", op, ok)
	}
	if f := inspect(t, "m.tflite", tfliteFile("FlexAbs", flexOptions("Abs", "Abs")...)); f.Verdict != Inert || !f.Complete {
		t.Errorf("%s, complete %v: %s", f.Verdict, f.Complete, f.Reason)
	}
	// As the library that writes them does.
	for _, text := range []string{"\x03Abs\x00\x08\n\x01n\x12\x03Abs\x00\x02\x0f\x0b\x14\x14\x04\x28\x01", "\x03Abs\x00k\nd" + strings.Repeat("n", 100) + "\x12\x03Abs\x00\x02rn\x14\x14\x04\x28\x01"} {
		if op, ok := flexOperation([]byte(text)); op != "Abs" || !ok {
			t.Errorf("%q: %q %v", text, op, ok)
		}
	}
	whole := flexOptions("Abs", "Abs")
	for i := range whole {
		for c := range 256 {
			b := bytes.Clone(whole)
			b[i] = byte(c)
			flexOperation(b)
			flexOperation(b[:i])
		}
	}
}

// hdf5Far is a file with a message that refers to a place which begins with magic.
func hdf5Far(message, magic string) []byte {
	b := hdf5File("kernel" + message + strings.Repeat("\x00", 8) + magic)
	binary.LittleEndian.PutUint64(b[96+6+len(message):], uint64(96+6+len(message)+8))
	return b
}

// The same archives tell what is wrong with them where their members are read as
// files of a release, compressed or not.
func TestContainerDisagreement(t *testing.T) {
	pax := paxRecord("path", "config.json")
	comment := paxRecord("comment", "abc")
	for name, test := range map[string]struct {
		file []byte
		bad  bool
	}{
		"a name for all members": {tarOf(tarHeader("g", 'g', len(pax)), pax, tarHeader("a", '0', 1), []byte("x")), true},
		"a name by Solaris":      {tarOf(tarHeader("g", 'X', len(pax)), pax, tarHeader("a", '0', 1), []byte("x")), true},
		"no known type":          {tarOf(tarHeader("a", 'Z', 1), []byte("x")), true},
		"a comment for all":      {tarOf(tarHeader("g", 'g', len(comment)), comment, tarHeader("a", '0', 1), []byte("x"), tarHeader("b", '5', 0), tarHeader("c", 0, 600), make([]byte, 600)), false},
	} {
		for how, b := range map[string][]byte{"": test.file, "compressed": gzipped(t, test.file)} {
			c, err := OpenContainer("a", bytes.NewReader(b), int64(len(b)))
			if err != nil || c == nil || (len(c.Problems) > 0) != test.bad {
				t.Errorf("%s %s: %v %+v", name, how, err, c)
			}
		}
	}
}

// objectDtype writes the dtype of Python's objects.
func (a *asm) objectDtype() *asm {
	a.global("numpy", "dtype").str("O8").op(opNewFalse, opNewTrue, opTuple3, opReduce)
	return a.op(opMark).int(3).str("|").op(opNone, opNone, opNone).int(-1).int(-1).int(63).op(opTuple, opBuild)
}

// A pickle may hold an array of objects and one of records. It may not hide the
// one in the other.
func TestRecordsBesideObjects(t *testing.T) {
	number := func(a *asm) { a.dtype("f8", -1) }
	bare := func(a *asm) {
		a.global("numpy", "dtype").str("V8").op(opNewFalse, opNewTrue, opTuple3, opReduce, opBinPut, 9)
	}
	for name, test := range map[string]struct {
		file []byte
		good bool
	}{
		"objects first":           {pickled(2).objectDtype().op(opPop).record(number).stop(), true},
		"records first":           {pickled(2).record(number).op(opPop).objectDtype().stop(), true},
		"objects inside":          {pickled(2).record(func(a *asm) { a.objectDtype() }).stop(), false},
		"objects set in it later": {pickled(2).record(number).op(opPop, opBinGet, 5).str("a").objectDtype().int(0).op(opTuple2, opSetItem).stop(), false},
		"a record in it that is built later": {pickled(2).record(number).op(opPop).record(bare).op(opPop, opBinGet, 9, opMark).
			int(3).str("|").op(opNone).str("a").op(opTuple1, opEmptyDict).str("a").objectDtype().int(0).op(opTuple2, opSetItem).int(8).int(1).int(63).op(opTuple, opBuild).stop(), false},
		"many elements that are objects": {pickled(2).global("numpy", "dtype").str("V8").op(opNewFalse, opNewTrue, opTuple3, opReduce, opMark).int(3).str("|").
			objectDtype().int(1).op(opTuple1, opTuple2, opNone, opNone).int(8).int(1).int(0).op(opTuple, opBuild).stop(), false},
	} {
		f := inspect(t, "m.pkl", test.file)
		if good := f.Verdict == AllowListed && f.Complete; good != test.good {
			t.Errorf("%s: %q, complete %v: %s %+v", name, f.Verdict, f.Complete, f.Reason, f.Problems)
		}
	}
}

// tarZip is a tar archive of a valid safetensors file and a text, and a ZIP
// archive whose members lie in the one and whose end in the other.
func tarZip(t testing.TB) []byte {
	const n = 4096
	evil, dir := zipBody(512+512, evilEntries()...)
	good := stFile(fmt.Sprintf(`{"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, n, n), n)
	copy(good[512:], append(evil, dir...))
	tail := zipTail(5, len(dir), 512+512+len(evil), 0)
	b := tarFile(t, "m.safetensors", string(good), "n.safetensors", numbers(tail))
	at := bytes.LastIndex(b, tail)
	binary.LittleEndian.PutUint16(b[at+20:], uint16(len(b)-at-zipEndSize))
	return b
}

// gzipZip is a compressed tar archive of a valid safetensors file, with a ZIP
// archive in the stream's own comment and its end in what is not compressed.
func gzipZip(t testing.TB) []byte {
	var out bytes.Buffer
	evil, dir := zipBody(12, evilEntries()...)
	w, err := gzip.NewWriterLevel(&out, gzip.NoCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Extra = append(evil, dir...)
	tail := zipTail(5, len(dir), 12+len(evil), 0)
	b := finish(t, w, tarFile(t, "m.safetensors", string(stFile("{}", 0)), "n.safetensors", numbers(tail)), &out)
	at := bytes.LastIndex(b, tail)
	binary.LittleEndian.PutUint16(b[at+20:], uint16(len(b)-at-zipEndSize))
	crc := crc32.NewIEEE()
	body := b[12+len(evil)+len(dir)+5 : len(b)-8] // behind the header of the one stored block
	crc.Write(body[:len(body)-5])                 // before the empty one that ends it
	binary.LittleEndian.PutUint32(b[len(b)-8:], crc.Sum32())
	return b
}

// numbers is a valid safetensors file of those bytes.
func numbers(b []byte) string {
	f := stFile(fmt.Sprintf(`{"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, len(b), len(b)), len(b))
	return string(f[:len(f)-len(b)]) + string(b)
}

// frame begins a frame of n bytes.
func (a *asm) frame(n int) *asm {
	a.op(opFrame)
	a.b = binary.LittleEndian.AppendUint64(a.b, uint64(n))
	return a
}

// split is a pickle whose frame ends inside a string. CPython's unpickler reads
// the string from behind the frame, one byte further than stands here: to it the
// opcode and length of the bytes that follow are the string's last byte and POP,
// and the bytes are opcodes.
func split(before int) []byte {
	a := pickled(4)
	idle := ""
	if before > 0 {
		idle = long(before) + strings.Repeat("a", before) + "0"
	}
	a.frame(len(idle)+3).raw(idle).op(opShortBinUnicode, 2).raw("ab")
	hidden := "cos\nsystem\n(S'id'\ntR."
	return a.op(opShortBinBytes, opPop).raw(hidden+strings.Repeat(" ", opPop-len(hidden))).op(opPop, opPop, opNone).stop()
}

// What a frame says of its length decides where CPython goes on.
func TestFrames(t *testing.T) {
	u1 := func(a *asm) {
		a.str("dtype").dtype("u1", -1).shape(4)
	}
	object := "\x80\x02N."
	for name, test := range map[string]struct {
		file []byte
		good bool
	}{
		"a frame as it should be":        {pickled(4).frame(2).op(opNone).stop(), true},
		"two frames":                     {pickled(4).frame(3).op(opNone, opPop, opNone).frame(1).stop(), true},
		"no frame around a string":       {pickled(4).frame(1).op(opNone).raw("0" + long(3) + "abc").frame(1).stop(), true},
		"a frame that ends in a string":  {split(0), false},
		"a long one":                     {split(200_000), false},
		"in PyTorch's index":             {torchWith(split(0)), false},
		"a frame that ends in a line":    {pickled(4).frame(4).raw("S'abc'\n").stop(), false},
		"a frame in another":             {pickled(4).frame(12).op(opNone).frame(2).op(opPop, opNone).stop(), false},
		"a frame beyond the STOP":        {append(pickled(4).frame(2+len(object)).op(opNone).stop(), object+object...), false},
		"a frame beyond PyTorch's magic": {append([]byte("\x80\x04\x95\x20\x00\x00\x00\x00\x00\x00\x00"+torchMagic+"."), legacy(torchPickle())[15:]...), false},
		"an array inside a frame": {joblibArray(4, 400, func(a *asm) {
			b := *a
			u1(&b)
			a.frame(len(b.b) - len(a.b) + 2 + 400)
			u1(a)
			a.op(opSetItems)
		}, nil), false},
	} {
		f := inspect(t, "m.pkl", test.file)
		if good := f.Verdict == AllowListed && f.Complete; good != test.good || f.Verdict == AllowListed && !test.good {
			t.Errorf("%s: %s %q, complete %v: %s", name, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
}
