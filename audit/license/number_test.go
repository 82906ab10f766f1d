package license

import (
	"strings"
	"testing"
)

// A threshold that was changed makes another licence of it, however little else
// differs.
func TestChangedNumbers(t *testing.T) {
	dir := corpora(t)
	for _, c := range []struct{ file, old, changed string }{
		{"llama2-old.LICENSE", "700 million", "7 million"},
		{"llama3_1.LICENSE", "700 million", "900 million"},
		{"llama4.LICENSE", "700 million", "7 million"},
		{"kimi-k2.5", "100 million", "10 million"},
		{"kimi-k2.5", "20 million", "2 million"},
		{"qwen-2024", "100 million", "1 million"},
		{"stability-community", "1,000,000", "10,000"},
		{"stability-community", "1,000,000", "1,900,000"},
		{"dbrx", "700 million", "70 million"},
	} {
		data := string(readFile(t, dir, "real", c.file))
		if !strings.Contains(data, c.old) {
			t.Errorf("%s does not say %q", c.file, c.old)
		}
		want := Identify("LICENSE", []byte(data))
		got := Identify("LICENSE", []byte(strings.ReplaceAll(data, c.old, c.changed)))
		if got.Concluded != "" || got.Family != want.Family {
			t.Errorf("%s with %s: concluded %q, family %q, want none of family %q", c.file, c.changed, got.Concluded, got.Family, want.Family)
		}
	}
}
