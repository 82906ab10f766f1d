package dataset

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
)

// fuzzRead reads hostile bytes under one name. Whatever they are: it ends, the
// same bytes give the same answer, lists keep their bounds, and what is said has
// a place in the document.
func fuzzRead(f *testing.F, name string, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read(name, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.Count(data, []byte("\n")) + bytes.Count(data, []byte("\r")) + 2
		for _, p := range slices.Concat(m.Errors, m.Warnings) {
			if p.Line < 0 || p.Line > lines || p.Kind == "" || p.Message == "" || p.Source == "" {
				t.Errorf("%+v in %d lines", p, lines)
			}
		}
		if len(m.Errors) > maxProblems || len(m.Warnings) > maxProblems || len(m.Datasets) > maxDatasets {
			t.Errorf("%d errors, %d warnings, %d datasets", len(m.Errors), len(m.Warnings), len(m.Datasets))
		}
		if m.Format == "" && (len(m.Datasets) > 0 || len(m.Errors) > 0) {
			t.Errorf("no manifest, and yet %+v", m)
		}
		for _, d := range m.Datasets {
			if d.Hashes != nil && d.Hashes.WellFormed > d.Hashes.Declared {
				t.Errorf("%+v", d.Hashes)
			}
		}
		first, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Read(name, bytes.NewReader(data), int64(len(data)))
		if second, _ := json.Marshal(again); !bytes.Equal(first, second) {
			t.Errorf("\n%s\n%s", first, second)
		}
	})
}

func FuzzCroissant(f *testing.F) {
	var seeds []string
	for _, data := range sampleManifests(f) {
		seeds = append(seeds, string(data))
	}
	slices.Sort(seeds)
	fuzzRead(f, "metadata.json", seeds...)
}

func FuzzDataPackage(f *testing.F) { fuzzRead(f, "datapackage.json", sound["datapackage.json"]) }
func FuzzHubCard(f *testing.F)     { fuzzRead(f, "README.md", sound["README.md"]) }
func FuzzHubInfos(f *testing.F)    { fuzzRead(f, "dataset_infos.json", sound["dataset_infos.json"]) }
func FuzzCatalog(f *testing.F)     { fuzzRead(f, "a.json", sound["schema.json"], sound["dcat.json"]) }
func FuzzSummary(f *testing.F)     { fuzzRead(f, "summary.yaml", sound["summary.yaml"]) }
func FuzzSummaryJSON(f *testing.F) {
	fuzzRead(f, "summary.json", `{"schema": "urn:glassbox:training-summary:v1", "version": "1", "sources": {"crawled": {"used": true}}}`)
}
func FuzzCycloneDX(f *testing.F) { fuzzRead(f, "bom.json", sound["bom.json"]) }
func FuzzSPDX(f *testing.F)      { fuzzRead(f, "spdx.json", sound["spdx.json"]) }
func FuzzJSONPath(f *testing.F) {
	f.Add("$.a[*]..b")
	f.Fuzz(func(t *testing.T, path string) { _ = checkJSONPath(path) })
}
