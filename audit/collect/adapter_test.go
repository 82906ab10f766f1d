package collect_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"glassbox/audit"
)

// header is a safetensors file of numbers, each in the form name:rows,columns.
func header(metadata string, specs ...string) string {
	text, at := `{"__metadata__":{`+metadata+`}`, 0
	for _, s := range specs {
		name, shape, _ := strings.Cut(s, ":")
		n := 4
		for d := range strings.SplitSeq(shape, ",") {
			k := 0
			fmt.Sscan(d, &k)
			n *= k
		}
		text += fmt.Sprintf(`,%q:{"dtype":"F32","shape":[%s],"data_offsets":[%d,%d]}`, name, shape, at, at+n)
		at += n
	}
	text += "}"
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) + text + strings.Repeat("\x00", at)
}

// tree writes files into a folder and reads it as a release.
func tree(t *testing.T, root, name string, files map[string]string) *audit.Evidence {
	t.Helper()
	for p, data := range files {
		full := filepath.Join(root, name, p)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return onDisk(t, filepath.Join(root, name))
}

const q0 = "base_model.model.model.layers.%d.self_attn.q_proj.lora_%s.weight:%s"

// An adapter is held against its own configuration, and against the network of
// its base where that is at hand: in its folder or beside it.
func TestAdapterFits(t *testing.T) {
	card := "---\nlicense: mit\nbase_model: acme/base\n---\n# An adapter\n"
	for name, test := range map[string]struct {
		config, own, base string // adapter_config.json, config.json in its folder, config.json of the base
		width, layer      int
		rank, fits        any
	}{
		"all agrees":               {`{"r": 4, "base_model_name_or_path": "acme/base"}`, "", `{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2}`, 64, 1, true, true},
		"another width":            {`{"r": 4, "base_model_name_or_path": "acme/base"}`, "", `{"model_type": "llama", "hidden_size": 32, "num_hidden_layers": 2}`, 64, 1, true, false},
		"more layers":              {`{"r": 4, "base_model_name_or_path": "acme/base"}`, "", `{"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2}`, 64, 2, true, false},
		"another rank":             {`{"r": 8, "base_model_name_or_path": "acme/base"}`, "", `{"model_type": "llama", "hidden_size": 64}`, 64, 1, false, true},
		"ranks by module":          {`{"r": 8, "rank_pattern": {"q_proj": 4}, "base_model_name_or_path": "acme/base"}`, "", "", 64, 1, nil, nil},
		"no rank":                  {`{"r": "four", "base_model_name_or_path": "acme/base"}`, "", "", 64, 1, nil, nil},
		"base not at hand":         {`{"r": 4, "base_model_name_or_path": "acme/other"}`, "", "", 64, 1, true, nil},
		"configuration beside it":  {`{"r": 4, "base_model_name_or_path": "acme/other"}`, `{"model_type": "llama", "hidden_size": 64}`, "", 64, 1, true, true},
		"another one's, beside it": {`{"r": 4, "base_model_name_or_path": "acme/other"}`, `{"model_type": "llama", "hidden_size": 48}`, "", 64, 1, true, false},
	} {
		root := t.TempDir()
		if test.base != "" {
			tree(t, root, "base", map[string]string{"README.md": "---\nlicense: mit\n---\n# Base\n", "config.json": test.base})
		}
		files := map[string]string{
			"README.md": card, "adapter_config.json": test.config,
			"adapter_model.safetensors": header(`"format":"pt"`, fmt.Sprintf(q0, test.layer, "A", fmt.Sprintf("4,%d", test.width)), fmt.Sprintf(q0, test.layer, "B", "96,4")),
		}
		if test.own != "" {
			files["config.json"] = test.own
		}
		ev := tree(t, root, "adapter", files)
		for pointer, want := range map[string]any{"/relations/adapter_rank/agree": test.rank, "/relations/adapter_base/agree": test.fits} {
			if got, _ := ev.Get(pointer); got != want {
				r, _ := ev.Get(strings.TrimSuffix(pointer, "/agree"))
				t.Errorf("%s: %s is %v, want %v: %v", name, pointer, got, want, r)
			}
		}
	}
}

// A header that tells of a person or a machine is told of, its values are not
// judged by where they stand in the list.
func TestImpersonal(t *testing.T) {
	for metadata, want := range map[string]bool{
		`"format":"pt"`:                                     true,
		`"author":"someone@example.org"`:                    true,
		`"ss_train_data_dir":"/home/jane/pictures/cat"`:     false,
		`"ss_output_dir":"C:\\Users\\jane\\lora"`:           false,
		`"prompt":"a photo of my neighbour"`:                false,
		`"token":"hf_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"`: false,
	} {
		ev := tree(t, t.TempDir(), "m", map[string]string{"model.safetensors": header(metadata, "w:2,2")})
		if got, _ := ev.Get("/weights/files/0/impersonal"); got != want {
			t.Errorf("%s: impersonal %v", metadata, got)
		}
	}
	ev := tree(t, t.TempDir(), "m", map[string]string{"a.safetensors": header(`"format":"pt"`, "w:2,2"), "b.safetensors": header(`"ss_output_dir":"/home/jane/x"`, "w:2,2")})
	if got, _ := ev.Get("/weights/impersonal"); got != false || ev.Sources["/weights/impersonal"][0].Path != "b.safetensors" {
		t.Errorf("of two files: %v by %v", got, ev.Sources["/weights/impersonal"])
	}
	ev = tree(t, t.TempDir(), "m", map[string]string{"model.safetensors": "version https://git-lfs.github.com/spec/v1\noid sha256:" + strings.Repeat("0", 64) + "\nsize 100\n"})
	if got, ok := ev.Get("/weights/impersonal"); ok {
		t.Errorf("of a pointer: impersonal %v", got)
	}
	ev = tree(t, t.TempDir(), "m", map[string]string{"model.safetensors": header(`"format":"pt"`, "w:2,2")[:60]})
	if got, ok := ev.Get("/weights/files/0/impersonal"); ok {
		t.Errorf("of a file that breaks off: impersonal %v", got)
	}
}

// A script that runs what it fetches is told apart from one that fetches, and
// from one that says so in a comment.
func TestSelfContained(t *testing.T) {
	for script, want := range map[string]bool{
		"curl -fsSL https://example.org/install | sh":                             false,
		"wget -qO- https://example.org/x.py | sudo python3 -":                     false,
		"bash <(curl -s https://example.org/x)":                                   false,
		"sh -c \"$(curl -fsSL https://example.org/x)\"":                           false,
		"echo aWQK | base64 -d | bash":                                            false,
		"import requests\nexec(requests.get('https://example.org/x').text)":       false,
		"exec(__import__('base64').b64decode('aWQK'))":                            false,
		"iex (iwr https://example.org/x.ps1)":                                     false,
		"irm https://example.org/x | iex":                                         false,
		"powershell -NoProfile -enc SQBFAFgAIABhAGIAYwBkAGUAZgA=":                 false,
		"# curl -fsSL https://example.org/install | sh\npip install torch":        true,
		"curl -O https://example.org/data.tar\ntar xf data.tar":                   true,
		"curl -s https://example.org/x | jq .name":                                true,
		"import base64\nprint(base64.b64decode('aWQK'))\nmodel.eval()":            true,
		"model.eval()\nexecute(requests)":                                         true,
		"wget https://example.org/weights.safetensors && sha256sum -c SHA256SUMS": true,
	} {
		for _, name := range []string{"setup.sh", "setup.bat", "tool.py", "tool.ps1"} {
			ev := tree(t, t.TempDir(), "m", map[string]string{name: script})
			if got, _ := ev.Get("/code/files/0/self_contained"); got != want {
				t.Errorf("%s: %q: %v", name, script, got)
			}
		}
	}
	ev := tree(t, t.TempDir(), "m", map[string]string{"a.py": "x = 1\n", "b.sh": "set -e\n# fetch\ncurl https://example.org/x | sh\n"})
	if src := ev.Sources["/code/self_contained"][0]; src.Path != "b.sh" || src.Line != 3 {
		t.Errorf("the place is %v", src)
	}
	long := strings.Repeat("x = 1\n", 200_000)
	ev = tree(t, t.TempDir(), "m", map[string]string{"long.py": long})
	for _, pointer := range []string{"/code/files/0/self_contained", "/code/self_contained"} {
		if got, ok := ev.Get(pointer); ok {
			t.Errorf("of a file that was not read to its end: %v", got)
		}
	}
}
