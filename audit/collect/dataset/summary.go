package dataset

import (
	"slices"
	"strings"

	"glassbox/audit/collect/card"
)

// summaryID is what a public summary of training content calls its schema. The
// sections are those of the European Commission's template for Art. 53(1)(d) of
// Regulation (EU) 2024/1689; the form as data is ours.
const summaryID = "urn:glassbox:training-summary:v1"

// isTrainingSummary tells whether a document is a summary in our form: it names
// the schema, or has the three sections of the template under our names.
func isTrainingSummary(root *value) bool {
	if root.get("schema").string() == summaryID {
		return true
	}
	sources := root.get("sources")
	if root.get("general") == nil || root.get("processing") == nil || sources == nil || sources.kind != objectValue {
		return false
	}
	return sources.first("public_datasets", "licensed", "crawled", "user_data", "synthetic") != nil
}

// trainingSummary reads a summary. The sets that it names are described as far
// as it tells.
func (m *Manifest) trainingSummary(root *value) {
	m.Version = saidIn(root.get("version")).Value
	m.refusals(checkTrainingSummary(root.plain()), root)
	sources := root.get("sources")
	for _, key := range []string{"public_datasets", "licensed", "private_third_party", "crawled", "user_data", "synthetic", "other"} {
		if s := sources.get(key); s.isEmpty() {
			m.warn(Missing, first(sources, root), "the template asks about %s, and nothing is said of them", strings.ReplaceAll(key, "_", " "))
		}
	}
	m.Told = toldIn(root)
	languages := allSaidIn(root.get("general").get("languages"))
	for _, v := range sources.get("public_datasets").get("large").each() {
		m.summarised(v, "public", languages)
	}
	for _, v := range sources.get("private_third_party").get("datasets").each() {
		m.summarised(v, "", languages)
	}
	for _, v := range sources.get("licensed").get("datasets").each() {
		m.summarised(v, "obtainable", languages)
	}
}

func (m *Manifest) summarised(v *value, kind string, languages []Text) {
	d := Dataset{Name: saidIn(v), Kind: kind}
	d.Lines.Kind = v.place()
	if v.kind == objectValue {
		d.Name, d.URL = saidIn(v.get("name")), optional(v.get("link"))
		d.Provenance.Collection = joinTexts(append(allSaidIn(v.get("period")), allSaidIn(v.get("description"))...))
	}
	if d.Name.Value == "" || len(m.Datasets) >= maxDatasets {
		return
	}
	for _, l := range languages {
		d.speak(l)
	}
	m.Datasets = append(m.Datasets, d)
}

// toldIn lists what a summary says something of. That a kind of source was used,
// and no more, says nothing.
func toldIn(root *value) map[string]int {
	told := map[string]int{}
	sources := root.get("sources")
	for _, kind := range []string{"crawled", "licensed", "user_data", "synthetic", "public_datasets"} {
		s := sources.get(kind)
		used := s.get("used")
		if used == nil || used.kind != boolValue {
			continue
		}
		if !used.truth || slices.ContainsFunc(s.keys, func(key string) bool { return key != "used" && key != "modalities" && says(s.get(key)) }) {
			told[kind] = s.place()
		}
	}
	crawled := sources.get("crawled")
	if says(crawled.get("crawlers")) && says(crawled.get("behaviour")) {
		told["crawlers"] = crawled.get("crawlers").place()
	}
	for _, modality := range root.get("general").get("modalities").members() {
		if size := modality.first("size", "own_unit"); says(size) && told["size"] == 0 {
			told["size"] = size.place()
		}
	}
	return told
}

// says tells whether a value holds a text that stands for nothing else, or a
// number or truth.
func says(v *value) bool {
	switch {
	case v == nil:
		return false
	case v.kind == textValue:
		return strings.TrimSpace(v.text) != "" && !card.StandsIn(v.text)
	case v.kind == numberValue, v.kind == boolValue:
		return true
	}
	return slices.ContainsFunc(v.items, says)
}
