package weights

// The opcodes of pickle, all 68. Source: CPython's Lib/pickletools.py, 3.11.
const (
	opMark           = '('
	opStop           = '.'
	opPop            = '0'
	opPopMark        = '1'
	opDup            = '2'
	opFloat          = 'F'
	opInt            = 'I'
	opBinInt         = 'J'
	opBinInt1        = 'K'
	opLong           = 'L'
	opBinInt2        = 'M'
	opNone           = 'N'
	opPersID         = 'P'
	opBinPersID      = 'Q'
	opReduce         = 'R'
	opString         = 'S'
	opBinString      = 'T'
	opShortBinString = 'U'
	opUnicode        = 'V'
	opBinUnicode     = 'X'
	opAppend         = 'a'
	opBuild          = 'b'
	opGlobal         = 'c'
	opDict           = 'd'
	opEmptyDict      = '}'
	opAppends        = 'e'
	opGet            = 'g'
	opBinGet         = 'h'
	opInst           = 'i'
	opLongBinGet     = 'j'
	opList           = 'l'
	opEmptyList      = ']'
	opObj            = 'o'
	opPut            = 'p'
	opBinPut         = 'q'
	opLongBinPut     = 'r'
	opSetItem        = 's'
	opTuple          = 't'
	opEmptyTuple     = ')'
	opSetItems       = 'u'
	opBinFloat       = 'G'
	opBinBytes       = 'B'
	opShortBinBytes  = 'C'

	opProto           = 0x80
	opNewObj          = 0x81
	opExt1            = 0x82
	opExt2            = 0x83
	opExt4            = 0x84
	opTuple1          = 0x85
	opTuple2          = 0x86
	opTuple3          = 0x87
	opNewTrue         = 0x88
	opNewFalse        = 0x89
	opLong1           = 0x8a
	opLong4           = 0x8b
	opShortBinUnicode = 0x8c
	opBinUnicode8     = 0x8d
	opBinBytes8       = 0x8e
	opEmptySet        = 0x8f
	opAddItems        = 0x90
	opFrozenSet       = 0x91
	opNewObjEx        = 0x92
	opStackGlobal     = 0x93
	opMemoize         = 0x94
	opFrame           = 0x95
	opByteArray8      = 0x96
	opNextBuffer      = 0x97
	opReadonlyBuffer  = 0x98
)

// argBytes is how many bytes of fixed arguments, lengths included, stand
// behind each opcode.
var argBytes = [256]uint8{
	opBinInt: 4, opBinInt1: 1, opBinInt2: 2, opBinString: 4, opShortBinString: 1, opBinUnicode: 4, opBinGet: 1,
	opLongBinGet: 4, opBinPut: 1, opLongBinPut: 4, opBinFloat: 8, opBinBytes: 4, opShortBinBytes: 1, opProto: 1,
	opExt1: 1, opExt2: 2, opExt4: 4, opLong1: 1, opLong4: 4, opShortBinUnicode: 1, opBinUnicode8: 8, opBinBytes8: 8,
	opFrame: 8, opByteArray8: 8,
}

// The classes of the most common opcodes. They lie close together, so that a
// switch over them is one jump and no search.
const (
	getClass = iota + 1 // 0 is any other
	markClass
	int1Class
	int2Class
	int4Class
	trueClass
	falseClass
	noneClass
	floatClass
	listClass
	dictClass
	putClass
	memoClass
	textClass
)

var opClasses = [256]uint8{
	opBinGet: getClass, opMark: markClass, opBinInt1: int1Class, opBinInt2: int2Class, opBinInt: int4Class, opNewTrue: trueClass,
	opNewFalse: falseClass, opNone: noneClass, opBinFloat: floatClass, opEmptyList: listClass, opEmptyDict: dictClass,
	opShortBinUnicode: textClass, opMemoize: memoClass, opBinPut: putClass, opLongBinPut: putClass,
}

// longestOp is the longest opcode with its fixed arguments, in bytes.
const longestOp = 9

// opNames are the names of the opcodes that reach a global.
var opNames = map[byte]string{
	opGlobal: "global", opStackGlobal: "stack_global", opInst: "inst", opObj: "obj",
	opReduce: "reduce", opNewObj: "newobj", opNewObjEx: "newobj_ex", opBuild: "build",
}
