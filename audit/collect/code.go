package collect

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"

	"glassbox/audit"
)

// Limits on reading source code, in bytes: how much of one file is looked at, and
// of all together. Notebooks with their pictures are the largest in the wild.
const (
	MaxSource    = 16 << 20
	MaxAllSource = 128 << 20
)

// maxSettings is the size up to which a JSON, YAML or TOML file is taken for
// settings; what is larger is data.
const maxSettings = 256 << 10

// minStatements is how many lines that do something make a file more than a
// place-holder; see [statementsOf].
const minStatements = 3

// codeRoles tells what source files do: by their name and by what they call,
// both, as a name alone is easily given and a call alone says little. The first
// that fits is taken, since a training script evaluates as well.
var codeRoles = []struct {
	role    string
	name    *regexp.Regexp
	content *regexp.Regexp
}{
	{"modelling", regexp.MustCompile(`(^|/)(modeling|modelling|configuration|processing|tokenization)_\w+\.py$`), regexp.MustCompile(`class \w+\((\w*PreTrained\w*|nn\.Module|torch\.nn\.Module)`)},
	{"training", regexp.MustCompile(`(?i)(^|/|_)(pre|fine)?_?-?(train|finetune|tuning|sft|dpo|rlhf)`), regexp.MustCompile(`\.backward\(|Trainer\(|\.fit\(|optimizer\.step\(|train_loop|value_and_grad|accelerate\.|deepspeed|torchrun`)},
	{"preprocessing", regexp.MustCompile(`(?i)(^|/|_)(pre_?process|prepare|clean|dedup|tokenize|filter|build_data|data_?prep)`), regexp.MustCompile(`load_dataset\(|\.map\(|dedup|normalize|tokeniz|read_csv|jsonl|open\(`)},
	{"evaluation", regexp.MustCompile(`(?i)(^|/|_)(eval|benchmark|score|metrics)`), regexp.MustCompile(`(?i)accuracy|perplexity|lm_eval|evaluate|f1_score|bleu|rouge|exact_match|metric`)},
	{"inference", regexp.MustCompile(`(?i)(^|/|_)(infer|generate|predict|serve|demo|handler|chat|sample|run)`), regexp.MustCompile(`(?i)\.generate\(|pipeline\(|from_pretrained\(|\.predict\(|InferenceSession|llama_cpp|load_file\(|safe_open\(`)},
}

func (c *collection) code(context.Context) error {
	if !c.whole() {
		return nil
	}
	byRole := map[string][]string{}
	var items []any
	var training [][]byte
	var contained containment
	left := int64(MaxAllSource)
	something := false // not only files that hold nothing
	for _, f := range c.with("code") {
		read := c.source(f, min(left, MaxSource))
		left -= int64(len(read))
		content := statementsOf(f, read)
		role := codeRole(f.Path, content)
		byRole[role] = append(byRole[role], f.Path)
		something = something || statements(content) > 0 || int64(len(read)) < f.Size
		if role == "training" {
			training = append(training, content)
		}
		item := map[string]any{"path": f.Path, "language": language(f), "role": role, "size": f.Size}
		contained.add(f, read, item)
		items = append(items, item)
	}
	present := audit.Source{Level: audit.Present}
	c.ev.Set("/code/present", something, present)
	c.ev.Set("/code/files", append([]any{}, items...), present)
	for i, f := range c.with("code") {
		c.ev.Cite(audit.Join("/code/files", i), audit.Source{Path: f.Path, Level: audit.Present})
	}
	contained.settle(c)
	c.codeSections(byRole)
	c.reproducible(training)
	return nil
}

// source reads a source file. What lies beyond the limit could serve any role.
func (c *collection) source(f *File, limit int64) []byte {
	if f.Size > limit {
		c.gap("/code", fmt.Sprintf("%s goes beyond the %d bytes of source code that are read", f.Path, limit))
	}
	return c.head(f, limit)
}

func codeRole(name string, content []byte) string {
	if statements(content) < minStatements {
		return "other"
	}
	for _, r := range codeRoles {
		if r.name.MatchString(name) && r.content.Match(content) {
			return r.role
		}
	}
	return "other"
}

func language(f *File) string {
	switch f.Kind {
	case "python", "notebook":
		return "python"
	case "shell":
		return "shell"
	}
	return strings.TrimPrefix(strings.ToLower(path.Ext(f.Path)), ".")
}

// support recognises files that say what the code needs to run, and what they
// hold when they say something.
var support = [...]struct{ name, says *regexp.Regexp }{
	{regexp.MustCompile(`(^|/)requirements[\w.-]*\.txt$`), regexp.MustCompile(`(?m)^\s*[a-z][\w.\[\], -]*(\s*([=<>!~]=|[<>@;#])|\s*$)`)},
	{regexp.MustCompile(`(^|/)pyproject\.toml$`), regexp.MustCompile(`(?m)^\s*(dependencies\s*=|\[[\w.-]*dependencies[\w.-]*\])`)},
	{regexp.MustCompile(`(^|/)setup\.(py|cfg)$`), regexp.MustCompile(`(?m)^[^#\n]*(install_requires|requires)\s*=`)},
	{regexp.MustCompile(`(^|/)environment\.ya?ml$`), regexp.MustCompile(`(?m)^dependencies:`)},
	{regexp.MustCompile(`(^|/)pipfile$`), regexp.MustCompile(`(?m)^\[packages\]`)},
	{regexp.MustCompile(`(^|/)dockerfile$`), regexp.MustCompile(`(?m)^\s*from\s+\S`)},
	{lockFile, lockEntry},
}

// supports tells whether a file says what the code needs.
func (c *collection) supports(f *File) bool {
	name := strings.ToLower(f.Path)
	for _, s := range support {
		if s.name.MatchString(name) {
			return s.says.Match(bytes.ToLower(c.head(f, MaxSource)))
		}
	}
	return false
}

func (c *collection) codeSections(byRole map[string][]string) {
	for _, f := range c.files {
		if f.Readable && f.Kind != "lfs_pointer" && f.Size > 0 && f.Kind != "link" && c.supports(f) {
			byRole["supporting"] = append(byRole["supporting"], f.Path)
		}
	}
	for _, role := range []string{"training", "preprocessing", "inference", "evaluation", "supporting"} {
		paths := byRole[role]
		src := audit.Source{Level: audit.Present}
		if len(paths) > 0 {
			src.Path = paths[0]
		}
		c.ev.Set("/code/"+role, map[string]any{"present": len(paths) > 0, "paths": append([]string{}, paths...)}, src)
	}
}

var (
	lockFile  = regexp.MustCompile(`(^|/)(poetry\.lock|uv\.lock|pipfile\.lock|conda-lock\.yml)$`)
	lockEntry = regexp.MustCompile(`(?m)^(\[\[package\]\]|package:)|"default"\s*:`)
	pinned    = regexp.MustCompile(`^[\w.\[\]-]+\s*(==|@)\s*\S+`)
	seeded    = regexp.MustCompile(`(?i)(manual_seed|set_seed|random\.seed|PRNGKey|seed_everything|seed\s*[=:]\s*\d)`)
)

// settings match what a run of training is set by, each with a number not far
// behind it on the same line.
var settings = [...]*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(learning_?rate|lr|peak_lr|max_lr)\b["']?\s*[:=,][^\n]{0,40}?\d`),
	regexp.MustCompile(`(?i)batch_?size["']?\s*[:=,][^\n]{0,40}?\d`),
	regexp.MustCompile(`(?i)\b(weight_?decay|dropout|clip_grad\w*|max_grad_norm|grad(ient)?_clip\w*)["']?\s*[:=,][^\n]{0,40}?\d`),
	regexp.MustCompile(`(?i)warm_?up(_?(steps|ratio|iters|tokens))?["']?\s*[:=,][^\n]{0,40}?\d`),
	regexp.MustCompile(`(?i)\b(num_|n_|max_|train_)*(epochs?|steps|iters|tokens)["']?\s*[:=,][^\n]{0,40}?\d`),
	regexp.MustCompile(`(?i)\b(adam_)?(beta_?[12]|betas|epsilon|eps|momentum)["']?\s*[:=,][^\n]{0,40}?\d`),
}

// setsTraining tells whether a file gives settings of a run: one alone may be of
// anything.
func setsTraining(content []byte) bool {
	n := 0
	for _, s := range settings {
		if s.Match(content) {
			n++
		}
	}
	return n >= 2
}

// reproducible tells what a rerun of the training would find fixed.
func (c *collection) reproducible(training [][]byte) {
	src := audit.Source{Level: audit.Present}
	var pins, seeds, shown bool
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" {
			continue
		}
		base := strings.ToLower(path.Base(f.Path))
		switch {
		case lockFile.MatchString(strings.ToLower(f.Path)):
			pins = pins || c.supports(f)
		case strings.HasPrefix(base, "requirements") && path.Ext(base) == ".txt":
			pins = pins || allPinned(c.source(f, MaxSource))
		case f.Role == "other" && (f.Kind == "yaml" || f.Kind == "toml" || f.Kind == "json") && f.Size < maxSettings:
			content := c.head(f, maxSettings)
			if f.Kind != "json" {
				content = shellStatements(content)
			}
			shown = shown || setsTraining(content)
			seeds = seeds || len(training) > 0 && seeded.Match(content)
		}
	}
	for _, t := range training {
		seeds = seeds || seeded.Match(t)
		shown = shown || setsTraining(t)
	}
	c.ev.Set("/code/dependencies_pinned", pins, src)
	c.ev.Set("/code/seeds_set", seeds, src)
	c.ev.Set("/code/hyperparameters_shown", shown, src)
}

// allPinned tells whether every requirement of a list names one version.
func allPinned(content []byte) bool {
	n := 0
	for line := range bytes.Lines(content) {
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' || line[0] == '-' {
			continue
		}
		if !pinned.Match(line) {
			return false
		}
		n++
	}
	return n > 0
}
