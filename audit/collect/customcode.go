package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// loadsAlone tells whether the model, and its tokenizer, load without code of
// their own, and whether the modules that are asked for are here to be read. One
// file anywhere that asks for code is enough for a no. A yes takes the model's
// own configuration, or the tokenizer's, besides: without it nobody knows what
// will be loaded.
func (c *collection) loadsAlone(context.Context) error {
	modules := map[string]*File{} // module and class → file that asks for it
	model := loading{at: "/code/loads_without_custom_code"}
	tokenizer := loading{at: "/tokenizer/loads_without_custom_code"}
	for _, f := range c.with("config", "tokenizer", "adapter") {
		if path.Ext(f.Path) != ".json" || path.Base(f.Path) == "tokenizer.json" {
			continue
		}
		into := &model
		if f.Is("tokenizer") {
			into = &tokenizer
		}
		if f.Size > MaxConfig {
			into.open = f
			continue
		}
		asked, parses := c.asks(f, into.at)
		for _, m := range asked {
			modules[m] = f
		}
		if len(asked) > 0 {
			into.bad = append(into.bad, f)
		}
		if parses && own(f) && (slices.Contains(describing, f.Path) || f.Path == "tokenizer_config.json") {
			into.own = append(into.own, f)
		}
	}
	if f := c.find(customGenerate); f != nil {
		modules["generate.generate"] = f
		model.bad = append(model.bad, f)
	}
	c.tellLoading(model)
	c.tellLoading(tokenizer)
	names := slices.Sorted(maps.Keys(modules))
	if len(names) > 0 {
		src := audit.Source{Path: modules[names[0]].Path, Level: audit.Verified}
		c.ev.Set("/code/custom_modules", names, src)
		c.ev.Set("/code/custom_code_shown", c.allShown(modules), src)
	}
	return nil
}

// customGenerate is a way of generating of the model's own, which transformers
// loads for being there. Source: load_custom_generate in transformers/generation/utils.py.
const customGenerate = "custom_generate/generate.py"

// loading is what is known of how something loads.
type loading struct {
	at   string
	own  []*File // the configurations of the thing itself
	bad  []*File // those that ask for code
	open *File   // one that could not be read
}

func (c *collection) tellLoading(l loading) {
	cite := l.own
	if len(l.bad) > 0 {
		cite = l.bad
	}
	switch {
	case len(cite) == 0:
		return
	case len(l.bad) == 0 && l.open != nil:
		c.cut(l.at, fmt.Sprintf("%s is larger than %d bytes", l.open.Path, MaxConfig))
		return
	}
	var sources []audit.Source
	for _, f := range cite {
		sources = append(sources, audit.Source{Path: f.Path, Level: audit.Verified})
	}
	c.ev.Set(l.at, len(l.bad) == 0, sources...)
}

// asks lists the modules and classes that a file asks to be run; parses is
// false for one that no program can read, which asks for nothing. Code is asked
// for by auto_map and custom_pipelines (transformers), by a pipeline class or a
// part of the pipeline in a module of the release (diffusers), by the class of an
// adapter's base (PEFT), by layers with functions in them (Keras) and by modules
// of another package (sentence-transformers' modules.json, which is a list).
func (c *collection) asks(f *File, at string) (asked []string, parses bool) {
	if path.Base(f.Path) == "modules.json" {
		return c.asksModules(f, at)
	}
	o := c.object(f, MaxConfig, at)
	if o == nil {
		return nil, false
	}
	asked = stringsIn(o.members["auto_map"])
	var pipelines map[string]struct {
		Impl string `json:"impl"`
	}
	if json.Unmarshal(o.members["custom_pipelines"], &pipelines) == nil {
		for _, name := range slices.Sorted(maps.Keys(pipelines)) {
			asked = append(asked, pipelines[name].Impl)
		}
	} else {
		asked = append(asked, stringsIn(o.members["custom_pipelines"])...)
	}
	if class := stringsIn(o.members["_class_name"]); len(class) > 1 {
		asked = append(asked, strings.Join(class, "."))
	}
	asked = append(asked, c.parts(f, o.members)...)
	asked = append(asked, mapped(o.members["auto_mapping"])...)
	if o.members["class_name"] != nil || o.members["module"] != nil {
		asked = append(asked, weights.KerasCode(c.read(f, MaxConfig, at))...)
	}
	return slices.DeleteFunc(asked, func(s string) bool { return s == "" }), true
}

// parts lists the parts of a pipeline of diffusers that lie as modules in
// the release: a part is told by its module and class, and diffusers looks for
// the module in the folder of the part before anywhere else.
// Source: _get_custom_components_and_folders in diffusers/pipelines/pipeline_loading_utils.py.
func (c *collection) parts(f *File, members map[string]json.RawMessage) (asked []string) {
	if path.Base(f.Path) != "model_index.json" {
		return nil
	}
	for _, part := range slices.Sorted(maps.Keys(members)) {
		told := stringsIn(members[part])
		if len(told) == 2 && part != "_class_name" && c.find(path.Join(path.Dir(f.Path), part, told[0]+".py")) != nil {
			asked = append(asked, part+"."+strings.Join(told, "."))
		}
	}
	return asked
}

// libraries are the packages that an adapter names by trade as the home of its
// base model's class.
var libraries = []string{"transformers", "torch", "torchvision", "diffusers", "timm", "peft", "sentence_transformers", "accelerate", "optimum"}

// mapped lists the class that PEFT imports where it does not know the base
// model: it may lie in any package, or in a module of the release.
// Source: _AutoPeftModel.from_pretrained in peft/auto.py.
func mapped(raw json.RawMessage) []string {
	var class struct {
		Base    string `json:"base_model_class"`
		Library string `json:"parent_library"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &class) != nil {
		return nil
	}
	root, _, _ := strings.Cut(class.Library, ".")
	if class.Library == "" || slices.Contains(libraries, root) {
		return nil
	}
	return []string{class.Library + "." + class.Base}
}

func (c *collection) asksModules(f *File, at string) (asked []string, parses bool) {
	data := c.read(f, MaxConfig, at)
	if data == nil || f.Kind == "lfs_pointer" {
		return nil, false
	}
	var modules []struct {
		Type string `json:"type"`
	}
	if !c.parses(f.Path, data) {
		return nil, false
	}
	if json.Unmarshal(plainJSON(data), &modules) != nil {
		c.parsed(f.Path, fault{"holds no list of modules", 1})
		return nil, false
	}
	for _, m := range modules {
		if m.Type != "" && !strings.HasPrefix(m.Type, "sentence_transformers.") {
			asked = append(asked, m.Type)
		}
	}
	return asked, true
}

// stringsIn lists all texts in a JSON value, at any depth, in order of keys:
// whatever shape it has, a loader may make something of it.
func stringsIn(raw json.RawMessage) []string {
	var v any
	if len(raw) == 0 || json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return appendStrings(nil, v)
}

func appendStrings(out []string, v any) []string {
	switch v := v.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, x := range v {
			out = appendStrings(out, x)
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = appendStrings(out, v[key])
		}
	}
	return out
}

// allShown tells whether each module that is asked for is among the files,
// beside the file that asks. A module named as repo--module lies in another
// repository.
func (c *collection) allShown(modules map[string]*File) bool {
	for m, from := range modules {
		name := m
		if i := strings.LastIndexByte(m, '.'); i >= 0 {
			name = m[:i]
		}
		f := c.find(path.Join(path.Dir(from.Path), strings.ReplaceAll(name, ".", "/")+".py"))
		if strings.Contains(m, "--") || f == nil || statements(statementsOf(f, c.source(f, MaxSource))) == 0 {
			return false
		}
	}
	return true
}
