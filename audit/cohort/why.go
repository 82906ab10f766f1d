package cohort

import "glassbox/audit"

// Why tells what separates two applicants on an axis: the rules that give the one
// what they do not give the other, and nothing else.
type Why struct {
	A     string       `json:"a"`
	B     string       `json:"b"`
	By    string       `json:"by"`
	Rules []Difference `json:"rules"`
	CapsA []string     `json:"caps_a"` // that bind A alone
	CapsB []string     `json:"caps_b"` // that bind B alone
}

// Difference is one rule that two applicants answer differently.
type Difference struct {
	Rule      string `json:"rule"`
	Title     string `json:"title"`
	Weight    int    `json:"weight"`
	Objection bool   `json:"objection,omitempty"` // its fail takes the weight off the ceiling
	A         string `json:"a"`                   // the word of its finding
	B         string `json:"b"`
}

// Separate compares the answers of two reports on an axis. Rules come in the order
// of the framework, criteria before objections.
func Separate(a, b *audit.Report, by string) *Why {
	w := &Why{By: by, Rules: []Difference{}, CapsA: []string{}, CapsB: []string{}}
	left, right := scoreOn(a, by), scoreOn(b, by)
	if left == nil || right == nil {
		return w
	}
	titles := map[string]string{}
	for i := range a.Findings {
		titles[a.Findings[i].Rule] = a.Findings[i].Title
	}
	w.add(titles, left.Trace, right.Trace, false)
	w.add(titles, left.Against, right.Against, true)
	w.CapsA, w.CapsB = capsBeyond(left, right), capsBeyond(right, left)
	return w
}

func scoreOn(r *audit.Report, by string) *audit.Score {
	for i := range r.Scores {
		if s := &r.Scores[i]; s.Axis == by && (s.Framework == Framework || s.Framework == ByPolicy) {
			return s
		}
	}
	return nil
}

// add compares two lists of contributions. Objections are listed where they
// failed: who is not in the list has the word of a rule that did not.
func (w *Why) add(titles map[string]string, left, right []audit.Contribution, objection bool) {
	find := func(list []audit.Contribution, rule string) (audit.Contribution, bool) {
		for _, c := range list {
			if c.Rule == rule {
				return c, true
			}
		}
		return audit.Contribution{Rule: rule, Word: "nothing against it"}, false
	}
	for _, a := range left {
		b, there := find(right, a.Rule)
		if credit(a) != credit(b) || objection && !there {
			w.Rules = append(w.Rules, Difference{a.Rule, titles[a.Rule], a.Weight, objection, a.Word, b.Word})
		}
	}
	for _, b := range right {
		if a, there := find(left, b.Rule); !there {
			w.Rules = append(w.Rules, Difference{b.Rule, titles[b.Rule], b.Weight, objection, a.Word, b.Word})
		}
	}
}

// credit is what an answer gives: to the floor, to the ceiling alone, nothing, or
// no part in the sum.
func credit(c audit.Contribution) string {
	switch {
	case c.Word == audit.WordMet:
		return "floor"
	case c.Outcome == audit.Pass || c.Outcome == audit.Unknown:
		return "ceiling"
	case c.Outcome == audit.NotApplicable:
		return "none"
	}
	return "nothing"
}

func capsBeyond(a, b *audit.Score) []string {
	out := []string{}
	for _, c := range a.Caps {
		there := false
		for _, d := range b.Caps {
			there = there || d.Name == c.Name
		}
		if !there {
			out = append(out, c.Name)
		}
	}
	return out
}
