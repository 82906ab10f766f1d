package report

import (
	"fmt"
	"strings"

	"glassbox/audit"
)

// lineage draws what a release was made from, step by step, and where on the
// way from the oldest model a term was lost first. It is left out where nothing
// was seen of any parent.
func (t *table) lineage() {
	seen := false
	var first *audit.Link
	for i := range t.r.Lineage {
		l := &t.r.Lineage[i]
		seen = seen || l.Seen
		if len(l.Lost) > 0 && (first == nil || l.Distance > first.Distance) {
			first = l
		}
	}
	if !seen || t.o.Quiet && first == nil {
		return
	}
	t.line("")
	root := t.r.Lineage[0]
	t.paragraph("  "+pad("lineage", 14), model(root.Child, root.ChildLicense, true), 16)
	t.ancestors(root.Child, 1, map[int]bool{})
	if first != nil {
		t.paragraph("  "+t.paint(red, pad("lost first", 14)), fmt.Sprintf("%s: asked by %s, not by %s",
			strings.ReplaceAll(strings.Join(first.Lost, ", "), "_", " "),
			model(first.Parent, first.ParentLicense, first.Seen), model(first.Child, first.ChildLicense, true)), 16)
	}
}

// ancestors draws the parents of a model, each with its own below it. A link is
// drawn once, so that a circle ends.
func (t *table) ancestors(child string, depth int, drawn map[int]bool) {
	for i, l := range t.r.Lineage {
		if l.Child != child || drawn[i] || l.Distance != depth {
			continue
		}
		drawn[i] = true
		how := "from"
		if l.Relation != "" {
			how = l.Relation + " of"
		}
		indent := 16 + 2*min(depth, 8)
		t.paragraph(strings.Repeat(" ", indent), Clean(how)+" "+model(l.Parent, l.ParentLicense, l.Seen), indent)
		t.ancestors(l.Parent, depth+1, drawn)
	}
}

// model names a model and its licence.
func model(name, license string, seen bool) string {
	switch {
	case !seen:
		license = "not seen"
	case license == "":
		license = "no licence"
	}
	return fmt.Sprintf("%s (%s)", Clean(name), Clean(license))
}
