package license

import (
	"encoding/json"
	"slices"
	"strings"
)

// Method is how a text was told.
type Method string

const (
	MethodExact    Method = "exact"    // word for word a known text
	MethodStandard Method = "standard" // matches the pattern of a standard licence, and nothing else stands there
	MethodSimilar  Method = "similar"  // resembles a known text
	MethodClauses  Method = "clauses"  // resembles none: only its clauses were read
)

// Text is what one file says about licensing.
type Text struct {
	Path  string
	Role  FileRole
	Scope Scope
	State State

	// Concluded is the licence the file is: an SPDX id, or the id of an entry of
	// the table. Empty means that none is concluded: the text is altered, or
	// unknown, or its role forbids a conclusion.
	Concluded string
	// Family names the wording the text belongs to, whether a licence is
	// concluded or not; modified-… where a standard licence was altered. Empty
	// where no known wording is near.
	Family string
	// Closest is the id of the known text with most of the same words, a bare
	// observation that also stands where no family is claimed.
	Closest    string
	Method     Method
	Similarity int  // basis points of hashed runs in common with Closest; 10000 only for the same words
	Complete   bool // the whole licence is there, not only its notice or a part
	Clauses    []Clause
	Also       []string // other ids that stand for the same words
	Found      []string // standard licences that stand in the file where none is concluded, or that it points to
	Declares   string   // what an SPDX tag or front matter in the file declares
	PolicyOf   string   // for a use policy that is known: the licence it belongs to
	PointsTo   string   // the address a pointer names
}

// Known reports whether the text itself was read.
func (t *Text) Known() bool {
	switch t.State {
	case StateText, StateHeaderOnly, StatePointer, StateTermsInPDF:
		return true
	}
	return false
}

// MarshalJSON writes a text as /licenses/texts of the evidence has it: what was
// looked for and not found is null, false, 0 or an empty list; of a file that
// was not read only path, scope and state stand.
func (t Text) MarshalJSON() ([]byte, error) {
	type read struct {
		Path       string   `json:"path"`
		Scope      Scope    `json:"scope"`
		State      State    `json:"state"`
		Concluded  *string  `json:"concluded"`
		Family     *string  `json:"family"`
		Method     *string  `json:"method"`
		Similarity int      `json:"similarity"`
		Complete   bool     `json:"complete_text"`
		Clauses    []Clause `json:"clauses"`
	}
	if !t.Known() {
		return json.Marshal(struct {
			Path  string `json:"path"`
			Scope Scope  `json:"scope"`
			State State  `json:"state"`
		}{t.Path, t.Scope, t.State})
	}
	null := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	return json.Marshal(read{t.Path, t.Scope, t.State, null(t.Concluded), null(t.Family), null(string(t.Method)),
		t.Similarity, t.Complete, append([]Clause{}, t.Clauses...)})
}

// Thresholds of similarity. They were set on 98 licence files of model releases
// and the SPDX test texts; docstrings of their uses say what each keeps apart.
const (
	nearlyWhole = 0.97 // of a known text, to be named after it
	ofFamily    = 0.85 // dice, to be of a family by its words alone
	ofTitled    = 0.60 // dice, to be of a family whose title it bears
	ofStandard  = 0.80 // dice, to be an altered standard licence
	ahead       = 0.02 // dice between the best and the next standard text
)

// Identify tells what a licence file is. The path gives its role and scope, the
// bytes give the rest. Larger texts than MaxText are not read. Files whose role
// is a notice, third-party terms or a policy conclude no licence, whatever
// stands in them; neither does a text that holds several.
func Identify(path string, data []byte) Text {
	return identify(path, data, nil)
}

// identify leaves out known texts that skip picks; tests use it to see what
// becomes of texts nobody knows.
func identify(path string, data []byte, skip func(*reference) bool) Text {
	t := Text{Path: path, Role: Role(path), Scope: ScopeOf(path)}
	text, state := readable(data)
	if state != "" {
		t.State = state
		return t
	}
	t.State = StateText
	text, t.Declares = frontMatter(blankMarkup(text))
	words := wordsOf(text)
	tag := spdxTags(text)
	if tag != "" {
		t.Declares = tag
	}
	m := loadFingerprints().compare(words, skip)
	switch {
	case t.Role == RoleNotice || t.Role == RoleThirdParty:
		t.list(m, text)
	case t.exact(m, text, skip), t.policy(m, text), t.standard(m, text), t.similar(m, text):
	default:
		t.unknown(m, text)
	}
	own := tag != "" && t.Method == MethodExact // the tag is an example in the licence itself
	if t.Concluded != "" && !own && t.declaresAnother() {
		t.Found, t.Method = addID(t.Found, t.Concluded), MethodClauses
		t.Concluded, t.Family, t.Also = "", "", nil
	}
	return t
}

// declaresAnother reports whether a tag or the front matter of the file leaves no
// choice in which the licence whose text it is stands alone.
func (t *Text) declaresAnother() bool {
	e, err := ReadDeclared(t.Declares)
	if t.Declares == "" || err != nil {
		return false
	}
	choices, err := e.Choices()
	return err == nil && !slices.ContainsFunc(choices, func(c []Term) bool {
		return !slices.ContainsFunc(c, func(term Term) bool { return !t.mayBe(term) })
	})
}

// mayBe reports whether a declared term can mean the licence concluded: it is
// that, or leaves its version open.
func (t *Text) mayBe(term Term) bool {
	id := term.ID
	if term.License != nil {
		id = term.License.ID
	}
	if kin, ok := strings.CutPrefix(id, "hf:"); ok {
		return kin == "other" || kin == "unknown" || strings.HasPrefix(strings.ToLower(t.Concluded), kin+"-")
	}
	return gnuBase(id) == gnuBase(t.Concluded) || slices.Contains(t.Also, id)
}

// near notes the best candidate of the given kinds.
func (t *Text) near(m *match, c candidate) {
	t.Closest = c.id
	t.Similarity = min(9999, int(10000*m.dice(c)))
}

// list names the standard licences in a file that may conclude none.
func (t *Text) list(m *match, text string) {
	t.Method = MethodClauses
	for _, s := range m.standards(text) {
		t.Found = addID(t.Found, s.id)
	}
	if len(m.ranked) > 0 {
		t.near(m, m.ranked[0])
	}
}

func addID(ids []string, id string) []string {
	if slices.Contains(ids, id) {
		return ids
	}
	return append(ids, id)
}

// exact looks for the same words.
func (t *Text) exact(m *match, text string, skip func(*reference) bool) bool {
	for _, i := range m.fp.byDigest[digestOf(m.words)] {
		r := &m.fp.refs[i]
		if skip != nil && skip(r) || r.kind == boilerplateText {
			continue
		}
		t.Method, t.Similarity, t.Family, t.Closest, t.Complete = MethodExact, 10000, r.family, r.id, true
		if r.kind != standardText {
			t.Clauses = clauses(text, m.words, nil, false)
		}
		if r.kind == policyText || t.Role == RolePolicy {
			t.Scope, t.PolicyOf = ScopePolicy, r.id
			return true
		}
		t.Concluded, t.Also = r.id, others(r, r.id)
		return true
	}
	return false
}

// policy recognises a use policy by its role, or by its words under any name.
func (t *Text) policy(m *match, text string) bool {
	c, ok := m.best(policyText)
	known := ok && m.dice(c) >= ofStandard && m.ranked[0].ref == c.ref
	if t.Role != RolePolicy && !known {
		return false
	}
	t.Scope, t.Method = ScopePolicy, MethodClauses
	if known {
		t.near(m, c)
		t.Method, t.Family, t.Complete = MethodSimilar, c.family, c.holds() >= nearlyWhole
		if len(harmful(text, m.words, residue(m.known(text, same(c.reference))))) == 0 {
			t.PolicyOf = c.id
		}
	}
	t.Clauses = clauses(text, m.words, nil, false)
	return true
}

// same picks the known texts that a member of a family may be made of: texts of
// the same id, policies of its family, and disclaimers.
func same(r *reference) func(*reference) bool {
	return func(o *reference) bool {
		switch o.kind {
		case policyText:
			return o.family == r.family || o.id == r.id
		case boilerplateText:
			return true
		}
		return o.id == r.id && o.kind == r.kind && (r.id != "" || o.family == r.family)
	}
}

// standard looks for a standard licence by pattern. It is concluded when it is
// the only one and what stands beside it is harmless.
func (t *Text) standard(m *match, text string) bool {
	spans := m.standards(text)
	if len(spans) == 0 {
		return false
	}
	s := widest(spans)
	if model, ok := m.best(modelText); ok && m.dice(model) > m.dice(s.ref) && m.dice(model) >= ofFamily {
		return false // a model licence made from it is nearer
	}
	whole := s.ref.holds() >= 0.80
	if whole && 2*s.len() < s.ref.words && len(spans) == 1 {
		return false // the notice at the end of an altered licence
	}
	for _, s := range spans {
		t.Found = addID(t.Found, s.id)
	}
	t.near(m, s.ref)
	rest := residue(m.beside(text, spans))
	bad := harmful(text, m.words, rest)
	bad = append(bad, naming(text, m.words, rest, s.id)...)
	t.Clauses = clauses(text, m.words, bad, true)
	switch {
	case !t.oneLicense():
		t.Method = MethodClauses
	case len(bad) > 0:
		t.Method, t.Family, t.Complete = MethodSimilar, "modified-"+s.ref.family, whole
	default:
		t.Method, t.Family, t.Complete = MethodStandard, s.ref.family, whole
		t.Concluded, t.Found, t.Clauses = s.id, nil, nil
		if s.ref.holds() < 0.5 {
			t.State = StateHeaderOnly
		} else {
			t.Also = others(s.ref.reference, s.id)
		}
	}
	return true
}

// others returns the ids of a known text without one of them.
func others(r *reference, id string) []string {
	var out []string
	for _, o := range append([]string{r.id}, r.also...) {
		if current := onlyID(o); current != id && current != "" {
			out = addID(out, current)
		}
	}
	return out
}

// oneLicense reports whether what was found is one licence, also where its text
// holds another by nature: LGPL-3.0 comes with GPL-3.0.
func (t *Text) oneLicense() bool {
	if len(t.Found) == 2 && slices.Contains(t.Found, "LGPL-3.0-only") && slices.Contains(t.Found, "GPL-3.0-only") {
		return true
	}
	return len(t.Found) == 1
}

func widest(spans []span) span {
	w := spans[0]
	for _, s := range spans {
		if s.id == "LGPL-3.0-only" || w.id != "LGPL-3.0-only" && s.len() > w.len() {
			w = s
		}
	}
	return w
}

// beside tells which words are known: outside of the spans those of the
// standard texts themselves, inside also what their patterns allow, unless it
// restricts.
func (m *match) beside(text string, spans []span) []bool {
	allowed := func(r *reference) bool {
		return r.kind == boilerplateText || slices.ContainsFunc(spans, func(s span) bool { return r.id == s.ref.id })
	}
	out, loose := m.covered(island, allowed), m.covered(0, allowed)
	variant := m.variants()
	for _, s := range spans {
		for i := s.from; i < s.to; i++ {
			out[i] = loose[i] || variant[i]
		}
		for _, gap := range stretches(out[s.from:s.to], false) {
			words := m.words[s.from+gap.from : s.from+gap.to]
			foreign, bad := weigh(text, m.words, stretch{s.from + gap.from, s.from + gap.to})
			if foreign <= maxForeign && !(bad && len(words) > 2) && !slices.ContainsFunc(words, func(w word) bool { return restrictive()[w.text] }) {
				for i := range words {
					out[s.from+gap.from+i] = true
				}
			}
		}
	}
	return out
}

// maxVariants is how many near relatives of a standard text are asked for words
// that its pattern allows: BSD licences borrow from one another.
const maxVariants = 8

// variants tells which words stand in a row in one of the nearest standard texts.
func (m *match) variants() []bool {
	out := make([]bool, len(m.words))
	n := 0
	for _, c := range m.ranked {
		if c.kind != standardText {
			continue
		}
		if n++; n > maxVariants {
			break
		}
		for i, ok := range m.covered(island, func(r *reference) bool { return r == c.reference }) {
			out[i] = out[i] || ok
		}
	}
	return out
}

// similar looks for a known text with nearly the same words.
func (t *Text) similar(m *match, text string) bool {
	c, ok := m.nearest()
	if !ok {
		return false
	}
	head := m.head()
	title := titled(head, c.reference) > 0
	d := m.dice(c)
	switch {
	case c.kind == standardText && d < ofStandard:
		return false
	case c.kind == modelText && d < ofFamily && !(title && (d >= ofTitled || c.holds() >= 0.8)) && !(c.holds() >= nearlyWhole && m.explains(c) >= 0.5):
		return false
	}
	t.near(m, c)
	t.Method, t.Family, t.Complete = MethodSimilar, c.family, c.holds() >= nearlyWhole
	rest := residue(m.known(text, same(c.reference)))
	bad := harmful(text, m.words, rest)
	sure := len(bad) == 0 && t.Complete && m.onlyNames(text, rest)
	if c.kind == standardText {
		sure = sure && m.onlyChanged(c, rest, 0) && d-m.next(c) >= ahead && (onlyYears(m.words, rest) || title && !hasPattern(c.reference))
		if !sure {
			t.Family = "modified-" + t.Family
		}
	} else {
		sure = sure && m.onlyChanged(c, rest, maxMissing) && title
	}
	if sure {
		t.Concluded, t.Also = c.id, others(c.reference, c.id)
	}
	t.Clauses = clauses(text, m.words, bad, c.kind == standardText)
	return true
}

// onlyChanged reports whether the text and a known one differ only where words
// were changed for others: each new word takes the place of at most three runs
// and makes as many. More than most on top of that, on either side, is a passage
// left out or words put in between.
func (m *match) onlyChanged(c candidate, rest []stretch, most int) bool {
	changed := 0
	for _, s := range rest {
		changed += s.len()
	}
	made := 0
	ok := same(c.reference)
	for _, set := range m.sets {
		if !slices.ContainsFunc(set, func(ref uint16) bool { return ok(&m.fp.refs[ref]) }) {
			made++
		}
	}
	return max(made, c.runs-c.common) <= runLength*changed+most
}

// maxMissing is how many runs of a model licence may be missing without anything
// in their place: those of a date line, or of a list numbered otherwise.
const maxMissing = 2

// onlyNames reports whether nothing but names, numbers and addresses stands
// between known words; before the first and behind the last of them harmful is
// strict enough.
func (m *match) onlyNames(text string, rest []stretch) bool {
	for _, s := range rest {
		if s.from == 0 || s.to == len(m.words) {
			continue
		}
		for _, w := range m.words[s.from:s.to] {
			if !inAddress(text, w) && !isDigit(w.text[0]) && !properName(text[w.start:w.end]) {
				return false
			}
		}
	}
	return true
}

// onlyYears reports whether nothing but years differs.
func onlyYears(words []word, rest []stretch) bool {
	for _, s := range rest {
		for _, w := range words[s.from:s.to] {
			if len(w.text) != 4 || strings.Trim(w.text, "0123456789") != "" {
				return false
			}
		}
	}
	return true
}

// nearest returns the best candidate among licences, and of its family the one
// whose title stands at the head if it is nearly as good, or whole: siblings
// differ in little else, and a use policy may follow the licence.
func (m *match) nearest() (candidate, bool) {
	var best candidate
	found, longest := false, 0
	head := m.head()
	for _, c := range m.ranked {
		if c.kind != standardText && c.kind != modelText {
			continue
		}
		if !found {
			best, found, longest = c, true, titled(head, c.reference)
			continue
		}
		if c.kind == standardText || c.family != best.family || m.dice(best)-m.dice(c) > 0.1 && c.holds() < nearlyWhole {
			continue
		}
		if n := titled(head, c.reference); n > longest {
			best, longest = c, n
		}
	}
	return best, found
}

// next returns the dice of the best standard text under another id.
func (m *match) next(c candidate) float64 {
	for _, o := range m.ranked {
		if o.kind == standardText && o.id != c.id && o.ref != c.ref {
			return m.dice(o)
		}
	}
	return 0
}

// maxPointer is how many words a pointer may have.
const maxPointer = 80

// unknown reads what can be read of a text that resembles none.
func (t *Text) unknown(m *match, text string) {
	t.Method = MethodClauses
	if len(m.ranked) > 0 {
		t.near(m, m.ranked[0])
	}
	t.Clauses = clauses(text, m.words, nil, false)
	url := firstAddress(text)
	switch {
	case len(m.words) <= maxPointer && (url != "" || t.Declares != ""):
		t.State, t.PointsTo = StatePointer, url
		if id := addressID(url); id != "" {
			t.Found = []string{id}
		}
	case Declare(text).License != nil: // "MIT", and nothing else
		t.State, t.Declares = StatePointer, strings.TrimSpace(text)
	case pointsToPDF(text, m.words):
		t.State = StateTermsInPDF
	}
}

// firstAddress returns the first web address of a text.
func firstAddress(text string) string {
	i := strings.Index(text, "http://")
	if j := strings.Index(text, "https://"); j >= 0 && (i < 0 || j < i) {
		i = j
	}
	if i < 0 {
		return ""
	}
	end := strings.IndexAny(text[i:], " \t\r\n)>]\"'")
	if end < 0 {
		end = len(text) - i
	}
	return text[i : i+min(end, 2048)]
}

// pointsToPDF reports whether a short page links to a PDF and talks of terms.
func pointsToPDF(text string, words []word) bool {
	if len(words) > 1500 || !strings.Contains(strings.ToLower(text), ".pdf") {
		return false
	}
	return slices.ContainsFunc(words, func(w word) bool {
		return w.text == "license" || w.text == "agreement" || w.text == "terms" || w.text == "协"
	})
}

// spdxTag introduces what a file declares its licence to be.
const spdxTag = "SPDX-License-Identifier:"

// spdxTags returns what the SPDX-License-Identifier tags of a text declare, all
// of them joined by AND.
func spdxTags(text string) string {
	ids := tagValues(text, spdxTag)
	if len(ids) > 1 {
		for i, id := range ids {
			if strings.Contains(id, " ") {
				ids[i] = "(" + id + ")"
			}
		}
	}
	return strings.Join(ids, " AND ")
}
