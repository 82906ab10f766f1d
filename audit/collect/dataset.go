package collect

import (
	"context"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	manifests "glassbox/audit/collect/dataset"
	"glassbox/audit/license"
)

// dataset is one set of data the release names or shows.
type dataset struct {
	name  string
	named bool // by the card of the release
	item  map[string]any
	src   audit.Source

	seen    bool // somebody was looked at who would say under which licence it is
	license string
	terms   *license.Expression
	said    audit.Source
	text    string   // of its card
	makers  []string // models that its card names as what it was made with

	places  map[string]audit.Source // of properties of item that stand somewhere of their own
	digests []manifests.Digest      // that a manifest gives of its files
	folder  string                  // that manifest's
	byCard  []declaration           // its licence, as its card says
	byFile  []declaration           // and as its manifest says
	spoken  []spoken                // its languages, as they say
	states  []state                 // its revision, as the model's card and its manifests say
}

// spoken is what one description says of the languages of a set of data.
type spoken struct {
	languages []string
	ofCard    bool
	src       audit.Source
}

// state is which revision of a set of data somebody means.
type state struct {
	revision string
	named    bool // by the card of the model
	src      audit.Source
}

// datasets writes the data that is named and whether a manifest of it is here.
func (c *collection) datasets(ctx context.Context) error {
	if !c.whole() && c.card == nil && len(c.opts.Manifests)+len(c.with("dataset_manifest", "dataset_card")) == 0 {
		return nil
	}
	var list []dataset
	add := func(name string, d dataset) *dataset {
		if i := sameData(list, name); i >= 0 {
			list[i].merge(d)
			return &list[i]
		}
		list = append(list, d)
		return &list[len(list)-1]
	}
	for _, it := range c.said(func(d *card.Declared) []card.Item { return d.Datasets }) {
		name, revision, pinned := strings.Cut(it.Value, "@")
		if strings.TrimSpace(name) == "" {
			continue
		}
		item := map[string]any{"name": name, "pinned": pinned && revision != ""}
		if c.whole() {
			item["shown"] = false
		}
		d := dataset{name: name, named: true, item: item, src: it.source()}
		if pinned && revision != "" {
			d.states = []state{{revision, true, d.src}}
		}
		add(name, d)
	}
	for _, f := range c.with("dataset_manifest") {
		for _, d := range c.manifestData(f) {
			add(d.name, d)
		}
	}
	c.cardsOfData(&list)
	c.givenData(add)
	c.rolesTold(list)
	items := make([]any, len(list))
	for i := range list {
		c.dataTerms(ctx, &list[i])
		if list[i].seen {
			list[i].item["license"] = orNull(list[i].license)
			if list[i].license == unknownLicense || card.StandsIn(list[i].license) {
				list[i].item["license"] = nil
			}
		}
		list[i].allValid()
		items[i] = list[i].item
	}
	c.data = list
	c.ev.Set("/datasets", items, audit.Source{Level: audit.Present})
	for i, d := range list {
		c.ev.Cite(audit.Join("/datasets", i), d.src)
		if d.seen {
			c.ev.Cite(audit.Join("/datasets", i, "license"), d.said)
		}
		for _, name := range slices.Sorted(maps.Keys(d.places)) {
			c.ev.Cite(audit.Join("/datasets", i)+"/"+name, d.places[name])
		}
	}
	return nil
}

// merge takes what somebody else says of the same set of data. What is there
// stays, but for what is only now shown or pinned.
func (d *dataset) merge(other dataset) {
	if more := other.item["manifest"]; more != nil && d.item["manifest"] != nil {
		list, _ := d.item["other_manifests"].([]any)
		d.item["other_manifests"] = append(list, more)
		d.places["other_manifests"] = audit.Source{Level: audit.Present}
		d.places[fmt.Sprintf("other_manifests/%d", len(list))] = other.places["manifest"]
	}
	for k, v := range other.item {
		had, told := d.item[k]
		if told && !(k == "shown" || k == "pinned") || told && had == true {
			continue
		}
		d.item[k] = v
		for name, src := range other.places {
			if name == k || strings.HasPrefix(name, k+"/") {
				if d.places == nil {
					d.places = map[string]audit.Source{}
				}
				d.places[name] = src
			}
		}
		if k == "hashes" {
			d.digests, d.folder = other.digests, other.folder
		}
	}
	if !d.seen || d.license == "" && other.license != "" {
		d.seen, d.license, d.terms, d.said = other.seen, other.license, other.terms, other.said
	}
	d.byCard, d.byFile = append(d.byCard, other.byCard...), append(d.byFile, other.byFile...)
	d.spoken, d.states = append(d.spoken, other.spoken...), append(d.states, other.states...)
}

// unknownLicense is what the Hub has for saying that nobody knows.
const unknownLicense = "hf:unknown"

// allValid tells whether every manifest of a set of data follows its format,
// where that is known of each.
func (d *dataset) allValid() {
	others, _ := d.item["other_manifests"].([]any)
	all, src := true, d.places["manifest"]
	known := d.item["manifest"] != nil
	for i, v := range slices.Concat([]any{d.item["manifest"]}, others) {
		m, _ := v.(map[string]any)
		valid, told := m["valid"].(bool)
		known = known && (told || !all)
		if told && !valid && all {
			all, known = false, true
			if i > 0 {
				src = d.places[fmt.Sprintf("other_manifests/%d", i-1)]
			}
		}
	}
	if known {
		src.Level = audit.Verified
		d.item["manifests_valid"], d.places["manifests_valid"] = all, src
	}
}

// sameData finds the set of data that a name means: the same name, or one that
// has an owner where the other has none, if that is the only one; else -1.
func sameData(list []dataset, name string) int {
	found := -1
	for i, d := range list {
		switch {
		case strings.EqualFold(d.name, name):
			return i
		case strings.Contains(d.name, "/") == strings.Contains(name, "/") || !strings.EqualFold(path.Base(d.name), path.Base(name)):
		case found >= 0:
			return -1
		default:
			found = i
		}
	}
	return found
}

// addresses are where well-known licences lie, and which licence lies there.
var addresses = [...]struct {
	at *regexp.Regexp
	id string
}{
	{regexp.MustCompile(`^https?://(?:www\.)?spdx\.org/licenses/([\w.+-]+?)(?:\.(?:html|json|txt))?/?$`), "$1"},
	{regexp.MustCompile(`^https?://(?:www\.)?creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/.*)?$`), "cc-$1-$2"},
	{regexp.MustCompile(`^https?://(?:www\.)?creativecommons\.org/publicdomain/zero/1\.0(?:/.*)?$`), "cc0-1.0"},
	{regexp.MustCompile(`^https?://(?:www\.)?(?:opensource\.org/licen[sc]es?|choosealicense\.com/licenses)/([\w.-]+?)(?:\.(?:html|php))?/?$`), "$1"},
	{regexp.MustCompile(`^https?://(?:www\.)?apache\.org/licenses/LICENSE-2\.0(?:\.\w+)?$`), "apache-2.0"},
	{regexp.MustCompile(`^https?://(?:www\.)?opendatacommons\.org/licenses/(by|odbl|pddl)(?:/.*)?$`), "$1"},
}

// licenseAt turns the address of a well-known licence into its id; anything else
// stays as it is.
func licenseAt(s string) string {
	for _, a := range addresses {
		if m := a.at.FindStringSubmatchIndex(s); m != nil {
			id := string(a.at.ExpandString(nil, a.id, s, m))
			if id == "by" {
				id = "odc-by"
			}
			return id
		}
	}
	return s
}

// dataTerms looks for the licence of a set of data, and for what it was made
// with: in a card of it in the release, then outside.
func (c *collection) dataTerms(ctx context.Context, d *dataset) {
	for _, k := range c.cards {
		if k == c.card || k.Kind != card.KindDataset || !c.about(k, d.name) {
			continue
		}
		d.text = c.cardText(k)
		for _, b := range k.Declared.BaseModels {
			d.makers = append(d.makers, b.Value)
		}
		d.makers = append(d.makers, taggedBases(k)...)
		if list := cardLicenses(k); !d.seen || d.license == "" && len(list) > 0 {
			d.seen, d.said = true, audit.Source{Path: k.Path, Line: 1, Level: audit.Claimed}
			if d.license, d.terms = names(list), joined(list); len(list) > 0 {
				d.said = list[0].src
			}
		}
	}
	if len(c.relatives) >= maxDataLooks {
		return
	}
	r := c.relative(ctx, d.name)
	if r == nil {
		return
	}
	d.text += r.text
	d.makers = append(d.makers, r.bases...)
	if !d.seen || d.license == "" {
		d.seen, d.license, d.terms, d.said = true, r.license, r.terms, r.src
	}
}

// plainName drops what people separate words with.
var plainName = strings.NewReplacer("-", "", "_", "", " ", "").Replace

// about tells whether a card in the release is that of a set of data: by its
// title, or by the folder it lies in.
func (c *collection) about(k *card.Card, name string) bool {
	name = plainName(strings.ToLower(path.Base(name)))
	title := plainName(strings.ToLower(k.Title))
	return name != "" && (title == name || strings.HasPrefix(title, "datasetcardfor"+name) || plainName(strings.ToLower(path.Base(path.Dir(k.Path)))) == name)
}

// dataDeclared lists what cards and manifests of data in the release say of its
// licence.
func (c *collection) dataDeclared() []declaration {
	var out []declaration
	for _, k := range c.cards {
		if k != c.card && k.Kind == card.KindDataset {
			out = append(out, cardLicenses(k)...)
		}
	}
	for _, f := range c.with("dataset_manifest") {
		for _, d := range c.manifestData(f) {
			out = append(out, d.byFile...)
		}
	}
	return out
}
