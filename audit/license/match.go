package license

import (
	"cmp"
	"slices"
	"strings"
)

// match is what a text has in common with the known texts.
type match struct {
	words  []word
	sets   [][]uint16 // for each run of three words, the known texts that hold it
	runs   int        // distinct runs
	ranked []candidate
	fp     *fingerprints
}

// candidate is one known text with some of the words of the text at hand.
type candidate struct {
	ref    int
	common int // distinct runs in both
	*reference
}

// dice is the Sørensen–Dice coefficient of the two sets of runs.
func (m *match) dice(c candidate) float64 { return 2 * float64(c.common) / float64(m.runs+c.runs) }

// holds is the share of the known text that the text at hand holds.
func (c candidate) holds() float64 { return float64(c.common) / float64(max(1, c.runs)) }

// explains is the share of the text at hand that the known text holds.
func (m *match) explains(c candidate) float64 { return float64(c.common) / float64(max(1, m.runs)) }

// compare looks the text up among the known ones. Candidates come best first,
// by dice; skip leaves known texts out and may be nil.
func (fp *fingerprints) compare(words []word, skip func(*reference) bool) *match {
	m := &match{words: words, fp: fp}
	hashes := runsOf(words)
	m.sets = make([][]uint16, len(hashes))
	common := make([]int, len(fp.refs))
	seen := make(map[uint32]struct{}, len(hashes))
	for i, h := range hashes {
		m.sets[i] = fp.set(h)
		if _, again := seen[h]; again {
			continue
		}
		seen[h] = struct{}{}
		for _, ref := range m.sets[i] {
			common[ref]++
		}
	}
	m.runs = len(seen)
	for i, n := range common {
		r := &fp.refs[i]
		if n > 0 && r.kind != boilerplateText && (skip == nil || !skip(r)) {
			m.ranked = append(m.ranked, candidate{i, n, r})
		}
	}
	slices.SortStableFunc(m.ranked, func(a, b candidate) int { return cmp.Compare(m.dice(b), m.dice(a)) })
	return m
}

// best returns the best candidate of a kind.
func (m *match) best(k kind) (candidate, bool) {
	for _, c := range m.ranked {
		if c.kind == k {
			return c, true
		}
	}
	return candidate{}, false
}

// headWords is how far into a text its title is looked for.
const headWords = 120

// head returns the first words, with a space before and behind.
func (m *match) head() string {
	return " " + phrase(m.words[:min(len(m.words), headWords)]) + " "
}

// titled returns the length in bytes of the longest title of a known text that
// stands at the head, 0 for none.
func titled(head string, r *reference) int {
	n := 0
	for _, t := range r.titles {
		if len(t) > n && strings.Contains(head, " "+t+" ") {
			n = len(t)
		}
	}
	return n
}

// phrase joins words by spaces.
func phrase(words []word) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// island is how many known words in a row count as known where it matters that
// nothing was added: fewer occur in any text.
const island = 6

// covered tells for each word whether it stands in a run that one of the
// allowed known texts holds. Islands of fewer than least covered words count as
// not covered.
func (m *match) covered(least int, allowed func(*reference) bool) []bool {
	ok := make([]bool, len(m.fp.refs))
	for i := range ok {
		ok[i] = allowed(&m.fp.refs[i])
	}
	out := make([]bool, len(m.words))
	for i, set := range m.sets {
		if slices.ContainsFunc(set, func(ref uint16) bool { return ok[ref] }) {
			for j := i; j < i+runLength; j++ {
				out[j] = true
			}
		}
	}
	for _, s := range stretches(out, true) {
		if s.to-s.from < least {
			clear(out[s.from:s.to])
		}
	}
	return out
}

// known is covered, with one more doubt: of a sentence that is mostly new no
// word counts as known, whatever commonplaces it is made of.
func (m *match) known(text string, allowed func(*reference) bool) []bool {
	out, sure := m.covered(0, allowed), m.covered(island, allowed)
	for _, s := range sentences(text, m.words) {
		fresh := 0
		for _, ok := range sure[s.from:s.to] {
			if !ok {
				fresh++
			}
		}
		if 2*fresh > s.to-s.from {
			clear(out[s.from:s.to])
		}
	}
	return out
}
