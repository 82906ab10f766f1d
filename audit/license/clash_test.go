package license

import (
	"strings"
	"testing"
)

func mustLookup(t *testing.T, name string) *License {
	t.Helper()
	if name == "" {
		return nil
	}
	l, ok := Lookup(name)
	if !ok {
		t.Fatalf("no entry %q", name)
	}
	return l
}

// show writes clashes as attribute=answer/severity, one after the other.
func show(list []Clash) string {
	var s []string
	for _, c := range list {
		s = append(s, c.Attribute+"="+c.Agree.String()+"/"+string(c.Severity))
	}
	return strings.Join(s, " ")
}

func TestClashes(t *testing.T) {
	for _, c := range []struct{ parent, child, want string }{
		{"MIT", "apache-2.0", ""},
		{"MIT", "cc-by-nc-4.0", ""}, // asking more is allowed
		{"cc-by-nc-4.0", "apache-2.0", "non_commercial=no/fail"},
		{"cc-by-nc-4.0", "LicenseRef-qwen-tongyi-research", ""},
		{"cc-by-nc-4.0", "other", "non_commercial=unknown/fail"},
		{"cc-by-nd-4.0", "cc-by-nd-4.0", "no_derivatives=no/fail"},
		{"gpl-3.0", "mit", "share_alike=no/fail"},
		{"gpl-3.0", "agpl-3.0", ""},
		{"GPL-2.0-or-later", "gpl-3.0", ""},
		{"gpl-2.0", "gpl-3.0", "share_alike=no/fail"},
		{"cc-by-sa-4.0", "gpl-3.0", ""},
		{"gpl-3.0", "cc-by-sa-4.0", "share_alike=no/fail"},
		{"gpl-3.0", "gpl", "share_alike=unknown/fail"},
		{"apache-2.0", "gpl-2.0", "patent=no/warn"},
		{"openrail++", "mit", "use_restrictions=no/fail"},
		{"openrail++", "creativeml-openrail-m", "use_restrictions=unknown/fail"},
		{"gemma", "gemma", ""},
		{"gemma", "apache-2.0", "use_restrictions=no/fail outputs=no/fail"},
		{"llama3.1", "apache-2.0", "use_restrictions=no/fail users=no/fail outputs=no/fail naming=no/warn"},
		{"LicenseRef-kimi-modified-mit", "mit", "users=no/fail revenue=no/fail"},
		{"LicenseRef-tencent-hunyuan-community", "mit", "use_restrictions=no/fail users=no/fail outputs=no/fail territory=no/fail"},
		{"grok2-community", "apache-2.0", "use_restrictions=unknown/fail"}, // not verified
		{"cc-by-nc-4.0", "openmdw-1.1", "non_commercial=unknown/fail"},     // not verified
		{"llama3.1", "grok2-community", "use_restrictions=unknown/fail users=unknown/fail outputs=unknown/fail naming=unknown/warn"},
		{"", "mit", "license=unknown/warn"},
		{"mit", "", "license=unknown/warn"},
		{"unknown", "mit", "non_commercial=unknown/fail share_alike=unknown/fail use_restrictions=unknown/fail"},
	} {
		got := Clashes(mustLookup(t, c.parent), mustLookup(t, c.child))
		if show(got) != c.want {
			t.Errorf("%s → %s: %s, want %s", c.parent, c.child, show(got), c.want)
		}
	}
}

// TestKnowledgeNeverContradicts holds for all pairs: what nobody verified gives
// no contradiction, and a licence does not clash with itself but for derivatives.
func TestKnowledgeNeverContradicts(t *testing.T) {
	for _, a := range All() {
		for _, b := range All() {
			var all []Clash
			all = append(all, Clashes(a, b)...)
			all = append(all, ConversionClashes(a, b, false)...)
			all = append(all, DataClashes(a, b)...)
			all = append(all, OutputClashes(a, b, "x")...)
			all = append(all, MergeClashes([]*License{a, b})...)
			for _, c := range all {
				if c.Agree == No && (!a.Verified() || !b.Verified()) {
					t.Errorf("%s, %s: %+v rests on what nobody verified", a.ID, b.ID, c)
				}
				if c.Agree == Yes || c.Severity == "" || c.Rule == "" || c.Attribute == "" {
					t.Errorf("%s, %s: %+v", a.ID, b.ID, c)
				}
			}
			if got := Clashes(a, b); a == b && !a.Family() && len(got) > 0 && a.NoDerivatives != Yes {
				t.Errorf("%s clashes with itself: %s", a.ID, show(got))
			}
		}
	}
}

func TestConversionClashes(t *testing.T) {
	for _, c := range []struct {
		parent, child string
		adapter       bool
		want          string
	}{
		{"mit", "mit", false, ""},
		{"mit", "apache-2.0", false, "license=no/fail"},
		{"mit", "apache-2.0", true, "license=no/warn"},
		{"gemma", "apache-2.0", true, "use_restrictions=no/warn outputs=no/warn license=no/warn"},
		{"cc-by-nd-4.0", "cc-by-nd-4.0", false, "no_derivatives=no/warn"},
	} {
		if got := ConversionClashes(mustLookup(t, c.parent), mustLookup(t, c.child), c.adapter); show(got) != c.want {
			t.Errorf("%s → %s: %s, want %s", c.parent, c.child, show(got), c.want)
		}
	}
}

func TestDataAndOutputClashes(t *testing.T) {
	for _, c := range []struct{ data, model, want string }{
		{"cc-by-4.0", "mit", ""},
		{"cc-by-nc-4.0", "mit", "non_commercial=no/warn"},
		{"cc-by-nc-4.0", "cc-by-nc-4.0", ""},
		{"cc-by-nd-4.0", "mit", "no_derivatives=no/warn"},
		{"odbl", "mit", "share_alike=no/info"},
		{"c-uda", "mit", "use_restrictions=no/warn"},
		{"other", "mit", "license=unknown/warn"},
		{"unknown", "mit", "license=unknown/warn"},
		{"", "mit", "license=unknown/warn"},
	} {
		if got := DataClashes(mustLookup(t, c.data), mustLookup(t, c.model)); show(got) != c.want {
			t.Errorf("data %s → %s: %s, want %s", c.data, c.model, show(got), c.want)
		}
	}
	for _, c := range []struct{ generator, name, want string }{
		{"mit", "x", ""},
		{"llama2", "x", "outputs=no/warn"},
		{"llama3.1", "acme/Llama-mini", ""},
		{"llama3.1", "acme/mini", "naming=no/warn"},
		{"grok2-community", "x", "outputs=unknown/warn"},
		{"gemma", "x", "use_restrictions=no/warn"},
	} {
		if got := OutputClashes(mustLookup(t, c.generator), mustLookup(t, "mit"), c.name); show(got) != c.want {
			t.Errorf("outputs of %s in %s: %s, want %s", c.generator, c.name, show(got), c.want)
		}
	}
}

func TestMergeClashes(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"mit", "apache-2.0", ""},
		{"llama3.1", "llama3.1", ""},
		{"cc-by-nc-4.0", "gpl-3.0", "share_alike=no/fail"},
		{"gemma", "llama3.1", "use_restrictions=no/fail"},
		{"gpl-2.0", "gpl-3.0", "share_alike=no/fail"},
		{"mit", "", "license=unknown/warn"},
	} {
		if got := MergeClashes([]*License{mustLookup(t, c.a), mustLookup(t, c.b)}); show(got) != c.want {
			t.Errorf("%s with %s: %s, want %s", c.a, c.b, show(got), c.want)
		}
	}
}

func TestDuties(t *testing.T) {
	for _, c := range []struct {
		license, name string
		want          Answer
	}{
		{"llama3.1", "acme/Llama-3.1-8B-cats", Yes},
		{"llama3.1", "acme/cats-Llama", No},
		{"llama3", "Llama-3-cats", Yes},
		{"llama3", "Llama-cats", No},
		{"LicenseRef-exaone-1.2-nc", "EXAONE-cats", Yes},
		{"llama2", "cats", Yes},
		{"LicenseRef-glm-4", "cats", Unknown},
	} {
		if got := NameDuty(mustLookup(t, c.license), c.name); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.license, c.name, got, c.want)
		}
	}
	if DisplayDuty(mustLookup(t, "llama3.1"), "This model is **built with LLAMA**.") != Yes || DisplayDuty(mustLookup(t, "llama3.1"), "nothing") != No {
		t.Error("words to be shown are not looked for")
	}
}
