package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
)

// MaxConfig bounds a configuration file, in bytes. The largest ones in the
// wild, with thousands of labels, stay below one megabyte.
const MaxConfig = 4 << 20

// config is what config.json says, as far as it is compared with anything.
type config struct {
	path          string
	lines         lineFinder
	ModelType     string           `json:"model_type"`
	Architectures []string         `json:"architectures"`
	NameOrPath    string           `json:"_name_or_path"`
	AutoMap       json.RawMessage  `json:"auto_map"`
	License       string           `json:"license"`
	Quantization  *quantization    `json:"quantization_config"`
	Text          *json.RawMessage `json:"text_config"`

	numbers map[string]int64
	dtype   string
	tied    *bool
	rope    bool
}

// scaled tells whether positions are stretched beyond what the number says.
func (cfg *config) scaled() bool { return cfg.rope }

type quantization struct {
	Method string `json:"quant_method"`
	Bits   int64  `json:"bits"`
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

// mainConfig picks the configuration of the model itself: config.json nearest
// to the root, else what Llama and diffusers use in its place.
func (c *collection) mainConfig() *File {
	for _, name := range []string{"config.json", "params.json", "model_index.json"} {
		var best *File
		for _, f := range c.with("config") {
			if path.Base(f.Path) == name && (best == nil || strings.Count(f.Path, "/") < strings.Count(best.Path, "/")) {
				best = f
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

func (c *collection) readConfig(context.Context) error {
	c.readAdapter()
	f := c.mainConfig()
	if f == nil {
		if c.whole() {
			c.ev.Set("/architecture", map[string]any{"present": false, "parses": false}, audit.Source{Level: audit.Present})
		}
		return nil
	}
	data := c.read(f, MaxConfig, "/architecture")
	if data == nil {
		return nil
	}
	cfg, err := parseConfig(f.Path, data)
	src := audit.Source{Path: f.Path, Level: audit.Present}
	c.ev.Set("/architecture", map[string]any{"present": true, "path": f.Path, "parses": err == nil}, src)
	if err != nil {
		return nil
	}
	c.config = cfg
	c.architecture(cfg)
	return nil
}

func parseConfig(path string, data []byte) (*config, error) {
	cfg := &config{path: path, lines: lineFinder{data}, numbers: map[string]int64{}}
	if err := json.Unmarshal(data, cfg); err != nil {
		return nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	if cfg.Text != nil {
		var inner map[string]json.RawMessage
		if json.Unmarshal(*cfg.Text, &inner) == nil {
			cfg.measure(inner)
		}
	}
	cfg.measure(all)
	return cfg, nil
}

// measure reads the dimensions from one object; what is there already stays
// unless the object says otherwise.
func (cfg *config) measure(all map[string]json.RawMessage) {
	for _, d := range dimension {
		for _, key := range d.keys {
			var n int64
			if raw, ok := all[key]; ok && json.Unmarshal(raw, &n) == nil && n > 0 {
				cfg.numbers[d.fact] = n
				break
			}
		}
	}
	for _, key := range []string{"dtype", "torch_dtype"} {
		var s string
		if raw, ok := all[key]; ok && json.Unmarshal(raw, &s) == nil && s != "" {
			cfg.dtype = strings.TrimPrefix(s, "torch.")
		}
	}
	if raw, ok := all["rope_scaling"]; ok && string(raw) != "null" {
		cfg.rope = true
	}
	var tied bool
	if raw, ok := all["tie_word_embeddings"]; ok && json.Unmarshal(raw, &tied) == nil {
		cfg.tied = &tied
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

func (c *collection) architecture(cfg *config) {
	state := func(name, key string, value any) {
		c.ev.Set("/architecture/"+name, value, audit.Source{Path: cfg.path, Line: cfg.lines.of(key), Level: audit.Claimed})
	}
	if cfg.ModelType != "" {
		state("model_type", "model_type", cfg.ModelType)
	}
	if len(cfg.Architectures) > 0 {
		state("classes", "architectures", cfg.Architectures)
	}
	if cfg.dtype != "" {
		key := "torch_dtype"
		if cfg.lines.of("dtype") > 0 {
			key = "dtype"
		}
		state("dtype", key, cfg.dtype)
	}
	for _, d := range dimension {
		if n, ok := cfg.numbers[d.fact]; ok {
			state(d.fact, cfg.keyOf(d.fact), n)
		}
	}
	if cfg.tied != nil {
		state("tied_embeddings", "tie_word_embeddings", *cfg.tied)
	}
	if q := cfg.Quantization; q != nil {
		m := map[string]any{}
		if q.Method != "" {
			m["method"] = q.Method
		}
		if q.Bits > 0 {
			m["bits"] = q.Bits
		}
		state("quantization", "quantization_config", m)
	}
}

// loadsAlone tells whether the model loads without code of its own: whether a
// configuration maps a class to a module (auto_map), and if the modules are
// here to be read. Each answer rests on one file, the configuration or the
// tokenizer's, so that taking another file away cannot turn it.
func (c *collection) loadsAlone(context.Context) error {
	modules := map[string]string{} // module and class → file that asks for it
	for _, f := range c.with("config", "tokenizer", "adapter") {
		if path.Ext(f.Path) != ".json" || f.Size > MaxConfig {
			continue
		}
		data, err := c.rel.Read(f.Path, MaxConfig)
		if err != nil || !json.Valid(data) {
			continue
		}
		asked := autoMap(data)
		for _, m := range asked {
			modules[m] = f.Path
		}
		src := audit.Source{Path: f.Path, Level: audit.Verified}
		switch {
		case c.config != nil && f.Path == c.config.path:
			c.ev.Set("/code/loads_without_custom_code", len(asked) == 0, src)
		case f.Path == "tokenizer_config.json":
			c.ev.Set("/tokenizer/loads_without_custom_code", len(asked) == 0, src)
		}
	}
	names := slices.Sorted(maps.Keys(modules))
	if len(names) > 0 {
		src := audit.Source{Path: modules[names[0]], Level: audit.Verified}
		c.ev.Set("/code/custom_modules", names, src)
		c.ev.Set("/code/custom_code_shown", c.allShown(names), src)
	}
	return nil
}

// allShown tells whether each module of an auto_map is among the files. A
// module named as repo--module lies in another repository.
func (c *collection) allShown(modules []string) bool {
	for _, m := range modules {
		name, _, _ := strings.Cut(m, ".")
		if strings.Contains(m, "--") || c.find(strings.ReplaceAll(name, ".", "/")+".py") == nil {
			return false
		}
	}
	return true
}

// autoMap lists the "module.Class" values of an auto_map object.
func autoMap(data []byte) []string {
	var doc struct {
		AutoMap map[string]any `json:"auto_map"`
	}
	if json.Unmarshal(data, &doc) != nil {
		return nil
	}
	var out []string
	for _, v := range doc.AutoMap {
		switch v := v.(type) {
		case string:
			out = append(out, v)
		case []any:
			for _, x := range v {
				if s, ok := x.(string); ok {
					out = append(out, s)
				}
			}
		}
	}
	return out
}

// adapterConfig is what adapter_config.json says (PEFT).
type adapterConfig struct {
	path  string
	lines lineFinder
	Base  string `json:"base_model_name_or_path"`
	Type  string `json:"peft_type"`
	Rev   string `json:"revision"`
}

func (c *collection) readAdapter() {
	for _, f := range c.with("adapter") {
		data := c.read(f, MaxConfig, "/lineage/is_adapter")
		a := &adapterConfig{path: f.Path, lines: lineFinder{data}}
		if data != nil && json.Unmarshal(data, a) == nil {
			c.adapter = a
			return
		}
	}
}

// lineFinder finds the line of a key in a JSON text as people lay it out.
type lineFinder struct{ data []byte }

// of returns the line on which the quoted key first stands, 0 when it does not.
func (l lineFinder) of(key string) int {
	i := bytes.Index(l.data, []byte(`"`+key+`"`))
	if i < 0 {
		return 0
	}
	return 1 + bytes.Count(l.data[:i], []byte("\n"))
}

// ggufKeys lists where a GGUF header states the dimensions, behind the name of
// the architecture (ggml docs/gguf.md).
var ggufKeys = map[string]string{
	"layers": "block_count", "hidden_size": "embedding_length", "heads": "attention.head_count",
	"kv_heads": "attention.head_count_kv", "context_length": "context_length", "vocab_size": "vocab_size", "experts": "expert_count",
}

// ggufConfig reads the configuration out of a GGUF header.
func ggufConfig(w *weightFile, kind string) *config {
	cfg := &config{path: w.file.Path, ModelType: kind, numbers: map[string]int64{}}
	for fact, key := range ggufKeys {
		if n, ok := audit.Plain(w.info.Metadata[kind+"."+key]).(int64); ok && n > 0 {
			cfg.numbers[fact] = n
		}
	}
	return cfg
}
