package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/collect"
)

// collectAt is by how many per cent the heap of rank grows before it is collected:
// what is kept of an applicant is little, what is read of one much and at once
// done with.
const collectAt = 200

type rankOptions struct {
	cohortFlags
	hash    string
	results string
	shard   string
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
			"  glassbox rank applicants.csv --results results-1 -o html=cohort.html",
			"  glassbox rank applicants.csv --why acme/one acme/two",
			"  glassbox rank milestone.csv --since results-1 --review log.jsonl",
			"  glassbox rank reports/*.json -o json"),
		Args: wrapArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRank(cmd.Context(), o, args) },
	}
	o.register(cmd)
	cmd.Flags().StringVar(&o.results, "results", "", "a `folder` for one report an applicant; what is done there is not done again")
	cmd.Flags().StringVar(&o.shard, "shard", "", "audit one `part` of the applicants, as 2/3; glassbox merge joins them")
	cmd.Flags().StringVar(&o.hash, "hash", collect.Hashings[0], "`WHAT` to hash: "+strings.Join(collect.Hashings[:], ", "))
	_ = cmd.RegisterFlagCompletionFunc("hash", cobra.FixedCompletions(collect.Hashings[:], cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (a *app) runRank(ctx context.Context, o rankOptions, args []string) error {
	how := collect.Options{Alone: true}
	var err error
	if how.Hash, err = collect.ParseHashing(o.hash); err != nil {
		return usagef("--hash: %w", err)
	}
	if how.Now, err = a.moment(); err != nil {
		return err
	}
	all, err := applicants(args)
	if err != nil {
		return err
	}
	order, err := o.settle(a, wheres(all))
	if err != nil {
		return err
	}
	part, all, err := o.cut(all)
	if err != nil {
		return err
	}
	done, err := openResults(o.results, how, args)
	if err != nil {
		return err
	}
	if o.results != "" {
		a.interrupted = "; the same command goes on where it was"
	}
	a.suspect(args)
	done.all = order.shows("html")
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if err := a.auditAll(ctx, order.asked(o.results), how, done, all); err != nil {
		return err
	}
	if part != nil && done.fault == nil {
		part.Tool, part.AsOf, part.Hash = order.judge.tool, order.judge.asOf, o.hash
		done.fault = done.keepShard(*part, all)
	}
	a.tellResults(done)
	if part != nil && !a.quiet {
		fmt.Fprintf(a.stderr, "glassbox: shard %s, %d applicants; glassbox merge joins the shards\n", o.shard, len(all))
	}
	return order.show(a, all)
}

// asked is the judge with the frameworks whose answers somebody sees: those without
// an axis stand in no order, only in what is kept, on the page, and in gates.
func (o *ordering) asked(results string) *judge {
	if results != "" || o.policy != nil || o.shows("html") {
		return o.judge
	}
	j := *o.judge
	j.frameworks = slices.DeleteFunc(slices.Clone(j.frameworks), func(fw *audit.Framework) bool { return fw.ID != cohort.Framework })
	return &j
}

func wheres(applicants []cohort.Applicant) []string {
	var out []string
	for _, who := range applicants {
		out = append(out, who.Source)
	}
	return out
}

// cut takes the part of the applicants that --shard names.
func (o rankOptions) cut(all []cohort.Applicant) (*cohort.Shard, []cohort.Applicant, error) {
	if o.shard == "" {
		return nil, all, nil
	}
	i, n, err := cohort.ParseShard(o.shard)
	if err != nil {
		return nil, nil, usagef("--shard: %w", err)
	}
	if o.results == "" {
		return nil, nil, &usageError{errors.New("--shard needs --results"), "glassbox merge reads what is kept there"}
	}
	for _, who := range all {
		if who.Report != nil {
			return nil, nil, usagef("--shard: %s is a report already; merge needs the shards alone", who.Source)
		}
	}
	part, list := cohort.Cut(all, i, n)
	return &cohort.Shard{Shard: i, Of: n, List: list}, part, nil
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
