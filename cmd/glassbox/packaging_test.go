package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// action is what of action.yml is tested.
type action struct {
	Inputs  map[string]struct{ Description, Default string }
	Outputs map[string]struct{ Description, Value string }
	Runs    struct {
		Using string
		Steps []actionStep
	}
}

type actionStep struct {
	Name, ID, If, Uses, Shell, Run string
	Env, With                      map[string]string
}

func readAction(t *testing.T) action {
	t.Helper()
	var a action
	if err := yaml.Unmarshal([]byte(readDoc(t, "action.yml")), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *action) step(t *testing.T, name string) actionStep {
	t.Helper()
	for _, s := range a.Runs.Steps {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no step %s", name)
	return actionStep{}
}

// pinned is an action at a commit, with the version that is meant beside it.
var pinned = regexp.MustCompile(`uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+`)

// Nothing that somebody else writes gets into a script but as a variable, and what
// is used is pinned to a commit.
func TestActionIsSafe(t *testing.T) {
	atRoot(t)
	a := readAction(t)
	if a.Runs.Using != "composite" {
		t.Errorf("using %s", a.Runs.Using)
	}
	used := map[string]bool{}
	for _, s := range a.Runs.Steps {
		if strings.Contains(s.Run, "${{") {
			t.Errorf("%s: the script has an expression in it", s.Name)
		}
		if s.Run != "" && (s.Shell != "bash" || !strings.HasPrefix(s.Run, "set -")) {
			t.Errorf("%s: shell %q begins with %q", s.Name, s.Shell, strings.SplitN(s.Run, "\n", 2)[0])
		}
		for _, v := range s.Env {
			used[v] = true
		}
	}
	for name, in := range a.Inputs {
		if in.Description == "" || !used["${{ inputs."+name+" }}"] {
			t.Errorf("input %s: description %q, handed on by env: %v", name, in.Description, used["${{ inputs."+name+" }}"])
		}
	}
	for name, out := range a.Outputs {
		if want := "${{ steps.gate.outputs." + name + " }}"; out.Value != want || out.Description == "" {
			t.Errorf("output %s is %s (%s)", name, out.Value, out.Description)
		}
	}
	for _, name := range []string{"action.yml", "cmd/glassbox/skeleton/github.yml"} {
		for line := range strings.Lines(readDoc(t, name)) {
			if strings.Contains(line, "uses: ") && !strings.Contains(line, "OWNER/glassbox@REF") && !pinned.MatchString(line) {
				t.Errorf("%s: not pinned to a commit: %s", name, line)
			}
		}
	}
}

// stepRun is what running one step of the action left behind.
type stepRun struct {
	code    int
	printed string
	outputs map[string]string
	summary string
}

// runStep runs the script of a step as the runner of GitHub does.
func runStep(t *testing.T, s actionStep, dir string, env map[string]string) stepRun {
	t.Helper()
	temp := t.TempDir()
	files := map[string]string{"GITHUB_OUTPUT": filepath.Join(temp, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(temp, "summary")}
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run)
	cmd.Dir = dir
	cmd.Env = os.Environ()
	for _, vars := range []map[string]string{files, env} {
		for k, v := range vars {
			cmd.Env = append(cmd.Env, k+"="+v)
		}
	}
	out, err := cmd.CombinedOutput()
	r := stepRun{printed: string(out), outputs: map[string]string{}}
	if exit, ok := err.(*exec.ExitError); ok {
		r.code = exit.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(files["GITHUB_OUTPUT"])
	for line := range strings.Lines(string(data)) {
		k, v, ok := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if _, twice := r.outputs[k]; !ok || twice {
			t.Errorf("output %q", line)
		}
		r.outputs[k] = v
	}
	data, _ = os.ReadFile(files["GITHUB_STEP_SUMMARY"])
	r.summary = string(data)
	return r
}

// The steps of the action, run: what each verdict leaves behind, and that nothing
// in an input is run.
func TestActionSteps(t *testing.T) {
	for _, program := range []string{"bash", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is needed: %v", program, err)
		}
	}
	atRoot(t)
	a := readAction(t)
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	temp := t.TempDir()
	build := runStep(t, a.step(t, "Build"), temp, map[string]string{"SOURCE": root, "RUNNER_TEMP": temp})
	if build.code != 0 {
		t.Fatalf("building: %s", build.printed)
	}
	releases := filepath.Join(root, "testdata", "releases")
	policy := filepath.Join(temp, "policy.yaml")
	put(t, policy, "version: 1\nrequire: {rules: [weights-no-code]}\n")
	canary := filepath.Join(temp, "canary")
	evil := `$(touch ` + canary + `)"; touch ` + canary + `; "`
	put(t, filepath.Join(temp, "evil", evil, "README.md"), "---\nlicense: mit\n---\n# A model\n")
	gate := a.step(t, "Audit")
	for name, c := range map[string]struct {
		subject, policy, fail string
		code                  int
		verdict               string
		annotation            string
	}{
		"pass":             {"signed", "", "true", 0, "pass", "::notice title=glassbox%3A signed::audited"},
		"fail":             {"pickle-only", policy, "true", 1, "fail", "::error title=glassbox%3A pickle-only::fail"},
		"fail, kept on":    {"pickle-only", policy, "false", 0, "fail", "::error"},
		"incomplete":       {"hostile", "", "true", 3, "incomplete", "::error"},
		"empty":            {"empty", "", "true", 5, "empty", "::error"},
		"nothing there":    {"nowhere", "", "true", 2, "error", "nowhere is not there"},
		"an option":        {"--color=never", "", "true", 2, "error", "--color=never is not there"},
		"several":          {"exemplary\nweights-only\n", "", "true", 0, "pass", "::notice title=glassbox%3A weights-only"},
		"a hostile name":   {filepath.Join(temp, "evil", evil), "", "true", 0, "pass", "::notice"},
		"a hostile policy": {"exemplary", evil, "true", 2, "error", "reading policy"},
	} {
		r := runStep(t, gate, releases, map[string]string{
			"SUBJECT": c.subject, "POLICY": c.policy, "FAIL": c.fail, "OUTPUT": filepath.Join(t.TempDir(), "out put"), "RUNNER_TEMP": temp, "OFFLINE": "true",
			"BASELINE": "", "LOCK_FILE": "", "GLASSBOX": "",
		})
		if r.code != c.code || r.outputs["verdict"] != c.verdict || !strings.Contains(r.printed, c.annotation) {
			t.Errorf("%s: exit code %d, verdict %s\n%s", name, r.code, r.outputs["verdict"], r.printed)
		}
		if c.verdict == "error" {
			if r.summary != "" || r.outputs["sarif"] != "" {
				t.Errorf("%s: an error leaves a report: %v", name, r.outputs)
			}
			continue
		}
		for out := range a.Outputs {
			if _, ok := r.outputs[out]; !ok {
				t.Errorf("%s: no output %s", name, out)
			}
		}
		if sarif, err := os.ReadFile(r.outputs["sarif"]); err != nil || !bytes.Contains(sarif, []byte(`"version": "2.1.0"`)) {
			t.Errorf("%s: sarif %v", name, err)
		}
		if !strings.HasPrefix(r.summary, "<!-- glassbox: ") || name == "several" && (r.outputs["openness"] == "" || r.outputs["class"] != "none,none" && !strings.Contains(r.outputs["class"], ",")) {
			t.Errorf("%s: %v\n%s", name, r.outputs, r.summary)
		}
	}
	if _, err := os.Stat(canary); err == nil {
		t.Error("an input was run")
	}
}

// The job of GitLab, its script run as it stands.
func TestGitLabScript(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	atRoot(t)
	var doc struct {
		Glassbox struct {
			Script    []string
			Variables map[string]string
			Artifacts struct {
				Paths   []string
				Reports map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readDoc(t, "cmd/glassbox/skeleton/gitlab.yml")), &doc); err != nil {
		t.Fatal(err)
	}
	job := doc.Glassbox
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	bin := filepath.Join(dir, "glassbox")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/glassbox").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	put(t, filepath.Join(dir, "policy.yaml"), "version: 1\nrequire: {rules: [weights-no-code]}\n")
	for subject, code := range map[string]int{"exemplary": 0, "pickle-only": 1} {
		project := t.TempDir()
		cmd := exec.Command("bash", "-ec", strings.Join(job.Script, "\n"))
		cmd.Dir = project
		cmd.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "CI_PROJECT_DIR="+project,
			"OUTPUT="+strings.ReplaceAll(job.Variables["OUTPUT"], "$CI_PROJECT_DIR", project), "SUBJECT="+filepath.Join(root, "testdata", "releases", subject), "GLASSBOX_POLICY="+filepath.Join(dir, "policy.yaml"))
		out, err := cmd.CombinedOutput()
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("%s: exit code %d (%v)\n%s", subject, got, err, out)
		}
		for kind, name := range job.Artifacts.Reports {
			if _, err := os.Stat(filepath.Join(project, name)); err != nil {
				t.Errorf("%s: no report %s: %v", subject, kind, err)
			}
		}
	}
}

// shownFile stands on the line before a block that shows a whole file.
var shownFile = regexp.MustCompile("(?m)^<!-- file: ([\\w./-]+) -->\n```(\\w+)\n((?s:.*?))```$")

// What docs/ci.md shows whole is what the file holds.
func TestDocFiles(t *testing.T) {
	atRoot(t)
	const name = "docs/ci.md"
	text := readDoc(t, name)
	seen := map[string]bool{}
	want := shownFile.ReplaceAllStringFunc(text, func(block string) string {
		m := shownFile.FindStringSubmatch(block)
		seen[m[1]] = true
		return fmt.Sprintf("<!-- file: %s -->\n```%s\n%s```", m[1], m[2], readDoc(t, m[1]))
	})
	for _, file := range []string{"action.yml", "cmd/glassbox/skeleton/github.yml", "cmd/glassbox/skeleton/gitlab.yml", ".pre-commit-hooks.yaml", "Dockerfile"} {
		if !seen[file] {
			t.Errorf("%s does not show %s", name, file)
		}
	}
	settle(t, name, text, want)
}
