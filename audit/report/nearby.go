package report

import (
	"cmp"
	"slices"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// A fix has an effort and no hours; these are the hours that the words stand for
// where efforts are added up, at the upper end of what the words usually mean.
const (
	hoursOfMinutes = 0.5
	hoursOfHours   = 4
	hoursOfDay     = 8
)

// hours is what fixes take in all, and whether that can be said: what takes days
// or weeks is more than a day.
func hours(efforts []string) (float64, bool) {
	sum := 0.0
	for _, e := range efforts {
		switch e {
		case audit.Efforts[0]:
			sum += hoursOfMinutes
		case audit.Efforts[1]:
			sum += hoursOfHours
		default:
			return 0, false
		}
	}
	return sum, len(efforts) > 0
}

// nearby is an applicant who is a day of work or less from a better grade or class.
type nearby struct {
	Row   *cohortLine
	Of    string // axis or framework
	From  string
	To    string
	Hours float64
	Steps []step
}

// step is one thing to do.
type step struct{ What, Effort, Fix string }

// withinADay lists them, the shortest way first.
func withinADay(lines []cohortLine) []nearby {
	var out []nearby
	for i := range lines {
		line := &lines[i]
		if line.Report == nil {
			continue
		}
		for _, s := range line.Report.Scores {
			if n, ok := gradeNearby(line.Report, s); ok {
				n.Row = line
				out = append(out, n)
			}
			if n, ok := classNearby(s); ok {
				n.Row = line
				out = append(out, n)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b nearby) int { return cmp.Compare(a.Hours, b.Hours) })
	return out
}

// gradeNearby is the way to the next grade of an axis. Where something could not
// be read, what it advises may be there already, and nothing is said.
func gradeNearby(r *audit.Report, s audit.Score) (nearby, bool) {
	if s.Framework != cohort.Framework || s.NextGrade == "" || (&table{r: r}).isBlind(s.Next) {
		return nearby{}, false
	}
	n := nearby{Of: s.Axis, From: s.Grade, To: s.NextGrade}
	var efforts []string
	for _, x := range s.Next {
		efforts = append(efforts, x.Effort)
		n.Steps = append(n.Steps, step{x.Rule, x.Effort, x.Fix})
	}
	sum, known := hours(efforts)
	n.Hours = sum
	return n, known && sum <= hoursOfDay
}

// classNearby is the way to the next class of a framework that gives classes.
func classNearby(s audit.Score) (nearby, bool) {
	if s.Class == "" || len(s.Missing) == 0 {
		return nearby{}, false
	}
	n := nearby{Of: s.Framework, From: s.Class, To: s.Missing[0].Class}
	var efforts []string
	for _, m := range s.Missing {
		if m.Class == n.To {
			efforts = append(efforts, m.Effort)
			n.Steps = append(n.Steps, step{m.Title, m.Effort, m.Fix})
		}
	}
	sum, known := hours(efforts)
	n.Hours = sum
	return n, known && sum <= hoursOfDay
}
