package signing

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// corpus returns a path in the folder of real bundles, and skips when there is none.
func corpus(t testing.TB, parts ...string) string {
	t.Helper()
	dir := os.Getenv("GLASSBOX_CORPORA")
	if dir == "" {
		t.Skip("GLASSBOX_CORPORA does not name the folder of real bundles")
	}
	return filepath.Join(append([]string{dir, "signing"}, parts...)...)
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// asOf is a day on which all certificates of the corpus are valid.
var asOf = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func trustKey(t testing.TB, path string) Trust {
	t.Helper()
	keys, err := ParsePublicKeys(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return Trust{Keys: keys}
}

func trustCA(t testing.TB, path string) Trust {
	t.Helper()
	roots, err := ParseCertificates(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return Trust{Roots: roots}
}

func trustRoot(t testing.TB, path, name, issuer string) Trust {
	t.Helper()
	root, err := ParseTrustedRoot(read(t, path))
	if err != nil {
		t.Fatal(err)
	}
	return Trust{Keyless: root, Identity: Identity{Name: name, Issuer: issuer}}
}

// copyTree copies a folder into a temporary one, as the corpus cannot be written.
func copyTree(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(from))
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o755)
		}
		return os.Chmod(path, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func mustVerify(t testing.TB, path string, opts Options) *Result {
	t.Helper()
	if opts.Now.IsZero() {
		opts.Now = asOf
	}
	r, err := Verify(context.Background(), path, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// specimen is one real bundle with what it is known to cover.
type specimen struct {
	name    string
	model   []string // folder or file it covers
	bundle  []string // empty: inside the model
	trust   func(t testing.TB) Trust
	ignore  []string
	method  Method
	format  string
	legacy  bool
	counts  FileCounts
	root    string // the beginning of the root digest
	exclude []string
	outcome Outcome
}

func specimens(t testing.TB) []specimen {
	key := func(parts ...string) func(testing.TB) Trust {
		return func(t testing.TB) Trust { return trustKey(t, corpus(t, parts...)) }
	}
	ca := func(t testing.TB) Trust {
		return trustCA(t, corpus(t, "upstream", "keys", "certificate", "ca-cert.pem"))
	}
	public := func(t testing.TB) Trust {
		return trustRoot(t, corpus(t, "upstream", "trusted-root-public-good.json"), "stefanb@us.ibm.com", "https://sigstore.verify.ibm.com/oauth2")
	}
	upstreamKey := key("upstream", "keys", "certificate", "signing-key-pub.pem")
	up := func(name string) []string { return []string{"upstream", name} }
	ref := func(name string) []string { return []string{"reference-client", name} }
	const v1 = "model_signing/signature/v1.0"
	return []specimen{
		{name: "v0.3.1-certificate", model: up("v0.3.1-certificate"), trust: ca, method: Certificate, format: v1, counts: FileCounts{Match: 2}, root: "61d4849d", outcome: Verified},
		{name: "v1.1.0-certificate", model: up("v1.1.0-certificate"), trust: ca, method: Certificate, format: v1, counts: FileCounts{Match: 2, Ignored: 1}, root: "61d4849d", exclude: []string{"ignore-me"}, outcome: Verified},
		{name: "v0.3.1-elliptic-key", model: []string{"upstream", "v0.3.1-elliptic-key", "signme-1"}, trust: upstreamKey, method: Key, format: v1, legacy: true, counts: FileCounts{Match: 1}, root: "afa48c86", outcome: Verified},
		{name: "v1.0.1-elliptic-key", model: up("v1.0.1-elliptic-key"), trust: upstreamKey, ignore: []string{"ignore-me"}, method: Key, format: v1, legacy: true, counts: FileCounts{Match: 2, Ignored: 1}, root: "92745110", outcome: Verified},
		{name: "v1.0.1-elliptic-key, nothing ignored", model: up("v1.0.1-elliptic-key"), trust: upstreamKey, method: Key, format: v1, legacy: true, counts: FileCounts{Match: 2, Unsigned: 1}, root: "92745110", outcome: Refused},
		{name: "v1.1.0-elliptic-key", model: up("v1.1.0-elliptic-key"), trust: upstreamKey, method: Key, format: v1, counts: FileCounts{Match: 2, Ignored: 1}, root: "92745110", exclude: []string{"ignore-me"}, outcome: Verified},
		{name: "v1.0.1-sigstore", model: up("v1.0.1-sigstore"), trust: public, ignore: []string{"ignore-me"}, method: Sigstore, format: v1, counts: FileCounts{Match: 2, Ignored: 1}, root: "61d4849d", outcome: Verified},
		{name: "key-p256", model: ref("model"), bundle: ref("key-p256.sig"), trust: key("reference-client", "p256.pub"), method: Key, format: v1, counts: FileCounts{Match: 8}, root: "78512242", outcome: Verified},
		{name: "key-p384", model: ref("model"), bundle: ref("key-p384.sig"), trust: key("reference-client", "p384.pub"), method: Key, format: v1, counts: FileCounts{Match: 8}, root: "78512242", outcome: Verified},
		{name: "cert-p384", model: ref("model"), bundle: ref("cert-p384.sig"), trust: ca, method: Certificate, format: v1, counts: FileCounts{Match: 8}, root: "78512242", outcome: Verified},
		{name: "key-shards1000", model: ref("model"), bundle: ref("key-shards1000.sig"), trust: key("reference-client", "p256.pub"), ignore: []string{"name:with:colons"}, method: Key, format: v1, counts: FileCounts{Match: 6, Ignored: 1}, root: "fff5e7bb", outcome: Verified},
		{name: "key-shards1000, nothing ignored", model: ref("model"), bundle: ref("key-shards1000.sig"), trust: key("reference-client", "p256.pub"), method: Key, format: v1, counts: FileCounts{Match: 6, Unsigned: 1}, root: "fff5e7bb", outcome: Refused},
		{name: "single", model: []string{"reference-client", "model", "config.json"}, bundle: ref("single.sig"), trust: key("reference-client", "p256.pub"), method: Key, format: v1, counts: FileCounts{Match: 1}, root: "1174e121", outcome: Verified},
	}
}

func (s specimen) options(t testing.TB) Options {
	o := Options{Trust: s.trust(t), IgnorePaths: s.ignore, Now: asOf}
	if s.bundle != nil {
		o.Signature = corpus(t, s.bundle...)
	}
	return o
}

func TestRealBundles(t *testing.T) {
	for _, s := range specimens(t) {
		t.Run(s.name, func(t *testing.T) {
			r := mustVerify(t, corpus(t, s.model...), s.options(t))
			if r.Outcome != s.outcome {
				t.Errorf("outcome %s, want %s: %v", r.Outcome, s.outcome, r.Problems)
			}
			sig := r.Signature
			if sig.Method != s.method || sig.Format != s.format || *sig.LegacyFormat != s.legacy {
				t.Errorf("method %s format %s legacy %v", sig.Method, sig.Format, *sig.LegacyFormat)
			}
			if sig.Signer.Verified == nil || !*sig.Signer.Verified {
				t.Errorf("signer is not verified: %v", r.Problems)
			}
			if sig.Integrity.Files != s.counts {
				t.Errorf("files %+v, want %+v", sig.Integrity.Files, s.counts)
			}
			if want := s.counts.Unsigned == 0; *sig.Integrity.Matches != want {
				t.Errorf("matches %v, want %v", *sig.Integrity.Matches, want)
			}
			if !strings.HasPrefix(r.Root, "sha256:"+s.root) {
				t.Errorf("root %s, want %s…", r.Root, s.root)
			}
			if strings.Join(sig.ExcludedBySigner, " ") != strings.Join(s.exclude, " ") || sig.ExcludedBySigner == nil {
				t.Errorf("excluded by signer: %#v, want %v", sig.ExcludedBySigner, s.exclude)
			}
		})
	}
}

// The keyless bundle made with a private instance has a good signature over a statement that must not be called valid.
func TestGoodSignatureBadStatement(t *testing.T) {
	trust := trustRoot(t, corpus(t, "virtual.trusted_root.json"), "dev@example.com", "https://issuer.example")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	r := mustVerify(t, dir, Options{Signature: corpus(t, "virtual.sigstore.sig"), Trust: trust})
	if !*r.Signature.Signer.Verified || *r.Signature.Signer.Identity != "dev@example.com" || *r.Signature.Signer.Issuer != "https://issuer.example" {
		t.Errorf("signer %+v: %v", r.Signature.Signer, r.Problems)
	}
	if *r.Signature.Integrity.Matches || r.Outcome != Refused || r.Problems[0].Code != StatementInvalid {
		t.Errorf("outcome %s, matches %v: %v", r.Outcome, *r.Signature.Integrity.Matches, r.Problems)
	}
}

func TestKeylessFacts(t *testing.T) {
	model := corpus(t, "upstream", "v1.0.1-sigstore")
	root := corpus(t, "upstream", "trusted-root-public-good.json")
	const name, issuer = "stefanb@us.ibm.com", "https://sigstore.verify.ibm.com/oauth2"
	ignore := []string{"ignore-me"}

	t.Run("time of the log", func(t *testing.T) {
		r := mustVerify(t, model, Options{Trust: trustRoot(t, root, name, issuer), IgnorePaths: ignore})
		s := r.Signature.Signer
		if *s.Time != "2025-10-07T15:33:48Z" || s.ValidNow != nil || *s.Identity != name || *s.Issuer != issuer {
			t.Errorf("time %s valid_now %v identity %s issuer %s", *s.Time, s.ValidNow, *s.Identity, *s.Issuer)
		}
	})
	wrong := map[string]struct {
		trust Trust
		code  Code
	}{
		"another name":             {trustRoot(t, root, "eve@us.ibm.com", issuer), SignerUnexpected},
		"another issuer":           {trustRoot(t, root, name, "https://accounts.google.com"), SignerUnexpected},
		"name in other case":       {trustRoot(t, root, "Stefanb@us.ibm.com", issuer), SignerUnexpected},
		"another instance's root":  {trustRoot(t, corpus(t, "virtual.trusted_root.json"), name, issuer), LogUnproven},
		"a key":                    {trustKey(t, corpus(t, "reference-client", "p256.pub")), TrustMismatch},
		"a certificate":            {trustCA(t, corpus(t, "upstream", "keys", "certificate", "ca-cert.pem")), TrustMismatch},
		"a time authority's stamp": {Trust{Keyless: trustRoot(t, root, "", "").Keyless, Identity: Identity{Name: name, Issuer: issuer, SignedTime: true}}, LogUnproven},
		"half a pattern":           {Trust{Keyless: trustRoot(t, root, "", "").Keyless, Identity: Identity{NamePattern: `us\.ibm`, Issuer: issuer}}, SignerUnexpected},
	}
	for what, w := range wrong {
		t.Run(what, func(t *testing.T) {
			r := mustVerify(t, model, Options{Trust: w.trust, IgnorePaths: ignore})
			if *r.Signature.Signer.Verified || r.Outcome != Refused || r.Problems[0].Code != w.code {
				t.Errorf("verified %v outcome %s: %v", *r.Signature.Signer.Verified, r.Outcome, r.Problems)
			}
			if !*r.Signature.Integrity.Matches {
				t.Errorf("integrity changed with the signer: %v", r.Problems)
			}
		})
	}
	t.Run("pattern", func(t *testing.T) {
		trust := Trust{Keyless: trustRoot(t, root, "", "").Keyless, Identity: Identity{NamePattern: `.*@us\.ibm\.com`, IssuerPattern: `https://.*\.ibm\.com/.*`}}
		if r := mustVerify(t, model, Options{Trust: trust, IgnorePaths: ignore}); r.Outcome != Verified {
			t.Errorf("outcome %s: %v", r.Outcome, r.Problems)
		}
	})
	t.Run("no trust at all", func(t *testing.T) {
		r := mustVerify(t, model, Options{IgnorePaths: ignore})
		if r.Signature.Signer.Verified != nil || r.Outcome != Untrusted || *r.Signature.Signer.Identity != name {
			t.Errorf("outcome %s signer %+v", r.Outcome, r.Signature.Signer)
		}
	})
	t.Run("an identity and no root", func(t *testing.T) {
		r := mustVerify(t, model, Options{Trust: Trust{Identity: Identity{Name: name, Issuer: issuer}}, IgnorePaths: ignore})
		if r.Signature.Signer.Verified != nil || r.Outcome != Untrusted || r.Problems[0].Code != TrustUnavailable {
			t.Errorf("outcome %s: %v", r.Outcome, r.Problems)
		}
	})
	t.Run("a root and no identity", func(t *testing.T) {
		r := mustVerify(t, model, Options{Trust: Trust{Keyless: trustRoot(t, root, "", "").Keyless}, IgnorePaths: ignore})
		if r.Signature.Signer.Verified != nil || r.Outcome != Untrusted || r.Problems[0].Code != NoTrust {
			t.Errorf("outcome %s: %v", r.Outcome, r.Problems)
		}
	})
}

func TestWrongKeyOrAuthority(t *testing.T) {
	keys := map[string]string{
		"upstream": corpus(t, "upstream", "keys", "certificate", "signing-key-pub.pem"),
		"p256":     corpus(t, "reference-client", "p256.pub"),
		"p384":     corpus(t, "reference-client", "p384.pub"),
	}
	stranger := newCA(t, "stranger")
	for _, s := range specimens(t) {
		if s.method == Sigstore || s.outcome != Verified {
			continue
		}
		for name, path := range keys {
			r := mustVerify(t, corpus(t, s.model...), Options{Trust: trustKey(t, path), Signature: s.options(t).Signature, IgnorePaths: s.ignore})
			right := r.Outcome == Verified
			if holds := s.method == Certificate && name == "upstream" || s.method == Key && sameKey(t, s, path); right != holds {
				t.Errorf("%s with key %s: %s, %v", s.name, name, r.Outcome, r.Problems)
			}
			if !*r.Signature.Integrity.Matches {
				t.Errorf("%s with key %s: integrity changed with the signer", s.name, name)
			}
		}
		r := mustVerify(t, corpus(t, s.model...), Options{Trust: Trust{Roots: stranger.certificates()}, Signature: s.options(t).Signature, IgnorePaths: s.ignore})
		if r.Outcome != Refused || *r.Signature.Signer.Verified || !*r.Signature.Integrity.Matches {
			t.Errorf("%s with an unrelated authority: %s", s.name, r.Outcome)
		}
	}
}

func sameKey(t *testing.T, s specimen, path string) bool {
	return s.trust(t).Keys[0].Equal(trustKey(t, path).Keys[0])
}

func TestCertificateDates(t *testing.T) {
	model := corpus(t, "upstream", "v1.1.0-certificate")
	trust := trustCA(t, corpus(t, "upstream", "keys", "certificate", "ca-cert.pem"))
	for day, want := range map[string]Code{"2025-05-01": CertificateDate, "2025-05-03": "", "2035-04-29": "", "2035-05-01": CertificateDate} {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		r := mustVerify(t, model, Options{Trust: trust, Now: now})
		if got := code(r.Problems); got != want {
			t.Errorf("%s: %q, want %q", day, got, want)
		}
		if *r.Signature.Signer.ValidNow != (want == "") || *r.Signature.Signer.Verified != (want == "") {
			t.Errorf("%s: valid_now %v verified %v", day, *r.Signature.Signer.ValidNow, *r.Signature.Signer.Verified)
		}
	}
	if r := mustVerify(t, model, Options{}); !*r.Signature.Signer.ValidNow || r.Signature.Signer.Verified != nil {
		t.Errorf("without trust: %+v", r.Signature.Signer)
	}
}

func code(problems []*Problem) Code {
	if len(problems) == 0 {
		return ""
	}
	return problems[0].Code
}

// tamper is one change to a model or its bundle, and the one fact it must change.
type tamper struct {
	name   string
	change func(t *testing.T, dir, bundle string)
	signer bool // the signer is still verified
	match  bool // the files still match
	states FileCounts
}

// TestTampering changes real bundles and models in every way that matters. Of v1.1.0-elliptic-key two files are signed
// and one is ignored.
func TestTampering(t *testing.T) {
	first := func(dir string) string { return filepath.Join(dir, "signme-1") }
	tampers := []tamper{
		{"nothing", func(*testing.T, string, string) {}, true, true, FileCounts{Match: 2, Ignored: 1}},
		{"a byte in a file", func(t *testing.T, dir, _ string) { flip(t, first(dir)) }, true, false, FileCounts{Match: 1, Mismatch: 1, Ignored: 1}},
		{"a byte more", func(t *testing.T, dir, _ string) { write(t, first(dir), string(read(t, first(dir)))+"x") }, true, false, FileCounts{Match: 1, Mismatch: 1, Ignored: 1}},
		{"an emptied file", func(t *testing.T, dir, _ string) { write(t, first(dir), "") }, true, false, FileCounts{Match: 1, Mismatch: 1, Ignored: 1}},
		{"a byte in an ignored file", func(t *testing.T, dir, _ string) { write(t, filepath.Join(dir, "ignore-me"), "x") }, true, true, FileCounts{Match: 2, Ignored: 1}},
		{"a file removed", func(t *testing.T, dir, _ string) { remove(t, first(dir)) }, true, false, FileCounts{Match: 1, Missing: 1, Ignored: 1}},
		{"a file added", func(t *testing.T, dir, _ string) { write(t, filepath.Join(dir, "z", "new.py"), "") }, true, false, FileCounts{Match: 2, Unsigned: 1, Ignored: 1}},
		{"a file renamed", func(t *testing.T, dir, _ string) { rename(t, first(dir), filepath.Join(dir, "Signme-1")) }, true, false, FileCounts{Match: 1, Missing: 1, Unsigned: 1, Ignored: 1}},
		{"two files exchanged", func(t *testing.T, dir, _ string) {
			rename(t, first(dir), filepath.Join(dir, "t"))
			rename(t, filepath.Join(dir, "signme-2"), first(dir))
			rename(t, filepath.Join(dir, "t"), filepath.Join(dir, "signme-2"))
		}, true, false, FileCounts{Mismatch: 2, Ignored: 1}},
		{"a file replaced by a link to a copy", func(t *testing.T, dir, _ string) {
			rename(t, first(dir), filepath.Join(dir, "ignore-me"))
			symlink(t, "ignore-me", first(dir))
		}, true, false, FileCounts{Match: 1, Symlink: 1, Ignored: 1}},
		{"a file replaced by a folder", func(t *testing.T, dir, _ string) {
			remove(t, first(dir))
			write(t, filepath.Join(dir, "signme-1", "x"), "")
		}, true, false, FileCounts{Match: 1, Missing: 1, Unsigned: 1, Ignored: 1}},
		{"a link added", func(t *testing.T, dir, _ string) { symlink(t, "signme-1", filepath.Join(dir, "alias")) }, true, false, FileCounts{Match: 2, Symlink: 1, Ignored: 1}},
		{"a byte in the signature", func(t *testing.T, _, b string) {
			edit(t, b, func(m map[string]any) {
				s := m["dsseEnvelope"].(map[string]any)["signatures"].([]any)[0].(map[string]any)
				s["sig"] = flipped(t, s["sig"].(string), -1)
			})
		}, false, true, FileCounts{Match: 2, Ignored: 1}},
		{"white space in the payload", func(t *testing.T, _, b string) {
			editPayload(t, b, func(p []byte) []byte { return append(p, '\n') })
		}, false, true, FileCounts{Match: 2, Ignored: 1}},
		{"another model name in the payload", func(t *testing.T, _, b string) {
			editPayload(t, b, func(p []byte) []byte {
				return bytes.Replace(p, []byte("v1.1.0-elliptic-key"), []byte("v1.1.1-elliptic-key"), 1)
			})
		}, false, true, FileCounts{Match: 2, Ignored: 1}},
		{"a digest in the payload", func(t *testing.T, _, b string) {
			editPayload(t, b, func(p []byte) []byte {
				i := bytes.LastIndex(p, []byte(`"digest": "`)) + len(`"digest": "`)
				p[i] ^= 1 // of a digit another digit
				return p
			})
		}, false, false, FileCounts{Match: 1, Mismatch: 1, Ignored: 1}},
		{"another payload type", func(t *testing.T, _, b string) {
			edit(t, b, func(m map[string]any) {
				m["dsseEnvelope"].(map[string]any)["payloadType"] = "application/vnd.in-toto+JSON"
			})
		}, false, false, FileCounts{Unsigned: 3}},
		{"another hint", func(t *testing.T, _, b string) {
			edit(t, b, func(m map[string]any) {
				m["verificationMaterial"].(map[string]any)["publicKey"] = map[string]any{"hint": strings.Repeat("0", 64)}
			})
		}, false, true, FileCounts{Match: 2, Ignored: 1}},
		{"an emptied bundle", func(t *testing.T, _, b string) { write(t, b, "") }, false, false, FileCounts{Unsigned: 3}},
		{"half a bundle", func(t *testing.T, _, b string) { data := read(t, b); write(t, b, string(data[:len(data)/2])) }, false, false, FileCounts{Unsigned: 3}},
	}
	for _, x := range tampers {
		t.Run(x.name, func(t *testing.T) {
			dir := copyTree(t, corpus(t, "upstream", "v1.1.0-elliptic-key"))
			x.change(t, dir, filepath.Join(dir, "model.sig"))
			trust := trustKey(t, corpus(t, "upstream", "keys", "certificate", "signing-key-pub.pem"))
			r := mustVerify(t, dir, Options{Trust: trust})
			if got := *r.Signature.Signer.Verified; got != x.signer {
				t.Errorf("signer verified: %v, want %v: %v", got, x.signer, r.Problems)
			}
			if got := *r.Signature.Integrity.Matches; got != x.match {
				t.Errorf("files match: %v, want %v: %v", got, x.match, r.Problems)
			}
			if got := r.Signature.Integrity.Files; got != x.states {
				t.Errorf("files %+v, want %+v", got, x.states)
			}
			want := Refused
			if x.signer && x.match {
				want = Verified
			}
			if r.Outcome != want {
				t.Errorf("outcome %s, want %s", r.Outcome, want)
			}
		})
	}
}

// TestTamperedPayload goes on where a key signature ends: certificate and keyless signatures must break as well.
func TestTamperedPayload(t *testing.T) {
	for _, s := range specimens(t) {
		if s.outcome != Verified {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			o := s.options(t)
			from := o.Signature
			if from == "" {
				from = filepath.Join(corpus(t, s.model[:2]...), "model.sig")
			}
			for what, change := range map[string]func(b string){
				"payload":   func(b string) { editPayload(t, b, func(p []byte) []byte { return append(p, ' ') }) },
				"signature": func(b string) { editSignature(t, b) },
			} {
				o.Signature = filepath.Join(t.TempDir(), "tampered.sig")
				write(t, o.Signature, string(read(t, from)))
				change(o.Signature)
				o.IgnorePaths = append(s.ignore, "model.sig")
				r := mustVerify(t, corpus(t, s.model...), o)
				if *r.Signature.Signer.Verified || !*r.Signature.Integrity.Matches || r.Outcome != Refused || code(r.Problems) != SignatureInvalid {
					t.Errorf("%s: verified %v matches %v outcome %s: %v", what, *r.Signature.Signer.Verified, *r.Signature.Integrity.Matches, r.Outcome, r.Problems)
				}
			}
		})
	}
}

func editSignature(t *testing.T, bundle string) {
	edit(t, bundle, func(m map[string]any) {
		s := m["dsseEnvelope"].(map[string]any)["signatures"].([]any)[0].(map[string]any)
		s["sig"] = flipped(t, s["sig"].(string), -1)
	})
}

func edit(t *testing.T, bundle string, change func(map[string]any)) {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(read(t, bundle), &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	write(t, bundle, string(data))
}

func editPayload(t *testing.T, bundle string, change func([]byte) []byte) {
	t.Helper()
	edit(t, bundle, func(m map[string]any) {
		envelope := m["dsseEnvelope"].(map[string]any)
		payload, err := base64.StdEncoding.DecodeString(envelope["payload"].(string))
		if err != nil {
			t.Fatal(err)
		}
		envelope["payload"] = base64.StdEncoding.EncodeToString(change(payload))
	})
}

// flipped changes one bit of base64 text's content; a negative index counts from the end.
func flipped(t *testing.T, s string, i int) string {
	t.Helper()
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	data[(i+len(data))%len(data)] ^= 1
	return base64.StdEncoding.EncodeToString(data)
}

func flip(t *testing.T, path string) {
	t.Helper()
	data := read(t, path)
	data[0] ^= 1
	write(t, path, string(data))
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func symlink(t *testing.T, target, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}
