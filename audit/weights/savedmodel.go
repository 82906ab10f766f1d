package weights

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// tensorFlowCode are TensorFlow's operations that call Python or reach files
// and processes, with what they do. SaveV2 and RestoreV2 are not among them:
// every SavedModel has both, to save and restore itself.
var tensorFlowCode = map[string]string{
	"PyFunc": "calls a Python function", "PyFuncStateless": "calls a Python function", "EagerPyFunc": "calls a Python function", "PyCall": "calls a Python function",
	"ReadFile": "reads files", "RecordInput": "reads files", "WriteFile": "writes files", "PrintV2": "writes to where it is told", "Save": "writes files", "SaveSlices": "writes files",
	"MatchingFiles": "lists files", "WholeFileReader": "reads files", "WholeFileReaderV2": "reads files", "LoadAndRemapMatrix": "reads files",
	"GenerateVocabRemapping": "reads files", "DebugIdentity": "writes to where it is told", "DebugIdentityV2": "writes to where it is told",
	"DebugNumericSummary": "writes to where it is told", "DebugNanCount": "writes to where it is told", "LoadDataset": "reads files", "SaveDataset": "writes files",
	"SaveDatasetV2": "writes files", "CSVDataset": "reads files", "TextLineDataset": "reads files", "TFRecordDataset": "reads files", "FixedLengthRecordDataset": "reads files",
	"CreateSummaryFileWriter": "writes files", "CreateSummaryDbWriter": "writes files", "LMDBDataset": "reads files", "SqlDataset": "reads databases",
	"XlaLaunch": "runs compiled code", "TPUExecute": "runs compiled code", "RpcCall": "uses the network", "RpcClient": "uses the network",
	"RpcServer": "uses the network", "DataServiceDataset": "uses the network", "InitializeTableFromDataset": "reads a dataset",
	"SymbolicGradient": "calls a function by its name", "RemoteCall": "uses the network", "CopyHost": "moves data", "TRTEngineOp": "runs compiled code",
}

// tensorFlowPure are the operations known to compute, to hold variables and
// tables, or to save and restore them, and to do nothing else. An operation on
// neither list leaves a model incomplete.
// Source: the operation registry of TensorFlow 2, tensorflow/core/ops.
var tensorFlowPure = words(`
Abs Acos Acosh Add AddN AddV2 AdjustContrast AdjustContrastv2 AdjustHue AdjustSaturation All Angle Any ApproximateEqual ArgMax ArgMin AsString Asin
Asinh Assert AssignAddVariableOp AssignSubVariableOp AssignVariableOp Assign AssignAdd AssignSub Atan Atan2 Atanh AvgPool AvgPool3D AvgPoolGrad
BatchMatMul BatchMatMulV2 BatchMatMulV3 BatchToSpace BatchToSpaceND BesselI0e BesselI1e Betainc BiasAdd BiasAddGrad BiasAddV1 Bincount Bitcast
BitwiseAnd BitwiseOr BitwiseXor BroadcastArgs BroadcastGradientArgs BroadcastTo Bucketize Case Cast Ceil CheckNumerics Cholesky ClipByValue
CombinedNonMaxSuppression Complex ComplexAbs Concat ConcatOffset ConcatV2 Conj ConjugateTranspose Const ControlTrigger Conv2D Conv2DBackpropFilter
Conv2DBackpropInput Conv3D Conv3DBackpropInputV2 Cos Cosh CropAndResize Cross CTCBeamSearchDecoder CTCGreedyDecoder CudnnRNN CudnnRNNV3 Cumprod
Cumsum CumulativeLogsumexp DataFormatVecPermute DecodeBase64 DecodeBmp DecodeGif DecodeImage DecodeJpeg DecodeJSONExample DecodePng DecodeRaw
DecodeWav DeepCopy DenseBincount DepthToSpace DepthwiseConv2dNative Dequantize DestroyResourceOp Diag DiagPart Digamma Dilation2D Div DivNoNan
DynamicPartition DynamicStitch EditDistance Einsum Elu EluGrad Empty EncodeBase64 EncodeJpeg EncodePng EncodeWav EnsureShape Enter Equal Erf Erfc
Erfinv Exit Exp ExpandDims Expm1 ExtractGlimpse ExtractImagePatches ExtractJpegShape FakeQuantWithMinMaxArgs FakeQuantWithMinMaxVars
FakeQuantWithMinMaxVarsPerChannel FFT FFT2D FFT3D Fill Floor FloorDiv FloorMod For FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3 FusedPadConv2D
Gather GatherNd GatherV2 GetSessionHandle GetSessionTensor Greater GreaterEqual HSVToRGB HashTable HashTableV2 HistogramFixedWidth IFFT IFFT2D IFFT3D
IRFFT IRFFT2D IRFFT3D Identity IdentityN If Igamma Igammac Imag InTopK InTopKV2 InitializeTable InitializeTableFromTextFile
InitializeTableFromTextFileV2 InitializeTableV2 InplaceAdd InplaceUpdate Inv InvGrad Invert InvertPermutation IsFinite IsInf IsNan IsVariableInitialized
L2Loss LRN LeakyRelu LeakyReluGrad LeftShift Less LessEqual Lgamma LinSpace ListDiff Log Log1p LogMatrixDeterminant LogSoftmax LogicalAnd LogicalNot
LogicalOr LookupTableExport LookupTableExportV2 LookupTableFind LookupTableFindV2 LookupTableImport LookupTableImportV2 LookupTableInsert
LookupTableInsertV2 LookupTableRemoveV2 LookupTableSize LookupTableSizeV2 LoopCond LowerBound MatMul MatrixBandPart MatrixDeterminant MatrixDiag
MatrixDiagPart MatrixDiagPartV2 MatrixDiagPartV3 MatrixDiagV2 MatrixDiagV3 MatrixInverse MatrixSetDiag MatrixSetDiagV2 MatrixSetDiagV3 MatrixSolve
MatrixTriangularSolve Max MaxPool MaxPool3D MaxPoolGrad MaxPoolV2 MaxPoolWithArgmax Maximum Mean Merge MergeV2Checkpoints Mfcc Min Minimum MirrorPad
MirrorPadGrad Mod Mul MulNoNan Multinomial MutableDenseHashTableV2 MutableHashTable MutableHashTableOfTensorsV2 MutableHashTableV2 Ndtri
Neg NextAfter NextIteration NoOp NonMaxSuppression NonMaxSuppressionV2 NonMaxSuppressionV3 NonMaxSuppressionV4 NonMaxSuppressionV5
NonMaxSuppressionWithOverlaps NotEqual OneHot OnesLike Pack Pad PadV2 ParallelConcat ParallelDynamicStitch ParameterizedTruncatedNormal ParseExample
ParseExampleV2 ParseSequenceExample ParseSequenceExampleV2 ParseSingleExample ParseSingleSequenceExample ParseTensor PartitionedCall Placeholder
PlaceholderV2 PlaceholderWithDefault Polygamma PopulationCount Pow PreventGradient Prod Qr QuantizeAndDequantize QuantizeAndDequantizeV2
QuantizeAndDequantizeV3 QuantizeAndDequantizeV4 QuantizeV2 QuantizedConv2D QuantizedMatMul RFFT RFFT2D RFFT3D RGBToHSV RaggedBincount
RaggedCountSparseOutput RaggedCross RaggedFillEmptyRows RaggedGather RaggedRange RaggedTensorFromVariant RaggedTensorToSparse RaggedTensorToTensor RaggedTensorToVariant
RandomGamma RandomGammaGrad RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt Range Rank ReadVariableOp
Real RealDiv Reciprocal ReduceJoin RefEnter RefExit RefIdentity RefMerge RefNextIteration RefSwitch RegexFullMatch RegexReplace Relu Relu6
Relu6Grad ReluGrad Reshape ResizeArea ResizeBicubic ResizeBilinear ResizeNearestNeighbor ResourceApplyAdam ResourceApplyGradientDescent
ResourceApplyAdaMax ResourceApplyAdagrad ResourceApplyAdagradV2 ResourceApplyAdamWithAmsgrad ResourceApplyFtrl ResourceApplyKerasMomentum
ResourceApplyMomentum ResourceApplyRMSProp ResourceGather ResourceGatherNd ResourceScatterAdd ResourceScatterNdUpdate ResourceScatterUpdate
ResourceStridedSliceAssign Restore RestoreSlice RestoreV2 Reverse ReverseSequence ReverseV2 RightShift Rint RngReadAndSkip RngSkip Roll Round Rsqrt
RsqrtGrad SampleDistortedBoundingBoxV2 SaveV2 ScaleAndTranslate ScatterAdd ScatterNd ScatterNdUpdate ScatterUpdate SegmentMax SegmentMean SegmentMin
SegmentProd SegmentSum Select SelectV2 SelfAdjointEig SelfAdjointEigV2 Selu SeluGrad Shape ShapeN ShardedFilename ShardedFilespec Sigmoid SigmoidGrad
Sign Sin Sinh Size Slice Snapshot Softmax SoftmaxCrossEntropyWithLogits Softplus SoftplusGrad Softsign SpaceToBatch SpaceToBatchND SpaceToDepth
SparseAdd SparseApplyAdagrad SparseConcat SparseCross SparseCrossHashed SparseCrossV2 SparseDenseCwiseAdd SparseDenseCwiseDiv SparseDenseCwiseMul
SparseFillEmptyRows SparseFillEmptyRowsGrad SparseMatMul SparseReduceMax SparseReduceSum SparseReorder SparseReshape SparseSegmentMean
SparseSegmentMeanWithNumSegments SparseSegmentSqrtN SparseSegmentSqrtNWithNumSegments SparseSegmentSum SparseSegmentSumWithNumSegments SparseSlice
SparseSoftmax SparseSoftmaxCrossEntropyWithLogits SparseSplit SparseTensorDenseAdd SparseTensorDenseMatMul SparseToDense SparseToSparseSetOperation Split
SplitV Sqrt SqrtGrad Square SquaredDifference Squeeze StackPopV2 StackPushV2 StackV2 StatefulPartitionedCall StatefulStandardNormalV2
StatefulTruncatedNormal StatefulUniform StatefulUniformFullInt StatefulUniformInt StatelessCase StatelessIf StatelessMultinomial
StatelessParameterizedTruncatedNormal StatelessRandomGetAlg StatelessRandomGetKeyCounter StatelessRandomGetKeyCounterAlg StatelessRandomNormal
StatelessRandomNormalV2 StatelessRandomUniform StatelessRandomUniformFullInt StatelessRandomUniformInt StatelessRandomUniformIntV2
StatelessRandomUniformV2 StatelessTruncatedNormal StatelessTruncatedNormalV2 StatelessWhile StaticRegexFullMatch StaticRegexReplace StopGradient
StridedSlice StridedSliceGrad StringFormat StringJoin StringLength StringLower StringNGrams StringSplit StringSplitV2 StringStrip StringToHashBucket
StringToHashBucketFast StringToHashBucketStrong StringToNumber StringUpper Sub Substr Sum Svd Switch Tan Tanh TanhGrad TemporaryVariable
TensorArrayCloseV3 TensorArrayConcatV3 TensorArrayGatherV3 TensorArrayGradV3 TensorArrayReadV3 TensorArrayScatterV3 TensorArraySizeV3
TensorArraySplitV3 TensorArrayV3 TensorArrayWriteV3 TensorListConcat TensorListConcatV2 TensorListElementShape TensorListFromTensor TensorListGather
TensorListGetItem TensorListLength TensorListPopBack TensorListPushBack TensorListReserve TensorListResize TensorListScatter
TensorListScatterIntoExistingList TensorListScatterV2 TensorListSetItem TensorListSplit TensorListStack TensorScatterAdd TensorScatterMax
TensorScatterMin TensorScatterSub TensorScatterUpdate TensorStridedSliceUpdate Tile Timestamp TopK TopKV2 Transpose TruncateDiv TruncateMod
TruncatedNormal UnicodeDecode UnicodeDecodeWithOffsets UnicodeEncode UnicodeScript UnicodeTranscode Unique UniqueV2 UniqueWithCounts
UniqueWithCountsV2 Unpack UnravelIndex UnsortedSegmentJoin UnsortedSegmentMax UnsortedSegmentMin UnsortedSegmentProd UnsortedSegmentSum Unwrap
UpperBound VarHandleOp VarIsInitializedOp Variable VariableShape VariableV2 Where While Xdivy Xlog1py Xlogy ZerosLike Zeta _Arg _Retval _FusedMatMul
_FusedConv2D AudioSpectrogram AnonymousMutableHashTable AnonymousHashTable RandomUniformLike TensorMapErase TensorMapHasKey TensorMapInsert
TensorMapLookup TensorMapSize TensorMapStackKeys TridiagonalSolve TridiagonalMatMul Unbatch Batch BatchFunction ImageProjectiveTransformV2
ImageProjectiveTransformV3 DrawBoundingBoxes DrawBoundingBoxesV2 SobolSample Spence Dawsn Fresnel BesselJ0 BesselJ1 NcclAllReduce CollectiveReduceV2
LSTMBlockCell BlockLSTM BlockLSTMV2 GRUBlockCell QuantizedBiasAdd QuantizedRelu Requantize RequantizationRange QuantizedConcat QuantizedReshape
`)

// words makes a set of the words in text.
func words(text string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(text) {
		set[word] = true
	}
	return set
}

// graphReader reads TensorFlow's graphs.
type graphReader struct {
	proto
	file    *File
	local   map[string]bool // functions of the model itself
	called  map[string]bool // operations on no list
	graphs  int
	capable string
	partial string
}

// savedModel fills f from a SavedModel: schema version and meta graphs.
// Source: tensorflow/core/protobuf/saved_model.proto, meta_graph.proto and
// core/framework/{graph,function,node_def}.proto.
func (f *File) savedModel(src *source) {
	r := &graphReader{proto: proto{w: newWindow(src, 0, src.size)}, file: f, local: map[string]bool{}, called: map[string]bool{}}
	err := r.message(src.size, func(f field) error {
		if f.number != 2 {
			return nil
		}
		return r.inside(f, func(f field) error {
			if f.number != 2 {
				return nil
			}
			r.graphs++
			return r.inside(f, r.graph)
		})
	})
	if err == nil && r.graphs == 0 {
		err = faultf(HeaderSyntax, -1, "a SavedModel without a graph")
	}
	if err != nil {
		f.refuse(err)
	}
	for op := range r.local {
		delete(r.called, op)
	}
	r.layers(src)
	r.conclude(err)
}

// layers looks for the configurations of layers that Keras wrote among the
// objects of the graph before TensorFlow 2.5, and still reads from there.
// Source: _read_legacy_metadata in keras/saving/saved_model/load.py.
func (r *graphReader) layers(src *source) {
	s := &kerasSearch{file: r.file, src: src, k: &kerasWalk{file: r.file}, word: `"` + kerasClassWord + `"`}
	s.run()
	r.capable = cmp.Or(r.capable, s.k.capable)
	if s.configs > 0 || s.doubt == escapedDoubt {
		r.partial = cmp.Or(s.k.partial, s.doubt)
	}
}

func (r *graphReader) conclude(err error) {
	f := r.file
	switch {
	case r.capable != "":
		f.Complete = err == nil && r.partial == ""
		f.capable(r.capable)
	case err != nil:
	case r.partial != "":
		f.incomplete(NotOpened, -1, r.partial)
	case len(r.called) > 0:
		names := slices.Sorted(maps.Keys(r.called))
		f.incomplete(CustomOperator, -1, fmt.Sprintf("%d operations that are not known here: %s", len(names), strings.Join(names[:min(len(names), 3)], ", ")))
	default:
		f.inert("a TensorFlow graph of operations that compute")
	}
}

// graph reads a field of GraphDef.
func (r *graphReader) graph(f field) error {
	switch f.number {
	case 1:
		return r.inside(f, r.node)
	case 2:
		return r.inside(f, func(f field) error {
			if f.number != 1 {
				return nil
			}
			return r.inside(f, r.function)
		})
	}
	return nil
}

// function reads a field of FunctionDef.
func (r *graphReader) function(f field) error {
	switch f.number {
	case 1:
		return r.inside(f, func(f field) error {
			if f.number == 1 && len(r.local) < MaxMembers {
				r.local[r.text(f)] = true
			}
			return nil
		})
	case 3:
		return r.inside(f, r.node)
	}
	return nil
}

// node reads a field of NodeDef.
func (r *graphReader) node(f field) error {
	if f.number != 2 {
		return nil
	}
	op := r.text(f)
	r.operation(op)
	return nil
}

// operation judges one operation by its name.
func (r *graphReader) operation(op string) {
	if label, ok := tensorFlowCode[op]; ok {
		text := fmt.Sprintf("the operation %s %s", op, label)
		r.file.problem(UnlistedCall, Fault, r.w.offset(), text)
		r.capable = cmp.Or(r.capable, text)
		return
	}
	if !tensorFlowPure[op] && len(r.called) < MaxMembers {
		r.called[op] = true
	}
}
