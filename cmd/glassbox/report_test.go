package main

import (
	"bytes"
	"context"
	"encoding/json"
	"path/filepath"
	"testing"

	"glassbox/schemas"
	"glassbox/testdata/release"
)

// Every report follows the published schema.
func TestReportsFollowTheirSchema(t *testing.T) {
	schema, err := schemas.Compile("report")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range release.All() {
		var out, complaints bytes.Buffer
		run(context.Background(), []string{"audit", filepath.Join("../../testdata/releases", r.Name), "-o", "json"}, &out, &complaints)
		dec := json.NewDecoder(&out)
		dec.UseNumber()
		var doc any
		if err := dec.Decode(&doc); err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %#v", r.Name, err)
		}
	}
}

// The same release gives the same bytes wherever it lies and however the
// process is run.
func TestReportIsReproducible(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "1795305600")
	audit := func() []byte {
		var out, complaints bytes.Buffer
		run(context.Background(), []string{"audit", ".", "-o", "json"}, &out, &complaints)
		return out.Bytes()
	}
	t.Chdir("../../testdata/releases/exemplary")
	first := audit()
	t.Setenv("TZ", "Pacific/Kiritimati")
	t.Setenv("LC_ALL", "de_DE.UTF-8")
	if second := audit(); !bytes.Equal(first, second) {
		t.Error("the report depends on time zone or locale")
	}
}
