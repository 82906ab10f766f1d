package collect

import (
	"bytes"
	"regexp"

	"glassbox/audit"
)

// maxScript is how much of a program is searched. Scripts are short; what is
// longer is told of only where its start fetches.
const maxScript = 1 << 20

// fetches matches code that runs what it fetched or unpacked in the same breath:
// a download piped to a shell, an installer of what an address holds, a call of
// what came over the network, or of text that was hidden. Of each only the forms
// that say so on one line are known; what is spread over many is not seen.
var fetches = patterns(
	`(?i)\b(?:curl|wget|fetch)\b[^\n|]*\|\s*(?:sudo\s+)?(?:env\s+)?(?:[/\w.-]*/)?(?:ba|z|da|k)?sh\b`,
	`(?i)\b(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:[/\w.-]*/)?(?:python[\d.]*|perl|ruby|node)\b`,
	`(?i)\b(?:ba|z|da|k)?sh\s+(?:-c\s+)?["']?(?:<\(|\$\(|`+"`"+`)\s*(?:curl|wget)\b`,
	`(?i)\beval\s+["']?(?:\$\(|`+"`"+`)\s*(?:curl|wget)\b`,
	`(?i)\bbase64\s+(?:-d|-D|--decode)\b[^\n]*\|\s*(?:sudo\s+)?(?:[/\w.-]*/)?(?:(?:ba|z|da|k)?sh|python[\d.]*|perl)\b`,
	`\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:requests|httpx|urllib\.request|urllib2|urlopen)\b`,
	`\b(?:exec|eval)\s*\(\s*(?:compile\s*\(\s*)?(?:__import__\(\s*["'](?:base64|zlib|marshal|codecs)["']\s*\)|base64\b|zlib\b|marshal\b|codecs\b|bytes\.fromhex\b)`,
	`(?i)\b(?:iex|invoke-expression)\b[^\n]*\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring|net\.webclient)\b`,
	`(?i)\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|downloadstring)\b[^\n]*\|\s*(?:iex|invoke-expression)\b`,
	`(?i)\bpowershell(?:\.exe)?\b[^\n]*\s-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{16,}`,
	`(?i)\bmshta(?:\.exe)?\s+https?:`,
)

// comment matches a line that says something and does nothing.
var comment = regexp.MustCompile(`(?m)^[ \t]*(?:#|//|::|rem\s)[^\n]*`)

// selfContained tells whether a program runs only what stands in it or beside
// it, as far as its text shows; else the line that fetches.
func selfContained(content []byte) (ok bool, line int) {
	said := lower(comment.ReplaceAll(content, nil))
	for _, f := range fetches {
		if at := f.find(said); at != nil {
			return false, 1 + bytes.Count(said.text[:at[0]], []byte("\n"))
		}
	}
	return true, 0
}

// containment joins what is told of each program: one that fetches decides, then
// one that was not read to its end.
type containment struct {
	first audit.Source // of a program that fetches
	open  bool
}

// contain tells of one program.
func (all *containment) add(f *File, content []byte, item map[string]any) {
	content = content[:min(len(content), maxScript)]
	ok, line := selfContained(content)
	switch {
	case !ok:
		item["self_contained"] = false
		if all.first.Path == "" {
			all.first = audit.Source{Path: f.Path, Line: line, Level: audit.Verified}
		}
	case int64(len(content)) == f.Size:
		item["self_contained"] = true
	default:
		all.open = true
	}
}

func (all *containment) settle(c *collection) {
	switch {
	case all.first.Path != "":
		c.ev.Set("/code/self_contained", false, all.first)
	case !all.open:
		c.ev.Set("/code/self_contained", true, audit.Source{Level: audit.Verified})
	}
}
