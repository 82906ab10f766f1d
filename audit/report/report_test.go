package report

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"glassbox/audit"
)

// Nothing of a release moves a cursor, turns a line around or hides a word.
func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain text, ünïcode and 漢字", "plain text, ünïcode and 漢字"},
		{"a\x1b[2Jb", "a[2Jb"},
		{"a\u009b31mb", "a31mb"},
		{"line\nbreak\ttab\r", "line break tab "},
		{"\u202egnp.exe\u2066x\u2069", "gnp.exex"},
		{"zero\u200bwidth\ufeff", "zerowidth"},
		{"soft\u00adhyphen", "softhyphen"},
		{"para\u2029graph", "para graph"},
		{"bad\xffbyte", "bad\uFFFDbyte"},
		{"nul\x00 bell\x07 del\x7f", "nul bell del"},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[0m\u202e\n")
	f.Fuzz(func(t *testing.T, s string) {
		if out := Clean(s); strings.ContainsFunc(out, unsafe) || Clean(out) != out {
			t.Errorf("Clean(%q) = %q", s, out)
		}
	})
}

func TestNumbersAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct {
		in   any
		want string
	}{
		{int64(7_000_000_000), "7B"}, {int64(6_738_415_616), "6.74B"}, {int64(1_200_000), "1.2M"},
		{int64(32_768), "32,768"}, {int64(1024), "1024"}, {int64(-12_345), "-12,345"}, {int64(999_999), "999,999"},
		{0.5, "0.5"}, {2.0, "2"}, {true, "yes"}, {false, "no"}, {nil, "nothing"}, {"", "nothing"}, {"MIT", "MIT"},
		{[]any{}, "none"}, {[]any{"a", int64(2)}, "a, 2"},
	} {
		if got := show(c.in); got != c.want {
			t.Errorf("show(%v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"one two three", 7, "one two|three"},
		{"", 5, ""},
		{"unbreakable", 5, "unbr|eaka|ble"},
		{"漢字漢字", 4, "漢|字漢|字"},
	} {
		got := strings.Join(wrap(c.in, c.n), "|")
		for _, l := range strings.Split(got, "|") {
			if width(l) > c.n {
				t.Errorf("wrap(%q, %d): line %q is too wide", c.in, c.n, l)
			}
		}
		if strings.ReplaceAll(strings.ReplaceAll(got, "|", ""), " ", "") != strings.ReplaceAll(c.in, " ", "") {
			t.Errorf("wrap(%q, %d) = %q loses text", c.in, c.n, got)
		}
	}
}

// A name that fills a page is shortened where a person reads it, at neither end.
func TestLongPathsAreShortened(t *testing.T) {
	long := "weights/" + strings.Repeat("a", 4000) + "/model.bin"
	for _, c := range []struct{ in, begin, end string }{{long, "weights/aa", "aa/model.bin"}, {"a/b.bin", "a/b.bin", "a/b.bin"}, {strings.Repeat("漢", 90) + ".bin", "漢", "漢.bin"}} {
		got := where(audit.Place{Path: c.in})
		if width(got) > maxPath || !strings.HasPrefix(got, c.begin) || !strings.HasSuffix(got, c.end) {
			t.Errorf("%.20q is shown as %q", c.in, got)
		}
	}
}

// Where something could not be read, nobody is told to add what may be there.
func TestNoStepsTowardsWhatWasNotRead(t *testing.T) {
	r := hostile()
	r.Findings = []audit.Finding{{Rule: "config-present", Outcome: audit.Unknown, Word: audit.WordUnknown}, {Rule: "use-described", Outcome: audit.Fail, Word: audit.WordNotShown}}
	step := func(axis, rule string) audit.Score {
		return audit.Score{Framework: "glassbox", Axis: axis, Coverage: 50, NextGrade: "E", Next: []audit.Step{{Rule: rule, Gain: 5, Effort: "minutes"}}}
	}
	r.Scores = []audit.Score{step("openness", "config-present"), step("transparency", "use-described")}
	for _, c := range []struct {
		limits []string
		want   string
	}{{nil, "openness E: config-present"}, {[]string{"/files"}, "openness E: make readable what could not be read"}} {
		r.LimitsHit = c.limits
		var b bytes.Buffer
		if err := writeTables(&b, []*audit.Report{r}, Options{Width: 100}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), c.want) || !strings.Contains(b.String(), "transparency E: use-described") {
			t.Errorf("limits %v:\n%s", c.limits, b.String())
		}
	}
}

// No line of the table is wider than the terminal, whatever stands in a report.
func TestTableFitsTheTerminal(t *testing.T) {
	r := hostile()
	for columns := 40; columns <= 124; columns += 3 {
		for _, verbose := range []bool{false, true} {
			var b bytes.Buffer
			if err := writeTables(&b, []*audit.Report{r}, Options{Width: columns, Verbose: verbose}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimRight(line, "\n")
				if width(line) > columns {
					t.Errorf("%d columns: %d: %q", columns, width(line), line)
				}
				if strings.ContainsFunc(line, unsafe) {
					t.Errorf("%q is not clean", line)
				}
			}
		}
	}
}

// A list fits as well: where its columns do not, each row takes several lines.
func TestListFitsTheTerminal(t *testing.T) {
	rows := [][]string{
		{"lineage-conversion-keeps-license", "openness", "medium", "A converted model keeps the licence of the original, word for word"},
		{"a", "b", "c", "d"},
	}
	for columns := 20; columns <= 120; columns += 4 {
		var b bytes.Buffer
		if err := Table(&b, []string{"rule", "dimension", "severity", "what is true of a good release"}, rows, Options{Width: columns}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			if line = strings.TrimRight(line, "\n"); width(line) > columns {
				t.Errorf("%d columns: %d: %q", columns, width(line), line)
			}
		}
		for _, word := range []string{"lineage-conversion-k", "original", "medium", "good release"} {
			if text := strings.Join(strings.Fields(b.String()), " "); columns > 40 && !strings.Contains(text, word) {
				t.Errorf("%d columns: %q is lost", columns, word)
			}
		}
	}
}

// hostile is a report whose every text comes from somebody who means harm.
func hostile() *audit.Report {
	evil := strings.Repeat("\x1b[31m漢\u202e|<script>::error::=cmd()\n", 20)
	floor, ceiling := 12, 88
	place := audit.Place{Pointer: "/card/claims/0/value", Value: evil, Path: evil, Line: 7}
	r := &audit.Report{
		Tool:    audit.Tool{RulesDigest: "sha256:abcdef0123", Edition: "1.0"},
		Subject: audit.Subject{Name: evil, Kind: "release", Files: 3, Bytes: 123456},
		Verdict: audit.Verdict{Outcome: "incomplete", Code: 3, Reason: evil},
		Scores: []audit.Score{{
			Framework: "glassbox", Axis: "openness", Floor: &floor, Ceiling: &ceiling, Grade: "F", Words: "nothing to hold, or no right",
			Caps:  []audit.Cap{{Name: "no licence shown that allows every use", At: 65, Binds: "both"}},
			Next:  []audit.Step{{Rule: "license-text-agrees", Gain: 8, Effort: "minutes"}},
			Trace: []audit.Contribution{{Rule: "weights-no-code", Weight: 3}}, NextGrade: "E",
		}},
	}
	for _, word := range audit.Words {
		o := audit.Fail
		if word == audit.WordUnknown {
			o = audit.Unknown
		}
		r.Findings = append(r.Findings, audit.Finding{
			Rule: "weights-no-code", Title: "Weights are stored in formats that cannot run code", Word: word, Outcome: o,
			Severity: "high", Asked: audit.Present, Places: []audit.Place{place, place, place},
		})
	}
	return r
}

// The JSON of a report is read back to the same bytes: nothing downstream needs
// more than it.
func TestJSONRoundTrip(t *testing.T) {
	var first, second bytes.Buffer
	if err := JSON(&first, hostile()); err != nil {
		t.Fatal(err)
	}
	var r audit.Report
	if err := json.Unmarshal(first.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if err := JSON(&second, &r); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() {
		t.Error("a report read back from its JSON writes other bytes")
	}
}
