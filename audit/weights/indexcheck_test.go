package weights

import (
	"fmt"
	"strings"
	"testing"
)

func TestIndexCheck(t *testing.T) {
	const one, two = "m-00001-of-00002.safetensors", "m-00002-of-00002.safetensors"
	type content struct {
		file        string
		size, bytes int64
		names       []string
	}
	whole := []content{{one, 100, 80, []string{"a", "b"}}, {two, 60, 40, []string{"c"}}}
	index := func(total string) string {
		return `{"metadata":{` + total + `},"weight_map":{"a":"` + one + `","b":"` + one + `","c":"` + two + `"}}`
	}
	tests := []struct {
		name, index string
		shards      []content
		want        string
	}{
		{"whole", index(`"total_size":120`), whole, ""},
		{"no size told", index(""), whole, ""},
		{"length of the files", index(`"total_size":160`), whole, "total_size:note"},
		{"another size", index(`"total_size":121`), whole, "total_size:warning"},
		{"a shard is missing", index(`"total_size":120`), whole[:1], "shard_missing:error"},
		{"a shard is a pointer", index(`"total_size":121`), []content{whole[0], {file: two}}, ""},
		{"the numbering asks for more", `{"weight_map":{"a":"` + one + `","b":"` + one + `"}}`, whole[:1], "shard_missing:error"},
		{"a tensor is missing", index(""), []content{{one, 1, 1, []string{"a"}}, whole[1]}, "tensor_missing:error"},
		{"a tensor is not listed", index(""), []content{whole[0], {two, 1, 1, []string{"c", "d"}}}, "tensor_unlisted:error"},
		{"a tensor in two shards", index(""), []content{whole[0], {two, 1, 1, []string{"c", "a"}}}, "tensor_twice:error"},
		{"a tensor in the other shard", `{"weight_map":{"a":"` + two + `","b":"` + one + `","c":"` + two + `"}}`, whole, "tensor_missing:error"},
		{"a path", `{"weight_map":{"a":"../x.safetensors"}}`, nil, "unsafe_path:error"},
		{"a truncated map", `{"weight_map":{"a":"m-00001-of-00083.safetensors"}}`, []content{{"m-00001-of-00083.safetensors", 1, 1, []string{"a"}}}, strings.TrimSpace(strings.Repeat("shard_missing:error ", MaxProblems))},
	}
	for _, test := range tests {
		var got []string
		x := readIndex(t, test.index)
		var shards []*ShardContent
		for _, c := range test.shards {
			s := &ShardContent{File: c.file, Size: c.size, Known: c.names != nil}
			for i, name := range c.names {
				s.Add(x, Tensor{Name: name, Bytes: c.bytes / int64(len(c.names)) * int64(min(1, len(c.names)-i))})
			}
			shards = append(shards, s)
		}
		for _, p := range x.Check(shards) {
			got = append(got, fmt.Sprintf("%s:%s", p.Kind, p.Severity))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", test.name, got, test.want)
		}
	}
}
