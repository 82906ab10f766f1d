package collect

import (
	"cmp"
	"context"
	"strings"

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
	var sources []audit.Source
	add := func(path string, results []card.Result) {
		for _, r := range results {
			items = append(items, result(r))
			sources = append(sources, audit.Source{Path: path, Line: r.Line, Level: audit.Claimed})
		}
	}
	for _, k := range c.mainCards {
		add(k.Path, k.Declared.Results)
	}
	raw := []string{}
	for _, f := range c.with("evaluation") {
		if !strings.HasPrefix(f.Path, ".eval_results/") {
			if f.Size > 2 {
				raw = append(raw, f.Path)
			}
			continue
		}
		if data := c.read(f, MaxConfig, "/evaluation/results"); data != nil {
			results, _ := card.ReadEvalResults(f.Path, data)
			add(f.Path, results)
		}
	}
	if !c.isCut("/evaluation/results") {
		c.ev.Set("/evaluation/results", append([]any{}, items...), audit.Source{Level: audit.Claimed})
		for i, s := range sources {
			c.ev.Cite(audit.Join("/evaluation/results", i), s)
		}
	}
	if c.whole() {
		src := audit.Source{Level: audit.Present}
		if len(raw) > 0 {
			src.Path = raw[0]
		}
		c.ev.Set("/evaluation/raw_files", raw, src)
	}
	return nil
}

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
	return m
}
