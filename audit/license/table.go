package license

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

//go:embed licenses.yaml
var tableYAML []byte

// entry is the shape of licenses.yaml, which explains the fields.
type entry struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Hub      []string `yaml:"hub"`
	Names    []string `yaml:"names"`
	Category Category `yaml:"category"`
	Scope    string   `yaml:"scope"`
	Open     struct {
		OSI        Answer `yaml:"osi"`
		FSF        Answer `yaml:"fsf"`
		Definition Answer `yaml:"definition"`
		MOF        Answer `yaml:"mof"`
	} `yaml:"open"`
	MOF struct {
		Code     Fit `yaml:"code"`
		Data     Fit `yaml:"data"`
		Document Fit `yaml:"document"`
	} `yaml:"mof"`
	Terms struct {
		UseRestricted Answer `yaml:"use_restricted"`
		PassedOn      Answer `yaml:"passed_on"`
		NonCommercial Answer `yaml:"non_commercial"`
		NoDerivatives Answer `yaml:"no_derivatives"`
		ShareAlike    Answer `yaml:"share_alike"`
		Attribution   Answer `yaml:"attribution"`
	} `yaml:"terms"`
	Banned        string     `yaml:"banned"`
	Users         *Threshold `yaml:"users"`
	Revenue       *Threshold `yaml:"revenue"`
	Outputs       Output     `yaml:"outputs"`
	Naming        Naming     `yaml:"naming"`
	Notice        Answer     `yaml:"notice"`
	Territory     string     `yaml:"territory"`
	Excluded      string     `yaml:"excluded"`
	Revocable     string     `yaml:"revocable"`
	RevocableNote string     `yaml:"revocable_note"`
	Gated         Answer     `yaml:"gated"`
	Unconfirmed   []string   `yaml:"unconfirmed"`
	Evidence      Evidence   `yaml:"evidence"`
	Source        string     `yaml:"source"`
}

func (e *entry) license() *License {
	l := &License{
		ID: e.ID, HubIDs: e.Hub, Aliases: e.Names, Title: e.Title,
		Category: e.Category, Scope: e.Scope,
		OSI: e.Open.OSI, FSF: e.Open.FSF, OpenDefinition: e.Open.Definition,
		MOF:             MOF{Open: e.Open.MOF, Code: e.MOF.Code, Data: e.MOF.Data, Document: e.MOF.Document},
		UseRestrictions: e.Terms.UseRestricted, Flowdown: e.Terms.PassedOn, Banned: e.Banned,
		NonCommercial: e.Terms.NonCommercial, NoDerivatives: e.Terms.NoDerivatives,
		ShareAlike: e.Terms.ShareAlike, Attribution: e.Terms.Attribution,
		Users: e.Users, Revenue: e.Revenue, Output: e.Outputs, Naming: e.Naming, Notice: e.Notice,
		Territory: e.Territory, Excluded: e.Excluded,
		Revocable: e.Revocable, RevocableNote: e.RevocableNote, Gated: e.Gated,
		Unconfirmed: e.Unconfirmed, Evidence: e.Evidence, Source: e.Source,
	}
	if !strings.HasPrefix(e.ID, "LicenseRef-") && !strings.HasPrefix(e.ID, "hf:") {
		l.SPDX = e.ID
	}
	return l
}

// table is licenses.yaml, indexed. It is read on first use and never changed.
type table struct {
	all    []*License
	byID   map[string]*License   // lower-case id
	byHub  map[string]*License   // the Hub's id
	byName map[string][]*License // lower-case alias
}

var loadTable = sync.OnceValue(func() *table {
	all, err := readTable(tableYAML)
	if err != nil {
		panic(err) // the data is compiled in; a test reads it
	}
	t := &table{all: all, byID: map[string]*License{}, byHub: map[string]*License{}, byName: map[string][]*License{}}
	for _, l := range all {
		t.byID[strings.ToLower(l.ID)] = l
		for _, h := range l.HubIDs {
			t.byHub[h] = l
		}
		for _, a := range l.Aliases {
			a = strings.ToLower(a)
			t.byName[a] = append(t.byName[a], l)
		}
	}
	return t
})

// readTable parses a table and refuses keys it does not know.
func readTable(data []byte) ([]*License, error) {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	var entries []entry
	if err := d.Decode(&entries); err != nil {
		return nil, fmt.Errorf("reading the licence table: %w", err)
	}
	all := make([]*License, len(entries))
	for i := range entries {
		all[i] = entries[i].license()
	}
	return all, nil
}

// All returns the entries of the table in its order. The entries are shared:
// read them, do not change them.
func All() []*License { return slices.Clone(loadTable().all) }

// Lookup returns the entry a name means: its SPDX id or LicenseRef-… id, an id
// of the Hub, or a value seen in license_name, in this order and in any case of
// letters. An id that stands on the SPDX list alone gets an entry with what the
// list says, the rest unknown. A name that several entries share names none of
// them; Candidates returns them. The entry is shared: read it, do not change it.
func Lookup(name string) (*License, bool) {
	c := Candidates(name)
	if len(c) != 1 {
		return nil, false
	}
	return c[0], true
}

// Candidates returns every entry a name may mean, in the order of the table:
// one where Lookup finds it, several for a name that leaves the version open
// (exaone), none for an unknown one.
func Candidates(name string) []*License {
	t := loadTable()
	name = strings.ToLower(strings.TrimSpace(name))
	for _, id := range []string{name, onlyOf(name)} {
		if l := t.byID[id]; l != nil {
			return []*License{l}
		}
		if l := t.byHub[id]; l != nil {
			return []*License{l}
		}
	}
	if c := t.byName[name]; len(c) > 0 {
		return slices.Clone(c)
	}
	if l := listed(onlyOf(name)); l != nil {
		return []*License{l}
	}
	if l := listed(name); l != nil {
		return []*License{l}
	}
	return nil
}
