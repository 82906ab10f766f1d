package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"glassbox/audit"
	"glassbox/rules"
)

// The states a finding can be in, as far as a score is concerned.
var states = map[string]audit.Finding{
	"met":     {Outcome: audit.Pass, Level: audit.Present, Asked: audit.Present, Word: audit.WordMet},
	"claimed": {Outcome: audit.Pass, Level: audit.Claimed, Asked: audit.Present, Word: audit.WordClaimed},
	"unknown": {Outcome: audit.Unknown, Asked: audit.Present, Word: audit.WordUnknown},
	"fail":    {Outcome: audit.Fail, Asked: audit.Present, Word: audit.WordNotMet},
	"n/a":     {Outcome: audit.NotApplicable, Asked: audit.Present, Word: audit.WordNotApplicable},
}

// finding returns a finding of a rule in a state.
func finding(rule, state string) audit.Finding {
	f, ok := states[state]
	if !ok {
		panic(state)
	}
	f.Rule, f.Effort, f.Fix = rule, "hours", "Mend "+rule+"."
	return f
}

var grades = []audit.Grade{{Letter: "A", Floor: 80}, {Letter: "B", Floor: 50}, {Letter: "C", Floor: 0}}

func axis(a audit.Axis) *audit.Framework {
	a.Name = "axis"
	a.Meaning = map[string]string{"A": "best", "B": "fair", "C": "poor"}
	return &audit.Framework{ID: "fw", Axes: []audit.Axis{a}, Grades: grades}
}

// criteria names rules a, b, c … with the weights given.
func criteria(weights ...int) []audit.Criterion {
	out := make([]audit.Criterion, len(weights))
	for i, w := range weights {
		out[i] = audit.Criterion{Rule: string(rune('a' + i)), Weight: w}
	}
	return out
}

// found gives rules a, b, c … the states given.
func found(states ...string) []audit.Finding {
	out := make([]audit.Finding, len(states))
	for i, s := range states {
		out[i] = finding(string(rune('a'+i)), s)
	}
	return out
}

func TestScore(t *testing.T) {
	cap30 := []audit.CapRule{{Name: "no a", Unless: "a", At: 30}}
	two := []audit.CapRule{{Name: "no a", Unless: "a", At: 30}, {Name: "no b", Unless: "b", At: 60}}
	against := []audit.Criterion{{Rule: "c", Weight: 20}}
	for _, row := range []struct {
		what     string
		axis     audit.Axis
		findings []audit.Finding
		want     string // floor–ceiling grade, coverage, weight-removed, caps
	}{
		{"all met", audit.Axis{Criteria: criteria(1, 2)}, found("met", "met"), "100–100 A 100% 3-0 []"},
		{"nothing known", audit.Axis{Criteria: criteria(1, 2)}, found("unknown", "unknown"), "0–100 C 0% 3-0 []"},
		{"never judged", audit.Axis{Criteria: criteria(1, 2)}, nil, "0–100 C 0% 3-0 []"},
		{"all failed", audit.Axis{Criteria: criteria(1, 2)}, found("fail", "fail"), "0–0 C 100% 3-0 []"},
		{"a claim opens the ceiling only", audit.Axis{Criteria: criteria(1, 1)}, found("met", "claimed"), "50–100 B 50% 2-0 []"},
		{"thirds are rounded down at both ends", audit.Axis{Criteria: criteria(1, 1, 1)}, found("met", "unknown", "fail"), "33–66 C 66% 3-0 []"},
		{"almost all is not all", audit.Axis{Criteria: criteria(199, 1)}, found("met", "fail"), "99–99 A 100% 200-0 []"},
		{"almost nothing is nothing", audit.Axis{Criteria: criteria(1, 199)}, found("met", "fail"), "0–0 C 100% 200-0 []"},
		{"sevenths", audit.Axis{Criteria: criteria(2, 3, 2)}, found("met", "claimed", "fail"), "28–71 C 57% 7-0 []"},
		{"what does not apply is taken off the weight", audit.Axis{Criteria: criteria(1, 3)}, found("met", "n/a"), "100–100 A 100% 1-3 []"},
		{"what does not apply, beside an unknown", audit.Axis{Criteria: criteria(1, 3, 1)}, found("met", "n/a", "unknown"), "50–100 B 50% 2-3 []"},
		{"nothing applies", audit.Axis{Criteria: criteria(1, 3)}, found("n/a", "n/a"), "no number, 0-4"},

		{"a cap binds the floor until its rule is met", audit.Axis{Criteria: criteria(1, 1), Caps: cap30}, found("unknown", "met"), "30–100 C 50% 2-0 [no a 30 floor]"},
		{"a claim does not lift it", audit.Axis{Criteria: criteria(1, 1), Caps: cap30}, found("claimed", "met"), "30–100 C 50% 2-0 [no a 30 floor]"},
		{"nor does a rule nobody judged", audit.Axis{Criteria: criteria(0, 1), Caps: cap30}, found("met", "met")[1:], "30–100 C 100% 1-0 [no a 30 floor]"},
		{"its fail binds the ceiling too", audit.Axis{Criteria: criteria(1, 1), Caps: cap30}, found("fail", "met"), "30–30 C 100% 2-0 [no a 30 both]"},
		{"it binds nothing below it", audit.Axis{Criteria: criteria(9, 1), Caps: cap30}, found("fail", "met"), "10–10 C 100% 10-0 []"},
		{"it binds nothing that just reaches it", audit.Axis{Criteria: criteria(7, 3), Caps: cap30}, found("fail", "met"), "30–30 C 100% 10-0 []"},
		{"it binds the ceiling alone", audit.Axis{Criteria: criteria(5, 1, 4), Caps: cap30}, found("fail", "met", "unknown"), "10–30 C 60% 10-0 [no a 30 ceiling]"},
		{"met, it is lifted", audit.Axis{Criteria: criteria(1, 1), Caps: cap30}, found("met", "met"), "100–100 A 100% 2-0 []"},
		{"where its rule does not apply it does not bind", audit.Axis{Criteria: criteria(1, 1), Caps: cap30}, found("n/a", "met"), "100–100 A 100% 1-1 []"},
		{"the lower of two caps", audit.Axis{Criteria: criteria(1, 1, 8), Caps: two}, found("unknown", "fail", "met"), "30–60 C 90% 10-0 [no a 30 floor no b 60 both]"},

		{"an objection that fails comes off the ceiling", audit.Axis{Criteria: criteria(50, 50), Objections: against}, found("met", "unknown", "fail"), "50–80 B 50% 100-0 []"},
		{"one that holds does nothing", audit.Axis{Criteria: criteria(50, 50), Objections: against}, found("met", "unknown", "met"), "50–100 B 50% 100-0 []"},
		{"one that is unknown does nothing", audit.Axis{Criteria: criteria(50, 50), Objections: against}, found("met", "unknown", "unknown"), "50–100 B 50% 100-0 []"},
		{"never below the floor", audit.Axis{Criteria: criteria(90, 10), Objections: against}, found("met", "unknown", "fail"), "90–90 A 90% 100-0 []"},
		{"and never below nothing", audit.Axis{Criteria: criteria(5, 5), Objections: against}, found("unknown", "fail", "fail"), "0–0 C 50% 10-0 []"},
		{"a cap above what an objection leaves binds nothing", audit.Axis{Criteria: criteria(60, 10, 30), Objections: []audit.Criterion{{Rule: "d", Weight: 15}}, Caps: cap30}, found("fail", "met", "unknown", "fail"), "10–25 C 70% 100-0 []"},
	} {
		s := axis(row.axis).Score(row.findings)[0]
		var caps []string
		for _, c := range s.Caps {
			caps = append(caps, fmt.Sprint(c.Name, " ", c.At, " ", c.Binds))
		}
		got := fmt.Sprintf("no number, %d-%d", s.Weight, s.Removed)
		if s.Floor != nil {
			got = fmt.Sprintf("%d–%d %s %d%% %d-%d %v", *s.Floor, *s.Ceiling, s.Grade, s.Coverage, s.Weight, s.Removed, caps)
		}
		if got != row.want {
			t.Errorf("%s: %s\nwant %s", row.what, got, row.want)
		}
	}
}

func TestScoreTellsWhatItRestsOn(t *testing.T) {
	s := axis(audit.Axis{Criteria: criteria(2, 3), Objections: []audit.Criterion{{Rule: "c", Weight: 20}, {Rule: "d", Weight: 5}}}).
		Score(found("met", "fail", "fail", "met"))[0]
	if fmt.Sprint(s.Trace) != "[{a 2 pass met} {b 3 fail not met}]" || fmt.Sprint(s.Against) != "[{c 20 fail not met}]" || s.Framework != "fw" || s.Axis != "axis" || s.Words != "poor" {
		t.Errorf("%+v", s)
	}
	s = axis(audit.Axis{Criteria: criteria(2)}).Score(nil)[0]
	if fmt.Sprint(s.Trace) != "[{a 2 unknown unknown}]" {
		t.Errorf("never judged: %v", s.Trace)
	}
}

// trial is a framework of one axis with findings for all of its rules.
type trial struct {
	fw       *audit.Framework
	findings []audit.Finding
}

var anyState = []string{"met", "claimed", "unknown", "fail", "n/a"}

func randomTrial(g *rand.Rand) trial {
	var a audit.Axis
	n := 1 + g.IntN(8)
	rule := func() string { return string(rune('a' + g.IntN(n+3))) } // also such as are no criterion
	for i := range n {
		a.Criteria = append(a.Criteria, audit.Criterion{Rule: string(rune('a' + i)), Weight: 1 + g.IntN(20)})
	}
	for range g.IntN(4) {
		a.Objections = append(a.Objections, audit.Criterion{Rule: rule(), Weight: 1 + g.IntN(20)})
	}
	for i := range g.IntN(3) {
		a.Caps = append(a.Caps, audit.CapRule{Name: fmt.Sprint("cap ", i), Unless: rule(), At: g.IntN(100)})
	}
	tr := trial{fw: axis(a)}
	for i := range n + 3 {
		f := finding(string(rune('a'+i)), anyState[g.IntN(len(anyState))])
		f.Effort = audit.Efforts[g.IntN(len(audit.Efforts))]
		tr.findings = append(tr.findings, f)
	}
	return tr
}

// trials runs a property on random frameworks, and on the program's own.
func trials(t *testing.T, f func(t *testing.T, g *rand.Rand, tr trial)) {
	t.Helper()
	g := rand.New(rand.NewPCG(7, 7))
	for range 4000 {
		f(t, g, randomTrial(g))
	}
	all := ours(t)
	frameworks, err := strict().Frameworks(rules.FS, all)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		tr := trial{fw: frameworks[0]}
		bias := 1 + g.IntN(len(anyState))
		for _, r := range all {
			f := finding(r.ID, anyState[g.IntN(bias)])
			f.Effort = r.Effort
			tr.findings = append(tr.findings, f)
		}
		f(t, g, tr)
	}
}

func (tr trial) with(i int, state string) []audit.Finding {
	out := slices.Clone(tr.findings)
	f := finding(out[i].Rule, state)
	f.Effort = out[i].Effort
	out[i] = f
	return out
}

func ends(s audit.Score) (floor, ceiling int) {
	if s.Floor == nil {
		return -1, -1
	}
	return *s.Floor, *s.Ceiling
}

func TestFloorIsNeverAboveCeiling(t *testing.T) {
	trials(t, func(t *testing.T, _ *rand.Rand, tr trial) {
		for _, s := range tr.fw.Score(tr.findings) {
			floor, ceiling := ends(s)
			if s.Floor != nil && (floor < 0 || floor > ceiling || ceiling > 100 || s.Grade == "" || s.Words == "" || s.Coverage < 0 || s.Coverage > 100) {
				t.Fatalf("%+v", s)
			}
			total := 0
			for _, c := range s.Trace {
				total += c.Weight
			}
			if s.Weight+s.Removed != total || (s.Floor == nil) != (s.Weight == 0) {
				t.Fatalf("weight %d, removed %d of %d: %+v", s.Weight, s.Removed, total, s)
			}
		}
	})
}

// What is known less well, or turns out worse, never raises the floor; what is
// no longer known to be bad never lowers the ceiling.
func TestUnknownNeverHelps(t *testing.T) {
	order := map[string]int{"fail": 0, "unknown": 1, "claimed": 2, "met": 3}
	trials(t, func(t *testing.T, g *rand.Rand, tr trial) {
		i := g.IntN(len(tr.findings))
		for from, rank := range order {
			before := tr.fw.Score(tr.with(i, from))
			for to, below := range order {
				if below > rank {
					continue
				}
				for k, after := range tr.fw.Score(tr.with(i, to)) {
					f0, c0 := ends(before[k])
					f1, c1 := ends(after)
					if f1 > f0 || c1 > c0 {
						t.Fatalf("%s from %s to %s took %d–%d to %d–%d", tr.findings[i].Rule, from, to, f0, c0, f1, c1)
					}
					if to == "unknown" && from == "claimed" && c1 != c0 || from == "unknown" && to == "fail" && f1 != f0 {
						t.Fatalf("%s from %s to %s took %d–%d to %d–%d", tr.findings[i].Rule, from, to, f0, c0, f1, c1)
					}
				}
			}
		}
	})
}

func TestOrderOfFindingsNeverMatters(t *testing.T) {
	trials(t, func(t *testing.T, g *rand.Rand, tr trial) {
		want := fmt.Sprintf("%+v", plain(tr.fw.Score(tr.findings)))
		shuffled := slices.Clone(tr.findings)
		g.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got := fmt.Sprintf("%+v", plain(tr.fw.Score(shuffled))); got != want {
			t.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// plain takes the pointers out of scores, so that they print by value.
func plain(scores []audit.Score) []string {
	var out []string
	for _, s := range scores {
		floor, ceiling := ends(s)
		var moved audit.Sensitivity
		if s.Sensitivity != nil {
			moved = *s.Sensitivity
		}
		s.Floor, s.Ceiling, s.Sensitivity = nil, nil, nil
		out = append(out, fmt.Sprintf("%d–%d %+v %+v", floor, ceiling, moved, s))
	}
	return out
}

// What is only an objection can be hidden by who publishes; its fail leaves the
// floor alone.
func TestObjectionsLeaveTheFloorAlone(t *testing.T) {
	tried := 0
	trials(t, func(t *testing.T, _ *rand.Rand, tr trial) {
		for k := range tr.fw.Axes {
			a := &tr.fw.Axes[k]
			for i, f := range tr.findings {
				isRule := func(c audit.Criterion) bool { return c.Rule == f.Rule }
				if !slices.ContainsFunc(a.Objections, isRule) || slices.ContainsFunc(a.Criteria, isRule) ||
					slices.ContainsFunc(a.Caps, func(c audit.CapRule) bool { return c.Unless == f.Rule }) {
					continue
				}
				tried++
				without, _ := ends(tr.fw.Score(tr.with(i, "met"))[k])
				with, _ := ends(tr.fw.Score(tr.with(i, "fail"))[k])
				if with != without {
					t.Fatalf("the fail of %s took the floor from %d to %d", f.Rule, without, with)
				}
			}
		}
	})
	if tried < 500 {
		t.Errorf("only %d objections tried", tried)
	}
}

// The steps reach the next grade when they are done, none can be left out, the
// cheap come before the dear, and the gains add up.
func TestNextSteps(t *testing.T) {
	reached := 0
	trials(t, func(t *testing.T, _ *rand.Rand, tr trial) {
		for k, s := range tr.fw.Score(tr.findings) {
			if s.Floor == nil || s.Grade == tr.fw.Grades[0].Letter {
				if s.NextGrade != "" || len(s.Next) > 0 {
					t.Fatalf("steps to nowhere: %+v", s)
				}
				continue
			}
			at := slices.IndexFunc(tr.fw.Grades, func(g audit.Grade) bool { return g.Letter == s.Grade })
			goal := tr.fw.Grades[at-1]
			if s.NextGrade != goal.Letter || len(s.Next) == 0 {
				t.Fatalf("grade %s, next %s by %v", s.Grade, s.NextGrade, s.Next)
			}
			floor := *s.Floor
			for i, step := range s.Next {
				floor += step.Gain
				if step.Gain < 0 || step.Fix == "" || i > 0 && slices.Index(audit.Efforts[:], step.Effort) < slices.Index(audit.Efforts[:], s.Next[i-1].Effort) {
					t.Fatalf("steps %+v", s.Next)
				}
			}
			if got, _ := ends(tr.fw.Score(tr.done(s.Next, -1))[k]); got != floor || got < goal.Floor {
				t.Fatalf("the steps lead to %d, said %d, asked %d: %+v", got, floor, goal.Floor, s.Next)
			}
			for i := range s.Next {
				if got, _ := ends(tr.fw.Score(tr.done(s.Next, i))[k]); got >= goal.Floor {
					t.Fatalf("step %s is not needed: %+v", s.Next[i].Rule, s.Next)
				}
			}
			reached++
		}
	})
	if reached < 2000 {
		t.Errorf("only %d scores had a next grade", reached)
	}
}

// done marks the rules of the steps as met, all but one.
func (tr trial) done(steps []audit.Step, except int) []audit.Finding {
	out := slices.Clone(tr.findings)
	for n, step := range steps {
		for i := range out {
			if out[i].Rule == step.Rule && n != except {
				out[i] = finding(step.Rule, "met")
			}
		}
	}
	return out
}

func TestNextStepsAreTheCheapest(t *testing.T) {
	fw := axis(audit.Axis{Criteria: criteria(40, 20, 20, 20)})
	findings := found("fail", "fail", "unknown", "claimed")
	for i, effort := range []string{"weeks", "minutes", "hours", "minutes"} {
		findings[i].Effort = effort
	}
	s := fw.Score(findings)[0]
	if got := fmt.Sprintf("%s %+v", s.NextGrade, s.Next); got != "B [{Rule:b Gain:20 Effort:minutes Fix:Mend b.} {Rule:d Gain:20 Effort:minutes Fix:Mend d.} {Rule:c Gain:20 Effort:hours Fix:Mend c.}]" {
		t.Error(got)
	}
	// a heavy step alone makes the light ones before it superfluous
	fw = axis(audit.Axis{Criteria: criteria(10, 60, 30)})
	findings = found("fail", "fail", "fail")
	findings[0].Effort = "minutes"
	s = fw.Score(findings)[0]
	if len(s.Next) != 1 || s.Next[0].Rule != "b" || s.Next[0].Gain != 60 {
		t.Errorf("%+v", s.Next)
	}
	// a cap is lifted by its rule, though it weighs nothing
	fw = axis(audit.Axis{Criteria: criteria(90, 10), Caps: []audit.CapRule{{Name: "unsigned", Unless: "c", At: 60}}})
	s = fw.Score(found("met", "met", "unknown"))[0]
	if *s.Floor != 60 || len(s.Next) != 1 || s.Next[0].Rule != "c" || s.Next[0].Gain != 40 {
		t.Errorf("%d, %+v", *s.Floor, s.Next)
	}
}

func BenchmarkScore(b *testing.B) {
	all := ours(b)
	frameworks, err := strict().Frameworks(rules.FS, all)
	if err != nil {
		b.Fatal(err)
	}
	findings := audit.Judge(rich(b), all)
	b.Run(fmt.Sprintf("findings=%d", len(findings)), func(b *testing.B) {
		for b.Loop() {
			frameworks[0].Score(findings)
		}
	})
}

// A rule that compares two facts comes after all that can be done before the
// facts are there.
func TestNextStepsDoNotStartWithAComparison(t *testing.T) {
	fw := axis(audit.Axis{Criteria: criteria(40, 30, 30)})
	findings := found("unknown", "fail", "fail")
	findings[0].Effort = "minutes"
	findings[0].Places = []audit.Place{{Pointer: "/relations/license_text"}}
	findings[1].Effort, findings[2].Effort = "hours", "weeks"
	s := fw.Score(findings)[0]
	for _, step := range s.Next {
		if step.Rule == "a" && len(s.Next) < 3 {
			t.Errorf("the comparison is advised before what it compares: %+v", s.Next)
		}
	}
	if len(s.Next) == 0 || s.Next[0].Rule == "a" {
		t.Errorf("%+v", s.Next)
	}
}
