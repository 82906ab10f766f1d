package audit

// Shift is by how much, in per cent, weights are taken to be wrong where it is
// asked what a grade owes to them.
const Shift = 25

// Sensitivity tells how far the floor of an axis could move if every weight of
// it, each by itself, were up to so many per cent lighter or heavier. Both ends
// are exact: a criterion is met or it is not, so the floor is lowest where
// everything met is as light and everything else as heavy as can be, and highest
// the other way round. Caps are no weights and stay.
type Sensitivity struct {
	Shift      int    `json:"shift"`      // of every weight, per cent
	FloorLow   int    `json:"floor_low"`  // whole points, rounded down as the floor is
	FloorHigh  int    `json:"floor_high"` // whole points
	GradeLow   string `json:"grade_low"`
	GradeHigh  string `json:"grade_high"`
	Holds      bool   `json:"holds"`       // the grade is the same at both ends
	HoldsUntil int    `json:"holds_until"` // the largest shift, in whole per cent and 99 at most, at which it still is
}

// sensitivity moves the weights that were added up.
func (fw *Framework) sensitivity(t tally) *Sensitivity {
	s := &Sensitivity{Shift: Shift, FloorLow: t.shifted(-Shift), FloorHigh: t.shifted(Shift)}
	s.GradeLow, s.GradeHigh = fw.grade(s.FloorLow), fw.grade(s.FloorHigh)
	s.Holds = s.GradeLow == s.GradeHigh
	grade := fw.grade(t.floor())
	for p := 1; p < 100 && fw.grade(t.shifted(-p)) == grade && fw.grade(t.shifted(p)) == grade; p++ {
		s.HoldsUntil = p
	}
	return s
}

// shifted is the floor with what is met heavier by so many per cent, less than
// 100, and the rest lighter by as many.
func (t tally) shifted(percent int) int {
	met := t.met * (100 + percent)
	t.weight = met + (t.weight-t.met)*(100-percent)
	t.met = met
	return t.floor()
}
