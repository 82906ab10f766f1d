package report

import (
	"fmt"
	"strings"

	"glassbox/audit"
)

// assumed says what is taken for answered otherwise than it was found.
func assumed(h *audit.Hypothesis) string {
	parts := make([]string, len(h.Assumed))
	for i, a := range h.Assumed {
		verb := map[audit.Outcome]string{audit.Pass: "passed", audit.Fail: "failed", audit.Unknown: "were unknown"}[a.Outcome]
		parts[i] = fmt.Sprintf("%s %s (found: %s)", Clean(a.Rule), verb, Clean(a.Word))
	}
	return strings.Join(parts, ", and ")
}

// changes lists what the frameworks would say otherwise.
func changes(r *audit.Report) []string {
	var out []string
	for i, would := range r.WhatIf.Scores {
		if i >= len(r.Scores) {
			break
		}
		name := Clean(would.Framework)
		if would.Axis != "" {
			name = Clean(would.Axis)
		}
		if is, be := standingOf(r.Scores[i]), standingOf(would); is != be {
			out = append(out, fmt.Sprintf("%s: %s, would be %s", name, is, be))
		}
	}
	if len(out) == 0 {
		out = append(out, "nothing would change")
	}
	return out
}

// standingOf is what a score comes to, in a few words.
func standingOf(s audit.Score) string {
	switch {
	case s.Axis != "":
		return strings.TrimSpace(reached(s) + " " + Clean(s.Grade))
	case s.Class != "":
		return "class " + Clean(s.Class) + " (" + progress(s) + ")"
	case s.Verdict != "":
		return strings.ReplaceAll(Clean(s.Verdict), "_", " ")
	case s.Points != nil && s.BestPoints != nil:
		return fmt.Sprintf("%s–%s of %d", decimal(*s.Points), decimal(*s.BestPoints), s.Of)
	}
	return "nothing"
}

// hypothesis draws what would be, apart from what is.
func (t *table) hypothesis() {
	if t.r.WhatIf == nil {
		return
	}
	t.line("")
	t.paragraph("  "+pad("hypothetical", 14), "if "+assumed(t.r.WhatIf), 16)
	for _, c := range changes(t.r) {
		t.paragraph("", c, 16)
	}
	t.paragraph("", "all else here is as found, and what a gate decides by", 16)
}
