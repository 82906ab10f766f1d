package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

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
		Use:   "list",
		Short: "List frameworks, their axes and what each asks",
		Args:  wrapArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
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
				if err := a.write(o, func(w io.Writer) error { return listFrameworks(w, o.format, j, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	list.Flags().StringArrayVarP(&flags, "output", "o", nil, "FORMAT[=PATH]: table, json")
	cmd.AddCommand(list)
	return cmd
}

// axisEntry is one axis in the list of frameworks.
type axisEntry struct {
	Framework string `json:"framework"`
	Edition   string `json:"edition"`
	Axis      string `json:"axis"`
	Criteria  int    `json:"criteria"`
	Question  string `json:"question"`
}

func listFrameworks(w io.Writer, format string, j *judge, o report.Options) error {
	var entries []axisEntry
	var rows [][]string
	for _, fw := range j.frameworks {
		for _, ax := range fw.Axes {
			entries = append(entries, axisEntry{fw.ID, fw.Edition, ax.Name, len(ax.Criteria), ax.Question})
			rows = append(rows, []string{fw.ID + " " + fw.Edition, ax.Name, fmt.Sprint(len(ax.Criteria)), ax.Question})
		}
	}
	if format == "json" {
		return report.JSON(w, entries)
	}
	return report.Table(w, []string{"framework", "axis", "rules", "question"}, rows, o)
}
