package audit

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

var noProfiles = fstest.MapFS{"release.yaml": {Data: []byte("version: 1\nseverity: high\nrequire: {trust: {floor: 50, grade: C}}\ndeny: [contradicted]\n")}}

// policy reads a policy that must be without fault.
func policy(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := ReadPolicy("glassbox.yaml", []byte(text), noProfiles)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Every fault names the file and the line, all faults are told, and a name that
// resembles another one is met with it.
func TestPolicyFaults(t *testing.T) {
	for name, row := range map[string]struct{ text, want string }{
		"nothing":              {"", "glassbox.yaml:1: "},
		"a list":               {"[]", "glassbox.yaml:1: "},
		"no version":           {"deny: [contradicted]", "glassbox.yaml:1: policy: missing properties: 'version'"},
		"another version":      {"version: 2", "glassbox.yaml:1: /version"},
		"a key given twice":    {"version: 1\nversion: 1", `glassbox.yaml:2: key "version" is given twice`},
		"an alias":             {"version: 1\ndeny: &d [unknown]\nrules: *d", "glassbox.yaml:3: aliases"},
		"an unknown key":       {"version: 1\nwavers: []", `glassbox.yaml:2: policy: unknown keyword "wavers", did you mean "waivers"?`},
		"a key one down":       {"version: 1\nrequire:\n  opennes: {floor: 1}", `glassbox.yaml:3: /require: unknown keyword "opennes", did you mean "openness"?`},
		"a key in a waiver":    {"version: 1\nwaivers:\n  - rule: a\n    reason: b\n    owner: c\n    expire: 2027-01-01", `glassbox.yaml:6: /waivers/0: unknown keyword "expire", did you mean "expires"?`},
		"a floor over 100":     {"version: 1\nrequire:\n  trust: {floor: 101}", "glassbox.yaml:3: /require/trust/floor: must be <= 100"},
		"a floor in words":     {"version: 1\nrequire:\n  trust: {floor: high}", "glassbox.yaml:3: /require/trust/floor: expected integer"},
		"a denied met":         {"version: 1\ndeny: [met]", "glassbox.yaml:2: /deny/0: value must be one of"},
		"a severity misspelt":  {"version: 1\nseverity: critcal", `did you mean "critical"?`},
		"a profile misspelt":   {"version: 1\nprofile: relase", `did you mean "release"?`},
		"a reason of spaces":   {"version: 1\nwaivers:\n  - {rule: a, reason: ' ', owner: c, expires: 2027-01-01}", "glassbox.yaml:3: /waivers/0/reason"},
		"a day without zeroes": {"version: 1\nwaivers:\n  - {rule: a, reason: b, owner: c, expires: 2027-1-1}", "glassbox.yaml:3: /waivers/0/expires"},
		"a day that is none":   {"version: 1\nwaivers:\n  - {rule: a, reason: b, owner: c, expires: 2027-02-29}", `glassbox.yaml:3: expires "2027-02-29": there is no such day`},
		"an open bracket":      {"version: 1\nwaivers:\n  - {rule: a, subject: 'x[', reason: b, owner: c, expires: 2027-02-01}", `glassbox.yaml:3: subject "x[" is no pattern`},
		"two identities":       {"version: 1\ntrust:\n  - {identity: a, issuer: b}\n  - {identity: c, issuer: b}", "glassbox.yaml:4: a second identity"},
	} {
		_, err := ReadPolicy("glassbox.yaml", []byte(row.text), noProfiles)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %s", name, err, row.want)
		}
	}
	_, err := ReadPolicy("p", []byte("version: 1\nx: 1\nrequire: {y: 2, z: {floor: 3}}\nseverity: no\n"), noProfiles)
	if n := strings.Count(err.Error(), "p:"); n != 4 {
		t.Errorf("%d faults are told, want 4: %v", n, err)
	}
}

// A file goes over its profile member by member, and every value knows its origin.
func TestPolicyOverProfile(t *testing.T) {
	p := policy(t, "version: 1\nprofile: release\nrequire:\n  trust: {floor: 60}\ndeny: []\n")
	for pointer, want := range map[string]any{"/require/trust/floor": int64(60), "/require/trust/grade": "C", "/severity": "high"} {
		if got, _ := lookup(p.Value, pointer); got != want {
			t.Errorf("%s is %v, want %v", pointer, got, want)
		}
	}
	if got, _ := lookup(p.Value, "/deny"); len(list(got)) != 0 || len(p.words) != 0 {
		t.Errorf("a list of nothing keeps the profile's %v", got)
	}
	for pointer, want := range map[string]string{"/require/trust/floor": "glassbox.yaml:4", "/require/trust/grade": "profile release", "/severity": "profile release"} {
		if got := p.Origin(pointer); got != want {
			t.Errorf("%s comes from %s, want %s", pointer, got, want)
		}
	}
}

// What a policy says nothing of gates nothing.
func TestEmptyPolicyGatesNothing(t *testing.T) {
	p := policy(t, "version: 1\n")
	if err := p.Resolve(nil, nil, "2026-11-22"); err != nil {
		t.Fatal(err)
	}
	r := &Report{AsOf: "2026-11-22", Verdict: Verdict{"pass", ExitPass, "all; " + ungated}, Findings: []Finding{
		{Rule: "a", Outcome: Fail, Word: WordContradicted, Severity: "critical"}, {Rule: "b", Outcome: Unknown, Word: WordUnknown},
	}}
	p.Gate(r)
	if r.Verdict != (Verdict{"pass", ExitPass, "all; the policy asks for nothing"}) || len(r.Policy.Gates) != 0 {
		t.Errorf("%+v, %+v", r.Verdict, r.Policy.Gates)
	}
}

// gated runs a policy on findings.
func gated(t *testing.T, text, asOf string, before Verdict, findings ...Finding) *Report {
	t.Helper()
	p := policy(t, text)
	var rules []*Rule
	for _, id := range []string{"a", "b", "c"} {
		rules = append(rules, &Rule{ID: id})
	}
	fw := &Framework{ID: "glassbox", Axes: []Axis{{Name: "trust"}}, Grades: []Grade{{"A", 80}, {"B", 40}, {"F", 0}}}
	if err := p.Resolve(rules, []*Framework{fw}, asOf); err != nil {
		t.Fatal(err)
	}
	floor, ceiling := 50, 90
	r := &Report{AsOf: asOf, Subject: Subject{Name: "acme/x", Kind: "release"}, Verdict: before, Findings: findings,
		Scores: []Score{{Framework: "glassbox", Axis: "trust", Floor: &floor, Ceiling: &ceiling, Grade: "B", Coverage: 70, Weight: 10}}}
	p.Gate(r)
	return r
}

var passed = Verdict{"pass", ExitPass, ungated}

// Each gate at its border, and the exit code it gives.
func TestGates(t *testing.T) {
	met := Finding{Rule: "a", Outcome: Pass, Level: Present, Asked: Present, Word: WordMet, Severity: "high"}
	claimed := Finding{Rule: "a", Outcome: Pass, Level: Claimed, Asked: Present, Word: WordClaimed, Severity: "high"}
	unknown := Finding{Rule: "a", Outcome: Unknown, Asked: Present, Word: WordUnknown, Severity: "high"}
	aside := Finding{Rule: "a", Outcome: NotApplicable, Asked: Present, Word: WordNotApplicable, Severity: "high"}
	bad := Finding{Rule: "a", Outcome: Fail, Asked: Present, Word: WordNotMet, Severity: "medium"}
	liar := Finding{Rule: "b", Outcome: Fail, Asked: Present, Word: WordContradicted, Severity: "low"}
	for name, row := range map[string]struct {
		text     string
		findings []Finding
		code     int
		outcome  string
	}{
		"floor reached":          {"require: {trust: {floor: 50}}", nil, 0, "pass"},
		"floor missed":           {"require: {trust: {floor: 51}}", nil, 1, "fail"},
		"grade reached":          {"require: {trust: {grade: B}}", nil, 0, "pass"},
		"grade missed":           {"require: {trust: {grade: A}}", nil, 1, "fail"},
		"unknown within":         {"require: {max_unknown: 30}", nil, 0, "pass"},
		"unknown beyond":         {"require: {max_unknown: 29}", nil, 1, "fail"},
		"rule met":               {"require: {rules: [a]}", []Finding{met}, 0, "pass"},
		"rule claimed":           {"require: {rules: [a]}", []Finding{claimed}, 1, "fail"},
		"rule unknown":           {"require: {rules: [a]}", []Finding{unknown}, 1, "fail"},
		"rule not applicable":    {"require: {rules: [a]}", []Finding{aside}, 0, "pass"},
		"another rule":           {"require: {rules: [a]}", []Finding{liar, met}, 0, "pass"},
		"severity below":         {"severity: high", []Finding{bad, unknown}, 0, "pass"},
		"severity reached":       {"severity: medium", []Finding{bad}, 1, "fail"},
		"contradiction denied":   {"deny: [contradicted]", []Finding{liar}, 4, "untrusted"},
		"contradiction at leave": {"deny: [not met]", []Finding{liar}, 0, "pass"},
		"word denied":            {"deny: [not met]", []Finding{bad}, 1, "fail"},
		"the worse of two":       {"deny: [not met, contradicted]", []Finding{bad, liar}, 4, "untrusted"},
	} {
		r := gated(t, "version: 1\n"+row.text, "2026-11-22", passed, row.findings...)
		if r.Verdict.Code != row.code || r.Verdict.Outcome != row.outcome {
			t.Errorf("%s: %+v, want %d %s", name, r.Verdict, row.code, row.outcome)
		}
		if holds := !strings.Contains(r.Verdict.Reason, "the gate failed"); holds != (row.code == 0) || strings.Contains(r.Verdict.Reason, ungated) {
			t.Errorf("%s: the sentence %q does not go with exit code %d", name, r.Verdict.Reason, row.code)
		}
	}
}

// The worse of the audit's own verdict and the policy's counts, and both
// sentences stay; of nothing nothing is asked.
func TestGateKeepsTheAuditsVerdict(t *testing.T) {
	liar := Finding{Rule: "b", Outcome: Fail, Word: WordContradicted}
	for _, row := range []struct {
		before Verdict
		text   string
		code   int
		says   string
	}{
		{Verdict{"incomplete", ExitIncomplete, "cut off"}, "require: {trust: {floor: 99}}", 3, "cut off; the gate failed"},
		{Verdict{"incomplete", ExitIncomplete, "cut off"}, "deny: [contradicted]", 4, "cut off"},
		{Verdict{"incomplete", ExitIncomplete, "cut off"}, "require: {trust: {floor: 1}}", 3, "cut off"},
		{Verdict{"untrusted", ExitUntrusted, "forged"}, "require: {trust: {floor: 99}}", 4, "forged; the gate failed"},
		{Verdict{"empty", ExitEmpty, "nothing here"}, "require: {trust: {floor: 99}}", 5, "nothing here"},
	} {
		r := gated(t, "version: 1\n"+row.text, "2026-11-22", row.before, liar)
		if r.Verdict.Code != row.code || !strings.Contains(r.Verdict.Reason, row.says) {
			t.Errorf("%v under %s: %+v", row.before, row.text, r.Verdict)
		}
	}
}

// A waiver lets its finding stand in every gate but those of scores, until its
// last day; what it says stays beside the finding.
func TestWaivers(t *testing.T) {
	const text = "version: 1\nrequire: {rules: [a]}\nseverity: low\ndeny: [contradicted]\nwaivers:\n  - {rule: a, subject: %, reason: r, owner: o, expires: 2026-12-31}\n"
	bad := Finding{Rule: "a", Outcome: Fail, Asked: Present, Word: WordContradicted, Severity: "high"}
	met := Finding{Rule: "a", Outcome: Pass, Level: Present, Asked: Present, Word: WordMet, Severity: "high"}
	for _, row := range []struct {
		subject, asOf string
		finding       Finding
		state         string
		code          int
	}{
		{"acme/*", "2026-11-22", bad, WaiverActive, 0},
		{"acme/x", "2026-12-01", bad, WaiverExpiring, 0},
		{"'*/*'", "2026-12-31", bad, WaiverExpiring, 0},
		{"acme/*", "2027-01-01", bad, WaiverExpired, 4},
		{"'*'", "2026-11-22", bad, WaiverUnused, 4},
		{"other/*", "2026-11-22", bad, WaiverUnused, 4},
		{"acme/*", "2026-11-22", met, WaiverUnused, 0},
	} {
		r := gated(t, strings.Replace(text, "%", row.subject, 1), row.asOf, passed, row.finding)
		w := r.Policy.Waivers[0]
		if w.State != row.state || r.Verdict.Code != row.code || w.Line != 6 {
			t.Errorf("%s on %s: %s at line %d, %+v; want %s, %d", row.subject, row.asOf, w.State, w.Line, r.Verdict, row.state, row.code)
		}
		if on := r.Findings[0].Waiver != nil; on != (row.state == WaiverActive || row.state == WaiverExpiring) {
			t.Errorf("%s on %s: the finding has waiver %v", row.subject, row.asOf, r.Findings[0].Waiver)
		}
		if last := r.Findings[len(r.Findings)-1]; (last.Rule == ExpiredRule) != (row.state == WaiverExpired) {
			t.Errorf("%s on %s: %s is the last finding", row.subject, row.asOf, last.Rule)
		}
	}
}

// A waiver may not hold longer than the horizon, and must be of a rule there is.
func TestWaiverBounds(t *testing.T) {
	p := policy(t, "version: 1\nwaiver_horizon_days: 10\nwaivers:\n  - {rule: a, reason: r, owner: o, expires: 2026-12-02}\n  - {rule: aa, reason: r, owner: o, expires: 2026-12-03}\n")
	err := p.Resolve([]*Rule{{ID: "a"}}, nil, "2026-11-22")
	for _, want := range []string{"glassbox.yaml:5: no rule \"aa\", did you mean \"a\"?", "glassbox.yaml:5: the waiver of aa expires 2026-12-03, more than 10 days ahead: on 2026-11-22 the last day is 2026-12-02"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "waiver of a ") {
		t.Errorf("the last day of the horizon is refused: %v", err)
	}
	var fault *RuleError
	if !errors.As(err, &fault) {
		t.Errorf("%T has no line", err)
	}
}

func FuzzReadPolicy(f *testing.F) {
	f.Add("version: 1\nprofile: release\nrequire: {trust: {floor: 1}, rules: [a]}\nwaivers: [{rule: a, reason: b, owner: c, expires: 2027-01-01}]\ntrust: [{key: k}]\n")
	f.Add("version: 1\nrequire: []\ndeny: {}\n")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ReadPolicy("p", []byte(text), noProfiles)
		if err != nil {
			return
		}
		if p.Value["version"] != int64(1) {
			t.Errorf("%q is a policy of version %v", text, p.Value["version"])
		}
		_ = p.Resolve(nil, nil, "2026-11-22")
		p.Gate(&Report{AsOf: "2026-11-22"})
	})
}
