package audit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/rules"
	"glassbox/schemas"
)

// A slip is one change to a rule's document that an author might make by
// mistake, at one place of it.
type slip struct {
	class string
	at    string
	doc   map[string]any
}

// slips makes every slip of every class that a rule gives room for.
func slips(doc map[string]any) []slip {
	var out []slip
	add := func(class, at string, change func(m map[string]any)) {
		m := clone(doc).(map[string]any)
		change(m)
		out = append(out, slip{class, at, m})
	}
	formSlips(doc, add)
	placeSlips(doc, add)
	exampleSlips(doc, add)
	fragments(doc["expect"], "/expect", func(at string, f map[string]any) {
		fragmentSlips(f, at, func(class, at string, change func(m map[string]any)) {
			add(class, at, func(m map[string]any) { change(at_(m, at)) })
		})
	})
	fragments(doc["when"], "/when", func(at string, f map[string]any) {
		fragmentSlips(f, at, func(class, at string, change func(m map[string]any)) {
			add("when: "+class, at, func(m map[string]any) { change(at_(m, at)) })
		})
	})
	return out
}

type adder func(class, at string, change func(m map[string]any))

func formSlips(doc map[string]any, add adder) {
	for _, key := range slices.Sorted(maps.Keys(doc)) {
		if key != "when" && key != "effort" {
			add("field left out", "/"+key, func(m map[string]any) { delete(m, key) })
		}
		add("field misspelt", "/"+key, func(m map[string]any) { m[misspelt(key)] = m[key]; delete(m, key) })
		add("field of another type", "/"+key, func(m map[string]any) { m[key] = int64(7) })
		add("field empty", "/"+key, func(m map[string]any) { m[key] = nil })
	}
	for _, key := range []string{"severity", "level", "effort"} {
		if s, ok := doc[key].(string); ok {
			add("word misspelt", "/"+key, func(m map[string]any) { m[key] = misspelt(s) })
		}
	}
	add("no link", "/references", func(m map[string]any) { m["references"] = []any{"a book"} })
	add("expectation in a list", "/expect", func(m map[string]any) { m["expect"] = []any{m["expect"]} })
	add("expectation negated", "/expect", func(m map[string]any) { m["expect"] = map[string]any{"not": m["expect"]} })
	add("expectation under then", "/expect", func(m map[string]any) {
		m["expect"] = map[string]any{"if": map[string]any{}, "then": m["expect"]}
	})
}

func placeSlips(doc map[string]any, add adder) {
	needs := doc["needs"].(string)
	set := func(class, to string) {
		add(class, "/needs", func(m map[string]any) { m["needs"] = to })
	}
	root, each := strings.CutSuffix(needs, "/*")
	parts := strings.Split(root, "/")[1:]
	for i, p := range parts {
		wrong := slices.Clone(parts)
		wrong[i] = misspelt(p)
		set("needs misspelt", "/"+strings.Join(wrong, "/")+strings.TrimPrefix(needs, root))
		if len(parts) > 1 {
			set("needs without a part", "/"+strings.Join(slices.Delete(slices.Clone(parts), i, i+1), "/"))
		}
	}
	set("needs with a part too many", root+"/present/present")
	set("needs one item", root+"/0")
	set("needs without its slash", needs[1:])
	set("needs written with dots", strings.ReplaceAll(needs[1:], "/", "."))
	if each {
		set("needs the list and not its items", root)
	} else {
		set("needs items and not the whole", needs+"/*")
	}
}

func exampleSlips(doc map[string]any, add adder) {
	examples := doc["examples"].(map[string]any)
	for _, kind := range []string{"pass", "fail"} {
		add("examples of a kind left out", "/examples/"+kind, func(m map[string]any) { delete(m["examples"].(map[string]any), kind) })
		add("examples of a kind empty", "/examples/"+kind, func(m map[string]any) { m["examples"].(map[string]any)[kind] = []any{} })
		for i := range examples[kind].([]any) {
			add("example that is no evidence", fmt.Sprintf("/examples/%s/%d", kind, i), func(m map[string]any) {
				m["examples"].(map[string]any)[kind].([]any)[i] = map[string]any{"nonesuch": true}
			})
		}
	}
	add("examples swapped", "/examples", func(m map[string]any) {
		e := m["examples"].(map[string]any)
		e["pass"], e["fail"] = e["fail"], e["pass"]
	})
	add("examples not in a list", "/examples", func(m map[string]any) {
		e := m["examples"].(map[string]any)
		e["pass"], e["fail"] = e["pass"].([]any)[0], e["fail"].([]any)[0]
	})
}

// swaps lists keywords that are taken for one another.
var swaps = map[string][]string{
	"minimum": {"maximum", "minLength", "minItems", "exclusiveMinimum"}, "minItems": {"maxItems", "minLength", "minimum", "minContains"},
	"minLength": {"minItems", "minimum", "maxLength"}, "items": {"contains", "prefixItems", "properties"}, "contains": {"items", "enum", "anyOf"},
	"anyOf": {"allOf", "oneOf", "enum"}, "const": {"enum", "pattern", "value", "equals"}, "enum": {"const", "anyOf", "oneOf"},
	"required": {"properties", "require", "needs"}, "properties": {"items", "property", "patternProperties"}, "$ref": {"$dynamicRef", "enum", "const"}, "type": {"const", "format"},
	"not": {"const", "enum", "no"},
}

// strangers are keywords of JSON Schema outside the subset.
var strangers = map[string]any{
	"additionalProperties": false, "unevaluatedProperties": false, "propertyNames": map[string]any{"minLength": int64(1)},
	"uniqueItems": true, "prefixItems": []any{map[string]any{"const": true}}, "maxContains": int64(3), "minProperties": int64(1),
	"oneOf": []any{map[string]any{"const": true}, map[string]any{"const": false}}, "if": map[string]any{"const": true},
	"maxLength": int64(80), "exclusiveMinimum": int64(0), "multipleOf": int64(1), "format": "uri", "dependentRequired": map[string]any{},
	"description": "what is asked", "default": true, "$comment": "why", "$id": "urn:example:rule", "$defs": map[string]any{}, "nullable": true,
}

// idle are constraints that hold of everything.
var idle = map[string]any{"minItems": int64(0), "minLength": int64(0), "minimum": int64(-1), "pattern": ".*", "maxItems": int64(1 << 40), "maximum": 1e300}

func fragmentSlips(f map[string]any, at string, add adder) {
	add("constraint emptied", at, func(m map[string]any) { clear(m) })
	for _, key := range slices.Sorted(maps.Keys(strangers)) {
		add("keyword outside the subset: "+key, at, func(m map[string]any) { m[key] = strangers[key] })
	}
	for _, key := range slices.Sorted(maps.Keys(idle)) {
		if _, taken := f[key]; !taken {
			add("constraint that constrains nothing: "+key, at, func(m map[string]any) { m[key] = idle[key] })
		}
	}
	for _, key := range slices.Sorted(maps.Keys(f)) {
		if key == "at" {
			continue
		}
		add("keyword misspelt", at, func(m map[string]any) { m[misspelt(key)] = m[key]; delete(m, key) })
		for _, other := range swaps[key] {
			add("keyword taken for another", at, func(m map[string]any) { m[other] = m[key]; delete(m, key) })
		}
		if key != "type" {
			add("constraint left out", at+" "+key, func(m map[string]any) { delete(m, key) })
		}
	}
	if props, ok := f["properties"].(map[string]any); ok {
		memberSlips(f, props, at, add)
	}
	valueSlips(f, at, add)
	for _, choice := range []string{"anyOf", "allOf"} {
		for i := range length(f[choice]) {
			add("branch left out", at, func(m map[string]any) { m[choice] = slices.Delete(m[choice].([]any), i, i+1) })
			add("branch given twice instead of another", at, func(m map[string]any) {
				branches := m[choice].([]any)
				branches[i] = clone(branches[(i+1)%len(branches)])
			})
		}
	}
}

func memberSlips(f, props map[string]any, at string, add adder) {
	for _, name := range slices.Sorted(maps.Keys(props)) {
		wrong := misspelt(name)
		add("property misspelt in properties", at, func(m map[string]any) {
			p := m["properties"].(map[string]any)
			p[wrong] = p[name]
			delete(p, name)
		})
		add("property misspelt in required", at, func(m map[string]any) { replace(m["required"].([]any), name, wrong) })
		add("property misspelt in both", at, func(m map[string]any) {
			p := m["properties"].(map[string]any)
			p[wrong] = p[name]
			delete(p, name)
			replace(m["required"].([]any), name, wrong)
		})
		add("property not required", at, func(m map[string]any) {
			m["required"] = slices.DeleteFunc(m["required"].([]any), func(x any) bool { return x == name })
		})
		add("property beside properties", at, func(m map[string]any) {
			m[name] = m["properties"].(map[string]any)[name]
			delete(m, "properties")
		})
		add("required inside the property", at, func(m map[string]any) {
			m["properties"].(map[string]any)[name].(map[string]any)["required"] = true
			delete(m, "required")
		})
	}
}

func valueSlips(f map[string]any, at string, add adder) {
	switch v := f["const"].(type) {
	case bool:
		add("flag turned round", at, func(m map[string]any) { m["const"] = !v })
		add("flag quoted", at, func(m map[string]any) { m["const"] = fmt.Sprint(v) })
		add("flag as yes", at, func(m map[string]any) { m["const"] = "yes" })
		add("flag as number", at, func(m map[string]any) { m["const"] = int64(1) })
	case string:
		add("value misspelt", at, func(m map[string]any) { m["const"] = misspelt(v) })
		add("value in capitals", at, func(m map[string]any) { m["const"] = strings.ToUpper(v) })
	}
	for i := range length(f["enum"]) {
		add("value misspelt", at, func(m map[string]any) { l := m["enum"].([]any); l[i] = misspelt(l[i].(string)) })
		add("value in capitals", at, func(m map[string]any) { l := m["enum"].([]any); l[i] = strings.ToUpper(l[i].(string)) })
		add("value left out", at, func(m map[string]any) { m["enum"] = slices.Delete(m["enum"].([]any), i, i+1) })
	}
	if v, ok := f["minimum"].(int64); ok {
		add("threshold off by one", at, func(m map[string]any) { m["minimum"] = v + 1 })
		add("threshold off by one", at, func(m map[string]any) { m["minimum"] = v - 1 })
		add("threshold of nothing", at, func(m map[string]any) { m["minimum"] = int64(0) })
		add("threshold quoted", at, func(m map[string]any) { m["minimum"] = fmt.Sprint(v) })
		add("threshold with a digit too many", at, func(m map[string]any) { m["minimum"] = v * 10 })
	}
	for _, key := range []string{"minItems", "minLength"} {
		if v, ok := f[key].(int64); ok {
			add("threshold of nothing", at, func(m map[string]any) { m[key] = v - 1 })
			add("threshold with a digit too many", at, func(m map[string]any) { m[key] = v * 10 })
			add("threshold quoted", at, func(m map[string]any) { m[key] = fmt.Sprint(v) })
		}
	}
	if ref, ok := f["$ref"].(string); ok {
		add("list misspelt", at, func(m map[string]any) { m["$ref"] = misspelt(ref) })
		add("list of another date", at, func(m map[string]any) { m["$ref"] = strings.Replace(ref, "2026-11", "2026-10", 1) })
	}
}

// fragments visits a fragment and every fragment below it.
func fragments(v any, at string, visit func(at string, f map[string]any)) {
	f, ok := v.(map[string]any)
	if !ok {
		return
	}
	visit(at, f)
	for _, key := range []string{"items", "contains", "not"} {
		fragments(f[key], at+"/"+key, visit)
	}
	if props, ok := f["properties"].(map[string]any); ok {
		for _, name := range slices.Sorted(maps.Keys(props)) {
			fragments(props[name], at+"/properties/"+name, visit)
		}
	}
	for _, key := range []string{"anyOf", "allOf"} {
		for i := range length(f[key]) {
			fragments(f[key].([]any)[i], fmt.Sprintf("%s/%s/%d", at, key, i), visit)
		}
	}
}

// at_ follows a path of plain names and indices.
func at_(v any, path string) map[string]any {
	path, _, _ = strings.Cut(path, " ")
	for _, t := range strings.Split(path, "/")[1:] {
		switch c := v.(type) {
		case map[string]any:
			v = c[t]
		case []any:
			var i int
			fmt.Sscan(t, &i)
			v = c[i]
		}
	}
	return v.(map[string]any)
}

func length(v any) int { l, _ := v.([]any); return len(l) }

func replace(list []any, old, new string) {
	for i, x := range list {
		if x == old {
			list[i] = new
		}
	}
}

// misspelt swaps the last two letters, or doubles the last where that changes
// nothing.
func misspelt(s string) string {
	n := len(s)
	if n < 2 || s[n-1] == s[n-2] {
		return s + s[n-1:]
	}
	return s[:n-2] + s[n-1:] + s[n-2:n-1]
}

func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, x := range v {
			m[k] = clone(x)
		}
		return m
	case []any:
		l := make([]any, len(v))
		for i, x := range v {
			l[i] = clone(x)
		}
		return l
	}
	return v
}

// sound tells of a slip that loads whether what loaded is a sound rule all the
// same, and why. Everything else that loads is a hole in the nets.
func sound(s slip) (why string) {
	needs, _ := s.doc["needs"].(string)
	switch s.class {
	case "needs without a part":
		if needs == "/code/present" { // from /code/training/present
			return "asks another flag of the same section; only its title says which was meant"
		}
	case "keyword taken for another":
		if p, ok := at_(s.doc, s.at)["pattern"].(string); ok && matching(needs, s.at, p) == 1 {
			return "one word of the closed vocabulary has this text in it, the one that const named"
		}
	case "threshold with a digit too many":
		if f := at_(s.doc, s.at); f["minLength"] == int64(10) {
			return "asks for a longer text than was meant, between those of the examples"
		}
	}
	return ""
}

// matching counts the words of the closed vocabulary at a place of a rule's
// expectation that a pattern matches.
func matching(needs, at, pattern string) int {
	place := needs
	path := strings.Split(at, "/")[2:]
	for i, t := range path {
		switch {
		case t == "items" || t == "contains":
			place += "/*"
		case i > 0 && path[i-1] == "properties":
			place += "/" + t
		}
	}
	n := 0
	if s := strict().Shape().At(place); s != nil {
		for _, word := range s.Enum {
			if ok, err := regexp.MatchString(pattern, fmt.Sprint(word)); ok && err == nil {
				n++
			}
		}
	}
	return n
}

// Every slip of every class at every place of the rules in the program: none
// may load but for the few that leave a sound rule. A rule that loads after a
// slip is true of everything, or of nothing, without anybody noticing.
func TestNoSlipLoads(t *testing.T) {
	loader := strict()
	all, err := loader.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	tried, accepted := map[string]int{}, 0
	for _, r := range all {
		doc, err := schemas.ReadYAML([]byte(r.Text()))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range slips(doc.Value.(map[string]any)) {
			text, err := json.Marshal(s.doc)
			if err != nil {
				t.Fatal(err)
			}
			tried[s.class]++
			_, err = loader.Load(fstest.MapFS{"trust/slip.yaml": {Data: text}})
			if err != nil {
				continue
			}
			why := sound(s)
			if why == "" {
				t.Errorf("%s: %s at %s loads:\n%s", r.ID, s.class, s.at, text)
				continue
			}
			t.Logf("%s: %s at %s loads, and is sound: %s", r.ID, s.class, s.at, why)
			accepted++
		}
	}
	total := 0
	for _, class := range slices.Sorted(maps.Keys(tried)) {
		t.Logf("%5d %s", tried[class], class)
		total += tried[class]
	}
	t.Logf("%5d slips of %d classes, %d of them sound rules", total, len(tried), accepted)
	if len(tried) < 60 {
		t.Errorf("only %d classes of slips tried", len(tried))
	}
}
