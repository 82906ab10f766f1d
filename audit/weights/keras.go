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
// that nothing else shows to be Keras's, a configuration is one when it names
// the class of the whole.
func (a *archive) kerasConfig(name string, src *source) {
	k := &kerasWalk{scanner: scanner{w: newWindow(src, 0, src.size), kind: HeaderSyntax}, file: &File{}}
	err := k.value()
	if err == nil {
		err = k.finish()
	}
	if a.format == Zip && err == nil {
		if k.last == "" {
			return
		}
		a.format = Keras
	}
	for _, p := range k.file.Problems {
		a.file.problem(p.Kind, p.Severity, -1, p.Message)
	}
	if k.capable != "" {
		a.suspect(k.capable)
	}
	if err != nil {
		p := problemOf(err)
		a.doubt(p.Kind, fmt.Sprintf("%.80s: %s", name, p.Message))
	}
}

// kerasWalk reads Keras's JSON without building it.
type kerasWalk struct {
	scanner
	file    *File
	capable string // why, for the first object that could run something
	last    string // the class of the object that ended last
}

// kerasObject is what decides about one object of the JSON.
type kerasObject struct {
	class, module, function string
	config                  string // where it is text: the name of a function
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
	k.last = o.class
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
	}
	b, err := k.space()
	if err != nil {
		return err
	}
	if target == nil || b != '"' {
		return k.value()
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
	"enable_unsafe_deserialization": "it turns off Keras's safe mode", "run_command": "it runs a program",
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
	reason := ""
	if label, ok := kerasClasses[o.class]; ok {
		reason = fmt.Sprintf("Keras makes a %s: %s", o.class, label)
	} else if !kerasModule(o.module, o.class) {
		reason = fmt.Sprintf("Keras imports %.80q for %.80q", o.module, o.class)
	} else if strings.HasSuffix(o.class, "OpLambda") && !harmlessOp(o.function) {
		reason = fmt.Sprintf("Keras calls %.80q of TensorFlow", o.function)
	} else if strings.Contains(o.class, ".") { // keras and utils.get_file is the same as keras.utils and get_file
		reason = fmt.Sprintf("Keras looks up %.80q past %.80q", o.class, o.module)
	} else if o.class == "function" && (strings.Contains(o.config, ".") || kerasLoaders[kerasRoot(o.module)] || kerasClasses[o.config] != "") {
		reason = fmt.Sprintf("Keras looks up the function %.80q of %.80q", o.config, o.module)
	}
	if reason == "" {
		return
	}
	k.file.problem(UnlistedCall, Fault, -1, reason)
	k.capable = cmp.Or(k.capable, reason)
}

// kerasLoaders are those of kerasModules whose functions load or make models;
// their classes are models.
var kerasLoaders = map[string]bool{"models": true, "engine": true}

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

// harmlessOp says whether a function that a layer of TensorFlow operations
// calls computes and does nothing else.
func harmlessOp(function string) bool {
	for _, prefix := range [...]string{
		"io.", "py_", "numpy_function", "raw_ops.", "load_", "saved_model.", "data.", "summary.", "print", "config.", "compat.", "experimental.",
		"sysconfig.", "debugging.", "train.", "distribute.", "profiler.", "lookup.", "autograph.", "test.", "graph_util.", "function", "eval",
	} {
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
	pyTablesWord    = "PYTABLES_FORMAT_VERSION"
	kerasWordReach  = 256 // how far behind the opening brace class_name may stand
)

// hdf5 reads a file in HDF5's format, or another that keeps Keras's
// configuration as plain text, by looking for that text. HDF5 stores an
// attribute's text uncompressed and in one piece, so the search sees every
// configuration; one that hides its keys behind escapes shows by these.
func (f *File) hdf5(src *source) {
	s := &kerasSearch{file: f, src: src, k: &kerasWalk{file: f}}
	if end := hdf5End(src); end < 0 || end > src.size {
		s.doubt = "the file ends before the end that its superblock names"
	}
	s.run()
	s.conclude()
}

// kerasMetadata reads the configurations of layers beside a SavedModel.
func (f *File) kerasMetadata(src *source) {
	s := &kerasSearch{file: f, src: src, k: &kerasWalk{file: f}}
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
		f.Complete = s.doubt == ""
		f.capable(s.k.capable)
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
	read    int64 // up to here a configuration was read
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
	if bytes.Contains(b, []byte(pyTablesWord)) {
		s.doubt = "PyTables keeps Python objects as pickles"
	}
	s.named = s.named || bytes.Contains(b, []byte(kerasConfigWord))
	s.escapes(b)
	for i := 0; ; i += len(kerasClassWord) {
		next := bytes.Index(b[i:], []byte(kerasClassWord))
		if next < 0 {
			return
		}
		if i += next; offset+int64(i) < s.read {
			continue
		}
		s.config(b, i, offset)
	}
}

// escapes looks for JSON escapes of characters that no writer escapes.
func (s *kerasSearch) escapes(b []byte) {
	for {
		i := bytes.Index(b, []byte(`\u00`))
		if i < 0 || i+5 > len(b) {
			return
		}
		if c := b[i+4]; c >= '2' && c <= '7' {
			s.doubt = "text whose letters are written as escapes"
		}
		b = b[i+5:]
	}
}

// config reads the configuration in which class_name stands at b[i].
func (s *kerasSearch) config(b []byte, i int, offset int64) {
	start := bytes.LastIndexByte(b[max(0, i-kerasWordReach):i], '{')
	if start < 0 {
		s.doubt = "a class_name outside any configuration"
		return
	}
	at := offset + int64(max(0, i-kerasWordReach)+start)
	if at < s.read {
		return
	}
	s.k.scanner = scanner{w: newWindow(s.src, at, s.src.size), kind: HeaderSyntax}
	if err := s.k.object(); err != nil {
		s.doubt = "a Keras configuration that cannot be read"
		return
	}
	s.configs++
	s.read = s.k.w.offset()
}
