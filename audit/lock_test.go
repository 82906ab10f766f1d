package audit

import (
	"slices"
	"testing"
)

// release is evidence of a release with its files, and the report made of it.
func lockable(name, digest, license string, floor int, files ...Content) (*Evidence, *Report) {
	var list []any
	for _, c := range files {
		list = append(list, map[string]any{"path": c.Path, "digest": c.Digest})
	}
	ev := &Evidence{Doc: map[string]any{"files": list, "licenses": map[string]any{"components": map[string]any{
		"weights": map[string]any{"declared": "claimed-anything", "concluded": license}, "data": map[string]any{"declared": nil, "concluded": nil},
	}}}}
	r := &Report{Subject: Subject{Name: name, Kind: "release", Digest: digest, Revision: "r1"}, Scores: []Score{onTrust(floor, 90)}, Verdict: passed}
	return ev, r
}

// Each change has its gate: bytes are a failure of trust, the rest fails.
func TestLockGates(t *testing.T) {
	ev, r := lockable("acme/x", "sha256:aa", "MIT", 50, Content{"a", "1"}, Content{"b", "2"})
	lock := NewLock(Tool{RulesDigest: "sha256:rules"}, []Pin{NewPin(ev, r)})
	if got := lock.Subjects[0]; got.Licenses["weights"] != "MIT" || got.Licenses["data"] != nil || got.Floors["trust"] != 50 {
		t.Errorf("%+v", got)
	}
	for name, c := range map[string]struct {
		name, digest, license, revision string
		floor                           int
		files                           []Content
		code                            int
		failed                          []string
		found                           string // of the first
	}{
		"as it was":        {"acme/x", "sha256:aa", "MIT", "r1", 50, nil, 0, nil, ""},
		"better":           {"acme/x", "sha256:aa", "MIT", "r1", 60, nil, 0, nil, ""},
		"other bytes":      {"acme/x", "sha256:bb", "MIT", "r1", 50, []Content{{"b", "3"}, {"c", "1"}}, 4, []string{"/lock/digest"}, "bb: b changed, c is new, a is gone"},
		"no digest":        {"acme/x", "", "MIT", "r1", 50, []Content{{"a", "1"}, {"b", "2"}}, 4, []string{"/lock/digest"}, "none"},
		"another licence":  {"acme/x", "sha256:aa", "GPL-3.0-only", "r1", 50, nil, 1, []string{"/lock/licenses/weights"}, "GPL-3.0-only"},
		"another revision": {"acme/x", "sha256:aa", "MIT", "r2", 50, nil, 1, []string{"/lock/revision"}, "r2"},
		"a lower floor":    {"acme/x", "sha256:aa", "MIT", "r1", 49, nil, 1, []string{"/lock/floors/trust"}, "49"},
		"no revision told": {"acme/x", "sha256:aa", "MIT", "", 50, nil, 0, nil, ""},
		"another name":     {"acme/y", "sha256:aa", "MIT", "r1", 50, nil, 1, []string{"/lock/name"}, "no pin of acme/y"},
	} {
		ev, r := lockable(c.name, c.digest, c.license, c.floor, c.files...)
		r.Subject.Revision = c.revision
		Terms{Lock: lock}.Gate(ev, r)
		var failed []string
		found := ""
		for _, g := range r.Policy.Gates {
			if !g.Holds {
				failed, found = append(failed, g.Key), g.Found
			}
		}
		if r.Verdict.Code != c.code || !slices.Equal(failed, c.failed) || found != c.found {
			t.Errorf("%s: exit code %d, %v found %q; want %d, %v, %q", name, r.Verdict.Code, failed, found, c.code, c.failed, c.found)
		}
	}
	if lock.Incomparable("sha256:rules") != "" || lock.Incomparable("sha256:other") == "" {
		t.Error("other rules are not told")
	}
}
