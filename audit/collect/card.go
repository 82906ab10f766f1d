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

// modelCard reads every card among the files, and writes what those of the whole
// release say together. A release that brings none has an empty one: it was
// looked for.
func (c *collection) modelCard(ctx context.Context) error {
	for _, f := range c.files {
		if !f.Readable && isMain(f.Path) && (card.IsCardName(f.Path) || jsonCard.MatchString(strings.ToLower(f.Path))) {
			c.cut("/card", f.Path+" "+f.why)
		}
	}
	if err := c.readCards(ctx); err != nil {
		return err
	}
	c.chooseCards()
	switch {
	case c.card != nil:
		c.writeCards()
	case c.whole() && !c.isCut("/card"):
		c.noCard()
	case len(c.cards) > 0 && !c.isCut("/card"):
		c.noCard()
	}
	return nil
}

// readCards reads the files that are called cards, and those that are cards of
// data under whatever name.
func (c *collection) readCards(ctx context.Context) error {
	var files []*File
	for _, f := range c.files {
		if f.Readable && (f.Is("model_card") || f.ofData) {
			files = append(files, f)
		}
	}
	texts := make([][]byte, len(files))
	for i, f := range files {
		texts[i] = c.cardBytes(f)
	}
	cards := make([]*card.Card, len(files))
	at := make(map[*File]int, len(files))
	for i, f := range files {
		at[f] = i
	}
	err := parallel(ctx, files, func(f *File) error {
		if i := at[f]; texts[i] != nil && !isJSONCard(f) {
			cards[i] = card.Read(f.Path, texts[i])
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, f := range files {
		if isJSONCard(f) {
			cards[i] = c.jsonCard(f, texts[i])
		}
		if cards[i] == nil || f.ofData && cards[i].Kind != card.KindDataset {
			continue
		}
		if cards[i].Kind == card.KindDataset {
			f.Role = "dataset_card"
		}
		c.cards = append(c.cards, cards[i])
	}
	return nil
}

func isJSONCard(f *File) bool { return strings.EqualFold(path.Ext(f.Path), ".json") }

// cardBytes returns the content of a card, or nil where the disk or the limit
// does not give it.
func (c *collection) cardBytes(f *File) []byte {
	data, err := c.rel.Read(f.Path, card.MaxSize)
	if errors.Is(err, ErrTooLarge) {
		c.cutCard(f.Path, "/card", f.Path+" is larger than a card may be")
		return nil
	}
	if err != nil {
		f.lose("cannot be read: " + cause(err).Error())
		c.cutCard(f.Path, "/card", f.Path+" "+f.why)
		return nil
	}
	return data
}

// jsonCard reads a card in JSON, or returns nil where the file is none.
func (c *collection) jsonCard(f *File, data []byte) *card.Card {
	if data == nil {
		return nil
	}
	k, ok := card.ReadJSON(f.Path, data)
	c.parses(f.Path, data)
	if !ok {
		f.Role = "other"
		return nil
	}
	return k
}

// cutCard notes a card of which only a part, or nothing, was read. At the top it
// may be the card of the release, and what stands at the pointer is cut; in a
// folder it is one of data or of a part, whose terms and links count.
func (c *collection) cutCard(name, pointer, why string) {
	if isMain(name) {
		c.cut(pointer, why)
		return
	}
	for _, section := range []string{"/datasets", "/licenses", "/lineage", "/documents", "/evaluation"} {
		c.gap(section, why)
	}
}

// isMain tells whether a path is one at which the card of the whole release lies.
func isMain(p string) bool { return path.Dir(p) == "." }

// chooseCards takes the cards of the whole release: at the root, describing a
// model. All of them speak for it, so that none is worth hiding for the sake of
// another; the first is the one that the Hub would show. One that a limit cut
// short says nothing, as nobody knows what else it says.
func (c *collection) chooseCards() {
	var cut []*card.Card
	for _, k := range c.cards {
		switch {
		case !isMain(k.Path) || k.Kind == card.KindDataset || k.Kind == card.KindSpace:
			if k.Truncated != "" {
				c.cutCard(k.Path, c.pointerOf(k.Path), truncated(k))
			}
		case k.Truncated != "":
			cut = append(cut, k)
		default:
			c.mainCards = append(c.mainCards, k)
		}
	}
	slices.SortStableFunc(c.mainCards, func(a, b *card.Card) int { return cardRank(b) - cardRank(a) })
	for _, k := range cut {
		at := c.pointerOf(k.Path)
		if len(c.mainCards) == 0 {
			at = "/card"
		}
		c.cut(at, truncated(k))
	}
	if len(c.mainCards) > 0 {
		c.card = c.mainCards[0]
	}
	for _, k := range c.mainCards {
		for _, cl := range k.Claims {
			if isOwn(cl) {
				c.claims = append(c.claims, claim{cl, k.Path})
			}
		}
	}
}

// truncated says which limit cut a card short.
func truncated(k *card.Card) string {
	return k.Path + ": the reader's limit on " + strings.ReplaceAll(k.Truncated, "_", " ") + " was hit"
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
		"metadata": c.metadata(),
	}
	if len(c.cards) > 0 {
		m["kind"], m["front_matter"] = kindOfCard(c.cards[0]), frontMatter(c.cards[0])
	}
	c.ev.Set("/card", m, audit.Source{Level: audit.Present})
}

func kindOfCard(k *card.Card) string {
	if k.Kind == card.KindUnknown {
		return "model"
	}
	return string(k.Kind)
}

// writeCards writes what the main cards say together. What one of them has is
// there, whatever the others lack.
func (c *collection) writeCards() {
	k := c.card
	words := c.richest(func(k *card.Card) int { return k.Counts.Words })
	c.ev.Set("/card", map[string]any{
		"path": k.Path, "format": format(k), "kind": kindOfCard(k),
		"words": words.Counts.Words, "placeholders": k.Counts.Placeholders,
	}, at(k, 1))
	for _, fact := range []struct {
		name  string
		holds func(*card.Card) bool
	}{
		{"present", func(k *card.Card) bool { return k.Counts.Words > 0 || len(k.Metadata) > 0 }},
		{"filled_in", func(k *card.Card) bool { return k.Counts.Words > 0 && k.Counts.Placeholders == 0 }},
		{"readable_metadata", func(k *card.Card) bool { return frontMatter(k) == "present" || k.Schema != "" }},
		{"well_formed", wellFormed},
	} {
		i := slices.IndexFunc(c.mainCards, fact.holds)
		src := at(c.mainCards[max(i, 0)], 1)
		if fault := slices.IndexFunc(k.Problems, breaks); i < 0 && fault >= 0 && fact.name == "well_formed" {
			src = at(k, k.Problems[fault].Line)
		}
		c.ev.Set("/card/"+fact.name, i >= 0, src)
	}
	c.ev.Set("/card/front_matter", frontMatter(k))
	c.writeProblems()
	c.writeMetadata()
	c.writeSections()
	c.writeClaims()
}

// richest returns the main card of which most is there, the first of equals.
func (c *collection) richest(count func(*card.Card) int) *card.Card {
	best := c.mainCards[0]
	for _, k := range c.mainCards {
		if count(k) > count(best) {
			best = k
		}
	}
	return best
}

func at(k *card.Card, line int) audit.Source {
	return audit.Source{Path: k.Path, Line: max(line, 1), Level: audit.Present}
}

func format(k *card.Card) string {
	if k.Schema != "" {
		return "json"
	}
	return "markdown"
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

// wellFormed tells whether a card has metadata and nothing breaks it: problems
// that only say how readers differ do not.
func wellFormed(k *card.Card) bool {
	return (k.FrontMatter.State == card.FrontMatterPresent || k.Schema != "") &&
		!slices.ContainsFunc(k.Problems, breaks)
}

func breaks(p card.Problem) bool { return card.Breaks(p.Kind) }

func (c *collection) writeProblems() {
	items := []any{}
	var sources []audit.Source
	for _, k := range c.mainCards {
		for _, p := range k.Problems {
			m := map[string]any{"kind": p.Kind, "message": p.Message, "severity": "note"}
			if breaks(p) {
				m["severity"] = "error"
			}
			if p.Line > 0 {
				m["line"] = p.Line
			}
			items = append(items, m)
			sources = append(sources, audit.Source{Path: k.Path, Line: p.Line, Level: audit.Present})
		}
	}
	c.ev.Set("/card/problems", items)
	for i, s := range sources {
		c.ev.Cite(audit.Join("/card/problems", i), s)
	}
}

// claim is a claim of one of the main cards.
type claim struct {
	card.Claim
	path string
}

// isOwn tells whether a claim may be held against this model: it is about
// itself and not negated.
func isOwn(cl card.Claim) bool { return !cl.Negated && cl.About != "other" }

func (c *collection) writeClaims() {
	out := make([]any, len(c.claims))
	for i, cl := range c.claims {
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
	c.ev.Set("/card/claims", out, audit.Source{Path: c.card.Path, Line: 1, Level: audit.Claimed})
	for i, cl := range c.claims {
		c.ev.Cite(audit.Join("/card/claims", i), audit.Source{Path: cl.path, Line: cl.Line, Level: audit.Claimed})
	}
}
