// Package weights tells what a weight file holds from its bytes, and whether
// loading it could run code. It executes, imports and constructs nothing, and
// reads headers and opcodes, never the numbers themselves.
//
// Detection goes by content; a file's name only ever adds the problem that it
// promises something else. Each file gets one of three verdicts, or none:
//
//   - inert: the format has no place for code, and the header is proven valid;
//   - allow_listed: a pickle that names only pairs of module and name known to
//     build tensors, with every callee resolved;
//   - code_capable: anything else that loading could make run.
//
// Apart from the verdict stands whether the reading was complete. Damage, a
// limit, encryption or an unknown container leave it incomplete, and then the
// verdict is absent unless danger was seen before the damage.
package weights

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Verdict says what loading a file could do.
type Verdict string

// The verdicts. An empty one means that nothing is known.
const (
	Inert       Verdict = "inert"
	AllowListed Verdict = "allow_listed"
	CodeCapable Verdict = "code_capable"
)

const (
	// headSize is how much of a file's start is looked at to tell its format.
	headSize = 4 << 10
	// maxTail is the longest compressed file whose end is looked at, in bytes:
	// to see it, all before it must be decompressed.
	maxTail = 4 << 20
	// MaxProblems is how many problems of one kind a file lists; the last one
	// listed says how many more there were.
	MaxProblems = 16
)

// File is what the bytes of one weight file tell. A field that could not be
// told is absent; one that was looked for and not found is empty.
type File struct {
	Path   string `json:"path"`
	Format Format `json:"format"`
	// Size is the length of the file in bytes. Of a Git LFS pointer it is the
	// pointer's own, not that of the file it stands for.
	Size    int64   `json:"size"`
	Verdict Verdict `json:"verdict,omitempty"`
	// Complete is whether every byte that could matter was understood.
	Complete bool `json:"complete"`
	// Reason says in a sentence why verdict and complete are what they are.
	Reason string `json:"reason"`
	// Parameters is how many elements the tensors have, as stored: a byte that
	// packs two 4-bit values counts once.
	Parameters *int64 `json:"parameters,omitempty"`
	// Dtypes splits Parameters by element type, each in the format's own name.
	Dtypes map[string]int64 `json:"dtypes,omitzero"`
	// TensorCount is the number of tensors.
	TensorCount *int64 `json:"tensor_count,omitempty"`
	// Globals are the importable names the file refers to; empty when it was
	// read and refers to none, absent for formats without such names.
	Globals []Global `json:"globals,omitzero"`
	// Metadata holds what the header says about the model: strings, booleans,
	// numbers and short lists of these, each cut to MaxValue bytes.
	Metadata map[string]any `json:"metadata,omitzero"`
	Shard    *Shard         `json:"shard,omitempty"`
	Problems []Problem      `json:"problems,omitzero"`
	// LoadsWithoutCode is true for an inert file, false for one that loads
	// through a machine that calls what the file names, absent when unknown.
	LoadsWithoutCode *bool `json:"loads_without_code,omitempty"`

	// Pointer is what a Git LFS pointer points at.
	Pointer *Pointer `json:"-"`
	// ArrayLengths has, for each array of a GGUF header, its length, whether
	// or not Metadata holds it: tokenizer.ggml.tokens tells the vocabulary.
	ArrayLengths map[string]uint64 `json:"-"`

	// External are the files beside this one that hold some of its numbers.
	External []External `json:"-"`
	// Weights is how many members of an archive are weights; 0 for a file that
	// is no archive.
	Weights int `json:"-"`

	// Templates are the chat templates of a GGUF header by their key, each at
	// most MaxTemplate bytes.
	Templates map[string]string `json:"-"`

	members   []span // where the members of a tar archive lie
	unread    bool   // something was passed over that could matter
	dubious   bool   // of no known format, and perhaps a pickle
	counts    map[Kind]int
	described int  // bytes of Metadata
	cut       bool // Metadata is not the whole of it
}

// Global is an importable name in a pickle.
type Global struct {
	Module string `json:"module"`
	Name   string `json:"name"`
	// Reached says how: the opcode that brings it in, or that calls it.
	Reached string `json:"reached"`
}

// Tensor is one tensor's entry in a header.
type Tensor struct {
	Name string
	// Dtype is the element or block type in the format's own name.
	Dtype string
	// Shape is in row-major order, as PyTorch prints it; the dimensions of
	// GGUF, stored the other way round, are reversed. A scalar has none. The
	// product of the dimensions, where it is more than zero, fits an int64.
	Shape []int64
	// Bytes is the length of the data in the file.
	Bytes int64
}

// Reader opens weight files. The zero Reader is ready to use.
type Reader struct {
	// Tensors, if set, is called for each tensor of a file whose header has
	// proven valid, in the order of the header. Shape is valid during the call
	// only. Names are not kept by the Reader, so a model of any size costs the
	// memory of one name.
	Tensors func(Tensor)
}

// Inspect reads the file called name, whose content is the first size bytes of
// r. The error is of the disk alone; all that is wrong in the bytes stands in
// the File.
func Inspect(name string, r io.ReaderAt, size int64) (*File, error) {
	return Reader{}.Inspect(name, r, size)
}

// Inspect is like the function of that name, and hands each tensor to
// rd.Tensors as well.
func (rd Reader) Inspect(name string, r io.ReaderAt, size int64) (*File, error) {
	src := &source{r: r, size: size}
	f := &File{Path: name, Size: size}
	in := inspection{tensors: rd.Tensors, left: &allowance{held: MaxInflated, work: MaxInflateWork}}
	in.open(f, src)
	if src.err != nil {
		return nil, fmt.Errorf("inspecting weight file %s: %w", name, src.err)
	}
	f.close()
	return f, nil
}

// open reads f's content by its format, and then as those would who take the
// file for something else: a ZIP archive at its end, a pickle at its start.
func (in inspection) open(f *File, src *source) {
	head := make([]byte, min(src.size, headSize))
	head = head[:src.readAt(head, 0)]
	f.Shard = shardOf(f.Path)
	if f.Format = Sniff(head, f.Path); f.Format == "" {
		f.Format, f.dubious = sniffWhole(src, f.Path)
	}
	sniffed := f.Format
	in.read(f, src, head)
	switch sniffed {
	case Pickle, PyTorch, LFSPointer, Unknown: // PyTorch's own, which are pickles, and no archive
	default:
		f.alsoPickle(src)
	}
	if sniffed != Tar && f.Format != LFSPointer && isTarHeader(head) {
		in.alsoTar(f, src)
	}
	if f.Format != LFSPointer && f.Format != HDF5 {
		f.alsoHDF5(src)
	}
	if !bytes.HasPrefix(head, []byte("PK")) && f.Format != LFSPointer {
		in.alsoZip(f, src)
	}
}

// read reads f's content by its format.
func (in inspection) read(f *File, src *source, head []byte) {
	switch f.Format {
	case Safetensors:
		f.safetensors(src, in.tensors)
	case GGUF:
		f.gguf(src, in.tensors)
	case Pickle, PyTorch:
		f.pickle(src, head, in.tensors)
	case Zip:
		in.zip(f, src)
	case Tar:
		in.tar(f, src)
	case Npy:
		f.npy(src, strings.TrimSuffix(f.Path, ".npy"), in.tensors)
	case ONNX:
		f.onnx(src, in.tensors)
	case SavedModel:
		if isText(src) {
			f.incomplete(NotOpened, 0, "a SavedModel written as text, which is not read")
			return
		}
		f.savedModel(src)
	case Keras:
		f.kerasMetadata(src)
	case TFCheckpoint:
		f.tfCheckpoint(src, in.tensors)
	case CoreML:
		f.coreML(src)
	case HDF5:
		f.hdf5(src)
	case TFLite:
		f.tflite(src, in.tensors)
	case Msgpack:
		f.flax(src, in.tensors)
	case CTranslate2:
		f.ctranslate2(src, in.tensors)
	case OpenVINO:
		f.openVINO(src, in.tensors)
	case Gzip, Bzip2, Zlib, XZ, LZ4, Zstd:
		in.compressed(f, src)
	case Executable, Llamafile:
		f.Complete = true
		f.capable("an executable")
	case LFSPointer:
		f.lfsPointer(head)
	case Unknown:
		f.unrecognised(src)
	default:
		f.incomplete(NotOpened, 0, fmt.Sprintf("%s is recognised and not opened", f.Format))
	}
}

// sniffWhole recognises what the start of a file alone does not tell. dubious
// says that it may be a pickle beyond what is followed.
func sniffWhole(src *source, name string) (f Format, dubious bool) {
	is, dubious := isBarePickle(src, name)
	switch {
	case is:
		return Pickle, false
	case src.streamed && src.size > maxTail:
		return Unknown, dubious
	case zipEnd(src) >= 0:
		return Zip, false
	case isTable(src):
		return TFCheckpoint, false
	case hdf5Start(src) >= 0:
		return HDF5, false
	}
	return Unknown, dubious
}

// alsoZip looks for a ZIP archive at the end of a file in another format: what
// opens it by its end sees the archive. The worse of the two decides.
func (in inspection) alsoZip(f *File, src *source) {
	if f.Format == Zip || in.depth >= maxArchiveDepth {
		return
	}
	if src.streamed && src.size > maxTail {
		f.unread = true
		return
	}
	at := zipEnd(src)
	if at < 0 || f.hasMember(src, at) {
		return
	}
	in.depth, in.tensors = maxArchiveDepth-1, nil
	inner := &File{Path: f.Path, Size: f.Size}
	in.zip(inner, src)
	if f.Format == Executable && inner.Format == Llamafile {
		f.Format = Llamafile
		return
	}
	f.also(inner, at, "a ZIP archive")
}

// span is a part of a file, up to before to.
type span struct{ from, to int64 }

// hasMember says whether the ZIP archive whose end stands at is one member of
// the tar archive that f is, and so was read.
func (f *File) hasMember(src *source, at int64) bool {
	i := slices.IndexFunc(f.members, func(m span) bool { return m.from <= at && at < m.to })
	if i < 0 {
		return false
	}
	z, err := readZip(&File{}, src)
	return err == nil && z.start >= f.members[i].from
}

// alsoTar reads a file in another format that starts with the header of a tar
// archive, which PyTorch tries before anything else.
func (in inspection) alsoTar(f *File, src *source) {
	if in.depth >= maxArchiveDepth {
		return
	}
	in.depth, in.tensors = maxArchiveDepth-1, nil
	inner := &File{Path: f.Path, Size: f.Size}
	in.tar(inner, src)
	f.also(inner, 0, "a tar archive")
}

// alsoHDF5 looks for a file of HDF5's behind another format, which its library
// finds at any power of two. In a tar archive a member may begin there, and is
// read as one.
func (f *File) alsoHDF5(src *source) {
	if src.streamed && src.size > maxTail {
		return
	}
	if at := hdf5Start(src); at >= 0 && !slices.ContainsFunc(f.members, func(m span) bool { return m.from == at }) {
		inner := &File{Path: f.Path, Size: f.Size}
		inner.hdf5(src)
		f.also(inner, at, "a file of HDF5")
	}
}

// also takes over what f is to another loader, an archive at that offset.
func (f *File) also(inner *File, at int64, what string) {
	f.problem(Polyglot, Fault, at, fmt.Sprintf("%s and %s in one file", f.Format, what))
	f.Complete = false
	if inner.Verdict == CodeCapable && f.Verdict != CodeCapable {
		f.capable(what + " in the same file: " + inner.Reason)
		f.Globals = inner.Globals
	}
	if f.Verdict != CodeCapable {
		f.Verdict, f.LoadsWithoutCode, f.Reason = "", nil, f.Problems[len(f.Problems)-1].Message
	}
}

// Describe tells f, which is in no format of its own, that by names it as
// holding its numbers: the data of an ONNX or OpenVINO model, or the shards of
// a TensorFlow checkpoint. It does nothing unless by is complete, names f's
// path relative to its own, and f is as long as by needs it. It does not vouch
// for what may be a pickle, or is named for a format that is read by itself.
func (f *File) Describe(by *File) {
	if f.Format != Unknown || f.dubious || len(weightNames[extension(f.Path)]) > 0 || !by.Complete || by.Verdict != Inert {
		return
	}
	for _, x := range by.External {
		if path.Join(path.Dir(slashed(by.Path)), slashed(x.Location)) != path.Clean(slashed(f.Path)) || f.Size < x.Bytes {
			continue
		}
		f.Format = Raw
		f.Problems = slices.DeleteFunc(f.Problems, func(p Problem) bool { return p.Kind == Unrecognised })
		f.inert(fmt.Sprintf("numbers without a header, which %s describes", by.Path))
		return
	}
}

// unrecognised tells of a file in no known format, with what the reader of the
// format it is named after makes of it.
func (f *File) unrecognised(src *source) {
	f.incomplete(Unrecognised, -1, "the content is in no format known here")
	if f.dubious {
		f.incomplete(LimitHit, 0, "the content is in no format known here, and may be a pickle beyond what is followed")
	}
	as := &File{}
	switch extension(f.Path) {
	case ".safetensors":
		as.safetensors(src, nil)
	case ".gguf":
		as.gguf(src, nil)
	default:
		return
	}
	for _, p := range as.Problems {
		f.Problems = append(f.Problems, p)
		f.Reason = p.Message
	}
}

// inert ends a reading that proved the file valid and without code.
func (f *File) inert(reason string) {
	f.Verdict, f.Complete, f.Reason = Inert, true, reason
	yes := true
	f.LoadsWithoutCode = &yes
}

// incomplete ends a reading that did not get through, with the problem that
// stopped it. An offset below zero is none.
func (f *File) incomplete(kind Kind, offset int64, reason string) {
	f.problem(kind, Fault, offset, reason)
	f.Complete = false
	f.Reason = reason
}

// problem adds to the list, up to MaxProblems of a kind. An offset below zero
// is none.
func (f *File) problem(kind Kind, severity Severity, offset int64, message string) {
	if f.counts == nil {
		f.counts = map[Kind]int{}
	}
	if f.counts[kind]++; f.counts[kind] > MaxProblems {
		return
	}
	p := Problem{Kind: kind, Severity: severity, Message: message}
	if offset >= 0 {
		p.Offset = &offset
	}
	f.Problems = append(f.Problems, p)
}

// close makes the record final: what was counted is told, and the name is held
// against the content.
func (f *File) close() {
	if format, ok := mismatch(f.Path, f.Format); ok {
		f.problem(ExtensionMismatch, Warning, -1, fmt.Sprintf("named like %s, but the content is %s", format, f.Format))
	}
	for _, p := range Leftovers(f.Metadata) {
		f.problem(p.Kind, p.Severity, -1, p.Message)
	}
	for _, kind := range slices.Sorted(maps.Keys(f.counts)) {
		if more := f.counts[kind] - MaxProblems; more > 0 {
			f.Problems = append(f.Problems, Problem{Kind: kind, Severity: Note, Message: fmt.Sprintf("%d more of this kind", more)})
		}
	}
	if f.Problems == nil {
		f.Problems = []Problem{}
	}
}

// refuse ends a reading with the fault that stopped it, and takes back what
// was read of a header that turned out not to hold.
func (f *File) refuse(err error) {
	p := problemOf(err)
	offset := int64(-1)
	if p.Offset != nil {
		offset = *p.Offset
	}
	f.Parameters, f.Dtypes, f.TensorCount = nil, nil, nil
	f.Metadata, f.ArrayLengths, f.Templates = nil, nil, nil
	f.incomplete(p.Kind, offset, p.Message)
}

// expectTensors starts the count of tensors and what is told beside them.
func (f *File) expectTensors() {
	f.Parameters, f.TensorCount = new(int64), new(int64)
	f.Dtypes, f.Metadata = map[string]int64{}, map[string]any{}
}

// count adds one tensor of n elements. Sums beyond an int64 stay at its end;
// no file is long enough to reach it.
func (f *File) count(dtype string, n uint64) {
	f.Dtypes[dtype] = addClamped(f.Dtypes[dtype], n)
	*f.Parameters = addClamped(*f.Parameters, n)
	*f.TensorCount++
}

func addClamped(sum int64, n uint64) int64 {
	if n > uint64(math.MaxInt64-sum) {
		return math.MaxInt64
	}
	return sum + int64(n)
}

// describe keeps one value of the metadata, as long as MaxMetadata is not
// reached.
func (f *File) describe(name string, value any) {
	if f.described += len(name) + valueSize(value); f.described > MaxMetadata {
		if !f.cut {
			f.cut = true
			f.problem(LimitHit, Note, -1, fmt.Sprintf("metadata beyond %d bytes is left out", MaxMetadata))
		}
		return
	}
	f.Metadata[name] = value
}

// valueSize is about how many bytes a value takes in a report.
func valueSize(value any) int {
	switch v := value.(type) {
	case string:
		return len(v)
	case []any:
		n := 0
		for _, e := range v {
			n += 1 + valueSize(e)
		}
		return n
	}
	return 8
}

// cutRune turns b into a string; a cut one loses the piece of a character that
// was left of its last, and says that it goes on.
func cutRune(b []byte, cut bool) string {
	if !cut {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	for n := 0; n < utf8.UTFMax && len(b) > 0; n++ {
		if r, _ := utf8.DecodeLastRune(b); r != utf8.RuneError {
			break
		}
		b = b[:len(b)-1]
	}
	return strings.ToValidUTF8(string(b), "\uFFFD") + "…"
}
