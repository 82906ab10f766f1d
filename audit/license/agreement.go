package license

import (
	"slices"
	"strings"
)

// Agreement is how a declaration and the texts beside it go together.
type Agreement string

const (
	Match        Agreement = "match"
	Refinement   Agreement = "compatible_refinement" // the text says more precisely what the declaration says
	DeclaredOnly Agreement = "declared_only"         // no text
	TextOnly     Agreement = "text_only"             // no declaration
	HeaderOnly   Agreement = "header_only"           // the notice that names the licence, without its text
	PointerOnly  Agreement = "pointer_only"          // an address in the place of a text
	Variant      Agreement = "variant"               // the text is an altered one
	Conflict     Agreement = "conflict"              // they name different licences
	Unresolved   Agreement = "unresolved"            // neither says enough
)

// Comparison is the result of Compare.
type Comparison struct {
	State     Agreement
	Concluded string // what the texts conclude, an expression; empty where they conclude nothing
	// Agree is Yes for a match and a refinement, No for a conflict, and Unknown
	// where one side is missing or says too little.
	Agree Answer
	// Missing are declared licences that hold together with the others and have
	// no text. Texts that fit and are not all there agree as far as they go:
	// Agree is Unknown then.
	Missing []string
	// Stricter answers, in a conflict, whether the texts allow less than the
	// declaration says. Unknown where the entries do not tell.
	Stricter Answer
}

// Compare holds a declaration (nil where there is none) against the texts that
// stand for the same component. Texts that may conclude nothing by their role are
// left out of it. Several texts conclude all of their licences together.
func Compare(declared *Expression, texts []Text) Comparison {
	texts = slices.DeleteFunc(slices.Clone(texts), func(t Text) bool {
		return t.Role == RoleNotice || t.Role == RoleThirdParty || t.Role == RolePolicy || t.Scope == ScopePolicy || t.State == StateEmpty
	})
	c := Comparison{State: Unresolved, Concluded: concluded(texts)}
	if declared != nil && declares(declared) == No {
		declared = nil
	}
	switch {
	case declared == nil && c.Concluded != "":
		c.State = TextOnly
	case declared == nil:
	case len(texts) == 0:
		c.State = DeclaredOnly
	case c.Concluded == "":
		c.State = withoutConclusion(texts)
	default:
		c.State = against(declared, texts)
		if c.State == Conflict {
			c.Stricter = stricter(declared, texts)
		}
	}
	switch c.State {
	case Match, Refinement:
		if c.Missing = missing(declared, texts); len(c.Missing) == 0 {
			c.Agree = Yes
		}
	case Conflict:
		c.Agree = No
	}
	return c
}

// declares answers whether a declaration says anything: NONE, NOASSERTION, and
// the Hub's unknown do not.
func declares(e *Expression) Answer {
	if e.Op == OpTerm && (e.Term.ID == "NONE" || e.Term.ID == "NOASSERTION" || e.Term.ID == "hf:unknown") {
		return No
	}
	return Yes
}

// concluded joins the licences the texts conclude.
func concluded(texts []Text) string {
	var ids []string
	for _, t := range texts {
		if t.Concluded != "" {
			ids = addID(ids, t.Concluded)
		}
	}
	slices.Sort(ids)
	return strings.Join(ids, " AND ")
}

func withoutConclusion(texts []Text) Agreement {
	switch {
	case slices.ContainsFunc(texts, func(t Text) bool { return t.Family != "" }):
		return Variant
	case !slices.ContainsFunc(texts, func(t Text) bool { return t.State != StatePointer }):
		return PointerOnly
	}
	return Unresolved
}

// missing returns the terms of an AND that no text concludes.
func missing(declared *Expression, texts []Text) []string {
	if declared.Op != OpAnd {
		return nil
	}
	var out []string
	for _, p := range declared.Parts {
		found := func(t Text) bool { return says(p.Term, &t) != Conflict }
		if p.Op == OpTerm && !slices.ContainsFunc(texts, found) {
			out = addID(out, p.Term.ID)
		}
	}
	return out
}

// against compares a declaration with texts that conclude something: each text
// must be declared.
func against(declared *Expression, texts []Text) Agreement {
	terms := declared.Terms()
	state := Match
	header := false
	for _, t := range texts {
		if t.Concluded == "" {
			continue
		}
		header = header || t.State == StateHeaderOnly
		best := Conflict
		for _, term := range terms {
			switch says(term, &t) {
			case Match:
				best = Match
			case Refinement:
				if best == Conflict {
					best = Refinement
				}
			case Unresolved:
				if best == Conflict {
					best = Unresolved
				}
			}
		}
		switch {
		case best == Conflict:
			return Conflict
		case best == Unresolved || best == Refinement && state == Match:
			state = best
		}
	}
	if state == Match && header {
		return HeaderOnly
	}
	return state
}

// says compares one declared term with one text.
func says(term Term, t *Text) Agreement {
	switch {
	case term.ID == t.Concluded:
		return Match
	case slices.Contains(t.Also, term.ID):
		return Refinement // the same words; the declaration says which
	case term.ID == "hf:other":
		return Unresolved // it says only that the licence is none of the Hub's
	case ofFamilyID(term.ID, t.Concluded), gnuBase(term.ID) == gnuBase(t.Concluded) && gnuBase(term.ID) != term.ID:
		return Refinement
	case term.ID == "AML" && t.Concluded == "LicenseRef-apple-ascl", term.ID == "LicenseRef-apple-ascl" && t.Concluded == "AML":
		return Match // two names for one text
	}
	return Conflict
}

// ofFamilyID reports whether a family of the Hub holds a licence.
func ofFamilyID(family, id string) bool {
	switch family {
	case "hf:bsd":
		return strings.HasPrefix(id, "BSD-") || id == "0BSD"
	case "hf:cc":
		return strings.HasPrefix(id, "CC-") || strings.HasPrefix(id, "CC0-")
	case "hf:gpl":
		return strings.HasPrefix(id, "GPL-")
	case "hf:lgpl":
		return strings.HasPrefix(id, "LGPL-")
	case "hf:gfdl":
		return strings.HasPrefix(id, "GFDL-")
	case "hf:openrail":
		return strings.Contains(strings.ToLower(id), "openrail") || strings.Contains(id, "-rail-")
	}
	return false
}

// stricter answers whether the texts allow less than the declaration.
func stricter(declared *Expression, texts []Text) Answer {
	said, _ := declared.Grants((*License).AllowsEveryUse)
	found := Yes
	for _, t := range texts {
		if t.Concluded != "" {
			found = found.And(everyUseOf(t.Concluded))
		}
	}
	switch {
	case said == Yes && found == No:
		return Yes
	case said == No && found == Yes:
		return No
	}
	return Unknown
}

func everyUseOf(id string) Answer {
	l, ok := Lookup(id)
	if !ok {
		return Unknown
	}
	return l.AllowsEveryUse()
}
