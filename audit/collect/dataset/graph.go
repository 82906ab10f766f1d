package dataset

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// literal is a value of a graph: text, boolean or number, with its language or
// datatype.
type literal struct {
	kind     valueKind // textValue, boolValue or numberValue
	text     string    // as written; of a number in a form of its own
	truth    bool
	whole    bool // of a number: written without point and exponent
	language string
	datatype string // of a text: an address that is no plain type
	json     *value // of a text that is JSON: what it says
}

// object is what a statement says of its subject: a literal, another resource,
// or a list of these.
type object struct {
	literal *literal
	node    *node
	list    []object
	isList  bool
	from    *value // where it stands in the document
}

// key tells equal objects apart from different ones: a graph is a set.
func (o *object) key() string {
	switch {
	case o.node != nil:
		return "n" + o.node.id
	case o.isList:
		return "l" + strconv.Itoa(len(o.list)) + o.from.pointer()
	}
	l := o.literal
	return strings.Join([]string{l.kind.String(), l.text, strconv.FormatBool(l.truth), strings.ToLower(l.language), l.datatype, strconv.FormatBool(l.whole)}, "\x00")
}

// node is one resource of the graph and what is said of it.
type node struct {
	id       string // an address, or _:name
	names    []string
	says     map[string][]object
	seen     map[string]bool // statements, by predicate and object
	from     *value
	named    bool // the id is an address
	referred bool // something refers to it
	listed   bool // it stands among the nodes of the serialised graph

	resolved tree // what becomes of it when references are followed
}

// expander turns JSON-LD into a graph, as rdflib 7.6.0 does
// (plugins/parsers/jsonld.py).
type expander struct {
	nodes map[string]*node
	order []*node
	blank int
	steps int
	err   *Problem // what made the reader give up
}

// maxSteps bounds the work on one document: contexts inside contexts are copied.
const maxSteps = 4_000_000

// stop gives up, as the reference does there.
func (x *expander) stop(kind Kind, at *value, format string, args ...any) {
	if x.err == nil {
		p := problemAt(kind, at, format, args...)
		x.err = &p
	}
}

func (x *expander) step(n int) bool {
	if x.steps += n; x.steps > maxSteps {
		x.stop(LimitHit, nil, "contexts inside one another take more than %d steps to read", maxSteps)
	}
	return x.err == nil
}

// node returns the resource with an id, made where there is none yet.
func (x *expander) node(id string, from *value) *node {
	if n := x.nodes[id]; n != nil {
		return n
	}
	n := &node{id: id, says: map[string][]object{}, seen: map[string]bool{}, from: from, named: !strings.HasPrefix(id, "_:")}
	x.nodes[id] = n
	x.order = append(x.order, n)
	return n
}

func (x *expander) blankNode(from *value) *node {
	x.blank++
	return x.node("_: "+strconv.Itoa(x.blank), from) // the space keeps it from any name in a document
}

func (x *expander) say(subject *node, predicate string, o object) {
	k := predicate + "\x00" + o.key()
	if subject.seen[k] {
		return
	}
	subject.seen[k] = true
	if subject.says[predicate] == nil {
		subject.names = append(subject.names, predicate)
	}
	subject.says[predicate] = append(subject.says[predicate], o)
	if o.node != nil {
		o.node.referred = true
	}
}

// resource reads an object of the document into the graph; nil where it can be
// no resource.
func (x *expander) resource(c *context, v *value, top bool) *node {
	if v.kind != objectValue || !x.step(1+len(v.keys)) || truthy(c.of(v, "@value")) {
		return nil
	}
	if local := v.get("@context"); local != nil && !top {
		if local.isEmpty() {
			c = newContext(c.docBase)
		} else {
			c = x.scoped(c, local, true)
		}
	}
	c = x.forType(c, v)
	subject, ok := x.subject(c, v)
	if !ok {
		return nil
	}
	for i, key := range v.keys {
		switch {
		case key == "@context" || c.is(key, "@id"):
		case c.is(key, "@reverse") && v.items[i].kind != objectValue:
			x.stop(GivesUp, v.items[i], "@reverse is %s, not an object", v.items[i].kind)
		case c.is(key, "@reverse"):
			for j, k := range v.items[i].keys {
				x.property(c, subject, k, v.items[i].items[j], true)
			}
		default:
			x.property(c, subject, key, v.items[i], false)
		}
	}
	return subject
}

// truthy is what Python takes for true.
func truthy(v *value) bool {
	if v == nil {
		return false
	}
	switch v.kind {
	case nullValue:
		return false
	case boolValue:
		return v.truth
	case numberValue:
		f, ok := v.number()
		return !ok || f != 0
	case textValue:
		return v.text != ""
	}
	return len(v.items) > 0
}

func (x *expander) scoped(c *context, source *value, propagate bool) *context {
	from := c
	if !c.propagate && c.parent != nil {
		from = c.parent
	}
	if !x.step(len(from.terms)) {
		return from
	}
	d := from.derive(propagate)
	x.load(d, source)
	return d
}

// forType is the context that holds for an object of its type.
func (x *expander) forType(c *context, v *value) *context {
	for _, t := range c.of(v, "@type").each() {
		if t.kind != textValue {
			continue
		}
		if def := c.terms[t.text]; def != nil {
			if def.scoped != nil && !def.scoped.isEmpty() {
				return x.scoped(c, def.scoped, false)
			}
			break
		}
	}
	if !c.propagate && c.parent != nil {
		return c.parent
	}
	return c
}

// forTerm is the context that holds below a key.
func (x *expander) forTerm(c *context, t *term) *context {
	if t == nil || t.scoped == nil || !x.step(len(c.terms)) {
		return c
	}
	d := c.derive(true)
	x.load(d, t.scoped)
	return d
}

// subject is the resource an object is about. An id that can be no address
// takes the whole object with it.
func (x *expander) subject(c *context, v *value) (*node, bool) {
	id := c.of(v, "@id")
	if id == nil || id.kind == nullValue {
		id = x.nestedID(c, v, 0)
	}
	if id == nil || id.kind != textValue {
		return x.blankNode(v), true
	}
	return x.identified(c, id.text, v)
}

func (x *expander) identified(c *context, id string, from *value) (*node, bool) {
	if name, ok := strings.CutPrefix(id, "_:"); ok && name != "" {
		return x.node(id, from), true
	}
	iri := c.address(id)
	if !strings.Contains(iri, ":") {
		return nil, false
	}
	n := x.node(iri, from)
	if len(n.names) == 0 {
		n.from = from
	}
	return n, true
}

// nestedID looks for the id in objects that are only there to group keys.
func (x *expander) nestedID(c *context, v *value, depth int) *value {
	for i, key := range v.keys {
		if !c.is(key, "@nest") || depth > MaxDepth {
			continue
		}
		for _, inner := range v.items[i].each() {
			if inner.kind != objectValue {
				continue
			}
			if id := c.of(inner, "@id"); id != nil && id.kind == textValue && id.text != "" {
				return id
			}
			if id := x.nestedID(c, inner, depth+1); id != nil {
				return id
			}
		}
	}
	return nil
}

// property reads what one key says of the subject.
func (x *expander) property(c *context, subject *node, key string, v *value, reverse bool) {
	if x.err != nil {
		return
	}
	t := c.terms[key]
	id := ""
	if t != nil {
		id = t.id
	}
	stands := func(keyword string) bool { return key == keyword || id == keyword }
	switch {
	case stands("@graph"), stands("@set"), stands("@included"):
		for _, item := range listed(v) {
			x.resource(c, item, false)
		}
		return
	case c.is(key, "@nest"):
		x.nested(c, subject, v)
		return
	case stands("@type"):
		t = &term{id: rdfType, coercion: "@vocab"}
	}
	predicate := c.expand(key, true)
	if t != nil {
		predicate = t.id
		reverse = reverse != t.reverse
	}
	if predicate == "" || strings.HasPrefix(predicate, "_:") && len(predicate) > 2 {
		return
	}
	for _, it := range x.items(c, t, v) {
		below := x.forTerm(c, t)
		o, ok := x.object(below, t, it)
		switch {
		case !ok:
		case !reverse:
			x.say(subject, predicate, o)
		case o.node != nil:
			x.say(o.node, predicate, object{node: subject, from: v})
		}
	}
}

// listed returns the items of a list, or the value as the only one, null too.
func listed(v *value) []*value {
	if v.kind == listValue {
		return v.items
	}
	return []*value{v}
}

func (x *expander) nested(c *context, subject *node, v *value) {
	for _, group := range listed(v) {
		if group.kind != objectValue || !x.step(len(group.keys)) {
			continue
		}
		inner := x.forType(c, group)
		for i, key := range group.keys {
			if !c.is(key, "@id") {
				x.property(inner, subject, key, group.items[i], false)
			}
		}
	}
}

// item is one value of a key, in the language that its place in a map gives it.
type item struct {
	v        *value
	language string
	tagged   bool
	json     bool
	list     []item
	isList   bool
}

// items takes the values of a key apart: lists, sets, and maps by language or
// index.
func (x *expander) items(c *context, t *term, v *value) []item {
	switch {
	case t != nil && t.coercion == "@json":
		return []item{{v: v, json: true}}
	case t != nil && slices.Contains(t.container, "@list"):
		return []item{{v: v, isList: true, list: plainItems(listed(v))}}
	case t != nil && v.kind == objectValue && len(t.container) > 0:
		return x.mapped(c, t, v)
	}
	return x.flat(c, listed(v), 0)
}

func plainItems(list []*value) []item {
	out := make([]item, len(list))
	for i, v := range list {
		out[i] = item{v: v}
		if v.kind == listValue {
			out[i].isList, out[i].list = true, plainItems(v.items)
		}
	}
	return out
}

func (x *expander) flat(c *context, list []*value, depth int) []item {
	var out []item
	for _, v := range list {
		if v.kind == objectValue {
			if set := c.of(v, "@set"); set != nil && set.kind != nullValue {
				v = set
			}
		}
		if v.kind == listValue && depth <= MaxDepth {
			out = append(out, x.flat(c, v.items, depth+1)...)
			continue
		}
		out = append(out, item{v: v})
	}
	return out
}

// mapped reads an object that is a map by language or by something else that
// says nothing of the values.
func (x *expander) mapped(c *context, t *term, v *value) []item {
	has := func(kind string) bool { return slices.Contains(t.container, kind) }
	if !has("@language") && !has("@index") && !has("@id") && !has("@type") || has("@graph") {
		return x.flat(c, []*value{v}, 0)
	}
	var out []item
	for i, key := range v.keys {
		for _, inner := range x.flat(c, listed(v.items[i]), 0) {
			if has("@language") && !c.is(key, "@none") {
				inner.language, inner.tagged = key, true
			}
			out = append(out, inner)
		}
	}
	return out
}

var languageTag = regexp.MustCompile(`^[a-zA-Z]+(-[a-zA-Z0-9]+)*$`)

// object reads one value of a key.
func (x *expander) object(c *context, t *term, it item) (object, bool) {
	v := it.v
	switch {
	case it.json:
		return jsonLiteral(v), true
	case it.isList:
		return x.list(c, t, it)
	case it.tagged:
		return x.tagged(v, it.language)
	case v.kind == objectValue:
		return x.structured(c, t, v)
	case v.kind == nullValue:
		return object{}, false
	case t != nil && t.coercion != "":
		return x.coerced(c, t, v)
	}
	language := c.language
	if t != nil && t.language != nil {
		language = *t.language
	}
	return x.plain(v, language)
}

func jsonLiteral(v *value) object {
	return object{literal: &literal{kind: textValue, text: canonical(v), datatype: "rdf:JSON", json: v}, from: v}
}

func (x *expander) tagged(v *value, language string) (object, bool) {
	if v.kind == nullValue || strings.Contains(language, " ") {
		return object{}, false
	}
	return x.plain(v, language)
}

// plain is a literal without datatype: text in its language, a boolean, or a
// number.
func (x *expander) plain(v *value, language string) (object, bool) {
	if language != "" && !languageTag.MatchString(language) && (v.kind != numberValue || isWhole(v.text)) {
		x.stop(BadContext, v, "%q is no tag of a language", clip(language, 40))
		return object{}, false
	}
	l := &literal{kind: v.kind, text: v.text, truth: v.truth}
	switch v.kind {
	case numberValue:
		l.whole = isWhole(v.text)
		l.text = spelling(v.text)
	case textValue:
		l.language = language
	case listValue, objectValue:
		l.kind, l.text, l.language = textValue, canonical(v), language
	}
	return object{literal: l, from: v}, true
}

// isWhole tells whether Python reads a number of JSON as an integer.
func isWhole(text string) bool {
	return !strings.ContainsAny(text, ".eEN") && text != "Infinity" && text != "-Infinity"
}

// spelling gives equal numbers one spelling.
func spelling(text string) string {
	if isWhole(text) {
		if text == "-0" {
			return "0"
		}
		return text
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return text
}

// coerced reads a scalar whose type the context gives.
func (x *expander) coerced(c *context, t *term, v *value) (object, bool) {
	switch {
	case t.coercion == "@id" && v.kind == textValue:
		return x.reference(c, c.address(v.text), v)
	case t.coercion == "@vocab" && v.kind == textValue:
		iri := c.expand(v.text, true)
		if iri == "" {
			iri = c.resolve(v.text)
		}
		return x.reference(c, iri, v)
	}
	return typedLiteral(v, c.expand(t.coercion, true)), true
}

func (x *expander) reference(c *context, iri string, v *value) (object, bool) {
	n, ok := x.identified(c, iri, v)
	return object{node: n, from: v}, ok
}

// xsd is the namespace of datatypes.
const xsd = "http://www.w3.org/2001/XMLSchema#"

// typedLiteral reads a scalar of a datatype. Those that Python has a type for
// come back as that type.
func typedLiteral(v *value, datatype string) object {
	l := &literal{kind: v.kind, text: v.text, truth: v.truth, datatype: datatype}
	switch {
	case v.kind == listValue || v.kind == objectValue:
		l.kind, l.text = textValue, canonical(v)
	case v.kind == numberValue:
		l.whole, l.text = isWhole(v.text), spelling(v.text)
		if !isPlainType(datatype) {
			l.kind = textValue
		}
	case v.kind == boolValue && !isPlainType(datatype):
		l.kind, l.text = textValue, pythonBool(v.truth)
	case v.kind == textValue:
		l.cast()
	}
	return object{literal: l, from: v}
}

func isPlainType(datatype string) bool {
	return slices.Contains([]string{xsd + "boolean", xsd + "integer", xsd + "double", xsd + "string"}, datatype)
}

func pythonBool(b bool) string { return strconv.FormatBool(b) }

// cast turns the text of a datatype into its value, where it is one.
func (l *literal) cast() {
	text := strings.TrimSpace(l.text)
	switch l.datatype {
	case xsd + "boolean":
		l.kind, l.truth = boolValue, text == "true" || text == "1"
	case xsd + "integer":
		if n := strings.TrimLeft(text, "+-"); n != "" && digits(n) == len(n) && len(text)-len(n) <= 1 {
			l.kind, l.whole, l.text = numberValue, true, text
		}
	case xsd + "double":
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			l.kind, l.text = numberValue, spelling(text)
		}
	}
}

// structured reads an object: a list, a literal with its type or language, or
// another resource.
func (x *expander) structured(c *context, t *term, v *value) (object, bool) {
	if l := c.of(v, "@list"); l != nil && l.kind != nullValue {
		return x.list(c, t, item{v: v, isList: true, list: plainItems(listed(l))})
	}
	language, datatype, val := c.of(v, "@language"), c.of(v, "@type"), c.of(v, "@value")
	if language != nil && language.isEmpty() {
		language = nil
	}
	if language == nil && datatype != nil && c.is(datatype.text, "@json") {
		if val == nil {
			val = &value{up: v, line: v.line}
		}
		return jsonLiteral(val), true
	}
	if language == nil && val == nil {
		n := x.resource(c, v, false)
		return object{node: n, from: v}, n != nil
	}
	switch {
	case val == nil || val.kind == nullValue:
		return object{}, false
	case language != nil:
		return x.tagged(val, language.text)
	case !datatype.isEmpty():
		return typedLiteral(val, c.expand(datatype.text, true)), true
	}
	return x.plain(val, "")
}

func (x *expander) list(c *context, t *term, it item) (object, bool) {
	o := object{isList: true, from: it.v}
	for _, inner := range it.list {
		if !x.step(1) {
			return o, false
		}
		if one, ok := x.object(c, t, inner); ok {
			o.list = append(o.list, one)
			if one.node != nil {
				one.node.referred = true
			}
		}
	}
	return o, true
}

// canonical writes a value as JSON with its keys sorted, as a literal of type
// JSON is kept.
func canonical(v *value) string {
	var b strings.Builder
	writeCanonical(&b, v)
	return b.String()
}

func writeCanonical(b *strings.Builder, v *value) {
	switch v.kind {
	case nullValue:
		b.WriteString("null")
	case boolValue:
		b.WriteString(strconv.FormatBool(v.truth))
	case numberValue:
		b.WriteString(spelling(v.text))
	case textValue:
		b.WriteString(strconv.Quote(v.text))
	case listValue:
		b.WriteByte('[')
		for i, item := range v.items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeCanonical(b, item)
		}
		b.WriteByte(']')
	case objectValue:
		order := make([]int, len(v.keys))
		for i := range order {
			order[i] = i
		}
		slices.SortFunc(order, func(i, j int) int { return strings.Compare(v.keys[i], v.keys[j]) })
		b.WriteByte('{')
		for n, i := range order {
			if n > 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.Quote(v.keys[i]) + ":")
			writeCanonical(b, v.items[i])
		}
		b.WriteByte('}')
	}
}
