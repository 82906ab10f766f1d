package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Gated is what a policy made of a report.
type Gated struct {
	File    string   `json:"path"` // as it was named
	Digest  string   `json:"digest"`
	Profile string   `json:"profile,omitempty"`
	Gates   []Gate   `json:"gates"` // in the order of the policy's schema
	Waivers []Waiver `json:"waivers"`
}

// Gate is one thing a policy asked, and the answer.
type Gate struct {
	Key   string   `json:"key"`            // pointer into the policy
	Line  int      `json:"line,omitempty"` // of the policy file; left out where a profile asked
	Asked string   `json:"asked"`
	Found string   `json:"found"`
	Holds bool     `json:"holds"`
	Code  int      `json:"exit_code"`       // 0 where it holds
	Rules []string `json:"rules,omitempty"` // that it fails by
}

// Gate holds a report against the policy, which has to be resolved: waivers are
// put to findings, the gates are asked, and the verdict becomes the worse of the
// audit's own and the policy's. Of what is empty nothing is asked.
func (p *Policy) Gate(r *Report) {
	waivers := p.waive(r)
	g := &Gated{File: p.File, Digest: p.Digest, Profile: p.Profile, Gates: []Gate{}, Waivers: waivers}
	if g.Waivers == nil {
		g.Waivers = []Waiver{}
	}
	r.Policy = g
	if r.Verdict.Code == ExitEmpty {
		return
	}
	for _, need := range p.needs {
		ok, found, rules := need.met(r)
		g.Gates = append(g.Gates, p.gate(need.key, need.asked, found, ok, ExitFail, rules))
	}
	for i, word := range p.words {
		code := ExitFail
		if word == WordContradicted {
			code = ExitUntrusted
		}
		g.Gates = append(g.Gates, p.none(r, Join("/deny", i), "nothing "+word, code, func(f *Finding) bool { return f.Word == word }))
	}
	if p.gravest != "" {
		g.Gates = append(g.Gates, p.none(r, "/severity", "no fail of "+string(p.gravest)+" or worse", ExitFail, func(f *Finding) bool {
			return f.Outcome == Fail && f.Severity.Rank() >= p.gravest.Rank()
		}))
	}
	if p.maxAge > 0 && r.Subject.Kind == "api" {
		g.Gates = append(g.Gates, p.none(r, "/apis/max_age_days", fmt.Sprintf("sources read within %d days", p.maxAge), ExitFail, p.old(r.AsOf)))
	}
	r.Verdict = g.verdict(r)
}

func (p *Policy) gate(key, asked, found string, holds bool, code int, rules []string) Gate {
	if holds {
		code = ExitPass
	}
	return Gate{Key: key, Line: p.line(key), Asked: asked, Found: found, Holds: holds, Code: code, Rules: rules}
}

// none is a gate that no finding may fail which is not waived.
func (p *Policy) none(r *Report, key, asked string, code int, bad func(*Finding) bool) Gate {
	var rules []string
	for i := range r.Findings {
		if f := &r.Findings[i]; bad(f) && f.Waiver == nil {
			rules = append(rules, f.Rule)
		}
	}
	found := "none"
	if len(rules) > 0 {
		found = fmt.Sprint(len(rules))
	}
	return p.gate(key, asked, found, len(rules) == 0, code, rules)
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
	for _, gate := range g.Gates {
		if code = Worst(code, gate.Code); !gate.Holds {
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
			held = fmt.Sprintf("%d of %d gates hold", n, n)
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
