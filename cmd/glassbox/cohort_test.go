package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"glassbox/audit/cohort"
)

// docLog is the log that docs/reviewers.md shows, of what two reviewers and two
// applicants wrote.
const docLog = "testdata/cohort/log.jsonl"

// docEntries are the commands that it was written by, without the name of the log,
// which stands third.
var docEntries = [][]string{
	{"review", "override", "../releases/restricted", "--who", "Ana Ruiz", "--rule", "tokenizer-present", "--to", "met", "--reason", "the tokenizer is in the folder they sent on paper request", "--evidence", "mail of 2026-11-20, attachment 2", "--expires", "2027-03-31"},
	{"review", "judge", "../releases/restricted", "--who", "Ben Okafor", "--rule", "tokenizer-present", "--to", "met"},
	{"review", "judge", "../releases/contradicting", "--who", "Ana Ruiz", "--rule", "parameters-agree", "--to", "not met"},
	{"review", "judge", "../releases/contradicting", "--who", "Ben Okafor", "--rule", "parameters-agree", "--to", "not met"},
	{"review", "judge", "../releases/template-card", "--who", "Ana Ruiz", "--rule", "usage-shown", "--to", "not met", "--reason", "the section is the template's"},
	{"review", "judge", "../releases/template-card", "--who", "Ben Okafor", "--rule", "usage-shown", "--to", "claimed", "--reason", "the snippet would run"},
	{"review", "reply", "../releases/contradicting", "--who", "Seven Billion Ltd", "--rule", "parameters-agree", "--reason", "the second shard is uploaded on Monday"},
	{"review", "conflict", "../releases/adapter", "--who", "Ben Okafor", "--reason", "I taught two of the applicants"},
}

// The log that the documents show is the one these commands write, of the rules
// and releases as they are; with -update it is written anew, before the documents.
func TestDocLog(t *testing.T) {
	atRoot(t)
	log := filepath.Join(t.TempDir(), "log.jsonl")
	for _, e := range docEntries {
		args := append([]string{e[0], e[1], log, filepath.Join("testdata/releases", filepath.Base(e[2]))}, e[3:]...)
		var out, complaints bytes.Buffer
		if code := run(context.Background(), args, &out, &complaints); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, &complaints)
		}
	}
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	was, err := os.ReadFile(docLog)
	if err != nil && !updating() {
		t.Fatal(err)
	}
	settle(t, docLog, string(was), string(data))
	if _, err := cohort.ReadLog(data, ""); err != nil {
		t.Error(err)
	}
}
