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
	Review  *Reviewing // what reviewers say of it; nil where nobody asked
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

	Why  *Why     `json:"why,omitempty"`  // what separates two of them, where somebody asked
	Gone []string `json:"gone,omitempty"` // who was there in earlier results and is no more
	// Changed tells that the earlier results were made by other rules, so that what
	// moved may be the rules.
	Changed bool `json:"rules_changed,omitempty"`
	// Blinded tells that names are pseudonyms, and that the rows stand in an order
	// drawn from a seed.
	Blinded bool `json:"blind,omitempty"`
}

// Row is one applicant in the order. Who could not be audited, or has no number
// on the axis, has no rank and comes last.
type Row struct {
	Rank  int  `json:"rank,omitempty"`  // 1 + those with a higher floor; equal floors share a rank
	Tied  bool `json:"tied,omitempty"`  // another has the same floor
	Best  int  `json:"best,omitempty"`  // 1 + those whose floor is above this ceiling
	Worst int  `json:"worst,omitempty"` // 1 + those others whose ceiling is above this floor
	// Shifted are the ranks that weights leave open, were each lighter or heavier
	// by [audit.Shift] per cent.
	Shifted *Range         `json:"shifted,omitempty"`
	Name    string         `json:"name"`
	Subject audit.Subject  `json:"subject"`
	Scores  []Score        `json:"scores"` // of each axis
	Caps    []string       `json:"caps"`   // that bound the score on the axis that decides
	Verdict *audit.Verdict `json:"verdict,omitempty"`
	// Contradicted is how many findings are contradicted by what the release holds.
	Contradicted int        `json:"contradicted,omitempty"`
	Waivers      []Waived   `json:"waivers,omitempty"`   // findings that a policy lets stand
	Overrides    []Override `json:"overrides,omitempty"` // of the reviewers' log, in force or not
	Replies      []Reply    `json:"replies,omitempty"`   // of the applicant
	Conflicts    []string   `json:"conflicts,omitempty"` // reviewers with an interest in this applicant
	Since        *Since     `json:"since,omitempty"`     // what changed since earlier results
	Columns      []Column   `json:"columns,omitempty"`
	Error        string     `json:"error,omitempty"`
	// Report is what the row was made from, nil where there is none: for formats
	// that show evidence. Names are taken from the row, never from the report.
	Report *audit.Report `json:"-"`
}

// Range is a range of ranks.
type Range struct {
	Best  int `json:"best"`
	Worst int `json:"worst"`
}

// Waived is a finding that a policy lets stand for a while.
type Waived struct {
	Rule    string `json:"rule"`
	Expires string `json:"expires"`
}

// Score is what a report says on one axis, without its trace.
type Score struct {
	Axis     string `json:"axis"`
	Floor    *int   `json:"floor,omitempty"`
	Ceiling  *int   `json:"ceiling,omitempty"`
	Grade    string `json:"grade,omitempty"`
	Coverage int    `json:"coverage"`
	// FloorLow and FloorHigh are how far the floor moves under weights that are
	// lighter or heavier by [audit.Shift] per cent.
	FloorLow  *int `json:"floor_low,omitempty"`
	FloorHigh *int `json:"floor_high,omitempty"`
	// Reviewed is the score with the overrides that are in force; nil where there
	// are none.
	Reviewed *Reviewed `json:"reviewed,omitempty"`
}

// Reviewed is a score with overrides.
type Reviewed struct {
	Floor   int    `json:"floor"`
	Ceiling int    `json:"ceiling"`
	Grade   string `json:"grade,omitempty"`
}

// Framework is the one whose axes order a cohort.
const Framework = "glassbox"

// ByPolicy orders a cohort by the weights of a policy. Its score bears the same
// name as framework and as axis.
const ByPolicy = "policy"

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
		if s.Framework != Framework && s.Framework != ByPolicy {
			continue
		}
		r.Scores = append(r.Scores, score(s))
		for _, cap := range s.Caps {
			if s.Axis == by {
				r.Caps = append(r.Caps, cap.Name)
			}
		}
	}
	for i := range a.Report.Findings {
		f := &a.Report.Findings[i]
		if f.Word == audit.WordContradicted {
			r.Contradicted++
		}
		if f.Waiver != nil {
			r.Waivers = append(r.Waivers, Waived{f.Rule, f.Waiver.Expires})
		}
	}
	r.reviewed(a.Review)
	return r
}

// Beside is the row of a service that applicants are held against: without a rank.
func Beside(r *audit.Report) Row { return row(Applicant{Report: r}, "") }

func score(s audit.Score) Score {
	out := Score{Axis: s.Axis, Floor: s.Floor, Ceiling: s.Ceiling, Grade: s.Grade, Coverage: s.Coverage}
	if v := s.Sensitivity; v != nil {
		out.FloorLow, out.FloorHigh = &v.FloorLow, &v.FloorHigh
	}
	return out
}

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
type ends struct{ floors, ceilings, low, high []int }

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
			low, high := s.shifted()
			e.low, e.high = append(e.low, low), append(e.high, high)
		}
	}
	for _, list := range [][]int{e.floors, e.ceilings, e.low, e.high} {
		slices.Sort(list)
	}
	for i := range c.Rows {
		if s := c.Rows[i].on(c.By); s != nil {
			c.Rows[i].place(s, e)
		}
	}
}

// shifted is the range of the floor under other weights, the floor itself where
// that was not asked.
func (s *Score) shifted() (low, high int) {
	if s.FloorLow == nil || s.FloorHigh == nil {
		return *s.Floor, *s.Floor
	}
	return *s.FloorLow, *s.FloorHigh
}

func (r *Row) place(s *Score, e ends) {
	higher := above(e.floors, *s.Floor)
	r.Rank = 1 + higher
	r.Tied = above(e.floors, *s.Floor-1)-higher > 1
	open := between(e.floors, e.ceilings, *s.Floor, *s.Ceiling)
	r.Best, r.Worst = open.Best, open.Worst
	if s.FloorLow != nil {
		low, high := s.shifted()
		shifted := between(e.low, e.high, low, high)
		r.Shifted = &shifted
	}
}

// between is the range of ranks of one who stands between two ends, among others
// of whom all lower and all upper ends are known, its own included.
func between(lower, upper []int, low, high int) Range {
	out := Range{1 + above(lower, high), 1 + above(upper, low)}
	if high > low {
		out.Worst-- // its own upper end
	}
	return out
}
