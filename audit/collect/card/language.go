package card

import (
	"slices"
	"strings"
)

// languageNames gives the ISO 639 codes of languages by their English names and
// the names they give themselves, folded as words does.
var languageNames = map[string]string{
	"afrikaans": "af", "albanian": "sq", "amharic": "am", "arabic": "ar", "armenian": "hy", "assamese": "as", "azerbaijani": "az", "basque": "eu",
	"belarusian": "be", "bengali": "bn", "bangla": "bn", "bosnian": "bs", "bulgarian": "bg", "burmese": "my", "catalan": "ca", "cebuano": "ceb",
	"chinese": "zh", "mandarin": "zh", "mandarin chinese": "zh", "simplified chinese": "zh", "traditional chinese": "zh", "cantonese": "yue",
	"croatian": "hr", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en", "esperanto": "eo", "estonian": "et", "finnish": "fi",
	"french": "fr", "galician": "gl", "georgian": "ka", "german": "de", "greek": "el", "gujarati": "gu", "haitian creole": "ht", "hausa": "ha",
	"hebrew": "he", "hindi": "hi", "hungarian": "hu", "icelandic": "is", "igbo": "ig", "indonesian": "id", "irish": "ga", "italian": "it",
	"japanese": "ja", "javanese": "jv", "kannada": "kn", "kazakh": "kk", "khmer": "km", "kinyarwanda": "rw", "korean": "ko", "kurdish": "ku",
	"kyrgyz": "ky", "lao": "lo", "latin": "la", "latvian": "lv", "lithuanian": "lt", "luxembourgish": "lb", "macedonian": "mk", "malagasy": "mg",
	"malay": "ms", "malayalam": "ml", "maltese": "mt", "maori": "mi", "marathi": "mr", "mongolian": "mn", "nepali": "ne", "norwegian": "no",
	"odia": "or", "oriya": "or", "pashto": "ps", "persian": "fa", "farsi": "fa", "polish": "pl", "portuguese": "pt", "brazilian portuguese": "pt",
	"punjabi": "pa", "romanian": "ro", "russian": "ru", "sanskrit": "sa", "serbian": "sr", "shona": "sn", "sindhi": "sd", "sinhala": "si",
	"slovak": "sk", "slovenian": "sl", "slovene": "sl", "somali": "so", "spanish": "es", "sundanese": "su", "swahili": "sw", "swedish": "sv",
	"tagalog": "tl", "filipino": "fil", "tajik": "tg", "tamil": "ta", "tatar": "tt", "telugu": "te", "thai": "th", "tibetan": "bo", "tigrinya": "ti",
	"turkish": "tr", "turkmen": "tk", "ukrainian": "uk", "urdu": "ur", "uyghur": "ug", "uzbek": "uz", "vietnamese": "vi", "welsh": "cy", "xhosa": "xh",
	"yiddish": "yi", "yoruba": "yo", "zulu": "zu",
	"deutsch": "de", "espanol": "es", "francais": "fr", "italiano": "it", "portugues": "pt", "中文": "zh", "英文": "en", "日本語": "ja", "한국어": "ko",
}

// LanguageCodes are the languages of a list, by their primary subtags or names,
// in order and once each. It is nil where one of them cannot be told apart from
// others: three letters and two may be of the same language.
func LanguageCodes(list []string) []string {
	var codes []string
	for _, s := range list {
		tag, _, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(s), "_", "-"), "-")
		code := strings.ToLower(tag)
		if named, ok := languageNames[words(s)]; ok {
			code = named
		}
		if three, ok := threeLetters[code]; ok {
			code = three
		}
		if len(code) != 2 {
			return nil
		}
		codes = appendNew(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// threeLetters gives the two-letter codes of the most frequent languages by their
// codes of three (ISO 639-2/T and /B).
var threeLetters = map[string]string{
	"eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru",
	"zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "ara": "ar", "hin": "hi", "tur": "tr", "pol": "pl", "ukr": "uk", "ces": "cs", "cze": "cs",
	"swe": "sv", "nor": "no", "dan": "da", "fin": "fi", "ell": "el", "gre": "el", "heb": "he", "vie": "vi", "ind": "id", "tha": "th", "fas": "fa", "per": "fa",
	"ron": "ro", "rum": "ro", "hun": "hu", "cat": "ca", "ben": "bn", "tam": "ta", "urd": "ur", "swa": "sw",
}

// languagesIn reads a list of languages, by name or by two-letter code, and
// reports false when the text lists anything else.
func languagesIn(s string) ([]string, bool) {
	var codes []string
	for _, part := range strings.FieldsFunc(languageSeparators.Replace(s), func(r rune) bool { return r == ',' }) {
		name := words(part)
		switch name {
		case "", "nlp", "and":
			continue
		case "multilingual":
			codes = appendNew(codes, "multilingual")
			continue
		}
		name = strings.TrimPrefix(strings.TrimPrefix(name, "and "), "primarily ")
		code, ok := languageNames[name]
		if !ok && len(name) == 2 && name == strings.ToLower(strings.TrimSpace(part)) && isCode(name) {
			code, ok = name, true
		}
		if !ok {
			first, rest, _ := strings.Cut(name, " ") // "english en"
			if code, ok = languageNames[first]; !ok || rest != code {
				return nil, false
			}
		}
		codes = appendNew(codes, code)
	}
	return codes, len(codes) > 0
}

var languageSeparators = strings.NewReplacer(" and ", ",", " & ", ",", ";", ",", "/", ",", " as well as ", ",", "、", ",", "|", ",")

func isCode(s string) bool {
	for _, code := range languageNames {
		if code == s {
			return true
		}
	}
	return false
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}
