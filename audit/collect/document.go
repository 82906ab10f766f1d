package collect

import (
	"bytes"
	"context"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	manifests "glassbox/audit/collect/dataset"
)

// MaxDocument is how much of a document is read to count its words, in bytes.
// That is some two hundred thousand words: a text that has not shown a few dozen
// by then is none, and of a longer one the count is a lower bound.
const MaxDocument = 1 << 20

// minWords is how many words make a text more than a place-holder.
const minWords = 50

// fewWords make a citation, a policy, or the first entry of a list of changes.
const fewWords = 8

// documentKind is one kind of document: how its files are called, and what it
// is told by where they are called otherwise. Whatever its name, it has to hold
// text; see [card.ReadDocument].
type documentKind struct {
	name string
	file *regexp.Regexp
	is   func(*collection, *text) bool // nil where only the name tells
	// has is what a text of that name must hold besides words; nil for nothing.
	has   func(*collection, *text) bool
	least int // words
}

var documentKinds = []documentKind{
	{name: "technical_report", file: regexp.MustCompile(`(?i)(^|/)([\w.-]*[_-])?(tech(nical)?[_-]?report|report)([_-][\w.-]*)?\.(md|pdf|tex|txt|html)$`), is: isReport, has: hasReport, least: minWords},
	{name: "paper", file: regexp.MustCompile(`(?i)(^|/)([\w.-]*[_.-])?paper([_.-][\w.-]*)?\.(md|pdf|tex|txt|html)$`), is: isPaper, least: minWords},
	{name: "data_card", file: regexp.MustCompile(`(?i)(^|/)(data|dataset)[_-]?card[\w.-]*\.(md|json|txt)$`), is: isDataCard, least: minWords},
	{name: "datasheet", file: regexp.MustCompile(`(?i)(^|/)data[_-]?sheet[\w.-]*\.(md|pdf|txt|tex|html)$`), is: isDatasheet, least: minWords},
	{name: "system_card", file: regexp.MustCompile(`(?i)(^|/)system[_-]?card[\w.-]*\.(md|pdf|txt|html)$`), is: titled(`\bsystem card\b`), least: minWords},
	{name: "citation", file: regexp.MustCompile(`(?i)(^|/)citation\.(cff|bib|md)$`), least: fewWords},
	{name: "changelog", file: regexp.MustCompile(`(?i)(^|/)(change[_-]?log|changes|history|news|release[_-]?notes)(\.(md|txt|rst))?$`), is: isChangelog, has: hasVersions, least: fewWords},
	{name: "sample_outputs", file: regexp.MustCompile(`(?i)(^|/)(sample[_-]?outputs?|samples?|generations?)(([_.-][\w.-]*)?\.(md|json|jsonl|txt|csv)$|/)`), has: isOutput, least: minWords},
}

// text is a document that is read for what it is.
type text struct {
	file *File
	*card.Card
	plain []byte
	title string // folded
}

// titled tells documents by a title.
func titled(pattern string) func(*collection, *text) bool {
	re := regexp.MustCompile(pattern)
	return func(_ *collection, t *text) bool { return re.MatchString(t.title) }
}

// headed counts the patterns of which a heading is.
func (t *text) headed(list ...*regexp.Regexp) int {
	n := 0
	for _, re := range list {
		if slices.ContainsFunc(t.Sections, func(s card.Section) bool { return re.MatchString(s.Heading) }) {
			n++
		}
	}
	return n
}

func headings(list ...string) []*regexp.Regexp {
	out := make([]*regexp.Regexp, len(list))
	for i, s := range list {
		out[i] = regexp.MustCompile(`(?i)^[\d.IVX\s]*(` + s + `)\b`)
	}
	return out
}

var (
	reportTitle = regexp.MustCompile(`(^|[:–—-] ?)(a )?tech(nical)? report\b|^(a )?technical report (on|of|for)\b`)
	reportParts = headings(`abstract|summary|purpose`, `introduction|overview`, `architecture|model|method`, `(training |pre-?training )?data`, `(pre-?)?training`, `evaluation|experiments?`, `results?`, `limitations?`, `conclusions?|discussion`, `references`)
	paperParts  = headings(`abstract`, `introduction`, `references|bibliography`)
	// sheetParts are the groups of questions of a datasheet (arXiv 1803.09010).
	sheetParts = headings(`motivation`, `composition`, `(data )?collection( process)?`, `(pre-?)?processing|cleaning|labell?ing`, `uses?|recommended uses`, `distribution`, `maintenance`)
)

func isReport(_ *collection, t *text) bool { return reportTitle.MatchString(t.title) }

// hasReport asks of a report that does not call itself a technical one for parts
// that a report on a model has: others are about faults, or expenses.
func hasReport(_ *collection, t *text) bool {
	return strings.Contains(strings.ToLower(path.Base(t.file.Path)), "tech") || reportTitle.MatchString(t.title) || t.headed(reportParts...) >= 2
}

func isPaper(_ *collection, t *text) bool {
	return t.headed(paperParts[0]) == 1 && t.headed(paperParts[1:]...) > 0 && !reportTitle.MatchString(t.title)
}

func isDataCard(c *collection, t *text) bool {
	return t.file.Is("dataset_card")
}

func isDatasheet(_ *collection, t *text) bool {
	n := t.headed(sheetParts...)
	return n >= 4 || n >= 2 && strings.Contains(t.title, "datasheet")
}

// version matches what each entry of a list of changes is about.
var version = regexp.MustCompile(`\bv?\d+\.\d+|\b(19|20)\d\d-\d\d|\b(19|20)\d\d\b`)

func hasVersions(_ *collection, t *text) bool { return version.Match(t.plain) }

var changesTitle = regexp.MustCompile(`^(change ?log|release notes|version history)\b`)

func isChangelog(c *collection, t *text) bool {
	return changesTitle.MatchString(t.title) && hasVersions(c, t)
}

// isOutput tells outputs of a model from what lies beside them: programs that
// make them, inputs, and pages about them.
func isOutput(_ *collection, t *text) bool {
	return slices.Contains([]string{"json", "csv", "text", "markdown"}, t.file.Kind) && !t.file.Is("code", "license", "notice", "config") &&
		!inputName.MatchString(path.Base(t.file.Path)) && !strings.EqualFold(path.Base(t.file.Path), "readme.md")
}

var inputName = regexp.MustCompile(`(?i)input|prompts?\b`)

func (c *collection) documents(context.Context) error {
	if !c.whole() {
		return nil
	}
	found := map[string][]string{}
	words := map[string]int{}
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" || f.Kind == "weights" {
			continue
		}
		for _, kind := range c.kindsOf(f) {
			found[kind.name] = append(found[kind.name], f.Path)
			words[kind.name] += kind.words
		}
	}
	for _, d := range documentKinds {
		paths := append([]string{}, found[d.name]...)
		src := audit.Source{Level: audit.Present}
		if len(paths) > 0 {
			src.Path = paths[0]
		}
		c.ev.Set("/documents/"+d.name, map[string]any{"present": len(paths) > 0, "paths": paths, "words": words[d.name]}, src)
	}
	c.citationInCard()
	c.papers()
	c.summary()
	return nil
}

// foundKind is a kind of document that a file is.
type foundKind struct {
	name  string
	words int
}

// kindsOf tells which kinds of document a file is: those of its name that it
// holds, else the first that its content tells.
func (c *collection) kindsOf(f *File) (out []foundKind) {
	var t *text
	read := func() *text {
		if t == nil {
			t = c.text(f)
		}
		return t
	}
	for _, d := range documentKinds {
		switch {
		case !d.file.MatchString(f.Path):
		case f.Kind == "pdf":
			if c.isPDF(f) {
				out = append(out, foundKind{d.name, 0})
			}
		default:
			if n := c.words(read()); n >= d.least && (d.has == nil || d.has(c, t)) {
				out = append(out, foundKind{d.name, n})
			}
		}
	}
	if len(out) > 0 || !f.Is("document", "dataset_card", "other") || !c.mayTell(f) {
		return out
	}
	for _, d := range documentKinds {
		if d.is != nil && d.is(c, read()) && c.words(t) >= d.least {
			return []foundKind{{d.name, c.words(t)}}
		}
	}
	return nil
}

// telling matches what stands at the beginning of each document that is told by
// its content.
var telling = regexp.MustCompile(`(?i)tech(nical)?[ _-]report|abstract|data ?sheet|motivation|composition|system card|change ?log|release notes|version history`)

// mayTell looks at the beginning of a text: of most there is no need to read more.
func (c *collection) mayTell(f *File) bool {
	if f.Is("dataset_card") {
		return true
	}
	ext := strings.ToLower(path.Ext(f.Path))
	return (f.Kind == "markdown" || f.Kind == "html" || ext == ".tex" || ext == ".txt" || ext == ".rst") && telling.Match(c.head(f, headSize))
}

// text reads a file as a document, at most [MaxDocument] bytes of it.
func (c *collection) text(f *File) *text {
	t := &text{file: f, Card: &card.Card{}}
	if !isProse(f.Kind) || f.Kind == "image" || f.Kind == "pdf" {
		return t
	}
	t.plain = c.head(f, MaxDocument)
	t.Card = card.ReadDocument(f.Path, t.plain)
	t.title = t.Title
	if t.title == "" && len(t.Sections) > 0 {
		t.title = t.Sections[0].Heading
	}
	t.title = strings.ToLower(t.title)
	return t
}

// words counts the words of a document. What is data, or code, has no prose: of
// that the different words are counted, some times over.
func (c *collection) words(t *text) int {
	if ext := strings.ToLower(path.Ext(t.file.Path)); t.file.Kind == "markdown" || t.file.Kind == "html" || ext == ".tex" || ext == ".txt" || ext == ".rst" || ext == "" {
		return t.Counts.Words
	}
	seen := map[string]bool{}
	n := 0
	for _, w := range bytes.Fields(t.plain) {
		n++
		if len(seen) < 1<<16 {
			seen[string(w)] = true
		}
	}
	return min(n, 8*len(seen)) // one word over and over is no text
}

// summarised are the facts about training data that a public summary of training
// content tells, by what it calls them.
var summarised = []struct{ fact, told string }{
	{"crawl", "crawled"}, {"crawler_optout", "crawlers"}, {"licensed", "licensed"}, {"users", "user_data"}, {"synthetic", "synthetic"}, {"named", "public_datasets"}, {"size", "size"},
}

// summary writes whether a public summary of training content is here that
// follows its form, and what it tells of. Without one nothing is known of what
// only it would tell.
func (c *collection) summary() {
	const at = "/documents/training_summary"
	var found *manifests.Manifest
	for _, f := range c.with("dataset_manifest") {
		m := c.manifest(f)
		if m == nil || m.Format != manifests.TrainingSummary {
			continue
		}
		if valid, known := m.Valid(); found == nil && known && valid {
			found = m
		}
	}
	if found == nil {
		c.ev.Set(at, map[string]any{"present": false, "paths": []string{}}, audit.Source{Level: audit.Present})
		return
	}
	c.ev.Set(at, map[string]any{"present": true, "paths": []string{found.Path}}, audit.Source{Path: found.Path, Line: 1, Level: audit.Present})
	for _, s := range summarised {
		line, told := found.Told[s.told]
		c.ev.Set("/training/data/"+s.fact, told, audit.Source{Path: found.Path, Line: max(line, 1), Level: audit.Claimed})
	}
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
	if err != nil || !c.pointsAtTable(f, tail) {
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

// lastTable matches the end of a PDF: where its table of objects lies.
var lastTable = regexp.MustCompile(`startxref\s+(\d{1,12})\s+%%EOF`)

// tableBegins matches how such a table begins: as itself, or as an object.
var tableBegins = regexp.MustCompile(`^\s*(xref\b|\d+\s+\d+\s+obj\b)`)

// pointsAtTable tells whether the end of a PDF says where its objects are listed,
// and such a list begins there.
func (c *collection) pointsAtTable(f *File, tail []byte) bool {
	all := lastTable.FindAllSubmatch(tail, -1)
	if len(all) == 0 {
		return false
	}
	at, err := strconv.ParseInt(string(all[len(all)-1][1]), 10, 64)
	if err != nil || at >= f.Size {
		return false
	}
	begin, err := c.rel.part(f.Path, at, min(64, f.Size-at))
	return err == nil && tableBegins.Match(begin)
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
	has  *regexp.Regexp // what a text of that name speaks of; nil where its name says enough
}{
	{"usage", regexp.MustCompile(`(?i)(^|/)(use|usage|acceptable[_-]?use)[_-]?policy[\w.-]*$`), nil},
	{"security", regexp.MustCompile(`(?i)(^|/)security([_-]policy)?(\.(md|txt|rst))?$`), regexp.MustCompile(`(?i)vulnerabilit|exploit|weakness|security (fault|issue|problem|bug|report|team|contact)|\bCVE\b|security@|report(s|ed|ing)?\b[^.]{0,60}\b(faults?|issues?|bugs?|problems?|to)\b`)},
	{"privacy", regexp.MustCompile(`(?i)(^|/)privacy[\w-]*(\.(md|txt))?$`), nil},
	{"terms", regexp.MustCompile(`(?i)(^|/)terms[\w-]*(\.(md|txt))?$`), nil},
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
			if !f.Readable || f.Kind == "link" || f.Kind == "weights" || !p.file.MatchString(f.Path) {
				continue
			}
			t := c.text(f)
			if c.words(t) < fewWords || p.has != nil && !p.has.Match(t.plain) {
				continue
			}
			paths = append(paths, f.Path)
			if reach == nil {
				reach = orNull(string(contact.Find(t.plain)))
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
