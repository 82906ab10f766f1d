package license

import (
	"testing"
)

// A standard licence is not concluded where the same file puts something under
// a licence that asks for more.
func TestOtherLicenseNamed(t *testing.T) {
	dir := corpora(t)
	for _, id := range []string{"MIT", "Apache-2.0", "BSD-3-Clause"} {
		data := string(readFile(t, dir, "spdx", id+".txt"))
		for _, line := range []string{
			"The model weights are licensed under CC-BY-NC-4.0.",
			"Code: this license. Weights: CC BY-NC 4.0",
			"Dataset: CC BY-NC-SA 4.0",
			"Model weights: licensed under the Creative Commons Attribution-NonCommercial 4.0 license",
			"Model weights licensed under OpenRAIL-M.",
			"Parts of this project are under the GNU General Public License v3.0",
			"https://creativecommons.org/licenses/by-nc/4.0/",
			"Weights: <https://creativecommons.org/licenses/by-nc-nd/4.0/legalcode>",
			"Model weights: see MODEL_LICENSE.",
			"The weights have terms of their own, in `LICENSE-MODEL`.",
			"SPDX-License-Identifier: CC-BY-NC-4.0",
			"SPDX-License-Identifier: LicenseRef-acme",
			"SPDX-License-Identifier: " + id + " AND CC-BY-NC-4.0",
		} {
			for where, text := range map[string]string{"before": line + "\n\n" + data, "behind": data + "\n\n" + line + "\n"} {
				if got := Identify("LICENSE", []byte(text)); got.Concluded != "" {
					t.Errorf("%s with %q %s: concluded %s", id, line, where, got.Concluded)
				}
			}
		}
		if got := Identify("LICENSE", []byte("---\nlicense: cc-by-nc-4.0\n---\n"+data)); got.Concluded != "" {
			t.Errorf("%s below front matter that says otherwise: concluded %s", id, got.Concluded)
		}
		for _, line := range []string{
			"SPDX-License-Identifier: " + id,
			"SPDX-License-Identifier: NOASSERTION OR " + id,
			"SPDX-License-Identifier: " + id + " OR CC-BY-NC-4.0",
			"This project is licensed under " + id + ".",
		} {
			if got := Identify("LICENSE", []byte(line+"\n\n"+data)); got.Concluded != id {
				t.Errorf("%s with %q: concluded %q, %s", id, line, got.Concluded, got.Method)
			}
		}
	}
}
