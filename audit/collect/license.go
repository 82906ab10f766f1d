package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/license"
)

// declaration is one place that declares a licence.
type declaration struct {
	raw    string
	origin string
	src    audit.Source
	read   license.Declaration
	terms  *license.Expression // of one licence or several; nil where it cannot be read
}

// licenseText is one licence file, and what its text turned out to be.
type licenseText struct {
	file *File
	text license.Text
}

// licenses writes what is declared, which texts are here, and for the weights
// whether the two agree.
func (c *collection) licenses(context.Context) error {
	declared := c.declarations()
	if declared == nil && !c.whole() {
		if len(c.with("license", "notice", "policy")) > 0 {
			c.licenseTexts()
		}
		return nil
	}
	items := make([]any, len(declared))
	for i, d := range declared {
		items[i] = d.item()
	}
	c.declared = declared
	c.ev.Set("/licenses/declared", items, audit.Source{Level: audit.Claimed})
	for i, d := range declared {
		c.ev.Cite(audit.Join("/licenses/declared", i), d.src)
	}
	if c.looked("license", "notice", "policy") {
		c.licenseTexts()
	}
	if c.whole() {
		c.weightTerms()
	}
	return nil
}

func declare(raw, origin string, src audit.Source) declaration {
	d := declaration{raw: raw, origin: origin, src: src, read: license.Declare(raw)}
	if e, err := license.ParseExpression(raw); err == nil {
		d.terms = e
	}
	return d
}

// declarations lists every declared licence; nil where nothing that could
// declare one was seen.
func (c *collection) declarations() []declaration {
	var out []declaration
	add := func(raw, origin string, src audit.Source) {
		if raw != "" {
			src.Level = audit.Claimed
			out = append(out, declare(raw, origin, src))
		}
	}
	if c.card != nil {
		c.cardLicenses(add)
	}
	if c.config != nil {
		add(c.config.License, "config", audit.Source{Path: c.config.path, Line: c.config.lines.of("license")})
	}
	for _, w := range c.weights {
		for _, h := range headers {
			if s, ok := w.info.Metadata[h.key].(string); ok {
				add(s, h.origin, audit.Source{Path: w.file.Path})
			}
		}
	}
	return out
}

// headers lists where weight files declare a licence.
var headers = [...]struct{ key, origin string }{{"general.license", "gguf"}, {"modelspec.license", "safetensors"}}

// cardLicenses reads the front matter: a licence that is "other" is the one its
// name says.
func (c *collection) cardLicenses(add func(raw, origin string, src audit.Source)) {
	d := &c.card.Declared
	for _, it := range d.Licenses {
		raw, line := it.Value, it.Line
		if license.Declare(raw).ID == "hf:other" && d.LicenseName.Value != "" {
			raw, line = d.LicenseName.Value, d.LicenseName.Line
		}
		add(raw, "card", audit.Source{Path: c.card.Path, Line: line})
	}
}

func (d declaration) item() map[string]any {
	m := map[string]any{"raw": d.raw, "origin": d.origin, "expression": false, "id": nil, "names_a_license": false}
	switch {
	case d.read.License != nil:
		m["id"], m["names_a_license"] = d.read.ID, !d.read.License.Family()
	case d.terms != nil && len(d.terms.Terms()) > 1:
		m["id"], m["expression"], m["names_a_license"] = d.terms.String(), true, d.known()
	}
	d.rights().write(m)
	return m
}

// known tells whether every licence of an expression can be looked up.
func (d declaration) known() bool {
	for _, t := range d.terms.Terms() {
		if t.License == nil || t.License.Family() {
			return false
		}
	}
	return true
}

// rights are what terms allow, three-valued.
type rights struct{ osi, everyUse, changes, commercial license.Answer }

func rightsOf(ask func(func(*license.License) license.Answer) license.Answer) rights {
	return rights{
		osi:        ask(func(l *license.License) license.Answer { return l.OSI }),
		everyUse:   ask((*license.License).AllowsEveryUse),
		changes:    ask(func(l *license.License) license.Answer { return l.NoDerivatives.Not() }),
		commercial: ask(func(l *license.License) license.Answer { return l.NonCommercial.Not() }),
	}
}

// rights of a declaration: of an expression the best branch of OR, the worst
// part of AND. A family id, or a name nobody knows, says nothing.
func (d declaration) rights() rights {
	if d.read.License != nil {
		return licenseRights(d.read.License)
	}
	if d.terms == nil {
		return rights{}
	}
	return rightsOf(func(ask func(*license.License) license.Answer) license.Answer {
		a, _ := d.terms.Grants(ask)
		return a
	})
}

func licenseRights(l *license.License) rights {
	if l.Family() && l.Category != license.NoLicense {
		return rights{}
	}
	return rightsOf(func(ask func(*license.License) license.Answer) license.Answer { return ask(l) })
}

func (r rights) and(s rights) rights {
	return rights{r.osi.And(s.osi), r.everyUse.And(s.everyUse), r.changes.And(s.changes), r.commercial.And(s.commercial)}
}

// write sets what is known and leaves out what is not.
func (r rights) write(m map[string]any) {
	for _, a := range []struct {
		name   string
		answer license.Answer
	}{
		{"osi_approved", r.osi}, {"allows_every_use", r.everyUse},
		{"allows_derivatives", r.changes}, {"allows_commercial_use", r.commercial},
	} {
		if b := a.answer.Bool(); b != nil {
			m[a.name] = *b
		}
	}
}

func (c *collection) licenseTexts() {
	items := []any{}
	for _, f := range c.with("license", "notice", "policy") {
		data, err := c.rel.Read(f.Path, license.MaxText+1)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			c.cut("/licenses/texts", f.Path+" cannot be read: "+cause(err).Error())
			return
		}
		if errors.Is(err, ErrTooLarge) {
			data = make([]byte, license.MaxText+1) // only its length is told
		}
		t := &licenseText{f, license.Identify(f.Path, data)}
		c.texts = append(c.texts, t)
		item := audit.Plain(t.text).(map[string]any)
		t.rights().write(item)
		items = append(items, item)
	}
	c.ev.Set("/licenses/texts", items, audit.Source{Level: audit.Present})
	for i, t := range c.texts {
		c.ev.Cite(audit.Join("/licenses/texts", i), audit.Source{Path: t.file.Path, Line: 1, Level: audit.Present})
	}
}

// restricting lists the clauses that shut out a use or a user.
var restricting = []license.ClauseKind{
	license.ClauseUsers, license.ClauseRevenue, license.ClauseNonCommercial, license.ClauseResearchOnly,
	license.ClauseMilitary, license.ClauseTerritory, license.ClausePolicy, license.ClauseOutput, license.ClauseRestriction,
}

// rights of a text: those of the licence it is. Of a text that is none known,
// clauses that restrict still say what is not allowed.
func (t *licenseText) rights() rights {
	if l, ok := license.Lookup(t.text.Concluded); ok {
		return licenseRights(l)
	}
	r := rights{}
	for _, cl := range t.text.Clauses {
		for _, kind := range restricting {
			if cl.Kind == kind {
				r.everyUse = license.No
			}
		}
		switch cl.Kind {
		case license.ClauseNonCommercial, license.ClauseResearchOnly:
			r.commercial, r.osi = license.No, license.No
		case license.ClauseNoDerivatives:
			r.changes, r.osi = license.No, license.No
		}
	}
	return r
}

// decisive returns the first term that shuts out a use or a user, or nil.
func (t *licenseText) decisive() *license.Clause {
	if t.rights().everyUse != license.No {
		return nil
	}
	for i, cl := range t.text.Clauses {
		if slices.Contains(restricting, cl.Kind) {
			return &t.text.Clauses[i]
		}
	}
	return nil
}

// governing returns the texts that cover the weights: at the root, and of a
// scope that has them. One written for the weights alone comes before those
// for everything.
func (c *collection) governing() []*licenseText {
	var all, weights []*licenseText
	for _, t := range c.texts {
		if t.file.Role != "license" || !isMain(t.file.Path) || t.text.State != license.StateText {
			continue
		}
		switch t.text.Scope {
		case license.ScopeAll:
			all = append(all, t)
		case license.ScopeWeights:
			weights = append(weights, t)
		}
	}
	if len(weights) > 0 {
		return weights
	}
	return all
}

// covering picks the text to hold against a declaration: the one that agrees;
// else one that does not; else the first. Of several texts one that agrees is
// enough, so that another beside it is no reason to take it away; what any of
// them forbids is forbidden all the same.
func covering(d *declaration, texts []*licenseText) (*licenseText, *bool) {
	var best *licenseText
	var agree *bool
	for _, t := range texts {
		a := agreement(d, t)
		if best == nil || a != nil && (agree == nil || *a) {
			best, agree = t, a
		}
	}
	return best, agree
}

// textRights joins what several texts allow: what one forbids is forbidden.
// A text nobody knows, without a term that restricts, adds nothing.
func textRights(texts []*licenseText) (r rights, strictest *licenseText) {
	for _, t := range texts {
		one := t.rights()
		switch {
		case one == (rights{}):
			continue
		case strictest == nil:
			r, strictest = one, t
			continue
		case one.everyUse == license.No && r.everyUse != license.No:
			strictest = t
		}
		r = r.and(one)
	}
	return r, strictest
}

// weightTerms writes the terms of the weights. What they allow is shown only
// where the text and the card's declaration agree; one of them alone is a
// claim, and so is what a header says where no card does: else a card that
// names other terms would be better left out.
func (c *collection) weightTerms() {
	declared := c.declaredForWeights()
	texts := c.governing()
	text, agree := covering(declared, texts)
	m := map[string]any{"declared": nil, "concluded": nil, "by_assumption": text != nil && text.text.Scope == license.ScopeAll}
	src := audit.Source{Level: audit.Claimed}
	if declared == nil && len(c.texts) == 0 {
		src.Level = audit.Present
		for _, right := range []string{"osi_approved", "allows_every_use", "allows_derivatives", "allows_commercial_use"} {
			m[right] = nil // no terms, no rights
		}
	}
	if declared != nil {
		src = declared.src
		m["declared"] = declared.name()
	}
	if text != nil {
		m["concluded"] = orNull(text.text.Concluded)
		src.Path, src.Line = text.file.Path, 1
	}
	if agree != nil {
		m["agree"] = *agree
		if *agree && declared.origin == "card" {
			src.Level = audit.Present
		}
	}
	c.weightRights(declared, texts, m, &src)
	c.ev.Set("/licenses/components/weights", m, src)
}

// weightRights writes what declaration and texts together allow, and cites the
// term that decides.
func (c *collection) weightRights(declared *declaration, texts []*licenseText, m map[string]any, src *audit.Source) {
	allowed, strictest := textRights(texts)
	switch {
	case declared != nil && strictest != nil:
		allowed = c.declaredRights(declared.origin).and(allowed)
	case declared != nil && len(texts) == 0:
		allowed = c.declaredRights(declared.origin)
	}
	if strictest != nil {
		if cl := strictest.decisive(); cl != nil {
			src.Path, src.Line = strictest.file.Path, max(cl.Line, 1)
			m["reason"] = fmt.Sprintf("%s: “%s”", strings.ReplaceAll(string(cl.Kind), "_", " "), cl.Quote)
		}
	}
	allowed.write(m)
}

// declaredForWeights picks the declaration that counts for the weights: the
// card's, else one that travels with the files.
func (c *collection) declaredForWeights() *declaration {
	for _, origin := range []string{"card", "gguf", "safetensors", "config"} {
		if d, _ := c.firstDeclared(origin); d != nil {
			return d
		}
	}
	return nil
}

// declaredRights joins all declarations of an origin: a list of licences binds
// by each of them until somebody says that one may choose.
func (c *collection) declaredRights(origin string) rights {
	var out rights
	first := true
	for _, d := range c.declared {
		if d.origin != origin {
			continue
		}
		if first {
			out, first = d.rights(), false
			continue
		}
		out = out.and(d.rights())
	}
	return out
}

// agreement compares declaration and text; nil where either is missing or not
// known well enough. Of alternatives (OR) one is enough.
func agreement(d *declaration, t *licenseText) *bool {
	if d == nil || t == nil {
		return nil
	}
	found, ok := license.Lookup(t.text.Concluded)
	if !ok {
		return restricted(d, t)
	}
	if d.read.License != nil {
		return sameLicense(d.read.License, found)
	}
	if d.terms == nil || d.terms.Op != license.OpOr {
		return nil
	}
	var agree *bool
	for i, term := range d.terms.Terms() {
		same := sameLicense(term.License, found)
		switch {
		case same != nil && *same:
			return same
		case same == nil:
			agree = nil
		case i == 0 || agree != nil:
			agree = same
		}
	}
	return agree
}

// restricted tells that a text without a name is not the declared licence: it
// forbids what that one allows. Nothing else is told of such a text.
func restricted(d *declaration, t *licenseText) *bool {
	if d.read.License == nil || d.read.License.Family() {
		return nil
	}
	want, got := licenseRights(d.read.License), t.rights()
	if want.everyUse == license.Yes && got.everyUse == license.No || want.commercial == license.Yes && got.commercial == license.No {
		return truth(false)
	}
	return nil
}

// licenseTextAgrees holds what is declared for the weights against the text.
func (c *collection) licenseTextAgrees() *relation {
	d, at := c.firstDeclared("card")
	t, agree := covering(d, c.governing())
	if d == nil || t == nil {
		return nil
	}
	found := cmp.Or(t.text.Concluded, t.text.Family, "a text that is not known")
	if t.text.Concluded == "" && len(t.text.Clauses) > 0 {
		found += " (" + string(t.text.Clauses[0].Kind) + ")"
	}
	there := "/licenses/texts"
	for i, x := range c.texts {
		if x == t {
			there = audit.Join(there, i)
		}
	}
	return &relation{
		between: [2]string{at, there}, declared: d.name(), found: found, agree: agree,
		src: audit.Source{Path: t.file.Path, Line: 1, Level: audit.Present},
	}
}
