package card

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// hubExpression is the Hub's regular expression with JavaScript's white space
// written out. Go's engine prefers the same match as a backtracking one.
var hubExpression = regexp.MustCompile("^([\\t-\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}]*---(?:\\r\\n|\\r|\\n))" +
	"((?s:.*?))((?:\\r\\n|\\r|\\n)---[ \\t]*(?:\\r\\n|\\n|\\z))")

var seeds = []string{
	"", "---", "---\n", "---\n---\n", "---\r\n---\r\n", "---\nlicense: mit\n---\n# T\n", "\ufeff\n---\r\na: b\r\n---  \r\nx", "---\ra: 1\r---", "--- \na: b\n---\n",
	"---\na: &x [*x]\n---\n", "---\n- a\n---\n", "---\n? [a]\n---\n", "+++\na\n+++\n", "x\n---\nlicense: mit\n---\n",
	nested, mct2, "# A\n\n<h2>B</h2>\n\n| a | b |\n|---|---|\n| c | d |\n", "[a](b \"c\") ![d](e) [f][g]\n\n[g]: <h>\n", "`a` ``b`c`` <!-- d --> {{ e }} &amp; \\* **f** __g__ ~~h~~",
	"<table><tr><td>a\n\n</td></tr></table>\n\nb", "- **License:** mit\n- **Parameters:** ~7.5B (6.74 billion), 8x7B\n", "This model has 7B parameters and a context length of 8k.\n",
	"# T\n\nIt is released under the MIT license. It was trained on 2T tokens.\n", "> - 1. a\n> \n>   b\n", "a.\vb\u200b。c", "- - - - - - - - - - a\n", strings.Repeat(" ", 200) + "- a",
}

func FuzzFrontMatter(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !utf8.Valid(data) {
			return
		}
		p := split(data)
		m := hubExpression.FindSubmatchIndex(data)
		if (m != nil) != (p.matter.State == FrontMatterPresent) {
			t.Fatalf("%q: %+v, the expression matches at %v", data, p.matter, m)
		}
		if m != nil && (!bytes.Equal(p.block, data[m[4]:m[5]]) || !bytes.Equal(p.body, data[m[1]:])) {
			t.Fatalf("%q: block %q body %q, the expression has %q and %q", data, p.block, p.body, data[m[4]:m[5]], data[m[1]:])
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Read("README.md", data)
		checkCard(t, c, data)
		if again := Read("README.md", data); !reflect.DeepEqual(c, again) {
			t.Fatal("read twice, two cards")
		}
	})
}

// checkCard checks what holds for any card.
func checkCard(t *testing.T, c *Card, data []byte) {
	t.Helper()
	lines := 1 + lineEnds(data)
	inFile := func(what string, line, least int) {
		if line < least || line > lines {
			t.Fatalf("%s on line %d of %d", what, line, lines)
		}
	}
	sum := c.Lead
	for i := range c.Sections {
		s := &c.Sections[i]
		inFile("section "+s.Heading, s.Line, 1)
		if s.Parent >= i || s.Parent >= 0 && c.Sections[s.Parent].Level >= s.Level {
			t.Fatalf("section %d %+v below %d", i, s, s.Parent)
		}
		if s.Own.Words < 0 || s.Words < s.Own.Words || s.Placeholder && s.Words > 0 {
			t.Fatalf("section %+v", s)
		}
		sum.add(s.Own)
	}
	if sum != c.Counts {
		t.Fatalf("counts %+v, the sections have %+v", c.Counts, sum)
	}
	for _, l := range c.Links {
		inFile("link", l.Line, 1)
	}
	for _, f := range c.Fields {
		inFile("field", f.Line, 1)
	}
	for _, p := range c.Problems {
		inFile("problem", p.Line, 0)
	}
	for _, line := range c.MetadataLines {
		inFile("metadata", line, 1)
	}
	for _, cl := range c.Claims {
		inFile("claim", cl.Line, 1)
		if cl.Kind == "" || len(cl.Values) == 0 || cl.Where == "" || cl.About == "" {
			t.Fatalf("claim %+v", cl)
		}
		for _, q := range cl.Quantities {
			if q.Low > q.Value || q.High < q.Value {
				t.Fatalf("claim %+v", cl)
			}
		}
	}
	if _, err := json.Marshal(c.Metadata); err != nil {
		t.Fatal(err)
	}
}

func FuzzReadJSON(f *testing.F) {
	for _, s := range append(seeds, `{"model_details":{"license":"x"},"considerations":{"limitations":["a"]}}`, `{"model_details":{},"intended_use":1,"factors":[null]}`) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if c, ok := ReadJSON("card.json", data); ok {
			checkCard(t, c, data)
		}
	})
}

func FuzzEvalResults(f *testing.F) {
	for _, s := range append(seeds, "- dataset: {id: a, task_id: b}\n  value: 1\n", "- data: {value: 1}\n", "- a\n- [b]\n") {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		results, _ := ReadEvalResults("x.yaml", data)
		for _, r := range results {
			if r.Line < 1 || r.Line > 1+lineEnds(data) {
				t.Fatalf("result on line %d", r.Line)
			}
		}
	})
}

// FuzzClaims gives sentences to the search for claims, under a heading and with
// a name of the model where they count.
func FuzzClaims(f *testing.F) {
	for _, s := range []string{"This model has 7B parameters, 8x7B or 1.5-billion-parameter.", "Context length of up to 128K tokens.", "12 layers", "released under the MIT license", "parameters: 7B", "fine-tuned from `a/b`"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		data := []byte("# Tiny LM\n\n## Model Details\n\nTiny LM " + text + "\n\n- **Parameters:** " + text + "\n")
		checkCard(t, Read("README.md", data), data)
	})
}

func FuzzReadDocument(f *testing.F) {
	f.Add("a.md", []byte("# Report\n\nWe measured. What did you measure? Please describe it.\n"))
	f.Add("a.tex", []byte("\\title{A}\n\\begin{abstract}\nText.\n\\end{abstract}\n\\section{B} % c\n"))
	f.Add("a.html", []byte("<h1>A</h1><p>Text"))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		c := ReadDocument(name, data)
		if c.Counts.Words < 0 || c.Counts.Words > len(data)+1 || len(c.Claims)+len(c.Statements) > 0 {
			t.Errorf("%d words of %d bytes, %d claims, %d statements", c.Counts.Words, len(data), len(c.Claims), len(c.Statements))
		}
	})
}
