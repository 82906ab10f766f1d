package card

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// claims lists the claims of a card as "kind=values".
func claims(c *Card) []string {
	var list []string
	for _, cl := range c.Claims {
		s := cl.Kind + "=" + strings.Join(cl.Values, "|")
		if cl.Negated {
			s = "not " + s
		}
		list = append(list, s)
	}
	return list
}

// Sentences of a description that do and do not claim something of the model,
// whose name is Tiny LM.
func TestProseClaims(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		// The model's own size, however it is put.
		{"This model has 7B parameters.", []string{"parameters=7000000000"}},
		{"The model has 6.74 billion parameters.", []string{"parameters=6740000000"}},
		{"Tiny LM is a 125M parameter language model.", []string{"parameters=125000000"}},
		{"Tiny LM is a 1.3-billion-parameter model.", []string{"parameters=1300000000"}},
		{"Tiny LM is an 8B-parameter model.", []string{"parameters=8000000000"}},
		{"We release a model with 124,439,808 parameters.", []string{"parameters=124439808"}},
		{"It has about 350M trainable parameters in total.", []string{}},
		{"It has 350M parameters.", []string{"parameters=350000000"}},
		{"The number of parameters of the model is 7B.", []string{"parameters=7000000000"}},
		{"This is the smallest version, with 124M parameters.", []string{"parameters=124000000"}},
		{"The Tiny LM Large Language Model (LLM) is a model with 7 billion parameters.", []string{"parameters=7000000000"}},
		{"Our model has a parameter count of 7B.", []string{"parameters=7000000000"}},
		{"This model has 30.5B total parameters, of which 3.3B are activated per token.", []string{"parameters=30500000000", "active_parameters=3300000000"}},
		{"The model has 671B total parameters with 37B activated for each token.", []string{"parameters=671000000000", "active_parameters=37000000000"}},
		{"This model comes in sizes of 300M, 1.5B and 3.3B parameters.", []string{"parameters=300000000|1500000000|3300000000"}},
		{"The model comes in two sizes: 400M and 1B.", []string{"parameters=400000000|1000000000"}},
		{"We release the models in 1B and 3B sizes.", []string{"parameters=1000000000|3000000000"}},
		{"This model is an 8x7B parameters mixture.", []string{"parameters=8x7B"}},
		{"This model does not have 7B parameters.", []string{"not parameters=7000000000"}},

		// Other models, comparisons, parts, data, ranges, files.
		{"GPT-3 has 175B parameters.", nil},
		{"Compared to GPT-3 with 175B parameters, this model is small.", nil},
		{"This model outperforms models with 70B parameters.", nil},
		{"This model is on par with Llama 2 70B.", nil},
		{"Unlike models of 70B parameters, this model runs on a phone.", nil},
		{"This model is smaller than the 7B parameter version.", nil},
		{"This model was distilled from a teacher with 70B parameters.", nil},
		{"The text encoder has 123M parameters.", nil},
		{"This model uses a text encoder with 123M backbone parameters.", nil},
		{"This model trains 4.2M LoRA parameters.", nil},
		{"This model was pruned from 8B parameters.", nil},
		{"The model family ranges from 7 billion to 70 billion parameters, ranging in cost.", nil},
		{"This model was trained on 7B images.", nil},
		{"This model takes 13 GB of memory.", nil},
		{"This model scores 7.5 on a benchmark of 10 parameters.", nil},
		{"We launch a mixture-of-experts model, a 17 billion parameter model with 16 experts.", nil},
		{"Tiny LM 2 has 7B parameters.", nil},
		{"Parameters of 7B models are hard to count.", nil},
		{"The model excels among models with less than 13 billion parameters.", nil},
		{"This model is a LoRA adapter for the 7B parameter model of another team.", nil},
		{"This model builds on a 7B parameter base of another team.", nil},
		{"A model such as this with 7B parameters is large.", nil},

		// Context length.
		{"The model has a context length of 8192 tokens.", []string{"context_length=8192"}},
		{"It supports a context window of up to 128K tokens.", []string{"context_length=128000"}},
		{"Tiny LM supports a 512-token context window.", []string{"context_length=512"}},
		{"The model was trained with a context length of 2048 tokens.", nil},
		{"The context length of the model can be extended to 131072 tokens with YaRN.", nil},
		{"Other models have a context length of 4096 tokens.", nil},

		// Layers and vocabulary.
		{"The model has 32 layers.", []string{"layers=32"}},
		{"Tiny LM is a 12-layer transformer.", []string{"layers=12"}},
		{"The model has 24 encoder layers.", nil},
		{"We fine-tuned the last 2 layers of the model.", nil},
		{"The model has a vocabulary size of 250,680.", []string{"vocab_size=250680"}},

		// Tokens of training.
		{"The model was trained on 15 trillion tokens.", []string{"tokens=15000000000000"}},
		{"It was pre-trained on over 2T tokens.", []string{"tokens=2000000000000"}},
		{"All models were trained with a global batch-size of 4M tokens.", nil},

		// Number format.
		{"The model is released as BF16 weights.", []string{"dtype=bfloat16"}},
		{"The weights are stored in float16.", []string{"dtype=float16"}},
		{"The model is a 7B parameter assistant in bfloat16 with a context length of 4,096 tokens.", []string{"parameters=7000000000", "context_length=4096", "dtype=bfloat16"}},
		{"The model is a 7B parameter model that can be loaded in int8.", []string{"parameters=7000000000"}},
		{"The model can be run in int8.", nil},
		{"The model was trained in bf16 mixed precision.", nil},
		{"The rest of the weights is executed in BF16.", nil},

		// Where it comes from.
		{"This model is a fine-tuned version of [bert](https://huggingface.co/google-bert/bert-base-uncased) on the glue dataset.", []string{"base_model=google-bert/bert-base-uncased"}},
		{"This model is a fine-tuned version of `meta-llama/Llama-2-7b-hf`.", []string{"base_model=meta-llama/Llama-2-7b-hf"}},
		{"This model is based on [X](https://huggingface.co/acme/x).", []string{"base_model=acme/x"}},
		{"This model is not based on [X](https://huggingface.co/acme/x).", []string{"not base_model=acme/x"}},
		{"The code is based on [X](https://huggingface.co/acme/x).", nil},
		{"This model is based on [code](https://github.com/acme/x).", nil},
		{"This model card is based on [X](https://huggingface.co/acme/x).", nil},
		{"The model was trained on [Y](https://huggingface.co/datasets/acme/y) and [Z](https://huggingface.co/datasets/z).", []string{"dataset=acme/y|z"}},
		{"The model was not trained on [Y](https://huggingface.co/datasets/acme/y).", []string{"not dataset=acme/y"}},
		{"The model was evaluated on [Y](https://huggingface.co/datasets/acme/y).", nil},

		// Licence and languages.
		{"This model is released under the Apache 2.0 license.", []string{"license=Apache 2.0 license"}},
		{"The model weights are licensed under CC-BY-NC 4.0.", []string{"license=CC-BY-NC 4.0"}},
		{"Code is released under MIT, model weights are released under CC-BY-NC 4.0.", []string{"license=CC-BY-NC 4.0"}},
		{"The code of the model is released under MIT.", []string{}},
		{"The dataset is released under ODC-By.", nil},
		{"This model is released under the same license as its base.", nil},
		{"The model supports the following languages: English, French and German.", []string{"language=en|fr|de"}},
		{"The model supports these languages: English, Klingon.", nil},
	}
	for _, test := range tests {
		c := Read("README.md", []byte("# Tiny LM\n\n## Model Description\n\nHello there, dear reader.\n\n"+test.text+"\n"))
		if got := claims(c); !slices.Equal(got, test.want) && len(got)+len(test.want) > 0 {
			t.Errorf("%q:\n got %q\nwant %q", test.text, got, test.want)
		}
	}
}

// The same sentence says nothing of the model where others are spoken of.
func TestNoClaimsFromElsewhere(t *testing.T) {
	for name, text := range map[string]string{
		"evaluation": "## Evaluation\n\nThis model has 7B parameters.",
		"citation":   "## Citation\n\nThis model has 7B parameters.",
		"code":       "```\nThis model has 7B parameters.\n```",
		"comment":    "<!-- This model has 7B parameters. -->",
		"baselines":  "## Results\n\n| Model | Params |\n|---|---|\n| Tiny LM | 7B |\n| Huge LM | 70B |",
		"template":   "## Uses\n\nThis section is for the model use without fine-tuning or plugging into a larger ecosystem/app.",
	} {
		if c := Read("README.md", []byte("# Tiny LM\n\n"+text+"\n")); len(c.Claims) > 0 {
			t.Errorf("%s: %q", name, claims(c))
		}
	}
}

func TestFieldClaims(t *testing.T) {
	tests := []struct {
		text  string
		want  []string
		where string
	}{
		{"- **Parameters:** 7B", []string{"parameters=7000000000"}, WhereBullet},
		{"- Number of Parameters: 7.61B", []string{"parameters=7610000000"}, WhereBullet},
		{"- Number of Parameters (Non-Embedding): 6.53B", nil, ""},
		{"- Number of Parameters: 30.5B in total and 3.3B activated", []string{"parameters=30500000000", "active_parameters=3300000000"}, WhereBullet},
		{"- **Model size:** 13.5 GB", nil, ""},
		{"- **Model size:** base", nil, ""},
		{"- **Parameters:** 8x7B", []string{"parameters=8x7B"}, WhereBullet},
		{"- **Total Parameters:** 671B", []string{"parameters=671000000000"}, WhereBullet},
		{"- **Activated Params:** 37B", []string{"active_parameters=37000000000"}, WhereBullet},
		{"- **Parameters:** larger than 7B models such as X", nil, ""},
		{"- **Context length:** 8k", []string{"context_length=8000"}, WhereBullet},
		{"- Context Length: Full 131,072 tokens and generation 8192 tokens", []string{"context_length=131072|8192"}, WhereBullet},
		{"- **Number of layers:** 32", []string{"layers=32"}, WhereBullet},
		{"- **Number of layers:** 12 encoder and 6 decoder layers", nil, ""},
		{"- **Hidden size:** 4,096", []string{"hidden_size=4096"}, WhereBullet},
		{"- **Vocab size:** 32K", []string{"vocab_size=32000"}, WhereBullet},
		{"- **Tensor type:** BF16", []string{"dtype=bfloat16"}, WhereBullet},
		{"- **Precision:** `fp16`", []string{"dtype=float16"}, WhereBullet},
		{"- **Precision:** 0.92", nil, ""},
		{"- **Training regime:** bf16 mixed precision", nil, ""},
		{"- **Language(s) (NLP):** English, French", []string{"language=en|fr"}, WhereBullet},
		{"- **Languages:** see below", nil, ""},
		{"- **Finetuned from model:** [X](https://huggingface.co/acme/x)", []string{"base_model=acme/x"}, WhereBullet},
		{"- **Finetuned from model:** acme/x", []string{"base_model=acme/x"}, WhereBullet},
		{"- **Finetuned from model:** None, trained from scratch", nil, ""},
		{"- **License:** MIT", []string{"license=MIT"}, WhereBullet},
		{"- **License:** [Apache 2.0](LICENSE)", []string{"license=Apache 2.0"}, WhereBullet},
		{"- **License:** the license is available on request", nil, ""},
		{"- **License:** [More Information Needed]", nil, ""},
		{"- **Training data:** [Y](https://huggingface.co/datasets/acme/y)", []string{"dataset=acme/y"}, WhereBullet},
		{"- **Architecture:** LlamaForCausalLM", []string{"architecture=LlamaForCausalLM"}, WhereBullet},
		{"**Parameters:** 7B", []string{"parameters=7000000000"}, WhereProse},
		{"| Field | Response |\n|---|---|\n| Parameters | 7B |\n| License | mit |", []string{"parameters=7000000000", "license=mit"}, WhereTable},
		{"| Hyperparameter | Value | Comment |\n|---|---|---|\n| Layers | 60 | |\n| `d_model` | 8192 | |", []string{"layers=60", "hidden_size=8192"}, WhereTable},
		{"| Model | Params | Context Length |\n|---|---|---|\n| Tiny LM small | 1B (1.23B) | 8k |\n| Tiny LM large | 90B (88.8) | 8k |",
			[]string{"parameters=1000000000|1230000000|90000000000|88800000000", "context_length=8000"}, WhereTable},
		{"| Model | Params |\n|---|---|\n| Tiny LM | 7B |\n| Other | unclear |", nil, ""},
	}
	for _, test := range tests {
		c := Read("README.md", []byte("# Tiny LM\n\n## Model Details\n\n"+test.text+"\n"))
		if got := claims(c); !slices.Equal(got, test.want) && len(got)+len(test.want) > 0 {
			t.Errorf("%q:\n got %q\nwant %q", test.text, got, test.want)
		}
		for _, cl := range c.Claims {
			if cl.Where != test.where || cl.Line < 5 || cl.Text == "" {
				t.Errorf("%q: claim %+v, want it %s", test.text, cl, test.where)
			}
		}
	}
}

func TestMetadataClaims(t *testing.T) {
	c := Read("README.md", []byte("---\nlicense: mit\nlanguage: [en, no]\nbase_model: acme/x\ndatasets:\n- acme/y\n- acme/z\n---\n"))
	want := []string{"license=mit", "language=en|no", "base_model=acme/x", "dataset=acme/y|acme/z"}
	if got := claims(c); !slices.Equal(got, want) {
		t.Fatalf("claims %q, want %q", got, want)
	}
	for i, line := range []int{2, 3, 4, 6} {
		if c.Claims[i].Line != line || c.Claims[i].Where != WhereMetadata || c.Claims[i].About != AboutSelf {
			t.Errorf("claim %+v, want line %d", c.Claims[i], line)
		}
	}
}

func TestFamilyClaims(t *testing.T) {
	c := Read("README.md", []byte("# Tiny LM\n\nTiny LM comes in two sizes: 7B and 13B.\n"))
	if len(c.Claims) != 1 || c.Claims[0].About != AboutFamily || len(c.Claims[0].Quantities) != 2 || c.Claims[0].Line != 3 {
		t.Errorf("claims %+v, want one of a family", c.Claims)
	}
	c = Read("README.md", []byte("# Tiny LM\n\nTiny LM is an 8x7B parameters model.\n"))
	if len(c.Claims) != 1 || c.Claims[0].Experts != 8 || c.Claims[0].Quantities != nil {
		t.Errorf("claims %+v, want a mixture of unknown total", c.Claims)
	}
}

// The first sentence of a card without a title speaks of the model.
func TestFirstSentenceNamesTheModel(t *testing.T) {
	c := Read("MODEL_CARD.md", []byte("## Model Details\n\nAcme Guard 2 is an 8B parameter model. Acme Guard 2 has 32 layers. Acme Guard 3 has 64 layers.\n"))
	if got, want := claims(c), []string{"parameters=8000000000", "layers=32"}; !slices.Equal(got, want) {
		t.Errorf("claims %q, want %q", got, want)
	}
}

func TestQuantities(t *testing.T) {
	const never = math.MaxInt64
	tests := []struct {
		text             string
		value, low, high int64
		bound            string
	}{
		{"7B", 7e9, 6.5e9, 7.5e9, ""},
		{"7.0B", 7e9, 6.95e9, 7.05e9, ""},
		{"6.74 billion", 6.74e9, 6.735e9, 6.745e9, ""},
		{"125M", 125e6, 124.5e6, 125.5e6, ""},
		{"1.5b", 1.5e9, 1.45e9, 1.55e9, ""},
		{"39 M", 39e6, 38.5e6, 39.5e6, ""},
		{"124,439,808", 124439808, 124439808, 124439808, ""},
		{"1,234.5M", 1234.5e6, 1234.45e6, 1234.55e6, ""},
		{"~7B", 7e9, 5.8e9, 8.2e9, "about"},
		{"approximately 7B", 7e9, 5.8e9, 8.2e9, "about"},
		{"over 15T", 15e12, 14.5e12, never, "at_least"},
		{"more than 7B", 7e9, 6.5e9, never, "at_least"},
		{"15T+", 15e12, 14.5e12, never, "at_least"},
		{"up to 9T", 9e12, 0, 9.5e12, "at_most"},
		{"less than 1B", 1e9, 0, 1.5e9, "at_most"},
	}
	for _, test := range tests {
		list := atoms([]byte(test.text), 0, len(test.text))
		i := slices.IndexFunc(list, func(a atom) bool { return a.number })
		m, ok := measureAt(list, i)
		if want := (Quantity{test.value, test.low, test.high, test.bound}); !ok || m.q != want || m.next != len(list) {
			t.Errorf("%q: %+v (%v), want %+v", test.text, m.q, ok, want)
		}
	}
	for _, text := range []string{"13GB", "7%", "1,5B", "1.2.3B", "2x", "17Bx16E", "99999999999999999999999B", "4-bit", "512x512"} {
		list := atoms([]byte(text), 0, len(text))
		if m, ok := measureAt(list, 0); ok && m.scaled {
			t.Errorf("%q read as %+v", text, m.q)
		}
	}
	if q := (Quantity{128000, 127500, 128500, ""}).binary(); q.High < 131072 || q.Low != 127500 {
		t.Errorf("128K as a length: %+v, want it to reach 131072", q)
	}
	if q := (Quantity{15e6, 14.5e6, never, "at_least"}).binary(); q.High != never {
		t.Errorf("no upper bound became %+v", q)
	}
	if q := (Quantity{8192, 8192, 8192, ""}).binary(); q.High != 8192 {
		t.Errorf("8192 widened to %+v", q)
	}
}

func TestClaimListsAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "- **Parameters:** %dB\n", i+1)
	}
	c := Read("README.md", []byte(text.String()))
	if len(c.Claims) > MaxList || len(c.Sections) > MaxList || len(c.Claims) == 0 {
		t.Errorf("%d claims, %d sections", len(c.Claims), len(c.Sections))
	}
}
