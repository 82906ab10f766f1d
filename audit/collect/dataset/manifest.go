// Package dataset reads what is written about data: bytes of a manifest go in,
// typed facts and a list of what is wrong come out.
//
// Every format is told by its content, never by a name: Croissant of MLCommons,
// cards of the Hugging Face Hub and their dataset_infos.json, Frictionless data
// packages, Datasets of schema.org and DCAT, the public summary of training
// content that the European Union asks for, CycloneDX and SPDX 3 documents.
//
// What is wrong has a severity with a meaning. An error is what the validator
// that everybody uses for the format calls one: for Croissant that is mlcroissant
// 1.1.1, whose verdict this package gives without running it. A warning is what
// that validator warns of, or what only the specification asks for; its Source
// says which.
//
// Manifests are untrusted. Sizes, depths and lists are bounded by the constants
// beside what they bound; what a limit cut off is told in [Manifest.Truncated],
// and then nothing is said of whether the manifest is valid. No context, schema
// or address is ever fetched.
package dataset

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"glassbox/audit/collect/card"
	"glassbox/schemas"
)

// MaxSize is the largest manifest that is read, in bytes. The largest Croissant
// manifests, of sets with thousands of configurations, have 12 MiB.
const MaxSize = 16 << 20

// Format is a format of manifests.
type Format string

// The formats. An empty one means that the file describes no data.
const (
	Croissant       Format = "croissant"
	Frictionless    Format = "frictionless"     // a data package
	HubCard         Format = "dataset_card"     // a card of the Hugging Face Hub, by its front matter
	HubInfos        Format = "dataset_infos"    // dataset_infos.json of the Hub
	SchemaOrg       Format = "schema_org"       // a Dataset of schema.org
	DCAT            Format = "dcat"             // a Dataset of the Data Catalog Vocabulary
	TrainingSummary Format = "training_summary" // the public summary of training content, as our schema has it
	CycloneDX       Format = "cyclonedx"        // a bill of materials with data or a model card in it
	SPDX            Format = "spdx"             // SPDX 3 with packages of data or of AI
)

// Manifest is what one description of data says.
type Manifest struct {
	Path   string
	Format Format
	// Version is the version of the format whose rules count; empty where the
	// format has none, or names none.
	Version string
	// Errors are what the format's reference validator refuses, Warnings what it
	// warns of and what only the specification asks for. Both are in the order
	// of the document, and hold at most 200 entries.
	Errors, Warnings []Problem
	// Datasets are the sets of data that are described.
	Datasets []Dataset
	// Told are the kinds of source that a summary of training content says
	// something of, each with its line: under "crawled", "licensed", "user_data",
	// "synthetic" and "public_datasets", also that none was used; under "crawlers"
	// that one is named with how it behaves; under "size" an amount.
	Told map[string]int
	// Truncated says which limit kept the manifest from being read whole; empty
	// where none did.
	Truncated string
}

// Valid tells whether the manifest follows its format. It is not known where a
// limit was hit.
func (m *Manifest) Valid() (valid, known bool) {
	return len(m.Errors) == 0, m.Truncated == "" && m.Format != ""
}

// Text is something a manifest says, as it was written, and where.
type Text struct {
	Value   string
	Line    int    // counted from 1; 0 where it has no place
	Pointer string // JSON pointer into the document
}

// Size is how large a set is said to be.
type Size struct {
	Value float64
	Unit  string // bytes, examples, tokens, words, hours, images, files
}

// Hashes counts the digests that a manifest gives of the files of the data.
type Hashes struct {
	Declared   int
	WellFormed int // of these: as many hexadecimal digits as the algorithm has, and no placeholder
}

// Digest is one of them, of the right shape.
type Digest struct {
	Path      string // as the manifest names the file: a path or an address
	Algorithm string // sha256 or md5, lower case
	Hex       string // lower case
	Line      int
	Pointer   string
}

// Provenance is where the data comes from. A nil text means that the format has
// no place for it, an empty one that the place is there and nothing stands in it.
type Provenance struct {
	Collection *Text // how, when and by whom it was collected
	Processing *Text // what was done to it
	Labelling  *Text // who labelled it, and how
	Consent    *Text // whether people agreed, or on which ground it was taken
	Sensitive  *Text // what personal or sensitive data it holds
}

// Dataset is one set of data that a manifest describes.
type Dataset struct {
	Name Text
	// Role is what it was used for: pretraining, finetuning or evaluation; empty
	// where the manifest does not tell.
	Role string
	// Kind is whether others can get it, in the words of the Open Source AI
	// Definition: open, public, obtainable or unshareable; empty where the
	// manifest does not tell.
	Kind string
	// Licenses are as written. Nil means that the format has no place for them.
	Licenses   []Text
	Size       *Size
	Languages  []string
	Hashes     *Hashes
	Digests    []Digest
	Provenance Provenance
	// URL is where it can be found; nil where the format has no place for it.
	URL *Text
	// Revision is which state of a repository the addresses of the data name, a
	// commit or a tag; empty where they name none, or a branch.
	Revision Text
	// Leads tells whether the manifest says where the data are, or holds them.
	Leads bool
	// Pinned tells whether a revision or digests say which bytes are meant; nil
	// where the format has no place for either.
	Pinned *bool
	// Lines are where what is no text stands, counted from 1; 0 where it has no
	// place.
	Lines struct{ Role, Kind, Size, Languages int }
}

// speak adds a language.
func (d *Dataset) speak(t Text) {
	d.Languages = append(d.Languages, t.Value)
	d.Lines.Languages = cmp.Or(d.Lines.Languages, t.Line)
}

// Read reads one manifest of size bytes. The error tells that r could not be
// read; what is wrong with the manifest is in its Errors. A file that describes
// no data has no Format.
func Read(path string, r io.ReaderAt, size int64) (*Manifest, error) {
	m := &Manifest{Path: path}
	head := make([]byte, min(max(size, 0), MaxSize))
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	m.read(head[:n], size > MaxSize)
	return m, nil
}

func (m *Manifest) read(data []byte, cut bool) {
	if cut {
		if m.Format = sniff(m.Path, data); m.Format != "" {
			m.Truncated = fmt.Sprintf("larger than %d bytes", MaxSize)
		}
		return
	}
	switch ext := strings.ToLower(path.Ext(m.Path)); {
	case ext == ".md" || ext == ".markdown":
		m.hubCard(data)
	case ext == ".yaml" || ext == ".yml":
		m.readYAML(data)
	default:
		m.readDocument(data)
	}
}

// readYAML reads a summary of training content in YAML, the one format that is
// also written so. Of other YAML nothing is told.
func (m *Manifest) readYAML(data []byte) {
	if sniff(m.Path, data) != TrainingSummary && !bytes.Contains(data, []byte("sources:")) {
		return
	}
	doc, err := schemas.ReadYAML(data)
	var syntax *schemas.SyntaxError
	if err != nil && bytes.Contains(data, []byte(summaryID)) {
		m.Format = TrainingSummary
		if errors.As(err, &syntax) {
			m.refuseLine(InvalidYAML, syntax.Line, syntax.Msg)
		} else {
			m.Truncated = err.Error()
		}
	}
	if err != nil {
		return
	}
	root := fromPlain(doc.Value, "", doc.Line)
	if root.kind == objectValue && isTrainingSummary(root) {
		m.Format = TrainingSummary
		m.trainingSummary(root)
		m.settle()
	}
}

func (m *Manifest) refuseLine(kind Kind, line int, message string) {
	m.Errors = append(m.Errors, Problem{Kind: kind, Message: message, Line: line, Source: Reference})
}

// readDocument reads a manifest that is one JSON document.
func (m *Manifest) readDocument(data []byte) {
	p := &problems{}
	text := wellEncoded(data, p)
	if start := bytes.TrimLeft(text, " \t\r\n"); len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return
	}
	reader := &jsonReader{data: text}
	root, err := reader.read()
	var syntax *syntaxError
	switch {
	case errors.As(err, &syntax):
		if m.Format = sniff(m.Path, text); m.Format != "" {
			p.add(Problem{Kind: InvalidJSON, Message: "no JSON: " + syntax.msg, Line: syntax.line, Source: Reference})
			m.Errors = p.sorted()
		}
		return
	case err != nil:
		if m.Format = sniff(m.Path, text); m.Format != "" {
			m.Truncated = err.Error()
		}
		return
	}
	if m.Format = detect(m.Path, root); m.Format == "" {
		return
	}
	m.Errors = p.list
	for _, v := range reader.twice {
		m.warn(TwiceKey, v, "the key %q stands twice in one object; the last one counts", clip(v.step, 40))
	}
	m.readFormat(root)
	m.settle()
}

// readFormat reads a document of a known format.
func (m *Manifest) readFormat(root *value) {
	switch m.Format {
	case Croissant:
		m.croissant(root)
	case Frictionless:
		m.dataPackage(root)
	case HubInfos:
		m.hubInfos(root)
	case SchemaOrg, DCAT:
		m.catalog(root)
	case TrainingSummary:
		m.trainingSummary(root)
	case CycloneDX:
		m.cycloneDX(root)
	case SPDX:
		m.spdx(root)
	}
}

// refuse notes what the reference of a format calls an error.
func (m *Manifest) refuse(kind Kind, at *value, format string, args ...any) {
	m.Errors = append(m.Errors, problemAt(kind, at, format, args...))
}

// refusals turns what the schema of a format finds into errors.
func (m *Manifest) refusals(list []schemas.Fault, root *value) {
	for _, f := range list {
		kind := Schema
		if f.Keyword == "required" {
			kind = Missing
		}
		m.refuse(kind, root.find(f.Pointer), "%s", f.Message)
	}
}

// warn notes what only the specification asks for.
func (m *Manifest) warn(kind Kind, at *value, format string, args ...any) {
	p := problemAt(kind, at, format, args...)
	p.Source = Spec
	m.Warnings = append(m.Warnings, p)
}

// settle puts what is wrong in order, each once, and takes what a limit cut off
// out of the errors: it is no fault of the manifest.
func (m *Manifest) settle() {
	errs, warnings := &problems{}, &problems{}
	for _, p := range m.Errors {
		if p.Kind == LimitHit {
			m.Truncated = p.Message
			continue
		}
		errs.add(p)
	}
	for _, p := range m.Warnings {
		warnings.add(p)
	}
	m.Errors, m.Warnings = errs.sorted(), warnings.sorted()
	for i := range m.Datasets {
		d := &m.Datasets[i]
		if d.URL != nil {
			d.revise(*d.URL)
		}
		d.drop()
		d.Provenance.takeConsent()
	}
}

// drop takes out what stands in the place of a fact and tells none.
func (d *Dataset) drop() {
	if d.Licenses != nil {
		d.Licenses = slices.DeleteFunc(d.Licenses, Text.isHollow)
	}
	d.Languages = slices.DeleteFunc(d.Languages, func(s string) bool { return Text{Value: s}.isHollow() })
	p := &d.Provenance
	for _, t := range []*Text{d.URL, p.Collection, p.Processing, p.Labelling, p.Consent, p.Sensitive} {
		if t != nil && t.isHollow() {
			*t = Text{}
		}
	}
}

// isHollow tells a text that stands for one, or of which nothing is left without
// filling, requests, and refusals to tell. A word or two are what they say.
func (t Text) isHollow() bool {
	if len(t.Value) == 2 && t.Value[0] >= 'a' && t.Value[1] >= 'a' && t.Value != "na" {
		return false // a code of a language, of which some cards list hundreds
	}
	if t.Value == "" || card.StandsIn(t.Value) {
		return true
	}
	const few = 3
	return len(strings.Fields(t.Value)) > few && card.ReadDocument("text.md", []byte(t.Value)).Counts.IsEmpty()
}

var utf8Mark = []byte("\ufeff")

// wellEncoded takes a byte order mark off and replaces what is no UTF-8. The
// reference validators refuse both.
func wellEncoded(data []byte, p *problems) []byte {
	if bytes.HasPrefix(data, utf8Mark) {
		data = data[len(utf8Mark):]
		p.add(Problem{Kind: Encoding, Message: "a byte order mark stands before the document", Line: 1, Source: Reference})
	}
	if utf8.Valid(data) {
		return data
	}
	clean := bytes.ToValidUTF8(data, []byte("\ufffd"))
	same := 0
	for same < len(data) && same < len(clean) && data[same] == clean[same] {
		same++
	}
	p.add(Problem{Kind: Encoding, Message: "the document is not UTF-8", Line: 1 + bytes.Count(data[:same], []byte("\n")), Source: Reference})
	return clean
}

// detect tells the format of a document by what stands in it.
func detect(name string, root *value) Format {
	switch {
	case root.get("bomFormat").string() == "CycloneDX":
		if isMLBOM(root) {
			return CycloneDX
		}
		return ""
	case isSPDX3(root):
		if len(aiPackages(root)) > 0 {
			return SPDX
		}
		return ""
	case isCroissant(root):
		return Croissant
	case isTrainingSummary(root):
		return TrainingSummary
	case len(described(root)) > 0:
		if isDCAT(root) {
			return DCAT
		}
		return SchemaOrg
	case isDataPackage(name, root):
		return Frictionless
	case isHubInfos(root):
		return HubInfos
	}
	return ""
}

// sniff guesses the format of a document that cannot be read as one, from words
// that stand in no other format and from the name that one has to have.
func sniff(name string, data []byte) Format {
	base := strings.ToLower(path.Base(name))
	for _, s := range []struct {
		format Format
		base   string
		words  string
	}{
		{Croissant, "croissant.json", "mlcommons.org/croissant"},
		{Croissant, "", "mlcommons.org/schema/"},
		{Frictionless, "datapackage.json", "datapackage.org/profiles/"},
		{HubInfos, "dataset_infos.json", `"download_checksums"`},
		{TrainingSummary, "", summaryID},
		{SPDX, "", `"dataset_DatasetPackage"`},
		{CycloneDX, "", `"machine-learning-model"`},
		{DCAT, "", "www.w3.org/ns/dcat#"},
	} {
		if s.base != "" && base == s.base || bytes.Contains(data, []byte(s.words)) {
			return s.format
		}
	}
	return ""
}

// hints are words that stand in manifests and in other documents too.
var hints = []string{`"CycloneDX"`, "spdx.org/rdf/3", `"Dataset"`, "schema.org/Dataset", `:Dataset"`, `"resources":`, "recordSet", "public_datasets:", `"public_datasets"`}

// Sniff tells from the beginning of a JSON or YAML file, and from its name,
// whether it may be a manifest. Whether it is one, Read tells.
func Sniff(name string, head []byte) bool {
	return sniff(name, head) != "" || slices.ContainsFunc(hints, func(h string) bool { return bytes.Contains(head, []byte(h)) })
}
