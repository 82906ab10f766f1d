package card

import (
	"slices"
	"strings"
	"testing"
)

// One heading in its many spellings.
func TestHeadingsByAnySpelling(t *testing.T) {
	for _, heading := range []string{
		"# Out-of-Scope Use", "#### Out-of-Scope Use", "## Out-of-scope uses", "## 3.2 Out-of-Scope Use", "## 3) Out of scope use", "## iv. Out-of-Scope Use",
		"## 🚫 Out-of-Scope Use", "## Out-of-Scope Use [optional]", "## **Out-of-Scope Use**", "## _Out-of-Scope Use_:", "## Out\\-of\\-Scope Use",
		"## <a name=\"oos\"></a> Out-of-Scope Use", "## [Out-of-Scope Use](#oos)", "## Out-of-Scope Use ##", "Out-of-Scope Use\n================",
		"Out-of-Scope Use\n---", "<h2>Out-of-Scope Use</h2>", "<h2 align=\"center\">Out-of-Scope Use</h2>", "<H3>\nOut-of-Scope Use\n</H3>",
		"**Out-of-Scope Use**", "**Out-of-scope uses:**", "__Out-of-Scope Use__", "## Оut-оf-Scоpe Use", "## Model Out-of-Scope Use", "## Misuse and Out-of-Scope Use",
	} {
		c := Read("README.md", []byte("# T\n\n"+heading+"\n\nNot for the diagnosis of patients.\n"))
		i := slices.IndexFunc(c.Sections, func(s Section) bool { return s.Name == "out_of_scope_use" })
		if i < 0 || c.Sections[i].Words != 6 || c.Sections[i].Line != 3 {
			t.Errorf("%q: sections %+v, want out_of_scope_use on line 3 with 6 words", heading, c.Sections)
		}
	}
}

func TestCanonicalNames(t *testing.T) {
	tests := map[string][]string{
		"Bias, Risks, and Limitations":        {"bias_risks_limitations", "bias", "risks", "limitations"},
		"Limitations and bias":                {"bias_risks_limitations", "limitations", "bias"},
		"Intended uses & limitations":         {"uses", "limitations"},
		"Ethical Considerations / Risks":      {"ethical_considerations", "risks"},
		"How to use this model with vLLM":     {"how_to_use"},
		"Training Hyperparameters":            {"hyperparameters"},
		"Testing Data, Factors & Metrics":     {"testing_data"},
		"Language(s) (NLP)":                   {"languages"},
		"Model Architecture and Objective":    {"architecture_section"},
		"License":                             {"license_section"},
		"Framework versions":                  {"software"},
		"局限性":                                 {"limitations"},
		"Hardware and Software":               {"hardware", "software"},
		"Where to send questions or comments": {"contact"},
		"Something Else Entirely":             nil,
		"Llama 3.2 Instruct":                  nil,
		"":                                    nil,
		"1.":                                  nil,
		strings.Repeat("limitations ", 400):   nil,
	}
	for heading, want := range tests {
		if got := canonical(heading); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", heading, got, want)
		}
	}
}

// No alias means two things, each is spelt as words spells it, and each parent
// is a name.
func TestNameTables(t *testing.T) {
	seen := map[string]string{}
	known := map[string]bool{"": true}
	all := slices.Concat(sectionTable, detailTable)
	for _, s := range all {
		if known[s.name] {
			t.Errorf("%s stands twice", s.name)
		}
		known[s.name] = true
	}
	for _, s := range all {
		if !known[s.parent] {
			t.Errorf("%s: parent %q is no section", s.name, s.parent)
		}
		for _, alias := range s.aliases {
			plain := strings.Trim(alias, "* ")
			if words(plain) != plain {
				t.Errorf("%s: alias %q folds to %q", s.name, alias, words(plain))
			}
			if other, ok := seen[alias]; ok {
				t.Errorf("alias %q means %s and %s", alias, other, s.name)
			}
			seen[alias] = s.name
		}
	}
	for alias, list := range composites {
		if words(alias) != alias {
			t.Errorf("composite %q folds to %q", alias, words(alias))
		}
		for _, name := range list {
			if !known[name] {
				t.Errorf("composite %q: %q is no section", alias, name)
			}
		}
	}
	if len(SectionNames) != len(sectionTable) || SectionNames[0] != "summary" {
		t.Errorf("SectionNames %v", SectionNames)
	}
}

const nested = `# Model Card for Nested

Opening words here.

## Uses

### Direct Use

One two three.

### Out-of-Scope Use

[More Information Needed]

## Training Details

### Training Data

| set | rows |
|---|---|
| a | 1 |
| b | 2 |

Four words of prose.

#### Filtering

We dropped duplicates.

### Training Procedure

` + "```\ncode\ncode\n```" + `

- **Hardware Type:** A100
- **Hours used:** [More Information Needed]
  with more below
- **Compute Region:** 7
- plain item

## Model Card Contact
`

func find(t *testing.T, c *Card, name string) Section {
	t.Helper()
	for _, s := range c.Sections {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no section %s in %+v", name, c.Sections)
	return Section{}
}

func TestChildrenCountForParents(t *testing.T) {
	c := Read("README.md", []byte(nested))
	tests := []struct {
		name                          string
		own, words, rows, code, marks int
		standIn                       bool
	}{
		{"uses", 0, 3, 0, 0, 1, false},
		{"direct_use", 3, 3, 0, 0, 0, false},
		{"out_of_scope_use", 0, 0, 0, 0, 1, true},
		{"training", 0, 14, 3, 2, 1, false},
		{"training_data", 4, 7, 2, 0, 0, false},
		{"training_procedure", 2, 7, 1, 2, 1, false},
		{"hardware", 1, 1, 0, 0, 0, false},
		{"hours_used", 3, 3, 0, 0, 1, false},
		{"compute_region", 1, 1, 0, 0, 0, false},
		{"contact", 0, 0, 0, 0, 0, false},
	}
	for _, test := range tests {
		s := find(t, c, test.name)
		if s.Own.Words != test.own || s.Words != test.words || s.TableRows != test.rows || s.CodeLines != test.code || s.Placeholders != test.marks || s.Placeholder != test.standIn {
			t.Errorf("%s: own %d %+v placeholder %v, want %+v", test.name, s.Own.Words, s.Counts, s.Placeholder, test)
		}
	}
	if c.Title != "Model Card for Nested" || c.Lead.Words != 0 || c.Sections[0].Own.Words != 3 || c.Counts.Words != 20 {
		t.Errorf("title %q lead %d own %d all %d", c.Title, c.Lead.Words, c.Sections[0].Own.Words, c.Counts.Words)
	}
}

// A part counts for the whole that it belongs to by its meaning, without being
// counted twice below a heading of the whole.
func TestPartsCountForWholes(t *testing.T) {
	c := Read("README.md", []byte("## Direct Use\n\nOne two three.\n"))
	if s := c.Sections[0]; !slices.Equal(s.Also, []string{"uses"}) {
		t.Errorf("also %v, want uses", s.Also)
	}
	c = Read("README.md", []byte("## Uses\n\n### Direct Use\n\nOne two three.\n"))
	if s := c.Sections[1]; len(s.Also) != 0 {
		t.Errorf("also %v below the heading itself", s.Also)
	}
}

func TestBoldLabelsOpenSections(t *testing.T) {
	c := Read("MODEL_CARD.md", []byte(`## Model Details

**Model Developers** The Acme Team

**Note:** this opens nothing.

**Limitations:**

- fails on long texts
- fails on short ones

**License** A custom license.
**Contact:** mail us
`))
	for name, want := range map[string]int{"developers": 7, "limitations": 8, "license_section": 3, "contact": 2} {
		if s := find(t, c, name); s.Words != want {
			t.Errorf("%s: %d words, want %d", name, s.Words, want)
		}
	}
}

func TestFields(t *testing.T) {
	c := Read("README.md", []byte(`# T

- **Developed by:** [Acme](https://acme.example)
- **Language(s)** [NLP]: English
- License: mit
- **Optimizer**: AdamW
- 📊 **Params:** 7B
- Some prose: not a label.

| Field | Response |
|---|---|
| Model Type | Transformer |
`))
	want := []Field{
		{Name: "developers", Label: "Developed by", Value: "Acme", URL: "https://acme.example"},
		{Name: "languages", Label: "Language(s)", Value: "English"},
		{Name: "license_section", Label: "License", Value: "mit"},
		{Name: "hyperparameters", Label: "Optimizer", Value: "AdamW"},
		{Name: "parameters", Label: "Params", Value: "7B"},
		{Name: "model_type", Label: "Model Type", Value: "Transformer", Table: true},
	}
	if len(c.Fields) != len(want) {
		t.Fatalf("fields %+v, want %d", c.Fields, len(want))
	}
	for i, f := range c.Fields {
		w := want[i]
		if f.Name != w.Name || f.Label != w.Label || f.Value != w.Value || f.URL != w.URL || f.Table != w.Table || f.Placeholder {
			t.Errorf("field %+v, want %+v", f, w)
		}
	}
	if c.Fields[5].Line != 12 {
		t.Errorf("line %d of a table's row, want 12", c.Fields[5].Line)
	}
}

// What is no prose counts apart.
func TestWordsOfProse(t *testing.T) {
	tests := []struct {
		name, body string
		want       Counts
	}{
		{"plain", "Three plain words.", Counts{Words: 3}},
		{"numbers are no words", "We ran 3 runs of 12 hours in 2024.", Counts{Words: 6}},
		{"hyphens and apostrophes", "It's state-of-the-art, isn't it?", Counts{Words: 4}},
		{"link text", "See [the paper](https://arxiv.org/abs/2106.09685 \"Title\").", Counts{Words: 3, Links: 1}},
		{"reference link", "See [the paper][p].\n\n[p]: https://arxiv.org/abs/2106.09685", Counts{Words: 3, Links: 1}},
		{"bare address", "See https://example.org/a_b_c for more.", Counts{Words: 3, Links: 1}},
		{"autolink", "See <https://example.org>.", Counts{Words: 1, Links: 1}},
		{"image", "![a picture of a llama](llama.png)", Counts{Images: 1}},
		{"badge", "[![build](b.svg)](https://ci.example)", Counts{Images: 1, Links: 1}},
		{"table of contents", "- [Uses](#uses)\n  - [Direct Use](#direct-use)", Counts{}},
		{"code", "```python\nimport os\nprint(1)\n```", Counts{CodeLines: 2}},
		{"indented code", "    import os\n    print(1)", Counts{CodeLines: 2}},
		{"table", "| a | b |\n|---|---|\n| some words | 1 |\n| more words | 2 |", Counts{TableRows: 2}},
		{"table without outer bars", "a | b\n:-- | --:\nsome words | 1", Counts{TableRows: 1}},
		{"text before a table", "Results follow:\na | b\n--- | ---\nx | 1", Counts{Words: 2, TableRows: 1}},
		{"HTML table", "<table>\n<tr><td>some words</td></tr>\n\n<tr><td>\n\nmore words\n\n</td></tr>\n</table>\n\nAnd prose.", Counts{Words: 2, TableRows: 2}},
		{"HTML", "<div align=\"center\"><p>Three <b>plain</b> words.</p></div>", Counts{Words: 3}},
		{"details", "<details>\n<summary>Click to expand</summary>\n\nThree plain words.\n\n</details>", Counts{Words: 3, Boilerplate: 3}},
		{"script", "<script>var x = \"some words\";</script>\n\nThree plain words.", Counts{Words: 3}},
		{"entities", "Tom &amp; Jerry &#65;bc", Counts{Words: 3}},
		{"math and marks", "2 * 3 = 6 and ~~gone~~ stays", Counts{Words: 3}},
		{"Thai", "โมเดลนี้", Counts{Words: 4}},
		{"rule", "***", Counts{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := Read("README.md", []byte("# T\n\n"+test.body+"\n"))
			if c.Counts != test.want {
				t.Errorf("%q: %+v, want %+v", test.body, c.Counts, test.want)
			}
		})
	}
}

func TestLinesSurviveEverything(t *testing.T) {
	c := Read("README.md", []byte("---\r\nlicense: mit\r\n---\r\n\r\n# T\r\n\r\ntext <!-- a\r\nb --> text\r\ntext [x](\r\nhttps://example.org) more\r\nand [y](https://example.com)\r\n\r\n> - quoted [z](https://example.net)\r\n\r\n## Uses\r\n"))
	lines := map[string]int{}
	for _, l := range c.Links {
		lines[l.URL] = l.Line
	}
	if lines["https://example.org"] != 9 || lines["https://example.com"] != 11 || lines["https://example.net"] != 13 || c.Sections[1].Line != 15 {
		t.Errorf("links %v, sections %+v", lines, c.Sections)
	}
}

func TestIsCardName(t *testing.T) {
	for name, want := range map[string]bool{
		"README.md": true, "readme.md": true, "sub/README.md": true, "MODEL_CARD.md": true, "MODEL_CARD_dbrx_base.md": true, "modelcard.md": true,
		"model-card.md": true, "ModelCard_v2.md": true, "README.txt": false, "README": false, "NOTES.md": false, "readme.md.bak": false, "my_model_card.md": false,
	} {
		if got := IsCardName(name); got != want {
			t.Errorf("IsCardName(%q) = %v", name, got)
		}
	}
}

func TestKind(t *testing.T) {
	tests := []struct {
		name, path, text string
		want             Kind
	}{
		{"model keys", "README.md", "---\nlicense: mit\npipeline_tag: text-generation\n---\n", KindModel},
		{"dataset keys", "README.md", "---\ntask_categories: [qa]\nsize_categories: [n<1K]\n---\n# Model Card\n", KindDataset},
		{"space keys", "README.md", "---\ntitle: x\nsdk: gradio\napp_file: app.py\n---\n", KindSpace},
		{"dataset title", "README.md", "# Dataset Card for X\n", KindDataset},
		{"model title", "README.md", "# X Model Card\n", KindModel},
		{"dataset headings", "README.md", "# X\n\n## Dataset Structure\n\n### Data Fields\n\n### Data Splits\n", KindDataset},
		{"file name", "MODEL_CARD.md", "# X\n", KindModel},
		{"nothing", "README.md", "# X\n\nA library.\n", KindUnknown},
		{"neutral keys", "README.md", "---\nlicense: mit\ntags: [a]\n---\n", KindUnknown},
	}
	for _, test := range tests {
		c := Read(test.path, []byte(test.text))
		if c.Kind != test.want || (len(c.KindReasons) > 0) != (test.want != KindUnknown) {
			t.Errorf("%s: %q because of %v, want %q", test.name, c.Kind, c.KindReasons, test.want)
		}
	}
}

// Headings that published cards use, and what they are worth.
func TestHeadingsThatEarn(t *testing.T) {
	for heading, want := range map[string][]string{
		"Technical Specifications": {"technical_specifications", "architecture_section"}, "Responsible AI Considerations": {"bias_risks_limitations", "risks", "limitations"},
		"Trust & Safety": {"bias_risks_limitations", "safety", "risks"}, "Ethics and Safety": {"bias_risks_limitations", "ethical_considerations", "safety"},
		"Caveats and Recommendations": {"bias_risks_limitations", "limitations", "recommendations"}, "Known Issues": {"limitations"},
		"Standard Benchmarks": {"results"}, "Benchmarks - English Text": {"results"}, "Open LLM Leaderboard Evaluation Results": {"results"},
		"Human evaluation": {"evaluation"}, "Bias Evaluation": {"bias"}, "Prompt Template": {"how_to_use"}, "Training Factors": {"training_procedure"},
		"Data Freshness": {"training_data"}, "When not to use": {"out_of_scope_use"},
		"Community": nil, "Ollama": nil, "Results of a life": nil,
	} {
		c := Read("README.md", []byte("# M\n\n## "+heading+"\n\nSome words that say something about it.\n"))
		s := c.Sections[1]
		for _, name := range want {
			if s.Name != name && !slices.Contains(s.Also, name) {
				t.Errorf("%s is %s and %v, want %v", heading, s.Name, s.Also, want)
			}
		}
		if want == nil && s.Name != "" {
			t.Errorf("%s is %s, want nothing", heading, s.Name)
		}
	}
}

// A whole that is divided has no text of its own for a part it does not have.
func TestDividedWholesStandForNoPart(t *testing.T) {
	c := Read("README.md", []byte("# M\n\n## Technical Specifications\n\n### Hardware\n\nEight boards of one kind in one room.\n"))
	if slices.Contains(c.Sections[1].Also, "architecture_section") {
		t.Error("hardware was counted as architecture")
	}
}
