package audit_test

import (
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/rules"
)

func frameworks(t testing.TB) []*audit.Framework {
	t.Helper()
	out, err := strict().Frameworks(rules.FS, ours(t))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

const answered = `attestations:
  - question: osaid-data-complete
    answer: true
    name: Ada Example
    date: 2026-11-01
    evidence: https://example.org/data
`

func TestReadAttestations(t *testing.T) {
	all := frameworks(t)
	for _, row := range []struct{ what, text, fault string }{
		{"one answer", answered, ""},
		{"as JSON", `{"attestations": [{"question": "osai-code", "answer": "partial", "name": "A", "date": "2026-11-22", "evidence": "seen", "expires": "2026-11-22"}]}`, ""},
		{"no YAML", "attestations:\n  - [", "f.yaml:2"},
		{"empty", "", "f.yaml:1"},
		{"none", "attestations: []\n", "f.yaml:1"},
		{"nobody", strings.Replace(answered, "    name: Ada Example\n", "", 1), "f.yaml:2"},
		{"a name of blanks", strings.Replace(answered, "Ada Example", `"  "`, 1), "f.yaml:4"},
		{"no grounds", strings.Replace(answered, "    evidence: https://example.org/data\n", "", 1), "f.yaml:2"},
		{"no day", strings.Replace(answered, "2026-11-01", "2026-02-30", 1), "f.yaml:5: 2026-02-30 is no day"},
		{"a day to come", strings.Replace(answered, "2026-11-01", "2026-11-23", 1), "f.yaml:5: 2026-11-23 comes after the day of the audit, 2026-11-22"},
		{"expired", answered + "    expires: 2026-11-21\n", "f.yaml:7: expired on 2026-11-21, and the day of the audit is 2026-11-22"},
		{"over before it began", answered + "    expires: 2026-10-01\n", "f.yaml:7: it ends before it was given"},
		{"on its last day", answered + "    expires: 2026-11-22\n", ""},
		{"another question", strings.Replace(answered, "osaid-data-complete", "osaid-data-complet", 1), `f.yaml:2: no question "osaid-data-complet", did you mean "osaid-data-complete"?`},
		{"a word for a yes", strings.Replace(answered, "answer: true", "answer: open", 1), "f.yaml:3: question osaid-data-complete takes true or false"},
		{"a yes for a word", `{"attestations": [{"question": "osai-code", "answer": true, "name": "A", "date": "2026-11-22", "evidence": "seen"}]}`, "f.yaml:1: question osai-code takes open or partial or closed"},
		{"twice by one", answered + strings.TrimPrefix(answered, "attestations:\n"), "f.yaml:7: Ada Example answers osaid-data-complete twice, here and on line 2"},
		{"by two", answered + strings.Replace(strings.TrimPrefix(answered, "attestations:\n"), "Ada", "Bob", 1), ""},
		{"an unknown key", answered + "    signed: yes\n", `f.yaml:7: /attestations/0: unknown keyword "signed"`},
		{"no pattern", answered + "    subject: '[a'\n", "f.yaml:7: no pattern of names"},
	} {
		list, err := audit.ReadAttestations("f.yaml", []byte(row.text), all, "2026-11-22")
		switch {
		case row.fault == "" && (err != nil || len(list) == 0):
			t.Errorf("%s: %v", row.what, err)
		case row.fault != "" && (err == nil || !strings.HasPrefix(err.Error(), row.fault)):
			t.Errorf("%s: %v, want %s", row.what, err, row.fault)
		}
	}
	if _, err := audit.ReadAttestations("f.yaml", make([]byte, audit.MaxAttestations+1), all, "2026-11-22"); err == nil {
		t.Error("no limit on the size")
	}
}

// An answer closes the question it is for, is followed to who gave it, and moves
// no axis.
func TestAttestedAnswersNoRule(t *testing.T) {
	all, judged := frameworks(t), ours(t)
	list, err := audit.ReadAttestations("f.yaml", []byte(answered+"    subject: tiny-*\n"), all, "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	evidence := func(name string) *audit.Evidence {
		ev := audit.NewEvidence()
		ev.Set("/subject", map[string]any{"name": name, "kind": "release"}, audit.Source{Level: audit.Present})
		return ev
	}
	about := func(ev *audit.Evidence) (a audit.Answer, axes []string) {
		r := audit.Audit(ev, judged, all, audit.Tool{}, "2026-11-22")
		for _, s := range r.Scores {
			if s.Axis != "" {
				axes = append(axes, plain([]audit.Score{s})...)
			}
			for _, c := range s.Criteria {
				if c.Attest == "osaid-data-complete" {
					a = c
				}
			}
		}
		return a, axes
	}
	before, axes := about(evidence("tiny-lm"))
	ev := evidence("tiny-lm")
	ev.Attest(list)
	after, moved := about(ev)
	if before.Word != audit.WordUnknown || len(before.AttestedBy) != 0 {
		t.Errorf("before: %+v", before)
	}
	if after.Word != audit.WordMet || strings.Join(after.AttestedBy, "") != "Ada Example, 2026-11-01" || after.Places[0].Path != "f.yaml" || after.Places[0].Line != 2 || after.Level != audit.Claimed {
		t.Errorf("after: %+v", after)
	}
	if strings.Join(axes, "\n") != strings.Join(moved, "\n") {
		t.Errorf("axes moved: %s\nwere %s", moved, axes)
	}
	other := evidence("other")
	other.Attest(list)
	if a, _ := about(other); a.Word != audit.WordUnknown {
		t.Errorf("about another subject: %+v", a)
	}
}

// What is kept with its evidence ends on the day that was given.
func TestAttestationsEnd(t *testing.T) {
	all, judged := frameworks(t), ours(t)
	list, err := audit.ReadAttestations("f.yaml", []byte(answered+"    expires: 2026-12-01\n"), all, "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	ev := audit.NewEvidence()
	ev.Attest(list)
	for day, want := range map[string]string{"2026-10-31": audit.WordUnknown, "2026-11-01": audit.WordMet, "2026-12-01": audit.WordMet, "2026-12-02": audit.WordUnknown} {
		for _, s := range audit.Audit(ev, judged, all, audit.Tool{}, day).Scores {
			for _, c := range s.Criteria {
				if c.Attest == "osaid-data-complete" && c.Word != want {
					t.Errorf("%s: %s, want %s", day, c.Word, want)
				}
			}
		}
	}
}

func FuzzReadAttestations(f *testing.F) {
	f.Add([]byte(answered))
	f.Add([]byte(`{"attestations": [{"question": "osai-code", "answer": "partial", "name": "A", "date": "2026-11-22", "evidence": "seen"}]}`))
	all := frameworks(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := audit.ReadAttestations("f", data, all, "2026-11-22")
		for _, a := range list {
			if err == nil && (a.Name == "" || a.Evidence == "" || a.Date > "2026-11-22") {
				t.Fatalf("%+v", a)
			}
		}
	})
}
