package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
)

// kerasConfig reads the JSON in which Keras describes a model, wherever it is
// kept, and tells of each object that making would run something. In an archive
// that nothing else shows to be Keras's, a configuration is one when it names a
// class.
func (a *archive) kerasConfig(name string, src *source) {
	k := &kerasWalk{scanner: scanner{w: newWindow(src, 0, src.size), kind: HeaderSyntax}, file: &File{}}
	err := k.value()
	if err == nil {
		err = k.finish()
	}
	if a.format != Keras && err == nil {
		if !k.classes {
			return
		}
		if a.format == Zip {
			a.format = Keras
		}
	}
	if a.format == Keras {
		a.weights++ // what Keras makes a model from, with numbers or without
	}
	for _, p := range k.file.Problems {
		a.file.problem(p.Kind, p.Severity, -1, p.Message)
	}
	if k.capable != "" {
		a.suspect(k.capable)
	}
	if k.partial != "" {
		a.doubt(UnsafePath, k.partial)
	}
	if err != nil {
		p := problemOf(err)
		a.doubt(p.Kind, fmt.Sprintf("%.80s: %s", name, p.Message))
	}
}

// KerasCode lists what Keras would run of the file's choice when it makes a model
// from the configuration in b: a layer with a function in it, a class or function
// of a module that is not among those of layers. Each is module and class. It is
// empty for any other JSON, and for what is none.
func KerasCode(b []byte) []string {
	k := &kerasWalk{scanner: scanner{w: newWindow(&source{r: bytes.NewReader(b), size: int64(len(b)), inner: true}, 0, int64(len(b))), kind: HeaderSyntax}, file: &File{}}
	if k.value() != nil || !k.classes {
		return nil
	}
	slices.Sort(k.asked)
	return slices.Compact(k.asked)
}

// kerasWalk reads Keras's JSON without building it.
type kerasWalk struct {
	scanner
	file    *File
	capable string   // why, for the first object that could run something
	partial string   // why, for the first that reads what lies elsewhere
	classes bool     // an object names its class
	asked   []string // what could run something, at most MaxGlobals
	last    kerasObject
}

// kerasObject is what decides about one object of the JSON.
type kerasObject struct {
	class, module string
	function      string // in the object, or in the one that is its config
	config        string // where it is text: the name of a function
	vocabulary    string // a file of words, read when the layer is made
}

func (k *kerasWalk) value() error {
	b, err := k.space()
	if err != nil {
		return err
	}
	switch b {
	case '{':
		return k.object()
	case '[':
		more, err := k.open('[')
		for more && err == nil {
			if err := k.value(); err != nil {
				return err
			}
			more, err = k.comma(']')
		}
		return err
	}
	return k.skip()
}

// object reads one object. Python lets the last of repeated keys win; here
// each is judged.
func (k *kerasWalk) object() error {
	var o kerasObject
	more, err := k.scanner.open('{')
	for more && err == nil {
		key, err := k.key()
		if err != nil {
			return err
		}
		if err := k.member(&o, string(key)); err != nil {
			return err
		}
		if more, err = k.comma('}'); err != nil {
			return err
		}
	}
	k.judge(o)
	k.last = o
	return err
}

func (k *kerasWalk) member(o *kerasObject, key string) error {
	var target *string
	switch key {
	case "class_name":
		target = &o.class
	case "module":
		target = &o.module
	case "function":
		target = &o.function
	case "config":
		target = &o.config
	case "vocabulary":
		target = &o.vocabulary
	}
	b, err := k.space()
	if err != nil {
		return err
	}
	if target == nil || b != '"' {
		err := k.value()
		if key == "config" && b == '{' {
			o.function = cmp.Or(o.function, k.last.function)
		}
		return err
	}
	if *target != "" {
		k.judge(*o) // a key that is repeated
	}
	text, err := k.string(maxGlobalName)
	*target = string(text)
	return err
}

// kerasClasses are classes whose making, loading or running runs something
// that the configuration chooses: code in it, a function by its name, another
// file. Among them CVE-2024-3660, CVE-2025-49655 and CVE-2025-9905.
var kerasClasses = map[string]string{
	"Lambda": "a Lambda layer holds a function", "__lambda__": "a Lambda layer holds marshalled code", "LambdaCallback": "a callback holds a function",
	"TorchModuleWrapper": "it unpickles a module of PyTorch", "TFSMLayer": "it loads another model by its path",
	"JaxLayer": "it holds a function", "FlaxLayer": "it holds a module", "get_file": "it downloads a file",
	"ClassMethod": "it calls a method by its name", "InstanceMethod": "it calls a method by its name", "enable_unsafe_deserialization": "it turns off Keras's safe mode", "run_command": "it runs a program",
}

// kerasModules are the modules whose classes a configuration may name. The
// others, utils and saving among them, hold gadgets (CVE-2025-1550,
// CVE-2025-8747, CVE-2025-9906), or are not Keras's.
var kerasModules = []string{
	"layers", "models", "initializers", "regularizers", "constraints", "optimizers", "losses", "metrics", "activations",
	"engine", "distribution", "quantizers", "dtype_policies", "ops", "random", "tree",
}

// judge tells of an object that is not known to be harmless.
func (k *kerasWalk) judge(o kerasObject) {
	k.classes = k.classes || o.class != ""
	if o.vocabulary != "" { // CVE-2025-12058
		k.partial = cmp.Or(k.partial, fmt.Sprintf("Keras reads its words from the file %.80q", o.vocabulary))
	}
	reason := ""
	if label, ok := kerasClasses[o.class]; ok {
		reason = fmt.Sprintf("Keras makes a %s: %s", o.class, label)
	} else if !kerasModule(o.module, o.class) {
		reason = fmt.Sprintf("Keras imports %.80q for %.80q", o.module, o.class)
	} else if strings.HasSuffix(o.class, "OpLambda") && !harmlessOp(o.function) {
		reason = fmt.Sprintf("Keras calls %.80q of TensorFlow", o.function)
	} else if strings.Contains(o.class, ".") { // keras and utils.get_file is the same as keras.utils and get_file
		reason = fmt.Sprintf("Keras looks up %.80q past %.80q", o.class, o.module)
	} else if o.class == "function" && (strings.Contains(o.config, ".") || kerasClasses[o.config] != "" || !kerasFunctions(o.module)) {
		reason = fmt.Sprintf("Keras looks up the function %.80q of %.80q", o.config, o.module)
	}
	if reason == "" {
		return
	}
	k.file.problem(UnlistedCall, Fault, -1, reason)
	k.capable = cmp.Or(k.capable, reason)
	if len(k.asked) < MaxGlobals {
		k.asked = append(k.asked, strings.TrimPrefix(o.module+"."+cmp.Or(o.class, o.function), "."))
	}
}

// kerasFunctions says whether the functions of a module compute and do nothing
// else. Those of the others load or make models, or reach the network; and to
// some versions whatever a module imports is a function of it.
func kerasFunctions(module string) bool {
	switch kerasRoot(module) {
	case "activations", "losses", "metrics", "initializers", "regularizers", "constraints", "quantizers", "ops", "random":
		return true
	}
	return module == "" || module == "builtins"
}

// kerasRoot is the part of Keras that module lies in.
func kerasRoot(module string) string {
	for _, root := range kerasRoots {
		if rest, ok := strings.CutPrefix(module, root); ok {
			first, _, _ := strings.Cut(rest, ".")
			return first
		}
	}
	return ""
}

var kerasRoots = [...]string{"keras.src.", "keras.", "tf_keras.src.", "tf_keras.", "tensorflow.keras.", "tensorflow.python.keras."}

// kerasModule says whether a configuration may name that module.
func kerasModule(module, class string) bool {
	switch module {
	case "", "keras", "tf_keras", "keras.src", "tensorflow.keras", "tensorflow.python.keras":
		return true
	case "builtins": // what Keras finds in its own lists, by name
		switch class {
		case "function", "__tuple__", "int", "float", "str", "bool", "dict", "list", "tuple", "slice", "set", "NoneType", "Ellipsis", "":
			return true
		}
		return false
	}
	return slices.Contains(kerasModules, kerasRoot(module))
}

// kerasOps are the parts of TensorFlow whose functions compute and do nothing
// else. TensorFlow finds functions of Keras's under names like these as well.
var kerasOps = []string{
	"__operators__", "audio", "bitwise", "dtypes", "image", "linalg", "math", "nn", "quantization", "ragged", "random", "sets", "signal", "sparse",
	"strings", "keras.activations", "keras.losses", "keras.metrics", "keras.backend",
}

// harmlessOp says whether a function that a layer of TensorFlow operations
// calls computes and does nothing else.
func harmlessOp(function string) bool {
	if i := strings.LastIndexByte(function, '.'); i >= 0 {
		return slices.Contains(kerasOps, function[:i])
	}
	for _, prefix := range [...]string{"py_", "numpy_function", "load_", "print", "function", "eval", "get_", "save"} {
		if strings.HasPrefix(function, prefix) {
			return false
		}
	}
	return true
}

// The words in a file that say whether Keras keeps a configuration in it.
const (
	kerasClassWord  = "class_name"
	kerasConfigWord = "model_config"
	kerasWordReach  = 256 // how far behind the opening brace class_name may stand
)

// pyTablesWords are attributes by which PyTables and pandas know their files.
var pyTablesWords = [...]string{"PYTABLES_FORMAT_VERSION", "pandas_type", "pandas_version"}

// heapMagic begins the heap in which HDF5 keeps many attributes, or long ones.
const heapMagic = "FRHP"

// hdf5 reads a file in HDF5's format, or another that keeps Keras's
// configuration as plain text, by looking for that text. HDF5 stores an
// attribute's text uncompressed and in one piece, so the search sees every
// configuration; one that hides its keys behind escapes shows by these.
func (f *File) hdf5(src *source) {
	s := &kerasSearch{file: f, src: src, k: &kerasWalk{file: f}, word: kerasClassWord, objects: true}
	if end := hdf5End(src); end < 0 || end > src.size {
		s.doubt = "the file ends before the end that its superblock names"
	}
	s.run()
	s.conclude()
}

// kerasMetadata reads the configurations of layers beside a SavedModel.
func (f *File) kerasMetadata(src *source) {
	s := &kerasSearch{file: f, src: src, k: &kerasWalk{file: f}, word: kerasClassWord}
	p := &proto{w: newWindow(src, 0, src.size)}
	if err := p.message(src.size, func(field) error { return nil }); err != nil {
		s.doubt = err.Error()
	}
	s.run()
	s.conclude()
}

func (s *kerasSearch) conclude() {
	f := s.file
	switch {
	case s.k.capable != "":
		f.Complete = s.doubt == "" && s.k.partial == ""
		f.capable(s.k.capable)
	case s.k.partial != "":
		f.incomplete(UnsafePath, -1, s.k.partial)
	case s.doubt != "":
		f.incomplete(NotOpened, -1, s.doubt)
	case s.configs > 0:
		f.inert("arrays, and a Keras configuration of layers without code")
	default:
		f.inert("arrays without a Keras configuration")
	}
}

// hdf5End is where a file in HDF5's format says that it ends; -1 when it does
// not say so in a form known here.
// Source: HDF5 File Format Specification 3.0, section II.A.
func hdf5End(src *source) int64 {
	var b [64]byte
	at := hdf5Start(src)
	if at < 0 || src.readAt(b[:], at) < len(b) {
		return -1
	}
	// Addresses of eight bytes are all that is written in practice.
	end, width := 40, b[13]
	switch b[8] {
	case 1:
		end = 44
	case 2, 3:
		end, width = 28, b[9]
	}
	if b[8] > 3 || width != 8 {
		return -1
	}
	return int64(binary.LittleEndian.Uint64(b[end:]) & math.MaxInt64)
}

// hdf5Start is where the superblock of a file in HDF5's format stands: at the
// start, or at 512 bytes or a power of two beyond, behind what is the user's;
// -1 when it stands nowhere.
func hdf5Start(src *source) int64 {
	var b [8]byte
	for at := int64(0); at >= 0 && at < src.size-int64(len(b)); at = max(512, 2*at) {
		if src.readAt(b[:], at) == len(b) && string(b[:]) == "\x89HDF\r\n\x1a\n" {
			return at
		}
	}
	return -1
}

// kerasSearch goes through a file for configurations of Keras.
type kerasSearch struct {
	file    *File
	src     *source
	k       *kerasWalk
	word    string // stands in each configuration
	walks   int    // of what may be a pickle
	objects bool   // in HDF5's format: a reader of the format unpickles what lies in it
	read    int64  // up to here a configuration was read
	configs int
	named   bool // the attribute that holds one is there
	doubt   string
}

func (s *kerasSearch) run() {
	const block = 1 << 20
	buf := make([]byte, min(s.src.size, block+kerasWordReach))
	for at := int64(0); at < s.src.size; at += block {
		n := s.src.readAt(buf, at)
		s.block(buf[:n], at)
		if n < len(buf) {
			break
		}
	}
	if s.named && s.configs == 0 && s.doubt == "" {
		s.doubt = "a Keras configuration that was not found"
	}
}

// block looks at the bytes that stand at offset.
func (s *kerasSearch) block(b []byte, offset int64) {
	for _, word := range pyTablesWords {
		if bytes.Contains(b, []byte(word)) {
			s.doubt = "PyTables keeps Python objects as pickles"
		}
	}
	s.filtered(b)
	if s.objects {
		s.pickles(b, offset)
		s.elsewhere(b)
	}
	s.named = s.named || bytes.Contains(b, []byte(kerasConfigWord))
	s.escapes(b)
	for i := 0; ; i += len(s.word) {
		next := bytes.Index(b[i:], []byte(s.word))
		if next < 0 {
			return
		}
		if i += next; offset+int64(i) < s.read {
			continue
		}
		s.config(b, i, offset)
	}
}

// filtered looks for a heap of attributes that are stored in another form than
// the one that is searched for. No writer of Keras's makes any.
// Source: HDF5 File Format Specification 3.0, section III.G, Fractal Heap.
func (s *kerasSearch) filtered(b []byte) {
	for {
		i := bytes.Index(b, []byte(heapMagic))
		if i < 0 || len(b)-i < 9 {
			return
		}
		b = b[i+len(heapMagic):]
		if b[0] == 0 && (b[3] != 0 || b[4] != 0) && b[2] == 0 {
			s.doubt = "attributes that are stored through a filter"
		}
	}
}

const (
	// maxAttribute is how much of what may be a pickle in an attribute is
	// followed, and maxAttributes how many are.
	maxAttribute  = 4 << 10
	maxAttributes = 1 << 20
)

// pickles looks for pickles that call what is known for what it does: PyTables
// unpickles each attribute that ends like one, whoever wrote the file. They show
// by the opcode of their protocol, or by the name of what they import on a line
// of its own.
// Source: AttributeSet.__getattr__ in tables/attributeset.py.
func (s *kerasSearch) pickles(b []byte, offset int64) {
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], opProto)
		if next < 0 || i+next+2 >= len(b) {
			break
		}
		if i += next; b[i+1] <= maxProtocol && b[i+2] != 0 && (argBytes[b[i+2]] > 0 || strings.IndexByte("(]})NcVSIilgp\x88\x89\x8f", b[i+2]) >= 0) {
			s.pickle(offset + int64(i))
		}
	}
	for i := 0; ; i++ {
		next := bytes.IndexByte(b[i:], '\n')
		if next < 0 {
			return
		}
		i += next
		name, _, _ := bytes.Cut(b[i+1:min(i+65, len(b))], []byte("\n"))
		for at := i - 1; at >= max(0, i-64) && (isLetter(b[at]) || isDigit(b[at]) || b[at] == '.'); at-- {
			if (b[at] == opGlobal || b[at] == opInst) && familyOf(pair{string(b[at+1 : i]), string(name)}) != "" {
				s.pickle(offset + int64(at))
			}
		}
	}
}

// pickle follows what may be one.
func (s *kerasSearch) pickle(at int64) {
	if s.walks++; s.walks > maxAttributes {
		s.doubt = "more that may be pickles than is followed"
		return
	}
	p := newPickleWalk(&File{}, s.src.section(at, maxAttribute), 0)
	p.file.expectTensors()
	_, _ = p.run()
	if g := p.named(); g != nil && p.calls > 0 && p.newlyNamed(0, true) {
		reason := "a pickle in it, which PyTables loads: " + g.describe()
		s.file.problem(UnlistedGlobal, Fault, at, reason)
		s.k.capable = cmp.Or(s.k.capable, reason)
	}
}

// escapedDoubt is what hides from a search for words.
const escapedDoubt = "text whose letters are written as escapes"

// escapes looks for JSON escapes of characters that no writer escapes.
func (s *kerasSearch) escapes(b []byte) {
	for {
		i := bytes.Index(b, []byte(`\u00`))
		if i < 0 || i+5 > len(b) {
			return
		}
		if c := b[i+4]; c >= '2' && c <= '7' {
			s.doubt = escapedDoubt
		}
		b = b[i+5:]
	}
}

// config reads the configuration in which class_name stands at b[i]: the object
// around it, which the last brace before it need not open.
func (s *kerasSearch) config(b []byte, i int, offset int64) {
	from := max(0, i-kerasWordReach)
	for start := i; s.read <= offset+int64(i); {
		if start = from + bytes.LastIndexByte(b[from:start], '{'); start < from {
			s.doubt = "a class_name outside any configuration"
			return
		}
		s.k.scanner = scanner{w: newWindow(s.src, offset+int64(start), s.src.size), kind: HeaderSyntax}
		if err := s.k.object(); err != nil {
			s.doubt = "a Keras configuration that cannot be read"
			return
		}
		s.read = max(s.read, s.k.w.offset())
	}
	s.configs++
}
