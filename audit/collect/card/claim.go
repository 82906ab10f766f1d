package card

import (
	"slices"
	"strings"
)

// Kinds of claim.
const (
	ClaimParameters       = "parameters"
	ClaimActiveParameters = "active_parameters"
	ClaimDType            = "dtype"
	ClaimContextLength    = "context_length"
	ClaimLanguage         = "language"
	ClaimBaseModel        = "base_model"
	ClaimDataset          = "dataset"
	ClaimLicense          = "license"
	ClaimArchitecture     = "architecture"
	ClaimLayers           = "layers"
	ClaimHiddenSize       = "hidden_size"
	ClaimVocabSize        = "vocab_size"
	ClaimTokens           = "tokens"       // seen in training
	ClaimFromScratch      = "from_scratch" // there is no base model; Value is "yes"
)

// Places of a claim.
const (
	WhereMetadata = "metadata"
	WhereProse    = "prose"
	WhereBullet   = "bullet"
	WhereTable    = "table"
)

// What a claim is about. A card may describe several sizes of a model at once:
// such a claim lists the values of all of them and fits each.
const (
	AboutSelf   = "self"
	AboutFamily = "family"
)

// Claim is one factual statement of the card about its model. Sentences about
// other models, about data, and about a part of the model make no claims.
type Claim struct {
	Kind string
	// Values are the stated values: ids, codes, names, or numbers in full.
	Values []string
	// Value is Values in one line.
	Value string
	// Quantities are the intervals of a number, one for each value. Empty for
	// a mixture of experts of which only one expert's size is told (8x7B):
	// then the total is unknown.
	Quantities []Quantity
	// Experts is 8 for 8x7B, 0 when nothing of the kind is said.
	Experts int
	// Text is the sentence, value or key that says so.
	Text    string
	Line    int
	Where   string
	About   string
	Negated bool
}

// claim records a claim, once a place.
func (c *Card) claim(cl Claim) {
	if len(cl.Values) == 0 {
		return
	}
	if len(c.Claims) >= MaxList {
		c.truncate("claims")
		return
	}
	const most = 64 // values; longer lists say no more
	cl.Values = cl.Values[:min(len(cl.Values), most)]
	cl.Value = clip(strings.Join(cl.Values, ", "), 500)
	cl.Text = clip(cl.Text, 300)
	if cl.About == "" {
		cl.About = AboutSelf
	}
	for i := len(c.Claims) - 1; i >= 0 && c.Claims[i].Line == cl.Line; i-- {
		if c.Claims[i].Kind == cl.Kind && c.Claims[i].Value == cl.Value {
			return
		}
	}
	c.Claims = append(c.Claims, cl)
}

// metadataClaims turns declarations into claims.
func (c *Card) metadataClaims() {
	d := &c.Declared
	for _, m := range []struct {
		kind  string
		items []Item
	}{
		{ClaimLicense, d.Licenses}, {ClaimLanguage, d.Languages}, {ClaimBaseModel, d.BaseModels}, {ClaimDataset, d.Datasets},
	} {
		if len(m.items) == 0 {
			continue
		}
		cl := Claim{Kind: m.kind, Line: m.items[0].Line, Where: WhereMetadata, Text: m.kind}
		for _, item := range m.items {
			cl.Values = append(cl.Values, item.Value)
		}
		c.claim(cl)
	}
}

// numberClaim builds a claim of quantities.
func numberClaim(kind string, list []Quantity) Claim {
	cl := Claim{Kind: kind}
	for _, q := range list {
		if !slices.Contains(cl.Quantities, q) {
			cl.Quantities = append(cl.Quantities, q)
			cl.Values = append(cl.Values, itoa(q.Value))
		}
	}
	if len(cl.Values) > 1 {
		cl.About = AboutFamily
	}
	return cl
}

// selfNames are the names that a card gives its model, as folded words.
type selfNames struct{ list []string }

// titleName takes what belongs to the document off a title: "Model Card for".
func titleName(title string) string {
	s := words(title)
	for _, start := range []string{"model card for", "model card of", "modelcard for", "dataset card for", "model card", "the", "welcome to", "introducing"} {
		if rest, ok := strings.CutPrefix(s, start); ok && (rest == "" || rest[0] == ' ') {
			s = strings.TrimSpace(rest)
		}
	}
	for _, end := range []string{"model card", "modelcard", "model information", "model"} {
		if rest, ok := strings.CutSuffix(s, end); ok && (rest == "" || rest[len(rest)-1] == ' ') {
			s = strings.TrimSpace(rest)
		}
	}
	return s
}

// add notes a name, and the name without the size or variant at its end.
func (n *selfNames) add(name string) {
	const longest = 8 // words; a longer title is a sentence
	s := titleName(name)
	for range 3 {
		if len(s) < 3 || strings.Count(s, " ") >= longest || commonWords[s] || slices.Contains(n.list, s) {
			return
		}
		n.list = append(n.list, s)
		at := strings.LastIndexByte(s, ' ')
		if at < 0 || !isVariant(s[at+1:]) {
			return
		}
		s = s[:at]
	}
}

// commonWords are titles that name no model.
var commonWords = map[string]bool{
	"model": true, "models": true, "readme": true, "overview": true, "introduction": true, "license": true, "usage": true, "news": true,
	"language model": true, "dataset": true, "deprecated": true, "llama": true, "bert": true, "gpt": true, "llm": true,
}

// isVariant reports a last word of a name that tells members of a family apart.
func isVariant(w string) bool {
	switch w {
	case "base", "instruct", "chat", "it", "hf", "large", "small", "medium", "mini", "tiny", "xl", "xxl", "gguf", "awq", "gptq", "uncased", "cased", "vision":
		return true
	}
	digits := strings.TrimRight(w, "bmkt")
	return len(digits) < len(w) && strings.Trim(digits, "0123456789.") == ""
}

// named reports whether folded text names the model, and nothing longer that
// is another model's name.
func (n *selfNames) named(folded string) bool {
	for _, name := range n.list {
		for from := 0; ; {
			at := strings.Index(folded[from:], name)
			if at < 0 {
				break
			}
			at += from
			end := at + len(name)
			from = end
			if at > 0 && folded[at-1] != ' ' || end < len(folded) && folded[end] != ' ' {
				continue
			}
			next, _, _ := strings.Cut(strings.TrimPrefix(folded[end:], " "), " ")
			if next == "" || !isOtherSize(next) {
				return true
			}
		}
	}
	return false
}

// isOtherSize reports a word that makes another model of a name before it.
func isOtherSize(w string) bool {
	return w[0] >= '0' && w[0] <= '9' || isVariant(w)
}

// isIn tells whether a section of one of the names is around the current place.
func (r *bodyReader) isIn(names ...string) bool {
	for _, i := range r.open {
		s := &r.card.Sections[i]
		if slices.Contains(names, s.Name) {
			return true
		}
		for _, also := range s.Also {
			if slices.Contains(names, also) {
				return true
			}
		}
	}
	return false
}

// comparing reports a place where other models are spoken of: results,
// citations, news. Numbers there are not taken for the model's.
func (r *bodyReader) comparing() bool {
	return r.isIn("evaluation", "results", "testing_data", "metrics", "factors", "citation", "references", "changelog", "glossary",
		"acknowledgements", "how_to_use", "speeds_sizes_times", "environmental_impact", "table_of_contents", "model_examination")
}
