package collect

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// pattern is a regular expression for program text that knows what every match
// holds: most programs hold none of it, and searching for a few words costs a
// fiftieth of running the expression.
type pattern struct {
	re    *regexp.Regexp
	words [][]byte // in lower case; each match holds one of them; none where that is not known
}

// newPattern compiles an expression and panics where it is none: expressions
// are written in this package.
func newPattern(expr string) *pattern {
	p := &pattern{re: regexp.MustCompile(expr)}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		panic(err)
	}
	for _, w := range required(tree.Simplify()) {
		p.words = append(p.words, []byte(w))
	}
	return p
}

func patterns(exprs ...string) []*pattern {
	out := make([]*pattern, len(exprs))
	for i, e := range exprs {
		out[i] = newPattern(e)
	}
	return out
}

// lowered is text together with itself in lower case.
type lowered struct{ text, low []byte }

func lower(text []byte) lowered {
	if bytes.Contains(text, []byte("\u017f")) { // a long s is the one letter that folds to ASCII and is in lower case already
		return lowered{text, nil}
	}
	return lowered{text, bytes.ToLower(text)}
}

func (p *pattern) match(t lowered) bool {
	return p.may(t) && p.re.Match(t.text)
}

func (p *pattern) find(t lowered) []int {
	if !p.may(t) {
		return nil
	}
	return p.re.FindIndex(t.text)
}

// may tells whether a match is possible.
func (p *pattern) may(t lowered) bool {
	return len(p.words) == 0 || t.low == nil && len(t.text) > 0 ||
		slices.ContainsFunc(p.words, func(w []byte) bool { return bytes.Contains(t.low, w) })
}

// required returns words of which each match of an expression holds at least
// one, in lower case; none where there are no such words of two letters or more.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if len(re.Rune) > 1 {
			return []string{strings.ToLower(string(re.Rune))}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			words := required(sub)
			if len(words) == 0 {
				return nil
			}
			all = append(all, words...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if words := required(sub); better(words, best) {
				best = words
			}
		}
		return best
	}
	return nil
}

// better tells whether to search for some words is likelier to spare work than
// for others: first the shortest counts, then how many there are.
func better(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return len(a) > 0
	}
	short := func(words []string) int {
		return len(slices.MinFunc(words, func(x, y string) int { return len(x) - len(y) }))
	}
	if short(a) != short(b) {
		return short(a) > short(b)
	}
	return len(a) < len(b)
}
