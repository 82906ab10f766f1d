package weights

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sniff names the format of a file that starts with head, of which the first
// 4 KiB suffice; empty when it is none that weights, or something that holds
// weights, are kept in. The name settles only what the same bytes may be: a
// checkpoint and any other ZIP file start alike.
func Sniff(head []byte, name string) Format {
	if isPointer(head) {
		return LFSPointer
	}
	for _, m := range magics {
		if len(head) >= m.at && bytes.HasPrefix(head[m.at:], []byte(m.bytes)) {
			return m.format
		}
	}
	for _, test := range tests {
		if test.match(head) {
			return test.format
		}
	}
	if startsBarePickle(head, name) {
		return Pickle
	}
	if strings.EqualFold(path.Base(slashed(name)), kerasMetadata) && len(head) > 0 && head[0] == 0x0a {
		return Keras
	}
	return protoFormat(head, name)
}

// SniffAt is like Sniff for the first size bytes of r, of which head is the
// start. It also tells a pickle without a signature that begins with a string
// longer than head.
func SniffAt(r io.ReaderAt, size int64, head []byte, name string) Format {
	if f := Sniff(head, name); f != "" || size <= int64(len(head)) {
		return f
	}
	if is, _ := isBarePickle(&source{r: r, size: size, inner: true}, name); is {
		return Pickle
	}
	return ""
}

// kerasMetadata is the file beside a SavedModel in which Keras keeps the
// configuration of its layers, as JSON inside messages. Only its name tells it.
const kerasMetadata = "keras_metadata.pb"

// magics are the signatures that decide alone, longest first where one begins
// another. Sources: the formats' specifications; the numbers of GGML are little
// endian, so that its magic reads backwards on disk.
var magics = []struct {
	at     int
	bytes  string
	format Format
}{
	{0, "GGUF", GGUF},
	{0, "lmgg", GGML}, {0, "fmgg", GGML}, {0, "tjgg", GGML}, {0, "algg", GGML},
	{0, "PK\x03\x04", Zip}, {0, "PK\x05\x06", Zip}, {0, "PK\x07\x08", Zip},
	{0, "7z\xBC\xAF\x27\x1C", SevenZip},
	{0, "Rar!\x1A\x07", Rar},
	{0, "\x93NUMPY", Npy},
	{0, "\x89HDF\r\n\x1a\n", HDF5}, {512, "\x89HDF\r\n\x1a\n", HDF5}, {1024, "\x89HDF\r\n\x1a\n", HDF5}, {2048, "\x89HDF\r\n\x1a\n", HDF5},
	{4, "TFL3", TFLite},
	{4, "ET12", ExecuTorch},
	{257, "ustar", Tar},
	{0, "\x1F\x8B", Gzip}, {0, "\xFD7zXZ\x00", XZ}, {0, "\x04\x22\x4D\x18", LZ4}, {0, "\x28\xB5\x2F\xFD", Zstd},
	{0, "\xBA\x16\x4F\x2F", FastText},
	{0, "CBM1", CatBoost},
	{0, "RKNN", RKNN},
	{0, "MZqFpD", Llamafile},
	{0, "\x04\x00\x00\x00\x01\x00\x00\x00\x03\x00\x00\x00V 1", Torch7},
	{0, "ZF0x", Joblib},      // before joblib 0.10
	{4, "PTMF", TorchScript}, // as PyTorch's mobile interpreter reads it
	{0, "binf", XGBoost}, {0, `{"learner":`, XGBoost}, {0, "{L\x00\x00\x00\x00\x00\x00\x00\x07learner", XGBoost},
	{0, "tree\nversion=v", LightGBM},
	{0, "saved_model_schema_version", SavedModel}, // as text
	{0, "\x7FELF", Executable},
	{0, "\xCF\xFA\xED\xFE", Executable}, {0, "\xCE\xFA\xED\xFE", Executable}, {0, "\xFE\xED\xFA\xCF", Executable}, {0, "\xFE\xED\xFA\xCE", Executable},
}

// tests recognise what has no signature of its own, the surest first.
var tests = []struct {
	format Format
	match  func(head []byte) bool
}{
	{Executable, isPE},
	{Bzip2, isBzip2},
	{Safetensors, isSafetensors},
	{PyTorch, isTorchLegacy},
	{Pickle, isPickle},
	{OpenVINO, isOpenVINO},
	{CTranslate2, isCTranslate2},
	{Msgpack, isMsgpack},
	{Zlib, isZlib},
	{XZ, isLZMA},
	{Tar, isTarHeader},
}

func isPE(head []byte) bool {
	if len(head) < 64 || string(head[:2]) != "MZ" {
		return false
	}
	at := binary.LittleEndian.Uint32(head[60:])
	return uint64(at)+4 <= uint64(len(head)) && string(head[at:at+4]) == "PE\x00\x00"
}

// isTarHeader says whether a file starts with the header of a tar archive, of
// which only the checksum is sure to be there: those of before POSIX have no
// magic, and neither Python nor PyTorch asks for one. The number may be written
// as Python reads it.
func isTarHeader(head []byte) bool {
	const at, size, block = 148, 8, 512
	if len(head) < block {
		return false
	}
	field, _, _ := strings.Cut(string(head[at:at+size]), "\x00")
	field = strings.ReplaceAll(strings.TrimLeft(strings.TrimSpace(field), "+oO"), "_", "")
	want, err := strconv.ParseInt(strings.ReplaceAll(strings.ToLower(field), "o", ""), 8, 64)
	if head[at] == 0x80 { // binary
		want, err = int64(binary.BigEndian.Uint32(head[at+4:at+size])), nil
	}
	signed, unsigned := int64(' '*size), int64(' '*size)
	for i, c := range head[:block] {
		if i < at || i >= at+size {
			signed, unsigned = signed+int64(int8(c)), unsigned+int64(c)
		}
	}
	return err == nil && (want == unsigned || want == signed)
}

// isBzip2 wants the block's magic, or that of the end, behind the level.
func isBzip2(head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && head[3] >= '1' && head[3] <= '9' &&
		(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17\x72\x45\x38\x50\x90")
}

// isSafetensors wants an object behind the length. A length no header can have
// still counts when it cannot be the start of a text.
func isSafetensors(head []byte) bool {
	if len(head) < 9 {
		return false
	}
	rest := bytes.TrimLeft(head[8:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' {
		return false
	}
	if binary.LittleEndian.Uint64(head) <= MaxSafetensorsHeader {
		return true
	}
	next := bytes.TrimLeft(rest[1:], " \t\r\n")
	return len(next) > 0 && next[0] == '"' && !printable(head[:8])
}

func printable(b []byte) bool {
	for _, c := range b {
		if (c < ' ' && c != '\n' && c != '\r' && c != '\t') || c > '~' {
			return false
		}
	}
	return true
}

// isPickle wants the protocol's opcode and a known protocol behind it.
func isPickle(head []byte) bool {
	return len(head) >= 2 && head[0] == 0x80 && head[1] <= 5
}

var openVINORoot = regexp.MustCompile(`^(?:\xEF\xBB\xBF)?\s*(?:<\?xml[^>]*\?>)?\s*(?:<!--.*?-->\s*)*<net\s[^>]*\bversion\s*=\s*["']\d`)

func isOpenVINO(head []byte) bool {
	return len(head) > 0 && utf8.RuneStart(head[0]) && openVINORoot.Match(head)
}

// isCTranslate2 wants a version, and the name of the model's specification with
// its length and its closing zero.
func isCTranslate2(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	version, n := binary.LittleEndian.Uint32(head), int(binary.LittleEndian.Uint16(head[4:]))
	if version == 0 || version > 6 || n < 5 || n > 128 || len(head) < 6+n {
		return false
	}
	name, ok := strings.CutSuffix(string(head[6:6+n]), "\x00")
	return ok && (strings.HasSuffix(name, "Spec") || strings.HasSuffix(name, "Model")) && printable([]byte(name))
}

// isZlib wants a header whose check bits come out right, at one of the levels
// that are written, and no text.
func isZlib(head []byte) bool {
	return len(head) > 8 && head[0] == 0x78 && strings.IndexByte("\x01\x5E\x9C\xDA", head[1]) >= 0 && !printable(head[2:min(len(head), 64)])
}

// isLZMA wants the properties that everybody writes, a dictionary of a power of
// two, and a length that is left out or short enough for a file. It is the format
// that came before xz, and joblib writes and reads it.
// Source: lzma-file-format.txt of XZ Utils.
func isLZMA(head []byte) bool {
	if len(head) < 14 || head[0] != 0x5D || head[13] != 0 {
		return false
	}
	dict, n := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	return dict >= 1<<12 && dict&(dict-1) == 0 && (n == math.MaxUint64 || n < 1<<40)
}

// onnxFields are the fields of ONNX's ModelProto.
var onnxFields = map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 14: true, 20: true, 25: true, 26: true}

// coreMLFields are the fields of Core ML's Model that every kind of model has:
// the version of the specification, which is written first, the description,
// and whether it can be trained on.
var coreMLFields = map[int]bool{1: true, 2: true, 10: true}

// coreMLKind is true for the numbers among which Model keeps its kinds, of
// which a model has one.
func coreMLKind(n int) bool { return n >= 200 && n <= 3000 }

// protoFormat tells the formats that are messages of protocol buffers by the
// fields at their top. ONNX, Core ML and SavedModel all begin with a version
// and something with bytes; where the start does not show more, the name does.
func protoFormat(head []byte, name string) Format {
	if len(head) < 4 || printable(head) {
		return ""
	}
	fields, ok := topFields(&source{r: bytes.NewReader(head), size: int64(len(head)), inner: true}, len(head) >= headSize)
	if !ok || !fields[1] {
		return ""
	}
	onnx, coreML, kinds := true, head[0] == 0x08, 0
	for n := range fields {
		onnx = onnx && onnxFields[n]
		coreML = coreML && (coreMLFields[n] || coreMLKind(n))
		if coreMLKind(n) {
			kinds++
		}
	}
	switch {
	case coreML && fields[2] && kinds == 1:
		return CoreML
	case onnx && fields[7] && (head[0] == 0x08 || head[0] == 0x3a):
		return ONNX
	case len(fields) != 2 || !fields[2] || head[0] != 0x08 || head[2] != 0x12:
		return ""
	case strings.EqualFold(path.Base(slashed(name)), "saved_model.pb"):
		return SavedModel
	case extension(name) == ".mlmodel":
		return CoreML
	case extension(name) == ".onnx":
		return ONNX
	case head[1] == 1 && bytes.IndexByte(head[3:min(len(head), 9)], 0x0a) >= 0:
		return SavedModel
	}
	return ""
}

// weightNames are the extensions that weights go by, with the formats that
// each promises; none where it promises nothing.
var weightNames = map[string][]Format{
	".safetensors": {Safetensors},
	".gguf":        {GGUF},
	".ggml":        {GGML, GGUF},
	".onnx":        {ONNX},
	".npy":         {Npy},
	".npz":         {Npz},
	".pt":          {PyTorch, TorchScript, TorchExport, Pickle},
	".pth":         {PyTorch, TorchScript, TorchExport, Pickle},
	".pt2":         {TorchExport},
	".ckpt":        {PyTorch, Pickle, TFCheckpoint},
	".bin":         nil,
	".pkl":         {Pickle, Joblib},
	".pickle":      {Pickle, Joblib},
	".dill":        {Pickle},
	".joblib":      {Joblib, Pickle, Zlib, Gzip, Bzip2, XZ, LZ4},
	".h5":          {HDF5},
	".hdf5":        {HDF5},
	".keras":       {Keras},
	".tflite":      {TFLite},
	".msgpack":     {Msgpack},
	".flax":        {Msgpack},
	".mlmodel":     {CoreML},
	".pte":         {ExecuTorch},
	".llamafile":   {Llamafile},
	".skops":       {Skops},
	".nemo":        {NeMo, Tar, Gzip},
	".mar":         {TorchServe, Zip},
	".pdparams":    {Pickle},
	".pdmodel":     nil,
	".pdiparams":   nil,
	".cbm":         {CatBoost},
	".xgb":         {XGBoost},
	".ubj":         {XGBoost},
	".t7":          {Torch7},
	".rknn":        {RKNN},
	".ot":          {PyTorch},
	".ftz":         {FastText},
}

var dataPart = regexp.MustCompile(`^\.data-\d{5}-of-\d{5}$`)

// IsWeightName says whether a file called name would be taken for weights.
// Extensions that other things use as well (.model, .index, .params, .pb,
// .engine, .weights) do not count; such files show by their content.
func IsWeightName(name string) bool {
	ext := extension(name)
	_, ok := weightNames[ext]
	base := strings.ToLower(path.Base(slashed(name)))
	return ok || dataPart.MatchString(ext) || base == "saved_model.pb" || base == "saved_model.pbtxt" || base == "saved_model.cpb" || base == kerasMetadata
}

func slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// extension is the last extension of name in lower case.
func extension(name string) string { return strings.ToLower(path.Ext(slashed(name))) }

// mismatch says whether a file called name promises another format than the
// one found, and which. A container promises nothing before it is opened.
func mismatch(name string, found Format) (promised Format, ok bool) {
	formats := weightNames[extension(name)]
	switch found {
	case LFSPointer, Zip, Tar, Gzip, Unknown:
		return "", false
	}
	if len(formats) == 0 || slices.Contains(formats, found) {
		return "", false
	}
	return formats[0], true
}
