package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/rules"
)

func (a *app) rulesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rules",
		GroupID: "rules",
		Short:   "List, test and lint rules",
		Args: wrapArgs(func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("no command %q; there are list, test, lint", args[0])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.rulesListCommand(), a.rulesTestCommand(), a.rulesLintCommand())
	return cmd
}

// loadAll loads the built-in rules and those of a folder, through every net.
func loadAll(args []string) ([]*audit.Rule, string, error) {
	loader, err := audit.NewLoader()
	if err != nil {
		return nil, "", err
	}
	if len(args) == 0 {
		all, err := loader.Load(rules.FS)
		return all, "rules", err
	}
	if info, err := os.Stat(args[0]); err != nil || !info.IsDir() {
		return nil, "", &usageError{fmt.Errorf("%s is not a folder of rules", args[0]), "a rule lies at <dimension>/<id>.yaml below it"}
	}
	all, err := loader.Load(os.DirFS(args[0]))
	if err != nil {
		err = inside(args[0], err)
	}
	return all, args[0], errors.Join(err, taken(loader, all, args[0]))
}

// taken names the rules that bear the id of a built-in one. The folder of the
// built-in rules itself is no such case.
func taken(loader *audit.Loader, all []*audit.Rule, dir string) error {
	quick := *loader
	quick.Strict = false
	built, err := quick.Load(rules.FS)
	if err != nil {
		return err
	}
	var faults []error
	for _, r := range all {
		i := slices.IndexFunc(built, func(b *audit.Rule) bool { return b.ID == r.ID })
		if i >= 0 && built[i].Text() != r.Text() {
			faults = append(faults, &audit.RuleError{File: filepath.ToSlash(filepath.Join(dir, r.File)), Line: 1, Msg: "the id is that of a built-in rule"})
		}
	}
	return errors.Join(faults...)
}

func (a *app) rulesListCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:   "list [DIR]",
		Short: "List the built-in rules, or those below DIR",
		Args:  wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			all, _, err := loadAll(args)
			if err != nil {
				return &usageError{err, ""}
			}
			options, err := a.options()
			if err != nil {
				return err
			}
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return listRules(w, o.format, all, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// ruleEntry is one rule in a list.
type ruleEntry struct {
	ID        string `json:"id"`
	Dimension string `json:"dimension"`
	Title     string `json:"title"`
	Severity  string `json:"severity"`
	Level     string `json:"level"`
	Effort    string `json:"effort"`
	Needs     string `json:"needs"`
}

func listRules(w io.Writer, format string, all []*audit.Rule, o report.Options) error {
	entries := make([]ruleEntry, len(all))
	for i, r := range all {
		entries[i] = ruleEntry{r.ID, r.Dimension, r.Title, string(r.Severity), r.Level.String(), r.Effort, r.Pointer()}
	}
	if format == "json" {
		return report.JSON(w, entries)
	}
	rows := make([][]string, len(entries))
	for i, e := range entries {
		rows[i] = []string{e.ID, e.Dimension, e.Severity, e.Title}
	}
	return report.Table(w, []string{"rule", "dimension", "severity", "what is true of a good release"}, rows, o)
}

func (a *app) rulesTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test [DIR]",
		Short: "Try each rule on its own examples",
		Long: `Test loads the built-in rules, or those below DIR, tries each on its examples,
and on its examples with every single constraint taken away, one of which must
then come out differently.`,
		Args: wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, _, err := loadAll(args)
			if isUsage(err) {
				return err
			}
			examples := 0
			for _, r := range all {
				examples += len(r.Pass) + len(r.Fail)
				if a.verbose {
					fmt.Fprintf(a.stdout, "ok    %s: %d pass, %d fail\n", r.ID, len(r.Pass), len(r.Fail))
				}
			}
			faults := a.printFaults(err)
			if faults > 0 {
				a.settle(audit.ExitFail, faultCount(faults)+" in rules")
				return nil
			}
			if len(all) == 0 {
				return usagef("no rules there")
			}
			fmt.Fprintf(a.stdout, "%d rules hold on %d examples\n", len(all), examples)
			return nil
		},
	}
}

func (a *app) rulesLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Find every fault in rules, with file, line and reason",
		Args:  wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, from, err := loadAll(args)
			if isUsage(err) {
				return err
			}
			if n := a.printFaults(err); n > 0 {
				a.settle(audit.ExitFail, faultCount(n)+" in "+from)
				return nil
			}
			if len(all) == 0 {
				return &usageError{fmt.Errorf("%s holds no rule", from), "a rule lies at <dimension>/<id>.yaml below it"}
			}
			if !a.quiet {
				fmt.Fprintf(a.stdout, "%d rules, no fault\n", len(all))
			}
			return nil
		},
	}
}

// isUsage tells an error of the command line from faults in what it names.
func isUsage(err error) bool {
	var u *usageError
	return errors.As(err, &u)
}

func faultCount(n int) string {
	if n == 1 {
		return "1 fault"
	}
	return fmt.Sprintf("%d faults", n)
}

// printFaults prints one fault a line, sorted, and returns how many there are.
func (a *app) printFaults(err error) int {
	if err == nil {
		return 0
	}
	var out []string
	for _, e := range flatten(err) {
		out = append(out, report.Clean(e.Error()))
	}
	slices.Sort(out)
	for _, l := range out {
		fmt.Fprintln(a.stdout, l)
	}
	return len(out)
}
