package card

import "testing"

// Lists of one's own are text; heaps of words of the trade are none.
func TestHeapsOfWords(t *testing.T) {
	for text, want := range map[string]bool{
		"AdamW, learning rate 3e-4, batch size 512, weight decay 0.1, gradient clipping 1.0, warmup 2000 steps, cosine schedule, bfloat16 mixed precision":        true,
		"Chatbots, summaries, translation, search, drafting letters, question answering, document review, code completion, tagging, spelling, planning, tutoring": true,
		"English, German, French, Italian, Portuguese, Hindi, Spanish, Thai, Polish, Czech, Danish, Dutch, Finnish, Greek, Hungarian, Romanian":                   true,
		"Das Modell wurde mit Daten aus Foren trainiert, daher kann es Vorurteile enthalten, welche Nutzer vor dem Einsatz durch eigene Tests prüfen sollten":     true,
		"We do not provide any information about this.":          false,
		"The authors will not disclose details of intended use.": false,
		"training data evaluation results accuracy limitations bias risks carbon hyperparameters dataset security privacy license metrics hardware citation contact software": false,
	} {
		k := Read("README.md", []byte("# M\n\n## Uses\n\n"+text+"\n"))
		if got := k.Counts.Words > 0; got != want {
			t.Errorf("%q counts as text: %v", text, got)
		}
	}
}
