package license

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one word of a text, reduced to what the SPDX matching guidelines
// (annex "License matching guidelines" of SPDX 3.0.1) compare: lower case, no
// punctuation, no markup, one spelling.
type word struct {
	text       string
	start, end int // bytes in the text
	line       int // 1-based
}

// maxWordBytes bounds one word; a longer run of letters is data, not language,
// and is cut.
const maxWordBytes = 64

// wordsOf splits a text into words. Copyright lines, list markers, the targets
// of Markdown links and everything that is neither letter nor digit are left
// out; a Han, Kana or Hangul character is a word of its own.
func wordsOf(text string) []word {
	s := scanner{text: text, line: 1, fresh: true, words: make([]word, 0, len(text)/6)}
	for s.at < len(text) {
		s.next()
	}
	return s.words
}

type scanner struct {
	text  string
	at    int
	line  int
	begun bool // the line
	fresh bool // no sentence runs over from the line before
	from  int  // where the line begins
	words []word
}

// proseLine is how long a line is, at least, whose sentence may run over into the
// next one, in bytes. Titles are shorter.
const proseLine = 40

// next takes one word or skips what is none.
func (s *scanner) next() {
	if !s.begun {
		s.begun = true
		if n := copyrightLine(s.text[s.at:]); n > 0 && s.fresh {
			s.at += n
			s.from = s.at // such a line runs over into none
			return
		}
	}
	r, size := utf8.DecodeRuneInString(s.text[s.at:])
	switch {
	case r == '\n':
		s.fresh = len(strings.TrimSpace(s.text[s.from:s.at])) < proseLine
		s.line++
		s.at++
		s.begun, s.from = false, s.at
	case r == ']' && strings.HasPrefix(s.text[s.at:], "]("):
		s.at += 2 + linkTarget(s.text[s.at+2:])
	case single(r):
		s.put(s.at, s.at+size, string(r))
		s.at += size
	case letter(r) || unicode.IsDigit(r):
		s.run()
	default:
		s.at += size
	}
}

// run takes a run of letters and digits. A dot or comma between digits and an
// apostrophe between letters belong to it.
func (s *scanner) run() {
	start := s.at
	var b strings.Builder
	for s.at < len(s.text) && b.Len() < maxWordBytes {
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		switch {
		case single(r):
		case letter(r) || unicode.IsDigit(r):
			b.WriteRune(fold(r))
			s.at += size
			continue
		case r == '.' && digits(s.text, s.at, size):
			b.WriteByte('.')
			s.at += size
			continue
		case (r == ',' && digits(s.text, s.at, size)) || apostrophe(r) && letters(s.text, s.at, size):
			s.at += size
			continue
		}
		break
	}
	if strings.HasPrefix(s.text[s.at:], "++") {
		b.WriteString("plusplus") // the one thing that tells OpenRAIL++ from OpenRAIL
		s.at += 2
	}
	if marker(s.text, start, s.at) && !s.after("version") {
		return
	}
	s.put(start, s.at, spelling(b.String()))
}

func (s *scanner) put(start, end int, text string) {
	s.words = append(s.words, word{text, start, end, s.line})
}

func (s *scanner) after(text string) bool {
	return len(s.words) > 0 && s.words[len(s.words)-1].text == text
}

func letter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

// single reports whether a character is a word of its own: scripts without
// spaces between words.
func single(r rune) bool {
	return r > 0x2E7F && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
}

// fold gives a letter's lower case, and full-width forms their plain ones.
func fold(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	return unicode.ToLower(r)
}

func apostrophe(r rune) bool { return r == '\'' || r == '’' || r == '‘' || r == '`' }

// digits reports whether the character at a place of the text stands between
// two digits.
func digits(text string, at, size int) bool {
	return at > 0 && isDigit(text[at-1]) && at+size < len(text) && isDigit(text[at+size])
}

// letters reports whether it stands between two ASCII letters.
func letters(text string, at, size int) bool {
	return at > 0 && isASCIILetter(text[at-1]) && at+size < len(text) && isASCIILetter(text[at+size])
}

func isDigit(c byte) bool       { return c >= '0' && c <= '9' }
func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// marker reports whether a run is the number of a list item or a section:
// "1.", "(a)", "iv)". It may stand anywhere, so that a line wrapped anew gives
// the same words.
func marker(text string, start, end int) bool {
	if end-start > 4 || end == len(text) {
		return false
	}
	after := text[end]
	open := start > 0 && text[start-1] == '('
	if after != ')' && (after != '.' || open) {
		return false
	}
	if after == '.' && end+1 < len(text) && !strings.ContainsRune(" \t\r\n*_", rune(text[end+1])) && !strings.HasPrefix(text[end+1:], "\u00a0") {
		return false
	}
	if start > 0 && !open && !strings.ContainsRune(" \t\n*_>|#", rune(text[start-1])) {
		return false
	}
	run := text[start:end]
	if isDigit(run[0]) {
		return len(run) <= 2 && isDigit(run[len(run)-1])
	}
	return len(run) == 1 && isASCIILetter(run[0]) || strings.Trim(run, "ivxIVX") == ""
}

// linkTarget returns the length of the target of a Markdown link with its
// closing parenthesis, 0 where none closes nearby.
func linkTarget(s string) int {
	for i := 0; i < len(s) && i < 512; i++ {
		switch s[i] {
		case ')':
			return i + 1
		case ' ', '\n':
			return 0
		}
	}
	return 0
}

// maxCopyrightWords is how long a line may be and still be a mere copyright
// statement.
const maxCopyrightWords = 24

// copyrightLine returns the length of the line at the start of s if it only
// states a copyright or reserves all rights, else 0. Such lines differ from copy
// to copy and say nothing about the terms.
func copyrightLine(s string) int {
	line, _, _ := strings.Cut(s, "\n")
	if len(line) > 400 {
		return 0
	}
	bare := strings.ToLower(strings.Trim(line, " \t\r/*#;%-<!>_|\"'."))
	if bare == "all rights reserved" {
		return len(line)
	}
	rest, ok := strings.CutPrefix(bare, "copyright")
	if !ok {
		if rest, ok = cutMark(bare); !ok {
			return 0
		}
		// "(c)" is the third item of a list as often as a copyright sign.
		if word, isWord := strings.CutPrefix(rest, "copyright"); isWord {
			rest = word
		} else if !startsWithYear(rest) {
			return 0
		}
	}
	if len(strings.Fields(rest)) > maxCopyrightWords || hidesTerms(rest) {
		return 0
	}
	rest = strings.TrimLeft(rest, " \t:")
	if _, marked := cutMark(rest); marked || startsWithYear(rest) {
		return len(line)
	}
	for _, start := range []string{"by ", "<", "[", "{"} {
		if strings.HasPrefix(rest, start) {
			return len(line)
		}
	}
	return 0
}

// cutMark takes a copyright sign off the start of a line.
func cutMark(s string) (rest string, ok bool) {
	for _, mark := range []string{"(c)", "©"} {
		if rest, ok := strings.CutPrefix(s, mark); ok {
			return strings.TrimLeft(rest, " \t"), true
		}
	}
	return s, false
}

func startsWithYear(s string) bool {
	return len(s) >= 4 && strings.Trim(s[:4], "0123456789") == "" && (len(s) == 4 || !isDigit(s[4]))
}

// hidesTerms reports whether a copyright line says more than whose the work is.
// Research and education stand in the names of institutes, so these words count
// only behind "for".
func hidesTerms(line string) bool {
	words := strings.FieldsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) })
	for i, w := range words {
		switch w {
		case "research", "academic", "academia", "education", "educational", "evaluation":
			if i > 0 && words[i-1] == "for" {
				return true
			}
		case "permission", "use", "must", "shall", "purposes", "permitted", "granted", "subject", "terms", "conditions":
			return true
		default:
			if restrictive()[w] {
				return true
			}
		}
	}
	return false
}

// spelling maps a word to the spelling this package compares, after the list
// of equivalent words in the SPDX matching guidelines.
func spelling(w string) string {
	if i := strings.Index(w, "licenc"); i >= 0 {
		return w[:i] + "licens" + w[i+len("licenc"):]
	}
	switch w {
	case "acknowledgement":
		return "acknowledgment"
	case "organisation":
		return "organization"
	case "organisations":
		return "organizations"
	case "authorisation":
		return "authorization"
	case "authorised":
		return "authorized"
	case "favour":
		return "favor"
	case "fulfil":
		return "fulfill"
	case "programme":
		return "program"
	case "recognised":
		return "recognized"
	case "whilst":
		return "while"
	case "https":
		return "http"
	}
	return w
}
