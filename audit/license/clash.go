package license

import (
	"slices"
	"strings"
	"unicode"
)

// Clash is one term of a parent's licence that a child's licence does not carry
// on, or of which nobody can tell. It compares metadata; it judges no law.
type Clash struct {
	Rule      string   // see the constants
	Attribute string   // the term: non_commercial, share_alike, users …
	Parent    string   // what the parent's licence says of it
	Child     string   // what the child's licence says of it
	Agree     Answer   // No: they contradict; Unknown: it cannot be told, or the facts are not verified
	Severity  Severity // how much a contradiction weighs
	Grade     Evidence // the weaker of the two entries
}

// Severity is how much a clash weighs where it is one.
type Severity string

const (
	Fail Severity = "fail" // against the terms as they stand
	Warn Severity = "warn" // a human should look: the law is unsettled, or a duty is easily met
	Info Severity = "info"
)

// The rules by which clashes are found.
const (
	RuleUnseen        = "unseen"         // a licence of the two is not known
	RuleNonCommercial = "non-commercial" // a non-commercial parent, a child free for commerce
	RuleNoDerivatives = "no-derivatives" // a parent that allows no derivatives
	RuleShareAlike    = "share-alike"    // a copyleft parent, a child under other terms
	RuleFlowdown      = "flow-down"      // restrictions that must be passed on, a child without them
	RuleCommunity     = "community"      // a vendor's thresholds, exclusions or duties, a child without them
	RulePatent        = "patent"         // Apache-2.0 into GPL-2.0-only
	RuleOutput        = "output"         // outputs of a model that restricts what they may train
	RuleData          = "data"           // terms of training data
	RuleDataUnknown   = "data-unknown"   // training data without a known licence
	RuleMerge         = "merge"          // parents whose terms exclude each other
	RuleOtherLicense  = "other-license"  // a mere conversion under another licence
)

// pair is a parent and a child to compare.
type pair struct {
	parent, child *License
	out           []Clash
}

// add notes a clash unless the child carries the term on.
func (p *pair) add(rule, attribute, parent, child string, agree Answer, severity Severity) {
	if agree == Yes {
		return
	}
	grade := p.parent.Evidence
	if !p.parent.Verified() || !p.child.Verified() {
		grade, agree = FromKnowledge, Unknown
	}
	p.out = append(p.out, Clash{rule, attribute, parent, child, agree, severity, grade})
}

// carries compares one burden of the parent: nothing to carry agrees, a child
// that has it agrees, a child that lacks it does not.
func (p *pair) carries(rule, attribute string, parent, child Answer, severity Severity) {
	if parent == No {
		return
	}
	p.add(rule, attribute, parent.String(), child.String(), parent.Not().Or(child), severity)
}

// Clashes compares the licence of a model with that of a model made from it by
// further training, or of code with that of derived code. A child may ask more
// than its parent, never less: each burden of the parent must be there. Entries
// whose facts are not verified give Unknown at most. A nil licence is one nobody
// knows.
func Clashes(parent, child *License) []Clash {
	if parent == nil || child == nil {
		return []Clash{{Rule: RuleUnseen, Attribute: "license", Parent: name(parent), Child: name(child), Agree: Unknown, Severity: Warn}}
	}
	p := &pair{parent: parent, child: child}
	if parent.NoDerivatives == Yes {
		p.add(RuleNoDerivatives, "no_derivatives", "yes", "derived", No, Fail)
	}
	if parent.ID == child.ID && !parent.Family() {
		return p.out
	}
	p.carries(RuleNonCommercial, "non_commercial", parent.NonCommercial, child.NonCommercial, Fail)
	p.shareAlike(Fail)
	p.flowdown()
	p.community()
	if parent.ID == "Apache-2.0" && child.ID == "GPL-2.0-only" {
		p.add(RulePatent, "patent", "patent terms", "no further restrictions", No, Warn)
	}
	return p.out
}

func name(l *License) string {
	if l == nil {
		return "unknown"
	}
	return l.ID
}

func (p *pair) shareAlike(severity Severity) {
	if p.parent.ShareAlike == No || compatible(p.parent.ID, p.child.ID) {
		return
	}
	agree := No
	if p.parent.ShareAlike == Unknown || p.child.Family() || p.child.ShareAlike == Unknown {
		agree = Unknown
	}
	p.add(RuleShareAlike, "share_alike", p.parent.ShareAlike.String(), p.child.ID, agree, severity)
}

// flowdown asks for the parent's use restrictions. A child with restrictions of
// its own may or may not hold the parent's: that is unknown.
func (p *pair) flowdown() {
	burden := p.parent.UseRestrictions.And(p.parent.Flowdown)
	if burden == No {
		return
	}
	agree := No
	if burden == Unknown || p.child.UseRestrictions != No {
		agree = Unknown
	}
	p.add(RuleFlowdown, "use_restrictions", burden.String(), p.child.UseRestrictions.String(), agree, Fail)
}

// community asks for what vendors' licences have beside bans on uses.
func (p *pair) community() {
	has := func(present bool, topic string, l *License) Answer {
		switch {
		case present:
			return Yes
		case slices.Contains(l.Unconfirmed, topic) || l.Family() || l.Category == "":
			return Unknown
		}
		return No
	}
	check := func(attribute, topic string, present func(*License) bool, severity Severity) {
		if !present(p.parent) {
			return
		}
		p.carries(RuleCommunity, attribute, Yes, has(present(p.child), topic, p.child), severity)
	}
	check("users", "users", func(l *License) bool { return l.Users != nil }, Fail)
	check("revenue", "revenue", func(l *License) bool { return l.Revenue != nil }, Fail)
	check("outputs", "outputs", func(l *License) bool { return restrictsOutput(l) }, Fail)
	check("territory", "exclusions", func(l *License) bool { return l.Territory != "" }, Fail)
	check("excluded", "exclusions", func(l *License) bool { return l.Excluded != "" }, Fail)
	check("naming", "naming", func(l *License) bool { return l.Naming.Prefix != "" }, Warn)
}

func restrictsOutput(l *License) bool {
	return l.Output.Rule == "no-training" || l.Output.Rule == "derivative" || l.Output.Rule == "name-duty"
}

// compatible reports whether a work under one copyleft licence may go into one
// under another, by the licences' own words: version clauses, the one-way
// declaration of CC BY-SA 4.0 to GPLv3, MPL section 3.3, the appendix of the
// EUPL. It knows no more than that.
func compatible(from, to string) bool {
	if from == to {
		return true
	}
	base, later := gnuBase(from), strings.HasSuffix(from, "-or-later")
	target := gnuBase(to)
	switch {
	case base == target && (later || !strings.HasSuffix(to, "-or-later")):
		return true
	case later && base == "GPL-2.0" && (target == "GPL-3.0" || target == "AGPL-3.0"):
		return true
	}
	return slices.Contains(intoOthers[base], target)
}

// intoOthers lists, by the bare id, the licences that works may move into.
var intoOthers = map[string][]string{
	"GPL-3.0":      {"AGPL-3.0"},                                               // section 13
	"LGPL-3.0":     {"GPL-3.0", "AGPL-3.0"},                                    // it adds permissions to the GPL
	"LGPL-2.1":     {"GPL-2.0", "GPL-3.0"},                                     // section 3
	"MPL-2.0":      {"GPL-2.0", "GPL-3.0", "LGPL-2.1", "LGPL-3.0", "AGPL-3.0"}, // section 3.3
	"CC-BY-SA-3.0": {"CC-BY-SA-4.0"},                                           // section 4b
	"CC-BY-SA-4.0": {"GPL-3.0"},                                                // creativecommons.org/compatiblelicenses
	"EUPL-1.1":     {"EUPL-1.2", "GPL-2.0", "OSL-3.0", "EPL-1.0"},
	"EUPL-1.2":     {"GPL-2.0", "GPL-3.0", "AGPL-3.0", "OSL-3.0", "EPL-1.0", "MPL-2.0", "LGPL-2.1", "LGPL-3.0", "CC-BY-SA-3.0"},
}

// ConversionClashes compares the licence of a model with that of a mere
// conversion: a quantised or an adapter. Changing the format creates nothing new,
// so another licence is a clash of its own; of adapters it is disputed whether
// they hold any of the parent.
func ConversionClashes(parent, child *License, adapter bool) []Clash {
	out := Clashes(parent, child)
	if parent == nil || child == nil {
		return out
	}
	severity := Fail
	if adapter {
		severity = Warn
		for i := range out {
			out[i].Severity = Warn
		}
	}
	for i := range out {
		if out[i].Rule == RuleNoDerivatives {
			out[i].Severity = Warn // a change of format may be no derivative
		}
	}
	agree := No
	if parent.Family() || child.Family() {
		agree = Unknown // the one may be among the others
	}
	if parent.ID != child.ID || agree == Unknown {
		p := &pair{parent: parent, child: child}
		p.add(RuleOtherLicense, "license", parent.ID, child.ID, agree, severity)
		out = append(out, p.out...)
	}
	return out
}

// DataClashes compares the licence of training data with that of the model
// trained on them. Whether weights derive from their data is unsettled, so
// nothing here weighs more than a warning.
func DataClashes(data, model *License) []Clash {
	if data == nil || data.Category == NoLicense || data.Category == CustomLicense {
		return []Clash{{Rule: RuleDataUnknown, Attribute: "license", Parent: name(data), Child: name(model), Agree: Unknown, Severity: Warn}}
	}
	if model == nil {
		return []Clash{{Rule: RuleUnseen, Attribute: "license", Parent: name(data), Child: name(model), Agree: Unknown, Severity: Warn}}
	}
	p := &pair{parent: data, child: model}
	p.carries(RuleData, "non_commercial", data.NonCommercial, model.NonCommercial, Warn)
	if data.NoDerivatives == Yes {
		p.add(RuleData, "no_derivatives", "yes", "trained on", No, Warn)
	}
	if data.UseRestrictions == Yes {
		p.carries(RuleData, "use_restrictions", Yes, model.UseRestrictions, Warn)
	}
	if data.ShareAlike == Yes && !compatible(data.ID, model.ID) {
		p.add(RuleData, "share_alike", "yes", model.ID, No, Info)
	}
	return p.out
}

// OutputClashes looks at a model trained on the outputs of another one. What a
// licence may ask of outputs is disputed; a human should look.
func OutputClashes(generator, model *License, modelName string) []Clash {
	if generator == nil || model == nil {
		return []Clash{{Rule: RuleUnseen, Attribute: "outputs", Parent: name(generator), Child: name(model), Agree: Unknown, Severity: Warn}}
	}
	p := &pair{parent: generator, child: model}
	switch generator.Output.Rule {
	case "no-training":
		p.add(RuleOutput, "outputs", generator.Output.Note, modelName, No, Warn)
	case "derivative":
		p.carries(RuleOutput, "use_restrictions", generator.UseRestrictions, model.UseRestrictions, Warn)
	case "name-duty":
		p.add(RuleOutput, "naming", generator.Naming.Prefix, modelName, NameDuty(generator, modelName), Warn)
	case "":
		if slices.Contains(generator.Unconfirmed, "outputs") || generator.Family() {
			p.add(RuleOutput, "outputs", "unknown", modelName, Unknown, Warn)
		}
	}
	return p.out
}

// MergeClashes looks for parents of one merged model whose terms exclude each
// other: each pair is compared once, in the order given.
func MergeClashes(parents []*License) []Clash {
	var out []Clash
	for i, a := range parents {
		for _, b := range parents[i+1:] {
			out = append(out, mergeTwo(a, b)...)
		}
	}
	return out
}

func mergeTwo(a, b *License) []Clash {
	if a == nil || b == nil {
		return []Clash{{Rule: RuleUnseen, Attribute: "license", Parent: name(a), Child: name(b), Agree: Unknown, Severity: Warn}}
	}
	if a.ID == b.ID {
		return nil
	}
	p := &pair{parent: a, child: b}
	bans := func(l *License) Answer { return l.UseRestrictions.And(l.Flowdown).Or(l.NonCommercial) }
	for _, x := range [][2]*License{{a, b}, {b, a}} {
		// Copyleft allows no further restrictions.
		p.add(RuleMerge, "share_alike", a.ID, b.ID, x[0].ShareAlike.And(bans(x[1])).Not(), Fail)
	}
	if a.ShareAlike == Yes && b.ShareAlike == Yes && !compatible(a.ID, b.ID) && !compatible(b.ID, a.ID) {
		p.add(RuleMerge, "share_alike", a.ID, b.ID, No, Fail)
	}
	if a.Flowdown == Yes && b.Flowdown == Yes && (a.Category == Community || b.Category == Community) {
		agree := No // a community licence wants to be the only terms
		if v := firstWord(a.Naming.Prefix); v != "" && v == firstWord(b.Naming.Prefix) {
			agree = Unknown // two versions by one vendor
		}
		p.add(RuleMerge, "use_restrictions", a.ID, b.ID, agree, Fail)
	}
	return p.out
}

func firstWord(s string) string {
	word, _, _ := strings.Cut(s, " ")
	return word
}

// NameDuty answers whether a derived model's name begins as its parent's licence
// asks. The owner before a slash does not count; neither do case, spaces and
// punctuation. A licence that asks for no name is answered Yes.
func NameDuty(parent *License, modelName string) Answer {
	if slices.Contains(parent.Unconfirmed, "naming") {
		return Unknown
	}
	if parent.Naming.Prefix == "" {
		return Yes
	}
	if !parent.Verified() {
		return Unknown
	}
	modelName = modelName[strings.LastIndexByte(modelName, '/')+1:]
	if strings.HasPrefix(plain(modelName), plain(parent.Naming.Prefix)) {
		return Yes
	}
	return No
}

// DisplayDuty answers whether a text, such as a model card, shows the words a
// licence asks for.
func DisplayDuty(parent *License, text string) Answer {
	if slices.Contains(parent.Unconfirmed, "naming") {
		return Unknown
	}
	if parent.Naming.Display == "" || strings.Contains(plain(text), plain(parent.Naming.Display)) {
		return Yes
	}
	if !parent.Verified() {
		return Unknown
	}
	return No
}

// plain keeps letters and digits in lower case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
