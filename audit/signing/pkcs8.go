package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"fmt"
	"hash"

	"golang.org/x/crypto/scrypt"
)

// Limits on the work an encrypted key may ask for. OpenSSL writes 2048 rounds by default, careful people a million.
const (
	maxPBKDF2Rounds = 10_000_000
	maxScryptMemory = 256 << 20 // 128·N·r bytes
)

// The object identifiers of PKCS #5 v2.1 (RFC 8018, appendix C) and of scrypt (RFC 7914, section 7).
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}

	prfs = []struct {
		oid asn1.ObjectIdentifier
		new func() hash.Hash
	}{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 7}, sha1.New},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 8}, sha256.New224},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}, sha256.New},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}, sha512.New384},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}, sha512.New},
	}
	ciphers = []struct {
		oid  asn1.ObjectIdentifier
		size int // of the key, in bytes
		new  func([]byte) (cipher.Block, error)
	}{
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}, 16, aes.NewCipher},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}, 24, aes.NewCipher},
		{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}, 32, aes.NewCipher},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 3, 7}, 24, des.NewTripleDESCipher},
	}
)

type algorithmID struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// decryptPKCS8 opens an EncryptedPrivateKeyInfo (RFC 5958) that was closed with PBES2, the only scheme OpenSSL 1.1 and
// later write unless asked for an older one.
func decryptPKCS8(der, password []byte) ([]byte, error) {
	var info struct {
		Scheme algorithmID
		Data   []byte
	}
	if err := unmarshal(der, &info); err != nil {
		return nil, fmt.Errorf("encrypted key: %w", err)
	}
	if !info.Scheme.Algorithm.Equal(oidPBES2) {
		return nil, fmt.Errorf("encrypted key: scheme %v is not PBES2; convert it with openssl pkcs8 -topk8", info.Scheme.Algorithm)
	}
	var scheme struct{ KDF, Cipher algorithmID }
	if err := unmarshal(info.Scheme.Parameters.FullBytes, &scheme); err != nil {
		return nil, fmt.Errorf("encrypted key: %w", err)
	}
	for _, c := range ciphers {
		if c.oid.Equal(scheme.Cipher.Algorithm) {
			key, err := deriveKey(scheme.KDF, password, c.size)
			if err != nil {
				return nil, fmt.Errorf("encrypted key: %w", err)
			}
			block, err := c.new(key)
			if err != nil {
				return nil, fmt.Errorf("encrypted key: %w", err)
			}
			return decryptCBC(block, scheme.Cipher.Parameters, info.Data)
		}
	}
	return nil, fmt.Errorf("encrypted key: cipher %v is unknown", scheme.Cipher.Algorithm)
}

func deriveKey(kdf algorithmID, password []byte, size int) ([]byte, error) {
	switch {
	case kdf.Algorithm.Equal(oidPBKDF2):
		return derivePBKDF2(kdf.Parameters.FullBytes, password, size)
	case kdf.Algorithm.Equal(oidScrypt):
		return deriveScrypt(kdf.Parameters.FullBytes, password, size)
	}
	return nil, fmt.Errorf("key derivation %v is unknown", kdf.Algorithm)
}

func derivePBKDF2(der, password []byte, size int) ([]byte, error) {
	var p struct {
		Salt   []byte
		Rounds int
		Size   int         `asn1:"optional"`
		PRF    algorithmID `asn1:"optional"`
	}
	if err := unmarshal(der, &p); err != nil {
		return nil, err
	}
	if p.Rounds < 1 || p.Rounds > maxPBKDF2Rounds {
		return nil, fmt.Errorf("%d rounds of PBKDF2", p.Rounds)
	}
	prf := sha1.New // the default of RFC 8018
	if p.PRF.Algorithm != nil {
		prf = nil
		for _, known := range prfs {
			if known.oid.Equal(p.PRF.Algorithm) {
				prf = known.new
			}
		}
		if prf == nil {
			return nil, fmt.Errorf("PBKDF2 with %v is unknown", p.PRF.Algorithm)
		}
	}
	return pbkdf2.Key(prf, string(password), p.Salt, p.Rounds, size)
}

func deriveScrypt(der, password []byte, size int) ([]byte, error) {
	var p struct {
		Salt    []byte
		N, R, P int
		Size    int `asn1:"optional"`
	}
	if err := unmarshal(der, &p); err != nil {
		return nil, err
	}
	if p.N < 2 || p.R < 1 || p.P < 1 || p.P > 64 || p.N > maxScryptMemory/128/p.R {
		return nil, fmt.Errorf("scrypt with N=%d r=%d p=%d", p.N, p.R, p.P)
	}
	return scrypt.Key(password, p.Salt, p.N, p.R, p.P, size)
}

// decryptCBC opens data and takes the padding off (RFC 8018, section 6.1.1). Padding that does not fit means a wrong
// password.
func decryptCBC(block cipher.Block, parameters asn1.RawValue, data []byte) ([]byte, error) {
	var iv []byte
	if err := unmarshal(parameters.FullBytes, &iv); err != nil {
		return nil, fmt.Errorf("encrypted key: %w", err)
	}
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, errors.New("encrypted key: data is no whole number of blocks")
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, data)
	pad := int(plain[len(plain)-1])
	if pad == 0 || pad > size {
		return nil, ErrPassword
	}
	for _, c := range plain[len(plain)-pad:] {
		if int(c) != pad {
			return nil, ErrPassword
		}
	}
	return plain[:len(plain)-pad], nil
}

func unmarshal(der []byte, into any) error {
	rest, err := asn1.Unmarshal(der, into)
	if err == nil && len(rest) > 0 {
		return errors.New("data after the structure")
	}
	return err
}
