package cohort

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
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
