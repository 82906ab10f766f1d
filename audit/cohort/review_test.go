package cohort_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// yardstick weighs four rules.
var yardstick = &audit.Framework{ID: cohort.Framework, Aggregate: audit.Weighted,
	Grades: []audit.Grade{{Letter: "A", Floor: 50}, {Letter: "F"}},
	Axes: []audit.Axis{{Name: "openness",
		Criteria:   []audit.Criterion{{Rule: "r0", Weight: 10}, {Rule: "r1", Weight: 20}, {Rule: "r2", Weight: 30}, {Rule: "r3", Weight: 40}},
		Objections: []audit.Criterion{{Rule: "r3", Weight: 5}},
		Caps:       []audit.CapRule{{Name: "capped", Unless: "r0", At: 40}},
		Meaning:    map[string]string{"A": "good", "F": "bad"}}}}

var answers = []audit.Finding{
	{Outcome: audit.Pass, Level: audit.Present, Asked: audit.Present, Word: audit.WordMet},
	{Outcome: audit.Pass, Level: audit.Claimed, Asked: audit.Present, Word: audit.WordClaimed},
	{Outcome: audit.Fail, Asked: audit.Present, Word: audit.WordNotMet},
	{Outcome: audit.Fail, Asked: audit.Present, Word: audit.WordNotShown},
	{Outcome: audit.Unknown, Asked: audit.Present, Word: audit.WordUnknown},
	{Outcome: audit.NotApplicable, Asked: audit.Present, Word: audit.WordNotApplicable},
}

// audited is a report of random answers.
func audited(g *rand.Rand, name string) *audit.Report {
	r := &audit.Report{Subject: audit.Subject{Name: name, Source: name, Digest: "sha256:" + name}, Tool: audit.Tool{RulesDigest: rules}}
	for i := range 4 {
		f := answers[g.IntN(len(answers))]
		f.Rule, f.Title = fmt.Sprint("r", i), fmt.Sprint("Title ", i)
		r.Findings = append(r.Findings, f)
	}
	r.Scores = yardstick.Score(r.Findings)
	return r
}

func override(r *audit.Report, rule, from, to string) cohort.Entry {
	return cohort.Entry{Kind: cohort.Overrule, Who: "Ana", Subject: r.Subject.Digest, Name: r.Subject.Name, Rule: rule, From: from, To: to, Reason: "seen", Evidence: "annex", Expires: "2027-01-31"}
}

// An override changes the score with overrides of the applicant it is about, and
// nothing else: not what the program found, not the order, nobody else.
func TestOverrideChangesOnlyTheScoreWithOverrides(t *testing.T) {
	g := rand.New(rand.NewPCG(7, 7))
	changed := 0
	for range 2000 {
		var applicants []cohort.Applicant
		for i := range 2 + g.IntN(5) {
			name := fmt.Sprint("n", i)
			applicants = append(applicants, cohort.Applicant{Source: name, Report: audited(g, name)})
		}
		before, _ := json.Marshal(cohort.Rank(applicants, "openness"))
		i := g.IntN(len(applicants))
		r := applicants[i].Report
		f := r.Findings[g.IntN(4)]
		to := cohort.Ratings[g.IntN(len(cohort.Ratings))]
		if f.Word == to {
			continue
		}
		l := logOf(t, override(r, f.Rule, f.Word, to))
		for j := range applicants {
			applicants[j].Review = l.Of(applicants[j].Source, applicants[j].Report, []*audit.Framework{yardstick}, "2026-11-22")
		}
		c := cohort.Rank(applicants, "openness")
		for j := range c.Rows {
			row := &c.Rows[j]
			mine := row.Name == r.Subject.Name
			if mine != (len(row.Overrides) == 1) || mine && row.Overrides[0].State != cohort.InForce {
				t.Fatalf("%s has overrides %+v", row.Name, row.Overrides)
			}
			want := yardstick.Score(with(r.Findings, f.Rule, to))[0]
			if s := row.Scores[0].Reviewed; mine && want.Floor != nil && (s == nil || s.Floor != *want.Floor || s.Ceiling != *want.Ceiling || s.Grade != want.Grade) {
				t.Fatalf("%s %s → %s: %+v, want %d–%d", f.Rule, f.Word, to, s, *want.Floor, *want.Ceiling)
			}
			if s := row.Scores[0]; mine && s.Reviewed != nil && s.Floor != nil && s.Reviewed.Floor != *s.Floor {
				changed++
			}
			row.Overrides, row.Scores[0].Reviewed = nil, nil
		}
		if after, _ := json.Marshal(c); string(after) != string(before) {
			t.Fatalf("an override changed more than the score with overrides:\n%s\n%s", before, after)
		}
	}
	if changed < 200 {
		t.Errorf("only %d overrides moved a floor", changed)
	}
}

// with is findings with the answer of one rule exchanged, written down apart from
// the program's own way to do it.
func with(findings []audit.Finding, rule, word string) []audit.Finding {
	out := append([]audit.Finding(nil), findings...)
	for i := range out {
		if out[i].Rule != rule {
			continue
		}
		for _, a := range answers {
			if a.Word == word {
				a.Rule = rule
				out[i] = a
			}
		}
	}
	return out
}

func TestStatesOfAnOverride(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 1))
	r := audited(g, "a")
	r.Findings[0] = answers[3]
	r.Findings[0].Rule = "r0"
	r.Scores = yardstick.Score(r.Findings)
	mine := override(r, "r0", "not shown", "met")
	conflict := cohort.Entry{Kind: cohort.Conflict, Who: "Ana", Subject: r.Subject.Digest, Reason: "a cousin"}
	elsewhere := conflict
	elsewhere.Subject = "sha256:b"
	other := override(r, "r0", "not met", "met")
	for name, c := range map[string]struct {
		log  *cohort.Log
		asOf string
		want string
	}{
		"in force":                       {logOf(t, mine), "2026-11-22", cohort.InForce},
		"on its last day":                {logOf(t, mine), "2027-01-31", cohort.InForce},
		"after it":                       {logOf(t, mine), "2027-02-01", cohort.Expired},
		"with an interest":               {logOf(t, mine, conflict), "2026-11-22", cohort.Conflicted},
		"with an interest in another":    {logOf(t, mine, elsewhere), "2026-11-22", cohort.InForce},
		"found otherwise":                {logOf(t, other), "2026-11-22", cohort.Outdated},
		"another agrees":                 {logOf(t, mine, judged("Ben", "a", "r0", "met")), "2026-11-22", cohort.InForce},
		"another does not":               {logOf(t, mine, judged("Ben", "a", "r0", "not met")), "2026-11-22", cohort.Disputed},
		"another did not":                {logOf(t, mine, judged("Ben", "a", "r0", "not met"), judged("Ben", "a", "r0", "met")), "2026-11-22", cohort.InForce},
		"another with an interest":       {logOf(t, mine, judged("Ben", "a", "r0", "not met"), cohort.Entry{Kind: cohort.Conflict, Who: "Ben", Subject: r.Subject.Digest, Reason: "a rival"}), "2026-11-22", cohort.InForce},
		"they think otherwise by now":    {logOf(t, mine, judged("Ana", "a", "r0", "not met")), "2026-11-22", cohort.Outdated},
		"another took it back":           {logOf(t, mine, judged("Ben", "a", "r0", "not met"), cohort.Entry{Kind: cohort.Withdrawal, Who: "Ben", Of: 3, Reason: "seen"}), "2026-11-22", cohort.InForce},
		"another release of that name":   {logOf(t, func() cohort.Entry { e := mine; e.Subject = "sha256:old"; return e }()), "2026-11-22", cohort.Earlier},
		"another of another name":        {logOf(t, func() cohort.Entry { e := mine; e.Subject, e.Name = "sha256:old", "b"; return e }()), "2026-11-22", "none"},
		"taken back by who wrote it":     {logOf(t, mine, cohort.Entry{Kind: cohort.Withdrawal, Who: "Ana", Of: 2, Reason: "seen"}), "2026-11-22", "none"},
		"a judgement is not an override": {logOf(t, judged("Ben", "a", "r0", "met")), "2026-11-22", "none"},
	} {
		v := c.log.Of("a", r, []*audit.Framework{yardstick}, c.asOf)
		got := "none"
		if len(v.Overrides) > 0 {
			got = v.Overrides[0].State
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		if (v.Scores != nil) != (got == cohort.InForce) {
			t.Errorf("%s: scores %v", name, v.Scores)
		}
	}
	if !reflect.DeepEqual(r.Findings[0].Word, "not shown") {
		t.Error("the report was changed")
	}
}

// What separates two applicants is what gives one of them what it does not give
// the other: with the answers of those rules exchanged the scores are equal.
func TestWhySeparates(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 5))
	for range 1000 {
		a, b := audited(g, "a"), audited(g, "b")
		mixed := append([]audit.Finding(nil), a.Findings...)
		for _, d := range cohort.Separate(a, b, "openness").Rules {
			for i := range mixed {
				if mixed[i].Rule == d.Rule {
					mixed[i] = b.Findings[i]
				}
			}
		}
		x, y := yardstick.Score(mixed)[0], b.Scores[0]
		if (x.Floor == nil) != (y.Floor == nil) || x.Floor != nil && (*x.Floor != *y.Floor || *x.Ceiling != *y.Ceiling) {
			t.Fatalf("something else separates %+v and %+v", a.Findings, b.Findings)
		}
		if w := cohort.Separate(a, a, "openness"); len(w.Rules)+len(w.CapsA)+len(w.CapsB) > 0 {
			t.Fatalf("%+v separates one from itself", w)
		}
	}
}

// However a cohort is cut, every applicant is in one part; the order in which they
// come does not matter.
func TestCut(t *testing.T) {
	g := rand.New(rand.NewPCG(6, 6))
	for range 300 {
		all := random(g)
		n := 1 + g.IntN(5)
		_, list := cohort.Cut(all, 1, n)
		g.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		seen := map[string]int{}
		for i := range n {
			part, same := cohort.Cut(all, i+1, n)
			if same != list {
				t.Fatal("another order, another list")
			}
			for _, a := range part {
				seen[a.Source]++
			}
		}
		for _, a := range all {
			if seen[a.Source] != 1 {
				t.Fatalf("%s is in %d of %d parts", a.Source, seen[a.Source], n)
			}
		}
	}
}

// Pseudonyms and their order depend on seed and name, not on who else is there;
// no name is left.
func TestBlind(t *testing.T) {
	g := rand.New(rand.NewPCG(8, 8))
	all := []cohort.Applicant{{Source: "apps/secret-1", Name: "secret-1", Report: audited(g, "secret-1"), Columns: []cohort.Column{{Name: "mail", Value: "secret"}}}, {Source: "apps/secret-2", Name: "secret-2", Report: audited(g, "secret-2")}, {Source: "apps/secret-3", Name: "secret-3", Err: fmt.Errorf("opening apps/secret-3")}}
	c := cohort.Rank(all, "openness")
	c.Blind("seed")
	text, _ := json.Marshal(c)
	for _, word := range []string{"secret", "apps", "mail", "sha256:secret"} {
		if strings.Contains(string(text), word) {
			t.Errorf("%s is left in %s", word, text)
		}
	}
	fewer := cohort.Rank(all[:2], "openness")
	fewer.Blind("seed")
	var names, left []string
	for _, r := range c.Rows {
		if r.Error == "" {
			names = append(names, r.Name)
		}
	}
	for _, r := range fewer.Rows {
		left = append(left, r.Name)
	}
	if !reflect.DeepEqual(names, left) {
		t.Errorf("%v, with one more %v", left, names)
	}
	again := cohort.Rank(all, "openness")
	again.Blind("another")
	if again.Rows[0].Name == c.Rows[0].Name {
		t.Error("another seed, the same pseudonym")
	}
}
