package release

import (
	"io/fs"
	"path"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRandomDependsOnTheSeedAlone(t *testing.T) {
	for seed := range uint64(200) {
		if diff := differ(Random(seed), Random(seed)); diff != "" {
			t.Fatalf("seed %d: two draws differ in %s", seed, diff)
		}
	}
	if differ(Random(1), Random(2)) == "" {
		t.Error("two seeds gave one release")
	}
}

func TestRandomNamesAreValid(t *testing.T) {
	for seed := range uint64(500) {
		for name := range Random(seed) {
			if !fs.ValidPath(name) {
				t.Fatalf("seed %d: %q", seed, name)
			}
		}
	}
}

// Every trait that a property may depend on has to come and to stay away often
// enough: between 2 and 98 of a hundred releases.
func TestRandomVariesEveryTrait(t *testing.T) {
	has := func(names ...string) func(fstest.MapFS) bool {
		return func(files fstest.MapFS) bool {
			for _, name := range names {
				if files[name] != nil {
					return true
				}
			}
			return false
		}
	}
	ends := func(suffix string) func(fstest.MapFS) bool {
		return func(files fstest.MapFS) bool {
			for name := range files {
				if path.Ext(name) == suffix {
					return true
				}
			}
			return false
		}
	}
	says := func(words ...string) func(fstest.MapFS) bool {
		return func(files fstest.MapFS) bool {
			for _, name := range []string{"README.md", "MODEL_CARD.md"} {
				for _, word := range words {
					if f := files[name]; f != nil && strings.Contains(string(f.Data), word) {
						return true
					}
				}
			}
			return false
		}
	}
	traits := map[string]func(fstest.MapFS) bool{
		"safetensors":       ends(".safetensors"),
		"single file":       has("model.safetensors"),
		"shards":            has(ShardName(1, 2)),
		"index":             has("model.safetensors.index.json"),
		"gguf":              ends(".gguf"),
		"pickle":            has("pytorch_model.bin", "model.pkl", "model.ckpt"),
		"adapter":           has("adapter_config.json"),
		"loose shards":      has("left.safetensors"),
		"training state":    has("optimizer.pt", "training_args.bin", "optimizer.safetensors"),
		"a neighbour":       has("onnx/config.json", "unet/config.json", "original/config.json", "loras/first/config.json"),
		"another tokenizer": has("onnx/tokenizer.json", "unet/tokenizer.json", "original/tokenizer.json", "loras/first/tokenizer.json"),
		"two cards":         func(files fstest.MapFS) bool { return files["README.md"] != nil && files["MODEL_CARD.md"] != nil },
		"a pointer for a tokenizer": func(files fstest.MapFS) bool {
			return files["tokenizer.json"] != nil && strings.HasPrefix(string(files["tokenizer.json"].Data), "version https://git-lfs")
		},
		"weights twice":    func(files fstest.MapFS) bool { return ends(".gguf")(files) && ends(".safetensors")(files) },
		"checkpoint":       has("checkpoints/step-1000/model.safetensors"),
		"config":           has("config.json"),
		"custom code":      has("modeling_acme.py"),
		"licence text":     has("LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"),
		"use policy":       has("USE_POLICY.md"),
		"card":             has("README.md", "MODEL_CARD.md"),
		"weak digests":     has("checklist.chk"),
		"signature":        has("model.sig", "SHA256SUMS.asc", "model.sigstore.json"),
		"digests":          has("SHA256SUMS"),
		"placeholders":     says("[More Information Needed]"),
		"open licence":     says("license: apache-2.0"),
		"closed licence":   says("license: other", "license: llama3", "license: cc-by-nc-4.0"),
		"size claim":       says(" parameters."),
		"wrong size":       says("7B parameters", "1.3 billion parameters", "350M parameters"),
		"base model":       says("base_model:"),
		"training data":    says("Training Data"),
		"evaluation":       says("Evaluation\n"),
		"a link":           has("outside.md"),
		"front matter":     says("---\n"),
		"broken front":     says("broken: ["),
		"Windows newlines": says("\r\n"),
	}
	for _, name := range artefacts() {
		if path.Ext(name) != ".py" {
			traits[name] = has(name)
		}
	}

	const draws = 2000
	counts := map[string]int{}
	for seed := range uint64(draws) {
		files := Random(seed)
		for trait, present := range traits {
			if present(files) {
				counts[trait]++
			}
		}
	}
	for trait := range traits {
		if n := counts[trait]; n < draws/50 || n > draws*49/50 {
			t.Errorf("%s: %d of %d releases", trait, n, draws)
		}
	}
}

func BenchmarkRandom(b *testing.B) {
	seed := uint64(0)
	for b.Loop() {
		Random(seed)
		seed++
	}
}
