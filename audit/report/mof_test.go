package report_test

import (
	"bytes"
	"testing"

	"go.yaml.in/yaml/v3"

	"glassbox/audit"
	"glassbox/audit/report"
)

// What a release calls itself cannot break out of the entry's YAML, and a
// component without a licence takes over none.
func TestMOFEntry(t *testing.T) {
	r := &audit.Report{
		Subject: audit.Subject{Name: "acme/x\"\n  license: {distribution: {name: MIT}}\x1b[2J"},
		Scores: []audit.Score{{Framework: "mof-mot", Criteria: []audit.Answer{
			{Title: "Model card", Pointer: "/components/model_card"}, {Title: "Datasets", Pointer: "/components/datasets"},
			{Title: "Training code", Pointer: "/components/training_code"},
		}}},
		Components: []audit.Component{
			{Name: "datasets", Present: true}, {Name: "model_card", Present: true, License: "MIT", Paths: []string{"a: b.md"}}, {Name: "training_code"},
		},
	}
	mof, err := report.Find("mof")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := mof.Write(&b, []*audit.Report{r}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Framework struct{ Name string }
		Release   struct {
			Name, Producer string
			License        map[string]any
			Components     []map[string]string
		}
	}
	if err := yaml.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatalf("%v in\n%s", err, b.String())
	}
	if doc.Framework.Name != "Model Openness Framework" || doc.Release.Producer != "acme" || len(doc.Release.License) > 0 || bytes.ContainsRune(b.Bytes(), 0x1b) {
		t.Errorf("%s", b.String())
	}
	want := []map[string]string{{"name": "Model card", "license": "MIT", "component_path": "a: b.md"}, {"name": "Datasets", "license": "unlicensed"}}
	if len(doc.Release.Components) != 2 {
		t.Fatalf("%v", doc.Release.Components)
	}
	for i, c := range doc.Release.Components {
		for k, v := range want[i] {
			if c[k] != v {
				t.Errorf("component %d: %s is %q, want %q", i, k, c[k], v)
			}
		}
	}
}
