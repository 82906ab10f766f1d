package card

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/text"
)

// Levels of sections that no heading opens.
const (
	boldLevel = 7 // a paragraph that begins with a bold name
	itemLevel = 8 // a list item that begins with a name, plus its depth
)

// paragraph reads a paragraph: a table, or pieces of text that may begin with a
// label each.
func (r *bodyReader) paragraph(lines *text.Segments, at block) {
	raw, line := r.gather(lines)
	raw, line = r.withoutReferences(raw, line)
	if r.table(raw, line) {
		return
	}
	for len(raw) > 0 && !r.full() {
		n := pieceEnd(raw)
		piece := raw[:n]
		r.piece(piece, line, at)
		line += bytes.Count(piece, []byte("\n"))
		raw = raw[n:]
		at.first = false
	}
}

// withoutReferences drops link reference definitions at the start.
func (r *bodyReader) withoutReferences(raw []byte, line int) ([]byte, int) {
	for len(raw) > 0 && raw[0] == '[' {
		n := bytes.IndexByte(raw, '\n') + 1
		if n == 0 {
			n = len(raw)
		}
		if _, _, ok := reference(raw[:n]); !ok {
			break
		}
		raw = raw[n:]
		line++
	}
	return raw, line
}

// pieceEnd returns the length of the first piece of a paragraph: up to the next
// line that begins with a bold label, or with a plain one beside a line that
// has a label too. A plain label alone may be a line of prose that wraps.
func pieceEnd(raw []byte) int {
	_, before := readLabel(raw)
	for i := nextLine(raw, 0); i < len(raw); i = nextLine(raw, i) {
		l, labelled := readLabel(raw[i:])
		if labelled && l.bold && (l.colon || l.name != nil) {
			return i
		}
		if labelled && !l.bold {
			if !before {
				_, before = readLabel(raw[nextLine(raw, i):])
			}
			if before {
				return i
			}
		}
		before = labelled
	}
	return len(raw)
}

// nextLine returns where the line after the one at i begins.
func nextLine(raw []byte, i int) int {
	if n := bytes.IndexByte(raw[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(raw)
}

// piece reads a paragraph or a part of one.
func (r *bodyReader) piece(raw []byte, line int, at block) {
	if at.item && at.first && isSetting(raw) {
		r.counts().TableRows++
	}
	l, ok := readLabel(raw)
	if !ok {
		r.text(raw, line, at)
		return
	}
	title := r.flat.flatten(l.text)
	r.links(title, line)
	name := strings.Join(strings.FieldsFunc(string(title.text), isSpaceRune), " ")
	names := l.name
	switch {
	case names == nil:
	case at.item && at.first && (l.bold || isValueName(names[0])):
		r.begin(name, names, itemLevel+at.depth, line)
	case !at.item && l.bold:
		r.begin(name, names, boldLevel, line)
	}
	if names == nil && !l.colon {
		r.text(raw, line, at)
		return
	}
	before := *r.counts()
	if names == nil {
		r.countLabel(title)
	}
	f := r.text(l.rest, line, at)
	r.field(name, names, f, line, at, before)
}

// countLabel counts the words of a label that is no name: they are the card's
// own, or a template's.
func (r *bodyReader) countLabel(f *flat) {
	r.tokens = tokenize(r.tokens[:0], f.text)
	c := r.counts()
	into := &c.Words
	if r.dict.isBoilerplate(r.tokens) {
		into = &c.Boilerplate
	}
	for _, t := range r.tokens {
		*into += t.count
	}
}

// isValueName reports names that label a value rather than head a text.
func isValueName(name string) bool {
	switch name {
	case "developers", "funding", "shared_by", "model_type", "languages", "license_section", "base_model_section", "hardware", "carbon",
		"repository", "paper", "demo", "version", "release_date", "contact", "training_regime", "hours_used", "cloud_provider", "compute_region":
		return true
	}
	return false
}

// field records a labelled value.
func (r *bodyReader) field(label string, names []string, f *flat, line int, at block, before Counts) {
	if len(r.card.Fields) >= MaxList {
		return
	}
	now := *r.counts()
	field := Field{Label: clip(label, 200), Line: line, Section: r.section(), bullet: at.item}
	field.Value = clip(strings.Join(strings.FieldsFunc(string(f.text), isSpaceRune), " "), 1000)
	if len(f.links) > 0 {
		field.URL = f.links[0].url
	}
	if len(names) > 0 {
		field.Name = names[0]
	}
	said := now.Words > before.Words || now.Links > before.Links
	if !said && len(names) > 0 && bytes.ContainsAny(f.text, "0123456789") {
		r.counts().Words++ // a value that is a number says as much as a word
		said = true
	}
	field.Placeholder = !said && now.Placeholders+now.Boilerplate+now.Filler > before.Placeholders+before.Boilerplate+before.Filler
	r.card.Fields = append(r.card.Fields, field)
	if !field.Placeholder {
		r.fieldClaims(&field, f)
	}
}

// label is a name that begins a paragraph or list item.
type label struct {
	text  []byte // as written, with marks
	rest  []byte
	name  []string
	bold  bool
	colon bool
}

const maxLabelText = 120

// readLabel reads "**License:** mit", "**License**: mit", "**License** mit",
// "License: mit" and the like. A label without a colon, or not in bold, counts
// only when its name is known.
func readLabel(raw []byte) (label, bool) {
	i := 0
	for i < len(raw) { // skip emoji and the like
		r, size := utf8.DecodeRune(raw[i:])
		if r != ' ' && (r < utf8.RuneSelf || unicode.IsLetter(r) || unicode.IsDigit(r)) {
			break
		}
		i += size
	}
	raw = raw[i:]
	for _, m := range [...][2]string{{"**", "**"}, {"__", "__"}, {"<b>", "</b>"}, {"<strong>", "</strong>"}} {
		if bytes.HasPrefix(raw, []byte(m[0])) {
			return boldLabel(raw[len(m[0]):], m[1])
		}
	}
	return plainLabel(raw)
}

func boldLabel(raw []byte, end string) (label, bool) {
	window := raw[:min(len(raw), maxLabelText)]
	n := bytes.Index(window, []byte(end))
	if n < 1 || bytes.IndexByte(window[:n], '\n') >= 0 {
		return label{}, false
	}
	l := label{text: window[:n], rest: raw[n+len(end):], bold: true}
	trimmed := bytes.TrimRight(l.text, " ")
	if short, ok := cutColon(trimmed); ok {
		l.text, l.colon = short, true
	} else if rest, ok := afterColon(l.rest); ok {
		l.rest, l.colon = rest, true
	}
	l.name = labelName(l.text)
	if len(l.name) == 0 && !l.colon {
		return label{}, false
	}
	if !l.colon {
		l.rest = bytes.TrimLeft(l.rest, " -–—")
	}
	return l, true
}

// plainLabel reads a known name and a colon.
func plainLabel(raw []byte) (label, bool) {
	const longest = 60
	window := raw[:min(len(raw), longest)]
	n := bytes.IndexByte(window, ':')
	if n < 2 || n+1 < len(raw) && !isBlank(raw[n+1]) || bytes.ContainsAny(window[:n], "\n.[`|<!?;") {
		return label{}, false
	}
	l := label{text: bytes.Trim(window[:n], "*_ "), rest: bytes.TrimLeft(raw[n+1:], "*_ "), colon: true}
	l.name = labelName(l.text)
	return l, len(l.name) > 0
}

func cutColon(s []byte) ([]byte, bool) {
	if short, ok := bytes.CutSuffix(s, []byte(":")); ok {
		return short, true
	}
	return bytes.CutSuffix(s, []byte("："))
}

// afterColon skips a note such as "[optional]" and the colon of a label.
func afterColon(s []byte) ([]byte, bool) {
	t := bytes.TrimLeft(s, " ")
	if len(t) > 0 && (t[0] == '[' || t[0] == '(') {
		const longest = 24
		if n := bytes.IndexAny(t[:min(len(t), longest)], "])"); n > 0 {
			t = bytes.TrimLeft(t[n+1:], " ")
		}
	}
	for _, c := range []string{":", "："} {
		if rest, ok := bytes.CutPrefix(t, []byte(c)); ok {
			return rest, true
		}
	}
	return s, false
}

// text reads running text: it counts words, and finds links and claims.
func (r *bodyReader) text(raw []byte, line int, at block) *flat {
	f := r.flat.flatten(raw)
	c := r.counts()
	c.TableRows += f.rows
	c.Images += f.images
	c.Comments += f.comments
	c.Placeholders += f.placeholders
	if r.isContents(f) {
		return f
	}
	links := r.links(f, line)
	r.papersIn(f.text, line, "prose")
	if r.isOnlyLinks(f) {
		c.Links += links
		return f
	}
	before := *c
	r.sentences(f, line, at)
	if c.Boilerplate == before.Boilerplate || c.Words > before.Words { // a template's links are not the card's
		c.Links += links
	}
	return f
}

// isContents reports an entry of a table of contents: links into the card and
// nothing else.
func (r *bodyReader) isContents(f *flat) bool {
	if len(f.links) == 0 {
		return false
	}
	i := 0
	for _, l := range f.links {
		if !strings.HasPrefix(l.url, "#") || l.end < l.start {
			return false
		}
		if hasWord(f.text[i:max(i, l.start)]) {
			return false
		}
		i = max(i, l.end)
	}
	return !hasWord(f.text[i:])
}

func hasWord(s []byte) bool {
	for _, c := range s {
		if c >= utf8.RuneSelf || isLetter(c) {
			return true
		}
	}
	return false
}

// sentences counts the words of a text, sentence by sentence, and hands those
// that say something to the search for claims.
func (r *bodyReader) sentences(f *flat, line int, at block) {
	passed := 0
	r.spans = r.spans[:0]
	next, ok := nextWord(f.text, 0)
	if !ok && f.placeholders == 0 && isDash(f.text) {
		r.counts().Placeholders++
	}
	for ok {
		r.tokens = append(r.tokens[:0], next)
		last := next
		for {
			if next, ok = nextWord(f.text, last.end); !ok || len(r.tokens) == maxSentence || endsSentence(f.text, last, next) {
				break
			}
			r.tokens = append(r.tokens, next)
			last = next
		}
		s := sentence{flat: f, tokens: r.tokens, at: at, from: r.tokens[0].start, to: last.end}
		line += bytes.Count(f.text[passed:s.from], []byte("\n"))
		passed = s.from
		r.spans = append(r.spans, span{s.from, s.to})
		s.opening = !at.item && r.counts().Words == 0 && r.isIntroduction()
		s.findHints()
		if r.count(s) {
			s.line = line
			r.proseClaims(s)
			r.state(s)
		}
	}
}

// maxSentence is the number of words after which a sentence is cut.
const maxSentence = 2000

// isDash reports text of nothing but dots, dashes and question marks.
func isDash(s []byte) bool {
	s = bytes.TrimSpace(s)
	return len(s) > 0 && len(bytes.Trim(s, ".-?_/* ")) == 0
}

// sentence is one sentence of a flattened text.
type sentence struct {
	flat     *flat
	tokens   []token
	from, to int // in the text
	line     int
	at       block
	opening  bool // it is the first to say what the model is
	hints    int  // what its words make worth a search
}

// count adds a sentence to the counts and reports whether it is prose.
func (r *bodyReader) count(s sentence) bool {
	n := 0
	for _, t := range s.tokens {
		n += t.count
	}
	c := r.counts()
	run := runOf(s.tokens)
	switch {
	case r.dict.isPhrase(s.tokens) || isToDo(s.flat.text[s.from:s.to]):
		c.Placeholders++
		return false
	case r.dict.isBoilerplate(s.tokens):
		c.Boilerplate += n
		return false
	case r.dict.isFiller(s.tokens):
		c.Filler += n
		return false
	case r.isDenial(s):
		c.Denied += n
		return !r.strict
	case r.strict && asks(s):
		c.Boilerplate += n
		return false
	}
	if !r.isFresh(run, len(s.tokens)) {
		c.Repeated += n
		return false
	}
	c.Words += n
	return n > 0 && !r.strict
}

// said is the named sections in which a sentence was counted.
type said struct {
	named [2]int
	times int
}

// isFresh reports whether a sentence counts at the current place: once in a
// section, and in two sections at most. Sentences of a few words recur of
// themselves.
func (r *bodyReader) isFresh(run uint64, words int) bool {
	const short = 4
	place := r.namedSection()
	if words < short {
		run = mix(run, uint64(place)+2)
	}
	before := r.seen[run]
	if slices.Contains(before.named[:before.times], place) || before.times == len(before.named) {
		return false
	}
	before.named[before.times] = place
	before.times++
	r.seen[run] = before
	return true
}

// namedSection returns the nearest section around the current place that has a
// canonical name, else the outermost, else -1.
func (r *bodyReader) namedSection() int {
	for i := len(r.open) - 1; i >= 0; i-- {
		if r.card.Sections[r.open[i]].Name != "" || i == 0 {
			return r.open[i]
		}
	}
	return -1
}

func isToDo(s []byte) bool {
	for _, start := range []string{"TODO", "FIXME", "TBD", "TBA", "XXX"} {
		if rest, ok := bytes.CutPrefix(s, []byte(start)); ok && (len(rest) == 0 || !isWordByte(rest[0])) {
			return true
		}
	}
	return false
}

// endsSentence reports whether a sentence ends between two words.
func endsSentence(text []byte, before, after token) bool {
	gap := text[before.end:after.start]
	for i, c := range gap {
		switch c {
		case '\v':
			return true
		case '!', '?':
			if i+1 < len(gap) && isBlank(gap[len(gap)-1]) {
				return true
			}
		case '.':
			if i+1 < len(gap) && (isBlank(gap[i+1]) || isBlank(gap[len(gap)-1])) && !isAbbreviation(text, before, after) {
				return true
			}
		case 0xE3, 0xEF: // 。！？ in UTF-8
			if len(gap) >= i+3 {
				switch string(gap[i : i+3]) {
				case "。", "！", "？":
					return true
				}
			}
		}
	}
	return false
}

// isAbbreviation reports whether the dot after a word does not end a sentence.
func isAbbreviation(text []byte, before, after token) bool {
	next := text[after.start]
	if next >= 'a' && next <= 'z' {
		return true
	}
	w := text[before.start:before.end]
	if len(w) == 1 && isLetter(w[0]) {
		return true
	}
	switch strings.ToLower(string(w[:min(len(w), 8)])) {
	case "e.g", "i.e", "al", "vs", "fig", "cf", "approx", "dr", "mr", "ms", "no", "eq", "sec", "st":
		return true
	}
	return false
}
