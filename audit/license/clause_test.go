package license

import (
	"slices"
	"testing"
)

// A sentence that forbids changes as such is told from one that forbids something
// else of what was changed, or forbids it for some purpose.
func TestClausesOnChanges(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"You may not modify the Model.", true},
		{"You may not copy, modify or sublicense the Model.", true},
		{"You shall not use, adapt or alter the Materials.", true},
		{"You must not create derivative works of the Model.", true},
		{"Recipients may not make or share any derivatives.", true},
		{"You may not distribute modified versions.", true},
		{"No derivative works of the Model may be made.", true},
		{"You cannot transform or build upon the weights.", true},
		{"You agree not to use the Model or Derivatives of the Model.", false},
		{"You may not use the Model or any derivative works to improve another model.", false},
		{"If you receive derivative works from a Licensee, then Section 2 will not apply to you.", false},
		{"You will not modify or create derivative works of the Software for any military purposes.", false},
		{"You must not modify or distribute the Works outside the Territory.", false},
		{"Derivative Works shall not include works that remain separable from the Work.", false},
		{"You may modify the Model and share derivatives.", false},
	} {
		text := Identify("LICENSE", []byte(c.text+"\n"))
		if got := slices.ContainsFunc(text.Clauses, func(x Clause) bool { return x.Kind == ClauseNoDerivatives }); got != c.want {
			t.Errorf("%q: %v, want %v", c.text, got, c.want)
		}
	}
}

// So is one that forbids commerce.
func TestClausesOnCommerce(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{"The Model is for non-commercial use only.", true},
		{"You may not use the Model for commercial purposes.", true},
		{"Commercial use requires a separate license.", true},
		{"Commercial use requires a licence.", true},
		{"Commercial use needs permission.", true},
		{"Commercial use needs our written consent.", true},
		{"Please contact sales@acme.ai for commercial use.", true},
		{"This model is free for research.", true},
		{"Free for personal use.", true},
		{"Weights: CC BY-NC 4.0", true},
		{"本模型仅供研究，不得用于商业用途。", true},
		{"You may use the Model for research purposes only.", true},
		{"Commercial use is allowed.", false},
		{"Permission is granted for commercial use.", false},
		{"Commercial use requires that you keep this notice.", false},
		{"Contact us with questions. Commercial use is allowed.", false},
		{"The weights are free for research and business.", false},
		{"The number of visits of your commercial service must not exceed 1 million.", false},
		{"The license is free for research and commercial use.", false},
		{"You may not use outputs to improve any model except non-commercial AI models.", false},
		{"协商不成时，应向人民法院提起诉讼。", false},
	} {
		text := Identify("LICENSE", []byte(c.text+"\n"))
		got := slices.ContainsFunc(text.Clauses, func(x Clause) bool { return x.Kind == ClauseNonCommercial || x.Kind == ClauseResearchOnly })
		if got != c.want {
			t.Errorf("%q: %v, want %v: %v", c.text, got, c.want, text.Clauses)
		}
	}
}
