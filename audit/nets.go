package audit

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// The nets a rule falls through before it loads. JSON Schema as a rule language
// has one great fault, vacuous truth: what is misspelt, misplaced or absent
// holds. Each net catches one way for a rule to be true of everything.

// strictly compiles what the nets need, before several files are read at a time.
func (l *Loader) strictly() (err error) {
	if l.Strict && l.schema == nil {
		l.schema, err = schemas.Compile("rule")
	}
	return err
}

// form holds the rule against the schema of rules.
func (l *Loader) form(r *Rule, doc any) error {
	err := l.schema.Validate(doc)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	var faults []error
	for _, leaf := range leaves(v) {
		for _, c := range complaints("rule", leaf, doc) {
			if f := r.fault(c.pointer, "%s", c.msg); !slices.ContainsFunc(faults, func(g error) bool { return g.Error() == f.Error() }) {
				faults = append(faults, f)
			}
		}
	}
	return errors.Join(faults...)
}

// leaves lists the complaints behind a complaint, in the order of their places.
// Of alternatives only one is told: the rest follow from the choice.
func leaves(v *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	if strings.HasSuffix(v.KeywordLocation, "/anyOf") || strings.HasSuffix(v.KeywordLocation, "/oneOf") {
		return []*jsonschema.ValidationError{firstLeaf(v)}
	}
	var out []*jsonschema.ValidationError
	for _, c := range v.Causes {
		out = append(out, leaves(c)...)
	}
	slices.SortStableFunc(out, byPlace)
	return out
}

func byPlace(a, b *jsonschema.ValidationError) int {
	return cmp.Or(cmp.Compare(a.InstanceLocation, b.InstanceLocation), cmp.Compare(a.KeywordLocation, b.KeywordLocation))
}

// complaint is what a document breaks of a schema, and where.
type complaint struct{ pointer, msg string }

// complaints tells one leaf: of unknown keys it is one complaint each.
func complaints(name string, leaf *jsonschema.ValidationError, doc any) []complaint {
	at, err := url.PathUnescape(leaf.InstanceLocation) // the library escapes it as for a URL
	if err != nil {
		at = leaf.InstanceLocation
	}
	place := cmp.Or(at, name)
	keys, names := strangers(name, leaf, doc, at)
	if len(keys) == 0 {
		return []complaint{{at, place + ": " + leaf.Message}}
	}
	var out []complaint
	for _, key := range keys {
		out = append(out, complaint{at + "/" + schemas.EscapePointer(key), fmt.Sprintf("%s: unknown keyword %q%s", place, key, suggestion(key, names))})
	}
	return out
}

// Complaint says what a document breaks of the schema called name, and where: of
// several faults always the same one. ok is false where err is none of a schema.
func Complaint(name string, doc any, err error) (pointer, msg string, ok bool) {
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return "", "", false
	}
	c := complaints(name, firstLeaf(v), doc)[0]
	return c.pointer, c.msg, true
}

// firstLeaf picks the complaint to report: among the deepest causes the one
// whose place sorts first, so that a rule always gets the same answer.
func firstLeaf(v *jsonschema.ValidationError) *jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return v
	}
	all := make([]*jsonschema.ValidationError, len(v.Causes))
	for i, c := range v.Causes {
		all[i] = firstLeaf(c)
	}
	return slices.MinFunc(all, byPlace)
}

// strangers finds the keys that a complaint is about, where it is about any, in
// sorted order, and the names that are allowed in their place.
func strangers(name string, leaf *jsonschema.ValidationError, doc any, at string) (keys, names []string) {
	_, keyword, _ := strings.Cut(leaf.AbsoluteKeywordLocation, "#")
	above, ok := strings.CutSuffix(keyword, "/additionalProperties")
	schema, err := schemas.Document(name)
	if !ok || err != nil {
		return nil, nil
	}
	known, _ := lookup(schema, above+"/properties")
	props, _ := known.(map[string]any)
	given, _ := lookup(doc, at)
	m, _ := given.(map[string]any)
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if _, ok := props[k]; !ok {
			keys = append(keys, k)
		}
	}
	return keys, slices.Sorted(maps.Keys(props))
}

// Nearest returns the name most like the one given, or "" where none is close.
func Nearest(name string, names []string) string {
	best, at := "", 1+len(name)/3
	for _, n := range names {
		if d := distance(name, n); d <= at && (best == "" || d < at) {
			best, at = n, d
		}
	}
	return best
}

func suggestion(name string, names []string) string {
	if n := Nearest(name, names); n != "" {
		return fmt.Sprintf(", did you mean %q?", n)
	}
	return ""
}

// distance is the edit distance of two names (Levenshtein, by rows).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// keywordTypes tells which type of value each keyword looks at; on any other
// type JSON Schema lets it pass.
var keywordTypes = map[string]string{
	"required": "object", "properties": "object",
	"items": "array", "contains": "array", "minItems": "array", "maxItems": "array",
	"minLength": "string", "pattern": "string",
	"minimum": "number", "maximum": "number",
}

// typed holds a fragment against what the evidence can hold there; a shape of
// nil, as for the items of a value left open, can hold anything.
func (r *Rule) typed(fragment map[string]any, shape *Shape, at string) error {
	if shape == nil {
		shape = &Shape{}
	}
	pinned, _ := fragment["type"].(string)
	if pinned != "" && !shape.admits(pinned) {
		return r.fault(at+"/type", "type %s cannot occur: the evidence has %s there", pinned, strings.Join(shape.Types, " or "))
	}
	var faults []error
	for _, keyword := range slices.Sorted(maps.Keys(fragment)) {
		faults = append(faults, r.keyword(keyword, fragment, shape, pinned, at+"/"+schemas.EscapePointer(keyword)))
	}
	return errors.Join(faults...)
}

func (r *Rule) keyword(keyword string, fragment map[string]any, shape *Shape, pinned, at string) error {
	if want, ok := keywordTypes[keyword]; ok {
		if err := r.applies(keyword, want, pinned, shape, at); err != nil {
			return err
		}
	}
	v := fragment[keyword]
	switch keyword {
	case "required":
		props, _ := fragment["properties"].(map[string]any)
		var faults []error
		for _, name := range list(v) {
			if _, told := props[name.(string)]; !told && shape.member(name.(string)) == nil {
				faults = append(faults, r.fault(at, "the evidence has no member %q here%s", name, suggestion(name.(string), slices.Sorted(maps.Keys(shape.Properties)))))
			}
		}
		return errors.Join(faults...)
	case "properties":
		return r.members(v.(map[string]any), list(fragment["required"]), shape, at)
	case "items":
		if _, ok := fragment["minItems"]; !ok {
			return r.fault(at, "items without minItems holds for an empty list")
		}
		return r.typed(v.(map[string]any), shape.Items, at)
	case "contains":
		return r.typed(v.(map[string]any), shape.Items, at)
	case "enum":
		return r.values(list(v), shape, at)
	case "const":
		return r.values([]any{v}, shape, at)
	case "not":
		return r.typed(v.(map[string]any), shape, at)
	case "allOf", "anyOf":
		var faults []error
		for i, branch := range list(v) {
			faults = append(faults, r.typed(branch.(map[string]any), shape, Join(at, i)))
		}
		return errors.Join(faults...)
	case "$ref":
		return r.listed(v.(string), shape, at)
	}
	return nil
}

// applies refuses a keyword on a place whose values it would let pass unseen.
func (r *Rule) applies(keyword, want, pinned string, shape *Shape, at string) error {
	if pinned != "" {
		if pinned == want || want == "number" && pinned == "integer" {
			return nil
		}
		return r.fault(at, "%s says nothing about a value of type %s", keyword, pinned)
	}
	if len(shape.Types) == 0 {
		return r.fault(at, "the evidence leaves the type open here: say type: %s beside %s", want, keyword)
	}
	for _, t := range shape.Types {
		if t == want || want == "number" && t == "integer" {
			continue
		}
		if len(shape.Types) == 1 {
			return r.fault(at, "%s says nothing about a value of type %s", keyword, t)
		}
		return r.fault(at, "%s lets a value of type %s pass: say type: %s beside it", keyword, t, want)
	}
	return nil
}

func (r *Rule) members(props map[string]any, required []any, shape *Shape, at string) error {
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(props)) {
		sub := at + "/" + schemas.EscapePointer(name)
		place := shape.member(name)
		if place == nil {
			faults = append(faults, r.fault(sub, "the evidence has no member %q here%s", name, suggestion(name, slices.Sorted(maps.Keys(shape.Properties)))))
			continue
		}
		if !slices.Contains(required, any(name)) {
			faults = append(faults, r.fault(sub, "%q is constrained and not required: where it is absent nothing would be asked", name))
		}
		faults = append(faults, r.typed(props[name].(map[string]any), place, sub))
	}
	return errors.Join(faults...)
}

// values refuses what enum or const may not list. An object compared as a whole
// would turn a member that nobody looked for, unknown, into a fail.
func (r *Rule) values(values []any, shape *Shape, at string) error {
	if slices.ContainsFunc(values, hasObject) {
		return r.fault(at, "an object is asked by its members, with required and properties")
	}
	return r.occurs(values, shape, at)
}

func hasObject(v any) bool {
	if _, ok := v.(map[string]any); ok {
		return true
	}
	return slices.ContainsFunc(list(v), hasObject)
}

// occurs refuses a value that the evidence can never hold there.
func (r *Rule) occurs(values []any, shape *Shape, at string) error {
	for _, v := range values {
		if !slices.ContainsFunc(shape.Types, func(t string) bool { return isType(v, t) }) && len(shape.Types) > 0 {
			return r.fault(at, "%v cannot occur: the evidence has %s there", v, strings.Join(shape.Types, " or "))
		}
		if v != nil && len(shape.Enum) > 0 && !slices.ContainsFunc(shape.Enum, func(e any) bool { return equal(Plain(e), v) }) {
			return r.fault(at, "%q cannot occur: the evidence knows %s%s", v, words(shape.Enum), suggestion(fmt.Sprint(v), stringsOf(shape.Enum)))
		}
		if f, ok := numeric(v); ok && (shape.Minimum != nil && f < *shape.Minimum || shape.Maximum != nil && f > *shape.Maximum) {
			return r.fault(at, "%v cannot occur: it is outside what the evidence allows", v)
		}
	}
	return nil
}

func numeric(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func stringsOf(values []any) []string {
	var out []string
	for _, v := range values {
		if v != nil {
			out = append(out, fmt.Sprint(v))
		}
	}
	return out
}

func words(values []any) string { return strings.Join(stringsOf(values), ", ") }

// listed refuses a reference to a list of which no member can occur.
func (r *Rule) listed(ref string, shape *Shape, at string) error {
	s, err := schemas.Compiler().Compile(ref)
	if err != nil {
		return r.fault(at, "no such list: %s", ref)
	}
	for _, v := range s.Enum {
		if r.occurs([]any{Plain(v)}, shape, at) == nil {
			return nil
		}
	}
	return r.fault(at, "nothing on the list %s can occur here", ref)
}

// proof tries the rule on its own examples, on the examples with each of its
// constraints taken away, and on evidence in which everything is present and
// empty.
func (l *Loader) proof(r *Rule) error {
	shape := l.shape.At(r.Pointer())
	faults := []error{r.kindsOnly(l.shape)}
	best := Unsourced
	for _, set := range []struct {
		name string
		list []any
		want Outcome
	}{{"pass", r.Pass, Pass}, {"fail", r.Fail, Fail}} {
		for i, example := range set.list {
			at := Join("/examples", set.name, i)
			if err := r.valid(example, shape, at); err != nil {
				faults = append(faults, err)
				continue
			}
			got, level := r.try(r.expect, example)
			if got != set.want {
				faults = append(faults, r.fault(at, "the example should %s and comes out %s", set.name, got))
			}
			best = max(best, level)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err // what follows is drawn from the examples
	}
	if best < r.Level {
		faults = append(faults, r.fault("/level", "no pass can be %s: what is asked about is never more than %s", r.Level, best))
	}
	return errors.Join(append(faults, l.mutants(r, shape), r.vacuous(shape))...)
}

// kindsOnly lets a condition ask of kinds, formats and roles alone: places
// where the evidence has a closed vocabulary. Were it to ask whether something
// is there, taking it away would make the rule go away.
func (r *Rule) kindsOnly(root *Shape) error {
	when, ok := r.raw["when"].(map[string]any)
	if !ok {
		return nil
	}
	shape := root.At(r.Pointer())
	if r.whenAt != "" {
		shape = root.At(r.whenAt)
	}
	return r.kinds(when, shape, "/when")
}

func (r *Rule) kinds(fragment map[string]any, shape *Shape, at string) error {
	var faults []error
	for _, keyword := range slices.Sorted(maps.Keys(fragment)) {
		faults = append(faults, r.kind(keyword, fragment, shape, Join(at, keyword)))
	}
	return errors.Join(faults...)
}

func (r *Rule) kind(keyword string, fragment map[string]any, shape *Shape, at string) error {
	v := fragment[keyword]
	props, _ := fragment["properties"].(map[string]any)
	closed := false
	switch keyword {
	case "at", "minContains":
		return nil
	case "required":
		closed = !slices.ContainsFunc(list(v), func(name any) bool { return props[name.(string)] == nil })
	case "properties":
		for _, name := range slices.Sorted(maps.Keys(props)) {
			if err := r.kinds(props[name].(map[string]any), shape.member(name), Join(at, name)); err != nil {
				return err
			}
		}
		return nil
	case "contains":
		return r.kinds(v.(map[string]any), shape.Items, at)
	case "allOf", "anyOf":
		for i, branch := range list(v) {
			if err := r.kinds(branch.(map[string]any), shape, Join(at, i)); err != nil {
				return err
			}
		}
		return nil
	case "const", "enum", "not", "$ref":
		closed = shape != nil && len(shape.Enum) > 0 && !slices.Contains(shape.Types, "null")
	}
	if !closed {
		return r.fault(at, "a condition may only ask for a kind, a format or a role: what is absent must not make the rule go away")
	}
	return nil
}

// valid holds an example against the evidence schema at the rule's place.
func (r *Rule) valid(example any, shape *Shape, at string) error {
	if items, ok := example.([]any); ok && r.Each {
		for i, item := range items {
			if err := r.conforms(item, shape, Join(at, i)); err != nil {
				return err
			}
		}
		return nil
	}
	return r.conforms(example, shape, at)
}

func (r *Rule) conforms(v any, shape *Shape, at string) error {
	if len(shape.Types) > 0 && !slices.ContainsFunc(shape.Types, func(t string) bool { return isType(v, t) }) {
		return r.fault(at, "not valid evidence: %v where %s belongs", v, strings.Join(shape.Types, " or "))
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range shape.Required {
			if _, ok := v[name]; !ok {
				return r.fault(at, "not valid evidence: an item here is named by its %s", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			sub := shape.member(name)
			if sub == nil && len(shape.Types) > 0 {
				return r.fault(Join(at, name), "not valid evidence: there is no member %q%s", name, suggestion(name, slices.Sorted(maps.Keys(shape.Properties))))
			}
			if sub == nil {
				continue
			}
			if err := r.conforms(v[name], sub, Join(at, name)); err != nil {
				return err
			}
		}
	case []any:
		if len(v) < shape.MinItems {
			return r.fault(at, "not valid evidence: there are always %d here", shape.MinItems)
		}
		for i, x := range v {
			if shape.Items == nil {
				break
			}
			if err := r.conforms(x, shape.Items, Join(at, i)); err != nil {
				return err
			}
		}
	default:
		return r.occurs([]any{v}, shape, at)
	}
	return nil
}

// try answers a check on an example, every source taken to be the best. Where
// the rule asks each item, an example is one item or a list of them.
func (r *Rule) try(c *check, example any) (Outcome, Level) {
	w, t := &walker{}, trail{nil, Verified}
	if !r.Each {
		return w.walk(c, example, t)
	}
	if _, isList := example.([]any); !isList {
		example = []any{example}
	}
	return r.each(c, example, t, w)
}

// mutants drops each constraint in turn: at least one example must notice.
// required and type are left alone, since what they ask for is unknown when
// missing, never a fail.
func (l *Loader) mutants(r *Rule, shape *Shape) error {
	expect := r.raw["expect"].(map[string]any)
	var faults []error
	for _, m := range mutants(expect, "/expect") {
		c, _, err := compile(m.fragment, shape)
		switch {
		case err != nil:
			faults = append(faults, r.fault(m.pointer, "%v", err))
		case !r.notices(c):
			faults = append(faults, r.fault(m.pointer, "no example would notice if this were dropped"))
		}
	}
	return errors.Join(faults...)
}

func (r *Rule) notices(c *check) bool {
	for _, example := range r.Pass {
		if o, _ := r.try(c, example); o != Pass {
			return true
		}
	}
	for _, example := range r.Fail {
		if o, _ := r.try(c, example); o != Fail {
			return true
		}
	}
	return false
}

type mutant struct {
	pointer  string
	fragment map[string]any
}

// mutants lists a fragment with each of its constraints dropped in turn,
// nested ones included.
func mutants(fragment map[string]any, at string) []mutant {
	var out []mutant
	for _, keyword := range slices.Sorted(maps.Keys(fragment)) {
		if keyword == "required" || keyword == "type" || keyword == "properties" {
			continue
		}
		without := maps.Clone(fragment)
		delete(without, keyword)
		if keyword == "contains" {
			delete(without, "minContains")
		}
		out = append(out, mutant{at + "/" + schemas.EscapePointer(keyword), without})
	}
	for _, keyword := range slices.Sorted(maps.Keys(fragment)) {
		for _, inner := range below(fragment[keyword], keyword, at+"/"+schemas.EscapePointer(keyword)) {
			changed := maps.Clone(fragment)
			changed[keyword] = inner.value
			out = append(out, mutant{inner.pointer, changed})
		}
	}
	return out
}

type variant struct {
	pointer string
	value   any
}

func below(v any, keyword, at string) []variant {
	var out []variant
	switch keyword {
	case "items", "contains":
		for _, m := range mutants(v.(map[string]any), at) {
			out = append(out, variant{m.pointer, m.fragment})
		}
	case "properties":
		props := v.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(props)) {
			for _, m := range mutants(props[name].(map[string]any), Join(at, name)) {
				changed := maps.Clone(props)
				changed[name] = m.fragment
				out = append(out, variant{m.pointer, changed})
			}
		}
	case "allOf", "anyOf":
		branches := list(v)
		for i, branch := range branches {
			if len(branches) > 1 {
				out = append(out, variant{Join(at, i), slices.Delete(slices.Clone(branches), i, i+1)})
			}
			for _, m := range mutants(branch.(map[string]any), Join(at, i)) {
				changed := slices.Clone(branches)
				changed[i] = m.fragment
				out = append(out, variant{m.pointer, changed})
			}
		}
	}
	return out
}

// vacuous refuses a rule that passes where everything is present and empty.
func (r *Rule) vacuous(shape *Shape) error {
	what := "evidence"
	if r.Each {
		what = "an item"
	}
	for _, blank := range []bool{false, true} {
		v, ok := shape.empty(blank)
		if !ok {
			continue
		}
		if o, _ := (&walker{}).walk(r.expect, v, trail{nil, Verified}); o == Pass {
			return r.fault("/expect", "holds for %s in which everything is present and empty", what)
		}
	}
	return nil
}
