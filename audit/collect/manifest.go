package collect

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	manifests "glassbox/audit/collect/dataset"
	"glassbox/audit/signing"
)

// MaxManifest bounds a dataset manifest, in bytes.
const MaxManifest = manifests.MaxSize

// ReadManifests reads manifests of data that are named beside a release. They
// are told under their base names. Its error is a [UsageError].
func ReadManifests(paths []string) ([]*manifests.Manifest, error) {
	var out []*manifests.Manifest
	for _, p := range paths {
		m, err := readOutside(p)
		if err != nil {
			return nil, &UsageError{fmt.Sprintf("dataset %s: %v", p, err), ""}
		}
		if m.Format == "" {
			return nil, &UsageError{fmt.Sprintf("%s is no manifest of data", p), "\"glassbox dataset --help\" lists the formats"}
		}
		out = append(out, m)
	}
	return out, nil
}

func readOutside(p string) (*manifests.Manifest, error) {
	f, err := os.Open(p)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file")
	}
	return manifests.Read(filepath.Base(p), f, info.Size())
}

// givenData adds what manifests say that were named beside the release. They
// describe its data and show none of it.
func (c *collection) givenData(add func(name string, d dataset) *dataset) {
	for _, m := range c.opts.Manifests {
		if m.Truncated != "" {
			c.cut("/datasets", m.Path+": "+m.Truncated)
		}
		for _, d := range manifestData(m) {
			d.item["shown"] = false
			d.digests = nil // their paths are not those of the release
			add(d.name, d)
		}
	}
}

// manifest reads a dataset manifest, once; nil where the file is none, or could
// not be read.
func (c *collection) manifest(f *File) *manifests.Manifest {
	if m, ok := c.manifests[f.Path]; ok {
		return m
	}
	if c.manifests == nil {
		c.manifests = map[string]*manifests.Manifest{}
	}
	m := c.readManifest(f)
	c.manifests[f.Path] = m
	return m
}

func (c *collection) readManifest(f *File) *manifests.Manifest {
	data := c.read(f, MaxManifest, "/datasets")
	if data == nil {
		return nil
	}
	if f.Kind == "json" {
		c.parses(f.Path, data)
	}
	m := c.manifestOf(f, data)
	if m == nil || m.Format == "" {
		return nil
	}
	if m.Truncated != "" {
		c.cut("/datasets", f.Path+": "+m.Truncated)
	}
	return m
}

// manifestOf reads a manifest from its bytes; a card of data is read already.
func (c *collection) manifestOf(f *File, data []byte) *manifests.Manifest {
	if i := slices.IndexFunc(c.cards, func(k *card.Card) bool { return k.Path == f.Path && k.Kind == card.KindDataset }); i >= 0 {
		return manifests.ReadCard(c.cards[i], data)
	}
	m, err := manifests.Read(f.Path, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil
	}
	return m
}

// manifestData is what a manifest says of the data it describes. One in which no
// data can be made out is told under the name of its folder.
func (c *collection) manifestData(f *File) []dataset {
	m := c.manifest(f)
	if m == nil {
		return nil
	}
	return manifestData(m)
}

func manifestData(m *manifests.Manifest) []dataset {
	described := m.Datasets
	if len(described) == 0 {
		described = []manifests.Dataset{{}}
	}
	out := make([]dataset, 0, len(described))
	for _, d := range described {
		if d.Name.Value == "" {
			d.Name.Value = dataName(m.Path)
		}
		out = append(out, fromManifest(m, d))
	}
	return out
}

// dataName names a set of data after the folder of its manifest, or the file.
func dataName(p string) string {
	if dir := path.Base(path.Dir(p)); dir != "." {
		return dir
	}
	return strings.TrimSuffix(path.Base(p), path.Ext(p))
}

// fromManifest turns one set of data of a manifest into evidence.
func fromManifest(m *manifests.Manifest, d manifests.Dataset) dataset {
	present := audit.Source{Path: m.Path, Level: audit.Present}
	out := dataset{name: d.Name.Value, src: present, digests: d.Digests, folder: path.Dir(m.Path)}
	out.item = map[string]any{"name": d.Name.Value, "shown": d.Leads, "manifest": manifestItem(m)}
	out.places = map[string]audit.Source{"manifest": present, "shown": present}
	if _, known := m.Valid(); known {
		out.places["manifest/valid"] = audit.Source{Path: m.Path, Level: audit.Verified}
	}
	said := func(line int) audit.Source { return audit.Source{Path: m.Path, Line: line, Level: audit.Claimed} }
	put := func(name string, v any, line int) {
		out.item[name], out.places[name] = v, said(line)
	}
	if d.Role != "" {
		put("role", d.Role, d.Lines.Role)
	}
	if d.Kind != "" {
		put("kind", d.Kind, d.Lines.Kind)
	}
	if d.Size != nil {
		put("size", map[string]any{"value": d.Size.Value, "unit": d.Size.Unit}, d.Lines.Size)
	}
	if len(d.Languages) > 0 {
		put("languages", anyList(d.Languages), d.Lines.Languages)
		out.spoken = []spoken{{d.Languages, m.Format == manifests.HubCard, said(max(d.Lines.Languages, 1))}}
	}
	if d.URL != nil {
		put("url", orNull(d.URL.Value), d.URL.Line)
	}
	if r := d.Revision; r.Value != "" {
		out.states = []state{{r.Value, false, said(max(r.Line, 1))}}
	}
	if d.Pinned != nil {
		out.item["pinned"], out.places["pinned"] = *d.Pinned, present
	}
	if d.Hashes != nil {
		out.item["hashes"], out.places["hashes"] = map[string]any{"declared": int64(d.Hashes.Declared), "well_formed": int64(d.Hashes.WellFormed)}, present
		if d.Hashes.Declared > 0 {
			out.item["hashes"].(map[string]any)["all_well_formed"] = d.Hashes.WellFormed == d.Hashes.Declared
		}
	}
	out.takeProvenance(d.Provenance, said)
	for _, l := range d.Licenses {
		out.byFile = append(out.byFile, declare(licenseAt(l.Value), "manifest", said(max(l.Line, 1))))
	}
	if d.Licenses != nil {
		out.seen, out.said = true, said(1)
		out.license, out.terms = names(out.byFile), joined(out.byFile)
		if len(out.byFile) > 0 {
			out.said = out.byFile[0].src
		}
	}
	return out
}

func (d *dataset) takeProvenance(p manifests.Provenance, said func(line int) audit.Source) {
	told := map[string]any{}
	for _, t := range []struct {
		name string
		text *manifests.Text
	}{{"collection", p.Collection}, {"processing", p.Processing}, {"labelling", p.Labelling}, {"consent", p.Consent}, {"sensitive", p.Sensitive}} {
		if t.text != nil {
			told[t.name], d.places["provenance/"+t.name] = orNull(t.text.Value), said(t.text.Line)
		}
	}
	if len(told) > 0 {
		d.item["provenance"], d.places["provenance"] = told, said(0)
	}
}

func anyList(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// manifestItem describes a manifest itself. Whether it is valid is left out
// where a limit was hit.
func manifestItem(m *manifests.Manifest) map[string]any {
	out := map[string]any{"path": m.Path, "format": string(m.Format)}
	if m.Version != "" {
		out["version"] = m.Version
	}
	if valid, known := m.Valid(); known {
		out["valid"], out["errors"], out["warnings"] = valid, problemItems(m.Errors, "error"), problemItems(m.Warnings, "warning")
	}
	return out
}

func problemItems(list []manifests.Problem, severity string) []any {
	out := make([]any, len(list))
	for i, p := range list {
		m := map[string]any{"kind": string(p.Kind), "message": p.Message, "severity": severity, "source": string(p.Source)}
		if p.Line > 0 {
			m["line"] = int64(p.Line)
		}
		if p.Pointer != "" {
			m["pointer"] = p.Pointer
		}
		out[i] = m
	}
	return out
}

// cardsOfData adds what cards of data in the release say: to a set that is
// named already, or as one of its own.
func (c *collection) cardsOfData(list *[]dataset) {
	for _, k := range c.cards {
		f := c.find(k.Path)
		if k.Kind != card.KindDataset || k.Truncated != "" || f == nil {
			continue
		}
		for _, d := range c.manifestData(f) {
			d.byCard, d.byFile = cardLicenses(k), nil
			i := slices.IndexFunc(*list, func(known dataset) bool { return c.about(k, known.name) })
			if i < 0 {
				i = sameData(*list, d.name)
			}
			if i < 0 {
				*list = append(*list, d)
				continue
			}
			(*list)[i].merge(d)
		}
	}
}

// hubData matches the address of a set of data on the Hub.
var hubData = regexp.MustCompile(`^https?://(?:www\.)?huggingface\.co/datasets/([^/?#]+/[^/?#]+)`)

// datasetsAgree holds what the cards say of a set of data against its manifest:
// its licence, its languages, its revision, and where on the Hub it is.
func (c *collection) datasetsAgree() {
	var list []relation
	for i, d := range c.data {
		at := audit.Join("/datasets", i)
		if len(d.byCard) > 0 && len(d.byFile) > 0 {
			r := relation{between: [2]string{at + "/license", at + "/manifest"}, name: d.name, declared: names(d.byCard), found: names(d.byFile), src: d.byCard[0].src}
			switch {
			case slices.Equal(termNames(d.byCard), termNames(d.byFile)):
				r.agree = truth(true)
			case joined(d.byCard) != nil && joined(d.byFile) != nil:
				r.agree = truth(false)
			}
			list = append(list, r)
		}
		list = append(list, d.manifestsAgree(at)...)
		list = append(list, d.languagesAgree(at)...)
		list = append(list, d.revisionsAgree(at)...)
		url, _ := d.item["url"].(string)
		if m := hubData.FindStringSubmatch(url); m != nil && d.named && strings.Contains(d.name, "/") {
			list = append(list, relation{between: [2]string{at + "/name", at + "/url"}, name: d.name, declared: d.name, found: m[1], agree: truth(strings.EqualFold(d.name, m[1])), src: d.src})
		}
	}
	if len(list) == 0 {
		return
	}
	items := make([]any, len(list))
	for i, r := range list {
		items[i] = r.item()
	}
	c.ev.Set("/relations/datasets", items, audit.Source{Level: audit.Claimed})
	for i, r := range list {
		c.ev.Cite(audit.Join("/relations/datasets", i), r.src)
	}
}

// manifestsAgree holds the licences in the first manifest of a set of data against
// those in each other one.
func (d *dataset) manifestsAgree(at string) []relation {
	var byPath [][]declaration
	for _, l := range d.byFile {
		i := slices.IndexFunc(byPath, func(list []declaration) bool { return list[0].src.Path == l.src.Path })
		if i < 0 {
			byPath = append(byPath, []declaration{l})
			continue
		}
		byPath[i] = append(byPath[i], l)
	}
	var out []relation
	for i := 1; i < len(byPath); i++ {
		a, b := byPath[0], byPath[i]
		r := relation{between: [2]string{at + "/manifest", at + "/other_manifests"}, name: d.name, declared: names(a), found: names(b), src: a[0].src}
		switch {
		case slices.Equal(termNames(a), termNames(b)):
			r.agree = truth(true)
		case joined(a) != nil && joined(b) != nil:
			r.agree = truth(false)
		}
		out = append(out, r)
	}
	return out
}

// languagesAgree holds the languages in the card of a set of data against those
// in its manifest. One list may go further than the other; two that share nothing
// cannot both be right.
func (d *dataset) languagesAgree(at string) []relation {
	i := slices.IndexFunc(d.spoken, func(s spoken) bool { return s.ofCard })
	j := slices.IndexFunc(d.spoken, func(s spoken) bool { return !s.ofCard })
	if i < 0 || j < 0 {
		return nil
	}
	declared, found := d.spoken[i], d.spoken[j]
	r := relation{between: [2]string{at + "/languages", at + "/manifest"}, name: d.name, declared: anyList(declared.languages), found: anyList(found.languages), src: declared.src}
	a, b := card.LanguageCodes(declared.languages), card.LanguageCodes(found.languages)
	switch {
	case len(a) == 0 || len(b) == 0:
	case slices.Equal(a, b):
		r.agree = truth(true)
	case !slices.ContainsFunc(a, func(code string) bool { return slices.Contains(b, code) }):
		r.agree = truth(false)
	}
	return []relation{r}
}

var commit = regexp.MustCompile(`^[0-9a-f]{7,40}$`)

// revisionsAgree holds the revision of a set of data that the card of the model
// names against the one that the addresses in its manifest lead to. A commit and
// a tag may be the same state.
func (d *dataset) revisionsAgree(at string) []relation {
	i := slices.IndexFunc(d.states, func(s state) bool { return s.named })
	j := slices.IndexFunc(d.states, func(s state) bool { return !s.named })
	if i < 0 || j < 0 {
		return nil
	}
	a, b := strings.ToLower(d.states[i].revision), strings.ToLower(d.states[j].revision)
	r := relation{between: [2]string{at + "/name", at + "/manifest"}, name: d.name, declared: d.states[i].revision, found: d.states[j].revision, src: d.states[i].src}
	if same := strings.HasPrefix(a, b) || strings.HasPrefix(b, a); commit.MatchString(a) == commit.MatchString(b) {
		r.agree = truth(same && commit.MatchString(a) || a == b)
	}
	return []relation{r}
}

// termNames are the licences that declarations name, in one order and case.
func termNames(list []declaration) []string {
	var out []string
	for _, d := range list {
		out = append(out, strings.ToLower(d.name()))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkData counts which digests that manifests give of files in the release
// were recomputed. It runs once the files are hashed.
func (c *collection) checkData() {
	if len(c.data) == 0 {
		return
	}
	items := make([]any, len(c.data))
	for i, d := range c.data {
		items[i] = d.item
		if hashes, ok := d.item["hashes"].(map[string]any); ok {
			hashes["checked"] = c.recomputed(d)
		}
	}
	c.ev.Set("/datasets", items)
}

func (c *collection) recomputed(d dataset) int64 {
	n := int64(0)
	for _, g := range d.digests {
		sums, hashed := c.sums[path.Join(d.folder, g.Path)]
		a, known := digestAlgorithms[g.Algorithm]
		if hashed && known && sums.Sums[a] != nil && !strings.Contains(g.Path, ":") {
			n++
		}
	}
	return n
}

// digestAlgorithms are the algorithms of manifests that are computed here.
var digestAlgorithms = map[string]signing.Algorithm{"sha256": signing.SHA256, "md5": signing.MD5}
