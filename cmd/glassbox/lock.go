package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/audit/report"
	"glassbox/schemas"
)

// lockName is what a lock is called where nobody names one.
const lockName = "glassbox.lock"

// maxLock bounds a lock, in bytes: it names every file of every release in it.
const maxLock = 64 << 20

type lockOptions struct {
	gatherFlags
	policy string
	rules  string
	file   string
}

func (a *app) lockCommand() *cobra.Command {
	var o lockOptions
	cmd := &cobra.Command{
		Use:     "lock SUBJECT...",
		GroupID: "audit",
		Short:   "Pin releases as they are, for audit --locked",
		Long: `Lock audits each SUBJECT, hashes every file, and writes its name, revision,
digests, licences and floors to ` + lockName + `, in place of what stood there. A
later "glassbox audit --locked" of a release under the same name fails where any
of it changed, and says what did: other bytes than the pinned ones are exit code
4, another licence or revision and a lower floor 1.

A lock holds under the rules it was made by, those of the policy included. A
release that could not be audited whole is not pinned.`,
		Example: lines(
			"  glassbox lock ./my-model",
			"  glassbox audit ./my-model --locked",
			"  glassbox lock ./a ./b --lock-file ci/glassbox.lock"),
		Args: wrapArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("hash") {
				return usagef("--hash: a lock hashes every file")
			}
			return a.runLock(cmd.Context(), o, args)
		},
	}
	o.gatherFlags.register(cmd)
	cmd.Flags().Lookup("hash").Hidden = true
	cmd.Flags().StringVar(&o.policy, "policy", "", "a policy `file`, for its rules and whom it trusts")
	cmd.Flags().StringVar(&o.rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	cmd.Flags().StringVar(&o.file, "lock-file", lockName, "the `file` to write")
	return cmd
}

func (a *app) runLock(ctx context.Context, o lockOptions, subjects []string) error {
	for _, s := range subjects {
		if within(o.file, s) {
			return &usageError{fmt.Errorf("%s would lie inside %s, which it pins", o.file, s), "--lock-file names a file elsewhere"}
		}
	}
	policy, err := a.policy(o.policy, subjects)
	if err != nil {
		return err
	}
	j, err := a.judgeBy(policy, o.rules)
	if err != nil {
		return err
	}
	o.trustFlags = o.trustFlags.orOf(policy)
	o.hash = collect.Hashings[collect.HashAll]
	how, finish, err := o.options(ctx, a, subjects...)
	if err != nil {
		return err
	}
	cat, err := a.catalog(o.apis, j.shape)
	if err != nil {
		return err
	}
	pins, err := a.pins(ctx, j, subjects, how, func(s string) (*audit.Evidence, error) { return a.gatherAs(ctx, s, how, cat) })
	finish()
	if err != nil || a.code != audit.ExitPass {
		return err
	}
	if err := a.write(output{"lock", o.file}, func(w io.Writer) error { return report.JSON(w, audit.NewLock(j.tool, pins)) }); err != nil {
		return err
	}
	return a.printPins(o.file, pins)
}

// pins audits each subject. One that cannot be audited whole settles the exit
// code.
func (a *app) pins(ctx context.Context, j *judge, subjects []string, how collect.Options, gather func(string) (*audit.Evidence, error)) ([]audit.Pin, error) {
	pins := []audit.Pin{}
	for _, s := range subjects {
		ev, err := gather(s)
		if err != nil {
			return nil, err
		}
		if ev.FromDocument {
			return nil, &usageError{fmt.Errorf("%s is an evidence document, not a release: its digests are what it says", s), "lock the release itself"}
		}
		r := audit.Audit(ev, j.rules, j.frameworks, j.tool, j.asOf)
		a.settle(r.Verdict.Code, "not pinned: "+r.Subject.Name+": "+r.Verdict.Reason)
		if slices.ContainsFunc(pins, func(p audit.Pin) bool { return p.Name == r.Subject.Name }) {
			return nil, &usageError{fmt.Errorf("two subjects are called %s", r.Subject.Name), "a lock tells releases apart by their names; write two locks"}
		}
		pins = append(pins, audit.NewPin(ev, r))
	}
	return pins, nil
}

func (a *app) printPins(file string, pins []audit.Pin) error {
	if a.quiet {
		return nil
	}
	for _, p := range pins {
		what := p.Digest
		if what == "" {
			what = p.Evidence
		}
		if _, err := fmt.Fprintf(a.stdout, "%s: pinned %s, %s, %s\n", report.Clean(file), report.Clean(p.Name), plural(len(p.Contents), "file"), report.Clean(what)); err != nil {
			return err
		}
	}
	return nil
}

// lock reads the lock that is named, else the one that is found as a policy is.
func (a *app) lock(named string, subjects []string) (*audit.Lock, error) {
	if named != "" {
		return readLock(named)
	}
	found, passed := findUpwards(lockName, subjects)
	for _, p := range passed {
		fmt.Fprintf(a.stderr, "glassbox: %s lies inside what is audited, and pins nothing: a release must not vouch for itself\n", report.Clean(p))
		a.hint("--lock-file " + p + " uses it all the same")
	}
	if found == "" {
		return nil, &usageError{fmt.Errorf("--locked: no %s from here up to the root of the repository", lockName), "glassbox lock SUBJECT writes one; --lock-file names one"}
	}
	return readLock(found)
}

func readLock(name string) (*audit.Lock, error) {
	return fromFile(name, "lock", maxLock, func(data []byte) (*audit.Lock, error) { return parseLock(name, data) })
}

func parseLock(name string, data []byte) (*audit.Lock, error) {
	schema, err := schemas.Compile("lock")
	if err != nil {
		return nil, err
	}
	var doc any
	if err := json.Unmarshal(data, &doc); err != nil {
		return nil, usagef("%s: not a lock: %w", name, err)
	}
	err = schema.Validate(doc)
	if _, msg, ok := audit.Complaint("lock", doc, err); ok {
		return nil, &usageError{errors.New(name + ": not a valid lock at " + msg), "glassbox lock SUBJECT writes it anew"}
	}
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(data)
	l, err := audit.ReadLock(filepath.ToSlash(name), "sha256:"+hex.EncodeToString(sum[:]), data)
	if err != nil {
		return nil, usagef("%s: not a lock: %w", name, err)
	}
	return l, nil
}
