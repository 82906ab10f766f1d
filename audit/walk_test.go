package audit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// generator makes random fragments of the closed subset and random values that
// often meet them: few names, few words, few numbers.
type generator struct {
	*rand.Rand
	asked bool // every constrained member is required, as the nets see to
}

var (
	genNames  = []string{"a", "b", "c", "d~/e"}
	genValues = []any{nil, true, false, int64(0), int64(1), int64(2), 1.0, 1.5, int64(-3), int64(1)<<53 + 1, int64(1) << 53, "", "x", "xy", "é"}
)

func (g *generator) one(from []any) any { return from[g.IntN(len(from))] }

func (g *generator) name() string { return genNames[g.IntN(len(genNames))] }

func (g *generator) fragment(depth int) map[string]any {
	f := map[string]any{}
	for range 1 + g.IntN(2) {
		g.keyword(f, depth)
	}
	return f
}

func (g *generator) keyword(f map[string]any, depth int) {
	kinds := 13
	if depth > 0 {
		kinds = 20
	}
	switch g.IntN(kinds) {
	case 0:
		f["type"] = []string{"null", "boolean", "integer", "number", "string", "array", "object"}[g.IntN(7)]
	case 1:
		f["const"] = g.one(genValues)
		if !g.asked && g.IntN(3) == 0 { // lists and objects as a whole: rules may not, the library may
			f["const"] = g.value(1)
		}
	case 2:
		f["enum"] = []any{g.one(genValues), g.one(genValues), g.one(genValues)}
	case 3:
		f["minimum"] = g.one([]any{int64(0), 0.5, int64(1), int64(2), int64(1)<<53 + 1})
	case 4:
		f["maximum"] = g.one([]any{int64(0), 1.25, int64(1), int64(1) << 53})
	case 5:
		f["minLength"] = int64(g.IntN(3))
	case 6:
		f["pattern"] = []string{"x", "^x", "y$", "^$", "é"}[g.IntN(5)]
	case 7:
		f["minItems"] = int64(g.IntN(3))
	case 8:
		f["maxItems"] = int64(g.IntN(3))
	case 9:
		f["not"] = []map[string]any{{"const": g.one(genValues)}, {"enum": []any{g.one(genValues), "x"}}, {"pattern": "x"}}[g.IntN(3)]
	case 10, 11:
		g.require(f, g.name())
	case 12:
		f["$ref"] = "urn:glassbox:lists:2026-11#/$defs/inert-formats"
	case 13, 14:
		g.property(f, depth)
	case 15:
		f["items"] = g.fragment(depth - 1)
	case 16, 17:
		f["contains"] = g.fragment(depth - 1)
		if g.IntN(2) == 0 {
			f["minContains"] = int64(1 + g.IntN(3))
		}
	case 18:
		f["allOf"] = g.branches(depth)
	case 19:
		f["anyOf"] = g.branches(depth)
	}
}

func (g *generator) branches(depth int) []any {
	out := make([]any, 1+g.IntN(3))
	for i := range out {
		out[i] = g.fragment(depth - 1)
	}
	return out
}

func (g *generator) require(f map[string]any, name string) {
	required, _ := f["required"].([]any)
	if !slices.Contains(required, any(name)) {
		f["required"] = append(required, name)
	}
}

func (g *generator) property(f map[string]any, depth int) {
	props, _ := f["properties"].(map[string]any)
	if props == nil {
		props = map[string]any{}
		f["properties"] = props
	}
	name := g.name()
	props[name] = g.fragment(depth - 1)
	if g.asked || g.IntN(3) > 0 {
		g.require(f, name)
	}
}

func (g *generator) value(depth int) any {
	switch k := g.IntN(8); {
	case depth > 0 && k < 3:
		m := map[string]any{}
		for range g.IntN(4) {
			m[g.name()] = g.value(depth - 1)
		}
		return m
	case depth > 0 && k < 6:
		l := make([]any, g.IntN(4))
		for i := range l {
			l[i] = g.value(depth - 1)
		}
		return l
	}
	return g.one(genValues)
}

// like makes a value that tends to meet a fragment: what it asks for is there
// more often than not.
func (g *generator) like(f map[string]any) any {
	if g.IntN(8) == 0 {
		return g.value(2)
	}
	if branches := append(list(f["anyOf"]), list(f["allOf"])...); len(branches) > 0 && g.IntN(2) == 0 {
		return g.like(branches[g.IntN(len(branches))].(map[string]any))
	}
	props, _ := f["properties"].(map[string]any)
	for _, of := range []string{"items", "contains"} {
		if item, ok := f[of].(map[string]any); ok {
			l := make([]any, g.IntN(4))
			for i := range l {
				l[i] = g.like(item)
			}
			return l
		}
	}
	if len(props) > 0 || f["required"] != nil {
		m := map[string]any{}
		for _, n := range list(f["required"]) {
			if g.IntN(4) > 0 {
				m[n.(string)] = g.value(1)
			}
		}
		for n, p := range sorted(props) {
			if g.IntN(5) > 0 {
				m[n] = g.like(p.(map[string]any))
			}
		}
		return m
	}
	if e := list(f["enum"]); len(e) > 0 {
		return g.one(e)
	}
	if c, ok := f["const"]; ok {
		return c
	}
	if f["$ref"] != nil {
		return "gguf"
	}
	return g.value(1)
}

// sorted ranges over a map in the order of its keys, so that a seed means the
// same run each time.
func sorted(m map[string]any) func(yield func(string, any) bool) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return func(yield func(string, any) bool) {
		for _, k := range keys {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// pairs calls f with random fragments, compiled, and several values for each.
func pairs(t *testing.T, seed uint64, fragments, values int, asked bool, f func(g *generator, c *check, fragment map[string]any, valid func(any) bool, v any)) {
	t.Helper()
	g := &generator{rand.New(rand.NewPCG(seed, 0)), asked}
	for range fragments {
		fragment := g.fragment(3)
		c, schema, err := compile(fragment, nil)
		if err != nil {
			t.Fatalf("%s: %v", text(fragment), err)
		}
		for range values {
			f(g, c, fragment, func(v any) bool { return schema.Validate(v) == nil }, g.like(fragment))
		}
	}
}

func text(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

func answer(c *check, v any) (Outcome, *walker) {
	w := &walker{}
	o, _ := w.walk(c, v, trail{nil, Verified})
	return o, w
}

// The walk passes exactly what the library finds valid; what the library finds
// invalid it fails, or calls unknown where a required member is absent.
func TestWalkAgreesWithTheLibrary(t *testing.T) {
	count := map[Outcome]int{}
	pairs(t, 1, 3000, 20, false, func(_ *generator, c *check, fragment map[string]any, valid func(any) bool, v any) {
		o, _ := answer(c, v)
		count[o]++
		if (o == Pass) != valid(v) {
			t.Fatalf("walk says %s, valid is %t\nfragment %s\nvalue    %s", o, valid(v), text(fragment), text(v))
		}
	})
	t.Logf("%v", count)
	for _, o := range []Outcome{Pass, Fail, Unknown} {
		if count[o] < 2500 {
			t.Errorf("only %d came out %s: the pairs show too little", count[o], o)
		}
	}
}

// What a walk reports belongs to its answer: a fail has places that failed, an
// unknown has places that are missing and none that failed, a pass has neither.
func TestWalkReportsWhatItAnswers(t *testing.T) {
	pairs(t, 2, 1000, 20, false, func(_ *generator, c *check, fragment map[string]any, _ func(any) bool, v any) {
		w := &walker{}
		o, level := w.walk(c, v, trail{nil, Present})
		want := Unsourced
		if o == Pass {
			want = Present
		}
		ok := level == want || o == Pass && level == Verified // nothing below was looked at
		switch o {
		case Pass:
			ok = ok && len(w.failed) == 0 && len(w.missing) == 0
		case Fail:
			ok = ok && len(w.failed) > 0
		case Unknown:
			ok = ok && len(w.failed) == 0 && len(w.missing) > 0
		}
		for _, s := range w.failed {
			there, found := lookup(v, s.pointer)
			ok = ok && found && reflect.DeepEqual(there, s.value)
		}
		if !ok {
			t.Fatalf("%s at %s, failed %v, missing %v\nfragment %s\nvalue    %s", o, level, w.failed, w.missing, text(fragment), text(v))
		}
	})
}

// Nobody looked, and then somebody does: an absent member that is filled in
// never turns a fail into anything else, and never a pass into an unknown where
// it was not asked for. Hiding a member never turns anything into a pass.
func TestHidingNeverHelps(t *testing.T) {
	moved := 0
	pairs(t, 3, 1500, 10, true, func(g *generator, c *check, fragment map[string]any, _ func(any) bool, v any) {
		before, _ := answer(c, v)
		for range 5 {
			fuller := fill(g, v)
			if after, _ := answer(c, fuller); before == Fail && after != Fail {
				t.Fatalf("fail became %s by what was filled in\nfragment %s\nvalue    %s\nfuller   %s", after, text(fragment), text(v), text(fuller))
			} else if before == Pass && after == Unknown {
				t.Fatalf("pass became unknown by what was filled in\nfragment %s\nvalue    %s\nfuller   %s", text(fragment), text(v), text(fuller))
			} else if after != before {
				moved++
			}
			poorer := hide(g, v)
			if after, _ := answer(c, poorer); after == Pass && before != Pass {
				t.Fatalf("%s became pass by what was hidden\nfragment %s\nvalue    %s\npoorer   %s", before, text(fragment), text(v), text(poorer))
			} else if before == Unknown && after == Fail {
				t.Fatalf("unknown became fail by what was hidden\nfragment %s\nvalue    %s\npoorer   %s", text(fragment), text(v), text(poorer))
			}
		}
	})
	if moved < 500 {
		t.Errorf("only %d answers moved: the values show too little", moved)
	}
}

// fill adds members to some objects, everywhere below.
func fill(g *generator, v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, x := range sorted(v) {
			m[k] = fill(g, x)
		}
		for _, n := range genNames {
			if _, ok := m[n]; !ok && g.IntN(2) == 0 {
				m[n] = g.value(2)
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = fill(g, x)
		}
		return l
	}
	return v
}

// hide takes members out of some objects, everywhere below.
func hide(g *generator, v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for k, x := range sorted(v) {
			if g.IntN(3) > 0 {
				m[k] = hide(g, x)
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = hide(g, x)
		}
		return l
	}
	return v
}

// Of what was hidden in an unknown, some completion would pass or fail: unknown
// is not a third name for either. Where all members are there, nothing is unknown.
func TestNothingIsUnknownWhereAllIsThere(t *testing.T) {
	pairs(t, 4, 1000, 10, false, func(g *generator, c *check, fragment map[string]any, valid func(any) bool, v any) {
		whole := complete(g, v)
		if o, _ := answer(c, whole); o == Unknown || (o == Pass) != valid(whole) {
			t.Fatalf("%s where every member is there\nfragment %s\nvalue    %s", o, text(fragment), text(whole))
		}
	})
}

func complete(g *generator, v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := map[string]any{}
		for _, n := range genNames {
			if x, ok := v[n]; ok {
				m[n] = complete(g, x)
			} else {
				m[n] = g.one(genValues)
			}
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = complete(g, x)
		}
		return l
	}
	return v
}

// source gives every place of a value a random level.
func source(g *generator, v any, at string, into map[string][]Source) {
	if g.IntN(3) > 0 {
		into[at] = []Source{{Level: Level(1 + g.IntN(3))}}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range sorted(v) {
			source(g, x, Join(at, k), into)
		}
	case []any:
		for i, x := range v {
			source(g, x, Join(at, i), into)
		}
	}
}

// Better sources never make a pass weaker, and never change the outcome; the
// level of a pass is that of a source there, or inherited from the container.
func TestLevelsAreMonotone(t *testing.T) {
	passes := 0
	pairs(t, 5, 1500, 10, false, func(g *generator, c *check, fragment map[string]any, _ func(any) bool, v any) {
		sources := map[string][]Source{"": {{Level: Claimed}}}
		source(g, v, "", sources)
		if len(sources[""]) == 0 {
			sources[""] = []Source{{Level: Claimed}}
		}
		o, level := walkFrom(c, v, sources)
		if o != Pass {
			return
		}
		passes++
		best := Unsourced
		for _, s := range sources {
			best = max(best, s[0].Level)
		}
		if level > best && level != Verified || level == Unsourced {
			t.Fatalf("level %s where no source is better than %s", level, best)
		}
		for pointer, s := range sources {
			if s[0].Level == Verified {
				continue
			}
			better := map[string][]Source{}
			for p, x := range sources {
				better[p] = x
			}
			better[pointer] = []Source{{Level: s[0].Level + 1}}
			if o, l := walkFrom(c, v, better); o != Pass || l < level {
				t.Fatalf("a better source of %q took the level from %s to %s (%s)\nfragment %s\nvalue    %s\nsources  %s", pointer, level, l, o, text(fragment), text(v), text(sources))
			}
		}
	})
	if passes < 2000 {
		t.Errorf("only %d passes", passes)
	}
}

func walkFrom(c *check, v any, sources map[string][]Source) (Outcome, Level) {
	root := origins(v, sources)
	return (&walker{}).walk(c, v, trail{root, root.level})
}

// Levels one by one: the weakest source that was touched, the best witness of a
// choice, the container of an empty list, the cap of the schema.
func TestLevels(t *testing.T) {
	capped := &Shape{Properties: map[string]*Shape{
		"said":   {Cap: Claimed, Types: []string{"string"}},
		"seen":   {Types: []string{"boolean"}},
		"listed": {Cap: Claimed, Types: []string{"array"}, Items: &Shape{Cap: Claimed}},
	}}
	for _, row := range []struct {
		what, fragment, value, sources string
		want                           Level
	}{
		{"a value has its own source", `{"const": true}`, `true`, `{"": "present"}`, Present},
		{"the strongest of several sources counts", `{"const": true}`, `true`, `{"": "claimed verified"}`, Verified},
		{"a member inherits from the object", `{"required": ["a"], "properties": {"a": {"const": 1}}}`, `{"a": 1}`, `{"": "present"}`, Present},
		{"a member's own source counts and not the object's", `{"required": ["a"], "properties": {"a": {"const": 1}}}`, `{"a": 1}`, `{"": "claimed", "/a": "verified"}`, Verified},
		{"a weaker source below counts", `{"required": ["a"], "properties": {"a": {"const": 1}}}`, `{"a": 1}`, `{"": "verified", "/a": "claimed"}`, Claimed},
		{"a source deeper down", `{"required": ["a"], "properties": {"a": {"minItems": 1, "items": {"required": ["b"], "properties": {"b": {"const": 1}}}}}}`, `{"a": [{"b": 1}]}`, `{"": "verified", "/a/0": "present", "/a/0/b": "claimed"}`, Claimed},
		{"a source deeper down, of a neighbour", `{"required": ["a"], "properties": {"a": {"minItems": 1, "items": {"required": ["b"], "properties": {"b": {"const": 1}}}}}}`, `{"a": [{"b": 1, "c": 1}]}`, `{"": "verified", "/a/0/c": "claimed"}`, Verified},
		{"the weakest of the touched", `{"required": ["a", "b"], "properties": {"a": {"const": 1}, "b": {"const": 2}}}`, `{"a": 1, "b": 2}`, `{"/a": "verified", "/b": "claimed"}`, Claimed},
		{"what is not touched does not count", `{"required": ["a"], "properties": {"a": {"const": 1}}}`, `{"a": 1, "b": 2}`, `{"/a": "verified", "/b": "claimed"}`, Verified},
		{"a member only required counts", `{"required": ["a", "b"], "properties": {"a": {"const": 1}}}`, `{"a": 1, "b": 2}`, `{"/a": "verified", "/b": "claimed"}`, Claimed},
		{"the weakest of the items", `{"minItems": 1, "items": {"const": 1}}`, `[1, 1, 1]`, `{"/0": "verified", "/1": "present", "/2": "verified"}`, Present},
		{"items inherit from the list", `{"minItems": 1, "items": {"const": 1}}`, `[1, 1]`, `{"": "claimed", "/0": "verified"}`, Claimed},
		{"an empty list is its container", `{"maxItems": 0}`, `[]`, `{"": "present"}`, Present},
		{"an empty list of which each item is asked", `{"items": {"const": 1}}`, `[]`, `{"": "present"}`, Present},
		{"an empty list below", `{"required": ["a"], "properties": {"a": {"maxItems": 3}}}`, `{"a": []}`, `{"": "verified", "/a": "claimed"}`, Claimed},
		{"only the length was asked", `{"minItems": 1}`, `[1]`, `{"": "claimed", "/0": "verified"}`, Claimed},
		{"contains: the best witness", `{"contains": {"const": 1}}`, `[1, 2, 1]`, `{"/0": "claimed", "/1": "verified", "/2": "present"}`, Present},
		{"contains twice: the second best", `{"contains": {"const": 1}, "minContains": 2}`, `[1, 1, 1]`, `{"/0": "claimed", "/1": "verified", "/2": "present"}`, Present},
		{"anyOf: the best branch that passes", `{"anyOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 2}}}]}`, `{"a": 1, "b": 2}`, `{"/a": "claimed", "/b": "present"}`, Present},
		{"anyOf: not one that fails", `{"anyOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 2}}}]}`, `{"a": 1, "b": 3}`, `{"/a": "claimed", "/b": "verified"}`, Claimed},
		{"allOf: the weakest branch", `{"allOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 2}}}]}`, `{"a": 1, "b": 2}`, `{"/a": "claimed", "/b": "present"}`, Claimed},
		{"not looks at the value", `{"not": {"const": "x"}}`, `"y"`, `{"": "claimed"}`, Claimed},
		{"a list of ours looks at the value", `{"$ref": "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`, `"gguf"`, `{"": "present"}`, Present},
		{"a cap", `{"required": ["said"], "properties": {"said": {"minLength": 1}}}`, `{"said": "x"}`, `{"": "verified"}`, Claimed},
		{"no cap beside it", `{"required": ["seen"], "properties": {"seen": {"const": true}}}`, `{"seen": true}`, `{"": "verified"}`, Verified},
		{"a cap on a member only required", `{"required": ["said", "seen"], "properties": {"seen": {"const": true}}}`, `{"said": "x", "seen": true}`, `{"": "verified"}`, Claimed},
		{"a cap on the items", `{"required": ["listed"], "properties": {"listed": {"minItems": 1, "items": {"minLength": 1}}}}`, `{"listed": ["x"]}`, `{"": "verified"}`, Claimed},
		{"a cap raises nothing", `{"required": ["said"], "properties": {"said": {"minLength": 1}}}`, `{"said": "x"}`, `{}`, Unsourced},
		{"a branch around a cap", `{"anyOf": [{"required": ["said"], "properties": {"said": {"minLength": 1}}}, {"required": ["seen"], "properties": {"seen": {"const": true}}}]}`, `{"said": "x", "seen": true}`, `{"": "present"}`, Present},
		{"a member named like an index", `{"required": ["0"], "properties": {"0": {"const": 1}}}`, `{"0": 1}`, `{"": "claimed", "/0": "verified"}`, Verified},
		{"a name that must be escaped", `{"required": ["a/b~c"], "properties": {"a/b~c": {"const": 1}}}`, `{"a/b~c": 1}`, `{"": "claimed", "/a~1b~0c": "verified"}`, Verified},
		{"a source of what is not there", `{"minItems": 1, "items": {"const": 1}}`, `[1]`, `{"": "present", "/99999999": "claimed", "/x/y": "claimed", "/-1": "claimed"}`, Present},
	} {
		var fragment map[string]any
		var said map[string]string
		var value any
		for text, into := range map[string]any{row.fragment: &fragment, row.sources: &said, row.value: &value} {
			if err := json.Unmarshal([]byte(text), into); err != nil {
				t.Fatalf("%s: %v", row.what, err)
			}
		}
		c, _, err := compile(fragment, capped)
		if err != nil {
			t.Fatalf("%s: %v", row.what, err)
		}
		sources := map[string][]Source{}
		for pointer, levels := range said {
			for _, name := range strings.Fields(levels) {
				var l Level
				if err := l.UnmarshalText([]byte(name)); err != nil {
					t.Fatal(err)
				}
				sources[pointer] = append(sources[pointer], Source{Level: l})
			}
		}
		if o, l := walkFrom(c, Plain(value), sources); o != Pass || l != row.want {
			t.Errorf("%s: %s at %q, want pass at %q", row.what, o, l, row.want)
		}
	}
}

// Places stop at anyOf, contains and not: who stands below is not to blame.
func TestPlaces(t *testing.T) {
	for _, row := range []struct {
		what, fragment, value string
		want                  Outcome
		places                string
	}{
		{"the value that failed", `{"required": ["a"], "properties": {"a": {"const": 1}}}`, `{"a": 2}`, Fail, "/a"},
		{"every member that failed", `{"required": ["b", "a"], "properties": {"b": {"const": 1}, "a": {"const": 1}}}`, `{"b": 2, "a": 2}`, Fail, "/a /b"},
		{"every item that failed, in the order of the list", `{"minItems": 1, "items": {"const": 1}}`, `[2, 1, 2, 1, 1, 1, 1, 1, 1, 1, 2]`, Fail, "/0 /2 /10"},
		{"a member of an item", `{"minItems": 1, "items": {"required": ["a"], "properties": {"a": {"const": 1}}}}`, `[{"a": 1}, {"a": 2}]`, Fail, "/1/a"},
		{"too few items", `{"minItems": 1, "items": {"const": 1}}`, `[]`, Fail, ""},
		{"anyOf", `{"anyOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 1}}}]}`, `{"a": 2, "b": 2}`, Fail, ""},
		{"contains", `{"contains": {"required": ["a"], "properties": {"a": {"const": 1}}}}`, `[{"a": 2}, {"a": 3}]`, Fail, ""},
		{"contains below a member", `{"required": ["l"], "properties": {"l": {"contains": {"const": 1}}}}`, `{"l": [2, 3]}`, Fail, "/l"},
		{"not", `{"required": ["a"], "properties": {"a": {"not": {"const": 1}}}}`, `{"a": 1}`, Fail, "/a"},
		{"allOf goes on", `{"allOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}]}`, `{"a": 2}`, Fail, "/a"},
		{"a fail hides what is missing", `{"required": ["a", "b"], "properties": {"a": {"const": 1}, "b": {"const": 1}}}`, `{"a": 2}`, Fail, "/a"},
		{"what is missing", `{"required": ["a", "b"], "properties": {"a": {"const": 1}, "b": {"const": 1}}}`, `{"a": 1}`, Unknown, "/b"},
		{"what is missing in an item", `{"minItems": 1, "items": {"required": ["a"], "properties": {"a": {"const": 1}}}}`, `[{"a": 1}, {}]`, Unknown, "/1/a"},
		{"missing in a branch", `{"anyOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 1}}}]}`, `{"a": 2}`, Unknown, ""},
		{"missing in a witness", `{"contains": {"required": ["a"], "properties": {"a": {"const": 1}}}}`, `[{"a": 2}, {}]`, Unknown, ""},
		{"too few witnesses, whatever is missing", `{"contains": {"required": ["a"], "properties": {"a": {"const": 1}}}, "minContains": 2}`, `[{"a": 2}, {}]`, Fail, ""},
		{"a witness too many is missing", `{"contains": {"required": ["a"], "properties": {"a": {"const": 1}}}}`, `[{"a": 1}, {}]`, Pass, ""},
		{"one branch holds, another is missing", `{"anyOf": [{"required": ["a"], "properties": {"a": {"const": 1}}}, {"required": ["b"], "properties": {"b": {"const": 1}}}]}`, `{"b": 1}`, Pass, ""},
		{"a name that must be escaped", `{"required": ["a/b"], "properties": {"a/b": {"const": 1}}}`, `{"a/b": 2}`, Fail, "/a~1b"},
	} {
		var fragment map[string]any
		var value any
		if err := json.Unmarshal([]byte(row.fragment), &fragment); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(row.value), &value); err != nil {
			t.Fatal(err)
		}
		c, _, err := compile(fragment, nil)
		if err != nil {
			t.Fatal(err)
		}
		o, w := answer(c, Plain(value))
		spots := w.failed
		if o == Unknown {
			spots = w.missing
		}
		var got []string
		for _, s := range spots {
			got = append(got, s.pointer)
		}
		if o != row.want || strings.Join(got, " ") != row.places {
			t.Errorf("%s: %s at %q, want %s at %q", row.what, o, got, row.want, row.places)
		}
	}
}

func TestPlacesAreSortedByIndexNotByText(t *testing.T) {
	spots := []spot{{pointer: "/a/10"}, {pointer: "/b"}, {pointer: "/a/9/x"}, {pointer: "/a"}, {pointer: "/a/1a"}, {pointer: "/a/9"}, {pointer: "/a/2"}}
	g := rand.New(rand.NewPCG(6, 0))
	for range 50 {
		g.Shuffle(len(spots), func(i, j int) { spots[i], spots[j] = spots[j], spots[i] })
		slices.SortStableFunc(spots, bySpot)
		if got := fmt.Sprint(spots); got != "[{/a <nil> false} {/a/2 <nil> false} {/a/9 <nil> false} {/a/9/x <nil> false} {/a/10 <nil> false} {/a/1a <nil> false} {/b <nil> false}]" {
			t.Fatal(got)
		}
	}
}

// A source may name any pointer; it takes no memory for what is not there.
func TestOriginsTakeNoMemoryForWhatIsNotThere(t *testing.T) {
	doc := map[string]any{"files": []any{"a"}}
	sources := map[string][]Source{}
	for i := range 1000 {
		sources["/files/"+strconv.Itoa(1<<23+i)] = []Source{{Level: Present}}
		sources["/"+strconv.Itoa(i)+"/"+strconv.Itoa(1<<23)] = []Source{{Level: Present}}
	}
	perRun := testing.AllocsPerRun(3, func() { origins(doc, sources) })
	root := origins(doc, sources)
	if len(root.items) > 0 || len(root.members) > 1 || len(root.members["files"].items) > 1 || perRun > 20_000 {
		t.Errorf("origins grew: %d members, %d items, %.0f allocations", len(root.members), len(root.members["files"].items), perRun)
	}
}

func TestIndexIsWrittenOneWay(t *testing.T) {
	for token, want := range map[string]bool{"0": true, "9": true, "10": true, "": false, "-0": false, "+1": false, "-1": false, "01": false, "00": false, "1a": false, "12": false, "99999999999999999999": false, "１": false} {
		if _, ok := index(token, 11); ok != want {
			t.Errorf("index(%q, 11) = %t", token, ok)
		}
	}
}
