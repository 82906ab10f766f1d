package audit_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/rules"
)

// evidence reads a document with the given sections, every fact sourced by one
// file at the level present, and what else is cited.
func evidence(t testing.TB, sections string, cite ...func(*audit.Evidence)) *audit.Evidence {
	t.Helper()
	ev := audit.NewEvidence()
	text := fmt.Sprintf(`{"evidence": %s, "sources": {"": [{"path": "README.md", "line": 7, "level": "present"}]}, "limits_hit": []}`, sections)
	if err := json.Unmarshal([]byte(text), ev); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	for _, c := range cite {
		c(ev)
	}
	return ev
}

func judge(t testing.TB, d draft, ev *audit.Evidence) audit.Finding {
	t.Helper()
	return audit.Judge(ev, []*audit.Rule{mustLoad(t, d.yaml())})[0]
}

// brief writes a finding as outcome, word and the pointers of its places.
func brief(f audit.Finding) string {
	var at []string
	for _, p := range f.Places {
		at = append(at, p.Pointer)
	}
	return fmt.Sprintf("%s, %s: %s", f.Outcome, f.Word, strings.Join(at, " "))
}

var linkRule = draft{
	needs: "/files/*", expect: "{required: [stays_inside], properties: {stays_inside: {const: true}}}",
	pass: "[{path: a, kind: link, stays_inside: true}]", fail: "[{path: a, kind: link, stays_inside: false}]",
	when: "{required: [kind], properties: {kind: {const: link}}}",
}

var parametersRule = draft{
	needs: "/relations/parameters", expect: "{required: [agree], properties: {agree: {const: true}}}", level: "verified",
	pass: "[{agree: true}]", fail: "[{agree: false}]",
}

var shardsRule = draft{
	needs: "/relations/shards/*", expect: "{required: [agree], properties: {agree: {const: true}}}", level: "verified",
	pass: "[{agree: true}]", fail: "[{agree: false}]",
}

func TestOutcomes(t *testing.T) {
	formats := draft{}
	each := draft{
		needs: "/weights/files/*", expect: "{required: [complete], properties: {complete: {const: true}}}",
		pass: "[{path: a, complete: true}]", fail: "[{path: a, complete: false}]",
	}
	apiOnly := draft{needs: "/policies/privacy/present", expect: "{const: true}", pass: "[true]", fail: "[false]", when: "{at: /subject/kind, const: api}"}
	links := draft{needs: "/tokenizer/present", expect: "{const: true}", pass: "[true]", fail: "[false]", when: "{at: /files, contains: {required: [kind], properties: {kind: {const: link}}}}"}
	eachIf := draft{needs: "/files/*", expect: "{required: [readable], properties: {readable: {const: true}}}", pass: "[{path: a, readable: true}]", fail: "[{path: a, readable: false}]", when: "{at: /subject/kind, const: release}"}
	either := draft{
		needs: "/card/sections/uses", expect: "{anyOf: [{required: [words], properties: {words: {minimum: 12}}}, {required: [table_rows], properties: {table_rows: {minimum: 2}}}]}",
		pass: "[{words: 12, table_rows: 0}, {words: 0, table_rows: 2}]", fail: "[{words: 11, table_rows: 1}]",
	}
	shown := draft{needs: "/datasets", expect: "{contains: {required: [shown], properties: {shown: {const: true}}}}", pass: "[[{name: a, shown: true}]]", fail: "[[{name: a, shown: false}]]"}
	for _, row := range []struct {
		what     string
		rule     draft
		evidence string
		want     string
	}{
		{"nobody looked", formats, `{}`, "unknown, unknown: /weights/files"},
		{"nobody looked into the section", formats, `{"weights": {}}`, "unknown, unknown: /weights/files"},
		{"a fact where a section belongs", formats, `{"weights": true}`, "unknown, unknown: /weights/files"},
		{"all hold", formats, `{"weights": {"files": [{"path": "a", "format": "gguf"}]}}`, "pass, met: /weights/files"},
		{"one fails", formats, `{"weights": {"files": [{"path": "a", "format": "gguf"}, {"path": "b", "format": "pickle"}, {"path": "c"}]}}`, "fail, not met: /weights/files/1/format"},
		{"one is unknown", formats, `{"weights": {"files": [{"path": "a", "format": "gguf"}, {"path": "c"}]}}`, "unknown, unknown: /weights/files/1/format"},
		{"none is there", formats, `{"weights": {"files": []}}`, "fail, not shown: /weights/files"},

		{"an empty object where a flag belongs", apiOnly, `{"subject": {"kind": "api"}, "policies": {"privacy": {"present": {}}}}`, "fail, not shown: /policies/privacy/present"},
		{"an object where a flag belongs", apiOnly, `{"subject": {"kind": "api"}, "policies": {"privacy": {"present": {"a": 1}}}}`, "fail, not met: /policies/privacy/present"},

		{"each: nobody looked", each, `{"weights": {}}`, "unknown, unknown: /weights/files"},
		{"each: an empty list shows nothing", each, `{"weights": {"files": []}}`, "fail, not shown: /weights/files"},
		{"each: no list at all", each, `{"weights": {"files": null}}`, "fail, not shown: /weights/files"},
		{"each: all hold", each, `{"weights": {"files": [{"path": "a", "complete": true}, {"path": "b", "complete": true}]}}`, "pass, met: /weights/files"},
		{"each: one fails", each, `{"weights": {"files": [{"path": "a"}, {"path": "b", "complete": true}, {"path": "c", "complete": false}]}}`, "fail, not met: /weights/files/2/complete"},
		{"each: one is unknown", each, `{"weights": {"files": [{"path": "a"}, {"path": "b", "complete": true}]}}`, "unknown, unknown: /weights/files/0/complete"},

		{"filter: nobody looked", linkRule, `{}`, "unknown, unknown: /files"},
		{"filter: an empty list", linkRule, `{"files": []}`, "fail, not shown: /files"},
		{"filter: none is meant", linkRule, `{"files": [{"path": "a", "kind": "text"}]}`, "not_applicable, not applicable: /files"},
		{"filter: one is meant and holds", linkRule, `{"files": [{"path": "a", "kind": "text", "stays_inside": false}, {"path": "b", "kind": "link", "stays_inside": true}]}`, "pass, met: /files"},
		{"filter: one is meant and fails", linkRule, `{"files": [{"path": "a", "kind": "text"}, {"path": "b", "kind": "link", "stays_inside": false}]}`, "fail, not met: /files/1/stays_inside"},
		{"filter: one is meant and unknown", linkRule, `{"files": [{"path": "b", "kind": "link"}]}`, "unknown, unknown: /files/0/stays_inside"},
		{"filter: of one it is unknown whether it is meant", linkRule, `{"files": [{"path": "a"}, {"path": "b", "kind": "text"}]}`, "unknown, unknown: /files"},
		{"filter: one may be meant, another fails", linkRule, `{"files": [{"path": "a"}, {"path": "b", "kind": "link", "stays_inside": false}]}`, "fail, not met: /files/1/stays_inside"},

		{"condition: nobody looked", apiOnly, `{"policies": {"privacy": {"present": true}}}`, "unknown, unknown: /policies/privacy/present"},
		{"condition: met", apiOnly, `{"subject": {"kind": "api"}, "policies": {"privacy": {"present": true}}}`, "pass, met: /policies/privacy/present"},
		{"condition: met, and nobody looked", apiOnly, `{"subject": {"kind": "api"}}`, "unknown, unknown: /policies/privacy/present"},
		{"condition: not met", apiOnly, `{"subject": {"kind": "release"}, "policies": {"privacy": {"present": false}}}`, "not_applicable, not applicable: /subject/kind"},
		{"condition on a list: one is there", links, `{"files": [{"path": "a", "kind": "link"}], "tokenizer": {"present": false}}`, "fail, not shown: /tokenizer/present"},
		{"condition on a list: none is there", links, `{"files": [{"path": "a", "kind": "text"}], "tokenizer": {"present": false}}`, "not_applicable, not applicable: /files"},
		{"condition on a list: it is unknown", links, `{"files": [{"path": "a"}], "tokenizer": {"present": false}}`, "unknown, unknown: /tokenizer/present"},

		{"each, under a condition that is met", eachIf, `{"subject": {"kind": "release"}, "files": [{"path": "a", "kind": "text"}, {"path": "b", "readable": false}]}`, "fail, not shown: /files/1/readable"},
		{"each, under a condition that is not met", eachIf, `{"subject": {"kind": "api"}, "files": [{"path": "b", "readable": false}]}`, "not_applicable, not applicable: /subject/kind"},

		{"all branches are empty", either, `{"card": {"sections": {"uses": {"words": 0, "table_rows": 0}}}}`, "fail, not shown: /card/sections/uses"},
		{"one branch is too little", either, `{"card": {"sections": {"uses": {"words": 0, "table_rows": 1}}}}`, "fail, not met: /card/sections/uses"},
		{"one branch is empty, the other unknown", either, `{"card": {"sections": {"uses": {"words": 0}}}}`, "unknown, unknown: /card/sections/uses"},
		{"no witness: all are empty", shown, `{"datasets": [{"name": "a", "shown": false}, {"name": "b", "shown": false}]}`, "fail, not shown: /datasets"},
		{"no witness: of one it is unknown", shown, `{"datasets": [{"name": "a", "shown": false}, {"name": "b"}]}`, "unknown, unknown: /datasets"},
		{"no witness: none is there", shown, `{"datasets": []}`, "fail, not shown: /datasets"},
		{"no witness: one is something else", draft{expect: "{contains: {required: [format], properties: {format: {const: gguf}}}}", pass: "[[{path: a, format: gguf}]]", fail: "[[{path: a, format: pickle}]]"}, `{"weights": {"files": [{"path": "a", "format": "pickle"}]}}`, "fail, not met: /weights/files"},

		{"relation: an operand is missing", parametersRule, `{"relations": {}}`, "unknown, unknown: /relations/parameters"},
		{"relation: it cannot be told", parametersRule, `{"relations": {"parameters": {"declared": 7}}}`, "unknown, unknown: /relations/parameters/agree"},
		{"relations: none", shardsRule, `{"relations": {"shards": []}}`, "fail, not shown: /relations/shards"},
	} {
		f := judge(t, row.rule, evidence(t, row.evidence))
		if got := brief(f); got != row.want {
			t.Errorf("%s: %s\nwant %s", row.what, got, row.want)
		}
		if (f.Level != audit.Unsourced) != (f.Outcome == audit.Pass) {
			t.Errorf("%s: %s at level %q", row.what, f.Outcome, f.Level)
		}
	}
}

func TestWordsOfALevel(t *testing.T) {
	rule := draft{level: "verified"}
	sections := `{"weights": {"files": [{"path": "a", "format": "gguf"}]}}`
	for _, row := range []struct {
		level audit.Level
		want  string
		met   bool
	}{{audit.Verified, "met", true}, {audit.Present, "claimed", false}, {audit.Claimed, "claimed", false}} {
		f := judge(t, rule, evidence(t, sections, func(ev *audit.Evidence) {
			ev.Cite("/weights/files/0/format", audit.Source{Path: "a", Level: row.level})
		}))
		if f.Outcome != audit.Pass || f.Word != row.want || f.Met() != row.met || f.Level != row.level || f.Asked != audit.Verified {
			t.Errorf("at %s: %+v", row.level, f)
		}
	}
	bare := audit.NewEvidence()
	bare.Set("/weights/files", []any{map[string]any{"path": "a", "format": "gguf"}})
	if f := judge(t, draft{level: "claimed"}, bare); f.Level != audit.Claimed || f.Word != "met" {
		t.Errorf("without any source: %+v", f)
	}
	if f := judge(t, draft{level: "present"}, bare); f.Word != "claimed" || f.Met() {
		t.Errorf("without any source, asked for present: %+v", f)
	}
}

// What does not apply says why: the place of the condition, and what is there.
func TestPlaceOfWhatDoesNotApply(t *testing.T) {
	rule := draft{needs: "/tokenizer/present", expect: "{const: true}", pass: "[true]", fail: "[false]", when: "{at: /subject/kind, const: api}"}
	f := judge(t, rule, evidence(t, `{"subject": {"kind": "release"}, "tokenizer": {"present": true}}`))
	want := []audit.Place{{Pointer: "/subject/kind", Value: "release", Path: "README.md", Line: 7, Level: audit.Present}}
	if !reflect.DeepEqual(f.Places, want) {
		t.Errorf("%+v", f.Places)
	}
}

// A finding that is no pass has no level.
func TestOnlyAPassHasALevel(t *testing.T) {
	for _, sections := range []string{`{}`, `{"weights": {"files": [{"path": "a"}]}}`, `{"weights": {"files": []}}`, `{"weights": {"files": [{"path": "a", "format": "pickle"}]}}`} {
		if f := judge(t, draft{}, evidence(t, sections)); f.Level != audit.Unsourced {
			t.Errorf("%s: %s at %s", sections, f.Outcome, f.Level)
		}
	}
	optional := draft{needs: "/weights/files/*", expect: "{required: [format], properties: {format: {const: gguf}}}", pass: "[{path: a, format: gguf}]", fail: "[{path: a, format: pickle}]"}
	if f := judge(t, optional, evidence(t, `{"weights": {"files": [{"path": "a"}]}}`)); f.Outcome != audit.Unknown || f.Level != audit.Unsourced {
		t.Errorf("%s at %s", f.Outcome, f.Level)
	}
}

// A contradiction points first at the relation, with file and line of the side
// that declares, then at each operand with its own.
func TestPlacesOfAContradiction(t *testing.T) {
	ev := evidence(t, `{
		"card": {"claims": [{"kind": "parameters", "low": 7000000000, "text": "7B"}]},
		"weights": {"parameters": 1200000},
		"relations": {"parameters": {"between": ["/card/claims/0", "/weights/parameters"], "declared": "7B", "found": 1200000, "agree": false}}}`,
		func(ev *audit.Evidence) {
			ev.Cite("/card/claims/0", audit.Source{Path: "README.md", Line: 12, Level: audit.Claimed})
			ev.Cite("/weights/parameters", audit.Source{Path: "model.safetensors", Offset: 8, Digest: "sha256:ab", Level: audit.Verified})
			ev.Cite("/relations/parameters", audit.Source{Path: "model.safetensors", Level: audit.Verified})
		})
	f := judge(t, parametersRule, ev)
	want := []audit.Place{
		{Pointer: "/relations/parameters", Value: "7B", Path: "README.md", Line: 12, Level: audit.Claimed},
		{Pointer: "/card/claims/0", Value: "7B", Path: "README.md", Line: 12, Level: audit.Claimed},
		{Pointer: "/weights/parameters", Value: int64(1200000), Path: "model.safetensors", Offset: 8, Digest: "sha256:ab", Level: audit.Verified},
	}
	if f.Outcome != audit.Fail || f.Word != audit.WordContradicted || !reflect.DeepEqual(f.Places, want) {
		t.Errorf("%s, %s\n got %+v\nwant %+v", f.Outcome, f.Word, f.Places, want)
	}
}

func TestPlacesOfSeveralContradictions(t *testing.T) {
	ev := evidence(t, `{
		"files": [{"path": "a.index.json"}, {"path": "b.index.json"}, {"path": "c.index.json"}],
		"weights": {"shards_complete": false},
		"relations": {"shards": [
			{"between": ["/files/0", "/weights/shards_complete"], "name": "a", "declared": "2 shards", "found": "1 here", "agree": false},
			{"between": ["/files/1", "/weights/shards_complete"], "name": "b", "declared": "2 shards", "found": "2 here", "agree": true},
			{"between": ["/files/2", "/weights/shards_complete"], "name": "c", "declared": "9 shards", "found": "8 here", "agree": false}]}}`)
	for i, path := range []string{"a.index.json", "b.index.json", "c.index.json"} {
		ev.Cite(fmt.Sprintf("/files/%d", i), audit.Source{Path: path, Line: i + 1, Level: audit.Verified})
	}
	f := judge(t, shardsRule, ev)
	want := "fail, contradicted: /relations/shards/0 /files/0 /weights/shards_complete /relations/shards/2 /files/2 /weights/shards_complete"
	if got := brief(f); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if first, fourth := f.Places[0], f.Places[3]; first.Path != "a.index.json" || first.Line != 1 || fourth.Path != "c.index.json" || fourth.Line != 3 || fourth.Value != "9 shards" || f.Places[5].Value != "8 here" {
		t.Errorf("%+v", f.Places)
	}
}

// Whatever a rule asks of a relation, its fail is placed at the relation, once.
func TestPlacesOfARelationAskedInParts(t *testing.T) {
	rule := draft{
		needs: "/relations/license_text", expect: "{required: [agree, name], properties: {agree: {const: true}, name: {minLength: 1}}}", level: "claimed",
		pass: "[{agree: true, name: weights}]", fail: "[{agree: false, name: weights}, {agree: true, name: \"\"}]",
	}
	ev := evidence(t, `{"relations": {"license_text": {"between": ["/licenses/declared/0", "/licenses/texts/0"], "declared": "MIT", "found": "GPL-3.0-only", "agree": false, "name": ""}}}`)
	if got := brief(judge(t, rule, ev)); got != "fail, contradicted: /relations/license_text /licenses/declared/0 /licenses/texts/0" {
		t.Error(got)
	}
}

// A finding lists a bounded number of places and counts the rest.
func TestPlacesAreBounded(t *testing.T) {
	var files []string
	for i := range audit.MaxPlaces + 50 {
		files = append(files, fmt.Sprintf(`{"path": "f%d", "format": "pickle"}`, i))
	}
	f := judge(t, draft{}, evidence(t, `{"weights": {"files": [`+strings.Join(files, ",")+`]}}`))
	if len(f.Places) != audit.MaxPlaces || f.More != 50 || f.Places[99].Pointer != "/weights/files/99/format" {
		t.Errorf("%d places and %d more, last %+v", len(f.Places), f.More, f.Places[len(f.Places)-1])
	}
}

func TestValuesOfPlacesAreBounded(t *testing.T) {
	tags := draft{needs: "/card/metadata/tags", level: "claimed", expect: "{minItems: 1}", pass: "[[a]]", fail: "[[]]"}
	for _, row := range []struct{ tags, want string }{
		{`[]`, `[]`}, {`["a", "b"]`, `[a b]`}, {`["a","b","c","d","e","f","g","h","i"]`, `<nil>`}, {`["` + strings.Repeat("x", 401) + `"]`, `<nil>`}, {`["` + strings.Repeat("x", 400) + `"]`, `[` + strings.Repeat("x", 400) + `]`},
	} {
		if got := judge(t, tags, evidence(t, `{"card": {"metadata": {"tags": `+row.tags+`}}}`)).Places[0].Value; fmt.Sprint(got) != row.want {
			t.Errorf("%s: quoted as %v", row.tags, got)
		}
	}
	long := strings.Repeat("é", 10_000)
	rule := draft{needs: "/architecture/model_type", level: "claimed", expect: "{enum: [llama, bert]}", pass: "[llama, bert]", fail: "[t5]"}
	got, _ := judge(t, rule, evidence(t, `{"architecture": {"model_type": "`+long+`"}}`)).Places[0].Value.(string)
	if len(got) > 500 || !strings.HasPrefix(long, strings.TrimSuffix(got, "…")) || !strings.HasSuffix(got, "é…") {
		t.Errorf("a long text is quoted in %d bytes: %.20q … %q", len(got), got, got[max(0, len(got)-8):])
	}
}

// Same evidence, same findings, in the order of the rules, byte for byte.
func TestJudgeIsDeterministic(t *testing.T) {
	all := ours(t)
	doc := rich(t)
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var first string
	for i := range 20 {
		ev := audit.NewEvidence()
		if err := json.Unmarshal(data, ev); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(audit.Judge(ev, all))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = string(got)
		} else if string(got) != first {
			t.Fatal("the same evidence gave other findings")
		}
	}
	for i, f := range audit.Judge(doc, all) {
		if f.Rule != all[i].ID || f.Title != all[i].Title || len(f.Places) == 0 {
			t.Errorf("finding %d is of %s, places %v", i, f.Rule, f.Places)
		}
	}
}

// ours returns the program's own rules, through every net.
func ours(t testing.TB) []*audit.Rule {
	t.Helper()
	all, err := strict().Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// rich is evidence of a small release with a little of everything: what holds,
// what is only claimed, what fails, what is unknown, what contradicts.
func rich(t testing.TB) *audit.Evidence {
	t.Helper()
	return evidence(t, `{
		"subject": {"name": "acme/tiny", "kind": "release", "source": "tiny", "files": 4, "bytes": 1200},
		"files": [{"path": "README.md", "kind": "markdown", "role": "model_card", "size": 900}, {"path": "model.safetensors", "kind": "weights", "role": "weights", "size": 300}, {"path": "b.bin", "kind": "weights", "role": "weights"}, {"path": "run", "kind": "executable"}],
		"card": {"present": true, "path": "README.md", "format": "markdown", "front_matter": "present", "readable_metadata": true, "filled_in": false, "placeholders": 2,
			"metadata": {"licenses": ["apache-2.0"], "datasets": ["acme/corpus"], "languages": [], "library_name": "transformers", "pipeline_tag": null},
			"sections": {"uses": {"words": 40}, "limitations": {"words": 3}, "evaluation": {"words": 0, "placeholders": 1}, "how_to_use": {"words": 4, "code_lines": 6}}},
		"licenses": {"declared": [{"raw": "apache-2.0", "id": "Apache-2.0", "names_a_license": true}], "texts": [{"path": "LICENSE", "state": "text"}], "components": {"weights": {"allows_every_use": true, "osi_approved": true}}},
		"weights": {"present": true, "parameters": 1200000, "files": [{"path": "model.safetensors", "format": "safetensors", "complete": true, "loads_without_code": true, "extension_agrees": true, "verdict": "inert"}, {"path": "b.bin", "format": "pytorch", "loads_without_code": false, "verdict": "code_capable", "complete": true}]},
		"architecture": {"present": true, "parses": true, "model_type": "llama", "classes": ["LlamaForCausalLM"]},
		"tokenizer": {"present": false},
		"code": {"training": {"present": false}, "loads_without_custom_code": true},
		"lineage": {"base_named": false, "from_scratch_stated": false},
		"signature": {"present": false},
		"checksums": {"present": false},
		"relations": {"parameters": {"between": ["/card/sections/uses", "/weights/parameters"], "declared": "7B", "found": 1200000, "agree": false}, "shards": [{"between": ["/files/1", "/weights/parameters"], "agree": true}]}}`,
		func(ev *audit.Evidence) {
			ev.Cite("/weights", audit.Source{Path: "model.safetensors", Level: audit.Verified})
			ev.Cite("/weights/files/1", audit.Source{Path: "b.bin", Offset: 2, Level: audit.Verified})
			ev.Cite("/card/metadata", audit.Source{Path: "README.md", Line: 3, Level: audit.Claimed})
			ev.Cite("/card/sections/uses", audit.Source{Path: "README.md", Line: 20, Level: audit.Present})
		})
}

// many is evidence of a release with n files, each of them weights.
func many(t testing.TB, n int) *audit.Evidence {
	t.Helper()
	ev := rich(t)
	files, weights := make([]any, n), make([]any, n)
	for i := range n {
		path := fmt.Sprintf("shards/model-%05d-of-%05d.safetensors", i+1, n)
		files[i] = map[string]any{"path": path, "kind": "weights", "role": "weights", "size": int64(4 << 30)}
		weights[i] = map[string]any{"path": path, "format": "safetensors", "size": int64(4 << 30), "verdict": "inert", "complete": true, "loads_without_code": true, "extension_agrees": true}
	}
	ev.Set("/files", files)
	ev.Set("/weights/files", weights)
	for i := range n {
		ev.Cite(audit.Join("/files", i), audit.Source{Path: files[i].(map[string]any)["path"].(string), Level: audit.Present})
		ev.Cite(audit.Join("/weights/files", i), audit.Source{Path: files[i].(map[string]any)["path"].(string), Level: audit.Verified})
	}
	return ev
}

func BenchmarkJudge(b *testing.B) {
	all := ours(b)
	var hundred []*audit.Rule
	for len(hundred) < 100 {
		hundred = append(hundred, all[len(hundred)%len(all)])
	}
	for _, row := range []struct {
		rules []*audit.Rule
		files int
	}{{all, 4}, {hundred, 100}, {hundred, 5000}} {
		ev := rich(b)
		if row.files > 4 {
			ev = many(b, row.files)
		}
		b.Run(fmt.Sprintf("rules=%d/files=%d", len(row.rules), row.files), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				audit.Judge(ev, row.rules)
			}
		})
	}
}

// BenchmarkLoad loads the program's rules: as the program does when it starts,
// and through every net, as its tests and the lint command do.
func BenchmarkLoad(b *testing.B) {
	files, err := fs.Glob(rules.FS, "[^f]*/*.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, nets := range []bool{false, true} {
		b.Run(fmt.Sprintf("rules=%d/nets=%t", len(files), nets), func(b *testing.B) {
			for b.Loop() {
				l, err := audit.NewLoader()
				if err != nil {
					b.Fatal(err)
				}
				l.Strict = nets
				if all, err := l.Load(rules.FS); err != nil || len(all) != len(files) {
					b.Fatalf("%d rules of %d, %v", len(all), len(files), err)
				}
			}
		})
	}
}
