package card

import (
	"slices"
	"strings"
)

// subject finds what a sentence is about. Of sentences that only mention this
// model, such as "the teacher of this model has 70B parameters", no number is
// taken.

// lead finds the subject of the sentence: where what is said of this model
// begins. It sets start to -1 when the model is not what the sentence is about.
func (c *claimSearch) lead() {
	c.start, c.head = -1, 0
	if len(c.list) == 0 || c.isSupposed() {
		return
	}
	switch c.word(0) {
	case "it", "they", "it's":
		if c.refersBack() {
			c.start = 1
		}
		return
	}
	if c.s.at.item && c.list[0].number || c.underOwnLabel() {
		c.start = 0
		return
	}
	const far = 40 // atoms; the subject stands early
	for i := range c.list[:min(len(c.list), far)] {
		if n := c.selfAt(i); n > 0 && c.leads(i) {
			c.head, c.start = i, i+n
			return
		}
	}
	if c.isHeadline() {
		c.start = 0
	}
}

// isSupposed reports questions and what is only imagined.
func (c *claimSearch) isSupposed() bool {
	switch c.word(0) {
	case "if", "suppose", "imagine", "unlike", "most", "many", "should", "were", "when", "how", "why", "what", "can", "could", "would", "does":
		return true
	}
	return c.word(len(c.list)-1) == "?"
}

// selfAt returns how many atoms a mention of this model has at atom i, 0 for
// none. Of "this is a model" the article is left for what the model is.
func (c *claimSearch) selfAt(i int) int {
	if n := c.nameAt(i); n > 0 {
		return n
	}
	n, ok := selfPhrase(c.list, i)
	switch {
	case !ok:
		return c.possessiveAt(i)
	case c.word(i) == "models":
		if !isVerb(c.word(i + 1)) {
			return 0
		}
		return 1
	case c.word(i) == "we":
		if c.isTool(i + n) {
			return 0
		}
		return c.presentedAt(i, n)
	case c.word(i+n) == "a" || c.word(i+n) == "an" || c.word(i+n) == "the", c.word(i) == "this" && c.word(i+1) == "is":
		return n
	}
	return n + 1
}

// possessiveAt reads "the model's parameter count" and "Foo's parameter count".
func (c *claimSearch) possessiveAt(i int) int {
	n := 1
	switch w := c.word(i); {
	case (w == "the" || w == "this" || w == "our") && isPossessive(c.word(i+1), "model"):
		n = 2
	case !isWordByte(c.s.flat.text[c.list[i].start]) || !c.isNamed(words(ownerOf(w))):
		return 0
	}
	for k := i + n; k < i+n+3; k++ {
		if isAttribute(c.word(k)) {
			return n
		}
	}
	return 0
}

// isNamed reports whether folded text is a name of the model.
func (c *claimSearch) isNamed(folded string) bool {
	return folded != "" && slices.Contains(c.bodyReader.self.list, folded)
}

// ownerOf returns a word without its possessive ending, empty if it has none.
func ownerOf(w string) string {
	for _, end := range [...]string{"'s", "’s"} {
		if name, ok := strings.CutSuffix(w, end); ok {
			return name
		}
	}
	return ""
}

func isPossessive(w, noun string) bool { return ownerOf(w) == noun }

// isTool reports "we trained a model to score documents": one that was made to
// make this one with.
func (c *claimSearch) isTool(verb int) bool {
	switch c.word(verb) {
	case "train", "trained", "develop", "developed":
	default:
		return false
	}
	for k := verb + 1; k+1 < len(c.list); k++ {
		if w := c.word(k); w == "to" && !isDeterminer(c.word(k+1)) && !c.list[k+1].number || w == "that" || w == "which" {
			return true
		}
	}
	return false
}

// presentedAt reads "we present Foo" and returns its atoms with the name, which
// is the model's when it stands there alone: "Foo, a ...".
func (c *claimSearch) presentedAt(i, n int) int {
	for k := i + 1; k < i+n; k++ {
		if c.word(k) == "also" {
			return 0 // what comes beside the model
		}
	}
	c.presents = true
	k := i + n + 1
	for j := k; j < min(len(c.list), k+5); j++ {
		switch w := c.word(j); {
		case w == "," || w == "(" || w == ":" || w == "–" || w == "—":
			if j > k {
				c.presents = false
				return j - i
			}
		case c.list[j].number && j > k, c.isForeignName(j), c.isOfName(j):
			continue
		}
		break
	}
	return n + 1
}

// leads reports whether a mention at atom i is the subject: nothing but an
// adverb, an article or a maker's name stands before it in its clause, or what
// is said to be of it is a measure: "the number of parameters of this model".
func (c *claimSearch) leads(i int) bool {
	for k := i - 1; k >= 0; k-- {
		switch w := c.word(k); {
		case isBoundary(w):
			return true
		case w == "of" || w == "in" || w == "for" || w == "to":
			return c.isMeasured(k)
		case isOpening(w), k == 0 && isProper(c.s.flat.text[c.list[k].start]) && len(w) > 3 && c.isMaker(k):
		case isProper(c.s.flat.text[c.list[k].start]) && c.isMaker(k):
		default:
			return false
		}
	}
	return true
}

// isMaker reports a name right before the model's, as "Acme" in "Acme Foo".
func (c *claimSearch) isMaker(k int) bool {
	return c.nameAt(k+1) > 0 && !isVerb(c.word(k)) && !isDeterminer(c.word(k))
}

// isMeasured reports that what stands before a preposition is a measure.
func (c *claimSearch) isMeasured(k int) bool {
	if !isAttribute(c.word(k - 1)) {
		return false
	}
	for k--; k >= 0 && !isBoundary(c.word(k)); k-- {
		if w := c.word(k); !isAttribute(w) && !isDeterminer(w) && !isAmount(w) && w != "of" && w != "in" && !isOpening(w) && !c.list[k].number {
			return false
		}
	}
	return true
}

// isAttribute reports what a model has as a whole.
func isAttribute(w string) bool {
	switch w {
	case "parameters", "parameter", "params", "size", "sizes", "count", "number", "total", "context", "length", "window", "vocabulary", "vocab", "depth", "layers", "weights", "input", "sequence", "maximum":
		return true
	}
	return false
}

// isOpening reports words that may stand before the subject of a sentence.
func isOpening(w string) bool {
	switch w {
	case "the", "our", "both", "all", "each", "currently", "today", "here", "now", "overall", "note", "that", "although", "though", "while", "because", "since", "also", "then", "so", "thus", "hence", "therefore",
		"moreover", "furthermore", "additionally", "specifically", "finally", "introducing", "presenting", "announcing", "meet", "is", "\"", "“", "*", "released", "new", "this":
		return true
	}
	return false
}

// refersBack reports whether the "it" that begins a sentence is this model: the
// sentence before it is about the model and brings no other one in, or there is
// none.
func (c *claimSearch) refersBack() bool {
	spans := c.bodyReader.spans
	for i := len(spans) - 2; i >= 0; i-- { // the last is this sentence
		before := sentence{flat: c.s.flat, from: spans[i].start, to: spans[i].end}
		p := claimSearch{bodyReader: c.bodyReader, s: before, list: atoms(c.s.flat.text, before.from, min(before.to, before.from+maxClaimText))}
		if w := p.word(0); w == "it" || w == "they" {
			continue
		}
		return p.keepsIt()
	}
	return true
}

// keepsIt reports whether "it" in the next sentence is still this model.
func (c *claimSearch) keepsIt() bool {
	if speaksOfOthers(c.list) || hasAny(c.list, "draft", "drafter", "distilled", "distills", "distilling", "distillation", "student", "pruned", "reward", "judge", "verifier", "speculative", "outputs", "generated", "synthetic", "replaces", "replacement", "helps", "speeds") {
		return false
	}
	if c.lead(); c.start >= 0 {
		return true
	}
	for k, a := range c.list {
		if c.isForeignName(k) || isPluralModel(a.text) || isComponent(a.text) {
			return false
		}
	}
	return true
}

// isHeadline reports a sentence without a verb that opens the description of
// the model: "A language model with 115M parameters for English."
func (c *claimSearch) isHeadline() bool {
	if !c.s.opening {
		return false
	}
	noun := false
	for k, a := range c.list {
		switch {
		case isVerb(a.text), isModal(a.text):
			return false
		case !noun && k > 0 && endsPhrase(a.text):
			return false
		}
		noun = noun || isModelNoun(a.text)
	}
	return noun
}

// isIntroduction reports whether the current place is where a card says what
// its model is.
func (r *bodyReader) isIntroduction() bool {
	if len(r.open) == 0 {
		return true
	}
	s := &r.card.Sections[r.open[len(r.open)-1]]
	switch s.Name {
	case "summary", "model_description", "model_details":
		return true
	}
	return s.Name == "" && s.Level == 1
}
