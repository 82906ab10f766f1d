package weights

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	tarBlock = 512
	// maxPax is the longest header of one member, or of all, that is read.
	maxPax = 1 << 20
)

// tarBlocks goes through the headers of a tar archive block by block, as the
// plainest reader would, beside one that knows more. Where the two come to
// different places, or a header is of a kind that readers differ in, two
// programs may find different files in the archive.
type tarBlocks struct {
	src *source
	pos int64
}

// next follows the headers up to the member whose bytes begin at; false when
// that is not where they lead, or not all of them are plain.
func (t *tarBlocks) next(at int64) bool {
	long, size := "", int64(-1) // what headers before the member's own say of it
	for t.pos < at {
		var h [tarBlock]byte
		if t.src.readAt(h[:], t.pos) < len(h) {
			return false
		}
		t.pos += tarBlock
		own, ok := tarNumber(h[124:136])
		if !ok {
			return false
		}
		kind := h[156]
		switch kind {
		case 'x', 'g', 'L', 'K':
			data := make([]byte, min(own, maxPax))
			if t.src.readAt(data, t.pos) < len(data) || own > maxPax {
				return false
			}
			start := t.pos
			t.pos += (own + tarBlock - 1) &^ (tarBlock - 1)
			name, n, plain := paxNames(data)
			switch kind {
			case 'L':
				long = string(bytes.TrimRight(data, "\x00"))
			case 'x':
				long, size = name, n
			case 'g': // a member of its own to the other reader
				return plain && start+own == at
			}
			continue
		}
		if size < 0 {
			size = own
		}
		name, _, _ := strings.Cut(string(h[:100]), "\x00")
		if kind == 0 && (strings.HasSuffix(name, "/") != strings.HasSuffix(long, "/")) && long != "" || kind == 0 && strings.HasSuffix(name, "/") && size > 0 {
			return false // a folder to some, a file to others
		}
		switch kind {
		case 0, '0':
		case '1', '2', '3', '4', '5', '6':
			size = 0
		default:
			return false
		}
		start := t.pos
		t.pos += (size + tarBlock - 1) &^ (tarBlock - 1)
		return start == at
	}
	return t.pos == at
}

// tarNumber reads a number of a header as every reader does: in octal, or in
// binary where it is too long for that.
func tarNumber(field []byte) (int64, bool) {
	if field[0] == 0x80 {
		n := int64(0)
		for _, c := range field[1:] {
			if n >= 1<<47 {
				return 0, false
			}
			n = n<<8 | int64(c)
		}
		return n, true
	}
	text := strings.Trim(string(field), " \x00")
	if text == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(text, 8, 63)
	return n, err == nil && n >= 0 && n < 1<<47
}

// paxNames is the name and the size that the records of a header give; size is
// -1 where they give none. plain says that there is nothing but comments.
func paxNames(data []byte) (name string, size int64, plain bool) {
	size, plain = -1, true
	for len(data) > 0 {
		digits, _, ok := bytes.Cut(data, []byte(" "))
		n, err := strconv.Atoi(string(digits))
		if !ok || err != nil || n <= len(digits)+1 || n > len(data) {
			return name, size, false
		}
		key, value, _ := strings.Cut(strings.TrimSuffix(string(data[len(digits)+1:n]), "\n"), "=")
		data = data[n:]
		switch key {
		case "comment":
			continue
		case "path":
			name = value
		case "size":
			if size, err = strconv.ParseInt(value, 10, 64); err != nil {
				size = -1
			}
		}
		plain = false
	}
	return name, size, plain
}
