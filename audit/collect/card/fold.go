package card

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Text is compared after folding: lower case, compatibility forms taken apart,
// accents and invisible characters dropped, and letters of other scripts that
// look like Latin ones replaced by these. A placeholder spelt with a Cyrillic о
// is still a placeholder.

// lookalikes maps Cyrillic, Greek, Armenian and phonetic letters to the Latin
// letters that readers take them for (Unicode TR39 confusables, the part that
// passes in running text).
var lookalikes = map[rune]rune{
	'а': 'a', 'в': 'b', 'е': 'e', 'і': 'i', 'ј': 'j', 'к': 'k', 'м': 'm', 'н': 'h', 'о': 'o', 'р': 'p',
	'с': 'c', 'т': 't', 'у': 'y', 'х': 'x', 'ѕ': 's', 'ԁ': 'd', 'ԛ': 'q', 'ԝ': 'w', 'һ': 'h', 'ӏ': 'l', 'ѵ': 'v', 'ԍ': 'g', 'ո': 'n',
	'α': 'a', 'β': 'b', 'ε': 'e', 'ζ': 'z', 'η': 'n', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't',
	'υ': 'u', 'χ': 'x', 'ϲ': 'c', 'օ': 'o', 'ս': 'u', 'հ': 'h', 'ց': 'g',
	'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ɩ': 'i', 'ʀ': 'r', 'ᴏ': 'o', 'ᴇ': 'e', 'ɴ': 'n', 'ᴅ': 'd', 'ᴍ': 'm', 'ɪ': 'i', 'ꜰ': 'f', 'ᴛ': 't', 'ᴀ': 'a', 'ɢ': 'g',
}

// isDropped reports characters that show nothing: zero-width spaces and
// joiners, soft hyphens, direction marks, variation selectors.
func isDropped(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x034F, r == 0x061C, r == 0x180E, r == 0xFEFF:
		return true
	}
	return (r >= 0x200B && r <= 0x200F) || (r >= 0x202A && r <= 0x202E) || (r >= 0x2060 && r <= 0x206F) ||
		(r >= 0xFE00 && r <= 0xFE0F) || (r >= 0xE0000 && r <= 0xE007F)
}

// foldRune appends the folded form of one rune that is not ASCII.
func foldRune(dst []byte, r rune) []byte {
	if isDropped(r) {
		return dst
	}
	r = unicode.ToLower(r)
	if latin, ok := lookalikes[r]; ok {
		return append(dst, byte(latin))
	}
	var raw [utf8.UTFMax]byte
	n := utf8.EncodeRune(raw[:], r)
	if isSyllable(r) {
		return append(dst, raw[:n]...)
	}
	parts := norm.NFKD.Properties(raw[:n]).Decomposition()
	if parts == nil {
		if unicode.Is(unicode.Mn, r) {
			return dst
		}
		return append(dst, raw[:n]...)
	}
	for len(parts) > 0 {
		p, size := utf8.DecodeRune(parts)
		parts = parts[size:]
		p = unicode.ToLower(p)
		if latin, ok := lookalikes[p]; ok {
			p = latin
		}
		if !unicode.Is(unicode.Mn, p) {
			dst = utf8.AppendRune(dst, p)
		}
	}
	return dst
}

// isSyllable reports Hangul and kana, which decompose into parts that are no
// accents.
func isSyllable(r rune) bool { return (r >= 0xAC00 && r <= 0xD7A3) || (r >= 0x3040 && r <= 0x30FF) }

// isUnspaced reports letters of scripts that are written without spaces
// between words.
func isUnspaced(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// words returns the folded words of s with single spaces between. Punctuation
// separates, apostrophes join, "&" is "and", and "(s)" is a plain s.
func words(s string) string {
	dst := make([]byte, 0, len(s))
	gap := false
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c >= 'a' && c <= 'z', c >= '0' && c <= '9':
			case c >= 'A' && c <= 'Z':
				c += 'a' - 'A'
			case c == '\'':
				continue
			case c == '&':
				if len(dst) > 0 {
					dst = append(dst, " and"...)
				}
				gap = true
				continue
			case c == '(' && !gap && strings.HasPrefix(s[i:], "s)"):
				dst = append(dst, 's')
				i += 2
				continue
			default:
				gap = true
				continue
			}
			if gap && len(dst) > 0 {
				dst = append(dst, ' ')
			}
			gap = false
			dst = append(dst, c)
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if isDropped(r) || r == '’' {
			continue
		}
		mark := len(dst)
		if gap && mark > 0 {
			dst = append(dst, ' ')
		}
		letter := len(dst)
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r) || unicode.IsNumber(r) {
			dst = foldRune(dst, r)
		}
		if len(dst) == letter { // nothing to see: a symbol or a lone accent
			dst = dst[:mark]
			gap = gap || !unicode.Is(unicode.Mn, r)
			continue
		}
		gap = false
	}
	return string(dst)
}
