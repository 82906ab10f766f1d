package card

import "strings"

// Whose number is it? A sentence about this model may go on to speak of the one
// it was made from, learns from, serves or is set against, and its numbers with
// it: "Foo is a draft model for Bar, a model with 70B parameters". The rules
// here are strict, since a number of another model that is held against the
// weights of this one makes an honest card a liar. They follow the sentence
// from its subject to the number: what the subject is said to be ("is a draft
// model") is the model, any other model that is brought in is not, and after
// "and has" the sentence is about its subject again.

// owner follows a sentence from its subject to a number.
type owner struct {
	c  *claimSearch
	at int // the number

	own      bool // the sentence is about this model here
	anchored bool // what comes next is what the model is said to be
	nominal  bool // that has been said: "a draft model"
	relative bool // within "which ..." about another model
}

// owns reports whether the number at an atom is the model's.
func (c *claimSearch) owns(at int) bool { return c.ownedBy(owner{c: c, at: at}) }

func (c *claimSearch) ownedBy(o owner) bool {
	if c.start < 0 || c.start > o.at {
		return false
	}
	o.own, o.anchored = true, true
	for k := c.start; k < o.at; {
		k = o.step(k)
		if k > o.at { // the number stands in a phrase
			return o.own
		}
	}
	if (!o.anchored || o.at == c.start) && c.measures(o.at, o.at == c.start) {
		return false // "... 13B models"
	}
	return o.own && (o.at == c.start || c.gives(o.at))
}

// step reads the atom at k, or the phrase that begins there, and returns where
// to go on: behind the number when the phrase holds that.
func (o *owner) step(k int) int {
	switch w := o.c.word(k); {
	case isBoundary(w):
		return o.boundary(k)
	case isCopula(w):
		o.anchored = o.own && !o.relative
	case isRemark(w):
	case (w == "one" || w == "ones" || w == "those") && isAttaching(o.c.word(k+1)):
		o.leave()
	case isDeterminer(w):
		return o.phrase(k)
	case w == "which", w == "whose", w == "who", w == "that":
		if o.c.isForeignName(o.c.before(k)) {
			o.leave()
		}
		o.relative = o.relative || !o.own
		o.anchored = false
	case isModal(w), isRelation(w), o.c.isForeignName(k) && o.c.isReferredTo(k):
		o.leave()
	case isPluralModel(w):
		o.several(k)
	case isComponent(w) && !o.c.isOfName(k):
		o.leave()
	case o.anchored && (o.c.isOfName(k) || isTerm(w) || sizeWords[w]): // "Foo Large is"
	default:
		o.anchored = false
	}
	return k + 1
}

// leave notes that another model has been brought in.
func (o *owner) leave() { o.own, o.anchored = false, false }

// boundary reads what stands between clauses.
func (o *owner) boundary(k int) int {
	if n := o.returns(k); n > 0 {
		return n
	}
	switch o.c.word(k) {
	case "and", "but", "while", "yet":
		o.anchored = false
	}
	return k + 1
}

// several reads a plural without a determiner: "language models". What the
// sentence presents or says the models to be is its own.
func (o *owner) several(k int) {
	group := isGroup(o.c.word(k-2), o.c.word(k-1)) || isGroup(o.c.word(k-3), o.c.word(k-2))
	if (!o.anchored || o.nominal) && !group {
		o.leave()
	}
	o.nominal, o.anchored = true, false
}

// phrase reads a determiner with what belongs to it: "a small language model".
func (o *owner) phrase(k int) int {
	const longest = 10
	noun, part := false, false
	j := k + 1
	for ; j < min(o.at, k+longest); j++ {
		w := o.c.word(j)
		if endsPhrase(w) || noun && (w == "," || isParticiple(w)) {
			break
		}
		part = part || isComponent(w) && !o.c.isOfName(j)
		noun = noun || part || isModelNoun(w) || isPluralModel(w)
		if w == "architecture" || w == "design" {
			noun, part = false, false // "uses a transformer architecture"
		}
	}
	mine := o.anchored && !o.nominal && !(part && o.c.presents)
	o.anchored = false
	if j == o.at {
		o.own = o.own && (mine || o.c.isMeasureHead(o.at))
		return o.at + 1
	}
	if noun {
		o.nominal = true
		if !mine {
			o.leave()
		}
	}
	return j
}

// returns reports where the sentence is about its subject again: behind "and
// has", "; it has", "and this model has"; 0 when it is not.
func (o *owner) returns(k int) int {
	j := k + 1
	for isBoundary(o.c.word(j)) || isRemark(o.c.word(j)) {
		j++
	}
	if n, ok := selfPhrase(o.c.list, j); ok && isVerb(o.c.word(j+n+1)) {
		j += n + 1
	} else if n := o.c.nameAt(j); n > 0 && isVerb(o.c.word(j+n)) {
		j += n
	} else if o.relative {
		return 0
	} else if o.c.word(j) == "it" {
		j++
	}
	if j >= o.at || !isVerb(o.c.word(j)) {
		return 0
	}
	o.own, o.anchored, o.nominal, o.relative = true, true, false, false
	return j
}

func isVerb(w string) bool { return isCopula(w) || isPossession(w) }

// gives reports whether what stands right before a number gives it to the
// subject: "has 7B", "with about 7B", "(7B", "a size of 7B".
func (c *claimSearch) gives(at int) bool {
	for k := at - 1; k >= 0; k-- {
		w := c.word(k)
		switch {
		case isAmount(w):
			continue
		case isPossession(w), isCopula(w), isDeterminer(w):
			return true
		}
		switch w {
		case "with", "of", "at", "in", "(", ",", ":", "=", "–", "—", "-", "[", "and", "or", "having", "featuring", "totalling", "totaling", "counting", "/", "&", "by", "on":
			return true
		}
		return c.list[k].number || w == "which" && c.word(k-1) == "of"
	}
	return true
}

// measures reports that a number and its unit only tell how large the models
// are that follow: "7B parameter models"; with parts, only of a part of one.
func (c *claimSearch) measures(at int, parts bool) bool {
	for k := at + 1; k < min(len(c.list), at+7); k++ {
		switch w := c.word(k); {
		case strings.HasPrefix(w, "param"):
			next := c.word(k + 1)
			if isComponent(next) || next == "base" {
				return true
			}
			return !parts && (isModelNoun(next) || isPluralModel(next) || isTerm(next) && isPluralModel(c.word(k+2)))
		case endsPhrase(w) && w != "of":
			return false
		}
	}
	return false
}

// isMeasureHead reports a phrase around a number that only measures: "a 7B
// parameter count", "a 512-token context window".
func (c *claimSearch) isMeasureHead(at int) bool {
	for k := at + 1; k < min(len(c.list), at+8); k++ {
		switch w := c.word(k); w {
		case "count", "size", "budget", "footprint", "architecture", "design", "context", "window", "length", "limit", "vocabulary", "vocab", "total":
			return true
		case ",", ".", ";", "for", "in", "of", "that", "which", "and":
			return false
		}
	}
	return false
}

// before returns the atom before k that is no comma.
func (c *claimSearch) before(k int) int {
	for k--; k >= 0 && c.word(k) == ","; k-- {
	}
	return k
}

// isForeignName reports an atom that looks like a name and is none of this
// model's: a capital within the sentence, or letters with digits.
func (c *claimSearch) isForeignName(k int) bool {
	if k < 1 || k >= len(c.list) || c.list[k].number {
		return false
	}
	w := c.list[k].text
	if unitFactors[w] > 0 && (c.list[k-1].number || c.word(k-1) == "-") {
		return false
	}
	if _, ok := languageNames[w]; ok || dtypes[w] != "" || c.isOfName(k) {
		return false
	}
	if strings.ContainsAny(w, "0123456789") && isLetter(w[0]) {
		return true
	}
	if first := c.s.flat.text[c.list[k].start]; !isProper(first) {
		return false
	}
	return !isTerm(w)
}

// isTerm reports words of the trade that are written with a capital and name no
// model.
func isTerm(w string) bool {
	switch w {
	case "transformer", "transformers", "llm", "llms", "lm", "lms", "ai", "nlp", "moe", "mixtureofexperts", "experts", "gpu", "gpus", "tpu", "tpus", "cpu", "cpus", "i", "large", "language",
		"model", "models", "parameter", "parameters", "vision", "text", "instruct", "chat", "base", "small", "medium", "mini", "tiny", "sparse", "dense", "open":
		return true
	}
	return false
}

// isReferredTo reports a name that a preposition brings in: "for Bar", "from the
// Bar". The name of a maker behind "by", and of a place, is no model's, as long
// as it has no digit.
func (c *claimSearch) isReferredTo(k int) bool {
	digits := strings.ContainsAny(c.list[k].text, "0123456789") || k+1 < len(c.list) && c.list[k+1].number && !c.list[k+1].glued
	for j := k - 1; j >= max(0, k-4); j-- {
		switch w := c.word(j); w {
		case "by", "in", "at", "near":
			return digits
		case "from", "for", "of", "like", "as", "than", "to", "on", "upon", "with", "against", "over", "beside", "besides", "alongside", "into", "using", "via", "behind", "after", "atop", "versus":
			return true
		case ",", ";", "(", ")", ".", ":":
			return digits && w != "("
		}
	}
	return digits
}

// isOfName reports an atom within a name of the model.
func (c *claimSearch) isOfName(k int) bool {
	const longest = 6
	for j := max(0, k-longest); j <= k; j++ {
		if n := c.nameAt(j); n > 0 && j+n > k {
			return true
		}
	}
	return false
}

// nameAt returns how many atoms a name of the model has that begins at atom k,
// 0 for none.
func (c *claimSearch) nameAt(k int) int {
	const longest = 10
	if len(c.bodyReader.self.list) == 0 || k >= len(c.list) || k < 0 {
		return 0
	}
	found := 0
	for n := 1; n <= longest && k+n <= len(c.list); n++ {
		last := c.list[k+n-1]
		if !isWordByte(c.s.flat.text[last.start]) {
			continue
		}
		folded := words(string(c.s.flat.text[c.list[k].start:last.end]))
		for _, name := range c.bodyReader.self.list {
			if folded == name {
				found = n
			}
		}
	}
	if found > 0 && k+found < len(c.list) {
		if next := c.list[k+found]; isOtherSize(next.text) && !c.isLanguageModel(k+found) || next.text == "-" && next.glued {
			return 0
		}
	}
	return found
}

func isBoundary(w string) bool {
	switch w {
	case "and", "but", ";", ",", "while", "(", ")", "yet", "–", "—", ":":
		return true
	}
	return false
}

func isCopula(w string) bool {
	switch w {
	case "is", "are", "was", "were", "being", "remains", "becomes", "called", "named":
		return true
	}
	return false
}

func isPossession(w string) bool {
	switch w {
	case "has", "have", "had", "contains", "contain", "comprises", "comprise", "counts", "features", "totals", "possesses", "holds", "boasts", "packs", "uses", "supports", "numbers",
		"accepts", "takes", "reads", "handles", "processes", "weighs":
		return true
	}
	return false
}

// isRemark reports words that change nothing.
func isRemark(w string) bool {
	switch w {
	case "also", "just", "only", "still", "now", "currently", "thus", "therefore", "itself", "\"", "“", "”", "*", "'", "`", "so", "hence", "essentially", "actually", "simply":
		return true
	}
	return false
}

func isDeterminer(w string) bool {
	switch w {
	case "a", "an", "the", "its", "their", "our", "your", "his", "another", "any", "some", "each", "every", "one", "two", "three", "four", "both", "no", "other", "such", "several", "many", "most", "all", "these", "this", "those":
		return true
	}
	return false
}

func isModal(w string) bool {
	switch w {
	case "can", "could", "may", "might", "would", "should", "will", "must", "shall", "if":
		return true
	}
	return false
}

// isAttaching reports words that give what follows to the noun before.
func isAttaching(w string) bool {
	switch w {
	case "with", "of", "that", "which", "having", "whose", "(", "has", "have":
		return true
	}
	return false
}

// endsPhrase reports words that end what a determiner begins.
func endsPhrase(w string) bool {
	switch w {
	case "with", "of", "for", "from", "to", "in", "on", "at", "by", "that", "which", "whose", "who", "and", "but", "or", ";", ":", ".", ")", "as", "than", "like", "into", "over", "under", "using", "via",
		"has", "have", "had", "is", "are", "was", "were", "having", "can", "will", "could", "would", "beside", "alongside", "against", "behind", "after", "while":
		return true
	}
	return false
}

func isParticiple(w string) bool {
	switch w {
	case "trained", "pretrained", "finetuned", "distilled", "developed", "made", "built", "designed", "based", "derived", "released", "optimized", "optimised", "initialized":
		return true
	}
	return false
}

// isGroup reports "family of" and the like.
func isGroup(noun, of string) bool {
	if of != "of" {
		return false
	}
	switch noun {
	case "family", "series", "set", "collection", "suite", "pair", "group", "line", "range", "herd":
		return true
	}
	return false
}

// isPluralModel reports nouns for several models at once.
func isPluralModel(w string) bool {
	switch w {
	case "models", "llms", "lms", "networks", "systems", "assistants", "checkpoints", "variants", "versions", "agents", "ensembles", "generators":
		return true
	}
	single, plural := strings.CutSuffix(w, "s")
	return plural && w != "decoders" && isComponent(single)
}

// isComponent reports nouns for a part of a model, or for a model that another
// is made or used with.
func isComponent(w string) bool {
	switch w {
	case "teacher", "student", "encoder", "decoder", "backbone", "sibling", "variant", "predecessor", "successor", "counterpart", "competitor", "system", "assistant", "classifier", "retriever",
		"reranker", "verifier", "critic", "judge", "adapter", "tower", "unet", "vae", "projector", "tokenizer", "parent", "generator", "discriminator", "agent", "ensemble", "module", "component",
		"part", "head", "drafter", "draft", "reward", "guard", "baseline", "expert", "embedding", "embedder", "ancestor", "original", "upsampler", "refiner", "vocoder", "controlnet":
		return true
	}
	return false
}

// isRelation reports verbs and nouns that bring in another model without a
// determiner before it.
func isRelation(w string) bool {
	switch w {
	case "finetuned", "finetune", "finetunes", "finetuning", "distilled", "distills", "distilling", "derived", "derives", "builds", "initialized", "initialised", "quantized", "quantised",
		"adapted", "converted", "merged", "merges", "merging", "pruned", "extends", "based", "replaces", "replace", "replacement", "outputs", "generated", "like", "rerank", "reranks", "helps",
		"speeds", "supervises", "followed", "scaled", "scales", "scaling", "grown", "grows", "expanded", "upscaled", "judged", "resembles", "imitates", "mimics", "froze", "freezes", "frozen",
		"shrunk", "compressed", "guards", "pairs", "paired", "combined", "wraps", "calls", "instead", "answers", "teaches", "learns", "learned", "learnt":
		return true
	}
	return false
}

// isAmount reports words between a number and what gives it.
func isAmount(w string) bool {
	switch w {
	case "about", "approximately", "approx", "around", "roughly", "circa", "ca", "~", "≈", "∼", "nearly", "almost", "some", "over", "more", "than", "least", "just", "only", "exactly", "exceeding",
		"up", "to", "most", "maximum", "max", "no", "longer", "total", "precisely", "under", "below", ">", "<", "well", "another", "as", "many", "long", "or", "less", "fewer", "greater":
		return true
	}
	return false
}
