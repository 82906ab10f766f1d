package collect

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
	"glassbox/schemas"
)

// MaxParents bounds a list of parents, in bytes.
const MaxParents = 4 << 20

// Limits on looking at what a release is made from.
const (
	maxRelatives   = 128     // models and data that are looked up for one release
	maxDataLooks   = 32      // of these, data: they come first and must not use it all up
	maxFolderNames = 100_000 // names of one folder
	maxRelativeDoc = 1 << 20 // bytes of a card that are searched for words
)

// Parents is where the models and data that a release is made from may be looked
// at: folders of releases, and lists of ids and licences. What lies beside a
// release is looked at without being named. The zero value holds nothing.
type Parents struct {
	places []place
}

// place is one folder, or one list.
type place struct {
	where  string // parents, beside or list
	label  string // how it is called in sources
	path   string // of a folder
	names  folder
	listed map[string]*relative
	self   string   // the name in it that is the release itself
	home   []string // paths of the release itself, which is not made from itself
}

// folder is what lies in a folder, by name in lower case.
type folder map[string][]string

// ReadParents opens what --parents names: folders of releases, or files of ids
// and licences in YAML, JSON or CSV. Its error is a [UsageError].
func ReadParents(sources []string) (*Parents, error) {
	p := &Parents{}
	for _, s := range sources {
		info, err := os.Stat(s)
		if err != nil {
			return nil, &UsageError{fmt.Sprintf("parents %s: %v", s, cause(err)), "name a folder of releases, or a file of ids and licences"}
		}
		read := readList
		if info.IsDir() {
			read = readFolder
		}
		place, err := read(s)
		if err != nil {
			return nil, &UsageError{fmt.Sprintf("parents %s: %v", s, err), "a file of parents lists id and license, in YAML, JSON or CSV"}
		}
		p.places = append(p.places, place)
	}
	return p, nil
}

func readFolder(dir string) (place, error) {
	full, err := filepath.Abs(dir)
	if err != nil {
		return place{}, err
	}
	names, err := folderNames(full)
	if err != nil {
		return place{}, cause(err)
	}
	return place{where: "parents", label: filepath.Base(full), path: full, names: names}, nil
}

func folderNames(dir string) (folder, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(maxFolderNames)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	out := folder{}
	for _, n := range names {
		key := strings.ToLower(n)
		out[key] = append(out[key], n)
	}
	return out, nil
}

// readList reads a file of ids and licences.
func readList(name string) (place, error) {
	f, err := os.Open(name)
	if err != nil {
		return place{}, cause(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxParents+1))
	switch {
	case err != nil:
		return place{}, cause(err)
	case len(data) > MaxParents:
		return place{}, fmt.Errorf("larger than %d bytes", MaxParents)
	}
	rows, err := parentRows(strings.ToLower(filepath.Ext(name)), data)
	if err != nil {
		return place{}, err
	}
	p := place{where: "list", label: filepath.Base(name), listed: map[string]*relative{}}
	for _, r := range rows {
		if r.id == "" {
			return place{}, fmt.Errorf("line %d: an entry without an id", r.line)
		}
		key := strings.ToLower(repository(r.id))
		if p.listed[key] != nil {
			return place{}, fmt.Errorf("line %d: %s is listed twice", r.line, r.id)
		}
		p.listed[key] = r.relative(p.label)
	}
	if len(rows) == 0 {
		return place{}, errors.New("lists nothing")
	}
	return p, nil
}

// parentRow is one entry of a list.
type parentRow struct {
	id, name, relation, revision string
	licenses, bases              []string
	line                         int
}

// parentRows reads a list by the ending of its name; anything but CSV and JSON
// is taken for YAML.
func parentRows(ext string, data []byte) ([]parentRow, error) {
	switch ext {
	case ".csv":
		return csvRows(data)
	case ".json":
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return nil, err
		}
		return treeRows(v, func(string) int { return 1 })
	}
	y, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, err
	}
	return treeRows(y.Value, y.Line)
}

// csvRows reads a table whose first line names its columns; cells with several
// values separate them by a space or a semicolon.
func csvRows(data []byte) ([]parentRow, error) {
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\ufeff")))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the head: %w", err)
	}
	column := map[string]int{}
	for i, name := range head {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	if _, ok := column["id"]; !ok {
		return nil, errors.New("the head names no column id")
	}
	var out []parentRow
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		cell := func(name string) string {
			if i, ok := column[name]; ok && i < len(cells) {
				return strings.TrimSpace(cells[i])
			}
			return ""
		}
		several := func(r rune) bool { return r == ' ' || r == ';' }
		row := parentRow{
			id: cell("id"), name: cell("license_name"), relation: cell("base_model_relation"), revision: cell("revision"),
			bases: strings.FieldsFunc(cell("base_model"), several),
		}
		if l := cell("license"); l != "" {
			row.licenses = []string{l}
		}
		row.line, _ = r.FieldPos(0)
		out = append(out, row)
	}
}

// treeRows reads a mapping of ids to licences or entries, or a list of entries.
func treeRows(v any, line func(pointer string) int) ([]parentRow, error) {
	var out []parentRow
	switch v := v.(type) {
	case map[string]any:
		if inner, ok := v["parents"]; ok && len(v) == 1 {
			return treeRows(inner, func(p string) int { return line("/parents" + p) })
		}
		for _, id := range slices.Sorted(maps.Keys(v)) {
			row, err := treeRow(v[id])
			row.line = line("/" + schemas.EscapePointer(id))
			switch {
			case err != nil:
				return nil, fmt.Errorf("line %d: %s: %w", row.line, id, err)
			case row.id != "" && row.id != id:
				return nil, fmt.Errorf("line %d: %s has another id: %s", row.line, id, row.id)
			}
			row.id = id
			out = append(out, row)
		}
	case []any:
		for i, entry := range v {
			row, err := treeRow(entry)
			row.line = line(fmt.Sprintf("/%d", i))
			if _, isMap := entry.(map[string]any); err == nil && !isMap {
				err = errors.New("no entry with id and license")
			}
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", row.line, err)
			}
			out = append(out, row)
		}
	default:
		return nil, errors.New("neither a mapping of ids nor a list of entries")
	}
	return out, nil
}

// parentKeys are what an entry may say, as in the front matter of a card.
var parentKeys = []string{"id", "license", "license_name", "base_model", "base_model_relation", "revision"}

func treeRow(v any) (row parentRow, err error) {
	m, ok := v.(map[string]any)
	if !ok {
		row.licenses, err = texts(v)
		return row, err
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		var list []string
		if list, err = texts(m[key]); err != nil {
			return row, fmt.Errorf("%s: %w", key, err)
		}
		one := strings.Join(list, " ")
		switch key {
		case "license":
			row.licenses = list
		case "base_model":
			row.bases = list
		case "id":
			row.id = one
		case "license_name":
			row.name = one
		case "base_model_relation":
			row.relation = one
		case "revision":
			row.revision = one
		default:
			return row, fmt.Errorf("an entry says %s, and not %q", strings.Join(parentKeys, ", "), key)
		}
	}
	return row, nil
}

// texts reads a text or a list of texts; nothing is an empty list.
func texts(v any) ([]string, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []string{v}, nil
	case []any:
		var out []string
		for _, x := range v {
			s, ok := x.(string)
			if !ok {
				return nil, fmt.Errorf("%v is no text", x)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v is no text", v)
}

func (row parentRow) relative(label string) *relative {
	src := audit.Source{Path: label, Line: row.line, Level: audit.Claimed}
	var list []declaration
	for _, raw := range row.licenses {
		d := declare(raw, "manifest", src)
		if d.isOther() && row.name != "" {
			d = declare(row.name, "manifest", src)
		}
		list = append(list, d)
	}
	r := &relative{id: row.id, where: "list", label: label, relation: row.relation, revision: row.revision, src: src}
	r.terms, r.license = joined(list), names(list)
	r.bases = row.bases
	return r
}

// relative is a model or a set of data outside the release, as far as it was
// seen.
type relative struct {
	id       string
	where    string // release, parents, beside or list
	label    string // of the folder or list it was found in
	license  string // as declared and found; empty where it names none
	terms    *license.Expression
	src      audit.Source // of its licence
	relation string
	revision string
	bases    []string
	notice   bool   // it brings a notice that is to be passed on
	text     string // of its card
	// of its network, as its configuration tells them; 0 where it does not
	width, layers int64
}

// relative looks a model or a set of data up: in the release itself, where
// somebody said, beside the release. It is nil where none is seen.
func (c *collection) relative(ctx context.Context, id string) *relative {
	key := strings.ToLower(id)
	if r, ok := c.relatives[key]; ok {
		return r
	}
	if c.relatives == nil {
		c.relatives = map[string]*relative{}
	}
	if len(c.relatives) >= maxRelatives || !hubID.MatchString(id) {
		return nil
	}
	r := c.findRelative(ctx, id)
	c.relatives[key] = r
	return r
}

func (c *collection) findRelative(ctx context.Context, id string) *relative {
	if r := c.inside(ctx, id); r != nil {
		return r
	}
	for i := range c.places() {
		if r := c.neighbours[i].find(ctx, id); r != nil {
			return r
		}
	}
	return nil
}

// places lists where to look, with the folder the release lies in as the last.
func (c *collection) places() []place {
	if c.neighbours != nil {
		return c.neighbours
	}
	c.neighbours = []place{}
	if p := c.opts.Parents; p != nil {
		home := []string{c.rel.Path}
		if c.rel.Only == "README.md" { // the card of a folder stands for it
			home = append(home, filepath.Dir(c.rel.Path))
		}
		for _, place := range p.places {
			place.home = home
			c.neighbours = append(c.neighbours, place)
		}
	}
	if c.rel.Path == "" || c.rel.Only != "" || c.opts.Alone {
		return c.neighbours
	}
	home := c.rel.Path
	if c.rel.Dir != "." { // a snapshot in a cache: beside it lie other caches
		home = hubRoot(home)
	}
	if names, err := folderNames(filepath.Dir(home)); err == nil {
		c.neighbours = append(c.neighbours, place{where: "beside", label: "..", path: filepath.Dir(home), names: names, self: filepath.Base(home)})
	}
	return c.neighbours
}

// inside looks among the folders of the release that have a card of their own.
func (c *collection) inside(ctx context.Context, id string) *relative {
	for _, k := range c.cards {
		dir := path.Dir(k.Path)
		if dir == "." || !slices.ContainsFunc(folders(id), func(name string) bool { return strings.EqualFold(name, path.Base(dir)) }) {
			continue
		}
		rel := &Release{Name: id, FS: c.rel.FS, Dir: path.Join(c.rel.Dir, dir)}
		if r := look(ctx, rel, id, "release", dir); r != nil {
			return r
		}
	}
	return nil
}

// folders lists the names under which people keep a model or a set of data: as
// caches do, with the owner in front, or without.
func folders(id string) []string {
	owner, name, ok := strings.Cut(id, "/")
	if !ok {
		return []string{id, "models--" + id, "datasets--" + id}
	}
	return []string{owner + "--" + name, owner + "__" + name, owner + "_" + name, "models--" + owner + "--" + name, "datasets--" + owner + "--" + name, name}
}

// find looks an id up. A folder holds releases by name or by owner and name; of
// a hostile id nothing is opened but what is listed.
func (p *place) find(ctx context.Context, id string) *relative {
	if p.listed != nil {
		return p.listed[strings.ToLower(id)]
	}
	owner, name, ok := strings.Cut(id, "/")
	if ok {
		for _, o := range p.matching(owner) {
			inner := place{where: p.where, label: path.Join(p.label, o), path: filepath.Join(p.path, o), home: p.home}
			if inner.names, _ = folderNames(inner.path); inner.names == nil {
				continue
			}
			for _, n := range inner.matching(name) {
				if r := inner.open(ctx, n, id); r != nil {
					return r
				}
			}
		}
	}
	for _, f := range folders(id) {
		for _, suffix := range []string{"", ".md"} {
			for _, n := range p.matching(f + suffix) {
				if r := p.open(ctx, n, id); r != nil {
					return r
				}
			}
		}
	}
	base := filepath.Base(p.path)
	if p.where == "parents" && slices.ContainsFunc(folders(id), func(n string) bool { return strings.EqualFold(n, base) }) {
		return p.open(ctx, ".", id)
	}
	return nil
}

// matching lists the names in the folder that are the given one, whatever the
// case of their letters.
func (p *place) matching(name string) []string {
	return slices.DeleteFunc(slices.Clone(p.names[strings.ToLower(name)]), func(n string) bool { return n == p.self })
}

func (p *place) open(ctx context.Context, name, id string) *relative {
	rel, err := Open(filepath.Join(p.path, name))
	if err != nil {
		return nil
	}
	defer rel.Close()
	if p.isHome(rel) {
		return nil
	}
	return look(ctx, rel, id, p.where, path.Join(p.label, name))
}

// isHome reports whether what was found is the release itself: a copy of a model
// is often kept under the model's own name.
func (p *place) isHome(rel *Release) bool {
	found, err := os.Stat(rel.Path)
	return err == nil && slices.ContainsFunc(p.home, func(home string) bool {
		info, err := os.Stat(home)
		return err == nil && os.SameFile(found, info)
	})
}

// look reads the card, the terms and the configuration of a release, and nothing
// else. It is nil
// where there is neither, or the disk does not answer.
func look(ctx context.Context, rel *Release, id, where, label string) *relative {
	c := &collection{rel: rel, ev: audit.NewEvidence(), limits: map[string]bool{}}
	if c.inventory(ctx) != nil || c.modelCard(ctx) != nil {
		return nil
	}
	part := "weights"
	if c.card == nil {
		for _, k := range c.cards {
			if isMain(k.Path) && k.Kind == card.KindDataset {
				c.card, c.mainCards, part = k, []*card.Card{k}, "data"
			}
		}
	}
	if c.licenses(ctx) != nil || c.card == nil && len(c.texts) == 0 {
		return nil
	}
	r := &relative{id: id, where: where, label: label, revision: rel.Revision}
	t := c.termsOf(part)
	r.terms, r.license, r.src = t.effective()
	r.src.Path = path.Join(label, r.src.Path)
	r.notice = slices.ContainsFunc(c.texts, func(t *licenseText) bool { return t.text.Role == license.RoleNotice })
	if c.readConfig(ctx) == nil && c.config != nil {
		r.width, r.layers = c.config.numbers["hidden_size"], c.config.numbers["layers"]
	}
	if c.card != nil {
		for _, b := range c.said(baseModels) {
			r.bases = append(r.bases, repository(b.Value))
		}
		if part == "data" {
			r.bases = append(r.bases, taggedBases(c.card)...)
		}
		r.relation = c.relationSaid().Value
		r.text = c.mainText()
	}
	return r
}

// mainText is what the main cards say, one after the other.
func (c *collection) mainText() string {
	var b strings.Builder
	for _, k := range c.mainCards {
		b.WriteString(c.cardText(k))
		b.WriteByte('\n')
	}
	return b.String()
}

// taggedBases lists the models that tags name as bases, as the Hub writes them:
// base_model:id, with how it was made in between where that is known.
func taggedBases(k *card.Card) []string {
	var out []string
	for _, t := range k.Declared.Tags {
		rest, ok := strings.CutPrefix(t.Value, "base_model:")
		if _, id, made := strings.Cut(rest, ":"); made {
			rest = id
		}
		if ok && hubID.MatchString(rest) {
			out = append(out, rest)
		}
	}
	return out
}

// cardText is what a card says, as far as it is searched for words.
func (c *collection) cardText(k *card.Card) string {
	f, err := c.rel.FS.Open(path.Join(c.rel.Dir, k.Path))
	if err != nil {
		return ""
	}
	defer f.Close()
	return readText(f)
}

func readText(f fs.File) string {
	data, _ := io.ReadAll(io.LimitReader(f, maxRelativeDoc))
	return string(data)
}

// effective joins what is declared and what the texts say to the terms that a
// derived work has to reckon with: where the two differ both; nil where nobody
// knows. name is empty where nothing is declared and no text is there.
func (t *terms) effective() (e *license.Expression, name string, src audit.Source) {
	src = audit.Source{Level: audit.Claimed}
	if t.shown != nil {
		src.Path, src.Line = t.shown.file.Path, 1
	}
	said, found := t.said()
	if len(t.declared) == 0 {
		return said, found, src
	}
	src = t.declared[0].src
	name = names(t.declared)
	switch {
	case t.Agree == license.No && said != nil && t.expr != nil:
		return &license.Expression{Op: license.OpAnd, Parts: []*license.Expression{t.expr, said}}, name + " AND " + found, src
	case t.Agree == license.No:
		return said, name + ", with another text", src
	case said != nil && (t.expr == nil || t.private() || t.declared[0].isOther()):
		return said, found, src
	}
	return t.expr, name, src
}

// said is what the texts conclude, and how that is called: of a text that nobody
// knows the little that its clauses tell; nil where that is nothing.
func (t *terms) said() (e *license.Expression, found string) {
	if t.Concluded != "" {
		e, _ = license.ParseExpression(t.Concluded)
		return e, t.Concluded
	}
	if t.shown == nil {
		return nil, ""
	}
	if l := t.shown.unlisted(); l != nil {
		e = &license.Expression{Term: license.Term{ID: l.ID, License: l}}
	}
	return e, t.shown.found()
}

// unlisted is a text that nobody knows as an entry: what its clauses forbid, all
// else unknown. It is nil where they forbid neither commerce nor changes.
func (t *licenseText) unlisted() *license.License {
	r := t.rights()
	if t.text.Concluded != "" || r.commercial != license.No && r.changes != license.No {
		return nil
	}
	return &license.License{
		ID: "hf:other", Title: t.found(), NonCommercial: r.commercial.Not(), NoDerivatives: r.changes.Not(),
		Unconfirmed: []string{"users", "revenue", "outputs", "naming", "exclusions"}, Evidence: license.FromText,
	}
}
