package license

import (
	"path"
	"slices"
	"strings"
	"unicode"
)

// FileRole is what a file is to the licensing of a release, by its path.
type FileRole string

const (
	RoleNone       FileRole = "none"
	RoleLicense    FileRole = "license"     // may hold a licence of the release
	RoleNotice     FileRole = "notice"      // notices: never conclude a licence
	RoleThirdParty FileRole = "third_party" // licences of others' parts: never conclude one
	RolePolicy     FileRole = "policy"      // what use is allowed: belongs to a licence, is none
)

// notText are endings of files that hold something else than prose, whatever
// their names say (license.go, licenses.csv).
var notText = []string{
	"bin", "bmp", "c", "cc", "cfg", "cpp", "cs", "css", "csv", "gguf", "gif", "go", "gz", "h", "hpp", "ico", "ini", "ipynb",
	"java", "jpeg", "jpg", "js", "json", "jsonl", "jsx", "kt", "lock", "lua", "map", "mjs", "npy", "onnx", "parquet", "php",
	"pickle", "pkl", "png", "proto", "pt", "pth", "py", "pyc", "pyi", "rb", "rs", "safetensors", "scala", "scss", "sh", "sig",
	"sql", "svg", "swift", "tar", "toml", "ts", "tsv", "tsx", "vue", "webp", "xml", "yaml", "yml", "zip",
}

// IsLicenseName reports whether a path names a file that may hold a licence of
// the release.
func IsLicenseName(p string) bool { return Role(p) == RoleLicense }

// Role tells from a path what a file is to the licensing of a release. Either
// slash separates folders; the case of letters does not matter. A side-car
// (weights.safetensors.license) has the role of a licence: what it says is in
// its tags.
func Role(p string) FileRole {
	p = strings.ToLower(strings.ReplaceAll(p, `\`, "/"))
	dir, base := path.Split(p)
	if slices.Contains(notText, strings.TrimPrefix(path.Ext(base), ".")) {
		return RoleNone
	}
	w := nameWords(base)
	dirs := strings.Split(dir, "/")
	switch licence := isLicense(w) || slices.ContainsFunc(dirs, licenseDir); {
	case thirdParty(w) && (licence || has(w, "notice", "notices")):
		return RoleThirdParty
	case isPolicy(w):
		return RolePolicy
	case has(w, "notice", "notices"):
		return RoleNotice
	case licence && slices.ContainsFunc(dirs, func(d string) bool { return thirdParty(nameWords(d)) || d == "vendor" || d == "node_modules" }):
		return RoleThirdParty
	case licence:
		return RoleLicense
	}
	return RoleNone
}

// nameWords splits a lower-case file name at everything that is neither letter
// nor digit, and takes the extension as a word like any other.
func nameWords(base string) []string {
	return strings.FieldsFunc(base, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func has(words []string, any ...string) bool {
	return slices.ContainsFunc(any, func(w string) bool { return slices.Contains(words, w) })
}

func isLicense(words []string) bool {
	for i, w := range words {
		if strings.Contains(w, "licens") || strings.Contains(w, "licenc") || w == "copying" || w == "copyright" || w == "eula" {
			return true
		}
		if w == "terms" && (len(words) == 1 || i == 0 && len(words) == 2 && has(words, "txt", "md", "pdf", "html") || has(words, "use", "service", "conditions")) {
			return true
		}
	}
	return false
}

func licenseDir(dir string) bool {
	w := nameWords(dir)
	return len(w) > 0 && (w[len(w)-1] == "licenses" || w[len(w)-1] == "licences")
}

func thirdParty(words []string) bool {
	joined := strings.Join(words, "")
	return strings.Contains(joined, "thirdpart") || strings.Contains(joined, "3rdpart")
}

func isPolicy(words []string) bool {
	joined := strings.Join(words, "-")
	for _, p := range []string{"use-polic", "usage-polic", "acceptable-us", "prohibited-us", "use-restriction", "usage-restriction", "usage-guideline"} {
		if strings.Contains(joined, p) {
			return true
		}
	}
	return has(words, "aup") || joined == "usage" || strings.HasSuffix(joined, "-usage")
}

// Scope is the part of a release a licence file is for.
type Scope string

const (
	ScopeAll           Scope = "all"
	ScopeCode          Scope = "code"
	ScopeWeights       Scope = "weights"
	ScopeData          Scope = "data"
	ScopeDocumentation Scope = "documentation"
	ScopePolicy        Scope = "policy"
)

// ScopeOf tells from a path which part of a release a licence file is for.
// ScopeAll means that its name sets no bounds; see Scopes for a plain LICENSE
// that has company.
func ScopeOf(p string) Scope {
	if Role(p) == RolePolicy {
		return ScopePolicy
	}
	p = strings.ToLower(strings.ReplaceAll(p, `\`, "/"))
	dir, base := path.Split(p)
	w := nameWords(base)
	dw := nameWords(dir)
	switch {
	case has(w, "code", "software"):
		return ScopeCode
	case has(w, "model", "models", "weight", "weights", "checkpoint", "checkpoints"):
		return ScopeWeights
	case has(w, "data", "dataset", "datasets", "corpus"):
		return ScopeData
	case has(w, "doc", "docs", "documentation"):
		return ScopeDocumentation
	case has(dw, "model", "models", "weights", "checkpoints"):
		return ScopeWeights
	case has(dw, "data", "dataset", "datasets"):
		return ScopeData
	case has(dw, "docs", "documentation"):
		return ScopeDocumentation
	case has(dw, "code", "src", "scripts"):
		return ScopeCode
	}
	return ScopeAll
}

// Scopes gives every licence file of a release its scope, in the order of the
// paths. A plain LICENSE is for the code once another file of the release is for
// the model; alone it is for all, by assumption.
func Scopes(paths []string) []Scope {
	out := make([]Scope, len(paths))
	model := false
	for i, p := range paths {
		out[i] = ScopeOf(p)
		model = model || out[i] == ScopeWeights && IsLicenseName(p)
	}
	for i, p := range paths {
		if model && out[i] == ScopeAll && plainLicense(p) {
			out[i] = ScopeCode
		}
	}
	return out
}

// plainLicense reports whether a file is the one LICENSE at the root.
func plainLicense(p string) bool {
	w := nameWords(strings.ToLower(p))
	return len(w) > 0 && len(w) <= 2 && IsLicenseName(p) && !strings.ContainsAny(p, `/\`) &&
		(strings.HasPrefix(w[0], "licens") || strings.HasPrefix(w[0], "licenc") || w[0] == "copying")
}
