package collect

import (
	"context"
	"regexp"

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

// figure is a number with something behind it, as "1.2 t" or "350 kWh".
var figure = regexp.MustCompile(`\d`)

// saysUnder returns the line of the first labelled value of a name that holds a
// figure; 0 where none does. That it was not measured is no disclosure.
func (c *collection) saysUnder(name string) int {
	for _, f := range c.card.Fields {
		if f.Name == name && !f.Placeholder && figure.MatchString(f.Value) {
			return max(f.Line, 1)
		}
	}
	return 0
}
