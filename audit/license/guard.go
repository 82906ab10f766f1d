package license

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// MaxText is the largest text that is read, in bytes. The largest licence seen
// in the wild had 42 KB.
const MaxText = 256 << 10

// State is what a file turned out to be.
type State string

const (
	StateText       State = "text"         // prose, read to its end
	StateHeaderOnly State = "header_only"  // the notice that names a licence, without its text
	StatePointer    State = "pointer_only" // an address or a tag, no terms
	StateTermsInPDF State = "terms_in_pdf" // prose that sends the reader to a PDF
	StatePDF        State = "pdf"
	StateHTML       State = "html"
	StateBinary     State = "binary"
	StateLFS        State = "lfs_pointer" // Git LFS: the text is elsewhere
	StateTooLarge   State = "too_large"   // larger than MaxText, not read
	StateEmpty      State = "empty"
)

// readable returns the text in data, or why there is none. It knows UTF-8,
// UTF-16 with a byte order mark, and takes other bytes for Windows-1252.
func readable(data []byte) (string, State) {
	if len(data) > MaxText {
		return "", StateTooLarge
	}
	text := strings.TrimPrefix(decode(data), "\ufeff")
	head := strings.ToLower(strings.TrimSpace(text[:min(len(text), 1024)]))
	switch {
	case strings.HasPrefix(head, "%pdf-"):
		return "", StatePDF
	case strings.ContainsRune(text, 0), controls(text):
		return "", StateBinary
	case strings.HasPrefix(head, "version https://git-lfs.github.com/spec/"):
		return "", StateLFS
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"), strings.HasPrefix(head, "<?xml"):
		return "", StateHTML
	case head == "" && strings.TrimSpace(text) == "":
		return "", StateEmpty
	}
	return text, ""
}

func decode(data []byte) string {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		if out, err := unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Bytes(data); err == nil {
			return string(out)
		}
	}
	if utf8.Valid(data) {
		return string(data)
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return string(bytes.ToValidUTF8(data, []byte(" ")))
	}
	return string(out)
}

// controls reports whether more than one character in a hundred is a control
// character that no prose has, or a mark of undecodable bytes.
func controls(text string) bool {
	n := 0
	for _, r := range text {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != '\v' || r == utf8.RuneError {
			n++
		}
	}
	return n*100 > len(text)
}

// frontMatter blanks the YAML block at the head of a text, line breaks kept, and
// returns what its license or spdx-id says.
func frontMatter(text string) (rest, declares string) {
	body, ok := strings.CutPrefix(strings.TrimLeft(text, "\r\n\t "), "---")
	first, isLine := strings.CutPrefix(strings.TrimLeft(body, " \t\r"), "\n")
	if line, _, _ := strings.Cut(first, "\n"); !ok || !isLine || !strings.Contains(line, ":") {
		return text, ""
	}
	start := len(text) - len(body)
	end := strings.Index(body, "\n---")
	if end < 0 {
		return text, ""
	}
	end += start + len("\n---")
	for line := range strings.Lines(text[start:end]) {
		key, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "license", "spdx-id", "spdx-license-identifier":
			declares = strings.Trim(value, " \t\r\n\"'")
		}
	}
	blank := strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text[:end])
	return blank + text[end:], declares
}

// tags are the HTML elements that turn up in Markdown and in texts saved from a
// page. Other things in angle brackets are words: <year>, <copyright holder>.
const tags = ` a abbr b blockquote br center code div em font h1 h2 h3 h4 h5 h6 hr i img li ol p pre small span strong sub sup table tbody td th thead tr tt u ul `

// maxTag bounds a tag or a character reference, in bytes.
const maxTag = 300

// blankMarkup turns HTML tags and character references into spaces; every byte
// that remains keeps its place.
func blankMarkup(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	b := []byte(text)
	for i := 0; i < len(b); i++ {
		n := 0
		switch b[i] {
		case '<':
			n = tagLength(text[i:])
		case '&':
			n = referenceLength(text[i:])
		}
		for j := i; j < i+n; j++ {
			if b[j] != '\n' {
				b[j] = ' '
			}
		}
		i += max(0, n-1)
	}
	return string(b)
}

func tagLength(s string) int {
	end := strings.IndexByte(s[:min(len(s), maxTag)], '>')
	if end < 0 {
		return 0
	}
	inside := strings.TrimSuffix(strings.TrimPrefix(s[1:end], "/"), "/")
	name, _, _ := strings.Cut(inside, " ")
	if name == "" || !strings.Contains(tags, " "+strings.ToLower(name)+" ") {
		return 0
	}
	return end + 1
}

func referenceLength(s string) int {
	end := strings.IndexByte(s[:min(len(s), 10)], ';')
	if end < 2 {
		return 0
	}
	for _, c := range []byte(s[1:end]) {
		if !isASCIILetter(c) && !isDigit(c) && c != '#' {
			return 0
		}
	}
	return end + 1
}
