package weights

import (
	"strings"
	"testing"
)

// Templates as models ship them, in what they do: none may be accused.
func TestTemplateBenign(t *testing.T) {
	for name, text := range map[string]string{
		"plain": "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message.content | trim + eos_token }}{% endfor %}",
		"system": `{%- if messages[0]["role"] == "system" %}{%- set system_message = messages[0]["content"] %}{%- set loop_messages = messages[1:] %}{%- endif %}
{{- bos_token }}{%- if (message["role"] == "user") != (loop.index0 % 2 == 0) %}{{- raise_exception("roles must alternate: user/assistant/...") }}{%- endif %}`,
		"tools": `{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}{%- for message in messages[::-1] %}
{%- set content = message.content.split('</think>')[-1].lstrip('\n') %}{{- tool | tojson(indent=4) }}{%- if tools is defined and builtin_tools is not none %}
{{- "Environment: ipython\n" }}{{ builtin_tools | reject('equalto', 'code_interpreter') | join(", ") + "\n\n" }}{% endif %}{% endfor %}`,
		"macro": `{%- macro render(spec, required, is_nullable=false) -%}{%- if spec.type == "array" -%}{{- render(spec['items'], required) + "[]" -}}{%- elif spec.enum is iterable -%}
{{ spec.enum | map('tojson') | join(' | ') }}{%- else -%}{{ spec|items|list|length }}{%- endif -%}{%- endmacro -%}{{ strftime_now("%d %b %Y") }}`,
		"set from dict":  `{% set map = {"user": "USER", "system": "SYSTEM"} %}{{ map[message.role] }}{{ "%s: %s" | format(a, b) }}`,
		"names of tools": `{{ tool.name | replace(' ', '_') }}{{ tool.function.name ~ '_' ~ loop.index }}{% set class = 'user_class' %}`,
		"text outside":   "import os; __class__ {# {{ x.__class__ }} #} eval( {% raw %}{{ a.__mro__ }}{% endraw %} done",
		"filters":        `{{ messages|selectattr('role','equalto','tool')|map(attribute='content')|list|length }}{{ messages|rejectattr("role")|groupby('role') }}{{ x|map('upper')|join(', ') }}`,
		"keys":           `{% for i in [a ~ b ~ c, d] %}{{ messages[i - 1]['a' ~ i] }}{{ m[loop.index0 + 1][key|lower] }}{{ x|map(attribute='a.b')|unique }}{% endfor %}`,
		"attribute":      `{% set attribute = x %}{% if attribute == 'x' %}{{ tool['attribute'] }}{% endif %}`,
		"braces":         "{ { {a} }} {{ {'a': {'b': 1}}['a'] }}",
		"escapes":        `{{ "line\nline\ttab \u00e9 \"quoted\" \\" }}`,
		"generation":     "{% generation %}{{ message.content }}{% endgeneration %}",
		"empty":          "",
		"not closed":     "{{ message",
	} {
		if p := InspectTemplate(text); len(p) > 0 {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// The walks of the sandbox escapes that have been told, in plain and disguised.
func TestTemplateAttacks(t *testing.T) {
	for name, text := range map[string]string{
		"CVE-2024-34359":             `{% for c in [].__class__.__base__.__subclasses__() %}{% if c.__name__ == 'catch_warnings' %}{{ c()._module.__builtins__['__import__']('os').popen('id').read() }}{% endif %}{% endfor %}`,
		"globals of a function":      `{{ lipsum.__globals__['os'].popen('id').read() }}`,
		"of cycler":                  `{{ cycler.__init__.__globals__.os.system('id') }}`,
		"the template itself":        `{{ self._TemplateReference__context.cycler }}`,
		"behind a name like raw":     `{{ raw }}{{ ''.__class__ }}`,
		"a letter by its name":       `{{ ''['__\N{LATIN SMALL LETTER C}lass__'] }}`,
		"letters of a helper":        `{% set u=(lipsum|string)[10] %}{{ lipsum[u~u~'glo'~'bals'~u~u]['o'~'s']['po'~'pen']('id') }}`,
		"a key from names":           `{% set u='tool_calls'[4] %}{{ messages[u~u~x~y~u~u] }}`,
		"a key from a list":          `{{ messages[[u,u,x,y,u,u]|join] }}`,
		"a key from a format":        `{{ messages['%s%s'|format(x,y)] }}`,
		"a key backwards":            `{{ messages[k~'ssalc'[::-1]] }}`,
		"an attribute by a name":     `{{ messages|map(attribute=x)|list }}`,
		"an attribute from pieces":   `{{ messages|sort(attribute=u~u~'a') }}`,
		"a filter from pieces":       `{{ messages|map('at'~'tr', x)|list }}`,
		"the filter attr in map":     `{{ messages|map('attr', x)|list }}`,
		"a choice by a name":         `{{ messages|selectattr(x)|list }}`,
		"by a key":                   `{{ ''['__class__']['__mro__'][1] }}`,
		"by the filter attr":         `{{ ''|attr('x') }}`,
		"by map":                     `{{ [messages]|map(attribute='__class__')|list }}`,
		"escapes, hexadecimal":       `{{ ''['\x5f\x5fclass\x5f\x5f'] }}`,
		"escapes, octal":             `{{ ''["\137\137class\137\137"] }}`,
		"escapes, unicode":           `{{ ''["\u005f_class__"] }}`,
		"escapes, by name":           `{{ ''["\N{LOW LINE}_class__"] }}`,
		"joined":                     `{{ ''['__cla' ~ 'ss__'] }}`,
		"added":                      `{{ ''['__cla'+'ss__'] }}`,
		"joined from a list":         `{{ ''[['__cl','as','s__']|join] }}`,
		"joined from names":          `{{ ''[dict(__cla=1,ss__=2)|join] }}`,
		"multiplied":                 `{{ ''['_'*2 ~ 'class' ~ '_'*2] }}`,
		"backward":                   `{{ ''['__ssalc__'[::-1]] }}`,
		"backward by filter":         `{{ ''['__ssalc__'|reverse] }}`,
		"upper case":                 `{{ ''['__CLASS__'|lower] }}`,
		"format":                     `{{ '{0.__class__}'.format(x) }}`,
		"numbers":                    `{{ '%c%c%c'|format(95,95,99) }}`,
		"letters of an object":       `{{ (lipsum|string|list)[18] }}`,
		"frames":                     `{{ x.gi_frame.f_globals }}`,
		"frames by key":              `{{ x['gi_frame'] }}`,
		"include":                    `{% include '/etc/passwd' %}`,
		"import":                     `{%- import 'x' as y %}`,
		"extends":                    `{% extends x %}`,
		"eval":                       `{{ eval('1') }}`,
		"behind a raw block":         `{% raw %}{{ {% endraw %}{{ a.__class__ }}`,
		"behind a comment":           `{# {{ #}{{ a.__class__ }}`,
		"behind sixteen odd numbers": strings.Repeat("{{ 99999999999 }}", 20) + `{{ a.__class__ }}`,
		"in a statement":             `{% set x = a.__class__ %}`,
		"in a string's end":          `{{ "}}" ~ a.__class__ }}`,
		"in braces":                  `{{ {'a': {'b': a.__class__}} }}`,
	} {
		attack := false
		for _, p := range InspectTemplate(text) {
			attack = attack || p.Kind == TemplateAttack && p.Severity == Fault
		}
		if !attack {
			t.Errorf("%s: not seen", name)
		}
	}
	if p := InspectTemplate(strings.Repeat("x", MaxTemplate+1)); len(p) != 1 || p[0].Kind != LimitHit {
		t.Errorf("a template over the limit: %+v", p)
	}
}

// A GGUF header carries its template: the file is judged by it, however long
// the text before the attack is.
func TestGGUFTemplate(t *testing.T) {
	benign, evil := "{{ messages[0].content }}", strings.Repeat(" ", 2*MaxValue)+"{{ ''.__class__ }}"
	for _, key := range []string{"tokenizer.chat_template", "tokenizer.chat_template.tool_use"} {
		if f := inspect(t, "m.gguf", newGGUF(3, 0, 1).str(key, benign).b); f.Verdict != Inert || f.Templates[key] != benign {
			t.Errorf("%s: %q %s, templates %v", key, f.Verdict, f.Reason, f.Templates)
		}
		if f := inspect(t, "m.gguf", newGGUF(3, 0, 1).str(key, evil).b); f.Verdict != CodeCapable || !f.Complete || kinds(f) != string(TemplateAttack) {
			t.Errorf("%s: %q complete %v %s", key, f.Verdict, f.Complete, kinds(f))
		}
		if f := inspect(t, "m.gguf", newGGUF(3, 0, 1).str(key, strings.Repeat("x", MaxTemplate+1)).b); f.Verdict != "" || f.Complete {
			t.Errorf("%s over the limit: %q complete %v", key, f.Verdict, f.Complete)
		}
	}
}

func TestLeftovers(t *testing.T) {
	for value, want := range map[string]string{
		"/home/alice/models/base.safetensors": "a path on a machine",
		`C:\Users\bob\x.safetensors`:          "a path on a machine",
		`{"dir": "/mnt/data/photos"}`:         "a path on a machine",
		`\\server\share\x`:                    "a path on a machine",
		"hf_" + strings.Repeat("a", 34):       "a credential",
		"alice@example.org":                   "an address for mail",
	} {
		p := Leftovers(map[string]any{"ss_x": value})
		if len(p) != 1 || !strings.HasSuffix(p[0].Message, want) || strings.Contains(p[0].Message, value) {
			t.Errorf("%s: %+v, want %s", value, p, want)
		}
	}
	for key, value := range map[string]any{
		"format": "pt", "url": "https://example.org/home/alice/x", "license": "apache-2.0", "list": []any{"en", "de"}, "n": uint64(3),
		"ss_prompts": "{}", "tokenizer.ggml.tokens": []any{"/home/a"}, "ratio": "16:9", "date": "2024-01-02 10:11:12", "prompt": "None",
	} {
		if p := Leftovers(map[string]any{key: value}); len(p) > 0 {
			t.Errorf("%s = %v: %+v", key, value, p)
		}
	}
	if p := Leftovers(map[string]any{"ss_sample_prompts": "a photo of x", "l": []any{"ok", "/root/.cache/x"}}); len(p) != 2 {
		t.Errorf("%+v", p)
	}
	f := inspect(t, "m.safetensors", stFile(`{"__metadata__":{"ss_train_data_dir":"/home/alice/cats"}}`, 0))
	if f.Verdict != Inert || kinds(f) != string(PrivateData) {
		t.Errorf("%q %s", f.Verdict, kinds(f))
	}
}
