package collect_test

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/rules"
	"glassbox/testdata/release"
)

// bench is the program's own rules and frameworks, loaded once a test.
type bench struct {
	rules      []*audit.Rule
	frameworks []*audit.Framework
}

func newBench(t testing.TB) *bench {
	t.Helper()
	l, err := audit.NewLoader()
	if err != nil {
		t.Fatal(err)
	}
	l.Strict = false
	all, err := l.Load(rules.FS)
	if err != nil {
		t.Fatal(err)
	}
	frameworks, err := l.Frameworks(rules.FS, all)
	if err != nil {
		t.Fatal(err)
	}
	return &bench{all, append(frameworks, uncapped(frameworks)...)}
}

// uncapped are the frameworks without their caps, which could hide that a floor
// beneath them rises.
func uncapped(frameworks []*audit.Framework) []*audit.Framework {
	var out []*audit.Framework
	for _, fw := range frameworks {
		if len(fw.Axes) == 0 {
			continue
		}
		free := *fw
		free.ID += " uncapped"
		free.Axes = slices.Clone(fw.Axes)
		for i := range free.Axes {
			free.Axes[i].Caps = nil
		}
		out = append(out, &free)
	}
	return out
}

func gather(t testing.TB, fsys fs.FS) *audit.Evidence {
	t.Helper()
	ev, err := collect.Collect(context.Background(), &collect.Release{Name: "r", Source: "r", FS: fsys, Dir: "."})
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func (b *bench) report(ev *audit.Evidence) *audit.Report {
	return audit.Audit(ev, b.rules, b.frameworks, audit.Tool{Version: "test"}, "2026-11-22")
}

// floors are what is shown, by framework: of an axis its floor, of the others the
// class that is reached, whether all holds, and the points in hundredths. What has
// no number has floor 0.
func floors(r *audit.Report) map[string]int {
	out := map[string]int{}
	for _, s := range r.Scores {
		name := strings.TrimSpace(s.Framework + " " + s.Axis)
		switch {
		case s.Floor != nil:
			out[name] = *s.Floor
		case s.Class != "":
			out[name] = 1 + slices.Index(s.ClassNames(), s.Class)
		case s.Verdict == audit.Conforms:
			out[name] = 1
		case s.Points != nil:
			out[name] = int(*s.Points * 100)
		}
	}
	return out
}

// rises names the axes on which after is above before.
func rises(before, after map[string]int) []string {
	var out []string
	for axis, n := range after {
		if n > before[axis] {
			out = append(out, fmt.Sprintf("%s %d→%d", axis, before[axis], n))
		}
	}
	slices.Sort(out)
	return out
}

// newlyMet lists the rules that are met in after and were not before.
func newlyMet(before, after *audit.Report) []string {
	met := map[string]bool{}
	for _, f := range before.Findings {
		met[f.Rule] = f.Met()
	}
	var out []string
	for _, f := range after.Findings {
		if f.Met() && !met[f.Rule] {
			out = append(out, f.Rule)
		}
	}
	return out
}

// mayHide tells whether taking a file out is an improvement, and so may raise a
// floor: a weight file, restrictive terms, a file deeper down that asks for code,
// or an index of shards without numbers, that a failing finding names; see
// docs/scoring.md.
func mayHide(r *audit.Report, ev *audit.Evidence, name string) bool {
	role := ""
	items, _ := ev.Get("/files")
	list, _ := items.([]any)
	for _, f := range list {
		if m := f.(map[string]any); m["path"] == name {
			role, _ = m["role"].(string)
		}
	}
	for _, f := range r.Findings {
		if f.Outcome != audit.Fail || !slices.ContainsFunc(f.Places, func(p audit.Place) bool {
			return p.Path == name || strings.Contains(fmt.Sprint(p.Value), path.Base(name))
		}) {
			continue
		}
		switch role {
		case "weights", "license", "policy", "notice":
			return true
		case "weights_index":
			if slices.Contains([]string{"shards-complete", "shards-agree", "files-parse"}, f.Rule) {
				return true
			}
		case "config", "tokenizer", "adapter":
			if strings.Contains(name, "/") && slices.Contains([]string{"loads-without-custom-code", "tokenizer-without-custom-code"}, f.Rule) {
				return true
			}
		}
	}
	return false
}

// unclear tells whether a failing finding names a card for a licence that cannot be
// read, or that another one contradicts: what takes claims, as mof-mot does, then
// takes the next one (docs/scoring.md).
func unclear(r *audit.Report, name string) bool {
	return slices.ContainsFunc(r.Findings, func(f audit.Finding) bool {
		return f.Outcome == audit.Fail && strings.HasPrefix(f.Rule, "license-") && slices.ContainsFunc(f.Places, func(p audit.Place) bool { return p.Path == name })
	})
}

// share tells how many random releases a property is tried on: GLASSBOX_RELEASES
// of them, else a hundred, of which the property takes its part.
func share(t *testing.T, part float64) int {
	t.Helper()
	n := 100
	if s := os.Getenv("GLASSBOX_RELEASES"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatalf("GLASSBOX_RELEASES: %v", err)
		}
	}
	if testing.Short() {
		n = 40
	}
	return int(float64(n) * part)
}

// eachSeed calls fn for seeds 0 to n-1 on all cores.
func eachSeed(t *testing.T, n int, fn func(seed uint64)) {
	t.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				fn(uint64(i))
			}
		})
	}
	wg.Wait()
}

// Hiding a file never raises a floor (docs/scoring.md).
func TestHidingAFileNeverRaisesAFloor(t *testing.T) {
	b := newBench(t)
	n := share(t, 1)
	var hidden atomic.Int64
	eachSeed(t, n, func(seed uint64) {
		all := release.Random(seed)
		ev := gather(t, all)
		r := b.report(ev)
		before := floors(r)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if mayHide(r, ev, name) {
				continue
			}
			less := maps.Clone(all)
			delete(less, name)
			hidden.Add(1)
			after := b.report(gather(t, fstest.MapFS(less)))
			up := rises(before, floors(after))
			if unclear(r, name) {
				up = slices.DeleteFunc(up, func(s string) bool { return strings.HasPrefix(s, "mof-mot") })
			}
			if len(up) > 0 {
				t.Errorf("seed %d: without %s: %s; now met: %v", seed, name, strings.Join(up, ", "), newlyMet(r, after))
			}
		}
	})
	if hidden.Load() < 5*int64(n) {
		t.Errorf("only %d files of %d releases were hidden", hidden.Load(), n)
	}
}

// veiled is a release of which one file cannot be read.
type veiled struct {
	fstest.MapFS
	name string
}

func (v veiled) Open(name string) (fs.File, error) {
	if name == v.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return v.MapFS.Open(name)
}

func (v veiled) ReadFile(name string) ([]byte, error) {
	if name == v.name {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return v.MapFS.ReadFile(name)
}

// A file that cannot be read, or of which only a pointer is here, never raises a
// floor either, and no exception is needed for the first: what may be in it is
// unknown. A pointer is known to be no card, as a file that is gone is. Folders that are too deep are files that cannot be read.
func TestVeilingAFileNeverRaisesAFloor(t *testing.T) {
	b := newBench(t)
	deep := strings.Repeat("d/", collect.MaxDepth+2) + "model.pkl"
	const pointed = "a pointer for"
	eachSeed(t, share(t, 0.15), func(seed uint64) {
		all := release.Random(seed)
		ev := gather(t, all)
		r := b.report(ev)
		before := floors(r)
		fell := func(how, name string, fsys fs.FS) {
			after := b.report(gather(t, fsys))
			up := rises(before, floors(after))
			if how == pointed && unclear(r, name) {
				up = slices.DeleteFunc(up, func(s string) bool { return strings.HasPrefix(s, "mof-mot") })
			}
			if len(up) > 0 {
				t.Errorf("seed %d: %s %s: %s; now met: %v", seed, how, name, strings.Join(up, ", "), newlyMet(r, after))
			}
		}
		more := maps.Clone(all)
		more[deep] = &fstest.MapFile{Data: release.CallingPickle("posix", "system", "true")}
		fell("with", deep, more)
		for _, name := range slices.Sorted(maps.Keys(all)) {
			if !all[name].Mode.IsRegular() {
				continue
			}
			fell("unreadable", name, veiled{all, name})
			if mayHide(r, ev, name) {
				continue
			}
			less := maps.Clone(all)
			less[name] = &fstest.MapFile{Data: release.LFSPointer([32]byte{}, 1<<20), Mode: 0o644}
			fell(pointed, name, less)
		}
	})
}

// Hiding a fact never raises a floor, and no fact is worth hiding.
func TestHidingAFactNeverRaisesAFloor(t *testing.T) {
	b := newBench(t)
	eachSeed(t, share(t, 0.15), func(seed uint64) {
		ev := gather(t, release.Random(seed))
		before := floors(b.report(ev))
		for _, pointer := range members(ev.Doc, "") {
			restore := hide(ev, pointer)
			if up := rises(before, floors(b.report(ev))); len(up) > 0 {
				t.Errorf("seed %d: without %s: %s", seed, pointer, strings.Join(up, ", "))
			}
			restore()
		}
	})
}

// members lists the pointers of all object members, at any depth.
func members(v any, at string) []string {
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			p := audit.Join(at, k)
			out = append(append(out, p), members(v[k], p)...)
		}
	case []any:
		for i, x := range v {
			out = append(out, members(x, audit.Join(at, i))...)
		}
	}
	return out
}

// hide takes a member out and returns how to put it back.
func hide(ev *audit.Evidence, pointer string) (restore func()) {
	cut := strings.LastIndexByte(pointer, '/')
	up, _ := ev.Get(pointer[:cut])
	m := up.(map[string]any)
	key := strings.NewReplacer("~1", "/", "~0", "~").Replace(pointer[cut+1:])
	old := m[key]
	delete(m, key)
	return func() { m[key] = old }
}

// A second copy of a weight file, and another name for it, change no score.
func TestCopiesAndNamesOfWeightsDoNotMatter(t *testing.T) {
	b := newBench(t)
	all := release.WeightsOnly()
	want := b.report(gather(t, all)).Scores
	copied := maps.Clone(all)
	copied["copy.safetensors"] = all["model.safetensors"]
	renamed := maps.Clone(all)
	renamed["weights.safetensors"] = renamed["model.safetensors"]
	delete(renamed, "model.safetensors")
	for what, fsys := range map[string]fstest.MapFS{"copied": copied, "renamed": renamed} {
		r := b.report(gather(t, fsys))
		for i, s := range r.Scores {
			old := want[i]
			if s.Axis == "" {
				continue
			}
			if *s.Floor != *old.Floor || *s.Ceiling != *old.Ceiling {
				t.Errorf("%s: %s is %d–%d, was %d–%d", what, s.Axis, *s.Floor, *s.Ceiling, *old.Floor, *old.Ceiling)
			}
		}
	}
}

// Same files in, same evidence and report out, whatever the order of work.
func TestSameBytesInSameBytesOut(t *testing.T) {
	b := newBench(t)
	for seed := range uint64(50) {
		all := release.Random(seed)
		first, err := gather(t, all).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			again, _ := gather(t, all).MarshalJSON()
			if string(first) != string(again) {
				t.Fatalf("seed %d: evidence differs between runs", seed)
			}
		}
		if one, two := b.report(gather(t, all)), b.report(gather(t, all)); fmt.Sprint(one.Findings) != fmt.Sprint(two.Findings) {
			t.Errorf("seed %d: findings differ between runs", seed)
		}
	}
}

// Every fact has a source: a pointer without one is a collector's mistake.
func TestEveryFactHasASource(t *testing.T) {
	sets := samples(t)
	for seed := range uint64(200) {
		sets[fmt.Sprint("seed ", seed)] = gather(t, release.Random(seed))
	}
	for _, ev := range sets {
		for _, p := range members(ev.Doc, "") {
			if v, _ := ev.Get(p); isContainer(v) {
				continue
			}
			if len(ev.SourcesAt(p)) == 0 {
				t.Errorf("%s has no source", p)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func isContainer(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) > 0
	case []any:
		return len(v) > 0
	}
	return false
}

// What the collectors write is valid evidence.
func TestEvidenceIsValid(t *testing.T) {
	schema := compileEvidence(t)
	for name, ev := range samples(t) {
		if err := schema.Validate(map[string]any(ev.Doc)); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
	for seed := range uint64(300) {
		ev := gather(t, release.Random(seed))
		if err := schema.Validate(map[string]any(ev.Doc)); err != nil {
			t.Fatalf("seed %d: %#v", seed, err)
		}
	}
}
