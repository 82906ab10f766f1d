package license

import (
	"slices"
	"strings"
	"testing"
)

func TestListedOnly(t *testing.T) {
	for _, c := range []struct {
		name, id        string
		everyUse, open  Answer
		nonCommercial   Answer
		inTable, listed bool
	}{
		{"bsd-4-clause", "BSD-4-Clause", Unknown, Yes, Unknown, false, true},
		{"SSPL-1.0", "SSPL-1.0", Unknown, Unknown, Unknown, false, true},
		{"CC-BY-NC-SA-2.5", "CC-BY-NC-SA-2.5", No, No, Yes, false, true},
		{"cc-by-nd-3.0", "CC-BY-ND-3.0", Yes, No, No, false, true},
		{"GFDL-1.3", "GFDL-1.3-only", Yes, Yes, No, true, true},
		{"LGPL-2.1+", "LGPL-2.1-or-later", Yes, Yes, Unknown, false, true},
		{"GPL-2.0+", "GPL-2.0-or-later", Yes, Yes, No, true, true},
		{"Classpath-exception-2.0", "", 0, 0, 0, false, false},
		{"NASA-1.3", "NASA-1.3", Yes, Yes, Unknown, false, true},
	} {
		l, ok := Lookup(c.name)
		if ok != c.listed {
			t.Errorf("Lookup(%q): %v", c.name, ok)
			continue
		}
		if !ok {
			continue
		}
		if l.ID != c.id || l.AllowsEveryUse() != c.everyUse || l.Open() != c.open || l.NonCommercial != c.nonCommercial || slices.Contains(All(), l) != c.inTable {
			t.Errorf("%s: %s, every use %s, open %s, NC %s", c.name, l.ID, l.AllowsEveryUse(), l.Open(), l.NonCommercial)
		}
	}
}

func TestListIsWhole(t *testing.T) {
	kinds := map[string]int{}
	for _, x := range loadSPDX() {
		kinds[x.kind]++
	}
	if kinds["license"] != 701 || kinds["exception"] != 86 || kinds["deprecated"] != 32 || len(kinds) != 3 {
		t.Errorf("the list has %v", kinds)
	}
	for _, l := range All() {
		if x, ok := loadSPDX()[strings.ToLower(l.SPDX)]; l.SPDX != "" && (!ok || x.id != l.SPDX) {
			t.Errorf("%s: not on the list, or spelt otherwise", l.SPDX)
		}
	}
}
