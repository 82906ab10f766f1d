package collect

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
)

// stages are words for what a set of data was used for, as cards have them.
var stages = []struct {
	role string
	word *regexp.Regexp
}{
	{"pretraining", regexp.MustCompile(`(?i)\bpre-?train`)},
	{"finetuning", regexp.MustCompile(`(?i)\b(fine-?tun|instruction[- ]tun|\bSFT\b|DPO\b|RLHF\b|post-?train|preference (data|tuning)|alignment)`)},
}

// maxRoles is the number of sets of data up to which the text is searched for
// each.
const maxRoles = 64

// heading matches a heading of Markdown, notUsed what turns a sentence round.
var (
	heading = regexp.MustCompile(`^ {0,3}#{1,6}[ \t]+(.*)`)
	notUsed = regexp.MustCompile(`(?i)\b(not|never|no|without|nor|neither|excluded?|evaluat\w*|test(ed|s|ing)?|benchmark\w*)\b|n['’]t\b`)
)

// rolesTold tells what a set of data was used for, where the text of a main card
// says so: in a line that names it, or under the heading above it. It stays
// untold where lines differ, and where one of them may deny it.
func (c *collection) rolesTold(list []dataset) {
	if len(list) > maxRoles || !slices.ContainsFunc(list, func(d dataset) bool { return d.named && d.item["role"] == nil }) {
		return
	}
	for _, k := range c.mainCards {
		lines := strings.Split(c.cardText(k), "\n")
		for i := range list {
			d := &list[i]
			if !d.named || d.item["role"] != nil {
				continue
			}
			if role, line := roleIn(lines, d.name); role != "" {
				if d.places == nil {
					d.places = map[string]audit.Source{}
				}
				d.item["role"], d.places["role"] = role, audit.Source{Path: k.Path, Line: line, Level: audit.Claimed}
			}
		}
	}
}

// roleIn returns the one role that lines give to a set of data, and the first
// line that does.
func roleIn(lines []string, name string) (role string, at int) {
	mention := mentionOf(name)
	above, body := "", len(lines) > 0 && strings.TrimSpace(lines[0]) != "---"
	for i, line := range lines {
		if !body {
			body = i > 0 && strings.HasPrefix(line, "---")
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			above = m[1]
		}
		if !mention.MatchString(line) {
			continue
		}
		said := stageOf(line)
		if said == "" && !notUsed.MatchString(line) {
			said = stageOf(above)
		}
		switch {
		case said == "":
		case role != "" && role != said:
			return "", 0
		case role == "":
			role, at = said, i+1
		}
	}
	return role, at
}

// stageOf is the one role that a text speaks of; empty where it speaks of two, or
// may deny what it says.
func stageOf(text string) string {
	found := ""
	for _, s := range stages {
		if s.word.MatchString(text) {
			if found != "" || notUsed.MatchString(text) {
				return ""
			}
			found = s.role
		}
	}
	return found
}

// mentionOf matches the name of a set of data, with its owner or without where
// what is left is no common word.
func mentionOf(name string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(name)
	if base := path.Base(name); base != name && len(base) >= 5 && strings.ContainsAny(base, "-_0123456789") {
		pattern += "|" + regexp.QuoteMeta(base)
	}
	return regexp.MustCompile(`(?i)(^|[^\w.-])(` + pattern + `)($|[^\w-])`)
}
