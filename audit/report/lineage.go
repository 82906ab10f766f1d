package report

import (
	"fmt"
	"slices"
	"strings"

	"glassbox/audit"
)

// Limits on what is drawn of a lineage; the report has it all.
const (
	maxLinks     = 256 // that are looked at: an evidence document can list any number
	maxAncestors = 24
)

// lineage draws what a release was made from, step by step, and for each term of
// a licence that did not come down the step at which it was lost first. It is
// left out where nothing was seen of any parent.
func (t *table) lineage() {
	all := t.r.Lineage[:min(len(t.r.Lineage), maxLinks)]
	lost := firstLinks(all, func(l audit.Link) []string { return without(l.Lost, noDerivatives) })
	made := firstLinks(all, func(l audit.Link) []string {
		if slices.Contains(l.Lost, noDerivatives) {
			return []string{noDerivatives}
		}
		return nil
	})
	open := firstLinks(all, func(l audit.Link) []string { return l.Open })
	seen := slices.ContainsFunc(all, func(l audit.Link) bool { return l.Seen })
	if !seen || t.o.Quiet && len(lost)+len(made) == 0 {
		return
	}
	t.line("")
	t.paragraph("  "+pad("lineage", 14), model(all[0].Child, all[0].ChildLicense, true), 16)
	drawn := map[int]bool{}
	t.ancestors(all, all[0].Child, 1, drawn)
	if more := len(t.r.Lineage) - len(drawn); more > 0 {
		t.paragraph(strings.Repeat(" ", 18), fmt.Sprintf("and %d more", more), 18)
	}
	t.terms(red, "lost first", "asked by %s, not by %s", lost)
	t.terms(red, "not allowed", "asked by %s, yet %s was made from it", made)
	if !t.o.Quiet {
		t.terms(yellow, "undecided", "asked by %s, perhaps not by %s", open)
	}
}

// noDerivatives is broken by what was made, whatever the licence of that says: a
// child under the same terms does not keep it.
const noDerivatives = "no_derivatives"

func without(terms []string, term string) []string {
	return slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return t == term })
}

// ancestors draws the parents of a model, each with its own below it, while there
// is room. A link is drawn once, so that a circle ends.
func (t *table) ancestors(links []audit.Link, child string, distance int, drawn map[int]bool) {
	for i, l := range links {
		if l.Child != child || l.Distance != distance || drawn[i] || len(drawn) >= maxAncestors {
			continue
		}
		drawn[i] = true
		how := "from"
		if l.Relation != "" {
			how = l.Relation + " of"
		}
		indent := 16 + 2*min(distance, 8)
		t.paragraph(strings.Repeat(" ", indent), Clean(how)+" "+model(l.Parent, l.ParentLicense, l.Seen), indent)
		t.ancestors(links, l.Parent, distance+1, drawn)
	}
}

// lapse is a link with those of its terms that are told of no older link.
type lapse struct {
	link  audit.Link
	terms []string
}

// firstLinks picks for each term the link at which it was lost first, the
// furthest from the release.
func firstLinks(links []audit.Link, of func(audit.Link) []string) []lapse {
	oldest := map[string]int{}
	for _, l := range links {
		for _, term := range of(l) {
			oldest[term] = max(oldest[term], l.Distance)
		}
	}
	var out []lapse
	for _, l := range links {
		var terms []string
		for _, term := range of(l) {
			if oldest[term] == l.Distance {
				terms = append(terms, strings.ReplaceAll(term, "_", " "))
			}
		}
		if len(terms) > 0 {
			out = append(out, lapse{l, terms})
		}
	}
	slices.SortStableFunc(out, func(a, b lapse) int { return b.link.Distance - a.link.Distance })
	return out
}

// terms writes lapses below a label; where is told who asks and who does not.
func (t *table) terms(tone, label, who string, list []lapse) {
	for i, x := range list[:min(len(list), maxAncestors)] {
		if i > 0 {
			label = ""
		}
		asker := model(x.link.Parent, x.link.ParentLicense, x.link.Seen)
		text := fmt.Sprintf("%s: "+who, strings.Join(x.terms, ", "), asker, model(x.link.Child, x.link.ChildLicense, true))
		t.paragraph("  "+t.paint(tone, pad(label, 14)), Clean(text), 16)
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
