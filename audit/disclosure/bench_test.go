package disclosure_test

import (
	"io/fs"
	"testing"

	"glassbox/apis"
	"glassbox/audit/disclosure"
)

// What an audit pays for each service that it puts beside the release.
func BenchmarkRead21kB(b *testing.B) {
	data, err := fs.ReadFile(apis.FS, "openai/gpt-5.yaml")
	if err != nil {
		b.Fatal(err)
	}
	r := reader(b, day)
	r.Trusted = true
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		m, err := r.Read("openai/gpt-5.yaml", data)
		if err != nil {
			b.Fatal(err)
		}
		m.Evidence("api:openai/gpt-5")
	}
}

var _ = disclosure.MaxBytes
