package weights

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxArchiveDepth is how deep archives may lie in archives.
	maxArchiveDepth = 4
	// maxConfig is the longest JSON or YAML member that is read whole.
	maxConfig = 16 << 20
)

// inspection is the reading of one file and of what lies inside it.
type inspection struct {
	tensors func(Tensor)
	depth   int // of archives around it
	left    *allowance
}

// archive gathers what the members of an archive amount to. The worst of them
// decides.
type archive struct {
	inspection
	file      *File
	format    Format
	capable   string // why, when a member could run something
	partial   string // why, when a member was not understood
	listed    bool   // a member is a pickle on the allow-list
	weights   int
	uncounted bool     // a member of weights did not tell its parameters
	unknown   []string // members in no known format, which need not be weights
	names     map[string]bool
	read      int64 // bytes of members: each is read twice at most, however many share it
}

func (in inspection) newArchive(f *File) *archive {
	in.depth++
	f.expectTensors()
	f.Metadata = nil
	return &archive{inspection: in, file: f, names: map[string]bool{}}
}

// member reads one member by its content and adds it to the whole. strict says
// that everything in the archive is part of the weights.
func (a *archive) member(name string, src *source, strict bool) *File {
	sub := &File{Path: name, Size: src.size}
	if a.depth > maxArchiveDepth {
		sub.incomplete(LimitHit, -1, "archives nested too deep")
		a.add(sub)
		return sub
	}
	a.open(sub, src)
	switch {
	case sub.Format == Unknown && !sub.dubious && (isText(src) || src.size == 0) && !IsWeightName(name):
		return sub // a licence, a vocabulary, a note
	case sub.Format == Unknown && !sub.dubious && (!strict || a.format == NeMo && isMedia(src)) && !IsWeightName(name):
		if !isMedia(src) {
			a.unknown = append(a.unknown, name)
		}
		return sub
	case sub.Format == Executable && !strict:
		a.file.problem(ExecutableMember, Warning, -1, fmt.Sprintf("member %.80q is an executable", name))
		return sub
	case isArchive(sub.Format) && sub.Weights == 0 && sub.Complete:
		return sub
	}
	a.add(sub)
	return sub
}

// isText says whether a file's start is text.
func isText(src *source) bool {
	head := make([]byte, min(src.size, headSize))
	head = head[:src.readAt(head, 0)]
	for i := 0; i < utf8.UTFMax && len(head) > 0 && !utf8.Valid(head); i++ {
		head = head[:len(head)-1] // a character cut in two
	}
	for _, c := range head {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' {
			return false
		}
	}
	return utf8.Valid(head)
}

// media are the signatures of what lies beside weights and nothing loads as any:
// pictures, sound, film, type, pages, and tables of data.
var media = [...]struct {
	at    int
	bytes string
}{
	{0, "\x89PNG\r\n"}, {0, "\xFF\xD8\xFF"}, {0, "GIF8"}, {0, "RIFF"}, {0, "BM"}, {0, "II*\x00"}, {0, "MM\x00*"}, {0, "\x00\x00\x01\x00"},
	{0, "%PDF-"}, {0, "OggS"}, {0, "fLaC"}, {0, "ID3"}, {0, "\xFF\xFB"}, {4, "ftyp"}, {0, "\x1A\x45\xDF\xA3"},
	{0, "OTTO"}, {0, "\x00\x01\x00\x00\x00"}, {0, "wOFF"}, {0, "wOF2"}, {0, "PAR1"}, {0, "ARROW1"}, {0, "SQLite format 3\x00"},
}

// isMedia says whether a file begins like one of these, or as the vocabulary of
// SentencePiece does, which is a message of pieces of text.
func isMedia(src *source) bool {
	head := make([]byte, min(src.size, headSize))
	head = head[:src.readAt(head, 0)]
	for _, m := range media {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.bytes)) {
			return true
		}
	}
	fields, ok := topFields(&source{r: bytes.NewReader(head), size: int64(len(head)), inner: true}, len(head) >= headSize)
	return ok && len(head) > 2 && head[0] == 0x0A && head[2] == 0x0A && fields[1]
}

// isArchive says whether the format is a container of files that need not be
// weights.
func isArchive(f Format) bool {
	switch f {
	case Zip, Tar, Gzip, Bzip2, Zlib:
		return true
	}
	return false
}

// add counts a member of weights.
func (a *archive) add(sub *File) {
	f := a.file
	a.weights += max(sub.Weights, 1)
	for _, p := range sub.Problems {
		f.problem(p.Kind, p.Severity, -1, fmt.Sprintf("%.80s: %s", sub.Path, p.Message))
	}
	a.globals(sub.Globals)
	if sub.unread && sub.Complete && (a.format == Zip || a.format == Tar) {
		a.doubt(LimitHit, fmt.Sprintf("%.80s: a compressed member whose end is too far to look at", sub.Path))
	}
	switch {
	case sub.Verdict == CodeCapable:
		a.suspect(fmt.Sprintf("%.80s: %s", sub.Path, sub.Reason))
		fallthrough
	case !sub.Complete:
		if !sub.Complete && a.partial == "" {
			a.partial = fmt.Sprintf("%.80s: %s", sub.Path, sub.Reason)
		}
	case sub.Verdict == AllowListed:
		a.listed = true
	}
	if sub.Parameters == nil {
		a.uncounted = true
		return
	}
	for dtype, n := range sub.Dtypes {
		f.Dtypes[dtype] = addClamped(f.Dtypes[dtype], uint64(n))
	}
	*f.Parameters = addClamped(*f.Parameters, uint64(*sub.Parameters))
	*f.TensorCount += *sub.TensorCount
}

func (a *archive) suspect(reason string) {
	if a.capable == "" {
		a.capable = reason
	}
}

func (a *archive) doubt(kind Kind, reason string) {
	a.file.problem(kind, Fault, -1, reason)
	if a.partial == "" {
		a.partial = reason
	}
}

// globals adds those not there yet, up to MaxGlobals.
func (a *archive) globals(more []Global) {
	f := a.file
	if more != nil && f.Globals == nil {
		f.Globals = []Global{}
	}
	for _, g := range more {
		key := g.Module + "\x00" + g.Name + "\x00" + g.Reached
		if !a.names[key] && len(f.Globals) < MaxGlobals {
			a.names[key] = true
			f.Globals = append(f.Globals, g)
		}
	}
}

// conclude turns what the members amount to into the archive's verdict. What
// was found wrong with the archive itself stands already in the file.
func (a *archive) conclude() {
	f := a.file
	broken := f.Reason // set by demote, when the archive itself is at fault
	f.Format, f.Weights = a.format, a.weights
	if len(a.unknown) > 0 && a.weights > 0 {
		a.doubt(Unrecognised, fmt.Sprintf("%.80s: the content is in no format known here", a.unknown[0]))
	}
	if a.uncounted || a.weights == 0 {
		f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
	}
	if a.partial == "" {
		a.partial = broken
	}
	f.Complete = a.partial == ""
	switch {
	case a.capable != "":
		f.capable(a.capable)
	case !f.Complete:
		f.Reason = a.partial
	case a.listed:
		no := false
		f.Verdict, f.LoadsWithoutCode = AllowListed, &no
		f.Reason = "its pickles name only what tensors are built from"
	case a.weights == 0 && isArchive(a.format) && !IsWeightName(f.Path):
		f.Reason = "an archive without weights"
	case a.weights == 0:
		f.incomplete(Unrecognised, -1, "an archive that is named like weights, or kept like them, and holds none")
	default:
		f.inert("every member is in a format that has no place for code")
	}
}

// zip reads a ZIP archive, whatever is kept in it.
func (in inspection) zip(f *File, src *source) {
	a := in.newArchive(f)
	a.format = Zip
	z, err := readZip(f, src)
	if err != nil {
		p := problemOf(err)
		a.doubt(p.Kind, p.Message)
	}
	if z != nil {
		a.format = z.format()
		a.zipMembers(z)
	}
	a.conclude()
}

// has says whether a member has a name that matches.
func (z *zipArchive) has(match func(name string) bool) bool {
	for i := range z.members {
		if match(z.members[i].name) {
			return true
		}
	}
	return false
}

// called matches names that end in one of these, as PyTorch looks members up.
func called(want ...string) func(string) bool {
	return func(name string) bool {
		for _, w := range want {
			if strings.EqualFold(path.Base(name), w) {
				return true
			}
		}
		return false
	}
}

func exactly(want string) func(string) bool { return func(name string) bool { return name == want } }

const torchServeManifest = "MAR-INF/MANIFEST.json"

// format tells what an archive is by the names of its members. It may be more
// than that to another loader.
func (z *zipArchive) format() Format {
	notNpy := func(name string) bool { return !strings.HasSuffix(name, ".npy") }
	switch {
	case z.has(called("serialized_exported_program.json", "archive_format")):
		return TorchExport
	case z.isScript():
		return TorchScript
	case z.has(called("data.pkl")):
		return PyTorch
	case z.has(exactly("config.json")) && z.has(called("model.weights.h5", "model.weights.npz", "metadata.json")):
		return Keras
	case z.has(exactly(torchServeManifest)):
		return TorchServe
	case z.has(exactly("schema.json")):
		return Skops
	case len(z.members) > 0 && !z.has(notNpy):
		return Npz
	case z.start > 0 && z.has(func(name string) bool { return strings.HasSuffix(name, ".gguf") }):
		return Llamafile
	}
	return Zip
}

// isScript says whether the archive is TorchScript: beside the index of tensors
// it has code, or code made ready to run.
func (z *zipArchive) isScript() bool {
	inCode := func(name string) bool { return strings.Contains("/"+strings.ToLower(name), "/code/") }
	return z.has(called("data.pkl")) && (z.has(called("constants.pkl")) && z.has(inCode) || z.has(called("bytecode.pkl"))) || z.oldScript()
}

// oldScript says whether the archive is TorchScript as PyTorch before 1.3 wrote
// it: model.json names the code, which lies in code/ by custom alone; beside it
// stands the version that every reader of PyTorch's asks for.
// Source: torch/csrc/jit/serialization/import_legacy.cpp.
func (z *zipArchive) oldScript() bool {
	roots := map[string]bool{}
	for i := range z.members {
		if root, ok := strings.CutSuffix(strings.ToLower(z.members[i].name), "model.json"); ok {
			roots[root] = true
		}
	}
	for i := range z.members {
		name := strings.ToLower(z.members[i].name)
		root, _, inCode := strings.Cut("/"+name, "/code/")
		version := strings.TrimSuffix(strings.TrimSuffix(name, "version"), ".data/")
		if inCode && roots[strings.TrimPrefix(root+"/", "/")] || version != name && roots[version] {
			return true
		}
	}
	return false
}

// zipMembers reads the members as the archive's format asks for.
func (a *archive) zipMembers(z *zipArchive) {
	var index *torchZip
	if a.format == PyTorch || a.format == TorchScript {
		if index = a.torchIndex(z); index != nil {
			defer a.missing(index)
		}
	}
	for i := range z.members {
		m := &z.members[i]
		if strings.HasSuffix(m.name, "/") && m.size == 0 || index != nil && a.torchKnown(z, m, index) {
			continue
		}
		a.zipMember(z, m, func(src *source) { a.ordinary(m.name, src) })
	}
	switch {
	case z.isScript():
		a.suspect("TorchScript holds a program, which its interpreter runs")
	case z.has(exactly(torchServeManifest)):
		a.suspect("a TorchServe archive brings the handler that serves it")
	case a.format == Llamafile:
		a.suspect("an executable with its model inside")
	}
	if a.depth == 1 && z.start > 0 && a.format != Llamafile {
		a.prefix(z)
	}
}

// prefix reads what stands before a ZIP archive, which other loaders see first.
func (a *archive) prefix(z *zipArchive) {
	sub := a.member("(before the archive)", z.src.section(0, z.start), false)
	if sub.Format == Executable {
		a.suspect("an executable stands before the archive")
	}
}

// zipMember opens a member, hands it to read, and tells what went wrong.
func (a *archive) zipMember(z *zipArchive, m *zipMember, read func(src *source)) {
	if a.read += max(m.compressed, 0); a.read > 2*z.src.size {
		if a.read-m.compressed <= 2*z.src.size {
			a.doubt(LimitHit, "members that lie in each other, more than are read")
		}
		return
	}
	src, x, err := z.open(m, a.left)
	if err != nil {
		a.weights++
		p := problemOf(err)
		a.doubt(p.Kind, fmt.Sprintf("%.80s: %s", m.name, p.Message))
		return
	}
	read(src)
	if wrong := m.checksum(src); wrong != "" {
		a.doubt(Checksum, wrong)
	}
	if x == nil {
		return
	}
	switch {
	case x.cut:
		a.doubt(LimitHit, fmt.Sprintf("%.80s: more than is decompressed here", m.name))
	case x.stop != nil && (!errors.Is(x.stop, io.EOF) || x.size != m.size):
		a.doubt(ArchiveSyntax, fmt.Sprintf("%.80s: the compressed bytes are damaged", m.name))
	}
}

// ordinary reads a member by its content, and by the role that its name gives it
// in one format or another: an archive can be of several at once, and its
// loaders ask for the member alone.
func (a *archive) ordinary(name string, src *source) {
	switch {
	case name == "config.json":
		a.kerasConfig(name, src)
	case name == "schema.json":
		a.skopsSchema(name, src)
	case strings.HasSuffix(strings.ToLower(name), ".json"):
		a.exportProgram(name, src)
	}
	a.named(name, src)
}

// named reads a member by its content. In an archive of arrays, the tensors
// are named after the members.
func (a *archive) named(name string, src *source) {
	strict := a.format != Zip && a.format != TorchServe && a.format != Keras && a.format != Llamafile
	sub := a.member(name, src, strict)
	if strict && sub.Format == Executable {
		a.suspect(fmt.Sprintf("%.80s is an executable", name))
	}
}

// tar is for archives of tar: NeMo's, PyTorch's of before 0.1.10, and
// any other.
func (in inspection) tar(f *File, src *source) {
	a := in.newArchive(f)
	a.format = Tar
	section := io.NewSectionReader(src, 0, src.size)
	r := tar.NewReader(section)
	var names nameSet
	blocks := tarBlocks{src: src}
	for n := 0; ; n++ {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			a.tarEnd(src, section)
			break
		}
		if err != nil {
			a.doubt(ArchiveSyntax, "a damaged tar archive: "+err.Error())
			break
		}
		if n == MaxMembers {
			a.doubt(LimitHit, fmt.Sprintf("more than %d members", MaxMembers))
			break
		}
		if !names.add([]byte(h.Name)) {
			a.doubt(DuplicateName, fmt.Sprintf("member %.80q stands twice", h.Name))
		}
		at, _ := section.Seek(0, io.SeekCurrent)
		if !blocks.next(at) {
			a.doubt(ArchiveMismatch, fmt.Sprintf("%.80q is a header that some programs read in another way", h.Name))
		}
		f.members = append(f.members, span{at, at + h.Size})
		a.tarMember(h, src, at)
	}
	a.conclude()
}

// tarEnd holds a tar archive to end with the two empty blocks that say so.
func (a *archive) tarEnd(src *source, rest io.Reader) {
	if !endsEmpty(src) {
		a.doubt(Truncated, "the archive ends without its end")
	}
	if more, _ := filled(rest); more {
		a.doubt(TrailingData, tarBehind)
	}
}

// tarBehind is what is wrong with an archive behind whose end more stands.
const tarBehind = "more stands behind the end of the archive, where some programs read on"

// filled reads to the end and says whether any byte is not zero.
func filled(r io.Reader) (bool, error) {
	var z zeros
	_, err := io.Copy(&z, r)
	return z.others, err
}

// zeros takes bytes and remembers whether any was another.
type zeros struct{ others bool }

func (z *zeros) Write(p []byte) (int, error) {
	z.others = z.others || len(bytes.Trim(p, "\x00")) > 0
	return len(p), nil
}

func endsEmpty(src *source) bool {
	end := make([]byte, 1024)
	n := src.readAt(end, src.size-int64(len(end)))
	return n == len(end) && strings.Trim(string(end), "\x00") == ""
}

// tarMember reads one member, whose bytes begin at.
func (a *archive) tarMember(h *tar.Header, src *source, at int64) {
	name := path.Clean(slashed(h.Name))
	if unsafePath(h.Name) || h.Linkname != "" && unsafePath(h.Linkname) {
		a.doubt(UnsafePath, fmt.Sprintf("member %.80q leaves the archive", h.Name))
	}
	config := strings.EqualFold(path.Base(name), "model_config.yaml") // some file systems take both for one
	switch h.Typeflag {
	case tar.TypeLink, tar.TypeSymlink:
		if config {
			a.doubt(NotOpened, fmt.Sprintf("member %.80q is a link, which is not followed", h.Name))
		}
		return
	case tar.TypeDir, tar.TypeChar, tar.TypeBlock, tar.TypeFifo, tar.TypeXGlobalHeader:
		return
	}
	if isSparse(h) {
		a.doubt(NotOpened, fmt.Sprintf("member %.80q is sparse, which is not read", h.Name))
		return
	}
	member := src.section(at, h.Size)
	if member.size < h.Size {
		a.doubt(Truncated, fmt.Sprintf("the file ends inside member %.80q", h.Name))
		return
	}
	switch {
	case config:
		a.format = NeMo
		a.nemoConfig(member)
	case name == "sys_info", name == "pickle", name == "tensors", name == "storages":
		a.torchTar(name, member)
	default:
		a.member(name, member, a.format == NeMo)
	}
}

func isSparse(h *tar.Header) bool {
	if h.Typeflag == tar.TypeGNUSparse {
		return true
	}
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// nemoTarget matches what NeMo's configuration has Hydra make objects of, and
// nemoEscape the letters that YAML lets one write as numbers, and the words that
// it lets one write on two lines. nemoClass matches the class of the whole
// model, which NeMo imports.
var (
	nemoTarget = regexp.MustCompile(`_target_["']?\s*:\s*(?:#[^\n]*\s*)*["']?([^\s"'#,}]+)`)
	nemoEscape = regexp.MustCompile(`\\(?:[xuU][0-9a-fA-F]{2}|[\r\n\x{85}\x{2028}\x{2029}])`)
	nemoClass  = regexp.MustCompile(`(?m)^(?:[{?][ \t]*)?["']?target["']?\s*:[ \t]*(?:\r?\n[ \t]+)?([^\r\n#,}]+)`)
)

// nemoRoots are the packages whose classes a NeMo configuration names by trade.
var nemoRoots = []string{"nemo.", "nemo_", "torch.nn.", "torch.optim.", "pytorch_lightning.", "lightning.", "torchmetrics.", "megatron.core.", "transformers.models."}

// nemoOthers are classes of Python's own that those packages import by name.
var nemoOthers = []string{"Popen", "Path", "PosixPath", "Process", "Pool", "Thread", "Timer", "CDLL", "TracerPythonScript", "LightningCLI"}

// nemoConfig looks at the objects that loading a NeMo archive makes by name
// (CVE-2025-23304).
func (a *archive) nemoConfig(src *source) {
	if src.size > maxConfig {
		a.doubt(LimitHit, fmt.Sprintf("a model_config.yaml of %d bytes", src.size))
		return
	}
	b := make([]byte, src.size)
	b = b[:src.readAt(b, 0)]
	targets := nemoTarget.FindAllSubmatch(b, -1)
	if bytes.Count(b, []byte("_target_")) > len(targets) || nemoEscape.Match(b) {
		a.doubt(HeaderSyntax, "a model_config.yaml that may name more objects than are found in it")
	}
	for _, m := range targets {
		target := string(m[1])
		if !nemoKnown(target) {
			text := fmt.Sprintf("model_config.yaml has Hydra make a %.80s", target)
			a.file.problem(UnlistedGlobal, Fault, -1, text)
			a.suspect(text)
		}
	}
	for _, m := range nemoClass.FindAllSubmatch(b, -1) {
		if target := strings.Trim(string(m[1]), " \t\"'"); strings.Contains(target, ".") && !strings.Contains(target, ": ") && !nemoKnown(target) {
			text := fmt.Sprintf("model_config.yaml has NeMo import %.80s", target)
			a.file.problem(UnlistedGlobal, Fault, -1, text)
			a.suspect(text)
		}
	}
}

// nemoKnown says whether a target is a class inside one of the known packages.
// Hydra goes from attribute to attribute, and so through a module to whatever
// that imports: nemo.utils.app_state.os.system is os.system.
func nemoKnown(target string) bool {
	known := false
	for _, root := range nemoRoots {
		known = known || strings.HasPrefix(target, root)
	}
	parts := strings.Split(target, ".")
	for _, part := range parts {
		known = known && identifiers(part) && part[0] != '_' && part != "builtins" && families[part] == ""
	}
	first := parts[len(parts)-1]
	return known && first[0] >= 'A' && first[0] <= 'Z' && !slices.Contains(nemoOthers, first)
}
