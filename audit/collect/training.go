package collect

import (
	"context"
	"regexp"
	"slices"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// training writes what is told about what training took: energy and carbon,
// computing, and machines. Carbon is in grams, whatever unit the card counts in.
func (c *collection) training(context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	fp := c.footprint()
	c.log = c.emissionLog()
	c.writeLog(c.log)
	c.energyTold(fp, c.log)
	c.told("/training/compute", []figured{{"flops", fp.flops}, {"hours", fp.hours}})
	hardware := map[string]any{"disclosed": fp.hardware != "", "type": orNull(fp.hardware)}
	src := audit.Source{Level: audit.Claimed}
	if fp.hardware != "" {
		src = fp.hardwareSrc
	}
	if fp.count > 0 {
		hardware["count"] = fp.count
	}
	c.ev.Set("/training/hardware", hardware, src)
	all := audit.Source{Level: audit.Claimed}
	k, s := c.states(card.StatementDataComplete)
	if s != nil {
		all.Path, all.Line = k.Path, max(s.Line, 1)
	}
	c.ev.Set("/training/data/complete", s != nil, all)
	return nil
}

// figured is a fact that amounts were found for.
type figured struct {
	name    string
	amounts []amount
}

// told writes the first amount of each fact.
func (c *collection) told(at string, facts []figured) {
	m := map[string]any{"disclosed": false}
	src := audit.Source{Level: audit.Claimed}
	for _, f := range facts {
		if len(f.amounts) > 0 {
			m[f.name] = f.amounts[0].value
			if m["disclosed"] == false {
				m["disclosed"], src = true, f.amounts[0].src
			}
		}
	}
	c.ev.Set(at, m, src)
	for _, f := range facts {
		if len(f.amounts) > 0 {
			c.ev.Cite(audit.Join(at, f.name), f.amounts[0].src)
		}
	}
}

// energyTold writes energy and carbon: as a figure in the metadata, else as one
// with a unit in the text, else as the log of the runs has it, else as a labelled
// value with any figure.
func (c *collection) energyTold(fp *footprint, log *emissionLog) {
	e, path := c.emissions()
	grams := fp.grams
	if e != nil {
		grams = []amount{{value: *e.Grams, src: audit.Source{Path: path, Line: max(e.Line, 1), Level: audit.Claimed}}}
	}
	kwh := fp.kwh
	if log != nil {
		src := audit.Source{Path: log.path, Line: 1, Level: audit.Claimed}
		grams = append(slices.Clip(grams), amount{value: log.grams, src: src})
		if log.powered {
			kwh = append(slices.Clip(kwh), amount{value: log.kwh, src: src})
		}
	}
	c.told("/training/energy", []figured{{"co2_grams", grams}, {"kwh", kwh}, {"grams_per_kwh", fp.intensity}})
	if v, _ := c.ev.Get("/training/energy/disclosed"); v == true {
		return
	}
	m, src := map[string]any{"disclosed": false}, audit.Source{Level: audit.Claimed}
	if c.card != nil {
		src.Path, src.Line = c.card.Path, 1
	}
	if k, line := c.saysUnder("carbon"); k != nil {
		m["disclosed"], src.Path, src.Line = true, k.Path, line
	}
	c.ev.Set("/training/energy", m, src)
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
