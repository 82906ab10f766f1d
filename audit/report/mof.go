package report

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"

	"glassbox/audit"
)

// mofEntry is an entry of the Model Openness Tool, its members in the order
// that the tool writes them in (lfai/model_openness_tool at 8b5d30e).
type mofEntry struct {
	Framework mofFramework `yaml:"framework"`
	Release   mofRelease   `yaml:"release"`
}

type mofFramework struct {
	Name    string `yaml:"name"`
	Version string `yaml:"version"`
	Date    string `yaml:"date"`
}

type mofRelease struct {
	Name       string         `yaml:"name"`
	Date       string         `yaml:"date,omitempty"`
	Producer   string         `yaml:"producer"`
	License    struct{}       `yaml:"license"`
	Components []mofComponent `yaml:"components"`
}

type mofComponent struct {
	Name    string `yaml:"name"`
	License string `yaml:"license"`
	Path    string `yaml:"component_path,omitempty"`
}

// unlicensed is the tool's word for a component without a licence, which takes
// over none.
const unlicensed = "unlicensed"

// writeMOF writes an entry for the Model Openness Tool: what was found of each
// component, under the licence that was found for it. One entry is one file, so
// several subjects are several documents.
func writeMOF(w io.Writer, reports []*audit.Report, _ Options) error {
	if len(reports) == 0 {
		return nil // the encoder takes no end without a beginning
	}
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	for _, r := range reports {
		e := mofEntry{Framework: mofFramework{"Model Openness Framework", "1.0", "2024-12-15"}}
		e.Release.Name = Clean(r.Subject.Name)
		e.Release.Producer = producer(r.Subject.Name)
		e.Release.Components = mofComponents(r)
		if err := enc.Encode(e); err != nil {
			return fmt.Errorf("writing an entry of %s: %w", r.Subject.Name, err)
		}
	}
	return enc.Close()
}

// producer is the owner in a name of a hub, which the tool wants to be told.
func producer(name string) string {
	owner, _, ok := strings.Cut(name, "/")
	if !ok {
		return ""
	}
	return Clean(owner)
}

// mofComponents lists what is present, under the tool's names, which its
// framework gives.
func mofComponents(r *audit.Report) []mofComponent {
	out := []mofComponent{}
	for _, s := range r.Scores {
		if s.Framework != "mof-mot" {
			continue
		}
		for _, a := range s.Criteria {
			for _, c := range r.Components {
				if "/components/"+c.Name != a.Pointer || !c.Present {
					continue
				}
				m := mofComponent{Name: a.Title, License: unlicensed}
				if c.License != "" {
					m.License = Clean(c.License)
				}
				if len(c.Paths) > 0 {
					m.Path = Clean(c.Paths[0])
				}
				out = append(out, m)
			}
		}
	}
	return out
}
