package audit_test

import (
	"strings"
	"testing"

	"glassbox/audit"
)

const sampleAllOf = `title: All of it
edition: "1"
reference: https://example.org/all
aggregate: all_of
words: {conforms: holds, undetermined: perhaps, does_not_conform: fails}
topics:
  - topic: Things
    criteria:
      - {id: one, title: Card, rule: component, at: /components/model_card}
      - id: two
        title: Report or paper
        any:
          - {rule: component, at: /components/technical_report}
          - {rule: component, at: /components/research_paper}
      - {id: three, title: Weights, rule: component, at: /components/model_parameters_final, level: present}
  - topic: People
    criteria:
      - {id: four, title: It is all there, attest: all-there, asks: "Is it all there?"}
`

// attested adds answers in the form question=answer/name/date.
func attested(ev *audit.Evidence, answers ...string) *audit.Evidence {
	items := []any{}
	for _, a := range answers {
		question, rest, _ := strings.Cut(a, "=")
		part := strings.Split(rest, "/")
		item := map[string]any{"question": question, "answer": part[0], "name": part[1], "date": part[2]}
		if part[0] == "true" || part[0] == "false" {
			item["answer"] = part[0] == "true"
		}
		items = append(items, item)
	}
	ev.Set("/attestations", items, audit.Source{Path: "attestations.yaml", Line: 1, Level: audit.Claimed})
	return ev
}

func TestAllOf(t *testing.T) {
	fw, err := classes(t, sampleAllOf)
	if err != nil {
		t.Fatal(err)
	}
	here := "model_card technical_report model_parameters_final"
	good := "all-there=true/Ada/2026-01-02"
	for _, c := range []struct {
		names, answers string
		level          audit.Level
		verdict, best  string
	}{
		{here, good, audit.Present, "conforms", "conforms"},
		{"model_card research_paper model_parameters_final", good, audit.Present, "conforms", "conforms"},
		// what only a person can answer stays open until one has
		{here, "", audit.Present, "undetermined", "conforms"},
		{here, "other=true/Ada/2026-01-02", audit.Present, "undetermined", "conforms"},
		{here, "all-there=true//2026-01-02", audit.Present, "undetermined", "conforms"},
		{here, "all-there=true/Ada/soon", audit.Present, "undetermined", "conforms"},
		{here, "all-there=true/Ada/2026-13-02", audit.Present, "undetermined", "conforms"},
		{here, "all-there=true/Ada/2027-01-02", audit.Present, "undetermined", "conforms"},
		{here, good + " all-there=false/Bob/2026-01-03", audit.Present, "undetermined", "conforms"},
		{here, "all-there=false/Ada/2026-01-02", audit.Present, "does_not_conform", "does_not_conform"},
		{here, "all-there=yes/Ada/2026-01-02", audit.Present, "does_not_conform", "does_not_conform"},
		// a claim is none of what is asked to be present
		{here, good, audit.Claimed, "undetermined", "conforms"},
		{"model_card technical_report ?model_parameters_final", good, audit.Present, "undetermined", "conforms"},
		// one of several will do, and fails only when all do
		{"model_card ?technical_report model_parameters_final", good, audit.Present, "undetermined", "conforms"},
		{"model_card model_parameters_final", good, audit.Present, "does_not_conform", "does_not_conform"},
		{"technical_report model_parameters_final", good, audit.Present, "does_not_conform", "does_not_conform"},
	} {
		ev := attested(listed(c.level, strings.Fields(c.names)...), strings.Fields(c.answers)...)
		ev.AsOf = "2026-06-01"
		s := fw.Apply(ev, nil)[0]
		if s.Verdict != c.verdict || s.BestVerdict != c.best || s.Words != fw.Words[c.verdict] {
			t.Errorf("%s, %s: %s (%s), %s at best", c.names, c.answers, s.Verdict, s.Words, s.BestVerdict)
		}
	}
}

// The trace leads from a criterion to the rule that decided, to the place it was
// asked of and its source.
func TestAllOfTrace(t *testing.T) {
	fw, err := classes(t, sampleAllOf)
	if err != nil {
		t.Fatal(err)
	}
	s := fw.Apply(attested(listed(audit.Present, "research_paper"), "all-there=true/Ada/2026-01-02"), nil)[0]
	if len(s.Criteria) != 4 {
		t.Fatalf("%d criteria", len(s.Criteria))
	}
	if a := s.Criteria[1]; a.Topic != "Things" || a.ID != "two" || a.Rule != "component" || a.Pointer != "/components/research_paper" || a.Word != audit.WordMet || a.Places[0].Path != "entry.yml" || a.Places[0].Line != 3 {
		t.Errorf("%+v", a)
	}
	if a := s.Criteria[3]; a.Rule != "" || a.Attest != "all-there" || a.Places[0].Pointer != "/attestations/0/answer" || a.Places[0].Path != "attestations.yaml" || a.Word != audit.WordMet {
		t.Errorf("%+v", a)
	}
	var missing []string
	for _, m := range s.Missing {
		missing = append(missing, m.ID+": "+m.Fix)
	}
	if got := strings.Join(missing, ", "); got != "one: Open it., three: Open it." {
		t.Error(got)
	}
	if s.Weight != 4 || s.Coverage != 100 {
		t.Errorf("weight %d, coverage %d", s.Weight, s.Coverage)
	}
}

func TestFrameworksThatDoNotLoad(t *testing.T) {
	for old, c := range map[string]struct{ with, want string }{
		"rule: component, at: /components/model_card}": {"rule: componnt}", `frameworks/steps.yaml:9: no rule "componnt", did you mean "component"?`},
		"id: four, title":                {"id: one, title", "frameworks/steps.yaml:18: criterion It is all there is given twice"},
		"attest: all-there":              {"attest: all-there, rule: component", "frameworks/steps.yaml:18: a question has one of rule, any, all and attest, this one 2 of them"},
		", attest: all-there, asks":      {", asks", "frameworks/steps.yaml:18: a question has one of rule, any, all and attest, this one 0 of them"},
		"words: {conforms: holds,":       {"words: {", "frameworks/steps.yaml:5: "},
		"level: present":                 {"level: perhaps", "frameworks/steps.yaml:15: "},
		"  - topic: People":              {"  - topic: People\n    of: 0", "frameworks/steps.yaml:17: "},
		"  - topic: Things":              {"  - topic: Things\n    of: 2", "frameworks/steps.yaml:8: topic Things has 3 criteria and says 2"},
		"at: /components/research_paper": {"at: /licenses/texts", "frameworks/steps.yaml:14: rule component cannot be asked of /licenses/texts"},
	} {
		text := strings.Replace(sampleAllOf, old, c.with, 1)
		if text == sampleAllOf {
			t.Fatalf("%q is not there", old)
		}
		_, err := classes(t, text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.with, err, c.want)
		}
	}
}
