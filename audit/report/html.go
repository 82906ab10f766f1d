package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"sync"

	"glassbox/audit"
)

// The page of an audit is read from top to bottom, and all of it is there without
// a script. The script adds what only a script can: filters, and tabs where there
// was a list of sections.

//go:embed page.html
var pageHTML string

//go:embed page.js
var pageJS string

var page = sync.OnceValues(func() (*template.Template, error) {
	return parsePage("audit", pageHTML, pageCSS, pageJS, template.FuncMap{
		"pages": pages,
		"title": func(reports []*audit.Report) string {
			names := make([]string, len(reports))
			for i, r := range reports {
				names[i] = Clean(r.Subject.Name)
			}
			return cut("glassbox: "+strings.Join(names, ", "), 120)
		},
		"heading": heading, "reached": reached, "dimensions": dimensions,
		"holds": holds, "held": terms, "waiver": waiverSentence, "standing": standing, "move": move, "assumed": assumed, "changes": changes,
		"severities": func() []audit.Severity { return audit.Severities[:] },
		"said":       frameworkLine,
		"rival":      func(s audit.RivalScore) string { return interval(s) },
		"terms":      func(list []string) string { return Clean(strings.ReplaceAll(strings.Join(list, ", "), "_", " ")) },
		"name":       func(s string) string { return Clean(strings.ReplaceAll(s, "_", " ")) },
	})
})

func writeHTML(w io.Writer, reports []*audit.Report, _ Options) error {
	t, err := page()
	if err != nil {
		return err
	}
	return t.Execute(w, reports)
}

// subjectPage is a report as the page goes through it.
type subjectPage struct {
	*audit.Report
	N        int // which of several: part of every id
	rows     map[string]int
	weighing map[string][]string
}

func pages(reports []*audit.Report) []subjectPage {
	out := make([]subjectPage, len(reports))
	for i, r := range reports {
		p := subjectPage{Report: r, N: i, rows: map[string]int{}, weighing: map[string][]string{}}
		for j, f := range r.Findings {
			p.rows[f.Rule] = j
		}
		for _, s := range r.Scores {
			for _, c := range s.Trace {
				p.weighing[c.Rule] = append(p.weighing[c.Rule], fmt.Sprintf("%d of %d of %s", c.Weight, s.Weight, s.Axis))
			}
			for _, c := range s.Against {
				p.weighing[c.Rule] = append(p.weighing[c.Rule], fmt.Sprintf("%d off the ceiling of %s", c.Weight, s.Axis))
			}
		}
		out[i] = p
	}
	return out
}

// ID is the id of a finding. Where a rule's name is fit for one it can be linked
// to by hand; a name of somebody's own making is numbered.
func (p subjectPage) ID(rule string) string {
	i, ok := p.rows[rule]
	if !ok {
		return ""
	}
	if slug(rule) == rule {
		return fmt.Sprintf("r%d-%s", p.N, rule)
	}
	return fmt.Sprintf("r%d.%d", p.N, i)
}

// rule is a rule's name, and the id of its finding where the page has one.
type rule struct{ ID, Name string }

// Link names a rule and leads to its finding.
func (p subjectPage) Link(name string) rule { return rule{p.ID(name), name} }

// Weighs says what a rule counts for.
func (p subjectPage) Weighs(rule string) string { return Clean(strings.Join(p.weighing[rule], ", ")) }

// Axes are the scores that are intervals, Frameworks the others that say something.
func (p subjectPage) Axes() []audit.Score {
	return slices.DeleteFunc(slices.Clone(p.Scores), func(s audit.Score) bool { return s.Axis == "" })
}

// Frameworks are the scores that are no axes.
func (p subjectPage) Frameworks() []audit.Score {
	return slices.DeleteFunc(slices.Clone(p.Scores), func(s audit.Score) bool { return s.Axis != "" })
}

// Beside are the subject's own axes, in the shape of those of the services.
func (p subjectPage) Beside() []audit.Rival {
	own := audit.Rival{Name: p.Subject.Name, Lifecycle: p.Subject.Lifecycle, Ends: p.Subject.Ends}
	for _, s := range p.Axes() {
		own.Scores = append(own.Scores, audit.RivalScore{Axis: s.Axis, Floor: s.Floor, Ceiling: s.Ceiling, Grade: s.Grade})
	}
	return append([]audit.Rival{own}, p.Against...)
}

// Words are the findings by their words.
func (p subjectPage) Words() []group {
	var out []group
	all := make([]*audit.Finding, len(p.Findings))
	for i := range p.Findings {
		all[i] = &p.Findings[i]
	}
	slices.SortStableFunc(all, func(a, b *audit.Finding) int { return b.Severity.Rank() - a.Severity.Rank() })
	for _, word := range pageWords {
		if list := with(all, word); len(list) > 0 {
			out = append(out, group{word, list})
		}
	}
	return out
}

// group is the findings of one word.
type group struct {
	Word     string
	Findings []*audit.Finding
}

// Unfolded tells whether the findings of the group are shown in full from the
// beginning, and on paper.
func (g group) Unfolded() bool {
	return g.Word == audit.WordContradicted || g.Word == audit.WordNotMet
}

// Short tells whether they stay folded on paper too: there is nothing to do.
func (g group) Short() bool { return g.Word == audit.WordMet || g.Word == audit.WordNotApplicable }
