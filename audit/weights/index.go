package weights

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strconv"
)

const (
	// MaxIndex is the longest shard index read, in bytes. One entry takes about
	// a hundred, so this holds half a million tensors.
	MaxIndex = 64 << 20
	// indexEntry is about how many bytes of an index list one tensor.
	indexEntry = 110
	// MaxIndexEntries is how many tensors an index may list.
	MaxIndexEntries = 1_000_000
)

// Index is a list of which shard holds which tensor, as transformers and
// diffusers write it beside the shards: model.safetensors.index.json,
// pytorch_model.bin.index.json and their variants.
type Index struct {
	// WeightMap names the shard of each tensor. Of a tensor listed twice the
	// last shard stands here, as in Python's reader.
	WeightMap map[string]string
	// TotalSize is metadata.total_size: by convention the bytes of all tensors,
	// headers not counted. nil when absent or no whole number.
	TotalSize *int64
	// TotalParameters is metadata.total_parameters. nil as for TotalSize.
	TotalParameters *int64
	// Problems lists what is wrong in the file. With a Fault among them the
	// other fields hold what was read before it.
	Problems []Problem
}

// indexReader reads an index from its JSON.
type indexReader struct {
	scanner
	index  *Index
	shards map[string]string // one string a shard, however often it is named
}

// ReadIndex reads the shard index in the first size bytes of r. The error is of
// the disk alone.
func ReadIndex(r io.ReaderAt, size int64) (*Index, error) {
	src := &source{r: r, size: size}
	x := &indexReader{
		scanner: scanner{w: newWindow(src, 0, size), kind: HeaderSyntax},
		index:   &Index{WeightMap: make(map[string]string, min(size/indexEntry, 1<<17))},
		shards:  map[string]string{},
	}
	err := x.read(size)
	if src.err != nil {
		return nil, fmt.Errorf("reading shard index: %w", src.err)
	}
	if err != nil {
		p := problemOf(err)
		x.index.Problems = append(x.index.Problems, p)
	}
	return x.index, nil
}

func (x *indexReader) read(size int64) error {
	if size > MaxIndex {
		return faultf(LimitHit, 0, "an index of %d bytes, more than the %d that are read", size, MaxIndex)
	}
	mapped := false
	var names nameSet
	more, err := x.open('{')
	for more && err == nil {
		key, err := x.key()
		if err != nil {
			return err
		}
		if !names.add(key) {
			x.twice("%q", key)
		}
		mapped = mapped || string(key) == "weight_map"
		if err := x.member(string(key)); err != nil {
			return err
		}
		if more, err = x.comma('}'); err != nil {
			return err
		}
	}
	if err == nil && !mapped {
		err = faultf(HeaderSyntax, -1, "an index without weight_map")
	}
	return cmp.Or(err, x.finish())
}

func (x *indexReader) member(key string) error {
	switch key {
	case "weight_map":
		return x.weightMap()
	case "metadata":
		return x.metadata()
	}
	return x.skip()
}

func (x *indexReader) twice(format string, args ...any) {
	if len(x.index.Problems) < MaxProblems {
		at := x.w.offset()
		message := fmt.Sprintf(format, args...) + " stands twice"
		x.index.Problems = append(x.index.Problems, Problem{DuplicateName, Fault, message, &at})
	}
}

func (x *indexReader) weightMap() error {
	more, err := x.open('{')
	for more && err == nil {
		key, err := x.key()
		if err != nil {
			return err
		}
		name := string(key)
		shard, err := x.string(MaxName)
		if err != nil {
			return err
		}
		if _, ok := x.index.WeightMap[name]; ok {
			x.twice("tensor %q", name)
		} else if len(x.index.WeightMap) == MaxIndexEntries {
			return faultf(LimitHit, x.w.offset(), "more than %d tensors", MaxIndexEntries)
		}
		x.index.WeightMap[name] = x.shard(shard)
		if more, err = x.comma('}'); err != nil {
			return err
		}
	}
	return err
}

func (x *indexReader) shard(name []byte) string {
	if s, ok := x.shards[string(name)]; ok {
		return s
	}
	s := string(name)
	x.shards[s] = s
	return s
}

func (x *indexReader) metadata() error {
	if b, err := x.space(); err != nil {
		return err
	} else if b != '{' {
		return x.skip()
	}
	more, err := x.open('{')
	for more && err == nil {
		key, err := x.key()
		if err != nil {
			return err
		}
		if err := x.total(string(key)); err != nil {
			return err
		}
		if more, err = x.comma('}'); err != nil {
			return err
		}
	}
	return err
}

// total reads one member of metadata.
func (x *indexReader) total(key string) error {
	b, err := x.space()
	if err != nil || b != '-' && (b < '0' || b > '9') {
		return cmp.Or(err, x.skip())
	}
	text, err := x.number()
	switch {
	case err != nil:
		return err
	case key == "total_size":
		x.index.TotalSize = whole(string(text))
	case key == "total_parameters":
		x.index.TotalParameters = whole(string(text))
	}
	return nil
}

// whole is the number that text writes, if it is a whole one that an int64
// holds. Some writers add up in floating point and write 1.4e10.
func whole(text string) *int64 {
	if v, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &v
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return nil
	}
	v := int64(f)
	return &v
}
