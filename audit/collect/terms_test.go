package collect

import (
	"testing"

	"glassbox/audit/license"
)

// A GNU licence “only” is another one than “or later”; where nobody said which,
// they are not told apart.
func TestSameTermsOfGNULicences(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want license.Answer
	}{
		{"GPL-3.0-only", "GPL-3.0-or-later", license.No},
		{"GPL-3.0-only", "GPL-3.0-only", license.Yes},
		{"gpl-3.0", "GPL-3.0-or-later", license.Yes},
		{"GPL-3.0-or-later", "gpl-3.0", license.Yes},
		{"gpl-3.0", "gpl-2.0", license.No},
		{"MIT AND GPL-2.0-only", "GPL-2.0-or-later", license.No},
	} {
		a, err := license.ReadDeclared(c.a)
		if err != nil {
			t.Fatal(err)
		}
		b, err := license.ReadDeclared(c.b)
		if err != nil {
			t.Fatal(err)
		}
		if got := sameTerms(a, b); got != c.want {
			t.Errorf("%s and %s: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
