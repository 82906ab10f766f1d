package collect_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// A file that does not parse is a finding with its place.
func TestBrokenFilesAreFound(t *testing.T) {
	b := newBench(t)
	for path, text := range map[string]string{
		".eval_results/mmlu.yaml": "- dataset:\n    id: cais/mmlu\n  value: [1\n",
		"croissant.json":          "{\n \"@type\": \"Dataset\",\n \"name\": \"x\",\n}\n",
		"data/datapackage.json":   "{\n\"name\": \"x\"\n",
		"model_card.json":         "{\n\"model_details\": {\"name\": \"x\"\n",
		"eval_results.json":       "{\"acc\": 0.5\n\n,}\n",
		"results/results.yaml":    "acc: 1\nbad: [1\nb: 2\n",
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n\nText.\n"), path: file(text)})
		found := false
		for _, f := range b.report(ev).Findings {
			if f.Rule != "files-parse" {
				continue
			}
			for _, p := range f.Places {
				found = found || p.Path == path && p.Line > 0 && p.Reason != "" && f.Word == "not met"
				if strings.Contains(p.Reason, "front matter") {
					t.Errorf("%s: %s", path, p.Reason)
				}
			}
		}
		if !found {
			v, _ := ev.Get("/parsed")
			t.Errorf("%s: no finding with its place; %v", path, v)
		}
	}
}

// What is well written is no finding, whoever wrote it.
func TestWhatParsesIsNoFinding(t *testing.T) {
	for path, text := range map[string]string{
		"eval_results.json":       "{\"loss\": NaN, \"best\": -Infinity, \"note\": \"a: NaN\"}\n",
		"results/results.yaml":    "base: &b {acc: 1}\nmore: *b\n",
		".eval_results/mmlu.yaml": "- dataset: {id: cais/mmlu, task_id: mmlu}\n  value: 0.5\n",
		"croissant.json":          "\ufeff{\"@type\": \"sc:Dataset\", \"name\": \"x\"}\n",
	} {
		ev := gather(t, fstest.MapFS{path: file(text)})
		if v, ok := ev.Get("/parsed/0/valid"); !ok || v != true {
			problems, _ := ev.Get("/parsed")
			t.Errorf("%s: %v", path, problems)
		}
	}
}

func TestRawResults(t *testing.T) {
	for text, want := range map[string]bool{
		`{"acc": 0.5}`: true, `[{"task": "x", "scores": [1, 2]}]`: true, `{"loss": NaN, "acc": 1}`: true,
		`{}   `: false, `[]   `: false, `{"acc": null}`: false, `{"acc": "to be done"}`: false, `{"acc": 0.5`: false, `   `: false, `{"acc": 0.5} trailing`: false,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "eval_results.json": file(text)})
		v, _ := ev.Get("/evaluation/raw_files")
		if list, _ := v.([]any); (len(list) == 1) != want {
			t.Errorf("%s: raw files %v, want one: %v", text, v, want)
		}
	}
}

// A manifest shows data when it leads to some.
func TestManifestsThatLeadToData(t *testing.T) {
	for text, want := range map[string]any{
		`{"@type": "Dataset"}`: false,
		`{"@type": "sc:Dataset", "name": "x", "distribution": []}`:                                                      false,
		`{"@type": "sc:Dataset", "name": "x", "distribution": [{"@type": "cr:FileObject", "contentUrl": " "}]}`:         false,
		`{"@type": "sc:Dataset", "name": "x", "distribution": [{"@type": "cr:FileObject", "contentUrl": "data.csv"}]}`:  true,
		`{"@type": ["https://schema.org/Dataset"], "name": "x", "distribution": {"contentUrl": "https://x.org/a.csv"}}`: true,
		`{"@type": "sc:Dataset", "name": "x", "recordSet": [{"data": [{"a": 1}]}]}`:                                     true,
		`{"@type": "NotADatasetAtAll", "name": "x", "distribution": [{"contentUrl": "a"}]}`:                             nil,
		`{"conformsTo": "https://example.org/not-mlcommons.org/croissant/", "distribution": [{"contentUrl": "a"}]}`:     nil,
		`{"conformsTo": ["http://mlcommons.org/croissant/1.0"], "name": "x", "distribution": [{"contentUrl": "a"}]}`:    true,
		`["a list"]`: nil,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "croissant.json": file(text)})
		if v, _ := ev.Get("/datasets/0/shown"); v != want {
			t.Errorf("%s: shown is %v, want %v", text, v, want)
		}
	}
}

// Two sets of one name and different owners are two.
func TestDatasetsOfTwoOwners(t *testing.T) {
	manifest := `{"@type": "sc:Dataset", "name": "%s", "distribution": [{"contentUrl": "data.csv"}]}`
	card := func(list string) string { return "---\ndatasets: [" + list + "]\n---\n# A\n" }
	for _, c := range []struct {
		declared, manifest string
		shown              []any
	}{
		{"a/corpus, b/corpus", "", []any{false, false}},
		{"a/corpus", "corpus", []any{true}},
		{"a/corpus", "a/Corpus", []any{true}},
		{"a/corpus", "b/corpus", []any{false, true}},
		{"a/corpus, b/corpus", "corpus", []any{false, false, true}},
		{"corpus", "a/corpus", []any{true}},
	} {
		all := fstest.MapFS{"README.md": file(card(c.declared))}
		if c.manifest != "" {
			all["croissant.json"] = file(fmt.Sprintf(manifest, c.manifest))
		}
		ev := gather(t, all)
		v, _ := ev.Get("/datasets")
		var shown []any
		for _, d := range v.([]any) {
			shown = append(shown, d.(map[string]any)["shown"])
		}
		if fmt.Sprintf("%v", shown) != fmt.Sprintf("%v", c.shown) {
			t.Errorf("card %s, manifest %q: shown %v, want %v", c.declared, c.manifest, shown, c.shown)
		}
	}
}
