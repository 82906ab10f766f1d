package collect_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/audit/collect"
)

func openEntry(t testing.TB, file string) *audit.Evidence {
	t.Helper()
	rel, err := collect.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer rel.Close()
	ev, err := collect.Collect(context.Background(), rel)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

const sampleEntry = `framework:
  name: 'Model Openness Framework'
  version: '1.0'
  date: '2024-12-15'
release:
  name: Basalt
  license:
    distribution: {name: Apache-2.0}
    document: {name: CC-BY-4.0}
    data: {name: ''}
  components:
    - {name: Model card}
    - {name: Data card, license: null}
    - {name: Technical report, license: unlicensed}
    - {name: Research paper, license: ''}
    - {name: Datasets}
    - {name: Training code, license: MIT}
    - {name: Training code, license: Apache 2.0}
    - {name: A thing nobody knows, license: MIT}
`

// What a component does not say of its licence it takes over: from its kind,
// then from the distribution. Of one that is listed twice the last counts.
func TestEntryLicenses(t *testing.T) {
	file := filepath.Join(t.TempDir(), "basalt.yml")
	if err := os.WriteFile(file, []byte(sampleEntry), 0o644); err != nil {
		t.Fatal(err)
	}
	ev := openEntry(t, file)
	for key, want := range map[string]struct {
		license any
		line    int
	}{
		"model_card": {"CC-BY-4.0", 9}, "data_card": {"CC-BY-4.0", 9}, "technical_report": {nil, 14}, "research_paper": {nil, 15},
		"datasets": {"Apache-2.0", 8}, "training_code": {"Apache 2.0", 18},
	} {
		at := "/components/" + key
		got, ok := ev.Get(at + "/license/declared")
		if !ok || got != want.license {
			t.Errorf("%s: %v, want %v", key, got, want.license)
		}
		if src := ev.SourcesAt(at + "/license/declared"); len(src) == 0 || src[0].Line != want.line || src[0].Level != audit.Claimed {
			t.Errorf("%s: said at %+v, want line %d", key, src, want.line)
		}
	}
	if v, _ := ev.Get("/components/evaluation_data/present"); v != false {
		t.Errorf("what is not listed: %v", v)
	}
	if len(ev.SourcesAt("/components")) == 0 {
		t.Error("components have no source")
	}
	for at, want := range map[string]any{"/subject/kind": "entry", "/subject/name": "Basalt"} {
		if v, _ := ev.Get(at); v != want {
			t.Errorf("%s is %v", at, v)
		}
	}
}

// A YAML file that is no entry is not taken for one.
func TestEntryIsToldByItsFramework(t *testing.T) {
	for _, text := range []string{"release: {components: []}\n", "framework: {name: Another}\nrelease: {}\n", "framework:\n  name: Model Openness Framework\nrelease: [1]\n"} {
		file := filepath.Join(t.TempDir(), "x.yml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if v, ok := openEntry(t, file).Get("/components"); ok {
			t.Errorf("%q: %v", text, v)
		}
	}
}

// Every entry and vector that the tool's own repository publishes gets the
// class and the progress that the tool computes.
func TestEntriesAsTheToolHasThem(t *testing.T) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA names no folder of real inputs")
	}
	b := newBench(t)
	class := map[string]string{"0": "none", "1": "I", "2": "II", "3": "III"}
	score := func(file string) audit.Score {
		r := b.report(openEntry(t, file))
		return r.Scores[slices.IndexFunc(r.Scores, func(s audit.Score) bool { return s.Framework == "mof-mot" })]
	}
	f, err := os.Open(filepath.Join(root, "mof", "classes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		s := score(filepath.Join(root, "mof", "models", row[0]))
		for i, name := range []string{"III", "II", "I"} {
			want, _ := strconv.ParseFloat(row[3+i], 64)
			if math.Abs(s.Progress[name]-want) > 0.005 || s.Class != class[row[2]] {
				t.Errorf("%s: class %s, %v; the tool has %v", row[0], s.Class, s.Progress, row[2:6])
			}
		}
	}
	vectors(t, filepath.Join(root, "mof", "Test_Data"), score)
}

var inName = regexp.MustCompile(`_C1_(\d+)%-C2_(\d+)%-C3_(\d+)%`)

func vectors(t *testing.T, dir string, score func(string) audit.Score) {
	files, _ := filepath.Glob(filepath.Join(dir, "*.yml"))
	if len(files) != 27 {
		t.Errorf("%d vectors, want 27", len(files))
	}
	byClass := expected(t, dir)
	for _, file := range files {
		s := score(file)
		m := inName.FindStringSubmatch(file)
		one, two, three := atoi(m[1]), atoi(m[2]), atoi(m[3])
		switch { // the names say what is reached before one class waits for the other
		case three < 100:
			two, one = 0, 0
		case two < 100:
			one = 0
		}
		got := fmt.Sprint(math.Round(s.Progress["I"]), math.Round(s.Progress["II"]), math.Round(s.Progress["III"]))
		if got != fmt.Sprint(one, two, three) {
			t.Errorf("%s: %v", filepath.Base(file), s.Progress)
		}
		name, _ := openEntry(t, file).Get("/subject/name")
		want, ok := byClass[name.(string)]
		if !ok || math.Abs(s.Progress["III"]-want["3"]) > 0.005 || math.Abs(s.Progress["II"]-want["2"]) > 0.005 || math.Abs(s.Progress["I"]-want["1"]) > 0.005 {
			t.Errorf("%s: %v, want %v", name, s.Progress, want)
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// expected reads the tool's own expectations, which are JSON but for commas too
// many.
func expected(t *testing.T, dir string) map[string]map[string]float64 {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "expected_results.json"))
	if err != nil {
		t.Fatal(err)
	}
	data = regexp.MustCompile(`,\s*([}\]])`).ReplaceAll(data, []byte("$1"))
	var doc struct {
		Models []struct {
			Release        struct{ Name string }
			Classification struct{ Progress map[string]float64 }
		}
	}
	if err := json.NewDecoder(strings.NewReader(string(data))).Decode(&doc); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]float64{}
	for _, m := range doc.Models {
		out[m.Release.Name] = m.Classification.Progress
	}
	return out
}

// randomEntry lists some components under some licences, each on a line of its own.
func randomEntry(g *rand.Rand) (head string, lines []string) {
	licenses := []string{"Apache-2.0", "MIT", "CC-BY-4.0", "CC0-1.0", "CDLA-Permissive-2.0", "unlicensed", "CC-BY-NC-4.0", "Acme 1", "''", "null"}
	head = "framework:\n  name: 'Model Openness Framework'\n  version: '1.0'\nrelease:\n  name: Drawn\n  license:\n    distribution: {name: " + licenses[g.IntN(3)] + "}\n  components:\n"
	for _, name := range []string{
		"Model architecture", "Model parameters (Final)", "Technical report", "Evaluation results", "Model card", "Data card", "Sample model outputs",
		"Training code", "Inference code", "Evaluation code", "Evaluation data", "Supporting libraries and tools",
		"Datasets", "Data preprocessing code", "Research paper", "Model parameters (Intermediate)", "Model metadata",
	} {
		if g.IntN(12) > 0 {
			line := "    - {name: " + name
			if g.IntN(6) == 0 {
				line += ", license: " + licenses[g.IntN(len(licenses))]
			}
			lines = append(lines, line+"}\n")
		}
	}
	return head, lines
}

// Of an entry, too, nothing is worth leaving out: no component makes a class, a
// verdict or a number of points better by its absence.
func TestHidingAComponentNeverHelpsAnEntry(t *testing.T) {
	b := newBench(t)
	g := rand.New(rand.NewPCG(17, 17))
	file := filepath.Join(t.TempDir(), "drawn.yml")
	reached := map[int]bool{}
	score := func(text string) map[string]int {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return floors(b.report(openEntry(t, file)))
	}
	for range share(t, 0.5) {
		head, lines := randomEntry(g)
		before := score(head + strings.Join(lines, ""))
		reached[before["mof-mot"]] = true
		for i := range lines {
			if up := rises(before, score(head+strings.Join(slices.Delete(slices.Clone(lines), i, i+1), ""))); len(up) > 0 {
				t.Errorf("without %s%s: %v", head, lines[i], up)
			}
		}
	}
	if len(reached) < 2 {
		t.Errorf("every entry drawn has the same class: %v", reached)
	}
}
