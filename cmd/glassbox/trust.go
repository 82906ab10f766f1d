package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"glassbox/audit/signing"
)

// trustFlags say whom to trust. Trust is given, never assumed.
type trustFlags struct {
	keys, roots                    []string
	identity, identityPattern      string
	issuer, issuerPattern, trusted string
}

func (f *trustFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.keys, "key", nil, "trust the public keys of this PEM `file`, repeatable")
	flags.StringArrayVar(&f.roots, "certificate-chain", nil, "trust the certificates of this PEM `file`, repeatable")
	flags.StringVar(&f.identity, "identity", "", "trust this `signer` in a Sigstore certificate: an e-mail address or URI")
	flags.StringVar(&f.issuer, "issuer", "", "where that signer was identified: the `URL` of an OpenID Connect issuer")
	flags.StringVar(&f.identityPattern, "identity-regexp", "", "trust signers that match this `expression` as a whole")
	flags.StringVar(&f.issuerPattern, "issuer-regexp", "", "issuers that match this `expression` as a whole")
	flags.StringVar(&f.trusted, "trusted-root", "", "check Sigstore signatures with this trusted_root.json `file`, offline")
}

// trust reads what the flags name.
func (f *trustFlags) trust(ctx context.Context, offline bool) (signing.Trust, error) {
	var t signing.Trust
	for _, name := range f.keys {
		keys, err := fromFile(name, "public key", signing.MaxPEM, signing.ParsePublicKeys)
		if err != nil {
			return t, err
		}
		t.Keys = append(t.Keys, keys...)
	}
	for _, name := range f.roots {
		roots, err := fromFile(name, "certificate", signing.MaxPEM, signing.ParseCertificates)
		if err != nil {
			return t, err
		}
		t.Roots = append(t.Roots, roots...)
	}
	t.Identity = signing.Identity{Name: f.identity, Issuer: f.issuer, NamePattern: f.identityPattern, IssuerPattern: f.issuerPattern}
	if err := f.whole(t.Identity); err != nil {
		return t, err
	}
	switch {
	case f.trusted != "":
		root, err := fromFile(f.trusted, "trusted root", signing.MaxTrustedRoot, signing.ParseTrustedRoot)
		if err != nil {
			return t, err
		}
		t.Keyless = root
	case t.Identity.Complete() && !offline:
		t.Keyless = fetchedRoot{sync.OnceValues(func() (*signing.TrustedRoot, error) {
			return signing.FetchTrustedRoot(ctx, signing.TUF{})
		})}
	}
	return t, nil
}

// whole refuses half an identity: anybody can have any name at some issuer.
func (f *trustFlags) whole(i signing.Identity) error {
	if err := i.Validate(); err != nil {
		return usagef("%w", err)
	}
	switch {
	case i.Complete(), i == signing.Identity{}:
		return nil
	case i.Issuer == "" && i.IssuerPattern == "":
		return &usageError{fmt.Errorf("an identity without its issuer: anybody can have that name somewhere"), "--issuer names the OpenID Connect issuer, such as https://accounts.google.com"}
	}
	return &usageError{fmt.Errorf("an issuer without an identity: it vouches for many"), "--identity names the signer, an e-mail address or URI"}
}

// fetchedRoot is the trusted root of the public Sigstore instance, fetched once
// and only if a signature asks for it.
type fetchedRoot struct {
	fetch func() (*signing.TrustedRoot, error)
}

// Prove implements [signing.Keyless]. A root that cannot be had speaks neither
// for nor against a signature.
func (r fetchedRoot) Prove(bundle []byte, want signing.Identity) (*signing.Observed, error) {
	root, err := r.fetch()
	if err != nil {
		return nil, &signing.Problem{
			Code: signing.TrustUnavailable, Expected: "the trusted root of the public Sigstore instance", Found: "none", Detail: err.Error(),
		}
	}
	return root.Prove(bundle, want)
}

// fromFile parses a file that the user named; what is wrong with it is a
// mistake of the user's.
func fromFile[T any](name, what string, limit int64, parse func([]byte) (T, error)) (T, error) {
	var none T
	f, err := os.Open(name)
	if err != nil {
		return none, usagef("reading %s %s: %w", what, name, cause(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	switch {
	case err != nil:
		return none, usagef("reading %s %s: %w", what, name, cause(err))
	case int64(len(data)) > limit:
		return none, usagef("reading %s %s: larger than %d bytes", what, name, limit)
	}
	v, err := parse(data)
	var mistake *usageError
	switch {
	case errors.As(err, &mistake):
		return none, mistake
	case err != nil:
		return none, usagef("%s: %w", name, err)
	}
	return v, nil
}

// cause drops the path from a file error, where it is named already.
func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
