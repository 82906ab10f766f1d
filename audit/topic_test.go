package audit_test

import (
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

const sampleLevels = `title: How far
edition: "1"
reference: https://example.org/far
aggregate: levels
unit: steps
levels: [{level: open, points: 1}, {level: partial, points: 0.5}, {level: closed, points: 0}]
topics:
  - topic: Things
    of: 3
    criteria:
      - id: text
        title: Text
        levels:
          open: {all: [{rule: component, at: /components/model_card}, {rule: component, at: /components/research_paper}]}
          partial: {any: [{rule: component, at: /components/model_card}, {rule: component, at: /components/research_paper}]}
      - id: weights
        title: Weights
        levels:
          open:
            attest: how-open
            answers: [open]
            else: {rule: component, at: /components/model_parameters_final}
          partial:
            attest: how-open
            answers: [open, partial]
            else: {rule: component, at: /components/model_parameters_final}
`

func TestLevels(t *testing.T) {
	fw, err := classes(t, sampleLevels)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names, answers string
		points, best   float64
		reached, seen  string
	}{
		{"model_card research_paper model_parameters_final", "", 2, 3, "open open", "2 of 3"},
		{"model_card model_parameters_final", "", 1.5, 2.5, "partial open", "2 of 3"},
		{"", "", 0, 1, "closed closed", "2 of 3"},
		{"?model_card ?research_paper ?model_parameters_final", "", 0, 3, "closed closed", "0 of 3"},
		{"model_card ?research_paper", "", 0.5, 2, "partial closed", "2 of 3"},
		{"?model_card", "", 0, 1.5, "closed closed", "1 of 3"},
		// what a person answers goes before what the rule says
		{"model_parameters_final", "how-open=partial/Ada/2026-01-02", 0.5, 1.5, "closed partial", "2 of 3"},
		{"model_parameters_final", "how-open=closed/Ada/2026-01-02", 0, 1, "closed closed", "2 of 3"},
		{"", "how-open=open/Ada/2026-01-02", 1, 2, "closed open", "2 of 3"},
		{"model_parameters_final", "how-open=closed//2026-01-02", 1, 2, "closed open", "2 of 3"},
	} {
		s := fw.Apply(attested(listed(audit.Claimed, strings.Fields(c.names)...), strings.Fields(c.answers)...), nil)[0]
		reached := s.Criteria[0].Reached + " " + s.Criteria[1].Reached
		if seen := fmt.Sprintf("%d of %d", *s.Seen, s.Of); *s.Points != c.points || *s.BestPoints != c.best || reached != c.reached || seen != c.seen || s.Words != "steps" {
			t.Errorf("%s, %s: %v–%v, %s, %s", c.names, c.answers, *s.Points, *s.BestPoints, reached, seen)
		}
	}
}

const sampleCount = `title: How many
edition: "1"
reference: https://example.org/many
aggregate: count
level: claimed
unit: things
topics:
  - topic: Paper
    of: 5
    criteria:
      - {id: "1", title: Card, rule: component}
      - {id: "2", title: Report, rule: component, at: /components/technical_report}
  - topic: Bytes
    criteria:
      - id: "3"
        title: Weights
        any:
          - {rule: component, at: /components/model_parameters_final, kind: release}
          - {rule: component, at: /components/datasets, kind: api}
`

func TestCount(t *testing.T) {
	fw, err := classes(t, sampleCount)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names, kind  string
		points, best float64
		seen         string
	}{
		{"model_card technical_report model_parameters_final", "release", 3, 6, "3 of 6: 2 of 5, 1 of 1"},
		{"model_card ?technical_report", "release", 1, 5, "2 of 6: 1 of 5, 1 of 1"},
		{"?model_card ?technical_report ?model_parameters_final", "release", 0, 6, "0 of 6: 0 of 5, 0 of 1"},
		{"datasets ?model_parameters_final", "release", 0, 4, "2 of 6: 2 of 5, 0 of 1"},
		{"datasets ?model_parameters_final", "api", 1, 4, "3 of 6: 2 of 5, 1 of 1"},
		{"model_parameters_final", "api", 0, 3, "3 of 6: 2 of 5, 1 of 1"},
		{"model_parameters_final", "", 0, 4, "2 of 6: 2 of 5, 0 of 1"}, // of whichever kind it is
	} {
		ev := listed(audit.Claimed, strings.Fields(c.names)...)
		if c.kind != "" {
			ev.Set("/subject/kind", c.kind, audit.Source{Path: "entry.yml", Line: 1, Level: audit.Present})
		}
		s := fw.Apply(ev, nil)[0]
		seen := fmt.Sprintf("%d of %d: %d of %d, %d of %d", *s.Seen, s.Of, s.Topics[0].Seen, s.Topics[0].Of, s.Topics[1].Seen, s.Topics[1].Of)
		if *s.Points != c.points || *s.BestPoints != c.best || seen != c.seen {
			t.Errorf("%s, %s: %v–%v, %s", c.names, c.kind, *s.Points, *s.BestPoints, seen)
		}
	}
}

// What a provider tells only in part, and what only others tell of it, is a
// claim where a framework takes claims, and gives no point.
func TestCountTakesNothingToldInPart(t *testing.T) {
	fw, err := classes(t, sampleCount)
	if err != nil {
		t.Fatal(err)
	}
	for state, want := range map[audit.Statement]float64{
		{State: audit.Disclosed, Authority: "first-party"}: 1,
		{State: audit.Disclosed, Authority: "independent"}: 1,
		{State: audit.Partial, Authority: "first-party"}:   0,
		{State: audit.Disclosed, Authority: "secondary"}:   0,
	} {
		ev := audit.NewEvidence()
		ev.Set("/components/model_card", map[string]any{"present": true}, audit.Source{URL: "https://example.org", Level: audit.Claimed, Statement: &state})
		if s := fw.Apply(ev, nil)[0]; *s.Points != want || *s.BestPoints != 6 {
			t.Errorf("%+v: %v–%v, want %v", state, *s.Points, *s.BestPoints, want)
		}
	}
}

// table reads a table of published judgements by its columns.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	dir := os.Getenv("GLASSBOX_DATA")
	if corpora := os.Getenv("GLASSBOX_CORPORA"); dir == "" && corpora != "" {
		dir = filepath.Join(filepath.Dir(corpora), "data")
	}
	if dir == "" {
		t.Skip("neither GLASSBOX_DATA nor GLASSBOX_CORPORA says where the tables of published judgements are")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("no table of published judgements: %v", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		row := map[string]string{}
		for i, cell := range r {
			row[rows[0][i]] = cell
		}
		out = append(out, row)
	}
	return out
}

// The index publishes 100 judgements of each of 13 companies, and their totals;
// counted here, they give the same totals.
func TestCountOfPublishedIndex(t *testing.T) {
	matrix := table(t, "fmti_2025_matrix.csv")
	published := map[string]int{
		"IBM": 95, "Writer": 72, "AI21 Labs": 66, "Anthropic": 46, "Google": 41, "Amazon": 39, "OpenAI": 35,
		"DeepSeek": 32, "Meta": 31, "Alibaba": 26, "Mistral": 18, "Midjourney": 14, "xAI": 14,
	}
	domains := map[string][3]float64{"OpenAI": {1, 13, 21}, "Anthropic": {3, 17, 26}, "IBM": {34, 28, 33}, "xAI": {1, 5, 8}}
	text := "title: All of the index\nedition: \"1\"\nreference: https://crfm.stanford.edu/fmti/\naggregate: count\nunit: points\ntopics:\n"
	for i, r := range matrix {
		if i == 0 || matrix[i-1]["domain"] != r["domain"] {
			text += fmt.Sprintf("  - topic: %s\n    criteria:\n", r["domain"])
		}
		text += fmt.Sprintf("      - {id: %q, title: %q, attest: fmti-%s}\n", r["no"], r["indicator"], r["no"])
	}
	fw, err := classes(t, text)
	if err != nil {
		t.Fatal(err)
	}
	for _, company := range slices.Sorted(maps.Keys(published)) {
		var answers []string
		for _, r := range matrix {
			answers = append(answers, fmt.Sprintf("fmti-%s=%t/Stanford CRFM/2025-12-09", r["no"], r[company] == "1"))
		}
		s := fw.Apply(attested(audit.NewEvidence(), answers...), nil)[0]
		if *s.Points != float64(published[company]) || *s.BestPoints != *s.Points || *s.Seen != 100 || s.Of != 100 || s.Coverage != 100 {
			t.Errorf("%s: %v–%v of %d, %d seen; published %d", company, *s.Points, *s.BestPoints, s.Of, *s.Seen, published[company])
		}
		if want, ok := domains[company]; ok && (s.Topics[0].Points != want[0] || s.Topics[1].Points != want[1] || s.Topics[2].Points != want[2]) {
			t.Errorf("%s: %+v, want %v", company, s.Topics, want)
		}
	}
}

// The judgements of the European index on 193 systems, given to our own
// framework as attestations, add up to their equal-weight scores.
func TestLevelsOfPublishedIndex(t *testing.T) {
	rows := table(t, "osai_index.csv")
	_, all := builtin(t)
	fw := all[slices.IndexFunc(all, func(fw *audit.Framework) bool { return fw.ID == "osai" })]
	var keys []string
	for _, topic := range fw.Topics {
		for _, c := range topic.Criteria {
			keys = append(keys, c.ID)
		}
	}
	if len(keys) != 12 || len(rows) < 190 {
		t.Fatalf("%d dimensions, %d systems", len(keys), len(rows))
	}
	for _, r := range rows {
		var answers []string
		for _, key := range keys {
			answers = append(answers, fmt.Sprintf("osai-%s=%s/OSAI/2026-06-12", strings.ReplaceAll(key, "_", "-"), r[key]))
		}
		s := fw.Apply(attested(audit.NewEvidence(), answers...), nil)[0]
		want, err := strconv.ParseFloat(r["score12"], 64)
		if err != nil {
			t.Fatal(err)
		}
		if *s.Points != want || *s.BestPoints != want || s.Of != 12 || *s.Seen != 12 {
			t.Errorf("%s: %v–%v of %d, %d seen; want %v", r["system"], *s.Points, *s.BestPoints, s.Of, *s.Seen, want)
		}
	}
}

// Every criterion of the frameworks that come with the program has an id of its
// own and at most so many as the framework itself.
func TestBuiltinTopics(t *testing.T) {
	_, all := builtin(t)
	want := map[string]int{"fmti": 100, "osai": 12, "eu-documents": 54}
	for _, fw := range all {
		of := 0
		for _, topic := range fw.Topics {
			of += topic.Of
			for _, c := range topic.Criteria {
				if c.ID == "" || len(c.Questions) == 0 {
					t.Errorf("%s: criterion %s has id %q and %d questions", fw.ID, c.Title, c.ID, len(c.Questions))
				}
			}
		}
		if n, ok := want[fw.ID]; ok && of != n {
			t.Errorf("%s has %d criteria, want %d", fw.ID, of, n)
		}
	}
}
