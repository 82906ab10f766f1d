package collect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Texts that documents are made of here. No two sentences of said are the same.
const (
	said = `Two people wrote the code in spring and trained the model on letters of three archives. The loss fell from four to two within
a day and then stayed where it was. We measured how often it gets the next word right and found forty in a hundred, which is as
good as others of its size. It fails on names and on numbers, and below we say why that is so.`
	latin = `Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua.
Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat. Duis aute irure dolor
in reprehenderit in voluptate velit esse cillum dolore eu fugiat nulla pariatur. Excepteur sint occaecat cupidatat non proident.`
	denied = `We do not release our report. The report about this model has not been published, and we have no plans to publish it.
Details of the training are not disclosed. The results are not available to anybody outside. Neither the data nor any description
of it is shared. We cannot provide further information. Figures were not recorded, and nothing else will be released.`
	questions = `For what purpose was the dataset created? Was there a specific task in mind? Please provide a description. Who created the
dataset, and on behalf of which entity? What do the instances that comprise the dataset represent? Are there multiple types of
instances? Please provide a description. How many instances are there in total, and of each type, if appropriate? Does the dataset
contain all possible instances, or is it a sample? If so, please describe how representativeness was validated.`
)

// A document has to hold what its name promises.
func TestHollowDocuments(t *testing.T) {
	names := map[string]string{
		"TECHNICAL_REPORT.md": "technical_report", "report.tex": "technical_report", "paper.txt": "paper", "docs/paper.md": "paper", "DATA_CARD.md": "data_card",
		"datasheet.md": "datasheet", "System-Card.md": "system_card", "CHANGELOG.md": "changelog", "samples/outputs.txt": "sample_outputs",
	}
	for what, text := range map[string]string{
		"nothing": "", "filling": latin, "refusals": denied, "questions": questions, "placeholders": strings.Repeat("[More Information Needed]\n\n", 60),
		"to do": strings.Repeat("TODO: write this.\n\n", 60), "one sentence": strings.Repeat("The report tells all about it. ", 60),
		"keywords": strings.Repeat("training data, evaluation results, technical report, datasheet, released, open source, ", 40),
	} {
		files := fstest.MapFS{"README.md": file("# A\n")}
		for name := range names {
			files[name] = file("# " + name + "\n\n" + text + "\n")
		}
		files["SECURITY.md"] = file("# Security\n\n" + text + "\n")
		ev := gather(t, files)
		for name, kind := range names {
			if v, _ := ev.Get("/documents/" + kind + "/present"); v != false {
				paths, _ := ev.Get("/documents/" + kind + "/paths")
				t.Errorf("%s of %s: %s is present: %v", name, what, kind, paths)
			}
		}
		if v, _ := ev.Get("/policies/security/present"); v != false {
			t.Errorf("a security policy of %s is present", what)
		}
	}
}

// Documents are found by name and by what they are, and nothing else is taken
// for one.
func TestDocumentsByContent(t *testing.T) {
	paper := "# Letters\n\nA. Nobody\n\n## Abstract\n\n" + said + "\n\n## 1 Introduction\n\nLetters are short.\n\n## References\n\n[1] B. Nobody.\n"
	sheet := "# About the letters\n\n## Motivation\n\n" + said + "\n\n## Composition\n\nThree boxes of letters.\n\n## Collection Process\n\nBy hand, in the reading room.\n\n## Maintenance\n\nThe archive keeps them.\n"
	for _, c := range []struct {
		path, text string
		want       []string
	}{
		{"TECHNICAL_REPORT.md", "# Report\n\n" + said, []string{"technical_report"}},
		{"docs/tech-report.html", "<h1>Report</h1>\n<p>" + said + "</p>\n", []string{"technical_report"}},
		{"docs/report.md", "# A report\n\n## Training\n\n" + said + "\n\n## Results\n\nSee above.\n", []string{"technical_report"}},
		{"docs/making.md", "# Letters: Technical Report\n\n" + said, []string{"technical_report"}},
		{"docs/making.tex", "\\title{Letters: Technical Report}\n\\begin{abstract}\n" + said + "\n\\end{abstract}\n\\section{Introduction}\n", []string{"technical_report"}},
		{"PAPER.md", "# A paper\n\n" + said, []string{"paper"}},
		{"docs/letters.md", paper, []string{"paper"}},
		{"tex/main.tex", "\\begin{abstract}\n" + said + "\n\\end{abstract}\n\\section{Introduction}\nLetters.\n\\bibliography{x}\n", []string{"paper"}},
		{"data/README.md", "---\ntask_categories: [text-generation]\n---\n# Dataset Card for letters\n\n" + said, []string{"data_card"}},
		{"docs/letters.md", "---\nsize_categories: [n<1K]\npretty_name: Letters\n---\n# Letters\n\n" + said, []string{"data_card"}},
		{"docs/data.md", sheet, []string{"datasheet"}},
		{"docs/data.md", "# Datasheet for letters\n\n## Motivation\n\n" + said + "\n\n## Composition\n\nBoxes.\n\n## Uses\n\nTraining.\n", []string{"datasheet"}},
		{"docs/service.md", "# Letters System Card\n\n" + said, []string{"system_card"}},
		{"HISTORY.md", "## 1.1.0 (2026-02-01)\n\n- trained longer, on the letters of a third archive\n", []string{"changelog"}},
		{"docs/news.md", "# Changelog\n\n## 1.1.0\n\n- trained longer, on the letters of a third archive\n", []string{"changelog"}},
		{"samples/a.txt", said, []string{"sample_outputs"}},

		{"newspaper.md", "# The newspaper\n\n" + said, nil},
		{"docs/reporting.md", "# Reporting faults\n\n" + said, nil},
		{"report.md", "# How to write to us\n\n" + said, nil},
		{"paperwork/form.md", "# A form\n\n" + said, nil},
		{"docs/other.md", "# Our thoughts on technical reports\n\nNone of them.\n\n" + said, nil},
		{"samples/run.py", "import os\n" + strings.Repeat("print(os.name, 'a b c d')\n", 60), nil},
		{"sample_inputs.txt", said, nil},
		{"changes.md", "# Changes\n\nWe do change things as we go along, here and there.\n", nil},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), c.path: file(c.text)})
		var got []string
		for _, kind := range []string{"technical_report", "paper", "data_card", "datasheet", "system_card", "changelog", "sample_outputs"} {
			if v, _ := ev.Get("/documents/" + kind + "/present"); v == true {
				got = append(got, kind)
				if paths, _ := ev.Get("/documents/" + kind + "/paths"); fmt.Sprint(paths) != "["+c.path+"]" {
					t.Errorf("%s: %s lies at %v", c.path, kind, paths)
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s %.60q is %v, want %v", c.path, c.text, got, c.want)
		}
	}
}

// A policy on security tells of faults, and a contact in it is kept.
func TestSecurityPolicy(t *testing.T) {
	for text, want := range map[string]bool{
		"# Security\n\nPlease report vulnerabilities to security@acme.example; we answer within three days.\n": true,
		"# Security\n\nWe like our model, and we hope that you will like it as well.\n":                        false,
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "SECURITY.md": file(text)})
		if v, _ := ev.Get("/policies/security/present"); v != want {
			t.Errorf("%q: %v", text, v)
		}
	}
}

// A public summary of training content is a document, and tells of what it has
// more than a tick for.
func TestTrainingSummaryIsTold(t *testing.T) {
	const form = `schema: urn:glassbox:training-summary:v1
version: "1"
updated: 2026-03-01
general:
  provider: {name: Aurora Lab}
  models: [aurora-tiny 1.0]
  modalities:
    text: {size: 1e9-1e13 tokens}
sources:
  public_datasets: {used: true, large: [{name: tides, link: "https://x.example"}]}
  licensed: {used: false}
  private_third_party: {used: false}
  crawled: {used: true, crawlers: [auroracrawl], behaviour: It obeys robots.txt.}
  user_data: {used: true}
  synthetic: {used: true, other_models: TODO}
  other: {used: false}
processing:
  rights_reservation: {code_signatory: true, measures: Nothing was taken that asked not to be.}
  illegal_content: Each text was read by two people.
`
	ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "docs/content.yaml": file(form)})
	for pointer, want := range map[string]any{
		"/documents/training_summary/present": true, "/training/data/crawl": true, "/training/data/crawler_optout": true, "/training/data/licensed": true,
		"/training/data/users": false, "/training/data/synthetic": false, "/training/data/named": true, "/training/data/size": true,
	} {
		if got, ok := ev.Get(pointer); !ok || got != want {
			t.Errorf("%s is %v, want %v", pointer, got, want)
		}
	}
	if src := ev.SourcesAt("/training/data/crawl"); len(src) != 1 || src[0].Path != "docs/content.yaml" || src[0].Line != 13 {
		t.Errorf("crawling is told at %+v", src)
	}
	without := gather(t, fstest.MapFS{"README.md": file("# A\n"), "docs/content.yaml": file(strings.Replace(form, "version: \"1\"\n", "", 1))})
	if v, _ := without.Get("/documents/training_summary/present"); v != false {
		t.Errorf("a summary that does not follow its form is present: %v", v)
	}
	if v, ok := without.Get("/training/data/crawl"); ok {
		t.Errorf("crawling is told of: %v", v)
	}
}
