package collect

import (
	"context"

	"glassbox/audit"
)

// training writes what is told about the cost of training: whether energy or
// carbon is disclosed, as a figure in the metadata or under a heading of its own.
func (c *collection) training(context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	m := map[string]any{"disclosed": false}
	src := audit.Source{Level: audit.Claimed}
	if c.card != nil {
		src.Path, src.Line = c.card.Path, 1
		if e := c.card.Declared.Emissions; e != nil && e.Grams != nil {
			m["disclosed"], m["co2_grams"] = true, *e.Grams
			src.Line = e.Line
		} else if line := c.saysUnder("carbon"); line > 0 {
			m["disclosed"] = true
			src.Line = line
		}
	}
	c.ev.Set("/training/energy", m, src)
	return nil
}

// saysUnder returns the line of the first section of a name that says anything,
// in prose, in a table, or behind a label; 0 where none does.
func (c *collection) saysUnder(name string) int {
	for _, s := range c.card.Sections {
		if s.Name == name && !s.Placeholder && s.Counts.Words+s.Counts.TableRows > 0 {
			return max(s.Line, 1)
		}
	}
	for _, f := range c.card.Fields {
		if f.Name == name && !f.Placeholder && f.Value != "" {
			return max(f.Line, 1)
		}
	}
	return 0
}
