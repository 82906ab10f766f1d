package signing

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Trust is whom the caller trusts. It is given, never assumed: the zero value trusts nobody, and there is no default
// root. Where several kinds are given any one of them that fits the bundle suffices; a bundle that is signed in none of
// the given ways is refused, as the caller expected something else.
type Trust struct {
	// Keys are trusted public keys. A key also vouches for a certificate bundle whose leaf holds it.
	Keys []*ecdsa.PublicKey
	// Roots are trust anchors for certificate bundles. Each is one, be it a root, an intermediate or a leaf: naming a
	// certificate is trusting it.
	Roots []*x509.Certificate
	// Identity is who must have signed a keyless bundle; Keyless is what its proof is checked with. One without the other
	// is no trust.
	Identity Identity
	Keyless  Keyless
}

// Identity is whom a keyless signature must come from. Name and issuer are both needed, exact or as a pattern.
type Identity struct {
	Name          string // e-mail address or URI in the certificate, exact
	Issuer        string // OpenID Connect issuer that knew the signer, exact
	NamePattern   string // regular expression (RE2) for the whole name, in place of Name
	IssuerPattern string // the same for the issuer
	SignedTime    bool   // ask for a time stamp of a time authority (RFC 3161), not only the log's time
}

// Complete tells whether both halves are given.
func (i Identity) Complete() bool {
	return (i.Name != "" || i.NamePattern != "") && (i.Issuer != "" || i.IssuerPattern != "")
}

// Validate refuses patterns that are no regular expressions, and a half that is given twice.
func (i Identity) Validate() error {
	for _, half := range []struct{ what, exact, pattern string }{{"identity", i.Name, i.NamePattern}, {"issuer", i.Issuer, i.IssuerPattern}} {
		if half.exact != "" && half.pattern != "" {
			return fmt.Errorf("%s is given both exactly and as a pattern", half.what)
		}
		if _, err := regexp.Compile(anchored(half.pattern)); err != nil {
			return fmt.Errorf("%s pattern: %w", half.what, err)
		}
	}
	return nil
}

// anchored makes a pattern speak of the whole text: "dev@example.com" must not let in "dev@example.com.evil.org".
func anchored(pattern string) string {
	if pattern == "" {
		return ""
	}
	return `^(?:` + pattern + `)$`
}

// words tells the identity as an expectation.
func (i Identity) words() string {
	name, issuer := i.Name, i.Issuer
	if name == "" {
		name = "matching " + i.NamePattern
	}
	if issuer == "" {
		issuer = "matching " + i.IssuerPattern
	}
	return name + " from " + issuer
}

// Observed is what a transparency log and time authorities prove of a keyless signature.
type Observed struct {
	Payload []byte    // the signed statement, as the prover read it
	Time    time.Time // the earliest proven time
}

// Keyless proves keyless bundles: that the certificate comes from a trusted authority, was valid when a trusted log or
// time authority saw the signature, and that a trusted log holds it. [TrustedRoot] is one.
type Keyless interface {
	// Prove checks the bundle, and that it comes from want if want is complete. Errors are [Problem]s with code
	// [SignerUnexpected] or [LogUnproven].
	Prove(bundle []byte, want Identity) (*Observed, error)
}

func (t Trust) given() bool {
	return len(t.Keys) > 0 || len(t.Roots) > 0 || t.Identity.Complete()
}

// signed is the answer to the first question.
type signed struct {
	signer  SignedBy
	broken  bool // signed in the broken way of v0.2.0
	problem *Problem
}

// check finds out who signed b.
func (t Trust) check(b *Bundle, now time.Time) signed {
	var s signed
	switch b.Method {
	case Key:
		s = t.checkKey(b)
	case Certificate:
		s = t.checkCertificate(b, now)
	default:
		s = t.checkKeyless(b)
	}
	if t.given() && (s.problem == nil || s.problem.outcome() == Refused) {
		s.signer.Verified = new(s.problem == nil)
	}
	return s
}

func (t Trust) noTrust(b *Bundle) *Problem {
	if !t.given() {
		return problemf(NoTrust, "signed by %s, and nobody said whom to trust", b.Method)
	}
	var have []string
	for _, kind := range []struct {
		given bool
		word  string
	}{{len(t.Keys) > 0, "key"}, {len(t.Roots) > 0, "certificate"}, {t.Identity.Complete(), "sigstore"}} {
		if kind.given {
			have = append(have, kind.word)
		}
	}
	return &Problem{Code: TrustMismatch, Expected: "a signature by " + strings.Join(have, " or "), Found: "one by " + string(b.Method)}
}

func (t Trust) checkKey(b *Bundle) signed {
	hint := b.Hint
	if hint == "" && b.LegacyKey != nil {
		hint = legacyHint(b.LegacyKey)
	}
	var s signed
	if hint != "" {
		s.signer.Fingerprint = new("sha256:" + hint)
	}
	if len(t.Keys) == 0 {
		s.problem = t.noTrust(b)
		return s
	}
	var known []string
	for _, key := range t.Keys {
		own := KeyHint(key)
		known = append(known, "sha256:"+own)
		// The reference client stops at another hint, before any signature is looked at.
		if b.Hint != "" && b.Hint != own {
			continue
		}
		if fits, broken := b.fits(key); fits {
			s.signer.Fingerprint, s.broken = new("sha256:"+own), broken
			return s
		}
	}
	expected := "key " + strings.Join(known, " or ")
	switch {
	case hint == "":
		s.problem = &Problem{Code: SignatureInvalid, Expected: "a signature by " + expected, Found: "one that does not fit the statement or is by another key"}
	case !slices.Contains(known, "sha256:"+hint):
		s.problem = &Problem{Code: SignerUnexpected, Expected: expected, Found: "key sha256:" + hint}
	default:
		s.problem = &Problem{Code: SignatureInvalid, Expected: "a signature by " + expected, Found: "one that does not fit the statement"}
	}
	return s
}

func (t Trust) checkCertificate(b *Bundle, now time.Time) signed {
	leaf, err := x509.ParseCertificate(b.Certificates[0])
	if err != nil {
		return signed{problem: problemf(BundleMalformed, "certificate: %v", err)}
	}
	s := signed{signer: SignedBy{
		Identity:    new(leaf.Subject.String()),
		Issuer:      new(leaf.Issuer.String()),
		Fingerprint: new(fingerprint(leaf)),
	}}
	if !now.IsZero() {
		s.signer.ValidNow = new(validAt(leaf, now))
	}
	key, err := signingKey(leaf.PublicKey)
	if err != nil {
		s.problem = problemf(SignatureInvalid, "certificate: %v", err)
		return s
	}
	fits := false
	if fits, s.broken = b.fits(key); !fits {
		s.problem = &Problem{Code: SignatureInvalid, Expected: "a signature by the key in the certificate", Found: "one that does not fit the statement"}
		return s
	}
	switch {
	case slices.ContainsFunc(t.Keys, func(k *ecdsa.PublicKey) bool { return k.Equal(key) }):
		// The key is what is trusted. Anybody can write a certificate for it, with
		// any name, and put it here in place of the signer's.
		s.signer = SignedBy{Fingerprint: new("sha256:" + KeyHint(key))}
	case len(t.Roots) == 0:
		s.problem = t.noTrust(b)
	default:
		s.problem = t.chain(leaf, b.Certificates[1:], now)
		if s.problem != nil && s.problem.Code == CertificateDate {
			s.signer.ValidNow = new(false) // of its chain, if not of itself
		}
	}
	return s
}

// chain leads a leaf to a root at the time of the audit. The reference client up to 1.1.1 asks only whether the chain
// held when the leaf became valid, so that an expired certificate passes; that it did is told, and is no pass.
func (t Trust) chain(leaf *x509.Certificate, rest [][]byte, now time.Time) *Problem {
	if now.IsZero() {
		return problemf(CertificateDate, "no date to judge the certificate by")
	}
	if !maySign(leaf) {
		return &Problem{Code: SignerUntrusted, Expected: "a certificate for digital signatures or code signing", Found: leaf.Subject.String()}
	}
	options := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	for _, c := range t.Roots {
		options.Roots.AddCert(c)
	}
	for _, der := range rest {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return problemf(BundleMalformed, "certificate chain: %v", err)
		}
		options.Intermediates.AddCert(c)
	}
	options.CurrentTime = now
	_, err := leaf.Verify(options)
	if err == nil {
		return nil
	}
	options.CurrentTime = leaf.NotBefore
	if chains, then := leaf.Verify(options); then == nil {
		c := outOfDate(chains[0], now)
		return &Problem{
			Code:     CertificateDate,
			Expected: "a chain valid on " + now.UTC().Format(time.DateOnly),
			Found:    fmt.Sprintf("the certificate of %s, valid from %s to %s", c.Subject, c.NotBefore.UTC().Format(time.DateOnly), c.NotAfter.UTC().Format(time.DateOnly)),
			Detail:   "no trusted time shows that it was used while it was valid",
		}
	}
	return &Problem{Code: SignerUntrusted, Expected: "a chain to a trusted root", Found: "issuer " + leaf.Issuer.String(), Detail: err.Error()}
}

// outOfDate is the first certificate of a chain, leaf first, that is not valid at a time; the leaf if all are.
func outOfDate(chain []*x509.Certificate, now time.Time) *x509.Certificate {
	for _, c := range chain {
		if !validAt(c, now) {
			return c
		}
	}
	return chain[0]
}

func validAt(c *x509.Certificate, at time.Time) bool {
	return !at.Before(c.NotBefore) && !at.After(c.NotAfter)
}

// maySign asks for key usage digitalSignature or the extended usage codeSigning, as the reference client does.
func maySign(leaf *x509.Certificate) bool {
	return leaf.KeyUsage&x509.KeyUsageDigitalSignature != 0 || slices.Contains(leaf.ExtKeyUsage, x509.ExtKeyUsageCodeSigning)
}

func fingerprint(c *x509.Certificate) string {
	digest := sha256.Sum256(c.Raw)
	return "sha256:" + hex.EncodeToString(digest[:])
}

func (t Trust) checkKeyless(b *Bundle) signed {
	leaf, err := x509.ParseCertificate(b.Certificates[0])
	if err != nil {
		return signed{problem: problemf(BundleMalformed, "certificate: %v", err)}
	}
	name, issuer := fulcioIdentity(leaf)
	s := signed{signer: SignedBy{Identity: present(name), Issuer: present(issuer), Fingerprint: new(fingerprint(leaf))}}
	if b.LogTime > 0 {
		s.signer.Time = new(time.Unix(b.LogTime, 0).UTC().Format(time.RFC3339))
	}
	key, err := signingKey(leaf.PublicKey)
	if err != nil {
		s.problem = problemf(SignatureInvalid, "certificate: %v", err)
		return s
	}
	if fits, broken := b.fits(key); !fits || broken {
		s.problem = &Problem{Code: SignatureInvalid, Expected: "a signature by the key in the certificate", Found: "one that does not fit the statement"}
		return s
	}
	s.problem = t.prove(b, &s.signer, name+" from "+issuer)
	return s
}

// prove asks the log, with the identity if there is one, and without if not: a bundle that no log holds is refused
// whoever is trusted.
func (t Trust) prove(b *Bundle, signer *SignedBy, found string) *Problem {
	if t.Keyless == nil {
		if !t.Identity.Complete() {
			return t.noTrust(b)
		}
		return &Problem{Code: TrustUnavailable, Expected: "a trusted root to check the log of " + found + " with", Found: "none"}
	}
	observed, err := t.Keyless.Prove(b.raw, t.Identity)
	var problem *Problem
	switch {
	case errors.As(err, &problem):
		if problem.Code == SignerUnexpected {
			problem.Expected, problem.Found = t.Identity.words(), found
		}
		return problem
	case err != nil:
		return problemf(LogUnproven, "%v", err)
	case !bytes.Equal(observed.Payload, b.Payload):
		return problemf(BundleMalformed, "two readers see two statements in it")
	}
	signer.Time = new(observed.Time.UTC().Format(time.RFC3339))
	if !t.Identity.Complete() {
		return t.noTrust(b)
	}
	return nil
}

// Fulcio's extensions for the issuer (sigstore/fulcio docs/oid-info.md): the newer is a DER string, the older the bare
// text.
var (
	oidIssuer   = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 8}
	oidIssuerV1 = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 57264, 1, 1}
)

// fulcioIdentity reads what a keyless certificate claims.
func fulcioIdentity(leaf *x509.Certificate) (name, issuer string) {
	switch {
	case len(leaf.URIs) > 0:
		name = leaf.URIs[0].String()
	case len(leaf.EmailAddresses) > 0:
		name = leaf.EmailAddresses[0]
	}
	for _, e := range leaf.Extensions {
		switch {
		case e.Id.Equal(oidIssuer):
			var s string
			if rest, err := asn1.Unmarshal(e.Value, &s); err == nil && len(rest) == 0 {
				return name, s
			}
		case e.Id.Equal(oidIssuerV1):
			issuer = string(e.Value)
		}
	}
	return name, issuer
}

func present(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
