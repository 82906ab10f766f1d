package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"glassbox/audit"
)

// answers are what a person puts into the card, by the heading or the item that
// asks for it; elsewhere goes the sentence under "".
var answers = map[string]string{
	"Direct Use":                "Historians search the letters with it and let it complete words that are torn off at the edge of a page.",
	"Downstream Use":            "It can be tuned on other hands of the same time; fifty pages were enough for a colleague in Turku.",
	"Out-of-Scope Use":          "It must not be used to decide who wrote a letter, nor to write letters in the name of people who have lived.",
	"Bias":                      "Most writers were clergymen and merchants, so women, servants and fishermen hardly occur, and their words come out wrong. It invents names of farms, and dates before 1820 are guesses. It fails on abbreviations.",
	"Recommendations":           "Let a person who reads the old hand look at each line before it is quoted, and keep the picture of the page beside the text.",
	"Training Procedure":        "It was trained from scratch, without a base model, with the next letter as its goal; we stopped when the held out pages did not improve for three rounds.",
	"Preprocessing":             "Line breaks were removed, the long s was kept, and doubled pages were dropped before the split into training, validation and test.",
	"Speeds":                    "The run took fourteen hours, saw eighty million letters, and left a file of forty kilobytes.",
	"Evaluation":                "We measured how well it guesses the next letter, on pages that nobody had used before.",
	"Testing Data":              "Sixty letters of a neighbouring parish, copied by other people.",
	"Metrics":                   "Perplexity for each letter, since that is what training lowers, and the share of words that a reader had to mend.",
	"Compute Infrastructure":    "One server with Python 3.12 and PyTorch 2.9 under Debian.",
	"Model Details":             "A small model that completes old letters.",
	"":                          "Letters completes lines of Norwegian letters from the early nineteenth century; it is small, and it was made for one archive.",
	"Training Data":             "It was trained on twelve hundred letters from a parish archive, written between 1820 and 1840, copied by hand and checked twice; every source is listed. No test letter occurs in the training data.",
	"How to Get Started":        "```python\nfrom transformers import pipeline\n\nprint(pipeline('text-generation', 'acme/letters')('Dear'))\n```",
	"Results":                   "| data | perplexity |\n|---|---|\n| parish letters, test | 12.4 |",
	"Training Hyperparameters":  "- learning rate 0.003, batch size 16, 3,000 steps, AdamW with weight decay 0.1\n- float32, seed 41",
	"Citation":                  "```bibtex\n@misc{letters2026,\n  title  = {Letters},\n  author = {Olsen, Ada},\n  year   = {2026}\n}\n```",
	"Model Card Contact":        "letters@acme.example",
	"**Finetuned from model:**": "none, it was trained from scratch",
	"**Hardware Type:**":        "one server with 2 x NVIDIA A100 80GB, kept in the cellar of the archive",
	"**Hours used:**":           "14",
	"**Cloud Provider:**":       "none, a server of our own",
	"**Compute Region:**":       "Norway",
	"**Carbon Emitted:**":       "0.3 kg CO2eq, measured with CodeCarbon",
	"**Repository:**":           "https://git.acme.example/letters",
	"**Paper:**":                "https://acme.example/letters.pdf",
	"**Developed by:**":         "Acme Archive, Bergen",
	"**Funded by:**":            "the parish",
	"**Model type:**":           "a decoder-only transformer with two blocks",
	"Model Architecture":        "A decoder-only transformer of two blocks, width 32, four heads and a vocabulary of 256 entries; it predicts the next token.",
}

const blank = "[More Information Needed]"

// filled puts the answers into a card, and takes the marks from its metadata.
func filled(card string) string {
	heading, metadata := "", false
	var out []string
	for _, l := range strings.Split(card, "\n") {
		if l == "---" {
			metadata = !metadata
		}
		if key, ok := strings.CutPrefix(l, "# "); ok && metadata {
			l = key
		} else if strings.HasPrefix(l, "#") {
			heading = strings.TrimLeft(l, "# ")
		}
		item, _, _ := strings.Cut(strings.TrimPrefix(l, "- "), blank)
		out = append(out, strings.Replace(l, blank, answer(heading, strings.TrimSpace(item)), 1))
	}
	return strings.Join(out, "\n")
}

func answer(heading, item string) string {
	if item != "" {
		return answers[item]
	}
	for key, text := range answers {
		if key != "" && strings.HasPrefix(heading, key) {
			return text
		}
	}
	return answers[""]
}

// audited is what each rule says of a folder.
func audited(t *testing.T, dir string) map[string]audit.Finding {
	t.Helper()
	var out, complaints bytes.Buffer
	if code := run(context.Background(), []string{"audit", dir, "--against", "none", "--policy", "nothing.yaml", "-o", "json"}, &out, &complaints); code != 0 {
		t.Fatalf("exit code %d: %s", code, &complaints)
	}
	var r audit.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	found := map[string]audit.Finding{}
	for _, f := range r.Findings {
		found[f.Rule] = f
	}
	return found
}

// files are the rules that ask for something beside the card and the manifest:
// weights, code, the licence's text, a signature, further documents.
var files = []string{
	"architecture-code-shown", "checkpoints-shown", "checksums-cover-weights", "checksums-strong", "config-present", "data-card-shown", "dependencies-listed",
	"dependencies-pinned", "evaluation-code-shown", "inference-code-shown", "license-text-known", "license-text-present", "preprocessing-code-shown",
	"pretraining-data-shown", "raw-results-shown", "report-shown", "sample-outputs-shown", "security-policy-shown", "seeds-fixed", "settings-shown", "shards-complete",
	"signature-covers-weights", "signature-matches", "signature-verified", "text-given", "tokenizer-present", "training-code-shown", "training-data-shown",
	"weights-call-nothing", "weights-named-honestly", "weights-no-code", "weights-openly-stored", "weights-present", "weights-whole", "changelog-kept", "container-shown", "data-all-shown", "data-order-fixed", "data-pinned",
	"emissions-logged", "evaluation-data-shown", "system-card-shown", "tuning-data-shown",
}

// What init wrote fails on nothing but what a person has to fill in: nothing in
// it is broken or contradicts itself, and once the blanks are filled, and nothing
// else was touched, only rules about other files are left.
func TestInitFailsOnlyOnWhatIsToBeFilledIn(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", docDate)
	t.Chdir(t.TempDir())
	put(t, "nothing.yaml", "version: 1\n")
	var out, complaints bytes.Buffer
	if code := run(context.Background(), []string{"init", "letters"}, &out, &complaints); code != 0 {
		t.Fatal(&complaints)
	}
	for _, args := range [][]string{{"config", "verify"}, {"dataset", "letters"}} {
		if code := run(context.Background(), args, &out, &complaints); code != 0 {
			t.Errorf("%v: exit code %d: %s", args, code, &complaints)
		}
	}
	before := audited(t, "letters")
	for rule, f := range before {
		if f.Word == audit.WordContradicted || f.Word == audit.WordNotMet && rule != "lineage-data-licensed" {
			t.Errorf("%s is %s: %+v", rule, f.Word, f.Places)
		}
	}
	for _, rule := range []string{"card-present", "card-metadata-readable", "card-well-formed", "files-parse"} {
		if f := before[rule]; !f.Met() {
			t.Errorf("%s is %s", rule, f.Word)
		}
	}
	for name, fill := range map[string]func(string) string{
		"README.md": filled,
		"croissant.json": strings.NewReplacer(`"license": ""`, `"license": "https://creativecommons.org/publicdomain/zero/1.0/"`, `"description": ""`, `"description": "Letters of a parish."`,
			`"url": ""`, `"url": "https://acme.example/letters"`, `"name": ""`, `"name": "Acme Archive"`, `"citeAs": ""`, `"citeAs": "Olsen 2026"`, `": ""`, `": "By hand, from the archive."`).Replace,
	} {
		path := filepath.Join("letters", name)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text := fill(string(data))
		if strings.Contains(text, blank) || strings.Contains(text, `": ""`) {
			t.Fatalf("%s has blanks left", name)
		}
		put(t, path, text)
	}
	after := audited(t, "letters")
	mended := 0
	for rule, f := range after {
		switch {
		case f.Outcome == audit.Fail && !slices.Contains(files, rule):
			t.Errorf("%s is still %s: %+v", rule, f.Word, f.Places)
		case before[rule].Outcome == audit.Fail && f.Outcome == audit.Pass:
			mended++
		}
	}
	if mended < 20 {
		t.Errorf("filling in mended %d rules", mended)
	}
}
