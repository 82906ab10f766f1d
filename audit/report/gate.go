package report

import (
	"fmt"

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
	name := Clean(p.File)
	if p.Profile != "" {
		name += ", profile " + Clean(p.Profile)
	}
	t.paragraph("  "+pad("gate", 14), name, 16)
	for _, g := range p.Gates {
		if !g.Holds || t.o.Verbose {
			t.paragraph("    "+holds(g), gateSentence(g), 16)
		}
	}
}

func holds(g audit.Gate) string {
	if g.Holds {
		return "holds"
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
	return fmt.Sprintf("%s: %s%s, until %s, %s: %s", w.State, Clean(w.Rule), of, Clean(w.Expires), Clean(w.Owner), Clean(w.Reason))
}
