package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxOthers is how many names of one shard are kept that an index does not put
// there. One is enough to tell that the two do not belong together.
const maxOthers = 4 << 10

// ShardContent is what is in one shard of a model, as far as an index has to be
// held against it: names that are where the index says are counted, not kept.
type ShardContent struct {
	// File is the shard's name as an index writes it, without a folder.
	File string
	// Size is its length.
	Size int64
	// Known says that every one of its tensors was added: not so of a shard
	// that is no more than a pointer, or in a format that does not name them.
	Known bool
	// Tensors counts what was added, and Bytes sums it up.
	Tensors, Bytes int64

	listed int
	others []string
}

// Add takes in one tensor of the shard.
func (s *ShardContent) Add(x *Index, t Tensor) {
	s.Tensors++
	s.Bytes = addClamped(s.Bytes, uint64(max(t.Bytes, 0)))
	if shard, ok := x.WeightMap[t.Name]; ok && shard == s.File {
		s.listed++
	} else if len(s.others) < maxOthers {
		s.others = append(s.others, t.Name)
	}
}

// Check holds an index against the shards that are there. Of what an index says
// about a shard whose tensors are not known, only that the shard is there is
// checked, and nothing about sizes.
//
// total_size is by convention the bytes of all tensors; scripts that sum up the
// lengths of files, and numbers that are neither, are common, so the first gets
// a Note and the second a Warning (metadata.total_size in transformers'
// shard_checkpoint).
func (x *Index) Check(shards []*ShardContent) []Problem {
	c := &indexCheck{index: x, here: map[string]*ShardContent{}, puts: map[string]int{}, found: map[string]string{}, all: true}
	for _, shard := range x.WeightMap {
		c.puts[shard]++
	}
	for _, s := range shards {
		c.here[s.File] = s
	}
	for _, name := range slices.Sorted(maps.Keys(c.here)) {
		c.shard(c.here[name])
	}
	c.listed()
	c.total()
	return c.problems
}

type indexCheck struct {
	index    *Index
	here     map[string]*ShardContent
	puts     map[string]int    // how many tensors the index puts into a shard
	found    map[string]string // shard of a tensor that the index puts elsewhere or nowhere
	all      bool              // all of them are known
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
func (c *indexCheck) shard(s *ShardContent) {
	if !s.Known {
		c.all = false
		return
	}
	c.bytes, c.size = addClamped(c.bytes, uint64(max(s.Bytes, 0))), addClamped(c.size, uint64(max(s.Size, 0)))
	for _, name := range s.others {
		there, listed := c.index.WeightMap[name]
		if listed && !c.whole(there) {
			continue // told of the shard that lacks it
		}
		if other := cmp.Or(there, c.found[name]); other != "" {
			c.report(TensorTwice, Fault, "tensor %.80q is in %.80q and in %.80q", name, other, s.File)
			continue
		}
		c.found[name] = s.File
		c.report(TensorUnlisted, Fault, "tensor %.80q of %.80q is not in the index", name, s.File)
	}
}

// whole says whether a shard is known to hold all that the index puts there.
func (c *indexCheck) whole(shard string) bool {
	s := c.here[shard]
	return s != nil && s.Known && s.listed >= c.puts[shard]
}

// listed holds what the index lists to be there.
func (c *indexCheck) listed() {
	for _, shard := range slices.Sorted(maps.Keys(c.shards())) {
		s := c.here[shard]
		switch {
		case strings.ContainsAny(shard, `/\`) || shard == ".." || shard == "." || shard == "":
			c.report(UnsafePath, Fault, "the index names %.80q, which is no file beside it", shard)
		case s == nil:
			c.report(ShardMissing, Fault, "shard %.80q is not there", shard)
			c.all = false
		case s.Known && s.listed < c.puts[shard]:
			c.report(TensorMissing, Fault, "%d of %d tensors that the index puts into %.80q are not there", c.puts[shard]-s.listed, c.puts[shard], shard)
		}
	}
}

// shards are the files that the index names, and those that the numbering of
// their names asks for.
func (c *indexCheck) shards() map[string]bool {
	files := map[string]bool{}
	for shard := range c.puts {
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
