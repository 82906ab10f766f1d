package report

import (
	"fmt"
	"strconv"
	"strings"

	"glassbox/audit"
)

// classes says which class each framework that gives classes puts the subject
// in, and what stands before the next one. A framework of which nothing was
// looked at says nothing.
func (t *table) classes() {
	first := true
	for _, s := range t.r.Scores {
		if s.Class == "" || s.Coverage == 0 && s.Class == "none" {
			continue
		}
		if first {
			t.line("")
		}
		first = false
		t.paragraph("  "+pad(s.Framework, 14), classLine(s)+before(s), 16)
	}
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
	var parts []string
	for _, c := range s.ClassNames() {
		parts = append(parts, c+" "+strconv.FormatFloat(s.Progress[c], 'f', -1, 64)+" %")
	}
	return head + ": " + strings.Join(parts, ", ")
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
	more := ""
	if n := len(names) - 2; n > 0 {
		names, more = names[:2], fmt.Sprintf(" and %d more", n)
	}
	return "; " + next + " needs " + strings.Join(names, ", ") + more
}
