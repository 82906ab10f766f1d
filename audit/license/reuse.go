package license

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Reuse is a REUSE.toml (REUSE specification 3.3, section 3.3), read.
type Reuse struct {
	Dir         string // the folder it stands in, with slashes, "." for the root
	Annotations []Annotation
}

// Annotation gives files their licence and copyright.
type Annotation struct {
	Paths      []string // globs, relative to the folder of the REUSE.toml
	Precedence Precedence
	Licenses   []string // SPDX expressions, as they stand
	Copyrights []string
}

// Precedence tells what an annotation does beside what a file says of itself.
type Precedence string

const (
	Closest   Precedence = "closest"   // speaks only where the file is silent; the default
	Aggregate Precedence = "aggregate" // adds to what the file says
	Override  Precedence = "override"  // speaks in its place
)

// Limits of one REUSE.toml.
const (
	maxAnnotations = 1024
	maxGlobs       = 4096 // in all annotations together
	maxGlobBytes   = 1024 // in one
)

// ParseReuse reads the bytes of a REUSE.toml that stands in a folder.
func ParseReuse(dir string, data []byte) (*Reuse, error) {
	root, tables, err := readTOML(data, "annotations")
	if err != nil {
		return nil, fmt.Errorf("reading REUSE.toml: %w", err)
	}
	if root["version"] != int64(1) {
		return nil, fmt.Errorf("reading REUSE.toml: version is %v, want 1", root["version"])
	}
	if len(tables) > maxAnnotations {
		return nil, fmt.Errorf("reading REUSE.toml: %d annotations, more than %d", len(tables), maxAnnotations)
	}
	r := &Reuse{Dir: path.Clean(dir)}
	globs := 0
	for i, t := range tables {
		a, err := annotation(t)
		if err != nil {
			return nil, fmt.Errorf("reading REUSE.toml, annotation %d: %w", i+1, err)
		}
		if globs += len(a.Paths); globs > maxGlobs {
			return nil, fmt.Errorf("reading REUSE.toml: more than %d paths", maxGlobs)
		}
		r.Annotations = append(r.Annotations, a)
	}
	return r, nil
}

func annotation(t tomlTable) (Annotation, error) {
	a := Annotation{Precedence: Closest}
	var err error
	for _, f := range []struct {
		key  string
		into *[]string
	}{{"path", &a.Paths}, {"SPDX-License-Identifier", &a.Licenses}, {"SPDX-FileCopyrightText", &a.Copyrights}} {
		if *f.into, err = oneOrMore(t[f.key]); err != nil {
			return a, fmt.Errorf("%s: %w", f.key, err)
		}
	}
	if len(a.Paths) == 0 {
		return a, errors.New("it has no path")
	}
	if slices.ContainsFunc(a.Paths, func(glob string) bool { return len(glob) > maxGlobBytes }) {
		return a, fmt.Errorf("a path is longer than %d bytes", maxGlobBytes)
	}
	if p, ok := t["precedence"]; ok {
		s, _ := p.(string)
		a.Precedence = Precedence(s)
		if a.Precedence != Closest && a.Precedence != Aggregate && a.Precedence != Override {
			return a, fmt.Errorf("precedence is %v", p)
		}
	}
	return a, nil
}

// oneOrMore takes a string or a list of them; nothing is an empty list.
func oneOrMore(v any) ([]string, error) {
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
				return nil, fmt.Errorf("%v is no string", x)
			}
			out = append(out, s)
		}
		return out, nil
	}
	return nil, fmt.Errorf("%v is no string", v)
}

// For returns the annotation for a file, by its path from the root of the
// release: the last that matches. ok is false where none does, or where the file
// does not lie under the folder of the REUSE.toml.
func (r *Reuse) For(file string) (a Annotation, ok bool) {
	rel := path.Clean(file)
	if r.Dir != "." {
		if rel, ok = strings.CutPrefix(rel, r.Dir+"/"); !ok {
			return Annotation{}, false
		}
	}
	for _, a := range slices.Backward(r.Annotations) {
		if slices.ContainsFunc(a.Paths, func(glob string) bool { return matchGlob(glob, rel) }) {
			return a, true
		}
	}
	return Annotation{}, false
}

// matchGlob matches a path against a glob of REUSE.toml: an asterisk stands for
// anything but a slash, two for anything, a backslash takes the meaning from what
// follows. It looks at each pair of positions once.
func matchGlob(glob, file string) bool {
	type token struct {
		c    byte
		star int // 0: c itself; 1: no slash; 2: anything
	}
	var tokens []token
	for i := 0; i < len(glob); i++ {
		switch {
		case glob[i] == '\\' && i+1 < len(glob):
			i++
			tokens = append(tokens, token{c: glob[i]})
		case strings.HasPrefix(glob[i:], "**"):
			for i+1 < len(glob) && glob[i+1] == '*' {
				i++
			}
			tokens = append(tokens, token{star: 2})
		case glob[i] == '*':
			tokens = append(tokens, token{star: 1})
		default:
			tokens = append(tokens, token{c: glob[i]})
		}
	}
	// reach[j]: the tokens so far can end before byte j of the path.
	reach := make([]bool, len(file)+1)
	reach[0] = true
	for _, t := range tokens {
		next := make([]bool, len(file)+1)
		for j, ok := range reach {
			switch {
			case t.star == 0:
				if ok && j < len(file) && file[j] == t.c {
					next[j+1] = true
				}
			case ok, j > 0 && next[j-1] && (t.star == 2 || file[j-1] != '/'):
				next[j] = true
			}
		}
		reach = next
	}
	return reach[len(file)]
}

// FileTags is what a file, its side-car or an annotation says of a file.
type FileTags struct {
	Licenses   []string // SPDX expressions, as they stand
	Copyrights []string
}

// MaxTagged is how much of a file is searched for tags, in bytes.
const MaxTagged = 64 << 10

// ReadTags returns the SPDX-License-Identifier and SPDX-FileCopyrightText tags at
// the head of a file or in its side-car.
func ReadTags(data []byte) FileTags {
	text := string(data[:min(len(data), MaxTagged)])
	return FileTags{tagValues(text, "SPDX-License-Identifier:"), tagValues(text, "SPDX-FileCopyrightText:")}
}

// maxTags bounds the values of one tag in one file.
const maxTags = 64

func tagValues(text, tag string) []string {
	var out []string
	for len(out) < maxTags {
		_, after, ok := strings.Cut(text, tag)
		if !ok {
			break
		}
		value, _, _ := strings.Cut(after, "\n")
		text = after
		// What closes a comment is no part of the value.
		value = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(value), "*/->"))
		if value != "" && len(value) <= MaxExpression {
			out = addID(out, value)
		}
	}
	return out
}

// SideCar returns the file that a side-car speaks for: weights.safetensors for
// weights.safetensors.license.
func SideCar(file string) (of string, ok bool) {
	of, ok = strings.CutSuffix(file, ".license")
	return of, ok && of != "" && !strings.HasSuffix(of, "/")
}

// TagsFor returns what holds for a file (REUSE 3.3, section 3.3.1), given what
// the file or its side-car says, and the REUSE.toml files of the release in any
// order. An override nearest to the root ends the search; else what the file says
// comes first, and where it is silent the REUSE.toml nearest to it.
func TagsFor(file string, own FileTags, tomls []*Reuse) FileTags {
	// Nearest to the root first.
	sorted := slices.SortedStableFunc(slices.Values(tomls), func(a, b *Reuse) int { return depth(a.Dir) - depth(b.Dir) })
	result := own
	for _, r := range sorted {
		if a, ok := r.For(file); ok && a.Precedence == Override {
			return FileTags{a.Licenses, a.Copyrights}
		}
	}
	for _, r := range slices.Backward(sorted) {
		a, ok := r.For(file)
		if !ok {
			continue
		}
		if a.Precedence == Aggregate || len(result.Licenses) == 0 {
			result.Licenses = union(result.Licenses, a.Licenses)
		}
		if a.Precedence == Aggregate || len(result.Copyrights) == 0 {
			result.Copyrights = union(result.Copyrights, a.Copyrights)
		}
	}
	return result
}

func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		out = addID(out, s)
	}
	return out
}

// ReuseFault is one way in which the texts under LICENSES/ and the ids in use do
// not go together.
type ReuseFault struct {
	Kind string // text_missing, text_unused, text_other
	ID   string // the id in use, or the name of the text
	Path string // the text, where there is one
}

// ReuseFaults holds the licence ids that files of a release declare against the
// texts under LICENSES/, each named <id>.<extension>: an id without a text, a
// text nobody uses, a text that is not what its name says. Other texts are not
// looked at; REUSE ignores a LICENSE at the root.
func ReuseFaults(used []string, texts []Text) []ReuseFault {
	var out []ReuseFault
	have := map[string]bool{}
	wanted := map[string]bool{}
	for _, id := range used {
		wanted[strings.ToLower(id)] = true
	}
	for _, t := range texts {
		id, ok := licensesID(t.Path)
		if !ok {
			continue
		}
		have[strings.ToLower(id)] = true
		if !wanted[strings.ToLower(id)] {
			out = append(out, ReuseFault{"text_unused", id, t.Path})
		}
		if !isText(id, &t) {
			out = append(out, ReuseFault{"text_other", id, t.Path})
		}
	}
	for _, id := range used {
		if !have[strings.ToLower(id)] {
			out = append(out, ReuseFault{Kind: "text_missing", ID: id})
			have[strings.ToLower(id)] = true
		}
	}
	return out
}

// licensesID returns the id that the name of a file in LICENSES/ states.
func licensesID(file string) (string, bool) {
	name, ok := strings.CutPrefix(path.Clean(file), "LICENSES/")
	if !ok || strings.Contains(name, "/") {
		return "", false
	}
	id := strings.TrimSuffix(name, path.Ext(name))
	return id, id != ""
}

// isText reports whether a text may be the licence of an id: it concludes it, or
// nobody knows what the id stands for.
func isText(id string, t *Text) bool {
	l, ok := Lookup(id)
	if !ok || t.Concluded == "" && t.Family == "" && strings.HasPrefix(id, "LicenseRef-") {
		return true
	}
	return t.Concluded == l.ID || slices.Contains(t.Also, l.ID)
}
