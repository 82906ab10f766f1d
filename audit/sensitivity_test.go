package audit_test

import (
	"math/rand/v2"
	"testing"

	"glassbox/audit"
)

// reweighed is a trial in which every weight was multiplied by what of returns,
// in hundredths.
func (tr trial) reweighed(of func(i int) int) trial {
	fw := *tr.fw
	fw.Axes = append([]audit.Axis(nil), fw.Axes[:1]...)
	a := &fw.Axes[0]
	scaled := make([]audit.Criterion, len(a.Criteria))
	for i, c := range a.Criteria {
		scaled[i] = audit.Criterion{Rule: c.Rule, Weight: c.Weight * of(i)}
	}
	a.Criteria = scaled
	return trial{&fw, tr.findings}
}

// The two ends are the least and the greatest floor among all corners of the
// space of weights, and no weights inside it reach further.
func TestSensitivityIsExact(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 3))
	for range 1500 {
		tr := randomTrial(g)
		s := tr.fw.Score(tr.findings)[0]
		if s.Floor == nil {
			if s.Sensitivity != nil {
				t.Fatalf("no number, and yet %+v", s.Sensitivity)
			}
			continue
		}
		low, high := 101, -1
		for corner := range 1 << len(tr.fw.Axes[0].Criteria) {
			f, _ := ends(tr.reweighed(func(i int) int {
				if corner>>i&1 == 1 {
					return 100 + audit.Shift
				}
				return 100 - audit.Shift
			}).fw.Score(tr.findings)[0])
			low, high = min(low, f), max(high, f)
		}
		got := s.Sensitivity
		if got.FloorLow != low || got.FloorHigh != high || got.Shift != audit.Shift {
			t.Fatalf("%d to %d, found %d to %d", low, high, got.FloorLow, got.FloorHigh)
		}
		for range 20 {
			in, _ := ends(tr.reweighed(func(int) int { return 100 - audit.Shift + g.IntN(2*audit.Shift+1) }).fw.Score(tr.findings)[0])
			if in < low || in > high {
				t.Fatalf("%d is not from %d to %d", in, low, high)
			}
		}
	}
}

func TestSensitivityOfAGrade(t *testing.T) {
	for _, row := range []struct {
		what     string
		axis     audit.Axis
		findings []audit.Finding
		want     audit.Sensitivity
	}{
		{"a floor just above its grade", audit.Axis{Criteria: criteria(50, 50)}, found("met", "fail"), audit.Sensitivity{Shift: 25, FloorLow: 37, FloorHigh: 62, GradeLow: "C", GradeHigh: "B"}},
		{"in the middle of it", audit.Axis{Criteria: criteria(65, 35)}, found("met", "fail"), audit.Sensitivity{Shift: 25, FloorLow: 52, FloorHigh: 75, GradeLow: "B", GradeHigh: "B", Holds: true, HoldsUntil: 30}},
		{"nothing met moves nowhere", audit.Axis{Criteria: criteria(1, 2)}, found("fail", "unknown"), audit.Sensitivity{Shift: 25, GradeLow: "C", GradeHigh: "C", Holds: true, HoldsUntil: 99}},
		{"all met neither", audit.Axis{Criteria: criteria(1, 2)}, found("met", "met"), audit.Sensitivity{Shift: 25, FloorLow: 100, FloorHigh: 100, GradeLow: "A", GradeHigh: "A", Holds: true, HoldsUntil: 99}},
		{"a cap is no weight", axis(audit.Axis{Criteria: criteria(50, 50), Caps: []audit.CapRule{{Name: "no b", Unless: "b", At: 30}}}).Axes[0], found("met", "fail"), audit.Sensitivity{Shift: 25, FloorLow: 30, FloorHigh: 30, GradeLow: "C", GradeHigh: "C", Holds: true, HoldsUntil: 99}},
		{"what does not apply weighs nothing", audit.Axis{Criteria: criteria(50, 50, 900)}, found("met", "fail", "n/a"), audit.Sensitivity{Shift: 25, FloorLow: 37, FloorHigh: 62, GradeLow: "C", GradeHigh: "B"}},
	} {
		if got := axis(row.axis).Score(row.findings)[0].Sensitivity; got == nil || *got != row.want {
			t.Errorf("%s: %+v\nwant %+v", row.what, got, row.want)
		}
	}
}

// Nobody can take a larger shift for safe than the one that is named, and the
// next one changes the grade.
func TestHoldsUntilIsTheLargestShift(t *testing.T) {
	trials(t, func(t *testing.T, _ *rand.Rand, tr trial) {
		for _, s := range tr.fw.Score(tr.findings) {
			if s.Floor == nil {
				continue
			}
			if got := s.Sensitivity; got.Holds != (got.HoldsUntil >= got.Shift) || got.FloorLow > *s.Floor || got.FloorHigh < *s.Floor {
				t.Fatalf("%d: %+v", *s.Floor, got)
			}
		}
	})
}
