package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"path"
	"strings"
)

const (
	// tableMagic ends a table of LevelDB's, low byte first.
	tableMagic  = "\x57\xfb\x80\x8b\x24\x75\x47\xdb"
	tableFooter = 48
	// maxBlock is the longest block of a table that is read. TensorFlow writes
	// blocks of 256 KiB; one entry may be longer.
	maxBlock = 16 << 20
)

// tensorFlowTypes are the element types by their number, in the names of
// safetensors. Source: tensorflow/core/framework/types.proto.
var tensorFlowTypes = map[uint64]string{
	1: "F32", 2: "F64", 3: "I32", 4: "U8", 5: "I16", 6: "I8", 8: "C64", 9: "I64", 10: "BOOL", 11: "QI8", 12: "QU8", 13: "QI32", 14: "BF16",
	17: "U16", 18: "C128", 19: "F16", 22: "U32", 23: "U64", 24: "F8_E5M2", 25: "F8_E4M3", 29: "I4", 30: "U4",
}

// checkpoint reads the index of a checkpoint of TensorFlow's: a table from the
// names of variables to where they lie in the files of data beside it.
// Sources: leveldb doc/table_format.md; tensor_bundle.proto.
type checkpoint struct {
	src     *source
	file    *File
	tensors func(Tensor)
	shards  uint64
	ends    map[uint64]int64 // by shard, how long its file must be
}

// isTable says whether src ends as a table of LevelDB's does.
func isTable(src *source) bool {
	var b [len(tableMagic)]byte
	return src.size >= tableFooter && src.readAt(b[:], src.size-int64(len(b))) == len(b) && string(b[:]) == tableMagic
}

// tfCheckpoint fills f from the index in src.
func (f *File) tfCheckpoint(src *source, tensors func(Tensor)) {
	f.expectTensors()
	f.Metadata = nil
	c := &checkpoint{src: src, file: f, shards: 1, ends: map[uint64]int64{}}
	if err := c.read(); err != nil {
		f.refuse(err)
		return
	}
	prefix := strings.TrimSuffix(path.Base(slashed(f.Path)), ".index")
	for i := range min(c.shards, MaxMembers) {
		if end, ok := c.ends[i]; ok {
			f.External = append(f.External, External{fmt.Sprintf("%s.data-%05d-of-%05d", prefix, i, c.shards), end})
		}
	}
	f.inert("an index of TensorFlow's variables; the format has no place for code")
	if tensors != nil {
		again := &checkpoint{src: src, file: &File{}, tensors: tensors, ends: map[uint64]int64{}}
		again.file.expectTensors()
		_ = again.read()
	}
}

func (c *checkpoint) read() error {
	footer := make([]byte, tableFooter)
	c.src.readAt(footer, c.src.size-tableFooter)
	_, rest, ok := blockHandle(footer) // of the table's own notes
	index, _, ok2 := blockHandle(rest)
	if !ok || !ok2 {
		return faultf(HeaderSyntax, -1, "a table without its index")
	}
	return c.block(index, func(_, value []byte) error {
		handle, _, ok := blockHandle(value)
		if !ok {
			return faultf(HeaderSyntax, -1, "a table whose index is damaged")
		}
		return c.block(handle, c.entry)
	})
}

// blockPlace is where a block lies.
type blockPlace struct{ offset, size uint64 }

func blockHandle(b []byte) (h blockPlace, rest []byte, ok bool) {
	offset, n := binary.Uvarint(b)
	if n <= 0 {
		return h, nil, false
	}
	size, m := binary.Uvarint(b[n:])
	if m <= 0 {
		return h, nil, false
	}
	return blockPlace{offset, size}, b[n+m:], true
}

// block calls each for every entry of a block.
func (c *checkpoint) block(h blockPlace, each func(key, value []byte) error) error {
	if h.size > maxBlock || h.size < 4 || h.offset > uint64(c.src.size) || h.size+5 > uint64(c.src.size)-h.offset {
		return faultf(HeaderSyntax, -1, "a block of %d bytes at %d", h.size, h.offset)
	}
	b := make([]byte, h.size+1)
	if c.src.readAt(b, int64(h.offset)) < len(b) || b[h.size] != 0 {
		return faultf(NotOpened, int64(h.offset), "a compressed block, which is not read")
	}
	b = b[:h.size]
	restarts := uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	if restarts*4+4 > h.size {
		return faultf(HeaderSyntax, int64(h.offset), "a block of %d parts", restarts)
	}
	b = b[:h.size-4-4*restarts]
	var key []byte
	for len(b) > 0 {
		var lengths [3]uint64 // bytes of the key before, own bytes of the key, bytes of the value
		for i := range lengths {
			n := 0
			if lengths[i], n = binary.Uvarint(b); n <= 0 {
				return faultf(HeaderSyntax, int64(h.offset), "a damaged block")
			}
			b = b[n:]
		}
		if lengths[0] > uint64(len(key)) || lengths[1] > uint64(len(b)) || lengths[2] > uint64(len(b))-lengths[1] {
			return faultf(HeaderSyntax, int64(h.offset), "a damaged block")
		}
		key = append(key[:lengths[0]], b[:lengths[1]]...)
		value := b[lengths[1] : lengths[1]+lengths[2]]
		b = b[lengths[1]+lengths[2]:]
		if err := each(key, value); err != nil {
			return err
		}
	}
	return nil
}

// entry reads one variable's entry; that of the empty name is about the whole.
func (c *checkpoint) entry(key, value []byte) error {
	p := &proto{w: newWindow(&source{r: bytes.NewReader(value), size: int64(len(value)), inner: true}, 0, int64(len(value)))}
	if len(key) == 0 {
		return p.message(int64(len(value)), func(f field) error {
			if f.number == 1 {
				c.shards = f.value
			}
			return nil
		})
	}
	var kind, shard, offset, size uint64
	shape, unknown := []int64{}, false
	err := p.message(int64(len(value)), func(f field) error {
		switch f.number {
		case 1:
			kind = f.value
		case 2:
			return p.inside(f, func(f field) error {
				unknown = unknown || f.number == 3
				if f.number != 2 || len(shape) == 64 {
					return nil
				}
				shape = append(shape, 0)
				return p.inside(f, func(f field) error {
					if f.number == 1 && f.value <= math.MaxInt64 {
						shape[len(shape)-1] = int64(f.value)
					}
					return nil
				})
			})
		case 3:
			shard = f.value
		case 4:
			offset = f.value
		case 5:
			size = f.value
		}
		return nil
	})
	if err != nil {
		return err
	}
	if offset > math.MaxInt64 || size > math.MaxInt64-offset || shard > MaxMembers {
		return faultf(HeaderSyntax, -1, "variable %.80q lies nowhere", key)
	}
	c.ends[shard] = max(c.ends[shard], int64(offset+size))
	return c.variable(key, kind, shape, size, unknown)
}

// variable counts one variable. Text and resources hold no parameters.
func (c *checkpoint) variable(name []byte, kind uint64, shape []int64, size uint64, unknown bool) error {
	dtype := tensorFlowTypes[kind]
	n, ok := product(shape)
	if dtype == "" || unknown || size == 0 { // a slice of a variable has its data elsewhere
		return nil
	}
	bits := uint64(dtypeBits(dtype))
	if !ok || bits > 0 && (n > math.MaxInt64/bits || (n*bits+7)/8 != size) {
		return faultf(TensorSize, -1, "variable %.80q has %d bytes where its shape needs another number", name, size)
	}
	c.file.count(dtype, n)
	if c.tensors != nil {
		c.tensors(Tensor{Name: cutRune(name, false), Dtype: dtype, Shape: shape, Bytes: int64(size)})
	}
	return nil
}
