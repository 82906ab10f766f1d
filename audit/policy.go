package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"glassbox/schemas"
)

// Policy is what a gate asks of a release: read from one YAML file, over the
// profile that the file names. What it does not say gates nothing. It is read in
// two steps, since it names folders of rules: ReadPolicy, then Resolve with what
// was loaded from them.
type Policy struct {
	File    string // as it was named
	Digest  string // of the file
	Profile string // "" where it stands on its own
	Trust   []Trusted
	Rules   []string // folders, as written
	Waivers []Waiver
	// Value is the whole policy, the profile's part included, as plain JSON
	// values.
	Value map[string]any

	own     *schemas.YAML // the file alone
	needs   []requirement
	words   []string
	weights []Criterion
	gravest Severity // "" where no severity gates
	maxAge  int      // days; 0 where it does not matter
}

// Trusted is one signer the policy believes. Paths are as written.
type Trusted struct {
	Key         string
	Chain       []string
	Identity    string
	Issuer      string
	TrustedRoot string
}

// requirement is one thing that is required, with what it is held against.
type requirement struct {
	key   string // pointer into the policy
	asked string
	// met tells whether the report meets it, what was found instead, and which
	// rules are behind that.
	met func(r *Report) (ok bool, found string, rules []string)
}

// ReadPolicy reads a policy and lays it over the profile it names, which is
// NAME.yaml in the folder of profiles. Every fault of the file is a *RuleError
// with its line; they come joined.
func ReadPolicy(file string, data []byte, profiles fs.FS) (*Policy, error) {
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError(file, err)
	}
	if err := policyForm(file, doc); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	p := &Policy{File: file, Digest: "sha256:" + hex.EncodeToString(sum[:]), own: doc}
	p.Value, _ = doc.Value.(map[string]any)
	if p.Profile, _ = p.Value["profile"].(string); p.Profile != "" {
		base, err := profile(profiles, p.Profile)
		if err != nil {
			return nil, err
		}
		p.Value = overlay(base, p.Value)
	}
	p.plain()
	return p, errors.Join(p.oneIdentity(), p.waivers())
}

// profile reads a policy that comes with the program.
func profile(fsys fs.FS, name string) (map[string]any, error) {
	data, err := fs.ReadFile(fsys, name+".yaml")
	if err != nil {
		return nil, fmt.Errorf("reading profile %s: %w", name, err)
	}
	doc, err := schemas.ReadYAML(data)
	if err != nil {
		return nil, syntaxError("profile "+name, err)
	}
	if err := policyForm("profile "+name, doc); err != nil {
		return nil, err
	}
	m, _ := doc.Value.(map[string]any)
	return m, nil
}

// policyForm holds a policy against its schema.
func policyForm(file string, doc *schemas.YAML) error {
	s, err := schemas.Compile("policy")
	if err != nil {
		return err
	}
	err = s.Validate(doc.Value)
	var v *jsonschema.ValidationError
	if !errors.As(err, &v) {
		return err
	}
	var faults []error
	for _, leaf := range leaves(v) {
		for _, c := range complaints("policy", leaf, doc.Value) {
			faults = append(faults, &RuleError{file, doc.Line(c.pointer), c.msg + likely(leaf, doc.Value, c.pointer)})
		}
	}
	slices.SortStableFunc(faults, func(a, b error) int { return a.(*RuleError).Line - b.(*RuleError).Line })
	return errors.Join(faults...)
}

// likely suggests which of the values that are allowed was meant.
func likely(leaf *jsonschema.ValidationError, doc any, pointer string) string {
	if !strings.HasSuffix(leaf.KeywordLocation, "/enum") {
		return ""
	}
	given, _ := lookup(doc, pointer)
	s, _ := given.(string)
	return suggestion(s, strings.Split(strings.ReplaceAll(strings.TrimPrefix(leaf.Message, "value must be one of "), `"`, ""), ", "))
}

// overlay lays one document over another: objects member by member, everything
// else as a whole.
func overlay(base, over map[string]any) map[string]any {
	out := maps.Clone(base)
	for key, v := range over {
		below, ok := out[key].(map[string]any)
		above, isMap := v.(map[string]any)
		if ok && isMap {
			v = overlay(below, above)
		}
		out[key] = v
	}
	return out
}

// plain reads what needs no rules to be understood.
func (p *Policy) plain() {
	p.words = texts(p.Value["deny"])
	p.Rules = texts(p.Value["rules"])
	severity, _ := p.Value["severity"].(string)
	p.gravest = Severity(severity)
	apis, _ := p.Value["apis"].(map[string]any)
	p.maxAge = whole(apis["max_age_days"])
	for _, t := range list(p.Value["trust"]) {
		m, _ := t.(map[string]any)
		text := func(key string) string { s, _ := m[key].(string); return s }
		p.Trust = append(p.Trust, Trusted{text("key"), texts(m["certificate_chain"]), text("identity"), text("issuer"), text("trusted_root")})
	}
}

// oneIdentity refuses a second identity: a signature is checked against one.
func (p *Policy) oneIdentity() error {
	n := 0
	for i, t := range p.Trust {
		if t.Identity != "" || t.Issuer != "" {
			n++
		}
		if n > 1 {
			return p.fault(Join("/trust", i), "a second identity: a policy can trust one")
		}
	}
	return nil
}

func texts(v any) []string {
	var out []string
	for _, x := range list(v) {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// waivers reads the waivers; what the schema cannot say of them is told here.
func (p *Policy) waivers() error {
	var faults []error
	for i, x := range list(p.Value["waivers"]) {
		m, _ := x.(map[string]any)
		text := func(key string) string { s, _ := m[key].(string); return s }
		at := Join("/waivers", i)
		w := Waiver{Rule: text("rule"), Subject: text("subject"), Reason: text("reason"), Owner: text("owner"), Expires: text("expires"), Line: p.own.Line(at)}
		if _, err := path.Match(w.Subject, ""); err != nil {
			faults = append(faults, p.fault(at+"/subject", "subject %q is no pattern: a bracket is not closed, or a backslash ends it", w.Subject))
		}
		if _, err := time.Parse(time.DateOnly, w.Expires); err != nil {
			faults = append(faults, p.fault(at+"/expires", "expires %q: there is no such day", w.Expires))
		}
		p.Waivers = append(p.Waivers, w)
	}
	return errors.Join(faults...)
}

func (p *Policy) fault(pointer, format string, args ...any) error {
	return &RuleError{p.File, p.own.Line(pointer), fmt.Sprintf(format, args...)}
}

// Origin says where the value at a pointer comes from: file and line, or the
// profile.
func (p *Policy) Origin(pointer string) string {
	if _, own := lookup(p.own.Value, pointer); own {
		return fmt.Sprintf("%s:%d", p.File, p.own.Line(pointer))
	}
	return "profile " + p.Profile
}

// line is where a key stands in the file, 0 where it comes from the profile.
func (p *Policy) line(pointer string) int {
	if _, own := lookup(p.own.Value, pointer); own {
		return p.own.Line(pointer)
	}
	return 0
}

// Resolve holds what the policy names against the rules and frameworks there
// are, and its waivers against the day of the audit. Every fault is a
// *RuleError with its line; they come joined.
func (p *Policy) Resolve(rules []*Rule, frameworks []*Framework, asOf string) error {
	ids := make([]string, len(rules))
	for i, r := range rules {
		ids[i] = r.ID
	}
	p.needs = nil
	require, _ := p.Value["require"].(map[string]any)
	faults := []error{p.axes(require, frameworks), p.classes(require, frameworks)}
	for i, id := range texts(require["rules"]) {
		faults = append(faults, p.named(id, ids, Join("/require/rules", i)))
	}
	p.rulesMet(texts(require["rules"]))
	if most, ok := require["max_unknown"].(int64); ok {
		p.known(frameworks, int(most))
	}
	faults = append(faults, p.weigh(ids))
	for i, w := range p.Waivers {
		faults = append(faults, p.named(w.Rule, ids, Join("/waivers", i, "rule")), p.near(w, asOf, Join("/waivers", i, "expires")))
	}
	return errors.Join(faults...)
}

// named complains of a rule that does not exist.
func (p *Policy) named(id string, ids []string, at string) error {
	if slices.Contains(ids, id) {
		return nil
	}
	return p.fault(at, "no rule %q%s", id, suggestion(id, ids))
}

// near complains of a waiver that would hold longer than waivers may.
func (p *Policy) near(w Waiver, asOf, at string) error {
	horizon := whole(p.Value["waiver_horizon_days"])
	if horizon == 0 {
		return nil
	}
	today, err := time.Parse(time.DateOnly, asOf)
	if err != nil {
		return err
	}
	if last := today.AddDate(0, 0, horizon).Format(time.DateOnly); w.Expires > last {
		return p.fault(at, "the waiver of %s expires %s, more than %d days ahead: on %s the last day is %s", w.Rule, w.Expires, horizon, asOf, last)
	}
	return nil
}

// axes reads what is required of axes.
func (p *Policy) axes(require map[string]any, frameworks []*Framework) error {
	var faults []error
	for _, fw := range frameworks {
		for _, a := range fw.Axes {
			m, _ := require[a.Name].(map[string]any)
			at := Join("/require", a.Name)
			if floor, ok := m["floor"].(int64); ok {
				p.floor(fw, a.Name, at+"/floor", int(floor), fmt.Sprint(floor), func(s Score) string { return fmt.Sprint(*s.Floor) })
			}
			letter, ok := m["grade"].(string)
			if !ok {
				continue
			}
			i := slices.IndexFunc(fw.Grades, func(g Grade) bool { return g.Letter == letter })
			if i < 0 {
				faults = append(faults, p.fault(at+"/grade", "no grade %q; there are %s", letter, letters(fw.Grades)))
				continue
			}
			p.floor(fw, a.Name, at+"/grade", fw.Grades[i].Floor, letter, func(s Score) string { return s.Grade })
		}
	}
	return errors.Join(faults...)
}

func letters(grades []Grade) string {
	var out []string
	for _, g := range grades {
		out = append(out, g.Letter)
	}
	return strings.Join(out, ", ")
}

// floor requires a floor of an axis. An axis of which nothing applied has none,
// and shows nothing.
func (p *Policy) floor(fw *Framework, axis, key string, least int, asked string, found func(Score) string) {
	p.needs = append(p.needs, requirement{key, asked, func(r *Report) (bool, string, []string) {
		for _, s := range r.Scores {
			if s.Framework == fw.ID && s.Axis == axis && s.Floor != nil {
				return *s.Floor >= least, found(s), nil
			}
		}
		return false, "none", nil
	}})
}

// classes reads what is required of frameworks that give classes.
func (p *Policy) classes(require map[string]any, frameworks []*Framework) error {
	var faults []error
	for _, fw := range frameworks {
		m, _ := require[fw.ID].(map[string]any)
		asked, ok := m["class"].(string)
		if !ok {
			continue
		}
		key := Join("/require", fw.ID, "class")
		rank := func(name string) int {
			return slices.IndexFunc(fw.Classes, func(c Class) bool { return c.Name == name })
		}
		if rank(asked) < 0 {
			faults = append(faults, p.fault(key, "%s has no class %q", fw.ID, asked))
			continue
		}
		p.needs = append(p.needs, requirement{key, asked, func(r *Report) (bool, string, []string) {
			for _, s := range r.Scores {
				if s.Framework == fw.ID {
					return rank(s.Class) >= rank(asked), s.Class, nil
				}
			}
			return false, "none", nil
		}})
	}
	return errors.Join(faults...)
}

// rulesMet requires that rules are met.
func (p *Policy) rulesMet(ids []string) {
	if len(ids) == 0 {
		return
	}
	p.needs = append(p.needs, requirement{"/require/rules", "met", func(r *Report) (bool, string, []string) {
		var missed []string
		for _, id := range ids {
			for i := range r.Findings {
				if f := &r.Findings[i]; f.Rule == id && !f.settled() && f.Waiver == nil {
					missed = append(missed, id)
				}
			}
		}
		return len(missed) == 0, howMany(len(missed), "not met"), missed
	}})
}

// settled tells whether nothing is left to do for the rule.
func (f *Finding) settled() bool { return f.Met() || f.Outcome == NotApplicable }

func howMany(n int, what string) string {
	if n == 0 {
		return "all"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// known requires that enough of each axis was decided.
func (p *Policy) known(frameworks []*Framework, most int) {
	for _, fw := range frameworks {
		for _, a := range fw.Axes {
			p.needs = append(p.needs, requirement{"/require/max_unknown", fmt.Sprintf("at most %d %% of %s", most, a.Name), func(r *Report) (bool, string, []string) {
				for _, s := range r.Scores {
					if s.Framework == fw.ID && s.Axis == a.Name && s.Weight > 0 {
						return 100-s.Coverage <= most, fmt.Sprintf("%d %%", 100-s.Coverage), nil
					}
				}
				return true, "nothing applies", nil
			}})
		}
	}
}

// weigh reads the weights the policy gives rules itself.
func (p *Policy) weigh(ids []string) error {
	var faults []error
	m, _ := p.Value["weights"].(map[string]any)
	p.weights = nil
	for _, id := range slices.Sorted(maps.Keys(m)) {
		faults = append(faults, p.named(id, ids, Join("/weights", id)))
		p.weights = append(p.weights, Criterion{id, whole(m[id])})
	}
	return errors.Join(faults...)
}

// Weights is the framework that the policy's own weights make: one axis, called
// as the framework, without grades and caps. It is nil where the policy has none,
// and before it was resolved.
func (p *Policy) Weights(name string) *Framework {
	if p == nil || len(p.weights) == 0 {
		return nil
	}
	return &Framework{ID: name, Title: p.File, Aggregate: Weighted, Axes: []Axis{{Name: name, Criteria: p.weights}}}
}
