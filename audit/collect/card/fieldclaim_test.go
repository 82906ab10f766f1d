package card

import (
	"fmt"
	"strings"
	"testing"
)

// numbersOf lists the claims of numbers, each with its first value.
func numbersOf(text string) string {
	var list []string
	for _, cl := range Read("README.md", []byte(text)).Claims {
		switch {
		case cl.Experts > 0:
			list = append(list, fmt.Sprint(cl.Kind, " ", cl.Value))
		case len(cl.Quantities) > 0:
			list = append(list, fmt.Sprint(cl.Kind, " ", cl.Values))
		}
	}
	return strings.Join(list, ", ")
}

// Each of several labelled values keeps its own label, in whatever way they
// are set side by side.
func TestLabelledPairs(t *testing.T) {
	const both = "parameters [7000000000], active_parameters [1100000000]"
	const swapped = "active_parameters [1100000000], parameters [7000000000]"
	for text, want := range map[string]string{
		"Total Parameters: 7B\nActivated Parameters: 1.1B":                       both,
		"Activated Parameters: 1.1B\nTotal Parameters: 7B":                       swapped,
		"Total Parameters: 7B\nActivated Parameters: 1.1B\nContext length: 4096": both + ", context_length [4096]",
		"**Total Parameters:** 7B\n**Activated Parameters:** 1.1B":               both,
		"Total Parameters: 7B  \nActivated Parameters: 1.1B":                     both,
		"Total Parameters: 7B<br>Activated Parameters: 1.1B":                     both,
		"Total parameters: 7B, active parameters: 1.1B.":                         both,
		"Total parameters: 7B. Active parameters: 1.1B.":                         both,
		"Total parameters: 7B; activated: 1.1B":                                  both,
		"Activated parameters: 1.1B / Total: 7B":                                 both,
		"Activated parameters: 1.1B / Total parameters: 7B":                      both,
		"Parameters: 7B total, 1.1B active":                                      both,
		"Parameters: 7B total / 1.1B active":                                     both,
		"Parameters: 7B (1.1B active)":                                           both,
		"Parameters: 7B (active: 1.1B)":                                          both,
		"Parameters: 7B, of which 1.1B are active":                               both,
		"Parameters (total / active): 7B / 1.1B":                                 "",
		"Parameters: 7B (distilled from 70B)":                                    "parameters [7000000000]",
		"Parameters: 7B, vision encoder: 300M":                                   "parameters [7000000000]",
		"Parameters: 7B, trained on 2T tokens":                                   "parameters [7000000000]",
		"Parameters: as many as 70B models":                                      "",
		"Facts:\nTotal Parameters: 7B\nActivated Parameters: 1.1B":               both,
		"Parameters: total 7B, active 1.1B":                                      both,
		"Total / activated parameters: 7B / 1.1B":                                "",
		"Parameters: 7B\nLayers: 32\nContext length: 4096\nLicense: MIT":         "parameters [7000000000], layers [32], context_length [4096]",
		"Parameters: 7B\nTokens: 2T\nVocab size: 32000":                          "parameters [7000000000], tokens [2000000000000], vocab_size [32000]",
		"Parameters: 7B, layers: 32, context length: 4096":                       "parameters [7000000000]",
		"Context length: 4096, parameters: 7B":                                   "context_length [4096]",
		"Context length: 4096 tokens (parameters: 7B)":                           "context_length [4096]",
	} {
		for _, before := range []string{"# Foo\n\n", "# Foo\n\n## Model Details\n\n"} {
			if got := numbersOf(before + text + "\n"); got != want {
				t.Errorf("%q: %q, want %q", text, got, want)
			}
		}
	}
	for _, bullet := range []string{"- ", "* ", "1. "} {
		text := "# Foo\n\n" + bullet + "Total Parameters: 7B\n" + bullet + "Activated Parameters: 1.1B\n"
		if got := numbersOf(text); got != both {
			t.Errorf("%q: %q, want %q", text, got, both)
		}
	}
}
