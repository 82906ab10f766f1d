package card

import (
	"fmt"
	"strconv"
	"strings"
)

// Item is one declared value and the line that declares it.
type Item struct {
	Value string
	Line  int
}

// Declared holds the front matter keys to which the Hub gives a meaning. A nil
// slice means that the key is absent, an empty one that it is there and lists
// nothing.
type Declared struct {
	Licenses          []Item
	LicenseName       Item
	LicenseLink       Item
	Languages         []Item
	Tags              []Item
	Datasets          []Item
	Metrics           []Item
	BaseModels        []Item
	BaseModelRelation Item
	LibraryName       Item
	PipelineTag       Item
	NewVersion        Item
	ModelName         Item
	Emissions         *Emissions
	// Gated is "true", "false", "auto" or "manual"; empty when not declared.
	Gated   Item
	Gate    *Gate
	Results []Result
}

// Emissions is co2_eq_emissions: the carbon that training is said to have cost.
type Emissions struct {
	// Grams of CO2 equivalent, nil when the card gives no number.
	Grams        *float64
	Source       string
	TrainingType string
	Location     string
	Hardware     string
	Line         int
}

// Gate is what the extra_gated_* keys ask of a user before a download.
type Gate struct {
	Prompt       string
	Fields       []string
	EUDisallowed bool
	Line         int
}

// legacyKeys are spellings that older cards have and that the Hub ignores.
var legacyKeys = []struct{ old, now string }{
	{"languages", "language"}, {"licenses", "license"}, {"pipeline", "pipeline_tag"}, {"model_index", "model-index"},
	{"finetuned_from", "base_model"}, {"dataset", "datasets"}, {"library", "library_name"},
}

// declaredReader reads typed keys out of the front matter.
type declaredReader struct {
	root     *value
	problems []Problem
}

func (r *declaredReader) problem(kind string, line int, format string, args ...any) {
	if len(r.problems) < MaxList {
		r.problems = append(r.problems, Problem{kind, fmt.Sprintf(format, args...), line})
	}
}

// key returns the value of a key, or of its old spelling.
func (r *declaredReader) key(name string) *value {
	if v := r.root.get(name); v != nil {
		return v
	}
	for _, l := range legacyKeys {
		if l.now != name {
			continue
		}
		if v := r.root.get(l.old); v != nil {
			r.problem(LegacyKey, v.line, "the Hub reads %q and ignores %q", l.now, l.old)
			return v
		}
	}
	return nil
}

// declare reads the typed keys of a front matter.
func declare(root *value) (Declared, []Problem) {
	r := &declaredReader{root: root}
	d := Declared{
		Licenses: r.list("license"), LicenseName: r.text("license_name"), LicenseLink: r.text("license_link"),
		Languages: r.list("language"), Tags: r.list("tags"), Datasets: r.list("datasets"), Metrics: r.list("metrics"),
		BaseModels: r.list("base_model"), BaseModelRelation: r.text("base_model_relation"),
		LibraryName: r.text("library_name"), PipelineTag: r.text("pipeline_tag"), NewVersion: r.text("new_version"),
		ModelName: r.text("model_name"), Emissions: r.emissions(), Gated: r.gated(), Gate: r.gate(),
	}
	r.licenseName(&d)
	d.Results = r.modelIndex(r.key("model-index"))
	return d, r.problems
}

// list reads a string or a list of strings.
func (r *declaredReader) list(key string) []Item {
	v := r.key(key)
	if v == nil {
		return nil
	}
	list := []Item{}
	switch v.kind {
	case nullValue:
		r.problem(NullEntry, v.line, "%q has no value", key)
	case listValue:
		for i := range v.items {
			if item, ok := r.entry(key, &v.items[i]); ok {
				list = append(list, item)
			}
		}
	default:
		if item, ok := r.entry(key, v); ok {
			list = append(list, item)
		}
	}
	return list
}

// entry reads one string. A boolean word of YAML 1.1 is taken for the word it
// was meant to be: "no" is Norwegian.
func (r *declaredReader) entry(key string, v *value) (Item, bool) {
	switch v.kind {
	case textValue:
		if strings.TrimSpace(v.text) == "" {
			r.problem(NullEntry, v.line, "an entry of %q is empty", key)
			return Item{}, false
		}
	case boolValue:
		r.problem(BooleanWord, v.line, "%s in %q is read as a boolean by YAML 1.1; put it in quotes", v.text, key)
	case numberValue:
		r.problem(WrongType, v.line, "an entry of %q is a number, not a string", key)
	case nullValue:
		r.problem(NullEntry, v.line, "an entry of %q is null, which the Hub refuses", key)
		return Item{}, false
	default:
		r.problem(WrongType, v.line, "an entry of %q is a list or a mapping, not a string", key)
		return Item{}, false
	}
	return Item{strings.TrimSpace(v.text), v.line}, true
}

// text reads a string.
func (r *declaredReader) text(key string) Item {
	v := r.key(key)
	if v == nil || v.kind == nullValue {
		return Item{}
	}
	if v.kind == listValue && len(v.items) == 1 { // as old cards have pipeline
		v = &v.items[0]
	}
	item, _ := r.entry(key, v)
	return item
}

func (r *declaredReader) licenseName(d *Declared) {
	other := false
	for _, l := range d.Licenses {
		if l.Value == "other" {
			other = true
			if d.LicenseName.Value == "" {
				r.problem(LicenseName, l.Line, "license \"other\" asks for a license_name")
			}
		}
	}
	if !other && d.LicenseName.Value != "" {
		r.problem(LicenseName, d.LicenseName.Line, "license_name counts only beside license \"other\"")
	}
}

func (r *declaredReader) gated() Item {
	v := r.key("gated")
	if v == nil || v.kind == nullValue {
		return Item{}
	}
	switch {
	case v.kind == boolValue:
		return Item{strconv.FormatBool(v.truth), v.line}
	case v.text == "auto" || v.text == "manual" || v.text == "true" || v.text == "false":
		return Item{v.text, v.line}
	}
	r.problem(WrongType, v.line, "\"gated\" is neither a boolean nor auto or manual")
	return Item{}
}

// gate reads the extra_gated_* keys.
func (r *declaredReader) gate() *Gate {
	var g *Gate
	for i, key := range r.root.keys {
		if !strings.HasPrefix(key, "extra_gated_") {
			continue
		}
		v := &r.root.items[i]
		if g == nil {
			g = &Gate{Line: v.line}
		}
		switch key {
		case "extra_gated_prompt":
			g.Prompt = v.text
		case "extra_gated_fields":
			g.Fields = gateFields(v)
		case "extra_gated_eu_disallowed":
			g.EUDisallowed = v.truth
		}
	}
	return g
}

// gateFields lists what is asked: a mapping, or a list of mappings.
func gateFields(v *value) []string {
	fields := append([]string{}, v.keys...)
	if v.kind == listValue {
		for i := range v.items {
			fields = append(fields, v.items[i].keys...)
		}
	}
	return fields
}

// emissions reads co2_eq_emissions, a number of grams or a mapping with one.
func (r *declaredReader) emissions() *Emissions {
	v := r.key("co2_eq_emissions")
	if v == nil || v.kind == nullValue {
		return nil
	}
	e := &Emissions{Line: v.line}
	number := v
	if v.kind == mapValue {
		number = v.get("emissions")
		e.Source, e.TrainingType = v.get("source").string(), v.get("training_type").string()
		e.Location, e.Hardware = v.get("geographical_location").string(), v.get("hardware_used").string()
	}
	if number == nil || number.kind == nullValue {
		return e
	}
	if g, ok := number.number(); ok && g >= 0 {
		e.Grams = &g
	} else {
		r.problem(WrongType, number.line, "\"co2_eq_emissions\" is not a number of grams")
	}
	return e
}

// string returns the text of a scalar, empty for anything else.
func (v *value) string() string {
	if v == nil || v.kind == nullValue {
		return ""
	}
	return v.text
}

// number reads a number, also one written as text.
func (v *value) number() (float64, bool) {
	if v == nil || (v.kind != numberValue && v.kind != textValue) || len(v.text) > 40 {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
	return f, err == nil && f-f == 0 // finite
}
