package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"glassbox/audit"
)

// pageElements and pageAttributes are all that a page may be made of. Nothing
// among them loads, and no attribute of them is a script.
var (
	pageElements = []string{
		"html", "head", "meta", "title", "style", "script", "body", "main", "nav", "article", "section", "header", "footer", "h1", "h2", "h3", "h4", "p", "strong", "div", "span", "code", "br",
		"table", "caption", "thead", "tbody", "tr", "th", "td", "svg", "rect", "ul", "ol", "li", "details", "summary", "a", "form", "fieldset", "legend", "label", "input", "select", "option", "button", "output", "noscript", "dialog", "small",
	}
	pageAttributes = []string{
		"lang", "charset", "http-equiv", "content", "name", "id", "class", "scope", "open", "colspan", "viewbox", "preserveaspectratio", "width", "height", "hidden", "role", "type", "value", "checked", "autocomplete", "href", "for", "tabindex", "min", "max", "disabled",
	}
)

// inertPage parses a page as a browser does that runs scripts, or as one that runs
// none, and checks that it loads nothing, runs one script, and that no text has
// become anything but text.
func inertPage(t *testing.T, page []byte, scripts bool) *html.Node {
	t.Helper()
	root, err := html.ParseWithOptions(bytes.NewReader(page), html.ParseOptionEnableScripting(scripts))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	var links []string
	policy, source := "", map[string]string{}
	for n := range root.Descendants() {
		if n.Type == html.CommentNode {
			t.Errorf("a comment: %q", n.Data)
		}
		if n.Type == html.TextNode && strings.ContainsFunc(strings.ReplaceAll(n.Data, "\n", ""), unsafe) {
			t.Errorf("%q is not clean", n.Data)
		}
		if n.Type != html.ElementNode {
			continue
		}
		if !slices.Contains(pageElements, n.Data) {
			t.Errorf("element %s", n.Data)
		}
		if n.Data == "script" || n.Data == "style" {
			if _, twice := source[n.Data]; twice || n.FirstChild == nil {
				t.Fatalf("a second %s, or an empty one", n.Data)
			}
			source[n.Data] = n.FirstChild.Data
		}
		for _, a := range n.Attr {
			key := strings.ToLower(a.Key)
			if !slices.Contains(pageAttributes, key) && !strings.HasPrefix(key, "data-") && !strings.HasPrefix(key, "aria-") {
				t.Errorf("attribute %s of %s", a.Key, n.Data)
			}
			switch {
			case key == "content" && strings.Contains(a.Val, "default-src"):
				policy = a.Val
			case key == "href":
				links = append(links, a.Val)
			case key == "id" && ids[a.Val]:
				t.Errorf("id %q is given twice", a.Val)
			case key == "id":
				ids[a.Val] = true
			}
		}
	}
	for _, to := range links {
		if id, inside := strings.CutPrefix(to, "#"); !inside || !ids[id] && !scripts {
			t.Errorf("a link to %q", to)
		}
	}
	digest := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	if want := "default-src 'none'; style-src " + digest(source["style"]) + "; script-src " + digest(source["script"]) + "; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
	if s := source["style"]; strings.Contains(s, "url(") || strings.Contains(s, "@import") {
		t.Errorf("the style loads: %q", s)
	}
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "fetch(", "XMLHttp", "import("} {
		if strings.Contains(source["script"], word) {
			t.Errorf("the script uses %s", word)
		}
	}
	return root
}

// attr returns an attribute's value, "" where there is none.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// within is all text inside a node.
func within(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// Hostile text in every field stays text, with scripts and without, and every
// finding stands on the page with its word.
func TestHTML(t *testing.T) {
	r := villain()
	page := draw(t, "html", Options{}, r)
	for _, scripts := range []bool{false, true} {
		inertPage(t, page, scripts)
	}
	root := inertPage(t, page, false)
	words, want := map[string]string{}, map[string]string{}
	heads := 0
	for n := range root.Descendants() {
		switch {
		case n.Data == "h1" && n.Type == html.ElementNode:
			heads++
		case n.Data == "details" && attr(n, "data-word") != "":
			words[within(firstOf(n, "h4"))] = attr(n, "data-word")
		}
	}
	for _, f := range r.Findings {
		want[f.Rule] = f.Word
	}
	if heads != 1 || len(words) != len(want) {
		t.Errorf("%d headings, %d findings of %d", heads, len(words), len(want))
	}
	for rule, word := range want {
		if words[rule] != word {
			t.Errorf("%s is shown as %q, want %q", rule, words[rule], word)
		}
	}
	for _, s := range evil {
		if plain := Clean(s); !strings.Contains(within(root), plain) {
			t.Errorf("%q is lost", plain)
		}
	}
}

func firstOf(n *html.Node, element string) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.Data == element {
			return d
		}
	}
	return &html.Node{}
}

// Several subjects stand on one page without an id given twice, though they have
// the same rules.
func TestPageOfSeveral(t *testing.T) {
	root := inertPage(t, draw(t, "html", Options{}, villain(), villain()), false)
	n := 0
	for d := range root.Descendants() {
		if d.Data == "article" {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d subjects", n)
	}
}

// Both sides of a contradiction are named as such.
func TestSidesOfAContradiction(t *testing.T) {
	f := audit.Finding{Rule: "a", Outcome: audit.Fail, Word: audit.WordContradicted, Places: []audit.Place{{Pointer: "/relations/x"}, {Pointer: "/card"}, {Pointer: "/weights"}}}
	got := spots(&f)
	if got[0].Label != "compared" || got[1].Label != "said" || got[2].Label != "found" || got[2].Pointer != "/weights" {
		t.Errorf("%+v", got)
	}
	f.Word = audit.WordNotMet
	if got := spots(&f); got[0].Label != "" {
		t.Errorf("%+v", got)
	}
}
