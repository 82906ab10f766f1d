package signing

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
)

// SignOptions says what goes into a manifest. The zero value lists every file with its SHA-256, without git's own.
type SignOptions struct {
	HashType  Algorithm // SHA256, BLAKE2b or BLAKE3; "" means SHA256
	ShardSize int64     // bytes of a shard; 0 signs whole files. Shards of a large file are hashed side by side
	// IgnorePaths are names in the model, slash-separated, to leave out with everything below them. They are recorded in
	// the signature, as is Output.
	IgnorePaths []string
	KeepGit     bool   // do not leave out .git, .gitattributes, .github and .gitignore
	Output      string // name in the model of the signature to be written, "" if it will lie elsewhere
	Links       OpenLink
	Hash        HashOptions
}

// Signer makes a bundle over a statement: [KeySigner], [CertificateSigner] or [KeylessSigner].
type Signer interface {
	SignStatement(ctx context.Context, statement []byte) (bundle []byte, err error)
}

// Sign makes the bundle for a model: a directory or one file. It writes nothing; where the bytes go is the caller's
// choice, usually model.sig in the model, which must then be named in opts.Output. The manifest is what was signed.
func Sign(ctx context.Context, path string, signer Signer, opts SignOptions) (bundle []byte, m *Manifest, err error) {
	if m, err = NewManifest(ctx, path, opts); err != nil {
		return nil, nil, err
	}
	statement, err := m.Statement()
	if err != nil {
		return nil, nil, err
	}
	if bundle, err = signer.SignStatement(ctx, statement); err != nil {
		return nil, nil, fmt.Errorf("signing %s: %w", m.Name, err)
	}
	return bundle, m, nil
}

// NewManifest hashes a model into what [Sign] would sign: the dry run. Its Root is the root digest. Files stand in the
// code-point order of their names (OMS v1.0). A link, a special file, a file that cannot be read, and a name that no
// verifier should accept are errors: a signature must not silently leave something out.
func NewManifest(ctx context.Context, path string, opts SignOptions) (*Manifest, error) {
	m := &Manifest{Predicate: predicateV1, HashType: cmp.Or(opts.HashType, SHA256), ShardSize: opts.ShardSize}
	if !m.HashType.signs() {
		return nil, fmt.Errorf("signing with %q: only sha256, blake2b and blake3 are defined", m.HashType)
	}
	if m.ShardSize < 0 {
		return nil, fmt.Errorf("signing in shards of %d bytes", m.ShardSize)
	}
	tree, err := OpenTree(path, opts.Links)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	m.Name = tree.Name()
	m.IgnorePaths = opts.ignored()
	files, err := opts.files(ctx, tree, m)
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", m.Name, err)
	}
	digests, err := Hash(ctx, tree.Open, files, opts.Hash)
	if err != nil {
		return nil, err
	}
	for _, d := range digests {
		if d.Err != nil {
			return nil, fmt.Errorf("signing %s: %w", m.Name, d.Err)
		}
		m.enter(d)
	}
	if tree.Single() {
		m.asSingle()
	}
	m.Root = m.root()
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("signing %s: %w", m.Name, err)
	}
	return m, nil
}

// cause is why an entry that is no regular file is none.
func cause(e Entry) error {
	if e.Err != nil {
		return e.Err
	}
	return errSpecial
}

// RootDigest computes the one digest that stands for a model, "sha256:" and hex.
func RootDigest(ctx context.Context, path string, opts SignOptions) (string, error) {
	m, err := NewManifest(ctx, path, opts)
	if err != nil {
		return "", err
	}
	return SHA256.text(m.Root), nil
}

// ignored is what the signature records as left out.
func (o SignOptions) ignored() []string {
	var paths []string
	for _, p := range append(slices.Clone(o.IgnorePaths), o.Output) {
		if p = path.Clean(filepath.ToSlash(p)); CheckName(p) == nil { // others concern nothing in the model
			paths = append(paths, p)
		}
	}
	if !o.KeepGit {
		paths = append(paths, gitPaths...)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// files lists what to hash.
func (o SignOptions) files(ctx context.Context, tree *Tree, m *Manifest) ([]File, error) {
	entries, err := tree.Entries(ctx, func(dir string) bool { return under(dir, m.IgnorePaths) })
	if err != nil {
		return nil, err
	}
	var files []File
	resources := int64(0)
	for _, e := range entries {
		if under(e.Name, m.IgnorePaths) {
			continue
		}
		if e.Kind != Regular {
			return nil, fmt.Errorf("%s: %s; name it to be ignored or take it away", e.Name, reason(cause(e)))
		}
		if err := CheckName(e.Name); err != nil {
			return nil, err
		}
		f := File{Name: e.Name, Size: e.Size, Algorithms: []Algorithm{m.HashType}}
		if m.ShardSize > 0 {
			f.Algorithms, f.ShardSize, f.ShardHash = nil, m.ShardSize, m.HashType
			resources += shards(e.Size, m.ShardSize)
		} else {
			resources++
		}
		if resources > MaxResources {
			return nil, fmt.Errorf("more than %d files or shards", MaxResources)
		}
		files = append(files, f)
	}
	return files, nil
}

// enter adds what was computed of one file.
func (m *Manifest) enter(d Digests) {
	if m.ShardSize == 0 {
		m.Resources = append(m.Resources, Resource{Name: d.Name, Digest: d.Sums[m.HashType]})
		return
	}
	for i, digest := range d.Shards {
		start := int64(i) * m.ShardSize
		m.Resources = append(m.Resources, Resource{d.Name, start, min(start+m.ShardSize, d.Size), digest})
	}
}

// asSingle names the only file "." as every release of the reference client does. The specification says the base name;
// the client refuses that, and other verifiers accept ".".
func (m *Manifest) asSingle() {
	for i := range m.Resources {
		m.Resources[i].Name = "."
	}
	m.IgnorePaths = nil
}

// KeySigner signs with a private key.
type KeySigner struct{ Key *ecdsa.PrivateKey }

// SignStatement makes a bundle that names the key by its hint.
func (s KeySigner) SignStatement(_ context.Context, statement []byte) ([]byte, error) {
	if s.Key == nil {
		return nil, errors.New("no key to sign with")
	}
	return signBundle(s.Key, statement, materialJSON{PublicKey: &hintJSON{KeyHint(&s.Key.PublicKey)}, TlogEntries: []any{}})
}

// CertificateSigner signs with a private key and sends its certificate along. Make one with [NewCertificateSigner].
type CertificateSigner struct {
	key   *ecdsa.PrivateKey
	chain []*x509.Certificate
}

// NewCertificateSigner checks that the key is the leaf's and that the leaf may sign. chain holds the intermediates a
// verifier needs to get from the leaf to its root, nearest first; a root in it is left out, as no verifier may trust it
// for being there.
func NewCertificateSigner(key *ecdsa.PrivateKey, leaf *x509.Certificate, chain []*x509.Certificate) (*CertificateSigner, error) {
	if !key.PublicKey.Equal(leaf.PublicKey) {
		return nil, errors.New("the certificate is for another key than the private key given")
	}
	if !maySign(leaf) {
		return nil, fmt.Errorf("the certificate of %s is neither for digital signatures nor for code signing", leaf.Subject)
	}
	s := &CertificateSigner{key: key, chain: []*x509.Certificate{leaf}}
	for _, c := range chain {
		if selfSigned := bytes.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignatureFrom(c) == nil; !selfSigned {
			s.chain = append(s.chain, c)
		}
	}
	if len(s.chain) > MaxCertificates {
		return nil, fmt.Errorf("a chain of %d certificates, more than %d", len(s.chain), MaxCertificates)
	}
	return s, nil
}

// SignStatement makes a bundle with the chain.
func (s *CertificateSigner) SignStatement(_ context.Context, statement []byte) ([]byte, error) {
	chain := &chainJSON{}
	for _, c := range s.chain {
		chain.Certificates = append(chain.Certificates, rawJSON{c.Raw})
	}
	return signBundle(s.key, statement, materialJSON{Chain: chain, TlogEntries: []any{}})
}

// The JSON of a bundle, as the reference client writes it.
type (
	bundleJSON struct {
		MediaType string       `json:"mediaType"`
		Material  materialJSON `json:"verificationMaterial"`
		Envelope  envelopeJSON `json:"dsseEnvelope"`
	}
	materialJSON struct {
		PublicKey   *hintJSON  `json:"publicKey,omitempty"`
		Chain       *chainJSON `json:"x509CertificateChain,omitempty"`
		TlogEntries []any      `json:"tlogEntries"`
	}
	hintJSON struct {
		Hint string `json:"hint"`
	}
	chainJSON struct {
		Certificates []rawJSON `json:"certificates"`
	}
	rawJSON struct {
		RawBytes []byte `json:"rawBytes"`
	}
	envelopeJSON struct {
		Payload     []byte    `json:"payload"`
		PayloadType string    `json:"payloadType"`
		Signatures  []sigJSON `json:"signatures"`
	}
	sigJSON struct {
		Sig   []byte `json:"sig"`
		KeyID string `json:"keyid"`
	}
)

func signBundle(key *ecdsa.PrivateKey, statement []byte, material materialJSON) ([]byte, error) {
	h, err := curveHash(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	signature, err := ecdsa.SignASN1(rand.Reader, key, sum(h, pae(payloadType, statement)))
	if err != nil {
		return nil, err
	}
	return json.Marshal(bundleJSON{mediaTypeV03, material, envelopeJSON{statement, payloadType, []sigJSON{{signature, ""}}}})
}
