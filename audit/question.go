package audit

import (
	"fmt"
	"reflect"
	"slices"
)

// Question is what a criterion asks: a rule, of the rule's own place or of
// another one; several questions, of which one or all must hold; or something
// that only a person can answer.
type Question struct {
	ID    string // the framework's own number or key; may be empty
	Title string
	Rule  *Rule  // its Needs is the place
	own   bool   // asked of the rule's own place
	Kind  string // the only kind of subject it is asked of; empty for every one
	Any   []Question
	All   []Question
	// Attest is the question as an attestation names it, Asks what it asks, and
	// Answers those that hold.
	Attest  string
	Asks    string
	Answers []any
	Else    *Question // asked while nobody has answered; may be nil
}

// Rules lists every rule that is asked.
func (q *Question) Rules() []*Rule {
	var out []*Rule
	if q.Rule != nil {
		out = append(out, q.Rule)
	}
	parts := slices.Concat(q.Any, q.All)
	if q.Else != nil {
		parts = append(parts, *q.Else)
	}
	for _, part := range parts {
		out = append(out, part.Rules()...)
	}
	return out
}

// questions reads a list of criteria.
func (l *Loader) questions(fw *Framework, f *frameworkFile, items any, at string, into *[]Question) error {
	for i, q := range list(items) {
		question, err := l.question(fw, f, q.(map[string]any), Join(at, i))
		if err != nil {
			return err
		}
		if fw.question(question.Title) != nil {
			return f.fault(Join(at, i), "criterion %s is given twice", question.Title)
		}
		*into = append(*into, *question)
	}
	return nil
}

// question reads one question, and refuses one that asks nothing or two things.
func (l *Loader) question(fw *Framework, f *frameworkFile, m map[string]any, at string) (*Question, error) {
	kinds := 0
	for _, key := range []string{"rule", "any", "all", "attest"} {
		if _, ok := m[key]; ok {
			kinds++
		}
	}
	if kinds != 1 {
		return nil, f.fault(at, "a question has one of rule, any, all and attest, this one %d of them", kinds)
	}
	q := &Question{}
	q.ID, _ = m["id"].(string)
	q.Title, _ = m["title"].(string)
	q.Kind, _ = m["kind"].(string)
	if _, ok := m["rule"]; ok {
		return q, l.asked(fw, f, q, m, at)
	}
	if q.Attest, _ = m["attest"].(string); q.Attest != "" {
		q.Asks, _ = m["asks"].(string)
		if q.Answers = list(m["answers"]); len(q.Answers) == 0 {
			q.Answers = []any{true}
		}
		if m, ok := m["else"].(map[string]any); ok {
			var err error
			q.Else, err = l.question(fw, f, m, at+"/else")
			return q, err
		}
		return q, nil
	}
	for key, into := range map[string]*[]Question{"any": &q.Any, "all": &q.All} {
		for i, part := range list(m[key]) {
			p, err := l.question(fw, f, part.(map[string]any), Join(at, key, i))
			if err != nil {
				return nil, err
			}
			*into = append(*into, *p)
		}
	}
	return q, nil
}

// asked reads the rule of a question and where it is asked.
func (l *Loader) asked(fw *Framework, f *frameworkFile, q *Question, m map[string]any, at string) error {
	r, err := f.rule(m["rule"], at+"/rule")
	if err != nil {
		return err
	}
	pointer, elsewhere := m["at"].(string)
	if !elsewhere {
		own := *r
		q.Rule, q.own = &own, true
	} else if q.Rule, err = l.moved(f, r, pointer, at); err != nil {
		return err
	}
	if fw.Level != Unsourced {
		q.Rule.Level = fw.Level
	}
	if level, ok := m["level"].(string); ok {
		if err := q.Rule.Level.UnmarshalText([]byte(level)); err != nil {
			return f.fault(at+"/level", "%v", err)
		}
	}
	return nil
}

func (l *Loader) moved(f *frameworkFile, r *Rule, pointer, at string) (*Rule, error) {
	shape := l.shape.At(pointer)
	if r.Each || r.when != nil || shape == nil || l.shape.throughList(pointer) {
		return nil, f.fault(at+"/at", "rule %s cannot be asked of %s", r.ID, pointer)
	}
	if l.Strict {
		expect, _ := r.raw["expect"].(map[string]any)
		if err := r.typed(expect, shape, "/expect"); err != nil {
			return nil, f.fault(at+"/at", "rule %s cannot be asked of %s: %v", r.ID, pointer, err)
		}
	}
	return r.at(pointer, shape, l.shape.At(r.Needs)), nil
}

// at is the rule asked of another place of the evidence. Only where that place
// has another shape the expectation is built anew, for the levels it allows.
func (r *Rule) at(pointer string, shape, own *Shape) *Rule {
	moved := *r
	moved.Needs = pointer
	if !reflect.DeepEqual(shape.Properties, own.Properties) || shape.Cap != own.Cap {
		moved.expect = build(r.schema, shape)
	}
	return &moved
}

// hearing is evidence that is asked questions. What several rules or frameworks
// need of it is worked out once.
type hearing struct {
	ev    *Evidence
	root  *origin
	found map[string]*Finding // by rule, of rules at their own place
	moved map[site]*Finding   // of rules asked elsewhere
	kind  string              // of subject

	looked    bool // for what went stale
	rest      *Evidence
	restRoots *origin
}

// site is a rule and where it is asked.
type site struct{ rule, at string }

func newHearing(ev *Evidence) *hearing {
	h := &hearing{ev: ev, root: origins(ev.Doc, ev.Sources), found: map[string]*Finding{}, moved: map[site]*Finding{}}
	kind, _ := ev.Get("/subject/kind")
	h.kind, _ = kind.(string)
	return h
}

// judge asks rules at their own places.
func (h *hearing) judge(rules []*Rule) []Finding {
	out := make([]Finding, len(rules))
	for i, r := range rules {
		out[i] = r.judge(h)
	}
	h.know(out)
	return out
}

// know takes findings of rules at their own places as they are.
func (h *hearing) know(findings []Finding) {
	for i := range findings {
		h.found[findings[i].Rule] = &findings[i]
	}
}

// fresh is the evidence without what went stale, with its origins; nil where
// nothing did.
func (h *hearing) fresh() (*Evidence, *origin) {
	if !h.looked {
		h.looked = true
		if h.rest = h.ev.fresh(); h.rest != nil {
			h.restRoots = origins(h.rest.Doc, h.rest.Sources)
		}
	}
	return h.rest, h.restRoots
}

// reply is the answer to a question: what the deciding rule found, and where it
// was asked.
type reply struct {
	Finding
	pointer string
	attest  string
	by      []string // who attested it, and when
}

// answer puts a reply under the name that the framework has for the question.
func (r reply) answer(q Question) Answer {
	return Answer{ID: q.ID, Title: q.Title, Pointer: r.pointer, Rule: r.Rule, Attest: r.attest, AttestedBy: r.by, Outcome: r.Outcome, Word: r.Word, Level: r.Level, Places: r.Places}
}

func (h *hearing) ask(q *Question) reply {
	switch {
	case q.Kind != "" && q.Kind != h.kind:
		return h.otherKind()
	case q.Rule != nil:
		return reply{Finding: h.rule(q), pointer: q.Rule.Pointer()}
	case q.Attest != "":
		if r := h.attested(q); q.Else == nil || r.Outcome != Unknown {
			return r
		}
		return h.ask(q.Else)
	case len(q.Any) > 0:
		return h.decisive(q.Any, true)
	}
	return h.decisive(q.All, false)
}

// otherKind answers a question that is not asked of subjects of this kind. Where
// nobody says of which kind the subject is, nothing that depends on it is known.
func (h *hearing) otherKind() reply {
	const at = "/subject/kind"
	if h.kind == "" {
		return reply{Finding: Finding{Outcome: Unknown, Word: WordUnknown, Places: []Place{{Pointer: at}}}, pointer: at}
	}
	return reply{Finding: Finding{Outcome: NotApplicable, Word: WordNotApplicable, Places: []Place{h.ev.place(spot{pointer: at, value: h.kind})}}, pointer: at}
}

func (h *hearing) rule(q *Question) Finding {
	f := *h.known(q)
	if f.Asked = q.Rule.Level; f.Outcome == Pass {
		f.Word = q.Rule.word(f, nil)
	}
	return f.inPart()
}

// known is the finding for a question, whatever level it asks for.
func (h *hearing) known(q *Question) *Finding {
	if q.own {
		if f := h.found[q.Rule.ID]; f != nil {
			return f
		}
	}
	at := site{q.Rule.ID, q.Rule.Needs}
	if h.moved[at] == nil {
		f := q.Rule.judge(h)
		h.moved[at] = &f
	}
	return h.moved[at]
}

// inPart asks more of a pass that rests on what a provider tells only in part,
// or what others tell of it: both are claims, whatever the framework takes.
func (f Finding) inPart() Finding {
	if f.Outcome != Pass || f.Level > Claimed {
		return f
	}
	for _, p := range f.Places {
		if p.Statement != nil && (p.Statement.State == Partial || p.Statement.Authority == "secondary") {
			f.Asked, f.Word = max(f.Asked, Present), WordClaimed
		}
	}
	return f
}

// rank orders replies from the worst to the best.
func (r *reply) rank() int {
	switch {
	case r.Outcome == Fail:
		return 0
	case r.Outcome == Unknown:
		return 1
	case !r.Met():
		return 2
	}
	return 3
}

// decisive asks several questions and keeps the first of those that decide: the
// best one where any will do, else the worst. One that does not apply decides
// nothing, unless none does.
func (h *hearing) decisive(parts []Question, any bool) reply {
	var out *reply
	for i := range parts {
		r := h.ask(&parts[i])
		switch {
		case out == nil, out.Outcome == NotApplicable:
			out = &r
		case r.Outcome == NotApplicable:
		case any && r.rank() > out.rank(), !any && r.rank() < out.rank():
			out = &r
		}
	}
	return *out
}

// attested answers a question by the attestations, each of which must bear a
// name and a day that is not after that of the audit. Where persons differ,
// nothing is known.
func (h *hearing) attested(q *Question) reply {
	f := Finding{Asked: Claimed, Effort: "hours", Fix: fmt.Sprintf("Let somebody who knows answer the question %s, with name and date.", q.Attest)}
	pass, fail := 0, 0
	var by []string
	v, _ := h.ev.Get("/attestations")
	for i, item := range list(v) {
		m, _ := item.(map[string]any)
		if m["question"] != q.Attest || !signed(m, h.ev.AsOf) {
			continue
		}
		if holdsValue(q.Answers, m["answer"]) {
			pass++
		} else {
			fail++
		}
		f.Places = append(f.Places, h.ev.place(spot{pointer: Join("/attestations", i, "answer"), value: m["answer"]}))
		by = append(by, fmt.Sprintf("%s, %s", m["name"], m["date"]))
	}
	switch {
	case pass > 0 && fail == 0:
		f.Outcome, f.Level, f.Word = Pass, Claimed, WordMet
	case fail > 0 && pass == 0:
		f.Outcome, f.Word = Fail, WordNotMet
	default:
		f.Word = WordUnknown
	}
	if len(f.Places) == 0 {
		f.Places = []Place{{Pointer: "/attestations"}}
	}
	return reply{Finding: f, pointer: "/attestations", attest: q.Attest, by: by}
}

// signed tells whether an attestation has an answer, and somebody stands for it
// on a day that has come, and not beyond its end.
func signed(m map[string]any, asOf string) bool {
	name, _ := m["name"].(string)
	date, _ := m["date"].(string)
	if !isDay(date) || name == "" || m["answer"] == nil {
		return false
	}
	ends, _ := m["expires"].(string)
	return asOf == "" || date <= asOf && (ends == "" || asOf <= ends)
}
