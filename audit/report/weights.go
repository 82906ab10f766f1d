package report

import (
	"io"
	"maps"
	"slices"
	"strings"
)

// Weights writes the items of /weights/files as a table: what each file is, how
// much it holds, and what loading it could do. Why, it says of those that are
// not harmless, with -v of all.
func Weights(w io.Writer, files []any, o Options) error {
	if len(files) == 0 {
		_, err := io.WriteString(w, "no weight files\n")
		return err
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	rows := make([][]string, 0, len(files))
	why := &table{o: o}
	for _, f := range files {
		m, _ := f.(map[string]any)
		v := verdict(m)
		rows = append(rows, []string{cut(Clean(text(m["path"])), 32), text(m["format"]), parameters(m["parameters"]), types(m["dtypes"]), v})
		if o.Verbose || v != "inert" && v != "allow listed" {
			why.paragraph("  "+Clean(text(m["path"])), Clean(text(m["reason"])), 8)
		}
	}
	if err := Table(w, []string{"file", "format", "parameters", "type", "verdict"}, rows, o); err != nil {
		return err
	}
	if why.b.Len() == 0 {
		return nil
	}
	_, err := io.WriteString(w, "\n"+why.b.String())
	return err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func parameters(v any) string {
	if n, ok := v.(int64); ok {
		return number(n)
	}
	return ""
}

// types names the number type of most elements, and how many others there are.
func types(v any) string {
	m, _ := v.(map[string]any)
	best := ""
	for _, name := range slices.Sorted(maps.Keys(m)) {
		n, _ := m[name].(int64)
		if most, _ := m[best].(int64); best == "" || n > most {
			best = name
		}
	}
	if len(m) > 1 {
		best += " …"
	}
	return best
}

func verdict(m map[string]any) string {
	switch v := strings.ReplaceAll(text(m["verdict"]), "_", " "); {
	case v != "" && m["complete"] == true:
		return v
	case v != "":
		return v + ", incomplete"
	}
	return "unknown, incomplete"
}
