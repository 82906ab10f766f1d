package audit_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/schemas"
)

func TestEvidenceRoundTrip(t *testing.T) {
	type shard struct {
		Index int    `json:"index"`
		Note  string `json:"note,omitempty"`
		Seen  *bool  `json:"seen,omitempty"`
	}
	no := false
	ev := audit.NewEvidence()
	ev.Set("/subject/name", "acme/tiny", audit.Source{Level: audit.Present})
	ev.Set("/weights/parameters", uint64(6_738_415_616), audit.Source{Path: "a.safetensors", Offset: 8, Digest: "sha256:00", Level: audit.Verified})
	ev.Set("/weights/pointers", 0)
	ev.Set("/weights/files", []map[string]any{{"path": "a<b>&c.safetensors", "shard": shard{Index: 1, Seen: &no}}})
	ev.Set("/card/metadata/license_name", nil)
	ev.Set("/card/metadata/tags", []string{})
	ev.Set("/card/metadata/co2_grams", 12.5)
	ev.Set("/service/lifecycle", "active", audit.Source{URL: "https://example.org", Date: "2026-01-31", Level: audit.Claimed})
	ev.Cite("/weights/parameters", audit.Source{Path: "README.md", Line: 3, Level: audit.Claimed})
	ev.Limit("/tokenizer/vocab_size", "too large")

	first, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	back := audit.NewEvidence()
	if err := json.Unmarshal(first, back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(back.Doc, ev.Doc) || !reflect.DeepEqual(back.Sources, ev.Sources) || !slices.Equal(back.Limits(), ev.Limits()) {
		t.Errorf("read back as %v %v %v\nwas %v %v %v", back.Doc, back.Sources, back.Limits(), ev.Doc, ev.Sources, ev.Limits())
	}
	second, err := json.Marshal(back)
	if err != nil || !bytes.Equal(first, second) || back.Digest() != ev.Digest() {
		t.Errorf("written again as %s\nfirst %s\n%v", second, first, err)
	}
	for pointer, want := range map[string]any{
		"/weights/parameters": int64(6_738_415_616), "/weights/pointers": int64(0), "/weights/files/0/path": "a<b>&c.safetensors",
		"/weights/files/0/shard/index": int64(1), "/weights/files/0/shard/seen": false, "/card/metadata/license_name": nil,
	} {
		if got, ok := back.Get(pointer); !ok || got != want {
			t.Errorf("%s: %#v, %t", pointer, got, ok)
		}
	}
	if _, ok := back.Get("/weights/files/0/shard/note"); ok {
		t.Error("what was left out came back")
	}
	if got, ok := back.Get("/card/metadata/tags"); !ok || len(got.([]any)) != 0 {
		t.Errorf("an empty list came back as %v, %t", got, ok)
	}
}

func TestEvidenceKeepsTheWholeOfANumber(t *testing.T) {
	for _, text := range []string{"0", "9007199254740993", "-9223372036854775808", "9223372036854775807", "0.5", "-1e-7"} {
		ev := audit.NewEvidence()
		if err := json.Unmarshal([]byte(`{"evidence":{"n":`+text+`},"sources":{},"limits_hit":[]}`), ev); err != nil {
			t.Fatal(err)
		}
		out, err := json.Marshal(ev)
		if want := `{"evidence":{"n":` + text + `},"sources":{},"limits_hit":[]}`; err != nil || string(out) != want {
			t.Errorf("%s came back as %s, %v", text, out, err)
		}
	}
}

// JSON has no name for what is no number; evidence keeps what was said, and can
// still be written, and told from other evidence.
func TestEvidenceOfWhatIsNoNumber(t *testing.T) {
	digests := map[string]bool{}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		ev := audit.NewEvidence()
		ev.Set("/card/metadata", map[string]any{"co2_grams": f})
		if _, err := json.Marshal(ev); err != nil {
			t.Errorf("%v: %v", f, err)
		}
		digests[ev.Digest()] = true
	}
	if len(digests) != 3 {
		t.Error("different evidence has the same digest")
	}
}

func TestSourcesAreInherited(t *testing.T) {
	ev := audit.NewEvidence()
	for _, p := range []string{"/weights", "/weights/files/1", "/weights/files/1/format", "/a~1b"} {
		ev.Cite(p, audit.Source{Path: p, Level: audit.Present})
	}
	ev.Cite("/weights", audit.Source{Path: "second", Level: audit.Claimed})
	for pointer, want := range map[string]string{
		"/weights": "/weights second", "/weights/files": "/weights second", "/weights/files/0/format": "/weights second", "/weights/files/10": "/weights second",
		"/weights/files/1": "/weights/files/1", "/weights/files/1/path": "/weights/files/1", "/weights/files/1/shard/index": "/weights/files/1",
		"/weights/files/1/format": "/weights/files/1/format", "/a~1b/c": "/a~1b", "/weightsand": "", "/card": "", "": "",
	} {
		var got []string
		for _, s := range ev.SourcesAt(pointer) {
			got = append(got, s.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q has %q, want %q", pointer, got, want)
		}
	}
	ev.Cite("", audit.Source{Path: "root", Level: audit.Claimed})
	if s := ev.SourcesAt("/card/path"); len(s) != 1 || s[0].Path != "root" {
		t.Errorf("nothing is inherited from the root: %v", s)
	}
}

func TestLimitTakesOut(t *testing.T) {
	ev := audit.NewEvidence()
	ev.Set("/weights/files", []any{map[string]any{"path": "a", "globals": []any{}}, map[string]any{"path": "b"}})
	ev.Set("/weights/present", true)
	ev.Set("/card", map[string]any{"present": true})
	ev.Limit("/weights/files/0/globals", "more than 1000")
	ev.Limit("/card", "larger than 1 MiB")
	ev.Limit("/weights/files/1", "cannot be read")
	ev.Limit("/never/there", "no such thing")
	if got := strings.Join(ev.Limits(), " "); got != "/card /never/there /weights/files/0/globals /weights/files/1" {
		t.Error(got)
	}
	if why := ev.WhyLimited("/card"); why != "larger than 1 MiB" {
		t.Error(why)
	}
	for pointer, want := range map[string]bool{"/card": false, "/weights/files/0/globals": false, "/weights/files/0/path": true, "/weights/files/1": true, "/weights/present": true} {
		if _, ok := ev.Get(pointer); ok != want {
			t.Errorf("%s is there: %t", pointer, ok)
		}
	}
	ev.Set("/card", map[string]any{"present": true}, audit.Source{Level: audit.Present})
	ev.Set("/card/present", false, audit.Source{Level: audit.Present})
	if _, ok := ev.Get("/card"); ok || len(ev.SourcesAt("/card/present")) > 0 {
		t.Error("what a limit cut off was set again")
	}
	ev.Set("/cards", true)
	if _, ok := ev.Get("/cards"); !ok {
		t.Error("a neighbour with a longer name was taken for it")
	}
	ev.Limit("", "everything")
	ev.Limit("no pointer", "")
	if len(ev.Limits()) != 6 {
		t.Errorf("limits %q", ev.Limits())
	}
	// read back, the limit still takes out what somebody left in
	back := audit.NewEvidence()
	if err := json.Unmarshal([]byte(`{"evidence": {"files": [], "card": {"present": true}}, "sources": {}, "limits_hit": ["/files"]}`), back); err != nil {
		t.Fatal(err)
	}
	if _, ok := back.Get("/files"); ok || !slices.Equal(back.Limits(), []string{"/files"}) || back.WhyLimited("/files") == "" {
		t.Errorf("read back: %v, limits %v", back.Doc, back.Limits())
	}
}

// Why a limit was hit survives being written and read.
func TestLimitReasonsAreReadBack(t *testing.T) {
	ev := audit.NewEvidence()
	ev.Limit("/card", "larger than 1 MiB")
	text, err := json.Marshal(ev)
	if err != nil {
		t.Fatal(err)
	}
	back := audit.NewEvidence()
	if err := json.Unmarshal(text, back); err != nil || back.WhyLimited("/card") != "larger than 1 MiB" || back.Digest() != ev.Digest() {
		t.Errorf("%s: %v, %q", text, err, back.WhyLimited("/card"))
	}
}

func TestZeroEvidence(t *testing.T) {
	var ev audit.Evidence
	if _, ok := ev.Get("/a"); ok || ev.SourcesAt("/a") != nil || ev.Limits() != nil {
		t.Error("something is there")
	}
	ev.Set("/a/b", 1, audit.Source{Level: audit.Present})
	ev.Limit("/a/c", "why")
	if v, _ := ev.Get("/a/b"); v != int64(1) || len(ev.SourcesAt("/a/b")) != 1 {
		t.Errorf("holds %v", ev.Doc)
	}
}

func TestEvidenceThatIsRefused(t *testing.T) {
	for _, row := range []struct{ text, why string }{
		{`[]`, "cannot unmarshal"},
		{`{"evidence": [], "sources": {}}`, "cannot unmarshal"},
		{`{"evidence": {}, "findings": []}`, `unknown field "findings"`},
		{`{"evidence": {}, "sources": {"/a": [{"level": "certain"}]}}`, `no level "certain"; there are claimed, present, verified`},
		{`{"evidence": {}, "sources": {"/a": [{"level": ""}]}}`, `no level ""`},
		{`{"evidence": {}, "sources": {"/a": [{"path": "b"}]}}`, `a source of "/a" has no level`},
		{`{"evidence": {}, "sources": {"a": [{"level": "present"}]}}`, `"a" is no JSON pointer`},
		{`{"evidence": {}, "limits_hit": ["files"]}`, `"files" is no JSON pointer`},
		{`{"evidence": {}, "sources": {"/a": [{"level": "present", "lines": 3}]}}`, `unknown field "lines"`},
	} {
		ev := audit.NewEvidence()
		if err := json.Unmarshal([]byte(row.text), ev); err == nil || !strings.Contains(err.Error(), row.why) {
			t.Errorf("%s: %v, want …%s…", row.text, err, row.why)
		}
	}
}

// The schema is the product's interface. These are its rules.
func TestEvidenceSchema(t *testing.T) {
	doc, err := schemas.Document("evidence")
	if err != nil {
		t.Fatal(err)
	}
	names := 0
	named := map[string]bool{}
	eachProperty(t, doc, doc, nil, func(path []string, p map[string]any) {
		names++
		at := "/" + strings.Join(path, "/")
		if n := len(path) - strings.Count(at, "/*"); n > 4 {
			t.Errorf("%s is %d names deep", at, n)
		}
		last := path[len(path)-1]
		if last != "*" && last != "{}" && !regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(last) {
			t.Errorf("%s is no snake case", at)
		}
		if s, _ := p["description"].(string); last != "{}" && !regexp.MustCompile(`^[A-Z].*\w+.*[.?]$`).MatchString(s) {
			t.Errorf("%s has no description", at)
		}
		for _, e := range values(p["enum"]) {
			word, isText := e.(string)
			if isText && regexp.MustCompile(`(?i)^(unknown|undefined|unspecified|undetermined|n/?a|none|null|missing|not_.*|)$`).MatchString(word) {
				t.Errorf("%s: the enum member %q means that nothing is known", at, word)
			}
			if isText && word != "7z" && !regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`).MatchString(word) {
				t.Errorf("%s: the enum member %q is no snake case", at, word)
			}
		}
		for _, r := range values(p["required"]) {
			named[r.(string)] = true
			if last != "*" {
				t.Errorf("%s requires %s: only an item of a list is named by something", at, r)
			}
		}
		if p["type"] == "object" && p["additionalProperties"] == nil {
			t.Errorf("%s is an object that leaves open what else it holds", at)
		}
	})
	if names < 300 {
		t.Errorf("only %d properties seen", names)
	}
	// what names an item; a fact would have to be able to be absent
	allowed := []string{"path", "name", "id", "kind", "raw", "benchmark", "question", "message"}
	for name := range named {
		if !slices.Contains(allowed, name) {
			t.Errorf("an item must have %s, which names nothing", name)
		}
	}
	for _, section := range []string{"subject", "files", "card", "licenses", "weights", "architecture", "tokenizer", "code", "datasets", "training", "evaluation", "documents", "policies", "service", "lineage", "signature", "checksums", "components", "attestations", "relations"} {
		if _, ok := doc["properties"].(map[string]any)[section]; !ok {
			t.Errorf("there is no section %s", section)
		}
	}
}

func values(v any) []any { l, _ := v.([]any); return l }

// eachProperty visits every place below a schema, references resolved: members
// by name, items as *, members without a name of their own as {}.
func eachProperty(t *testing.T, root, node map[string]any, path []string, visit func(path []string, p map[string]any)) {
	t.Helper()
	if ref, ok := node["$ref"].(string); ok {
		target, _ := root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		if target == nil {
			t.Fatalf("%s leads nowhere", ref)
		}
		merged := maps.Clone(target)
		for k, v := range node {
			merged[k] = v
		}
		delete(merged, "$ref")
		node = merged
	}
	if len(path) > 0 {
		visit(path, node)
	}
	below := func(name string, v any) {
		if m, ok := v.(map[string]any); ok {
			eachProperty(t, root, m, append(slices.Clone(path), name), visit)
		}
	}
	props, _ := node["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(props)) {
		below(name, props[name])
	}
	below("*", node["items"])
	below("{}", node["additionalProperties"])
}

// The shape that rules are held against says what the schema says.
func TestShapeIsTheSchema(t *testing.T) {
	shape, err := audit.EvidenceShape()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := schemas.Document("evidence")
	if err != nil {
		t.Fatal(err)
	}
	eachProperty(t, doc, doc, nil, func(path []string, p map[string]any) {
		at := "/" + strings.ReplaceAll(strings.Join(path, "/"), "{}", "any-name")
		s := shape.At(at)
		if s == nil {
			t.Errorf("the shape has no %s", at)
			return
		}
		if want := fmt.Sprint(p["type"]); p["type"] != nil && strings.Trim(fmt.Sprint(s.Types), "[]") != strings.Trim(want, "[]") {
			t.Errorf("%s: types %v, want %s", at, s.Types, want)
		}
		if text, _ := p["description"].(string); s.Description != text || len(s.Enum) != len(values(p["enum"])) || len(s.Required) != len(values(p["required"])) {
			t.Errorf("%s: %+v differs from the schema", at, s)
		}
	})
	for pointer, want := range map[string]audit.Level{"/card/metadata/licenses": audit.Claimed, "/card/metadata/licenses/*": audit.Claimed, "/card/present": audit.Unsourced, "/architecture/model_type": audit.Claimed, "/architecture/parses": audit.Unsourced, "/licenses/declared/*/id": audit.Claimed} {
		if s := shape.At(pointer); s == nil || s.Cap != want {
			t.Errorf("%s: cap %v", pointer, s)
		}
	}
	for _, pointer := range []string{"/nope", "/card/present/x", "/files/x", "/files/-0/path", "/weights/dtypes/F32/x", "/"} {
		if s := shape.At(pointer); s != nil {
			t.Errorf("%s: there is %+v", pointer, s)
		}
	}
}

func TestNeedsOfEveryRuleResolve(t *testing.T) {
	shape, err := audit.EvidenceShape()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range ours(t) {
		s := shape.At(r.Needs)
		if s == nil || r.Each && s.Items == nil || s.Description == "" && !r.Each {
			t.Errorf("%s needs %s, which is %+v", r.ID, r.Pointer(), s)
		}
	}
}

// Examples are valid evidence: the library, given the evidence schema, says of
// each of them what the loader says.
func TestExamplesAreValidEvidence(t *testing.T) {
	whole, err := schemas.Compile("evidence")
	if err != nil {
		t.Fatal(err)
	}
	examples := 0
	for _, r := range ours(t) {
		for _, e := range append(slices.Clone(r.Pass), r.Fail...) {
			if _, isList := e.([]any); r.Each && !isList {
				e = []any{e}
			}
			examples++
			ev := audit.NewEvidence()
			ev.Set(r.Needs, e)
			if err := whole.Validate(any(ev.Doc)); err != nil {
				t.Errorf("%s: %v: %v", r.ID, e, err)
			}
		}
	}
	if examples < 2*len(ours(t)) {
		t.Errorf("only %d examples", examples)
	}
}

// FuzzEvidence feeds any document to every rule and framework of the program:
// no panic, the same answer each time, and what always holds of an answer.
func FuzzEvidence(f *testing.F) {
	rich, err := json.Marshal(rich(f))
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(rich), `{}`, `{"evidence": {}}`, `{"evidence": null, "sources": null, "limits_hit": null}`,
		`{"evidence": {"subject": {"name": {}, "files": 1}, "card": {"present": true, "path": {}}}}`,
		`{"evidence": {"files": {"0": 1}, "weights": {"files": [[], null, {"path": []}]}}, "sources": {"/weights/files/99999999": [{"level": "present"}]}}`,
		`{"evidence": {"relations": {"parameters": {"between": [{}, 1, "x"], "agree": false}, "shards": {"agree": false}}}}`,
		`{"evidence": {"relations": {"shards": [{"agree": false, "between": []}, 3, {"agree": false, "between": ["/relations/shards/0", ""]}]}}}`,
		`{"evidence": {"a": 1e999, "b": 1e-999, "c": -0, "d": 123456789012345678901234567890}, "limits_hit": ["/a", "", "/b/c/0"]}`,
		`{"evidence": {"signature": {"present": true, "signer": {"verified": false}}}, "limits_hit": ["/files"]}`,
		`{"evidence": {"card": {"sections": {"uses": {"words": 1e300}}}}}`,
	} {
		f.Add([]byte(seed))
	}
	all, frameworks := builtin(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var reports [2][]byte
		for i := range reports {
			ev := audit.NewEvidence()
			if json.Unmarshal(data, ev) != nil {
				return
			}
			r := audit.Audit(ev, all, frameworks, audit.Tool{}, "2026-01-01")
			holds(t, ev, all, r)
			out, err := json.Marshal(r)
			if err != nil {
				t.Fatalf("the report cannot be written: %v", err)
			}
			reports[i] = out
		}
		if !bytes.Equal(reports[0], reports[1]) {
			t.Fatal("the same evidence gave two reports")
		}
	})
}

// holds checks what is true of every report.
func holds(t *testing.T, ev *audit.Evidence, all []*audit.Rule, r *audit.Report) {
	t.Helper()
	if len(r.Findings) != len(all) || r.Verdict.Reason == "" {
		t.Fatalf("%d findings of %d rules, verdict %+v", len(r.Findings), len(all), r.Verdict)
	}
	for i, f := range r.Findings {
		if len(f.Places) == 0 || len(f.Places) > audit.MaxPlaces || !slices.Contains(audit.Words[:], f.Word) {
			t.Fatalf("%s: %+v", f.Rule, f)
		}
		if (f.Level != audit.Unsourced) != (f.Outcome == audit.Pass) {
			t.Fatalf("%s: %s at level %q", f.Rule, f.Outcome, f.Level)
		}
		if v, ok := ev.Get(all[i].Needs); !ok && (f.Outcome == audit.Pass || f.Outcome == audit.Fail) {
			t.Fatalf("%s: %s of what is not there (%v)", f.Rule, f.Outcome, v)
		}
	}
	for _, s := range r.Scores {
		if (s.Floor == nil) != (s.Ceiling == nil) || s.Floor != nil && (*s.Floor < 0 || *s.Floor > *s.Ceiling || *s.Ceiling > 100) {
			t.Fatalf("%s: floor %v, ceiling %v", s.Axis, s.Floor, s.Ceiling)
		}
	}
}
