package collect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
)

// parts are the parts of a release that can have terms of their own, with the
// roles of the files that make them.
var parts = [...]struct {
	name  string
	roles []string
}{
	{"weights", []string{"weights"}},
	{"code", []string{"code"}},
	{"data", []string{"data", "dataset_manifest", "dataset_card"}},
	{"documentation", []string{"model_card", "document"}},
}

// terms are what is declared for one part of the release, the texts that govern
// it, and how they go together.
type terms struct {
	part     string
	declared []declaration // all hold together
	expr     *license.Expression
	texts    []*licenseText
	policies []*licenseText // what use of the weights is forbidden beside the licence
	assumed  bool           // a text or a declaration for everything is taken to mean this part as well
	license.Comparison
	shown *licenseText // the text to hold against the declaration, nil where there is none
}

// partTerms writes the terms of each part of the release that is there.
func (c *collection) partTerms() {
	for _, p := range parts {
		t := c.termsOf(p.name)
		if p.name == "weights" {
			c.terms = t
		}
		own := slices.ContainsFunc(t.texts, func(x *licenseText) bool { return string(x.text.Scope) == p.name })
		if p.name == "weights" || len(c.with(p.roles...)) > 0 || own {
			c.writeTerms(t)
		}
	}
}

// termsOf gathers the terms of one part.
func (c *collection) termsOf(part string) *terms {
	t := &terms{part: part}
	t.declared = c.declaredFor(part)
	t.expr = joined(t.declared)
	card := c.declaredBy("card")
	if part == "weights" || len(t.declared) > 0 {
		t.texts, t.assumed = c.textsFor(part, t.expr)
		if part == "weights" {
			t.policies = c.usePolicies()
		}
		t.oneCard()
	} else {
		t.texts, t.assumed = c.textsFor(part, joined(card))
		t.fromCard(card)
		t.oneCard()
	}
	t.compare(c.texts)
	return t
}

// oneCard keeps the word of one card where several declare: that of the first
// whose licence is what a text says, else of the first. What another forbids
// stays forbidden, see [collection.writeRights].
func (t *terms) oneCard() {
	var byCard [][]declaration
	for _, d := range t.declared {
		if n := len(byCard); n > 0 && byCard[n-1][0].src.Path == d.src.Path {
			byCard[n-1] = append(byCard[n-1], d)
			continue
		}
		byCard = append(byCard, []declaration{d})
	}
	if len(byCard) < 2 || t.declared[0].origin != "card" {
		return
	}
	t.declared = byCard[0]
	for _, list := range byCard {
		if license.Compare(joined(list), plainTexts(t.texts)).Agree == license.Yes {
			t.declared = list
			break
		}
	}
	t.expr = joined(t.declared)
}

// declaredFor returns what is declared for one part and no other: of the
// weights the card's word, else one that travels with the files.
func (c *collection) declaredFor(part string) []declaration {
	if part == "weights" {
		for _, origin := range []string{"card", "reuse", "gguf", "safetensors", "config"} {
			if d := c.declaredBy(origin); len(d) > 0 {
				return d
			}
		}
		return nil
	}
	own := c.reuseDeclared(part)
	if part == "data" && len(own) == 0 {
		own = c.dataDeclared()
	}
	return own
}

// declaredBy returns the declarations of an origin.
func (c *collection) declaredBy(origin string) []declaration {
	var out []declaration
	for _, d := range c.declared {
		if d.origin == origin {
			out = append(out, d)
		}
	}
	return out
}

// fromCard takes the card's word for a part that nothing else speaks of. Beside
// a text for that part alone, only as far as it names that text: the rest is
// about the model.
func (t *terms) fromCard(card []declaration) {
	own := len(t.texts) > 0 && !t.assumed
	for _, d := range card {
		if !own || license.Compare(d.terms, plainTexts(t.texts)).Agree == license.Yes {
			t.declared = append(t.declared, d)
		}
	}
	t.assumed = !own && (len(t.texts) > 0 || len(t.declared) > 0)
	t.expr = joined(t.declared)
}

// joined takes several declarations together: all of a list bind until somebody
// says that one may choose. It is nil where one of them cannot be read.
func joined(list []declaration) *license.Expression {
	var parts []*license.Expression
	for _, d := range list {
		if d.terms == nil {
			return nil
		}
		parts = append(parts, d.terms)
	}
	switch len(parts) {
	case 0:
		return nil
	case 1:
		return parts[0]
	}
	return &license.Expression{Op: license.OpAnd, Parts: parts}
}

// names writes declarations as one expression.
func names(list []declaration) string {
	var out []string
	for _, d := range list {
		name := d.name()
		if len(list) > 1 && d.terms != nil && d.terms.Op == license.OpOr {
			name = "(" + name + ")"
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, " AND ")
}

// textsFor returns the texts that govern a part: those for it alone; else those
// for everything, of which it is only assumed that they mean it. A text in
// LICENSES governs what is tagged with its id, or where nothing is tagged what
// is declared to be under it.
func (c *collection) textsFor(part string, declared *license.Expression) (texts []*licenseText, assumed bool) {
	tagged := joined(c.reuseDeclared(part))
	var own, general, whole []*licenseText
	for _, t := range c.texts {
		dir := path.Dir(t.file.Path)
		switch {
		case !t.mayConclude() || strings.Contains(dir, "/"):
		case dir == reuseDir:
			if tagged == nil && namesText(declared, t) || namesText(tagged, t) {
				general = append(general, t)
			}
		case string(t.text.Scope) == part:
			own = append(own, t)
		case t.text.Scope == license.ScopeAll && dir == ".":
			whole = append(whole, t)
		}
	}
	if len(own) > 0 {
		return own, false
	}
	return append(general, whole...), len(whole) > 0
}

// usePolicies returns the policies that forbid some use. They conclude no
// licence and contradict none, but who takes the weights is told to keep to them.
func (c *collection) usePolicies() []*licenseText {
	var out []*licenseText
	for _, t := range c.texts {
		if t.text.Scope == license.ScopePolicy && t.rights().everyUse == license.No && !strings.Contains(path.Dir(t.file.Path), "/") {
			out = append(out, t)
		}
	}
	return out
}

// namesText tells whether an expression has a term for a text, by its words or,
// of a text nobody knows, by the name of its file.
func namesText(e *license.Expression, t *licenseText) bool {
	if e == nil {
		return false
	}
	id := strings.TrimSuffix(path.Base(t.file.Path), path.Ext(t.file.Path))
	return slices.ContainsFunc(e.Terms(), func(term license.Term) bool {
		return strings.EqualFold(term.ID, id) || t.text.Concluded != "" && license.Compare(&license.Expression{Term: term}, []license.Text{t.text}).Agree == license.Yes
	})
}

func plainTexts(list []*licenseText) []license.Text {
	out := make([]license.Text, len(list))
	for i, t := range list {
		out[i] = t.text
	}
	return out
}

// compare holds the declaration against the texts. Of several texts one that
// agrees is enough, so that another beside it is no reason to take it away; what
// any of them forbids is forbidden all the same. Of a list it is enough that
// each licence has its text somewhere in the release.
func (t *terms) compare(all []*licenseText) {
	texts := t.texts
	if fitting := t.fitting(); len(fitting) > 0 {
		texts = fitting
	}
	t.Comparison = license.Compare(t.expr, plainTexts(texts))
	if len(t.declared) > 0 && (t.expr == nil || t.State == license.Conflict && t.private()) {
		// It names nothing that can be read, or by a name of the publisher's own.
		t.State, t.Agree, t.Stricter = license.Unresolved, license.Unknown, license.Unknown
	}
	t.shown = firstText(texts)
	if len(t.Missing) > 0 && !slices.ContainsFunc(t.Missing, func(id string) bool { return !shownBy(id, all) }) {
		t.Agree = license.Yes
	}
	if t.Agree == license.Unknown {
		t.restricted()
	}
}

// private tells whether the declaration holds a name that nobody lists: a text
// with a known name may be what it stands for.
func (t *terms) private() bool {
	return slices.ContainsFunc(t.expr.Terms(), func(term license.Term) bool { return term.License == nil })
}

// fitting returns the texts that are, each alone, what is declared.
func (t *terms) fitting() []*licenseText {
	if t.expr == nil {
		return nil
	}
	var out []*licenseText
	for _, x := range t.texts {
		switch license.Compare(t.expr, []license.Text{x.text}).State {
		case license.Match, license.Refinement, license.HeaderOnly:
			out = append(out, x)
		}
	}
	return out
}

// firstText picks the text to show: one with a name before one without.
func firstText(texts []*licenseText) *licenseText {
	for _, t := range texts {
		if t.text.Concluded != "" {
			return t
		}
	}
	for _, t := range texts {
		if t.text.State == license.StateText {
			return t
		}
	}
	if len(texts) > 0 {
		return texts[0]
	}
	return nil
}

// shownBy tells whether some text is the licence of an id.
func shownBy(id string, texts []*licenseText) bool {
	return slices.ContainsFunc(texts, func(t *licenseText) bool {
		return t.mayConclude() && (t.text.Concluded == id || t.text.Concluded != "" && slices.Contains(t.text.Also, id))
	})
}

// restricted tells that a text without a name is not the declared licence: it
// forbids what that one allows. Nothing else is told of such a text.
func (t *terms) restricted() {
	want := termRights(t.expr)
	for _, x := range t.texts {
		got := x.rights()
		if want.everyUse == license.Yes && got.everyUse == license.No || want.commercial == license.Yes && got.commercial == license.No {
			t.Agree, t.Stricter, t.shown = license.No, license.Yes, x
			if x.text.Family == "" {
				t.State = license.Conflict
			}
			return
		}
	}
}

// allowed joins what the texts allow with what is declared: what one forbids is
// forbidden, by a policy of use as well. A text nobody knows, without a term that
// restricts, says nothing; alone it leaves open what is allowed. strictest is the text that forbids most.
func (t *terms) allowed() (r rights, strictest *licenseText) {
	prose := false
	for _, x := range t.texts {
		prose = prose || x.text.State == license.StateText
		one := x.rights()
		switch {
		case one == (rights{}):
			continue
		case strictest == nil:
			r, strictest = one, x
			continue
		case one.everyUse == license.No && r.everyUse != license.No:
			strictest = x
		}
		r = r.and(one)
	}
	switch {
	case len(t.declared) > 0 && strictest != nil:
		r = termRights(t.expr).and(r)
	case len(t.declared) > 0 && !prose:
		r = termRights(t.expr)
	}
	if len(t.policies) > 0 {
		r.everyUse = license.No
		if strictest == nil || strictest.rights().everyUse != license.No {
			strictest = t.policies[0]
		}
	}
	return r, strictest
}

// suits answers whether a licence is open and meant for this part.
func (t *terms) suits(l *license.License) license.Answer { return l.Suits(t.part) }

// open answers whether the terms are those of an open licence that is meant for
// this part.
func (t *terms) open() license.Answer {
	answer, asked := grants(t.expr, t.suits), t.expr != nil
	for _, x := range t.texts {
		one := license.Unknown
		if l, ok := license.Lookup(x.text.Concluded); ok {
			one = t.suits(l)
		} else if x.rights().everyUse == license.No || x.rights().changes == license.No {
			one = license.No
		} else if x.text.State != license.StateText {
			continue
		}
		if !asked {
			answer, asked = one, true
			continue
		}
		answer = answer.And(one)
	}
	return answer
}

// writeTerms writes the terms of a part. What they allow is shown only where the
// text and the declaration agree, of the weights the card's and against no tag
// of theirs: one side alone is a claim, else a card that names other terms would
// be better left out.
func (c *collection) writeTerms(t *terms) {
	at := "/licenses/components/" + t.part
	m := map[string]any{"declared": nil, "concluded": orNull(t.Concluded), "by_assumption": t.assumed, "texts": []any{}}
	src := audit.Source{Level: audit.Claimed}
	if len(t.declared) > 0 {
		src = t.declared[0].src
		m["declared"] = names(t.declared)
	}
	for _, x := range t.texts {
		m["texts"] = append(m["texts"].([]any), x.file.Path)
	}
	if t.shown != nil {
		src.Path, src.Line = t.shown.file.Path, 1
	}
	if len(t.declared)+len(t.texts) > 0 {
		m["state"] = string(t.State)
	} else {
		src.Level = audit.Present
		m["open_license"] = nil
		for _, right := range rightNames {
			m[right.name] = nil // no terms, no rights
		}
	}
	if b := t.Stricter.Bool(); b != nil && t.Agree == license.No {
		m["stricter"] = *b
	}
	if b := t.Agree.Bool(); b != nil {
		m["agree"] = *b
	}
	tagged := c.tagsAgree(t)
	if t.Agree == license.Yes && tagged != license.No && (t.part != "weights" || t.declared[0].origin == "card") {
		src.Level = audit.Present
	}
	open := t.open()
	if tags := c.declaredBy("reuse"); tagged == license.No && t.part == "weights" {
		open = open.And(grants(joined(tags), t.suits))
	}
	if t.part == "weights" {
		for _, d := range c.declaredInWeights() {
			if grants(d.terms, t.suits) == license.No {
				open = license.No
			}
		}
	}
	if b := open.Bool(); b != nil {
		m["open_license"] = *b
	}
	c.ev.Set(at, m, src)
	c.writeRights(t, tagged, src)
	if len(t.declared) > 0 {
		c.ev.Cite(at+"/declared", t.declared[0].src)
	}
	if len(t.texts) > 0 {
		c.ev.Cite(at+"/texts", audit.Source{Path: t.texts[0].file.Path, Line: 1, Level: audit.Present})
		c.ev.Cite(at+"/concluded", audit.Source{Path: t.shown.file.Path, Line: 1, Level: audit.Present})
	}
}

// declaredInWeights are the licences that the headers of weights declare. What they deny is
// denied, whatever the card says: they go wherever the weights go.
func (c *collection) declaredInWeights() []declaration {
	return slices.Concat(c.declaredBy("gguf"), c.declaredBy("safetensors"))
}

// writeRights writes what the terms allow, and cites for each right that is
// denied the term that denies it.
func (c *collection) writeRights(t *terms, tagged license.Answer, src audit.Source) {
	at := "/licenses/components/" + t.part
	allowed, strictest := t.allowed()
	if tags := c.declaredBy("reuse"); tagged == license.No && t.part == "weights" {
		allowed = allowed.and(termRights(joined(tags)))
	}
	if t.part == "weights" && len(t.declared) > 0 && t.declared[0].origin == "card" {
		for _, d := range c.declaredBy("card") {
			if d.src.Path != t.declared[0].src.Path && d.known() { // who knows of no licence forbids nothing
				allowed = allowed.limited(termRights(d.terms))
			}
		}
		for _, d := range c.declaredInWeights() {
			allowed = allowed.limited(termRights(d.terms))
		}
	}
	m := map[string]any{}
	allowed.write(m)
	for _, right := range rightNames {
		v, ok := m[right.name]
		if !ok {
			continue
		}
		c.ev.Set(at+"/"+right.name, v)
		if v == false {
			c.ev.Cite(at+"/"+right.name, c.denied(t, right.of, src))
		}
	}
	if strictest != nil {
		if cl := strictest.decisive(); cl != nil {
			c.ev.Set(at+"/reason", fmt.Sprintf("%s: “%s”", strings.ReplaceAll(string(cl.Kind), "_", " "), cl.Quote))
			c.ev.Cite(at+"/reason", audit.Source{Path: strictest.file.Path, Line: max(cl.Line, 1), Level: src.Level})
		}
	}
}

// denied cites who takes a right away: a text, with the line of its term, else
// the declaration, else a tag.
func (c *collection) denied(t *terms, of func(rights) license.Answer, src audit.Source) audit.Source {
	for _, x := range slices.Concat(t.texts, t.policies) {
		if of(x.rights()) != license.No {
			continue
		}
		line := 1
		if cl := x.decisive(); cl != nil {
			line = max(cl.Line, 1)
		}
		return audit.Source{Path: x.file.Path, Line: line, Level: src.Level}
	}
	for _, d := range slices.Concat(t.declared, c.declaredBy("reuse"), c.declaredBy("card"), c.declaredInWeights()) {
		if of(termRights(d.terms)) == license.No {
			d.src.Level = src.Level
			return d.src
		}
	}
	return src
}

// sameTerms compares two declarations; Unknown where either is not known well
// enough. Of alternatives, and of a list, one that is the same is enough.
func sameTerms(a, b *license.Expression) license.Answer {
	if a == nil || b == nil {
		return license.Unknown
	}
	answer := license.No
	loose := laterUnsaid(a) || laterUnsaid(b)
	for _, x := range a.Terms() {
		for _, y := range b.Terms() {
			answer = answer.Or(sameTerm(x, y, loose))
		}
	}
	return answer
}

// laterUnsaid tells whether a GNU licence is named without saying whether later
// versions are meant as well.
func laterUnsaid(e *license.Expression) bool {
	return slices.Contains(e.Notes, license.NoteOrLater) || slices.ContainsFunc(e.Parts, laterUnsaid)
}

func sameTerm(a, b license.Term, loose bool) license.Answer {
	if a.License == nil || b.License == nil || a.License.Family() || b.License.Family() {
		if a.ID == b.ID && a.License == nil {
			return license.Yes
		}
		return license.Unknown
	}
	bare := func(id string) string { return strings.TrimSuffix(strings.TrimSuffix(id, "-or-later"), "-only") }
	if a.License.ID == b.License.ID || loose && bare(a.License.ID) == bare(b.License.ID) {
		return license.Yes
	}
	return license.No
}

// licenseRelations holds what is said of the licence in one place against what
// is said in another.
func (c *collection) licenseRelations() {
	c.relate("license_text", c.licenseTextAgrees())
	for _, origin := range []string{"config", "gguf", "safetensors", "reuse"} {
		c.relate("license_"+origin, c.licensesAgree(origin))
	}
	c.relate("license_name", c.licenseNameAgrees())
}

// licenseTextAgrees holds what the card declares for the weights against the
// text.
func (c *collection) licenseTextAgrees() *relation {
	t := c.terms
	if t == nil || t.shown == nil || len(t.declared) == 0 || t.declared[0].origin != "card" {
		return nil
	}
	return &relation{
		between: [2]string{c.placeOf(t.declared[0]), t.shown.at}, declared: names(t.declared), found: t.shown.found(), agree: t.Agree.Bool(),
		src: audit.Source{Path: t.shown.file.Path, Line: 1, Level: audit.Present},
	}
}

// placeOf returns the place of a declaration.
func (c *collection) placeOf(d declaration) string {
	return audit.Join("/licenses/declared", slices.IndexFunc(c.declared, func(o declaration) bool { return o.origin == d.origin && o.src == d.src }), "id")
}

// declaredAt returns the place of the first declaration of an origin.
func (c *collection) declaredAt(origin string) string {
	return audit.Join("/licenses/declared", slices.IndexFunc(c.declared, func(d declaration) bool { return d.origin == origin }), "id")
}

// licensesAgree holds the card's licence against that of another source. Where
// several files declare one, the first that differs counts.
func (c *collection) licensesAgree(origin string) *relation {
	card := c.declaredBy("card")
	mine := joined(card)
	if len(card) == 0 {
		return nil
	}
	var out *relation
	for i, d := range c.declared {
		if d.origin != origin {
			continue
		}
		r := &relation{
			between: [2]string{c.declaredAt("card"), audit.Join("/licenses/declared", i, "id")}, src: d.src,
			declared: names(card), found: d.name(), agree: sameTerms(mine, d.terms).Bool(),
		}
		if r.agree != nil && !*r.agree {
			return r
		}
		if out == nil {
			out = r
		}
	}
	return out
}

// licenseNameAgrees holds the card's licence against the name it gives besides:
// license_name is for a licence that is “other”, and beside an id it says
// something else.
func (c *collection) licenseNameAgrees() *relation {
	ours := c.declaredBy("card")
	name := c.saidFirst(func(d *card.Declared) card.Item { return d.LicenseName })
	if len(ours) == 0 || name.Value == "" || slices.ContainsFunc(ours, func(d declaration) bool { return d.other }) {
		return nil
	}
	given := declare(name.Value, "card", name.source())
	return &relation{
		between: [2]string{c.declaredAt("card"), "/card/metadata/license_name"}, src: given.src,
		declared: names(ours), found: given.name(), agree: sameTerms(joined(ours), given.terms).Bool(),
	}
}
