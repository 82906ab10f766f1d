package collect

import (
	"cmp"
	"context"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
)

// MaxConfig bounds a configuration file, in bytes. The largest ones in the
// wild, with thousands of labels, stay below one megabyte.
const MaxConfig = 4 << 20

// config is what a configuration says, as far as it is compared with anything.
type config struct {
	path          string
	lines         lineFinder
	modelType     string
	architectures []string
	nameOrPath    string
	license       string
	quantization  *quantization
	numbers       map[string]int64
	dtype         string
	tied          *bool
	rope          bool // positions are stretched beyond what the number says
	empty         bool // it says nothing at all
}

// names tells whether the architecture is named.
func (cfg *config) names() bool { return cfg.modelType != "" || len(cfg.architectures) > 0 }

type quantization struct {
	method string
	bits   int64 // 0 where it is not said, or is no whole number
}

// dimension lists, for each fact about the architecture, the keys that state
// it in one family of models or another (transformers, GPT-2, T5, BERT, Llama's
// params.json).
var dimension = []struct {
	fact string
	keys []string
}{
	{"layers", []string{"num_hidden_layers", "n_layer", "n_layers", "num_layers"}},
	{"hidden_size", []string{"hidden_size", "n_embd", "d_model", "dim"}},
	{"heads", []string{"num_attention_heads", "n_head", "n_heads", "num_heads"}},
	{"kv_heads", []string{"num_key_value_heads", "n_kv_heads"}},
	{"vocab_size", []string{"vocab_size"}},
	{"context_length", []string{"max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length", "seq_length", "max_seq_len"}},
	{"experts", []string{"num_local_experts", "num_experts", "n_routed_experts"}},
}

// describing lists the names of files that describe a network, the usual one
// first: transformers', Llama's and diffusers'.
var describing = []string{"config.json", "params.json", "model_index.json"}

// nearest puts files with one of the names into the order in which they stand
// for the model: nearest to the root first, then by the order of the names, then
// by path. It is the one choice everybody makes who needs one file of several.
func nearest(files []*File, names ...string) []*File {
	var out []*File
	for _, f := range files {
		if slices.Contains(names, path.Base(f.Path)) {
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b *File) int {
		return cmp.Or(
			cmp.Compare(strings.Count(a.Path, "/"), strings.Count(b.Path, "/")),
			cmp.Compare(slices.Index(names, path.Base(a.Path)), slices.Index(names, path.Base(b.Path))),
			cmp.Compare(a.Path, b.Path))
	})
	return out
}

// own tells whether a file lies where the model itself does, at the root. What
// lies deeper may be another model, and never stands in for what is not here:
// hiding the configuration must not bring up a better one.
func own(f *File) bool { return !strings.Contains(f.Path, "/") }

// readConfig reads every file that describes a network, for those that come
// later. Which of them say what is told in [collection.architecture].
func (c *collection) readConfig(context.Context) error {
	c.readAdapter()
	for _, f := range nearest(c.with("config"), describing...) {
		o := c.object(f, MaxConfig, "/architecture")
		if o == nil {
			continue
		}
		cfg := newConfig(o)
		c.judge(o)
		c.configs = append(c.configs, cfg)
		if f.Path == describing[0] {
			c.config = cfg
		}
	}
	return nil
}

func newConfig(o *object) *config {
	cfg := &config{
		path: o.path, lines: o.lines, numbers: map[string]int64{}, empty: len(o.members) == 0,
		modelType: o.text("model_type"), architectures: o.texts("architectures"),
		nameOrPath: o.text("_name_or_path"), license: o.text("license"),
	}
	if path.Base(o.path) == "model_index.json" && len(cfg.architectures) == 0 {
		cfg.architectures = pipelineClass(o)
	}
	for _, key := range []string{"quantization_config", "quantization"} { // transformers', MLX's
		if cfg.quantization != nil || !o.has(key) {
			continue
		}
		inner := o.child(key)
		if inner.members == nil {
			continue
		}
		q := &quantization{method: inner.text("quant_method")}
		q.bits, _ = inner.whole("bits")
		cfg.quantization = q
		o.odd = append(o.odd, inner.odd...)
	}
	if o.has("text_config") {
		cfg.measure(o.child("text_config"))
	}
	cfg.measure(o)
	return cfg
}

// pipelineClass reads diffusers' _class_name: a class of the library, or a
// module of the release and a class in it.
func pipelineClass(o *object) []string {
	if class := (&object{members: o.members}).text("_class_name"); class != "" {
		return []string{class}
	}
	return (&object{members: o.members}).texts("_class_name")
}

// measure reads the dimensions from one object; what is there already stays
// unless the object says otherwise.
func (cfg *config) measure(o *object) {
	for _, d := range dimension {
		for _, key := range d.keys {
			if n, ok := o.whole(key); ok && n > 0 {
				cfg.numbers[d.fact] = n
				break
			}
		}
	}
	for _, key := range []string{"dtype", "torch_dtype"} {
		if s := o.text(key); s != "" {
			cfg.dtype = strings.TrimPrefix(s, "torch.")
		}
	}
	cfg.rope = cfg.rope || o.has("rope_scaling")
	if tied := o.flag("tie_word_embeddings"); tied != nil {
		cfg.tied = tied
	}
}

// keyOf returns the key under which a dimension stands, for its line.
func (cfg *config) keyOf(fact string) string {
	for _, d := range dimension {
		if d.fact != fact {
			continue
		}
		for _, key := range d.keys {
			if cfg.lines.of(key) > 0 {
				return key
			}
		}
	}
	return fact
}

// architecture writes what the configurations and the headers of GGUF files say
// of the network. That there is one, that it can be read and that it names the
// network hold as soon as one of them does; all else is taken from one alone.
func (c *collection) architecture(context.Context) error {
	files := nearest(c.with("config"), describing...)
	all := append(slices.Clone(c.configs), c.headers()...)
	if len(files) == 0 && len(all) == 0 {
		if c.whole() {
			c.ev.Set("/architecture", map[string]any{"present": false, "parses": false}, audit.Source{Level: audit.Present})
		}
		return nil
	}
	c.network = described(all)
	first, parses := "", c.network != nil
	if parses {
		first = c.network.path
	} else if len(files) > 0 {
		first = files[0].Path
	} else {
		first = all[0].path
	}
	c.ev.Set("/architecture", map[string]any{"present": true, "path": first, "parses": parses}, audit.Source{Path: first, Level: audit.Present})
	if c.network == nil {
		return nil
	}
	if c.config != nil && !c.config.empty {
		c.describeNetwork(c.config)
		c.nameNetwork(c.network)
		c.network = c.config
		return nil
	}
	c.describeNetwork(c.network)
	return nil
}

// described picks the first that names the network, else the first that says
// anything; nil where none does.
func described(all []*config) *config {
	all = slices.DeleteFunc(all, func(cfg *config) bool { return cfg.empty })
	if i := slices.IndexFunc(all, (*config).names); i >= 0 {
		return all[i]
	}
	if len(all) > 0 {
		return all[0]
	}
	return nil
}

func (c *collection) state(cfg *config, name, key string, value any) {
	c.ev.Set("/architecture/"+name, value, audit.Source{Path: cfg.path, Line: cfg.lines.of(key), Level: audit.Claimed})
}

// nameNetwork writes the names of the network where they are not written yet.
func (c *collection) nameNetwork(cfg *config) {
	if _, ok := c.ev.Get("/architecture/model_type"); !ok && cfg.modelType != "" {
		c.state(cfg, "model_type", "model_type", cfg.modelType)
	}
	if _, ok := c.ev.Get("/architecture/classes"); !ok && len(cfg.architectures) > 0 {
		c.state(cfg, "classes", "architectures", cfg.architectures)
	}
}

func (c *collection) describeNetwork(cfg *config) {
	c.nameNetwork(cfg)
	if cfg.dtype != "" {
		key := "torch_dtype"
		if cfg.lines.of("dtype") > 0 {
			key = "dtype"
		}
		c.state(cfg, "dtype", key, cfg.dtype)
	}
	for _, d := range dimension {
		if n, ok := cfg.numbers[d.fact]; ok {
			c.state(cfg, d.fact, cfg.keyOf(d.fact), n)
		}
	}
	if cfg.tied != nil {
		c.state(cfg, "tied_embeddings", "tie_word_embeddings", *cfg.tied)
	}
	if q := cfg.quantization; q != nil {
		m := map[string]any{}
		if q.method != "" {
			m["method"] = q.method
		}
		if q.bits > 0 {
			m["bits"] = q.bits
		}
		c.state(cfg, "quantization", "quantization_config", m)
	}
}

// adapterConfig is what adapter_config.json says (PEFT).
type adapterConfig struct {
	path  string
	lines lineFinder
	base  string
	rev   string
}

// readAdapter reads the configuration of an adapter. One in a folder of its own
// is another model's, and says nothing of the one that is audited.
func (c *collection) readAdapter() {
	for _, f := range c.with("adapter") {
		o := c.object(f, MaxConfig, "/lineage/is_adapter")
		if o == nil {
			continue
		}
		a := &adapterConfig{path: f.Path, lines: o.lines, base: o.text("base_model_name_or_path"), rev: o.text("revision")}
		c.judge(o)
		if own(f) {
			c.adapter = a
		}
	}
}

// ggufKeys lists where a GGUF header states the dimensions, behind the name of
// the architecture (ggml docs/gguf.md).
var ggufKeys = map[string]string{
	"layers": "block_count", "hidden_size": "embedding_length", "heads": "attention.head_count",
	"kv_heads": "attention.head_count_kv", "context_length": "context_length", "vocab_size": "vocab_size", "experts": "expert_count",
}

// headers reads the configurations out of GGUF headers: the format carries its
// own.
func (c *collection) headers() []*config {
	var out []*config
	for _, w := range c.weights {
		if w.info.Format != "gguf" || w.broken() {
			continue
		}
		if kind, ok := w.info.Metadata["general.architecture"].(string); ok && kind != "" {
			out = append(out, ggufConfig(w, kind))
		}
	}
	return out
}

func ggufConfig(w *weightFile, kind string) *config {
	cfg := &config{path: w.file.Path, modelType: kind, numbers: map[string]int64{}}
	for fact, key := range ggufKeys {
		if n, ok := audit.Plain(w.info.Metadata[kind+"."+key]).(int64); ok && n > 0 {
			cfg.numbers[fact] = n
		}
	}
	return cfg
}
