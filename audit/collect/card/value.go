package card

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Limits on structured metadata, YAML and JSON alike. The largest front matter
// seen, benchmark tables of embedding models, has some 20,000 nodes and ten
// levels.
const (
	// MaxNodes is the number of nodes read, each alias counted as often as it
	// is used.
	MaxNodes = 200_000
	// MaxDepth is the depth to which they may nest.
	MaxDepth = 64
)

type valueKind byte

const (
	nullValue valueKind = iota
	boolValue
	numberValue // text is a JSON number
	textValue
	listValue
	mapValue
)

// value is one node of YAML or JSON: aliases resolved, scalars as written.
type value struct {
	kind  valueKind
	text  string // scalars: the source text
	truth bool   // booleans
	line  int    // of the key in a mapping, else of the value
	keys  []string
	items []value // of a list, or beside keys
}

// get returns the value of a key, or nil. Cards have few keys a mapping.
func (v *value) get(key string) *value {
	if v == nil || v.kind != mapValue {
		return nil
	}
	for i, k := range v.keys {
		if k == key {
			return &v.items[i]
		}
	}
	return nil
}

// plain turns a value into what encoding/json would make of it.
func (v *value) plain() any {
	switch v.kind {
	case boolValue:
		return v.truth
	case numberValue:
		return json.Number(v.text)
	case textValue:
		return v.text
	case listValue:
		list := make([]any, len(v.items))
		for i := range v.items {
			list[i] = v.items[i].plain()
		}
		return list
	case mapValue:
		m := make(map[string]any, len(v.keys))
		for i, k := range v.keys {
			m[k] = v.items[i].plain()
		}
		return m
	}
	return nil
}

// lines records the line of a value and all below it by JSON pointer.
func (v *value) lines(pointer string, into map[string]int) {
	if pointer != "" {
		into[pointer] = v.line
	}
	for i := range v.items {
		step := ""
		if v.kind == mapValue {
			step = pointerEscape.Replace(v.keys[i])
		} else {
			step = strconv.Itoa(i)
		}
		v.items[i].lines(pointer+"/"+step, into)
	}
}

var pointerEscape = strings.NewReplacer("~", "~0", "/", "~1")

// errTooLarge stops a walk that ran over MaxNodes or MaxDepth.
var errTooLarge = errors.New("too many or too deep nodes")

// yamlReader turns YAML nodes into values as PyYAML's safe_load would, which
// is what the Hub's library does: duplicate keys are allowed and the last one
// wins, merge keys are followed, and tags that need code are refused.
type yamlReader struct {
	offset   int // lines before the block
	left     int // nodes still allowed
	aliases  bool
	problems []Problem
}

// readYAML reads one document. A nil value with a nil error is an empty one.
func readYAML(block []byte, firstLine int) (*value, []Problem, error) {
	r := &yamlReader{offset: firstLine - 1, left: MaxNodes}
	decoder := yaml.NewDecoder(bytes.NewReader(block))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, []Problem{r.invalid(err)}, err
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		err = errors.New("more than one YAML document")
		return nil, []Problem{{InvalidYAML, err.Error(), r.offset + second.Line}}, err
	}
	v, err := r.read(document.Content[0], 0)
	if err != nil {
		return nil, append(r.problems, r.refusal(err)), err
	}
	return &v, r.problems, nil
}

// refusal is the problem behind an error of read.
func (r *yamlReader) refusal(err error) Problem {
	var at *nodeError
	switch {
	case errors.As(err, &at):
		return Problem{InvalidYAML, at.message, r.offset + at.line}
	case r.aliases:
		return Problem{AliasBomb, fmt.Sprintf("aliases expand into more than %d nodes or %d levels", MaxNodes, MaxDepth), 0}
	}
	return Problem{LimitHit, fmt.Sprintf("metadata of more than %d nodes or %d levels is not read", MaxNodes, MaxDepth), 0}
}

// nodeError is YAML that parses and that no plain value can be made of.
type nodeError struct {
	line    int
	message string
}

func (e *nodeError) Error() string { return e.message }

var yamlErrorLine = regexp.MustCompile(`^yaml: (?:unmarshal errors:\n\s*)?line (\d+): `)

// invalid turns a syntax error of the YAML library into a problem with its
// line in the file.
func (r *yamlReader) invalid(err error) Problem {
	message, line := strings.TrimPrefix(err.Error(), "yaml: "), 0
	if m := yamlErrorLine.FindStringSubmatch(err.Error()); m != nil {
		line, _ = strconv.Atoi(m[1])
		message = err.Error()[len(m[0]):]
		line += r.offset
	}
	return Problem{InvalidYAML, "not YAML: " + message, line}
}

func (r *yamlReader) read(n *yaml.Node, depth int) (value, error) {
	if r.left--; r.left < 0 || depth > MaxDepth {
		return value{}, errTooLarge
	}
	switch n.Kind {
	case yaml.AliasNode:
		r.aliases = true
		v, err := r.read(n.Alias, depth+1)
		v.line = r.offset + n.Line
		return v, err
	case yaml.SequenceNode:
		return r.list(n, depth)
	case yaml.MappingNode:
		return r.mapping(n, depth)
	}
	return r.scalar(n)
}

func (r *yamlReader) list(n *yaml.Node, depth int) (value, error) {
	if err := structureTag(n); err != nil {
		return value{}, err
	}
	v := value{kind: listValue, line: r.offset + n.Line, items: make([]value, 0, len(n.Content))}
	for _, c := range n.Content {
		item, err := r.read(c, depth+1)
		if err != nil {
			return v, err
		}
		v.items = append(v.items, item)
	}
	return v, nil
}

func (r *yamlReader) mapping(n *yaml.Node, depth int) (value, error) {
	if err := structureTag(n); err != nil {
		return value{}, err
	}
	v := value{kind: mapValue, line: r.offset + n.Line}
	at := make(map[string]int, len(n.Content)/2)
	var merges []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind == yaml.ScalarNode && key.Value == "<<" && isPlain(key) {
			merges = append(merges, n.Content[i+1])
			continue
		}
		name, err := r.key(key, depth)
		if err != nil {
			return v, err
		}
		item, err := r.read(n.Content[i+1], depth+1)
		if err != nil {
			return v, err
		}
		item.line = r.offset + key.Line
		if j, again := at[name]; again {
			r.problems = append(r.problems, Problem{DuplicateKey,
				fmt.Sprintf("key %q stands twice, before on line %d; the last one counts", clip(name, 80), v.items[j].line), item.line})
			v.items[j] = item
			continue
		}
		at[name] = len(v.keys)
		v.keys, v.items = append(v.keys, name), append(v.items, item)
	}
	err := r.merge(&v, at, merges, depth)
	return v, err
}

// merge adds the keys of "<<" that the mapping does not set itself.
func (r *yamlReader) merge(v *value, at map[string]int, merges []*yaml.Node, depth int) error {
	for _, n := range merges {
		from, err := r.read(n, depth+1)
		if err != nil {
			return err
		}
		sources := []value{from}
		if from.kind == listValue {
			sources = from.items
		}
		for _, s := range sources {
			if s.kind != mapValue {
				return &nodeError{n.Line, "a merge key takes a mapping"}
			}
			for i, k := range s.keys {
				if _, set := at[k]; !set {
					at[k] = len(v.keys)
					v.keys, v.items = append(v.keys, k), append(v.items, s.items[i])
				}
			}
		}
	}
	return nil
}

// key returns the text of a mapping's key. Keys that are no scalars are
// unhashable for Python and so refused by the Hub's library.
func (r *yamlReader) key(n *yaml.Node, depth int) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode {
		return "", &nodeError{n.Line, "a key is a list or a mapping"}
	}
	v, err := r.read(n, depth+1)
	return v.text, err
}

func structureTag(n *yaml.Node) error {
	if n.Style&yaml.TaggedStyle == 0 {
		return nil
	}
	switch n.ShortTag() {
	case "!!map", "!!seq", "!!omap", "!!set", "!!pairs":
		return nil
	}
	return &nodeError{n.Line, "a tag asks for a type that the Hub does not construct: " + clip(n.Tag, 80)}
}

func isPlain(n *yaml.Node) bool {
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	return n.Style&(quoted|yaml.TaggedStyle) == 0
}

// scalar reads a scalar by the rules of YAML 1.1 as PyYAML has them.
func (r *yamlReader) scalar(n *yaml.Node) (value, error) {
	v := value{kind: textValue, text: n.Value, line: r.offset + n.Line}
	if isPlain(n) {
		v.kind, v.truth = plainKind(n.Value)
		return v, nil
	}
	if n.Style&yaml.TaggedStyle == 0 {
		return v, nil
	}
	switch n.ShortTag() {
	case "!!str", "!!binary", "!!timestamp", "!":
	case "!!null":
		v.kind = nullValue
	case "!!bool":
		if v.kind, v.truth = plainKind(n.Value); v.kind != boolValue {
			return v, &nodeError{n.Line, "a value tagged as boolean is none"}
		}
	case "!!int", "!!float":
		if isJSONNumber(n.Value) {
			v.kind = numberValue
		}
	default:
		return v, &nodeError{n.Line, "a tag asks for a type that the Hub does not construct: " + clip(n.Tag, 80)}
	}
	return v, nil
}

// plainKind resolves an untagged, unquoted scalar. Numbers that JSON cannot
// spell (0x1F, 1_000, .5) and dates stay text.
func plainKind(s string) (valueKind, bool) {
	switch s {
	case "", "~", "null", "Null", "NULL":
		return nullValue, false
	case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON":
		return boolValue, true
	case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF":
		return boolValue, false
	}
	if isJSONNumber(s) {
		return numberValue, false
	}
	return textValue, false
}

// isJSONNumber reports whether s is a number in JSON's grammar, and short
// enough that no reader can be made to unfold a huge exponent.
func isJSONNumber(s string) bool {
	const longest = 40
	if s == "" || len(s) > longest || (s[0] != '-' && (s[0] < '0' || s[0] > '9')) {
		return false
	}
	if e := strings.IndexAny(s, "eE"); e >= 0 && len(strings.TrimLeft(s[e+1:], "+-0")) > 3 {
		return false
	}
	return json.Valid([]byte(s))
}

// clip shortens s to at most n bytes at a rune's border.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}
