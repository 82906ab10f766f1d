package card

import (
	"bytes"
	"slices"
	"strconv"
)

// Schemas of JSON cards.
const (
	// SchemaMCT1 and SchemaMCT2 are those of the Model Card Toolkit
	// (tensorflow/model-card-toolkit, schema v0.0.1 and v0.0.2).
	SchemaMCT1 = "mct-0.0.1"
	SchemaMCT2 = "mct-0.0.2"
	// SchemaMitchell has the sections of Mitchell et al. 2019 (arXiv
	// 1810.03993) as keys, as the cards of allennlp-models do.
	SchemaMitchell = "mitchell-2019"
)

// jsonSection says which canonical section a place in a JSON card fills.
type jsonSection struct {
	path []string
	name string
}

var mctSections = []jsonSection{
	{[]string{"model_details", "overview"}, "model_description"},
	{[]string{"model_details", "documentation"}, "more_information"},
	{[]string{"model_details", "owners"}, "developers"},
	{[]string{"model_details", "version"}, "version"},
	{[]string{"model_details", "license"}, "license_section"},
	{[]string{"model_details", "licenses"}, "license_section"},
	{[]string{"model_details", "references"}, "references"},
	{[]string{"model_details", "citation"}, "citation"},
	{[]string{"model_details", "citations"}, "citation"},
	{[]string{"model_parameters", "model_architecture"}, "architecture_section"},
	{[]string{"model_parameters", "data"}, "training_data"},
	{[]string{"model_parameters", "input_format"}, "inputs"},
	{[]string{"model_parameters", "input_format_map"}, "inputs"},
	{[]string{"model_parameters", "output_format"}, "outputs"},
	{[]string{"model_parameters", "output_format_map"}, "outputs"},
	{[]string{"quantitative_analysis", "performance_metrics"}, "results"},
	{[]string{"quantitative_analysis", "graphics"}, "results"},
	{[]string{"considerations", "users"}, "intended_users"},
	{[]string{"considerations", "use_cases"}, "uses"},
	{[]string{"considerations", "limitations"}, "limitations"},
	{[]string{"considerations", "tradeoffs"}, "tradeoffs"},
	{[]string{"considerations", "ethical_considerations"}, "ethical_considerations"},
}

var mitchellSections = []jsonSection{
	{[]string{"model_details", "description"}, "model_description"},
	{[]string{"model_details", "short_description"}, "summary"},
	{[]string{"model_details", "developed_by"}, "developers"},
	{[]string{"model_details", "contributed_by"}, "shared_by"},
	{[]string{"model_details", "date"}, "release_date"},
	{[]string{"model_details", "version"}, "version"},
	{[]string{"model_details", "model_type"}, "model_type"},
	{[]string{"model_details", "paper"}, "paper"},
	{[]string{"model_details", "citation"}, "citation"},
	{[]string{"model_details", "license"}, "license_section"},
	{[]string{"model_details", "contact"}, "contact"},
	{[]string{"intended_use", "primary_uses"}, "uses"},
	{[]string{"intended_use", "primary_users"}, "intended_users"},
	{[]string{"intended_use", "out_of_scope_use_cases"}, "out_of_scope_use"},
	{[]string{"factors"}, "factors"},
	{[]string{"metrics"}, "metrics"},
	{[]string{"evaluation_data"}, "testing_data"},
	{[]string{"training_data"}, "training_data"},
	{[]string{"quantitative_analyses"}, "results"},
	{[]string{"model_caveats_and_recommendations"}, "recommendations"},
	{[]string{"model_ethical_considerations"}, "ethical_considerations"},
	{[]string{"model_usage"}, "how_to_use"},
}

// ReadJSON reads a JSON card of the Model Card Toolkit, or of the shape of
// Mitchell et al. 2019. It reports false when the document is no such card;
// a document that claims to be one and does not parse is a card with problems.
func ReadJSON(path string, data []byte) (*Card, bool) {
	if !bytes.Contains(data[:min(len(data), MaxSize)], []byte(`"model_details"`)) {
		return nil, false
	}
	c := &Card{Path: path, FrontMatter: FrontMatter{State: FrontMatterAbsent}}
	if len(data) > MaxSize {
		c.truncate("size")
		return c, true
	}
	data, c.Problems = utf8Only(data)
	root, problems, err := readJSON(bytes.TrimPrefix(data, []byte("\ufeff")))
	c.Problems = append(c.Problems, problems...)
	if err != nil {
		return c, true
	}
	if c.Schema = jsonSchema(&root); c.Schema == "" {
		return nil, false
	}
	c.Metadata = root.plain().(map[string]any)
	c.MetadataLines = map[string]int{}
	root.lines("", c.MetadataLines)
	c.Kind, c.KindReasons = KindModel, []string{"schema " + c.Schema}
	c.readJSONSections(&root)
	return c, true
}

// jsonSchema tells the schema by its version, else by the shape.
func jsonSchema(root *value) string {
	details := root.get("model_details")
	if details == nil || details.kind != mapValue {
		return ""
	}
	switch root.get("schema_version").string() {
	case "0.0.1", "v0.0.1":
		return SchemaMCT1
	case "0.0.2", "v0.0.2":
		return SchemaMCT2
	}
	mitchell := 0
	for _, key := range []string{"intended_use", "factors", "metrics", "evaluation_data", "training_data", "quantitative_analyses"} {
		if root.get(key) != nil {
			mitchell++
		}
	}
	data := root.get("model_parameters").get("data")
	switch {
	case mitchell >= 2:
		return SchemaMitchell
	case details.get("license") != nil || data.get("train") != nil || data.get("eval") != nil:
		return SchemaMCT1
	case root.get("model_parameters") != nil || root.get("considerations") != nil || root.get("quantitative_analysis") != nil:
		return SchemaMCT2
	case details.get("name") != nil || details.get("overview") != nil:
		return SchemaMCT2 // neither asks for more, and the later one is what the toolkit writes
	}
	return ""
}

func (c *Card) readJSONSections(root *value) {
	r := &bodyReader{card: c, seen: map[uint64]said{}, dict: dictionary()}
	details := root.get("model_details")
	c.Title = details.get("name").string()
	sections := mctSections
	if c.Schema == SchemaMitchell {
		sections = mitchellSections
		c.Title = root.get("display_name").string()
	}
	r.self.add(c.Title)
	c.jsonLicenses(details)
	c.metadataClaims()
	for _, s := range sections {
		v := root
		for _, key := range s.path {
			v = v.get(key)
		}
		if v != nil {
			r.jsonSection(v, s)
		}
	}
	if c.Schema != SchemaMitchell {
		c.jsonResults(root.get("quantitative_analysis").get("performance_metrics"))
	}
	c.rollUp()
}

// jsonSection reads one part of a card as a section. The data of a 0.0.1 card
// are a part for training and one for evaluation.
func (r *bodyReader) jsonSection(v *value, s jsonSection) {
	if eval := v.get("eval"); eval != nil && s.name == "training_data" {
		r.begin("eval", []string{"testing_data"}, 1, eval.line)
		r.say(eval)
		if v = v.get("train"); v == nil {
			return
		}
	}
	r.begin(s.path[len(s.path)-1], []string{s.name}, 1, v.line)
	before := *r.counts()
	r.say(v)
	if v.kind == textValue && len(r.card.Fields) < MaxList {
		f := r.flat.flatten([]byte(v.text))
		r.field(s.path[len(s.path)-1], []string{s.name}, f, v.line, block{}, before)
	}
}

// say reads all text of a value. A null stands for a missing text.
func (r *bodyReader) say(v *value) {
	switch v.kind {
	case nullValue:
		r.counts().Placeholders++
	case textValue:
		r.text([]byte(v.text), v.line, block{})
	case listValue:
		for i := range v.items {
			r.say(&v.items[i])
		}
	case mapValue:
		for i, key := range v.keys {
			if !slices.Contains([]string{"image", "archive_file", "training_config", "overrides"}, key) {
				r.say(&v.items[i])
			}
		}
		if v.get("type") != nil && v.get("value") != nil {
			r.counts().TableRows++ // a metric is a row of a table of results
		}
	}
}

func (c *Card) jsonLicenses(details *value) {
	add := func(v *value) {
		if v != nil && v.kind == textValue && v.text != "" {
			c.Declared.Licenses = append(c.Declared.Licenses, Item{v.text, v.line})
		}
	}
	add(details.get("license"))
	list := details.get("licenses")
	if list == nil {
		return
	}
	for i := range list.items {
		if id := list.items[i].get("identifier"); id != nil {
			add(id)
		} else {
			add(list.items[i].get("custom_text"))
		}
	}
}

func (c *Card) jsonResults(metrics *value) {
	if metrics == nil || metrics.kind != listValue {
		return
	}
	for i := range metrics.items[:min(len(metrics.items), MaxList)] {
		m := &metrics.items[i]
		one := Result{Model: c.Title, MetricType: m.get("type").string(), DatasetSplit: m.get("slice").string(), Line: m.line}
		one.setValue(m.get("value"))
		if c.Schema == SchemaMCT1 && one.MetricType == "" {
			c.Problems = append(c.Problems, Problem{ModelIndex, "performance metric " + strconv.Itoa(i) + " has no type", m.line})
		}
		c.Declared.Results = append(c.Declared.Results, one)
	}
}
