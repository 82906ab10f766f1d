package card

import (
	"regexp"
	"strconv"
	"strings"
)

// Titles of the columns of tables of results.
var (
	modelTitles  = titles("model", "models", "system", "systems", "method", "name", "model name")
	valueTitles  = titles("value", "score", "scores", "result", "results", "performance")
	metricTitles = titles("metric", "metrics", "measure")
	ownTitles    = titles("ours", "our model", "this model", "this work")
)

func titles(list ...string) map[string]bool {
	m := make(map[string]bool, len(list))
	for _, s := range list {
		m[s] = true
	}
	return m
}

// metricName matches the names of measures, folded.
var metricName = regexp.MustCompile(`\b(accuracy|acc|f1|precision|recall|perplexity|ppl|bleu|chrf|rouge|wer|cer|auc|map|ndcg|mrr|em|exact match|pass 1|loss|error|rmse|mae|mse|pearson|spearman|r2|fid|psnr|ssim|iou|miou|top 1|top 5)\b`)

// scoreCell matches a cell that holds one number, with what authors add to it: a
// sign of per cent, an interval, a remark in brackets.
var scoreCell = regexp.MustCompile(`^[~≈]?\s*([-+]?\d+(?:\.\d+)?)\s*(?:%|pp)?\s*(?:±.*|\+/-.*|\([^()]*\))?\s*[*†‡↑↓]*$`)

// tableResults reads the results of the card's own model out of a table below a
// heading of the evaluation: one row a benchmark, or one row a model. Of a table
// of several models it takes what stands under the name of this one, and nothing
// where no name is its own.
func (r *bodyReader) tableResults(t *tableReader) {
	if len(t.header) < 2 || len(t.cells) == 0 || !r.isIn("evaluation", "results", "metrics") || r.isIn("citation", "references", "training_data") {
		return
	}
	folded := make([]string, len(t.header))
	for i, h := range t.header {
		folded[i] = words(h)
	}
	switch first := folded[0]; {
	case modelTitles[first] || first == "" && r.ownColumn(folded) < 0:
		r.rowsOfModels(t, folded)
	default:
		r.rowsOfBenchmarks(t, folded)
	}
}

// rowsOfModels reads a table with a row for each model.
func (r *bodyReader) rowsOfModels(t *tableReader, folded []string) {
	for i, row := range t.cells {
		if !r.ownName(words(row[0])) {
			continue
		}
		for j := 1; j < len(row) && j < len(folded); j++ {
			one := Result{Line: t.lines[i]}
			if metricName.MatchString(folded[j]) {
				one.MetricName = t.header[j]
			} else {
				one.DatasetName = t.header[j]
			}
			r.addResult(one, row[j])
		}
	}
}

// rowsOfBenchmarks reads a table with a row for each benchmark: the values stand
// in a column of their own, below the name of this model, or below the names of
// measures.
func (r *bodyReader) rowsOfBenchmarks(t *tableReader, folded []string) {
	metric, value := -1, r.ownColumn(folded)
	for j := 1; j < len(folded); j++ {
		switch {
		case metricTitles[folded[j]]:
			metric = j
		case valueTitles[folded[j]] && value < 0:
			value = j
		}
	}
	for i, row := range t.cells {
		for j := 1; j < len(row) && j < len(folded); j++ {
			one := Result{Line: t.lines[i], DatasetName: row[0]}
			if metricTitles[folded[0]] {
				one.DatasetName, one.MetricName = "", row[0]
			}
			switch {
			case j == value && metric >= 0 && metric < len(row):
				one.MetricName = row[metric]
			case j == value:
			case value < 0 && metricName.MatchString(folded[j]):
				one.MetricName = t.header[j]
			default:
				continue
			}
			r.addResult(one, row[j])
		}
	}
}

// ownColumn returns the first column with the name of the card's model, or -1.
func (r *bodyReader) ownColumn(folded []string) int {
	for j := 1; j < len(folded); j++ {
		if r.ownName(folded[j]) {
			return j
		}
	}
	return -1
}

func (r *bodyReader) ownName(folded string) bool {
	return ownTitles[folded] || r.self.named(folded)
}

// addResult records a result if a cell holds its number.
func (r *bodyReader) addResult(one Result, cell string) {
	m := scoreCell.FindStringSubmatch(strings.TrimSpace(cell))
	if m == nil || len(r.card.TableResults) >= MaxList {
		return
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return
	}
	one.Value, one.Number = clip(strings.TrimSpace(cell), 200), &n
	one.DatasetName, one.MetricName = clip(one.DatasetName, 200), clip(one.MetricName, 200)
	r.card.TableResults = append(r.card.TableResults, one)
}
