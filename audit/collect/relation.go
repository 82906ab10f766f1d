package collect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/weights"
)

// relation is one fact told in two places. The first place is the one that
// declares.
type relation struct {
	between   [2]string
	name      string
	attribute string // of a licence, where one is compared
	declared  any
	found     any
	agree     *bool // nil where it cannot be told
	src       audit.Source
}

func (r relation) item() map[string]any {
	m := map[string]any{"between": r.between[:], "declared": r.declared, "found": r.found}
	if r.name != "" {
		m["name"] = r.name
	}
	if r.attribute != "" {
		m["attribute"] = r.attribute
	}
	if r.agree != nil {
		m["agree"] = *r.agree
	}
	return m
}

// relate writes one relation; nil is one of which an operand is missing.
func (c *collection) relate(name string, r *relation) {
	if r != nil {
		c.ev.Set("/relations/"+name, r.item(), r.src)
	}
}

// relations compares what the other collectors wrote. It runs last and reads
// nothing but what is evidence already.
func (c *collection) relations(ctx context.Context) error {
	c.relate("parameters", c.parametersAgree())
	c.relate("dtype", c.dtypeAgrees())
	c.relate("dtype_claimed", c.dtypeClaimAgrees())
	c.relate("context_length", c.contextAgrees())
	c.relate("tokenizer_vocab", c.vocabularyFits())
	c.relate("layers", c.shapeAgrees("layers", func(d weights.Derived) *int64 { return d.Layers }, sameLayers))
	c.relate("hidden_size", c.shapeAgrees("hidden_size", func(d weights.Derived) *int64 { return d.HiddenSize }, sameNumber))
	c.relate("vocab_size", c.shapeAgrees("vocab_size", func(d weights.Derived) *int64 { return d.VocabRows }, enoughRows))
	c.relate("experts", c.shapeAgrees("experts", func(d weights.Derived) *int64 { return d.Experts }, sameNumber))
	c.relate("heads", c.headsAgree())
	c.sizesAgree()
	c.relate("adapter_rank", c.rankAgrees())
	c.relate("adapter_base", c.adapterFits(ctx))
	c.licenseRelations()
	c.lineageRelations()
	for _, origin := range []string{"adapter", "config", "gguf"} {
		c.relate("base_model_"+origin, c.parentsAgree(origin))
	}
	c.shardsAgree()
	c.datasetsAgree()
	c.resultsAgree()
	c.footprintsAgree()
	return nil
}

func truth(b bool) *bool { return &b }

// Tolerance of a claim about size: a claim agrees with a count within the
// interval its digits allow, widened by this many per cent. "7B" for 6.74
// billion is inside its own digits; "40B" for 41.3 billion needs the margin.
const Tolerance = 5

// figure is a number that a card claims, and where the claim stands.
type figure struct {
	card.Quantity
	pointer string
}

// figures lists the numbers of the claims of a kind, as they stand in the cards.
func (c *collection) figures(kind string) []figure {
	var out []figure
	for i, cl := range c.claims {
		if cl.Kind != kind {
			continue
		}
		for _, q := range cl.Quantities {
			out = append(out, figure{q, audit.Join("/card/claims", i, "value")})
		}
	}
	return out
}

// fitting returns the first figure that agrees with one of the counts; the first
// of all where none does.
func fitting(figures []figure, counts []int64) (f figure, fits bool) {
	for _, f := range figures {
		if slices.ContainsFunc(counts, func(n int64) bool { return within(f.Quantity, n) }) {
			return f, true
		}
	}
	return figures[0], false
}

// parametersAgree holds the card's claim against the tensors. Where the card
// speaks of several sizes, as of a family, one that fits is enough. What can be
// meant by a count is taken generously: see [collection.counts]. An adapter is no
// model of its own size: one beside or in place of a model keeps a claim from
// being called wrong. Packed numbers are not counted at all.
func (c *collection) parametersAgree() *relation {
	claims := c.figures("parameters")
	n, _, ok := c.total()
	if len(claims) == 0 {
		return nil
	}
	best := c.largest()
	if ok && n > 0 && best != nil {
		claim, fits := fitting(claims, c.counts())
		r := &relation{
			between:  [2]string{claim.pointer, "/weights/parameters"},
			src:      audit.Source{Level: audit.Verified, Path: best.file.Path},
			declared: claim.Value, found: n,
		}
		switch {
		case fits:
			r.agree = truth(true)
			return r
		case c.adapts():
			return nil
		case !c.partial():
			r.agree = truth(false)
			return r
		}
	}
	if c.partial() && !c.adapts() {
		return c.partialParameters(claims)
	}
	return nil
}

// partial tells whether some of the weights are known to be missing.
func (c *collection) partial() bool {
	return slices.ContainsFunc(c.shards, func(s shardCheck) bool { return len(s.missing)+s.pointers > 0 })
}

// partialParameters holds the claim against an index when some shards are not
// here: four bits are the least a parameter takes, so the size of all tensors
// bounds their number. Within the bound nothing can be told.
func (c *collection) partialParameters(claims []figure) *relation {
	var bound int64
	from := ""
	for _, s := range c.shards {
		if s.total == nil || *s.total < 0 || *s.total > math.MaxInt64/4 {
			return nil
		}
		bound += 2 * *s.total
		from = s.path
	}
	r := &relation{
		between: [2]string{claims[0].pointer, c.pointerOf(from)}, src: audit.Source{Path: from, Level: audit.Verified},
		declared: claims[0].Value, found: fmt.Sprintf("at most %d, of all shards by the index", bound),
	}
	if beyond(claims, bound) {
		r.agree = truth(false)
	}
	return r
}

// beyond tells whether every figure is above a bound, the tolerance granted.
func beyond(figures []figure, bound int64) bool {
	return !slices.ContainsFunc(figures, func(f figure) bool { return float64(f.Low)*(1-Tolerance/100.0) <= float64(bound) })
}

func within(q card.Quantity, n int64) bool {
	low, high := float64(q.Low)*(1-Tolerance/100.0), float64(q.High)*(1+Tolerance/100.0)
	return float64(n) >= low && float64(n) <= high
}

// counts lists what a publisher may mean by the number of parameters: each copy
// that is here whole, with or without the embedding, which many leave out, and
// the copies of all folders together.
func (c *collection) counts() []int64 {
	all := map[int64]bool{}
	var sum int64
	byDir := map[string]int64{}
	for _, s := range c.sets {
		if !s.known || s.partial {
			continue
		}
		all[s.parameters] = true
		all[s.parameters-s.embedding()] = true
		byDir[s.dir] = max(byDir[s.dir], s.parameters)
	}
	for _, v := range byDir {
		sum += v
	}
	all[sum] = true
	return slices.Sorted(maps.Keys(all))
}

// embedding is what many publishers leave out of a count: the matrix of the
// vocabulary.
func (s *weightSet) embedding() int64 {
	if s.derived.VocabRows == nil || s.derived.HiddenSize == nil {
		return 0
	}
	return *s.derived.VocabRows * *s.derived.HiddenSize
}

// packed tells whether numbers are stored as something else than themselves,
// so that how they are stored says nothing about their type.
func (s *weightSet) packed() bool {
	return s.derived.Parameters != nil && *s.derived.Parameters > s.derived.Stored
}

// adapter tells whether a set is an adapter's, by the names of its tensors or by
// the one that PEFT gives the file.
func (s *weightSet) adapter() bool {
	return s.derived.LoRA != nil || strings.HasPrefix(path.Base(s.name), "adapter_model")
}

// adapts tells whether the weights are an adapter's: by its configuration, or by
// the weights themselves, which stay when the configuration is taken away.
func (c *collection) adapts() bool {
	return c.adapter != nil || len(c.sets) > 0 && !slices.ContainsFunc(c.sets, func(s *weightSet) bool { return !s.adapter() })
}

func (c *collection) largest() *weightFile {
	var best *weightFile
	for _, w := range c.weights {
		if w.info.Parameters != nil && (best == nil || *w.info.Parameters > *best.info.Parameters) {
			best = w
		}
	}
	return best
}

// dtypes are the names of number types, as configurations and headers write
// them.
var dtypes = map[string]string{
	"float64": "F64", "double": "F64", "float32": "F32", "float": "F32", "fp32": "F32",
	"float16": "F16", "half": "F16", "fp16": "F16", "bfloat16": "BF16", "bf16": "BF16",
	"float8_e4m3fn": "F8_E4M3", "float8_e5m2": "F8_E5M2",
}

// dtypeAgrees holds the configuration's number type against the one most
// elements of a set are stored as. A release may bring the same model in
// several types; one that is as declared is enough. Types of GGUF are its own
// and compare with nothing.
func (c *collection) dtypeAgrees() *relation {
	if c.config == nil {
		return nil
	}
	return c.storedAs(c.config.dtype, "/architecture/dtype")
}

// dtypeClaimAgrees holds the number type that the card claims against the
// weights, where it claims one.
func (c *collection) dtypeClaimAgrees() *relation {
	var only *relation
	for i, cl := range c.claims {
		if cl.Kind != card.ClaimDType {
			continue
		}
		r := c.storedAs(cl.Value, audit.Join("/card/claims", i, "value"))
		if r != nil && *r.agree {
			return r
		}
		only = cmp.Or(only, r)
	}
	return only
}

// storedAs holds a declared number type against the weights. Where an adapter
// is in play, another type may be that of the model beneath it.
func (c *collection) storedAs(declared, pointer string) *relation {
	want, known := dtypes[strings.ToLower(declared)]
	if !known || c.config != nil && c.config.quantization != nil {
		return nil
	}
	r := &relation{between: [2]string{pointer, "/weights/dtypes"}, declared: declared}
	for _, s := range c.sets {
		found := s.mostStored()
		if s.format() == weights.GGUF || s.packed() || s.adapter() || found == "" || r.agree != nil && *r.agree {
			continue
		}
		r.found, r.agree, r.src = found, truth(found == want), s.files[0].source()
	}
	if r.agree == nil || !*r.agree && c.adapts() {
		return nil
	}
	return r
}

func (s *weightSet) format() weights.Format { return s.files[0].info.Format }

// mostStored returns the number type of most elements of a set, "" where
// nothing was counted.
func (s *weightSet) mostStored() string {
	counts := map[string]int64{}
	for _, w := range s.files {
		for name, n := range w.info.Dtypes {
			counts[name] += n
		}
	}
	best := ""
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if best == "" || counts[name] > counts[best] {
			best = name
		}
	}
	return best
}

// contextAgrees holds the context length of the card against the configuration
// and the headers of GGUF files; one that agrees is enough. A card that claims
// less may speak of how the model was trained; only more than is allowed is a
// disagreement.
func (c *collection) contextAgrees() *relation {
	claims := c.figures("context_length")
	if len(claims) == 0 {
		return nil
	}
	var out *relation
	for _, at := range c.lengths() {
		n := at.cfg.numbers["context_length"]
		claim, fits := fitting(claims, []int64{n})
		r := &relation{
			between: [2]string{claim.pointer, at.pointer}, declared: claim.Value, found: n,
			src: audit.Source{Path: at.cfg.path, Line: at.cfg.lines.of(at.cfg.keyOf("context_length")), Level: audit.Claimed},
		}
		switch {
		case fits:
			r.agree = truth(true)
			return r
		case beyond(claims, n):
			r.agree = truth(false)
		}
		if out == nil || out.agree == nil {
			out = r
		}
	}
	return out
}

// length is a place that tells how many positions there are.
type length struct {
	cfg     *config
	pointer string
}

func (c *collection) lengths() []length {
	var out []length
	if c.config != nil && !c.config.rope {
		out = append(out, length{c.config, "/architecture/context_length"})
	}
	for _, cfg := range c.headers() {
		i := slices.IndexFunc(c.weights, func(w *weightFile) bool { return w.file.Path == cfg.path })
		out = append(out, length{cfg, audit.Join("/weights/files", i)})
	}
	return slices.DeleteFunc(out, func(l length) bool { return l.cfg.numbers["context_length"] == 0 })
}

// vocabularyFits holds the tokenizer's ids against the configuration: a
// tokenizer that knows more ids than the model has rows for asks for rows that
// are not there. Fewer are usual, since rows are padded.
func (c *collection) vocabularyFits() *relation {
	if c.tokenizer == nil || c.config == nil || c.config.numbers["vocab_size"] == 0 {
		return nil
	}
	n := c.config.numbers["vocab_size"]
	return &relation{
		between:  [2]string{"/architecture/vocab_size", "/tokenizer/vocab_size"},
		src:      audit.Source{Path: c.tokenizer.file.Path, Level: audit.Verified},
		declared: n, found: c.tokenizer.size, agree: truth(c.tokenizer.size <= n),
	}
}

// shapeAgrees holds a number of the configuration against the one the shapes of
// the tensors tell. A header that describes itself is not held against itself,
// and of a model in parts nothing is told.
func (c *collection) shapeAgrees(fact string, of func(weights.Derived) *int64, same func(declared, found int64) *bool) *relation {
	s := c.measured()
	if s == nil {
		return nil
	}
	declared, found := c.network.numbers[fact], of(s.derived)
	if declared == 0 || found == nil {
		return nil
	}
	there := "/weights/" + fact
	if fact == "vocab_size" {
		there = "/weights/vocab_rows"
	}
	return &relation{
		between: [2]string{"/architecture/" + fact, there}, declared: declared, found: *found,
		agree: same(declared, *found), src: s.files[0].source(),
	}
}

// measured returns the set whose shapes may be held against the configuration
// of the network; nil where there is none.
func (c *collection) measured() *weightSet {
	s := c.mainSet()
	if c.network == nil || s == nil || s.partial || s.adapter() || c.adapts() || path.Dir(c.network.path) != s.dir || c.network.path == s.name {
		return nil
	}
	return s
}

func sameNumber(declared, found int64) *bool { return truth(declared == found) }

// sameLayers lets pass a layer or two more than declared: heads that predict
// further tokens are stored as layers.
func sameLayers(declared, found int64) *bool {
	if found > declared && found <= declared+2 {
		return nil
	}
	return truth(declared == found)
}

// enoughRows lets pass rows that pad the vocabulary; rows that are missing are
// a disagreement.
func enoughRows(declared, found int64) *bool {
	if found > declared {
		return truth(true)
	}
	return truth(declared == found)
}

// parentsAgree holds the base models of the card against those of another
// source; one that both name is enough. A name without an owner, or a path of the
// publisher's disk, says nothing. What a configuration has as _name_or_path is
// what the file was loaded from, which may be the model itself.
func (c *collection) parentsAgree(origin string) *relation {
	type named struct {
		parent
		pointer string
	}
	var mine, theirs []named
	for i, p := range c.parents() {
		if !strings.Contains(p.id, "/") || !hubID.MatchString(p.id) {
			continue
		}
		n := named{p, audit.Join("/lineage/base_models", i, "id")}
		switch p.origin {
		case "card":
			mine = append(mine, n)
		case origin:
			theirs = append(theirs, n)
		}
	}
	if len(mine) == 0 || len(theirs) == 0 {
		return nil
	}
	declared, found := mine[0], theirs[0]
	same := false
	for _, m := range mine {
		i := slices.IndexFunc(theirs, func(t named) bool { return strings.EqualFold(t.id, m.id) })
		if i >= 0 && !same {
			declared, found, same = m, theirs[i], true
		}
	}
	if origin == "config" && !same && (c.ownName(found.id) || localFolder.MatchString(found.id)) {
		return nil
	}
	return &relation{
		between: [2]string{declared.pointer, found.pointer}, declared: declared.id, found: found.id, src: found.src, agree: truth(same),
	}
}

// localFolder matches what looks like owner/name and is a folder of whoever
// saved the file.
var localFolder = regexp.MustCompile(`(?i)^(outputs?|models?|checkpoints?|ckpts?|runs?|results?|saved?|saved_models?|tmp|data|home|mnt|weights|pretrained|artifacts|workspace|experiments?|logs?|exp)/|checkpoint[-_]?\d`)

// ownName tells whether an id is that of the release itself.
func (c *collection) ownName(id string) bool {
	base := strings.ToLower(path.Base(id))
	return strings.EqualFold(base, path.Base(c.rel.Name)) || slices.ContainsFunc(c.mainCards, func(k *card.Card) bool {
		return strings.Contains(strings.ReplaceAll(strings.ToLower(k.Title), " ", "-"), base)
	})
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(x string) bool { return strings.EqualFold(x, s) })
}

// pointerOf returns the place of a file in the inventory.
func (c *collection) pointerOf(name string) string {
	for i, f := range c.files {
		if f.Path == name {
			return audit.Join("/files", i)
		}
	}
	return "/files"
}
