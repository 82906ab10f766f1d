package license

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestStates(t *testing.T) {
	for _, c := range []struct {
		name, text string
		state      State
	}{
		{"empty", "", StateEmpty},
		{"blank", " \n\t\n", StateEmpty},
		{"pdf", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", StatePDF},
		{"html", "\n<!DOCTYPE html>\n<html><body>MIT License</body></html>", StateHTML},
		{"binary", "\x7fELF\x02\x01\x01\x00\x00\x00", StateBinary},
		{"controls", "abc\x01\x02\x03\x04def", StateBinary},
		{"lfs", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 11358\n", StateLFS},
		{"large", strings.Repeat("all work and no play\n", 1+MaxText/21), StateTooLarge},
		{"pointer", "https://example.com/models/blob/main/LICENSE\n", StatePointer},
		{"tag", "SPDX-FileCopyrightText: 2024 Someone\nSPDX-License-Identifier: Apache-2.0\n", StatePointer},
		{"name", "Apache License 2.0\n", StatePointer},
		{"elsewhere", "The model follows our community license agreement, see [the agreement](./Community_License.pdf).\n", StateTermsInPDF},
		{"prose", "You may look at the model, and that is all there is to say about it.", StateText},
	} {
		x := Identify("LICENSE", []byte(c.text))
		if x.State != c.state || x.Concluded != "" {
			t.Errorf("%s: state %s, concluded %q; want %s", c.name, x.State, x.Concluded, c.state)
		}
	}
}

func TestPointers(t *testing.T) {
	for _, c := range []struct{ text, url, declares, found string }{
		{"See https://creativecommons.org/licenses/by-nc/4.0/ for the terms.", "https://creativecommons.org/licenses/by-nc/4.0/", "", "CC-BY-NC-4.0"},
		{"[licence](https://www.apache.org/licenses/LICENSE-2.0.txt)", "https://www.apache.org/licenses/LICENSE-2.0.txt", "", "Apache-2.0"},
		{"https://spdx.org/licenses/MIT.html", "https://spdx.org/licenses/MIT.html", "", "MIT"},
		{"https://example.com/terms", "https://example.com/terms", "", ""},
		{"SPDX-License-Identifier: MIT OR Apache-2.0\n/* SPDX-License-Identifier: CC0-1.0 */\n", "", "(MIT OR Apache-2.0) AND CC0-1.0", ""},
		{"---\nlicense: llama3.1\nx: y\n---\n", "", "llama3.1", ""},
	} {
		x := Identify("LICENSE", []byte(c.text))
		if x.State != StatePointer || x.PointsTo != c.url || x.Declares != c.declares || strings.Join(x.Found, " ") != c.found {
			t.Errorf("%q: %s, to %q, declares %q, found %v", c.text, x.State, x.PointsTo, x.Declares, x.Found)
		}
	}
}

func TestEncodings(t *testing.T) {
	const text = "You may use the Model for research purposes only."
	wide := []byte{0xff, 0xfe}
	for _, b := range []byte(text) {
		wide = append(wide, b, 0)
	}
	for name, data := range map[string][]byte{
		"UTF-8 with a mark": []byte("\ufeff" + text),
		"UTF-16":            wide,
		"Windows-1252":      []byte("\x93" + text + "\x94"),
	} {
		x := Identify("LICENSE", data)
		if x.State != StateText || len(x.Clauses) != 1 || x.Clauses[0].Kind != ClauseResearchOnly {
			t.Errorf("%s: %s, clauses %v", name, x.State, x.Clauses)
		}
	}
}

func TestClauses(t *testing.T) {
	for text, want := range map[string]ClauseKind{
		"If the products have more than 5 million monthly active users, you must request a license.": ClauseUsers,
		"Companies whose annual revenue exceeds USD 1,000,000 pay a fee.":                            ClauseRevenue,
		"The weights are licensed for non-commercial use.":                                           ClauseNonCommercial,
		"The Model is not licensed for any commercial activity.":                                     ClauseNonCommercial,
		"You may use the Model solely for academic research.":                                        ClauseResearchOnly,
		"- For military purposes of any kind;":                                                       ClauseMilitary,
		"This agreement does not apply in the European Union.":                                       ClauseTerritory,
		"You will not use the outputs to improve any other large language model.":                    ClauseOutput,
		"You shall prominently display “Built with Example”.":                                        ClauseDisplay,
		"Include “Example” at the beginning of the name of any such model.":                          ClauseNaming,
		"The Licensor may terminate this grant at any time.":                                         ClauseTermination,
		"Licensor reserves the right to restrict (remotely or otherwise) usage of the Model.":        ClauseRemote,
		"Use is governed by the Acceptable Use Policy.":                                              ClausePolicy,
		"Commercial users must complete a registration form.":                                        ClauseRegistration,
		"You may not modify the weights.":                                                            ClauseNoDerivatives,
		"You must not redistribute the weights.":                                                     ClauseNoSharing,
		"You may not use the Model to gamble.":                                                       ClauseRestriction,
		"不得用于商业用途。":                                                                                  ClauseNonCommercial,
	} {
		x := Identify("LICENSE", []byte("ACME TERMS\n\nA preamble about nothing in particular.\n\n"+text+"\n"))
		i := slices.IndexFunc(x.Clauses, func(c Clause) bool { return c.Kind == want })
		if i < 0 {
			t.Errorf("%q: clauses %v, want %s", text, x.Clauses, want)
			continue
		}
		if c := x.Clauses[i]; c.Line != 5 || c.Quote == "" || len(strings.Fields(c.Quote)) > MaxQuoteWords {
			t.Errorf("%q: %+v", text, c)
		}
	}
	for _, text := range []string{
		"This is a friendly model about cats.",
		"Whoever trained the network did a fine job on its principal place of business in the EEA.",
		"Our only change is the colour, and services of any kind that are commercial are welcome, as all others are.",
	} {
		if x := Identify("LICENSE", []byte(text)); len(x.Clauses) != 0 {
			t.Errorf("%q: clauses %v", text, x.Clauses)
		}
	}
}

func TestTextJSON(t *testing.T) {
	for _, c := range []struct {
		x    Text
		want string
	}{
		{Text{Path: "LICENSE", Scope: ScopeAll, State: StateText, Concluded: "MIT", Family: "MIT", Method: MethodExact, Similarity: 10000, Complete: true},
			`{"path":"LICENSE","scope":"all","state":"text","concluded":"MIT","family":"MIT","method":"exact","similarity":10000,"complete_text":true,"clauses":[]}`},
		{Text{Path: "TERMS", Scope: ScopeAll, State: StateText, Method: MethodClauses, Clauses: []Clause{{Kind: ClauseMilitary, Line: 3, Quote: "no military use"}}},
			`{"path":"TERMS","scope":"all","state":"text","concluded":null,"family":null,"method":"clauses","similarity":0,"complete_text":false,"clauses":[{"kind":"military","line":3,"quote":"no military use"}]}`},
		{Text{Path: "L.pdf", Scope: ScopeAll, State: StatePDF}, `{"path":"L.pdf","scope":"all","state":"pdf"}`},
	} {
		got, err := json.Marshal(c.x)
		if err != nil || string(got) != c.want {
			t.Errorf("got  %s, %v\nwant %s", got, err, c.want)
		}
	}
}

func TestWordsOf(t *testing.T) {
	for text, want := range map[string]string{
		"The “Software” is provided, by the licensor’s leave.":           "the software is provided by the licensors leave",
		"# 1. Definitions\n(a) “Licence” means [this](http://x.y/z) one": "definitions license means this one",
		"Version 2.\nVersion 3.1 of non-commercial":                      "version 2 version 3.1 of non commercial",
		"Copyright (c) 2024 Someone Inc.\nAll rights reserved.\nGo":      "go",
		"Copyright 2024 X Lab. Research use only":                        "copyright 2024 x lab research use only",
		"(c) You may copy":                   "you may copy",
		"retain the above\ncopyright notice": "retain the above copyright notice",
		"OpenRAIL++-M 模型许可":                  "openrailplusplus m 模 型 许 可",
		"ＭＩＴ 1,000":                          "mit 1000",
	} {
		if got := phrase(wordsOf(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	w := wordsOf("a b\n\nc")
	if len(w) != 3 || w[2].line != 3 || w[2].start != 5 || w[2].end != 6 {
		t.Errorf("places: %+v", w)
	}
}

func FuzzIdentify(f *testing.F) {
	for _, s := range []string{"", "MIT License\n\nCopyright (c) 2024 X", "---\nlicense: x\n---\n%PDF-", "SPDX-License-Identifier: ", "<a <br> &#12;", "[x](y", "\xff\xfe\x00", "模型许可，不得用于商业。", "(c) 1. v2. ++"} {
		f.Add("LICENSE", []byte(s))
	}
	f.Fuzz(func(t *testing.T, path string, data []byte) {
		x := Identify(path, data)
		if x.Similarity < 0 || x.Similarity > 10000 || (x.Similarity == 10000) != (x.Method == MethodExact) {
			t.Errorf("similarity %d by %s", x.Similarity, x.Method)
		}
		if x.Concluded != "" && (x.Role == RoleNotice || x.Role == RoleThirdParty || x.Role == RolePolicy) {
			t.Errorf("a %s concludes %s", x.Role, x.Concluded)
		}
		for _, c := range x.Clauses {
			if c.Line < 1 || c.Kind == "" || len(strings.Fields(c.Quote)) > MaxQuoteWords || len(c.Quote) > maxQuoteBytes {
				t.Errorf("clause %+v", c)
			}
		}
		if len(x.Clauses) > MaxClauses {
			t.Errorf("%d clauses", len(x.Clauses))
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(fingerprintsGz[:100])
	f.Fuzz(func(t *testing.T, data []byte) {
		fp, err := unpack(data)
		if err == nil {
			fp.compare(wordsOf("a few words to look up"), nil)
		}
	})
}
