package disclosure

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/audit"
	"glassbox/schemas"
)

// MaxBytes bounds a manifest.
const MaxBytes = schemas.MaxYAMLBytes

// Fault is something wrong in a manifest: which file, where, why.
type Fault struct {
	File string
	Line int
	Msg  string
}

func (f *Fault) Error() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Msg) }

// Reader reads manifests.
type Reader struct {
	Shape *audit.Shape // the evidence that facts speak of
	// AsOf is the day of the audit, YYYY-MM-DD; a date behind it lies in the
	// future.
	AsOf string
	// Trusted leaves out all checks but those that reading needs. The manifests
	// inside the program went through the others in its tests.
	Trusted bool

	schema   *jsonschema.Schema // of manifests
	evidence *jsonschema.Schema
}

// Read reads one manifest. The file is its path below the root, where it should
// be <provider>/<model>.yaml. The error joins a *[Fault] for everything that is
// wrong; with any of them there is no manifest.
func (r *Reader) Read(file string, data []byte) (*Manifest, error) {
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxFault(file, err)
	}
	p := &parser{r: r, file: file, doc: doc}
	if !r.Trusted {
		if err := p.form(); err != nil {
			return nil, err
		}
	}
	m := p.manifest()
	if !r.Trusted {
		p.lint(m)
	}
	if len(p.faults) > 0 {
		return nil, p.all()
	}
	return m, nil
}

func syntaxFault(file string, err error) error {
	var s *schemas.SyntaxError
	if errors.As(err, &s) {
		return &Fault{file, s.Line, s.Msg}
	}
	return &Fault{file, 1, err.Error()}
}

// parser is a manifest while it is read.
type parser struct {
	r       *Reader
	file    string
	doc     *schemas.YAML
	sources map[string]source
	faults  []*Fault
}

// source is an entry of the list of sources, and whether a fact uses it.
type source struct {
	Source
	title, publisher, published, authority string
	used                                   bool
}

func (p *parser) fault(at, format string, args ...any) {
	p.faults = append(p.faults, &Fault{p.file, p.doc.Line(at), fmt.Sprintf(format, args...)})
}

// form holds the file against the schema of manifests.
func (p *parser) form() error {
	if p.r.schema == nil {
		s, err := schemas.Compile("disclosure")
		if err != nil {
			return err
		}
		p.r.schema = s
	}
	err := p.r.schema.Validate(p.doc.Value)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	for _, leaf := range leaves(v) {
		p.fault(leaf.InstanceLocation, "%s", complaint(leaf))
	}
	return p.all()
}

// all joins the faults, in the order of their lines.
func (p *parser) all() error {
	slices.SortFunc(p.faults, func(a, b *Fault) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Msg, b.Msg)) })
	out := make([]error, len(p.faults))
	for i, f := range p.faults {
		out[i] = f
	}
	return errors.Join(out...)
}

func leaves(v *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(v.Causes) == 0 {
		return []*jsonschema.ValidationError{v}
	}
	var out []*jsonschema.ValidationError
	for _, c := range v.Causes {
		out = append(out, leaves(c)...)
	}
	return out
}

// complaint says what is wrong with the words of the library, and where.
func complaint(v *jsonschema.ValidationError) string {
	if v.InstanceLocation == "" {
		return v.Message
	}
	return strings.TrimPrefix(v.InstanceLocation, "/") + ": " + v.Message
}

func (p *parser) manifest() *Manifest {
	root := object(p.doc.Value)
	m := &Manifest{
		File: p.file, Provider: text(root["provider"]), Model: text(root["model"]), Title: text(root["title"]),
		Released: text(root["released"]), Note: text(root["note"]), Aliases: texts(root["aliases"]), Attribution: texts(root["attribution"]),
	}
	p.sources = map[string]source{}
	for id, v := range object(root["sources"]) {
		s := object(v)
		p.sources[id] = source{
			Source{text(s["url"]), text(s["retrieved"])},
			text(s["title"]), text(s["publisher"]), text(s["published"]), text(s["authority"]), false,
		}
	}
	for pointer, v := range object(root["facts"]) {
		if f, ok := p.fact(pointer, object(v)); ok {
			m.Facts = append(m.Facts, f)
		}
	}
	slices.SortFunc(m.Facts, func(a, b Fact) int { return strings.Compare(a.Pointer, b.Pointer) })
	if m.Lifecycle() == retired {
		for i := range m.Facts {
			m.Facts[i].Statement.ReviewBy = "" // what is over does not change any more
		}
	}
	return m
}

// computed are the sections that no source can state: what was audited, and what
// is worked out from the others.
var computed = []string{"subject", "files", "relations", "attestations"}

func (p *parser) fact(pointer string, v map[string]any) (Fact, bool) {
	at := audit.Join("/facts", pointer)
	f := Fact{Pointer: pointer}
	var ok bool
	if f.Source, f.Statement, ok = p.statement(v, at); !ok {
		return f, false
	}
	f.Statement.ReviewBy = text(v["review_by"])
	for i, d := range list(v["disputes"]) {
		s, statement, ok := p.statement(object(d), audit.Join(at, "disputes", i))
		if ok {
			f.Disputes = append(f.Disputes, Dispute{s, statement})
		}
	}
	return f, p.value(&f, v, at)
}

// value settles what stands at the pointer: what is told, or the value that says
// that nothing is there.
func (p *parser) value(f *Fact, v map[string]any, at string) bool {
	section, _, _ := strings.Cut(strings.TrimPrefix(f.Pointer, "/"), "/")
	shape := p.r.Shape.At(f.Pointer)
	if shape == nil || section == "" || slices.Contains(computed, section) || p.r.Shape.ThroughList(f.Pointer) {
		p.fault(at, "%s is no fact of the evidence that can be stated; glassbox schema evidence lists them", f.Pointer)
		return false
	}
	value, given := v["value"]
	switch told := f.Statement.State.Told(); {
	case told && !given:
		p.fault(at, "%s: %s comes with a value", f.Pointer, f.Statement.State)
		return false
	case told:
		f.Value = value
		return true
	case given:
		p.fault(at+"/value", "%s: %s comes without a value", f.Pointer, f.Statement.State)
		return false
	case f.Statement.State == audit.Inapplicable:
		return true
	}
	empty, ok := shape.Empty()
	if !ok {
		p.fault(at, "%s: there is no value that says that nothing is there; leave it out", f.Pointer)
	}
	f.Value = empty
	return ok
}

// statement reads what a fact and a dispute have in common.
func (p *parser) statement(v map[string]any, at string) (Source, audit.Statement, bool) {
	id := text(v["source"])
	s, ok := p.sources[id]
	if !ok {
		p.fault(at+"/source", "no source %q in the list of sources", id)
		return Source{}, audit.Statement{}, false
	}
	s.used = true
	p.sources[id] = s
	statement := audit.Statement{
		Says: text(v["says"]), Title: s.title, Publisher: s.publisher, Published: s.published,
		Authority: s.authority, Scope: text(v["scope"]),
	}
	if statement.Published == undated {
		statement.Published = ""
	}
	if err := statement.State.UnmarshalText([]byte(text(v["state"]))); err != nil {
		p.fault(at+"/state", "%v", err)
		return Source{}, audit.Statement{}, false
	}
	return s.Source, statement, true
}

// lint finds what the schema cannot say.
func (p *parser) lint(m *Manifest) {
	if want := m.Name() + ".yaml"; strings.Contains(p.file, "/") && p.file != want {
		p.fault("/model", "a manifest of %s lies at %s", m.Name(), want)
	}
	p.day("/released", m.Released, true)
	for id, s := range p.sources {
		at := audit.Join("/sources", id)
		p.day(at+"/retrieved", s.Retrieved, true)
		if s.published != undated {
			p.day(at+"/published", s.published, true)
		}
		if s.published != undated && s.published > s.Retrieved {
			p.fault(at+"/published", "published %s, after it was retrieved", s.published)
		}
		if !s.used {
			p.fault(at, "no fact has the source %s", id)
		}
	}
	for pointer, v := range object(object(p.doc.Value)["facts"]) {
		p.day(audit.Join("/facts", pointer, "review_by"), text(object(v)["review_by"]), false)
	}
	if end := m.text("/service/shutdown_date"); end != "" {
		p.day("/facts/~1service~1shutdown_date/value", end, false)
	}
	p.nested(m)
	p.valid(m)
}

// nested refuses a fact inside another one that has a value: which of the two
// holds would depend on which of them was left out.
func (p *parser) nested(m *Manifest) {
	for _, f := range m.Facts {
		for at := path.Dir(f.Pointer); at != "/"; at = path.Dir(at) {
			if above := m.Fact(at); above != nil && above.Statement.State.Told() {
				p.fault(audit.Join("/facts", f.Pointer), "%s lies inside %s, which has a value already", f.Pointer, at)
			}
		}
	}
}

// layouts of a date, by its length.
var layouts = map[int]string{4: "2006", 7: "2006-01", 10: time.DateOnly}

func (p *parser) day(at, date string, past bool) {
	if _, err := time.Parse(layouts[len(date)], date); err != nil || layouts[len(date)] == "" {
		p.fault(at, "%s is no date", date)
	} else if past && date > p.r.AsOf {
		p.fault(at, "%s lies in the future; today is %s", date, p.r.AsOf)
	}
}

// valid holds every value that is told against the evidence schema.
func (p *parser) valid(m *Manifest) {
	if p.r.evidence == nil {
		s, err := schemas.Compile("evidence")
		if err != nil {
			p.fault("", "%v", err)
			return
		}
		p.r.evidence = s
	}
	for _, f := range m.Facts {
		if !f.Statement.State.Told() {
			continue
		}
		one := audit.NewEvidence()
		one.Set(f.Pointer, f.Value)
		var v *jsonschema.ValidationError
		if errors.As(p.r.evidence.Validate(one.Doc), &v) {
			all := leaves(v)
			slices.SortFunc(all, func(a, b *jsonschema.ValidationError) int { return cmp.Compare(complaint(a), complaint(b)) })
			p.fault(audit.Join("/facts", f.Pointer, "value"), "%s", complaint(all[0]))
		}
	}
}

// name is the id that a path promises.
func name(file string) string { return strings.TrimSuffix(file, path.Ext(file)) }

func object(v any) map[string]any { m, _ := v.(map[string]any); return m }

func list(v any) []any { l, _ := v.([]any); return l }

// text reads a text; a year alone is a number in YAML.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		out = append(out, text(x))
	}
	return out
}

// Looks tells whether a text is meant to be a manifest: it has what no other
// YAML that is audited has.
func Looks(data []byte) bool {
	for _, key := range manifestKeys {
		if !key.Match(data) {
			return false
		}
	}
	return true
}

var manifestKeys = []*regexp.Regexp{
	regexp.MustCompile(`(?m)^provider:`),
	regexp.MustCompile(`(?m)^model:`),
	regexp.MustCompile(`(?m)^facts:`),
}
