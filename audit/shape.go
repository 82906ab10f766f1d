package audit

import (
	"fmt"
	"slices"
	"strings"

	"glassbox/schemas"
)

// Shape is one place of the evidence schema with its references resolved: what
// may stand there, and what an auditor would ask about it.
type Shape struct {
	Description string
	Types       []string
	Enum        []any
	Minimum     *float64
	Maximum     *float64
	Properties  map[string]*Shape
	Items       *Shape
	MinItems    int
	Required    []string // what names an item; everything else may be absent
	Rest        *Shape   // the values of members that are not named; nil where there can be none
	Stated      bool     // false here is a fact of its own, not the absence of one
	Cap         Level    // the strongest level a fact here can have, whatever its source; Unsourced: no cap
}

// EvidenceShape reads the evidence schema.
func EvidenceShape() (*Shape, error) {
	doc, err := schemas.Document("evidence")
	if err != nil {
		return nil, err
	}
	return (&shaper{doc}).shape(doc, Unsourced)
}

type shaper struct{ root map[string]any }

func (s *shaper) shape(node map[string]any, cap Level) (*Shape, error) {
	sh := &Shape{Cap: cap}
	if text, ok := node["x-max-level"].(string); ok {
		if err := sh.Cap.UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
	}
	if ref, ok := node["$ref"].(string); ok {
		target, found := lookup(s.root, strings.TrimPrefix(ref, "#"))
		def, isObject := target.(map[string]any)
		if !found || !isObject {
			return nil, fmt.Errorf("evidence schema: %s leads nowhere", ref)
		}
		named, err := s.shape(def, sh.Cap)
		if text, ok := node["description"].(string); ok && err == nil {
			named.Description = text // of this place, not of all that are like it
		}
		return named, err
	}
	sh.Description, _ = node["description"].(string)
	sh.Types = typesOf(node["type"])
	sh.Enum, _ = node["enum"].([]any)
	sh.Stated = node["x-false"] == "stated"
	sh.Minimum, sh.Maximum = bound(node["minimum"]), bound(node["maximum"])
	return sh, s.children(sh, node)
}

func (s *shaper) children(sh *Shape, node map[string]any) (err error) {
	if items, ok := node["items"].(map[string]any); ok {
		if sh.Items, err = s.shape(items, sh.Cap); err != nil {
			return err
		}
	}
	switch rest := node["additionalProperties"].(type) {
	case map[string]any:
		if sh.Rest, err = s.shape(rest, sh.Cap); err != nil {
			return err
		}
	case bool:
		if rest {
			sh.Rest = &Shape{Cap: sh.Cap}
		}
	}
	if n := bound(node["minItems"]); n != nil {
		sh.MinItems = int(*n)
	}
	sh.Required = stringsOf(list(node["required"]))
	props, _ := node["properties"].(map[string]any)
	sh.Properties = make(map[string]*Shape, len(props))
	for name, p := range props {
		if sh.Properties[name], err = s.shape(p.(map[string]any), sh.Cap); err != nil {
			return err
		}
	}
	return nil
}

func bound(v any) *float64 {
	if f, ok := v.(float64); ok {
		return &f
	}
	return nil
}

func typesOf(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		types := make([]string, len(v))
		for i, t := range v {
			types[i], _ = t.(string)
		}
		return types
	}
	return nil
}

// At follows the tokens of a pointer; "*" stands for any item of a list. It
// returns nil where the evidence has no such place.
func (s *Shape) At(pointer string) *Shape {
	for _, t := range tokens(pointer) {
		if s == nil {
			return nil
		}
		if _, isIndex := index(t, 1<<62); s.Items != nil && (t == "*" || isIndex) {
			s = s.Items
			continue
		}
		s = s.member(t)
	}
	return s
}

// ThroughList tells whether a pointer, or a part of it, stands in a list.
func (s *Shape) ThroughList(pointer string) bool {
	up, ok := parent(pointer)
	return ok && s.throughList(up)
}

// throughList tells whether a pointer, or a part of it, stands for a list.
func (s *Shape) throughList(pointer string) bool {
	for _, t := range tokens(pointer) {
		if s == nil || s.Items != nil {
			break
		}
		s = s.member(t)
	}
	return s != nil && s.Items != nil
}

func (s *Shape) member(name string) *Shape {
	if p, ok := s.Properties[name]; ok {
		return p
	}
	return s.Rest
}

// admits tells whether a value of the JSON type may stand here.
func (s *Shape) admits(kind string) bool {
	return len(s.Types) == 0 || slices.Contains(s.Types, kind) || kind == "integer" && slices.Contains(s.Types, "number")
}

// Empty returns the value that says "looked, and found nothing" at every place
// below; ok is false where there is none.
func (s *Shape) Empty() (v any, ok bool) { return s.empty(false) }

// empty returns the value that says "looked, and found nothing" at every place
// below; ok is false where there is none, as for the member of an enum. Where
// null and text may stand, it is null, or with blank the empty text.
func (s *Shape) empty(blank bool) (v any, ok bool) {
	text := len(s.Enum) == 0 && slices.Contains(s.Types, "string")
	switch {
	case text && blank:
		return "", true
	case s.admits("null") && len(s.Types) > 0:
		return nil, true
	case slices.Contains(s.Types, "object"):
		m := map[string]any{}
		for name, p := range s.Properties {
			if e, ok := p.empty(blank); ok {
				m[name] = e
			}
		}
		return m, true
	case slices.Contains(s.Types, "array"):
		return []any{}, true
	case slices.Contains(s.Types, "boolean"):
		return false, true
	case slices.Contains(s.Types, "integer"), slices.Contains(s.Types, "number"):
		return int64(0), true
	case text:
		return "", true
	}
	return nil, false
}
