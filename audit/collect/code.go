package collect

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
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

func (c *collection) code(context.Context) error {
	if !c.whole() {
		return nil
	}
	byRole := map[string][]string{}
	items := []any{}
	var training []program
	var contained containment
	left := int64(MaxAllSource)
	something := false // not only files that hold nothing
	for _, f := range c.with("code") {
		read := c.source(f, min(left, MaxSource))
		left -= int64(len(read))
		p := newProgram(f, read)
		roles := p.does()
		for _, role := range roles {
			byRole[role] = append(byRole[role], f.Path)
		}
		something = something || statements(p.code) > 0 || int64(len(read)) < f.Size
		if slices.Contains(roles, "training") {
			training = append(training, p)
		}
		item := map[string]any{"path": f.Path, "language": language(f), "role": append(roles, "other")[0], "roles": append([]string{}, roles...), "size": f.Size}
		if own := c.reuse.tags[f.Path].licenses; len(own) > 0 {
			item["license"] = strings.Join(own, " AND ")
		}
		contained.add(f, read, item)
		items = append(items, item)
	}
	present := audit.Source{Level: audit.Present}
	c.ev.Set("/code/present", something, present)
	c.ev.Set("/code/files", items, present)
	for i, f := range c.with("code") {
		c.ev.Cite(audit.Join("/code/files", i), audit.Source{Path: f.Path, Level: audit.Present})
		if t := c.reuse.tags[f.Path]; len(t.licenses) > 0 {
			c.ev.Cite(audit.Join("/code/files", i, "license"), t.src)
		}
	}
	contained.settle(c)
	c.codeSections(byRole)
	c.reproducible(training)
	c.repository()
	return nil
}

// source reads a source file. What lies beyond the limit could serve any role.
func (c *collection) source(f *File, limit int64) []byte {
	if f.Size > limit {
		c.gap("/code", fmt.Sprintf("%s goes beyond the %d bytes of source code that are read", f.Path, limit))
	}
	return c.head(f, limit)
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
	{regexp.MustCompile(`(^|/)((docker|container)file([.-][\w.-]+)?|[\w.-]+\.dockerfile)$`), regexp.MustCompile(`(?m)^\s*from\s+\S`)},
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
		if f.Readable && f.Kind != "lfs_pointer" && f.Size > 0 && f.Kind != "link" && f.Kind != "weights" && c.supports(f) {
			byRole["supporting"] = append(byRole["supporting"], f.Path)
		}
	}
	for _, role := range []string{"modelling", "training", "preprocessing", "inference", "evaluation", "supporting"} {
		c.codeSection(role, byRole[role])
		c.linked(role)
	}
}

// codeSection tells of the code that does one job, and under which licence it
// stands where each of its files says so, all the same.
func (c *collection) codeSection(role string, paths []string) {
	src := audit.Source{Level: audit.Present}
	m := map[string]any{"present": len(paths) > 0, "paths": append([]string{}, paths...)}
	at := "/code/" + role
	if len(paths) == 0 {
		c.ev.Set(at, m, src)
		return
	}
	src.Path = paths[0]
	first := c.reuse.tags[paths[0]]
	same := !slices.ContainsFunc(paths, func(p string) bool { return !slices.Equal(c.reuse.tags[p].licenses, first.licenses) })
	if own := strings.Join(first.licenses, " AND "); same && own != "" {
		m["license"] = own
	}
	c.ev.Set(at, m, src)
	if m["license"] != nil {
		c.ev.Cite(at+"/license", first.src)
	}
}

// linkLabels are what cards call a link to the code of one job.
var linkLabels = map[string]*regexp.Regexp{
	"training":      regexp.MustCompile(`(?i)\b((pre-?|fine-?)?train(ing)?|finetuning)[ -](code|scripts?|repository|repo|recipes?)\b`),
	"evaluation":    regexp.MustCompile(`(?i)\beval(uation)?[ -](code|scripts?|repository|repo|harness)\b`),
	"inference":     regexp.MustCompile(`(?i)\b(inference|serving)[ -](code|scripts?|repository|repo)\b`),
	"preprocessing": regexp.MustCompile(`(?i)\b(pre-?processing|data (preparation|processing|cleaning|filtering))[ -](code|scripts?|repository|repo|pipeline)\b`),
}

// withheld matches that what a label promises is not there.
var withheld = regexp.MustCompile(`(?i)\b(not|never|no|soon|later|todo|unavailable|planned)\b|n['’]t\b`)

// linked writes where the main cards say that the code of a job lies. That is
// claimed: a link is followed nowhere.
func (c *collection) linked(role string) {
	label := linkLabels[role]
	if label == nil {
		return
	}
	for _, k := range c.mainCards {
		for _, f := range k.Fields {
			if f.URL != "" && !f.Placeholder && label.MatchString(f.Label) && !withheld.MatchString(f.Value) {
				c.ev.Set("/code/"+role+"/url", f.URL, audit.Source{Path: k.Path, Line: max(f.Line, 1), Level: audit.Claimed})
				return
			}
		}
		for _, l := range k.Links {
			if l.Kind == card.LinkRepository && label.MatchString(l.Text) && !withheld.MatchString(l.Text) {
				c.ev.Set("/code/"+role+"/url", l.URL, audit.Source{Path: k.Path, Line: max(l.Line, 1), Level: audit.Claimed})
				return
			}
		}
	}
}

// repositoryLabel matches what cards call the place of their code.
var repositoryLabel = regexp.MustCompile(`(?i)^(source )?(code )?(repository|repo|code|github)$`)

// repository writes the repository of source code that a main card links to. It
// is claimed: nothing that lies elsewhere is looked at.
func (c *collection) repository() {
	for _, k := range c.mainCards {
		for _, f := range k.Fields {
			if repositoryLabel.MatchString(f.Label) && f.URL != "" && !f.Placeholder {
				c.ev.Set("/code/repository", f.URL, audit.Source{Path: k.Path, Line: max(f.Line, 1), Level: audit.Claimed})
				return
			}
		}
		for _, l := range k.Links {
			if l.Kind == card.LinkRepository {
				c.ev.Set("/code/repository", l.URL, audit.Source{Path: k.Path, Line: max(l.Line, 1), Level: audit.Claimed})
				return
			}
		}
	}
	c.ev.Set("/code/repository", nil, audit.Source{Level: audit.Claimed})
}

var (
	lockFile  = regexp.MustCompile(`(^|/)(poetry\.lock|uv\.lock|pdm\.lock|pylock(\.\w+)?\.toml|pipfile\.lock|conda-lock\.ya?ml|pixi\.lock)$`)
	lockEntry = regexp.MustCompile(`(?m)^(\[\[packages?\]\]|packages?:)|"default"\s*:`)
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

// reproducible tells what a rerun of the training would find fixed, and which
// steps of the run are here to be compared with it.
func (c *collection) reproducible(training []program) {
	src := audit.Source{Level: audit.Present}
	var pins, seeds, order, container bool
	configs := []string{}
	for _, f := range c.files {
		if !f.Readable || f.Kind == "link" || f.Kind == "lfs_pointer" || f.Kind == "weights" {
			continue
		}
		base := strings.ToLower(path.Base(f.Path))
		switch {
		case lockFile.MatchString(strings.ToLower(f.Path)):
			pins = pins || c.supports(f)
		case strings.HasPrefix(base, "requirements") && path.Ext(base) == ".txt":
			pins = pins || allPinned(c.source(f, MaxSource))
		case containerFile.MatchString(base):
			container = container || buildsOn.Match(shellStatements(c.head(f, maxSettings)))
		case f.Role == "other" && (f.Kind == "yaml" || f.Kind == "toml" || f.Kind == "json") && f.Size < maxSettings:
			content := c.head(f, maxSettings)
			if f.Kind != "json" {
				content = shellStatements(content)
			}
			if setsTraining(content) {
				configs = append(configs, f.Path)
				order = order || len(training) > 0 && orders.Match(content)
			}
			seeds = seeds || len(training) > 0 && seeded.Match(content)
		}
	}
	shown := len(configs) > 0
	for _, t := range training {
		seeds = seeds || seeded.Match(t.code)
		shown = shown || setsTraining(t.code)
		order = order || orders.Match(t.code)
	}
	c.ev.Set("/code/dependencies_pinned", pins, src)
	c.ev.Set("/code/seeds_set", seeds, src)
	c.ev.Set("/code/hyperparameters_shown", shown, src)
	c.ev.Set("/code/data_order_fixed", order, src)
	c.ev.Set("/code/container_shown", container, src)
	c.ev.Set("/code/configs", configs, src)
	if len(configs) > 0 {
		c.ev.Cite("/code/configs", audit.Source{Path: configs[0], Level: audit.Present})
	}
	c.steps()
}

// containerFile and buildsOn recognise the recipe of a container, by its name and
// by the image it begins with.
var (
	containerFile = regexp.MustCompile(`^((docker|container)file([.-][\w.-]+)?|[\w.-]+\.(dockerfile|containerfile|def|singularity)|singularity|apptainer|flake\.nix|(docker-)?compose\.ya?ml|devcontainer\.json)$`)
	buildsOn      = regexp.MustCompile(`(?im)^\s*(from\s+\S+|"?image"?\s*:\s*\S+|bootstrap:\s*\S+|inputs\.\S+|inputs\s*=)`)
)

// orders matches what fixes in which order the data is seen: a sampler or a
// shuffle with a seed or generator of its own, or none at all.
var orders = regexp.MustCompile(`(?i)data_?seed["']?\s*[:=]|shuffle["']?\s*[:=]\s*false|shuffle\([^)\n]*seed|(Sequential|Distributed)Sampler\(|generator\s*=\s*\w+|worker_init_fn|\bSampler\([^)\n]*seed`)

// optimizerState matches the names that trainers give to it (transformers,
// DeepSpeed, fairseq, and PyTorch's distributed checkpoints).
var optimizerState = regexp.MustCompile(`(?i)(^|/)(optimizer|optim|scheduler|[\w.-]*optim_states|optimizer_state|opt_state)[\w.-]*\.(pt|pth|bin|safetensors|msgpack|npz|distcp)$`)

// steps tells whether checkpoints on the way are here, whole, and the state of
// the optimizer, without which training cannot be taken up again.
func (c *collection) steps() {
	if s := c.checkpoints(true); s.known {
		c.ev.Set("/code/checkpoints_shown", s.present, s.src)
	}
	s := c.filesNamed(optimizerState)
	c.ev.Set("/code/optimizer_state_shown", s.present, s.src)
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
