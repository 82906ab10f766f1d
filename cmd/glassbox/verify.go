package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"glassbox/audit/collect"
	"glassbox/audit/report"
	"glassbox/audit/signing"
)

type verifyOptions struct {
	trustFlags
	cache          cacheFlag
	outputs        []string
	signature      string
	ignore         []string
	ignoreUnsigned bool
}

func (a *app) verifyCommand() *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:     "verify PATH",
		GroupID: "audit",
		Short:   "Verify the signature of a model: who signed, and what is covered",
		Long: `Verify finds the model signature (OpenSSF Model Signing, of every release) of
PATH, a directory or one file, and answers three questions: did the signer whom
you trust sign it, are these the signed bytes, and how much of what is here is
signed. Whom to trust is yours to say; nobody is trusted by default.

The network is used only for a Sigstore signature that is held against an
identity without --trusted-root, to fetch the root of the public instance.

Exit codes: 0 signer and bytes hold, 3 nobody said whom to trust or something
could not be read, 4 invalid, another signer, or other files, 5 no signature.`,
		Example: lines(
			"  glassbox verify ./my-model --key publisher.pub",
			"  glassbox verify ./my-model --certificate-chain ca.pem",
			"  glassbox verify ./my-model --identity me@x.org --issuer https://github.com/login/oauth"),
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runVerify(cmd.Context(), o, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.outputs, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: table, json")
	flags.StringVar(&o.signature, "signature", "", "the signature `file`, if it is not in PATH (for a file: beside it)")
	flags.StringArrayVar(&o.ignore, "ignore-paths", nil, "leave aside what is not signed at this `path`, which starts at the working directory, repeatable")
	flags.BoolVar(&o.ignoreUnsigned, "ignore-unsigned-files", false, "files that are not signed do not count against it")
	o.cache.register(cmd, "; without it every signed byte is read")
	o.register(cmd)
	return cmd
}

func (a *app) runVerify(ctx context.Context, o verifyOptions, path string) error {
	outs, err := outputs(o.outputs, []string{"table", "json"})
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	asOf, err := a.date()
	if err != nil {
		return err
	}
	if path, err = snapshot(path); err != nil {
		return err
	}
	do := o.steps(path)
	a.interrupted = ": nothing was decided; next: " + do.verify
	v, err := a.verify(ctx, o, path)
	if err != nil {
		return err
	}
	do.single = v.single
	v.AsOf, v.Verdict = asOf, verdict(v.Result, do)
	a.settle(v.Verdict.Code, v.Verdict.Reason)
	for _, out := range outs {
		a.onPage = a.onPage || out.format == "table" && out.path == ""
		err := a.write(out, func(w io.Writer) error {
			if out.format == "json" {
				return report.JSON(w, v)
			}
			return v.drawn().Write(w, options)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// verify checks one model.
func (a *app) verify(ctx context.Context, o verifyOptions, path string) (*verification, error) {
	now, err := a.moment()
	if err != nil {
		return nil, err
	}
	trust, err := o.trust(ctx, a.offline)
	if err != nil {
		return nil, err
	}
	tree, err := a.openTree(path)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	ignored, err := a.inside(tree, path, o.ignore)
	if err != nil {
		return nil, err
	}
	check, err := signing.Begin(ctx, tree, signing.Options{
		Signature: o.signature, Trust: trust, Now: now, IgnorePaths: ignored,
		IgnoreUnsigned: o.ignoreUnsigned, Classify: collect.Classify,
	})
	if errors.Is(err, fs.ErrNotExist) && o.signature != "" {
		return nil, usagef("signature %s is not there", o.signature)
	} else if err != nil {
		return nil, fmt.Errorf("verifying %s: %w", path, err)
	}
	cache, save, err := o.cache.open(a, path)
	if err != nil {
		return nil, err
	}
	progress, finish := a.meter()
	digests, err := signing.Hash(ctx, check.Open, check.Needs(), signing.HashOptions{Progress: progress, Cache: cache})
	finish()
	save()
	if err != nil {
		return nil, err
	}
	return &verification{Subject: called(tree, path), Result: check.Finish(digests), single: tree.Single()}, nil
}

// snapshot takes an entry of a Hub cache for the snapshot it stands for.
func snapshot(path string) (string, error) {
	path, err := signing.HubSnapshot(path)
	if several, ok := errors.AsType[*signing.SnapshotsError](err); ok {
		return "", &usageError{err, "name one of them: " + filepath.Join(several.Path, "snapshots", "REVISION")}
	}
	return path, err
}

// called is the name of a model: of a snapshot in a Hub cache that of its
// repository.
func called(tree *signing.Tree, path string) string {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if snapshots := filepath.Dir(real); err == nil && !tree.Single() && filepath.Base(snapshots) == "snapshots" {
		return cmp.Or(signing.HubName(filepath.Dir(snapshots)), tree.Name())
	}
	return tree.Name()
}

// openTree opens a model; one that is not there is a mistake of the caller's.
func (a *app) openTree(path string) (*signing.Tree, error) {
	tree, err := signing.OpenTree(path, signing.HubLinks(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("%s is not there", shell(path)), "name a directory that holds a model, or one file"}
	}
	return tree, err
}

// inside turns paths of the caller's into names in the model. One outside is a
// mistake, most often a name where a path belongs.
func (a *app) inside(tree *signing.Tree, model string, paths []string) ([]string, error) {
	var out []string
	for _, p := range paths {
		name, ok := tree.Rel(p)
		if p == "" || !ok {
			hint := "such paths start at the working directory, and lie in " + model
			if within := filepath.Join(model, p); p != "" && exists(within) {
				hint = "such paths start at the working directory: --ignore-paths " + shell(within)
			}
			return nil, &usageError{fmt.Errorf("--ignore-paths %s lies outside the model", shell(p)), hint}
		}
		if name == "." {
			return nil, &usageError{fmt.Errorf("--ignore-paths %s is the model itself", shell(p)), "name what lies in it"}
		}
		if !exists(p) {
			a.note("--ignore-paths %s: nothing is there", shell(p))
		}
		out = append(out, name)
	}
	return out, nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// steps are what can be done next, as far as it is built on the command line.
type steps struct {
	verify, audit      string // the commands, with what was said of trust
	resigned, rerooted string // verify, without the signature and the trusted root that it was called with
	folder             string // verify, of the folder that holds the model
	model              string // as the caller wrote it
	single             bool   // the model is one file
	given              bool   // the signature was named
}

func (o verifyOptions) steps(path string) steps {
	said, more := o.words()
	resigned, rerooted := o, o
	resigned.signature, rerooted.trusted = "", ""
	verify := func(o verifyOptions) string {
		said, more := o.words()
		return "glassbox verify " + shell(path) + said + more
	}
	return steps{
		verify:   verify(o),
		resigned: verify(resigned),
		rerooted: verify(rerooted),
		folder:   "glassbox verify " + shell(filepath.Dir(path)) + said + more,
		audit:    "glassbox audit " + shell(path) + said,
		model:    path,
		given:    o.signature != "",
	}
}

// words are the flags again: what was said of trust, and the rest.
func (o verifyOptions) words() (said, more string) {
	var trust, rest []string
	add := func(to *[]string, flag string, values ...string) {
		for _, v := range values {
			if v != "" {
				*to = append(*to, " "+flag+" "+shell(v))
			}
		}
	}
	add(&trust, "--key", o.keys...)
	add(&trust, "--certificate-chain", o.roots...)
	add(&trust, "--identity", o.identity)
	add(&trust, "--identity-regexp", o.identityPattern)
	add(&trust, "--issuer", o.issuer)
	add(&trust, "--issuer-regexp", o.issuerPattern)
	add(&trust, "--trusted-root", o.trusted)
	add(&rest, "--signature", o.signature)
	add(&rest, "--ignore-paths", o.ignore...)
	add(&rest, "--digest-cache", o.cache.path)
	if o.ignoreUnsigned {
		rest = append(rest, " --ignore-unsigned-files")
	}
	return strings.Join(trust, ""), strings.Join(rest, "")
}

// file is where a file of the model lies.
func (s steps) file(name string) string {
	if s.single && name == filepath.Base(s.model) {
		return shell(s.model)
	}
	if s.single {
		return shell(filepath.Join(filepath.Dir(s.model), name))
	}
	return shell(strings.TrimRight(s.model, "/") + "/" + name)
}

// shell quotes a word for a POSIX shell, where it needs that.
func shell(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_@%+=:,./-", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
