// Package license reads the licensing of an AI release: what a declaration
// names, what a text says, what a licence allows, and where one vanishes on the
// way from a model to the models made from it.
//
//	declared, err := license.ReadDeclared("apache-2.0")       // names and SPDX expressions
//	text := license.Identify("LICENSE", data)                 // what the file is
//	state := license.Compare(declared, []license.Text{text})  // whether they agree
//	l, ok := license.Lookup("llama3.1")                       // what that licence allows
//	every := l.AllowsEveryUse()                               // yes, no or unknown
//	clashes := license.Clashes(l, other)                      // what a derived model lost
//
// The knowledge is data: licenses.yaml has an entry for each of 140 licences and
// explains its columns; spdx.csv lists the ids of SPDX; families.yaml names the
// wordings. Texts are known by fingerprints.bin.gz, hashes of their words, which
// go generate draws from two collections of texts that are not part of this
// repository (GLASSBOX_CORPORA names their folder).
//
// A text is identified in four steps: the same words as a known text; the
// pattern of a standard licence from google/licensecheck, beside which only
// harmless words stand; nearly the same words as a known text under its title;
// or else a list of clauses to read. A licence is never named on similarity
// alone: siblings that differ in one number resemble each other more than copies
// of the same text, and one added sentence can take everything back.
//
// Answers are three-valued: what could not be told stays Unknown, and what rests
// on an entry nobody verified never contradicts anybody. Nothing here opens a
// file, and nothing here is legal advice.
package license

import "strings"

// License is one entry of the knowledge table.
type License struct {
	ID      string   // SPDX id, LicenseRef-… or hf:…; unique
	SPDX    string   // the id on the SPDX list, empty where it has none
	HubIDs  []string // values of the Hub's field license that mean it
	Aliases []string // values of license_name, and other spellings
	Title   string

	Category Category
	Scope    string // written for: code, content, data, documentation, font, model, any

	OSI            Answer // approved by the Open Source Initiative
	FSF            Answer // free to the Free Software Foundation; no flag is Unknown
	OpenDefinition Answer // conformant with the Open Definition
	MOF            MOF    // what the model openness tool makes of it

	UseRestrictions Answer     // some field or manner of use is banned
	Banned          string     // the bans in a few words, where worth it
	Flowdown        Answer     // the bans must be passed on
	NonCommercial   Answer     // commercial use is not granted
	NoDerivatives   Answer     // sharing modified copies is not granted
	ShareAlike      Answer     // derivatives go under the same terms
	Attribution     Answer     // origin must be named
	Users           *Threshold // nil: no limit on the number of users is known
	Revenue         *Threshold // nil: no limit on revenue is known
	Output          Output     // what is asked of outputs; zero: nothing is known
	Naming          Naming     // what a derived model must be called or must show
	Notice          Answer     // Yes: a notice sentence or file must go along
	Territory       string     // who or where is left out; empty: none known
	Excluded        string     // other exclusions; empty: none known
	Revocable       string     // no, yes, on-breach, on-litigation, conditional, unknown
	RevocableNote   string
	Gated           Answer // downloads usually ask for consent: general knowledge

	// Unconfirmed names attributes somebody reported and nobody confirmed:
	// users, revenue, outputs, naming, exclusions. Their fields are empty, and
	// empty means unknown there.
	Unconfirmed []string
	Evidence    Evidence
	Source      string // where the facts were seen, and traps
}

// Category sorts licences by what matters most about them.
type Category string

const (
	Permissive       Category = "permissive"
	PermissiveNaming Category = "permissive-naming"
	PermissiveCustom Category = "permissive-custom"
	PublicDomain     Category = "public-domain"
	WeakCopyleft     Category = "weak-copyleft"
	Copyleft         Category = "copyleft"
	NonCommercial    Category = "non-commercial"
	NoDerivatives    Category = "no-derivatives"
	UseRestricted    Category = "use-restricted"
	Community        Category = "community"       // a vendor's terms with thresholds or registration
	DataRestricted   Category = "data-restricted" // data for some uses only
	AnyFamily        Category = "family"          // a family whose members differ in kind
	NoLicense        Category = "none"            // says that no licence is known
	CustomLicense    Category = "custom"          // says that it is some other one
)

// Evidence is how well the facts of an entry are founded.
type Evidence string

const (
	FromList      Evidence = "list"      // flags of the SPDX list
	FromText      Evidence = "text"      // key terms located in the text
	FromKnowledge Evidence = "knowledge" // not verified: at most a reason to look
	FromHub       Evidence = "hub"       // an id of the Hub that names no licence
)

// MOF is the verdict of the Model Openness Framework's tool
// (lfai/model_openness_tool 8b5d30e), quirks included.
type MOF struct {
	Open                 Answer
	Code, Data, Document Fit
}

// Fit is what the openness tool makes of a licence for one type of content.
type Fit string

const (
	Fitting     Fit = "fitting" // open, and meant for this type
	OpenOnly    Fit = "open"    // open, with a warning
	ListedOnly  Fit = "listed"  // meant for this type, yet not open to the tool
	AssumedFit  Fit = "assumed" // the tool does not know it; taken for fitting
	NeitherOpen Fit = "no"
)

// Threshold is a size above which a licence asks for something more.
type Threshold struct {
	Above int64  `yaml:"above"` // people, or USD
	Per   string `yaml:"per"`   // month or year
	Asks  string `yaml:"asks"`  // licence: a separate one; display: a name to be shown
	Note  string `yaml:"note"`
}

// Output is what a licence asks of what a model produces.
type Output struct {
	// Rule is free (said so), notice, name-duty (models trained on them bear
	// a name), derivative (such models count as derivatives), no-training (such
	// models are not allowed), or empty where nothing is known.
	Rule string `yaml:"rule"`
	Note string `yaml:"note"`
}

// Naming is what a derived model must be called and what must be shown.
type Naming struct {
	Prefix  string `yaml:"prefix"`  // the name starts with it
	Display string `yaml:"display"` // words to be shown
	Note    string `yaml:"note"`
}

// Verified reports whether the facts rest on more than general knowledge.
func (l *License) Verified() bool { return l.Evidence != FromKnowledge }

// Family reports whether the entry names no licence but a family, "unknown" or
// "other".
func (l *License) Family() bool { return strings.HasPrefix(l.ID, "hf:") }

// AllowsEveryUse answers whether anybody may use the licensed thing for any
// purpose: no ban on a use, no non-commercial clause, no threshold of users or
// revenue, no territory or group left out. A threshold that asks only for a
// name to be shown counts as well, for it treats users by their size. Duties
// that come with sharing (attribution, share-alike) do not count. Entries whose
// facts are not verified answer Unknown.
func (l *License) AllowsEveryUse() Answer {
	if l.Category == NoLicense {
		return No // no licence, no rights
	}
	if !l.Verified() {
		return Unknown
	}
	if l.OSI == Yes {
		return Yes // criteria 5 and 6 of the Open Source Definition
	}
	if l.Users != nil || l.Revenue != nil || l.Territory != "" || l.Excluded != "" || l.Output.Rule == "no-training" {
		return No
	}
	return l.UseRestrictions.Or(l.NonCommercial).Not()
}

// Open answers whether the licence is an open one for something: approved by
// the OSI, free to the FSF, conformant with the Open Definition, or on the list
// of the openness tool, which adds the CDLA family and OpenMDW.
func (l *License) Open() Answer {
	listed := l.OSI.Or(l.FSF).Or(l.OpenDefinition).Or(l.MOF.Open)
	if l.AllowsEveryUse() == No || l.NoDerivatives == Yes {
		return No
	}
	if !l.Verified() {
		return Unknown
	}
	return listed
}

// Suits answers whether an open licence is made for a kind of component: code
// wants OSI approval or the FSF's; data wants the Open Definition or the open
// data list of the openness tool; weights and documentation take either. It is
// a milder question than MOF.Code and its siblings. Unknown kinds are Unknown.
func (l *License) Suits(component string) Answer {
	if o := l.Open(); o != Yes {
		return o
	}
	software := l.OSI.Or(l.FSF)
	content := l.OpenDefinition
	if l.Scope == "data" || l.Scope == "any" {
		content = content.Or(l.MOF.Open)
	}
	switch component {
	case "code":
		if l.Scope == "any" {
			return software.Or(l.MOF.Open)
		}
		return software
	case "data":
		return content
	case "weights", "documentation":
		return software.Or(content)
	}
	return Unknown
}
