package collect

import (
	"encoding/json"
	"fmt"
	"slices"

	"glassbox/audit"
)

// sizesAgree holds the total_size of each index against the shards it lists,
// where all of them were read. By convention it is the bytes of all tensors;
// scripts that sum up the lengths of the files are common, and mislead nobody
// (weights.Index.Check has the source).
func (c *collection) sizesAgree() {
	var items []any
	var sources []audit.Source
	for _, s := range c.shards {
		tensors, files, ok := c.sizeOf(s.listed)
		if s.total == nil || !ok {
			continue
		}
		r := relation{
			between: [2]string{c.pointerOf(s.path), "/weights/files"}, name: s.path,
			declared: *s.total, found: tensors, agree: truth(*s.total == tensors || *s.total == files),
		}
		items = append(items, r.item())
		sources = append(sources, audit.Source{Path: s.path, Level: audit.Verified})
	}
	if len(items) == 0 {
		return
	}
	c.ev.Set("/relations/index_size", items, audit.Source{Level: audit.Verified})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/relations/index_size", i), s)
	}
}

// sizeOf returns the bytes of all tensors in the listed shards, and of their
// files; ok is false unless all of them are here, and told every tensor.
func (c *collection) sizeOf(listed []string) (tensors, files int64, ok bool) {
	n := 0
	for _, w := range c.weights {
		if _, in := slices.BinarySearch(listed, w.file.Path); !in {
			continue
		}
		if !w.shard.Known {
			return 0, 0, false
		}
		tensors += w.shard.Bytes
		files += w.file.Size
		n++
	}
	return tensors, files, n > 0 && n == len(listed)
}

// headsAgree holds the heads of the configuration against the rows of the query
// and key matrices: whatever a head's width, there are as many times more rows
// of queries as there are more heads for them. Twice as many are right where a
// gate is stored with the queries. Networks whose layers differ are left alone.
func (c *collection) headsAgree() *relation {
	s := c.measured()
	if s == nil {
		return nil
	}
	heads, keys := c.network.numbers["heads"], c.network.numbers["kv_heads"]
	d := s.derived
	if heads <= 0 || keys <= 0 || d.QueryRows == nil || d.KeyRows == nil || *d.QueryRows <= 0 || *d.KeyRows <= 0 || c.layersDiffer() {
		return nil
	}
	ratio := float64(*d.QueryRows) / float64(*d.KeyRows) * float64(keys) / float64(heads)
	return &relation{
		between:  [2]string{"/architecture/heads", "/weights/files"},
		declared: fmt.Sprintf("%d heads, %d for keys", heads, keys), found: fmt.Sprintf("%d rows of queries, %d of keys", *d.QueryRows, *d.KeyRows),
		agree: truth((ratio == 1 || ratio == 2) && *d.QueryRows%heads == 0), src: s.files[0].source(),
	}
}

// layersDiffer tells whether the configuration speaks of layers that are not
// alike, by the keys that transformers' configurations have for that.
func (c *collection) layersDiffer() bool {
	data, err := c.rel.Read(c.network.path, MaxConfig)
	var keys map[string]json.RawMessage
	if err != nil || json.Unmarshal(data, &keys) != nil {
		return true
	}
	for _, key := range []string{"layer_types", "block_configs", "global_head_dim", "num_global_key_value_heads", "attention_head_type", "num_query_heads", "text_config", "qk_rope_head_dim", "sliding_window_pattern"} {
		if _, ok := keys[key]; ok {
			return true
		}
	}
	return false
}
