package dataset

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "ask the real validator again and record its answers (needs GLASSBOX_MLCROISSANT)")

// answer is what mlcroissant 1.1.1 says of one manifest (testdata/reference.py).
type answer struct {
	Path      string   `json:"path"`
	Verdict   string   `json:"verdict"` // valid, invalid or crash
	Errors    []string `json:"errors"`
	Warnings  []string `json:"warnings"`
	Exception string   `json:"exception,omitempty"`
}

// reference asks the real validator about files; nil where it is not installed.
func reference(t *testing.T, files []string) map[string]answer {
	t.Helper()
	python := os.Getenv("GLASSBOX_MLCROISSANT")
	if python == "" {
		t.Skip("GLASSBOX_MLCROISSANT names no Python that has mlcroissant")
	}
	cmd := exec.Command(python, filepath.Join("testdata", "reference.py"))
	cmd.Stdin = strings.NewReader(strings.Join(files, "\n") + "\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the real validator: %v: %s", err, stderr.String())
	}
	answers := map[string]answer{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var a answer
		if err := dec.Decode(&a); err != nil {
			t.Fatal(err)
		}
		answers[a.Path] = a
	}
	if len(answers) != len(files) {
		t.Fatalf("%d answers about %d files", len(answers), len(files))
	}
	return answers
}

// read reads a manifest as Croissant, whatever is left of it.
func read(t testing.TB, name string, data []byte) *Manifest {
	t.Helper()
	m := &Manifest{Path: name, Format: Croissant}
	p := &problems{}
	root, err := (&jsonReader{data: wellEncoded(data, p)}).read()
	if err != nil {
		p.add(Problem{Kind: InvalidJSON})
		m.Errors = p.list
		return m
	}
	m.Errors = p.list
	m.croissant(root)
	m.settle()
	return m
}

func verdict(m *Manifest) string {
	switch {
	case m.Truncated != "":
		return "not known"
	case len(m.Errors) > 0:
		return "invalid"
	}
	return "valid"
}

// agree tells whether a verdict is that of the reference. A crash of the
// reference is an error that nobody can pass.
func agree(ours string, theirs answer) bool {
	if theirs.Verdict == "valid" {
		return ours == "valid"
	}
	return ours == "invalid"
}

// isAmbiguous tells whether several things in a manifest are Datasets. Which of
// them the reference reads depends on the order of a set, and so changes from
// run to run.
func isAmbiguous(data []byte) bool { return len(datasetType.FindAll(data, 3)) > 1 }

var datasetType = regexp.MustCompile(`"(?:sc:|https://schema.org/)Dataset"`)

// recorded is the verdict of the reference over one mutation.
type recorded struct {
	Name    string `json:"name"`
	Verdict string `json:"verdict"`
	Why     string `json:"why,omitempty"` // its first error
}

// mutationSeed and mutationCount make the mutations whose verdicts are recorded.
const (
	mutationSeed  = 2026
	mutationCount = 200
)

// disagreements are the mutations on which this package and the reference
// differ, by name, with the reason.
var disagreements = map[string]string{}

const minAgreement = 0.98

// The recorded answers of the real validator over 200 mutations are ours too.
func TestRecordedVerdicts(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "mutations.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want []recorded
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	list := mutations(t, sampleManifests(t), mutationSeed, mutationCount)
	if len(want) != len(list) {
		t.Fatalf("%d verdicts are recorded of %d mutations", len(want), len(list))
	}
	differ := 0
	for i, mu := range list {
		if mu.name != want[i].Name {
			t.Fatalf("mutation %d is %q, and %q was recorded: draw them anew with -update", i, mu.name, want[i].Name)
		}
		if got := verdict(read(t, mu.name, mu.data)); !agree(got, answer{Verdict: want[i].Verdict}) {
			differ++
			if disagreements[mu.name] == "" {
				t.Errorf("%s: %s here, %s there: %s", mu.name, got, want[i].Verdict, want[i].Why)
			}
		}
	}
	if share := 1 - float64(differ)/float64(len(list)); share < minAgreement {
		t.Errorf("the same verdict on %.1f %%", 100*share)
	}
	for name := range disagreements {
		if !slices.ContainsFunc(list, func(m mutation) bool { return m.name == name }) {
			t.Errorf("a reason is given for %q, which is no mutation", name)
		}
	}
}

// Beside the real validator: our own manifests, published ones where they are
// there, and 200 mutations of both.
func TestBesideTheReference(t *testing.T) {
	dir := t.TempDir()
	sources := sampleManifests(t)
	for _, e := range edits {
		sources["edit: "+e.name] = []byte(e.data(t))
	}
	list := mutations(t, sampleManifests(t), mutationSeed, mutationCount)
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		list = append(list, mutation{name, sources[name]})
	}
	published := publishedManifests()
	for _, name := range slices.Sorted(maps.Keys(published)) {
		list = append(list, mutation{name, published[name]})
	}
	if len(published) > 0 {
		small := maps.Clone(published)
		maps.DeleteFunc(small, func(_ string, data []byte) bool { return len(data) > 60_000 || !json.Valid(data) })
		list = append(list, mutations(t, small, mutationSeed, mutationCount)...)
	}
	files := make([]string, len(list))
	for i, m := range list {
		files[i] = filepath.Join(dir, fmt.Sprintf("%04d.json", i))
		if err := os.WriteFile(files[i], m.data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	answers := reference(t, files)
	differ, ambiguous, verdicts := 0, 0, map[string]int{}
	for i, m := range list {
		a := answers[files[i]]
		verdicts[a.Verdict]++
		if isAmbiguous(m.data) {
			ambiguous++
			continue
		}
		if got := verdict(read(t, m.name, m.data)); !agree(got, a) {
			differ++
			if disagreements[m.name] == "" {
				t.Errorf("%s: %s here, %s there: %v %s", m.name, got, a.Verdict, a.Errors, a.Exception)
			}
		}
	}
	sameMeaning(t, list, files, answers)
	share := 1 - float64(differ)/float64(len(list))
	t.Logf("the same verdict on all but %d of %d (%.1f %%); there %v; of %d manifests with two datasets the reference reads now one, now the other", differ, len(list), 100*share, verdicts, ambiguous)
	if share < minAgreement {
		t.Errorf("the same verdict on %.1f %% only", 100*share)
	}
	if *update {
		record(t, list[:mutationCount], files, answers)
	}
}

// sameMeaning holds the lists of errors and warnings against each other, where
// the reference came to its end.
func sameMeaning(t *testing.T, list []mutation, files []string, answers map[string]answer) {
	t.Helper()
	asked, differ := 0, 0
	for i, mu := range list {
		a := answers[files[i]]
		if a.Verdict == "crash" || isAmbiguous(mu.data) {
			continue // what it would have found later, or in the other dataset, is not known
		}
		m := read(t, mu.name, mu.data)
		asked++
		if got, want := ours(m.Errors), meant(a.Errors); !slices.Equal(got, want) {
			differ++
			t.Logf("%s: errors\n %q\nthere\n %q", mu.name, got, want)
		} else if got, want := ours(m.Warnings), meant(a.Warnings); !slices.Equal(got, want) {
			differ++
			t.Logf("%s: warnings\n %q\nthere\n %q", mu.name, got, want)
		}
	}
	share := 1 - float64(differ)/float64(max(asked, 1))
	t.Logf("the same errors and warnings on %d of %d (%.1f %%)", asked-differ, asked, 100*share)
	if share < minAgreement {
		t.Errorf("the same errors and warnings on %.1f %% only", 100*share)
	}
}

func record(t *testing.T, list []mutation, files []string, answers map[string]answer) {
	t.Helper()
	out := make([]recorded, len(list))
	for i, m := range list {
		a := answers[files[i]]
		out[i] = recorded{m.name, a.Verdict, clip(strings.Join(append(a.Errors, a.Exception), " "), 160)}
		if a.Verdict == "valid" {
			out[i].Why = ""
		}
	}
	data, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", "mutations.json"), append(data, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}

// publishedManifests are the manifests that others published, by path; empty
// where GLASSBOX_CORPORA is not set.
func publishedManifests() map[string][]byte {
	out := map[string][]byte{}
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		return out
	}
	for _, pattern := range []string{"examples/*/*/metadata.json", "graphs/*/*/metadata.json"} {
		files, _ := filepath.Glob(filepath.Join(root, "croissant", pattern))
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				rel, _ := filepath.Rel(filepath.Join(root, "croissant"), file)
				out[filepath.ToSlash(rel)] = data
			}
		}
	}
	return out
}
