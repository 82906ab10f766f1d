package card

import (
	"fmt"
	"testing"
)

// Sizes of other models are nobody's claim here, and each number keeps its own
// label.
func TestSizesOfThisModelAlone(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Foo is a draft model for Llama-3, a model with 70B parameters.", ""},
		{"Foo was fine-tuned from Llama-2, a model with 7B parameters.", ""},
		{"Models with 7B parameters are slow, so we made this one.", ""},
		{"It was distilled from a teacher with 70B parameters.", ""},
		{"It was trained on outputs of a model with 405B parameters.", ""},
		{"This model helps models with 13B parameters.", ""},
		{"Unlike models with 7B parameters, it runs on a phone.", ""},
		{"Foo has 115,008 parameters.", "parameters 115008"},
		{"Foo has 41,120 parameters (about 41.1K) in two blocks.", "parameters 41120"},
		{"Foo has 512 parameters to set.", ""},
		{"Total Parameters: 6.7B\nActivated Parameters: 1.1B", "parameters 6700000000, active_parameters 1100000000"},
		{"Total parameters: 5.7B, active parameters: 1.2B.", "parameters 5700000000, active_parameters 1200000000"},
		{"Activated parameters: 1.3B / Total parameters: 7.7B", "parameters 7700000000, active_parameters 1300000000"},
		{"## Related models\n\n| Model | Params |\n|---|---|\n| Llama-2 | 7B |\n| Mistral | 7.2B |", ""},
		{"## Variants\n\n| Model | Params |\n|---|---|\n| Foo-mini | 1B |\n| GPT-9 | 70B |", "parameters 1000000000"},
		{"## Sizes\n\n| Model | Params |\n|---|---|\n| small | 100M |", "parameters 100000000"},
	} {
		k := Read("README.md", []byte("# Model Card for Foo\n\n"+c.text+"\n"))
		got := ""
		for _, cl := range k.Claims {
			if cl.Kind != ClaimParameters && cl.Kind != ClaimActiveParameters {
				continue
			}
			if got != "" {
				got += ", "
			}
			got += fmt.Sprint(cl.Kind, " ", cl.Quantities[0].Value)
		}
		if got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}
