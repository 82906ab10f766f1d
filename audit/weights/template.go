package weights

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// MaxTemplate is the longest chat template that is looked at, in bytes.
// Published ones stay below a hundred thousand.
const MaxTemplate = 1 << 20

// InspectTemplate looks at a chat template, which is a program in Jinja's
// language, for what leads from a value to the interpreter behind it: the walk
// over attributes of CVE-2024-34359, in plain or in disguise. It lexes the
// template and never renders it. A TemplateAttack is a Fault; what templates
// have no need for, and harmless uses could be found for, is a Warning.
// Offsets are those of the text.
func InspectTemplate(text string) []Problem {
	if len(text) > MaxTemplate {
		return []Problem{{Kind: LimitHit, Severity: Fault, Message: fmt.Sprintf("a chat template of %d bytes, more than the %d that are read", len(text), MaxTemplate)}}
	}
	j := &jinja{text: text}
	for j.tag() {
		j.judge()
	}
	return j.problems
}

// jinja lexes a template tag by tag.
type jinja struct {
	text     string
	at       int
	tokens   []jinjaToken
	problems []Problem
	attacks  int
}

// jinjaToken is one token of an expression or statement.
type jinjaToken struct {
	kind byte // 'n' name, 's' string, '0' number, else the operator's first byte
	text string
	raw  string // of a string: as it is written
	at   int
}

func (t jinjaToken) is(kind byte, text string) bool { return t.kind == kind && t.text == text }

// tag lexes the next expression or statement; false at the end.
func (j *jinja) tag() bool {
	for {
		i := strings.IndexByte(j.text[j.at:], '{')
		if i < 0 || j.at+i+1 >= len(j.text) {
			return false
		}
		j.at += i + 2
		switch j.text[j.at-1] {
		case '#':
			end := strings.Index(j.text[j.at:], "#}")
			if end < 0 {
				return false
			}
			j.at += end + 2
		case '{', '%':
			statement := j.text[j.at-1] == '%'
			j.lex()
			if statement && j.skipRaw() {
				continue
			}
			return true
		default:
			j.at-- // a brace may follow the first
		}
	}
}

// skipRaw passes over a raw block, in which nothing is a tag.
func (j *jinja) skipRaw() bool {
	if len(j.tokens) != 1 || !j.tokens[0].is('n', "raw") {
		return false
	}
	end := rawEnd.FindStringIndex(j.text[j.at:])
	if end == nil {
		j.at = len(j.text)
		return true
	}
	j.at += end[1]
	return true
}

var rawEnd = regexp.MustCompile(`\{%[-+]?\s*endraw\s*[-+]?%\}`)

// lex reads the tokens up to the end of the tag.
func (j *jinja) lex() {
	j.tokens = j.tokens[:0]
	depth := 0
	for j.at < len(j.text) {
		c := j.text[j.at]
		start := j.at
		switch {
		case c == '"' || c == '\'':
			j.string(c)
		case isLetter(c):
			for j.at < len(j.text) && (isLetter(j.text[j.at]) || isDigit(j.text[j.at])) {
				j.at++
			}
			j.tokens = append(j.tokens, jinjaToken{kind: 'n', text: j.text[start:j.at], at: start})
		case isDigit(c):
			for j.at < len(j.text) && (isLetter(j.text[j.at]) || isDigit(j.text[j.at])) {
				j.at++
			}
			j.tokens = append(j.tokens, jinjaToken{kind: '0', text: j.text[start:j.at], at: start})
		case depth == 0 && (strings.HasPrefix(j.text[j.at:], "}}") || strings.HasPrefix(j.text[j.at:], "%}")):
			j.at += 2
			return
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			j.at++
		default:
			switch c {
			case '{', '(', '[':
				depth++
			case '}', ')', ']':
				depth = max(depth-1, 0)
			}
			j.tokens = append(j.tokens, jinjaToken{kind: c, text: string(c), at: start})
			j.at++
		}
	}
}

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// string reads a string and its escapes.
func (j *jinja) string(quote byte) {
	start := j.at
	j.at++
	for j.at < len(j.text) && j.text[j.at] != quote {
		if j.text[j.at] == '\\' {
			j.at++
		}
		j.at++
	}
	raw := j.text[start+1 : min(j.at, len(j.text))]
	j.at = min(j.at+1, len(j.text))
	j.tokens = append(j.tokens, jinjaToken{kind: 's', text: unescape(raw), raw: raw, at: start})
}

// unescape decodes the escapes of Python's strings.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		digits, base := 0, 16
		switch c := s[i]; {
		case c == 'x':
			digits = 2
		case c == 'u':
			digits = 4
		case c == 'U':
			digits = 8
		case c >= '0' && c <= '7':
			digits, base = 3, 8
			i-- // the digits begin here
		case c == 'N' && strings.HasPrefix(s[i:], "N{LOW LINE}"):
			b.WriteByte('_')
			i += len("N{LOW LINE}") - 1
			continue
		default:
			b.WriteByte(c)
			continue
		}
		end := min(i+1+digits, len(s))
		for end > i+1 && base == 8 && (s[end-1] < '0' || s[end-1] > '7') {
			end--
		}
		v, err := strconv.ParseUint(s[i+1:end], base, 32)
		if err == nil {
			b.WriteRune(rune(v))
			i = end - 1
		}
	}
	return b.String()
}

// innerWords are what the attributes and keys on the way to the interpreter are
// called, underscores left off.
var innerWords = []string{
	"class", "base", "bases", "mro", "subclasses", "globals", "builtins", "init", "import", "dict", "getattribute", "getattr", "getitem", "reduce",
	"reduceex", "code", "closure", "func", "self", "module", "call", "new", "subclasshook", "initsubclass", "wrapped", "loader", "spec", "kwdefaults", "defaults",
}

// frameWords are attributes that lead on without underscores around them.
var frameWords = []string{
	"mro", "subclasses", "func_globals", "func_code", "func_closure", "gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code",
	"f_globals", "f_locals", "f_builtins", "f_back", "tb_frame", "co_consts", "im_func", "im_class", "im_self",
}

// programWords are functions and modules that such walks end in.
var programWords = []string{
	"popen", "eval", "exec", "execfile", "getattr", "setattr", "delattr", "importlib", "subprocess", "builtins", "check_output", "Popen",
	"os", "sys", "commands", "pty", "ctypes", "socket", "compile", "open", "globals", "locals", "vars",
}

// keyWords are those of them that nobody has for a key.
var keyWords = []string{"popen", "Popen", "eval", "exec", "execfile", "getattr", "setattr", "importlib", "subprocess", "builtins", "check_output"}

var (
	dunder    = regexp.MustCompile(`(?i)__[a-z_]+__`)
	character = regexp.MustCompile(`%c.*%c`)
)

func (j *jinja) attack(at int, format string, args ...any) {
	j.report(TemplateAttack, Fault, at, fmt.Sprintf(format, args...))
}

func (j *jinja) report(kind Kind, severity Severity, at int, message string) {
	// Warnings must not crowd out an attack.
	if severity == Fault && j.attacks < MaxProblems || len(j.problems) < MaxProblems {
		if severity == Fault {
			j.attacks++
		}
		offset := int64(at)
		j.problems = append(j.problems, Problem{Kind: kind, Severity: severity, Message: message, Offset: &offset})
	}
}

// judge looks at the tag that was lexed.
func (j *jinja) judge() {
	if len(j.tokens) == 0 {
		return
	}
	first := j.tokens[0]
	if first.kind == '-' && len(j.tokens) > 1 {
		first = j.tokens[1] // {%- strips white space
	}
	switch first.text {
	case "include", "import", "from", "extends":
		if first.kind == 'n' {
			j.attack(first.at, "the template reads another one (%s)", first.text)
		}
	}
	for i, t := range j.tokens {
		switch t.kind {
		case 'n':
			j.name(i, t)
		case 's':
			j.literal(i, t)
		case '[':
			j.subscript(i, t)
		case '0':
			if n, err := strconv.ParseUint(strings.ReplaceAll(t.text, "_", ""), 10, 64); err == nil && n >= 10_000_000 {
				j.report(TemplateUnusual, Warning, t.at, "a number that a loop would not get to the end of")
			}
		}
	}
	j.pieces()
}

// before is the token in front of the i-th, after the one behind it; the zero
// token at either end.
func (j *jinja) before(i int) jinjaToken {
	if i == 0 {
		return jinjaToken{}
	}
	return j.tokens[i-1]
}

func (j *jinja) after(i int) jinjaToken {
	if i+1 == len(j.tokens) {
		return jinjaToken{}
	}
	return j.tokens[i+1]
}

// name judges a name by itself and by what stands around it.
func (j *jinja) name(i int, t jinjaToken) {
	attribute := j.before(i).kind == '.'
	follows := j.after(i).kind
	switch {
	case strings.Contains(t.text, "__"):
		j.attack(t.at, "the name %.40q, which belongs to Python's own objects", t.text)
	case attribute && slices.Contains(frameWords, t.text):
		j.attack(t.at, "the attribute %q, which leads to the interpreter", t.text)
	case j.before(i).kind == '|' && t.text == "attr":
		j.attack(t.at, "the filter attr, which reads any attribute by its name")
	case slices.Contains(programWords, t.text) && (follows == '(' || follows == '.' && !attribute), t.text == "system" && attribute && follows == '(':
		j.attack(t.at, "%q is used, which no message needs", t.text)
	case slices.Contains(helperNames, t.text) && !attribute && (follows == '[' || follows == '.' || follows == '|'):
		j.attack(t.at, "%q is looked into, which is a function of the renderer's", t.text)
	case j.computes(i, t):
		j.attack(t.at, "%q with the name of an attribute or filter that is computed", t.text)
	case t.text == "list" && j.before(i).kind == '|' && i >= 3 && j.tokens[i-2].is('n', "string") && j.tokens[i-3].kind == '|':
		j.attack(t.at, "letters are picked from the name of an object")
	case attribute && (t.text == "fromhex" || t.text == "maketrans" || t.text == "translate" || t.text == "decode"):
		j.report(TemplateUnusual, Warning, t.at, fmt.Sprintf("text is decoded (%s)", t.text))
	}
}

// helperNames are functions that Jinja brings and chat templates have no use for.
// Each leads to the interpreter.
var helperNames = []string{"lipsum", "cycler", "joiner"}

// byName are the filters whose first argument names an attribute.
var byName = []string{"selectattr", "rejectattr", "groupby"}

// computes says whether the i-th token, a name, reads attributes, or applies
// filters, whose names do not stand in the template: the filter attr does the
// same by the name that says so.
func (j *jinja) computes(i int, t jinjaToken) bool {
	filter := j.before(i).kind == '|' && j.after(i).kind == '('
	switch {
	case t.text == "attribute" && (j.before(i).kind == '(' || j.before(i).kind == ',') && j.after(i).kind == '=' && i+2 < len(j.tokens) && j.tokens[i+2].kind != '=':
		return !j.plain(i + 2)
	case filter && slices.Contains(byName, t.text):
		return !j.plain(i+2) && !j.keyword(i+2)
	case filter && t.text == "map":
		return i+2 < len(j.tokens) && j.tokens[i+2].text == "attr" || !j.plain(i+2) && !j.keyword(i+2)
	}
	return false
}

// plain says whether the i-th token is a text or a number that stands alone as
// an argument, or the end of the arguments.
func (j *jinja) plain(i int) bool {
	if i >= len(j.tokens) || j.tokens[i].kind == ')' {
		return true
	}
	next := j.after(i).kind
	return (j.tokens[i].kind == 's' || j.tokens[i].kind == '0') && (next == ',' || next == ')' || next == 0)
}

// keyword says whether the i-th token is the name of an argument.
func (j *jinja) keyword(i int) bool { return j.tokens[i].kind == 'n' && j.after(i).kind == '=' }

// subscript judges a key that is put together where it is used.
func (j *jinja) subscript(i int, t jinjaToken) {
	switch before := j.before(i); {
	case before.kind != 'n' && before.kind != ')' && before.kind != ']' && before.kind != 's', before.kind == 'n' && slices.Contains(jinjaWords, before.text):
		return // a list
	}
	depth, joined := 0, 0
	for k := i; k < len(j.tokens); k++ {
		switch c := j.tokens[k]; {
		case c.kind == '[' || c.kind == '(' || c.kind == '{':
			depth++
		case c.kind == ']' || c.kind == ')' || c.kind == '}':
			if depth--; depth == 0 {
				return
			}
		case c.kind == '~':
			joined++
		case c.kind == 'n' && j.before(k).kind == '|' && slices.Contains(joiners, c.text):
			joined += 2
		}
		if joined > 1 {
			j.attack(t.at, "a key that is put together from pieces")
			return
		}
	}
}

// jinjaWords are words of the language behind which a bracket begins a list.
var jinjaWords = []string{"in", "is", "not", "and", "or", "if", "else", "elif", "for", "set", "do", "return"}

// joiners are filters that make a text of pieces.
var joiners = []string{"join", "format", "reverse", "replace"}

// literal judges a string.
func (j *jinja) literal(i int, t jinjaToken) {
	key := j.before(i).kind == '[' || j.after(i).kind == ']'
	switch {
	case inner(t.text):
		j.attack(t.at, "the text %.40q, which is the name of an inner attribute", t.text)
	case strings.Count(t.text, "_") > strings.Count(t.raw, "_"):
		j.attack(t.at, "an underscore that is written as an escape")
	case strings.Contains(t.raw, `\N{`):
		j.attack(t.at, "a letter that is written by its name")
	case key && (slices.Contains(frameWords, t.text) || slices.Contains(keyWords, t.text)):
		j.attack(t.at, "the key %.40q, which leads to the interpreter", t.text)
	case (j.after(i).kind == '[' || j.after(i).kind == '|') && slices.Contains(innerWords, strings.ToLower(strings.Trim(reversed(t.text), "_"))):
		j.attack(t.at, "the text %.40q, which backwards is the name of an inner attribute", t.text)
	case character.MatchString(t.text):
		j.attack(t.at, "letters are made from numbers")
	}
}

// inner says whether a text names an inner attribute, forward or backward.
func inner(s string) bool {
	for _, s := range [...]string{s, reversed(s)} {
		for _, word := range dunder.FindAllString(s, -1) {
			if slices.Contains(innerWords, strings.ToLower(strings.ReplaceAll(word, "_", ""))) {
				return true
			}
		}
	}
	return false
}

func reversed(s string) string {
	b := []byte(s)
	slices.Reverse(b)
	return string(b)
}

// pieces judges the texts of a tag together: a name may be put together from
// pieces, or from a word and underscores.
func (j *jinja) pieces() {
	all, letters, underscores, at := "", "", false, -1
	for _, t := range j.tokens {
		if t.kind != 's' {
			continue
		}
		if at < 0 {
			at = t.at
		}
		all += t.text
		if bare := strings.Trim(t.text, "_"); bare == "" && t.text != "" {
			underscores = true
		} else {
			letters += " " + strings.ToLower(bare)
		}
	}
	if at < 0 || len(j.problems) > 0 && *j.problems[len(j.problems)-1].Offset >= int64(j.tokens[0].at) {
		return
	}
	if inner(all) {
		j.attack(at, "the name of an inner attribute, put together from pieces")
		return
	}
	for word := range strings.FieldsSeq(letters) {
		if underscores && word != "self" && word != "code" && word != "func" && word != "call" && word != "new" && word != "module" && word != "base" &&
			word != "import" && word != "dict" && slices.Contains(innerWords, word) {
			j.attack(at, "underscores and the word %q, which make the name of an inner attribute", word)
			return
		}
	}
}
