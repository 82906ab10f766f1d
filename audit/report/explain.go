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

// ExplainScores writes what frameworks made of a subject, criterion by criterion,
// each with the places that decided it. Of an axis the criteria are the rules that
// weigh; their findings are those of the report. Criteria that are not wanted are
// passed over.
func ExplainScores(w io.Writer, r *audit.Report, scores []audit.Score, wanted func(audit.Answer) bool, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &table{o: o, r: r}
	for i, s := range scores {
		if i > 0 {
			t.line("")
		}
		t.line(t.bold(strings.TrimSpace(s.Framework+" "+Clean(s.Axis))) + "   " + standingOf(s))
		for _, a := range s.Criteria {
			if !wanted(a) {
				continue
			}
			t.line("")
			head := strings.Join(strings.Fields(Clean(strings.Join([]string{a.Class, a.ID, a.Title}, " "))), " ")
			if a.Rule != "" {
				head += ", rule " + Clean(a.Rule)
			}
			for _, by := range a.AttestedBy {
				head += ", attested by " + Clean(by)
			}
			t.paragraph("", head, 2)
			t.found(&audit.Finding{Word: a.Word, Level: a.Level, Places: a.Places})
		}
		t.weighed(s)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

// weighed writes the rules of an axis with their findings.
func (t *table) weighed(s audit.Score) {
	found := map[string]*audit.Finding{}
	for i := range t.r.Findings {
		found[t.r.Findings[i].Rule] = &t.r.Findings[i]
	}
	for _, list := range [][]audit.Contribution{s.Trace, s.Against} {
		for _, c := range list {
			if f := found[c.Rule]; f != nil {
				t.line("")
				t.paragraph("", fmt.Sprintf("%s, %d of %d", Clean(c.Rule), c.Weight, s.Weight), 2)
				t.found(f)
			}
		}
	}
	for _, c := range s.Caps {
		t.line("")
		t.paragraph("", fmt.Sprintf("cap at %d: %s, until rule %s is met; binds the %s", c.At, Clean(c.Name), Clean(c.Rule), c.Binds), 2)
	}
}
