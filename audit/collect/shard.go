package collect

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// MaxShards bounds a numbered series of shards. The longest published ones have
// a few hundred; a name alone could ask for a hundred thousand.
const MaxShards = 4096

// shardName is the numbering of shards; see [weights.Shard].
var shardName = regexp.MustCompile(`^(.*)-(\d{1,9})-of-(\d{1,9})(\.[A-Za-z0-9_.]+)$`)

// shardIndex is one index, and the files it lists.
type shardIndex struct {
	file   *File
	index  *weights.Index // nil where only a pointer to it is here
	listed []string       // sorted
}

// open tells that the index may list more than what was read of it.
func (x *shardIndex) open() bool {
	return x.index == nil || len(x.listed) == 0 || slices.ContainsFunc(x.index.Problems, func(p weights.Problem) bool {
		return p.Severity == weights.Fault && p.Kind != weights.DuplicateName
	})
}

// shardCheck is one index, or one numbered series, and the shards it speaks of.
type shardCheck struct {
	path     string // of the index, or of the first shard
	listed   []string
	missing  []string
	pointers int    // listed shards that are only Git LFS pointers
	open     bool   // there may be more than those listed
	total    *int64 // metadata.total_size of an index: bytes of all tensors
	faults   []weights.Problem
}

// complete says whether all shards are here; open where some are no more than
// pointers. Of an index that cannot be read to its end it is not shown.
func (s *shardCheck) complete() (ok, open bool) {
	return len(s.missing) == 0 && !s.open, len(s.missing) == 0 && !s.open && s.pointers > 0
}

// readIndexes reads every index. A broken one is told with its place, and what
// could be read of it still speaks.
func (c *collection) readIndexes() {
	for _, f := range c.with("weights_index") {
		x := &shardIndex{file: f}
		c.indexes = append(c.indexes, x)
		if f.Kind == "lfs_pointer" {
			continue
		}
		index, err := c.index(f)
		if err != nil {
			f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
			continue
		}
		x.index = index
		x.list()
		c.judgeIndex(x)
	}
}

func (c *collection) index(f *File) (*weights.Index, error) {
	h, err := c.rel.FS.Open(path.Join(c.rel.Dir, f.Path))
	if err != nil {
		return nil, err
	}
	defer h.Close()
	r, ok := h.(io.ReaderAt)
	if !ok {
		return nil, errors.New("the file system gives no random access")
	}
	return weights.ReadIndex(r, f.Size)
}

// list names the files of the index: those it lists, and those that the
// numbering of their names asks for.
func (x *shardIndex) list() {
	shards := map[string]bool{} // few, of very many tensors
	for _, shard := range x.index.WeightMap {
		shards[shard] = true
	}
	listed := map[string]bool{}
	for shard := range shards {
		listed[path.Join(path.Dir(x.file.Path), shard)] = true
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if series, ok := seriesOf(name); ok {
			for _, s := range series {
				listed[s] = true
			}
			break // one numbering in an index
		}
	}
	x.listed = slices.Sorted(maps.Keys(listed))
}

// judgeIndex tells what is wrong in an index.
func (c *collection) judgeIndex(x *shardIndex) {
	problems := x.index.Problems
	if len(problems) == 0 && len(x.listed) == 0 {
		problems = []weights.Problem{{Kind: weights.HeaderSyntax, Severity: weights.Fault, Message: "an index that lists no tensor"}}
	}
	for _, p := range problems {
		if p.Kind == weights.LimitHit {
			c.cut("/weights/shards_complete", x.file.Path+": "+p.Message)
			continue
		}
		line := 0
		if p.Offset != nil {
			line = c.lineAt(x.file, *p.Offset)
		}
		c.parsed(x.file.Path, fault{p.Message, line})
	}
	c.parsed(x.file.Path)
}

// indexOf returns the index that lists a file, or nil.
func (c *collection) indexOf(name string) *shardIndex {
	for _, x := range c.indexes {
		if _, ok := slices.BinarySearch(x.listed, name); ok {
			return x
		}
	}
	return nil
}

// seriesOf lists the numbered series that a name belongs to; ok is false where
// it has no number, or one beyond [MaxShards].
func seriesOf(name string) (series []string, ok bool) {
	m := shardName.FindStringSubmatch(name)
	if m == nil {
		return nil, false
	}
	n, _ := strconv.Atoi(m[3])
	if n < 1 || n > MaxShards {
		return nil, false
	}
	for i := range n {
		series = append(series, fmt.Sprintf("%s-%0*d-of-%s%s", m[1], len(m[2]), i+1, m[3], m[4]))
	}
	return series, true
}

// findShards holds every index and every numbered series that no index lists
// against the files.
func (c *collection) findShards() {
	seen := map[string]bool{}
	add := func(s shardCheck) {
		for _, name := range s.listed {
			seen[name] = true
		}
		c.addShards(s)
	}
	for _, x := range c.indexes {
		s := shardCheck{path: x.file.Path, listed: x.listed, open: x.open() && !c.numbered(path.Dir(x.file.Path))}
		if x.index != nil {
			s.total, s.faults = x.index.TotalSize, c.againstShards(x)
		}
		add(s)
	}
	for _, w := range c.weights {
		if seen[w.file.Path] || w.info.Shard == nil {
			continue
		}
		series, ok := seriesOf(w.file.Path)
		switch {
		case ok:
			add(shardCheck{path: w.file.Path, listed: series})
		case w.info.Shard.Count > MaxShards:
			c.cut("/weights/shards_complete", fmt.Sprintf("%s is one of more than %d shards", w.file.Path, MaxShards))
		}
	}
}

// numbered tells whether a folder holds shards whose names say how many there
// are: then an index that cannot be read leaves nothing open.
func (c *collection) numbered(dir string) bool {
	return slices.ContainsFunc(c.weights, func(w *weightFile) bool { return w.info.Shard != nil && path.Dir(w.file.Path) == dir })
}

// againstShards holds an index against the tensors of its shards. That a shard
// is missing is told elsewhere.
func (c *collection) againstShards(x *shardIndex) []weights.Problem {
	var shards []*weights.ShardContent
	for _, w := range c.weights {
		if w.index == x {
			w.shard.Known = w.info.TensorCount != nil && w.info.Complete && w.shard.Tensors == *w.info.TensorCount
			shards = append(shards, &w.shard)
		}
	}
	var faults []weights.Problem
	for _, p := range x.index.Check(shards) {
		if p.Severity == weights.Fault && p.Kind != weights.ShardMissing {
			faults = append(faults, p)
		}
	}
	return faults
}

// lineAt returns the line of a byte; 0 where it cannot be told.
func (c *collection) lineAt(f *File, offset int64) int {
	data, err := c.rel.Read(f.Path, weights.MaxIndex)
	if err != nil || offset < 0 || offset > int64(len(data)) {
		return 0
	}
	return 1 + bytes.Count(data[:offset], []byte("\n"))
}

func (c *collection) addShards(s shardCheck) {
	for _, name := range s.listed {
		switch f := c.find(name); {
		case f == nil:
			s.missing = append(s.missing, name)
		case f.Kind == "lfs_pointer":
			s.pointers++
		}
	}
	if len(s.missing)+s.pointers > 0 {
		for _, w := range c.weights {
			if _, ok := slices.BinarySearch(s.listed, w.file.Path); ok {
				w.set.partial = true
			}
		}
	}
	c.shards = append(c.shards, s)
}

// shardFacts tells whether all that is spoken of is here. Weights of which
// nothing speaks are as whole as they are.
func (c *collection) shardFacts() {
	var here all
	var bad []audit.Source
	for _, s := range c.shards {
		ok, open := s.complete()
		switch {
		case open:
			here.unknown()
			continue
		case !ok:
			bad = append(bad, audit.Source{Path: s.path, Level: audit.Verified})
		}
		here.add(ok)
	}
	if len(c.shards) == 0 {
		here.add(slices.ContainsFunc(c.weights, (*weightFile).holds))
	}
	if len(bad) > 0 {
		c.ev.Set("/weights/shards_complete", false, bad...)
		return
	}
	c.setAll("/weights/shards_complete", here, audit.Source{Level: audit.Verified})
}

// shardsAgree holds each index or numbered series against the files. Where none
// of the shards is here, the weights are not shown, which is no contradiction.
func (c *collection) shardsAgree() {
	var items []any
	var sources []audit.Source
	for _, s := range c.shards {
		here := len(s.listed) - len(s.missing) - s.pointers
		if here == 0 || s.pointers > 0 {
			continue
		}
		r := relation{
			between: [2]string{c.pointerOf(s.path), "/weights/shards_complete"}, name: s.path,
			declared: fmt.Sprintf("%d shards", len(s.listed)), found: fmt.Sprintf("%d here", here),
			agree: truth(len(s.missing) == 0 && len(s.faults) == 0),
		}
		switch {
		case len(s.missing) > 0:
			r.found = fmt.Sprintf("%d here, without %s", here, s.missing[0])
		case len(s.faults) > 0:
			r.found = fmt.Sprintf("%d here; %s", here, s.faults[0].Message)
		case s.open:
			r.agree = nil
		}
		items = append(items, r.item())
		sources = append(sources, audit.Source{Path: s.path, Line: 1, Level: audit.Verified})
	}
	if len(items) == 0 {
		return
	}
	c.ev.Set("/relations/shards", items, audit.Source{Level: audit.Verified})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/relations/shards", i), s)
	}
}
