package signing

// Signature is what is known of a release's signature: three facts side by side. A field that could not be told is left
// out; what was looked for and is not there is null, false, 0 or [].
type Signature struct {
	Present          bool       `json:"present"`
	Path             string     `json:"path,omitempty"`              // in the model, or as the caller named it; of an absolute path the base name
	Method           Method     `json:"method,omitempty"`            //
	Format           string     `json:"format,omitempty"`            // the predicate type without its https://
	Signer           *SignedBy  `json:"signer,omitempty"`            // who signed
	Integrity        *Integrity `json:"integrity,omitempty"`         // are these the signed bytes
	Coverage         *Coverage  `json:"coverage,omitempty"`          // how much is signed
	LegacyFormat     *bool      `json:"legacy_format,omitempty"`     // made before OMS v1.0 or with raw key bytes; other clients may refuse it
	ExcludedBySigner []string   `json:"excluded_by_signer,omitzero"` // files here that the signer left out; git's own are not told
}

// SignedBy is who made the signature. Unless Verified is true, the rest is what the bundle claims.
type SignedBy struct {
	Verified *bool   `json:"verified,omitempty"` // left out when no trust was given
	Identity *string `json:"identity"`           // of a certificate: its subject, or the e-mail or URI Fulcio vouches for
	Issuer   *string `json:"issuer"`             // who issued the certificate; for keyless, who knew the identity
	// Fingerprint is "sha256:" and hex: of a certificate over its DER form, of a key over its PEM text, as in a bundle's hint.
	Fingerprint *string `json:"fingerprint"`
	Time        *string `json:"time"` // RFC 3339, UTC: when a log or time authority saw the signature
	// ValidNow tells whether the certificate, and the chain it was led to a root by, is valid on the day of the audit. It is left out for keys, which have no
	// dates, and for keyless certificates, which are meant to live for minutes and count at the time the log saw them.
	ValidNow *bool `json:"valid_now,omitempty"`
}

// Integrity is how the files compare with the signed list.
type Integrity struct {
	// Matches tells whether every signed file matches, with none missing and none added. It is left out when only a file
	// that could not be read stands in the way.
	Matches *bool      `json:"matches,omitempty"`
	Files   FileCounts `json:"files"`
}

// FileCounts counts the files by [State].
type FileCounts struct {
	Match      int `json:"match"`
	Mismatch   int `json:"mismatch"`
	Missing    int `json:"missing"`
	Unsigned   int `json:"unsigned"`
	Ignored    int `json:"ignored"`
	Symlink    int `json:"symlink"`
	Unreadable int `json:"unreadable"`
}

// Coverage is how much of what is on the disk the signature speaks of, whether or not it matches. The bundle itself,
// git's own files and what the caller ignores do not count; what the signer ignores does.
type Coverage struct {
	BytesSigned   int64 `json:"bytes_signed"`
	BytesTotal    int64 `json:"bytes_total"`
	WeightsSigned *bool `json:"weights_signed,omitempty"` // all of them; left out when there are none
	CardSigned    *bool `json:"card_signed,omitempty"`
	LicenseSigned *bool `json:"license_signed,omitempty"`
}

// State is how one file compares with the signed list.
type State string

// The states.
const (
	StateMatch      State = "match"
	StateMismatch   State = "mismatch"
	StateMissing    State = "missing"    // signed, not here
	StateUnsigned   State = "unsigned"   // here, not signed
	StateIgnored    State = "ignored"    // here, left out by the caller, the signer, or as git's own
	StateSymlink    State = "symlink"    // a link that the signature's own policy does not allow
	StateUnreadable State = "unreadable" // could not be read
)

// FileResult is one file's state.
type FileResult struct {
	Path     string `json:"path"`
	State    State  `json:"state"`
	Size     int64  `json:"size"`               // bytes on the disk
	Expected string `json:"expected,omitempty"` // "algorithm:hex" as signed, or a size in bytes
	Found    string `json:"found,omitempty"`    // the same as read, where it differs
	Range    string `json:"range,omitempty"`    // "start:end" of the first shard that differs
	Detail   string `json:"detail,omitempty"`   // why
	Cached   bool   `json:"cached,omitempty"`   // a [DigestCache] gave the digest, and the file was not read
}

// Result is everything a verification found. The same files, options and trust give the same Result.
type Result struct {
	Signature Signature    `json:"signature"`
	Outcome   Outcome      `json:"outcome"`
	Problems  []*Problem   `json:"problems"`                // what keeps it from being verified, the signer's first
	Files     []FileResult `json:"files"`                   // in name order; the bundle itself is not among them
	Root      string       `json:"root,omitempty"`          // root digest of the signed list, recomputed, "sha256:hex"
	Cached    int          `json:"cached,omitempty"`        // signed files whose digests come from a [DigestCache]
	Others    []string     `json:"other_bundles,omitempty"` // further model signatures in the same place
	Notes     []string     `json:"notes,omitempty"`         // what a reader may want to know and no fact holds
}

// count enters one file.
func (c *FileCounts) count(s State) {
	switch s {
	case StateMatch:
		c.Match++
	case StateMismatch:
		c.Mismatch++
	case StateMissing:
		c.Missing++
	case StateUnsigned:
		c.Unsigned++
	case StateIgnored:
		c.Ignored++
	case StateSymlink:
		c.Symlink++
	case StateUnreadable:
		c.Unreadable++
	}
}

// matches draws the one word from the counts.
func (c FileCounts) matches(ignoreUnsigned bool) *bool {
	bad := c.Mismatch + c.Missing + c.Symlink
	if !ignoreUnsigned {
		bad += c.Unsigned
	}
	switch {
	case bad > 0:
		return new(false)
	case c.Unreadable > 0:
		return nil
	}
	return new(true)
}
