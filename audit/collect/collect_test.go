package collect_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/schemas"
	"glassbox/testdata/release"
)

func compileEvidence(t testing.TB) *jsonschema.Schema {
	t.Helper()
	s, err := schemas.Compile("evidence")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// onDisk opens what lies in a directory, as the program does.
func onDisk(t testing.TB, dir string) *audit.Evidence {
	t.Helper()
	rel, err := collect.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer rel.Close()
	ev, err := collect.Collect(context.Background(), rel)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

// samples collects every sample release from the disk, links and all.
func samples(t testing.TB) map[string]*audit.Evidence {
	t.Helper()
	out := map[string]*audit.Evidence{}
	for _, r := range release.All() {
		dir := filepath.Join(t.TempDir(), r.Name)
		if err := os.CopyFS(dir, r.Files()); err != nil {
			t.Fatal(err)
		}
		if r.Name == "hub-cache" {
			dir = filepath.Join(dir, "models--acme--tiny-lm")
		}
		out[r.Name] = onDisk(t, dir)
	}
	return out
}
