package dataset

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxDatasets bounds the sets of data that one manifest describes. Catalogues
// with more are no part of a release.
const maxDatasets = 1_000

// described finds the Datasets in a document of schema.org or DCAT: itself, in
// its graph, or in the catalogue that it is.
func described(root *value) []*value {
	var out []*value
	var visit func(v *value, depth int)
	visit = func(v *value, depth int) {
		if depth > 4 || len(out) > maxDatasets {
			return
		}
		switch {
		case v.kind == listValue:
		case v.kind != objectValue:
			return
		case slices.Contains(v.types(), "Dataset"):
			out = append(out, v)
			return
		}
		for i, item := range v.items {
			if v.kind == listValue || slices.Contains([]string{"@graph", "dataset", "mainEntity", "about", "subjectOf"}, behindPrefix(v.keys[i])) {
				visit(item, depth+1)
			}
		}
	}
	visit(root, 0)
	return out
}

const dcatSpace = "http://www.w3.org/ns/dcat"

// isDCAT tells a Dataset of DCAT from one of schema.org, by its type, its
// context, or properties that only DCAT has.
func isDCAT(root *value) bool {
	for i, key := range root.keys {
		switch {
		case key == "@context" && names(root.items[i], 3, dcatSpace, "https"+dcatSpace[len("http"):]), strings.HasPrefix(key, "dcat:"), strings.HasPrefix(key, dcatSpace):
			return true
		case key == "@type" && names(root.items[i], 2, "dcat:", dcatSpace):
			return true
		}
	}
	return slices.ContainsFunc(root.items, func(v *value) bool {
		return v.kind == listValue && slices.ContainsFunc(v.items, isDCAT) || v.kind == objectValue && isDCAT(v)
	})
}

// catalog reads Datasets of schema.org or DCAT. Errors are what DCAT-AP and the
// rich results of search engines cannot do without, warnings what they recommend.
func (m *Manifest) catalog(root *value) {
	list := described(root)
	if len(list) > maxDatasets {
		m.Truncated = "more than 1000 sets of data are described"
		list = list[:maxDatasets]
	}
	for _, v := range list {
		v = local(v, behindPrefix)
		if m.Format == DCAT {
			m.refusals(checkDCAT(v.plain()), v)
		} else {
			m.refusals(checkSchemaOrg(v.plain()), v)
			if n := utf8.RuneCountInString(v.get("description").string()); n > 0 && (n < 50 || n > 5000) {
				m.warn(Schema, v.get("description"), "the description has %d characters where 50 to 5000 are asked for", n)
			}
			m.recommend(v, "license", "creator", "identifier", "version", "distribution")
		}
		m.Datasets = append(m.Datasets, m.described(v))
	}
}

func (m *Manifest) recommend(v *value, names ...string) {
	for _, name := range names {
		if v.get(name).isEmpty() {
			m.warn(Missing, v, "there is no %s, which is recommended", name)
		}
	}
}

// described reads one Dataset, under the names of either vocabulary.
func (m *Manifest) described(v *value) Dataset {
	d := Dataset{
		Name: saidIn(v.first("name", "title")), Licenses: allSaidIn(v.get("license")), URL: optional(v.first("url", "landingPage", "@id")),
		Hashes: &Hashes{}, Pinned: new(bool), Provenance: Provenance{Collection: joinTexts(allSaidIn(v.first("provenance", "measurementTechnique", "wasGeneratedBy")))},
	}
	for _, t := range allSaidIn(v.first("inLanguage", "language")) {
		d.speak(t)
	}
	files := v.get("distribution").each()
	size, sized, hashed := 0.0, len(files) > 0, 0
	for _, f := range files {
		if m.Format == DCAT {
			if f.get("license").isEmpty() && len(d.Licenses) == 0 {
				m.warn(Missing, f, "the distribution has no license, which is recommended")
			}
			d.Licenses = append(d.Licenses, allSaidIn(f.get("license"))...)
		}
		at := saidIn(f.first("contentUrl", "downloadURL", "accessURL"))
		d.Leads = d.Leads || leads(at.Value)
		d.revise(at)
		told := saidIn(f.first("contentSize", "byteSize"))
		d.Lines.Size = cmp.Or(d.Lines.Size, told.Line)
		n, ok := byteSize(told.Value)
		size, sized = size+n, sized && ok
		if m.checksum(f, &d) {
			hashed++
		}
	}
	for _, r := range v.get("recordSet").each() {
		d.Leads = d.Leads || !r.get("data").isEmpty()
	}
	d.Licenses = slices.CompactFunc(d.Licenses, func(a, b Text) bool { return a.Value == b.Value })
	*d.Pinned = len(files) > 0 && hashed == len(files)
	if sized {
		d.Size = &Size{size, "bytes"}
	}
	return d
}

// checksum reads the digest of one distribution: sha256 of schema.org, or
// spdx:checksum of DCAT.
func (m *Manifest) checksum(f *value, d *Dataset) bool {
	name := saidIn(f.first("contentUrl", "downloadURL", "accessURL", "name", "title")).Value
	good := false
	for _, algorithm := range []string{"sha256", "md5"} {
		if v := f.get(algorithm); !v.isEmpty() {
			d.Hashes.Declared++
			good = m.digest(v, algorithm, v.string(), name, d) || good
		}
	}
	for _, c := range f.get("checksum").each() {
		hex := c.get("checksumValue")
		algorithm := saidIn(c.get("algorithm")).Value
		algorithm = strings.TrimPrefix(strings.ToLower(behindPrefix(algorithm)), "checksumalgorithm_")
		if hex.isEmpty() {
			continue
		}
		d.Hashes.Declared++
		good = m.digest(hex, plainAlgorithm(algorithm), hex.string(), name, d) || good
	}
	return good
}
