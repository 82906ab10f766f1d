package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"glassbox/schemas"
	"glassbox/testdata/release"
)

// applications writes n releases that are drawn at random into a folder, one a folder.
func applications(t *testing.T, n int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "applications")
	for i := range n {
		if err := os.CopyFS(filepath.Join(dir, fmt.Sprintf("applicant-%02d", i)), release.Random(uint64(i))); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// program runs the program as a process of its own, and kills it where it is told
// when.
func program(t *testing.T, kill func(), args ...string) []byte {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "SOURCE_DATE_EPOCH="+docDate)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if kill != nil {
		kill()
		_ = cmd.Process.Kill()
	}
	if err := cmd.Wait(); err != nil && kill == nil {
		t.Fatalf("%v: %v\n%s", args, err, &complaints)
	}
	return out.Bytes()
}

// folder is the content of each file of a folder.
func folder(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

// A run that is killed, again and again at moments drawn at random, and then let
// go on, ends with the same bytes as one that nobody disturbed: on standard output
// and in every file of the folder of results.
func TestRankGoesOnAfterAKill(t *testing.T) {
	dir := applications(t, 30)
	calm, killed := filepath.Join(t.TempDir(), "calm"), filepath.Join(t.TempDir(), "killed")
	want := program(t, nil, "rank", dir, "--results", calm, "-o", "json")
	for _, least := range []int{1, 10, 20} {
		program(t, func() {
			for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
				if names, err := os.ReadDir(killed); err == nil && len(names) >= least+rand.IntN(8) {
					break
				}
			}
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		}, "rank", dir, "--results", killed, "-o", "json")
		if names, err := os.ReadDir(killed); err != nil || len(names) < least {
			t.Fatalf("killed with %d reports there: %v", len(names), err)
		}
	}
	got := program(t, nil, "rank", dir, "--results", killed, "-o", "json")
	if !bytes.Equal(got, want) {
		t.Error("after kills another order is printed")
	}
	all, again := folder(t, calm), folder(t, killed)
	if len(all) != 30 || len(again) != 30 {
		t.Errorf("%d reports, %d after kills", len(all), len(again))
	}
	for name, data := range all {
		if again[name] != data {
			t.Errorf("%s differs after kills", name)
		}
	}
}

// What is done is not done again, unless the applicant, the day or the rules are
// not the same; a report that was damaged is not believed.
func TestRankDoesNothingTwice(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	dir, results := applications(t, 3), filepath.Join(t.TempDir(), "results")
	rank := func(more ...string) string {
		var out, complaints bytes.Buffer
		if code := run(context.Background(), append([]string{"rank", dir, "--results", results, "-o", "json"}, more...), &out, &complaints); code != 0 {
			t.Fatalf("exit %d: %s", code, &complaints)
		}
		return complaints.String()
	}
	before := func(n int) string { return fmt.Sprintf("glassbox: %d applicants were audited before", n) }
	if s := rank(); s != "" {
		t.Errorf("the first run says %q", s)
	}
	if s := rank(); !bytes.HasPrefix([]byte(s), []byte(before(3))) {
		t.Errorf("the second run says %q", s)
	}
	if err := os.WriteFile(filepath.Join(dir, "applicant-01", "NEWS"), []byte("a file more"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s := rank(); !bytes.HasPrefix([]byte(s), []byte(before(2))) {
		t.Errorf("with one changed it says %q", s)
	}
	for name := range folder(t, results) {
		if err := os.WriteFile(filepath.Join(results, name), []byte(`{"schema": "urn:glassbox:report:v1"`), 0o644); err != nil {
			t.Fatal(err)
		}
		break
	}
	if s := rank(); !bytes.HasPrefix([]byte(s), []byte(before(2))) {
		t.Errorf("with a report damaged it says %q", s)
	}
	if s := rank("--as-of", "2026-11-23"); s != "" {
		t.Errorf("on another day it says %q", s)
	}
	if s := rank("--as-of", "2026-11-23", "--hash", "all"); s != "" {
		t.Errorf("with another hashing it says %q", s)
	}
}

// What rank, a shard and the log are printed as is what their schemas say.
func TestCohortFitsItsSchemas(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	dir, folder := applications(t, 4), t.TempDir()
	log, first := filepath.Join(folder, "log.jsonl"), filepath.Join(folder, "first")
	policy := filepath.Join(folder, "policy.yaml")
	if err := os.WriteFile(policy, []byte("version: 1\nweights: {weights-present: 3, license-declared: 1}\nwaivers:\n  - {rule: training-data-shown, reason: agreed, owner: Ana, expires: 2026-12-31}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	one := filepath.Join(dir, "applicant-00")
	for _, args := range [][]string{
		{"review", "note", log, one, "--who", "Ana", "--reason", "begun"},
		{"review", "override", log, one, "--who", "Ana", "--rule", "training-data-shown", "--to", "not applicable", "--reason", "none", "--evidence", "annex", "--expires", "2027-01-31"},
		{"review", "reply", log, one, "--who", "One", "--reason", "thanks"},
		{"review", "conflict", log, one, "--who", "Ben", "--reason", "a cousin"},
		{"rank", dir, "--results", first, "--shard", "1/1", "-o", "json"},
	} {
		var out, complaints bytes.Buffer
		if code := run(context.Background(), args, &out, &complaints); code != 0 {
			t.Fatalf("%v: exit %d: %s", args, code, &complaints)
		}
	}
	var out, complaints bytes.Buffer
	run(context.Background(), []string{"rank", dir, "--by", "policy", "--policy", policy, "--review", log, "--since", first, "--why", "applicant-01", "applicant-02", "-o", "json"}, &out, &complaints)
	for _, member := range []string{"why", "since", "waivers", "overrides", "replies", "conflicts", "reviewed", "shifted", "floor_low"} {
		if !bytes.Contains(out.Bytes(), []byte(`"`+member+`"`)) {
			t.Errorf("nothing shows %s", member)
		}
	}
	fits(t, "cohort", out.Bytes())
	shard, err := os.ReadFile(filepath.Join(first, "shard-1-of-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	fits(t, "shard", shard)
	kept, err := filepath.Glob(filepath.Join(first, "applicant-*.json"))
	if err != nil || len(kept) != 4 {
		t.Fatalf("%v %v", kept, err)
	}
	report, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	fits(t, "report", report)
	lines, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(lines) {
		fits(t, "review", line)
	}
}

// fits holds a document against a schema.
func fits(t *testing.T, name string, data []byte) {
	t.Helper()
	schema, err := schemas.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := schema.Validate(v); err != nil {
		t.Errorf("%s: %#v", name, err)
	}
}

// Who is taken out of the folder changes nothing about those who are left, though
// one may name another as what it was made from.
func TestRankLooksBesideNobody(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	dir := applications(t, 6)
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("acme--base/README.md", "---\nlicense: cc-by-nc-4.0\n---\n# Base\n")
	put("child/README.md", "---\nlicense: mit\nbase_model: acme/base\n---\n# Child\n")
	type row struct {
		Name   string
		Scores any
		Caps   any
	}
	rank := func() []row {
		var out, complaints bytes.Buffer
		run(context.Background(), []string{"rank", dir, "-o", "json"}, &out, &complaints)
		var c struct{ Rows []row }
		if err := json.Unmarshal(out.Bytes(), &c); err != nil {
			t.Fatalf("%v: %s", err, &complaints)
		}
		return c.Rows
	}
	before := rank()
	for _, gone := range []string{"acme--base", "applicant-03"} {
		if err := os.RemoveAll(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
		before = slices.DeleteFunc(before, func(r row) bool { return r.Name == gone || r.Name == "acme/base" && gone == "acme--base" })
		if after := rank(); !reflect.DeepEqual(after, before) {
			t.Errorf("without %s:\n%v\nwas\n%v", gone, after, before)
		}
	}
	if len(before) != 6 {
		t.Errorf("%d are left", len(before))
	}
}
