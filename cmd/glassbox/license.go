package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) licenseCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:     "license PATH",
		GroupID: "audit",
		Short:   "Read licence texts: which licence, which terms, what it allows",
		Long: `License reads the licence texts of PATH, a file or a directory: which licence a
text is and how that was told, which of its terms bind the user, and what it
allows. A text that was altered is never given the plain licence's name.

This is information about texts, not legal advice.

Exit codes: 0 read, 3 a text could not be read, 5 no licence text.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPart(cmd.Context(), licensePart, flags, args[0])
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// licensePart is the audit's part about licence texts.
var licensePart = part{"/licenses/texts", "texts", licenseVerdict, report.Licenses}

// licenseVerdict decides the exit code of the texts alone.
func licenseVerdict(ev *audit.Evidence, texts []any) (int, string) {
	if limits := ev.Limits(); len(limits) > 0 {
		return audit.ExitIncomplete, ev.WhyLimited(limits[0])
	}
	for _, t := range texts {
		m, _ := t.(map[string]any)
		if m["state"] == "too_large" || m["state"] == "pdf" || m["state"] == "html" || m["state"] == "binary" || m["state"] == "lfs_pointer" {
			return audit.ExitIncomplete, fmt.Sprintf("%v was not read: %v", m["path"], m["state"])
		}
	}
	if len(texts) == 0 {
		return audit.ExitEmpty, "no licence text there"
	}
	return audit.ExitPass, fmt.Sprintf("%d licence texts read", len(texts))
}
