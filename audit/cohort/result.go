package cohort

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"

	"glassbox/audit"
)

// File is the name under which the report of an applicant is kept: by whom and
// what was audited, and the digest of the rules. Who is named otherwise, or lies
// elsewhere, is somebody else.
func (a *Applicant) File(tool audit.Tool) string {
	source := filepath.ToSlash(filepath.Clean(a.Source))
	sum := sha256.Sum256([]byte(a.Name + "\x00" + source))
	name := a.Name
	if name == "" {
		name = source[strings.LastIndex(source, "/")+1:]
	}
	return slug(name) + "-" + hex.EncodeToString(sum[:6]) + "-" + short(tool.RulesDigest) + ".json"
}

// short is what tells a digest from others in the name of a file.
func short(digest string) string {
	_, hexed, _ := strings.Cut(digest, ":")
	return slug(hexed[:min(len(hexed), 12)])
}

// maxSlug bounds how much of a name stands in the name of a file.
const maxSlug = 40

// slug keeps of a name what every file system takes: lower-case letters, digits
// and dashes.
func slug(name string) string {
	out := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	if out = strings.Trim(out[:min(len(out), maxSlug)], "-"); out == "" {
		return "applicant"
	}
	return out
}

// Slim takes out of a report what no order needs: places, what to do, and the
// answers of frameworks that give no axis. What is left is a small part, so that
// many reports fit into memory; a page that shows evidence needs the whole.
func Slim(r *audit.Report) {
	findings := make([]audit.Finding, len(r.Findings))
	for i, f := range r.Findings {
		f.Places, f.Fix = nil, ""
		findings[i] = f
	}
	r.Findings, r.Lineage, r.Components, r.Against = findings, nil, nil, nil
	scores := slices.Clone(r.Scores)
	for i := range scores {
		s := &scores[i]
		s.Criteria, s.Missing, s.Topics, s.Next = nil, nil, nil, nil
	}
	r.Scores = scores
}
