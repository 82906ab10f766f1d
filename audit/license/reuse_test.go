package license

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

const reuseTOML = `
# how the files of this release are licensed
version = 1
SPDX-PackageName = "tiny" # not asked for
extra = { a = [1, 2.5, true], "b c" = 'x' }

[[annotations]]
path = "**"
SPDX-FileCopyrightText = "2024 Someone"
SPDX-License-Identifier = "Apache-2.0"

[[annotations]]
path = ["weights/*.safetensors", 'data/a\*b', """docs/\
    **""",]
precedence = "override"
SPDX-FileCopyrightText = [
  "2024 Someone", # a comment
  "2025 S\u00f6meone Else",
]
SPDX-License-Identifier = "CC-BY-4.0"

[other]
path = "ignored"
`

func TestParseReuse(t *testing.T) {
	r, err := ParseReuse(".", []byte(reuseTOML))
	if err != nil {
		t.Fatal(err)
	}
	want := []Annotation{
		{Paths: []string{"**"}, Precedence: Closest, Licenses: []string{"Apache-2.0"}, Copyrights: []string{"2024 Someone"}},
		{Paths: []string{"weights/*.safetensors", `data/a\*b`, "docs/**"}, Precedence: Override, Licenses: []string{"CC-BY-4.0"}, Copyrights: []string{"2024 Someone", "2025 Sömeone Else"}},
	}
	if !reflect.DeepEqual(r.Annotations, want) {
		t.Errorf("got  %+v\nwant %+v", r.Annotations, want)
	}
	for file, license := range map[string]string{
		"a.py": "Apache-2.0", "weights/a.safetensors": "CC-BY-4.0", "weights/b/a.safetensors": "Apache-2.0",
		"data/a*b": "CC-BY-4.0", "data/axb": "Apache-2.0", "docs/x/y.md": "CC-BY-4.0",
	} {
		if a, ok := r.For(file); !ok || a.Licenses[0] != license {
			t.Errorf("%s: %v, want %s", file, a.Licenses, license)
		}
	}
}

func TestParseReuseRefuses(t *testing.T) {
	for in, why := range map[string]string{
		"":                                       "version is <nil>",
		"version = 2":                            "version is 2",
		"version = 1\n[[annotations]]\n":         "has no path",
		"version = 1\n[[annotations]]\npath = 1": "no string",
		"version = 1\n[[annotations]]\npath = [1]":                     "no string",
		"version = 1\n[[annotations]]\npath = \"a\"\nprecedence=\"x\"": "precedence is x",
		"version = 1\nversion = 1":                                     "line 2: \"version\" comes twice",
		"version = 1 2":                                                "follows a value",
		"version":                                                      "no =",
		"version =":                                                    "value is missing",
		"a = \"x":                                                      "does not end",
		"a = \"x\n\"":                                                  "does not end on its line",
		`a = "\q"`:                                                     "is no escape",
		`a = "\uD800"`:                                                 "is no character",
		"a = [1":                                                       "array is not closed",
		"a = {b = 1":                                                   "inline table is not closed",
		"[a":                                                           "not closed",
		"= 1":                                                          "begins no key",
		"a = " + strings.Repeat("[", 40):                               "nested deeper",
		"\xff":                                                         "not UTF-8",
	} {
		if r, err := ParseReuse(".", []byte(in)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%.40q: %v, %v; want an error with %q", in, r, err, why)
		}
	}
}

func TestMatchGlob(t *testing.T) {
	for _, c := range []struct {
		glob, file string
		want       bool
	}{
		{"*", "a", true}, {"*", "a/b", false}, {"**", "a/b", true}, {"a/**/c", "a/b/b/c", true}, {"a/**", "b/a", false},
		{"*.py", "a.py", true}, {"*.py", "d/a.py", false}, {"**/*.py", "d/a.py", true}, {"a*c", "abbc", true}, {"a*c", "abbd", false},
		{`\*`, "*", true}, {`\*`, "a", false}, {`a\\b`, `a\b`, true}, {"", "", true}, {"", "a", false}, {"a", "", false}, {"***", "a/b", true},
		{strings.Repeat("**a", 50), strings.Repeat("a", 200), true}, {strings.Repeat("**a", 50) + "b", strings.Repeat("a", 200), false},
	} {
		if got := matchGlob(c.glob, c.file); got != c.want {
			t.Errorf("%.20q, %.20q: %v", c.glob, c.file, got)
		}
	}
}

func TestTagsFor(t *testing.T) {
	toml := func(dir, precedence, license string) *Reuse {
		r, err := ParseReuse(dir, []byte("version = 1\n[[annotations]]\npath = \"**\"\nprecedence = \""+precedence+"\"\nSPDX-License-Identifier = \""+license+"\"\n"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	own := ReadTags([]byte("/* SPDX-License-Identifier: MIT */\n<!-- SPDX-FileCopyrightText: 2024 X -->\n"))
	if !slices.Equal(own.Licenses, []string{"MIT"}) || !slices.Equal(own.Copyrights, []string{"2024 X"}) {
		t.Fatalf("tags: %+v", own)
	}
	root, near, over, more := toml(".", "closest", "ISC"), toml("src", "closest", "Zlib"), toml(".", "override", "NCSA"), toml("src", "aggregate", "0BSD")
	for _, c := range []struct {
		file  string
		own   FileTags
		tomls []*Reuse
		want  string
	}{
		{"src/a.py", own, []*Reuse{root}, "MIT"},
		{"src/a.py", FileTags{}, []*Reuse{root}, "ISC"},
		{"src/a.py", FileTags{}, []*Reuse{root, near}, "Zlib"},
		{"src/a.py", FileTags{}, []*Reuse{near, root}, "Zlib"},
		{"b.py", FileTags{}, []*Reuse{root, near}, "ISC"},
		{"src/a.py", own, []*Reuse{over, near}, "NCSA"},
		{"src/a.py", own, []*Reuse{more}, "MIT 0BSD"},
		{"c.py", FileTags{}, nil, ""},
	} {
		if got := strings.Join(TagsFor(c.file, c.own, c.tomls).Licenses, " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.file, got, c.want)
		}
	}
}

func TestReuseFaults(t *testing.T) {
	texts := []Text{
		{Path: "LICENSES/MIT.txt", Concluded: "MIT"},
		{Path: "LICENSES/Apache-2.0.txt", Concluded: "CC-BY-NC-4.0", Family: "CC-BY-NC"},
		{Path: "LICENSES/LicenseRef-house.txt"},
		{Path: "LICENSES/GPL-3.0-or-later.txt", Concluded: "GPL-3.0-only", Also: []string{"GPL-3.0-or-later"}},
		{Path: "LICENSE", Concluded: "ISC"},
	}
	got := ReuseFaults([]string{"MIT", "Apache-2.0", "LicenseRef-house", "Zlib", "Zlib"}, texts)
	want := []ReuseFault{
		{"text_other", "Apache-2.0", "LICENSES/Apache-2.0.txt"},
		{"text_unused", "GPL-3.0-or-later", "LICENSES/GPL-3.0-or-later.txt"},
		{"text_missing", "Zlib", ""},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestSideCar(t *testing.T) {
	for file, want := range map[string]string{"w/model.safetensors.license": "w/model.safetensors", ".license": "", "w/.license": "", "LICENSE": ""} {
		if of, ok := SideCar(file); ok != (want != "") || ok && of != want {
			t.Errorf("%s: %q, %v", file, of, ok)
		}
	}
}

func FuzzParseReuse(f *testing.F) {
	f.Add([]byte(reuseTOML), "weights/a.safetensors")
	f.Add([]byte("version = 1\n[[annotations]]\npath = ['**', \"\\\\*\"]"), "*")
	f.Fuzz(func(t *testing.T, data []byte, file string) {
		r, err := ParseReuse(".", data)
		if err != nil {
			return
		}
		if a, ok := r.For(file); ok && len(a.Paths) == 0 {
			t.Error("an annotation without a path matches")
		}
		TagsFor(file, ReadTags(data), []*Reuse{r})
	})
}
