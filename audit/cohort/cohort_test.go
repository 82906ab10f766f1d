package cohort_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

func applicant(name string, floor, ceiling int) cohort.Applicant {
	return cohort.Applicant{Source: name, Report: &audit.Report{
		Subject: audit.Subject{Name: name, Source: name, Digest: "sha256:" + name},
		Scores: []audit.Score{
			{Framework: "mof-mot", Class: "I"},
			{Framework: "glassbox", Axis: "openness", Floor: &floor, Ceiling: &ceiling, Caps: []audit.Cap{{Name: "a cap"}}},
			{Framework: "glassbox", Axis: "trust"},
		},
	}}
}

func TestRank(t *testing.T) {
	c := cohort.Rank([]cohort.Applicant{
		applicant("d", 10, 20), applicant("b", 50, 90), applicant("c", 50, 50), applicant("a", 60, 70),
		{Source: "broken", Err: errors.New("no disk")},
	}, "openness")
	var got []string
	for _, r := range c.Rows {
		got = append(got, fmt.Sprint(r.Name, " ", r.Rank, " ", r.Tied, " ", r.Best, "-", r.Worst, " ", r.Error))
	}
	want := []string{"a 1 false 1-2 ", "b 2 true 1-2 ", "c 2 true 2-3 ", "d 4 false 4-4 ", "broken 0 false 0-0 no disk"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if !slices.Equal(c.Rows[0].Caps, []string{"a cap"}) || len(c.Rows[0].Scores) != 2 {
		t.Errorf("%+v", c.Rows[0])
	}
	if c := cohort.Rank([]cohort.Applicant{applicant("a", 60, 70)}, "trust"); c.Rows[0].Rank != 0 {
		t.Errorf("no number, but rank %d", c.Rows[0].Rank)
	}
}

// random draws a cohort of up to 12, floors near one another.
func random(g *rand.Rand) []cohort.Applicant {
	var out []cohort.Applicant
	for i := range 1 + g.IntN(12) {
		floor := g.IntN(6) * 10
		out = append(out, applicant(fmt.Sprint("n", i), floor, floor+g.IntN(5)*10))
	}
	return out
}

// The order of the input never matters; a rank lies between best and worst; who
// is taken out reorders nobody.
func TestRankingHolds(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		all := random(g)
		c := cohort.Rank(all, "openness")
		want, _ := json.Marshal(c)
		shuffled := slices.Clone(all)
		g.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if got, _ := json.Marshal(cohort.Rank(shuffled, "openness")); string(got) != string(want) {
			t.Fatalf("another order in, another out:\n%s\n%s", want, got)
		}
		for _, r := range c.Rows {
			if r.Best > r.Rank || r.Rank > r.Worst || r.Worst > len(all) {
				t.Fatalf("rank %d is not within %d-%d of %d", r.Rank, r.Best, r.Worst, len(all))
			}
		}
		out := g.IntN(len(all))
		gone := all[out].Source
		rest := cohort.Rank(slices.Delete(slices.Clone(all), out, out+1), "openness")
		var before, after []string
		for _, r := range c.Rows {
			if r.Name != gone {
				before = append(before, r.Name)
			}
		}
		for _, r := range rest.Rows {
			after = append(after, r.Name)
		}
		if !slices.Equal(before, after) {
			t.Fatalf("without %s: %v, was %v", gone, after, before)
		}
	}
}
