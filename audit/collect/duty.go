package collect

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
)

// duty is something that a parent or its data ask, where not to do it is no
// contradiction: because it is easily done, or because the law is unsettled.
type duty struct {
	name   string
	kind   string
	source string // the model or data it comes from
	asked  string
	found  string
	met    license.Answer
	src    audit.Source
}

func (d *duty) item() map[string]any {
	m := map[string]any{"name": d.name, "kind": d.kind, "source": d.source, "asked": orNull(d.asked), "found": orNull(d.found), "reason": d.reason()}
	if b := d.met.Bool(); b != nil {
		m["met"] = *b
	}
	return m
}

// reason says in a line what is asked and what is here.
func (d *duty) reason() string {
	asked := d.name
	if d.asked != "" {
		asked = d.source + " asks for " + d.asked
	}
	switch {
	case d.kind == "nothing":
		return asked
	case d.found == "":
		return asked + ", and nothing is here"
	}
	return asked + ", here: " + d.found
}

// maxDuties bounds the list.
const maxDuties = 256

// duties writes what comes with parents and data besides the terms that the
// licence of the release has to carry on.
func (c *collection) duties(ctx context.Context) {
	var list []duty
	for i := range c.links {
		list = append(list, c.links[i].disputed()...)
	}
	list = append(list, c.pins()...)
	list = append(list, c.shownDuties()...)
	list = append(list, c.noticeDuties()...)
	me := c.own()
	for i := range c.data {
		list = append(list, c.data[i].duties(me)...)
	}
	list = append(list, c.outputDuties(ctx, me)...)
	list = append(list, c.mentioned()...)
	list = append(list, c.territories(me)...)
	switch {
	case len(list) > maxDuties:
		c.cut("/lineage/duties", fmt.Sprintf("more than %d duties", maxDuties))
		return
	case len(list) == 0 && (!c.orphan() || c.isCut("/datasets")):
		return
	case len(list) == 0:
		list = []duty{{name: "no parent and no data are named", kind: "nothing", met: license.Yes, src: c.own().src}}
	}
	items := make([]any, len(list))
	for i, d := range list {
		items[i] = d.item()
	}
	c.ev.Set("/lineage/duties", items)
	for i, d := range list {
		d.src.Level = audit.Claimed
		c.ev.Cite(audit.Join("/lineage/duties", i), d.src)
	}
}

// disputed lists the terms of a link of which it is disputed whether they have
// to be carried on: an adapter's, and what a change of format may do.
func (l *link) disputed() []duty {
	if !l.seen || l.parent.terms == nil {
		return nil
	}
	var out []duty
	for _, b := range l.burdens() {
		if b.severity == license.Fail || b.attribute == "license" && !l.conversion() {
			continue
		}
		out = append(out, duty{
			name: l.parent.name + ": " + words(b.attribute), kind: "terms", source: l.parent.name, src: l.heir.src,
			asked: fmt.Sprintf("%s (%s)", l.parent.license, words(b.attribute)), found: l.heir.license, met: b.agree,
		})
	}
	return out
}

// pins tells of each base model whether its revision is named.
func (c *collection) pins() []duty {
	var out []duty
	for _, b := range c.bases() {
		d := duty{name: b.id + ": revision", kind: "pinned", source: b.id, asked: "a revision", src: b.src, met: license.No}
		for _, p := range c.parents() {
			if strings.EqualFold(p.id, b.id) && p.revision != "" {
				d.met, d.found = license.Yes, p.revision
			}
		}
		out = append(out, d)
	}
	return out
}

// eachParent calls fn with every licence of every direct parent, and its link.
// Where a licensee may choose among licences no single one binds.
func (c *collection) eachParent(fn func(*link, *license.License)) {
	for i := range c.links {
		l := &c.links[i]
		if l.distance > 1 || l.parent.terms == nil || l.parent.terms.Op == license.OpOr {
			continue
		}
		for _, t := range l.parent.terms.Terms() {
			if t.License != nil {
				fn(l, t.License)
			}
		}
	}
}

// shownDuties lists the words that parents ask to be shown. Those that are asked
// only above a size, or in some cases, are left to the reader of the licence.
func (c *collection) shownDuties() []duty {
	if c.card == nil {
		return nil
	}
	text := c.mainText()
	var out []duty
	c.eachParent(func(l *link, p *license.License) {
		if p.Naming.Display == "" || p.Naming.Note != "" {
			return
		}
		d := duty{
			name: l.parent.name + ": display", kind: "display", source: l.parent.name, met: license.DisplayDuty(p, text),
			asked: "“" + p.Naming.Display + "”", src: audit.Source{Path: c.card.Path, Line: 1},
		}
		if d.met == license.Yes {
			d.found = d.asked
		}
		out = append(out, d)
	})
	return out
}

// noticeDuties lists the notices that are to be passed on: a vendor's with a copy
// of its agreement, or the NOTICE of a parent that has one (Apache-2.0, section
// 4d).
func (c *collection) noticeDuties() []duty {
	if !c.whole() || c.isCut("/licenses/texts") {
		return nil
	}
	notice := slices.IndexFunc(c.texts, func(t *licenseText) bool { return t.text.Role == license.RoleNotice && t.text.Known() })
	here := ""
	if notice >= 0 {
		here = c.texts[notice].file.Path
	}
	var out []duty
	c.eachParent(func(l *link, p *license.License) {
		if p.Notice != license.Yes && !(p.ID == "Apache-2.0" && l.notice) {
			return
		}
		d := duty{name: l.parent.name + ": notice", kind: "notice", source: l.parent.name, asked: "a notice", found: here, src: l.child.src, met: license.No}
		if here != "" {
			d.met = license.Yes
		}
		if p.Notice == license.Yes {
			d.asked = "a notice and a copy of the agreement"
			if !shownBy(p.ID, c.texts) {
				d.met = license.No
			}
		}
		if !p.Verified() {
			d.met = license.Unknown
		}
		out = append(out, d)
	})
	return out
}

// duties compares the licence of a set of data with that of the release. Data of
// which nobody was looked at who would know is unknown; data that names no
// licence is not.
func (d *dataset) duties(me side) []duty {
	base := duty{name: d.name + ": license", kind: "data_license", source: d.name, asked: "a licence", src: d.src}
	if !d.seen {
		return []duty{base}
	}
	base.found, base.met = d.license, license.No
	known := d.terms != nil && !slices.ContainsFunc(d.terms.Terms(), func(t license.Term) bool {
		return t.License == nil || t.License.Category == license.NoLicense || t.License.Category == license.CustomLicense
	})
	switch {
	case known:
		base.met = license.Yes
	case d.terms != nil:
		base.met = license.Unknown // it names one that nobody here knows
		if slices.ContainsFunc(d.terms.Terms(), func(t license.Term) bool { return t.License != nil && t.License.Category == license.NoLicense }) {
			base.met = license.No
		}
	}
	out := []duty{base}
	if !known || me.terms == nil {
		return out
	}
	asked := func(l *license.License) []string {
		var out []string
		for _, a := range []struct {
			attribute string
			asked     bool
		}{
			{"non_commercial", l.NonCommercial != license.No}, {"no_derivatives", l.NoDerivatives == license.Yes},
			{"use_restrictions", l.UseRestrictions == license.Yes}, {"share_alike", l.ShareAlike == license.Yes},
		} {
			if a.asked {
				out = append(out, a.attribute)
			}
		}
		return out
	}
	for _, b := range carried(d.terms, me.terms, asked, license.DataClashes) {
		kind := "data_terms"
		if b.attribute == "share_alike" {
			kind = "data_share_alike"
		}
		out = append(out, duty{
			name: d.name + ": " + words(b.attribute), kind: kind, source: d.name, src: me.src,
			asked: fmt.Sprintf("%s (%s)", d.license, words(b.attribute)), found: me.license, met: b.agree,
		})
	}
	return out
}

// made matches words that say what data, or a model, was made with: the id of a
// model on the Hub behind them.
var (
	dataMadeWith = regexp.MustCompile("(?i)\\b(?:distill?ed|generated|synthesi[sz]ed|created|produced)\\s+(?:from|by|with|using)\\s+(?:the\\s+)?(?:outputs?\\s+of\\s+)?[\\[`*]*([A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*\\w)")
	distilled    = regexp.MustCompile("(?i)\\bdistill?ed\\s+(?:from|with|using)\\s+(?:the\\s+)?(?:outputs?\\s+of\\s+)?[\\[`*]*([A-Za-z0-9][\\w.-]*/[A-Za-z0-9][\\w.-]*\\w)")
)

// maxMakers bounds the models that are taken from the prose of one card.
const maxMakers = 8

// makersIn lists the models that a text says something was made with.
func makersIn(text string, pattern *regexp.Regexp) []string {
	var out []string
	for _, m := range pattern.FindAllStringSubmatch(text, 4*maxMakers) {
		if len(out) < maxMakers && !containsFold(out, m[1]) {
			out = append(out, m[1])
		}
	}
	return out
}

// outputDuties lists what licences ask of models trained on outputs: of those
// that made the data, and of one that this release says it was distilled from.
func (c *collection) outputDuties(ctx context.Context, me side) []duty {
	var out []duty
	for _, d := range c.data {
		for _, id := range append(slices.Clone(d.makers), makersIn(d.text, dataMadeWith)...) {
			out = append(out, c.outputsOf(ctx, id, me, d.name+": outputs of "+id, d.src)...)
		}
	}
	for _, k := range c.mainCards {
		for _, id := range makersIn(c.cardText(k), distilled) {
			out = append(out, c.outputsOf(ctx, id, me, "outputs of "+id, audit.Source{Path: k.Path, Line: 1})...)
		}
	}
	var once []duty
	for _, d := range out {
		if !slices.ContainsFunc(once, func(o duty) bool { return o.name == d.name }) {
			once = append(once, d)
		}
	}
	return once
}

func (c *collection) outputsOf(ctx context.Context, id string, me side, name string, src audit.Source) []duty {
	d := duty{name: name, kind: "outputs", source: id, src: src, found: me.license}
	r := c.relative(ctx, id)
	if r == nil || r.terms == nil || me.terms == nil {
		if r != nil {
			d.asked = r.license
		}
		return []duty{d}
	}
	called := c.rel.Name
	names, _, _ := c.names()
	for _, n := range names {
		for _, t := range r.terms.Terms() {
			if t.License != nil && license.NameDuty(t.License, n) == license.Yes {
				called = n
			}
		}
	}
	asked := func(l *license.License) []string {
		switch l.Output.Rule {
		case "no-training":
			return []string{"outputs"}
		case "derivative":
			return []string{"use_restrictions"}
		case "name-duty":
			return []string{"naming"}
		}
		return nil
	}
	var out []duty
	for _, b := range carried(r.terms, me.terms, asked, func(p, ch *license.License) []license.Clash { return license.OutputClashes(p, ch, called) }) {
		one := d
		one.asked, one.met = fmt.Sprintf("%s (%s)", r.license, words(b.attribute)), b.agree
		if b.attribute != "outputs" {
			one.name += ", " + words(b.attribute)
		}
		out = append(out, one)
	}
	return out
}

// mentioned holds what the text of the card says of a base model against what
// its metadata declares: who looks for the terms reads the metadata.
func (c *collection) mentioned() []duty {
	var declared []string
	for _, b := range c.said(baseModels) {
		declared = append(declared, b.Value)
	}
	var out []duty
	for _, cl := range c.claims {
		if cl.Kind != card.ClaimBaseModel || cl.Negated || cl.Where == card.WhereMetadata || cl.About == card.AboutFamily {
			continue
		}
		for _, v := range cl.Values {
			d := duty{
				name: "base model " + v, kind: "base_named", source: v, asked: v, found: strings.Join(declared, ", "), met: license.No,
				src: audit.Source{Path: cl.path, Line: cl.Line},
			}
			if slices.ContainsFunc(declared, func(id string) bool { return alike(id, v) }) {
				d.met = license.Yes
			}
			if len(out) < maxMakers && !slices.ContainsFunc(out, func(o duty) bool { return o.name == d.name }) {
				out = append(out, d)
			}
		}
	}
	return out
}

// alike tells whether a name in a text may be that of an id: the one holds the
// other, case and punctuation aside.
func alike(id, name string) bool {
	plain := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" -_./", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	a, b := plain(path.Base(id)), plain(path.Base(name))
	return a != "" && b != "" && (strings.Contains(a, b) || strings.Contains(b, a))
}

// official are the official languages of the European Union but for English and
// those that are spoken more outside it, by their codes (Regulation No 1/1958).
var official = []string{"bg", "cs", "da", "de", "el", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv", "mt", "nl", "pl", "ro", "sk", "sl", "sv"}

// territories tells of licences that leave out the European Union while the card
// declares its languages.
func (c *collection) territories(me side) []duty {
	if c.card == nil {
		return nil
	}
	var spoken []string
	src := at(c.card, 1)
	for _, it := range c.said(func(d *card.Declared) []card.Item { return d.Languages }) {
		code, _, _ := strings.Cut(strings.ToLower(it.Value), "-")
		if slices.Contains(official, code) {
			if spoken = append(spoken, it.Value); len(spoken) == 1 {
				src = it.source()
			}
		}
	}
	var out []duty
	add := func(name, asked string) {
		d := duty{name: name + ": territory", kind: "territory", source: name, asked: asked, met: license.Yes, src: src}
		if len(spoken) > 0 {
			d.met, d.found = license.No, "languages "+strings.Join(spoken, ", ")
		}
		if !slices.ContainsFunc(out, func(o duty) bool { return o.name == d.name }) {
			out = append(out, d)
		}
	}
	if slices.ContainsFunc(c.mainCards, func(k *card.Card) bool { return k.Declared.Gate != nil && k.Declared.Gate.EUDisallowed }) {
		add(me.name, "no access from the European Union")
	}
	sides := []side{me}
	for _, l := range c.links {
		sides = append(sides, l.parent)
	}
	for _, s := range sides {
		if s.terms == nil || s.terms.Op == license.OpOr {
			continue
		}
		for _, t := range s.terms.Terms() {
			if t.License != nil && strings.Contains(t.License.Territory, "European Union") {
				add(s.name, t.License.Territory)
			}
		}
	}
	return out
}
