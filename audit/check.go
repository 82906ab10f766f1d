package audit

import (
	"bytes"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// check is one node of a compiled expectation: what jsonschema made of a
// fragment, with members in sorted order, numbers ready to compare and the level caps
// of the evidence schema, so that one walk gives outcome, level and places.
type check struct {
	types       []string
	required    []member // with a check, for its cap, where properties leave the member out
	properties  []member
	items       *check
	contains    *check
	minContains int
	minItems    int // -1 where not asked; likewise below
	maxItems    int
	minLength   int
	minimum     *limit
	maximum     *limit
	pattern     *regexp.Regexp
	constant    []any // the one value of const
	enum        []any
	allOf       []*check
	anyOf       []*check
	not         *check
	ref         *check
	cap         Level
	stated      bool // see Shape.Stated
}

type member struct {
	name  string
	check *check
}

// limit is a bound on a number: as a float for speed, exact for what a float
// cannot hold.
type limit struct {
	near  float64
	exact *big.Rat
}

// compile turns a fragment into a check of what stands at the shape. The
// fragment has been through the schema of rules; the schema that comes back
// with the check is the library's own, for those who want its answer.
func compile(fragment map[string]any, shape *Shape) (*check, *jsonschema.Schema, error) {
	data, err := marshal(fragment)
	if err != nil {
		return nil, nil, err
	}
	const id = "urn:glassbox:fragment"
	c := schemas.Compiler()
	if err := c.AddResource(id, bytes.NewReader(data)); err != nil {
		return nil, nil, err
	}
	s, err := c.Compile(id)
	if err != nil {
		return nil, nil, fmt.Errorf("expectation: %w", err)
	}
	return build(s, shape), s, nil
}

func build(s *jsonschema.Schema, shape *Shape) *check {
	if s == nil {
		return nil
	}
	c := &check{
		types: s.Types, minContains: s.MinContains,
		minItems: s.MinItems, maxItems: s.MaxItems, minLength: s.MinLength,
		minimum: newLimit(s.Minimum), maximum: newLimit(s.Maximum), pattern: s.Pattern,
		constant: plainList(s.Constant), enum: plainList(s.Enum),
		not: build(s.Not, shape), ref: build(s.Ref, shape),
	}
	if shape == nil {
		shape = &Shape{}
	}
	c.cap, c.stated = shape.Cap, shape.Stated
	for _, name := range slices.Sorted(slices.Values(s.Required)) {
		m := member{name: name}
		if s.Properties[name] == nil {
			m.check = &check{}
			if sub := shape.member(name); sub != nil {
				m.check.cap = sub.Cap
			}
		}
		c.required = append(c.required, m)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		c.properties = append(c.properties, member{name, build(s.Properties[name], shape.member(name))})
	}
	c.items, c.contains = build(s.Items2020, shape.Items), build(s.Contains, shape.Items)
	for _, a := range s.AllOf {
		c.allOf = append(c.allOf, build(a, shape))
	}
	for _, a := range s.AnyOf {
		c.anyOf = append(c.anyOf, build(a, shape))
	}
	return c
}

func newLimit(r *big.Rat) *limit {
	if r == nil {
		return nil
	}
	f, _ := r.Float64()
	return &limit{f, r}
}

func plainList(values []any) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = Plain(v)
	}
	return out
}
