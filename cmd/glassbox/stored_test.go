package main

import (
	"bytes"
	"io"
	"os"
	"testing"

	"glassbox/audit"
	"glassbox/audit/report"
)

// Whatever a file of reports holds, it is refused or drawn in every format, and
// compared.
func FuzzStoredReports(f *testing.F) {
	good, err := os.ReadFile("../../testdata/golden/contradicting.report.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`[{"schema": "urn:glassbox:report:v1"}]`))
	f.Add([]byte(`[null]`))
	f.Add([]byte(`[]`))
	f.Add(bytes.Replace(good, []byte(`"points"`), []byte(`"x"`), 1))
	f.Add(bytes.Replace(good, []byte(`"seen"`), []byte(`"of"`), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseReports("r.json", data)
		if err != nil {
			return
		}
		for _, format := range report.Formats {
			if format.Name == "badge" && len(s.reports) != 1 {
				continue
			}
			if err := format.Write(io.Discard, s.reports, report.Options{Several: s.several, Verbose: true}); err != nil {
				t.Errorf("%s: %v", format.Name, err)
			}
		}
		for _, r := range s.reports {
			if err := report.Difference(io.Discard, audit.Diff(s.reports[0], r), "table", report.Options{}); err != nil {
				t.Error(err)
			}
		}
	})
}

// Whatever a lock holds, it is refused or gates.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"schema": "urn:glassbox:lock:v1", "tool": {"version": "1", "rules_digest": "sha256:0000000000000000000000000000000000000000000000000000000000000000"}, "subjects": [{"name": "", "kind": "release", "digest": "x", "licenses": {"data": null}, "floors": {"trust": 5}, "contents": [{"path": "a", "digest": "b"}]}]}`))
	f.Add([]byte(`{"schema": "urn:glassbox:lock:v1", "subjects": [null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := parseLock("glassbox.lock", data)
		if err != nil {
			return
		}
		r := &audit.Report{Verdict: audit.Verdict{Outcome: "pass"}}
		audit.Terms{Lock: l}.Gate(audit.NewEvidence(), r)
		if len(r.Policy.Gates) == 0 || r.Verdict.Code == audit.ExitPass {
			t.Errorf("nothing that is pinned lets nothing pass: %+v", r.Verdict)
		}
	})
}
