package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// meanings tell what a message of mlcroissant 1.1.1 is about. The first group
// of a pattern, where it has one, is what the problem here is about as well.
var meanings = []struct {
	kind    Kind
	pattern *regexp.Regexp
}{
	{Cardinality, regexp.MustCompile("has cardinality `ONE`")},
	{BadID, regexp.MustCompile("contains a wrong `@id`")},
	{NotADataset, regexp.MustCompile(`doesn't extend https://schema.org/Dataset`)},
	{WrongType, regexp.MustCompile(`should have an attribute "@type"`)},
	{WrongValue, regexp.MustCompile("` should have type |should be a dict with keys")},
	{BadDate, regexp.MustCompile(`Wrong type for date|should follow the \[ISO 8601`)},
	{BadVersion, regexp.MustCompile(`conformsTo`)},
	{Missing, regexp.MustCompile(`Property "(?:[^"]*[/#])?(\w+)" is (?:mandatory|recommended)`)},
	{MissingHash, regexp.MustCompile(`At least one of these properties should be defined`)},
	{OneOf, regexp.MustCompile(`^(?:\[.*?\] )?(\w+) should have one of the following properties`)},
	{BadName, regexp.MustCompile(`The name should be|The name ".*" (?:is too long|contains forbidden)`)},
	{SourceAndValue, regexp.MustCompile("defines both `source` and `value`")},
	{BadArrayShape, regexp.MustCompile("array_shape")},
	{NoDataType, regexp.MustCompile(`The field does not specify a valid`)},
	{BadTransform, regexp.MustCompile(`Too many string transforms|At least one transform must be defined`)},
	{BadJSONPath, regexp.MustCompile(`Wrong JSONPath`)},
	{BadData, regexp.MustCompile(`is not a proper list of JSON|should declare a|doesn't have the expected columns`)},
	{UndeclaredJoin, regexp.MustCompile(`you didn't declare a join`)},
	{DanglingReference, regexp.MustCompile(`reference to node with UUID "([^"]*)"|Node with uuid=(.*) does not exist`)},
	{BadLicense, regexp.MustCompile(`License should be a list`)},
	{NoSource, regexp.MustCompile("Field (.*) does not define `source` or `value`")},
	{ValueWithoutType, regexp.MustCompile(`Field "(.*)" defines a constant value`)},
	{BadSource, regexp.MustCompile(`Malformed source data: (.*)\. It does not refer`)},
	{DuplicateID, regexp.MustCompile(`Duplicate nodes with the same identifier`)},
	{VersionForm, regexp.MustCompile(`Version doesn't follow|should follow the SemVer|[Ss]emantic`)},
	{BadFileProperty, regexp.MustCompile(`[Ff]ile ?[Pp]ropert`)},
}

// meaning is the kind of a message of the reference, and what it is about.
func meaning(message string) string {
	for _, m := range meanings {
		if g := m.pattern.FindStringSubmatch(message); g != nil {
			return string(m.kind) + " " + varying.ReplaceAllString(strings.Join(g[1:], ""), "")
		}
	}
	return "? " + message
}

// varying is what stands in messages and changes from run to run: the folder a
// manifest lies in, names of what has none, and what goes by two names.
var varying = regexp.MustCompile(`^file:///(?:.*/)?|^_:.*|^citation$|^citeAs$|^None$|^@id$`)

// meant lists what messages mean, sorted, each once.
func meant(messages []string) []string {
	var out []string
	for _, m := range messages {
		out = append(out, meaning(m))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ours lists problems of the reference in the same words. What a problem is
// about counts only where a message of the reference tells it.
func ours(list []Problem) []string {
	var out []string
	for _, p := range list {
		about := ""
		switch p.Kind {
		case Missing, OneOf, DanglingReference, NoSource, ValueWithoutType, BadSource:
			about = varying.ReplaceAllString(p.about, "")
		}
		if p.Source == Reference && p.Kind != GivesUp {
			out = append(out, string(p.Kind)+" "+about)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Each broken manifest of the reference's own tests has the errors and warnings
// that are printed for it there: the same kinds, about the same parts.
func TestBrokenGraphs(t *testing.T) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	dirs, _ := filepath.Glob(filepath.Join(root, "croissant", "graphs", "*", "*"))
	if len(dirs) == 0 {
		t.Fatal("no broken graphs")
	}
	for _, dir := range dirs {
		name := filepath.Base(filepath.Dir(dir)) + "/" + filepath.Base(dir)
		data, err := os.ReadFile(filepath.Join(dir, "metadata.json"))
		if err != nil {
			t.Fatal(err)
		}
		printed, err := os.ReadFile(filepath.Join(dir, "output.txt"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read("metadata.json", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		errs, warnings := printedProblems(string(printed))
		if got, want := ours(m.Errors), meant(errs); !slices.Equal(got, want) {
			t.Errorf("%s: errors\n %q\nthere\n %q", name, got, want)
		}
		if got, want := ours(m.Warnings), meant(warnings); !slices.Equal(got, want) {
			t.Errorf("%s: warnings\n %q\nthere\n %q", name, got, want)
		}
		if valid, known := m.Valid(); valid || !known || m.Format != Croissant || m.Version != filepath.Base(filepath.Dir(dir)) && m.Version != "" {
			t.Errorf("%s: valid %v %v, format %s %s", name, valid, known, m.Format, m.Version)
		}
		for _, p := range m.Errors {
			if p.Line == 0 {
				t.Errorf("%s: %s has no line", name, p.Message)
			}
		}
	}
}

// printedProblems takes the two lists of a printed report apart.
func printedProblems(text string) (errs, warnings []string) {
	into := &errs
	for line := range strings.Lines(text) {
		rest, isItem := strings.CutPrefix(strings.TrimSpace(line), "-  ")
		switch {
		case strings.Contains(line, "warning(s)"):
			into = &warnings
		case isItem:
			*into = append(*into, rest)
		}
	}
	return errs, warnings
}

// refused are the published examples that the reference refuses, and why.
var refused = map[string][]string{}

// Of the published examples the reference passes all but those in refused.
func TestPublishedExamples(t *testing.T) {
	published := publishedManifests()
	if len(published) == 0 {
		t.Skip("GLASSBOX_CORPORA names no folder of real files")
	}
	n := 0
	for name, data := range published {
		if !strings.HasPrefix(name, "examples/") {
			continue
		}
		n++
		m, err := Read("metadata.json", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		if got := ours(m.Errors); !slices.Equal(got, refused[name]) {
			t.Errorf("%s: errors %q, there %q", name, got, refused[name])
		}
		if m.Format != Croissant || m.Version != strings.Split(name, "/")[1] || m.Truncated != "" {
			t.Errorf("%s: %s %s %s", name, m.Format, m.Version, m.Truncated)
		}
		if len(m.Datasets) != 1 || m.Datasets[0].Name.Value == "" || m.Datasets[0].Name.Line == 0 {
			t.Errorf("%s: %+v", name, m.Datasets)
		}
	}
	if n < 31 {
		t.Errorf("only %d examples", n)
	}
}
