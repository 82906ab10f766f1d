package audit_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
)

func TestAuditTellsTheSubject(t *testing.T) {
	ev := evidence(t, `{"subject": {"name": "acme/tiny", "kind": "release", "revision": "r1", "source": "./tiny", "digest": "sha256:ab", "files": 5, "bytes": 2400000}}`)
	r := audit.Audit(ev, nil, nil, audit.Tool{Version: "1", RulesDigest: "sha256:cd"}, "2026-11-22")
	want := audit.Subject{Name: "acme/tiny", Kind: "release", Revision: "r1", Source: "./tiny", Digest: "sha256:ab", Files: 5, Bytes: 2400000, FromEvidence: true}
	if !reflect.DeepEqual(r.Subject, want) || r.Schema != audit.ReportSchema || r.AsOf != "2026-11-22" || r.Tool.RulesDigest != "sha256:cd" {
		t.Errorf("%+v", r)
	}
	out, err := json.Marshal(r)
	if err != nil || strings.Contains(string(out), "null") {
		t.Errorf("a list is written as null: %s, %v", out, err)
	}
}

// The digest tells evidence apart by what it says, not by where it lies.
func TestEvidenceDigest(t *testing.T) {
	base := `{"subject": {"name": "a", "source": "./a", "files": 1}, "card": {"present": true}}`
	digest := func(sections string, change ...func(*audit.Evidence)) string {
		return evidence(t, sections, change...).Digest()
	}
	first := digest(base)
	if !strings.HasPrefix(first, "sha256:") || len(first) != 71 {
		t.Error(first)
	}
	if moved := digest(strings.ReplaceAll(base, `"a"`, `"b"`)); moved != first {
		t.Error("the name of the folder changes the digest")
	}
	if moved := digest(strings.ReplaceAll(base, "./a", "/tmp/a")); moved != first {
		t.Error("the path changes the digest")
	}
	seen := map[string]string{first: "the first"}
	for what, d := range map[string]string{
		"another fact":   digest(strings.Replace(base, "true", "false", 1)),
		"another size":   digest(strings.Replace(base, `"files": 1`, `"files": 2`, 1)),
		"another source": digest(base, func(ev *audit.Evidence) { ev.Cite("/card", audit.Source{Path: "x", Level: audit.Claimed}) }),
		"a limit":        digest(base, func(ev *audit.Evidence) { ev.Limit("/weights", "too many") }),
	} {
		if other, ok := seen[d]; ok {
			t.Errorf("%s has the digest of %s", what, other)
		}
		seen[d] = what
	}
	ev := evidence(t, base)
	ev.Digest()
	if v, _ := ev.Get("/subject/name"); v != "a" {
		t.Error("asking for the digest changed the evidence")
	}
}

func TestRulesDigest(t *testing.T) {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	digest := func(roots ...fstest.MapFS) string {
		t.Helper()
		var d string
		var err error
		switch len(roots) {
		case 1:
			d, err = audit.RulesDigest(roots[0])
		default:
			d, err = audit.RulesDigest(roots[0], roots[1])
		}
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	base := fstest.MapFS{"trust/a.yaml": file("x"), "trust/b.yaml": file("y")}
	same := fstest.MapFS{"trust/b.yaml": file("y"), "trust/a.yaml": file("x"), "README.md": file("z"), "rules.go": file("package rules")}
	if digest(base) != digest(same) {
		t.Error("what is no rule changes the digest")
	}
	seen := map[string]bool{digest(base): true}
	for _, other := range []fstest.MapFS{
		{"trust/a.yaml": file("x"), "trust/b.yaml": file("z")},
		{"trust/a.yaml": file("x"), "trust/c.yaml": file("y")},
		{"trust/a.yaml": file("xy"), "trust/b.yaml": file("")},
		{"trust/a.yaml": file("x")},
	} {
		if d := digest(other); seen[d] {
			t.Errorf("%v has the digest of another", other)
		} else {
			seen[d] = true
		}
	}
	if d := digest(base, fstest.MapFS{"trust/d.yaml": file("w")}); seen[d] {
		t.Error("a second folder of rules changes nothing")
	}
}

func TestRulesDigestOfAFolderThatCannotBeRead(t *testing.T) {
	if _, err := audit.RulesDigest(os.DirFS("no/such/folder")); err == nil || !strings.Contains(err.Error(), "digest of the rules: ") {
		t.Error(err)
	}
}

func TestEdition(t *testing.T) {
	if e := audit.Edition([]*audit.Framework{{ID: "osaid", Edition: "1.0"}, {ID: "glassbox", Edition: "2.3"}}); e != "2.3" {
		t.Error(e)
	}
	if e := audit.Edition(nil); e != "" {
		t.Error(e)
	}
}

func TestNearest(t *testing.T) {
	names := []string{"minItems", "maxItems", "minLength", "enum", "const"}
	for name, want := range map[string]string{"minItms": "minItems", "maxitems": "maxItems", "enumm": "enum", "cnst": "const", "con": "const", "consts": "const", "onst": "const", "tonsc": "const", "xonsy": "const", "xyzst": "", "minLenght": "minLength", "mnLegth": "minLength", "x": "", "required": "", "": ""} {
		if got := audit.Nearest(name, names); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestJoin(t *testing.T) {
	if got := audit.Join("/a", "b/c~d", 3, ""); got != "/a/b~1c~0d/3/" {
		t.Error(got)
	}
	if got := audit.Join(""); got != "" {
		t.Error(got)
	}
}

func TestNamesOfOutcomesAndLevels(t *testing.T) {
	for _, o := range []audit.Outcome{audit.Unknown, audit.Pass, audit.Fail, audit.NotApplicable} {
		var back audit.Outcome
		if text, _ := o.MarshalText(); back.UnmarshalText(text) != nil || back != o {
			t.Errorf("%s came back as %s", o, back)
		}
	}
	for _, l := range []audit.Level{audit.Claimed, audit.Present, audit.Verified} {
		var back audit.Level
		if text, _ := l.MarshalText(); back.UnmarshalText(text) != nil || back != l {
			t.Errorf("%s came back as %s", l, back)
		}
	}
	var o audit.Outcome
	if err := o.UnmarshalText([]byte("passed")); err == nil {
		t.Error("an outcome nobody knows was read")
	}
	if !(audit.Severity("critical").Rank() > audit.Severity("high").Rank() && audit.Severity("info").Rank() == 0 && audit.Severity("grave").Rank() < 0) {
		t.Error("severities are out of order")
	}
}
