package card

import (
	"fmt"
	"strings"
	"testing"
)

func statementsIn(heading, text string) []string {
	var out []string
	for _, s := range Read("README.md", []byte("# M\n\nA model.\n\n## "+heading+"\n\n"+text+"\n")).Statements {
		out = append(out, strings.TrimSpace(s.Kind+" "+s.Value))
	}
	return out
}

func TestStatements(t *testing.T) {
	for _, c := range []struct{ heading, text, want string }{
		{"Evaluation", "We removed every training document that shares a 13-gram with a test item.", "contamination"},
		{"Evaluation", "None of the notes of the test split occurs in the training split.", "contamination"},
		{"Training Data", "The corpus was decontaminated against all benchmarks listed below.", "contamination"},
		{"Evaluation", "No overlap between training and evaluation data was found.", "contamination"},
		{"Evaluation", "Some benchmark questions may be present in the training data.", "contamination"},

		{"Evaluation", "We checked for contamination with 13-gram overlap and found none.", "contamination"},
		{"Evaluation", "We did not check for contamination by 13-gram overlap at all.", ""},

		{"Evaluation", "We did not check for contamination of the benchmarks.", ""},
		{"Evaluation", "Contamination of the test data was not measured.", ""},
		{"Evaluation", "We do not disclose whether test data overlap with training data.", ""},
		{"Evaluation", "contamination decontamination overlap test set benchmark training data", ""},
		{"Evaluation", "The tank was checked for contamination by algae.", ""},
		{"Evaluation", "The cоntаminаtion of test dаtа wаs remоved frоm trаining.", ""}, // Cyrillic letters
		{"Evaluation", "<!-- None of the test notes occurs in the training split. -->", ""},
		{"Evaluation", "```\nNone of the test notes occurs in the training split.\n```", ""},

		{"Paper", "The paper was accepted at NeurIPS 2025 as a poster.", "review NeurIPS"},
		{"Paper", "The paper has been submitted to ICML and is under review.", ""},
		{"Paper", "It was presented at a workshop of NeurIPS last year.", ""},
		{"Paper", "We read all papers of ICML, ICLR and ACL.", ""},

		{"Training Data", "The table below is the complete list of datasets it was trained with.", "data_complete"},
		{"Training Data", "No other training data was used than these two sets.", "data_complete"},
		{"Training Data", "The listed datasets are all the data the model was trained on.", "data_complete"},
		{"Training Data", "The list of datasets above is complete and final.", "data_complete"},
		{"Training Data", "The listed datasets are not all the data the model was trained on.", ""},
		{"Training Data", "The list of datasets is complete except for data of partners.", ""},
		{"Training Data", "This is not a complete list of datasets that we used.", ""},
		{"Training Data", "We do not release our training data to anybody at all.", ""},
		{"Uses", "This is the complete list of datasets it can be used with.", ""},
	} {
		if got := strings.Join(statementsIn(c.heading, c.text), " "); got != c.want {
			t.Errorf("%s: %q states %q, want %q", c.heading, c.text, got, c.want)
		}
	}
}

func TestTableResults(t *testing.T) {
	for _, c := range []struct{ table, want string }{
		{"| Model | MMLU | GSM8K |\n|---|---|---|\n| Acme-7B | 61.2 | 44.0% |\n| Other-7B | 99 | 98 |", "MMLU||61.2 GSM8K||44"},
		{"| Benchmark | Acme-7B | Other |\n|---|---|---|\n| MMLU | 61.2 | 70 |\n| ARC | **50** ± 1 | 60 |", "MMLU||61.2 ARC||50"},
		{"| Dataset | Metric | Value |\n|---|---|---|\n| squad | f1 | 88.1 |", "squad|f1|88.1"},
		{"| Metric | Value |\n|---|---|\n| Accuracy | 0.91 |\n| Loss | n/a |", "|Accuracy|0.91"},
		{"| Task | Accuracy | F1 |\n|---|---|---|\n| ner | 0.9 | 0.8 |", "ner|Accuracy|0.9 ner|F1|0.8"},
		{"| Benchmark | Other-7B | Third |\n|---|---|---|\n| MMLU | 1 | 2 |", ""},
		{"| Model | MMLU |\n|---|---|\n| Other-7B | 99 |", ""},
		{"| Model | MMLU |\n|---|---|\n| Acme-7B | [More Information Needed] |", ""},
	} {
		k := Read("README.md", []byte("# Acme-7B\n\nA model.\n\n## Evaluation\n\n"+c.table+"\n"))
		var got []string
		for _, r := range k.TableResults {
			got = append(got, fmt.Sprintf("%s|%s|%v", r.DatasetName, r.MetricName, *r.Number))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s\ngives %q, want %q", c.table, s, c.want)
		}
	}
	k := Read("README.md", []byte("# Acme-7B\n\n## Training\n\n| Model | MMLU |\n|---|---|\n| Acme-7B | 9 |\n"))
	if len(k.TableResults) != 0 {
		t.Errorf("a table of another section gives %v", k.TableResults)
	}
}
