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

// span is a stretch of a text, in bytes, that a standard licence matches.
type span struct {
	id         string
	start, end int
	ref        candidate
}

// Of the known texts, so many are looked at for a standard licence.
const (
	maxExplaining = 3 // that explain most of the text
	maxHeld       = 6 // that stand in it nearly whole
)

// standards returns the standard licences a text holds: the matches of the
// patterns of the best candidates, without those that lie in a longer one.
func (m *match) standards(text string) []span {
	var all []span
	for _, c := range m.standardCandidates() {
		for _, id := range patternIDs(c.reference) {
			if c.holds() > 0.9 && gnuBase(id) != id {
				continue // patterns of notices, where the whole text stands
			}
			p := patterns()[id]
			if p == nil || p() == nil {
				continue
			}
			for _, hit := range p().Scan([]byte(text)).Match {
				if name := onlyID(hit.ID); !hit.IsURL && name != "" {
					all = append(all, span{name, hit.Start, hit.End, c})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b span) int { return (b.end - b.start) - (a.end - a.start) })
	var out []span
	for _, s := range all {
		if !slices.ContainsFunc(out, func(o span) bool { return s.start < o.end && o.start < s.end || notice(s, o) }) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b span) int { return a.start - b.start })
	return out
}

// notice reports whether one span is the notice that a GNU licence shows at the
// end of its own text: the same licence, and much shorter.
func notice(s, whole span) bool {
	return 4*(s.end-s.start) < whole.end-whole.start && gnuBase(s.id) == gnuBase(whole.id)
}

func gnuBase(id string) string {
	return strings.TrimSuffix(strings.TrimSuffix(id, "-only"), "-or-later")
}

// standardCandidates picks known standard texts worth a closer look.
func (m *match) standardCandidates() []candidate {
	var std []candidate
	for _, c := range m.ranked {
		if c.kind == standardText {
			std = append(std, c)
		}
	}
	var out []candidate
	take := func(from []candidate, most int, want func(candidate) bool) {
		for _, c := range from {
			if most > 0 && want(c) && !slices.ContainsFunc(out, func(o candidate) bool { return o.ref == c.ref }) {
				out = append(out, c)
				most--
			}
		}
	}
	take(std, maxExplaining, func(c candidate) bool { return m.explains(c) >= 0.25 })
	byExplained := slices.Clone(std)
	slices.SortStableFunc(byExplained, func(a, b candidate) int { return b.common - a.common })
	take(byExplained, maxExplaining, func(c candidate) bool { return m.explains(c) >= 0.25 })
	take(byExplained, maxHeld, func(c candidate) bool { return c.holds() >= 0.85 })
	return out
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
