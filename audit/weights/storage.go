package weights

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// maxStorages is how many of PyTorch's storages a file's index may name.
const maxStorages = 200_000

// torchStorage is a run of numbers that tensors of PyTorch are views of.
type torchStorage struct {
	dtype    string // empty for an untyped one
	elements int64
	width    int64 // of an element, in bytes
}

// persistent does BINPERSID: in a file of PyTorch the id is the tuple
// ('storage', class, key, location, elements). In any other pickle, what it
// stands for is the program's secret.
func (p *pickleWalk) persistent() error {
	id, err := p.pop()
	if err != nil {
		return err
	}
	if p.tarIDs {
		if id.kind() != textValue && id.kind() != intValue {
			p.doubt(PersistentID, "a persistent id that is no number of a tensor")
		}
		p.push(valueOf(tensorValue, 0))
		return nil
	}
	if !p.torch {
		if p.plain {
			return p.faultf("an object that lies outside the pickle")
		}
		p.doubt(PersistentID, "an object that the program must find outside the pickle")
		p.push(valueOf(strangeValue, 0))
		return nil
	}
	fields := p.fields(id)
	if !p.storage(fields) {
		p.doubt(PersistentID, "a persistent id that is no storage of PyTorch")
		p.push(valueOf(strangeValue, 0))
		return nil
	}
	p.push(valueOf(storageValue, p.recent.add(fields[1], fields[2])))
	return nil
}

// storage notes the storage that a persistent id names.
func (p *pickleWalk) storage(fields []value) bool {
	if len(fields) < 5 || !p.isText(fields[0], "storage") || fields[1].kind() != globalValue {
		return false
	}
	class := p.globals[fields[1].payload()].listed
	key, ok := p.string(fields[2])
	n, ok2 := fields[4].int()
	if class.role != storageRole || !ok || !ok2 || n < 0 {
		return false
	}
	s := torchStorage{class.dtype, n, class.bytes}
	if old, ok := p.storages[key]; ok && old != s {
		p.doubt(PersistentID, "storage %.40q is named with two types or sizes", key)
	}
	if p.storages == nil {
		p.storages = map[string]torchStorage{}
	}
	if p.storages[key] = s; len(p.storages) > maxStorages {
		p.doubt(LimitHit, "more than %d storages", maxStorages)
		p.storages = nil
	}
	return true
}

// tensor does a call that rebuilds a tensor from (storage, offset, size,
// stride, …) and counts it, once for each view of a storage.
func (p *pickleWalk) tensor(args []value, role role) value {
	if len(args) < 4 || args[0].kind() != storageValue {
		p.uncounted = true
		return valueOf(tensorValue, 0)
	}
	storage := slices.Clone(p.recent.at(args[0].payload()))
	offset, ok := args[1].int()
	size := p.fields(args[2])
	shape, n, ok2 := dimensions(size)
	if len(storage) != 2 || !ok || offset < 0 || size == nil || !ok2 {
		p.uncounted = true
		return valueOf(tensorValue, 0)
	}
	dtype := p.globals[storage[0].payload()].listed.dtype
	if role == tensorRole3 && len(args) > 6 && args[6].kind() == globalValue {
		dtype = p.globals[args[6].payload()].listed.dtype
	}
	if dtype == "" {
		p.uncounted = true
		return valueOf(tensorValue, 0)
	}
	key, _ := p.string(storage[1])
	p.bounds(key, offset, shape, p.fields(args[3]))
	view := binary.AppendVarint([]byte(key), offset)
	for _, d := range shape {
		view = binary.AppendVarint(view, d)
	}
	if p.seen.add(view) {
		p.file.count(dtype, n)
	}
	return valueOf(tensorValue, p.recent.add(valueOf(textValue, uint64(p.elementIndex(dtype))), args[2]))
}

// bounds holds a view to lie inside its storage.
func (p *pickleWalk) bounds(key string, offset int64, shape []int64, strides []value) {
	s, ok := p.storages[key]
	if !ok || len(strides) != len(shape) {
		return
	}
	last := uint64(offset)
	for i, d := range shape {
		stride, ok := strides[i].int()
		high, step := bits.Mul64(uint64(max(d-1, 0)), uint64(stride))
		if !ok || stride < 0 || high != 0 || last+step < last {
			p.doubt(DataLength, "a tensor with strides that leave its storage")
			return
		}
		if d == 0 {
			return // it has no element
		}
		last += step
	}
	if last >= uint64(s.elements) {
		p.doubt(DataLength, "a tensor that ends at element %d of a storage of %d", last, s.elements)
	}
}

// dimensions reads a shape from the values of a tuple.
func dimensions(vs []value) (shape []int64, n uint64, ok bool) {
	shape = make([]int64, len(vs))
	for i, v := range vs {
		d, ok := v.int()
		if !ok {
			return nil, 0, false
		}
		shape[i] = d
	}
	n, ok = product(shape)
	return shape, n, ok
}

// nameTensors hands out the tensors that a dict is filled with under the names
// that are their keys.
func (p *pickleWalk) nameTensors(vs []value) {
	for i := 0; i+1 < len(vs); i += 2 {
		if vs[i+1].kind() != tensorValue {
			continue
		}
		known := p.recent.at(vs[i+1].payload())
		name, ok := p.string(vs[i])
		if len(known) != 2 || !ok {
			continue
		}
		dtype := p.elements[known[0].payload()]
		shape, n, ok := dimensions(p.fields(known[1]))
		if ok {
			p.tensors(Tensor{Name: name, Dtype: dtype, Shape: shape, Bytes: int64(n) * dtypeBits(dtype) / 8})
		}
	}
}

// dtypeBits is the width of an element type in bits; 0 when it is not known.
func dtypeBits(dtype string) int64 {
	for _, t := range safetensorsTypes {
		if t.name == dtype {
			return int64(t.bits)
		}
	}
	for _, t := range torchTypes {
		if t.dtype == dtype {
			return 8 * t.bytes
		}
	}
	return 0
}

// torchMagic is the number that PyTorch's files of before 1.6 begin with, as
// LONG1 writes it. Source: MAGIC_NUMBER in torch/serialization.py.
const torchMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// torchMagicText is the same number as protocols 0 and 1 write it.
const torchMagicText = "L119547037146038801333356L\n"

// isTorchLegacy says whether a file that starts with head is one of PyTorch's
// from before 1.6: the magic number alone in a pickle.
func isTorchLegacy(head []byte) bool {
	_, ok := torchMagicEnd(head)
	return ok
}

// torchMagicEnd is where the first pickle of such a file ends. It may hold
// PROTO, FRAME and the number, and nothing that runs.
func torchMagicEnd(head []byte) (end int, ok bool) {
	rest := head
	if len(rest) > 2 && rest[0] == opProto && rest[1] <= maxProtocol {
		rest = rest[2:]
	}
	frame := -1 // where it ends
	if len(rest) > 9 && rest[0] == opFrame {
		n := binary.LittleEndian.Uint64(rest[1:])
		if rest = rest[9:]; n > uint64(len(rest)) {
			return 0, false
		}
		frame = len(head) - len(rest) + int(n)
	}
	for _, magic := range [...]string{torchMagic, torchMagicText, torchMagicText[:len(torchMagicText)-2] + "\n"} {
		if len(rest) <= len(magic) || string(rest[:len(magic)]) != magic {
			continue
		}
		rest = rest[len(magic):]
		// Protocol 4 may memoize the number.
		if len(rest) > 1 && rest[0] == opMemoize {
			rest = rest[1:]
		}
		end = len(head) - len(rest) + 1
		return end, rest[0] == opStop && (frame < 0 || frame == end)
	}
	return 0, false
}

// torchLegacy reads a file of PyTorch's from before 1.6: five pickles (magic
// number, protocol, system, the object, the storages' keys), then each
// storage as its length and its numbers.
func (f *File) torchLegacy(src *source, head []byte, tensors func(Tensor)) {
	f.expectTensors()
	f.Metadata = nil
	end, _ := torchMagicEnd(head)
	p := newPickleWalk(f, src, int64(end))
	p.torch, p.tensors = true, tensors
	for range 4 {
		if _, err := p.run(); err != nil {
			p.conclude(err)
			return
		}
	}
	p.storageData(src.size - p.w.offset())
	p.conclude(nil)
}

// storageData holds the rest of a file to be as long as its storages.
func (p *pickleWalk) storageData(rest int64) {
	want := int64(0)
	for _, s := range p.storages {
		want += 8
		if s.elements > (rest-want)/s.width {
			p.doubt(DataLength, "the file ends inside its storages")
			return
		}
		want += s.elements * s.width
	}
	if want != rest {
		p.doubt(DataLength, "%d bytes of storages where %d were named", rest, want)
	}
}
