package audit_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"glassbox/audit"
)

// draft is the part of a rule that the nets look at. Left empty, a field has
// the text of a sound rule: one that asks each weight file for its format.
type draft struct{ needs, expect, level, pass, fail, when string }

// The lines on which a draft's fields stand in its YAML.
const (
	onNeeds  = 6
	onExpect = 7
	onLevel  = 8
	onPass   = 10
	onFail   = 11
	onWhen   = 12
)

func (d draft) yaml() string {
	text := fmt.Sprintf(`title: A rule under test
why: It is here to be refused or accepted.
fix: Change it.
references: [https://example.org/rule]
severity: low
needs: %s
expect: %s
level: %s
examples:
  pass: %s
  fail: %s
`, cmp.Or(d.needs, "/weights/files"),
		cmp.Or(d.expect, "{minItems: 1, items: {required: [format], properties: {format: {enum: [safetensors, gguf]}}}}"),
		cmp.Or(d.level, "present"),
		cmp.Or(d.pass, "[[{path: a, format: safetensors}, {path: b, format: gguf}]]"),
		cmp.Or(d.fail, "[[{path: a, format: pickle}], []]"))
	if d.when != "" {
		text += "when: " + d.when + "\n"
	}
	return text
}

var strict = sync.OnceValue(func() *audit.Loader {
	l, err := audit.NewLoader()
	if err != nil {
		panic(err)
	}
	return l
})

// load puts one rule file through every net.
func load(t testing.TB, file, text string) (*audit.Rule, error) {
	t.Helper()
	rules, err := strict().Load(fstest.MapFS{file: {Data: []byte(text)}})
	if err != nil {
		if len(rules) > 0 {
			t.Errorf("%s: refused and returned all the same", file)
		}
		return nil, err
	}
	if len(rules) != 1 {
		t.Fatalf("%s: %d rules and no error", file, len(rules))
	}
	return rules[0], nil
}

func mustLoad(t testing.TB, text string) *audit.Rule {
	t.Helper()
	r, err := load(t, "trust/tried.yaml", text)
	if err != nil {
		t.Fatalf("does not load: %v\n%s", err, text)
	}
	return r
}

// refused holds that a rule does not load, at which line, and why.
func refused(t *testing.T, err error, file string, line int, why string) {
	t.Helper()
	var fault *audit.RuleError
	if !errors.As(err, &fault) {
		t.Fatalf("loaded, or no fault of a rule: %v", err)
	}
	if fault.File != file || fault.Line != line || !strings.Contains(fault.Msg, why) {
		t.Errorf("got  %v\nwant %s:%d: …%s…", err, file, line, why)
	}
}

const sampleRule = `title: Weights are stored in formats that cannot run code
why: A pickle runs whatever its author put in it when it is loaded.
fix: Convert the weights to safetensors, publish the new digests, remove the pickle.
references: [https://docs.python.org/3/library/pickle.html]
severity: high
needs: /weights/files
expect:
  minItems: 1
  items: {required: [format], properties: {format: {enum: [safetensors, gguf, onnx]}}}
level: present
examples:
  pass: [[{path: a.safetensors, format: safetensors}]]
  fail: [[{path: b.bin, format: pickle}], []]
`

func TestSampleRuleLoads(t *testing.T) {
	r := mustLoad(t, sampleRule)
	if r.ID != "tried" || r.Dimension != "trust" || r.Needs != "/weights/files" || r.Each || r.Level != audit.Present ||
		r.Title != "Weights are stored in formats that cannot run code" || r.Fix != "Convert the weights to safetensors, publish the new digests, remove the pickle." ||
		r.Why != "A pickle runs whatever its author put in it when it is loaded." || r.Effort != "hours" || r.Pointer() != r.Needs || r.Relation() ||
		r.Severity != "high" || len(r.References) != 1 || len(r.Pass) != 1 || len(r.Fail) != 2 || r.Text() != sampleRule {
		t.Errorf("read as %+v", r)
	}
}

// Each row is one way for a rule to be wrong, beside a rule much like it that
// is right: a net that refuses everything would catch nothing.
func TestNets(t *testing.T) {
	section := "/card/sections/uses"
	words := "{required: [words], properties: {words: {minimum: 12}}}"
	format := func(check string) string {
		return "{minItems: 1, items: {required: [format], properties: {format: " + check + "}}}"
	}
	link := draft{
		needs: "/files/*", expect: "{required: [stays_inside], properties: {stays_inside: {const: true}}}",
		pass: "[{path: a, kind: link, stays_inside: true}]", fail: "[{path: a, kind: link, stays_inside: false}]",
	}
	filter := func(when string) draft { d := link; d.when = when; return d }
	flag := func(needs string) draft {
		return draft{needs: needs, expect: "{const: true}", pass: "[true]", fail: "[false]"}
	}
	when := func(w string) draft { d := flag("/tokenizer/present"); d.when = w; return d }
	name := func(check, pass, fail string) draft {
		return draft{needs: "/architecture/model_type", expect: check, level: "claimed", pass: pass, fail: fail}
	}
	for _, row := range []struct {
		net  string
		bad  draft
		line int
		why  string
		good draft
	}{
		// keywords
		{"unknown keyword", draft{expect: "{minItms: 1, items: {required: [format], properties: {format: {enum: [gguf]}}}}"}, onExpect, `unknown keyword "minItms", did you mean "minItems"?`, draft{}},
		{"unknown keyword, nested", draft{expect: format("{enumm: [safetensors, gguf]}")}, onExpect, `/expect/items/properties/format: unknown keyword "enumm", did you mean "enum"?`, draft{}},
		{"unknown keyword, under a name that is no word", draft{needs: section, expect: `{required: ["a b/c"], properties: {"a b/c": {minimm: 1}}}`}, onExpect, `/expect/properties/a b~1c: unknown keyword "minimm"`, draft{}},
		{"properties left out", draft{expect: "{minItems: 1, items: {required: [format], format: {enum: [safetensors, gguf]}}}"}, onExpect, `/expect/items: unknown keyword "format"`, draft{}},
		{"keyword of full JSON Schema", draft{expect: "{minItems: 1, uniqueItems: true, items: {required: [format], properties: {format: {enum: [gguf]}}}}"}, onExpect, `unknown keyword "uniqueItems"`, draft{}},
		{"oneOf", draft{needs: section, expect: "{oneOf: [{required: [words]}, {required: [heading]}]}"}, onExpect, `unknown keyword "oneOf", did you mean`, draft{needs: section, expect: words, pass: "[{words: 12}]", fail: "[{words: 11}]"}},
		{"unknown keyword in when", filter("{required: [kind], propertys: {kind: {const: link}}}"), onWhen, `unknown keyword "propertys", did you mean "properties"?`, filter("{required: [kind], properties: {kind: {const: link}}}")},
		{"unknown keyword nested in when", filter("{required: [kind], properties: {kind: {konst: link}}}"), onWhen, `unknown keyword "konst", did you mean "const"?`, filter("{anyOf: [{required: [kind], properties: {kind: {const: link}}}, {required: [kind], properties: {kind: {const: special}}}]}")},
		{"keyword of expect in when", filter("{minItems: 1}"), onWhen, `/when: unknown keyword "minItems"`, filter("{required: [kind], properties: {kind: {enum: [link]}}}")},
		{"not around more than a value", draft{needs: section, expect: "{required: [words], properties: {words: {not: {maximum: 11}}}}"}, onExpect, `/not: unknown keyword "maximum"`, draft{needs: "/files/*", expect: "{required: [kind], properties: {kind: {not: {enum: [executable, special]}}}}", pass: "[{path: a, kind: text}]", fail: "[{path: a, kind: executable}, {path: b, kind: special}]"}},
		{"minContains alone", draft{expect: "{minContains: 2}"}, onExpect, "minContains", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}, minContains: 2}", pass: "[[{path: a, format: gguf}, {path: b, format: gguf}]]", fail: "[[{path: a, format: gguf}, {path: b, format: pickle}]]"}},
		{"minContains of none", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}, minContains: 0}"}, onExpect, "must be >= 1", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}}", fail: "[[{path: a, format: pickle}]]"}},
		{"nothing expected", draft{expect: "{}"}, onExpect, "minimum 1 properties", draft{}},
		{"pattern that is no expression", name(`{type: string, pattern: "^(llama"}`, "[llama]", "[bert]"), onExpect, "pattern", name(`{type: string, pattern: "^llama"}`, "[llama]", "[bert, null]")},

		// keywords against the type of the place
		{"keyword for lists on text", name("{minItems: 1}", "[llama]", "[null]"), onExpect, "minItems", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},
		{"keyword for text on a list", draft{needs: "/card/metadata/tags", level: "claimed", expect: "{minLength: 1}", pass: "[[a]]", fail: "[[]]"}, onExpect, "minLength says nothing about a value of type array", draft{needs: "/card/metadata/tags", level: "claimed", expect: "{minItems: 1}", pass: "[[a]]", fail: "[[]]"}},
		{"keyword for numbers on an object", draft{needs: section, expect: "{minimum: 12}"}, onExpect, "minimum says nothing about a value of type object", draft{needs: section + "/words", expect: "{minimum: 12}", pass: "[12]", fail: "[11]"}},
		{"keyword for objects on a list", draft{expect: "{required: [format], properties: {format: {const: gguf}}}"}, onExpect, "says nothing about a value of type array", draft{}},
		{"null passes minLength", name("{minLength: 1}", "[llama]", `[""]`), onExpect, "minLength lets a value of type null pass: say type: string beside it", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},
		{"null passes pattern", name("{pattern: llama}", "[llama]", `[bert]`), onExpect, "pattern lets a value of type null pass", name("{type: string, pattern: llama}", "[llama]", "[bert, null]")},
		{"null passes minimum", draft{needs: "/card/metadata", level: "claimed", expect: "{required: [co2_grams], properties: {co2_grams: {minimum: 1}}}", pass: "[{co2_grams: 1}]", fail: "[{co2_grams: 0}]"}, onExpect, "minimum lets a value of type null pass", draft{needs: "/card/metadata", level: "claimed", expect: "{required: [co2_grams], properties: {co2_grams: {type: number, minimum: 1}}}", pass: "[{co2_grams: 1}]", fail: "[{co2_grams: 0}, {co2_grams: null}]"}},
		{"text passes minItems", draft{needs: "/card/claims", level: "claimed", expect: "{minItems: 1, items: {required: [value], properties: {value: {minItems: 1}}}}", pass: "[[{kind: dtype, value: [a]}]]", fail: "[[{kind: dtype, value: []}], []]"}, onExpect, "minItems lets a value of type string pass", draft{needs: "/card/claims", level: "claimed", expect: "{minItems: 1, items: {required: [value], properties: {value: {type: array, minItems: 1}}}}", pass: "[[{kind: dtype, value: [a]}]]", fail: "[[{kind: dtype, value: []}], []]"}},
		{"type left open", draft{needs: "/relations/parameters", expect: "{required: [declared], properties: {declared: {minimum: 1}}}"}, onExpect, "the evidence leaves the type open here: say type: number beside minimum", draft{needs: "/relations/parameters", expect: "{required: [declared], properties: {declared: {type: integer, minimum: 1}}}", pass: "[{declared: 1}]", fail: "[{declared: 0}]"}},
		{"items of a value left open", draft{needs: "/relations/parameters", expect: "{required: [declared], properties: {declared: {type: array, minItems: 1, items: {minimum: 1}}}}", pass: "[{declared: [1]}]", fail: "[{declared: [0]}, {declared: []}]"}, onExpect, "leaves the type open", draft{needs: "/relations/parameters", expect: "{required: [declared], properties: {declared: {type: array, minItems: 1, items: {type: integer, minimum: 1}}}}", pass: "[{declared: [1]}]", fail: "[{declared: [0]}, {declared: []}]"}},
		{"type that cannot occur", draft{needs: "/weights/present", expect: "{type: string}"}, onExpect, "type string cannot occur: the evidence has boolean there", flag("/weights/present")},
		{"whole numbers where text stands", name("{type: integer, minimum: 1}", "[llama]", "[null]"), onExpect, "type integer cannot occur: the evidence has string or null there", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},
		{"text where a number stands", draft{needs: "/card/metadata", level: "claimed", expect: "{required: [co2_grams], properties: {co2_grams: {type: string, minLength: 1}}}", pass: "[{co2_grams: 1}]", fail: "[{co2_grams: null}]"}, onExpect, "type string cannot occur", draft{needs: "/card/metadata", level: "claimed", expect: "{required: [co2_grams], properties: {co2_grams: {type: integer, minimum: 1}}}", pass: "[{co2_grams: 1}]", fail: "[{co2_grams: 0}]"}},
		{"type beside a keyword of another", name("{type: string, minimum: 1}", "[llama]", "[null]"), onExpect, "minimum says nothing about a value of type string", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},

		// paths
		{"needs nothing that exists", flag("/weights/presnt"), onNeeds, "the evidence has no /weights/presnt", flag("/weights/present")},
		{"needs a section that does not exist", flag("/weight/present"), onNeeds, "the evidence has no /weight/present", flag("/weights/present")},
		{"needs something below a flag", flag("/weights/present/really"), onNeeds, "the evidence has no", flag("/weights/present")},
		{"needs without a slash", flag("weights/present"), onNeeds, "/needs: does not match pattern", flag("/weights/present")},
		{"needs ends in a slash", flag("/weights/present/"), onNeeds, "/needs: does not match pattern", flag("/weights/present")},
		{"needs one item by number", draft{needs: "/weights/files/0/format", expect: "{const: gguf}", pass: "[gguf]", fail: "[pickle]"}, onNeeds, "/weights/files/0/format leads through a list", draft{needs: "/weights/files/*", expect: "{required: [format], properties: {format: {const: gguf}}}", pass: "[{path: a, format: gguf}]", fail: "[{path: a, format: pickle}]"}},
		{"needs members through a list", draft{needs: "/weights/files/*/format", expect: "{const: gguf}", pass: "[gguf]", fail: "[pickle]"}, onNeeds, "/weights/files/*/format leads through a list", draft{needs: "/weights/files/*", expect: "{required: [format], properties: {format: {const: gguf}}}", pass: "[{path: a, format: gguf}]", fail: "[{path: a, format: pickle}]"}},
		{"needs items of items", draft{needs: "/weights/files/*/globals/*", expect: "{required: [allowed], properties: {allowed: {const: true}}}", pass: "[{name: a, allowed: true}]", fail: "[{name: a, allowed: false}]"}, onNeeds, "leads through a list", draft{needs: "/weights/files/*", expect: "{required: [globals], properties: {globals: {minItems: 1, items: {required: [allowed], properties: {allowed: {const: true}}}}}}", pass: "[{path: a, globals: [{name: a, allowed: true}]}]", fail: "[{path: a, globals: [{name: a, allowed: false}]}, {path: a, globals: []}]"}},
		{"needs items of an object", draft{needs: "/weights/dtypes/*", expect: "{minimum: 1}", pass: "[1]", fail: "[0]"}, onNeeds, "the evidence has no /weights/dtypes/*", draft{needs: "/weights/dtypes/F32", expect: "{minimum: 1}", pass: "[1]", fail: "[0]"}},
		{"a property that does not exist", draft{needs: section, expect: "{required: [wrods], properties: {wrods: {minimum: 12}}}", pass: "[{words: 12}]", fail: "[{words: 11}]"}, onExpect, `the evidence has no member "wrods" here, did you mean "words"?`, draft{needs: section, expect: words, pass: "[{words: 12}]", fail: "[{words: 11}]"}},
		{"a required member that does not exist", draft{needs: section, expect: "{required: [words, headings], properties: {words: {minimum: 12}}}", pass: "[{words: 12}]", fail: "[{words: 11}]"}, onExpect, `no member "headings" here, did you mean "heading"?`, draft{needs: section, expect: "{required: [words, heading], properties: {words: {minimum: 12}}}", pass: "[{words: 12, heading: Uses}]", fail: "[{words: 11, heading: Uses}]"}},
		{"when at a place that does not exist", when("{at: /subject/knd, const: release}"), onWhen, "the evidence has no /subject/knd", when("{at: /subject/kind, const: release}")},
		{"when at one item by number", when("{at: /files/0/kind, const: link}"), onWhen, "leads through a list", when("{at: /files, contains: {required: [kind], properties: {kind: {const: link}}}}")},
		{"when at each item", when("{at: /files/*, required: [kind], properties: {kind: {const: link}}}"), onWhen, "the evidence has no /files/*", when("{at: /files, contains: {required: [kind], properties: {kind: {const: link}}}}")},
		{"when without a place, and no items", when("{const: release}"), onWhen, "needs /* and a filter on its items, or at: and a condition there", when("{at: /subject/kind, const: release}")},
		{"when at a place, and no condition", when("{at: /subject/kind}"), onWhen, "needs /* and a filter on its items, or at: and a condition there", when("{at: /subject/kind, enum: [release]}")},

		// values
		{"enum member that cannot occur", draft{expect: format("{enum: [safetensors, guff]}")}, onExpect, `"guff" cannot occur`, draft{}},
		{"enum member close to one that can", draft{expect: format("{enum: [safetensor, gguf]}")}, onExpect, `did you mean "safetensors"?`, draft{}},
		{"const that cannot occur", draft{needs: "/checksums", expect: "{required: [strength], properties: {strength: {const: stronk}}}", pass: "[{strength: strong}]", fail: "[{strength: weak}]"}, onExpect, `"stronk" cannot occur: the evidence knows weak, strong, did you mean "strong"?`, draft{needs: "/checksums", expect: "{required: [strength], properties: {strength: {const: strong}}}", pass: "[{strength: strong}]", fail: "[{strength: weak}]"}},
		{"const of another type", draft{needs: "/weights/present", expect: `{const: "true"}`, pass: "[true]", fail: "[false]"}, onExpect, "true cannot occur: the evidence has boolean there", flag("/weights/present")},
		{"const null where none can be", draft{needs: "/weights/present", expect: "{const: null}", pass: "[true]", fail: "[false]"}, onExpect, "cannot occur", flag("/weights/present")},
		{"number above what can occur", draft{needs: "/licenses/texts", expect: "{contains: {required: [similarity], properties: {similarity: {const: 10001}}}}", pass: "[[{path: a, similarity: 10000}]]", fail: "[[{path: a, similarity: 0}]]"}, onExpect, "10001 cannot occur: it is outside what the evidence allows", draft{needs: "/licenses/texts", expect: "{contains: {required: [similarity], properties: {similarity: {const: 10000}}}}", pass: "[[{path: a, similarity: 10000}]]", fail: "[[{path: a, similarity: 0}]]"}},
		{"number below what can occur", draft{needs: "/weights", expect: "{required: [parameters], properties: {parameters: {enum: [-1, 7]}}}", pass: "[{parameters: 7}]", fail: "[{parameters: 8}]"}, onExpect, "-1 cannot occur", draft{needs: "/weights", expect: "{required: [parameters], properties: {parameters: {enum: [7, 8]}}}", pass: "[{parameters: 7}, {parameters: 8}]", fail: "[{parameters: 9}]"}},
		{"not around what cannot occur", draft{needs: "/files/*", expect: "{required: [kind], properties: {kind: {not: {const: program}}}}", pass: "[{path: a, kind: text}]", fail: "[{path: a, kind: executable}]"}, onExpect, `"program" cannot occur`, draft{needs: "/files/*", expect: "{required: [kind], properties: {kind: {not: {const: executable}}}}", pass: "[{path: a, kind: text}]", fail: "[{path: a, kind: executable}]"}},
		{"a list of which nothing can occur", draft{needs: "/checksums", expect: `{required: [strength], properties: {strength: {$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}}}`, pass: "[{strength: strong}]", fail: "[{strength: weak}]"}, onExpect, "nothing on the list urn:glassbox:lists:2026-11#/$defs/inert-formats can occur here", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`)}},
		{"a list that does not exist", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-format"}`)}, onExpect, "no such list", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`)}},
		{"a list of another date", draft{expect: format(`{$ref: "urn:glassbox:lists:2020-01#/$defs/inert-formats"}`)}, onExpect, "no such list", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`)}},
		{"reference into the network", draft{expect: format(`{$ref: "https://example.org/formats.json"}`)}, onExpect, "/$ref: does not match pattern '^urn:glassbox:lists:", draft{}},
		{"reference to a file", draft{expect: format(`{$ref: "file:///etc/passwd"}`)}, onExpect, "/$ref: does not match pattern '^urn:glassbox:lists:", draft{}},
		{"reference to another schema of ours", draft{expect: format(`{$ref: "urn:glassbox:rule:v1#/$defs/fragment"}`)}, onExpect, "/$ref: does not match pattern '^urn:glassbox:lists:", draft{}},
		{"reference to itself", draft{expect: format(`{$ref: "#"}`)}, onExpect, "/$ref: does not match pattern", draft{}},
		{"an object as a whole", draft{needs: "/training/energy", level: "claimed", expect: "{const: {disclosed: true}}", pass: "[{disclosed: true}]", fail: "[{disclosed: false}]"}, onExpect, "an object is asked by its members", draft{needs: "/training/energy", level: "claimed", expect: "{required: [disclosed], properties: {disclosed: {const: true}}}", pass: "[{disclosed: true}]", fail: "[{disclosed: false}]"}},

		// what would not be asked at all
		{"constrained and not required", draft{needs: section, expect: "{properties: {words: {minimum: 12}}}", pass: "[{words: 12}]", fail: "[{words: 11}]"}, onExpect, `"words" is constrained and not required`, draft{needs: section, expect: words, pass: "[{words: 12}]", fail: "[{words: 11}]"}},
		{"constrained and not required, in an item", draft{expect: "{minItems: 1, items: {required: [path], properties: {format: {enum: [safetensors, gguf]}}}}"}, onExpect, `"format" is constrained and not required`, draft{}},
		{"constrained and not required, in a branch", draft{needs: section, expect: "{anyOf: [{properties: {words: {minimum: 12}}}, {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}"}, onExpect, `"words" is constrained and not required`, draft{needs: section, expect: "{anyOf: [" + words + ", {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}", pass: "[{words: 12, table_rows: 0}, {words: 0, table_rows: 2}]", fail: "[{words: 11, table_rows: 1}]"}},
		{"constrained and not required, in when", filter("{properties: {kind: {const: link}}}"), onWhen, `"kind" is constrained and not required`, filter("{required: [kind], properties: {kind: {const: link}}}")},
		{"items without minItems", draft{expect: "{items: {required: [format], properties: {format: {enum: [safetensors, gguf]}}}}", fail: "[[{path: a, format: pickle}]]"}, onExpect, "items without minItems holds for an empty list", draft{}},
		{"items without minItems, nested", draft{needs: "/weights", expect: "{required: [files], properties: {files: {items: {required: [complete], properties: {complete: {const: true}}}}}}", pass: "[{files: [{path: a, complete: true}]}]", fail: "[{files: [{path: a, complete: false}]}]"}, onExpect, "items without minItems", draft{needs: "/weights", expect: "{required: [files], properties: {files: {minItems: 1, items: {required: [complete], properties: {complete: {const: true}}}}}}", pass: "[{files: [{path: a, complete: true}]}]", fail: "[{files: [{path: a, complete: false}]}, {files: []}]"}},
		{"holds for nothing: an empty list", draft{needs: "/card/problems", expect: "{maxItems: 0}", pass: "[[]]", fail: "[[{message: a}]]"}, onExpect, "holds for evidence in which everything is present and empty", flag("/card/well_formed")},
		{"holds for nothing: a flag", draft{needs: "/card/present", expect: "{const: false}", pass: "[false]", fail: "[true]"}, onExpect, "holds for evidence in which everything is present and empty", flag("/card/present")},
		{"holds for nothing: a number", draft{needs: "/card", expect: "{required: [placeholders], properties: {placeholders: {maximum: 0}}}", pass: "[{placeholders: 0}]", fail: "[{placeholders: 1}]"}, onExpect, "holds for evidence in which everything is present and empty", flag("/card/filled_in")},
		{"holds for nothing: null", name("{const: null}", "[null]", "[llama]"), onExpect, "holds for evidence in which everything is present and empty", name("{const: llama}", "[llama]", "[null]")},
		{"holds for nothing: empty text", name("{type: string}", "[llama]", "[null]"), onExpect, "holds for evidence in which everything is present and empty", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},
		{"holds for nothing: an empty item", draft{needs: "/weights/files/*", expect: "{required: [problems], properties: {problems: {maxItems: 0}}}", pass: "[{path: a, problems: []}]", fail: "[{path: a, problems: [{message: b}]}]"}, onExpect, "holds for an item in which everything is present and empty", draft{needs: "/weights/files/*", expect: "{required: [complete], properties: {complete: {const: true}}}", pass: "[{path: a, complete: true}]", fail: "[{path: a, complete: false}]"}},

		// examples
		{"no example that passes", draft{pass: "[]"}, onPass, "minimum 1 items required", draft{}},
		{"no example that fails", draft{fail: "[]"}, onFail, "minimum 1 items required", draft{}},
		{"example with a member that does not exist", draft{pass: "[[{path: a, fromat: gguf}]]"}, onPass, `not valid evidence: there is no member "fromat", did you mean "format"?`, draft{}},
		{"example with a value that cannot occur", draft{fail: "[[{path: a, format: pickel}], []]"}, onFail, `"pickel" cannot occur`, draft{}},
		{"example among the items of one", draft{needs: link.needs, expect: link.expect, pass: "[[{path: a, stays_inside: true}, {path: b, stays_insde: true}]]", fail: "[{path: a, stays_inside: false}]"}, onPass, `there is no member "stays_insde", did you mean "stays_inside"?`, draft{needs: link.needs, expect: link.expect, pass: "[[{path: a, stays_inside: true}, {path: b, stays_inside: true}]]", fail: "[[{path: a, stays_inside: true}, {path: b, stays_inside: false}], []]"}},
		{"example with a fact deep inside that cannot occur", draft{needs: "/datasets", expect: "{contains: {required: [shown], properties: {shown: {const: true}}}}", pass: "[[{name: a, shown: true, hashes: {declared: -1}}]]", fail: "[[{name: a, shown: false}]]"}, onPass, "-1 cannot occur", draft{needs: "/datasets", expect: "{contains: {required: [shown], properties: {shown: {const: true}}}}", pass: "[[{name: a, shown: true, hashes: {declared: 1}}]]", fail: "[[{name: a, shown: false}]]"}},
		{"example with anything where anything may stand", draft{needs: "/weights/files", pass: "[[{path: a, format: gguf, metadata: [1]}]]", fail: "[[{path: a, format: pickle}], []]"}, onPass, "not valid evidence", draft{pass: "[[{path: a, format: gguf, metadata: {a: {b: [1]}}}, {path: b, format: safetensors}]]"}},
		{"example of the wrong type", draft{pass: "[{path: a, format: gguf}]"}, onPass, "not valid evidence", draft{}},
		{"example out of range", draft{needs: section, expect: words, pass: "[{words: 12}]", fail: "[{words: -1}]"}, onFail, "-1 cannot occur", draft{needs: section, expect: words, pass: "[{words: 12}]", fail: "[{words: 11}]"}},
		{"example without the name of its item", draft{pass: "[[{format: safetensors}]]"}, onPass, "not valid evidence: an item here is named by its path", draft{}},
		{"example of a relation with one side", draft{needs: "/relations/parameters", expect: "{required: [agree], properties: {agree: {const: true}}}", pass: "[{agree: true, between: [/weights/parameters]}]", fail: "[{agree: false}]"}, onPass, "not valid evidence: there are always 2 here", draft{needs: "/relations/parameters", expect: "{required: [agree], properties: {agree: {const: true}}}", pass: "[{agree: true, between: [/card/claims/0, /weights/parameters]}]", fail: "[{agree: false}]"}},
		{"example should pass and fails", draft{pass: "[[{path: a, format: pickle}]]"}, onPass, "the example should pass and comes out fail", draft{}},
		{"example should pass and is unknown", draft{pass: "[[{path: a}]]"}, onPass, "the example should pass and comes out unknown", draft{}},
		{"example should fail and passes", draft{fail: "[[{path: a, format: gguf}], []]"}, onFail, "the example should fail and comes out pass", draft{}},
		{"example should fail and is unknown", draft{fail: "[[{path: a}], []]"}, onFail, "the example should fail and comes out unknown", draft{}},
		{"example that the condition leaves out", draft{needs: link.needs, expect: link.expect, pass: "[{path: a, kind: text, stays_inside: true}]", fail: link.fail, when: "{required: [kind], properties: {kind: {const: link}}}"}, onPass, "the example should pass and comes out not_applicable", filter("{required: [kind], properties: {kind: {const: link}}}")},

		// constraints that no example would miss
		{"enum dropped unnoticed", draft{fail: "[[]]"}, onExpect, "no example would notice if this were dropped", draft{}},
		{"const dropped unnoticed", draft{needs: "/weights/files", expect: format("{const: gguf}"), pass: "[[{path: a, format: gguf}]]", fail: "[[]]"}, onExpect, "no example would notice", draft{expect: format("{const: gguf}"), pass: "[[{path: a, format: gguf}]]", fail: "[[], [{path: a, format: pickle}]]"}},
		{"minItems dropped unnoticed", draft{fail: "[[{path: a, format: pickle}]]"}, onExpect, "no example would notice", draft{}},
		{"maxItems dropped unnoticed", draft{needs: "/card/metadata/licenses", level: "claimed", expect: "{minItems: 1, maxItems: 1}", pass: "[[mit]]", fail: "[[]]"}, onExpect, "no example would notice", draft{needs: "/card/metadata/licenses", level: "claimed", expect: "{minItems: 1, maxItems: 1}", pass: "[[mit]]", fail: "[[], [mit, gpl]]"}},
		{"items dropped unnoticed", draft{expect: "{minItems: 1, items: {required: [path]}}", fail: "[[]]"}, onExpect, "no example would notice", draft{expect: "{minItems: 1}", fail: "[[]]"}},
		{"contains dropped unnoticed", draft{expect: "{minItems: 2, contains: {required: [path]}}", fail: "[[]]"}, onExpect, "no example would notice", draft{expect: "{minItems: 2}", fail: "[[]]"}},
		{"minContains dropped unnoticed", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}, minContains: 2}", pass: "[[{path: a, format: gguf}, {path: b, format: gguf}]]", fail: "[[{path: a, format: pickle}]]"}, onExpect, "no example would notice", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}, minContains: 2}", pass: "[[{path: a, format: gguf}, {path: b, format: gguf}]]", fail: "[[{path: a, format: gguf}], [{path: a, format: gguf}, {path: b, format: pickle}]]"}},
		{"minimum dropped unnoticed", draft{needs: section + "/words", expect: "{minimum: 5, maximum: 50}", pass: "[5, 50]", fail: "[51]"}, onExpect, "no example would notice", draft{needs: section + "/words", expect: "{minimum: 5}", pass: "[5]", fail: "[4]"}},
		{"maximum dropped unnoticed", draft{needs: section + "/words", expect: "{minimum: 5, maximum: 50}", pass: "[5, 50]", fail: "[4]"}, onExpect, "no example would notice", draft{needs: section + "/words", expect: "{minimum: 5, maximum: 50}", pass: "[5, 50]", fail: "[4, 51]"}},
		{"minLength dropped unnoticed", name("{type: string, minLength: 1}", "[llama]", "[null]"), onExpect, "no example would notice", name("{type: string, minLength: 1}", "[llama]", `["", null]`)},
		{"pattern dropped unnoticed", name(`{type: string, minLength: 1, pattern: "^[a-z]+$"}`, "[llama]", `["", null]`), onExpect, "no example would notice", name(`{type: string, pattern: "^[a-z]+$"}`, "[llama]", `["", null]`)},
		{"not dropped unnoticed", name("{type: string, minLength: 1, not: {const: other}}", "[llama]", `["", null]`), onExpect, "no example would notice", name("{type: string, minLength: 1, not: {const: other}}", "[llama]", `["", null, other]`)},
		{"list dropped unnoticed", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`), fail: "[[]]"}, onExpect, "no example would notice", draft{expect: format(`{$ref: "urn:glassbox:lists:2026-11#/$defs/inert-formats"}`)}},
		{"a branch of anyOf dropped unnoticed", draft{needs: section, expect: "{anyOf: [" + words + ", {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}", pass: "[{words: 12, table_rows: 0}]", fail: "[{words: 11, table_rows: 1}]"}, onExpect, "no example would notice", draft{needs: section, expect: "{anyOf: [" + words + ", {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}", pass: "[{words: 12, table_rows: 0}, {words: 0, table_rows: 2}]", fail: "[{words: 11, table_rows: 1}]"}},
		{"a branch of allOf dropped unnoticed", draft{needs: section, expect: "{allOf: [" + words + ", {required: [code_lines], properties: {code_lines: {minimum: 2}}}]}", pass: "[{words: 12, code_lines: 2}]", fail: "[{words: 11, code_lines: 2}]"}, onExpect, "no example would notice", draft{needs: section, expect: "{allOf: [" + words + ", {required: [code_lines], properties: {code_lines: {minimum: 2}}}]}", pass: "[{words: 12, code_lines: 2}]", fail: "[{words: 11, code_lines: 2}, {words: 12, code_lines: 1}]"}},
		{"a constraint inside a branch dropped unnoticed", draft{needs: section, expect: "{anyOf: [{required: [words], properties: {words: {minimum: 12, maximum: 900}}}, {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}", pass: "[{words: 12, table_rows: 0}, {words: 0, table_rows: 2}]", fail: "[{words: 11, table_rows: 1}]"}, onExpect, "no example would notice", draft{needs: section, expect: "{anyOf: [{required: [words], properties: {words: {minimum: 12, maximum: 900}}}, {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}", pass: "[{words: 12, table_rows: 0}, {words: 0, table_rows: 2}]", fail: "[{words: 11, table_rows: 1}, {words: 901, table_rows: 1}]"}},

		// conditions: only of what is there
		{"when asks whether there is any", when("{at: /weights, required: [files], properties: {files: {minItems: 1}}}"), onWhen, "what is absent must not make the rule go away", when("{at: /subject, required: [kind], properties: {kind: {const: release}}}")},
		{"when asks whether it is named", when("{at: /lineage, required: [base_named], properties: {base_named: {const: true}}}"), onWhen, "a condition may only ask for a kind, a format or a role", when("{at: /card/kind, const: model}")},
		{"when asks whether it is null", when("{at: /licenses/components/weights, required: [declared], properties: {declared: {type: string}}}"), onWhen, "a condition may only ask for a kind", when("{at: /card/kind, enum: [model]}")},
		{"when asks for a member", filter("{required: [target]}"), onWhen, "a condition may only ask for a kind", filter("{required: [kind], properties: {kind: {const: link}}}")},
		{"when asks for a member besides a kind", filter("{required: [kind, target], properties: {kind: {const: link}}}"), onWhen, "a condition may only ask for a kind", filter("{required: [kind], properties: {kind: {const: link}}}")},
		{"when asks for a number", filter("{required: [size], properties: {size: {minimum: 1}}}"), onWhen, "a condition may only ask for a kind", filter("{required: [kind], properties: {kind: {const: link}}}")},
		{"when asks in a branch whether it is there", filter("{anyOf: [{required: [kind], properties: {kind: {const: link}}}, {required: [digest], properties: {digest: {minLength: 1}}}]}"), onWhen, "a condition may only ask for a kind", filter("{anyOf: [{required: [kind], properties: {kind: {const: link}}}, {required: [kind], properties: {kind: {const: special}}}]}")},
		{"when hides presence behind allOf", filter("{anyOf: [{allOf: [{required: [digest], properties: {digest: {minLength: 1}}}]}, {required: [kind], properties: {kind: {const: link}}}]}"), onWhen, "a condition may only ask for a kind", filter("{anyOf: [{allOf: [{required: [kind], properties: {kind: {const: link}}}]}, {required: [kind], properties: {kind: {const: special}}}]}")},
		{"when not a text that is open", filter("{required: [target], properties: {target: {not: {const: a}}}}"), onWhen, "a condition may only ask for a kind", filter("{required: [kind], properties: {kind: {not: {const: text}}}}")},
		{"when of a kind that may be null", when("{at: /checksums, required: [strength], properties: {strength: {const: strong}}}"), onWhen, "a condition may only ask for a kind", when("{at: /card, required: [kind], properties: {kind: {const: model}}}")},
		{"when of a kind that cannot occur", filter("{required: [kind], properties: {kind: {const: lnk}}}"), onWhen, `"lnk" cannot occur`, filter("{required: [kind], properties: {kind: {const: link}}}")},

		// levels
		{"a level nothing there can reach", draft{needs: "/card/metadata/datasets", expect: "{minItems: 1}", level: "present", pass: "[[a/b]]", fail: "[[]]"}, onLevel, "no pass can be present: what is asked about is never more than claimed", draft{needs: "/card/metadata/datasets", expect: "{minItems: 1}", level: "claimed", pass: "[[a/b]]", fail: "[[]]"}},
		{"a level no required member can reach", draft{needs: "/architecture", expect: "{required: [parses, dtype], properties: {parses: {const: true}}}", level: "present", pass: "[{parses: true, dtype: a}]", fail: "[{parses: false, dtype: a}]"}, onLevel, "never more than claimed", draft{needs: "/architecture", expect: "{required: [parses, path], properties: {parses: {const: true}}}", level: "present", pass: "[{parses: true, path: a}]", fail: "[{parses: false, path: a}]"}},
		{"a level that does not exist", draft{level: "checked"}, onLevel, "/level: value must be one of", draft{level: "verified"}},
	} {
		t.Run(row.net, func(t *testing.T) {
			_, err := load(t, "trust/tried.yaml", row.bad.yaml())
			refused(t, err, "trust/tried.yaml", row.line, row.why)
			mustLoad(t, row.good.yaml())
		})
	}
}

// A fault is named at its own line, not at that of the keyword it stands under.
func TestFaultsAreNamedAtTheirLine(t *testing.T) {
	spread := strings.Replace(sampleRule, "  items: {required: [format], properties: {format: {enum: [safetensors, gguf, onnx]}}}\n", `  items:
    required: [format]
    properties:
      format:
        enum:
          - safetensors
          - gguf
          - onnx
`, 1)
	mustLoad(t, spread)
	for _, row := range []struct {
		old, new string
		line     int
		why      string
	}{
		{"  minItems: 1\n", "  minItems: 1\n  minimum: 1\n", 9, "minimum says nothing"},
		{"    required: [format]\n", "    required:\n      - format\n      - size_\n", 10, `did you mean "size"?`},
		{"      format:\n", "      size: {minimum: 1}\n      format:\n", 12, `"size" is constrained and not required`},
		{"        enum:\n", "        enums:\n", 13, `unknown keyword "enums"`},
		{"          - gguf\n", "          - gugf\n", 13, `did you mean "gguf"?`},
		{"  pass: [[", "  pass:\n    - [{path: a, format: npy}]\n    - [[", 20, "comes out fail"},
	} {
		_, err := load(t, "trust/tried.yaml", strings.Replace(spread, row.old, row.new, 1))
		refused(t, err, "trust/tried.yaml", row.line, row.why)
	}
}

func TestFormOfARule(t *testing.T) {
	for _, row := range []struct {
		name, old, new string
		line           int
		why            string
	}{
		{"no title", "title: Weights are stored in formats that cannot run code\n", "", 1, "missing properties: 'title'"},
		{"empty title", "title: Weights are stored in formats that cannot run code", `title: ""`, 1, "length must be >= 1"},
		{"no reason", "why: A pickle runs whatever its author put in it when it is loaded.\n", "", 1, "missing properties: 'why'"},
		{"no fix", "fix: Convert the weights to safetensors, publish the new digests, remove the pickle.\n", "", 1, "missing properties: 'fix'"},
		{"no severity", "severity: high\n", "", 1, "missing properties: 'severity'"},
		{"no level", "level: present\n", "", 1, "missing properties: 'level'"},
		{"no examples", "examples:\n  pass: [[{path: a.safetensors, format: safetensors}]]\n  fail: [[{path: b.bin, format: pickle}], []]\n", "", 1, "missing properties: 'examples'"},
		{"no passing examples", "  pass: [[{path: a.safetensors, format: safetensors}]]\n", "", 11, "/examples: missing properties: 'pass'"},
		{"no failing examples", "  fail: [[{path: b.bin, format: pickle}], []]\n", "", 11, "/examples: missing properties: 'fail'"},
		{"misspelt examples", "  pass:", "  passes:", 12, `/examples: unknown keyword "passes", did you mean "pass"?`},
		{"unknown field", "level: present\n", "level: present\nweight: 3\n", 11, `rule: unknown keyword "weight"`},
		{"misspelt field", "severity:", "severty:", 5, `rule: unknown keyword "severty", did you mean "severity"?`},
		{"unknown severity", "severity: high", "severity: severe", 5, "/severity: value must be one of"},
		{"no link", "references: [https://docs.python.org/3/library/pickle.html]", "references: [PEP 307]", 4, "/references"},
		{"link without TLS", "references: [https://docs", "references: [http://docs", 4, "/references"},
		{"expectation is a list", "level: present\n", "level: present\neffort: [hours]\n", 11, "/effort"},
		{"a list instead of a rule", sampleRule, "- a\n- b\n", 1, "expected object, but got array"},
		{"text instead of a rule", sampleRule, "a rule\n", 1, "expected object, but got string"},
		{"nothing between the dashes", sampleRule, "---\n", 2, "expected object, but got null"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := strings.Replace(sampleRule, row.old, row.new, 1)
			if text == sampleRule {
				t.Fatal("the sample has no such text")
			}
			_, err := load(t, "trust/tried.yaml", text)
			refused(t, err, "trust/tried.yaml", row.line, row.why)
		})
	}
}

// Of several unknown keywords the same one is named each time, whatever the
// order in which a map gives them.
func TestFaultsDoNotChange(t *testing.T) {
	text := strings.Replace(sampleRule, "severity: high\n", "severity: high\nzeta: 1\nalpha: 2\nmiddle: 3\nomega: 4\n", 1)
	for range 50 {
		_, err := load(t, "trust/tried.yaml", text)
		refused(t, err, "trust/tried.yaml", 7, `unknown keyword "alpha"`)
	}
}

func TestYAMLFaults(t *testing.T) {
	for _, row := range []struct {
		name, text string
		line       int
		why        string
	}{
		{"duplicate key", strings.Replace(sampleRule, "level: present\n", "level: present\nlevel: verified\n", 1), 11, `key "level" is given twice`},
		{"duplicate key, nested", strings.Replace(sampleRule, "  minItems: 1\n", "  minItems: 1\n  minItems: 2\n", 1), 9, `key "minItems" is given twice`},
		{"tab", strings.Replace(sampleRule, "  minItems: 1\n", "\tminItems: 1\n", 1), 8, "cannot start any token"},
		{"alias of nothing", strings.Replace(sampleRule, "level: present", "level: *l", 1), 1, "unknown anchor 'l'"},
		{"anchor and alias", strings.Replace(strings.Replace(sampleRule, "severity: high", "severity: &s high", 1), "level: present", "level: *s", 1), 10, "aliases are not allowed"},
		{"merge key", strings.Replace(sampleRule, "level: present\n", "<<: {level: present}\n", 1), 10, "only plain keys are allowed"},
		{"tag", strings.Replace(sampleRule, "level: present", "level: !!str present", 1), 10, "tags are not allowed"},
		{"tag on a mapping", strings.Replace(sampleRule, "expect:\n", "expect: !!map\n", 1), 7, "tags are not allowed"},
		{"two documents", sampleRule + "---\ntitle: another\n", 14, "a second document"},
		{"a second document that is broken", sampleRule + "---\ntitle: [\n", 15, "did not find"},
		{"empty", "", 1, "empty document"},
		{"only a comment", "# nothing yet\n", 1, "empty document"},
		{"bad indent", strings.Replace(sampleRule, "  minItems: 1", "   minItems: 1", 1), 8, "did not find expected key"},
		{"no UTF-8", "title: \xff\xfe\n", 1, ""},
		{"nested too deep", "title: " + strings.Repeat("[", 70) + strings.Repeat("]", 70) + "\n", 1, "nested deeper"},
		{"too large", "# " + strings.Repeat("x", 1<<20) + "\n" + sampleRule, 1, "larger than"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := load(t, "trust/tried.yaml", row.text)
			refused(t, err, "trust/tried.yaml", row.line, row.why)
		})
	}
}

func TestFileNames(t *testing.T) {
	for _, file := range []string{"trust/Tried.yaml", "trust/tried_rule.yaml", "trust/tried--rule.yaml", "trust/-tried.yaml", "trust/1tried.yaml", "trust/tried rule.yaml", "trust/tried.rule.yaml", "trust/trïed.yaml", "Trust/tried.yaml", "my_rules/tried.yaml"} {
		_, err := load(t, file, sampleRule)
		refused(t, err, file, 1, "lower case")
	}
	for _, file := range []string{"tried.yaml", "trust/deeper/tried.yaml", "trust/tried.yml", "trust/tried.YAML"} {
		_, err := load(t, file, sampleRule)
		refused(t, err, file, 1, "a rule lies at <dimension>/<id>.yaml")
	}
	for _, file := range []string{"trust/tried.yaml", "my-own/a.yaml", "trust2/tried-2-times.yaml"} {
		r, err := load(t, file, sampleRule)
		if err != nil || r.Dimension+"/"+r.ID+".yaml" != file || r.File != file {
			t.Errorf("%s: read as %+v, %v", file, r, err)
		}
	}
}

// One folder with everything in it: sound rules load beside broken ones, each
// broken one is named once, and what is no rule is left alone.
func TestLoadNamesEveryFault(t *testing.T) {
	found, err := strict().Load(fstest.MapFS{
		"trust/b.yaml":                {Data: []byte(sampleRule)},
		"trust/a.yaml":                {Data: []byte(sampleRule)},
		"openness/a.yaml":             {Data: []byte(sampleRule)},
		"openness/broken.yaml":        {Data: []byte("title: [")},
		"openness/README.md":          {Data: []byte("# About these rules\n")},
		"openness/folder.yaml/x":      {Data: []byte("")},
		"frameworks/mine.yaml":        {Data: []byte("title: no rule\n")},
		".github/workflows/lint.yaml": {Data: []byte("on: push\n")},
		"trust/.draft.yaml":           {Data: []byte("title: later\n")},
	})
	var ids []string
	for _, r := range found {
		ids = append(ids, r.File)
	}
	if got := strings.Join(ids, " "); got != "openness/a.yaml trust/b.yaml" {
		t.Errorf("loaded %s", got)
	}
	faults := strings.Split(err.Error(), "\n")
	if len(faults) != 2 || !strings.HasPrefix(faults[0], "openness/broken.yaml:1: ") ||
		faults[1] != "trust/a.yaml:1: the id a is taken by openness/a.yaml" {
		t.Errorf("faults:\n%s", err)
	}
}

// All that is wrong with a rule is told at once, each at its line.
func TestEveryFaultOfARuleIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		draft draft
		edit  func(string) string
		want  []string
	}{
		"form": {edit: func(s string) string {
			return strings.Replace(strings.Replace(s, "severity: low", "severity: dire", 1), "fix:", "fixx:", 1)
		}, want: []string{"fixx", "severity"}},
		"two strangers": {edit: func(s string) string { return s + "colour: red\nshape: round\n" }, want: []string{"colour", "shape"}},
		"members": {draft: draft{expect: "{minItems: 1, items: {required: [verdct, format], properties: {format: {enum: [safetensor]}, verdict: {const: inert}}}}"},
			want: []string{"verdct", "safetensor", "constrained and not required"}},
		"examples": {draft: draft{pass: "[[{path: a, format: pickle}], [{path: b, format: odd}]]"}, want: []string{"should pass", "cannot occur"}},
	} {
		text := c.draft.yaml()
		if c.edit != nil {
			text = c.edit(text)
		}
		_, err := strict().Load(fstest.MapFS{"trust/x.yaml": {Data: []byte(text)}})
		if err == nil {
			t.Errorf("%s: no fault", name)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		for _, want := range c.want {
			n := 0
			for _, l := range lines {
				if strings.Contains(l, want) {
					n++
				}
			}
			if n != 1 {
				t.Errorf("%s: %q is told %d times:\n%v", name, want, n, err)
			}
		}
	}
}
