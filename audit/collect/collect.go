package collect

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	manifests "glassbox/audit/collect/dataset"
	"glassbox/audit/signing"
)

// collection is one run over one release: what was read so far, for those that
// come later to use, and the evidence being written.
type collection struct {
	opts    Options
	rel     *Release
	ev      *audit.Evidence
	files   []*File
	skipped []string // folders of tools, which were not looked at
	limits  map[string]bool
	gaps    []gap

	card      *card.Card        // the first of the main cards, or nil
	mainCards []*card.Card      // those of the whole release
	cards     []*card.Card      // every card among the files, those included
	claims    []claim           // of the main cards
	objects   map[*File]*object // JSON that was read, by file
	configs   []*config         // of files that describe a network, the nearest first
	config    *config           // the model's own
	network   *config           // the one that the facts about the architecture are of
	adapter   *adapterConfig
	tokenizer *vocabulary // the model's own
	weights   []*weightFile
	progress  progress // of reading them
	sets      []*weightSet
	declared  []declaration
	texts     []*licenseText
	reuse     reuse
	manifests map[string]*manifests.Manifest
	faults    map[string][]fault // of structured files that were read, by path
	data      []dataset
	// results as they are told, the files of raw ones, and the numbers in those
	scored     []score
	rawResults []string
	numbers    []measured
	log        *emissionLog // of the cost of training; may be nil
	links      []link
	// models and data outside the release that were looked for, and where
	relatives  map[string]*relative
	neighbours []place
	terms      *terms // of the weights
	indexes    []*shardIndex
	shards     []shardCheck
	published  []published
	signed     *signedTree
	sums       map[string]signing.Digests // what was hashed, by path
}

// Options say how a release is read. The zero value hashes what is needed and
// trusts nobody.
type Options struct {
	Hash     Hashing
	Trust    signing.Trust           // who may have signed; see [signing.Trust]
	Parents  *Parents                // where to look at what a release is made from, besides its neighbours; may be nil
	Now      time.Time               // the day certificates are judged by
	Progress func(done, total int64) // told of the bytes hashed, as in [signing.HashOptions]; may be nil
	Cache    *signing.DigestCache    // of digests from earlier runs, for all but the signed files; may be nil
	Reading  func(Reading)           // told of weight files as they are read, one call at a time; may be nil

	// Alone keeps from looking beside the release: what lies there is somebody
	// else's, as among the applicants of a cohort.
	Alone bool
	// Manifests describe data of the release and lie elsewhere; see [ReadManifests].
	Manifests []*manifests.Manifest
}

// Collect reads a release with the zero [Options].
func Collect(ctx context.Context, rel *Release) (*audit.Evidence, error) {
	return Options{}.Collect(ctx, rel)
}

// Collect reads a release into evidence. Its error is of a disk that does not
// answer or a context that ended; everything else is told in the evidence.
func (o Options) Collect(ctx context.Context, rel *Release) (*audit.Evidence, error) {
	c := &collection{opts: o, rel: rel, ev: audit.NewEvidence(), limits: map[string]bool{}}
	steps := []struct {
		name string
		run  func(context.Context) error
	}{
		{"inventory", c.inventory},
		{"entry", c.readEntry},
		{"model card", c.modelCard},
		{"configuration", c.readConfig},
		{"weights", c.readWeights},
		{"architecture", c.architecture},
		{"tokenizer", c.readTokenizer},
		{"custom code", c.loadsAlone},
		{"chat templates", c.templates},
		{"licences", c.licenses},
		{"code", c.code},
		{"datasets", c.datasets},
		{"lineage", c.lineage},
		{"evaluation", c.evaluation},
		{"training", c.training},
		{"documents", c.documents},
		{"policies", c.policies},
		{"components", c.components},
		{"digests", c.digests},
		{"digests of data", func(context.Context) error { c.checkData(); return nil }},
		{"structured files", func(context.Context) error { c.writeParsed(); return nil }},
		{"relations", c.relations},
		{"sources", c.citeDigests},
		{"gaps", c.withhold},
	}
	for _, s := range steps {
		if err := errors.Join(ctx.Err(), s.run(ctx)); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return c.ev, nil
}

// whole tells whether a directory was named: only then does what is not there
// say something. Of one file alone nothing follows about its neighbours. What
// could not be seen of a directory is another matter; see [collection.gap].
func (c *collection) whole() bool { return c.rel.Only == "" }

// looked tells whether facts about files of a role may be written: a directory
// was named, or the one file that was named is of that role.
func (c *collection) looked(roles ...string) bool {
	return c.whole() || len(c.with(roles...)) > 0
}

// with returns the readable files that serve one of the roles, in path order.
func (c *collection) with(roles ...string) []*File {
	var out []*File
	for _, f := range c.files {
		if f.Readable && f.Is(roles...) {
			out = append(out, f)
		}
	}
	return out
}

// find returns the readable file at a path, or nil.
func (c *collection) find(path string) *File {
	if i := c.position(path); i >= 0 && c.files[i].Readable && c.files[i].Kind != "link" {
		return c.files[i]
	}
	return nil
}

// position returns the place of a path among the files, which are sorted; -1
// where there is none.
func (c *collection) position(path string) int {
	i, ok := slices.BinarySearchFunc(c.files, path, func(f *File, path string) int { return cmp.Compare(f.Path, path) })
	if !ok {
		return -1
	}
	return i
}

// cut notes a limit that was hit; see [audit.Evidence.Limit].
func (c *collection) cut(pointer, why string) {
	c.limits[pointer] = true
	c.ev.Limit(pointer, why)
}

func (c *collection) isCut(pointer string) bool { return c.limits[pointer] }

// read returns a file's content, or nil where the disk or the limit does not
// give it; then the pointer is cut.
func (c *collection) read(f *File, limit int64, pointer string) []byte {
	data, err := c.rel.Read(f.Path, limit)
	switch {
	case errors.Is(err, ErrTooLarge):
		c.cut(pointer, fmt.Sprintf("%s is larger than %d bytes", f.Path, limit))
		return nil
	case err != nil:
		f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		c.cut(pointer, f.Path+" "+f.why)
		return nil
	}
	return data
}

// head returns the beginning of a file, or nil where the disk does not give it;
// then what is told of the release is known to be of a part.
func (c *collection) head(f *File, limit int64) []byte {
	data, err := c.rel.Head(f.Path, limit)
	if err != nil {
		f.lose(fmt.Sprintf("cannot be read: %v", cause(err)))
		return nil
	}
	return data
}

// MaxEvidence bounds an evidence document given as the subject, in bytes.
const MaxEvidence = 64 << 20

// ReadEvidence reads an evidence document, as the evidence command prints it.
// ok is false when data is no such document at all; a document that was cut off
// or damaged is an error.
func ReadEvidence(data []byte) (ev *audit.Evidence, ok bool, err error) {
	if !looksLikeEvidence.Match(data[:min(len(data), 512)]) {
		return nil, false, nil
	}
	ev = audit.NewEvidence()
	if err := json.Unmarshal(data, ev); err != nil {
		return nil, true, fmt.Errorf("reading evidence: %w", err)
	}
	return ev, true, nil
}

// looksLikeEvidence matches the beginning of an evidence document: its first
// member is the evidence itself, an object that begins with a section.
var looksLikeEvidence = regexp.MustCompile(`^\s*\{\s*"(evidence|sources|limits_hit)"\s*:\s*[\[{]`)
