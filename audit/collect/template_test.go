package collect_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/fstest"

	"glassbox/testdata/release"
)

// A template that formats messages is inert; one that walks from a value to the
// interpreter is not, however it spells the walk.
func TestChatTemplates(t *testing.T) {
	for _, c := range []struct {
		name, template string
		inert          bool
	}{
		{"plain", "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] | trim }}{% endfor %}", true},
		{"macros and namespaces", "{%- set ns = namespace(found=false) -%}{%- macro say(x) -%}{{ x.content.split('</think>')[-1] }}{%- endmacro -%}{{ raise_exception('no') }}", true},
		{"tool call", "{{ tool.function.name }}({{ tool.function.arguments | tojson }}) {{ strftime_now('%d %b %Y') }}", true},
		{"class walk", "{{ ''.__class__.__mro__[1].__subclasses__() }}", false},
		{"cycler", "{{ cycler.__init__.__globals__.os.popen('id').read() }}", false},
		{"attr filter", "{{ ''|attr('_'*2 ~ 'class' ~ '_'*2) }}", false},
		{"spelt in hex", `{{ ''['\x5f\x5fclass\x5f\x5f'] }}`, false},
		{"include", "{% include '/etc/passwd' %}", false},
		{"from import", "{% from 'os' import system %}", false},
	} {
		config, err := json.Marshal(map[string]any{"chat_template": c.template})
		must(t, err)
		named, err := json.Marshal(map[string]any{"chat_template": []any{map[string]any{"name": "default", "template": c.template}}})
		must(t, err)
		for where, files := range map[string]fstest.MapFS{
			"in the configuration": {"tokenizer_config.json": {Data: config}},
			"named":                {"tokenizer_config.json": {Data: named}},
			"in a file":            {"chat_template.jinja": {Data: []byte(c.template)}},
		} {
			ev := gather(t, files)
			if v, _ := ev.Get("/tokenizer/template_inert"); v != c.inert {
				t.Errorf("%s %s: template_inert is %v, want %v", c.name, where, v, c.inert)
			}
		}
	}
	if v, ok := gather(t, fstest.MapFS{"tokenizer.json": {Data: []byte(`{}`)}}).Get("/tokenizer/template_inert"); ok {
		t.Errorf("template_inert is %v where there is no template", v)
	}
}

// One bad template anywhere is enough, however far down in a long one it stands.
func TestBadTemplatesAreFoundAnywhere(t *testing.T) {
	good, bad := "{{ messages }}", strings.Repeat("{# padding #}", 1000)+"{{ ''.__class__.__mro__ }}"
	gguf := func(text string) []byte {
		return release.GGUF([]release.KV{{Key: "general.architecture", Value: "llama"}, {Key: "tokenizer.chat_template", Value: text}},
			release.NewTensor("token_embd.weight", "F32", 1, 4, 4))
	}
	config := func(text string) []byte {
		data, err := json.Marshal(map[string]any{"chat_template": text})
		must(t, err)
		return data
	}
	holdFacts(t, map[string]change{
		"in a header":    {nil, map[string][]byte{"m.gguf": gguf(bad), "tokenizer_config.json": config(good)}, []fact{{"/tokenizer/template_inert", false}}},
		"good header":    {nil, map[string][]byte{"m.gguf": gguf(good)}, []fact{{"/tokenizer/template_inert", true}, {"/tokenizer/chat_template", true}}},
		"deeper down":    {nil, map[string][]byte{"tokenizer_config.json": config(good), "a/tokenizer_config.json": config(bad)}, []fact{{"/tokenizer/template_inert", false}}},
		"one of many":    {nil, map[string][]byte{"additional_chat_templates/tools.jinja": []byte(bad)}, []fact{{"/tokenizer/template_inert", false}}},
		"of a processor": {nil, map[string][]byte{"processor_config.json": config(bad)}, []fact{{"/tokenizer/template_inert", false}}},
		"too long":       {nil, map[string][]byte{"chat_template.jinja": []byte(strings.Repeat(" ", 2<<20))}, []fact{{"/tokenizer/template_inert", absent}}},
		"none":           {nil, map[string][]byte{"tokenizer_config.json": []byte("{}")}, []fact{{"/tokenizer/template_inert", absent}, {"/tokenizer/chat_template", false}}},
	})
}
