package weights

// Format names how a file stores its content, told from its bytes.
type Format string

// The formats this package tells apart.
const (
	Safetensors  Format = "safetensors"
	GGUF         Format = "gguf"
	GGML         Format = "ggml" // the headers before GGUF: lmgg, fmgg, tjgg, algg on disk
	ONNX         Format = "onnx"
	Npy          Format = "npy"
	Npz          Format = "npz"
	Pickle       Format = "pickle"
	PyTorch      Format = "pytorch" // zip, the five pickles of before 1.6, or tar
	TorchScript  Format = "torchscript"
	TorchExport  Format = "torch_export"
	Keras        Format = "keras"
	HDF5         Format = "hdf5"
	SavedModel   Format = "savedmodel"
	TFCheckpoint Format = "tf_checkpoint"
	TFLite       Format = "tflite"
	Msgpack      Format = "msgpack" // Flax
	CoreML       Format = "coreml"
	OpenVINO     Format = "openvino"
	CTranslate2  Format = "ctranslate2"
	ExecuTorch   Format = "executorch"
	Llamafile    Format = "llamafile"
	Joblib       Format = "joblib"
	Skops        Format = "skops"
	NeMo         Format = "nemo"
	TorchServe   Format = "torchserve" // a .mar archive
	FastText     Format = "fasttext"
	CatBoost     Format = "catboost"
	XGBoost      Format = "xgboost"
	LightGBM     Format = "lightgbm"
	Torch7       Format = "torch7"
	RKNN         Format = "rknn"
	Zip          Format = "zip"
	Tar          Format = "tar"
	SevenZip     Format = "7z"
	Rar          Format = "rar"
	Gzip         Format = "gzip"
	Bzip2        Format = "bzip2"
	XZ           Format = "xz"
	LZ4          Format = "lz4"
	Zstd         Format = "zstd"
	Zlib         Format = "zlib"
	Executable   Format = "executable" // ELF, PE or Mach-O
	LFSPointer   Format = "lfs_pointer"
	Raw          Format = "raw" // numbers without a header, whose description lies in another file
	Unknown      Format = "unrecognised"
)

// Formats lists every format, in the order of the constants.
var Formats = [...]Format{
	Safetensors, GGUF, GGML, ONNX, Npy, Npz, Pickle, PyTorch, TorchScript, TorchExport, Keras, HDF5,
	SavedModel, TFCheckpoint, TFLite, Msgpack, CoreML, OpenVINO, CTranslate2, ExecuTorch, Llamafile,
	Joblib, Skops, NeMo, TorchServe, FastText, CatBoost, XGBoost, LightGBM, Torch7, RKNN,
	Zip, Tar, SevenZip, Rar, Gzip, Bzip2, XZ, LZ4, Zstd, Zlib, Executable, LFSPointer, Raw, Unknown,
}
