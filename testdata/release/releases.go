package release

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/fstest"
)

// lumen holds the sizes of the exemplary model, 41,120 parameters.
func lumen() Llama {
	return Llama{Vocab: 256, Hidden: 32, Intermediate: 96, Layers: 2, Heads: 4, KVHeads: 2}
}

// pebble holds the sizes of the one-layer models, 26,720 parameters.
func pebble() Llama {
	return Llama{Vocab: 256, Hidden: 32, Intermediate: 64, Layers: 1, Heads: 4, KVHeads: 4}
}

// torchMetadata is what transformers writes into every safetensors header.
func torchMetadata() map[string]string { return map[string]string{"format": "pt"} }

// halves splits the tensors of a model where the second half of its layers begins.
func halves(l Llama, tensors []Tensor) (first, second []Tensor) {
	prefix := fmt.Sprintf("model.layers.%d.", l.Layers/2)
	at := slices.IndexFunc(tensors, func(t Tensor) bool { return strings.HasPrefix(t.Name, prefix) })
	return tensors[:at], tensors[at:]
}

// Exemplary is open science in every part: two safetensors shards that agree
// with everything said about them, an intermediate checkpoint, data, code,
// reports, policies, and digests that hold.
func Exemplary() fstest.MapFS {
	files := folder("exemplary")
	put(files, "LICENSE", Apache())
	first, second := halves(lumen(), lumen().Tensors("BF16", 41))
	put(files, ShardName(1, 2), Safetensors(torchMetadata(), first...))
	put(files, ShardName(2, 2), Safetensors(torchMetadata(), second...))
	put(files, "model.safetensors.index.json", ShardIndex(first, second))
	put(files, "checkpoints/step-1000/model.safetensors", Safetensors(torchMetadata(), lumen().Tensors("BF16", 1041)...))
	put(files, "SHA256SUMS", Checksums(files))
	return files
}

// WeightsOnly has weights, their configuration and a card of five lines.
func WeightsOnly() fstest.MapFS {
	files := folder("weights-only")
	put(files, "model.safetensors", Safetensors(torchMetadata(), pebble().Tensors("F16", 2)...))
	put(files, "tokenizer.json", text("exemplary/tokenizer.json"))
	put(files, "tokenizer_config.json", text("exemplary/tokenizer_config.json"))
	return files
}

// PickleOnly has a fair card and a torch ZIP instead of safetensors.
func PickleOnly() fstest.MapFS {
	files := folder("pickle-only")
	put(files, "pytorch_model.bin", TorchZip("pytorch_model", pebble().Tensors("F32", 3)...))
	return files
}

// Contradicting says one thing and holds another: size, dtype, context length,
// licence, base model, shards and digests.
func Contradicting() fstest.MapFS {
	files := folder("contradicting")
	first, second := halves(lumen(), lumen().Tensors("F32", 4))
	put(files, ShardName(1, 2), Safetensors(torchMetadata(), first...))
	put(files, "model.safetensors.index.json", ShardIndex(first, second))
	sums := Checksums(files)
	put(files, "SHA256SUMS", sums)
	// An edit after the digests were written, as happens.
	put(files, "config.json", bytes.Replace(files["config.json"].Data, []byte("512"), []byte("1024"), 1))
	return files
}

// hubRevision stands for a commit on the Hub.
const hubRevision = "6f1d2c3b4a5968778695a4b3c2d1e0f9182736f5"

// HubCache is the cache that huggingface_hub keeps of a downloaded model: blobs
// under their digests (SHA-256 for LFS files, else Git's), and a snapshot of
// relative links. The release itself is snapshots/<revision>.
func HubCache() fstest.MapFS {
	release := folder("hub-cache")
	put(release, "LICENSE", Apache())
	put(release, "model.safetensors", Safetensors(torchMetadata(), pebble().Tensors("BF16", 5)...))

	const root = "models--acme--tiny-lm"
	files := fstest.MapFS{}
	for name, f := range release {
		blob := GitBlobID(f.Data)
		if strings.HasSuffix(name, ".safetensors") {
			digest := sha256.Sum256(f.Data)
			blob = hex.EncodeToString(digest[:])
		}
		put(files, root+"/blobs/"+blob, f.Data)
		link(files, root+"/snapshots/"+hubRevision+"/"+name, "../../blobs/"+blob)
	}
	put(files, root+"/refs/main", []byte(hubRevision))
	// The library remembers in this way that the Hub has no such file.
	put(files, root+"/.no_exist/"+hubRevision+"/adapter_config.json", nil)
	return files
}

// Signed is a small release with digests and a signature that hold. The key to
// trust is [SignerPEM].
func Signed() fstest.MapFS {
	files := folder("signed")
	put(files, "LICENSE", Apache())
	put(files, "model.safetensors", Safetensors(torchMetadata(), pebble().Tensors("BF16", 6)...))
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json"} {
		put(files, name, text("exemplary/"+name))
	}
	put(files, "SHA256SUMS", Checksums(files))
	put(files, "model.sig", Sign("signed", files, SignerKey()))
	return files
}

// LFSPointers was cloned without Git LFS: its weights and its tokenizer are
// pointers to files of 1.4 GB.
func LFSPointers() fstest.MapFS {
	quarry := Llama{Vocab: 32000, Hidden: 1536, Intermediate: 4096, Layers: 24, Heads: 12, KVHeads: 4}
	files := folder("lfs-pointers")
	first, second := halves(quarry, quarry.Shapes("BF16"))
	for i, shard := range [][]Tensor{first, second} {
		size := len(Safetensors(torchMetadata(), shard...))
		for _, t := range shard {
			size += t.Bytes()
		}
		name := ShardName(i+1, 2)
		put(files, name, LFSPointer(sha256.Sum256([]byte(name)), size))
	}
	put(files, "tokenizer.json", LFSPointer(sha256.Sum256([]byte("tokenizer.json")), 2203144))
	put(files, "model.safetensors.index.json", ShardIndex(first, second))
	return files
}

// Adapter is a LoRA of rank 4 on the exemplary model.
func Adapter() fstest.MapFS {
	const rank = 4
	base := lumen()
	var tensors []Tensor
	for layer := range base.Layers {
		for _, p := range []struct {
			name string
			rows int
		}{{"q_proj", base.Hidden}, {"v_proj", base.Hidden / base.Heads * base.KVHeads}} {
			name := fmt.Sprintf("base_model.model.model.layers.%d.self_attn.%s.lora_", layer, p.name)
			seed := uint64(700 + layer)
			tensors = append(tensors,
				NewTensor(name+"A.weight", "F32", seed, rank, base.Hidden),
				NewTensor(name+"B.weight", "F32", seed+50, p.rows, rank))
		}
	}
	files := folder("adapter")
	put(files, "adapter_model.safetensors", Safetensors(torchMetadata(), tensors...))
	put(files, "LICENSE", Apache())
	return files
}

// GGUFOnly is an eight-bit GGUF file of the exemplary model with a short card.
func GGUFOnly() fstest.MapFS {
	files := folder("gguf-only")
	put(files, "lumen-41k-Q8_0.gguf", GGUF(lumenMetadata(), ggufTensors(lumen(), 8)...))
	return files
}

// lumenMetadata is what a converter would write for the exemplary model.
func lumenMetadata() []KV {
	tokens, merges := vocabulary()
	l := lumen()
	return []KV{
		{"general.architecture", "llama"},
		{"general.type", "model"},
		{"general.name", "Lumen 41K"},
		{"general.organization", "Acme"},
		{"general.basename", "lumen"},
		{"general.size_label", "41K"},
		{"general.quantized_by", "acme"},
		{"general.license", "apache-2.0"},
		{"general.license.link", "https://huggingface.co/aurora-lab/lumen-41k/blob/main/LICENSE"},
		{"general.base_model.count", uint32(1)},
		{"general.base_model.0.name", "Lumen 41K"},
		{"general.base_model.0.organization", "Aurora Lab"},
		{"general.base_model.0.repo_url", "https://huggingface.co/aurora-lab/lumen-41k"},
		{"general.tags", []string{"teaching", "text-generation"}},
		{"general.languages", []string{"en"}},
		{"general.datasets", []string{"aurora-lab/harbour-notes"}},
		{"general.file_type", uint32(7)},
		{"general.quantization_version", uint32(2)},
		{"llama.block_count", uint32(l.Layers)},
		{"llama.context_length", uint32(128)},
		{"llama.embedding_length", uint32(l.Hidden)},
		{"llama.feed_forward_length", uint32(l.Intermediate)},
		{"llama.attention.head_count", uint32(l.Heads)},
		{"llama.attention.head_count_kv", uint32(l.KVHeads)},
		{"llama.attention.layer_norm_rms_epsilon", float32(1e-5)},
		{"llama.rope.freq_base", float32(10000)},
		{"llama.vocab_size", uint32(l.Vocab)},
		{"tokenizer.ggml.model", "gpt2"},
		{"tokenizer.ggml.tokens", tokens},
		{"tokenizer.ggml.merges", merges},
		{"tokenizer.ggml.bos_token_id", uint32(1)},
		{"tokenizer.ggml.eos_token_id", uint32(2)},
		{"tokenizer.ggml.unknown_token_id", uint32(0)},
		{"tokenizer.ggml.add_bos_token", true},
	}
}

// vocabulary reads the exemplary tokenizer: tokens by id, merges by rank.
func vocabulary() (tokens, merges []string) {
	var tokenizer struct {
		Model struct {
			Vocab  map[string]int
			Merges [][]string
		}
	}
	if err := json.Unmarshal(text("exemplary/tokenizer.json"), &tokenizer); err != nil {
		panic(err)
	}
	vocab := tokenizer.Model.Vocab
	tokens = slices.SortedFunc(maps.Keys(vocab), func(a, b string) int { return vocab[a] - vocab[b] })
	for _, pair := range tokenizer.Model.Merges {
		merges = append(merges, strings.Join(pair, " "))
	}
	return tokens, merges
}

// ggufTensors gives a model's tensors the names llama.cpp uses; matrices are
// Q8_0, gains F32.
func ggufTensors(l Llama, seed uint64) []Tensor {
	rename := strings.NewReplacer(
		"model.embed_tokens", "token_embd", "model.layers.", "blk.", "model.norm", "output_norm", "lm_head", "output",
		"input_layernorm", "attn_norm", "post_attention_layernorm", "ffn_norm",
		"mlp.down_proj", "ffn_down", "mlp.gate_proj", "ffn_gate", "mlp.up_proj", "ffn_up",
		"self_attn.k_proj", "attn_k", "self_attn.o_proj", "attn_output", "self_attn.q_proj", "attn_q", "self_attn.v_proj", "attn_v",
	)
	var tensors []Tensor
	for i, t := range l.Shapes("") {
		dtype := "Q8_0"
		if len(t.Shape) == 1 {
			dtype = "F32"
		}
		tensors = append(tensors, NewTensor(rename.Replace(t.Name), dtype, seed+uint64(i), t.Shape...))
	}
	return tensors
}

// DatasetCard is a dataset, handed in by somebody who took it for a model.
func DatasetCard() fstest.MapFS { return folder("dataset-card") }

// Empty has one file, which has nothing to do with models.
func Empty() fstest.MapFS { return folder("empty") }

// Restricted calls itself open and comes under a licence that is not.
func Restricted() fstest.MapFS {
	files := folder("restricted")
	put(files, "model.safetensors", Safetensors(torchMetadata(), pebble().Tensors("BF16", 11)...))
	return files
}

// TemplateCard has weights and a card in which every section is a placeholder.
func TemplateCard() fstest.MapFS {
	files := folder("template-card")
	put(files, "model.safetensors", Safetensors(torchMetadata(), pebble().Tensors("BF16", 12)...))
	return files
}

// RemoteCode has weights that cannot run code and asks for code to be run all
// the same.
func RemoteCode() fstest.MapFS {
	files := folder("remote-code")
	put(files, "LICENSE", Apache())
	put(files, "model.safetensors", Safetensors(torchMetadata(),
		NewTensor("embed.weight", "BF16", 130, 256, 32),
		NewTensor("layers.0.decay", "BF16", 131, 32),
		NewTensor("layers.0.project.weight", "BF16", 132, 32, 32),
		NewTensor("head.weight", "BF16", 133, 256, 32)))
	return files
}
