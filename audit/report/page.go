package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"glassbox/audit"
)

// Two formats are pages: one file each that loads nothing. Style and script stand
// in the page, and its policy allows these two by their digests and forbids all
// else: a text that got past the escaping would still not run.

//go:embed page.css
var pageCSS string

// pagePolicy is what the browser is told to allow: one style and one script, by
// their digests (Content Security Policy Level 3, section 2.3.1).
func pagePolicy(css, js string) string {
	return fmt.Sprintf("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'", integrity(css), integrity(js))
}

func integrity(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// parsePage reads a page with its style and script. They are given as values, as
// the template language would take out their comments and so change the digests.
func parsePage(name, text, css, js string, more template.FuncMap) (*template.Template, error) {
	t, err := template.New(name).Funcs(template.FuncMap{
		"policy": func() string { return pagePolicy(css, js) },
		"css":    func() template.CSS { return template.CSS(css) },
		"js":     func() template.JS { return template.JS(js) },
		"clean":  Clean, "show": show, "where": where, "files": files, "size": Size, "short": short,
		"bar": bar, "tone": pageTone, "slug": slug, "asked": func(pointer string) string { return Clean(asked(pointer)) }, "spots": spots, "share": decimal,
	}).Funcs(more).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the page %s: %w", name, err)
	}
	return t, nil
}

// span is an interval as it is drawn.
type span struct{ Floor, Ceiling int }

func bar(floor, ceiling *int) *span {
	if floor == nil || ceiling == nil {
		return nil
	}
	return &span{*floor, *ceiling}
}

// pageTone is the colour of a word. It is never the only sign: the word stands there.
func pageTone(word string) string {
	switch {
	case word == audit.WordNotApplicable:
		return "dim"
	case toneOf(word) == red:
		return "bad"
	case toneOf(word) == yellow:
		return "mild"
	}
	return "good"
}

// slug makes a text the end of an id.
func slug(s string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, s), "-")
}

// pageWords are the words of outcomes as a page lists them: what speaks against a
// release first.
var pageWords = [...]string{
	audit.WordContradicted, audit.WordNotMet, audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound,
	audit.WordUnverifiable, audit.WordClaimed, audit.WordUnknown, audit.WordMet, audit.WordNotApplicable,
}

// dimensions lists what the findings are about, in the order of their first one.
func dimensions(r *audit.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if !slices.Contains(out, f.Dimension) {
			out = append(out, f.Dimension)
		}
	}
	slices.Sort(out)
	return out
}

// spot is a place with what it stands for in a contradiction: the comparison, and
// its two sides.
type spot struct {
	Label string
	audit.Place
}

func spots(f *audit.Finding) []spot {
	out := make([]spot, len(f.Places))
	for i, p := range f.Places {
		out[i].Place = p
		if f.Word == audit.WordContradicted && len(f.Places) >= 3 {
			out[i].Label = [...]string{"compared", "said", "found"}[i%3]
		}
	}
	return out
}
