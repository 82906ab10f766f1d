package audit

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Outcome is what one rule says of one release.
type Outcome uint8

// The four outcomes. Unknown is the zero value: nobody looked.
const (
	Unknown Outcome = iota
	Pass
	Fail
	NotApplicable
)

var outcomeNames = [...]string{"unknown", "pass", "fail", "not_applicable"}

func (o Outcome) String() string { return outcomeNames[o] }

// MarshalText writes the outcome's name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads an outcome's name.
func (o *Outcome) UnmarshalText(text []byte) error {
	i := slices.Index(outcomeNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("no outcome %q; there are unknown, pass, fail, not_applicable", text)
	}
	*o = Outcome(i)
	return nil
}

// origin mirrors the evidence: at each place the level of its own sources, so
// that a walk carries the level along instead of looking pointers up.
type origin struct {
	level   Level
	stated  bool // at the root: some source is a statement
	members map[string]*origin
	items   []*origin
}

// origins follows each pointer through the document: a source of what is not
// there says nothing, and takes no memory.
func origins(doc any, sources map[string][]Source) *origin {
	root := &origin{}
	for pointer, list := range sources {
		at, v := root, doc
		for t := range steps(pointer) {
			if at, v = at.grow(t, v); at == nil {
				break
			}
		}
		if at == nil {
			root.stated = root.stated || slices.ContainsFunc(list, func(s Source) bool { return s.Statement != nil })
			continue
		}
		for _, s := range list {
			root.stated = root.stated || s.Statement != nil
			if !s.disputes() {
				at.level = max(at.level, s.Level)
			}
		}
	}
	return root
}

// grow makes the node below the value at a token; nil where nothing stands.
func (o *origin) grow(token string, v any) (*origin, any) {
	switch v := v.(type) {
	case []any:
		i, ok := index(token, len(v))
		if !ok {
			return nil, nil
		}
		if o.items == nil {
			o.items = make([]*origin, len(v))
		}
		if o.items[i] == nil {
			o.items[i] = &origin{}
		}
		return o.items[i], v[i]
	case map[string]any:
		x, ok := v[token]
		if !ok {
			return nil, nil
		}
		if o.members == nil {
			o.members = map[string]*origin{}
		}
		if o.members[token] == nil {
			o.members[token] = &origin{}
		}
		return o.members[token], x
	}
	return nil, nil
}

// trail is where the walk stands among the origins: the node there, if it has
// one, and the level inherited from above.
type trail struct {
	at    *origin
	level Level
}

func (t trail) into(next *origin) trail {
	if next == nil {
		return trail{nil, t.level}
	}
	if next.level == Unsourced {
		return trail{next, t.level}
	}
	return trail{next, next.level}
}

func (t trail) member(name string) trail {
	if t.at == nil {
		return t
	}
	return t.into(t.at.members[name])
}

func (t trail) item(i int) trail {
	if t.at == nil {
		return t
	}
	if i >= len(t.at.items) {
		return trail{nil, t.level}
	}
	return t.into(t.at.items[i])
}

// spot is one place the walk wants to report: a pointer, the value there, and
// whether that value only says that nothing was found.
type spot struct {
	pointer string
	value   any
	empty   bool
}

// walker evaluates checks three-valued. Its path is kept as a stack of tokens
// and only written out for what is reported.
type walker struct {
	path    []string
	failed  []spot
	missing []spot
	notes   bool     // take down what is looked at
	looked  []string // pointers
}

func (w *walker) here() string {
	var b strings.Builder
	for _, t := range w.path {
		b.WriteString(Join("", t))
	}
	return b.String()
}

func (w *walker) fail(v any, empty bool) Outcome {
	w.failed = append(w.failed, spot{w.here(), v, empty})
	return Fail
}

// empty tells whether a value only says that nothing was found. A no can be an
// answer of its own.
func (c *check) empty(v any) bool {
	return isEmpty(v) && !(c.stated && v == false)
}

// stop ends the places at a choice: what failed inside it is dropped, for the
// branches that were not taken are not to blame. It tells whether all that
// failed there was empty.
func (w *walker) stop(failed, missing int) (empty bool) {
	empty = !slices.ContainsFunc(w.failed[failed:], func(s spot) bool { return !s.empty })
	w.failed, w.missing = w.failed[:failed], w.missing[:missing]
	return empty
}

// both joins two answers that must both hold: a fail decides, then an unknown;
// the level is the weaker one.
func both(o Outcome, l Level, p Outcome, m Level) (Outcome, Level) {
	switch {
	case o == Fail || p == Fail:
		return Fail, Unsourced
	case o == Unknown || p == Unknown:
		return Unknown, Unsourced
	}
	return Pass, min(l, m)
}

// walk answers a check at a value. Pass comes with the weakest level of what
// was touched. The answer agrees with JSON Schema wherever it is pass or fail;
// a required member that is absent makes it unknown instead.
func (w *walker) walk(c *check, v any, t trail) (Outcome, Level) {
	if w.notes {
		w.looked = append(w.looked, w.here())
	}
	if !c.holds(v) {
		return w.fail(v, c.empty(v)), Unsourced
	}
	out, level := Pass, c.touched(v, t)
	switch v := v.(type) {
	case map[string]any:
		out, level = w.object(c, v, t, level)
	case []any:
		out, level = w.list(c, v, t, level)
	}
	for _, a := range c.allOf {
		o, l := w.walk(a, v, t)
		out, level = both(out, level, o, l)
	}
	if c.ref != nil {
		o, l := w.walk(c.ref, v, t)
		out, level = both(out, level, o, l)
	}
	if len(c.anyOf) > 0 {
		o, l := w.choice(c.anyOf, v, t)
		out, level = both(out, level, o, l)
	}
	if c.not != nil && c.not.holds(v) {
		return w.fail(v, c.empty(v)), Unsourced
	}
	return out, level
}

// touched is the level of a place itself, where a keyword looks at its value.
// Where a check only passes the question on, to members, items or branches,
// those decide alone.
func (c *check) touched(v any, t trail) Level {
	list, _ := v.([]any)
	passesOn := len(c.required)+len(c.properties)+len(c.allOf)+len(c.anyOf) > 0 || c.ref != nil || len(list) > 0 && (c.items != nil || c.contains != nil)
	looks := len(c.constant)+len(c.enum) > 0 || c.not != nil || c.minimum != nil || c.maximum != nil || c.pattern != nil || c.minLength >= 0
	if passesOn && !looks {
		return Verified
	}
	return c.capped(t.level)
}

// capped bounds a level by what the evidence schema allows here.
func (c *check) capped(l Level) Level {
	if c.cap == Unsourced {
		return l
	}
	return min(l, c.cap)
}

func (w *walker) object(c *check, v map[string]any, t trail, level Level) (Outcome, Level) {
	out := Pass
	for _, m := range c.required {
		if _, ok := v[m.name]; !ok {
			w.missing = append(w.missing, spot{pointer: w.here() + Join("", m.name)})
			out, level = Unknown, Unsourced
			continue
		}
		if m.check != nil {
			level = min(level, m.check.capped(t.member(m.name).level))
		}
	}
	for _, p := range c.properties {
		x, ok := v[p.name]
		if !ok {
			continue
		}
		w.path = append(w.path, p.name)
		o, l := w.walk(p.check, x, t.member(p.name))
		w.path = w.path[:len(w.path)-1]
		out, level = both(out, level, o, l)
	}
	return out, level
}

func (w *walker) list(c *check, v []any, t trail, level Level) (Outcome, Level) {
	out := Pass
	if c.items != nil {
		for i, x := range v {
			o, l := w.item(c.items, x, t, i)
			out, level = both(out, level, o, l)
		}
	}
	if c.contains == nil {
		return out, level
	}
	o, l := w.witnesses(c, v, t)
	return both(out, level, o, l)
}

func (w *walker) item(c *check, v any, t trail, i int) (Outcome, Level) {
	w.path = append(w.path, strconv.Itoa(i))
	o, l := w.walk(c, v, t.item(i))
	w.path = w.path[:len(w.path)-1]
	return o, l
}

// witnesses counts the items that pass; with enough of them the level is that
// of the weakest one needed, the best ones taken. Places stop here: items that
// fail are not to blame.
func (w *walker) witnesses(c *check, v []any, t trail) (Outcome, Level) {
	failed, missing := len(w.failed), len(w.missing)
	var levels []Level
	unknown := 0
	for i, x := range v {
		switch o, l := w.item(c.contains, x, t, i); o {
		case Pass:
			levels = append(levels, l)
		case Unknown:
			unknown++
		}
	}
	empty := w.stop(failed, missing)
	switch {
	case len(levels) >= c.minContains:
		slices.Sort(levels)
		return Pass, levels[len(levels)-c.minContains]
	case len(levels)+unknown >= c.minContains:
		w.missing = append(w.missing, spot{pointer: w.here()})
		return Unknown, Unsourced
	}
	return w.fail(v, empty), Unsourced
}

func (w *walker) choice(branches []*check, v any, t trail) (Outcome, Level) {
	failed, missing := len(w.failed), len(w.missing)
	best, level := Fail, Unsourced
	for _, b := range branches {
		o, l := w.walk(b, v, t)
		switch {
		case o == Pass && (best != Pass || l > level):
			best, level = Pass, l
		case o == Unknown && best == Fail:
			best = Unknown
		}
	}
	empty := w.stop(failed, missing)
	switch best {
	case Fail:
		return w.fail(v, empty), Unsourced
	case Unknown:
		w.missing = append(w.missing, spot{pointer: w.here()})
	}
	return best, level
}

// holds answers the keywords that look at the value itself and not below it.
func (c *check) holds(v any) bool {
	if len(c.types) > 0 && !slices.ContainsFunc(c.types, func(t string) bool { return isType(v, t) }) {
		return false
	}
	if len(c.constant) > 0 && !equal(c.constant[0], v) || len(c.enum) > 0 && !holdsValue(c.enum, v) {
		return false
	}
	switch v := v.(type) {
	case string:
		return (c.minLength < 0 || utf8.RuneCountInString(v) >= c.minLength) && (c.pattern == nil || c.pattern.MatchString(v))
	case []any:
		return (c.minItems < 0 || len(v) >= c.minItems) && (c.maxItems < 0 || len(v) <= c.maxItems)
	case int64, float64:
		return (c.minimum == nil || c.minimum.compare(v) >= 0) && (c.maximum == nil || c.maximum.compare(v) <= 0)
	}
	return true
}

func holdsValue(values []any, v any) bool {
	return slices.ContainsFunc(values, func(x any) bool { return equal(x, v) })
}

// compare tells on which side of the bound a number lies: -1 below, 0 on it, 1
// above. Floats decide while they hold every whole number (up to 2⁵³); beyond,
// the comparison is exact.
func (b *limit) compare(v any) int {
	switch v := v.(type) {
	case float64:
		return cmp.Compare(v, b.near)
	case int64:
		if exact := int64(1) << 53; -exact < v && v < exact && math.Abs(b.near) < float64(exact) {
			return cmp.Compare(float64(v), b.near)
		}
		return new(big.Rat).SetInt64(v).Cmp(b.exact)
	}
	return 0
}

func isType(v any, t string) bool {
	switch v := v.(type) {
	case nil:
		return t == "null"
	case bool:
		return t == "boolean"
	case string:
		return t == "string"
	case int64:
		return t == "integer" || t == "number"
	case float64:
		return t == "number" || t == "integer" && v == math.Trunc(v) && !math.IsInf(v, 0)
	case []any:
		return t == "array"
	case map[string]any:
		return t == "object"
	}
	return false
}

// same compares a whole number with a float exactly: beyond 2⁵³ several whole
// numbers share their nearest float.
func same(i int64, f float64) bool {
	return f == math.Trunc(f) && f >= -(1<<63) && f < 1<<63 && int64(f) == i
}

// equal compares plain values the way JSON Schema does: numbers by value.
func equal(a, b any) bool {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return same(a, b)
		}
		return false
	case float64:
		switch b := b.(type) {
		case int64:
			return same(b, a)
		case float64:
			return a == b
		}
		return false
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equal)
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, x := range a {
			y, ok := b[k]
			if !ok || !equal(x, y) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []any, map[string]any:
		return false
	}
	return a == b
}
