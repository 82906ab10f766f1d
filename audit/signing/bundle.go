package signing

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Limits on a bundle. A manifest needs about 260 bytes a file, so 64 MiB holds some 200,000 files.
const (
	MaxBundle       = 64 << 20 // bytes of the whole file
	MaxCertificates = 16       // certificates in a chain
	maxSignature    = 1 << 10  // bytes of a signature; P-521 needs 139
	maxTlogEntries  = 32       // as in sigstore-go
)

// Method is how a bundle proves its signer.
type Method string

// The methods.
const (
	Key         Method = "key"         // a public key the verifier holds
	Certificate Method = "certificate" // a chain to a root the verifier trusts
	Sigstore    Method = "sigstore"    // a short-lived certificate, and a transparency log that saw it in time
)

// Bundle is a signature file, taken apart and not believed: nothing in it but the payload is signed.
type Bundle struct {
	MediaType    string
	Method       Method
	Hint         string   // of a key: lower-case hex of the SHA-256 of its PEM text; "" in old bundles
	LegacyKey    []byte   // of a key, before 1.1: the PEM text of the claimed key. An identifier, never trusted
	Certificates [][]byte // DER, leaf first
	LogTime      int64    // claimed seconds since 1970 of the first log entry, 0 if there is none
	PayloadType  string
	Payload      []byte // the exact bytes that were signed
	Signature    []byte // ASN.1 ECDSA

	raw []byte // the whole file, for sigstore-go
}

// ReadBundle takes a signature file apart. Errors are [Problem]s with code [BundleUnreadable], [BundleMalformed] or
// [BundleUnknown].
func ReadBundle(r io.ReaderAt, size int64) (*Bundle, error) {
	if size > MaxBundle {
		return nil, problemf(BundleMalformed, "%d bytes, more than the limit of %d", size, int64(MaxBundle))
	}
	data := make([]byte, size)
	if n, err := r.ReadAt(data, 0); int64(n) != size {
		return nil, problemf(BundleUnreadable, "reading %d bytes: %v", size, err)
	}
	return parseBundle(data)
}

func parseBundle(data []byte) (*Bundle, error) {
	if len(trim(data)) == 0 {
		return nil, problemf(BundleMalformed, "the file is empty")
	}
	if !json.Valid(data) {
		return nil, problemf(BundleMalformed, "not JSON")
	}
	object, err := members(data, "mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature")
	if err != nil {
		return nil, problemf(BundleMalformed, "%v", err)
	}
	b := &Bundle{raw: data}
	if b.MediaType, err = text(object["mediaType"]); err != nil || !knownMediaType(b.MediaType) {
		return nil, &Problem{Code: BundleUnknown, Expected: mediaTypeV03, Found: fmt.Sprintf("media type %.80q", b.MediaType)}
	}
	if object["messageSignature"] != nil {
		return nil, &Problem{Code: BundleUnknown, Expected: "an in-toto statement about a model", Found: "a signature over one blob"}
	}
	if err := b.readMaterial(object["verificationMaterial"]); err != nil {
		return nil, problemf(BundleMalformed, "verificationMaterial: %v", err)
	}
	if err := b.readEnvelope(object["dsseEnvelope"]); err != nil {
		return nil, problemf(BundleMalformed, "dsseEnvelope: %v", err)
	}
	return b, nil
}

// knownMediaType accepts the versions Sigstore has defined, in both spellings it has used.
func knownMediaType(s string) bool {
	for _, v := range []string{"0.1", "0.2", "0.3"} {
		if s == mediaTypePrefix+"+json;version="+v || s == mediaTypePrefix+".v"+v+"+json" {
			return true
		}
	}
	return false
}

// readMaterial finds out how the signer is proven. A single certificate without a log entry is the certificate method
// with a short chain, never keyless: nothing says when it was used.
func (b *Bundle) readMaterial(raw []byte) error {
	object, err := members(raw, "publicKey", "x509CertificateChain", "certificate", "tlogEntries", "timestampVerificationData")
	if err != nil {
		return err
	}
	kinds := 0
	for _, kind := range []string{"publicKey", "x509CertificateChain", "certificate"} {
		if object[kind] != nil {
			kinds++
		}
	}
	if kinds != 1 {
		return fmt.Errorf("%d kinds of material where one belongs", kinds)
	}
	if object["publicKey"] != nil {
		b.Method = Key
		return b.readKey(object["publicKey"])
	}
	entries, err := b.readLog(object["tlogEntries"])
	if err != nil {
		return fmt.Errorf("tlogEntries: %w", err)
	}
	b.Method = Certificate
	if entries > 0 {
		b.Method = Sigstore
	}
	if object["certificate"] != nil {
		return b.readCertificate(object["certificate"])
	}
	return b.readChain(object["x509CertificateChain"])
}

func (b *Bundle) readKey(raw []byte) error {
	object, err := members(raw, "hint", "rawBytes", "keyDetails")
	if err != nil {
		return fmt.Errorf("publicKey: %w", err)
	}
	if object["hint"] != nil {
		if b.Hint, err = text(object["hint"]); err != nil {
			return fmt.Errorf("publicKey.hint: %w", err)
		}
	}
	if object["rawBytes"] != nil {
		if b.LegacyKey, err = base64Text(object["rawBytes"]); err != nil {
			return fmt.Errorf("publicKey.rawBytes: %w", err)
		}
	}
	return nil
}

func (b *Bundle) readChain(raw []byte) error {
	object, err := members(raw, "certificates")
	if err != nil {
		return fmt.Errorf("x509CertificateChain: %w", err)
	}
	list, err := elements(object["certificates"])
	if err != nil {
		return fmt.Errorf("x509CertificateChain.certificates: %w", err)
	}
	for certificate := range list {
		if len(b.Certificates) == MaxCertificates {
			return fmt.Errorf("more than %d certificates", MaxCertificates)
		}
		if err := b.readCertificate(certificate); err != nil {
			return err
		}
	}
	if len(b.Certificates) == 0 {
		return fmt.Errorf("no certificate in the chain")
	}
	return nil
}

func (b *Bundle) readCertificate(raw []byte) error {
	object, err := members(raw, "rawBytes")
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	der, err := base64Text(object["rawBytes"])
	if err != nil {
		return fmt.Errorf("certificate.rawBytes: %w", err)
	}
	b.Certificates = append(b.Certificates, der)
	return nil
}

// readLog counts the transparency log entries and notes the time the first one claims.
func (b *Bundle) readLog(raw []byte) (entries int, err error) {
	if raw == nil {
		return 0, nil
	}
	list, err := elements(raw)
	if err != nil {
		return 0, err
	}
	for entry := range list {
		if entries++; entries > maxTlogEntries {
			return 0, fmt.Errorf("more than %d entries", maxTlogEntries)
		}
		object, err := members(entry, "integratedTime")
		if err != nil {
			return 0, err
		}
		if entries == 1 {
			b.LogTime, _ = strconv.ParseInt(strings.Trim(string(object["integratedTime"]), `"`), 10, 64) // a claim; absent in Rekor v2
		}
	}
	return entries, nil
}

func (b *Bundle) readEnvelope(raw []byte) error {
	object, err := members(raw, "payload", "payloadType", "signatures")
	if err != nil {
		return err
	}
	if b.PayloadType, err = text(object["payloadType"]); err != nil {
		return fmt.Errorf("payloadType: %w", err)
	}
	if b.Payload, err = base64Text(object["payload"]); err != nil {
		return fmt.Errorf("payload: %w", err)
	}
	list, err := elements(object["signatures"])
	if err != nil {
		return fmt.Errorf("signatures: %w", err)
	}
	count := 0
	for signature := range list {
		if count++; count > 1 {
			return fmt.Errorf("more than one signature")
		}
		object, err := members(signature, "sig", "keyid")
		if err != nil {
			return fmt.Errorf("signatures: %w", err)
		}
		if b.Signature, err = base64Text(object["sig"]); err != nil {
			return fmt.Errorf("sig: %w", err)
		}
	}
	if len(b.Signature) == 0 || len(b.Signature) > maxSignature {
		return fmt.Errorf("a signature of %d bytes", len(b.Signature))
	}
	return nil
}

// base64Text decodes a JSON string of standard or URL-safe base64, padded or not, as protobuf's JSON allows.
func base64Text(raw []byte) ([]byte, error) {
	s, err := text(raw)
	if err != nil {
		return nil, err
	}
	if strings.ContainsAny(s, "\r\n") {
		return nil, fmt.Errorf("a line break in base64")
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	return base64.RawStdEncoding.DecodeString(s)
}
