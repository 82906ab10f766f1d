package weights

import (
	"bytes"
	"encoding/binary"
)

// elsewhereDoubt is what is told of a file that has its reader open others, which
// may lie anywhere on the machine (CVE-2026-1669).
const elsewhereDoubt = "groups or numbers that lie in another file"

// elsewhere looks for what HDF5 keeps in other files: the links to them, the list
// of files of a dataset's numbers, and the datasets that are put together from
// others. Each is told by the form of its message, with what that refers to.
// Source: HDF5 File Format Specification 3.0, sections IV.A.2.g, h and i.
func (s *kerasSearch) elsewhere(b []byte) {
	for i, c := range b { // most bytes are none of these
		switch {
		case c == externalType && i >= 2 && b[i-2] == 1 && externalLink(b[i-2:]),
			c == 4 && i+1 < len(b) && b[i+1] == 3 && s.virtual(b[i:]),
			c == 1 && i+1 < len(b) && b[i+1] == 0 && s.fileList(b[i:]):
			s.doubt = elsewhereDoubt
			return
		}
	}
}

// externalType is the type of a link to another file.
const externalType = 64

// externalLink says whether b begins with a link of the type external: version,
// flags, type, then as the flags say the order of creation, the character set and
// the name with its length, and last the names of file and object.
func externalLink(b []byte) bool {
	flags := b[1]
	if len(b) < 8 || b[0] != 1 || flags&0x08 == 0 || flags > 0x1F || b[2] != externalType {
		return false
	}
	b = b[3:]
	if flags&0x04 != 0 {
		b = b[min(8, len(b)):]
	}
	if flags&0x10 != 0 {
		b = b[min(1, len(b)):]
	}
	width := 1 << (flags & 3)
	if len(b) < width {
		return false
	}
	var wide [8]byte
	copy(wide[:], b[:width])
	n := binary.LittleEndian.Uint64(wide[:])
	if b = b[width:]; n == 0 || n > MaxName || uint64(len(b)) < n+2 || bytes.IndexByte(b[:n], 0) >= 0 {
		return false
	}
	size := int(binary.LittleEndian.Uint16(b[n:]))
	if b = b[n+2:]; len(b) < size || size < 4 || b[0] != 0 {
		return false
	}
	file, object, ok := bytes.Cut(b[1:size], []byte{0})
	return ok && len(file) > 0 && bytes.IndexByte(object, 0) == len(object)-1
}

// fileList says whether b begins with a list of files whose names lie in a heap.
func (s *kerasSearch) fileList(b []byte) bool {
	if len(b) < 16 || string(b[:4]) != "\x01\x00\x00\x00" {
		return false
	}
	allocated, used := binary.LittleEndian.Uint16(b[4:]), binary.LittleEndian.Uint16(b[6:])
	return used > 0 && used <= allocated && s.refers(b[8:], "HEAP")
}

// virtual says whether b begins with the layout of a dataset that is put together
// from others.
func (s *kerasSearch) virtual(b []byte) bool { return len(b) >= 10 && s.refers(b[2:], "GCOL") }

// refers says whether the address that b begins with is that of what begins with
// magic. Addresses count from the superblock.
func (s *kerasSearch) refers(b []byte, magic string) bool {
	at := binary.LittleEndian.Uint64(b)
	return at < uint64(s.src.size) && (magicAt(s.src, int64(at), magic) || magicAt(s.src, int64(at)+max(hdf5Start(s.src), 0), magic))
}
