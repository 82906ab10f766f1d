package license

import "testing"

func TestCompare(t *testing.T) {
	text := func(id string, also ...string) Text {
		return Text{Path: "LICENSE", Role: RoleLicense, State: StateText, Concluded: id, Also: also}
	}
	header := text("Apache-2.0")
	header.State = StateHeaderOnly
	altered := Text{Role: RoleLicense, State: StateText, Family: "modified-MIT"}
	pointer := Text{Role: RoleLicense, State: StatePointer}
	unknown := Text{Role: RoleLicense, State: StateText}
	notice := Text{Role: RoleNotice, State: StateText, Found: []string{"MIT"}}
	for _, c := range []struct {
		declared string
		texts    []Text
		want     Agreement
		agree    Answer
		stricter Answer
	}{
		{"mit", []Text{text("MIT")}, Match, Yes, Unknown},
		{"mit", nil, DeclaredOnly, Unknown, Unknown},
		{"mit", []Text{notice}, DeclaredOnly, Unknown, Unknown},
		{"", []Text{text("MIT")}, TextOnly, Unknown, Unknown},
		{"", nil, Unresolved, Unknown, Unknown},
		{"unknown", []Text{text("MIT")}, TextOnly, Unknown, Unknown},
		{"apache-2.0", []Text{header}, HeaderOnly, Unknown, Unknown},
		{"mit", []Text{pointer}, PointerOnly, Unknown, Unknown},
		{"mit", []Text{altered}, Variant, Unknown, Unknown},
		{"mit", []Text{unknown}, Unresolved, Unknown, Unknown},
		{"bsd", []Text{text("BSD-3-Clause")}, Refinement, Yes, Unknown},
		{"cc", []Text{text("MIT")}, Conflict, No, Unknown},
		{"GPL-3.0-or-later", []Text{text("GPL-3.0-only", "GPL-3.0-or-later")}, Refinement, Yes, Unknown},
		{"gpl-3.0", []Text{text("GPL-3.0-or-later")}, Refinement, Yes, Unknown},
		{"mit", []Text{text("CC-BY-NC-4.0")}, Conflict, No, Yes},
		{"cc-by-nc-4.0", []Text{text("MIT")}, Conflict, No, No},
		{"mit", []Text{text("Apache-2.0")}, Conflict, No, Unknown},
		{"other", []Text{text("LicenseRef-gemma")}, Unresolved, Unknown, Unknown},
		{"MIT OR Apache-2.0", []Text{text("MIT"), text("Apache-2.0")}, Match, Yes, Unknown},
		{"MIT OR Apache-2.0", []Text{text("MIT")}, Match, Yes, Unknown},
		{"MIT AND Apache-2.0", []Text{text("MIT")}, Match, Unknown, Unknown},
		{"mit", []Text{text("MIT"), text("CC-BY-NC-4.0")}, Conflict, No, Yes},
		{"apple-ascl", []Text{text("AML")}, Match, Yes, Unknown},
	} {
		var declared *Expression
		if c.declared != "" {
			var err error
			if declared, err = ReadDeclared(c.declared); err != nil {
				t.Fatal(err)
			}
		}
		got := Compare(declared, c.texts)
		if got.State != c.want || got.Agree != c.agree || got.Stricter != c.stricter {
			t.Errorf("%q, %v: %s agree %s stricter %s, want %s %s %s", c.declared, c.texts, got.State, got.Agree, got.Stricter, c.want, c.agree, c.stricter)
		}
	}
	if got := Compare(nil, []Text{text("MIT"), text("Apache-2.0"), text("MIT")}); got.Concluded != "Apache-2.0 AND MIT" {
		t.Errorf("concluded %q", got.Concluded)
	}
}
