package weights

import (
	"bytes"
	"strconv"
	"strings"
)

const (
	lfsVersion = "version https://git-lfs.github.com/spec/v1"
	// maxPointer is the longest pointer file Git LFS reads, in bytes.
	// Source: git-lfs docs/spec.md.
	maxPointer = 1024
)

// Pointer is what a Git LFS pointer file says of the file it stands for.
type Pointer struct {
	// OID is the SHA-256 of the real file, in lower-case hexadecimal.
	OID string
	// Size is its length in bytes.
	Size int64
}

// ParsePointer reads a Git LFS pointer: lines of key and value, version first,
// among them oid and size. ok is false when b is none.
// Source: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
func ParsePointer(b []byte) (p Pointer, ok bool) {
	if len(b) > maxPointer || !isPointer(b) {
		return Pointer{}, false
	}
	size := ""
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch key {
		case "oid":
			p.OID, _ = strings.CutPrefix(value, "sha256:")
		case "size":
			size = value
		}
	}
	n, err := strconv.ParseInt(size, 10, 64)
	p.Size = n
	return p, err == nil && n >= 0 && isSHA256(p.OID)
}

// isPointer says whether a file that starts with b calls itself a pointer.
func isPointer(b []byte) bool {
	rest, ok := bytes.CutPrefix(b, []byte(lfsVersion))
	return ok && (len(rest) == 0 || rest[0] == '\n' || rest[0] == '\r')
}

func isSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}

func (f *File) lfsPointer(head []byte) {
	p, ok := ParsePointer(head)
	if !ok {
		f.incomplete(WeightsAbsent, 0, "a damaged Git LFS pointer; the weights are not here (git lfs pull fetches them)")
		return
	}
	f.Pointer = &p
	f.incomplete(WeightsAbsent, -1, "a Git LFS pointer; the weights are not here (git lfs pull fetches them)")
}
