package license

import (
	"slices"
	"strings"
	"testing"
)

func TestDeclare(t *testing.T) {
	for _, c := range []struct {
		given, id string
		notes     []Note
	}{
		{"mit", "MIT", nil},
		{"MIT", "MIT", []Note{NoteCase}},
		{"apache-2.0", "Apache-2.0", nil},
		{"Apache 2.0", "Apache-2.0", []Note{NoteSpelling}},
		{"Apache License, Version 2.0", "Apache-2.0", []Note{NoteSpelling}},
		{"The MIT License (MIT)", "MIT", []Note{NoteSpelling}},
		{"BSD-3", "BSD-3-Clause", nil},
		{"CC BY-SA 4.0", "CC-BY-SA-4.0", []Note{NoteSpelling}},
		{"GPLv3", "GPL-3.0-only", []Note{NoteSpelling, NoteOrLater}},
		{"gpl-3.0", "GPL-3.0-only", []Note{NoteOrLater, NoteDeprecated}},
		{"GPL-2.0+", "GPL-2.0-or-later", []Note{NoteNotOnHub, NoteDeprecated}},
		{"gpl-2.0-or-later", "GPL-2.0-or-later", []Note{NoteNotOnHub}},
		{"bsl-1.0", "BSL-1.0", []Note{NoteBoost}},
		{"odbl", "ODbL-1.0", []Note{NoteVersion}},
		{"odc-by", "ODC-By-1.0", []Note{NoteVersion}},
		{"pddl", "PDDL-1.0", []Note{NoteVersion}},
		{"c-uda", "C-UDA-1.0", []Note{NoteVersion}},
		{"lgpl-lr", "LGPLLR", nil},
		{"etalab-2.0", "etalab-2.0", nil},
		{"openrail++", "LicenseRef-openrail-plusplus-m", nil},
		{"openrail", "hf:openrail", []Note{NoteFamily}},
		{"bsd", "hf:bsd", []Note{NoteFamily}},
		{"cc", "hf:cc", []Note{NoteFamily}},
		{"unknown", "hf:unknown", []Note{NoteUnknown}},
		{"other", "hf:other", []Note{NoteOther}},
		{"exaone", "", []Note{NoteAmbiguous}},
		{"Llama 3.1 Community License", "LicenseRef-llama3.1", []Note{NoteSpelling}},
		{"", "", nil},
		{"NOASSERTION", "", nil},
		{"license", "", nil},
		{"all rights reserved", "", nil},
		{strings.Repeat("mit ", 100), "", nil},
	} {
		d := Declare(c.given)
		if d.ID != c.id || !slices.Equal(d.Notes, c.notes) || (d.License != nil) != (c.id != "") || d.Given != c.given {
			t.Errorf("Declare(%q) = %q %v, want %q %v", c.given, d.ID, d.Notes, c.id, c.notes)
		}
		if id, ok := Normalize(c.given); id != c.id || ok != (c.id != "") {
			t.Errorf("Normalize(%q) = %q, %v", c.given, id, ok)
		}
	}
}

// TestEveryNameIsItsOwn asks each id, Hub id, alias and title of the table back.
func TestEveryNameIsItsOwn(t *testing.T) {
	for _, l := range All() {
		for _, name := range append([]string{l.ID, l.Title}, l.HubIDs...) {
			if id, ok := Normalize(name); !ok || id != l.ID {
				t.Errorf("Normalize(%q) = %q, want %s", name, id, l.ID)
			}
		}
	}
}

func FuzzDeclare(f *testing.F) {
	for _, s := range []string{"mit", "GPLv3+", "openrail++", "v", "+", "\xff", "İ v1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d := Declare(s)
		if d.License != nil && d.License.ID != d.ID || d.License == nil && d.ID != "" {
			t.Errorf("Declare(%q): id %q and entry disagree", s, d.ID)
		}
	})
}
