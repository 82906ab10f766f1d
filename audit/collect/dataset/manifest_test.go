package dataset

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func readText(t testing.TB, name, text string) *Manifest {
	t.Helper()
	m, err := Read(name, strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// edit is one thing changed in a sample manifest, and what becomes of it.
type edit struct {
	name     string
	from     string // the sample
	old, new string
	want     []string // "severity kind line pointer", the reference's first
}

// edits have one fault each, so that kind, line and pointer can be told. The
// reference's own verdict on each is asked for beside the real validator.
var edits = []edit{
	{"name missing", "croissant-plain.json", ` "name": "buoy-names",`, ``, []string{"spec missing 1 "}},
	{"creator missing", "croissant-new.json", `"sc:Dataset",`, `"sc:Dataset",`, []string{"spec missing 1 "}},
	{"url missing", "croissant-plain.json", ` "url": "https://aurora-lab.example/buoys",`, ``, []string{"spec missing 1 "}},
	{"url is no address", "croissant-plain.json", `"https://aurora-lab.example/buoys",`, `"buoys",`, []string{"spec schema 56 /url"}},
	{"date missing", "croissant-plain.json", ` "datePublished": "2026-01-15",`, ``, []string{"reference missing 1 ", "spec missing 1 "}},
	{"no date", "croissant-plain.json", `"2026-01-15"`, `"soon"`, []string{"error bad_date 54 /datePublished"}},
	{"no version number", "croissant-plain.json", `"1.2.0"`, `"newest"`, []string{"reference version_form 57 /version"}},
	{"unknown version", "croissant-plain.json", `croissant/1.0"`, `croissant/3.0"`, []string{"error bad_version 52 /conformsTo", "error wrong_type", "reference missing"}},
	{"no source", "croissant-plain.json", `"column": "id"`, `"row": "id"`, []string{"error one_of 96 /recordSet/0/field/0/source/extract"}},
	{"digest missing", "croissant-plain.json", `"sha256"`, `"sha-256"`, []string{"error missing_hash 68 /distribution/0"}},
	{"digest too short", "croissant-plain.json", `"2e7d2c03a9507ae2`, `"`, []string{"spec hash_shape 75 /distribution/0/sha256"}},
	{"digest of another kind of text", "croissant-plain.json", `"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"`, `"main"`, []string{"spec hash_shape 75 /distribution/0/sha256"}},
	{"digest is an address", "croissant-plain.json", `"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"`, `"https://github.com/mlcommons/croissant/issues/80"`, []string{"spec placeholder 75 /distribution/0/sha256"}},
	{"digest is a word", "croissant-plain.json", `"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6"`, `"sha256"`, []string{"spec placeholder 75 /distribution/0/sha256"}},
	{"digest is zeros", "croissant-plain.json", `2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6`, strings.Repeat("0", 64), []string{"spec placeholder 75 /distribution/0/sha256"}},
	{"digest of nothing", "croissant-plain.json", `2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6`, emptyDigests["sha256"], []string{"spec placeholder 75 /distribution/0/sha256"}},
	{"description is a placeholder", "croissant-plain.json", `"Names of buoys that do not exist."`, `"[More Information Needed]"`, []string{"spec placeholder 51 /description"}},
	{"dangling", "croissant-plain.json", "\"fileObject\": {\n       \"@id\": \"buoys.csv\"", "\"fileObject\": {\n       \"@id\": \"boats.csv\"", []string{"error dangling_reference 92 /recordSet/0/field/0/source"}},
	{"not a field", "croissant-plain.json", `"@type": "cr:Field",`, `"@type": "cr:Column",`, []string{"error wrong_type 88 /recordSet/0/field/0/@type"}},
	{"unknown type of data", "croissant-plain.json", `"dataType": "sc:Integer",`, `"dataType": "sc:Number",`, []string{"error no_data_type 87 /recordSet/0/field/0"}},
	{"white space", "croissant-plain.json", "   \"@id\": \"buoys\",", "   \"@id\": \"the buoys\",", []string{"error bad_id 81 /recordSet/0/@id"}},
	{"unknown term", "croissant-rich.json", `"rai:dataBiases"`, `"rai:dataBias"`, []string{"spec unknown_term 100 /rai:dataBias/0"}},
	{"vocabulary not named", "croissant-rich.json", ",\n  \"http://mlcommons.org/croissant/RAI/1.0\"", "", []string{"spec missing 1 "}},
	{"twice", "croissant-plain.json", ` "version":`, ` "url": "https://aurora-lab.example/old",` + "\n" + ` "version":`, []string{"spec duplicate_key 57 /url"}},
	{"byte order mark", "croissant-plain.json", "{\n \"@context\"", "\ufeff{\n \"@context\"", []string{"error encoding 1 "}},
	{"not UTF-8", "croissant-plain.json", "do not exist", "do n\xf6t exist", []string{"error encoding 51 "}},
	{"cut off", "croissant-plain.json", "\n   ]\n  }\n ]\n}\n", "\n", []string{"error invalid_json 118 "}},
	{"not JSON", "croissant-plain.json", `"keywords": [`, `"keywords": [,`, []string{"error invalid_json 63 "}},
}

func (e edit) data(t testing.TB) string {
	t.Helper()
	text := sample(t, e.from)
	if !strings.Contains(text, e.old) {
		t.Fatalf("%s: %s does not hold %q", e.name, e.from, e.old)
	}
	return strings.Replace(text, e.old, e.new, 1)
}

// said lists the problems of a manifest in short.
func said(m *Manifest) []string {
	var out []string
	for _, p := range m.Errors {
		out = append(out, fmt.Sprintf("error %s %d %s", p.Kind, p.Line, p.Pointer))
	}
	for _, p := range m.Warnings {
		out = append(out, fmt.Sprintf("%s %s %d %s", p.Source, p.Kind, p.Line, p.Pointer))
	}
	return out
}

// Each fault has its kind, its severity, its line and its pointer, and there is
// no other that the sample did not have.
func TestOneFaultEach(t *testing.T) {
	before := map[string][]string{}
	for _, name := range []string{"croissant-plain.json", "croissant-rich.json", "croissant-new.json"} {
		for _, s := range said(readText(t, name, sample(t, name))) {
			before[name] = append(before[name], strings.Join(strings.Fields(s)[:2], " "))
		}
	}
	for _, e := range edits {
		m := readText(t, e.from, e.data(t))
		got := said(m)
		for _, want := range e.want {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
				t.Errorf("%s: no %q among\n%s", e.name, want, strings.Join(got, "\n"))
			}
		}
		for _, s := range got {
			kind := strings.Join(strings.Fields(s)[:2], " ")
			if !slices.Contains(before[e.from], kind) && !slices.ContainsFunc(e.want, func(want string) bool { return strings.HasPrefix(want, kind) }) {
				t.Errorf("%s: also %q", e.name, s)
			}
		}
		valid, known := m.Valid()
		if refused := strings.HasPrefix(strings.Join(e.want, "|"), "error"); valid == refused || !known {
			t.Errorf("%s: valid %v %v", e.name, valid, known)
		}
	}
}

// A manifest as the specification prints it, with http, is read like any other;
// the reference's refusal is its only error.
func TestBothSpellingsOfSchemaOrg(t *testing.T) {
	text := sample(t, "croissant-rich.json")
	https, http := readText(t, "m.json", text), readText(t, "m.json", strings.ReplaceAll(text, "https://schema.org/", "http://schema.org/"))
	if len(http.Errors) != 1 || http.Errors[0].Kind != NotADataset || http.Errors[0].Line == 0 {
		t.Errorf("errors %v", http.Errors)
	}
	if len(https.Errors) != 0 || https.Version != "1.0" || http.Version != "1.0" {
		t.Errorf("errors %v, versions %s %s", https.Errors, https.Version, http.Version)
	}
	if got, want := written(t, http.Datasets), written(t, https.Datasets); got != want {
		t.Errorf("with http\n%s\nwith https\n%s", got, want)
	}
	broken := strings.ReplaceAll(strings.Replace(text, `"contentUrl"`, `"contentURL"`, 1), "https://schema.org/", "http://schema.org/")
	m := readText(t, "m.json", broken)
	if len(m.Errors) != 1 || !slices.ContainsFunc(m.Warnings, func(p Problem) bool { return p.Kind == Missing && p.Source == Spec && p.about == "contentUrl" }) {
		t.Errorf("%v", said(m))
	}
}

// What a whole manifest says comes back as facts, each with its line.
func TestFactsOfCroissant(t *testing.T) {
	m := readText(t, "m.json", sample(t, "croissant-rich.json"))
	if len(m.Datasets) != 1 {
		t.Fatalf("%d datasets", len(m.Datasets))
	}
	d := m.Datasets[0]
	if d.Name.Value != "harbour-photos" || d.Name.Line != 50 || d.Name.Pointer != "/name" {
		t.Errorf("name %+v", d.Name)
	}
	if len(d.Licenses) != 2 || d.Licenses[0].Value != "https://aurora-lab.example/licence" || d.Licenses[1].Value != "https://creativecommons.org/licenses/by/4.0/" || d.Licenses[1].Pointer != "/license/1" {
		t.Errorf("licences %+v", d.Licenses)
	}
	if !slices.Equal(d.Languages, []string{"en", "no"}) || d.URL.Value != "https://aurora-lab.example/photos" {
		t.Errorf("languages %v, address %v", d.Languages, d.URL)
	}
	p := d.Provenance
	if p.Collection == nil || p.Collection.Value != "Drawn by a program.; Software Collection; 2025-12-01; 2025-12-31" || p.Sensitive.Value != "None." || p.Labelling.Value != "Boxes come with the drawing." || p.Processing.Value != "" || p.Consent == nil || p.Consent.Value != "" {
		t.Errorf("provenance %+v", p)
	}
	if d.Hashes == nil || *d.Hashes != (Hashes{3, 1}) || len(d.Digests) != d.Hashes.WellFormed || *d.Pinned {
		t.Errorf("hashes %+v, %d digests, pinned %v", d.Hashes, len(d.Digests), *d.Pinned)
	}
	plain := readText(t, "m.json", sample(t, "croissant-plain.json")).Datasets[0]
	if !*plain.Pinned || *plain.Size != (Size{2000, "bytes"}) || *plain.Hashes != (Hashes{1, 1}) {
		t.Errorf("pinned %v, size %v, hashes %v", *plain.Pinned, plain.Size, plain.Hashes)
	}
	if old := readText(t, "m.json", sample(t, "croissant-old.json")); old.Version != "0.8" || old.Datasets[0].Name.Value != "tide-tables" || old.Datasets[0].Hashes.WellFormed != 2 {
		t.Errorf("%+v", old)
	}
	if named := readText(t, "m.json", sample(t, "croissant-new.json")); named.Version != "1.1" || named.Datasets[0].Name.Value != "fog-signals" {
		t.Errorf("%+v", named)
	}
}

// What is no manifest is none, whatever it is called.
func TestNoManifest(t *testing.T) {
	for name, text := range map[string]string{
		"metadata.json": `{"name": "x", "version": 1}`, "croissant.md": "# Croissant\nmlcommons.org/croissant", "a.json": `[1, 2]`, "b.json": `"text"`, "c.json": "", "d.json": "null", "package.json": `{"name": "a", "license": "mit"}`,
		"e.json": `{"@type": "Person", "@context": "https://schema.org/"}`, "config.json": `{"model_type": "llama", "architectures": ["x"]}`,
	} {
		if m := readText(t, name, text); m.Format != "" || len(m.Errors) > 0 || len(m.Datasets) > 0 {
			t.Errorf("%s: %+v", name, m)
		}
	}
}

// Where a limit was hit nothing is said of whether the manifest is valid.
func TestLimits(t *testing.T) {
	plain := sample(t, "croissant-plain.json")
	deep := strings.Replace(plain, `"keywords": [`, `"keywords": [`+strings.Repeat("[", MaxDepth)+strings.Repeat("]", MaxDepth)+",", 1)
	wide := strings.Replace(plain, `"keywords": [`, `"keywords": [`+strings.Repeat("1,", MaxNodes), 1)
	long := plain + strings.Repeat(" ", MaxSize)
	for name, text := range map[string]string{"deep": deep, "wide": wide, "long": long} {
		m := readText(t, "m.json", text)
		if _, known := m.Valid(); known || m.Truncated == "" || m.Format != Croissant || len(m.Errors) > 0 {
			t.Errorf("%s: %s %q %v", name, m.Format, m.Truncated, m.Errors)
		}
	}
}

func TestReaderThatFails(t *testing.T) {
	_, err := Read("m.json", failing{}, 10)
	if err == nil || !strings.Contains(err.Error(), "m.json") {
		t.Errorf("%v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, iotest.ErrTimeout }

// Equal bytes give equal answers.
func TestManifestIsDeterministic(t *testing.T) {
	for name, data := range sampleManifests(t) {
		first := written(t, readText(t, name, string(data)))
		for range 20 {
			if again := written(t, readText(t, name, string(data))); again != first {
				t.Fatalf("%s differs:\n%s\n%s", name, first, again)
			}
		}
	}
}

// written is a value as text, with what it points at.
func written(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
