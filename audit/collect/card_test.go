package collect_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

const (
	metadataOnly = "---\nlicense: apache-2.0\nlanguage: en\nlibrary_name: transformers\npipeline_tag: text-generation\n---\n# Tiny\n\nSee MODEL_CARD.md for everything else.\n"
	fullCard     = `# Tiny

## Uses

It answers short questions about the weather in plain English, for teaching purposes in schools and nowhere else.

## Limitations

It knows one language, gives wrong temperatures at night, and should not be believed when it speaks of any storm at all.

## Evaluation

| task | score |
|---|---|
| sun | 0.91 |
| rain | 0.72 |
| snow | 0.11 |
`
)

// Two cards of one release speak together: neither is worth hiding for the sake
// of the other, and each fact is cited where it stands.
func TestTwoCards(t *testing.T) {
	b := newBench(t)
	broken := "---\nlicense: [mit\n---\n# Tiny\n\n[More Information Needed]\n"
	for name, pair := range map[string][2]string{
		"metadata here, text there": {metadataOnly, fullCard},
		"text here, metadata there": {fullCard, metadataOnly},
		"a broken one beside":       {broken, metadataOnly + fullCard},
		"another licence":           {"---\nlicense: mit\n---\n" + fullCard, metadataOnly},
		"a copy":                    {metadataOnly + fullCard, metadataOnly + fullCard},
		"another size":              {"# Tiny\n\n- **Parameters:** 7B\n", "# Tiny\n\n- **Parameters:** 13B\n"},
		"cut short":                 {strings.Repeat("# x\n", 20_000), fullCard},
	} {
		all := maps.Clone(release.WeightsOnly())
		all["README.md"], all["MODEL_CARD.md"] = file(pair[0]), file(pair[1])
		all["LICENSE"] = release.Exemplary()["LICENSE"]
		before := b.report(gather(t, all))
		for _, hidden := range []string{"README.md", "MODEL_CARD.md"} {
			less := maps.Clone(all)
			delete(less, hidden)
			after := b.report(gather(t, less))
			if up := newlyMet(before, after); len(up) > 0 {
				t.Errorf("%s: without %s now met: %v", name, hidden, up)
			}
		}
	}
}

// A second card that knows of no licence forbids nothing that the first one and
// its text allow.
func TestASecondCardWithoutALicense(t *testing.T) {
	b := newBench(t)
	all := maps.Clone(release.WeightsOnly())
	all["README.md"], all["MODEL_CARD.md"] = file(metadataOnly), file("---\nlicense: unknown\n---\n"+fullCard)
	all["LICENSE"] = release.Exemplary()["LICENSE"]
	before := b.report(gather(t, all))
	less := maps.Clone(all)
	delete(less, "MODEL_CARD.md")
	if up := rises(floors(before), floors(b.report(gather(t, less)))); len(up) > 0 {
		t.Errorf("without it: %v", up)
	}
	if v, _ := gather(t, all).Get("/licenses/components/weights/allows_every_use"); v != true {
		t.Errorf("allows_every_use is %v", v)
	}
}

func TestTwoCardsAreCitedEach(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md":     file(metadataOnly),
		"MODEL_CARD.md": file("---\nlicense: mit\n---\n" + fullCard + "\n- **Parameters:** 7B\n"),
	})
	for pointer, path := range map[string]string{
		"/card/sections/limitations": "MODEL_CARD.md", "/card/metadata/library_name": "README.md", "/card/readable_metadata": "README.md",
		"/card/metadata/licenses/1": "MODEL_CARD.md", "/licenses/declared/1": "MODEL_CARD.md", "/card/sections/evaluation/table_rows": "MODEL_CARD.md",
	} {
		if s := ev.SourcesAt(pointer); len(s) == 0 || s[0].Path != path {
			t.Errorf("%s is cited at %v, want %s", pointer, s, path)
		}
	}
	found := false
	for i := range 20 {
		p := "/card/claims/" + string(rune('0'+i%10))
		if v, _ := ev.Get(p + "/kind"); v == "parameters" {
			found = ev.SourcesAt(p)[0].Path == "MODEL_CARD.md" && ev.SourcesAt(p)[0].Line > 4
			break
		}
	}
	if !found {
		t.Error("the claim of the second card is missing or cited elsewhere")
	}
}

// Broken metadata is a finding at its line, with what is wrong there; that there
// is none is not shown.
func TestBrokenMetadataIsFound(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		name, text, word, reason string
		line                     int
	}{
		{"a key twice", "---\nlicense: mit\nlicense: gpl-3.0\n---\n# M\n", "not met", "stands twice", 3},
		{"no YAML", "---\nlicense:\tmit\n\tb: c\n---\n# M\n", "not met", "not YAML", 3},
		{"a list", "---\n- a\n- b\n---\n# M\n", "not met", "no mapping", 2},
		{"a note before a fault", "---\nlanguage: no\nlicense: mit\nlicense: mit\n---\n# M\n", "not met", "stands twice", 4},
		{"none", "# M\n\nA model.\n", "not shown", "", 1},
	} {
		for _, f := range b.report(gather(t, fstest.MapFS{"README.md": file(c.text)})).Findings {
			if f.Rule != "card-well-formed" {
				continue
			}
			if p := f.Places[0]; f.Word != c.word || p.Line != c.line || !strings.Contains(p.Reason, c.reason) {
				t.Errorf("%s: %s at line %d: %q", c.name, f.Word, p.Line, p.Reason)
			}
		}
	}
}

// The one file that was named is the card, whatever it is called and however
// its letters are stored.
func TestOneNamedPageIsTheCard(t *testing.T) {
	latin := []byte("---\nlicense: mit\n---\n# Mod\xe8le\n\nCe mod\xe8le est pr\xe9vu pour beaucoup de choses.\n")
	for name, data := range map[string][]byte{"notes.md": []byte("# A\n\nA model.\n"), "latin.md": latin, "wide.md": []byte("\xff\xfe#\x00 \x00M\x00\x0a\x00\x0a\x00A\x00 \x00m\x00o\x00d\x00e\x00l\x00 \x00o\x00f\x00 \x00w\x00o\x00r\x00d\x00s\x00.\x00\x0a\x00")} {
		ev, err := collect.Collect(context.Background(), &collect.Release{Name: name, FS: fstest.MapFS{name: {Data: data}}, Dir: ".", Only: name})
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := ev.Get("/card/present"); v != true {
			t.Errorf("%s: present is %v", name, v)
		}
	}
}
