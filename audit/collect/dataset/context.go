package dataset

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The keywords of JSON-LD that a context may give other names to.
var nodeKeywords = []string{"@graph", "@id", "@included", "@json", "@list", "@nest", "@none", "@reverse", "@set", "@type", "@value", "@language"}

func isNodeKeyword(s string) bool { return slices.Contains(nodeKeywords, s) }

// term is what a context says of one key.
type term struct {
	id        string // empty where it stands for nothing
	coercion  string // @id, @vocab, @json or a datatype
	container []string
	language  *string // nil where the context's own counts
	reverse   bool
	prefix    bool
	scoped    *value // a context of its own
	protected bool
}

// context is an active context of JSON-LD 1.1, as rdflib 7.6.0 reads it
// (plugins/shared/jsonld/context.py): that is the reader under mlcroissant, and
// where it strays from the recommendation so does this one.
type context struct {
	language  string // empty for none
	vocab     string
	base      string
	docBase   string
	terms     map[string]*term
	aliases   map[string][]string // of keywords
	propagate bool
	parent    *context
}

func newContext(base string) *context {
	return &context{base: base, docBase: base, terms: map[string]*term{}, aliases: map[string][]string{}, propagate: true}
}

// derive is a context within another one.
func (c *context) derive(propagate bool) *context {
	d := *c
	d.terms, d.aliases = maps.Clone(c.terms), map[string][]string{}
	for k, names := range c.aliases {
		d.aliases[k] = slices.Clone(names)
	}
	d.propagate, d.parent = propagate, c
	return &d
}

func (c *context) clear() {
	c.language, c.vocab = "", ""
	c.terms, c.aliases, c.propagate = map[string]*term{}, map[string][]string{}, true
}

// load reads a context: an object, null, or a list of these. An address is
// refused: no context is ever fetched.
func (x *expander) load(c *context, source *value) {
	if x.err != nil {
		return
	}
	switch source.kind {
	case nullValue:
		c.clear()
	case listValue:
		for _, item := range source.items {
			x.load(c, item)
		}
	case objectValue:
		if inner := source.get("@context"); inner != nil {
			x.load(c, inner)
			return
		}
		x.define(c, source)
	case textValue:
		x.stop(BadContext, source, "the context %q would have to be fetched", clip(source.text, 80))
	default:
		x.stop(BadContext, source, "a context is an object, not %s", source.kind)
	}
}

func (x *expander) define(c *context, source *value) {
	if source.get("@import") != nil {
		x.stop(BadContext, source.get("@import"), "a context to import would have to be fetched")
		return
	}
	if v := source.get("@vocab"); v != nil {
		c.vocab = v.text
	}
	protected := source.get("@protected")
	for i, key := range source.keys {
		v := source.items[i]
		switch key {
		case "@vocab", "@version", "@import", "@protected":
		case "@propagate":
			c.propagate = v.truth
		case "@language":
			c.language = v.text
		case "@base":
			c.base = c.resolve(withoutFragment(v.text))
		default:
			x.term(c, source, key, v, protected != nil && protected.truth)
		}
	}
}

func withoutFragment(s string) string {
	s, _, _ = strings.Cut(s, "#")
	return s
}

// term reads one definition.
func (x *expander) term(c *context, source *value, name string, v *value, protected bool) {
	t := &term{protected: protected}
	switch v.kind {
	case objectValue:
		x.detailed(c, source, name, v, t)
	case textValue:
		if !accepted(v.text) {
			return
		}
		t.id = x.follow(c, source, v.text, "", 0)
		t.prefix = endsLikePrefix(t.id)
	}
	c.add(name, t)
	if isNodeKeyword(t.id) {
		c.aliases[t.id] = append(c.aliases[t.id], name)
		return
	}
	for keyword, names := range c.aliases {
		if at := slices.Index(names, name); at >= 0 {
			c.aliases[keyword] = slices.Delete(names, at, at+1)
		}
	}
}

// rdfType is what @type stands for.
const rdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

func (x *expander) detailed(c *context, source *value, name string, v *value, t *term) {
	if p := v.get("@protected"); p != nil {
		t.protected = p.truth
	}
	if at := v.get("@type"); at != nil {
		if at.kind >= listValue {
			x.stop(GivesUp, at, "a term of the context has %s for its type", at.kind)
			return
		}
		t.coercion = at.text
		if t.coercion != "" && !slices.Contains([]string{"@id", "@type", "@vocab"}, t.coercion) {
			t.coercion = x.follow(c, source, t.coercion, "", 0)
		}
	}
	reverse := v.get("@reverse")
	id := v.get("@id")
	if !reverse.isEmpty() {
		t.reverse, id = true, reverse
	}
	switch {
	case id != nil && id.text == "@type":
		t.id, t.coercion = rdfType, "@vocab"
	case id != nil && id.kind == nullValue:
	case id != nil:
		t.id = x.follow(c, source, id.text, "", 0)
	case strings.Contains(name, ":"):
		t.id = x.follow(c, source, name, "", 0)
	case c.vocab != "":
		t.id = c.vocab + name
	}
	for _, k := range v.get("@container").each() {
		if k.kind >= listValue {
			x.stop(GivesUp, k, "a term of the context has %s for its container", k.kind)
			return
		}
		t.container = append(t.container, k.text)
	}
	if l := v.get("@language"); l != nil {
		t.language = &l.text
	}
	if s := v.get("@context"); s != nil {
		t.scoped = s
	}
	if p := v.get("@prefix"); p != nil {
		t.prefix = p.truth
	} else {
		t.prefix = endsLikePrefix(t.id)
	}
}

// endsLikePrefix tells whether an address ends in one of the delimiters of RFC
// 3986 section 2.2, so that a name may follow it.
func endsLikePrefix(iri string) bool {
	return iri != "" && strings.ContainsRune(":/?#[]@", rune(iri[len(iri)-1]))
}

func (c *context) add(name string, t *term) {
	old := c.terms[name]
	if accepted(name) && (old == nil || !old.protected) {
		c.terms[name] = t
	}
}

// accepted tells whether a key may be used: what looks like a keyword and is
// none of a node's is kept free by JSON-LD 1.1.
func accepted(key string) bool {
	if len(key) > 1 && key[0] == '@' && isWord(key[1]) && key[1] != '+' && key[1] != '-' && key[1] != '.' {
		return isNodeKeyword(key)
	}
	return true
}

// maxFollow bounds prefixes that are defined by each other.
const maxFollow = 50

// follow expands a name inside a context that is being read: definitions may
// use each other.
func (x *expander) follow(c *context, source *value, name, before string, depth int) string {
	if depth > 0 && name == before || isNodeKeyword(name) {
		return name
	}
	if depth > maxFollow {
		x.stop(BadContext, source, "%q is defined by itself", clip(name, 80))
		return ""
	}
	next := ""
	if prefix, local, ok := compact(name); ok && prefix != "" {
		iri := c.sourceID(source, prefix)
		if iri == "" {
			if prefix+":" == c.vocab {
				return name
			}
			next = name
		} else {
			next = iri + local
		}
	} else {
		if !ok {
			local = name
		}
		if next = c.sourceID(source, local); next == "" {
			next = local
		}
		if !strings.Contains(next, ":") && c.vocab != "" {
			return c.vocab + next
		}
	}
	return x.follow(c, source, next, name, depth+1)
}

// compact splits prefix:name; it is none where no colon stands or "//" follows.
func compact(s string) (prefix, local string, ok bool) {
	prefix, local, ok = strings.Cut(s, ":")
	if !ok || strings.HasPrefix(local, "//") {
		return "", s, false
	}
	return prefix, local, true
}

// sourceID is what a key stands for in the context being read, or before.
func (c *context) sourceID(source *value, key string) string {
	switch v := source.get(key); {
	case v == nil || v.kind == nullValue:
		if t := c.terms[key]; t != nil {
			return t.id
		}
		return ""
	case v.kind == objectValue:
		if id := v.get("@id"); id != nil {
			return id.text
		}
		return ""
	default:
		return v.text
	}
}

// expand turns a key or a type into an address; empty where it stands for
// nothing.
func (c *context) expand(name string, vocab bool) string {
	if !accepted(name) {
		return ""
	}
	if vocab {
		if t := c.terms[name]; t != nil {
			return t.id
		}
	}
	prefix, local, isCompact := compact(name)
	switch {
	case isCompact && prefix == "_":
		return name
	case isCompact:
		if t := c.terms[prefix]; t != nil && t.prefix && t.id != "" {
			return t.id + local
		}
	case vocab && !strings.Contains(name, ":"):
		if c.vocab == "" {
			return ""
		}
		return c.vocab + name
	}
	return c.resolve(name)
}

// address turns an @id into the address it stands for; empty where it can be
// none.
func (c *context) address(id string) string {
	iri := c.expand(id, false)
	if strings.HasPrefix(iri, "_:") {
		return iri
	}
	if strings.Contains(iri, " ") {
		return ""
	}
	return c.resolve(iri)
}

// lineEnds are taken out of relative addresses, as by Python's urlsplit.
var lineEnds = strings.NewReplacer("\t", "", "\r", "", "\n", "")

var scheme = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)

// resolve makes a relative address absolute (RFC 3986 section 5.2; the path is
// normalised afterwards, as the reference does).
func (c *context) resolve(ref string) string {
	if strings.Contains(ref, "://") || scheme.MatchString(ref) || c.base == "" {
		return ref
	}
	ref = strings.TrimLeftFunc(lineEnds.Replace(ref), func(c rune) bool { return c <= ' ' })
	root, dir := c.base, ""
	if i := strings.Index(c.base, "://"); i >= 0 {
		end := strings.IndexAny(c.base[i+3:], "/?#")
		if end < 0 {
			end = len(c.base) - i - 3
		}
		root, dir = c.base[:i+3+end], c.base[i+3+end:]
	}
	dir, _, _ = strings.Cut(dir, "?")
	rest := ""
	if i := strings.IndexAny(ref, "?#"); i >= 0 {
		ref, rest = ref[:i], ref[i:]
	}
	full := ref
	switch {
	case ref == "":
		full = dir
	case strings.HasPrefix(ref, "//"):
		return withScheme(c.base, ref) + rest
	case !strings.HasPrefix(ref, "/"):
		full = dir[:strings.LastIndexByte(dir, '/')+1] + ref
	}
	clean := path.Clean("/" + full)
	if strings.HasSuffix(full, "/") && clean != "/" {
		clean += "/"
	}
	return root + clean + rest
}

func withScheme(base, ref string) string {
	s, _, _ := strings.Cut(base, ":")
	return s + ":" + ref
}

// is tells whether a key stands for a keyword.
func (c *context) is(key, keyword string) bool {
	return key == keyword || slices.Contains(c.aliases[keyword], key)
}

// of returns the value of a keyword in an object; nil where it is not there.
func (c *context) of(v *value, keyword string) *value {
	for _, name := range c.aliases[keyword] {
		if m := v.get(name); m != nil {
			return m
		}
	}
	return v.get(keyword)
}
