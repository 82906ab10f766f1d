package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
)

// MaxManifest bounds a dataset manifest, in bytes.
const MaxManifest = 8 << 20

// dataset is one set of data the release names or shows.
type dataset struct {
	name string
	item map[string]any
	src  audit.Source

	seen    bool // somebody was looked at who would say under which licence it is
	license string
	terms   *license.Expression
	said    audit.Source
	text    string   // of its card
	makers  []string // models that its card names as what it was made with
}

// datasets writes the data that is named and whether a manifest of it is here.
func (c *collection) datasets(ctx context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	var list []dataset
	add := func(name string, d dataset) *dataset {
		if i := sameData(list, name); i >= 0 {
			for k, v := range d.item {
				if k != "name" && (k != "shown" || v == true) {
					list[i].item[k] = v
				}
			}
			return &list[i]
		}
		list = append(list, d)
		return &list[len(list)-1]
	}
	for _, it := range c.said(func(d *card.Declared) []card.Item { return d.Datasets }) {
		name, revision, pinned := strings.Cut(it.Value, "@")
		item := map[string]any{"name": name, "pinned": pinned && revision != ""}
		if c.whole() {
			item["shown"] = false
		}
		add(name, dataset{name: name, item: item, src: it.source()})
	}
	for _, f := range c.with("dataset_manifest") {
		if m := c.manifest(f); m.format != "" {
			item := map[string]any{"name": m.name, "shown": m.leads, "manifest": map[string]any{"path": f.Path, "format": m.format}}
			d := dataset{name: m.name, item: item, src: audit.Source{Path: f.Path, Level: audit.Present}}
			c.manifestTerms(add(m.name, d), f, m)
		}
	}
	items := make([]any, len(list))
	for i := range list {
		c.dataTerms(ctx, &list[i])
		if list[i].seen {
			list[i].item["license"] = orNull(list[i].license)
		}
		items[i] = list[i].item
	}
	c.data = list
	c.ev.Set("/datasets", items, audit.Source{Level: audit.Present})
	for i, d := range list {
		c.ev.Cite(audit.Join("/datasets", i), d.src)
		if d.seen {
			c.ev.Cite(audit.Join("/datasets", i, "license"), d.said)
		}
		if m, ok := d.item["manifest"].(map[string]any); ok {
			c.ev.Cite(audit.Join("/datasets", i, "manifest"), audit.Source{Path: m["path"].(string), Level: audit.Present})
			c.ev.Cite(audit.Join("/datasets", i, "shown"), audit.Source{Path: m["path"].(string), Level: audit.Present})
		}
	}
	return nil
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

// manifest is a document that describes a set of data.
type manifest struct {
	name     string
	format   string // empty where the file is none
	leads    bool   // it says where data are, or holds them
	licenses []string
}

// manifest recognises a dataset manifest by its content. Each is read once.
func (c *collection) manifest(f *File) manifest {
	if m, ok := c.manifests[f.Path]; ok {
		return m
	}
	if c.manifests == nil {
		c.manifests = map[string]manifest{}
	}
	m := c.readManifest(f)
	c.manifests[f.Path] = m
	return m
}

func (c *collection) readManifest(f *File) manifest {
	data := c.read(f, MaxManifest, "/datasets")
	if data == nil {
		return manifest{}
	}
	if !c.parses(f.Path, data) {
		return manifest{}
	}
	var m map[string]any
	if json.Unmarshal(plainJSON(data), &m) != nil {
		return manifest{} // a list, say: JSON and no manifest
	}
	name, _ := m["name"].(string)
	out := manifest{name: cmp.Or(strings.TrimSpace(name), path.Base(path.Dir(f.Path))), licenses: licensesIn(m["license"])}
	resources, _ := m["resources"].([]any)
	switch {
	case oneIs(m["conformsTo"], croissant), oneIs(m["dct:conformsTo"], croissant), oneIs(m["@type"], schemaDataset):
		out.format = "croissant"
		out.leads = leads(m["distribution"], "contentUrl", "sc:contentUrl") || leads(m["recordSet"], "data")
	case path.Base(f.Path) == "datapackage.json" && len(resources) > 0:
		out.format = "frictionless"
		out.licenses = licensesIn(m["licenses"])
		out.leads = leads(m["resources"], "path", "data")
	}
	return out
}

// croissant matches the versions of the format; schemaDataset the type in the
// vocabulary of schema.org, with the prefixes in use.
var (
	croissant     = regexp.MustCompile(`^https?://mlcommons\.org/croissant/`)
	schemaDataset = regexp.MustCompile(`^((sc|schema):|https?://schema\.org/)?Dataset$`)
)

// oneIs tells whether a value, or one of a list, or the id of either, matches.
func oneIs(v any, pattern *regexp.Regexp) bool {
	switch v := v.(type) {
	case string:
		return pattern.MatchString(v)
	case map[string]any:
		return oneIs(v["@id"], pattern)
	case []any:
		return slices.ContainsFunc(v, func(x any) bool { return oneIs(x, pattern) })
	}
	return false
}

// leads tells whether one of the parts of a manifest has something under one of
// the keys: an address, or data.
func leads(v any, keys ...string) bool {
	parts, ok := v.([]any)
	if !ok {
		parts = []any{v}
	}
	return slices.ContainsFunc(parts, func(part any) bool {
		m, _ := part.(map[string]any)
		return slices.ContainsFunc(keys, func(key string) bool { return !isBlank(m[key]) })
	})
}

func isBlank(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return !slices.ContainsFunc(v, func(x any) bool { return !isBlank(x) })
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// licensesIn reads the licences of a manifest: a text, an address, an object
// with either, or a list of them (schema.org license; Frictionless licenses).
func licensesIn(v any) []string {
	switch v := v.(type) {
	case string:
		if v = strings.TrimSpace(v); v != "" {
			return []string{licenseAt(v)}
		}
	case map[string]any:
		for _, key := range []string{"name", "@id", "url", "path", "identifier", "title"} {
			if s, ok := v[key].(string); ok && s != "" {
				return licensesIn(s)
			}
		}
	case []any:
		var out []string
		for _, x := range v[:min(len(v), license.MaxExpressionTerms)] {
			out = append(out, licensesIn(x)...)
		}
		return out
	}
	return nil
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

// manifestTerms takes the licence of a set of data from its manifest.
func (c *collection) manifestTerms(d *dataset, f *File, m manifest) {
	var list []declaration
	for _, raw := range m.licenses {
		list = append(list, declare(raw, "manifest", audit.Source{Path: f.Path, Line: 1}))
	}
	d.seen, d.said = true, audit.Source{Path: f.Path, Line: 1, Level: audit.Claimed}
	d.license, d.terms = names(list), joined(list)
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

// about tells whether a card in the release is that of a set of data: by its
// title, or by the folder it lies in.
func (c *collection) about(k *card.Card, name string) bool {
	plain := strings.NewReplacer("-", "", "_", "", " ", "").Replace
	name = plain(strings.ToLower(path.Base(name)))
	title := plain(strings.ToLower(k.Title))
	return name != "" && (title == name || strings.HasPrefix(title, "datasetcardfor"+name) || plain(strings.ToLower(path.Base(path.Dir(k.Path)))) == name)
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
		for _, raw := range c.manifest(f).licenses {
			out = append(out, declare(raw, "manifest", audit.Source{Path: f.Path, Line: 1}))
		}
	}
	return out
}
