package weights

import (
	"fmt"
	"regexp"
	"strings"
)

// skopsLoaders are the kinds of node in a skops file that make data, or an
// object of the class they name, and call nothing else.
// Source: skops/io/_general.py, _numpy.py, _scipy.py, _sklearn.py.
var skopsLoaders = map[string]bool{
	"DictNode": true, "ListNode": true, "TupleNode": true, "SetNode": true, "JsonNode": true, "DefaultDictNode": true, "OrderedDictNode": true,
	"BytesNode": true, "BytearrayNode": true, "SliceNode": true, "CachedNode": true, "TypeNode": true, "ObjectNode": true,
	"NdArrayNode": true, "MaskedArrayNode": true, "RandomStateNode": true, "RandomGeneratorNode": true, "DTypeNode": true,
	"SparseMatrixNode": true, "TreeNode": true, "LossNode": true, "SGDNode": true, "QuantileForestNode": true, "_DictWithDeprecatedKeysNode": true,
}

// skopsCalls are those that call the class they name with arguments of the
// file's. numpy and scikit-learn have functions that load files among their names.
var skopsCalls = map[string]bool{"TreeNode": true, "LossNode": true, "SGDNode": true, "QuantileForestNode": true}

// skopsCallable says whether the module holds the compiled classes that these
// nodes are for.
func skopsCallable(module string) bool {
	for _, root := range [...]string{"sklearn.tree.", "sklearn._loss.", "sklearn.linear_model.", "sklearn.neighbors.", "sklearn.ensemble."} {
		if strings.HasPrefix(module, root) {
			return true
		}
	}
	return false
}

// skopsBuiltins are the builtins whose names are data.
var skopsBuiltins = map[string]bool{
	"dict": true, "list": true, "tuple": true, "set": true, "frozenset": true, "str": true, "int": true, "float": true, "bool": true,
	"bytes": true, "bytearray": true, "slice": true, "complex": true, "type": true, "NoneType": true, "object": true,
}

// skopsArrays are the nodes that make what numpy has of arrays and of chance, by
// a way of their own; all others make an object of any class in the module.
var skopsArrays = map[string]string{
	"NdArrayNode": "ndarray", "MaskedArrayNode": "MaskedArray", "RandomStateNode": "RandomState", "RandomGeneratorNode": "Generator", "DTypeNode": "dtype",
}

// numpyTypeName matches the types of numpy's elements, and of what holds them.
var numpyTypeName = regexp.MustCompile(`^(u?int(8|16|32|64|p|c)?|float(16|32|64|96|128)?|complex(64|128|192|256|floating)?|bool_?|(str|bytes|object|void)_?\d*|datetime64|timedelta64|generic|number|(signed|unsigned)?integer|inexact|floating|u?(byte|short|long|longlong)|half|single|double|longdouble|c?longdouble|csingle|cdouble|dtype|ndarray|matrix)$`)

// skopsNumpy says whether a node may name that of numpy: its own class, or the
// type of an element. numpy has functions and classes that open and remove files.
func skopsNumpy(class, loader string) bool {
	own, ok := skopsArrays[loader]
	return class == own || (ok || loader == "TypeNode") && numpyTypeName.MatchString(class)
}

// isClassName says whether a name is written as those of classes are.
func isClassName(name string) bool {
	bare := strings.TrimLeft(name, "_")
	return bare != "" && bare[0] >= 'A' && bare[0] <= 'Z' && identifiers(name) && !strings.Contains(name, ".")
}

// skopsWalk reads the schema of a skops file without building it.
type skopsWalk struct {
	scanner
	a    *archive
	seen map[string]bool
}

// skopsSchema reads the member in which skops says what to make. In an archive
// of another format it is one when it names a loader.
func (a *archive) skopsSchema(name string, src *source) {
	s := &skopsWalk{scanner: scanner{w: newWindow(src, 0, src.size), kind: HeaderSyntax}, a: a, seen: map[string]bool{}}
	if a.format == Skops {
		a.listed = true
		a.weights++
	}
	err := s.value()
	if err == nil {
		err = s.finish()
	}
	if err != nil {
		p := problemOf(err)
		a.doubt(p.Kind, fmt.Sprintf("%.80s: %s", name, p.Message))
	}
}

func (s *skopsWalk) value() error {
	b, err := s.space()
	if err != nil {
		return err
	}
	if b != '{' && b != '[' {
		return s.skip()
	}
	var node [3]string // __class__, __module__, __loader__
	more, err := s.open(b)
	for more && err == nil {
		if err := s.element(b, &node); err != nil {
			return err
		}
		if more, err = s.comma(closing(b)); err != nil {
			return err
		}
	}
	if err == nil && node != [3]string{} {
		s.judge(node[0], node[1], node[2])
	}
	return err
}

// element reads one element of an array, or one member of an object, keeping
// what names a type.
func (s *skopsWalk) element(opening byte, node *[3]string) error {
	if opening == '[' {
		return s.value()
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	field := -1
	switch string(key) {
	case "__class__":
		field = 0
	case "__module__":
		field = 1
	case "__loader__":
		field = 2
	}
	b, err := s.space()
	if err != nil {
		return err
	}
	if field < 0 || b != '"' {
		return s.value()
	}
	if node[field] != "" {
		s.judge(node[0], node[1], node[2]) // a key that is repeated
	}
	text, err := s.string(maxGlobalName)
	node[field] = string(text)
	return err
}

// judge notes a type, and tells of one that skops itself would ask the user
// about.
func (s *skopsWalk) judge(class, module, loader string) {
	key := module + "\x00" + class + "\x00" + loader
	if s.seen[key] || len(s.seen) >= MaxGlobals {
		return
	}
	s.seen[key] = true
	s.a.globals([]Global{{Module: module, Name: class, Reached: "schema"}})
	root, _, _ := strings.Cut(module, ".")
	known := false
	switch root {
	case "builtins":
		known = skopsBuiltins[class]
	case "numpy":
		known = skopsNumpy(class, loader)
	case "sklearn":
		known = isClassName(class)
	case "scipy":
		known = strings.HasPrefix(module, "scipy.sparse") && (isClassName(class) || loader == "SparseMatrixNode")
	case "collections":
		known = class == "OrderedDict" || class == "defaultdict"
	}
	if skopsCalls[loader] && !skopsCallable(module) || familyOf(pair{module, class}) != "" {
		known = false
	}
	if known && skopsLoaders[loader] {
		return
	}
	text := fmt.Sprintf("skops makes %.80s.%.80s (%.40s), which it asks the user to trust", module, class, loader)
	s.a.file.problem(UnlistedGlobal, Fault, -1, text)
	s.a.suspect(text)
}
