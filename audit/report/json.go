package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"glassbox/audit"
)

// JSON writes a value the way all documents of the program are written: two
// spaces, no escaped HTML, a final newline.
func JSON(w io.Writer, v any) error {
	out := bufio.NewWriter(w)
	if err := writeValue(out, v, 0); err != nil {
		return err
	}
	out.WriteByte('\n')
	return out.Flush()
}

// writeJSON writes the report, in an array where several were asked for; one
// after the other, so that what is held of many is not all of their text.
func writeJSON(w io.Writer, reports []*audit.Report, o Options) error {
	out := bufio.NewWriter(w)
	if len(reports) == 1 && !o.Several {
		if err := writeReport(out, reports[0], 0); err != nil {
			return err
		}
		out.WriteByte('\n')
		return out.Flush()
	}
	if len(reports) == 0 {
		return JSON(w, reports)
	}
	out.WriteByte('[')
	for i, r := range reports {
		if i > 0 {
			out.WriteByte(',')
		}
		newLine(out, 1)
		if err := writeReport(out, r, 1); err != nil {
			return err
		}
	}
	out.WriteString("\n]\n")
	return out.Flush()
}

// writeReport writes a report. Text that was no UTF-8 comes out of the encoder
// in another way than what was read from JSON; so it is read once, and has the
// bytes it will have whenever it is written again.
func writeReport(w *bufio.Writer, r *audit.Report, depth int) error {
	text, err := encode(r)
	if err != nil {
		return err
	}
	if bytes.Contains(text, []byte(`\ufffd`)) {
		var back audit.Report
		if err := json.Unmarshal(text, &back); err != nil {
			return fmt.Errorf("reading the report again: %w", err)
		}
		if text, err = encode(&back); err != nil {
			return err
		}
	}
	indent(w, text, depth)
	return nil
}

func writeValue(w *bufio.Writer, v any, depth int) error {
	text, err := encode(v)
	if err == nil {
		indent(w, text, depth)
	}
	return err
}

// encode is a value as JSON on one line.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// indent writes compact JSON, as the encoder gives it, over several lines. The
// encoder's own way checks each byte once more, which takes as long as an audit.
func indent(w *bufio.Writer, compact []byte, depth int) {
	for i := 0; i < len(compact); {
		switch c := compact[i]; c {
		case '"':
			end := i + stringEnd(compact[i:])
			w.Write(compact[i:end])
			i = end
			continue
		case '{', '[':
			w.WriteByte(c)
			if compact[i+1] == c+2 { // the closing brace or bracket
				w.WriteByte(c + 2)
				i += 2
				continue
			}
			depth++
			newLine(w, depth)
		case '}', ']':
			depth--
			newLine(w, depth)
			w.WriteByte(c)
		case ',':
			w.WriteByte(c)
			newLine(w, depth)
		case ':':
			w.WriteString(": ")
		default:
			w.WriteByte(c)
		}
		i++
	}
}

// stringEnd is the length of the JSON string that begins s.
func stringEnd(s []byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

func newLine(w *bufio.Writer, depth int) {
	w.WriteByte('\n')
	for range depth {
		w.WriteString("  ")
	}
}
