package audit

import (
	"slices"
	"strings"
	"testing"
)

// ratchet holds a report against a baseline and a policy.
func ratchet(t *testing.T, text string, was, is *Report) *Report {
	t.Helper()
	terms := Terms{Baseline: &Baseline{File: "old.json", Digest: "sha256:00", Reports: []*Report{was}, Alone: true}}
	if text != "" {
		terms.Policy = policy(t, text)
		fw := &Framework{ID: "glassbox", Axes: []Axis{{Name: "trust"}}, Grades: []Grade{{"A", 80}, {"B", 40}, {"F", 0}}}
		if err := terms.Policy.Resolve([]*Rule{{ID: "a"}, {ID: "b"}, {ID: "c"}}, []*Framework{fw}, "2026-11-22"); err != nil {
			t.Fatal(err)
		}
	}
	is.Verdict = passed
	terms.Gate(nil, is)
	return is
}

func reportOf(floor int, findings ...Finding) *Report {
	return &Report{AsOf: "2026-11-22", Subject: Subject{Name: "acme/x", Kind: "release"}, Findings: findings, Scores: []Score{onTrust(floor, 90)}}
}

// Only what is worse gates: a new fail, or a lower floor.
func TestBaselineGatesWhatIsWorse(t *testing.T) {
	bad, good := at("a", WordNotMet, "/x"), says("a", Pass, WordMet, Present)
	grave := at("b", WordContradicted, "/y")
	for name, c := range map[string]struct {
		policy  string
		was, is *Report
		code    int
		rules   []string // of the gates that fail
	}{
		"as it was":                       {"", reportOf(50, bad), reportOf(50, bad), 0, nil},
		"better":                          {"", reportOf(50, bad), reportOf(60, good), 0, nil},
		"a new fail":                      {"", reportOf(50, good), reportOf(50, bad), 1, []string{"a"}},
		"a lower floor":                   {"", reportOf(50, bad), reportOf(49, bad), 1, nil},
		"a floor that was not":            {"", &Report{AsOf: "2026-11-22"}, reportOf(0), 0, nil},
		"policy: a floor never reached":   {"version: 1\nrequire: {trust: {floor: 80}}", reportOf(50), reportOf(60), 0, nil},
		"policy: a floor lost":            {"version: 1\nrequire: {trust: {floor: 80}}", reportOf(90), reportOf(60), 1, nil},
		"policy: a contradiction it had":  {"version: 1\ndeny: [contradicted]", reportOf(50, grave), reportOf(50, grave), 0, nil},
		"policy: a new contradiction":     {"version: 1\ndeny: [contradicted]", reportOf(50, bad), reportOf(50, bad, grave), 4, []string{"b"}},
		"policy: one of two is new":       {"version: 1\nrequire: {rules: [a, b]}", reportOf(50, bad), reportOf(50, bad, grave), 1, []string{"b"}},
		"policy: new, not severe enough":  {"version: 1\nseverity: high", reportOf(50), reportOf(50, bad), 0, nil},
		"policy: new, severe":             {"version: 1\nseverity: medium", reportOf(50), reportOf(50, bad), 1, []string{"a"}},
		"policy: asks more than was told": {"version: 1\nrequire: {max_unknown: 0}", reportOf(50), reportOf(50), 0, nil},
	} {
		r := ratchet(t, c.policy, c.was, c.is)
		var rules []string
		for _, g := range r.Policy.Gates {
			if !g.Holds && !g.Known {
				rules = append(rules, g.Rules...)
			}
			if g.Known && (g.Holds || g.Code != ExitPass) {
				t.Errorf("%s: %+v", name, g)
			}
		}
		if slices.Sort(rules); r.Verdict.Code != c.code || !slices.Equal(slices.Compact(rules), c.rules) {
			t.Errorf("%s: exit code %d by %v, want %d by %v: %s", name, r.Verdict.Code, rules, c.code, c.rules, r.Verdict.Reason)
		}
	}
}

// What a waiver let stand in the baseline was not accepted: it is back when the
// waiver is gone. What is waived now does not gate.
func TestBaselineAndWaivers(t *testing.T) {
	bad := at("a", WordNotMet, "/x")
	waived := bad
	waived.Waiver = &Waiver{Rule: "a", State: WaiverActive}
	if r := ratchet(t, "", reportOf(50, waived), reportOf(50, bad)); r.Verdict.Code != ExitFail {
		t.Error(r.Verdict)
	}
	const text = "version: 1\nwaivers: [{rule: a, reason: b, owner: c, expires: 2027-01-01}]\nrequire: {rules: [a]}"
	if r := ratchet(t, text, reportOf(50), reportOf(50, bad)); r.Verdict.Code != ExitPass || !strings.Contains(r.Verdict.Reason, "1 waived") {
		t.Error(r.Verdict)
	}
	late := strings.Replace(text, "2027", "2026", 1)
	if r := ratchet(t, late, reportOf(50, waived), reportOf(50, bad)); r.Verdict.Code != ExitFail {
		t.Error(r.Verdict)
	}
}

// A subject that the baseline does not know is all new; of several, a report of
// another name is not its own.
func TestBaselineOfAnotherSubject(t *testing.T) {
	was := reportOf(50, at("a", WordNotMet, "/x"))
	was.Subject.Name = "acme/y"
	b := &Baseline{Reports: []*Report{was}}
	if b.of("acme/x") != nil {
		t.Error("a report of another subject is taken for its own")
	}
	if b.Alone = true; b.of("acme/x") != was {
		t.Error("the only report is not taken for that of the only subject")
	}
	b.Alone = false
	r := reportOf(50, at("a", WordNotMet, "/x"))
	r.Verdict = passed
	Terms{Baseline: b}.Gate(nil, r)
	if r.Verdict.Code != ExitFail || r.Policy.Baseline.Name != "" {
		t.Errorf("%+v", r.Verdict)
	}
	if b.Incomparable("sha256:other") == "" {
		t.Error("a baseline of other rules is compared")
	}
}

// What cannot be audited, or is not trusted, stays so whatever it was before.
func TestBaselineExcusesNoBrokenAudit(t *testing.T) {
	for _, code := range []int{ExitIncomplete, ExitUntrusted, ExitEmpty} {
		r := reportOf(50)
		r.Verdict = Verdict{"x", code, "why"}
		Terms{Baseline: &Baseline{Reports: []*Report{reportOf(50)}, Alone: true}}.Gate(nil, r)
		if r.Verdict.Code != code {
			t.Errorf("%d became %+v", code, r.Verdict)
		}
	}
}
