package cohort

import (
	"slices"

	"glassbox/audit"
)

// Since is what an applicant was before: its rank and interval, and the rules of
// the axis that decides whose answers changed what they give.
type Since struct {
	New     bool     `json:"new,omitempty"`  // it was not there
	Rank    int      `json:"rank,omitempty"` // among those of then
	Floor   *int     `json:"floor,omitempty"`
	Ceiling *int     `json:"ceiling,omitempty"`
	Changes []Change `json:"changes"`
	// Caps that bind no more, and caps that did not bind then.
	CapsGone []string `json:"caps_gone,omitempty"`
	CapsNew  []string `json:"caps_new,omitempty"`
}

// Change is one rule that an applicant answers otherwise than before.
type Change struct {
	Rule   string `json:"rule"`
	Weight int    `json:"weight"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// Compare writes into each row what it was in an earlier cohort. Applicants are
// the same where their names are; of several with one name, where they lie, too.
func (c *Cohort) Compare(then []Applicant) {
	before := Rank(then, c.By)
	c.Changed = before.Tool.RulesDigest != c.Tool.RulesDigest && before.Tool != audit.Tool{}
	for i := range c.Rows {
		r := &c.Rows[i]
		old := before.find(r)
		if old == nil {
			r.Since = &Since{New: true, Changes: []Change{}}
			continue
		}
		r.Since = &Since{Rank: old.Rank, Changes: []Change{}}
		if s := old.on(c.By); s != nil {
			r.Since.Floor, r.Since.Ceiling = s.Floor, s.Ceiling
		}
		if old.Report == nil || r.Report == nil {
			continue
		}
		w := Separate(old.Report, r.Report, c.By)
		for _, d := range w.Rules {
			r.Since.Changes = append(r.Since.Changes, Change{d.Rule, d.Weight, d.A, d.B})
		}
		r.Since.CapsGone, r.Since.CapsNew = w.CapsA, w.CapsB
	}
	for i := range before.Rows {
		if old := &before.Rows[i]; c.find(old) == nil {
			c.Gone = append(c.Gone, old.Name)
		}
	}
	slices.Sort(c.Gone)
}

// find is the row of the same applicant in another cohort.
func (c *Cohort) find(r *Row) *Row {
	var found *Row
	for i := range c.Rows {
		switch other := &c.Rows[i]; {
		case other.Name != r.Name:
		case other.Subject.Source == r.Subject.Source:
			return other
		case found == nil:
			found = other
		}
	}
	return found
}
