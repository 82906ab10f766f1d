package signing

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trapTree is a model whose names sort differently by bytes, by path parts and by letters.
func trapTree(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "tiny-lm")
	for name, content := range map[string]string{
		"model.safetensors": strings.Repeat("weights ", 1000), "README.md": "# card", "LICENSE": "MIT", "Zed": "z",
		"sub/y.bin": "y", "sub-file": "s", "sub.dir/x.bin": "x", "ünï.txt": "u", "empty.bin": "", "name:with:colons": "c",
		".git/config": "git", ".gitattributes": "lfs", "sub/.git": "not git's own", ".hidden": "h", "a<b>&c": "html", "new\nline": "n",
	} {
		write(t, filepath.Join(dir, name), content)
	}
	return dir
}

// signInto signs a model into its own folder.
func signInto(t testing.TB, dir string, signer Signer, opts SignOptions) *Manifest {
	t.Helper()
	opts.Output = "model.sig"
	bundle, m, err := Sign(context.Background(), dir, signer, opts)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "model.sig"), string(bundle))
	return m
}

func TestRoundTrip(t *testing.T) {
	ca := newCA(t, "authority")
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key := newKey(t, curve)
		leaf := ca.leaf(t, &key.PublicKey, asOf.AddDate(-1, 0, 0), asOf.AddDate(1, 0, 0), nil)
		certificate, err := NewCertificateSigner(key, leaf, []*x509.Certificate{ca.intermediate, ca.root})
		if err != nil {
			t.Fatal(err)
		}
		for _, method := range []struct {
			name   string
			signer Signer
			trust  Trust
			want   Method
		}{
			{"key", KeySigner{key}, Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}, Key},
			{"certificate", certificate, Trust{Roots: ca.certificates()}, Certificate},
		} {
			for _, opts := range []SignOptions{{}, {HashType: BLAKE2b}, {HashType: BLAKE3}, {ShardSize: 1000}, {HashType: BLAKE2b, ShardSize: 7}} {
				t.Run(fmt.Sprintf("%s %s %s %d", curve.Params().Name, method.name, opts.HashType, opts.ShardSize), func(t *testing.T) {
					dir := trapTree(t)
					signInto(t, dir, method.signer, opts)
					r := mustVerify(t, dir, Options{Trust: method.trust})
					if r.Outcome != Verified || r.Signature.Method != method.want || *r.Signature.LegacyFormat {
						t.Errorf("%s: %v", r.Outcome, r.Problems)
					}
					want := FileCounts{Match: 14, Ignored: 1}
					if opts.ShardSize > 0 {
						want.Match-- // an empty file has no shard
					}
					if r.Signature.Integrity.Files != want {
						t.Errorf("%+v, want %+v", r.Signature.Integrity.Files, want)
					}
					flip(t, filepath.Join(dir, "model.safetensors"))
					if r := mustVerify(t, dir, Options{Trust: method.trust}); r.Outcome != Refused || r.Signature.Integrity.Files.Mismatch != 1 || !*r.Signature.Signer.Verified {
						t.Errorf("after a change: %s", r.Outcome)
					}
				})
			}
		}
	}
}

func TestManifestIsSorted(t *testing.T) {
	m, err := NewManifest(context.Background(), trapTree(t), SignOptions{IgnorePaths: []string{"LICENSE", "sub", "../x", "/y", "."}, Output: "out/my.sig"})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range m.Resources {
		names = append(names, r.Name)
	}
	want := []string{".hidden", "README.md", "Zed", "a<b>&c", "empty.bin", "model.safetensors", "name:with:colons", "new\nline", "sub-file", "sub.dir/x.bin", "ünï.txt"}
	if !slices.Equal(names, want) {
		t.Errorf("got  %q\nwant %q", names, want)
	}
	if want := []string{".git", ".gitattributes", ".github", ".gitignore", "LICENSE", "out/my.sig", "sub"}; !slices.Equal(m.IgnorePaths, want) {
		t.Errorf("ignored %q, want %q", m.IgnorePaths, want)
	}
	if m.Name != "tiny-lm" || !bytes.Equal(m.Root, m.root()) {
		t.Errorf("%q %x", m.Name, m.Root)
	}
	statement, err := m.Statement()
	if err != nil {
		t.Fatal(err)
	}
	again, err := NewManifest(context.Background(), trapTree(t), SignOptions{IgnorePaths: []string{"sub", "LICENSE"}, Output: "out/my.sig"})
	if err != nil {
		t.Fatal(err)
	}
	if same, err := again.Statement(); err != nil || !bytes.Equal(same, statement) {
		t.Error("the same files give another statement")
	}
	var parsed struct {
		Predicate struct {
			Resources []struct{ Name, Algorithm, Digest string }
		}
	}
	if err := json.Unmarshal(statement, &parsed); err != nil || parsed.Predicate.Resources[3].Name != "a<b>&c" {
		t.Errorf("%v %+v", err, parsed)
	}
}

func TestRootDigest(t *testing.T) {
	got, err := RootDigest(context.Background(), corpus(t, "upstream", "v1.1.0-certificate"), SignOptions{IgnorePaths: []string{"model.sig", "ignore-me"}})
	if err != nil || got != "sha256:61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226" {
		t.Errorf("%s, %v", got, err)
	}
}

// One file is signed and verified as a file, and found again in its folder.
func TestSingleFile(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	dir := t.TempDir()
	path := filepath.Join(dir, "tiny.gguf")
	write(t, path, "GGUF")
	for _, shard := range []int64{0, 3} {
		bundle, m, err := Sign(context.Background(), path, KeySigner{key}, SignOptions{ShardSize: shard})
		if err != nil {
			t.Fatal(err)
		}
		if m.Name != "tiny.gguf" || m.Resources[0].Name != "." || m.IgnorePaths != nil {
			t.Errorf("%+v", m)
		}
		write(t, path+".sig", string(bundle))
		if r := mustVerify(t, path, Options{Trust: trust}); r.Outcome != Verified || r.Files[0].Path != "tiny.gguf" || r.Signature.Path != "tiny.gguf.sig" {
			t.Errorf("the file: %s: %v", r.Outcome, r.Problems)
		}
		if r := mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Verified || len(r.Notes) == 0 {
			t.Errorf("its folder: %s: %v", r.Outcome, r.Problems)
		}
		rename(t, path, filepath.Join(dir, "other.gguf"))
		if r := mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Refused || r.Signature.Integrity.Files != (FileCounts{Missing: 1, Unsigned: 1}) {
			t.Errorf("renamed: %s: %v", r.Outcome, r.Problems)
		}
		if r := mustVerify(t, filepath.Join(dir, "other.gguf"), Options{Trust: trust, Signature: path + ".sig"}); r.Outcome != Verified {
			t.Errorf("a renamed file named by the caller: %s: %v", r.Outcome, r.Problems)
		}
		rename(t, filepath.Join(dir, "other.gguf"), path)
	}
	// Named by a link, it has its signature beside the link, where signing puts it, else beside itself.
	link := filepath.Join(t.TempDir(), "tiny.gguf")
	symlink(t, path, link)
	if r := mustVerify(t, link, Options{Trust: trust}); r.Outcome != Verified {
		t.Errorf("by a link: %s: %v", r.Outcome, r.Problems)
	}
	stranger := newKey(t, elliptic.P256())
	write(t, link+".sig", string(signRaw(t, stranger, listing(filesSHA256, resource("tiny.gguf", "GGUF")))))
	if r := mustVerify(t, link, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&stranger.PublicKey}}}); r.Outcome != Verified {
		t.Errorf("signed by a link: %s: %v", r.Outcome, r.Problems)
	}
	// The specification lists a single file by its name.
	write(t, path+".sig", string(signRaw(t, key, listing(filesSHA256, resource("tiny.gguf", "GGUF")))))
	if r := mustVerify(t, path, Options{Trust: trust}); r.Outcome != Verified {
		t.Errorf("by its name: %s: %v", r.Outcome, r.Problems)
	}
}

func TestSigningRefusals(t *testing.T) {
	key := newKey(t, elliptic.P256())
	for name, spoil := range map[string]func(dir string){
		"a link":             func(dir string) { symlink(t, "a", filepath.Join(dir, "b")) },
		"a link to a folder": func(dir string) { symlink(t, ".", filepath.Join(dir, "b")) },
		"a backslash":        func(dir string) { write(t, filepath.Join(dir, `b\c`), "") },
		"no UTF-8":           func(dir string) { write(t, filepath.Join(dir, "b\xff"), "") },
		"nothing left":       func(dir string) { remove(t, filepath.Join(dir, "a")) },
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		spoil(dir)
		if _, _, err := Sign(context.Background(), dir, KeySigner{key}, SignOptions{}); err == nil {
			t.Errorf("%s was signed", name)
		} else if !strings.Contains(err.Error(), filepath.Base(dir)) {
			t.Errorf("%s: %v does not say of what model", name, err)
		}
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), strings.Repeat("a", MaxResources+1))
	for name, opts := range map[string]SignOptions{"md5": {HashType: MD5}, "negative shards": {ShardSize: -1}, "too many shards": {ShardSize: 1}} {
		if _, _, err := Sign(context.Background(), dir, KeySigner{key}, opts); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	if _, _, err := Sign(context.Background(), filepath.Join(dir, "none"), KeySigner{key}, SignOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestCertificateSignerRefusals(t *testing.T) {
	ca := newCA(t, "authority")
	key, other := newKey(t, elliptic.P256()), newKey(t, elliptic.P256())
	leaf := ca.leaf(t, &key.PublicKey, asOf, asOf.AddDate(1, 0, 0), nil)
	if _, err := NewCertificateSigner(other, leaf, nil); err == nil {
		t.Error("another key was taken")
	}
	useless := ca.leaf(t, &key.PublicKey, asOf, asOf.AddDate(1, 0, 0), func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement })
	if _, err := NewCertificateSigner(key, useless, nil); err == nil {
		t.Error("a certificate that may not sign was taken")
	}
	s, err := NewCertificateSigner(key, leaf, []*x509.Certificate{ca.intermediate, ca.root})
	if err != nil || len(s.chain) != 2 {
		t.Errorf("%v: %d certificates, want leaf and intermediate", err, len(s.chain))
	}
}

// What is signed and what the caller or signer leaves out are told apart.
func TestIgnoring(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	dir := trapTree(t)
	signInto(t, dir, KeySigner{key}, SignOptions{IgnorePaths: []string{"sub", "README.md"}})
	classify := func(name string) Class {
		return map[string]Class{"model.safetensors": Weights, "sub/y.bin": Weights, "README.md": Card, "LICENSE": License}[name]
	}
	r := mustVerify(t, dir, Options{Trust: trust, Classify: classify})
	s := r.Signature
	if want := []string{"README.md", "sub/.git", "sub/y.bin"}; !slices.Equal(s.ExcludedBySigner, want) {
		t.Errorf("excluded by signer %q, want %q", s.ExcludedBySigner, want)
	}
	if *s.Coverage.WeightsSigned || *s.Coverage.CardSigned || !*s.Coverage.LicenseSigned {
		t.Errorf("weights %v card %v licence %v", *s.Coverage.WeightsSigned, *s.Coverage.CardSigned, *s.Coverage.LicenseSigned)
	}
	if left := s.Coverage.BytesTotal - s.Coverage.BytesSigned; left != int64(len("# card")+len("not git's own")+len("y")) {
		t.Errorf("%d bytes are not signed", left)
	}
	r = mustVerify(t, dir, Options{Trust: trust, Classify: classify, IgnorePaths: []string{"sub"}})
	if c := r.Signature.Coverage; !*c.WeightsSigned || c.BytesTotal-c.BytesSigned != int64(len("# card")) || len(r.Signature.ExcludedBySigner) != 1 {
		t.Errorf("what the caller leaves out counts: %+v", c)
	}
	// An ignore path of the caller's hides no signed file.
	flip(t, filepath.Join(dir, "LICENSE"))
	if r = mustVerify(t, dir, Options{Trust: trust, IgnorePaths: []string{"LICENSE"}}); r.Outcome != Refused || r.Signature.Integrity.Files.Mismatch != 1 {
		t.Errorf("an ignore path hid a changed file: %s", r.Outcome)
	}
	flip(t, filepath.Join(dir, "LICENSE"))

	write(t, filepath.Join(dir, "extra.py"), "")
	if r = mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Refused || code(r.Problems) != FileUnsigned || r.Problems[0].Path != "extra.py" {
		t.Errorf("an extra file: %v", r.Problems)
	}
	if r = mustVerify(t, dir, Options{Trust: trust, IgnoreUnsigned: true}); r.Outcome != Verified || r.Signature.Integrity.Files.Unsigned != 1 || !*r.Signature.Integrity.Matches {
		t.Errorf("an extra file that is allowed: %v", r.Problems)
	}
	remove(t, filepath.Join(dir, "extra.py"))
	if r = mustVerify(t, dir, Options{Trust: trust, KeepGit: true}); r.Outcome != Verified {
		t.Errorf("the signer ignores git's files too: %v", r.Problems)
	}
	// Git's own files can be signed, and are then checked.
	signInto(t, dir, KeySigner{key}, SignOptions{KeepGit: true})
	if r = mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Verified || r.Signature.Integrity.Files.Match != 16 {
		t.Errorf("git's files signed: %+v: %v", r.Signature.Integrity.Files, r.Problems)
	}
	write(t, filepath.Join(dir, ".git", "config"), "changed")
	if r = mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Refused {
		t.Errorf("a changed file of git's: %s", r.Outcome)
	}
}

func TestFindingTheBundle(t *testing.T) {
	key := newKey(t, elliptic.P256())
	good := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	provenance := string(signRaw(t, key, `{"_type":"https://in-toto.io/Statement/v1","subject":[],"predicateType":"https://slsa.dev/provenance/v1","predicate":{}}`))
	for name, c := range map[string]struct {
		files  map[string]string
		path   string
		others int
		want   Outcome
	}{
		"none":                       {map[string]string{"config.json": "{}"}, "", 0, Unsigned},
		"the usual name":             {map[string]string{"model.sig": good}, "model.sig", 0, Untrusted},
		"an agent skill":             {map[string]string{"skill.oms.sig": good}, "skill.oms.sig", 0, Untrusted},
		"any .sig":                   {map[string]string{"release.sig": good}, "release.sig", 0, Untrusted},
		"a Sigstore name":            {map[string]string{"x.sigstore.json": good}, "x.sigstore.json", 0, Untrusted},
		"any JSON":                   {map[string]string{"claim.json": good, "config.json": "{}"}, "claim.json", 0, Untrusted},
		"the best of several":        {map[string]string{"a.sig": good, "model.sig": good, "b.json": good}, "model.sig", 2, Refused},
		"provenance":                 {map[string]string{"build.sigstore.json": provenance, "p.sig": provenance}, "", 0, Unsigned},
		"a GPG signature":            {map[string]string{"a.sig": "\x89\x01gpg"}, "", 0, Unsigned},
		"the usual name, no bundle":  {map[string]string{"model.sig": "\x89\x01gpg"}, "model.sig", 0, Refused},
		"the usual name, provenance": {map[string]string{"model.sig": provenance}, "model.sig", 0, Refused},
		"a broken .sig":              {map[string]string{"a.sig": good[:len(good)-5]}, "a.sig", 0, Refused},
		"deeper":                     {map[string]string{"sub/model.sig": good}, "", 0, Unsigned},
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		for file, content := range c.files {
			write(t, filepath.Join(dir, file), content)
		}
		r := mustVerify(t, dir, Options{IgnorePaths: []string{"config.json"}})
		if r.Outcome != c.want || r.Signature.Path != c.path || r.Signature.Present != (c.path != "") || len(r.Others) != c.others {
			t.Errorf("%s: %s %q others %v: %v", name, r.Outcome, r.Signature.Path, r.Others, r.Problems)
		}
	}
	t.Run("a link", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		symlink(t, "a", filepath.Join(dir, "model.sig"))
		if r := mustVerify(t, dir, Options{}); r.Outcome != Incomplete || code(r.Problems) != BundleUnreadable {
			t.Errorf("%s: %v", r.Outcome, r.Problems)
		}
	})
	t.Run("named and not there", func(t *testing.T) {
		if _, err := Verify(context.Background(), t.TempDir(), Options{Signature: "none.sig"}); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
	t.Run("no model", func(t *testing.T) {
		if _, err := Verify(context.Background(), filepath.Join(t.TempDir(), "none"), Options{}); !errors.Is(err, os.ErrNotExist) {
			t.Error(err)
		}
	})
}

// The JSON is a contract: names, what is null, what is left out.
func TestResultJSON(t *testing.T) {
	key := newKey(t, elliptic.P256())
	hint := KeyHint(&key.PublicKey)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	marshal := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := marshal(mustVerify(t, dir, Options{}).Signature); got != `{"present":false}` {
		t.Error(got)
	}
	write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(filesSHA256, resource("a", "a")))))
	facts := `"integrity":{"matches":true,"files":{"match":1,"mismatch":0,"missing":0,"unsigned":0,"ignored":0,"symlink":0,"unreadable":0}},` +
		`"coverage":{"bytes_signed":1,"bytes_total":1,"weights_signed":true},"legacy_format":false,"excluded_by_signer":[]}`
	options := Options{Classify: func(string) Class { return Weights }}
	want := `{"present":true,"path":"model.sig","method":"key","format":"model_signing/signature/v1.0","signer":{"identity":null,"issuer":null,"fingerprint":"sha256:` + hint + `","time":null},` + facts
	if got := marshal(mustVerify(t, dir, options).Signature); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	options.Trust.Keys = []*ecdsa.PublicKey{&key.PublicKey}
	want = strings.Replace(want, `"signer":{`, `"signer":{"verified":true,`, 1)
	if got := marshal(mustVerify(t, dir, options).Signature); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	flip(t, filepath.Join(dir, "a"))
	r := mustVerify(t, dir, options)
	if got, want := marshal(r.Problems), `[{"code":"file-mismatch","path":"a","count":1,"expected":"sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","found":"`+SHA256.text(sumOf(t, SHA256, "`"))+`"}]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := r.Problems[0].Error(), `file mismatch "a": expected sha256:ca97`; !strings.HasPrefix(got, want) {
		t.Errorf("%s", got)
	}
	if marshal(r) != marshal(mustVerify(t, dir, options)) {
		t.Error("two verifications differ")
	}
	write(t, filepath.Join(dir, "model.sig"), "")
	if got, want := marshal(mustVerify(t, dir, Options{}).Signature), `{"present":true,"path":"model.sig","integrity":{"matches":false,`; !strings.HasPrefix(got, want) || strings.Contains(got, "signer") {
		t.Errorf("%s", got)
	}
}

// A cancelled verification ends with the reason.
func TestVerifyStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	key := newKey(t, elliptic.P256())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(filesSHA256, resource("a", "a")))))
	if _, err := Verify(ctx, dir, Options{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
