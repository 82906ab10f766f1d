package license

import (
	"fmt"
	"path/filepath"
	"testing"
)

// BenchmarkIdentify reads every licence file of the collection of real releases,
// warm. One operation is one file.
func BenchmarkIdentify(b *testing.B) {
	dir := corpora(b)
	var files [][]byte
	size := 0
	for _, f := range realFiles(b, dir) {
		data := readFile(b, dir, "real", f.file)
		files = append(files, data)
		size += len(data)
	}
	for _, data := range files {
		Identify("LICENSE", data)
	}
	b.Run(fmt.Sprintf("%d-files-%d-KB", len(files), size>>10), func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			Identify("LICENSE", files[i%len(files)])
		}
	})
}

// BenchmarkIdentifyLargest reads the most expensive texts.
func BenchmarkIdentifyLargest(b *testing.B) {
	dir := corpora(b)
	for _, name := range []string{"real/openatom", "real/flux-dev", "real/qwen-notice", "real/llama3.LICENSE", "spdx/GPL-3.0-only.txt", "spdx/CC-BY-NC-4.0.txt"} {
		data := append(readFile(b, dir, filepath.FromSlash(name)), " Altered."...)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Identify("LICENSE", data)
			}
		})
	}
}

// BenchmarkFirstUse loads everything a first text asks for: fingerprints and
// the table.
func BenchmarkFirstUse(b *testing.B) {
	b.Run("fingerprints", func(b *testing.B) {
		for b.Loop() {
			if _, err := unpack(fingerprintsGz); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("table", func(b *testing.B) {
		for b.Loop() {
			if _, err := readTable(tableYAML); err != nil {
				b.Fatal(err)
			}
		}
	})
}
