package dataset

import (
	"slices"
	"strings"
)

// structure is the dataset as a whole: what its parts are called, and what
// refers to what (structure_graph/graph.py, operation_graph/graph.py).
type structure struct {
	*reader
	dataset *thing
	nodes   []*thing          // in the order of the reference
	byID    map[string]*thing // the last of a name
	first   map[string]*thing // the first of a name
	edges   map[*thing][]*thing
	into    map[*thing]int
	typed   map[*thing]bool // fields whose data type was looked for
}

// structure checks the parts of a dataset together.
func (r *reader) structure(dataset *thing) {
	s := &structure{reader: r, dataset: dataset, byID: map[string]*thing{}, first: map[string]*thing{}, edges: map[*thing][]*thing{}, into: map[*thing]int{}, typed: map[*thing]bool{}}
	s.family()
	s.name()
	s.connect()
	s.entries()
	for _, n := range s.nodes {
		if n.class.name == "Field" {
			s.dataType(n, 0)
		}
	}
	r.checkDataset(dataset)
	if len(r.errors.list) > 0 {
		return
	}
	if n := s.cycle(); n != nil {
		p := problemAt(Cycle, n.from, "%q is drawn from itself, over others or at once", clip(s.uuid(n), 80))
		r.giveUp(&p)
		return
	}
	for _, n := range s.nodes {
		if n.class.name == "RecordSet" {
			s.joins(n)
		}
	}
}

// family lists the parts and tells each what it belongs to.
func (s *structure) family() {
	s.nodes = append(s.nodes, s.dataset)
	for _, f := range s.dataset.things("distribution") {
		f.parents = []*thing{s.dataset}
		s.nodes = append(s.nodes, f)
	}
	sets := s.dataset.things("recordSet")
	s.nodes = append(s.nodes, sets...)
	for _, set := range sets {
		set.parents = []*thing{s.dataset}
		fields := set.things("field")
		s.adopt(fields, []*thing{s.dataset, set}, 0)
		s.nodes = append(s.nodes, fields...)
		for _, f := range fields {
			s.nodes = append(s.nodes, f.things("subField")...)
		}
	}
}

func (s *structure) adopt(fields []*thing, parents []*thing, depth int) {
	for _, f := range fields {
		f.parents = parents
		if below := f.things("subField"); len(below) > 0 && depth < MaxDepth {
			s.adopt(below, append(slices.Clone(parents), f), depth+1)
		}
	}
}

// uuid is what references call a part: its name, below that of what it belongs
// to, in 0.8; its id since.
func (s *structure) uuid(t *thing) string {
	if s.version != v08 {
		return t.id
	}
	if len(t.parents) <= 1 {
		return t.string("name")
	}
	return s.uuid(t.parents[len(t.parents)-1]) + "/" + t.string("name")
}

func (s *structure) name() {
	for _, n := range s.nodes {
		id := s.uuid(n)
		if s.byID[id] != nil {
			s.fault(DuplicateID, n.from, id, "%q names more than one part of the dataset", clip(id, 80))
		} else {
			s.first[id] = n
		}
		s.byID[id] = n
	}
}

// link notes that a part is drawn from what an id names.
func (s *structure) link(id string, to *thing, at *value) {
	from := s.byID[id]
	if from == nil {
		s.fault(DanglingReference, at, id, "%q refers to %q, which is nowhere", clip(s.uuid(to), 80), clip(id, 80))
		return
	}
	s.edges[from] = append(s.edges[from], to)
	s.into[to]++
}

func (s *structure) connect() {
	for _, f := range s.dataset.things("distribution") {
		list, _ := f.props["containedIn"].([]any)
		for _, in := range list {
			switch in := in.(type) {
			case string:
				if in != "" {
					s.link(in, f, f.at("containedIn"))
				}
			case *thing:
				if id, _ := s.source(in); id != "" {
					s.link(id, f, in.from)
				}
			}
		}
	}
	for _, set := range s.dataset.things("recordSet") {
		for _, f := range set.things("field") {
			s.connectField(set, f)
		}
	}
}

func (s *structure) connectField(set, f *thing) {
	s.link(s.uuid(set), f, f.from)
	s.draw(set, f)
	references := f.thing("references")
	id, ok := s.source(references)
	toField := ok && s.byID[id] != nil && s.byID[id].class.name == "Field"
	switch {
	case toField:
		s.link(id, f, references.from)
	case ok:
		s.link(id, set, references.from)
	}
	for _, sub := range f.things("subField") {
		s.draw(set, sub)
		below := sub.thing("references")
		switch id, ok := s.source(below); {
		case ok && toField:
			s.link(id, sub, below.from)
		case ok:
			s.link(id, set, below.from)
		}
	}
}

// draw links the source of a field to the record set it is in.
func (s *structure) draw(set, f *thing) {
	source := f.thing("source")
	if id, ok := s.source(source); ok {
		s.link(id, set, source.from)
	}
}

// entries asks the fields of record sets that nothing leads to where they get
// their values.
func (s *structure) entries() {
	for _, set := range s.nodes {
		if set.class.name != "RecordSet" || s.into[set] > 0 || has(set.props["data"]) {
			continue
		}
		for _, f := range set.things("field") {
			source := f.thing("source")
			id, drawn := s.source(source)
			constant := f.props["value"] != nil
			switch {
			case !drawn && !constant && len(f.things("subField")) == 0:
				s.fault(NoSource, f.from, s.uuid(f), "the field %q has neither a source nor a constant value", clip(s.uuid(f), 80))
			case constant && !has(f.props["dataType"]):
				s.fault(ValueWithoutType, f.from, s.uuid(f), "the field %q has a constant value and no data type", clip(s.uuid(f), 80))
			case drawn:
				s.fault(BadSource, source.from, id, "the source %q of the field %q names nothing that is there", clip(id, 80), clip(s.uuid(f), 80))
			}
		}
	}
}

// isKnownType tells whether a data type is one the reference has a type for.
func isKnownType(iri string) bool {
	if name, ok := strings.CutPrefix(iri, schemaOrg); ok {
		return slices.Contains([]string{"Boolean", "Date", "DateTime", "Float", "Integer", "Text", "Time", "URL", "AudioObject", "ImageObject", "VideoObject"}, name)
	}
	name, ok := strings.CutPrefix(iri, "http://mlcommons.org/croissant/")
	return ok && slices.Contains([]string{"Float16", "Float32", "Float64", "Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64", "BoundingBox"}, name)
}

// dataType looks for the type of a field: on itself, else on the field that it
// is drawn from.
func (s *structure) dataType(f *thing, depth int) {
	if s.err != nil || len(f.things("subField")) > 0 {
		return
	}
	types, _ := f.props["dataType"].([]any)
	for _, t := range types {
		if iri, ok := t.(string); ok && isKnownType(iri) {
			return
		}
	}
	if depth > len(s.nodes) {
		p := problemAt(Cycle, f.from, "the type of the field %q is that of itself", clip(s.uuid(f), 80))
		s.giveUp(&p)
		return
	}
	if id, ok := s.source(f.thing("source")); ok {
		if from := s.first[id]; from != nil && from.class.name == "Field" {
			if !s.typed[from] {
				s.dataType(from, depth+1)
			}
			s.typed[from] = true
			return
		}
	}
	s.fault(NoDataType, f.from, s.uuid(f), "nothing tells the data type of the field %q: neither itself nor what it is drawn from", clip(s.uuid(f), 80))
}

// cycle finds a part that is drawn from itself; nil where there is none.
func (s *structure) cycle() *thing {
	into := make(map[*thing]int, len(s.nodes))
	var free []*thing
	for _, n := range s.nodes {
		into[n] = s.into[n]
		if into[n] == 0 {
			free = append(free, n)
		}
	}
	for len(free) > 0 {
		n := free[len(free)-1]
		free = free[:len(free)-1]
		for _, to := range s.edges[n] {
			if into[to]--; into[to] == 0 {
				free = append(free, to)
			}
		}
	}
	for _, n := range s.nodes {
		if into[n] > 0 {
			return n
		}
	}
	return nil
}

// joins asks that sources which are used together are joined
// (structure_graph/nodes/record_set.py, check_joins_in_fields).
func (s *structure) joins(set *thing) {
	joined := map[[2]string]bool{}
	var sources []string
	for _, f := range set.things("field") {
		from, drawn := s.source(f.thing("source"))
		to, refers := s.source(f.thing("references"))
		if drawn && from != "" {
			from = s.owner(from, f)
			if !slices.Contains(sources, from) {
				sources = append(sources, from)
			}
			if refers && to != "" {
				to = s.owner(to, f)
				joined[[2]string{from, to}], joined[[2]string{to, from}] = true, true
			}
		}
	}
	for i, a := range sources {
		for _, b := range sources[i+1:] {
			if !joined[[2]string{a, b}] {
				s.fault(UndeclaredJoin, set.from, s.uuid(set), "fields are drawn from %q and %q, and no references join the two", clip(a, 80), clip(b, 80))
			}
		}
	}
}

// owner is what a source belongs to: of a field its record set.
func (s *structure) owner(id string, at *thing) string {
	n := s.first[id]
	switch {
	case n == nil:
		s.fault(DanglingReference, at.from, id, "%q is nowhere", clip(id, 80))
		return ""
	case n.class.name == "Field" && len(n.parents) > 0:
		return s.uuid(n.parents[len(n.parents)-1])
	}
	return s.uuid(n)
}
