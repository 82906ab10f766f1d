package card

import (
	"bytes"
	"regexp"
	"strings"
)

// Kinds of statement.
const (
	// StatementContamination speaks of whether test data was seen in training.
	StatementContamination = "contamination"
	// StatementReview says that a paper on the model was accepted by a venue that
	// reviews, and names it in Value.
	StatementReview = "review"
	// StatementDataComplete says that the data that is listed is all there was.
	StatementDataComplete = "data_complete"
	// StatementCost gives an amount of carbon, energy or computing that training
	// this model took.
	StatementCost = "cost"
)

// Statement is a sentence of the card's prose that answers a question of its own.
// What only says that the answer is not told is none, nor is a heap of words
// without a verb.
type Statement struct {
	Kind  string
	Value string // what is named, of the kinds that name something
	Text  string
	Line  int
}

// verb matches what makes a sentence of words about data.
var verb = regexp.MustCompile(`(?i)\b(is|are|was|were|has|have|had|do|does|did|be|been|can|cannot|could|may|might|must|will|we|remov(e|es|ed|ing)|filter(s|ed|ing)?|exclud(e|es|ed|ing)|check(s|ed|ing)?|found|find|search(es|ed)?|measur(e|es|ed)|ensur(e|es|ed)|occurs?|appears?|appl(y|ies|ied)|perform(s|ed)?|dropp?(s|ed)?|shares?|contains?|matche[sd])\b`)

var (
	overlaps  = regexp.MustCompile(`(?i)\b(de-?)?contaminat(ed?|ion|ing)\b|\b(overlap(s|ped|ping)?|leak(s|ed|age)?|duplicat(e|es|ed)|n-grams?|memori[sz]ed)\b|\b(occur(s|red)?|appear(s|ed)?|present|seen|contained|included?|remov(ed?|ing)|filter(ed|ing)|exclud(ed?|ing)|held[- ]out|kept apart|disjoint)\b`)
	testData  = regexp.MustCompile(`(?i)\b(test|eval(uation)?|benchmarks?|held[- ]out|validation)\b`)
	trainData = regexp.MustCompile(`(?i)\b(pre-?)?train(ing|ed)?\b`)
	trainSet  = regexp.MustCompile(`(?i)\b(pre-?)?training[ -](set|split|data|corpus|corpora|documents?|items?|notes?|examples?)\b`)
	byWord    = regexp.MustCompile(`(?i)\b(de-?)?contaminat(ed?|ion|ing)\b`)
	byGrams   = regexp.MustCompile(`(?i)\b(n|\d+)[- ]grams?\b|\boverlap|\bmemori[sz]|\bembedding`)
	// unlooked matches that nobody looked, or tells: no statement about the data.
	unlooked = regexp.MustCompile(`(?i)(\b(not|never|no|cannot|without|unable to|lack(s|ed)?|yet to|future)\b|n['’]t\b)[^.;]{0,50}\b(check(s|ed|ing)?|analy[sz](ed?|ing|is|es)|investigat\w+|measur\w+|assess\w*|stud(y|ied)|evaluat(e|ed|ing)\b|report\w*|perform(ed)?|conduct(ed)?|examin\w+|quantif\w+|know[ns]?|disclos\w+|describ\w+|provid\w+|information|search(ed)?|look(ed)?|appl(y|ied)|address\w*|decontaminat(e|ed|ion))\b`)
)

// speaksOfContamination tells whether a sentence says how training and test data
// overlap.
func speaksOfContamination(text []byte, ofTests bool) bool {
	return (testData.Match(text) && (trainData.Match(text) || byWord.Match(text)) || ofTests && (trainSet.Match(text) || byWord.Match(text) && byGrams.Match(text))) &&
		overlaps.Match(text) && verb.Match(text) && !unlooked.Match(text)
}

var (
	accepted   = regexp.MustCompile(`(?i)\b(accepted|published|presented|appears?|appeared|to appear)\b[^.;]{0,40}\b(?:at|in|by|to)\b`)
	unaccepted = regexp.MustCompile(`(?i)(\b(not|never|under|submitted|pending|rejected)\b|n['’]t\b)`)
	venue      = regexp.MustCompile(`\b(NeurIPS|NIPS|ICML|ICLR|AAAI|IJCAI|ACL|EMNLP|NAACL|EACL|AACL|TACL|COLING|CoNLL|LREC(?:-COLING)?|CVPR|ICCV|ECCV|WACV|INTERSPEECH|Interspeech|ICASSP|KDD|SIGIR|WWW|MLSys|TMLR|JMLR|COLM|FAccT|CHI|OSDI|SOSP|Nature(?: [A-Z][a-z]+)*|Science|PNAS|IEEE [A-Z][A-Za-z-]+)\b`)
)

// reviewed returns the venue at which a sentence says that a paper was accepted.
// A preprint, and a workshop's talk, have none.
func reviewed(text []byte) string {
	at := accepted.FindIndex(text)
	if at == nil || unaccepted.Match(text) || bytes.Contains(bytes.ToLower(text), []byte("workshop")) {
		return ""
	}
	return string(venue.Find(text[at[0]:]))
}

var (
	allData   = regexp.MustCompile(`(?i)\b(complete|full|exhaustive|entire)\b[^.;]{0,40}\b(list|inventory|table|enumeration)\b|\b(all|every|each)\b[^.;]{0,30}\b(data ?sets?|corpora|corpus|sources?|training data)\b[^.;]{0,40}\b(is|are|was|were)\b[^.;]{0,40}\b(listed|named|given|described|documented|shown|published|released|here)\b|\bno (other|further|additional) (training )?(data|data ?sets?|corpora|sources?)\b|\bno data other than\b|\b(listed|named|above|following|these)\b[^.;]{0,30}\b(are|is|were)\b (all|everything)\b[^.;]{0,60}\b(data|data ?sets?|corpora|sources?|trained)\b|\blist\b[^.;]{0,40}\b(is|are) (complete|exhaustive)\b|\btrained (only|exclusively|solely) on\b`)
	notAll    = regexp.MustCompile(`(?i)(\b(not|never|cannot|incomplete|partial|some|most|other than these|except|apart from|proprietary)\b|n['’]t\b)`)
	aboutData = regexp.MustCompile(`(?i)\b(data ?sets?|corpora|corpus|sources?|data|trained|list)\b`)
)

// state records what a sentence of prose states.
func (r *bodyReader) state(s sentence) {
	const fewest = 5 // words: fewer are a label
	if len(s.tokens) < fewest || len(s.tokens) > maxStated || len(r.card.Statements) >= MaxList || r.isIn("citation", "references", "glossary", "acknowledgements", "table_of_contents") {
		return
	}
	bits := s.hints
	if bits&(hintOverlap|hintReview|hintAll|hintCost) == 0 {
		return
	}
	text := s.flat.text[s.from:s.to]
	if ofTests := r.isIn("evaluation", "testing_data", "results", "metrics"); bits&hintOverlap != 0 && bits&hintTraining != 0 && (ofTests || bits&hintTests != 0) && speaksOfContamination(text, ofTests) {
		r.addStatement(s, StatementContamination, "")
	}
	if bits&hintReview != 0 {
		if v := reviewed(text); v != "" {
			r.addStatement(s, StatementReview, v)
		}
	}
	if bits&hintCost != 0 && r.isIn("environmental_impact", "carbon", "training", "training_procedure", "hardware", "compute_infrastructure") && givesCost(text) {
		r.addStatement(s, StatementCost, "")
	}
	if bits&hintAll != 0 && r.isIn("training_data", "training", "model_details") && allData.Match(text) && aboutData.Match(text) && !notAll.Match(text) {
		r.addStatement(s, StatementDataComplete, "")
	}
}

var (
	costs = regexp.MustCompile(`(?i)\d[\d,.e+^×x*{} -]*\s*(thousand |million |billion )?((m|k)?g|kilograms?|grams?|(metric )?(tons?|tonnes?)|t)[ -]*(of )?(CO\s?[2₂]|carbon)|\d\s*(thousand |million |billion )?([kMG]?Wh)\b|\d[^.;]{0,20}(flops?|floating[- ]point operations)\b`)
	// otherCost matches what is not the cost of training: a comparison, an
	// estimate of use, a speed.
	otherCost = regexp.MustCompile(`(?i)\b(compared|versus|than|would|offset|sav(e|es|ed|ing)|inference|serving|per (user|query|prompt|token|second|year|person)|flops?/s\b|[tgp]flops\b|flops per|equivalent to|similar to|average)\b`)
)

// givesCost tells whether a sentence gives an amount that training took.
func givesCost(text []byte) bool {
	return costs.Match(text) && !otherCost.Match(text) && !unlooked.Match(text)
}

// maxStated is how many words a sentence may have to state something.
const maxStated = 80

func (r *bodyReader) addStatement(s sentence, kind, value string) {
	text := strings.Join(strings.FieldsFunc(string(s.flat.text[s.from:s.to]), isSpaceRune), " ")
	r.card.Statements = append(r.card.Statements, Statement{kind, value, clip(text, 500), s.line})
}
