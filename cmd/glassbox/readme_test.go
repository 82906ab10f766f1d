package main

import (
	"os"
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
	rule, err := os.ReadFile("../../rules/trust/weights-no-code.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		text = strings.Replace(text, "```yaml\n"+fenced(text, "yaml")+"```", "```yaml\n"+string(rule)+"```", 1)
		if err := os.WriteFile("../../README.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if fenced(text, "yaml") != string(rule) {
		t.Error("the README shows another rule than rules/trust/weights-no-code.yaml")
	}
}

// fenced returns the inside of the first fenced block of a language.
func fenced(text, language string) string {
	_, rest, _ := strings.Cut(text, "```"+language+"\n")
	inside, _, _ := strings.Cut(rest, "```")
	return inside
}
