package license

import (
	"strings"
	"sync"
	"unicode"
)

// MaxDeclared is the longest declared name that is read, in bytes. Longer ones
// are prose, not names.
const MaxDeclared = 256

// Note is something a reader of a declaration should know, as a fixed word.
type Note string

const (
	NoteCase       Note = "case"             // the Hub wants its ids in lower case
	NoteSpelling   Note = "spelling"         // no id; read as the one it resembles
	NoteNotOnHub   Note = "not-on-hub"       // a real id which the Hub does not accept
	NoteVersion    Note = "version-inferred" // the id carries no version; the only one there is was taken
	NoteOrLater    Note = "or-later-unsaid"  // a bare GNU id does not say -only or -or-later; -only was taken
	NoteDeprecated Note = "deprecated"       // the SPDX list keeps the id for old documents only
	NoteFamily     Note = "family"           // names a family, not a licence
	NoteUnknown    Note = "unknown"          // says that no licence is known: no rights are granted
	NoteOther      Note = "other"            // asks for license_name, license_link and the text
	NoteBoost      Note = "boost"            // bsl-1.0 is Boost, not the Business Source License (BUSL-1.1)
	NoteAmbiguous  Note = "ambiguous"        // several entries share the name
)

// Declaration is one declared licence name, read.
type Declaration struct {
	Given   string   // as it stood
	ID      string   // id of the entry it means, empty where none does
	License *License // that entry, or nil
	Notes   []Note   // in a fixed order
}

// Normalize returns the id of the entry a declared name means. It is Declare
// without the notes.
func Normalize(declared string) (id string, ok bool) {
	d := Declare(declared)
	return d.ID, d.License != nil
}

// Declare reads one declared licence name: the value of license or
// license_name in a card, or of general.license in a GGUF header. It knows the
// traps of the Hub's ids and forgives spellings ("Apache 2.0", "GPLv3"), each
// with a note. It reads names, not expressions.
func Declare(given string) Declaration {
	d := Declaration{Given: given}
	name := strings.TrimSpace(given)
	if name == "" || len(name) > MaxDeclared {
		return d
	}
	low := strings.ToLower(name)
	switch c := Candidates(name); {
	case len(c) == 1:
		d.set(c[0], nameNotes(c[0], name)...)
	case len(c) > 1:
		d.Notes = []Note{NoteAmbiguous}
	default:
		if l := bySpelling(name); l != nil {
			d.set(l, spellingNotes(l, low)...)
		}
	}
	return d
}

func (d *Declaration) set(l *License, notes ...Note) {
	d.ID, d.License, d.Notes = l.ID, l, notes
}

// gnu reports whether a lower-case id is a bare one of the GNU family.
func gnu(id string) bool {
	name, version, ok := strings.Cut(id, "-")
	return ok && (name == "gpl" || name == "lgpl" || name == "agpl" || name == "gfdl") &&
		!strings.ContainsAny(version, "-") && strings.Trim(version, "0123456789.") == ""
}

// nameNotes tells what to say of a name that is an id or an alias.
func nameNotes(l *License, name string) []Note {
	var notes []Note
	low := strings.ToLower(name)
	onHub := loadTable().byHub[low] != nil
	switch {
	case onHub && name != low:
		notes = append(notes, NoteCase)
	case !onHub && l.SPDX != "" && (low == strings.ToLower(l.SPDX) || onlyOf(low) == strings.ToLower(l.SPDX)):
		notes = append(notes, NoteNotOnHub)
	}
	return append(notes, idNotes(l, low)...)
}

// idNotes tells what an id leaves open.
func idNotes(l *License, low string) []Note {
	switch {
	case low == "bsl-1.0":
		return []Note{NoteBoost}
	case l.ID == "hf:unknown":
		return []Note{NoteUnknown}
	case l.ID == "hf:other":
		return []Note{NoteOther}
	case l.Family():
		return []Note{NoteFamily}
	case gnu(low):
		return []Note{NoteOrLater, NoteDeprecated}
	case onlyOf(low) != low, loadSPDX()[low].kind == "deprecated":
		return []Note{NoteDeprecated}
	case l.SPDX != "" && !strings.ContainsAny(low, "0123456789") && strings.ContainsAny(l.SPDX, "0123456789"):
		return []Note{NoteVersion}
	}
	return nil
}

func spellingNotes(l *License, low string) []Note {
	notes := []Note{NoteSpelling}
	if strings.HasSuffix(l.ID, "-only") && !strings.Contains(low, "only") {
		notes = append(notes, NoteOrLater)
	}
	if l.Family() {
		notes = append(notes, NoteFamily)
	}
	return notes
}

// spellings maps the bare form of every id, alias and title to its entry, nil
// where two entries share it.
var spellings = sync.OnceValue(func() map[string]*License {
	m := map[string]*License{}
	put := func(name string, l *License) {
		k := bare(name)
		if old, ok := m[k]; ok && old != l {
			l = nil
		}
		m[k] = l
	}
	for _, l := range loadTable().all {
		names := append([]string{strings.TrimPrefix(l.ID, "LicenseRef-"), l.Title}, l.HubIDs...)
		for _, n := range append(names, l.Aliases...) {
			put(n, l)
		}
	}
	delete(m, "")
	return m
})

func bySpelling(name string) *License { return spellings()[bare(name)] }

// bare reduces a name to what distinguishes it: lower-case words joined by a
// hyphen, without the words every licence has, versions without v and .0.
func bare(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '.' && r != '+'
	})
	var kept []string
	for _, w := range words {
		w = strings.Trim(w, ".")
		switch w {
		case "", "the", "license", "licence", "version", "software", "gnu", "v", "only":
			continue
		}
		for _, part := range splitVersion(w) {
			part = strings.TrimSuffix(part, ".0")
			if len(kept) == 0 || kept[len(kept)-1] != part {
				kept = append(kept, part)
			}
		}
	}
	return strings.Join(kept, "-")
}

// splitVersion takes the version off a word: v3 → 3, gplv3 → gpl 3, and
// leaves llama3 alone.
func splitVersion(w string) []string {
	i := strings.LastIndexByte(w, 'v')
	if i < 0 || i+1 == len(w) || strings.Trim(w[i+1:], "0123456789.") != "" {
		return []string{w}
	}
	if i == 0 {
		return []string{w[1:]}
	}
	return []string{w[:i], w[i+1:]}
}
