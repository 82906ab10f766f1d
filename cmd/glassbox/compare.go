package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

type compareOptions struct {
	gatherFlags
	outputs []string
	rules   string
}

func (a *app) compareCommand() *cobra.Command {
	var o compareOptions
	cmd := &cobra.Command{
		Use:     "compare A B...",
		GroupID: "audit",
		Short:   "Put releases and services side by side, criterion by criterion",
		Long: `Compare asks the same rules of every subject and prints where they differ: each
criterion of the three axes, then how the provider acts, which no axis weighs.
At the end stands what each does better than all others. There is no number for
who is better on the whole.

A subject is what "glassbox audit" takes, api:provider/model among it. What one
holds does not raise every question: notice before a service ends, for one, is
not applicable to a release.`,
		Example: lines(
			"  glassbox compare ./my-model api:openai/gpt-5",
			"  glassbox compare ./v1 ./v2 -o markdown",
			"  glassbox compare api:openai/gpt-5 api:anthropic/claude-opus-5-5 -v"),
		Args: wrapArgs(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runCompare(cmd.Context(), o, args) },
	}
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.ComparisonFormats[:], ", "))
	cmd.Flags().StringVar(&o.rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	o.gatherFlags.register(cmd)
	return cmd
}

func (a *app) runCompare(ctx context.Context, o compareOptions, subjects []string) error {
	outs, err := outputs(o.outputs, report.ComparisonFormats[:])
	if err != nil {
		return err
	}
	for _, out := range outs {
		if out.format == "table" && len(subjects) > report.MaxColumns {
			return &usageError{fmt.Errorf("a table has room for %d subjects, not %d", report.MaxColumns, len(subjects)), "-o markdown and -o json take any number"}
		}
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	j, err := a.judge(o.rules)
	if err != nil {
		return err
	}
	c, err := a.compare(ctx, j, o.gatherFlags, subjects)
	if err != nil {
		return err
	}
	for _, out := range outs {
		if err := a.write(out, func(w io.Writer) error { return report.Comparison(w, c, out.format, options) }); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) compare(ctx context.Context, j *judge, flags gatherFlags, subjects []string) (c audit.Comparison, err error) {
	cat, err := a.catalog(flags.apis, j.shape)
	if err != nil {
		return c, err
	}
	how, finish, err := flags.options(ctx, a)
	if err != nil {
		return c, err
	}
	defer finish()
	var reports []*audit.Report
	var evidence []*audit.Evidence
	for _, s := range subjects {
		ev, err := a.gatherAs(ctx, s, how, cat)
		if err != nil {
			return c, err
		}
		r := audit.Audit(ev, j.rules, j.frameworks, j.tool, j.asOf)
		a.settle(r.Verdict.Code, r.Subject.Name+": "+r.Verdict.Reason)
		reports, evidence = append(reports, r), append(evidence, ev)
	}
	distinct(reports, subjects)
	return audit.Compare(reports, evidence, j.axes()), nil
}

// distinct names subjects as they were typed where two share a name.
func distinct(reports []*audit.Report, subjects []string) {
	count := map[string]int{}
	for _, r := range reports {
		count[r.Subject.Name]++
	}
	for i, r := range reports {
		if count[r.Subject.Name] > 1 {
			r.Subject.Name = subjects[i]
		}
	}
}
