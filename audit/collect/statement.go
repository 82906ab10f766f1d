package collect

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"
)

// statementsOf returns what a source file does: its text without comments, and
// without the texts that stand as statements or over several lines, as
// documentation does. Of a notebook it is the code cells. A call that is only
// spoken of is no call.
func statementsOf(f *File, content []byte) []byte {
	switch {
	case f.Kind == "notebook" || path.Ext(f.Path) == ".ipynb":
		return pythonStatements(codeCells(content))
	case f.Kind == "python" || strings.EqualFold(path.Ext(f.Path), ".py"):
		return pythonStatements(content)
	case f.Kind == "shell":
		return shellStatements(content)
	}
	return slashStatements(content)
}

// codeCells joins the code of a notebook (nbformat 4), as far as it goes: a large
// one is read in part.
func codeCells(content []byte) []byte {
	dec := json.NewDecoder(bytes.NewReader(content))
	var b bytes.Buffer
	for in, err := intoCells(dec); in && err == nil && dec.More(); {
		var cell struct {
			Kind   string `json:"cell_type"`
			Source any    `json:"source"`
		}
		if err = dec.Decode(&cell); err != nil || cell.Kind != "code" {
			continue
		}
		switch s := cell.Source.(type) {
		case string:
			b.WriteString(s)
		case []any:
			for _, line := range s {
				text, _ := line.(string)
				b.WriteString(text)
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// intoCells moves to the first cell of a notebook and tells whether it has any.
func intoCells(dec *json.Decoder) (bool, error) {
	if t, err := dec.Token(); t != json.Delim('{') {
		return false, err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return false, err
		}
		if key == "cells" {
			t, err := dec.Token()
			return t == json.Delim('['), err
		}
		var skipped json.RawMessage
		if err := dec.Decode(&skipped); err != nil {
			return false, err
		}
	}
	return false, nil
}

// pythonStatements drops comments, texts in triple quotes, and texts that stand
// alone on their line.
func pythonStatements(src []byte) []byte {
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '#':
			i += lineLength(src[i:])
		case c == '"' || c == '\'':
			n := pythonString(src[i:])
			long := n >= 6 && src[i+1] == c && src[i+2] == c
			if !long && !(beginsLine(out) && endsLine(src[i+n:])) {
				out = append(out, src[i:i+n]...)
			}
			i += n
		default:
			out = append(out, c)
			i++
		}
	}
	return out
}

// lineLength is the length of a line without its end.
func lineLength(s []byte) int {
	if n := bytes.IndexByte(s, '\n'); n >= 0 {
		return n
	}
	return len(s)
}

// pythonString returns the length of the text literal at the start of s, quotes
// included. One that is not closed ends with its line, in triple quotes with the
// source.
func pythonString(s []byte) int {
	quote := s[:1]
	if len(s) >= 3 && s[1] == s[0] && s[2] == s[0] {
		quote = s[:3]
	}
	for i := len(quote); i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case bytes.HasPrefix(s[i:], quote):
			return i + len(quote)
		case len(quote) == 1 && s[i] == '\n':
			return i
		}
	}
	return len(s)
}

// beginsLine tells whether nothing but blanks, or the mark of a raw text,
// stands on the last line.
func beginsLine(out []byte) bool {
	line := out[bytes.LastIndexByte(out, '\n')+1:]
	return len(bytes.Trim(line, " \trRuU")) == 0
}

func endsLine(rest []byte) bool {
	return len(bytes.TrimSpace(rest[:lineLength(rest)])) == 0
}

// shellStatements drops comments.
func shellStatements(src []byte) []byte {
	var out []byte
	for line := range bytes.Lines(src) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("#")) {
			out = append(out, line...)
		}
	}
	return out
}

// slashStatements drops the comments of languages in the manner of C.
func slashStatements(src []byte) []byte {
	out := make([]byte, 0, len(src))
	for i := 0; i < len(src); {
		switch {
		case bytes.HasPrefix(src[i:], []byte("/*")):
			n := bytes.Index(src[i+2:], []byte("*/"))
			if n < 0 {
				return out
			}
			i += n + 4
		case bytes.HasPrefix(src[i:], []byte("//")) && (i == 0 || src[i-1] != ':'):
			i += lineLength(src[i:])
		default:
			out = append(out, src[i])
			i++
		}
	}
	return out
}

// statements counts the lines that are not blank.
func statements(code []byte) int {
	n := 0
	for line := range bytes.Lines(code) {
		if len(bytes.TrimSpace(line)) > 0 {
			n++
		}
	}
	return n
}
