package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"glassbox/testdata/release"
)

// What each sample release is found to be: the table as printed in 80 columns,
// and the evidence it rests on. The diff of a change is the review.
func TestGoldens(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795305600") // 2026-11-22
	t.Setenv("COLUMNS", "80")
	t.Chdir("../../testdata/releases")
	golden := filepath.Join("..", "golden")
	for _, r := range release.All() {
		subject := r.Name
		if r.Name == "hub-cache" {
			subject = filepath.Join(r.Name, "models--acme--tiny-lm")
		}
		check(t, filepath.Join(golden, r.Name+".txt"), "audit", subject)
		check(t, filepath.Join(golden, r.Name+".evidence.json"), "evidence", subject)
	}
	check(t, filepath.Join(golden, "signed.trusted.txt"), "audit", "signed", "--key", "signed.pub")
	check(t, filepath.Join(golden, "signed.verify.txt"), "verify", "signed", "--key", "signed.pub")
	check(t, filepath.Join(golden, "signed.verify.json"), "verify", "signed", "--key", "signed.pub", "-o", "json")
	check(t, filepath.Join(golden, "api.gpt-5.txt"), "audit", "api:openai/gpt-5")
	check(t, filepath.Join(golden, "api.claude-4.txt"), "audit", "api:anthropic/claude-4")
	check(t, filepath.Join(golden, "api.list.txt"), "apis", "list")
	check(t, filepath.Join(golden, "exemplary.compare.txt"), "compare", "exemplary", "api:openai/gpt-5", "api:anthropic/claude-opus-5-5")
	check(t, filepath.Join(golden, "exemplary.compare.md"), "compare", "exemplary", "api:openai/gpt-5", "-o", "markdown")
	check(t, filepath.Join(golden, "contradicting.report.json"), "audit", "contradicting", "-o", "json")
}

// check runs a command line and compares what it prints with a golden file.
func check(t *testing.T, golden string, args ...string) {
	t.Helper()
	var out, complaints bytes.Buffer
	run(context.Background(), args, &out, &complaints)
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		t.Errorf("%v differs from %s: run go test ./cmd/glassbox -update and read the diff\n%s", args, golden, firstDifference(want, out.Bytes()))
	}
}

func firstDifference(want, got []byte) string {
	a, b := bytes.Split(want, []byte("\n")), bytes.Split(got, []byte("\n"))
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a):
			return "more: " + string(b[i])
		case i >= len(b):
			return "less: " + string(a[i])
		case !bytes.Equal(a[i], b[i]):
			return "want: " + string(a[i]) + "\ngot:  " + string(b[i])
		}
	}
	return ""
}
