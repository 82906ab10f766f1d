package main

import (
	"bytes"
	"context"
	"os/exec"
	"strings"
	"testing"
)

// Whatever can be completed has a description: rules, frameworks, services,
// axes, formats, schemas.
func TestCompletions(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
		most string // that none may begin with
	}{
		{[]string{"explain", "weights-no"}, "weights-no-code\tWeights are stored in formats that cannot run code", ""},
		{[]string{"explain", "weights-no-code", "api:o"}, "api:openai/gpt-5\t", ""},
		{[]string{"audit", "api:"}, "api:openai/gpt-5\t", ""},
		{[]string{"compare", "x", "ap"}, "api:xai/grok-3\t", ""},
		{[]string{"audit", ""}, ":0", "api:"},
		{[]string{"audit", "--against", "openai/o3,"}, "openai/o3,xai/grok-3\t", ""},
		{[]string{"audit", "-o", ""}, "sarif\tfor code scanning", ""},
		{[]string{"audit", "--hash", ""}, "all", ""},
		{[]string{"verify", "-o", ""}, "json\tfor programs", ""},
		{[]string{"diff", "-o", ""}, "markdown\tfor comments", ""},
		{[]string{"rank", "--by", ""}, "trust\tCan I check", ""},
		{[]string{"frameworks", "list", ""}, "osaid\tOpen Source AI Definition", ""},
		{[]string{"schema", ""}, "evidence\t", ""},
		{[]string{"init", "--profile", ""}, "grant", ""},
		{[]string{"init", "--ci", ""}, "none", ""},
		{[]string{"render", ""}, "json\n:8", ""},
		{[]string{"audit", "--policy", ""}, "yaml\nyml\n:8", ""},
		{[]string{"completion", ""}, "fish", ""},
	} {
		var out, complaints bytes.Buffer
		run(context.Background(), append([]string{"__complete"}, c.args...), &out, &complaints)
		if !strings.Contains(out.String(), c.want) || c.most != "" && strings.Contains(out.String(), c.most) {
			t.Errorf("%q completes to %q, want %q", c.args, out.String(), c.want)
		}
	}
}

// The scripts are whole: bash reads its own, the others are not empty.
func TestCompletionScripts(t *testing.T) {
	for _, s := range shells {
		var out, complaints bytes.Buffer
		if code := run(context.Background(), []string{"completion", s.name}, &out, &complaints); code != 0 || !strings.Contains(out.String(), "glassbox") {
			t.Errorf("%s: exit code %d: %s", s.name, code, &complaints)
		}
		if shell, err := exec.LookPath(s.name); err == nil && s.name != "powershell" {
			cmd := exec.Command(shell, "-n")
			cmd.Stdin = &out
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s does not read it: %s", s.name, said)
			}
		}
	}
	var out, complaints bytes.Buffer
	for _, args := range [][]string{{"completion"}, {"completion", "tcsh"}} {
		if code := run(context.Background(), args, &out, &complaints); code != 2 {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
