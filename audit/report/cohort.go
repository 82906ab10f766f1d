package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
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

// A name gets what the other columns leave of the terminal, no more and no less
// than this; whole ones stand in the other formats.
const (
	nameWidth    = 24
	nameNarrowed = 8
)

// nameRoom is what is left for names, which stand in the fourth column.
func nameRoom(header []string, rows [][]string, o Options) int {
	total := 2 // what the table keeps free
	for col := range header {
		if col == 3 {
			continue
		}
		widest := width(header[col])
		for _, r := range rows {
			widest = max(widest, width(r[col]))
		}
		total += widest + 2
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	return max(nameNarrowed, min(nameWidth, o.Width-total))
}

// cohortCells are the columns of a row: rank, the ranges beside it, applicant, and
// one an axis.
func cohortCells(c *cohort.Cohort, r cohort.Row) []string {
	cells := []string{rankOf(r), couldBe(r), otherwise(r), Clean(r.Name)}
	for _, axis := range cohortAxes(c) {
		cell := "–"
		for _, s := range r.Scores {
			if s.Axis == axis {
				cell = rankedScore(s)
			}
		}
		cells = append(cells, strings.TrimRight(cell, " "))
	}
	return cells
}

// otherwise is the range of ranks that other weights leave open.
func otherwise(r cohort.Row) string {
	switch {
	case r.Shifted == nil:
		return ""
	case r.Shifted.Best == r.Shifted.Worst:
		return strconv.Itoa(r.Shifted.Best)
	}
	return fmt.Sprintf("%d–%d", r.Shifted.Best, r.Shifted.Worst)
}

// cohortNotes says what has to be known beside the numbers of an applicant.
func cohortNotes(by string, r cohort.Row) string {
	var parts []string
	if r.Error != "" {
		parts = append(parts, r.Error)
	}
	if r.Verdict != nil && r.Verdict.Code != 0 {
		parts = append(parts, r.Verdict.Outcome)
	}
	if len(r.Caps) > 0 {
		parts = append(parts, "cap: "+strings.Join(r.Caps, ", "))
	}
	if r.Contradicted > 0 {
		parts = append(parts, fmt.Sprintf("%d contradicted", r.Contradicted))
	}
	for _, s := range r.Scores {
		if s.Axis == by && s.Floor != nil && s.Coverage < 100 {
			parts = append(parts, fmt.Sprintf("%d %% undecided", 100-s.Coverage))
		}
	}
	if n := len(r.Waivers); n > 0 {
		parts = append(parts, fmt.Sprintf("%d waived", n))
	}
	return Clean(strings.Join(slices.Concat(parts, reviewNotes(by, r), sinceNotes(r)), "; "))
}

// reviewNotes says what reviewers and the applicant hold.
func reviewNotes(by string, r cohort.Row) []string {
	var parts []string
	states := map[string]int{}
	for _, o := range r.Overrides {
		states[o.State]++
	}
	for _, state := range []string{cohort.InForce, cohort.Disputed, cohort.Outdated, cohort.Expired, cohort.Conflicted, cohort.Earlier} {
		switch n := states[state]; {
		case n == 1:
			parts = append(parts, "1 override "+state)
		case n > 1:
			parts = append(parts, fmt.Sprintf("%d overrides %s", n, state))
		}
	}
	for _, s := range r.Scores {
		if v := s.Reviewed; v != nil && (s.Axis == by || s.Floor == nil || s.Ceiling == nil || *s.Floor != v.Floor || *s.Ceiling != v.Ceiling) {
			parts = append(parts, strings.TrimRight(fmt.Sprintf("with overrides %s %d–%d %s", s.Axis, v.Floor, v.Ceiling, v.Grade), " "))
		}
	}
	open := 0
	for _, reply := range r.Replies {
		if !reply.Answered {
			open++
		}
	}
	if n := len(r.Replies); n > 0 {
		parts = append(parts, fmt.Sprintf("%s of the applicant, %d unanswered", howManyReplies(n), open))
	}
	if len(r.Conflicts) > 0 {
		parts = append(parts, "conflict of interest: "+strings.Join(r.Conflicts, ", "))
	}
	return parts
}

func howManyReplies(n int) string {
	if n == 1 {
		return "1 reply"
	}
	return fmt.Sprintf("%d replies", n)
}

// sinceNotes says who moved, and by which rules.
func sinceNotes(r cohort.Row) []string {
	s := r.Since
	switch {
	case s == nil:
		return nil
	case s.New:
		return []string{"new"}
	}
	var parts []string
	if s.Rank > 0 && s.Floor != nil && s.Ceiling != nil {
		parts = append(parts, fmt.Sprintf("was %d, %d–%d", s.Rank, *s.Floor, *s.Ceiling))
	}
	for _, change := range s.Changes {
		parts = append(parts, fmt.Sprintf("%s: %s → %s", change.Rule, change.From, change.To))
	}
	for _, name := range s.CapsGone {
		parts = append(parts, "no cap any more: "+name)
	}
	for _, name := range s.CapsNew {
		parts = append(parts, "new cap: "+name)
	}
	return parts
}

func cohortHeader(c *cohort.Cohort) []string {
	return slices.Concat([]string{"rank", "could be", fmt.Sprintf("±%d %%", audit.Shift), "applicant"}, cohortAxes(c))
}

func cohortTable(w io.Writer, c *cohort.Cohort, o Options) error {
	if c.Why != nil {
		return whyTable(w, c.Why, o)
	}
	var rows, notes [][]string
	for _, r := range c.Rows {
		rows = append(rows, narrow(c, cohortCells(c, r)))
		if note := cohortNotes(c.By, r); note != "" {
			notes = append(notes, []string{middle(Clean(r.Name), nameWidth), note})
		}
	}
	room := nameRoom(cohortHeader(c), rows, o)
	for _, cells := range rows {
		cells[3] = middle(cells[3], room)
	}
	if err := Table(w, cohortHeader(c), rows, o); err != nil {
		return err
	}
	if len(notes) > 0 {
		fmt.Fprintln(w)
		if err := Table(w, []string{"applicant", "notes"}, notes, o); err != nil {
			return err
		}
	}
	for _, line := range reading(c) {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// narrow takes the grades out of a table that has a column more, that of a policy.
func narrow(c *cohort.Cohort, cells []string) []string {
	if c.By == cohort.ByPolicy {
		for i := 4; i < len(cells); i++ {
			cells[i], _, _ = strings.Cut(cells[i], " ")
		}
	}
	return cells
}

// reading says how to read the table.
func reading(c *cohort.Cohort) []string {
	what := "the floor of " + Clean(c.By)
	if c.By == cohort.ByPolicy {
		what = "the floor under the policy's own weights"
	}
	out := []string{"", "by " + what,
		"24–60:    shown (the floor), and if all claims and unknowns held (the ceiling)",
		"could be: the ranks that claims and unknowns leave open",
		fmt.Sprintf("±%d %%:    the ranks that weights leave open, each that much lighter or heavier", audit.Shift)}
	if c.Blinded {
		out = append(out, "names are pseudonyms, and the order of rows is drawn from the seed")
	}
	if c.Changed {
		out = append(out, "the earlier results were made by other rules: what moved may be the rules")
	}
	if len(c.Gone) > 0 {
		out = append(out, wrap("no more there: "+Clean(strings.Join(c.Gone, ", ")), 80)...)
	}
	return out
}

// whyRows are the rules that separate two applicants, a row a rule.
func whyRows(y *cohort.Why) [][]string {
	var rows [][]string
	for _, d := range y.Rules {
		weight := strconv.Itoa(d.Weight)
		if d.Objection {
			weight = "−" + weight
		}
		rows = append(rows, []string{Clean(d.Rule), weight, Clean(d.A), Clean(d.B)})
	}
	for _, name := range y.CapsA {
		rows = append(rows, []string{Clean("cap: " + name), "", "binds", ""})
	}
	for _, name := range y.CapsB {
		rows = append(rows, []string{Clean("cap: " + name), "", "", "binds"})
	}
	return rows
}

func whyHeader(y *cohort.Why) []string {
	return []string{"what separates them", "weight", Clean(y.A), Clean(y.B)}
}

func whyTable(w io.Writer, y *cohort.Why, o Options) error {
	rows := whyRows(y)
	if len(rows) == 0 {
		_, err := fmt.Fprintf(w, "no rule separates %s and %s by %s\n", Clean(y.A), Clean(y.B), Clean(y.By))
		return err
	}
	header := whyHeader(y)
	header[2], header[3] = middle(header[2], nameWidth-4), middle(header[3], nameWidth-4)
	if err := Table(w, header, rows, o); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nby %s; −: a fail takes the weight off the ceiling\n", Clean(y.By))
	return err
}

func cohortMarkdown(w io.Writer, c *cohort.Cohort) error {
	header, rows := append(cohortHeader(c), "notes"), [][]string{}
	for _, r := range c.Rows {
		rows = append(rows, append(cohortCells(c, r), cohortNotes(c.By, r)))
	}
	if c.Why != nil {
		header, rows = whyHeader(c.Why), whyRows(c.Why)
	}
	for i := range header {
		header[i] = plainMarkdown(header[i])
	}
	lines := []string{"| " + strings.Join(header, " | ") + " |", strings.Repeat("|---", len(header)) + "|"}
	for _, cells := range rows {
		for i := range cells {
			cells[i] = plainMarkdown(cells[i])
		}
		lines = append(lines, "| "+strings.Join(cells, " | ")+" |")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// cohortCSV writes numbers apart, so that a spreadsheet can work on them. The
// columns of the list follow.
func cohortCSV(w io.Writer, c *cohort.Cohort) error {
	if c.Why != nil {
		return whyCSV(w, c.Why)
	}
	axes, further := cohortAxes(c), cohortColumns(c)
	header := []string{"rank", "tied", "best", "worst", "name", "source", "digest"}
	for _, axis := range axes {
		header = append(header, axis+"_floor", axis+"_ceiling", axis+"_grade")
	}
	header = append(header, "caps", "outcome", "error")
	for _, axis := range axes {
		header = append(header, axis+"_coverage", axis+"_floor_low", axis+"_floor_high", axis+"_reviewed_floor", axis+"_reviewed_ceiling")
	}
	header = append(header, "contradicted", "shifted_best", "shifted_worst", "waivers", "overrides", "replies", "conflicts", "since_rank", "since_floor", "since_changes")
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
	for _, axis := range axes {
		cells = append(cells, furtherNumbers(r, axis)...)
	}
	cells = append(cells, reviewCells(r)...)
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

// furtherNumbers are coverage, the floor under other weights, and the score with
// overrides.
func furtherNumbers(r cohort.Row, axis string) []string {
	cells := make([]string, 5)
	for _, s := range r.Scores {
		if s.Axis != axis || s.Floor == nil {
			continue
		}
		cells[0] = strconv.Itoa(s.Coverage)
		if s.FloorLow != nil && s.FloorHigh != nil {
			cells[1], cells[2] = strconv.Itoa(*s.FloorLow), strconv.Itoa(*s.FloorHigh)
		}
		if v := s.Reviewed; v != nil {
			cells[3], cells[4] = strconv.Itoa(v.Floor), strconv.Itoa(v.Ceiling)
		}
	}
	return cells
}

// reviewCells are the ranks under other weights, what policy, reviewers and the
// applicant say, and what was before.
func reviewCells(r cohort.Row) []string {
	cells := make([]string, 9, 10)
	if r.Shifted != nil {
		cells[0], cells[1] = strconv.Itoa(r.Shifted.Best), strconv.Itoa(r.Shifted.Worst)
	}
	var waived, overrides, changes []string
	for _, w := range r.Waivers {
		waived = append(waived, w.Rule)
	}
	for _, o := range r.Overrides {
		overrides = append(overrides, fmt.Sprintf("%s: %s → %s by %s, %s", o.Rule, o.From, o.To, o.Who, o.State))
	}
	cells[2], cells[3] = inert(strings.Join(waived, "; ")), inert(strings.Join(overrides, "; "))
	if n := len(r.Replies); n > 0 {
		cells[4] = strconv.Itoa(n)
	}
	cells[5] = inert(strings.Join(r.Conflicts, "; "))
	if s := r.Since; s != nil {
		for _, change := range s.Changes {
			changes = append(changes, fmt.Sprintf("%s: %s → %s", change.Rule, change.From, change.To))
		}
		if s.Rank > 0 && s.Floor != nil {
			cells[6], cells[7] = strconv.Itoa(s.Rank), strconv.Itoa(*s.Floor)
		}
		cells[8] = inert(strings.Join(changes, "; "))
	}
	contradicted := ""
	if r.Report != nil {
		contradicted = strconv.Itoa(r.Contradicted)
	}
	return slices.Insert(cells, 0, contradicted)
}

func whyCSV(w io.Writer, y *cohort.Why) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"rule", "weight", inert(y.A), inert(y.B)}); err != nil {
		return err
	}
	for _, cells := range whyRows(y) {
		for i := range cells {
			cells[i] = inert(cells[i])
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
