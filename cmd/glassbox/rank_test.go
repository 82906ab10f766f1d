package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

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
