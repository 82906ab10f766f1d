package dataset

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits on the structure of a document. The largest Croissant manifests, of
// sets with thousands of configurations, have some 200,000 values eight levels
// deep.
const (
	// MaxNodes is how many values are read.
	MaxNodes = 1_000_000
	// MaxDepth is how deep they may nest.
	MaxDepth = 100
	// maxNumber is the longest number that is read as one, in bytes.
	maxNumber = 400
)

// errLimit is a document over MaxNodes or MaxDepth.
var errLimit = fmt.Errorf("more than %d values, or nested deeper than %d", MaxNodes, MaxDepth)

// syntaxError is text that is no JSON or YAML, and the line where it ends to be.
type syntaxError struct {
	line int
	msg  string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.msg) }

// jsonReader reads JSON as Python's json module does, by which the reference
// validators read: NaN and Infinity are numbers, of equal keys the last counts,
// control characters in strings are refused.
type jsonReader struct {
	data   []byte
	pos    int
	line   int
	left   int
	twice  []*value // members whose key stood before in the same object
	looser bool     // NaN or Infinity was read
}

// read reads one document. Its error is a *syntaxError or errLimit.
func (r *jsonReader) read() (*value, error) {
	r.line, r.left = 1, MaxNodes
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	if r.space(); r.pos < len(r.data) {
		return nil, r.fault("text follows the document")
	}
	return v, nil
}

func (r *jsonReader) fault(format string, args ...any) error {
	return &syntaxError{r.line, fmt.Sprintf(format, args...)}
}

func (r *jsonReader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case '\n':
			r.line++
		case ' ', '\t', '\r':
		default:
			return
		}
		r.pos++
	}
}

// peek passes over white space and shows the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	r.space()
	if r.pos < len(r.data) {
		return r.data[r.pos]
	}
	return 0
}

func (r *jsonReader) value(depth int) (*value, error) {
	c := r.peek()
	if r.left--; r.left < 0 || depth > MaxDepth {
		return nil, errLimit
	}
	v := &value{line: r.line}
	switch c {
	case '{':
		return v, r.object(v, depth)
	case '[':
		return v, r.list(v, depth)
	case '"':
		text, err := r.string()
		v.kind, v.text = textValue, text
		return v, err
	case 0:
		return nil, r.fault("the document ends inside a value")
	}
	return v, r.word(v)
}

func (r *jsonReader) object(v *value, depth int) error {
	v.kind = objectValue
	r.pos++
	if r.peek() == '}' {
		r.pos++
		return nil
	}
	for {
		if r.peek() != '"' {
			return r.fault("a key in quotes was expected")
		}
		line := r.line
		key, err := r.string()
		if err != nil {
			return err
		}
		if r.peek() != ':' {
			return r.fault("a colon was expected behind the key %q", clip(key, 40))
		}
		r.pos++
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		item.line = line
		if v.set(key, item) {
			r.twice = append(r.twice, item)
		}
		if done, err := r.comma('}'); done || err != nil {
			return err
		}
	}
}

func (r *jsonReader) list(v *value, depth int) error {
	v.kind = listValue
	r.pos++
	if r.peek() == ']' {
		r.pos++
		return nil
	}
	for {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		v.append(item)
		if done, err := r.comma(']'); done || err != nil {
			return err
		}
	}
}

// comma takes a comma, or the closing byte, which is told.
func (r *jsonReader) comma(closing byte) (done bool, err error) {
	switch c := r.peek(); c {
	case ',', closing:
		r.pos++
		return c == closing, nil
	}
	return false, r.fault("a comma or %q was expected", closing)
}

// word reads a number or one of the words of JSON.
func (r *jsonReader) word(v *value) error {
	start := r.pos
	for r.pos < len(r.data) && isWord(r.data[r.pos]) {
		r.pos++
	}
	text := string(r.data[start:r.pos])
	switch text {
	case "null":
		return nil
	case "true", "false":
		v.kind, v.truth = boolValue, text == "true"
		return nil
	case "NaN", "Infinity", "-Infinity":
		v.kind, v.text, r.looser = numberValue, text, true
		return nil
	}
	if !isNumber(text) {
		r.pos = start
		return r.fault("%q begins no value", clip(text, 40))
	}
	v.kind, v.text = numberValue, text
	return nil
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '+' || c == '-' || c == '.'
}

// isNumber tells whether text is a number by the grammar of RFC 8259.
func isNumber(text string) bool {
	s := strings.TrimPrefix(text, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if rest, ok := strings.CutPrefix(s, "."); ok {
		n := digits(rest)
		if n == 0 {
			return false
		}
		s = rest[n:]
	}
	if len(s) > 0 && s[0]|0x20 == 'e' {
		s = s[1:]
		if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return s == ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// string reads a string; the quote is the next byte.
func (r *jsonReader) string() (string, error) {
	r.pos++
	start := r.pos
	for r.pos < len(r.data) {
		switch c := r.data[r.pos]; {
		case c == '"':
			r.pos++
			return string(r.data[start : r.pos-1]), nil
		case c == '\\':
			return r.escaped(start)
		case c < ' ':
			return "", r.fault("a control character stands in a string")
		}
		r.pos++
	}
	return "", r.fault("the document ends inside a string")
}

// escaped reads a string on from its first escape.
func (r *jsonReader) escaped(start int) (string, error) {
	b := append([]byte{}, r.data[start:r.pos]...)
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		r.pos++
		switch {
		case c == '"':
			return string(b), nil
		case c < ' ':
			return "", r.fault("a control character stands in a string")
		case c != '\\':
			b = append(b, c)
		default:
			var err error
			if b, err = r.escape(b); err != nil {
				return "", err
			}
		}
	}
	return "", r.fault("the document ends inside a string")
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

func (r *jsonReader) escape(b []byte) ([]byte, error) {
	if r.pos >= len(r.data) {
		return nil, r.fault("the document ends inside a string")
	}
	c := r.data[r.pos]
	r.pos++
	if plain, ok := escapes[c]; ok {
		return append(b, plain), nil
	}
	code, ok := r.hex()
	if c != 'u' || !ok {
		return nil, r.fault("a backslash begins no escape")
	}
	if utf16.IsSurrogate(code) && r.pos+1 < len(r.data) && r.data[r.pos] == '\\' && r.data[r.pos+1] == 'u' {
		before := r.pos
		r.pos += 2
		low, ok := r.hex()
		if pair := utf16.DecodeRune(code, low); ok && pair != utf8.RuneError {
			return utf8.AppendRune(b, pair), nil
		}
		r.pos = before
	}
	return utf8.AppendRune(b, code), nil
}

// hex reads four hexadecimal digits.
func (r *jsonReader) hex() (rune, bool) {
	if r.pos+4 > len(r.data) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(r.data[r.pos:r.pos+4]), 16, 16)
	if err != nil {
		return 0, false
	}
	r.pos += 4
	return rune(n), true
}

// clip shortens a text of a stranger for a message.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
