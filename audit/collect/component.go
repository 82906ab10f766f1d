package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"path"
	"regexp"

	"glassbox/audit"
	"glassbox/audit/license"
)

// sighting is what was seen of a component.
type sighting struct {
	known   bool // somebody looked
	present bool
	paths   []string
	in      string // the component it was found inside
	src     audit.Source
}

// components decides for each component of the Model Openness Framework whether
// it is here, from what the other collectors saw, and under which licence. The
// framework lets some stand inside others: results inside the card, a data card
// inside the model card, a paper for a report. Each such step is told.
func (c *collection) components(context.Context) error {
	if !c.whole() {
		return nil
	}
	for _, comp := range components {
		s := c.sight(comp)
		if !s.known {
			continue
		}
		at := audit.Join("/components", comp.key())
		m := map[string]any{"present": s.present, "paths": append([]string{}, s.paths...)}
		if s.present {
			m["contained_in"] = orNull(s.in)
		}
		c.ev.Set(at, m, s.src)
		if s.present {
			c.componentLicense(comp, at)
		}
	}
	return nil
}

func (c *collection) sight(comp component) sighting {
	switch comp.title {
	case "Model architecture":
		return c.fact("/code/modelling")
	case "Model parameters (Final)":
		return c.checkpoints(false)
	case "Model parameters (Intermediate)":
		return c.checkpoints(true)
	case "Technical report":
		return c.fact("/documents/technical_report")
	case "Research paper":
		return c.paper()
	case "Evaluation results":
		return c.results()
	case "Model card":
		return c.cardSeen()
	case "Data card":
		return c.dataCard()
	case "Sample model outputs":
		return c.fact("/documents/sample_outputs")
	case "Training code":
		return c.fact("/code/training")
	case "Inference code":
		return c.fact("/code/inference")
	case "Evaluation code":
		return c.fact("/code/evaluation")
	case "Data preprocessing code":
		return c.fact("/code/preprocessing")
	case "Supporting libraries and tools":
		return c.fact("/code/supporting")
	case "Evaluation data":
		return c.dataFiles(evaluationData)
	case "Datasets":
		return c.trainingData()
	case "Model metadata":
		return c.filesNamed(trainingMetadata)
	}
	return sighting{}
}

// fact takes over what another collector says is present.
func (c *collection) fact(pointer string) sighting {
	v, ok := c.ev.Get(pointer + "/present")
	present, isBool := v.(bool)
	if !ok || !isBool {
		return sighting{}
	}
	s := sighting{known: true, present: present, src: audit.Source{Level: audit.Present}}
	if list, ok := c.ev.Get(pointer + "/paths"); ok && present {
		for _, p := range list.([]any) {
			s.paths = append(s.paths, p.(string))
		}
	}
	return s.cited()
}

// cited points the source at the first of the paths.
func (s sighting) cited() sighting {
	if len(s.paths) > 0 {
		s.src.Path = s.paths[0]
	}
	return s
}

// checkpointDir is a folder of a checkpoint, by the names trainers give them.
var checkpointDir = regexp.MustCompile(`(?i)(^|/)(checkpoints?|ckpts?|(checkpoint|ckpt|global_step|step|epoch|iter|revision)[-_]?\d+)(/|$)`)

// checkpoints finds weights that hold tensors: those of checkpoints on the way,
// or those that are not.
func (c *collection) checkpoints(onTheWay bool) sighting {
	v, ok := c.ev.Get("/weights/files")
	if !ok {
		return sighting{}
	}
	s := sighting{known: true, src: audit.Source{Level: audit.Present}}
	for _, item := range v.([]any) {
		f := item.(map[string]any)
		name := f["path"].(string)
		tensors, _ := f["tensor_count"].(int64)
		if tensors > 0 && f["complete"] == true && checkpointDir.MatchString(path.Dir(name)) == onTheWay {
			s.paths = append(s.paths, name)
		}
	}
	s.present = len(s.paths) > 0
	return s.cited()
}

// paper is a paper that is here; one that is only named, by its arXiv id or DOI,
// is claimed.
func (c *collection) paper() sighting {
	s := c.fact("/documents/paper")
	if id, _ := c.ev.Get("/documents/paper/identifier"); s.known && !s.present && id != nil && id != "" {
		s.present, s.src = true, audit.Source{Level: audit.Claimed}
		if src := c.ev.SourcesAt("/documents/paper/identifier"); len(src) > 0 {
			s.src.Path, s.src.Line = src[0].Path, src[0].Line
		}
	}
	return s
}

// results are files of results, else the results that the card tells.
func (c *collection) results() sighting {
	raw, ok := c.ev.Get("/evaluation/raw_files")
	_, ok2 := c.ev.Get("/evaluation/results")
	if !ok && !ok2 {
		return sighting{}
	}
	s := sighting{known: true, src: audit.Source{Level: audit.Present}}
	if list, _ := raw.([]any); len(list) > 0 {
		for _, p := range list {
			s.paths = append(s.paths, p.(string))
		}
		s.present = true
		return s.cited()
	}
	for _, at := range []string{"/evaluation/results", "/evaluation/tables"} {
		list, _ := c.ev.Get(at)
		if items, _ := list.([]any); len(items) == 0 {
			continue
		}
		s.present = true
		if src := c.ev.SourcesAt(at + "/0"); len(src) > 0 {
			s.src, s.paths = src[0], []string{src[0].Path}
			if f := c.find(src[0].Path); f == nil || !f.Is("evaluation") {
				s.in = "model_card"
			}
		}
		break
	}
	return s
}

func (c *collection) cardSeen() sighting {
	v, ok := c.ev.Get("/card/present")
	if !ok {
		return sighting{}
	}
	s := sighting{known: true, present: v == true, src: audit.Source{Level: audit.Present}}
	if p, _ := c.ev.Get("/card/path"); s.present && p != nil {
		s.paths = []string{p.(string)}
	}
	return s.cited()
}

// dataCard is a card or datasheet of the data, else what the model card says of
// the data it was trained on.
func (c *collection) dataCard() sighting {
	s := c.fact("/documents/data_card")
	if sheet := c.fact("/documents/datasheet"); s.known && !s.present && sheet.present {
		return sheet
	}
	words, _ := c.ev.Get("/card/sections/training_data/words")
	if n, _ := words.(int64); s.known && !s.present && n >= minWords {
		s.present, s.in = true, "model_card"
		if src := c.ev.SourcesAt("/card/sections/training_data"); len(src) > 0 {
			s.src, s.paths = src[0], []string{src[0].Path}
		}
	}
	return s
}

var (
	evaluationData   = regexp.MustCompile(`(?i)(^|/)(eval|evaluation|test|benchmark)s?([-_./]|$)`)
	trainingMetadata = regexp.MustCompile(`(?i)(^|/)(trainer_state\.json|training_args\.(bin|json)|training_metadata\.json|(optimizer|scheduler)\.(pt|bin|safetensors)|hparams\.ya?ml)$`)
)

// dataFiles finds files of data by where they lie.
func (c *collection) dataFiles(name *regexp.Regexp) sighting {
	s := sighting{known: true, src: audit.Source{Level: audit.Present}}
	for _, f := range c.with("data") {
		if f.Size > 0 && f.Kind != "link" && name.MatchString(f.Path) && c.holdsRecords(f) {
			s.paths = append(s.paths, f.Path)
		}
	}
	s.present = len(s.paths) > 0
	return s.cited()
}

// minRecords is how many different lines make a text a set of data: a head of
// columns and two rows.
const minRecords = 3

// holdsRecords tells whether a file of data holds some: of a text, lines that
// differ; the first of JSON lines has to be JSON. What is no text is taken for
// what its first bytes say.
func (c *collection) holdsRecords(f *File) bool {
	if f.Kind != "csv" && f.Kind != "json" {
		return true
	}
	seen := map[string]bool{}
	for line := range bytes.Lines(c.head(f, smallFile)) {
		line = bytes.TrimSpace(line)
		if f.Kind == "json" && len(seen) == 0 && len(line) > 0 && !json.Valid(line) {
			return int64(len(line)) >= smallFile // one long line, which is cut
		}
		if seen[string(line)] = true; len(line) > 0 && len(seen) > minRecords {
			return true
		}
	}
	delete(seen, "")
	return len(seen) >= minRecords
}

// holdsNumbers tells whether a file of settings or of state holds any: it is of a
// format of tensors, or a text with a number under a name.
func (c *collection) holdsNumbers(f *File) bool {
	switch f.Kind {
	case "weights":
		return true
	case "json":
		data := c.head(f, MaxSource)
		return json.Valid(plainJSON(data)) && jsonNumber(plainJSON(data)) || int64(len(data)) >= MaxSource
	case "yaml":
		return namedNumber.Match(shellStatements(c.head(f, maxSettings)))
	}
	return false
}

var namedNumber = regexp.MustCompile(`(?m)^\s*[\w-]+\s*:\s*[-+]?[\d.]+`)

func (c *collection) filesNamed(name *regexp.Regexp) sighting {
	s := sighting{known: true, src: audit.Source{Level: audit.Present}}
	for _, f := range c.files {
		if f.Readable && f.Size > 0 && f.Kind != "link" && f.Kind != "lfs_pointer" && name.MatchString(f.Path) && c.holdsNumbers(f) {
			s.paths = append(s.paths, f.Path)
		}
	}
	s.present = len(s.paths) > 0
	return s.cited()
}

// trainingData is here where all the data that is named as trained on is shown.
func (c *collection) trainingData() sighting {
	v, ok := c.ev.Get("/datasets")
	if !ok {
		return sighting{}
	}
	s := sighting{known: true, src: audit.Source{Level: audit.Present}}
	shown, hidden := 0, 0
	for i, item := range v.([]any) {
		d := item.(map[string]any)
		switch {
		case d["role"] == "evaluation":
		case d["shown"] == true:
			shown++
			if src := c.ev.SourcesAt(audit.Join("/datasets", i, "shown")); len(src) > 0 {
				s.paths = append(s.paths, src[0].Path)
			}
		default:
			hidden++
		}
	}
	s.present = shown > 0 && hidden == 0
	if !s.present {
		s.paths = nil
	}
	return s.cited()
}

// partOf names the part of a release whose terms cover a kind of component.
func partOf(comp component) string {
	switch {
	case comp.key() == "model_parameters_final", comp.key() == "model_parameters_intermediate":
		return "weights"
	case comp.kind == "document":
		return "documentation"
	}
	return comp.kind
}

// componentLicense takes over the terms of the part that the component is of.
func (c *collection) componentLicense(comp component, at string) {
	from := audit.Join("/licenses/components", partOf(comp))
	v, ok := c.ev.Get(from)
	part, _ := v.(map[string]any)
	if !ok || part == nil {
		return
	}
	m := map[string]any{"declared": part["declared"], "concluded": part["concluded"]}
	if b := c.openFor(comp).Bool(); b != nil {
		m["open"] = *b
	}
	c.ev.Set(at+"/license", m, c.ev.SourcesAt(from+"/open_license")...)
	for _, fact := range []string{"declared", "concluded"} {
		c.ev.Cite(at+"/license/"+fact, c.ev.SourcesAt(from+"/"+fact)...)
	}
}

// openFor answers whether the terms of a component are open and meant for its
// kind. The framework counts parameters as data.
func (c *collection) openFor(comp component) license.Answer {
	t := c.termsOf(partOf(comp))
	if len(t.declared)+len(t.texts) == 0 {
		return license.No
	}
	t.part = suits(comp.kind)
	return t.open()
}

// suits is the word of the licence table for a kind of component.
func suits(kind string) string {
	if kind == "document" {
		return "documentation"
	}
	return kind
}

// openDeclared tells whether an entry's licence is open and meant for the component.
func openDeclared(declared string, comp component) license.Answer {
	if declared == "" {
		return license.No
	}
	e, err := license.ReadDeclared(declared)
	if err != nil {
		return license.Unknown
	}
	return grants(e, func(l *license.License) license.Answer { return l.Suits(suits(comp.kind)) })
}
