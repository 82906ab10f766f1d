package report

import (
	"fmt"
	"strings"

	"glassbox/audit"
)

// shifted says of each axis whether its grade stays when the weights are shifted,
// and if not where it could come to stand. Empty where no axis has a number.
func shifted(r *audit.Report) (label, text string) {
	var moves, keeps []string
	for _, s := range r.Scores {
		if v := s.Sensitivity; v != nil {
			label = fmt.Sprintf("weights ±%d %%", v.Shift)
			if v.Holds {
				keeps = append(keeps, Clean(s.Axis))
			} else {
				moves = append(moves, Clean(s.Axis)+" "+move(v))
			}
		}
	}
	if len(keeps) > 0 {
		moves = append(moves, grades(keeps))
	}
	return label, strings.Join(moves, "; ")
}

func grades(axes []string) string {
	last := len(axes) - 1
	if last == 0 {
		return axes[0] + " keeps its grade"
	}
	return strings.Join(axes[:last], ", ") + " and " + axes[last] + " keep their grades"
}

// move is the range of a floor, and of the grade for it.
func move(v *audit.Sensitivity) string {
	return fmt.Sprintf("%d–%d, %s to %s", v.FloorLow, v.FloorHigh, Clean(v.GradeLow), Clean(v.GradeHigh))
}

// shifts draws it below the axes.
func (t *table) shifts() {
	if label, text := shifted(t.r); text != "" {
		t.line("")
		t.paragraph("  "+label, text, 16)
	}
}
