package license

import (
	"slices"
	"strings"
	"testing"
)

func TestParseExpression(t *testing.T) {
	for _, c := range []struct {
		in, out string
		notes   []Note
	}{
		{"MIT", "MIT", nil},
		{"mit", "MIT", nil},
		{"apache-2.0 AND cc-by-4.0", "Apache-2.0 AND CC-BY-4.0", nil},
		{"mit or apache-2.0", "MIT OR Apache-2.0", []Note{NoteOperatorCase}},
		{"MIT OR Apache-2.0 AND GPL-2.0-only", "MIT OR Apache-2.0 AND GPL-2.0-only", nil},
		{"(MIT OR Apache-2.0) AND GPL-2.0-only", "(MIT OR Apache-2.0) AND GPL-2.0-only", nil},
		{"((MIT))", "MIT", nil},
		{"MIT OR (ISC OR (Zlib))", "MIT OR ISC OR Zlib", nil},
		{"GPL-2.0-or-later WITH classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0", nil},
		{"GPL-2.0+", "GPL-2.0-or-later", []Note{NoteDeprecated}},
		{"GPL-3.0", "GPL-3.0-only", []Note{NoteOrLater, NoteDeprecated}},
		{"Apache-2.0+", "Apache-2.0+", nil},
		{"LicenseRef-llama3.1", "LicenseRef-llama3.1", nil},
		{"llama3.1 AND Apache-2.0", "LicenseRef-llama3.1 AND Apache-2.0", nil},
		{"openrail++", "LicenseRef-openrail-plusplus-m", nil},
		{"DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y", []Note{NoteUnlisted}},
		{"MIT WITH AdditionRef-more", "MIT WITH AdditionRef-more", []Note{NoteUnlisted}},
		{"MIT WITH DocumentRef-x:AdditionRef-more", "MIT WITH DocumentRef-x:AdditionRef-more", []Note{NoteUnlisted}},
		{"LicenseRef-mine OR MIT", "LicenseRef-mine OR MIT", []Note{NoteUnlisted}},
		{"odbl AND MIT", "ODbL-1.0 AND MIT", []Note{NoteVersion}},
		{"openrAil+", "openrail+", nil},
		{"NONE", "NONE", nil},
		{"noassertion", "NOASSERTION", nil},
		{" MIT\tAND\nISC ", "MIT AND ISC", nil},
	} {
		e, err := ParseExpression(c.in)
		if err != nil {
			t.Errorf("%q: %v", c.in, err)
			continue
		}
		if e.String() != c.out || !slices.Equal(e.Notes, c.notes) {
			t.Errorf("%q = %q %v, want %q %v", c.in, e, e.Notes, c.out, c.notes)
		}
	}
}

func TestParseExpressionRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                                   "ends where a licence is due",
		"MIT AND":                            "ends where a licence is due",
		"AND MIT":                            `"AND" stands where a licence is due`,
		"MIT And ISC":                        `"And" is one too many`,
		"MIT/Apache-2.0":                     "may not hold '/'",
		"MIT, Apache-2.0":                    "may not hold ','",
		"MIT Apache-2.0":                     "one too many",
		"(MIT":                               "not closed",
		"MIT)":                               "one too many",
		"()":                                 "stands where a licence is due",
		"MIT WITH":                           "ends where an exception is due",
		"(MIT OR ISC) WITH x":                "one too many",
		"MIT OR NONE":                        "stand alone",
		"DocumentRef-:LicenseRef-x":          "is no DocumentRef",
		"DocumentRef-x:MIT":                  "is no DocumentRef",
		"LicenseRef-":                        "is no licence id",
		"MIT++":                              "may not hold '+'",
		strings.Repeat("(", 40) + "MIT":      "nested deeper",
		strings.Repeat("MIT OR ", 300):       "more than 256 licences",
		strings.Repeat("x", MaxExpression):   "",
		strings.Repeat("x", MaxExpression+1): "longer than",
	} {
		e, err := ParseExpression(in)
		if why == "" {
			if err != nil {
				t.Errorf("%.40q…: %v", in, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q = %v, %v; want an error with %q", in, e, err, why)
		}
	}
}

func TestGrantsAndBurdens(t *testing.T) {
	nc := func(l *License) Answer { return l.NonCommercial }
	for _, c := range []struct {
		in       string
		everyUse Answer
		by       string
		nc       Answer
		ncBy     string
	}{
		{"MIT", Yes, "MIT", No, "MIT"},
		{"MIT AND CC-BY-NC-4.0", No, "CC-BY-NC-4.0", Yes, "CC-BY-NC-4.0"},
		{"MIT OR CC-BY-NC-4.0", Yes, "MIT", No, "MIT"},
		{"CC-BY-NC-4.0 OR MIT AND Apache-2.0", Yes, "", No, ""},
		{"LicenseRef-mine OR MIT", Yes, "MIT", No, "MIT"},
		{"LicenseRef-mine AND MIT", Unknown, "LicenseRef-mine", Unknown, "LicenseRef-mine"},
		{"LicenseRef-mine AND gemma", No, "LicenseRef-gemma", Unknown, "LicenseRef-mine"},
		{"NONE", No, "NONE", Yes, "NONE"},
		{"NOASSERTION", Unknown, "NOASSERTION", Unknown, "NOASSERTION"},
		{"MIT WITH AdditionRef-no-clouds", Unknown, "MIT WITH AdditionRef-no-clouds", Unknown, "MIT WITH AdditionRef-no-clouds"},
		{"GPL-2.0-only WITH Classpath-exception-2.0", Yes, "GPL-2.0-only WITH Classpath-exception-2.0", No, "GPL-2.0-only WITH Classpath-exception-2.0"},
	} {
		e, err := ParseExpression(c.in)
		if err != nil {
			t.Fatal(err)
		}
		name := func(t *Term) string {
			if t == nil {
				return ""
			}
			return t.String()
		}
		if a, by := e.Grants((*License).AllowsEveryUse); a != c.everyUse || name(by) != c.by {
			t.Errorf("%s: every use %s by %q, want %s by %q", c.in, a, name(by), c.everyUse, c.by)
		}
		if a, by := e.Burdens(nc); a != c.nc || name(by) != c.ncBy {
			t.Errorf("%s: NC %s by %q, want %s by %q", c.in, a, name(by), c.nc, c.ncBy)
		}
	}
}

func TestChoices(t *testing.T) {
	e, err := ParseExpression("(MIT OR ISC) AND (Zlib OR NCSA AND UPL-1.0)")
	if err != nil {
		t.Fatal(err)
	}
	choices, err := e.Choices()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range choices {
		var ids []string
		for _, term := range c {
			ids = append(ids, term.String())
		}
		got = append(got, strings.Join(ids, "+"))
	}
	want := []string{"MIT+Zlib", "MIT+NCSA+UPL-1.0", "ISC+Zlib", "ISC+NCSA+UPL-1.0"}
	if !slices.Equal(got, want) {
		t.Errorf("choices %v, want %v", got, want)
	}
	big, err := ParseExpression(strings.TrimSuffix(strings.Repeat("(MIT OR ISC) AND ", 20), " AND "))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := big.Choices(); err == nil {
		t.Errorf("2^20 choices give %d and no error", len(c))
	}
}

func TestReadList(t *testing.T) {
	e, err := ReadList([]string{"mit", "CC BY-NC 4.0"})
	if err != nil {
		t.Fatal(err)
	}
	if e.String() != "MIT AND CC-BY-NC-4.0" || !slices.Equal(e.Notes, []Note{NoteSpelling, NoteList}) {
		t.Errorf("%s %v", e, e.Notes)
	}
	if one, err := ReadList([]string{"mit"}); err != nil || one.Op != OpTerm || slices.Contains(one.Notes, NoteList) {
		t.Errorf("a list of one: %v, %v", one, err)
	}
	if _, err := ReadList(nil); err == nil {
		t.Error("an empty list reads")
	}
	if _, err := ReadList([]string{"mit", "all rights reserved, mostly"}); err == nil {
		t.Error("prose reads as a licence")
	}
}

// FuzzParseExpression holds what must be true of any input: no panic, and what
// was read comes back the same from its own String.
func FuzzParseExpression(f *testing.F) {
	for _, s := range []string{"MIT", "(MIT OR Apache-2.0) AND x", "GPL-2.0+ WITH Classpath-exception-2.0", "DocumentRef-a:LicenseRef-b", "openrail++ and mit", "((", "NONE", "GFDL-1.3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := ParseExpression(s)
		if err != nil {
			return
		}
		back, err := ParseExpression(e.String())
		if err != nil || back.String() != e.String() {
			t.Errorf("%q → %q → %v, %v", s, e, back, err)
		}
		if len(e.Terms()) == 0 || len(e.Terms()) > MaxExpressionTerms {
			t.Errorf("%q has %d terms", s, len(e.Terms()))
		}
		if _, err := e.Choices(); err != nil && len(e.Terms()) < 6 {
			t.Errorf("%q: %v", s, err)
		}
	})
}
