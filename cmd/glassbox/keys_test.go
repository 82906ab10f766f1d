package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// keys makes keys and certificates for a story: keys FOLDER writes key.pem,
// key.pub, locked.pem (the same key under the password "lock"), other.pem,
// other.pub, root.pem, stranger.pem (an unrelated root) and leaf.pem, which root
// vouches for.
func keys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keys FOLDER")
	}
	ts.Check(makeKeys(ts.MkAbs(args[0])))
}

func keyFolder(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := makeKeys(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func makeKeys(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	w := keyWriter{dir: dir}
	key, other, rootKey, strangerKey := w.key(), w.key(), w.key(), w.key()
	w.private("key", key)
	w.public("key", key)
	w.private("other", other)
	w.public("other", other)
	w.locked("locked", key)
	root := w.certificate("root", "acme root", rootKey, nil, rootKey)
	w.certificate("stranger", "somebody else", strangerKey, nil, strangerKey)
	w.certificate("leaf", "acme models", key, root, rootKey)
	return w.err
}

// keyWriter writes PEM files until something goes wrong.
type keyWriter struct {
	dir    string
	serial int64
	err    error
}

func (w *keyWriter) key() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	w.keep(err)
	return key
}

func (w *keyWriter) keep(err error) {
	if w.err == nil {
		w.err = err
	}
}

func (w *keyWriter) write(name string, block *pem.Block) {
	w.keep(os.WriteFile(filepath.Join(w.dir, name), pem.EncodeToMemory(block), 0o600))
}

func (w *keyWriter) private(name string, key *ecdsa.PrivateKey) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	w.keep(err)
	w.write(name+".pem", &pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (w *keyWriter) public(name string, key *ecdsa.PrivateKey) {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	w.keep(err)
	w.write(name+".pub", &pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// locked uses the encryption of old OpenSSL, which the standard library still
// writes.
func (w *keyWriter) locked(name string, key *ecdsa.PrivateKey) {
	der, err := x509.MarshalECPrivateKey(key)
	w.keep(err)
	//lint:ignore SA1019 a key for a test, in a form that is still met
	block, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", der, []byte("lock"), x509.PEMCipherAES256)
	w.keep(err)
	w.write(name+".pem", block)
}

func (w *keyWriter) certificate(name, subject string, key *ecdsa.PrivateKey, issuer *x509.Certificate, by *ecdsa.PrivateKey) *x509.Certificate {
	w.serial++
	c := &x509.Certificate{
		SerialNumber: big.NewInt(w.serial), Subject: pkix.Name{CommonName: subject}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	if issuer == nil {
		issuer, c.IsCA, c.BasicConstraintsValid = c, true, true
		c.KeyUsage |= x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, c, issuer, &key.PublicKey, by)
	w.keep(err)
	w.write(name+".pem", &pem.Block{Type: "CERTIFICATE", Bytes: der})
	c, err = x509.ParseCertificate(der)
	w.keep(err)
	return c
}
