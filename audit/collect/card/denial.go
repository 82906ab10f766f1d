package card

import (
	"bytes"
	"regexp"
	"slices"
)

// What a card says only to say that it does not tell: "we do not disclose the
// training data". It is honest, so it is no placeholder; and it tells nothing,
// so it is no text of its section either.

// deniable are the sections that ask for facts about how a model was made and
// what it cost. Elsewhere, as under limitations, what was not done is what a
// reader wants to know.
var deniable = map[string]bool{
	"training": true, "training_data": true, "training_procedure": true, "preprocessing": true, "hyperparameters": true, "training_regime": true,
	"training_tokens": true, "speeds_sizes_times": true, "hours_used": true, "evaluation": true, "testing_data": true, "factors": true, "metrics": true,
	"results": true, "environmental_impact": true, "carbon": true, "cloud_provider": true, "compute_region": true, "compute_infrastructure": true,
	"hardware": true, "software": true, "architecture_section": true, "technical_specifications": true, "source_data": true, "dataset_description": true,
	"developers": true, "contact": true, "authors": true,
}

// denials are what stands as a whole answer. Those by which templates are left
// as they were are placeholders: see loosePhrases.
var denials = []string{
	"not measured", "not tracked", "not recorded", "not reported", "not disclosed", "not public", "not published", "not released", "not shared",
	"not evaluated", "not tested", "not benchmarked", "not determined", "not estimated", "not calculated", "not logged", "not monitored", "not collected",
	"not documented", "undisclosed", "confidential", "proprietary", "withheld", "unavailable", "private", "secret", "we do not know", "nobody knows",
}

// denial matches a sentence that refuses a fact, or says that nobody has it.
var denial = regexp.MustCompile(`(?i)` +
	`(\b(not|never|cannot|unable to|decline[sd]?|refuse[sd]?)\b|n['’]t\b)[^.;:]{0,60}\b(disclos|reveal|shar(e|ed|ing)\b|publish|releas|document|report|measur|track|record|provid|specif|quantif|estimat|made public|public\b|available|known\b|logged|collected|monitored|evaluated|benchmarked)` +
	`|\bno (further |more |other |public )?(information|details?|figures?|measurements?|numbers|records?|statistics|evaluations?|benchmarks?)\b` +
	`|\b(withheld|undisclosed)\b` +
	`|^(n/a|n\.a\.|not applicable|none)\b` +
	`|\b(information|details?|data|figures?|composition|hyperparameters|recipe)\b[^.;:]{0,40} (is|are|remains?) (not |un|in)?(available|confidential|proprietary|private|secret)`)

// telling matches what a denial may come with that says something all the same:
// a figure, or a turn.
var telling = regexp.MustCompile(`(?i)\d|\b(but|however|although|though|instead|except|other than|apart from|besides|only)\b`)

// denyingWords are words of which every denial has one.
var denyingWords = []string{
	"not", "never", "cannot", "unable", "decline", "declines", "declined", "refuse", "refuses", "refused", "isn't", "aren't", "wasn't", "weren't", "don't",
	"doesn't", "didn't", "can't", "couldn't", "won't", "wouldn't", "hasn't", "haven't", "hadn't", "shouldn't", "mustn't", "no", "withheld", "undisclosed",
	"n", "n.a", "none", "available", "unavailable", "confidential", "proprietary", "private", "secret",
}

const longestDenial = 25 // words; a longer sentence says more than that

// refusal matches a sentence in which the publisher declines to tell: of
// whatever section, it is no text.
var refusal = regexp.MustCompile(`(?i)\b(we|i|our (team|company|lab)|the (authors?|developers?|publishers?|provider|company|team))\b[^.;:]{0,20}(\b(not|never|cannot|unable to|declines?( to)?|refuses?( to)?)\b|n['’]t\b)[^.;:]{0,30}\b(disclose|reveal|share|publish|release|provide|give|tell)\b[^.;:]{0,30}\b(information|details?|anything|specifics|figures|documentation)\b`)

// isDenial tells whether a sentence only says that something is not told.
func (r *bodyReader) isDenial(s sentence) bool {
	if len(s.tokens) > longestDenial || !slices.ContainsFunc(s.tokens, func(t token) bool { return r.dict.denying[t.hash] }) {
		return len(s.tokens) <= longestDenial && r.asksForFacts() && r.dict.denials[runOf(s.tokens)]
	}
	if text := s.flat.text[s.from:s.to]; !r.asksForFacts() {
		return s.hints&hintRefusal != 0 && refusal.Match(text) && !telling.Match(text)
	}
	if r.dict.denials[runOf(s.tokens)] {
		return true
	}
	text := s.flat.text[s.from:s.to]
	return s.hints&hintDenial != 0 && denial.Match(text) && !telling.Match(text)
}

// asksForFacts tells whether the current place is in a section that can be
// denied, the nearest with a name deciding.
func (r *bodyReader) asksForFacts() bool {
	if r.strict {
		return true
	}
	for _, i := range slices.Backward(r.open) {
		if name := r.card.Sections[i].Name; name != "" {
			return deniable[name]
		}
	}
	return false
}

// isOnlyLinks reports text of links with nothing around them that is a word: a
// list of where to look is not what stands there. Whom to ask is.
func (r *bodyReader) isOnlyLinks(f *flat) bool {
	if len(f.links) == 0 || r.asksForPeople() {
		return false
	}
	i := 0
	for _, l := range f.links {
		if l.end < l.start || hasWord(f.text[i:max(i, l.start)]) {
			return false
		}
		i = max(i, l.end)
	}
	return !hasWord(bytes.TrimSpace(f.text[i:]))
}

// asksForPeople tells whether the current place is in a section in which a link
// is an answer.
func (r *bodyReader) asksForPeople() bool {
	for _, i := range slices.Backward(r.open) {
		switch r.card.Sections[i].Name {
		case "contact", "authors", "developers", "funding", "shared_by", "curators", "acknowledgements", "license_section", "citation":
			return true
		}
	}
	return false
}

// setting matches a list item that gives a value for a name: "batch size: 32",
// "learning_rate = 5e-05".
var setting = regexp.MustCompile("^[`*_ ]*[A-Za-z][\\w ()/.-]{0,60}[`*_ ]*[:=]{1,2}[`*_ ]*([^\\n]{0,80}?[^\\w\\n])?\\d")

// isSetting matches only where a first line has what the expression asks for.
func isSetting(item []byte) bool {
	line, _, _ := bytes.Cut(item, []byte("\n"))
	at := bytes.IndexAny(line, ":=")
	return at > 0 && bytes.ContainsAny(line[at:], "0123456789") && setting.Match(line)
}
