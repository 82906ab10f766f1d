package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Assumption takes a rule for answered in some way, whatever was found.
type Assumption struct {
	Rule    string  `json:"rule"`
	Outcome Outcome `json:"outcome"` // pass, fail or unknown
	Word    string  `json:"found"`   // the word of what was found in truth
}

// Hypothesis is what the frameworks would say under assumptions. It stands beside
// what they say and takes nothing from it: findings, scores and verdict of the
// report are those of the subject as it is, and so is what a gate decides by.
type Hypothesis struct {
	Assumed []Assumption `json:"assumed"`
	Scores  []Score      `json:"scores"` // as they would be, in the order of the report's
}

// assumable are the outcomes that can be assumed.
var assumable = [...]Outcome{Pass, Fail, Unknown}

// ReadAssumptions reads RULE=OUTCOME, each rule once.
func ReadAssumptions(texts []string, rules []*Rule) ([]Assumption, error) {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	var out []Assumption
	for _, text := range texts {
		id, outcome, found := strings.Cut(text, "=")
		a := Assumption{Rule: id}
		if err := a.Outcome.UnmarshalText([]byte(outcome)); !found || err != nil || !slices.Contains(assumable[:], a.Outcome) {
			return nil, fmt.Errorf("%q is not RULE=pass, RULE=fail or RULE=unknown", text)
		}
		if !slices.Contains(ids, id) {
			return nil, fmt.Errorf("no rule %q%s", id, suggestion(id, ids))
		}
		if slices.ContainsFunc(out, func(b Assumption) bool { return b.Rule == id }) {
			return nil, fmt.Errorf("rule %s is assumed twice", id)
		}
		out = append(out, a)
	}
	return out, nil
}

// Suppose works out what the frameworks of a report would say of its evidence
// under assumptions. An assumption is about a rule at its own place: where a
// framework asks it elsewhere, what was found there counts.
func Suppose(ev *Evidence, r *Report, frameworks []*Framework, assumed []Assumption) *Hypothesis {
	dated := *ev
	dated.AsOf = r.AsOf
	h := newHearing(&dated)
	findings := slices.Clone(r.Findings)
	out := &Hypothesis{Assumed: slices.Clone(assumed), Scores: []Score{}}
	for i := range out.Assumed {
		a := &out.Assumed[i]
		if at := slices.IndexFunc(findings, func(f Finding) bool { return f.Rule == a.Rule }); at >= 0 {
			a.Word = findings[at].Word
			findings[at] = findings[at].as(a.Outcome)
		}
	}
	h.know(findings)
	for _, fw := range frameworks {
		out.Scores = append(out.Scores, fw.apply(h)...)
	}
	return out
}

// as is the finding with another outcome, on the strongest evidence and at no
// place: there is none.
func (f Finding) as(o Outcome) Finding {
	f.Outcome, f.Level, f.Places, f.More = o, Unsourced, []Place{}, 0
	switch o {
	case Pass:
		f.Level, f.Word = Verified, WordMet
	case Fail:
		f.Word = WordNotMet
	default:
		f.Word = WordUnknown
	}
	return f
}
