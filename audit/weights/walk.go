package weights

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxStack is how many values may lie on the stack.
	maxStack = 4 << 20
	// maxLine is the longest argument that ends with a line feed, in bytes.
	maxLine = 64 << 20
	// maxProtocol is the newest protocol of pickle.
	maxProtocol = 5
	// maxGlobalName is how much of a module's or global's name is kept, in
	// bytes. Longer ones are on no list.
	maxGlobalName = 512
	// MaxGlobals is how many globals a file lists.
	MaxGlobals = 1000
)

// pickleWalk follows a pickle's opcodes with a stack, a memo and marks as the
// unpickler has them, and with values that only stand for the objects. It sees
// every importable name, what is called with what, and whose state is set, and
// makes nothing.
//
// Where it stops short of what Python's unpickler would do, the result is
// incomplete; it never takes a byte for an argument that Python takes for an
// opcode.
type pickleWalk struct {
	file    *File
	src     *source
	w       *window
	tensors func(Tensor) // nil unless the walk is a second one, for its tensors
	torch   bool         // persistent ids are PyTorch's storages
	tarIDs  bool         // they are numbers, as before PyTorch 0.1.10
	plain   bool         // the loader is Python's own, nothing set up for it: a probe

	stack  []value
	marks  []int32 // heights of the stack
	fence  int     // the last of them, below which nothing may be popped; 0 without one
	memo   memo
	recent recent

	globals  []global
	byName   map[pair]int
	capable  bool // something that is not allowed was seen
	partial  bool // something that a loader may refuse was seen
	calls    int  // calls of any callee
	protocol int  // of the current pickle; -1 before a PROTO
	started  int64

	elements   []string // numpy dtypes met, such as f8
	seen       nameSet  // tensors counted, by storage, offset and shape
	uncounted  bool     // a tensor's shape did not resolve
	storages   map[string]torchStorage
	joblib     bool
	aligned    alignment
	unsure     bool             // a numpy dtype was made whose elements may be objects
	flags      map[string]int64 // of numpy dtypes with fields, by their name
	claimed    bool             // one of them says that it holds no objects
	mixed      bool             // one of them may have objects in its fields
	records    bool             // a numpy dtype was named
	fieldDicts map[uint64]bool  // the dicts of the others' fields
	line       []byte
	nested     int              // pickles inside this one's stream that are being walked
	probed     int64            // bytes walked as another loader would
	inside     int              // pickles found in strings of bytes
	frame      int64            // where the frame that the walk is in ends; 0 outside any
	last       byte             // of the line read last
	far        map[string]value // what memo slots with numbers beyond 32 bits hold
	endless    bool             // it stopped at a line that had no end
}

func newPickleWalk(f *File, src *source, from int64) *pickleWalk {
	return &pickleWalk{file: f, src: src, w: newWindow(src, from, src.size), byName: map[pair]int{}}
}

func (p *pickleWalk) faultf(format string, args ...any) error {
	return faultf(PickleSyntax, p.w.offset(), format, args...)
}

func (p *pickleWalk) truncated() error {
	return faultf(Truncated, p.w.offset(), "the pickle ends before its STOP")
}

// danger tells of something that the allow-list does not cover.
func (p *pickleWalk) danger(kind Kind, format string, args ...any) {
	p.capable = true
	p.file.problem(kind, Fault, p.w.offset(), fmt.Sprintf(format, args...))
}

// doubt tells of something that leaves open what a loader would do.
func (p *pickleWalk) doubt(kind Kind, format string, args ...any) {
	p.partial = true
	p.file.problem(kind, Fault, p.w.offset(), fmt.Sprintf(format, args...))
}

// setMarks takes over marks and the fence that the last one is.
func (p *pickleWalk) setMarks(marks []int32) {
	p.marks, p.fence = marks, 0
	if n := len(marks); n > 0 {
		p.fence = int(marks[n-1])
	}
}

func (p *pickleWalk) underflow() error {
	return p.faultf("more is taken from the stack than lies on it")
}

// pop takes the top of the stack.
func (p *pickleWalk) pop() (value, error) {
	n := len(p.stack)
	if n <= p.fence {
		return 0, p.underflow()
	}
	v := p.stack[n-1]
	p.stack = p.stack[:n-1]
	return v, nil
}

// top is the address of the top of the stack.
func (p *pickleWalk) top() (*value, error) {
	n := len(p.stack)
	if n <= p.fence {
		return nil, p.underflow()
	}
	return &p.stack[n-1], nil
}

// popMark takes everything above the last mark, and the mark. The values stay
// valid until the next push.
func (p *pickleWalk) popMark() ([]value, error) {
	n := len(p.marks)
	if n == 0 {
		return nil, p.faultf("a mark is asked for where none was set")
	}
	at := p.marks[n-1]
	vs := p.stack[at:]
	p.stack = p.stack[:at]
	p.setMarks(p.marks[:n-1])
	return vs, nil
}

// run walks one pickle, from the window's place to behind its STOP, and says
// what it makes. The memo starts empty.
func (p *pickleWalk) run() (value, error) {
	p.stack, p.memo, p.protocol = p.stack[:0], memo{most: p.src.size}, -1
	p.far, p.frame = nil, 0
	p.setMarks(p.marks[:0])
	p.started = p.w.offset()
	return p.walk()
}

// walk goes on from where the stack, the marks and the memo stand. The opcodes
// that dense pickles consist of are done here, on copies of what they touch;
// step does the others.
func (p *pickleWalk) walk() (value, error) {
	w := p.w
	buf, pos, stack, stop := w.buf, w.pos, p.stack, p.stop()
	for {
		if pos > stop {
			w.pos, p.stack = pos, stack
			if err := p.pause(); err != nil {
				return 0, err
			}
			buf, pos, stop = w.buf, w.pos, p.stop()
		}
		op := buf[pos]
		pos++
		var v value
		switch opClasses[op] {
		case getClass:
			if slot := p.memo.slot(uint32(buf[pos])); slot != nil {
				v = *slot
			}
			if v == 0 {
				if v = p.memo.far(uint32(buf[pos])); v == 0 {
					w.pos = pos
					return 0, p.unfilled(uint32(buf[pos]))
				}
			}
			pos++
		case markClass:
			p.marks = append(p.marks, int32(len(stack)))
			p.fence = len(stack)
			continue
		case int1Class:
			v = valueOf(intValue, uint64(buf[pos]))
			pos++
		case int2Class:
			v = valueOf(intValue, uint64(binary.LittleEndian.Uint16(buf[pos:])))
			pos += 2
		case int4Class:
			v = valueOf(intValue, uint64(int64(int32(binary.LittleEndian.Uint32(buf[pos:])))))
			pos += 4
		case trueClass:
			v = valueOf(intValue, 1)
		case falseClass:
			v = valueOf(intValue, 0)
		case noneClass:
			v = valueOf(noneValue, 0)
		case floatClass:
			v = valueOf(opaqueValue, 0)
			pos += 8
		case listClass:
			v = valueOf(listValue, 0)
		case dictClass:
			v = p.dict(0)
		case putClass:
			i, n := uint32(buf[pos]), 1
			if op == opLongBinPut {
				i, n = binary.LittleEndian.Uint32(buf[pos:]), 4
			}
			if len(stack) > p.fence && len(p.memo.sparse) == 0 {
				if slot := p.memo.slot(i); slot != nil {
					if *slot == 0 {
						p.memo.filled++
					}
					*slot = stack[len(stack)-1]
					pos += n
					continue
				}
			}
			fallthrough
		case memoClass:
			if op == opMemoize && len(stack) > p.fence && len(p.memo.sparse) == 0 {
				if slot := p.memo.slot(p.memo.filled); slot != nil && *slot == 0 {
					*slot = stack[len(stack)-1]
					p.memo.filled++
					continue
				}
			}
			fallthrough
		case textClass:
			if op == opShortBinUnicode {
				if n := int(buf[pos]); n < len(buf)-pos {
					v = textAt(w.base+int64(pos)+1, int64(n))
					pos += 1 + n
					break
				}
			}
			fallthrough
		default:
			w.pos, p.stack = pos-1, stack
			done, err := p.step()
			if err != nil {
				return 0, err
			}
			if done {
				p.leaveFrame()
				return p.pop()
			}
			buf, pos, stack, stop = w.buf, w.pos, p.stack, p.stop()
			continue
		}
		stack = append(stack, v)
	}
}

// stop is the last place in the window's buffer at which an opcode can be done
// without another look: behind it the buffer may end, or the frame does.
func (p *pickleWalk) stop() int {
	stop := len(p.w.buf) - longestOp
	if p.frame != 0 {
		stop = min(stop, int(p.frame-p.w.base)-1)
	}
	return stop
}

// pause is done where stop says: it leaves the frame at its end, and reads on.
func (p *pickleWalk) pause() error {
	if p.frame != 0 && p.w.offset() >= p.frame {
		p.leaveFrame()
	}
	if len(p.w.buf)-p.w.pos < longestOp {
		return p.refill()
	}
	return nil
}

// leaveFrame holds a frame to end between two opcodes. CPython reads a frame
// whole, and drops what is left of it when an opcode asks for more than that: to
// it, other opcodes follow. A loader that reads on behind a STOP begins behind the
// frame as well. The unpickler in Python's own language refuses such a frame.
// Source: load_frame and _Unpickler_ReadImpl in Modules/_pickle.c.
func (p *pickleWalk) leaveFrame() {
	if p.frame != 0 && p.frame != p.w.offset() {
		p.doubt(PickleSyntax, "a frame that ends inside an opcode, or behind the end of its pickle")
	}
	p.frame = 0
}

// refill reads on, and holds the stack to its limit: a block of opcodes cannot
// push more than it has bytes. Near the end of the file it does the opcodes one
// by one, each held to what is left.
func (p *pickleWalk) refill() error {
	w := p.w
	w.fill()
	if p.memo.filled > maxMemo {
		return p.forgetful()
	}
	if len(p.stack) > maxStack || len(p.marks) > maxStack {
		return faultf(LimitHit, w.offset(), "more than %d values on the stack", maxStack)
	}
	if len(w.buf)-w.pos >= longestOp {
		return nil
	}
	if w.pos == len(w.buf) || len(w.buf)-w.pos <= int(argBytes[w.buf[w.pos]]) {
		return p.truncated()
	}
	return nil
}

// step does the next opcode, which is none of the most common. done says that
// it was STOP.
func (p *pickleWalk) step() (done bool, err error) {
	w := p.w
	op := w.buf[w.pos]
	n := int(argBytes[op])
	arg := w.buf[w.pos+1 : w.pos+1+n]
	w.pos += 1 + n
	switch op {
	case opStop:
		return true, nil
	case opSetItems:
		err = p.setItems()
	case opAppends:
		err = p.appends()
	case opMemoize:
		err = p.put(p.memo.filled)
	case opBinPut:
		err = p.put(uint32(arg[0]))
	case opLongBinPut:
		err = p.put(binary.LittleEndian.Uint32(arg))
	case opLongBinGet:
		err = p.get(binary.LittleEndian.Uint32(arg))
	case opTuple1, opTuple2, opTuple3:
		err = p.tuple(int(op - opTuple1 + 1))
	case opEmptyTuple:
		p.push(valueOf(tupleValue, p.recent.add()))
	case opEmptySet:
		p.push(valueOf(opaqueValue, 0))
	case opShortBinString, opShortBinUnicode:
		err = p.text(uint64(arg[0]))
	case opBinUnicode:
		err = p.text(uint64(binary.LittleEndian.Uint32(arg)))
	default:
		err = p.rare(op, arg)
	}
	return false, err
}

func (p *pickleWalk) push(v value) { p.stack = append(p.stack, v) }

// text pushes the string of n bytes that follows.
func (p *pickleWalk) text(n uint64) error {
	w := p.w
	at := w.offset()
	if n <= uint64(len(w.buf)-w.pos) {
		w.pos += int(n)
	} else if n > math.MaxInt64 || !w.skip(int64(n)) {
		return p.truncated()
	}
	p.push(textAt(at, int64(n)))
	return nil
}

// bytes pushes the n bytes that follow, and has a look whether they are a
// pickle themselves: nothing runs them by itself, but it is worth a note.
func (p *pickleWalk) bytes(n uint64) error {
	at, start := p.w.offset(), p.w.buf[p.w.pos:]
	found := n > 4 && len(start) > 1 && start[0] == opProto && start[1] <= maxProtocol
	if n > math.MaxInt64 || !p.w.skip(int64(n)) {
		return p.truncated()
	}
	if found && p.inside < maxInside {
		p.lookInside(at, int64(n))
	}
	p.push(valueOf(bytesValue, n))
	return nil
}

// lookInside walks the bytes at offset, which begin like a pickle.
func (p *pickleWalk) lookInside(offset, n int64) {
	p.inside++
	q := newPickleWalk(&File{}, p.src.section(offset, min(n, maxProbe)), 0)
	q.file.expectTensors()
	if _, err := q.walk(); err != nil && !q.acts() {
		return
	}
	text := "a string of bytes is a pickle, which nothing loads by itself"
	for i := range q.globals {
		if g := &q.globals[i]; !g.allowed {
			text += "; in it " + g.describe()
			break
		}
	}
	p.file.problem(NestedPickle, Note, offset, text)
}

func (p *pickleWalk) unfilled(i uint32) error {
	return p.faultf("memo slot %d is read and was never filled", i)
}

func (p *pickleWalk) get(i uint32) error {
	v := p.memo.get(i)
	if v == 0 {
		return p.unfilled(i)
	}
	p.push(v)
	return nil
}

func (p *pickleWalk) put(i uint32) error {
	v, err := p.top()
	if err != nil {
		return err
	}
	if !p.memo.put(i, *v) {
		return p.forgetful()
	}
	return nil
}

func (p *pickleWalk) forgetful() error {
	return faultf(LimitHit, p.w.offset(), "more memo slots than are followed")
}

// maxTuple is the longest tuple whose elements are remembered. A call of
// PyTorch has seven arguments, a shape rarely more dimensions than five.
const maxTuple = 16

// tuple replaces the top n values by a tuple of them.
func (p *pickleWalk) tuple(n int) error {
	at := len(p.stack) - n
	if at < p.fence {
		return p.underflow()
	}
	ref := p.recent.add(p.stack[at:]...)
	p.stack = p.stack[:at]
	p.push(valueOf(tupleValue, ref))
	return nil
}

// fields is what the tuple v holds; nil when that is not known.
func (p *pickleWalk) fields(v value) []value {
	if v.kind() != tupleValue {
		return nil
	}
	return p.recent.at(v.payload())
}

// rare does the opcodes that no pickle has millions of.
func (p *pickleWalk) rare(op byte, arg []byte) error {
	switch op {
	case opPop:
		if n := len(p.marks); n > 0 && int(p.marks[n-1]) == len(p.stack) {
			p.setMarks(p.marks[:n-1])
			return nil
		}
		_, err := p.pop()
		return err
	case opPopMark:
		_, err := p.popMark()
		return err
	case opDup:
		v, err := p.top()
		if err == nil {
			p.push(*v)
		}
		return err
	case opBinString:
		n := int32(binary.LittleEndian.Uint32(arg))
		if n < 0 {
			return p.faultf("a string of %d bytes", n)
		}
		return p.text(uint64(n))
	case opBinUnicode8:
		return p.text(binary.LittleEndian.Uint64(arg))
	case opShortBinBytes:
		return p.bytes(uint64(arg[0]))
	case opBinBytes:
		return p.bytes(uint64(binary.LittleEndian.Uint32(arg)))
	case opBinBytes8, opByteArray8:
		return p.bytes(binary.LittleEndian.Uint64(arg))
	case opLong1:
		return p.long(int64(arg[0]))
	case opLong4:
		return p.long(int64(int32(binary.LittleEndian.Uint32(arg))))
	case opInt, opLong, opFloat, opString, opUnicode, opGet, opPut, opPersID, opGlobal, opInst:
		return p.lineOp(op)
	case opProto, opFrame, opNextBuffer, opReadonlyBuffer:
		return p.framing(op, arg)
	case opExt1, opExt2, opExt4:
		if p.plain {
			return p.faultf("an extension code that nothing registered")
		}
		p.danger(ExtensionCode, "an extension code, which stands for whatever the program registered")
		p.push(valueOf(strangeValue, 0))
		return nil
	case opStackGlobal:
		return p.stackGlobal()
	case opReduce, opNewObj, opNewObjEx, opObj:
		return p.callOp(op)
	case opBuild:
		return p.build()
	case opBinPersID:
		return p.persistent()
	}
	return p.collection(op)
}

// collection does the rare opcodes of lists, dicts, sets and tuples.
func (p *pickleWalk) collection(op byte) error {
	switch op {
	case opAppend:
		if _, err := p.pop(); err != nil {
			return err
		}
		return p.fill(opAppend)
	case opSetItem:
		n := len(p.stack)
		if n-3 < p.fence {
			return p.underflow()
		}
		p.items(n-3, p.stack[n-2:])
		p.stack = p.stack[:n-2]
		return nil
	case opAddItems:
		if _, err := p.popMark(); err != nil {
			return err
		}
		return p.fill(opAddItems)
	}
	vs, err := p.popMark()
	if err != nil && (op == opTuple || op == opList || op == opDict || op == opFrozenSet) {
		return err
	}
	switch op {
	case opTuple:
		ref := uint64(0)
		if len(vs) <= maxTuple {
			ref = p.recent.add(vs...)
		}
		p.push(valueOf(tupleValue, ref))
	case opList:
		p.push(valueOf(listValue, 0))
	case opFrozenSet:
		p.push(valueOf(opaqueValue, 0))
	case opDict:
		if len(vs)%2 != 0 {
			return p.faultf("a dict of %d keys and values", len(vs))
		}
		p.push(p.dict(p.pairs(0, vs)))
	default:
		return p.faultf("%#02x is no opcode", op)
	}
	return nil
}

// appends does APPENDS.
func (p *pickleWalk) appends() error {
	if _, err := p.popMark(); err != nil {
		return err
	}
	return p.fill(opAppends)
}

// fill holds what is added to, which lies on top of the stack, to be something
// whose adding runs nothing.
func (p *pickleWalk) fill(op byte) error {
	v, err := p.top()
	if err != nil {
		return err
	}
	want := listValue
	if op == opAddItems {
		want = opaqueValue // a set
	}
	switch v.kind() {
	case want:
	case strangeValue:
		p.capable = true
	default:
		p.danger(ItemTarget, "items are added to what is no list or set")
	}
	return nil
}

// setItems does SETITEMS.
func (p *pickleWalk) setItems() error {
	vs, err := p.popMark()
	if err != nil {
		return err
	}
	if len(vs)%2 != 0 {
		return p.faultf("a dict is filled from %d keys and values", len(vs))
	}
	at := len(p.stack) - 1
	if at < p.fence {
		return p.underflow()
	}
	p.items(at, vs)
	return nil
}

// items fills the mapping at that height of the stack with keys and values.
func (p *pickleWalk) items(at int, vs []value) {
	target := p.stack[at]
	switch {
	case target.kind() == dictValue:
		p.mixed = p.mixed || p.fieldDicts[target.payload()]
		if held := p.recent.at(target.payload()); held != nil {
			now := p.pairs(uint64(held[0]), vs)
			if held = p.recent.at(target.payload()); held != nil { // adding may have moved it
				held[0] = value(now)
			}
		}
	case target.kind() == objectValue && p.globals[target.payload()].listed.items:
	case target.kind() == strangeValue:
		p.capable = true
	default:
		p.danger(ItemTarget, "items are set in what is no dict")
	}
	if p.tensors != nil {
		p.nameTensors(vs)
	}
}

// dict is a new dict that holds the pairs of that reference, where somebody
// will ask: joblib describes an array's bytes by one, numpy the fields of a
// record. All names that the pickle
// has for the dict see what is set in it under any of them.
func (p *pickleWalk) dict(pairs uint64) value {
	if !p.joblib && !p.records {
		return valueOf(dictValue, 0)
	}
	return valueOf(dictValue, p.recent.add(value(pairs)))
}

// untold is the reference of pairs that are too many to remember.
const untold = 1<<kindShift - 1

// pairs remembers what a dict holds. known is what it held before.
func (p *pickleWalk) pairs(known uint64, vs []value) uint64 {
	if !p.joblib && !p.records {
		return 0
	}
	before := p.recent.at(known)
	if known != 0 && before == nil || len(before)+len(vs) > 2*maxTuple {
		return untold
	}
	return p.recent.add(append(slices.Clone(before), vs...)...)
}

// long pushes a whole number of n bytes.
func (p *pickleWalk) long(n int64) error {
	if n < 0 {
		return p.faultf("a number of %d bytes", n)
	}
	if n > 7 {
		if !p.w.skip(n) {
			return p.truncated()
		}
		p.push(valueOf(opaqueValue, 0))
		return nil
	}
	b, ok := p.w.take(int(n))
	if !ok {
		return p.truncated()
	}
	v := int64(0)
	for i := len(b) - 1; i >= 0; i-- {
		v = v<<8 | int64(b[i])
	}
	if n > 0 && b[n-1]&0x80 != 0 {
		v -= 1 << (8 * n)
	}
	p.push(number56(v))
	return nil
}

// readLine takes a line and its end. Of a long one it hands out the start;
// ended is false when the file ends first. It stays valid until the next call.
func (p *pickleWalk) readLine() (line []byte, n int64, ended bool, err error) {
	p.line = p.line[:0]
	for n <= maxLine {
		if _, ok := p.w.peek(); !ok {
			return p.line, n, false, nil
		}
		rest := p.w.buf[p.w.pos:]
		i := bytes.IndexByte(rest, '\n')
		part := rest
		if i >= 0 {
			part = rest[:i]
		}
		if room := maxTextKept - len(p.line); room > 0 {
			p.line = append(p.line, part[:min(len(part), room)]...)
		}
		if len(part) > 0 {
			p.last = part[len(part)-1]
		}
		n += int64(len(part))
		p.w.pos += len(part)
		p.w.grant(int64(len(part)))
		if i >= 0 {
			p.w.pos++
			return p.line, n, true, nil
		}
	}
	p.endless = true
	return nil, n, false, faultf(LimitHit, p.w.offset(), "a line of more than %d bytes", maxLine)
}

// lineOp does the opcodes whose arguments are lines.
func (p *pickleWalk) lineOp(op byte) error {
	at := p.w.offset()
	line, n, ended, err := p.readLine()
	if err != nil {
		return err
	}
	if op == opGlobal || op == opInst {
		return p.namedOp(op, string(line), ended)
	}
	if !ended {
		return p.truncated()
	}
	switch op {
	case opFloat:
		if strings.Trim(string(line), "+-._0123456789eEinfatyINFATY \r\t\v\f") != "" {
			return p.faultf("%.40q is no number", line)
		}
		p.push(valueOf(opaqueValue, 0))
	case opInt, opLong:
		v, ok := parseInt(line)
		if !ok {
			return p.faultf("%.40q is no whole number", line)
		}
		p.push(v)
	case opUnicode:
		p.push(textAt(at, n))
	case opString:
		if n < 2 || line[0] != p.last || line[0] != '\'' && line[0] != '"' {
			return p.faultf("a string without quotes")
		}
		p.push(textAt(at+1, n-2))
	case opGet, opPut:
		number := slotNumber(line)
		i, err := strconv.ParseUint(number, 10, 32)
		if errors.Is(err, strconv.ErrRange) {
			return p.farSlot(op, number)
		}
		if err != nil {
			return p.faultf("a memo slot with the number %.40q", line)
		}
		if op == opGet {
			return p.get(uint32(i))
		}
		return p.put(uint32(i))
	case opPersID:
		p.push(textAt(at, n))
		return p.persistent()
	}
	return nil
}

// slotNumber is the number of a memo slot as Python reads it: with white space
// around it, a plus, and lines between its digits.
func slotNumber(line []byte) string {
	text := strings.TrimPrefix(strings.TrimSpace(string(line)), "+")
	if text == "" || strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return ""
	}
	text = strings.TrimLeft(strings.ReplaceAll(text, "_", ""), "0")
	if text == "" {
		return "0"
	}
	return text
}

// farSlot does GET and PUT of a number that 32 bits do not hold. The unpickler
// in Python's own language, joblib's among them, has a dict for a memo.
func (p *pickleWalk) farSlot(op byte, number string) error {
	if op == opGet {
		v, ok := p.far[number]
		if !ok {
			return p.faultf("memo slot %.40s is read and was never filled", number)
		}
		p.push(v)
		return nil
	}
	v, err := p.top()
	if err != nil {
		return err
	}
	if _, ok := p.far[number]; !ok {
		p.memo.filled++
	}
	if p.far == nil {
		p.far = map[string]value{}
	}
	if p.far[number] = *v; len(number) > maxGlobalName || len(p.far) > maxSparse {
		return p.forgetful()
	}
	return nil
}

// parseInt reads the number of INT and LONG, which may end in L and have a base
// of its own. What does not fit is opaque.
func parseInt(line []byte) (v value, ok bool) {
	text := strings.TrimSuffix(strings.TrimSpace(string(line)), "L")
	if text == "" || strings.Trim(text, "+-_0123456789abcdefxoABCDEFXO") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return valueOf(opaqueValue, 0), true
	}
	return number56(n), true
}

// namedOp does GLOBAL and INST, whose second line is the name. Python imports
// what they name even where the file ends in the second line.
func (p *pickleWalk) namedOp(op byte, module string, ended bool) error {
	if !ended {
		p.global(pair{module[:max(len(module)-1, 0)], ""}, opNames[op])
		return p.truncated()
	}
	name, _, ended, err := p.readLine()
	if err != nil {
		return err
	}
	if !ended {
		name = name[:max(len(name)-1, 0)] // Python takes the last byte for the line feed
	}
	g := p.global(pair{module, string(name)}, opNames[op])
	if !ended {
		return p.truncated()
	}
	if op == opGlobal {
		p.push(g)
		return nil
	}
	args, err := p.popMark()
	if err != nil {
		return err
	}
	p.push(p.call(g, args, true, op))
	return nil
}

// framing does what belongs to the stream and not to objects.
func (p *pickleWalk) framing(op byte, arg []byte) error {
	switch op {
	case opProto:
		if arg[0] > maxProtocol {
			return faultf(PickleProtocol, p.w.offset(), "protocol %d, newer than %d", arg[0], maxProtocol)
		}
		if p.w.offset() != p.started+2 {
			p.file.problem(PickleProtocol, Warning, p.w.offset(), "PROTO stands inside the pickle")
		}
		p.protocol = int(arg[0])
	case opFrame:
		if p.frame != 0 {
			p.doubt(PickleSyntax, "a frame inside another")
		}
		n := binary.LittleEndian.Uint64(arg)
		if n > uint64(p.w.remaining()) {
			p.doubt(Truncated, "a frame of %d bytes where %d are left", n, p.w.remaining())
			return nil
		}
		p.frame = p.w.offset() + int64(n)
	case opNextBuffer:
		p.doubt(OutOfBand, "a buffer that is not in this file")
		p.push(valueOf(opaqueValue, 0))
	}
	return nil
}
