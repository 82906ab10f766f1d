package collect

import (
	"cmp"
	"context"
	"errors"
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

// declaration is one place that declares a licence.
type declaration struct {
	raw    string
	origin string
	src    audit.Source
	terms  *license.Expression // of one licence or several; nil where it cannot be read
	listed bool                // it is one of a list
	other  bool                // declared as “other”: raw is the name that was given
	link   card.Item           // with other: where the text is said to be
}

// licenseText is one licence file, and what its text turned out to be.
type licenseText struct {
	file *File
	text license.Text
	at   string // pointer
}

// licenses writes what is declared, which texts are here, what is said of each
// file, and for each part of the release whether all that agrees.
func (c *collection) licenses(context.Context) error {
	if c.whole() {
		c.readReuse()
	}
	declared := c.declarations()
	if declared == nil && !c.whole() {
		if len(c.with("license", "notice", "policy")) > 0 {
			c.licenseTexts()
		}
		return nil
	}
	items := make([]any, len(declared))
	for i, d := range declared {
		items[i] = c.declaredItem(d)
	}
	c.declared = declared
	c.ev.Set("/licenses/declared", items, audit.Source{Level: audit.Claimed})
	for i, d := range declared {
		c.ev.Cite(audit.Join("/licenses/declared", i), d.src)
	}
	if c.looked("license", "notice", "policy") {
		c.licenseTexts()
	}
	if c.whole() && !c.isCut("/licenses/texts") {
		c.partTerms()
		c.reuseFaults()
	}
	return nil
}

func declare(raw, origin string, src audit.Source) declaration {
	src.Level = audit.Claimed
	d := declaration{raw: raw, origin: origin, src: src}
	if e, err := license.ReadDeclared(raw); err == nil {
		d.terms = e
	}
	return d
}

// declarations lists every declared licence; nil where nothing that could
// declare one was seen.
func (c *collection) declarations() []declaration {
	var out []declaration
	for _, k := range c.mainCards {
		out = append(out, cardLicenses(k)...)
	}
	out = append(out, c.reuseDeclared("weights")...)
	if c.config != nil && c.config.license != "" {
		out = append(out, declare(c.config.license, "config", audit.Source{Path: c.config.path, Line: c.config.lines.of("license")}))
	}
	for _, w := range c.weights {
		if d, ok := headerLicense(w); ok {
			out = append(out, d)
		}
	}
	return out
}

// headers lists where weight files declare a licence, and where they name one
// that is “other”. GGUF has these keys; of safetensors' free metadata they are
// what its tools write (modelspec.license: Stability's ModelSpec 1.0).
var headers = [...]struct {
	origin               string
	license, name, where string
}{
	{"gguf", "general.license", "general.license.name", "general.license.link"},
	{"safetensors", "license", "license_name", "license_link"},
	{"safetensors", "modelspec.license", "", ""},
}

func headerLicense(w *weightFile) (declaration, bool) {
	text := func(key string) string { s, _ := w.info.Metadata[key].(string); return strings.TrimSpace(s) }
	for _, h := range headers {
		raw := text(h.license)
		if raw == "" || (h.origin == "gguf") != (w.info.Format == weights.GGUF) {
			continue
		}
		d := declare(raw, h.origin, audit.Source{Path: w.file.Path})
		if name := text(h.name); d.isOther() && name != "" {
			d = declare(name, h.origin, audit.Source{Path: w.file.Path})
			d.other, d.link.Value = true, text(h.where)
		}
		return d, true
	}
	return declaration{}, false
}

// cardLicenses reads the front matter: a licence that is “other” is the one its
// name says.
func cardLicenses(k *card.Card) []declaration {
	var out []declaration
	m := &k.Declared
	for _, it := range m.Licenses {
		if it.Value == "" {
			continue
		}
		d := declare(it.Value, "card", audit.Source{Path: k.Path, Line: it.Line})
		if d.isOther() {
			if m.LicenseName.Value != "" {
				d = declare(m.LicenseName.Value, "card", audit.Source{Path: k.Path, Line: m.LicenseName.Line})
			}
			d.other, d.link = true, m.LicenseLink
		}
		d.listed = len(m.Licenses) > 1
		out = append(out, d)
	}
	return out
}

// license returns the entry of a declaration that names just one.
func (d *declaration) license() *license.License {
	if d.terms == nil || d.terms.Op != license.OpTerm {
		return nil
	}
	return d.terms.Term.License
}

func (d *declaration) isOther() bool { return d.license() != nil && d.license().ID == "hf:other" }

// name is how the declared licence is called: by its id where it has one.
func (d *declaration) name() string {
	switch l := d.license(); {
	case d.terms == nil, d.terms.Op == license.OpTerm && l == nil:
		return d.raw
	case l != nil && d.terms.Term.Exception == "":
		return l.ID
	}
	return d.terms.String()
}

// known tells whether every licence that is declared can be looked up.
func (d *declaration) known() bool {
	return d.terms != nil && !slices.ContainsFunc(d.terms.Terms(), func(t license.Term) bool {
		return t.License == nil || t.License.Family()
	})
}

// form says how the licence is declared, "" where nothing can be made of it.
func (d *declaration) form() string {
	l := d.license()
	switch {
	case d.other || d.isOther():
		return "other"
	case d.listed:
		return "list"
	case d.terms == nil:
		return ""
	case d.terms.Op != license.OpTerm || d.terms.Term.Exception != "":
		return "expression"
	case l == nil:
		return ""
	case l.Category == license.NoLicense:
		return "no_license"
	case l.Family():
		return "family"
	case slices.Contains(d.terms.Notes, license.NoteSpelling):
		return "spelling"
	}
	return "id"
}

// notes are the words for what a reader should know, as the evidence has them.
func (d *declaration) notes() []string {
	var all []license.Note
	if d.terms != nil {
		all = append(all, d.terms.Notes...)
	}
	if d.license() == nil {
		all = append(all, license.Declare(d.raw).Notes...)
	}
	if d.other {
		all = append(all, license.NoteOther)
	}
	if d.listed {
		all = append(all, license.NoteList)
	}
	out := []string{}
	for _, n := range all {
		word := noteWords[n]
		if word == "" {
			word = strings.ReplaceAll(string(n), "-", "_")
		}
		if !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// noteWords are notes that the evidence calls otherwise: no word of it may read
// as if nobody knew.
var noteWords = map[license.Note]string{license.NoteNotOnHub: "hub_refuses", license.NoteUnknown: "no_license"}

// vague lists the notes that leave a reader to guess.
var vague = []string{"list", "family", "no_license", "ambiguous", "or_later_unsaid", "unlisted"}

func (c *collection) declaredItem(d declaration) map[string]any {
	m := map[string]any{"raw": d.raw, "origin": d.origin, "expression": false, "id": nil, "names_a_license": d.known()}
	switch {
	case d.license() != nil || d.terms != nil && d.terms.Op == license.OpTerm && d.terms.Term.License != nil:
		m["id"] = d.name()
	case d.terms != nil && d.terms.Op != license.OpTerm:
		m["id"], m["expression"] = d.terms.String(), true
	}
	notes := d.notes()
	m["notes"] = notes
	m["clear"] = d.terms != nil && !d.isOther() && !slices.ContainsFunc(notes, func(n string) bool {
		return slices.Contains(vague, n) && !(d.other && n == "unlisted")
	})
	if fixed := c.fixed(d.link.Value); d.other && fixed != nil && !*fixed {
		m["clear"] = false
	}
	if form := d.form(); form != "" {
		m["form"] = form
	}
	if d.other {
		m["link"] = orNull(d.link.Value)
		if b := c.fixed(d.link.Value); b != nil {
			m["link_fixed"] = *b
		}
	}
	termRights(d.terms).write(m)
	return m
}

// revisioned matches an address of a file at a revision, as the Hub and the
// usual forges write it.
var revisioned = regexp.MustCompile(`^https?://(?:[^/]+/.+/(?:-/)?(?:blob|resolve|raw|tree)/|raw\.githubusercontent\.com/[^/]+/[^/]+/(?:refs/(?:heads|tags)/)?)([^/]+)/`)

// fixedRevision matches a commit or a version; any other name of a revision is
// taken for a branch, which moves.
var fixedRevision = regexp.MustCompile(`^([0-9a-f]{7,64}|v?\d+(\.\d+)*([.-]\w+)*)$`)

// fixed tells whether a link leads to a file of the release or to one revision
// of a file elsewhere; nil where that cannot be told, as of any web page.
func (c *collection) fixed(link string) *bool {
	switch m := revisioned.FindStringSubmatch(link); {
	case link == "":
		return truth(false)
	case m != nil:
		return truth(fixedRevision.MatchString(m[1]))
	case strings.Contains(link, ":"):
		return nil
	case !c.whole():
		return nil
	}
	f := c.find(path.Clean(strings.TrimPrefix(link, "/")))
	return truth(f != nil && f.Size > 0)
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

// grants asks a question of an expression: of OR the best branch counts, of AND
// the worst part. A family id, or a name nobody knows, says nothing.
func grants(e *license.Expression, ask func(*license.License) license.Answer) license.Answer {
	if e == nil {
		return license.Unknown
	}
	a, _ := e.Grants(func(l *license.License) license.Answer {
		if l.Family() && l.Category != license.NoLicense {
			return license.Unknown
		}
		return ask(l)
	})
	return a
}

func termRights(e *license.Expression) rights {
	return rightsOf(func(ask func(*license.License) license.Answer) license.Answer { return grants(e, ask) })
}

func (r rights) and(s rights) rights {
	return rights{r.osi.And(s.osi), r.everyUse.And(s.everyUse), r.changes.And(s.changes), r.commercial.And(s.commercial)}
}

// limited takes out what another declaration denies; what it leaves open stays.
func (r rights) limited(s rights) rights {
	known := func(a license.Answer) license.Answer {
		if a == license.No {
			return license.No
		}
		return license.Yes
	}
	return r.and(rights{known(s.osi), known(s.everyUse), known(s.changes), known(s.commercial)})
}

// rightNames are the rights as the evidence calls them.
var rightNames = [...]struct {
	name string
	of   func(rights) license.Answer
}{
	{"osi_approved", func(r rights) license.Answer { return r.osi }},
	{"allows_every_use", func(r rights) license.Answer { return r.everyUse }},
	{"allows_derivatives", func(r rights) license.Answer { return r.changes }},
	{"allows_commercial_use", func(r rights) license.Answer { return r.commercial }},
}

// write sets what is known and leaves out what is not.
func (r rights) write(m map[string]any) {
	for _, right := range rightNames {
		if b := right.of(r).Bool(); b != nil {
			m[right.name] = *b
		}
	}
}

// licenseTexts reads every file that may hold terms, a notice or a policy.
// What a side-car says of its file is no text.
func (c *collection) licenseTexts() {
	var names []string
	for _, f := range c.with("license", "notice", "policy") {
		if c.reuse.of(f.Path) {
			continue
		}
		data, err := c.rel.Read(f.Path, license.MaxText+1)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			f.lose("cannot be read: " + cause(err).Error())
			c.cut("/licenses/texts", f.Path+" "+f.why)
			return
		}
		if errors.Is(err, ErrTooLarge) {
			data = make([]byte, license.MaxText+1) // only its length is told
			if !f.Is("notice") {
				c.gap("/licenses", fmt.Sprintf("%s is larger than the %d bytes of terms that are read", f.Path, license.MaxText))
			}
		}
		c.texts = append(c.texts, &licenseText{f, license.Identify(f.Path, data), audit.Join("/licenses/texts", len(names))})
		names = append(names, f.Path)
	}
	items := make([]any, len(c.texts))
	for i, scope := range license.Scopes(names) {
		t := c.texts[i]
		if t.text.Scope == license.ScopeAll {
			t.text.Scope = scope
		}
		items[i] = t.item()
	}
	c.ev.Set("/licenses/texts", items, audit.Source{Level: audit.Present})
	for _, t := range c.texts {
		c.ev.Cite(t.at, audit.Source{Path: t.file.Path, Line: 1, Level: audit.Present})
	}
}

func (t *licenseText) item() map[string]any {
	m := audit.Plain(t.text).(map[string]any)
	m["role"] = "license" // whatever its name: who asked for one file took it for a licence
	if t.text.Role != license.RoleNone {
		m["role"] = string(t.text.Role)
	}
	if t.text.Known() {
		m["declares"] = orNull(t.text.Declares)
	}
	if len(t.text.Found) > 0 {
		m["found"] = audit.Plain(t.text.Found)
	}
	if t.text.PointsTo != "" {
		m["points_to"] = t.text.PointsTo
	}
	t.rights().write(m)
	return m
}

// mayConclude tells whether a file can hold the terms of something: notices,
// lists of others' licences and policies cannot.
func (t *licenseText) mayConclude() bool {
	return t.file.Role == "license" && t.text.Scope != license.ScopePolicy && t.text.State != license.StateEmpty
}

// restricting lists the clauses that shut out a use or a user.
var restricting = []license.ClauseKind{
	license.ClauseUsers, license.ClauseRevenue, license.ClauseNonCommercial, license.ClauseResearchOnly,
	license.ClauseMilitary, license.ClauseTerritory, license.ClausePolicy, license.ClauseOutput, license.ClauseRestriction,
}

// bans matches words that bind whoever uses a thing.
var bans = regexp.MustCompile(`(?i)\b(prohibit\w*|forbid\w*|forbidden|agree|not (permitted|allowed)|(must|may|shall|will|can) ?not)\b`)

// restricts tells whether a clause shuts out a use or a user. That a policy of
// use calls itself one does not: some only advise.
func (t *licenseText) restricts(cl license.Clause) bool {
	if cl.Kind == license.ClausePolicy && t.text.Scope == license.ScopePolicy {
		return bans.MatchString(cl.Quote)
	}
	return slices.Contains(restricting, cl.Kind)
}

// rights of a text: those of the licence it is. Of a text that is none known,
// clauses that restrict still say what is not allowed.
func (t *licenseText) rights() rights {
	if l, ok := license.Lookup(t.text.Concluded); ok {
		return termRights(&license.Expression{Term: license.Term{ID: l.ID, License: l}})
	}
	r := rights{}
	for _, cl := range t.text.Clauses {
		if t.restricts(cl) {
			r.everyUse = license.No
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
		if t.restricts(cl) {
			return &t.text.Clauses[i]
		}
	}
	return nil
}

// found says what a text turned out to be.
func (t *licenseText) found() string {
	found := cmp.Or(t.text.Concluded, t.text.Family, stateWords[t.text.State], "a text that is not known")
	if t.text.Concluded == "" && len(t.text.Clauses) > 0 {
		found += " (" + string(t.text.Clauses[0].Kind) + ")"
	}
	return found
}

// stateWords are what a file is in which no text could be read.
var stateWords = map[license.State]string{
	license.StatePointer: "an address and no text", license.StateTermsInPDF: "terms in a PDF", license.StatePDF: "a PDF",
	license.StateHTML: "a web page", license.StateBinary: "no text", license.StateLFS: "a pointer to a file elsewhere",
	license.StateTooLarge: "a text too large to read",
}
