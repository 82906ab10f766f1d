package collect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// evaluation writes the results a release gives, each with who vouches for it,
// and which files hold results as they were measured.
func (c *collection) evaluation(context.Context) error {
	if !c.whole() && c.card == nil {
		return nil
	}
	var items []any
	add := func(path string, results []card.Result) {
		for _, r := range results {
			items = append(items, result(r))
			c.scored = append(c.scored, score{r, audit.Source{Path: path, Line: r.Line, Level: audit.Claimed}})
		}
	}
	for _, k := range c.mainCards {
		add(k.Path, k.Declared.Results)
	}
	raw := []string{}
	for _, f := range c.with("evaluation") {
		if !strings.HasPrefix(f.Path, ".eval_results/") {
			if c.holdsResults(f) {
				raw = append(raw, f.Path)
			}
			continue
		}
		if data := c.read(f, MaxConfig, "/evaluation/results"); data != nil {
			results, problems := card.ReadEvalResults(f.Path, data)
			c.parsed(f.Path, breaking(problems)...)
			add(f.Path, results)
		}
	}
	if !c.isCut("/evaluation/results") {
		c.ev.Set("/evaluation/results", append([]any{}, items...), audit.Source{Level: audit.Claimed})
		for i, r := range c.scored {
			c.ev.Cite(audit.Join("/evaluation/results", i), r.src)
		}
	}
	c.tables()
	c.contamination()
	if c.rawResults = raw; c.whole() {
		src := audit.Source{Level: audit.Present}
		if len(raw) > 0 {
			src.Path = raw[0]
		}
		c.ev.Set("/evaluation/raw_files", raw, src)
	}
	return nil
}

// score is a result, and where it is told.
type score struct {
	card.Result
	src audit.Source
}

// breaking are the problems that keep a file from being what it should be.
func breaking(problems []card.Problem) []fault {
	var out []fault
	for _, p := range problems {
		if card.Breaks(p.Kind) {
			out = append(out, fault{p.Message, p.Line})
		}
	}
	return out
}

// Limits on a file of results, in bytes.
const (
	MaxResults     = 64 << 20
	MaxResultsYAML = 4 << 20 // which takes far longer to read
)

// holdsResults tells whether a file of results holds any: it can be read as what
// it is, and there is a number in it.
func (c *collection) holdsResults(f *File) bool {
	limit := int64(MaxResults)
	if f.Kind == "yaml" {
		limit = MaxResultsYAML
	}
	data, err := c.rel.Read(f.Path, limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		c.gap("/evaluation", fmt.Sprintf("%s is larger than %d bytes", f.Path, limit))
		return false
	case err != nil:
		f.lose("cannot be read: " + cause(err).Error())
		return false
	case f.Kind == "yaml":
		return c.yamlNumber(f, data)
	}
	if !c.parses(f.Path, data) || !jsonNumber(plainJSON(data)) {
		return false
	}
	c.measure(f.Path, data)
	return true
}

func (c *collection) yamlNumber(f *File, data []byte) bool {
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		c.parsed(f.Path, yamlFault(err))
		return false
	}
	c.parsed(f.Path)
	var holds func(*yaml.Node) bool
	holds = func(n *yaml.Node) bool {
		if tag := n.ShortTag(); n.Kind == yaml.ScalarNode && (tag == "!!int" || tag == "!!float") {
			return true
		}
		return slices.ContainsFunc(n.Content, holds)
	}
	return holds(&root)
}

// noResult matches the names of numbers that stand in any file, results or not.
var noResult = regexp.MustCompile(`(?i)version|date|year|seed|^(id|index|n|size|port|timestamp|epoch|step|global_step|limit|batch_size|max_.*)$`)

// jsonNumber tells whether JSON holds a number that may be a result, by the name
// nearest to it.
func jsonNumber(data []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var keys []string // of the objects around the place; empty in a list
	inObject := func() bool { return len(keys) > 0 && keys[len(keys)-1] != inList }
	expectsKey := false
	for {
		t, err := dec.Token()
		if err != nil {
			return false
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				name := inList
				if t == '{' {
					name = ""
				}
				keys = append(keys, name)
			default:
				keys = keys[:len(keys)-1]
			}
			expectsKey = inObject()
		case string:
			if expectsKey {
				keys[len(keys)-1], expectsKey = t, false
				continue
			}
			expectsKey = inObject()
		case json.Number:
			if !noResult.MatchString(nearestKey(keys)) {
				return true
			}
			expectsKey = inObject()
		default:
			expectsKey = inObject()
		}
	}
}

// inList stands for a list among the keys; no key of JSON is it.
const inList = "\x00["

func nearestKey(keys []string) string {
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] != inList {
			return keys[i]
		}
	}
	return ""
}

// tables writes the results that stand in tables of the main cards, which people
// can read and programs cannot.
func (c *collection) tables() {
	items := []any{}
	var sources []audit.Source
	for _, k := range c.mainCards {
		for _, r := range k.TableResults {
			items = append(items, result(r))
			sources = append(sources, audit.Source{Path: k.Path, Line: max(r.Line, 1), Level: audit.Claimed})
		}
	}
	c.ev.Set("/evaluation/tables", items, audit.Source{Level: audit.Claimed})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/evaluation/tables", i), s)
	}
}

// contamination tells whether the card states how training and test data
// overlap. What is told of it is claimed.
func (c *collection) contamination() {
	if k, s := c.states(card.StatementContamination); s != nil {
		c.ev.Set("/evaluation/contamination_stated", true, audit.Source{Path: k.Path, Line: max(s.Line, 1), Level: audit.Claimed})
		return
	}
	c.ev.Set("/evaluation/contamination_stated", false, audit.Source{Level: audit.Claimed})
}

// states returns the first statement of a kind in the main cards, with its card;
// nil where there is none.
func (c *collection) states(kind string) (*card.Card, *card.Statement) {
	for _, k := range c.mainCards {
		for i := range k.Statements {
			if k.Statements[i].Kind == kind {
				return k, &k.Statements[i]
			}
		}
	}
	return nil, nil
}

// result is one result. A token that the Hub could check, or a mark that it was
// checked, is what the file says of itself: nobody verified it here.
func result(r card.Result) map[string]any {
	m := map[string]any{
		"benchmark": cmp.Or(r.DatasetName, r.DatasetType, "unnamed"),
		"standing":  "self_reported", "revision": orNull(r.DatasetRevision), "source": orNull(r.SourceURL),
	}
	if task := cmp.Or(r.TaskType, r.TaskName); task != "" {
		m["task"] = task
	}
	if metric := cmp.Or(r.MetricName, r.MetricType); metric != "" {
		m["metric"] = metric
	}
	if r.Number != nil {
		m["value"] = *r.Number
	} else if r.Value != "" {
		m["value"] = r.Value
	}
	if r.SourceURL != "" {
		m["standing"] = "linked"
	}
	if r.VerifyToken {
		m["token"] = true
	}
	return m
}
