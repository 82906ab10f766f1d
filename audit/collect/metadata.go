package collect

import (
	"slices"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// metadataLists are the lists of the front matter that are written, each with
// where a card declares it.
var metadataLists = [...]struct {
	name string
	of   func(*card.Declared) []card.Item
}{
	{"licenses", func(d *card.Declared) []card.Item { return d.Licenses }},
	{"languages", func(d *card.Declared) []card.Item { return d.Languages }},
	{"tags", func(d *card.Declared) []card.Item { return d.Tags }},
	{"datasets", func(d *card.Declared) []card.Item { return d.Datasets }},
	{"metrics", func(d *card.Declared) []card.Item { return d.Metrics }},
	{"base_models", func(d *card.Declared) []card.Item { return d.BaseModels }},
}

// metadataValues are the single values of the front matter that are written.
var metadataValues = [...]struct {
	name string
	of   func(*card.Declared) card.Item
}{
	{"license_name", func(d *card.Declared) card.Item { return d.LicenseName }},
	{"license_link", func(d *card.Declared) card.Item { return d.LicenseLink }},
	{"base_model_relation", func(d *card.Declared) card.Item { return d.BaseModelRelation }},
	{"library_name", func(d *card.Declared) card.Item { return d.LibraryName }},
	{"pipeline_tag", func(d *card.Declared) card.Item { return d.PipelineTag }},
	{"new_version", func(d *card.Declared) card.Item { return d.NewVersion }},
}

// said is a value that a main card declares.
type said struct {
	card.Item
	path string
}

func (s said) source() audit.Source {
	return audit.Source{Path: s.path, Line: max(s.Line, 1), Level: audit.Claimed}
}

// said gathers a list of the front matter over the main cards, each value once.
func (c *collection) said(of func(*card.Declared) []card.Item) []said {
	var out []said
	for _, k := range c.mainCards {
		for _, it := range of(&k.Declared) {
			if !slices.ContainsFunc(out, func(s said) bool { return s.Value == it.Value && s.path != k.Path }) {
				out = append(out, said{it, k.Path})
			}
		}
	}
	return out
}

// saidFirst returns a value of the front matter as the first main card that has
// one gives it; empty where none does.
func (c *collection) saidFirst(of func(*card.Declared) card.Item) said {
	for _, k := range c.mainCards {
		if it := of(&k.Declared); it.Value != "" {
			return said{it, k.Path}
		}
	}
	return said{}
}

// emissions returns the first figure that a main card declares, or nil.
func (c *collection) emissions() (e *card.Emissions, path string) {
	for _, k := range c.mainCards {
		if e := k.Declared.Emissions; e != nil && e.Grams != nil {
			return e, k.Path
		}
	}
	return nil, ""
}

// gated returns how the first main card that says so gates downloads; empty where
// none does.
func (c *collection) gated() said {
	return c.saidFirst(func(d *card.Declared) card.Item {
		if d.Gated.Value == "false" {
			return card.Item{}
		}
		return d.Gated
	})
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// metadata is the typed part of the front matter, with what is not there as
// empty: the block was read whole.
func (c *collection) metadata() map[string]any {
	m := map[string]any{"co2_grams": nil, "gated": c.gated().Value != ""}
	for _, l := range metadataLists {
		list := []string{}
		for _, s := range c.said(l.of) {
			list = append(list, s.Value)
		}
		m[l.name] = list
	}
	for _, v := range metadataValues {
		m[v.name] = orNull(c.saidFirst(v.of).Value)
	}
	if e, _ := c.emissions(); e != nil {
		m["co2_grams"] = *e.Grams
	}
	return m
}

// writeMetadata writes the metadata with the file and line of each value.
func (c *collection) writeMetadata() {
	const at = "/card/metadata"
	c.ev.Set(at, c.metadata(), audit.Source{Path: c.card.Path, Line: max(1, c.card.FrontMatter.StartLine), Level: audit.Claimed})
	for _, l := range metadataLists {
		for i, s := range c.said(l.of) {
			if i == 0 {
				c.ev.Cite(audit.Join(at, l.name), s.source())
			}
			c.ev.Cite(audit.Join(at, l.name, i), s.source())
		}
	}
	for _, v := range metadataValues {
		if s := c.saidFirst(v.of); s.Value != "" {
			c.ev.Cite(audit.Join(at, v.name), s.source())
		}
	}
	if s := c.gated(); s.Value != "" {
		c.ev.Cite(at+"/gated", s.source())
	}
	if e, path := c.emissions(); e != nil {
		c.ev.Cite(at+"/co2_grams", audit.Source{Path: path, Line: max(e.Line, 1), Level: audit.Claimed})
	}
}
