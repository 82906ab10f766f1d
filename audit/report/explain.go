package report

import (
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// Explain writes a rule for people: what it asks, why, how to fix a fail, what
// it weighs, its text, and what it found where a finding is given.
func Explain(w io.Writer, r *audit.Rule, weights []string, f *audit.Finding, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &table{o: o}
	t.line(t.bold(r.ID) + "   " + r.Title)
	t.line("")
	t.paragraph("  why", r.Why, 14)
	t.paragraph("  fix", r.Fix+" (takes "+r.Effort+")", 14)
	t.paragraph("  asks", fmt.Sprintf("%s, evidence at least %s", r.Pointer(), r.Level), 14)
	t.paragraph("  severity", string(r.Severity)+", dimension "+r.Dimension, 14)
	for i, weight := range weights {
		label := ""
		if i == 0 {
			label = "  weighs"
		}
		t.paragraph(label, weight, 14)
	}
	for i, ref := range r.References {
		label := ""
		if i == 0 {
			label = "  see"
		}
		t.line(pad(label, 14) + Clean(ref))
	}
	if f != nil {
		t.found(f)
	}
	t.line("")
	t.line("  # " + r.File)
	for l := range strings.Lines(r.Text()) {
		t.line("  " + Clean(strings.TrimRight(l, "\n")))
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func (t *table) found(f *audit.Finding) {
	t.line("")
	word := f.Word
	if f.Level != audit.Unsourced {
		word += ", " + f.Level.String()
	}
	t.line("  " + t.paint(toneOf(f.Word), word))
	for _, p := range f.Places {
		text := fmt.Sprintf("%s = %s", Clean(p.Pointer), show(p.Value))
		if p.Value == nil {
			text = Clean(p.Pointer)
		}
		if s := where(p); s != "" {
			text += "   " + s
		}
		if p.Level != audit.Unsourced {
			text += " (" + p.Level.String() + ")"
		}
		t.paragraph("", text+because(p), 4)
		t.statement(p.Statement, p.URL, p.Date, "      ")
		if p.Stale {
			t.line("      past its review: nothing passes on it any more")
		}
		for _, d := range p.Disputes {
			said := strings.ReplaceAll(d.Statement.State.String(), "_", " ") + because(audit.Place{Statement: d.Statement})
			t.paragraph("      disputed:", said, 16)
			t.statement(d.Statement, d.URL, d.Date, "        ")
		}
	}
	if f.More > 0 {
		t.line(fmt.Sprintf("    and %d more places", f.More))
	}
}

// statement writes where, when and by whom something was said of a service.
func (t *table) statement(s *audit.Statement, url, read, indent string) {
	if s == nil {
		return
	}
	text := fmt.Sprintf("%s; %s, said of the %s, read %s", s.Title, s.Authority, s.Scope, read)
	if s.ReviewBy != "" {
		text += ", to be reviewed by " + s.ReviewBy
	}
	t.paragraph(indent, Clean(text), width(indent))
	t.line(indent + Clean(url))
}
