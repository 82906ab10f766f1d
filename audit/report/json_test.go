package report

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"glassbox/audit"
)

// asEncoded is what encoding/json makes of a value.
func asEncoded(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func randomValue(g *rand.Rand, depth int) any {
	texts := []string{"", `"`, `\`, `\"`, "{[,:]}", "a\nb", "\x00", "<&>", "é\u2028", `\\"`, "plain"}
	kind := g.IntN(7)
	if depth == 0 {
		kind = g.IntN(5)
	}
	switch kind {
	case 0:
		return nil
	case 1:
		return g.IntN(2) == 0
	case 2:
		return g.IntN(2000) - 1000
	case 3:
		return g.NormFloat64()
	case 4:
		return texts[g.IntN(len(texts))]
	case 5:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, randomValue(g, depth-1))
		}
		return list
	}
	m := map[string]any{}
	for range g.IntN(4) {
		m[texts[g.IntN(len(texts))]] = randomValue(g, depth-1)
	}
	return m
}

func TestJSONIsWhatTheEncoderWrites(t *testing.T) {
	g := rand.New(rand.NewPCG(5, 5))
	for range 5000 {
		v := randomValue(g, 4)
		var b bytes.Buffer
		if err := JSON(&b, v); err != nil || b.String() != asEncoded(t, v) {
			t.Fatalf("%v\n%s\nwant\n%s", err, b.String(), asEncoded(t, v))
		}
	}
	for n := range 4 {
		reports := make([]*audit.Report, n)
		for i := range reports {
			reports[i] = &audit.Report{Schema: audit.ReportSchema, AsOf: "2026-11-22", Findings: []audit.Finding{{Rule: "a", Places: []audit.Place{{Pointer: "/a/0", Value: "x\"{"}}}}}
		}
		var b bytes.Buffer
		if err := writeJSON(&b, reports, Options{Several: true}); err != nil || b.String() != asEncoded(t, reports) {
			t.Fatalf("%d reports: %v\n%s\nwant\n%s", n, err, b.String(), asEncoded(t, reports))
		}
	}
}
