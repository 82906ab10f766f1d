package dataset

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// mutation is a manifest with one to three things changed in it.
type mutation struct {
	name string // of what it was, and what was done to it
	data []byte
}

// sampleManifests are the whole and valid manifests in testdata, by name.
func sampleManifests(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("testdata", "croissant-*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no sample manifests: %v", err)
	}
	out := map[string][]byte{}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = data
	}
	return out
}

// mutations makes n manifests out of whole ones. The same seed makes the same.
func mutations(t testing.TB, sources map[string][]byte, seed uint64, n int) []mutation {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0x6372))
	names := slices.Sorted(maps.Keys(sources))
	out := make([]mutation, n)
	for i := range out {
		name := names[rng.IntN(len(names))]
		m := &mutator{rng: rng}
		if err := json.Unmarshal(sources[name], &m.root); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 1 + rng.IntN(3)/2 + rng.IntN(4)/3 {
			m.change()
		}
		data, err := json.MarshalIndent(m.root, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		out[i] = mutation{name + ": " + strings.Join(m.done, "; "), data}
	}
	return out
}

type mutator struct {
	rng  *rand.Rand
	root map[string]any
	done []string
}

func (m *mutator) note(format string, args ...any) {
	m.done = append(m.done, fmt.Sprintf(format, args...))
}

// spot is a value in the document, and how to put another one in its place.
type spot struct {
	path  string
	key   string // of a member
	value any
	up    map[string]any // the object it is a member of
	list  []any          // or the list it is an item of
	index int
}

func (s spot) put(v any) {
	if s.up != nil {
		s.up[s.key] = v
		return
	}
	s.list[s.index] = v
}

// spots lists every value below the root, the context only now and then.
func (m *mutator) spots(context bool) []spot {
	var out []spot
	var walk func(v any, path string)
	walk = func(v any, path string) {
		switch v := v.(type) {
		case map[string]any:
			for _, k := range slices.Sorted(maps.Keys(v)) {
				if k == "@context" && path == "" && !context {
					continue
				}
				at := path + "/" + k
				out = append(out, spot{path: at, key: k, value: v[k], up: v})
				walk(v[k], at)
			}
		case []any:
			for i, item := range v {
				at := path + "/" + strconv.Itoa(i)
				out = append(out, spot{path: at, value: item, list: v, index: i})
				walk(item, at)
			}
		}
	}
	walk(m.root, "")
	return out
}

// pick draws a spot that fits; ok is false where none does.
func (m *mutator) pick(fits func(spot) bool) (spot, bool) {
	all := slices.DeleteFunc(m.spots(m.rng.IntN(12) == 0), func(s spot) bool { return !fits(s) })
	if len(all) == 0 {
		return spot{}, false
	}
	return all[m.rng.IntN(len(all))], true
}

func isMember(s spot) bool { return s.up != nil }
func isObject(s spot) bool { _, ok := s.value.(map[string]any); return ok }
func isList(s spot) bool   { _, ok := s.value.([]any); return ok }
func isScalar(s spot) bool { return !isObject(s) && !isList(s) }
func isText(s spot) bool   { _, ok := s.value.(string); return ok }
func isNamed(names ...string) func(spot) bool {
	return func(s spot) bool { return slices.Contains(names, s.key) }
}

// changes are what can be done to a manifest: what people get wrong, and what
// only somebody who looks for faults would try.
func (m *mutator) change() {
	changes := []func(){
		m.remove, m.remove, m.remove, m.drop, m.retype, m.retype, m.blank, m.mistype, m.rename, m.misspell,
		m.breakReference, m.breakReference, m.pointElsewhere, m.repeat, m.rewrap, m.unwrap, m.conform,
		m.date, m.versionNumber, m.path, m.swapName, m.whiteSpace, m.hash, m.sourceAndValue, m.cut, m.duplicate, m.addStray, m.language, m.transform, m.shape, m.records, m.container,
	}
	for range 8 {
		before := len(m.done)
		changes[m.rng.IntN(len(changes))]()
		if len(m.done) > before {
			return
		}
	}
}

func (m *mutator) remove() {
	if s, ok := m.pick(isMember); ok {
		delete(s.up, s.key)
		m.note("without %s", s.path)
	}
}

func (m *mutator) drop() {
	if s, ok := m.pick(func(s spot) bool { return isList(s) && s.up != nil && len(s.value.([]any)) > 0 }); ok {
		list := s.value.([]any)
		i := m.rng.IntN(len(list))
		s.put(slices.Delete(slices.Clone(list), i, i+1))
		m.note("without %s/%d", s.path, i)
	}
}

// others are values of other kinds.
func (m *mutator) other() any {
	return []any{nil, true, false, float64(7), 1.5, "", "text", "two words", []any{}, []any{"a", "b"}, map[string]any{}, map[string]any{"name": "x"}, map[string]any{"@id": "elsewhere"}}[m.rng.IntN(13)]
}

func (m *mutator) retype() {
	if s, ok := m.pick(func(s spot) bool { return m.rng.IntN(3) == 0 || isScalar(s) }); ok {
		v := m.other()
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

func (m *mutator) blank() {
	if s, ok := m.pick(isText); ok {
		s.put("")
		m.note("%s = nothing", s.path)
	}
}

func (m *mutator) mistype() {
	if s, ok := m.pick(isNamed("@type")); ok {
		v := []any{"sc:Dataset", "cr:FileObject", "cr:FileSet", "cr:RecordSet", "cr:Field", "sc:Thing", "FileObject", "cr:fileObject", []any{"cr:Field", "sc:Thing"}, []any{"sc:Thing", "sc:Dataset"}}[m.rng.IntN(10)]
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

func (m *mutator) rename() {
	if s, ok := m.pick(isMember); ok {
		to := []string{"sc:" + s.key, "cr:" + s.key, "https://schema.org/" + s.key, strings.ToUpper(s.key), s.key + "s", "x:" + s.key}[m.rng.IntN(6)]
		delete(s.up, s.key)
		s.up[to] = s.value
		m.note("%s is called %s", s.path, to)
	}
}

func (m *mutator) misspell() {
	if s, ok := m.pick(func(s spot) bool { return isText(s) && len(s.value.(string)) > 2 }); ok {
		text := s.value.(string)
		i := m.rng.IntN(len(text))
		s.put(strings.ToValidUTF8(text[:i]+text[i+1:], ""))
		m.note("%s is misspelt", s.path)
	}
}

func (m *mutator) breakReference() {
	if s, ok := m.pick(isNamed("fileObject", "fileSet", "containedIn", "field", "references", "distribution", "source", "key", "extract")); ok {
		v := []any{"nowhere", map[string]any{"@id": "nowhere"}, map[string]any{}, nil, []any{map[string]any{"@id": "nowhere"}}, map[string]any{"@id": "two words"}}[m.rng.IntN(6)]
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

// pointElsewhere lets one id be another that is there.
func (m *mutator) pointElsewhere() {
	a, ok := m.pick(isNamed("@id"))
	b, found := m.pick(isNamed("@id"))
	if ok && found && a.path != b.path {
		a.put(b.value)
		m.note("%s = %v", a.path, b.value)
	}
}

func (m *mutator) repeat() {
	if s, ok := m.pick(func(s spot) bool { return isList(s) && len(s.value.([]any)) > 0 }); ok {
		list := s.value.([]any)
		s.put(append(slices.Clone(list), clone(list[m.rng.IntN(len(list))])))
		m.note("an item of %s twice", s.path)
	}
}

func (m *mutator) rewrap() {
	if s, ok := m.pick(isMember); ok {
		s.put([]any{s.value})
		m.note("%s in a list", s.path)
	}
}

func (m *mutator) unwrap() {
	if s, ok := m.pick(func(s spot) bool { return isList(s) && len(s.value.([]any)) > 0 }); ok {
		s.put(s.value.([]any)[0])
		m.note("%s is its first item", s.path)
	}
}

func (m *mutator) conform() {
	v := []any{"http://mlcommons.org/croissant/0.8", "http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/2.0", "https://mlcommons.org/croissant/1.0", nil, []any{"x", "http://mlcommons.org/croissant/1.1"}, map[string]any{"@id": "http://mlcommons.org/croissant/1.0"}}[m.rng.IntN(8)]
	m.root["conformsTo"] = v
	m.note("conformsTo = %v", v)
}

func (m *mutator) date() {
	key := []string{"datePublished", "dateCreated", "dateModified", "rai:dataCollectionTimeFrame"}[m.rng.IntN(4)]
	v := []any{"yesterday", "2026", "2026-13-01", "2026-02-30", "20260131", "2026-W05-3", "2026-031", "2026-01-31T25:00", "2026-01-31 10:00:00+01:00", "2026-01-31T24:00", "31.01.2026", float64(2026), "", []any{"2026-01-01", "never"}}[m.rng.IntN(14)]
	m.root[key] = v
	m.note("%s = %v", key, v)
}

func (m *mutator) versionNumber() {
	v := []any{"1.0.0", "v1", "1.0.0-rc.1+x", "01.0.0", float64(1), 1.5, true, []any{"1.0.0"}, "", "latest"}[m.rng.IntN(10)]
	key := []string{"version", "sdVersion", "cr:sdVersion"}[m.rng.IntN(3)]
	m.root[key] = v
	m.note("%s = %v", key, v)
}

func (m *mutator) path() {
	if s, ok := m.pick(isNamed("jsonPath")); ok {
		v := []string{"$", "$.", "a b", "$[?(@.x)]", "$..a[*]", "a,b", "$[1:2].x", "`parent`", "`other`", "$['x'", "%", "", "$[a]", "(a|b).c", "a where b", "-1", "[0]", "a..b..", "$.a-b"}[m.rng.IntN(19)]
		s.put(v)
		m.note("%s = %s", s.path, v)
	}
}

func (m *mutator) swapName() {
	if s, ok := m.pick(isNamed("name")); ok {
		v := []any{"with blanks", strings.Repeat("n", 300), map[string]any{"en": "a", "fr": "b"}, map[string]any{"fr": "b"}, []any{"a", "b"}, float64(3), "ümläut", map[string]any{"@value": "x", "@language": "de"}}[m.rng.IntN(8)]
		s.put(v)
		m.note("%s = %v", s.path, clip(fmt.Sprint(v), 40))
	}
}

func (m *mutator) whiteSpace() {
	if s, ok := m.pick(func(s spot) bool { return s.key == "@id" && isText(s) }); ok {
		v := s.value.(string) + []string{" x", "\tx", "\u00a0x", "\n", "/../x", "//x", "?x", "#x"}[m.rng.IntN(8)]
		s.put(v)
		m.note("%s = %q", s.path, v)
	}
}

func (m *mutator) hash() {
	if s, ok := m.pick(isNamed("sha256", "md5")); ok {
		if m.rng.IntN(2) == 0 {
			delete(s.up, s.key)
			m.note("without %s", s.path)
			return
		}
		v := []any{"", "sha256", "https://github.com/mlcommons/croissant/issues/80", float64(12), nil}[m.rng.IntN(5)]
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

func (m *mutator) sourceAndValue() {
	if s, ok := m.pick(func(s spot) bool { return isObject(s) && fmt.Sprint(s.value.(map[string]any)["@type"]) == "cr:Field" }); ok {
		f := s.value.(map[string]any)
		f["value"] = []any{float64(5), "x", map[string]any{"a": "b"}, []any{"p", "q"}, false}[m.rng.IntN(5)]
		if m.rng.IntN(2) == 0 {
			delete(f, "source")
		}
		if m.rng.IntN(3) == 0 {
			delete(f, "dataType")
		}
		m.note("%s has a value", s.path)
	}
}

// cut empties an object or a list.
func (m *mutator) cut() {
	if s, ok := m.pick(func(s spot) bool { return isObject(s) || isList(s) }); ok {
		if isObject(s) {
			s.put(map[string]any{})
		} else {
			s.put([]any{})
		}
		m.note("%s is empty", s.path)
	}
}

// duplicate copies an object of a list and changes its id or not.
func (m *mutator) duplicate() {
	if s, ok := m.pick(func(s spot) bool { return isList(s) && s.up != nil && len(s.value.([]any)) > 0 }); ok {
		list := s.value.([]any)
		item, isObject := clone(list[m.rng.IntN(len(list))]).(map[string]any)
		if !isObject {
			return
		}
		switch m.rng.IntN(3) {
		case 0:
			delete(item, "@id")
		case 1:
			item["@id"] = "copy"
		}
		s.put(append(slices.Clone(list), item))
		m.note("a copy in %s", s.path)
	}
}

func (m *mutator) addStray() {
	if s, ok := m.pick(isObject); ok {
		key := []string{"@language", "@graph", "@value", "@set", "extra", "@index", "@context", "@nest", "@reverse"}[m.rng.IntN(9)]
		v := []any{"en", map[string]any{}, []any{}, "x", map[string]any{"extra": "x"}}[m.rng.IntN(5)]
		if key == "@context" && v == "en" || v == "x" && key == "@context" {
			v = nil // no address: the reference would fetch it
		}
		s.value.(map[string]any)[key] = v
		m.note("%s/%s = %v", s.path, key, v)
	}
}

func (m *mutator) language() {
	ctx, ok := m.root["@context"].(map[string]any)
	if !ok {
		return
	}
	switch m.rng.IntN(7) {
	case 0:
		delete(ctx, "@language")
	case 1:
		ctx["@language"] = "de"
	case 2:
		ctx["@vocab"] = "http://schema.org/"
	case 3:
		ctx["@base"] = "https://data.example/set/"
	case 4:
		ctx["sc"] = "http://schema.org/"
	case 5:
		ctx["id"], ctx["type"] = "@id", "@type"
	case 6:
		delete(ctx, "cr")
	}
	m.note("another context")
}

func (m *mutator) transform() {
	if s, ok := m.pick(isNamed("transform")); ok {
		v := []any{map[string]any{"regex": "a", "separator": ","}, map[string]any{"regex": ""}, map[string]any{"delimiter": ","}, []any{map[string]any{"regex": "a"}, map[string]any{"jsonPath": "$.b"}}, "regex"}[m.rng.IntN(5)]
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

func (m *mutator) shape() {
	if s, ok := m.pick(func(s spot) bool { return isObject(s) && s.value.(map[string]any)["dataType"] != nil }); ok {
		f := s.value.(map[string]any)
		prefix := []string{"", "cr:"}[m.rng.IntN(2)]
		f[prefix+"arrayShape"] = []any{"-1", "2,x", "(3,)", "1, 2 ,3", float64(3), "", "1_0"}[m.rng.IntN(7)]
		f[prefix+"isArray"] = []any{true, false, "true", nil}[m.rng.IntN(4)]
		m.note("%s has a shape", s.path)
	}
}

func (m *mutator) records() {
	if s, ok := m.pick(isNamed("data", "examples")); ok {
		v := []any{[]any{}, map[string]any{}, "text", []any{"text"}, []any{map[string]any{"other": "x"}}, nil, float64(0), map[string]any{"split": "x"}}[m.rng.IntN(8)]
		s.put(v)
		m.note("%s = %v", s.path, v)
	}
}

func (m *mutator) container() {
	if s, ok := m.pick(func(s spot) bool { return isObject(s) && s.value.(map[string]any)["encodingFormat"] != nil }); ok {
		f := s.value.(map[string]any)
		f["containedIn"] = []any{map[string]any{"@id": f["@id"]}, []any{}, map[string]any{"fileObject": map[string]any{"@id": "buoys.csv"}}, map[string]any{"@type": "cr:Source", "fileSet": map[string]any{"@id": "images"}}, "tides.zip", []any{map[string]any{"@id": "repo"}, map[string]any{"@id": "photos.tar"}}}[m.rng.IntN(6)]
		m.note("%s is contained in something else", s.path)
	}
}

func clone(v any) any {
	data, _ := json.Marshal(v)
	var out any
	_ = json.Unmarshal(data, &out)
	return out
}

// Equal seeds make equal mutations, and different ones differ.
func TestMutationsAreDeterministic(t *testing.T) {
	sources := sampleManifests(t)
	a, b, c := mutations(t, sources, 1, 50), mutations(t, sources, 1, 50), mutations(t, sources, 2, 50)
	differ := 0
	for i := range a {
		if a[i].name != b[i].name || string(a[i].data) != string(b[i].data) {
			t.Fatalf("seed 1 makes %q and %q", a[i].name, b[i].name)
		}
		if string(a[i].data) != string(c[i].data) {
			differ++
		}
	}
	if differ < 45 {
		t.Errorf("of 50 mutations only %d differ from those of another seed", differ)
	}
}
