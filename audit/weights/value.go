package weights

// value is what the walk knows of one Python object: its kind in the top byte
// and, below it, what the kind calls for. Eight bytes each, because a pickle
// can have tens of millions of them.
type value uint64

// The kinds of value. The zero one marks a memo slot that nothing was put in.
const (
	absentValue  = iota
	opaqueValue  // something harmless that nothing is asked of: a float, a set
	strangeValue // the result of what is not allowed, or not resolved
	noneValue
	intValue     // a whole number of 55 bits, or a truth value
	textValue    // a string: its offset in the source and its length
	bytesValue   // its length
	listValue    //
	dictValue    // the reference in recent of the reference of its pairs, or 0
	tupleValue   // the reference of its elements in recent, or 0
	globalValue  // the index of a global
	objectValue  // made by the allowed global of that index
	storageValue // of PyTorch: the reference of its persistent id in recent
	tensorValue  // of PyTorch: the reference of element type and shape in recent
	elementValue // a numpy dtype: the index of its name
)

const (
	kindShift   = 56
	lengthBits  = 16
	maxTextKept = 1<<lengthBits - 1 // a longer string resolves to nothing
	maxOffset   = 1<<(kindShift-lengthBits) - 1
)

func valueOf(kind int, payload uint64) value {
	return value(kind)<<kindShift | value(payload&(1<<kindShift-1))
}

func (v value) kind() int       { return int(v >> kindShift) }
func (v value) payload() uint64 { return uint64(v & (1<<kindShift - 1)) }

func number56(n int64) value {
	if n < -1<<(kindShift-1) || n >= 1<<(kindShift-1) {
		return valueOf(opaqueValue, 0)
	}
	return valueOf(intValue, uint64(n))
}

// int is the number that v stands for.
func (v value) int() (n int64, ok bool) {
	return int64(v<<(64-kindShift)) >> (64 - kindShift), v.kind() == intValue
}

// textAt is the string of n bytes at offset.
func textAt(offset, n int64) value {
	if n > maxTextKept || offset > maxOffset {
		return valueOf(opaqueValue, 0)
	}
	return valueOf(textValue, uint64(offset)<<lengthBits|uint64(n))
}

// span is where the string that v stands for lies.
func (v value) span() (offset int64, n int) {
	return int64(v.payload() >> lengthBits), int(v.payload() & maxTextKept)
}

// recentSize is how many values of tuples and dicts are remembered. What a
// tensor is made from precedes it by a few dozen; what is older resolves to
// nothing, which costs a count and never a verdict.
const recentSize = 1 << 16

// recent remembers the elements of the latest tuples and dicts.
type recent struct {
	words []value
	next  uint64 // how many words were ever written
}

// add remembers vs and returns the reference to them, which is never 0.
func (r *recent) add(vs ...value) uint64 {
	n := uint64(len(vs) + 1)
	at := r.next % recentSize
	if at+n > recentSize {
		r.next += recentSize - at
		at = 0
	}
	for uint64(len(r.words)) < at+n {
		r.words = append(r.words, 0)
	}
	r.words[at] = value(len(vs))
	copy(r.words[at+1:], vs)
	ref := r.next + 1
	r.next += n
	return ref
}

// at is what ref refers to; nil when it is 0 or forgotten.
func (r *recent) at(ref uint64) []value {
	if ref == 0 || ref > r.next || r.next-(ref-1) > recentSize {
		return nil
	}
	at := (ref - 1) % recentSize
	return r.words[at+1 : at+1+uint64(r.words[at])]
}
