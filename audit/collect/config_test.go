package collect_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/testdata/release"
)

const llama = `{"model_type": "llama", "architectures": ["LlamaForCausalLM"], "torch_dtype": "float32", "vocab_size": 64}`

// A configuration that lies deeper describes a network, and stands in for
// nothing that is not at the root.
func TestNestedFilesStandInForNothing(t *testing.T) {
	one, _ := pair()
	whole := release.Safetensors(nil, one...)
	wrong := strings.Replace(llama, "float32", "float16", 1)
	holdFacts(t, map[string]change{
		"at the root": {nil, map[string][]byte{"config.json": []byte(wrong), "sub/config.json": []byte(llama), "model.safetensors": whole}, []fact{
			{"/architecture/path", "config.json"}, {"/architecture/dtype", "float16"}, {"/relations/dtype/agree", false}, {"/code/loads_without_custom_code", true},
		}},
		"hidden": {nil, map[string][]byte{"sub/config.json": []byte(llama), "model.safetensors": whole}, []fact{
			{"/architecture/path", "sub/config.json"}, {"/architecture/parses", true}, {"/relations/dtype", absent}, {"/code/loads_without_custom_code", absent},
		}},
		"the nearest of two": {nil, map[string][]byte{"a/b/config.json": []byte(wrong), "z/config.json": []byte(llama)}, []fact{{"/architecture/path", "z/config.json"}}},
		"a broken one is no better than none": {nil, map[string][]byte{"config.json": []byte(llama)[:20], "sub/config.json": []byte(llama)}, []fact{
			{"/architecture/path", "sub/config.json"}, {"/architecture/parses", true}, {"/parsed/0/valid", false},
		}},
		"one that names nothing": {nil, map[string][]byte{"config.json": []byte(`{"vocab_size": 8}`), "sub/config.json": []byte(llama)}, []fact{
			{"/architecture/path", "sub/config.json"}, {"/architecture/vocab_size", int64(8)}, {"/architecture/model_type", "llama"}, {"/architecture/dtype", absent},
		}},
		"an adapter deeper down": {nil, map[string][]byte{"config.json": []byte(llama), "model.safetensors": whole, "loras/x/adapter_config.json": []byte(`{"base_model_name_or_path": "acme/base"}`)}, []fact{
			{"/lineage/is_adapter", false}, {"/relations/dtype/agree", true}, {"/lineage/base_models", []any{}},
		}},
		"an adapter beside the model": {nil, map[string][]byte{"config.json": []byte(llama), "model.safetensors": whole, "adapter_config.json": []byte(`{"base_model_name_or_path": "acme/base"}`)}, []fact{
			{"/lineage/is_adapter", true}, {"/relations/dtype/agree", true},
		}},
	})
}

// A configuration that asks for code anywhere is enough, whatever shape the
// question has.
func TestCustomCodeIsFoundAnywhere(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"deeper down":           {"vae/config.json": `{"auto_map": {"AutoModel": "m.X"}}`},
		"a text":                {"config.json": `{"auto_map": "m.X"}`},
		"a list":                {"config.json": `{"auto_map": ["m.X", null]}`},
		"lists in an object":    {"config.json": `{"auto_map": {"AutoTokenizer": [null, "m.X"]}}`},
		"beside an odd number":  {"config.json": `{"time_step_limit": [0.0, Infinity], "auto_map": {"AutoModel": "m.X"}}`},
		"a pipeline":            {"config.json": `{"custom_pipelines": {"x": {"impl": "m.X"}}}`},
		"a pipeline's class":    {"model_index.json": `{"_class_name": ["m", "X"]}`},
		"of another package":    {"modules.json": `[{"type": "sentence_transformers.models.Pooling"}, {"type": "m.X"}]`},
		"in a generation":       {"generation_config.json": `{"auto_map": {"x": "m.X"}}`},
		"a layer of Keras's":    {"config.json": `{"module": "keras", "class_name": "Sequential", "config": {"layers": [{"module": "keras.layers", "class_name": "Dense"}, {"module": "m", "class_name": "X"}]}}`},
		"an adapter's base":     {"adapter_config.json": `{"auto_mapping": {"base_model_class": "X", "parent_library": "m"}}`},
		"beside broken members": {"config.json": `{"architectures": 7, "model_type": [], "auto_map": {"AutoModel": "m.X"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := change{files: map[string][]byte{"config.json": []byte(llama), "m.py": []byte("class X:\n    pass\n")}}
			c.facts = []fact{{"/code/loads_without_custom_code", false}, {"/code/custom_modules", []any{"m.X"}}}
			for path, text := range files {
				c.files[path] = []byte(text)
			}
			holdFacts(t, map[string]change{"": c})
		})
	}
	holdFacts(t, map[string]change{
		"a video processor's": {nil, map[string][]byte{"tokenizer_config.json": []byte(`{}`), "video_preprocessor_config.json": []byte(`{"auto_map": "m.X"}`)}, []fact{
			{"/tokenizer/loads_without_custom_code", false}}},
		"a tokenizer's": {nil, map[string][]byte{"tokenizer_config.json": []byte(`{}`), "sub/tokenizer_config.json": []byte(`{"auto_map": "m.X"}`)}, []fact{
			{"/tokenizer/loads_without_custom_code", false}, {"/code/custom_code_shown", false},
		}},
		"none": {nil, map[string][]byte{"tokenizer_config.json": []byte(`{"auto_map": {}}`), "config.json": []byte(`{"auto_map": null}`)}, []fact{
			{"/tokenizer/loads_without_custom_code", true}, {"/code/loads_without_custom_code", true}, {"/code/custom_modules", absent},
		}},
		"a module in its folder": {nil, map[string][]byte{"sub/config.json": []byte(`{"auto_map": "m.X"}`), "sub/m.py": []byte("class X: pass\n")}, []fact{{"/code/custom_code_shown", true}}},
		"too long to be read":    {nil, map[string][]byte{"config.json": []byte(llama), "sub/config.json": []byte(`{"auto_map": "m.X"}` + strings.Repeat(" ", 5<<20))}, []fact{{"/code/loads_without_custom_code", absent}}},
	})
}

// What is odd in a configuration is told with its line and takes nothing else
// with it.
func TestOddConfigurations(t *testing.T) {
	holdFacts(t, map[string]change{
		"nothing":          {nil, map[string][]byte{"config.json": {}}, []fact{{"/architecture/parses", false}, {"/parsed/0/valid", false}}},
		"an empty object":  {nil, map[string][]byte{"config.json": []byte("{}")}, []fact{{"/architecture/present", true}, {"/architecture/parses", false}}},
		"a list":           {nil, map[string][]byte{"config.json": []byte("[1]")}, []fact{{"/architecture/parses", false}, {"/parsed/0/valid", false}}},
		"null":             {nil, map[string][]byte{"config.json": []byte("null")}, []fact{{"/architecture/parses", false}, {"/parsed/0/valid", false}}},
		"bits as a float":  {nil, map[string][]byte{"config.json": []byte(`{"model_type": "llama", "quantization_config": {"quant_method": "exl2", "bits": 4.0}}`)}, []fact{{"/architecture/quantization/bits", int64(4)}, {"/parsed/0/valid", true}}},
		"bits in between":  {nil, map[string][]byte{"config.json": []byte(`{"model_type": "llama", "quantization_config": {"quant_method": "exl2", "bits": 4.65}}`)}, []fact{{"/architecture/quantization/bits", absent}, {"/architecture/quantization/method", "exl2"}}},
		"MLX":              {nil, map[string][]byte{"config.json": []byte(`{"model_type": "llama", "quantization": {"group_size": 64, "bits": 4}}`)}, []fact{{"/architecture/quantization/bits", int64(4)}}},
		"numbers by layer": {nil, map[string][]byte{"config.json": []byte(`{"model_type": "openelm", "num_key_value_heads": [3, 4], "num_hidden_layers": 2}`)}, []fact{{"/architecture/layers", int64(2)}, {"/parsed/0/valid", true}}},
		"a list for a text": {nil, map[string][]byte{"config.json": []byte("{\"vocab_size\": 8,\n\"model_type\": [\"llama\"],\n\"architectures\": \"LlamaForCausalLM\"}")}, []fact{
			{"/architecture/vocab_size", int64(8)}, {"/architecture/classes", []any{"LlamaForCausalLM"}}, {"/parsed/0/valid", false}, {"/parsed/0/problems/0/line", int64(2)},
		}},
		"infinity":          {nil, map[string][]byte{"config.json": []byte(`{"model_type": "mamba2", "time_step_limit": [0.0, Infinity], "x": "NaN"}`)}, []fact{{"/architecture/model_type", "mamba2"}, {"/parsed/0/valid", true}}},
		"keys in capitals":  {nil, map[string][]byte{"config.json": []byte(`{"Model_Type": "llama", "x": 1}`)}, []fact{{"/architecture/model_type", absent}}},
		"a broken adapter":  {nil, map[string][]byte{"adapter_config.json": []byte("{\n\"r\": 8,\n")}, []fact{{"/parsed/0/path", "adapter_config.json"}, {"/parsed/0/valid", false}, {"/parsed/0/problems/0/line", int64(3)}}},
		"a broken template": {nil, map[string][]byte{"tokenizer_config.json": []byte("{\"chat_template\": \"x\n\"}")}, []fact{{"/parsed/0/path", "tokenizer_config.json"}, {"/parsed/0/valid", false}}},
	})
}

// A header of GGUF describes a network where nothing else does, and then alone.
func TestHeadersDescribe(t *testing.T) {
	gguf := release.GGUF([]release.KV{{Key: "general.architecture", Value: "llama"}, {Key: "llama.context_length", Value: uint32(512)}},
		release.NewTensor("token_embd.weight", "F32", 1, 4, 4))
	card := []byte("# X\n\nThe model has a context length of 512 tokens.\n")
	holdFacts(t, map[string]change{
		"alone":  {nil, map[string][]byte{"m.gguf": gguf, "README.md": card}, []fact{{"/architecture/parses", true}, {"/architecture/model_type", "llama"}, {"/relations/context_length/agree", true}}},
		"broken": {nil, map[string][]byte{"m.gguf": gguf, "config.json": []byte("{")}, []fact{{"/architecture/parses", true}, {"/architecture/path", "m.gguf"}}},
		"beside another length": {nil, map[string][]byte{"m.gguf": gguf, "README.md": card, "config.json": []byte(`{"model_type": "llama", "max_position_embeddings": 128}`)}, []fact{
			{"/architecture/context_length", int64(128)}, {"/relations/context_length/agree", true},
		}},
	})
}

// Whatever the files of a model hold, they are read without a panic into
// evidence that is valid.
func FuzzModelFiles(f *testing.F) {
	schema := compileEvidence(f)
	for _, text := range []string{llama, `{"auto_map": [{"a": ["m.X"]}], "quantization": 4, "text_config": []}`, `[{"type": 3}]`,
		`{"model": {"vocab": [["a", 0.5]]}, "added_tokens": [{"id": 9e18}]}`, `{"weight_map": {"a": "x-00001-of-00003.safetensors"}}`, `{"chat_template": {"x": "{{"}}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		files := map[string][]byte{}
		for _, name := range []string{"config.json", "a/params.json", "tokenizer.json", "tokenizer_config.json", "tekken.json", "tokenizer.model",
			"adapter_config.json", "modules.json", "model.safetensors.index.json", "chat_template.jinja"} {
			files[name] = data
		}
		ev := gather(t, change{files: files}.release())
		if err := schema.Validate(map[string]any(ev.Doc)); err != nil {
			t.Errorf("no valid evidence: %#v", err)
		}
	})
}

// What lies where a loader looks for code is code that it runs, asked for or not.
func TestCustomCodeByItsPlace(t *testing.T) {
	code := []byte("class X:\n    pass\n")
	holdFacts(t, map[string]change{
		"a way of generating": {nil, map[string][]byte{"config.json": []byte(llama), "custom_generate/generate.py": code}, []fact{
			{"/code/loads_without_custom_code", false}, {"/code/custom_modules", []any{"generate.generate"}}, {"/code/custom_code_shown", true}}},
		"a part of a pipeline": {nil, map[string][]byte{"model_index.json": []byte(`{"_class_name": "P", "unet": ["m", "X"], "vae": ["diffusers", "V"]}`), "unet/m.py": code}, []fact{
			{"/code/loads_without_custom_code", false}, {"/code/custom_modules", []any{"unet.m.X"}}, {"/code/custom_code_shown", true}}},
		"parts that come with libraries": {nil, map[string][]byte{"model_index.json": []byte(`{"_class_name": "P", "unet": ["diffusers", "X"], "safety": ["stable_diffusion", "S"]}`)}, []fact{
			{"/code/loads_without_custom_code", true}}},
		"an adapter's base in a library": {nil, map[string][]byte{"config.json": []byte(llama), "adapter_config.json": []byte(`{"auto_mapping": {"base_model_class": "X", "parent_library": "transformers.models.x"}}`)}, []fact{
			{"/code/loads_without_custom_code", true}}},
	})
}

// A pickle is told among the weights under every name, even one that makes it
// something else.
func TestPickleUnderEveryName(t *testing.T) {
	evil := "cos\nsystem\n(S'id'\ntR."
	for _, name := range []string{"tokenizer.model", "vocab.txt", "LICENSE", "notes.txt", "README.md", "optimizer.index.json"} {
		ev := gather(t, fstest.MapFS{name: file(evil)})
		if v, ok := ev.Get("/weights/files/0/verdict"); !ok || v != "code_capable" {
			t.Errorf("%s: %v", name, v)
		}
	}
}
