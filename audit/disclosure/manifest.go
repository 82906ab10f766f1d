// Package disclosure turns what providers of closed models publish into the
// evidence that releases are judged by, so that both go through the same rules.
//
// A manifest is a YAML file that states facts by the pointer of the evidence
// they answer, each with a source, its date, its scope and its authority.
// Nothing is mapped: what a fact means stands in the evidence schema. Where
// nobody looked nothing is written, and the rule that asks is unknown.
//
// A service cannot be held, so a fact is never verified. It is present where a
// dated first-party or independent source shows a document, or how the provider
// acts; everything else is claimed: what is told in part, what is repeated by
// others, what has no date, what is said of the company where the question is
// about one model, and whatever a release would show as bytes.
package disclosure

import (
	"slices"
	"strings"

	"glassbox/audit"
)

// Manifest is what one provider discloses of one model.
type Manifest struct {
	File        string // path below the root it was read from
	Provider    string
	Model       string
	Title       string
	Aliases     []string
	Released    string // YYYY, YYYY-MM or YYYY-MM-DD
	Note        string
	Attribution []string
	Facts       []Fact // by pointer, sorted
}

// Fact is the answer to one question of the evidence.
type Fact struct {
	Pointer   string
	Value     any // plain JSON; set where the state is told, else the empty value
	Source    Source
	Statement audit.Statement
	Disputes  []Dispute
}

// Source is where a fact was read.
type Source struct {
	URL       string
	Retrieved string // YYYY-MM-DD
}

// Dispute is a source that says otherwise.
type Dispute struct {
	Source    Source
	Statement audit.Statement
}

// The authorities of a source.
const (
	FirstParty  = "first-party"
	Independent = "independent"
	Secondary   = "secondary"
)

// undated is what stands for the date of a source that has none.
const undated = "undated"

// Name is the id of the model, provider/model.
func (m *Manifest) Name() string { return m.Provider + "/" + m.Model }

// Fact returns the fact at a pointer, or nil.
func (m *Manifest) Fact(pointer string) *Fact {
	i, ok := slices.BinarySearchFunc(m.Facts, pointer, func(f Fact, p string) int { return strings.Compare(f.Pointer, p) })
	if !ok {
		return nil
	}
	return &m.Facts[i]
}

func (m *Manifest) text(pointer string) string {
	f := m.Fact(pointer)
	if f == nil {
		return ""
	}
	s, _ := f.Value.(string)
	return s
}

// Lifecycle is the stage of its life that was seen last: preview, active,
// deprecated or retired.
func (m *Manifest) Lifecycle() string { return m.text("/service/lifecycle") }

// Ends is the day that is given for its end, YYYY-MM-DD; "" where none is.
func (m *Manifest) Ends() string { return m.text("/service/shutdown_date") }

// Over tells whether the model can no longer be had on a day, as far as it is
// known: it is retired, or the day that was given for its end has come.
func (m *Manifest) Over(asOf string) bool {
	end := m.Ends()
	return m.Lifecycle() == retired || end != "" && end <= asOf
}

const retired = "retired"

// Seen is the latest day on which one of its sources was read.
func (m *Manifest) Seen() string {
	out := ""
	for _, f := range m.Facts {
		out = max(out, f.Source.Retrieved)
	}
	return out
}

// Review is the first day by which a fact is to be reviewed that can still pass
// on a day; "" where none is to be.
func (m *Manifest) Review(asOf string) string {
	out := ""
	for _, f := range m.Facts {
		if by := f.Statement.ReviewBy; by >= asOf && (out == "" || by < out) && f.Statement.State.Told() {
			out = by
		}
	}
	return out
}

// States counts the facts by state.
func (m *Manifest) States() map[audit.State]int {
	out := map[audit.State]int{}
	for _, f := range m.Facts {
		out[f.Statement.State]++
	}
	return out
}

// Evidence is the manifest as the evidence a report is made from. The source is
// how it was named.
func (m *Manifest) Evidence(source string) *audit.Evidence {
	ev := audit.NewEvidence()
	for _, f := range m.Facts {
		sources := []audit.Source{f.cite()}
		for _, d := range f.Disputes {
			s := d.Statement
			s.Dispute = true
			sources = append(sources, audit.Source{URL: d.Source.URL, Date: d.Source.Retrieved, Level: audit.Claimed, Statement: &s})
		}
		if f.Statement.State == audit.Inapplicable {
			ev.Cite(f.Pointer, sources...)
			continue
		}
		ev.Set(f.Pointer, f.Value, sources...)
	}
	about := audit.Source{Path: m.File, Level: audit.Claimed}
	ev.Set("/subject", map[string]any{"name": m.Name(), "kind": "api", "source": source}, about)
	if len(m.Aliases) > 0 {
		ev.Set("/subject/revision", m.Aliases[0])
	}
	return ev
}

func (f *Fact) cite() audit.Source {
	s := f.Statement
	return audit.Source{URL: f.Source.URL, Date: f.Source.Retrieved, Level: f.Level(), Statement: &s}
}

// conduct are the sections about how a provider acts, where what holds for the
// company holds for the model.
var conduct = []string{"policies", "service"}

// telling are the sections about documents and what they tell: what is said of
// another model of the company shows nothing of this one.
var telling = []string{"card", "documents", "risk", "training", "evaluation", "architecture"}

// Level is how strong the fact is; see the package's comment. The evidence
// schema bounds it further where something can only ever be claimed.
func (f *Fact) Level() audit.Level {
	s := f.Statement
	section, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
	switch {
	case s.State == audit.Partial, s.Authority != FirstParty && s.Authority != Independent, s.Published == "":
		return audit.Claimed
	case slices.Contains(conduct, section), slices.Contains(telling, section) && s.Scope == "model":
		return audit.Present
	}
	return audit.Claimed
}
