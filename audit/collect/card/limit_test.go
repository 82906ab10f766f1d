package card

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// repeat fills n bytes with a text.
func repeat(s string, n int) string { return strings.Repeat(s, n/len(s)) }

// hostile are texts that cost naive readers time or memory out of proportion.
var hostile = []struct{ name, start, unit string }{
	{"list-items", "", "-\n"},
	{"nested-marks", "", strings.Repeat("- ", 60) + "a\n"},
	{"nested-quotes", "", strings.Repeat(">", 60) + "a\n"},
	{"one-line-of-quotes", "", ">"},
	{"lazy-continuation", strings.Repeat(">", 50), "a\n"},
	{"indentation", "", strings.Repeat(" ", 500) + "- a\n"},
	{"open-brackets", "", "["},
	{"open-links", "", "[a]("},
	{"closing-links", "", "](("},
	{"open-comments", "x ", "<!-- "},
	{"open-tags", "x ", "<a "},
	{"open-headings", "", "<h1>"},
	{"headings", "", "# a\n"},
	{"HTML-headings", "", "<h1>a</h1>"},
	{"HTML-tables", "", "<table><tr><td>"},
	{"backticks", "a ", "` ``"},
	{"templates", "a ", "{{"},
	{"tables", "|a|b|\n|-|-|\n", "|a|b|\n"},
	{"references", "", "[a]: b\n\n"},
	{"one-word", "", "a"},
	{"one-sentence", "", "word "},
	{"fields", "", "- **License:** mit\n"},
	{"claims", "", "This model has 7B parameters. "},
	{"carriage-returns", "", "a\r"},
	{"unclosed-front-matter", "---\n", "a: b\n"},
}

// A card of the greatest size is read to its end or says where reading stopped,
// and no part of it grows without bound.
func TestHostileCards(t *testing.T) {
	for _, h := range hostile {
		t.Run(h.name, func(t *testing.T) {
			c := Read("README.md", []byte(h.start+repeat(h.unit, 1<<20)))
			if len(c.Sections) > MaxList || len(c.Fields) > MaxList || len(c.Links) > MaxList || len(c.Claims) > MaxList || len(c.Problems) > MaxList {
				t.Errorf("%d sections, %d fields, %d links, %d claims, %d problems", len(c.Sections), len(c.Fields), len(c.Links), len(c.Claims), len(c.Problems))
			}
		})
	}
}

func TestLimitsAreTold(t *testing.T) {
	for name, test := range map[string]struct{ text, limit string }{
		"size":     {"# T\n\n" + repeat("word ", MaxSize), "size"},
		"lines":    {repeat("a\n\n", 1<<20), "lines"},
		"sections": {repeat("# a\n", 1<<17), "sections"},
		"links":    {repeat("[a](b1) [a](b2) ", 1<<18), "links"},
		"claims":   {manySentences(), "claims"},
		"nodes":    {"---\na: [" + repeat("b,", 1<<19) + "]\n---\n", "nodes"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Read("README.md", []byte(test.text))
			if c.Truncated != test.limit {
				t.Errorf("truncated %q, want %q", c.Truncated, test.limit)
			}
			checkProblem(t, c.Problems, LimitHit)
		})
	}
	if c := Read("README.md", []byte("# T\n\nSome words.\n")); c.Truncated != "" || len(c.Problems) > 0 {
		t.Errorf("truncated %q, problems %+v", c.Truncated, c.Problems)
	}
}

func manySentences() string {
	var b strings.Builder
	for i := range MaxCandidates + 10 {
		fmt.Fprintf(&b, "Layer number%d is here.\n\n", i)
	}
	return b.String()
}

func BenchmarkHostileCard10MiB(b *testing.B) {
	for _, h := range hostile {
		data := []byte(h.start + repeat(h.unit, MaxSize))[:MaxSize]
		b.Run(h.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				Read("README.md", data)
			}
		})
	}
}

// BenchmarkPublishedCards reads all cards of the corpora once a round.
func BenchmarkPublishedCards(b *testing.B) {
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		b.Skip("GLASSBOX_CORPORA is not set: no published cards to read")
	}
	files, err := filepath.Glob(filepath.Join(root, "*-cards", "*.md"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no cards in %s: %v", root, err)
	}
	var cards [][]byte
	total := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		cards = append(cards, data)
		total += len(data)
	}
	b.SetBytes(int64(total))
	for b.Loop() {
		for _, data := range cards {
			Read("README.md", data)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(cards)), "µs/card")
}
