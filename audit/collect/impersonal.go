package collect

import (
	"slices"

	"glassbox/audit"
	"glassbox/audit/weights"
)

// impersonal tells whether the header of a weight file says nothing of a person
// or a machine: no path of a disk, no prompt, no credential. An address is how
// authors want to be reached. ok is false where not all of it was read.
func (w *weightFile) impersonal() (yes, ok bool) {
	private := slices.ContainsFunc(w.info.Problems, func(p weights.Problem) bool {
		return p.Kind == weights.PrivateData && p.Severity != weights.Note
	})
	return !private, private || w.info.Complete
}

// personal cites the first file that says something of a person or a machine;
// src where none does.
func (c *collection) personal(src audit.Source) audit.Source {
	for _, w := range c.weights {
		if yes, _ := w.impersonal(); !yes && w.info.Complete {
			return w.source()
		}
	}
	return src
}
