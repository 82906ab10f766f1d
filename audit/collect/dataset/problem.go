package dataset

import (
	"cmp"
	"fmt"
	"slices"
)

// Kind says what is wrong, once and for good; a message may be reworded.
type Kind string

// What can be wrong with any manifest.
const (
	InvalidJSON Kind = "invalid_json" // it does not parse
	InvalidYAML Kind = "invalid_yaml" // it does not parse
	Encoding    Kind = "encoding"     // it is not UTF-8, or begins with a byte order mark
	TwiceKey    Kind = "duplicate_key"
	LimitHit    Kind = "limit_hit" // a limit of this package cut it short
	Schema      Kind = "schema"    // it does not have the form that its format asks for
	Missing     Kind = "missing"   // what has to be there is not
	HashShape   Kind = "hash_shape"
	Placeholder Kind = "placeholder"  // text that stands in for what was never filled in
	Escape      Kind = "path_escape"  // a path leads out of the folder of the manifest
	UnknownTerm Kind = "unknown_term" // a property that the vocabulary does not have
)

// What can be wrong with a Croissant manifest, as mlcroissant 1.1.1 sees it.
const (
	BadContext        Kind = "bad_context"        // the context cannot be read without fetching, or at all
	NotADataset       Kind = "not_a_dataset"      // nothing in it is a Dataset of https://schema.org/
	BadVersion        Kind = "bad_version"        // conformsTo names no version of Croissant
	BadID             Kind = "bad_id"             // an @id with white space
	WrongType         Kind = "wrong_type"         // an object of another @type
	WrongValue        Kind = "wrong_value"        // a value of another kind
	OneOf             Kind = "one_of"             // of several properties exactly one has to be there
	MissingHash       Kind = "missing_hash"       // a file without md5 or sha256
	BadName           Kind = "bad_name"           // a name of a kind or spelling that it cannot have
	SourceAndValue    Kind = "source_and_value"   // a field with both
	NoSource          Kind = "no_source"          // a field with neither
	ValueWithoutType  Kind = "value_without_type" // a constant of no data type
	BadSource         Kind = "bad_source"         // the source of a field leads nowhere
	NoDataType        Kind = "no_data_type"       // a field of which nothing tells the type
	BadJSONPath       Kind = "bad_json_path"
	BadTransform      Kind = "bad_transform"
	BadArrayShape     Kind = "bad_array_shape"
	BadData           Kind = "bad_data" // records that stand in the manifest and do not fit
	DuplicateID       Kind = "duplicate_id"
	DanglingReference Kind = "dangling_reference"
	UndeclaredJoin    Kind = "undeclared_join"
	BadLicense        Kind = "bad_license"
	BadDate           Kind = "bad_date"
	BadFileProperty   Kind = "bad_file_property"
	Cycle             Kind = "cycle"    // something leads back to itself
	GivesUp           Kind = "gives_up" // the reference ends with an error of its own
	VersionForm       Kind = "version_form"
	Cardinality       Kind = "cardinality" // several values where one is read
)

// Source says who asks for what is missing or wrong.
type Source string

// The two who ask: the validator that everybody uses, and the specification
// where it goes further.
const (
	Reference Source = "reference"
	Spec      Source = "spec"
)

// Problem is something wrong with a manifest, and where.
type Problem struct {
	Kind    Kind
	Message string
	Line    int    // counted from 1; 0 where it has no place
	Pointer string // JSON pointer into the document
	Source  Source
	about   string // the property or class, for tests
}

func problemAt(kind Kind, at *value, format string, args ...any) Problem {
	return Problem{Kind: kind, Message: fmt.Sprintf(format, args...), Line: at.place(), Pointer: at.pointer(), Source: Reference}
}

// problems collects what is wrong, each once.
type problems struct {
	list []Problem
	seen map[Problem]bool
}

// maxProblems bounds the list; a manifest that is wrong in more places is wrong.
const maxProblems = 200

func (ps *problems) add(p Problem) {
	if ps.seen == nil {
		ps.seen = map[Problem]bool{}
	}
	if ps.seen[p] || len(ps.list) >= maxProblems {
		return
	}
	ps.seen[p] = true
	ps.list = append(ps.list, p)
}

// sorted is the list in the order of the document.
func (ps *problems) sorted() []Problem {
	slices.SortStableFunc(ps.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return ps.list
}
