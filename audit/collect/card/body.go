package card

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Limits on the body of a card. The blocks of a document cost more than its
// bytes, so both are bounded.
const (
	// MaxLines is the number of lines of the body that are read, each list or
	// quote mark on a line counting as one more.
	MaxLines = 100_000
	// MaxList bounds each list of a card: sections, fields, links, papers,
	// claims, problems.
	MaxList = 10_000

	// MaxCandidates is the number of sentences that are searched for claims: those
	// with a word that may make one. Cards have a few hundred.
	MaxCandidates = 20_000

	maxIndent = 64 // leading blanks of a line; more nest no deeper
	maxMarks  = 8  // list and quote marks on one line
)

// bodyReader walks the blocks of a body in order and fills in the card.
type bodyReader struct {
	card *Card
	src  []byte
	flat flattener
	dict *lexicon

	line   int // of offset, in the file
	offset int

	open   []int           // indices of the sections around the current place
	seen   map[uint64]said // sentences by where they stand
	tokens []token
	spans  []span // sentences of the text at hand
	raw    []byte // the paragraph at hand
	self   selfNames

	strict bool // it is no card; see [ReadDocument]

	sentencesRead int // of prose
	candidates    int // sentences searched for claims
}

// readBody reads the Markdown after the front matter.
func (c *Card) readBody(body []byte, firstLine int) {
	r := &bodyReader{card: c, line: firstLine}
	r.self.add(c.Declared.ModelName.Value)
	r.read(body)
}

// readText reads the text of a document that is no card.
func (c *Card) readText(body []byte, firstLine int) {
	(&bodyReader{card: c, line: firstLine, strict: true}).read(body)
	c.Claims, c.TableResults, c.Statements = nil, nil, nil // of whatever it speaks
}

func (r *bodyReader) read(body []byte) {
	c := r.card
	body, cut := tame(body)
	if cut {
		c.truncate("lines")
	}
	r.src, r.seen, r.dict = body, map[uint64]said{}, dictionary()
	document := blockParser().Parse(text.NewReader(body))
	r.flat.refs = r.references(document)
	r.walk(document, block{})
	if r.full() {
		c.truncate("sections")
	}
	c.rollUp()
}

// blockParser reads the block structure only: what stands inside a block is
// read by flatten, in linear time.
func blockParser() parser.Parser {
	return parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...))
}

// tame returns a body whose blocks can be read in bounded time: lines past
// MaxLines are cut off, and deeper nesting than anybody writes is flattened.
// Lone carriage returns become line feeds.
func tame(body []byte) (safe []byte, cut bool) {
	if bytes.IndexByte(body, '\r') >= 0 {
		body = unixLines(body)
	}
	left := MaxLines
	var out []byte // nil as long as nothing had to change
	for start := 0; start < len(body); {
		if left <= 0 {
			if out == nil {
				return body[:start], true
			}
			return out, true
		}
		end := len(body)
		if n := bytes.IndexByte(body[start:], '\n'); n >= 0 {
			end = start + n + 1
		}
		line := body[start:end]
		keep, marks := prefix(line)
		left -= 1 + min(marks, maxMarks)
		if out == nil && len(keep) != len(line) {
			out = append(make([]byte, 0, len(body)), body[:start]...)
		}
		if out != nil {
			out = append(out, keep...)
		}
		start = end
	}
	if out == nil {
		return body, false
	}
	return out, false
}

// unixLines replaces lone carriage returns, keeping the length.
func unixLines(body []byte) []byte {
	body = bytes.Clone(body)
	for i, c := range body {
		if c == '\r' && (i+1 == len(body) || body[i+1] != '\n') {
			body[i] = '\n'
		}
	}
	return body
}

// prefix counts the list and quote marks that begin a line and returns the line
// without those, or those blanks, that are too many.
func prefix(line []byte) (keep []byte, marks int) {
	blanks := 0
	for blanks < len(line) && (line[blanks] == ' ' || line[blanks] == '\t') {
		blanks++
	}
	if blanks > maxIndent {
		line = line[blanks-maxIndent:]
		blanks = maxIndent
	}
	i, after := blanks, 0
	for i < len(line) {
		n := mark(line[i:])
		if n == 0 {
			break
		}
		marks++
		i += n
		if marks == maxMarks {
			after = i
		}
	}
	if marks <= maxMarks || isRule(line) {
		return line, marks
	}
	return append(bytes.Clone(line[:after]), line[i:]...), marks
}

// mark returns the length of a list or quote mark with its blanks, 0 for none.
func mark(s []byte) int {
	n := 0
	switch {
	case s[0] == '>':
		n = 1
	case s[0] == '-' || s[0] == '*' || s[0] == '+':
		if len(s) > 1 && !isBlank(s[1]) {
			return 0
		}
		n = 1
	default:
		for n < len(s) && n < 10 && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == 0 || n == len(s) || (s[n] != '.' && s[n] != ')') {
			return 0
		}
		n++
		if n < len(s) && !isBlank(s[n]) {
			return 0
		}
	}
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	return n
}

// isRule reports a line of nothing but one of the marks of a thematic break.
func isRule(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) > 0 && (line[0] == '-' || line[0] == '*') && len(bytes.Trim(line, string(line[0])+" \t")) == 0
}

// references collects link reference definitions, which may stand after their
// use.
func (r *bodyReader) references(document ast.Node) map[string]string {
	if !bytes.Contains(r.src, []byte("]:")) {
		return nil
	}
	refs := map[string]string{}
	var visit func(ast.Node)
	visit = func(n ast.Node) {
		for child := n.FirstChild(); child != nil; child = child.NextSibling() {
			switch child.Kind() {
			case ast.KindParagraph, ast.KindTextBlock:
				lines := child.Lines()
				for i := range lines.Len() {
					s := lines.At(i)
					label, url, ok := reference(r.src[s.Start:s.Stop])
					if _, again := refs[label]; ok && !again && len(refs) < MaxList {
						refs[label] = url
					}
				}
			default:
				visit(child)
			}
		}
	}
	visit(document)
	return refs
}

// reference reads a line "[label]: url". Definitions over several lines are
// not looked for.
func reference(line []byte) (label, url string, ok bool) {
	if len(line) < 5 || line[0] != '[' || line[1] == '^' {
		return "", "", false
	}
	n := bytes.Index(line, []byte("]:"))
	if n < 2 || n > maxLabel {
		return "", "", false
	}
	rest := bytes.TrimSpace(line[n+2:])
	if end := bytes.IndexAny(rest, " \t"); end >= 0 {
		rest = rest[:end]
	}
	rest = bytes.Trim(rest, "<>")
	return refLabel(line[1:n]), string(rest), len(rest) > 0
}

// block is the surroundings of a block.
type block struct {
	item  bool // it is a list item's
	first bool // and the first one in it
	depth int  // of lists around it
}

func (r *bodyReader) walk(parent ast.Node, at block) {
	for n := parent.FirstChild(); n != nil && !r.full(); n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			r.heading(n.Lines(), n.Level)
		case *ast.Paragraph:
			r.paragraph(n.Lines(), at)
		case *ast.TextBlock:
			r.paragraph(n.Lines(), at)
		case *ast.CodeBlock:
			r.code(n.Lines())
		case *ast.FencedCodeBlock:
			r.code(n.Lines())
		case *ast.HTMLBlock:
			r.html(n)
		case *ast.List:
			r.walk(n, block{depth: at.depth + 1})
		case *ast.ListItem:
			around := len(r.open)
			r.walk(n, block{item: true, first: true, depth: at.depth})
			r.open = r.open[:min(around, len(r.open))]
		default:
			r.walk(n, at)
		}
		at.first = false
	}
}

// lineAt returns the line of an offset in the body.
func (r *bodyReader) lineAt(offset int) int {
	if offset >= r.offset {
		r.line += bytes.Count(r.src[r.offset:offset], []byte("\n"))
	} else {
		r.line -= bytes.Count(r.src[offset:r.offset], []byte("\n"))
	}
	r.offset = offset
	return r.line
}

// gather joins the lines of a block and returns the line of the first.
func (r *bodyReader) gather(lines *text.Segments) (raw []byte, line int) {
	if lines.Len() == 0 {
		return nil, r.line
	}
	r.raw = r.raw[:0]
	for i := range lines.Len() {
		s := lines.At(i)
		r.raw = append(r.raw, r.src[s.Start:s.Stop]...)
	}
	return r.raw, r.lineAt(lines.At(0).Start)
}

// counts returns where the counts of the current place go.
func (r *bodyReader) counts() *Counts { return r.countsOf(r.section()) }

func (r *bodyReader) countsOf(section int) *Counts {
	if section < 0 {
		return &r.card.Lead
	}
	return &r.card.Sections[section].Own
}

func (r *bodyReader) section() int {
	if len(r.open) == 0 {
		return -1
	}
	return r.open[len(r.open)-1]
}

func (r *bodyReader) heading(lines *text.Segments, level int) {
	raw, line := r.gather(lines)
	r.flat.table = 0 // no table goes on below a heading
	f := r.flat.flatten(raw)
	r.links(f, line)
	r.openHeading(f, level, line)
}

// openHeading begins a section of a true heading, Markdown or HTML.
func (r *bodyReader) openHeading(f *flat, level, line int) {
	heading := strings.Join(strings.FieldsFunc(string(f.text), isSpaceRune), " ")
	if heading == "" && f.placeholders == 0 {
		return // it divides nothing that a reader could see
	}
	found := canonical(heading)
	r.begin(heading, found, level, line)
	r.counts().Placeholders += f.placeholders
	if len(found) == 0 {
		r.title(heading, level)
	}
}

func isSpaceRune(r rune) bool { return r == ' ' || (r >= '\t' && r <= '\r') || r == 0xA0 }

// title takes an unnamed heading as the title of the card, and what a model
// card is for as a name of the model.
func (r *bodyReader) title(heading string, level int) {
	name := titleName(heading)
	if level != 1 || heading == "" || r.hasNamed() {
		return
	}
	if r.dict.isPhrase(tokenize(nil, []byte(name))) {
		r.counts().Placeholders++
		return
	}
	if r.card.Title == "" && name != "" {
		r.card.Title = heading
	}
	r.self.add(name)
}

// hasNamed reports whether a section with a name stands before: then a heading
// is a part of the card and not its title.
func (r *bodyReader) hasNamed() bool {
	for i := range r.card.Sections {
		if r.card.Sections[i].Name != "" {
			return true
		}
	}
	return false
}

// begin opens a section, closing those that it ends.
func (r *bodyReader) begin(heading string, names []string, level, line int) {
	for len(r.open) > 0 && r.card.Sections[r.open[len(r.open)-1]].Level >= level {
		r.open = r.open[:len(r.open)-1]
	}
	s := Section{Heading: clip(heading, 200), Level: level, Line: line, Parent: r.section()}
	if len(names) > 0 {
		s.Name, s.Also = names[0], names[1:len(names):len(names)]
	}
	if r.isResultsSummary(s) {
		s.Name = "results"
	}
	r.open = append(r.open, len(r.card.Sections))
	r.card.Sections = append(r.card.Sections, s)
}

// isResultsSummary tells the template's summary of results from a summary of
// the card.
func (r *bodyReader) isResultsSummary(s Section) bool {
	if s.Name != "summary" || s.Parent < 0 {
		return false
	}
	above := r.card.Sections[s.Parent].Name
	return above == "results" || above == "evaluation"
}

func (r *bodyReader) code(lines *text.Segments) {
	raw, line := r.gather(lines)
	if only := bytes.TrimSpace(raw); len(only) < 100 {
		var room [24]token
		if r.dict.isPhrase(tokenize(room[:0], only)) {
			r.counts().Placeholders++
			return
		}
	}
	r.counts().CodeLines += lines.Len()
	r.papersIn(raw, line, "code")
}

// html reads a block of HTML: headings in it are headings, the rest is text.
func (r *bodyReader) html(n *ast.HTMLBlock) {
	raw, line := r.gather(n.Lines())
	if n.HasClosure() {
		raw = append(raw, n.ClosureLine.Value(r.src)...)
		if n.Lines().Len() == 0 {
			line = r.lineAt(n.ClosureLine.Start)
		}
		r.raw = raw
	}
	headings := htmlHeadings{raw: raw}
	for from := 0; from < len(raw) && !r.full(); {
		start, end, level := headings.next(from)
		r.text(raw[from:start], line, block{})
		line += bytes.Count(raw[from:start], []byte("\n"))
		if level > 0 {
			r.flat.table = 0
			f := r.flat.flatten(raw[start:end])
			r.links(f, line)
			r.openHeading(f, level, line)
			line += bytes.Count(raw[start:end], []byte("\n"))
		}
		from = end
	}
}

// full reports that the card has as many sections as are read. What follows is
// not read either, so that it counts for no section that it is not in.
func (r *bodyReader) full() bool { return len(r.card.Sections) >= MaxList }

// htmlHeadings finds headings in HTML.
type htmlHeadings struct {
	raw   []byte
	close int // where the next closing tag of a heading stands
}

// next finds the first <h1> to <h6> at or after from, with its end. Without
// one, start and end are the end of the text and the level is 0.
func (h *htmlHeadings) next(from int) (start, end, level int) {
	raw := h.raw
	for i := from; i+3 < len(raw); i++ {
		n := bytes.IndexByte(raw[i:], '<')
		if n < 0 || i+n+3 >= len(raw) {
			break
		}
		i += n
		if raw[i+1]|0x20 != 'h' || raw[i+2] < '1' || raw[i+2] > '6' || (raw[i+3] != '>' && !isBlank(raw[i+3])) {
			continue
		}
		if h.close = max(h.close, i); !h.findClose() {
			break
		}
		const longest = 4096
		if raw[h.close+3] == raw[i+2] && h.close-i < longest {
			return i, h.close + len("</h1>"), int(raw[i+2] - '0')
		}
	}
	return len(raw), len(raw), 0
}

// findClose moves to the next closing tag of a heading.
func (h *htmlHeadings) findClose() bool {
	for {
		n := bytes.Index(h.raw[h.close:], []byte("</"))
		if n < 0 || h.close+n+5 > len(h.raw) {
			return false
		}
		h.close += n
		if t := h.raw[h.close:]; t[2]|0x20 == 'h' && t[3] >= '1' && t[3] <= '6' && t[4] == '>' {
			return true
		}
		h.close += 2
	}
}
