package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A gate in a pipeline, as a whole process: a release that did not change since
// the last run, of which nothing is hashed.
func BenchmarkGate(b *testing.B) {
	for _, files := range []int{40, 500} {
		b.Run(fmt.Sprintf("files=%d", files), func(b *testing.B) {
			dir := b.TempDir()
			policy := filepath.Join(dir, "policy.yaml")
			if err := os.WriteFile(policy, []byte("version: 1\nprofile: release\n"), 0o644); err != nil {
				b.Fatal(err)
			}
			model := filepath.Join(dir, "model")
			grow(b, model, files)
			for b.Loop() {
				cmd := exec.Command("glassbox", "audit", model, "--offline", "--hash", "none", "--policy", policy, "-o", "json="+filepath.Join(dir, "report.json"))
				if out, err := cmd.CombinedOutput(); err != nil {
					b.Fatalf("%v: %s", err, out)
				}
			}
		})
	}
}

// grow makes the exemplary release, and adds parts of data until there are so
// many files.
func grow(b *testing.B, dir string, files int) {
	b.Helper()
	n := 0
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "testdata", "releases", "exemplary"))); err != nil {
		b.Fatal(err)
	}
	_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	for i := n; i < files; i++ {
		name := filepath.Join(dir, "data", fmt.Sprintf("part-%04d.jsonl", i))
		if err := os.WriteFile(name, fmt.Appendf(nil, "{\"text\": \"note %d\"}\n", i), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}
