package collect

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// object is a JSON object from a file of the release, read member by member: one
// of another type than it should be is told, and takes nothing else with it. The
// zero value has no members.
type object struct {
	path    string
	lines   lineFinder
	members map[string]json.RawMessage
	odd     []fault
}

// parseObject reads a JSON object as Python's reader does: of a key that stands
// twice the last one counts, and NaN and Infinity are numbers.
func parseObject(path string, data []byte) (*object, *fault) {
	if f, broken := jsonFault(data); broken {
		return nil, &f
	}
	o := &object{path: path, lines: lineFinder{data}}
	if json.Unmarshal(plainJSON(data), &o.members) != nil || o.members == nil {
		return nil, &fault{"holds no JSON object", 1}
	}
	return o, nil
}

// has tells whether a member is there and not null.
func (o *object) has(key string) bool {
	raw, ok := o.members[key]
	return ok && string(bytes.TrimSpace(raw)) != "null"
}

// read decodes a member; false where it is absent, null or, which is told, not
// what it should be.
func (o *object) read(key string, into any, what string) bool {
	if !o.has(key) {
		return false
	}
	if json.Unmarshal(o.members[key], into) != nil {
		o.oddly(key, what)
		return false
	}
	return true
}

func (o *object) oddly(key, what string) {
	o.odd = append(o.odd, fault{fmt.Sprintf("%s is no %s", key, what), o.lines.of(key)})
}

// text returns a text, "" where there is none.
func (o *object) text(key string) string {
	var s string
	o.read(key, &s, "text")
	return s
}

// texts returns a list of texts. A text alone is taken for a list of one, which
// is told.
func (o *object) texts(key string) []string {
	if !o.has(key) {
		return nil
	}
	var out []string
	if json.Unmarshal(o.members[key], &out) == nil {
		return out
	}
	o.oddly(key, "list of texts")
	var one string
	if json.Unmarshal(o.members[key], &one) == nil {
		return []string{one}
	}
	var some []any
	json.Unmarshal(o.members[key], &some) // no list at all leaves it empty
	out = nil
	for _, v := range some {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// whole returns a whole number, written as 4 or as 4.0. Dimensions are often
// given layer by layer, as a list, so that another type is no fault.
func (o *object) whole(key string) (int64, bool) {
	text := string(bytes.TrimSpace(o.members[key]))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}

// flag returns a truth value, nil where there is none.
func (o *object) flag(key string) *bool {
	var b bool
	if !o.read(key, &b, "truth value") {
		return nil
	}
	return &b
}

// child returns an object inside, the zero one where there is none.
func (o *object) child(key string) *object {
	c := &object{path: o.path, lines: o.lines}
	o.read(key, &c.members, "object")
	return c
}

// object reads a file of the release as a JSON object and tells what is wrong
// in it. nil is a file that cannot be read as one, or is only a pointer.
func (c *collection) object(f *File, limit int64, pointer string) *object {
	if o, ok := c.objects[f]; ok {
		return o
	}
	if f.Kind == "lfs_pointer" {
		return nil
	}
	data := c.read(f, limit, pointer)
	if data == nil {
		return nil
	}
	o, broken := parseObject(f.Path, data)
	if broken != nil {
		c.parsed(f.Path, *broken)
	} else {
		c.parsed(f.Path)
	}
	if c.objects == nil {
		c.objects = map[*File]*object{}
	}
	c.objects[f] = o
	return o
}

// judge tells of the members of an object that are of another type than they
// should be, once all were asked for.
func (c *collection) judge(o *object) {
	c.parsed(o.path, o.odd...)
	o.odd = nil
}

// lineFinder finds the line of a key in a JSON text as people lay it out.
type lineFinder struct{ data []byte }

// of returns the line of a key: of the object itself the last one, which counts
// when it stands twice; else the first one in an object inside; 0 when it is no
// key at all. What merely reads like the key, a value say, is none.
func (l lineFinder) of(key string) int {
	quoted := []byte(`"` + key + `"`)
	if !bytes.Contains(l.data, quoted) {
		return 0
	}
	data := plainJSON(l.data)
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	own, inner := -1, -1
	var objects []bool // what is open: an object, or a list
	isKey := false
	for {
		t, err := dec.Token()
		if err != nil {
			break
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			objects = append(objects, t == json.Delim('{'))
			isKey = t == json.Delim('{')
			continue
		case json.Delim('}'), json.Delim(']'):
			objects = objects[:len(objects)-1]
		default:
			if isKey {
				if end := int(dec.InputOffset()); t == key && len(objects) == 1 {
					own = end
				} else if t == key && inner < 0 {
					inner = end
				}
				isKey = false
				continue
			}
		}
		isKey = len(objects) > 0 && objects[len(objects)-1]
	}
	at := own
	if at < 0 {
		at = inner
	}
	if at < 0 {
		return 0
	}
	return 1 + bytes.Count(data[:at], []byte("\n"))
}
