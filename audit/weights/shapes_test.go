package weights

import (
	"fmt"
	"math/rand"
	"testing"
)

// tensors of a model, as "name dtype d0 d1 …".
func shapesOf(list ...Tensor) *Shapes {
	s := &Shapes{}
	for _, t := range list {
		s.Add(t)
	}
	return s
}

func tensorOf(name, dtype string, shape ...int64) Tensor {
	n, _ := product(shape)
	return Tensor{Name: name, Dtype: dtype, Shape: shape, Bytes: int64(n) * dtypeBits(dtype) / 8}
}

// llama is a small model of the family, unpacked: two layers of width 64.
func llama() []Tensor {
	list := []Tensor{
		tensorOf("model.embed_tokens.weight", "BF16", 1000, 64), tensorOf("model.norm.weight", "BF16", 64), tensorOf("lm_head.weight", "BF16", 1000, 64),
		tensorOf("model.rotary_emb.inv_freq", "F32", 8),
	}
	for i := range 2 {
		p := fmt.Sprintf("model.layers.%d.", i)
		list = append(list,
			tensorOf(p+"self_attn.q_proj.weight", "BF16", 128, 64), tensorOf(p+"self_attn.k_proj.weight", "BF16", 32, 64),
			tensorOf(p+"self_attn.q_norm.weight", "BF16", 16), tensorOf(p+"mlp.up_proj.weight", "BF16", 256, 64),
			tensorOf(p+"input_layernorm.weight", "BF16", 64))
	}
	return list
}

func deref(p *int64) string {
	if p == nil {
		return "-"
	}
	return fmt.Sprint(*p)
}

func TestDerive(t *testing.T) {
	list := llama()
	rand.New(rand.NewSource(1)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	d := shapesOf(list...).Derive(Quantization{})
	got := fmt.Sprint(deref(d.Parameters), " ", d.Buffers, " ", deref(d.Layers), " ", deref(d.HiddenSize), " ", deref(d.IntermediateSize), " ",
		deref(d.QueryRows), " ", deref(d.KeyRows), " ", deref(d.HeadDim), " ", deref(d.VocabRows), " ", deref(d.HeadRows), " ", deref(d.Experts))
	want := fmt.Sprint(2*64000+64+2*(8192+2048+16+16384+64), " 8 2 64 256 128 32 16 1000 1000 -")
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if d.Stored != *d.Parameters+8 || d.Dtypes["BF16"] != *d.Parameters {
		t.Errorf("stored %d dtypes %v", d.Stored, d.Dtypes)
	}
}

// However a matrix of 64 by 128 is packed, it holds 8192 numbers, and its
// scales are none of them.
func TestUnpack(t *testing.T) {
	const base = "model.layers.0.mlp.up_proj"
	tests := []struct {
		name    string
		q       Quantization
		tensors []Tensor
	}{
		{"none", Quantization{}, []Tensor{tensorOf(base+".weight", "F16", 128, 64)}},
		{"GPTQ, four bits", Quantization{"gptq", 4}, []Tensor{
			tensorOf(base+".qweight", "I32", 8, 128), tensorOf(base+".qzeros", "I32", 1, 16), tensorOf(base+".scales", "F16", 1, 128), tensorOf(base+".g_idx", "I32", 64)}},
		{"GPTQ, bits not said", Quantization{"gptq", 0}, []Tensor{
			tensorOf(base+".qweight", "I32", 16, 128), tensorOf(base+".qzeros", "I32", 1, 32), tensorOf(base+".scales", "F16", 1, 128), tensorOf(base+".g_idx", "I32", 64)}},
		{"GPTQ, three bits", Quantization{"gptq", 3}, []Tensor{
			tensorOf(base+".qweight", "I32", 6, 128), tensorOf(base+".qzeros", "I32", 1, 12), tensorOf(base+".scales", "F16", 1, 128), tensorOf(base+".g_idx", "I32", 64)}},
		{"AWQ", Quantization{"awq", 4}, []Tensor{
			tensorOf(base+".qweight", "I32", 64, 16), tensorOf(base+".qzeros", "I32", 1, 16), tensorOf(base+".scales", "F16", 1, 128)}},
		{"bitsandbytes, four bits", Quantization{"bitsandbytes", 4}, []Tensor{
			tensorOf(base+".weight", "U8", 4096, 1), tensorOf(base+".weight.absmax", "U8", 128), tensorOf(base+".weight.quant_map", "F32", 16),
			tensorOf(base+".weight.nested_absmax", "F32", 1), tensorOf(base+".weight.nested_quant_map", "F32", 256), tensorOf(base+".weight.quant_state.bitsandbytes__nf4", "U8", 90)}},
		{"bitsandbytes, eight bits", Quantization{"bitsandbytes", 8}, []Tensor{tensorOf(base+".weight", "I8", 128, 64), tensorOf(base+".SCB", "F32", 128), tensorOf(base+".weight_format", "U8")}},
		{"MXFP4", Quantization{"mxfp4", 4}, []Tensor{tensorOf("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", 2, 16, 8, 16), tensorOf("model.layers.0.mlp.experts.gate_up_proj_scales", "U8", 2, 16, 8)}},
		{"NVFP4", Quantization{"modelopt", 4}, []Tensor{
			tensorOf(base+".weight", "U8", 128, 32), tensorOf(base+".weight_scale", "F8_E4M3", 128, 4), tensorOf(base+".weight_scale_2", "F32"), tensorOf(base+".input_scale", "F32")}},
		{"compressed-tensors, words", Quantization{"compressed-tensors", 4}, []Tensor{
			tensorOf(base+".weight_packed", "I32", 128, 8), tensorOf(base+".weight_scale", "BF16", 128, 1), tensorOf(base+".weight_shape", "I64", 2)}},
		{"compressed-tensors, FP4", Quantization{"compressed-tensors", 4}, []Tensor{
			tensorOf(base+".weight_packed", "U8", 128, 32), tensorOf(base+".weight_scale", "F8_E4M3", 128, 4), tensorOf(base+".weight_global_scale", "F32", 1)}},
		{"FP8", Quantization{"fp8", 8}, []Tensor{tensorOf(base+".weight", "F8_E4M3", 128, 64), tensorOf(base+".weight_scale_inv", "F32", 1, 1)}},
		{"MLX", Quantization{"mlx", 4}, []Tensor{tensorOf(base+".weight", "U32", 128, 8), tensorOf(base+".scales", "BF16", 128, 1), tensorOf(base+".biases", "BF16", 128, 1)}},
		{"GGUF", Quantization{}, []Tensor{{Name: "blk.0.ffn_up.weight", Dtype: "Q4_K", Shape: []int64{32, 256}, Bytes: 4608}}},
	}
	for _, test := range tests {
		if d := shapesOf(test.tensors...).Derive(test.q); deref(d.Parameters) != "8192" {
			t.Errorf("%s: %s parameters %v", test.name, deref(d.Parameters), d.Dtypes)
		}
	}
	// Words of which nothing tells the width hold an unknown number.
	if d := shapesOf(tensorOf(base+".weight_packed", "I32", 128, 8)).Derive(Quantization{}); d.Parameters != nil || d.Dtypes != nil {
		t.Errorf("packed by an unknown width: %s parameters", deref(d.Parameters))
	}
	// Names of scales alone are ordinary parameters.
	if d := shapesOf(tensorOf("norm.scales", "F32", 7)).Derive(Quantization{}); deref(d.Parameters) != "7" {
		t.Errorf("scales of nothing: %s parameters", deref(d.Parameters))
	}
}

func TestDeriveParts(t *testing.T) {
	experts := shapesOf(tensorOf("model.layers.0.mlp.experts.7.w1.weight", "F16", 4, 4), tensorOf("model.layers.0.mlp.experts.0.w1.weight", "F16", 4, 4)).Derive(Quantization{})
	if deref(experts.Experts) != "8" || deref(experts.Layers) != "1" {
		t.Errorf("experts %s layers %s", deref(experts.Experts), deref(experts.Layers))
	}
	fused := shapesOf(Tensor{Name: "blk.0.ffn_gate_exps.weight", Dtype: "Q4_K", Shape: []int64{16, 2, 256}}).Derive(Quantization{})
	if deref(fused.Experts) != "16" {
		t.Errorf("fused experts %s", deref(fused.Experts))
	}
	// A layer is missing: how many there should be is not known.
	gap := shapesOf(tensorOf("h.0.a.weight", "F16", 4), tensorOf("h.2.a.weight", "F16", 4)).Derive(Quantization{})
	if gap.Layers != nil {
		t.Errorf("layers %s though one is missing", deref(gap.Layers))
	}
	// The tower for images is bigger, and is not the model's stack.
	towers := shapesOf(tensorOf("vision_tower.encoder.layers.0.w", "F16", 99), tensorOf("vision_tower.encoder.layers.1.w", "F16", 99), tensorOf("model.layers.0.w", "F16", 4)).Derive(Quantization{})
	if deref(towers.Layers) != "1" {
		t.Errorf("layers %s, want those of the text", deref(towers.Layers))
	}
	gpt2 := shapesOf(tensorOf("wte.weight", "F32", 50, 8), tensorOf("h.0.attn.bias", "F32", 1, 1, 32, 32), tensorOf("h.0.mlp.c_fc.weight", "F32", 8, 32), tensorOf("ln_f.weight", "F32", 8)).Derive(Quantization{})
	if deref(gpt2.IntermediateSize) != "32" || gpt2.Buffers != 1024 || deref(gpt2.Parameters) != "664" || gpt2.HeadRows != nil {
		t.Errorf("intermediate %s buffers %d parameters %s", deref(gpt2.IntermediateSize), gpt2.Buffers, deref(gpt2.Parameters))
	}
	lora := shapesOf(tensorOf("base_model.model.layers.0.self_attn.q_proj.lora_A.weight", "F32", 8, 64), tensorOf("base_model.model.layers.0.self_attn.q_proj.lora_B.weight", "F32", 128, 8),
		tensorOf("lora_unet_down_blocks_0_proj.lora_down.weight", "F32", 4, 64)).Derive(Quantization{})
	if lora.LoRA == nil || fmt.Sprint(*lora.LoRA) != "{[4 8] [lora_unet_down_blocks_0_proj q_proj] 1792 [64] 1}" {
		t.Errorf("LoRA %+v", lora.LoRA)
	}
	if empty := (&Shapes{}).Derive(Quantization{}); deref(empty.Parameters) != "0" || empty.Layers != nil || empty.LoRA != nil {
		t.Errorf("%+v", empty)
	}
}

// Tensors come in any order, since the files of a model are read side by side.
func TestShapesOrder(t *testing.T) {
	a, b := tensorOf("model.layers.0.self_attn.q_proj.weight", "F32", 8, 64), tensorOf("model.layers.1.self_attn.q_proj.weight", "F32", 16, 64)
	if x, y := shapesOf(a, b).Derive(Quantization{}), shapesOf(b, a).Derive(Quantization{}); deref(x.QueryRows) != "8" || deref(y.QueryRows) != "8" {
		t.Errorf("%s and %s rows, by the order", deref(x.QueryRows), deref(y.QueryRows))
	}
}
