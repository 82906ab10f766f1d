package audit_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"glassbox/audit"
)

func TestReadAssumptions(t *testing.T) {
	rules := []*audit.Rule{{ID: "weights-present"}, {ID: "config-present"}}
	for _, row := range []struct{ texts, want, fault string }{
		{"weights-present=pass", `[{"rule":"weights-present","outcome":"pass","found":""}]`, ""},
		{"weights-present=fail config-present=unknown", `[{"rule":"weights-present","outcome":"fail","found":""},{"rule":"config-present","outcome":"unknown","found":""}]`, ""},
		{"", "null", ""},
		{"weights-present", "", "is not RULE=pass"},
		{"weights-present=", "", "is not RULE=pass"},
		{"weights-present=Pass", "", "is not RULE=pass"},
		{"weights-present=not_applicable", "", "is not RULE=pass"},
		{"=pass", "", `no rule ""`},
		{"weight-present=pass", "", `no rule "weight-present", did you mean "weights-present"?`},
		{"weights-present=pass weights-present=fail", "", "assumed twice"},
	} {
		got, err := audit.ReadAssumptions(strings.Fields(row.texts), rules)
		if row.fault != "" {
			if err == nil || !strings.Contains(err.Error(), row.fault) {
				t.Errorf("%q: %v, want %s", row.texts, err, row.fault)
			}
			continue
		}
		if text, _ := json.Marshal(got); err != nil || string(text) != row.want {
			t.Errorf("%q: %s, %v", row.texts, text, err)
		}
	}
}

// What is assumed changes what stands under the assumption and nothing of the
// report; it is what the frameworks would say had it been found.
func TestSupposeLeavesTheReportAlone(t *testing.T) {
	g := rand.New(rand.NewPCG(11, 11))
	outcomes := map[audit.Outcome]string{audit.Pass: "met", audit.Fail: "fail", audit.Unknown: "unknown"}
	for range 500 {
		tr := randomTrial(g)
		tr.fw.Aggregate = audit.Weighted
		ev := audit.NewEvidence()
		r := &audit.Report{AsOf: "2026-11-22", Findings: tr.findings, Scores: tr.fw.Score(tr.findings)}
		before, _ := json.Marshal(r)
		i := g.IntN(len(tr.findings))
		for o, state := range outcomes {
			h := audit.Suppose(ev, r, []*audit.Framework{tr.fw}, []audit.Assumption{{Rule: tr.findings[i].Rule, Outcome: o}})
			want := tr.fw.Score(tr.with(i, state))
			if got, wanted := plain(h.Scores), plain(want); !reflect.DeepEqual(got, wanted) {
				t.Fatalf("%s: %s\nwant %s", state, got, wanted)
			}
			if h.Assumed[0].Word != tr.findings[i].Word {
				t.Fatalf("found %q, was %q", h.Assumed[0].Word, tr.findings[i].Word)
			}
		}
		if after, _ := json.Marshal(r); string(after) != string(before) {
			t.Fatalf("the report changed: %s\nwas %s", after, before)
		}
	}
}
