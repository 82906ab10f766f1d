package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// Severity says how much a failing rule should worry somebody who relies on
// the release.
type Severity string

// Severities lists them, mildest first.
var Severities = [...]Severity{"info", "low", "medium", "high", "critical"}

// Rank orders severities; a higher rank is worse.
func (s Severity) Rank() int { return slices.Index(Severities[:], s) }

// Efforts lists what a fix may take, smallest first.
var Efforts = [...]string{"minutes", "hours", "days", "weeks"}

// Rule is one statement that is true of a good release, read from one YAML
// file and compiled. Its id is the file's name, its dimension the folder's.
type Rule struct {
	ID         string
	Dimension  string
	File       string
	Title      string
	Why        string
	Fix        string
	References []string
	Severity   Severity
	Effort     string
	Needs      string // pointer; without the /* of a rule that asks each item
	Each       bool   // asks each item of the list at Needs
	Level      Level  // a pass on weaker evidence counts for the ceiling only
	Pass, Fail []any  // examples

	text   []byte
	expect *check
	schema *jsonschema.Schema
	when   *check
	whenAt string // pointer of a condition at another place
	raw    map[string]any
	lines  *schemas.YAML
}

// Text is the rule's YAML as written.
func (r *Rule) Text() string { return string(r.text) }

// Pointer is what the rule asks about, with /* where it asks each item.
func (r *Rule) Pointer() string {
	if r.Each {
		return r.Needs + "/*"
	}
	return r.Needs
}

// Relation tells whether the rule asks if two places agree; its fail is a
// contradiction.
func (r *Rule) Relation() bool { return strings.HasPrefix(r.Needs, "/relations/") }

// RuleError is a rule that does not load: which file, where, why.
type RuleError struct {
	File string
	Line int
	Msg  string
}

func (e *RuleError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg) }

// Loader reads rules. The zero value is not ready: use NewLoader.
type Loader struct {
	shape  *Shape
	schema *jsonschema.Schema // of rules; compiled when the nets are first hung
	// Strict hangs every net: the schema of rules, the typing of paths against
	// the evidence, the examples, what dropping a constraint would change.
	// The rules inside the program went through them in its tests.
	Strict bool
}

// NewLoader returns a loader that hangs every net.
func NewLoader() (*Loader, error) {
	shape, err := EvidenceShape()
	if err != nil {
		return nil, err
	}
	return &Loader{shape: shape, Strict: true}, nil
}

// Shape is the evidence that the loader's rules speak of.
func (l *Loader) Shape() *Shape { return l.shape }

// loaded is what became of one file.
type loaded[T any] struct {
	value T
	err   error
}

// eachFile reads files on all cores, what became of each in its place. What a
// program starts with is read in half the time so.
func eachFile[T any](files []string, read func(file string) (T, error)) []loaded[T] {
	out := make([]loaded[T], len(files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(files)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files); i = int(next.Add(1)) - 1 {
				out[i].value, out[i].err = read(files[i])
			}
		})
	}
	wg.Wait()
	return out
}

// FrameworksDir is the folder below the rules that holds frameworks, not rules.
const FrameworksDir = "frameworks"

// Load reads every <dimension>/<id>.yaml below the root, sorted by dimension
// and id. Every rule that does not load is named in the error, a *RuleError
// each, joined; the rules that do are returned all the same. YAML that lies or
// is named so that no rule is read from it is such a fault too; what is hidden
// (.github) is no part of the rules.
func (l *Loader) Load(fsys fs.FS) ([]*Rule, error) {
	files, err := yamlFiles(fsys)
	if err != nil {
		return nil, err
	}
	if err := l.strictly(); err != nil {
		return nil, err
	}
	var rules []*Rule
	var faults []error
	seen := map[string]string{}
	files = slices.DeleteFunc(files, func(f string) bool { return strings.HasPrefix(f, FrameworksDir+"/") })
	for i, got := range eachFile(files, func(f string) (*Rule, error) { return l.read(fsys, f) }) {
		f, r := files[i], got.value
		if got.err != nil {
			faults = append(faults, got.err)
			continue
		}
		if first, twice := seen[r.ID]; twice {
			faults = append(faults, &RuleError{f, 1, fmt.Sprintf("the id %s is taken by %s", r.ID, first)})
			continue
		}
		seen[r.ID] = f
		rules = append(rules, r)
	}
	return rules, errors.Join(faults...)
}

// yamlFiles lists the files below the root that look like YAML, in the order of
// their folders.
func yamlFiles(fsys fs.FS) ([]string, error) {
	var files []string
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
		case !d.IsDir() && slices.Contains([]string{".yaml", ".yml"}, strings.ToLower(path.Ext(name))):
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

var ruleName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (l *Loader) read(fsys fs.FS, file string) (*Rule, error) {
	if strings.Count(file, "/") != 1 || path.Ext(file) != ".yaml" {
		return nil, &RuleError{file, 1, "a rule lies at <dimension>/<id>.yaml; nothing is read from here"}
	}
	data, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, &RuleError{file, 1, err.Error()}
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	r := &Rule{
		ID: strings.TrimSuffix(path.Base(file), ".yaml"), Dimension: path.Base(path.Dir(file)),
		File: file, text: data, lines: doc,
	}
	if !ruleName.MatchString(r.ID) || !ruleName.MatchString(r.Dimension) {
		return nil, r.fault("", "a rule's file and folder are named in lower case, words joined by hyphens")
	}
	if err := l.fill(r, doc); err != nil {
		return nil, err
	}
	if l.Strict {
		return r, l.proof(r)
	}
	return r, nil
}

func syntaxError(file string, err error) error {
	var s *schemas.SyntaxError
	if errors.As(err, &s) {
		return &RuleError{file, s.Line, s.Msg}
	}
	return &RuleError{file, 1, err.Error()}
}

// fault is a RuleError at a pointer into the rule's own text.
func (r *Rule) fault(pointer, format string, args ...any) error {
	return &RuleError{r.File, r.lines.Line(pointer), fmt.Sprintf(format, args...)}
}

func (l *Loader) fill(r *Rule, doc *schemas.YAML) error {
	if l.Strict {
		if err := l.form(r, doc.Value); err != nil {
			return err
		}
	}
	m, ok := doc.Value.(map[string]any)
	if !ok {
		return r.fault("", "a rule is a mapping")
	}
	r.raw = m
	r.Title, _ = m["title"].(string)
	r.Why, _ = m["why"].(string)
	r.Fix, _ = m["fix"].(string)
	severity, _ := m["severity"].(string)
	r.Severity = Severity(severity)
	r.Effort, _ = m["effort"].(string)
	if r.Effort == "" {
		r.Effort = "hours"
	}
	for _, ref := range list(m["references"]) {
		r.References = append(r.References, ref.(string))
	}
	level, _ := m["level"].(string)
	if err := r.Level.UnmarshalText([]byte(level)); err != nil {
		return r.fault("/level", "%v", err)
	}
	examples, _ := m["examples"].(map[string]any)
	r.Pass, r.Fail = list(examples["pass"]), list(examples["fail"])
	needs, _ := m["needs"].(string)
	r.Needs, r.Each = strings.CutSuffix(needs, "/*")
	return l.compile(r)
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func (l *Loader) compile(r *Rule) (err error) {
	shape, err := l.place(r, r.Pointer(), "/needs")
	if err != nil {
		return err
	}
	expect, _ := r.raw["expect"].(map[string]any)
	if l.Strict {
		if err := r.typed(expect, shape, "/expect"); err != nil {
			return err
		}
	}
	if r.expect, r.schema, err = compile(expect, shape); err != nil {
		return r.fault("/expect", "%v", err)
	}
	return l.compileWhen(r)
}

// place resolves a pointer of the rule in the evidence. A list on the way would
// leave open which item is meant, and /* is for lists alone.
func (l *Loader) place(r *Rule, pointer, at string) (*Shape, error) {
	root, each := strings.CutSuffix(pointer, "/*")
	if up, _ := parent(root); l.shape.throughList(up) {
		return nil, r.fault(at, "%s leads through a list: only a last part of * may, as in needs: /files/*", pointer)
	}
	shape := l.shape.At(pointer)
	if shape == nil || each && (at != "/needs" || l.shape.At(root).Items == nil) {
		return nil, r.fault(at, "the evidence has no %s", pointer)
	}
	return shape, nil
}

func (l *Loader) compileWhen(r *Rule) (err error) {
	when, ok := r.raw["when"].(map[string]any)
	if !ok {
		return nil
	}
	fragment := map[string]any{}
	for k, v := range when {
		if k != "at" {
			fragment[k] = v
		}
	}
	at, elsewhere := when["at"].(string)
	if !elsewhere && !r.Each || len(fragment) == 0 {
		return r.fault("/when", "needs /* and a filter on its items, or at: and a condition there")
	}
	shape := l.shape.At(r.Pointer())
	if elsewhere {
		r.whenAt = at
		if shape, err = l.place(r, at, "/when/at"); err != nil {
			return err
		}
	}
	if l.Strict {
		if err := r.typed(fragment, shape, "/when"); err != nil {
			return err
		}
	}
	if r.when, _, err = compile(fragment, shape); err != nil {
		return r.fault("/when", "%v", err)
	}
	return nil
}
