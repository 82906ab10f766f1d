package audit

// Rival is a service whose axes stand beside those of the subject: the same
// rules, asked of what its provider discloses.
type Rival struct {
	Name      string       `json:"name"`                // provider/model
	Lifecycle string       `json:"lifecycle,omitempty"` // preview, active, deprecated or retired
	Ends      string       `json:"ends,omitempty"`      // the day that is given for its end
	Seen      string       `json:"seen,omitempty"`      // the day its sources were read last
	Scores    []RivalScore `json:"scores,omitempty"`
	LeftOut   string       `json:"left_out,omitempty"` // why it is no comparison
}

// RivalScore is one axis of a rival. Floor and ceiling are nil where nothing
// applied.
type RivalScore struct {
	Axis    string `json:"axis"`
	Floor   *int   `json:"floor,omitempty"`
	Ceiling *int   `json:"ceiling,omitempty"`
	Grade   string `json:"grade,omitempty"`
}

// NewRival scores a service on the axes of a framework.
func NewRival(ev *Evidence, fw *Framework, rules []*Rule, asOf string) Rival {
	asked := map[string]bool{}
	for _, a := range fw.Axes {
		for _, list := range [][]Criterion{a.Criteria, a.Objections} {
			for _, c := range list {
				asked[c.Rule] = true
			}
		}
		for _, c := range a.Caps {
			asked[c.Unless] = true
		}
	}
	var some []*Rule
	for _, r := range rules {
		if asked[r.ID] {
			some = append(some, r)
		}
	}
	dated := *ev
	dated.AsOf = asOf
	s := subject(ev)
	out := Rival{Name: s.Name, Lifecycle: s.Lifecycle, Ends: s.Ends}
	for _, score := range fw.Score(Judge(&dated, some)) {
		out.Scores = append(out.Scores, RivalScore{score.Axis, score.Floor, score.Ceiling, score.Grade})
	}
	return out
}
