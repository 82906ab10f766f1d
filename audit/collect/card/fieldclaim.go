package card

import (
	"strings"
)

// fieldClaims reads the claim that a labelled value makes by its label.
func (r *bodyReader) fieldClaims(field *Field, f *flat) {
	if field.Name == "" || strings.TrimSpace(field.Value) == "" && len(f.links) == 0 {
		return
	}
	base := Claim{Text: field.Label + ": " + field.Value, Line: field.Line, Where: r.whereOf(field)}
	list := atoms(f.text, 0, min(len(f.text), maxClaimText))
	switch field.Name {
	case "parameters", "active_parameters":
		r.parameterField(base, field, list)
	case "context_length":
		r.numberField(base, ClaimContextLength, list, minContext, maxContext)
	case "layers":
		if !hasAny(list, "encoder", "decoder") {
			r.numberField(base, ClaimLayers, list, 1, 2000)
		}
	case "hidden_size":
		r.numberField(base, ClaimHiddenSize, list, 8, 1e6)
	case "vocab_size":
		r.numberField(base, ClaimVocabSize, list, 100, 1e8)
	case "training_tokens":
		r.tokensField(base, list)
	case "dtype":
		r.dtypeField(base, list)
	case "languages":
		if codes, ok := languagesIn(firstSentence(field.Value)); ok {
			base.Kind, base.Values = ClaimLanguage, codes
			r.card.claim(base)
		}
	case "base_model_section":
		r.baseModelField(base, field, f)
	case "training_data":
		r.datasetLinks(base, f, 0, len(f.text))
	case "license_section":
		r.licenseField(base, field)
	case "architecture_section", "model_type":
		r.architectureField(base, field)
	}
}

// Context lengths outside of these bounds are something else.
const (
	minContext = 16
	maxContext = 1_000_000_000
)

// maxClaimText bounds the text of a value that is searched.
const maxClaimText = 2000

func (r *bodyReader) whereOf(field *Field) string {
	switch {
	case field.Table:
		return WhereTable
	case field.Section >= 0 && r.card.Sections[field.Section].Level >= itemLevel:
		return WhereBullet
	case field.bullet:
		return WhereBullet
	}
	return WhereProse
}

func firstSentence(s string) string {
	if at := strings.Index(s, ". "); at >= 0 {
		s = s[:at]
	}
	return strings.TrimRight(s, ". ")
}

func hasAny(list []atom, wanted ...string) bool {
	for _, a := range list {
		for _, w := range wanted {
			if a.text == w {
				return true
			}
		}
	}
	return false
}

// parameterField reads "7B", "671B total, 37B activated", "8x7B". A label that
// speaks of embeddings counts a part of the model only, and one that promises
// two numbers does not say which is which.
func (r *bodyReader) parameterField(base Claim, field *Field, list []atom) {
	label := words(field.Label)
	if strings.Contains(label, "embedding") || field.Name == "parameters" && strings.Contains(label, "activ") || speaksOfOthers(list) || len(list) > 40 {
		return
	}
	var total, active []Quantity
	for i := 0; i < len(list); i++ {
		m, ok := measureAt(list, i)
		if !ok || !m.scaled && m.q.Value < 100_000 {
			continue
		}
		if m.experts > 0 {
			base.Experts = m.experts
			base.Kind, base.Values = ClaimParameters, []string{strings.TrimSpace(field.Value)}
			r.card.claim(base)
			return
		}
		role, counts := roleInValue(list, m)
		first := len(total)+len(active) == 0
		switch {
		case !counts:
		case role == "active" || role == "" && first && field.Name == "active_parameters":
			active = append(active, m.q)
		case role == "total" || role == "" && field.Name == "parameters":
			total = append(total, m.q)
		}
		i = m.next - 1
	}
	r.numbers(base, ClaimParameters, total)
	r.numbers(base, ClaimActiveParameters, active)
}

// roleInValue tells what a number of a labelled value counts, by the words
// around it up to the next separator: "total", "active" or just parameters.
// Numbers of a part of the model, and of anything else, count none.
func roleInValue(list []atom, m measure) (role string, counts bool) {
	end := m.next
	for end < len(list) && !separates(list[end].text) && !list[end].number {
		end++
	}
	if end < len(list) && (list[end].text == ":" || list[end].text == "=") {
		end = m.next // what follows is the label of the next number
	}
	start := m.first
	for start > 0 && !separates(list[start-1].text) && !list[start-1].number {
		start--
	}
	if start > 0 && list[start-1].number {
		start = m.first // the words before belong to the number before
	}
	if start > 0 && (list[start-1].text == ":" || list[start-1].text == "=") {
		for start--; start > 0 && !separates(list[start-1].text); {
			start--
		}
	}
	for _, half := range [2][]atom{list[m.next:end], list[start:m.first]} {
		for _, a := range half {
			switch named := roleWord(a.text); {
			case separates(a.text):
			case named == "other":
				return "", false
			case named != "" && role == "":
				role = named
			}
		}
	}
	return role, true
}

// separates reports what stands between the numbers of a value.
func separates(s string) bool {
	switch s {
	case ",", ";", "/", "(", ")", "[", "]", "|", ".", ":", "=", "and", "or", "with", "+", "–", "—", "-":
		return true
	}
	return false
}

// roleWord tells what a word beside a number of parameters makes of it: "total",
// "active", nothing, or "other" when the number counts something else.
func roleWord(w string) string {
	switch w {
	case "active", "activated", "activate", "activating":
		return "active"
	case "total", "totalling", "overall", "altogether":
		return "total"
	case "param", "params", "parameter", "parameters", "weights", "per", "token", "each", "every", "for", "in", "of", "the", "a", "an", "are", "is", "being", "which",
		"about", "approximately", "approx", "around", "roughly", "circa", "ca", "~", "≈", "∼", "nearly", "almost", "over", "more", "than", "least", "at", "under", "up", "to",
		"<", ">", "only", "just", "some", "model", "models", "version", "variant", "dense", "learnable", "estimated", "\"", "*", "`", "#", "exactly", "number", "count":
		return ""
	}
	if sizeWords[w] {
		return ""
	}
	return "other"
}

func (r *bodyReader) numbers(base Claim, kind string, list []Quantity) {
	if len(list) == 0 {
		return
	}
	cl := numberClaim(kind, list)
	cl.Text, cl.Line, cl.Where, cl.Negated = base.Text, base.Line, base.Where, base.Negated
	r.card.claim(cl)
}

// numberField reads plain numbers between bounds; several are those of several
// variants.
func (r *bodyReader) numberField(base Claim, kind string, list []atom, low, high float64) {
	if speaksOfOthers(list) || len(list) > 40 {
		return
	}
	var found []Quantity
	for i := 0; i < len(list); i++ {
		m, ok := measureAt(list, i)
		if !ok || m.experts > 0 || float64(m.q.Value) < low || float64(m.q.Value) > high {
			continue
		}
		q := m.q.maximum()
		if kind != ClaimLayers {
			q = q.binary()
		}
		found = append(found, q)
		i = m.next - 1
	}
	if kind != ClaimContextLength && len(found) > 1 {
		return // not a list of variants, more likely a sentence
	}
	r.numbers(base, kind, found)
}

func (r *bodyReader) tokensField(base Claim, list []atom) {
	for i := range list {
		if m, ok := measureAt(list, i); ok && m.scaled && m.q.Value >= 1e6 {
			r.numbers(base, ClaimTokens, []Quantity{m.q})
			return
		}
	}
}

// dtypes maps the names of number formats to one spelling each.
var dtypes = map[string]string{
	"bf16": "bfloat16", "bfloat16": "bfloat16", "fp16": "float16", "float16": "float16", "f16": "float16", "half": "float16",
	"fp32": "float32", "float32": "float32", "f32": "float32", "fp64": "float64", "float64": "float64", "f64": "float64",
	"fp8": "float8", "float8": "float8", "f8": "float8", "f8_e4m3": "float8", "e4m3": "float8", "f8_e4m3fn": "float8", "f8_e5m2": "float8", "fp4": "float4",
	"int8": "int8", "i8": "int8", "int4": "int4", "i4": "int4", "u8": "uint8", "uint8": "uint8", "int16": "int16", "i16": "int16", "i32": "int32", "int32": "int32", "i64": "int64", "int64": "int64",
	"mxfp4": "mxfp4", "nvfp4": "nvfp4", "nf4": "nf4", "torch.bfloat16": "bfloat16", "torch.float16": "float16", "torch.float32": "float32",
}

// dtypeField reads a value that is nothing but formats.
func (r *bodyReader) dtypeField(base Claim, list []atom) {
	const longest = 12
	if len(list) > longest {
		return
	}
	for _, a := range list {
		if d, ok := dtypes[a.text]; ok {
			base.Values = appendNew(base.Values, d)
		}
	}
	base.Kind = ClaimDType
	r.card.claim(base)
}

// baseModelField reads a link to a model, an id, or a short name.
func (r *bodyReader) baseModelField(base Claim, field *Field, f *flat) {
	base.Kind = ClaimBaseModel
	const sentence = 12 // words; then it tells a story of several models
	if strings.Count(field.Value, " ") >= sentence {
		return
	}
	for _, l := range f.links {
		if id, ok := hubModel(l.url); ok {
			base.Values = appendNew(base.Values, id)
		}
	}
	if base.Values == nil {
		value := strings.Trim(field.Value, "`\"' .")
		const longest = 6 // words
		if strings.Count(value, " ") >= longest || value == "" || saysNone(value) {
			return
		}
		base.Values = []string{value}
	}
	r.card.claim(base)
}

// saysNone reports a value that denies that there is one.
func saysNone(s string) bool {
	first, _, _ := strings.Cut(words(s), " ")
	switch first {
	case "none", "no", "not", "scratch", "trained", "from", "n", "see", "various", "multiple", "this", "the", "we":
		return true
	}
	return false
}

func (r *bodyReader) architectureField(base Claim, field *Field) {
	const longest = 12 // words; a sentence describes, it does not name
	value := strings.Trim(firstSentence(withoutAside(field.Value)), "`:; ")
	if value == "" || verbal(value) || strings.Count(value, " ") >= longest || saysNone(value) || strings.Contains(strings.ToLower(value), "information") {
		return
	}
	base.Kind, base.Values = ClaimArchitecture, []string{value}
	r.card.claim(base)
}

// licenseField reads a licence's name, or what a sentence says that the model
// is under.
func (r *bodyReader) licenseField(base Claim, field *Field) {
	base.Kind = ClaimLicense
	if name, ok := licensePhrase(field.Value); ok {
		base.Values = []string{name}
		r.card.claim(base)
		return
	}
	const longest = 6 // words
	value := strings.Trim(firstSentence(withoutAside(field.Value)), "`:; ")
	if strings.Count(value, " ") >= longest || value == "" || saysNone(value) || verbal(value) {
		return
	}
	base.Values = []string{value}
	r.card.claim(base)
}

// withoutAside drops what stands in parentheses.
func withoutAside(s string) string {
	before, rest, ok := strings.Cut(s, "(")
	if !ok {
		return s
	}
	_, after, _ := strings.Cut(rest, ")")
	return strings.TrimSpace(strings.TrimSpace(before) + " " + strings.TrimSpace(after))
}

// verbal reports a value that is a sentence rather than a name.
func verbal(s string) bool {
	for _, w := range strings.Fields(strings.ToLower(s)) {
		switch strings.Trim(w, ".,;:") {
		case "is", "are", "has", "have", "uses", "see", "please", "available", "same", "refer", "check", "under", "released", "licensed", "here", "code", "data", "dataset":
			return true
		}
	}
	return false
}

// datasetLinks claims the datasets that a part of a text links to.
func (r *bodyReader) datasetLinks(base Claim, f *flat, from, to int) {
	base.Kind = ClaimDataset
	for _, l := range f.links {
		if l.start < from || l.start >= max(to, from+1) {
			continue
		}
		if id, ok := hubDataset(l.url); ok {
			base.Values = appendNew(base.Values, id)
		}
	}
	r.card.claim(base)
}

// tableClaims reads columns of parameters and context lengths in a table that
// describes the model and its variants.
func (r *bodyReader) tableClaims(t *tableReader, line int) {
	if len(t.header) < 2 || len(t.cells) == 0 || r.comparing() || !r.isDescription() {
		return
	}
	for column, title := range t.header {
		if column == 0 {
			continue
		}
		name := lookup(words(strings.TrimLeft(title, "# ")))
		if len(name) == 0 {
			continue
		}
		switch name[0] {
		case "parameters":
			r.columnClaim(t, column, ClaimParameters, line)
		case "active_parameters":
			r.columnClaim(t, column, ClaimActiveParameters, line)
		case "context_length":
			r.columnClaim(t, column, ClaimContextLength, line)
		}
	}
}

// isDescription reports a place that speaks of the model itself: its details,
// or the text before any named section.
func (r *bodyReader) isDescription() bool {
	if len(r.open) == 0 {
		return true
	}
	named := false
	for _, i := range r.open {
		named = named || r.card.Sections[i].Name != ""
	}
	return !named || r.isIn("summary", "model_details", "model_description", "architecture_section", "technical_specifications", "version", "model_type", "parameters")
}

// columnClaim takes a column in which each cell has a number or nothing.
func (r *bodyReader) columnClaim(t *tableReader, column int, kind string, line int) {
	var found []Quantity
	text := t.header[column] + ":"
	for _, row := range t.cells {
		if column >= len(row) || r.saysNothing(row[column]) {
			continue
		}
		cell := cellQuantities(row[column], kind)
		if cell == nil {
			return
		}
		if !r.ownRow(row[0]) {
			continue
		}
		found = append(found, cell...)
		text += " " + row[column]
	}
	r.numbers(Claim{Text: text, Line: line, Where: WhereTable}, kind, found)
}

// sizeWords name the variants of one model.
var sizeWords = map[string]bool{
	"tiny": true, "nano": true, "micro": true, "mini": true, "small": true, "base": true, "medium": true, "large": true, "huge": true, "giant": true,
	"xs": true, "s": true, "m": true, "l": true, "xl": true, "xxl": true, "turbo": true, "lite": true, "pro": true, "instruct": true, "chat": true, "model": true,
	"pretrained": true, "finetuned": true, "text": true, "only": true, "total": true, "b": true, "version": true, "v": true, "en": true,
}

// ownRow reports whether the row of a table, by its first cell, can be about
// this model: it bears a word of the card's title, or only names a size. A card
// without a title of its own says nothing about whose rows these are, and they
// are taken.
func (r *bodyReader) ownRow(name string) bool {
	title := strings.Fields(words(r.card.Title))
	known := map[string]bool{}
	for _, w := range title {
		if !sizeWords[w] && w != "card" && w != "for" && w != "the" && w != "details" && w != "of" && w != "a" && w != "readme" && w != "information" {
			known[strings.TrimRight(w, "0123456789")] = true
		}
	}
	if len(known) == 0 {
		return true
	}
	sizes := true
	for _, w := range strings.Fields(words(name)) {
		bare := strings.TrimRight(w, "0123456789")
		if bare != "" && known[bare] {
			return true
		}
		sizes = sizes && (bare == "" || sizeWords[bare])
	}
	return sizes
}

// cellQuantities reads the numbers of a cell: "1B (1.23B)" gives two, and so
// does "90B (88.8)", the second in the unit of the first.
func cellQuantities(cell, kind string) []Quantity {
	var found []Quantity
	list := atoms([]byte(cell), 0, len(cell))
	factor := 1.0
	for i := range list {
		m, ok := measureAt(list, i)
		if !ok || m.experts > 0 {
			continue
		}
		if !m.scaled && factor > 1 && i > 0 && list[i-1].text == "(" {
			if m.q, ok = quantity(list[i].text, factor); !ok {
				continue
			}
			m.scaled = true
		}
		factor = m.factor
		if kind == ClaimContextLength {
			if m.q.Value >= minContext && m.q.Value <= maxContext {
				found = append(found, m.q.maximum().binary())
			}
			continue
		}
		role, counts := roleInValue(list, m)
		if counts && (m.scaled || m.q.Value >= 100_000) && (role == "" || (role == "active") == (kind == ClaimActiveParameters)) {
			found = append(found, m.q)
		}
	}
	return found
}
