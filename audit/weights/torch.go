package weights

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"
)

// torchZip is what the index of PyTorch's ZIP file says of its members.
type torchZip struct {
	root     string // the directory that everything lies in, with its slash
	index    *zipMember
	storages map[string]torchStorage
	found    map[string]bool
}

// torchIndex reads data.pkl, the pickle that describes the storages beside it;
// nil when there is none. PyTorch finds it in capitals, too.
func (a *archive) torchIndex(z *zipArchive) *torchZip {
	t := &torchZip{found: map[string]bool{}}
	for i := range z.members {
		if m := &z.members[i]; strings.EqualFold(path.Base(m.name), "data.pkl") {
			t.index, t.root = m, m.name[:len(m.name)-len("data.pkl")]
			break
		}
	}
	if t.index == nil {
		return nil
	}
	a.zipMember(z, t.index, func(src *source) {
		sub := &File{Path: t.index.name, Format: Pickle, Size: src.size}
		t.storages = sub.pickleMember(src, true, nil)
		a.add(sub)
		if a.tensors != nil && sub.Complete {
			(&File{}).pickleMember(src, true, a.tensors)
		}
	})
	return t
}

// torchKnown reads a member that PyTorch's format has a place for; handled is
// false for all others.
func (a *archive) torchKnown(z *zipArchive, m *zipMember, t *torchZip) (handled bool) {
	name, ok := strings.CutPrefix(m.name, t.root)
	if !ok {
		return false
	}
	if key, ok := strings.CutPrefix(name, "data/"); ok {
		s, ok := t.storages[key]
		if ok {
			t.found[key] = true
			a.torchStorage(z, m, s)
		}
		return ok
	}
	switch strings.ToLower(name) {
	case "data.pkl":
		return m == t.index
	case "constants.pkl":
		a.zipMember(z, m, func(src *source) {
			sub := &File{Path: m.name, Format: Pickle, Size: src.size}
			sub.pickleMember(src, true, nil)
			sub.Parameters, sub.Dtypes, sub.TensorCount = new(int64), nil, new(int64)
			a.add(sub)
		})
		return true
	}
	return false
}

// torchStorage holds a storage to be as long as the index says, and to be
// nothing but numbers to a loader of pickles.
func (a *archive) torchStorage(z *zipArchive, m *zipMember, s torchStorage) {
	if s.elements > m.size/s.width || s.elements*s.width != m.size {
		a.doubt(DataLength, fmt.Sprintf("storage %.80q has %d bytes where its index says %d elements of %d", m.name, m.size, s.elements, s.width))
	}
	if m.data < 0 || m.compressed == 0 {
		return
	}
	a.zipMember(z, m, func(src *source) {
		sub := &File{Path: m.name, Format: "storage"}
		if sub.alsoPickle(src); sub.Verdict == CodeCapable {
			a.file.problem(Polyglot, Fault, -1, fmt.Sprintf("%.80s: %s", m.name, sub.Reason))
			a.suspect(fmt.Sprintf("%.80s: %s", m.name, sub.Reason))
		}
	})
}

// missing tells of storages that the index names and the archive lacks.
func (a *archive) missing(t *torchZip) {
	if n := len(t.storages) - len(t.found); n > 0 {
		a.doubt(DataLength, fmt.Sprintf("%d of %d storages are missing", n, len(t.storages)))
	}
}

// torchTar reads one of the four members of PyTorch's files of before 0.1.10.
// Source: _legacy_load in torch/serialization.py.
func (a *archive) torchTar(name string, src *source) {
	a.format = PyTorch
	sub := &File{Path: name, Format: Pickle, Size: src.size}
	sub.expectTensors()
	p := newPickleWalk(sub, src, 0)
	var err error
	switch name {
	case "storages":
		err = p.tarStorages()
	case "tensors":
		err = p.tarTensors()
	default:
		// The object's persistent ids are numbers of tensors or storages, which
		// resolve to nothing but what the other members hold.
		p.tarIDs = true
		if _, err = p.run(); err == nil {
			err = p.following()
		}
	}
	p.conclude(err)
	if name != "tensors" && sub.Complete {
		sub.Parameters, sub.Dtypes, sub.TensorCount = new(int64), nil, new(int64)
	}
	a.add(sub)
}

// tarStorages reads the member storages: how many there are, then for each a
// pickle (key, location, class), its length and its numbers.
func (p *pickleWalk) tarStorages() error {
	n, err := p.tarCount()
	for ; err == nil && n > 0; n-- {
		v, err := p.run()
		if err != nil {
			return err
		}
		fields := p.fields(v)
		if len(fields) != 3 || fields[2].kind() != globalValue {
			return p.faultf("a storage without its class")
		}
		class := p.globals[fields[2].payload()].listed
		elements, ok := p.w.uint(binary.LittleEndian, 8)
		if class.role != storageRole || !ok || elements > uint64(p.w.remaining()/class.bytes) {
			return p.faultf("a storage that ends early, or is of no known class")
		}
		p.w.skip(int64(elements) * class.bytes)
	}
	return p.tarEnd(err)
}

// tarTensors reads the member tensors: how many there are, then for each a
// pickle (key, storage, class), its dimensions, strides and offset.
func (p *pickleWalk) tarTensors() error {
	n, err := p.tarCount()
	for ; err == nil && n > 0; n-- {
		v, err := p.run()
		if err != nil {
			return err
		}
		dims, ok := p.w.uint(binary.LittleEndian, 8)
		if !ok || dims > 64 {
			return p.truncated()
		}
		size := make([]int64, dims)
		for i := range size {
			d, ok := p.w.uint(binary.LittleEndian, 8)
			if !ok || int64(d) < 0 {
				return p.truncated()
			}
			size[i] = int64(d)
		}
		if !p.w.skip(int64(dims)*8 + 8) {
			return p.truncated()
		}
		p.tarTensor(v, size)
	}
	return p.tarEnd(err)
}

// tarTensor counts a tensor by its class, torch.FloatTensor or another.
func (p *pickleWalk) tarTensor(v value, size []int64) {
	fields := p.fields(v)
	n, ok := product(size)
	if len(fields) != 3 || fields[2].kind() != globalValue || !ok {
		p.uncounted = true
		return
	}
	dtype := p.globals[fields[2].payload()].listed.dtype
	if dtype == "" {
		p.uncounted = true
		return
	}
	p.file.count(dtype, n)
}

// tarCount reads the pickle of one number that these members begin with.
func (p *pickleWalk) tarCount() (int64, error) {
	v, err := p.run()
	if err != nil {
		return 0, err
	}
	n, ok := v.int()
	if !ok || n < 0 {
		return 0, p.faultf("a member that does not begin with a count")
	}
	return n, nil
}

func (p *pickleWalk) tarEnd(err error) error {
	if err == nil && p.w.remaining() > 0 {
		p.doubt(TrailingData, "%d bytes that nobody reads", p.w.remaining())
	}
	return err
}
