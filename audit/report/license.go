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
		if scope == "all" && kinds[text(m["role"])] == "" && !strings.HasPrefix(text(m["path"]), "LICENSES/") {
			scope = "all, by assumption: its name says no part"
		}
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

// identity says which licence a text is and how that was told, or why it is none.
func identity(m map[string]any) string {
	how := text(m["method"])
	if n, ok := m["similarity"].(int64); ok && n > 0 && n < 10000 {
		how += fmt.Sprintf(", %d.%02d %% alike", n/100, n%100)
	}
	family := text(m["family"])
	switch {
	case text(m["concluded"]) != "":
		return fmt.Sprintf("%s (%s)", Clean(text(m["concluded"])), how)
	case m["scope"] == "policy" && family != "":
		return fmt.Sprintf("no licence: a use policy of %s (%s)", Clean(family), how)
	case kinds[text(m["role"])] != "" && !unread[text(m["state"])] && m["state"] != "empty":
		return "no licence: " + kinds[text(m["role"])] + holding(m)
	case m["state"] == "empty":
		return "nothing: the file is empty"
	case unread[text(m["state"])]:
		return "not known: the file was not read"
	case strings.HasPrefix(family, "modified-"):
		return fmt.Sprintf("no licence that is known; %s with changes (%s)", Clean(strings.TrimPrefix(family, "modified-")), how)
	case family != "":
		return fmt.Sprintf("no licence that is known; a variant of %s (%s)", Clean(family), how)
	case text(m["points_to"]) != "":
		return "no text: a pointer to " + Clean(text(m["points_to"])) + holding(m)
	case holding(m) != "":
		return "no one licence" + holding(m)
	}
	return "no licence that is known"
}

// kinds are files that are no licence, whatever stands in them, by their role.
var kinds = map[string]string{"notice": "a notice", "third_party": "the licences of others' parts", "policy": "a use policy"}

// unread are the states of files whose words were not read.
var unread = map[string]bool{"pdf": true, "html": true, "binary": true, "lfs_pointer": true, "too_large": true}

// holding lists the known licences that a text holds or points to without being
// one of them.
func holding(m map[string]any) string {
	found, _ := m["found"].([]any)
	var ids []string
	for _, id := range found {
		ids = append(ids, Clean(text(id)))
	}
	if len(ids) == 0 {
		return ""
	}
	return ", with " + strings.Join(ids, ", ")
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
