package card

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The rows follow the regular expression of huggingface_hub 2.4.0, each tried
// with node and with python3; where the two differ the card says so.
func TestFrontMatterAsTheHubReadsIt(t *testing.T) {
	const mit = "license: mit"
	tests := []struct {
		name, text string
		state      FrontMatterState
		reason     string
		license    string // what the metadata says, "" for nothing
		start, end int
		problem    string // a kind that must be there, "" for none at all
	}{
		{"plain", "---\n" + mit + "\n---\n# T\n", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"byte order mark", "\ufeff---\n" + mit + "\n---\n", FrontMatterPresent, "", "mit", 1, 3, HubDivergence},
		{"blank lines before", "\n\n---\n" + mit + "\n---\n", FrontMatterPresent, "", "mit", 3, 5, ""},
		{"no-break space before", "\u00a0---\n" + mit + "\n---\n", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"line separator before", "\u2028---\n" + mit + "\n---\n", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"space after opening", "--- \n" + mit + "\n---\n", FrontMatterUnrecognised, ReasonSpaceAfterOpening, "", 1, 0, FrontMatterUnseen},
		{"blanks after closing", "---\n" + mit + "\n---  \t\nx", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"CRLF", "---\r\n" + mit + "\r\n---\r\nx", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"lone CR", "---\r" + mit + "\r---\rx", FrontMatterUnrecognised, ReasonCarriageReturns, "", 1, 0, FrontMatterUnseen},
		{"lone CR closing at the end", "---\r" + mit + "\r---", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"CR before an LF closing", "---\n" + mit + "\r---\n", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"empty block runs on to the next rule", "---\n---\nbody\n\n---\nmore", FrontMatterPresent, "", "", 1, 5, SwallowedBody},
		{"empty block without a later rule", "---\n---\nbody\n", FrontMatterUnrecognised, ReasonEmptyBlock, "", 1, 0, FrontMatterUnseen},
		{"empty block in CRLF", "---\r\n---\r\nbody\r\n", FrontMatterPresent, "", "", 1, 2, ""},
		{"blank block", "---\n\n---\nbody\n---\nx", FrontMatterPresent, "", "", 1, 3, ""},
		{"closed with dots", "---\n" + mit + "\n...\nx", FrontMatterUnrecognised, ReasonClosedWithDots, "", 1, 0, FrontMatterUnseen},
		{"text before", "text\n---\n" + mit + "\n---\n", FrontMatterUnrecognised, ReasonTextBefore, "", 1, 0, FrontMatterUnseen},
		{"no final newline", "---\n" + mit + "\n---", FrontMatterPresent, "", "mit", 1, 3, ""},
		{"never closed", "---\n" + mit + "\n\n# T\n", FrontMatterUnrecognised, ReasonUnterminated, "", 1, 0, FrontMatterUnseen},
		{"four dashes close nothing", "---\n" + mit + "\n----\nx: y\n---\n", FrontMatterPresent, "", "", 1, 5, InvalidYAML},
		{"indented dashes close nothing", "---\nm: |\n  x\n  ---\n" + mit + "\n---\n", FrontMatterPresent, "", "mit", 1, 6, ""},
		{"next line before", "\u0085---\n" + mit + "\n---\n", FrontMatterUnrecognised, ReasonInvisibleBefore, "", 1, 0, HubDivergence},
		{"zero-width space before", "\u200b---\n" + mit + "\n---\n", FrontMatterUnrecognised, ReasonInvisibleBefore, "", 1, 0, FrontMatterUnseen},
		{"TOML", "+++\nlicense = \"mit\"\n+++\n", FrontMatterUnrecognised, ReasonTOML, "", 1, 0, FrontMatterUnseen},
		{"UTF-16", "\xff\xfe-\x00-\x00-\x00", FrontMatterUnrecognised, ReasonUTF16, "", 0, 0, Encoding},
		{"none", "# Title\n\ntext\n\n---\n\nmore\n", FrontMatterAbsent, "", "", 0, 0, ""},
		{"a rule at the top", "---\n\n# Title\n\ntext\n", FrontMatterAbsent, "", "", 0, 0, ""},
		{"empty file", "", FrontMatterAbsent, "", "", 0, 0, ""},
		{"three dashes and no more", "---", FrontMatterAbsent, "", "", 0, 0, ""},
		{"list, not mapping", "---\n- license\n---\n", FrontMatterPresent, "", "", 1, 3, NotAMapping},
		{"null", "---\n~\n---\n", FrontMatterPresent, "", "", 1, 3, ""},
		{"comment only", "---\n# nothing\n---\n", FrontMatterPresent, "", "", 1, 3, ""},
		{"not UTF-8", "---\n" + mit + "\n---\n\xff\n", FrontMatterPresent, "", "mit", 1, 3, Encoding},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Read("README.md", []byte(test.text))
			fm := c.FrontMatter
			if fm.State != test.state || fm.Reason != test.reason || fm.StartLine != test.start || fm.EndLine != test.end {
				t.Errorf("front matter %+v, want %s %q lines %d-%d", fm, test.state, test.reason, test.start, test.end)
			}
			if got, _ := c.Metadata["license"].(string); got != test.license {
				t.Errorf("license %q, want %q", got, test.license)
			}
			checkProblem(t, c.Problems, test.problem)
		})
	}
}

func checkProblem(t *testing.T, problems []Problem, kind string) {
	t.Helper()
	for _, p := range problems {
		if p.Kind == kind {
			return
		}
	}
	if kind != "" || len(problems) > 0 {
		t.Errorf("problems %+v, want kind %q", problems, kind)
	}
}

func TestUnseenFrontMatterIsNoProse(t *testing.T) {
	c := Read("README.md", []byte("--- \nlicense: mit\ntags:\n- one\n- two\n---\n# T\n\nSome words here.\n"))
	if c.Counts.Words != 3 || len(c.Sections) != 1 || c.Sections[0].Line != 7 {
		t.Errorf("words %d, sections %+v; the block is neither text nor heading", c.Counts.Words, c.Sections)
	}
}

// What YAML libraries make of scalars is lost on nobody who compares licences
// and versions: the source text stays.
func TestMetadataKeepsSourceText(t *testing.T) {
	tests := []struct{ yaml, json string }{
		{"v: 1.10", `{"v":1.10}`},
		{"v: 010", `{"v":"010"}`},
		{"v: 0x1F", `{"v":"0x1F"}`},
		{"v: 1_000", `{"v":"1_000"}`},
		{"v: .5", `{"v":".5"}`},
		{"v: 1e-5", `{"v":1e-5}`},
		{"v: 1e99999", `{"v":"1e99999"}`},
		{"v: 2024-01-01", `{"v":"2024-01-01"}`},
		{"v: 1:30", `{"v":"1:30"}`},
		{"v: .inf", `{"v":".inf"}`},
		{"v: no", `{"v":false}`},
		{"v: On", `{"v":true}`},
		{"v: 'no'", `{"v":"no"}`},
		{"v: n", `{"v":"n"}`},
		{"v:", `{"v":null}`},
		{"v: ~", `{"v":null}`},
		{"v: ''", `{"v":""}`},
		{"v: !!str 5", `{"v":"5"}`},
		{"1: a", `{"1":"a"}`},
		{"no: a", `{"no":"a"}`},
		{"v: [a, {b: c}]", `{"v":["a",{"b":"c"}]}`},
		{"a: &x [1]\nv: *x", `{"a":[1],"v":[1]}`},
		{"a: &x {k: 1, l: 2}\nv:\n  <<: *x\n  k: 3", `{"a":{"k":1,"l":2},"v":{"k":3,"l":2}}`},
		{"v: 100K<n", `{"v":"100K\u003cn"}`},
	}
	for _, test := range tests {
		c := Read("README.md", []byte("---\n"+test.yaml+"\n---\n"))
		got, err := json.Marshal(c.Metadata)
		if err != nil || string(got) != test.json {
			t.Errorf("%q: got %s (%v), want %s; problems %+v", test.yaml, got, err, test.json, c.Problems)
		}
	}
}

func TestMetadataProblems(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c <= 'h'; c++ {
		bomb += fmt.Sprintf("%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat("*"+string(c-1)+",", 9), ","))
	}
	tests := []struct {
		name, yaml, kind string
		line             int
		valid            bool
	}{
		{"duplicate key", "license: mit\ntags: []\nlicense: apache-2.0", DuplicateKey, 4, true},
		{"null in a list", "datasets:\n- null", NullEntry, 3, true},
		{"empty key", "license:", NullEntry, 2, true},
		{"empty entry", "tags:\n- ''", NullEntry, 3, true},
		{"mapping for a license", "license: {id: mit}", WrongType, 2, true},
		{"number for a license", "license: 3", WrongType, 2, true},
		{"Norwegian as a boolean", "language:\n- en\n- no", BooleanWord, 4, true},
		{"other without a name", "license: other", LicenseName, 2, true},
		{"a name without other", "license: mit\nlicense_name: x", LicenseName, 3, true},
		{"old key", "languages: en", LegacyKey, 2, true},
		{"gated by a word", "gated: perhaps", WrongType, 2, true},
		{"emissions in words", "co2_eq_emissions: much", WrongType, 2, true},
		{"syntax", "a: [", InvalidYAML, 2, false},
		{"tab", "a: b\n\tc: d", InvalidYAML, 3, false},
		{"template", "license: {{ license }}", InvalidYAML, 2, false},
		{"code", "a: !!python/object:os.system x", InvalidYAML, 2, false},
		{"two documents", "a: b\n--- c", InvalidYAML, 3, false},
		{"list as a key", "? [a]\n: b", InvalidYAML, 2, false},
		{"merge of a scalar", "<<: a", InvalidYAML, 2, false},
		{"alias bomb", strings.TrimSpace(bomb), AliasBomb, 0, false},
		{"alias of itself", "a: &a [*a]", AliasBomb, 0, false},
		{"too deep", "a: " + strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2), LimitHit, 0, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Read("README.md", []byte("---\n"+test.yaml+"\n---\n"))
			if c.FrontMatter.Valid != test.valid || (c.Metadata != nil) != test.valid {
				t.Errorf("valid %v, metadata %v, want valid %v", c.FrontMatter.Valid, c.Metadata, test.valid)
			}
			for _, p := range c.Problems {
				if p.Kind == test.kind && p.Line == test.line && p.Message != "" {
					return
				}
			}
			t.Errorf("problems %+v, want %s on line %d", c.Problems, test.kind, test.line)
		})
	}
}

func TestDuplicateKeyLastWins(t *testing.T) {
	c := Read("README.md", []byte("---\nlicense: mit\nlicense: apache-2.0\n---\n"))
	if c.Metadata["license"] != "apache-2.0" || c.Declared.Licenses[0] != (Item{"apache-2.0", 3}) {
		t.Errorf("metadata %v, declared %v: the last one counts", c.Metadata, c.Declared.Licenses)
	}
}

func TestMetadataLines(t *testing.T) {
	c := Read("README.md", []byte("\n---\nlicense: mit\ntags:\n- a/b\n- c\nmodel-index:\n- name: x\n  results: []\n\"x/y\": 1\n---\n"))
	want := map[string]int{"/license": 3, "/tags": 4, "/tags/0": 5, "/tags/1": 6, "/model-index": 7, "/model-index/0": 8,
		"/model-index/0/name": 8, "/model-index/0/results": 9, "/x~1y": 10}
	if !reflect.DeepEqual(c.MetadataLines, want) {
		t.Errorf("lines %v, want %v", c.MetadataLines, want)
	}
}

func TestFrontMatterTooLarge(t *testing.T) {
	c := Read("README.md", []byte("---\nx: "+strings.Repeat("a", MaxFrontMatter)+"\n---\n# Uses\n\nSome words.\n"))
	if c.Truncated != "front_matter" || c.FrontMatter.Valid || c.Metadata != nil || c.Counts.Words != 2 {
		t.Errorf("truncated %q valid %v words %d: the block is not read, the body is", c.Truncated, c.FrontMatter.Valid, c.Counts.Words)
	}
}
