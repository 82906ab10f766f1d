package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"glassbox/audit/report"
)

func drawn(t *testing.T, s *report.Signature, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Write(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSignature(t *testing.T) {
	good, bad := true, false
	s := &report.Signature{
		Model: "tiny-lm", Bundle: "model.sig, key",
		Facts: []report.Fact{{"signer", "verified", &good, "key sha256:12"}, {"integrity", "differs", &bad, "1 differ"}, {"coverage", "in part", nil, ""}},
		Files: []report.SignedFile{
			{Path: "a.bin", State: "differ", About: "signed x, found y"}, {Path: "b.bin", State: "missing"}, {Path: "c.bin", State: "as signed", Quiet: true},
		},
		Notes: []string{"a note"}, Verdict: "refused: expected x, found y; next: z",
	}
	want := `tiny-lm   model.sig, key

  signer      verified        key sha256:12
  integrity   differs         1 differ
  coverage    in part

  differ
    a.bin signed x, found y

  missing
    b.bin

  note  a note

refused: expected x, found y; next: z
`
	if got := drawn(t, s, report.Options{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := drawn(t, s, report.Options{Verbose: true}); !strings.Contains(got, "as signed\n    c.bin") {
		t.Errorf("with -v\n%s", got)
	}
	quiet := drawn(t, s, report.Options{Quiet: true})
	if strings.Contains(quiet, "tiny-lm") || strings.Contains(quiet, "note") || !strings.HasPrefix(quiet, "  differ") || !strings.Contains(quiet, "refused:") {
		t.Errorf("with -q\n%s", quiet)
	}
	s.Files, s.Passed = nil, true
	if got := drawn(t, s, report.Options{Quiet: true}); got != "" {
		t.Errorf("a good one with -q says %q", got)
	}
	color := drawn(t, s, report.Options{Color: true})
	if !strings.Contains(color, "\x1b[32mverified\x1b[0m") || !strings.Contains(color, "\x1b[31mdiffers\x1b[0m") || !strings.Contains(color, "\x1b[33min part\x1b[0m") {
		t.Errorf("%q", color)
	}
}

// Whatever a stranger calls files and people, a terminal gets plain lines that
// fit it.
func TestSignatureOfStrangers(t *testing.T) {
	evil := "\x1b[2J\u202e\x07" + strings.Repeat("long/name ", 30) + strings.Repeat("x", 300) + "\r\n"
	s := &report.Signature{Model: evil, Bundle: evil, Notes: []string{evil}, Verdict: evil}
	for range 3 {
		s.Facts = append(s.Facts, report.Fact{Name: "signer", Word: "verified", About: evil})
	}
	for i := range 40 {
		s.Files = append(s.Files, report.SignedFile{Path: fmt.Sprint(i, evil), State: "differ", About: evil})
	}
	for _, width := range []int{0, 40, 80, 120} {
		limit := width
		if limit == 0 {
			limit = 80
		}
		got := drawn(t, s, report.Options{Width: width})
		for _, line := range strings.Split(got, "\n") {
			if n := utf8.RuneCountInString(line); n > limit {
				t.Errorf("%d columns: a line of %d: %q", limit, n, line)
			}
			if strings.ContainsAny(line, "\x1b\x07\r\u202e") {
				t.Errorf("%q", line)
			}
		}
		if !strings.Contains(got, "and 20 more: -v") {
			t.Errorf("%d columns: the rest is not counted", limit)
		}
	}
}
