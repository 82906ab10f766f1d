package collect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/signing"
)

// Hashing says which files are hashed.
type Hashing int

// The choices. What was not hashed is unknown, never claimed.
const (
	HashNeeded Hashing = iota // what a signature, a list, a manifest or the name of a blob speaks of
	HashNone                  // nothing
	HashAll                   // every file of the release
)

// Hashings are the words for the choices, in their order.
var Hashings = [...]string{"needed", "none", "all"}

// ParseHashing reads a word.
func ParseHashing(word string) (Hashing, error) {
	i := slices.Index(Hashings[:], word)
	if i < 0 {
		return 0, fmt.Errorf("%q is none of %s", word, strings.Join(Hashings[:], ", "))
	}
	return Hashing(i), nil
}

// digests asks everybody who speaks of a file's bytes what to compute, reads
// each file once, and gives everybody the answers.
func (c *collection) digests(ctx context.Context) error {
	if err := c.beginSignature(ctx); err != nil {
		return err
	}
	defer c.signed.close()
	c.readPublished()
	if err := c.hash(ctx); err != nil {
		return err
	}
	c.subjectDigest()
	c.checksums()
	c.signature()
	return nil
}

// hash reads what is needed, every file at most once.
func (c *collection) hash(ctx context.Context) error {
	c.sums = map[string]signing.Digests{}
	if c.opts.Hash == HashNone {
		return nil
	}
	needs := signing.Merge(c.signed.needs(), c.publishedNeeds(), c.allNeeds())
	results, err := signing.HashFS(ctx, c.open, needs, signing.HashOptions{Progress: c.opts.Progress, Cache: c.opts.Cache})
	if err != nil {
		return err
	}
	for _, d := range results {
		c.sums[d.Name] = d
	}
	for i, f := range c.files {
		if d := c.digestOf(f.Path); d != "" {
			src := audit.Source{Path: f.Path, Digest: d, Level: audit.Verified}
			c.fileFact(i, "digest", d, src)
			if c.opts.Cache != nil {
				c.fileFact(i, "digest_cached", c.sums[f.Path].Cached, src)
			}
		}
		if err := c.sums[f.Path].Err; err != nil {
			c.cut(audit.Join("/files", i, "digest"), fmt.Sprintf("%s cannot be hashed: %v", f.Path, cause(err)))
		}
	}
	return nil
}

// subjectDigest writes one digest over path, size and content of every file, in
// path order. Where every file was read to its end it is over all bytes, else
// over the first headSize of each file larger than smallFile, and the evidence
// says so: a mixture of both would depend on what somebody asked to hash. A link
// that is not followed counts with its target. Of files that cannot be read
// there is no digest.
func (c *collection) subjectDigest() {
	whole := true
	for _, f := range c.files {
		if !f.Readable {
			return
		}
		whole = whole && (f.Size <= smallFile || c.digestOf(f.Path) != "")
	}
	h := sha256.New()
	for _, f := range c.files {
		digest := f.digest[:]
		switch {
		case f.Kind == "link":
			digest = []byte(f.Target)
		case whole && f.Size > smallFile:
			digest = c.sums[f.Path].Sums[signing.SHA256]
		}
		fmt.Fprintf(h, "%q %d %x\n", f.Path, f.Size, digest)
	}
	c.ev.Set("/subject/digest", digestText(signing.SHA256, h.Sum(nil)))
	c.ev.Set("/subject/digest_whole", whole)
}

// hashable tells whether a file has bytes of its own that can be read here.
func hashable(f *File) bool { return f.Readable && f.Kind != "link" && f.Kind != "special" }

func (c *collection) allNeeds() []signing.File {
	if c.opts.Hash != HashAll {
		return nil
	}
	var out []signing.File
	for _, f := range c.files {
		if hashable(f) {
			out = append(out, signing.File{Name: f.Path, Size: f.Size, Algorithms: []signing.Algorithm{signing.SHA256}})
		}
	}
	return out
}

// open opens a file to hash it. What the signature speaks of is opened as its
// policy on links allows, and in no other way.
func (c *collection) open(name string) (fs.File, error) {
	if c.signed.speaksOf(name) {
		return c.signed.check.Open(name)
	}
	return c.rel.FS.Open(path.Join(c.rel.Dir, name))
}

// digestOf returns the SHA-256 of a file as it is written everywhere, "" where
// it was not computed.
func (c *collection) digestOf(name string) string {
	d, ok := c.sums[name].Sums[signing.SHA256]
	if !ok {
		return ""
	}
	return digestText(signing.SHA256, d)
}

// digestText writes a digest behind the name of its algorithm.
func digestText(a signing.Algorithm, digest []byte) string {
	return string(a) + ":" + hex.EncodeToString(digest)
}

// fileFact adds a fact to a file of the inventory.
func (c *collection) fileFact(i int, name string, value any, src audit.Source) {
	v, _ := c.ev.Get(audit.Join("/files", i))
	item, ok := v.(map[string]any)
	if !ok {
		return // the inventory was cut
	}
	item[name] = value
	c.ev.Cite(audit.Join("/files", i, name), src)
}

// citeDigests says in every source which bytes it was, where that was computed.
func (c *collection) citeDigests(context.Context) error {
	for _, list := range c.ev.Sources {
		for i := range list {
			if list[i].Digest == "" {
				list[i].Digest = c.digestOf(list[i].Path)
			}
		}
	}
	return nil
}
