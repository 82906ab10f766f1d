package signing

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxMembers bounds the members of one object we look into; the format's own objects have at most six.
const maxMembers = 256

// members splits a valid JSON object into its members, values still raw. It refuses what lets two readers of the same
// bytes see different documents: a key given twice, a key that differs from a known one only by case (encoding/json
// would take it), text that is not UTF-8. A null counts as absent, as in protobuf's JSON.
//
// raw must have passed [json.Valid].
func members(raw []byte, known ...string) (map[string][]byte, error) {
	raw = trim(raw)
	if len(raw) == 0 || raw[0] != '{' {
		return nil, errors.New("not a JSON object")
	}
	object := map[string][]byte{}
	seen := 0
	for i := skipTo(raw, 1); raw[i] != '}'; i = skipTo(raw, i) {
		end := valueEnd(raw, i)
		key, err := text(raw[i:end])
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		start := skipTo(raw, end)
		i = valueEnd(raw, start)
		if seen++; seen > maxMembers {
			return nil, fmt.Errorf("more than %d members in one object", maxMembers)
		}
		if _, twice := object[key]; twice {
			return nil, fmt.Errorf("key %q stands twice", key)
		}
		if k := foldedKey(key, known); k != "" {
			return nil, fmt.Errorf("key %q is not %q", key, k)
		}
		object[key] = raw[start:i]
	}
	for key, value := range object {
		if string(value) == "null" {
			delete(object, key)
		}
	}
	return object, nil
}

// foldedKey returns the known key that key imitates, "" if there is none.
func foldedKey(key string, known []string) string {
	for _, k := range known {
		if key != k && strings.EqualFold(key, k) {
			return k
		}
	}
	return ""
}

// elements yields the elements of a valid JSON array, still raw.
func elements(raw []byte) (iter.Seq[[]byte], error) {
	raw = trim(raw)
	if len(raw) == 0 || raw[0] != '[' {
		return nil, errors.New("not a JSON array")
	}
	return func(yield func([]byte) bool) {
		for i := skipTo(raw, 1); raw[i] != ']'; i = skipTo(raw, i) {
			start := i
			if i = valueEnd(raw, start); !yield(raw[start:i]) {
				return
			}
		}
	}, nil
}

// text decodes a JSON string and refuses what has no UTF-8 form; encoding/json would put U+FFFD there, so that two
// different names read as the same one.
func text(raw []byte) (string, error) {
	raw = trim(raw)
	if len(raw) < 2 || raw[0] != '"' {
		return "", errors.New("not a JSON string")
	}
	if !utf8.Valid(raw) {
		return "", errors.New("not UTF-8")
	}
	if hasLoneSurrogate(raw) {
		return "", errors.New("half of a surrogate pair")
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", err
	}
	return s, nil
}

func hasLoneSurrogate(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		if raw[i] != '\\' {
			continue
		}
		i++
		if raw[i] != 'u' || i+4 >= len(raw) {
			continue
		}
		switch unit := hex4(raw[i+1:]); {
		case unit >= 0xDC00 && unit < 0xE000:
			return true
		case unit >= 0xD800 && unit < 0xDC00:
			rest := raw[i+5:]
			if len(rest) < 6 || rest[0] != '\\' || rest[1] != 'u' {
				return true
			}
			if low := hex4(rest[2:]); low < 0xDC00 || low >= 0xE000 {
				return true
			}
			i += 10
		}
	}
	return false
}

func hex4(raw []byte) uint64 {
	n, err := strconv.ParseUint(string(raw[:4]), 16, 16)
	if err != nil {
		return 0
	}
	return n
}

// wholeNumber reads a JSON number that must be a whole one; the reference client writes shard_size as 1000.0.
func wholeNumber(raw []byte) (int64, error) {
	s := string(trim(raw))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	const exact = 1 << 53 // beyond it a float64 skips whole numbers
	if err != nil || f != float64(int64(f)) || f < -exact || f > exact {
		return 0, fmt.Errorf("%.40q is not a whole number", s)
	}
	return int64(f), nil
}

// trim cuts JSON white space at both ends.
func trim(raw []byte) []byte {
	for len(raw) > 0 && isSpace(raw[0]) {
		raw = raw[1:]
	}
	for len(raw) > 0 && isSpace(raw[len(raw)-1]) {
		raw = raw[:len(raw)-1]
	}
	return raw
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// skipTo returns the index of the next byte that is neither white space nor a separator.
func skipTo(raw []byte, i int) int {
	for isSpace(raw[i]) || raw[i] == ',' || raw[i] == ':' {
		i++
	}
	return i
}

// valueEnd returns the index just behind the value that starts at i. It needs no recursion: inside valid JSON,
// brackets balance.
func valueEnd(raw []byte, i int) int {
	depth := 0
	for ; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			i = stringEnd(raw, i)
			if depth == 0 {
				return i + 1
			}
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth == 0 {
				return i // the end of the container around a number or literal
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case depth == 0 && (c == ',' || isSpace(c)):
			return i
		}
	}
	return i
}

// stringEnd returns the index of the closing quote of the string that opens at i.
func stringEnd(raw []byte, i int) int {
	for i++; i < len(raw) && raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i
}
