package collect_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
)

// A manifest is found by what stands in it, whatever it is called, and its
// digests are counted and recomputed.
func TestManifestsFoundByContent(t *testing.T) {
	data := "a,b\n1,2\n"
	sum := fmt.Sprintf("%x", sha256.Sum256([]byte(data)))
	pack := fmt.Sprintf(`{"name": "tides", "licenses": [{"name": "CC0-1.0"}], "resources": [{"name": "a", "path": "a.csv", "bytes": 8, "hash": "sha256:%s"}, {"name": "b", "path": "https://x.example/b.csv", "hash": "sha256:%s"}]}`, sum, sum)
	summary := "schema: urn:glassbox:training-summary:v1\nversion: 1\nsources:\n  public_datasets:\n    used: true\n    large:\n    - {name: waves, link: https://x.example/waves}\n"
	ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "data/ours.json": file(pack), "data/a.csv": file(data), "docs/content.yaml": file(summary), "docs/other.yaml": file("sources: [a]\n"), "notes.json": file(`{"resources": "none"}`)})
	for pointer, want := range map[string]any{
		"/datasets/0/name": "tides", "/datasets/0/shown": true, "/datasets/0/license": "CC0-1.0", "/datasets/0/pinned": true, "/datasets/0/manifest/format": "frictionless", "/datasets/0/manifest/valid": true,
		"/datasets/0/manifest/warnings/0/source": "spec", "/datasets/0/hashes/declared": int64(2), "/datasets/0/hashes/well_formed": int64(2), "/datasets/0/hashes/checked": int64(1), "/datasets/0/provenance/collection": nil,
		"/datasets/1/name": "waves", "/datasets/1/kind": "public", "/datasets/1/manifest/valid": false, "/datasets/1/url": "https://x.example/waves", "/checksums/published/0/origin": "frictionless",
	} {
		if got, ok := ev.Get(pointer); !ok || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is %v, %v; want %v", pointer, got, ok, want)
		}
	}
	if v, ok := ev.Get("/datasets/2"); ok {
		t.Errorf("also %v", v)
	}
	if src := ev.SourcesAt("/datasets/1/url"); len(src) != 1 || src[0].Path != "docs/content.yaml" || src[0].Line != 7 || src[0].Level != audit.Claimed {
		t.Errorf("the address stands at %+v", src)
	}
}

// A card of data is one under any name, and so is a manifest; pages and cards of
// models under such names are none.
func TestCardsOfDataFoundByContent(t *testing.T) {
	ofData := "---\npretty_name: %s\nlicense: cc-by-4.0\nlanguage: [de]\nsize_categories: [n<1K]\n---\n# %[1]s\n\nLetters of three archives.\n"
	ev := gather(t, fstest.MapFS{
		"README.md": file("# A\n"), "docs/letters.md": file(fmt.Sprintf(ofData, "letters")), "tides.md": file("# Dataset Card for tides\n\n## Dataset Creation\n\nGauges were read.\n\n## Data Fields\n\nOne.\n"),
		"notes.md": file("---\ntitle: Notes\n---\n# Notes\n\nOn the Dataset Card of letters.\n"), "old.md": file("---\nlibrary_name: x\nbase_model: y\nviewer: false\n---\n# An older model\n"),
		"waves.jsonld": file(`{"@context": "https://schema.org/", "@type": "Dataset", "name": "waves", "description": "x", "distribution": [{"contentUrl": "https://x.example/a.csv"}]}`),
	})
	v, _ := ev.Get("/datasets")
	got := map[string]any{}
	for _, d := range v.([]any) {
		m := d.(map[string]any)
		got[m["name"].(string)] = m["manifest"].(map[string]any)["format"]
	}
	if want := map[string]any{"letters": "dataset_card", "tides": "dataset_card", "waves": "schema_org"}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if at := ev.SourcesAt("/datasets/1/languages"); len(at) == 0 || at[0].Path != "docs/letters.md" && at[0].Path != "tides.md" {
		t.Errorf("%+v", at)
	}
}

// A card of the data and its manifest that name other terms contradict each
// other, and so do a name and an address on the Hub.
func TestCardsAgainstManifests(t *testing.T) {
	manifest := `{"@context": "https://schema.org/", "@type": "Dataset", "name": "corpus", "description": "x", "license": "%s", "url": "%s", "distribution": [{"contentUrl": "a.csv"}]}`
	for _, c := range []struct {
		card, license, url string
		want               []any
	}{
		{"mit", "https://spdx.org/licenses/MIT.html", "https://huggingface.co/datasets/acme/corpus", []any{true, true}},
		{"mit", "apache-2.0", "https://huggingface.co/datasets/acme/corpus", []any{false, true}},
		{"mit", "mit", "https://huggingface.co/datasets/other/corpus", []any{true, false}},
		{"mit", "our very own terms", "https://acme.example", []any{nil}},
		{"", "mit", "https://acme.example", nil},
	} {
		all := fstest.MapFS{"README.md": file("---\ndatasets: [acme/corpus]\n---\n# A\n"), "data.json": file(fmt.Sprintf(manifest, c.license, c.url))}
		if c.card != "" {
			all["corpus/README.md"] = file("---\nlicense: " + c.card + "\ntask_categories: [other]\n---\n# Dataset Card for corpus\n")
		}
		ev := gather(t, all)
		v, _ := ev.Get("/relations/datasets")
		list, _ := v.([]any)
		var got []any
		for _, r := range list {
			got = append(got, r.(map[string]any)["agree"])
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("card %s, manifest %s at %s: %v, want %v", c.card, c.license, c.url, got, c.want)
		}
		if d, _ := ev.Get("/datasets"); len(d.([]any)) != 1 {
			t.Errorf("%d sets of data", len(d.([]any)))
		}
	}
}

// A manifest cut off by a limit takes the facts about data with it: what it says
// may not be all.
func TestManifestOverALimit(t *testing.T) {
	deep := `{"@context": {"cr": "http://mlcommons.org/croissant/"}, "@type": "Dataset", "x": ` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}"
	ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "croissant.json": file(deep)})
	if v, ok := ev.Get("/datasets"); ok {
		t.Errorf("%v", v)
	}
	if limits := ev.Limits(); len(limits) == 0 || limits[0] != "/datasets" {
		t.Errorf("%v", limits)
	}
}

// Languages and revisions of the same data that cannot both be right contradict
// each other; where they may be the same, nothing is said.
func TestLanguagesAndRevisionsOfData(t *testing.T) {
	for _, c := range []struct {
		revision, spoken, state, languages string
		want                               []any
	}{
		{"", "[de]", "main", `["fr"]`, []any{false}},
		{"", "[en, de]", "main", `["eng", "German"]`, []any{true}},
		{"", "[en-US]", "main", `"en"`, []any{true}},
		{"", "[en, de]", "main", `"en"`, []any{nil}},
		{"", "[luo]", "main", `"en"`, []any{nil}},
		{"@0123abc", "[en]", "0123abcdef", `"en"`, []any{true, true}},
		{"@0123abc", "[en]", "fedcba9", `"en"`, []any{true, false}},
		{"@v2", "[en]", "v1", `"en"`, []any{true, false}},
		{"@v2", "[en]", "0123abc", `"en"`, []any{true, nil}},
	} {
		ev := gather(t, fstest.MapFS{
			"README.md":        file("---\ndatasets:\n- acme/corpus" + c.revision + "\n---\n# A\n"),
			"corpus/README.md": file("---\ntask_categories: [other]\nlanguage: " + c.spoken + "\n---\n# Dataset Card for corpus\n"),
			"data.json":        file(`{"@context": "https://schema.org/", "@type": "Dataset", "name": "corpus", "description": "x", "inLanguage": ` + c.languages + `, "distribution": [{"contentUrl": "https://huggingface.co/datasets/acme/corpus/resolve/` + c.state + `/a.csv"}]}`),
		})
		v, _ := ev.Get("/relations/datasets")
		list, _ := v.([]any)
		var got []any
		for _, r := range list {
			got = append(got, r.(map[string]any)["agree"])
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// What data was used for is taken from the text that names it, never from a
// denial, and never where the text says two things.
func TestRolesOfData(t *testing.T) {
	for text, want := range map[string]any{
		"The model was pretrained on acme/corpus-v2.":                                                         "pretraining",
		"## Fine-tuning data\n\nLetters of acme/corpus-v2.":                                                   "finetuning",
		"It was fine-tuned on corpus-v2.":                                                                     "finetuning",
		"It was not pretrained on acme/corpus-v2.":                                                            nil,
		"It was pretrained and fine-tuned on acme/corpus-v2.":                                                 nil,
		"It was pretrained on acme/corpus-v2.\n\nLater it was fine-tuned on acme/corpus-v2.":                  nil,
		"The pretrained model was evaluated on acme/corpus-v2.":                                               nil,
		"It was pretrained on acme/corpus-v22.":                                                               nil,
		"It was pretrained on a corpus.":                                                                      nil,
		"## Pretraining\n\nWe used two sets.\n\n## Evaluation\n\nScores on the test split of acme/corpus-v2.": nil,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("---\ndatasets: [acme/corpus-v2]\n---\n# A\n\n" + text + "\n")})
		got, _ := ev.Get("/datasets/0/role")
		if got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		if src := ev.SourcesAt("/datasets/0/role"); want != nil && (len(src) != 1 || src[0].Line < 6 || src[0].Level != audit.Claimed) {
			t.Errorf("%q is told by %+v", text, src)
		}
	}
}

// Of several manifests of the same data none hides another: each is told with
// what is wrong in it, one that is not valid is enough, and licences that differ
// are a contradiction.
func TestSeveralManifestsOfTheSameData(t *testing.T) {
	manifest := func(license, more string) string {
		return `{"@context": "https://schema.org/", "@type": "Dataset", "name": "corpus", "description": "x", "license": "` + license + `"` + more + `, "distribution": [{"contentUrl": "a.csv"}]}`
	}
	pack := `{"name": "corpus", "licenses": [{"name": "MIT"}], "resources": [{"name": "a", "path": "../a.csv"}]}`
	for _, names := range [][2]string{{"a.json", "b.json"}, {"b.json", "a.json"}} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), names[0]: file(manifest("apache-2.0", "")), names[1]: file(pack)})
		if list, _ := ev.Get("/datasets"); len(list.([]any)) != 1 {
			t.Errorf("%d sets of data", len(list.([]any)))
		}
		if v, _ := ev.Get("/datasets/0/manifests_valid"); v != false {
			t.Errorf("%v: all are valid: %v", names, v)
		}
		if src := ev.SourcesAt("/datasets/0/manifests_valid"); len(src) != 1 || src[0].Path != names[1] || src[0].Level != audit.Verified {
			t.Errorf("%v: told by %+v", names, src)
		}
		first, _ := ev.Get("/datasets/0/manifest/path")
		second, _ := ev.Get("/datasets/0/other_manifests/0/path")
		if first != "a.json" || second != "b.json" {
			t.Errorf("%v: manifests %v and %v", names, first, second)
		}
		if v, _ := ev.Get("/relations/datasets/0/agree"); v != false {
			t.Errorf("%v: two licences agree: %v", names, v)
		}
	}
	same := gather(t, fstest.MapFS{"README.md": file("---\ndatasets: ['', '@x', corpus]\n---\n# A\n"), "a.json": file(manifest("mit", "")), "b.json": file(manifest("MIT", ""))})
	for pointer, want := range map[string]any{"/datasets/0/manifests_valid": true, "/relations/datasets/0/agree": true} {
		if got, _ := same.Get(pointer); got != want {
			t.Errorf("%s is %v", pointer, got)
		}
	}
	if list, _ := same.Get("/datasets"); len(list.([]any)) != 1 {
		t.Errorf("sets of data without a name: %v", list)
	}
}

// What stands in the place of a fact about data is none.
func TestPlaceholdersOfDataTellNothing(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md": file("# A\n"),
		"a/README.md": file("---\nlicense: unknown\ntask_categories: [other]\nlanguage: ['[More Information Needed]']\n---\n# Dataset Card for waves\n\n## Dataset Creation\n\n### Source Data\n\n" +
			"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.\n\n### Annotations\n\nWe do not disclose any details about annotations.\n\n### Personal and Sensitive Information\n\nProvide information about personal data here.\n"),
		"b.json": file(`{"@context": "https://schema.org/", "@type": "Dataset", "name": "tides", "description": "x", "license": "TODO", "url": "[More Information Needed]", "inLanguage": "TBD",
 "measurementTechnique": "We cannot disclose how the data was collected.", "distribution": [{"contentUrl": "a.csv"}]}`),
	})
	list, _ := ev.Get("/datasets")
	if len(list.([]any)) != 2 {
		t.Fatalf("%v", list)
	}
	for i := range 2 {
		for _, fact := range []string{"license", "languages", "url", "provenance/collection", "provenance/labelling", "provenance/sensitive", "provenance/consent"} {
			if v, ok := ev.Get(fmt.Sprintf("/datasets/%d/%s", i, fact)); ok && v != nil {
				t.Errorf("%s of set %d is %v", fact, i, v)
			}
		}
	}
}
