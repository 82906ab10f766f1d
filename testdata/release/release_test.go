package release

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"
)

// Limits of what is committed, in bytes.
const (
	maxRelease  = 320 << 10
	maxReleases = 2 << 20
)

func TestReleasesStaySmall(t *testing.T) {
	total := 0
	for _, r := range All() {
		size := 0
		for _, f := range r.Files() {
			size += len(f.Data)
		}
		if size > maxRelease {
			t.Errorf("%s holds %d bytes, limit %d", r.Name, size, maxRelease)
		}
		total += size
	}
	if total > maxReleases {
		t.Errorf("all releases hold %d bytes, limit %d", total, maxReleases)
	}
}

// The committed names must be ones that a checkout on Windows and a module
// archive (golang.org/x/mod/module.CheckFilePath) take.
func TestCommittedNamesArePortable(t *testing.T) {
	for _, r := range All() {
		folded := map[string]string{}
		for name, f := range r.Files() {
			if !portable(name) {
				t.Errorf("%s: %q", r.Name, name)
			}
			if other, ok := folded[strings.ToLower(name)]; ok {
				t.Errorf("%s: %q and %q differ in case alone", r.Name, name, other)
			}
			folded[strings.ToLower(name)] = name
			if path.Base(name) == ".gitattributes" {
				t.Errorf("%s: %s would act on this repository", r.Name, name)
			}
			if f.Mode&fs.ModeSymlink != 0 && string(f.Data) == "." {
				t.Errorf("%s: %s leads tools that follow links round and round", r.Name, name)
			}
		}
	}
	for _, name := range []string{"a:b", "a|b", "<a>", "\x1b[2J", "a\nb", "\u202Ea", "a.", "con"} {
		if portable(name) {
			t.Errorf("%q passes for portable", name)
		}
	}
}

func portable(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part == "con" || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
			return false
		}
		for _, r := range part {
			ascii := strings.ContainsRune("!#$%&()+,-.=@[]^_{}~ 0123456789", r)
			if !ascii && !unicode.IsLetter(r) {
				return false
			}
		}
	}
	return true
}

func TestReleasesAreDeterministicAndFresh(t *testing.T) {
	for _, r := range All() {
		first, second := r.Files(), r.Files()
		if diff := differ(first, second); diff != "" {
			t.Errorf("%s: two builds differ in %s", r.Name, diff)
		}
		for _, f := range first {
			for i := range f.Data {
				f.Data[i] ^= 0xff
			}
		}
		if diff := differ(second, r.Files()); diff != "" {
			t.Errorf("%s: changing one build changed the next in %s", r.Name, diff)
		}
	}
}

// differ names a file in which two releases differ, or nothing.
func differ(a, b fstest.MapFS) string {
	for name := range maps.Keys(b) {
		if a[name] == nil {
			return name
		}
	}
	for name, f := range a {
		if g := b[name]; g == nil || f.Mode != g.Mode || !bytes.Equal(f.Data, g.Data) {
			return name
		}
	}
	return ""
}

// header is what a safetensors file says about one tensor.
type header struct {
	DType   string
	Shape   []int
	Offsets [2]int `json:"data_offsets"`
}

// readSafetensors is a second, independent reading of the format, as strict as
// the reference about offsets and length.
func readSafetensors(t *testing.T, file []byte) map[string]header {
	t.Helper()
	n := int(binary.LittleEndian.Uint64(file))
	if n%8 != 0 {
		t.Fatalf("header of %d bytes is not padded", n)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(file[8:8+n], &raw); err != nil {
		t.Fatal(err)
	}
	delete(raw, "__metadata__")
	tensors := map[string]header{}
	for name, value := range raw {
		var h header
		if err := json.Unmarshal(value, &h); err != nil {
			t.Fatal(err)
		}
		tensors[name] = h
	}
	end := 0
	byOffsets := func(a, b header) int { return slices.Compare(a.Offsets[:], b.Offsets[:]) }
	for _, h := range slices.SortedFunc(maps.Values(tensors), byOffsets) {
		if h.Offsets[0] != end {
			t.Fatalf("tensor begins at %d, want %d", h.Offsets[0], end)
		}
		end = h.Offsets[1]
	}
	if 8+n+end != len(file) {
		t.Fatalf("file has %d bytes, header says %d", len(file), 8+n+end)
	}
	return tensors
}

func count(tensors map[string]header) int {
	n := 0
	for _, h := range tensors {
		n += Tensor{Shape: h.Shape}.Elements()
	}
	return n
}

func TestSafetensors(t *testing.T) {
	scalar := Tensor{Name: "a\"b", DType: "I64", Data: make([]byte, 8)}
	none := Tensor{Name: "none", DType: "F32", Shape: []int{3, 0}}
	file := Safetensors(map[string]string{"format": "pt"}, scalar, none, NewTensor("w", "BF16", 1, 2, 3))
	got := readSafetensors(t, file)
	if len(got) != 3 || got["none"].Offsets != [2]int{8, 8} || got["w"].Offsets != [2]int{8, 20} || len(got["a\"b"].Shape) != 0 {
		t.Errorf("got %+v", got)
	}
	if len(readSafetensors(t, Safetensors(nil))) != 0 {
		t.Error("no tensors gave some")
	}
	if shapes := Safetensors(nil, pebble().Shapes("F32")...); len(shapes) > 2<<10 {
		t.Errorf("a header alone took %d bytes", len(shapes))
	}
}

func TestTorchZip(t *testing.T) {
	tensors := append(pebble().Tensors("F16", 1), Tensor{Name: "step", DType: "I64", Data: make([]byte, 8)})
	file := TorchZip("archive", tensors...)
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	members := map[string][]byte{}
	for _, f := range z.File {
		at, err := f.DataOffset()
		if err != nil || at%torchAlignment != 0 || f.Method != zip.Store {
			t.Errorf("%s: data at %d, method %d, error %v", f.Name, at, f.Method, err)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if members[f.Name], err = io.ReadAll(r); err != nil { // checks the CRC
			t.Fatal(err)
		}
	}
	for i, tensor := range tensors {
		if !bytes.Equal(members["archive/data/"+strconv.Itoa(i)], tensor.Data) {
			t.Errorf("member %d is not the data of %s", i, tensor.Name)
		}
	}
	pkl := members["archive/data.pkl"]
	if !bytes.HasPrefix(pkl, []byte("\x80\x02ccollections\nOrderedDict\nq\x00)R")) || !bytes.HasSuffix(pkl, []byte("sb.")) {
		t.Errorf("pickle begins % x and ends % x", pkl[:8], pkl[len(pkl)-3:])
	}
	if n := bytes.Count(pkl, []byte("Q")); n < len(tensors) {
		t.Errorf("%d persistent ids for %d tensors", n, len(tensors))
	}
}

func TestGGUF(t *testing.T) {
	file := GGUF([]KV{
		{"a", uint16(1)}, {"b", true}, {"c", []string{"x", "yz"}}, {"d", float32(1)}, {"e", uint64(2)}, {"f", int32(-1)},
		{"g", []float32{1}}, {"h", []int32{1, 2}}, {"i", false},
	}, NewTensor("m", "Q8_0", 1, 2, 32), NewTensor("v", "F32", 2, 3))
	want := "GGUF\x03\x00\x00\x00" + "\x02\x00\x00\x00\x00\x00\x00\x00" + "\x09\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x00\x00\x00\x00\x00\x00\x00a\x02\x00\x00\x00\x01\x00" +
		"\x01\x00\x00\x00\x00\x00\x00\x00b\x07\x00\x00\x00\x01" +
		"\x01\x00\x00\x00\x00\x00\x00\x00c\x09\x00\x00\x00\x08\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00"
	if !strings.HasPrefix(string(file), want) {
		t.Errorf("file begins %q", file[:len(want)])
	}
	// Dimensions innermost first, type 8, offset 0; then one dimension, type 0, offset 68 filled up to 96.
	infos := "m\x02\x00\x00\x00 \x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x01\x00\x00\x00\x00\x00\x00\x00v\x01\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x60\x00\x00\x00\x00\x00\x00\x00"
	if !bytes.Contains(file, []byte(infos)) {
		t.Error("tensor infos are not laid out as the format asks")
	}
	if len(file)%ggufAlignment != 0 || math32(file[len(file)-ggufAlignment:]) == 0 {
		t.Errorf("the last tensor does not begin the last block of a file of %d bytes", len(file))
	}
}

func math32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

func TestFloat16(t *testing.T) {
	for f, want := range map[float32]uint16{0: 0, 1: 0x3c00, -2: 0xc000, 0.5: 0x3800, 65504: 0x7bff, 1e-8: 0} {
		if got := float16(f); got != want {
			t.Errorf("float16(%v) = %#x, want %#x", f, got, want)
		}
	}
}

func TestLFSPointer(t *testing.T) {
	got := string(LFSPointer(sha256.Sum256(nil), 12))
	want := "version https://git-lfs.github.com/spec/v1\noid sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nsize 12\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}

func TestGitBlobID(t *testing.T) {
	// As `echo hello | git hash-object --stdin` says.
	if got := GitBlobID([]byte("hello\n")); got != "ce013625030ba8dba906f756967f9e9ca394464a" {
		t.Errorf("got %s", got)
	}
}

func TestExemplaryAgreesWithItself(t *testing.T) {
	files := Exemplary()
	var config struct {
		Hidden    int `json:"hidden_size"`
		Inner     int `json:"intermediate_size"`
		Layers    int `json:"num_hidden_layers"`
		Heads     int `json:"num_attention_heads"`
		KVHeads   int `json:"num_key_value_heads"`
		Vocab     int `json:"vocab_size"`
		Positions int `json:"max_position_embeddings"`
	}
	decode(t, files, "config.json", &config)
	want := Llama{Vocab: config.Vocab, Hidden: config.Hidden, Intermediate: config.Inner, Layers: config.Layers, Heads: config.Heads, KVHeads: config.KVHeads}
	if want != lumen() {
		t.Errorf("config.json says %+v", want)
	}

	var index struct {
		Metadata struct {
			Size int `json:"total_size"`
		}
		Weights map[string]string `json:"weight_map"`
	}
	decode(t, files, "model.safetensors.index.json", &index)
	size, parameters := 0, 0
	for i := range 2 {
		shard := ShardName(i+1, 2)
		tensors := readSafetensors(t, files[shard].Data)
		parameters += count(tensors)
		for name, h := range tensors {
			size += h.Offsets[1] - h.Offsets[0]
			if index.Weights[name] != shard || h.DType != "BF16" {
				t.Errorf("%s is %s in %s, index says %s", name, h.DType, shard, index.Weights[name])
			}
			delete(index.Weights, name)
		}
	}
	if len(index.Weights) != 0 || size != index.Metadata.Size {
		t.Errorf("index names %v beyond the shards; %d bytes, index says %d", index.Weights, size, index.Metadata.Size)
	}
	card := string(files["README.md"].Data)
	for _, claim := range []string{"41,120 parameters", "up to 128 tokens", "bfloat16", "vocabulary has 256", "82,240 bytes", "license: apache-2.0", "trained from scratch"} {
		if !strings.Contains(card, claim) {
			t.Errorf("card does not say %q", claim)
		}
	}
	if parameters != 41120 || size != 82240 || config.Positions != 128 {
		t.Errorf("%d parameters, %d bytes, %d positions", parameters, size, config.Positions)
	}
	if tokens, merges := vocabulary(); len(tokens) != config.Vocab || len(merges) == 0 || slices.Contains(tokens, "") {
		t.Errorf("tokenizer has %d tokens, %d merges", len(tokens), len(merges))
	}

	var results struct {
		Results []struct {
			Metric string
			Value  json.Number
		}
	}
	decode(t, files, "evaluation/results.json", &results)
	for _, r := range results.Results {
		if !strings.Contains(card, "type: "+r.Metric+"\n") || !strings.Contains(card, "value: "+r.Value.String()+"\n") {
			t.Errorf("model-index does not have %s %s", r.Metric, r.Value)
		}
	}
	if len(results.Results) != 2 {
		t.Errorf("%d results", len(results.Results))
	}
}

func TestExemplaryDigestsHold(t *testing.T) {
	files := Exemplary()
	listed := sums(t, files)
	for name, f := range files {
		if digest := sha256.Sum256(f.Data); name != "SHA256SUMS" && listed[name] != hex.EncodeToString(digest[:]) {
			t.Errorf("%s: listed digest is %q", name, listed[name])
		}
	}
	if len(listed) != len(files)-1 {
		t.Errorf("%d digests for %d files", len(listed), len(files))
	}

	var manifest struct {
		Distribution []struct {
			ContentURL  string `json:"contentUrl"`
			ContentSize string `json:"contentSize"`
			SHA256      string `json:"sha256"`
		}
	}
	decode(t, files, "croissant.json", &manifest)
	for _, d := range manifest.Distribution {
		data := files[d.ContentURL].Data
		if digest := sha256.Sum256(data); d.SHA256 != hex.EncodeToString(digest[:]) || d.ContentSize != strconv.Itoa(len(data))+" B" {
			t.Errorf("manifest is wrong about %s", d.ContentURL)
		}
	}
	if len(manifest.Distribution) != 3 {
		t.Errorf("manifest lists %d files", len(manifest.Distribution))
	}
}

func decode(t *testing.T, files fstest.MapFS, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(files[name].Data, into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// sums reads SHA256SUMS as a map from name to digest.
func sums(t *testing.T, files fstest.MapFS) map[string]string {
	t.Helper()
	listed := map[string]string{}
	for line := range strings.Lines(string(files["SHA256SUMS"].Data)) {
		digest, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		if !ok || len(digest) != 64 {
			t.Fatalf("line %q", line)
		}
		listed[name] = digest
	}
	return listed
}

func TestContradictingContradicts(t *testing.T) {
	files := Contradicting()
	card, config := string(files["README.md"].Data), string(files["config.json"].Data)
	for _, claim := range []string{"7B parameter", "bfloat16", "32,768 tokens", "license: mit", "base_model: acme/basalt-7b"} {
		if !strings.Contains(card, claim) {
			t.Errorf("card does not say %q", claim)
		}
	}
	if !strings.Contains(config, `"_name_or_path": "acme/slate-1b-base"`) || !strings.Contains(config, `"float32"`) {
		t.Error("config agrees with the card")
	}
	if !strings.Contains(string(files["LICENSE"].Data), "non-commercial purposes only") {
		t.Error("licence text allows commerce")
	}
	tensors := readSafetensors(t, files[ShardName(1, 2)].Data)
	if n := count(tensors); n > 41120 || tensors["model.embed_tokens.weight"].DType != "F32" {
		t.Errorf("%d parameters", n)
	}
	if files[ShardName(2, 2)] != nil || !bytes.Contains(files["model.safetensors.index.json"].Data, []byte(ShardName(2, 2))) {
		t.Error("the missing shard is not missed")
	}
	wrong := 0
	for name, digest := range sums(t, files) {
		if got := sha256.Sum256(files[name].Data); digest != hex.EncodeToString(got[:]) {
			wrong++
		}
	}
	if wrong != 1 {
		t.Errorf("%d digests are wrong, want 1", wrong)
	}
}

func TestClaimedSizesAreTrueElsewhere(t *testing.T) {
	for _, c := range []struct {
		files   fstest.MapFS
		weights string
		claim   string
		want    int
	}{
		{Adapter(), "adapter_model.safetensors", "896 trained parameters", 896},
		{Restricted(), "model.safetensors", "26,720 parameters", 26720},
		{RemoteCode(), "model.safetensors", "17,440 parameters", 17440},
	} {
		if !strings.Contains(string(c.files["README.md"].Data), c.claim) {
			t.Errorf("card does not say %q", c.claim)
		}
		if n := count(readSafetensors(t, c.files[c.weights].Data)); n != c.want {
			t.Errorf("%s: weights hold %d", c.claim, n)
		}
	}
}

func TestHubCacheLinksLeadToTrueBlobs(t *testing.T) {
	files, links := HubCache(), 0
	for name, f := range files {
		if f.Mode&fs.ModeSymlink != 0 {
			links++
			if files[path.Join(path.Dir(name), string(f.Data))] == nil {
				t.Errorf("%s leads to nothing", name)
			}
			continue
		}
		if path.Base(path.Dir(name)) != "blobs" {
			continue
		}
		digest := sha256.Sum256(f.Data)
		if blob := path.Base(name); blob != GitBlobID(f.Data) && blob != hex.EncodeToString(digest[:]) {
			t.Errorf("%s is not named after its content", name)
		}
	}
	if links != 4 {
		t.Errorf("%d links", links)
	}
}

func TestLFSPointersSizesFitTheIndex(t *testing.T) {
	var index struct {
		Metadata struct {
			Size int `json:"total_size"`
		}
	}
	files := LFSPointers()
	decode(t, files, "model.safetensors.index.json", &index)
	size := 0
	for i := range 2 {
		_, last, _ := strings.Cut(string(files[ShardName(i+1, 2)].Data), "\nsize ")
		n, err := strconv.Atoi(strings.TrimSpace(last))
		if err != nil {
			t.Fatal(err)
		}
		size += n
	}
	// 702,359,040 parameters of two bytes; the headers come on top.
	if index.Metadata.Size != 1404718080 || size <= index.Metadata.Size || size > index.Metadata.Size+64<<10 {
		t.Errorf("index says %d, pointers say %d", index.Metadata.Size, size)
	}
}

func TestHostileHoldsItsAttacks(t *testing.T) {
	files := Hostile()
	card := string(files["README.md"].Data)
	for _, attack := range []string{ansi, osc, bidi, unseen, workflow, pipeline, table, script, formula, template} {
		if !strings.Contains(card, attack) {
			t.Errorf("card lacks %q", attack)
		}
	}
	front, _, _ := strings.Cut(card[4:], "---\n")
	if strings.ContainsFunc(front, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		t.Error("front matter holds raw control characters, so it does not parse")
	}
	if f := files["LICENSE"]; f.Mode&fs.ModeSymlink == 0 || !strings.HasPrefix(string(f.Data), "../../../") {
		t.Errorf("LICENSE is %v to %s", f.Mode, f.Data)
	}
	if n := len(files["MODEL_CARD.md"].Data); n > 1<<10 {
		t.Errorf("the alias bomb has %d bytes", n)
	}
	readSafetensors(t, files["model.safetensors"].Data)
}

func TestHostileNamesCanBeWritten(t *testing.T) {
	dir, files := t.TempDir(), HostileNames()
	if err := os.CopyFS(dir, files); err != nil {
		t.Skipf("this file system refuses the names: %v", err)
	}
	for name := range files {
		if _, err := os.Lstat(path.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// The same files and key give the same signature, and the key fits it.
func TestSignIsDeterministic(t *testing.T) {
	files := Signed()
	sig := files["model.sig"].Data
	delete(files, "model.sig")
	if again := Sign("signed", files, SignerKey()); !bytes.Equal(again, sig) {
		t.Error("two signatures differ")
	}
	var bundle struct {
		DSSEEnvelope struct {
			Payload    []byte
			Signatures []struct{ Sig []byte }
		}
	}
	if err := json.Unmarshal(sig, &bundle); err != nil {
		t.Fatal(err)
	}
	e := bundle.DSSEEnvelope
	digest := sha256.Sum256(append([]byte("DSSEv1 28 application/vnd.in-toto+json "+strconv.Itoa(len(e.Payload))+" "), e.Payload...))
	if !ecdsa.VerifyASN1(&SignerKey().PublicKey, digest[:], e.Signatures[0].Sig) {
		t.Error("the signature does not fit the key")
	}
}
