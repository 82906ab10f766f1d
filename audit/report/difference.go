package report

import (
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// DifferenceFormats lists what a difference can be written as.
var DifferenceFormats = [...]string{"table", "json", "markdown"}

// Difference writes what changed between two reports.
func Difference(w io.Writer, d audit.Difference, format string, o Options) error {
	switch format {
	case "json":
		return JSON(w, d)
	case "markdown":
		_, err := io.WriteString(w, markdownDifference(d))
		return err
	}
	if o.Width <= 0 {
		o.Width = 80
	}
	o.Width = min(max(o.Width, 40), 120)
	t := &difference{table: table{o: o}, d: d}
	t.draw()
	_, err := io.WriteString(w, t.b.String())
	return err
}

type difference struct {
	table
	d audit.Difference
}

func (t *difference) draw() {
	t.paragraph("", sideName(t.d.Old)+" → "+sideName(t.d.New), 2)
	if !t.d.Comparable {
		t.line("")
		t.paragraph("", "incomparable: "+Clean(t.d.Reason), 0)
		return
	}
	if !t.o.Quiet {
		t.moved()
	}
	for _, state := range audit.ChangeStates {
		t.changes(state)
	}
	t.line("")
	t.paragraph("", Tally(t.d), 0)
}

// sideName names a report by its subject, its revision and its day.
func sideName(s audit.Side) string {
	name := Clean(s.Name)
	switch {
	case s.Revision != "":
		name += " " + cut(Clean(s.Revision), 12)
	case s.Digest != "":
		name += " " + short(Clean(s.Digest))
	}
	return name + " (" + Clean(s.AsOf) + ")"
}

// moved tells of each axis how far it moved, and which rules moved it.
func (t *difference) moved() {
	t.line("")
	for _, m := range t.d.Axes {
		t.paragraph("  "+pad(Clean(m.Axis), 14), ends(m), 16)
		for _, r := range m.Rules {
			t.paragraph("    "+pad(signed(r), 12), moverSentence(r), 16)
		}
		for _, c := range caps(m) {
			t.paragraph("    "+pad("cap", 12), c, 16)
		}
	}
	for _, s := range t.d.Frameworks {
		t.paragraph("  "+pad(Clean(s.Framework), 14), Clean(s.Old)+" → "+Clean(s.New), 16)
	}
}

// ends writes both intervals of an axis, and how far the floor moved.
func ends(m audit.Movement) string {
	was, is := bounds(m.OldFloor, m.OldCeiling, m.OldGrade), bounds(m.NewFloor, m.NewCeiling, m.NewGrade)
	if was == is {
		return was + ", as before"
	}
	text := was + " → " + is
	if m.OldFloor != nil && m.NewFloor != nil && *m.OldFloor != *m.NewFloor {
		text += fmt.Sprintf(", floor %+d", *m.NewFloor-*m.OldFloor)
	}
	return text
}

// bounds writes an interval with its grade.
func bounds(floor, ceiling *int, grade string) string {
	if floor == nil || ceiling == nil {
		return "not applicable"
	}
	return strings.TrimSpace(fmt.Sprintf("%d–%d %s", *floor, *ceiling, Clean(grade)))
}

// signed is what a rule did: to the floor, else to the ceiling alone.
func signed(r audit.Mover) string {
	switch {
	case r.Floor != 0:
		return fmt.Sprintf("%+d", r.Floor)
	case r.Ceiling != 0:
		return fmt.Sprintf("(%+d)", r.Ceiling)
	}
	return "±0"
}

func moverSentence(r audit.Mover) string {
	return fmt.Sprintf("%s: %s → %s", Clean(r.Rule), Clean(r.Old), Clean(r.New))
}

// caps says which caps bind since, and which no longer.
func caps(m audit.Movement) []string {
	var out []string
	for _, c := range m.Bound {
		out = append(out, "binds now: "+Clean(c))
	}
	for _, c := range m.Lifted {
		out = append(out, "binds no longer: "+Clean(c))
	}
	return out
}

// changes lists the rules of one state. What is unchanged is listed where it
// speaks against the release, and only when everything was asked for.
func (t *difference) changes(state string) {
	list := of(t.d, state, t.o.Verbose)
	if len(list) == 0 || t.o.Quiet && state != audit.ChangeNew {
		return
	}
	t.line("")
	t.line("  " + t.bold(state))
	for _, c := range list {
		t.paragraph("    "+pad(Clean(c.Rule)+"  ", 30), changeSentence(c), 34)
	}
}

// of lists the changes of a state that are worth telling.
func of(d audit.Difference, state string, all bool) []audit.Change {
	var out []audit.Change
	for _, c := range d.Findings {
		if c.State == state && (state != audit.ChangeUnchanged || all && speaksAgainst(c.New)) {
			out = append(out, c)
		}
	}
	return out
}

func speaksAgainst(word string) bool {
	switch word {
	case audit.WordMet, audit.WordClaimed, audit.WordUnknown, audit.WordNotApplicable:
		return false
	}
	return true
}

// changeSentence says what a rule said and says, and where it fails.
func changeSentence(c audit.Change) string {
	var s string
	switch {
	case c.Old == c.New:
		s = c.New
	case c.Old == "":
		s = c.New + ", not asked before"
	case c.New == "":
		s = c.Old + ", not asked any longer"
	default:
		s = c.Old + " → " + c.New
	}
	s = Clean(s)
	if c.Added > 0 {
		s += fmt.Sprintf(", in %d more", c.Added)
		if c.Added == 1 {
			s += " place"
		} else {
			s += " places"
		}
	}
	if c.Waived {
		s += ", waived"
	}
	if len(c.Places) > 0 {
		if at := where(c.Places[0]); at != "" {
			s += " (" + at + ")"
		}
	}
	return s
}

// Tally counts the changes in one sentence.
func Tally(d audit.Difference) string {
	n, fails := map[string]int{}, 0
	for _, c := range d.Findings {
		n[c.State]++
		if c.State == audit.ChangeUnchanged && speaksAgainst(c.New) {
			fails++
		}
	}
	return fmt.Sprintf("%d new, %d fixed, %d changed, %d unchanged (%d of them speak against it)",
		n[audit.ChangeNew], n[audit.ChangeFixed], n[audit.ChangeOther], n[audit.ChangeUnchanged], fails)
}

// markdownDifference is a difference for a comment on a change.
func markdownDifference(d audit.Difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s → %s\n\n", plainMarkdown(sideName(d.Old)), plainMarkdown(sideName(d.New)))
	if !d.Comparable {
		fmt.Fprintf(&b, "incomparable: %s\n", plainMarkdown(d.Reason))
		return b.String()
	}
	b.WriteString(Tally(d) + "\n\n| axis | before | now | moved by |\n| --- | --- | --- | --- |\n")
	for _, m := range d.Axes {
		var by []string
		for _, r := range m.Rules {
			by = append(by, plainMarkdown(signed(r)+" "+moverSentence(r)))
		}
		for _, c := range caps(m) {
			by = append(by, plainMarkdown("cap "+c))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", plainMarkdown(m.Axis), bounds(m.OldFloor, m.OldCeiling, m.OldGrade), bounds(m.NewFloor, m.NewCeiling, m.NewGrade), strings.Join(by, "; "))
	}
	for _, s := range d.Frameworks {
		fmt.Fprintf(&b, "| %s | %s | %s | |\n", plainMarkdown(s.Framework), plainMarkdown(s.Old), plainMarkdown(s.New))
	}
	for _, state := range audit.ChangeStates {
		list := of(d, state, true)
		if len(list) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n| %s | severity | what became of it |\n| --- | --- | --- |\n", state)
		for _, c := range list {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", plainMarkdown(c.Rule), plainMarkdown(string(c.Severity)), plainMarkdown(changeSentence(c)))
		}
	}
	return b.String()
}
