package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/collect"
	"glassbox/audit/report"
)

type rankOptions struct {
	outputs []string
	by      string
	rules   string
	hash    string
	results string
}

func (a *app) rankCommand() *cobra.Command {
	var o rankOptions
	cmd := &cobra.Command{
		Use:     "rank SUBJECTS...",
		GroupID: "audit",
		Short:   "Put many applicants in one order, by what each can show",
		Long: `Rank audits each applicant and orders all by the floor of one axis. Equal floors
share a rank. Beside it stands the range of ranks that claims and unknowns leave
open: the best if all of one's own turned out well, the worst if all of the
others' did. There is no number blended of several axes.

SUBJECTS are directories: one that holds a file is one applicant, of another
each folder in it is one. A list (CSV with a header, or JSON lines) names
applicants by name and path, paths relative to the list; its further columns
are kept. A report of an earlier audit (JSON) stands for its subject.

With --results each report is kept in a folder, and whoever was audited there
before, and is as it was, is not read again: a run that was stopped goes on.

An applicant that cannot be read comes last without a rank, stops nobody else,
and makes the exit code 3; else it is 0.`,
		Example: lines(
			"  glassbox rank ./applications",
			"  glassbox rank applicants.csv --by trust -o table -o csv=order.csv",
			"  glassbox rank reports/*.json -o json"),
		Args: wrapArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRank(cmd.Context(), o, args) },
	}
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.CohortFormats[:], ", "))
	cmd.Flags().StringVar(&o.by, "by", "openness", "the `AXIS` whose floor decides")
	cmd.Flags().StringVar(&o.results, "results", "", "a `folder` for one report an applicant; what is done there is not done again")
	cmd.Flags().StringVar(&o.rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	cmd.Flags().StringVar(&o.hash, "hash", collect.Hashings[0], "`WHAT` to hash: "+strings.Join(collect.Hashings[:], ", "))
	_ = cmd.RegisterFlagCompletionFunc("hash", cobra.FixedCompletions(collect.Hashings[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) runRank(ctx context.Context, o rankOptions, args []string) error {
	outs, err := outputs(o.outputs, report.CohortFormats[:])
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	j, err := a.judge(o.rules)
	if err != nil {
		return err
	}
	if axes := cohort.Axes(j.frameworks); !slices.Contains(axes, o.by) {
		return &usageError{fmt.Errorf("--by %s: no such axis", o.by), "there are " + strings.Join(axes, ", ")}
	}
	how := collect.Options{Alone: true}
	if how.Hash, err = collect.ParseHashing(o.hash); err != nil {
		return usagef("--hash: %w", err)
	}
	if how.Now, err = a.moment(); err != nil {
		return err
	}
	applicants, err := applicants(args)
	if err != nil {
		return err
	}
	done, err := openResults(o.results, how, args)
	if err != nil {
		return err
	}
	if err := a.auditAll(ctx, j, how, done, applicants); err != nil {
		return err
	}
	a.tellResults(done)
	if err := oneRubric(applicants); err != nil {
		return err
	}
	c := cohort.Rank(applicants, o.by)
	if slices.ContainsFunc(outs, func(out output) bool { return out.format == "html" }) {
		if c.Services, err = a.services(j); err != nil {
			return err
		}
	}
	a.settleCohort(c)
	for _, out := range outs {
		if err := a.write(out, func(w io.Writer) error { return report.Cohort(w, c, out.format, options) }); err != nil {
			return err
		}
	}
	return nil
}

// settleCohort makes the run incomplete where somebody could not be read.
func (a *app) settleCohort(c *cohort.Cohort) {
	unread := 0
	for _, r := range c.Rows {
		if r.Error != "" || r.Verdict != nil && r.Verdict.Code == audit.ExitIncomplete {
			unread++
		}
	}
	if unread > 0 {
		a.settle(audit.ExitIncomplete, fmt.Sprintf("%d of %d applicants could not be read whole", unread, len(c.Rows)))
	}
}

// auditAll audits on all cores those who have no report yet. What goes wrong with
// one is told in its place; only an interrupt ends the run.
func (a *app) auditAll(ctx context.Context, j *judge, how collect.Options, done *results, applicants []cohort.Applicant) error {
	next := make(chan int)
	told := a.tallyOf(applicants)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				a.auditOne(ctx, j, how, done, &applicants[i])
				told.one(applicants[i].Err != nil)
			}
		})
	}
	for i := range applicants {
		if applicants[i].Report == nil && applicants[i].Err == nil && ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	wg.Wait()
	told.finish()
	return ctx.Err()
}
