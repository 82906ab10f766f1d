package card

import (
	"bytes"
	"path"
	"regexp"
	"strings"
)

// ReadDocument reads a text that is no card, such as a report or a policy, in
// Markdown, HTML, TeX or plain. It is stricter than [Read] about what is text: a
// refusal to tell is none in whatever section it stands, nor is a question or a
// request, of which unanswered templates consist. Nothing of it is a claim.
func ReadDocument(name string, data []byte) *Card {
	c := &Card{Path: name, FrontMatter: FrontMatter{State: FrontMatterAbsent}}
	if len(data) > MaxSize {
		c.truncate("size")
		data = wholeRunes(data[:MaxSize])
	}
	if isUTF16(data) {
		data = fromUTF16(data)
	}
	data, _ = utf8Only(data)
	p := split(data)
	c.FrontMatter = p.matter
	body := p.body
	switch ext := strings.ToLower(path.Ext(name)); ext {
	case ".md", ".markdown":
	case ".tex":
		body = plainLines(markdownOf(body))
	default:
		body = plainLines(body)
	}
	c.readText(body, p.bodyLine)
	return c
}

// plainLines drops what stands before the text of each line: layout, which would
// make code of it in Markdown.
func plainLines(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		out = append(out, bytes.TrimLeft(line, " \t")...)
	}
	return out
}

// texForms are commands of LaTeX that stand for something in Markdown.
var texForms = []struct {
	form *regexp.Regexp
	into string
}{
	{regexp.MustCompile(`(?m)(^|[^\\])%.*$`), "$1"},
	{regexp.MustCompile(`(?s)\\begin\{(equation|align|figure|table|tabular|verbatim|lstlisting|tikzpicture)\*?\}.*?\\end\{(equation|align|figure|table|tabular|verbatim|lstlisting|tikzpicture)\*?\}`), "\n"},
	{regexp.MustCompile(`\\title\{([^{}\n]{1,300})\}`), "\n# $1\n\n"},
	{regexp.MustCompile(`\\(?:sub)*(?:section|chapter|paragraph)\*?\{([^{}\n]{1,300})\}`), "\n\n## $1\n\n"},
	{regexp.MustCompile(`\\begin\{abstract\}`), "\n\n## Abstract\n\n"},
	{regexp.MustCompile(`\\bibliography\{[^}]*\}|\\printbibliography|\\begin\{thebibliography\}(\{[^}]*\})?`), "\n\n## References\n\n"},
	{regexp.MustCompile(`\\(?:documentclass|usepackage|newcommand|begin|end|label|ref|cite[tp]?|input|include|author|date|bibliographystyle)\*?(?:\[[^\]\n]*\])?(?:\{[^{}\n]*\})?`), " "},
	{regexp.MustCompile(`\\[A-Za-z]+\*?`), " "},
}

// markdownOf turns LaTeX into Markdown as far as headings and prose go.
func markdownOf(tex []byte) []byte {
	for _, f := range texForms {
		tex = f.form.ReplaceAll(tex, []byte(f.into))
	}
	return tex
}

// request matches a sentence that asks the writer for text.
var request = regexp.MustCompile(`(?i)^\W*((if (so|yes|not|no|any|the answer)\b[^.]{0,60})?\bplease (provide|describe|specify|explain|list|state|indicate|note|give|add|fill)\b|(provide|describe|specify|explain|list|state|indicate|add|insert)\b[^.]{0,200}\bhere\W*$|(provide|describe|specify|explain|list|state|indicate|add|fill in) (a |an |the |any |here |how |what |which |whether |all )[^.]{0,200}(here|dataset|model|instances)\W*$)`)

// asks tells whether a sentence of a document asks for something.
func asks(s sentence) bool {
	text := s.flat.text
	end := bytes.TrimLeft(text[s.to:], "\"'”’)]*_ ")
	return len(end) > 0 && end[0] == '?' || bytes.HasPrefix(end, []byte("？")) || request.Match(text[s.from:s.to])
}
