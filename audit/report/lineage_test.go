package report

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"glassbox/audit"
)

func drawn(t *testing.T, o Options, links ...audit.Link) string {
	t.Helper()
	var b bytes.Buffer
	r := &audit.Report{Subject: audit.Subject{Name: "child", Kind: "release"}, Lineage: links}
	if err := writeTables(&b, []*audit.Report{r}, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The chain is drawn from the release to its oldest ancestor, and each term at
// the step where it was lost first, with both licences.
func TestLineage(t *testing.T) {
	got := drawn(t, Options{Width: 100},
		audit.Link{Child: "child", Parent: "acme/b", ChildLicense: "Apache-2.0", ParentLicense: "MIT", Distance: 1, Seen: true, Lost: []string{"naming"}},
		audit.Link{Child: "child", Parent: "acme/x", ChildLicense: "Apache-2.0", Distance: 1, Relation: "merge"},
		audit.Link{Child: "acme/b", Parent: "acme/a", ChildLicense: "MIT", ParentLicense: "CC-BY-NC-4.0", Distance: 2, Seen: true, Relation: "finetune", Lost: []string{"non_commercial", "naming"}, Open: []string{"users"}},
	)
	for _, want := range []string{
		"  lineage       child (Apache-2.0)\n",
		"                  from acme/b (MIT)\n                    finetune of acme/a (CC-BY-NC-4.0)\n                  merge of acme/x (not seen)\n",
		"  lost first    non commercial, naming: asked by acme/a (CC-BY-NC-4.0), not by acme/b (MIT)\n",
		"  undecided     users: asked by acme/a (CC-BY-NC-4.0), perhaps not by acme/b (MIT)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no\n%s\nin\n%s", want, got)
		}
	}
	if strings.Count(got, "lost first") != 1 {
		t.Errorf("a term that was lost before is told again:\n%s", got)
	}
}

// A model that was made where nothing may be made is no matter of its licence.
func TestLineageForbidden(t *testing.T) {
	got := drawn(t, Options{Width: 100, Quiet: true},
		audit.Link{Child: "child", Parent: "acme/a", ChildLicense: "CC-BY-ND-4.0", ParentLicense: "CC-BY-ND-4.0", Distance: 1, Seen: true, Lost: []string{"no_derivatives"}})
	if want := "  not allowed   no derivatives: asked by acme/a (CC-BY-ND-4.0), yet child (CC-BY-ND-4.0) was made\n                from it\n"; !strings.Contains(got, want) || strings.Contains(got, "lost first") {
		t.Errorf("there is no\n%s\nin\n%s", want, got)
	}
}

// Where nothing was seen of any parent there is nothing to draw.
func TestLineageUnseen(t *testing.T) {
	if got := drawn(t, Options{}, audit.Link{Child: "child", Parent: "acme/b", Distance: 1}); strings.Contains(got, "lineage") {
		t.Error(got)
	}
}

// A report can list any number of links, in circles.
func TestLineageIsBounded(t *testing.T) {
	var links []audit.Link
	for d := range 50_000 {
		for _, to := range []string{"a", "b"} {
			links = append(links, audit.Link{Child: "a", Parent: to, Distance: 1 + d/2, Seen: true, Lost: []string{fmt.Sprint(d)}})
		}
	}
	got := drawn(t, Options{}, links...)
	if n := strings.Count(got, "from "); n != maxAncestors {
		t.Errorf("%d links are drawn", n)
	}
	if want := fmt.Sprintf("and %d more", len(links)-maxAncestors); !strings.Contains(got, want) {
		t.Errorf("there is no %q", want)
	}
}
