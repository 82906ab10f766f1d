package collect

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// modelCard picks the model card among the cards, and writes what it says. A
// release that brings none has an empty one: it was looked for.
func (c *collection) modelCard(context.Context) error {
	for _, f := range c.files {
		if !f.Readable && isMain(f.Path) && card.IsCardName(f.Path) {
			c.cut("/card", f.Path+" cannot be read")
		}
	}
	for _, f := range c.with("model_card") {
		if card := c.readCard(f); card != nil {
			c.cards = append(c.cards, card)
		}
	}
	c.card = c.chooseCard()
	for _, k := range c.cards {
		if k != c.card && k.Truncated != "" && isMain(k.Path) {
			c.cut(c.pointerOf(k.Path), k.Path+": the reader's limit on "+strings.ReplaceAll(k.Truncated, "_", " ")+" was hit")
		}
	}
	switch {
	case c.card != nil:
		c.writeCard(c.card)
	case c.whole() && !c.isCut("/card"):
		c.noCard()
	case len(c.cards) > 0 && !c.isCut("/card"):
		c.noCard()
	}
	return nil
}

func (c *collection) readCard(f *File) *card.Card {
	data, err := c.rel.Read(f.Path, card.MaxSize)
	if errors.Is(err, ErrTooLarge) {
		if isMain(f.Path) {
			c.cut("/card", f.Path+" is larger than a card may be")
		}
		return nil
	}
	if err != nil {
		c.cut("/card", f.Path+" cannot be read: "+cause(err).Error())
		return nil
	}
	if strings.EqualFold(path.Ext(f.Path), ".json") {
		k, ok := card.ReadJSON(f.Path, data)
		if !ok {
			f.Role = "other"
			return nil
		}
		return k
	}
	k := card.Read(f.Path, data)
	if k.Kind == card.KindDataset {
		f.Role = "dataset_card"
	}
	return k
}

// isMain tells whether a path is one at which the card of the whole release lies.
func isMain(p string) bool { return path.Dir(p) == "." }

// chooseCard takes the card of the whole release: at the root, describing a
// model, a README before a MODEL_CARD where only one of them has metadata.
func (c *collection) chooseCard() *card.Card {
	var best *card.Card
	for _, k := range c.cards {
		if !isMain(k.Path) || k.Kind == card.KindDataset || k.Kind == card.KindSpace {
			continue
		}
		if best == nil || cardRank(k) > cardRank(best) {
			best = k
		}
	}
	return best
}

// cardRank prefers metadata, and with it the README, which is the card on the
// Hub; without metadata a name that says model card; then length.
func cardRank(k *card.Card) int {
	rank := min(k.Counts.Words, 1<<20)
	isCard := strings.Contains(strings.ToLower(path.Base(k.Path)), "card")
	metadata := k.FrontMatter.State == card.FrontMatterPresent || k.Schema != ""
	if metadata {
		rank += 1 << 22
	}
	if metadata != isCard {
		rank += 1 << 21
	}
	return rank
}

func (c *collection) noCard() {
	sections := map[string]any{}
	for _, name := range card.SectionNames {
		sections[name] = emptySection()
	}
	m := map[string]any{
		"present": false, "readable_metadata": false, "filled_in": false, "well_formed": false,
		"words": 0, "placeholders": 0, "sections": sections, "claims": []any{}, "problems": []any{},
		"metadata": metadata(&card.Card{}),
	}
	if len(c.cards) > 0 {
		m["kind"], m["front_matter"] = kindOfCard(c.cards[0]), frontMatter(c.cards[0])
	}
	c.ev.Set("/card", m, audit.Source{Level: audit.Present})
}

func emptySection() map[string]any {
	return map[string]any{"present": false, "words": 0, "table_rows": 0, "code_lines": 0, "placeholders": 0}
}

func kindOfCard(k *card.Card) string {
	if k.Kind == card.KindUnknown {
		return "model"
	}
	return string(k.Kind)
}

func (c *collection) writeCard(k *card.Card) {
	if k.Truncated != "" {
		c.cut("/card", k.Path+": the reader's limit on "+strings.ReplaceAll(k.Truncated, "_", " ")+" was hit")
		return
	}
	src := audit.Source{Path: k.Path, Line: 1, Level: audit.Present}
	format := "markdown"
	if k.Schema != "" {
		format = "json"
	}
	c.ev.Set("/card", map[string]any{
		"present": k.Counts.Words > 0 || len(k.Metadata) > 0, "path": k.Path, "format": format, "kind": kindOfCard(k),
		"words": k.Counts.Words, "placeholders": k.Counts.Placeholders,
		"filled_in":         k.Counts.Words > 0 && k.Counts.Placeholders == 0,
		"readable_metadata": k.FrontMatter.State == card.FrontMatterPresent && k.FrontMatter.Valid || k.Schema != "",
		"well_formed":       (k.FrontMatter.State == card.FrontMatterPresent || k.Schema != "") && len(faults(k)) == 0,
	}, src)
	c.ev.Set("/card/front_matter", frontMatter(k))
	c.ev.Set("/card/problems", problems(k))
	for i, p := range k.Problems {
		c.ev.Cite(audit.Join("/card/problems", i), audit.Source{Path: k.Path, Line: p.Line, Level: audit.Present})
	}
	c.cite(k)
	c.writeSections(k)
	c.writeClaims(k)
}

func frontMatter(k *card.Card) string {
	switch {
	case k.FrontMatter.State == card.FrontMatterAbsent:
		return "absent"
	case k.FrontMatter.State == card.FrontMatterPresent && k.FrontMatter.Valid:
		return "present"
	}
	return "malformed"
}

// notes are problems that say how readers differ and break nothing.
func faults(k *card.Card) []card.Problem {
	return slices.DeleteFunc(slices.Clone(k.Problems), func(p card.Problem) bool { return !card.Breaks(p.Kind) })
}

func problems(k *card.Card) []any {
	out := make([]any, len(k.Problems))
	for i, p := range k.Problems {
		m := map[string]any{"kind": p.Kind, "message": p.Message}
		if p.Line > 0 {
			m["line"] = p.Line
		}
		out[i] = m
	}
	return out
}

func values(items []card.Item) []string {
	out := make([]string, len(items))
	for i, it := range items {
		out[i] = it.Value
	}
	return out
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// metadata writes the typed part of the front matter, with what is not there
// as empty: the block was read whole.
func metadata(k *card.Card) map[string]any {
	d := &k.Declared
	var grams any
	if d.Emissions != nil && d.Emissions.Grams != nil {
		grams = *d.Emissions.Grams
	}
	return map[string]any{
		"licenses": values(d.Licenses), "license_name": orNull(d.LicenseName.Value), "license_link": orNull(d.LicenseLink.Value),
		"languages": values(d.Languages), "tags": values(d.Tags), "datasets": values(d.Datasets), "metrics": values(d.Metrics),
		"base_models": values(d.BaseModels), "base_model_relation": orNull(d.BaseModelRelation.Value),
		"library_name": orNull(d.LibraryName.Value), "pipeline_tag": orNull(d.PipelineTag.Value), "new_version": orNull(d.NewVersion.Value),
		"co2_grams": grams, "gated": d.Gated.Value != "" && d.Gated.Value != "false",
	}
}

// cite writes the metadata with the line of each value.
func (c *collection) cite(k *card.Card) {
	c.ev.Set("/card/metadata", metadata(k), audit.Source{Path: k.Path, Line: max(1, k.FrontMatter.StartLine), Level: audit.Claimed})
	d := &k.Declared
	at := func(pointer string, line int) {
		if line > 0 {
			c.ev.Cite("/card/metadata/"+pointer, audit.Source{Path: k.Path, Line: line, Level: audit.Claimed})
		}
	}
	for _, l := range []struct {
		name  string
		items []card.Item
	}{
		{"licenses", d.Licenses}, {"languages", d.Languages}, {"tags", d.Tags},
		{"datasets", d.Datasets}, {"metrics", d.Metrics}, {"base_models", d.BaseModels},
	} {
		for i, it := range l.items {
			if i == 0 {
				at(l.name, it.Line)
			}
			at(audit.Join(l.name, i), it.Line)
		}
	}
	at("license_name", d.LicenseName.Line)
	at("license_link", d.LicenseLink.Line)
	at("base_model_relation", d.BaseModelRelation.Line)
	at("library_name", d.LibraryName.Line)
	at("pipeline_tag", d.PipelineTag.Line)
	at("new_version", d.NewVersion.Line)
	at("gated", d.Gated.Line)
	if d.Emissions != nil {
		at("co2_grams", d.Emissions.Line)
	}
}

// writeSections adds up the headings that stand for one section. A heading
// inside another of the same name is counted with it already.
func (c *collection) writeSections(k *card.Card) {
	sections := map[string]map[string]any{}
	lines := map[string]int{}
	for _, name := range card.SectionNames {
		sections[name] = emptySection()
	}
	for i := range k.Sections {
		s := &k.Sections[i]
		for _, name := range append([]string{s.Name}, s.Also...) {
			m := sections[name]
			if m == nil || nested(k, i, name) {
				continue
			}
			if lines[name] == 0 {
				lines[name] = s.Line
				m["heading"] = s.Heading
			}
			m["present"] = true
			m["words"] = m["words"].(int) + s.Counts.Words
			m["table_rows"] = m["table_rows"].(int) + s.Counts.TableRows
			m["code_lines"] = m["code_lines"].(int) + s.Counts.CodeLines
			m["placeholders"] = m["placeholders"].(int) + s.Counts.Placeholders
		}
	}
	// What is said of the data is no description of the training.
	training := sections["training"]
	training["words"] = max(0, training["words"].(int)-sections["training_data"]["words"].(int))
	for _, name := range card.SectionNames {
		src := audit.Source{Path: k.Path, Line: lines[name], Level: audit.Present}
		c.ev.Set("/card/sections/"+name, sections[name], src)
	}
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

// ownClaims are the claims that may be held against this model: about itself,
// not negated, with a value.
func ownClaims(k *card.Card) []card.Claim {
	return slices.DeleteFunc(slices.Clone(k.Claims), func(cl card.Claim) bool {
		return cl.Negated || cl.About == "other"
	})
}

func (c *collection) writeClaims(k *card.Card) {
	claims := ownClaims(k)
	out := make([]any, len(claims))
	for i, cl := range claims {
		m := map[string]any{"kind": cl.Kind, "text": cl.Text, "where": cl.Where}
		switch len(cl.Quantities) {
		case 0:
			m["value"] = cl.Value
		case 1:
			q := cl.Quantities[0]
			m["value"], m["low"], m["high"] = q.Value, q.Low, q.High
		default:
			list := make([]any, len(cl.Quantities))
			for j, q := range cl.Quantities {
				list[j] = q.Value
			}
			m["value"] = list
		}
		out[i] = m
	}
	c.ev.Set("/card/claims", out, audit.Source{Path: k.Path, Line: 1, Level: audit.Claimed})
	for i, cl := range claims {
		c.ev.Cite(audit.Join("/card/claims", i), audit.Source{Path: k.Path, Line: cl.Line, Level: audit.Claimed})
	}
}
