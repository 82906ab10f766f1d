package schemas_test

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"glassbox/schemas"
)

// A licence id, a version or a date must not change by being read.
func TestScalarsKeepWhatWasWritten(t *testing.T) {
	for text, want := range map[string]any{
		// words that YAML 1.1 would take for something else
		"no": "no", "NO": "NO", "yes": "yes", "on": "on", "off": "off", "y": "y", "n": "n", "True": "True", "FALSE": "FALSE", "Null": "Null", "NULL": "NULL",
		// dates, times, versions, numbers that are none in JSON
		"2026-11-22": "2026-11-22", "2026-11-22T10:00:00Z": "2026-11-22T10:00:00Z", "12:30:45": "12:30:45",
		"1.10": "1.10", "3.100": "3.100", "1.00": "1.00", "1.2.3": "1.2.3", "v1.0": "v1.0", "010": "010", "0x10": "0x10", "0o17": "0o17", "1_000": "1_000", "+1": "+1", ".5": ".5", "5.": "5.",
		".inf": ".inf", "-.inf": "-.inf", ".nan": ".nan", "1e400": "1e400", "-1e400": "-1e400", "1e-400": "1e-400",
		"123456789012345678901234567890": "123456789012345678901234567890", "0.12345678901234567890123": "0.12345678901234567890123",
		// what is one thing in both
		"true": true, "false": false, "null": nil, "~": nil, "": nil,
		"0": int64(0), "-0": int64(0), "42": int64(42), "-7": int64(-7), "9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"1.5": 1.5, "-0.25": -0.25, "1e3": 1e3, "1.5E-3": 0.0015, "2.0": 2.0, "100.0": 100.0, "100000000000000000000": 1e20, "1e20": 1e20,
		// quoted is text
		`"1"`: "1", `'true'`: "true", `""`: "", `"null"`: "null", `"a\tb"`: "a\tb", "'it''s'": "it's",
		"apache-2.0": "apache-2.0", "a # comment": "a", "a#b": "a#b", "https://example.org/a?b=c": "https://example.org/a?b=c",
	} {
		y, err := schemas.ReadYAML([]byte("v: " + text + "\n"))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := y.Value.(map[string]any)["v"]; got != want {
			t.Errorf("%s was read as %#v, want %#v", text, got, want)
		}
	}
}

func TestTextOverSeveralLines(t *testing.T) {
	y, err := schemas.ReadYAML([]byte("folded: >-\n  one\n  two\nliteral: |\n  1.10\n  true\nplain: one\n  two\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"folded": "one two", "literal": "1.10\ntrue\n", "plain": "one two"}
	if !reflect.DeepEqual(y.Value, want) {
		t.Errorf("%#v", y.Value)
	}
}

func TestKeysAreText(t *testing.T) {
	y, err := schemas.ReadYAML([]byte("on: 1\n2026-11-22: 2\n1.10: 3\nnull: 4\ntrue: 5\n\"a/b~c\": 6\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"on": int64(1), "2026-11-22": int64(2), "1.10": int64(3), "null": int64(4), "true": int64(5), "a/b~c": int64(6)}
	if !reflect.DeepEqual(y.Value, want) {
		t.Errorf("%#v", y.Value)
	}
	if n := y.Line("/a~1b~0c"); n != 6 {
		t.Errorf("line %d", n)
	}
}

func TestLines(t *testing.T) {
	y, err := schemas.ReadYAML([]byte(`# a comment
title: x

expect:
  minItems: 1
  items:
    - a
    -
      b: 1
text: >-
  one
  two
last: {a: 1, b: [2, 3]}
`))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]int{
		"/title": 2, "/expect": 4, "/expect/minItems": 5, "/expect/items": 6, "/expect/items/0": 7, "/expect/items/1/b": 9,
		"/text": 10, "/last": 13, "/last/b/1": 13, "": 2,
		// what is not there stands where its nearest ancestor stands
		"/expect/nothing": 4, "/expect/items/1/b/deeper/still": 9, "/nothing": 2, "no pointer": 1,
	} {
		if got := y.Line(pointer); got != want {
			t.Errorf("%q is on line %d, want %d", pointer, got, want)
		}
	}
}

func TestYAMLThatIsRefused(t *testing.T) {
	for _, row := range []struct {
		what, text string
		line       int // 0 where none is known
		why        string
	}{
		{"nothing", "", 0, "empty document"},
		{"a comment", "# a\n", 0, "empty document"},
		{"a key given twice", "a: 1\nb: 2\na: 3\n", 3, `key "a" is given twice`},
		{"a key given twice, once quoted", "a: 1\n'a': 3\n", 2, `key "a" is given twice`},
		{"a key given twice below", "x:\n  - a: 1\n    a: 1\n", 3, `key "a" is given twice`},
		{"a key given twice in a line", "{a: 1, a: 2}", 1, `key "a" is given twice`},
		{"an alias", "a: &x 1\nb: *x\n", 2, "aliases are not allowed"},
		{"an alias in a list", "a: &x 1\nb:\n  - *x\n", 3, "aliases are not allowed"},
		{"an alias as a key", "a: &x b\n*x : 1\n", 2, "only plain keys"},
		{"an alias of itself", "a: &x [*x]\n", 1, "aliases are not allowed"},
		{"a merge key", "a: 1\n<<: {b: 2}\n", 2, "only plain keys"},
		{"a list as a key", "? [a]\n: 1\n", 1, "only plain keys"},
		{"a tag", "a: !!str 1\n", 1, "tags are not allowed"},
		{"a tag of one's own", "a:\n  - !python/object:os.system x\n", 2, "tags are not allowed"},
		{"a tag on a list", "a: !!seq [1]\n", 1, "tags are not allowed"},
		{"a tag on a key", "a: 1\n!!str b: 1\n", 2, "only plain keys"},
		{"two documents", "a: 1\n---\nb: 1\n", 2, "a second document"},
		{"two documents, the second empty", "a: 1\n---\n", 2, "a second document"},
		{"two documents, the second broken", "a: 1\n---\nb: [\n", 3, ""},
		{"a tab", "a:\n\tb: 1\n", 2, "cannot start any token"},
		{"an open quote", "a: 1\nb: \"c\n", 0, ""},
		{"an open bracket", "a: 1\nb: [c\n", 0, ""},
		{"no UTF-8", "a: \xff\n", 0, "UTF-8"},
		{"a control character", "a: \x07\n", 0, "control characters"},
	} {
		y, err := schemas.ReadYAML([]byte(row.text))
		if err == nil {
			t.Errorf("%s: read as %#v", row.what, y.Value)
			continue
		}
		var s *schemas.SyntaxError
		errors.As(err, &s)
		if !strings.Contains(err.Error(), row.why) || row.line > 0 && (s == nil || s.Line != row.line) {
			t.Errorf("%s: %v, want line %d …%s…", row.what, err, row.line, row.why)
		}
	}
}

func TestBoundsOfYAML(t *testing.T) {
	list := func(n int) string { return "[" + strings.Repeat("1,", n) + "]" }
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, row := range []struct {
		what, text string
		ok         bool
	}{
		{"the largest", "a: " + strings.Repeat("x", schemas.MaxYAMLBytes-3), true},
		{"one byte more", "a: " + strings.Repeat("x", schemas.MaxYAMLBytes-2), false},
		{"as many values as may be", list(schemas.MaxYAMLNodes - 1), true},
		{"one more", list(schemas.MaxYAMLNodes), false},
		{"as deep as may be", deep(schemas.MaxYAMLDepth + 1), true},
		{"one deeper", deep(schemas.MaxYAMLDepth + 2), false},
		{"far deeper", deep(100_000), false},
		{"far deeper, in blocks", strings.Repeat("- ", 100_000) + "a", false},
	} {
		if _, err := schemas.ReadYAML([]byte(row.text)); (err == nil) != row.ok {
			t.Errorf("%s: %v", row.what, err)
		}
	}
}

// FuzzReadYAML reads anything: no panic, and what comes back is plain JSON with
// a line for every value.
func FuzzReadYAML(f *testing.F) {
	for _, seed := range []string{"a: 1\n", "- [1, {b: null}]\n", "a: &x 1\nb: *x\n", "---\n...\n", "a: 1\n---\nb", "? [a]\n: b\n", "<<: {}\n", "a: |\n  b\n", "\ufeffa: 1", "a: 1e400\nb: 1.10\nc: -0\n", "!!set {a}\n", "a:\n\tb", "{a: 1, a: 2}", "%YAML 1.2\n---\na: 1\n", "*a", "&a", "''", "- - - -", "a: \"\\ud800\""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		y, err := schemas.ReadYAML(data)
		if err != nil {
			if y != nil || err.Error() == "" {
				t.Fatalf("an error and a value: %v", err)
			}
			return
		}
		if _, err := json.Marshal(y.Value); err != nil {
			t.Fatal(err)
		}
		last := 2 // what is left out at the end stands on the line after
		for _, end := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} {
			last += strings.Count(string(data), end)
		}
		each(y.Value, "", func(pointer string, v any) {
			if n := y.Line(pointer); n < 1 || n > last {
				t.Fatalf("%s is on line %d of %d", pointer, n, last)
			}
			switch v.(type) {
			case nil, bool, int64, float64, string, []any, map[string]any:
			default:
				t.Fatalf("%s is a %T", pointer, v)
			}
		})
	})
}

func each(v any, at string, visit func(pointer string, v any)) {
	visit(at, v)
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			each(x, at+"/"+schemas.EscapePointer(k), visit)
		}
	case []any:
		for _, x := range v {
			each(x, at+"/0", visit)
		}
	}
}

func TestEscapePointer(t *testing.T) {
	for token, want := range map[string]string{"": "", "a": "a", "a/b": "a~1b", "a~b": "a~0b", "~1": "~01", "/~": "~1~0"} {
		if got := schemas.EscapePointer(token); got != want {
			t.Errorf("%q became %q, want %q", token, got, want)
		}
	}
}
