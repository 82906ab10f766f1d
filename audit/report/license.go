package report

import (
	"fmt"
	"io"
	"strings"
)

// Licenses writes the items of /licenses/texts: what each text is, how sure,
// what it allows, and the terms that bind with their lines.
func Licenses(w io.Writer, texts []any, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &table{o: o}
	if len(texts) == 0 {
		t.line("no licence texts")
	}
	for i, v := range texts {
		if i > 0 {
			t.line("")
		}
		m, _ := v.(map[string]any)
		t.license(m)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

func (t *table) license(m map[string]any) {
	t.line(t.bold(Clean(text(m["path"]))))
	t.paragraph("  is", identity(m), 14)
	if m["state"] != "text" {
		t.paragraph("  state", strings.ReplaceAll(text(m["state"]), "_", " "), 14)
	}
	if scope := text(m["scope"]); scope != "" {
		t.paragraph("  for", scope, 14)
	}
	if allows := allowed(m); allows != "" {
		t.paragraph("  allows", allows, 14)
	}
	clauses, _ := m["clauses"].([]any)
	for i, c := range clauses {
		label := ""
		if i == 0 {
			label = "  terms"
		}
		clause, _ := c.(map[string]any)
		t.paragraph(label, fmt.Sprintf("line %v, %s: “%s”", clause["line"], strings.ReplaceAll(text(clause["kind"]), "_", " "), Clean(text(clause["quote"]))), 14)
	}
}

// identity says which licence a text is and how that was told.
func identity(m map[string]any) string {
	how := text(m["method"])
	if n, ok := m["similarity"].(int64); ok && n > 0 && n < 10000 {
		how += fmt.Sprintf(", %d.%02d %% alike", n/100, n%100)
	}
	switch {
	case text(m["concluded"]) != "":
		return fmt.Sprintf("%s (%s)", Clean(text(m["concluded"])), how)
	case text(m["family"]) != "":
		return fmt.Sprintf("no licence that is known; a variant of %s (%s)", Clean(text(m["family"])), how)
	}
	return "no licence that is known"
}

// allowed lists what the terms allow, three-valued: what is not known is not said.
func allowed(m map[string]any) string {
	var out []string
	for _, right := range []struct{ name, words string }{
		{"allows_every_use", "every use"}, {"allows_commercial_use", "commercial use"}, {"allows_derivatives", "changed versions"}, {"osi_approved", "OSI approved"},
	} {
		switch m[right.name] {
		case true:
			out = append(out, right.words+": yes")
		case false:
			out = append(out, right.words+": no")
		}
	}
	return strings.Join(out, ", ")
}
