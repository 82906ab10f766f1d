package collect_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/testdata/release"
)

// family writes releases side by side and audits the one that is called child,
// with what is named as parents. Names of files are relative to the folder that
// holds them all.
func (b *bench) family(t *testing.T, files map[string]string, child string, parents ...string) *audit.Report {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i := range parents {
		parents[i] = filepath.Join(dir, filepath.FromSlash(parents[i]))
	}
	from, err := collect.ReadParents(parents)
	if err != nil {
		t.Fatal(err)
	}
	rel, err := collect.Open(filepath.Join(dir, child))
	if err != nil {
		t.Fatal(err)
	}
	defer rel.Close()
	ev, err := collect.Options{Parents: from}.Collect(context.Background(), rel)
	if err != nil {
		t.Fatal(err)
	}
	if err := compileEvidence(t).Validate(map[string]any(ev.Doc)); err != nil {
		t.Error(err)
	}
	return b.report(ev)
}

// card is a model card with the given front matter.
func cardOf(meta string, body ...string) string {
	return "---\n" + strings.TrimSpace(meta) + "\n---\n# A model\n\nIt does what it does.\n" + strings.Join(body, "\n")
}

// told is what a report says of one rule.
func told(r *audit.Report, rule string) *audit.Finding {
	i := slices.IndexFunc(r.Findings, func(f audit.Finding) bool { return f.Rule == rule })
	if i < 0 {
		return &audit.Finding{Word: "no such rule"}
	}
	return &r.Findings[i]
}

// A parent asks something of what is made from it; the child carries it on or
// does not.
func TestTermsOfParents(t *testing.T) {
	const (
		commercial = "lineage-non-commercial-kept"
		derivative = "lineage-derivatives-allowed"
		shareAlike = "lineage-share-alike-kept"
		bans       = "lineage-use-restrictions-kept"
		vendor     = "lineage-community-terms-kept"
		naming     = "lineage-name-kept"
		shown      = "lineage-display-words-shown"
		notices    = "lineage-notices-kept"
		conversion = "lineage-conversion-keeps-license"
		disputed   = "lineage-disputed-terms-kept"
		territory  = "lineage-territory-fits"
	)
	llama := "license: llama3.1"
	b := newBench(t)
	for _, c := range []struct {
		rule, word    string
		parent, child string // front matter
		note          string
	}{
		// A parent for non-commercial use only.
		{commercial, "contradicted", "license: cc-by-nc-4.0", "license: apache-2.0", ""},
		{commercial, "contradicted", "license: cc-by-nc-sa-4.0", "license: llama3.1", "a vendor's terms are not non-commercial"},
		{commercial, "met", "license: cc-by-nc-4.0", "license: cc-by-nc-4.0", ""},
		{commercial, "met", "license: cc-by-nc-4.0", "license: cc-by-nc-sa-4.0", "stricter"},
		{commercial, "unknown", "license: cc-by-nc-4.0", "license: other\nlicense_name: acme-1.0", "nobody knows the child's"},
		{commercial, "unknown", "license: cc-by-nc-4.0", "language: en", "the child names none"},
		{commercial, "not applicable", "license: apache-2.0", "license: mit", "nothing to carry on"},
		{commercial, "not applicable", "license: apache-2.0", "license: cc-by-nc-4.0", "stricter than a permissive parent"},
		{commercial, "not applicable", "license: cc-by-nc-4.0 OR mit", "license: apache-2.0", "the child chose the other"},
		{commercial, "contradicted", "license: [cc-by-nc-4.0, mit]", "license: apache-2.0", "all of a list bind"},
		{commercial, "contradicted", "license: cc-by-nc-4.0", "license: cc-by-nc-4.0 OR mit", "one alternative lets go of it"},
		// No derivatives.
		{derivative, "contradicted", "license: cc-by-nd-4.0", "license: apache-2.0", ""},
		{derivative, "contradicted", "license: cc-by-nc-nd-4.0", "license: cc-by-nc-nd-4.0", "the same label does not help"},
		{derivative, "contradicted", "license: cc-by-nd-4.0", "license: apache-2.0\nbase_model_relation: merge", ""},
		{derivative, "not applicable", "license: cc-by-4.0", "license: apache-2.0", ""},
		{derivative, "contradicted", "license: cc-by-nd-4.0", "language: en", "under whatever licence, or none"},
		{derivative, "contradicted", "license: cc-by-nd-4.0", "license: other\nlicense_name: acme-1.0", ""},
		{disputed, "not met", "license: cc-by-nd-4.0", "license: cc-by-nd-4.0\nbase_model_relation: quantized", "a change of format may be none"},
		{derivative, "not applicable", "license: cc-by-nd-4.0", "license: cc-by-nd-4.0\nbase_model_relation: quantized", ""},
		// Copyleft and share-alike.
		{shareAlike, "contradicted", "license: agpl-3.0", "license: mit", ""},
		{shareAlike, "met", "license: agpl-3.0", "license: agpl-3.0", ""},
		{shareAlike, "contradicted", "license: cc-by-sa-4.0", "license: cc-by-4.0", ""},
		{shareAlike, "met", "license: cc-by-sa-4.0", "license: gpl-3.0", "one way"},
		{shareAlike, "contradicted", "license: gpl-3.0", "license: cc-by-sa-4.0", "and not the other"},
		{shareAlike, "met", "license: gpl-2.0-or-later", "license: gpl-3.0", ""},
		{shareAlike, "contradicted", "license: gpl-2.0-only", "license: gpl-3.0-only", ""},
		{shareAlike, "unknown", "license: gpl-2.0", "license: gpl-3.0", "a bare id may mean later versions as well"},
		{shareAlike, "unknown", "license: gpl-3.0", "license: gpl-3.0-or-later", ""},
		{shareAlike, "contradicted", "license: gpl-3.0", "license: mit", "and neither means this"},
		// Use restrictions that are passed on.
		{bans, "contradicted", "license: bigscience-bloom-rail-1.0", "license: apache-2.0", ""},
		{bans, "contradicted", "license: openrail++", "license: mit", ""},
		{bans, "contradicted", "license: gemma", "license: apache-2.0", ""},
		{bans, "contradicted", "license: other\nlicense_name: deepseek", "license: mit", ""},
		{bans, "met", "license: creativeml-openrail-m", "license: creativeml-openrail-m", ""},
		{bans, "unknown", "license: creativeml-openrail-m", "license: openrail++", "other bans may hold these or not"},
		// A vendor's thresholds and exclusions.
		{vendor, "contradicted", llama, "license: apache-2.0", ""},
		{vendor, "contradicted", "license: other\nlicense_name: tongyi-qianwen", "license: mit", ""},
		{vendor, "contradicted", "license: other\nlicense_name: tencent-hunyuan-community", "license: mit", ""},
		{vendor, "met", llama, llama, ""},
		{commercial, "unknown", "license: other\nlicense_name: mrl", "license: mit", "nobody verified that entry"},
		{bans, "unknown", "license: other\nlicense_name: mrl", "license: mit", ""},
		// The name.
		{naming, "contradicted", llama, llama + "\nmodel_name: Acme Chat", ""},
		{naming, "met", llama, llama + "\nmodel_name: Llama Acme Chat", ""},
		{naming, "not applicable", "license: mit", "license: mit\nmodel_name: Acme Chat", ""},
		{shown, "not met", llama, llama, ""},
		{shown, "met", llama, llama + "\nmodel_name: Llama x\ndescription: Built with Llama", ""},
		{shown, "not applicable", "license: mit", "license: mit", ""},
		{notices, "not met", llama, llama, ""},
		{notices, "not applicable", "license: mit", "license: mit", ""},
		// A change of format, and an adapter.
		{conversion, "contradicted", "license: apache-2.0", "license: mit\nbase_model_relation: quantized", ""},
		{conversion, "met", "license: apache-2.0", "license: apache-2.0\nbase_model_relation: quantized", ""},
		{conversion, "not applicable", "license: apache-2.0", "license: mit\nbase_model_relation: finetune", ""},
		{conversion, "not applicable", "license: apache-2.0", "license: mit\nbase_model_relation: adapter", ""},
		{disputed, "not met", "license: apache-2.0", "license: mit\nbase_model_relation: adapter", ""},
		{disputed, "met", "license: apache-2.0", "license: apache-2.0\nbase_model_relation: adapter", ""},
		{disputed, "not met", "license: cc-by-nc-4.0", "license: mit\nbase_model_relation: adapter", ""},
		{commercial, "not applicable", "license: cc-by-nc-4.0", "license: mit\nbase_model_relation: adapter", "disputed"},
		{commercial, "contradicted", "license: cc-by-nc-4.0", "license: mit\nbase_model_relation: quantized", ""},
		// Territory.
		{territory, "not met", "license: other\nlicense_name: tencent-hunyuan-community", "license: other\nlicense_name: tencent-hunyuan-community\nlanguage: [de, en]", ""},
		{territory, "met", "license: other\nlicense_name: tencent-hunyuan-community", "license: other\nlicense_name: tencent-hunyuan-community\nlanguage: [zh, en]", ""},
		{territory, "not applicable", "license: mit", "license: mit\nlanguage: [de, en]", ""},
	} {
		t.Run(c.rule+" "+c.parent+" → "+c.child, func(t *testing.T) {
			r := b.family(t, map[string]string{
				"acme--base/README.md": cardOf(c.parent),
				"child/README.md":      cardOf("base_model: acme/base\n" + c.child),
			}, "child")
			f := told(r, c.rule)
			if f.Word != c.word {
				t.Errorf("%q, want %q (%s): %v", f.Word, c.word, c.note, f.Places)
			}
			if c.word != "contradicted" {
				return
			}
			contradicts(t, f)
			if p := f.Places[0]; c.rule == naming && p.Line != 4 {
				t.Errorf("the name stands on line 4, not %d of %s", p.Line, p.Path)
			}
		})
	}
}

// contradicts asks of a contradiction what a reader needs: the relation at the
// line of the child's side, then the child's licence and the parent's.
func contradicts(t *testing.T, f *audit.Finding) {
	t.Helper()
	if len(f.Places) < 3 {
		t.Fatalf("%d places", len(f.Places))
	}
	p := f.Places
	if !strings.HasPrefix(p[0].Pointer, "/relations/") || p[0].Path == "" || p[0].Line == 0 {
		t.Errorf("the first place is %v", p[0])
	}
	if p[1].Value == nil || p[1].Path == "" || p[1].Line == 0 {
		t.Errorf("the child's side is %v", p[1])
	}
	if p[2].Value == nil || p[2].Path == "" || p[2].Line == 0 {
		t.Errorf("the parent's side is %v", p[2])
	}
}

// Who a release was made from, found in many places and over several steps.
func TestLineages(t *testing.T) {
	const nc = "license: cc-by-nc-4.0"
	from := func(id, meta string) string { return cardOf("base_model: " + id + "\n" + meta) }
	apache := string(release.Apache())
	b := newBench(t)
	for _, c := range []struct {
		name    string
		files   map[string]string
		parents []string
		want    map[string]string // rule: word
	}{
		{"a folder with owner and name", map[string]string{"acme/base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a folder with the name alone, in other letters", map[string]string{"Base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a cache beside it", map[string]string{
			"models--acme--base/blobs/1": "", "models--acme--base/refs/main": "abc", "models--acme--base/snapshots/abc/README.md": cardOf(nc),
			"child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"inside the release", map[string]string{"child/base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a card alone", map[string]string{"acme__base.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a folder that was named", map[string]string{"far/off/acme--base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, []string{"far/off"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"the parent itself was named", map[string]string{"far/base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit")}, []string{"far/base"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a list in YAML", map[string]string{"p.yaml": "acme/base: cc-by-nc-4.0\n", "child/README.md": from("acme/base", "license: mit")}, []string{"p.yaml"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a list in JSON", map[string]string{"p.json": `[{"id": "acme/base", "license": "other", "license_name": "mrl"}]`, "child/README.md": from("acme/base", "license: mit")}, []string{"p.json"},
			map[string]string{"lineage-non-commercial-kept": "unknown"}},
		{"a list in CSV", map[string]string{"p.csv": "license,id\ncc-by-nc-4.0,ACME/base\n", "child/README.md": from("acme/base", "license: mit")}, []string{"p.csv"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"who was named comes before who lies beside", map[string]string{"acme--base/README.md": cardOf(nc), "p.csv": "id,license\nacme/base,mit\n", "child/README.md": from("acme/base", "license: mit")}, []string{"p.csv"},
			map[string]string{"lineage-non-commercial-kept": "not applicable"}},
		{"not seen", map[string]string{"child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "unknown", "lineage-use-restrictions-kept": "unknown", "lineage-merge-compatible": "not applicable"}},
		{"a path on somebody's disk", map[string]string{"base/README.md": cardOf(nc), "child/README.md": from("../base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "unknown"}},
		{"no parent is named", map[string]string{"child/README.md": cardOf("license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "not applicable", "lineage-merge-compatible": "not applicable", "lineage-notices-kept": "not applicable", "lineage-data-licensed": "not applicable"}},
		{"a text without a label", map[string]string{"acme--base/LICENSE": "This model may be used for non-commercial purposes only.\n", "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a text that forbids something else of derivatives", map[string]string{"acme--base/LICENSE": "You agree not to use the Model or Derivatives of the Model to cause harm.\n", "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-derivatives-allowed": "unknown", "lineage-non-commercial-kept": "unknown"}},
		{"a text that forbids derivatives", map[string]string{"acme--base/LICENSE": "You may not modify the Model or create derivative works.\n", "child/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-derivatives-allowed": "contradicted"}},
		{"a label over another text", map[string]string{"acme--base/README.md": cardOf("license: agpl-3.0"), "acme--base/LICENSE": apache, "child/README.md": from("acme/base", "license: apache-2.0")}, nil,
			map[string]string{"lineage-share-alike-kept": "contradicted"}},
		{"itself", map[string]string{"child/README.md": from("acme/child", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "unknown"}},
		{"a circle", map[string]string{"a/README.md": from("acme/b", nc), "b/README.md": from("acme/a", "license: mit"), "child/README.md": from("acme/a", nc)}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"lost on the way", map[string]string{"a/README.md": cardOf(nc), "b/README.md": from("acme/a", "license: mit"), "child/README.md": from("acme/b", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"taken up again", map[string]string{"a/README.md": cardOf(nc), "b/README.md": from("acme/a", nc), "child/README.md": from("acme/b", nc)}, nil,
			map[string]string{"lineage-non-commercial-kept": "met"}},
		{"lost over one without a licence", map[string]string{"a/README.md": cardOf(nc), "b/README.md": from("acme/a", ""), "child/README.md": from("acme/b", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"kept over one without a licence, which may say anything", map[string]string{"a/README.md": cardOf(nc), "b/README.md": from("acme/a", ""), "child/README.md": from("acme/b", nc)}, nil,
			map[string]string{"lineage-non-commercial-kept": "unknown"}},
		{"a chain in a list", map[string]string{"p.yaml": "parents:\n  - {id: acme/a, license: cc-by-nc-4.0}\n  - {id: acme/b, license: mit, base_model: acme/a}\n", "child/README.md": from("acme/b", "license: mit")}, []string{"p.yaml"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"parents that exclude each other", map[string]string{"a/README.md": cardOf(nc), "b/README.md": cardOf("license: gpl-3.0"), "child/README.md": from("[acme/a, acme/b]", nc)}, nil,
			map[string]string{"lineage-merge-compatible": "contradicted"}},
		{"two vendors' terms", map[string]string{"a/README.md": cardOf("license: gemma"), "b/README.md": cardOf("license: llama3"), "child/README.md": from("[acme/a, acme/b]", "license: gemma")}, nil,
			map[string]string{"lineage-merge-compatible": "contradicted"}},
		{"two versions of one vendor's terms", map[string]string{"a/README.md": cardOf("license: llama3"), "b/README.md": cardOf("license: llama3.1"), "child/README.md": from("[acme/a, acme/b]", "license: llama3.1")}, nil,
			map[string]string{"lineage-merge-compatible": "unknown"}},
		{"parents that go together", map[string]string{"a/README.md": cardOf("license: mit"), "b/README.md": cardOf("license: apache-2.0"), "child/README.md": from("[acme/a, acme/b]", "license: apache-2.0")}, nil,
			map[string]string{"lineage-merge-compatible": "met"}},
		{"one of two was not seen", map[string]string{"a/README.md": cardOf(nc), "child/README.md": from("[acme/a, acme/b]", nc)}, nil,
			map[string]string{"lineage-merge-compatible": "unknown"}},
		{"a notice is passed on", map[string]string{"acme--base/README.md": cardOf("license: apache-2.0"), "acme--base/NOTICE": "Acme base\nCopyright 2026 Acme\n", "acme--base/LICENSE": apache,
			"child/README.md": from("acme/base", "license: apache-2.0"), "child/NOTICE": "Acme base\nCopyright 2026 Acme\n"}, nil,
			map[string]string{"lineage-notices-kept": "met"}},
		{"a notice is left out", map[string]string{"acme--base/README.md": cardOf("license: apache-2.0"), "acme--base/NOTICE": "Acme base\nCopyright 2026 Acme\n", "acme--base/LICENSE": apache,
			"child/README.md": from("acme/base", "license: apache-2.0")}, nil,
			map[string]string{"lineage-notices-kept": "not met"}},
		{"data for some uses", map[string]string{"corpus/README.md": cardOf("license: cc-by-nc-4.0\ntask_categories: [text-generation]"), "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, nil,
			map[string]string{"lineage-data-terms-kept": "not met", "lineage-data-licensed": "met", "lineage-non-commercial-kept": "not applicable"}},
		{"data under share-alike", map[string]string{"p.yaml": "acme/corpus: cc-by-sa-4.0\n", "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-data-share-alike-kept": "not met", "lineage-data-terms-kept": "not applicable"}},
		{"data under share-alike, kept", map[string]string{"p.yaml": "acme/corpus: cc-by-sa-4.0\n", "child/README.md": cardOf("license: cc-by-sa-4.0\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-data-share-alike-kept": "met"}},
		{"data under an open licence", map[string]string{"p.yaml": "acme/corpus: cc0-1.0\n", "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-data-licensed": "met", "lineage-data-terms-kept": "not applicable"}},
		{"data without a licence", map[string]string{"corpus/README.md": cardOf("task_categories: [text-generation]"), "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, nil,
			map[string]string{"lineage-data-licensed": "not met"}},
		{"data that were not seen", map[string]string{"child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, nil,
			map[string]string{"lineage-data-licensed": "unknown"}},
		{"data made by a model that forbids it", map[string]string{"p.yaml": "acme/corpus: {license: mit, base_model: acme/maker}\nacme/maker: llama2\n", "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-outputs-allowed": "not met"}},
		{"data made by a model that asks for its name", map[string]string{"p.yaml": "acme/corpus: {license: mit, base_model: acme/maker}\nacme/maker: llama3.1\n", "child/README.md": cardOf("license: mit\nmodel_name: Llama child\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-outputs-allowed": "met"}},
		{"data made by a model that allows it", map[string]string{"p.yaml": "acme/corpus: {license: mit, base_model: acme/maker}\nacme/maker: mit\n", "child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-outputs-allowed": "not applicable"}},
		{"distilled", map[string]string{"p.yaml": "acme/maker: llama2\n", "child/README.md": cardOf("license: mit", "It was distilled from acme/maker.")}, []string{"p.yaml"},
			map[string]string{"lineage-outputs-allowed": "not met"}},
		{"a tag names who made the data", map[string]string{"corpus/README.md": cardOf("license: mit\ntask_categories: [text-generation]\ntags: [synthetic, 'base_model:acme/maker']"), "p.yaml": "acme/maker: llama2\n",
			"child/README.md": cardOf("license: mit\ndatasets: acme/corpus")}, []string{"p.yaml"},
			map[string]string{"lineage-outputs-allowed": "not met"}},
		{"a base that only the text names", map[string]string{"child/README.md": cardOf("license: mit", "This model is a fine-tuned version of [base](https://huggingface.co/acme/base).")}, nil,
			map[string]string{"lineage-bases-declared": "not met"}},
		{"a model that it is not based on", map[string]string{"child/README.md": cardOf("license: mit", "This model is not based on [base](https://huggingface.co/acme/base).")}, nil,
			map[string]string{"lineage-bases-declared": "not applicable"}},
		{"a base that text and metadata name", map[string]string{"child/README.md": cardOf("license: mit\nbase_model: acme/base", "This model is a fine-tuned version of [base](https://huggingface.co/acme/base).")}, nil,
			map[string]string{"lineage-bases-declared": "met"}},
		{"a base named by its address", map[string]string{"base/README.md": cardOf(nc), "child/README.md": from("https://huggingface.co/acme/base", "license: mit")}, nil,
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a list of addresses", map[string]string{"p.yaml": "https://huggingface.co/acme/base: cc-by-nc-4.0\n", "child/README.md": from("acme/base", "license: mit")}, []string{"p.yaml"},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"a copy under the name of its base", map[string]string{"child/README.md": from("acme/child", "license: mit")}, []string{"."},
			map[string]string{"lineage-non-commercial-kept": "unknown", "lineage-use-restrictions-kept": "unknown"}},
		{"a copy beside its base of the same name", map[string]string{"child/README.md": from("acme/child", "license: mit"), "acme/child/README.md": cardOf(nc)}, []string{"."},
			map[string]string{"lineage-non-commercial-kept": "contradicted"}},
		{"no revision", map[string]string{"child/README.md": from("acme/base", "license: mit")}, nil, map[string]string{"lineage-pinned": "not met"}},
		{"a revision", map[string]string{"child/README.md": from("acme/base@4f2c9d1", "license: mit")}, nil, map[string]string{"lineage-pinned": "met"}},
		{"a quantised copy by its name", map[string]string{"base/README.md": cardOf("license: apache-2.0"), "base-GGUF/README.md": from("acme/base", "license: mit")}, nil,
			map[string]string{"lineage-conversion-keeps-license": "contradicted"}},
		{"an adapter by its file", map[string]string{"base/README.md": cardOf(nc), "child/README.md": cardOf("license: mit"), "child/adapter_config.json": `{"base_model_name_or_path": "acme/base", "peft_type": "LORA", "r": 4}`}, nil,
			map[string]string{"lineage-non-commercial-kept": "not applicable", "lineage-disputed-terms-kept": "not met"}},
		{"an adapter saved from somebody's disk", map[string]string{"base/README.md": cardOf(nc), "child/README.md": from("acme/base", "license: mit"), "child/adapter_config.json": `{"base_model_name_or_path": "/mnt/x/base", "peft_type": "LORA", "r": 4}`}, nil,
			map[string]string{"lineage-merge-compatible": "not applicable", "lineage-disputed-terms-kept": "not met"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			child := "child"
			if c.files["base-GGUF/README.md"] != "" {
				child = "base-GGUF"
			}
			r := b.family(t, c.files, child, c.parents...)
			for rule, word := range c.want {
				f := told(r, rule)
				if f.Word != word {
					t.Errorf("%s is %q, want %q: %v", rule, f.Word, word, f.Places)
				}
				if word == "contradicted" && f.Word == word {
					contradicts(t, f)
				}
			}
		})
	}
}

// A lineage that is too long is incomplete: its rules stay unknown, and the audit
// says which limit was hit. One in circles ends by itself.
func TestLineagesAreBounded(t *testing.T) {
	b := newBench(t)
	var chain, circle, fan strings.Builder
	for i := range 200 {
		fmt.Fprintf(&chain, "acme/%d: {license: cc-by-nc-4.0, base_model: acme/%d}\n", i, i+1)
		fmt.Fprintf(&circle, "acme/%d: {license: cc-by-nc-4.0, base_model: acme/%d}\n", i, (i+1)%20)
		fmt.Fprintf(&fan, "- acme/%d\n", i)
	}
	for _, c := range []struct {
		name, list, child, word string
		limit                   bool
	}{
		{"a chain", chain.String(), "license: mit\nbase_model: acme/0", "unknown", true},
		{"a circle", circle.String(), "license: mit\nbase_model: acme/0", "contradicted", false},
		{"many at once", "acme/0: cc-by-nc-4.0\n", "license: mit\nbase_model:\n" + fan.String(), "unknown", true},
		{"much data first", "acme/0: cc-by-nc-4.0\n", "license: mit\ndatasets:\n" + strings.ReplaceAll(fan.String(), "acme/", "data/") + "base_model: acme/0", "contradicted", false},
	} {
		r := b.family(t, map[string]string{"p.yaml": c.list, "child/README.md": cardOf(c.child)}, "child", "p.yaml")
		if f := told(r, "lineage-non-commercial-kept"); f.Word != c.word {
			t.Errorf("%s: %s, want %s", c.name, f.Word, c.word)
		}
		if slices.Contains(r.LimitsHit, "/lineage/links") != c.limit {
			t.Errorf("%s: limits hit: %v", c.name, r.LimitsHit)
		}
		if c.limit && r.Verdict.Code != audit.ExitIncomplete {
			t.Errorf("%s: exit code %d: %s", c.name, r.Verdict.Code, r.Verdict.Reason)
		}
	}
}
