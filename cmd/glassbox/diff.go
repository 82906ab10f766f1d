package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) diffCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:     "diff OLD NEW",
		GroupID: "audit",
		Short:   "Tell what changed between two reports, and why a score moved",
		Long: `Diff reads two reports that "glassbox audit -o json" wrote and tells which rules
fail anew, which are mended, which say something else, and which of them moved
which axis, in the unit of its weights: +12 is weight of the floor, (+12) of the
ceiling alone.

A rule that failed before fails anew where it fails at more places, or by a
graver word. What is unknown now and was not is changed, never fixed.

Reports that were made by other rules are incomparable: that is exit code 2.
Otherwise the exit code is 0, whatever changed; "glassbox audit --baseline OLD"
is the gate.`,
		Example: lines(
			"  glassbox diff old.json new.json",
			"  glassbox diff old.json new.json -o markdown=comment.md"),
		Args: wrapArgs(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runDiff(flags, args[0], args[1]) },
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.DifferenceFormats[:], ", "))
	return cmd
}

func (a *app) runDiff(flags []string, old, new string) error {
	outs, err := outputs(flags, report.DifferenceFormats[:])
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	older, err := oneReport(old)
	if err != nil {
		return err
	}
	newer, err := oneReport(new)
	if err != nil {
		return err
	}
	d := audit.Diff(older, newer)
	if !d.Comparable {
		a.settle(audit.ExitUsage, "incomparable: "+d.Reason)
	}
	for _, out := range outs {
		a.onPage = a.onPage || out.format == "table" && out.path == ""
		if err := a.write(out, func(w io.Writer) error { return report.Difference(w, d, out.format, options) }); err != nil {
			return err
		}
	}
	return nil
}

// oneReport reads a file that holds one report.
func oneReport(name string) (*audit.Report, error) {
	f, err := readReports(name)
	if err != nil {
		return nil, err
	}
	if len(f.reports) != 1 {
		return nil, &usageError{fmt.Errorf("%s holds %d reports, not one", name, len(f.reports)), "audit one subject at a time to compare it with its past"}
	}
	return f.reports[0], nil
}
