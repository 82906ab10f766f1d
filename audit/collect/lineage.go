package collect

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/weights"
)

// parent is one model that the release says it was made from.
type parent struct {
	id       string
	origin   string
	revision string
	src      audit.Source
}

// hubID is the shape of a model id: owner and name, or an old bare name.
var hubID = regexp.MustCompile(`^[A-Za-z0-9][\w.-]{0,95}(/[\w.-]{1,96})?$`)

func (c *collection) lineage(context.Context) error {
	if !c.whole() && c.card == nil && c.adapter == nil && c.config == nil && len(c.weights) == 0 {
		return nil
	}
	parents := c.parents()
	items := make([]any, len(parents))
	named := false
	for i, p := range parents {
		m := map[string]any{"id": p.id, "origin": p.origin, "seen": false, "pinned": p.revision != ""}
		if p.revision != "" {
			m["revision"] = p.revision
		}
		items[i] = m
		named = named || strings.Contains(p.id, "/") && hubID.MatchString(p.id)
	}
	c.ev.Set("/lineage/base_models", items, audit.Source{Level: audit.Claimed})
	for i, p := range parents {
		c.ev.Cite(audit.Join("/lineage/base_models", i), p.src)
	}
	c.ev.Set("/lineage/base_named", named)
	c.ev.Cite("/lineage", audit.Source{Level: audit.Claimed})
	if len(parents) > 0 {
		c.ev.Cite("/lineage/base_named", parents[0].src)
	}
	c.fromScratch()
	if c.looked("adapter") {
		src := audit.Source{Level: audit.Present}
		if c.adapter != nil {
			src.Path = c.adapter.path
		}
		c.ev.Set("/lineage/is_adapter", c.adapter != nil, src)
	}
	if c.card != nil && c.card.Declared.BaseModelRelation.Value != "" {
		r := c.card.Declared.BaseModelRelation
		c.ev.Set("/lineage/relation", r.Value, audit.Source{Path: c.card.Path, Line: r.Line, Level: audit.Claimed})
	}
	return nil
}

// fromScratch tells whether the card says that there is no base model.
func (c *collection) fromScratch() {
	if c.card == nil {
		return
	}
	src := audit.Source{Path: c.card.Path, Line: 1, Level: audit.Claimed}
	said := false
	for _, cl := range ownClaims(c.card) {
		if cl.Kind == card.ClaimFromScratch {
			said, src.Line = true, cl.Line
			break
		}
	}
	c.ev.Set("/lineage/from_scratch_stated", said, src)
}

// parents lists who is named as a parent, by whom, in the order card, adapter,
// config, GGUF.
func (c *collection) parents() []parent {
	var out []parent
	add := func(id, origin, revision string, src audit.Source) {
		if id != "" {
			src.Level = audit.Claimed
			out = append(out, parent{id, origin, revision, src})
		}
	}
	if c.card != nil {
		for _, b := range c.card.Declared.BaseModels {
			add(b.Value, "card", "", audit.Source{Path: c.card.Path, Line: b.Line})
		}
	}
	if a := c.adapter; a != nil {
		add(a.Base, "adapter", a.Rev, audit.Source{Path: a.path, Line: a.lines.of("base_model_name_or_path")})
	}
	if cfg := c.config; cfg != nil && strings.Contains(cfg.NameOrPath, "/") && hubID.MatchString(cfg.NameOrPath) {
		add(cfg.NameOrPath, "config", "", audit.Source{Path: cfg.path, Line: cfg.lines.of("_name_or_path")})
	}
	for _, w := range c.weights {
		for _, id := range ggufParents(w.info) {
			add(id, "gguf", "", audit.Source{Path: w.file.Path})
		}
	}
	return slices.CompactFunc(out, func(a, b parent) bool { return a.id == b.id && a.origin == b.origin })
}

// ggufParents reads general.base_model.N: the repository's address names the
// parent best, a bare name is not one that can be looked up.
func ggufParents(f *weights.File) []string {
	if f.Format != weights.GGUF {
		return nil
	}
	var out []string
	for i := range 8 {
		if url, ok := f.Metadata[fmt.Sprintf("general.base_model.%d.repo_url", i)].(string); ok {
			out = append(out, repository(url))
		}
	}
	return out
}

// repository takes owner/name out of a Hub address.
func repository(url string) string {
	for _, host := range []string{"https://huggingface.co/", "http://huggingface.co/", "https://hf.co/"} {
		if rest, ok := strings.CutPrefix(url, host); ok {
			parts := strings.SplitN(strings.Trim(rest, "/"), "/", 3)
			if len(parts) >= 2 {
				return parts[0] + "/" + parts[1]
			}
		}
	}
	return url
}
