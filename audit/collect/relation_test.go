package collect_test

import (
	"encoding/json"
	"testing"
	"testing/fstest"
)

// A relation shows the side that it is about, on its own line, where a value or
// a key stands several times.
func TestRelationsShowTheirSides(t *testing.T) {
	config := "{\n \"id2label\": {\"0\": \"max_position_embeddings\"},\n \"vision_config\": {\n  \"max_position_embeddings\": 577\n },\n" +
		" \"model_type\": \"llama\",\n \"max_position_embeddings\": 4096\n}\n"
	readme := "# A\n\nIts base was trained with a context length of 2048 tokens.\n\n- **Context length:** 32768\n- **Context length:** 4096\n"
	for _, c := range []struct {
		name, readme, config string
		declared, found      any
		agree                any
		line, foundLine      int
	}{
		{"the one that fits", readme, config, int64(4096), int64(4096), true, 6, 7},
		{"all above", "# A\n\n- **Context length:** 32768\n- **Context length:** 65536\n", config, int64(32768), int64(4096), false, 3, 7},
		{"one below", "# A\n\n- **Context length:** 32768\n- **Context length:** 2048\n", config, int64(32768), int64(4096), nil, 3, 7},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file(c.readme), "config.json": file(c.config)})
		v, _ := ev.Get("/relations/context_length")
		m, _ := v.(map[string]any)
		if m == nil {
			t.Errorf("%s: no relation", c.name)
			continue
		}
		if m["declared"] != c.declared || m["found"] != c.found || m["agree"] != c.agree {
			t.Errorf("%s: %v", c.name, m)
		}
		between := m["between"].([]any)
		if s := ev.SourcesAt(between[0].(string)); len(s) == 0 || s[0].Line != c.line {
			t.Errorf("%s: declared at %v, want line %d", c.name, s, c.line)
		}
		if s := ev.SourcesAt(between[1].(string)); len(s) == 0 || s[0].Line != c.foundLine {
			t.Errorf("%s: found at %v, want line %d", c.name, s, c.foundLine)
		}
	}
}

func TestRelationOfBaseModelsShowsTheCommonOne(t *testing.T) {
	adapter := func(base string) string {
		b, _ := json.Marshal(map[string]any{"base_model_name_or_path": base, "peft_type": "LORA"})
		return string(b)
	}
	ev := gather(t, fstest.MapFS{
		"README.md":           file("---\nbase_model:\n- acme/one\n- acme/two\n---\n# A\n"),
		"adapter_config.json": file(adapter("acme/two")),
	})
	v, _ := ev.Get("/relations/base_model_adapter")
	m, _ := v.(map[string]any)
	if m["declared"] != "acme/two" || m["found"] != "acme/two" || m["agree"] != true {
		t.Errorf("%v", m)
	}
	if s := ev.SourcesAt(m["between"].([]any)[0].(string)); s[0].Line != 4 {
		t.Errorf("declared at %v, want line 4", s)
	}
}

// The text is held against the card whose licence it is, and that one is shown.
func TestRelationOfLicenceTextShowsTheCardThatFits(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md":     file("---\nlicense: apache-2.0\n---\n# A\n"),
		"MODEL_CARD.md": file("---\nlicense: mit\n---\n# A\n\nWords.\n"),
		"LICENSE":       file(mit),
	})
	v, _ := ev.Get("/relations/license_text")
	m, _ := v.(map[string]any)
	if m["declared"] != "MIT" || m["agree"] != true {
		t.Fatalf("%v", m)
	}
	if s := ev.SourcesAt(m["between"].([]any)[0].(string)); s[0].Path != "MODEL_CARD.md" {
		t.Errorf("declared at %v", s)
	}
}
