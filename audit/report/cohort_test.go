package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"
	"golang.org/x/net/html"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// scored is the report of a villain that has an axis with every rule on it.
func scored(floor int) *audit.Report {
	r := villain()
	ceiling := floor + 20
	r.Subject.Digest = fmt.Sprintf("sha256:%02d", floor)
	s := audit.Score{Framework: "glassbox", Axis: "openness", Floor: &floor, Ceiling: &ceiling, Grade: "F", Words: evil[10], NextGrade: "E", Coverage: 50,
		Caps: []audit.Cap{{Name: evil[10], At: 60, Binds: "floor"}}, Next: []audit.Step{{Rule: "rule-1", Gain: 5, Effort: "minutes", Fix: evil[10]}}}
	for i, f := range r.Findings {
		c := audit.Contribution{Rule: f.Rule, Weight: i + 1, Outcome: f.Outcome, Word: f.Word}
		if i%2 == 0 {
			s.Trace = append(s.Trace, c)
		} else {
			s.Against = append(s.Against, c)
		}
	}
	r.Scores = []audit.Score{s, {Framework: evil[10], Class: "none", BestClass: evil[10], Words: evil[11], Coverage: 10}}
	return r
}

// villains is a cohort with each hostile text as a name, a source, an error and a
// column.
func villains() *cohort.Cohort {
	var all []cohort.Applicant
	for i, s := range evil {
		a := cohort.Applicant{Name: s, Source: s, Columns: []cohort.Column{{Name: s, Value: s}}}
		if i%3 == 0 {
			a.Err = errors.New(s)
		} else {
			a.Report = scored(i)
			a.Report.Subject.Source = s
		}
		all = append(all, a)
	}
	c := cohort.Rank(all, "openness")
	c.Services = []*audit.Report{scored(3)}
	return c
}

func drawCohort(t *testing.T, c *cohort.Cohort, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Cohort(&b, c, format, Options{}); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.Bytes()
}

// rankedNames are the names of a cohort in its order, as they are shown.
func rankedNames(c *cohort.Cohort) []string {
	var out []string
	for _, r := range c.Rows {
		out = append(out, Clean(r.Name))
	}
	return out
}

// Both documents of a cohort are read back as they were.
func TestCohortJSON(t *testing.T) {
	c := villains()
	var back cohort.Cohort
	if err := json.Unmarshal(drawCohort(t, c, "json"), &back); err != nil || len(back.Rows) != len(c.Rows) {
		t.Fatalf("%d rows (%v)", len(back.Rows), err)
	}
	lines := bytes.Split(bytes.TrimSuffix(drawCohort(t, c, "jsonl"), []byte("\n")), []byte("\n"))
	if len(lines) != len(c.Rows) {
		t.Fatalf("%d lines for %d rows", len(lines), len(c.Rows))
	}
	for i, l := range lines {
		var r cohort.Row
		if err := json.Unmarshal(l, &r); err != nil || r.Name != strings.ToValidUTF8(c.Rows[i].Name, "\uFFFD") || r.Name != back.Rows[i].Name {
			t.Errorf("line %d: %q (%v)", i, r.Name, err)
		}
	}
}

// Each row has a cell for each column.
func TestCohortCSV(t *testing.T) {
	c := villains()
	rows, err := csv.NewReader(bytes.NewReader(drawCohort(t, c, "csv"))).ReadAll()
	if err != nil || len(rows) != len(c.Rows)+1 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	name := slices.Index(rows[0], "name")
	for i, row := range rows {
		if i > 0 && strings.TrimPrefix(row[name], "'") != strings.TrimPrefix(Clean(c.Rows[i-1].Name), "'") {
			t.Errorf("row %d is of %q, want %q", i, row[name], c.Rows[i-1].Name)
		}
	}
}

// One table with a row an applicant.
func TestCohortMarkdown(t *testing.T) {
	c := villains()
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(drawCohort(t, c, "markdown")))
	rows := 0
	for n := root.FirstChild().FirstChild(); n != nil; n = n.NextSibling() {
		if _, row := n.(*extast.TableRow); row {
			rows++
		}
	}
	if rows != len(c.Rows) {
		t.Errorf("%d rows of %d", rows, len(c.Rows))
	}
}

// scorecards are the parts of a page that a browser with scripts keeps unread,
// parsed as the page's script parses them.
func scorecards(t *testing.T, root *html.Node) map[string]*html.Node {
	t.Helper()
	out := map[string]*html.Node{}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || attr(n, "data-card") == "" {
			continue
		}
		card, err := html.Parse(strings.NewReader(within(n)))
		if err != nil {
			t.Fatal(err)
		}
		for d := range card.Descendants() {
			if d.Type == html.ElementNode && (!slices.Contains(pageElements, d.Data) || d.Data == "script" || d.Data == "style") {
				t.Errorf("element %s in a scorecard", d.Data)
			}
		}
		out[attr(n, "data-card")] = card
	}
	return out
}

// Hostile text stays text on the page of a cohort: read with scripts, without, and
// as the script reads scorecards. The three hold the same.
func TestCohortPage(t *testing.T) {
	c := villains()
	page := drawCohort(t, c, "html")
	bare := inertPage(t, page, false)
	cards := scorecards(t, inertPage(t, page, true))
	if len(cards) != len(c.Rows)+1 {
		t.Errorf("%d scorecards", len(cards))
	}
	var names []string
	for n := range bare.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch id := attr(n, "data-id"); {
		case n.Data == "article":
			if got, want := within(cards[attr(n, "id")]), within(n); got != want {
				t.Errorf("%s is read as %q with scripts, as %q without", attr(n, "id"), got, want)
			}
		case n.Data == "tr" && strings.HasPrefix(id, "a"):
			names = append(names, within(firstOf(n, "a")))
		}
	}
	if want := rankedNames(c); !slices.Equal(names, want) {
		t.Errorf("rows %q, want %q", names, want)
	}
}

// Each cell says the word of its finding, and leads to where the scorecard of the
// same applicant says what was seen.
func TestMatrixAgreesWithTheReports(t *testing.T) {
	c := villains()
	root := inertPage(t, drawCohort(t, c, "html"), false)
	ids := map[string]*html.Node{}
	var rules []string
	for n := range root.Descendants() {
		if id := attr(n, "id"); id != "" {
			ids[id] = n
		}
		if attr(n, "class") == "criterion" {
			rules = append(rules, within(n))
		}
	}
	if want := len(c.Services[0].Findings); len(rules) != want {
		t.Fatalf("%d criteria, want %d", len(rules), want)
	}
	cells := 0
	for n := range root.Descendants() {
		id := attr(n, "data-id")
		if n.Data != "tr" || !strings.HasPrefix(id, "a") {
			continue
		}
		var row int
		fmt.Sscanf(id, "a%d", &row)
		r := c.Rows[row].Report
		if r == nil {
			continue
		}
		at := -1
		for td := range n.ChildNodes() {
			link := firstOf(td, "a")
			if td.Data != "td" || attr(link, "aria-label") == "" {
				continue
			}
			at++
			cells++
			i := slices.IndexFunc(r.Findings, func(f audit.Finding) bool { return f.Rule == rules[at] })
			f := r.Findings[i]
			seen := ids[strings.TrimPrefix(attr(link, "href"), "#")]
			if attr(link, "aria-label") != f.Word || seen == nil || !strings.Contains(within(seen), f.Word) || !strings.Contains(within(seen), f.Rule) {
				t.Errorf("%s of %s is %q, want %q", f.Rule, id, attr(link, "aria-label"), f.Word)
			}
		}
	}
	if cells == 0 {
		t.Error("no cells")
	}
}

// Who an applicant is comes from the row alone: a report may know more.
func TestPageTakesNamesFromRows(t *testing.T) {
	r := scored(10)
	r.Subject.Name, r.Subject.Source, r.Subject.Digest, r.Subject.Revision = "secret-name", "secret-source", "secret-digest", "secret-revision"
	c := cohort.Rank([]cohort.Applicant{{Report: r}}, "openness")
	c.Rows[0].Name, c.Rows[0].Subject = "applicant-1", audit.Subject{Name: "applicant-1"}
	page := string(drawCohort(t, c, "html"))
	if strings.Contains(page, "secret") || !strings.Contains(page, "applicant-1") {
		t.Error("the page tells who it is")
	}
}

// Nobody is told from a blind page: neither name nor text of a release, though
// each verdict stands there.
func TestBlindPage(t *testing.T) {
	r := scored(10)
	secret := flooded("secret-text")
	r.Findings = append(r.Findings, audit.Finding{Rule: "told", Title: "A rule's own words", Word: audit.WordContradicted, Outcome: audit.Fail, Places: secret.Findings[0].Places})
	r.Scores[0].Trace = append(r.Scores[0].Trace, audit.Contribution{Rule: "told", Weight: 3, Outcome: audit.Fail, Word: audit.WordContradicted})
	r.Scores = append(r.Scores, audit.Score{Framework: "osaid", Verdict: "undetermined", Coverage: 50, Criteria: secret.Scores[0].Criteria})
	r.Subject, r.Policy, r.Against, r.LimitsHit = secret.Subject, secret.Policy, secret.Against, secret.LimitsHit
	c := cohort.Rank([]cohort.Applicant{{Name: "secret-name", Source: "secret-source", Columns: []cohort.Column{{Name: "owner", Value: "secret"}}, Report: r}}, "openness")
	c.Blind("seed")
	page := string(drawCohort(t, c, "html"))
	if i := strings.Index(page, "secret"); i >= 0 {
		t.Errorf("the page tells %q", page[max(0, i-200):i+40])
	}
	for _, want := range []string{c.Rows[0].Name, "A rule&#39;s own words", "pseudonyms", `aria-label="contradicted"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
}

// What is asked first is what the release says against itself; nothing is asked of
// what is met, or of what weighs nothing.
func TestQuestions(t *testing.T) {
	at := func(path string, value any) audit.Place {
		return audit.Place{Pointer: "/card/claims/0/value", Value: value, Path: path, Line: 3}
	}
	r := &audit.Report{Scores: []audit.Score{{Framework: "glassbox", Axis: "trust", Trace: []audit.Contribution{{Rule: "a", Weight: 1}, {Rule: "b", Weight: 9}, {Rule: "c", Weight: 5}, {Rule: "met", Weight: 9}, {Rule: "d", Weight: 5}}}}}
	r.Findings = []audit.Finding{
		{Rule: "met", Title: "Met", Word: audit.WordMet, Outcome: audit.Pass},
		{Rule: "b", Title: "B holds", Word: audit.WordClaimed, Outcome: audit.Pass},
		{Rule: "d", Title: "D is here", Word: audit.WordNotShown, Outcome: audit.Fail, Places: []audit.Place{{Pointer: "/d/present", Value: false}}},
		{Rule: "a", Title: "A agrees", Word: audit.WordContradicted, Outcome: audit.Fail, Places: []audit.Place{at("x", "7B"), at("README.md", "7B"), at("model.bin", int64(1_200_000))}},
		{Rule: "c", Title: "C is so", Word: audit.WordNotMet, Outcome: audit.Fail, Places: []audit.Place{at("LICENSE", false)}},
		{Rule: "weightless", Title: "W", Word: audit.WordNotMet, Outcome: audit.Fail},
	}
	got := questions(r, true)
	want := []string{
		"A agrees. It is said: 7B (README.md:3); and found: 1.2M (model.bin:3). Which of the two holds, and will the other be corrected?",
		"C is so. Seen instead: value: no (LICENSE:3). Is that meant, and will it stay?",
		"D is here. It is not shown. Where can it be seen, or when will it be?",
		"B holds. It is said and not shown. What shows it?",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	for _, q := range questions(r, false) {
		if strings.Contains(q, "README") || strings.Contains(q, "7B") || strings.Contains(q, "LICENSE") {
			t.Errorf("%q quotes", q)
		}
	}
}

// A day is eight hours: two fixes of hours fit, and nothing that takes days. Where
// something could not be read nothing is advised that may be there.
func TestWithinADay(t *testing.T) {
	line := func(efforts ...string) cohortLine {
		r := &audit.Report{Scores: []audit.Score{{Framework: "glassbox", Axis: "trust", Grade: "D", NextGrade: "C"}, {Framework: "mof-mot", Class: "none"}}}
		for i, e := range efforts {
			rule := fmt.Sprint("r", i)
			r.Findings = append(r.Findings, audit.Finding{Rule: rule, Outcome: audit.Unknown})
			r.Scores[0].Next = append(r.Scores[0].Next, audit.Step{Rule: rule, Effort: e})
			r.Scores[1].Missing = append(r.Scores[1].Missing, audit.Missing{Class: "III", Title: rule, Effort: e}, audit.Missing{Class: "II", Title: "later", Effort: "weeks"})
		}
		return cohortLine{Row: cohort.Row{Report: r}}
	}
	for _, c := range []struct {
		line  cohortLine
		hours []float64
	}{
		{line("minutes"), []float64{0.5, 0.5}}, {line("hours", "hours"), []float64{8, 8}}, {line("hours", "hours", "minutes"), nil},
		{line("days"), nil}, {line("minutes", "weeks"), nil}, {line(), nil}, {cohortLine{}, nil},
	} {
		var got []float64
		for _, n := range withinADay([]cohortLine{c.line}) {
			got = append(got, n.Hours)
		}
		if !slices.Equal(got, c.hours) {
			t.Errorf("%v, want %v", got, c.hours)
		}
	}
	blind := line("minutes")
	blind.Report.LimitsHit = []string{"/files"}
	if near := withinADay([]cohortLine{blind}); len(near) != 1 || near[0].Of != "mof-mot" {
		t.Errorf("%+v", near)
	}
}
