package card

import (
	"bytes"
	"regexp"
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
	"weights": aboutDType, "checkpoint": aboutDType, "checkpoints": aboutDType, "tensors": aboutDType, "quantized": aboutBase | aboutDType,
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
	if c.from < 0 || c.ofDocument() {
		return
	}
	numeric := !r.comparing() && !speaksOfOthers(c.list)
	if numeric && found&aboutParameters != 0 {
		c.parameters()
	}
	if numeric && found&aboutContext != 0 {
		c.contextLength()
	}
	if numeric && found&aboutLayers != 0 {
		c.layers()
	}
	if numeric && found&aboutVocabulary != 0 {
		c.vocabulary()
	}
	if numeric && found&aboutTokens != 0 {
		c.trainingTokens()
	}
	if numeric && found&aboutDType != 0 {
		c.dtype()
	}
	if found&aboutBase != 0 && !r.comparing() {
		c.baseModel()
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

// speaksOfOthers reports words that set the model against others.
func speaksOfOthers(list []atom) bool {
	for i, a := range list {
		switch a.text {
		case "compared", "comparable", "comparison", "outperform", "outperforms", "outperforming", "versus", "vs", "unlike", "whereas", "baseline", "baselines", "teacher",
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

// parameters reads "a 7B parameter model", "with 456 billion total parameters,
// of which 45.9 billion are activated", "comes in sizes 300M, 1.5B and 3.3B".
func (c *claimSearch) parameters() {
	if hasAny(c.list, "lora", "qlora", "peft", "adapter", "adapters", "consists", "consist", "comprises", "composed", "combines", "combining", "ranging", "between", "reduce", "reduces", "reduced", "pruned", "pruning") {
		return
	}
	counted := false
	// The size of a mixture of experts may be that of the whole or of what is
	// active; unless the card says which, the number is no claim.
	mixed := hasAny(c.list, "experts", "moe", "mixture", "mixtureofexperts", "mixtureofexpert")
	for i := 0; i < len(c.list); i++ {
		m, ok := measureAt(c.list, i)
		if !ok || !m.scaled && m.q.Value < 1_000_000 || m.q.Bound == "at_most" {
			continue
		}
		if i <= c.from && !c.s.at.item && c.from > 0 {
			continue
		}
		role, counts := c.parameterRole(m)
		switch {
		case counts && role == "part":
		case counts && m.experts > 0:
			cl := c.base
			cl.Kind, cl.Experts = ClaimParameters, m.experts
			cl.Values = []string{string(c.s.flat.text[c.list[i].start:c.list[m.next-1].end])}
			c.card.claim(cl)
		case counts && role == "active", counted && c.activated(m.next):
			c.claimNumbers(ClaimActiveParameters, []Quantity{m.q}, i)
		case counts && (role == "total" || !mixed):
			c.claimNumbers(ClaimParameters, c.listBefore(m), i)
			counted = true
		}
		i = m.next - 1
	}
	if !counted && !mixed {
		c.sizes()
	}
}

func (c *claimSearch) claimNumbers(kind string, list []Quantity, at int) {
	base := c.base
	base.Negated = c.negated(at)
	c.numbers(base, kind, list)
}

// parameterRole reads the words between a number and "parameters", or before
// the number in "parameter count of 7B".
func (c *claimSearch) parameterRole(m measure) (role string, counts bool) {
	for k := m.next; k < min(len(c.list), m.next+5); k++ {
		switch w := c.list[k].text; w {
		case "parameter", "parameters", "params", "param":
			switch c.word(k + 1) {
			case "base", "backbone", "teacher", "encoder", "decoder", "unet", "vision", "text", "reward", "draft", "embedding", "student":
				return "part", true
			}
			if role == "" && c.activated(k+1) {
				role = "active"
			}
			return role, true
		case "total", "overall":
			role = "total"
		case "active", "activated":
			role = "active"
		case "model", "learnable", "dense", "-", "of", "the", "its":
		default:
			if len(w) == 1 || c.list[k].number {
				return c.parameterRoleBefore(m)
			}
			if k+1 < len(c.list) && strings.HasPrefix(c.list[k+1].text, "param") {
				return "part", true
			}
			return c.parameterRoleBefore(m)
		}
	}
	return c.parameterRoleBefore(m)
}

// parameterRoleBefore reads "parameters: 7B", "the number of parameters of the
// model is 7B", "parameter count of 7B".
func (c *claimSearch) parameterRoleBefore(m measure) (string, bool) {
	const far = 9
	for k := m.first - 1; k >= max(0, m.first-far); k-- {
		switch c.word(k) {
		case ":", "is", "of", "=", "about", "approximately", "~", "around", "roughly", "over", "are", "the", "this", "our", "model", "in", "total":
		case "count":
			return "", strings.HasPrefix(c.word(k-1), "param") && k < m.first-1
		case "parameters", "params":
			return "", k < m.first-1 && (c.word(k+1) == ":" || c.word(k-1) == "of" && c.word(k-2) == "number")
		default:
			return "", false
		}
	}
	return "", false
}

// activated reports "are activated", "is active per token" from an atom on.
func (c *claimSearch) activated(i int) bool {
	for k := i; k < min(len(c.list), i+3); k++ {
		switch c.list[k].text {
		case "active", "activated":
			return true
		case "are", "is", "being", "parameters", "(":
		default:
			return false
		}
	}
	return false
}

// listBefore adds the numbers that are joined to one from the left: "300M,
// 1.5B and 3.3B parameters".
func (c *claimSearch) listBefore(last measure) []Quantity {
	found := []Quantity{last.q}
	end := last.first
	for end >= 2 && len(found) < 32 && isJoint(c.word(end-1)) {
		end--
		for end >= 1 && isJoint(c.word(end-1)) {
			end--
		}
		m, ok := c.measureEndingAt(end)
		if !ok {
			break
		}
		if !m.scaled { // "8 and 70B"
			m.q = Quantity{}
			break
		}
		found = append([]Quantity{m.q}, found...)
		end = m.first
	}
	return found
}

func (c *claimSearch) measureEndingAt(end int) (measure, bool) {
	for first := max(0, end-3); first < end; first++ {
		if m, ok := measureAt(c.list, first); ok && m.next == end && m.experts == 0 {
			return m, true
		}
	}
	return measure{}, false
}

// sizes reads a list of sizes of a family: "in two sizes: 400M and 1B", "in 1B
// and 3B sizes".
func (c *claimSearch) sizes() {
	for i, a := range c.list {
		if a.text != "sizes" {
			continue
		}
		for k := i + 1; k < min(len(c.list), i+4); k++ {
			if m, ok := measureAt(c.list, k); ok && m.scaled {
				if list := c.listFrom(m); len(list) > 1 {
					c.claimNumbers(ClaimParameters, list, k)
				}
				return
			}
		}
		if m, ok := c.measureEndingAt(i); ok && m.scaled {
			if list := c.listBefore(m); len(list) > 1 {
				c.claimNumbers(ClaimParameters, list, i)
			}
		}
		return
	}
}

func (c *claimSearch) listFrom(m measure) []Quantity {
	found := []Quantity{m.q}
	for k := m.next; k < len(c.list) && len(found) < 32; {
		if !isJoint(c.word(k)) {
			break
		}
		for isJoint(c.word(k)) {
			k++
		}
		if k >= len(c.list) {
			break
		}
		next, ok := measureAt(c.list, k)
		if !ok || !next.scaled {
			break
		}
		found = append(found, next.q)
		k = next.next
	}
	return found
}

// contextLength reads "a context length of up to 32K tokens", "a 512-token
// context window". Lengths of training and of tricks to go further are not the
// model's.
func (c *claimSearch) contextLength() {
	if hasAny(c.list, "training", "trained", "pretrained", "pretraining", "extend", "extended", "extends", "extendable", "extension", "yarn", "rope", "extrapolate", "evaluated", "needle", "recommend", "if", "finetuned") {
		return
	}
	for i := range c.list {
		if c.list[i].text != "context" {
			continue
		}
		after := i + 1
		switch c.word(after) {
		case "length", "lengths", "window", "windows", "size":
			after++
		default:
			continue
		}
		for k := after; k < min(len(c.list), after+6); k++ {
			if m, ok := measureAt(c.list, k); ok {
				c.claimLength(m, k)
				return
			}
			switch c.list[k].text {
			case "of", "up", "to", "is", ":", "(", "a", "maximum", "at", "most", "with", "=":
				continue
			}
			break
		}
		for k := i - 1; k >= max(0, i-4); k-- {
			switch c.list[k].text {
			case "token", "tokens", "-", "long", "k", "m", "maximum", "max":
				continue
			}
			if m, ok := measureAt(c.list, k); ok {
				c.claimLength(m, k)
			}
			break
		}
		return
	}
}

func (c *claimSearch) claimLength(m measure, at int) {
	if m.experts > 0 || m.q.Value < minContext || m.q.Value > maxContext {
		return
	}
	c.claimNumbers(ClaimContextLength, []Quantity{m.q.maximum().binary()}, at)
}

// layers reads "has 32 layers", "a 12-layer transformer", and "70 layers" that
// begins an item.
func (c *claimSearch) layers() {
	if hasAny(c.list, "encoder", "linear", "convolutional", "conv", "last", "first", "final", "each", "per", "freeze", "frozen", "dropout", "lora", "additional", "extra", "every", "after", "pruned", "pruning", "from") ||
		!c.isBareItem() && hasAny(c.list, "attention") {
		return
	}
	for i := range c.list {
		m, ok := measureAt(c.list, i)
		if !ok || m.scaled || m.q.Value < 1 || m.q.Value > 2000 || m.q.Bound != "" {
			continue
		}
		k := m.next
		for n := 0; n < 2; n++ {
			switch c.word(k) {
			case "-", "transformer", "hidden", "decoder":
				k++
			}
		}
		if w := c.word(k); w != "layers" && w != "layer" {
			continue
		}
		if c.isBareItem() && i == 0 || c.from >= 0 && i > c.from {
			c.claimNumbers(ClaimLayers, []Quantity{m.q}, i)
		}
		return
	}
}

// isBareItem reports a list item about the architecture that begins with a
// number.
func (c *claimSearch) isBareItem() bool {
	return c.s.at.item && c.list[0].number && c.isIn("architecture_section", "technical_specifications", "model_details")
}

// vocabulary reads "a vocabulary size of 250,680".
func (c *claimSearch) vocabulary() {
	for i := range c.list {
		if w := c.list[i].text; w != "vocabulary" && w != "vocab" {
			continue
		}
		k := i + 1
		if c.word(k) == "size" {
			k++
		}
		for n := 0; n < 2 && (c.word(k) == "of" || c.word(k) == "is" || c.word(k) == ":"); n++ {
			k++
		}
		if k == i+1 || k >= len(c.list) {
			continue
		}
		if m, ok := measureAt(c.list, k); ok && m.experts == 0 && m.q.Value >= 100 && m.q.Value <= 1e8 {
			c.claimNumbers(ClaimVocabSize, []Quantity{m.q.binary()}, k)
			return
		}
	}
}

// trainingTokens reads "trained on over 15 trillion tokens".
func (c *claimSearch) trainingTokens() {
	var found []Quantity
	at := 0
	for i := range c.list {
		switch c.list[i].text {
		case "trained", "pretrained":
		default:
			continue
		}
		if c.word(i+1) != "on" && c.word(i+1) != "with" && c.word(i+1) != "using" {
			continue
		}
		k := i + 2
		for k < len(c.list) && isAmountWord(c.list[k].text) {
			k++
		}
		if k >= len(c.list) {
			break
		}
		if m, ok := measureAt(c.list, k); ok && m.scaled && m.q.Value >= 1e6 && c.tokensFollow(m.next) {
			found = append(found, m.q)
			at = k
		}
	}
	c.claimNumbers(ClaimTokens, found, at)
}

// isAmountWord reports words that may stand between "trained on" and an amount.
func isAmountWord(w string) bool {
	switch w {
	case "over", "about", "approximately", "approx", "around", "roughly", "nearly", "almost", "more", "than", "up", "to", "at", "least", "most", "a", "total", "of", "~", "≈", "some", "another", "additional":
		return true
	}
	return false
}

func (c *claimSearch) tokensFollow(i int) bool {
	return c.word(i) == "tokens" || c.word(i+1) == "tokens" && c.list[i].text != "," || c.word(i) == "-" && c.word(i+1) == "token"
}

// dtype reads "released as BF16 weights", "the weights are stored in float16".
func (c *claimSearch) dtype() {
	if hasAny(c.list, "run", "runs", "load", "loaded", "loading", "inference", "training", "trained", "mixed", "recommend", "support", "supports", "supported", "convert", "converted", "converting", "if", "can", "activation", "activations", "except", "original", "baseline", "executed", "executes", "rest", "linear", "layers", "embedding", "embeddings", "apart", "some", "part", "parts", "cache") {
		return
	}
	verb := -1
	for i, a := range c.list {
		switch a.text {
		case "released", "stored", "saved", "provided", "distributed", "published", "available", "shipped", "quantized", "provide", "release", "are", "is":
			if verb < 0 {
				verb = i
			}
		}
	}
	if verb < 0 {
		return
	}
	base := c.base
	base.Kind = ClaimDType
	for i := verb + 1; i < min(len(c.list), verb+12); i++ {
		if d, ok := dtypes[c.list[i].text]; ok && d != "half" {
			base.Values = appendNew(base.Values, d)
			base.Negated = base.Negated || c.negated(i)
		}
	}
	c.card.claim(base)
}

// baseModel reads "a fine-tuned version of X", where X is a model on the Hub.
func (c *claimSearch) baseModel() {
	if c.isIn("training_data", "testing_data") {
		return
	}
	for i := range c.list {
		end, ok := c.derivation(i)
		if !ok {
			continue
		}
		const near = 160 // bytes; the name follows its preposition
		from := c.list[end].end
		id := c.modelWithin(from, min(from+near, c.s.to+1))
		if id == "" {
			continue
		}
		base := c.base
		base.Kind, base.Values, base.Negated = ClaimBaseModel, []string{id}, c.negated(i)
		c.card.claim(base)
		return
	}
}

// derivation reads a verb of derivation at atom i and returns the preposition
// that the base follows.
func (c *claimSearch) derivation(i int) (int, bool) {
	switch c.list[i].text {
	case "finetuned", "finetune", "finetuning", "distilled", "quantized", "derived", "initialized", "adapted", "converted":
		for k := i + 1; k <= i+3; k++ {
			if w := c.word(k); w == "from" || w == "of" || w == "version" && c.word(k+1) == "of" {
				if w == "version" {
					k++
				}
				return k, true
			}
		}
	case "based", "built":
		if c.word(i+1) == "on" || c.word(i+1) == "upon" {
			return i + 1, true
		}
	case "version", "merge", "adapter":
		if w := c.word(i + 1); (w == "of" || w == "for") && c.list[i].text != "version" {
			return i + 1, true
		}
	}
	return 0, false
}

// modelWithin returns the first model of the Hub that a range of the text links
// to or names as owner/name.
func (c *claimSearch) modelWithin(from, to int) string {
	for _, l := range c.s.flat.links {
		if l.start >= from && l.start < to {
			id, _ := hubModel(l.url)
			return id
		}
	}
	for _, code := range c.s.flat.code {
		if code.start >= from && code.start < to {
			if id := string(c.s.flat.text[code.start:code.end]); hubID.MatchString(id) {
				return id
			}
		}
	}
	return ""
}

var hubID = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*/[\w.-]+$`)

// datasets reads "trained on X", where X is a dataset on the Hub.
func (c *claimSearch) datasets() {
	for i := range c.list {
		switch c.list[i].text {
		case "trained", "finetuned", "pretrained":
		default:
			continue
		}
		for k := i + 1; k <= i+2; k++ {
			if w := c.word(k); w == "on" || w == "using" || w == "with" {
				base := c.base
				base.Negated = c.negated(i)
				c.datasetLinks(base, c.s.flat, c.list[k].end, c.s.to+1)
				return
			}
		}
	}
}

// license reads what the model or its weights are said to be under.
func (c *claimSearch) license() {
	name, ok := licensePhrase(c.base.Text)
	if !ok {
		return
	}
	base := c.base
	base.Kind, base.Values = ClaimLicense, []string{name}
	base.Negated = hasAny(c.list, "not", "never")
	c.card.claim(base)
}

var (
	underLicense = regexp.MustCompile(`(?i)\b(?:licen[sc]ed|released|distributed|available|published|governed|provided|shared|covered)\s+(?:for\s+[\w -]{1,40}\s+)?(?:under|by)\s+(?:(?:the|an?)\s+)?(.{2,80}?(?:\s+licen[sc]e\b)?)(?:[.,;()\n]*$|[,;(]|\.\s|\s+(?:and|which|that|by|for|see|at|as|with|to)\s)`)
	ofOthers     = regexp.MustCompile(`(?i)\b(code|source|repository|scripts?|data|datasets?|documentation|tokenizer|library|card)\b`)
	ofModel      = regexp.MustCompile(`(?i)\bweights\b|\bmodels?\s+(?:and|&)|(?:and|&)\s+(?:(?:the|our)\s+)?models?\b`)
)

// licensePhrase finds the licence that a text says the model is under: a phrase
// whose clause names the weights or the model, or names nothing else.
func licensePhrase(text string) (string, bool) {
	for _, clause := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		m := underLicense.FindStringSubmatchIndex(clause + " ")
		if m == nil {
			continue
		}
		before := clause[:m[0]]
		if ofOthers.MatchString(before) && !ofModel.MatchString(before) {
			continue
		}
		name := strings.Trim(strings.TrimSpace((clause + " ")[m[2]:m[3]]), "\"'`*[]")
		if name == "" || isVague(name) {
			continue
		}
		return name, true
	}
	return "", false
}

// isVague reports what follows "under" or "by" without naming a licence.
func isVague(s string) bool {
	first, _, _ := strings.Cut(words(s), " ")
	switch first {
	case "same", "this", "these", "following", "terms", "license", "licence", "its", "their", "our", "us", "we", "default", "request", "custom", "other", "different", "various", "each", "a", "both", "development", "research":
		return true
	}
	return len(s) < 3 || !hasWord([]byte(s))
}

// languages reads "supports the following languages: English, French".
func (c *claimSearch) languages() {
	text := c.base.Text
	at := strings.Index(text, "languages:")
	if at < 0 || !hasAny(c.list, "support", "supports", "supported", "handles", "covers", "speaks", "understands") {
		return
	}
	codes, ok := languagesIn(firstSentence(strings.TrimSpace(text[at+len("languages:"):])))
	if !ok {
		return
	}
	base := c.base
	base.Kind, base.Values = ClaimLanguage, codes
	base.Negated = hasAny(c.list, "not")
	c.card.claim(base)
}
