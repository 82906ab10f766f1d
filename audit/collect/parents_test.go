package collect

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a list of parents may look like, and what is said of one that is none.
func TestListsOfParents(t *testing.T) {
	for _, c := range []struct{ ext, text, want string }{
		{".yaml", "acme/a: mit\nacme/b: [mit, apache-2.0]\n", "acme/a mit|acme/b mit apache-2.0"},
		{".yaml", "parents:\n- id: acme/a\n  license: other\n  license_name: mrl\n  base_model: acme/b\n  revision: 1.10\n", "acme/a other mrl < acme/b @1.10"},
		{".yaml", "acme/a: {license: no}\n", "acme/a no"},
		{".yaml", "acme/a:\n", "acme/a"},
		{".yml", "- {id: acme/a, base_model: [acme/b, acme/c], base_model_relation: merge}\n", "acme/a < acme/b acme/c merge"},
		{".json", `{"acme/a": "mit", "acme/b": {"license": "gemma"}}`, "acme/a mit|acme/b gemma"},
		{".csv", "\ufeffID,License,base_model\nacme/a,mit,acme/b; acme/c\nacme/d\n", "acme/a mit < acme/b acme/c|acme/d"},
		{".csv", "name,license\nacme/a,mit\n", "error: the head names no column id"},
		{".csv", "id\n\"", "error: parse error on line 2, column 2: extraneous or missing \" in quoted-field"},
		{".yaml", "- acme/a\n", "error: line 1: no entry with id and license"},
		{".yaml", "acme/a:\n  licence: mit\n", "error: line 1: acme/a: an entry says id, license, license_name, base_model, base_model_relation, revision, and not \"licence\""},
		{".yaml", "acme/a: {id: acme/b}\n", "error: line 1: acme/a has another id: acme/b"},
		{".yaml", "acme/a: {license: {name: mit}}\n", "error: line 1: acme/a: license: map[name:mit] is no text"},
		{".yaml", "acme/a: 3\n", "error: line 1: acme/a: 3 is no text"},
		{".yaml", "mit\n", "error: neither a mapping of ids nor a list of entries"},
		{".json", "[", "error: unexpected end of JSON input"},
	} {
		rows, err := parentRows(c.ext, []byte(c.text))
		var got []string
		for _, r := range rows {
			line := []string{r.id}
			for _, more := range []string{strings.Join(r.licenses, " "), r.name} {
				if more != "" {
					line = append(line, more)
				}
			}
			if len(r.bases) > 0 {
				line = append(line, "<", strings.Join(r.bases, " "))
			}
			if r.relation != "" {
				line = append(line, r.relation)
			}
			if r.revision != "" {
				line = append(line, "@"+r.revision)
			}
			got = append(got, strings.Join(line, " "))
		}
		if err != nil {
			got = []string{"error: " + err.Error()}
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("%s %q:\n%s, want\n%s", c.ext, c.text, s, c.want)
		}
	}
}

// A list that says two things, nothing, or too much is refused, with a hint.
func TestListsOfParentsThatAreRefused(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"twice.csv":  "id,license\nacme/a,mit\nACME/A,gemma\n",
		"noid.yaml":  "- {license: mit}\n",
		"empty.csv":  "id,license\n",
		"double.yml": "acme/a: mit\nacme/a: gemma\n",
		"large.csv":  "id,license\n" + strings.Repeat("x", MaxParents),
		"bomb.yaml":  "a: &a [x]\nb: [*a, *a]\n",
		"deep.json":  strings.Repeat("[", 1<<20),
	} {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadParents([]string{name})
		if usage, ok := err.(*UsageError); !ok || usage.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadParents([]string{filepath.Join(dir, "nowhere")}); err == nil {
		t.Error("what is not there is no error")
	}
}

// Whatever stands in a list, it is read or refused, each id with its line.
func FuzzParents(f *testing.F) {
	for _, s := range []string{"acme/a: mit\n", "- {id: acme/a, license: [mit]}\n", `{"acme/a": {"license": "mit"}}`, "id,license\nacme/a,mit\n", "parents: {acme/a: {base_model: acme/b}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, ext := range []string{".yaml", ".json", ".csv"} {
			rows, err := parentRows(ext, []byte(s))
			if err != nil {
				continue
			}
			for _, r := range rows {
				if r.line < 1 {
					t.Errorf("%s %q: %q stands on line %d", ext, s, r.id, r.line)
				}
				if got := r.relative("list"); got.license != "" && len(r.licenses) == 0 {
					t.Errorf("%s %q: %q has the licence %q, and none is given", ext, s, r.id, got.license)
				}
			}
		}
	})
}

// An id opens nothing but what is listed in the folder.
func TestIdsLeadNowhereElse(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"secret/README.md", "beside/acme/README.md"} {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("---\nlicense: mit\n---\n# x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p, err := ReadParents([]string{filepath.Join(dir, "beside")})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"../secret", "acme/..", "acme/../../secret", "..", ".", "/secret", "secret", "acme/../secret", "a\x00b"} {
		c := &collection{rel: &Release{Only: "x"}, opts: Options{Parents: p}}
		if r := c.relative(t.Context(), id); r != nil {
			t.Errorf("%q leads to %+v", id, r)
		}
	}
	c := &collection{rel: &Release{Only: "x"}, opts: Options{Parents: p}}
	for i := range 3 * maxRelatives {
		c.relative(t.Context(), fmt.Sprintf("acme/%d", i))
	}
	if len(c.relatives) > maxRelatives {
		t.Errorf("%d were looked up", len(c.relatives))
	}
}
