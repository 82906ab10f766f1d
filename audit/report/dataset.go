package report

import (
	"fmt"
	"io"
	"strings"
)

// Datasets writes the items of /datasets: what each manifest says, and what is
// wrong with it by line. What only the specification asks for is counted, and
// written out with -v.
func Datasets(w io.Writer, items []any, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	t := &table{o: o}
	if len(items) == 0 {
		t.line("no data")
	}
	for i, v := range items {
		if i > 0 {
			t.line("")
		}
		m, _ := v.(map[string]any)
		t.dataset(m)
	}
	_, err := io.WriteString(w, t.b.String())
	return err
}

// datasetIndent is where the values of the table begin.
const datasetIndent = 14

func (t *table) dataset(d map[string]any) {
	t.line(t.bold(cut(Clean(text(d["name"])), t.o.Width)))
	row := func(label, value string) {
		if value != "" {
			t.paragraph("  "+label, Clean(value), datasetIndent)
		}
	}
	m, _ := d["manifest"].(map[string]any)
	if m == nil {
		row("manifest", "none: named only")
	} else {
		row("manifest", describe(m))
	}
	others, _ := d["other_manifests"].([]any)
	for _, v := range others {
		other, _ := v.(map[string]any)
		row("and", describe(other))
	}
	row("used for", text(d["role"]))
	row("licence", told(d, "license"))
	if size, ok := d["size"].(map[string]any); ok {
		row("size", fmt.Sprintf("%v %v", plainNumber(size["value"]), size["unit"]))
	}
	row("languages", joinAny(d["languages"]))
	row("address", told(d, "url"))
	if h, ok := d["hashes"].(map[string]any); ok {
		row("digests", fmt.Sprintf("%v given, %v well formed, %v recomputed", h["declared"], h["well_formed"], h["checked"]))
	}
	if p, ok := d["provenance"].(map[string]any); ok {
		for _, name := range []string{"collection", "processing", "labelling", "consent", "sensitive"} {
			if _, asked := p[name]; asked {
				row(name, cut(strings.Join(strings.Fields(told(p, name)), " "), 200))
			}
		}
	}
	t.manifestProblems(m)
	for _, v := range others {
		other, _ := v.(map[string]any)
		t.manifestProblems(other)
	}
}

// describe says which manifest it is, and whether it is valid.
func describe(m map[string]any) string {
	return strings.TrimSpace(text(m["path"])+", "+strings.ReplaceAll(text(m["format"]), "_", " ")+" "+text(m["version"])) + ", " + soundness(m)
}

// told is a text of an item, where it is known whether there is one.
func told(m map[string]any, key string) string {
	v, known := m[key]
	switch {
	case !known:
		return ""
	case v == nil:
		return "not told"
	}
	return text(v)
}

func soundness(m map[string]any) string {
	switch m["valid"] {
	case true:
		return "valid"
	case false:
		return "not valid"
	}
	return "not read whole"
}

func plainNumber(v any) string {
	switch n := v.(type) {
	case float64:
		if n == float64(int64(n)) {
			return number(int64(n))
		}
	case int64:
		return number(n)
	}
	return fmt.Sprint(v)
}

func joinAny(v any) string {
	list, _ := v.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		out = append(out, text(item))
	}
	return strings.Join(out, ", ")
}

func (t *table) manifestProblems(m map[string]any) {
	errs, _ := m["errors"].([]any)
	warnings, _ := m["warnings"].([]any)
	hidden := 0
	for i, v := range append(append([]any{}, errs...), warnings...) {
		p, _ := v.(map[string]any)
		if i >= len(errs) && p["source"] == "spec" && !t.o.Verbose {
			hidden++
			continue
		}
		label := "  " + text(p["severity"])
		where := ""
		if line, ok := p["line"]; ok {
			where = fmt.Sprintf("line %v, ", line)
		}
		if at := text(p["pointer"]); at != "" {
			where += at + ": "
		}
		t.paragraph(label, Clean(where+text(p["message"])), datasetIndent)
	}
	if hidden > 0 {
		t.paragraph("  and", fmt.Sprintf("%d more that only the specification asks for (-v)", hidden), datasetIndent)
	}
}
