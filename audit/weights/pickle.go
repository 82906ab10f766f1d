package weights

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

const (
	// maxProbe is how far bytes that are something else are followed as if they
	// were opcodes, and maxProbes how far in all in one file.
	maxProbe  = 64 << 10
	maxProbes = 64 << 20
	// maxInside is how many strings of bytes are looked into for a pickle.
	maxInside = 16
)

// pickle reads a file that is one pickle, or several one behind the other.
func (f *File) pickle(src *source, head []byte, tensors func(Tensor)) {
	if isTorchLegacy(head) {
		f.Format = PyTorch
		f.torchLegacy(src, head, nil)
		if tensors != nil && f.Complete {
			(&File{}).torchLegacy(src, head, tensors)
		}
		return
	}
	f.Format = Pickle
	f.expectTensors()
	f.Metadata = nil
	p := newPickleWalk(f, src, 0)
	_, err := p.run()
	if err == nil {
		err = p.following()
	}
	if p.joblib {
		f.Format = Joblib
	}
	p.conclude(err)
}

// following walks what stands behind the first pickle. Files with several are
// made by writing again and again; anything else there is a finding.
func (p *pickleWalk) following() error {
	for n := 1; ; n++ {
		at := p.w.offset()
		rest := p.src.size - at
		if rest == 0 {
			if n > 1 {
				p.file.problem(TrailingData, Note, -1, fmt.Sprintf("%d pickles one behind the other; most loaders read the first", n))
			}
			return nil
		}
		globals, calls := len(p.globals), p.calls
		_, err := p.run()
		if err == nil {
			continue
		}
		if len(p.globals) > globals || p.calls > calls {
			return err
		}
		p.partial = true
		p.file.problem(TrailingData, Fault, at, fmt.Sprintf("%d bytes behind the pickle are no pickle", rest))
		return nil
	}
}

// pickleMember reads a pickle inside an archive, which ends where the pickle
// ends. torch says that persistent ids are PyTorch's storages; they are
// returned for the caller to hold against the members.
func (f *File) pickleMember(src *source, torch bool, tensors func(Tensor)) map[string]torchStorage {
	f.expectTensors()
	f.Metadata = nil
	p := newPickleWalk(f, src, 0)
	p.torch, p.tensors = torch, tensors
	_, err := p.run()
	if err == nil {
		err = p.following()
	}
	p.conclude(err)
	return p.storages
}

// conclude turns what the walk saw into the file's verdict. err is what
// stopped it.
func (p *pickleWalk) conclude(err error) {
	p.fieldsAgree()
	f := p.file
	f.Globals = make([]Global, 0, len(p.globals))
	first := ""
	for i := range p.globals {
		g := &p.globals[i]
		f.Globals = append(f.Globals, Global{cutRune([]byte(g.module), false), cutRune([]byte(g.name), false), g.reached})
		if !g.allowed {
			text := g.describe()
			f.problem(UnlistedGlobal, Fault, g.offset, text)
			first = cmp.Or(first, text)
		}
	}
	if p.uncounted || err != nil || p.capable && *f.TensorCount == 0 {
		f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
	}
	reason := ""
	if err != nil {
		stop := problemOf(err)
		f.Problems = append(f.Problems, stop)
		reason = stop.Message
	}
	f.Complete = err == nil && !p.partial
	switch {
	case p.capable:
		f.capable(cmp.Or(first, f.firstFault(), "more globals than are listed"))
	case f.Complete:
		no := false
		f.Verdict, f.LoadsWithoutCode = AllowListed, &no
		f.Reason = "a pickle that names only what tensors are built from"
	default:
		f.Reason = cmp.Or(reason, f.firstFault())
	}
}

// capable sets the verdict of a file that loading could make run something.
func (f *File) capable(reason string) {
	no := false
	f.Verdict, f.LoadsWithoutCode, f.Reason = CodeCapable, &no, reason
}

// firstFault is the message of the first problem that is an error.
func (f *File) firstFault() string {
	for _, p := range f.Problems {
		if p.Severity == Fault {
			return p.Message
		}
	}
	return ""
}

// describe says what a global that is not allowed does in the pickle.
func (g *global) describe() string {
	text := fmt.Sprintf("%s.%s is imported (%s)", cutRune([]byte(g.module), false), cutRune([]byte(g.name), false), g.reached)
	if g.called {
		text = fmt.Sprintf("%s.%s is called (%s)", cutRune([]byte(g.module), false), cutRune([]byte(g.name), false), g.reached)
	}
	if label := familyOf(g.pair); label != "" {
		text += ": it " + label
	}
	return text
}

// acts says whether the walk saw anything be imported. Names that Python could
// not have stand for bytes that only look like it.
func (p *pickleWalk) acts() bool { return p.named() != nil }

// named returns the first global that has a name Python could import, or nil.
func (p *pickleWalk) named() *global {
	for i, g := range p.globals {
		if identifiers(g.module) && identifiers(g.name) {
			return &p.globals[i]
		}
	}
	return nil
}

// isBarePickle says whether src, which has no other format's signature, is a
// pickle of protocol 0 or 1, which has none. It must end with its STOP at the
// end of the file, or call something that has a name before it goes wrong, or,
// in a file that is named like weights, import what is known for what it does.
// perhaps says that the walk stopped at a limit of its own.
func isBarePickle(src *source, name string) (is, perhaps bool) {
	p := newPickleWalk(&File{}, src, 0)
	p.file.expectTensors()
	_, err := p.run()
	if err == nil {
		return p.w.remaining() == 0 || p.acts(), false
	}
	return p.calls > 0 && p.acts() || IsWeightName(name) && p.newlyNamed(0, true), isKind(err, LimitHit)
}

// startsBarePickle is isBarePickle for a file of which head is the start: it
// must go on as opcodes to the end of head.
func startsBarePickle(head []byte, name string) bool {
	src := &source{r: bytes.NewReader(head), size: int64(len(head)), inner: true}
	if len(head) < headSize {
		is, _ := isBarePickle(src, name)
		return is
	}
	p := newPickleWalk(&File{}, src, 0)
	p.file.expectTensors()
	_, err := p.run()
	if err == nil {
		return p.acts()
	}
	cut := isKind(err, Truncated)
	const few = 64 // values; a text that starts like a long string has none
	// Lines of text that are values pile up, and nothing is made of them.
	made := len(p.marks) > 0 || p.memo.filled > 0
	return p.acts() && p.calls > 0 || cut && made && len(p.stack)+int(p.memo.filled) >= few
}

// probe walks the bytes at offset as a loader that takes them for opcodes
// would, with the stack and memo as they stand. It tells what it finds as
// problems of p's file. Numbers go wrong at the first bytes; what calls
// something was put there for that loader.
func (p *pickleWalk) probe(offset int64, objects bool) {
	if p.probed > maxProbes {
		p.doubt(LimitHit, "more arrays than are looked at twice")
		return
	}
	end := offset + maxProbe
	if objects { // which are a pickle to both, up to its STOP
		end = offset + maxProbes
	}
	q := *p
	q.file, q.tensors, q.storages, q.seen = &File{}, nil, nil, nil
	q.file.expectTensors()
	q.w = newWindow(p.src, offset, end)
	q.w.long = true
	q.stack, q.marks = slices.Clone(p.stack), slices.Clone(p.marks)
	q.memo = p.memo.over()
	q.recent = recent{next: p.recent.next + recentSize + 1} // nothing of p's is found in it
	q.far, q.frame = maps.Clone(p.far), 0
	q.globals, q.byName = slices.Clone(p.globals), maps.Clone(p.byName)
	q.plain, q.capable = true, false
	_, err := q.walk()
	p.probed += q.w.offset() - offset + int64(len(p.stack)+len(p.marks)+len(p.globals))
	switch {
	case q.capable && (q.newlyNamed(len(p.globals), objects) || q.calls > p.calls && !objects):
		p.danger(Polyglot, "bytes that one loader takes for numbers are opcodes to another")
	case !objects && q.calls > p.calls || q.gaveUp(err):
		p.doubt(Polyglot, "bytes that one loader takes for numbers may be opcodes to another")
	}
}

// newlyNamed says whether a global that is not allowed came after the first n.
// A pickle inside joblib's stream resolves its memo to other names for another
// loader, mostly to ones that no module has; there only known ones count.
func (p *pickleWalk) newlyNamed(n int, known bool) bool {
	for _, g := range p.globals[n:] {
		if !g.allowed && (!known || familyOf(g.pair) != "") {
			return true
		}
	}
	return false
}

// alsoPickle looks at a file in another format as a loader of pickles would,
// which does not ask what the bytes call themselves.
func (f *File) alsoPickle(src *source) {
	p := newPickleWalk(&File{}, src, 0)
	p.w.end, p.w.long = min(maxProbe, src.size), true
	if f.Format.numbered() {
		p.w.end = min(maxProbes, src.size)
	}
	p.file.expectTensors()
	p.plain = true
	_, err := p.walk()
	g := p.named()
	switch {
	case g != nil: // numbers that happen to be opcodes name nothing that can be imported
		f.Complete = false
		f.problem(Polyglot, Fault, 0, fmt.Sprintf("%s to one loader, to another a pickle that imports %s.%s", f.Format, g.module, g.name))
		f.capable(f.firstFault())
	case p.gaveUp(err) && (len(p.globals) > 0 || p.calls > 0 || !p.endless || !f.Format.numbered()):
		f.Verdict, f.LoadsWithoutCode = "", nil
		f.incomplete(Polyglot, 0, fmt.Sprintf("%s to one loader, to another perhaps a pickle", f.Format))
	}
}

// numbered tells of formats that begin with any number, or with bytes that are
// opcodes: one header in twenty-five reads as the start of a pickle whose first
// line has no end within reach. As none of their loaders unpickles, such a start
// accuses nobody until it has named something. They are followed further than
// others, so that opcodes which do nothing do not hide those behind them.
func (f Format) numbered() bool { return f == Safetensors || f == GGUF }

// gaveUp says whether the walk stopped at a limit of its own with err, where
// Python's unpickler would have gone on.
func (p *pickleWalk) gaveUp(err error) bool {
	return isKind(err, LimitHit) || isKind(err, Truncated) && p.w.end < p.src.size
}

// isKind says whether err is a fault of that kind.
func isKind(err error, kind Kind) bool {
	var f *fault
	return errors.As(err, &f) && f.kind == kind
}
