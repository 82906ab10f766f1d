package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/pkg/twwidth"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// Table writes rows under a header, the last column wrapped so that the whole
// fits the terminal. Cells are cleaned.
func Table(w io.Writer, header []string, rows [][]string, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	twwidth.SetEastAsian(false) // the same bytes whatever the environment says
	var b strings.Builder
	t := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{
			Borders:  tw.BorderNone,
			Settings: tw.Settings{Separators: tw.SeparatorsNone, Lines: tw.LinesNone},
		})),
		tablewriter.WithHeaderAutoFormat(tw.Off),
		tablewriter.WithHeaderAlignment(tw.AlignLeft),
		tablewriter.WithRowAlignment(tw.AlignLeft),
		tablewriter.WithRowAutoWrap(tw.WrapNone),
		tablewriter.WithPadding(tw.Padding{Left: "", Right: "  ", Overwrite: true}),
		tablewriter.WithTrimSpace(tw.Off),
	)
	header = slices.Clone(header)
	for i := range header {
		header[i] = Clean(header[i])
	}
	t.Header(header)
	room := o.Width - fixedWidth(header, rows)
	if room < needed(header, rows) {
		return stacked(w, header, rows, o.Width)
	}
	for _, row := range rows {
		for _, line := range broken(row, room) {
			if err := t.Append(line); err != nil {
				return fmt.Errorf("table row: %w", err)
			}
		}
	}
	if err := t.Render(); err != nil {
		return fmt.Errorf("drawing the table: %w", err)
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// narrowest is the least width in which a sentence can be read.
const narrowest = 24

// needed is the width below which the last column does not stand beside the
// others: that of its header, and of what is in it or a readable part of that.
func needed(header []string, rows [][]string) int {
	last := len(header) - 1
	widest := 0
	for _, row := range rows {
		widest = max(widest, width(Clean(row[last])))
	}
	return max(width(header[last]), min(narrowest, widest))
}

// stacked writes each row over several lines where the columns do not fit beside
// each other: the last cell below the others.
func stacked(w io.Writer, header []string, rows [][]string, columns int) error {
	const indent = 4
	last := len(header) - 1
	for _, row := range append([][]string{header}, rows...) {
		lines := []string{Clean(strings.Join(row[:last], "  "))}
		if width(lines[0]) > columns {
			lines = wrap(lines[0], max(columns, indent+1))
		}
		for _, l := range wrap(Clean(row[last]), max(columns-indent, 1)) {
			lines = append(lines, strings.Repeat(" ", indent)+l)
		}
		for _, l := range lines {
			if l = strings.TrimRight(l, " "); l == "" {
				continue
			}
			if _, err := io.WriteString(w, l+"\n"); err != nil {
				return err
			}
		}
	}
	return nil
}

// fixedWidth is what all columns but the last take, their gaps included.
func fixedWidth(header []string, rows [][]string) int {
	total := 0
	for col := range len(header) - 1 {
		widest := width(header[col])
		for _, r := range rows {
			widest = max(widest, width(Clean(r[col])))
		}
		total += widest + 2
	}
	return total + 2
}

// broken spreads a row over as many lines as its last cell takes.
func broken(row []string, room int) [][]string {
	last := len(row) - 1
	var out [][]string
	for i, piece := range wrap(Clean(row[last]), room) {
		line := make([]string, len(row))
		if i == 0 {
			for j := range last {
				line[j] = Clean(row[j])
			}
		}
		line[last] = piece
		out = append(out, line)
	}
	return out
}
