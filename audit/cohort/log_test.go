package cohort_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"glassbox/audit/cohort"
	"glassbox/schemas"
)

const rules = "sha256:1111111111111111111111111111111111111111111111111111111111111111"

// written is a log of a beginning and n notes and overrides.
func written(t testing.TB, n int) []byte {
	t.Helper()
	l := &cohort.Log{}
	var out []byte
	add := func(e cohort.Entry) {
		e.When, e.Who = "2026-11-22T10:00:00Z", "Ana"
		line, err := l.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, line...)
	}
	add(cohort.Entry{Kind: cohort.Begin, Rules: rules})
	for i := range n {
		if i%2 == 0 {
			add(cohort.Entry{Kind: cohort.Note, Reason: fmt.Sprint("remark <", i, "> é \u2028")})
			continue
		}
		add(cohort.Entry{Kind: cohort.Overrule, Subject: "sha256:a", Name: "a", Rule: "data-card", From: "not shown", To: "met", Reason: "annex", Evidence: "annex.pdf", Expires: "2027-01-31"})
	}
	return out
}

func TestLogIsRead(t *testing.T) {
	data := written(t, 6)
	l, err := cohort.ReadLog(data, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Entries) != 7 || l.Head() != l.Entries[6].Digest {
		t.Errorf("%d entries, head %s", len(l.Entries), l.Head())
	}
	if _, err := cohort.ReadLog(data, l.Entries[3].Digest); err != nil {
		t.Errorf("a head that was noted before others wrote: %v", err)
	}
	if l, err := cohort.ReadLog(nil, ""); err != nil || l.Head() != "" {
		t.Errorf("an empty log: %v", err)
	}
	schema, err := schemas.Compile("review")
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		var v any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(v); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// tamperedLines are the lines that a log is found wrong at.
func tamperedLines(t *testing.T, data []byte, head string) string {
	t.Helper()
	_, err := cohort.ReadLog(data, head)
	if err == nil {
		return "none"
	}
	var out []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		one, ok := errors.AsType[*cohort.Tampering](e)
		if !ok {
			t.Fatalf("%v is not about the log", e)
		}
		out = append(out, one.Error())
	}
	return strings.Join(out, "\n")
}

func TestTamperingIsNamed(t *testing.T) {
	data := written(t, 5)
	l, err := cohort.ReadLog(data, "")
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(data, []byte("\n"))[:6]
	join := func(at ...int) []byte {
		var out []byte
		for _, i := range at {
			out = append(out, lines[i-1]...)
		}
		return out
	}
	// A line that was rewritten with a digest that fits it.
	forged := l.Entries[2]
	forged.To = "not met"
	fit := &cohort.Log{Entries: append([]cohort.Entry(nil), l.Entries[:2]...)}
	rewritten, err := fit.Append(forged)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		head string
		want string
	}{
		"nothing":        {data, l.Head(), "none"},
		"changed":        {bytes.Replace(data, []byte("annex.pdf"), []byte("other.pdf"), 1), "", "line 3: changed: what it says is not what its digest was made of"},
		"last changed":   {bytes.Replace(data, []byte("remark <4>"), []byte("remark <5>"), 1), "", "line 6: changed: what it says is not what its digest was made of"},
		"rewritten":      {bytes.Join([][]byte{lines[0], lines[1], rewritten, lines[3], lines[4], lines[5]}, nil), "", "line 4: it was written after another line than line 3, which was replaced"},
		"dropped":        {join(1, 2, 4, 5, 6), "", "line 3: entry 4 stands where entry 3 should: 1 line before it dropped or moved"},
		"first dropped":  {join(2, 3, 4, 5, 6), "", "line 1: entry 2 stands where entry 1 should: 1 line before it dropped or moved"},
		"moved":          {join(1, 2, 4, 3, 5, 6), "", "line 3: entry 4 stands where entry 3 should: 1 line before it dropped or moved"},
		"twice":          {join(1, 2, 2, 3, 4, 5, 6), "", "line 3: entry 2 stands here again: it is a copy of line 2"},
		"end cut off":    {join(1, 2, 3, 4), l.Head(), "cut off or rewritten: no line has the digest " + l.Head() + " that was noted before"},
		"last line torn": {data[:len(data)-5], "", "line 6: cut off: it does not end as a line does"},
		"spaces":         {bytes.Replace(data, []byte(`{"seq":3,`), []byte(`{"seq": 3,`), 1), "", "line 3: changed: it is not written as entries are"},
		"two members":    {bytes.Replace(data, []byte(`"to":"met"`), []byte(`"to":"not met","to":"met"`), 1), "", "line 3: changed: it is not written as entries are"},
		"no entry":       {append(bytes.Clone(data), "{}\n"...), "", "line 7: changed: what it says is not what its digest was made of"},
		"a text":         {append(bytes.Clone(data), "hello\n"...), "", "line 7: changed: it cannot be read as an entry"},
		"two in a line":  {append(bytes.TrimSuffix(bytes.Clone(data), []byte("\n")), "{}\n"...), "", "line 6: changed: something stands behind the entry"},
		"empty line":     {append(bytes.Clone(data), '\n'), "", "line 7: changed: it cannot be read as an entry"},
	} {
		got := tamperedLines(t, c.data, c.head)
		if first, _, _ := strings.Cut(got, "\n"); first != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// A log of which one byte is another, a line is gone, or two lines have changed
// places is never read as a log: with the head that was noted, nor is one that
// ends early.
func TestNoChangedLogIsRead(t *testing.T) {
	g := rand.New(rand.NewPCG(9, 9))
	for range 2000 {
		data := written(t, 1+g.IntN(8))
		l, err := cohort.ReadLog(data, "")
		if err != nil {
			t.Fatal(err)
		}
		lines := bytes.SplitAfter(data, []byte("\n"))
		lines = lines[:len(lines)-1]
		var bad []byte
		how := g.IntN(4)
		switch how {
		case 0: // another byte
			bad = bytes.Clone(data)
			bad[g.IntN(len(bad))] ^= byte(1 + g.IntN(255))
		case 1: // a line dropped
			i := g.IntN(len(lines))
			bad = bytes.Join(append(append([][]byte(nil), lines[:i]...), lines[i+1:]...), nil)
		case 2: // two lines exchanged
			i, j := g.IntN(len(lines)), g.IntN(len(lines))
			if i == j {
				continue
			}
			other := append([][]byte(nil), lines...)
			other[i], other[j] = other[j], other[i]
			bad = bytes.Join(other, nil)
		case 3: // the end cut off
			bad = data[:g.IntN(len(data))]
		}
		if _, err := cohort.ReadLog(bad, l.Head()); err == nil {
			t.Fatalf("way %d: read\n%s\nwhich was\n%s", how, bad, data)
		}
	}
}

func TestEntriesHaveWhatTheyNeed(t *testing.T) {
	whole := cohort.Entry{Kind: cohort.Overrule, When: "2026-11-22T10:00:00Z", Who: "Ana", Subject: "sha256:a", Rule: "data-card", From: "not shown", To: "met", Reason: "annex", Evidence: "annex.pdf", Expires: "2027-01-31"}
	for name, change := range map[string]func(*cohort.Entry){
		"no name":       func(e *cohort.Entry) { e.Who = " " },
		"no reason":     func(e *cohort.Entry) { e.Reason = "" },
		"no evidence":   func(e *cohort.Entry) { e.Evidence = "" },
		"no end":        func(e *cohort.Entry) { e.Expires = "" },
		"no day":        func(e *cohort.Entry) { e.Expires = "2027-02-30" },
		"no word":       func(e *cohort.Entry) { e.To = "good" },
		"the same word": func(e *cohort.Entry) { e.From = "met" },
		"no time":       func(e *cohort.Entry) { e.When = "today" },
		"no kind":       func(e *cohort.Entry) { e.Kind = "praise" },
		"no such entry": func(e *cohort.Entry) { e.Kind, e.Of = cohort.Withdrawal, 9 },
		"not theirs":    func(e *cohort.Entry) { e.Kind, e.Of, e.Who = cohort.Withdrawal, 2, "Ben" },
		"a beginning":   func(e *cohort.Entry) { e.Kind, e.Rules = cohort.Begin, rules },
		"too long":      func(e *cohort.Entry) { e.Reason = strings.Repeat("x", cohort.MaxLine) },
	} {
		l, err := cohort.ReadLog(written(t, 2), "")
		if err != nil {
			t.Fatal(err)
		}
		e := whole
		change(&e)
		if line, err := l.Append(e); err == nil {
			t.Errorf("%s: %s", name, line)
		}
	}
}

func FuzzReadLog(f *testing.F) {
	f.Add(written(f, 4), "")
	f.Add([]byte("{}\n{}\n"), rules)
	f.Fuzz(func(t *testing.T, data []byte, head string) {
		l, err := cohort.ReadLog(data, head)
		if err != nil {
			return
		}
		// Whatever is read is exactly what these entries are written as.
		again := &cohort.Log{}
		var out []byte
		for _, e := range l.Entries {
			line, err := again.Append(e)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, line...)
		}
		if !bytes.Equal(out, data) {
			t.Errorf("read as %q", out)
		}
	})
}
