package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/schemas"
)

// shells are those that cobra writes completions for.
var shells = [...]struct {
	name, about string
	write       func(root *cobra.Command, w io.Writer) error
}{
	{"bash", "source <(glassbox completion bash)", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }},
	{"zsh", "a file _glassbox in a folder of $fpath", func(root *cobra.Command, w io.Writer) error { return root.GenZshCompletion(w) }},
	{"fish", "~/.config/fish/completions/glassbox.fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }},
	{"powershell", "a line of $PROFILE", func(root *cobra.Command, w io.Writer) error { return root.GenPowerShellCompletionWithDesc(w) }},
}

func (a *app) completionCommand() *cobra.Command {
	var names []string
	var about strings.Builder
	for _, s := range shells {
		names = append(names, s.name)
		fmt.Fprintf(&about, "  %-11s %s\n", s.name, s.about)
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print completions for a shell, with descriptions",
		Long: `Completion prints what lets a shell complete commands, flags, rules, frameworks,
services and formats, each with what it means. Where it goes:

` + strings.TrimRight(about.String(), "\n"),
		Args:      wrapArgs(cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs)),
		ValidArgs: names,
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, s := range shells {
				if s.name == args[0] {
					return a.write(output{format: "completions"}, func(w io.Writer) error { return s.write(cmd.Root(), w) })
				}
			}
			return usagef("no completions for %s", args[0])
		},
	}
}

// formatAbouts says what a format is for, where a command has not its own words.
var formatAbouts = map[string]string{
	"table": "for people, in a terminal", "json": "for programs", "jsonl": "for programs, one value a line", "markdown": "for comments on a change",
	"csv": "for spreadsheets", "html": "one page that loads nothing",
}

// completions adds what no command says of itself: the formats that its flag
// names, subjects, and the values of flags that several commands share.
func (a *app) completions(cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		a.completions(c)
	}
	complete := func(flag string, f cobra.CompletionFunc) {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.RegisterFlagCompletionFunc(flag, f) // an error: the command has a better one
		}
	}
	if f := cmd.Flags().Lookup("output"); f != nil {
		_, names, _ := strings.Cut(f.Usage, ": ") // the list stands in the usage, and only there
		complete("output", formatsNamed(strings.Split(names, ", ")))
	}
	complete("against", a.completeRivals)
	complete("by", a.completeAxes)
	for flag, ends := range map[string][]string{"policy": {"yaml", "yml"}, "baseline": {"json"}, "lock-file": {"lock"}, "key": {"pub", "pem"}} {
		if cmd.Flags().Lookup(flag) != nil {
			_ = cmd.MarkFlagFilename(flag, ends...)
		}
	}
	if cmd.ValidArgsFunction == nil && strings.Contains(cmd.Use, "SUBJECT") || cmd.Name() == "compare" {
		cmd.ValidArgsFunction = a.completeSubjects
	}
	switch cmd.CommandPath() {
	case "glassbox render", "glassbox diff":
		cmd.ValidArgsFunction = cobra.FixedCompletions([]cobra.Completion{"json"}, cobra.ShellCompDirectiveFilterFileExt)
	case "glassbox config verify":
		cmd.ValidArgsFunction = cobra.FixedCompletions([]cobra.Completion{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	case "glassbox frameworks list":
		cmd.ValidArgsFunction = a.completeFrameworks
	}
}

func formatsNamed(names []string) cobra.CompletionFunc {
	var out []cobra.Completion
	for _, n := range names {
		out = append(out, cobra.CompletionWithDesc(n, formatAbouts[n]))
	}
	return cobra.FixedCompletions(out, cobra.ShellCompDirectiveNoFileComp)
}

// completeSubjects offers services once somebody begins to name one; until then
// files.
func (a *app) completeSubjects(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if begun == "" || !strings.HasPrefix(begun, apiPrefix) && !strings.HasPrefix(apiPrefix, begun) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	services, err := a.serviceIDs(apiPrefix)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return services, cobra.ShellCompDirectiveDefault
}

// completeRivals offers the next service of a list.
func (a *app) completeRivals(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	services, err := a.serviceIDs(begun[:strings.LastIndex(begun, ",")+1])
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return append(services, cobra.CompletionWithDesc("none", "no service")), cobra.ShellCompDirectiveNoFileComp
}

// serviceIDs lists the services there are manifests of, each behind a text.
func (a *app) serviceIDs(before string) ([]cobra.Completion, error) {
	j, err := a.judge("")
	if err != nil {
		return nil, err
	}
	cat, err := a.catalog("", j.shape)
	if err != nil {
		return nil, err
	}
	all, err := cat.All()
	if err != nil {
		return nil, err
	}
	var out []cobra.Completion
	for _, m := range all {
		out = append(out, cobra.CompletionWithDesc(before+m.Provider+"/"+m.Model, m.Title))
	}
	return out, nil
}

func (a *app) completeAxes(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	j, err := a.judge("")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, fw := range j.frameworks {
		for _, ax := range fw.Axes {
			out = append(out, cobra.CompletionWithDesc(ax.Name, ax.Question))
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeFrameworks(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	j, err := a.judge("")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var out []cobra.Completion
	for _, fw := range j.frameworks {
		out = append(out, cobra.CompletionWithDesc(fw.ID, fw.Title))
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// completeRules offers rules, then a subject.
func (a *app) completeRules(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return a.completeSubjects(cmd, args, begun)
	}
	j, err := a.judge("")
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	out := make([]cobra.Completion, len(j.rules))
	for i, r := range j.rules {
		out[i] = cobra.CompletionWithDesc(r.ID, r.Title)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// schemaTitles lists the schemas with what each is of.
func schemaTitles() []cobra.Completion {
	var out []cobra.Completion
	for _, name := range schemas.Names() {
		doc, _ := schemas.Document(name)
		title, _ := doc["title"].(string)
		out = append(out, cobra.CompletionWithDesc(name, title))
	}
	return out
}
