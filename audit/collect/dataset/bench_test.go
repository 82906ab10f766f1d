package dataset

import (
	"os"
	"path/filepath"
	"testing"
)

// One run reads all 281 published cards of data.
func BenchmarkPublishedCards(b *testing.B) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		b.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	files, _ := filepath.Glob(filepath.Join(root, "dataset-cards", "*.md"))
	var cards [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		cards = append(cards, data)
		b.SetBytes(int64(len(data)))
	}
	for b.Loop() {
		for _, data := range cards {
			(&Manifest{Path: "README.md"}).read(data, false)
		}
	}
}

// One run reads all 47 published Croissant manifests.
func BenchmarkPublishedManifests(b *testing.B) {
	published := publishedManifests()
	if len(published) == 0 {
		b.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	for b.Loop() {
		for name, data := range published {
			(&Manifest{Path: name}).read(data, false)
		}
	}
}
