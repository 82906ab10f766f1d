package audit

import (
	"strconv"
	"strings"
)

// Link is one step of the lineage of a release: a model, one that it was made
// from, and what of the parent's terms its own licence lost.
type Link struct {
	Child         string   `json:"child"`
	Parent        string   `json:"parent"`
	ChildLicense  string   `json:"child_license,omitempty"`
	ParentLicense string   `json:"parent_license,omitempty"` // left out where it names none, or was not seen
	Relation      string   `json:"relation,omitempty"`       // finetune, adapter, quantized or merge
	Distance      int      `json:"distance"`                 // from the release, 1 and up
	Seen          bool     `json:"seen"`                     // the parent, or an entry about it
	Lost          []string `json:"lost"`                     // terms that the child's licence contradicts
	Open          []string `json:"open"`                     // terms of which that cannot be told
}

// lineage joins the links that the evidence lists with the comparison of their
// licences.
func lineage(ev *Evidence) []Link {
	v, _ := ev.Get("/lineage/links")
	var out []Link
	for _, item := range list(v) {
		m, _ := item.(map[string]any)
		text := func(name string) string { s, _ := m[name].(string); return s }
		l := Link{
			Child: text("child"), Parent: text("parent"), ChildLicense: text("child_license"), ParentLicense: text("parent_license"),
			Relation: text("relation"), Lost: []string{}, Open: []string{},
		}
		distance, _ := m["distance"].(int64)
		l.Distance = max(1, int(min(distance, 1<<20)))
		l.Seen, _ = m["seen"].(bool)
		out = append(out, l)
	}
	v, _ = ev.Get("/relations/lineage_license")
	for _, item := range list(v) {
		m, _ := item.(map[string]any)
		attribute, _ := m["attribute"].(string)
		l := linkOf(m, out)
		if l == nil || attribute == "" {
			continue
		}
		switch m["agree"] {
		case false:
			l.Lost = append(l.Lost, attribute)
		case nil:
			l.Open = append(l.Open, attribute)
		}
	}
	return out
}

// linkOf returns the link whose parent a relation is about, or nil.
func linkOf(relation map[string]any, links []Link) *Link {
	between := list(relation["between"])
	if len(between) < 2 {
		return nil
	}
	pointer, _ := between[1].(string)
	rest, ok := strings.CutPrefix(pointer, "/lineage/links/")
	if !ok {
		return nil
	}
	index, _, _ := strings.Cut(rest, "/")
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(links) {
		return nil
	}
	return &links[i]
}
