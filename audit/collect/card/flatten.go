package card

import (
	"bytes"
	"html"
	"strings"
)

// flat is a piece of Markdown or HTML with its marks taken out. The text keeps
// a '\n' for every line end of its source, also for those inside marks, so that
// a position tells its line; a '\v' stands where a tag breaks the text.
type flat struct {
	text []byte
	// links and code are ranges of text, in order.
	links []linkSpan
	code  []span

	placeholders, comments, images, rows int
}

type span struct{ start, end int }

type linkSpan struct {
	span
	url string
}

// flattener takes the marks out of inline Markdown and HTML in one pass.
// CommonMark's rules are followed where they decide which words are read;
// what cannot be told in linear time is left as text.
type flattener struct {
	flat
	refs map[string]string // link reference definitions by label

	src      []byte
	i        int
	brackets []bracket
	budget   int // bytes that failed look-aheads may still cost
	tagEnd   finder
	comment  finder
	braces   finder
	blocks   finder
	ticks    []int // where the run of backticks that closes this one starts
	tickAt   int
	hidden   string // the element whose content is not text: script, style
	table    int    // depth of open tables, kept from piece to piece
}

type bracket struct {
	text, src int
	image     bool
}

// finder remembers where a pattern occurs next, so that asking again costs
// nothing until the place is passed.
type finder struct {
	at   int
	done bool
}

func (f *finder) next(src []byte, from int, pattern string) int {
	if !f.done && f.at < from {
		i := bytes.Index(src[from:], []byte(pattern))
		f.at, f.done = from+i, i < 0
	}
	if f.done {
		return -1
	}
	return f.at
}

// special marks the bytes that are not simply text.
var special = func() (table [256]bool) {
	for _, c := range []byte("\\`[]!<&*_~{h\nw") {
		table[c] = true
	}
	return
}()

// flatten returns src without its marks. The result is good until the next
// call.
func (f *flattener) flatten(src []byte) *flat {
	f.flat = flat{text: f.text[:0], links: f.links[:0], code: f.code[:0]}
	f.src, f.i, f.brackets, f.hidden = src, 0, f.brackets[:0], ""
	f.budget = len(src) + 4096
	f.tagEnd, f.comment, f.braces, f.blocks = finder{}, finder{}, finder{}, finder{}
	f.ticks = f.ticks[:0]
	if bytes.IndexByte(src, '`') >= 0 {
		f.pairTicks()
	}
	for f.i < len(src) {
		start := f.i
		for f.i < len(src) && !special[src[f.i]] {
			f.i++
		}
		f.emit(src[start:f.i])
		if f.i < len(src) {
			f.mark(src[f.i])
		}
	}
	return &f.flat
}

// emit adds text, unless it stands in an element that shows none or in a table.
func (f *flattener) emit(s []byte) {
	if f.hidden == "" && f.table == 0 {
		f.text = append(f.text, s...)
		return
	}
	f.keepLines(s)
}

// keepLines adds the line ends of skipped source.
func (f *flattener) keepLines(s []byte) {
	for range bytes.Count(s, []byte("\n")) {
		f.text = append(f.text, '\n')
	}
}

func (f *flattener) mark(c byte) {
	src := f.src
	switch c {
	case '\n':
		f.text = append(f.text, '\n')
		f.i++
	case '\\':
		f.i++
		if f.i < len(src) && isPunct(src[f.i]) {
			f.emit(src[f.i : f.i+1])
			f.i++
		}
	case '`':
		f.codeSpan()
	case '!':
		if f.i+1 < len(src) && src[f.i+1] == '[' {
			f.open(f.i+1, true)
			f.i += 2
			return
		}
		f.literal()
	case '[':
		f.open(f.i, false)
		f.i++
	case ']':
		f.close()
	case '<':
		f.tag()
	case '&':
		f.entity()
	case '*', '_', '~':
		f.emphasis(c)
	case '{':
		f.template()
	case 'h', 'w':
		f.bareURL()
	default:
		f.literal()
	}
}

func (f *flattener) literal() {
	f.emit(f.src[f.i : f.i+1])
	f.i++
}

func isPunct(c byte) bool {
	return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~')
}

// pairTicks finds for each run of backticks the next run of the same length.
func (f *flattener) pairTicks() {
	f.tickAt = 0
	type run struct{ start, length int }
	var runs []run
	for i := 0; i < len(f.src); i++ {
		if f.src[i] != '`' {
			continue
		}
		start := i
		for i < len(f.src) && f.src[i] == '`' {
			i++
		}
		runs = append(runs, run{start, i - start})
	}
	last := map[int]int{} // by length, from the right
	f.ticks = append(f.ticks, make([]int, 2*len(runs))...)
	for k := len(runs) - 1; k >= 0; k-- {
		f.ticks[2*k] = runs[k].start
		f.ticks[2*k+1] = -1
		if next, ok := last[runs[k].length]; ok {
			f.ticks[2*k+1] = next
		}
		last[runs[k].length] = runs[k].start
	}
}

func (f *flattener) codeSpan() {
	length := 0
	for f.i+length < len(f.src) && f.src[f.i+length] == '`' {
		length++
	}
	for f.tickAt < len(f.ticks) && f.ticks[f.tickAt] < f.i {
		f.tickAt += 2
	}
	end := -1
	if f.tickAt < len(f.ticks) && f.ticks[f.tickAt] == f.i {
		end = f.ticks[f.tickAt+1]
	}
	if end < 0 {
		f.i += length
		return
	}
	start := len(f.text)
	f.emit(bytes.TrimSpace(f.src[f.i+length : end]))
	if trimmed := f.src[f.i+length : end]; f.hidden == "" && f.table == 0 {
		f.keepLines(trimmed[:len(trimmed)-len(bytes.TrimLeft(trimmed, " \t\n"))])
	}
	f.code = append(f.code, span{start, len(f.text)})
	f.i = end + length
}

// open notes a bracket that may become a link. The bracket itself is put down
// as text and blanked when it does.
func (f *flattener) open(at int, image bool) {
	const deepest = 64
	if len(f.brackets) < deepest {
		f.brackets = append(f.brackets, bracket{len(f.text), at, image})
	}
	f.emit([]byte("["))
}

func (f *flattener) close() {
	if len(f.brackets) == 0 {
		f.literal()
		return
	}
	b := f.brackets[len(f.brackets)-1]
	f.brackets = f.brackets[:len(f.brackets)-1]
	url, end, ok := f.destination(b)
	if !ok {
		f.note(b)
		return
	}
	f.i = end
	if b.text < len(f.text) && f.text[b.text] == '[' {
		f.text[b.text] = ' '
	}
	if b.image {
		f.images++
		f.dropFrom(b.text)
		return
	}
	if f.isPlaceholder(b.text, true) {
		f.placeholders++
		f.dropFrom(b.text)
		return
	}
	f.links = append(f.links, linkSpan{span{b.text, len(f.text)}, url})
	f.brackets = f.brackets[:0] // links do not nest
}

// dropFrom takes back text, line ends excepted.
func (f *flattener) dropFrom(at int) {
	tail := f.text[at:]
	n := bytes.Count(tail, []byte("\n"))
	f.text = append(f.text[:at], ' ')
	for range n {
		f.text = append(f.text, '\n')
	}
	for len(f.code) > 0 && f.code[len(f.code)-1].end > at {
		f.code = f.code[:len(f.code)-1]
	}
	for k := len(f.links) - 1; k >= 0 && f.links[k].end > at; k-- {
		f.links[k].start, f.links[k].end = min(f.links[k].start, at), at
	}
}

// note ends a bracket that is no link: a placeholder, "[optional]", or text.
func (f *flattener) note(b bracket) {
	inside := f.text[min(b.text+1, len(f.text)):]
	switch {
	case b.text >= len(f.text) || b.image:
		f.emit([]byte("]"))
	case len(inside) <= 160 && f.isPlaceholder(b.text+1, false):
		f.placeholders++
		f.dropFrom(b.text)
	case len(inside) <= 160 && asksForText(inside):
		f.placeholders++
		f.dropFrom(b.text)
	default:
		f.emit([]byte("]"))
	}
	f.i++
}

// isPlaceholder reports whether the text from at on only stands for a missing
// one; strict asks for the words of a template.
func (f *flattener) isPlaceholder(at int, strict bool) bool {
	const longest = 160
	if at >= len(f.text) || len(f.text)-at > longest {
		return false
	}
	var room [24]token
	tokens := tokenize(room[:0], f.text[at:])
	if strict {
		return len(tokens) > 0 && dictionary().phrases[runOf(tokens)]
	}
	return dictionary().isPhrase(tokens)
}

// asksForText reports a bracketed note addressed to the writer of the card.
func asksForText(inside []byte) bool {
	var room [24]token
	tokens := tokenize(room[:0], inside)
	return len(tokens) >= 2 && len(tokens) <= 12 && dictionary().asking[tokens[0].hash]
}

// destination reads what follows a closing bracket: "(url)", "[label]", or
// nothing when the text itself is a label.
func (f *flattener) destination(b bracket) (url string, end int, ok bool) {
	i := f.i + 1
	if i < len(f.src) && f.src[i] == '(' {
		if url, end, ok = f.inlineDestination(i + 1); ok {
			return url, end, true
		}
	}
	if len(f.refs) == 0 {
		return "", 0, false
	}
	from := b.src + 1
	label := f.src[from:f.i]
	end = f.i + 1
	if i < len(f.src) && f.src[i] == '[' {
		limit := min(len(f.src), i+maxLabel)
		if n := bytes.IndexByte(f.src[i+1:limit], ']'); n >= 0 {
			if n > 0 {
				label = f.src[i+1 : i+1+n]
			}
			end = i + n + 2
		}
	}
	if len(label) > maxLabel {
		return "", 0, false
	}
	url, ok = f.refs[refLabel(label)]
	return url, end, ok
}

// maxLabel is the length of a link label, as in CommonMark.
const maxLabel = 999

func refLabel(s []byte) string {
	return strings.ToLower(strings.Join(strings.Fields(string(s)), " "))
}

// inlineDestination reads `url "title")`. What a failed try costs is taken from
// the budget.
func (f *flattener) inlineDestination(i int) (string, int, bool) {
	src, start := f.src, i
	fail := func(at int) (string, int, bool) {
		f.budget -= at - start
		return "", 0, false
	}
	if f.budget <= 0 {
		return "", 0, false
	}
	for i < len(src) && isBlank(src[i]) {
		i++
	}
	from, to := i, i
	if i < len(src) && src[i] == '<' {
		from++
		n := bytes.IndexAny(src[from:], ">\n")
		if n < 0 || src[from+n] == '\n' {
			return fail(min(len(src), from+max(n, 0)+1))
		}
		to, i = from+n, from+n+1
	} else {
		depth := 0
		for ; i < len(src) && !isBlank(src[i]); i++ {
			if src[i] == '\\' && i+1 < len(src) {
				i++
			} else if src[i] == '(' {
				depth++
			} else if src[i] == ')' {
				if depth == 0 {
					break
				}
				depth--
			}
		}
		i = min(i, len(src))
		to = i
	}
	for i < len(src) && isBlank(src[i]) {
		i++
	}
	if i < len(src) && (src[i] == '"' || src[i] == '\'') {
		n := bytes.IndexByte(src[i+1:], src[i])
		if n < 0 {
			return fail(len(src))
		}
		i += n + 2
		for i < len(src) && isBlank(src[i]) {
			i++
		}
	}
	if i >= len(src) || src[i] != ')' {
		return fail(i)
	}
	f.keepLines(src[start:i])
	return string(src[from:to]), i + 1, true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// tag takes out an HTML tag, a comment or an autolink.
func (f *flattener) tag() {
	src := f.src
	rest := src[f.i:]
	if bytes.HasPrefix(rest, []byte("<!--")) {
		end := f.comment.next(src, f.i+4, "-->")
		if end < 0 {
			f.literal()
			return
		}
		f.comments++
		f.keepLines(src[f.i:end])
		f.i = end + 3
		return
	}
	if len(rest) < 2 || !(isLetter(rest[1]) || rest[1] == '/' || rest[1] == '?' || rest[1] == '!') {
		f.literal()
		return
	}
	end := f.tagEnd.next(src, f.i+1, ">")
	if end < 0 {
		f.literal()
		return
	}
	inside := src[f.i+1 : end]
	if bytes.IndexByte(inside, '<') >= 0 { // "a <b and <i>"
		f.literal()
		return
	}
	f.keepLines(inside)
	f.i = end + 1
	if isAutolink(inside) {
		f.links = append(f.links, linkSpan{span{len(f.text), len(f.text)}, string(inside)})
		return
	}
	f.element(inside)
}

func isAutolink(s []byte) bool {
	return (bytes.HasPrefix(s, []byte("http://")) || bytes.HasPrefix(s, []byte("https://")) || bytes.HasPrefix(s, []byte("mailto:"))) &&
		!bytes.ContainsAny(s, " \t\n")
}

func isLetter(c byte) bool { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') }

// element acts on one tag, given without its angle brackets.
func (f *flattener) element(tag []byte) {
	closing := tag[0] == '/'
	if closing {
		tag = tag[1:]
	}
	n := 0
	for n < len(tag) && (isLetter(tag[n]) || (tag[n] >= '0' && tag[n] <= '9')) {
		n++
	}
	var room [12]byte // no name that matters is longer
	name := room[:copy(room[:], tag[:n])]
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			name[i] = c + 'a' - 'A'
		}
	}
	if f.hidden != "" {
		if closing && string(name) == f.hidden {
			f.hidden = ""
		}
		return
	}
	switch string(name) {
	case "script", "style", "pre", "textarea":
		if !closing {
			f.hidden = string(name)
		}
	case "table":
		f.tableTag(closing)
	case "tr":
		if !closing && f.table > 0 {
			f.rows++
		}
	case "img":
		f.images++
	case "a":
		f.anchor(tag[n:], closing)
	case "br", "p", "div", "li", "ul", "ol", "td", "th", "summary", "details", "blockquote", "section", "center", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd":
		f.text = append(f.text, '\v')
	}
}

func (f *flattener) tableTag(closing bool) {
	f.text = append(f.text, '\v')
	if closing {
		f.table = max(0, f.table-1)
		return
	}
	f.table++
}

// anchor opens or closes a link written in HTML.
func (f *flattener) anchor(attributes []byte, closing bool) {
	if closing {
		if n := len(f.links); n > 0 && f.links[n-1].end < 0 {
			f.links[n-1].end = len(f.text)
		}
		return
	}
	if url := attribute(attributes, "href"); url != "" {
		f.links = append(f.links, linkSpan{span{len(f.text), -1}, url})
	}
}

// attribute returns the value of an attribute of a tag.
func attribute(tag []byte, name string) string {
	at := bytes.Index(bytes.ToLower(tag), []byte(name))
	if at < 0 {
		return ""
	}
	rest := bytes.TrimLeft(tag[at+len(name):], " \t\n")
	if len(rest) == 0 || rest[0] != '=' {
		return ""
	}
	rest = bytes.TrimLeft(rest[1:], " \t\n")
	if len(rest) == 0 {
		return ""
	}
	if q := rest[0]; q == '"' || q == '\'' {
		if end := bytes.IndexByte(rest[1:], q); end >= 0 {
			return html.UnescapeString(string(rest[1 : 1+end]))
		}
		return ""
	}
	if end := bytes.IndexAny(rest, " \t\n/"); end >= 0 {
		rest = rest[:end]
	}
	return string(rest)
}

// entity puts down what an entity such as &amp; stands for.
func (f *flattener) entity() {
	const longest = 12
	window := f.src[f.i:min(len(f.src), f.i+longest)]
	end := bytes.IndexByte(window, ';')
	if end < 2 {
		f.literal()
		return
	}
	f.emit([]byte(html.UnescapeString(string(window[:end+1]))))
	f.i += end + 1
}

// emphasis drops the marks of emphasis. An underscore within a word and an
// asterisk between blanks are text.
func (f *flattener) emphasis(c byte) {
	start := f.i
	for f.i < len(f.src) && f.src[f.i] == c {
		f.i++
	}
	before := start > 0 && isWordByte(f.src[start-1])
	after := f.i < len(f.src) && isWordByte(f.src[f.i])
	blank := (start == 0 || isBlank(f.src[start-1])) && (f.i == len(f.src) || isBlank(f.src[f.i]))
	switch {
	case c == '_' && before && after, c == '*' && blank, c == '~' && f.i-start == 1:
		f.emit(f.src[start:f.i])
	}
}

// template takes out what a template engine should have filled in or run.
func (f *flattener) template() {
	const longest = 2000
	rest := f.src[f.i:]
	end := -1
	switch {
	case bytes.HasPrefix(rest, []byte("{{")):
		end = f.braces.next(f.src, f.i+2, "}}")
	case bytes.HasPrefix(rest, []byte("{%")):
		end = f.blocks.next(f.src, f.i+2, "%}")
	}
	if end < 0 || end-f.i > longest {
		f.literal()
		return
	}
	if rest[1] == '{' {
		f.placeholders++
	}
	f.keepLines(f.src[f.i:end])
	f.i = end + 2
}

// bareURL takes out an address that stands in the text as it is.
func (f *flattener) bareURL() {
	rest := f.src[f.i:]
	if !bytes.HasPrefix(rest, []byte("http://")) && !bytes.HasPrefix(rest, []byte("https://")) && !bytes.HasPrefix(rest, []byte("www.")) ||
		(f.i > 0 && isWordByte(f.src[f.i-1])) {
		f.literal()
		return
	}
	n, depth := 0, 0
	for n < len(rest) && !isBlank(rest[n]) && rest[n] != '<' && rest[n] != '>' && rest[n] != '"' && rest[n] != '`' && rest[n] != ']' && rest[n] != '|' {
		if rest[n] == '(' {
			depth++
		}
		if rest[n] == ')' {
			if depth == 0 {
				break
			}
			depth--
		}
		n++
	}
	url := bytes.TrimRight(rest[:n], ".,;:!?*_'")
	f.links = append(f.links, linkSpan{span{len(f.text), len(f.text)}, string(url)})
	f.text = append(f.text, ' ')
	f.i += len(url)
}
