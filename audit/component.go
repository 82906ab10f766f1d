package audit

import (
	"maps"
	"slices"
)

// Component is one component of the Model Openness Framework as the evidence
// has it.
type Component struct {
	Name        string   `json:"name"` // as in the evidence
	Present     bool     `json:"present"`
	Paths       []string `json:"paths,omitempty"`
	ContainedIn string   `json:"contained_in,omitempty"` // the component it stands inside
	License     string   `json:"license,omitempty"`      // as declared, else as its text says; empty where there is none
}

// componentsOf lists the components that somebody looked for, by name.
func componentsOf(ev *Evidence) []Component {
	v, _ := ev.Get("/components")
	all, _ := v.(map[string]any)
	var out []Component
	for _, name := range slices.Sorted(maps.Keys(all)) {
		m, _ := all[name].(map[string]any)
		present, told := m["present"].(bool)
		if !told {
			continue
		}
		c := Component{Name: name, Present: present}
		for _, p := range list(m["paths"]) {
			if s, ok := p.(string); ok {
				c.Paths = append(c.Paths, s)
			}
		}
		c.ContainedIn, _ = m["contained_in"].(string)
		terms, _ := m["license"].(map[string]any)
		if c.License, _ = terms["declared"].(string); c.License == "" {
			c.License, _ = terms["concluded"].(string)
		}
		out = append(out, c)
	}
	return out
}
