package report

import (
	"fmt"
	"strings"

	"glassbox/audit"
)

// rivals puts the axes of the subject beside those of services that went
// through the same rules.
func (t *table) rivals() {
	if len(t.r.Against) == 0 {
		return
	}
	var axes []audit.RivalScore
	for _, s := range t.r.Scores {
		if s.Axis != "" {
			axes = append(axes, audit.RivalScore{Axis: s.Axis, Floor: s.Floor, Ceiling: s.Ceiling})
		}
	}
	t.line("")
	t.beside("  beside", axes, func(s audit.RivalScore) string { return Clean(s.Axis) })
	t.beside("    "+Clean(t.r.Subject.Name)+standing(t.r.Subject.Lifecycle, t.r.Subject.Ends), axes, interval)
	for _, r := range t.r.Against {
		if r.LeftOut != "" {
			t.paragraph("", "    "+Clean(r.Name)+" is left out: "+Clean(r.LeftOut), 4)
			continue
		}
		t.beside("    "+Clean(r.Name)+standing(r.Lifecycle, r.Ends), r.Scores, interval)
	}
}

// beside writes a label and a cell for each axis; on two lines where one is too
// narrow for both.
func (t *table) beside(label string, axes []audit.RivalScore, cell func(audit.RivalScore) string) {
	cells := ""
	for _, s := range axes {
		c := cell(s)
		cells += strings.Repeat(" ", max(2, width(s.Axis)+2-width(c))) + c
	}
	room := t.o.Width - width(cells)
	if width(label) > room && room < 40 {
		t.line(cut(label, t.o.Width))
		t.line(strings.Repeat(" ", max(0, room)) + cells)
		return
	}
	t.line(pad(cut(label, room), room) + cells)
}

func interval(s audit.RivalScore) string {
	if s.Floor == nil || s.Ceiling == nil {
		return "–"
	}
	return fmt.Sprintf("%d–%d", *s.Floor, *s.Ceiling)
}

// standing says in brackets at which stage of its life a service is.
func standing(lifecycle, ends string) string {
	switch {
	case lifecycle == "":
		return ""
	case ends == "":
		return " (" + Clean(lifecycle) + ")"
	case lifecycle == "retired":
		return " (retired " + Clean(ends) + ")"
	}
	return " (" + Clean(lifecycle) + ", ends " + Clean(ends) + ")"
}
