package license

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An edit changes a text the way copies differ, without touching its terms.
type edit struct {
	name string
	do   func(string) string
}

var (
	year     = regexp.MustCompile(`\b(19|20)\d\d\b`)
	vendor   = regexp.MustCompile(`\b(Meta Platforms Ireland Limited|Meta Platforms, Inc\.|Meta|META|Alibaba Cloud|DeepSeek|Stability AI Ltd\.|Stability AI|STABILITY AI|Google|NVIDIA|Databricks|Apple|LG Management Development Institute Co\., Ltd\.|Tencent|Lightricks|Playground|NAVER|Black Forest Labs|BigScience|BigCode|MiniMax|Moonshot AI|TII)\b`)
	blank    = regexp.MustCompile(`\n[ \t]*\n`)
	listItem = regexp.MustCompile(`(?m)^[ \t]*(\d+)\. `)
)

var edits = []edit{
	{"years", func(s string) string { return year.ReplaceAllString(s, "2031") }},
	{"names", func(s string) string { return vendor.ReplaceAllString(s, "Examplar") }},
	{"crlf", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }},
	{"rewrapped", func(s string) string { return rewrap(s, 58) }},
	{"unwrapped", func(s string) string { return rewrap(s, 1<<20) }},
	{"curly", func(s string) string { return strings.NewReplacer(`"`, "”", "'", "’").Replace(s) }},
	{"straight", func(s string) string { return strings.NewReplacer("“", `"`, "”", `"`, "’", "'").Replace(s) }},
	{"markdown", markdown},
	{"commented", func(s string) string { return "# " + strings.ReplaceAll(s, "\n", "\n# ") }},
	{"bom", func(s string) string { return "\ufeff" + s }},
	{"lower case", strings.ToLower},
	{"british", func(s string) string {
		return strings.NewReplacer("License", "Licence", "license", "licence").Replace(s)
	}},
}

// rewrap breaks the paragraphs of a text anew.
func rewrap(s string, width int) string {
	var b strings.Builder
	for _, para := range blank.Split(s, -1) {
		n := 0
		for _, w := range strings.Fields(para) {
			if n > 0 && n+len(w) > width {
				b.WriteByte('\n')
				n = 0
			} else if n > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(w)
			n += len(w) + 1
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

func markdown(s string) string {
	s = listItem.ReplaceAllString(s, "**$1.** ")
	paras := blank.Split(s, -1)
	for i, p := range paras {
		p = strings.TrimSpace(p)
		if i == 0 || len(p) < 60 {
			p = "## **" + strings.ReplaceAll(p, "\n", " ") + "**"
		}
		paras[i] = p
	}
	return strings.Join(paras, "\n\n")
}

// insert puts a paragraph after the middle paragraph of a text.
func insert(s, para string) string {
	at := blank.FindAllStringIndex(s, -1)
	if len(at) == 0 {
		return s + "\n\n" + para + "\n"
	}
	i := at[len(at)/2][0]
	return s[:i] + "\n\n" + para + "\n" + s[i:]
}

const (
	chatter     = "The maintainers keep a list of answers to frequent questions on the pages of the project, and are glad about every hint."
	restriction = "You may not operate the materials on Sundays, and in no case for gambling."
)

func TestEditsOfModelLicenses(t *testing.T) {
	dir := corpora(t)
	n, family, named := map[string]int{}, map[string]int{}, map[string]int{}
	for _, f := range realFiles(t, dir) {
		if f.kind != "custom" && f.kind != "modmit" {
			continue
		}
		data := string(readFile(t, dir, "real", f.file))
		want := Identify("LICENSE", []byte(data))
		for _, e := range edits {
			got := Identify("LICENSE", []byte(e.do(data)))
			n[e.name]++
			if got.Concluded == f.tableID && f.tableID != "" {
				named[e.name]++
			} else if got.Concluded != "" {
				t.Errorf("%s, %s: concluded %s", f.file, e.name, got.Concluded)
			}
			if got.Family == want.Family {
				family[e.name]++
			} else {
				t.Errorf("%s, %s: family %q, want %q; %s %s %d", f.file, e.name, got.Family, want.Family, got.Method, got.Closest, got.Similarity)
			}
		}
		for _, p := range []string{chatter, restriction} {
			got := Identify("LICENSE", []byte(insert(data, p)))
			if got.Family != want.Family || got.Concluded != "" {
				t.Errorf("%s with a paragraph: family %q (%d), concluded %q", f.file, got.Family, got.Similarity, got.Concluded)
			}
			seen := false
			for _, c := range got.Clauses {
				seen = seen || c.Added && strings.Contains(c.Quote, "Sundays")
			}
			if seen != (p == restriction) {
				t.Errorf("%s: the restriction seen: %v, in %q", f.file, seen, p)
			}
		}
	}
	for _, e := range edits {
		t.Logf("%s: %d texts, %d of the right family, %d named", e.name, n[e.name], family[e.name], named[e.name])
	}
}

func TestEditsOfStandards(t *testing.T) {
	dir := corpora(t)
	n, named := map[string]int{}, map[string]int{}
	for _, l := range All() {
		if l.SPDX == "" {
			continue
		}
		data := string(readFile(t, dir, "spdx", l.SPDX+".txt"))
		for _, e := range edits {
			got := Identify("LICENSE", []byte(e.do(data)))
			n[e.name]++
			if got.Concluded == l.SPDX || slices.Contains(got.Also, l.SPDX) {
				named[e.name]++
				continue
			}
			if got.Concluded != "" {
				t.Errorf("%s, %s: concluded %s", l.SPDX, e.name, got.Concluded)
			}
			t.Logf("%s, %s: %s %s %d", l.SPDX, e.name, got.Family, got.Method, got.Similarity)
		}
		for _, p := range []string{restriction, "For non-commercial use only.", "This license is for research.", "Military use is banned."} {
			for where, s := range map[string]string{"in": insert(data, p), "before": p + "\n\n" + data, "behind": data + "\n\n" + p} {
				got := Identify("LICENSE", []byte(s))
				if got.Concluded != "" {
					t.Errorf("%s with %q %s: concluded %s (%s %d)", l.SPDX, p, where, got.Concluded, got.Method, got.Similarity)
				}
				if !added(got) {
					t.Errorf("%s with %q %s: no added clause: %+v", l.SPDX, p, where, got)
				}
			}
		}
	}
	for _, e := range edits {
		t.Logf("%s: %d texts, %d named", e.name, n[e.name], named[e.name])
		if n[e.name]-named[e.name] > 2 {
			t.Errorf("%s: %d of %d standard texts lost their name", e.name, n[e.name]-named[e.name], n[e.name])
		}
	}
}

func added(t Text) bool {
	for _, c := range t.Clauses {
		if c.Added {
			return true
		}
	}
	return false
}
