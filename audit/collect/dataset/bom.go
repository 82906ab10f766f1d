package dataset

import "strings"

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
