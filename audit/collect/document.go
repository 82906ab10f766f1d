package collect

import (
	"bytes"
	"context"
	"regexp"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// MaxDocument is how much of a document is read to count its words, in bytes.
// That is some two hundred thousand words: a text that has not shown a few dozen
// by then is none, and of a longer one the count is a lower bound.
const MaxDocument = 1 << 20

// minWords is how many words make a text more than a place-holder.
const minWords = 50

// documentNames recognises documents by name, as far as they have one; each
// must then hold some text.
var documentNames = []struct {
	name string
	file *regexp.Regexp
}{
	{"technical_report", regexp.MustCompile(`(?i)(^|/)(tech(nical)?[_-]?report|report)[\w.-]*\.(md|pdf|tex|txt|html)$`)},
	{"paper", regexp.MustCompile(`(?i)(^|/)[\w.-]*paper[\w.-]*\.(md|pdf|tex)$`)},
	{"data_card", regexp.MustCompile(`(?i)(^|/)(data|dataset)[_-]?card[\w.-]*\.(md|json|txt)$`)},
	{"datasheet", regexp.MustCompile(`(?i)(^|/)data[_-]?sheet[\w.-]*\.(md|pdf|txt)$`)},
	{"system_card", regexp.MustCompile(`(?i)(^|/)system[_-]?card[\w.-]*\.(md|pdf)$`)},
	{"citation", regexp.MustCompile(`(?i)(^|/)citation\.(cff|bib|md)$`)},
	{"changelog", regexp.MustCompile(`(?i)(^|/)(changelog|changes|release[_-]?notes)(\.(md|txt|rst))?$`)},
	{"sample_outputs", regexp.MustCompile(`(?i)(^|/)(samples?|sample[_-]?outputs?|generations?)([\w.-]*\.(md|json|jsonl|txt|csv)$|/)`)},
}

func (c *collection) documents(context.Context) error {
	if !c.whole() {
		return nil
	}
	for _, d := range documentNames {
		paths, words := c.namedTexts(d.file, d.name)
		src := audit.Source{Level: audit.Present}
		if len(paths) > 0 {
			src.Path = paths[0]
		}
		c.ev.Set("/documents/"+d.name, map[string]any{"present": len(paths) > 0, "paths": paths, "words": words}, src)
	}
	c.citationInCard()
	c.papers()
	return nil
}

// citationInCard takes a citation that stands in the card for one: it is there
// to be copied, in a file of its own or not.
func (c *collection) citationInCard() {
	if v, _ := c.ev.Get("/documents/citation/present"); v == true {
		return
	}
	const leastLines = 3 // an entry of BibTeX has a kind, a title and an author
	for _, k := range c.mainCards {
		for _, s := range k.Sections {
			if s.Name == "citation" && s.Counts.CodeLines >= leastLines {
				c.ev.Set("/documents/citation", map[string]any{"present": true, "paths": []string{k.Path}, "words": s.Counts.Words}, at(k, s.Line))
				return
			}
		}
	}
}

// namedTexts lists the files whose names match and that hold more than a few words.
func (c *collection) namedTexts(name *regexp.Regexp, kind string) (paths []string, words int) {
	paths = []string{}
	least := minWords
	if kind == "citation" || kind == "changelog" {
		least = 8 // a citation or a first release note is short
	}
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" || !name.MatchString(f.Path) {
			continue
		}
		if f.Kind == "pdf" && c.isPDF(f) {
			paths = append(paths, f.Path)
			continue
		}
		if n := c.words(f); n >= least {
			paths = append(paths, f.Path)
			words += n
		}
	}
	return paths, words
}

// Limits on what is looked at of a PDF, and the least that one holds.
const (
	pdfHead = 64 << 10
	pdfTail = 2 << 10
	minPDF  = 8 << 10 // a page of text, with its fonts
)

// isPDF tells whether a file that begins as a PDF goes on as one: it has
// objects, streams whose bytes are no filling, and an end (ISO 32000-1, 7.5).
func (c *collection) isPDF(f *File) bool {
	if f.Size < minPDF {
		return false
	}
	head, err := c.rel.part(f.Path, 0, min(f.Size, pdfHead))
	if err != nil {
		return false
	}
	tail, err := c.rel.part(f.Path, f.Size-pdfTail, pdfTail)
	if err != nil || !bytes.Contains(tail, []byte("startxref")) || !bytes.Contains(tail, []byte("%%EOF")) {
		return false
	}
	seen := map[byte]bool{}
	zeros := 0
	for _, b := range head {
		seen[b] = true
		if b == 0 {
			zeros++
		}
	}
	const letters = 48 // different bytes of plain text; compressed streams have all
	return len(seen) >= letters && zeros < len(head)/2 && bytes.Contains(head, []byte(" obj")) && bytes.Contains(head, []byte("stream"))
}

// words counts the words of a text: those of prose where it was read as a card.
func (c *collection) words(f *File) int {
	for _, k := range c.cards {
		if k.Path == f.Path {
			return k.Counts.Words
		}
	}
	if !isProse(f.Kind) || f.Kind == "pdf" || f.Kind == "image" {
		return 0
	}
	data := c.head(f, MaxDocument)
	seen := map[string]bool{}
	n := 0
	for _, w := range bytes.Fields(data) {
		n++
		if len(seen) < 1<<16 {
			seen[string(w)] = true
		}
	}
	return min(n, 8*len(seen)) // one word over and over is no text
}

// papers writes which papers the main cards name: the first, the first arXiv id
// and DOI, and a venue with peer review that one is said to be accepted by.
func (c *collection) papers() {
	const at = "/documents/paper"
	first := map[string]*card.Paper{}
	where := map[string]audit.Source{}
	for _, k := range c.mainCards {
		for i := range k.Papers {
			p := &k.Papers[i]
			src := audit.Source{Path: k.Path, Line: max(p.Line, 1), Level: audit.Claimed}
			for _, kind := range []string{"", p.Kind} {
				if first[kind] == nil {
					first[kind], where[kind] = p, src
				}
			}
		}
	}
	if p := first[""]; p != nil {
		c.ev.Set(at+"/identifier", p.Kind+":"+p.ID, where[""])
	}
	for _, kind := range []string{"arxiv", "doi"} {
		if p := first[kind]; p != nil {
			c.ev.Set(audit.Join(at, kind), p.ID, where[kind])
		}
	}
	if k, s := c.states(card.StatementReview); s != nil {
		c.ev.Set(at+"/venue", s.Value, audit.Source{Path: k.Path, Line: max(s.Line, 1), Level: audit.Claimed})
	}
}

// policyNames recognises policies by name.
var policyNames = []struct {
	name string
	file *regexp.Regexp
}{
	{"usage", regexp.MustCompile(`(?i)(^|/)(use|usage|acceptable[_-]?use)[_-]?policy[\w.-]*$`)},
	{"security", regexp.MustCompile(`(?i)(^|/)security(\.(md|txt|rst))?$`)},
	{"privacy", regexp.MustCompile(`(?i)(^|/)privacy[\w-]*(\.(md|txt))?$`)},
	{"terms", regexp.MustCompile(`(?i)(^|/)terms[\w-]*(\.(md|txt))?$`)},
}

var contact = regexp.MustCompile(`[\w.+-]+@[\w-]+\.[\w.-]+|https://\S+`)

func (c *collection) policies(context.Context) error {
	if !c.whole() {
		return nil
	}
	for _, p := range policyNames {
		paths := []string{}
		var reach any
		for _, f := range c.files {
			if !f.Readable || f.Kind == "link" || !p.file.MatchString(f.Path) || c.words(f) < 8 {
				continue
			}
			paths = append(paths, f.Path)
			if reach == nil {
				reach = orNull(string(contact.Find(c.head(f, MaxDocument))))
			}
		}
		src := audit.Source{Level: audit.Present}
		if len(paths) > 0 {
			src.Path = paths[0]
		}
		c.ev.Set("/policies/"+p.name, map[string]any{"present": len(paths) > 0, "paths": paths, "contact": reach}, src)
	}
	return nil
}
