package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const goodHash = "2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"

// sound are valid manifests of every format but Croissant, each with all that
// its format asks for.
var sound = map[string]string{
	"datapackage.json": `{
 "name": "tides", "title": "Tides", "homepage": "https://aurora-lab.example/tides",
 "licenses": [{"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}],
 "sources": [{"title": "Harbour office", "path": "https://harbour.example"}],
 "resources": [
  {"name": "levels", "path": ["data/a.csv", "data/b.csv"], "bytes": 120, "hash": "sha256:` + goodHash + `"},
  {"name": "harbours", "path": "data/harbours.csv", "bytes": 30, "hash": "900150983cd24fb0d6963f7d28e17f72"}
 ]
}`,
	"README.md": `---
pretty_name: Tides of Three Harbours
license: cc-by-4.0
language:
- en
- "no"
annotations_creators:
- no-annotation
size_categories:
- n<1K
dataset_info:
  features:
  - name: label
    dtype:
      class_label:
        names:
          0: ebb
          1: flood
  splits:
  - name: train
    num_bytes: 100
    num_examples: 40
  - name: test
    num_bytes: 20
    num_examples: 8
  download_size: 90
  dataset_size: 120
---
# Dataset Card for Tides

## Dataset Creation

### Source Data

Gauges at three piers were read out each hour of the year 2025.

### Annotations

[More Information Needed]

### Personal and Sensitive Information

Nobody can be told from a water level.
`,
	"dataset_infos.json": `{"default": {
 "description": "Tides.", "citation": "", "homepage": "https://aurora-lab.example/tides", "license": "CC BY 4.0", "dataset_name": "tides",
 "features": {"level": {"dtype": "float32", "_type": "Value"}},
 "splits": {"train": {"name": "train", "num_bytes": 100, "num_examples": 40}, "test": {"name": "test", "num_bytes": 20, "num_examples": 8}},
 "download_checksums": {"https://aurora-lab.example/tides.zip": {"num_bytes": 90, "checksum": "` + goodHash + `"}},
 "download_size": 90, "dataset_size": 120, "size_in_bytes": 210
}}`,
	"schema.json": `{
 "@context": "https://schema.org/", "@type": "Dataset", "name": "Tides", "description": "Water levels at three invented harbours, read each hour of one year.",
 "license": {"@type": "CreativeWork", "url": "https://creativecommons.org/licenses/by/4.0/"}, "creator": {"@type": "Organization", "name": "Aurora Lab"},
 "identifier": "doi:10.0/tides", "version": "1.0", "url": "https://aurora-lab.example/tides", "inLanguage": ["en"],
 "distribution": [{"@type": "DataDownload", "contentUrl": "https://aurora-lab.example/tides.csv", "contentSize": "2 kB", "sha256": "` + goodHash + `"}]
}`,
	"dcat.json": `{
 "@context": {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "spdx": "http://spdx.org/rdf/terms#"},
 "@graph": [{"@type": "dcat:Catalog", "dcat:dataset": [
  {"@id": "https://aurora-lab.example/tides", "@type": "dcat:Dataset", "dct:title": {"@value": "Tides", "@language": "en"}, "dct:description": "Water levels.",
   "dcat:distribution": [{"@type": "dcat:Distribution", "dcat:accessURL": {"@id": "https://aurora-lab.example/tides.csv"}, "dcat:byteSize": "2000",
    "dct:license": {"@id": "https://creativecommons.org/licenses/by/4.0/"}, "spdx:checksum": {"spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"}, "spdx:checksumValue": "` + goodHash + `"}}]}]}]
}`,
	"summary.yaml": `schema: urn:glassbox:training-summary:v1
version: "1"
updated: 2026-03-01
general:
  provider: {name: Aurora Lab, contact: hello@aurora-lab.example}
  models: [aurora-tiny 1.0]
  placed_on_market: 2026-02
  modalities:
    text: {size: 1e9-1e13 tokens, types: [prose]}
  languages: [en, no]
sources:
  public_datasets:
    used: true
    modalities: [text]
    large:
    - name: tides
      link: https://aurora-lab.example/tides
      period: 2025
  licensed: {used: false}
  private_third_party: {used: false}
  crawled: {used: false}
  user_data: {used: false}
  synthetic: {used: false}
  other: {used: false}
processing:
  rights_reservation: {code_signatory: true, measures: Nothing was crawled.}
  illegal_content: Each text was read by two people.
`,
	"bom.json": `{
 "bomFormat": "CycloneDX", "specVersion": "1.6",
 "components": [
  {"type": "machine-learning-model", "name": "aurora-tiny", "modelCard": {"modelParameters": {"datasets": [{"ref": "tides"}, {"type": "dataset", "name": "waves", "contents": {"url": "https://aurora-lab.example/waves"}}]}}},
  {"type": "data", "name": "tides", "bom-ref": "tides", "licenses": [{"license": {"id": "CC-BY-4.0"}}], "hashes": [{"alg": "SHA-256", "content": "` + goodHash + `"}],
   "externalReferences": [{"type": "distribution", "url": "https://aurora-lab.example/tides"}], "data": [{"type": "dataset", "name": "tides", "sensitiveData": ["none"]}]}
 ]
}`,
	"spdx.json": `{
 "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
 "@graph": [
  {"type": "CreationInfo", "@id": "_:c", "specVersion": "3.0.1"},
  {"type": "dataset_DatasetPackage", "spdxId": "urn:x:tides", "creationInfo": "_:c", "name": "tides", "dataset_datasetType": ["timeseries"], "builtTime": "2026-01-01T00:00:00Z", "releaseTime": "2026-01-02T00:00:00Z",
   "originatedBy": ["urn:x:lab"], "software_downloadLocation": "https://aurora-lab.example/tides", "software_primaryPurpose": "data", "dataset_datasetSize": 2000, "dataset_dataCollectionProcess": "Gauges were read.",
   "dataset_hasSensitivePersonalInformation": "no", "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": "` + goodHash + `"}]},
  {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:x:cc", "simplelicensing_licenseExpression": "CC-BY-4.0"},
  {"type": "Relationship", "spdxId": "urn:x:r1", "from": "urn:x:tides", "relationshipType": "hasDeclaredLicense", "to": ["urn:x:cc"]},
  {"type": "Relationship", "spdxId": "urn:x:r2", "from": "urn:x:tides", "relationshipType": "hasConcludedLicense", "to": ["urn:x:cc"]},
  {"type": "Relationship", "spdxId": "urn:x:r3", "from": "urn:x:model", "relationshipType": "testedOn", "to": ["urn:x:tides"]}
 ]
}`,
}

// What is said of consent is found where people are spoken of, and which state of
// a repository an address names.
func TestConsentAndRevision(t *testing.T) {
	for text, want := range map[string]string{
		"Voices of forty people. All of them signed a consent form. Nobody is named.": "All of them signed a consent form.",
		"Nobody can be told from a water level.":                                      "",
		"Writers could opt out until May.":                                            "Writers could opt out until May.",
	} {
		card := strings.Replace(sound["README.md"], "Nobody can be told from a water level.", text, 1)
		if got := readText(t, "README.md", card).Datasets[0].Provenance.Consent; got == nil || got.Value != want || want != "" && got.Line != 41 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	for url, want := range map[string]string{
		"https://huggingface.co/datasets/a/b/resolve/0123abc/x.csv": "0123abc", "https://huggingface.co/datasets/a/b/resolve/main/x.csv": "",
		"https://github.com/a/b/raw/v1.2/x.csv": "v1.2", "https://a.example/tree/": "", "https://a.example/x.csv": "",
	} {
		m := readText(t, "schema.json", strings.Replace(sound["schema.json"], "https://aurora-lab.example/tides.csv", url, 1))
		if got := m.Datasets[0].Revision.Value; got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// Each whole manifest has its format and version, nothing wrong, and the facts
// that stand in it.
func TestWholeManifests(t *testing.T) {
	for name, want := range map[string]struct {
		format   Format
		version  string
		datasets int
	}{
		"datapackage.json": {Frictionless, "1", 1}, "README.md": {HubCard, "", 1}, "dataset_infos.json": {HubInfos, "", 1}, "schema.json": {SchemaOrg, "", 1},
		"dcat.json": {DCAT, "", 1}, "summary.yaml": {TrainingSummary, "1", 1}, "bom.json": {CycloneDX, "1.6", 2}, "spdx.json": {SPDX, "3.0.1", 1},
	} {
		m := readText(t, name, sound[name])
		if m.Format != want.format || m.Version != want.version || len(m.Datasets) != want.datasets {
			t.Errorf("%s: %s %q, %d datasets: %v", name, m.Format, m.Version, len(m.Datasets), said(m))
			continue
		}
		if valid, known := m.Valid(); !valid || !known || len(m.Warnings) > 0 {
			t.Errorf("%s: valid %v, known %v: %v", name, valid, known, problemsOf(m))
		}
		d := m.Datasets[0]
		if !strings.HasPrefix(strings.ToLower(d.Name.Value), "tides") {
			t.Errorf("%s: name %+v", name, d.Name)
		}
		if want.format != TrainingSummary && (len(d.Licenses) != 1 || !strings.Contains(strings.ToUpper(strings.ReplaceAll(d.Licenses[0].Value, "licenses/", "CC-")), "CC") || d.Licenses[0].Line == 0) {
			t.Errorf("%s: licences %+v", name, d.Licenses)
		}
		if d.URL != nil && d.URL.Value != "https://aurora-lab.example/tides" {
			t.Errorf("%s: address %+v", name, d.URL)
		}
		if d.Hashes != nil && (d.Hashes.Declared != d.Hashes.WellFormed || d.Hashes.Declared == 0 || !*d.Pinned || len(d.Digests) != d.Hashes.Declared) {
			t.Errorf("%s: hashes %+v, pinned %v", name, d.Hashes, *d.Pinned)
		}
	}
	card := readText(t, "README.md", sound["README.md"]).Datasets[0]
	if p := card.Provenance; *card.Size != (Size{48, "examples"}) || !strings.HasPrefix(p.Collection.Value, "Gauges at three piers") || p.Collection.Line != 33 || p.Labelling.Value != "" || p.Sensitive.Value == "" || p.Consent == nil || p.Consent.Value != "" || card.Lines.Languages != 5 || card.Lines.Size != 11 || !slices.Equal(card.Languages, []string{"en", "no"}) {
		t.Errorf("card: %s", written(t, card))
	}
	if d := readText(t, "spdx.json", sound["spdx.json"]).Datasets[0]; d.Role != "evaluation" || d.Lines.Role != 11 || d.Lines.Size != 6 || *d.Size != (Size{2000, "bytes"}) || d.Provenance.Sensitive.Value != "no" {
		t.Errorf("SPDX: %s", written(t, d))
	}
	if d := readText(t, "summary.yaml", sound["summary.yaml"]).Datasets[0]; d.Kind != "public" || !slices.Equal(d.Languages, []string{"en", "no"}) || d.Licenses != nil {
		t.Errorf("summary: %s", written(t, d))
	}
	if d := readText(t, "datapackage.json", sound["datapackage.json"]).Datasets[0]; *d.Size != (Size{150, "bytes"}) || d.Provenance.Collection.Value != "https://harbour.example" {
		t.Errorf("data package: %s", written(t, d))
	}
}

func problemsOf(m *Manifest) string {
	var b strings.Builder
	for _, p := range slices.Concat(m.Errors, m.Warnings) {
		b.WriteString("\n " + string(p.Kind) + " " + p.Pointer + ": " + p.Message)
	}
	return b.String()
}

// One thing wrong in a manifest of each format, and how it is told.
func TestOneFaultInOtherFormats(t *testing.T) {
	for _, e := range []edit{
		{"path with dots", "datapackage.json", `data/harbours.csv`, `../harbours.csv`, []string{"error path_escape 7 /resources/1/path"}},
		{"dots inside", "datapackage.json", `data/a.csv`, `data/../../a.csv`, []string{"error path_escape 6 /resources/0/path/0"}},
		{"backslashes", "datapackage.json", `data/a.csv`, `data\\..\\..\\a.csv`, []string{"error path_escape 6 /resources/0/path/0"}},
		{"absolute path", "datapackage.json", `data/harbours.csv`, `/etc/passwd`, []string{"error path_escape 7 /resources/1/path"}},
		{"path on a drive", "datapackage.json", `data/harbours.csv`, `C:/harbours.csv`, []string{"error path_escape 7 /resources/1/path"}},
		{"other scheme", "datapackage.json", `data/harbours.csv`, `file:///etc/passwd`, []string{"error path_escape 7 /resources/1/path"}},
		{"mixed paths", "datapackage.json", `"data/b.csv"`, `"https://aurora-lab.example/b.csv"`, []string{"error schema 6 /resources/0/path"}},
		{"name twice", "datapackage.json", `"name": "harbours"`, `"name": "levels"`, []string{"error duplicate_id 7 /resources/1/name"}},
		{"no resources", "datapackage.json", `"resources"`, `"files"`, []string{"error missing 1 "}},
		{"resource without path", "datapackage.json", `"path": "data/harbours.csv", `, ``, []string{"error schema 7 /resources/1"}},
		{"no licence in the package", "datapackage.json", `"licenses"`, `"rights"`, []string{"spec missing 1 "}},
		{"source without title", "datapackage.json", `"title": "Harbour office", `, ``, []string{"error missing 4 /sources/0"}},
		{"digest of no known shape", "datapackage.json", `"900150983cd24fb0d6963f7d28e17f72"`, `"md5 900150983"`, []string{"error schema 7 /resources/1/hash", "spec hash_shape 7 /resources/1/hash"}},
		{"name in capitals", "datapackage.json", `"name": "harbours"`, `"name": "Harbours"`, []string{"error schema 7 /resources/1/name"}},
		{"data and path", "datapackage.json", `"name": "harbours", "path"`, `"name": "harbours", "data": [1], "path"`, []string{"error schema 7 /resources/1"}},
		{"licence of SPDX", "README.md", `license: cc-by-4.0`, `license: GPL-2.0-or-later`, []string{"error bad_license 3 /license"}},
		{"unknown licence", "README.md", `license: cc-by-4.0`, `license: ours`, []string{"error bad_license 3 /license"}},
		{"unknown size", "README.md", `- n<1K`, `- small`, []string{"spec schema 9 /size_categories"}},
		{"broken front matter", "README.md", `language:`, `language: [`, []string{"error invalid_yaml"}},
		{"configuration without features", "dataset_infos.json", `"num_bytes": 100, `, ``, []string{"error missing 4 /default/splits/train"}},
		{"no checksum", "dataset_infos.json", goodHash, `abc`, []string{"spec hash_shape 5 /default/download_checksums/https:~1~1aurora-lab.example~1tides.zip/checksum"}},
		{"no name", "schema.json", `"name": "Tides", `, ``, []string{"error missing 1 "}},
		{"description too short", "schema.json", ` at three invented harbours, read each hour of one year`, ``, []string{"spec schema 2 /description"}},
		{"no identifier", "schema.json", `"identifier"`, `"id"`, []string{"spec missing 1 "}},
		{"no title", "dcat.json", `dct:title`, `dct:subject`, []string{"error missing 4 /@graph/0/dcat:dataset/0"}},
		{"nothing to get", "dcat.json", `dcat:accessURL`, `dcat:mirror`, []string{"error schema 5 /@graph/0/dcat:dataset/0/dcat:distribution"}},
		{"order of size of our own", "summary.yaml", `1e9-1e13 tokens`, `lots`, []string{"error schema 9 /general/modalities/text/size"}},
		{"no provider", "summary.yaml", `name: Aurora Lab, `, ``, []string{"error missing 5 /general/provider"}},
		{"nothing said of users", "summary.yaml", `  user_data: {used: false}`, ``, []string{"spec missing 11 /sources"}},
		{"summary that is no YAML", "summary.yaml", `version: "1"`, `version: "1`, []string{"error invalid_yaml"}},
		{"model that is no model card", "bom.json", `"type": "dataset", "name": "waves"`, `"name": "waves"`, []string{"error schema 4 /components/0/modelCard/modelParameters/datasets/1"}},
		{"old version", "bom.json", `"1.6"`, `"1.4"`, []string{"error schema 2 /specVersion"}},
		{"reference to nothing", "bom.json", `{"ref": "tides"}`, `{"ref": "tide"}`, []string{"spec dangling_reference 4 /components/0/modelCard/modelParameters/datasets/0/ref"}},
		{"unknown property of a model card", "bom.json", `"modelCard": {`, `"modelCard": {"mood": "good", `, []string{"error schema 4 /components/0/modelCard/mood"}},
		{"digest of a later version", "bom.json", `"SHA-256"`, `"Streebog-256"`, []string{"error schema 5 /components/1/hashes/0/alg", "spec hash_shape"}},
		{"owner that is two", "bom.json", `"sensitiveData": ["none"]`, `"governance": {"owners": [{"organization": {}, "contact": {}}]}`, []string{"error schema 6 /components/1/data/0/governance/owners/0"}},
		{"licence by id and name", "bom.json", `{"id": "CC-BY-4.0"}`, `{"id": "CC-BY-4.0", "name": "x"}`, []string{"error schema 5 /components/1/licenses/0/license"}},
		{"later property", "bom.json", `"type": "data", "name": "tides"`, `"type": "data", "isExternal": true, "name": "tides"`, []string{"error schema 5 /components/1/isExternal"}},
		{"unknown algorithm", "bom.json", `"SHA-256"`, `"CRC-32"`, []string{"error schema 5 /components/1/hashes/0/alg", "spec hash_shape"}},
		{"no purpose", "spdx.json", `"software_primaryPurpose": "data", `, ``, []string{"error missing 5 /@graph/1"}},
		{"no concluded licence", "spdx.json", `hasConcludedLicense`, `contains`, []string{"error cardinality 5 /@graph/1"}},
		{"presence of no kind", "spdx.json", `"dataset_hasSensitivePersonalInformation": "no"`, `"dataset_hasSensitivePersonalInformation": "some"`, []string{"error schema 7 /@graph/1/dataset_hasSensitivePersonalInformation"}},
	} {
		if !strings.Contains(sound[e.from], e.old) {
			t.Fatalf("%s: %s does not hold %q", e.name, e.from, e.old)
		}
		m := readText(t, e.from, strings.Replace(sound[e.from], e.old, e.new, 1))
		got := said(m)
		for _, want := range e.want {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("%s: no %q among\n%s", e.name, want, strings.Join(got, "\n"))
			}
		}
		for _, s := range got {
			if !slices.ContainsFunc(e.want, func(want string) bool { return strings.HasPrefix(s, want[:strings.LastIndexByte(want, ' ')]) }) {
				t.Errorf("%s: also %q", e.name, s)
			}
		}
	}
}

// A licence that nobody asserts is none, and a card of a model is no manifest.
func TestWhatSaysNothing(t *testing.T) {
	m := readText(t, "spdx.json", strings.Replace(sound["spdx.json"], `"simplelicensing_licenseExpression": "CC-BY-4.0"`, `"simplelicensing_licenseExpression": "NOASSERTION"`, 1))
	if d := m.Datasets[0]; len(d.Licenses) != 0 || len(m.Errors) != 0 {
		t.Errorf("%+v, %v", d.Licenses, said(m))
	}
	for name, text := range map[string]string{
		"README.md": "---\nlicense: mit\npipeline_tag: text-generation\nbase_model: a/b\n---\n# Model Card for X\n",
		"space.md":  "---\ntitle: Demo\nsdk: gradio\nemoji: x\n---\n",
		"bom.json":  `{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "x"}]}`,
		"spdx.json": `{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{"type": "software_Package", "name": "x"}]}`,
		"ci.yaml":   "sources:\n- a\n", "mix.yaml": "general: x\nsources: y\nprocessing: z\n",
	} {
		if m := readText(t, name, text); m.Format != "" || len(m.Datasets) > 0 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// The published cards of data are read as such, all of them in half a second.
func TestPublishedCards(t *testing.T) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	files, _ := filepath.Glob(filepath.Join(root, "dataset-cards", "*.md"))
	var cards [][]byte
	for _, file := range files {
		if filepath.Base(file) == "SOURCE.md" {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cards = append(cards, data)
	}
	if len(cards) != 281 {
		t.Fatalf("%d cards", len(cards))
	}
	counts := map[string]int{}
	start := time.Now()
	for _, data := range cards {
		m, err := Read("README.md", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		counts[string(m.Format)]++
		if len(m.Datasets) != 1 {
			continue
		}
		d := m.Datasets[0]
		for what, is := range map[string]bool{"valid": len(m.Errors) == 0, "name": d.Name.Value != "", "license": len(d.Licenses) > 0, "languages": len(d.Languages) > 0, "collection": d.Provenance.Collection.Value != "", "labelling": d.Provenance.Labelling.Value != "", "sensitive": d.Provenance.Sensitive.Value != ""} {
			if is {
				counts[what]++
			}
		}
	}
	t.Logf("%v in %v", counts, time.Since(start))
	if counts[string(HubCard)] < 278 || counts["name"] != counts[string(HubCard)] {
		t.Errorf("%v", counts)
	}
}
