package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// Every page of help fits a terminal of 80 columns, addresses aside, and calls
// what a flag takes by a word for people.
func TestHelpFitsTheTerminal(t *testing.T) {
	pages := 0
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		args := append(strings.Fields(cmd.CommandPath())[1:], "--help")
		var out, complaints bytes.Buffer
		if code := run(context.Background(), args, &out, &complaints); code != 0 {
			t.Errorf("%v: exit %d: %s", args, code, &complaints)
		}
		for line := range strings.Lines(out.String()) {
			line = strings.TrimRight(line, "\n")
			if utf8.RuneCountInString(line) > helpWidth && !strings.Contains(line, "://") {
				t.Errorf("%v: %q", args, line)
			}
			if strings.Contains(line, "stringArray") {
				t.Errorf("%v: %q names a type of the program", args, line)
			}
		}
		pages++
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit((&app{}).root())
	if pages < 20 {
		t.Errorf("only %d pages", pages)
	}
}
