package signing

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// MaxPEM bounds a file of keys or certificates, in bytes.
const MaxPEM = 4 << 20

// ErrPassword says that a private key is encrypted and the password is missing or wrong.
var ErrPassword = errors.New("the private key is encrypted and this is not its password")

// curveHash is the hash that goes with a key: OMS fixes it by the curve (OMS v1.0, algorithm registry).
func curveHash(key *ecdsa.PublicKey) (crypto.Hash, error) {
	switch key.Curve {
	case elliptic.P256():
		return crypto.SHA256, nil
	case elliptic.P384():
		return crypto.SHA384, nil
	case elliptic.P521():
		return crypto.SHA512, nil
	}
	return 0, errors.New("only ECDSA keys on P-256, P-384 and P-521 can sign models")
}

func sum(h crypto.Hash, data []byte) []byte {
	switch h {
	case crypto.SHA384:
		d := sha512.Sum384(data)
		return d[:]
	case crypto.SHA512:
		d := sha512.Sum512(data)
		return d[:]
	default:
		d := sha256.Sum256(data)
		return d[:]
	}
}

// signingKey narrows a parsed public key to those OMS allows.
func signingKey(key any) (*ecdsa.PublicKey, error) {
	k, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("a key of type %s: only ECDSA keys on P-256, P-384 and P-521 can sign models", keyType(key))
	}
	if _, err := curveHash(k); err != nil {
		return nil, err
	}
	return k, nil
}

func keyType(key any) string {
	return strings.TrimPrefix(strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%T", key), "*"), ".PublicKey"), "crypto/")
}

// ParsePublicKeys reads the keys of a PEM file: blocks PUBLIC KEY, or CERTIFICATE for the key inside. Text before and
// between the blocks is skipped.
func ParsePublicKeys(data []byte) ([]*ecdsa.PublicKey, error) {
	blocks, err := pemBlocks(data)
	if err != nil {
		return nil, fmt.Errorf("reading public key: %w", err)
	}
	var keys []*ecdsa.PublicKey
	for _, block := range blocks {
		var parsed any
		switch block.Type {
		case "PUBLIC KEY":
			parsed, err = x509.ParsePKIXPublicKey(block.Bytes)
		case "CERTIFICATE":
			var c *x509.Certificate
			if c, err = x509.ParseCertificate(block.Bytes); err == nil {
				parsed = c.PublicKey
			}
		default:
			err = fmt.Errorf("a PEM block %q where PUBLIC KEY belongs", block.Type)
		}
		if err != nil {
			return nil, fmt.Errorf("reading public key: %w", err)
		}
		key, err := signingKey(parsed)
		if err != nil {
			return nil, fmt.Errorf("reading public key: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// ParseCertificates reads the CERTIFICATE blocks of a PEM file, in order.
func ParseCertificates(data []byte) ([]*x509.Certificate, error) {
	blocks, err := pemBlocks(data)
	if err != nil {
		return nil, fmt.Errorf("reading certificates: %w", err)
	}
	var certificates []*x509.Certificate
	for _, block := range blocks {
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("reading certificates: a PEM block %q where CERTIFICATE belongs", block.Type)
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading certificates: %w", err)
		}
		certificates = append(certificates, c)
	}
	return certificates, nil
}

func pemBlocks(data []byte) ([]*pem.Block, error) {
	if len(data) > MaxPEM {
		return nil, fmt.Errorf("%d bytes, more than the limit of %d", len(data), MaxPEM)
	}
	var blocks []*pem.Block
	for {
		block, rest := pem.Decode(data)
		if block == nil {
			break
		}
		blocks, data = append(blocks, block), rest
	}
	if len(blocks) == 0 {
		return nil, errors.New("no PEM block")
	}
	return blocks, nil
}

// ParsePrivateKey reads a signing key from PEM: PKCS #8, encrypted or not, or SEC 1 ("EC PRIVATE KEY"), encrypted the
// old OpenSSL way or not. An EC PARAMETERS block before it is skipped. A missing or wrong password is [ErrPassword].
func ParsePrivateKey(data, password []byte) (*ecdsa.PrivateKey, error) {
	blocks, err := pemBlocks(data)
	if err != nil {
		return nil, fmt.Errorf("reading private key: %w", err)
	}
	for _, block := range blocks {
		if block.Type == "EC PARAMETERS" {
			continue
		}
		key, err := privateKey(block, password)
		if err != nil {
			return nil, fmt.Errorf("reading private key: %w", err)
		}
		return key, nil
	}
	return nil, errors.New("reading private key: only curve parameters, no key")
}

func privateKey(block *pem.Block, password []byte) (*ecdsa.PrivateKey, error) {
	var parsed any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		var der []byte
		if der, err = decryptPKCS8(block.Bytes, password); err == nil {
			if parsed, err = x509.ParsePKCS8PrivateKey(der); err != nil {
				err = ErrPassword // right padding by chance
			}
		}
	case "EC PRIVATE KEY":
		parsed, err = sec1Key(block, password)
	default:
		err = fmt.Errorf("a PEM block %q where PRIVATE KEY belongs", block.Type)
	}
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("only ECDSA keys on P-256, P-384 and P-521 can sign models")
	}
	_, err = curveHash(&key.PublicKey)
	return key, err
}

func sec1Key(block *pem.Block, password []byte) (*ecdsa.PrivateKey, error) {
	der := block.Bytes
	//lint:ignore SA1019 the format is weak (its padding tells a wrong key from a right one), and keys in it exist
	if x509.IsEncryptedPEMBlock(block) {
		var err error
		//lint:ignore SA1019 as above
		if der, err = x509.DecryptPEMBlock(block, password); err != nil {
			return nil, ErrPassword
		}
		key, err := x509.ParseECPrivateKey(der)
		if err != nil {
			return nil, ErrPassword
		}
		return key, nil
	}
	return x509.ParseECPrivateKey(der)
}

// KeyHint is how a bundle names a key: lower-case hex of the SHA-256 of the key's PEM text (model_signing 1.1).
func KeyHint(key *ecdsa.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return "" // a curve that signingKey has refused before
	}
	digest := sha256.Sum256(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return hex.EncodeToString(digest[:])
}

// legacyHint is the hint of the key text that bundles before 1.1 carry.
func legacyHint(pemText []byte) string {
	digest := sha256.Sum256(append(bytes.TrimSpace(pemText), '\n'))
	return hex.EncodeToString(digest[:])
}

// fits tells whether the signature of b was made with key, and whether in the broken way of v0.2.0. That release hashed
// with SHA-256 whatever the curve; of a key bundle, the reference client's own check expects the hash of the curve.
func (b *Bundle) fits(key *ecdsa.PublicKey) (fits, broken bool) {
	h, err := curveHash(key)
	if err != nil {
		return false, false
	}
	if ecdsa.VerifyASN1(key, sum(h, pae(b.PayloadType, b.Payload)), b.Signature) {
		return true, false
	}
	old := paeV02(b.PayloadType, b.Payload)
	if ecdsa.VerifyASN1(key, sum(crypto.SHA256, old), b.Signature) {
		return true, true
	}
	if b.Method == Key && ecdsa.VerifyASN1(key, sum(h, old), b.Signature) {
		return true, true
	}
	return false, false
}
