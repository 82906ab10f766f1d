package main

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// Man pages are drawn from the commands. They are written here and not by the
// program, which would otherwise carry a Markdown library for it:
//
//	go generate ./cmd/glassbox
var manInto = flag.String("man", "", "write the man pages into this `folder`")

// writeMan writes a page a command, dated by SOURCE_DATE_EPOCH, else by the day of
// the documents: the same commands give the same bytes.
func writeMan(dir string) error {
	epoch := os.Getenv("SOURCE_DATE_EPOCH")
	if epoch == "" {
		epoch = docDate
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := (&app{}).root()
	root.DisableAutoGenTag = true
	date := time.Unix(seconds, 0).UTC()
	return doc.GenManTree(root, &doc.GenManHeader{Section: "1", Date: &date, Source: "glassbox", Manual: "glassbox"}, dir)
}

// Every command has a page with its text, twice the same, and no parser of man
// pages complains.
func TestManPages(t *testing.T) {
	if *manInto != "" {
		if err := writeMan(*manInto); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	first, second := t.TempDir(), t.TempDir()
	for _, dir := range []string{first, second} {
		if err := writeMan(dir); err != nil {
			t.Fatal(err)
		}
	}
	pages := 0
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		for _, c := range cmd.Commands() {
			visit(c)
		}
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-") + ".1"
		page, err := os.ReadFile(filepath.Join(first, name))
		if err != nil {
			t.Error(err)
			return
		}
		again, _ := os.ReadFile(filepath.Join(second, name))
		switch {
		case !bytes.Equal(page, again):
			t.Errorf("%s differs from run to run", name)
		case !strings.Contains(string(page), `"Nov 2026"`):
			t.Errorf("%s has another date: %s", name, strings.SplitN(string(page), "\n", 4)[2])
		case !strings.Contains(string(page), strings.ReplaceAll(cmd.Short, "-", `\-`)) && !strings.Contains(string(page), cmd.Short):
			t.Errorf("%s does not say %q", name, cmd.Short)
		}
		pages++
	}
	visit((&app{}).root())
	if pages < 20 {
		t.Errorf("only %d pages", pages)
	}
	if mandoc, err := exec.LookPath("mandoc"); err == nil {
		if out, err := exec.Command(mandoc, "-T", "lint", "-W", "error", filepath.Join(first, "glassbox.1")).CombinedOutput(); err != nil {
			t.Errorf("mandoc: %s", out)
		}
	}
}
