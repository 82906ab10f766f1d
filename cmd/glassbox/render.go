package main

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) renderCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:     "render REPORT",
		GroupID: "audit",
		Short:   "Write a report that was kept as JSON in any other format",
		Long: `Render reads what "glassbox audit -o json" wrote and writes it in any format of
an audit, byte for byte as the audit itself would have. Nothing is audited anew.

The exit code is 0 where it could be written, whatever the report says.`,
		Example: lines(
			"  glassbox render report.json",
			"  glassbox render report.json -o html=report.html -o sarif=glassbox.sarif"),
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runRender(flags, args[0]) },
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(formatNames(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("output", completeFormats)
	return cmd
}

func (a *app) runRender(flags []string, name string) error {
	outs, err := outputs(flags, formatNames())
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	f, err := readReports(name)
	if err != nil {
		return err
	}
	options.Several = f.several
	if err := oneBadge(outs, len(f.reports)); err != nil {
		return err
	}
	return a.writeReports(outs, f.reports, options)
}

// oneBadge refuses a badge of several subjects.
func oneBadge(outs []output, subjects int) error {
	if subjects > 1 && slices.ContainsFunc(outs, func(o output) bool { return o.format == "badge" }) {
		return usagef("-o badge: a badge shows one subject, and there are %d", subjects)
	}
	return nil
}

// writeReports writes reports to each output.
func (a *app) writeReports(outs []output, reports []*audit.Report, options report.Options) error {
	for _, out := range outs {
		format, err := report.Find(out.format)
		if err != nil {
			return err
		}
		a.onPage = a.onPage || out.format == "table" && out.path == ""
		options.Path = out.path
		if err := a.write(out, func(w io.Writer) error { return format.Write(w, reports, options) }); err != nil {
			return err
		}
	}
	return nil
}
