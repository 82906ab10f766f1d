package collect

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// template is one chat template and where it stands.
type template struct {
	text string
	src  audit.Source
}

// templates looks at every chat template, which is a program in a language of
// its own: it is read and never rendered. One that leads to the interpreter
// anywhere is enough for a no.
func (c *collection) templates(context.Context) error {
	found := c.chatTemplates()
	if len(found) == 0 {
		if f := c.find("tokenizer_config.json"); f != nil && c.objects[f] != nil {
			c.ev.Set("/tokenizer/chat_template", false, audit.Source{Path: f.Path, Level: audit.Present})
		}
		return nil
	}
	src := found[0].src
	src.Level = audit.Present
	c.ev.Set("/tokenizer/chat_template", true, src)
	unread := ""
	for _, t := range found {
		for _, p := range weights.InspectTemplate(t.text) {
			switch {
			case p.Kind == weights.LimitHit:
				unread = t.src.Path + ": " + p.Message
			case p.Severity == weights.Fault:
				src = t.src
				src.Level = audit.Verified
				c.ev.Set("/tokenizer/template_inert", false, src)
				c.ev.Set("/tokenizer/template_reach", p.Message, src)
				return nil
			}
		}
	}
	if unread != "" {
		c.cut("/tokenizer/template_inert", unread)
		return nil
	}
	src.Level = audit.Verified
	c.ev.Set("/tokenizer/template_inert", true, src)
	return nil
}

// chatTemplates lists the templates of the tokenizer's configuration, of files
// of their own, and of GGUF headers.
func (c *collection) chatTemplates() []template {
	var out []template
	for _, f := range c.with("tokenizer") {
		switch {
		case path.Base(f.Path) == "tokenizer.json", f.Kind == "lfs_pointer":
		case f.Size > MaxConfig && slices.Contains([]string{".jinja", ".json"}, path.Ext(f.Path)):
			out = append(out, template{strings.Repeat(" ", weights.MaxTemplate+1), audit.Source{Path: f.Path}})
		case path.Ext(f.Path) == ".jinja":
			if data := c.read(f, MaxConfig, "/tokenizer/template_inert"); data != nil {
				out = append(out, template{string(data), audit.Source{Path: f.Path}})
			}
		case path.Ext(f.Path) == ".json":
			o := c.object(f, MaxConfig, "/tokenizer/template_inert")
			if o == nil {
				continue
			}
			for _, text := range stringsIn(o.members["chat_template"]) {
				out = append(out, template{text, audit.Source{Path: f.Path, Line: o.lines.of("chat_template")}})
			}
		}
	}
	for _, w := range c.weights {
		for _, key := range slices.Sorted(maps.Keys(w.info.Templates)) {
			out = append(out, template{w.info.Templates[key], audit.Source{Path: w.file.Path}})
		}
	}
	return slices.DeleteFunc(out, func(t template) bool { return t.text == "" })
}
