package dataset

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit/collect/card"
	"glassbox/audit/license"
)

// hubCard reads a card of the Hub that describes data; cards of models and
// spaces are none. What the Hub refuses to take is an error: front matter that
// is no mapping in YAML, and a licence that is none of its ids.
func (m *Manifest) hubCard(data []byte) { m.readCard(card.Read(m.Path, data), data) }

// ReadCard reads a card of data that was read as a card already, with its bytes.
func ReadCard(c *card.Card, data []byte) *Manifest {
	m := &Manifest{Path: c.Path}
	m.readCard(c, data)
	return m
}

func (m *Manifest) readCard(c *card.Card, data []byte) {
	if c.Kind != card.KindDataset {
		return
	}
	m.Format = HubCard
	if c.Truncated != "" {
		m.Truncated = "the card is longer than the limit on its " + strings.ReplaceAll(c.Truncated, "_", " ")
	}
	for _, p := range c.Problems {
		m.cardProblem(c, p)
	}
	start := max(c.FrontMatter.StartLine, 1)
	root := &value{kind: objectValue, line: start}
	if c.Metadata != nil {
		root = fromPlain(c.Metadata, "", func(pointer string) int { return cmp.Or(c.MetadataLines[pointer], start) })
	}
	m.hubLicense(root)
	if c.FrontMatter.State == card.FrontMatterPresent && c.FrontMatter.Valid {
		m.faults(checkHubCard(root.plain()), func(p string) *value { return root.find(p) })
	} else if c.FrontMatter.State != card.FrontMatterPresent {
		m.warn(Missing, root, "there is no front matter that the Hub reads")
	}
	d := m.hubFacts(c, root)
	d.Provenance = provenanceOf(c, data)
	m.Datasets = []Dataset{d}
	m.settle()
}

// cardProblem passes on what the reader of cards found.
func (m *Manifest) cardProblem(c *card.Card, p card.Problem) {
	out := Problem{Message: p.Message, Line: p.Line, Source: Spec}
	switch p.Kind {
	case card.InvalidYAML, card.NotAMapping:
		out.Kind, out.Source = InvalidYAML, Reference
		m.Errors = append(m.Errors, out)
		return
	case card.Encoding:
		out.Kind = Encoding
	case card.DuplicateKey:
		out.Kind = TwiceKey
	case card.LimitHit:
		return
	default:
		out.Kind = Schema
	}
	m.Warnings = append(m.Warnings, out)
}

// hubLicense asks for one of the ids of the Hub, which are not those of SPDX.
func (m *Manifest) hubLicense(root *value) {
	for _, v := range root.get("license").each() {
		if v.kind != textValue {
			m.refuse(BadLicense, v, "a licence is %s, not an id", v.kind)
			continue
		}
		l, ok := license.Lookup(v.text)
		switch {
		case ok && slices.Contains(l.HubIDs, v.text):
		case ok:
			m.refuse(BadLicense, v, "the Hub does not take %q for a licence; it has ids of its own", clip(v.text, 60))
		default:
			m.refuse(BadLicense, v, "%q is no licence of the Hub's list", clip(v.text, 60))
		}
		if v.text == "other" && root.first("license_name", "license_link") == nil {
			m.warn(Missing, v, "the licence is other, and neither license_name nor license_link tells which")
		}
	}
}

func (m *Manifest) hubFacts(c *card.Card, root *value) Dataset {
	d := Dataset{Licenses: allSaidIn(root.first("license", "licenses"))}
	if other := root.first("license_name"); other != nil && len(d.Licenses) == 1 && d.Licenses[0].Value == "other" {
		d.Licenses = allSaidIn(other)
	}
	for _, t := range allSaidIn(root.first("language", "languages")) {
		d.speak(t)
	}
	d.Name = saidIn(root.first("pretty_name"))
	if d.Name.Value == "" {
		d.Name = Text{Value: cardTitle(c), Line: 1}
	}
	if d.Name.Value == "" {
		d.Name.Value = folderOf(m.Path)
	}
	if d.Size = infoSize(root.get("dataset_info")); d.Size != nil {
		d.Lines.Size = root.get("dataset_info").place()
	}
	return d
}

// cardTitle is what a card calls its data.
func cardTitle(c *card.Card) string {
	title := strings.TrimSpace(c.Title)
	for _, before := range []string{"dataset card for", "dataset card:"} {
		if strings.HasPrefix(strings.ToLower(title), before) {
			title = strings.TrimSpace(title[len(before):])
		}
	}
	if card.StandsIn(title) {
		return ""
	}
	return clip(title, MaxText)
}

// folderOf names a set of data after the folder its manifest lies in.
func folderOf(name string) string {
	if dir := path.Base(path.Dir(name)); dir != "." && dir != "/" {
		return dir
	}
	base := path.Base(name)
	return strings.TrimSuffix(base, path.Ext(base))
}

// infoSize is how many examples dataset_info counts, where it is about one
// configuration: those of several may overlap.
func infoSize(info *value) *Size {
	list := info.each()
	if len(list) != 1 || list[0].kind != objectValue {
		return nil
	}
	splits := list[0].get("splits")
	total, found := 0.0, false
	for _, split := range splits.members() {
		if n, ok := split.get("num_examples").number(); ok && n >= 0 {
			total, found = total+n, true
		}
	}
	if !found {
		return nil
	}
	return &Size{total, "examples"}
}

// members are the values in a list or an object.
func (v *value) members() []*value {
	if v == nil {
		return nil
	}
	return v.items
}

// told are the sections of a card that tell where data comes from.
var told = []struct {
	names []string
	into  func(*Provenance) **Text
}{
	{[]string{"source_data", "data_producers"}, func(p *Provenance) **Text { return &p.Collection }},
	{[]string{"preprocessing"}, func(p *Provenance) **Text { return &p.Processing }},
	{[]string{"annotations", "annotators"}, func(p *Provenance) **Text { return &p.Labelling }},
	{[]string{"privacy"}, func(p *Provenance) **Text { return &p.Sensitive }},
}

// provenanceOf takes the text of a card's sections. A section of placeholders
// says nothing.
func provenanceOf(c *card.Card, data []byte) Provenance {
	var p Provenance
	lines := bytes.Split(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")), []byte("\n"))
	for _, t := range told {
		text := &Text{}
		for i := range c.Sections {
			s := &c.Sections[i]
			if slices.Contains(t.names, s.Name) && s.Own.Words > 0 && text.Value == "" {
				*text = Text{Value: below(c, i, lines), Line: s.Line}
			}
		}
		*t.into(&p) = text
	}
	return p
}

// below is the text directly under a heading.
func below(c *card.Card, i int, lines [][]byte) string {
	start, end := c.Sections[i].Line, len(lines)
	if i+1 < len(c.Sections) {
		end = min(end, c.Sections[i+1].Line-1)
	}
	if start >= end {
		return ""
	}
	return clip(strings.TrimSpace(string(bytes.ToValidUTF8(bytes.Join(lines[start:end], []byte("\n")), []byte("\ufffd")))), MaxText)
}

// fromPlain turns plain values, of a front matter or of YAML, into a document with lines.
func fromPlain(plain any, pointer string, line func(pointer string) int) *value {
	v := &value{line: line(pointer)}
	switch plain := plain.(type) {
	case bool:
		v.kind, v.truth = boolValue, plain
	case json.Number:
		v.kind, v.text = numberValue, plain.String()
	case int64:
		v.kind, v.text = numberValue, strconv.FormatInt(plain, 10)
	case float64:
		v.kind, v.text = numberValue, strconv.FormatFloat(plain, 'g', -1, 64)
	case string:
		v.kind, v.text = textValue, plain
	case []any:
		v.kind = listValue
		for i, item := range plain {
			v.append(fromPlain(item, pointer+"/"+strconv.Itoa(i), line))
		}
	case map[string]any:
		v.kind = objectValue
		for _, key := range slices.Sorted(maps.Keys(plain)) {
			v.set(key, fromPlain(plain[key], pointer+"/"+pointerEscape.Replace(key), line))
		}
	}
	return v
}

// isHubInfos tells whether a document is a dataset_infos.json: an object of
// configurations, each with features and splits.
func isHubInfos(root *value) bool {
	if root.kind != objectValue || len(root.items) == 0 {
		return false
	}
	for _, c := range root.items {
		if c.kind != objectValue || c.get("features") == nil || c.get("splits") == nil && c.get("builder_name") == nil {
			return false
		}
	}
	return true
}

// hubInfos reads a dataset_infos.json.
func (m *Manifest) hubInfos(root *value) {
	m.refusals(checkHubInfos(root.plain()), root)
	d := Dataset{Name: Text{Value: folderOf(m.Path)}, Licenses: []Text{}, URL: &Text{}, Hashes: &Hashes{}, Pinned: new(bool)}
	if len(root.items) == 1 {
		d.Size = infoSize(root.items[0])
		d.Lines.Size = root.items[0].get("splits").place()
	}
	seen := map[string]bool{}
	for _, c := range root.items {
		if name := saidIn(c.get("dataset_name")); name.Value != "" && d.Name.Line == 0 {
			d.Name = name
		}
		if home := saidIn(c.get("homepage")); d.URL.Value == "" {
			d.URL = &home
		}
		if l := saidIn(c.get("license")); l.Value != "" && !seen[l.Value] && len(d.Licenses) < maxItems {
			seen[l.Value] = true
			d.Licenses = append(d.Licenses, l)
		}
		m.downloads(c.get("download_checksums"), &d)
	}
	*d.Pinned = d.Hashes.Declared > 0 && d.Hashes.WellFormed == d.Hashes.Declared
	m.Datasets = []Dataset{d}
}

func (m *Manifest) downloads(v *value, d *Dataset) {
	if v == nil || v.kind != objectValue {
		return
	}
	for i, name := range v.keys {
		if sum := v.items[i].get("checksum"); !sum.isEmpty() {
			d.Leads = d.Leads || leads(name)
			d.Hashes.Declared++
			m.digest(sum, "sha256", sum.string(), name, d)
		}
	}
}
