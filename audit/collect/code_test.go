package collect_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"testing/fstest"
)

// Each of these has the outside of what is asked for, and nothing inside.
func TestHollowFilesShowNothing(t *testing.T) {
	random := make([]byte, 20<<10)
	src := rand.NewChaCha8([32]byte{1})
	src.Read(random)
	pdf := func(body []byte) string {
		return "%PDF-1.7\n1 0 obj\n<< /Length 20480 >>\nstream\n" + string(body) + "\nendstream\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n"
	}
	const script = "import torch\nmodel = Model()\nfor x in data:\n    model(x).backward()\n    step(lr=3e-4, batch_size=8)\n"
	for _, c := range []struct {
		path, text, pointer string
		want                any
	}{
		{"paper.pdf", "%PDF-1.7\n" + string(make([]byte, 20<<10)), "/documents/paper/present", false},
		{"paper.pdf", pdf(make([]byte, 20<<10)), "/documents/paper/present", false},
		{"paper.pdf", pdf(bytes.Repeat([]byte("x"), 20<<10)), "/documents/paper/present", false},
		{"paper.pdf", pdf(random)[:12<<10], "/documents/paper/present", false},
		{"paper.pdf", pdf(random), "/documents/paper/present", true},

		{"notes.json", `{"warmup": true, "text": "warmup of the kettle"}`, "/code/hyperparameters_shown", false},
		{"notes.json", `{"warmup_steps": 100}`, "/code/hyperparameters_shown", false},
		{"notes.yaml", "# learning_rate: 0.1\n# batch_size: 8\na: 1\n", "/code/hyperparameters_shown", false},
		{"run.json", `{"learning_rate":3e-4,"per_device_train_batch_size":8}`, "/code/hyperparameters_shown", true},
		{"run.yaml", "optimizer:\n  lr: 3e-4\n  weight_decay: 0.1\n", "/code/hyperparameters_shown", true},
		{"train.py", script, "/code/hyperparameters_shown", true},

		{"requirements.txt", "# none yet\n\n-r other.txt\n", "/code/supporting/present", false},
		{"requirements.txt", "# what it needs\ntorch>=2.1\n", "/code/supporting/present", true},
		{"requirements.txt", "Torch\n", "/code/supporting/present", true},
		{"pyproject.toml", "[tool.black]\nline-length = 100\n", "/code/supporting/present", false},
		{"pyproject.toml", "[project]\ndependencies = [\"torch\"]\n", "/code/supporting/present", true},
		{"Dockerfile", "# FROM nothing\n", "/code/supporting/present", false},
		{"Dockerfile", "FROM python:3.12\nRUN pip install torch\n", "/code/supporting/present", true},
		{"uv.lock", "version = 1\n", "/code/dependencies_pinned", false},
		{"uv.lock", "version = 1\n[[package]]\nname = \"torch\"\n", "/code/dependencies_pinned", true},

		{"train.py", "\"\"\"Call model.fit(x) or loss.backward().\n\nThen optimizer.step().\n\"\"\"\nimport os\nprint(os.name)\nprint(1)\n", "/code/training/present", false},
		{"train.py", "'call model.fit(x)'\nimport os\n# loss.backward()\nprint(os.name)\nprint(1)\n", "/code/training/present", false},
		{"train.py", script, "/code/training/present", true},
		{"train.ipynb", `{"cells": [{"cell_type": "markdown", "source": ["import a\n", "b\n", "loss.backward()\n"]}]}`, "/code/training/present", false},
		{"train.ipynb", `{"cells": [{"cell_type": "code", "source": ["import a\n", "b()\n", "loss.backward()\n"]}]}`, "/code/training/present", true},
		{"train.ipynb", `{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["import a\n", "b()\n", "loss.backward()\n"]}, {"cell_type": "code", "outp`, "/code/training/present", true},
		{"main.py", "# nothing here\n", "/code/present", false},
		{"main.py", "", "/code/present", false},
		{"main.py", "print(1)\n", "/code/present", true},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), c.path: file(c.text)})
		if v, _ := ev.Get(c.pointer); v != c.want {
			t.Errorf("%s %.60q: %s is %v, want %v", c.path, c.text, c.pointer, v, c.want)
		}
	}
}

// An empty module is no code that was shown.
func TestEmptyModuleOfAutoMap(t *testing.T) {
	for text, want := range map[string]bool{"": false, "# later\n": false, "class M:\n    pass\n": true} {
		ev := gather(t, fstest.MapFS{
			"config.json": file(`{"model_type": "m", "auto_map": {"AutoModel": "modeling_m.M"}}`), "modeling_m.py": file(text),
		})
		if v, _ := ev.Get("/code/custom_code_shown"); v != want {
			t.Errorf("%q: %v, want %v", text, v, want)
		}
	}
}
