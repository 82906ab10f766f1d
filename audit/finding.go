package audit

import (
	"cmp"
	"slices"
	"strings"
)

// Place is one spot in the evidence that a finding points at, with the source
// that says so.
type Place struct {
	Pointer string `json:"pointer"`
	Value   any    `json:"value,omitempty"` // left out where nothing stands there, or too much
	Path    string `json:"path,omitempty"`
	Line    int    `json:"line,omitempty"`
	Offset  int64  `json:"offset,omitempty"`
	Reason  string `json:"reason,omitempty"` // what the collector says of the item the place lies in
	Digest  string `json:"digest,omitempty"`
	URL     string `json:"url,omitempty"`
	Date    string `json:"date,omitempty"`
	Level   Level  `json:"level,omitempty"`
	// Statement is what the source says, for facts about a service, and Disputes
	// the sources that say otherwise.
	Statement *Statement `json:"statement,omitempty"`
	Disputes  []Source   `json:"disputes,omitempty"`
	Stale     bool       `json:"stale,omitempty"` // it was to be reviewed before the day of the audit
}

// MaxPlaces bounds the places one finding lists; the rest are counted.
const MaxPlaces = 100

// Finding is what one rule says of one subject.
type Finding struct {
	Rule      string   `json:"rule"`
	Title     string   `json:"title"`
	Dimension string   `json:"dimension"`
	Outcome   Outcome  `json:"outcome"`
	Word      string   `json:"word"` // one of Words
	Level     Level    `json:"level,omitempty"`
	Asked     Level    `json:"asked"`
	Severity  Severity `json:"severity"`
	Effort    string   `json:"effort"`
	Fix       string   `json:"fix"`
	Places    []Place  `json:"places"`
	More      int      `json:"more_places,omitempty"` // places beyond MaxPlaces
	Waiver    *Waiver  `json:"waiver"`                // that lets it stand, or nil
}

// The words of an outcome.
const (
	WordMet           = "met"
	WordClaimed       = "claimed"
	WordNotMet        = "not met"
	WordNotShown      = "not shown"
	WordContradicted  = "contradicted"
	WordUnknown       = "unknown"
	WordNotApplicable = "not applicable"
	// Of a service, in place of not shown:
	WordNotDisclosed = "not disclosed" // they do not tell
	WordNotFound     = "not found"     // it was looked for where it should be
	WordUnverifiable = "unverifiable"  // nobody outside can check it
)

// Words lists them, best first.
var Words = [...]string{WordMet, WordClaimed, WordUnknown, WordNotApplicable, WordNotShown, WordNotDisclosed, WordNotFound, WordUnverifiable, WordNotMet, WordContradicted}

// Met tells whether the finding counts for the floor: a pass on evidence as
// strong as the rule asks.
func (f *Finding) Met() bool { return f.Outcome == Pass && f.Level >= f.Asked }

// Judge asks every rule of the evidence. Findings come in the order of the rules.
func Judge(ev *Evidence, rules []*Rule) []Finding {
	return newHearing(ev).judge(rules)
}

func (r *Rule) judge(h *hearing) Finding {
	ev, root := h.ev, h.root
	f := Finding{
		Rule: r.ID, Title: r.Title, Dimension: r.Dimension, Asked: r.Level,
		Severity: r.Severity, Effort: r.Effort, Fix: r.Fix,
	}
	w := &walker{notes: root.stated}
	f.Outcome, f.Level = r.answer(ev, w, root)
	if f.Outcome == Pass && root.stated {
		f.Outcome, f.Level = r.again(h, f.Level)
	}
	if f.Outcome == Pass && f.Level == Unsourced {
		f.Level = Claimed // evidence nobody sourced, as in a document written by hand
	}
	spots := r.spots(ev, f.Outcome, w)
	if root.stated {
		spots = ev.stated(spots, w.looked)
	}
	if len(spots) > MaxPlaces {
		f.More = len(spots) - MaxPlaces
		spots = spots[:MaxPlaces]
	}
	for _, s := range spots {
		f.Places = append(f.Places, ev.place(s))
	}
	for i, s := range w.failed { // what is here and broken was shown
		w.failed[i].empty = s.empty && ev.fault(s.pointer) == ""
	}
	f.Word = r.word(f, w.failed)
	return f
}

// again answers what passed without what went stale: a pass that needs it is
// taken away.
func (r *Rule) again(h *hearing, level Level) (Outcome, Level) {
	fresh, root := h.fresh()
	if fresh == nil {
		return Pass, level
	}
	o, level := r.answer(fresh, &walker{}, root)
	if o != Pass {
		return Unknown, Unsourced
	}
	return o, level
}

// answer evaluates condition and expectation.
func (r *Rule) answer(ev *Evidence, w *walker, root *origin) (Outcome, Level) {
	if r.whenAt != "" {
		if o := r.condition(ev); o != Pass {
			return o, Unsourced
		}
	}
	v, t, ok := descend(ev.Doc, root, r.Needs)
	if !ok {
		return ev.unanswered(r.Needs), Unsourced
	}
	w.path = tokens(r.Needs)
	if r.Each {
		return r.each(r.expect, v, t, w)
	}
	o, level := w.walk(r.expect, v, t)
	if o == Unknown && len(w.missing) > 0 && root.stated {
		o = ev.unanswered(w.missing[0].pointer)
		for _, m := range w.missing[1:] {
			o = min(o, ev.unanswered(m.pointer))
		}
	}
	return o, level
}

// unanswered is the outcome where nothing stands at a pointer: unknown, unless a
// source says that the question does not arise.
func (ev *Evidence) unanswered(pointer string) Outcome {
	if ev.inapplicable(pointer) {
		return NotApplicable
	}
	return Unknown
}

// condition answers a condition at another place: pass, not applicable, or
// unknown where nobody looked.
func (r *Rule) condition(ev *Evidence) Outcome {
	v, ok := ev.Get(r.whenAt)
	if !ok {
		return Unknown
	}
	switch o, _ := (&walker{}).walk(r.when, v, trail{}); o {
	case Pass:
		return Pass
	case Fail:
		return NotApplicable
	}
	return Unknown
}

// each asks every item: one fail fails, else one unknown is unknown. An empty
// list shows nothing, so it fails; a list of which no item is meant by the
// condition is not what the rule is about.
func (r *Rule) each(c *check, v any, t trail, w *walker) (Outcome, Level) {
	items, ok := v.([]any)
	if !ok || len(items) == 0 {
		return w.fail(v, isEmpty(v)), Unsourced
	}
	out, level, asked := Pass, Verified, 0
	for i, x := range items {
		if r.when != nil && r.whenAt == "" {
			o, _ := (&walker{}).walk(r.when, x, trail{})
			if o == Fail {
				continue
			}
			if o == Unknown {
				out, level = both(out, level, Unknown, Unsourced)
				asked++
				continue
			}
		}
		asked++
		o, l := w.item(c, x, t, i)
		out, level = both(out, level, o, l)
	}
	if asked == 0 {
		return NotApplicable, Unsourced
	}
	return out, level
}

// descend follows a pointer through the evidence and its origins at once.
func descend(v any, o *origin, pointer string) (any, trail, bool) {
	t := trail{o, o.level}
	for token := range steps(pointer) {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, t, false
		}
		if v, ok = m[token]; !ok {
			return nil, t, false
		}
		t = t.member(token)
	}
	return v, t, true
}

// spots picks what a finding points at: what failed; the place that was asked
// for and what is missing below it; else the place that was asked.
func (r *Rule) spots(ev *Evidence, o Outcome, w *walker) []spot {
	asked := spot{pointer: r.Needs}
	asked.value, _ = ev.Get(r.Needs)
	switch {
	case o == Fail && r.Relation():
		return r.relation(ev, w.failed)
	case o == Fail:
		slices.SortStableFunc(w.failed, bySpot)
		return w.failed
	case o == Unknown && len(w.missing) > 0:
		slices.SortStableFunc(w.missing, bySpot)
		return w.missing
	case o == NotApplicable && r.whenAt != "":
		asked = spot{pointer: r.whenAt}
		asked.value, _ = ev.Get(r.whenAt)
	}
	return []spot{asked}
}

func bySpot(a, b spot) int {
	x, y := tokens(a.pointer), tokens(b.pointer)
	return slices.CompareFunc(x, y, func(s, t string) int {
		i, ok := index(s, 1<<62)
		j, ok2 := index(t, 1<<62)
		switch {
		case ok && ok2:
			return cmp.Compare(i, j)
		case ok:
			return -1
		case ok2:
			return 1
		}
		return cmp.Compare(s, t)
	})
}

// relation points at a disagreement: the relation itself with the side that
// declares, then each of the operands.
func (r *Rule) relation(ev *Evidence, failed []spot) []spot {
	var out []spot
	for _, s := range failed {
		at, m := ev.relationAt(s.pointer)
		if slices.ContainsFunc(out, func(o spot) bool { return o.pointer == at }) {
			continue
		}
		out = append(out, spot{pointer: at, value: m["declared"]})
		for _, operand := range list(m["between"]) {
			pointer, _ := operand.(string)
			value, _ := ev.Get(pointer)
			if pointer == list(m["between"])[0] {
				value = m["declared"]
			} else if found, ok := m["found"]; ok {
				value = found
			}
			out = append(out, spot{pointer: pointer, value: value})
		}
	}
	return out
}

// relationAt returns the relation that a pointer below /relations stands in,
// where several can exist an item of their list. It is nil for a list of none.
func (ev *Evidence) relationAt(pointer string) (at string, relation map[string]any) {
	path := tokens(pointer)
	at = Join("", path[0], path[1])
	v, _ := ev.Get(at)
	if _, several := v.([]any); several && len(path) > 2 {
		at = Join(at, path[2])
		v, _ = ev.Get(at)
	}
	relation, _ = v.(map[string]any)
	return at, relation
}

// place joins a spot with the first of its sources. A relation is cited at the
// line of the side that declares.
func (ev *Evidence) place(s spot) Place {
	p := Place{Pointer: s.pointer, Value: small(s.value)}
	at := s.pointer
	if v, ok := ev.Get(s.pointer); ok && strings.HasPrefix(s.pointer, "/relations/") {
		if m, ok := v.(map[string]any); ok && len(list(m["between"])) > 0 {
			at, _ = list(m["between"])[0].(string)
		}
	}
	if sources := ev.SourcesAt(at); len(sources) > 0 {
		src := sources[0]
		p.Path, p.Line, p.Offset, p.Digest, p.Level = src.Path, src.Line, src.Offset, src.Digest, src.Level
		p.URL, p.Date, p.Statement = src.URL, src.Date, src.Statement
		p.Stale = src.Statement != nil && ev.allStale(sources)
		for _, other := range sources[1:] {
			if other.disputes() {
				p.Disputes = append(p.Disputes, other)
			}
		}
	}
	for _, at := range []string{s.pointer, up(s.pointer)} {
		v, _ := ev.Get(at)
		m, _ := v.(map[string]any)
		if p.Path == "" {
			p.Path, _ = m["path"].(string)
		}
		if reason, _ := m["reason"].(string); p.Reason == "" {
			p.Reason, _ = small(reason).(string)
		}
	}
	if s.value == false {
		p.Reason = cmp.Or(p.Reason, ev.fault(s.pointer))
	}
	return p
}

// fault is the first problem that breaks the form of a file, where a fact says
// that something breaks it.
func (ev *Evidence) fault(pointer string) string {
	if !strings.HasSuffix(pointer, "/valid") && !strings.HasSuffix(pointer, "/well_formed") {
		return ""
	}
	v, _ := ev.Get(up(pointer))
	m, _ := v.(map[string]any)
	for _, p := range list(m["problems"]) {
		problem, _ := p.(map[string]any)
		if s := problem["severity"]; s == nil || s == "error" {
			reason, _ := small(problem["message"]).(string)
			return reason
		}
	}
	return ""
}

func up(pointer string) string {
	above, _ := parent(pointer)
	return above
}

// maxText bounds a value that is quoted in a place, in bytes.
const maxText = 400

// small keeps scalars and empty containers; what is larger is left out, the
// pointer leads to it.
func small(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > maxText {
			return strings.ToValidUTF8(v[:maxText], "") + "…"
		}
	case []any:
		if len(v) > 8 || slices.ContainsFunc(v, func(x any) bool { return !isScalar(x) }) {
			return nil
		}
	case map[string]any:
		if len(v) > 0 {
			return nil
		}
	}
	return v
}

func isScalar(v any) bool {
	switch v := v.(type) {
	case map[string]any, []any:
		return false
	case string:
		return len(v) <= maxText
	}
	return true
}

func (r *Rule) word(f Finding, failed []spot) string {
	switch f.Outcome {
	case Pass:
		if f.Met() {
			return WordMet
		}
		return WordClaimed
	case Unknown:
		return WordUnknown
	case NotApplicable:
		return WordNotApplicable
	}
	if word, ok := stateWord(f.Places); ok {
		return word
	}
	if r.Relation() && slices.ContainsFunc(failed, func(s spot) bool { return !isNone(s.value) }) {
		return WordContradicted
	}
	if len(failed) > 0 && !slices.ContainsFunc(failed, func(s spot) bool { return !s.empty }) {
		return WordNotShown
	}
	return WordNotMet
}

// waits is 1 for a rule that compares two facts of which one is not told: it
// cannot be met before that is.
func (f *Finding) waits() int {
	if f.Outcome == Unknown && len(f.Places) > 0 && strings.HasPrefix(f.Places[0].Pointer, "/relations/") {
		return 1
	}
	return 0
}

// isNone tells whether a value is a list of nothing: no relation, no contradiction.
func isNone(v any) bool {
	items, ok := v.([]any)
	return ok && len(items) == 0
}

// isEmpty tells whether a value is the one that says "looked, and found nothing".
func isEmpty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int64:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
