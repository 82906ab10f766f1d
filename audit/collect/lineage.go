package collect

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
	"glassbox/audit/weights"
)

// parent is one model that the release says it was made from.
type parent struct {
	id       string
	origin   string
	revision string
	relation string // finetune, adapter, quantized, merge; empty where nobody says
	src      audit.Source
}

// hubID is the shape of a model id: owner and name, or an old bare name.
var hubID = regexp.MustCompile(`^[A-Za-z0-9][\w.-]{0,95}(/[\w.-]{1,96})?$`)

func (c *collection) lineage(ctx context.Context) error {
	if !c.whole() && c.card == nil && c.adapter == nil && c.config == nil && len(c.weights) == 0 {
		return nil
	}
	parents := c.parents()
	items := make([]any, len(parents))
	named := false
	for i, p := range parents {
		items[i] = c.parentItem(ctx, p)
		named = named || strings.Contains(p.id, "/") && hubID.MatchString(p.id)
	}
	c.ev.Set("/lineage/base_models", items, audit.Source{Level: audit.Claimed})
	for i, p := range parents {
		c.ev.Cite(audit.Join("/lineage/base_models", i), p.src)
		if r := c.relative(ctx, p.id); r != nil {
			c.ev.Cite(audit.Join("/lineage/base_models", i, "license"), r.src)
		}
	}
	c.ev.Set("/lineage/base_named", named)
	c.ev.Cite("/lineage", audit.Source{Level: audit.Claimed})
	if len(parents) > 0 {
		c.ev.Cite("/lineage/base_named", parents[0].src)
	}
	c.fromScratch()
	if c.looked("adapter") {
		src := audit.Source{Level: audit.Present}
		if c.adapter != nil {
			src.Path = c.adapter.path
		}
		c.ev.Set("/lineage/is_adapter", c.adapter != nil, src)
	}
	if r := c.relationSaid(); r.Value != "" {
		c.ev.Set("/lineage/relation", r.Value, r.source())
	}
	c.descent(ctx)
	c.duties(ctx)
	return nil
}

func baseModels(d *card.Declared) []card.Item { return d.BaseModels }

// relationSaid is what a card says of how the model was made from its base.
func (c *collection) relationSaid() said {
	return c.saidFirst(func(d *card.Declared) card.Item { return d.BaseModelRelation })
}

func (c *collection) parentItem(ctx context.Context, p parent) map[string]any {
	m := map[string]any{"id": p.id, "origin": p.origin, "seen": false, "pinned": p.revision != ""}
	if p.revision != "" {
		m["revision"] = p.revision
	}
	if r := c.relative(ctx, p.id); r != nil {
		m["seen"], m["seen_in"], m["license"] = true, r.where, orNull(r.license)
	}
	return m
}

// fromScratch tells whether the card says that there is no base model.
func (c *collection) fromScratch() {
	if c.card == nil {
		return
	}
	src := audit.Source{Path: c.card.Path, Line: 1, Level: audit.Claimed}
	said := false
	for _, cl := range c.claims {
		if cl.Kind == card.ClaimFromScratch {
			said, src.Path, src.Line = true, cl.path, cl.Line
			break
		}
	}
	c.ev.Set("/lineage/from_scratch_stated", said, src)
}

// parents lists who is named as a parent, by whom, in the order card, adapter,
// config, GGUF.
func (c *collection) parents() []parent {
	var out []parent
	add := func(id, origin, revision string, src audit.Source) {
		if id != "" {
			src.Level = audit.Claimed
			out = append(out, parent{id: id, origin: origin, revision: revision, src: src})
		}
	}
	for _, b := range c.said(baseModels) {
		id, revision, _ := strings.Cut(repository(b.Value), "@")
		add(id, "card", revision, b.source())
	}
	if a := c.adapter; a != nil {
		add(a.base, "adapter", a.rev, audit.Source{Path: a.path, Line: a.lines.of("base_model_name_or_path")})
	}
	if cfg := c.config; cfg != nil && strings.Contains(cfg.nameOrPath, "/") && hubID.MatchString(cfg.nameOrPath) {
		add(cfg.nameOrPath, "config", "", audit.Source{Path: cfg.path, Line: cfg.lines.of("_name_or_path")})
	}
	for _, w := range c.weights {
		for _, id := range ggufParents(w.info) {
			add(id, "gguf", "", audit.Source{Path: w.file.Path})
		}
	}
	return slices.CompactFunc(out, func(a, b parent) bool { return a.id == b.id && a.origin == b.origin })
}

// ggufParents reads general.base_model.N: the repository's address names the
// parent best, a bare name is not one that can be looked up.
func ggufParents(f *weights.File) []string {
	if f.Format != weights.GGUF {
		return nil
	}
	var out []string
	for i := range 8 {
		if url, ok := f.Metadata[fmt.Sprintf("general.base_model.%d.repo_url", i)].(string); ok {
			out = append(out, repository(url))
		}
	}
	return out
}

// repository takes owner/name out of a Hub address.
func repository(url string) string {
	for _, host := range []string{"https://huggingface.co/", "http://huggingface.co/", "https://hf.co/"} {
		if rest, ok := strings.CutPrefix(url, host); ok {
			parts := strings.SplitN(strings.Trim(rest, "/"), "/", 3)
			if len(parts) >= 2 {
				return parts[0] + "/" + parts[1]
			}
		}
	}
	return url
}

// maxLinks bounds the links of one lineage that are followed.
const maxLinks = 64

// link is one model and one that it was made from.
type link struct {
	child, parent side
	heir          side // the child, or where nobody knows its terms the nearest made from it of which somebody does
	distance      int
	relation      string // finetune, adapter, quantized, merge; empty where nobody says
	seen          bool
	notice        bool // the parent brings a notice
}

// side is one end of a link.
type side struct {
	name    string
	license string // empty where it names none
	terms   *license.Expression
	src     audit.Source // of the licence, else of who names the model
	at      string       // pointer of the licence
}

// descent writes the links from this release to the oldest ancestor that could
// be seen.
func (c *collection) descent(ctx context.Context) {
	c.links = c.follow(ctx)
	if len(c.links) > maxLinks {
		c.links = nil
		for _, at := range []string{"/lineage/links", "/lineage/duties", "/relations/lineage_license", "/relations/lineage_merge"} {
			c.cut(at, fmt.Sprintf("more than %d models that it was made from", maxLinks))
		}
		return
	}
	if len(c.links) == 0 && !c.orphan() {
		return
	}
	items := make([]any, len(c.links))
	for i, l := range c.links {
		m := map[string]any{
			"name": l.child.name + " from " + l.parent.name, "child": l.child.name, "parent": l.parent.name,
			"distance": l.distance, "seen": l.seen, "child_license": orNull(l.child.license),
		}
		if l.seen {
			m["parent_license"] = orNull(l.parent.license)
		}
		if l.relation != "" {
			m["relation"] = l.relation
		}
		items[i] = m
	}
	c.ev.Set("/lineage/links", items)
	_, _, named := c.names()
	for i, l := range c.links {
		at := audit.Join("/lineage/links", i)
		c.ev.Cite(at, l.child.src)
		c.ev.Cite(at+"/parent_license", l.parent.src)
		if l.distance == 1 && named.Path != "" {
			c.ev.Cite(at+"/child", named)
		}
	}
}

// orphan tells whether the release was seen whole and names no model that it was
// made from.
func (c *collection) orphan() bool {
	return c.whole() && !c.isCut("/card") && !c.isCut("/lineage/links") && len(c.links) == 0
}

// follow goes from the release to its parents, and from each that is seen to
// those that it names. Nobody is asked twice, so that a circle ends; beyond
// maxLinks it stops with one more.
func (c *collection) follow(ctx context.Context) []link {
	type step struct {
		child, heir side
		bases       []parent
		distance    int
	}
	me := c.own()
	next := []step{{me, me, c.bases(), 1}}
	asked := map[string]bool{}
	var out []link
	for len(next) > 0 && len(out) <= maxLinks {
		s := next[0]
		next = next[1:]
		for _, b := range s.bases {
			if len(out) > maxLinks || strings.EqualFold(b.id, s.child.name) || s.distance > 1 && c.called(b.id) {
				continue
			}
			at := audit.Join("/lineage/links", len(out))
			l := link{child: s.child, heir: s.heir, distance: s.distance, relation: b.relation, parent: side{name: b.id, src: b.src, at: at + "/parent"}}
			r := c.relative(ctx, b.id)
			if r != nil {
				l.seen, l.notice = true, r.notice
				l.parent = side{b.id, r.license, r.terms, r.src, at + "/parent_license"}
			}
			out = append(out, l)
			if key := strings.ToLower(b.id); r != nil && !asked[key] {
				asked[key] = true
				heir := l.parent
				if heir.terms == nil {
					heir = l.heir
				}
				next = append(next, step{l.parent, heir, r.parents(), s.distance + 1})
			}
		}
	}
	return out
}

// called tells whether an id is the very name of the release.
func (c *collection) called(id string) bool {
	if !strings.Contains(c.rel.Name, "/") {
		id = path.Base(id)
	}
	return strings.EqualFold(id, c.rel.Name)
}

// parents lists whom a relative was made from, each once.
func (r *relative) parents() []parent {
	var out []parent
	for _, id := range r.bases {
		if !slices.ContainsFunc(out, func(p parent) bool { return strings.EqualFold(p.id, id) }) {
			out = append(out, parent{id: id, src: r.src})
		}
	}
	for i := range out {
		out[i].relation = relationWord(r.relation, len(out))
	}
	return out
}

// own is this release as the end of a link.
func (c *collection) own() side {
	t := c.terms
	if t == nil {
		t = c.termsOf("weights")
	}
	s := side{name: c.rel.Name, at: "/licenses/declared"}
	s.terms, s.license, s.src = t.effective()
	switch {
	case len(t.declared) > 0:
		s.at = c.placeOf(t.declared[0])
	case len(t.texts) > 0:
		s.at = "/licenses/components/weights/concluded"
	case c.card != nil:
		s.at, s.src = "/card", audit.Source{Path: c.card.Path, Line: 1, Level: audit.Claimed}
	}
	return s
}

// bases lists whom the release was made from, each once, and how. What the card
// names comes before what an adapter, then a GGUF header names. What a
// configuration was loaded from, and a path on somebody's disk, count only where
// nobody says more.
func (c *collection) bases() []parent {
	var out, vague []parent
	for _, p := range c.parents() {
		same := func(q parent) bool { return strings.EqualFold(p.id, q.id) }
		switch {
		case slices.ContainsFunc(out, same) || slices.ContainsFunc(vague, same):
		case p.origin == "config" && c.ownName(p.id):
		case p.origin == "config" || !hubID.MatchString(p.id) || localFolder.MatchString(p.id):
			vague = append(vague, p)
		default:
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = vague[:min(len(vague), 1)]
	}
	c.made(out)
	return out
}

// made tells how the release was made from its parents: as the card says of those
// that it names; else as its files or its name show.
func (c *collection) made(bases []parent) {
	declared, carded := c.relationSaid().Value, 0
	for _, p := range bases {
		if p.origin == "card" {
			carded++
		}
	}
	for i := range bases {
		p := &bases[i]
		if p.origin == "card" {
			p.relation = relationWord(declared, carded)
		}
		switch {
		case p.relation != "":
		case p.origin == "adapter" || p.origin == "card" && c.adapts():
			p.relation = "adapter"
		case (p.origin == "card" && carded == 1 || carded == 0) && c.quantized(p.id):
			p.relation = "quantized"
		}
	}
}

// relationWord reads what a card says of how a model was made; several bases
// without a word are a merge, as the Hub has it.
func relationWord(declared string, bases int) string {
	switch w := strings.ToLower(declared); {
	case slices.Contains([]string{"finetune", "adapter", "quantized", "merge"}, w):
		return w
	case w == "" && bases > 1:
		return "merge"
	}
	return ""
}

// quantizedName matches what a name has more than its base's where it is the
// same model in other numbers.
var quantizedName = regexp.MustCompile(`^(gguf|ggml|awq|gptq|exl2|exl3|mlx|onnx|hqq|bnb|fp8|fp4|nf4|bf16|f16|int[248]|w\d+a\d+|i?q\d\w*|\d+(\.\d+)?bits?|\d+bpw|[kmsl]|imatrix|i1|quantized|quant|dynamic|static|ud|g\d+)$`)

// quantized tells whether the release's name is its base's and the name of a
// way to store numbers.
func (c *collection) quantized(base string) bool {
	base = strings.ToLower(path.Base(base))
	names, _, _ := c.names()
	for _, name := range names {
		rest, ok := strings.CutPrefix(strings.ToLower(path.Base(strings.ReplaceAll(name, " ", "-"))), base)
		words := strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune("-_. :", r) })
		if ok && len(words) > 0 && !slices.ContainsFunc(words, func(w string) bool { return !quantizedName.MatchString(w) }) {
			return true
		}
	}
	return false
}

// cardTitle matches what stands before the name in the title of a card.
var cardTitle = regexp.MustCompile(`(?i)^(model card (for|of)( the)?|introducing|welcome to)\s+`)

// names are what the release is called: by its folder, which anybody may have
// chosen, and by its cards. chosen is one of them that its publisher chose, and
// src where a card says so; it is empty where only the folder has a name.
func (c *collection) names() (all []string, chosen string, src audit.Source) {
	all = []string{c.rel.Name}
	if strings.Contains(c.rel.Name, "/") {
		chosen = c.rel.Name
	}
	for _, k := range c.mainCards {
		title := 1
		if i := slices.IndexFunc(k.Sections, func(s card.Section) bool { return s.Level == 1 && s.Heading == k.Title }); i >= 0 {
			title = k.Sections[i].Line
		}
		for _, n := range []card.Item{k.Declared.ModelName, {Value: cardTitle.ReplaceAllString(k.Title, ""), Line: title}} {
			if n.Value == "" {
				continue
			}
			if all = append(all, n.Value); src.Path == "" {
				chosen, src = n.Value, audit.Source{Path: k.Path, Line: max(n.Line, 1), Level: audit.Claimed}
			}
		}
	}
	return all, chosen, src
}

// burden is one term that a licence asks to be carried on, and whether another
// licence carries it.
type burden struct {
	attribute string
	agree     license.Answer
	severity  license.Severity
}

// asked lists the terms of a licence that a derived work has to carry on.
func asked(l *license.License) []string {
	var out []string
	for _, a := range []struct {
		attribute string
		asked     bool
	}{
		{"no_derivatives", l.NoDerivatives == license.Yes},
		{"non_commercial", l.NonCommercial != license.No},
		{"share_alike", l.ShareAlike != license.No},
		{"use_restrictions", l.UseRestrictions.And(l.Flowdown) != license.No},
		{"users", l.Users != nil},
		{"revenue", l.Revenue != nil},
		{"outputs", slices.Contains([]string{"no-training", "derivative", "name-duty"}, l.Output.Rule)},
		{"territory", l.Territory != ""},
		{"excluded", l.Excluded != ""},
	} {
		if a.asked {
			out = append(out, a.attribute)
		}
	}
	return out
}

// carried compares the terms of a parent with those of a child, attribute by
// attribute. Of a parent's alternatives the child may choose the one it keeps;
// a child that offers alternatives must keep them in each; of licences that hold
// together one that carries a term on is enough. Where nobody knows the parent's,
// one burden says so; where nobody knows the child's, each that the parent asks.
//
// A bare id of the GNU family does not say whether later versions are meant: what
// only one of the two readings carries on cannot be told.
func carried(parent, child *license.Expression, asked func(*license.License) []string, clashes func(parent, child *license.License) []license.Clash) []burden {
	if parent == nil {
		return unseen
	}
	out := carriedAs(parent, child, asked, clashes)
	if !laterUnsaid(parent) {
		return out
	}
	later := carriedAs(orLater(parent), child, asked, clashes)
	for i := range out {
		same := func(b burden) bool { return b.attribute == out[i].attribute && b.agree == out[i].agree }
		if !slices.ContainsFunc(later, same) {
			out[i].agree = license.Unknown
		}
	}
	return out
}

// orLater reads the bare ids of the GNU family in an expression as those of
// licences that allow later versions.
func orLater(e *license.Expression) *license.Expression {
	out := *e
	if base, only := strings.CutSuffix(e.Term.ID, "-only"); only {
		if l, ok := license.Lookup(base + "-or-later"); ok {
			out.Term.ID, out.Term.License = l.ID, l
		}
	}
	out.Parts = nil
	for _, p := range e.Parts {
		out.Parts = append(out.Parts, orLater(p))
	}
	return &out
}

// carriedAs compares terms as they are written.
func carriedAs(parent, child *license.Expression, asked func(*license.License) []string, clashes func(parent, child *license.License) []license.Clash) []burden {
	ps, err := parent.Choices()
	cs, err2 := [][]license.Term{{{}}}, error(nil)
	if child != nil {
		cs, err2 = child.Choices()
	}
	if err != nil || err2 != nil {
		return unseen
	}
	var best []burden
	for i, p := range ps {
		var worst []burden
		for _, ch := range cs {
			worst = joinBurdens(worst, carriedBy(p, ch, asked, clashes))
		}
		if i == 0 || weight(worst) < weight(best) {
			best = worst
		}
	}
	return best
}

// weight orders ways to choose: those that contradict less come first, then
// those of which more is known.
func weight(list []burden) int {
	n := 0
	for _, b := range list {
		switch b.agree {
		case license.No:
			n += 1000
		case license.Unknown:
			n++
		}
	}
	return n
}

// carriedBy compares terms that hold together with others that do: each of the
// ones has to be carried on by some of the others.
func carriedBy(parents, children []license.Term, asked func(*license.License) []string, clashes func(parent, child *license.License) []license.Clash) []burden {
	var out []burden
	for _, p := range parents {
		var by [][]burden
		for _, ch := range children {
			by = append(by, against(p.License, ch.License, asked, clashes))
		}
		out = joinBurdens(out, anyOf(by))
	}
	return out
}

// anyOf joins what each of several licences carries on; a burden that one of
// them does not list is carried there.
func anyOf(by [][]burden) []burden {
	var out []burden
	for _, list := range by {
		for _, b := range list {
			if slices.ContainsFunc(out, func(o burden) bool { return o.attribute == b.attribute }) {
				continue
			}
			for _, other := range by {
				i := slices.IndexFunc(other, func(o burden) bool { return o.attribute == b.attribute })
				if i < 0 {
					b.agree = license.Yes
					break
				}
				b.agree = b.agree.Or(other[i].agree)
			}
			out = append(out, b)
		}
	}
	return out
}

// against compares two licences. Where nobody knows the one, all that the other
// asks is unknown.
func against(parent, child *license.License, asked func(*license.License) []string, clashes func(parent, child *license.License) []license.Clash) []burden {
	if parent == nil {
		return unseen
	}
	var out []burden
	if child == nil {
		for _, a := range asked(parent) {
			agree := license.Unknown
			if a == "no_derivatives" && parent.Verified() {
				agree = license.No // under whatever licence
			}
			out = append(out, burden{a, agree, license.Fail})
		}
		if out == nil {
			return unseen
		}
		return out
	}
	for _, cl := range clashes(parent, child) {
		out = joinBurdens(out, []burden{{cl.Attribute, cl.Agree, cl.Severity}})
	}
	for _, a := range asked(parent) {
		if !slices.ContainsFunc(out, func(b burden) bool { return b.attribute == a }) {
			out = append(out, burden{a, license.Yes, license.Fail})
		}
	}
	return out
}

// unseen is what is told of licences of which one is not known.
var unseen = []burden{{"license", license.Unknown, license.Fail}}

// joinBurdens takes two lists together: a term that both ask has to be carried
// on for both. It weighs as much as the heavier of those that are not.
func joinBurdens(a, b []burden) []burden {
	out := slices.Clone(a)
	for _, x := range b {
		i := slices.IndexFunc(out, func(o burden) bool { return o.attribute == x.attribute })
		switch {
		case i < 0:
			out = append(out, x)
			continue
		case out[i].agree == license.Yes, x.agree != license.Yes && x.severity == license.Fail:
			out[i].severity = x.severity
		}
		out[i].agree = out[i].agree.And(x.agree)
	}
	return out
}

// words writes an attribute for people.
func words(attribute string) string { return strings.ReplaceAll(attribute, "_", " ") }

// conversion tells whether the child is the parent in other numbers, or an
// adapter of it.
func (l *link) conversion() bool { return l.relation == "quantized" || l.relation == "adapter" }

// burdens compares the two ends of a link. A mere conversion has to keep the
// licence besides.
func (l *link) burdens() []burden {
	list := carried(l.parent.terms, l.heir.terms,
		func(p *license.License) []string {
			if l.conversion() {
				return append(asked(p), "license")
			}
			return asked(p)
		},
		func(p, ch *license.License) []license.Clash {
			if l.conversion() {
				return license.ConversionClashes(p, ch, l.relation == "adapter")
			}
			return license.Clashes(p, ch)
		})
	var out []burden
	for _, b := range list {
		switch {
		case b.attribute == "naming": // a duty of the name, which is looked at itself
			continue
		case l.relation == "adapter", l.relation == "quantized" && b.attribute == "no_derivatives":
			b.severity = license.Warn
		}
		out = append(out, b)
	}
	return out
}

// lineageRelations holds each parent's terms against those of the model made
// from it. What the two sides only may contradict is no relation but a duty. A
// release that was seen whole and names no parent has an item that says so: the
// rules on parents are not about it.
func (c *collection) lineageRelations() {
	var items []relation
	for i := range c.links {
		items = append(items, c.links[i].relations()...)
		if r := c.nameDuty(&c.links[i]); r != nil {
			items = append(items, *r)
		}
	}
	merged := c.merged()
	none := c.own().against("/lineage/base_models", "no base model", "nothing", "no base model is named", license.Unknown)
	if c.orphan() {
		items = append(items, none)
	}
	if c.orphan() || len(c.links) > 0 && len(merged) == 0 {
		none.name, none.found = "no merge", "no models are merged"
		merged = append(merged, none)
	}
	c.relateAll("lineage_license", items)
	c.relateAll("lineage_merge", merged)
}

// against is a relation between the licence of one end of a link and something
// that stands at a pointer.
func (s side) against(at, name, attribute, found string, agree license.Answer) relation {
	src := s.src
	src.Level = audit.Claimed
	return relation{
		between: [2]string{s.at, at}, name: name, attribute: attribute, src: src,
		declared: cmp.Or(s.license, "no licence"), found: found, agree: agree.Bool(),
	}
}

// relateAll writes a list of relations, if there are any.
func (c *collection) relateAll(name string, list []relation) {
	if len(list) == 0 {
		return
	}
	items := make([]any, len(list))
	for i, r := range list {
		items[i] = r.item()
	}
	at := "/relations/" + name
	c.ev.Set(at, items, audit.Source{Level: audit.Claimed})
	for i, r := range list {
		c.ev.Cite(audit.Join(at, i), r.src)
	}
}

// relations compares the licences of a link. Of a parent that was not seen, or
// whose licence nobody knows, there is one item that does not say whether the
// two agree: what cannot be seen is unknown, never a pass.
func (l *link) relations() []relation {
	unknown := func(found string) []relation {
		return []relation{l.heir.against(l.parent.at, l.parent.name, "", found, license.Unknown)}
	}
	switch {
	case !l.seen:
		return unknown("not seen")
	case l.parent.terms == nil:
		return unknown(cmp.Or(l.parent.license, "no licence"))
	}
	var out []relation
	for _, b := range l.burdens() {
		switch {
		case b.attribute == "license" && !l.conversion():
			out = append(out, unknown(l.parent.license)...) // one of the two is not known
		case b.severity == license.Fail:
			found := fmt.Sprintf("%s (%s)", l.parent.license, words(b.attribute))
			out = append(out, l.heir.against(l.parent.at, l.parent.name+": "+words(b.attribute), b.attribute, found, b.agree))
		}
	}
	if len(out) == 0 {
		out = append(out, l.heir.against(l.parent.at, l.parent.name+": nothing to carry on", "nothing", l.parent.license, license.Yes))
	}
	return out
}

// nameDuty holds the name of a derived model against what its parent's licence
// asks of it. A folder can be called anything, so only a name in the card, or on
// a hub, contradicts.
func (c *collection) nameDuty(l *link) *relation {
	if l.parent.terms == nil || l.parent.terms.Op == license.OpOr {
		return nil
	}
	names, chosen := []string{l.child.name}, l.child.name
	if l.distance == 1 {
		names, chosen, _ = c.names()
	}
	for _, term := range l.parent.terms.Terms() {
		if term.License == nil || term.License.Naming.Prefix == "" {
			continue
		}
		agree := license.No
		for _, n := range names {
			agree = agree.Or(license.NameDuty(term.License, n))
		}
		if agree == license.No && chosen == "" {
			agree = license.Unknown
		}
		named := side{license: cmp.Or(chosen, names[0]), src: l.child.src, at: strings.TrimSuffix(l.parent.at, "parent_license") + "child"}
		found := fmt.Sprintf("%s… (%s)", term.License.Naming.Prefix, l.parent.license)
		r := named.against(l.parent.at, l.parent.name+": naming", "naming", found, agree)
		return &r
	}
	return nil
}

// merged holds the parents of a merge against each other.
func (c *collection) merged() []relation {
	var out []relation
	for i := range c.links {
		for j := i + 1; j < len(c.links); j++ {
			a, b := &c.links[i], &c.links[j]
			if a.relation == "merge" && b.relation == "merge" && a.child.name == b.child.name && a.distance == b.distance {
				out = append(out, mergedPair(a, b)...)
			}
		}
	}
	return out
}

func mergedPair(a, b *link) []relation {
	r := relation{
		between: [2]string{a.parent.at, b.parent.at}, name: a.parent.name + " and " + b.parent.name, attribute: "merge", src: a.parent.src,
		declared: cmp.Or(a.parent.license, "no licence"), found: cmp.Or(b.parent.license, "no licence"),
	}
	r.src.Level = audit.Claimed
	if !a.seen {
		r.declared = "not seen"
	}
	if !b.seen {
		r.found = "not seen"
	}
	list := mergeBurdens(a.parent.terms, b.parent.terms)
	if len(list) == 0 {
		r.agree = truth(true)
		return []relation{r}
	}
	var out []relation
	for _, x := range list {
		one := r
		one.agree = x.agree.Bool()
		if x.attribute != "license" {
			one.name += ": " + words(x.attribute)
		}
		out = append(out, one)
	}
	return out
}

// mergeBurdens compares the terms of two models that go into one: of alternatives
// on either side the ones that go together best are taken.
func mergeBurdens(a, b *license.Expression) []burden {
	if a == nil || b == nil {
		return unseen
	}
	as, err := a.Choices()
	bs, err2 := b.Choices()
	if err != nil || err2 != nil {
		return unseen
	}
	var best []burden
	first := true
	for _, x := range as {
		for _, y := range bs {
			var list []burden
			for _, p := range x {
				for _, q := range y {
					list = joinBurdens(list, against(p.License, q.License, func(*license.License) []string { return nil }, func(p, q *license.License) []license.Clash {
						return license.MergeClashes([]*license.License{p, q})
					}))
				}
			}
			if first || weight(list) < weight(best) {
				best, first = list, false
			}
		}
	}
	return best
}
