package weights

import (
	"maps"
	"slices"
)

// Derive computes what the tensors taken in tell, with what the configuration
// says about their packing.
func (s *Shapes) Derive(q Quantization) Derived {
	d := Derived{Stored: s.stored, Bytes: s.total, Buffers: s.buffers}
	s.parameters(&d, q)
	s.layers(&d)
	s.sizes(&d)
	if len(s.ranks) > 0 {
		d.LoRA = &LoRA{Ranks: slices.Sorted(maps.Keys(s.ranks)), Targets: slices.Sorted(maps.Keys(s.targets)), Parameters: s.lora.Parameters,
			Widths: slices.Sorted(maps.Keys(s.widths)), Layers: s.lora.Layers}
	}
	return d
}

// parameters unpacks what is packed.
func (s *Shapes) parameters(d *Derived, q Quantization) {
	dtypes := map[string]int64{}
	for dtype, n := range s.dtypes {
		dtypes[dtype] = n
	}
	total, known := s.plain, true
	used := map[string]bool{}
	for base, p := range s.packed {
		n, owns, ok := s.unpack(base, p, q)
		if known = known && ok; !known {
			break
		}
		if owns {
			used[base] = true
		}
		total = addClamped(total, uint64(n))
		dtypes[p.dtype] = addClamped(dtypes[p.dtype], uint64(n))
	}
	// Scales that belong to nothing packed are parameters of their own, unless
	// they scale numbers of eight bits, which are stored one to an element.
	for base, b := range s.side {
		if used[base] || !b.parameters() {
			continue
		}
		for dtype, n := range b.bytes {
			total = addClamped(total, uint64(n))
			dtypes[dtype] = addClamped(dtypes[dtype], uint64(n))
		}
	}
	if known {
		d.Parameters, d.Dtypes = &total, dtypes
	}
}

// parameters says whether tensors that bear the names of scales, and have no
// packed matrix, are parameters: only names that other modules use, too.
func (b *siblings) parameters() bool {
	for name := range b.names {
		if name != ".scales" && name != ".biases" && name != "_scales" {
			return false
		}
	}
	return true
}

// unpack is how many numbers a matrix holds, and whether the tensors under base
// are its scales.
func (s *Shapes) unpack(base string, p *packed, q Quantization) (n int64, owns, ok bool) {
	b := s.side[base]
	if b == nil {
		b = &siblings{}
	}
	switch p.kind {
	case inWord:
		n, ok := inWords(p.elements, b.bits(p, q.Bits))
		return n, true, ok
	case maybeWord:
		if !b.names[".scales"] {
			return p.elements, false, true
		}
		n, ok := inWords(p.elements, q.Bits)
		return n, true, ok
	case inByte:
		return 2 * p.elements, true, true
	}
	four := b.names[".weight.absmax"] || b.names[".weight_scale"] && b.names[".weight_scale_2"]
	if p.dtype == "U8" && four {
		return 2 * p.elements, true, true
	}
	return p.elements, len(b.names) > 0, true
}

// bits is the width of a number packed into words: what the shapes tell, else
// what the configuration says.
func (b *siblings) bits(p *packed, configured int64) int64 {
	if len(p.shape) == 2 && b.rows > 0 && 32*p.shape[0]%b.rows == 0 { // GPTQ packs down the rows
		return 32 * p.shape[0] / b.rows
	}
	if b.scales > 0 && b.zeros > 0 && 32*b.zeros%b.scales == 0 { // AWQ packs along them
		return 32 * b.zeros / b.scales
	}
	return configured
}

// inWords is how many numbers of some bits n words of 32 bits hold.
func inWords(n, bits int64) (int64, bool) {
	if bits < 1 || bits > 32 || n > 1<<56 {
		return 0, false
	}
	return n * 32 / bits, true
}

// layers finds the model's main stack of layers and its experts.
func (s *Shapes) layers(d *Derived) {
	main, most := "", int64(-1)
	for _, key := range slices.Sorted(maps.Keys(s.stacks)) {
		if st := s.stacks[key]; !otherTower.MatchString(key) && st.parameters > most {
			main, most = key, st.parameters
		}
	}
	if most >= 0 {
		if n := s.stacks[main].length(); n > 0 {
			d.Layers = &n
		}
	}
	if n := max(s.experts, s.fused); n > 0 {
		d.Experts = &n
	}
}

// length is how many layers a stack has; 0 when a number is missing.
func (st *stack) length() int64 {
	n := int64(len(st.seen))
	for i := range n {
		if !st.seen[i] {
			return 0
		}
	}
	return n
}

// sizes reads the model's sizes from the shapes of the tensors that have them.
func (s *Shapes) sizes(d *Derived) {
	at := func(what string, dims, i int) *int64 {
		t := s.named[what]
		if len(t.shape) != dims || t.packed && i > 0 {
			return nil
		}
		v := t.shape[i]
		return &v
	}
	d.VocabRows, d.HeadRows = at("embedding", 2, 0), at("head", 2, 0)
	// A final norm tells the width of the stream; an embedding may be narrower.
	if d.HiddenSize = at("norm", 1, 0); d.HiddenSize == nil {
		d.HiddenSize = at("embedding", 2, 1)
	}
	d.QueryRows, d.KeyRows, d.HeadDim = at("query", 2, 0), at("key", 2, 0), at("headnorm", 1, 0)
	rows, columns := at("up", 2, 0), at("up", 2, 1)
	if rows == nil || columns == nil || d.HiddenSize == nil {
		return
	}
	// Some store the matrix, some its transpose: it is the side that is not the
	// stream's.
	switch *d.HiddenSize {
	case *columns:
		d.IntermediateSize = rows
	case *rows:
		d.IntermediateSize = columns
	}
}
