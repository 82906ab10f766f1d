package report

import (
	"fmt"
	"strings"

	"glassbox/audit"
)

// gate lists what a policy asked and did not get, and every waiver with its
// state: what is waived must not drop out of sight.
func (t *table) gate() {
	p := t.r.Policy
	if p == nil {
		return
	}
	t.waivers(p)
	if t.o.Quiet {
		return
	}
	t.line("")
	t.paragraph("  "+pad("gate", 14), terms(p), 16)
	for _, g := range p.Gates {
		if !g.Holds || t.o.Verbose {
			t.paragraph("    "+holds(g), gateSentence(g), 16)
		}
	}
}

// terms names what a report was held against.
func terms(p *audit.Gated) string {
	var parts []string
	if p.File != "" {
		parts = append(parts, Clean(p.File))
	}
	if p.Profile != "" {
		parts = append(parts, "profile "+Clean(p.Profile))
	}
	if b := p.Baseline; b != nil {
		of := ", which does not know it"
		if b.Name != "" {
			of = " (" + Clean(b.Name) + ", " + Clean(b.AsOf) + ")"
		}
		parts = append(parts, "baseline "+Clean(b.File)+of)
	}
	if p.Lock != nil {
		parts = append(parts, "lock "+Clean(p.Lock.File))
	}
	return strings.Join(parts, ", ")
}

func holds(g audit.Gate) string {
	switch {
	case g.Holds:
		return "holds"
	case g.Known:
		return "as before"
	}
	return "fails"
}

// gateSentence says what was asked and what was found.
func gateSentence(g audit.Gate) string {
	s := fmt.Sprintf("%s: asked %s, found %s", Clean(g.Subject()), Clean(g.Asked), Clean(g.Found))
	for i, rule := range g.Rules {
		sep := ", "
		if i == 0 {
			sep = ": "
		}
		s += sep + Clean(rule)
	}
	return s
}

func (t *table) waivers(p *audit.Gated) {
	for i, w := range p.Waivers {
		label := ""
		if i == 0 {
			t.line("")
			label = "waivers"
		}
		t.paragraph("  "+pad(label, 14), waiverSentence(w), 16)
	}
}

// waiverSentence says what a waiver lets stand, until when, who answers for it
// and why.
func waiverSentence(w audit.Waiver) string {
	of := ""
	if w.Subject != "" {
		of = " of " + Clean(w.Subject)
	}
	return fmt.Sprintf("%s: %s%s, until %s, %s: %s", Clean(w.State), Clean(w.Rule), of, Clean(w.Expires), Clean(w.Owner), Clean(w.Reason))
}
