package report

import (
	"io"

	"glassbox/audit"
)

// gitlabIssue is an entry of GitLab's Code Quality report.
type gitlabIssue struct {
	Description string         `json:"description"`
	Check       string         `json:"check_name"`
	Fingerprint string         `json:"fingerprint"`
	Severity    string         `json:"severity"`
	Location    gitlabLocation `json:"location"`
}

type gitlabLocation struct {
	Path  string      `json:"path"`
	Lines gitlabLines `json:"lines"`
}

type gitlabLines struct {
	Begin int `json:"begin"`
}

// gitlabSeverities are GitLab's words for ours, which know no info among
// criticals.
var gitlabSeverities = map[audit.Severity]string{"info": "info", "low": "minor", "medium": "major", "high": "critical", "critical": "blocker"}

// writeGitLab writes a Code Quality report, of all subjects together: GitLab
// reads one array a file.
func writeGitLab(w io.Writer, reports []*audit.Report, _ Options) error {
	out := []gitlabIssue{}
	for _, r := range reports {
		for _, f := range against(r) {
			at := anchorOf(r, f)
			severity := gitlabSeverities[f.Severity]
			if f.Waiver != nil || severity == "" {
				severity = "info"
			}
			out = append(out, gitlabIssue{
				Clean(r.Subject.Name) + ": " + message(f), f.Rule, fingerprint(r, f), severity,
				gitlabLocation{at.path, gitlabLines{at.line}},
			})
		}
	}
	return JSON(w, out)
}
