package license

import (
	"slices"
	"strings"
)

// Clause is a passage of a text that grants less than everything, or asks for
// something. It is found by words, not by understanding: a place to read.
type Clause struct {
	Kind  ClauseKind `json:"kind"`
	Line  int        `json:"line"`  // 1-based, where the quote begins
	Quote string     `json:"quote"` // at most MaxQuoteWords words, white space collapsed
	Added bool       `json:"-"`     // not in the known text this one resembles
}

// ClauseKind is what a passage is about.
type ClauseKind string

const (
	ClauseUsers         ClauseKind = "users_threshold"
	ClauseRevenue       ClauseKind = "revenue_threshold"
	ClauseNonCommercial ClauseKind = "non_commercial"
	ClauseResearchOnly  ClauseKind = "research_only"
	ClauseMilitary      ClauseKind = "military"
	ClauseTerritory     ClauseKind = "territory"
	ClauseOutput        ClauseKind = "output_training"
	ClauseDisplay       ClauseKind = "display"
	ClauseNaming        ClauseKind = "naming"
	ClauseTermination   ClauseKind = "termination"
	ClauseRemote        ClauseKind = "remote_restriction"
	ClausePolicy        ClauseKind = "use_policy"
	ClauseRegistration  ClauseKind = "registration"
	ClauseNoDerivatives ClauseKind = "no_derivatives"
	ClauseNoSharing     ClauseKind = "no_redistribution"
	ClauseRestriction   ClauseKind = "restriction" // asks or forbids something else
)

// Limits of the clauses of one text.
const (
	MaxClauses    = 64
	MaxQuoteWords = 20
	maxQuoteBytes = 240
)

// A sentence is the unit that is searched: the words up to a full stop, a
// semicolon, or an empty line.
type sentence struct {
	stretch
	words []word
}

// maxSentence cuts sentences that do not end, in words.
const maxSentence = 120

// sentences splits a text.
func sentences(text string, words []word) []sentence {
	var out []sentence
	from := 0
	for i := range words {
		last := i+1 == len(words)
		if last || i-from >= maxSentence || ends(text[words[i].end:words[i+1].start]) {
			out = append(out, sentence{stretch{from, i + 1}, words[from : i+1]})
			from = i + 1
		}
	}
	return out
}

// ends reports whether what stands between two words ends a sentence.
func ends(between string) bool {
	return strings.ContainsAny(between, ";。；\u2022") || strings.Contains(between, "\n\n") || strings.Contains(between, "\n\r\n") ||
		strings.Contains(between, ". ") || strings.Contains(between, ".\n") || strings.Contains(between, ".\r") || strings.Contains(between, "\n-") || strings.Contains(between, "\n*")
}

// clauses searches the sentences of a text. Those that touch an added stretch
// are searched for restrictions of any kind, and their clauses are marked; with
// addedOnly, no others are.
func clauses(text string, words []word, added []stretch, addedOnly bool) []Clause {
	var out []Clause
	for _, s := range sentences(text, words) {
		touched := slices.ContainsFunc(added, s.overlaps)
		if addedOnly && !touched {
			continue
		}
		for _, hit := range s.hits(touched) {
			out = append(out, Clause{hit.kind, s.words[hit.at].line, quote(text, s.words, hit.at), touched})
			if len(out) == MaxClauses {
				return out
			}
		}
	}
	return out
}

// quote takes the words around the place of a hit.
func quote(text string, words []word, at int) string {
	from := max(0, min(at-MaxQuoteWords/2, len(words)-MaxQuoteWords))
	to := min(len(words), from+MaxQuoteWords)
	q := strings.Join(strings.Fields(text[words[from].start:words[to-1].end]), " ")
	f := strings.Fields(q)
	if len(f) > MaxQuoteWords {
		q = strings.Join(f[:MaxQuoteWords], " ")
	}
	if len(q) > maxQuoteBytes {
		q = strings.ToValidUTF8(q[:maxQuoteBytes], "")
	}
	return q
}

type hit struct {
	kind ClauseKind
	at   int // index of the word that gave it away
}

// hits tells what a sentence is about. A sentence that is new to a known text
// and forbids or asks anything is at least a restriction.
func (s *sentence) hits(added bool) []hit {
	v := s.view()
	var out []hit
	add := func(kind ClauseKind, at int) {
		if at >= 0 {
			out = append(out, hit{kind, at})
		}
	}
	add(ClauseUsers, v.users())
	add(ClauseRevenue, v.revenue())
	add(ClauseNonCommercial, v.nonCommercial())
	add(ClauseResearchOnly, v.researchOnly())
	add(ClauseMilitary, v.first("military", "warfare", "weapon", "weapons", "nuclear", "espionage", "军事", "军"))
	add(ClauseTerritory, v.territory())
	add(ClauseOutput, v.output())
	add(ClauseDisplay, v.display())
	add(ClauseNaming, v.naming())
	add(ClauseTermination, v.first("terminate", "terminates", "terminated", "termination", "revoke", "revoked", "revocable", "revocation"))
	add(ClauseRemote, v.remote())
	add(ClausePolicy, v.policy())
	add(ClauseRegistration, v.registration())
	add(ClauseNoDerivatives, v.noDerivatives())
	add(ClauseNoSharing, v.forbidding("redistribute", "redistribution", "distribute", "distributed", "sublicense", "sublicensed", "share"))
	if len(out) == 0 && added {
		add(ClauseRestriction, v.restriction())
	} else if len(out) == 0 {
		add(ClauseRestriction, v.forbidding("use", "used", "using", "uses"))
	}
	return out
}

// view gives quick answers about the words of a sentence.
type view struct {
	words []word
	at    map[string]int // first place of each word
}

func (s *sentence) view() view {
	v := view{s.words, make(map[string]int, len(s.words))}
	for i := len(s.words) - 1; i >= 0; i-- {
		v.at[s.words[i].text] = i
	}
	return v
}

// first returns the place of the first of the words, -1 for none.
func (v view) first(words ...string) int {
	first := -1
	for _, w := range words {
		if i, ok := v.at[w]; ok && (first < 0 || i < first) {
			first = i
		}
	}
	return first
}

func (v view) any(words ...string) bool { return v.first(words...) >= 0 }

// negative reports whether the sentence forbids or excludes something.
func (v view) negative() bool {
	return v.any("not", "no", "never", "cannot", "prohibited", "prohibits", "prohibit", "forbidden", "except", "without", "neither", "disallowed", "refrain", "banned", "不", "禁", "勿") ||
		v.phrase("other than") >= 0
}

// phrase returns the place of some words in a row, -1 where they do not stand.
func (v view) phrase(p string) int {
	want := strings.Split(p, " ")
	start, ok := v.at[want[0]]
	for i := start; ok && i+len(want) <= len(v.words); i++ {
		j := 0
		for j < len(want) && v.words[i+j].text == want[j] {
			j++
		}
		if j == len(want) {
			return i
		}
	}
	return -1
}

// phrases returns the place of the first phrase that stands.
func (v view) phrases(list ...string) int {
	for _, p := range list {
		if i := v.phrase(p); i >= 0 {
			return i
		}
	}
	return -1
}

func (v view) number() bool {
	return slices.ContainsFunc(v.words, func(w word) bool { return isDigit(w.text[0]) }) || v.any("million", "billion", "thousand", "hundred", "亿", "万")
}

func (v view) users() int {
	if v.any("monthly", "daily", "active", "month", "mau", "dau", "exceeds", "exceed", "than", "月") && v.number() {
		return v.first("users", "mau", "dau", "visits", "用")
	}
	return -1
}

func (v view) revenue() int {
	if v.number() {
		return v.first("revenue", "revenues", "arr", "turnover", "income", "funding", "收")
	}
	return -1
}

func (v view) nonCommercial() int {
	if i := v.first("noncommercial"); i >= 0 {
		return i
	}
	if i := v.phrases("non commercial", "non production", "by nc", "purposes other than commercial", "free for personal", "personal use only"); i >= 0 {
		if slices.Contains([]string{"ai", "model", "models"}, v.wordAt(i+2)) {
			return -1 // it speaks of others
		}
		return i
	}
	i := v.first("commercial", "commercially", "commercialize")
	if i < 0 {
		i = v.phrases("商 业", "商 用")
	}
	if i < 0 {
		return -1
	}
	near := sentence{words: v.words[max(0, i-8):min(len(v.words), i+7)]}
	if n := near.view(); n.negative() && !n.any("exceed", "exceeds", "accordance") || n.any("only", "separate", "request", "仅", "非") {
		return i
	}
	if v.phrases("commercial use requires", "commercial use needs", "commercial use require", "commercial use need") >= 0 &&
		v.any("permission", "license", "agreement", "consent", "approval", "fee", "payment") && !v.any("that") {
		return i
	}
	if v.any("contact") && v.phrases("for commercial use", "for commercial licensing", "for a commercial license") >= 0 {
		return i
	}
	return -1
}

func (v view) researchOnly() int {
	if v.phrases("research and commercial", "research or commercial", "commercial and research", "commercial or research") >= 0 {
		return -1
	}
	if i := v.phrases("free for research", "free for academic"); i >= 0 && !v.any("business", "any") {
		return i
	}
	if i := v.first("research", "academic", "educational", "evaluation", "研"); i >= 0 &&
		(v.any("only", "solely", "exclusively", "仅") || v.phrases("research purposes", "research use", "research and", "for research") >= 0 && v.any("use", "used", "license", "purposes")) {
		return i
	}
	return -1
}

func (v view) territory() int {
	if i := v.first("territory", "territories"); i >= 0 {
		return i
	}
	if i := v.phrases("european union", "united kingdom", "south korea"); i >= 0 && (v.negative() || v.any("outside", "excluding", "excluded", "domiciled")) {
		return i
	}
	return -1
}

// output finds clauses on making other models: "improve any other large
// language model", "train a competing model".
func (v view) output() int {
	at := v.first("improve", "improving", "train", "training", "distill", "distillation", "develop", "create", "creating")
	if at < 0 {
		return -1
	}
	for i, w := range v.words {
		if w.text != "model" && w.text != "models" && w.text != "llm" && w.text != "llms" {
			continue
		}
		before := sentence{words: v.words[max(0, i-6):i]}
		if b := before.view(); b.any("other", "another", "competing", "competitive", "foundational", "foundation") {
			return at
		}
	}
	if v.any("outputs", "output", "results") && v.any("model", "models") {
		return v.first("improve", "improving", "train", "training", "distill")
	}
	return -1
}

func (v view) display() int {
	if i := v.phrases("built with", "powered by", "prominently display", "licensed by nvidia", "built using"); i >= 0 {
		return i
	}
	if v.any("interface", "website", "prominently", "blogpost") {
		return v.first("display", "displayed")
	}
	return -1
}

func (v view) naming() int {
	if i := v.first("name", "names", "named", "prefix"); i >= 0 && v.any("model", "models", "derivative", "derivatives") && v.any("beginning", "begin", "begins", "start", "starts", "include", "prefix", "prepend") {
		return i
	}
	return -1
}

func (v view) remote() int {
	if v.any("restrict", "restricting", "restricted") {
		return v.first("remotely")
	}
	return -1
}

func (v view) policy() int {
	return v.phrases("acceptable use", "use policy", "usage policy", "prohibited use", "prohibited uses", "use restrictions", "use based restrictions", "usage guidelines")
}

func (v view) registration() int {
	if i := v.first("register", "registration", "registered", "登"); i >= 0 && v.any("commercial", "commercially", "use", "using", "must", "shall", "商") {
		return i
	}
	if i := v.phrases("request a license", "apply for", "written permission", "prior written consent", "separate license", "obtain a license"); i >= 0 && v.any("commercial", "commercially", "use", "using", "must", "shall") {
		return i
	}
	return -1
}

// forbidding returns the place of the first of the words where the sentence
// says that somebody may not.
func (v view) forbidding(words ...string) int {
	i := v.first(words...)
	if i < 0 {
		return -1
	}
	if v.phrases("may not", "must not", "shall not", "can not", "will not", "not permitted", "not allowed", "not be", "agree not") >= 0 || v.any("cannot", "prohibited", "forbidden", "禁") {
		return i
	}
	return -1
}

// making are the words for making changed versions, and changed what they make.
var (
	making  = []string{"modify", "modifying", "adapt", "adapting", "alter", "altering", "transform", "transforming", "translate"}
	changed = []string{"derivative", "derivatives", "modified", "adapted", "modifications", "adaptations"}
)

// noDerivatives finds where a sentence forbids to make or share changed versions
// at all: not those for some purpose, in some place or under some condition, and
// not what may be done with them.
func (v view) noDerivatives() int {
	if i := v.phrases("no derivatives", "no derivative", "noderivatives", "no modifications"); i >= 0 {
		return i
	}
	if v.any("unless", "except", "excluding", "outside", "if", "only", "accordance", "violation", "provided", "purpose", "purposes", "following", "improve", "infringe") {
		return -1
	}
	from := v.phrases("may not", "must not", "shall not", "can not", "will not", "not permitted to", "not allowed to", "agree not", "prohibited from")
	if from < 0 {
		from = v.first("cannot")
	}
	if from < 0 {
		return -1
	}
	const reach = 12 // words that belong to what is forbidden
	last := ""
	for i, w := range v.words[from:min(len(v.words), from+reach)] {
		switch {
		case slices.Contains(making, w.text):
			return from + i
		case slices.Contains(changed, w.text) && slices.Contains([]string{"create", "creating", "make", "making", "prepare", "produce", "share", "distribute", "distributing", "publish", "build"}, last):
			return from + i
		case slices.Contains([]string{"use", "using", "used", "deploy", "deployed"}, w.text) && !slices.Contains([]string{"copy", "modify", "adapt", "reproduce", "alter"}, v.wordAt(from+i+1)):
			return -1 // what may not be done with something
		case w.text != "a" && w.text != "any" && w.text != "or" && w.text != "new":
			last = w.text
		}
	}
	return -1
}

func (v view) wordAt(i int) string {
	if i < len(v.words) {
		return v.words[i].text
	}
	return ""
}

// restriction returns the place of any word that asks or forbids.
func (v view) restriction() int {
	for i, w := range v.words {
		if asking()[w.text] {
			return i
		}
		if strings.Contains("仅禁不得勿须必", w.text) {
			return i
		}
	}
	return -1
}
