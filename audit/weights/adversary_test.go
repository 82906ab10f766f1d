package weights

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// evasion is a file made to run something, in a shape that has got past a
// scanner or a loader before. The names are those under which it was told.
type evasion struct {
	name string
	file []byte
	// incomplete: the danger cannot be seen, only that something was not
	// understood. All others must be called code_capable.
	incomplete bool
}

func evasions(t testing.TB) []evasion {
	evil := payload()
	list := []evasion{
		// Archives that a scanner does not open, or gives up on.
		{"nullifAI: packed with 7z", append([]byte("7z\xBC\xAF\x27\x1C\x00\x04"), evil...), true},
		{"nullifAI: broken behind the payload", torchWith(append(pickled(2).global("os", "system").call("id").b, 0xFF)), false},
		{"packed with xz", append([]byte("\xFD7zXZ\x00\x00\x04"), evil...), true},
		{"CVE-2025-1889: odd extension in the archive", torchFile(entry{name: "archive/config.p", data: evil}), false},
		{"odd extension, deflated", torchFile(entry{name: "archive/notes.txt", data: evil, deflate: true}), false},
		{"payload for an index, deflated", zipFile("", true, entry{name: "a/data.pkl", data: evil, deflate: true}, entry{name: "a/version", data: []byte("3")}), false},
		{"in place of a storage", zipFile("", true, append(torchEntries()[:2], entry{name: "archive/data/0", data: append(evil, make([]byte, 32-len(evil)%32)...)})...), false},
		{"as a storage nobody names", torchFile(entry{name: "archive/data/9", data: evil}), false},
		{"CVE-2025-1944: two names for a member", torchFile(entry{name: "archive/a.txt", local: "archive/b.txt", data: evil}), false},
		{"CVE-2025-1945: flag bits", torchFile(entry{name: "archive/a", flags: 0x61, data: evil}), false},
		{"CVE-2025-10156: wrong checksum", torchFile(entry{name: "archive/a", badCRC: true, data: evil}), false},
		{"another method in the header", torchFile(entry{name: "archive/a", method: 99, data: evil}), false},
		{"the index twice, the second evil", torchFile(entry{name: "archive/data.pkl", data: evil}), false},
		{"path that leaves the archive", torchFile(entry{name: "../../evil.pkl", data: evil}), false},
		{"archive in archive", torchFile(entry{name: "archive/x.bin", data: torchWith(evil), deflate: true}), false},
		{"bytes before the archive", zipFile("some bytes that nobody asked for", false, torchWithEntries(evil)...), false},
		{"counted bytes before the archive", zipFile("\x80\x04N.", true, torchWithEntries(evil)...), false},
		{"pickle before the archive", zipFile(string(evil), false, torchEntries()...), false},
		{"in gzip", gzipped(t, evil), false},
		{"in zlib, as joblib compresses", zlibbed(t, evil), false},
		{"gzip in gzip", gzipped(t, gzipped(t, evil)), false},
		{"in tar", tarFile(t, "weights/model.dat", string(evil)), false},
		{"PyTorch's tar", tarFile(t, "sys_info", string(pickled(2).op(opEmptyDict).stop()), "pickle", string(evil)), false},
		{"in npz, pickled under another name", goZip(t, "a.npy", string(npyFile("'<f4'", "(1,)", make([]byte, 4))), "b", string(evil)), false},

		// Files that are not what they are called.
		{"CVE-2025-10155: a bare pickle", evil, false},
		{"protocol 0 without a magic", bare().raw("cos\nsystem\n(S'id'\ntR.").b, false},
		{"protocol 0 behind numbers", bare().raw("I1\n0cos\nsystem\n(S'id'\ntR.").b, false},
		{"protocol 0, cut before its STOP", bare().raw("cos\nsystem\n(S'id'\ntR").b, false},
		{"safetensors in front of an archive", append(stFile(`{"a":{"dtype":"U8","shape":[`+fmt.Sprint(len(torchWith(evil)))+`],"data_offsets":[0,`+fmt.Sprint(len(torchWith(evil)))+`]}}`, 0), torchWith(evil)...), false},
		{"GGUF in front of an archive", append(newGGUF(3, 0, 0).b, torchWith(evil)...), false},
		{"numpy array in front of an archive", append(npyFile("'|u1'", fmt.Sprintf("(%d,)", len(torchWith(evil))), nil), torchWith(evil)...), false},
		{"safetensors that is also a pickle", safetensorsPickle(), false},

		// PyTorch's own shapes.
		{"pytorch_magic_bypass: the magic number is computed", append(pickled(2).global("builtins", "eval").call("0x1950a86a20f9469cfc6c").stop(), legacy(torchPickle())...), false},
		{"payload as the protocol pickle", append([]byte("\x80\x02"+torchMagic+"."), append(payload(), legacy(torchPickle())[15:]...)...), false},
		{"payload as the object of an old file", legacy(evil), false},
		{"CVE-2025-32434: a storage from bytes", torchWith(pickled(2).global("torch.storage", "_load_from_bytes").op(opBinBytes, 0, 0, 0, 0, opTuple1, opReduce).stop()), false},
		{"CVE-2026-24747: items set in a tensor", torchWith(pickled(2).tensor("0", 8, 4, 2).str("a").int(1).op(opSetItem).stop()), false},
		{"items set in a tensor, many", torchWith(pickled(2).tensor("0", 8, 4, 2).op(opMark).str("a").int(1).op(opSetItems).stop()), false},
		{"rebuild with a function of its own", torchWith(pickled(2).global("torch._tensor", "_rebuild_from_type_v2").op(opMark).global("os", "system").global("torch", "Tensor").str("id").op(opTuple1, opEmptyDict, opTuple, opReduce).stop()), false},
		{"rebuild told to call a listed thing", torchWith(pickled(2).global("torch._tensor", "_rebuild_from_type_v2").op(opMark).global("collections", "OrderedDict").global("torch", "Tensor").op(opEmptyTuple, opEmptyDict, opTuple, opReduce).stop()), false},
		{"storage class that is no class", torchWith(pickled(2).op(opMark).str("storage").global("os", "system").str("0").str("cpu").int(8).op(opTuple, opBinPersID).stop()), false},
		{"persistent id that is no storage", torchWith(pickled(2).str("anything").op(opBinPersID).stop()), true},
		{"TorchScript", zipFile("", true, append(torchEntries(), entry{name: "archive/constants.pkl", data: pickled(2).op(opEmptyTuple).stop()}, entry{name: "archive/code/__torch__.py", data: []byte("def forward(self): pass")})...), false},
		{"torch.export with a library", zipFile("", true, entry{name: "m/archive_format", data: []byte("pt2")}, entry{name: "m/data/aotinductor/model.so", data: []byte("\x7fELF" + strings.Repeat("\x00", 60))}), false},

		// The unpickler's corners.
		{"memo by MEMOIZE, counted wrong", memoConfusion(), false},
		{"memo by PUT far away", pickled(4).str("os").op(opLongBinPut, 0xFF, 0xFF, 0xFF, 0xFE, opPop).str("system").op(opMemoize, opPop, opLongBinGet, 0xFF, 0xFF, 0xFF, 0xFE, opBinGet, 1, opStackGlobal).call("id").stop(), false},
		{"keyerror-exploit: a slot never filled", append(pickled(4).named("os", "system").call("id").b, opBinGet, 99, opStop), false},
		{"type-confusion-exploit: a number for a module", pickled(4).int(1).str("system").op(opStackGlobal).call("id").stop(), false},
		{"bytes for a module", pickled(4).op(opShortBinBytes, 2).raw("os").str("system").op(opStackGlobal).call("id").stop(), false},
		{"module computed by a call", pickled(4).named("_codecs", "encode").str("os").str("latin1").op(opTuple2, opReduce).str("system").op(opStackGlobal).call("id").stop(), false},
		{"EXT1", pickled(2).op(opExt1, 1).call("id").stop(), false},
		{"EXT2", pickled(2).op(opExt2, 1, 0).call("id").stop(), false},
		{"EXT4", pickled(2).op(opExt4, 1, 0, 0, 0).call("id").stop(), false},
		{"INST", bare().op(opMark).raw("S'id'\nios\nsystem\n").stop(), false},
		{"OBJ", pickled(1).op(opMark).global("os", "system").str("id").op(opObj).stop(), false},
		{"NEWOBJ", pickled(2).global("os", "system").str("id").op(opTuple1, opNewObj).stop(), false},
		{"NEWOBJ_EX", pickled(4).named("subprocess", "Popen").str("id").op(opTuple1, opEmptyDict, opNewObjEx).stop(), false},
		{"keyword arguments for a listed class", pickled(4).named("collections", "OrderedDict").op(opEmptyTuple, opEmptyDict, opNewObjEx).stop(), false},
		{"imported and never called", pickled(4).named("evil", "thing").stop(), false},
		{"imported, and the file ends in the name", pickled(2).op(opGlobal).raw("evil\nthing").b, false},
		{"imported and popped", pickled(4).named("evil", "thing").op(opPop).int(1).stop(), false},
		{"behind protocol 5's frame that is too long", append(pickled(5).op(opFrame, 0xFF, 0, 0, 0, 0, 0, 0, 0).b, payload()[2:]...), false},
		{"PROTO twice", pickled(4).op(opProto, 2).named("os", "system").call("id").stop(), false},
		{"PROTO before its payload", append(pickled(4).int(1).op(opPop).b, payload()...), false},
		{"protocol 9 behind the payload", append(pickled(4).named("os", "system").call("id").b, opProto, 9, opStop), false},
		{"second pickle in the file", append(pickled(4).int(1).stop(), evil...), false},
		{"second pickle, behind a thousand", append(bytes.Repeat(pickled(4).int(1).stop(), 1000), evil...), false},
		{"after a million opcodes", append(append(append([]byte{}, "\x80\x04"...), bytes.Repeat([]byte("N0"), 600_000)...), payload()[2:]...), false},
		{"behind a long string", append(append([]byte("\x80\x04X\x00\x00\x20\x00"), make([]byte, 0x200000)...), append([]byte{opPop}, payload()[2:]...)...), false},
		{"marks left open", pickled(4).op(opMark, opMark, opMark).named("os", "system").call("id").stop(), false},
		{"POP of a mark", pickled(4).op(opMark, opPop).named("os", "system").call("id").stop(), false},
		{"POP_MARK", pickled(4).op(opMark).int(1).op(opPopMark).named("os", "system").call("id").stop(), false},
		{"DUP", pickled(4).str("system").op(opDup, opPop).named("os", "system").call("id").stop(), false},
		{"names with escapes", bare().raw("Vo\\u0073\nVsystem\n\x93(S'id'\ntR.").b, false},
		{"names in quotes with escapes", bare().raw("S'\\x6fs'\nS'system'\n\x93(S'id'\ntR.").b, false},
		{"out-of-band buffer as a name", pickled(5).op(opNextBuffer).str("system").op(opStackGlobal).call("id").stop(), false},

		// Ways round a list of names.
		{"CVE-2025-1716: pip.main", pickled(4).named("pip", "main").call("install evil").stop(), false},
		{"CVE-2025-10157: a module inside a module", pickled(4).named("asyncio.unix_events", "_UnixSubprocessTransport._start").call("id").stop(), false},
		{"a path of attributes", pickled(4).named("torch", "utils.collect_env.run").call("id").stop(), false},
		{"a path through a listed thing", pickled(4).named("collections", "OrderedDict.__init__.__globals__").op(opEmptyTuple, opReduce).stop(), false},
		{"dunder of a listed module", pickled(4).named("numpy", "__builtins__").stop(), false},
		{"modelscan 330: state set on a listed name", pickled(4).named("numpy", "dtype").op(opEmptyDict, opMark).str("a").named("numpy", "ndarray").op(opSetItems, opBuild).stop(), false},
		{"sys_module_override: state set on a module's thing", pickled(4).named("collections", "OrderedDict").op(opEmptyDict, opBuild).stop(), false},
		{"slots set on a listed object", pickled(4).named("collections", "OrderedDict").op(opEmptyTuple, opReduce, opNone, opEmptyDict, opTuple2, opBuild).stop(), false},
		{"state for what has none", pickled(4).named("builtins", "set").op(opEmptyList, opTuple1, opReduce, opEmptyDict, opBuild).stop(), false},
		{"a storage class called", pickled(4).named("torch", "FloatStorage").call("evil").stop(), false},
		{"the result of a call called", pickled(4).named("collections", "OrderedDict").op(opEmptyTuple, opReduce, opEmptyTuple, opReduce).stop(), false},
		{"a factory", pickled(4).named("collections", "defaultdict").named("collections", "OrderedDict").op(opTuple1, opReduce).stop(), false},
		{"a factory that opens files", pickled(4).named("collections", "defaultdict").named("builtins", "open").op(opTuple1, opReduce).stop(), false},
		{"a builtin that is only a factory, called", pickled(4).named("builtins", "str").call("x").stop(), false},
		{"a codec", pickled(4).named("_codecs", "encode").str("x").str("zip").op(opTuple2, opReduce).stop(), false},
		{"a codec by its default", pickled(4).named("_codecs", "encode").str("x").op(opTuple1, opReduce).stop(), false},
		{"appended to an object", pickled(4).named("collections", "OrderedDict").op(opEmptyTuple, opReduce).int(1).op(opAppend).stop(), false},
		{"elements added to an object", pickled(4).named("numpy", "dtype").call("f4").op(opMark).int(1).op(opAddItems).stop(), false},
		{"a loader of pickles on bytes", pickled(4).named("pickle", "loads").op(opShortBinBytes, byte(len(evil))).raw(string(evil)).op(opTuple1, opReduce).stop(), false},
		{"marshal and types", pickled(4).named("types", "FunctionType").named("marshal", "loads").call("x").op(opEmptyDict, opTuple2, opReduce).stop(), false},
		{"numbers taken for objects", pickled(4).named("numpy", "dtype").str("f8").op(opNewFalse, opNewTrue, opTuple3, opReduce, opMark).int(3).str("<").op(opNone, opNone, opNone).int(-1).int(-1).int(63).op(opTuple, opBuild).stop(), false},
		{"objects taken for numbers", pickled(4).named("numpy", "dtype").str("O8").op(opNewFalse, opNewTrue, opTuple3, opReduce, opMark).int(3).str("|").op(opNone, opNone, opNone).int(-1).int(-1).int(0).op(opTuple, opBuild).stop(), false},
		{"joblib takes numbers for a pickle", bytes.Replace(joblibFile(string(payload())+" ", ""), []byte("J\xff\xff\xff\xffJ\xff\xff\xff\xffJ\x00"), []byte("J\xff\xff\xff\xffJ\xff\xff\xff\xffJ\x3f"), 1), false},
		{"joblib takes fields for a pickle", bytes.Replace(joblibFile(string(payload()), ""), []byte("\x8c\x02f4"), []byte("\x8c\x02V4"), 1), true},
		{"a view that leaves its storage", torchWith(pickled(2).tensor("0", 8, 4, 3).stop()), true},
		{"reads that follow joblib's array", joblibEvil(), false},
		{"joblib's bytes are opcodes", joblibFile("four", string(payload())+strings.Repeat(" ", opMark-len(payload()))), false},
		{"objects in joblib's array", joblibObjects(evil), false},
		{"objects in an array", npyFile("'|O'", "(1,)", evil), false},
		{"objects in a field of an array", npyFile("[('a', '<f4'), ('b', [('c', '|O')])]", "(1,)", evil), false},
		{"objects in npz", goZip(t, "a.npy", string(npyFile("'O'", "(1,)", evil))), false},

		// Formats whose code is not a pickle.
		{"CVE-2024-3660: a Lambda layer", kerasFile(`{"class_name":"Sequential","config":{"layers":[{"class_name":"Lambda","config":{"function":["4w==",null,null]}}]}}`), false},
		{"Lambda under escaped keys", kerasFile(`{"\u0063lass_name":"\u004cambda"}`), false},
		{"Lambda in a repeated key", kerasFile(`{"class_name":"Lambda","class_name":"Dense"}`), false},
		{"CVE-2025-1550: a module of the config's choice", kerasFile(`{"module":"os","class_name":"system","config":"id"}`), false},
		{"CVE-2025-8747: keras.utils.get_file", kerasFile(`{"module":"keras.utils","class_name":"get_file","config":{}}`), false},
		{"CVE-2025-9906: unsafe deserialization", kerasFile(`{"module":"keras.config","class_name":"enable_unsafe_deserialization","config":{}}`), false},
		{"CVE-2025-49655: a module of PyTorch", kerasFile(`{"module":"keras.layers","class_name":"TorchModuleWrapper","config":{"module":"x"}}`), false},
		{"CVE-2025-9905: Lambda in HDF5", hdf5File(`model_config{"class_name": "Sequential", "config": [{"class_name": "Lambda", "config": {}}]}`), false},
		{"Lambda in HDF5 under escaped keys", hdf5File(`model_config{"\u0063lass_name": "\u004cambda"}`), true},
		{"a Keras configuration that cannot be read", hdf5File(`model_config{"class_name": "Sequential", `), true},
		{"a SavedModel as text", []byte("saved_model_schema_version: 1\nmeta_graphs { graph_def { node { op: \"PyFunc\" } } }\n"), true},
		{"TensorFlow calls Python", savedModelFile("PyFunc", "MatMul"), false},
		{"TensorFlow writes a file, in a function", savedModelFile("MatMul", "WriteFile"), false},
		{"TensorFlow does what nobody knows", savedModelFile("EvilOp", "MatMul"), true},
		{"TensorFlow Lite calls Python", tfliteFile("FlexPyFunc"), false},
		{"ONNX calls Python", onnxFile("PyOp", "ai.onnx.contrib", onnxTensorMsg()), false},
		{"CVE-2022-25882: ONNX reads any file", onnxFile("MatMul", "", externalTensor("../../../etc/passwd")), true},
		{"CVE-2024-27318: ONNX reads any file, nested", onnxFile("MatMul", "", externalTensor("a/../../b")), true},
		{"ONNX reads an absolute path", onnxFile("MatMul", "", externalTensor("/etc/passwd")), true},
		{"ONNX reads a drive", onnxFile("MatMul", "", externalTensor(`C:\secrets`)), true},
		{"CVE-2025-23304: NeMo makes what it is told", tarFile(t, "model_config.yaml", "a:\n  _target_: os.system\n", "w.ckpt", string(torchFile())), false},
		{"CVE-2025-54412: skops makes what it is told", goZip(t, "schema.json", `{"__class__":"system","__module__":"os","__loader__":"FunctionNode"}`), false},
		{"skops: a loader with another's class", goZip(t, "schema.json", `{"__class__":"dict","__module__":"builtins","__loader__":"OperatorFuncNode"}`), false},
		{"a handler", goZip(t, "MAR-INF/MANIFEST.json", "{}", "handler.py", "import os"), false},
		{"an executable", []byte("\x7fELF" + strings.Repeat("\x00", 60)), false},
		{"an executable with a model", zipFile("MZqFpD='\n", true, entry{name: "m.gguf", data: newGGUF(3, 0, 0).b}), false},
	}
	for _, gadget := range gadgets {
		list = append(list, evasion{"gadget " + gadget, pickled(4).named(cutGadget(gadget)).call("id").stop(), false})
	}
	return list
}

// gadgets have been missing from one scanner's list or another's.
var gadgets = strings.Fields(`
	builtins:eval builtins:exec __builtin__:eval builtins:getattr builtins:__import__ builtins:open builtins:breakpoint builtins:map posix:system nt:system
	subprocess:Popen subprocess:check_output pty:spawn commands:getoutput runpy:run_path timeit:timeit cProfile:run profile:run bdb:Bdb pdb:run doctest:debug_script
	code:InteractiveInterpreter.runcode codeop:compile_command trace:Trace.run importlib:import_module imp:load_source pkgutil:resolve_name pydoc:locate
	zipimport:zipimporter site:addsitedir operator:attrgetter operator:methodcaller functools:partial functools:reduce inspect:getattr_static types:CodeType types:FunctionType
	_pickle:loads dill:loads cloudpickle:loads joblib:load torch:load torch.serialization:load marshal:loads shelve:open numpy:load pandas:read_pickle ctypes:CDLL
	_ctypes:call_function mmap:mmap socket:socket ssl:get_server_certificate http.client:HTTPConnection urllib.request:urlopen requests:get asyncio:run smtplib:SMTP
	imaplib:IMAP4_stream webbrowser:open xmlrpc.client:ServerProxy shutil:rmtree tempfile:mktemp _io:FileIO logging:FileHandler fileinput:input zipfile:ZipFile
	tarfile:open sqlite3:connect distutils.file_util:write_file ensurepip:bootstrap venv:create idlelib.pyshell:ModifiedInterpreter.runcode lib2to3.pgen2.pgen:ParserGenerator
	test.support.script_helper:assert_python_ok unittest.mock:_importer uuid:_get_command_stdout _osx_support:_read_output _aix_support:_read_cmd_output
	_pyrepl.pager:pipe_pager platform:popen torch.hub:load torch._dynamo.guards:GuardBuilder.get torch._inductor.codecache:compile_file torch.jit.unsupported_tensor_ops:execWrapper
	torch.utils.bottleneck.__main__:run_cprofile torch.utils._config_module:load_config torch.utils.data.datapipes.utils.decoder:basichandlers
	torch.fx.experimental.symbolic_shapes:ShapeEnv.evaluate_guards_expression torch.distributed.rpc:rpc_sync numpy.testing._private.utils:runstring
	numpy.f2py.crackfortran:getlincoef nturl2path:os.system fickling:load picklescan:main modelscan:main sys:modules gc:get_objects antigravity:geohash
	torch._utils:_rebuild_wrapper_subclass copyreg:_reconstructor copyreg:__newobj__ builtins:object numpy:size numpy.lib.npyio:load
`)

func cutGadget(s string) (module, name string) {
	module, name, _ = strings.Cut(s, ":")
	return module, name
}

// torchWith is a checkpoint with another index.
func torchWith(index []byte) []byte { return zipFile("", true, torchWithEntries(index)...) }

func torchWithEntries(index []byte) []entry {
	entries := torchEntries()
	entries[0].data = index
	return entries
}

// memoConfusion fills slots so that a count and a highest number differ: the
// slot read is the one that MEMOIZE filled by the count.
func memoConfusion() []byte {
	a := pickled(4).str("collections").op(opBinPut, 5, opPop) // one slot is filled: the next is number 1
	a.str("os").op(opMemoize, opPop)
	a.str("system").op(opMemoize, opPop)
	return a.op(opBinGet, 1, opBinGet, 2, opStackGlobal).call("id").stop()
}

// joblibEvil has the names of a payload in the memo, and its opcodes in the
// bytes of an array.
func joblibEvil() []byte {
	a := pickled(4).op(opMark).str("os").op(opBinPut, 50).str("system").op(opBinPut, 51)
	a.raw(string(joblibFile(string([]byte{0, opBinGet, 50, opBinGet, 51, opStackGlobal})+"\x8c\x02id\x85R", "")[2:]))
	b := bytes.Replace(a.b, []byte("\x00\x00h2h3"), []byte("h2h3\x93"), 1)
	if len(b) == len(a.b) {
		panic("the bytes of the array were not found")
	}
	return b
}

// joblibObjects is an array of objects, for which joblib writes a pickle.
func joblibObjects(inner []byte) []byte {
	b := joblibFile("", "")
	b = bytes.Replace(b, []byte("\x8c\x02f4"), []byte("\x8c\x01O"), 1)
	return append(b[:len(b)-2], append(inner, opStop)...)
}

// safetensorsPickle is a valid safetensors file whose length begins with the
// opcode of a string of bytes. To a loader of pickles the string ends inside
// the metadata, whose text goes on as opcodes: the two that are no ASCII are
// the second halves of letters, their first halves the arguments of BININT1
// and BINPUT.
func safetensorsPickle() []byte {
	const n = 100 // bytes of the string, which starts at offset 5
	module, name := strings.Repeat("a", 40), strings.Repeat("b", 40)
	opcodes := "K\u00CC(" + module + "q1" + "K\u00CC(" + name + "q2" + "h1h2q\u00D3" + ")R."
	header := `{"__metadata__":{"k":"`
	header += strings.Repeat("x", 5+n-8-len(header)) + opcodes + `"}}`
	header += strings.Repeat(" ", n*256+opBinBytes-len(header))
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
}

// externalTensor is a tensor whose numbers lie in another file.
func externalTensor(location string) *msg {
	return new(msg).num(1, 2).num(2, 1).str(8, "w").sub(13, new(msg).str(1, "location").str(2, location)).num(14, 1)
}

// None of them may pass for harmless, and where the danger is in sight it must
// be named.
func TestEvasions(t *testing.T) {
	for _, e := range evasions(t) {
		for _, name := range []string{"pytorch_model.bin", "model.safetensors", "x"} {
			f := inspect(t, name, e.file)
			switch {
			case f.Verdict == Inert || f.Verdict == AllowListed:
				t.Errorf("%s (%s): %s: %s", e.name, name, f.Verdict, f.Reason)
			case !e.incomplete && f.Verdict != CodeCapable:
				t.Errorf("%s (%s): %s, verdict %q: %s %+v", e.name, name, f.Format, f.Verdict, f.Reason, f.Problems)
			case e.incomplete && f.Complete:
				t.Errorf("%s (%s): complete, verdict %q: %s", e.name, name, f.Verdict, f.Reason)
			}
		}
	}
}

// A pickle in a string runs nothing by itself: it is a note, whoever wrote it.
func TestNestedPickle(t *testing.T) {
	evil := payload()
	b := pickled(4).op(opShortBinBytes, byte(len(evil))).raw(string(evil)).stop()
	f := inspect(t, "m.pkl", b)
	if f.Verdict != AllowListed || len(f.Problems) != 1 || f.Problems[0].Kind != NestedPickle || !strings.Contains(f.Problems[0].Message, "os.system") {
		t.Errorf("%q %+v", f.Verdict, f.Problems)
	}
	for _, text := range []string{base64.StdEncoding.EncodeToString(evil), "import os; os.system('id')", "__reduce__"} {
		if f := inspect(t, "m.pkl", pickled(4).str(text).stop()); f.Verdict != AllowListed {
			t.Errorf("a text alone: %q %s", f.Verdict, f.Reason)
		}
	}
}

// Text and numbers that only look like opcodes are no pickles.
func TestNoPickle(t *testing.T) {
	for _, b := range []string{
		"cmod\n\xf8\n", "cat\ndog\nfish\n", "# A model\n\nIt is good.\n", "The model is good.", "I am a text\n.", "N. Bohr", "(c) 2024 somebody\n", "]]>",
		"}{", "0.5\n1.5\n", "V1\nV2\n", "a.b", "import os\nos.system('id')\n", "Project\nsettings\n", "Stop.\n", "K", strings.Repeat("\x00", 5000), strings.Repeat("(", 5000),
		strings.Repeat("text of some length\n", 1000), "i\nx\n", "",
	} {
		if f := inspect(t, "model.bin", []byte(b)); f.Format != Unknown || f.Verdict != "" || f.Complete {
			t.Errorf("%.20q: %s %q complete %v: %s", b, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
}

// Words that happen to name a module are no pickle, unless the file is named
// like one: there the import stands first, and runs.
func TestWords(t *testing.T) {
	words := []byte("cos\nsin\ntan\n")
	if f := inspect(t, "functions.txt", words); f.Format != Unknown {
		t.Errorf("functions.txt: %s", f.Format)
	}
	if f := inspect(t, "m.pkl", words); f.Verdict != CodeCapable || f.Complete {
		t.Errorf("m.pkl: %q complete %v", f.Verdict, f.Complete)
	}
}

// Numbers that an archive or a pickle declares and does not have cost nothing.
func TestDeclaredSizes(t *testing.T) {
	huge := "\xff\xff\xff\xff\xff\xff\xff\x7f"
	for name, b := range map[string]string{
		"BINBYTES8":       "\x80\x04\x8e" + huge,
		"BINUNICODE8":     "\x80\x04\x8d" + huge,
		"BYTEARRAY8":      "\x80\x05\x96" + huge,
		"LONG4":           "\x80\x02\x8b\xff\xff\xff\x7f",
		"BINSTRING":       "\x80\x02T\xff\xff\xff\x7f",
		"PUT far":         "\x80\x02Nr\xff\xff\xff\xff.",
		"FRAME":           "\x80\x04\x95" + huge,
		"npy header":      "\x93NUMPY\x02\x00\xff\xff\xff\xff",
		"npy shape":       string(npyFile("'<f8'", "(9223372036854775807, 2)", nil)),
		"npy shape large": string(npyFile("'<f8'", "(1000000000000,)", nil)),
		"safetensors":     "\x00\xe1\xf5\x05\x00\x00\x00\x00{",
		"gguf":            "GGUF\x03\x00\x00\x00" + huge + huge,
		"msgpack map":     "\xdf\xff\xff\xff\xff\xa1a\xdd\xff\xff\xff\xff",
		"msgpack bytes":   "\x81\xa1a\xc6\xff\xff\xff\xff",
		"protobuf":        "\x08\x08\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
		"ctranslate2":     string(ctranslate2File()[:29]) + "\xff\xff\xff\xff",
	} {
		var f *File
		if n := allocated(func() { f = inspect(t, "model.bin", []byte(b)) }); n > 1<<20 {
			t.Errorf("%s: %d bytes allocated", name, n)
		}
		if f.Complete && name != "PUT far" {
			t.Errorf("%s: complete: %s", name, f.Reason)
		}
	}
}

// allocated is how many bytes are allocated while do runs.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What decompresses to more than is held, or piles up more than is followed,
// is incomplete, in memory that a program can spare.
func TestBombs(t *testing.T) {
	zeros := make([]byte, MaxInflated+1)
	deep := torchFile()
	for range maxArchiveDepth + 2 {
		deep = zipFile("", true, entry{name: "x.bin", data: deep})
	}
	// Slots far apart, each in a page of its own if pages were made for them.
	sparse := []byte("\x80\x02N")
	for i := range uint32(20_000) {
		sparse = binary.LittleEndian.AppendUint32(append(sparse, opLongBinPut), i*200_000)
	}
	var members []entry
	for i := range 40 {
		members = append(members, entry{name: fmt.Sprint(i, ".bin"), data: zeros[:maxTail+i], deflate: true})
	}
	for name, test := range map[string]struct {
		file  []byte
		bytes uint64
	}{
		"gzip":            {gzipped(t, zeros), MaxInflated + 1<<20},
		"zlib":            {zlibbed(t, zeros), MaxInflated + 1<<20},
		"member":          {zipFile("", true, entry{name: "0.bin", data: zeros, deflate: true}), 1 << 20},
		"members":         {zipFile("", true, members...), 40 << 20},
		"arrays":          {zipFile("", true, entry{name: "a.npy", data: npyFile("'O'", "(1,)", append(append([]byte("\x80\x04"), bytes.Repeat([]byte("N0"), MaxInflated/2)...), payload()...)), deflate: true}), MaxInflated + 4<<20},
		"archives":        {deep, 4 << 20},
		"members in one":  {overlapped(10_000), 32 << 20},
		"memo":            {append(sparse, opStop), 4 << 20},
		"marks":           {append([]byte("\x80\x02"), bytes.Repeat([]byte{opMark}, maxStack+blockSize+1)...), 128 << 20},
		"stack":           {append([]byte("\x80\x02"), bytes.Repeat([]byte{opNone}, maxStack+blockSize+1)...), 192 << 20},
		"line":            {append([]byte("\x80\x02c"), bytes.Repeat([]byte{'a'}, maxLine+1)...), 4 << 20},
		"tuples":          {append(append([]byte("\x80\x02"), bytes.Repeat([]byte("NNN\x870"), 200_000)...), 'N'), 4 << 20},
		"JSON":            {stFile(`{"a":{"x":`+strings.Repeat("[", 1_000_000), 0), 1 << 20},
		"metadata":        {stFile(`{"__metadata__":{"a":"`+strings.Repeat("x", 10<<20)+`"}}`, 0), 1 << 20},
		"messages":        {nestedMessages(), 2 << 20},
		"maps":            {append(bytes.Repeat([]byte("\x81\xa1a"), 100_000), 0xC0), 2 << 20},
		"numpy's literal": {npyFile(strings.Repeat("[", 5000), "(1,)", nil), 1 << 20},
	} {
		var f *File
		n := allocated(func() { f = inspect(t, "model.bin", test.file) })
		if n > test.bytes {
			t.Errorf("%s: %d bytes allocated, more than %d", name, n, test.bytes)
		}
		if f.Complete && name != "metadata" && name != "memo" || f.Verdict == CodeCapable {
			t.Errorf("%s: %s complete %v %q: %s", name, f.Format, f.Complete, f.Verdict, f.Reason)
		}
	}
}

// nestedMessages is a model of ONNX's whose graphs lie in each other's nodes.
func nestedMessages() []byte {
	graph := new(msg).str(2, "g")
	for range 200 {
		graph = new(msg).sub(1, new(msg).sub(5, new(msg).sub(6, graph)))
	}
	return new(msg).num(1, 8).str(2, "test").sub(8, new(msg)).sub(7, graph).b
}

// Opcodes that a block of the file ends in are the same opcodes.
func TestBlockEnds(t *testing.T) {
	long := strings.Repeat("m", 200)
	tail := pickled(4).str(long).op(opMemoize, opBinPut, 7, opLongBinPut, 8, 0, 0, 0, opBinGet, 7, opLongBinGet, 8, 0, 0, 0, opPop, opPop, opPop)
	tail.op(opBinFloat).raw("12345678").op(opPop).int(1).op(opPop, opBinInt2, 1, 1, opPop, opLong1, 2, 1, 1, opPop)
	tail.raw("I12\n0L34L\n0S'x'\n0Vy\n0").op(opMark).str("a").int(1).op(opTuple, opPop).named("os", "system").call("id").op(opPop).named("a"+long, "b")
	for shift := range len(tail.b) + 20 {
		b := append([]byte("\x80\x04"), bytes.Repeat([]byte("N0"), blockSize-shift/2)...)
		b = append(b, "N"[:shift%2]...)
		f := inspect(t, "m.pkl", append(append(b, tail.b[2:]...), opStop))
		want := []Global{{"os", "system", "reduce"}, {"a" + long, "b", "stack_global"}}
		if !f.Complete || len(f.Globals) != 2 || f.Globals[0] != want[0] || f.Globals[1] != want[1] {
			t.Fatalf("shifted by %d: complete %v: %s %v", shift, f.Complete, f.Reason, f.Globals)
		}
	}
}

// mutate changes a few bytes of b as transmission and malice do.
func mutate(rng *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	for range 1 + rng.IntN(4) {
		if len(b) == 0 {
			return b
		}
		at := rng.IntN(len(b))
		switch rng.IntN(6) {
		case 0:
			b[at] ^= 1 << rng.IntN(8)
		case 1:
			b[at] = byte(rng.Uint32())
		case 2: // lengths and counts are most evil at their ends
			copy(b[at:], [][]byte{{0, 0, 0, 0}, {0xFF, 0xFF, 0xFF, 0xFF}, {0xFF, 0xFF, 0xFF, 0x7F}, {0, 0, 0, 0x80}}[rng.IntN(4)])
		case 3:
			b = append(b[:at], b[at+min(1+rng.IntN(8), len(b)-at):]...)
		case 4:
			piece := bytes.Clone(b[at : at+min(1+rng.IntN(16), len(b)-at)])
			b = slices.Insert(b, rng.IntN(len(b)), piece...)
		case 5:
			b = b[:at]
		}
	}
	return b
}

// Whatever happens to a file on its way, it is told of without a panic, without
// contradiction, and without much memory.
func TestMutated(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	try := func(name string, b []byte) {
		tensors := int64(0)
		rd := Reader{Tensors: func(Tensor) { tensors++ }}
		var f *File
		n := allocated(func() {
			var err error
			if f, err = rd.Inspect(name, bytes.NewReader(b), int64(len(b))); err != nil {
				t.Fatal(err)
			}
		})
		if n > 16<<20 {
			t.Errorf("%s: %d bytes allocated for %d", name, n, len(b))
		}
		consistent(t, f, tensors)
	}
	for _, s := range samples(t) {
		for range 300 {
			try(s.name, mutate(rng, s.data))
		}
	}
	disagreements := disagreements(t)
	for _, name := range slices.Sorted(maps.Keys(disagreements)) {
		if b := disagreements[name]; len(b) <= 64<<10 {
			for range 30 {
				try("model.bin", mutate(rng, b))
			}
		}
	}
	for _, e := range evasions(t) {
		if len(e.file) > 64<<10 {
			continue
		}
		for range 30 {
			try("model.bin", mutate(rng, e.file))
		}
	}
}

// boundaries are the places between the opcodes of a pickle.
func boundaries(b []byte) (at []int) {
	for pos := 0; pos < len(b); {
		at = append(at, pos)
		op := b[pos]
		n := int(argBytes[op])
		arg := b[pos+1 : pos+1+n]
		pos += 1 + n
		switch op {
		case opStop:
			return at
		case opShortBinUnicode, opShortBinBytes, opShortBinString, opLong1:
			pos += int(arg[0])
		case opBinUnicode, opBinBytes, opBinString, opLong4:
			pos += int(binary.LittleEndian.Uint32(arg))
		case opGlobal, opInst, opString, opUnicode, opInt, opLong, opFloat, opPut, opGet, opPersID:
			lines := 1
			if op == opGlobal || op == opInst {
				lines = 2
			}
			for range lines {
				pos += bytes.IndexByte(b[pos:], '\n') + 1
			}
		}
	}
	return at
}

// A call that is slipped in between any two opcodes of a harmless pickle, and
// leaves no trace on its stack, is found wherever the pickle is kept.
func TestInjected(t *testing.T) {
	const slipped = "cos\nsystem\n(S'id'\ntR0"
	objects := pickled(3).op(opEmptyList).int(1).op(opAppend).stop()
	for name, wrap := range map[string]struct {
		pickle []byte
		in     func([]byte) []byte
	}{
		"m.pkl":          {pickled(4).op(opEmptyDict, opMark).str("a").int(1).op(opSetItems).stop(), bytes.Clone},
		"bare.pkl":       {bare().raw("(dp0\nS'a'\np1\nI1\ns").stop(), bytes.Clone},
		"m.pt":           {torchPickle(), torchWith},
		"old.pt":         {torchPickle(), legacy},
		"o.npy":          {objects, func(b []byte) []byte { return npyFile("'|O'", "(1,)", b) }},
		"o.npz":          {objects, func(b []byte) []byte { return goZip(t, "o.npy", string(npyFile("'|O'", "(1,)", b))) }},
		"m.pkl.gz":       {objects, func(b []byte) []byte { return gzipped(t, b) }},
		"z.joblib":       {objects, func(b []byte) []byte { return zlibbed(t, b) }},
		"inside.zip":     {objects, func(b []byte) []byte { return goZip(t, "notes.txt", string(b)) }},
		"model_last.tar": {objects, func(b []byte) []byte { return tarFile(t, "a/b", string(b)) }},
	} {
		places := boundaries(wrap.pickle)
		if len(places) < 5 {
			t.Fatalf("%s: %d opcodes", name, len(places))
		}
		for _, at := range places {
			if at == 0 && wrap.pickle[0] == opProto {
				continue // there it is another file, which starts like none
			}
			f := inspect(t, name, wrap.in(slices.Insert(bytes.Clone(wrap.pickle), at, []byte(slipped)...)))
			if f.Verdict != CodeCapable || !slices.ContainsFunc(f.Globals, func(g Global) bool { return g.Module == "os" && g.Name == "system" }) {
				t.Errorf("%s at %d: %s %q complete %v: %s %v", name, at, f.Format, f.Verdict, f.Complete, f.Reason, f.Globals)
			}
		}
	}
}

// overlapped is an archive whose members, so many, are all the same bytes: a
// pickle of a million opcodes.
func overlapped(n int) []byte {
	body, dir := zipBody(0, entry{name: "a", data: append(append([]byte("\x80\x04"), bytes.Repeat([]byte("N0"), 500_000)...), "N."...)})
	b := append(body, bytes.Repeat(dir, n)...)
	return append(b, zipTail(n, n*len(dir), len(body), 0)...)
}
