package dataset

import "strings"

// local copies a document with its keys cut to the name behind the last prefix:
// "dct:title", "http://purl.org/dc/terms/title" and "title" are one. Prefixes
// joined by an underscore go by cut. What is copied keeps the line and pointer
// of what it was copied from, so that a fault is told where it stands. Values
// that JSON-LD wraps, {"@value": …}, are taken out.
func local(v *value, cut func(key string) string) *value {
	if v.kind == objectValue {
		if inner := v.get("@value"); inner != nil {
			out := *inner
			out.line, out.up, out.step = v.line, v.up, v.step
			return &out
		}
	}
	out := &value{kind: v.kind, text: v.text, truth: v.truth, line: v.line, up: v.up, step: v.step}
	for i, item := range v.items {
		inner := local(item, cut)
		if v.kind != objectValue {
			out.items = append(out.items, inner)
			continue
		}
		up, step := inner.up, inner.step
		out.set(cut(v.keys[i]), inner)
		inner.up, inner.step = up, step
	}
	return out
}

// behindPrefix cuts a key of JSON-LD; keywords stay.
func behindPrefix(key string) string {
	if strings.HasPrefix(key, "@") {
		return key
	}
	return key[strings.LastIndexAny(key, ":/#")+1:]
}

// types are the types that an object gives itself, without prefixes.
func (v *value) types() []string {
	var out []string
	for _, key := range []string{"@type", "type"} {
		for _, t := range v.get(key).each() {
			if t.kind == textValue {
				out = append(out, behindPrefix(t.text))
			}
		}
	}
	return out
}

// first is the first of several members that says something.
func (v *value) first(keys ...string) *value {
	for _, key := range keys {
		if m := v.get(key); !m.isEmpty() {
			return m
		}
	}
	return nil
}

// saidIn takes the text out of a value: of a list its first, of an object its
// address, name or id.
func saidIn(v *value) Text {
	for _, item := range v.each() {
		switch item.kind {
		case objectValue:
			if inner := item.first("url", "path", "name", "title", "identifier", "@id", "id", "accessURL"); inner != nil && inner.kind == textValue {
				return textAt(inner.text, inner)
			}
		case textValue, numberValue:
			if item.text != "" {
				return textAt(item.text, item)
			}
		}
	}
	return Text{}
}

// allSaidIn takes the texts out of every item of a value.
func allSaidIn(v *value) []Text {
	out := []Text{}
	for _, item := range v.each() {
		if t := saidIn(item); t.Value != "" && len(out) < maxItems {
			out = append(out, t)
		}
	}
	return out
}

// optional is the text in a member that the format has a place for.
func optional(v *value) *Text {
	t := saidIn(v)
	return &t
}
