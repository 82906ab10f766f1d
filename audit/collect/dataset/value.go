package dataset

import (
	"strconv"
	"strings"
)

type valueKind byte

const (
	nullValue valueKind = iota
	boolValue
	numberValue // text is a number as JSON writes them, or NaN, Infinity, -Infinity
	textValue
	listValue
	objectValue
)

// words are what the kinds are called in messages.
var words = [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}

func (k valueKind) String() string { return words[k] }

// value is one value of a JSON or YAML document and where it stands: scalars as
// written, the members of objects in their order.
type value struct {
	kind  valueKind
	text  string // of a string or a number
	truth bool
	line  int // of the key in an object, else of the value; counted from 1
	up    *value
	step  string // key or index in up
	keys  []string
	items []*value // of a list, or beside keys

	index map[string]int // of keys, once there are many
}

// manyKeys is how many members make it worth to keep an index.
const manyKeys = 12

// get returns the member called key; nil where there is none or v is no object.
func (v *value) get(key string) *value {
	if v == nil || v.kind != objectValue {
		return nil
	}
	if i := v.at(key); i >= 0 {
		return v.items[i]
	}
	return nil
}

func (v *value) at(key string) int {
	if v.index != nil {
		if i, ok := v.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range v.keys {
		if k == key {
			return i
		}
	}
	return -1
}

// set adds a member. Of a key that stands twice the last value counts, in the
// place of the first, as in Python and in most readers of JSON.
func (v *value) set(key string, item *value) (again bool) {
	item.up, item.step = v, key
	if i := v.at(key); i >= 0 {
		v.items[i] = item
		return true
	}
	v.keys, v.items = append(v.keys, key), append(v.items, item)
	switch {
	case v.index != nil:
		v.index[key] = len(v.keys) - 1
	case len(v.keys) > manyKeys:
		v.index = make(map[string]int, 2*len(v.keys))
		for i, k := range v.keys {
			v.index[k] = i
		}
	}
	return false
}

func (v *value) append(item *value) {
	item.up, item.step = v, strconv.Itoa(len(v.items))
	v.items = append(v.items, item)
}

// pointer is the JSON pointer of the value (RFC 6901).
func (v *value) pointer() string {
	if v == nil || v.up == nil {
		return ""
	}
	return v.up.pointer() + "/" + pointerEscape.Replace(v.step)
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// place is the line of a value; 0 where nothing is known.
func (v *value) place() int {
	if v == nil {
		return 0
	}
	return v.line
}

// isEmpty tells whether a value says nothing: null, blank text, an empty list
// or object.
func (v *value) isEmpty() bool {
	if v == nil {
		return true
	}
	switch v.kind {
	case nullValue:
		return true
	case textValue:
		return strings.TrimSpace(v.text) == ""
	case listValue, objectValue:
		return len(v.items) == 0
	}
	return false
}

// string returns a text, trimmed; empty for anything else.
func (v *value) string() string {
	if v == nil || v.kind != textValue {
		return ""
	}
	return strings.TrimSpace(v.text)
}

// number returns a whole or broken number, also one written as text.
func (v *value) number() (float64, bool) {
	if v == nil || v.kind != numberValue && v.kind != textValue || len(v.text) > maxNumber {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
	return f, err == nil && f-f == 0 // finite
}

// each returns the items of a list, or the value itself as the only item.
func (v *value) each() []*value {
	switch {
	case v == nil || v.kind == nullValue:
		return nil
	case v.kind == listValue:
		return v.items
	}
	return []*value{v}
}

// plain turns a value into what JSON Schema speaks of.
func (v *value) plain() any {
	switch v.kind {
	case boolValue:
		return v.truth
	case numberValue:
		if f, err := strconv.ParseFloat(v.text, 64); err == nil && f-f == 0 {
			return f
		}
		return v.text
	case textValue:
		return v.text
	case listValue:
		list := make([]any, len(v.items))
		for i, item := range v.items {
			list[i] = item.plain()
		}
		return list
	case objectValue:
		m := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			m[k] = v.items[i].plain()
		}
		return m
	}
	return nil
}

// find follows a JSON pointer as far as it leads.
func (v *value) find(pointer string) *value {
	at := v
	for _, step := range strings.Split(pointer, "/")[1:] {
		step = pointerUnescape.Replace(step)
		var next *value
		switch at.kind {
		case objectValue:
			next = at.get(step)
		case listValue:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(at.items) {
				next = at.items[i]
			}
		}
		if next == nil {
			return at
		}
		at = next
	}
	return at
}

var pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
