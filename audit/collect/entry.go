package collect

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/schemas"
)

// component is one of the 17 components of the Model Openness Framework, under
// the name that entries write, with the kind of thing it is: a licence that an
// entry gives for all things of a kind covers it.
type component struct{ title, kind string }

// key is its name in the evidence.
func (c component) key() string {
	return strings.Trim(notLetters.ReplaceAllString(strings.ToLower(c.title), "_"), "_")
}

var notLetters = regexp.MustCompile(`[^a-z]+`)

// components lists them; titles and kinds as in the settings of the Model
// Openness Tool, lfai/model_openness_tool at 8b5d30e.
var components = [...]component{
	{"Model architecture", "code"},
	{"Model parameters (Final)", "data"},
	{"Technical report", "document"},
	{"Evaluation results", "document"},
	{"Model card", "document"},
	{"Data card", "document"},
	{"Sample model outputs", "document"},
	{"Training code", "code"},
	{"Inference code", "code"},
	{"Evaluation code", "code"},
	{"Evaluation data", "data"},
	{"Supporting libraries and tools", "code"},
	{"Datasets", "data"},
	{"Data preprocessing code", "code"},
	{"Research paper", "document"},
	{"Model parameters (Intermediate)", "data"},
	{"Model metadata", "data"},
}

// entry is a description of a release for the Model Openness Framework, in the
// YAML of the Model Openness Tool.
type entry struct {
	path string
	yaml *schemas.YAML
	doc  map[string]any // release
}

// looksLikeEntry matches what every entry says of itself.
var looksLikeEntry = regexp.MustCompile(`(?m)^\s+name:\s*["']?Model Openness Framework["']?\s*$`)

// readEntry reads an entry of the Model Openness Framework, where one was named
// as the subject. All that it says is claimed: nothing it lists is looked at.
func (c *collection) readEntry(context.Context) error {
	if !slices.Contains([]string{".yml", ".yaml"}, strings.ToLower(path.Ext(c.rel.Only))) {
		return nil
	}
	data, err := c.rel.Read(c.rel.Only, schemas.MaxYAMLBytes)
	if err != nil || !looksLikeEntry.Match(data) {
		return nil
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return &UsageError{fmt.Sprintf("reading the entry %s: %v", c.rel.Only, err), ""}
	}
	e := entry{path: c.rel.Only, yaml: doc, doc: member(doc.Value, "release")}
	if member(doc.Value, "framework")["name"] != "Model Openness Framework" || e.doc == nil {
		return nil
	}
	c.ev.Set("/subject/kind", "entry")
	if name := scalar(e.doc["name"]); name != "" {
		c.ev.Set("/subject/name", name)
	}
	c.ev.Set("/components", map[string]any{}, e.source("/release/components"))
	for _, comp := range components {
		c.setComponent(e, comp)
	}
	return nil
}

func (e *entry) source(at string) audit.Source {
	return audit.Source{Path: e.path, Line: e.yaml.Line(at), Level: audit.Claimed}
}

// setComponent writes what the entry says of a component. Where it is listed
// twice the last one counts, as in the tool.
func (c *collection) setComponent(e entry, comp component) {
	at := audit.Join("/components", comp.key())
	list, _ := e.doc["components"].([]any)
	for i := len(list) - 1; i >= 0; i-- {
		m := member(list[i], "")
		if scalar(m["name"]) != comp.title {
			continue
		}
		from := audit.Join("/release/components", i)
		license, line := e.license(m, from, comp.kind)
		terms := map[string]any{"declared": orNull(license)}
		if b := openDeclared(license, comp).Bool(); b != nil {
			terms["open"] = *b
		}
		c.ev.Set(at, map[string]any{"present": true, "license": terms}, e.source(from))
		c.ev.Cite(at+"/license", e.source(line))
		return
	}
	c.ev.Set(at, map[string]any{"present": false}, e.source("/release/components"))
}

// license is the licence of a component, and where it stands: its own, else
// that for all things of its kind, else that of the distribution. The word
// unlicensed is none, and takes over none.
func (e *entry) license(m map[string]any, at, kind string) (license, where string) {
	if own, ok := m["license"]; ok && own != nil {
		if own == "unlicensed" {
			return "", at + "/license"
		}
		return scalar(own), at + "/license"
	}
	global := member(e.doc["license"], "")
	for _, k := range []string{kind, "distribution"} {
		if name := scalar(member(global[k], "")["name"]); name != "" {
			return name, audit.Join("/release/license", k, "name")
		}
	}
	return "", at
}

// member is the object at a name of an object, or the object itself where no
// name is given; nil where there is none.
func member(v any, name string) map[string]any {
	m, _ := v.(map[string]any)
	if name != "" {
		m, _ = m[name].(map[string]any)
	}
	return m
}

// scalar is a scalar as text.
func scalar(v any) string {
	switch v := v.(type) {
	case nil, map[string]any, []any:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}
