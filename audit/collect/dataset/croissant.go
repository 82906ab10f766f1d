package dataset

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// baseIRI is what stands before relative ids where the context gives no @base;
// it is taken off again.
const (
	docIRI  = "file:///manifest/"
	baseIRI = "cr_base_iri/"
)

// uuid is an id as references spell it.
func uuid(id string) string {
	if _, rest, ok := strings.Cut(id, baseIRI); ok {
		return rest
	}
	return id
}

// reader checks one Croissant manifest as mlcroissant 1.1.1 does: the document
// becomes a graph, the graph a tree of objects, and these are checked one by
// one and then together. Where the reference would end with an error of its
// own, so does the check; what it would have found later is not known.
type reader struct {
	root     *value
	version  croissantVersion
	live     bool // isLiveDataset
	errors   problems
	warnings problems
	err      *Problem
	things   int
	dataset  *node // nil where nothing in the document is one
	settled  bool  // version was read
}

// fault notes what the reference calls an error.
func (r *reader) fault(kind Kind, at *value, about, format string, args ...any) {
	p := problemAt(kind, at, format, args...)
	p.about = about
	r.errors.add(p)
}

func (r *reader) warn(kind Kind, at *value, about, format string, args ...any) {
	p := problemAt(kind, at, format, args...)
	p.about = about
	r.warnings.add(p)
}

// giveUp ends the check where the reference does.
func (r *reader) giveUp(p *Problem) {
	if r.err == nil {
		r.err = p
		r.errors.add(*p)
	}
}

// checkCroissant checks a manifest. The version is the one whose rules count.
func checkCroissant(root *value) *reader {
	r := &reader{root: root}
	dataset := r.tree()
	if dataset == nil {
		return r
	}
	if t, ok := r.object(classes["Dataset"], dataset).(*thing); ok && t != nil && r.err == nil {
		r.structure(t)
	}
	return r
}

// tree reads the document and returns the dataset in it.
func (r *reader) tree() *node {
	ctx := r.root.get("@context")
	switch {
	case r.root.kind != objectValue:
		p := problemAt(GivesUp, r.root, "the document is %s, not an object", r.root.kind)
		r.giveUp(&p)
		return nil
	case ctx != nil && ctx.kind != objectValue:
		p := problemAt(BadContext, ctx, "the context is %s; it has to be an object, as no context is fetched", ctx.kind)
		r.giveUp(&p)
		return nil
	}
	r.checkIDs(r.root, map[string]bool{})
	x := &expander{nodes: map[string]*node{}}
	c := newContext(docIRI)
	if r.err != nil {
		return nil
	}
	if ctx != nil {
		x.load(c, ctx)
		if ctx.get("@base") == nil {
			c.base = docIRI + baseIRI
		}
	}
	x.resource(c, r.root, true)
	nodes := x.serialised()
	if x.err != nil {
		r.giveUp(x.err)
		return nil
	}
	at := slices.IndexFunc(nodes, func(n *node) bool { return n.isA(datasetIRI) })
	if at < 0 {
		r.notADataset(nodes)
		return nil
	}
	r.dataset = nodes[at]
	p := &populator{expander: x, language: ctx.get("@language").string(), hasLanguage: ctx.get("@language") != nil, lists: staysList()}
	p.follow(nodes[at], 0)
	if x.err != nil {
		r.giveUp(x.err)
		return nil
	}
	return nodes[at]
}

// notADataset says why nothing in the document is a dataset.
func (r *reader) notADataset(nodes []*node) {
	at := r.root.get("@type")
	if at == nil {
		at = r.root
	}
	if slices.ContainsFunc(nodes, func(n *node) bool { return n.isA("http://schema.org/Dataset") }) {
		r.fault(NotADataset, at, "", "its type is Dataset of http://schema.org/, as the specification spells it; the reference validator reads https://schema.org/ alone")
		return
	}
	r.fault(NotADataset, at, "", "nothing in it is a Dataset of https://schema.org/")
}

// checkIDs looks for white space in ids, in the context too.
func (r *reader) checkIDs(v *value, seen map[string]bool) {
	for i, key := range v.keys {
		inner := v.items[i]
		switch {
		case key == "@id" && inner.kind != textValue:
			p := problemAt(BadID, inner, "an @id is %s, not a string", inner.kind)
			r.giveUp(&p)
		case key == "@id" && strings.ContainsFunc(inner.text, isPythonSpace) && !seen[inner.text]:
			seen[inner.text] = true
			r.fault(BadID, inner, "", "the @id %q has white space in it, and what it names is lost", clip(inner.text, 80))
		}
		for _, item := range inner.each() {
			if item.kind == objectValue {
				r.checkIDs(item, seen)
			}
		}
	}
}

// isPythonSpace tells what Python's regular expressions take for white space.
func isPythonSpace(c rune) bool { return unicode.IsSpace(c) || c >= 0x1c && c <= 0x1f }

// staysList are the properties that are lists whatever they hold, with the class
// that has them.
func staysList() map[string]string {
	out := map[string]string{schemaOrg + "distribution": datasetIRI}
	for _, v := range []croissantVersion{v08, v10} {
		out[v.iri(cr, "field")] = v.iri(cr, "RecordSet")
		out[v.iri(cr, "recordSet")] = datasetIRI
		out[v.iri(cr, "subField")] = v.iri(cr, "Field")
		out[v.iri(cr, "annotation")] = v.iri(cr, "Field")
	}
	return out
}

// thing is an object of a manifest after its properties were read: strings,
// bools, numbers, things, multilingual texts, lists of these.
type thing struct {
	class   *class
	id      string
	from    *value
	props   map[string]any
	places  map[string]*value
	parents []*thing
}

// number is a number as it was written.
type number struct {
	text  string
	whole bool
}

// at is where a property stands, else the object itself.
func (t *thing) at(name string) *value {
	if v := t.places[name]; v != nil {
		return v
	}
	return t.from
}

func (t *thing) string(name string) string {
	s, _ := t.props[name].(string)
	return s
}

func (t *thing) isTrue(name string) bool { return t.props[name] == true }

// thing returns the object in a property; nil where there is none.
func (t *thing) thing(name string) *thing {
	o, _ := t.props[name].(*thing)
	return o
}

// things returns the objects in a property.
func (t *thing) things(name string) []*thing {
	var out []*thing
	list, _ := t.props[name].([]any)
	for _, v := range list {
		if o, ok := v.(*thing); ok {
			out = append(out, o)
		}
	}
	return out
}

// has tells whether a property says something, in the sense of Python.
func has(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case bool:
		return v
	case number:
		return v.text != "0"
	case []any:
		return len(v) > 0
	case multilingual:
		return len(v) > 0
	case *value:
		return len(v.items) > 0
	}
	return true
}

// object reads a resource, or a list of them, as objects of a class; nil where
// there is no object.
func (r *reader) object(c *class, v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, r.object(c, item))
		}
		return out
	case *node:
		return r.build(c, v)
	}
	r.fault(WrongValue, r.root, c.name, "an object of class %s was expected, not %s", c.name, kindOf(v))
	return nil
}

func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case *literal:
		return v.kind.String()
	case multilingual, *node, *thing:
		return "an object"
	}
	return "a list"
}

// maxThings bounds the objects that are made: one that is referred to often is
// made as often.
const maxThings = 400_000

func (r *reader) build(c *class, n *node) *thing {
	if r.things++; r.things > maxThings {
		p := problemAt(LimitHit, r.root, "more than %d objects", maxThings)
		r.giveUp(&p)
		return nil
	}
	t := &thing{class: c, id: uuid(n.id), from: n.from, props: map[string]any{}, places: map[string]*value{}}
	props := n.resolved.props
	if c.name == "Dataset" {
		r.settleVersion(n)
	}
	if n.resolved.kind != c.iri(r.version) {
		r.wrongType(n, c.name, []string{c.iri(r.version)})
	}
	for _, p := range c.properties {
		iri := p.iri(r.version)
		t.places[p.name] = n.resolved.places[iri]
		if v := r.read(p, t, props[iri]); v != nil {
			t.props[p.name] = v
		}
	}
	for _, p := range c.properties {
		r.cast(t, p)
	}
	r.check(t)
	return t
}

// settleVersion reads which version of the format the document follows, by
// which all else is judged (core/context.py, CroissantVersion.from_jsonld).
func (r *reader) settleVersion(n *node) {
	iri := v10.iri(dct, "conformsTo")
	v := n.resolved.props[iri]
	r.version, r.settled = v08, true
	if l, ok := v.(*literal); !ok && v == nil || ok && l.kind == textValue && l.text == "" {
		r.settleLive(n)
		return
	}
	list, isList := v.([]any)
	if !isList {
		list = []any{v}
	}
	for _, item := range list {
		if l, ok := item.(*literal); ok && l.kind == textValue {
			if i := slices.Index(croissantVersions[:], l.text); i >= 0 {
				r.version = croissantVersion(i)
				r.settleLive(n)
				return
			}
		}
	}
	r.fault(BadVersion, n.resolved.places[iri], "conformsTo", "conformsTo names no version of Croissant, as in %q", croissantVersions[v10])
	r.settleLive(n)
}

func (r *reader) settleLive(n *node) {
	v := n.resolved.props[r.version.iri(cr, "isLiveDataset")]
	if l, ok := v.(*literal); ok {
		v = l.python()
	}
	r.live = has(v)
}

// python is the value that a literal comes back as.
func (l *literal) python() any {
	switch l.kind {
	case boolValue:
		return l.truth
	case numberValue:
		return number{l.text, l.whole}
	}
	return l.text
}

func (r *reader) wrongType(n *node, about string, want []string) {
	got := n.resolved.kind
	if got == "" {
		got = "none"
	}
	at := n.from
	if v := at.get("@type"); v != nil {
		at = v
	}
	wanted := strings.Join(want, " or ")
	if wanted == "" {
		wanted = "no type at all"
	}
	r.fault(WrongType, at, about, "the type of %q is %s; it has to be %s", clip(n.label(), 80), clip(got, 120), wanted)
}

// read reads the value of a property; nil stands for none.
func (r *reader) read(p property, t *thing, v any) any {
	if p.reading != byType {
		if l, ok := v.(*literal); v == nil || ok && !has(l.python()) {
			if ok {
				return l.python()
			}
			return nil
		}
		return r.boxed(p, t, r.special(p, t, v))
	}
	list, isList := v.([]any)
	if !isList {
		return r.boxed(p, t, r.typed(p, t, v))
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		if got := r.typed(p, t, item); got != nil || !p.dropped {
			out = append(out, got)
		}
	}
	return r.boxed(p, t, out)
}

// boxed gives a value the number that the property asks for.
func (r *reader) boxed(p property, t *thing, v any) any {
	list, isList := v.([]any)
	switch {
	case p.card == many && !isList && has(v):
		return []any{v}
	case p.card == one && isList:
		r.warn(Cardinality, t.at(p.name), p.name, "%s takes one value and has several; one of them is read", p.name)
		if len(list) == 0 {
			return nil
		}
		return list[0]
	}
	return v
}

func (r *reader) special(p property, t *thing, v any) any {
	switch p.reading {
	case asID:
		return r.reference(v)
	case asFields:
		return r.object(classes["Field"], v)
	case asTypes:
		return dataTypes(v)
	case asData:
		return r.data(p, t, v)
	case asContent:
		return r.containers(v)
	}
	if l, ok := v.(*literal); ok {
		return l.python()
	}
	return v
}

// reference reads what a property refers to: an id, as text or in an object.
func (r *reader) reference(v any) any {
	switch v := v.(type) {
	case *node:
		if v.id == "" {
			return "_:unnamed"
		}
		return uuid(v.id)
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = r.reference(item)
		}
		return out
	case *literal:
		if v.kind == textValue {
			return uuid(v.text)
		}
	}
	return "_:unnamed"
}

func dataTypes(v any) any {
	switch v := v.(type) {
	case *node:
		return v.id
	case *literal:
		if v.kind == textValue {
			return v.text
		}
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = dataTypes(item)
		}
		return out
	}
	return []any{}
}

// data reads records that stand in the manifest.
func (r *reader) data(p property, t *thing, v any) any {
	l, ok := v.(*literal)
	if !ok || l.kind != textValue {
		return nil
	}
	records := l.json
	if records == nil {
		read, err := (&jsonReader{data: []byte(l.text)}).read()
		if err != nil {
			r.fault(BadData, t.at(p.name), p.name, "%s is no JSON: %v", p.name, err)
			return nil
		}
		records = read
	}
	return jsonData(records)
}

// jsonData turns JSON into a list where it is one; what is empty is told apart.
func jsonData(v *value) any {
	switch v.kind {
	case nullValue:
		return nil
	case listValue:
		out := make([]any, len(v.items))
		for i, item := range v.items {
			out[i] = item
		}
		return out
	case textValue:
		return v.text
	case boolValue:
		return v.truth
	case numberValue:
		return number{spelling(v.text), isWhole(v.text)}
	}
	return v
}

// containers reads what a file is contained in: an id, or a source with a
// transformation.
func (r *reader) containers(v any) any {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make([]any, len(list))
	for i, item := range list {
		if n, ok := item.(*node); ok && r.isSource(n) {
			out[i] = r.object(classes["Source"], n)
			continue
		}
		out[i] = r.reference(item)
	}
	return out
}

func (r *reader) isSource(n *node) bool {
	for _, name := range []string{"fileObject", "fileSet", "recordSet"} {
		if _, ok := n.resolved.props[r.version.iri(cr, name)]; ok {
			return true
		}
	}
	return n.resolved.kind == r.version.iri(cr, "source")
}

// typed reads one value of the kinds and classes that a property takes; nil and
// a fault where it is none of them.
func (r *reader) typed(p property, t *thing, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case *node:
		if p.card == tagged {
			return v
		}
		for _, name := range p.classes {
			if c := classes[name]; v.resolved.kind == c.iri(r.version) {
				return r.object(c, v)
			}
		}
		r.wrongType(v, p.name, r.wanted(p))
	case multilingual:
		if p.card == tagged {
			return v
		}
		r.fault(WrongType, t.at(p.name), p.name, "%s stands there in several languages, and takes one text", p.name)
	case *literal:
		if p.takes.hold(v) {
			return v.python()
		}
		r.fault(WrongValue, t.at(p.name), p.name, "%s is %s; it has to be %s", p.name, v.kind, p.takes.words(p.classes))
	}
	if p.blank {
		return ""
	}
	return nil
}

func (s scalars) hold(l *literal) bool {
	switch l.kind {
	case textValue:
		return s&text != 0
	case boolValue:
		return s&truth != 0
	}
	if l.whole {
		return s&whole != 0
	}
	return s&real != 0
}

// words names the kinds, for a message.
func (s scalars) words(classes []string) string {
	out := slices.Clone(classes)
	for _, k := range []struct {
		kind scalars
		word string
	}{{text, "a string"}, {whole, "a whole number"}, {real, "a number with a point"}, {truth, "a boolean"}} {
		if s&k.kind != 0 {
			out = append(out, k.word)
		}
	}
	return strings.Join(out, " or ")
}

func (r *reader) wanted(p property) []string {
	var out []string
	for _, name := range p.classes {
		if iri := classes[name].iri(r.version); iri != "" {
			out = append(out, iri)
		}
	}
	if p.takes != 0 {
		out = append(out, p.takes.words(nil))
	}
	return out
}

var semanticVersion = regexp.MustCompile(`^(0|[1-9]\p{Nd}*)(\.(0|[1-9]\p{Nd}*)(\.(0|[1-9]\p{Nd}*)(?:-((?:0|[1-9]\p{Nd}*|\p{Nd}*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\p{Nd}*|\p{Nd}*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?)?)?\n?$`)

// fileProperties are what can be extracted of a file itself.
var fileProperties = []string{"content", "filename", "filepath", "fullpath", "lines", "lineNumbers"}

// cast checks the form of a value that has to be more than text.
func (r *reader) cast(t *thing, p property) {
	v := t.props[p.name]
	if v == nil {
		return
	}
	switch p.casting {
	case toDate:
		r.date(t, p, v)
	case toDates:
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, one := range list {
			if one == nil {
				return
			}
			if !r.date(t, p, one) {
				return
			}
		}
	case toVersion:
		if s, ok := v.(string); ok && !semanticVersion.MatchString(s) {
			r.warn(VersionForm, t.at(p.name), p.name, "%s %q is no MAJOR.MINOR.PATCH", p.name, clip(s, 40))
		}
	case toFileProperty:
		if s, _ := v.(string); !slices.Contains(fileProperties, s) {
			r.fault(BadFileProperty, t.at(p.name), p.name, "fileProperty is %q; there are %s", clip(s, 40), strings.Join(fileProperties, ", "))
		}
	}
}

func (r *reader) date(t *thing, p property, v any) bool {
	s, ok := v.(string)
	if ok && isISODate(s) {
		return true
	}
	r.fault(BadDate, t.at(p.name), p.name, "%s %q is no date of ISO 8601", p.name, clip(s, 40))
	return false
}
