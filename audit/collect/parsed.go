package collect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"glassbox/audit"
)

// fault is something in a structured file that its format does not allow. The
// line is counted from 1 and 0 where it has no place.
type fault struct {
	message string
	line    int
}

// maxFaults bounds what is told of one file.
const maxFaults = 20

// parsed notes that a structured file was read, and what is wrong with it. Who
// reads a file more than once adds to what is known of it.
func (c *collection) parsed(path string, faults ...fault) {
	if c.faults == nil {
		c.faults = map[string][]fault{}
	}
	known := c.faults[path]
	for _, f := range faults {
		if len(known) < maxFaults && !slices.Contains(known, f) {
			known = append(known, f)
		}
	}
	c.faults[path] = known
}

// parses notes that a file was read as JSON and tells whether it is.
func (c *collection) parses(path string, data []byte) bool {
	f, broken := jsonFault(data)
	if broken {
		c.parsed(path, f)
	} else {
		c.parsed(path)
	}
	return !broken
}

// writeParsed writes the structured files that were read, with their faults. It
// writes nothing where none was: then nobody looked.
func (c *collection) writeParsed() {
	var items []any
	var sources []audit.Source
	for _, f := range c.files {
		faults, ok := c.faults[f.Path]
		if !ok {
			continue
		}
		slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.line, b.line) })
		problems := []any{}
		src := audit.Source{Path: f.Path, Level: audit.Verified}
		for _, p := range faults {
			m := map[string]any{"message": p.message}
			if p.line > 0 {
				m["line"] = p.line
				src.Line = cmp.Or(src.Line, p.line)
			}
			problems = append(problems, m)
		}
		items = append(items, map[string]any{"path": f.Path, "valid": len(faults) == 0, "problems": problems})
		sources = append(sources, src)
	}
	if len(items) == 0 {
		return
	}
	c.ev.Set("/parsed", items, audit.Source{Level: audit.Verified})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/parsed", i), s)
	}
}

// jsonFault tells what keeps a document from being JSON, and where. NaN and
// Infinity are let pass: Python writes them.
func jsonFault(data []byte) (f fault, broken bool) {
	plain := plainJSON(data)
	var v json.RawMessage
	err := json.Unmarshal(plain, &v)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return fault{"is empty", 0}, true
	case err == nil:
		return fault{}, false
	}
	f.message = strings.TrimPrefix(err.Error(), "json: ")
	if !utf8.Valid(data) {
		f.message = "is not UTF-8"
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		f.line = 1 + bytes.Count(plain[:min(int(syntax.Offset), len(plain))], []byte("\n"))
	}
	return f, true
}

// yamlFault tells what keeps a document from being YAML, and where.
func yamlFault(err error) fault {
	f := fault{message: strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := yamlLine.FindStringSubmatch(f.message); m != nil {
		f.line, _ = strconv.Atoi(m[1])
		f.message = m[2]
	}
	return f
}

// yamlLine matches the beginning of the library's messages.
var yamlLine = regexp.MustCompile(`^line (\d{1,9}): (.*)`)

// notNumbers matches what Python writes for a number that is none.
var notNumbers = regexp.MustCompile(`([:\[,]\s*)(NaN|-?Infinity)\b`)

// plainJSON is a document as the standard has it: without a byte order mark,
// with null for what is no number.
func plainJSON(data []byte) []byte {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	return notNumbers.ReplaceAll(data, []byte("${1}null"))
}
