package card

import (
	"slices"
	"strings"
)

// leastCount is the smallest number of parameters, written out in digits, that
// is taken for the size of a model. Below it stand arguments and settings.
const leastCount = 10_000

// parameters reads "a 7B parameter model", "with 456 billion total parameters,
// of which 45.9 billion are activated", "comes in sizes 300M, 1.5B and 3.3B".
func (c *claimSearch) parameters() {
	if hasAny(c.list, "lora", "qlora", "peft", "adapter", "adapters", "consists", "consist", "composed", "combines", "combining", "ranging", "between", "reduce", "reduces", "reduced", "pruned", "pruning") {
		return
	}
	counted := false
	// The size of a mixture of experts may be that of the whole or of what is
	// active; unless the card says which, the number is no claim.
	mixed := hasAny(c.list, "experts", "moe", "mixture", "mixtureofexperts", "mixtureofexpert")
	for i := 0; i < len(c.list); i++ {
		m, ok := measureAt(c.list, i)
		if !ok || !m.scaled && m.q.Value < leastCount || m.q.Bound == "at_most" {
			continue
		}
		role, counts := c.parameterRole(m)
		if counts && (role == "part" || c.isOfPart(m)) {
			i = m.next - 1
			continue
		}
		if counts && !c.owns(c.listStart(m)) && !c.opensWith(m) {
			return
		}
		switch {
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

// opensWith reads "With 7B parameters, Foo ...": a number that the subject
// follows at once.
func (c *claimSearch) opensWith(m measure) bool {
	switch c.word(0) {
	case "with", "at", "having", "counting":
	default:
		return false
	}
	for k := 1; k < m.first; k++ {
		if !isAmount(c.word(k)) {
			return false
		}
	}
	const longest = 5 // atoms up to the comma
	for k := m.next; k < min(c.head, m.next+longest); k++ {
		if c.word(k) == "," {
			return k == c.head-1 || k == c.head-2 && isDeterminer(c.word(k+1))
		}
	}
	return false
}

// isOfPart reports words behind a number of parameters that say which part of
// the model has them: "in the encoder", "per expert".
func (c *claimSearch) isOfPart(m measure) bool {
	k := m.next
	for k < len(c.list) && !strings.HasPrefix(c.word(k), "param") {
		if k++; k > m.next+4 {
			return false
		}
	}
	switch c.word(k + 1) {
	case "in", "for", "of", "per", "(", "from", "within", "inside":
	default:
		return false
	}
	const longest = 6
	for k += 2; k < min(len(c.list), m.next+longest+4); k++ {
		switch w := c.word(k); {
		case w == "," || w == ";" || w == "." || w == ")" || isVerb(w):
			return false
		case w == "each", isComponent(w):
			return true
		}
	}
	return false
}

func (c *claimSearch) claimNumbers(kind string, list []Quantity, at int) {
	base := c.base
	base.Negated = c.negated(at)
	c.numbers(base, kind, list)
}

// parameterRole reads the words between a number and "parameters", or before
// the number in "parameter count of 7B".
func (c *claimSearch) parameterRole(m measure) (role string, counts bool) {
	if role, ok := labelled(c.list, m.first); ok {
		return role, true
	}
	for k := m.next; k < min(len(c.list), m.next+5) && !labelFollows(c.list, m.next); k++ {
		switch w := c.list[k].text; w {
		case "parameter", "parameters", "params", "param":
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

// labelled reads the label right before a number, as in "Total parameters: 7B,
// activated parameters: 1.1B"; what stands behind the number is the next label.
func labelled(list []atom, first int) (role string, ok bool) {
	if first < 2 || list[first-1].text != ":" && list[first-1].text != "=" {
		return "", false
	}
	const longest = 4 // words of a label
	for k := first - 2; k >= max(0, first-2-longest); k-- {
		switch w := list[k].text; {
		case strings.HasPrefix(w, "param"):
			ok = true
		case w == "active" || w == "activated":
			return "active", ok
		case w == "total" || w == "overall":
			return "total", ok
		case list[k].number || w == "," || w == ";" || w == "/":
			return role, ok
		}
	}
	return role, ok
}

// labelFollows reports whether the words from i on are the label of another
// number: "activated parameters: 1.1B".
func labelFollows(list []atom, i int) bool {
	const longest = 5
	for k := i; k < min(len(list)-1, i+longest); k++ {
		if k > i && strings.HasPrefix(list[k].text, "param") && (list[k+1].text == ":" || list[k+1].text == "=") {
			return true
		}
		if list[k].number {
			return false
		}
	}
	return false
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

// listStart returns the atom at which a list of numbers begins that ends in one.
func (c *claimSearch) listStart(last measure) int {
	start := last.first
	for start >= 2 && isJoint(c.word(start-1)) {
		end := start - 1
		for end >= 1 && isJoint(c.word(end-1)) {
			end--
		}
		m, ok := c.measureEndingAt(end)
		if !ok {
			break
		}
		start = m.first
	}
	return start
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

// notStored tells that a sentence speaks of how a model is run or made, or of a
// part of it, and not of how its weights are stored.
func (c *claimSearch) notStored() bool {
	return hasAny(c.list, "run", "runs", "load", "loaded", "loading", "inference", "training", "trained", "mixed", "recommend", "support", "supports", "supported", "convert", "converted", "converting", "if", "can", "activation", "activations", "except", "original", "baseline", "executed", "executes", "rest", "linear", "layers", "embedding", "embeddings", "apart", "some", "part", "parts", "cache")
}

// sizedType reads "is a 7B parameter model in bfloat16": a number type that
// follows its “in” in a sentence which tells the size.
func (c *claimSearch) sizedType() {
	is := slices.IndexFunc(c.list, func(a atom) bool { return a.text == "is" })
	if is < 0 || c.notStored() {
		return
	}
	for i := is + 1; i+1 < min(len(c.list), is+12); i++ {
		if d, ok := dtypes[c.list[i+1].text]; ok && d != "half" && c.list[i].text == "in" {
			base := c.base
			base.Kind, base.Values, base.Negated = ClaimDType, []string{d}, c.negated(i+1)
			c.card.claim(base)
			return
		}
	}
}

// dtype reads "released as BF16 weights", "the weights are stored in float16".
func (c *claimSearch) dtype() {
	if c.notStored() {
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
