package collect

import (
	"context"
	"encoding/json"
	"path"

	"glassbox/audit"
)

// MaxTokenizer bounds a tokenizer file, in bytes. The largest ones in the wild
// list 260,000 entries and their merges in some 35 MB.
const MaxTokenizer = 64 << 20

// tokenizer is what tokenizer.json and tokenizer_config.json say.
type tokenizer struct {
	path  string
	vocab int64 // entries, added ones included; 0 when it could not be told
}

// tokenizerFile is the part of tokenizer.json that is looked at. The model's
// vocabulary is a map from text to id, or a list (Unigram).
type tokenizerFile struct {
	Added []struct {
		ID int64 `json:"id"`
	} `json:"added_tokens"`
	Model struct {
		Type  string          `json:"type"`
		Vocab json.RawMessage `json:"vocab"`
	} `json:"model"`
}

func (c *collection) readTokenizer(context.Context) error {
	files := c.with("tokenizer")
	if len(files) == 0 {
		if c.whole() {
			c.ev.Set("/tokenizer", map[string]any{"present": false, "paths": []string{}}, audit.Source{Level: audit.Present})
		}
		return nil
	}
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
	}
	c.ev.Set("/tokenizer/present", c.hasVocabulary(files), audit.Source{Path: files[0].Path, Level: audit.Present})
	c.ev.Set("/tokenizer/paths", paths, audit.Source{Path: files[0].Path, Level: audit.Present})
	for _, f := range files {
		switch path.Base(f.Path) {
		case "tokenizer.json":
			c.vocabulary(f)
		case "tokenizer_config.json":
			c.tokenizerConfig(f)
		case "chat_template.jinja", "chat_template.json":
			c.ev.Set("/tokenizer/chat_template", true, audit.Source{Path: f.Path, Level: audit.Present})
		}
	}
	return nil
}

// hasVocabulary tells whether one of the files holds the vocabulary itself,
// not only settings or a chat template.
func (c *collection) hasVocabulary(files []*File) bool {
	for _, f := range files {
		switch path.Base(f.Path) {
		case "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json":
		default:
			return f.Kind != "lfs_pointer"
		}
	}
	return false
}

func (c *collection) vocabulary(f *File) {
	if c.tokenizer != nil || f.Kind == "lfs_pointer" {
		return
	}
	data := c.read(f, MaxTokenizer, "/tokenizer/vocab_size")
	if data == nil {
		return
	}
	var t tokenizerFile
	err := json.Unmarshal(data, &t)
	src := audit.Source{Path: f.Path, Level: audit.Verified}
	c.ev.Set("/tokenizer/parses", err == nil, src)
	if err != nil {
		return
	}
	if t.Model.Type != "" {
		c.ev.Set("/tokenizer/kind", t.Model.Type, src)
	}
	c.tokenizer = &tokenizer{path: f.Path, vocab: t.size()}
	if c.tokenizer.vocab > 0 {
		c.ev.Set("/tokenizer/vocab_size", c.tokenizer.vocab, src)
	}
}

// size counts the ids in use: the highest one and all below it.
func (t *tokenizerFile) size() int64 {
	var top int64 = -1
	var byText map[string]int64
	var byPlace []json.RawMessage
	switch {
	case json.Unmarshal(t.Model.Vocab, &byText) == nil:
		for _, id := range byText {
			top = max(top, id)
		}
	case json.Unmarshal(t.Model.Vocab, &byPlace) == nil:
		top = int64(len(byPlace)) - 1
	}
	for _, a := range t.Added {
		top = max(top, a.ID)
	}
	return top + 1
}

func (c *collection) tokenizerConfig(f *File) {
	data := c.read(f, MaxConfig, "/tokenizer/chat_template")
	if data == nil {
		return
	}
	var t struct {
		Class    string          `json:"tokenizer_class"`
		Template json.RawMessage `json:"chat_template"`
	}
	if json.Unmarshal(data, &t) != nil {
		return
	}
	src := audit.Source{Path: f.Path, Level: audit.Present}
	if _, ok := c.ev.Get("/tokenizer/kind"); !ok && t.Class != "" {
		c.ev.Set("/tokenizer/kind", t.Class, src)
	}
	if _, ok := c.ev.Get("/tokenizer/chat_template"); !ok {
		c.ev.Set("/tokenizer/chat_template", len(t.Template) > 0 && string(t.Template) != "null", src)
	}
}
