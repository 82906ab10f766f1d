package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// The page of a cohort begins with its matrix: applicants down, criteria across,
// each cell a word that leads to what was seen. What was seen stands in the page
// once, as one scorecard an applicant, inside elements that a browser with scripts
// leaves unread until they are asked for. So five hundred applicants are drawn at
// once, and a browser without scripts has everything too.
//
// Who an applicant is comes from the rows alone, and never from the reports:
// rows can be nameless.

//go:embed cohort.html
var cohortHTML string

//go:embed cohort.css
var cohortCSS string

//go:embed cohort.js
var cohortJS string

var cohortTemplate = sync.OnceValues(func() (*template.Template, error) {
	return parsePage("cohort", cohortHTML, pageCSS+cohortCSS, cohortJS, template.FuncMap{
		"standing": standing, "said": frameworkLine, "legend": legend, "seen": cohortSeen, "questions": questions,
		"pair": func(m *matrix, l cohortLine) linePair { return linePair{m, l} },
		"key":  scoreKey, "beyond": func(m *matrix) int { return len(m.Axes) + len(m.Criteria) },
	})
})

func cohortPage(w io.Writer, c *cohort.Cohort) error {
	t, err := cohortTemplate()
	if err != nil {
		return err
	}
	return t.Execute(w, newMatrix(c))
}

// matrix is a cohort as its page goes through it.
type matrix struct {
	*cohort.Cohort
	Axes     []string
	Criteria []criterion
	Lines    []cohortLine // of the applicants
	Beside   []cohortLine // of services
	Quote    bool         // what was seen may be quoted; where names are hidden it could give them away
	AsOf     string
	numbers  map[string]int // of rules, for ids
}

// linePair is a line with its matrix, for parts of the page that need both.
type linePair struct {
	M    *matrix
	Line cohortLine
}

// criterion is a column: a rule that weighs something on an axis.
type criterion struct {
	Axis, Rule, Title string
	Weight            int  // of 100, as the last report that has it says
	Objection         bool // it only ever counts against
}

// cohortLine is a row with what its report says of each criterion.
type cohortLine struct {
	cohort.Row
	ID       string
	findings map[string]*audit.Finding
}

func newMatrix(c *cohort.Cohort) *matrix {
	m := &matrix{Cohort: c, Axes: cohortAxes(c), Quote: !c.Blinded}
	for i, r := range c.Rows {
		m.Lines = append(m.Lines, newCohortLine(r, "a"+strconv.Itoa(i)))
	}
	for i, r := range c.Services {
		m.Beside = append(m.Beside, newCohortLine(cohort.Beside(r), "v"+strconv.Itoa(i)))
	}
	for _, line := range m.Lines {
		if line.Report != nil {
			m.AsOf = max(m.AsOf, line.Report.AsOf)
		}
	}
	for _, axis := range m.Axes {
		m.Criteria = append(m.Criteria, m.criteria(axis)...)
	}
	m.numbers = map[string]int{}
	for i, c := range m.Criteria {
		if _, known := m.numbers[c.Rule]; !known {
			m.numbers[c.Rule] = i
		}
	}
	return m
}

func newCohortLine(r cohort.Row, id string) cohortLine {
	line := cohortLine{Row: r, ID: id, findings: map[string]*audit.Finding{}}
	if r.Report != nil {
		for i := range r.Report.Findings {
			f := &r.Report.Findings[i]
			line.findings[f.Rule] = f
		}
	}
	return line
}

// criteria lists the columns of an axis: what earns, the heaviest first, then what
// speaks against somebody here.
func (m *matrix) criteria(axis string) []criterion {
	var out []criterion
	at := map[string]int{}
	add := func(c audit.Contribution, objection bool, line cohortLine) {
		if i, known := at[c.Rule]; known {
			out[i].Weight = max(out[i].Weight, c.Weight)
			return
		}
		title := ""
		if f := line.findings[c.Rule]; f != nil {
			title = f.Title
		}
		at[c.Rule] = len(out)
		out = append(out, criterion{axis, c.Rule, title, c.Weight, objection})
	}
	for _, objections := range []bool{false, true} {
		for _, line := range m.Lines {
			for _, s := range line.axis(axis) {
				list := s.Trace
				if objections {
					list = s.Against
				}
				for _, c := range list {
					add(c, objections, line)
				}
			}
		}
	}
	slices.SortStableFunc(out, func(a, b criterion) int {
		switch {
		case a.Objection != b.Objection && b.Objection:
			return -1
		case a.Objection != b.Objection:
			return 1
		}
		return b.Weight - a.Weight
	})
	return out
}

func (l cohortLine) axis(axis string) []audit.Score {
	if l.Report == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.Report.Scores), func(s audit.Score) bool {
		return s.Axis != axis || !ordering(s)
	})
}

// ordering tells whether a score is one that a cohort can be ordered by.
func ordering(s audit.Score) bool {
	return s.Framework == cohort.Framework || s.Framework == cohort.ByPolicy
}

// Reading says what has to be known of the cohort as a whole.
func (m *matrix) Reading() []string {
	var out []string
	if m.By == cohort.ByPolicy {
		out = append(out, "The order is by the weights of a policy, not by those of the program.")
	}
	if m.Blinded {
		out = append(out, "Names are pseudonyms, the rows stand in an order that was drawn, and nothing is quoted from a release.")
	}
	if m.Changed {
		out = append(out, "The earlier results were made by other rules: what moved may be the rules.")
	}
	if len(m.Gone) > 0 {
		out = append(out, "No more there: "+Clean(strings.Join(m.Gone, ", "))+".")
	}
	return out
}

// Otherwise is the range of ranks that other weights leave open.
func (l cohortLine) Otherwise() string { return otherwise(l.Row) }

// Shift is by how much weights are shifted for it, in per cent.
func (m *matrix) Shift() int { return audit.Shift }

// Groups is the number of columns of each axis, for the script.
func (m *matrix) Groups() string {
	counts := make([]string, len(m.Axes))
	for i, axis := range m.Axes {
		n := 0
		for _, c := range m.Criteria {
			if c.Axis == axis {
				n++
			}
		}
		counts[i] = strconv.Itoa(n)
	}
	return strings.Join(counts, " ")
}

// Near lists who is a day of work from better.
func (m *matrix) Near() []nearby { return withinADay(m.Lines) }

// Rank and Range are as in the other formats.
func (l cohortLine) RankText() string  { return rankOf(l.Row) }
func (l cohortLine) RangeText() string { return couldBe(l.Row) }

// Note is what has to be known beside the scores.
func (m *matrix) Note(l cohortLine) string { return cohortNotes(m.By, l.Row) }

// On is the score on an axis, with an axis and no numbers where there is none.
func (l cohortLine) On(axis string) cohort.Score {
	for _, s := range l.Scores {
		if s.Axis == axis {
			return s
		}
	}
	return cohort.Score{Axis: axis}
}

// Interval is both ends of a score.
func (l cohortLine) Interval(s cohort.Score) string {
	return interval(audit.RivalScore{Floor: s.Floor, Ceiling: s.Ceiling})
}

// Frameworks are the scores that are no axes and say something.
func (l cohortLine) Frameworks() []audit.Score {
	if l.Report == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.Report.Scores), func(s audit.Score) bool { return s.Axis != "" || frameworkLine(s) == "" })
}

// AxisScores are the axes with everything the report says of them.
func (l cohortLine) AxisScores() []audit.Score {
	if l.Report == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(l.Report.Scores), func(s audit.Score) bool { return s.Axis == "" || !ordering(s) })
}

// cell is one answer in the matrix.
type cell struct{ Class, Word, Glyph, ID string }

// Cells are the answers of a line, a column each.
func (m *matrix) Cells(l cohortLine) []cell {
	out := make([]cell, len(m.Criteria))
	for i, c := range m.Criteria {
		f := l.findings[c.Rule]
		if f == nil {
			continue
		}
		for j := range signs {
			if signs[j].Word == f.Word {
				out[i] = cell{signs[j].Class, f.Word, signs[j].Glyph, m.evidenceID(l, c.Rule)}
			}
		}
	}
	return out
}

// evidenceID is where a scorecard says what was seen of a rule: short, as a large
// page has very many of them.
func (m *matrix) evidenceID(l cohortLine, rule string) string {
	return fmt.Sprintf("%s.%d", l.ID, m.numbers[rule])
}

// answer is a criterion with what was found.
type answer struct {
	*audit.Finding
	ID     string
	Weight int
	Glyph  string
	Class  string
}

// Answers are the findings of a line on an axis, each rule once over all axes.
func (m *matrix) Answers(l cohortLine, axis string) []answer {
	var out []answer
	told := map[string]bool{}
	for _, c := range m.Criteria {
		f := l.findings[c.Rule]
		if f == nil || told[c.Rule] {
			continue
		}
		told[c.Rule] = true
		if c.Axis != axis {
			continue
		}
		for _, s := range signs {
			if s.Word == f.Word {
				out = append(out, answer{f, m.evidenceID(l, c.Rule), c.Weight, s.Glyph, s.Class})
			}
		}
	}
	return out
}

// sign is how a word stands in a cell.
type sign struct{ Class, Glyph, Word string }

// signs are told apart by their shapes, not by colour alone; the letters keep a
// large page small. The script sorts by this order.
var signs = [...]sign{
	{"m", "●", audit.WordMet}, {"c", "◐", audit.WordClaimed}, {"u", "?", audit.WordUnknown}, {"a", "–", audit.WordNotApplicable},
	{"s", "○", audit.WordNotShown}, {"d", "⊘", audit.WordNotDisclosed}, {"f", "○", audit.WordNotFound}, {"v", "⊘", audit.WordUnverifiable},
	{"n", "✕", audit.WordNotMet}, {"x", "≠", audit.WordContradicted},
}

// scoreKey is what the script sorts a score by: the floor, then the ceiling.
func scoreKey(s cohort.Score) string {
	if s.Floor == nil || s.Ceiling == nil {
		return ""
	}
	return fmt.Sprintf("%d.%03d", *s.Floor, *s.Ceiling)
}

// legend explains the signs that occur.
func legend(m *matrix) []sign {
	used := map[string]bool{}
	for _, list := range [][]cohortLine{m.Lines, m.Beside} {
		for _, l := range list {
			for _, f := range l.findings {
				used[f.Word] = true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(signs[:]), func(s sign) bool { return !used[s.Word] })
}

// cohortSeen says what was seen, "" where that is no more than the title.
func cohortSeen(f *audit.Finding) string {
	s := strings.TrimPrefix(what(*f), f.Title+": ")
	if f.Outcome == audit.Pass || s == f.Title {
		var parts []string
		for _, p := range f.Places[:min(len(f.Places), 2)] {
			if p.Value == nil {
				parts = append(parts, where(p))
			} else {
				parts = append(parts, strings.TrimSpace(asked(p.Pointer)+" "+show(p.Value)+at(p)))
			}
		}
		s = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
		if n := len(f.Places) - 2 + f.More; n > 0 && s != "" {
			s += fmt.Sprintf(", and %d more", n)
		}
	}
	return Clean(s)
}
