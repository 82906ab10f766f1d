package report

import (
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// writeGitHub writes workflow commands: an annotation for each finding that
// speaks against a release, and one for the verdict. Every line begins with a
// command of ours, so that no text can begin one of its own.
func writeGitHub(w io.Writer, reports []*audit.Report, _ Options) error {
	var b strings.Builder
	for _, r := range reports {
		for _, f := range against(r) {
			at := anchorOf(r, f)
			fmt.Fprintf(&b, "::%s file=%s,line=%d,title=%s::%s\n", githubCommand(f), githubProperty(at.path), at.line, githubProperty(r.Subject.Name+": "+f.Rule), githubData(message(f)))
		}
		command := "notice"
		if r.Verdict.Code != audit.ExitPass {
			command = "error"
		}
		fmt.Fprintf(&b, "::%s title=%s::%s\n", command, githubProperty("glassbox: "+r.Subject.Name), githubData(heading(r)+": "+r.Verdict.Reason))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func githubCommand(f *audit.Finding) string {
	if f.Waiver != nil {
		return "notice"
	}
	switch sarifLevelOf(f.Severity) {
	case "error":
		return "error"
	case "warning":
		return "warning"
	}
	return "notice"
}

// The escapes of @actions/core: of the data of a command, and of its properties.
var (
	githubDataEscapes     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubPropertyEscapes = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func githubData(s string) string     { return githubDataEscapes.Replace(Clean(s)) }
func githubProperty(s string) string { return githubPropertyEscapes.Replace(Clean(s)) }
