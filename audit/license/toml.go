package license

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits of a REUSE.toml.
const (
	MaxTOML      = 1 << 20 // bytes
	maxTOMLDepth = 16      // nested arrays and inline tables
)

// tomlTable is a table of a TOML document. Values are strings, lists of values
// ([]any) or, for everything REUSE has no use for, other scalars as they stand.
type tomlTable map[string]any

// readTOML reads the part of TOML 1.0 that REUSE.toml is written in: keys,
// strings of all four kinds, arrays, tables and arrays of tables. Other values
// are read over. It returns the root and, in order, the tables of one name.
func readTOML(data []byte, tables string) (root tomlTable, list []tomlTable, err error) {
	if len(data) > MaxTOML {
		return nil, nil, fmt.Errorf("reading TOML of %d bytes: more than %d", len(data), MaxTOML)
	}
	if !utf8.Valid(data) {
		return nil, nil, errors.New("reading TOML: it is not UTF-8")
	}
	r := &tomlReader{s: strings.TrimPrefix(string(data), "\ufeff")}
	root = tomlTable{}
	current := root
	for r.blank(true); r.at < len(r.s); r.blank(true) {
		if r.s[r.at] == '[' {
			name, many, err := r.header()
			if err != nil {
				return nil, nil, r.fault(err)
			}
			current = tomlTable{}
			if many && name == tables {
				list = append(list, current)
			}
			continue
		}
		if err := r.pair(current, 0); err != nil {
			return nil, nil, r.fault(err)
		}
		if r.blank(false); r.at < len(r.s) && r.s[r.at] != '\n' {
			return nil, nil, r.fault(errors.New("something follows a value on its line"))
		}
	}
	return root, list, nil
}

type tomlReader struct {
	s  string
	at int
}

func (r *tomlReader) fault(err error) error {
	return fmt.Errorf("reading TOML, line %d: %w", 1+strings.Count(r.s[:min(r.at, len(r.s))], "\n"), err)
}

// blank skips white space and comments, and line breaks where they mean nothing.
func (r *tomlReader) blank(lines bool) {
	for r.at < len(r.s) {
		switch c := r.s[r.at]; {
		case c == ' ' || c == '\t' || c == '\r' || lines && c == '\n':
			r.at++
		case c == '#':
			n := strings.IndexByte(r.s[r.at:], '\n')
			if n < 0 {
				n = len(r.s) - r.at
			}
			r.at += n
		default:
			return
		}
	}
}

func (r *tomlReader) next(c byte) bool {
	if r.at < len(r.s) && r.s[r.at] == c {
		r.at++
		return true
	}
	return false
}

// header reads [name] or [[name]].
func (r *tomlReader) header() (name string, many bool, err error) {
	r.at++
	many = r.next('[')
	if name, err = r.key(); err != nil {
		return "", false, err
	}
	if !r.next(']') || many && !r.next(']') {
		return "", false, errors.New("a table's name is not closed")
	}
	return name, many, nil
}

// pair reads key = value into a table. A key that comes twice is an error, as
// TOML says.
func (r *tomlReader) pair(t tomlTable, depth int) error {
	key, err := r.key()
	if err != nil {
		return err
	}
	if !r.next('=') {
		return fmt.Errorf("no = behind %q", key)
	}
	r.blank(false)
	value, err := r.value(depth)
	if err != nil {
		return err
	}
	if _, twice := t[key]; twice {
		return fmt.Errorf("%q comes twice", key)
	}
	t[key] = value
	return nil
}

// key reads a bare, quoted or dotted key, and the blanks around it.
func (r *tomlReader) key() (string, error) {
	var parts []string
	for {
		r.blank(false)
		if r.at == len(r.s) {
			return "", errors.New("a key is missing")
		}
		var part string
		var err error
		if c := r.s[r.at]; c == '"' || c == '\'' {
			part, err = r.text()
		} else {
			start := r.at
			for r.at < len(r.s) && (isASCIILetter(r.s[r.at]) || isDigit(r.s[r.at]) || r.s[r.at] == '-' || r.s[r.at] == '_') {
				r.at++
			}
			if part = r.s[start:r.at]; part == "" {
				err = fmt.Errorf("%q begins no key", r.s[r.at:r.at+1])
			}
		}
		if err != nil {
			return "", err
		}
		parts = append(parts, part)
		if r.blank(false); !r.next('.') {
			return strings.Join(parts, "."), nil
		}
	}
}

func (r *tomlReader) value(depth int) (any, error) {
	if depth > maxTOMLDepth {
		return nil, fmt.Errorf("values nested deeper than %d", maxTOMLDepth)
	}
	if r.at == len(r.s) {
		return nil, errors.New("a value is missing")
	}
	switch r.s[r.at] {
	case '"', '\'':
		return r.text()
	case '[':
		return r.array(depth)
	case '{':
		return r.inline(depth)
	}
	start := r.at
	for r.at < len(r.s) && !strings.ContainsRune(" \t\r\n,]}#", rune(r.s[r.at])) {
		r.at++
	}
	if start == r.at {
		return nil, errors.New("a value is missing")
	}
	if n, err := strconv.ParseInt(r.s[start:r.at], 0, 64); err == nil {
		return n, nil
	}
	return tomlScalar(r.s[start:r.at]), nil
}

// tomlScalar is a value REUSE has no use for, as it stands.
type tomlScalar string

func (r *tomlReader) array(depth int) (any, error) {
	r.at++
	list := []any{}
	for {
		if r.blank(true); r.next(']') {
			return list, nil
		}
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
		if r.blank(true); !r.next(',') {
			if r.next(']') {
				return list, nil
			}
			return nil, errors.New("an array is not closed")
		}
	}
}

func (r *tomlReader) inline(depth int) (any, error) {
	r.at++
	t := tomlTable{}
	if r.blank(false); r.next('}') {
		return t, nil
	}
	for {
		if err := r.pair(t, depth+1); err != nil {
			return nil, err
		}
		r.blank(false)
		if r.next('}') {
			return t, nil
		}
		if !r.next(',') {
			return nil, errors.New("an inline table is not closed")
		}
	}
}

// text reads a string: basic or literal, on one line or between three quotes.
func (r *tomlReader) text() (string, error) {
	quote := r.s[r.at : r.at+1]
	long := strings.HasPrefix(r.s[r.at:], strings.Repeat(quote, 3))
	end := quote
	if long {
		end = strings.Repeat(quote, 3)
	}
	r.at += len(end)
	if long {
		r.next('\r')
		r.next('\n')
	}
	var b strings.Builder
	for r.at < len(r.s) {
		switch c := r.s[r.at]; {
		case strings.HasPrefix(r.s[r.at:], end):
			r.at += len(end)
			return b.String(), nil
		case c == '\n' && !long:
			return "", errors.New("a string does not end on its line")
		case c == '\\' && quote == `"`:
			if err := r.escape(&b, long); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			r.at++
		}
	}
	return "", errors.New("a string does not end")
}

// escape reads a backslash and what it stands for.
func (r *tomlReader) escape(b *strings.Builder, long bool) error {
	r.at++
	if r.at == len(r.s) {
		return errors.New("a string does not end")
	}
	c := r.s[r.at]
	r.at++
	if i := strings.IndexByte(`btnfre"\`, c); i >= 0 {
		b.WriteByte("\b\t\n\f\r\x1b\"\\"[i])
		return nil
	}
	size := map[byte]int{'u': 4, 'U': 8}[c]
	switch {
	case size > 0 && r.at+size <= len(r.s):
		n, err := strconv.ParseUint(r.s[r.at:r.at+size], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return fmt.Errorf("\\%c%s is no character", c, r.s[r.at:r.at+size])
		}
		b.WriteRune(rune(n))
		r.at += size
		return nil
	case long && (c == '\n' || c == '\r' || c == ' ' || c == '\t'):
		for r.at < len(r.s) && strings.ContainsRune(" \t\r\n", rune(r.s[r.at])) {
			r.at++
		}
		return nil
	}
	return fmt.Errorf("\\%c is no escape", c)
}
