package schemas

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// Fault is one place where a document is not what a schema asks for.
type Fault struct {
	Pointer string // of the value; of what is missing, the object that lacks it
	Keyword string // of the schema: required, type, enum …
	Message string
}

// Checker returns what holds a plain JSON value against the schema called name.
// The schema compiles when it is first needed. Faults come sorted by place; a
// value that fits no form of a choice has one fault, at the choice. The name has
// to be one of Names.
func Checker(name string) func(v any) []Fault {
	compiled := sync.OnceValues(func() (*jsonschema.Schema, error) { return Compile(name) })
	return func(v any) []Fault {
		schema, err := compiled()
		if err != nil {
			return []Fault{{Message: err.Error()}}
		}
		invalid, _ := schema.Validate(v).(*jsonschema.ValidationError)
		if invalid == nil {
			return nil
		}
		faults := leaves(invalid, nil)
		slices.SortFunc(faults, func(a, b Fault) int {
			return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Message, b.Message))
		})
		return slices.Compact(faults)
	}
}

func leaves(e *jsonschema.ValidationError, out []Fault) []Fault {
	keyword := e.KeywordLocation[strings.LastIndexByte(e.KeywordLocation, '/')+1:]
	at := e.InstanceLocation
	if plain, err := url.PathUnescape(at); err == nil {
		at = plain // the library escapes pointers as if they stood in an address
	}
	switch {
	case keyword == "anyOf" || keyword == "oneOf":
		return append(out, Fault{at, keyword, "it has none of the forms that are allowed"})
	case keyword == "required":
		for _, name := range quoted.FindAllStringSubmatch(e.Message, -1) {
			out = append(out, Fault{at, keyword, "there is no " + name[1]})
		}
		return out
	case keyword == "additionalProperties" && len(e.Causes) == 0:
		for _, name := range quoted.FindAllStringSubmatch(e.Message, -1) {
			out = append(out, Fault{at + "/" + EscapePointer(name[1]), keyword, "the format has no such property"})
		}
		return out
	case len(e.Causes) == 0:
		return append(out, Fault{at, keyword, brief(e.Message)})
	}
	for _, c := range e.Causes {
		out = leaves(c, out)
	}
	return out
}

// quoted finds the names in "missing properties: 'a', 'b'".
var quoted = regexp.MustCompile(`'((?:[^'\\]|\\.)*)'`)

// brief cuts a message that quotes a document.
func brief(s string) string {
	const longest = 200
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "…"
}
