package signing

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reference runs the reference client: GLASSBOX_REFERENCE_CLIENT names a Python interpreter with the package
// model-signing. Without it these tests are skipped; with it, a client that cannot be run fails them.
type reference struct{ python string }

func newReference(t *testing.T) reference {
	t.Helper()
	python := os.Getenv("GLASSBOX_REFERENCE_CLIENT")
	if python == "" {
		t.Skip("GLASSBOX_REFERENCE_CLIENT does not name a Python with model-signing")
	}
	r := reference{python}
	if out, err := r.run("-m", "model_signing", "--version"); err != nil {
		t.Fatalf("the reference client does not run: %v\n%s", err, out)
	}
	return r
}

func (r reference) run(args ...string) (string, error) {
	out, err := exec.Command(r.python, args...).CombinedOutput()
	return string(out), err
}

// command runs the client's command line, api the driver beside this file. Options are spelt with underscores, which
// release 1.1.1 wants and later ones still take.
func (r reference) command(args ...string) (string, error) {
	return r.run(append([]string{"-m", "model_signing"}, args...)...)
}

func (r reference) api(args ...string) (string, error) {
	return r.run(append([]string{filepath.Join("testdata", "reference.py")}, args...)...)
}

// identity is a key with a certificate, and the files the client reads them from.
type identity struct {
	key                               *ecdsa.PrivateKey
	leaf                              *x509.Certificate
	ca                                authority
	private, public, cert, inter, ca0 string
}

func newIdentity(t *testing.T, curve elliptic.Curve) identity {
	t.Helper()
	dir := t.TempDir()
	file := func(name, block string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		write(t, path, string(pem.EncodeToMemory(&pem.Block{Type: block, Bytes: der})))
		return path
	}
	i := identity{key: newKey(t, curve), ca: newCA(t, "authority")}
	i.leaf = i.ca.leaf(t, &i.key.PublicKey, asOf.AddDate(-1, 0, 0), asOf.AddDate(1, 0, 0), nil)
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	i.private = file("private.pem", "PRIVATE KEY", der, err)
	der, err = x509.MarshalPKIXPublicKey(&i.key.PublicKey)
	i.public = file("public.pem", "PUBLIC KEY", der, err)
	i.cert = file("leaf.pem", "CERTIFICATE", i.leaf.Raw, nil)
	i.inter = file("intermediate.pem", "CERTIFICATE", i.ca.intermediate.Raw, nil)
	i.ca0 = file("root.pem", "CERTIFICATE", i.ca.root.Raw, nil)
	return i
}

func (i identity) trustKey() Trust { return Trust{Keys: []*ecdsa.PublicKey{&i.key.PublicKey}} }

// manyFiles is a model of a thousand small files in a few folders.
func manyFiles(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "many")
	for i := range 1000 {
		write(t, filepath.Join(dir, fmt.Sprintf("part-%d", i%7), fmt.Sprintf("f%d.bin", i)), strings.Repeat("x", i))
	}
	return dir
}

func TestReferenceVerifiesOurs(t *testing.T) {
	r := newReference(t)
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		t.Run(curve.Params().Name, func(t *testing.T) {
			id := newIdentity(t, curve)
			certificate, err := NewCertificateSigner(id.key, id.leaf, []*x509.Certificate{id.ca.intermediate})
			if err != nil {
				t.Fatal(err)
			}
			for name, method := range map[string]struct {
				signer Signer
				args   []string
			}{
				"key":         {KeySigner{id.key}, []string{"verify", "key", "--public_key", id.public}},
				"certificate": {certificate, []string{"verify", "certificate", "--certificate_chain", id.ca0}},
			} {
				for what, model := range map[string]string{"traps": trapTree(t), "a thousand files": manyFiles(t)} {
					signInto(t, model, method.signer, SignOptions{})
					args := append(slices.Clone(method.args), "--signature", filepath.Join(model, "model.sig"), model)
					if out, err := r.command(args...); err != nil {
						t.Errorf("%s, %s: %v\n%s", name, what, err, out)
					}
					for path, d := range map[string]string{"extra": "x", "part-1/f1.bin": "y", "Zed": "y"} {
						kept, err := os.ReadFile(filepath.Join(model, path))
						if err != nil && path != "extra" {
							continue
						}
						write(t, filepath.Join(model, path), d)
						if out, err := r.command(args...); err == nil {
							t.Errorf("%s, %s: %s was changed and it says %s", name, what, path, out)
						}
						if path == "extra" {
							remove(t, filepath.Join(model, path))
						} else {
							write(t, filepath.Join(model, path), string(kept))
						}
					}
				}
			}
		})
	}
}

func TestReferenceVerifiesOurOptions(t *testing.T) {
	r := newReference(t)
	id := newIdentity(t, elliptic.P256())
	sign := func(t *testing.T, model, sig string, opts SignOptions) {
		t.Helper()
		bundle, _, err := Sign(context.Background(), model, KeySigner{id.key}, opts)
		if err != nil {
			t.Fatal(err)
		}
		write(t, sig, string(bundle))
	}
	t.Run("ignored paths", func(t *testing.T) {
		model := trapTree(t)
		signInto(t, model, KeySigner{id.key}, SignOptions{IgnorePaths: []string{"sub", "README.md"}})
		if out, err := r.command("verify", "key", "--public_key", id.public, "--signature", filepath.Join(model, "model.sig"), model); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("one file", func(t *testing.T) {
		file := filepath.Join(trapTree(t), "model.safetensors")
		sig := filepath.Join(t.TempDir(), "file.sig")
		sign(t, file, sig, SignOptions{})
		if out, err := r.command("verify", "key", "--public_key", id.public, "--signature", sig, file); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	for _, c := range []struct {
		name  string
		opts  SignOptions
		hash  string
		shard string
	}{
		{"blake2b", SignOptions{HashType: BLAKE2b}, "blake2", "0"},
		{"blake3", SignOptions{HashType: BLAKE3}, "blake3", "0"},
		{"shards", SignOptions{ShardSize: 1000}, "sha256", "1000"},
		{"shards of blake2b", SignOptions{HashType: BLAKE2b, ShardSize: 1000}, "blake2", "1000"},
	} {
		t.Run(c.name, func(t *testing.T) {
			model := trapTree(t)
			remove(t, filepath.Join(model, "name:with:colons")) // the client cannot shard such a name
			sig := filepath.Join(t.TempDir(), "m.sig")
			sign(t, model, sig, c.opts)
			if out, err := r.api("verify", id.public, model, sig, c.hash, c.shard); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestWeVerifyReference(t *testing.T) {
	r := newReference(t)
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		t.Run(curve.Params().Name, func(t *testing.T) {
			id := newIdentity(t, curve)
			for name, method := range map[string]struct {
				args  []string
				trust Trust
			}{
				"key":         {[]string{"sign", "key", "--private_key", id.private}, id.trustKey()},
				"certificate": {[]string{"sign", "certificate", "--private_key", id.private, "--signing_certificate", id.cert, "--certificate_chain", id.inter}, Trust{Roots: id.ca.certificates()}},
			} {
				for what, model := range map[string]string{"traps": trapTree(t), "a thousand files": manyFiles(t)} {
					args := append(slices.Clone(method.args), "--signature", filepath.Join(model, "model.sig"), model)
					if out, err := r.command(args...); err != nil {
						t.Fatalf("%s, %s: %v\n%s", name, what, err, out)
					}
					got := mustVerify(t, model, Options{Trust: method.trust})
					if got.Outcome != Verified || *got.Signature.LegacyFormat || string(got.Signature.Method) != name {
						t.Errorf("%s, %s: %s: %v", name, what, got.Outcome, got.Problems)
					}
					write(t, filepath.Join(model, "extra"), "")
					if got := mustVerify(t, model, Options{Trust: method.trust}); got.Outcome != Refused || !*got.Signature.Signer.Verified {
						t.Errorf("%s, %s, with an extra file: %s", name, what, got.Outcome)
					}
				}
			}
		})
	}
}

func TestWeVerifyReferenceOptions(t *testing.T) {
	r := newReference(t)
	id := newIdentity(t, elliptic.P384())
	for _, c := range []struct {
		name, hash, shard string
		ignored           []string
		want              FileCounts
	}{
		{"sha256", "sha256", "0", nil, FileCounts{Match: 13, Ignored: 1}},
		{"blake2b", "blake2", "0", nil, FileCounts{Match: 13, Ignored: 1}},
		{"blake3", "blake3", "0", nil, FileCounts{Match: 13, Ignored: 1}},
		{"shards", "sha256", "1000", nil, FileCounts{Match: 12, Ignored: 1}},
		{"shards of blake2b", "blake2", "64", nil, FileCounts{Match: 12, Ignored: 1}},
		{"ignored paths", "sha256", "0", []string{"sub", "README.md"}, FileCounts{Match: 10, Ignored: 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			model := trapTree(t)
			remove(t, filepath.Join(model, "name:with:colons"))
			sig := filepath.Join(model, "model.sig")
			if out, err := r.api(append([]string{"sign", id.private, model, sig, c.hash, c.shard}, c.ignored...)...); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got := mustVerify(t, model, Options{Trust: id.trustKey()})
			if got.Outcome != Verified || got.Signature.Integrity.Files != c.want {
				t.Errorf("%s %+v, want %+v: %v", got.Outcome, got.Signature.Integrity.Files, c.want, got.Problems)
			}
			flip(t, filepath.Join(model, "model.safetensors"))
			if got := mustVerify(t, model, Options{Trust: id.trustKey()}); got.Outcome != Refused || got.Signature.Integrity.Files.Mismatch != 1 {
				t.Errorf("after a change: %s", got.Outcome)
			}
		})
	}
	t.Run("one file", func(t *testing.T) {
		file, sig := filepath.Join(trapTree(t), "model.safetensors"), filepath.Join(t.TempDir(), "x.sig")
		if out, err := r.command("sign", "key", "--private_key", id.private, "--signature", sig, file); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if got := mustVerify(t, file, Options{Trust: id.trustKey(), Signature: sig}); got.Outcome != Verified {
			t.Errorf("%s: %v", got.Outcome, got.Problems)
		}
	})
	t.Run("root digest", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "flat")
		for _, name := range []string{"a", "b", "Z", "é"} {
			write(t, filepath.Join(dir, name), name)
		}
		sig := filepath.Join(t.TempDir(), "flat.sig")
		if out, err := r.command("sign", "key", "--private_key", id.private, "--signature", sig, dir); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		theirs := mustVerify(t, dir, Options{Trust: id.trustKey(), Signature: sig}).Root
		if ours, err := RootDigest(context.Background(), dir, SignOptions{}); err != nil || ours != theirs {
			t.Errorf("%s, %v; the client says %s", ours, err, theirs)
		}
	})
}
