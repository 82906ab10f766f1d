package main

import (
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/rules"
	"glassbox/schemas"
)

func (a *app) versionCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, and the digest of the rules",
		Args:  wrapArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			return a.printVersion(outs)
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// versionInfo is what the program is made of.
type versionInfo struct {
	Version     string   `json:"version"`
	Go          string   `json:"go"`
	RulesDigest string   `json:"rules_digest"`
	Schemas     []string `json:"schemas"`
}

func newVersionInfo() (versionInfo, error) {
	digest, err := audit.RulesDigest(rules.FS)
	v := versionInfo{Version: version, Go: runtime.Version(), RulesDigest: digest}
	for _, name := range schemas.Names() {
		v.Schemas = append(v.Schemas, schemas.ID(name))
	}
	return v, err
}

func (v versionInfo) text() string {
	return lines("glassbox "+v.Version, "go       "+v.Go, "rules    "+v.RulesDigest, "schemas  "+report.Clean(strings.Join(v.Schemas, " ")))
}

// printVersion writes versions and digests.
func (a *app) printVersion(outs []output) error {
	v, err := newVersionInfo()
	if err != nil {
		return err
	}
	for _, o := range outs {
		err := a.write(o, func(w io.Writer) error {
			if o.format == "json" {
				return report.JSON(w, v)
			}
			_, err := io.WriteString(w, v.text())
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
