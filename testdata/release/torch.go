package release

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"strconv"
)

// TorchZip writes a checkpoint as torch.save does since PyTorch 1.6: a ZIP with
// stored members under one folder named root, the state dict as a pickle of
// protocol 2 in data.pkl, and every tensor's bytes in a member of its own that
// begins at a multiple of 64. Tensors may be F32, F16, BF16, F64, I64, I32, I8,
// U8 or BOOL.
func TorchZip(root string, tensors ...Tensor) []byte {
	z := torchWriter{root: root}
	z.zip = zip.NewWriter(&z.buf)
	z.add("data.pkl", stateDict(tensors))
	z.add("byteorder", []byte("little"))
	for i, t := range tensors {
		z.add("data/"+strconv.Itoa(i), t.Data)
	}
	z.add("version", []byte("3\n"))
	z.check(z.zip.Close())
	return z.buf.Bytes()
}

// torchAlignment is where PyTorch lets the data of a member begin.
const torchAlignment = 64

type torchWriter struct {
	root string
	buf  bytes.Buffer
	zip  *zip.Writer
}

// add stores a member. The sizes are written into its local header, so that the
// place of its data can be computed before it is written, and the extra field
// is filled up until that place is aligned.
func (z *torchWriter) add(name string, data []byte) {
	z.check(z.zip.Flush())
	header := &zip.FileHeader{
		Name:               z.root + "/" + name,
		Method:             zip.Store,
		Flags:              0x800, // names are UTF-8
		CRC32:              crc32.ChecksumIEEE(data),
		CompressedSize64:   uint64(len(data)),
		UncompressedSize64: uint64(len(data)),
	}
	const localHeader, extraHead = 30, 4 // sizes in APPNOTE 4.3.7 and 4.5.1
	start := z.buf.Len() + localHeader + len(header.Name) + extraHead
	filler := (torchAlignment - start%torchAlignment) % torchAlignment
	extra := append([]byte("FB"), 0, 0) // PyTorch's own field id
	binary.LittleEndian.PutUint16(extra[2:], uint16(filler))
	header.Extra = append(extra, bytes.Repeat([]byte("Z"), filler)...)

	w, err := z.zip.CreateRaw(header)
	z.check(err)
	_, err = w.Write(data)
	z.check(err)
}

// check panics: a bytes.Buffer takes every write.
func (z *torchWriter) check(err error) {
	if err != nil {
		panic(err)
	}
}

// stateDict pickles the tensors as an OrderedDict whose values call
// torch._utils._rebuild_tensor_v2, with the memo entries CPython would make.
func stateDict(tensors []Tensor) []byte {
	var p pickle
	p.op(0x80, 2) // PROTO
	p.orderedDict()
	p.op('(')
	for i, t := range tensors {
		p.text(t.Name)
		p.tensor(t, strconv.Itoa(i))
	}
	p.op('u') // SETITEMS
	p.op('}') // the attributes of the OrderedDict itself
	p.put()
	p.text("_metadata")
	p.orderedDict()
	p.op('s', 'b', '.') // SETITEM, BUILD, STOP
	return p.buf
}

// pickle appends opcodes of protocol 2 and keeps count of the memo.
type pickle struct {
	buf  []byte
	memo uint32
	seen map[string]uint32 // memo entry of a string or global, by its opcode and text
}

func (p *pickle) op(codes ...byte) {
	p.buf = append(p.buf, codes...)
}

// put memoizes what is on top of the stack.
func (p *pickle) put() uint32 {
	n := p.memo
	p.memo++
	if n < 256 {
		p.op('q', byte(n))
	} else {
		p.buf = appendUint32(append(p.buf, 'r'), n)
	}
	return n
}

func (p *pickle) get(n uint32) {
	if n < 256 {
		p.op('h', byte(n))
		return
	}
	p.buf = appendUint32(append(p.buf, 'j'), n)
}

// once writes what is named by key, or fetches it where it was written before.
func (p *pickle) once(key string, write func()) {
	if n, ok := p.seen[key]; ok {
		p.get(n)
		return
	}
	write()
	if p.seen == nil {
		p.seen = map[string]uint32{}
	}
	p.seen[key] = p.put()
}

func (p *pickle) global(module, name string) {
	text := "c" + module + "\n" + name + "\n"
	p.once(text, func() { p.buf = append(p.buf, text...) })
}

func (p *pickle) text(s string) {
	p.once("X"+s, func() {
		p.buf = append(appendUint32(append(p.buf, 'X'), uint32(len(s))), s...)
	})
}

func (p *pickle) int(n int) {
	switch {
	case n < 1<<8:
		p.op('K', byte(n))
	case n < 1<<16:
		p.op('M', byte(n), byte(n>>8))
	default:
		p.buf = appendUint32(append(p.buf, 'J'), uint32(n))
	}
}

// ints writes a tuple of them.
func (p *pickle) ints(values []int) {
	if len(values) == 0 {
		p.op(')')
		return
	}
	if len(values) > 3 {
		p.op('(')
	}
	for _, v := range values {
		p.int(v)
	}
	p.op([]byte{0, 0x85, 0x86, 0x87, 't'}[min(len(values), 4)])
	p.put()
}

// orderedDict calls collections.OrderedDict without arguments.
func (p *pickle) orderedDict() {
	p.global("collections", "OrderedDict")
	p.op(')', 'R')
	p.put()
}

// tensor calls _rebuild_tensor_v2(storage, offset, size, stride, requires_grad,
// backward_hooks) with the storage as a persistent id.
func (p *pickle) tensor(t Tensor, key string) {
	p.global("torch._utils", "_rebuild_tensor_v2")
	p.op('(', '(')
	p.text("storage")
	p.global("torch", storageClass(t.DType))
	p.text(key)
	p.text("cpu")
	p.int(t.Elements())
	p.op('t')
	p.put()
	p.op('Q') // BINPERSID
	p.int(0)
	p.ints(t.Shape)
	p.ints(strides(t.Shape))
	p.op(0x89) // NEWFALSE
	p.orderedDict()
	p.op('t')
	p.put()
	p.op('R')
	p.put()
}

// strides are those of a dense array stored row by row.
func strides(shape []int) []int {
	s, n := make([]int, len(shape)), 1
	for i := len(shape) - 1; i >= 0; i-- {
		s[i] = n
		n *= shape[i]
	}
	return s
}

// storageClass is the class in package torch that stands for a dtype in
// checkpoints.
func storageClass(dtype string) string {
	switch dtype {
	case "F64":
		return "DoubleStorage"
	case "F32":
		return "FloatStorage"
	case "F16":
		return "HalfStorage"
	case "BF16":
		return "BFloat16Storage"
	case "I64":
		return "LongStorage"
	case "I32":
		return "IntStorage"
	case "I8":
		return "CharStorage"
	case "U8":
		return "ByteStorage"
	case "BOOL":
		return "BoolStorage"
	}
	panic("release: torch has no storage for " + dtype)
}

// CallingPickle is a pickle of protocol 2 that calls a function with one text
// when it is loaded: the shape of every attack through pickled weights.
func CallingPickle(module, name, argument string) []byte {
	var p pickle
	p.op(0x80, 2)
	p.global(module, name)
	p.text(argument)
	p.op(0x85) // TUPLE1
	p.put()
	p.op('R')
	p.put()
	p.op('.')
	return p.buf
}
