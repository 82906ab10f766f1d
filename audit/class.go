package audit

import "slices"

// Class is one class of a framework that gives classes: it asks for its own
// criteria and for those of every class before it.
type Class struct {
	Name     string
	Title    string
	Criteria []Question
	Optional []Question // answered, and counted for nothing
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
			if in.When, err = l.question(fw, f, when, at+"/when"); err != nil {
				return err
			}
		}
		fw.Instead = append(fw.Instead, in)
	}
	return nil
}

// classified is a framework of classes applied to evidence.
type classified struct {
	fw       *Framework
	findings map[string]*Finding // by title
	open     bool                // claims and unknowns taken as met as well
	hearing  *hearing
}

// classify answers every criterion and says which class is reached.
func (fw *Framework) classify(h *hearing) Score {
	c := &classified{fw: fw, findings: map[string]*Finding{}, hearing: h}
	s := fw.blank()
	for _, class := range fw.Classes {
		for i, q := range slices.Concat(class.Criteria, class.Optional) {
			r := h.ask(&q)
			a := r.answer(q)
			a.Class, a.Optional = class.Name, i >= len(class.Criteria)
			if !a.Optional {
				c.findings[q.Title] = &r.Finding
			}
			s.Criteria = append(s.Criteria, a)
		}
	}
	s.Class, s.Words = c.class()
	s.Progress = c.progress()
	s.Missing = c.missing()
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
func (c *classified) missing() []Missing {
	var out []Missing
	for _, class := range c.fw.Classes {
		from := len(out)
		for _, q := range class.Criteria {
			if c.met(q.Title) || c.substituted(q.Title) || c.excused(q.Title) {
				continue
			}
			f := c.findings[q.Title]
			out = append(out, Missing{Class: class.Name, Title: q.Title, Rule: f.Rule, Pointer: q.Rule.Needs, Word: f.Word, Effort: f.Effort, Fix: f.Fix})
		}
		cheapest(out[from:])
	}
	return out
}

func (c *classified) excused(title string) bool {
	return slices.ContainsFunc(c.fw.Instead, func(in Instead) bool {
		if in.For != title || in.When == nil {
			return false
		}
		return c.hearing.ask(in.When).Outcome == Pass
	})
}

// question finds the criterion of a title.
func (fw *Framework) question(title string) *Question {
	for i := range fw.Classes {
		for _, list := range [][]Question{fw.Classes[i].Criteria, fw.Classes[i].Optional} {
			for j := range list {
				if list[j].Title == title {
					return &list[j]
				}
			}
		}
	}
	return nil
}
