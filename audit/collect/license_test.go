package collect_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/testdata/release"
)

const mit = `MIT License

Copyright (c) 2026 Somebody

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
`

// What is declared, which texts are there, and what they come to together.
func TestTermsOfTheWeights(t *testing.T) {
	apache, nc := string(release.Apache()), "You may use the model for non-commercial purposes only. Commercial use is prohibited.\n"
	policy := "# Acceptable Use Policy\n\nYou agree you will not use, or allow others to use, the model for military purposes.\n"
	modified := strings.Replace(mit, "The above copyright", "The Software may not be used by companies with more than 100 million monthly active users.\n\nThe above copyright", 1)
	for _, c := range []struct {
		name, license string
		texts         map[string]string
		everyUse      any // of the weights; absent: unknown
		agree         any
		word          string // of license-allows-every-use
	}{
		{"label and text agree", "apache-2.0", map[string]string{"LICENSE": apache}, true, true, "met"},
		{"label alone", "apache-2.0", nil, true, nil, "claimed"},
		{"text alone", "", map[string]string{"LICENSE": apache}, true, nil, "claimed"},
		{"neither", "", nil, nil, nil, "not shown"},
		{"label and another text", "mit", map[string]string{"LICENSE": apache}, true, false, "claimed"},
		{"a text that restricts", "mit", map[string]string{"LICENSE": nc}, false, false, "not met"},
		{"a changed standard text", "mit", map[string]string{"LICENSE": modified}, false, false, "not met"},
		{"two texts, a choice", "apache-2.0", map[string]string{"LICENSE-APACHE": apache, "LICENSE-MIT": mit}, true, true, "met"},
		{"a restricting text beside", "apache-2.0", map[string]string{"LICENSE": apache, "COPYING": nc}, false, true, "not met"},
		{"a policy that restricts", "apache-2.0", map[string]string{"LICENSE": apache, "USE_POLICY.md": policy}, false, true, "not met"},
		{"a policy without a licence", "", map[string]string{"USE_POLICY.md": policy}, false, nil, "not met"},
		{"a policy of others", "apache-2.0", map[string]string{"LICENSE": apache, "vendor/base/USE_POLICY.md": policy}, true, true, "met"},
		{"a policy that advises", "apache-2.0", map[string]string{"LICENSE": apache, "USAGE_POLICY.md": "# Usage policy\n\nThis page is advice and adds no condition.\n\n- we advise against use in court\n"}, true, true, "met"},
		{"a policy in plain words", "apache-2.0", map[string]string{"LICENSE": apache, "ACCEPTABLE_USE.md": "# Prohibited uses\n\nThe model must not be used to harm people.\n"}, false, true, "not met"},
		{"a guide to use forbids nothing", "apache-2.0", map[string]string{"LICENSE": apache, "USAGE.md": "# Usage\n\nLoad the model and let it answer the questions that you have.\n"}, true, true, "met"},
		{"alternatives", "mit OR apache-2.0", map[string]string{"LICENSE": mit}, true, true, "met"},
		{"a family names no licence", "cc", nil, nil, nil, "unknown"},
		{"unknown to the table", "acme-1.0", nil, nil, nil, "unknown"},
		{"a restricting label", "cc-by-nc-4.0", nil, false, nil, "not met"},
		{"a notice concludes nothing", "apache-2.0", map[string]string{"NOTICE": apache}, true, nil, "claimed"},
		{"only a header", "apache-2.0", map[string]string{"LICENSE": "Licensed under the Apache License, Version 2.0\n"}, true, nil, "claimed"},
	} {
		files := fstest.MapFS{"README.md": {Data: []byte("# A model\n\nIt does what it does.\n")}}
		if c.license != "" {
			files["README.md"] = &fstest.MapFile{Data: []byte("---\nlicense: " + c.license + "\n---\n# A model\n\nIt does what it does.\n")}
		}
		for name, text := range c.texts {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		ev := gather(t, files)
		if v, _ := ev.Get("/licenses/components/weights/allows_every_use"); v != c.everyUse {
			t.Errorf("%s: allows_every_use is %v, want %v", c.name, v, c.everyUse)
		}
		if v, _ := ev.Get("/licenses/components/weights/agree"); v != c.agree {
			t.Errorf("%s: agree is %v, want %v", c.name, v, c.agree)
		}
		for _, f := range newBench(t).report(ev).Findings {
			if f.Rule == "license-allows-every-use" && f.Word != c.word {
				t.Errorf("%s: %s is %q, want %q", c.name, f.Rule, f.Word, c.word)
			}
		}
	}
}

// Where a tag puts the weights under terms that are not open, a card that names
// open ones does not make them so.
func TestTagsCloseTheWeights(t *testing.T) {
	for tag, want := range map[string]any{"MIT": true, "CC-BY-NC-4.0": false} {
		ev := gather(t, fstest.MapFS{
			"README.md":         {Data: []byte("---\nlicense: mit\n---\n# A model\n")},
			"REUSE.toml":        {Data: []byte("version = 1\n[[annotations]]\npath = \"*.safetensors\"\nSPDX-License-Identifier = \"" + tag + "\"\n")},
			"model.safetensors": {Data: []byte("\x02\x00\x00\x00\x00\x00\x00\x00{}")},
		})
		for _, right := range []string{"open_license", "osi_approved", "allows_every_use"} {
			if v, _ := ev.Get("/licenses/components/weights/" + right); v != want {
				t.Errorf("tag %s: %s is %v, want %v", tag, right, v, want)
			}
		}
	}
}

// So does the header of the weights, beside a card and a text that agree.
func TestHeadersCloseTheWeights(t *testing.T) {
	for name, want := range map[string]any{"apache-2.0": true, "cc-by-nc-4.0": false, "acme-1.0": true} {
		header := `{"__metadata__":{"license":"` + name + `"}}`
		ev := gather(t, fstest.MapFS{
			"README.md":         {Data: []byte("---\nlicense: apache-2.0\n---\n# A model\n")},
			"LICENSE":           {Data: release.Apache()},
			"model.safetensors": {Data: append([]byte{byte(len(header)), 0, 0, 0, 0, 0, 0, 0}, header...)},
		})
		for _, right := range []string{"open_license", "osi_approved", "allows_every_use"} {
			if v, _ := ev.Get("/licenses/components/weights/" + right); v != want {
				t.Errorf("header %s: %s is %v, want %v", name, right, v, want)
			}
		}
		if src := ev.SourcesAt("/licenses/components/weights/allows_every_use"); want == false && (len(src) == 0 || src[0].Path != "model.safetensors") {
			t.Errorf("header %s: denied by %+v", name, src)
		}
	}
}

// A second text is no reason to take it away: hiding it raises no floor unless
// it restricts, and then a finding names it.
func TestASecondTextIsNotWorthHiding(t *testing.T) {
	b := newBench(t)
	for _, second := range []string{mit, "An unknown text that says little about anything at all.\n", string(release.Apache())} {
		all := maps.Clone(release.Exemplary())
		all["COPYING"] = &fstest.MapFile{Data: []byte(second)}
		before := floors(b.report(gather(t, all)))
		for _, name := range []string{"COPYING", "LICENSE"} {
			less := maps.Clone(all)
			delete(less, name)
			up := rises(before, floors(b.report(gather(t, less))))
			up = slices.DeleteFunc(up, func(s string) bool { return !strings.HasPrefix(s, "glassbox ") }) // to which terms code is under, a text that nobody knows is an answer less
			if len(up) > 0 {
				t.Errorf("second text %.20q: without %s: %v", second, name, up)
			}
		}
	}
}

// A card of the Model Card Toolkit is a card, in a release as well as alone.
func TestJSONCards(t *testing.T) {
	text := `{"schema_version": "0.0.2", "model_details": {"name": "X", "licenses": [{"identifier": "Apache-2.0"}]},
 "considerations": {"limitations": [{"description": "It fails in the dark, in the rain, and on insects that are smaller than a fingernail or faster than a bee."}]}}`
	ev := gather(t, fstest.MapFS{"model_card.json": {Data: []byte(text)}})
	if v, _ := ev.Get("/card/present"); v != true {
		t.Errorf("/card/present is %v", v)
	}
	if v, _ := ev.Get("/card/sections/limitations/words"); v != int64(22) {
		t.Errorf("%v words of limitations", v)
	}
	if v, _ := ev.Get("/licenses/declared/0/id"); v != "Apache-2.0" {
		t.Errorf("declared licence %v", v)
	}
	if v := newBench(t).report(ev).Verdict; v.Code != 0 {
		t.Errorf("%+v", v)
	}
}

// A text among those that REUSE gathers makes no part of a release that is not
// there.
func TestTextsMakeNoParts(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md":        {Data: []byte("---\nlicense: mit\n---\n# A model\n")},
		"LICENSES/MIT.txt": {Data: []byte(mit)},
	})
	if v, ok := ev.Get("/licenses/components/data"); ok {
		t.Errorf("there are data: %v", v)
	}
	if v, _ := ev.Get("/licenses/components/weights/agree"); v != true {
		t.Errorf("the weights' text agrees: %v", v)
	}
}
