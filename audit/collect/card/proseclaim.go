package card

import (
	"bytes"
	"strings"
	"sync"
)

// topic is a bit for each subject that a sentence may make a claim about.
type topic int

const (
	aboutParameters topic = 1 << iota
	aboutContext
	aboutLayers
	aboutVocabulary
	aboutTokens
	aboutDType
	aboutBase
	aboutTraining
	aboutLicense
	aboutLanguages
)

// topicWords are the words without which no sentence makes a claim.
var topicWords = map[string]topic{
	"parameter": aboutParameters, "parameters": aboutParameters, "params": aboutParameters, "sizes": aboutParameters, "activated": aboutParameters,
	"context": aboutContext, "layers": aboutLayers, "layer": aboutLayers, "vocabulary": aboutVocabulary, "vocab": aboutVocabulary, "tokens": aboutTokens,
	"weights": aboutDType, "checkpoint": aboutDType, "checkpoints": aboutDType, "tensors": aboutDType, "quantized": aboutBase | aboutDType, "scratch": aboutBase,
	"finetuned": aboutBase | aboutTraining, "finetune": aboutBase, "finetuning": aboutBase, "version": aboutBase, "distilled": aboutBase, "based": aboutBase,
	"derived": aboutBase, "initialized": aboutBase, "adapted": aboutBase, "built": aboutBase, "merge": aboutBase, "merged": aboutBase, "adapter": aboutBase,
	"trained": aboutTraining, "pretrained": aboutTraining,
	"license": aboutLicense, "licence": aboutLicense, "licensed": aboutLicense, "licenced": aboutLicense, "released": aboutLicense | aboutDType, "languages": aboutLanguages,
}

var topics = sync.OnceValue(func() map[uint64]topic {
	hashed := map[uint64]topic{}
	for w, t := range topicWords {
		hashed[hashWords(w)[0]] |= t
	}
	return hashed
})

// topicsOf tells what a sentence may be about. Words such as 8B-parameter and
// 512-token hang on their number.
func (s *sentence) topicsOf() topic {
	hashed, found := topics(), topic(0)
	for _, t := range s.tokens {
		found |= hashed[t.hash]
		if w := s.flat.text[t.start:t.end]; t.end-t.start > 6 && (w[0] >= '0' && w[0] <= '9') && bytes.IndexByte(w, '-') > 0 {
			for _, tail := range [...]struct {
				word string
				topic
			}{{"parameter", aboutParameters}, {"layer", aboutLayers}, {"token", aboutContext}, {"parameters", aboutParameters}} {
				if hasSuffixFold(w, tail.word) {
					found |= tail.topic
				}
			}
		}
	}
	return found
}

func hasSuffixFold(s []byte, tail string) bool {
	return len(s) >= len(tail) && strings.EqualFold(string(s[len(s)-len(tail):]), tail)
}

// claimSearch is a sentence under examination.
type claimSearch struct {
	*bodyReader
	s    sentence
	list []atom
	base Claim
	from int // atom from which on the sentence speaks of this model, -1 for never

	// Of a sentence whose subject this model is: where the subject begins and
	// where what is said of it, -1 for never; and whether it is presented by its
	// makers: "we release a".
	head, start int
	presents    bool
}

// proseClaims looks for claims in a sentence of prose.
func (r *bodyReader) proseClaims(s sentence) {
	r.sentencesRead++
	found := s.topicsOf()
	if found == 0 && r.sentencesRead > 1 {
		return
	}
	to := min(s.to, s.from+maxClaimText)
	for to < len(s.flat.text) && to < s.to+3 && !isBlank(s.flat.text[to]) && s.flat.text[to] != '\v' {
		to++ // marks that end the sentence
	}
	if r.candidates++; r.candidates > MaxCandidates || len(r.card.Claims) >= MaxList {
		r.card.truncate("claims")
		return
	}
	c := claimSearch{bodyReader: r, s: s, list: atoms(s.flat.text, s.from, to)}
	where := WhereProse
	if s.at.item {
		where = WhereBullet
	}
	text := strings.Join(strings.FieldsFunc(string(s.flat.text[s.from:to]), isSpaceRune), " ")
	c.base = Claim{Text: text, Line: s.line, Where: where}
	if r.sentencesRead == 1 {
		c.introduce()
	}
	if c.from = c.subject(); c.from < 0 && found&aboutLicense != 0 && strings.Contains(text, "model weights") {
		c.license()
	}
	if c.ofDocument() {
		return
	}
	if !r.comparing() && !speaksOfOthers(c.list) {
		c.numericClaims(found)
	}
	if c.from < 0 {
		return
	}
	if found&aboutBase != 0 && !r.comparing() {
		c.baseModel()
		c.fromScratch()
	}
	if found&aboutTraining != 0 && !r.comparing() {
		c.datasets()
	}
	if found&aboutLicense != 0 && !r.isIn("citation", "references") {
		c.license()
	}
	if found&aboutLanguages != 0 && !r.comparing() {
		c.languages()
	}
}

// numericClaims looks for numbers of this model.
func (c *claimSearch) numericClaims(found topic) {
	if c.lead(); c.start < 0 {
		return
	}
	for _, search := range [...]struct {
		topic
		look func()
	}{
		{aboutParameters, c.parameters}, {aboutContext, c.contextLength}, {aboutLayers, c.layers},
		{aboutVocabulary, c.vocabulary}, {aboutTokens, c.trainingTokens}, {aboutDType, c.dtype},
	} {
		if found&search.topic != 0 {
			search.look()
		}
	}
	if found&aboutParameters != 0 && found&aboutDType == 0 {
		c.sizedType()
	}
}

// speaksOfOthers reports words that set the model against others.
func speaksOfOthers(list []atom) bool {
	for i, a := range list {
		switch a.text {
		case "compared", "comparable", "comparison", "outperform", "outperforms", "outperforming", "versus", "vs", "unlike", "whereas", "baseline", "baselines",
			"competitor", "competitors", "predecessor", "predecessors", "surpasses", "surpass", "rivals", "matches", "exceeds", "bigger", "among", "amongst", "counterparts", "counterpart", "par", "beats", "rivaling", "rivalling", "surpassing", "gpt3", "gpt-3", "gpt-4", "chatgpt", "other", "others":
			return true
		case "than":
			if i > 0 && list[i-1].text != "more" && list[i-1].text != "less" && list[i-1].text != "greater" && list[i-1].text != "fewer" {
				return true
			}
		case "larger", "smaller":
			return true
		case "such":
			if i+1 < len(list) && list[i+1].text == "as" {
				return true
			}
		case "similar":
			if i+1 < len(list) && list[i+1].text == "to" {
				return true
			}
		}
	}
	return false
}

// subject returns the atom after which the sentence speaks of this model, -1
// when it does not say that it does.
func (c *claimSearch) subject() int {
	list := c.list
	if len(list) == 0 {
		return -1
	}
	switch list[0].text {
	case "it", "they":
		return 0
	}
	if c.s.at.item && (list[0].number || c.underOwnLabel()) || !c.s.at.item && c.underOwnLabel() {
		return 0
	}
	for i := range list {
		if n, ok := selfPhrase(list, i); ok {
			return i + n
		}
	}
	return c.namedAt()
}

// introduce takes the subject of the first sentence of a card for a name of the
// model: "X is a ...".
func (c *claimSearch) introduce() {
	const far = 9
	for i := 1; i < min(len(c.list)-1, far); i++ {
		if c.list[i].text != "is" && c.list[i].text != "are" {
			continue
		}
		first := 0
		if c.list[0].text == "the" && i > 1 && isProper(c.s.flat.text[c.list[1].start]) {
			first = 1
		}
		switch c.list[i+1].text {
		case "a", "an", "the", "our":
			if !isPronoun(c.list[first].text) {
				c.bodyReader.self.add(string(c.s.flat.text[c.list[first].start:c.list[i-1].end]))
			}
		}
		return
	}
}

// isProper reports the first letter of a name.
func isProper(c byte) bool { return c >= 'A' && c <= 'Z' }

func isPronoun(w string) bool {
	switch w {
	case "this", "these", "it", "they", "the", "we", "a", "an", "our", "here", "there", "welcome", "what", "please", "below", "that":
		return true
	}
	return false
}

// underOwnLabel reports text whose label says that it is about the model: the
// value of "Model type", "Parameters" and the like.
func (c *claimSearch) underOwnLabel() bool {
	if len(c.open) == 0 {
		return false
	}
	s := &c.card.Sections[c.open[len(c.open)-1]]
	if s.Level < boldLevel && !c.s.at.item {
		return false
	}
	switch s.Name {
	case "model_type", "architecture_section", "parameters", "active_parameters", "context_length", "version", "layers", "vocab_size", "model_description", "inputs", "license_section", "dtype":
		return true
	}
	return false
}

// selfPhrase reads "this model", "our released models", "we introduce" at atom
// i and returns how many atoms it has.
func selfPhrase(list []atom, i int) (int, bool) {
	word := func(k int) string {
		if i+k < len(list) {
			return list[i+k].text
		}
		return ""
	}
	switch word(0) {
	case "this", "these", "our":
		if word(1) == "is" && (word(2) == "a" || word(2) == "an" || word(2) == "the") {
			return 2, word(3) != "model" || word(4) != "card"
		}
		for k := 1; k <= 4; k++ {
			if isModelNoun(word(k)) {
				return k, word(k+1) != "card" && word(k+1) != "cards"
			}
			if isForeign(word(k)) {
				return 0, false
			}
		}
	case "the":
		k := 1
		if isPlainAdjective(word(k)) {
			k++
		}
		if isModelNoun(word(k)) {
			return k, word(k+1) != "card" && word(k+1) != "cards"
		}
	case "we":
		k := 1
		for word(k) == "are" || word(k) == "have" || word(k) == "also" || word(k) == "only" || word(k) == "initially" {
			k++
		}
		switch word(k) {
		case "present", "introduce", "introducing", "release", "released", "releasing", "propose", "provide", "opensource", "opensourced", "publish", "launching", "launch", "train", "trained", "develop", "developed":
			return k, true
		}
	case "models":
		return 0, i == 0
	}
	return 0, false
}

func isModelNoun(w string) bool {
	switch w {
	case "model", "models", "checkpoint", "checkpoints", "network", "llm", "release", "transformer", "weights":
		return true
	}
	return false
}

func isPlainAdjective(w string) bool {
	switch w {
	case "released", "final", "full", "entire", "whole", "resulting", "present", "complete", "trained", "proposed", "finetuned", "quantized":
		return true
	}
	return false
}

// isForeign reports words that turn "our ... model" into another model.
func isForeign(w string) bool {
	switch w {
	case "base", "teacher", "reward", "draft", "previous", "original", "baseline", "other", "reference", "judge", "paper", "dataset", "repository", "code":
		return true
	}
	return false
}

// namedAt returns the atom after the first mention of a name of the model, if
// no mark of a new clause stands before it.
func (c *claimSearch) namedAt() int {
	if len(c.bodyReader.self.list) == 0 {
		return -1
	}
	text := c.s.flat.text
	const far = 12 // atoms; the subject stands early
	for i := range c.list[:min(len(c.list), far)] {
		if c.bodyReader.self.named(words(string(text[c.s.from:c.list[i].end]))) {
			rest := ""
			if i+1 < len(c.list) {
				rest = c.list[i+1].text
			}
			if rest != "" && (isOtherSize(rest) || rest == "-") && !c.isLanguageModel(i+1) {
				continue
			}
			return i
		}
	}
	return -1
}

// isLanguageModel reports "large language model" at an atom.
func (c *claimSearch) isLanguageModel(i int) bool {
	return c.word(i) == "large" && (c.word(i+1) == "language" || c.word(i+1) == "multimodal" || c.word(i+1) == "vision")
}

// ofDocument reports sentences about the card or the code rather than the
// model.
func (c *claimSearch) ofDocument() bool {
	for i := 0; i+1 < min(len(c.list), 6); i++ {
		switch c.list[i].text {
		case "card", "repository", "repo", "codebase", "paper", "tokenizer", "dataset":
			return true
		}
	}
	return false
}

// negated reports a denial shortly before an atom.
func (c *claimSearch) negated(i int) bool {
	const near = 6
	for k := max(0, i-near); k < i; k++ {
		switch c.list[k].text {
		case "not", "no", "never", "neither", "nor", "without", "isnt", "cannot", "n't", "isn't", "wasn't", "aren't", "doesn't", "don't":
			return true
		}
	}
	return false
}

func (c *claimSearch) word(i int) string {
	if i < 0 || i >= len(c.list) {
		return ""
	}
	return c.list[i].text
}
