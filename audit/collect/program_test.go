package collect_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/fstest"
)

const (
	netCode = `from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(2, 2)

    def forward(self, x):
        return self.out(x)
`
	trainCode = `import torch
for x, y in batches:
    loss = net(x, y)
    loss.backward()
    optimizer.step()
`
	trainerCode = `from transformers import Trainer
trainer = Trainer(model=model, args=args, train_dataset=data)
trainer.train()
`
	testCode = `import evaluate
model = AutoModel.from_pretrained(".")
metric = evaluate.load("accuracy")
for row in load_dataset("x", split="test"):
    metric.add(model(row))
print(metric.compute())
`
	useCode = `model = AutoModelForCausalLM.from_pretrained(".")
out = model.generate(ids)
print(tokenizer.decode(out))
`
	dataCode = `rows = load_dataset("x")
rows = rows.map(clean).filter(keep)
rows.to_parquet("out.parquet")
`
)

// What a program does is told by what stands in it, whatever it is called.
func TestProgramsAreToldByContent(t *testing.T) {
	for _, c := range []struct {
		code string
		want []string
	}{
		{netCode, []string{"modelling"}},
		{trainCode, []string{"training"}},
		{trainerCode, []string{"training"}},
		{netCode + trainCode, []string{"training", "modelling"}},
		{testCode, []string{"evaluation"}},
		{useCode, []string{"inference"}},
		{dataCode, []string{"preprocessing"}},
		{"import jax\nloss, g = jax.value_and_grad(f)(params)\nparams = optax.apply_updates(params, u)\n", []string{"training"}},
		{"import keras\nclass Net(keras.Model):\n    def call(self, x): return self.d(x)\nn = keras.layers.Dense(3)\n", []string{"modelling"}},

		// what looks like it and is none
		{"import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        pass\nself.out = nn.Linear(2, 2)\n", nil},
		{"import nn\nclass Loss(nn.Module):\n    def forward(self, x):\n        return x.mean()\n", nil},
		{"import nn\nclass Net(object):\n    def forward(self, x):\n        return nn.Linear(2, 2)(x)\n", nil},
		{"import nn\nclass Net(nn.Module):\n    size = 1\ndef forward(x):\n    return nn.Linear(2, 2)(x)\n", nil},
		{"print('class Net(nn.Module):')\nprint('for x in y: loss.backward(); optimizer.step()')\nprint('Linear(')\n", nil},
		{"for x in y:\n    print(\"\"\"loss.backward()\"\"\")\n    print('optimizer.step()')\n", nil},
		{"# loss.backward()\n# optimizer.step()\nfor x in y:\n    print(x)\nprint(1)\n", nil},
		{"import os\nprint(os.name)\nprint('model accuracy perplexity f1_score')\n", nil},
		{"if config:\n    model.from_pretrained(x)\nelse:\n    exit()\n", nil},
	} {
		for _, name := range []string{"a.py", "src/zz.py", "x/y/z.py"} {
			ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), name: file(c.code)})
			v, _ := ev.Get("/code/files/0/roles")
			var got []string
			for _, r := range v.([]any) {
				got = append(got, r.(string))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v:\n%s", name, got, c.want, c.code)
			}
		}
	}
}

// A name alone shows nothing, nor does a name over words that are only printed.
func TestNamesOfProgramsAreNoEvidence(t *testing.T) {
	hollow := "import os\nprint('Trainer() .fit( loss.backward() load_dataset() from_pretrained() .generate( accuracy')\nprint(os.name)\n"
	for _, name := range []string{"train.py", "preprocess.py", "evaluate.py", "generate.py", "modeling_x.py"} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), name: file(hollow)})
		if v, _ := ev.Get("/code/files/0/roles"); len(v.([]any)) != 0 {
			t.Errorf("%s is taken for %v", name, v)
		}
	}
}

// What a rerun needs is read from the files.
func TestReproducibility(t *testing.T) {
	base := fstest.MapFS{"README.md": file("# A\n"), "go.py": file(trainCode)}
	for _, c := range []struct {
		path, text, fact string
		want             bool
	}{
		{"run.toml", "learning_rate = 0.1\nbatch_size = 4\ndata_seed = 3\n", "data_order_fixed", true},
		{"run.toml", "learning_rate = 0.1\nbatch_size = 4\n", "data_order_fixed", false},
		{"Dockerfile", "FROM python:3.12\n", "container_shown", true},
		{"Containerfile", "FROM python:3.12\n", "container_shown", true},
		{"Dockerfile", "# FROM python:3.12\n", "container_shown", false},
		{"step-10/optimizer.pt", "\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.", "optimizer_state_shown", true},
		{"optimizer.md", "the optimizer is AdamW", "optimizer_state_shown", false},
		{"notes.txt", "seed data_seed = 1 checkpoint", "checkpoints_shown", false},
		{"pylock.toml", "[[packages]]\nname = \"torch\"\n", "dependencies_pinned", true},
	} {
		fsys := fstest.MapFS{c.path: file(c.text)}
		for k, v := range base {
			fsys[k] = v
		}
		if v, _ := gather(t, fsys).Get("/code/" + c.fact); v != c.want {
			t.Errorf("%s %q: %s is %v, want %v", c.path, c.text, c.fact, v, c.want)
		}
	}
}

// A file of code says of itself under which licence it is; a repository that is
// only linked to is claimed.
func TestLicenceAndPlaceOfCode(t *testing.T) {
	ev := gather(t, fstest.MapFS{
		"README.md": file("# A\n\nThe code is in [our repository](https://github.com/acme/a). The [training code](https://github.com/acme/train) is apart.\n\n- **Evaluation code:** not yet, see https://github.com/acme/later\n"),
		"go.py":     file("# SPDX-License-Identifier: MIT\n" + trainCode),
	})
	for pointer, want := range map[string]any{
		"/code/files/0/license": "MIT", "/code/training/license": "MIT", "/code/repository": "https://github.com/acme/a",
		"/code/inference/present": false, "/code/training/url": "https://github.com/acme/train", "/code/evaluation/url": nil,
	} {
		if v, _ := ev.Get(pointer); v != want {
			t.Errorf("%s is %v, want %v", pointer, v, want)
		}
	}
	if src := ev.SourcesAt("/code/repository"); len(src) == 0 || fmt.Sprint(src[0].Level) != "claimed" {
		t.Errorf("the repository is sourced by %v", src)
	}
}
