package weights

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// global is an importable name that a pickle brought in.
type global struct {
	pair
	listed  listed
	allowed bool
	reached string
	called  bool
	offset  int64
}

// stackGlobal does STACK_GLOBAL: module and name are strings on the stack.
func (p *pickleWalk) stackGlobal() error {
	name, err := p.pop()
	if err != nil {
		return err
	}
	module, err := p.pop()
	if err != nil {
		return err
	}
	m, ok := p.string(module)
	n, ok2 := p.string(name)
	if !ok || !ok2 {
		p.danger(UnresolvedGlobal, "a global whose name is not written in the pickle")
		p.push(valueOf(strangeValue, 0))
		return nil
	}
	p.push(p.global(pair{m, n}, opNames[opStackGlobal]))
	return nil
}

// string is the text of v, read back from the file.
func (p *pickleWalk) string(v value) (string, bool) {
	if v.kind() != textValue {
		return "", false
	}
	at, n := v.span()
	if i := at - p.w.base; i >= 0 && i+int64(n) <= int64(len(p.w.buf)) {
		return string(p.w.buf[i : i+int64(n)]), true
	}
	b := make([]byte, n)
	return string(b), p.src.readAt(b, at) == n
}

// global notes an importable name.
func (p *pickleWalk) global(name pair, reached string) value {
	if len(name.module) > maxGlobalName {
		name.module = cutRune([]byte(name.module[:maxGlobalName]), true)
	}
	if len(name.name) > maxGlobalName {
		name.name = cutRune([]byte(name.name[:maxGlobalName]), true)
	}
	i, ok := p.byName[name]
	if !ok {
		i = len(p.globals)
		entry, allowed := allowList[name]
		if i >= MaxGlobals && !allowed {
			p.capable = true
			return valueOf(strangeValue, 0)
		}
		p.capable = p.capable || !allowed
		p.joblib = p.joblib || entry.role == wrapperRole
		p.records = p.records || entry.role == numpyDtype
		p.globals = append(p.globals, global{pair: name, listed: entry, allowed: allowed, reached: reached, offset: p.w.offset()})
		p.byName[name] = i
	}
	return valueOf(globalValue, uint64(i))
}

// callOp does REDUCE, NEWOBJ, NEWOBJ_EX and OBJ.
func (p *pickleWalk) callOp(op byte) error {
	if op == opObj {
		vs, err := p.popMark()
		if err != nil {
			return err
		}
		if len(vs) == 0 {
			return p.underflow()
		}
		p.push(p.call(vs[0], vs[1:], true, op))
		return nil
	}
	if op == opNewObjEx { // keyword arguments: no allowed global takes any
		if _, err := p.pop(); err != nil {
			return err
		}
	}
	args, err := p.pop()
	if err != nil {
		return err
	}
	callee, err := p.pop()
	if err != nil {
		return err
	}
	fields := p.fields(args)
	p.push(p.call(callee, fields, fields != nil, op))
	return nil
}

// call does a call: args are its arguments when known is true.
func (p *pickleWalk) call(callee value, args []value, known bool, op byte) value {
	p.calls++
	if callee.kind() != globalValue {
		if callee.kind() != strangeValue {
			p.danger(UnlistedCall, "what is called (%s) is no importable name", opNames[op])
		}
		p.capable = true
		return valueOf(strangeValue, 0)
	}
	g := &p.globals[callee.payload()]
	if !g.called {
		g.called, g.reached = true, opNames[op]
	}
	if !g.allowed {
		return valueOf(strangeValue, 0)
	}
	if !g.listed.call || op == opNewObjEx {
		p.danger(UnlistedCall, "%s.%s is called (%s), which no tensor needs", g.module, g.name, opNames[op])
		return valueOf(strangeValue, 0)
	}
	return p.made(callee, g, args, known)
}

// made is the result of calling an allowed global.
func (p *pickleWalk) made(callee value, g *global, args []value, known bool) value {
	object := valueOf(objectValue, callee.payload())
	switch g.listed.role {
	case tensorRole, tensorRole3:
		return p.tensor(args, g.listed.role)
	case subtypeRole:
		return p.subtype(object, args)
	case encodeRole:
		if len(args) != 2 || !p.isText(args[1], "latin1", "latin-1") {
			p.danger(UnlistedCall, "_codecs.encode with a codec that is not latin1")
		}
		return valueOf(bytesValue, 0)
	case factoryRole:
		if !known || len(args) > 0 && !p.plainFactory(args[0]) {
			p.danger(UnlistedCall, "a defaultdict whose factory is more than a plain builtin")
		}
	case wrapperRole:
		if !known || len(args) > 0 {
			p.doubt(UnlistedCall, "what joblib describes an array by is made with arguments, as joblib does not")
		}
	case numpyDtype:
		return p.element(args)
	case numpyScalar:
		p.scalar(args)
	case numpyBuffer:
		if len(args) == 4 {
			p.countArray(args[2], args[1])
		} else {
			p.uncounted = true
		}
	}
	return object
}

// scalar does numpy.core.multiarray.scalar, which copies one element out of the
// bytes it is given. Some versions take an element with objects in it from there
// as well, as addresses; others take it from an array.
// Source: array_scalar in numpy/_core/src/multiarray/multiarraymodule.c.
func (p *pickleWalk) scalar(args []value) {
	if len(args) == 1 && args[0].kind() == elementValue {
		return // zero
	}
	if len(args) != 2 {
		p.doubt(UnlistedCall, "an element of numpy's from what is no pair of type and bytes")
		return
	}
	t, ok := p.elementOf(args[0])
	kind := args[1].kind()
	switch {
	case kind != bytesValue && kind != textValue && kind != opaqueValue:
		p.danger(UnlistedCall, "an element of numpy's whose bytes are none")
	case !ok || t.object || t.fields && !p.numbersOnly(args[0]):
		p.doubt(UnlistedCall, "an element of numpy's that may hold objects, from bytes")
	}
}

// plainFactory says whether a defaultdict may call v for what is missing.
func (p *pickleWalk) plainFactory(v value) bool {
	return v.kind() == noneValue || v.kind() == globalValue && p.globals[v.payload()].listed.role == plainRole
}

// isText says whether v is one of the words.
func (p *pickleWalk) isText(v value, words ...string) bool {
	s, ok := p.string(v)
	if !ok {
		return false
	}
	for _, word := range words {
		if s == word {
			return true
		}
	}
	return false
}

// subtype does torch._tensor._rebuild_from_type_v2, which calls the function
// it is given.
func (p *pickleWalk) subtype(object value, args []value) value {
	if len(args) > 0 && args[0].kind() == globalValue {
		inner := &p.globals[args[0].payload()]
		if role := inner.listed.role; role == tensorRole || role == tensorRole3 || inner.module == "torch._utils" && inner.listed.call {
			inner.called, inner.reached = true, opNames[opReduce]
			if len(args) < 3 || role == noRole {
				return object
			}
			return p.tensor(p.fields(args[2]), role)
		}
	}
	p.danger(UnlistedCall, "torch._tensor._rebuild_from_type_v2 is told to call what no tensor needs")
	return valueOf(strangeValue, 0)
}

// build does BUILD, which sets an object's state.
func (p *pickleWalk) build() error {
	state, err := p.pop()
	if err != nil {
		return err
	}
	top, err := p.top()
	if err != nil {
		return err
	}
	target := *top
	switch target.kind() {
	case objectValue:
		return p.buildObject(top, &p.globals[target.payload()], state)
	case tensorValue:
		return nil
	case elementValue:
		p.buildElement(target, state)
	case globalValue:
		g := &p.globals[target.payload()]
		g.reached = opNames[opBuild]
		p.danger(BuildTarget, "attributes of %s.%s itself are set", g.module, g.name)
	case strangeValue:
		p.capable = true
	default:
		p.danger(BuildTarget, "the state of something is set that has none")
	}
	return nil
}

func (p *pickleWalk) buildObject(top *value, g *global, state value) error {
	switch {
	case !g.listed.state:
		p.danger(BuildTarget, "the state of a %s.%s is set, which needs none", g.module, g.name)
	case g.listed.role == wrapperRole:
		return p.inlineArray(top, state)
	case g.listed.role == numpyNew:
		if fields := p.fields(state); len(fields) == 5 {
			p.countArray(fields[1], fields[2])
		} else {
			p.uncounted = true
		}
	case g.listed.items && state.kind() != dictValue && state.kind() != noneValue:
		p.danger(BuildTarget, "the state of a %s.%s is set from what is no dict", g.module, g.name)
	}
	return nil
}

// identifiers says whether s is a dotted path of names as Python has them.
func identifiers(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if part == "" {
			return false
		}
		for i, r := range part {
			if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
				return false
			}
		}
	}
	return true
}
