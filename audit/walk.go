package audit

import (
	"math"
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
	if i := slices.Index(outcomeNames[:], string(text)); i >= 0 {
		*o = Outcome(i)
	}
	return nil
}

// origin mirrors the evidence: at each place the level of its own sources, so
// that a walk carries the level along instead of looking pointers up.
type origin struct {
	level   Level
	members map[string]*origin
	items   []*origin
}

func origins(sources map[string][]Source) *origin {
	root := &origin{}
	for pointer, list := range sources {
		at := root
		for _, t := range tokens(pointer) {
			at = at.grow(t)
		}
		for _, s := range list {
			at.level = max(at.level, s.Level)
		}
	}
	return root
}

func (o *origin) grow(token string) *origin {
	if i, ok := index(token, 1<<24); ok {
		for len(o.items) <= i {
			o.items = append(o.items, nil)
		}
		if o.items[i] == nil {
			o.items[i] = &origin{}
		}
		return o.items[i]
	}
	if o.members == nil {
		o.members = map[string]*origin{}
	}
	if o.members[token] == nil {
		o.members[token] = &origin{}
	}
	return o.members[token]
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

// spot is one place the walk wants to report: a pointer below the start of the
// walk and the value there.
type spot struct {
	pointer string
	value   any
}

// walker evaluates checks three-valued. Its path is kept as a stack of tokens
// and only written out for what is reported.
type walker struct {
	path    []string
	failed  []spot
	missing []spot
}

func (w *walker) here() string {
	var b strings.Builder
	for _, t := range w.path {
		b.WriteString(Join("", t))
	}
	return b.String()
}

func (w *walker) fail(v any) Outcome {
	w.failed = append(w.failed, spot{w.here(), v})
	return Fail
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
	if c == nil {
		return Pass, Verified
	}
	if !c.holds(v) {
		return w.fail(v), Unsourced
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
		return w.fail(v), Unsourced
	}
	return out, level
}

// touched is the level of a place itself, where a keyword looks at its value.
// Where a check only passes the question on, to members, items or branches,
// those decide alone.
func (c *check) touched(v any, t trail) Level {
	list, _ := v.([]any)
	passesOn := len(c.required)+len(c.properties)+len(c.allOf)+len(c.anyOf) > 0 || c.ref != nil || len(list) > 0 && (c.items != nil || c.contains != nil)
	looks := c.hasValues || c.not != nil || c.minimum != nil || c.maximum != nil || c.pattern != nil || c.minLength >= 0
	switch {
	case passesOn && !looks:
		return Verified
	case c.cap != Unsourced:
		return min(t.level, c.cap)
	}
	return t.level
}

func (w *walker) object(c *check, v map[string]any, t trail, level Level) (Outcome, Level) {
	out := Pass
	for _, name := range c.required {
		if _, ok := v[name]; !ok {
			w.missing = append(w.missing, spot{w.here() + Join("", name), nil})
			out = Unknown
			continue
		}
		if !slices.ContainsFunc(c.properties, func(p member) bool { return p.name == name }) {
			level = min(level, t.member(name).level)
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
	w.failed, w.missing = w.failed[:failed], w.missing[:missing]
	switch {
	case len(levels) >= c.minContains:
		slices.Sort(levels)
		return Pass, levels[len(levels)-c.minContains]
	case len(levels)+unknown >= c.minContains:
		w.missing = append(w.missing, spot{w.here(), nil})
		return Unknown, Unsourced
	}
	return w.fail(v), Unsourced
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
	w.failed, w.missing = w.failed[:failed], w.missing[:missing]
	switch best {
	case Fail:
		return w.fail(v), Unsourced
	case Unknown:
		w.missing = append(w.missing, spot{w.here(), nil})
	}
	return best, level
}

// holds answers the keywords that look at the value itself and not below it.
func (c *check) holds(v any) bool {
	if len(c.types) > 0 && !slices.ContainsFunc(c.types, func(t string) bool { return isType(v, t) }) {
		return false
	}
	if c.hasValues && !slices.ContainsFunc(c.values, func(x any) bool { return equal(x, v) }) {
		return false
	}
	switch v := v.(type) {
	case string:
		return (c.minLength < 0 || utf8.RuneCountInString(v) >= c.minLength) && (c.pattern == nil || c.pattern.MatchString(v))
	case []any:
		return (c.minItems < 0 || len(v) >= c.minItems) && (c.maxItems < 0 || len(v) <= c.maxItems)
	case int64:
		return c.within(float64(v))
	case float64:
		return c.within(v)
	}
	return true
}

func (c *check) within(f float64) bool {
	return (c.minimum == nil || f >= *c.minimum) && (c.maximum == nil || f <= *c.maximum)
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

// equal compares plain values the way JSON Schema does: numbers by value.
func equal(a, b any) bool {
	switch a := a.(type) {
	case int64:
		switch b := b.(type) {
		case int64:
			return a == b
		case float64:
			return float64(a) == b
		}
		return false
	case float64:
		switch b := b.(type) {
		case int64:
			return a == float64(b)
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
