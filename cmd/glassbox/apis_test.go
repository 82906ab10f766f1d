package main

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"glassbox/schemas"
)

// What is written of services follows the published schemas, and does not depend
// on where and when it is written.
func TestServicesFollowTheirSchemas(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795305600")
	for _, c := range []struct {
		schema string
		args   []string
	}{
		{"report", []string{"audit", "api:openai/gpt-5", "-o", "json"}},
		{"report", []string{"audit", "api:mistral/mistral-medium-3", "-o", "json"}},
		{"report", []string{"audit", "../../testdata/releases/exemplary", "-o", "json", "--as-of", "2027-06-01"}},
		{"difference", []string{"diff", "../../testdata/golden/contradicting.report.json", "../../testdata/golden/contradicting.report.json", "-o", "json"}},
		{"comparison", []string{"compare", "../../testdata/releases/contradicting", "api:openai/gpt-5", "api:xai/grok-3", "-o", "json"}},
	} {
		schema, err := schemas.Compile(c.schema)
		if err != nil {
			t.Fatal(err)
		}
		first, second := printed(t, c.args), printed(t, c.args)
		if !bytes.Equal(first, second) {
			t.Errorf("%v: two runs differ", c.args)
		}
		t.Setenv("TZ", "Pacific/Kiritimati")
		t.Setenv("LC_ALL", "de_DE.UTF-8")
		if third := printed(t, c.args); !bytes.Equal(first, third) {
			t.Errorf("%v: time zone or locale make a difference", c.args)
		}
		dec := json.NewDecoder(bytes.NewReader(first))
		dec.UseNumber()
		var doc any
		if err := dec.Decode(&doc); err != nil {
			t.Fatalf("%v: %v", c.args, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%v: %#v", c.args, err)
		}
	}
}

func printed(t *testing.T, args []string) []byte {
	t.Helper()
	var out, complaints bytes.Buffer
	if code := run(context.Background(), args, &out, &complaints); out.Len() == 0 {
		t.Fatalf("%v: exit code %d: %s", args, code, complaints.String())
	}
	return out.Bytes()
}

// No line of a comparison is wider than the terminal, and no text of a release
// reaches it unclean.
func TestComparisonsFitTheTerminal(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795305600")
	for _, columns := range []string{"60", "80", "120"} {
		t.Setenv("COLUMNS", columns)
		for _, args := range [][]string{
			{"compare", "../../testdata/releases/hostile", "api:openai/gpt-5", "-v"},
			{"compare", "../../testdata/releases/exemplary", "api:openai/gpt-5", "api:xai/grok-3", "api:openai/o3", "-v"},
		} {
			for line := range bytes.Lines(printed(t, args)) {
				if n := len([]rune(string(bytes.TrimRight(line, "\n")))); columns == "60" && n > 60 || columns == "80" && n > 80 || n > 120 {
					t.Errorf("%s columns: %d: %s", columns, n, line)
				}
			}
		}
	}
}
