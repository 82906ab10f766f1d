package collect

import (
	"slices"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// section is what stands in one card under the headings of one name.
type section struct {
	heading string
	line    int
	card.Counts
}

// sectionCounts are the counts of a section that are written.
var sectionCounts = [...]struct {
	name string
	of   func(*section) int
}{
	{"words", func(s *section) int { return s.Words }},
	{"table_rows", func(s *section) int { return s.TableRows }},
	{"code_lines", func(s *section) int { return s.CodeLines }},
}

func emptySection() map[string]any {
	return map[string]any{"present": false, "words": 0, "table_rows": 0, "code_lines": 0, "placeholders": 0}
}

// sectionsOf adds up the headings of a card that stand for one section. A
// heading inside another of the same name is counted with it already.
func sectionsOf(k *card.Card) map[string]*section {
	out := map[string]*section{}
	for i := range k.Sections {
		s := &k.Sections[i]
		for _, name := range append([]string{s.Name}, s.Also...) {
			if nested(k, i, name) {
				continue
			}
			sum := out[name]
			if sum == nil {
				sum = &section{heading: s.Heading, line: s.Line}
				out[name] = sum
			}
			sum.Words += s.Counts.Words
			sum.TableRows += s.Counts.TableRows
			sum.CodeLines += s.Counts.CodeLines
			sum.Placeholders += s.Counts.Placeholders
		}
	}
	// What is said of the data is no description of the training.
	if training, data := out["training"], out["training_data"]; training != nil && data != nil {
		training.Words = max(0, training.Words-data.Words)
	}
	return out
}

// nested tells whether a section lies inside another of the same name.
func nested(k *card.Card, i int, name string) bool {
	for p := k.Sections[i].Parent; p >= 0; p = k.Sections[p].Parent {
		if k.Sections[p].Name == name || slices.Contains(k.Sections[p].Also, name) {
			return true
		}
	}
	return false
}

// writeSections writes of each section what the main card says that has most of
// it. Words, rows and lines of code may be from different cards: one that has
// the table does not take away the text of another.
func (c *collection) writeSections() {
	byCard := make([]map[string]*section, len(c.mainCards))
	for i, k := range c.mainCards {
		byCard[i] = sectionsOf(k)
	}
	for _, name := range card.SectionNames {
		c.writeSection(name, byCard)
	}
}

func (c *collection) writeSection(name string, byCard []map[string]*section) {
	pointer := "/card/sections/" + name
	m := emptySection()
	src := audit.Source{Path: c.card.Path, Level: audit.Present}
	best := -1
	from := map[string]audit.Source{}
	for i, sections := range byCard {
		s := sections[name]
		if s == nil {
			continue
		}
		m["present"] = true
		for _, count := range sectionCounts {
			if n := count.of(s); n > m[count.name].(int) {
				m[count.name] = n
				from[count.name] = at(c.mainCards[i], s.line)
			}
		}
		if best < 0 || s.Words > byCard[best][name].Words {
			best = i
			m["heading"], m["placeholders"] = s.heading, s.Placeholders
			src = at(c.mainCards[i], s.line)
		}
	}
	c.ev.Set(pointer, m, src)
	for _, count := range sectionCounts {
		if s, ok := from[count.name]; ok && s != src {
			c.ev.Cite(audit.Join(pointer, count.name), s)
		}
	}
}
