package card

import (
	"unicode"
	"unicode/utf8"
)

// token is one word of running text: where it stands and a hash of its folded
// form.
type token struct {
	start, end int
	hash       uint64
	count      int // words it counts for; numbers count for none
}

const (
	hashStart = 14695981039346656037 // FNV-1a, 64 bit
	hashPrime = 1099511628211
)

func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * hashPrime }

// mix adds the hash of a word to that of a run of words.
func mix(run, word uint64) uint64 { return (run*hashPrime ^ word) * hashPrime }

// hashWords hashes folded words as tokenize does.
func hashWords(s string) []uint64 {
	var hashes []uint64
	for _, t := range tokenize(nil, []byte(s)) {
		hashes = append(hashes, t.hash)
	}
	return hashes
}

// hashRun hashes a run of words.
func hashRun(hashes []uint64) uint64 {
	run := uint64(hashStart)
	for _, h := range hashes {
		run = mix(run, h)
	}
	return run
}

// tokenize appends the words of text.
func tokenize(dst []token, text []byte) []token {
	for i := 0; ; {
		t, ok := nextWord(text, i)
		if !ok {
			return dst
		}
		dst = append(dst, t)
		i = t.end
	}
}

// nextWord finds the first word at or after i. A word is a run of letters and
// digits; apostrophes and hyphens, dots and commas within it belong to it when
// letters or digits stand on both sides, but the hash is of the letters and
// digits alone. Scripts without spaces count one word for two characters. A
// letter that could not be read (U+FFFD) does not end the word it stands in.
func nextWord(text []byte, i int) (token, bool) {
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf {
			if alnum[c] {
				return word(text, i), true
			}
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return word(text, i), true
		}
		i += size
	}
	return token{}, false
}

var alnum = func() (table [utf8.RuneSelf]bool) {
	for c := range table {
		r := rune(c)
		table[c] = unicode.IsLetter(r) || unicode.IsDigit(r)
	}
	return
}()

// word reads the word that starts at i.
func word(text []byte, i int) token {
	t := token{start: i, hash: hashStart}
	letters, unspaced := false, 0
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf {
			switch {
			case c >= 'a' && c <= 'z':
				letters = true
			case c >= 'A' && c <= 'Z':
				letters = true
				c += 'a' - 'A'
			case c >= '0' && c <= '9':
			case joins(c) && i+1 < len(text) && i > t.start && isWordByte(text[i+1]):
				i++
				continue
			default:
				return t.finish(i, letters, unspaced)
			}
			t.hash = hashByte(t.hash, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if r == '’' && i > t.start && i+size < len(text) && isWordByte(text[i+size]) {
			i += size
			continue
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !isDropped(r) && r != utf8.RuneError {
			return t.finish(i, letters, unspaced)
		}
		var folded [16]byte
		for _, b := range foldRune(folded[:0], r) {
			t.hash = hashByte(t.hash, b)
		}
		if isUnspaced(r) {
			unspaced++
		}
		letters = letters || unicode.IsLetter(r)
		i += size
	}
	return t.finish(i, letters, unspaced)
}

func (t token) finish(end int, letters bool, unspaced int) token {
	t.end = end
	switch {
	case unspaced > 0:
		t.count = (unspaced + 1) / 2
	case letters:
		t.count = 1
	}
	return t
}

func joins(c byte) bool {
	return c == '-' || c == '\'' || c == '.' || c == '_' || c == ','
}

func isWordByte(c byte) bool { return c >= utf8.RuneSelf || alnum[c] }
