package report

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// endpoint is the JSON that shields.io draws a badge from.
type endpoint struct {
	Version int    `json:"schemaVersion"`
	Label   string `json:"label"`
	Message string `json:"message"`
	Color   string `json:"color"`
	IsError bool   `json:"isError,omitempty"`
}

// writeBadge draws one subject as an image, or as the endpoint of one where the
// path ends in .json.
func writeBadge(w io.Writer, reports []*audit.Report, o Options) error {
	if len(reports) != 1 {
		return errors.New("a badge shows one subject")
	}
	e := newEndpoint(reports[0])
	if strings.HasSuffix(strings.ToLower(o.Path), ".json") {
		return JSON(w, e)
	}
	return drawBadge(w, e, Clean(reports[0].Subject.Name))
}

// newEndpoint says of a gate what it decided, of an audit that could not be made
// why, and else the grade of each axis; axes are never blended.
func newEndpoint(r *audit.Report) endpoint {
	e := endpoint{Version: 1, Label: "glassbox", Message: heading(r), Color: "red"}
	switch {
	case r.Verdict.Outcome == "incomplete" || r.Verdict.Outcome == "empty":
		e.Color, e.IsError = "lightgrey", true
		return e
	case r.Verdict.Code != audit.ExitPass:
		return e
	}
	var parts []string
	worst := ""
	for _, s := range r.Scores {
		if s.Axis != "" && s.Floor != nil {
			parts = append(parts, Clean(s.Axis)+" "+s.Grade)
			worst = max(worst, s.Grade)
		}
	}
	e.Color = badgeColors[worst]
	if len(parts) == 0 {
		e.Message, e.Color = "not applicable", "lightgrey"
		return e
	}
	e.Message = strings.Join(parts, ", ")
	if r.Policy != nil {
		e.Message, e.Color = "pass: "+e.Message, "green"
	}
	return e
}

// badgeColors are the colours of grades, by the lowest of the axes.
var badgeColors = map[string]string{"A": "brightgreen", "B": "green", "C": "yellowgreen", "D": "yellow", "E": "orange", "F": "red"}

// badgeInks are the colours as shields.io draws them.
var badgeInks = map[string]string{"brightgreen": "#2f7d0a", "green": "#4b7a10", "yellowgreen": "#6b7000", "yellow": "#806600", "orange": "#a84b00", "red": "#b3261e", "lightgrey": "#5f5f5f"}

func drawBadge(w io.Writer, e endpoint, subject string) error {
	left, right := 7*width(e.Label)+14, 7*width(e.Message)+14
	text := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s))
		return b.String()
	}
	label := text(subject + ": " + e.Label + ", " + e.Message)
	_, err := fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="20" role="img" aria-label="%[2]s"><title>%[2]s</title>`+
		`<rect width="%[3]d" height="20" fill="#444"/><rect x="%[3]d" width="%[4]d" height="20" fill="%[5]s"/>`+
		`<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">`+
		`<text x="%[6]d" y="14">%[7]s</text><text x="%[8]d" y="14">%[9]s</text></g></svg>`+"\n",
		left+right, label, left, right, badgeInks[e.Color], left/2, text(e.Label), left+right/2, text(e.Message))
	return err
}
