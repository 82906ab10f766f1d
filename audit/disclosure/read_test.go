package disclosure_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/apis"
	"glassbox/audit"
	"glassbox/audit/disclosure"
)

// small is a manifest without fault.
const small = `provider: acme
model: m-1
title: Acme M 1
aliases: [m-1-2026-01-01]
released: "2026-01"
sources:
  page: {title: Page, publisher: Acme, url: "https://acme.example/m", published: "2026-02-01", retrieved: "2026-11-01", authority: first-party}
facts:
  /service/lifecycle: {state: disclosed, value: active, source: page, scope: model, review_by: "2027-01-01"}
  /card/present: {state: disclosed, value: true, source: page, scope: model, review_by: "2027-01-01"}
  /weights: {state: unverifiable, source: page, scope: model, review_by: "2027-01-01"}
`

func TestReadRefuses(t *testing.T) {
	r := reader(t, day)
	if m, err := r.Read("acme/m-1.yaml", []byte(small)); err != nil || m.Name() != "acme/m-1" || m.Lifecycle() != "active" {
		t.Fatalf("%+v, %v", m, err)
	}
	for name, c := range map[string]struct {
		from, to string
		line     int
		want     string
	}{
		"a fact without a source":      {"source: page, scope: model, review_by: \"2027-01-01\"}\n  /card", "scope: model, review_by: \"2027-01-01\"}\n  /card", 9, "source"},
		"a source that is not listed":  {"value: true, source: page", "value: true, source: other", 10, `no source "other"`},
		"retrieved in the future":      {"2026-11-01", "2026-11-23", 7, "lies in the future"},
		"published in the future":      {`published: "2026-02-01"`, `published: "2027-02"`, 7, "lies in the future"},
		"published after it was read":  {`published: "2026-02-01"`, `published: "2026-11-02"`, 7, "after it was retrieved"},
		"a day that is none":           {`review_by: "2027-01-01"}` + "\n  /card", `review_by: "2027-02-30"}` + "\n  /card", 9, "is no date"},
		"a pointer outside the schema": {"/card/present", "/card/presents", 10, "no fact of the evidence"},
		"a pointer into a list":        {"/card/present", "/datasets/0", 10, "no fact of the evidence"},
		"what is computed":             {"/card/present", "/relations/parameters", 10, "no fact of the evidence"},
		"what was audited":             {"/card/present", "/subject/name", 10, "no fact of the evidence"},
		"a value of another type":      {"value: true", "value: 7", 10, "expected boolean"},
		"a value that is no member":    {"value: active", "value: resting", 9, "active"},
		"no value where they tell":     {"state: disclosed, value: true", "state: disclosed", 10, "comes with a value"},
		"a value where they do not":    {"state: unverifiable", "state: unverifiable, value: {}", 11, "comes without a value"},
		"a state that is none":         {"state: unverifiable", "state: secret", 11, "state"},
		"an address that is none":      {"https://acme", "http://acme", 7, "url"},
		"an authority that is none":    {"first-party", "rumour", 7, "authority"},
		"another place":                {"model: m-1", "model: m-2", 2, "lies at acme/m-2.yaml"},
		"a key that is none":           {"title: Acme", "titel: Acme", 1, "title"},
		"a source that is not used":    {"facts:", "  idle: {title: P, publisher: A, url: \"https://a.example\", published: undated, retrieved: \"2026-11-01\", authority: secondary}\nfacts:", 8, "no fact has the source idle"},
		"a fact inside a fact":         {"/weights: {state: unverifiable", "/card: {state: disclosed, value: {present: false}", 10, "lies inside /card"},
		"a key twice":                  {"/weights:", "/card/present:", 11, "twice"},
		"an alias of YAML":             {"title: Acme M 1", "title: &t Acme\nnote: *t", 4, "alias"},
	} {
		text := strings.Replace(small, c.from, c.to, 1)
		if text == small {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		_, err := r.Read("acme/m-1.yaml", []byte(text))
		var f *disclosure.Fault
		if !errors.As(err, &f) || !strings.Contains(err.Error(), c.want) || f.File != "acme/m-1.yaml" || f.Line != c.line {
			t.Errorf("%s: %v, want line %d and %q", name, err, c.line, c.want)
		}
	}
}

// Every fault is told, not only the first.
func TestReadTellsEveryFault(t *testing.T) {
	text := strings.NewReplacer("/card/present", "/card/presents", "2026-11-01", "2026-12-01", "unverifiable, source: page", "unverifiable, source: none").Replace(small)
	_, err := reader(t, day).Read("acme/m-1.yaml", []byte(text))
	if n := len(strings.Split(err.Error(), "\n")); n != 3 {
		t.Errorf("%d faults:\n%v", n, err)
	}
}

func TestNotApplicableIsNoFail(t *testing.T) {
	text := strings.Replace(small, "/weights: {state: unverifiable", "/policies/security: {state: not_applicable", 1)
	m, err := reader(t, day).Read("acme/m-1.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range newBench(t).audit(m, day).Findings {
		if f.Rule == "security-policy-shown" && f.Word != audit.WordNotApplicable {
			t.Errorf("%+v", f)
		}
	}
}

func TestCatalog(t *testing.T) {
	var c disclosure.Catalog
	c.Add("apis", apis.FS, reader(t, day))
	c.Add("mine", fstest.MapFS{"acme/m-1.yaml": {Data: []byte(small)}}, reader(t, day))
	for id, want := range map[string]string{
		"openai/gpt-5": "openai/gpt-5", "openai/gpt-5-2025-08-07": "openai/gpt-5", "anthropic/claude-sonnet-4-20250514": "anthropic/claude-4",
		"amazon/amazon.nova-premier-v1:0": "amazon/nova-premier", "acme/m-1": "acme/m-1", "acme/m-1-2026-01-01": "acme/m-1",
	} {
		if m, err := c.Find(id); err != nil || m.Name() != want {
			t.Errorf("%s: %v, %v", id, m, err)
		}
	}
	for id, near := range map[string]string{"openai/gpt5": "openai/gpt-5", "../../etc/passwd": "", "openai": "", "": "", "acme/../acme/m-1": "", "openai/*": ""} {
		_, err := c.Find(id)
		var unknown *disclosure.UnknownError
		if !errors.As(err, &unknown) || near != "" && unknown.Near != near {
			t.Errorf("%q: %v", id, err)
		}
	}
	all, err := c.All()
	if err != nil || len(all) != 9 || all[0].Name() != "acme/m-1" {
		t.Errorf("%d, %v", len(all), err)
	}
	c.Add("twice", fstest.MapFS{"acme/m-1.yaml": {Data: []byte(small)}}, reader(t, day))
	if _, err := c.All(); err == nil || !strings.Contains(err.Error(), "twice/acme/m-1.yaml:1") {
		t.Errorf("the same id twice: %v", err)
	}
}

func TestFolderOfAManifest(t *testing.T) {
	var c disclosure.Catalog
	c.Add("odd", fstest.MapFS{"acme/m-1.yaml": {Mode: fs.ModeDir}}, reader(t, day))
	if _, err := c.All(); err == nil {
		t.Error("a folder was read as a manifest")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(small))
	for _, name := range []string{"openai/gpt-5.yaml", "xai/grok-3.yaml"} {
		data, err := fs.ReadFile(apis.FS, name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("facts: {/service/lifecycle: 7}\nsources: []\n"))
	strict, trusting := reader(f, day), reader(f, day)
	trusting.Trusted = true
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := strict.Read("acme/m-1.yaml", data); err == nil {
			if m, err := trusting.Read("acme/m-1.yaml", data); err != nil || m.Evidence("x") == nil {
				t.Errorf("read with all checks and not without them: %v", err)
			}
		}
		_, _ = trusting.Read("acme/m-1.yaml", data)
	})
}
