package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/report"
)

func (a *app) mergeCommand() *cobra.Command {
	var f cohortFlags
	cmd := &cobra.Command{
		Use:     "merge DIR...",
		GroupID: "audit",
		Short:   "Join the shards of a cohort into one order",
		Long: `Merge reads the folders in which "glassbox rank --shard" kept its results and
orders all applicants as one run would have. Each DIR may hold several shards.

Shards have to come from one list of applicants, one set of rules and one day.
Where one is missing, or was stopped before its end, nothing is ordered: merge
names it, and the exit code is 3. It is 3 as well when an applicant could not be
read.`,
		Example: lines("  glassbox merge shard-1/ shard-2/ shard-3/ -o table -o csv=order.csv"),
		Args:    wrapArgs(cobra.MinimumNArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.runMerge(cmd.Context(), f, args) },
	}
	f.register(cmd)
	return cmd
}

func (a *app) runMerge(_ context.Context, f cohortFlags, dirs []string) error {
	applicants, asOf, err := a.merged(dirs)
	if applicants == nil || err != nil {
		return err
	}
	if a.asOf == "" { // waivers and overrides hold on the day the shards are of
		a.asOf = asOf
	}
	var subjects []string
	for _, who := range applicants {
		subjects = append(subjects, who.Source)
	}
	o, err := f.settle(a, subjects)
	if err != nil {
		return err
	}
	return o.show(a, applicants)
}

// merged lists the applicants of all shards, and the day they were audited on;
// nobody where one is missing, which it says.
func (a *app) merged(dirs []string) ([]cohort.Applicant, string, error) {
	var shards []*cohort.Shard
	var applicants []cohort.Applicant
	for _, dir := range dirs {
		found, err := shardsIn(dir)
		if err != nil {
			return nil, "", err
		}
		for _, s := range found {
			if len(shards) > 0 {
				if why := shards[0].Fits(s); why != "" {
					return nil, "", usagef("%s does not belong to the shards before it: %s", filepath.Join(dir, cohort.ShardFile(s.Shard, s.Of)), why)
				}
			}
			if slices.ContainsFunc(shards, func(other *cohort.Shard) bool { return other.Shard == s.Shard }) {
				return nil, "", usagef("shard %d of %d is there twice, the second time in %s", s.Shard, s.Of, dir)
			}
			shards = append(shards, s)
			members, err := membersOf(dir, s)
			if err != nil {
				return nil, "", err
			}
			applicants = append(applicants, members...)
		}
	}
	if missing := cohort.Missing(shards); len(missing) > 0 {
		var names []string
		for _, i := range missing {
			names = append(names, fmt.Sprintf("%d/%d", i, shards[0].Of))
		}
		a.settle(audit.ExitIncomplete, "missing, or not run to its end: shard "+strings.Join(names, ", "))
		return nil, "", nil
	}
	return applicants, shards[0].AsOf, nil
}

func shardsIn(dir string) ([]*cohort.Shard, error) {
	names, _ := filepath.Glob(filepath.Join(escaped(dir), "shard-*-of-*.json"))
	if len(names) == 0 {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			return nil, usagef("%s is not a folder", dir)
		}
		return nil, &usageError{fmt.Errorf("%s holds no shard that was run to its end", dir), "glassbox rank --shard 1/3 --results DIR makes one"}
	}
	var out []*cohort.Shard
	for _, name := range names {
		data, err := bounded(name)
		if err != nil {
			return nil, err
		}
		s, err := cohort.ReadShard(data)
		if err != nil {
			return nil, usagef("%s: %w", name, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// escaped keeps a folder from being read as a pattern.
func escaped(dir string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// membersOf reads the reports of a shard.
func membersOf(dir string, s *cohort.Shard) ([]cohort.Applicant, error) {
	var out []cohort.Applicant
	for _, m := range s.Applicants {
		who := cohort.Applicant{Name: m.Name, Source: m.Source, Columns: m.Columns}
		if m.Error != "" {
			who.Err = errors.New(m.Error)
			out = append(out, who)
			continue
		}
		name := filepath.Join(dir, m.File)
		r, err := earlierReport(name)
		if err != nil {
			return nil, err
		}
		if r == nil || r.Tool != s.Tool || r.AsOf != s.AsOf {
			return nil, &usageError{fmt.Errorf("%s is not the report that shard %d of %d wrote", name, s.Shard, s.Of), "run the shard again"}
		}
		who.Report = r
		out = append(out, who)
	}
	return out, nil
}

// keepShard writes what a shard says of itself, when all of it is done.
func (r *results) keepShard(s cohort.Shard, applicants []cohort.Applicant) error {
	s.Schema, s.Applicants = cohort.ShardSchema, []cohort.Member{}
	for i := range applicants {
		who := &applicants[i]
		m := cohort.Member{Name: who.Name, Source: who.Source, Columns: who.Columns}
		if who.Err != nil {
			m.Error = who.Err.Error()
		} else {
			m.File = who.File(who.Report.Tool)
		}
		s.Applicants = append(s.Applicants, m)
	}
	var b strings.Builder
	if err := report.JSON(&b, s); err != nil {
		return err
	}
	name := filepath.Join(r.dir, cohort.ShardFile(s.Shard, s.Of))
	r.clear(name)
	return replace(name, []byte(b.String()))
}
