package signing

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Class is what a file is to a release, as far as coverage asks.
type Class int

// The classes.
const (
	Other Class = iota
	Weights
	Card
	License
)

// Options says how to verify. The zero value looks for a bundle in the model, trusts nobody, and ignores git's files.
type Options struct {
	Signature string    // path of the bundle on the caller's disk; "" looks in the model
	Trust     Trust     // whom to trust
	Now       time.Time // the day certificates are judged by; without it no chain is trusted
	// IgnorePaths are names in the model, slash-separated, to leave aside with everything below them if they are not
	// signed; [Tree.Rel] makes them from paths. A signed file is checked whatever stands here.
	IgnorePaths    []string
	KeepGit        bool                    // do not ignore .git, .gitattributes, .github and .gitignore
	IgnoreUnsigned bool                    // files that are not signed are told and do not count against it
	Links          OpenLink                // for a Hub cache: [HubLinks]; nil leaves links links
	Classify       func(name string) Class // nil: no word on weights, card and licence
	Hash           HashOptions
}

// Verify answers the three questions of a model signature. path is a directory or one file. Whatever is wrong with the
// signature or the files is in the Result; the error is for a model that cannot be opened or listed, a signature that
// the caller names and that does not exist, or ctx.
func Verify(ctx context.Context, path string, opts Options) (*Result, error) {
	tree, err := OpenTree(path, opts.Links)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	check, err := Begin(ctx, tree, opts)
	if err != nil {
		return nil, err
	}
	digests, err := Hash(ctx, check.Open, check.Needs(), opts.Hash)
	if err != nil {
		return nil, err
	}
	return check.Finish(digests), nil
}

// Check is a verification in steps: after [Begin] the signer is known and the names are compared, [Check.Needs] says
// what to hash, [Check.Finish] compares the digests. It is used once, by one goroutine.
type Check struct {
	opts     Options
	tree     *Tree
	bundle   string // name of the bundle in the tree, "" if it lies elsewhere
	manifest *Manifest
	entries  []Entry
	signed   map[string][]Resource // by name in the tree
	needs    []File
	result   *Result
}

// Begin finds and reads the bundle, finds out who signed it, and compares the signed names with those on the disk.
// Nothing but the bundle is read yet. opts.Links and opts.Hash are not used here.
func Begin(ctx context.Context, tree *Tree, opts Options) (*Check, error) {
	view := *tree // what the signature says about links holds for this check alone
	c := &Check{opts: opts, tree: &view, result: &Result{Problems: []*Problem{}, Files: []FileResult{}}}
	data, err := c.find()
	var problem *Problem
	switch {
	case errors.As(err, &problem):
		c.problem(problem)
	case err != nil:
		return nil, err
	case data == nil:
		c.problem(problemf(NoSignature, "no model signature in %s", tree.Name()))
		return c, nil
	}
	c.result.Signature.Present = true
	if problem == nil {
		c.readBundle(data)
	}
	if problem == nil || problem.Code != BundleUnreadable {
		return c, c.compareNames(ctx)
	}
	return c, nil
}

// Needs is what [Hash] must compute: nothing when the names already show that a file cannot match.
func (c *Check) Needs() []File { return c.needs }

// Open opens a file as the signature's own policy on links allows; it is the [Opener] for [Check.Needs].
func (c *Check) Open(name string) (*os.File, error) { return c.tree.Open(name) }

func (c *Check) problem(p *Problem) { c.result.Problems = append(c.result.Problems, p) }

// readBundle fills in who signed, and what.
func (c *Check) readBundle(data []byte) {
	s := &c.result.Signature
	b, err := parseBundle(data)
	var problem *Problem
	if errors.As(err, &problem) {
		c.problem(problem)
		if c.opts.Trust.given() {
			s.Signer = &SignedBy{Verified: new(false)}
		}
		return
	}
	s.Method = b.Method
	who := c.opts.Trust.check(b, c.opts.Now)
	s.Signer = &who.signer
	if who.problem != nil {
		c.problem(who.problem)
	}
	c.readStatement(b)
	if c.manifest != nil {
		s.Format = strings.TrimPrefix(c.manifest.Predicate, "https://")
		s.LegacyFormat = new(c.manifest.Legacy() || who.broken || b.LegacyKey != nil)
	}
	if who.broken {
		c.note("signed in the broken way of model_signing v0.2.0, which weakens what the signature says")
	}
}

func (c *Check) readStatement(b *Bundle) {
	if b.PayloadType != payloadType {
		c.problem(&Problem{Code: StatementInvalid, Expected: payloadType, Found: fmt.Sprintf("payload type %.80q", b.PayloadType)})
		return
	}
	m, err := ParseManifest(b.Payload)
	var problem *Problem
	if errors.As(err, &problem) {
		c.problem(problem)
	}
	if m != nil {
		c.manifest = m
		c.result.Root = SHA256.text(m.root())
	}
}

func (c *Check) note(format string, args ...any) {
	c.result.Notes = append(c.result.Notes, fmt.Sprintf(format, args...))
}

// compareNames lists the disk and settles every file that needs no hashing.
func (c *Check) compareNames(ctx context.Context) error {
	c.tree.follow = c.manifest != nil && c.manifest.AllowSymlinks
	c.signed = c.signedNames()
	var err error
	if c.entries, err = c.tree.Entries(ctx, c.prune()); err != nil {
		return err
	}
	c.resolveSingle()
	here := make(map[string]bool, len(c.entries))
	var unlisted []Entry
	for _, e := range c.entries {
		here[e.Name] = true
		if e.Kind == Unlisted {
			unlisted = append(unlisted, e)
		}
		if resources, ok := c.signed[e.Name]; ok {
			c.signedEntry(e, resources)
		} else if e.Name != c.bundle {
			c.unsignedEntry(e)
		}
	}
	for name, resources := range c.signed {
		if !here[name] {
			c.missing(name, resources, unlisted)
		}
	}
	c.result.Signature.Coverage = c.coverage()
	return nil
}

func (c *Check) file(r FileResult) { c.result.Files = append(c.result.Files, r) }

// signedNames groups the signed resources by the name they have in the tree.
func (c *Check) signedNames() map[string][]Resource {
	if c.manifest == nil {
		return nil
	}
	files := c.manifest.files()
	if one, ok := files["."]; ok && c.tree.Single() {
		return map[string][]Resource{c.tree.Name(): one}
	}
	return files
}

// resolveSingle places the signature of a single file, listed as ".", when the model is a directory: it speaks of the
// file the statement names, if that is here.
func (c *Check) resolveSingle() {
	one, ok := c.signed["."]
	if !ok {
		return
	}
	for _, e := range c.entries {
		if e.Name == c.manifest.Name && e.Name != c.bundle {
			c.signed = map[string][]Resource{e.Name: one}
			c.note("the signature covers one file, %s, and not the directory", e.Name)
			return
		}
	}
}

// prune passes over git's own store, which is no part of a release, unless a signed file lies in it.
func (c *Check) prune() func(dir string) bool {
	if c.opts.KeepGit {
		return nil
	}
	for name := range c.signed {
		if strings.HasPrefix(name, ".git/") {
			return nil
		}
	}
	return func(dir string) bool { return dir == ".git" }
}

// signedEntry handles a file that is signed and here.
func (c *Check) signedEntry(e Entry, resources []Resource) {
	r := FileResult{Path: e.Name, Size: e.Size, Expected: c.expected(resources)}
	switch e.Kind {
	case Link:
		r.State, r.Detail = StateSymlink, reason(e.Err)
		c.file(r)
		return
	case Special: // it was looked at, and is not what was signed
		r.State, r.Found = StateMismatch, noFile
		c.file(r)
		return
	case Unlisted:
		r.State, r.Detail = StateUnreadable, reason(e.Err)
		c.file(r)
		return
	}
	if c.manifest.ShardSize == 0 {
		c.needs = append(c.needs, File{Name: e.Name, Size: e.Size, Algorithms: []Algorithm{c.manifest.HashType}})
		return
	}
	// The shards tell the size, so a file of another size need not be read.
	if end := resources[len(resources)-1].End; end != e.Size {
		r.State, r.Expected, r.Found = StateMismatch, bytesText(end), bytesText(e.Size)
		c.file(r)
		return
	}
	c.needs = append(c.needs, File{Name: e.Name, Size: e.Size, ShardSize: c.manifest.ShardSize, ShardHash: c.manifest.HashType})
}

// unsignedEntry handles a file that is here and not signed.
func (c *Check) unsignedEntry(e Entry) {
	r := FileResult{Path: e.Name, Size: e.Size}
	switch {
	case c.gitOwn(e.Name):
		r.State, r.Detail = StateIgnored, "git's own"
	case under(e.Name, c.opts.IgnorePaths):
		r.State, r.Detail = StateIgnored, "by the caller"
	case c.leftOut(e.Name):
		r.State, r.Detail = StateIgnored, "by the signer"
		c.result.Signature.ExcludedBySigner = append(c.result.Signature.ExcludedBySigner, e.Name)
	case e.Kind == Link:
		r.State, r.Detail = StateSymlink, reason(e.Err)
	case e.Kind == Special:
		r.State, r.Detail = StateUnsigned, noFile
	case e.Kind == Unlisted:
		r.State, r.Detail = StateUnreadable, reason(e.Err)
	case c.unseen(e):
		c.note("%s is empty, and a signature over shards cannot speak of empty files", e.Name)
		return
	default:
		r.State = StateUnsigned
		if strings.HasPrefix(e.Name, ".cache/huggingface/") {
			r.Detail = "the Hub's client writes it when it downloads"
		}
	}
	c.file(r)
}

// missing handles a file that is signed and not here, or in a directory that cannot be listed.
func (c *Check) missing(name string, resources []Resource, unlisted []Entry) {
	r := FileResult{Path: name, State: StateMissing, Expected: c.expected(resources)}
	if name == "." {
		r.Detail = "the signature covers a single file; verify that file"
	}
	for _, e := range unlisted {
		if e.Name == "." || strings.HasPrefix(name, e.Name+"/") {
			r.State, r.Detail = StateUnreadable, reason(e.Err)
		}
	}
	c.file(r)
}

// unseen tells whether a file is empty and the signature over shards, which cannot speak of empty files.
func (c *Check) unseen(e Entry) bool {
	return c.manifest != nil && c.manifest.ShardSize > 0 && e.Kind == Regular && e.Size == 0
}

// noFile is found in the place of a file.
const noFile = "a pipe, socket or device"

// gitOwn tells whether a file is one that git itself keeps at the top of a model: its store, and its own small files.
// Whatever else lies at or below such a name, weights above all, is as little signed as anything else.
func (c *Check) gitOwn(name string) bool {
	if c.opts.KeepGit || !slices.Contains(gitPaths, name) && !strings.HasPrefix(name, ".git/") {
		return false
	}
	return c.opts.Classify == nil || c.opts.Classify(name) != Weights
}

// leftOut tells whether the signer left a file out: by the list in the signature, or as every client leaves out what
// lies at the names of git, also where that list does not say so.
func (c *Check) leftOut(name string) bool {
	return c.manifest != nil && (under(name, c.manifest.IgnorePaths) || !c.opts.KeepGit && under(name, gitPaths))
}

// under tells whether name is one of paths or lies below one. Entries that leave the model concern nothing in it; "."
// is everything.
func under(name string, paths []string) bool {
	for _, p := range paths {
		p = path.Clean(filepath.ToSlash(p))
		if p == "." || name == p || strings.HasPrefix(name, p+"/") {
			return true
		}
	}
	return false
}

// expected writes the signed digest of a file; of shards, the first.
func (c *Check) expected(resources []Resource) string {
	return c.manifest.HashType.text(resources[0].Digest)
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return plain(err).Error()
}

func bytesText(n int64) string { return strconv.FormatInt(n, 10) + " bytes" }

// coverage looks at names only, so that a changed byte changes integrity and nothing else.
func (c *Check) coverage() *Coverage {
	var cover Coverage
	facts := map[Class]**bool{Weights: &cover.WeightsSigned, Card: &cover.CardSigned, License: &cover.LicenseSigned}
	for _, e := range c.entries {
		_, signed := c.signed[e.Name]
		if e.Name == c.bundle || !signed && (c.gitOwn(e.Name) || under(e.Name, c.opts.IgnorePaths) || c.unseen(e)) {
			continue
		}
		cover.BytesTotal += e.Size
		if signed {
			cover.BytesSigned += e.Size
		}
		if c.opts.Classify == nil {
			continue
		}
		if fact, ok := facts[c.opts.Classify(e.Name)]; ok {
			*fact = new(signed && (*fact == nil || **fact))
		}
	}
	return &cover
}

// Finish compares the digests with the signed ones. A file it needs and does not get counts as unreadable.
func (c *Check) Finish(digests []Digests) *Result {
	byName := make(map[string]Digests, len(digests))
	for _, d := range digests {
		byName[d.Name] = d
	}
	r := c.result
	for _, need := range c.needs {
		file := c.compare(need, byName[need.Name])
		c.file(file)
		if file.Cached {
			r.Cached++
		}
	}
	if r.Cached > 0 {
		c.note("a cache gave the digests of %d of %d files, which were not read", r.Cached, len(c.needs))
	}
	slices.SortFunc(r.Files, func(a, b FileResult) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(r.Notes)
	if r.Signature.Coverage != nil { // the disk was listed
		r.Signature.Integrity = c.integrity()
		if c.manifest != nil && r.Signature.ExcludedBySigner == nil {
			r.Signature.ExcludedBySigner = []string{}
		}
	}
	r.Outcome = outcome(r.Problems)
	return r
}

func (c *Check) compare(need File, d Digests) FileResult {
	r := FileResult{Path: need.Name, Size: need.Size, State: StateMatch, Cached: d.Cached}
	resources := c.signed[need.Name]
	r.Expected = c.expected(resources)
	if d.Err != nil {
		r.State, r.Detail = StateUnreadable, reason(d.Err)
		return r
	}
	if need.ShardSize > 0 {
		return c.compareShards(r, resources, d)
	}
	got, ok := d.Sums[c.manifest.HashType]
	switch {
	case !ok:
		r.State, r.Detail = StateUnreadable, "it was not hashed"
	case !bytes.Equal(got, resources[0].Digest):
		r.State, r.Found = StateMismatch, c.manifest.HashType.text(got)
	}
	return r
}

func (c *Check) compareShards(r FileResult, resources []Resource, d Digests) FileResult {
	if len(d.Shards) != len(resources) {
		r.State, r.Detail = StateUnreadable, "it was not hashed in these shards"
		return r
	}
	for i, shard := range resources {
		if !bytes.Equal(d.Shards[i], shard.Digest) {
			r.State = StateMismatch
			r.Expected, r.Found = c.manifest.HashType.text(shard.Digest), c.manifest.HashType.text(d.Shards[i])
			r.Range = fmt.Sprintf("%d:%d", shard.Start, shard.End)
			return r
		}
	}
	return r
}

// integrity counts the states and tells each kind that stands in the way as one problem.
func (c *Check) integrity() *Integrity {
	var in Integrity
	first := map[State]*Problem{}
	for _, f := range c.result.Files {
		in.Files.count(f.State)
		if p := first[f.State]; p != nil {
			p.Count++
		} else {
			first[f.State] = &Problem{Path: f.Path, Count: 1, Expected: f.Expected, Found: f.Found, Detail: f.Detail}
		}
	}
	for _, kind := range []struct {
		state State
		code  Code
	}{
		{StateMismatch, FileMismatch}, {StateMissing, FileMissing}, {StateUnsigned, FileUnsigned},
		{StateSymlink, FileSymlink}, {StateUnreadable, FileUnreadable},
	} {
		p := first[kind.state]
		if p == nil || kind.state == StateUnsigned && (c.opts.IgnoreUnsigned || c.manifest == nil) {
			continue
		}
		p.Code = kind.code
		c.problem(p)
	}
	in.Matches = in.Files.matches(c.opts.IgnoreUnsigned)
	if c.manifest == nil || slices.ContainsFunc(c.result.Problems, func(p *Problem) bool { return p.Code == RootMismatch }) {
		in.Matches = new(false)
	}
	return &in
}
