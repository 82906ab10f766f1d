package card

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// keyKinds are the front matter keys of the Hub, each with the kind of card
// that alone has it, or KindUnknown when several have it (hub-docs
// modelcard.md, datasetcard.md and spaces-config-reference.md, 2026-08).
var keyKinds = map[string]Kind{
	"license": "", "license_name": "", "license_link": "", "language": "", "tags": "", "thumbnail": "", "gated": "",
	"extra_gated_prompt": "", "extra_gated_fields": "", "extra_gated_heading": "", "title": "",

	"base_model": KindModel, "base_model_relation": KindModel, "library_name": KindModel, "pipeline_tag": KindModel, "model-index": KindModel,
	"model_name": KindModel, "new_version": KindModel, "co2_eq_emissions": KindModel, "widget": KindModel, "inference": KindModel,
	"instance_prompt": KindModel, "metrics": KindModel, "datasets": "", "eval_results": KindModel, "model_index": KindModel, "finetuned_from": KindModel,

	"annotations_creators": KindDataset, "language_creators": KindDataset, "multilinguality": KindDataset, "size_categories": KindDataset,
	"source_datasets": KindDataset, "task_categories": KindDataset, "task_ids": KindDataset, "paperswithcode_id": KindDataset, "pretty_name": KindDataset,
	"dataset_info": KindDataset, "configs": KindDataset, "config_names": KindDataset, "train-eval-index": KindDataset, "viewer": KindDataset, "language_details": KindDataset,

	"sdk": KindSpace, "sdk_version": KindSpace, "app_file": KindSpace, "app_port": KindSpace, "colorFrom": KindSpace, "colorTo": KindSpace, "emoji": KindSpace,
	"hf_oauth": KindSpace, "suggested_hardware": KindSpace, "python_version": KindSpace, "preload_from_hub": KindSpace, "models": KindSpace,
}

// dataKeys matches the keys of front matter that only cards of data have.
var dataKeys = sync.OnceValue(func() *regexp.Regexp {
	var keys []string
	for key, kind := range keyKinds {
		if kind == KindDataset {
			keys = append(keys, regexp.QuoteMeta(key))
		}
	}
	slices.Sort(keys)
	return regexp.MustCompile(`(?m)^\s*---[ \t]*\r?$[\s\S]*^(` + strings.Join(keys, "|") + `)[ \t]*:`)
})

// dataTitle matches the title that the templates give to cards of data.
var dataTitle = regexp.MustCompile(`(?im)^#[ \t]*dataset card\b`)

// MayBeOfData tells from the beginning of a Markdown file, whatever it is called,
// whether it may be a card of data. Whether it is one, [Read] tells.
func MayBeOfData(head []byte) bool {
	return dataTitle.Match(head) || dataKeys().Match(head)
}

// datasetSections are sections that only dataset cards have.
var datasetSections = map[string]bool{
	"dataset_structure": true, "data_instances": true, "data_fields": true, "data_splits": true, "dataset_creation": true,
	"curation_rationale": true, "annotations": true, "annotators": true, "curators": true, "data_producers": true,
}

// modelSections are sections that dataset cards hardly have.
var modelSections = map[string]bool{
	"model_details": true, "model_type": true, "training": true, "training_procedure": true, "hyperparameters": true,
	"evaluation": true, "architecture_section": true, "intended_users": true, "environmental_impact": true, "out_of_scope_use": true,
}

// decideKind tells the kind of a card from its keys, else from its title, its
// sections, and its name. A key outweighs any heading.
func (c *Card) decideKind(keys []string) {
	votes := map[Kind]int{}
	reasons := map[Kind][]string{}
	vote := func(k Kind, weight int, reason string) {
		if k != KindUnknown {
			votes[k] += weight
			reasons[k] = append(reasons[k], reason)
		}
	}
	for _, key := range keys {
		vote(keyKinds[key], 100, "key "+key)
	}
	title := words(c.Title)
	switch {
	case strings.HasPrefix(title, "dataset card"):
		vote(KindDataset, 50, "title")
	case strings.Contains(title, "model card"):
		vote(KindModel, 50, "title")
	}
	for i := range c.Sections {
		s := &c.Sections[i]
		switch {
		case s.Level > 6:
		case datasetSections[s.Name]:
			vote(KindDataset, 2, "heading "+s.Heading)
		case modelSections[s.Name]:
			vote(KindModel, 1, "heading "+s.Heading)
		}
	}
	if base := strings.ToLower(path.Base(c.Path)); strings.HasPrefix(base, "model") {
		vote(KindModel, 20, "file name")
	}
	const enough = 3 // headings of one kind
	for _, k := range []Kind{KindModel, KindDataset, KindSpace} {
		if votes[k] >= enough && votes[k] > votes[c.Kind] {
			c.Kind, c.KindReasons = k, reasons[k]
		}
	}
}
