package collect_test

import (
	"testing"

	"glassbox/testdata/release"
)

// A tokenizer is here when one file holds a vocabulary, whichever it is.
func TestTokenizerPresent(t *testing.T) {
	good := []byte(`{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}}, "added_tokens": [{"id": 4}]}`)
	pointer := release.LFSPointer([32]byte{1}, 100)
	pieces := []byte("\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02")
	holdFacts(t, map[string]change{
		"whole":                           {nil, map[string][]byte{"tokenizer.json": good}, []fact{{"/tokenizer/present", true}, {"/tokenizer/vocab_size", int64(5)}, {"/tokenizer/kind", "BPE"}, {"/tokenizer/parses", true}}},
		"nothing in it":                   {nil, map[string][]byte{"tokenizer.json": {}}, []fact{{"/tokenizer/present", false}, {"/parsed/0/valid", false}}},
		"no vocabulary":                   {nil, map[string][]byte{"tokenizer.json": []byte(`{"model": {"type": "BPE", "vocab": {}}, "added_tokens": [{"id": 4}]}`)}, []fact{{"/tokenizer/present", false}, {"/parsed/0/valid", false}}},
		"cut off":                         {nil, map[string][]byte{"tokenizer.json": good[:30]}, []fact{{"/tokenizer/present", false}, {"/tokenizer/parses", false}, {"/parsed/0/problems/0/line", int64(1)}}},
		"an odd vocabulary":               {nil, map[string][]byte{"tokenizer.json": []byte(`{"model": [], "added_tokens": {}}`)}, []fact{{"/tokenizer/present", false}, {"/parsed/0/valid", false}}},
		"a pointer beside a real one":     {nil, map[string][]byte{"tokenizer.json": pointer, "tokenizer.model": pieces}, []fact{{"/tokenizer/present", true}, {"/parsed/0/path", "tokenizer.model"}}},
		"a broken one beside a real one":  {nil, map[string][]byte{"a/vocab.json": {}, "tokenizer.model": pieces}, []fact{{"/tokenizer/present", true}}},
		"a pointer alone":                 {nil, map[string][]byte{"tokenizer.json": pointer}, []fact{{"/tokenizer/present", false}, {"/parsed", absent}}},
		"settings alone":                  {nil, map[string][]byte{"tokenizer_config.json": []byte(`{"tokenizer_class": "X"}`), "merges.txt": []byte("a b\n")}, []fact{{"/tokenizer/present", false}, {"/tokenizer/kind", "X"}}},
		"ranks":                           {nil, map[string][]byte{"tokenizer.model": []byte("IQ== 0\nIg== 1\n")}, []fact{{"/tokenizer/present", true}}},
		"a page for a model":              {nil, map[string][]byte{"tokenizer.model": []byte("Not Found")}, []fact{{"/tokenizer/present", false}, {"/parsed/0/valid", false}}},
		"words":                           {nil, map[string][]byte{"vocab.txt": []byte("[PAD]\n[UNK]\n")}, []fact{{"/tokenizer/present", true}}},
		"no words":                        {nil, map[string][]byte{"vocab.txt": []byte("\n \n")}, []fact{{"/tokenizer/present", false}}},
		"an image processor":              {nil, map[string][]byte{"preprocessor_config.json": []byte(`{"image_processor_type": "X"}`)}, []fact{{"/tokenizer/present", true}}},
		"the nearest speaks":              {nil, map[string][]byte{"a/tokenizer.json": []byte(`{"model": {"vocab": {"x": 0}}}`), "tokenizer.json": good}, []fact{{"/tokenizer/vocab_size", int64(5)}}},
		"and is held against the model's": {nil, map[string][]byte{"config.json": []byte(`{"vocab_size": 3}`), "tokenizer.json": good}, []fact{{"/relations/tokenizer_vocab/agree", false}}},
		"none deeper down is":             {nil, map[string][]byte{"config.json": []byte(`{"vocab_size": 3}`), "a/tokenizer.json": []byte(`{"model": {"vocab": {"x": 0}}}`)}, []fact{{"/tokenizer/present", true}, {"/relations/tokenizer_vocab", absent}}},
	})
}
