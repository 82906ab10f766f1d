package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) frameworksCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "frameworks",
		GroupID: "rules",
		Short:   "List the yardsticks a release is held against",
		Args:    wrapArgs(cobra.NoArgs),
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var flags []string
	list := &cobra.Command{
		Use:   "list [FRAMEWORK...]",
		Short: "List frameworks, their axes, classes or topics and what each asks",
		RunE: func(cmd *cobra.Command, ids []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			j, err := a.judge("")
			if err != nil {
				return err
			}
			if err := j.only(ids); err != nil {
				return err
			}
			options, err := a.options()
			if err != nil {
				return err
			}
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return listFrameworks(w, o.format, j, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	list.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	cmd.AddCommand(list, a.questionsCommand())
	return cmd
}

// only leaves out the frameworks that were not named, where any was.
func (j *judge) only(ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	var known []string
	for _, fw := range j.frameworks {
		known = append(known, fw.ID)
	}
	for _, id := range ids {
		if !slices.Contains(known, id) {
			return &usageError{fmt.Errorf("no framework %q", id), "there are " + strings.Join(known, ", ")}
		}
	}
	j.frameworks = slices.DeleteFunc(j.frameworks, func(fw *audit.Framework) bool { return !slices.Contains(ids, fw.ID) })
	return nil
}

func (a *app) questionsCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:   "questions",
		Short: "List what only a person can answer, for audit --attestations",
		Args:  wrapArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			j, err := a.judge("")
			if err != nil {
				return err
			}
			options, err := a.options()
			if err != nil {
				return err
			}
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return listQuestions(w, o.format, j, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

func listQuestions(w io.Writer, format string, j *judge, o report.Options) error {
	list := audit.Questions(j.frameworks)
	if format == "json" {
		return report.JSON(w, list)
	}
	rows := make([][]string, len(list))
	for i, q := range list {
		words := make([]string, len(q.Answers))
		for k, a := range q.Answers {
			words[k] = fmt.Sprint(a)
		}
		rows[i] = []string{q.ID, q.Text, strings.Join(words, ", ")}
	}
	return report.Table(w, []string{"question", "asks", "answers"}, rows, o)
}

// axisEntry is one axis or class in the list of frameworks.
type axisEntry struct {
	Framework string `json:"framework"`
	Edition   string `json:"edition"`
	Axis      string `json:"axis,omitempty"`
	Class     string `json:"class,omitempty"`
	Topic     string `json:"topic,omitempty"`
	Criteria  int    `json:"criteria"`
	Question  string `json:"question"` // of a class its name in words, of a topic that of its framework
}

func listFrameworks(w io.Writer, format string, j *judge, o report.Options) error {
	var entries []axisEntry
	var rows [][]string
	for _, fw := range j.frameworks {
		for _, ax := range fw.Axes {
			entries = append(entries, axisEntry{Framework: fw.ID, Edition: fw.Edition, Axis: ax.Name, Criteria: len(ax.Criteria), Question: ax.Question})
			rows = append(rows, []string{fw.ID + " " + fw.Edition, ax.Name, fmt.Sprint(len(ax.Criteria)), ax.Question})
		}
		for _, c := range fw.Classes {
			entries = append(entries, axisEntry{Framework: fw.ID, Edition: fw.Edition, Class: c.Name, Criteria: len(c.Criteria), Question: c.Title})
			rows = append(rows, []string{fw.ID, "class " + c.Name, fmt.Sprint(len(c.Criteria)), c.Title})
		}
		for _, t := range fw.Topics {
			entries = append(entries, axisEntry{Framework: fw.ID, Edition: fw.Edition, Topic: t.Name, Criteria: len(t.Criteria), Question: fw.Title})
			rows = append(rows, []string{fw.ID, strings.ToLower(t.Name), fmt.Sprint(len(t.Criteria)), fw.Title})
		}
	}
	if format == "json" {
		return report.JSON(w, entries)
	}
	return report.Table(w, []string{"framework", "axis, class or topic", "rules", "question"}, rows, o)
}
