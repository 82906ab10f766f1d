package dataset

import (
	"slices"
	"strings"
)

// isSPDX3 tells whether a document is SPDX 3 as JSON-LD.
func isSPDX3(root *value) bool {
	return root.kind == objectValue && names(root.get("@context").orNull(), 2, "https://spdx.org/rdf/3", "http://spdx.org/rdf/3")
}

func (v *value) orNull() *value {
	if v == nil {
		return &value{}
	}
	return v
}

// spdxName cuts the prefix that SPDX 3 puts before the names of a profile.
func spdxName(key string) string {
	key = behindPrefix(key)
	for _, profile := range []string{"dataset_", "ai_", "software_", "simplelicensing_", "core_"} {
		if rest, ok := strings.CutPrefix(key, profile); ok {
			return rest
		}
	}
	return key
}

func isPackage(v *value, name string) bool {
	return slices.ContainsFunc(v.types(), func(t string) bool { return spdxName(t) == name })
}

// spdxElements are the elements of a document.
func spdxElements(root *value) []*value {
	if graph := root.get("@graph"); graph != nil {
		return graph.each()
	}
	return []*value{root}
}

// aiPackages are the packages of data and of AI in a document.
func aiPackages(root *value) []*value {
	var out []*value
	for _, e := range spdxElements(root) {
		if isPackage(e, "DatasetPackage") || isPackage(e, "AIPackage") {
			out = append(out, e)
		}
	}
	return out
}

// spdxDocument is what the elements of an SPDX 3 document say of each other.
type spdxDocument struct {
	m        *Manifest
	byID     map[string]*value
	licenses map[string]map[string][]*value // of an element: by kind of relationship, what they lead to
	roles    map[string]string
	lines    map[string]int // of what gives the roles
}

// spdx reads the packages of data in an SPDX 3.0 document, compact form, with
// the profile's own demands: the properties of the AI and Dataset profiles, and
// one declared and one concluded licence for each package.
func (m *Manifest) spdx(root *value) {
	doc := &spdxDocument{m, map[string]*value{}, map[string]map[string][]*value{}, map[string]string{}, map[string]int{}}
	elements := spdxElements(root)
	for _, e := range elements {
		if id := saidIn(first(e.get("spdxId"), e.get("@id"))).Value; id != "" {
			doc.byID[id] = e
		}
		if isPackage(e, "CreationInfo") && m.Version == "" {
			m.Version = e.get("specVersion").string()
		}
	}
	for _, e := range elements {
		if isPackage(e, "Relationship") || isPackage(e, "LifecycleScopedRelationship") {
			doc.relation(e)
		}
	}
	for _, e := range aiPackages(root) {
		v := local(e, spdxName)
		for i, key := range v.keys {
			if key == "type" || key == "@type" {
				v.items[i] = &value{kind: textValue, text: spdxName(strings.Join(e.types()[:1], "")), line: v.items[i].line, up: v.items[i].up, step: v.items[i].step}
			}
		}
		m.refusals(checkSPDX(v.plain()), v)
		doc.demandLicenses(e)
		if isPackage(e, "DatasetPackage") {
			m.add(doc.dataset(e, v))
		}
	}
}

func (doc *spdxDocument) relation(r *value) {
	kind, from := r.get("relationshipType").string(), saidIn(r.get("from")).Value
	for _, to := range r.get("to").each() {
		switch kind {
		case "hasDeclaredLicense", "hasConcludedLicense":
			if doc.licenses[from] == nil {
				doc.licenses[from] = map[string][]*value{}
			}
			doc.licenses[from][kind] = append(doc.licenses[from][kind], to)
		case "testedOn":
			doc.roles[saidIn(to).Value], doc.lines[saidIn(to).Value] = "evaluation", r.get("relationshipType").place()
		}
	}
}

func idOf(e *value) string { return saidIn(first(e.get("spdxId"), e.get("@id"))).Value }

func (doc *spdxDocument) demandLicenses(e *value) {
	for _, kind := range []string{"hasDeclaredLicense", "hasConcludedLicense"} {
		if n := len(doc.licenses[idOf(e)][kind]); n != 1 {
			doc.m.refuse(Cardinality, e, "the package has %d relationships %s where the profile asks for one", n, kind)
		}
	}
}

func (doc *spdxDocument) dataset(e, v *value) Dataset {
	d := Dataset{
		Name: saidIn(v.get("name")), Licenses: []Text{}, URL: optional(first(v.get("downloadLocation"), v.get("homePage"))), Role: doc.roles[idOf(e)],
		Hashes: &Hashes{}, Pinned: new(bool),
		Provenance: Provenance{
			Collection: joinTexts(allSaidIn(v.get("dataCollectionProcess"))), Processing: joinTexts(append(allSaidIn(v.get("dataPreprocessing")), allSaidIn(v.get("anonymizationMethodUsed"))...)),
			Sensitive: &Text{},
		},
	}
	d.Leads = leads(saidIn(v.get("downloadLocation")).Value)
	if s := saidIn(v.get("hasSensitivePersonalInformation")); s.Value != "" && s.Value != "noAssertion" {
		d.Provenance.Sensitive = &s
	}
	d.Lines.Role = doc.lines[idOf(e)]
	if n, ok := v.get("datasetSize").number(); ok && n > 0 {
		d.Lines.Size = v.get("datasetSize").place()
		d.Size = &Size{n, "bytes"}
	}
	for _, to := range doc.licenses[idOf(e)]["hasDeclaredLicense"] {
		if t := doc.license(to); t.Value != "" {
			d.Licenses = append(d.Licenses, t)
		}
	}
	for _, h := range v.get("verifiedUsing").each() {
		if hex := h.get("hashValue"); !hex.isEmpty() {
			d.Hashes.Declared++
			if doc.m.digest(hex, plainAlgorithm(h.get("algorithm").string()), hex.string(), d.Name.Value, &d) {
				*d.Pinned = true
			}
		}
	}
	return d
}

// license is what a licence relationship leads to; empty where nothing is
// asserted.
func (doc *spdxDocument) license(to *value) Text {
	t := saidIn(to)
	if e := doc.byID[t.Value]; e != nil {
		t = saidIn(local(e, spdxName).first("licenseExpression", "name"))
	}
	t.Value = t.Value[strings.LastIndexByte(t.Value, '/')+1:]
	if strings.HasSuffix(t.Value, "NoAssertionLicense") || strings.HasSuffix(t.Value, "NoneLicense") || t.Value == "NOASSERTION" || t.Value == "NONE" {
		return Text{}
	}
	return t
}
