package report

import (
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// MaxColumns is how many subjects a comparison has room for in a terminal; the
// other formats take any number.
const MaxColumns = 6

// ComparisonFormats lists what a comparison can be written as.
var ComparisonFormats = [...]string{"table", "markdown", "json"}

// Comparison writes subjects side by side.
func Comparison(w io.Writer, c audit.Comparison, format string, o Options) error {
	switch format {
	case "json":
		return JSON(w, c)
	case "markdown":
		_, err := io.WriteString(w, markdownComparison(c))
		return err
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 40), 120)
	t := &comparison{table: table{o: o}, c: c}
	t.draw()
	_, err := io.WriteString(w, t.b.String())
	return err
}

type comparison struct {
	table
	c       audit.Comparison
	names   []string // over the columns
	column  int      // width of each
	compact bool     // short words
}

func (t *comparison) draw() {
	t.columns()
	t.head()
	for _, g := range t.c.Groups {
		t.group(g)
	}
	t.better()
}

// columns settles how wide the columns are: at most as wide as words and names
// ask for, at least what the short words take.
func (t *comparison) columns() {
	n := max(1, len(t.c.Subjects))
	t.column = min((t.o.Width-34)/n, 18)
	t.compact = t.column < 15
	t.column = max(t.column, min(9, (t.o.Width-12)/n))
	for i, s := range t.c.Subjects {
		name := Clean(s.Name)
		if width(name)+2 > t.column {
			_, name, _ = cutLast(name, "/")
		}
		if width(name)+2 > t.column {
			name = string(rune('A' + i%26))
		}
		t.names = append(t.names, name)
	}
}

// cutLast cuts a text around the last separator; without one all of it comes
// after.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(sep):], true
}

func (t *comparison) label() int { return t.o.Width - t.column*len(t.c.Subjects) }

func (t *comparison) row(label string, cells []string) {
	line := pad(cut(label, t.label()-1), t.label())
	for _, c := range cells {
		line += pad(cut(c, t.column-1), t.column)
	}
	t.line(line)
}

// head names the subjects, then their axes.
func (t *comparison) head() {
	for i, s := range t.c.Subjects {
		label := ""
		if t.names[i] != Clean(s.Name) {
			label = t.names[i] + "  "
		}
		t.paragraph("", label+Clean(s.Name)+", "+Clean(s.Kind)+standing(s.Lifecycle, s.Ends), 0)
	}
	t.line("")
	t.row("", t.names)
	if len(t.c.Subjects) == 0 {
		return
	}
	for i, first := range t.c.Subjects[0].Scores {
		var cells []string
		for _, s := range t.c.Subjects {
			cells = append(cells, strings.TrimSpace(interval(s.Scores[i])+" "+s.Scores[i].Grade))
		}
		t.row("  "+first.Axis, cells)
	}
}

// group lists the rows in which the subjects differ, and with -v all.
func (t *comparison) group(g audit.Group) {
	t.line("")
	t.line("  " + t.bold(g.Name))
	same := 0
	for _, r := range g.Rows {
		if r.Same() && !t.o.Verbose {
			same++
			continue
		}
		var cells []string
		for _, c := range r.Cells {
			cells = append(cells, t.word(c.Word))
		}
		t.row("    "+Clean(r.Short()), cells)
	}
	if same > 0 {
		t.line(fmt.Sprintf("    (%d the same for all, or unknown: -v)", same))
	}
}

// shortWords are what fits into a narrow column.
var shortWords = map[string]string{
	audit.WordNotApplicable: "n/a", audit.WordUnknown: "unknown", audit.WordContradicted: "contra", audit.WordNotMet: "not met",
	audit.WordNotShown: "nothing", audit.WordNotDisclosed: "silent", audit.WordNotFound: "nothing", audit.WordUnverifiable: "unverif",
}

func (t *comparison) word(word string) string {
	if short, ok := shortWords[word]; ok && t.compact {
		return short
	}
	return word
}

// better says what each subject does better than all others.
func (t *comparison) better() {
	t.line("")
	for _, p := range t.c.Better {
		t.paragraph("", "  "+Clean(p.Name)+" does better:", 2)
		t.paragraph("", Clean(ids(p.Rows)), 4)
		if len(p.Open) > 0 {
			t.line("    and while it is unknown of others:")
			t.paragraph("", Clean(ids(p.Open)), 6)
		}
	}
}

// ids names rows as people read them.
func ids(rows []string) string {
	if len(rows) == 0 {
		return "nothing"
	}
	names := make([]string, len(rows))
	for i, id := range rows {
		names[i] = audit.ShortID(id)
	}
	return strings.Join(names, ", ")
}

// markdownComparison is a comparison as a table that grows with its subjects.
func markdownComparison(c audit.Comparison) string {
	var b strings.Builder
	row := func(label string, cells []string) {
		b.WriteString("| " + label)
		for _, s := range cells {
			b.WriteString(" | " + s)
		}
		b.WriteString(" |\n")
	}
	var names, rule []string
	for _, s := range c.Subjects {
		names = append(names, inMarkdown(s.Name+standing(s.Lifecycle, s.Ends)))
		rule = append(rule, "---")
	}
	row("", names)
	row("---", rule)
	if len(c.Subjects) > 0 {
		for i, first := range c.Subjects[0].Scores {
			var cells []string
			for _, s := range c.Subjects {
				cells = append(cells, strings.TrimSpace(interval(s.Scores[i])+" "+s.Scores[i].Grade))
			}
			row("**"+first.Axis+"**", cells)
		}
	}
	for _, g := range c.Groups {
		b.WriteString("\n## " + g.Name + "\n\n")
		row("", names)
		row("---", rule)
		for _, r := range g.Rows {
			var cells []string
			for _, cell := range r.Cells {
				cells = append(cells, cell.Word)
			}
			row(inMarkdown(r.Title), cells)
		}
	}
	b.WriteString("\n## What each does better\n\n")
	for _, p := range c.Better {
		b.WriteString("- " + inMarkdown(p.Name) + ": " + inMarkdown(ids(p.Rows)))
		if len(p.Open) > 0 {
			b.WriteString("; and while it is unknown of others: " + inMarkdown(ids(p.Open)))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// markdownMarks are the characters that mean something in a Markdown cell.
var markdownMarks = strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "!", `\!`, "&", "&amp;", "~", `\~`)

// inMarkdown makes untrusted text one cell of a Markdown table and nothing else:
// no markup, no link, no mention.
func inMarkdown(s string) string {
	return strings.ReplaceAll(markdownMarks.Replace(Clean(s)), "@", "@\u2060")
}
