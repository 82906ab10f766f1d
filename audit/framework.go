package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// Framework is a yardstick: rules with weights, and what their answers add up
// to. It is read from one YAML file; weights and thresholds stand there in
// sight, nowhere in Go.
type Framework struct {
	ID        string
	Title     string
	Edition   string
	Reference string
	Axes      []Axis
	Grades    []Grade // best first
}

// Axis is one question of a weighted framework. Axes are never blended.
type Axis struct {
	Name     string
	Question string
	Criteria []Criterion
	// Objections take their weight off the ceiling when they fail, down to the
	// floor, and do nothing else. What speaks against a release can be hidden by
	// its publisher; were it to lower the floor, hiding it would raise it.
	Objections []Criterion
	Caps       []CapRule
	Meaning    map[string]string // of each grade, in words
}

// Criterion is one rule with its weight, a positive whole number whose unit is
// the framework's own.
type Criterion struct {
	Rule   string
	Weight int
}

// CapRule bounds an axis: its floor unless the rule is met, its ceiling when
// the rule fails.
type CapRule struct {
	Name   string
	Unless string // rule id
	At     int    // whole points
}

// Grade is a letter and the floor, in whole points, from which it is given.
type Grade struct {
	Letter string
	Floor  int
}

// LoadFrameworks reads frameworks/<id>.yaml below the root, sorted by id, and
// checks that every rule they name is among the rules.
func LoadFrameworks(fsys fs.FS, rules []*Rule) ([]*Framework, error) {
	files, err := fs.Glob(fsys, FrameworksDir+"/*.yaml")
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	var out []*Framework
	var faults []error
	for _, f := range files {
		fw, err := readFramework(fsys, f, ids)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		out = append(out, fw)
	}
	return out, errors.Join(faults...)
}

func readFramework(fsys fs.FS, file string, ids []string) (*Framework, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, &RuleError{file, 1, err.Error()}
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	if err := validFramework(file, doc); err != nil {
		return nil, err
	}
	m := doc.Value.(map[string]any)
	fw := &Framework{ID: strings.TrimSuffix(path.Base(file), ".yaml")}
	fw.Title, _ = m["title"].(string)
	fw.Edition, _ = m["edition"].(string)
	fw.Reference, _ = m["reference"].(string)
	for _, g := range list(m["grades"]) {
		fw.Grades = append(fw.Grades, Grade{g.(map[string]any)["grade"].(string), whole(g.(map[string]any)["floor"])})
	}
	if err := ordered(file, doc, fw.Grades); err != nil {
		return nil, err
	}
	for i, a := range list(m["axes"]) {
		axis, err := readAxis(file, doc, a.(map[string]any), Join("/axes", i), ids, fw.Grades)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(fw.Axes, func(b Axis) bool { return b.Name == axis.Name }) {
			return nil, &RuleError{file, doc.Line(Join("/axes", i)), fmt.Sprintf("axis %s is given twice", axis.Name)}
		}
		fw.Axes = append(fw.Axes, axis)
	}
	return fw, nil
}

func validFramework(file string, doc *schemas.YAML) error {
	s, err := schemas.Compile("framework")
	if err != nil {
		return err
	}
	err = s.Validate(doc.Value)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	at, msg := complaint("framework", v, doc.Value)
	return &RuleError{file, doc.Line(at), msg}
}

// ordered refuses grades that do not run from the best down to one that every
// floor reaches: some scores would have the wrong grade, or none.
func ordered(file string, doc *schemas.YAML, grades []Grade) error {
	for i, g := range grades {
		if i > 0 && g.Floor >= grades[i-1].Floor {
			return &RuleError{file, doc.Line(Join("/grades", i)), fmt.Sprintf("grade %s comes after %s and asks for no less", g.Letter, grades[i-1].Letter)}
		}
	}
	if last := len(grades) - 1; grades[last].Floor != 0 {
		return &RuleError{file, doc.Line(Join("/grades", last)), "the last grade must be reached from a floor of 0"}
	}
	return nil
}

func readAxis(file string, doc *schemas.YAML, m map[string]any, at string, ids []string, grades []Grade) (Axis, error) {
	a := Axis{Meaning: map[string]string{}}
	a.Name, _ = m["axis"].(string)
	a.Question, _ = m["question"].(string)
	for letter, words := range m["meaning"].(map[string]any) {
		a.Meaning[letter] = words.(string)
	}
	for _, g := range grades {
		if a.Meaning[g.Letter] == "" {
			return a, &RuleError{file, doc.Line(at + "/meaning"), fmt.Sprintf("grade %s has no meaning in words", g.Letter)}
		}
	}
	rule := func(c map[string]any, key, list string, i int) (string, error) {
		id, _ := c[key].(string)
		if !slices.Contains(ids, id) {
			return "", &RuleError{file, doc.Line(Join(at, list, i, key)), fmt.Sprintf("no rule %q%s", id, suggestion(id, ids))}
		}
		return id, nil
	}
	for _, l := range []struct {
		key  string
		into *[]Criterion
	}{{"criteria", &a.Criteria}, {"objections", &a.Objections}} {
		for i, c := range list(m[l.key]) {
			c := c.(map[string]any)
			id, err := rule(c, "rule", l.key, i)
			if err != nil {
				return a, err
			}
			if slices.ContainsFunc(*l.into, func(c Criterion) bool { return c.Rule == id }) {
				return a, &RuleError{file, doc.Line(Join(at, l.key, i)), fmt.Sprintf("rule %s counts twice", id)}
			}
			*l.into = append(*l.into, Criterion{id, whole(c["weight"])})
		}
	}
	for i, c := range list(m["caps"]) {
		c := c.(map[string]any)
		id, err := rule(c, "unless", "caps", i)
		if err != nil {
			return a, err
		}
		a.Caps = append(a.Caps, CapRule{c["name"].(string), id, whole(c["at"])})
	}
	return a, nil
}

func whole(v any) int {
	i, _ := v.(int64)
	return int(i)
}
