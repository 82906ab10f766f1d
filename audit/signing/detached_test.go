package signing

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"testing"
)

func TestIsDetached(t *testing.T) {
	key := newKey(t, elliptic.P521())
	der, err := ecdsa.SignASN1(rand.Reader, key, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	bundle := string(signRaw(t, key, listing(filesSHA256, resource("a", "a"))))
	for _, c := range []struct {
		what, content string
		want          bool
	}{
		{"nothing", "", false},
		{"text", "hello\n", false},
		{"text in base64", "aGVsbG8K", false},
		{"armoured OpenPGP", "-----BEGIN PGP SIGNATURE-----\n\niQ==\n", true},
		{"a list signed in clear", "\n-----BEGIN PGP SIGNED MESSAGE-----\n", true},
		{"an armoured OpenPGP key", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n", false},
		{"OpenPGP, old format", "\x89\x01\x33\x04\x00\x01\x08\x00\x1d\x16", true},
		{"OpenPGP, old format, short", "\x88\x75\x04\x00\x16\x08\x00\x1d\x16\x21", true},
		{"OpenPGP, new format", "\xc2\x75\x06\x00\x16\x08\x00\x1d\x16\x21", true},
		{"OpenPGP, new format, long", "\xc2\xc1\x75\x04\x00\x16\x08\x00\x1d\x16", true},
		{"OpenPGP of no version", "\x89\x01\x33\x29\x00\x01\x08\x00\x1d\x16", false},
		{"OpenPGP, encrypted", "\x85\x01\x0c\x03\x00\x01\x08\x00\x1d\x16", false},
		{"OpenPGP, cut off", "\x89\x01", false},
		{"OpenSSH", "-----BEGIN SSH SIGNATURE-----\n", true},
		{"minisign", "untrusted comment: signature from minisign secret key\nRU\n", true},
		{"CMS", "\x30\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0", true},
		{"a certificate", "\x30\x82\x05\x00\x30\x82\x03\x00\xa0\x03\x02\x01\x02\x02\x14\x00", false},
		{"CMS as text", "-----BEGIN PKCS7-----\n", true},
		{"ECDSA", string(der), true},
		{"ECDSA in base64", base64.StdEncoding.EncodeToString(der) + "\n", true},
		{"ECDSA and more", string(der) + "x", false},
		{"ECDSA, cut off", string(der[:40]), false},
		{"a model signature", bundle, true},
		{"JSON", `{"mediaType": "something else"}`, false},
		{"random bytes", strings.Repeat("\x9d\x01\xf0", 100), false},
	} {
		if got := IsDetached([]byte(c.content)); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

func FuzzIsDetached(f *testing.F) {
	f.Add([]byte("\x89\x01\x33\x04\x00\x01\x08\x00\x1d\x16"))
	f.Add([]byte("MEUCIQ=="))
	f.Add([]byte("-----BEGIN PGP SIGNATURE-----"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if IsDetached(content) && len(content) < 8 {
			t.Errorf("%q is too short for any signature", content)
		}
	})
}
