package dataset

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// checkJSONPath tells whether jsonpath-rw 1.4.0, which the reference uses, would
// read an expression:
//
//	path    = step *( ( "." / ".." / "where" / "|" / "&" ) path / bracket )
//	step    = names / "*" / "$" / bracket / "(" path ")" / "`this`" / "`parent`"
//	bracket = "[" ( number / "*" / [number] ":" [number] / names ) "]"
//	names   = name *( "," name )
func checkJSONPath(text string) error {
	tokens, err := pathTokens(text)
	if err != nil {
		return err
	}
	p := &pathParser{tokens: tokens}
	if err := p.path(0); err != nil {
		return err
	}
	if p.pos < len(p.tokens) {
		return fmt.Errorf("%q stands where nothing may follow", p.tokens[p.pos].text)
	}
	return nil
}

// token is a name, a number, a quoted operator, or a sign that stands for itself.
type token struct {
	kind byte // 'n' name, '0' number, '`' operator, '.' '~' (for ..) 'w' (for where) or the sign
	text string
}

var errPathEnd = errors.New("it ends too early")

func pathTokens(text string) ([]token, error) {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		n := 1
		switch {
		case c == ' ' || c == '\t' || c == '\n':
		case isNameStart(c):
			for i+n < len(text) && (isNameStart(text[i+n]) || text[i+n] == '-' || text[i+n] >= '0' && text[i+n] <= '9') {
				n++
			}
			t := token{'n', text[i : i+n]}
			if t.text == "where" {
				t.kind = 'w'
			}
			out = append(out, t)
		case digits(text[i:]) > 0 || c == '-' && digits(text[i+1:]) > 0:
			n = 1 + digits(text[i+1:])
			out = append(out, token{'0', text[i : i+n]})
		case c == '\'' || c == '"' || c == '`':
			inner, length, err := quoted(text[i:])
			if err != nil {
				return nil, err
			}
			n = length
			kind := byte('n')
			if c == '`' {
				kind = '`'
			}
			out = append(out, token{kind, inner})
		case c == '.' && i+1 < len(text) && text[i+1] == '.':
			n = 2
			out = append(out, token{'~', ".."})
		case isPathSign(c):
			out = append(out, token{c, string(c)})
		default:
			r, _ := utf8.DecodeRuneInString(text[i:])
			return nil, fmt.Errorf("%q has no meaning there", r)
		}
		i += n
	}
	return out, nil
}

func isNameStart(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '@'
}

func isPathSign(c byte) bool {
	switch c {
	case '*', '.', '[', ']', '(', ')', '$', ',', ':', '|', '&':
		return true
	}
	return false
}

// quoted reads a text in quotes, in which a backslash takes the meaning of what
// follows away.
func quoted(text string) (inner string, length int, err error) {
	var b []byte
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case text[0]:
			return string(b), i + 1, nil
		case '\\':
			i++
			if i >= len(text) || text[i] == '\n' {
				return "", 0, errors.New("a backslash escapes nothing")
			}
		}
		b = append(b, text[i])
	}
	return "", 0, errors.New("a text in quotes does not end")
}

type pathParser struct {
	tokens []token
	pos    int
}

// next is the kind of the next token, 0 at the end.
func (p *pathParser) next() byte {
	if p.pos < len(p.tokens) {
		return p.tokens[p.pos].kind
	}
	return 0
}

func (p *pathParser) expect(kind byte) error {
	if p.next() != kind {
		return p.fault()
	}
	p.pos++
	return nil
}

func (p *pathParser) fault() error {
	if p.pos >= len(p.tokens) {
		return errPathEnd
	}
	return fmt.Errorf("%q stands in the wrong place", p.tokens[p.pos].text)
}

func (p *pathParser) path(depth int) error {
	if depth > MaxDepth {
		return fmt.Errorf("parentheses are nested deeper than %d", MaxDepth)
	}
	if err := p.step(depth); err != nil {
		return err
	}
	for {
		switch p.next() {
		case '.', '~', 'w', '|', '&':
			p.pos++
			if err := p.step(depth); err != nil {
				return err
			}
		case '[':
			if err := p.bracket(); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

func (p *pathParser) step(depth int) error {
	switch p.next() {
	case 'n':
		return p.names()
	case '*', '$':
		p.pos++
		return nil
	case '`':
		if name := p.tokens[p.pos].text; name != "this" && name != "parent" {
			return fmt.Errorf("there is no operator %q", clip(name, 40))
		}
		p.pos++
		return nil
	case '[':
		return p.bracket()
	case '(':
		p.pos++
		if err := p.path(depth + 1); err != nil {
			return err
		}
		return p.expect(')')
	}
	return p.fault()
}

func (p *pathParser) names() error {
	for {
		if err := p.expect('n'); err != nil {
			return err
		}
		if p.next() != ',' {
			return nil
		}
		p.pos++
	}
}

func (p *pathParser) bracket() error {
	p.pos++
	switch p.next() {
	case 'n':
		if err := p.names(); err != nil {
			return err
		}
	case '*':
		p.pos++
	default:
		if p.next() == '0' {
			p.pos++
		}
		if p.next() == ':' {
			p.pos++
			if p.next() == '0' {
				p.pos++
			}
		} else if p.tokens[p.pos-1].kind != '0' {
			return p.fault()
		}
	}
	return p.expect(']')
}
