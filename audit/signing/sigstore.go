package signing

import (
	"context"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/sign"
	"github.com/sigstore/sigstore-go/pkg/tuf"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/theupdateframework/go-tuf/v2/metadata/fetcher"
)

// The services of the public Sigstore instance.
const (
	PublicFulcio = "https://fulcio.sigstore.dev"
	PublicRekor  = "https://rekor.sigstore.dev"
	PublicTSA    = "https://timestamp.sigstore.dev/api/v1/timestamp"
)

// MaxTrustedRoot bounds a trusted root file, in bytes; the public one has 7 KiB.
const MaxTrustedRoot = 8 << 20

// TrustedRoot is what a Sigstore instance is checked with: its certificate authorities, logs and time authorities.
type TrustedRoot struct {
	material *root.TrustedRoot
	public   bool // of the public instances, whose certificates are always logged
}

// ParseTrustedRoot reads a trusted_root.json. With it keyless bundles are verified offline.
func ParseTrustedRoot(data []byte) (*TrustedRoot, error) {
	if len(data) > MaxTrustedRoot {
		return nil, fmt.Errorf("reading trusted root: %d bytes, more than the limit of %d", len(data), MaxTrustedRoot)
	}
	material, err := root.NewTrustedRootFromJSON(data)
	if err != nil {
		return nil, fmt.Errorf("reading trusted root: %w", err)
	}
	return newTrustedRoot(material), nil
}

func newTrustedRoot(material *root.TrustedRoot) *TrustedRoot {
	r := &TrustedRoot{material: material}
	for _, log := range material.RekorLogs() {
		if u, err := url.Parse(log.BaseURL); err == nil {
			r.public = r.public || strings.HasSuffix(u.Hostname(), ".sigstore.dev") || strings.HasSuffix(u.Hostname(), ".sigstage.dev")
		}
	}
	return r
}

// TUF says where a trusted root is fetched from. The zero value is the public instance, without a cache.
type TUF struct {
	Mirror string // URL of the repository
	Root   []byte // its root.json to begin with; needed with Mirror
	Cache  string // directory to keep metadata in, "" for none
}

// FetchTrustedRoot fetches the trusted root over the network, through TUF. It is the caller's to know that the network
// may be used.
func FetchTrustedRoot(ctx context.Context, from TUF) (*TrustedRoot, error) {
	opts := tuf.DefaultOptions()
	if from.Mirror != "" {
		opts.RepositoryBaseURL, opts.Root = from.Mirror, from.Root
	}
	opts.CachePath, opts.DisableLocalCache = from.Cache, from.Cache == ""
	fetch := fetcher.NewDefaultFetcher()
	fetch.SetHTTPClient(&http.Client{Timeout: 30 * time.Second, Transport: contextTransport{ctx}})
	opts.Fetcher = fetch
	material, err := root.FetchTrustedRootWithOptions(opts)
	if err != nil {
		return nil, fmt.Errorf("fetching trusted root: %w", err)
	}
	return newTrustedRoot(material), nil
}

// contextTransport lets ctx end requests of clients that take no context.
type contextTransport struct{ ctx context.Context }

func (t contextTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return http.DefaultTransport.RoundTrip(r.WithContext(t.ctx))
}

// Prove implements [Keyless]: one log entry, and one time by that log or a time authority. The certificate's own log
// (SCT) is asked for on the public instances, and wherever the certificate says that it is in one; private instances
// run without.
func (r *TrustedRoot) Prove(data []byte, want Identity) (*Observed, error) {
	var b bundle.Bundle
	if err := b.UnmarshalJSON(data); err != nil {
		return nil, problemf(LogUnproven, "%v", err)
	}
	policy, err := want.policy()
	if err != nil {
		return nil, err
	}
	verifier, err := verify.NewVerifier(r.material, r.demands(&b, want)...)
	if err != nil {
		return nil, problemf(LogUnproven, "%v", err)
	}
	result, err := verifier.Verify(&b, verify.NewPolicy(verify.WithoutArtifactUnsafe(), policy))
	var stranger *verify.ErrNoMatchingCertificateIdentity
	switch {
	case errors.As(err, &stranger):
		return nil, problemf(SignerUnexpected, "")
	case err != nil:
		return nil, problemf(LogUnproven, "%v", err)
	case len(result.VerifiedTimestamps) == 0:
		return nil, problemf(LogUnproven, "no time is proven")
	}
	earliest := slices.MinFunc(result.VerifiedTimestamps, func(a, b verify.TimestampVerificationResult) int {
		return a.Timestamp.Compare(b.Timestamp)
	})
	return &Observed{Payload: b.GetDsseEnvelope().GetPayload(), Time: earliest.Timestamp}, nil
}

// demands is what the bundle must bring.
func (r *TrustedRoot) demands(b *bundle.Bundle, want Identity) []verify.VerifierOption {
	demands := []verify.VerifierOption{verify.WithTransparencyLog(1), verify.WithoutStatementPredicate()}
	if want.SignedTime {
		demands = append(demands, verify.WithSignedTimestamps(1))
	} else {
		demands = append(demands, verify.WithObserverTimestamps(1))
	}
	if r.public || hasSCT(b) {
		demands = append(demands, verify.WithSignedCertificateTimestamps(1))
	}
	return demands
}

// hasSCT tells whether the certificate carries a log's promise (RFC 6962, section 3.3).
func hasSCT(b *bundle.Bundle) bool {
	content, err := b.VerificationContent()
	if err != nil || content.Certificate() == nil {
		return false
	}
	for _, e := range content.Certificate().Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}) {
			return true
		}
	}
	return false
}

// policy turns an identity into sigstore-go's; an incomplete one asks for nobody, and nobody is then called verified.
func (i Identity) policy() (verify.PolicyOption, error) {
	if !i.Complete() {
		return verify.WithoutIdentitiesUnsafe(), nil
	}
	if err := i.Validate(); err != nil {
		return nil, err
	}
	identity, err := verify.NewShortCertificateIdentity(i.Issuer, anchored(i.IssuerPattern), i.Name, anchored(i.NamePattern))
	if err != nil {
		return nil, err
	}
	return verify.WithCertificateIdentity(identity), nil
}

// KeylessSigner signs with a key that lives for one signature, which Fulcio certifies for the holder of an identity
// token and Rekor logs. It uses the network.
type KeylessSigner struct {
	Token  string       // OpenID Connect identity token; see [AmbientToken]
	Fulcio string       // URL, such as [PublicFulcio]
	Rekor  string       // URL, such as [PublicRekor]
	TSA    string       // URL of a time authority, such as [PublicTSA]; "" for the log's time only
	Root   *TrustedRoot // if not nil, the bundle is checked with it before it is handed out
}

// SignStatement makes a keyless bundle.
func (s KeylessSigner) SignStatement(ctx context.Context, statement []byte) ([]byte, error) {
	if s.Token == "" || s.Fulcio == "" || s.Rekor == "" {
		return nil, errors.New("keyless signing needs an identity token, a Fulcio and a Rekor")
	}
	key, err := sign.NewEphemeralKeypair(nil)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	opts := sign.BundleOptions{
		Context:                    ctx,
		CertificateProvider:        sign.NewFulcio(&sign.FulcioOptions{BaseURL: s.Fulcio, Retries: 1, Transport: contextTransport{ctx}}),
		CertificateProviderOptions: &sign.CertificateProviderOptions{IDToken: s.Token},
		TransparencyLogs:           []sign.Transparency{sign.NewRekor(&sign.RekorOptions{BaseURL: s.Rekor, Retries: 1})},
	}
	if s.TSA != "" {
		opts.TimestampAuthorities = []*sign.TimestampAuthority{sign.NewTimestampAuthority(&sign.TimestampAuthorityOptions{URL: s.TSA, Retries: 1, Transport: contextTransport{ctx}})}
	}
	made, err := sign.Bundle(&sign.DSSEData{Data: statement, PayloadType: payloadType}, key, opts)
	if err != nil {
		return nil, fmt.Errorf("keyless signing: %w", err)
	}
	checked, err := bundle.NewBundle(made)
	if err != nil {
		return nil, fmt.Errorf("keyless signing: %w", err)
	}
	data, err := checked.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("keyless signing: %w", err)
	}
	if s.Root != nil {
		if _, err := s.Root.Prove(data, Identity{}); err != nil {
			return nil, fmt.Errorf("checking the new bundle: %w", err)
		}
	}
	return data, nil
}
