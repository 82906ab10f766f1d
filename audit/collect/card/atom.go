package card

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// atom is a word, a number or a mark of a sentence that may make a claim.
type atom struct {
	text       string // lower case, hyphens dropped from words
	start, end int    // in the text
	number     bool
	glued      bool // no blank before it
}

// maxAtoms bounds the sentence that is looked at: no claim takes longer.
const maxAtoms = 200

// atoms splits text. A number ends where letters begin, so that 7B is two
// atoms; a word that begins with a letter takes in digits and hyphens, so that
// Llama-2-7B is one.
func atoms(text []byte, from, to int) []atom {
	var list []atom
	for i := from; i < to && len(list) < maxAtoms; {
		c := text[i]
		start := i
		switch {
		case c == '\v': // a tag breaks the text
			i++
			list = append(list, atom{text: ";"})
		case c <= ' ':
			i++
			continue
		case c >= '0' && c <= '9':
			i = numberEnd(text, i, to)
			list = append(list, atom{text: string(text[start:i]), number: true})
		case c >= utf8.RuneSelf || isLetter(c):
			r, size := utf8.DecodeRune(text[i:])
			if !unicode.IsLetter(r) {
				i += size
				list = append(list, atom{text: string(r)})
				break
			}
			i = wordEnd(text, i, to, isUnitPlace(list, i))
			list = append(list, atom{text: wordText(text[start:i])})
		default:
			i++
			list = append(list, atom{text: string(c)})
		}
		a := &list[len(list)-1]
		a.start, a.end = start, i
		a.glued = start > from && text[start-1] > ' '
	}
	return list
}

func numberEnd(text []byte, i, to int) int {
	for i < to {
		c := text[i]
		if c >= '0' && c <= '9' {
			i++
			continue
		}
		if (c == '.' || c == ',') && i+1 < to && text[i+1] >= '0' && text[i+1] <= '9' {
			i++
			continue
		}
		break
	}
	return i
}

// isUnitPlace reports a place right behind a number, or a number and a hyphen.
func isUnitPlace(list []atom, at int) bool {
	n := len(list)
	if n > 0 && list[n-1].text == "-" && list[n-1].end == at {
		at = list[n-1].start
		n--
	}
	return n > 0 && list[n-1].number && list[n-1].end == at
}

// wordEnd finds the end of a word. A unit glued to a number ends at a hyphen,
// and the x of 8x7B is alone.
func wordEnd(text []byte, i, to int, unit bool) int {
	if unit && i+1 < to && (text[i] == 'x' || text[i] == 'X') && text[i+1] >= '0' && text[i+1] <= '9' {
		return i + 1
	}
	for i < to {
		c := text[i]
		switch {
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(text[i:to])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '’' {
				return i
			}
			i += size
		case isLetter(c):
			i++
		case c >= '0' && c <= '9':
			i++
		case !unit && joins(c) && c != ',' && i+1 < to && isWordByte(text[i+1]):
			i++
		default:
			return i
		}
	}
	return i
}

// wordText lowers a word. Hyphens within words of letters go, so that
// fine-tuned and finetuned are one; names with digits keep theirs.
func wordText(s []byte) string {
	w := strings.ToLower(string(s))
	if strings.ContainsAny(w, "0123456789") {
		return w
	}
	return strings.ReplaceAll(w, "-", "")
}

// measure is a number with its unit among the atoms.
type measure struct {
	q           Quantity
	experts     int
	first, next int  // atoms
	scaled      bool // it has a factor such as B
	factor      float64
}

// measureAt reads a number at atom i: "7B", "6.74 billion", "124,439,808",
// "8x7B". Sizes in bytes, percentages and versions are none.
func measureAt(list []atom, i int) (measure, bool) {
	if !list[i].number || i > 0 && list[i].glued && !opens(list[i-1].text) {
		return measure{}, false
	}
	m := measure{first: i, next: i + 1, factor: 1}
	at := i
	if i+2 < len(list) && list[i+2].number && list[i+2].glued && list[i+1].glued && (list[i+1].text == "x" || list[i+1].text == "×") {
		m.experts, _ = strconv.Atoi(list[i].text)
		at = i + 2
		m.next = at + 1
	}
	factor := 1.0
	if at+1 < len(list) && !list[at+1].number {
		unit, next := list[at+1], at+2
		hyphen := unit.text == "-" && unit.glued && next < len(list)
		if hyphen { // 7-billion
			unit, next = list[next], next+1
		}
		f, ok := unitFactors[unit.text]
		switch {
		case hyphen && !ok:
		case ok && (len(unit.text) > 1 || unit.glued || isSpacedUnit(list, next)):
			factor, m.next, m.scaled, m.factor = f, next, true, f
		case unit.glued && unit.text != "-" && isLetter(unit.text[0]), unit.text == "%", unit.glued && unit.text == "/":
			return measure{}, false
		}
	}
	q, ok := quantity(list[at].text, factor)
	if !ok {
		return measure{}, false
	}
	m.q = q.bounded(boundBefore(list, i))
	if m.next < len(list) && list[m.next].text == "+" && list[m.next].glued {
		m.q = q.bounded("at_least")
		m.next++
	}
	return m, true
}

// isSpacedUnit reports whether a single letter after a blank is a unit, as in
// "39 M": it is when a mark or the end follows, or what is measured.
func isSpacedUnit(list []atom, next int) bool {
	if next >= len(list) {
		return true
	}
	switch w := list[next].text; w {
	case ",", ".", ")", "|", ";", "parameters", "params", "parameter", "tokens":
		return true
	}
	return false
}

// opens reports marks that may stand right before a number.
func opens(mark string) bool {
	switch mark {
	case "(", "~", "≈", "∼", ":", "–", "—", "/", "<", ">", "=", "[", "\"", "“", "|", ",":
		return true
	}
	return false
}

// boundBefore reads "about", "over" or "up to" before a number.
func boundBefore(list []atom, i int) string {
	word := func(back int) string {
		if i-back < 0 {
			return ""
		}
		return list[i-back].text
	}
	switch word(1) {
	case "about", "approximately", "approx", "around", "roughly", "circa", "ca", "~", "≈", "∼", "nearly", "almost", "approximatively", "some":
		return "about"
	case "over", "exceeding", ">", "least":
		return "at_least"
	case "under", "below", "<", "most":
		return "at_most"
	case "to":
		if word(2) == "up" {
			return "at_most"
		}
	case "than":
		if word(2) == "more" || word(2) == "greater" {
			return "at_least"
		}
		if word(2) == "less" || word(2) == "fewer" {
			return "at_most"
		}
	case ".": // approx.
		if word(2) == "approx" || word(2) == "ca" {
			return "about"
		}
	}
	return ""
}

// isJoint reports what stands between the members of a list of numbers.
func isJoint(s string) bool {
	switch s {
	case ",", "and", "or", "&", "/":
		return true
	}
	return false
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
