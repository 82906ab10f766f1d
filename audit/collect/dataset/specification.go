package dataset

import (
	"slices"
	"strings"

	"glassbox/audit/collect/card"
	"glassbox/schemas"
)

// The program's schemas for the formats. They compile when they are first used.
var (
	checkCroissantView   = schemas.Checker("croissant")
	checkDataPackage     = schemas.Checker("datapackage")
	checkHubCard         = schemas.Checker("dataset-card")
	checkHubInfos        = schemas.Checker("dataset-infos")
	checkSchemaOrg       = schemas.Checker("schema-org-dataset")
	checkDCAT            = schemas.Checker("dcat-dataset")
	checkTrainingSummary = schemas.Checker("training-summary")
	checkCycloneDX       = schemas.Checker("cyclonedx-ml")
	checkSPDX            = schemas.Checker("spdx-ai")
)

// faults turns what a schema finds in a view into warnings of the specification.
// at finds the place in the document for a pointer into the view.
func (m *Manifest) faults(list []schemas.Fault, at func(pointer string) *value) {
	for _, f := range list {
		kind := Schema
		if f.Keyword == "required" {
			kind = Missing
		}
		m.warn(kind, at(f.Pointer), "%s", f.Message)
	}
}

// required are the properties that the specification asks a dataset for
// (Croissant 1.0 and 1.1, "Dataset-level information"), by their addresses.
func (f *croissantFacts) required() map[string][]object {
	n := f.dataset
	out := map[string][]object{"conformsTo": n.saying(v10.iri(dct, "conformsTo"))}
	for _, name := range []string{"name", "description", "license", "url", "creator", "datePublished", "version", "inLanguage"} {
		out[name] = n.saying(schemaOrg + name)
	}
	return out
}

// specification notes what the specification asks for and the reference does
// not. It looks at the graph, so that the spelling of keys does not matter.
func (f *croissantFacts) specification() {
	view, places := map[string]any{}, map[string]*value{}
	for _, key := range []string{"@context", "@type"} {
		if v := f.root.get(key); !v.isEmpty() {
			view[key], places["/"+key] = v.plain(), v
		}
	}
	for name, objects := range f.required() {
		var list []any
		for _, o := range objects {
			if s := o.words(); s != "" || o.node != nil {
				list = append(list, s)
			}
		}
		if len(list) > 0 {
			view[name], places["/"+name] = list, objects[0].from
		}
	}
	f.m.faults(checkCroissantView(view), func(pointer string) *value {
		for p := pointer; p != ""; p = p[:strings.LastIndexByte(p, '/')] {
			if v := places[p]; v != nil {
				return v
			}
		}
		return f.dataset.from
	})
	f.placeholders()
	f.responsible()
}

// placeholders looks for text that stands in for what was never filled in.
func (f *croissantFacts) placeholders() {
	for _, iri := range []string{nameIRI, descIRI, schemaOrg + "license", schemaOrg + "url", v10.iri(cr, "citeAs"), schemaOrg + "version"} {
		f.standsIn(iri)
	}
	for _, name := range raiTerms {
		f.standsIn(v10.iri(rai, name.name))
	}
}

func (f *croissantFacts) standsIn(iri string) {
	for _, o := range f.dataset.saying(iri) {
		if s := o.words(); s != "" && card.StandsIn(s) {
			f.m.warn(Placeholder, o.from, "%s stands in for what was never filled in: %q", iri[strings.LastIndexAny(iri, "/#")+1:], clip(s, 80))
		}
	}
}

// raiTerm is a property of the vocabulary for responsible AI.
type raiTerm struct {
	name string
	many bool
	// instead is the name in the specification where the reference reads another.
	instead string
}

// raiTerms are the vocabulary of Croissant RAI 1.0, section "RAI properties",
// with the two spellings that mlcroissant 1.1.1 reads in place of those of the
// specification.
var raiTerms = []raiTerm{
	{"dataCollection", false, ""}, {"dataCollectionType", true, ""}, {"dataCollectionMissingData", false, ""}, {"dataCollectionRawData", false, ""},
	{"dataCollectionTimeframe", true, ""}, {"dataCollectionTimeFrame", true, "dataCollectionTimeframe"},
	{"dataImputationProtocol", false, ""}, {"dataManipulationProtocol", false, ""}, {"dataDataManipulationProtocol", false, "dataManipulationProtocol"},
	{"dataPreprocessingProtocol", true, ""}, {"dataAnnotationProtocol", true, ""}, {"dataAnnotationPlatform", true, ""}, {"dataAnnotationAnalysis", true, ""},
	{"dataReleaseMaintenancePlan", true, ""}, {"personalSensitiveInformation", true, ""}, {"dataSocialImpact", false, ""}, {"dataBiases", true, ""},
	{"dataLimitations", true, ""}, {"dataUseCases", true, ""}, {"annotationsPerItem", false, ""}, {"annotatorDemographics", true, ""}, {"machineAnnotationTools", true, ""},
}

// raiVersion is what conformsTo names beside the version of the format where
// the vocabulary is used.
const raiVersion = "http://mlcommons.org/croissant/RAI/1.0"

// responsible holds what is said with the vocabulary for responsible AI against
// that vocabulary.
func (f *croissantFacts) responsible() {
	space := v10.iri(rai, "")
	n, used := f.dataset, false
	for _, iri := range inOrder(n.names) {
		name, ok := strings.CutPrefix(iri, space)
		if !ok {
			continue
		}
		used = true
		objects := n.saying(iri)
		i := slices.IndexFunc(raiTerms, func(t raiTerm) bool { return t.name == name })
		switch {
		case i < 0:
			f.m.warn(UnknownTerm, objects[0].from, "the vocabulary for responsible AI has no %q", clip(name, 60))
		case raiTerms[i].instead != "":
			f.m.warn(UnknownTerm, objects[0].from, "the specification calls %s %s", name, raiTerms[i].instead)
		case !raiTerms[i].many && len(objects) > 1:
			f.m.warn(Cardinality, objects[0].from, "%s takes one value and has %d", name, len(objects))
		}
	}
	names := slices.ContainsFunc(n.texts(v10.iri(dct, "conformsTo")), func(t Text) bool { return strings.TrimSuffix(t.Value, "/") == raiVersion })
	if used && !names {
		f.m.warn(Missing, f.dataset.from, "the vocabulary for responsible AI is used, and conformsTo does not name %s", raiVersion)
	}
}
