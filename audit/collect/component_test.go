package collect_test

import (
	"maps"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/testdata/release"
)

func component(ev *audit.Evidence, key string) map[string]any {
	v, _ := ev.Get("/components/" + key)
	m, _ := v.(map[string]any)
	return m
}

// Every component of a release that brings them all is found where it lies.
func TestComponents(t *testing.T) {
	ev := gather(t, release.Exemplary())
	for key, path := range map[string]string{
		"model_parameters_final": "model-00001-of-00002.safetensors", "model_parameters_intermediate": "checkpoints/step-1000/model.safetensors",
		"technical_report": "TECHNICAL_REPORT.md", "research_paper": "PAPER.md", "evaluation_results": "evaluation/results.json",
		"model_card": "README.md", "data_card": "DATA_CARD.md", "sample_model_outputs": "samples/outputs.jsonl",
		"training_code": "train.py", "inference_code": "inference.py", "evaluation_code": "evaluation/run.py", "evaluation_data": "evaluation/data/test.jsonl",
		"supporting_libraries_and_tools": "requirements.txt", "datasets": "croissant.json", "data_preprocessing_code": "preprocess.py",
		"model_metadata": "checkpoints/step-1000/trainer_state.json",
	} {
		m := component(ev, key)
		if m["present"] != true || m["contained_in"] != nil || m["paths"].([]any)[0] != path {
			t.Errorf("%s: %v, want %s", key, m, path)
		}
		if src := ev.SourcesAt("/components/" + key + "/present"); len(src) == 0 || src[0].Path != path || src[0].Level != audit.Present {
			t.Errorf("%s is sourced by %+v", key, src)
		}
	}
}

// What a component stands inside is told; a paper that is only named is claimed.
func TestComponentsInsideOthers(t *testing.T) {
	card := "---\nlicense: mit\nmodel-index:\n- name: x\n  results:\n  - task: {type: text-generation}\n    dataset: {name: D, type: d}\n    metrics: [{type: accuracy, value: 0.5}]\n---\n# X\n\nSee [the paper](https://arxiv.org/abs/2602.99991).\n\n## Training data\n\n" +
		"The model was trained on two million pages of public letters that were written between 1850 and 1900, collected by three archives in the north, read by people and not by machines, cleaned of names and addresses, and then cut into pieces of five hundred words each, of which one in ten was held back for tests.\n"
	ev := gather(t, fstest.MapFS{"README.md": {Data: []byte(card)}})
	for key, in := range map[string]string{"evaluation_results": "model_card", "data_card": "model_card"} {
		if m := component(ev, key); m["present"] != true || m["contained_in"] != in {
			t.Errorf("%s: %v", key, m)
		}
	}
	if m := component(ev, "research_paper"); m["present"] != true {
		t.Errorf("research_paper: %v", m)
	}
	if src := ev.SourcesAt("/components/research_paper/present"); src[0].Level != audit.Claimed || src[0].Path != "README.md" {
		t.Errorf("research_paper is sourced by %+v", src)
	}
	if m := component(ev, "datasets"); m["present"] != false {
		t.Errorf("datasets: %v", m)
	}
	denied := gather(t, fstest.MapFS{"README.md": {Data: []byte("---\nlicense: mit\n---\n# X\n\nWe do not release our training data, training code, evaluation code or technical report.\n")}})
	for _, key := range []string{"datasets", "training_code", "evaluation_code", "technical_report", "data_card", "research_paper"} {
		if m := component(denied, key); m["present"] != false {
			t.Errorf("%s: %v", key, m)
		}
	}
}

// Hiding a file raises no class, and moves no progress up.
func TestHidingAFileRaisesNoClass(t *testing.T) {
	b := newBench(t)
	for _, fsys := range []fstest.MapFS{release.Exemplary(), release.WeightsOnly(), release.Random(1), release.Random(2), release.Random(3)} {
		all := b.classes(gather(t, fsys))
		for name := range fsys {
			less := maps.Clone(fsys)
			delete(less, name)
			for i, s := range b.classes(gather(t, less)) {
				for class, p := range s.Progress {
					if p > all[i].Progress[class] {
						t.Errorf("without %s: %s %s rises from %v to %v", name, s.Framework, class, all[i].Progress[class], p)
					}
				}
			}
		}
	}
}

// classes are the scores of the frameworks that give classes.
func (b *bench) classes(ev *audit.Evidence) []audit.Score {
	var out []audit.Score
	for _, fw := range b.frameworks {
		if len(fw.Classes) > 0 {
			out = append(out, fw.Apply(ev, nil)...)
		}
	}
	return out
}

// Data for tests has records in it.
func TestHollowEvaluationData(t *testing.T) {
	for text, want := range map[string]bool{
		"a\n": false, "a,b\na,b\na,b\na,b\n": false, "\n\n\n\n": false, "a,b\n1,2\n3,4\n": true,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "eval/items.csv": file(text)})
		if m := component(ev, "evaluation_data"); m["present"] != want {
			t.Errorf("%q: %v", text, m)
		}
	}
	for text, want := range map[string]bool{"todo\nwrite\nitems\n": false, "{\"a\": 1}\n{\"a\": 2}\n{\"a\": 3}\n": true} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "eval/items.jsonl": file(text)})
		if m := component(ev, "evaluation_data"); m["present"] != want {
			t.Errorf("%q: %v", text, m)
		}
	}
}

// Metadata of training holds settings or state.
func TestHollowMetadata(t *testing.T) {
	for _, c := range []struct {
		path, text string
		want       bool
	}{
		{"training_args.json", "{}", false}, {"training_args.json", `{"learning_rate": 0.1}`, true}, {"trainer_state.json", `{"a": `, false},
		{"optimizer.pt", "to be released", false}, {"hparams.yaml", "# lr: 0.1\n", false}, {"hparams.yaml", "lr: 0.1\n", true},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), c.path: file(c.text)})
		if m := component(ev, "model_metadata"); m["present"] != c.want {
			t.Errorf("%s %q: %v", c.path, c.text, m)
		}
	}
}
