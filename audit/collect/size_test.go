package collect_test

import (
	"fmt"
	"testing"
)

// total_size may be the bytes of the tensors or the length of the files; another
// number is told of, and of shards that are missing nothing is.
func TestIndexSize(t *testing.T) {
	a, b := header(`"format":"pt"`, "a:2,2"), header(`"format":"pt"`, "b:2,3")
	index := func(total string) string {
		return `{"metadata":{` + total + `},"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}`
	}
	for total, want := range map[string]any{
		`"total_size":40`: true,
		fmt.Sprintf(`"total_size":%d`, len(a)+len(b)): true,
		`"total_size":4e1`:                            true,
		`"total_size":140737488355328`:                false,
		`"total_size":0`:                              false,
		`"total_size":"40"`:                           nil,
		`"mergekit_version":"0.1"`:                    nil,
	} {
		files := map[string]string{"model-00001-of-00002.safetensors": a, "model-00002-of-00002.safetensors": b, "model.safetensors.index.json": index(total)}
		if got, _ := tree(t, t.TempDir(), "m", files).Get("/relations/index_size/0/agree"); got != want {
			t.Errorf("%s: agree %v, want %v", total, got, want)
		}
		delete(files, "model-00002-of-00002.safetensors")
		if got, ok := tree(t, t.TempDir(), "m", files).Get("/relations/index_size"); ok {
			t.Errorf("%s, a shard missing: %v", total, got)
		}
	}
}

// Heads are told by how many more rows of queries there are than of keys.
func TestHeads(t *testing.T) {
	for name, test := range map[string]struct {
		config     string
		rows, keys int
		want       any
	}{
		"as declared":          {`"num_attention_heads": 8, "num_key_value_heads": 2`, 64, 16, true},
		"no groups":            {`"num_attention_heads": 8, "num_key_value_heads": 8`, 64, 64, true},
		"wider than the model": {`"num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 16`, 128, 32, true},
		"a gate":               {`"num_attention_heads": 8, "num_key_value_heads": 2`, 128, 16, true},
		"groups undeclared":    {`"num_attention_heads": 8, "num_key_value_heads": 8`, 64, 16, false},
		"groups that are none": {`"num_attention_heads": 8, "num_key_value_heads": 2`, 64, 64, false},
		"rows for other heads": {`"num_attention_heads": 48, "num_key_value_heads": 12`, 64, 16, false},
		"keys not told":        {`"num_attention_heads": 8`, 64, 16, nil},
		"layers that differ":   {`"num_attention_heads": 8, "num_key_value_heads": 8, "layer_types": ["a", "b"]`, 64, 16, nil},
	} {
		ev := tree(t, t.TempDir(), "m", map[string]string{
			"config.json": `{"model_type": "llama", "hidden_size": 64, ` + test.config + `}`,
			"model.safetensors": header(`"format":"pt"`, fmt.Sprintf("model.layers.0.self_attn.q_proj.weight:%d,64", test.rows),
				fmt.Sprintf("model.layers.0.self_attn.k_proj.weight:%d,64", test.keys)),
		})
		if got, _ := ev.Get("/relations/heads/agree"); got != test.want {
			r, _ := ev.Get("/relations/heads")
			t.Errorf("%s: agree %v, want %v: %v", name, got, test.want, r)
		}
	}
}
