package collect_test

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"glassbox/audit"
	"glassbox/audit/collect"
)

var update = flag.Bool("update", false, "rewrite golden files")

// corpus lists the cards of a folder of real inputs; the test is skipped where
// they are not there.
func corpus(t testing.TB, folder string) []string {
	t.Helper()
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA names no folder of real inputs")
	}
	var out []string
	err := filepath.WalkDir(filepath.Join(root, folder), func(p string, d fs.DirEntry, err error) error {
		if ext := filepath.Ext(p); err == nil && !d.IsDir() && (ext == ".md" || ext == ".json") && d.Name() != "SOURCE.md" {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(out) == 0 {
		t.Fatalf("no cards below %s", folder)
	}
	return out
}

// summary is what a folder of real cards comes to.
type summary struct {
	Cards       int            `json:"cards"`
	FrontMatter map[string]int `json:"front_matter"`
	Kind        map[string]int `json:"kind"`
	Filled      map[string]int `json:"sections_with_prose"`
	Placeholder map[string]int `json:"sections_of_placeholders"`
	Words       map[string]int `json:"findings"`
}

func (s *summary) add(ev *audit.Evidence, r *audit.Report) {
	s.Cards++
	text := func(p string) string { v, _ := ev.Get(p); out, _ := v.(string); return out }
	s.FrontMatter[text("/card/front_matter")]++
	s.Kind[text("/card/kind")]++
	sections, _ := ev.Get("/card/sections")
	m, _ := sections.(map[string]any)
	for name, v := range m {
		section := v.(map[string]any)
		switch {
		case section["words"].(int64) > 0:
			s.Filled[name]++
		case section["placeholders"].(int64) > 0:
			s.Placeholder[name]++
		}
	}
	for _, f := range r.Findings {
		s.Words[f.Word]++
	}
}

// Every real card goes through collectors and rules, alone as a subject, and
// what comes out is what came out last time.
func TestRealCards(t *testing.T) {
	b := newBench(t)
	for _, folder := range []string{"model-cards", "dataset-cards"} {
		t.Run(folder, func(t *testing.T) {
			cards := corpus(t, folder)
			s := &summary{FrontMatter: map[string]int{}, Kind: map[string]int{}, Filled: map[string]int{}, Placeholder: map[string]int{}, Words: map[string]int{}}
			start := time.Now()
			for _, p := range cards {
				ev := onDisk(t, p)
				s.add(ev, b.report(ev))
			}
			t.Logf("%d cards in %v", len(cards), time.Since(start).Round(time.Millisecond))
			compare(t, filepath.Join("testdata", folder+".json"), s)
		})
	}
}

func compare(t *testing.T, golden string, v any) {
	t.Helper()
	got, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("differs from %s: run with -update and read the diff", golden)
	}
}

// Real cards through collectors, rules and scores; the figure is cards a second.
func BenchmarkRealCards(b *testing.B) {
	cards := corpus(b, "dataset-cards")
	bench := newBench(b)
	b.ResetTimer()
	n := 0
	for b.Loop() {
		rel, err := collect.Open(cards[n%len(cards)])
		if err != nil {
			b.Fatal(err)
		}
		ev, err := collect.Collect(context.Background(), rel)
		if err != nil {
			b.Fatal(err)
		}
		bench.report(ev)
		rel.Close()
		n++
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "cards/s")
}
