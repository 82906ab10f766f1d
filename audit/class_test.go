package audit_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
)

const sampleComponent = `title: The component is open
why: Because.
fix: Open it.
references: [https://example.org]
severity: info
effort: days
needs: /components/model_card
expect: {required: [present], properties: {present: {const: true}}}
level: claimed
examples:
  pass: [{present: true}]
  fail: [{present: false}]
`

const sampleClasses = `title: Three steps
edition: "1"
reference: https://example.org/steps
aggregate: classes
level: claimed
none: nothing yet
classes:
  - class: low
    title: Begun
    criteria:
      - {title: Report, rule: component, at: /components/technical_report}
      - {title: Card, rule: component, at: /components/model_card}
      - {title: Weights, rule: component, at: /components/model_parameters_final}
  - class: high
    title: Done
    criteria:
      - {title: Paper, rule: component, at: /components/research_paper}
      - {title: Data, rule: component, at: /components/datasets}
instead:
  - {for: Report, by: Paper, when: {title: Paper listed, rule: component, at: /components/research_paper}}
`

func classes(t *testing.T, text string) (*audit.Framework, error) {
	t.Helper()
	fsys := fstest.MapFS{"openness/component.yaml": {Data: []byte(sampleComponent)}}
	all, err := strict().Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	fsys["frameworks/steps.yaml"] = &fstest.MapFile{Data: []byte(text)}
	list, err := strict().Frameworks(fsys, all)
	if err != nil {
		return nil, err
	}
	return list[0], nil
}

// listed is evidence of components: here, not here (!), or not looked at (?).
func listed(level audit.Level, names ...string) *audit.Evidence {
	ev := audit.NewEvidence()
	for _, key := range []string{"technical_report", "model_card", "model_parameters_final", "research_paper", "datasets"} {
		here := false
		open := false
		for _, n := range names {
			here = here || n == key
			open = open || n == "?"+key
		}
		if !open {
			ev.Set("/components/"+key, map[string]any{"present": here}, audit.Source{Path: "entry.yml", Line: 3, Level: level})
		}
	}
	return ev
}

func TestClasses(t *testing.T) {
	fw, err := classes(t, sampleClasses)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names       string
		class, best string
		low, high   float64
		missing     string
	}{
		{"", "none", "none", 0, 0, "Report, Card, Weights, Paper, Data"},
		{"model_card", "none", "none", 33.33, 0, "Report, Weights, Paper, Data"},
		{"model_card model_parameters_final", "none", "none", 66.67, 0, "Report, Paper, Data"},
		{"model_card datasets research_paper", "none", "none", 66.67, 0, "Weights"},
		{"technical_report model_card model_parameters_final", "low", "low", 100, 60, "Paper, Data"},
		{"technical_report model_card model_parameters_final research_paper", "low", "low", 100, 80, "Data"},
		// the paper stands in for the report and is not counted twice
		{"research_paper model_card model_parameters_final", "low", "low", 100, 75, "Data"},
		{"research_paper model_card model_parameters_final datasets", "high", "high", 100, 100, ""},
		{"technical_report model_card model_parameters_final ?research_paper ?datasets", "low", "high", 100, 60, "Paper, Data"},
		{"technical_report ?model_card model_parameters_final", "none", "low", 66.67, 0, "Card, Paper, Data"},
	} {
		s := fw.Apply(listed(audit.Claimed, strings.Fields(c.names)...), nil)[0]
		var missing []string
		for _, m := range s.Missing {
			missing = append(missing, m.Title)
		}
		if s.Class != c.class || s.BestClass != c.best || s.Progress["low"] != c.low || s.Progress["high"] != c.high || strings.Join(missing, ", ") != c.missing {
			t.Errorf("%s: class %s (%s at best), %v, missing %v", c.names, s.Class, s.BestClass, s.Progress, missing)
		}
	}
}

// A framework may ask for stronger evidence than the rule does; what is only
// claimed is then an answer at best.
func TestClassesAskForTheirLevel(t *testing.T) {
	fw, err := classes(t, strings.Replace(sampleClasses, "level: claimed", "level: present", 1))
	if err != nil {
		t.Fatal(err)
	}
	s := fw.Apply(listed(audit.Claimed, "technical_report", "model_card", "model_parameters_final"), nil)[0]
	if s.Class != "none" || s.BestClass != "low" || s.Words != "nothing yet" || s.Criteria[0].Word != audit.WordClaimed {
		t.Errorf("%s, %s at best, %s, %s", s.Class, s.BestClass, s.Words, s.Criteria[0].Word)
	}
	s = fw.Apply(listed(audit.Present, "technical_report", "model_card", "model_parameters_final"), nil)[0]
	if s.Class != "low" || s.Criteria[0].Word != audit.WordMet || s.Criteria[0].Places[0].Path != "entry.yml" || s.Criteria[0].Places[0].Line != 3 {
		t.Errorf("%s: %+v", s.Class, s.Criteria[0])
	}
}

func TestClassesThatDoNotLoad(t *testing.T) {
	for old, c := range map[string]struct{ with, want string }{
		"rule: component, at: /components/model_card}": {"rule: componnt, at: /components/model_card}", `frameworks/steps.yaml:12: no rule "componnt", did you mean "component"?`},
		"at: /components/model_card":                   {"at: /components/no_such", "frameworks/steps.yaml:12: rule component cannot be asked of /components/no_such"},
		"at: /components/datasets":                     {"at: /licenses/texts", "frameworks/steps.yaml:18: rule component cannot be asked of /licenses/texts"},
		"title: Weights":                               {"title: Card", "frameworks/steps.yaml:13: criterion Card is given twice"},
		"for: Report":                                  {"for: Rapport", `frameworks/steps.yaml:20: no criterion "Rapport"`},
		"none: nothing yet\n":                          {"", "frameworks/steps.yaml:1: "},
	} {
		_, err := classes(t, strings.Replace(sampleClasses, old, c.with, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.with, err, c.want)
		}
	}
}
