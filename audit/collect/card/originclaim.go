package card

import (
	"regexp"
	"strings"
)

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

// fromScratch reads "was trained from scratch".
func (c *claimSearch) fromScratch() {
	if c.isIn("training_data", "testing_data") {
		return
	}
	for i := range c.list {
		switch c.list[i].text {
		case "trained", "pretrained", "training", "pretraining":
		default:
			continue
		}
		const near = 6 // words: "trained on English text from scratch"
		for k := i + 1; k <= i+near; k++ {
			if c.word(k) == "from" && c.word(k+1) == "scratch" && !c.negated(i) {
				base := c.base
				base.Kind, base.Values = ClaimFromScratch, []string{"yes"}
				c.card.claim(base)
				return
			}
		}
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
