package card

import (
	"slices"
	"strings"
	"testing"
)

const mct2 = `{
  "schema_version": "0.0.2",
  "model_details": {
    "name": "Cats",
    "overview": "Tells cats from dogs in photographs. See https://arxiv.org/abs/1801.04381 for the network.",
    "owners": [{"name": "Acme", "contact": "a@acme.example"}],
    "licenses": [{"identifier": "Apache-2.0"}, {"custom_text": "and more"}],
    "version": {"name": "1.10"}
  },
  "model_parameters": {
    "model_architecture": "MobileNetV2",
    "data": [{"name": "Training Set", "description": "Many photographs.", "graphics": {"collection": [{"name": "plot", "image": "aGVsbG8gd29ybGQ="}]}}]
  },
  "quantitative_analysis": {"performance_metrics": [{"type": "accuracy", "value": "0.9", "slice": "cats"}]},
  "considerations": {
    "users": [{"description": "Researchers alone."}],
    "limitations": [],
    "ethical_considerations": [{"name": "Bias.", "mitigation_strategy": "[More Information Needed]"}]
  }
}`

func TestModelCardToolkit2(t *testing.T) {
	c, ok := ReadJSON("card.json", []byte(mct2))
	if !ok || c.Schema != SchemaMCT2 || c.Kind != KindModel || c.Title != "Cats" || len(c.Problems) > 0 {
		t.Fatalf("%v %+v", ok, c)
	}
	want := map[string]int{"model_description": 10, "developers": 3, "license_section": 3, "architecture_section": 1, "training_data": 5,
		"results": 2, "intended_users": 2, "ethical_considerations": 1, "limitations": 0}
	for name, n := range want {
		if s := find(t, c, name); s.Words != n {
			t.Errorf("%s: %d words, want %d", name, s.Words, n)
		}
	}
	if s := find(t, c, "ethical_considerations"); s.Placeholders != 1 || s.Line != 18 {
		t.Errorf("ethical considerations %+v", s)
	}
	if !slices.Equal(c.Declared.Licenses, []Item{{"Apache-2.0", 7}, {"and more", 7}}) {
		t.Errorf("licences %v", c.Declared.Licenses)
	}
	if len(c.Declared.Results) != 1 || *c.Declared.Results[0].Number != 0.9 || c.Declared.Results[0].MetricType != "accuracy" {
		t.Errorf("results %+v", c.Declared.Results)
	}
	if len(c.Papers) != 1 || c.Papers[0].ID != "1801.04381" || c.Papers[0].Line != 5 {
		t.Errorf("papers %+v", c.Papers)
	}
	if got := claims(c); !slices.Equal(got, []string{"license=Apache-2.0|and more", "architecture=MobileNetV2"}) {
		t.Errorf("claims %q", got)
	}
}

func TestModelCardToolkit1(t *testing.T) {
	c, ok := ReadJSON("card.json", []byte(`{"model_details": {"name": "X", "license": "MIT"},
	  "model_parameters": {"data": {"train": {"name": "Training words"}, "eval": {"name": "Other test words"}}},
	  "quantitative_analysis": {"performance_metrics": [{"value": 0.5}]},
	  "considerations": {"use_cases": ["Sorting mail."], "limitations": ["Fails at night."]}}`))
	if !ok || c.Schema != SchemaMCT1 {
		t.Fatalf("%v %+v", ok, c)
	}
	for name, n := range map[string]int{"training_data": 2, "testing_data": 3, "uses": 2, "limitations": 3} {
		if s := find(t, c, name); s.Words != n {
			t.Errorf("%s: %d words, want %d", name, s.Words, n)
		}
	}
	checkProblem(t, c.Problems, ModelIndex)
}

func TestMitchellCard(t *testing.T) {
	c, ok := ReadJSON("card.json", []byte(`{"display_name": "BART", "model_details": {"description": "A model for text.", "license": null},
	  "intended_use": {"primary_uses": null}, "training_data": {"dataset": {"name": "CNN"}, "motivation": null}, "factors": {}}`))
	if !ok || c.Schema != SchemaMitchell || c.Title != "BART" {
		t.Fatalf("%v %+v", ok, c)
	}
	if s := find(t, c, "license_section"); !s.Placeholder || s.Placeholders != 1 {
		t.Errorf("a null is a placeholder: %+v", s)
	}
	if s := find(t, c, "training_data"); s.Words != 1 || s.Placeholders != 1 || s.Placeholder {
		t.Errorf("training data %+v", s)
	}
}

// A name and an overview are all that the toolkit asks for.
func TestShortJSONCard(t *testing.T) {
	c, ok := ReadJSON("card.json", []byte(`{"model_details": {"name": "Leaf", "overview": "It tells forty plants apart by their leaves."}}`))
	if !ok || c.Schema != SchemaMCT2 || c.Title != "Leaf" || c.Counts.Words != 8 {
		t.Errorf("%v %+v", ok, c)
	}
}

func TestNoJSONCard(t *testing.T) {
	for _, text := range []string{``, `{}`, `[]`, `{"architectures": ["X"]}`, `{"model_details": 1}`, `{"model_details": {}}`, `{"a": "model_details"}`} {
		if c, ok := ReadJSON("config.json", []byte(text)); ok {
			t.Errorf("%s read as %+v", text, c)
		}
	}
}

func TestBrokenJSONCard(t *testing.T) {
	tests := map[string]struct{ text, kind string }{
		"cut off":    {mct2[:300], InvalidJSON},
		"more":       {mct2 + "{}", InvalidJSON},
		"duplicates": {strings.Replace(mct2, `"name": "Cats"`, `"name": "Dogs", "name": "Cats"`, 1), DuplicateKey},
		"too deep":   {`{"model_details": ` + strings.Repeat("[", 5000), LimitHit},
		"not UTF-8":  {strings.Replace(mct2, "Cats", "C\xffts", 1), Encoding},
	}
	for name, test := range tests {
		c, ok := ReadJSON("card.json", []byte(test.text))
		if !ok {
			t.Errorf("%s: not a card", name)
			continue
		}
		checkProblem(t, c.Problems, test.kind)
	}
}
