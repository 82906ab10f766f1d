package collect

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// weightFile is one file of weights, and what its bytes tell.
type weightFile struct {
	file  *File
	info  *weights.File
	set   *weightSet
	index *shardIndex // that lists the file; nil where none does
	shard weights.ShardContent
}

// weightSet is files that together are one copy of some tensors: the shards of
// one model, or a file that stands alone. The same model in two formats makes
// two sets.
type weightSet struct {
	dir        string
	name       string
	files      []*weightFile
	parameters int64
	known      bool // every file of it could be counted
	partial    bool // some of its shards are known not to be here
	derived    weights.Derived

	mu     sync.Mutex // files of a set are read side by side
	shapes weights.Shapes
}

func (c *collection) readWeights(ctx context.Context) error {
	if !c.looked("weights", "weights_index") {
		return nil
	}
	for _, f := range c.files {
		if f.Readable && (f.Is("weights") || f.Kind == "archive" || f.format == weights.Pickle || f.format == weights.PyTorch) {
			c.weights = append(c.weights, &weightFile{file: f})
		}
	}
	c.readIndexes()
	c.group()
	c.progress.tell, c.progress.at.Files = c.opts.Reading, len(c.weights)
	if err := parallel(ctx, c.weights, c.inspect); err != nil {
		return err
	}
	c.weights = slices.DeleteFunc(c.weights, func(w *weightFile) bool { return w.info == nil || w.foreign() })
	c.describeRaw()
	c.settle()
	c.findShards()
	items := make([]any, len(c.weights))
	for i, w := range c.weights {
		items[i] = w.item()
		if c.rel.Only != "" && w.file.Kind == "archive" && w.info.Weights == 0 && !w.info.Complete {
			c.cut(audit.Join("/weights/files", i), fmt.Sprintf("%s: %s; unpack it first", w.file.Path, w.info.Reason))
		}
		for _, p := range w.info.Problems {
			if p.Kind == weights.LimitHit {
				c.cut(audit.Join("/weights/files", i), fmt.Sprintf("%s: %s", w.file.Path, p.Message))
			}
		}
	}
	c.ev.Set("/weights/files", items, audit.Source{Level: audit.Present})
	for i, w := range c.weights {
		c.ev.Cite(audit.Join("/weights/files", i), w.source())
	}
	c.weightFacts()
	c.shardFacts()
	return nil
}

// describeRaw lets the files that say so vouch for numbers without a header.
func (c *collection) describeRaw() {
	for _, by := range c.weights {
		if len(by.info.External) == 0 {
			continue
		}
		for _, w := range c.weights {
			w.info.Describe(by.info)
		}
	}
}

// inspect reads one file's header. A file that cannot be opened or read stands
// among the weights with nothing told of it; see [collection.listUnread].
func (c *collection) inspect(w *weightFile) error {
	f, err := c.rel.FS.Open(path.Join(c.rel.Dir, w.file.Path))
	if err != nil {
		w.file.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		return nil
	}
	defer f.Close()
	r, ok := f.(io.ReaderAt)
	if !ok {
		return fmt.Errorf("%s: the file system gives no random access", w.file.Path)
	}
	rd := weights.Reader{Tensors: w.add}
	defer c.progress.file()
	w.info, err = rd.Inspect(w.file.Path, c.progress.reader(r), w.file.Size)
	if err != nil {
		w.info = nil
		w.file.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
	}
	return nil
}

// foreign tells whether the file is an archive that holds no weights and is not
// named like any. What it is called settles nothing: a checkpoint under another
// name is a checkpoint, and an archive that could not be opened may hold one.
func (w *weightFile) foreign() bool {
	if w.file.Is("weights") {
		return false
	}
	switch w.info.Format {
	case weights.Zip, weights.Tar, weights.SevenZip, weights.Rar:
		return w.info.Weights == 0 && w.info.Complete
	case weights.Gzip, weights.Bzip2, weights.XZ, weights.LZ4, weights.Zstd, weights.Zlib:
		return w.info.Weights == 0 && w.info.Verdict != weights.CodeCapable && (w.info.Complete || compressedText(w.file.Path))
	}
	if w.file.Kind == "archive" {
		w.file.Role = "weights"
	}
	return false // a pickle is what it is, whatever else its name makes of it
}

// compressedText tells by its name whether a compressed file is one of data or
// text, as in train.jsonl.zst: nothing loads that as weights.
func compressedText(name string) bool {
	inner := strings.TrimSuffix(name, path.Ext(name))
	switch strings.ToLower(path.Ext(inner)) {
	case ".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".text", ".md", ".xml", ".html", ".parquet", ".arrow", ".log", ".warc", ".wet":
		return true
	}
	return false
}

// source cites the file: facts about its header are recomputed from its bytes.
func (w *weightFile) source() audit.Source {
	return audit.Source{Path: w.file.Path, Level: audit.Verified}
}

func (w *weightFile) item() map[string]any {
	f := w.info
	m := map[string]any{
		"path": f.Path, "format": string(f.Format), "size": f.Size, "complete": f.Complete,
		"extension_agrees": !w.has(weights.ExtensionMismatch), "holds_weights": w.holds(),
	}
	if f.Verdict != "" {
		m["verdict"] = string(f.Verdict)
	}
	if f.Reason != "" {
		m["reason"] = f.Reason
	}
	if f.LoadsWithoutCode != nil {
		m["loads_without_code"] = *f.LoadsWithoutCode
	}
	if f.Parameters != nil {
		m["parameters"] = *f.Parameters
	}
	if f.TensorCount != nil {
		m["tensor_count"] = *f.TensorCount
	}
	if f.Dtypes != nil {
		m["dtypes"] = audit.Plain(f.Dtypes)
	}
	if yes, ok := w.impersonal(); ok {
		m["impersonal"] = yes
	}
	if f.Shard != nil {
		m["shard"] = map[string]any{"index": f.Shard.Index, "count": f.Shard.Count}
	}
	if len(f.Metadata) > 0 {
		m["metadata"] = audit.Plain(f.Metadata)
	}
	if f.Globals != nil {
		m["globals"] = audit.Plain(f.Globals)
	}
	if len(f.Problems) > 0 {
		m["problems"] = audit.Plain(f.Problems)
	}
	if w.file.OID != "" {
		m["oid"] = w.file.OID
	}
	return m
}

func (w *weightFile) has(kinds ...weights.Kind) bool {
	return slices.ContainsFunc(w.info.Problems, func(p weights.Problem) bool { return slices.Contains(kinds, p.Kind) })
}

// broken tells whether the file breaks the rules of its own format.
func (w *weightFile) broken() bool {
	return slices.ContainsFunc(w.info.Problems, func(p weights.Problem) bool {
		return p.Severity == weights.Fault && p.Kind != weights.NotOpened && p.Kind != weights.WeightsAbsent && p.Kind != weights.LimitHit
	})
}

// holds tells whether the file is weights of a model as bytes: not a pointer to
// them, nor what is only named like them, holds no tensor or ends too early; not
// the state of a training run; and no array that may be a sample of data.
func (w *weightFile) holds() bool {
	f := w.info
	switch {
	case f.Format == weights.LFSPointer, f.Format == weights.Unknown, w.file.Size == 0, trainingState(f.Path):
		return false
	case f.TensorCount != nil && *f.TensorCount == 0, f.Verdict == "" && w.broken():
		return false
	case f.Format == weights.Npy, f.Format == weights.Npz:
		return namedWeights.MatchString(f.Path)
	}
	return true
}

// namedWeights matches the names of arrays that are a model's: of NumPy's two
// formats the content does not tell whether it is a model or data.
var namedWeights = regexp.MustCompile(`(?i)(weight|model|param|checkpoint|ckpt|embedding)`)

func (c *collection) weightFacts() {
	formats := map[string]bool{}
	pointers := int64(0)
	var loads, parses, honest, impersonal all
	var first audit.Source
	for _, w := range c.weights {
		if w.info.Format == weights.LFSPointer {
			pointers++
			loads.unknown()
			continue
		}
		if w.holds() {
			formats[string(w.info.Format)] = true
			first = cmp.Or(first, w.source())
		}
		loads.addPtr(w.info.LoadsWithoutCode)
		if w.info.Complete || w.broken() {
			parses.add(!w.broken())
		} else {
			parses.unknown()
		}
		honest.add(!w.has(weights.ExtensionMismatch))
		if yes, ok := w.impersonal(); ok {
			impersonal.add(yes)
		} else {
			impersonal.unknown()
		}
	}
	src := first
	if src == (audit.Source{}) {
		src.Level = audit.Present
	}
	c.ev.Set("/weights/present", len(formats) > 0, audit.Source{Path: src.Path, Level: audit.Present})
	c.ev.Set("/weights/pointers", pointers, audit.Source{Level: audit.Present})
	c.ev.Set("/weights/formats", slices.Sorted(maps.Keys(formats)), src)
	c.setAll("/weights/loads_without_code", loads, src)
	c.setAll("/weights/all_parse", parses, src)
	c.setAll("/weights/extensions_honest", honest, src)
	if impersonal != (all{}) {
		c.setAll("/weights/impersonal", impersonal, c.personal(src))
	}
	c.counted(src)
}

// all joins answers that must all be yes: a no decides, then an unknown. Of no
// answers at all nothing is shown. The zero value has no answers.
type all struct{ yes, no, open int }

func (a *all) add(ok bool) {
	if ok {
		a.yes++
	} else {
		a.no++
	}
}

func (a *all) unknown() { a.open++ }

func (a *all) addPtr(ok *bool) {
	if ok == nil {
		a.open++
		return
	}
	a.add(*ok)
}

func (c *collection) setAll(pointer string, a all, src audit.Source) {
	switch {
	case a.no > 0:
		c.ev.Set(pointer, false, src)
	case a.open > 0:
	default:
		c.ev.Set(pointer, a.yes > 0, src)
	}
}

// counted writes how many parameters the model has: of the largest set beside
// the configuration, or of all folders together where it lies in several.
func (c *collection) counted(src audit.Source) {
	n, dtypes, ok := c.total()
	if !ok {
		return
	}
	c.ev.Set("/weights/parameters", n, src)
	c.ev.Set("/weights/dtypes", dtypes, src)
	c.derivedFacts(src)
}

// derivedFacts writes what the shapes of the model's own tensors tell.
func (c *collection) derivedFacts(src audit.Source) {
	s := c.mainSet()
	if s == nil {
		return
	}
	for _, f := range []struct {
		name  string
		value *int64
	}{{"layers", s.derived.Layers}, {"hidden_size", s.derived.HiddenSize}, {"vocab_rows", s.derived.VocabRows}, {"experts", s.derived.Experts}} {
		if f.value != nil {
			c.ev.Set("/weights/"+f.name, *f.value, src)
		}
	}
}

// mainSet is the largest countable set in the folder of the configuration; nil
// where there is none.
func (c *collection) mainSet() *weightSet {
	var best *weightSet
	for _, s := range c.sets {
		if s.known && s.dir == c.home() && (best == nil || s.parameters > best.parameters) {
			best = s
		}
	}
	return best
}

// home is the folder of the model: that of the first file which describes a
// network.
func (c *collection) home() string {
	if len(c.configs) > 0 {
		return path.Dir(c.configs[0].path)
	}
	return "."
}

// configOf returns the configuration beside a set, else the model's own; nil
// where there is none.
func (c *collection) configOf(s *weightSet) *config {
	for _, cfg := range c.configs {
		if cfg.path == path.Join(s.dir, describing[0]) {
			return cfg
		}
	}
	return c.config
}

// group puts each file into its set, before any is read: the shards of an index,
// of one numbering, or a file alone.
func (c *collection) group() {
	byKey := map[string]*weightSet{}
	for _, w := range c.weights {
		key := w.file.Path
		if x := c.indexOf(w.file.Path); x != nil {
			key = x.file.Path
			w.index, w.shard.File, w.shard.Size = x, path.Base(w.file.Path), w.file.Size
		} else if m := shardName.FindStringSubmatch(w.file.Path); m != nil {
			key = m[1] + "-of-" + m[3] + m[4]
		}
		if byKey[key] == nil {
			byKey[key] = &weightSet{dir: path.Dir(w.file.Path), name: key}
		}
		w.set = byKey[key]
	}
}

// add takes in one tensor of the file.
func (w *weightFile) add(t weights.Tensor) {
	if w.index != nil && w.index.index != nil {
		w.shard.Add(w.index.index, t)
	}
	w.set.mu.Lock()
	w.set.shapes.Add(t)
	w.set.mu.Unlock()
}

// settle counts the sets once all files were read.
func (c *collection) settle() {
	seen := map[*weightSet]bool{}
	for _, w := range c.weights {
		if !w.holds() || intermediate(w.file.Path) {
			continue
		}
		if !seen[w.set] {
			seen[w.set] = true
			w.set.known = true
			c.sets = append(c.sets, w.set)
		}
		w.set.files = append(w.set.files, w)
		if w.info.Parameters == nil {
			w.set.known = false
			continue
		}
		w.set.parameters += *w.info.Parameters
	}
	for _, s := range c.sets {
		s.derive(c.configOf(s))
	}
}

// derive unpacks what quantisation packed. A set whose tensors were not handed
// over keeps the count of its files.
func (s *weightSet) derive(cfg *config) {
	q := weights.Quantization{}
	if cfg != nil && cfg.quantization != nil {
		q = weights.Quantization{Method: cfg.quantization.method, Bits: cfg.quantization.bits}
	}
	s.derived = s.shapes.Derive(q)
	switch {
	case s.derived.Stored == 0:
	case s.derived.Parameters == nil:
		s.known = false
	default:
		s.parameters = *s.derived.Parameters
	}
}

// training is what files are called that keep the state of a training run and
// not the model: what transformers, accelerate, DeepSpeed and FSDP write beside
// a checkpoint.
var training = regexp.MustCompile(`(?i)^(optimizer|optim|scheduler|lr_scheduler|rng_state|random_states|training_args|trainer_state|(grad_)?scaler|.*_optim_states)([_.-]|$)`)

func trainingState(p string) bool { return training.MatchString(path.Base(p)) }

// intermediate tells whether a file belongs to a stage of the training, which
// is another model than the one released.
func intermediate(p string) bool {
	return strings.Contains(p, "checkpoint-") || strings.Contains(p, "checkpoints/")
}

// total picks the parameters of the model: the largest countable set in the
// folder of the configuration; where there is none, the sum over folders of
// the largest in each.
func (c *collection) total() (n int64, dtypes map[string]int64, ok bool) {
	home := c.home()
	largest := map[string]*weightSet{}
	for _, s := range c.sets {
		if best := largest[s.dir]; s.known && (best == nil || s.parameters > best.parameters) {
			largest[s.dir] = s
		}
	}
	chosen := []*weightSet{largest[home]}
	if largest[home] == nil {
		chosen = nil
		for _, dir := range slices.Sorted(maps.Keys(largest)) {
			chosen = append(chosen, largest[dir])
		}
	}
	dtypes = map[string]int64{}
	for _, s := range chosen {
		n += s.parameters
		for _, w := range s.files {
			for k, v := range w.info.Dtypes {
				dtypes[k] += v
			}
		}
	}
	return n, dtypes, len(chosen) > 0
}
