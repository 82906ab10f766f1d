package card

import (
	"reflect"
	"testing"
)

func pointer[T any](v T) *T { return &v }

func TestModelIndex(t *testing.T) {
	c := Read("README.md", []byte(`---
model-index:
- name: my-model
  results:
  - task:
      type: image-classification
      name: Image Classification
    dataset:
      type: beans
      name: Beans
      config: default
      split: test
      revision: 5503434ddd753f426f4b38109466949a1217c2bb
    metrics:
    - type: accuracy
      value: 0.90
      verified: true
      verifyToken: abc
    - type: f1
      name: F1
      value: 20.0 ± 1.2
    source:
      name: Leaderboard
      url: https://example.org/board
---
`))
	base := Result{Model: "my-model", TaskType: "image-classification", TaskName: "Image Classification", DatasetType: "beans", DatasetName: "Beans",
		DatasetConfig: "default", DatasetSplit: "test", DatasetRevision: "5503434ddd753f426f4b38109466949a1217c2bb",
		SourceName: "Leaderboard", SourceURL: "https://example.org/board"}
	first, second := base, base
	first.MetricType, first.Value, first.Number, first.Verified, first.VerifyToken, first.Line = "accuracy", "0.90", pointer(0.9), pointer(true), true, 15
	second.MetricType, second.MetricName, second.Value, second.Line = "f1", "F1", "20.0 ± 1.2", 19
	if want := []Result{first, second}; !reflect.DeepEqual(c.Declared.Results, want) {
		t.Errorf("got  %+v\nwant %+v", c.Declared.Results, want)
	}
	if len(c.Problems) > 0 {
		t.Errorf("problems %+v", c.Problems)
	}
}

func TestModelIndexProblems(t *testing.T) {
	for name, yaml := range map[string]string{
		"no list":        "model-index: x",
		"no name":        "model-index:\n- results: []",
		"no results":     "model-index:\n- name: x",
		"no task":        "model-index:\n- name: x\n  results:\n  - dataset: {type: a, name: a}\n    metrics: []",
		"no dataset":     "model-index:\n- name: x\n  results:\n  - task: {type: a}\n    metrics: []",
		"no metric type": "model-index:\n- name: x\n  results:\n  - task: {type: a}\n    dataset: {type: a, name: a}\n    metrics: [{value: 1}]",
		"no value":       "model-index:\n- name: x\n  results:\n  - task: {type: a}\n    dataset: {type: a, name: a}\n    metrics: [{type: a, value: null}]",
		"source no url":  "model-index:\n- name: x\n  results:\n  - task: {type: a}\n    dataset: {type: a, name: a}\n    metrics: []\n    source: {name: b}",
		"result a word":  "model-index:\n- name: x\n  results: [a]",
	} {
		c := Read("README.md", []byte("---\n"+yaml+"\n---\n"))
		if len(c.Problems) == 0 || c.Problems[0].Kind != ModelIndex || c.Problems[0].Line < 2 {
			t.Errorf("%s: problems %+v", name, c.Problems)
		}
	}
}

func TestEvalResults(t *testing.T) {
	results, problems := ReadEvalResults(".eval_results/hle.yaml", []byte(`- dataset: {id: cais/hle, task_id: default, revision: abc}
  value: 22.90
  date: 2026-01-15
  verifyToken: xyz
  source: {url: https://example.org/log, name: Logs}
  notes: no tools
- data:
    dataset: {id: openai/gsm8k}
    value: high
- value: 1
`))
	want := []Result{
		{DatasetType: "cais/hle", TaskType: "default", DatasetRevision: "abc", Value: "22.90", Number: pointer(22.9), Date: "2026-01-15", VerifyToken: true,
			SourceURL: "https://example.org/log", SourceName: "Logs", Notes: "no tools", Line: 1},
		{DatasetType: "openai/gsm8k", Value: "high", Line: 7},
		{Value: "1", Number: pointer(1.0), Line: 10},
	}
	if !reflect.DeepEqual(results, want) {
		t.Errorf("got  %+v\nwant %+v", results, want)
	}
	if len(problems) != 2 || problems[0] != (Problem{EvalResults, "a dataset has no task_id", 8}) || problems[1] != (Problem{EvalResults, "a result has no dataset", 10}) {
		t.Errorf("problems %+v", problems)
	}
	for text, kind := range map[string]string{"": EvalResults, "a: b": EvalResults, "- [": InvalidYAML} {
		if _, problems := ReadEvalResults("x.yaml", []byte(text)); len(problems) != 1 || problems[0].Kind != kind {
			t.Errorf("%q: problems %+v, want %s", text, problems, kind)
		}
	}
}

func TestDeclared(t *testing.T) {
	c := Read("README.md", []byte(`---
license: other
license_name: acme-1.0
license_link: LICENSE.md
language: en
tags: [arxiv:2106.09685v2, doi:10.48550/arXiv.1706.03762, "doi:10.1000/XYZ", x]
datasets: []
base_model:
- acme/a
- acme/b
base_model_relation: merge
library_name: transformers
pipeline_tag: [text-generation]
new_version: acme/c
co2_eq_emissions:
  emissions: 12.5
  source: codecarbon
  training_type: fine-tuning
  geographical_location: Paris
  hardware_used: A100
gated: auto
extra_gated_prompt: Please agree.
extra_gated_fields:
  Name: text
  Country: country
extra_gated_eu_disallowed: true
---
`))
	d := c.Declared
	want := Declared{
		Licenses: []Item{{"other", 2}}, LicenseName: Item{"acme-1.0", 3}, LicenseLink: Item{"LICENSE.md", 4}, Languages: []Item{{"en", 5}},
		Tags:     []Item{{"arxiv:2106.09685v2", 6}, {"doi:10.48550/arXiv.1706.03762", 6}, {"doi:10.1000/XYZ", 6}, {"x", 6}},
		Datasets: []Item{}, BaseModels: []Item{{"acme/a", 9}, {"acme/b", 10}}, BaseModelRelation: Item{"merge", 11},
		LibraryName: Item{"transformers", 12}, PipelineTag: Item{"text-generation", 13}, NewVersion: Item{"acme/c", 14},
		Emissions: &Emissions{pointer(12.5), "codecarbon", "fine-tuning", "Paris", "A100", 15},
		Gated:     Item{"auto", 21}, Gate: &Gate{"Please agree.", []string{"Name", "Country"}, true, 22},
	}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v\nwant %+v", d, want)
	}
	papers := []Paper{{"arxiv", "2106.09685", 6, "metadata"}, {"arxiv", "1706.03762", 6, "metadata"}, {"doi", "10.1000/xyz", 6, "metadata"}}
	if !reflect.DeepEqual(c.Papers, papers) {
		t.Errorf("papers %+v, want %+v", c.Papers, papers)
	}
	if len(c.Problems) > 0 {
		t.Errorf("problems %+v", c.Problems)
	}
}

func TestLinksAndPapers(t *testing.T) {
	c := Read("README.md", []byte("# T\n\n[code](https://github.com/a/b) and [data](https://huggingface.co/datasets/a/b)\n[demo](https://huggingface.co/spaces/a/b)\n"+
		"[paper](https://arxiv.org/pdf/2106.09685v2.pdf), [base](https://huggingface.co/a/b), [file](docs/x.md), [top](#t)\n<a href=\"https://doi.org/10.1000/ABC.1\">doi</a> [blog](https://example.org)\n\n"+
		"See arXiv:1706.03762 too.\n\n```bibtex\n@misc{x, eprint={2005.14165}, doi = {10.1000/xyz}}\n```\n"))
	kinds := map[string]string{}
	for _, l := range c.Links {
		kinds[l.Text] = l.Kind
	}
	want := map[string]string{"code": LinkRepository, "data": LinkDataset, "demo": LinkDemo, "paper": LinkPaper, "base": LinkModel, "file": LinkFile, "doi": LinkPaper, "blog": LinkOther}
	if !reflect.DeepEqual(kinds, want) {
		t.Errorf("links %v, want %v", kinds, want)
	}
	papers := []Paper{{"arxiv", "2106.09685", 5, "link"}, {"doi", "10.1000/abc.1", 6, "link"}, {"arxiv", "1706.03762", 8, "prose"}, {"arxiv", "2005.14165", 11, "code"}, {"doi", "10.1000/xyz", 11, "code"}}
	if !reflect.DeepEqual(c.Papers, papers) {
		t.Errorf("papers %+v, want %+v", c.Papers, papers)
	}
}
