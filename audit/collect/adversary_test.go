package collect_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/audit"
	"glassbox/testdata/release"
)

// headingsOf are what a card is asked for.
var headingsOf = []string{
	"Uses", "Direct Use", "Out-of-Scope Use", "Bias, Risks, and Limitations", "Recommendations", "Training Data", "Training Procedure",
	"Training Hyperparameters", "Evaluation", "Testing Data", "Metrics", "Results", "Environmental Impact", "Hardware", "Model Architecture and Objective",
	"How to Get Started with the Model", "Citation", "Model Card Contact",
}

// under writes each heading over a text.
func under(text func(heading string) string) string {
	var b strings.Builder
	for _, h := range headingsOf {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n", h, text(h))
	}
	return b.String()
}

// A card that only looks as if it said something is worth no more than one of a
// single sentence.
func TestAdversarialCardsRaiseNoFloor(t *testing.T) {
	const words = "training data released open source evaluation results accuracy perplexity contamination decontamination overlap test set limitations bias risks " +
		"carbon CO2 energy kWh GPU hours hyperparameters learning rate dataset peer reviewed NeurIPS security privacy license apache"
	const lorem = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore et dolore magna aliqua. Ut enim ad minim veniam, quis nostrud exercitation ullamco laboris nisi ut aliquip ex ea commodo consequat."
	hints := []string{
		"Provide a longer summary of what this model is.", "This section is meant to convey both technical and sociotechnical limitations.",
		"Address questions around how the model is intended to be used, including the foreseeable users of the model and those affected by the model.",
		"This section describes the evaluation protocols and provides the results.", "[More Information Needed]",
	}
	cards := map[string]string{
		"keyword stuffing":   strings.Repeat(words+". ", 200),
		"stuffing under all": under(func(string) string { return strings.Repeat(words+". ", 3) }),
		"negation": under(func(h string) string {
			return "We do not disclose or release any information about " + strings.ToLower(h) + "."
		}),
		"negation of release":    "We do not release our training data. We do not release training code. No checkpoints, results or papers are released.",
		"copied template":        templateBody(t),
		"headings without prose": under(func(string) string { return "" }),
		"lorem ipsum":            under(func(string) string { return lorem }),
		"hints as text":          under(func(string) string { return strings.Join(hints, " ") }),
		"homoglyphs":             "We relеаsе оur trаining dаtа undеr Apаche-2.0 аnd it wаs аccepted аt NеurIPS.",
		"ten megabytes":          strings.Repeat(words+". ", (10<<20)/len(words)),
	}
	b := newBench(t)
	for name, base := range map[string]fstest.MapFS{"weights only": release.WeightsOnly(), "random": release.Random(7)} {
		for _, meta := range []string{"", "---\nlicense: apache-2.0\n---\n"} {
			with := func(body string) *audit.Report {
				files := maps.Clone(base)
				files["README.md"] = file(meta + "# A model\n\n" + body)
				return b.report(gather(t, files))
			}
			plain := with("A small model that completes the text field of a form.")
			for kind, body := range cards {
				r := with(body)
				if up := rises(floors(plain), floors(r)); len(up) > 0 {
					t.Errorf("%s, %q, %s: %s; now met: %v", name, meta, kind, strings.Join(up, ", "), newlyMet(plain, r))
				}
			}
		}
	}
}

// templateBody is the body of the sample whose card is a template as it comes.
func templateBody(t *testing.T) string {
	for _, r := range release.All() {
		if f := r.Files()["README.md"]; r.Name == "template-card" {
			_, body, _ := strings.Cut(strings.TrimPrefix(string(f.Data), "---\n"), "\n---\n")
			// the sample says in words of its own what the template says in these
			return strings.Replace(body, "This card was written by a tool when the model was pushed and has not been edited since.",
				"This is the model card of a 🤗 transformers model that has been pushed on the Hub. This model card has been automatically generated.", 1)
		}
	}
	t.Fatal("there is no sample of a template")
	return ""
}

// That something is not released is no release of it.
func TestNegationIsNoRelease(t *testing.T) {
	ev := gather(t, fstest.MapFS{"README.md": file("# A model\n\nIt completes forms.\n\n## Training Data\n\nWe do not release our training data. There is no data card.\n\n" +
		"## Evaluation\n\nNo results, evaluation code or evaluation data are released.\n\n## Training Procedure\n\nTraining code and checkpoints are not released. There is no technical report or paper.\n")})
	for _, name := range []string{
		"datasets", "data_card", "training_code", "evaluation_code", "evaluation_data", "evaluation_results", "inference_code", "technical_report",
		"research_paper", "model_parameters_intermediate", "model_parameters_final", "model_architecture", "sample_model_outputs", "model_metadata",
	} {
		if v, _ := ev.Get("/components/" + name + "/present"); v != false && v != nil {
			t.Errorf("%s is present: %v", name, v)
		}
	}
}
