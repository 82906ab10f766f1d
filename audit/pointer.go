package audit

import (
	"iter"
	"strconv"
	"strings"

	"glassbox/schemas"
)

// Join appends reference tokens to a JSON pointer (RFC 6901). A token is a
// string or an int; anything else is a programmer's mistake and is left out.
func Join(pointer string, tokens ...any) string {
	var b strings.Builder
	b.WriteString(pointer)
	for _, t := range tokens {
		switch t := t.(type) {
		case string:
			b.WriteByte('/')
			b.WriteString(schemas.EscapePointer(t))
		case int:
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(t))
		}
	}
	return b.String()
}

// tokens splits a JSON pointer into its unescaped reference tokens.
func tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	parts := make([]string, 0, 8)
	for t := range steps(pointer) {
		parts = append(parts, t)
	}
	return parts
}

// steps yields the same one after the other.
func steps(pointer string) iter.Seq[string] {
	return func(yield func(string) bool) {
		rest, more := strings.TrimPrefix(pointer, "/"), pointer != ""
		for more {
			var t string
			t, rest, more = strings.Cut(rest, "/")
			if strings.IndexByte(t, '~') >= 0 {
				t = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
			}
			if !yield(t) {
				return
			}
		}
	}
}

// isPointer tells whether the text is the root or begins a path below it.
func isPointer(text string) bool { return text == "" || text[0] == '/' }

// parent cuts the last token off a pointer; ok is false at the root.
func parent(pointer string) (up string, ok bool) {
	cut := strings.LastIndexByte(pointer, '/')
	if cut < 0 {
		return "", false
	}
	return pointer[:cut], true
}

// index reads a token as an index into a list of n items.
func index(token string, n int) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i < n && (token == "0" || '1' <= token[0] && token[0] <= '9')
}
