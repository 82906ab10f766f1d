package collect_test

import (
	"os"
	"path/filepath"
	"testing"

	"glassbox/audit/collect"
)

// One run collects a folder of 281 published cards of data, as "glassbox dataset
// FOLDER" does.
func BenchmarkFolderOfDataCards(b *testing.B) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		b.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	for b.Loop() {
		rel, err := collect.Open(filepath.Join(root, "dataset-cards"))
		if err != nil {
			b.Fatal(err)
		}
		ev, err := collect.Collect(b.Context(), rel)
		if err != nil {
			b.Fatal(err)
		}
		if v, _ := ev.Get("/datasets"); len(v.([]any)) < 270 {
			b.Fatalf("%d sets of data", len(v.([]any)))
		}
	}
}
