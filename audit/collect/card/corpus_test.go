package card

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the goldens in testdata")

// corpus reads the cards of a folder of the corpora, by file name. Names of
// model cards are "repository__path" with "__" for each slash.
func corpus(t *testing.T, folder string) map[string]*Card {
	t.Helper()
	root := os.Getenv("GLASSBOX_CORPORA")
	if root == "" {
		t.Skip("GLASSBOX_CORPORA is not set: no published cards to read")
	}
	files, err := filepath.Glob(filepath.Join(root, folder, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cards in %s: %v", filepath.Join(root, folder), err)
	}
	cards := map[string]*Card{}
	for _, f := range files {
		base := filepath.Base(f)
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(base, "__")
		name := parts[len(parts)-1]
		switch {
		case base == "SOURCE.md":
		case folder == "dataset-cards":
			cards[base] = Read("README.md", data)
		case filepath.Ext(base) == ".json":
			c, ok := ReadJSON(name, data)
			if !ok {
				t.Errorf("%s is no card", base)
				continue
			}
			cards[base] = c
		default:
			cards[base] = Read(name, data)
		}
	}
	return cards
}

// golden compares text with a file of testdata, or rewrites that.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		a, b := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("%s line %d:\n got %s\nwant %s", file, i+1, a[i], b[i])
			}
		}
		t.Fatalf("%s: %d lines, want %d", file, len(a), len(b))
	}
}

func sorted(cards map[string]*Card) []string {
	var list []string
	for name := range cards {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// filled reports a section with something of its own or below.
func filled(s *Section) bool { return s.Words+s.TableRows+s.CodeLines+s.Links+s.Images > 0 }

// TestDatasetCardsSummary counts over all dataset cards which sections are
// there, which filled and which hold placeholders alone.
func TestDatasetCardsSummary(t *testing.T) {
	cards := corpus(t, "dataset-cards")
	matter, marked, kinds, problems := 0, 0, map[Kind]int{}, map[string]int{}
	type tally struct{ present, filled, standIn int }
	sections := map[string]*tally{}
	for _, name := range sorted(cards) {
		c := cards[name]
		if c.FrontMatter.State == FrontMatterPresent && c.FrontMatter.Valid {
			matter++
		}
		if c.Counts.Placeholders > 0 {
			marked++
		}
		kinds[c.Kind]++
		for _, p := range c.Problems {
			problems[p.Kind]++
		}
		for i := range c.Sections {
			s := &c.Sections[i]
			if s.Level > 6 || s.Name == "" {
				continue
			}
			if sections[s.Name] == nil {
				sections[s.Name] = &tally{}
			}
			n := sections[s.Name]
			n.present++
			if filled(s) {
				n.filled++
			}
			if s.Placeholder {
				n.standIn++
			}
		}
	}
	// 278 of 281 cards have front matter that the Hub reads; pandas, audiofolder
	// and imagefolder are notes without any.
	if len(cards) != 281 || matter != 278 {
		t.Errorf("%d cards, %d with front matter; want 281 and 278", len(cards), matter)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "cards %d, front matter %d, with placeholders %d, kinds dataset %d model %d unknown %d, problems %v\n",
		len(cards), matter, marked, kinds[KindDataset], kinds[KindModel], kinds[KindUnknown], problems)
	var list []string
	for name, n := range sections {
		list = append(list, fmt.Sprintf("%-28s present %3d  filled %3d  placeholder %3d", name, n.present, n.filled, n.standIn))
	}
	slices.Sort(list)
	golden(t, "dataset-cards.golden", out.String()+strings.Join(list, "\n")+"\n")
}

// TestModelCardsSummary fixes the counts and every claim of each model card.
// The claims were read one by one beside the cards: none says anything that
// its card does not say of its model.
func TestModelCardsSummary(t *testing.T) {
	cards := corpus(t, "model-cards")
	var out strings.Builder
	for _, name := range sorted(cards) {
		c := cards[name]
		present, fill, standIn := 0, 0, 0
		for i := range c.Sections {
			s := &c.Sections[i]
			if s.Name == "" {
				continue
			}
			present++
			if filled(s) {
				fill++
			}
			if s.Placeholder {
				standIn++
			}
		}
		fmt.Fprintf(&out, "%s: %s %s %s, sections %d filled %d placeholder %d, words %d rows %d code %d marks %d, problems %d\n",
			name, c.Kind, c.FrontMatter.State, c.Schema, present, fill, standIn,
			c.Counts.Words, c.Counts.TableRows, c.Counts.CodeLines, c.Counts.Placeholders, len(c.Problems))
		for _, cl := range c.Claims {
			fmt.Fprintf(&out, "  %s %s %s line %d\n", cl.Kind, clip(cl.Value, 80), cl.Where, cl.Line)
		}
	}
	golden(t, "model-cards.golden", out.String())
}

// templateHeadings are those of the old dataset card template, in its order.
var templateHeadings = []string{
	"Dataset Summary", "Supported Tasks and Leaderboards", "Languages", "Data Instances", "Data Fields", "Data Splits", "Curation Rationale",
	"Initial Data Collection and Normalization", "Who are the source language producers?", "Annotation process", "Who are the annotators?",
	"Personal and Sensitive Information", "Social Impact of Dataset", "Discussion of Biases", "Other Known Limitations", "Dataset Curators",
	"Licensing Information", "Citation Information", "Contributions",
}

// TestSectionsReadByHand compares with what a person saw in these twenty cards: each
// letter is a heading of the template, F for filled and P for a placeholder.
func TestSectionsReadByHand(t *testing.T) {
	cards := corpus(t, "dataset-cards")
	for name, want := range map[string]string{
		"large_spanish_corpus.md":    "FPFPPFPPPPPPPPPPPPF",
		"yoruba_gv_ner.md":           "FPFFFFFFFPFPPPPFFFF",
		"curiosity_dialogs.md":       "FFFFFFPPPPPPPPPPFFF",
		"refresd.md":                 "FFFFFFFFFFFFFFFFFFF",
		"truthful_qa.md":             "FPFFFFFFFPFPPPPPFFF",
		"catalonia_independence.md":  "FPFPPPPPPPPPPPPPPPF",
		"alt.md":                     "FFFFFFFPFPPPPPPFFFF",
		"medical_questions_pairs.md": "FFFFFFPPPFFPPPPPPFF",
		"kor_hate.md":                "FFFFFFFFFFFPFPPFPFF",
		"hebrew_this_world.md":       "FFFFFFPPPPFPPPPPFFF",
		"xtreme.md":                  "FPPFFFPPPPPPPPPPPFF",
		"tunizi.md":                  "PPFPPPPPPPPPPPPPPPF",
		"scitail.md":                 "FPPFFFPPPPPPPPPPPFF",
		"squad.md":                   "FPPFFFPPPPPPPPPPPFF",
		"circa.md":                   "FPFFFFFFFPFPPPPFFFF",
		"common_voice.md":            "FPFFFFPPPPPFFPPPFFF",
		"adv_glue.md":                "FFFFFFPPPPPPPPPPFFF",
		"ai2_arc.md":                 "FPPFFFPPPPPPPPPPPFF",
		"cc_news.md":                 "FFFFFFPFFPPFFPPPPFF",
	} {
		got := ""
		for _, heading := range templateHeadings {
			i := slices.IndexFunc(cards[name].Sections, func(s Section) bool { return s.Heading == heading })
			switch {
			case i < 0:
				got += "-"
			case cards[name].Sections[i].Placeholder:
				got += "P"
			case filled(&cards[name].Sections[i]):
				got += "F"
			default:
				got += "E"
			}
		}
		if got != want {
			t.Errorf("%s: %s, a reader saw %s", name, got, want)
		}
	}
}

// TestModelCardsReadByHand compares with what a person saw in these cards.
func TestModelCardsReadByHand(t *testing.T) {
	cards := corpus(t, "model-cards")
	tests := map[string]struct {
		title string
		has   []string // sections with words of their own or below
		lacks []string
	}{
		"bigscience-workshop+model_card__README.md":                        {"", []string{"developers", "funding", "direct_use", "out_of_scope_use", "limitations", "training_data", "results", "glossary", "authors", "license_section", "recommendations", "hardware"}, []string{"contact_us", "how_to_use"}},
		"databricks+dbrx__MODEL_CARD_dbrx_base.md":                         {"DBRX Base", []string{"model_details", "uses", "out_of_scope_use", "limitations", "ethical_considerations", "license_section", "evaluation", "how_to_use"}, []string{"environmental_impact", "citation", "funding"}},
		"Stability-AI+stablediffusion__modelcard.md":                       {"Stable Diffusion v2 Model Card", []string{"direct_use", "out_of_scope_use", "limitations", "bias", "training_data", "training_procedure", "hardware", "carbon", "license_section", "languages"}, []string{"funding", "software"}},
		"openai+CLIP__model-card.md":                                       {"Model Card: CLIP", []string{"uses", "out_of_scope_use", "training_data", "evaluation", "limitations", "bias", "model_type"}, []string{"license_section", "hardware", "citation"}},
		"facebookresearch+audiocraft__model_cards__AUDIOGEN_MODEL_CARD.md": {"AudioGen Model Card", []string{"developers", "license_section", "uses", "intended_users", "out_of_scope_use", "metrics", "training_data", "limitations", "bias", "risks"}, []string{"hardware", "environmental_impact"}},
		"meta-llama+llama-models__models__llama2__MODEL_CARD.md":           {"", []string{"developers", "uses", "out_of_scope_use", "hardware", "carbon", "training_data", "results", "ethical_considerations", "limitations", "license_section"}, []string{"how_to_use", "funding"}},
	}
	for name, test := range tests {
		c := cards[name]
		if c == nil {
			t.Errorf("no card %s", name)
			continue
		}
		if test.title != "" && c.Title != test.title {
			t.Errorf("%s: title %q, want %q", name, c.Title, test.title)
		}
		said := map[string]bool{}
		for i := range c.Sections {
			s := &c.Sections[i]
			for _, n := range append([]string{s.Name}, s.Also...) {
				said[n] = said[n] || filled(s)
			}
		}
		for _, n := range test.has {
			if !said[n] {
				t.Errorf("%s: %s is filled, and was not found", name, n)
			}
		}
		for _, n := range test.lacks {
			if said[n] {
				t.Errorf("%s: has no %s, and one was found", name, n)
			}
		}
	}
}
