package collect

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/license"
)

// reuseDir is the folder in which REUSE keeps licence texts, each named after
// its id.
const reuseDir = "LICENSES"

// MaxReuseTests bounds how many pairs of a file and a glob of a REUSE.toml are
// tried: enough for a thousand files and a thousand globs.
const MaxReuseTests = 1 << 20

// maxTaggedFiles bounds how many files are opened in search of tags.
const maxTaggedFiles = 5000

// reuse is what the release says of each file's licence: in a REUSE.toml, in a
// side-car, or in a tag at the head of the file (REUSE specification 3.3).
type reuse struct {
	tomls   []*license.Reuse
	paths   []string          // of the tomls
	broken  []string          // REUSE.toml that cannot be read
	sideCar map[string]string // by the file it speaks for
	cars    map[string]bool   // the side-cars
	old     bool              // .reuse/dep5, of which nothing is read
	tags    map[string]tagged // by file
}

// tagged is what holds for one file, and where that is said.
type tagged struct {
	licenses []string
	src      audit.Source
}

// of tells whether a file says of others under which licence they are, and is no
// licence itself.
func (r *reuse) of(name string) bool {
	return r.cars[name] || path.Base(name) == "REUSE.toml"
}

// readReuse reads every REUSE.toml, side-car and tag.
func (c *collection) readReuse() {
	r := &c.reuse
	r.sideCar, r.cars, r.tags = map[string]string{}, map[string]bool{}, map[string]tagged{}
	folder := false
	for _, f := range c.files {
		switch of, isCar := license.SideCar(f.Path); {
		case !f.Readable || f.Kind == "link" || f.Kind == "special":
		case path.Base(f.Path) == "REUSE.toml":
			c.readReuseTOML(f)
		case f.Path == ".reuse/dep5":
			r.old = true
		case isCar && c.position(of) >= 0:
			r.sideCar[of], r.cars[f.Path] = f.Path, true
		}
		folder = folder || path.Dir(f.Path) == reuseDir
	}
	everywhere := folder || len(r.cars)+len(r.tomls)+len(r.broken) > 0
	globs := 0
	for _, t := range r.tomls {
		for _, a := range t.Annotations {
			globs += len(a.Paths)
		}
	}
	if globs*len(c.files) > MaxReuseTests {
		why := fmt.Sprintf("%d globs of REUSE.toml for %d files are too many to try", globs, len(c.files))
		c.cut("/licenses/reuse", why)
		c.gap("/licenses", why)
		return
	}
	opened := 0
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" || f.Kind == "special" || f.Size == 0 || r.of(f.Path) || path.Dir(f.Path) == reuseDir {
			continue
		}
		if f.Role == "code" || everywhere && slices.Contains(commented, f.Kind) {
			opened++
		}
		if opened == maxTaggedFiles+1 {
			c.gap("/licenses", fmt.Sprintf("more than %d files may hold a tag of their licence", maxTaggedFiles))
		}
		c.tag(f, everywhere, opened <= maxTaggedFiles)
	}
}

// commented are the kinds of file that can hold a tag in a comment.
var commented = []string{"text", "markdown", "yaml", "toml", "xml", "html", "python", "shell", "source"}

func (c *collection) readReuseTOML(f *File) {
	data := c.read(f, license.MaxTOML, "/licenses/reuse")
	if data == nil {
		c.gap("/licenses", f.Path+" could not be read, which may name other terms")
		return
	}
	t, err := license.ParseReuse(path.Dir(f.Path), data)
	if err != nil {
		c.reuse.broken = append(c.reuse.broken, f.Path)
		return
	}
	c.reuse.tomls, c.reuse.paths = append(c.reuse.tomls, t), append(c.reuse.paths, f.Path)
}

// tag finds what holds for one file.
func (c *collection) tag(f *File, everywhere, open bool) {
	r := &c.reuse
	own, src := license.FileTags{}, audit.Source{Path: f.Path, Line: 1, Level: audit.Claimed}
	car, hasCar := r.sideCar[f.Path]
	switch {
	case hasCar:
		src.Path = car
		own, src.Line = c.readTags(car)
	case open && (f.Role == "code" || everywhere && slices.Contains(commented, f.Kind)):
		own, src.Line = c.readTags(f.Path)
	}
	all := license.TagsFor(f.Path, own, r.tomls)
	if len(all.Licenses) == 0 {
		return
	}
	if len(own.Licenses) == 0 || !slices.Equal(own.Licenses, all.Licenses) {
		src = r.annotating(f.Path)
	}
	r.tags[f.Path] = tagged{all.Licenses, src}
}

// readTags reads the tags at the head of a file, with the line of the first.
func (c *collection) readTags(name string) (license.FileTags, int) {
	f := c.find(name)
	if f == nil {
		return license.FileTags{}, 1
	}
	head := c.head(f, license.MaxTagged)
	line := 1
	if i := bytes.Index(head, []byte("SPDX-License-Identifier:")); i >= 0 {
		line += bytes.Count(head[:i], []byte("\n"))
	}
	return license.ReadTags(head), line
}

// annotating cites the REUSE.toml that speaks of a file: an override first, then
// the one nearest to it.
func (r *reuse) annotating(name string) audit.Source {
	best := audit.Source{Level: audit.Claimed}
	depth := -1
	for i, t := range r.tomls {
		a, ok := t.For(name)
		if !ok {
			continue
		}
		if d := strings.Count(r.paths[i], "/"); a.Precedence == license.Override || d > depth {
			best.Path, best.Line, depth = r.paths[i], 1, d
		}
		if a.Precedence == license.Override {
			break
		}
	}
	return best
}

// reuseDeclared lists the licences that the files of a part are tagged with,
// each once, in the order of the files.
func (c *collection) reuseDeclared(part string) []declaration {
	var out []declaration
	seen := map[string]bool{}
	for _, p := range parts {
		if p.name != part {
			continue
		}
		for _, f := range c.with(p.roles...) {
			for _, raw := range c.reuse.tags[f.Path].licenses {
				if !seen[raw] {
					seen[raw] = true
					out = append(out, declare(raw, "reuse", c.reuse.tags[f.Path].src))
				}
			}
		}
	}
	return out
}

// tagsAgree answers whether the tags of the weights are what the card declares;
// Unknown where one of the two says nothing.
func (c *collection) tagsAgree(t *terms) license.Answer {
	tags := c.declaredBy("reuse")
	if t.part != "weights" || len(tags) == 0 || len(t.declared) == 0 || t.declared[0].origin != "card" {
		return license.Unknown
	}
	return sameTerms(t.expr, joined(tags))
}

// reuseFaults writes whether files say under which licence they are, and whether
// that goes together with the texts.
func (c *collection) reuseFaults() {
	r := &c.reuse
	if c.isCut("/licenses/reuse") {
		return
	}
	var texts []license.Text
	for _, t := range c.texts {
		if path.Dir(t.file.Path) == reuseDir {
			texts = append(texts, t.text)
		}
	}
	src := audit.Source{Level: audit.Present}
	switch {
	case len(r.paths) > 0:
		src.Path = r.paths[0]
	case len(texts) > 0:
		src.Path = texts[0].Path
	}
	present := r.old || len(r.paths)+len(r.broken)+len(r.cars) > 0 || len(texts) > 0 && len(r.tags) > 0
	c.ev.Set("/licenses/reuse/present", present)
	c.ev.Cite("/licenses/reuse", src)
	if !present || r.old {
		return
	}
	faults := []any{}
	for _, p := range r.broken {
		faults = append(faults, map[string]any{"kind": "unreadable", "id": nil, "path": p})
	}
	for _, f := range license.ReuseFaults(r.used(c.files), texts) {
		faults = append(faults, map[string]any{"kind": f.Kind, "id": f.ID, "path": orNull(f.Path)})
	}
	if weights := c.with("weights"); len(weights) > 0 {
		c.ev.Set("/licenses/reuse/weights_tagged", !slices.ContainsFunc(weights, func(f *File) bool { return len(r.tags[f.Path].licenses) == 0 }))
	}
	c.ev.Set("/licenses/reuse/texts_match", len(faults) == 0)
	c.ev.Set("/licenses/reuse/faults", faults)
	for i, f := range faults {
		if p, ok := f.(map[string]any)["path"].(string); ok {
			c.ev.Cite(audit.Join("/licenses/reuse/faults", i), audit.Source{Path: p, Line: 1, Level: audit.Present})
		}
	}
}

// used lists the ids, and exceptions, that files are tagged with.
func (r *reuse) used(files []*File) []string {
	var ids []string
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, f := range files {
		for _, raw := range r.tags[f.Path].licenses {
			e, err := license.ParseExpression(raw)
			if err != nil {
				add(raw)
				continue
			}
			for _, term := range e.Terms() {
				add(strings.TrimSuffix(term.ID, "+"))
				add(term.Exception)
			}
		}
	}
	return ids
}
