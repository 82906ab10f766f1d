package dataset

import (
	"cmp"
	"encoding/hex"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit/collect/card"
)

// MaxText is the longest text that is kept of what a manifest says, in bytes.
const MaxText = 2 << 10

// maxItems bounds the licences, languages and digests that are kept of one set.
const maxItems = 20_000

func textAt(s string, at *value) Text {
	return Text{clip(strings.TrimSpace(s), MaxText), at.place(), at.pointer()}
}

// isCroissant tells whether a document means to be a Croissant manifest: it
// names the vocabulary, or has its record sets.
func isCroissant(root *value) bool {
	if root.kind != objectValue {
		return false
	}
	for _, key := range root.keys {
		v := root.get(key)
		switch _, local, _ := strings.Cut(":"+key, ":"); {
		case key == "@context" && names(v, 3, vocabularies...):
			return true
		case strings.HasSuffix(local, "conformsTo") && names(v, 2, vocabularies...):
			return true
		case strings.HasSuffix(local, "recordSet") && v.kind >= listValue:
			return true
		}
	}
	return false
}

// vocabularies are how addresses of Croissant's vocabulary begin.
var vocabularies = []string{"http://mlcommons.org/croissant/", "https://mlcommons.org/croissant/", "http://mlcommons.org/schema/", "https://mlcommons.org/schema/"}

// names tells whether a text in a value, or in what it holds down to a depth,
// begins with one of several.
func names(v *value, depth int, beginnings ...string) bool {
	if v.kind == textValue {
		return slices.ContainsFunc(beginnings, func(w string) bool { return strings.HasPrefix(v.text, w) })
	}
	return depth > 0 && slices.ContainsFunc(v.items, func(item *value) bool { return names(item, depth-1, beginnings...) })
}

// croissant checks a Croissant manifest and reads what it says. One that spells
// schema.org with http, as the specification does, is refused by the reference;
// it is read again with https, and what is wrong apart from that are warnings.
func (m *Manifest) croissant(root *value) {
	r := checkCroissant(root)
	m.Errors = append(m.Errors, r.errors.sorted()...)
	m.Warnings = append(m.Warnings, r.warnings.sorted()...)
	if r.dataset == nil && hasOldSpelling(root) {
		r = checkCroissant(withHTTPS(root))
		for _, p := range slices.Concat(r.errors.sorted(), r.warnings.sorted()) {
			if r.dataset != nil {
				p.Source = Spec
				m.Warnings = append(m.Warnings, p)
			}
		}
	}
	if r.settled {
		m.Version = r.version.String()
	}
	if r.dataset == nil {
		if plain := local(root, behindPrefix); plain.kind == objectValue && len(described(root)) > 0 || plain.get("distribution") != nil {
			m.Datasets = []Dataset{m.described(plain)} // by its keys, since it is no graph
		}
		return
	}
	f := &croissantFacts{m: m, root: root, dataset: r.dataset, version: r.version}
	m.Datasets = []Dataset{f.read()}
	f.specification()
}

const oldSchemaOrg = "http://schema.org/"

// hasOldSpelling tells whether the context of a document, or its type, spells
// schema.org with http.
func hasOldSpelling(root *value) bool {
	for _, key := range []string{"@context", "@type"} {
		if v := root.get(key); v != nil && names(v, 3, oldSchemaOrg) {
			return true
		}
	}
	return false
}

// withHTTPS copies a document with schema.org spelt as the reference reads it.
func withHTTPS(v *value) *value {
	out := *v
	out.index = nil
	if rest, ok := strings.CutPrefix(v.text, oldSchemaOrg); ok && v.kind == textValue {
		out.text = schemaOrg + rest
	}
	out.keys, out.items = make([]string, len(v.keys)), make([]*value, len(v.items))
	for i, key := range v.keys {
		if rest, ok := strings.CutPrefix(key, oldSchemaOrg); ok {
			key = schemaOrg + rest
		}
		out.keys[i] = key
	}
	for i, item := range v.items {
		inner := withHTTPS(item)
		inner.up = &out
		out.items[i] = inner
	}
	return &out
}

// croissantFacts reads what the graph of a Croissant manifest says.
type croissantFacts struct {
	m       *Manifest
	root    *value
	dataset *node
	version croissantVersion
}

// saying is what a resource says under any of several addresses, lists taken
// apart.
func (n *node) saying(iris ...string) []object {
	var out []object
	for _, iri := range iris {
		for _, o := range n.says[iri] {
			if o.isList {
				out = append(out, o.list...)
				continue
			}
			out = append(out, o)
		}
	}
	return out
}

// words is what an object says as text: a literal, else the address, name or id
// of a resource.
func (o object) words() string {
	switch {
	case o.literal != nil:
		return strings.TrimSpace(o.literal.text)
	case o.node == nil:
		return ""
	}
	for _, iri := range []string{schemaOrg + "url", nameIRI} {
		for _, inner := range o.node.says[iri] {
			if inner.literal != nil && inner.literal.text != "" {
				return strings.TrimSpace(inner.literal.text)
			}
		}
	}
	if o.node.named {
		return strings.TrimPrefix(uuid(o.node.id), docIRI)
	}
	return ""
}

// texts are the texts under several addresses that say something.
func (n *node) texts(iris ...string) []Text {
	var out []Text
	for _, o := range n.saying(iris...) {
		if s := o.words(); s != "" && len(out) < maxItems {
			out = append(out, textAt(s, o.from))
		}
	}
	return out
}

// preferred is the text in English, else in the language that comes first.
func (n *node) preferred(iri string) Text {
	list := slices.Clone(n.saying(iri))
	slices.SortStableFunc(list, func(a, b object) int { return cmp.Compare(languageRank(a), languageRank(b)) })
	for _, o := range list {
		if s := o.words(); s != "" {
			return textAt(s, o.from)
		}
	}
	return Text{}
}

func languageRank(o object) string {
	if o.literal == nil || o.literal.language == "" || strings.HasPrefix(strings.ToLower(o.literal.language), "en") {
		return ""
	}
	return o.literal.language
}

// spelt are the addresses that a property of Croissant has over the versions.
func spelt(name string) []string {
	return []string{v10.iri(cr, name), v08.iri(cr, name), schemaOrg + name}
}

func raiSpelt(list ...string) []string {
	out := make([]string, len(list))
	for i, name := range list {
		out[i] = v10.iri(rai, name)
	}
	return out
}

func (f *croissantFacts) read() Dataset {
	n := f.dataset
	d := Dataset{
		Name:     n.preferred(nameIRI),
		Licenses: append([]Text{}, n.texts(schemaOrg+"license")...),
		URL:      firstText(n.texts(schemaOrg + "url")),
		Provenance: Provenance{
			Collection: joinTexts(n.texts(raiSpelt("dataCollection", "dataCollectionType", "dataCollectionTimeFrame", "dataCollectionTimeframe")...)),
			Processing: joinTexts(n.texts(raiSpelt("dataPreprocessingProtocol", "dataManipulationProtocol", "dataDataManipulationProtocol", "dataImputationProtocol")...)),
			Labelling:  joinTexts(n.texts(raiSpelt("dataAnnotationProtocol", "dataAnnotationPlatform", "dataAnnotationAnalysis", "machineAnnotationTools", "annotatorDemographics")...)),
			Sensitive:  joinTexts(n.texts(raiSpelt("personalSensitiveInformation")...)),
		},
	}
	for _, t := range n.texts(schemaOrg + "inLanguage") {
		d.speak(t)
	}
	f.files(&d)
	for _, o := range n.saying(spelt("recordSet")...) {
		if o.node != nil && slices.ContainsFunc(o.node.saying(spelt("data")...), func(o object) bool { return o.literal != nil && len(o.literal.text) > len("[{}]") }) {
			d.Leads = true
		}
	}
	return d
}

// atRevision matches an address of the Hub or of a forge that names a state.
var atRevision = regexp.MustCompile(`^https?://[^?#]+/(?:resolve|tree|blob|raw|commit)/([^/?#]+)`)

// branches are names of states that move.
var branches = []string{"main", "master", "head", "latest", "refs%2fconvert%2fparquet"}

// revise takes the state that an address names, of the first that names one.
func (d *Dataset) revise(at Text) {
	m := atRevision.FindStringSubmatch(at.Value)
	if m != nil && d.Revision.Value == "" && !slices.Contains(branches, strings.ToLower(m[1])) {
		d.Revision = Text{m[1], at.Line, at.Pointer}
	}
}

// consents matches a sentence on whether people agreed, or on what ground their
// data was taken.
var consents = regexp.MustCompile(`(?i)[^.!?\n]*\b(consent(s|ed|ing)?|lawful basis|legal basis|legitimate interests?|opt(ed|ing)?[- ](in|out)|signed (a |an )?(release|agreement)s?|gave (their )?permission)\b[^.!?\n]*[.!?]?`)

// takeConsent looks for what is said of consent in what a manifest tells of how
// data was collected and whom it is about. A format that asks neither has no
// place for it.
func (p *Provenance) takeConsent() {
	if p.Consent != nil {
		return
	}
	for _, t := range []*Text{p.Sensitive, p.Collection, p.Labelling} {
		if t == nil {
			continue
		}
		if p.Consent == nil && t == p.Sensitive {
			p.Consent = &Text{}
		}
		if s := consents.FindString(t.Value); s != "" && !card.StandsIn(s) {
			p.Consent = &Text{clip(strings.TrimSpace(s), MaxText), t.Line, t.Pointer}
			return
		}
	}
}

// leads tells whether a text says where something is.
func leads(s string) bool { return s != "" && !card.StandsIn(s) }

// firstText is the first of several texts, an empty one where there is none.
func firstText(list []Text) *Text {
	if len(list) == 0 {
		return &Text{}
	}
	return &list[0]
}

// joinTexts makes one text of several, in the place of the first. What only
// stands in for text is left out.
func joinTexts(list []Text) *Text {
	var out Text
	for _, t := range list {
		if card.StandsIn(t.Value) {
			continue
		}
		if out.Value == "" {
			out = t
			continue
		}
		out.Value = clip(out.Value+"; "+t.Value, MaxText)
	}
	return &out
}

// files reads the digests and sizes of the files of the data.
func (f *croissantFacts) files(d *Dataset) {
	d.Hashes = &Hashes{}
	outside, pinned := 0, 0
	size, sized := 0.0, true
	for _, o := range f.dataset.saying(schemaOrg + "distribution") {
		if o.node == nil || o.node.isA(v10.iri(cr, "FileSet")) || o.node.isA(schemaOrg+"FileSet") {
			continue
		}
		inside := len(o.node.saying(spelt("containedIn")...)) > 0
		at := firstText(o.node.texts(schemaOrg + "contentUrl"))
		d.Leads = d.Leads || leads(at.Value)
		d.revise(*at)
		good := f.digests(d, o.node)
		if inside {
			continue
		}
		outside++
		if good {
			pinned++
		}
		told := firstText(o.node.texts(schemaOrg + "contentSize"))
		d.Lines.Size = cmp.Or(d.Lines.Size, told.Line)
		n, ok := byteSize(told.Value)
		size, sized = size+n, sized && ok
	}
	d.Pinned = new(bool)
	*d.Pinned = outside > 0 && pinned == outside
	if outside > 0 && sized {
		d.Size = &Size{size, "bytes"}
	}
}

// digests reads the digests of one file and tells whether one is good.
func (f *croissantFacts) digests(d *Dataset, file *node) bool {
	good := false
	name := firstText(file.texts(schemaOrg + "contentUrl")).Value
	for _, algorithm := range []string{"sha256", "md5"} {
		for _, t := range file.texts(spelt(algorithm)...) {
			d.Hashes.Declared++
			at := f.root.find(t.Pointer)
			if kind, why := digestFault(algorithm, t.Value); kind != "" {
				f.m.warn(kind, at, "%s of %q %s", algorithm, clip(name, 80), why)
				continue
			}
			d.Hashes.WellFormed++
			good = true
			if len(d.Digests) < maxItems {
				d.Digests = append(d.Digests, Digest{name, algorithm, strings.ToLower(t.Value), t.Line, t.Pointer})
			}
		}
	}
	return good
}

// digestBytes are the lengths of digests by algorithm.
var digestBytes = map[string]int{"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}

// emptyDigests are those of no bytes at all.
var emptyDigests = map[string]string{
	"md5": "d41d8cd98f00b204e9800998ecf8427e", "sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
}

// digestFault says what is wrong with a digest as it is written: that it stands
// in for one, or has not the shape of one. An empty kind means nothing.
func digestFault(algorithm, s string) (Kind, string) {
	s = strings.ToLower(strings.TrimSpace(s))
	want := digestBytes[algorithm]
	raw, err := hex.DecodeString(s)
	switch {
	case s == algorithm, strings.Contains(s, "://"), card.StandsIn(s), err == nil && isFilling(raw):
		return Placeholder, "stands in for a digest: " + clip(s, 80)
	case err == nil && s == emptyDigests[algorithm]:
		return Placeholder, "is that of no bytes at all"
	case err != nil:
		return HashShape, "is not hexadecimal: " + clip(s, 80)
	case len(raw) != want:
		return HashShape, "has " + strconv.Itoa(len(s)) + " hexadecimal digits in place of " + strconv.Itoa(2*want)
	}
	return "", ""
}

// isFilling tells bytes of which no digest consists but by intent: at most three
// different ones, or the digits in their order.
func isFilling(raw []byte) bool {
	if len(raw) < 8 {
		return false
	}
	different := map[byte]bool{}
	for _, b := range raw {
		different[b] = true
	}
	if len(different) <= 3 {
		return true
	}
	for _, step := range []string{"0123456789abcdef", "123456789", "abcdef"} {
		period := strings.Repeat(step, 1+2*len(raw)/len(step))[:2*len(raw)]
		if hex.EncodeToString(raw) == period {
			return true
		}
	}
	return false
}

var sizeText = regexp.MustCompile(`^([0-9][0-9,]*(?:\.[0-9]+)?)\s*([A-Za-z]*)$`)

// byteUnits are what sizes are counted in. Letters alone mean powers of 1000.
var byteUnits = map[string]float64{
	"": 1, "b": 1, "byte": 1, "bytes": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "pb": 1e15,
	"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40, "pib": 1 << 50,
}

// byteSize reads a size as people write it.
func byteSize(s string) (float64, bool) {
	m := sizeText.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	unit, known := byteUnits[strings.ToLower(m[2])]
	f, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
	if err != nil || !known || math.IsInf(f*unit, 0) {
		return 0, false
	}
	return math.Round(f * unit), true
}
