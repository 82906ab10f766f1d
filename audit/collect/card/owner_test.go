package card

import "testing"

// Sentences that give numbers of other models, of parts, and of data. The card
// is that of Foo.
var numbersOfOthers = []string{
	"Foo is a draft model for Llama-3, a model with 70B parameters.",
	"Foo is a draft model for Llama-3 (70B parameters).",
	"Foo is a draft model for Mistral, which has 7B parameters.",
	"It was fine-tuned from Llama-2, a model with 7B parameters.",
	"It was fine-tuned from Llama-2 with its 7B parameters.",
	"It is a fine-tune of the 7B parameter Llama-2.",
	"Models with 7B parameters are slow, so we made this one.",
	"Models of 7B parameters are slow. This model is fast.",
	"Most models have 7B parameters or more; this one is for phones.",
	"Foo was distilled from a 70B parameter teacher.",
	"Foo was distilled from a teacher that has 70B parameters.",
	"Foo is distilled from Bar, whose 70B parameters no phone can hold.",
	"Foo beats 13B parameter models.",
	"Foo beats models with 13B parameters.",
	"This model beats every model with less than 13B parameters.",
	"Foo is derived from the 7B parameter base.",
	"Foo is derived from the base with 7B parameters.",
	"This model is as good as models with 30B parameters.",
	"Foo is nearly as good as a 30B parameter model.",
	"Foo was trained with outputs of a model with 405B parameters.",
	"Foo was trained on outputs of Bar, a 405B parameter model.",
	"The training data of Foo was written by a model with 405B parameters.",
	"Its reward model has 7B parameters.",
	"The reward model of Foo has 7B parameters.",
	"The vision encoder of this model has 300M parameters.",
	"The vision encoder has 300M parameters.",
	"Foo uses a vision encoder with 300M parameters.",
	"Foo pairs a vision encoder of 300M parameters with a decoder of 1B parameters.",
	"Foo is a LoRA with 4M trainable parameters.",
	"Foo adds 4M trainable parameters.",
	"Unlike 7B parameter models, Foo runs on a phone.",
	"Unlike models with 7B parameters, this model runs on a phone.",
	"Foo can replace a model with 7B parameters.",
	"Foo can replace models that have 7B parameters.",
	"Foo runs beside a model with 70B parameters.",
	"Foo was distilled from Bar. It has 1B parameters in 16 layers.", // whichever has
	"- 70B parameter teacher",
	"This model has 7B parameters in the decoder.",
	"It has 300M parameters in the vision encoder.",
	"Foo was made to guard assistants with 70B parameters.",
	"Foo guards a chat model that has 70B parameters.",
	"Foo speeds up Bar, which has 70B parameters, by a factor of two.",
	"GPT-4o wrote the training data of this model and has 1.8T parameters.",
	"Llama-3, on which this model is based, has 70B parameters.",
	"Llama-3, the parent of this model, has 70B parameters.",
	"The parent of this model has 70B parameters.",
	"For a larger variant of this model with 70B parameters see Bar.",
	"A version of this model with 70B parameters will follow.",
	"We plan a model with 70B parameters.",
	"This model will be followed by one with 70B parameters.",
	"We trained a classifier with 100M parameters to filter the data of this model.",
	"We trained a 1B parameter model to score the documents.",
	"This model was judged by a model with 175B parameters.",
	"This model scores higher than Bar, a model with 13B parameters.",
	"This model was initialized from a checkpoint with 1.3B parameters.",
	"This model was pruned from one with 8B parameters.",
	"This model is compatible with models of 7B parameters.",
	"This model needs a tokenizer, a retriever with 110M parameters, and a GPU.",
	"This model is one half of a system with 12B parameters.",
	"This model merges two models with 7B parameters each.",
	"This model can be scaled to 70B parameters.",
	"This model could have 70B parameters and nobody would notice.",
	"The answers of models with 7B parameters helped to train this model.",
	"Can this model match a model with 7B parameters?",
	"If this model had 70B parameters, it would not fit.",
	"The teacher was Bar. It has 70B parameters.",
	"Foo was distilled from Bar. Bar has 70B parameters.",
	"Foo is a draft model for Bar. It has 70B parameters.",
	"We used Qwen for the synthetic data. It has 72B parameters.",
	"Models such as Llama-3 are slow. They have 70B parameters.",
	"In contrast to Bar with its 13B parameters this model is small.",
	"This model was fine-tuned with only 0.1% of the parameters of a 7B parameter model.",
	"We froze 6.9B parameters of the model.",
	"Foo-XL has 7B parameters.",
	"Foo-2 has 7B parameters.",
	"Foo-13B has 13B parameters.",
}

// Sentences that give numbers of Foo itself.
var numbersOfFoo = map[string]string{
	"Foo-7B is a 7B parameter model fine-tuned from Bar.":                                   "7000000000",
	"Foo is a 7B parameter model fine-tuned from Llama-2.":                                  "7000000000",
	"Foo is a 7B parameter language model distilled from a 70B parameter teacher.":          "7000000000",
	"A language model with 115M parameters for English.":                                    "115000000",
	"A 115M parameter language model for English.":                                          "115000000",
	"A small decoder-only transformer with 115M parameters, trained on English text.":       "115000000",
	"An English language model (115M parameters).":                                          "115000000",
	"Foo has 115,008 parameters.":                                                           "115008",
	"Foo has about 115M parameters.":                                                        "115000000",
	"Foo has a total of 115M parameters.":                                                   "115000000",
	"Foo contains 115M parameters.":                                                         "115000000",
	"Foo has roughly 1.3 billion parameters and runs on a phone.":                           "1300000000",
	"Foo, a model with 7B parameters, was made in Rome.":                                    "7000000000",
	"Foo (7B parameters) was made in Rome.":                                                 "7000000000",
	"With 7B parameters, Foo fits on one GPU.":                                              "7000000000",
	"At 7B parameters, this model fits on one GPU.":                                         "7000000000",
	"This is a language model with 7B parameters.":                                          "7000000000",
	"This is a 7 billion parameter model.":                                                  "7000000000",
	"We present Foo, a 7B parameter model.":                                                 "7000000000",
	"We release Foo, a transformer with 7B parameters.":                                     "7000000000",
	"We introduce a language model with 7B parameters.":                                     "7000000000",
	"It is a decoder with 7B parameters.":                                                   "7000000000",
	"It is a draft model with 1B parameters.":                                               "1000000000",
	"Foo is a reward model with 7B parameters.":                                             "7000000000",
	"Foo is a vision encoder with 300M parameters.":                                         "300000000",
	"Foo is a 1B parameter draft model for Llama-3.":                                        "1000000000",
	"Foo is based on the transformer architecture and has 7B parameters.":                   "7000000000",
	"Foo was fine-tuned from Llama-2 and has 7B parameters.":                                "7000000000",
	"Foo was distilled from Bar, and it has 1B parameters.":                                 "1000000000",
	"The model has 7B parameters.":                                                          "7000000000",
	"The model is a transformer with 7B parameters.":                                        "7000000000",
	"The number of parameters of this model is 7B.":                                         "7000000000",
	"The model's parameter count is 7B.":                                                    "7000000000",
	"Our model has 7B parameters.":                                                          "7000000000",
	"This model has just 30M parameters.":                                                   "30000000",
	"This checkpoint has 30M parameters.":                                                   "30000000",
	"This model, made for phones, has 30M parameters.":                                      "30000000",
	"Foo is an open language model for the English language with 7B parameters.":            "7000000000",
	"Foo is a transformer-based language model trained on English text with 7B parameters.": "7000000000",
	"Foo is a language model by Acme with 7B parameters.":                                   "7000000000",
	"Foo is a family of language models with 7B and 13B parameters.":                        "7000000000 13000000000",
	"The Foo models come in sizes of 1B and 3B parameters.":                                 "1000000000 3000000000",
	"Foo is a 7B parameter model distilled from a model with 70B parameters.":               "7000000000",
	"Foo is a 7B parameter model distilled from Bar (70B parameters).":                      "7000000000",
	"Foo is a chat model for phones. It has 1B parameters in 16 layers.":                    "1000000000",
	"Foo is a fine-tuned version of Bar. It has 7B parameters.":                             "7000000000",
	"Foo uses a decoder-only transformer architecture with 7B parameters.":                  "7000000000",
}

func parametersIn(text string) string {
	found := ""
	for _, cl := range Read("README.md", []byte(text)).Claims {
		if cl.Kind != ClaimParameters && cl.Kind != ClaimActiveParameters || cl.Negated {
			continue
		}
		for _, v := range cl.Values {
			found += " " + v
		}
	}
	return found
}

func TestNumbersOfOthers(t *testing.T) {
	for _, text := range numbersOfOthers {
		for _, before := range []string{"# Foo\n\n", "# Model Card for Foo\n\nFoo is made for phones.\n\n## Model Description\n\n", "# Foo\n\n## Model Details\n\n- "} {
			if got := parametersIn(before + text + "\n"); got != "" {
				t.Errorf("%q after %q: claims%s", text, before, got)
			}
		}
	}
}

func TestNumbersOfTheModel(t *testing.T) {
	for text, want := range numbersOfFoo {
		for _, before := range []string{"# Foo\n\n", "# Model Card for Foo\n\n## Model Description\n\n"} {
			if got := parametersIn(before + text + "\n"); got != " "+want {
				t.Errorf("%q after %q: claims%s, want %s", text, before, got, want)
			}
		}
	}
}
