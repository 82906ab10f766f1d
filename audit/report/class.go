package report

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
)

// classes says which class each framework that gives classes puts the subject
// in, and what stands before the next one; of the others, what they say and what
// is missing. A framework of which nothing was looked at says nothing.
func (t *table) classes() {
	first := true
	for _, s := range t.r.Scores {
		text := frameworkLine(s)
		if text == "" {
			continue
		}
		if first {
			t.line("")
		}
		first = false
		t.paragraph("  "+pad(Clean(s.Framework), 14), text, 16)
	}
}

// frameworkLine is what a framework says, empty where that is nothing.
func frameworkLine(s audit.Score) string { return Clean(frameworkText(s)) }

func frameworkText(s audit.Score) string {
	switch {
	case s.Coverage == 0 && s.Class == "none":
		return ""
	case s.Class != "":
		return classLine(s) + before(s)
	case s.Verdict != "" && s.Coverage > 0:
		return verdictLine(s) + attested(s)
	case s.Points != nil && *s.Seen > 0:
		return pointsLine(s) + attested(s)
	}
	return ""
}

// verdictLine is the verdict, and what decides it: what fails, else what is
// open.
func verdictLine(s audit.Score) string {
	head := s.Words
	var names, asked []string
	for _, a := range s.Criteria {
		switch {
		case a.Outcome == audit.Fail || s.Verdict == audit.Undetermined && a.Word != audit.WordMet && a.Attest == "" && a.Outcome != audit.NotApplicable:
			names = append(names, a.Title)
		case a.Outcome == audit.Unknown && a.Attest != "":
			asked = append(asked, a.Title)
		}
	}
	if len(names) > 0 {
		head += ": " + some(names)
	}
	if s.Verdict == audit.Undetermined && len(asked) > 0 {
		head += fmt.Sprintf("; %d for a person to answer", len(asked))
	}
	return head
}

// pointsLine is how many points are shown and how many there might be, and of
// how much that is said.
func pointsLine(s audit.Score) string {
	span := decimal(*s.Points)
	if *s.BestPoints != *s.Points {
		span += "–" + decimal(*s.BestPoints)
	}
	return fmt.Sprintf("%s of %d %s, %d of %d looked at", span, s.Of, s.Words, *s.Seen, s.Of)
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// some names two, and counts the rest.
func some(names []string) string {
	if n := len(names) - 2; n > 0 {
		return strings.Join(names[:2], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

// classLine is the class, its words, and how far each class is reached.
func classLine(s audit.Score) string {
	head := "class " + s.Class + ", " + s.Words
	if s.Class == "none" {
		head = s.Words
	}
	if s.BestClass != s.Class {
		head += " (" + s.BestClass + " at best)"
	}
	return head + ": " + progress(s)
}

// progress is how far each class is reached.
func progress(s audit.Score) string {
	var parts []string
	for _, c := range s.ClassNames() {
		parts = append(parts, c+" "+decimal(s.Progress[c])+" %")
	}
	return strings.Join(parts, ", ")
}

// before names what is missing for the next class, two of it.
func before(s audit.Score) string {
	if len(s.Missing) == 0 {
		return ""
	}
	var names []string
	next := s.Missing[0].Class
	for _, m := range s.Missing {
		if m.Class == next {
			names = append(names, m.Title)
		}
	}
	return "; " + next + " needs " + some(names)
}

// attested says how many answers rest on persons, and on whom.
func attested(s audit.Score) string {
	n := 0
	var names []string
	for _, a := range s.Criteria {
		if len(a.AttestedBy) > 0 {
			n++
		}
		for _, by := range a.AttestedBy {
			if name := Clean(by); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; %d attested by %s", n, some(names))
}
