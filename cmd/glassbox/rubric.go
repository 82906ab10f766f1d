package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) rubricCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "rubric",
		GroupID: "audit",
		Short:   "Seal what applicants will be judged by",
		Args: wrapArgs(func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("no command %q; there is seal", args[0])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var policy, rules string
	var flags []string
	sealing := &cobra.Command{
		Use:   "seal",
		Short: "Print the digest of rules, weights and policy",
		Long: `Seal prints one digest over every rule, the weights and thresholds of every
framework, and the policy, if there is one. Published before applications open,
it shows later that nothing was changed after somebody had seen them:
"glassbox rank --sealed DIGEST" refuses to order by anything else.

The digest does not cover what a policy names by path, as keys, nor the program
itself, whose version stands in every report.`,
		Example: lines("  glassbox rubric seal", "  glassbox rubric seal --policy glassbox.yaml -o json"),
		Args:    wrapArgs(cobra.NoArgs),
		RunE: func(_ *cobra.Command, _ []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			p, err := a.policy(policy, nil)
			if err != nil {
				return err
			}
			j, err := a.judgeBy(p, rules)
			if err != nil {
				return err
			}
			s := sealOf(j, p)
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return s.print(w, o.format) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	sealing.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	sealing.Flags().StringVar(&policy, "policy", "", "a policy `file`, else the one that is found")
	sealing.Flags().StringVar(&rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	cmd.AddCommand(sealing)
	return cmd
}

// seal is what a rubric consists of, and one digest over it.
type seal struct {
	Digest  string `json:"digest"`
	Rules   string `json:"rules_digest"` // rules, weights and thresholds
	Count   int    `json:"rules"`
	Edition string `json:"rules_edition,omitempty"`
	File    string `json:"policy,omitempty"`
	Policy  string `json:"policy_digest,omitempty"` // of what the policy says, its profile included
}

func sealOf(j *judge, p *audit.Policy) seal {
	s := seal{Rules: j.tool.RulesDigest, Count: len(j.rules), Edition: j.tool.Edition}
	if p != nil {
		data, _ := json.Marshal(p.Value) // plain values, keys sorted
		s.File, s.Policy = p.File, digestOf(string(data))
	}
	s.Digest = digestOf("glassbox rubric 1\x00" + s.Rules + "\x00" + s.Policy)
	return s
}

func digestOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func (s seal) print(w io.Writer, format string) error {
	if format == "json" {
		return report.JSON(w, s)
	}
	policy := "none"
	if s.Policy != "" {
		policy = report.Clean(s.File) + "\n        " + s.Policy
	}
	_, err := fmt.Fprintf(w, "%s\n\nrules   %d, edition %s, weights among them\n        %s\npolicy  %s\n", s.Digest, s.Count, s.Edition, s.Rules, policy)
	return err
}
