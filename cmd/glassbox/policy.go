package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/profiles"
	"glassbox/schemas"
)

// policyName is what a policy is called where nobody names one.
const policyName = "glassbox.yaml"

// repositories are what the root of a repository holds, by version control.
var repositories = [...]string{".git", ".hg", ".jj", ".svn"}

// policy reads the policy that is named, else the one that is found; nil where
// there is none.
func (a *app) policy(named string, subjects []string) (*audit.Policy, error) {
	if named != "" {
		return readPolicy(named)
	}
	found, passed := findUpwards(policyName, subjects)
	for _, p := range passed {
		fmt.Fprintf(a.stderr, "glassbox: %s lies inside what is audited, and does not gate: a release must not set its own gate\n", report.Clean(p))
		a.hint("--policy " + p + " uses it all the same")
	}
	if found == "" {
		return nil, nil
	}
	if a.verbose {
		fmt.Fprintf(a.stderr, "glassbox: policy %s\n", report.Clean(found))
	}
	return readPolicy(found)
}

func readPolicy(name string) (*audit.Policy, error) {
	return fromFile(name, "policy", schemas.MaxYAMLBytes, func(data []byte) (*audit.Policy, error) {
		p, err := audit.ReadPolicy(filepath.ToSlash(name), data, profiles.FS)
		if err != nil {
			return nil, policyFault(err)
		}
		return p, nil
	})
}

// policyFault is a mistake in a policy, which names its file and line itself. Of
// several the first is told.
func policyFault(err error) error {
	faults := flatten(err)
	hint := "glassbox schema policy prints what may stand in a policy"
	if n := len(faults) - 1; n > 0 {
		hint = fmt.Sprintf("glassbox config verify lists this fault and %d more", n)
	}
	return &usageError{policyFaults{faults}, hint}
}

// policyFaults are the faults of one policy.
type policyFaults struct{ all []error }

func (f policyFaults) Error() string   { return f.all[0].Error() }
func (f policyFaults) Unwrap() []error { return f.all }

// findUpwards walks from the working directory up to the root of its repository
// and returns the first file of a name that lies outside of every subject, and
// those it passed by. Outside of a repository only the working directory is looked at:
// what lies above it could be anybody's.
func findUpwards(file string, subjects []string) (found string, passed []string) {
	wd, err := os.Getwd()
	if err != nil {
		return "", nil
	}
	root := repository(wd)
	for dir, up := wd, "."; ; dir, up = filepath.Dir(dir), filepath.Join(up, "..") {
		if info, err := os.Stat(filepath.Join(dir, file)); err == nil && info.Mode().IsRegular() {
			name := filepath.Join(up, file)
			if !insideAny(filepath.Join(dir, file), subjects) {
				return name, passed
			}
			passed = append(passed, name)
		}
		if dir == root || filepath.Dir(dir) == dir {
			return "", passed
		}
	}
}

// repository is the root of the repository that a folder lies in, else the
// folder itself.
func repository(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		for _, name := range repositories {
			if _, err := os.Lstat(filepath.Join(at, name)); err == nil {
				return at
			}
		}
		if filepath.Dir(at) == at {
			return dir
		}
	}
}

// insideAny tells whether a file lies inside one of the subjects, by its name or by
// where its links lead. A card stands for the folder it lies in.
func insideAny(file string, subjects []string) bool {
	for _, s := range subjects {
		if strings.HasPrefix(s, apiPrefix) {
			continue
		}
		if strings.EqualFold(filepath.Ext(s), ".md") {
			s = filepath.Dir(s)
		}
		folder, err := filepath.Abs(s)
		if err != nil || below(folder, file) {
			return true
		}
		real, err := filepath.EvalSymlinks(folder)
		if err != nil {
			continue // what is not there holds nothing
		}
		target, err := filepath.EvalSymlinks(file)
		if err != nil || below(real, target) || below(real, file) {
			return true
		}
	}
	return false
}

func below(folder, file string) bool {
	rel, err := filepath.Rel(folder, file)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// judgeBy loads what evidence is judged by: the policy's folders of rules beside
// the named one; then the policy is held against them.
func (a *app) judgeBy(p *audit.Policy, dir string) (*judge, error) {
	dirs := []string{dir}
	if p != nil {
		for _, name := range p.Rules {
			dirs = append(dirs, ofPolicy(p, name))
		}
	}
	j, err := a.judge(dirs...)
	if err != nil || p == nil {
		return j, err
	}
	if err := p.Resolve(j.rules, j.frameworks, j.asOf); err != nil {
		return nil, policyFault(err)
	}
	return j, nil
}

// ofPolicy is a path of a policy: relative to its file.
func ofPolicy(p *audit.Policy, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(p.File), filepath.FromSlash(name))
}

// orOf are the flags where any says whom to trust, else what the policy says.
func (f trustFlags) orOf(p *audit.Policy) trustFlags {
	if p == nil || len(f.keys)+len(f.roots) > 0 || f.identity+f.issuer+f.identityPattern+f.issuerPattern+f.trusted != "" {
		return f
	}
	for _, t := range p.Trust {
		if t.Key != "" {
			f.keys = append(f.keys, ofPolicy(p, t.Key))
		}
		for _, name := range t.Chain {
			f.roots = append(f.roots, ofPolicy(p, name))
		}
		if t.Identity != "" || t.Issuer != "" {
			f.identity, f.issuer = t.Identity, t.Issuer
		}
		if t.TrustedRoot != "" {
			f.trusted = ofPolicy(p, t.TrustedRoot)
		}
	}
	return f
}
