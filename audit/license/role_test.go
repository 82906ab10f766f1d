package license

import (
	"slices"
	"testing"
)

func TestRole(t *testing.T) {
	for role, paths := range map[FileRole][]string{
		RoleLicense: {
			"LICENSE", "LICENCE", "license.txt", "Licence.md", "LICENSE-CODE", "LICENSE-MODEL", "MODEL_LICENSE", "LICENSE_weights", "LICENSE-DATA",
			"MODEL_LICENSE_AGREEMENT.txt", "Tongyi Qianwen LICENSE AGREEMENT", "SEAMLESS_LICENSE", "MIT_LICENSE", "COPYING", "COPYING.LESSER", "UNLICENSE",
			"model_licenses/LICENSE-SDXL1.0", "LICENSES/Apache-2.0.txt", "LICENSES/LicenseRef-llama3.txt", "weights.safetensors.license", "LICENSE.MIT",
			"sub/LICENSE", `sub\LICENSE`, "llama3.LICENSE", "LICENSE.pdf", "LICENSE-2.0", "TERMS_OF_USE.md", "terms.txt", "COPYRIGHT", "EULA.txt",
		},
		RoleNotice:     {"NOTICE", "Notice", "NOTICE.txt", "qwen-notice", "LEGAL_NOTICE.md"},
		RoleThirdParty: {"THIRD_PARTY_NOTICES.txt", "ThirdPartyLicenses.md", "third-party-license", "third_party/foo/LICENSE", "vendor/x/LICENSE", "3rdparty/LICENSE"},
		RolePolicy:     {"USE_POLICY.md", "USAGE_POLICY", "ACCEPTABLE_USE_POLICY.txt", "acceptable-use.md", "llama2.USE_POLICY", "Prohibited_Use_Policy.md", "gptoss-usage"},
		RoleNone:       {"README.md", "license.go", "licenses.csv", "license_test.py", "model.safetensors", "", "src/main.c", "terms.json", "long_terms_memory.md", "noticeable.txt"},
	} {
		for _, p := range paths {
			if got := Role(p); got != role {
				t.Errorf("Role(%q) = %s, want %s", p, got, role)
			}
			if IsLicenseName(p) != (role == RoleLicense) {
				t.Errorf("IsLicenseName(%q) = %v", p, role != RoleLicense)
			}
		}
	}
}

func TestScopes(t *testing.T) {
	for _, c := range []struct {
		paths []string
		want  []Scope
	}{
		{[]string{"LICENSE"}, []Scope{ScopeAll}},
		{[]string{"LICENSE", "MODEL_LICENSE"}, []Scope{ScopeCode, ScopeWeights}},
		{[]string{"LICENSE", "LICENSE_weights"}, []Scope{ScopeCode, ScopeWeights}},
		{[]string{"LICENSE-CODE", "LICENSE-MODEL", "LICENSE-DATA"}, []Scope{ScopeCode, ScopeWeights, ScopeData}},
		{[]string{"LICENSE.txt", "USE_POLICY.md"}, []Scope{ScopeAll, ScopePolicy}},
		{[]string{"LICENSE", "data/LICENSE", "docs/LICENSE"}, []Scope{ScopeAll, ScopeData, ScopeDocumentation}},
		{[]string{"LICENSE", "model_licenses/LICENSE-FLUX1-dev"}, []Scope{ScopeCode, ScopeWeights}},
		{[]string{"LICENSE", "src/model.py"}, []Scope{ScopeAll, ScopeWeights}},
		{[]string{"MIT_LICENSE", "SEAMLESS_LICENSE"}, []Scope{ScopeAll, ScopeAll}},
	} {
		if got := Scopes(c.paths); !slices.Equal(got, c.want) {
			t.Errorf("Scopes(%q) = %v, want %v", c.paths, got, c.want)
		}
	}
}
