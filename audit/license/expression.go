package license

import (
	"errors"
	"fmt"
	"strings"
)

// Limits of an expression. Real ones hold a handful of terms; beyond these an
// expression is refused.
const (
	MaxExpression      = 4096 // bytes
	MaxExpressionDepth = 32   // nested parentheses
	MaxExpressionTerms = 256
	MaxChoices         = 64 // ways to choose; see Choices
)

const (
	NoteOperatorCase Note = "operator-case" // and, or, with in lower case: allowed by SPDX 3, refused by older tools
	NoteUnlisted     Note = "unlisted"      // an id or exception that is neither in the table nor on the SPDX list
	NoteList         Note = "list"          // a list does not say whether all or one of them holds; all was taken
)

// Op joins the parts of an expression.
type Op string

const (
	OpTerm Op = ""    // a single licence
	OpAnd  Op = "AND" // all parts hold
	OpOr   Op = "OR"  // the licensee chooses one part
)

// Expression is an SPDX licence expression (SPDX 3.0.1, annex "SPDX license
// expressions"): a term, or parts joined by one operator.
type Expression struct {
	Op    Op
	Term  Term          // of an OpTerm
	Parts []*Expression // of the others: two or more
	Notes []Note        // what a reader should know; at the root only
}

// Term is one licence in an expression.
type Term struct {
	ID        string   // in its right spelling; NONE and NOASSERTION are terms too
	License   *License // its entry, nil where nothing is known of it
	OrLater   bool     // a + stood behind it
	Exception string   // the word after WITH, in its right spelling, or empty
}

// ParseExpression reads an SPDX expression. Operators are all upper or all
// lower case, the latter with a note; ids match in any case. Ids of the Hub are
// taken too, so that openrail++ is no "openrail" or later. An id nobody lists
// is a term without an entry, and a note.
func ParseExpression(s string) (*Expression, error) {
	if len(s) > MaxExpression {
		return nil, fmt.Errorf("reading licence expression of %d bytes: longer than %d", len(s), MaxExpression)
	}
	p := parser{words: split(s)}
	e, err := p.either(0)
	if err == nil && p.at < len(p.words) {
		err = fmt.Errorf("%q is one too many", p.words[p.at])
	}
	if err != nil {
		return nil, fmt.Errorf("reading licence expression %.80q: %w", s, err)
	}
	if e.Op != OpTerm && p.none {
		return nil, fmt.Errorf("reading licence expression %.80q: NONE and NOASSERTION stand alone", s)
	}
	e.Notes = p.notes()
	return e, nil
}

// ReadDeclared reads what a declaration says: one name in any spelling Declare
// forgives, or an expression.
func ReadDeclared(s string) (*Expression, error) {
	if d := Declare(s); d.License != nil {
		return &Expression{Term: Term{ID: d.ID, License: d.License}, Notes: d.Notes}, nil
	}
	return ParseExpression(s)
}

// ReadList reads a list of declarations. What a list means nobody defined: all
// of them at once is the careful reading, and a note says so.
func ReadList(list []string) (*Expression, error) {
	if len(list) > MaxExpressionTerms {
		return nil, fmt.Errorf("reading a list of %d licences: more than %d", len(list), MaxExpressionTerms)
	}
	and := &Expression{Op: OpAnd}
	for _, s := range list {
		e, err := ReadDeclared(s)
		if err != nil {
			return nil, err
		}
		for _, n := range e.Notes {
			and.Notes = addNote(and.Notes, n)
		}
		e.Notes = nil
		and.Parts = append(and.Parts, e)
	}
	switch len(and.Parts) {
	case 0:
		return nil, errors.New("reading a list of licences: it is empty")
	case 1:
		and.Parts[0].Notes = and.Notes
		return and.Parts[0], nil
	}
	and.Notes = addNote(and.Notes, NoteList)
	return and, nil
}

func addNote(notes []Note, n Note) []Note {
	for _, m := range notes {
		if m == n {
			return notes
		}
	}
	return append(notes, n)
}

// split cuts an expression into words and parentheses.
func split(s string) []string {
	s = strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)
	return strings.Fields(s)
}

// parser descends over words: OR binds loosest, then AND, then WITH.
type parser struct {
	words           []string
	at, terms       int
	lower, unlisted bool
	none            bool
	declared        []Note
}

func (p *parser) notes() []Note {
	notes := p.declared
	if p.lower {
		notes = addNote(notes, NoteOperatorCase)
	}
	if p.unlisted {
		notes = addNote(notes, NoteUnlisted)
	}
	return notes
}

// accept takes the next word if it is the operator.
func (p *parser) accept(op string) bool {
	if p.at == len(p.words) {
		return false
	}
	switch p.words[p.at] {
	case op:
	case strings.ToLower(op):
		p.lower = true
	default:
		return false
	}
	p.at++
	return true
}

func (p *parser) either(depth int) (*Expression, error) { return p.join(OpOr, depth, p.both) }
func (p *parser) both(depth int) (*Expression, error)   { return p.join(OpAnd, depth, p.part) }

func (p *parser) join(op Op, depth int, next func(int) (*Expression, error)) (*Expression, error) {
	first, err := next(depth)
	if err != nil {
		return nil, err
	}
	e := &Expression{Op: op}
	e.add(first)
	for p.accept(string(op)) {
		part, err := next(depth)
		if err != nil {
			return nil, err
		}
		e.add(part)
	}
	if len(e.Parts) == 1 {
		return e.Parts[0], nil
	}
	return e, nil
}

// add appends a part, and the parts of a part with the same operator.
func (e *Expression) add(part *Expression) {
	if part.Op == e.Op {
		e.Parts = append(e.Parts, part.Parts...)
		return
	}
	e.Parts = append(e.Parts, part)
}

func (p *parser) part(depth int) (*Expression, error) {
	if depth > MaxExpressionDepth {
		return nil, fmt.Errorf("parentheses nested deeper than %d", MaxExpressionDepth)
	}
	if !p.accept("(") {
		return p.term()
	}
	e, err := p.either(depth + 1)
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, errors.New("a parenthesis is not closed")
	}
	return e, nil
}

func (p *parser) term() (*Expression, error) {
	word, err := p.word("a licence")
	if err != nil {
		return nil, err
	}
	if p.terms++; p.terms > MaxExpressionTerms {
		return nil, fmt.Errorf("more than %d licences", MaxExpressionTerms)
	}
	t, err := p.licence(word)
	if err != nil {
		return nil, err
	}
	if p.accept("WITH") {
		if t.Exception, err = p.exception(); err != nil {
			return nil, err
		}
	}
	return &Expression{Term: t}, nil
}

// word takes the next word where an id is due.
func (p *parser) word(what string) (string, error) {
	if p.at == len(p.words) {
		return "", fmt.Errorf("it ends where %s is due", what)
	}
	w := p.words[p.at]
	switch strings.ToUpper(w) {
	case "AND", "OR", "WITH", "(", ")":
		return "", fmt.Errorf("%q stands where %s is due", w, what)
	}
	p.at++
	return w, nil
}

func (p *parser) licence(word string) (Term, error) {
	if w := strings.ToUpper(word); w == "NONE" || w == "NOASSERTION" {
		p.none = true
		return Term{ID: w}, nil
	}
	if l, ok := Lookup(word); ok {
		for _, n := range nameNotes(l, word) {
			if n != NoteCase && n != NoteNotOnHub { // these two are about a single id in a card
				p.declared = addNote(p.declared, n)
			}
		}
		return Term{ID: l.ID, License: l, OrLater: strings.HasSuffix(word, "+") && l.SPDX != ""}, nil
	}
	base, later := strings.CutSuffix(word, "+")
	if err := checkID(base, "LicenseRef-"); err != nil {
		return Term{}, err
	}
	if l, ok := Lookup(base); ok {
		return Term{ID: l.ID, License: l, OrLater: later}, nil
	}
	p.unlisted = true
	return Term{ID: base, OrLater: later}, nil
}

func (p *parser) exception() (string, error) {
	word, err := p.word("an exception")
	if err != nil {
		return "", err
	}
	if id, ok := SPDXException(word); ok {
		return id, nil
	}
	if err := checkID(word, "AdditionRef-"); err != nil {
		return "", err
	}
	p.unlisted = true
	return word, nil
}

// checkID accepts [DocumentRef-x:]<ref>y and plain ids of letters, digits,
// hyphens and dots.
func checkID(id, ref string) error {
	doc, rest, ok := strings.Cut(id, ":")
	if ok {
		if !strings.HasPrefix(doc, "DocumentRef-") || len(doc) == len("DocumentRef-") || !strings.HasPrefix(rest, ref) {
			return fmt.Errorf("%q is no DocumentRef-…:%s…", id, ref)
		}
		if err := checkID(doc, ref); err != nil {
			return err
		}
		id = rest
	}
	if id == "" || id == ref {
		return fmt.Errorf("%q is no licence id", id)
	}
	for _, r := range id {
		if r != '-' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return fmt.Errorf("%q may not hold %q", id, r)
		}
	}
	return nil
}

// String writes the expression with ids in their right spelling, upper-case
// operators, and no parenthesis more than needed.
func (e *Expression) String() string {
	if e.Op == OpTerm {
		return e.Term.String()
	}
	parts := make([]string, len(e.Parts))
	for i, p := range e.Parts {
		parts[i] = p.String()
		if e.Op == OpAnd && p.Op == OpOr {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+string(e.Op)+" ")
}

// String writes the term as it may stand in an expression: a family by its word
// on the Hub.
func (t Term) String() string {
	s := strings.TrimPrefix(t.ID, "hf:")
	if t.OrLater && !strings.HasSuffix(s, "-or-later") {
		s += "+"
	}
	if t.Exception != "" {
		s += " WITH " + t.Exception
	}
	return s
}

// Terms returns the terms in the order in which they stand.
func (e *Expression) Terms() []Term {
	if e.Op == OpTerm {
		return []Term{e.Term}
	}
	var all []Term
	for _, p := range e.Parts {
		all = append(all, p.Terms()...)
	}
	return all
}

// Grants evaluates a question whose good answer is Yes, such as
// (*License).AllowsEveryUse: of an OR the best branch counts, for the licensee
// chooses; of an AND the worst. The term that decided comes along, or nil where
// no single one did. A term without an entry is Unknown, NONE is No. An
// exception nobody lists may take rights away, so it turns Yes into Unknown.
func (e *Expression) Grants(ask func(*License) Answer) (Answer, *Term) {
	if e.Op == OpTerm {
		return e.Term.answer(ask), &e.Term
	}
	decides := No
	if e.Op == OpOr {
		decides = Yes
	}
	result, by := decides.Not(), (*Term)(nil)
	for _, p := range e.Parts {
		a, t := p.Grants(ask)
		if a == decides {
			return a, t
		}
		if a == Unknown && result != Unknown {
			result, by = a, t
		}
	}
	return result, by
}

// Burdens evaluates a question whose good answer is No, such as whether the
// licence is non-commercial: the mirror of Grants.
func (e *Expression) Burdens(ask func(*License) Answer) (Answer, *Term) {
	a, t := e.Grants(func(l *License) Answer { return ask(l).Not() })
	return a.Not(), t
}

func (t *Term) answer(ask func(*License) Answer) Answer {
	if t.ID == "NONE" {
		return No
	}
	if t.License == nil {
		return Unknown
	}
	a := ask(t.License)
	if t.Exception != "" && a == Yes {
		if _, ok := SPDXException(t.Exception); !ok {
			return Unknown
		}
	}
	return a
}

// Choices returns the ways a licensee can choose: each a set of terms that hold
// together. Questions asked one by one may each be answered by another branch;
// a choice answers all of them at once. More than MaxChoices ways are an error.
func (e *Expression) Choices() ([][]Term, error) {
	switch e.Op {
	case OpTerm:
		return [][]Term{{e.Term}}, nil
	case OpOr:
		var all [][]Term
		for _, p := range e.Parts {
			c, err := p.Choices()
			if err != nil {
				return nil, err
			}
			all = append(all, c...)
		}
		return bounded(all)
	}
	all := [][]Term{nil}
	for _, p := range e.Parts {
		c, err := p.Choices()
		if err != nil {
			return nil, err
		}
		var next [][]Term
		if len(all)*len(c) > MaxChoices {
			return bounded(make([][]Term, len(all)*len(c)))
		}
		for _, a := range all {
			for _, b := range c {
				next = append(next, append(a[:len(a):len(a)], b...))
			}
		}
		all = next
	}
	return all, nil
}

func bounded(choices [][]Term) ([][]Term, error) {
	if len(choices) > MaxChoices {
		return nil, fmt.Errorf("choosing among licences: %d ways, more than %d", len(choices), MaxChoices)
	}
	return choices, nil
}
