package release

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"testing/fstest"
)

// LFSPointer writes what Git LFS leaves in place of a file of that digest and
// size in bytes.
func LFSPointer(digest [sha256.Size]byte, size int) []byte {
	return fmt.Appendf(nil, "version https://git-lfs.github.com/spec/v1\noid sha256:%x\nsize %d\n", digest, size)
}

// Checksums writes the lines of sha256sum(1) for every regular file, sorted by
// name.
func Checksums(files fstest.MapFS) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if f := files[name]; f.Mode.IsRegular() {
			fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(f.Data), name)
		}
	}
	return b.Bytes()
}

// GitBlobID is the name Git gives to a file of that content, 40 hex digits.
func GitBlobID(data []byte) string {
	h := sha1.New()
	fmt.Fprintf(h, "blob %d\x00", len(data))
	h.Write(data)
	return hex.EncodeToString(h.Sum(nil))
}
