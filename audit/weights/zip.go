package weights

import (
	"bytes"
	"encoding/binary"
	"math"
)

const (
	zipEndMagic = "PK\x05\x06"
	zipEndSize  = 22 // of the end record without its comment
)

// zipEnd finds the end record of a ZIP archive: the last one whose comment
// reaches to the end of the file, and whose directory lies before it. It
// returns -1 when there is none.
// Source: PKWARE APPNOTE 6.3.10, section 4.3.16.
func zipEnd(src *source) int64 {
	tail := make([]byte, min(src.size, zipEndSize+math.MaxUint16))
	start := src.size - int64(len(tail))
	if src.readAt(tail, start) < len(tail) {
		return -1
	}
	for i := len(tail); ; {
		i = bytes.LastIndex(tail[:i], []byte(zipEndMagic))
		if i < 0 {
			return -1
		}
		if b := tail[i:]; len(b) >= zipEndSize && int(binary.LittleEndian.Uint16(b[20:])) == len(b)-zipEndSize &&
			int64(binary.LittleEndian.Uint32(b[12:])) <= start+int64(i) {
			return start + int64(i)
		}
	}
}
