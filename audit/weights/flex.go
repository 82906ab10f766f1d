package weights

import "bytes"

// flexBuffer reads the root of a FlexBuffer, which is a vector of strings.
// Source: https://flatbuffers.dev/flatbuffers_guide_use_flexbuffers/
//
// The last byte is the width of the root, the one before it its type, and the
// root stands before those, as an offset backwards.
type flexBuffer []byte

// The types of a FlexBuffer that matter here: a vector tells the types of its
// elements behind them, a string is its bytes behind their number.
const (
	flexString = 5
	flexVector = 10
)

// uint reads a little-endian number of width bytes.
func (b flexBuffer) uint(at, width int) (int, bool) {
	if at < 0 || width > 8 || at > len(b)-width {
		return 0, false
	}
	n := uint64(0)
	for i := width - 1; i >= 0; i-- {
		n = n<<8 | uint64(b[at+i])
	}
	return int(n), n <= uint64(len(b))
}

// indirect follows the offset that stands at.
func (b flexBuffer) indirect(at, width int) (int, bool) {
	n, ok := b.uint(at, width)
	return at - n, ok && n <= at
}

// strings are the elements of the root; ok is false when it is no vector of
// strings alone.
func (b flexBuffer) strings() (list []string, ok bool) {
	if len(b) < 3 {
		return nil, false
	}
	width, kind := int(b[len(b)-1]), b[len(b)-2]
	at, ok := b.indirect(len(b)-2-width, width)
	if width != 1 && width != 2 && width != 4 && width != 8 || kind>>2 != flexVector || !ok {
		return nil, false
	}
	width = 1 << (kind & 3)
	n, ok := b.uint(at-width, width)
	if !ok || n > MaxProblems || at+n*width+n > len(b) {
		return nil, false
	}
	for i := range n {
		element := b[at+n*width+i]
		from, ok := b.indirect(at+i*width, width)
		wide := 1 << (element & 3)
		size, ok2 := b.uint(from-wide, wide)
		if element>>2 != flexString || !ok || !ok2 || size > len(b)-from {
			return nil, false
		}
		list = append(list, string(b[from:from+size]))
	}
	return list, true
}

// flexOperation is the operation of TensorFlow that an operator of TensorFlow
// Lite stands for, by its options: a name and a NodeDef. The operator's own name
// only says the same when the file is honest. ok is false when they do not tell.
// Source: tensorflow/lite/delegates/flex/kernel.cc, BufferMap and OpNode.
func flexOperation(options []byte) (op string, ok bool) {
	list, ok := flexBuffer(options).strings()
	if !ok || len(list) != 2 {
		return "", false
	}
	node := list[1]
	p := &proto{w: newWindow(&source{r: bytes.NewReader([]byte(node)), size: int64(len(node)), inner: true}, 0, int64(len(node)))}
	err := p.message(int64(len(node)), func(f field) error {
		if f.number == 2 && f.wire == wireBytes {
			op = p.text(f)
		}
		return nil
	})
	return op, err == nil && op == list[0]
}
