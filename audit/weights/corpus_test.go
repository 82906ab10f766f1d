package weights

import (
	"os"
	"path/filepath"
	"testing"
)

// corpus is the folder of real files that the environment names; the test is
// skipped where it names none.
func corpus(t *testing.T, folder string) []string {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	paths, err := filepath.Glob(filepath.Join(root, folder, "*"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no files in %s/%s: %v", root, folder, err)
	}
	return paths
}

// Each file holds one tensor of four elements, in every protocol and dtype, as
// PyTorch itself saved it.
func TestBenignTorch(t *testing.T) {
	for _, path := range corpus(t, "weights/benign-torch") {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		f := inspect(t, filepath.Base(path), b)
		if f.Format != PyTorch || f.Verdict != AllowListed || !f.Complete || kinds(f) != "" {
			t.Errorf("%s: %s %q complete %v: %s %+v", f.Path, f.Format, f.Verdict, f.Complete, f.Reason, f.Problems)
			continue
		}
		if f.Parameters == nil || *f.Parameters != 4 || *f.TensorCount != 1 || len(f.Globals) != 3 {
			t.Errorf("%s: parameters %v globals %v", f.Path, f.Parameters, f.Globals)
		}
	}
}
