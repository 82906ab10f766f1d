package audit

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Lock pins releases as they were when somebody looked: a release that changes
// under the same name afterwards does so in sight.
type Lock struct {
	Schema   string `json:"schema"`
	Tool     Tool   `json:"tool"`
	Subjects []Pin  `json:"subjects"` // by name

	File   string `json:"-"` // as it was named
	Digest string `json:"-"` // of the file
}

// LockSchema names the format of locks.
const LockSchema = "urn:glassbox:lock:v1"

// Pin is one release as it was.
type Pin struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Revision string `json:"revision,omitempty"`
	// Digest is over every byte of every file; Evidence stands in for it where
	// there are no files, as of a service.
	Digest   string         `json:"digest,omitempty"`
	Evidence string         `json:"evidence_digest,omitempty"`
	Licenses map[string]any `json:"licenses"` // of weights, code, data and documentation; null where none is shown
	Floors   map[string]int `json:"floors"`   // by axis; left out where nothing applied
	Contents []Content      `json:"contents"` // by path
}

// Content is one file of a pinned release.
type Content struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// NewLock pins subjects, whose names differ.
func NewLock(tool Tool, pins []Pin) *Lock {
	slices.SortFunc(pins, func(a, b Pin) int { return strings.Compare(a.Name, b.Name) })
	return &Lock{Schema: LockSchema, Tool: tool, Subjects: pins}
}

// NewPin pins a release that was hashed whole.
func NewPin(ev *Evidence, r *Report) Pin {
	p := Pin{Name: r.Subject.Name, Kind: r.Subject.Kind, Revision: r.Subject.Revision, Digest: r.Subject.Digest, Licenses: licensesOf(ev), Floors: map[string]int{}, Contents: []Content{}}
	if p.Digest == "" {
		p.Evidence = r.EvidenceDigest
	}
	for _, s := range r.Scores {
		if s.Axis != "" && s.Floor != nil {
			p.Floors[s.Axis] = *s.Floor
		}
	}
	v, _ := ev.Get("/files")
	for _, x := range list(v) {
		m, _ := x.(map[string]any)
		name, _ := m["path"].(string)
		digest, _ := m["digest"].(string)
		p.Contents = append(p.Contents, Content{name, digest})
	}
	slices.SortFunc(p.Contents, func(a, b Content) int { return strings.Compare(a.Path, b.Path) })
	return p
}

// licensesOf is the licence of each part, as its text says, else as declared.
func licensesOf(ev *Evidence) map[string]any {
	out := map[string]any{}
	v, _ := ev.Get("/licenses/components")
	parts, _ := v.(map[string]any)
	for name, x := range parts {
		part, _ := x.(map[string]any)
		out[name] = nil
		for _, key := range []string{"declared", "concluded"} {
			if id, ok := part[key].(string); ok {
				out[name] = id
			}
		}
	}
	return out
}

// ReadLock reads a lock file. The caller has held it against its schema.
func ReadLock(file, digest string, data []byte) (*Lock, error) {
	l := &Lock{File: file, Digest: digest}
	if err := json.Unmarshal(data, l); err != nil {
		return nil, err
	}
	return l, nil
}

// Incomparable says why the lock cannot be held against reports that are made by
// the rules of a digest, "" where it can.
func (l *Lock) Incomparable(rulesDigest string) string {
	if l.Tool.RulesDigest != rulesDigest {
		return fmt.Sprintf("it was made by other rules (%s, and these are %s)", brief(l.Tool.RulesDigest), brief(rulesDigest))
	}
	return ""
}

func (l *Lock) pin(name string) *Pin {
	for i := range l.Subjects {
		if l.Subjects[i].Name == name {
			return &l.Subjects[i]
		}
	}
	return nil
}

// gates asks that a release is still the one that was pinned.
func (l *Lock) gates(ev *Evidence, r *Report) []Gate {
	was := l.pin(r.Subject.Name)
	if was == nil {
		return []Gate{newGate("/lock/name", "a release that is pinned", "no pin of "+r.Subject.Name, false, nil)}
	}
	is := NewPin(ev, r)
	if r.Subject.FromEvidence {
		is.Digest, is.Evidence = "", "" // what a document says of digests nobody recomputed
	}
	same := was.same(&is)
	if r.Subject.FromEvidence {
		same.Found = "an evidence document, not the files"
	}
	out := []Gate{same}
	if was.Revision != "" && is.Revision != "" {
		out = append(out, newGate("/lock/revision", was.Revision, is.Revision, was.Revision == is.Revision, nil))
	}
	for _, part := range union(was.Licenses, is.Licenses) {
		out = append(out, newGate(Join("/lock/licenses", part), licenseName(was.Licenses, part), licenseName(is.Licenses, part), was.Licenses[part] == is.Licenses[part], nil))
	}
	for _, axis := range slices.Sorted(maps.Keys(was.Floors)) {
		floor, ok := is.Floors[axis]
		found := "none"
		if ok {
			found = fmt.Sprint(floor)
		}
		out = append(out, newGate(Join("/lock/floors", axis), fmt.Sprintf("%d or more, as pinned", was.Floors[axis]), found, ok && floor >= was.Floors[axis], nil))
	}
	return out
}

// same asks that the bytes are the pinned ones; a failure of trust where they are
// not, which names the files.
func (p *Pin) same(is *Pin) Gate {
	was, now := p.Digest, is.Digest
	if was == "" {
		was, now = p.Evidence, is.Evidence
	}
	// both are whole in the lock and at the subject; here they are told apart
	g := newGate("/lock/digest", brief(was)+", as pinned", brief(now), was != "" && was == now, nil)
	if now == "" {
		g.Found = "none"
	}
	if !g.Holds {
		g.Code = ExitUntrusted
		g.Found += differing(p.Contents, is.Contents)
	}
	return g
}

// maxDiffering bounds the files that a gate names.
const maxDiffering = 5

// differing names the files that keep two releases from being the same.
func differing(was, is []Content) string {
	old := make(map[string]string, len(was))
	for _, c := range was {
		old[c.Path] = c.Digest
	}
	var said []string
	for _, c := range is {
		switch digest, ok := old[c.Path]; {
		case !ok:
			said = append(said, c.Path+" is new")
		case digest != c.Digest:
			said = append(said, c.Path+" changed")
		}
		delete(old, c.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(old)) {
		said = append(said, path+" is gone")
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said[:min(maxDiffering, len(said))], ", ") + andMore(max(0, len(said)-maxDiffering))
}

func union(a, b map[string]any) []string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}

func licenseName(of map[string]any, part string) string {
	v, asked := of[part]
	id, ok := v.(string)
	switch {
	case !asked:
		return "not looked for"
	case !ok:
		return "none shown"
	}
	return id
}
