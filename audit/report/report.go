// Package report turns reports into bytes, one file a format. It reads nothing
// but the report, so that what was written as JSON can be rendered later and
// gives the same bytes.
//
// Text that came from a release is hostile until shown otherwise: Clean takes
// out what could move a cursor, reorder a line or hide a word, before anything
// reaches a terminal.
package report

import (
	"fmt"
	"io"
	"strings"
	"unicode"

	"glassbox/audit"
)

// Options say how a report is drawn. The zero value draws 80 columns, without
// colour, the short form.
type Options struct {
	Width   int    // columns of the terminal; 0: 80
	Color   bool   // ANSI colours
	Verbose bool   // every finding
	Quiet   bool   // what failed, and nothing else
	Several bool   // several subjects were asked for, however many could be audited
	Path    string // of the file that is written; "" for standard output
}

// Format is one way to write reports.
type Format struct {
	Name  string
	About string
	Write func(w io.Writer, reports []*audit.Report, o Options) error
}

// Formats lists what an audit can be written as.
var Formats = [...]Format{
	{"table", "for people, in a terminal", writeTables},
	{"json", "the report itself; several subjects give an array", writeJSON},
	{"sarif", "for code scanning: SARIF 2.1.0, each finding with a file", writeSARIF},
	{"junit", "for test reports: a case a rule", writeJUnit},
	{"markdown", "for comments on a change, and summaries", writeMarkdown},
	{"html", "one page that loads nothing", writeHTML},
	{"csv", "for spreadsheets: a row a rule", writeCSV},
	{"github", "annotations of GitHub Actions", writeGitHub},
	{"gitlab", "a Code Quality report of GitLab", writeGitLab},
	{"badge", "an image, or an endpoint of shields.io where PATH ends in .json", writeBadge},
	{"mof", "an entry for the Model Openness Tool, of the components that were found", writeMOF},
}

// Find returns the format of a name; the error lists those there are.
func Find(name string) (Format, error) {
	var names []string
	for _, f := range Formats {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("no format %q; there are %s", name, strings.Join(names, ", "))
}

// Clean makes untrusted text safe for one line of a terminal: control and
// escape characters, bidirectional marks and invisible characters are taken
// out, line ends and tabs become spaces.
func Clean(s string) string {
	if !strings.ContainsFunc(s, unsafe) && !strings.ContainsRune(s, '\uFFFD') {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case unsafe(r):
			return -1
		}
		return r // each byte that is no UTF-8 as U+FFFD, as JSON has it
	}, s)
}

// unsafe are the control characters C0, DEL and C1, and all format characters
// (Unicode category Cf), which holds the bidirectional and the zero-width ones.
func unsafe(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Co, r)
}
