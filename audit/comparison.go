package audit

import (
	"slices"
	"strings"
)

// Comparison puts subjects side by side, criterion by criterion. There is no
// number for who is better: only what each does better than all others.
type Comparison struct {
	Schema   string       `json:"schema"`
	Tool     Tool         `json:"tool"`
	AsOf     string       `json:"as_of"`
	Subjects []Compared   `json:"subjects"`
	Groups   []Group      `json:"groups"`
	Better   []Preference `json:"better"` // one a subject, in their order
}

// ComparisonSchema names the format of comparisons.
const ComparisonSchema = "urn:glassbox:comparison:v1"

// Compared is one of the subjects, with its axes.
type Compared struct {
	Name      string       `json:"name"`
	Kind      string       `json:"kind"`
	Lifecycle string       `json:"lifecycle,omitempty"`
	Ends      string       `json:"ends,omitempty"`
	Scores    []RivalScore `json:"scores"`
}

// Group is an axis with its criteria, or how the provider acts, which no axis
// weighs.
type Group struct {
	Name string `json:"name"`
	Rows []Row  `json:"rows"`
}

// Row is one criterion and what each subject has to show for it.
type Row struct {
	ID    string `json:"id"` // a rule, or the pointer of the evidence that was asked
	Title string `json:"title"`
	Cells []Cell `json:"cells"`
	// Best is the subject that does better than every other one of which the
	// question can be asked; empty where nobody does. Open tells that it is only
	// unknown whether another one does as well.
	Best string `json:"best,omitempty"`
	Open bool   `json:"open,omitempty"`
}

// Cell is the answer of one subject.
type Cell struct {
	Word   string  `json:"word"`
	Level  Level   `json:"level,omitempty"`
	Places []Place `json:"places"`
}

// Preference lists what one subject does better than every other, and what it
// shows while of another one nobody knows; by the ids of rows.
type Preference struct {
	Name string   `json:"name"`
	Rows []string `json:"rows"`
	Open []string `json:"open"`
}

// Conduct is the name of the group about how a provider acts.
const Conduct = "conduct"

// conduct are the questions about a provider's conduct. No axis weighs them, as
// releases are not asked most of them; held releases cannot be asked those that
// begin with a service.
var conduct = [...]struct{ pointer, title string }{
	{"/risk/taxonomy", "The risks that were considered are told"},
	{"/risk/evaluations", "Results on those risks are published"},
	{"/risk/external", "Evaluators from outside are named"},
	{"/risk/mitigations", "Mitigations and their effect are told"},
	{"/risk/thresholds", "It is told which risk stops a release"},
	{"/documents/behaviour_spec/present", "There is a specification of behaviour"},
	{"/documents/system_prompt/present", "The system prompt is published"},
	{"/documents/training_summary/present", "There is a public summary of training content"},
	{"/training/data/crawler_optout", "A site can refuse the crawler"},
	{"/policies/usage/present", "There is a usage policy"},
	{"/policies/outputs/owned_by_user", "Outputs belong to the user"},
	{"/policies/outputs/free_to_use", "Outputs may be used for anything"},
	{"/service/versions_pinnable", "One version can be held on to"},
	{"/service/deprecation_notice_days", "Notice is given before it ends"},
	{"/service/changes_published", "Changes are written down"},
	{"/service/data_retention_disclosed", "It is told how long requests are kept"},
	{"/service/requests_not_trained_on", "Requests stay out of training"},
	{"/service/zero_retention", "Nothing need be kept at all"},
	{"/service/status_page", "There is a status page"},
	{"/service/sampling_controls", "An answer can be had again"},
	{"/service/incident_reporting", "Incidents of security can be reported"},
	{"/service/misuse_reporting", "Misuse can be reported"},
	{"/service/bug_bounty", "There is a bounty for weaknesses"},
	{"/service/safe_harbour", "Researchers in good faith are safe"},
	{"/service/researcher_access", "Researchers get access"},
}

// held are questions that do not arise of what one holds: a copy does not change,
// end, or keep what it was asked.
var held = []string{
	"/service/versions_pinnable", "/service/deprecation_notice_days", "/service/changes_published", "/service/data_retention_disclosed",
	"/service/requests_not_trained_on", "/service/zero_retention", "/service/status_page", "/service/sampling_controls",
}

// Compare puts the subjects side by side by the axes of a framework. The
// evidence is that of the reports, in their order.
func Compare(reports []*Report, evidence []*Evidence, fw *Framework) Comparison {
	c := Comparison{Schema: ComparisonSchema, Groups: []Group{}, Better: []Preference{}}
	for _, r := range reports {
		c.Tool, c.AsOf = r.Tool, r.AsOf
		s := Compared{Name: r.Subject.Name, Kind: r.Subject.Kind, Lifecycle: r.Subject.Lifecycle, Ends: r.Subject.Ends, Scores: []RivalScore{}}
		for _, score := range r.Scores {
			if score.Framework == fw.ID {
				s.Scores = append(s.Scores, RivalScore{score.Axis, score.Floor, score.Ceiling, score.Grade})
			}
		}
		c.Subjects = append(c.Subjects, s)
	}
	for _, a := range fw.Axes {
		c.Groups = append(c.Groups, c.axis(a, reports))
	}
	c.Groups = append(c.Groups, c.conduct(evidence))
	c.prefer()
	return c
}

// axis asks every criterion and objection of an axis, each once.
func (c *Comparison) axis(a Axis, reports []*Report) Group {
	g := Group{Name: a.Name, Rows: []Row{}}
	for _, list := range [][]Criterion{a.Criteria, a.Objections} {
		for _, criterion := range list {
			if slices.ContainsFunc(g.Rows, func(r Row) bool { return r.ID == criterion.Rule }) {
				continue
			}
			row := Row{ID: criterion.Rule}
			for _, r := range reports {
				cell := Cell{Word: WordUnknown, Places: []Place{}}
				for _, f := range r.Findings {
					if f.Rule == criterion.Rule {
						row.Title = f.Title
						cell = Cell{f.Word, f.Level, f.Places}
					}
				}
				row.Cells = append(row.Cells, cell)
			}
			g.Rows = append(g.Rows, c.ranked(row))
		}
	}
	return g
}

func (c *Comparison) conduct(evidence []*Evidence) Group {
	g := Group{Name: Conduct, Rows: []Row{}}
	for _, q := range conduct {
		row := Row{ID: q.pointer, Title: q.title}
		for _, ev := range evidence {
			dated := *ev
			dated.AsOf = c.AsOf
			row.Cells = append(row.Cells, dated.ask(q.pointer))
		}
		g.Rows = append(g.Rows, c.ranked(row))
	}
	return g
}

// ask answers whether there is anything at a pointer, in the words of rules that
// ask for present evidence.
func (ev *Evidence) ask(pointer string) Cell {
	v, ok := ev.Get(pointer)
	if !ok {
		word := WordUnknown
		if ev.inapplicable(pointer) || slices.Contains(held, pointer) && !isSet(ev, "/subject/kind", "api") {
			word = WordNotApplicable
		}
		return Cell{word, Unsourced, []Place{{Pointer: pointer}}}
	}
	places := []Place{ev.place(spot{pointer: pointer, value: v})}
	level := Unsourced
	for _, s := range ev.SourcesAt(pointer) {
		if !s.disputes() {
			level = max(level, s.Level)
		}
	}
	switch {
	case isEmpty(v):
		if word, ok := stateWord(places); ok {
			return Cell{word, Unsourced, places}
		}
		return Cell{WordNotShown, Unsourced, places}
	case ev.Stale(pointer):
		return Cell{WordUnknown, Unsourced, places}
	case level >= Present:
		return Cell{WordMet, level, places}
	}
	return Cell{WordClaimed, Claimed, places}
}

// rank orders words for a comparison; not applicable has none.
func rank(word string) (n int, ok bool) {
	switch word {
	case WordMet:
		return 3, true
	case WordClaimed:
		return 2, true
	case WordUnknown:
		return 1, true
	case WordNotApplicable:
		return 0, false
	}
	return 0, true
}

// ranked notes who does better than every other subject. Whoever shows nothing
// does nothing better, and what is unknown beats nobody.
func (c *Comparison) ranked(row Row) Row {
	best, second, at, asked := -1, -1, 0, 0
	for i, cell := range row.Cells {
		n, ok := rank(cell.Word)
		if !ok {
			continue
		}
		asked++
		switch {
		case n > best:
			best, second, at = n, best, i
		case n > second:
			second = n
		}
	}
	if asked > 1 && best >= 2 && best > second {
		row.Best, row.Open = c.Subjects[at].Name, slices.ContainsFunc(row.Cells, func(c Cell) bool { return c.Word == WordUnknown })
	}
	return row
}

// prefer gathers for each subject what it does better.
func (c *Comparison) prefer() {
	for _, s := range c.Subjects {
		p := Preference{Name: s.Name, Rows: []string{}, Open: []string{}}
		for _, g := range c.Groups {
			for _, r := range g.Rows {
				into := &p.Rows
				if r.Open {
					into = &p.Open
				}
				if r.Best == s.Name && !slices.Contains(*into, r.ID) {
					*into = append(*into, r.ID)
				}
			}
		}
		c.Better = append(c.Better, p)
	}
}

// Same tells whether all subjects have the same answer, or of none anything is
// known.
func (r Row) Same() bool {
	same, known := true, false
	for _, c := range r.Cells {
		same = same && c.Word == r.Cells[0].Word
		known = known || c.Word != WordUnknown && c.Word != WordNotApplicable
	}
	return same || !known
}

// Short is the id as people read it: a rule's own, of a pointer what it names.
func (r Row) Short() string { return ShortID(r.ID) }

// ShortID is the id of a row as people read it.
func ShortID(id string) string {
	pointer, isPointer := strings.CutPrefix(id, "/")
	if !isPointer {
		return id
	}
	parts := strings.Split(strings.TrimSuffix(pointer, "/present"), "/")
	return strings.ReplaceAll(strings.Join(parts[1:], " "), "_", " ")
}
