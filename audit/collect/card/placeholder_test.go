package card

import (
	"strings"
	"testing"
)

// section reads a card of one section and returns what stands in it.
func oneSection(t *testing.T, body string) Section {
	t.Helper()
	c := Read("README.md", []byte("# Some Model\n\n## Limitations\n\n"+body+"\n"))
	for _, s := range c.Sections {
		if s.Name == "limitations" {
			return s
		}
	}
	t.Fatalf("no section in %+v", c.Sections)
	return Section{}
}

// Whatever stands in place of text counts no word.
func TestPlaceholders(t *testing.T) {
	tests := []struct {
		name, body string
		count      int
	}{
		{"template", "[More Information Needed]", 1},
		{"older template", "More information needed", 1},
		{"older still, with a stop", "More information needed.", 1},
		{"datasets", "[Needs More Information]", 1},
		{"datasets with a link", "[More Information Needed](https://github.com/huggingface/datasets/blob/master/CONTRIBUTING.md)", 1},
		{"twice", "[More Information Needed]\n\n[More Information Needed]", 2},
		{"in a list", "- [More Information Needed]\n- TBD", 2},
		{"in a quote", "> [More Information Needed]", 1},
		{"emphasis", "**[More Information Needed]**", 1},
		{"code span", "`[More Information Needed]`", 1},
		{"fenced", "```\n[More Information Needed]\n```", 1},
		{"labelled", "- **License:** [More Information Needed]", 1},
		{"labelled, optional", "- **Funded by [optional]:** [More Information Needed]", 1},
		{"Jinja", `{{ bias_risks_limitations | default("[More Information Needed]", true)}}`, 1},
		{"NVIDIA", "[Insert Response Here]", 1},
		{"a note to the writer", "[Describe the limitations of your model here]", 1},
		{"TODO", "TODO", 1},
		{"TODO with a task", "TODO: write about limitations of the model and its data", 1},
		{"N/A", "N/A", 1},
		{"not applicable", "Not applicable.", 1},
		{"to be added", "_To be added_", 1},
		{"coming soon", "Coming soon!", 1},
		{"dots", "...", 1},
		{"question marks", "???", 1},
		{"dash in a field", "- **License:** -", 1},
		{"Cyrillic", "[Mоrе Infоrmаtiоn Nееdеd]", 1},
		{"fullwidth", "［Ｍore Ｉnformation Ｎeeded］", 1},
		{"mathematical letters", "𝐌𝐨𝐫𝐞 𝐢𝐧𝐟𝐨𝐫𝐦𝐚𝐭𝐢𝐨𝐧 𝐧𝐞𝐞𝐝𝐞𝐝", 1},
		{"zero width", "[More\u200b Infor\u200bmation Needed]", 1},
		{"accents", "[Móre Ínformation Nèeded]", 1},
		{"Chinese", "待补充", 1},
		{"French", "à compléter", 1},
		{"table", "| Field | Response |\n|---|---|\n| Limits | [Insert Response Here] |", 1},
		{"table of N/A", "| Field | Response |\n|---|---|\n| Limits | N/A |", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := oneSection(t, test.body)
			if s.Words != 0 || s.TableRows != 0 || s.CodeLines != 0 || s.Placeholders != test.count || !s.Placeholder {
				t.Errorf("%q: %+v, placeholder %v; want %d placeholders and nothing else", test.body, s.Counts, s.Placeholder, test.count)
			}
		})
	}
}

// Words that placeholders are made of are words elsewhere.
func TestProseIsNoPlaceholder(t *testing.T) {
	tests := []struct {
		body  string
		words int
	}{
		{"The model is not applicable to legal texts.", 8},
		{"Support for more languages is [coming soon](https://example.org/1).", 7},
		{"More information is available in the paper of the authors.", 10},
		{"Unknown words are split into pieces.", 6},
		{"See [1] and the note [here].", 5},
		{"In quotation, [the] model may err.", 6},
		{"None of the above was measured.", 6},
		{"El modelo no distingue todo tipo de ironía.", 8},
		{"模型在长文本上表现不佳。", 6},
		{"Модель не предназначена для медицинских решений.", 6},
	}
	for _, test := range tests {
		s := oneSection(t, test.body)
		if s.Words != test.words || s.Placeholders+s.Boilerplate+s.Filler != 0 || s.Placeholder {
			t.Errorf("%q: %+v, want %d words", test.body, s.Counts, test.words)
		}
	}
}

// The hints and default sentences of templates are no text of the card, be they
// in comments, in italics, or copied as they are.
func TestTemplateTextIsBoilerplate(t *testing.T) {
	tests := []string{
		"This section is meant to convey both technical and sociotechnical limitations.",
		"_This section is meant to convey both technical and sociotechnical limitations._",
		"*What are the known or foreseeable issues stemming from this model?*",
		"**Section Overview:** This section identifies foreseeable harms, misunderstandings, and technical and sociotechnical limitations.",
		"Users (both direct and downstream) should be made aware of the risks, biases and limitations of the model. More information needed for further recommendations.",
		"Carbon emissions can be estimated using the [Machine Learning Impact calculator](https://mlco2.github.io/impact#compute) presented in [Lacoste et al. (2019)](https://arxiv.org/abs/1910.09700).",
		"Provide a longer summary of what this model is.",
		"Provide a quick summary of what the model is/does. Provide the basic links for the model.",
		"Use the code below to get started with the model.",
		"This sectiоn is meаnt to cоnvey both technicаl and sociоtechnical limitatiоns.",
		"<p>This section addresses misuse, malicious use, and uses that the model will not work well for.</p>",
		"This is the model card of a 🤗 transformers model that has been pushed on the Hub. This model card has been automatically generated.",
	}
	for _, body := range tests {
		s := oneSection(t, body)
		if s.Words != 0 || s.Boilerplate == 0 || !s.Placeholder {
			t.Errorf("%q: %+v, want boilerplate alone", body, s.Counts)
		}
	}
	own := oneSection(t, "This section is meant to warn nurses that the model was never tried on children.")
	if own.Words != 15 || own.Boilerplate != 0 {
		t.Errorf("own words taken for a template's: %+v", own.Counts)
	}
}

func TestCommentsShowNothing(t *testing.T) {
	s := oneSection(t, "<!-- The model fails on long texts and is biased. -->")
	if s.Words != 0 || s.Comments != 1 || !s.Placeholder {
		t.Errorf("%+v placeholder %v, want one comment", s.Counts, s.Placeholder)
	}
	s = oneSection(t, "It fails <!-- hardly ever, in truth --> on long texts.\n\n<!--\nhidden\n\nhidden again\n-->\n\nAnd on short ones.")
	if s.Words != 9 || s.Comments != 2 || s.Placeholder {
		t.Errorf("%+v, want 9 words around two comments", s.Counts)
	}
	s = oneSection(t, "Seen. <!-- never closed within this paragraph\n\nSeen as well.")
	if s.Words != 9 {
		t.Errorf("%+v, want the words of an open comment, which is text", s.Counts)
	}
}

func TestFillerCountsNothing(t *testing.T) {
	tests := map[string]string{
		"lorem ipsum":    "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.",
		"one word":       strings.Repeat("limitations ", 40),
		"one phrase":     strings.Repeat("the model is good ", 30),
		"keywords":       "Bias risks limitations fairness privacy safety security evaluation training data environmental impact license citation ethical considerations recommendations.",
		"comma keywords": "Bias, risks, limitations, fairness, privacy, safety, security, evaluation, metrics, results, hardware, license.",
	}
	for name, body := range tests {
		s := oneSection(t, body)
		if s.Words != 0 || s.Filler == 0 || !s.Placeholder {
			t.Errorf("%s: %+v, want filler alone", name, s.Counts)
		}
	}
	for _, body := range []string{
		"The data, which has no sex, age or race labels, limits what evaluation of bias and fairness can show.",
		"We never, never, never ran it on speech.",
		"Batch: 32 x 8 x 2 x 4 = 2048",
	} {
		if s := oneSection(t, body); s.Filler != 0 || s.Words == 0 {
			t.Errorf("%q taken for filler: %+v", body, s.Counts)
		}
	}
}

// A sentence counts once in a section and in two sections at most.
func TestRepeatedSentences(t *testing.T) {
	const sentence = "We care about this a lot and will say more. "
	if s := oneSection(t, strings.Repeat(sentence, 5)); s.Words != 10 || s.Repeated != 40 {
		t.Errorf("five times in one section: %+v", s.Counts)
	}
	stuffed := func(headings ...string) *Card {
		text := ""
		for _, h := range headings {
			text += "## " + h + "\n\n" + sentence + "\n\n"
		}
		return Read("README.md", []byte(text))
	}
	if c := stuffed("Uses", "Limitations"); c.Counts.Words != 20 {
		t.Errorf("under two headings: %+v", c.Counts)
	}
	if c := stuffed("Uses", "Limitations", "Training Data", "Evaluation"); c.Counts.Words != 20 || c.Counts.Repeated != 20 {
		t.Errorf("under four headings: %+v", c.Counts)
	}
}
