package audit_test

import (
	"testing"

	"glassbox/audit"
	"glassbox/rules"
)

// builtin loads the program's own rules through every net.
func builtin(t testing.TB) ([]*audit.Rule, []*audit.Framework) {
	t.Helper()
	l, err := audit.NewLoader()
	if err != nil {
		t.Fatal(err)
	}
	all, err := l.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	frameworks, err := l.Frameworks(rules.FS, all)
	if err != nil {
		t.Fatal(err)
	}
	return all, frameworks
}

func TestBuiltinRulesPassEveryNet(t *testing.T) {
	all, frameworks := builtin(t)
	if len(all) < 45 {
		t.Errorf("%d rules, want at least 45", len(all))
	}
	used := map[string]bool{}
	for _, fw := range frameworks {
		for _, a := range fw.Axes {
			for _, c := range append(a.Criteria, a.Objections...) {
				used[c.Rule] = true
			}
		}
		for _, c := range fw.Classes {
			for _, q := range c.Criteria {
				used[q.Rule.ID] = true
			}
		}
		for _, topic := range fw.Topics {
			for _, c := range topic.Criteria {
				for _, q := range c.Questions {
					for _, r := range q.Rules() {
						used[r.ID] = true
					}
				}
			}
		}
		for _, in := range fw.Instead {
			used[in.When.Rule.ID] = true
		}
	}
	for _, r := range all {
		if !used[r.ID] {
			t.Errorf("rule %s is asked for by no framework", r.ID)
		}
	}
}
