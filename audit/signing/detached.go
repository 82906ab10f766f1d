package signing

import (
	"bytes"
	"encoding/base64"
	"math/big"
)

// MaxDetached bounds a detached signature, in bytes. Those with a chain of certificates take some thousand.
const MaxDetached = 1 << 20

// armors begin the signatures that are text: OpenPGP (RFC 9580, 6.2), OpenSSH (PROTOCOL.sshsig), minisign and signify, CMS
// (RFC 7468, 8 and 9).
var armors = []string{
	"-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN SSH SIGNATURE-----", "untrusted comment: ",
	"-----BEGIN PKCS7-----", "-----BEGIN CMS-----",
}

// oidSignedData is the object identifier of CMS signed data (RFC 5652, 5.1) in DER.
var oidSignedData = []byte{0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02}

// IsDetached tells by its content whether a file is a signature of a kind that is recognised here and not checked:
// OpenPGP, OpenSSH, minisign, CMS, a Sigstore bundle about anything, or a bare ECDSA signature in DER or base64.
func IsDetached(content []byte) bool {
	for _, armor := range armors {
		if bytes.HasPrefix(bytes.TrimLeft(content, "\r\n\t "), []byte(armor)) {
			return true
		}
	}
	if bytes.Contains(content, []byte(`"`+mediaTypePrefix)) {
		return true
	}
	text := bytes.TrimSpace(content)
	der := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(der, text)
	return isECDSA(content) || err == nil && isECDSA(der[:n]) || isCMS(content) || isOpenPGP(content)
}

// isECDSA asks for the DER of two integers that fill the file, of a curve of at most 521 bits.
func isECDSA(der []byte) bool {
	const longest = 3 + 2*(2+67)
	if len(der) < 8 || len(der) > longest || der[0] != 0x30 {
		return false
	}
	var sig struct{ R, S *big.Int }
	return unmarshal(der, &sig) == nil
}

func isCMS(der []byte) bool {
	return len(der) > 2 && der[0] == 0x30 && bytes.Contains(der[:min(len(der), 24)], oidSignedData)
}

// isOpenPGP asks for a packet with tag 2, in either format, and a version of signatures that exists (RFC 9580, 4.2 and
// 5.2).
func isOpenPGP(content []byte) bool {
	if len(content) < 10 {
		return false
	}
	version := 0
	switch content[0] {
	case 0x88: // a length of one byte
		version = 2
	case 0x89: // of two
		version = 3
	case 0x8A: // of four
		version = 5
	case 0xC2:
		version = 2
		if content[1] >= 192 {
			version = 3
		}
	default:
		return false
	}
	return content[version] >= 3 && content[version] <= 6
}
