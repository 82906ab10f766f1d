package collect_test

import (
	"testing"

	"glassbox/testdata/release"
)

// One small release through collectors, rules and scores, nothing hashed.
func BenchmarkAudit(b *testing.B) {
	bench := newBench(b)
	for _, r := range []struct {
		name string
		seed uint64
	}{{"files=exemplary", 0}, {"files=random", 7}} {
		b.Run(r.name, func(b *testing.B) {
			all := release.Random(r.seed)
			if r.seed == 0 {
				all = release.Exemplary()
			}
			b.ReportAllocs()
			for b.Loop() {
				bench.report(gather(b, all))
			}
		})
	}
}
