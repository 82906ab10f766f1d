package release

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
)

// Random draws a whole release. Which artefacts are there, what the card claims
// and whether it is true, the licence declared and the licence shown, and the
// formats of the weights vary with the seed and with nothing else. About one in
// ten has no weights and one in ten no card; few are complete.
//
// No two files share their bytes, so a caller may change them.
func Random(seed uint64) fstest.MapFS {
	rng := rand.New(rand.NewPCG(seed, 0x676c617373))
	d := draw{
		rng:      rng,
		seed:     seed,
		files:    fstest.MapFS{},
		generous: rng.Float64(),
		dtype:    pick(rng, "F32", "F16", "BF16"),
		context:  64 << rng.IntN(6),
		base:     pick(rng, "", "", "acme/slate-1b", "aurora-lab/lumen-41k"),
		license:  drawLicense(rng),
	}
	d.model = Llama{
		Vocab:        64 << rng.IntN(2),
		Hidden:       8 << rng.IntN(3),
		Intermediate: 32 << rng.IntN(2),
		Layers:       1 + rng.IntN(3),
		Heads:        4,
		KVHeads:      1 << rng.IntN(3),
	}
	d.addWeights()
	d.addConfig()
	d.addNeighbour()
	d.addLicense()
	d.addCard()
	d.addSecondCard()
	d.addArtefacts()
	d.usePointers()
	d.addClutter()
	d.addChecksums()
	d.addWeakChecksums()
	d.addSignature()
	return d.files
}

// draw is a release in the making: the truth about its model, and the files.
type draw struct {
	rng      *rand.Rand
	seed     uint64
	files    fstest.MapFS
	generous float64 // share of the optional artefacts that is published

	model   Llama
	dtype   string
	context int
	base    string // empty for a model trained from scratch
	license license
}

// A license is what a card declares and the text that belongs to it.
type license struct {
	id   string // the Hub's id
	name string // license_name, with the id other
	text string // under text/, empty where the release carries none
}

func licenses() []license {
	return []license{
		{id: "apache-2.0", text: "apache-2.0.txt"},
		{id: "mit", text: "pickle-only/LICENSE"},
		{id: "cc0-1.0", text: "exemplary/data/LICENSE"},
		{id: "other", name: "acme-community-1.0", text: "restricted/LICENSE.md"},
		{id: "other", name: "acme-research-2.0", text: "contradicting/LICENSE"},
		{id: "cc-by-nc-4.0"},
		{id: "llama3"},
		{id: "gpl-3.0"},
		{},
	}
}

func drawLicense(rng *rand.Rand) license {
	if rng.IntN(3) == 0 {
		return licenses()[0] // the most frequent one in the world
	}
	return pick(rng, licenses()...)
}

func pick[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

// chance is true with probability p.
func (d *draw) chance(p float64) bool { return d.rng.Float64() < p }

func (d *draw) put(name string, data []byte) { put(d.files, name, data) }

// claim tells the truth four times out of five, otherwise one of the lies.
func claim[T any](d *draw, truth T, lies ...T) T {
	if d.chance(0.8) {
		return truth
	}
	return pick(d.rng, lies...)
}

// addWeights adds no weights, those of one format, or those of two.
func (d *draw) addWeights() {
	kinds := []func(){
		d.addSafetensors, d.addSafetensors, d.addShards, d.addShards, d.addGGUF, d.addTorch,
		d.addCallingPickle, d.addPointers, d.addAdapter, d.addTruncated, d.addLoose, d.addState,
	}
	if d.chance(0.1) {
		return
	}
	pick(d.rng, kinds...)()
	if d.chance(0.25) {
		pick(d.rng, append(kinds, d.addGGUF, d.addAdapter, d.addAdapter)...)()
	}
}

func (d *draw) tensors() []Tensor { return d.model.Tensors(d.dtype, d.seed) }

func (d *draw) addSafetensors() {
	name := "model.safetensors"
	if d.chance(0.1) {
		name = "weights/" + name
	}
	var metadata map[string]string
	if d.chance(0.8) {
		metadata = torchMetadata()
	}
	d.put(name, Safetensors(metadata, d.tensors()...))
}

// addShards now and then forgets a shard or the index, or loses the end of it.
func (d *draw) addShards() {
	first, second := halves(d.model, d.tensors())
	if d.chance(0.8) {
		index := ShardIndex(first, second)
		if d.chance(0.15) {
			index = index[:d.rng.IntN(len(index))]
		}
		d.put("model.safetensors.index.json", index)
	}
	d.put(ShardName(1, 2), Safetensors(torchMetadata(), first...))
	if d.chance(0.75) {
		d.put(ShardName(2, 2), Safetensors(torchMetadata(), second...))
	}
}

// addLoose adds shards that only their index holds together, now and then
// without one of them.
func (d *draw) addLoose() {
	first, second := halves(d.model, d.tensors())
	index := ShardIndex(first, second)
	for i, name := range []string{"left.safetensors", "right.safetensors"} {
		index = bytes.ReplaceAll(index, []byte(ShardName(i+1, 2)), []byte(name))
	}
	d.put("model.safetensors.index.json", index)
	d.put("left.safetensors", Safetensors(torchMetadata(), first...))
	if d.chance(0.7) {
		d.put("right.safetensors", Safetensors(torchMetadata(), second...))
	}
}

// addState adds what training leaves behind, or a sample, and no weights.
func (d *draw) addState() {
	t := NewTensor("exp_avg", "F32", d.seed, 4, 4)
	switch d.rng.IntN(3) {
	case 0:
		d.put("optimizer.pt", TorchZip("archive", t))
	case 1:
		d.put("training_args.bin", TorchZip("training_args", t))
	default:
		d.put("optimizer.safetensors", Safetensors(nil, t))
	}
}

func (d *draw) addGGUF() {
	metadata := []KV{
		{"general.architecture", "llama"},
		{"general.name", "Random " + strconv.FormatUint(d.seed, 10)},
		{"llama.context_length", uint32(d.context)},
		{"llama.block_count", uint32(d.model.Layers)},
	}
	if d.license.id != "" && d.chance(0.6) {
		metadata = append(metadata, KV{"general.license", claim(d, d.license.id, "mit", "llama3")})
	}
	if d.base != "" && d.chance(0.6) {
		metadata = append(metadata,
			KV{"general.base_model.count", uint32(1)},
			KV{"general.base_model.0.repo_url", "https://huggingface.co/" + claim(d, d.base, "acme/other")})
	}
	tensors := d.tensors()
	if d.model.Hidden%q8Block == 0 {
		tensors = ggufTensors(d.model, d.seed)
	}
	d.put("model-"+tensors[0].DType+".gguf", GGUF(metadata, tensors...))
}

func (d *draw) addTorch() {
	d.put("pytorch_model.bin", TorchZip(pick(d.rng, "archive", "pytorch_model"), d.tensors()...))
}

func (d *draw) addCallingPickle() {
	d.put(pick(d.rng, "model.pkl", "pytorch_model.bin", "model.ckpt"), CallingPickle("posix", "system", "true"))
}

func (d *draw) addPointers() {
	for i := range 2 {
		name := ShardName(i+1, 2)
		d.put(name, LFSPointer(sha256.Sum256([]byte(name)), 1<<20+d.rng.IntN(1<<32)))
	}
}

func (d *draw) addAdapter() {
	rank := 1 << d.rng.IntN(3)
	const prefix = "base_model.model.model.layers.0.self_attn.q_proj.lora_"
	d.put("adapter_model.safetensors", Safetensors(torchMetadata(),
		NewTensor(prefix+"A.weight", "F32", d.seed, rank, d.model.Hidden),
		NewTensor(prefix+"B.weight", "F32", d.seed+1, d.model.Hidden, rank)))
	config := map[string]any{"peft_type": "LORA", "r": rank, "task_type": "CAUSAL_LM"}
	if d.base != "" {
		config["base_model_name_or_path"] = claim(d, d.base, "/home/eve/base", "acme/other")
	}
	d.put("adapter_config.json", indented(config))
}

// addTruncated adds a file whose end was lost on the way.
func (d *draw) addTruncated() {
	whole := Safetensors(torchMetadata(), d.tensors()...)
	d.put("model.safetensors", whole[:d.rng.IntN(len(whole))])
}

// transformersDType is the word config.json and people have for a dtype.
func transformersDType(dtype string) string {
	switch dtype {
	case "F32":
		return "float32"
	case "F16":
		return "float16"
	}
	return "bfloat16"
}

func (d *draw) addConfig() {
	if d.chance(0.2) {
		return
	}
	config := map[string]any{
		"architectures":           []string{"LlamaForCausalLM"},
		"model_type":              "llama",
		"vocab_size":              d.model.Vocab,
		"hidden_size":             d.model.Hidden,
		"intermediate_size":       d.model.Intermediate,
		"num_hidden_layers":       d.model.Layers,
		"num_attention_heads":     d.model.Heads,
		"num_key_value_heads":     d.model.KVHeads,
		"max_position_embeddings": claim(d, d.context, 2*d.context),
		"torch_dtype":             claim(d, transformersDType(d.dtype), "float32", "bfloat16"),
	}
	if d.base != "" && d.chance(0.5) {
		config["_name_or_path"] = claim(d, d.base, "/home/eve/base", "acme/other")
	}
	if d.chance(0.1) {
		config["license"] = claim(d, d.license.id, "mit")
	}
	if d.chance(0.15) {
		config["auto_map"] = map[string]string{"AutoModelForCausalLM": "modeling_acme.AcmeForCausalLM"}
		if d.chance(0.8) {
			d.put("modeling_acme.py", text("remote-code/modeling_acme.py"))
		}
	}
	b := indented(config)
	if d.chance(0.03) {
		b = b[:len(b)/2]
	}
	d.put("config.json", b)
	for _, name := range []string{"tokenizer.json", "tokenizer_config.json", "generation_config.json"} {
		if d.chance(0.6) {
			b := text("exemplary/" + name)
			if d.chance(0.08) {
				b = b[:d.rng.IntN(len(b))]
			}
			d.put(name, b)
		}
	}
	if d.chance(0.1) {
		d.put("tokenizer.model", []byte(pick(d.rng, "\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02", "Not Found", "")))
	}
}

// addNeighbour adds another model in a folder of its own, which may be better
// or worse than the one at the root, or lack what that one has.
func (d *draw) addNeighbour() {
	if !d.chance(0.25) {
		return
	}
	dir := pick(d.rng, "onnx/", "unet/", "original/", "loras/first/")
	config := map[string]any{"model_type": "llama", "vocab_size": d.model.Vocab, "torch_dtype": claim(d, transformersDType(d.dtype), "float32"), "max_position_embeddings": d.context}
	if d.chance(0.2) {
		config["auto_map"] = pick[any](d.rng, "modeling_acme.AcmeModel", map[string]string{"AutoModel": "modeling_acme.AcmeModel"})
	}
	if d.chance(0.2) {
		config = map[string]any{"license": "mit"}
	}
	b := indented(config)
	if d.chance(0.1) {
		b = b[:len(b)/2]
	}
	if d.chance(0.7) {
		d.put(dir+"config.json", b)
	}
	if d.chance(0.5) {
		d.put(dir+"tokenizer.json", claim(d, text("exemplary/tokenizer.json"), nil, []byte("{}")))
	}
	if d.chance(0.4) {
		d.put(dir+"tokenizer_config.json", claim(d, text("exemplary/tokenizer_config.json"), []byte(`{"auto_map": {"AutoTokenizer": ["t.T", null]}}`)))
	}
	if d.chance(0.5) {
		d.put(dir+"model.safetensors", Safetensors(torchMetadata(), d.model.Tensors(claim(d, d.dtype, "F32"), d.seed+7)...))
	}
	if d.chance(0.3) {
		d.put(dir+"adapter_config.json", indented(map[string]any{"peft_type": "LORA", "base_model_name_or_path": "acme/other"}))
	}
}

// addSecondCard adds a card beside the first: another one in full, or no more
// than metadata.
func (d *draw) addSecondCard() {
	if !d.chance(0.15) {
		return
	}
	var b bytes.Buffer
	if d.chance(0.6) {
		d.frontMatter(&b)
	}
	if d.chance(0.6) {
		d.prose(&b)
	}
	name := "MODEL_CARD.md"
	if d.files[name] != nil {
		name = "README.md"
	}
	d.put(name, b.Bytes())
}

// usePointers leaves of some files only what a clone without Git LFS has.
func (d *draw) usePointers() {
	for _, name := range []string{"tokenizer.json", "model.safetensors.index.json", "model.safetensors", ShardName(1, 2)} {
		if f := d.files[name]; f != nil && d.chance(0.06) {
			d.put(name, LFSPointer(sha256.Sum256(f.Data), len(f.Data)))
		}
	}
}

// addLicense shows the text of the declared licence, another one, or none.
func (d *draw) addLicense() {
	shown := claim(d, d.license, licenses()...)
	if shown.text == "" || d.chance(0.3) {
		return
	}
	b := text(shown.text)
	if d.chance(0.05) {
		b = b[:len(b)/3]
	}
	d.put(pick(d.rng, "LICENSE", "LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING"), b)
	if strings.HasPrefix(shown.text, "restricted/") && d.chance(0.7) {
		d.put("USE_POLICY.md", text("restricted/USE_POLICY.md"))
	}
}

func (d *draw) addCard() {
	if d.chance(0.1) {
		return
	}
	var b bytes.Buffer
	if d.chance(0.85) {
		d.frontMatter(&b)
	}
	if d.chance(0.1) {
		b.Write(text("template-card/README.md")[len("---\nlibrary_name: transformers\ntags: []\n---\n"):])
	} else if d.chance(0.9) {
		d.prose(&b)
	}
	card := b.Bytes()
	if d.chance(0.1) {
		card = bytes.ReplaceAll(card, []byte("\n"), []byte("\r\n"))
	}
	d.put(pick(d.rng, "README.md", "README.md", "README.md", "README.md", "MODEL_CARD.md"), card)
}

// frontMatter writes a block of YAML, now and then one that does not parse or
// that the Hub would not take for front matter.
func (d *draw) frontMatter(b *bytes.Buffer) {
	b.WriteString(claim(d, "---\n", "--- \n", "\n---\n", "---\nbroken: [\n", "---\nlicense: unknown\n"))
	if d.license.id != "" && d.chance(0.9) {
		fmt.Fprintf(b, "license: %s\n", claim(d, d.license.id, "mit", "[mit, apache-2.0]", "MIT", "null", "licence-that-is-none"))
		if d.license.name != "" {
			fmt.Fprintf(b, "license_name: %s\nlicense_link: LICENSE\n", d.license.name)
		}
	}
	if d.base != "" && d.chance(0.8) {
		fmt.Fprintf(b, "base_model: %s\n", claim(d, d.base, "acme/other"))
	}
	for _, line := range []string{
		"language: en", "language: [en, de]", "library_name: transformers", "pipeline_tag: text-generation",
		"datasets: [aurora-lab/harbour-notes]", "metrics: [perplexity]", "tags: [arxiv:2602.99991]",
		"co2_eq_emissions: 12.5", "extra_gated_prompt: Please agree", "model_name: Random",
		"model-index: [{name: r, results: [{task: {type: text-generation}, dataset: {type: d, name: D}, metrics: [{type: perplexity, value: 3.5}]}]}]",
	} {
		if d.chance(0.2 + 0.6*d.generous) {
			b.WriteString(line + "\n")
		}
	}
	b.WriteString("---\n\n")
}

// prose writes a title, claims about the model and a choice of sections.
func (d *draw) prose(b *bytes.Buffer) {
	fmt.Fprintf(b, "# Random %d\n\nA language model by acme.", d.seed)
	if d.chance(0.7) {
		fmt.Fprintf(b, " It has %s parameters.", d.size())
	}
	if d.chance(0.4) {
		fmt.Fprintf(b, " The weights are stored in %s.", claim(d, transformersDType(d.dtype), "float32", "bfloat16", "int8"))
	}
	if d.chance(0.4) {
		fmt.Fprintf(b, " The context length is %d tokens.", claim(d, d.context, 131072))
	}
	b.WriteString("\n\n")

	level := strings.Repeat("#", 1+d.rng.IntN(3))
	for _, s := range sections() {
		if !d.chance(0.15 + 0.8*d.generous) {
			continue
		}
		body := claim(d, s.body, "[More Information Needed]", "TODO", "<!-- to be written -->", "", "N/A")
		fmt.Fprintf(b, "%s %s\n\n%s\n\n", level, s.heading, body)
	}
}

// size is the number of parameters in one of the ways people write it, or a lie.
func (d *draw) size() string {
	n := Parameters(d.model.Shapes(d.dtype))
	k := float64(n) / 1e3
	truth := pick(d.rng, strconv.Itoa(n), fmt.Sprintf("%.1fK", k), fmt.Sprintf("about %.0f thousand", k), fmt.Sprintf("%.3fM", k/1e3))
	return claim(d, truth, "7B", "1.3 billion", "350M", "8x7B")
}

type section struct{ heading, body string }

func sections() []section {
	return []section{
		{"Model Details", "A decoder in the Llama layout, developed by the text group of acme in Tromsø."},
		{"Uses", "Completing the text field of a form; a person reads every suggestion before it is stored."},
		{"Out-of-Scope Use", "Advice of any kind, because the model knows nothing about the world outside its forms."},
		{"Bias, Risks, and Limitations", "Names from outside Europe are misspelt in one suggestion out of nine in our own count."},
		{"How to Get Started with the Model", "```python\nfrom transformers import pipeline\nprint(pipeline('text-generation', 'acme/random')('At'))\n```"},
		{"Training Data", "The public aurora-lab/harbour-notes set, 128 notes, used as it is published."},
		{"Training Procedure", "AdamW for 3,000 steps with a learning rate of 0.003 on eight cores of one processor."},
		{"Evaluation", "Perplexity is 3.6 on sixteen notes that were kept apart from training."},
		{"Environmental Impact", "0.3 grams of CO2 equivalent, measured by CodeCarbon on the training host in Norway."},
		{"Technical Specifications", "Python 3.12 and PyTorch 2.9 on one AMD EPYC 7313P with 64 GB of memory."},
		{"Citation", "```bibtex\n@misc{random2026, title = {Random}, author = {acme}, year = {2026}}\n```"},
		{"Model Card Contact", "text-group@acme.example answers within a week."},
	}
}

// artefacts are the optional files that Random takes from the exemplary release.
func artefacts() []string {
	return []string{
		".eval_results/harbour-notes.yaml", "CHANGELOG.md", "CITATION.cff", "DATA_CARD.md", "PAPER.md", "PRIVACY.md",
		"SECURITY.md", "TECHNICAL_REPORT.md", "USAGE_POLICY.md", "architecture/lumen.py", "configs/train.yaml", "croissant.json",
		"data/LICENSE", "data/train.jsonl", "data/validation.jsonl", "evaluation/data/test.jsonl", "evaluation/results.json",
		"evaluation/run.py", "inference.py", "preprocess.py", "requirements.txt", "samples/outputs.jsonl", "train.py",
		"training_metadata.json",
	}
}

// addArtefacts adds optional files, some of them hollow, some in another folder.
func (d *draw) addArtefacts() {
	for _, name := range artefacts() {
		if !d.chance(d.generous) {
			continue
		}
		b := text("exemplary/" + name)
		switch d.rng.IntN(20) {
		case 0:
			b = nil
		case 1:
			b = []byte("TODO\n")
		}
		if path.Ext(name) == ".py" && d.chance(0.3) {
			name = pick(d.rng, "src/", "code/", "scripts/") + path.Base(name)
		}
		d.put(name, b)
	}
	if d.chance(0.3 * d.generous) {
		d.put("checkpoints/step-1000/model.safetensors", Safetensors(torchMetadata(), d.model.Tensors(d.dtype, d.seed+1)...))
	}
}

// addClutter adds files that mean nothing to an audit.
func (d *draw) addClutter() {
	clutter := fstest.MapFS{}
	put(clutter, "notes.txt", text("empty/notes.txt"))
	put(clutter, "assets/logo.png", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"))
	put(clutter, ".gitattributes", []byte("*.safetensors filter=lfs diff=lfs merge=lfs -text\n"))
	put(clutter, "name with spaces/ünïcode.bin", []byte{0, 1, 2, 3, 254, 255})
	put(clutter, "empty.bin", nil)
	link(clutter, "outside.md", "../../etc/hostname")
	for _, name := range slices.Sorted(maps.Keys(clutter)) {
		if d.chance(0.1) {
			d.files[name] = clutter[name]
		}
	}
}

// addChecksums lists digests that hold, or with one that does not, or with a
// file that is not there.
func (d *draw) addChecksums() {
	if d.chance(0.6) {
		return
	}
	sums := Checksums(d.files)
	switch d.rng.IntN(5) {
	case 0:
		if len(sums) > 0 && sums[0] != '0' {
			sums[0] = '0'
		}
	case 1:
		sums = fmt.Appendf(sums, "%x  gone.bin\n", sha256.Sum256(nil))
	}
	d.put("SHA256SUMS", sums)
}

// addWeakChecksums lists MD5 digests, of the weights or of everything, some of
// them wrong.
func (d *draw) addWeakChecksums() {
	if d.chance(0.8) {
		return
	}
	var sums []byte
	for _, name := range slices.Sorted(maps.Keys(d.files)) {
		if f := d.files[name]; f.Mode.IsRegular() && (d.chance(0.5) || path.Ext(name) == ".safetensors") {
			sums = fmt.Appendf(sums, "%x  %s\n", md5.Sum([]byte(claim(d, string(f.Data), ""))), name)
		}
	}
	d.put("checklist.chk", sums)
}

// addSignature adds what is named like a signature and is none that a file
// system in memory could check.
func (d *draw) addSignature() {
	if d.chance(0.15) {
		d.put(pick(d.rng, "model.sig", "SHA256SUMS.asc", "model.sigstore.json"), []byte("no signature that anybody could read\n"))
	}
}
