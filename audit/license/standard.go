package license

import (
	"slices"
	"strings"
	"sync"

	"github.com/google/licensecheck"
)

// patterns compiles the patterns of google/licensecheck one by one, when a text
// asks for them: all 423 take two seconds, the few a text calls for take
// milliseconds.
var patterns = sync.OnceValue(func() map[string]func() *licensecheck.Scanner {
	byID := map[string][]licensecheck.License{}
	for _, l := range licensecheck.BuiltinLicenses() {
		if l.LRE != "" {
			byID[l.ID] = append(byID[l.ID], l)
		}
	}
	m := map[string]func() *licensecheck.Scanner{}
	for id, list := range byID {
		m[id] = sync.OnceValue(func() *licensecheck.Scanner {
			s, err := licensecheck.NewScanner(list)
			if err != nil {
				return nil // a pattern that does not compile matches nothing
			}
			return s
		})
	}
	return m
})

// addresses maps the addresses of licences known to google/licensecheck,
// without scheme, to ids.
var addresses = sync.OnceValue(func() map[string]string {
	m := map[string]string{}
	for _, l := range licensecheck.BuiltinLicenses() {
		if l.URL != "" {
			m[l.URL] = l.ID
		}
	}
	return m
})

// span is a stretch of words that a standard licence matches.
type span struct {
	stretch
	id  string
	ref candidate
}

func (s stretch) len() int { return s.to - s.from }

func (s stretch) overlaps(o stretch) bool { return s.from < o.to && o.from < s.to }

// What a search for standard licences may cost.
const (
	maxScans   = 16  // known texts whose patterns are tried
	maxMisses  = 7   // of them, how many may fail in a row
	minUnread  = 60  // words left over that are worth another try
	maxNotice  = 600 // words of a text that may hold a notice and no licence
	nearlyHeld = 0.85
	mostlyHeld = 0.60
)

// standards returns the standard licences a text holds: the matches of the
// patterns of the best candidates, without those that lie in a longer one.
// After each licence found the next one is looked for in what is left.
func (m *match) standards(text string) []span {
	var all []span
	read := make([]bool, len(m.words))
	tried := map[int]bool{}
	misses := 0
	for range maxScans {
		c, ok := m.nextStandard(read, tried, misses >= maxMisses/2 && len(m.words) <= maxNotice)
		if !ok || misses == maxMisses {
			break
		}
		tried[c.ref] = true
		own := m.covered(island, func(r *reference) bool { return r == c.reference })
		found := m.scan(text, c, own)
		if misses++; len(found) > 0 {
			misses = 0
		}
		for i := range read {
			// The rest of its own text is an appendix; only LGPL-3.0 holds another licence.
			read[i] = read[i] || own[i] && len(found) > 0 && gnuBase(c.id) != "LGPL-3.0"
		}
		for _, s := range found {
			for i := s.from; i < s.to; i++ {
				read[i] = true
			}
		}
		all = append(all, found...)
	}
	slices.SortStableFunc(all, func(a, b span) int { return b.len() - a.len() })
	var out []span
	for _, s := range all {
		if !slices.ContainsFunc(out, func(o span) bool { return s.overlaps(o.stretch) || notice(s, o) }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.from - b.from })
	return out
}

// nextStandard picks the standard text, not tried yet, that is nearest to the
// words not read yet, if enough of either lies in the other. For a notice that is
// the one that explains most of it: it is a small part of its licence.
func (m *match) nextStandard(read []bool, tried map[int]bool, notice bool) (candidate, bool) {
	unread := make([]int, len(m.fp.refs))
	runs := 0
	for i, set := range m.sets {
		if !read[i] {
			runs++
			for _, ref := range set {
				unread[ref]++
			}
		}
	}
	var best candidate
	score := 0.0
	if runs < minUnread && len(m.sets) > runs {
		return best, false
	}
	for _, c := range m.ranked {
		n := unread[c.ref]
		if c.kind != standardText || tried[c.ref] || n == 0 {
			continue
		}
		held := c.holds() >= nearlyHeld && 2*n >= c.runs
		explains := 4*n >= runs && (c.holds() >= mostlyHeld || len(m.words) <= maxNotice)
		d := 2 * float64(n) / float64(runs+c.runs)
		if notice {
			d = float64(n)
		}
		if (held || explains) && d > score {
			best, score = c, d
		}
	}
	return best, score > 0
}

// scan runs the patterns of a known text; own are the words it holds.
func (m *match) scan(text string, c candidate, own []bool) []span {
	var out []span
	for _, id := range patternIDs(c.reference) {
		if c.holds() > 0.9 && gnuBase(id) != id {
			continue // patterns of notices, where the whole text stands
		}
		p := patterns()[id]
		if p == nil || p() == nil {
			continue
		}
		for _, hit := range p().Scan([]byte(text)).Match {
			name := onlyID(hit.ID)
			if s, ok := m.trim(hit.Start, hit.End, own); ok && !hit.IsURL && name != "" {
				out = append(out, span{s, name, c})
			}
		}
	}
	return out
}

// trim returns the words of a match, from the first that the known text has to
// the last: google/licensecheck stretches a match to a copyright line before it,
// over whatever stands between.
func (m *match) trim(start, end int, own []bool) (stretch, bool) {
	s := stretch{-1, 0}
	for i, w := range m.words {
		if w.start >= start && w.end <= end && own[i] {
			s.to = i + 1
			if s.from < 0 {
				s.from = i
			}
		}
	}
	return s, s.from >= 0
}

// notice reports whether one span is the notice that a GNU licence shows at the
// end of its own text: the same licence, and much shorter.
func notice(s, whole span) bool {
	return 4*s.len() < whole.len() && gnuBase(s.id) == gnuBase(whole.id)
}

func gnuBase(id string) string {
	return strings.TrimSuffix(strings.TrimSuffix(id, "-only"), "-or-later")
}

// patternIDs returns the names under which google/licensecheck knows a text:
// the full text of a GNU licence has a bare id, its notices the longer ones.
func patternIDs(r *reference) []string {
	ids := append([]string{r.id}, r.also...)
	for _, id := range ids {
		for _, suffix := range []string{"-only", "-or-later"} {
			if base, ok := strings.CutSuffix(id, suffix); ok {
				ids = append(ids, base, base+"-only", base+"-or-later")
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// onlyID turns an id of google/licensecheck into one of the SPDX list, in
// its current spelling, or nothing.
func onlyID(id string) string {
	l, ok := Lookup(id)
	if !ok || l.SPDX == "" {
		return ""
	}
	return l.ID
}

// hasPattern reports whether google/licensecheck knows a text.
func hasPattern(r *reference) bool {
	return slices.ContainsFunc(patternIDs(r), func(id string) bool { return patterns()[id] != nil })
}

// addressID returns the id of the licence that stands at an address.
func addressID(url string) string {
	u := strings.ToLower(strings.TrimRight(url, "/.,;)>\"'"))
	_, u, ok := strings.Cut(u, "://")
	if !ok {
		return ""
	}
	u = strings.TrimPrefix(u, "www.")
	for _, tail := range []string{".txt", ".html", ".php", "/legalcode", "/deed.en"} {
		u = strings.TrimSuffix(u, tail)
	}
	if name, ok := strings.CutPrefix(u, "spdx.org/licenses/"); ok {
		return onlyID(name)
	}
	for _, key := range []string{u, "www." + u} {
		if id, ok := addresses()[key]; ok {
			return onlyID(id)
		}
	}
	return ""
}
