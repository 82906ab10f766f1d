// Package signing verifies and makes OpenSSF Model Signing (OMS) signatures, and hashes releases.
//
// A signature file ("bundle") is a Sigstore bundle around a DSSE envelope around an in-toto statement around a list of
// files and their digests. Verifying one answers three questions that are never blended into one:
//
//   - signer: did the one we trust sign this statement?
//   - integrity: are the bytes on the disk the bytes the statement names?
//   - coverage: how much of what is on the disk does the statement name?
//
// [Verify] answers them in one call. [Begin], [Check.Needs] and [Check.Finish] are the same in steps, for a caller that
// hashes a release once for several readers: signatures, checksum lists ([ReadChecksums]), git-lfs object ids, the blob
// names of a Hub cache ([HubBlob]). [Merge] joins what they need, [Hash] reads each byte once.
//
// Keys and certificates are checked with the standard library, because sigstore-go refuses the bundles that OMS signers
// write (a certificate chain in a v0.3 bundle, a leaf without a subject alternative name, raw key bytes). Keyless
// signatures go through sigstore-go, which lives in sigstore.go and nowhere else.
//
// Reading is liberal where real signers differ (§ refers to the OMS specification v1.0): resources in any order, "." as
// the name of a single file, shard sizes written as floats, the releases before 1.0. It is strict where a lenient
// reader could be fooled: names that leave the model, duplicate or case-folded JSON keys, gaps between shards, wrong
// digest lengths. Nothing is executed and, unless the caller opens it, no link is followed.
//
// [Sign] writes what the reference Python client verifies; [NewManifest] shows it before anything is signed.
//
// Trust is explicit. There is no default key, no system certificate store, and no network unless [FetchTrustedRoot] or
// [KeylessSigner] is called.
package signing

// The fixed strings of the format: OMS v1.0 §4, Sigstore bundle v0.3, in-toto Statement v1.
const (
	mediaTypePrefix   = "application/vnd.dev.sigstore.bundle"
	mediaTypeV03      = "application/vnd.dev.sigstore.bundle.v0.3+json"
	payloadType       = "application/vnd.in-toto+json"
	statementType     = "https://in-toto.io/Statement/v1"
	predicateV1       = "https://model_signing/signature/v1.0"
	predicateDigests  = "https://model_signing/Digests/v0.1"
	defaultBundleName = "model.sig"
)

// gitPaths are the top-level names every OMS client leaves out unless told otherwise (OMS v1.0, "ignored paths").
var gitPaths = []string{".git", ".gitattributes", ".github", ".gitignore"}
