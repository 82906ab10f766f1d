package dataset

import (
	"slices"
	"strings"
)

// isMLBOM tells whether a CycloneDX document says anything of data: a component
// of type data, or a model card.
func isMLBOM(root *value) bool {
	found := false
	eachComponent(root, func(c *value) {
		found = found || c.get("type").string() == "data" || c.get("modelCard") != nil || c.get("data") != nil
	})
	return found
}

// eachComponent visits the components of a CycloneDX document, those inside
// others too.
func eachComponent(root *value, visit func(*value)) {
	var walk func(v *value, depth int)
	walk = func(v *value, depth int) {
		if v == nil || v.kind != objectValue || depth > MaxDepth {
			return
		}
		visit(v)
		for _, c := range v.get("components").members() {
			walk(c, depth+1)
		}
	}
	walk(root.get("metadata").get("component"), 0)
	for _, c := range root.get("components").members() {
		walk(c, 0)
	}
}

// cycloneDX reads what a CycloneDX document, versions 1.5 to 1.7, says of data.
func (m *Manifest) cycloneDX(root *value) {
	m.Version = root.get("specVersion").string()
	m.refusals(checkCycloneDX(root.plain()), root)
	m.bomNews(root)
	known := map[string]*value{}
	eachComponent(root, func(c *value) {
		for _, v := range append([]*value{c}, c.get("data").each()...) {
			if ref := v.get("bom-ref").string(); ref != "" {
				if known[ref] != nil {
					m.refuse(DuplicateID, v.get("bom-ref"), "more than one thing is called %q", clip(ref, 80))
				}
				known[ref] = v
			}
		}
	})
	used := map[*value]bool{}
	eachComponent(root, func(c *value) {
		if c.get("type").string() == "data" {
			m.bomComponent(c, used)
		}
	})
	eachComponent(root, func(c *value) {
		for _, v := range c.get("modelCard").get("modelParameters").get("datasets").each() {
			ref := v.get("ref")
			switch {
			case ref == nil:
				m.add(m.bomData(v))
			case known[ref.string()] == nil:
				m.warn(DanglingReference, ref, "%q refers to nothing in the document", clip(ref.text, 80))
			case !used[known[ref.string()]]:
				used[known[ref.string()]] = true
				m.add(m.bomData(known[ref.string()]))
			}
		}
	})
}

// bomNews refuses what came with a later version of CycloneDX than the document
// names: 1.6 brought environmental considerations, cryptographic assets and
// concluded licences, 1.7 the Streebog digests (bom-1.5 to 1.7.schema.json).
func (m *Manifest) bomNews(root *value) {
	if !slices.Contains([]string{"1.5", "1.6", "1.7"}, m.Version) {
		return
	}
	old := func(since string) bool { return m.Version < since }
	eachComponent(root, func(c *value) {
		for _, key := range []string{"authors", "manufacturer", "cryptoProperties", "omniborId", "swhid", "tags"} {
			m.tooNew(c.get(key), old("1.6"), key, "1.6")
		}
		for _, key := range []string{"isExternal", "patentAssertions", "versionRange"} {
			m.tooNew(c.get(key), old("1.7"), key, "1.7")
		}
		m.tooNew(c.get("type"), old("1.6") && c.get("type").string() == "cryptographic-asset", "the type cryptographic-asset", "1.6")
		environment := c.get("modelCard").get("considerations").get("environmentalConsiderations")
		m.tooNew(environment, old("1.6"), "environmentalConsiderations", "1.6")
		for _, h := range c.get("hashes").each() {
			m.tooNew(h.get("alg"), old("1.7") && strings.HasPrefix(h.get("alg").string(), "Streebog"), "Streebog", "1.7")
		}
		licenses := c.get("licenses").each()
		for _, l := range licenses {
			m.tooNew(l.get("license").get("acknowledgement"), old("1.6"), "acknowledgement", "1.6")
			m.tooNew(l.get("acknowledgement"), old("1.6"), "acknowledgement", "1.6")
			m.tooNew(l.get("expression"), old("1.7") && len(licenses) > 1, "an expression beside others", "1.7")
			m.tooNew(l.get("expressionDetails"), old("1.7"), "expressionDetails", "1.7")
		}
	})
	for _, key := range []string{"declarations", "definitions"} {
		m.tooNew(root.get(key), old("1.6"), key, "1.6")
	}
	m.tooNew(root.get("citations"), old("1.7"), "citations", "1.7")
}

func (m *Manifest) tooNew(v *value, is bool, what, since string) {
	if v != nil && is {
		m.refuse(Schema, v, "%s came with version %s, and the document is of %s", what, since, clip(m.Version, 20))
	}
}

func (m *Manifest) add(d Dataset) {
	if len(m.Datasets) >= maxDatasets {
		m.Truncated = "more than 1000 sets of data are described"
		return
	}
	m.Datasets = append(m.Datasets, d)
}

// bomComponent reads a component of type data: one set, whatever parts it lists.
func (m *Manifest) bomComponent(c *value, used map[*value]bool) {
	d := Dataset{Name: saidIn(c.get("name")), Licenses: []Text{}, URL: &Text{}, Hashes: &Hashes{}, Pinned: new(bool)}
	used[c] = true
	for _, l := range c.get("licenses").each() {
		if t := saidIn(first(l.get("license").first("id", "name"), l.get("expression"))); t.Value != "" {
			d.Licenses = append(d.Licenses, t)
		}
	}
	for _, h := range c.get("hashes").each() {
		if content := h.get("content"); !content.isEmpty() {
			d.Hashes.Declared++
			if m.digest(content, plainAlgorithm(h.get("alg").string()), content.string(), d.Name.Value, &d) {
				*d.Pinned = true
			}
		}
	}
	for _, x := range c.get("externalReferences").each() {
		if t := x.get("type").string(); t == "distribution" || t == "website" && d.URL.Value == "" {
			d.URL = optional(x.get("url"))
		}
	}
	for _, part := range c.get("data").each() {
		used[part] = true
		inner := m.bomData(part)
		if d.URL.Value == "" && inner.URL != nil {
			d.URL = inner.URL
		}
		d.Provenance = inner.Provenance
	}
	d.Leads = leads(d.URL.Value)
	m.add(d)
}

func first(list ...*value) *value {
	for _, v := range list {
		if !v.isEmpty() {
			return v
		}
	}
	return nil
}

// bomData reads componentData: a description of data that is no component.
func (m *Manifest) bomData(v *value) Dataset {
	if v.get("type").string() == "data" {
		return Dataset{Name: saidIn(v.get("name"))}
	}
	d := Dataset{Name: saidIn(v.get("name")), URL: optional(v.get("contents").get("url"))}
	d.Leads = leads(d.URL.Value)
	if s := v.get("sensitiveData"); s != nil {
		d.Provenance.Sensitive = joinTexts(allSaidIn(s))
	}
	if c := v.get("classification"); d.Provenance.Sensitive == nil && c != nil && strings.Contains(strings.ToUpper(c.string()), "PII") {
		d.Provenance.Sensitive = optional(c)
	}
	return d
}
