package signing

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Limits on a checksum list.
const (
	MaxChecksums     = 16 << 20 // bytes
	MaxChecksumLines = 200_000
)

// Checksum is one line of a list.
type Checksum struct {
	Path      string // slash-separated, relative to the folder of the list
	Algorithm Algorithm
	Digest    []byte
	Line      int // from 1
}

// ChecksumList is a file like SHA256SUMS: digests somebody wrote down beside the files. It shows damage; without a
// signature on the list it shows no tampering.
type ChecksumList struct {
	Path    string
	Entries []Checksum
	// Malformed are the numbers of the lines that are neither blank, comment, nor checksum, and of those whose path leaves
	// the folder or repeats with another digest.
	Malformed []int
}

// Strong tells whether every digest in the list is of a strong algorithm; see [Algorithm.Strong]. A list without
// entries is not strong.
func (l *ChecksumList) Strong() bool {
	for _, e := range l.Entries {
		if !e.Algorithm.Strong() {
			return false
		}
	}
	return len(l.Entries) > 0
}

// Needs is what [Hash] must compute to check the list, with the sizes of the files that are there; names the list of
// what [Tree.Entries] found. dir is the folder of the list in the tree, "." for the top.
func (l *ChecksumList) Needs(dir string, entries []Entry) []File {
	sizes := make(map[string]int64, len(entries))
	for _, e := range entries {
		if e.Kind == Regular {
			sizes[e.Name] = e.Size
		}
	}
	var files []File
	for _, e := range l.Entries {
		name := path.Join(dir, e.Path)
		if size, ok := sizes[name]; ok {
			files = append(files, File{Name: name, Size: size, Algorithms: []Algorithm{e.Algorithm}})
		}
	}
	return Merge(files)
}

// listNames are the file names, in lower case, by which people publish lists, and the algorithm the name tells, "" for
// none. Llama's downloads bring a checklist.chk of MD5 sums.
var listNames = []struct {
	match     string // a whole name, or an ending if it starts with a dot
	algorithm Algorithm
}{
	{"sha256sums", SHA256}, {"sha256sum", SHA256}, {"sha256sums.txt", SHA256}, {"sha256sum.txt", SHA256}, {".sha256", SHA256}, {".sha256sum", SHA256}, {".sha256.txt", SHA256},
	{"sha512sums", SHA512}, {"sha512sum", SHA512}, {"sha512sums.txt", SHA512}, {"sha512sum.txt", SHA512}, {".sha512", SHA512}, {".sha512sum", SHA512},
	{"sha384sums", SHA384}, {".sha384", SHA384}, {"sha224sums", SHA224}, {".sha224", SHA224},
	{"sha1sums", SHA1}, {"sha1sum", SHA1}, {"sha1sums.txt", SHA1}, {"sha1sum.txt", SHA1}, {".sha1", SHA1}, {".sha1sum", SHA1},
	{"md5sums", MD5}, {"md5sum", MD5}, {"md5sums.txt", MD5}, {"md5sum.txt", MD5}, {".md5", MD5}, {".md5sum", MD5}, {".chk", MD5},
	{"b2sums", BLAKE2b}, {"b2sums.txt", BLAKE2b}, {".b2", BLAKE2b}, {".b2sum", BLAKE2b}, {".blake2b", BLAKE2b},
	{"b3sums", BLAKE3}, {"b3sums.txt", BLAKE3}, {".b3", BLAKE3}, {".b3sum", BLAKE3}, {".blake3", BLAKE3},
	{"checksums", ""}, {"checksums.txt", ""}, {"checksum.txt", ""}, {".checksums", ""}, {".checksum", ""},
}

// IsChecksumList tells by its name whether a file is a checksum list, and the algorithm the name gives away, "" if it
// does not.
func IsChecksumList(name string) (Algorithm, bool) {
	base := strings.ToLower(path.Base(name))
	for _, known := range listNames {
		ending := known.match[0] == '.'
		if !ending && base == known.match || ending && len(base) > len(known.match) && strings.HasSuffix(base, known.match) {
			return known.algorithm, true
		}
	}
	return "", false
}

// ReadChecksums reads a list: "HEX  path" and "HEX *path" of GNU coreutils with its escapes, "SHA256 (path) = HEX" of
// BSD and coreutils --tag, or a digest alone, which speaks of the file the list is named after (model.bin.sha256).
// Where the line does not name the algorithm the list's name does, else the length of the digest. An error means that
// the list could not be read or is over a limit; a line that makes no sense is in Malformed.
func ReadChecksums(name string, r io.ReaderAt, size int64) (*ChecksumList, error) {
	if size > MaxChecksums {
		return nil, fmt.Errorf("reading checksums %s: %d bytes, more than the limit of %d", name, size, int64(MaxChecksums))
	}
	hint, _ := IsChecksumList(name)
	list := &ChecksumList{Path: name}
	seen := map[string]string{} // algorithm and path to digest
	lines := bufio.NewScanner(io.NewSectionReader(r, 0, size))
	lines.Buffer(make([]byte, 4096), 2*MaxName+256)
	for n := 1; lines.Scan(); n++ {
		if n > MaxChecksumLines {
			return nil, fmt.Errorf("reading checksums %s: more than %d lines", name, MaxChecksumLines)
		}
		line := strings.TrimSuffix(lines.Text(), "\r")
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if t := strings.TrimSpace(line); t == "" || t[0] == '#' {
			continue
		}
		c, err := parseChecksum(line, hint, name)
		if err != nil {
			list.Malformed = append(list.Malformed, n)
			continue
		}
		c.Line = n
		key := string(c.Algorithm) + " " + c.Path
		if have, twice := seen[key]; twice {
			if have != string(c.Digest) {
				list.Malformed = append(list.Malformed, n)
			}
			continue
		}
		seen[key] = string(c.Digest)
		list.Entries = append(list.Entries, c)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading checksums %s: %w", name, err)
	}
	return list, nil
}

var errNoChecksum = errors.New("no checksum")

func parseChecksum(line string, hint Algorithm, list string) (Checksum, error) {
	escaped := strings.HasPrefix(line, `\`)
	line = strings.TrimPrefix(line, `\`)
	if c, err := parseTagged(line); err == nil {
		return c.finish(escaped)
	}
	digest, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	digest, tabbed, _ := strings.Cut(digest, "\t")
	if rest == "" {
		rest = tabbed
	}
	c := Checksum{Path: strings.TrimLeft(rest, " \t")}
	if marked, ok := strings.CutPrefix(rest, "*"); ok {
		c.Path = marked // binary mode; a name that starts with a star has two in the list
	} else if text, ok := strings.CutPrefix(rest, " "); ok {
		c.Path = text // text mode; the name may start with spaces
	}
	var err error
	if c.Digest, err = hex.DecodeString(digest); err != nil {
		return c, errNoChecksum
	}
	if c.Algorithm = algorithmOf(len(c.Digest), hint); c.Algorithm == "" {
		return c, errNoChecksum
	}
	if c.Path == "" {
		c.Path = strings.TrimSuffix(path.Base(list), path.Ext(list))
	}
	return c.finish(escaped)
}

// parseTagged reads "ALGORITHM (path) = HEX".
func parseTagged(line string) (Checksum, error) {
	tag, rest, ok := strings.Cut(line, " (")
	if !ok {
		tag, rest, ok = strings.Cut(line, "(") // OpenSSL writes no blank
	}
	end := strings.LastIndex(rest, ")")
	if !ok || end < 0 {
		return Checksum{}, errNoChecksum
	}
	digest, ok := strings.CutPrefix(strings.TrimLeft(rest[end+1:], " "), "=")
	if !ok {
		return Checksum{}, errNoChecksum
	}
	c := Checksum{Path: rest[:end]}
	switch tag = strings.ToLower(strings.ReplaceAll(tag, "-", "")); tag {
	case "sha2256":
		c.Algorithm = SHA256
	case "sha2512":
		c.Algorithm = SHA512
	default:
		c.Algorithm = Algorithm(tag)
	}
	var err error
	c.Digest, err = hex.DecodeString(strings.TrimSpace(digest))
	if err != nil || c.Algorithm == GitBlob || c.Algorithm.Size() != len(c.Digest) || len(c.Digest) == 0 {
		return c, errNoChecksum
	}
	return c, nil
}

// algorithmOf takes the list's word if the length fits, else the usual algorithm of that length.
func algorithmOf(size int, hint Algorithm) Algorithm {
	if hint != "" {
		if hint.Size() == size {
			return hint
		}
		return ""
	}
	switch size {
	case 16:
		return MD5
	case 20:
		return SHA1
	case 28:
		return SHA224
	case 32:
		return SHA256
	case 48:
		return SHA384
	case 64:
		return SHA512
	}
	return ""
}

// finish undoes the escapes and refuses a path that leaves the folder.
func (c Checksum) finish(escaped bool) (Checksum, error) {
	if escaped {
		c.Path = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\r`, "\r").Replace(c.Path)
	}
	for strings.HasPrefix(c.Path, "./") {
		c.Path = strings.TrimLeft(c.Path[2:], "/")
	}
	return c, CheckName(c.Path)
}
