package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) datasetCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:     "dataset PATH",
		GroupID: "audit",
		Short:   "Read manifests of data: what they say, and what is wrong in them",
		Long: `Dataset reads the manifests of PATH, a file or directory: Croissant 0.8 to 1.1,
cards and infos of the Hugging Face Hub, Frictionless data packages, Datasets of
schema.org and DCAT, public summaries of training content, CycloneDX and SPDX 3.
A format is told by its content. No context, schema or data is fetched.

An error is what the validator of the format refuses; for Croissant that is
mlcroissant. A warning is what it warns of, or what only the specification asks
for.

Exit codes: 0 read, 1 a manifest has errors, 3 not everything could be read,
5 no manifest.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPart(cmd.Context(), datasetPart, flags, args[0])
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// datasetPart is the audit's part about data.
var datasetPart = part{"/datasets", "datasets", datasetVerdict, report.Datasets}

// datasetVerdict decides the exit code of the manifests alone.
func datasetVerdict(ev *audit.Evidence, items []any) (int, string) {
	read, wrong := 0, ""
	for _, v := range items {
		d, _ := v.(map[string]any)
		if d["manifest"] != nil {
			read++
		}
		others, _ := d["other_manifests"].([]any)
		for _, v := range append([]any{d["manifest"]}, others...) {
			m, _ := v.(map[string]any)
			if errs, _ := m["errors"].([]any); len(errs) > 0 {
				e, _ := errs[0].(map[string]any)
				wrong = first(wrong, fmt.Sprintf("%v: %v", m["path"], e["message"]))
			}
		}
	}
	limits := slices.DeleteFunc(ev.Limits(), func(at string) bool {
		return !strings.HasPrefix(at, "/datasets") && !strings.HasPrefix(at, "/files")
	})
	switch {
	case wrong != "":
		return audit.ExitFail, wrong
	case len(limits) > 0:
		return audit.ExitIncomplete, ev.WhyLimited(limits[0])
	case read == 0:
		return audit.ExitEmpty, "no manifest of data there"
	}
	return audit.ExitPass, fmt.Sprintf("%d sets of data described", read)
}
