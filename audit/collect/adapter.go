package collect

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"

	"glassbox/audit"
)

// adapted returns the adapter's weights: the first set of low-rank matrices; nil
// where there is none, or not all of it was read.
func (c *collection) adapted() *weightSet {
	i := slices.IndexFunc(c.sets, func(s *weightSet) bool { return s.derived.LoRA != nil && s.known })
	if i < 0 {
		return nil
	}
	return c.sets[i]
}

// rankAgrees holds the rank in the adapter's configuration against the shapes
// of its matrices. Where single modules have ranks of their own, nothing is
// compared. Source: LoraConfig.r and rank_pattern in peft/tuners/lora/config.py.
func (c *collection) rankAgrees() *relation {
	s := c.adapted()
	if s == nil || c.adapter == nil {
		return nil
	}
	data, err := c.rel.Read(c.adapter.path, MaxConfig)
	var said struct {
		Rank    any `json:"r"`
		Pattern any `json:"rank_pattern"`
	}
	if err != nil || json.Unmarshal(data, &said) != nil {
		return nil
	}
	rank, ok := said.Rank.(float64)
	if pattern, _ := said.Pattern.(map[string]any); !ok || len(pattern) > 0 || rank != float64(int64(rank)) {
		return nil
	}
	found := s.derived.LoRA.Ranks
	r := &relation{
		between:  [2]string{c.pointerOf(c.adapter.path), c.weightPointer(s)},
		declared: int64(rank), found: found[0], agree: truth(len(found) == 1 && found[0] == int64(rank)),
		src: audit.Source{Path: c.adapter.path, Line: lineFinder{data}.of("r"), Level: audit.Verified},
	}
	if len(found) > 1 {
		r.found = fmt.Sprintf("ranks from %d to %d", found[0], found[len(found)-1])
	}
	return r
}

// adapterFits holds the shapes of an adapter against the network of its base:
// the configuration in the adapter's folder, or that of a base model which is at
// hand. A base that nobody has at hand is neither right nor wrong.
func (c *collection) adapterFits(ctx context.Context) *relation {
	s := c.adapted()
	if s == nil || len(s.derived.LoRA.Widths) != 1 {
		return nil
	}
	width, layers, pointer, src := c.baseNetwork(ctx, s)
	if width == 0 {
		return nil
	}
	lora := s.derived.LoRA
	r := &relation{
		between: [2]string{pointer, c.weightPointer(s)}, src: src,
		declared: width, found: lora.Widths[0], agree: truth(lora.Widths[0] == width),
	}
	if *r.agree && layers > 0 && lora.Layers > layers {
		r.declared, r.found, r.agree = fmt.Sprintf("%d layers", layers), fmt.Sprintf("layer %d", lora.Layers), truth(false)
	}
	return r
}

// baseNetwork returns the width and the layers of an adapter's base, and where
// they are told; 0 where they are not.
func (c *collection) baseNetwork(ctx context.Context, s *weightSet) (width, layers int64, pointer string, src audit.Source) {
	if cfg := c.config; cfg != nil && path.Dir(cfg.path) == s.dir {
		src = audit.Source{Path: cfg.path, Level: audit.Verified}
		return cfg.numbers["hidden_size"], cfg.numbers["layers"], "/architecture/hidden_size", src
	}
	for i, p := range c.parents() {
		if p.origin != "adapter" && p.origin != "card" {
			continue
		}
		if r := c.relative(ctx, p.id); r != nil && r.width > 0 {
			src = p.src
			src.Level = audit.Verified
			return r.width, r.layers, audit.Join("/lineage/base_models", i, "id"), src
		}
	}
	return 0, 0, "", src
}

// weightPointer returns the place of a set's first file in the evidence.
func (c *collection) weightPointer(s *weightSet) string {
	return audit.Join("/weights/files", slices.Index(c.weights, s.files[0]))
}
