package disclosure_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/audit/disclosure"
	"glassbox/rules"
	"glassbox/schemas"
)

type bench struct {
	rules      []*audit.Rule
	frameworks []*audit.Framework
}

func newBench(t testing.TB) *bench {
	t.Helper()
	l, err := audit.NewLoader()
	if err != nil {
		t.Fatal(err)
	}
	l.Strict = false
	all, err := l.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	frameworks, err := l.Frameworks(rules.FS, all)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{all, frameworks}
}

func (b *bench) audit(m *disclosure.Manifest, asOf string) *audit.Report {
	return audit.Audit(m.Evidence("api:"+m.Name()), b.rules, b.frameworks, audit.Tool{Version: "test"}, asOf)
}

// bounds are what is shown and what might be: of an axis its floor and ceiling, of
// the others class, verdict, and points in hundredths.
func bounds(r *audit.Report) (floors, ceilings map[string]int) {
	floors, ceilings = map[string]int{}, map[string]int{}
	for _, s := range r.Scores {
		name := strings.TrimSpace(s.Framework + " " + s.Axis)
		switch {
		case s.Floor != nil:
			floors[name], ceilings[name] = *s.Floor, *s.Ceiling
		case s.Class != "":
			names := s.ClassNames()
			floors[name], ceilings[name] = slices.Index(names, s.Class), slices.Index(names, s.BestClass)
		case s.Verdict != "":
			if s.Verdict == audit.Conforms {
				floors[name] = 1
			}
			if s.BestVerdict == audit.Conforms {
				ceilings[name] = 1
			}
		case s.Points != nil:
			floors[name], ceilings[name] = int(*s.Points*100), int(*s.BestPoints*100)
		}
	}
	return floors, ceilings
}

func rises(before, after map[string]int) []string {
	var out []string
	for axis, n := range after {
		if n > before[axis] {
			out = append(out, fmt.Sprintf("%s %d→%d", axis, before[axis], n))
		}
	}
	slices.Sort(out)
	return out
}

func without(m *disclosure.Manifest, drop func(int) bool) *disclosure.Manifest {
	out := *m
	out.Facts = nil
	for i, f := range m.Facts {
		if !drop(i) {
			out.Facts = append(out.Facts, f)
		}
	}
	return &out
}

// Saying less never pays: no fact, and no set of facts, can be taken out of a
// manifest so that a floor rises.
func TestHidingAFactNeverRaisesAFloor(t *testing.T) {
	b := newBench(t)
	rng := rand.New(rand.NewPCG(7, 7))
	for _, m := range builtin(t) {
		before, _ := bounds(b.audit(m, day))
		for i := range m.Facts {
			after, _ := bounds(b.audit(without(m, func(j int) bool { return i == j }), day))
			if up := rises(before, after); len(up) > 0 {
				t.Errorf("%s: hiding %s raises %v", m.Name(), m.Facts[i].Pointer, up)
			}
		}
		for range 40 {
			p := rng.Float64()
			hidden := without(m, func(int) bool { return rng.Float64() < p })
			after, _ := bounds(b.audit(hidden, day))
			if up := rises(before, after); len(up) > 0 {
				t.Errorf("%s: %d of %d facts are left and raise %v", m.Name(), len(hidden.Facts), len(m.Facts), up)
			}
		}
	}
}

// A later day takes passes away and does nothing else.
func TestStaleFactsOnlyTakeAway(t *testing.T) {
	b := newBench(t)
	for _, m := range builtin(t) {
		today := b.audit(m, day)
		floors, ceilings := bounds(today)
		for _, later := range []string{"2026-12-31", "2027-02-28", "2027-11-22", "2040-01-01"} {
			r := b.audit(m, later)
			f, c := bounds(r)
			if up := append(rises(floors, f), rises(ceilings, c)...); len(up) > 0 {
				t.Errorf("%s on %s: %v rise", m.Name(), later, up)
			}
			for i, finding := range r.Findings {
				was := today.Findings[i]
				if finding.Outcome != was.Outcome && (was.Outcome != audit.Pass || finding.Outcome != audit.Unknown) {
					t.Errorf("%s on %s: %s was %s and is %s", m.Name(), later, finding.Rule, was.Word, finding.Word)
				}
				for _, p := range finding.Places {
					if finding.Outcome == audit.Pass && p.Statement != nil && p.Statement.ReviewBy != "" && p.Statement.ReviewBy < later {
						t.Errorf("%s on %s: %s passes on %s, which was to be reviewed by %s", m.Name(), later, finding.Rule, p.Pointer, p.Statement.ReviewBy)
					}
				}
			}
			if m.Lifecycle() == "retired" && !slices.Equal(words(r), words(today)) {
				t.Errorf("%s is retired and changed until %s", m.Name(), later)
			}
		}
	}
}

func words(r *audit.Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, f.Word)
	}
	return out
}

// On the last day of its review a fact counts, on the next it does not.
func TestTheDayOfReview(t *testing.T) {
	b := newBench(t)
	for _, m := range builtin(t) {
		if m.Name() != "openai/gpt-5" {
			continue
		}
		for asOf, want := range map[string]string{"2027-03-22": audit.WordMet, "2027-03-23": audit.WordUnknown} {
			for _, f := range b.audit(m, asOf).Findings {
				if f.Rule == "card-present" && f.Word != want {
					t.Errorf("on %s the card is %s, want %s", asOf, f.Word, want)
				}
			}
		}
	}
}

// Whatever is decided about a service can be followed to a source with an
// address, a day on which it was read, and who is behind it.
func TestEveryAnswerLeadsToADatedSource(t *testing.T) {
	b := newBench(t)
	for _, m := range builtin(t) {
		decided := 0
		for _, f := range b.audit(m, day).Findings {
			if f.Outcome != audit.Pass && f.Outcome != audit.Fail {
				continue
			}
			decided++
			followed := false
			for _, p := range f.Places {
				s := p.Statement
				followed = followed || s != nil && strings.HasPrefix(p.URL, "https://") && len(p.Date) == len(day) && s.Title != "" && s.Publisher != "" && s.Authority != ""
			}
			if !followed {
				t.Errorf("%s: %s is %s and leads nowhere: %+v", m.Name(), f.Rule, f.Word, f.Places)
			}
		}
		if decided < 20 {
			t.Errorf("%s: only %d rules are decided", m.Name(), decided)
		}
	}
}

// So can what each framework says of it, criterion by criterion.
func TestEveryCriterionLeadsToADatedSource(t *testing.T) {
	b := newBench(t)
	for _, m := range builtin(t) {
		for _, s := range b.audit(m, day).Scores {
			for _, a := range s.Criteria {
				if a.Outcome != audit.Pass && a.Outcome != audit.Fail {
					continue
				}
				if !slices.ContainsFunc(a.Places, func(p audit.Place) bool {
					return p.Statement != nil && strings.HasPrefix(p.URL, "https://") && len(p.Date) == len(day)
				}) {
					t.Errorf("%s: %s %s %s is %s and leads nowhere: %+v", m.Name(), s.Framework, a.ID, a.Title, a.Word, a.Places)
				}
			}
		}
	}
}

// Nobody who only repeats what others say, and nothing without a date, counts
// above claimed.
func TestLevels(t *testing.T) {
	b := newBench(t)
	for _, m := range builtin(t) {
		for _, f := range m.Facts {
			s := f.Statement
			if (s.Authority == disclosure.Secondary || s.Published == "" || s.State == audit.Partial) && f.Level() > audit.Claimed {
				t.Errorf("%s %s is %s", m.Name(), f.Pointer, f.Level())
			}
			if f.Level() > audit.Present {
				t.Errorf("%s %s is %s: nobody can hold it", m.Name(), f.Pointer, f.Level())
			}
		}
		for _, f := range b.audit(m, day).Findings {
			for _, p := range f.Places {
				if f.Met() && f.Asked > audit.Claimed && p.Statement != nil && (p.Statement.Authority == disclosure.Secondary || p.Statement.Published == "") {
					t.Errorf("%s: %s is met on %+v", m.Name(), f.Rule, p)
				}
			}
		}
	}
}

// A no that was told is a no, and has the word for it.
func TestADisclosedNoIsANo(t *testing.T) {
	for _, m := range builtin(t) {
		ev := m.Evidence("x")
		if m.Name() != "mistral/mistral-medium-3" {
			continue
		}
		for _, pointer := range []string{"/service/bug_bounty", "/service/safe_harbour", "/policies/security/present"} {
			v, _ := ev.Get(pointer)
			f := m.Fact(pointer)
			if v != false || f.Statement.State != audit.Disclosed {
				t.Errorf("%s: %v, %s", pointer, v, f.Statement.State)
			}
		}
		for _, f := range newBench(t).audit(m, day).Findings {
			if f.Rule == "security-policy-shown" && f.Word != audit.WordNotMet {
				t.Errorf("the security policy is %s", f.Word)
			}
		}
	}
}

// Evidence of a service is evidence as any other: valid, each fact sourced, the
// same when it is written and read again.
func TestEvidence(t *testing.T) {
	schema, err := schemas.Compile("evidence")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	for _, m := range builtin(t) {
		ev := m.Evidence("api:" + m.Name())
		if err := schema.Validate(map[string]any(ev.Doc)); err != nil {
			t.Errorf("%s: %#v", m.Name(), err)
		}
		first, err := json.Marshal(ev)
		if err != nil {
			t.Fatal(err)
		}
		back := audit.NewEvidence()
		if err := json.Unmarshal(first, back); err != nil {
			t.Fatal(err)
		}
		second, err := json.Marshal(back)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s is written differently the second time: %v", m.Name(), err)
		}
		direct, again := b.audit(m, day), audit.Audit(back, b.rules, b.frameworks, audit.Tool{}, day)
		if !slices.Equal(words(direct), words(again)) {
			t.Errorf("%s is judged differently from its document", m.Name())
		}
	}
}

// A provider that tells nothing of anything passes nothing, and each silence has
// its own word.
func TestSilencePassesNothing(t *testing.T) {
	b := newBench(t)
	for state, word := range map[string]string{"not_disclosed": audit.WordNotDisclosed, "not_found": audit.WordNotFound, "unverifiable": audit.WordUnverifiable} {
		text := small[:strings.Index(small, "  /card/present")]
		for _, section := range []string{"card", "licenses", "weights", "architecture", "tokenizer", "code", "datasets", "training", "evaluation", "documents", "policies", "risk", "lineage", "signature", "checksums", "components"} {
			text += "  /" + section + ": {state: " + state + ", source: page, scope: model, review_by: \"2027-01-01\"}\n"
		}
		m, err := reader(t, day).Read("acme/m-1.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		r := b.audit(m, day)
		seen := 0
		for _, f := range r.Findings {
			if f.Outcome == audit.Pass {
				t.Errorf("%s: %s passes on %+v", state, f.Rule, f.Places)
			}
			if f.Outcome == audit.Fail {
				seen++
				if f.Word != word {
					t.Errorf("%s: %s is %s", state, f.Rule, f.Word)
				}
			}
		}
		if seen < 40 {
			t.Errorf("%s: only %d rules fail", state, seen)
		}
	}
}

// draw makes a manifest that tells some of what rules ask for, from sources of
// every kind, well and badly.
func draw(rng *rand.Rand, all []*audit.Rule) *disclosure.Manifest {
	one := func(from ...string) string { return from[rng.IntN(len(from))] }
	m := &disclosure.Manifest{File: "acme/m.yaml", Provider: "acme", Model: "m"}
	for _, r := range all {
		section := strings.Split(r.Needs, "/")[1]
		if r.Each || section == "relations" || section == "files" || section == "subject" || rng.IntN(3) == 0 || m.Fact(r.Needs) != nil {
			continue
		}
		examples := r.Pass
		if rng.IntN(4) == 0 {
			examples = r.Fail
		}
		f := disclosure.Fact{Pointer: r.Needs, Value: examples[rng.IntN(len(examples))], Source: disclosure.Source{URL: "https://acme.example", Retrieved: day}}
		f.Statement = audit.Statement{
			State: audit.Disclosed, Title: "t", Publisher: "p", Published: one("", "2026", "2026-05-01"), Scope: one("model", "company"),
			Authority: one(disclosure.FirstParty, disclosure.Independent, disclosure.Secondary), ReviewBy: one("", "2026-12-01", "2027-06-01"),
		}
		if rng.IntN(4) == 0 {
			f.Statement.State = audit.Partial
		}
		m.Facts = append(m.Facts, f)
		slices.SortFunc(m.Facts, func(a, b disclosure.Fact) int { return strings.Compare(a.Pointer, b.Pointer) })
	}
	return m
}

// What holds of our manifests holds of anybody's.
func TestPropertiesOfDrawnManifests(t *testing.T) {
	b := newBench(t)
	rng := rand.New(rand.NewPCG(11, 5))
	told := 0
	for range 60 {
		m := draw(rng, b.rules)
		r := b.audit(m, day)
		floors, ceilings := bounds(r)
		for i := range m.Facts {
			if rng.IntN(4) > 0 {
				continue
			}
			after, _ := bounds(b.audit(without(m, func(j int) bool { return i == j }), day))
			if up := rises(floors, after); len(up) > 0 {
				t.Errorf("hiding %s raises %v", m.Facts[i].Pointer, up)
			}
		}
		f, c := bounds(b.audit(m, "2027-01-01"))
		if up := append(rises(floors, f), rises(ceilings, c)...); len(up) > 0 {
			t.Errorf("half a year later %v rise", up)
		}
		for _, f := range r.Findings {
			if f.Met() && f.Asked > audit.Claimed {
				told++
			}
			if f.Met() && f.Asked == audit.Verified {
				t.Errorf("%s is met by a statement: %+v", f.Rule, f.Places)
			}
		}
		if floors["glassbox openness"] > 30 || ceilings["glassbox trust"] > 100 {
			t.Errorf("openness of what nobody can hold: %d", floors["glassbox openness"])
		}
	}
	if told == 0 {
		t.Error("nothing that was drawn counted for anything")
	}
}

// Each indicator of the index that a manifest quotes is asked of it, and has an
// answer there.
func TestEveryQuotedIndicatorIsLookedAt(t *testing.T) {
	b := newBench(t)
	quoted := regexp.MustCompile(`#(\d+): [01]`)
	for _, m := range builtin(t) {
		answers := map[string]audit.Answer{}
		for _, s := range b.audit(m, day).Scores {
			if s.Framework == "fmti" {
				for _, a := range s.Criteria {
					answers[a.ID] = a
				}
			}
		}
		seen := map[string]bool{}
		for _, f := range m.Facts {
			for _, n := range quoted.FindAllStringSubmatch(f.Statement.Says, -1) {
				seen[n[1]] = true
				if a, ok := answers[n[1]]; !ok || a.Outcome == audit.Unknown && a.Attest == "" {
					t.Errorf("%s: %s quotes indicator %s, and it is %q", m.Name(), f.Pointer, n[1], a.Word)
				}
			}
		}
		if len(seen) < 20 {
			t.Errorf("%s quotes %d indicators only", m.Name(), len(seen))
		}
	}
}
