package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"glassbox/audit/report"
	"glassbox/profiles"
)

//go:embed skeleton
var skeletons embed.FS

// pipelines are the services that init writes a pipeline for, and where.
var pipelines = [...]struct{ name, file, skeleton string }{
	{"github", ".github/workflows/glassbox.yml", "github.yml"},
	{"gitlab", ".gitlab-ci.yml", "gitlab.yml"},
}

type initOptions struct {
	profile string
	ci      string
	force   bool
}

func (a *app) initCommand() *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:     "init [DIR]",
		GroupID: "audit",
		Short:   "Write a policy, a pipeline, and skeletons of a card and a manifest",
		Long: `Init writes what a new release begins with: into the working directory a policy
and a pipeline that audits each change, and into DIR, the folder of the release
(default: the working directory), the skeletons of a model card and of a
manifest of its data. An audit of them fails on nothing but what a person has to
fill in.

What is there already is kept, and named; --force writes it anew.`,
		Example: lines(
			"  glassbox init ./my-model",
			"  glassbox init ./my-model --profile grant --ci gitlab"),
		Args: wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) == 1 {
				dir = args[0]
			}
			return a.runInit(o, dir)
		},
	}
	names := append(pipelineNames(), "none")
	cmd.Flags().StringVar(&o.profile, "profile", "release", "what the policy begins with: "+strings.Join(profileNames(), ", "))
	cmd.Flags().StringVar(&o.ci, "ci", pipelines[0].name, "the pipeline: "+strings.Join(names, ", "))
	cmd.Flags().BoolVar(&o.force, "force", false, "write anew what is there already")
	_ = cmd.RegisterFlagCompletionFunc("profile", cobra.FixedCompletions(profileNames(), cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("ci", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func pipelineNames() []string {
	var out []string
	for _, p := range pipelines {
		out = append(out, p.name)
	}
	return out
}

func profileNames() []string {
	entries, _ := fs.ReadDir(profiles.FS, ".")
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

// skeleton is one file that init writes: where, and what is put in its blanks.
type skeleton struct {
	file, from string
	blanks     *strings.Replacer
}

func (a *app) runInit(o initOptions, dir string) error {
	list, err := o.skeletons(dir)
	if err != nil {
		return err
	}
	for _, s := range list {
		data, err := skeletons.ReadFile("skeleton/" + s.from)
		if err != nil {
			return err
		}
		wrote, err := s.write([]byte(s.blanks.Replace(string(data))), o.force)
		if err != nil {
			return err
		}
		if a.quiet {
			continue
		}
		said := "wrote " + report.Clean(s.file)
		if !wrote {
			said = "kept " + report.Clean(s.file) + ", which was there (--force writes it anew)"
		}
		if _, err := fmt.Fprintln(a.stdout, said); err != nil {
			return err
		}
	}
	return nil
}

// skeletons lists what is to be written for a release in a folder.
func (o *initOptions) skeletons(dir string) ([]skeleton, error) {
	if !slices.Contains(profileNames(), o.profile) {
		return nil, usagef("--profile %s: there are %s", o.profile, strings.Join(profileNames(), ", "))
	}
	name, subject, err := blanks(dir)
	if err != nil {
		return nil, err
	}
	out := []skeleton{{policyName, "glassbox.yaml", strings.NewReplacer("profile: release", "profile: "+o.profile)}}
	for _, p := range pipelines {
		if p.name == o.ci {
			out = append(out, skeleton{filepath.FromSlash(p.file), p.skeleton, strings.NewReplacer("subject: SUBJECT", "subject: "+subject, "SUBJECT_PATH", subject)})
		}
	}
	if len(out) == 1 && o.ci != "none" {
		return nil, usagef("--ci %s: there are %s, none", o.ci, strings.Join(pipelineNames(), ", "))
	}
	card := strings.NewReplacer("NAME", name)
	return append(out,
		skeleton{filepath.Join(dir, "README.md"), "README.md", card},
		skeleton{filepath.Join(dir, "croissant.json"), "croissant.json", card}), nil
}

// blanks are the name of the release, and its folder as a scalar of YAML. A
// folder whose name means something in a pipeline is refused: there is no way to
// write it that every service reads as a name.
func blanks(dir string) (name, subject string, err error) {
	whole, err := filepath.Abs(dir)
	if err != nil {
		return "", "", fmt.Errorf("finding %s: %w", dir, err)
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.", r) {
			return r
		}
		return '-'
	}, filepath.Base(whole))
	subject = filepath.ToSlash(filepath.Clean(dir))
	switch {
	case filepath.IsAbs(dir), subject == "..", strings.HasPrefix(subject, "../"):
		return "", "", &usageError{fmt.Errorf("%s is not below the working directory", dir), "run init at the root of the repository, and name the folder of the release"}
	case strings.ContainsFunc(subject, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune("$`'\"\\{}", r) }):
		return "", "", usagef("%q: a pipeline reads this name as something else than a name", dir)
	}
	return name, "'" + subject + "'", nil
}

// write writes the file whole, where nothing is or where it may go over what is;
// it tells whether it did.
func (s *skeleton) write(data []byte, force bool) (bool, error) {
	if err := os.MkdirAll(filepath.Dir(s.file), 0o755); err != nil {
		return false, usagef("writing %s: %w", s.file, cause(err))
	}
	if force {
		return true, replace(s.file, data)
	}
	f, err := os.OpenFile(s.file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	}
	if err != nil {
		return false, usagef("writing %s: %w", s.file, cause(err))
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(s.file)
		return false, fmt.Errorf("writing %s: %w", s.file, err)
	}
	return true, nil
}
