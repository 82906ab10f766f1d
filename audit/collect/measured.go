package collect

import (
	"encoding/json"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// measured is one number in a file of raw results, with all that names it.
type measured struct {
	path   string
	labels map[string]bool // folded names on the way to it and beside it
	metric string          // folded
	value  float64
}

// Limits on what is taken from files of raw results.
const (
	maxMeasured      = 20_000   // numbers of a release
	maxMeasuredDepth = 24       // of nested values
	maxMeasuredFile  = 16 << 20 // bytes of one file; of a larger one nothing is compared
	maxLabel         = 120      // bytes of a name
)

// measure reads the numbers of a file of raw results.
func (c *collection) measure(name string, data []byte) {
	if len(data) > maxMeasuredFile || checkpointDir.MatchString(path.Dir(name)) || path.Ext(name) == ".jsonl" {
		return
	}
	var root any
	if json.Unmarshal(plainJSON(data), &root) == nil {
		r := &measuring{c, name}
		r.walk(root, nil, "", 0)
	}
}

type measuring struct {
	c    *collection
	path string
}

// walk visits a value whose place has some names. The last of them is key.
func (r *measuring) walk(v any, labels []string, key string, depth int) {
	if depth > maxMeasuredDepth || len(r.c.numbers) >= maxMeasured {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			r.walk(item, labels, key, depth+1)
		}
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		here := slices.Clip(append(slices.Clone(labels), namesIn(v, keys, 1)...))
		for _, k := range keys {
			if n, ok := v[k].(float64); ok {
				r.number(n, k, v, here)
				continue
			}
			r.walk(v[k], append(here, foldName(k)), k, depth+1)
		}
	}
}

// namesIn are the short texts in an object, and in those that describe data or
// tasks below it.
func namesIn(v map[string]any, keys []string, depth int) []string {
	var out []string
	for _, k := range keys {
		switch inner := v[k].(type) {
		case string:
			if len(inner) <= maxLabel {
				out = append(out, foldName(inner), foldName(path.Base(inner)))
			}
		case map[string]any:
			if depth > 0 && describes.MatchString(k) {
				out = append(out, namesIn(inner, slices.Sorted(maps.Keys(inner)), depth-1)...)
			}
		}
	}
	return out
}

var (
	describes  = regexp.MustCompile(`(?i)^(dataset|data|benchmark|task|eval)$`)
	valueKeys  = regexp.MustCompile(`(?i)^(value|score|result|mean|average)$`)
	metricKeys = []string{"metric", "metric_name", "metric_type", "measure", "name", "type"}
	// aside matches numbers beside a result that are none.
	aside = regexp.MustCompile(`(?i)std|stderr|deviation|error_bar|seed|count|num_|^n$|samples|runtime|seconds|per_second|time|epoch|step|version`)
)

func (r *measuring) number(n float64, key string, in map[string]any, labels []string) {
	if aside.MatchString(key) {
		return
	}
	metric, filter, _ := strings.Cut(key, ",") // "acc,none" of lm-evaluation-harness
	names := []string{metric}
	if valueKeys.MatchString(key) {
		for _, k := range metricKeys {
			if s, ok := in[k].(string); ok && len(s) <= maxLabel {
				names = append(names, s)
			}
		}
	}
	set := map[string]bool{foldName(filter): true}
	for _, l := range labels {
		set[l] = true
	}
	for _, name := range names {
		if len(r.c.numbers) < maxMeasured {
			r.c.numbers = append(r.c.numbers, measured{r.path, set, foldMetric(name), n})
		}
	}
}

// foldName leaves the letters and digits of a name, in lower case.
func foldName(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c > 127:
			return c
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		}
		return -1
	}, s)
}

// sameMetrics gives short names of metrics their long ones.
var sameMetrics = map[string]string{
	"acc": "accuracy", "ppl": "perplexity", "em": "exactmatch", "f1score": "f1", "evalaccuracy": "accuracy", "evalloss": "loss", "evalf1": "f1",
	"testaccuracy": "accuracy", "wordperplexity": "perplexity", "testf1": "f1", "testloss": "loss",
}

func foldMetric(s string) string {
	s = foldName(s)
	if long, ok := sameMetrics[s]; ok {
		return long
	}
	return s
}

// splits are names of parts of a set of data.
var splits = []string{"train", "validation", "valid", "dev", "test"}

// sought is what a result is looked for by.
type sought struct {
	benchmarks, metrics []string
	otherSplits         []string
}

func soughtBy(r *card.Result) sought {
	var s sought
	for _, name := range []string{r.DatasetName, r.DatasetType} {
		for _, f := range []string{foldName(name), foldName(path.Base(name))} {
			if len(f) > 2 {
				s.benchmarks = append(s.benchmarks, f)
			}
		}
	}
	for _, name := range []string{r.MetricType, r.MetricName, r.TaskType} {
		if f := foldMetric(name); f != "" && !slices.Contains(s.metrics, f) {
			s.metrics = append(s.metrics, f)
		}
	}
	if r.DatasetSplit != "" {
		s.otherSplits = slices.DeleteFunc(slices.Clone(splits), func(split string) bool { return split == foldName(r.DatasetSplit) })
	}
	return s
}

// isOf tells whether a number may be that of a result: of its benchmark, and of
// no other split.
func (m *measured) isOf(s sought) bool {
	has := func(name string) bool { return m.labels[name] }
	return slices.ContainsFunc(s.benchmarks, has) && !slices.ContainsFunc(s.otherSplits, has)
}

// equals tells whether a number is the one that a result gives, as far as its
// digits go: also where one of them is in per cent.
func (m *measured) equals(r *card.Result) bool {
	half := 0.5*lastDigit(strings.TrimSpace(r.Value)) + 1e-12
	if _, err := strconv.ParseFloat(strings.TrimSpace(r.Value), 64); err != nil {
		half = math.Abs(*r.Number) * 1e-9
	}
	for _, scale := range []float64{1, 100, 0.01} {
		if math.Abs(m.value*scale-*r.Number) <= half*(1+1e-9) {
			return true
		}
	}
	return false
}

// maxCompared bounds the results that are held against raw ones.
const maxCompared = 500

// resultsAgree holds each result of the metadata against the raw results in the
// release that are of the same benchmark and metric: one that is equal is enough.
func (c *collection) resultsAgree() {
	byMetric := map[string][]*measured{}
	for i := range c.numbers {
		m := &c.numbers[i]
		byMetric[m.metric] = append(byMetric[m.metric], m)
	}
	var list []any
	var sources []audit.Source
	for i := range c.scored[:min(len(c.scored), maxCompared)] {
		r := &c.scored[i]
		m := nearestTo(&r.Result, byMetric)
		if m == nil {
			continue
		}
		rel := relation{
			between:  [2]string{audit.Join("/evaluation/results", i, "value"), audit.Join("/evaluation/raw_files", slices.Index(c.rawResults, m.path))},
			name:     result(r.Result)["benchmark"].(string),
			declared: *r.Number, found: m.value, agree: truth(m.equals(&r.Result)), src: r.src,
		}
		list, sources = append(list, rel.item()), append(sources, r.src)
	}
	if len(list) == 0 {
		return
	}
	c.ev.Set("/relations/results", list, audit.Source{Level: audit.Claimed})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/relations/results", i), s)
	}
}

// nearestTo returns the number of the raw results that equals a result, else the
// one nearest to it; nil where none is of the same benchmark and metric.
func nearestTo(r *card.Result, byMetric map[string][]*measured) *measured {
	if r.Number == nil {
		return nil
	}
	var best *measured
	by := soughtBy(r)
	for _, metric := range by.metrics {
		for _, m := range byMetric[metric] {
			switch {
			case !m.isOf(by):
			case m.equals(r):
				return m
			case best == nil || math.Abs(m.value-*r.Number) < math.Abs(best.value-*r.Number):
				best = m
			}
		}
	}
	return best
}
