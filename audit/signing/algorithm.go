package signing

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strconv"

	"golang.org/x/crypto/blake2b"
	"lukechampine.com/blake3"
)

// Algorithm names a hash of a whole file, by the word OMS and checksum lists use for it.
type Algorithm string

// The algorithms [Hash] can compute. OMS signs with the first three.
const (
	SHA256  Algorithm = "sha256"  // also git-lfs object ids and the Hub's names for large blobs
	BLAKE2b Algorithm = "blake2b" // the 64-byte form
	BLAKE3  Algorithm = "blake3"  // the 32-byte form
	SHA512  Algorithm = "sha512"
	SHA384  Algorithm = "sha384"
	SHA224  Algorithm = "sha224"
	SHA1    Algorithm = "sha1"
	MD5     Algorithm = "md5"
	GitBlob Algorithm = "git-sha1" // SHA-1 over "blob <size>\0" and the content: git's, and the Hub's, name for a small file
)

// algorithm is what is known of an [Algorithm].
type algorithm struct {
	name   Algorithm
	size   int  // of a digest, in bytes
	strong bool // no collision has been shown
	new    func(size int64) hash.Hash
}

// algorithms is the one list; the OMS ones stand first.
var algorithms = []algorithm{
	{SHA256, sha256.Size, true, func(int64) hash.Hash { return sha256.New() }},
	{BLAKE2b, blake2b.Size, true, func(int64) hash.Hash { h, _ := blake2b.New512(nil); return h }}, // errs for long keys only
	{BLAKE3, 32, true, func(int64) hash.Hash { return blake3.New(32, nil) }},
	{SHA512, sha512.Size, true, func(int64) hash.Hash { return sha512.New() }},
	{SHA384, sha512.Size384, true, func(int64) hash.Hash { return sha512.New384() }},
	{SHA224, sha256.Size224, true, func(int64) hash.Hash { return sha256.New224() }},
	{SHA1, sha1.Size, false, func(int64) hash.Hash { return sha1.New() }},
	{MD5, md5.Size, false, func(int64) hash.Hash { return md5.New() }},
	{GitBlob, sha1.Size, false, newGitBlob},
}

func newGitBlob(size int64) hash.Hash {
	h := sha1.New()
	h.Write([]byte("blob " + strconv.FormatInt(size, 10) + "\x00"))
	return h
}

func (a Algorithm) info() algorithm {
	for _, known := range algorithms {
		if known.name == a {
			return known
		}
	}
	return algorithm{}
}

// Size is the length of a digest in bytes, 0 for an algorithm [Hash] does not know.
func (a Algorithm) Size() int { return a.info().size }

// Strong tells whether equal digests still mean equal bytes: false for MD5 and everything on SHA-1, for which
// collisions have been published (Wang 2004; Stevens 2017), and for an unknown algorithm.
func (a Algorithm) Strong() bool { return a.info().strong }

// signs tells whether OMS allows a in a manifest (OMS v1.0, algorithm registry).
func (a Algorithm) signs() bool { return a == SHA256 || a == BLAKE2b || a == BLAKE3 }

// text writes a digest as "algorithm:hex".
func (a Algorithm) text(digest []byte) string { return string(a) + ":" + hex.EncodeToString(digest) }
