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
		Use:     "explain RULE [SUBJECT]",
		GroupID: "rules",
		Short:   "Explain a rule, and what it found in SUBJECT",
		Long: `Explain prints a rule: what it asks, why, what evidence it takes, how to fix a
fail, its weight in each framework, and its text. With SUBJECT it says what the
rule found there, place by place, each with its source.`,
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
	rule, err := j.find(args[0])
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	var finding *audit.Finding
	if len(args) == 2 {
		how, finish, err := f.options(ctx, a, args[1])
		if err != nil {
			return err
		}
		cat, err := a.catalog(f.apis, j.shape)
		if err != nil {
			return err
		}
		ev, err := a.gatherAs(ctx, args[1], how, cat)
		finish()
		if err != nil {
			return err
		}
		ev.AsOf = j.asOf
		finding = &audit.Judge(ev, []*audit.Rule{rule})[0]
	}
	return a.write(output{format: "table"}, func(w io.Writer) error {
		return report.Explain(w, rule, j.weights(rule.ID), finding, options)
	})
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
