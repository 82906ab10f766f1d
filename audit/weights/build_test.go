package weights

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"
)

// asm writes a pickle opcode by opcode.
type asm struct{ b []byte }

// pickled starts a pickle of that protocol.
func pickled(version byte) *asm { return &asm{[]byte{opProto, version}} }

// bare starts a pickle of protocol 0 or 1.
func bare() *asm { return &asm{} }

func (a *asm) op(ops ...byte) *asm { a.b = append(a.b, ops...); return a }

func (a *asm) raw(s string) *asm { a.b = append(a.b, s...); return a }

// str pushes a string as protocol 4 writes it.
func (a *asm) str(s string) *asm { return a.op(opShortBinUnicode, byte(len(s))).raw(s) }

func (a *asm) int(n int) *asm {
	a.op(opBinInt)
	a.b = binary.LittleEndian.AppendUint32(a.b, uint32(n))
	return a
}

// global pushes a global through GLOBAL.
func (a *asm) global(module, name string) *asm {
	return a.op(opGlobal).raw(module + "\n" + name + "\n")
}

// named pushes a global through STACK_GLOBAL.
func (a *asm) named(module, name string) *asm {
	return a.str(module).str(name).op(opStackGlobal)
}

// call calls what is on the stack with one string.
func (a *asm) call(arg string) *asm { return a.str(arg).op(opTuple1, opReduce) }

func (a *asm) stop() []byte { return append(a.b, opStop) }

// payload is the smallest pickle that runs something.
func payload() []byte { return pickled(4).named("os", "system").call("id").stop() }

// tensor pushes a float tensor of two rows over storage key, which has that
// many elements.
func (a *asm) tensor(key string, elements, rows, columns int) *asm {
	a.global("torch._utils", "_rebuild_tensor_v2").op(opMark)
	a.op(opMark).str("storage").global("torch", "FloatStorage").str(key).str("cpu").int(elements).op(opTuple, opBinPersID)
	a.int(0).int(rows).int(columns).op(opTuple2).int(columns).int(1).op(opTuple2, opNewFalse)
	return a.global("collections", "OrderedDict").op(opEmptyTuple, opReduce, opTuple, opReduce)
}

// torchPickle is the index of a checkpoint with one tensor of four by two.
func torchPickle() []byte {
	return pickled(2).op(opEmptyDict, opMark).str("weight").tensor("0", 8, 4, 2).op(opSetItems).stop()
}

// legacy is a checkpoint as PyTorch before 1.6 wrote it.
func legacy(object []byte) []byte {
	b := []byte("\x80\x02" + torchMagic + ".")
	b = append(b, pickled(2).op(opBinInt2, 0xE9, 0x03).stop()...)
	b = append(b, pickled(2).op(opEmptyDict).stop()...)
	b = append(b, object...)
	b = append(b, pickled(2).op(opEmptyList).str("0").op(opAppend).stop()...)
	b = binary.LittleEndian.AppendUint64(b, 8)
	return append(b, make([]byte, 32)...)
}

// entry is a member of a ZIP archive, and what is wrong with it.
type entry struct {
	name    string
	data    []byte
	local   string // the name in its own header, if it is another
	flags   uint16
	deflate bool
	badCRC  bool
	method  uint16 // in its own header, if not 0
	pad     int    // bytes of extra field
}

// zipFile writes an archive as told, behind a prefix that the offsets count or
// do not.
func zipFile(prefix string, counted bool, entries ...entry) []byte {
	b := []byte(prefix)
	base := len(prefix)
	if counted {
		base = 0
	}
	var dir []byte
	le := binary.LittleEndian
	for _, e := range entries {
		stored, method := e.data, uint16(0)
		if e.deflate {
			var c bytes.Buffer
			w, _ := flate.NewWriter(&c, flate.BestCompression)
			_, _ = w.Write(e.data)
			_ = w.Close()
			stored, method = c.Bytes(), 8
		}
		sum := crc32.ChecksumIEEE(e.data)
		if e.badCRC {
			sum++
		}
		local, localMethod := e.name, method
		if e.local != "" {
			local = e.local
		}
		if e.method != 0 {
			localMethod = e.method
		}
		offset := len(b) - base
		head := func(magic string, method uint16) []byte {
			h := []byte(magic)
			if magic == zipEntryMagic {
				h = le.AppendUint16(h, 20)
			}
			h = le.AppendUint16(h, 20)
			h = le.AppendUint16(h, e.flags)
			h = le.AppendUint16(h, method)
			h = le.AppendUint32(h, 0)
			h = le.AppendUint32(h, sum)
			h = le.AppendUint32(h, uint32(len(stored)))
			return le.AppendUint32(h, uint32(len(e.data)))
		}
		b = append(b, head(zipLocalMagic, localMethod)...)
		b = le.AppendUint16(b, uint16(len(local)))
		b = le.AppendUint16(b, uint16(e.pad))
		b = append(append(append(b, local...), make([]byte, e.pad)...), stored...)
		dir = append(dir, head(zipEntryMagic, method)...)
		dir = le.AppendUint16(dir, uint16(len(e.name)))
		dir = append(dir, make([]byte, 12)...)
		dir = le.AppendUint32(dir, uint32(offset))
		dir = append(dir, e.name...)
	}
	at := len(b) - base
	b = append(append(b, dir...), zipEndMagic+"\x00\x00\x00\x00"...)
	b = le.AppendUint16(b, uint16(len(entries)))
	b = le.AppendUint16(b, uint16(len(entries)))
	b = le.AppendUint32(b, uint32(len(dir)))
	b = le.AppendUint32(b, uint32(at))
	return le.AppendUint16(b, 0)
}

// torchEntries are the members of a checkpoint with one tensor.
func torchEntries() []entry {
	return []entry{
		{name: "archive/data.pkl", data: torchPickle(), pad: 7},
		{name: "archive/byteorder", data: []byte("little")},
		{name: "archive/data/0", data: make([]byte, 32), pad: 40},
		{name: "archive/version", data: []byte("3\n")},
		{name: "archive/.data/serialization_id", data: []byte("0123456789")},
	}
}

func torchFile(more ...entry) []byte { return zipFile("", true, append(torchEntries(), more...)...) }

func gzipped(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	return finish(t, w, b, &out)
}

func zlibbed(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	return finish(t, w, b, &out)
}

func finish(t testing.TB, w io.WriteCloser, b []byte, out *bytes.Buffer) []byte {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tarFile writes an archive of the files, whose names and contents alternate.
func tarFile(t testing.TB, files ...string) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i+1 < len(files); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// goZip writes an archive as Go's own library does, with data descriptors.
func goZip(t testing.TB, files ...string) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i+1 < len(files); i += 2 {
		m, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Write([]byte(files[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// npyFile is an array in numpy's format, version 1.
func npyFile(descr, shape string, data []byte) []byte {
	header := "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }"
	for (len(header)+11)%64 != 0 {
		header += " "
	}
	header += "\n"
	b := binary.LittleEndian.AppendUint16([]byte("\x93NUMPY\x01\x00"), uint16(len(header)))
	return append(append(b, header...), data...)
}

// msg writes a message of protocol buffers field by field.
type msg struct{ b []byte }

func (m *msg) num(field int, v uint64) *msg {
	m.b = binary.AppendUvarint(m.b, uint64(field)<<3)
	m.b = binary.AppendUvarint(m.b, v)
	return m
}

func (m *msg) str(field int, s string) *msg {
	m.b = binary.AppendUvarint(m.b, uint64(field)<<3|wireBytes)
	m.b = binary.AppendUvarint(m.b, uint64(len(s)))
	m.b = append(m.b, s...)
	return m
}

func (m *msg) sub(field int, inner *msg) *msg { return m.str(field, string(inner.b)) }

// onnxTensorMsg is a tensor of two floats.
func onnxTensorMsg() *msg {
	return new(msg).num(1, 2).num(2, 1).str(8, "w").str(9, string(make([]byte, 8)))
}

// onnxFile is a model with one operator and the given tensor.
func onnxFile(op, domain string, tensor *msg) []byte {
	node := new(msg).str(1, "x").str(2, "y").str(4, op).str(7, domain)
	graph := new(msg).sub(1, node).str(2, "g").sub(5, tensor)
	return new(msg).num(1, 8).str(2, "test").sub(8, new(msg).str(1, "").num(2, 13)).sub(7, graph).b
}

// savedModelFile is a SavedModel whose graph and whose function have one
// operation each.
func savedModelFile(op, inFunction string) []byte {
	function := new(msg).sub(1, new(msg).str(1, "f")).sub(3, new(msg).str(1, "m").str(2, inFunction))
	graph := new(msg).sub(1, new(msg).str(1, "n").str(2, op)).sub(1, new(msg).str(1, "c").str(2, "f")).sub(2, new(msg).sub(1, function))
	return new(msg).num(1, 1).sub(2, new(msg).sub(1, new(msg).str(5, "2.15")).sub(2, graph)).b
}

// coreMLFile is a Core ML model: a neural network of one layer.
func coreMLFile(layer int) []byte {
	network := new(msg).sub(1, new(msg).str(1, "l").sub(layer, new(msg).num(1, 1)))
	return new(msg).num(1, 4).sub(2, new(msg).sub(1, new(msg).str(1, "x"))).sub(500, network).b
}

// flaxFile is a checkpoint of Flax's with one array of two floats.
func flaxFile() []byte {
	array := "\x93\x91\x02\xa7float32\xc4\x08" + string(make([]byte, 8))
	return []byte("\x81\xa6params\x81\xa1w\xc7" + string(rune(len(array))) + "\x01" + array)
}

// ctranslate2File is a model of CTranslate2's with one variable.
func ctranslate2File() []byte {
	b := []byte("\x06\x00\x00\x00\x10\x00TransformerSpec\x00\x07\x00\x00\x00\x01\x00\x00\x00")
	b = append(b, "\x02\x00w\x00\x01\x02\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	return append(b, "\x01\x00\x00\x00\x02\x00v\x00\x02\x00w\x00"...)
}

const openVINOFile = `<?xml version="1.0"?>
<net name="m" version="11"><layers><layer id="0" name="w" type="Const" version="opset1">
<data element_type="f32" shape="2, 3" offset="0" size="24"/></layer></layers></net>`

// tfliteFile is a model of one graph with one tensor of two floats and, where
// options are given, one operator with them. It is put together as FlatBuffers
// are: tables that point forward.
func tfliteFile(custom string, options ...byte) []byte {
	var b []byte
	u32 := func(v int) { b = binary.LittleEndian.AppendUint32(b, uint32(v)) }
	set := func(at, to int) { binary.LittleEndian.PutUint32(b[at:], uint32(to-at)) }
	table := func(fields int) int { // its fields are offsets of four bytes
		v := len(b)
		b = binary.LittleEndian.AppendUint16(b, uint16(4+2*fields))
		b = binary.LittleEndian.AppendUint16(b, uint16(4+4*fields))
		for i := range fields {
			b = binary.LittleEndian.AppendUint16(b, uint16(4+4*i))
		}
		if len(b)%4 != 0 {
			b = append(b, 0, 0)
		}
		at := len(b)
		u32(at - v)
		for range fields {
			u32(0)
		}
		return at
	}
	vector := func(n int) int { at := len(b); u32(n); b = append(b, make([]byte, 4*n)...); return at }
	text := func(s string) int {
		at := len(b)
		u32(len(s))
		b = append(b, s...)
		b = append(b, make([]byte, 4-len(s)%4)...)
		return at
	}
	u32(0)
	b = append(b, "TFL3"...)
	model := table(5)
	set(0, model)
	codes := vector(1)
	set(model+4+4*1, codes)
	code := table(2)
	set(codes+4, code)
	set(code+4+4*1, text(custom))
	graphs := vector(1)
	set(model+4+4*2, graphs)
	graph := table(4)
	set(graphs+4, graph)
	operators := vector(min(len(options), 1))
	set(graph+4+4*3, operators)
	if len(options) > 0 {
		operator := table(6)
		set(operators+4, operator)
		set(operator+4+4*5, text(string(options)))
	}
	tensors := vector(1)
	set(graph+4, tensors)
	tensor := table(4)
	set(tensors+4, tensor)
	shape := vector(1)
	set(tensor+4, shape)
	binary.LittleEndian.PutUint32(b[shape+4:], 2)
	binary.LittleEndian.PutUint32(b[tensor+4+4*2:], 1) // buffer 1
	set(tensor+4+4*3, text("w"))
	buffers := vector(2)
	set(model+4+4*4, buffers)
	set(buffers+4, table(1))
	buffer := table(1)
	set(buffers+8, buffer)
	data := len(b)
	set(buffer+4, data)
	u32(8)
	return append(b, make([]byte, 8)...)
}

// tableFile is the index of a TensorFlow checkpoint with one variable of two
// floats in the second of two files.
func tableFile() []byte {
	block := func(entries ...string) []byte {
		var b []byte
		for i := 0; i+1 < len(entries); i += 2 {
			b = append(b, 0, byte(len(entries[i])), byte(len(entries[i+1])))
			b = append(append(b, entries[i]...), entries[i+1]...)
		}
		return append(b, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0) // one restart, no compression, checksum
	}
	handle := func(at, n int) string {
		return string(binary.AppendUvarint(binary.AppendUvarint(nil, uint64(at)), uint64(n-5)))
	}
	entry := new(msg).num(1, 1).sub(2, new(msg).sub(2, new(msg).num(1, 2))).num(3, 1).num(4, 4).num(5, 8)
	b := block("", string(new(msg).num(1, 2).b), "w", string(entry.b))
	data := handle(0, len(b))
	notes := block()
	notesAt := handle(len(b), len(notes))
	b = append(b, notes...)
	index := block("x", data)
	footer := []byte(notesAt + handle(len(b), len(index)))
	b = append(b, index...)
	footer = append(footer, make([]byte, 40-len(footer))...)
	return append(append(b, footer...), tableMagic...)
}

// hdf5File is enough of a file in HDF5's format for a reader of its text.
func hdf5File(text string) []byte {
	b := make([]byte, 96)
	copy(b, "\x89HDF\r\n\x1a\n")
	b[13], b[14] = 8, 8
	b = append(b, text...)
	b = append(b, make([]byte, 16)...)
	binary.LittleEndian.PutUint64(b[40:], uint64(len(b)))
	return b
}

// joblibFile is a pickle of one array of two floats, whose bytes stand inside
// it as joblib writes them, behind some padding.
func joblibFile(data, pad string) []byte {
	a := pickled(4).named("joblib.numpy_pickle", "NumpyArrayWrapper").op(opEmptyTuple, opNewObj, opEmptyDict, opMark)
	a.str("subclass").named("numpy", "ndarray").str("shape").int(len(data) / 4).op(opTuple1)
	a.str("order").str("C").str("dtype").named("numpy", "dtype").str("f4").op(opNewFalse, opNewTrue, opTuple3, opReduce)
	a.op(opMark).int(3).str("<").op(opNone, opNone, opNone).int(-1).int(-1).int(0).op(opTuple, opBuild)
	a.str("allow_mmap").op(opNewTrue).str("numpy_array_alignment_bytes").int(16).op(opSetItems, opBuild)
	return a.op(byte(len(pad))).raw(pad).raw(data).stop()
}

// kerasFile is Keras's archive around a configuration.
func kerasFile(config string) []byte {
	return zipFile("", true, entry{name: "metadata.json", data: []byte(`{"keras_version":"3.5"}`)},
		entry{name: "config.json", data: []byte(config), deflate: true}, entry{name: "model.weights.h5", data: hdf5File("")})
}

const kerasDense = `{"module":"keras","class_name":"Sequential","config":{"layers":[{"module":"keras.layers","class_name":"Dense","config":{"units":8}}]}}`

// sample is one small and harmless file of each format.
type sample struct {
	name    string
	data    []byte
	format  Format
	verdict Verdict
}

func samples(t testing.TB) []sample {
	return []sample{
		{"m.safetensors", stFile(`{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8), Safetensors, Inert},
		{"m.gguf", newGGUF(3, 1, 1).str("general.name", "x").info("a", 0, 0, 2).data(32, 8).b, GGUF, Inert},
		{"m.pkl", pickled(4).op(opEmptyDict, opMark).str("a").int(1).op(opSetItems).stop(), Pickle, AllowListed},
		{"bare.pkl", bare().raw("(dp0\nS'a'\np1\nI1\ns").stop(), Pickle, AllowListed},
		{"m.pt", torchFile(), PyTorch, AllowListed},
		{"old.pt", legacy(torchPickle()), PyTorch, AllowListed},
		{"m.npy", npyFile("'<f4'", "(2,)", make([]byte, 8)), Npy, Inert},
		{"o.npy", npyFile("'|O'", "(1,)", pickled(3).op(opEmptyList).int(1).op(opAppend).stop()), Npy, AllowListed},
		{"m.npz", goZip(t, "a.npy", string(npyFile("'<f4'", "(2,)", make([]byte, 8)))), Npz, Inert},
		{"m.joblib", joblibFile(string(make([]byte, 8)), "\xff\xff\xff"), Joblib, AllowListed},
		{"z.joblib", zlibbed(t, joblibFile(string(make([]byte, 8)), "")), Joblib, AllowListed},
		{"m.onnx", onnxFile("MatMul", "", onnxTensorMsg()), ONNX, Inert},
		{"m.keras", kerasFile(kerasDense), Keras, Inert},
		{"m.h5", hdf5File("model_config" + kerasDense), HDF5, Inert},
		{"w.h5", hdf5File("kernel"), HDF5, Inert},
		{"saved_model.pb", savedModelFile("Placeholder", "MatMul"), SavedModel, Inert},
		{"variables/variables.index", tableFile(), TFCheckpoint, Inert},
		{"m.mlmodel", coreMLFile(140), CoreML, Inert},
		{"m.tflite", tfliteFile(""), TFLite, Inert},
		{"m.msgpack", flaxFile(), Msgpack, Inert},
		{"model.bin", ctranslate2File(), CTranslate2, Inert},
		{"m.xml", []byte(openVINOFile), OpenVINO, Inert},
		{"m.zip", goZip(t, "README.md", "# x", "m.safetensors", string(stFile("{}", 0))), Zip, Inert},
		{"m.tar", tarFile(t, "README.md", "# x", "m.safetensors", string(stFile("{}", 0))), Tar, Inert},
		{"m.tar.gz", gzipped(t, tarFile(t, "m.safetensors", string(stFile("{}", 0)))), Gzip, Inert},
		{"m.nemo", tarFile(t, "model_config.yaml", "target: x\n_target_: nemo.collections.asr.X\n", "w.ckpt", string(torchFile())), NeMo, AllowListed},
		{"m.skops", goZip(t, "schema.json", `{"__class__":"dict","__module__":"builtins","__loader__":"DictNode","content":{}}`), Skops, AllowListed},
	}
}
