package schemas_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glassbox/schemas"
)

func TestEverySchemaCompiles(t *testing.T) {
	names := schemas.Names()
	for _, want := range []string{"evidence", "framework", "rule"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no schema %s among %v", want, names)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not sorted: %v", names)
	}
	for _, name := range names {
		if _, err := schemas.Compile(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		doc, err := schemas.Document(name)
		if err != nil {
			t.Fatal(err)
		}
		if doc["$id"] != schemas.ID(name) || doc["$schema"] != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s calls itself %v of %v", name, doc["$id"], doc["$schema"])
		}
		if title, _ := doc["title"].(string); title == "" {
			t.Errorf("%s has no title", name)
		}
	}
}

func TestSchemaThatIsNotThere(t *testing.T) {
	for _, name := range []string{"", "rules", "../schemas/rule", "rule.schema.json", "lists"} {
		if _, err := schemas.Source(name); err == nil || !strings.Contains(err.Error(), "there are "+strings.Join(schemas.Names(), ", ")) {
			t.Errorf("%q: %v", name, err)
		}
		if _, err := schemas.Document(name); err == nil {
			t.Errorf("%q has a document", name)
		}
		if _, err := schemas.Compile(name); err == nil {
			t.Errorf("%q compiles", name)
		}
	}
}

// The document may be changed by who asks for it, and stays as it is.
func TestDocumentIsACopy(t *testing.T) {
	first, err := schemas.Document("rule")
	if err != nil {
		t.Fatal(err)
	}
	clear(first)
	if again, err := schemas.Document("rule"); err != nil || len(again) == 0 {
		t.Errorf("%v, %v", again, err)
	}
}

// Only the program's own documents may be referred to; nothing is fetched or
// read from a disk.
func TestReferencesStayInside(t *testing.T) {
	for ref, ok := range map[string]bool{
		schemas.Lists + "#/$defs/inert-formats": true, schemas.ID("evidence"): true, schemas.ID("rule") + "#/$defs/fragment": true,
		schemas.Lists + "#/$defs/nonesuch": false, "urn:glassbox:lists:2025-01#/$defs/inert-formats": false, "urn:glassbox:nonesuch:v1": false, "urn:glassbox:rule:v2": false, "urn:glassbox:../schemas/rule:v1": false,
		"https://json-schema.org/learn/examples/address.schema.json": false, "http://127.0.0.1:1/x": false, "file:///etc/passwd": false, "file:///srv/schemas/rule.schema.json": false, "/etc/passwd": false, "rule.schema.json": false, "ftp://example.org/x": false, "data:application/json,{}": false,
	} {
		c := schemas.Compiler()
		if err := c.AddResource("urn:test", strings.NewReader(fmt.Sprintf(`{"$ref": %q}`, ref))); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Compile("urn:test"); (err == nil) != ok {
			t.Errorf("%s: %v", ref, err)
		}
	}
}

func TestListsAreDated(t *testing.T) {
	c := schemas.Compiler()
	whole, err := c.Compile(schemas.Lists)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`^urn:glassbox:lists:20\d\d-(0[1-9]|1[0-2])#$`).MatchString(whole.Location) {
		t.Errorf("the lists are at %s", whole.Location)
	}
	for _, name := range []string{"inert-formats", "openly-stored-formats"} {
		s, err := c.Compile(schemas.Lists + "#/$defs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[any]bool{}
		for _, v := range s.Enum {
			if seen[v] {
				t.Errorf("%s lists %v twice", name, v)
			}
			seen[v] = true
		}
		if len(seen) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// What a list for weight formats names is a format that evidence can hold.
func TestListsNameWhatCanOccur(t *testing.T) {
	doc, err := schemas.Document("evidence")
	if err != nil {
		t.Fatal(err)
	}
	at := any(doc)
	for _, name := range []string{"properties", "weights", "properties", "files", "items", "properties", "format"} {
		at = at.(map[string]any)[name]
	}
	known := at.(map[string]any)["enum"].([]any)
	for _, name := range []string{"inert-formats", "openly-stored-formats"} {
		s, err := schemas.Compiler().Compile(schemas.Lists + "#/$defs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range s.Enum {
			if !slices.Contains(known, v) {
				t.Errorf("%s names %v, which is no format", name, v)
			}
		}
	}
}

// Every keyword of the closed subset is described in the schema of rules, and
// no other.
func TestTheSubsetIsClosed(t *testing.T) {
	doc, err := schemas.Document("rule")
	if err != nil {
		t.Fatal(err)
	}
	fragment := doc["$defs"].(map[string]any)["fragment"].(map[string]any)
	got := slices.Sorted(maps.Keys(fragment["properties"].(map[string]any)))
	want := []string{"$ref", "allOf", "anyOf", "const", "contains", "enum", "items", "maxItems", "maximum", "minContains", "minItems", "minLength", "minimum", "not", "pattern", "properties", "required", "type"}
	if !slices.Equal(got, want) || fragment["additionalProperties"] != false {
		t.Errorf("the subset is %v", got)
	}
}

// A published schema is JSON a person can read: no tab, no line without end.
func TestSchemasAreReadable(t *testing.T) {
	for _, name := range schemas.Names() {
		text, err := schemas.Source(name)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(text) || text[len(text)-1] != '\n' || strings.ContainsAny(string(text), "\t\r") {
			t.Errorf("%s is not written plainly", name)
		}
	}
}

func BenchmarkReadYAML(b *testing.B) {
	text := []byte("title: A rule\nexpect:\n  minItems: 1\n  items: {required: [format], properties: {format: {enum: [safetensors, gguf]}}}\nexamples:\n  pass: [[{path: a, format: gguf}]]\n  fail: [[]]\n")
	b.Run(fmt.Sprintf("bytes=%d", len(text)), func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := schemas.ReadYAML(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for _, name := range schemas.Names() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := schemas.Compile(name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
