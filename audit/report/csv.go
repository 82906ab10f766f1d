package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"glassbox/audit"
)

// csvHead names the columns: a row is a rule's answer for a subject.
var csvHead = [...]string{"subject", "kind", "rule", "title", "dimension", "outcome", "word", "severity", "level", "waiver", "path", "line", "pointer", "value", "fix"}

func writeCSV(w io.Writer, reports []*audit.Report, _ Options) error {
	out := csv.NewWriter(w)
	if err := out.Write(csvHead[:]); err != nil {
		return err
	}
	for _, r := range reports {
		for i := range r.Findings {
			if err := out.Write(csvRow(r, &r.Findings[i])); err != nil {
				return err
			}
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(r *audit.Report, f *audit.Finding) []string {
	waiver, name, line, pointer, value := "", "", "", "", ""
	if f.Waiver != nil {
		waiver = f.Waiver.State + " until " + f.Waiver.Expires + ": " + f.Waiver.Reason
	}
	if len(f.Places) > 0 {
		p := f.Places[0]
		name, pointer, value = p.Path, p.Pointer, show(p.Value)
		if p.Line > 0 {
			line = strconv.Itoa(p.Line)
		}
	}
	row := []string{r.Subject.Name, r.Subject.Kind, f.Rule, f.Title, f.Dimension, f.Outcome.String(), f.Word, string(f.Severity), f.Level.String(), waiver, name, line, pointer, value, f.Fix}
	return inertRow(row)
}

// inertRow makes every cell of a row inert.
func inertRow(row []string) []string {
	for i, cell := range row {
		row[i] = inert(cell)
	}
	return row
}

// inert makes a text one that no spreadsheet takes for a formula: a quote stands
// before what would begin one, wide forms and leading spaces included.
func inert(s string) string {
	s = Clean(s)
	first := strings.TrimLeft(s, " \u00a0\u3000")
	if first != "" && strings.ContainsRune("=+-@|%＝＋－＠", []rune(first)[0]) {
		return "'" + s
	}
	return s
}
