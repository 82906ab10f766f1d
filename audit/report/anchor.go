package report

import (
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"glassbox/audit"
)

// anchor is where a finding is pinned to in formats that need a file: code
// hosts drop, or refuse a whole document for, a finding without one.
type anchor struct {
	path string // as seen from where the audit was started, with slashes
	line int    // 1 and up
	own  bool   // the finding names it; else it stands for the release
}

// noFile is the anchor of a subject that has no file at all.
const noFile = "README.md"

// anchorOf pins a finding to the first file it names, else to the card, else to
// the first file of any finding.
func anchorOf(r *audit.Report, f *audit.Finding) anchor {
	for _, p := range f.Places {
		if p.Path != "" {
			return anchor{located(r, f, p.Path), max(p.Line, 1), true}
		}
	}
	return anchor{located(r, f, standIn(r)), 1, false}
}

// standIn is the file that stands for a release.
func standIn(r *audit.Report) string {
	var card, first string
	for _, f := range r.Findings {
		for _, p := range f.Places {
			switch {
			case p.Path == "" || f.Dimension == "policy":
			case strings.HasPrefix(p.Pointer, "/card/") && (card == "" || p.Path < card):
				card = p.Path
			case first == "" || p.Path < first:
				first = p.Path
			}
		}
	}
	for _, name := range []string{card, first} {
		if name != "" {
			return name
		}
	}
	return noFile
}

// archives are the endings of subjects that are one file with others inside.
var archives = [...]string{".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tbz"}

// located is a path of a release as seen from where the audit was started. A
// source that does not lie below is left out: a code host knows no other paths
// than its own.
func located(r *audit.Report, f *audit.Finding, name string) string {
	name = inside(name)
	source := filepath.ToSlash(r.Subject.Source)
	switch {
	case f.Dimension == "policy", r.Subject.Kind == "api", strings.HasPrefix(source, "api:"), r.Subject.FromEvidence, source == "", path.IsAbs(source), filepath.IsAbs(r.Subject.Source):
		return name
	}
	source = path.Clean(source)
	switch {
	case source == "..", strings.HasPrefix(source, "../"):
		return name
	case slices.ContainsFunc(archives[:], func(end string) bool { return strings.HasSuffix(strings.ToLower(source), end) }):
		return inside(source)
	case path.Base(source) == name && r.Subject.Files == 1:
		return inside(source)
	}
	return inside(path.Join(source, name))
}

// inside makes a path one that stays below: a name in a release may be anything.
func inside(name string) string {
	clean := strings.TrimPrefix(path.Clean("/"+Clean(name)), "/")
	if clean == "" {
		return noFile
	}
	return clean
}

// uri writes a path as a relative reference (RFC 3986): what would end it, or
// make its beginning a scheme, is escaped.
func uri(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(p), ":", "%3A")
	}
	return strings.Join(parts, "/")
}

// against lists the findings that speak against a release, the worst first: the
// same ones in every format.
func against(r *audit.Report) []*audit.Finding {
	var out []*audit.Finding
	for i := range r.Findings {
		if r.Findings[i].Outcome == audit.Fail {
			out = append(out, &r.Findings[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *audit.Finding) int { return b.Severity.Rank() - a.Severity.Rank() })
	return out
}

// message says a finding in one line.
func message(f *audit.Finding) string {
	s := f.Word + ": " + f.Title
	if seen := what(*f); seen != f.Title {
		s += ". Seen: " + seen
	}
	if f.Waiver != nil {
		s = "waived until " + f.Waiver.Expires + ", " + f.Waiver.Reason + " (" + f.Waiver.Owner + "); " + s
	}
	return Clean(s)
}
