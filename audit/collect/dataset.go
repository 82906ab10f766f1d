package collect

import (
	"context"
	"encoding/json"
	"path"
	"strings"

	"glassbox/audit"
)

// MaxManifest bounds a dataset manifest, in bytes.
const MaxManifest = 8 << 20

// dataset is one set of data the release names or shows.
type dataset struct {
	item map[string]any
	src  audit.Source
}

// datasets writes the data that is named and whether a manifest of it is here.
func (c *collection) datasets(context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	var list []dataset
	byName := map[string]int{}
	add := func(name string, d dataset) {
		key := strings.ToLower(path.Base(name))
		if i, ok := byName[key]; ok {
			for k, v := range d.item {
				if k != "name" && (k != "shown" || v == true) {
					list[i].item[k] = v
				}
			}
			return
		}
		byName[key] = len(list)
		list = append(list, d)
	}
	if c.card != nil {
		for _, it := range c.card.Declared.Datasets {
			name, revision, pinned := strings.Cut(it.Value, "@")
			item := map[string]any{"name": name, "pinned": pinned && revision != ""}
			if c.whole() {
				item["shown"] = false
			}
			add(name, dataset{item, audit.Source{Path: c.card.Path, Line: it.Line, Level: audit.Claimed}})
		}
	}
	for _, f := range c.with("dataset_manifest") {
		if name, format := c.manifest(f); format != "" {
			item := map[string]any{"name": name, "shown": true, "manifest": map[string]any{"path": f.Path, "format": format}}
			add(name, dataset{item, audit.Source{Path: f.Path, Level: audit.Present}})
		}
	}
	items := make([]any, len(list))
	for i, d := range list {
		items[i] = d.item
	}
	c.ev.Set("/datasets", items, audit.Source{Level: audit.Present})
	for i, d := range list {
		c.ev.Cite(audit.Join("/datasets", i), d.src)
		if m, ok := d.item["manifest"].(map[string]any); ok {
			c.ev.Cite(audit.Join("/datasets", i, "manifest"), audit.Source{Path: m["path"].(string), Level: audit.Present})
			c.ev.Cite(audit.Join("/datasets", i, "shown"), audit.Source{Path: m["path"].(string), Level: audit.Present})
		}
	}
	return nil
}

// manifest recognises a dataset manifest by its content.
func (c *collection) manifest(f *File) (name, format string) {
	data, err := c.rel.Read(f.Path, MaxManifest)
	if err != nil {
		return "", ""
	}
	var m struct {
		Name       string          `json:"name"`
		Type       json.RawMessage `json:"@type"`
		ConformsTo json.RawMessage `json:"conformsTo"`
		ConformsDC json.RawMessage `json:"dct:conformsTo"`
		Resources  []any           `json:"resources"`
	}
	if json.Unmarshal(data, &m) != nil {
		return "", ""
	}
	if m.Name == "" {
		m.Name = path.Base(path.Dir(f.Path))
	}
	conforms := string(m.ConformsTo) + string(m.ConformsDC)
	switch {
	case strings.Contains(conforms, "mlcommons.org/croissant"), strings.Contains(string(m.Type), "Dataset"):
		return m.Name, "croissant"
	case path.Base(f.Path) == "datapackage.json" && len(m.Resources) > 0:
		return m.Name, "frictionless"
	}
	return "", ""
}
