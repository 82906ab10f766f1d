package dataset

import (
	"slices"
	"strings"
)

// tree is a resource with its references followed, as mlcroissant 1.1.1 builds
// it back from the graph (core/json_ld.py, recursively_populate_jsonld).
type tree struct {
	state  state
	open   int    // statements that were not looked at yet
	kind   string // the first type; empty where there is none
	props  map[string]any
	places map[string]*value
}

type state byte

const (
	untouched state = iota
	entered
	finished
)

// What stands in a tree: a *literal, a *node, a []any of these, or a
// multilingual text.
type multilingual map[string]string

const (
	schemaOrg  = "https://schema.org/"
	nameIRI    = schemaOrg + "name"
	descIRI    = schemaOrg + "description"
	datasetIRI = schemaOrg + "Dataset"
)

// maxChain is how many references may lead on from one another; longer chains
// exhaust the reference's stack.
const maxChain = 450

// populator follows references.
type populator struct {
	*expander
	language    string // of the document's context
	hasLanguage bool
	lists       map[string]string // properties that stay a list, and the type of what has them
}

// serialised marks the resources that come back out of the graph: those with an
// address, and the others as far as these lead to them.
func (x *expander) serialised() []*node {
	var out []*node
	var visit func(*node)
	visit = func(n *node) {
		if n.listed {
			return
		}
		n.listed = true
		out = append(out, n)
		for _, p := range n.names {
			for _, o := range n.says[p] {
				for _, inner := range slices.Concat([]object{o}, o.list) {
					if inner.node != nil && !inner.node.named {
						visit(inner.node)
					}
				}
			}
		}
	}
	for _, n := range x.order {
		if len(n.names) > 0 && (n.named || !n.referred) {
			visit(n)
		}
	}
	return out
}

// types are the addresses that a resource gives as its types.
func (n *node) types() []object { return n.says[rdfType] }

// isA tells whether one of the types is the one asked for.
func (n *node) isA(iri string) bool {
	return slices.ContainsFunc(n.types(), func(o object) bool { return o.node != nil && o.node.id == iri })
}

// follow resolves a resource and everything it leads to.
func (p *populator) follow(n *node, depth int) *node {
	t := &n.resolved
	switch {
	case p.err != nil, t.state == finished:
		return n
	case t.state == entered:
		if t.open > 0 {
			p.stop(Cycle, n.from, "%q leads back to itself", clip(n.label(), 80))
		}
		return n
	case len(n.names) == 0 && n.listed:
		p.stop(GivesUp, n.from, "an object without any property")
		return n
	case depth > maxChain:
		p.stop(GivesUp, n.from, "more than %d references lead on from one another", maxChain)
		return n
	}
	t.state, t.open = entered, len(n.names)
	t.props, t.places = map[string]any{}, map[string]*value{}
	for _, name := range inOrder(n.names) {
		t.open--
		p.property(n, name, depth)
		if p.err != nil {
			return n
		}
	}
	t.state = finished
	return n
}

// inOrder is the order in which properties are looked at: types first.
func inOrder(names []string) []string {
	return slices.SortedFunc(slices.Values(names), func(a, b string) int {
		switch {
		case a == b:
			return 0
		case a == rdfType:
			return -1
		case b == rdfType:
			return 1
		}
		return strings.Compare(a, b)
	})
}

// label is what a message calls a resource.
func (n *node) label() string { return uuid(n.id) }

func (p *populator) property(n *node, name string, depth int) {
	t, objects := &n.resolved, n.says[name]
	if name == rdfType {
		t.kind = "a value that is no address"
		if o := objects[0]; o.node != nil {
			t.kind = o.node.id
		}
		return
	}
	t.places[name] = objects[0].from
	if (name == nameIRI || name == descIRI) && p.text(n, name, objects) {
		return
	}
	list := make([]any, len(objects))
	for i := range objects {
		list[i] = p.object(&objects[i], depth+1)
	}
	if len(list) == 1 && (t.kind == "" || p.lists[name] != t.kind) {
		t.props[name] = list[0]
		return
	}
	t.props[name] = list
}

// text settles names and descriptions: one text in the document's language, or
// one for each language.
func (p *populator) text(n *node, name string, objects []object) bool {
	t := &n.resolved
	first := objects[0].literal
	if len(objects) == 1 && first != nil {
		if !p.hasLanguage {
			p.stop(BadContext, n.from, "the context gives no @language, which the reference needs to read a name")
			return true
		}
		if first.language == "" || first.language == p.language {
			t.props[name] = first
			return true
		}
	}
	m := multilingual{}
	for _, o := range objects {
		if o.literal == nil || o.literal.language == "" {
			t.props[name] = rawList(objects)
			return true
		}
		m[o.literal.language] = o.literal.text
	}
	t.props[name] = m
	return true
}

// rawList keeps names that are neither, as they are.
func rawList(objects []object) []any {
	list := make([]any, len(objects))
	for i, o := range objects {
		list[i] = &node{id: "", from: o.from}
	}
	return list
}

func (p *populator) object(o *object, depth int) any {
	switch {
	case o.literal != nil:
		return o.literal
	case o.node != nil:
		return p.follow(o.node, depth)
	}
	n := &node{from: o.from, names: []string{"@list"}}
	list := make([]any, len(o.list))
	for i := range o.list {
		list[i] = p.object(&o.list[i], depth+1)
	}
	n.resolved = tree{state: finished, props: map[string]any{"@list": list}, places: map[string]*value{}}
	return n
}
