package signing

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signRaw signs any bytes as a statement, so that only the statement is wrong and never the signature.
func signRaw(t testing.TB, key *ecdsa.PrivateKey, statement string) []byte {
	t.Helper()
	bundle, err := KeySigner{key}.SignStatement(context.Background(), []byte(statement))
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

// listing writes a statement about resources given as JSON, with the right root digest for digests of 32 bytes.
func listing(serialization string, resources ...string) string {
	h := sha256.New()
	for _, r := range resources {
		var parsed struct{ Digest string }
		if json.Unmarshal([]byte(r), &parsed) == nil {
			digest, _ := hex.DecodeString(parsed.Digest)
			h.Write(digest)
		}
	}
	return fmt.Sprintf(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"m","digest":{"sha256":"%x"}}],`+
		`"predicateType":"https://model_signing/signature/v1.0","predicate":{"serialization":%s,"resources":[%s]}}`,
		h.Sum(nil), serialization, strings.Join(resources, ","))
}

const filesSHA256 = `{"method":"files","hash_type":"sha256","allow_symlinks":false}`

func resource(name, content string) string {
	quoted, _ := json.Marshal(name)
	return fmt.Sprintf(`{"name":%s,"algorithm":"sha256","digest":"%x"}`, quoted, sha256.Sum256([]byte(content)))
}

// Statements signed by the trusted key that must not be used all the same.
func TestHostileStatements(t *testing.T) {
	good := resource("a", "a")
	digest := fmt.Sprintf("%x", sha256.Sum256([]byte("a")))
	shards := `{"method":"shards","hash_type":"sha256","shard_size":2,"allow_symlinks":false}`
	shard := func(name string) string {
		return strings.Replace(resource(name, "a"), `"sha256"`, `"sha256-sharded-2"`, 1)
	}
	statements := map[string]string{
		"a parent":             listing(filesSHA256, resource("../a", "a")),
		"a parent inside":      listing(filesSHA256, resource("b/../../a", "a")),
		"a parent that stays":  listing(filesSHA256, resource("b/../a", "a")),
		"an absolute name":     listing(filesSHA256, resource("/etc/passwd", "a")),
		"an empty name":        listing(filesSHA256, resource("", "a")),
		"a dot":                listing(filesSHA256, resource("./a", "a")),
		"a dot beside others":  listing(filesSHA256, resource(".", "a"), resource("b", "b")),
		"two slashes":          listing(filesSHA256, resource("b//a", "a")),
		"a slash at the end":   listing(filesSHA256, resource("a/", "a")),
		"a backslash":          listing(filesSHA256, resource(`b\a`, "a")),
		"a NUL":                listing(filesSHA256, resource("a\x00b", "a")),
		"a name twice":         listing(filesSHA256, good, good),
		"bytes that no UTF-8":  listing(filesSHA256, strings.Replace(good, `"a"`, "\"a\xff\"", 1)),
		"half a surrogate":     listing(filesSHA256, strings.Replace(good, `"a"`, `"a\ud800"`, 1)),
		"halves the wrong way": listing(filesSHA256, strings.Replace(good, `"a"`, `"\udc00\ud800"`, 1)),
		"a very long name":     listing(filesSHA256, resource(strings.Repeat("a", MaxName+1), "a")),
		"a name that is null":  listing(filesSHA256, strings.Replace(good, `"a"`, `null`, 1)),
		"a name that is 1":     listing(filesSHA256, strings.Replace(good, `"a"`, `1`, 1)),
		"no resources":         listing(filesSHA256),
		"a short digest":       listing(filesSHA256, strings.Replace(good, digest, digest[:62], 1)),
		"a digest of letters":  listing(filesSHA256, strings.Replace(good, digest, strings.Repeat("z", 64), 1)),
		"another algorithm":    listing(filesSHA256, strings.Replace(good, `:"sha256"`, `:"blake3"`, 1)),
		"md5":                  listing(strings.Replace(filesSHA256, "sha256", "md5", 1), strings.Replace(good, "sha256", "md5", 1)),
		"git's sha1":           listing(strings.Replace(filesSHA256, "sha256", "git-sha1", 1), strings.Replace(good, "sha256", "git-sha1", 1)),
		"an unknown method":    listing(strings.Replace(filesSHA256, "files", "tensors", 1), good),
		"no serialization":     listing("null", good),
		"symlinks maybe":       listing(strings.Replace(filesSHA256, "false", `"true"`, 1), good),
		"another predicate":    strings.Replace(listing(filesSHA256, good), "signature/v1.0", "signature/v2.0", 1),
		"another type":         strings.Replace(listing(filesSHA256, good), "Statement/v1", "Statement/v0.1", 1),
		"two subjects":         strings.Replace(listing(filesSHA256, good), `"subject":[`, `"subject":[{"name":"x","digest":{"sha256":"`+digest+`"}},`, 1),
		"no subject":           strings.Replace(listing(filesSHA256, good), `"subject":[{`, `"subject":[],"x":[{`, 1),
		"a key twice":          strings.Replace(listing(filesSHA256, good), `"_type"`, `"predicate":{},"_type"`, 1),
		"a key in other case":  strings.Replace(listing(filesSHA256, good), `"predicate":{`, `"Predicate":{},"predicate":{`, 1),
		"only in other case":   strings.Replace(listing(filesSHA256, good), `"resources"`, `"Resources"`, 1),
		"a long s":             strings.Replace(listing(filesSHA256, good), `"resources"`, `"reſources":[],"resources"`, 1),
		"name twice":           listing(filesSHA256, strings.Replace(good, `{`, `{"name":"b",`, 1)),
		"escaped name twice":   listing(filesSHA256, strings.Replace(good, `{`, `{"n\u0061me":"b",`, 1)),
		"a shard without end":  listing(shards, shard("a:0")),
		"a shard backwards":    listing(shards, shard("a:2:1")),
		"an empty shard":       listing(shards, shard("a:1:1")),
		"a long shard":         listing(shards, shard("a:0:3")),
		"a gap at the start":   listing(shards, shard("a:2:3")),
		"a gap between":        listing(shards, shard("a:0:2"), shard("a:4:5")),
		"a short shard inside": listing(shards, shard("a:0:1"), shard("a:1:2")),
		"a shard twice":        listing(shards, shard("a:0:2"), shard("a:0:2")),
		"an offset with a 0":   listing(shards, shard("a:00:2")),
		"an offset with a +":   listing(shards, shard("a:+0:2")),
		"shards of 0":          listing(strings.Replace(shards, ":2", ":0", 1), shard("a:0:1")),
		"shards of -1":         listing(strings.Replace(shards, ":2", ":-1", 1), shard("a:0:1")),
		"shards of 1.5":        listing(strings.Replace(shards, ":2", ":1.5", 1), shard("a:0:1")),
		"shards of 1e300":      listing(strings.Replace(shards, ":2", ":1e300", 1), shard("a:0:1")),
		"shards of other size": listing(shards, strings.Replace(shard("a:0:2"), "sharded-2", "sharded-3", 1)),
		"a shard of a parent":  listing(shards, shard("../a:0:2")),
		"a list":               "[]",
		"nothing":              "",
		"half":                 `{"_type":"https://in-toto.io/Statement/v1"`,
	}
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	for name, statement := range statements {
		t.Run(name, func(t *testing.T) {
			write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, statement)))
			tree, err := OpenTree(dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer tree.Close()
			check, err := Begin(context.Background(), tree, Options{Trust: trust})
			if err != nil {
				t.Fatal(err)
			}
			if needs := check.Needs(); needs != nil {
				t.Errorf("would read %v", needs)
			}
			r := check.Finish(nil)
			if !*r.Signature.Signer.Verified || *r.Signature.Integrity.Matches || r.Outcome != Refused || code(r.Problems) != StatementInvalid {
				t.Errorf("verified %v matches %v outcome %s: %v", *r.Signature.Signer.Verified, *r.Signature.Integrity.Matches, r.Outcome, r.Problems)
			}
		})
	}
	t.Run("the good one", func(t *testing.T) {
		write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(filesSHA256, good))))
		if r := mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Verified {
			t.Errorf("%s: %v", r.Outcome, r.Problems)
		}
	})
	t.Run("a wrong root digest", func(t *testing.T) {
		statement := listing(filesSHA256, good)
		statement = strings.Replace(statement, statement[strings.Index(statement, `256":"`)+6:][:2], "00", 1)
		write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, statement)))
		r := mustVerify(t, dir, Options{Trust: trust})
		if !*r.Signature.Signer.Verified || *r.Signature.Integrity.Matches || code(r.Problems) != RootMismatch || r.Signature.Integrity.Files.Match != 1 {
			t.Errorf("%+v: %v", r.Signature.Integrity, r.Problems)
		}
	})
}

// What is allowed although it looks odd.
func TestOddStatements(t *testing.T) {
	key := newKey(t, elliptic.P256())
	trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
	good := resource("a", "a")
	for name, statement := range map[string]string{
		"unknown keys":         strings.Replace(strings.Replace(listing(filesSHA256, good), `{"_type"`, `{"x":{"A":1,"a":2},"_type"`, 1), `{"name":"a"`, `{"size":1,"name":"a"`, 1),
		"a digest in capitals": strings.Replace(listing(filesSHA256, good), "ca978112", "CA978112", 1),
		"whole shards":         listing(`{"method":"shards","hash_type":"sha256","shard_size":1e3}`, resource("a:0:1", "a")),
		"a name in NFC":        strings.Replace(listing(filesSHA256, good), `"name":"m"`, `"name":"m\u00fc"`, 1),
		"escapes":              strings.Replace(listing(filesSHA256, good), `"name":"a"`, `"n\u0061me":"\u0061"`, 1),
		"an ignored dot":       strings.Replace(listing(filesSHA256, good), `false}`, `false,"ignore_paths":[".","../x","/etc",""]}`, 1),
	} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, statement)))
		if r := mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Verified {
			t.Errorf("%s: %s: %v", name, r.Outcome, r.Problems)
		}
	}
}

func TestHostileBundles(t *testing.T) {
	key := newKey(t, elliptic.P256())
	good := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	if _, err := parseBundle([]byte(good)); err != nil {
		t.Fatal(err)
	}
	certificate := `"certificate":{"rawBytes":"AAAA"}`
	replace := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the bundle does not hold %s", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, c := range map[string]struct {
		bundle string
		code   Code
	}{
		"empty":                 {"", BundleMalformed},
		"white space":           {" \n", BundleMalformed},
		"not JSON":              {"-----BEGIN PGP SIGNATURE-----", BundleMalformed},
		"half":                  {good[:len(good)/2], BundleMalformed},
		"two documents":         {good + good, BundleMalformed},
		"a list":                {"[" + good + "]", BundleMalformed},
		"no media type":         {replace(`"mediaType"`, `"x"`), BundleUnknown},
		"another media type":    {replace("bundle.v0.3+json", "bundle.v0.9+json"), BundleUnknown},
		"media type in capital": {replace(`"mediaType"`, `"MediaType"`), BundleMalformed},
		"a key twice":           {replace(`{"mediaType"`, `{"dsseEnvelope":{},"mediaType"`), BundleMalformed},
		"an envelope twice":     {replace(`"dsseEnvelope"`, `"DsseEnvelope":{},"dsseEnvelope"`), BundleMalformed},
		"a message":             {replace(`"dsseEnvelope"`, `"messageSignature":{},"dsseEnvelope"`), BundleUnknown},
		"no material":           {replace(`"publicKey"`, `"secretKey"`), BundleMalformed},
		"two materials":         {replace(`"publicKey"`, certificate+`,"publicKey"`), BundleMalformed},
		"no signature":          {replace(`"signatures":[`, `"signatures":[],"x":[`), BundleMalformed},
		"two signatures":        {replace(`"signatures":[`, `"signatures":[{"sig":"AAAA"},`), BundleMalformed},
		"an empty signature":    {replace(`"sig":"`, `"sig":"","x":"`), BundleMalformed},
		"a huge signature":      {replace(`"sig":"`, `"sig":"`+strings.Repeat("AAAA", 1000)), BundleMalformed},
		"no base64":             {replace(`"payload":"`, `"payload":"!`), BundleMalformed},
		"a line break":          {replace(`"payload":"`, `"payload":"\n`), BundleMalformed},
		"an empty chain":        {replace(`"publicKey":{`, `"x509CertificateChain":{"certificates":[]},"x":{`), BundleMalformed},
		"a long chain":          {replace(`"publicKey":{`, `"x509CertificateChain":{"certificates":[`+strings.Repeat(`{"rawBytes":"AA=="},`, MaxCertificates)+`{"rawBytes":"AA=="}]},"x":{`), BundleMalformed},
		"many log entries":      {replace(`"publicKey":{`, certificate+`,"x":{`), BundleMalformed},
		"deep":                  {strings.Repeat(`{"mediaType":`, 20000), BundleMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "many log entries" {
				c.bundle = strings.Replace(c.bundle, `"tlogEntries":[]`, `"tlogEntries":[{}`+strings.Repeat(`,{}`, maxTlogEntries)+`]`, 1)
			}
			_, err := parseBundle([]byte(c.bundle))
			problem, ok := err.(*Problem)
			if !ok || problem.Code != c.code {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		_, err := ReadBundle(strings.NewReader(good), MaxBundle+1)
		if problem, ok := err.(*Problem); !ok || problem.Code != BundleMalformed {
			t.Error(err)
		}
	})
	t.Run("shorter than it says", func(t *testing.T) {
		_, err := ReadBundle(strings.NewReader(good), int64(len(good)+1))
		if problem, ok := err.(*Problem); !ok || problem.Code != BundleUnreadable {
			t.Error(err)
		}
	})
}

// Bundles of other writers: URL-safe base64 without padding, nulls, snake-case extras, old media types.
func TestOddBundles(t *testing.T) {
	key := newKey(t, elliptic.P256())
	good := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	want, err := parseBundle([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	sig := base64.StdEncoding.EncodeToString(want.Signature)
	for name, bundle := range map[string]string{
		"url-safe":   strings.Replace(good, sig, base64.RawURLEncoding.EncodeToString(want.Signature), 1),
		"nulls":      strings.Replace(good, `"publicKey"`, `"certificate":null,"x509CertificateChain":null,"publicKey"`, 1),
		"no keyid":   strings.Replace(good, `,"keyid":""`, ``, 1),
		"null keyid": strings.Replace(good, `"keyid":""`, `"keyid":null`, 1),
		"old type":   strings.Replace(good, ".v0.3+json", "+json;version=0.1", 1),
		"no tlog":    strings.Replace(good, `,"tlogEntries":[]`, ``, 1),
		"spaces":     strings.NewReplacer(`:{`, " :\n\t{ ", `,"`, " , \"").Replace(good),
	} {
		got, err := parseBundle([]byte(bundle))
		if err != nil || !bytes.Equal(got.Payload, want.Payload) || !bytes.Equal(got.Signature, want.Signature) || got.Method != Key {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A certificate that no log has seen says nothing about when it was used, and is not keyless.
func TestCertificateWithoutLog(t *testing.T) {
	ca := newCA(t, "authority")
	key := newKey(t, elliptic.P256())
	leaf := ca.leaf(t, &key.PublicKey, asOf.AddDate(-1, 0, 0), asOf.AddDate(1, 0, 0), nil)
	bundle := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	alone := strings.Replace(bundle, `"publicKey":{`, `"certificate":{"rawBytes":"`+base64.StdEncoding.EncodeToString(leaf.Raw)+`"},"x":{`, 1)
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "model.sig"), alone)
	r := mustVerify(t, dir, Options{Trust: Trust{Roots: ca.certificates()}})
	if r.Signature.Method != Certificate || r.Outcome != Refused || code(r.Problems) != SignerUntrusted {
		t.Errorf("method %s outcome %s: %v", r.Signature.Method, r.Outcome, r.Problems)
	}
	r = mustVerify(t, dir, Options{Trust: Trust{Roots: append(ca.certificates(), ca.intermediate)}})
	if r.Outcome != Verified {
		t.Errorf("with the intermediate: %s: %v", r.Outcome, r.Problems)
	}
}

func TestCertificateRules(t *testing.T) {
	ca, stranger := newCA(t, "authority"), newCA(t, "authority")
	key := newKey(t, elliptic.P384())
	for name, c := range map[string]struct {
		from, to int // years from the day of the audit
		usage    bool
		by       authority
		want     Code
	}{
		"good":              {-1, 1, true, ca, ""},
		"expired":           {-1, 0, true, ca, CertificateDate},
		"not yet":           {1, 2, true, ca, CertificateDate},
		"not for signing":   {-1, 1, false, ca, SignerUntrusted},
		"of another CA":     {-1, 1, true, stranger, SignerUntrusted},
		"before its issuer": {-3, -1, true, ca, SignerUntrusted},
	} {
		to := asOf.AddDate(c.to, 0, 0)
		if c.to == 0 {
			to = asOf.AddDate(0, 0, -1)
		}
		leaf := c.by.leaf(t, &key.PublicKey, asOf.AddDate(c.from, 0, 0), to, func(x *x509.Certificate) {
			if !c.usage {
				x.KeyUsage = x509.KeyUsageKeyEncipherment
			}
		})
		signer := &CertificateSigner{key, []*x509.Certificate{leaf, c.by.intermediate}}
		bundle, err := signer.SignStatement(context.Background(), []byte(listing(filesSHA256, resource("a", "a"))))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		write(t, filepath.Join(dir, "model.sig"), string(bundle))
		r := mustVerify(t, dir, Options{Trust: Trust{Roots: ca.certificates()}})
		if code(r.Problems) != c.want || *r.Signature.Signer.Verified != (c.want == "") || !*r.Signature.Integrity.Matches {
			t.Errorf("%s: %v", name, r.Problems)
		}
		// Without a date nothing with a date is trusted.
		if r, err := Verify(context.Background(), dir, Options{Trust: Trust{Roots: ca.certificates()}}); err != nil || r.Outcome != Refused {
			t.Errorf("%s without a date: %v", name, err)
		}
		// A pinned key does not need its certificate.
		if r := mustVerify(t, dir, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}}); r.Outcome != Verified {
			t.Errorf("%s with its key pinned: %v", name, r.Problems)
		}
	}
}

// The certificate that is named as out of date is the one that is: here the root.
func TestExpiredRoot(t *testing.T) {
	ca, key := newCA(t, "authority"), newKey(t, elliptic.P256())
	leaf := ca.leaf(t, &key.PublicKey, asOf.AddDate(-1, 0, 0), asOf.AddDate(10, 0, 0), nil)
	signer := &CertificateSigner{key, []*x509.Certificate{leaf, ca.intermediate}}
	bundle, err := signer.SignStatement(context.Background(), []byte(listing(filesSHA256, resource("a", "a"))))
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseBundle(bundle)
	if err != nil {
		t.Fatal(err)
	}
	s := Trust{Roots: ca.certificates()}.check(b, asOf.AddDate(7, 0, 0))
	want := "the certificate of CN=authority intermediate, valid from " + ca.root.NotBefore.Format(time.DateOnly)
	if s.problem == nil || s.problem.Code != CertificateDate || !strings.HasPrefix(s.problem.Found, want) || *s.signer.ValidNow {
		t.Errorf("%v, valid now: %v", s.problem, *s.signer.ValidNow)
	}
}

func FuzzParseBundle(f *testing.F) {
	key := newKey(f, elliptic.P256())
	f.Add(signRaw(f, key, listing(filesSHA256, resource("a", "a"))))
	f.Add([]byte(`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"certificate":{"rawBytes":"AAAA"},"tlogEntries":[{"integratedTime":"1"}]},"dsseEnvelope":{"payload":"e30=","payloadType":"x","signatures":[{"sig":"AAAA"}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := parseBundle(data)
		if (b == nil) == (err == nil) {
			t.Error("neither bundle nor error, or both")
		}
		if b != nil {
			Trust{}.check(b, asOf)
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	f.Add([]byte(listing(filesSHA256, resource("a", "a"), resource("b/c", "c"))))
	f.Add([]byte(listing(`{"method":"shards","hash_type":"sha256","shard_size":2.0,"ignore_paths":["x"]}`, resource("a:0:2", "a"), resource("a:2:3", "a"))))
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"a","digest":{"sha256":"` + strings.Repeat("0", 64) + `"}}],"predicateType":"https://model_signing/Digests/v0.1","predicate":{"unused":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, _ := ParseManifest(data)
		if m == nil {
			return
		}
		for _, r := range m.Resources {
			if r.Name != "." && CheckName(r.Name) != nil {
				t.Errorf("let in %q", r.Name)
			}
			if r.Name != "." && !filepath.IsLocal(r.Name) {
				t.Errorf("%q leaves the model", r.Name)
			}
		}
		if m.Legacy() {
			return
		}
		again, err := m.Statement()
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseManifest(again); err != nil || !bytes.Equal(back.root(), m.root()) {
			t.Errorf("what was read is not read again: %v", err)
		}
	})
}

func FuzzMembers(f *testing.F) {
	f.Add([]byte(`{"a":1,"b":[{"c":"\"}"},null,-1.5e3],"d":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if !json.Valid(data) {
			return
		}
		got, err := members(data, "known")
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal(data, &want); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if string(value) == "null" {
				delete(want, key)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d members, want %d", len(got), len(want))
		}
		for key, value := range want {
			if !bytes.Equal(got[key], value) {
				t.Errorf("%q is %s, want %s", key, got[key], value)
			}
		}
	})
}

// A file that cannot be read is unknown, not changed; and an error does not tell where the model lies on the disk.
func TestUnreadable(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "b"), "b")
	write(t, filepath.Join(dir, "model.sig"), string(signRaw(t, key, listing(filesSHA256, resource("a", "a"), resource("b", "b")))))
	tree, err := OpenTree(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tree.Close()
	begin := func() *Check {
		check, err := Begin(context.Background(), tree, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}, Now: asOf})
		if err != nil {
			t.Fatal(err)
		}
		return check
	}
	broken := &fs.PathError{Op: "read", Path: filepath.Join(dir, "b"), Err: syscall.EIO}
	sum := func(s string) map[Algorithm][]byte {
		d := sha256.Sum256([]byte(s))
		return map[Algorithm][]byte{SHA256: d[:]}
	}

	r := begin().Finish([]Digests{{Name: "a", Sums: sum("a")}, {Name: "b", Err: broken}})
	if r.Outcome != Incomplete || r.Signature.Integrity.Matches != nil || r.Signature.Integrity.Files != (FileCounts{Match: 1, Unreadable: 1}) {
		t.Errorf("%s: %v", r.Outcome, r.Problems)
	}
	if text := fmt.Sprint(r.Problems[0], r.Files); strings.Contains(text, dir) || !strings.Contains(text, "input/output error") {
		t.Error(text)
	}
	r = begin().Finish([]Digests{{Name: "a", Sums: sum("x")}, {Name: "b", Err: broken}})
	if r.Outcome != Refused || *r.Signature.Integrity.Matches {
		t.Errorf("with a mismatch beside it: %s", r.Outcome)
	}
	r = begin().Finish(nil)
	if r.Outcome != Incomplete || r.Signature.Integrity.Files.Unreadable != 2 {
		t.Errorf("nothing hashed: %s", r.Outcome)
	}
}
