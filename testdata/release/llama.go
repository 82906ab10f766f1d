package release

import "fmt"

// Llama holds the sizes of a decoder in the Llama layout, named in the comments
// as config.json names them.
type Llama struct {
	Vocab        int // vocab_size
	Hidden       int // hidden_size
	Intermediate int // intermediate_size
	Layers       int // num_hidden_layers
	Heads        int // num_attention_heads
	KVHeads      int // num_key_value_heads
}

// Shapes lists the tensors of the model without data, in the order of the
// modules, under the names transformers gives them; embeddings are untied.
func (l Llama) Shapes(dtype string) []Tensor {
	keys := l.Hidden / l.Heads * l.KVHeads
	tensors := []Tensor{{Name: "model.embed_tokens.weight", DType: dtype, Shape: []int{l.Vocab, l.Hidden}}}
	for i := range l.Layers {
		for _, t := range []Tensor{
			{Name: "input_layernorm", Shape: []int{l.Hidden}},
			{Name: "mlp.down_proj", Shape: []int{l.Hidden, l.Intermediate}},
			{Name: "mlp.gate_proj", Shape: []int{l.Intermediate, l.Hidden}},
			{Name: "mlp.up_proj", Shape: []int{l.Intermediate, l.Hidden}},
			{Name: "post_attention_layernorm", Shape: []int{l.Hidden}},
			{Name: "self_attn.k_proj", Shape: []int{keys, l.Hidden}},
			{Name: "self_attn.o_proj", Shape: []int{l.Hidden, l.Hidden}},
			{Name: "self_attn.q_proj", Shape: []int{l.Hidden, l.Hidden}},
			{Name: "self_attn.v_proj", Shape: []int{keys, l.Hidden}},
		} {
			t.Name, t.DType = fmt.Sprintf("model.layers.%d.%s.weight", i, t.Name), dtype
			tensors = append(tensors, t)
		}
	}
	return append(tensors,
		Tensor{Name: "model.norm.weight", DType: dtype, Shape: []int{l.Hidden}},
		Tensor{Name: "lm_head.weight", DType: dtype, Shape: []int{l.Vocab, l.Hidden}})
}

// Tensors is Shapes with noise in it.
func (l Llama) Tensors(dtype string, seed uint64) []Tensor {
	tensors := l.Shapes(dtype)
	for i, t := range tensors {
		tensors[i] = NewTensor(t.Name, dtype, seed+uint64(i), t.Shape...)
	}
	return tensors
}
