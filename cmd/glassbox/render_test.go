package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"glassbox/audit/report"
	"glassbox/testdata/release"
)

// Every format that is drawn from a stored report has the bytes of the run that
// stored it: one subject, several, with a gate, and with names that are no UTF-8.
func TestRenderGivesTheBytesOfTheRun(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	dir := t.TempDir()
	odd := filepath.Join(dir, "odd\xff\xfe ü:x")
	put(t, filepath.Join(odd, "README.md"), "---\nlicense: \"x\xff\xfe\"\n---\n# a\xc3(b\n")
	put(t, filepath.Join(odd, "a\xff\xfe\xffb\u202e.bin"), "\x80\x04N.")
	policy := filepath.Join(dir, "policy.yaml")
	put(t, policy, "version: 1\nprofile: procurement\nwaivers: [{rule: card-present, reason: a, owner: b, expires: 2026-12-01}]\n")
	t.Chdir("../../testdata/releases")
	subjects := [][]string{{odd}, {"exemplary", "hostile", odd}, {"contradicting", "--policy", policy}, {"api:openai/gpt-5"}, {"nowhere", "exemplary"}, {"nowhere", "nothing"}}
	for _, r := range release.All() {
		subjects = append(subjects, []string{r.Name})
	}
	for _, args := range subjects {
		run1, run2 := t.TempDir(), t.TempDir()
		direct := append([]string{"audit", "-v"}, args...)
		again := []string{"render", "-v", filepath.Join(run1, "json")}
		for _, f := range report.Formats {
			if f.Name == "badge" && len(args) > 1 && args[1] != "--policy" {
				continue
			}
			direct = append(direct, "-o", f.Name+"="+filepath.Join(run1, f.Name))
			again = append(again, "-o", f.Name+"="+filepath.Join(run2, f.Name))
		}
		var out, complaints bytes.Buffer
		run(context.Background(), direct, &out, &complaints)
		if code := run(context.Background(), again, &out, &complaints); code != 0 {
			t.Fatalf("%q: exit code %d: %s", args, code, &complaints)
		}
		for _, f := range report.Formats {
			first, _ := os.ReadFile(filepath.Join(run1, f.Name))
			second, _ := os.ReadFile(filepath.Join(run2, f.Name))
			if !bytes.Equal(first, second) {
				t.Errorf("%q as %s: %s", args, f.Name, firstDifference(first, second))
			}
		}
	}
}

// put writes a file and the folders above it.
func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
