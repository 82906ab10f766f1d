package weights

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// long is a string of n bytes as BINUNICODE writes it, without its bytes.
func long(n int) string {
	return string(binary.LittleEndian.AppendUint32([]byte{opBinUnicode}, uint32(n)))
}

// code is what a loader of pickles runs behind a value that it drops.
var code = string(opPop) + string(bare().global("os", "system").call("id").stop())

// oldTarHeader is the header of a tar archive's member as it was before POSIX.
func oldTarHeader(name string, size int) []byte {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], fmt.Sprintf("0000644\x000000000\x000000000\x00%011o\x0000000000000\x00        0", size))
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// pickleTar is a pickle of one string, and to whoever asks for a tar archive
// first an archive with another pickle in it.
func pickleTar() []byte {
	pad := func(b []byte) []byte { return append(b, make([]byte, -len(b)&511)...) }
	rest := append(oldTarHeader("pickle", len(payload())), pad(payload())...)
	rest = append(rest, make([]byte, 1024)...)
	name := "\x80\x02" + long(512+len(rest)-7)
	return append(append(oldTarHeader(name, 0), rest...), opStop)
}

// tarPickle is a tar archive of a valid safetensors file, and to a loader of
// pickles a long string with code behind it.
func tarPickle(t testing.TB) []byte {
	const n = 100_000
	header := fmt.Sprintf(`{"a":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}`, n, n)
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	file = append(file, make([]byte, n)...)
	copy(file[5+n-512:], code)
	return tarFile(t, "model", string(file))
}

// torchTarPickle is the same around an archive of PyTorch's of before 0.1.10.
func torchTarPickle(t testing.TB) []byte {
	const n = 70_000
	count := string(pickled(2).int(0).stop())
	notes := append(make([]byte, n), code...)
	return renamed(tarFile(t, "notes", string(notes), "sys_info", "\x80\x02}.", "pickle", "\x80\x02}.", "tensors", count, "storages", count), long(512+n-5))
}

// renamed writes the first header of a tar archive anew under another name.
func renamed(b []byte, name string) []byte {
	copy(b, append([]byte(name), make([]byte, 100-len(name))...))
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b[:512] {
		sum += int(c)
	}
	copy(b[148:], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// flaxPickle is a map of Flax, and to a loader of pickles strings with code
// behind them.
func flaxPickle() []byte {
	const n = 100_000
	array := binary.BigEndian.AppendUint32([]byte("\x93\x91\xCE"), n)
	array = binary.BigEndian.AppendUint32(append(array, "\xA5uint8\xC6"...), n)
	b := append([]byte("\x8C\xB0"), strings.Repeat("k", 16)...)
	b = append(binary.BigEndian.AppendUint32(append(b, 0xC9), uint32(len(array)+n)), 1)
	b = append(b, array...)
	data := make([]byte, n)
	at := 2 + 0xB0 - len(b)
	at += copy(data[at:], string(opPop)+long(70_000)) + 70_000
	copy(data[at:], code)
	b = append(b, data...)
	for i := range 11 {
		b = append(b, 0xA2, 'z', byte('a'+i), 1)
	}
	return b
}

// joblibArray is a pickle of joblib's whose array is described by what describe
// writes, with its dtype, and whose bytes say other things to who takes them
// for another number: seen of them, then a string that covers code, or all of
// them, and the code.
func joblibArray(seen, all int, describe func(a *asm), arguments func(a *asm)) []byte {
	a := pickled(2).global("joblib.numpy_pickle", "NumpyArrayWrapper")
	if arguments != nil {
		arguments(a)
	} else {
		a.op(opEmptyTuple)
	}
	a.op(opNewObj, opEmptyDict, opBinPut, 1, opMark)
	a.str("subclass").global("numpy", "ndarray").str("order").str("C").str("allow_mmap").op(opNewTrue)
	describe(a)
	a.op(opBuild).raw(strings.Repeat("\x00", seen))
	rest := all - seen - 5
	a.raw(long(rest + len(code))).raw(strings.Repeat("\x00", rest)).raw(code)
	return a.op(opPop).stop()
}

// dtype writes a numpy dtype with the width that its state says.
func (a *asm) dtype(name string, width int) *asm {
	a.global("numpy", "dtype").str(name).op(opNewFalse, opNewTrue, opTuple3, opReduce)
	return a.op(opMark).int(3).str("|").op(opNone, opNone, opNone).int(width).int(1).int(0).op(opTuple, opBuild)
}

func (a *asm) shape(n int) *asm { return a.str("shape").int(n).op(opTuple1) }

// record writes a dtype of one field, eight bytes long, that says it holds no
// objects; field writes the field's own dtype.
func (a *asm) record(field func(a *asm)) *asm {
	a.global("numpy", "dtype").str("V8").op(opNewFalse, opNewTrue, opTuple3, opReduce)
	a.op(opMark).int(3).str("|").op(opNone).str("a").op(opTuple1, opEmptyDict, opBinPut, 5).str("a")
	field(a)
	return a.int(0).op(opTuple2, opSetItem).int(8).int(1).int(0).op(opTuple, opBuild)
}

// Each of them is something harmless to one loader and runs code in another, or
// hands addresses of the author's choice to numpy.
func TestOtherLoaders(t *testing.T) {
	u1 := func(a *asm) { a.str("dtype").dtype("u1", -1) }
	for name, b := range map[string][]byte{
		"a tar archive behind a pickle's string":                  pickleTar(),
		"a pickle behind a long string in a tar file":             renamed(tarPickle(t), long(100_000)),
		"a pickle behind a long string in PyTorch's old tar file": torchTarPickle(t),
		"a pickle behind a long string in Flax's map":             flaxPickle(),
		"an escaped key": joblibArray(4, 400, func(a *asm) {
			u1(a)
			a.shape(4).raw("V\\u0073hape\n").int(400).op(opTuple1, opSetItems)
		}, nil),
		"a dict changed by its other name": joblibArray(4, 400, func(a *asm) {
			u1(a)
			a.shape(4).op(opSetItems, opBinGet, 1).shape(400).op(opSetItem, opPop)
		}, nil),
		"a dtype told another width": joblibArray(4, 400, func(a *asm) { a.str("dtype").dtype("S4", 400).shape(1).op(opSetItems) }, nil),
		"a padding that is no number": joblibArray(4, 5+200, func(a *asm) {
			u1(a)
			a.shape(4).str("numpy_array_alignment_bytes").str("x").op(opSetItems)
		}, nil),
		"a padding in the arguments": joblibArray(4, 5+200, func(a *asm) { u1(a); a.shape(4).op(opSetItems) }, func(a *asm) {
			a.op(opMark).global("numpy", "ndarray").int(4).op(opTuple1).str("C").dtype("u1", -1).op(opNewTrue).int(16).op(opTuple)
		}),
		"a dtype beyond those told apart": joblibArray(50, 400, func(a *asm) {
			a.str("dtype").dtype("u1", -1)
			for i := range maxElements + 1 {
				a.global("numpy", "dtype").str(fmt.Sprint("x", i)).op(opTuple1, opReduce, opPop)
			}
			a.str("dtype").dtype("f8", -1).shape(50).op(opSetItems)
		}, nil),
		"objects under another name": pickled(2).record(func(a *asm) { a.global("numpy", "dtype").str("object").op(opTuple1, opReduce) }).stop(),
		"objects in a field later": pickled(2).record(func(a *asm) { a.dtype("f8", -1) }).op(opBinGet, 5).str("a").
			global("numpy", "dtype").str("O").op(opTuple1, opReduce).int(0).op(opTuple2, opSetItem).stop(),
	} {
		if f := inspect(t, "model.pkl", b); f.Verdict == Inert || f.Verdict == AllowListed {
			t.Errorf("%s: %s %s, complete %v: %s", name, f.Format, f.Verdict, f.Complete, f.Reason)
		}
	}
}

// What stands behind the end of an archive or of a stream is read by some.
func TestBehindTheEnd(t *testing.T) {
	good := string(binary.LittleEndian.AppendUint64(nil, 2)) + "{}"
	two := append(tarFile(t, "a.safetensors", good), tarFile(t, "b.pkl", string(payload()))...)
	for name, b := range map[string][]byte{"a.tar": two, "a.joblib": append(zlibbed(t, torchPickle()), payload()...)} {
		if f := inspect(t, name, b); f.Complete {
			t.Errorf("%s is complete: %s", name, f.Reason)
		}
	}
	c, err := OpenContainer("a.tar", bytes.NewReader(two), int64(len(two)))
	if err != nil || len(c.Problems) == 0 {
		t.Errorf("the container tells nothing: %v", err)
	}
	packed := gzipped(t, two)
	c, err = OpenContainer("a.tgz", bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(c.Problems) == 0 {
		t.Errorf("the compressed container tells nothing: %v", err)
	}
}

// A pickle without a signature may begin with any string.
func TestSniffAt(t *testing.T) {
	for name, b := range map[string][]byte{
		"blob.dat": []byte(long(70_000) + strings.Repeat("a", 70_000) + code),
		"notes":    []byte("V" + strings.Repeat("a", 70_000) + "\n" + code),
	} {
		if f := SniffAt(bytes.NewReader(b), int64(len(b)), b[:headSize], name); f != Pickle {
			t.Errorf("%s is %q", name, f)
		}
	}
	text := []byte("Very long.\n" + strings.Repeat("A line of text.\n", 1000))
	if f := SniffAt(bytes.NewReader(text), int64(len(text)), text[:headSize], "x.txt"); f != "" {
		t.Errorf("text is %q", f)
	}
}

// What numpy and joblib write of text, records and aligned records is plain.
func TestPlainDtypes(t *testing.T) {
	state := func(name string, width, flags int, fields func(a *asm)) func(a *asm) {
		return func(a *asm) {
			a.global("numpy", "dtype").str(name).op(opNewFalse, opNewTrue, opTuple3, opReduce).op(opMark).int(3).str("<").op(opNone)
			if fields(a); name[0] != 'V' {
				a.op(opNone, opNone)
			}
			a.int(width).int(-1).int(flags).op(opTuple, opBuild)
		}
	}
	none := func(*asm) {}
	text := state("U2", 8, 8, none)
	field := func(inner func(a *asm)) func(a *asm) {
		return func(a *asm) {
			a.str("a").op(opTuple1, opEmptyDict).str("a")
			inner(a)
			a.int(0).op(opTuple2, opSetItem)
		}
	}
	for name, dtype := range map[string]func(a *asm){
		"text": text, "bytes": state("S4", 4, 0, none), "record of text": state("V8", 8, 24, field(text)),
		"aligned record": state("V16", 16, 144, field(state("i8", -1, 0, none))), "signed": state("V16", 16, -112, field(state("i8", -1, 0, none))),
	} {
		a := pickled(2)
		dtype(a)
		if f := inspect(t, "x.pkl", a.stop()); f.Verdict != AllowListed || !f.Complete {
			t.Errorf("%s: %s, complete %v: %s", name, f.Verdict, f.Complete, f.Reason)
		}
	}
}

// Hydra goes from attribute to attribute, and YAML has more than one way to
// write a key.
func TestNemoTargets(t *testing.T) {
	weights := string(binary.LittleEndian.AppendUint64(nil, 2)) + "{}"
	for _, test := range []struct {
		member, config string
		safe           bool
	}{
		{"model_config.yaml", "a:\n  _target_: nemo.collections.asr.models.EncDecCTCModel\n", true},
		{"./model_config.yaml", "a: {_target_: torch.nn.Linear}\n", true},
		{"model_config.yaml", "a:\n  _target_: nemo.utils.app_state.os.system\n", false},
		{"model_config.yaml", "a:\n  _target_: nemo.utils.app_state.subprocess.Popen\n", false},
		{"model_config.yaml", "a:\n  _target_: # as ever\n    os.system\n", false},
		{"model_config.yaml", "a:\n  \"\\x5ftarget_\": os.system\n", false},
		{"././model_config.yaml", "a:\n  _target_: os.system\n", false},
	} {
		f := inspect(t, "m.nemo", tarFile(t, test.member, test.config, "w.safetensors", weights))
		if safe := f.Verdict == Inert && f.Complete; safe != test.safe {
			t.Errorf("%q: %s, complete %v: %s", test.config, f.Verdict, f.Complete, f.Reason)
		}
	}
}

// keras and utils.get_file is another spelling of keras.utils and get_file.
func TestKerasPaths(t *testing.T) {
	for _, object := range []string{
		`{"module":"keras","class_name":"function","config":"utils.get_file"}`,
		`{"module":"keras","class_name":"utils.get_file","config":{}}`,
		`{"module":"keras.models","class_name":"function","config":"load_model"}`,
	} {
		b := kerasFile(strings.Replace(kerasDense, `"units":8`, `"activation":`+object, 1))
		if f := inspect(t, "m.keras", b); f.Verdict != CodeCapable {
			t.Errorf("%s: %s: %s", object, f.Verdict, f.Reason)
		}
	}
	b := kerasFile(strings.Replace(kerasDense, `"units":8`, `"activation":{"module":"keras.activations","class_name":"function","config":"relu"}`, 1))
	if f := inspect(t, "m.keras", b); f.Verdict != Inert {
		t.Errorf("relu: %s: %s", f.Verdict, f.Reason)
	}
	if bytes.Equal(b, kerasFile(kerasDense)) {
		t.Error("the configuration was not changed")
	}
}
