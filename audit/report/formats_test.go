package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"

	"glassbox/audit"
)

// evil holds what means something in some format, each where it would begin.
var evil = [...]string{
	"=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "  =1", "＝1", "::error::owned", "x\n::error file=a::owned", "%0A::error::owned", "##[error]owned",
	"<script>alert(1)</script>", "</title></style><img src=x onerror=alert(1)>", "--><b>", "]]>", "a|b\\|c", "| --- |", "[a](https://evil.example)", "![a](https://evil.example/x.png)",
	"https://evil.example www.evil.example a@evil.example @somebody #1", "`code`", "\x1b[31mred", "\u202egnp.exe", "a\x00b", "bad\xff", "# head", "1. one", "&lt;b&gt; &amp;", "{{.}}", "'\"", "<!-- x -->", "file:///etc/passwd", "../../etc/passwd", "a b/ü:ö.md", "",
}

// villain is a report with each hostile text in every field that a release, a
// manifest or a policy can fill.
func villain() *audit.Report {
	r := hostile()
	r.Subject.Source = "models"
	r.Findings = nil
	for i, s := range evil {
		place := audit.Place{Pointer: "/card/claims/" + s, Value: s, Path: s, Line: i, Reason: s, Level: audit.Present}
		f := audit.Finding{
			Rule: fmt.Sprintf("rule-%d", i), Title: s, Dimension: []string{"trust", "openness", "transparency"}[i%3], Outcome: audit.Fail,
			Word: []string{audit.WordNotMet, audit.WordNotShown, audit.WordContradicted}[i%3], Asked: audit.Present, Severity: audit.Severities[i%5],
			Effort: "days", Fix: s, Places: []audit.Place{place, place, place},
		}
		if i%4 == 0 {
			f.Waiver = &audit.Waiver{Rule: f.Rule, Subject: s, Reason: s, Owner: s, Expires: "2027-01-31", State: audit.WaiverActive}
		}
		r.Findings = append(r.Findings, f)
	}
	r.Findings = append(r.Findings,
		audit.Finding{Rule: "rule-met", Title: "met", Dimension: "trust", Outcome: audit.Pass, Level: audit.Verified, Asked: audit.Present, Word: audit.WordMet, Severity: "high", Places: []audit.Place{{Pointer: "/files"}}},
		audit.Finding{Rule: "rule-unknown", Title: "unknown", Dimension: "trust", Outcome: audit.Unknown, Asked: audit.Present, Word: audit.WordUnknown, Severity: "high", Places: []audit.Place{{Pointer: "/files"}}})
	r.Policy = &audit.Gated{File: evil[10], Digest: "sha256:00", Profile: "release", Gates: []audit.Gate{{Key: "/require/rules", Asked: evil[14], Found: evil[11], Code: 1, Rules: []string{evil[10]}}}}
	for _, s := range evil {
		r.Policy.Waivers = append(r.Policy.Waivers, audit.Waiver{Rule: s, Subject: s, Reason: s, Owner: s, Expires: s, State: audit.WaiverUnused})
	}
	return r
}

// draw writes a report in one format.
func draw(t *testing.T, name string, o Options, reports ...*audit.Report) []byte {
	t.Helper()
	f, err := Find(name)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, reports, o); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return b.Bytes()
}

// failed lists the rules that fail.
func failed(r *audit.Report) []string {
	var out []string
	for _, f := range r.Findings {
		if f.Outcome == audit.Fail {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

// same compares the rules that a format shows with those that fail.
func same(t *testing.T, format string, got []string) {
	t.Helper()
	slices.Sort(got)
	if want := failed(villain()); !slices.Equal(got, want) {
		t.Errorf("%s shows %v, want %v", format, got, want)
	}
}

// Every format is drawn from the JSON alone, and gives the same bytes again.
func TestFormatsReadTheReportAlone(t *testing.T) {
	direct := villain()
	var back audit.Report
	if err := json.Unmarshal(draw(t, "json", Options{}, direct), &back); err != nil {
		t.Fatal(err)
	}
	for _, f := range Formats {
		if f.Name == "json" {
			continue // TestJSONRoundTrip; it writes what is no UTF-8 in another way than the rest
		}
		if first, second := draw(t, f.Name, Options{}, direct), draw(t, f.Name, Options{}, &back); !bytes.Equal(first, second) || len(first) == 0 {
			t.Errorf("%s differs when it is drawn from the JSON", f.Name)
		}
	}
}

// GitHub refuses a whole file for one result without a physical location, for an
// empty text, or for a rule given twice.
func TestSARIF(t *testing.T) {
	var log sarifLog
	if err := json.Unmarshal(draw(t, "sarif", Options{}, villain(), villain()), &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 2 || log.Runs[0].Automation.ID == log.Runs[1].Automation.ID {
		t.Fatalf("version %s, %d runs", log.Version, len(log.Runs))
	}
	run := log.Runs[0]
	if strings.Count(run.Automation.ID, "/") != 2 || !strings.HasSuffix(run.Automation.ID, "/") {
		t.Errorf("category %q", run.Automation.ID)
	}
	var shown, marks []string
	for i, res := range run.Results {
		shown, marks = append(shown, res.RuleID), append(marks, res.Fingerprints["glassbox/v1"])
		rule := run.Tool.Driver.Rules[res.RuleIndex]
		if rule.ID != res.RuleID || len(res.Locations) != 1 || res.Message.Text == "" || !slices.Contains([]string{"note", "warning", "error"}, res.Level) {
			t.Errorf("result %d: %+v of rule %s", i, res, rule.ID)
		}
		for _, s := range []string{rule.Short.Text, rule.Full.Text, rule.Help.Text, rule.Help.Markdown} {
			if strings.TrimSpace(s) == "" {
				t.Errorf("%s has an empty text", rule.ID)
			}
		}
		security := slices.Contains(rule.Properties.Tags, "security")
		if trust := rule.Properties.Tags[0] == "trust"; trust != security || trust != (rule.Properties.Security != "") {
			t.Errorf("%s: tags %v, security-severity %q", rule.ID, rule.Properties.Tags, rule.Properties.Security)
		}
		for _, l := range append(res.Locations, res.Related...) {
			ref := l.Physical.Artifact.URI
			u, err := url.Parse(ref)
			if err != nil || u.IsAbs() || u.Host != "" || u.RawQuery != "" || u.Fragment != "" || !strings.HasPrefix(u.Path, "models/") || strings.Contains(u.Path, "..") {
				t.Errorf("%s lies at %q (%v)", res.RuleID, ref, err)
			}
			if l.Physical.Region.StartLine < 1 || l.Physical.Region.EndColumn < 1 {
				t.Errorf("%s has region %+v", res.RuleID, l.Physical.Region)
			}
		}
	}
	same(t, "sarif", shown)
	if slices.Sort(marks); len(slices.Compact(marks)) != len(run.Results) {
		t.Error("two results have one fingerprint")
	}
}

// A fingerprint stays when lines move.
func TestFingerprintIsStable(t *testing.T) {
	r, moved := villain(), villain()
	for i := range moved.Findings {
		for j := range moved.Findings[i].Places {
			moved.Findings[i].Places[j].Line += 40
		}
		if a, b := fingerprint(r, &r.Findings[i]), fingerprint(moved, &moved.Findings[i]); a != b {
			t.Errorf("%s: %s, then %s", r.Findings[i].Rule, a, b)
		}
	}
}

// What is missing is pinned to the card; a release without any file named is
// pinned all the same.
func TestAnchors(t *testing.T) {
	missing := audit.Finding{Rule: "m", Outcome: audit.Fail, Places: []audit.Place{{Pointer: "/tokenizer/present"}}}
	card := audit.Finding{Rule: "c", Places: []audit.Place{{Pointer: "/card/license", Path: "docs/card.md", Line: 3}}}
	other := audit.Finding{Rule: "o", Places: []audit.Place{{Pointer: "/weights/files/0", Path: "a.bin"}}}
	for _, row := range []struct {
		source, want string
		findings     []audit.Finding
		line         int
	}{
		{".", "docs/card.md", []audit.Finding{missing, other, card}, 1},
		{"models/x", "models/x/docs/card.md", []audit.Finding{missing, card}, 1},
		{"/abs/x", "a.bin", []audit.Finding{missing, other}, 1},
		{"../x", "README.md", []audit.Finding{missing}, 1},
		{"x.tar.gz", "x.tar.gz", []audit.Finding{missing, other}, 1},
		{"models/", "models/docs/card.md", []audit.Finding{card}, 3},
	} {
		r := &audit.Report{Subject: audit.Subject{Source: row.source, Kind: "release", Files: 3}, Findings: row.findings}
		if got := anchorOf(r, &r.Findings[0]); got.path != row.want || got.line != row.line {
			t.Errorf("%s: %+v, want %s:%d", row.source, got, row.want, row.line)
		}
	}
}

func TestJUnit(t *testing.T) {
	data := draw(t, "junit", Options{}, villain())
	var all junitSuites
	if err := xml.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	var shown []string
	names := map[string]bool{}
	for _, c := range all.Suites[0].Cases {
		if names[c.Class+c.Name] {
			t.Errorf("case %s is given twice", c.Name)
		}
		names[c.Class+c.Name] = true
		rule, _, _ := strings.Cut(c.Name, " ")
		waived := c.Skipped != nil && strings.HasPrefix(c.Skipped.Message, "waived until 2027-01-31")
		if c.Failure != nil && rule != "gate" || waived {
			shown = append(shown, rule)
		}
		if strings.ContainsFunc(c.Name, unsafe) {
			t.Errorf("%q is not clean", c.Name)
		}
	}
	same(t, "junit", shown)
	s := all.Suites[0]
	if s.Tests != len(s.Cases) || s.Failures+s.Skipped+s.Errors >= s.Tests || all.Failures != s.Failures || s.Errors != 1 {
		t.Errorf("counts %+v", all)
	}
}

func TestCSV(t *testing.T) {
	out := draw(t, "csv", Options{}, villain())
	inertCSV(t, out)
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, row := range rows[1:] {
		if row[5] == "fail" {
			shown = append(shown, row[2])
		}
	}
	same(t, "csv", shown)
}

// Every line is a command of ours, and what it says cannot end it.
func TestGitHub(t *testing.T) {
	var shown []string
	for l := range strings.Lines(string(draw(t, "github", Options{}, villain()))) {
		m := ours.FindStringSubmatch(strings.TrimSuffix(l, "\n"))
		if m == nil || strings.ContainsFunc(l[:len(l)-1], unsafe) {
			t.Errorf("%q is no command of ours", l)
			continue
		}
		if m[2] != "" {
			shown = append(shown, m[4][strings.LastIndex(m[4], "%3A ")+4:])
		}
	}
	same(t, "github", shown)
}

func TestGitLab(t *testing.T) {
	var issues []gitlabIssue
	if err := json.Unmarshal(draw(t, "gitlab", Options{}, villain()), &issues); err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, i := range issues {
		shown = append(shown, i.Check)
		if i.Description == "" || i.Fingerprint == "" || i.Location.Lines.Begin < 1 || strings.HasPrefix(i.Location.Path, ".") || strings.HasPrefix(i.Location.Path, "/") ||
			!slices.Contains([]string{"info", "minor", "major", "critical", "blocker"}, i.Severity) {
			t.Errorf("%+v", i)
		}
	}
	same(t, "gitlab", shown)
}

// The tables keep their rows, and nothing in them is a link, an image or HTML.
func TestMarkdown(t *testing.T) {
	src := draw(t, "markdown", Options{}, villain())
	inertMarkdown(t, src)
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(src))
	var shown []string
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if row, ok := n.(*extast.TableRow); ok && entering {
			if first := string(row.FirstChild().Lines().Value(src)); strings.HasPrefix(first, "rule-") {
				shown = append(shown, first)
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "markdown", shown)
}

// The badge is an image of well-formed XML without anything to load, or the
// endpoint of one; it shows one subject.
func TestBadge(t *testing.T) {
	dec := xml.NewDecoder(bytes.NewReader(draw(t, "badge", Options{Path: "b.svg"}, villain())))
	for {
		token, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && !slices.Contains([]string{"svg", "title", "rect", "g", "text"}, e.Name.Local) {
			t.Errorf("element %s", e.Name.Local)
		}
	}
	floor, ceiling := 62, 81
	r := &audit.Report{Verdict: audit.Verdict{Outcome: "pass"}, Scores: []audit.Score{{Axis: "openness", Floor: &floor, Ceiling: &ceiling, Grade: "C"}, {Axis: "trust", Floor: &floor, Ceiling: &ceiling, Grade: "B"}}}
	for _, row := range []struct {
		outcome string
		code    int
		want    endpoint
	}{
		{"pass", 0, endpoint{1, "glassbox", "openness C, trust B", "yellowgreen", false}},
		{"fail", 1, endpoint{1, "glassbox", "fail", "red", false}},
		{"untrusted", 4, endpoint{1, "glassbox", "untrusted", "red", false}},
		{"incomplete", 3, endpoint{1, "glassbox", "incomplete", "lightgrey", true}},
	} {
		r.Verdict.Outcome, r.Verdict.Code = row.outcome, row.code
		var e endpoint
		if err := json.Unmarshal(draw(t, "badge", Options{Path: "b.JSON"}, r), &e); err != nil || e != row.want {
			t.Errorf("%+v (%v), want %+v", e, err, row.want)
		}
	}
	if err := writeBadge(io.Discard, []*audit.Report{r, r}, Options{}); err == nil {
		t.Error("one badge for two subjects")
	}
}
