package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ShardContent is what is in one shard of a model.
type ShardContent struct {
	// File is the shard's name as an index writes it, without a folder.
	File string
	// Size is its length and Bytes that of its tensors.
	Size, Bytes int64
	// Names are its tensors'. nil where they are not known: of a shard that
	// is no more than a pointer, or in a format that does not tell them.
	Names []string
}

// Check holds an index against the shards that are there. Of what an index says
// about a shard whose tensors are not known, only that the shard is there is
// checked, and nothing about sizes.
//
// total_size is by convention the bytes of all tensors; scripts that sum up the
// lengths of files, and numbers that are neither, are common, so the first gets
// a Note and the second a Warning (metadata.total_size in transformers'
// shard_checkpoint).
func (x *Index) Check(shards []ShardContent) []Problem {
	c := &indexCheck{index: x, found: map[string]string{}, here: map[string]bool{}, known: map[string]bool{}, all: true}
	for _, s := range slices.SortedFunc(slices.Values(shards), func(a, b ShardContent) int { return cmp.Compare(a.File, b.File) }) {
		c.shard(s)
	}
	c.listed()
	c.total()
	return c.problems
}

type indexCheck struct {
	index    *Index
	found    map[string]string // shard by tensor
	here     map[string]bool   // shards that are there
	known    map[string]bool   // and whose tensors are known
	all      bool              // all of them are
	bytes    int64             // of tensors
	size     int64             // of files
	counts   map[Kind]int
	problems []Problem
}

func (c *indexCheck) report(kind Kind, severity Severity, format string, args ...any) {
	if c.counts == nil {
		c.counts = map[Kind]int{}
	}
	if c.counts[kind]++; c.counts[kind] <= MaxProblems {
		c.problems = append(c.problems, Problem{Kind: kind, Severity: severity, Message: fmt.Sprintf(format, args...)})
	}
}

// shard takes in one shard, and tells of tensors that the index does not know
// or that another shard has.
func (c *indexCheck) shard(s ShardContent) {
	c.here[s.File] = true
	if s.Names == nil {
		c.all = false
		return
	}
	c.known[s.File] = true
	c.bytes, c.size = addClamped(c.bytes, uint64(max(s.Bytes, 0))), addClamped(c.size, uint64(max(s.Size, 0)))
	for _, name := range s.Names {
		if other, ok := c.found[name]; ok {
			c.report(TensorTwice, Fault, "tensor %.80q is in %.80q and in %.80q", name, other, s.File)
			continue
		}
		c.found[name] = s.File
		if _, ok := c.index.WeightMap[name]; !ok {
			c.report(TensorUnlisted, Fault, "tensor %.80q of %.80q is not in the index", name, s.File)
		}
	}
}

// listed holds what the index lists to be there.
func (c *indexCheck) listed() {
	for _, shard := range slices.Sorted(maps.Keys(c.shards())) {
		switch {
		case strings.ContainsAny(shard, `/\`) || shard == ".." || shard == "." || shard == "":
			c.report(UnsafePath, Fault, "the index names %.80q, which is no file beside it", shard)
		case !c.here[shard]:
			c.report(ShardMissing, Fault, "shard %.80q is not there", shard)
			c.all = false
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.index.WeightMap)) {
		shard := c.index.WeightMap[name]
		if c.known[shard] && c.found[name] != shard {
			c.report(TensorMissing, Fault, "tensor %.80q is not in %.80q", name, shard)
		}
	}
}

// shards are the files that the index names, and those that the numbering of
// their names asks for.
func (c *indexCheck) shards() map[string]bool {
	files := map[string]bool{}
	for _, shard := range c.index.WeightMap {
		files[shard] = true
	}
	for _, shard := range slices.Sorted(maps.Keys(files)) {
		m := shardName.FindStringSubmatchIndex(shard)
		place := shardOf(shard)
		if m == nil || place.Count > MaxMembers || len(files) > MaxMembers {
			continue
		}
		width := m[3] - m[2]
		for i := range place.Count {
			files[fmt.Sprintf("%s%0*d%s", shard[:m[2]], width, i+1, shard[m[3]:])] = true
		}
		break // one numbering in an index
	}
	return files
}

// total holds the size that the index tells against the tensors.
func (c *indexCheck) total() {
	told := c.index.TotalSize
	if told == nil || !c.all || len(c.here) == 0 || *told == c.bytes {
		return
	}
	if *told == c.size {
		c.report(TotalSize, Note, "total_size is the length of the files, not of the tensors: %d for %d bytes", *told, c.bytes)
		return
	}
	c.report(TotalSize, Warning, "total_size is %d, the tensors have %d bytes", *told, c.bytes)
}
