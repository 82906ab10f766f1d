package weights

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"
	"sync/atomic"
)

const (
	// MaxHeld is how many bytes of a compressed tar archive are kept in
	// memory: starts and ends of its members, in their order.
	MaxHeld = 64 << 20
	// MaxHead is how much of the start of a compressed member is kept, and
	// maxEnd how much of its end: loaders look at both.
	MaxHead = 1 << 20
	maxEnd  = 128 << 10
	// MaxUnpacked and UnpackedPerByte say how many bytes are decompressed from
	// one container in all, what is read twice counted twice: so many, and so
	// many for each of its own. Numbers hardly get smaller when they are
	// compressed, so an honest archive stays far below.
	MaxUnpacked     = 512 << 20
	UnpackedPerByte = 8
)

// Container is an archive of ordinary files, opened for what lies in it and
// read where it lies: ZIP, tar, and tar inside gzip or bzip2. Nothing is
// unpacked to a disk.
type Container struct {
	// Format is that of the file itself: Zip, Tar, Gzip or Bzip2.
	Format Format
	// Members are its files, folders and symbolic links in the order of the
	// archive, at most MaxMembers.
	Members []Member
	// Problems lists what is wrong with the archive. With a Fault among them
	// other programs may see other files in it, or more.
	Problems []Problem

	file  *File // gathers Problems
	work  atomic.Int64
	named map[string]int // members by name
}

// Member is one entry of a Container.
type Member struct {
	// Name is a clean relative path with slashes that stays in the archive.
	Name   string
	Size   int64
	Folder bool
	// Link is where a symbolic link leads, as it is written; empty for others.
	Link string

	open func() (io.ReaderAt, error)
}

// Readable tells whether the entry has content: a folder, a link or a device
// has none.
func (m *Member) Readable() bool { return m.open != nil }

// Open returns the content, Member.Size bytes long. Reading fails where the
// archive is damaged, or a limit is hit. Concurrent reads are allowed.
func (m *Member) Open() (io.ReaderAt, error) {
	if m.open == nil {
		return nil, fmt.Errorf("member %.80q has no content", m.Name)
	}
	return m.open()
}

// errUnpacked is a read beyond what a container may decompress.
var errUnpacked = errors.New("the archive holds more than is decompressed here")

// OpenContainer opens the archive in the first size bytes of r. It returns nil
// for what is none: another file, one that is named like weights, a checkpoint
// of PyTorch whatever its name. The error is of the disk alone.
func OpenContainer(name string, r io.ReaderAt, size int64) (*Container, error) {
	src := &source{r: r, size: size}
	head := make([]byte, min(size, headSize))
	head = head[:src.readAt(head, 0)]
	c := &Container{Format: Sniff(head, name), file: &File{Path: name, Size: size}, named: map[string]int{}}
	c.work.Store(MaxUnpacked + UnpackedPerByte*size)
	ok := false
	if !IsWeightName(name) && src.err == nil {
		ok = c.read(src)
	}
	if src.err != nil {
		return nil, fmt.Errorf("opening archive %s: %w", name, src.err)
	}
	if !ok {
		return nil, nil
	}
	c.Problems = c.file.Problems
	return c, nil
}

func (c *Container) read(src *source) bool {
	switch c.Format {
	case Zip:
		return c.zip(src)
	case Tar:
		c.tar(io.NewSectionReader(src, 0, src.size), src, nil)
		return true
	case Gzip, Bzip2:
		return c.compressedTar(src)
	}
	return false
}

// zip lists the members of a ZIP archive.
func (c *Container) zip(src *source) bool {
	z, err := readZip(c.file, src)
	if err != nil {
		p := problemOf(err)
		c.file.problem(p.Kind, Fault, -1, p.Message)
	}
	if z == nil {
		return true
	}
	if z.isCheckpoint() {
		return false
	}
	for i := range z.members {
		m := &z.members[i]
		folder := strings.HasSuffix(slashed(m.name), "/")
		member := Member{Size: m.size, Folder: folder}
		if !folder {
			member.open = func() (io.ReaderAt, error) { return c.openZip(z, m) }
		}
		if m.link() && m.size <= MaxName {
			member.Link, member.open = c.zipLink(z, m), nil
		}
		c.add(m.name, member)
	}
	return true
}

// isCheckpoint tells the archives that PyTorch writes by their one folder with
// an index of tensors in it.
func (z *zipArchive) isCheckpoint() bool {
	root, index, more := "", false, false
	for i := range z.members {
		top, rest, _ := strings.Cut(z.members[i].name, "/")
		if root == "" {
			root = top
		}
		if top != root {
			return false
		}
		index = index || rest == "data.pkl"
		more = more || rest == "version" || rest == "constants.pkl" || strings.HasPrefix(rest, "data/")
	}
	return index && more
}

// zipLink is where a symbolic link leads: its content. A link that cannot be
// read leads nowhere.
func (c *Container) zipLink(z *zipArchive, m *zipMember) string {
	r, err := c.openZip(z, m)
	b := make([]byte, m.size)
	if err == nil {
		_, err = r.ReadAt(b, 0)
	}
	if err != nil && !errors.Is(err, io.EOF) || len(b) == 0 {
		c.file.problem(ArchiveSyntax, Fault, -1, fmt.Sprintf("link %.80q cannot be read", m.name))
		return "?"
	}
	return string(b)
}

// openZip opens a member. A short one is read whole and its checksum compared.
func (c *Container) openZip(z *zipArchive, m *zipMember) (io.ReaderAt, error) {
	if m.data < 0 || m.flags&1 != 0 {
		return nil, fmt.Errorf("member %.80q has no readable content", m.name)
	}
	raw := z.src.section(m.data, m.compressed)
	var r io.ReaderAt = raw
	switch m.method {
	case 0:
	case 8:
		r = &rewound{begin: func() (io.Reader, error) {
			return flate.NewReader(io.NewSectionReader(raw, 0, raw.size)), nil
		}, work: &c.work}
	default:
		return nil, fmt.Errorf("member %.80q: compression method %d is not read", m.name, m.method)
	}
	if m.size > maxChecked {
		return r, nil
	}
	b := make([]byte, m.size)
	if n, err := r.ReadAt(b, 0); int64(n) < m.size {
		return nil, fmt.Errorf("member %.80q: %w", m.name, err)
	}
	if wrong := m.checksum(&source{r: bytes.NewReader(b), size: m.size}); wrong != "" {
		return nil, errors.New(wrong)
	}
	return bytes.NewReader(b), nil
}

// compressedTar lists a tar archive inside a compressed stream; false where the
// stream holds something else.
func (c *Container) compressedTar(src *source) bool {
	begin := func() (io.Reader, error) { return decompressor(c.Format, src) }
	stream := &rewound{begin: begin, work: &c.work}
	head := make([]byte, 512)
	if n, _ := stream.ReadAt(head, 0); n < len(head) || Sniff(head, "") != Tar {
		return false
	}
	r := &forward{stream: stream}
	c.tar(r, nil, stream)
	return true
}

// fail notes a stream that could not be read to its end.
func (c *Container) fail(err error) {
	kind := ArchiveSyntax
	if errors.Is(err, errUnpacked) {
		kind = LimitHit
	}
	c.file.problem(kind, Fault, -1, "the archive cannot be read to its end: "+err.Error())
}

// tar lists the members of a tar archive that r reads. Their content lies in
// src, or where it is compressed is kept as far as it is read here.
func (c *Container) tar(r io.ReadSeeker, src *source, stream *rewound) {
	t := tar.NewReader(r)
	held := int64(0)
	blocks := tarBlocks{src: src}
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			c.fail(err)
			return
		}
		if n == MaxMembers {
			c.file.problem(LimitHit, Fault, -1, fmt.Sprintf("more than %d members", MaxMembers))
			return
		}
		at, err := r.Seek(0, io.SeekCurrent)
		if err != nil {
			c.fail(err)
			return
		}
		if src != nil && !blocks.next(at) || src == nil && !plainHeader(h) {
			c.file.problem(ArchiveMismatch, Fault, -1, fmt.Sprintf("%.80q is a header that some programs read in another way", h.Name))
		}
		m := Member{Size: h.Size, Folder: h.Typeflag == tar.TypeDir}
		switch {
		case h.Typeflag == tar.TypeXGlobalHeader:
			continue
		case h.Typeflag == tar.TypeSymlink:
			m.Link = h.Linkname
		case h.Typeflag == tar.TypeLink:
			c.hardLink(&m, h.Linkname)
		case isSparse(h):
			c.file.problem(NotOpened, Fault, -1, fmt.Sprintf("member %.80q is sparse, which is not read", h.Name))
			continue
		case m.Folder || h.Typeflag == tar.TypeChar || h.Typeflag == tar.TypeBlock || h.Typeflag == tar.TypeFifo:
		case src != nil:
			if h.Size > src.size-at {
				c.file.problem(Truncated, Fault, -1, fmt.Sprintf("the file ends inside member %.80q", h.Name))
				return
			}
			m.open = func() (io.ReaderAt, error) { return src.section(at, h.Size), nil }
		default:
			part, err := keep(t, stream, at, h.Size, MaxHeld-held)
			if err != nil {
				c.fail(err)
				return
			}
			held += int64(len(part.head) + len(part.end))
			m.open = func() (io.ReaderAt, error) { return part, nil }
		}
		c.add(h.Name, m)
	}
	if src != nil && !endsEmpty(src) {
		c.file.problem(Truncated, Fault, -1, "the archive ends without its end")
	}
	more, err := filled(r) // where it is compressed, to the checksum at the end
	if err != nil {
		c.fail(err)
	}
	if more {
		c.file.problem(TrailingData, Fault, -1, tarBehind)
	}
}

// plainHeader says whether every program reads a member of that header alike,
// as far as the header alone tells.
func plainHeader(h *tar.Header) bool {
	switch h.Typeflag {
	case tar.TypeXGlobalHeader:
		for key := range h.PAXRecords {
			if key != "comment" {
				return false
			}
		}
		return true
	case tar.TypeReg, tar.TypeLink, tar.TypeSymlink, tar.TypeChar, tar.TypeBlock, tar.TypeDir, tar.TypeFifo:
		return true
	}
	return isSparse(h)
}

// hardLink makes m another name of a member that stands before it.
func (c *Container) hardLink(m *Member, target string) {
	if i, ok := c.named[path.Clean(slashed(target))]; ok {
		m.Size, m.open = c.Members[i].Size, c.Members[i].open
		return
	}
	c.file.problem(ArchiveSyntax, Fault, -1, fmt.Sprintf("a link to %.80q, which stands nowhere before it", target))
}

// add lists a member under the name that the archive gives it.
func (c *Container) add(name string, m Member) {
	if unsafePath(name) {
		c.file.problem(UnsafePath, Fault, -1, fmt.Sprintf("member %.80q leaves the archive", name))
		return
	}
	if m.Name = path.Clean(slashed(name)); m.Name == "." {
		return
	}
	if i, ok := c.named[m.Name]; ok {
		if !m.Folder || !c.Members[i].Folder {
			c.file.problem(DuplicateName, Fault, -1, fmt.Sprintf("member %.80q stands twice", m.Name))
		}
		return
	}
	c.named[m.Name] = len(c.Members)
	c.Members = append(c.Members, m)
}

// rewound reads a compressed stream at any place. It keeps the start; what lies
// behind that and was passed is decompressed once more.
type rewound struct {
	begin func() (io.Reader, error)
	work  *atomic.Int64 // what may still be decompressed

	mu      sync.Mutex
	r       io.Reader
	pos     int64
	head    []byte
	skipped []byte
}

// ReadAt reads like any reader; the error of a stream that is damaged, or of a
// limit, is not io.EOF.
func (s *rewound) ReadAt(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	if off < int64(len(s.head)) {
		n = copy(p, s.head[off:])
	}
	for n < len(p) {
		got, err := s.forth(p[n:], off+int64(n))
		if n += got; err != nil {
			return n, err
		}
	}
	return n, nil
}

// forth reads some bytes at off, which lies behind the kept start.
func (s *rewound) forth(p []byte, off int64) (int, error) {
	if s.r == nil || off < s.pos {
		r, err := s.begin()
		if err != nil {
			return 0, err
		}
		s.r, s.pos = r, 0
	}
	for s.pos < off {
		if s.skipped == nil {
			s.skipped = make([]byte, 32<<10)
		}
		if _, err := s.some(s.skipped[:min(int64(len(s.skipped)), off-s.pos)]); err != nil {
			return 0, err
		}
	}
	return s.some(p)
}

// some reads on, and keeps what belongs to the start.
func (s *rewound) some(p []byte) (int, error) {
	if s.work.Load() <= 0 {
		return 0, errUnpacked
	}
	n, err := s.r.Read(p)
	s.work.Add(-int64(n) - 1)
	if s.pos == int64(len(s.head)) && s.pos < MaxHead {
		s.head = append(s.head, p[:min(int64(n), MaxHead-s.pos)]...)
	}
	s.pos += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// forward reads a stream once, from its start, and tells where it is.
type forward struct {
	stream *rewound
	pos    int64
}

func (f *forward) Read(p []byte) (int, error) {
	n, err := f.stream.forthLocked(p, f.pos)
	f.pos += int64(n)
	return n, err
}

// Seek goes forward from where it is, and nowhere else.
func (f *forward) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return f.pos, errors.New("a compressed stream is read forward")
	}
	_, err := io.CopyN(io.Discard, f, offset)
	return f.pos, err
}

func (s *rewound) forthLocked(p []byte, off int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if off < int64(len(s.head)) && off < s.pos {
		return copy(p, s.head[off:]), nil
	}
	return s.forth(p, off)
}

// kept is a member of a compressed tar archive: its start and its end are in
// memory, what lies between is read again from the stream.
type kept struct {
	stream    *rewound
	at, size  int64
	head, end []byte
}

// keep reads a member and keeps at most room bytes of it.
func keep(r io.Reader, stream *rewound, at, size, room int64) (*kept, error) {
	k := &kept{stream: stream, at: at, size: size}
	var err error
	if k.head, err = io.ReadAll(io.LimitReader(r, min(size, MaxHead, max(room, 0)))); err != nil {
		return nil, err
	}
	rest := size - int64(len(k.head))
	end := min(rest, maxEnd, max(room-int64(len(k.head)), 0))
	if _, err := io.CopyN(io.Discard, r, rest-end); err != nil {
		return nil, err
	}
	k.end, err = io.ReadAll(io.LimitReader(r, end))
	if err == nil && int64(len(k.end)) < end {
		err = io.ErrUnexpectedEOF
	}
	return k, err
}

func (k *kept) ReadAt(p []byte, off int64) (int, error) {
	if off >= k.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > k.size-off
	p = p[:min(int64(len(p)), k.size-off)]
	endAt := k.size - int64(len(k.end))
	n, err := len(p), error(nil)
	switch last := off + int64(len(p)); {
	case last <= int64(len(k.head)):
		copy(p, k.head[off:])
	case off >= endAt:
		copy(p, k.end[off-endAt:])
	default:
		n, err = k.stream.ReadAt(p, k.at+off)
	}
	if err == nil && short {
		err = io.EOF
	}
	return n, err
}
