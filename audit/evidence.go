package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Level tells how strong a source is. The zero value is no source at all.
type Level uint8

// The three levels, weakest first.
const (
	Unsourced Level = iota
	Claimed         // somebody says so
	Present         // the artefact is here, parses, and is no placeholder
	Verified        // recomputed from bytes, or cryptographically checked
)

var levelNames = [...]string{"", "claimed", "present", "verified"}

func (l Level) String() string { return levelNames[l] }

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads a level's name.
func (l *Level) UnmarshalText(text []byte) error {
	i := slices.Index(levelNames[:], string(text))
	if i < 1 {
		return fmt.Errorf("no level %q; there are claimed, present, verified", text)
	}
	*l = Level(i)
	return nil
}

// Source is where a fact comes from.
type Source struct {
	Path   string `json:"path,omitempty"`   // file, from the root of the release; empty for the release as a whole
	Line   int    `json:"line,omitempty"`   // 1 and up, where the file has lines
	Offset int64  `json:"offset,omitempty"` // byte offset, where it has none
	Digest string `json:"digest,omitempty"` // sha256:… of the file, where it was computed
	URL    string `json:"url,omitempty"`    // where it was published, for facts about a service
	Date   string `json:"date,omitempty"`   // when it was seen there, YYYY-MM-DD
	Level  Level  `json:"level"`
	// Statement is what stands there, for facts about a service.
	Statement *Statement `json:"statement,omitempty"`
}

// Evidence is the one document a release is judged by: plain JSON values (nil,
// bool, int64, float64, string, []any, map[string]any) by section, and for
// each pointer the sources that say so. A pointer without sources of its own
// has those of its nearest ancestor.
//
// Absent means nobody looked. What was looked for and not found is written
// out: false, 0, nil, an empty list. What a limit cut off is absent, and its
// pointer stands among the limits that were hit.
type Evidence struct {
	Doc     map[string]any
	Sources map[string][]Source
	// FromDocument tells that the evidence was read back from JSON: nobody
	// looked at the bytes in this run.
	FromDocument bool
	// AsOf is the day it is judged on, YYYY-MM-DD: a statement that was to be
	// reviewed before can no longer let a rule pass. Empty: nothing goes stale.
	AsOf string

	limits map[string]string
}

// NewEvidence returns an empty document.
func NewEvidence() *Evidence {
	return &Evidence{Doc: map[string]any{}, Sources: map[string][]Source{}, limits: map[string]string{}}
}

// Set writes the value at a pointer of object members, making the objects on
// the way, and cites its sources. The value may be any JSON-like Go value; nil
// pointers and nil slices inside structs should carry omitempty.
func (e *Evidence) Set(pointer string, value any, sources ...Source) {
	if e.isLimited(pointer) {
		return
	}
	path := tokens(pointer)
	if e.Doc == nil {
		e.Doc = map[string]any{}
	}
	at := e.Doc
	for _, t := range path[:len(path)-1] {
		next, ok := at[t].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[t] = next
		}
		at = next
	}
	at[path[len(path)-1]] = Plain(value)
	e.Cite(pointer, sources...)
}

// Cite adds sources to a pointer.
func (e *Evidence) Cite(pointer string, sources ...Source) {
	if len(sources) == 0 {
		return
	}
	if e.Sources == nil {
		e.Sources = map[string][]Source{}
	}
	e.Sources[pointer] = append(e.Sources[pointer], sources...)
}

// Limit notes that what belongs at the pointer was cut off or could not be
// read, and why. The member there is taken out: a part must not pass for the
// whole; what is set there or below later is ignored. An item of a list stays,
// so that its neighbours keep their pointers, with those of its facts that are
// known.
func (e *Evidence) Limit(pointer, why string) {
	if e.limits == nil {
		e.limits = map[string]string{}
	}
	e.limits[pointer] = why
	above, ok := parent(pointer)
	if !ok {
		return
	}
	up, _ := e.Get(above)
	if m, ok := up.(map[string]any); ok {
		path := tokens(pointer)
		delete(m, path[len(path)-1])
	}
}

// isLimited tells whether a limit was hit at the pointer or above it.
func (e *Evidence) isLimited(pointer string) bool {
	for up, ok := pointer, len(e.limits) > 0; ok; up, ok = parent(up) {
		if _, hit := e.limits[up]; hit {
			return true
		}
	}
	return false
}

// Limits lists the pointers at which a limit was hit, sorted.
func (e *Evidence) Limits() []string {
	return slices.Sorted(maps.Keys(e.limits))
}

// limitReasons lists why limits were hit, each reason once, in the order of the
// pointers: one unreadable file can leave many facts open.
func (e *Evidence) limitReasons() []string {
	var out []string
	said := map[string]bool{}
	for _, p := range e.Limits() {
		if why := e.limits[p]; !said[why] {
			said[why] = true
			out = append(out, why)
		}
	}
	return out
}

// WhyLimited says why the pointer stands among the limits.
func (e *Evidence) WhyLimited(pointer string) string { return e.limits[pointer] }

// Get returns the value at a pointer.
func (e *Evidence) Get(pointer string) (any, bool) {
	return lookup(e.Doc, pointer)
}

func lookup(v any, pointer string) (any, bool) {
	for t := range steps(pointer) {
		switch c := v.(type) {
		case map[string]any:
			next, ok := c[t]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, ok := index(t, len(c))
			if !ok {
				return nil, false
			}
			v = c[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// SourcesAt returns the sources of a pointer: its own, else those of its
// nearest ancestor that has any.
func (e *Evidence) SourcesAt(pointer string) []Source {
	for {
		if s := e.Sources[pointer]; len(s) > 0 {
			return s
		}
		up, ok := parent(pointer)
		if !ok {
			return nil
		}
		pointer = up
	}
}

// document is the published form of evidence.
type document struct {
	Evidence map[string]any      `json:"evidence"`
	Sources  map[string][]Source `json:"sources"`
	Limits   []string            `json:"limits_hit"`
	Reasons  map[string]string   `json:"limit_reasons,omitempty"` // why, by pointer
}

// MarshalJSON writes {"evidence", "sources", "limits_hit", "limit_reasons"},
// keys sorted.
func (e *Evidence) MarshalJSON() ([]byte, error) {
	limits := e.Limits()
	if limits == nil {
		limits = []string{}
	}
	return marshal(document{e.Doc, e.Sources, limits, e.limits})
}

// check refuses what no collector writes: a place that is no pointer, a source
// that does not say how strong it is.
func (d *document) check() error {
	for _, p := range slices.Sorted(maps.Keys(d.Sources)) {
		if !isPointer(p) {
			return fmt.Errorf("sources: %q is no JSON pointer", p)
		}
		for _, s := range d.Sources[p] {
			if s.Level == Unsourced {
				return fmt.Errorf("sources: a source of %q has no level", p)
			}
		}
	}
	for _, p := range d.Limits {
		if !isPointer(p) {
			return fmt.Errorf("limits_hit: %q is no JSON pointer", p)
		}
	}
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Evidence) UnmarshalJSON(data []byte) error {
	var d document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return err
	}
	if err := d.check(); err != nil {
		return err
	}
	*e = *NewEvidence()
	e.FromDocument = true
	if d.Evidence != nil {
		e.Doc = plainMap(d.Evidence)
	}
	if d.Sources != nil {
		e.Sources = d.Sources
	}
	for _, p := range d.Limits {
		e.Limit(p, cmp.Or(d.Reasons[p], fmt.Sprintf("a limit was hit at %s when this evidence was collected", p)))
	}
	return nil
}

// marshal writes JSON without escaping HTML, as documents for tools should be.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// Plain turns a Go value into plain JSON values with int64 and float64
// numbers. Values that are plain already are only copied where they must be.
func Plain(v any) any {
	switch v := v.(type) {
	case nil, bool, string, int64:
		return v
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64) // no number in JSON: keep what was said
		}
		return v
	case int:
		return int64(v)
	case json.Number:
		return number(v)
	case []string:
		list := make([]any, len(v))
		for i, s := range v {
			list[i] = s
		}
		return list
	case []any:
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = Plain(x)
		}
		return list
	case map[string]any:
		return plainMap(v)
	}
	return viaJSON(v)
}

func plainMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = Plain(v)
	}
	return out
}

func viaJSON(v any) any {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("evidence value %T: %v", v, err)) // a type of ours that JSON cannot hold
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var out any
	if err := dec.Decode(&out); err != nil {
		panic(fmt.Sprintf("evidence value %T: %v", v, err))
	}
	return Plain(out)
}

func number(n json.Number) any {
	if i, err := strconv.ParseInt(n.String(), 10, 64); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil {
		return n.String() // too large for a number: keep what was written
	}
	return f
}
