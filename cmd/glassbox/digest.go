package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func (a *app) digestCommand() *cobra.Command {
	var o listFlags
	var cache cacheFlag
	cmd := &cobra.Command{
		Use:     "digest PATH",
		GroupID: "audit",
		Short:   "Print the one digest that stands for a model",
		Long: `Digest prints the root digest of PATH, a directory or one file: SHA-256 over the
digests of its files in the order of their names. It is what "glassbox sign"
signs, and what verify prints of a signature as root in its JSON; a model.sig in
PATH does not count, though it does for a signature that is written elsewhere.
Other clients may list the files in another order.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runDigest(cmd.Context(), o, cache, args[0]) },
	}
	o.register(cmd)
	cache.register(cmd, "")
	return cmd
}

func (a *app) runDigest(ctx context.Context, o listFlags, cache cacheFlag, path string) error {
	path, err := snapshot(path)
	if err != nil {
		return err
	}
	_, opts, err := a.signing(signOptions{listFlags: o}, path)
	if err != nil {
		return err
	}
	var save func()
	if opts.Hash.Cache, save, err = cache.open(a, path); err != nil {
		return err
	}
	m, err := a.manifest(ctx, path, opts)
	save()
	if err != nil {
		return err
	}
	a.told(opts.Hash.Cache)
	_, err = fmt.Fprintf(a.stdout, "sha256:%x\n", m.Root)
	return err
}
