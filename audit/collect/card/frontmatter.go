package card

import (
	"bytes"
	"unicode/utf8"
)

// FrontMatterState tells whether the Hub finds a metadata block in the card.
type FrontMatterState string

// States of the front matter. Unrecognised means that the card seems to have a
// block that the Hub does not see; FrontMatter.Reason says why not.
const (
	FrontMatterAbsent       FrontMatterState = "absent"
	FrontMatterPresent      FrontMatterState = "present"
	FrontMatterUnrecognised FrontMatterState = "unrecognised"
)

// Reasons why a block is not recognised by the Hub.
const (
	ReasonSpaceAfterOpening = "space_after_opening" // "--- " opens nothing
	ReasonUnterminated      = "unterminated"        // no closing "---"
	ReasonEmptyBlock        = "empty_block"         // closed at once, and no later rule to close it
	ReasonClosedWithDots    = "closed_with_dots"    // YAML's own "..." does not count
	ReasonCarriageReturns   = "carriage_returns"    // lines end in a lone CR
	ReasonTextBefore        = "text_before"         // the block is not the first thing in the file
	ReasonInvisibleBefore   = "invisible_before"    // a control or zero-width character precedes it
	ReasonUTF16             = "utf_16"              // the file is not UTF-8
	ReasonTOML              = "toml"                // "+++" as Hugo has it
)

// FrontMatter is where the metadata block stands and how it was found.
//
// The rule is that of the Hub's server, a JavaScript regular expression that
// huggingface_hub 2.4.0 copies (repocard.py, REGEX_YAML_BLOCK): leading white
// space, three dashes and at once a line end, then as little as possible up to
// a line end, three dashes, blanks, and a line end or the end of the file.
// Where Python and JavaScript read that expression differently the Hub's
// reading counts and the card has a problem of kind HubDivergence.
type FrontMatter struct {
	State FrontMatterState
	// Reason says why an unrecognised block is not seen, one of the Reason
	// constants.
	Reason string
	// Valid tells whether a present block is YAML that holds a mapping, or
	// nothing at all.
	Valid bool
	// StartLine and EndLine are the lines of the two rows of dashes.
	StartLine, EndLine int
}

// parts is a card cut at its front matter. Lines are counted from 1.
type parts struct {
	matter    FrontMatter
	block     []byte // the YAML between the dashes
	body      []byte
	bodyLine  int
	problems  []Problem
	blockLine int
}

// split finds the front matter. Its input is valid UTF-8.
func split(data []byte) parts {
	open := skipSpace(data)
	start, ok := opening(data[open:])
	if !ok {
		return unrecognised(data, open)
	}
	start += open
	shut, ok := closing(data, start)
	if !ok && data[start-1] == '\n' && data[start-2] == '\r' {
		// The expression may take the CR alone as the line end of the opening,
		// and so finds an empty block in "---\r\n---\r\n".
		start--
		shut, ok = closing(data, start)
	}
	if !ok {
		return unrecognised(data, open)
	}
	p := parts{block: data[start:shut.block], body: data[shut.body:]}
	p.matter = FrontMatter{
		State: FrontMatterPresent, Valid: true,
		StartLine: 1 + lineEnds(data[:open]), EndLine: 1 + lineEnds(data[:shut.dashes]),
	}
	p.blockLine = 1 + lineEnds(data[:start])
	p.bodyLine = 1 + lineEnds(data[:shut.body])
	p.problems = divergences(data, open, p)
	return p
}

// opening reports where the block starts after three dashes and a line end.
func opening(s []byte) (int, bool) {
	rest, ok := bytes.CutPrefix(s, []byte("---"))
	if !ok || len(rest) == 0 {
		return 0, false
	}
	switch {
	case bytes.HasPrefix(rest, []byte("\r\n")):
		return 5, true
	case rest[0] == '\n', rest[0] == '\r':
		return 4, true
	}
	return 0, false
}

// shutting is where a block closes: the end of the block, the closing dashes,
// and the start of the body.
type shutting struct{ block, dashes, body int }

// closing finds the first line of three dashes whose line end before it lies
// at or after start.
func closing(data []byte, start int) (shutting, bool) {
	for i := start; ; {
		at := bytes.Index(data[i:], []byte("---"))
		if at < 0 {
			return shutting{}, false
		}
		at += i
		i = at + 1
		if at == start || !isBreak(data[at-1]) {
			continue
		}
		body, ok := lineEnd(data, at+3)
		if !ok {
			continue
		}
		block := at - 1
		if data[block] == '\n' && block > start && data[block-1] == '\r' {
			block--
		}
		return shutting{block, at, body}, true
	}
}

// lineEnd skips blanks and one line end, which may be the end of the file but
// not a lone CR.
func lineEnd(data []byte, i int) (int, bool) {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t') {
		i++
	}
	switch {
	case i == len(data):
		return i, true
	case data[i] == '\n':
		return i + 1, true
	case data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n':
		return i + 2, true
	}
	return 0, false
}

// divergences lists what the Hub and its Python library see differently in a
// block that the Hub finds, and the trap of the block that was closed at once.
func divergences(data []byte, open int, p parts) []Problem {
	var problems []Problem
	if bytes.Contains(data[:open], []byte("\ufeff")) {
		problems = append(problems, Problem{HubDivergence,
			"a byte order mark precedes the front matter: the Hub reads the block, huggingface_hub says that there is none", 1})
	}
	if rest, found := bytes.CutPrefix(p.block, []byte("---")); found && (len(rest) == 0 || isBreak(rest[0])) {
		problems = append(problems, Problem{SwallowedBody,
			"the front matter is closed at once, so the Hub reads on to the next rule and takes the text between for metadata", p.blockLine})
	}
	return problems
}

// unrecognised explains a card in which the Hub finds no block. When there is
// nothing that looks like one, the front matter is absent.
func unrecognised(data []byte, open int) parts {
	p := parts{body: data, bodyLine: 1, matter: FrontMatter{State: FrontMatterAbsent}}
	reason, end := "", 0
	first, rest := cutLine(data[open:])
	dashes := bytes.HasPrefix(first, []byte("---")) && len(bytes.Trim(first, "- \t")) == 0 && !bytes.HasPrefix(first, []byte("----"))
	switch {
	case dashes && len(first) > 3:
		reason, end = ReasonSpaceAfterOpening, looseEnd(data, len(data)-len(rest))
	case dashes && bytes.IndexByte(data, '\r') >= 0 && bytes.IndexByte(data, '\n') < 0:
		reason, end = ReasonCarriageReturns, looseEnd(data, len(data)-len(rest))
	case dashes && startsWithDashes(rest):
		reason = ReasonEmptyBlock
	case dashes && hasLine(rest, "..."):
		reason = ReasonClosedWithDots
	case dashes && looksLikeMetadata(rest):
		reason = ReasonUnterminated
	case bytes.Equal(first, []byte("+++")):
		reason = ReasonTOML
	default:
		reason = hiddenBlock(data, open)
	}
	if reason == "" {
		return p
	}
	p.matter = FrontMatter{State: FrontMatterUnrecognised, Reason: reason, StartLine: 1 + lineEnds(data[:open])}
	p.problems = append(p.problems, Problem{FrontMatterUnseen, unseen[reason], p.matter.StartLine})
	if reason == ReasonInvisibleBefore && pythonSpace(data[open:]) {
		p.problems = append(p.problems, Problem{HubDivergence,
			"a control character precedes the front matter: huggingface_hub reads the block, the Hub says that there is none", 1})
	}
	if end > 0 {
		p.body, p.bodyLine = data[end:], 1+lineEnds(data[:end])
	}
	return p
}

// unseen says in a sentence what each reason means.
var unseen = map[string]string{
	ReasonSpaceAfterOpening: "blanks follow the opening dashes, so the Hub finds no metadata",
	ReasonUnterminated:      "the front matter is never closed by a line of three dashes, so the Hub finds no metadata",
	ReasonEmptyBlock:        "the front matter is closed on the line after its opening, so the Hub finds no metadata",
	ReasonClosedWithDots:    "the front matter is closed with dots where the Hub wants dashes, so it finds no metadata",
	ReasonCarriageReturns:   "lines end in a lone carriage return, so the Hub finds no metadata",
	ReasonTextBefore:        "text precedes the front matter, so the Hub finds no metadata",
	ReasonInvisibleBefore:   "an invisible character precedes the front matter, so the Hub finds no metadata",
	ReasonUTF16:             "the card is UTF-16, which the Hub does not read",
	ReasonTOML:              "the front matter is TOML, which the Hub does not read",
}

// hiddenBlock looks for a block that something before it hides from the Hub.
func hiddenBlock(data []byte, open int) string {
	if _, size, ok := invisible(data[open:]); ok {
		rest := data[open+size:]
		if _, found := opening(rest[skipSpace(rest):]); found {
			return ReasonInvisibleBefore
		}
	}
	const window = 64 << 10 // a block further down than this is no slip of a publisher
	rest := data[:min(len(data), window)]
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		if bytes.Equal(line, []byte("---")) && looksLikeMetadata(rest) && hasLine(rest, "---") {
			return ReasonTextBefore
		}
	}
	return ""
}

// looksLikeMetadata reports whether the first line that is neither blank nor a
// comment is a key that front matter usually has.
func looksLikeMetadata(s []byte) bool {
	for len(s) > 0 {
		var line []byte
		line, s = cutLine(s)
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		key, _, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			return false
		}
		_, known := keyKinds[string(key)]
		return known
	}
	return false
}

// looseEnd returns where the text after a block begins that is closed by any
// line of dashes, 0 when none is.
func looseEnd(data []byte, start int) int {
	rest := data[start:]
	for len(rest) > 0 {
		var line []byte
		line, rest = cutLine(rest)
		if bytes.Equal(bytes.TrimRight(line, " \t"), []byte("---")) {
			return len(data) - len(rest)
		}
	}
	return 0
}

func startsWithDashes(s []byte) bool {
	line, _ := cutLine(s)
	return bytes.Equal(bytes.TrimRight(line, " \t"), []byte("---"))
}

func hasLine(s []byte, want string) bool {
	for len(s) > 0 {
		var line []byte
		line, s = cutLine(s)
		if string(bytes.TrimRight(line, " \t")) == want {
			return true
		}
	}
	return false
}

// cutLine returns the first line without its end, and what follows. CR, LF and
// CRLF all end a line.
func cutLine(s []byte) (line, rest []byte) {
	i := bytes.IndexAny(s[:], "\r\n")
	if i < 0 {
		return s, nil
	}
	if s[i] == '\r' && i+1 < len(s) && s[i+1] == '\n' {
		return s[:i], s[i+2:]
	}
	return s[:i], s[i+1:]
}

// lineEnds counts CR, LF and CRLF, each once.
func lineEnds(s []byte) int {
	return bytes.Count(s, []byte("\n")) + bytes.Count(s, []byte("\r")) - bytes.Count(s, []byte("\r\n"))
}

func isBreak(c byte) bool { return c == '\n' || c == '\r' }

// skipSpace returns the length of the leading run of what JavaScript calls
// white space (ECMAScript WhiteSpace and LineTerminator), byte order mark
// included.
func skipSpace(s []byte) int {
	i := 0
	for i < len(s) {
		r, size := utf8.DecodeRune(s[i:])
		if !isJavaScriptSpace(r) {
			break
		}
		i += size
	}
	return i
}

func isJavaScriptSpace(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xA0, r == 0x1680, r >= 0x2000 && r <= 0x200A:
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0x202F || r == 0x205F || r == 0x3000 || r == 0xFEFF
}

// invisible reports a leading character that shows nothing and that JavaScript
// does not skip.
func invisible(s []byte) (rune, int, bool) {
	r, size := utf8.DecodeRune(s)
	return r, size, size > 0 && (isDropped(r) || r < ' ' || (r >= 0x7F && r <= 0x9F))
}

// pythonSpace reports whether Python's regular expressions skip the first
// character as white space although JavaScript's do not.
func pythonSpace(s []byte) bool {
	r, _ := utf8.DecodeRune(s)
	return (r >= 0x1C && r <= 0x1F) || r == 0x85
}
