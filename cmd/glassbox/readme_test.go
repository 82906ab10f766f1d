package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The README's first two commands are all the set-up there is, and the rule it
// shows is the one that runs.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	commands := strings.Split(fenced(text, "sh"), "\n")
	if len(commands) < 2 || !strings.HasPrefix(commands[0], "go run ./cmd/glassbox audit testdata/releases/") || commands[1] != "go test ./..." {
		t.Errorf("the first sh block begins with %q", commands[:min(2, len(commands))])
	}
	_, section, _ := strings.Cut(text, "\n## A rule, whole\n")
	shown := fenced(section, "yaml")
	rule, err := os.ReadFile("../../rules/trust/weights-no-code.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		text = strings.TrimSuffix(text, section) + strings.Replace(section, shown, string(rule), 1)
		if err := os.WriteFile("../../README.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != string(rule) {
		t.Error("the README shows another rule than rules/trust/weights-no-code.yaml")
	}
}

// The policy that the README shows can be taken as it stands: it is read, and
// every name in it is known.
func TestReadmePolicy(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(data), "\n## A gate\n")
	policy := fenced(section, "yaml")
	if !strings.HasPrefix(policy, "version: 1\n") {
		t.Fatalf("no policy, but %q", policy)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"glassbox.yaml": policy, "keys/release.pub": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out, problems strings.Builder
	if code := run(t.Context(), []string{"config", "verify", filepath.Join(dir, "glassbox.yaml")}, &out, &problems); code != 0 {
		t.Errorf("exit %d\n%s%s", code, &out, &problems)
	}
}

// fenced returns the inside of the first fenced block of a language.
func fenced(text, language string) string {
	_, rest, _ := strings.Cut(text, "```"+language+"\n")
	inside, _, _ := strings.Cut(rest, "```")
	return inside
}
