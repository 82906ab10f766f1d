package cohort_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"

	"glassbox/audit/cohort"
)

// ratings spreads a table of two raters over items.
func ratings(yesyes, yesno, noyes, nono int) (a, b []string) {
	for _, c := range []struct {
		n    int
		x, y string
	}{{yesyes, "yes", "yes"}, {yesno, "yes", "no"}, {noyes, "no", "yes"}, {nono, "no", "no"}} {
		for range c.n {
			a, b = append(a, c.x), append(b, c.y)
		}
	}
	return a, b
}

// Values that are published for these tables: the first from Kilem Gwet, Inter-Rater
// Reliability: Dependency on Trait Prevalence and Marginal Homogeneity (2002), the
// others from the article on Cohen's kappa of the English Wikipedia, read 2026-11.
func TestCohenPublished(t *testing.T) {
	for _, c := range []struct {
		table [4]int
		want  float64
	}{
		{[4]int{45, 15, 25, 15}, 0.1304},
		{[4]int{25, 35, 5, 35}, 0.2593},
		{[4]int{20, 5, 10, 15}, 0.4},
	} {
		a, b := ratings(c.table[0], c.table[1], c.table[2], c.table[3])
		if got, ok := cohort.Cohen(a, b); !ok || math.Abs(got-c.want) > 5e-5 {
			t.Errorf("%v: %v %v, want %v", c.table, got, ok, c.want)
		}
	}
	if _, ok := cohort.Cohen([]string{"x", "x"}, []string{"x", "x"}); ok {
		t.Error("one word for all has a kappa")
	}
	if _, ok := cohort.Cohen(nil, nil); ok {
		t.Error("nothing has a kappa")
	}
	if k, ok := cohort.Cohen([]string{"x", "y"}, []string{"x", "y"}); !ok || k != 1 {
		t.Errorf("full agreement: %v", k)
	}
}

// The worked example of the article on Fleiss' kappa of the English Wikipedia: ten
// items, fourteen raters, five words, 0.210.
func TestFleissPublished(t *testing.T) {
	var items []map[string]int
	for _, row := range [][5]int{{0, 0, 0, 0, 14}, {0, 2, 6, 4, 2}, {0, 0, 3, 5, 6}, {0, 3, 9, 2, 0}, {2, 2, 8, 1, 1}, {7, 7, 0, 0, 0}, {3, 2, 6, 3, 0}, {2, 5, 3, 2, 2}, {6, 5, 2, 1, 0}, {0, 2, 2, 3, 7}} {
		item := map[string]int{}
		for i, n := range row {
			item[string(rune('a'+i))] = n
		}
		items = append(items, item)
	}
	if got, ok := cohort.Fleiss(items); !ok || math.Abs(got-0.20993) > 5e-6 {
		t.Errorf("%v %v", got, ok)
	}
	if _, ok := cohort.Fleiss([]map[string]int{{"a": 2}, {"a": 3}}); ok {
		t.Error("items with different numbers of raters have a kappa")
	}
	if _, ok := cohort.Fleiss([]map[string]int{{"a": 3}, {"a": 3}}); ok {
		t.Error("one word for all has a kappa")
	}
}

// reference computes the kappas of tables of ratings, a row an item, a column a
// rater: Cohen's of the first two by scikit-learn, Fleiss' of all by statsmodels.
const reference = `
import json, sys, warnings
warnings.simplefilter("ignore")
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa
out = []
for table in json.load(sys.stdin):
    counts, _ = aggregate_raters(table)
    out.append([float(cohen_kappa_score([r[0] for r in table], [r[1] for r in table])), float(fleiss_kappa(counts))])
json.dump([[None if x != x else x for x in pair] for pair in out], sys.stdout)
`

// The kappas are those of two libraries that are in wide use. The test needs a
// Python that has them: GLASSBOX_KAPPA names it.
func TestKappaAgainstLibraries(t *testing.T) {
	python := os.Getenv("GLASSBOX_KAPPA")
	if python == "" {
		t.Skip("GLASSBOX_KAPPA names no Python with scikit-learn and statsmodels")
	}
	g := rand.New(rand.NewPCG(4, 4))
	var tables [][][]int
	for range 300 {
		raters, words, bias := 2+g.IntN(5), 1+g.IntN(5), g.Float64()
		var table [][]int
		for range 1 + g.IntN(30) {
			truth, row := g.IntN(words), []int{}
			for range raters {
				if rating := g.IntN(words); g.Float64() > bias {
					row = append(row, rating)
				} else {
					row = append(row, truth)
				}
			}
			table = append(table, row)
		}
		tables = append(tables, table)
	}
	in, _ := json.Marshal(tables)
	cmd := exec.Command(python, "-c", reference)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][2]*float64
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for i, table := range tables {
		var first, second []string
		var items []map[string]int
		word := func(n int) string { return string(rune('a' + n)) }
		for _, row := range table {
			first, second = append(first, word(row[0])), append(second, word(row[1]))
			item := map[string]int{}
			for _, n := range row {
				item[word(n)]++
			}
			items = append(items, item)
		}
		cohen, ok1 := cohort.Cohen(first, second)
		fleiss, ok2 := cohort.Fleiss(items)
		for _, c := range []struct {
			got  float64
			ok   bool
			want *float64
		}{{cohen, ok1, want[i][0]}, {fleiss, ok2, want[i][1]}} {
			switch {
			case c.ok != (c.want != nil):
				t.Errorf("%v: defined %v, the library says %v", table, c.ok, c.want)
			case c.ok && math.Abs(c.got-*c.want) > 1e-9:
				t.Errorf("%v: %v, the library says %v", table, c.got, *c.want)
			case c.ok:
				compared++
			}
		}
	}
	if compared < 300 {
		t.Errorf("only %d kappas were compared", compared)
	}
}

// logOf writes a log of the entries, a beginning before them.
func logOf(t *testing.T, entries ...cohort.Entry) *cohort.Log {
	t.Helper()
	l := &cohort.Log{}
	for _, e := range append([]cohort.Entry{{Kind: cohort.Begin, Who: "Ana", Rules: rules}}, entries...) {
		e.When = "2026-11-22T10:00:00Z"
		if _, err := l.Append(e); err != nil {
			t.Fatalf("%+v: %v", e, err)
		}
	}
	return l
}

func judged(who, subject, rule, to string) cohort.Entry {
	return cohort.Entry{Kind: cohort.Judgement, Who: who, Subject: "sha256:" + subject, Name: subject, Rule: rule, To: to}
}

func TestAgree(t *testing.T) {
	conflict := cohort.Entry{Kind: cohort.Conflict, Who: "Cem", Subject: "sha256:b", Name: "b", Reason: "a cousin"}
	reply := cohort.Entry{Kind: cohort.ReplyTo, Who: "B Labs", Subject: "sha256:b", Name: "b", Rule: "y", Reason: "look again"}
	a := logOf(t,
		judged("Ana", "a", "x", "met"), judged("Ben", "a", "x", "met"), judged("Cem", "a", "x", "met"),
		judged("Ana", "a", "y", "met"), judged("Ben", "a", "y", "not met"), judged("Cem", "a", "y", "not met"),
		judged("Ana", "b", "x", "not met"), judged("Ben", "b", "x", "met"), judged("Ben", "b", "x", "not met"), // thought again
		judged("Cem", "b", "x", "met"), conflict, reply,
		judged("Ana", "b", "y", "met"),
	).Agree()
	if !slices.Equal(a.Reviewers, []string{"Ana", "Ben", "Cem"}) || a.Items != 3 || a.Agreed != 2 {
		t.Errorf("%+v", a)
	}
	if len(a.Pairs) != 3 || a.Pairs[0].Items != 3 || a.Pairs[0].Agreed != 2 || a.Pairs[1].Items != 2 || a.FleissItems != 2 || a.Fleiss == nil {
		t.Errorf("%+v", a)
	}
	// Three items, two agreed on; Ana: met met not, Ben: met not not.
	if want := (2./3 - (2./3*1/3 + 1./3*2/3)) / (1 - (2./3*1/3 + 1./3*2/3)); a.Pairs[0].Cohen == nil || math.Abs(*a.Pairs[0].Cohen-want) > 1e-12 {
		t.Errorf("%v, want %v", a.Pairs[0].Cohen, want)
	}
	if len(a.Unresolved) != 2 || a.Unresolved[0].Rule != "y" || !slices.Equal(a.Unresolved[0].Words, []string{"met", "not met", "not met"}) || a.Unresolved[1].Kind != "reply" {
		t.Errorf("%+v", a.Unresolved)
	}
}
