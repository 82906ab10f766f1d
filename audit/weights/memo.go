package weights

const (
	// maxMemo is how many memo slots a pickle may fill before the walk stops.
	maxMemo = 16 << 20
	// maxSparse is how many of them may lie far from all others.
	maxSparse = 1 << 16
	pageBits  = 12
	// slack is how far beyond the filled slots a page may lie.
	slack = 8 << 10
)

// memo is the unpickler's memory of objects by number. Numbers are mostly
// dense and get pages; those far beyond get a small map, so that a hostile
// pickle cannot buy memory with them: a slot costs 16 bytes at the worst, and
// about 8 mostly.
type memo struct {
	under  *memo // read where this one has nothing, and never written
	pages  [][]value
	most   int64 // how many slots the pickle can fill at all: it needs a byte for each
	sparse map[uint32]value
	filled uint32
}

// slot is the place of slot i in its page; nil when no page has it.
func (m *memo) slot(i uint32) *value {
	if page := i >> pageBits; page < uint32(len(m.pages)) {
		if p, at := m.pages[page], i&(1<<pageBits-1); at < uint32(len(p)) {
			return &p[at]
		}
	}
	return nil
}

// get is what slot i holds; 0 when it was never filled.
func (m *memo) get(i uint32) value {
	if slot := m.slot(i); slot != nil && *slot != 0 {
		return *slot
	}
	return m.far(i)
}

// far is the value of a slot that no page has.
func (m *memo) far(i uint32) value {
	v, ok := m.sparse[i]
	if !ok && m.under != nil {
		return m.under.get(i)
	}
	return v
}

// over is a memo that starts as m is and leaves m alone.
func (m *memo) over() memo { return memo{under: m, filled: m.filled} }

// put fills slot i; ok is false when that is beyond the limits.
func (m *memo) put(i uint32, v value) (ok bool) {
	slot := m.slot(i)
	if slot == nil || len(m.sparse) > 0 {
		return m.add(i, v)
	}
	if *slot == 0 {
		m.filled++
	}
	*slot = v
	return m.filled <= maxMemo
}

// add is put where a page may be missing, or a slot may lie outside them.
func (m *memo) add(i uint32, v value) (ok bool) {
	if m.get(i) == 0 {
		m.filled++
	}
	if page := i >> pageBits; m.under == nil && page >= uint32(len(m.pages)) && uint64(i) <= 2*uint64(m.filled)+slack {
		for page >= uint32(len(m.pages)) {
			m.pages = append(m.pages, make([]value, min(1<<pageBits, max(m.most, 0))))
		}
	}
	if slot := m.slot(i); slot != nil {
		*slot = v
		delete(m.sparse, i)
		return m.filled <= maxMemo
	}
	if m.sparse == nil {
		m.sparse = map[uint32]value{}
	}
	m.sparse[i] = v
	return m.filled <= maxMemo && len(m.sparse) <= maxSparse
}
