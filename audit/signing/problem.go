package signing

import (
	"fmt"
	"strings"
)

// Code says what kind of thing is wrong.
type Code string

// The codes, in the order a verification meets them. The word behind each is the [Outcome] it leads to.
const (
	NoSignature      Code = "no-signature"      // unsigned
	BundleUnreadable Code = "bundle-unreadable" // incomplete: the disk
	BundleMalformed  Code = "bundle-malformed"  // refused
	BundleUnknown    Code = "bundle-unknown"    // refused: well formed, but no model signature we know
	NoTrust          Code = "no-trust"          // no_trust: nobody said whom to trust
	TrustUnavailable Code = "trust-unavailable" // no_trust: said whom, but the trusted root to check it is not here
	TrustMismatch    Code = "trust-mismatch"    // refused: trust was given for another method than the bundle's
	SignerUnexpected Code = "signer-unexpected" // refused: another key or identity than the trusted one
	SignerUntrusted  Code = "signer-untrusted"  // refused: the certificate leads to no trusted root
	CertificateDate  Code = "certificate-date"  // refused: the certificate was good once and is not now
	LogUnproven      Code = "log-unproven"      // refused: transparency log, time or certificate proof does not hold
	SignatureInvalid Code = "signature-invalid" // refused: the signature does not fit the statement
	StatementInvalid Code = "statement-invalid" // refused: what was signed is no statement we can use
	RootMismatch     Code = "root-mismatch"     // refused: the digest of the list is not that of the listed files
	FileMismatch     Code = "file-mismatch"     // refused
	FileMissing      Code = "file-missing"      // refused
	FileUnsigned     Code = "file-unsigned"     // refused
	FileSymlink      Code = "file-symlink"      // refused
	FileUnreadable   Code = "file-unreadable"   // incomplete
)

// Problem is one thing that keeps a signature from being verified, told so that a reader sees what was expected and
// what was found. As an error it reads as one sentence.
type Problem struct {
	Code     Code   `json:"code"`
	Path     string `json:"path,omitempty"`     // the first file concerned
	Count    int    `json:"count,omitempty"`    // how many files are concerned; 0 when it is not about files
	Expected string `json:"expected,omitempty"` // what would have been right
	Found    string `json:"found,omitempty"`    // what is there
	Detail   string `json:"detail,omitempty"`   // the cause, where the rest does not say it
}

// Error tells the problem in one sentence.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(strings.ReplaceAll(string(p.Code), "-", " "))
	if p.Path != "" {
		fmt.Fprintf(&b, " %q", p.Path)
	}
	if p.Count > 1 {
		fmt.Fprintf(&b, " and %d more", p.Count-1)
	}
	for _, part := range []struct{ word, text string }{{"", p.Detail}, {"expected ", p.Expected}, {"found ", p.Found}} {
		if part.text != "" {
			fmt.Fprintf(&b, ": %s%s", part.word, part.text)
		}
	}
	return b.String()
}

func problemf(code Code, format string, args ...any) *Problem {
	return &Problem{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Outcome is what a verification comes to, for a caller that must end in one word or exit code. It is drawn from the
// problems; the facts stand beside it in the [Result].
type Outcome string

// The outcomes.
const (
	Verified   Outcome = "verified"   // signer and integrity both hold
	Untrusted  Outcome = "no_trust"   // signed, but nobody told us how to trust
	Incomplete Outcome = "incomplete" // something could not be read
	Refused    Outcome = "refused"    // invalid, wrong signer, or not the signed bytes
	Unsigned   Outcome = "unsigned"   // there is no signature
)

// outcome is the worst of the problems: refused before incomplete before no trust.
func outcome(problems []*Problem) Outcome {
	worst := Verified
	rank := map[Outcome]int{Verified: 0, Untrusted: 1, Incomplete: 2, Refused: 3, Unsigned: 4}
	for _, p := range problems {
		if o := p.outcome(); rank[o] > rank[worst] {
			worst = o
		}
	}
	return worst
}

func (p *Problem) outcome() Outcome {
	switch p.Code {
	case NoSignature:
		return Unsigned
	case NoTrust, TrustUnavailable:
		return Untrusted
	case BundleUnreadable, FileUnreadable:
		return Incomplete
	default:
		return Refused
	}
}
