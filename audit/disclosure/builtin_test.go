package disclosure_test

import (
	"testing"

	"glassbox/apis"
	"glassbox/audit"
	"glassbox/audit/disclosure"
)

// day is the day the manifests were compiled.
const day = "2026-11-22"

func reader(t testing.TB, asOf string) *disclosure.Reader {
	t.Helper()
	shape, err := audit.EvidenceShape()
	if err != nil {
		t.Fatal(err)
	}
	return &disclosure.Reader{Shape: shape, AsOf: asOf}
}

func builtin(t testing.TB) []*disclosure.Manifest {
	t.Helper()
	var c disclosure.Catalog
	c.Add("apis", apis.FS, reader(t, day))
	all, err := c.All()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestBuiltinManifestsAreFaultless(t *testing.T) {
	all := builtin(t)
	if len(all) != 8 {
		t.Errorf("%d manifests", len(all))
	}
}
