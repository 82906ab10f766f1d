package collect

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"glassbox/audit"
	"glassbox/audit/signing"
)

// MaxPublished bounds the digests of one release, over all its lists. Real ones
// have a line for each file.
const MaxPublished = 200_000

// published is one digest that somebody published for one file, and where.
type published struct {
	path      string // of the file, in the release
	algorithm signing.Algorithm
	digest    []byte
	origin    string
	src       audit.Source
}

func (p *published) text() string { return digestText(p.algorithm, p.digest) }

// readPublished gathers the digests that a release publishes of its own files.
func (c *collection) readPublished() {
	if !c.whole() {
		return
	}
	for _, f := range c.with("checksums") {
		c.readList(f)
	}
	for _, f := range c.files {
		c.readNames(f)
	}
	c.readHubNotes()
	for _, f := range c.with("dataset_manifest") {
		c.readDataDigests(f)
	}
	if len(c.published) > MaxPublished {
		c.cut("/checksums", fmt.Sprintf("more than %d digests are published", MaxPublished))
	}
	if c.isCut("/checksums") {
		c.published = nil
	}
}

func (c *collection) publish(p published) {
	if len(c.published) <= MaxPublished {
		c.published = append(c.published, p)
	}
}

// readList reads a list like SHA256SUMS. Its paths start at its own folder, or,
// where nothing is found there, at the top of the release.
func (c *collection) readList(f *File) {
	data := c.read(f, signing.MaxChecksums, "/checksums")
	list, err := signing.ReadChecksums(f.Path, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		c.cut("/checksums", err.Error())
		return
	}
	dir := path.Dir(f.Path)
	if !c.anyAt(dir, list.Entries) && c.anyAt(".", list.Entries) {
		dir = "."
	}
	for _, e := range list.Entries {
		name := path.Join(dir, e.Path)
		if name == f.Path {
			continue // no list can hold its own digest
		}
		c.publish(published{name, e.Algorithm, e.Digest, "list", audit.Source{Path: f.Path, Line: e.Line, Level: audit.Present}})
	}
}

func (c *collection) anyAt(dir string, entries []signing.Checksum) bool {
	for _, e := range entries {
		if c.find(path.Join(dir, e.Path)) != nil {
			return true
		}
	}
	return false
}

// blobName is how Ollama, and others that keep files by content, name a blob.
var blobName = regexp.MustCompile(`^sha256[-:]([0-9a-f]{64})$`)

// readNames reads the digests that stand in names, and in a pointer in place of
// a name.
func (c *collection) readNames(f *File) {
	src := audit.Source{Path: f.Path, Level: audit.Present}
	if c.rel.Revision != "" && f.Target != "" && f.Kind != "link" && path.Base(path.Dir(f.Target)) == "blobs" {
		if a, digest, ok := signing.HubBlob(path.Base(f.Target)); ok {
			c.publish(published{f.Path, a, digest, "hub_cache", src})
		}
	}
	if m := blobName.FindStringSubmatch(path.Base(f.Path)); m != nil {
		_, digest, _ := signing.HubBlob(m[1])
		c.publish(published{f.Path, signing.SHA256, digest, "blob_name", src})
	}
	if a, digest, ok := signing.HubBlob(f.OID); ok {
		src.Line = 2 // version, oid, size: the specification fixes the order
		c.publish(published{f.Path, a, digest, "lfs_pointer", src})
	}
}

// hubNotes is where the Hub's client notes what it downloaded into a folder.
const hubNotes = ".cache/huggingface/download"

func (c *collection) readHubNotes() {
	if info, err := fs.Stat(c.rel.FS, path.Join(c.rel.Dir, hubNotes)); err != nil || !info.IsDir() {
		return
	}
	for _, f := range c.files {
		name := path.Join(hubNotes, f.Path+".metadata")
		data, err := c.rel.Read(name, signing.MaxHubMetadata)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var m *signing.HubMetadata
		if err == nil {
			m, err = signing.ParseHubMetadata(data)
		}
		if err != nil {
			// A note that was made unreadable must not take its digest along unseen.
			c.cut("/checksums", fmt.Sprintf("the note %s cannot be read: %v", name, cause(err)))
			return
		}
		c.publish(published{f.Path, m.Algorithm, m.Digest, "hub_download", audit.Source{Path: name, Line: 2, Level: audit.Present}})
	}
}

// readDataDigests reads the digests of a dataset's manifest, of the files that it
// names by a path.
func (c *collection) readDataDigests(f *File) {
	if c.read(f, MaxManifest, "/checksums") == nil {
		return
	}
	for _, d := range c.manifestData(f) {
		for _, g := range d.digests {
			name, a := path.Join(d.folder, g.Path), digestAlgorithms[g.Algorithm]
			digest, err := hex.DecodeString(g.Hex)
			if strings.Contains(g.Path, ":") || signing.CheckName(name) != nil || err != nil || a == "" {
				continue
			}
			c.publish(published{name, a, digest, string(c.manifest(f).Format), audit.Source{Path: f.Path, Line: g.Line, Level: audit.Present}})
		}
	}
}

// publishedNeeds is what to hash to hold the published digests against the
// files that are here. What stands behind a pointer is not here.
func (c *collection) publishedNeeds() []signing.File {
	var out []signing.File
	for _, p := range c.published {
		if f := c.find(p.path); f != nil && hashable(f) && f.OID == "" {
			out = append(out, signing.File{Name: f.Path, Size: f.Size, Algorithms: []signing.Algorithm{p.algorithm}})
		}
	}
	return out
}

// standing is how a published digest compares with the file.
type standing int

// From what says least to what says most; of a file with several digests the
// last of these counts.
const (
	digestMissing   standing = iota // the file is not here
	digestUnchecked                 // it was not hashed
	digestMatches
	digestDiffers
)

func (c *collection) standing(p *published) standing {
	f := c.find(p.path)
	switch {
	case c.position(p.path) < 0, f != nil && f.OID != "":
		return digestMissing // behind a pointer is nothing that could be read
	case f == nil:
		return digestUnchecked // it is here and cannot be read, or leads out of the release
	}
	sum, ok := c.sums[p.path].Sums[p.algorithm]
	switch {
	case !ok:
		return digestUnchecked
	case bytes.Equal(sum, p.digest):
		return digestMatches
	}
	return digestDiffers
}

// checked is how one file compares with all digests published for it.
type checked struct {
	standing standing
	open     bool // some could not be checked
	holds    bool // one agrees
	strong   bool // one of a strong algorithm agrees
}

func (k *checked) add(s standing, strong bool) {
	k.standing = max(k.standing, s)
	k.open = k.open || s == digestUnchecked || s == digestMissing
	k.holds = k.holds || s == digestMatches
	k.strong = k.strong || s == digestMatches && strong
}

// answer tells whether a digest agrees: one that does decides, and only where
// all were checked can it be said that none does.
func (k *checked) answer(holds bool) *bool {
	if !holds && k.open {
		return nil
	}
	return &holds
}

// checksums writes which digests are published, what they cover, and whether
// they hold.
func (c *collection) checksums() {
	if !c.whole() || c.isCut("/checksums") {
		return
	}
	byFile := map[string]*checked{}
	at := make([]standing, len(c.published))
	for i := range c.published {
		p := &c.published[i]
		at[i] = c.standing(p)
		if byFile[p.path] == nil {
			byFile[p.path] = &checked{}
		}
		byFile[p.path].add(at[i], p.algorithm.Strong())
	}
	c.describePublished()
	c.countStandings(byFile)
	c.weightsMatch(byFile)
	c.relateDigests(at)
}

func (c *collection) describePublished() {
	items, paths, strength := make([]any, len(c.published)), []string{}, ""
	for i := range c.published {
		p := &c.published[i]
		items[i] = map[string]any{"path": p.path, "digest": p.text(), "origin": p.origin}
		if p.src.Path != p.path && (len(paths) == 0 || paths[len(paths)-1] != p.src.Path) {
			paths = append(paths, p.src.Path)
		}
		if !p.algorithm.Strong() {
			strength = "weak"
		} else if strength == "" {
			strength = "strong"
		}
	}
	src := audit.Source{Level: audit.Present}
	if len(paths) > 0 {
		src.Path = paths[0]
	}
	c.ev.Set("/checksums", map[string]any{
		"present": len(c.published) > 0, "paths": paths, "strength": orNull(strength), "published": items,
	}, src)
	for i, p := range c.published {
		c.ev.Cite(audit.Join("/checksums/published", i), p.src)
	}
}

func (c *collection) countStandings(byFile map[string]*checked) {
	var n [digestDiffers + 1]int
	for _, k := range byFile {
		n[k.standing]++
	}
	files := map[string]any{"listed": len(byFile), "missing": n[digestMissing], "unchecked": n[digestUnchecked]}
	if c.opts.Hash != HashNone {
		files["match"], files["mismatch"] = n[digestMatches], n[digestDiffers]
	}
	c.ev.Set("/checksums/files", files, audit.Source{Level: audit.Verified})
}

// weightsMatch tells whether a digest is published for every weight file, and
// whether one holds. One that does not hold beside one that does is told as a
// contradiction: taking a bad list away must not be worth anything.
func (c *collection) weightsMatch(byFile map[string]*checked) {
	var covered, holds, strong all
	var first, unheld, weak string // the first weight file, and the first that speaks against each fact
	for _, f := range c.files {
		if !f.Is("weights") {
			continue
		}
		k := byFile[f.Path]
		covered.add(k != nil)
		if k == nil {
			k = &checked{}
		}
		holds.addPtr(k.answer(k.holds))
		strong.addPtr(k.answer(k.strong))
		first = cmp.Or(first, f.Path)
		if !k.holds && !k.open {
			unheld = cmp.Or(unheld, f.Path)
		}
		if !k.strong && !k.open {
			weak = cmp.Or(weak, f.Path)
		}
	}
	c.ev.Set("/checksums/covers_weights", covered.no == 0 && covered.yes > 0)
	c.setAll("/checksums/weights/match", holds, audit.Source{Path: cmp.Or(unheld, first), Level: audit.Verified})
	c.setAll("/checksums/weights/strong", strong, audit.Source{Path: cmp.Or(weak, first), Level: audit.Verified})
}

// relateDigests puts each published digest beside the one that was computed.
func (c *collection) relateDigests(at []standing) {
	var items []any
	var sources []audit.Source
	for i := range c.published {
		p := &c.published[i]
		if at[i] != digestMatches && at[i] != digestDiffers {
			continue
		}
		found := audit.Join("/files", c.position(p.path))
		if c.digestOf(p.path) != "" {
			found += "/digest"
		}
		r := relation{
			between: [2]string{audit.Join("/checksums/published", i, "digest"), found}, name: p.path,
			declared: p.text(), found: digestText(p.algorithm, c.sums[p.path].Sums[p.algorithm]), agree: truth(at[i] == digestMatches),
		}
		items = append(items, r.item())
		sources = append(sources, audit.Source{Path: p.path, Level: audit.Verified})
	}
	if len(items) == 0 {
		return
	}
	c.ev.Set("/relations/checksums", items, audit.Source{Level: audit.Verified})
	for i, s := range sources {
		c.ev.Cite(audit.Join("/relations/checksums", i), s)
	}
}
