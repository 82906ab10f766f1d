package license

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
)

// spdxCSV lists the ids of the SPDX licence list 3.28.0 (license-list-XML
// e4c1f276, 2026-07-16) with the OSI and FSF flags of May 2024 as the openness
// tool carries them (lfai/model_openness_tool 8b5d30e, MIT). An empty flag is
// unknown. It serves ids that have no entry in the table.
//
//go:embed spdx.csv
var spdxCSV string

type spdxID struct {
	id, kind string // kind: license, exception, deprecated
	osi, fsf Answer
}

// loadSPDX maps a lower-case id to its row.
var loadSPDX = sync.OnceValue(func() map[string]spdxID {
	m := map[string]spdxID{}
	for i, line := range strings.Split(strings.TrimSpace(spdxCSV), "\n") {
		f := strings.Split(line, ",")
		if i == 0 || len(f) != 4 {
			continue
		}
		m[strings.ToLower(f[0])] = spdxID{f[0], f[1], answer(f[2]), answer(f[3])}
	}
	return m
})

// answer reads a flag of the list; an empty one is unknown.
func answer(s string) Answer {
	var a Answer
	if s != "" && a.UnmarshalText([]byte(s)) != nil {
		return Unknown
	}
	return a
}

// SPDXException returns the right spelling of an exception on the SPDX list
// (the word after WITH), in any case of letters.
func SPDXException(name string) (id string, ok bool) {
	x := loadSPDX()[strings.ToLower(name)]
	return x.id, x.kind == "exception"
}

// listed returns what is known of an id that stands on the SPDX list alone:
// its flags and, for Creative Commons, what its own letters say.
func listed(low string) *License {
	x, ok := loadSPDX()[low]
	if !ok || x.kind == "exception" {
		return nil
	}
	l := &License{
		ID: x.id, SPDX: x.id, Title: x.id, OSI: x.osi, FSF: x.fsf,
		Revocable: "unknown", Evidence: FromList, Source: "SPDX list of 2026-07-16, flags of 2024-05",
	}
	if parts := strings.Split(low, "-"); parts[0] == "cc" {
		creativeCommons(l, parts[1:])
	}
	return l
}

// creativeCommons reads the terms out of an id such as CC-BY-NC-SA-2.5.
func creativeCommons(l *License, parts []string) {
	if !slices.Contains(parts, "by") && !slices.Contains(parts, "sa") && !slices.Contains(parts, "nc") {
		return // CC-PDDC and CC-PDM-1.0 are marks, no licences
	}
	letter := func(s string) Answer {
		if slices.Contains(parts, s) {
			return Yes
		}
		return No
	}
	l.Scope = "content"
	l.UseRestrictions, l.Flowdown = No, No
	l.Attribution, l.NonCommercial, l.NoDerivatives, l.ShareAlike = letter("by"), letter("nc"), letter("nd"), letter("sa")
	l.OSI = No // the OSI approves none of these
	switch {
	case l.NonCommercial == Yes:
		l.Category, l.OpenDefinition = NonCommercial, No
	case l.NoDerivatives == Yes:
		l.Category, l.OpenDefinition = NoDerivatives, No
	case l.ShareAlike == Yes:
		l.Category = Copyleft
	default:
		l.Category = Permissive
	}
}

// onlyOf returns the id that a deprecated bare GNU id stands for: GPL-2.0+ for
// GPL-2.0-or-later, GFDL-1.3 for GFDL-1.3-only.
func onlyOf(low string) string {
	if base, ok := strings.CutSuffix(low, "+"); ok && gnu(base) {
		return base + "-or-later"
	}
	if gnu(low) {
		return low + "-only"
	}
	return low
}
