package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		GroupID: "audit",
		Short:   "Show which policy applies, and check one",
		Args: wrapArgs(func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("no command %q; there are show, verify", args[0])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.configShowCommand(), a.configVerifyCommand())
	return cmd
}

func (a *app) configShowCommand() *cobra.Command {
	var named string
	var origin bool
	cmd := &cobra.Command{
		Use:   "show [SUBJECT...]",
		Short: "Print the whole policy that applies, profile included",
		Long: `Show prints the policy that an audit of each SUBJECT (default: none in
particular) would be gated by, the profile it starts from included. With
--origin every value says where it comes from.`,
		Example: lines(
			"  glassbox config show --origin",
			"  glassbox config show --policy ci/glassbox.yaml"),
		RunE: func(cmd *cobra.Command, subjects []string) error {
			p, err := a.policy(named, subjects)
			if err != nil {
				return err
			}
			if p == nil {
				fmt.Fprintln(a.stdout, "# no policy applies; --policy FILE names one")
				return nil
			}
			return showPolicy(a.stdout, p, origin)
		},
	}
	cmd.Flags().StringVar(&named, "policy", "", "the policy `file`")
	cmd.Flags().BoolVar(&origin, "origin", false, "say of every value where it comes from")
	return cmd
}

// showPolicy writes a policy as YAML. Text that came from a file is quoted by
// the YAML encoder where it must be; what could move a cursor is taken out.
func showPolicy(w io.Writer, p *audit.Policy, origin bool) error {
	fmt.Fprintf(w, "# %s\n", report.Clean(p.File))
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(policyNode(p, p.Value, "", origin)); err != nil {
		return fmt.Errorf("writing the policy: %w", err)
	}
	return enc.Close()
}

func policyNode(p *audit.Policy, v any, at string, origin bool) *yaml.Node {
	n := &yaml.Node{}
	switch v := v.(type) {
	case map[string]any:
		n.Kind = yaml.MappingNode
		for _, key := range slices.Sorted(maps.Keys(v)) {
			n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: report.Clean(key)}, policyNode(p, v[key], audit.Join(at, key), origin))
		}
		return n
	case []any:
		n.Kind = yaml.SequenceNode
		for i, x := range v {
			n.Content = append(n.Content, policyNode(p, x, audit.Join(at, i), origin))
		}
		return n
	case string:
		n.SetString(report.Clean(v))
	default:
		n.Kind, n.Value = yaml.ScalarNode, fmt.Sprint(v)
	}
	if origin {
		n.LineComment = "# " + report.Clean(p.Origin(at))
	}
	return n
}

func (a *app) configVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a policy, the files it names included",
		Long: `Verify reads a policy, by default the one that would be found, with the rules,
keys and certificates it names. Every fault is printed with its line; the exit
code is 2 where there is one.`,
		Args: wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			named := strings.Join(args, "")
			p, err := a.verifyPolicy(cmd.Context(), named)
			var faults policyFaults
			if errors.As(err, &faults) {
				for _, f := range faults.all {
					fmt.Fprintln(a.stdout, report.Clean(f.Error()))
				}
				return &usageError{fmt.Errorf("the policy has %s", plural(len(faults.all), "fault")), "glassbox schema policy prints what may stand in a policy"}
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(a.stdout, "%s: no fault\n", report.Clean(p.File))
			return nil
		},
	}
}

func (a *app) verifyPolicy(ctx context.Context, named string) (*audit.Policy, error) {
	p, err := a.policy(named, nil)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, &usageError{fmt.Errorf("no %s from here up to the root of the repository", policyName), "name the file: glassbox config verify FILE"}
	}
	if _, err := a.judgeBy(p, ""); err != nil {
		return nil, err
	}
	trust := trustFlags{}.orOf(p)
	_, err = trust.trust(ctx, true)
	return p, err
}
