package signing

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrivateKeys(t *testing.T) {
	public, err := ParsePublicKeys(read(t, "testdata/keys/public.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for name, encrypted := range map[string]bool{
		"sec1": false, "sec1-parameters": false, "pkcs8": false, "sec1-aes256": true, "pbkdf2-aes256": true,
		"pbkdf2-sha1-aes128": true, "pbkdf2-sha512-aes192": true, "pbkdf2-des3": true, "scrypt": true,
	} {
		data := read(t, filepath.Join("testdata/keys", name+".pem"))
		key, err := ParsePrivateKey(data, []byte("secret"))
		if err != nil || !key.PublicKey.Equal(public[0]) {
			t.Errorf("%s: %v", name, err)
		}
		for _, wrong := range []string{"", "Secret", "secret "} {
			if _, err := ParsePrivateKey(data, []byte(wrong)); errors.Is(err, ErrPassword) != encrypted {
				t.Errorf("%s with password %q: %v", name, wrong, err)
			}
		}
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	for name, want := range map[string]string{
		"rsa": "only ECDSA", "ed25519": "only ECDSA", "secp256k1": "unknown elliptic curve", "public": "PRIVATE KEY belongs",
		"pbes1": "openssl pkcs8 -topk8",
	} {
		_, err := ParsePrivateKey(read(t, filepath.Join("testdata/keys", name+".pem")), []byte("secret"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for name, want := range map[string]string{"ed25519-public": "a key of type ed25519", "sec1": "PUBLIC KEY belongs"} {
		_, err := ParsePublicKeys(read(t, filepath.Join("testdata/keys", name+".pem")))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for _, nothing := range []string{"", "no PEM here", "-----BEGIN PUBLIC KEY-----\n"} {
		if _, err := ParsePublicKeys([]byte(nothing)); err == nil {
			t.Errorf("%q is no key", nothing)
		}
	}
}

// The hint is the digest of the text OpenSSL and Python write for the key.
func TestKeyHint(t *testing.T) {
	keys, err := ParsePublicKeys(read(t, corpus(t, "upstream", "keys", "certificate", "signing-key-pub.pem")))
	if err != nil {
		t.Fatal(err)
	}
	if got := KeyHint(keys[0]); got != "e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e" {
		t.Error(got)
	}
}

func FuzzDecryptPKCS8(f *testing.F) {
	for _, name := range []string{"pbkdf2-sha1-aes128", "scrypt", "pbes1"} {
		blocks, err := pemBlocks(read(f, filepath.Join("testdata/keys", name+".pem")))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(blocks[0].Bytes)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		if len(der) > 400 { // rounds and memory are bounded, and still slow
			return
		}
		if _, err := decryptPKCS8(der, []byte("secret")); err == nil && len(der) == 0 {
			t.Error("nothing was decrypted")
		}
	})
}
