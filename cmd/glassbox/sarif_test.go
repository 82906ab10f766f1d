package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/testdata/release"
)

// sarif is what of a log GitHub reads (docs.github.com, SARIF support for code
// scanning), as it reads it.
type sarif struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []struct {
					ID                                      string
					ShortDescription, FullDescription, Help struct{ Text string }
					Properties                              map[string]any
				}
			}
		}
		AutomationDetails struct{ ID string }
		Results           []struct {
			RuleID, Level       string
			Message             struct{ Text string }
			Locations           []sarifPlace
			RelatedLocations    []sarifPlace
			PartialFingerprints map[string]string
		}
	}
}

type sarifPlace struct {
	PhysicalLocation *struct {
		ArtifactLocation struct{ URI string }
		Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
	}
}

// Above these GitHub refuses a file, or leaves out a part of it.
const (
	mostBytes     = 10 << 20 // of the file, in gzip
	mostRuns      = 20
	mostResults   = 25_000 // of a run
	mostRules     = 25_000
	mostLocations = 100 // of a result, that are kept
	mostTags      = 10  // of a rule, that are kept
)

// onGitHub holds a log against what GitHub asks of one.
func onGitHub(t *testing.T, name string, data []byte) sarif {
	t.Helper()
	var log sarif
	if err := json.Unmarshal(data, &log); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(data)
	_ = z.Close()
	if packed.Len() > mostBytes || len(log.Runs) == 0 || len(log.Runs) > mostRuns || log.Schema == "" || log.Version != "2.1.0" {
		t.Errorf("%s: %d bytes, %d runs, version %q of %q", name, packed.Len(), len(log.Runs), log.Version, log.Schema)
	}
	categories := map[string]bool{}
	for _, run := range log.Runs {
		id := run.AutomationDetails.ID
		if categories[id] || strings.Count(id, "/") != 2 || !strings.HasSuffix(id, "/") {
			t.Errorf("%s: category %q", name, id)
		}
		categories[id] = true
		if run.Tool.Driver.Name == "" || run.Results == nil || len(run.Results) > mostResults || len(run.Tool.Driver.Rules) > mostRules {
			t.Errorf("%s: tool %q, %d results, %d rules", name, run.Tool.Driver.Name, len(run.Results), len(run.Tool.Driver.Rules))
		}
		rules := map[string]bool{}
		for _, r := range run.Tool.Driver.Rules {
			if rules[r.ID] || r.ID == "" || blankText(r.ShortDescription.Text) || blankText(r.FullDescription.Text) || blankText(r.Help.Text) {
				t.Errorf("%s: rule %+v", name, r)
			}
			rules[r.ID] = true
			onGitHubRule(t, name+": "+r.ID, r.Properties)
		}
		prints := map[string]bool{}
		for _, r := range run.Results {
			where := name + ": " + r.RuleID
			if !rules[r.RuleID] || blankText(r.Message.Text) || !slices.Contains([]string{"note", "warning", "error"}, r.Level) {
				t.Errorf("%s: level %q, message %q", where, r.Level, r.Message.Text)
			}
			if len(r.Locations) == 0 || len(r.Locations)+len(r.RelatedLocations) > mostLocations {
				t.Errorf("%s: %d locations", where, len(r.Locations))
			}
			for _, p := range slices.Concat(r.Locations, r.RelatedLocations) {
				onGitHubPlace(t, where, p)
			}
			// upload-sarif computes this one, and complains where another stands there
			if _, set := r.PartialFingerprints["primaryLocationLineHash"]; set || len(r.PartialFingerprints) == 0 {
				t.Errorf("%s: fingerprints %v", where, r.PartialFingerprints)
			}
			for _, print := range r.PartialFingerprints {
				if prints[print] {
					t.Errorf("%s: its fingerprint is that of another", where)
				}
				prints[print] = true
			}
		}
	}
	return log
}

func blankText(s string) bool { return strings.TrimSpace(s) == "" }

func onGitHubRule(t *testing.T, where string, properties map[string]any) {
	t.Helper()
	tags, _ := properties["tags"].([]any)
	if len(tags) > mostTags {
		t.Errorf("%s: %d tags", where, len(tags))
	}
	severity, given := properties["security-severity"]
	if given != slices.Contains(tags, any("security")) || given != slices.Contains(tags, any("trust")) {
		t.Errorf("%s: security-severity %v with tags %v", where, severity, tags)
	}
	if !given {
		return
	}
	text, _ := severity.(string)
	if f, err := strconv.ParseFloat(text, 64); err != nil || f <= 0 || f > 10 {
		t.Errorf("%s: security-severity %v", where, severity)
	}
}

// onGitHubPlace asks for a path below the root of the repository, and a region.
func onGitHubPlace(t *testing.T, where string, p sarifPlace) {
	t.Helper()
	if p.PhysicalLocation == nil {
		t.Errorf("%s: no physical location", where)
		return
	}
	ref := p.PhysicalLocation.ArtifactLocation.URI
	u, err := url.Parse(ref)
	if err != nil || ref == "" || u.IsAbs() || u.Host != "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || strings.HasPrefix(u.Path, "/") || strings.Contains(ref, " ") || slices.Contains(strings.Split(u.Path, "/"), "..") {
		t.Errorf("%s lies at %q (%v)", where, ref, err)
	}
	if r := p.PhysicalLocation.Region; min(r.StartLine, r.StartColumn, r.EndLine, r.EndColumn) < 1 {
		t.Errorf("%s: region %+v", where, r)
	}
}

// sarifLogs are the logs that are held against GitHub's rules and the standard:
// of all samples, of folders with names that mean something in an address, and of
// a report with more findings than GitHub keeps.
func sarifLogs(t *testing.T) map[string][]byte {
	t.Helper()
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	logs := map[string][]byte{}
	audit1 := func(args ...string) {
		var out, complaints bytes.Buffer
		run(context.Background(), append([]string{"audit", "-o", "sarif", "--against", "none"}, args...), &out, &complaints)
		if out.Len() == 0 {
			t.Fatalf("%q: %s", args, &complaints)
		}
		logs[strings.Join(args, " ")] = out.Bytes()
	}
	samples, err := filepath.Abs("../../testdata/releases")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"with space", "ünï-côdé", "漢字", "name:colon", "100%", "a#b?c=d&e", "[x]", `back\slash`, "file:", "+1", "a b/c:d"} {
		put(t, filepath.Join(name, "README.md"), "---\nlicense: mit\n---\n# A 7B model: with [text](x)\n")
		put(t, filepath.Join(name, name, "weights: 1.bin"), "\x80\x04N.")
		audit1(name)
	}
	put(t, "card of: a.md", "---\nlicense: mit\n---\n# A model\n")
	audit1("card of: a.md")
	audit1("with space", "name:colon", "ünï-côdé")
	for _, r := range release.All() {
		audit1(filepath.Join(samples, r.Name))
	}
	t.Chdir(samples)
	for _, r := range release.All() {
		audit1(r.Name)
	}
	audit1("weights-only") // no card
	audit1("api:openai/gpt-5")
	logs["6,000 findings"] = manyFindings(t)
	return logs
}

func manyFindings(t *testing.T) []byte {
	t.Helper()
	r := &audit.Report{Schema: audit.ReportSchema, Subject: audit.Subject{Name: "acme/many", Kind: "release", Source: "many"}, Verdict: audit.Verdict{Outcome: "pass", Reason: "x"}}
	for i := range 6000 {
		f := audit.Finding{Rule: fmt.Sprintf("rule-%04d", i), Title: "It is so", Dimension: "trust", Outcome: audit.Fail, Word: audit.WordNotMet, Severity: audit.Severities[i%5], Effort: "days", Fix: "Mend it."}
		for j := range audit.MaxPlaces {
			f.Places = append(f.Places, audit.Place{Pointer: fmt.Sprintf("/files/%d", j), Path: fmt.Sprintf("folder/file-%d.bin", j), Value: "pickle"})
		}
		r.Findings = append(r.Findings, f)
	}
	format, err := report.Find("sarif")
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := format.Write(&b, []*audit.Report{r}, report.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// GitHub takes every log: it refuses a whole file for one result that has no
// place, an empty text, or a rule given twice.
func TestSARIFOnGitHub(t *testing.T) {
	for name, data := range sarifLogs(t) {
		log := onGitHub(t, name, data)
		if name != "6,000 findings" {
			continue
		}
		run := log.Runs[0]
		if len(run.Results) != 6000 {
			t.Errorf("%d of 6,000 findings", len(run.Results))
		}
		for i, r := range run.Results[1:] { // of so many GitHub keeps 5,000: the worst come first
			if weightOf(r.Level) > weightOf(run.Results[i].Level) {
				t.Fatalf("%s comes behind %s", r.Level, run.Results[i].Level)
			}
		}
	}
}

func weightOf(level string) int { return slices.Index([]string{"note", "warning", "error"}, level) }

// Every log follows the schema of OASIS, which GLASSBOX_SARIF_SCHEMA names: as
// JSON, or as the constant that a Go library carries it in.
func TestSARIFFollowsTheStandard(t *testing.T) {
	file := os.Getenv("GLASSBOX_SARIF_SCHEMA")
	if file == "" {
		t.Skip("GLASSBOX_SARIF_SCHEMA names no schema")
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if first, last := bytes.IndexByte(data, '`'), bytes.LastIndexByte(data, '`'); strings.HasSuffix(file, ".go") && first < last {
		data = data[first+1 : last]
	}
	c := jsonschema.NewCompiler()
	c.LoadURL = func(url string) (io.ReadCloser, error) { return nil, fmt.Errorf("%s is not here", url) }
	const id = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
	if !bytes.Contains(data, []byte(id)) {
		t.Fatalf("%s does not hold the schema %s", file, id)
	}
	if err := c.AddResource(id, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile(id)
	if err != nil {
		t.Fatal(err)
	}
	for name, log := range sarifLogs(t) {
		var doc any
		if err := json.Unmarshal(log, &doc); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
	if schema.Validate(map[string]any{"version": "2.1.0", "runs": []any{map[string]any{"results": []any{}}}}) == nil {
		t.Error("the schema lets a run without a tool pass")
	}
}
