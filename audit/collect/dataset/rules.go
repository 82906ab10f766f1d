package dataset

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// check holds one object against what its class asks for, in the order of the
// reference (structure_graph/nodes/*.py, __post_init__).
func (r *reader) check(t *thing) {
	switch t.class.name {
	case "Extract":
		r.oneOf(t, "column", "fileProperty", "jsonPath")
	case "Source":
		names := []string{"field", "fileObject", "fileSet"}
		if r.version == v08 {
			names = append(names, "distribution")
		}
		r.oneOf(t, names...)
	case "Transform":
		r.checkTransform(t)
	case "FileObject":
		r.checkFileObject(t)
	case "FileSet":
		r.checkName(t)
		r.mandatory(t, "includes", "encodingFormat")
		r.identified(t)
	case "RecordSet":
		r.checkName(t)
		r.identified(t)
		r.checkData(t)
	case "Field":
		r.checkField(t)
	}
}

// oneOf asks for exactly one of several properties.
func (r *reader) oneOf(t *thing, names ...string) {
	n := 0
	for _, name := range names {
		if has(t.props[name]) {
			n++
		}
	}
	if n != 1 {
		r.fault(OneOf, t.from, t.class.name, "exactly one of %s has to be there, not %d", strings.Join(names, ", "), n)
	}
}

func (r *reader) mandatory(t *thing, names ...string) {
	for _, name := range names {
		if !has(t.props[name]) {
			r.fault(Missing, t.at(name), name, "%s has no %s", strings.ToLower(t.class.name[:1])+t.class.name[1:], name)
		}
	}
}

// identified asks for what tells an object apart: its name in 0.8, its id since.
func (r *reader) identified(t *thing) {
	switch {
	case r.version == v08:
		r.mandatory(t, "name")
	case t.id == "":
		r.fault(Missing, t.from, "@id", "%s has no @id", t.class.name)
	}
}

// maxName is the longest name that 0.8 allows, in characters.
const maxName = 255

var oldName = regexp.MustCompile(`^[a-zA-Z0-9\-_.]+\n?$`)

func (r *reader) checkName(t *thing) {
	v, given := t.props["name"]
	if !given {
		v = ""
	}
	name, isText := v.(string)
	switch {
	case isText:
	case r.version != v11:
		r.fault(BadName, t.at("name"), "name", "the name has to be one text")
		return
	default:
		if _, ok := v.(multilingual); !ok {
			r.fault(BadName, t.at("name"), "name", "the name has to be one text, or one for each language")
		}
		return
	}
	if name == "" || r.version != v08 {
		return
	}
	if utf8.RuneCountInString(name) > maxName {
		r.fault(BadName, t.at("name"), "name", "the name %q is longer than %d characters", clip(name, 40), maxName)
	}
	if !oldName.MatchString(name) {
		r.fault(BadName, t.at("name"), "name", "the name %q has other characters than letters, digits, -, _ and . in it", clip(name, 80))
	}
}

func (r *reader) checkTransform(t *thing) {
	n := 0
	for _, name := range []string{"format", "jsonPath", "regex", "replace", "separator"} {
		if has(t.props[name]) {
			n++
		}
	}
	switch {
	case n > 1:
		r.fault(BadTransform, t.from, "too many", "a transformation does one thing, and this one names %d", n)
	case n == 0 && !t.isTrue("readLines") && !t.isTrue("unArchive"):
		r.fault(BadTransform, t.from, "none", "a transformation that says nothing to do")
	}
}

func (r *reader) checkFileObject(t *thing) {
	r.checkName(t)
	r.mandatory(t, "encodingFormat")
	r.identified(t)
	if has(t.props["containedIn"]) {
		return
	}
	r.mandatory(t, "contentUrl")
	if !r.live && t.props["md5"] == nil && t.props["sha256"] == nil {
		r.fault(MissingHash, t.from, "md5, sha256", "a file that is fetched from elsewhere has neither md5 nor sha256")
	}
}

// source is what a field is drawn from; ok is false where it names nothing.
func (r *reader) source(t *thing) (string, bool) {
	if t == nil {
		return "", false
	}
	names := []string{"field", "fileObject", "fileSet"}
	if r.version == v08 {
		names = []string{"field", "distribution"}
	}
	for _, name := range names {
		if s, ok := t.props[name].(string); ok && s != "" {
			return s, true
		}
	}
	s, ok := t.props[names[len(names)-1]].(string)
	return s, ok
}

func (r *reader) checkField(t *thing) {
	r.checkName(t)
	r.identified(t)
	source := t.thing("source")
	if _, ok := r.source(source); ok {
		if t.props["value"] != nil {
			r.fault(SourceAndValue, t.from, "Field", "a field has a source and a constant value; it is one or the other")
		}
		r.checkPath(source.thing("extract"))
	}
	shape := t.string("arrayShape")
	if shape == "" {
		return
	}
	if !t.isTrue("isArray") {
		r.fault(BadArrayShape, t.at("arrayShape"), "isArray", "arrayShape without isArray")
	}
	for _, dim := range strings.Split(shape, ",") {
		if !isPythonInt(dim) {
			r.fault(BadArrayShape, t.at("arrayShape"), "arrayShape", "arrayShape %q is no list of whole numbers", clip(shape, 40))
			return
		}
	}
}

// isPythonInt tells whether Python's int reads a text: blanks around it, a sign
// and single underscores between digits are allowed.
func isPythonInt(s string) bool {
	s = strings.TrimFunc(s, isPythonSpace)
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	digit := false
	for _, c := range s {
		switch {
		case unicode.IsDigit(c):
			digit = true
		case c == '_' && digit:
			digit = false
		default:
			return false
		}
	}
	return digit
}

func (r *reader) checkPath(extract *thing) {
	if extract == nil || extract.string("jsonPath") == "" {
		return
	}
	if err := checkJSONPath(extract.string("jsonPath")); err != nil {
		r.fault(BadJSONPath, extract.at("jsonPath"), "jsonPath", "jsonPath %q: %v", clip(extract.string("jsonPath"), 80), err)
	}
}

// checkData holds records that stand in the manifest against the fields.
func (r *reader) checkData(t *thing) {
	v := t.props["data"]
	if v == nil {
		return
	}
	list, ok := v.([]any)
	if !ok {
		r.fault(BadData, t.at("data"), "data", "data has to be a list of records")
		return
	}
	if len(list) == 0 {
		r.fault(BadData, t.at("data"), "data", "data has no records")
	}
	var want []string
	for _, f := range t.things("field") {
		want = append(want, r.columnOf(f))
	}
	slices.Sort(want)
	want = slices.Compact(want)
	for i, item := range list {
		record, ok := item.(*value)
		if !ok || record.kind != objectValue {
			r.fault(BadData, t.at("data"), "data", "record %d is no object", i)
			return
		}
		if got := slices.Sorted(slices.Values(record.keys)); !slices.Equal(got, want) {
			r.fault(BadData, record, "data", "record %d has the columns %s where the fields are %s", i, clip(fmt.Sprint(got), 120), clip(fmt.Sprint(want), 120))
		}
	}
}

// columnOf is what a field is called in a record.
func (r *reader) columnOf(f *thing) string {
	if r.version == v08 {
		return f.string("name")
	}
	return f.id
}

// checkDataset asks for what a dataset has to bring, and notes what it should
// (structure_graph/nodes/metadata.py).
func (r *reader) checkDataset(t *thing) {
	r.checkName(t)
	r.checkLicense(t)
	if r.version == v08 {
		r.mandatory(t, "name")
	}
	for _, name := range []string{"citeAs", "datePublished", "license", "version"} {
		if !has(t.props[name]) {
			r.warn(Missing, t.at(name), name, "the dataset has no %s, which is recommended", name)
		}
	}
}

func (r *reader) checkLicense(t *thing) {
	switch v := t.props["license"].(type) {
	case nil:
	case string:
		t.props["license"] = []any{v} // an empty text too, which so is no missing licence to the reference
	case []any:
		for _, item := range v {
			_, isText := item.(string)
			if o, ok := item.(*thing); !isText && (!ok || o == nil) {
				r.fault(BadLicense, t.at("license"), "license", "a licence has to be a text or a CreativeWork")
				delete(t.props, "license")
				return
			}
		}
	default:
		r.fault(BadLicense, t.at("license"), "license", "a licence has to be a text or a CreativeWork")
		delete(t.props, "license")
	}
}
