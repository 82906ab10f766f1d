// Package card reads model cards: bytes go in, typed facts come out.
//
// A card is whatever a publisher wrote to describe a model: a README.md with
// front matter as the Hugging Face Hub reads it, a MODEL_CARD.md without any,
// or a JSON document of the Model Card Toolkit. [Read] and [ReadJSON] turn one
// into a [Card]: the front matter as plain values and as typed declarations,
// the headings as sections with canonical names and counts of what stands in
// them, and the factual claims that can be compared with the weights.
//
// The package judges nothing. It says that a section holds forty words of
// prose and one placeholder, not whether that is enough. It is careful where a
// mistake would turn into an accusation: a claim is taken from prose only when
// the sentence is about the model of the card, and a number keeps the interval
// that its spelling allows.
//
// Cards are untrusted. Every walk is bounded by the constants beside [Card],
// nothing is fetched, and what a limit cut off is told in [Card.Truncated].
package card

import (
	"bytes"
	"encoding/binary"
	"errors"
	"path"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits on one card. Cards seen in the wild stay below 1 MiB; the largest are
// embedding models whose model-index lists hundreds of benchmark tasks.
const (
	// MaxSize is the number of bytes of a card that are read; what follows is
	// ignored and the card says that it was truncated.
	MaxSize = 10 << 20
	// MaxFrontMatter is the number of bytes of a front matter block that are
	// parsed as YAML. A larger block is not parsed at all.
	MaxFrontMatter = 1 << 20
)

// Kind tells what a card describes. The same file name and the same front
// matter syntax serve models, datasets and spaces alike.
type Kind string

// The kinds of card. Unknown stands when nothing in the card decides.
const (
	KindUnknown Kind = ""
	KindModel   Kind = "model"
	KindDataset Kind = "dataset"
	KindSpace   Kind = "space"
)

// Card is what one document says, as typed facts.
type Card struct {
	Path string
	Kind Kind
	// KindReasons are the front matter keys and headings that decided Kind.
	KindReasons []string
	// Schema names the JSON schema of a card read by ReadJSON: "mct-0.0.1",
	// "mct-0.0.2" or "mitchell-2019". Empty for Markdown.
	Schema string

	FrontMatter FrontMatter
	// Metadata is the front matter as plain JSON values: nil, bool, string,
	// json.Number, []any and map[string]any. Scalars keep their source text:
	// 1.10 stays json.Number("1.10"), a date stays a string.
	Metadata map[string]any
	// MetadataLines maps the JSON pointer of each metadata value ("/license/0")
	// to its line in the file, counted from 1.
	MetadataLines map[string]int
	// Declared is the part of the metadata that the Hub gives a meaning to.
	Declared Declared

	Title    string
	Sections []Section
	Fields   []Field
	Claims   []Claim
	Links    []Link
	Papers   []Paper
	// TableResults are results of the model in tables of the body; those of the
	// metadata are in Declared.
	TableResults []Result
	Statements   []Statement

	// Lead counts what stands before the first heading, Counts the whole body.
	Lead, Counts Counts

	Problems []Problem
	// Truncated tells which limit cut the card short, empty when none did:
	// "size", "lines", "sections", "links", "claims", "front_matter", "nodes".
	Truncated string
}

// Counts is what stands below a heading.
type Counts struct {
	// Words of prose.
	Words int
	// TableRows, CodeLines, Links and Images below the heading. An item of a
	// list that gives a number for a name is a row.
	TableRows, CodeLines, Links, Images int
	// Comments is the number of HTML comments, which nobody sees.
	Comments int
	// Placeholders is the number of marks that stand for missing text.
	Placeholders int
	// Boilerplate, Filler and Repeated are words that were seen and not counted
	// as prose: template text, meaningless filling, and sentences said before.
	Boilerplate, Filler, Repeated int
	// Denied is the number of words that only say that something is not told.
	Denied int
}

// Section is one heading and what stands below it up to the next heading of
// the same or a higher level, subsections included.
type Section struct {
	// Name is the canonical name, one of SectionNames, or empty.
	Name string
	// Also lists further canonical names that one heading stands for, such as
	// "limitations" in "Intended uses & limitations".
	Also    []string
	Heading string
	Level   int
	Line    int
	// Parent is the index of the enclosing section, -1 at the top.
	Parent int
	// Own counts what stands directly below the heading, Counts adds the
	// subsections.
	Own Counts
	Counts
	// Placeholder is true when the section holds nothing but placeholders,
	// template text and filling.
	Placeholder bool
}

// Field is a labelled value of the body, such as "- **License:** mit".
type Field struct {
	// Name is the canonical name of the label, or empty when it has none.
	Name  string
	Label string
	Value string
	Line  int
	// Section is the index of the section the field stands in, -1 for none.
	Section int
	// URL is the first address in the value.
	URL string
	// Table is true for a row of a table of labels and values.
	Table bool
	// Placeholder is true when the value only stands for a missing one.
	Placeholder bool

	bullet bool // it is a list item
}

// Read reads a Markdown card. It never fails: what is wrong with the card is
// in its Problems, what was cut off in Truncated.
func Read(path string, data []byte) *Card {
	c := &Card{Path: path, FrontMatter: FrontMatter{State: FrontMatterAbsent}}
	if len(data) > MaxSize {
		c.truncate("size")
		data = wholeRunes(data[:MaxSize])
	}
	if isUTF16(data) {
		c.readUTF16(data)
		return c
	}
	data, encoding := utf8Only(data)
	p := split(data)
	c.FrontMatter = p.matter
	c.Problems = slices.Concat(c.Problems, encoding, p.problems)
	var keys []string
	if p.matter.State == FrontMatterPresent {
		keys = c.readMatter(p)
	}
	c.metadataClaims()
	c.readBody(p.body, p.bodyLine)
	c.decideKind(keys)
	return c
}

// readUTF16 reads the text of a card that the Hub cannot: people can, so what
// stands in it counts; of its metadata no program sees anything.
func (c *Card) readUTF16(data []byte) {
	c.FrontMatter = FrontMatter{State: FrontMatterUnrecognised, Reason: ReasonUTF16}
	c.Problems = append(c.Problems, Problem{FrontMatterUnseen, unseen[ReasonUTF16], 1}, Problem{Encoding, "the card is UTF-16", 1})
	p := split(fromUTF16(data))
	c.readBody(p.body, p.bodyLine)
	c.decideKind(nil)
}

// fromUTF16 decodes a text that begins with a byte order mark. It is at most
// half as long again.
func fromUTF16(data []byte) []byte {
	order := binary.ByteOrder(binary.LittleEndian)
	if data[0] == 0xfe {
		order = binary.BigEndian
	}
	units := make([]uint16, (len(data)-2)/2)
	for i := range units {
		units[i] = order.Uint16(data[2+2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}

// readMatter reads the front matter and returns its keys.
func (c *Card) readMatter(p parts) []string {
	if len(p.block) > MaxFrontMatter {
		c.FrontMatter.Valid = false
		c.truncate("front_matter")
		return nil
	}
	root, problems, err := readYAML(p.block, p.blockLine)
	c.Problems = append(c.Problems, problems...)
	switch {
	case errors.Is(err, errTooLarge):
		c.FrontMatter.Valid = false
		c.truncate("nodes")
		return nil
	case err != nil:
		c.FrontMatter.Valid = false
		return nil
	case root == nil || root.kind == nullValue:
		root = &value{kind: mapValue}
	case root.kind != mapValue:
		c.FrontMatter.Valid = false
		c.Problems = append(c.Problems, Problem{NotAMapping, "the front matter is no mapping of keys to values", p.blockLine})
		return nil
	}
	c.setMetadata(root)
	return root.keys
}

func (c *Card) setMetadata(root *value) {
	c.Metadata = root.plain().(map[string]any)
	c.MetadataLines = map[string]int{}
	root.lines("", c.MetadataLines)
	var problems []Problem
	c.Declared, problems = declare(root)
	c.Problems = append(c.Problems, problems...)
	for _, t := range c.Declared.Tags {
		for _, kind := range []string{"arxiv", "doi"} {
			if id, ok := strings.CutPrefix(t.Value, kind+":"); ok {
				c.addPaper(paper(kind, id, t.Line, "metadata"))
			}
		}
	}
}

// truncate records the first limit that cut the card short.
func (c *Card) truncate(limit string) {
	if c.Truncated == "" {
		c.Truncated = limit
		c.Problems = append(c.Problems, Problem{LimitHit, "the card is not read whole: limit on " + limit, 0})
	}
}

// rollUp adds the counts of subsections to those above them, tells which
// sections hold nothing of their own, and credits wholes with their parts.
func (c *Card) rollUp() {
	c.Counts = c.Lead
	for i := range c.Sections {
		c.Sections[i].Counts = c.Sections[i].Own
	}
	for i := len(c.Sections) - 1; i >= 0; i-- {
		s := &c.Sections[i]
		into := &c.Counts
		if s.Parent >= 0 {
			into = &c.Sections[s.Parent].Counts
		}
		into.add(s.Counts)
		s.Placeholder = s.Counts.isStandIn()
	}
	c.creditParts()
	for i := range c.Sections {
		c.creditWholes(i)
	}
}

// creditParts lets a section of a whole count for its parts where no heading
// below it is of a part.
func (c *Card) creditParts() {
	divided := make([]bool, len(c.Sections))
	for i := range c.Sections {
		if p := c.Sections[i].Parent; p >= 0 && c.Sections[i].Name != "" {
			for ; p >= 0 && !divided[p]; p = c.Sections[p].Parent {
				divided[p] = true
			}
		}
	}
	for i := range c.Sections {
		s := &c.Sections[i]
		if !divided[i] && len(s.Also) == 0 {
			s.Also = slices.Clone(standsFor[s.Name])
		}
	}
}

// creditWholes lets a section count for the whole that it is a part of by its
// meaning, unless it stands below a heading of that whole already.
func (c *Card) creditWholes(i int) {
	s := &c.Sections[i]
	parents := names().parent
	for whole := parents[s.Name]; whole != ""; whole = parents[whole] {
		if !slices.Contains(s.Also, whole) && !c.isBelow(i, whole) {
			s.Also = append(s.Also, whole)
		}
	}
}

func (c *Card) isBelow(i int, name string) bool {
	for p := c.Sections[i].Parent; p >= 0; p = c.Sections[p].Parent {
		if c.Sections[p].Name == name || slices.Contains(c.Sections[p].Also, name) {
			return true
		}
	}
	return false
}

func (c *Counts) add(d Counts) {
	c.Words += d.Words
	c.TableRows += d.TableRows
	c.CodeLines += d.CodeLines
	c.Links += d.Links
	c.Images += d.Images
	c.Comments += d.Comments
	c.Placeholders += d.Placeholders
	c.Boilerplate += d.Boilerplate
	c.Filler += d.Filler
	c.Repeated += d.Repeated
	c.Denied += d.Denied
}

// IsEmpty reports counts of nothing that says or shows anything.
func (c Counts) IsEmpty() bool { return c.Words+c.TableRows+c.CodeLines+c.Links+c.Images == 0 }

// isStandIn reports counts of something that is only there in place of text.
func (c Counts) isStandIn() bool {
	return c.IsEmpty() && c.Placeholders+c.Boilerplate+c.Filler+c.Comments > 0
}

// IsCardName reports whether a file of this name is read as a Markdown card:
// README.md, modelcard.md and MODEL_CARD with anything behind, in any case and
// with a hyphen as well.
func IsCardName(name string) bool {
	base := strings.ToLower(path.Base(name))
	stem, ok := strings.CutSuffix(base, ".md")
	if !ok {
		return false
	}
	stem = strings.ReplaceAll(stem, "-", "_")
	return stem == "readme" || strings.HasPrefix(stem, "modelcard") || strings.HasPrefix(stem, "model_card")
}

func isUTF16(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff"))
}

// utf8Only replaces what is not UTF-8, as the Hub does. Its Python library
// refuses such a card.
func utf8Only(data []byte) ([]byte, []Problem) {
	if utf8.Valid(data) {
		return data, nil
	}
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return bytes.ToValidUTF8(data, []byte("\ufffd")), []Problem{{Encoding, "the card is not UTF-8", 1 + lineEnds(data[:at])}}
}

// wholeRunes drops a rune that was cut in two at the end.
func wholeRunes(data []byte) []byte {
	for n := 1; n < utf8.UTFMax && n <= len(data); n++ {
		if c := data[len(data)-n]; utf8.RuneStart(c) {
			if !utf8.FullRune(data[len(data)-n:]) {
				return data[:len(data)-n]
			}
			break
		}
	}
	return data
}
