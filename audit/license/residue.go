package license

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A residue is what stands in a text beside the known words. A licence is only
// named if its residue is harmless: names, dates, addresses, and the sentence
// that introduces a licence. Anything that could ask, forbid or restrict, and
// any longer stretch of words that are not known to be harmless, is not.

// maxForeign is how many ordinary words a harmless residue may hold in all.
const maxForeign = 2

// loaded are words that change what a licence means wherever they stand: they
// ask, forbid, allow, restrict, or name a field of use.
var loaded = sync.OnceValue(func() map[string]bool {
	return wordSet(`
	must shall should may might can cannot cant could will would wont dont not no non never none nor neither without unless except excepting
	only solely exclusively strictly merely otherwise however notwithstanding whereas if when where provided providing
	prohibit prohibits prohibited prohibiting prohibition forbid forbids forbidden ban banned disallow disallowed refrain avoid
	restrict restricts restricted restricting restriction restrictions limit limits limited limiting limitation limitations
	require requires required requiring requirement requirements need needs necessary obliged obligation obligations duty
	agree agrees agreed accept accepts accepted acceptance acceptable consent consents approval approve approved approves
	permit permits permitted permission permissions allow allows allowed authorize authorized authorization grant grants granted
	condition conditions conditional conditioned subject governed comply complies compliance policy policies guidelines guideline
	use uses used using usage user users purpose purposes commercial commercially noncommercial nonprofit profit business businesses
	research academic academia educational education evaluation evaluate testing personal private internal individual production
	military weapon weapons warfare nuclear defense surveillance police government harm harmful illegal unlawful lawful ethical evil good
	fee fees pay paid payment royalty royalties purchase buy sell sale sold revenue income dollars usd eur million billion percent
	monthly annual annually active terminate terminates terminated termination revoke revoked revocable expire expires expired
	display displayed prominently attribution acknowledge credit cite citation name named rename
	territory territories union countries country jurisdiction export sanctions sanctioned embargoed outside
	home student students teachers members customers employees
	compete competes competing competitor competitors improve train trained training distill distilled distillation derivative derivatives
	output outputs modify modified modification modifications amend amended additional additionally addendum supplement supplemental
	supersede supersedes override overrides replace replaces replaced exclude excluded excluding exclusion exclusions
	register registration request apply redistribute redistribution sublicense transfer host hosting service services
	temporary trial beta confidential proprietary nothing instead but because during until before after years days months
	nur nicht kein keine keinen ohne forschung forschungszwecke zwecke kommerziell kommerzielle nutzung verboten untersagt
	uniquement seulement exclusivement pas sauf recherche fins commerciale commerciales interdit interdite usage
	solo sólo únicamente exclusivamente investigación fines prohibido prohibida comercial comerciales uso
	somente apenas pesquisa proibido proibida ricerca vietato vietata commerciale fini sinon`)
})

// harmless are ordinary words of titles, headings, names of parties and the
// sentence that introduces a licence.
var harmless = sync.OnceValue(func() map[string]bool {
	return wordSet(`
	a an the of for by to in on at and or as is are was be been it its this that these those with from our their all any each other
	license licensed licenses licensing copyright copyrights copyrighted reserved rights right version v edition draft dated date released release
	project repository repo software code source file files program package library model models weights dataset data documentation docs work works
	under terms term following below above see found available distributed published copy text full herein here which
	authors author contributors contributor team inc ltd llc gmbh corp corporation company university institute lab labs group foundation organization
	maintainers holders holder owner owners affiliates et al co jr
	january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec
	http www com org net io ai html htm txt md github gitlab huggingface creativecommons wiki apache opensource spdx identifier email mail contact
	international generic unported public domain
	based originally written developed created maintained made portions part parts includes contains including included
	english chinese translation official unofficial page section article clause revised new simplified appendix end exhibit schedule attachment annex`)
})

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(list) {
		m[w] = true
	}
	return m
}

// stretch is a run of words, from one index up to another.
type stretch struct{ from, to int }

// residue returns the stretches of words that are not known.
func residue(known []bool) []stretch { return stretches(known, false) }

// stretches returns the stretches of one value.
func stretches(flags []bool, value bool) []stretch {
	var out []stretch
	for i := 0; i < len(flags); i++ {
		if flags[i] != value {
			continue
		}
		j := i
		for j < len(flags) && flags[j] == value {
			j++
		}
		out = append(out, stretch{i, j})
		i = j
	}
	return out
}

// harmful returns the stretches of a residue that may change the terms.
func harmful(text string, words []word, rest []stretch) []stretch {
	var out []stretch
	foreign := 0
	for _, s := range rest {
		n, bad := weigh(text, words, s)
		foreign += n
		if bad || foreign > maxForeign {
			out = append(out, s)
		}
	}
	return out
}

// weigh counts the ordinary words of a stretch that are not known to be
// harmless, and tells whether it holds a loaded one. What stands around the
// stretch is read too: a number alone may differ, of users or of money.
func weigh(text string, words []word, s stretch) (foreign int, bad bool) {
	unread := 0
	for i := s.from; i < s.to; i++ {
		w := words[i]
		r, _ := utf8.DecodeRuneInString(w.text)
		switch {
		case single(r), unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r):
			unread++ // scripts these lists do not read
		case inAddress(text, w):
		case unicode.IsDigit(r):
			bad = bad || counts(text, words, i)
		case harmless()[w.text] && !loadedHere(text, words, i):
		case loaded()[w.text]:
			bad = true
		case properName(text[w.start:w.end]):
		default:
			foreign++
		}
	}
	return foreign, bad || unread > 3
}

// loadedHere decides for the few words that are in both lists: "may" is a
// month beside a number.
func loadedHere(text string, words []word, i int) bool {
	if words[i].text != "may" {
		return false
	}
	near := func(j int) bool { return j >= 0 && j < len(words) && isDigit(words[j].text[0]) }
	return !near(i-1) && !near(i+1)
}

// counts reports whether the number at i counts people, money or time: a date
// or a version does not.
func counts(text string, words []word, i int) bool {
	from, to := i, i+1 // all of a number that commas part
	for from > 0 && isDigit(words[from-1].text[0]) && words[from].start-words[from-1].end == 1 {
		from--
	}
	for to < len(words) && isDigit(words[to].text[0]) && words[to].start-words[to-1].end == 1 {
		to++
	}
	before, after := text[:words[from].start], text[words[to-1].end:]
	for _, sign := range []string{"$", "€", "£", "¥"} {
		if strings.HasSuffix(strings.TrimRight(before, " "), sign) {
			return true
		}
	}
	if strings.HasPrefix(after, "%") {
		return true
	}
	for _, w := range words[to:min(len(words), to+3)] {
		switch w.text {
		case "million", "billion", "thousand", "percent", "users", "active", "usd", "dollars", "eur", "euros", "days", "months", "visits", "万", "亿", "元":
			return true
		case "m", "k", "b":
			if w.start == words[to-1].end {
				return true
			}
		}
	}
	if from == 0 {
		return false
	}
	switch words[from-1].text {
	case "usd", "us", "than", "exceed", "exceeds", "exceeding", "over", "above":
		return true
	}
	return false
}

// properName reports whether a word as written looks like a name: capital
// first, not all capitals. Whole sentences in capitals are terms as often as
// not.
func properName(raw string) bool {
	first, size := utf8.DecodeRuneInString(raw)
	rest := raw[size:]
	if !unicode.IsUpper(first) {
		return strings.ContainsFunc(raw, unicode.IsDigit) || strings.ContainsFunc(rest, unicode.IsUpper)
	}
	return rest == "" || strings.ToUpper(rest) != rest || len(raw) <= 5 || strings.ContainsFunc(raw, unicode.IsDigit)
}

// inAddress reports whether a word is part of a web or mail address.
func inAddress(text string, w word) bool {
	chunk := address(text, w)
	return strings.Contains(chunk, "://") || strings.Contains(chunk, "www.") || strings.Contains(chunk, "@")
}

// address returns what stands around a word without white space in it, at most
// 256 bytes to either side.
func address(text string, w word) string {
	from := w.start
	for from > 0 && w.start-from < 256 && !space(text[from-1]) {
		from--
	}
	to := w.end
	for to < len(text) && to-w.end < 256 && !space(text[to]) {
		to++
	}
	return text[from:to]
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// asking are words that ask or forbid, whatever the matter is.
var asking = sync.OnceValue(func() map[string]bool {
	return wordSet(`must shall should not no never none cannot cant wont without unless except only solely exclusively strictly
	prohibit prohibits prohibited prohibition forbid forbids forbidden banned disallowed restrict restricts restricted restriction restrictions
	limit limited require requires required requirement agree agrees agreed permit permits permitted allowed consent approval authorized
	condition conditions subject comply provided fee fees pay paid terminate terminates revoke revoked`)
})

// restrictive are words that a pattern's wildcard must not hide: wildcards are
// meant for names.
var restrictive = sync.OnceValue(func() map[string]bool {
	return wordSet(`commercial commercially noncommercial research academic educational evaluation military weapon weapons nuclear
	only solely exclusively prohibited forbidden not no never non cannot except unless revenue users fee fees`)
})

// naming returns the stretches of a residue that name a licence which asks for
// more than that of an id: "Weights: CC BY-NC 4.0" below the MIT licence. The
// names of licences that ask for as little are credits as often as not.
func naming(text string, words []word, rest []stretch, id string) []stretch {
	var out []stretch
	for _, s := range rest {
		if namesMore(text, words, s, id) {
			out = append(out, s)
		}
	}
	return out
}

// maxName is how many words the name of a licence may have.
const maxName = 8

// namesMore reports whether a stretch names such a licence or points to one.
// One word alone is the name of a product as often as not, unless it is that of
// a family.
func namesMore(text string, words []word, s stretch, id string) bool {
	for i := s.from; i < s.to; i++ {
		if onTagLine(text, words[i]) {
			continue // read as a declaration
		}
		if file := strings.Trim(address(text, words[i]), ".,;:()[]`'\"*<>"); IsLicenseName(file) && strings.ContainsAny(file, "_-") && ScopeOf(file) != ScopeAll {
			return true // other terms, for a part
		}
		if inAddress(text, words[i]) {
			if asksMore(addressID(firstAddress(address(text, words[i]))), id) {
				return true
			}
			continue
		}
		for n := min(maxName, s.to-i); n > 0; n-- {
			l := bySpelling(text[words[i].start:words[i+n-1].end])
			if l != nil && (n > 1 || l.Family()) && asksMore(l.ID, id) {
				return true
			}
		}
	}
	return false
}

// onTagLine reports whether a word stands in the line of an SPDX tag.
func onTagLine(text string, w word) bool {
	line := text[max(0, w.start-MaxDeclared):w.start]
	return strings.Contains(line[strings.LastIndexByte(line, '\n')+1:], spdxTag)
}

// asksMore reports whether a licence is another one than that of an id, and
// not known to allow everything it allows.
func asksMore(other, id string) bool {
	l, ok := Lookup(other)
	if !ok || l.ID == id || l.ID == "hf:other" || l.ID == "hf:unknown" {
		return false
	}
	if kin, _, _ := strings.Cut(strings.TrimPrefix(l.ID, "hf:"), "-"); l.Family() && strings.HasPrefix(strings.ToLower(id), kin+"-") {
		return false
	}
	return l.OSI != Yes && l.OpenDefinition != Yes || l.ShareAlike == Yes
}
