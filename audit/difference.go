package audit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Difference is what became of a release between two reports: which rules fail
// anew, which do no longer, and which of them moved which axis.
type Difference struct {
	Schema     string     `json:"schema"`
	Old        Side       `json:"old"`
	New        Side       `json:"new"`
	Comparable bool       `json:"comparable"`
	Reason     string     `json:"reason,omitempty"` // why it is not
	Findings   []Change   `json:"findings"`         // in the order of the newer report; those that stand in the older alone come last
	Axes       []Movement `json:"axes"`
	Frameworks []Restated `json:"frameworks"` // those that say something else now
}

// DifferenceSchema names the format of differences.
const DifferenceSchema = "urn:glassbox:difference:v1"

// Side is one of the two reports.
type Side struct {
	Name     string `json:"name"`
	Revision string `json:"revision,omitempty"`
	Digest   string `json:"digest,omitempty"`
	AsOf     string `json:"as_of"`
	Tool     Tool   `json:"tool"`
}

// Change is what became of one rule.
type Change struct {
	Rule     string   `json:"rule"`
	Title    string   `json:"title"`
	Severity Severity `json:"severity"`
	State    string   `json:"state"`            // one of ChangeStates
	Old      string   `json:"old,omitempty"`    // the word in each report; left out where the rule was not asked
	New      string   `json:"new,omitempty"`    //
	Added    int      `json:"added,omitempty"`  // in how many more places it fails than before
	Places   []Place  `json:"places,omitempty"` // of what fails anew
	Waived   bool     `json:"waived,omitempty"` // in the newer report
}

// The states of a change.
const (
	ChangeNew       = "new"       // it fails and did not, or in more places, or by a worse word
	ChangeFixed     = "fixed"     // it failed and is met, or does not apply any longer
	ChangeOther     = "changed"   // another word, neither of these: what is unknown now is not mended
	ChangeUnchanged = "unchanged" // the same word
)

// ChangeStates lists them.
var ChangeStates = [...]string{ChangeNew, ChangeFixed, ChangeOther, ChangeUnchanged}

// Movement is what became of one axis. Ends are nil where nothing applied.
type Movement struct {
	Framework  string   `json:"framework"`
	Axis       string   `json:"axis"`
	OldFloor   *int     `json:"old_floor,omitempty"`
	NewFloor   *int     `json:"new_floor,omitempty"`
	OldCeiling *int     `json:"old_ceiling,omitempty"`
	NewCeiling *int     `json:"new_ceiling,omitempty"`
	OldGrade   string   `json:"old_grade,omitempty"`
	NewGrade   string   `json:"new_grade,omitempty"`
	Rules      []Mover  `json:"rules"`       // that moved it
	Bound      []string `json:"caps_bound"`  // caps that bind now and did not
	Lifted     []string `json:"caps_lifted"` // the other way round
}

// Mover is a rule that moved an axis, in the framework's own unit of weight.
type Mover struct {
	Rule    string `json:"rule"`
	Weight  int    `json:"weight"`
	Old     string `json:"old"`
	New     string `json:"new"`
	Floor   int    `json:"floor"`   // weight it adds to what is shown, or takes
	Ceiling int    `json:"ceiling"` // weight it adds to what is possible, or takes
}

// Restated is a framework without axes that says something else than before.
type Restated struct {
	Framework string `json:"framework"`
	Old       string `json:"old"`
	New       string `json:"new"`
}

// Diff tells what changed from an older report to a newer one. Reports that were
// made by other rules have no difference that would mean anything.
func Diff(older, newer *Report) Difference {
	d := Difference{Schema: DifferenceSchema, Old: side(older), New: side(newer), Findings: []Change{}, Axes: []Movement{}, Frameworks: []Restated{}}
	if d.Reason = incomparable(older, newer); d.Reason != "" {
		return d
	}
	d.Comparable = true
	d.Findings = changes(older, newer)
	for _, s := range newer.Scores {
		was, ok := scoreOf(older, s.Framework, s.Axis)
		switch {
		case !ok:
		case s.Axis != "":
			d.Axes = append(d.Axes, movement(was, s))
		case saying(was) != saying(s):
			d.Frameworks = append(d.Frameworks, Restated{s.Framework, saying(was), saying(s)})
		}
	}
	return d
}

func side(r *Report) Side {
	return Side{r.Subject.Name, r.Subject.Revision, r.Subject.Digest, r.AsOf, r.Tool}
}

// incomparable says why two reports cannot be held against each other, "" where
// they can.
func incomparable(older, newer *Report) string {
	switch {
	case older.Tool.RulesDigest != newer.Tool.RulesDigest:
		return fmt.Sprintf("they were made by other rules (%s and %s)", brief(older.Tool.RulesDigest), brief(newer.Tool.RulesDigest))
	case older.Subject.Kind != newer.Subject.Kind:
		return fmt.Sprintf("the one is of a %s, the other of a %s", older.Subject.Kind, newer.Subject.Kind)
	}
	return ""
}

// brief is what of a digest tells two apart at a glance.
func brief(digest string) string {
	_, hex, ok := strings.Cut(digest, ":")
	if !ok {
		hex = digest
	}
	return hex[:min(6, len(hex))]
}

func scoreOf(r *Report, framework, axis string) (Score, bool) {
	for _, s := range r.Scores {
		if s.Framework == framework && s.Axis == axis {
			return s, true
		}
	}
	return Score{}, false
}

// changes lists what became of each rule.
func changes(older, newer *Report) []Change {
	old := byRule(older)
	out := []Change{}
	for i := range newer.Findings {
		f := &newer.Findings[i]
		out = append(out, change(old[f.Rule], f))
		delete(old, f.Rule)
	}
	for i := range older.Findings {
		if f := &older.Findings[i]; old[f.Rule] != nil {
			c := Change{Rule: f.Rule, Title: f.Title, Severity: f.Severity, State: ChangeOther, Old: f.Word}
			if f.Outcome == Fail {
				c.State = ChangeFixed // a finding that stands in no file of rules, as that of expired waivers
			}
			out = append(out, c)
		}
	}
	return out
}

func byRule(r *Report) map[string]*Finding {
	out := make(map[string]*Finding, len(r.Findings))
	for i := range r.Findings {
		out[r.Findings[i].Rule] = &r.Findings[i]
	}
	return out
}

// change compares what a rule says with what it said; was is nil where it was
// not asked.
func change(was, is *Finding) Change {
	c := Change{Rule: is.Rule, Title: is.Title, Severity: is.Severity, New: is.Word, Waived: is.Waiver != nil}
	if was == nil {
		was = &Finding{Outcome: Unknown}
	}
	c.Old, c.Added = was.Word, added(was, is)
	switch {
	case is.Outcome == Fail && (was.Outcome != Fail || c.Added > 0 || worse(was.Word, is.Word)):
		c.State, c.Places = ChangeNew, is.Places
	case was.Outcome == Fail && (is.Met() || is.Outcome == NotApplicable):
		c.State = ChangeFixed
	case was.Word != is.Word:
		c.State = ChangeOther
	default:
		c.State = ChangeUnchanged
	}
	return c
}

// worse tells whether a word for a fail is a graver one than another: that
// nothing is shown, that what is shown does not do, that it contradicts itself.
func worse(old, now string) bool { return gravity(now) > gravity(old) }

func gravity(word string) int {
	switch word {
	case WordContradicted:
		return 2
	case WordNotMet:
		return 1
	}
	return 0
}

// added counts the items of lists at which a rule fails and did not before. Items
// are told apart by their place and file, since lines and indices move when
// something else is added; where a file has several, they are counted.
func added(was, is *Finding) int {
	if was.Outcome != Fail || is.Outcome != Fail {
		return 0
	}
	if was.More > 0 || is.More > 0 { // not all are listed
		return max(0, len(is.Places)+is.More-len(was.Places)-was.More)
	}
	left := map[[2]string]int{}
	for _, p := range was.Places {
		if key, ok := item(p); ok {
			left[key]++
		}
	}
	n := 0
	for _, p := range is.Places {
		key, ok := item(p)
		if !ok {
			continue
		}
		if left[key]--; left[key] < 0 {
			n++
		}
	}
	return n
}

// item names the item of a list that a place lies in, by the shape of its pointer
// and its file; ok is false where it lies in none.
func item(p Place) (key [2]string, ok bool) {
	path := tokens(p.Pointer)
	for i, t := range path {
		if _, err := strconv.Atoi(t); err == nil {
			path[i], ok = "*", true
		}
	}
	return [2]string{strings.Join(path, "/"), p.Path}, ok
}

// movement tells what moved an axis.
func movement(was, is Score) Movement {
	m := Movement{
		Framework: is.Framework, Axis: is.Axis, OldFloor: was.Floor, NewFloor: is.Floor, OldCeiling: was.Ceiling, NewCeiling: is.Ceiling,
		OldGrade: was.Grade, NewGrade: is.Grade, Rules: []Mover{}, Bound: capsBeyond(is, was), Lifted: capsBeyond(was, is),
	}
	for _, now := range is.Trace {
		i := slices.IndexFunc(was.Trace, func(c Contribution) bool { return c.Rule == now.Rule })
		if i < 0 || was.Trace[i].Word == now.Word {
			continue
		}
		before := was.Trace[i]
		m.Rules = append(m.Rules, Mover{now.Rule, now.Weight, before.Word, now.Word, now.shown() - before.shown(), now.possible() - before.possible()})
	}
	m.objections(was, is)
	return m
}

// objections adds the rules that take something off the ceiling and did not, and
// the other way round.
func (m *Movement) objections(was, is Score) {
	has := func(list []Contribution, rule string) bool {
		return slices.ContainsFunc(list, func(c Contribution) bool { return c.Rule == rule })
	}
	for _, c := range is.Against {
		if !has(was.Against, c.Rule) {
			m.Rules = append(m.Rules, Mover{Rule: c.Rule, Weight: c.Weight, Old: "no objection", New: c.Word, Ceiling: -c.Weight})
		}
	}
	for _, c := range was.Against {
		if !has(is.Against, c.Rule) {
			m.Rules = append(m.Rules, Mover{Rule: c.Rule, Weight: c.Weight, Old: c.Word, New: "no objection", Ceiling: c.Weight})
		}
	}
}

// shown is the weight a rule adds to the floor.
func (c Contribution) shown() int {
	if c.Word == WordMet {
		return c.Weight
	}
	return 0
}

// possible is the weight a rule adds to the ceiling.
func (c Contribution) possible() int {
	if c.Outcome == Pass || c.Outcome == Unknown {
		return c.Weight
	}
	return 0
}

// capsBeyond names the caps of a score that another does not have.
func capsBeyond(s, other Score) []string {
	out := []string{}
	for _, c := range s.Caps {
		if !slices.ContainsFunc(other.Caps, func(o Cap) bool { return o.Name == c.Name }) {
			out = append(out, c.Name)
		}
	}
	return out
}

// saying is what a framework without axes says, in a few words.
func saying(s Score) string {
	switch {
	case s.Class != "":
		return s.Class
	case s.Verdict != "":
		return s.Verdict
	case s.Points != nil && s.BestPoints != nil:
		return fmt.Sprintf("%v–%v of %d", *s.Points, *s.BestPoints, s.Of)
	}
	return "nothing"
}
