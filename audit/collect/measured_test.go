package collect_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// A result is held against the raw results of its benchmark, in the forms that
// tools write; what may be of something else contradicts nothing.
func TestResultsAgainstRawOnes(t *testing.T) {
	const index = "---\nmodel-index:\n- name: a\n  results:\n  - task: {type: text-generation}\n    dataset: {type: acme/tides, name: Tides, split: test}\n    metrics:\n    - {type: accuracy, value: %s}\n---\n# A\n"
	for _, c := range []struct {
		value, raw string
		want       any
	}{
		{"0.587", `{"results": {"tides": {"alias": "tides", "acc,none": 0.5871, "acc_stderr,none": 0.01}}}`, true},
		{"58.7", `{"results": {"tides": {"acc,none": 0.5871}}}`, true},
		{"0.687", `{"results": {"tides": {"acc,none": 0.5871}}}`, false},
		{"0.587", `{"dataset": {"id": "acme/tides", "split": "test"}, "results": [{"metric": "accuracy", "value": 0.587}, {"metric": "perplexity", "value": 3}]}`, true},
		{"0.6", `{"dataset": {"id": "acme/tides"}, "results": [{"metric": "accuracy", "value": 0.587}]}`, true},
		{"0.61", `{"dataset": {"id": "acme/tides"}, "results": [{"metric": "accuracy", "value": 0.587}]}`, false},
		{"0.61", `{"dataset": {"id": "acme/tides", "split": "validation"}, "results": [{"metric": "accuracy", "value": 0.587}]}`, nil},
		{"0.61", `{"dataset": "acme/waves", "accuracy": 0.587}`, nil},
		{"0.61", `{"dataset": "acme/tides", "f1": 0.587}`, nil},
		{"0.61", `{"dataset": "acme/tides", "accuracy_std": 0.01}`, nil},
		{"0.61", `[{"task": "tides", "eval_accuracy": 0.5}, {"task": "tides", "eval_accuracy": 0.614}]`, true},
		{`"0.61 ± 0.02"`, `{"dataset": "acme/tides", "accuracy": 0.5}`, nil},
		{"0.61", `{"tides": {"accuracy": ` + strings.Repeat("[", 40) + "0.5" + strings.Repeat("]", 40) + "}}", nil},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file(fmt.Sprintf(index, c.value)), "eval/results.json": file(c.raw)})
		got, _ := ev.Get("/relations/results/0/agree")
		if got != c.want {
			t.Errorf("%s against %s: %v, want %v", c.value, c.raw, got, c.want)
		}
		if src := ev.SourcesAt("/relations/results/0"); c.want != nil && (len(src) != 1 || src[0].Path != "README.md" || src[0].Line != 8) {
			t.Errorf("%s: told at %+v", c.value, src)
		}
	}
	far := gather(t, fstest.MapFS{"README.md": file(fmt.Sprintf(index, "0.9")), "checkpoints/step-10/results.json": file(`{"tides": {"accuracy": 0.1}}`)})
	if v, ok := far.Get("/relations/results"); ok {
		t.Errorf("a checkpoint on the way is held against the result: %v", v)
	}
}

// Nothing that a file says of itself makes a result verified; a token that the
// Hub could check is told apart.
func TestStandingOfResults(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md":            file("---\nmodel-index:\n- name: a\n  results:\n  - task: {type: x}\n    dataset: {type: d, name: D}\n    metrics:\n    - {type: f1, value: 1, verified: true, verifyToken: abc}\n---\n# A\n"),
		".eval_results/a.yaml": file("- dataset: {id: a/b, task_id: t}\n  value: 1\n  source: {url: https://x.example}\n- dataset: {id: a/c, task_id: t}\n  value: 2\n"),
	})
	for i, want := range []string{"self_reported true", "linked <nil>", "self_reported <nil>"} {
		standing, _ := ev.Get(fmt.Sprintf("/evaluation/results/%d/standing", i))
		token, _ := ev.Get(fmt.Sprintf("/evaluation/results/%d/token", i))
		if got := fmt.Sprint(standing, " ", token); got != want {
			t.Errorf("result %d is %s, want %s", i, got, want)
		}
	}
}

// Numbers that stand in any file are no results.
func TestRawResultsHoldResults(t *testing.T) {
	for raw, want := range map[string]bool{
		`{"version": 1, "date": 20260101, "seed": [1, 2], "config": {"max_tokens": 5}}`: false,
		`{"a": {"version": 2}, "b": "0.5", "c": null, "d": true}`:                       false,
		`{"hellaswag": 0.5}`:                           true,
		`{"version": 1, "results": {"x": {"acc": 1}}}`: true,
		`[0.5, 0.6]`:               true,
		`{"seed": 1, "loss": [2]}`: true,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "eval/results.json": file(raw)})
		if list, _ := ev.Get("/evaluation/raw_files"); (len(list.([]any)) > 0) != want {
			t.Errorf("%s: %v, want %v", raw, list, want)
		}
	}
}
