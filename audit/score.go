package audit

import (
	"cmp"
	"slices"
)

// Score is what one framework, or one axis of it, makes of the findings. Floor
// and ceiling are whole points of 100, both rounded down: the floor counts
// what is shown as strongly as its rule asks, the ceiling what would hold if
// every claim and every unknown turned out well. Both are nil where nothing
// applied.
type Score struct {
	Framework string `json:"framework"`
	Axis      string `json:"axis,omitempty"`
	Floor     *int   `json:"floor,omitempty"`
	Ceiling   *int   `json:"ceiling,omitempty"`
	Grade     string `json:"grade,omitempty"`
	Words     string `json:"words,omitempty"` // the grade's meaning
	// Sensitivity says what the grade owes to the weights; nil where there is no
	// number.
	Sensitivity *Sensitivity   `json:"sensitivity,omitempty"`
	Caps        []Cap          `json:"caps"`
	Against     []Contribution `json:"objections"` // what failed and took its weight off the ceiling
	Coverage    int            `json:"coverage"`   // per cent of the applicable weight that was decided, rounded down
	Removed     int            `json:"removed"`    // weight that did not apply, in the framework's unit
	Weight      int            `json:"weight"`     // weight that did
	NextGrade   string         `json:"next_grade,omitempty"`
	Next        []Step         `json:"next"`
	Trace       []Contribution `json:"trace"`

	// Of a framework that gives classes:
	Class     string             `json:"class,omitempty"`      // the one that is reached, or none
	BestClass string             `json:"best_class,omitempty"` // the one that would be, if every claim and every unknown turned out well
	Progress  map[string]float64 `json:"progress,omitempty"`   // of each class, per cent
	Criteria  []Answer           `json:"criteria,omitempty"`
	Missing   []Missing          `json:"missing,omitempty"` // class by class or topic by topic, the cheapest first

	// Of a framework of which all must hold: one of Verdicts, and the one that
	// would be given if every claim and every unknown turned out well.
	Verdict     string `json:"verdict,omitempty"`
	BestVerdict string `json:"best_verdict,omitempty"`

	// Of a framework that counts points, one a criterion or by how far each is
	// met: those that are shown, those there would be if every claim and every
	// unknown turned out well, and how many the whole framework has to give.
	Points     *float64     `json:"points,omitempty"`
	BestPoints *float64     `json:"best_points,omitempty"`
	Of         int          `json:"of,omitempty"`
	Seen       *int         `json:"seen,omitempty"` // criteria to which the evidence has an answer
	Topics     []TopicScore `json:"topics,omitempty"`
}

// TopicScore is the part of a count that one topic has.
type TopicScore struct {
	Topic      string  `json:"topic"`
	Points     float64 `json:"points"`
	BestPoints float64 `json:"best_points"`
	Of         int     `json:"of"`
	Seen       int     `json:"seen"`
}

// ClassNames lists the classes, the easiest first.
func (s Score) ClassNames() []string {
	var out []string
	for _, a := range s.Criteria {
		if a.Class != "" && !slices.Contains(out, a.Class) {
			out = append(out, a.Class)
		}
	}
	return out
}

// Answer is what the rule of one criterion says, under the framework's name for
// it.
type Answer struct {
	Class    string `json:"class,omitempty"`
	Topic    string `json:"topic,omitempty"`
	ID       string `json:"id,omitempty"` // the framework's own number or key
	Title    string `json:"title"`
	Pointer  string `json:"pointer"`            // what the rule was asked of
	Optional bool   `json:"optional,omitempty"` // not asked for by its class
	Rule     string `json:"rule,omitempty"`     // of several, the one that decided
	Attest   string `json:"attest,omitempty"`   // the question that a person answers, where no rule can
	// AttestedBy are those who answered it, each a name and a day.
	AttestedBy []string `json:"attested_by,omitempty"`
	Reached    string   `json:"reached,omitempty"` // how far it is met, of a framework of levels
	Best       string   `json:"best,omitempty"`    // how far it would be, at best
	Outcome    Outcome  `json:"outcome"`
	Word       string   `json:"word"`
	Level      Level    `json:"level,omitempty"`
	Places     []Place  `json:"places"`
}

// Missing is a criterion that is not met.
type Missing struct {
	Class   string `json:"class,omitempty"`
	Topic   string `json:"topic,omitempty"`
	ID      string `json:"id,omitempty"`
	Title   string `json:"title"`
	Rule    string `json:"rule,omitempty"`
	Attest  string `json:"attest,omitempty"`
	Pointer string `json:"pointer"`
	Word    string `json:"word"`
	Effort  string `json:"effort"`
	Fix     string `json:"fix"`
}

// cheapest sorts what is missing by what it takes, as it stands where that is
// the same.
func cheapest(missing []Missing) {
	slices.SortStableFunc(missing, func(a, b Missing) int {
		return cmp.Compare(slices.Index(Efforts[:], a.Effort), slices.Index(Efforts[:], b.Effort))
	})
}

// Cap is a bound that held a score down.
type Cap struct {
	Name  string `json:"name"`
	Rule  string `json:"rule"`
	At    int    `json:"at"`
	Binds string `json:"binds"` // floor, ceiling, or both
}

// Step is one thing to do towards the next grade.
type Step struct {
	Rule   string `json:"rule"`
	Gain   int    `json:"gain"` // points of the floor it adds, the steps before it done
	Effort string `json:"effort"`
	Fix    string `json:"fix"`
}

// Contribution is what one rule did to a score.
type Contribution struct {
	Rule    string  `json:"rule"`
	Weight  int     `json:"weight"`
	Outcome Outcome `json:"outcome"`
	Word    string  `json:"word"`
}

// Apply holds a subject against the framework: by the findings, or by the
// evidence where its criteria have places of their own.
func (fw *Framework) Apply(ev *Evidence, findings []Finding) []Score {
	h := newHearing(ev)
	h.know(findings)
	return fw.apply(h)
}

func (fw *Framework) apply(h *hearing) []Score {
	switch fw.Aggregate {
	case Weighted:
		return fw.weigh(h.found)
	case Classes:
		return []Score{fw.classify(h)}
	case AllOf:
		return []Score{fw.allOf(h)}
	case Levels:
		return []Score{fw.levels(h)}
	}
	return []Score{fw.count(h)}
}

// blank is a score that says nothing yet.
func (fw *Framework) blank() Score {
	return Score{Framework: fw.ID, Caps: []Cap{}, Against: []Contribution{}, Next: []Step{}, Trace: []Contribution{}}
}

// Score adds up the weights of findings, one score an axis.
func (fw *Framework) Score(findings []Finding) []Score {
	byRule := make(map[string]*Finding, len(findings))
	for i := range findings {
		byRule[findings[i].Rule] = &findings[i]
	}
	return fw.weigh(byRule)
}

func (fw *Framework) weigh(byRule map[string]*Finding) []Score {
	out := make([]Score, len(fw.Axes))
	for i := range fw.Axes {
		out[i] = fw.score(&fw.Axes[i], byRule)
	}
	return out
}

func (fw *Framework) score(a *Axis, found map[string]*Finding) Score {
	p := a.panel(found)
	t := p.tally(nil)
	s := Score{
		Framework: fw.ID, Axis: a.Name, Removed: t.removed, Weight: t.weight,
		Caps: []Cap{}, Next: []Step{}, Trace: trace(a.Criteria, found), Against: a.against(found),
	}
	if t.weight == 0 {
		return s
	}
	floor, ceiling := t.floor(), t.ceiling()
	s.Caps = p.held(t)
	s.Floor, s.Ceiling = &floor, &ceiling
	s.Coverage = t.decided * 100 / t.weight
	s.Grade = fw.grade(floor)
	s.Words = a.Meaning[s.Grade]
	if t.decided == 0 {
		s.Words = "nothing of this was looked at"
	}
	s.Sensitivity = fw.sensitivity(t)
	s.NextGrade, s.Next = fw.next(p, floor)
	return s
}

func (fw *Framework) grade(floor int) string {
	for _, g := range fw.Grades {
		if floor >= g.Floor {
			return g.Letter
		}
	}
	return ""
}

// tally adds up weights of one axis.
type tally struct {
	weight, removed    int
	met, open, decided int
	against            int // weight of the objections that failed
	capFloor           int // 100 where none binds
	capCeiling         int
}

// panel is an axis with the finding for each of its rules; a rule nobody judged
// has an empty one.
type panel struct {
	*Axis
	criteria, objections, caps []*Finding
}

func (a *Axis) panel(found map[string]*Finding) *panel {
	none := &Finding{}
	find := func(rule string) *Finding {
		if f := found[rule]; f != nil {
			return f
		}
		return none
	}
	p := &panel{Axis: a}
	for _, c := range a.Criteria {
		p.criteria = append(p.criteria, find(c.Rule))
	}
	for _, c := range a.Objections {
		p.objections = append(p.objections, find(c.Rule))
	}
	for _, c := range a.Caps {
		p.caps = append(p.caps, find(c.Unless))
	}
	return p
}

// tally counts the findings, those in done taken as met.
func (p *panel) tally(done map[*Finding]bool) tally {
	t := tally{capFloor: 100, capCeiling: 100}
	for i, c := range p.Criteria {
		f := p.criteria[i]
		met := f.Met() || done[f]
		if f.Outcome == NotApplicable {
			t.removed += c.Weight
			continue
		}
		t.weight += c.Weight
		if met {
			t.met += c.Weight
		}
		if met || f.Outcome == Pass || f.Outcome == Unknown {
			t.open += c.Weight
		}
		if met || f.Outcome == Fail {
			t.decided += c.Weight
		}
	}
	for i, c := range p.Objections {
		if f := p.objections[i]; f.Outcome == Fail && !done[f] {
			t.against += c.Weight
		}
	}
	for i, c := range p.Caps {
		lifted, failed := p.binds(i, done)
		if !lifted {
			t.capFloor = min(t.capFloor, c.At)
		}
		if failed {
			t.capCeiling = min(t.capCeiling, c.At)
		}
	}
	return t
}

// binds tells whether a cap is lifted from the floor, and whether it holds the
// ceiling.
func (p *panel) binds(i int, done map[*Finding]bool) (lifted, failed bool) {
	f := p.caps[i]
	lifted = done[f] || f.Met() || f.Outcome == NotApplicable
	return lifted, !lifted && f.Outcome == Fail
}

func (t tally) raw(part int) int { return part * 10000 / t.weight / 100 }

func (t tally) floor() int { return min(t.raw(t.met), t.capFloor, t.capCeiling) }

func (t tally) ceiling() int {
	return max(min(t.raw(max(0, t.open-t.against)), t.capCeiling), t.floor())
}

// held lists the caps that held the score below what its weights give.
func (p *panel) held(t tally) []Cap {
	out := []Cap{}
	for i, c := range p.Caps {
		lifted, failed := p.binds(i, nil)
		floor := !lifted && t.raw(t.met) > c.At
		ceiling := failed && t.raw(max(0, t.open-t.against)) > c.At
		switch {
		case floor && ceiling:
			out = append(out, Cap{c.Name, c.Unless, c.At, "both"})
		case floor:
			out = append(out, Cap{c.Name, c.Unless, c.At, "floor"})
		case ceiling:
			out = append(out, Cap{c.Name, c.Unless, c.At, "ceiling"})
		}
	}
	return out
}

// against lists the objections that failed.
func (a *Axis) against(found map[string]*Finding) []Contribution {
	return slices.DeleteFunc(trace(a.Objections, found), func(c Contribution) bool { return c.Outcome != Fail })
}

func trace(criteria []Criterion, found map[string]*Finding) []Contribution {
	out := make([]Contribution, len(criteria))
	for i, c := range criteria {
		f := found[c.Rule]
		if f == nil {
			f = &Finding{Word: WordUnknown}
		}
		out[i] = Contribution{Rule: c.Rule, Weight: c.Weight, Outcome: f.Outcome, Word: f.Word}
	}
	return out
}

// next finds what stands before the next grade: the cheapest steps that reach
// it, what turns out not to be needed taken out again.
func (fw *Framework) next(p *panel, floor int) (string, []Step) {
	target := -1
	for i, g := range fw.Grades {
		if floor >= g.Floor {
			break
		}
		target = i
	}
	if target < 0 {
		return "", []Step{}
	}
	goal := fw.Grades[target]
	return goal.Letter, p.steps(p.reach(goal.Floor), floor)
}

func (p *panel) reach(goal int) []*Finding {
	var chosen []*Finding
	done := map[*Finding]bool{}
	for _, f := range p.candidates() {
		if p.tally(done).floor() >= goal {
			break
		}
		chosen = append(chosen, f)
		done[f] = true
	}
	for i := len(chosen) - 1; i >= 0; i-- {
		delete(done, chosen[i])
		if p.tally(done).floor() >= goal {
			chosen = slices.Delete(chosen, i, i+1)
			continue
		}
		done[chosen[i]] = true
	}
	return chosen
}

// candidate is something to do, and what decides when.
type candidate struct {
	*Finding
	weight, effort, waits int
}

// candidates lists what is not met and applies: cheap before dear, heavy before
// light, and what waits for something else to be there after all that can be
// done now.
func (p *panel) candidates() []*Finding {
	var list []candidate
	add := func(f *Finding, weight int) {
		if f.Rule == "" || f.Met() || f.Outcome == NotApplicable {
			return
		}
		if i := slices.IndexFunc(list, func(c candidate) bool { return c.Finding == f }); i >= 0 {
			list[i].weight += weight
			return
		}
		list = append(list, candidate{f, weight, slices.Index(Efforts[:], f.Effort), f.waits()})
	}
	for i, c := range p.Criteria {
		add(p.criteria[i], c.Weight)
	}
	for _, f := range p.caps {
		add(f, 0)
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.waits, b.waits), cmp.Compare(a.effort, b.effort), cmp.Compare(b.weight, a.weight), cmp.Compare(a.Rule, b.Rule))
	})
	out := make([]*Finding, len(list))
	for i, c := range list {
		out[i] = c.Finding
	}
	return out
}

func (p *panel) steps(chosen []*Finding, floor int) []Step {
	out := []Step{}
	done := map[*Finding]bool{}
	for _, f := range chosen {
		done[f] = true
		now := p.tally(done).floor()
		out = append(out, Step{Rule: f.Rule, Gain: now - floor, Effort: f.Effort, Fix: f.Fix})
		floor = now
	}
	return out
}
