package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/schemas"
)

func (a *app) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "schema [NAME]",
		GroupID: "rules",
		Short:   "Print a JSON Schema, or the names of all",
		Args:    wrapArgs(cobra.MaximumNArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return schemaTitles(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				fmt.Fprintln(a.stdout, strings.Join(schemas.Names(), "\n"))
				return nil
			}
			data, err := schemas.Source(args[0])
			if err != nil {
				return &usageError{err: err}
			}
			_, err = a.stdout.Write(data)
			return err
		},
	}
}
