package card

// Result is one evaluation result of a model-index or an .eval_results file.
type Result struct {
	Model, TaskType, TaskName                    string
	DatasetType, DatasetName                     string
	DatasetConfig, DatasetSplit, DatasetRevision string
	MetricType, MetricName                       string
	// Value is the metric's value as written, Number the number it is.
	Value  string
	Number *float64
	// Verified is what the file says of itself; nobody checked it here.
	// VerifyToken tells whether a token stands there that the Hub could check.
	Verified              *bool
	VerifyToken           bool
	SourceName, SourceURL string
	Date, Notes           string
	Line                  int
}

// modelIndex reads model-index. What huggingface_hub raises a KeyError for is a
// problem (repocard_data.py, model_index_to_eval_results, 2.4.0).
func (r *declaredReader) modelIndex(v *value) []Result {
	if v == nil || v.kind == nullValue {
		return nil
	}
	results := []Result{}
	if v.kind != listValue {
		r.problem(ModelIndex, v.line, "\"model-index\" is not a list")
		return results
	}
	for i := range v.items {
		model := &v.items[i]
		name := model.get("name")
		if name == nil {
			r.problem(ModelIndex, model.line, "a model of \"model-index\" has no name")
		}
		list := model.get("results")
		if list == nil || list.kind != listValue {
			r.problem(ModelIndex, model.line, "a model of \"model-index\" has no list of results")
			continue
		}
		for j := range list.items {
			results = r.taskResults(results, name.string(), &list.items[j])
		}
	}
	return results
}

// taskResults reads the metrics of one task on one dataset.
func (r *declaredReader) taskResults(results []Result, model string, v *value) []Result {
	task, dataset, source := v.get("task"), v.get("dataset"), v.get("source")
	base := Result{
		Model: model, TaskType: task.get("type").string(), TaskName: task.get("name").string(),
		DatasetType: dataset.get("type").string(), DatasetName: dataset.get("name").string(), DatasetConfig: dataset.get("config").string(),
		DatasetSplit: dataset.get("split").string(), DatasetRevision: dataset.get("revision").string(),
		SourceName: source.get("name").string(), SourceURL: source.get("url").string(),
	}
	r.require(ModelIndex, v, "result", "task")
	r.require(ModelIndex, v, "result", "dataset")
	r.require(ModelIndex, v, "result", "metrics")
	r.require(ModelIndex, task, "task", "type")
	r.require(ModelIndex, dataset, "dataset", "type")
	r.require(ModelIndex, dataset, "dataset", "name")
	if source != nil && base.SourceURL == "" {
		r.problem(ModelIndex, source.line, "a source of \"model-index\" has no url")
	}
	metrics := v.get("metrics")
	if metrics == nil || metrics.kind != listValue {
		return results
	}
	for i := range metrics.items {
		m := &metrics.items[i]
		r.require(ModelIndex, m, "metric", "type")
		r.require(ModelIndex, m, "metric", "value")
		one := base
		one.MetricType, one.MetricName, one.Line = m.get("type").string(), m.get("name").string(), m.line
		one.setValue(m.get("value"))
		if verified := m.get("verified"); verified != nil && verified.kind == boolValue {
			one.Verified = &verified.truth
		}
		one.VerifyToken = m.get("verifyToken").string() != ""
		if len(results) < MaxList {
			results = append(results, one)
		}
	}
	return results
}

func (r *Result) setValue(v *value) {
	r.Value = v.string()
	if f, ok := v.number(); ok {
		r.Number = &f
	}
}

// require notes a key that is missing or null.
func (r *declaredReader) require(kind string, v *value, what, key string) {
	if v == nil {
		return
	}
	if k := v.get(key); k == nil || k.kind == nullValue {
		r.problem(kind, v.line, "a %s has no %s", what, key)
	}
}

// ReadEvalResults reads one file of .eval_results/: a list of results, each of
// a dataset with an id and a task, and a value (hub-docs eval-results.md).
// Entries that lack these are listed as problems and read as far as they go.
// Files over MaxFrontMatter are not read.
func ReadEvalResults(path string, data []byte) ([]Result, []Problem) {
	r := &declaredReader{}
	if len(data) > MaxFrontMatter {
		r.problem(LimitHit, 0, "%s is larger than %d bytes and is not read", path, MaxFrontMatter)
		return nil, r.problems
	}
	data, encoding := utf8Only(data)
	root, problems, err := readYAML(data, 1)
	r.problems = append(append(r.problems, encoding...), problems...)
	if err != nil {
		return nil, r.problems
	}
	if root == nil || root.kind != listValue {
		r.problem(EvalResults, 1, "%s is not a list of results", path)
		return nil, r.problems
	}
	results := make([]Result, 0, min(len(root.items), MaxList))
	for i := range root.items[:min(len(root.items), MaxList)] {
		results = append(results, r.evalResult(&root.items[i]))
	}
	return results, r.problems
}

func (r *declaredReader) evalResult(v *value) Result {
	if data := v.get("data"); data != nil { // as the Hub's API wraps it
		v = data
	}
	dataset, source := v.get("dataset"), v.get("source")
	one := Result{
		DatasetType: dataset.get("id").string(), TaskType: dataset.get("task_id").string(), DatasetRevision: dataset.get("revision").string(),
		SourceName: source.get("name").string(), SourceURL: source.get("url").string(),
		Date: v.get("date").string(), Notes: v.get("notes").string(), VerifyToken: v.get("verifyToken").string() != "", Line: v.line,
	}
	one.setValue(v.get("value"))
	r.require(EvalResults, v, "result", "dataset")
	r.require(EvalResults, v, "result", "value")
	r.require(EvalResults, dataset, "dataset", "id")
	r.require(EvalResults, dataset, "dataset", "task_id")
	if source != nil && one.SourceURL == "" {
		r.problem(EvalResults, source.line, "a source has no url")
	}
	return one
}
