package signing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"
)

// authority is a certificate authority for tests: a root and an intermediate.
type authority struct {
	root, intermediate *x509.Certificate
	key                *ecdsa.PrivateKey // of the intermediate
}

func newKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func issue(t testing.TB, template, parent *x509.Certificate, pub *ecdsa.PublicKey, by *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, pub, by)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func caTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: asOf.AddDate(-2, 0, 0), NotAfter: asOf.AddDate(5, 0, 0),
	}
}

func newCA(t testing.TB, name string) authority {
	t.Helper()
	rootKey, key := newKey(t, elliptic.P256()), newKey(t, elliptic.P384())
	root := issue(t, caTemplate(name), caTemplate(name), &rootKey.PublicKey, rootKey)
	return authority{root, issue(t, caTemplate(name+" intermediate"), root, &key.PublicKey, rootKey), key}
}

func (a authority) certificates() []*x509.Certificate { return []*x509.Certificate{a.root} }

// leaf issues a certificate valid from one time to another; change may spoil it.
func (a authority) leaf(t testing.TB, pub *ecdsa.PublicKey, from, to time.Time, change func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "signer"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: from, NotAfter: to,
	}
	if change != nil {
		change(template)
	}
	return issue(t, template, a.intermediate, pub, a.key)
}
