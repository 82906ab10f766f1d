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
	Aggregate string // Weighted, Classes, AllOf, Levels or Count
	Axes      []Axis
	Grades    []Grade // best first
	// Level is how strong the evidence must be for every criterion; Unsourced
	// where each rule says so itself.
	Level   Level
	Classes []Class // the easiest first; of a framework that gives classes
	None    string  // said where not even the first is reached
	Instead []Instead
	// Topics are the criteria of a framework that is neither weighted nor has
	// classes.
	Topics  []Topic
	Reaches []Reach           // how far a criterion can be met, the furthest first; of a framework of levels
	Words   map[string]string // of each verdict
	Unit    string            // what points are called beside their number
}

// The ways in which the answers to criteria are put together.
const (
	Weighted = "weighted" // weights add up to points of 100
	Classes  = "classes"  // each class asks for all of the one before
	AllOf    = "all_of"   // everything must hold
	Levels   = "levels"   // each criterion is met more or less far, and the points add up
	Count    = "count"    // a point for each criterion that is met
)

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

// Frameworks reads frameworks/<id>.yaml below the root, sorted by id, and checks
// that every rule they name is among the rules.
func (l *Loader) Frameworks(fsys fs.FS, rules []*Rule) ([]*Framework, error) {
	files, err := fs.Glob(fsys, FrameworksDir+"/*.yaml")
	if err != nil {
		return nil, err
	}
	var out []*Framework
	var faults []error
	for _, got := range eachFile(files, func(f string) (*Framework, error) { return l.framework(fsys, f, rules) }) {
		if got.err != nil {
			faults = append(faults, got.err)
			continue
		}
		out = append(out, got.value)
	}
	return out, errors.Join(faults...)
}

func (l *Loader) framework(fsys fs.FS, file string, rules []*Rule) (*Framework, error) {
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, &RuleError{file, 1, err.Error()}
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	if l.Strict { // the built-in ones are held against the schema by the tests
		if err := validFramework(file, doc); err != nil {
			return nil, err
		}
	}
	m := doc.Value.(map[string]any)
	fw := &Framework{ID: strings.TrimSuffix(path.Base(file), ".yaml")}
	fw.Title, _ = m["title"].(string)
	fw.Edition, _ = m["edition"].(string)
	fw.Reference, _ = m["reference"].(string)
	level, _ := m["level"].(string)
	if level != "" {
		if err := fw.Level.UnmarshalText([]byte(level)); err != nil {
			return nil, &RuleError{file, doc.Line("/level"), err.Error()}
		}
	}
	fw.Aggregate, _ = m["aggregate"].(string)
	f := &frameworkFile{file, doc, m, rules}
	switch fw.Aggregate {
	case Weighted:
		return fw, fw.weighted(f)
	case Classes:
		return fw, l.classes(fw, f)
	}
	return fw, l.topics(fw, f)
}

// frameworkFile is a framework's YAML while it is read.
type frameworkFile struct {
	name  string
	doc   *schemas.YAML
	value map[string]any
	rules []*Rule
}

func (f *frameworkFile) fault(at, format string, args ...any) error {
	return &RuleError{f.name, f.doc.Line(at), fmt.Sprintf(format, args...)}
}

// rule finds a rule by the id that stands at a pointer.
func (f *frameworkFile) rule(id any, at string) (*Rule, error) {
	ids := make([]string, len(f.rules))
	for i, r := range f.rules {
		if ids[i] = r.ID; r.ID == id {
			return r, nil
		}
	}
	text, _ := id.(string)
	return nil, f.fault(at, "no rule %q%s", text, suggestion(text, ids))
}

func (fw *Framework) weighted(f *frameworkFile) error {
	for _, g := range list(f.value["grades"]) {
		fw.Grades = append(fw.Grades, Grade{g.(map[string]any)["grade"].(string), whole(g.(map[string]any)["floor"])})
	}
	if err := f.ordered(fw.Grades); err != nil {
		return err
	}
	for i, a := range list(f.value["axes"]) {
		axis, err := f.axis(a.(map[string]any), Join("/axes", i), fw.Grades)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(fw.Axes, func(b Axis) bool { return b.Name == axis.Name }) {
			return f.fault(Join("/axes", i), "axis %s is given twice", axis.Name)
		}
		fw.Axes = append(fw.Axes, axis)
	}
	return nil
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
	c := complaints("framework", firstLeaf(v), doc.Value)[0]
	return &RuleError{file, doc.Line(c.pointer), c.msg}
}

// ordered refuses grades that do not run from the best down to one that every
// floor reaches: some scores would have the wrong grade, or none.
func (f *frameworkFile) ordered(grades []Grade) error {
	for i, g := range grades {
		if i > 0 && g.Floor >= grades[i-1].Floor {
			return f.fault(Join("/grades", i), "grade %s comes after %s and asks for no less", g.Letter, grades[i-1].Letter)
		}
	}
	if last := len(grades) - 1; grades[last].Floor != 0 {
		return f.fault(Join("/grades", last), "the last grade must be reached from a floor of 0")
	}
	return nil
}

func (f *frameworkFile) axis(m map[string]any, at string, grades []Grade) (Axis, error) {
	a := Axis{Meaning: map[string]string{}}
	a.Name, _ = m["axis"].(string)
	a.Question, _ = m["question"].(string)
	for letter, words := range m["meaning"].(map[string]any) {
		a.Meaning[letter] = words.(string)
	}
	for _, g := range grades {
		if a.Meaning[g.Letter] == "" {
			return a, f.fault(at+"/meaning", "grade %s has no meaning in words", g.Letter)
		}
	}
	rule := func(c map[string]any, key, list string, i int) (string, error) {
		r, err := f.rule(c[key], Join(at, list, i, key))
		if err != nil {
			return "", err
		}
		return r.ID, nil
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
				return a, f.fault(Join(at, l.key, i), "rule %s counts twice", id)
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
