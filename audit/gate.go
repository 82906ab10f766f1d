package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Terms are what a report is held against; each may be nil.
type Terms struct {
	Policy   *Policy // resolved
	Baseline *Baseline
	Lock     *Lock
}

// Gated is what was made of a report by the terms it was held against.
type Gated struct {
	File     string     `json:"path,omitempty"` // of the policy, as it was named
	Digest   string     `json:"digest,omitempty"`
	Profile  string     `json:"profile,omitempty"`
	Baseline *Reference `json:"baseline,omitempty"`
	Lock     *Reference `json:"lock,omitempty"`
	Gates    []Gate     `json:"gates"` // in the order of the policy's schema; then those of the baseline, and of the lock
	Waivers  []Waiver   `json:"waivers"`
}

// Gate is one thing a policy asked, and the answer.
type Gate struct {
	Key   string   `json:"key"`            // pointer into the policy, or below /baseline or /lock
	Line  int      `json:"line,omitempty"` // of the policy file; left out where a profile asked
	Asked string   `json:"asked"`
	Found string   `json:"found"`
	Holds bool     `json:"holds"`
	Code  int      `json:"exit_code"`       // 0 where it holds
	Rules []string `json:"rules,omitempty"` // that it fails by
	// Known tells that it failed in the baseline as well, and by the same rules:
	// it does not hold, and does not gate.
	Known bool `json:"known,omitempty"`
}

// Gate holds a report against the policy alone.
func (p *Policy) Gate(r *Report) { Terms{Policy: p}.Gate(nil, r) }

// Gate holds a report, and the evidence it was made of, against all terms:
// waivers are put to findings, the gates are asked, and the verdict becomes the
// worse of the audit's own and theirs. Of what is empty no policy and no baseline
// asks anything. Only a lock needs the evidence. Without terms the report stays as
// it is.
func (t Terms) Gate(ev *Evidence, r *Report) {
	if t == (Terms{}) {
		return
	}
	g := &Gated{Gates: []Gate{}, Waivers: []Waiver{}}
	r.Policy = g
	if p := t.Policy; p != nil {
		g.File, g.Digest, g.Profile = p.File, p.Digest, p.Profile
		g.Waivers = append(g.Waivers, p.waive(r)...)
	}
	var was *Report
	if t.Baseline != nil {
		was = t.Baseline.of(r.Subject.Name)
		g.Baseline = t.Baseline.reference(was)
	}
	if r.Verdict.Code != ExitEmpty {
		g.Gates = t.relative(r, was)
	}
	if t.Lock != nil {
		g.Lock = &Reference{File: t.Lock.File, Digest: t.Lock.Digest}
		g.Gates = append(g.Gates, t.Lock.gates(ev, r)...)
	}
	if r.Verdict.Code != ExitEmpty || t.Lock != nil {
		r.Verdict = g.verdict(r)
	}
}

// relative asks what policy and baseline ask.
func (t Terms) relative(r, was *Report) []Gate {
	out, gravest := []Gate{}, Severity("")
	if t.Policy != nil {
		out, gravest = t.Policy.gates(r, was), t.Policy.gravest
	}
	if t.Baseline != nil {
		out = append(out, t.Baseline.gates(r, was, gravest)...)
	}
	return out
}

// gates asks what the policy asks. What an earlier report failed already, by the
// same rules, is known.
func (p *Policy) gates(r, was *Report) []Gate {
	out := []Gate{}
	for _, need := range p.needs {
		ok, found, rules := need.met(r)
		g := p.gate(need.key, need.asked, found, ok, ExitFail, rules)
		if was != nil {
			_, _, failed := need.met(was)
			g.excuse(failed, func() bool { ok, _, _ := need.met(was); return !ok })
		}
		out = append(out, g)
	}
	for _, n := range p.nones(r) {
		g := p.none(r, n)
		if was != nil {
			failed := bad(was, n.bad(was))
			g.excuse(failed, func() bool { return len(failed) > 0 })
		}
		out = append(out, g)
	}
	return out
}

// excuse takes out of a gate that fails the rules which failed before; where none
// is left, and it did not hold then, it is known.
func (g *Gate) excuse(failed []string, before func() bool) {
	if g.Holds {
		return
	}
	fresh := slices.DeleteFunc(slices.Clone(g.Rules), func(rule string) bool { return slices.Contains(failed, rule) })
	switch {
	case len(fresh) == 0 && before():
		g.Known, g.Code = true, ExitPass
	case len(fresh) < len(g.Rules):
		g.Found, g.Rules = fmt.Sprintf("%d, %d of them new", len(g.Rules), len(fresh)), fresh
	}
}

// none is a gate that no finding may fail which is not waived.
type none struct {
	key, asked string
	code       int
	bad        func(*Report) func(*Finding) bool
}

// nones lists what no finding may be.
func (p *Policy) nones(r *Report) []none {
	var out []none
	for i, word := range p.words {
		code := ExitFail
		if word == WordContradicted {
			code = ExitUntrusted
		}
		out = append(out, none{Join("/deny", i), "nothing " + word, code, always(func(f *Finding) bool { return f.Word == word })})
	}
	if p.gravest != "" {
		out = append(out, none{"/severity", "no fail of " + string(p.gravest) + " or worse", ExitFail, always(func(f *Finding) bool {
			return f.Outcome == Fail && f.Severity.Rank() >= p.gravest.Rank()
		})})
	}
	if p.maxAge > 0 && r.Subject.Kind == "api" {
		out = append(out, none{"/apis/max_age_days", fmt.Sprintf("sources read within %d days", p.maxAge), ExitFail, func(r *Report) func(*Finding) bool { return p.old(r.AsOf) }})
	}
	return out
}

func always(bad func(*Finding) bool) func(*Report) func(*Finding) bool {
	return func(*Report) func(*Finding) bool { return bad }
}

func (p *Policy) gate(key, asked, found string, holds bool, code int, rules []string) Gate {
	if holds {
		code = ExitPass
	}
	return Gate{Key: key, Line: p.line(key), Asked: asked, Found: found, Holds: holds, Code: code, Rules: rules}
}

func (p *Policy) none(r *Report, n none) Gate {
	rules := bad(r, n.bad(r))
	found := "none"
	if len(rules) > 0 {
		found = fmt.Sprint(len(rules))
	}
	return p.gate(n.key, n.asked, found, len(rules) == 0, n.code, rules)
}

// bad lists the rules of the findings that are bad and not waived.
func bad(r *Report, is func(*Finding) bool) []string {
	var rules []string
	for i := range r.Findings {
		if f := &r.Findings[i]; is(f) && f.Waiver == nil {
			rules = append(rules, f.Rule)
		}
	}
	return rules
}

// old tells which findings rest on what was read too long ago.
func (p *Policy) old(asOf string) func(*Finding) bool {
	today, err := time.Parse(time.DateOnly, asOf)
	first := today.AddDate(0, 0, -p.maxAge).Format(time.DateOnly)
	return func(f *Finding) bool {
		return err == nil && slices.ContainsFunc(f.Places, func(at Place) bool { return at.Date != "" && at.Date < first })
	}
}

// verdict joins the audit's verdict with the gates'.
func (g *Gated) verdict(r *Report) Verdict {
	v, code := r.Verdict, ExitPass
	var failed []string
	known := 0
	for _, gate := range g.Gates {
		code = Worst(code, gate.Code)
		switch {
		case gate.Known:
			known++
		case !gate.Holds:
			failed = append(failed, gate.sentence())
		}
	}
	waived := ""
	if n := countWaived(r); n > 0 {
		waived = fmt.Sprintf(", %d waived", n)
	}
	if len(failed) == 0 {
		held := "the policy asks for nothing"
		if n := len(g.Gates); n > 0 {
			held = fmt.Sprintf("%d of %d gates hold", n-known, n)
		}
		if known > 0 {
			held += fmt.Sprintf(", %d no worse than in the baseline", known)
		}
		v.Reason = strings.Replace(v.Reason, ungated, held+waived, 1)
		return v
	}
	why := "the gate failed: " + strings.Join(failed[:min(3, len(failed))], "; ") + andMore(max(0, len(failed)-3)) + waived
	switch {
	case v.Code == ExitPass && code == ExitUntrusted:
		return Verdict{"untrusted", code, why}
	case v.Code == ExitPass:
		return Verdict{"fail", code, why}
	case Worst(v.Code, code) != v.Code:
		return Verdict{"untrusted", code, why + "; " + v.Reason}
	}
	v.Reason += "; " + why
	return v
}

func countWaived(r *Report) int {
	n := 0
	for _, f := range r.Findings {
		if f.Waiver != nil {
			n++
		}
	}
	return n
}

// Subject names what the gate asks about, in words: openness floor.
func (g Gate) Subject() string {
	path := tokens(g.Key)
	switch {
	case len(path) > 1 && (path[0] == "baseline" || path[0] == "lock"):
		return strings.Join(path, " ")
	case len(path) > 1 && path[0] == "require":
		return strings.ReplaceAll(strings.Join(path[1:], " "), "_", " ")
	case len(path) > 0:
		return path[0]
	}
	return g.Key
}

func (g Gate) sentence() string {
	if len(g.Rules) > 0 {
		return fmt.Sprintf("%s asks for %s, not so: %s%s", g.Subject(), g.Asked, strings.Join(g.Rules[:min(3, len(g.Rules))], ", "), andMore(max(0, len(g.Rules)-3)))
	}
	return fmt.Sprintf("%s %s, asked %s", g.Subject(), g.Found, g.Asked)
}
