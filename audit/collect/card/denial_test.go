package card

import (
	"strings"
	"testing"
	"unicode/utf16"
)

// What only says that nothing is told is no text of its section, and no
// placeholder either.
func TestDenials(t *testing.T) {
	for _, c := range []struct {
		heading, text string
		words         int
	}{
		{"Training Data", "We do not disclose the training data of this model, its sources, its size, or how it was filtered and cleaned.", 0},
		{"Training Data", "The composition of the corpus has not been made public by us or by anybody.", 0},
		{"Training Data", "Information about the corpus is confidential.", 0},
		{"Training Data", "No information on the training data is available at this time, as it was never recorded.", 0},
		{"Environmental Impact", "Carbon emissions weren’t measured during training.", 0},
		{"Environmental Impact", "Not measured.", 0},
		{"Hardware", "Undisclosed", 0},
		{"Training Data", "N/A for this model.", 0},
		{"Evaluation", "None so far.", 0},
		{"Evaluation", "None of the 12 models in the table beats it.", 9},
		{"Evaluation", "The model was not evaluated on any benchmark.", 0},
		{"Contact", "Not disclosed", 0},

		{"Training Data", "We do not release the corpus, but it holds books and pages of the web.", 14},
		{"Training Data", "Documents that were not public before 2020 were left out.", 10},
		{"Training Data", "We trained on books that nobody had read before.", 9},
		{"Limitations", "The model was not evaluated on long texts.", 8},
		{"Uses", "Do not publish its output as news.", 7},
	} {
		k := Read("README.md", []byte("# M\n\n## "+c.heading+"\n\n"+c.text+"\n"))
		s := k.Sections[1]
		if c.words == 0 && (s.Words != 0 || s.Denied == 0 || s.Placeholders != 0) || c.words > 0 && (s.Words < c.words-2 || s.Denied != 0) {
			t.Errorf("%s: %q: %+v, want about %d words", c.heading, c.text, s.Counts, c.words)
		}
	}
}

// A list of settings counts like a table of them.
func TestListedSettings(t *testing.T) {
	for text, rows := range map[string]int{
		"- lr: 1e-4\n- batch size: 32\n- epochs: 3\n":                                             3,
		"- **Learning rate:** 1e-4\n- `batch_size` = 32\n- warmup_ratio: .1\n":                    3,
		"* learning_rate: 5e-05\n* optimizer: Adam with betas=(0.9,0.999)\n* scheduler: linear\n": 2,
		"- We used 8 boards.\n- See https://x.org/a1\n- Hardware: A100\n":                         0,
	} {
		k := Read("README.md", []byte("# M\n\n### Training hyperparameters\n\n"+text))
		if n := k.Sections[1].TableRows; n != rows {
			t.Errorf("%q: %d rows, want %d", text, n, rows)
		}
	}
}

// Links are where to look, and no text.
func TestOnlyLinks(t *testing.T) {
	for _, c := range []struct {
		text  string
		words int
	}{
		{"## Training Data\n\n[Our long and very detailed paper about the training data of all of our models](https://x.org)\n", 0},
		{"## Training Data\n\n- [The Pile](https://x.org)\n- [Common Crawl](https://y.org), [C4](https://z.org)\n", 0},
		{"## Training Data\n\nBooks, see [the list](https://x.org).\n", 4},
		{"## Contact\n\n[somebody@x.org](mailto:somebody@x.org)\n", 2},
	} {
		k := Read("README.md", []byte("# M\n\n"+c.text))
		if s := k.Sections[1]; s.Words != c.words || s.Links == 0 {
			t.Errorf("%q: %+v, want %d words and its links", c.text, s.Counts, c.words)
		}
	}
}

// What people can read counts, in whatever encoding; programs are told.
func TestEncodingsOfCards(t *testing.T) {
	const text = "---\nlicense: mit\n---\n# Modèle\n\n## Limitations\n\nIl se trompe la nuit, à l’été comme à la Noël.\n"
	little, big := []byte{0xff, 0xfe}, []byte{0xfe, 0xff}
	for _, u := range utf16.Encode([]rune(text)) {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	latin := []byte{}
	for _, r := range strings.ReplaceAll(text, "’", "'") {
		latin = append(latin, byte(r))
	}
	want := find(t, Read("README.md", []byte(text)), "limitations")
	for name, data := range map[string][]byte{"UTF-16LE": little, "UTF-16BE": big, "Latin-1": latin} {
		c := Read("README.md", data)
		got := find(t, c, "limitations")
		if got.Words < want.Words-2 || got.Words > want.Words || got.Line != want.Line {
			t.Errorf("%s: %d words on line %d, want %d on %d", name, got.Words, got.Line, want.Words, want.Line)
		}
		told := false
		for _, p := range c.Problems {
			told = told || p.Kind == Encoding
		}
		if !told {
			t.Errorf("%s is no problem: %v", name, c.Problems)
		}
		if name != "Latin-1" && (c.FrontMatter.State == FrontMatterPresent || c.Metadata != nil) {
			t.Errorf("%s: metadata were read, which the Hub does not", name)
		}
	}
	for _, odd := range []string{"\xff\xfe", "\xff\xfea", "\xfe\xff\xd8\x00"} {
		Read("README.md", []byte(odd)) // and no panic
	}
}
