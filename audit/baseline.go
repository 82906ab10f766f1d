package audit

import "fmt"

// Baseline is an earlier state of affairs that a gate accepts: only what is worse
// since then fails. What failed already stays in the report, and does not gate.
type Baseline struct {
	File    string // as it was named
	Digest  string // of the file
	Reports []*Report
	Alone   bool // one subject is audited
}

// Reference names a document that a gate went by.
type Reference struct {
	File   string `json:"path"` // as it was named
	Digest string `json:"digest"`
	Name   string `json:"name,omitempty"`  // of the subject it speaks of
	AsOf   string `json:"as_of,omitempty"` // the day it was made
}

// of returns the earlier report of a subject: the one by its name, else the only
// one there is where it is the only subject, since a folder may be named after its
// version. It is nil where there is none.
func (b *Baseline) of(name string) *Report {
	for _, r := range b.Reports {
		if r.Subject.Name == name {
			return r
		}
	}
	if b.Alone && len(b.Reports) == 1 {
		return b.Reports[0]
	}
	return nil
}

func (b *Baseline) reference(was *Report) *Reference {
	ref := &Reference{File: b.File, Digest: b.Digest}
	if was != nil {
		ref.Name, ref.AsOf = was.Subject.Name, was.AsOf
	}
	return ref
}

// Incomparable says why the baseline cannot be held against reports that are
// made by the rules of a digest, "" where it can.
func (b *Baseline) Incomparable(rulesDigest string) string {
	for _, r := range b.Reports {
		if r.Tool.RulesDigest != rulesDigest {
			return fmt.Sprintf("it was made by other rules (%s, and these are %s)", brief(r.Tool.RulesDigest), brief(rulesDigest))
		}
	}
	return ""
}

// gates asks that nothing fails anew, and that no floor is lower. Where the
// policy names a severity, that is what a fail has to reach. Without an earlier
// report everything is new.
func (b *Baseline) gates(r, was *Report, gravest Severity) []Gate {
	if was == nil {
		was = &Report{}
	}
	var rules []string
	old := byRule(was)
	for _, c := range changes(was, r) {
		// what was waived was not accepted: it is back when the waiver is gone
		back := old[c.Rule] != nil && old[c.Rule].Waiver != nil && old[c.Rule].Outcome == Fail && c.State == ChangeUnchanged
		if (c.State == ChangeNew || back) && !c.Waived && (gravest == "" || c.Severity.Rank() >= gravest.Rank()) {
			rules = append(rules, c.Rule)
		}
	}
	asked := "no new fail"
	if gravest != "" {
		asked += " of " + string(gravest) + " or worse"
	}
	out := []Gate{newGate("/baseline/new", asked, fmt.Sprintf("%d new", len(rules)), len(rules) == 0, rules)}
	if len(rules) == 0 {
		out[0].Found = "none"
	}
	for _, s := range r.Scores {
		if old, ok := scoreOf(was, s.Framework, s.Axis); ok && s.Axis != "" && old.Floor != nil {
			out = append(out, floorGate(old, s))
		}
	}
	return out
}

// floorGate asks that a floor is not lower than it was.
func floorGate(was, is Score) Gate {
	found, holds := "none", false
	if is.Floor != nil {
		found, holds = fmt.Sprint(*is.Floor), *is.Floor >= *was.Floor
	}
	return newGate(Join("/baseline/floor", is.Axis), fmt.Sprintf("%d or more, as before", *was.Floor), found, holds, nil)
}

// newGate is a gate that no line of a policy asks for.
func newGate(key, asked, found string, holds bool, rules []string) Gate {
	g := Gate{Key: key, Asked: asked, Found: found, Holds: holds, Rules: rules}
	if !holds {
		g.Code = ExitFail
	}
	return g
}
