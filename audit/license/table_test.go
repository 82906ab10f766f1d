package license

import (
	"slices"
	"strings"
	"testing"
)

// hubIDs are the 83 ids the Hub accepts (huggingface/hub-docs 242f4a1e).
const hubIDs = `apache-2.0 mit afl-3.0 artistic-2.0 bsl-1.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear
cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2
agpl-3.0 gpl-2.0 gpl-3.0 lgpl-2.1 lgpl-3.0 isc lppl-1.3c ms-pl mpl-2.0 osl-3.0 postgresql ofl-1.1 ncsa unlicense zlib
openmdw-1.0 bsd cc gfdl gpl lgpl openrail odbl odc-by pddl c-uda lgpl-lr bigscience-openrail-m creativeml-openrail-m
bigscience-bloom-rail-1.0 bigcode-openrail-m openrail++ llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma
grok2-community apple-ascl apple-amlr intel-research h-research deepfloyd-if-license
fair-noncommercial-research-license openmdw-1.1 unknown other`

func TestEveryHubIDHasItsEntry(t *testing.T) {
	ids := strings.Fields(hubIDs)
	if len(ids) != 83 {
		t.Fatalf("the list has %d ids, want 83", len(ids))
	}
	seen := 0
	for _, l := range All() {
		seen += len(l.HubIDs)
	}
	if seen != 83 {
		t.Errorf("the table has %d Hub ids, want 83", seen)
	}
	for _, id := range ids {
		l, ok := Lookup(id)
		if !ok || !slices.Contains(l.HubIDs, id) {
			t.Errorf("Lookup(%q) = %v, %v", id, l, ok)
		}
		if up, ok := Lookup(strings.ToUpper(id)); !ok || up != l {
			t.Errorf("Lookup(%q) in capitals finds another entry", id)
		}
	}
}

// TestTableIsSound checks the entries against the schema that stands at the
// head of licenses.yaml.
func TestTableIsSound(t *testing.T) {
	all, err := readTable(tableYAML)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 140 {
		t.Errorf("%d entries, want 140", len(all))
	}
	evidence := map[Evidence]int{}
	ids := map[string]bool{}
	for _, l := range all {
		if ids[strings.ToLower(l.ID)] {
			t.Errorf("%s: twice", l.ID)
		}
		ids[strings.ToLower(l.ID)] = true
		evidence[l.Evidence]++
		for _, fault := range faults(l) {
			t.Errorf("%s: %s", l.ID, fault)
		}
	}
	want := map[Evidence]int{FromList: 63, FromText: 47, FromKnowledge: 22, FromHub: 8}
	for e, n := range want {
		if evidence[e] != n {
			t.Errorf("evidence %s: %d entries, want %d", e, evidence[e], n)
		}
	}
}

func faults(l *License) []string {
	var out []string
	check := func(ok bool, what string) {
		if !ok {
			out = append(out, what)
		}
	}
	one := func(v string, of ...string) bool { return slices.Contains(of, v) }
	check(l.ID != "" && l.Title != "" && l.Source != "", "id, title and source are asked for")
	check(one(string(l.Category), "permissive", "permissive-naming", "permissive-custom", "public-domain", "weak-copyleft", "copyleft",
		"non-commercial", "no-derivatives", "use-restricted", "community", "data-restricted", "family", "none", "custom"), "category")
	check(one(l.Scope, "code", "content", "data", "documentation", "font", "model", "any"), "scope")
	check(one(l.Revocable, "no", "yes", "on-breach", "on-litigation", "conditional", "unknown"), "revocable")
	check(one(string(l.Evidence), "list", "text", "knowledge", "hub"), "evidence")
	check(one(l.Output.Rule, "", "free", "notice", "name-duty", "derivative", "no-training"), "outputs.rule")
	for _, f := range []Fit{l.MOF.Code, l.MOF.Data, l.MOF.Document} {
		check(one(string(f), "fitting", "open", "listed", "assumed", "no"), "mof")
	}
	for _, th := range []*Threshold{l.Users, l.Revenue} {
		check(th == nil || th.Above > 0 && one(th.Per, "month", "year") && one(th.Asks, "licence", "display"), "threshold")
	}
	for _, u := range l.Unconfirmed {
		check(one(u, "users", "revenue", "outputs", "naming", "exclusions"), "unconfirmed")
	}
	check(len(l.Unconfirmed) == 0 || l.Evidence == FromKnowledge, "unconfirmed facts in a verified entry")
	check(l.OSI != Yes || l.UseRestrictions == No && l.NonCommercial == No, "the OSI approves no ban on uses")
	check(l.NonCommercial != Yes || l.OpenDefinition == No, "the Open Definition knows no non-commercial licence")
	check((l.Evidence == FromHub) == l.Family(), "evidence hub is for the hf: entries")
	check(l.Family() || strings.HasPrefix(l.ID, "LicenseRef-") || l.SPDX == l.ID, "SPDX id")
	return out
}

func TestTableRefusesUnknownKeys(t *testing.T) {
	if _, err := readTable([]byte("- id: X\n  titel: Y\n")); err == nil || !strings.Contains(err.Error(), "titel") {
		t.Errorf("a misspelt key reads without an error naming it: %v", err)
	}
	if _, err := readTable([]byte("- id: X\n  open: {osi: perhaps}\n")); err == nil {
		t.Error("osi: perhaps reads without an error")
	}
}

func TestLookup(t *testing.T) {
	for name, want := range map[string]string{
		"MIT":                      "MIT",
		"apache-2.0":               "Apache-2.0",
		"gpl-3.0":                  "GPL-3.0-only",
		"GPL-3.0-or-later":         "GPL-3.0-or-later",
		"openrail++":               "LicenseRef-openrail-plusplus-m",
		"licenseref-LLAMA3.1":      "LicenseRef-llama3.1",
		"tongyi-qianwen":           "LicenseRef-qwen-tongyi",
		"bsl-1.0":                  "BSL-1.0",
		"lgpl-lr":                  "LGPLLR",
		"other":                    "hf:other",
		" mit ":                    "MIT",
		"stability-ai-community":   "LicenseRef-stability-ai-community",
		"stabilityai-ai-community": "LicenseRef-stability-ai-community",
	} {
		if l, ok := Lookup(name); !ok || l.ID != want {
			t.Errorf("Lookup(%q) = %v, want %s", name, l, want)
		}
	}
	for _, name := range []string{"", "exaone", "no such licence", "BUSL-1.1x"} {
		if l, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) = %s, want none", name, l.ID)
		}
	}
	if c := Candidates("exaone"); len(c) != 2 || c[0].NonCommercial != Yes || c[1].NonCommercial != Yes {
		t.Errorf("Candidates(exaone) = %v, want the two editions", c)
	}
}

func TestFactsCarried(t *testing.T) {
	get := func(id string) *License {
		l, ok := Lookup(id)
		if !ok {
			t.Fatalf("no entry %s", id)
		}
		return l
	}
	if l := get("llama3.3"); l.Users == nil || l.Users.Above != 700_000_000 || l.Naming.Prefix != "Llama" || l.Output.Rule != "name-duty" || l.Notice != Yes {
		t.Errorf("llama3.3: %+v", l)
	}
	if l := get("LicenseRef-stability-ai-community"); l.Revenue == nil || l.Revenue.Above != 1_000_000 || l.Revenue.Per != "year" || l.Output.Rule != "no-training" {
		t.Errorf("stability: %+v", l)
	}
	if l := get("LicenseRef-kimi-modified-mit"); l.Users.Asks != "display" || l.Revenue.Asks != "display" || l.UseRestrictions != No {
		t.Errorf("kimi: %+v", l)
	}
	if l := get("LicenseRef-tencent-hunyuan-community"); l.Territory == "" {
		t.Error("hunyuan: territory lost")
	}
	if l := get("grok2-community"); l.Revenue != nil || !slices.Contains(l.Unconfirmed, "revenue") || l.Verified() {
		t.Errorf("grok2: a reported threshold counts as known: %+v", l)
	}
	if l := get("cc"); l.NonCommercial != Unknown || l.OSI != Unknown {
		t.Errorf("cc: a family says nothing: %+v", l)
	}
	if l := get("PDDL-1.0"); l.MOF.Data != ListedOnly || l.MOF.Open != No || l.Open() != Yes {
		t.Errorf("PDDL-1.0: %+v, open %s", l.MOF, l.Open())
	}
}

func TestAllowsEveryUseAndOpen(t *testing.T) {
	for id, want := range map[string][2]Answer{
		"MIT":                          {Yes, Yes},
		"GPL-3.0-only":                 {Yes, Yes},
		"CC-BY-4.0":                    {Yes, Yes},
		"CDLA-Permissive-2.0":          {Yes, Yes},
		"OpenMDW-1.0":                  {Yes, Yes},
		"openmdw-1.1":                  {Unknown, Unknown}, // not verified
		"CC-BY-NC-4.0":                 {No, No},
		"CC-BY-ND-4.0":                 {Yes, No},
		"C-UDA-1.0":                    {No, No},
		"llama3.1":                     {No, No},
		"gemma":                        {No, No},
		"LicenseRef-kimi-modified-mit": {No, No},
		"apple-ascl":                   {Yes, No},
		"grok2-community":              {Unknown, Unknown},
		"cc":                           {Unknown, Unknown},
		"other":                        {Unknown, Unknown},
		"unknown":                      {No, No},
		"openrail":                     {No, No},
		"chatglm":                      {No, No},
	} {
		l, ok := Lookup(id)
		if !ok {
			l, ok = Lookup("LicenseRef-" + id)
		}
		if !ok {
			t.Fatalf("no entry %s", id)
		}
		if got := [2]Answer{l.AllowsEveryUse(), l.Open()}; got != want {
			t.Errorf("%s: every use %s, open %s; want %s, %s", id, got[0], got[1], want[0], want[1])
		}
	}
}

func TestSuits(t *testing.T) {
	for _, c := range []struct {
		id, component string
		want          Answer
	}{
		{"Apache-2.0", "code", Yes}, {"Apache-2.0", "data", No}, {"Apache-2.0", "weights", Yes},
		{"CDLA-Permissive-2.0", "data", Yes}, {"CC-BY-4.0", "data", Yes}, {"PDDL-1.0", "data", Yes},
		{"OpenMDW-1.0", "weights", Yes}, {"OpenMDW-1.0", "code", Yes}, {"OpenMDW-1.0", "data", Yes},
		{"CC-BY-NC-4.0", "data", No}, {"MIT", "nothing", Unknown},
	} {
		l, _ := Lookup(c.id)
		if got := l.Suits(c.component); got != c.want {
			t.Errorf("%s for %s: %s, want %s", c.id, c.component, got, c.want)
		}
	}
}

func TestAnswerLogic(t *testing.T) {
	all := []Answer{Unknown, No, Yes}
	for _, a := range all {
		for _, b := range all {
			if a.And(b) != b.And(a) || a.Or(b) != b.Or(a) || a.And(b).Not() != a.Not().Or(b.Not()) {
				t.Errorf("%s, %s: no Kleene logic", a, b)
			}
		}
		text, _ := a.MarshalText()
		var back Answer
		if err := back.UnmarshalText(text); err != nil || back != a {
			t.Errorf("%s does not come back: %v", a, err)
		}
	}
	if Unknown.And(Yes) != Unknown || Unknown.And(No) != No || Unknown.Or(Yes) != Yes || Unknown.Bool() != nil || !*Yes.Bool() || *No.Bool() {
		t.Error("unknown is not treated as unknown")
	}
}
