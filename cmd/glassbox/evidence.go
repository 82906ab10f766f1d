package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) evidenceCommand() *cobra.Command {
	var f gatherFlags
	cmd := &cobra.Command{
		Use:     "evidence SUBJECT",
		GroupID: "audit",
		Short:   "Print the facts a release is judged by, each with its source",
		Long: `Evidence prints what was seen of SUBJECT as JSON: the facts by section, the
sources of each by pointer, and the limits that were hit. It judges nothing.
"glassbox schema evidence" says what each fact means.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runEvidence(cmd.Context(), f, args[0]) },
	}
	f.register(cmd)
	return cmd
}

func (a *app) runEvidence(ctx context.Context, f gatherFlags, source string) error {
	how, finish, err := f.options(ctx, a, source)
	if err != nil {
		return err
	}
	shape, err := audit.EvidenceShape()
	if err != nil {
		return err
	}
	cat, err := a.catalog(f.apis, shape)
	if err != nil {
		return err
	}
	ev, err := a.gatherAs(ctx, source, how, cat)
	finish()
	if err != nil {
		return err
	}
	v := audit.Decide(ev, &audit.Report{LimitsHit: ev.Limits()})
	a.settle(v.Code, v.Reason)
	return a.write(output{format: "json"}, func(w io.Writer) error { return report.JSON(w, ev) })
}
