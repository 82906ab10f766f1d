package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"glassbox/audit"
)

// The table is what a person sees first: the axes as intervals, then what
// contradicts, what is not met, what is not shown, and what to do next. It
// reads the same without colour.

func writeTables(w io.Writer, reports []*audit.Report, o Options) error {
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 40), 120)
	for i, r := range reports {
		t := &table{o: o, r: r, many: len(reports) > 1}
		if i > 0 {
			t.line("")
		}
		t.draw()
		page := t.b.String()
		if o.Quiet && i == 0 {
			page = strings.TrimLeft(page, "\n") // nothing stands above to be parted from
		}
		if _, err := io.WriteString(w, page); err != nil {
			return err
		}
	}
	return nil
}

type table struct {
	o    Options
	r    *audit.Report
	many bool // one of several
	b    strings.Builder
}

func (t *table) line(s string) {
	t.b.WriteString(strings.TrimRight(s, " "))
	t.b.WriteByte('\n')
}

func (t *table) draw() {
	switch {
	case !t.o.Quiet:
		t.head()
		t.line("")
		t.axes()
		t.shifts()
		t.decided()
	case t.many:
		t.head()
	}
	t.findings()
	t.lineage()
	if !t.o.Quiet {
		t.next()
		t.classes()
		t.rivals()
		t.hypothesis()
	}
	t.gate()
	if t.o.Quiet && t.r.Verdict.Code == audit.ExitPass {
		return
	}
	t.line("")
	t.paragraph("", heading(t.r)+": "+Clean(t.r.Verdict.Reason), 0)
}

// heading is the word before the last sentence. Where no gate was asked for
// nothing passed one: the release was audited, and that is all.
func heading(r *audit.Report) string {
	if r.Verdict.Outcome == "pass" && r.Policy == nil {
		return "audited"
	}
	return r.Verdict.Outcome
}

// head names subject and rules on one line, on two where it is too narrow.
func (t *table) head() {
	s := t.r.Subject
	left := cut(Clean(s.Name), t.o.Width/2)
	what := Clean(s.Kind)
	switch {
	case s.FromEvidence:
		what = Clean(s.Kind) + ", from an evidence document"
	case s.Lifecycle != "":
		what = Clean(s.Kind) + standing(s.Lifecycle, s.Ends)
	case s.Kind == "release":
		what = fmt.Sprintf("%s, %s, %s", s.Kind, files(s.Files), Size(s.Bytes))
	}
	if n := len(s.NotLookedAt); n > 0 {
		what += fmt.Sprintf(", %d not looked at", n)
	}
	right := fmt.Sprintf("rules %s (%s)", Clean(t.r.Tool.Edition), short(t.r.Tool.RulesDigest))
	gap := t.o.Width - width(left) - 3 - width(what) - width(right)
	if gap < 2 {
		t.paragraph(t.bold(left), what, width(left)+3)
		t.line(cut(right, t.o.Width))
		return
	}
	t.line(t.bold(left) + "   " + what + strings.Repeat(" ", gap) + right)
}

func files(n int64) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// short is what of a digest tells two apart at a glance.
func short(digest string) string {
	_, hex, ok := strings.Cut(digest, ":")
	if !ok || len(hex) < 6 {
		return Clean(digest)
	}
	return Clean(hex[:6])
}

// axes draws a bar an axis: full up to the floor, shaded up to the ceiling.
func (t *table) axes() {
	const fixed = 2 + 14 + 3 + 7 + 2 + 1 + 2 // indent, name, gap, interval, gap, grade, gap
	words := 0
	for _, s := range t.r.Scores {
		if s.Axis != "" {
			words = max(words, width(s.Words))
		}
	}
	bar := min(max(t.o.Width-fixed-words, 10), 40)
	for _, s := range t.r.Scores {
		if s.Axis != "" {
			t.axis(s, bar, t.o.Width-fixed-bar)
		}
	}
}

// decided says of a service how much of each axis anybody looked up: what is left
// is no silence of its provider.
func (t *table) decided() {
	if t.r.Subject.Lifecycle == "" {
		return
	}
	var parts []string
	for _, s := range t.r.Scores {
		if s.Axis != "" && s.Floor != nil {
			parts = append(parts, fmt.Sprintf("%s %d %%", Clean(s.Axis), s.Coverage))
		}
	}
	t.paragraph("  "+pad("decided", 14), strings.Join(parts, ", ")+"; nobody looked up the rest", 16)
}

// leastWords is the width below which the words of an axis go on a line of their
// own.
const leastWords = 12

func (t *table) axis(s audit.Score, bar, room int) {
	name := "  " + pad(Clean(s.Axis), 14)
	if s.Floor == nil || s.Ceiling == nil {
		t.line(name + strings.Repeat("░", bar) + "   not applicable")
		return
	}
	floor, ceiling := *s.Floor, *s.Ceiling
	full, shade := floor*bar/100, ceiling*bar/100
	drawn := t.paint(tone(s.Grade), strings.Repeat("█", full)) + strings.Repeat("▒", shade-full) + strings.Repeat("░", bar-shade)
	line := fmt.Sprintf("%s%s   %s  %s  ", name, drawn, pad(fmt.Sprintf("%3d–%d", floor, ceiling), 7), t.bold(Clean(s.Grade)))
	note := Clean(s.Words)
	if caps := capNames(s); caps != "" {
		note = caps
	}
	if room < leastWords {
		t.line(line)
		t.paragraph("    ", note, 4)
		return
	}
	lines := wrap(note, room)
	t.line(line + lines[0])
	for _, l := range lines[1:] {
		t.line(strings.Repeat(" ", 2+14+bar+3+7+2+1+2) + l)
	}
}

// capNames names the first cap that bound a score; the report has them all.
func capNames(s audit.Score) string {
	var names []string
	for _, c := range s.Caps {
		names = append(names, c.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "cap: " + Clean(names[0])
}

// tone is the colour of a grade.
func tone(grade string) string {
	switch grade {
	case "A", "B":
		return green
	case "C", "D":
		return yellow
	}
	return red
}

// findings lists what speaks against the release, the worst first. With -v
// everything is listed.
func (t *table) findings() {
	for _, word := range []string{audit.WordContradicted, audit.WordNotMet} {
		t.detailed(word)
	}
	if t.o.Verbose {
		for _, word := range []string{audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound, audit.WordUnverifiable, audit.WordClaimed, audit.WordUnknown, audit.WordNotApplicable, audit.WordMet} {
			t.detailed(word)
		}
		return
	}
	for _, word := range []string{audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound, audit.WordUnverifiable} {
		t.listed(word)
	}
	if !t.o.Quiet {
		t.listed(audit.WordClaimed)
		t.listed(audit.WordUnknown)
	}
}

func (t *table) with(word string) []audit.Finding {
	var out []audit.Finding
	for _, f := range t.r.Findings {
		if f.Word == word {
			out = append(out, f)
		}
	}
	weight := t.weights()
	slices.SortStableFunc(out, func(a, b audit.Finding) int {
		if d := b.Severity.Rank() - a.Severity.Rank(); d != 0 {
			return d
		}
		return weight[b.Rule] - weight[a.Rule]
	})
	return out
}

func (t *table) weights() map[string]int {
	out := map[string]int{}
	for _, s := range t.r.Scores {
		for _, c := range s.Trace {
			out[c.Rule] += c.Weight
		}
	}
	return out
}

// ruleColumn is where the text behind a rule's name begins.
const ruleColumn = 34

func (t *table) detailed(word string) {
	found := t.with(word)
	if len(found) == 0 {
		return
	}
	t.line("")
	t.line("  " + t.paint(toneOf(word), word))
	for _, f := range found {
		column := ruleColumn
		if t.o.Width < 2*ruleColumn {
			column = 8
		}
		t.paragraph("    "+Clean(f.Rule), what(f), column)
	}
}

func toneOf(word string) string {
	switch word {
	case audit.WordContradicted, audit.WordNotMet:
		return red
	case audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound, audit.WordUnverifiable, audit.WordClaimed, audit.WordUnknown:
		return yellow
	}
	return green
}

// what says what was seen: of a contradiction both sides, else the first place.
func what(f audit.Finding) string { return Clean(seen(f)) }

func seen(f audit.Finding) string {
	switch {
	case len(f.Places) == 0:
		return f.Title
	case f.Word == audit.WordContradicted && len(f.Places) >= 3:
		return fmt.Sprintf("%s against %s%s", side(f.Places[1]), side(f.Places[2]), more(len(f.Places)/3-1+f.More))
	case f.Outcome == audit.Fail && (f.Places[0].Value == nil || strings.HasSuffix(f.Places[0].Pointer, "/met")):
		return fmt.Sprintf("%s: not so%s%s%s", f.Title, at(f.Places[0]), because(f.Places[0]), more(len(f.Places)-1+f.More))
	case f.Outcome == audit.Fail:
		p := f.Places[0]
		return fmt.Sprintf("%s %s%s%s%s", asked(p.Pointer), show(p.Value), at(p), because(p), more(len(f.Places)-1+f.More))
	case f.Outcome == audit.Pass:
		return fmt.Sprintf("%s (%s)", f.Title, f.Level)
	}
	return f.Title
}

// because says what the collector saw, where it says so.
func because(p audit.Place) string {
	if p.Statement != nil && p.Statement.Says != "" {
		return ": " + Clean(p.Statement.Says)
	}
	if p.Reason == "" {
		return ""
	}
	return ": " + Clean(p.Reason)
}

func side(p audit.Place) string { return show(p.Value) + at(p) }

func at(p audit.Place) string {
	if w := where(p); w != "" {
		return " (" + w + ")"
	}
	return ""
}

func more(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more", n)
}

// asked names the fact a pointer leads to, in words.
func asked(pointer string) string {
	parts := strings.Split(pointer, "/")
	for i := len(parts) - 1; i > 0; i-- {
		if strings.Trim(parts[i], "0123456789") != "" {
			return strings.ReplaceAll(parts[i], "_", " ") + ":"
		}
	}
	return pointer
}

// maxListed is how many lines a bare list of rules takes.
const maxListed = 3

func (t *table) listed(word string) {
	weight := t.weights()
	var names []string
	for _, f := range t.with(word) {
		if weight[f.Rule] > 0 {
			names = append(names, Clean(f.Rule))
		}
	}
	if len(names) == 0 {
		return
	}
	room := t.o.Width - 16
	lines := wrap(strings.Join(names, ", "), room)
	for shown := len(names) - 1; len(lines) > maxListed && shown > 0; shown-- {
		lines = wrap(fmt.Sprintf("%s (+%d: -v)", strings.Join(names[:shown], ", "), len(names)-shown), room)
	}
	t.line("")
	for i, l := range lines {
		label := ""
		if i == 0 {
			label = word
		}
		t.line("  " + t.paint(toneOf(word), pad(label, 14)) + l)
	}
}

// next says the cheapest thing to do on each axis.
func (t *table) next() {
	first := true
	for _, s := range t.r.Scores {
		if len(s.Next) == 0 || s.Coverage == 0 {
			continue
		}
		if first {
			t.line("")
		}
		label := ""
		if first {
			label = "next"
		}
		first = false
		if t.isBlind(s.Next) {
			t.paragraph("  "+pad(label, 14), Clean(s.Axis+" "+s.NextGrade)+": make readable what could not be read", 16)
			continue
		}
		var steps []string
		for _, n := range s.Next[:min(2, len(s.Next))] {
			steps = append(steps, fmt.Sprintf("%s (%s, +%d)", n.Rule, n.Effort, n.Gain))
		}
		rest := ""
		if n := len(s.Next) - 2; n > 0 {
			rest = fmt.Sprintf(" and %d more", n)
		}
		t.paragraph("  "+pad(label, 14), Clean(s.Axis+" "+s.NextGrade+": "+strings.Join(steps, ", "))+rest, 16)
	}
}

// isBlind tells whether steps advise what may be there already: something could
// not be read, and what they ask for is unknown.
func (t *table) isBlind(steps []audit.Step) bool {
	return len(t.r.LimitsHit) > 0 && slices.ContainsFunc(t.r.Findings, func(f audit.Finding) bool {
		return f.Outcome == audit.Unknown && slices.ContainsFunc(steps, func(s audit.Step) bool { return s.Rule == f.Rule })
	})
}

// paragraph writes a label and a text behind it, wrapped with the text's own
// left edge at column. A label that reaches into the text pushes only the first
// line to the right.
func (t *table) paragraph(label, text string, column int) {
	head := label
	if column > 0 {
		head = pad(label, column)
		if trimmed := strings.TrimRight(label, " "); width(trimmed) >= column {
			head = trimmed + " "
		}
	}
	room := max(t.o.Width-column, 20)
	rest := strings.Fields(text)
	first, n := "", 0
	for n < len(rest) && width(head)+width(first)+1+width(rest[n]) <= t.o.Width+1-min(n, 1) {
		first = strings.TrimLeft(first+" "+rest[n], " ")
		n++
	}
	if head+first != "" {
		t.line(head + first)
	}
	if n == len(rest) {
		return
	}
	for _, l := range wrap(strings.Join(rest[n:], " "), room) {
		t.line(strings.Repeat(" ", column) + l)
	}
}

const (
	red    = "31"
	green  = "32"
	yellow = "33"
)

func (t *table) paint(tone, s string) string {
	if !t.o.Color || s == "" {
		return s
	}
	return "\x1b[" + tone + "m" + s + "\x1b[0m"
}

func (t *table) bold(s string) string { return t.paint("1", s) }
