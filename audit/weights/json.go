package weights

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxJSONDepth is the deepest nesting of arrays and objects that
	// serde_json reads (its recursion limit of 128 refuses the 128th level).
	maxJSONDepth = 127
	// MaxName is the longest name of a tensor or key that is read, in bytes.
	// No format's own limit; longer ones are told as a limit that was hit.
	MaxName = 64 << 10
	// maxNumber is the longest number read, in characters.
	maxNumber = 1 << 10
)

// scanner reads JSON from a window without building anything from it, under
// the rules serde_json has: no byte order mark, no comments, no lone
// surrogates, no leading zeros, nothing behind the value but white space.
// Whoever drives it sees every key of an object, repeated ones too.
type scanner struct {
	w     *window
	kind  Kind   // of the faults it tells
	text  []byte // last string or number read
	cut   bool   // text is not the whole of it
	depth int
}

func (s *scanner) faultf(format string, args ...any) error {
	return faultf(s.kind, s.w.offset(), format, args...)
}

// space passes over white space and shows the byte behind it.
func (s *scanner) space() (byte, error) {
	for {
		b, ok := s.w.peek()
		switch {
		case !ok:
			return 0, s.faultf("JSON ends inside a value")
		case b > ' ' || b != ' ' && b != '\t' && b != '\n' && b != '\r':
			return b, nil
		}
		s.w.pos++
	}
}

// finish says whether nothing but white space is left.
func (s *scanner) finish() error {
	for {
		b, ok := s.w.peek()
		switch {
		case !ok:
			return nil
		case b != ' ' && b != '\t' && b != '\n' && b != '\r':
			return s.faultf("text behind the JSON value")
		}
		s.w.pos++
	}
}

// open takes the start of an object or array and says whether there is
// anything in it. What follows is one loop:
//
//	more, err := s.open('[')
//	for more && err == nil {
//		… read one element …
//		more, err = s.comma(']')
//	}
func (s *scanner) open(opening byte) (more bool, err error) {
	b, err := s.space()
	if err != nil {
		return false, err
	}
	if b != opening {
		return false, s.faultf("%q was expected, not %q", opening, b)
	}
	s.w.pos++
	if s.depth++; s.depth > maxJSONDepth {
		return false, s.faultf("JSON nested deeper than %d levels", maxJSONDepth)
	}
	if b, err = s.space(); err != nil {
		return false, err
	}
	if b != closing(opening) {
		return true, nil
	}
	s.w.pos++
	s.depth--
	return false, nil
}

// closing is the byte that closes what opening opens.
func closing(opening byte) byte {
	if opening == '{' {
		return '}'
	}
	return ']'
}

// comma takes what stands behind an element; more is false at the closing
// byte.
func (s *scanner) comma(closing byte) (more bool, err error) {
	b, err := s.space()
	if err != nil {
		return false, err
	}
	if b != ',' && b != closing {
		return false, s.faultf("a comma or %q was expected, not %q", closing, b)
	}
	s.w.pos++
	if b == closing {
		s.depth--
	}
	return b == ',', nil
}

// key takes a member's name and the colon; it is valid until the next string.
func (s *scanner) key() ([]byte, error) {
	key, err := s.string(MaxName)
	if err != nil {
		return nil, err
	}
	if s.cut {
		return nil, faultf(LimitHit, s.w.offset(), "a name of more than %d bytes", MaxName)
	}
	if b, ok := s.w.ahead(); ok && b == ':' {
		s.w.pos++
		return key, nil
	}
	// What follows may move the buffer that the name lies in.
	s.text = append(s.text[:0], key...)
	key = s.text
	b, err := s.space()
	if err != nil {
		return nil, err
	}
	if b != ':' {
		return nil, s.faultf("a colon was expected, not %q", b)
	}
	s.w.pos++
	return key, nil
}

// string reads a string and hands out its first limit bytes, decoded; they
// stay valid until the next call. s.cut says whether there were more.
func (s *scanner) string(limit int) ([]byte, error) {
	if b, err := s.space(); err != nil {
		return nil, err
	} else if b != '"' {
		return nil, s.faultf("a string was expected, not %q", b)
	}
	s.w.pos++
	if text, ok := s.short(limit); ok {
		return text, nil
	}
	s.text, s.cut = s.text[:0], false
	for {
		s.plain(limit)
		b, ok := s.w.next()
		switch {
		case !ok:
			return nil, s.faultf("JSON ends inside a string")
		case b == '"':
			return s.text, nil
		case b == '\\':
			if err := s.escape(limit); err != nil {
				return nil, err
			}
		case b < 0x20:
			return nil, s.faultf("a control character stands bare in a string")
		default:
			s.w.pos--
			if err := s.rune(limit); err != nil {
				return nil, err
			}
		}
	}
}

// short takes a string of plain ASCII that ends inside the buffer, and hands it
// out where it lies; ok is false, and nothing is taken, for any other.
func (s *scanner) short(limit int) (text []byte, ok bool) {
	rest := s.w.buf[s.w.pos:]
	for i, b := range rest {
		if b == '"' {
			s.cut = i > limit
			s.w.pos += i + 1
			return rest[:min(i, limit)], true
		}
		if b < 0x20 || b >= utf8.RuneSelf || b == '\\' {
			break
		}
	}
	return nil, false
}

// plain takes the run of ASCII that needs no thought.
func (s *scanner) plain(limit int) {
	w := s.w
	start := w.pos
	for w.pos < len(w.buf) {
		if b := w.buf[w.pos]; b < 0x20 || b >= utf8.RuneSelf || b == '"' || b == '\\' {
			break
		}
		w.pos++
	}
	s.keep(w.buf[start:w.pos], limit)
}

// rune takes one character of more than a byte, and one of a single byte when
// a block ended before it.
func (s *scanner) rune(limit int) error {
	w := s.w
	if len(w.buf)-w.pos < utf8.UTFMax {
		w.fill()
	}
	r, n := utf8.DecodeRune(w.buf[w.pos:])
	if r == utf8.RuneError && n <= 1 {
		return faultf(HeaderEncoding, w.offset(), "the text is not UTF-8")
	}
	s.keep(w.buf[w.pos:w.pos+n], limit)
	w.pos += n
	return nil
}

// keep adds b to the text, whole or not at all.
func (s *scanner) keep(b []byte, limit int) {
	if len(s.text)+len(b) > limit {
		s.cut = true
		b = b[:limit-len(s.text)]
	}
	s.text = append(s.text, b...)
}

// escape takes what follows a backslash.
func (s *scanner) escape(limit int) error {
	b, _ := s.w.next()
	const from, to = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(from, b); i >= 0 {
		s.keep([]byte{to[i]}, limit)
		return nil
	}
	if b != 'u' {
		return s.faultf("an escape that JSON does not have")
	}
	r, err := s.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if b, ok := s.w.take(2); !ok || string(b) != `\u` {
			return s.faultf("half a surrogate pair")
		}
		low, err := s.hex()
		if err != nil {
			return err
		}
		if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
			return s.faultf("half a surrogate pair")
		}
	}
	s.keep(utf8.AppendRune(nil, r), limit)
	return nil
}

func (s *scanner) hex() (rune, error) {
	b, ok := s.w.take(4)
	if !ok {
		return 0, s.faultf("JSON ends inside an escape")
	}
	v, err := strconv.ParseUint(string(b), 16, 16)
	if err != nil {
		return 0, s.faultf("an escape without four hexadecimal digits")
	}
	return rune(v), nil
}

// number reads a number and hands out its text, which stays valid until the
// next string or number.
func (s *scanner) number() ([]byte, error) {
	if _, err := s.space(); err != nil {
		return nil, err
	}
	s.text = s.text[:0]
	for {
		b, ok := s.w.peek()
		if !ok || (b < '0' || b > '9') && b != '-' && b != '+' && b != '.' && b|0x20 != 'e' {
			break
		}
		if len(s.text) == maxNumber {
			return nil, s.faultf("a number of more than %d characters", maxNumber)
		}
		s.w.pos++
		s.text = append(s.text, b)
	}
	if !validNumber(s.text) {
		return nil, s.faultf("a number was expected")
	}
	return s.text, nil
}

// validNumber says whether b is a number in JSON's grammar.
func validNumber(b []byte) bool {
	digits := func() (n int) {
		for len(b) > 0 && b[0] >= '0' && b[0] <= '9' {
			b, n = b[1:], n+1
		}
		return n
	}
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	zero := len(b) > 0 && b[0] == '0'
	if n := digits(); n == 0 || zero && n > 1 {
		return false
	}
	if len(b) > 0 && b[0] == '.' {
		if b = b[1:]; digits() == 0 {
			return false
		}
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		if b = b[1:]; len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return len(b) == 0
}

// uint reads an unsigned integer without loss. 1.0 and 1e3 are none.
func (s *scanner) uint() (uint64, error) {
	if _, err := s.space(); err != nil {
		return 0, err
	}
	if v, ok := s.digits(); ok {
		return v, nil
	}
	text, err := s.number()
	if err != nil {
		return 0, err
	}
	var v uint64
	for _, c := range text {
		digit := uint64(c - '0')
		if digit > 9 || v > (math.MaxUint64-digit)/10 {
			return 0, s.faultf("an unsigned integer of 64 bits was expected, not %s", text)
		}
		v = v*10 + digit
	}
	return v, nil
}

// digits takes a number of up to 19 digits and nothing but digits that ends
// inside the buffer; ok is false, and nothing is taken, for any other.
func (s *scanner) digits() (v uint64, ok bool) {
	rest := s.w.buf[s.w.pos:]
	for i, b := range rest[:min(len(rest), 20)] {
		if b >= '0' && b <= '9' {
			v = v*10 + uint64(b-'0')
			continue
		}
		if i == 0 || rest[0] == '0' && i > 1 || b == '.' || b == '+' || b == '-' || b|0x20 == 'e' {
			break
		}
		s.w.pos += i
		return v, true
	}
	return 0, false
}

// literal takes one of true, false and null.
func (s *scanner) literal() (string, error) {
	b, err := s.space()
	if err != nil {
		return "", err
	}
	for _, word := range [...]string{"null", "true", "false"} {
		if b == word[0] {
			if text, ok := s.w.take(len(word)); ok && string(text) == word {
				return word, nil
			}
		}
	}
	return "", s.faultf("a JSON value was expected")
}

// skip passes over one value of any kind.
func (s *scanner) skip() error {
	b, err := s.space()
	if err != nil {
		return err
	}
	switch b {
	case '{', '[':
		return s.skipInside(b)
	case '"':
		_, err = s.string(0)
	case 'n', 't', 'f':
		_, err = s.literal()
	default:
		err = s.float()
	}
	return err
}

// float passes over a number, which must not be too large for a float64.
func (s *scanner) float() error {
	text, err := s.number()
	if err != nil {
		return err
	}
	if _, err := strconv.ParseFloat(string(text), 64); err != nil {
		return s.faultf("a number out of range")
	}
	return nil
}

func (s *scanner) skipInside(opening byte) error {
	more, err := s.open(opening)
	for more && err == nil {
		if opening == '{' {
			if _, err := s.key(); err != nil {
				return err
			}
		}
		if err := s.skip(); err != nil {
			return err
		}
		more, err = s.comma(closing(opening))
	}
	return err
}
