package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) explainCommand() *cobra.Command {
	var dir string
	var f gatherFlags
	cmd := &cobra.Command{
		Use:     "explain RULE|FRAMEWORK[:CRITERION] [SUBJECT]",
		GroupID: "rules",
		Short:   "Explain a rule or a score, and what it found in SUBJECT",
		Long: `Explain prints a rule: what it asks, why, what evidence it takes, how to fix a
fail, its weight in each framework, and its text. With SUBJECT it says what the
rule found there, place by place, each with its source.

With a framework and SUBJECT it says what each criterion found: so any number
of a report is followed to where it comes from. Behind a colon stands one
criterion, by its id or title, or an axis: fmti:95, glassbox:trust.`,
		Example: lines(
			"  glassbox explain weights-no-code ./my-model",
			"  glassbox explain glassbox:openness ./my-model",
			"  glassbox explain fmti:95 api:anthropic/claude-4"),
		Args:              wrapArgs(cobra.RangeArgs(1, 2)),
		ValidArgsFunction: a.completeRules,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.runExplain(cmd.Context(), dir, f, args) },
	}
	cmd.Flags().StringVar(&dir, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	f.register(cmd)
	return cmd
}

func (a *app) runExplain(ctx context.Context, dir string, f gatherFlags, args []string) error {
	j, err := a.judge(dir)
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	name, criterion, _ := strings.Cut(args[0], ":")
	framework := slices.IndexFunc(j.frameworks, func(fw *audit.Framework) bool { return fw.ID == name })
	if framework >= 0 && len(args) < 2 {
		return usagef("explain %s says what was found in a subject: name one", args[0])
	}
	var rule *audit.Rule
	if framework < 0 {
		if rule, err = j.find(args[0]); err != nil {
			return err
		}
	}
	var ev *audit.Evidence
	if len(args) == 2 {
		if ev, err = a.gatherToExplain(ctx, j, f, args[1]); err != nil {
			return err
		}
	}
	if framework >= 0 {
		return a.explainScores(j, j.frameworks[framework], criterion, ev, options)
	}
	var finding *audit.Finding
	if ev != nil {
		finding = &audit.Judge(ev, []*audit.Rule{rule})[0]
	}
	return a.write(output{format: "table"}, func(w io.Writer) error {
		return report.Explain(w, rule, j.weights(rule.ID), finding, options)
	})
}

func (a *app) gatherToExplain(ctx context.Context, j *judge, f gatherFlags, source string) (*audit.Evidence, error) {
	how, finish, err := f.options(ctx, a, source)
	if err != nil {
		return nil, err
	}
	cat, err := a.catalog(f.apis, j.shape)
	if err != nil {
		return nil, err
	}
	ev, err := a.gatherAs(ctx, source, how, cat)
	finish()
	if err != nil {
		return nil, err
	}
	ev.AsOf = j.asOf
	return ev, nil
}

// explainScores explains a framework, or of it one axis or the criteria of one id
// or title.
func (a *app) explainScores(j *judge, fw *audit.Framework, criterion string, ev *audit.Evidence, o report.Options) error {
	r := audit.Audit(ev, j.rules, []*audit.Framework{fw}, j.tool, j.asOf)
	wanted := func(c audit.Answer) bool {
		return criterion == "" || c.ID == criterion || strings.EqualFold(c.Title, criterion)
	}
	var scores []audit.Score
	var known []string
	for _, s := range r.Scores {
		if criterion == "" || s.Axis == criterion && s.Axis != "" || slices.ContainsFunc(s.Criteria, wanted) {
			scores = append(scores, s)
		}
		known = append(known, s.Axis)
		for _, c := range s.Criteria {
			known = append(known, c.ID, c.Title)
		}
	}
	if len(scores) == 0 {
		hint := "glassbox explain " + fw.ID + " SUBJECT shows them all"
		if near := audit.Nearest(criterion, known); near != "" {
			hint = "did you mean " + near + "?"
		}
		return &usageError{fmt.Errorf("%s has no axis and no criterion %q", fw.ID, criterion), hint}
	}
	return a.write(output{format: "table"}, func(w io.Writer) error { return report.ExplainScores(w, r, scores, wanted, o) })
}

func (j *judge) find(id string) (*audit.Rule, error) {
	var ids []string
	for _, r := range j.rules {
		if r.ID == id {
			return r, nil
		}
		ids = append(ids, r.ID)
	}
	hint := "glassbox rules list names them all"
	if near := audit.Nearest(id, ids); near != "" {
		hint = "did you mean " + near + "?"
	}
	return nil, &usageError{fmt.Errorf("no rule %q", id), hint}
}

// weights says in which frameworks a rule counts, and how much of an axis it is.
func (j *judge) weights(id string) []string {
	var out []string
	for _, fw := range j.frameworks {
		for _, ax := range fw.Axes {
			total := 0
			for _, c := range ax.Criteria {
				total += c.Weight
			}
			for _, c := range ax.Criteria {
				if c.Rule == id {
					out = append(out, fmt.Sprintf("%s %s: %d of %d", fw.ID, ax.Name, c.Weight, total))
				}
			}
			for _, c := range ax.Objections {
				if c.Rule == id {
					out = append(out, fmt.Sprintf("%s %s: a fail takes %d of %d off the ceiling", fw.ID, ax.Name, c.Weight, total))
				}
			}
			for _, c := range ax.Caps {
				if c.Unless == id {
					out = append(out, fmt.Sprintf("%s %s: cap at %d, %s", fw.ID, ax.Name, c.At, strings.ToLower(c.Name)))
				}
			}
		}
		out = append(out, classesOf(fw, id)...)
	}
	return out
}

// classesOf says how often each class or topic of a framework asks a rule.
func classesOf(fw *audit.Framework, id string) []string {
	var out []string
	for _, c := range fw.Classes {
		n := 0
		for _, q := range c.Criteria {
			if q.Rule.ID == id {
				n++
			}
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%s class %s: %d of its %d criteria", fw.ID, c.Name, n, len(c.Criteria)))
		}
	}
	for _, t := range fw.Topics {
		n := 0
		for _, c := range t.Criteria {
			if slices.ContainsFunc(c.Questions, func(q audit.Question) bool { return asks(q, id) }) {
				n++
			}
		}
		if n > 0 {
			out = append(out, fmt.Sprintf("%s %s: %d of its %d criteria", fw.ID, strings.ToLower(t.Name), n, len(t.Criteria)))
		}
	}
	for _, in := range fw.Instead {
		if in.When != nil && in.When.Rule.ID == id {
			out = append(out, fmt.Sprintf("%s: whether %s is asked for beside %s", fw.ID, strings.ToLower(in.For), strings.ToLower(in.By)))
		}
	}
	return out
}

func asks(q audit.Question, id string) bool {
	return slices.ContainsFunc(q.Rules(), func(r *audit.Rule) bool { return r.ID == id })
}
