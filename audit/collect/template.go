package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"regexp"
	"strings"

	"glassbox/audit"
)

// MaxTemplate bounds a chat template, in bytes. Published ones stay below a
// hundred kilobytes.
const MaxTemplate = 1 << 20

// reaching are the shapes by which a Jinja template gets from a value to the
// interpreter behind it: dunder attributes, the filter that reads attributes by
// name, and the words such walks end in. A template that formats messages needs
// none of them. CVE-2024-34359 (llama-cpp-python) is the known case of a template
// in model metadata that ran code; the walks are those of the sandbox escapes
// that Jinja's security notes describe.
var reaching = regexp.MustCompile(`__\w+__|\|\s*attr\s*\(|[.'"\[](mro|subclasses|func_globals|gi_frame|cr_frame|f_globals|f_builtins)\b|\b(popen|exec|eval|getattr|setattr|importlib|subprocess|builtins)\b\s*[\(.\[]|\\x5f\\x5f|\\u005f|\{%-?\s*(include|import|from|extends)\b`)

// template is one chat template and where it stands.
type template struct {
	text string
	src  audit.Source
}

// templates looks at every chat template, which is a program in a language of
// its own: it is read and never rendered.
func (c *collection) templates(context.Context) error {
	found := c.chatTemplates()
	if len(found) == 0 {
		return nil
	}
	c.ev.Set("/tokenizer/chat_template", true, found[0].src)
	for _, t := range found {
		if m := reaching.FindString(t.text); m != "" || len(t.text) > MaxTemplate {
			src := t.src
			src.Level = audit.Verified
			c.ev.Set("/tokenizer/template_inert", false, src)
			c.ev.Set("/tokenizer/template_reach", m, src)
			return nil
		}
	}
	src := found[0].src
	src.Level = audit.Verified
	c.ev.Set("/tokenizer/template_inert", true, src)
	return nil
}

// chatTemplates lists the templates of the tokenizer's configuration, of files
// of their own, and of GGUF headers.
func (c *collection) chatTemplates() []template {
	var out []template
	add := func(text string, src audit.Source) {
		if text != "" {
			src.Level = audit.Present
			out = append(out, template{text, src})
		}
	}
	for _, f := range c.with("tokenizer") {
		base := path.Base(f.Path)
		if base != "tokenizer_config.json" && base != "chat_template.json" && base != "chat_template.jinja" {
			continue
		}
		data, err := c.rel.Read(f.Path, MaxConfig)
		if err != nil {
			continue
		}
		src := audit.Source{Path: f.Path}
		if strings.HasSuffix(base, ".jinja") {
			add(string(data), src)
			continue
		}
		src.Line = lineFinder{data}.of("chat_template")
		for _, text := range templateStrings(data) {
			add(text, src)
		}
	}
	for _, w := range c.weights {
		if text, ok := w.info.Metadata["tokenizer.chat_template"].(string); ok {
			add(text, audit.Source{Path: w.file.Path})
		}
	}
	return out
}

// templateStrings reads chat_template: a string, or a list of named ones.
func templateStrings(data []byte) []string {
	var doc struct {
		Template json.RawMessage `json:"chat_template"`
	}
	if json.Unmarshal(data, &doc) != nil || len(bytes.TrimSpace(doc.Template)) == 0 {
		return nil
	}
	var one string
	if json.Unmarshal(doc.Template, &one) == nil {
		return []string{one}
	}
	var many []struct {
		Template string `json:"template"`
	}
	if json.Unmarshal(doc.Template, &many) != nil {
		return nil
	}
	out := make([]string, len(many))
	for i, t := range many {
		out[i] = t.Template
	}
	return out
}
