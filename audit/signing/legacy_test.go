package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
)

// What CPython prints for these bytes.
func TestRepr(t *testing.T) {
	for data, want := range map[string]string{
		"":                     `b''`,
		"plain ~":              `b'plain ~'`,
		"it's":                 `b"it's"`,
		`it's "it"`:            `b'it\'s "it"'`,
		`"`:                    `b'"'`,
		`back\slash`:           `b'back\\slash'`,
		"\t\n\r":               `b'\t\n\r'`,
		"\x00\x1f\x7f\x80\xff": `b'\x00\x1f\x7f\x80\xff'`,
		"ü":                    `b'\xc3\xbc'`,
	} {
		var b bytes.Buffer
		writeRepr(&b, []byte(data))
		if b.String() != want {
			t.Errorf("%q: %s, want %s", data, b.String(), want)
		}
	}
	if got, want := string(paeV02("t", []byte("a\n"))), `DSSEV1 1 t 2 b'a\n'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := string(pae("t", []byte("a\n"))), "DSSEv1 1 t 2 a\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// digestsStatement is a statement as v0.2.0 made it, pretty-printed with a line break and quotes that need care.
func digestsStatement(files map[string]string, order ...string) []byte {
	var subjects []any
	for _, name := range order {
		subjects = append(subjects, map[string]any{
			"name":        name,
			"digest":      map[string]string{"sha256": fmt.Sprintf("%x", sha256.Sum256([]byte(files[name])))},
			"annotations": map[string]string{"actual_hash_algorithm": "file-sha256"},
		})
	}
	data, _ := json.MarshalIndent(map[string]any{
		"_type": statementType, "subject": subjects, "predicateType": predicateDigests,
		"predicate": map[string]string{"unused": "Unused, it's just \"passed\" due to API requirements"},
	}, "", "  ")
	return data
}

// signV02 signs as v0.2.0 did: over the broken encoding.
func signV02(t *testing.T, key *ecdsa.PrivateKey, h crypto.Hash, payload []byte, material materialJSON) string {
	t.Helper()
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum(h, paeV02(payloadType, payload)))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(bundleJSON{mediaTypeV03, material, envelopeJSON{payload, payloadType, []sigJSON{{signature, ""}}}})
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestReleaseBeforeTheSpecification(t *testing.T) {
	files := map[string]string{"b/weights.bin": "weights", "README.md": "it's a card", "a": ""}
	payload := digestsStatement(files, "b/weights.bin", "README.md", "a")
	ca := newCA(t, "authority")
	for _, c := range []struct {
		name        string
		curve       elliptic.Curve
		hash        crypto.Hash
		certificate bool
		want        bool
	}{
		{"key P-256", elliptic.P256(), crypto.SHA256, false, true},
		{"key P-384", elliptic.P384(), crypto.SHA384, false, true},
		{"key P-521", elliptic.P521(), crypto.SHA512, false, true},
		{"key P-384 as the release hashed", elliptic.P384(), crypto.SHA256, false, true},
		{"certificate P-256", elliptic.P256(), crypto.SHA256, true, true},
		{"certificate P-384", elliptic.P384(), crypto.SHA256, true, true},
		{"certificate P-384 hashed as no release did", elliptic.P384(), crypto.SHA384, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			key := newKey(t, c.curve)
			trust := Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}
			material := materialJSON{PublicKey: &hintJSON{KeyHint(&key.PublicKey)}}
			if c.certificate {
				leaf := ca.leaf(t, &key.PublicKey, asOf.AddDate(-1, 0, 0), asOf.AddDate(1, 0, 0), nil)
				trust = Trust{Roots: ca.certificates()}
				material = materialJSON{Chain: &chainJSON{[]rawJSON{{leaf.Raw}, {ca.intermediate.Raw}}}}
			}
			dir := t.TempDir()
			for name, content := range files {
				write(t, filepath.Join(dir, name), content)
			}
			write(t, filepath.Join(dir, "model.sig"), signV02(t, key, c.hash, payload, material))
			r := mustVerify(t, dir, Options{Trust: trust})
			if *r.Signature.Signer.Verified != c.want {
				t.Errorf("verified %v: %v", *r.Signature.Signer.Verified, r.Problems)
			}
			if !*r.Signature.LegacyFormat || r.Signature.Format != "model_signing/Digests/v0.1" || !*r.Signature.Integrity.Matches {
				t.Errorf("%+v: %v", r.Signature, r.Problems)
			}
			if c.want && len(r.Notes) == 0 {
				t.Error("the broken encoding is not told")
			}
			flip(t, filepath.Join(dir, "README.md"))
			if r := mustVerify(t, dir, Options{Trust: trust}); *r.Signature.Signer.Verified != c.want || r.Signature.Integrity.Files != (FileCounts{Match: 2, Mismatch: 1}) {
				t.Errorf("after a change: %+v", r.Signature.Integrity)
			}
		})
	}
}

// What that release really wrote.
func TestRealBrokenEncoding(t *testing.T) {
	at := func(name string) string { return filepath.Join("testdata", "v0.2.0", name) }
	for bundle, trust := range map[string]Trust{
		"key-p256.sig": trustKey(t, at("p256.pub")), "key-p384.sig": trustKey(t, at("p384.pub")), "key-p521.sig": trustKey(t, at("p521.pub")),
		"certificate-p384.sig": trustCA(t, at("ca.pem")),
	} {
		r := mustVerify(t, at("model"), Options{Trust: trust, Signature: at(bundle), Now: asOf.AddDate(1, 0, 0)})
		if r.Outcome != Verified || !*r.Signature.LegacyFormat || r.Signature.Integrity.Files != (FileCounts{Match: 2}) {
			t.Errorf("%s: %s: %v", bundle, r.Outcome, r.Problems)
		}
		tampered := filepath.Join(t.TempDir(), "t.sig")
		write(t, tampered, string(read(t, at(bundle))))
		editPayload(t, tampered, func(p []byte) []byte { return append(p, ' ') })
		if r := mustVerify(t, at("model"), Options{Trust: trust, Signature: tampered}); *r.Signature.Signer.Verified || !*r.Signature.Integrity.Matches {
			t.Errorf("%s, tampered with: %v", bundle, r.Problems)
		}
	}
}

// The old encoding is accepted for what it is and makes nothing else valid: a normal statement signed that way is
// legacy too.
func TestBrokenEncodingOfNewStatement(t *testing.T) {
	key := newKey(t, elliptic.P256())
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	payload := []byte(listing(filesSHA256, resource("a", "a")))
	write(t, filepath.Join(dir, "model.sig"), signV02(t, key, crypto.SHA256, payload, materialJSON{PublicKey: &hintJSON{KeyHint(&key.PublicKey)}}))
	r := mustVerify(t, dir, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&key.PublicKey}}})
	if !*r.Signature.LegacyFormat || r.Outcome != Verified {
		t.Errorf("legacy %v outcome %s", *r.Signature.LegacyFormat, r.Outcome)
	}
}

// Bundles of v0.3.1 to 1.0.1 carry the text of a key. It names the signer and proves nothing.
func TestRawKeyIsNoTrust(t *testing.T) {
	mallory, alice := newKey(t, elliptic.P256()), newKey(t, elliptic.P256())
	der, err := x509.MarshalPKIXPublicKey(&mallory.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	text := "-----BEGIN PUBLIC KEY-----\n" + base64.StdEncoding.EncodeToString(der) + "\n-----END PUBLIC KEY-----\n"
	bundle, err := KeySigner{mallory}.SignStatement(context.Background(), []byte(listing(filesSHA256, resource("a", "a"))))
	if err != nil {
		t.Fatal(err)
	}
	raw := fmt.Sprintf(`"publicKey":{"rawBytes":%q,"keyDetails":"PKIX_ECDSA_P256_SHA_256"},"x":{`, base64.StdEncoding.EncodeToString([]byte(text)))
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "model.sig"), string(bytes.Replace(bundle, []byte(`"publicKey":{`), []byte(raw), 1)))

	r := mustVerify(t, dir, Options{})
	if r.Outcome != Untrusted || r.Signature.Signer.Verified != nil || r.Signature.Signer.Fingerprint == nil || !*r.Signature.LegacyFormat {
		t.Errorf("%s: %+v", r.Outcome, r.Signature.Signer)
	}
	r = mustVerify(t, dir, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&alice.PublicKey}}})
	if r.Outcome != Refused || *r.Signature.Signer.Verified || code(r.Problems) != SignerUnexpected {
		t.Errorf("%s: %v", r.Outcome, r.Problems)
	}
	if r = mustVerify(t, dir, Options{Trust: Trust{Keys: []*ecdsa.PublicKey{&alice.PublicKey, &mallory.PublicKey}}}); r.Outcome != Verified {
		t.Errorf("%s: %v", r.Outcome, r.Problems)
	}
}
