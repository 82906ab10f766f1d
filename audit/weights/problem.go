package weights

import (
	"errors"
	"fmt"
)

// Severity says what a problem does to whoever loads the file.
type Severity string

const (
	// Fault: a conforming reader refuses the file, or readers would disagree
	// about what it holds, or it does something no weights need to do.
	Fault Severity = "error"
	// Warning: the file loads, but not as its name or its release says.
	Warning Severity = "warning"
	// Note: worth knowing, harmless by itself.
	Note Severity = "note"
)

// Kind names what is wrong, once and for good; a message may be reworded.
type Kind string

// The kinds of problem. Those of safetensors stand for the errors of its
// reference reader (SafeTensorError in safetensors/src/tensor.rs), which the
// comment names; those of GGUF for the refusals of ggml's gguf.cpp.
const (
	HeaderTooSmall Kind = "header_too_small" // HeaderTooSmall
	HeaderTooLarge Kind = "header_too_large" // HeaderTooLarge
	HeaderLength   Kind = "header_length"    // InvalidHeaderLength
	HeaderEncoding Kind = "header_encoding"  // InvalidHeader: not UTF-8
	HeaderSyntax   Kind = "header_syntax"    // InvalidHeaderDeserialization
	TensorOffset   Kind = "tensor_offset"    // InvalidOffset; GGUF: offset not the running sum
	Overflow       Kind = "overflow"         // ValidationOverflow; GGUF: more than an int64 counts
	Misaligned     Kind = "misaligned"       // MisalignedSlice; GGUF: row no multiple of its block
	TensorSize     Kind = "tensor_size"      // TensorInvalidInfo
	DataLength     Kind = "data_length"      // MetadataIncompleteBuffer; GGUF: data ends early
	DuplicateName  Kind = "duplicate_name"   // a name that stands twice: readers disagree
	UnknownField   Kind = "unknown_field"    // ignored by the reference reader

	FormatVersion Kind = "format_version" // a version the reader does not know
	ByteOrder     Kind = "byte_order"     // written for big-endian machines
	HeaderCount   Kind = "header_count"   // a count no header can have
	HeaderValue   Kind = "header_value"   // a value of a type or form that is refused
	TensorName    Kind = "tensor_name"
	TensorShape   Kind = "tensor_shape"
	TensorType    Kind = "tensor_type"

	PickleSyntax     Kind = "pickle_syntax"     // an opcode or argument the unpickler refuses
	PickleProtocol   Kind = "pickle_protocol"   // a PROTO that is too new, or out of place
	UnlistedGlobal   Kind = "unlisted_global"   // an importable name that tensors do not need
	UnresolvedGlobal Kind = "unresolved_global" // an importable name that is computed
	UnlistedCall     Kind = "unlisted_call"     // a call of what is no importable name, or not meant to be called
	ExtensionCode    Kind = "extension_code"    // EXT1, EXT2, EXT4: copyreg's registry
	BuildTarget      Kind = "build_target"      // BUILD on what has no state to set
	ItemTarget       Kind = "item_target"       // items or elements added to what is no plain container
	PersistentID     Kind = "persistent_id"     // an object that lies outside the pickle
	OutOfBand        Kind = "out_of_band"       // a buffer that lies outside the pickle
	NestedPickle     Kind = "nested_pickle"     // bytes that are a pickle, which nothing loads by itself

	ArchiveSyntax    Kind = "archive_syntax"    // a damaged archive or compressed stream
	ArchiveMismatch  Kind = "archive_mismatch"  // directory and headers disagree
	ArchiveOverlap   Kind = "archive_overlap"   // members share bytes
	Checksum         Kind = "checksum"          // the bytes are not those that were stored
	Encrypted        Kind = "encrypted"         // marked so; some loaders ignore the mark
	UnsafePath       Kind = "unsafe_path"       // a path that leaves the release
	ExecutableMember Kind = "executable_member" // a program beside weights in an archive

	CustomOperator Kind = "custom_operator" // an operator that the program must bring

	ShardMissing   Kind = "shard_missing"   // an index, or a numbering, asks for it
	TensorMissing  Kind = "tensor_missing"  // an index puts it into a shard that lacks it
	TensorUnlisted Kind = "tensor_unlisted" // a shard has it, and the index does not
	TensorTwice    Kind = "tensor_twice"    // two shards have it
	TotalSize      Kind = "total_size"      // an index tells another size than that of its tensors

	TemplateAttack  Kind = "template_attack"  // a chat template that leads to the interpreter
	TemplateUnusual Kind = "template_unusual" // one that does what formatting messages does not need
	PrivateData     Kind = "private_data"     // metadata about a person or a machine

	ExtensionMismatch Kind = "extension_mismatch" // the name promises another format
	WeightsAbsent     Kind = "weights_absent"     // a Git LFS pointer stands in their place
	Truncated         Kind = "truncated"          // the file ends inside something
	LimitHit          Kind = "limit_hit"          // a limit of this package, not of the format
	Polyglot          Kind = "polyglot"           // the same bytes are a second format too
	TrailingData      Kind = "trailing_data"      // bytes after the end that nobody reads
	NotOpened         Kind = "not_opened"         // recognised, but this package does not read it
	Unrecognised      Kind = "unrecognised"       // named like weights, in no format known here
)

// Problem is one thing wrong with, or remarkable in, a file.
type Problem struct {
	Kind     Kind     `json:"kind"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	// Offset is the byte where it shows, counted from the start of the file;
	// absent when it belongs to the file as a whole or lies in an archive.
	Offset *int64 `json:"offset,omitempty"`
}

// fault is a problem on its way out of a reader.
type fault struct {
	kind    Kind
	offset  int64
	message string
}

func (f *fault) Error() string { return f.message }

func faultf(kind Kind, offset int64, format string, args ...any) error {
	return &fault{kind, offset, fmt.Sprintf(format, args...)}
}

// problemOf turns what stopped a reader into the problem to list.
func problemOf(err error) Problem {
	var f *fault
	if !errors.As(err, &f) {
		return Problem{Kind: HeaderSyntax, Severity: Fault, Message: err.Error()}
	}
	p := Problem{Kind: f.kind, Severity: Fault, Message: f.message}
	if f.offset >= 0 {
		p.Offset = &f.offset
	}
	return p
}
