package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit/cohort"
)

// CohortFormats lists what a cohort can be written as, the default first.
var CohortFormats = [...]string{"table", "json", "jsonl", "csv", "markdown", "html"}

// Cohort writes a cohort in one of [CohortFormats].
func Cohort(w io.Writer, c *cohort.Cohort, format string, o Options) error {
	switch format {
	case "json":
		return JSON(w, c)
	case "jsonl":
		return cohortLines(w, c)
	case "csv":
		return cohortCSV(w, c)
	case "markdown":
		return cohortMarkdown(w, c)
	case "html":
		return cohortPage(w, c)
	}
	return cohortTable(w, c, o)
}

func cohortLines(w io.Writer, c *cohort.Cohort) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, r := range c.Rows {
		if err := enc.Encode(r); err != nil {
			return err
		}
	}
	return nil
}

// rankOf writes a rank as reviewers do, equal ones marked.
func rankOf(r cohort.Row) string {
	switch {
	case r.Rank == 0:
		return "–"
	case r.Tied:
		return strconv.Itoa(r.Rank) + "="
	}
	return strconv.Itoa(r.Rank)
}

// couldBe is the range of ranks that claims and unknowns leave open.
func couldBe(r cohort.Row) string {
	switch {
	case r.Rank == 0:
		return ""
	case r.Best == r.Worst:
		return strconv.Itoa(r.Best)
	}
	return fmt.Sprintf("%d–%d", r.Best, r.Worst)
}

func rankedScore(s cohort.Score) string {
	if s.Floor == nil || s.Ceiling == nil {
		return "–"
	}
	return fmt.Sprintf("%d–%d %s", *s.Floor, *s.Ceiling, Clean(s.Grade))
}

// cohortAxes lists the axes of a cohort, the one that decides first.
func cohortAxes(c *cohort.Cohort) []string {
	out := []string{c.By}
	for _, r := range c.Rows {
		for _, s := range r.Scores {
			if !slices.Contains(out, s.Axis) {
				out = append(out, s.Axis)
			}
		}
	}
	return out
}

// cells are the columns of a row: rank, range, applicant, one an axis, and what
// has to be known beside.
func cohortCells(c *cohort.Cohort, r cohort.Row) []string {
	cells := []string{rankOf(r), couldBe(r), Clean(r.Name)}
	for _, axis := range cohortAxes(c) {
		cell := "–"
		for _, s := range r.Scores {
			if s.Axis == axis {
				cell = rankedScore(s)
			}
		}
		cells = append(cells, cell)
	}
	return append(cells, cohortNote(r))
}

func cohortNote(r cohort.Row) string {
	var parts []string
	if r.Error != "" {
		parts = append(parts, r.Error)
	}
	if r.Verdict != nil && r.Verdict.Code != 0 {
		parts = append(parts, r.Verdict.Outcome)
	}
	if len(r.Caps) > 0 {
		parts = append(parts, "cap: "+r.Caps[0]) // the others stand in the data formats
	}
	return Clean(strings.Join(parts, "; "))
}

func cohortHeader(c *cohort.Cohort) []string {
	return slices.Concat([]string{"rank", "could be", "applicant"}, cohortAxes(c), []string{"note"})
}

func cohortTable(w io.Writer, c *cohort.Cohort, o Options) error {
	var rows [][]string
	for _, r := range c.Rows {
		rows = append(rows, cohortCells(c, r))
	}
	if err := Table(w, cohortHeader(c), rows, o); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nby the floor of %s; \"could be\" is the range of ranks that claims and unknowns leave open\n", Clean(c.By))
	return err
}

func cohortMarkdown(w io.Writer, c *cohort.Cohort) error {
	var header []string
	for _, name := range cohortHeader(c) {
		header = append(header, plainMarkdown(name))
	}
	lines := []string{"| " + strings.Join(header, " | ") + " |", strings.Repeat("|---", len(header)) + "|"}
	for _, r := range c.Rows {
		var cells []string
		for _, cell := range cohortCells(c, r) {
			cells = append(cells, plainMarkdown(cell))
		}
		lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// cohortCSV writes numbers apart, so that a spreadsheet can work on them. The
// columns of the list follow.
func cohortCSV(w io.Writer, c *cohort.Cohort) error {
	axes, further := cohortAxes(c), cohortColumns(c)
	header := []string{"rank", "tied", "best", "worst", "name", "source", "digest"}
	for _, axis := range axes {
		header = append(header, axis+"_floor", axis+"_ceiling", axis+"_grade")
	}
	header = append(header, "caps", "outcome", "error")
	for _, name := range further {
		header = append(header, inert(name))
	}
	out := csv.NewWriter(w)
	if err := out.Write(inertRow(header)); err != nil {
		return err
	}
	for _, r := range c.Rows {
		if err := out.Write(inertRow(cohortRow(r, axes, further))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cohortColumns lists the further columns of the lists, in order.
func cohortColumns(c *cohort.Cohort) []string {
	var out []string
	for _, r := range c.Rows {
		for _, col := range r.Columns {
			if !slices.Contains(out, col.Name) {
				out = append(out, col.Name)
			}
		}
	}
	slices.Sort(out)
	return out
}

func cohortRow(r cohort.Row, axes, further []string) []string {
	cells := []string{"", "", "", "", inert(r.Name), inert(r.Subject.Source), r.Subject.Digest}
	if r.Rank > 0 {
		cells[0], cells[1], cells[2], cells[3] = strconv.Itoa(r.Rank), strconv.FormatBool(r.Tied), strconv.Itoa(r.Best), strconv.Itoa(r.Worst)
	}
	for _, axis := range axes {
		floor, ceiling, grade := "", "", ""
		for _, s := range r.Scores {
			if s.Axis == axis && s.Floor != nil && s.Ceiling != nil {
				floor, ceiling, grade = strconv.Itoa(*s.Floor), strconv.Itoa(*s.Ceiling), s.Grade
			}
		}
		cells = append(cells, floor, ceiling, grade)
	}
	outcome := ""
	if r.Verdict != nil {
		outcome = r.Verdict.Outcome
	}
	cells = append(cells, inert(strings.Join(r.Caps, "; ")), outcome, inert(r.Error))
	for _, name := range further {
		cell := ""
		for _, col := range r.Columns {
			if col.Name == name {
				cell = inert(col.Value)
			}
		}
		cells = append(cells, cell)
	}
	return cells
}
