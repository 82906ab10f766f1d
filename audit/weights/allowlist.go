package weights

import "strings"

// pair is an importable name: a module and a path of attributes inside it.
type pair struct{ module, name string }

// role is what the walk has to do when an allowed global is called.
type role uint8

const (
	noRole      role = iota
	tensorRole       // rebuilds a tensor from (storage, offset, size, …)
	tensorRole3      // the same, with the dtype as seventh argument
	subtypeRole      // calls the function that is its first argument
	storageRole      // a storage class: data, named in persistent ids
	dtypeRole        // a torch dtype: data
	numpyDtype       // numpy.dtype
	numpyNew         // makes an empty array, filled by BUILD
	numpyBuffer      // an array over bytes: (buffer, dtype, shape, order)
	numpyScalar      // one element: (dtype, bytes)
	encodeRole       // _codecs.encode: turns text into bytes
	factoryRole      // collections.defaultdict
	plainRole        // a builtin that makes an empty value of its own: data, the factory of a defaultdict
	wrapperRole      // joblib's marker: an array's bytes follow inside the stream
)

// listed is what the allow-list lets an importable name do. Anything a pickle
// does with it beyond that makes the file code_capable.
type listed struct {
	// call: it may be called, with any arguments made from allowed things
	// unless its role says more.
	call bool
	// state: BUILD may set the state of what it made.
	state bool
	// items: what it made is a mapping that SETITEMS may fill.
	items bool
	role  role
	// dtype is the element type that it stands for, in the names of
	// safetensors, and bytes its width.
	dtype string
	bytes int64
}

// allowList holds the exact pairs that a pickle may name and stay
// allow_listed. It follows torch._weights_only_unpickler._get_allowed_globals
// (without _rebuild_wrapper_subclass) and what numpy and joblib write for plain
// arrays. Nothing on it reaches other code: no getattr, no loader of pickles
// from bytes, no constructor that imports. Protocols below 3 spell some modules
// the Python 2 way, so both spellings stand here.
var allowList = buildAllowList()

func buildAllowList() map[pair]listed {
	list := map[pair]listed{
		{"collections", "OrderedDict"}: {call: true, state: true, items: true},
		{"collections", "Counter"}:     {call: true, items: true},
		{"collections", "defaultdict"}: {call: true, items: true, role: factoryRole},
		{"_codecs", "encode"}:          {call: true, role: encodeRole},

		{"torch", "Size"}:                                          {call: true},
		{"torch", "device"}:                                        {call: true},
		{"torch", "Tensor"}:                                        {},
		{"torch.nn.parameter", "Parameter"}:                        {state: true},
		{"torch.serialization", "_get_layout"}:                     {call: true},
		{"torch._utils", "_rebuild_tensor"}:                        {call: true, state: true, role: tensorRole},
		{"torch._utils", "_rebuild_tensor_v2"}:                     {call: true, state: true, role: tensorRole},
		{"torch._utils", "_rebuild_tensor_v3"}:                     {call: true, state: true, role: tensorRole3},
		{"torch._utils", "_rebuild_qtensor"}:                       {call: true, state: true, role: tensorRole},
		{"torch._utils", "_rebuild_parameter"}:                     {call: true, state: true},
		{"torch._utils", "_rebuild_parameter_with_state"}:          {call: true, state: true},
		{"torch._utils", "_rebuild_sparse_tensor"}:                 {call: true, state: true},
		{"torch._utils", "_rebuild_nested_tensor"}:                 {call: true, state: true},
		{"torch._utils", "_rebuild_meta_tensor_no_storage"}:        {call: true, state: true},
		{"torch._utils", "_rebuild_device_tensor_from_numpy"}:      {call: true, state: true},
		{"torch._utils", "_rebuild_device_tensor_from_cpu_tensor"}: {call: true, state: true},
		{"torch._tensor", "_rebuild_from_type_v2"}:                 {call: true, state: true, role: subtypeRole},
		{"torch.storage", "UntypedStorage"}:                        {role: storageRole, bytes: 1},
		{"torch.storage", "TypedStorage"}:                          {role: storageRole, bytes: 1},

		{"numpy", "ndarray"}: {},
		{"numpy", "dtype"}:   {call: true, state: true, role: numpyDtype},

		{"joblib.numpy_pickle", "NumpyArrayWrapper"}: {call: true, state: true, role: wrapperRole},
	}
	for _, module := range [...]string{"numpy.core", "numpy._core"} {
		list[pair{module + ".multiarray", "_reconstruct"}] = listed{call: true, state: true, role: numpyNew}
		list[pair{module + ".multiarray", "scalar"}] = listed{call: true, role: numpyScalar}
		list[pair{module + ".numeric", "_frombuffer"}] = listed{call: true, role: numpyBuffer}
	}
	for _, module := range [...]string{"builtins", "__builtin__"} {
		for _, name := range [...]string{"set", "frozenset", "complex", "bytearray"} {
			list[pair{module, name}] = listed{call: true, role: plainRole}
		}
		for _, name := range [...]string{"list", "dict", "int", "float", "str", "tuple", "bool"} {
			list[pair{module, name}] = listed{role: plainRole}
		}
	}
	for _, d := range torchTypes {
		list[pair{"torch", d.storage}] = listed{role: storageRole, dtype: d.dtype, bytes: d.bytes}
		list[pair{"torch.cuda", d.storage}] = listed{role: storageRole, dtype: d.dtype, bytes: d.bytes}
		tensor := strings.TrimSuffix(d.storage, "Storage") + "Tensor"
		list[pair{"torch", tensor}] = listed{dtype: d.dtype}
		list[pair{"torch.cuda", tensor}] = listed{dtype: d.dtype}
	}
	for name, dtype := range torchDtypes {
		list[pair{"torch", name}] = listed{role: dtypeRole, dtype: dtype}
	}
	for _, name := range [...]string{
		"per_tensor_affine", "per_tensor_symmetric", "per_channel_affine", "per_channel_symmetric",
		"per_channel_affine_float_qparams", "strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc",
		"contiguous_format", "channels_last", "channels_last_3d", "preserve_format",
	} {
		list[pair{"torch", name}] = listed{}
	}
	return list
}

// torchTypes lists PyTorch's storage classes with their element types.
// Source: torch/storage.py, _dtype_to_storage_type_map.
var torchTypes = [...]struct {
	storage, dtype string
	bytes          int64
}{
	{"DoubleStorage", "F64", 8}, {"FloatStorage", "F32", 4}, {"HalfStorage", "F16", 2}, {"BFloat16Storage", "BF16", 2},
	{"LongStorage", "I64", 8}, {"IntStorage", "I32", 4}, {"ShortStorage", "I16", 2}, {"CharStorage", "I8", 1},
	{"ByteStorage", "U8", 1}, {"BoolStorage", "BOOL", 1}, {"ComplexFloatStorage", "C64", 8}, {"ComplexDoubleStorage", "C128", 16},
	{"QInt8Storage", "QI8", 1}, {"QUInt8Storage", "QU8", 1}, {"QInt32Storage", "QI32", 4},
	{"QUInt4x2Storage", "QU4x2", 1}, {"QUInt2x4Storage", "QU2x4", 1},
}

// torchDtypes names PyTorch's dtypes in the names of safetensors.
var torchDtypes = map[string]string{
	"float64": "F64", "double": "F64", "float32": "F32", "float": "F32", "float16": "F16", "half": "F16", "bfloat16": "BF16",
	"int64": "I64", "long": "I64", "int32": "I32", "int": "I32", "int16": "I16", "short": "I16", "int8": "I8", "uint8": "U8",
	"uint16": "U16", "uint32": "U32", "uint64": "U64", "bool": "BOOL",
	"complex32": "C32", "complex64": "C64", "cfloat": "C64", "complex128": "C128", "cdouble": "C128",
	"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2", "float8_e4m3fnuz": "F8_E4M3FNUZ", "float8_e5m2fnuz": "F8_E5M2FNUZ",
	"float8_e8m0fnu": "F8_E8M0", "float4_e2m1fn_x2": "F4",
	"qint8": "QI8", "quint8": "QU8", "qint32": "QI32", "quint4x2": "QU4x2", "quint2x4": "QU2x4",
	"uint1": "U1", "uint2": "U2", "uint3": "U3", "uint4": "U4", "uint5": "U5", "uint6": "U6", "uint7": "U7",
}

// families label what a global that is not allowed is known for. They make a
// finding concrete and decide nothing: what is on no list is refused alike.
// The longest prefix of "module.name" wins.
var families = map[string]string{
	"os": "runs processes", "posix": "runs processes", "nt": "runs processes", "subprocess": "runs processes", "pty": "runs processes",
	"commands": "runs processes", "popen2": "runs processes", "multiprocessing": "runs processes", "_posixsubprocess": "runs processes",
	"uuid": "runs processes", "platform": "runs processes", "_osx_support": "runs processes", "_aix_support": "runs processes", "_pyrepl": "runs processes",
	"builtins.eval": "evaluates text", "builtins.exec": "evaluates text", "builtins.compile": "evaluates text", "builtins.execfile": "evaluates text",
	"builtins.apply": "calls anything", "builtins.getattr": "reaches any attribute", "builtins.setattr": "changes any attribute",
	"builtins.__import__": "imports any module", "builtins.open": "opens files", "builtins.breakpoint": "starts a debugger", "builtins.map": "calls anything",
	"code": "evaluates text", "codeop": "evaluates text", "runpy": "evaluates text", "timeit": "evaluates text", "trace": "evaluates text",
	"cProfile": "evaluates text", "profile": "evaluates text", "bdb": "evaluates text", "pdb": "evaluates text", "doctest": "evaluates text",
	"numpy.testing": "evaluates text", "numpy.f2py": "evaluates text", "nturl2path": "reaches other modules",
	"importlib": "imports any module", "imp": "imports any module", "pkgutil": "imports any module", "zipimport": "imports any module",
	"pydoc": "imports any module", "site": "imports any module",
	"operator": "reaches any attribute", "functools": "calls anything", "inspect": "reaches any attribute", "types": "makes code objects",
	"pickle": "loads another pickle", "_pickle": "loads another pickle", "cPickle": "loads another pickle", "dill": "makes code objects",
	"cloudpickle": "makes code objects", "joblib.load": "loads another pickle", "joblib.numpy_pickle.load": "loads another pickle", "joblib._pickle_load": "loads another pickle", "joblib.numpy_pickle._unpickle": "loads another pickle", "torch.load": "loads another pickle", "marshal": "loads code objects",
	"torch.serialization": "loads another pickle", "torch.storage._load_from_bytes": "loads another pickle", "shelve": "loads another pickle",
	"numpy.load": "loads another pickle", "pandas.read_pickle": "loads another pickle", "pandas.io.pickle": "loads another pickle",
	"ctypes": "calls native code", "_ctypes": "calls native code", "mmap": "maps memory", "cffi": "calls native code",
	"socket": "uses the network", "_socket": "uses the network", "ssl": "uses the network", "http": "uses the network", "httplib": "uses the network",
	"urllib": "uses the network", "urllib2": "uses the network", "requests": "uses the network", "httpx": "uses the network", "aiohttp": "uses the network",
	"asyncio": "uses the network", "smtplib": "uses the network", "ftplib": "uses the network", "imaplib": "uses the network", "poplib": "uses the network",
	"telnetlib": "uses the network", "nntplib": "uses the network", "webbrowser": "uses the network", "xmlrpc": "uses the network", "antigravity": "uses the network",
	"shutil": "changes files", "tempfile": "changes files", "_io": "opens files", "io": "opens files", "logging": "opens files", "fileinput": "opens files",
	"zipfile": "changes files", "tarfile": "changes files", "sqlite3": "opens files", "distutils": "changes files", "pathlib": "opens files", "glob": "lists files",
	"pip": "installs packages", "ensurepip": "installs packages", "venv": "installs packages", "setuptools": "installs packages",
	"idlelib": "evaluates text", "lib2to3": "evaluates text", "test": "evaluates text", "unittest": "evaluates text",
	"torch.hub": "downloads and runs code", "torch._dynamo": "compiles code", "torch._inductor": "compiles code", "torch.jit": "compiles code",
	"torch.utils": "runs processes", "torch.fx": "compiles code", "torch.distributed": "uses the network",
	"sys": "changes the interpreter", "gc": "reaches any object", "ctypes.util": "runs processes",
	"fickling": "reaches a scanner", "picklescan": "reaches a scanner", "modelscan": "reaches a scanner", "modelaudit": "reaches a scanner",
}

// familyOf says what a global is known for; empty when nothing is.
func familyOf(p pair) string {
	module := p.module
	if module == "__builtin__" {
		module = "builtins"
	}
	for path := module + "." + p.name; path != ""; {
		if label, ok := families[path]; ok {
			return label
		}
		i := strings.LastIndexByte(path, '.')
		if i < 0 {
			break
		}
		path = path[:i]
	}
	return ""
}
