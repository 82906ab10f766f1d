package card

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// jsonReader reads JSON into values with their lines.
type jsonReader struct {
	data     []byte
	decoder  *json.Decoder
	left     int
	offset   int // of the bytes whose lines are counted
	line     int
	problems []Problem
}

// readJSON reads one JSON document.
func readJSON(data []byte) (value, []Problem, error) {
	r := &jsonReader{data: data, decoder: json.NewDecoder(bytes.NewReader(data)), left: MaxNodes, line: 1}
	r.decoder.UseNumber()
	v, err := r.read(0)
	if err == nil {
		if _, err = r.decoder.Token(); errors.Is(err, io.EOF) {
			return v, r.problems, nil
		}
		err = errors.New("text follows the JSON document")
	}
	problem := Problem{InvalidJSON, "the card is not JSON: " + err.Error(), r.here()}
	if errors.Is(err, errTooLarge) {
		problem = Problem{LimitHit, fmt.Sprintf("a card of more than %d nodes or %d levels is not read", MaxNodes, MaxDepth), r.here()}
	}
	return value{}, append(r.problems, problem), err
}

// here is the line on which the last token ends.
func (r *jsonReader) here() int {
	end := min(int(r.decoder.InputOffset()), len(r.data))
	r.line += bytes.Count(r.data[r.offset:end], []byte("\n"))
	r.offset = end
	return r.line
}

func (r *jsonReader) read(depth int) (value, error) {
	token, err := r.decoder.Token()
	if err != nil {
		return value{}, err
	}
	return r.node(token, depth)
}

func (r *jsonReader) node(token json.Token, depth int) (value, error) {
	v := value{line: r.here()}
	if r.left--; r.left < 0 || depth > MaxDepth {
		return v, errTooLarge
	}
	switch t := token.(type) {
	case string:
		v.kind, v.text = textValue, t
	case bool:
		v.kind, v.truth, v.text = boolValue, t, fmt.Sprint(t)
	case json.Number:
		v.kind, v.text = textValue, t.String()
		if isJSONNumber(v.text) {
			v.kind = numberValue
		}
	case json.Delim:
		if t == '[' {
			err := r.list(&v, depth)
			return v, err
		}
		err := r.object(&v, depth)
		return v, err
	}
	return v, nil
}

func (r *jsonReader) list(v *value, depth int) error {
	v.kind = listValue
	for r.decoder.More() {
		item, err := r.read(depth + 1)
		if err != nil {
			return err
		}
		v.items = append(v.items, item)
	}
	_, err := r.decoder.Token()
	return err
}

func (r *jsonReader) object(v *value, depth int) error {
	v.kind = mapValue
	at := map[string]int{}
	for r.decoder.More() {
		token, err := r.decoder.Token()
		if err != nil {
			return err
		}
		key, line := token.(string), r.here()
		item, err := r.read(depth + 1)
		if err != nil {
			return err
		}
		item.line = line
		if i, again := at[key]; again {
			r.problems = append(r.problems, Problem{DuplicateKey,
				fmt.Sprintf("key %q stands twice, before on line %d; the last one counts", clip(key, 80), v.items[i].line), line})
			v.items[i] = item
			continue
		}
		at[key] = len(v.keys)
		v.keys, v.items = append(v.keys, key), append(v.items, item)
	}
	_, err := r.decoder.Token()
	return err
}
