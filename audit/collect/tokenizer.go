package collect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"regexp"
	"slices"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// MaxTokenizer bounds a tokenizer file, in bytes. The largest ones in the wild
// list 260,000 entries and their merges in some 35 MB.
const MaxTokenizer = 64 << 20

// vocabulary is what one file tells of the tokenizer.
type vocabulary struct {
	file *File
	kind string
	size int64 // entries, added ones included; 0 when it could not be told
}

// tokenizerFile is the part of tokenizer.json that is looked at. The model's
// vocabulary is a map from text to id, or a list (Unigram).
type tokenizerFile struct {
	added []struct {
		ID int64 `json:"id"`
	}
	vocab json.RawMessage
}

// readTokenizer tells whether a tokenizer is here: whether one of the files
// holds a vocabulary, or the settings of an input processor, that can be read.
func (c *collection) readTokenizer(context.Context) error {
	files := c.with("tokenizer")
	if len(files) == 0 && c.headerVocabulary() == nil {
		if c.whole() {
			c.ev.Set("/tokenizer", map[string]any{"present": false, "paths": []string{}}, audit.Source{Level: audit.Present})
		}
		return nil
	}
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
	}
	found, unread := c.vocabularies(files)
	if v := c.headerVocabulary(); v != nil {
		found = append(found, v)
	}
	src := audit.Source{Level: audit.Present}
	switch {
	case len(found) > 0:
		src.Path = found[0].file.Path
	case unread != nil:
		c.cut("/tokenizer/present", fmt.Sprintf("%s is larger than %d bytes", unread.Path, MaxTokenizer))
	default:
		src.Path = files[0].Path
	}
	c.ev.Set("/tokenizer/present", len(found) > 0, src)
	c.ev.Set("/tokenizer/paths", paths, src)
	c.tellVocabulary(found)
	return nil
}

// tellVocabulary writes what the first of the vocabularies says of itself. Its
// size is held against the model's only if it is the model's own.
func (c *collection) tellVocabulary(found []*vocabulary) {
	for _, v := range found {
		src := audit.Source{Path: v.file.Path, Level: audit.Verified}
		if _, ok := c.ev.Get("/tokenizer/vocab_size"); !ok && v.size > 0 {
			c.ev.Set("/tokenizer/vocab_size", v.size, src)
			if v.file.Path == "tokenizer.json" {
				c.tokenizer = v
			}
		}
		if _, ok := c.ev.Get("/tokenizer/kind"); !ok && v.kind != "" {
			c.ev.Set("/tokenizer/kind", v.kind, src)
		}
	}
	for _, f := range nearest(c.with("tokenizer"), "tokenizer_config.json") {
		o := c.object(f, MaxConfig, "/tokenizer/kind")
		if o == nil {
			continue
		}
		class := o.text("tokenizer_class")
		c.judge(o)
		if _, ok := c.ev.Get("/tokenizer/kind"); !ok && class != "" {
			c.ev.Set("/tokenizer/kind", class, audit.Source{Path: f.Path, Level: audit.Present})
		}
	}
	for _, f := range nearest(c.with("tokenizer"), "tokenizer.json") {
		if faults, ok := c.faults[f.Path]; ok {
			c.ev.Set("/tokenizer/parses", len(faults) == 0, audit.Source{Path: f.Path, Level: audit.Verified})
			return
		}
	}
}

// vocabularyNames are the files that hold a vocabulary or settings of an input
// processor, those first of which most can be told. Others of the role are
// settings beside one: merges, special tokens, templates.
var vocabularyNames = []string{
	"tokenizer.json", "tekken.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model",
	"preprocessor_config.json", "processor_config.json",
}

// vocabularies reads what each file tells, the nearest first. unread is one that
// a limit keeps from being read.
func (c *collection) vocabularies(files []*File) (found []*vocabulary, unread *File) {
	for _, f := range nearest(files, vocabularyNames...) {
		switch {
		case f.Kind == "lfs_pointer":
			continue
		case f.Size > MaxTokenizer:
			unread = cmp.Or(unread, f)
			continue
		}
		if v := c.vocabulary(f); v != nil {
			found = append(found, v)
		}
	}
	return found, unread
}

// vocabulary reads one file; nil where it holds nothing that could be used, and
// then the file is told to be broken.
func (c *collection) vocabulary(f *File) *vocabulary {
	v := &vocabulary{file: f}
	if path.Ext(f.Path) != ".json" {
		return c.plainVocabulary(v)
	}
	o := c.object(f, MaxTokenizer, "/tokenizer/vocab_size")
	if o == nil {
		return nil
	}
	empty := len(o.members) == 0
	switch path.Base(f.Path) {
	case "tokenizer.json":
		v.read(o)
		c.judge(o)
		empty = v.size == 0
	case "tekken.json":
		var entries []json.RawMessage
		empty = !o.read("vocab", &entries, "list") || len(entries) == 0
		v.size = int64(len(entries))
		c.judge(o)
	case "vocab.json":
		v.size = int64(len(o.members))
	}
	if empty {
		c.parsed(f.Path, fault{"holds no vocabulary and no settings", 1})
		return nil
	}
	return v
}

// read reads tokenizer.json.
func (v *vocabulary) read(o *object) {
	model := o.child("model")
	t := tokenizerFile{vocab: model.members["vocab"]}
	o.read("added_tokens", &t.added, "list of tokens")
	v.kind, v.size = model.text("type"), t.size()
	o.odd = append(o.odd, model.odd...)
}

// size counts the ids in use: the highest one and all below it.
func (t *tokenizerFile) size() int64 {
	var top int64 = -1
	var byText map[string]int64
	var byPlace []json.RawMessage
	switch {
	case json.Unmarshal(t.vocab, &byText) == nil:
		for _, id := range byText {
			top = max(top, id)
		}
	case json.Unmarshal(t.vocab, &byPlace) == nil:
		top = int64(len(byPlace)) - 1
	}
	if top < 0 {
		return 0
	}
	for _, a := range t.added {
		top = max(top, a.ID)
	}
	return top + 1
}

// rank matches a line of tiktoken's lists: a token in base64, and its rank.
var rank = regexp.MustCompile(`\A[A-Za-z0-9+/]+={0,2} \d+\r?\n`)

// pieces is how a SentencePiece model begins: field 1, a message, of its
// ModelProto (sentencepiece_model.proto).
const pieces = 0x0a

// plainVocabulary looks at the beginning of a file in another format than JSON.
func (c *collection) plainVocabulary(v *vocabulary) *vocabulary {
	f := v.file
	data := c.head(f, headSize)
	if data == nil && f.Size > 0 {
		return nil
	}
	c.parsed(f.Path)
	text := bytes.TrimSpace(data)
	switch {
	case len(text) == 0:
		c.parsed(f.Path, fault{"holds no vocabulary", 1})
		return nil
	case path.Ext(f.Path) == ".txt" && !isText(data), path.Ext(f.Path) != ".txt" && data[0] != pieces && !rank.Match(data):
		c.parsed(f.Path, fault{"is no vocabulary of the kind that its name says", 0})
		return nil
	}
	return v
}

// headerVocabulary is the vocabulary of a GGUF header, which carries its own; nil
// where there is none.
func (c *collection) headerVocabulary() *vocabulary {
	i := slices.IndexFunc(c.weights, func(w *weightFile) bool {
		return w.info.Format == weights.GGUF && !w.broken() && w.info.ArrayLengths["tokenizer.ggml.tokens"] > 0
	})
	if i < 0 {
		return nil
	}
	return &vocabulary{file: c.weights[i].file, size: int64(c.weights[i].info.ArrayLengths["tokenizer.ggml.tokens"])}
}
