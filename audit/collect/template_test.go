package collect_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"
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
