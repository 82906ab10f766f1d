package audit_test

import (
	"strings"
	"testing"

	"glassbox/audit"
)

func TestDecide(t *testing.T) {
	limit := func(ev *audit.Evidence) { ev.Limit("/weights/files", "more than 1000 files") }
	for _, row := range []struct {
		what, evidence string
		cite           []func(*audit.Evidence)
		code           int
		why            string
	}{
		{"nothing", `{}`, nil, audit.ExitEmpty, "nothing to audit"},
		{"files and none of a release", `{"files": [{"path": "a.txt"}], "weights": {"files": [], "present": false}, "card": {"present": false}, "datasets": []}`, nil, audit.ExitEmpty, "nothing to audit"},
		{"a README without metadata", `{"subject": {"name": "acme", "files": 3}, "card": {"present": true, "path": "README.md", "front_matter": "absent", "format": "markdown"}}`, nil, audit.ExitEmpty, "nothing to audit"},
		{"weights", `{"weights": {"files": [{"path": "a"}]}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a card with metadata", `{"card": {"present": true, "front_matter": "present"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a card with broken metadata", `{"card": {"present": true, "front_matter": "malformed"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a card in JSON", `{"card": {"present": true, "format": "json"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"the card itself was named", `{"subject": {"name": "README.md", "files": 1}, "card": {"present": true, "path": "README.md", "front_matter": "absent"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"names that are no text", `{"subject": {"name": {}, "files": 1}, "card": {"present": true, "path": {}}}`, nil, audit.ExitEmpty, "nothing to audit"},
		{"a configuration", `{"architecture": {"present": true}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"an adapter", `{"lineage": {"is_adapter": true}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a manifest", `{"datasets": [{"name": "a"}]}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a service", `{"subject": {"kind": "api"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a limit", `{"weights": {"files": [{"path": "a"}]}}`, []func(*audit.Evidence){limit}, audit.ExitIncomplete, "audit incomplete: more than 1000 files"},
		{"two limits", `{}`, []func(*audit.Evidence){limit, func(ev *audit.Evidence) { ev.Limit("/card", "too large") }}, audit.ExitIncomplete, "too large, and 1 more"},
		{"a signature that does not match", `{"signature": {"present": true, "integrity": {"matches": false}}}`, nil, audit.ExitUntrusted, "not the ones that were signed"},
		{"files that differ from the signed ones", `{"signature": {"present": true, "integrity": {"matches": false, "files": {"match": 9, "mismatch": 2, "missing": 0, "unsigned": 1}}}}`, nil, audit.ExitUntrusted, "the files are not the ones that were signed: 2 differ, 1 added;"},
		{"a signature that does not hold together", `{"signature": {"present": true, "sound": false, "integrity": {"matches": false}}}`, nil, audit.ExitUntrusted, "does not hold together"},
		{"the card of a dataset", `{"weights": {"files": [{"path": "a"}]}, "card": {"present": false, "kind": "dataset"}}`, nil, audit.ExitPass, "the card describes a dataset, not a model"},
		{"the card of a model", `{"weights": {"files": [{"path": "a"}]}, "card": {"present": true, "kind": "model", "front_matter": "present"}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a signature of somebody else, and a limit", `{"signature": {"present": true, "signer": {"verified": false}}}`, []func(*audit.Evidence){limit}, audit.ExitUntrusted, "does not belong to the signer"},
		{"files that differ and are added", `{"signature": {"present": true, "integrity": {"matches": false, "files": {"match": 3, "mismatch": 1, "missing": 0, "unsigned": 2}}}}`, nil, audit.ExitUntrusted, "signed: 1 differs, 2 added; glassbox verify"},
		{"nothing hashed", `{"weights": {"files": [{"path": "a"}]}, "signature": {"present": true, "integrity": {"files": {"missing": 0}}}, "checksums": {"files": {"unchecked": 1}}}`, nil, audit.ExitPass, "no gate was asked for; not hashed, so not compared: the signed files and 1 of the published digests"},
		{"everything hashed", `{"weights": {"files": [{"path": "a"}]}, "signature": {"present": true, "integrity": {"files": {"match": 1}}}, "checksums": {"files": {"unchecked": 0}}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a broken signature by whomever", `{"signature": {"present": true, "sound": false, "integrity": {"matches": false}}}`, nil, audit.ExitUntrusted, "broken or forged"},
		{"a sound signature", `{"signature": {"present": true, "sound": true, "integrity": {"matches": true}}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"a signature that was not checked", `{"signature": {"present": true}}`, nil, audit.ExitPass, "no gate was asked for"},
		{"no signature", `{"signature": {"present": false, "integrity": {"matches": false}}}`, nil, audit.ExitEmpty, ""},
	} {
		r := audit.Audit(evidence(t, row.evidence, row.cite...), nil, nil, audit.Tool{}, "2026-01-01")
		want := map[int]string{audit.ExitPass: "pass", audit.ExitEmpty: "empty", audit.ExitIncomplete: "incomplete", audit.ExitUntrusted: "untrusted"}[row.code]
		if v := r.Verdict; v.Code != row.code || v.Outcome != want || !strings.Contains(v.Reason, row.why) {
			t.Errorf("%s: %+v, want %d …%s…", row.what, v, row.code, row.why)
		}
	}
}

func TestVerdictCountsWords(t *testing.T) {
	r := audit.Audit(rich(t), ours(t), nil, audit.Tool{}, "2026-01-01")
	total := 0
	for _, f := range r.Findings {
		total++
		if f.Word == "" {
			t.Errorf("%s has no word", f.Rule)
		}
	}
	if total != len(ours(t)) || !strings.Contains(r.Verdict.Reason, " met, ") || !strings.Contains(r.Verdict.Reason, "1 contradicted") {
		t.Error(r.Verdict.Reason)
	}
}

// Several subjects: the worst in the order 2 4 3 1 5 0, an interrupt above all.
func TestWorst(t *testing.T) {
	if got := audit.Worst(7, 9); got != 9 {
		t.Errorf("of codes nobody knows %d is the worst", got)
	}
	order := []int{audit.ExitInterrupted, 2, 4, 3, 1, 5, 0}
	for i, a := range order {
		for j, b := range order {
			if got, want := audit.Worst(a, b), order[min(i, j)]; got != want {
				t.Errorf("Worst(%d, %d) = %d, want %d", a, b, got, want)
			}
		}
	}
}
