package audit

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// MaxAttestations bounds a file of attestations, in bytes.
const MaxAttestations = 1 << 20

// Attestation is what one person answers to a question that no file can settle.
// It is a claim of that person: it answers the question of a framework that asks
// persons, and no rule, so it moves no axis.
type Attestation struct {
	Question string
	Answer   any // bool or string
	Name     string
	Date     string // YYYY-MM-DD
	Evidence string
	Expires  string // YYYY-MM-DD, the last day it may be relied on; may be empty
	Subject  string // pattern of path.Match; empty where it is about whatever is audited

	File string // that it was read from
	Line int
}

// Asked is a question to a person.
type Asked struct {
	ID        string `json:"question"`
	Framework string `json:"framework"`
	Text      string `json:"asks"`    // the question, or what the criterion is called
	Answers   []any  `json:"answers"` // those that can be given
}

// Questions lists what the frameworks ask of persons, each question once, in the
// order of the frameworks.
func Questions(frameworks []*Framework) []Asked {
	var out []Asked
	for _, fw := range frameworks {
		fw.visit(func(q *Question, title string) {
			if q.Attest == "" || slices.ContainsFunc(out, func(a Asked) bool { return a.ID == q.Attest }) {
				return
			}
			a := Asked{ID: q.Attest, Framework: fw.ID, Text: q.Asks, Answers: []any{true, false}}
			if a.Text == "" {
				a.Text = title
			}
			if _, words := q.Answers[0].(string); words {
				a.Answers = nil
				for _, r := range fw.Reaches {
					a.Answers = append(a.Answers, r.Name)
				}
			}
			out = append(out, a)
		})
	}
	return out
}

// visit calls fn for every question of the framework, with the title of its
// criterion.
func (fw *Framework) visit(fn func(q *Question, title string)) {
	var walk func(q *Question, title string)
	walk = func(q *Question, title string) {
		if q.Title != "" {
			title = q.Title
		}
		fn(q, title)
		for i := range q.Any {
			walk(&q.Any[i], title)
		}
		for i := range q.All {
			walk(&q.All[i], title)
		}
		if q.Else != nil {
			walk(q.Else, title)
		}
	}
	for _, c := range fw.Classes {
		for _, list := range [][]Question{c.Criteria, c.Optional} {
			for i := range list {
				walk(&list[i], "")
			}
		}
	}
	for _, t := range fw.Topics {
		for _, c := range t.Criteria {
			for i := range c.Questions {
				walk(&c.Questions[i], c.Title)
			}
		}
	}
}

// ReadAttestations reads a file of attestations, YAML or JSON, on a day. What is
// malformed, asks for a question that no framework has, is dated after the day or
// ended before it is a *RuleError with its line; they come joined.
func ReadAttestations(file string, data []byte, frameworks []*Framework, asOf string) ([]Attestation, error) {
	if len(data) > MaxAttestations {
		return nil, &RuleError{file, 1, fmt.Sprintf("larger than %d bytes", MaxAttestations)}
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	if err := attestationForm(file, doc); err != nil {
		return nil, err
	}
	questions := Questions(frameworks)
	var out []Attestation
	var faults []error
	m, _ := doc.Value.(map[string]any)
	for i, item := range list(m["attestations"]) {
		at := Join("/attestations", i)
		a := attestation(item.(map[string]any))
		a.File, a.Line = file, doc.Line(at)
		if key, why := a.fault(questions, asOf, out); why != "" {
			faults = append(faults, &RuleError{file, doc.Line(at + "/" + key), why})
		}
		out = append(out, a)
	}
	return out, errors.Join(faults...)
}

func attestation(m map[string]any) Attestation {
	text := func(key string) string {
		s, _ := m[key].(string)
		return s
	}
	return Attestation{
		Question: text("question"), Answer: m["answer"], Name: strings.TrimSpace(text("name")), Date: text("date"),
		Evidence: text("evidence"), Expires: text("expires"), Subject: text("subject"),
	}
}

// fault is the key that is wrong, and why; empty where none is.
func (a *Attestation) fault(questions []Asked, asOf string, before []Attestation) (key, why string) {
	ids := make([]string, len(questions))
	for i, q := range questions {
		ids[i] = q.ID
	}
	i := slices.Index(ids, a.Question)
	switch {
	case i < 0:
		return "question", fmt.Sprintf("no question %q%s", a.Question, suggestion(a.Question, ids))
	case !slices.Contains(questions[i].Answers, a.Answer):
		return "answer", fmt.Sprintf("question %s takes %s", a.Question, answers(questions[i].Answers))
	case !isDay(a.Date):
		return "date", fmt.Sprintf("%s is no day", a.Date)
	case a.Date > asOf:
		return "date", fmt.Sprintf("%s comes after the day of the audit, %s", a.Date, asOf)
	case a.Expires != "" && !isDay(a.Expires):
		return "expires", fmt.Sprintf("%s is no day", a.Expires)
	case a.Expires != "" && a.Expires < a.Date:
		return "expires", "it ends before it was given"
	case a.Expires != "" && a.Expires < asOf:
		return "expires", fmt.Sprintf("expired on %s, and the day of the audit is %s", a.Expires, asOf)
	}
	if _, err := path.Match(a.Subject, ""); err != nil {
		return "subject", "no pattern of names"
	}
	for _, b := range before {
		if b.Question == a.Question && b.Name == a.Name && b.Subject == a.Subject {
			return "question", fmt.Sprintf("%s answers %s twice, here and on line %d", a.Name, a.Question, b.Line)
		}
	}
	return "", ""
}

func answers(list []any) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = fmt.Sprint(v)
	}
	return strings.Join(words, " or ")
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// attestationForm holds a file against its schema.
func attestationForm(file string, doc *schemas.YAML) error {
	s, err := schemas.Compile("attestations")
	if err != nil {
		return err
	}
	err = s.Validate(doc.Value)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	var faults []error
	for _, leaf := range leaves(v) {
		for _, c := range complaints("attestations", leaf, doc.Value) {
			faults = append(faults, &RuleError{file, doc.Line(c.pointer), c.msg})
		}
	}
	return errors.Join(faults...)
}

// About tells whether an attestation is about a subject of that name.
func (a *Attestation) About(name string) bool {
	if a.Subject == "" || a.Subject == name {
		return true
	}
	ok, err := path.Match(a.Subject, name)
	return ok && err == nil
}

// Attest adds to the evidence what was attested about its subject, beside what
// it holds of that already.
func (e *Evidence) Attest(attestations []Attestation) {
	name, _ := e.Get("/subject/name")
	subject, _ := name.(string)
	known, _ := e.Get("/attestations")
	items := slices.Clone(list(known))
	at := map[int]Source{}
	for _, a := range attestations {
		if !a.About(subject) {
			continue
		}
		item := map[string]any{"question": a.Question, "answer": a.Answer, "name": a.Name, "date": a.Date, "evidence": a.Evidence}
		if a.Expires != "" {
			item["expires"] = a.Expires
		}
		at[len(items)] = Source{Path: a.File, Line: a.Line, Level: Claimed}
		items = append(items, item)
	}
	if len(at) == 0 {
		return
	}
	e.Set("/attestations", items)
	for i := range items {
		if src, ok := at[i]; ok {
			e.Cite(Join("/attestations", i), src)
		}
	}
}
