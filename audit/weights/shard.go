package weights

import (
	"regexp"
	"strconv"
)

// Shard is a file's place among the parts of one model.
type Shard struct {
	// Index counts from 1.
	Index int64 `json:"index"`
	Count int64 `json:"count"`
}

// shardName is the numbering transformers, diffusers and llama.cpp write:
// model-00001-of-00158.safetensors. Early llama.cpp and some exporters use
// other widths.
var shardName = regexp.MustCompile(`-(\d{1,9})-of-(\d{1,9})\.[A-Za-z0-9_.]+$`)

// shardOf reads the place from a file's name; nil when it names none.
func shardOf(name string) *Shard {
	m := shardName.FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	index, _ := strconv.ParseInt(m[1], 10, 64)
	count, _ := strconv.ParseInt(m[2], 10, 64)
	return &Shard{Index: index, Count: count}
}
