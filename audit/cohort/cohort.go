// Package cohort puts many audited subjects in one order, so that a reviewer can
// defend it: by the floor of one axis, never by a number blended of several. Its
// input is reports; whatever made them is not its concern.
//
// Floors decide, since they are what is shown. How far an order can be trusted is
// told beside it: the best rank somebody would have if every claim and unknown of
// theirs turned out well, and the worst if those of all others did.
package cohort

import (
	"cmp"
	"slices"

	"glassbox/audit"
)

// Schema names the format of a cohort's JSON.
const Schema = "urn:glassbox:cohort:v1"

// Applicant is one subject of a cohort: its report, or why there is none.
type Applicant struct {
	Name    string // as a list names it; else empty, and the subject's own name is shown
	Source  string // as the person who asked wrote it
	Columns []Column
	Report  *audit.Report
	Err     error
}

// Column is a further column of the list that an applicant stands in.
type Column struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Cohort is the order.
type Cohort struct {
	Schema string     `json:"schema"`
	By     string     `json:"by"` // the axis whose floor decides
	Tool   audit.Tool `json:"tool"`
	Rows   []Row      `json:"rows"`
	// Services are models behind an API, to hold the applicants against. They have
	// no rank and are in no document of the cohort: what they score is their own
	// report's to say.
	Services []*audit.Report `json:"-"`
}

// Row is one applicant in the order. Who could not be audited, or has no number
// on the axis, has no rank and comes last.
type Row struct {
	Rank    int            `json:"rank,omitempty"`  // 1 + those with a higher floor; equal floors share a rank
	Tied    bool           `json:"tied,omitempty"`  // another has the same floor
	Best    int            `json:"best,omitempty"`  // 1 + those whose floor is above this ceiling
	Worst   int            `json:"worst,omitempty"` // 1 + those others whose ceiling is above this floor
	Name    string         `json:"name"`
	Subject audit.Subject  `json:"subject"`
	Scores  []Score        `json:"scores"` // of each axis
	Caps    []string       `json:"caps"`   // that bound the score on the axis that decides
	Verdict *audit.Verdict `json:"verdict,omitempty"`
	Columns []Column       `json:"columns,omitempty"`
	Error   string         `json:"error,omitempty"`
	// Report is what the row was made from, nil where there is none: for formats
	// that show evidence. Names are taken from the row, never from the report.
	Report *audit.Report `json:"-"`
}

// Score is what a report says on one axis, without its trace.
type Score struct {
	Axis     string `json:"axis"`
	Floor    *int   `json:"floor,omitempty"`
	Ceiling  *int   `json:"ceiling,omitempty"`
	Grade    string `json:"grade,omitempty"`
	Coverage int    `json:"coverage"`
}

// Framework is the one whose axes order a cohort.
const Framework = "glassbox"

// Axes lists the axes of a report that can order a cohort.
func Axes(frameworks []*audit.Framework) []string {
	var out []string
	for _, fw := range frameworks {
		for _, a := range fw.Axes {
			if fw.ID == Framework {
				out = append(out, a.Name)
			}
		}
	}
	return out
}

// Rank orders applicants by the floor of an axis. The order in which they come
// never matters: among equal floors the digest of the subject decides where a row
// stands, then its source.
func Rank(applicants []Applicant, by string) *Cohort {
	c := &Cohort{Schema: Schema, By: by, Rows: make([]Row, len(applicants))}
	for i, a := range applicants {
		c.Rows[i] = row(a, by)
		if a.Report != nil && (c.Tool == audit.Tool{} || a.Report.Tool.Version < c.Tool.Version) {
			c.Tool = a.Report.Tool
		}
	}
	slices.SortStableFunc(c.Rows, func(a, b Row) int {
		return cmp.Or(-cmp.Compare(a.floor(by), b.floor(by)), cmp.Compare(a.Subject.Digest, b.Subject.Digest), cmp.Compare(a.Subject.Source, b.Subject.Source), cmp.Compare(a.Name, b.Name))
	})
	c.place()
	return c
}

func row(a Applicant, by string) Row {
	r := Row{Name: a.Name, Columns: a.Columns, Scores: []Score{}, Caps: []string{}, Subject: audit.Subject{Name: a.Name, Source: a.Source}}
	if a.Err != nil {
		r.Error = a.Err.Error()
	}
	if a.Report == nil {
		r.Name = cmp.Or(r.Name, a.Source)
		return r
	}
	r.Subject, r.Verdict, r.Report = a.Report.Subject, &a.Report.Verdict, a.Report
	r.Name = cmp.Or(r.Name, r.Subject.Name)
	for _, s := range a.Report.Scores {
		if s.Framework != Framework {
			continue
		}
		r.Scores = append(r.Scores, Score{s.Axis, s.Floor, s.Ceiling, s.Grade, s.Coverage})
		for _, cap := range s.Caps {
			if s.Axis == by {
				r.Caps = append(r.Caps, cap.Name)
			}
		}
	}
	return r
}

// Beside is the row of a service that applicants are held against: without a rank.
func Beside(r *audit.Report) Row { return row(Applicant{Report: r}, "") }

// on returns the score of a row on an axis, nil where it has no number there.
func (r *Row) on(by string) *Score {
	for i := range r.Scores {
		if s := &r.Scores[i]; s.Axis == by && s.Floor != nil && s.Ceiling != nil {
			return s
		}
	}
	return nil
}

func (r *Row) floor(by string) int {
	if s := r.on(by); s != nil {
		return *s.Floor
	}
	return -1
}

// ends are the floors and ceilings of a cohort on one axis, each sorted.
type ends struct{ floors, ceilings []int }

// above counts how many of a sorted list are greater than n.
func above(sorted []int, n int) int {
	i, _ := slices.BinarySearch(sorted, n+1)
	return len(sorted) - i
}

// place counts for each row who is above it, who would be if all of this one
// turned out well, and who could be if all of the others did.
func (c *Cohort) place() {
	var e ends
	for i := range c.Rows {
		if s := c.Rows[i].on(c.By); s != nil {
			e.floors, e.ceilings = append(e.floors, *s.Floor), append(e.ceilings, *s.Ceiling)
		}
	}
	slices.Sort(e.floors)
	slices.Sort(e.ceilings)
	for i := range c.Rows {
		if s := c.Rows[i].on(c.By); s != nil {
			c.Rows[i].place(*s.Floor, *s.Ceiling, e)
		}
	}
}

func (r *Row) place(floor, ceiling int, e ends) {
	higher := above(e.floors, floor)
	r.Rank = 1 + higher
	r.Tied = above(e.floors, floor-1)-higher > 1
	r.Best = 1 + above(e.floors, ceiling)
	r.Worst = 1 + above(e.ceilings, floor)
	if ceiling > floor {
		r.Worst-- // its own ceiling
	}
}
