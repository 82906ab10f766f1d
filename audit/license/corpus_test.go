package license

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func readFile(t testing.TB, parts ...string) []byte {
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRealFiles(t *testing.T) {
	dir := corpora(t)
	n := map[string]int{}
	right := map[string]int{}
	for _, f := range realFiles(t, dir) {
		data := readFile(t, dir, "real", f.file)
		for _, path := range []string{f.file, "LICENSE"} {
			x := Identify(path, data)
			n[f.kind]++
			ok := false
			switch f.kind {
			case "standard":
				ok = x.Concluded == f.id
			case "custom", "modmit":
				ok = x.Concluded == f.tableID || x.Concluded == "AML"
			default:
				ok = x.Concluded == ""
			}
			if ok {
				right[f.kind]++
			}
			if !ok || testing.Verbose() {
				t.Logf("ok=%v %s as %s: %s role=%s state=%s concluded=%q family=%q %s %d complete=%v found=%v policyOf=%s clauses=%d", ok, f.file, path, f.kind, x.Role, x.State, x.Concluded, x.Family, x.Method, x.Similarity, x.Complete, x.Found, x.PolicyOf, len(x.Clauses))
			}
		}
	}
	t.Log(n, right)
}

func TestSPDXTexts(t *testing.T) {
	dir := corpora(t)
	files, _ := filepath.Glob(filepath.Join(dir, "spdx", "*.txt"))
	right, n := 0, 0
	for _, f := range files {
		id := spdxFileID(f)
		if id == "" {
			continue
		}
		n++
		x := Identify("LICENSE", readFile(t, f))
		if x.Concluded == id || slices.Contains(x.Also, id) {
			right++
			continue
		}
		t.Logf("%s: %+v", id, x)
	}
	t.Log(right, n)
}
