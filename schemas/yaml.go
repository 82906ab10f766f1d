package schemas

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Bounds on a YAML document of ours or of a user: rules, frameworks, policies
// and disclosures are small texts that people write by hand.
const (
	MaxYAMLBytes = 1 << 20
	MaxYAMLNodes = 100_000
	MaxYAMLDepth = 64
)

// YAML is a document read into plain JSON values (nil, bool, int64, float64,
// string, []any, map[string]any) together with the line of every value.
type YAML struct {
	Value any
	lines map[string]int
}

// Line tells on which line the value at the JSON pointer stands, or its
// nearest ancestor; 1 where nothing is known.
func (y *YAML) Line(pointer string) int {
	for {
		if n, ok := y.lines[pointer]; ok {
			return n
		}
		cut := strings.LastIndexByte(pointer, '/')
		if cut < 0 {
			return 1
		}
		pointer = pointer[:cut]
	}
}

// SyntaxError is a fault in a YAML text, with its line.
type SyntaxError struct {
	Line int
	Msg  string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// ReadYAML reads one YAML document strictly. Scalars keep what was written:
// dates, versions (1.10) and words such as no and on stay strings, since a
// licence id or a version must not change by being read. Duplicate keys,
// aliases, merge keys, tags, several documents and sizes over the bounds are
// errors, each a *SyntaxError where a line is known.
func ReadYAML(data []byte) (*YAML, error) {
	if len(data) > MaxYAMLBytes {
		return nil, fmt.Errorf("larger than %d bytes", MaxYAMLBytes)
	}
	var root yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(data)))
	if err := dec.Decode(&root); err != nil {
		return nil, syntax(err)
	}
	var second yaml.Node
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, &SyntaxError{Line: second.Line, Msg: "a second document in one file"}
	case !errors.Is(err, io.EOF):
		return nil, syntax(err)
	}
	r := &yamlReader{lines: map[string]int{}}
	value, err := r.value(root.Content[0], "", 0)
	if err != nil {
		return nil, err
	}
	return &YAML{Value: value, lines: r.lines}, nil
}

var lineInError = regexp.MustCompile(`line (\d+): `)

func syntax(err error) error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := lineInError.FindStringSubmatchIndex(msg); m != nil {
		line, _ := strconv.Atoi(msg[m[2]:m[3]])
		return &SyntaxError{Line: line, Msg: strings.TrimSpace(msg[:m[0]] + msg[m[1]:])}
	}
	if msg == "EOF" {
		return errors.New("empty document")
	}
	return errors.New(msg)
}

type yamlReader struct {
	lines map[string]int
	nodes int
}

func (r *yamlReader) value(n *yaml.Node, at string, depth int) (any, error) {
	if r.nodes++; r.nodes > MaxYAMLNodes || depth > MaxYAMLDepth {
		return nil, &SyntaxError{n.Line, fmt.Sprintf("more than %d values or nested deeper than %d", MaxYAMLNodes, MaxYAMLDepth)}
	}
	if n.Style&yaml.TaggedStyle != 0 {
		return nil, &SyntaxError{n.Line, "tags are not allowed here"}
	}
	r.lines[at] = n.Line
	switch n.Kind {
	case yaml.MappingNode:
		return r.mapping(n, at, depth)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for i, c := range n.Content {
			v, err := r.value(c, at+"/"+strconv.Itoa(i), depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.ScalarNode:
		return scalar(n), nil
	}
	return nil, &SyntaxError{n.Line, "aliases are not allowed here"}
}

func (r *yamlReader) mapping(n *yaml.Node, at string, depth int) (any, error) {
	m := make(map[string]any, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" || key.Style&yaml.TaggedStyle != 0 {
			return nil, &SyntaxError{key.Line, "only plain keys are allowed here"}
		}
		if _, twice := m[key.Value]; twice {
			return nil, &SyntaxError{key.Line, fmt.Sprintf("key %q is given twice", key.Value)}
		}
		sub := at + "/" + EscapePointer(key.Value)
		v, err := r.value(n.Content[i+1], sub, depth+1)
		if err != nil {
			return nil, err
		}
		r.lines[sub] = key.Line
		m[key.Value] = v
	}
	return m, nil
}

// jsonNumber is the grammar of RFC 8259 section 6: what JSON would call a
// number is one, everything else YAML would resolve keeps its text.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

func scalar(n *yaml.Node) any {
	if n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0 {
		return n.Value
	}
	switch n.Value {
	case "", "null", "~":
		return nil
	case "true":
		return true
	case "false":
		return false
	}
	if !jsonNumber.MatchString(n.Value) {
		return n.Value
	}
	if i, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
		return i
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil || trailingZero.MatchString(n.Value) || digits(n.Value) != digits(strconv.FormatFloat(f, 'e', -1, 64)) {
		return n.Value // too large, a version such as 1.10, or more digits than a number here holds
	}
	return f
}

var trailingZero = regexp.MustCompile(`\.[0-9]+0$`)

// digits returns what a number says but for its sign and scale.
func digits(number string) string {
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(number, "-")), "e")
	return strings.Trim(strings.Replace(mantissa, ".", "", 1), "0")
}

// EscapePointer escapes one reference token of a JSON pointer (RFC 6901).
func EscapePointer(token string) string {
	if !strings.ContainsAny(token, "~/") {
		return token
	}
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
}
