package audit_test

import (
	"slices"
	"testing"

	"glassbox/audit"
)

// comparison is that of services whose evidence is given by pointer.
func comparison(t *testing.T, subjects ...map[string]any) audit.Comparison {
	t.Helper()
	rules, frameworks := builtin(t)
	var reports []*audit.Report
	var evidence []*audit.Evidence
	for i, facts := range subjects {
		ev := audit.NewEvidence()
		ev.Set("/subject", map[string]any{"name": string(rune('a' + i)), "kind": "release"}, audit.Source{Level: audit.Present})
		for pointer, v := range facts {
			ev.Set(pointer, v, audit.Source{Path: "x", Level: audit.Present})
		}
		reports, evidence = append(reports, audit.Audit(ev, rules, frameworks, audit.Tool{}, "2026-11-22")), append(evidence, ev)
	}
	for _, fw := range frameworks {
		if fw.ID == "glassbox" {
			return audit.Compare(reports, evidence, fw)
		}
	}
	t.Fatal("no framework with axes")
	return audit.Comparison{}
}

func row(c audit.Comparison, id string) audit.Row {
	for _, g := range c.Groups {
		for _, r := range g.Rows {
			if r.ID == id {
				return r
			}
		}
	}
	return audit.Row{}
}

func TestWhoDoesBetter(t *testing.T) {
	c := comparison(t,
		map[string]any{"/card/present": true, "/weights/present": false, "/policies/usage/present": true, "/risk/external": true},
		map[string]any{"/card/present": true, "/weights/present": true, "/policies/usage/present": false})
	for id, want := range map[string]struct {
		best string
		open bool
	}{
		"card-present":            {"", false}, // both
		"weights-present":         {"b", false},
		"/policies/usage/present": {"a", false},
		"/risk/external":          {"a", true}, // of b nobody knows
		"use-described":           {"", false}, // of neither
		"/service/status_page":    {"", false}, // not asked of what one holds
	} {
		if r := row(c, id); r.Best != want.best || r.Open != want.open || len(r.Cells) != 2 {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if r := row(c, "/service/status_page"); r.Cells[0].Word != audit.WordNotApplicable || !r.Same() {
		t.Errorf("%+v", r)
	}
	if b := c.Better; !slices.Equal(b[1].Rows, []string{"weights-present"}) || !slices.Equal(b[0].Rows, []string{"/policies/usage/present"}) || !slices.Equal(b[0].Open, []string{"/risk/external"}) {
		t.Errorf("%+v", b)
	}
}

// The order of the subjects changes the columns and nothing else.
func TestComparisonOrder(t *testing.T) {
	a := map[string]any{"/card/present": true, "/weights/present": false, "/risk/taxonomy": true}
	b := map[string]any{"/card/present": false, "/weights/present": true}
	one, two := comparison(t, a, b), comparison(t, b, a)
	for _, g := range one.Groups {
		for _, r := range g.Rows {
			other := row(two, r.ID)
			if r.Cells[0].Word != other.Cells[1].Word || r.Cells[1].Word != other.Cells[0].Word || (r.Best == "a") != (other.Best == "b") {
				t.Errorf("%s: %+v and %+v", r.ID, r, other)
			}
		}
	}
}
