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

// minStatements is how many lines that are neither blank nor comment make a
// file more than a place-holder.
const minStatements = 3

// codeRoles tells what source files do. A file serves a role by what it calls,
// since names differ; where its name says something too, less is asked of the
// content. The order is that of trust: a training script evaluates as well.
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
	left := int64(MaxAllSource)
	for _, f := range c.with("code") {
		content := c.source(f, min(left, MaxSource))
		left -= int64(len(content))
		role := codeRole(f.Path, content)
		byRole[role] = append(byRole[role], f.Path)
		if role == "training" {
			training = append(training, content)
		}
		items = append(items, map[string]any{"path": f.Path, "language": language(f), "role": role, "size": f.Size})
	}
	present := audit.Source{Level: audit.Present}
	c.ev.Set("/code/present", len(items) > 0, present)
	c.ev.Set("/code/files", append([]any{}, items...), present)
	for i, f := range c.with("code") {
		c.ev.Cite(audit.Join("/code/files", i), audit.Source{Path: f.Path, Level: audit.Present})
	}
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

// statements counts lines that are neither blank nor comment.
func statements(content []byte) int {
	n := 0
	for line := range bytes.Lines(content) {
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' && !bytes.HasPrefix(line, []byte("//")) {
			n++
		}
	}
	return n
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

// support names files that say what the code needs to run.
var support = regexp.MustCompile(`(?i)(^|/)(requirements[\w.-]*\.txt|pyproject\.toml|setup\.(py|cfg)|environment\.ya?ml|conda-lock\.yml|poetry\.lock|uv\.lock|pipfile(\.lock)?|dockerfile)$`)

func (c *collection) codeSections(byRole map[string][]string) {
	for _, f := range c.files {
		if f.Readable && f.Kind != "lfs_pointer" && f.Size > 0 && support.MatchString(f.Path) {
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
	lockFile   = regexp.MustCompile(`(?i)(^|/)(poetry\.lock|uv\.lock|pipfile\.lock|conda-lock\.yml)$`)
	pinned     = regexp.MustCompile(`^[\w.\[\]-]+\s*(==|@)\s*\S+`)
	seeded     = regexp.MustCompile(`(?i)(manual_seed|set_seed|random\.seed|PRNGKey|seed_everything|seed\s*[=:]\s*\d)`)
	parameters = regexp.MustCompile(`(?i)(learning_rate|"lr"|\blr\b\s*[=:]|batch_size|weight_decay|warmup)`)
)

// reproducible tells what a rerun of the training would find fixed.
func (c *collection) reproducible(training [][]byte) {
	src := audit.Source{Level: audit.Present}
	pins, settings := false, false
	seeds := false
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" {
			continue
		}
		base := strings.ToLower(path.Base(f.Path))
		switch {
		case lockFile.MatchString(f.Path) && f.Size > 0:
			pins = true
		case strings.HasPrefix(base, "requirements") && path.Ext(base) == ".txt":
			pins = pins || allPinned(c.source(f, MaxSource))
		case f.Role == "other" && (f.Kind == "yaml" || f.Kind == "toml" || f.Kind == "json") && f.Size < maxSettings:
			content := c.head(f, maxSettings)
			settings = settings || parameters.Match(content)
			seeds = seeds || len(training) > 0 && seeded.Match(content)
		}
	}
	for _, t := range training {
		seeds = seeds || seeded.Match(t)
		settings = settings || parameters.Match(t)
	}
	c.ev.Set("/code/dependencies_pinned", pins, src)
	c.ev.Set("/code/seeds_set", seeds, src)
	c.ev.Set("/code/hyperparameters_shown", settings, src)
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
