package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"glassbox/audit/report"
	"glassbox/audit/signing"
)

// listFlags say what goes into the signed list.
type listFlags struct {
	ignore []string
	hash   string
	shard  int64
}

func (f *listFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&f.ignore, "ignore-paths", nil, "leave out this `path`, which starts at the working directory, with everything below it, repeatable")
	flags.StringVar(&f.hash, "hash", string(signing.SHA256), "`how` files are hashed: sha256, blake2b or blake3")
	flags.Int64Var(&f.shard, "shard-size", 0, "hash files in parts of so many bytes; 0: whole")
}

// options turns the flags into what is signed of a model.
func (f *listFlags) options(a *app, tree *signing.Tree, model, output string) (signing.SignOptions, error) {
	o := signing.SignOptions{HashType: signing.Algorithm(f.hash), ShardSize: f.shard, Output: output}
	if !slices.Contains([]string{string(signing.SHA256), string(signing.BLAKE2b), string(signing.BLAKE3)}, f.hash) {
		return o, usagef("--hash %s: sha256, blake2b or blake3", f.hash)
	}
	if f.shard < 0 {
		return o, usagef("--shard-size %d: a number of bytes, 0 for whole files", f.shard)
	}
	var err error
	o.IgnorePaths, err = a.inside(tree, model, f.ignore)
	return o, err
}

type signOptions struct {
	listFlags
	key, password      string
	certificate        string
	chain              []string
	token              string
	fulcio, rekor, tsa string
	trusted            string
	output             string
	dryRun             bool
}

func (a *app) signCommand() *cobra.Command {
	var o signOptions
	cmd := &cobra.Command{
		Use:     "sign PATH",
		GroupID: "audit",
		Short:   "Sign a model, so that anybody can verify it",
		Long: `Sign lists every file of PATH, a directory or one file, with its digest, and
signs the list (OpenSSF Model Signing v1.0). Three ways:

  with a private key           --private-key key.pem
  with a certificate for it    --private-key key.pem --certificate cert.pem
  with who you are (Sigstore)  nothing, or --identity-token

An encrypted key is asked for its password, unless GLASSBOX_PASSWORD or
--password says where to find it; a password is never an argument. Sigstore
needs the network and an identity token: of the CI system that this runs in, or
given. The services of the public instance are the default.`,
		Example: lines(
			"  glassbox sign ./my-model --private-key key.pem",
			"  glassbox sign ./my-model --dry-run"),
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runSign(cmd.Context(), o, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.key, "private-key", "", "PEM `file` of the private key: ECDSA on P-256, P-384 or P-521")
	flags.StringVar(&o.password, "password", "", "`where` the key's password is: env:NAME, file:PATH or prompt")
	flags.StringVar(&o.certificate, "certificate", "", "PEM `file` of the certificate for the key")
	flags.StringArrayVar(&o.chain, "certificate-chain", nil, "PEM `file` of intermediate certificates, repeatable")
	flags.StringVar(&o.token, "identity-token", "", "`where` the identity token is: env:NAME or file:PATH")
	flags.StringVar(&o.fulcio, "fulcio-url", signing.PublicFulcio, "`URL` of the certificate authority")
	flags.StringVar(&o.rekor, "rekor-url", signing.PublicRekor, "`URL` of the transparency log")
	flags.StringVar(&o.tsa, "timestamp-url", signing.PublicTSA, "`URL` of the time authority, empty for the log's time only")
	flags.StringVar(&o.trusted, "trusted-root", "", "check what the services answer with this trusted_root.json `file`")
	flags.StringVar(&o.output, "output", "", "the signature `file` to write (default: model.sig in PATH; for a file: beside it, with .sig)")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the list that would be signed, and sign nothing")
	o.register(cmd)
	return cmd
}

func (a *app) runSign(ctx context.Context, o signOptions, path string) error {
	path, err := snapshot(path)
	if err != nil {
		return err
	}
	target, opts, err := a.signing(o, path)
	if err != nil {
		return err
	}
	var signer signing.Signer
	if !o.dryRun { // a wrong password should not cost the hashing of a whole model
		if err := replaceable(target); err != nil {
			return err
		}
		if signer, err = a.signer(ctx, o); err != nil {
			return err
		}
	}
	a.interrupted = ": nothing was written"
	m, err := a.manifest(ctx, path, opts)
	if err != nil {
		return err
	}
	statement, err := m.Statement()
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.write(output{format: "json"}, func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s\n", statement)
			return err
		})
	}
	bundle, err := signer.SignStatement(ctx, statement)
	if err != nil {
		return fmt.Errorf("signing %s: %w", m.Name, err)
	}
	if err := replace(target, bundle); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.stdout, "signed %s of %s, root digest sha256:%x\nwrote %s\n",
		plural(len(m.Resources), unit(m)), report.Clean(m.Name), m.Root, report.Clean(target))
	return err
}

// manifest hashes a model into what gets signed.
func (a *app) manifest(ctx context.Context, path string, opts signing.SignOptions) (*signing.Manifest, error) {
	progress, finish := a.meter()
	defer finish()
	opts.Hash.Progress = progress
	return signing.NewManifest(ctx, path, opts)
}

// signing settles where the signature goes, and what it covers.
func (a *app) signing(o signOptions, path string) (target string, opts signing.SignOptions, err error) {
	tree, err := a.openTree(path)
	if err != nil {
		return "", opts, err
	}
	defer tree.Close()
	switch {
	case o.output != "":
		target = o.output
	case tree.Single():
		target = path + ".sig"
	default:
		target = filepath.Join(path, "model.sig")
	}
	name := ""
	if !tree.Single() {
		name, _ = tree.Rel(target)
	}
	opts, err = o.options(a, tree, path, name)
	opts.Links = signing.HubLinks(path)
	return target, opts, err
}

// replaceable refuses to write a signature over anything but a signature: over
// a key or a file of the model it would be gone.
func replaceable(target string) error {
	f, err := os.Open(target)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usagef("writing %s: %w", target, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() {
		if _, err = signing.ReadBundle(f, info.Size()); err == nil {
			return nil
		}
	}
	return &usageError{fmt.Errorf("%s is there and is no signature", target), "name another --output, or take it away first"}
}

// signer settles how to sign: with a key, with a certificate for it, or with
// who one is.
func (a *app) signer(ctx context.Context, o signOptions) (signing.Signer, error) {
	if o.key == "" {
		if o.certificate != "" || len(o.chain) > 0 || o.password != "" {
			return nil, &usageError{errors.New("a certificate or password without the private key it belongs to"), "--private-key names its file"}
		}
		return a.keyless(ctx, o)
	}
	if o.token != "" {
		return nil, usagef("--identity-token and --private-key: one or the other signs")
	}
	key, err := a.privateKey(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.certificate == "" {
		if len(o.chain) > 0 {
			return nil, &usageError{errors.New("a chain of certificates without the one for the key"), "--certificate names its file"}
		}
		return signing.KeySigner{Key: key}, nil
	}
	leaf, err := fromFile(o.certificate, "certificate", signing.MaxPEM, signing.ParseCertificates)
	if err != nil {
		return nil, err
	}
	chain := leaf[1:]
	for _, name := range o.chain {
		more, err := fromFile(name, "certificate", signing.MaxPEM, signing.ParseCertificates)
		if err != nil {
			return nil, err
		}
		chain = append(chain, more...)
	}
	signer, err := signing.NewCertificateSigner(key, leaf[0], chain)
	if err != nil {
		return nil, usagef("signing with %s: %w", o.certificate, err)
	}
	return signer, a.inDate(o.certificate, leaf[0])
}

// inDate tells of a certificate whose signatures nobody will accept today. They
// are made all the same: what day it is for those who verify is theirs to say.
func (a *app) inDate(name string, c *x509.Certificate) error {
	now, err := a.moment()
	if err == nil && (now.Before(c.NotBefore) || now.After(c.NotAfter)) {
		a.note("%s is valid from %s to %s, and a signature by it is refused on every other day",
			name, c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly))
	}
	return err
}

// privateKey reads the key, and asks for its password if it has one.
func (a *app) privateKey(ctx context.Context, o signOptions) (*ecdsa.PrivateKey, error) {
	key, err := fromFile(o.key, "private key", signing.MaxPEM, func(data []byte) (*ecdsa.PrivateKey, error) {
		key, err := signing.ParsePrivateKey(data, nil)
		if !errors.Is(err, signing.ErrPassword) {
			return key, err
		}
		password, err := a.password(ctx, o)
		if err != nil {
			return nil, err
		}
		return signing.ParsePrivateKey(data, password)
	})
	return key, err
}

// passwordVariable is where the password of a private key is looked for first.
const passwordVariable = "GLASSBOX_PASSWORD"

func (a *app) password(ctx context.Context, o signOptions) ([]byte, error) {
	source := o.password
	if _, set := os.LookupEnv(passwordVariable); source == "" && set {
		source = "env:" + passwordVariable
	}
	if source != "" && source != "prompt" {
		return secret("--password", source)
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return nil, &usageError{errors.New("the private key is encrypted, and there is no terminal to ask for its password"),
			"put it into the environment as " + passwordVariable + ", or say --password env:NAME or file:PATH"}
	}
	return a.ask(ctx, "password of "+o.key+": ")
}

// maxSecret bounds a password or token in a file, in bytes.
const maxSecret = 64 << 10

// secret reads a password or token from where the user says it is. What else
// the flag may hold is not repeated: it could be the secret itself.
func secret(flag, source string) ([]byte, error) {
	kind, name, _ := strings.Cut(source, ":")
	switch {
	case kind == "env" && name != "":
		value, set := os.LookupEnv(name)
		if !set {
			return nil, usagef("%s: the environment has no %s", flag, name)
		}
		return []byte(value), nil
	case kind == "file" && name != "":
		return fromFile(name, "secret", maxSecret, func(data []byte) ([]byte, error) {
			return bytes.TrimRight(data, "\r\n"), nil
		})
	}
	return nil, &usageError{errors.New(flag + " takes a place and not the secret itself"), flag + " env:NAME or file:PATH"}
}

// ask reads a line from the terminal without showing it. It lets go when the
// context ends, and leaves the terminal as it was.
func (a *app) ask(ctx context.Context, prompt string) ([]byte, error) {
	fd := int(os.Stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, fmt.Errorf("asking for a password: %w", err)
	}
	defer term.Restore(fd, before)
	fmt.Fprint(a.stderr, report.Clean(prompt))
	defer fmt.Fprintln(a.stderr)
	type answer struct {
		line []byte
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		answers <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case got := <-answers:
		return got.line, got.err
	}
}

// keyless signs with who one is.
func (a *app) keyless(ctx context.Context, o signOptions) (signing.Signer, error) {
	if a.offline {
		return nil, &usageError{errors.New("signing without a private key needs the network"), "--private-key FILE signs offline"}
	}
	s := signing.KeylessSigner{Fulcio: o.fulcio, Rekor: o.rekor, TSA: o.tsa}
	var err error
	if o.trusted != "" {
		if s.Root, err = fromFile(o.trusted, "trusted root", signing.MaxTrustedRoot, signing.ParseTrustedRoot); err != nil {
			return nil, err
		}
	}
	if o.token != "" {
		token, err := secret("--identity-token", o.token)
		s.Token = string(token)
		return s, err
	}
	s.Token, err = signing.AmbientToken(ctx, os.Getenv, &http.Client{Timeout: 30 * time.Second})
	if errors.Is(err, signing.ErrNoToken) {
		return nil, &usageError{err, "--private-key FILE signs with a key, --identity-token env:NAME with a token"}
	}
	return s, err
}

// unit is what the list counts.
func unit(m *signing.Manifest) string {
	if m.ShardSize > 0 {
		return "shard"
	}
	return "file"
}
