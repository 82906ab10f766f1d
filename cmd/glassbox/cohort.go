package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/report"
)

// cohortFlags say how a cohort is ordered and shown, whoever audited it.
type cohortFlags struct {
	outputs []string
	by      string
	policy  string
	rules   string
	why     []string
	since   string
	log     string
	head    string
	sealed  string
	blind   bool
	seed    string
}

func (f *cohortFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.outputs, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.CohortFormats[:], ", "))
	cmd.Flags().StringVar(&f.by, "by", "openness", "the `AXIS` whose floor decides; policy: the policy's own weights")
	cmd.Flags().StringVar(&f.policy, "policy", "", "a policy `file`: its waivers are shown, its weights serve --by policy")
	cmd.Flags().StringVar(&f.rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	cmd.Flags().StringArrayVar(&f.why, "why", nil, "two `applicants`, A B: list only the rules that separate them")
	cmd.Flags().StringVar(&f.since, "since", "", "a `folder` of earlier results: show who moved and why")
	cmd.Flags().StringVar(&f.log, "review", "", "the reviewers' `log`: show scores with overrides beside those without")
	cmd.Flags().StringVar(&f.head, "head", "", "a `digest` noted of the log before, which must still be in it")
	cmd.Flags().StringVar(&f.sealed, "sealed", "", "the `digest` of the rubric (glassbox rubric seal); another one is refused")
	cmd.Flags().BoolVar(&f.blind, "blind", false, "pseudonyms for names, and an order drawn from --seed")
	cmd.Flags().StringVar(&f.seed, "seed", "", "a `secret` that pseudonyms and their order are drawn from")
}

// pairWhy makes of --why A B what a library of flags understands, which takes one
// value a flag.
func pairWhy(args []string) []string {
	i := slices.Index(args, "--why")
	if i < 0 || i+2 >= len(args) || strings.HasPrefix(args[i+1], "-") || strings.HasPrefix(args[i+2], "-") {
		return args
	}
	return slices.Concat(args[:i], []string{"--why=" + args[i+1], "--why=" + args[i+2]}, args[i+3:])
}

// ordering is what a cohort is ordered and shown by, settled before anything is
// audited.
type ordering struct {
	flags   cohortFlags
	outs    []output
	options report.Options
	policy  *audit.Policy
	judge   *judge
	log     *cohort.Log // nil where nobody named one
	then    []cohort.Applicant
}

// settle checks all that the flags say. Subjects are what is audited, which must
// not hold the policy.
func (f cohortFlags) settle(a *app, subjects []string) (*ordering, error) {
	o := &ordering{flags: f}
	var err error
	if o.outs, err = outputs(f.outputs, report.CohortFormats[:]); err != nil {
		return nil, err
	}
	if o.options, err = a.options(); err != nil {
		return nil, err
	}
	if err := f.consistent(); err != nil {
		return nil, err
	}
	if o.policy, err = a.policy(f.policy, subjects); err != nil {
		return nil, err
	}
	if o.judge, err = a.judgeBy(o.policy, f.rules); err != nil {
		return nil, err
	}
	if err := f.axis(o); err != nil {
		return nil, err
	}
	if err := f.unsealed(o); err != nil {
		return nil, err
	}
	if f.log != "" {
		if o.log, err = readLog(f.log, f.head); err != nil {
			return nil, err
		}
	}
	if f.since != "" {
		o.then, err = earlierResults(f.since)
	}
	return o, err
}

// consistent refuses flags that make no sense together.
func (f cohortFlags) consistent() error {
	switch {
	case len(f.why) == 1:
		return &usageError{errors.New("--why takes two applicants"), "as in --why acme/one acme/two"}
	case len(f.why) > 2:
		return usagef("--why takes two applicants, not %d", len(f.why))
	case f.blind && f.seed == "":
		return &usageError{errors.New("--blind needs --seed"), "any text that the reviewers do not know; the same one gives the same pseudonyms again"}
	case f.seed != "" && !f.blind:
		return usagef("--seed does nothing without --blind")
	case f.head != "" && f.log == "":
		return usagef("--head does nothing without --review")
	}
	return nil
}

// axis checks that there is what the cohort is to be ordered by.
func (f cohortFlags) axis(o *ordering) error {
	axes := append(cohort.Axes(o.judge.frameworks), cohort.ByPolicy)
	if !slices.Contains(axes, f.by) {
		return &usageError{fmt.Errorf("--by %s: no such axis", f.by), "there are " + strings.Join(axes, ", ")}
	}
	if f.by == cohort.ByPolicy && o.policy.Weights(cohort.ByPolicy) == nil {
		return &usageError{errors.New("--by policy: no policy with weights of its own"), "name one with --policy; its key weights gives rules their weight, as in weights: {weights-present: 10}"}
	}
	return nil
}

// unsealed refuses a rubric that is not the one that was sealed.
func (f cohortFlags) unsealed(o *ordering) error {
	if f.sealed == "" {
		return nil
	}
	if s := sealOf(o.judge, o.policy); s.Digest != f.sealed {
		return &usageError{fmt.Errorf("--sealed: the rubric here is %s, not %s", s.Digest, f.sealed), "rules, weights or policy are not those that were sealed; glassbox rubric seal tells what they are"}
	}
	return nil
}

// shows tells whether a format was asked for.
func (o *ordering) shows(format string) bool {
	return slices.ContainsFunc(o.outs, func(out output) bool { return out.format == format })
}

// show orders the applicants and writes the outputs.
func (o *ordering) show(a *app, applicants []cohort.Applicant) error {
	if err := oneRubric(applicants); err != nil {
		return err
	}
	if err := o.finish(applicants); err != nil {
		return err
	}
	c := cohort.Rank(applicants, o.flags.by)
	if o.flags.since != "" {
		c.Compare(o.then)
	}
	if len(o.flags.why) == 2 {
		var err error
		if c.Why, err = why(c, o.flags.why[0], o.flags.why[1]); err != nil {
			return err
		}
	}
	if o.shows("html") {
		var err error
		if c.Services, err = a.services(o.judge); err != nil {
			return err
		}
	}
	a.settleCohort(c)
	if o.flags.blind {
		c.Blind(o.flags.seed)
	}
	for _, out := range o.outs {
		if err := a.write(out, func(w io.Writer) error { return report.Cohort(w, c, out.format, o.options) }); err != nil {
			return err
		}
	}
	return nil
}

// finish adds to the reports what the policy and the reviewers make of them.
func (o *ordering) finish(applicants []cohort.Applicant) error {
	weights := o.policy.Weights(cohort.ByPolicy)
	frameworks := o.judge.frameworks
	if weights != nil {
		frameworks = append(slices.Clone(frameworks), weights)
		weigh(o.then, weights)
		weigh(applicants, weights)
	}
	for i := range applicants {
		who := &applicants[i]
		if who.Report == nil {
			continue
		}
		if o.policy != nil && who.Report.Policy == nil {
			o.policy.Gate(who.Report)
		}
		if o.log == nil {
			continue
		}
		if rules := o.log.Entries[0].Rules; rules != who.Report.Tool.RulesDigest {
			return &usageError{fmt.Errorf("the log %s is about rules %s, %s was audited by %s", o.flags.log, report.Abbreviated(rules), who.Source, report.Abbreviated(who.Report.Tool.RulesDigest)),
				"an override holds against what those rules found; begin a log for these"}
		}
		if who.Report.Tool.RulesDigest != o.judge.tool.RulesDigest {
			return usagef("%s was audited by other rules than there are here; its overrides cannot be added up", who.Source)
		}
		who.Review = o.log.Of(cmp.Or(who.Name, who.Report.Subject.Name), who.Report, frameworks, o.judge.asOf)
	}
	return nil
}

func weigh(applicants []cohort.Applicant, weights *audit.Framework) {
	for i := range applicants {
		if r := applicants[i].Report; r != nil {
			r.Scores = append(r.Scores, weights.Score(r.Findings)...)
		}
	}
}

// why compares two applicants, named as their rows are, or by where they lie.
func why(c *cohort.Cohort, a, b string) (*cohort.Why, error) {
	var two [2]*cohort.Row
	for i, name := range []string{a, b} {
		for j := range c.Rows {
			r := &c.Rows[j]
			if r.Name != name && filepath.Clean(r.Subject.Source) != filepath.Clean(name) {
				continue
			}
			if two[i] != nil {
				return nil, &usageError{fmt.Errorf("--why %s: there are two of that name", name), "name them by where they lie: " + two[i].Subject.Source + ", " + r.Subject.Source}
			}
			two[i] = r
		}
		if two[i] == nil {
			return nil, &usageError{fmt.Errorf("--why %s: no applicant of that name", name), "the table names them"}
		}
		if two[i].Report == nil {
			return nil, usagef("--why %s: it could not be audited", name)
		}
	}
	w := cohort.Separate(two[0].Report, two[1].Report, c.By)
	w.A, w.B = two[0].Name, two[1].Name
	return w, nil
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

// earlierResults reads the reports in a folder of results.
func earlierResults(dir string) ([]cohort.Applicant, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("--since: %s is not there", dir), "name the folder that --results named then"}
	}
	if err != nil {
		return nil, usagef("--since: reading %s: %w", dir, err)
	}
	var out []cohort.Applicant
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || filepath.Ext(e.Name()) != ".json" {
			continue
		}
		r, err := earlierReport(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if r == nil {
			continue
		}
		who := cohort.Applicant{Source: r.Subject.Source, Report: r}
		if r.Applicant != nil {
			who.Name = r.Applicant.Name
		}
		out = append(out, who)
	}
	if len(out) == 0 {
		return nil, &usageError{fmt.Errorf("--since: %s holds no report", dir), "name the folder that --results named then"}
	}
	return out, oneRubric(out)
}
