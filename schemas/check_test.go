package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"glassbox/schemas"
)

// Faults come one for each thing missing or too much, with the place in the
// document as it is written there, in one order.
func TestFaults(t *testing.T) {
	check := schemas.Checker("training-summary")
	document := func() any {
		return map[string]any{"version": "1", "updated": "soon", "a b/c": 1.0, "%41": 2.0, "general": map[string]any{"models": []any{}},
			"processing": map[string]any{"illegal_content": "x", "rights_reservation": map[string]any{"measures": strings.Repeat("long ", 100) + "x"}}, "sources": "none"}
	}
	want := []string{
		"/%41 additionalProperties", "/a b~1c additionalProperties", "/general required", "/general required", "/general/models minItems", "/sources type", "/updated pattern",
	}
	var first []schemas.Fault
	for range 30 {
		faults := check(document())
		var got []string
		for _, f := range faults {
			got = append(got, f.Pointer+" "+f.Keyword)
			if f.Message == "" || len(f.Message) > 250 {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q", got)
		}
		if first == nil {
			first = faults
		}
		if !slices.Equal(first, faults) {
			t.Fatalf("%v\n%v", first, faults)
		}
	}
	if f := first[2]; f.Message != "there is no modalities" {
		t.Errorf("%+v", f)
	}
	if faults := schemas.Checker("dataset-card")(map[string]any{"license": "mit"}); faults != nil {
		t.Errorf("%v", faults)
	}
}
