package audit

import (
	"cmp"
	"reflect"
	"slices"
)

// Class is one class of a framework that gives classes: it asks for its own
// criteria and for those of every class before it.
type Class struct {
	Name     string
	Title    string
	Criteria []Question
	Optional []Question // answered, and counted for nothing
}

// Question is a rule asked of a place, under the framework's own name for it.
type Question struct {
	Title string
	Rule  *Rule // its Needs is the place
}

// Instead lets one criterion stand in for another: where the first is not met
// and the second is, the second takes its place and is not asked for again.
type Instead struct {
	For, By string    // titles
	When    *Question // where met, the first is no longer listed as missing; may be nil
}

// classes reads what a framework of classes has besides its head.
func (l *Loader) classes(fw *Framework, f *frameworkFile) error {
	fw.None, _ = f.value["none"].(string)
	for i, c := range list(f.value["classes"]) {
		c := c.(map[string]any)
		fw.Classes = append(fw.Classes, Class{Name: c["class"].(string), Title: c["title"].(string)})
		for key, into := range map[string]*[]Question{"criteria": &fw.Classes[i].Criteria, "optional": &fw.Classes[i].Optional} {
			if err := l.questions(fw, f, c[key], Join("/classes", i, key), into); err != nil {
				return err
			}
		}
	}
	return l.substitutes(fw, f)
}

// questions reads a list of criteria.
func (l *Loader) questions(fw *Framework, f *frameworkFile, items any, at string, into *[]Question) error {
	for i, q := range list(items) {
		question, err := l.question(f, q.(map[string]any), Join(at, i))
		if err != nil {
			return err
		}
		if fw.Level != Unsourced {
			question.Rule.Level = fw.Level
		}
		if fw.question(question.Title) != nil {
			return f.fault(Join(at, i), "criterion %s is given twice", question.Title)
		}
		*into = append(*into, *question)
	}
	return nil
}

func (l *Loader) substitutes(fw *Framework, f *frameworkFile) (err error) {
	for i, s := range list(f.value["instead"]) {
		s, at := s.(map[string]any), Join("/instead", i)
		in := Instead{For: s["for"].(string), By: s["by"].(string)}
		for key, title := range map[string]string{"for": in.For, "by": in.By} {
			if fw.question(title) == nil {
				return f.fault(at+"/"+key, "no criterion %q", title)
			}
		}
		if when, ok := s["when"].(map[string]any); ok {
			if in.When, err = l.question(f, when, at+"/when"); err != nil {
				return err
			}
		}
		fw.Instead = append(fw.Instead, in)
	}
	return nil
}

// question finds the criterion of a title.
func (fw *Framework) question(title string) *Question {
	for i := range fw.Classes {
		for j := range fw.Classes[i].Criteria {
			if q := &fw.Classes[i].Criteria[j]; q.Title == title {
				return q
			}
		}
		for j := range fw.Classes[i].Optional {
			if q := &fw.Classes[i].Optional[j]; q.Title == title {
				return q
			}
		}
	}
	return nil
}

func (l *Loader) question(f *frameworkFile, m map[string]any, at string) (*Question, error) {
	r, err := f.rule(m["rule"], at+"/rule")
	if err != nil {
		return nil, err
	}
	pointer := m["at"].(string)
	shape := l.shape.At(pointer)
	if r.Each || r.when != nil || shape == nil || l.shape.throughList(pointer) {
		return nil, f.fault(at+"/at", "rule %s cannot be asked of %s", r.ID, pointer)
	}
	if l.Strict {
		expect, _ := r.raw["expect"].(map[string]any)
		if err := r.typed(expect, shape, "/expect"); err != nil {
			return nil, f.fault(at+"/at", "rule %s cannot be asked of %s: %v", r.ID, pointer, err)
		}
	}
	return &Question{m["title"].(string), r.at(pointer, shape, l.shape.At(r.Needs))}, nil
}

// at is the rule asked of another place of the evidence. Only where that place
// has another shape the expectation is built anew, for the levels it allows.
func (r *Rule) at(pointer string, shape, own *Shape) *Rule {
	moved := *r
	moved.Needs = pointer
	if !reflect.DeepEqual(shape.Properties, own.Properties) || shape.Cap != own.Cap {
		moved.expect = build(r.schema, shape)
	}
	return &moved
}

// classified is a framework of classes applied to evidence.
type classified struct {
	fw       *Framework
	findings map[string]*Finding // by title
	open     bool                // claims and unknowns taken as met as well
}

// classify answers every criterion and says which class is reached.
func (fw *Framework) classify(ev *Evidence) Score {
	c := &classified{fw: fw, findings: map[string]*Finding{}}
	root := origins(ev.Doc, ev.Sources)
	s := Score{Framework: fw.ID, Caps: []Cap{}, Against: []Contribution{}, Next: []Step{}, Trace: []Contribution{}}
	for _, class := range fw.Classes {
		for i, q := range slices.Concat(class.Criteria, class.Optional) {
			f := q.Rule.judge(ev, root)
			optional := i >= len(class.Criteria)
			if !optional {
				c.findings[q.Title] = &f
			}
			s.Criteria = append(s.Criteria, Answer{class.Name, q.Title, q.Rule.Needs, optional, f.Rule, f.Outcome, f.Word, f.Level, f.Places})
		}
	}
	s.Class, s.Words = c.class()
	s.Progress = c.progress()
	s.Missing = c.missing(ev, root)
	best := *c
	best.open = true
	s.BestClass, _ = best.class()
	s.Weight = len(c.findings)
	s.Coverage = c.decided() * 100 / s.Weight
	return s
}

func (c *classified) met(title string) bool {
	f := c.findings[title]
	return f.Met() || c.open && (f.Outcome == Pass || f.Outcome == Unknown)
}

func (c *classified) decided() int {
	n := 0
	for _, f := range c.findings {
		if f.Met() || f.Outcome == Fail {
			n++
		}
	}
	return n
}

// steps counts the criteria of a class and those of them that are met.
func (c *classified) steps(class Class) (met, asked int) {
	for _, q := range class.Criteria {
		switch {
		case c.substitute(q.Title):
			continue // counted where it stands in
		case c.met(q.Title) || c.substituted(q.Title):
			met++
		}
		asked++
	}
	return met, asked
}

// substituted tells whether another criterion stands in for this one.
func (c *classified) substituted(title string) bool {
	return slices.ContainsFunc(c.fw.Instead, func(in Instead) bool {
		return in.For == title && !c.met(in.For) && c.met(in.By)
	})
}

// substitute tells whether this criterion stands in for another one.
func (c *classified) substitute(title string) bool {
	return slices.ContainsFunc(c.fw.Instead, func(in Instead) bool {
		return in.By == title && !c.met(in.For) && c.met(in.By)
	})
}

// progress says how far each class is reached, in per cent with two decimals,
// half up. What classes before it ask counts as well; a class before it that is
// not reached leaves it at nothing.
func (c *classified) progress() map[string]float64 {
	out := map[string]float64{}
	met, asked := 0, 0
	for _, class := range c.fw.Classes {
		if met < asked {
			out[class.Name] = 0
			continue
		}
		m, a := c.steps(class)
		met, asked = met+m, asked+a
		if asked > 0 {
			out[class.Name] = float64((20000*met+asked)/(2*asked)) / 100
		}
	}
	return out
}

// class is the hardest class that is reached, and its words.
func (c *classified) class() (name, words string) {
	name, words = "none", c.fw.None
	for _, class := range c.fw.Classes {
		if m, a := c.steps(class); m < a {
			break
		}
		name, words = class.Name, class.Title
	}
	return name, words
}

// missing lists what is not met, class by class, the cheapest first.
func (c *classified) missing(ev *Evidence, root *origin) []Missing {
	var out []Missing
	for _, class := range c.fw.Classes {
		from := len(out)
		for _, q := range class.Criteria {
			if c.met(q.Title) || c.substituted(q.Title) || c.excused(q.Title, ev, root) {
				continue
			}
			f := c.findings[q.Title]
			out = append(out, Missing{class.Name, q.Title, f.Rule, q.Rule.Needs, f.Word, f.Effort, f.Fix})
		}
		slices.SortStableFunc(out[from:], func(a, b Missing) int {
			return cmp.Compare(slices.Index(Efforts[:], a.Effort), slices.Index(Efforts[:], b.Effort))
		})
	}
	return out
}

func (c *classified) excused(title string, ev *Evidence, root *origin) bool {
	return slices.ContainsFunc(c.fw.Instead, func(in Instead) bool {
		if in.For != title || in.When == nil {
			return false
		}
		f := in.When.Rule.judge(ev, root)
		return f.Outcome == Pass
	})
}
