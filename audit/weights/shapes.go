package weights

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Quantization is what a config.json says of how weights are packed
// (quantization_config, or quantization in MLX's models). The zero value says
// nothing; what the names and shapes of tensors tell is used either way.
type Quantization struct {
	// Method is quant_method: gptq, awq, bitsandbytes, mxfp4, modelopt,
	// compressed-tensors, fp8, mlx …
	Method string
	// Bits is the width of a packed element; 0 when it is not said.
	Bits int64
}

// Shapes gathers what the names and shapes of a model's tensors tell about it.
// Tensors come from any number of files, in any order. The zero value is ready
// to use; it keeps one record for each quantised matrix and each layer, not
// one for each tensor.
type Shapes struct {
	stored  int64
	buffers int64
	plain   int64            // parameters that are stored as such
	dtypes  map[string]int64 // of plain
	packed  map[string]*packed
	side    map[string]*siblings
	stacks  map[string]*stack
	experts int64
	fused   int64
	named   map[string]sized // the tensors that size the model
	lora    LoRA
	ranks   map[int64]bool
	widths  map[int64]bool
	targets map[string]bool
	total   int64 // bytes
}

// packed is a matrix whose elements may hold several numbers each.
type packed struct {
	kind     packing
	elements int64
	shape    []int64
	dtype    string
}

// siblings are the sizes of the tensors that belong to a packed matrix.
type siblings struct {
	names     map[string]bool
	zeros     int64 // columns of qzeros
	scales    int64 // columns of scales
	scaleSize int64 // elements of scales
	rows      int64 // length of g_idx
	bytes     map[string]int64
}

// sized is the shape of a tensor that sizes the model. Where it is packed, only
// the number of its rows tells something. Of several of a kind the one whose
// name sorts first is kept, in whatever order they come.
type sized struct {
	name   string
	shape  []int64
	packed bool
}

// packing is a way to hold several numbers in an element.
type packing int

const (
	inWord    packing = iota // several to a word of 32 bits: GPTQ, AWQ, compressed-tensors
	maybeWord                // the same when scales stand beside it: MLX
	inByte                   // two to a byte: MXFP4's blocks, packed FP4
	maybeByte                // two to a byte when scales stand beside it: bitsandbytes, NVFP4
)

// stack is a numbered list of like layers.
type stack struct {
	seen       map[int64]bool
	parameters int64
}

// LoRA is what an adapter's low-rank matrices tell.
type LoRA struct {
	// Ranks are the different ranks, ascending.
	Ranks []int64
	// Targets are the names of the modules that are adapted, sorted, without
	// the path to them.
	Targets []string
	// Parameters counts the elements of the low-rank matrices.
	Parameters int64
	// Widths are the different widths of the residual stream that the matrices
	// fit, ascending: of what goes into q_proj or comes out of o_proj, and the
	// like. A language model has one.
	Widths []int64
	// Layers is one more than the highest number of a layer that is adapted;
	// 0 where none is numbered.
	Layers int64
}

// Derived is what a model's tensors tell about it. A field that they do not
// tell is nil.
type Derived struct {
	// Stored counts the elements as they are stored; Bytes their size.
	Stored, Bytes int64
	// Parameters counts the model's numbers: packed ones unpacked, the scales
	// that unpack them and buffers left out. Tied weights count once, as they
	// are stored. nil when a packed matrix does not say how many it holds.
	Parameters *int64
	// Buffers counts elements that are no parameters: masks, positions,
	// rotary frequencies, running statistics.
	Buffers int64
	// Dtypes splits Parameters by the stored element type.
	Dtypes map[string]int64
	// Layers is the length of the longest stack of layers that is not for
	// images or sound; nil when a number is missing in it.
	Layers *int64
	// HiddenSize is the width of the residual stream, IntermediateSize that
	// of the feed-forward part.
	HiddenSize, IntermediateSize *int64
	// QueryRows and KeyRows are the widths of all heads together: heads times
	// head dimension, key-value heads times head dimension.
	QueryRows, KeyRows *int64
	// HeadDim is the width of one head, where a norm over heads tells it.
	HeadDim *int64
	// VocabRows are the rows of the token embedding, HeadRows those of an
	// output matrix of its own. An embedding without one is tied, or the model
	// does not predict tokens.
	VocabRows, HeadRows *int64
	// Experts is the number of routed experts of a layer.
	Experts *int64
	// LoRA is set for an adapter.
	LoRA *LoRA
}

// The tensors that size a model, by what their names end in, over the
// families of transformers, of llama.cpp and of MLX.
var sizing = []struct {
	what     string
	suffixes []string
}{
	{"embedding", []string{"embed_tokens.weight", "wte.weight", "word_embeddings.weight", "tok_embeddings.weight", "token_embd.weight", "shared.weight", "embed_in.weight", "embeddings.weight", "tokens_embed.weight"}},
	{"head", []string{"lm_head.weight", "embed_out.weight", "output.weight"}},
	{"norm", []string{"model.norm.weight", "ln_f.weight", "final_layer_norm.weight", "output_norm.weight", "norm_f.weight", "final_layernorm.weight", "language_model.norm.weight", "transformer.norm.weight", "encoder.LayerNorm.weight"}},
	{"query", []string{"q_proj.weight", "attn_q.weight", "attention.wq.weight", "attention.self.query.weight", "SelfAttention.q.weight"}},
	{"key", []string{"k_proj.weight", "attn_k.weight", "attention.wk.weight", "attention.self.key.weight", "SelfAttention.k.weight"}},
	{"headnorm", []string{"q_norm.weight", "attn_q_norm.weight"}},
	{"up", []string{"mlp.up_proj.weight", "mlp.fc1.weight", ".fc1.weight", "mlp.c_fc.weight", "mlp.dense_h_to_4h.weight", "feed_forward.w1.weight", "ffn_up.weight", "intermediate.dense.weight", "DenseReluDense.wi.weight", "DenseReluDense.wi_0.weight"}},
}

// bufferNames end the names of what is stored beside parameters and is none.
var bufferNames = []string{
	"inv_freq", "rope_freqs.weight", "position_ids", "token_type_ids", "num_batches_tracked", "running_mean", "running_var",
	"masked_bias", "relative_position_index", "cos_cached", "sin_cached", "attn_mask", "causal_mask", "original_inv_freq",
}

// scaleNames end the names of the numbers that unpack a matrix. The base before
// them is the matrix's own name, or that of its module.
var scaleNames = []string{
	".qzeros", ".scales", ".g_idx", ".weight.absmax", ".weight.quant_map", ".weight.nested_absmax", ".weight.nested_quant_map",
	".weight_scale_inv", ".weight_scale_2", ".weight_scale", ".weight_zero_point", ".weight_shape", ".weight_global_scale", ".weight_g_idx",
	".input_scale", ".input_global_scale", ".output_scale", ".k_scale", ".v_scale", ".SCB", ".weight_format", ".biases", "_scales", ".weight.quant_state.bitsandbytes__nf4",
	".weight.quant_state.bitsandbytes__fp4",
}

var (
	layerNumber  = regexp.MustCompile(`^(?:(.*?)[._])??(layers?|h|blocks?|blk|group|resblocks)[._](\d{1,9})[._]`)
	expertNumber = regexp.MustCompile(`\bexperts[._](\d{1,9})[._]`)
	fusedExperts = regexp.MustCompile(`(?:ffn_(?:gate|up|down)(?:_up)?_exps\.weight|experts\.(?:gate_up_proj|down_proj|gate_proj|up_proj)(?:_blocks|_packed)?(?:\.weight)?|switch_mlp\.\w+\.weight)$`)
	loraMatrix   = regexp.MustCompile(`^(.*?)\.?(?:lora_(A|B|embedding_A|embedding_B|down|up))(?:\.[^.]+)?(?:\.weight)?$`)
	otherTower   = regexp.MustCompile(`(?i)vision|visual|image|audio|speech|sound|\bvit\b|clip|mtp`)
)

// Add takes in one tensor. Its shape is not kept unless it sizes the model.
func (s *Shapes) Add(t Tensor) {
	n, ok := product(t.Shape)
	if !ok {
		return
	}
	elements := int64(min(n, 1<<62))
	s.stored = addClamped(s.stored, n)
	s.total = addClamped(s.total, uint64(max(t.Bytes, 0)))
	if isBuffer(t) {
		s.buffers = addClamped(s.buffers, n)
		return
	}
	if base, suffix, ok := cutScale(t.Name); ok && s.sibling(base, suffix, t, elements) {
		return
	}
	s.lowRank(t, elements)
	s.layer(t.Name, elements)
	s.size(t)
	if base, kind, ok := packingOf(t); ok {
		if s.packed == nil {
			s.packed = map[string]*packed{}
		}
		s.packed[base] = &packed{kind, elements, slices.Clone(t.Shape), t.Dtype}
		return
	}
	s.count(t.Dtype, elements)
}

func (s *Shapes) count(dtype string, n int64) {
	if s.dtypes == nil {
		s.dtypes = map[string]int64{}
	}
	s.plain = addClamped(s.plain, uint64(n))
	s.dtypes[dtype] = addClamped(s.dtypes[dtype], uint64(n))
}

// isBuffer says whether a tensor is none of the model's parameters.
func isBuffer(t Tensor) bool {
	for _, suffix := range bufferNames {
		if t.Name == suffix || strings.HasSuffix(t.Name, "."+suffix) {
			return true
		}
	}
	// GPT-2's causal mask bears a parameter's name.
	mask := strings.HasSuffix(t.Name, "attn.bias") || strings.HasSuffix(t.Name, "attention.bias")
	return mask && len(t.Shape) == 4 && t.Shape[2] == t.Shape[3]
}

// cutScale splits the name of a scale into the base and the rest.
func cutScale(name string) (base, suffix string, ok bool) {
	for _, suffix := range scaleNames {
		if base, ok := strings.CutSuffix(name, suffix); ok {
			return base, suffix, true
		}
	}
	return "", "", false
}

// sibling notes a tensor that may belong to a packed matrix. It is counted once
// it is known whether it does.
func (s *Shapes) sibling(base, suffix string, t Tensor, elements int64) bool {
	if s.side == nil {
		s.side = map[string]*siblings{}
	}
	b := s.side[base]
	if b == nil {
		b = &siblings{names: map[string]bool{}, bytes: map[string]int64{}}
		s.side[base] = b
	}
	b.names[suffix] = true
	b.bytes[t.Dtype] += elements
	last := int64(0)
	if len(t.Shape) > 0 {
		last = t.Shape[len(t.Shape)-1]
	}
	switch suffix {
	case ".qzeros":
		b.zeros = last
	case ".scales":
		b.scales, b.scaleSize = last, elements
	case ".g_idx":
		b.rows = elements
	}
	return true
}

// packingOf says how a tensor may hold several numbers in an element, and under
// which base its scales stand.
func packingOf(t Tensor) (base string, kind packing, ok bool) {
	switch {
	case strings.HasSuffix(t.Name, ".qweight") && t.Dtype == "I32":
		return strings.TrimSuffix(t.Name, ".qweight"), inWord, true
	case strings.HasSuffix(t.Name, ".weight_packed") && t.Dtype == "I32":
		return strings.TrimSuffix(t.Name, ".weight_packed"), inWord, true
	case strings.HasSuffix(t.Name, "_packed") && t.Dtype == "U8":
		return strings.TrimSuffix(t.Name, ".weight_packed"), inByte, true
	case strings.HasSuffix(t.Name, "_blocks") && t.Dtype == "U8":
		return strings.TrimSuffix(t.Name, "_blocks"), inByte, true
	case strings.HasSuffix(t.Name, ".weight") && t.Dtype == "U32":
		return strings.TrimSuffix(t.Name, ".weight"), maybeWord, true
	case strings.HasSuffix(t.Name, ".weight") && (t.Dtype == "U8" || t.Dtype == "I8"):
		return strings.TrimSuffix(t.Name, ".weight"), maybeByte, true
	}
	return "", 0, false
}

// layer notes the numbers in a tensor's name.
func (s *Shapes) layer(name string, elements int64) {
	if m := expertNumber.FindStringSubmatch(name); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		s.experts = max(s.experts, n+1)
	}
	m := layerNumber.FindStringSubmatch(name)
	if m == nil {
		return
	}
	if s.stacks == nil {
		s.stacks = map[string]*stack{}
	}
	key := m[1] + "." + m[2]
	st := s.stacks[key]
	if st == nil {
		if len(s.stacks) == maxStacks {
			return
		}
		st = &stack{seen: map[int64]bool{}}
		s.stacks[key] = st
	}
	n, _ := strconv.ParseInt(m[3], 10, 64)
	if len(st.seen) < maxLayers {
		st.seen[n] = true
	}
	st.parameters = addClamped(st.parameters, uint64(elements))
}

const (
	// maxStacks is how many lists of layers are told apart, maxLayers how many
	// layers in each.
	maxStacks = 10_000
	maxLayers = 100_000
)

// size keeps the shape of a tensor that sizes the model and does not belong to
// another tower.
func (s *Shapes) size(t Tensor) {
	if fusedExperts.MatchString(t.Name) && len(t.Shape) >= 3 {
		s.fused = max(s.fused, t.Shape[0])
	}
	if otherTower.MatchString(t.Name) || strings.Contains(t.Name, "lora_") || t.Dtype == "U8" {
		return
	}
	for _, z := range sizing {
		for _, suffix := range z.suffixes {
			// The bare suffix, or one behind a dot: not encoder_attn_q_proj.
			if t.Name != suffix && !strings.HasSuffix(t.Name, "."+strings.TrimPrefix(suffix, ".")) {
				continue
			}
			if s.named == nil {
				s.named = map[string]sized{}
			}
			if old, ok := s.named[z.what]; !ok || t.Name < old.name {
				s.named[z.what] = sized{strings.Clone(t.Name), slices.Clone(t.Shape), t.Dtype == "U32" || t.Dtype == "I32"}
			}
			return
		}
	}
}

// The modules of language models that read the residual stream, and those that
// write to it. Source: the modelling files of transformers.
var (
	fromStream = []string{"q_proj", "k_proj", "v_proj", "qkv_proj", "query_key_value", "c_attn", "W_pack", "Wqkv", "gate_proj", "up_proj", "gate_up_proj", "fc1", "c_fc", "dense_h_to_4h", "query", "key", "value", "wq", "wk", "wv"}
	toStream   = []string{"o_proj", "down_proj", "fc2", "dense_4h_to_h", "out_proj", "wo"}
)

// lowRank notes a matrix of an adapter.
func (s *Shapes) lowRank(t Tensor, elements int64) {
	m := loraMatrix.FindStringSubmatch(t.Name)
	if m == nil || len(t.Shape) < 2 {
		return
	}
	if s.ranks == nil {
		s.ranks, s.widths, s.targets = map[int64]bool{}, map[int64]bool{}, map[string]bool{}
	}
	module := m[1][strings.LastIndexAny(m[1], ".")+1:]
	rank, width, streamSide := t.Shape[0], t.Shape[1], fromStream
	if m[2] == "B" || m[2] == "up" || m[2] == "embedding_B" {
		rank, width, streamSide = t.Shape[1], t.Shape[0], toStream
	}
	if len(s.ranks) < maxLayers {
		s.ranks[rank] = true
	}
	if slices.Contains(streamSide, module) && !otherTower.MatchString(t.Name) && len(s.widths) < maxLayers {
		s.widths[width] = true
	}
	if l := layerNumber.FindStringSubmatch(t.Name); l != nil && !otherTower.MatchString(t.Name) {
		n, _ := strconv.ParseInt(l[3], 10, 64)
		s.lora.Layers = max(s.lora.Layers, n+1)
	}
	if len(s.targets) < maxStacks {
		s.targets[module] = true
	}
	s.lora.Parameters = addClamped(s.lora.Parameters, uint64(elements))
}
