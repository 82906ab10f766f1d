package audit_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The floor plan: which packages of this module each package may import, tests
// aside. A stage knows the one before it, never the one after.
var plan = map[string][]string{
	"schemas":               {},
	"rules":                 {},
	"profiles":              {},
	"audit":                 {"schemas"},
	"apis":                  {},
	"audit/disclosure":      {"audit", "schemas"},
	"audit/license":         {},
	"audit/weights":         {},
	"audit/signing":         {},
	"audit/collect/card":    {},
	"audit/collect/dataset": {"audit/collect/card", "audit/license", "schemas"},
	"audit/collect":         {"audit", "audit/collect/card", "audit/collect/dataset", "audit/license", "audit/signing", "audit/weights", "schemas"},
	"audit/cohort":          {"audit"},
	"audit/report":          {"audit", "audit/cohort"},
	"cmd/glassbox":          {"apis", "audit", "audit/cohort", "audit/collect", "audit/disclosure", "audit/license", "audit/report", "audit/signing", "audit/weights", "profiles", "rules", "schemas"},
}

// tenants are libraries that live in some packages only.
var tenants = map[string][]string{
	"github.com/spf13/cobra":                  {"cmd/glassbox"},
	"github.com/olekukonko/tablewriter":       {"audit/report"},
	"github.com/sigstore/sigstore-go":         {"audit/signing"},
	"github.com/google/licensecheck":          {"audit/license"},
	"github.com/yuin/goldmark":                {"audit/collect/card"},
	"github.com/santhosh-tekuri/jsonschema/v": {"audit", "audit/disclosure", "schemas", "cmd/glassbox"},
}

func TestFloorPlan(t *testing.T) {
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(p.ImportPath, "glassbox/")
		allowed, known := plan[name]
		if !known {
			t.Errorf("%s is not in the floor plan", name)
		}
		for _, i := range p.Imports {
			if rest, ours := strings.CutPrefix(i, "glassbox/"); ours && !slices.Contains(allowed, rest) {
				t.Errorf("%s imports %s", name, rest)
			}
			for library, homes := range tenants {
				if strings.HasPrefix(i, library) && !slices.Contains(homes, name) {
					t.Errorf("%s imports %s, which lives in %s only", name, i, strings.Join(homes, ", "))
				}
			}
		}
	}
}
