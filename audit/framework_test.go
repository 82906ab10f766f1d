package audit_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
)

const sampleFramework = `title: Two questions
edition: "1"
reference: https://example.org/framework
aggregate: weighted
grades:
  - {grade: A, floor: 60}
  - {grade: B, floor: 0}
axes:
  - axis: openness
    question: May I?
    meaning: {A: yes, B: not}
    criteria:
      - {rule: first, weight: 2}
      - {rule: second, weight: 1}
    objections:
      - {rule: third, weight: 5}
    caps:
      - {name: no second, unless: second, at: 40}
  - axis: trust
    question: Can I check?
    meaning: {A: yes, B: not}
    criteria:
      - {rule: first, weight: 1}
`

func loadFramework(t *testing.T, files map[string]string) ([]*audit.Framework, error) {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, id := range []string{"first", "second", "third"} {
		fsys["trust/"+id+".yaml"] = &fstest.MapFile{Data: []byte(sampleRule)}
	}
	all, err := strict().Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return strict().Frameworks(fsys, all)
}

func TestFrameworkIsReadWhole(t *testing.T) {
	got, err := loadFramework(t, map[string]string{"frameworks/b.yaml": sampleFramework, "frameworks/a.yaml": sampleFramework})
	if err != nil || len(got) != 2 || got[0].ID != "a" || got[1].ID != "b" {
		t.Fatalf("%v, %v", got, err)
	}
	fw := got[0]
	if fw.Title != "Two questions" || fw.Edition != "1" || fw.Reference != "https://example.org/framework" || len(fw.Grades) != 2 || fw.Grades[0] != (audit.Grade{Letter: "A", Floor: 60}) || len(fw.Axes) != 2 {
		t.Errorf("%+v", fw)
	}
	a := fw.Axes[0]
	if a.Name != "openness" || a.Question != "May I?" || a.Meaning["B"] != "not" || len(a.Criteria) != 2 || a.Criteria[0] != (audit.Criterion{Rule: "first", Weight: 2}) ||
		len(a.Objections) != 1 || a.Objections[0] != (audit.Criterion{Rule: "third", Weight: 5}) || len(a.Caps) != 1 || a.Caps[0] != (audit.CapRule{Name: "no second", Unless: "second", At: 40}) {
		t.Errorf("%+v", a)
	}
}

func TestFrameworkFaults(t *testing.T) {
	for _, row := range []struct {
		what, old, new string
		line           int
		why            string
	}{
		{"a rule that does not exist", "{rule: second, weight: 1}", "{rule: secnd, weight: 1}", 14, `no rule "secnd", did you mean "second"?`},
		{"an objection that does not exist", "{rule: third, weight: 5}", "{rule: thrid, weight: 5}", 16, `no rule "thrid"`},
		{"a cap on a rule that does not exist", "unless: second", "unless: other", 18, `no rule "other"`},
		{"a rule counted twice", "{rule: second, weight: 1}", "{rule: first, weight: 1}", 14, "rule first counts twice"},
		{"an axis given twice", "axis: trust", "axis: openness", 19, "axis openness is given twice"},
		{"grades upside down", "  - {grade: A, floor: 60}\n  - {grade: B, floor: 0}\n", "  - {grade: B, floor: 0}\n  - {grade: A, floor: 60}\n", 7, "grade A comes after B and asks for no less"},
		{"two grades from one floor", "{grade: A, floor: 60}", "{grade: A, floor: 0}", 7, "grade B comes after A and asks for no less"},
		{"no grade for the worst", "{grade: B, floor: 0}", "{grade: B, floor: 10}", 7, "the last grade must be reached from a floor of 0"},
		{"a grade without words", "{A: yes, B: not}\n    criteria:\n      - {rule: first, weight: 2}", "{A: yes}\n    criteria:\n      - {rule: first, weight: 2}", 11, "grade B has no meaning in words"},
		{"a weight of nothing", "weight: 2", "weight: 0", 13, "must be >= 1"},
		{"a weight that is no whole number", "weight: 2", "weight: 2.5", 13, "/axes/0/criteria/0/weight"},
		{"a cap of all", "at: 40", "at: 100", 18, "must be <= 99"},
		{"an aggregation we do not know", "aggregate: weighted", "aggregate: average", 4, "/aggregate"},
		{"an edition that is a number", `edition: "1"`, "edition: 1", 2, "/edition"},
		{"an unknown field", "aggregate: weighted", "aggregate: weighted\nweights: 1\nvotes: 2", 6, `framework: unknown keyword "votes"`},
		{"no axis", "axes:\n", "axis:\n", 8, `framework: unknown keyword "axis", did you mean "axes"?`},
		{"a tab", "    question: May I?", "\tquestion: May I?", 9, "tab"},
	} {
		t.Run(row.what, func(t *testing.T) {
			text := strings.Replace(sampleFramework, row.old, row.new, 1)
			if text == sampleFramework {
				t.Fatal("the sample has no such text")
			}
			got, err := loadFramework(t, map[string]string{"frameworks/tried.yaml": text, "frameworks/sound.yaml": sampleFramework})
			refused(t, err, "frameworks/tried.yaml", row.line, row.why)
			if len(got) != 1 || got[0].ID != "sound" {
				t.Errorf("loaded %v", got)
			}
		})
	}
}
