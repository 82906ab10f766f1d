package collect

import (
	"context"
	"regexp"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// training writes what is told about the cost of training: whether energy or
// carbon is disclosed, as a figure in the metadata or a labelled value with a figure.
func (c *collection) training(context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	m := map[string]any{"disclosed": false}
	src := audit.Source{Level: audit.Claimed}
	if c.card != nil {
		src.Path, src.Line = c.card.Path, 1
	}
	if e, path := c.emissions(); e != nil {
		m["disclosed"], m["co2_grams"] = true, *e.Grams
		src.Path, src.Line = path, max(e.Line, 1)
	} else if k, line := c.saysUnder("carbon"); k != nil {
		m["disclosed"] = true
		src.Path, src.Line = k.Path, line
	}
	c.ev.Set("/training/energy", m, src)
	return nil
}

// digits is a number with something behind it, as "1.2 t" or "350 kWh".
var digits = regexp.MustCompile(`\d`)

// saysUnder returns the card and line of the first labelled value of a name that
// holds a figure; nil where none does. That it was not measured is no disclosure.
func (c *collection) saysUnder(name string) (*card.Card, int) {
	for _, k := range c.mainCards {
		for _, f := range k.Fields {
			if f.Name == name && !f.Placeholder && digits.MatchString(f.Value) {
				return k, max(f.Line, 1)
			}
		}
	}
	return nil, 0
}
