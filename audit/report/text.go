package report

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/olekukonko/tablewriter/pkg/twwidth"

	"glassbox/audit"
)

// width counts the columns a text takes.
func width(s string) int { return twwidth.Width(s) }

// pad fills a text up with spaces.
func pad(s string, n int) string {
	if d := n - width(s); d > 0 {
		return s + strings.Repeat(" ", d)
	}
	return s
}

// cut shortens a text to n columns, with an ellipsis where something went.
func cut(s string, n int) string {
	if width(s) <= n {
		return s
	}
	var b strings.Builder
	used := 0
	for _, r := range s {
		w := width(string(r))
		if used+w > n-1 {
			break
		}
		b.WriteRune(r)
		used += w
	}
	return b.String() + "…"
}

// wrap breaks a text at spaces into lines of at most n columns; a word longer
// than a line is cut into pieces.
func wrap(s string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for width(word) > n {
			head := strings.TrimSuffix(cut(word, n), "…")
			if head == "" {
				break
			}
			if line != "" {
				lines, line = append(lines, line), ""
			}
			lines = append(lines, head)
			word = strings.TrimPrefix(word, head)
		}
		switch {
		case line == "":
			line = word
		case width(line)+1+width(word) <= n:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}

// Size writes a number of bytes with one decimal, in powers of 1000 as disks are sold.
func Size(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if f /= 1000; f < 999.95 {
			return fmt.Sprintf("%.1f %s", f, unit)
		}
	}
	return fmt.Sprintf("%.1f PB", f/1000)
}

// count writes a large whole number as people say it: 7B, 1.2M.
func count(n int64) string {
	for _, u := range []struct {
		size int64
		unit string
	}{{1e12, "T"}, {1e9, "B"}, {1e6, "M"}} {
		if n >= u.size {
			s := strconv.FormatFloat(float64(n)/float64(u.size), 'f', 2, 64)
			return strings.TrimRight(strings.TrimRight(s, "0"), ".") + u.unit
		}
	}
	return strconv.FormatInt(n, 10)
}

// show writes an observed value in a few words.
func show(v any) string {
	switch v := v.(type) {
	case nil:
		return "nothing"
	case string:
		if v == "" {
			return "nothing"
		}
		return cut(Abbreviated(Clean(v)), 48)
	case bool:
		if v {
			return "yes"
		}
		return "no"
	case int64:
		return number(v)
	case float64:
		if v == float64(int64(v)) {
			return number(int64(v))
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case []any:
		if len(v) == 0 {
			return "none"
		}
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = show(x)
		}
		return strings.Join(parts, ", ")
	}
	return "…"
}

// digestText is how digests are written everywhere.
var digestText = regexp.MustCompile(`\b([a-z0-9-]+:[0-9a-f]{12})[0-9a-f]{20,}\b`)

// Abbreviated shortens the digests in a text to what tells them from others at a
// glance. Whole ones stand in the documents.
func Abbreviated(s string) string { return digestText.ReplaceAllString(s, "$1…") }

// number writes counts below a million in full, in groups of three digits: a
// context length is read digit by digit, a model's size is not.
func number(n int64) string {
	if n >= 1e6 || n <= -1e6 {
		return count(n)
	}
	s := strconv.FormatInt(n, 10)
	if cut := len(s) - 3; cut > 0 && s[cut-1] != '-' && len(s) > 4 {
		s = s[:cut] + "," + s[cut:]
	}
	return s
}

// maxPath is the width from which a path is shortened where a person reads it;
// the documents have it whole.
const maxPath = 100

// middle leaves out the middle of what is wider than n columns: a path tells
// most at its ends.
func middle(s string, n int) string {
	if width(s) <= n {
		return s
	}
	runes := []rune(s)
	tail, used := len(runes), 0
	for tail > 0 && used+width(string(runes[tail-1])) <= n*2/3 {
		tail--
		used += width(string(runes[tail]))
	}
	return cut(s, n-used) + string(runes[tail:])
}

// source names who said something, and when.
func source(s *audit.Statement) string {
	when := s.Published
	if when == "" {
		when = "undated"
	}
	return Clean(s.Publisher + ", " + when)
}

// where writes path and line of a place, "" where it has none.
func where(p audit.Place) string {
	switch {
	case p.Statement != nil:
		return source(p.Statement)
	case p.Path != "" && p.Line > 0:
		return fmt.Sprintf("%s:%d", middle(Clean(p.Path), maxPath), p.Line)
	case p.Path != "":
		return middle(Clean(p.Path), maxPath)
	}
	return Clean(p.URL)
}
