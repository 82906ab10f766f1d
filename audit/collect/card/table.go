package card

import (
	"bytes"
	"strings"
)

// table reads a paragraph that is a table in GitHub's Markdown, or would be one
// with a proper second line, and reports whether it is.
func (r *bodyReader) table(raw []byte, line int) bool {
	if bytes.IndexByte(raw, '|') < 0 {
		return false
	}
	rows := bytes.Split(bytes.TrimSuffix(raw, []byte("\n")), []byte("\n"))
	at := delimiterRow(rows)
	if at < 0 && !allPiped(rows) {
		return false
	}
	if at > 1 { // text runs into the table
		n := 0
		for _, row := range rows[:at-1] {
			n += len(row) + 1
		}
		r.text(raw[:n], line, block{})
		line += at - 1
		rows, at = rows[at-1:], 1
	}
	var header []string
	if at == 1 {
		header = r.cells(rows[0], line)
	}
	t := tableReader{reader: r, header: header}
	for i, row := range rows[at+1:] {
		t.row(row, line+at+1+i)
	}
	r.tableClaims(&t, line)
	r.tableResults(&t)
	return true
}

// delimiterRow returns the index of the row of dashes below a header, or -1.
func delimiterRow(rows [][]byte) int {
	for i := 1; i < len(rows); i++ {
		row := bytes.TrimSpace(rows[i])
		if bytes.IndexByte(row, '-') >= 0 && bytes.IndexByte(row, '|') >= 0 && len(bytes.Trim(row, "|:- \t")) == 0 &&
			bytes.IndexByte(rows[i-1], '|') >= 0 {
			return i
		}
	}
	return -1
}

// allPiped reports whether each row begins and ends with a bar.
func allPiped(rows [][]byte) bool {
	for _, row := range rows {
		row = bytes.TrimSpace(row)
		if len(row) < 2 || row[0] != '|' || row[len(row)-1] != '|' {
			return false
		}
	}
	return true
}

// tableReader keeps what claims are looked for in: the first rows of a table.
type tableReader struct {
	reader *bodyReader
	header []string
	cells  [][]string
	lines  []int
}

// maxTableCells bounds what is kept of one table.
const maxTableCells = 400

// row counts one row and reads "Field | Response" as a labelled value.
func (t *tableReader) row(row []byte, line int) {
	r := t.reader
	before := *r.counts()
	cells := r.cells(row, line)
	c := r.counts()
	said := false
	for i, cell := range cells {
		if i > 0 || len(cells) == 1 {
			said = said || !r.saysNothing(cell)
		}
	}
	switch {
	case said:
		c.TableRows++
	case len(cells) > 1 && c.Placeholders == before.Placeholders && strings.TrimSpace(strings.Join(cells[1:], "")) != "":
		c.Placeholders++
	}
	if len(cells) == 2 && len(t.header) <= 2 || len(cells) > 2 && len(t.header) > 1 && isValueHeader(t.header[1]) {
		t.field(cells, line, said)
	}
	if (len(t.cells)+1)*max(1, len(t.header)) <= maxTableCells {
		t.cells, t.lines = append(t.cells, cells), append(t.lines, line)
	}
}

// isValueHeader reports the title of a column of values beside labels.
func isValueHeader(title string) bool {
	switch words(title) {
	case "value", "values", "response", "setting", "details":
		return true
	}
	return false
}

func (t *tableReader) field(cells []string, line int, said bool) {
	r := t.reader
	label := strings.TrimSuffix(strings.TrimSpace(cells[0]), ":")
	names := labelName([]byte(label))
	if len(names) == 0 || len(r.card.Fields) >= MaxList {
		return
	}
	f := Field{Name: names[0], Label: clip(label, 200), Value: clip(cells[1], 1000), Line: line, Section: r.section(), Table: true, Placeholder: !said}
	r.card.Fields = append(r.card.Fields, f)
	if said {
		flat := flat{text: []byte(f.Value)}
		r.fieldClaims(&f, &flat)
	}
}

// saysNothing reports a cell that is empty or only stands for a missing value.
func (r *bodyReader) saysNothing(cell string) bool {
	var room [24]token
	tokens := tokenize(room[:0], []byte(cell))
	return len(strings.Trim(cell, " -–—?.*_")) == 0 || r.dict.isPhrase(tokens)
}

// cells splits a row, takes the marks out of each cell, and counts the links
// and placeholders of the row.
func (r *bodyReader) cells(row []byte, line int) []string {
	row = bytes.TrimSpace(row)
	row = bytes.TrimPrefix(row, []byte("|"))
	if n := len(row); n > 0 && row[n-1] == '|' && (n < 2 || row[n-2] != '\\') {
		row = row[:n-1]
	}
	var cells []string
	for start, i := 0, 0; i <= len(row); i++ {
		if i < len(row) && (row[i] != '|' || i > 0 && row[i-1] == '\\') {
			continue
		}
		f := r.flat.flatten(bytes.ReplaceAll(row[start:i], []byte(`\|`), []byte("|")))
		c := r.counts()
		c.Links += r.links(f, line)
		c.Images += f.images
		c.Placeholders += f.placeholders
		cells = append(cells, strings.Join(strings.FieldsFunc(string(f.text), isSpaceRune), " "))
		start = i + 1
	}
	return cells
}
