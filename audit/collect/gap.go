package collect

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
)

// gap is a part of the release that was not looked at although it is there: a
// file the disk does not give, a folder too deep, what lies beyond a limit.
type gap struct {
	under string // the section of the evidence it could change; empty where it could be anything
	why   string
}

// gap notes that facts below a pointer were drawn from a part of what they
// speak of. Collectors write as if what they saw was all there is; in the end
// [collection.withhold] takes out what a part cannot show. The first
// gap of a section speaks for all.
func (c *collection) gap(under, why string) {
	if !slices.ContainsFunc(c.gaps, func(g gap) bool { return g.under == under }) {
		c.gaps = append(c.gaps, gap{under, why})
	}
}

// lose notes that a file cannot be read after all.
func (f *File) lose(why string) {
	if f.Readable {
		f.Readable, f.why = false, why
	}
}

// withhold takes out of the evidence what only the whole could tell. A part can
// show that something is here, and that not all is as it should be; never that
// something is missing, nor that all is well.
func (c *collection) withhold(context.Context) error {
	c.listUnread()
	for _, g := range c.gaps {
		c.trim(g.under, g.why)
	}
	return nil
}

// listUnread says of each file and folder that was not read that it is there:
// any of them may hold weights, so they stand among those with nothing told of
// them. A rule about all weights is then unknown, unless one that was read
// settles it.
func (c *collection) listUnread() {
	var items []any
	if v, ok := c.ev.Get("/weights/files"); ok {
		items, _ = v.([]any)
	}
	var unread []*File
	for i, f := range c.files {
		if f.Readable {
			continue
		}
		c.gap("", f.Path+" "+f.why)
		c.fileFact(i, "readable", false, audit.Source{Path: f.Path, Level: audit.Present})
		c.cut(audit.Join("/files", i), f.Path+" "+f.why)
		unread = append(unread, f)
	}
	if items == nil || len(unread) == 0 {
		return
	}
	for _, f := range unread {
		c.cut(audit.Join("/weights/files", len(items)), f.Path+" "+f.why)
		items = append(items, map[string]any{"path": f.Path, "reason": f.why})
	}
	c.ev.Set("/weights/files", items)
}

// itemised are lists in which what was not read stands as an item of its own,
// and the facts about the subject that no file could change.
var itemised = []string{"/files", "/weights/files", "/subject"}

// verdicts are the facts about all files of a kind for which one bad file is
// enough: a no stands, whatever else there is.
var verdicts = []string{
	"/weights/loads_without_code", "/weights/all_parse", "/weights/extensions_honest",
	"/tokenizer/loads_without_custom_code", "/tokenizer/template_inert", "/code/loads_without_custom_code",
	"/signature/sound", "/signature/signer/verified", "/signature/integrity/matches", "/signature/excludes_no_code",
	"/checksums/weights/match",
}

// trim takes out below a pointer what does not stand by itself. What goes as a
// whole is named once among the limits.
func (c *collection) trim(pointer, why string) {
	v, ok := c.ev.Get(pointer)
	if !ok || c.alone(pointer) {
		return
	}
	m, ok := v.(map[string]any)
	if !ok && !c.isTelling(pointer, v) || ok && pointer != "" && !c.anyStands(pointer, m) {
		c.cut(pointer, why)
		return
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		c.trim(audit.Join(pointer, k), why)
	}
}

// alone tells whether all below a pointer stands whatever was not seen. The card
// is that of the top of the release; what lies deeper is none.
func (c *collection) alone(pointer string) bool {
	if slices.Contains(itemised, pointer) {
		return true
	}
	return pointer == "/card" && !slices.ContainsFunc(c.files, func(f *File) bool { return f.Path == "." })
}

func (c *collection) anyStands(pointer string, m map[string]any) bool {
	for k, v := range m {
		at := audit.Join(pointer, k)
		below, isObject := v.(map[string]any)
		if c.alone(at) || isObject && c.anyStands(at, below) || !isObject && c.isTelling(at, v) {
			return true
		}
	}
	return false
}

// isTelling tells whether a value says that something is here, or of what is here
// that not all is as it should be.
func (c *collection) isTelling(pointer string, v any) bool {
	if v == true {
		return slices.Contains([]string{"present", "disclosed"}, path.Base(pointer))
	}
	if v != false || !slices.Contains(verdicts, pointer) {
		return false
	}
	section, _, _ := strings.Cut(pointer[1:], "/")
	present, _ := c.ev.Get(audit.Join(audit.Join("", section), "present"))
	return present != false
}
