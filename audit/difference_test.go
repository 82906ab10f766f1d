package audit

import (
	"slices"
	"testing"
)

// at is a finding that fails at places.
func at(rule, word string, pointers ...string) Finding {
	f := Finding{Rule: rule, Outcome: Fail, Word: word, Severity: "medium"}
	for _, p := range pointers {
		f.Places = append(f.Places, Place{Pointer: p, Path: "f"})
	}
	return f
}

func says(rule string, o Outcome, word string, level Level) Finding {
	return Finding{Rule: rule, Outcome: o, Word: word, Level: level, Severity: "low"}
}

// What is new, fixed, changed and unchanged; unknown is never a fix.
func TestChangeStates(t *testing.T) {
	met, unknown := says("a", Pass, WordMet, Present), says("a", Unknown, WordUnknown, Unsourced)
	claimed := Finding{Rule: "a", Outcome: Pass, Word: WordClaimed, Level: Claimed, Asked: Present}
	notShown, contradicted := at("a", WordNotShown, "/card"), at("a", WordContradicted, "/relations/x")
	one, two := at("a", WordNotMet, "/files/3/x"), at("a", WordNotMet, "/files/0/x", "/files/9/x")
	moved := at("a", WordNotMet, "/files/7/x")
	other := at("a", WordNotMet, "/files/7/x")
	other.Places[0].Path = "g"
	many := at("a", WordNotMet, "/files/0/x")
	many.More = 5
	more := many
	more.More = 6
	for name, c := range map[string]struct {
		was, is Finding
		want    string
		added   int
	}{
		"met to fail":                 {met, notShown, ChangeNew, 0},
		"unknown to fail":             {unknown, notShown, ChangeNew, 0},
		"not shown to contradicted":   {notShown, contradicted, ChangeNew, 0},
		"one place to two":            {one, two, ChangeNew, 1},
		"another file":                {one, other, ChangeNew, 1},
		"more than are listed":        {many, more, ChangeNew, 1},
		"fail to met":                 {contradicted, met, ChangeFixed, 0},
		"fail to not applicable":      {contradicted, says("a", NotApplicable, WordNotApplicable, Unsourced), ChangeFixed, 0},
		"fail to unknown":             {contradicted, unknown, ChangeOther, 0},
		"fail to claimed":             {contradicted, claimed, ChangeOther, 0},
		"contradicted to not shown":   {contradicted, notShown, ChangeOther, 0},
		"met to unknown":              {met, unknown, ChangeOther, 0},
		"two places to one":           {two, one, ChangeUnchanged, 0},
		"the same at another index":   {one, moved, ChangeUnchanged, 0},
		"as many that are not listed": {many, many, ChangeUnchanged, 0},
		"met":                         {met, met, ChangeUnchanged, 0},
	} {
		if got := change(&c.was, &c.is); got.State != c.want || got.Added != c.added {
			t.Errorf("%s: %s with %d added, want %s with %d", name, got.State, got.Added, c.want, c.added)
		}
	}
	if got := change(nil, &notShown); got.State != ChangeNew || got.Old != "" {
		t.Errorf("a rule that was not asked: %+v", got)
	}
	if got := change(nil, &met); got.State != ChangeOther {
		t.Errorf("a rule that was not asked and is met: %+v", got)
	}
}

// onTrust makes a score of one axis from a trace.
func onTrust(floor, ceiling int, trace ...Contribution) Score {
	return Score{Framework: "glassbox", Axis: "trust", Floor: &floor, Ceiling: &ceiling, Trace: trace}
}

// Each rule that moved an axis is named with what it did, objections and caps
// included; those that did not are left out.
func TestMovement(t *testing.T) {
	was := onTrust(40, 90, Contribution{"a", 10, Pass, WordMet}, Contribution{"b", 20, Unknown, WordUnknown}, Contribution{"c", 5, Fail, WordNotMet}, Contribution{"d", 7, Pass, WordMet})
	was.Caps, was.Against = []Cap{{Name: "old"}, {Name: "both"}}, []Contribution{{"o", 3, Fail, WordContradicted}}
	is := onTrust(30, 80, Contribution{"a", 10, Fail, WordNotShown}, Contribution{"b", 20, Pass, WordMet}, Contribution{"c", 5, Pass, WordClaimed}, Contribution{"d", 7, Pass, WordMet})
	is.Caps, is.Against = []Cap{{Name: "both"}, {Name: "new"}}, []Contribution{{"p", 4, Fail, WordContradicted}}
	m := movement(was, is)
	want := []Mover{
		{"a", 10, WordMet, WordNotShown, -10, -10}, {"b", 20, WordUnknown, WordMet, 20, 0}, {"c", 5, WordNotMet, WordClaimed, 0, 5},
		{"p", 4, "no objection", WordContradicted, 0, -4}, {"o", 3, WordContradicted, "no objection", 0, 3},
	}
	if !slices.Equal(m.Rules, want) || !slices.Equal(m.Bound, []string{"new"}) || !slices.Equal(m.Lifted, []string{"old"}) {
		t.Errorf("%+v", m)
	}
}

// Reports under other rules, or of another kind, are not compared at all.
func TestDiffIncomparable(t *testing.T) {
	one := &Report{Tool: Tool{RulesDigest: "sha256:aaaaaaaa"}, Subject: Subject{Kind: "release"}, Findings: []Finding{at("a", WordNotMet, "/x")}}
	rules, kind := *one, *one
	rules.Tool.RulesDigest, kind.Subject.Kind = "sha256:bbbbbbbb", "api"
	for _, other := range []*Report{&rules, &kind} {
		if d := Diff(one, other); d.Comparable || d.Reason == "" || len(d.Findings) != 0 {
			t.Errorf("%+v", d)
		}
	}
	if d := Diff(one, one); !d.Comparable || d.Findings[0].State != ChangeUnchanged {
		t.Errorf("%+v", d)
	}
}

// A finding that only the older report has, as that of expired waivers, is told.
func TestDiffTellsWhatIsGone(t *testing.T) {
	older := &Report{Findings: []Finding{at(ExpiredRule, WordNotMet, "/waivers/0")}}
	d := Diff(older, &Report{})
	if len(d.Findings) != 1 || d.Findings[0].State != ChangeFixed || d.Findings[0].New != "" {
		t.Errorf("%+v", d.Findings)
	}
}
