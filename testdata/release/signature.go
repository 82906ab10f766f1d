package release

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"testing/fstest"
)

// SignerKey is the key that the signed release is signed with. It is drawn from
// a phrase that everybody can read, so it protects nothing.
func SignerKey() *ecdsa.PrivateKey {
	seed := sha256.Sum256([]byte("the signer of a sample release"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		panic(err)
	}
	return key
}

// SignerPEM is its public half, as whoever verifies would be given it.
func SignerPEM() []byte { return publicPEM(SignerKey()) }

func publicPEM(key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// The parts of a signature of OMS v1.0 by key.
type (
	resource struct {
		Name      string `json:"name"`
		Algorithm string `json:"algorithm"`
		Digest    string `json:"digest"`
	}
	object = map[string]any
)

// Sign writes the model signature (OMS v1.0, with a key) of every regular file.
// The same files and key give the same bytes: the nonce is RFC 6979's.
func Sign(name string, files fstest.MapFS, key *ecdsa.PrivateKey) []byte {
	payload := statement(name, files)
	const payloadType = "application/vnd.in-toto+json"
	pae := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(payloadType), payloadType, len(payload), payload)
	digest := sha256.Sum256(pae)
	sig, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	hint := sha256.Sum256(publicPEM(key))
	return indented(object{
		"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
		"verificationMaterial": object{
			"publicKey":   object{"hint": hex.EncodeToString(hint[:])},
			"tlogEntries": []any{},
		},
		"dsseEnvelope": object{
			"payload": payload, "payloadType": payloadType, "signatures": []any{object{"sig": sig, "keyid": ""}},
		},
	})
}

// statement lists the files in the order of their names, under the digest over
// all their digests.
func statement(name string, files fstest.MapFS) []byte {
	root := sha256.New()
	var resources []resource
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if f := files[path]; f.Mode.IsRegular() {
			digest := sha256.Sum256(f.Data)
			root.Write(digest[:])
			resources = append(resources, resource{path, "sha256", hex.EncodeToString(digest[:])})
		}
	}
	return indented(object{
		"_type":         "https://in-toto.io/Statement/v1",
		"subject":       []any{object{"name": name, "digest": object{"sha256": hex.EncodeToString(root.Sum(nil))}}},
		"predicateType": "https://model_signing/signature/v1.0",
		"predicate": object{
			"serialization": object{"method": "files", "hash_type": "sha256", "allow_symlinks": false, "ignore_paths": []string{"model.sig"}},
			"resources":     resources,
		},
	})
}
