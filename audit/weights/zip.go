package weights

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

const (
	zipEndMagic    = "PK\x05\x06"
	zipEnd64Magic  = "PK\x06\x06"
	zipFind64Magic = "PK\x06\x07"
	zipEntryMagic  = "PK\x01\x02"
	zipLocalMagic  = "PK\x03\x04"
	zipEndSize     = 22 // of the end record without its comment
	zipEnd64Size   = 56
	zipFind64Size  = 20
	zipEntrySize   = 46
	zipLocalSize   = 30
	zipDescriptor  = 24 // the longest data descriptor behind a member
	zipUnix        = 3  // the system that wrote an entry, in "version made by"

	// MaxMembers is how many members of an archive are read.
	MaxMembers = 100_000
	// maxChecked is the longest member whose checksum is computed, in bytes.
	maxChecked = 1 << 20
)

// zipMember is one file in a ZIP archive, as the central directory has it.
type zipMember struct {
	name       string
	flags      uint16
	method     uint16
	mode       uint16 // of Unix; 0 where another system wrote it
	crc        uint32
	compressed int64
	size       int64
	header     int64 // where its local header stands
	data       int64 // where its bytes begin
}

// zipArchive is a ZIP archive's directory, read by its end as loaders do.
type zipArchive struct {
	file    *File
	src     *source
	members []zipMember
	first   int64 // where the directory begins
	base    int64 // what the offsets in it lack
	start   int64 // where the first member begins
}

// zipEnd finds the end record of a ZIP archive that loaders take, which is the
// last: Python and PyTorch ask neither for its comment to reach to the end of
// the file nor for anything else that readers of other makes ask for. It returns
// -1 when there is none.
// Sources: PKWARE APPNOTE 6.3.10, section 4.3.16; _EndRecData in Python's
// zipfile; mz_zip_reader_locate_header_sig in miniz.
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
		if b := tail[i:]; len(b) >= zipEndSize && endsZip(src, b, start+int64(i)) {
			return start + int64(i)
		}
	}
}

// endsZip says whether b, the rest of the file from at on, begins with an end
// record and not with numbers that look like one: its comment is as long as
// what follows, or a directory stands where it says.
func endsZip(src *source, b []byte, at int64) bool {
	size, offset := binary.LittleEndian.Uint32(b[12:]), binary.LittleEndian.Uint32(b[16:])
	if size != math.MaxUint32 && int64(size) > at {
		return false
	}
	return int(binary.LittleEndian.Uint16(b[20:])) == len(b)-zipEndSize ||
		magicAt(src, at-int64(size), zipEntryMagic) || size > 0 && magicAt(src, int64(offset), zipEntryMagic) ||
		magicAt(src, at-zipFind64Size, zipFind64Magic)
}

func magicAt(src *source, at int64, magic string) bool {
	var b [4]byte
	return src.readAt(b[:], at) == len(b) && string(b[:]) == magic
}

// readZip reads the directory of the archive in src. Faults that leave nothing
// to read are returned; the others are told to f.
func readZip(f *File, src *source) (*zipArchive, error) {
	end := zipEnd(src)
	if end < 0 {
		return nil, faultf(ArchiveSyntax, -1, "a ZIP archive without its end record")
	}
	z := &zipArchive{file: f, src: src}
	count, size, err := z.place(end)
	if err != nil {
		return nil, err
	}
	if err := z.directory(count, size); err != nil {
		return z, err
	}
	for i := range z.members {
		z.local(&z.members[i])
	}
	z.arrangement()
	return z, nil
}

// place finds the central directory: how many members it has and how long it
// is.
func (z *zipArchive) place(end int64) (count uint64, size int64, err error) {
	var b [zipEnd64Size]byte
	z.src.readAt(b[:zipEndSize], end)
	le := binary.LittleEndian
	count, size, offset := uint64(le.Uint16(b[10:])), int64(le.Uint32(b[12:])), int64(le.Uint32(b[16:]))
	if le.Uint16(b[4:]) != 0 && le.Uint16(b[4:]) != math.MaxUint16 {
		return 0, 0, faultf(ArchiveSyntax, end, "a ZIP archive in several volumes")
	}
	if comment := int64(le.Uint16(b[20:])); end+zipEndSize+comment != z.src.size {
		z.file.demote(ArchiveMismatch, "a ZIP archive whose comment does not reach to the end of the file")
	}
	dirEnd := end
	if at := z.end64(end); at >= 0 {
		z.src.readAt(b[:], at)
		count64, size64, offset64 := le.Uint64(b[32:]), int64(le.Uint64(b[40:])), int64(le.Uint64(b[48:]))
		if count != math.MaxUint16 && count != count64 || size != math.MaxUint32 && size != size64 || offset != math.MaxUint32 && offset != offset64 {
			z.file.demote(ArchiveMismatch, "a ZIP archive with two end records that say different things")
		}
		count, size, offset, dirEnd = count64, size64, offset64, at
	}
	z.first = dirEnd - size
	z.base = z.first - offset
	if size < 0 || offset < 0 || z.first < 0 || z.base < 0 {
		return 0, 0, faultf(ArchiveSyntax, end, "a ZIP directory outside the file")
	}
	if z.base != 0 && size > 0 && magicAt(z.src, offset, zipEntryMagic) {
		z.file.demote(ArchiveMismatch, "a ZIP archive with a directory before its end and another where the end says it is")
	}
	return count, size, nil
}

// end64 is where the end record of large archives stands; -1 when there is
// none. Some go by where its pointer says, others look in front of the pointer.
// Where bytes stand before the archive, the pointer falls short.
func (z *zipArchive) end64(end int64) int64 {
	var b [zipFind64Size]byte
	if z.src.readAt(b[:], end-zipFind64Size) < len(b) || string(b[:4]) != zipFind64Magic {
		return -1
	}
	told, before := int64(binary.LittleEndian.Uint64(b[8:])), end-zipFind64Size-zipEnd64Size
	isTold, isBefore := z.isEnd64(told), z.isEnd64(before)
	switch {
	case isTold && isBefore && told != before:
		z.file.demote(ArchiveMismatch, "a ZIP archive with two end records for large archives")
		return told
	case isTold:
		return told
	case isBefore:
		return before
	}
	return -1
}

func (z *zipArchive) isEnd64(at int64) bool {
	return magicAt(z.src, at, zipEnd64Magic) && at <= z.src.size-zipEnd64Size
}

// directory reads the members' entries.
func (z *zipArchive) directory(count uint64, size int64) error {
	w := newWindow(z.src, z.first, z.first+size)
	for w.remaining() > 0 {
		if len(z.members) == MaxMembers {
			return faultf(LimitHit, w.offset(), "more than %d members", MaxMembers)
		}
		m, err := z.entry(w)
		if err != nil {
			return err
		}
		z.members = append(z.members, m)
	}
	if n := uint64(len(z.members)); n != count && n&math.MaxUint16 != count {
		z.file.demote(ArchiveMismatch, fmt.Sprintf("a ZIP archive of %d members that says it has %d", n, count))
	}
	return nil
}

// entry reads one entry of the central directory.
func (z *zipArchive) entry(w *window) (m zipMember, err error) {
	at := w.offset()
	b, ok := w.take(zipEntrySize)
	if !ok || string(b[:4]) != zipEntryMagic {
		return m, faultf(ArchiveSyntax, at, "a damaged ZIP directory")
	}
	le := binary.LittleEndian
	m = zipMember{flags: le.Uint16(b[8:]), method: le.Uint16(b[10:]), crc: le.Uint32(b[16:]),
		compressed: int64(le.Uint32(b[20:])), size: int64(le.Uint32(b[24:])), header: int64(le.Uint32(b[42:]))}
	nameLen, extraLen, commentLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int64(le.Uint16(b[32:]))
	if b[5] == zipUnix {
		m.mode = le.Uint16(b[40:])
	}
	name, ok := w.append(nil, int64(nameLen))
	extra, ok2 := w.append(nil, int64(extraLen))
	if !ok || !ok2 || !w.skip(commentLen) {
		return m, faultf(ArchiveSyntax, at, "a damaged ZIP directory")
	}
	m.name = string(name)
	m.zip64(extra)
	if name, ok := unicodeName(extra); ok && name != m.name && strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 }) < 0 {
		z.file.demote(ArchiveMismatch, fmt.Sprintf("member %.80q has another name in its extra field", m.name))
	}
	m.header += z.base
	return m, nil
}

// link says whether the member is a symbolic link: S_IFLNK in the mode of Unix.
func (m *zipMember) link() bool { return m.mode&0o170000 == 0o120000 }

// unicodeName is the name that an extra field of Info-ZIP's says is the true
// one, which Python takes from 3.12 on. Where it is ASCII there is no honest use
// for it. Source: APPNOTE 4.6.9.
func unicodeName(extra []byte) (string, bool) {
	const id, fixed = 0x7075, 5 // a version and the checksum of the other name
	for len(extra) >= 4 {
		n := int(binary.LittleEndian.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break
		}
		if binary.LittleEndian.Uint16(extra) == id && n >= fixed {
			return string(extra[4+fixed : 4+n]), true
		}
		extra = extra[4+n:]
	}
	return "", false
}

// zip64 takes the numbers that 32 bits do not hold from the extra field.
// Source: APPNOTE 4.5.3.
func (m *zipMember) zip64(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return
		}
		field := extra[:n]
		extra = extra[n:]
		if id != 1 {
			continue
		}
		for _, v := range [...]*int64{&m.size, &m.compressed, &m.header} {
			if *v == math.MaxUint32 && len(field) >= 8 {
				*v = int64(binary.LittleEndian.Uint64(field))
				field = field[8:]
			}
		}
		return
	}
}

// local reads a member's own header, which tells where its bytes begin, and
// holds it against the directory: loaders differ in which of the two they
// believe.
func (z *zipArchive) local(m *zipMember) {
	var b [zipLocalSize]byte
	if m.header < 0 || z.src.readAt(b[:], m.header) < zipLocalSize || string(b[:4]) != zipLocalMagic {
		z.file.demote(ArchiveSyntax, fmt.Sprintf("member %.80q has no header", m.name))
		m.data = -1
		return
	}
	le := binary.LittleEndian
	nameLen, extraLen := int64(le.Uint16(b[26:])), int64(le.Uint16(b[28:]))
	m.data = m.header + zipLocalSize + nameLen + extraLen
	if m.compressed < 0 || m.size < 0 || m.data > z.first || m.compressed > z.first-m.data {
		z.file.demote(ArchiveSyntax, fmt.Sprintf("member %.80q lies outside the archive", m.name))
		m.data = -1
		return
	}
	name := make([]byte, nameLen)
	z.src.readAt(name, m.header+zipLocalSize)
	compressed, size := int64(le.Uint32(b[18:])), int64(le.Uint32(b[22:]))
	told := le.Uint16(b[6:])&8 == 0 // sizes stand here and not behind the data
	switch {
	case string(name) != m.name:
		z.mismatch(m, "name")
	case le.Uint16(b[8:]) != m.method:
		z.mismatch(m, "method")
	case told && compressed != math.MaxUint32 && compressed != m.compressed, told && size != math.MaxUint32 && size != m.size:
		z.mismatch(m, "size")
	case m.method == 0 && m.compressed != m.size:
		z.mismatch(m, "size")
	}
	if m.flags&1 != 0 || le.Uint16(b[6:])&1 != 0 {
		z.file.demote(Encrypted, fmt.Sprintf("member %.80q calls itself encrypted", m.name))
	}
}

func (z *zipArchive) mismatch(m *zipMember, what string) {
	z.file.demote(ArchiveMismatch, fmt.Sprintf("member %.80q has another %s in the directory than in its header", m.name, what))
}

// arrangement looks for what no writer makes: a name that stands twice,
// members that overlap, paths that leave the archive, bytes between members.
func (z *zipArchive) arrangement() {
	var names nameSet
	for _, m := range z.members {
		if !names.add([]byte(m.name)) {
			z.file.demote(DuplicateName, fmt.Sprintf("member %.80q stands twice", m.name))
		}
		if unsafePath(m.name) {
			z.file.demote(UnsafePath, fmt.Sprintf("member %.80q leaves the archive", m.name))
		}
	}
	byPlace := slices.Clone(z.members)
	slices.SortFunc(byPlace, func(a, b zipMember) int { return cmp.Compare(a.header, b.header) })
	z.start = z.first
	if len(byPlace) > 0 {
		z.start = max(byPlace[0].header, 0)
	}
	if z.start > 0 {
		z.file.problem(Polyglot, Warning, 0, fmt.Sprintf("%d bytes stand before the ZIP archive", z.start))
		if z.hides(0, z.start) {
			z.file.demote(ArchiveMismatch, hiddenMember)
		}
	}
	end := z.start
	for _, m := range byPlace {
		if m.data < 0 {
			continue
		}
		if m.header < end {
			z.file.demote(ArchiveOverlap, fmt.Sprintf("member %.80q lies inside another", m.name))
		} else if gap := m.header - end; gap > zipDescriptor {
			z.gap(end, gap)
		}
		end = m.data + m.compressed
	}
	if gap := z.first - end; gap > zipDescriptor {
		z.gap(end, gap)
	}
}

// hiddenMember is what is wrong with an archive in which some readers see more.
const hiddenMember = "a member that the ZIP directory does not list"

// gap tells of bytes that belong to no member.
func (z *zipArchive) gap(at, n int64) {
	if z.hides(at, n) {
		z.file.demote(ArchiveMismatch, hiddenMember)
		return
	}
	z.file.problem(TrailingData, Warning, at, fmt.Sprintf("%d bytes between members", n))
}

// maxGap is how far bytes of no member are searched. More of them hide whatever
// they like.
const maxGap = 64 << 20

// hides says whether a member that the directory does not list may lie in the n
// bytes at: one that only those see who read the archive from its start.
func (z *zipArchive) hides(at, n int64) bool {
	const overlap = len(zipLocalMagic) - 1
	buf := make([]byte, min(n, 256<<10))
	for end := at + min(n, maxGap); at < end; at += int64(len(buf) - overlap) {
		got := z.src.readAt(buf[:min(int64(len(buf)), end-at)], at)
		if bytes.Contains(buf[:got], []byte(zipLocalMagic)) {
			return true
		}
		if got <= overlap {
			break
		}
	}
	return n > maxGap
}

// unsafePath says whether a path leaves the directory that it is relative to.
func unsafePath(name string) bool {
	name = slashed(name)
	if strings.HasPrefix(name, "/") || strings.ContainsRune(name, 0) || len(name) > 1 && name[1] == ':' {
		return true
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return true
		}
	}
	return false
}

// open is the content of a member. x is set when it is decompressed as it is
// read; the caller asks it whether all went well.
func (z *zipArchive) open(m *zipMember, left *allowance) (src *source, x *inflated, err error) {
	if m.data < 0 {
		return nil, nil, faultf(ArchiveSyntax, -1, "it has no header")
	}
	raw := z.src.section(m.data, m.compressed)
	switch m.method {
	case 0:
		return raw, nil, nil
	case 8:
		src, x := inflate(raw, m.size, left)
		return src, x, nil
	}
	return nil, nil, faultf(NotOpened, -1, "compression method %d is not read", m.method)
}

// checksum compares a short member with its CRC-32 and says what is wrong with
// it. Some loaders ignore it, so a member with a wrong one is read like any
// other.
func (m *zipMember) checksum(src *source) string {
	if m.size > maxChecked || src.size > maxChecked {
		return ""
	}
	b := make([]byte, src.size)
	if n := src.readAt(b, 0); int64(n) < src.size {
		return ""
	}
	if crc32.ChecksumIEEE(b) != m.crc {
		return fmt.Sprintf("member %.80q has another checksum than its bytes", m.name)
	}
	return ""
}
