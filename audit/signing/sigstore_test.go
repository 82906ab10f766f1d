package signing

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/go-openapi/runtime"
	"github.com/sigstore/rekor/pkg/generated/models"
	"github.com/sigstore/rekor/pkg/types"
	_ "github.com/sigstore/rekor/pkg/types/dsse/v0.0.1" // the fake log knows this kind of entry
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/testing/ca"
	"github.com/sigstore/sigstore-go/pkg/tlog"
	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const (
	testIdentity = "dev@example.com"
	testIssuer   = "https://issuer.example"
)

// sigstoreInstance is a Sigstore of our own: Fulcio, Rekor and a time authority behind one HTTP server, with the keys of
// sigstore-go's virtual CA.
type sigstoreInstance struct {
	t             *testing.T
	log           *ca.VirtualSigstore
	fulcio        *root.FulcioCertificateAuthority
	fulcioKey     *ecdsa.PrivateKey
	tsa           *root.SigstoreTimestampingAuthority
	tsaKey        *ecdsa.PrivateKey
	server        *httptest.Server
	logURL        string        // what the trusted root calls the log
	logDelay      time.Duration // how much later than now the log says it is
	wrongIdentity bool          // Fulcio certifies somebody else
}

func newSigstore(t *testing.T) *sigstoreInstance {
	t.Helper()
	s := &sigstoreInstance{t: t, logURL: "https://rekor.localhost"}
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.log, err = ca.NewVirtualSigstore()
	fail(err)
	rootCert, rootKey, err := ca.GenerateRootCa()
	fail(err)
	intermediate, key, err := ca.GenerateFulcioIntermediate(rootCert, rootKey)
	fail(err)
	start, end := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	s.fulcioKey = key
	s.fulcio = &root.FulcioCertificateAuthority{Root: rootCert, Intermediates: []*x509.Certificate{intermediate}, ValidityPeriodStart: start, ValidityPeriodEnd: end}
	tsaIntermediate, tsaIntermediateKey, err := ca.GenerateTSAIntermediate(rootCert, rootKey)
	fail(err)
	s.tsaKey = newKey(t, elliptic.P256())
	leaf, err := ca.GenerateTSALeafCert(time.Now().Add(-time.Minute), s.tsaKey, tsaIntermediate, tsaIntermediateKey)
	fail(err)
	s.tsa = &root.SigstoreTimestampingAuthority{Root: rootCert, Intermediates: []*x509.Certificate{tsaIntermediate}, Leaf: leaf, ValidityPeriodStart: start, ValidityPeriodEnd: end}

	mux := http.NewServeMux()
	mux.HandleFunc("POST /api/v2/signingCert", s.certify)
	mux.HandleFunc("POST /api/v1/log/entries", s.enter)
	mux.HandleFunc("POST /timestamp", s.stamp)
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

func (s *sigstoreInstance) signer() KeylessSigner {
	claims := fmt.Sprintf(`{"sub":"1","email":%q,"email_verified":true,"iss":%q,"aud":"sigstore"}`, testIdentity, testIssuer)
	token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".sig"
	return KeylessSigner{Token: token, Fulcio: s.server.URL, Rekor: s.server.URL}
}

// trustedRoot writes the trusted root as a file holds it.
func (s *sigstoreInstance) trustedRoot() []byte {
	s.t.Helper()
	logs := s.log.RekorLogs()
	for _, log := range logs { // the virtual CA keeps the id in hex letters
		id, err := hex.DecodeString(string(log.ID))
		if err != nil {
			s.t.Fatal(err)
		}
		log.ID, log.BaseURL = id, s.logURL
	}
	r, err := root.NewTrustedRoot(root.TrustedRootMediaType01, []root.CertificateAuthority{s.fulcio}, nil, []root.TimestampingAuthority{s.tsa}, logs)
	if err != nil {
		s.t.Fatal(err)
	}
	data, err := r.MarshalJSON()
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *sigstoreInstance) trust() Trust {
	s.t.Helper()
	r, err := ParseTrustedRoot(s.trustedRoot())
	if err != nil {
		s.t.Fatal(err)
	}
	return Trust{Keyless: r, Identity: Identity{Name: testIdentity, Issuer: testIssuer}}
}

// publicOnly lets a certificate be issued for a key whose private half the authority does not hold.
type publicOnly struct{ crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.PublicKey }
func (publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("this half cannot sign")
}

// certify is Fulcio: it checks the proof that the key is the caller's.
func (s *sigstoreInstance) certify(w http.ResponseWriter, r *http.Request) {
	var request struct {
		PublicKeyRequest struct {
			PublicKey         struct{ Content string }
			ProofOfPossession []byte
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer e30.") {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	keys, err := ParsePublicKeys([]byte(request.PublicKeyRequest.PublicKey.Content))
	if err != nil || !ecdsa.VerifyASN1(keys[0], sum(crypto.SHA256, []byte(testIdentity)), request.PublicKeyRequest.ProofOfPossession) {
		http.Error(w, "no proof of possession", http.StatusBadRequest)
		return
	}
	identity := testIdentity
	if s.wrongIdentity {
		identity = "eve@example.com"
	}
	leaf, err := ca.GenerateLeafCert(identity, testIssuer, time.Now().Add(-time.Minute), publicOnly{keys[0]}, s.fulcio.Intermediates[0], s.fulcioKey)
	if err != nil {
		s.t.Error(err)
		return
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Raw}))
	json.NewEncoder(w).Encode(map[string]any{"signedCertificateEmbeddedSct": map[string]any{"chain": map[string]any{"certificates": []string{text}}}})
}

// enter is Rekor: it puts the entry into a log of its own and promises so.
func (s *sigstoreInstance) enter(w http.ResponseWriter, r *http.Request) {
	entry, err := s.logEntry(r.Body)
	if err != nil {
		s.t.Error(err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	const uuid = "24296fb24b8ad77a0000000000000000000000000000000000000000000000000000000000000000"
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("ETag", uuid)
	w.Header().Set("Location", "/api/v1/log/entries/"+uuid)
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(models.LogEntry{uuid: entry})
}

func (s *sigstoreInstance) logEntry(proposed io.Reader) (models.LogEntryAnon, error) {
	var none models.LogEntryAnon
	p, err := models.UnmarshalProposedEntry(proposed, runtime.JSONConsumer())
	if err != nil {
		return none, err
	}
	kind, err := types.UnmarshalEntry(p)
	if err != nil {
		return none, err
	}
	body, err := kind.Canonicalize(context.Background())
	if err != nil {
		return none, err
	}
	id, err := s.log.RekorLogID()
	if err != nil {
		return none, err
	}
	at, index := time.Now().Add(s.logDelay).Unix(), int64(0)
	text := base64.StdEncoding.EncodeToString(body)
	promise, err := s.log.RekorSignPayload(tlog.RekorPayload{Body: text, IntegratedTime: at, LogIndex: index, LogID: id})
	if err != nil {
		return none, err
	}
	proof, err := s.log.GetInclusionProof(body)
	if err != nil {
		return none, err
	}
	return models.LogEntryAnon{Body: text, IntegratedTime: &at, LogID: &id, LogIndex: &index,
		Verification: &models.LogEntryAnonVerification{InclusionProof: proof, SignedEntryTimestamp: promise}}, nil
}

// stamp is the time authority.
func (s *sigstoreInstance) stamp(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer := timestamp.Timestamp{HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: time.Now(), Policy: []int{1, 2, 3}}
	der, err := answer.CreateResponseWithOpts(s.tsa.Leaf, s.tsaKey, crypto.SHA256)
	if err != nil {
		s.t.Error(err)
	}
	w.Write(der)
}

func TestKeylessRoundTrip(t *testing.T) {
	s := newSigstore(t)
	for name, tsa := range map[string]string{"time of the log": "", "time of an authority": s.server.URL + "/timestamp"} {
		t.Run(name, func(t *testing.T) {
			signer := s.signer()
			signer.TSA = tsa
			signer.Root = s.trust().Keyless.(*TrustedRoot)
			dir := trapTree(t)
			signInto(t, dir, signer, SignOptions{})
			r := mustVerify(t, dir, Options{Trust: s.trust()})
			if r.Outcome != Verified || r.Signature.Method != Sigstore || *r.Signature.Signer.Identity != testIdentity || *r.Signature.Signer.Issuer != testIssuer {
				t.Fatalf("%s: %v", r.Outcome, r.Problems)
			}
			at, err := time.Parse(time.RFC3339, *r.Signature.Signer.Time)
			if err != nil || time.Since(at).Abs() > time.Minute {
				t.Errorf("time %v, %v", at, err)
			}
			signed := s.trust()
			signed.Identity.SignedTime = true
			if r := mustVerify(t, dir, Options{Trust: signed}); (r.Outcome == Verified) != (tsa != "") {
				t.Errorf("asked for a signed time: %s: %v", r.Outcome, r.Problems)
			}
			flip(t, filepath.Join(dir, "README.md"))
			if r := mustVerify(t, dir, Options{Trust: s.trust()}); !*r.Signature.Signer.Verified || *r.Signature.Integrity.Matches {
				t.Errorf("after a change: %v", r.Problems)
			}
		})
	}
}

// keylessBundle signs a one-file model and gives its folder.
func (s *sigstoreInstance) model(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "a")
	signInto(t, dir, s.signer(), SignOptions{})
	return dir
}

func TestKeylessRefusals(t *testing.T) {
	material := func(m map[string]any) map[string]any { return m["verificationMaterial"].(map[string]any) }
	entry := func(m map[string]any) map[string]any { return material(m)["tlogEntries"].([]any)[0].(map[string]any) }
	s := newSigstore(t)
	other := read(t, filepath.Join(s.model(t), "model.sig"))
	for name, c := range map[string]struct {
		change func(m map[string]any)
		method Method
		code   Code
	}{
		"another signature's entry": {func(m map[string]any) {
			var o map[string]any
			if err := json.Unmarshal(other, &o); err != nil {
				t.Fatal(err)
			}
			material(m)["tlogEntries"] = material(o)["tlogEntries"]
		}, Sigstore, LogUnproven},
		"another signature's certificate": {func(m map[string]any) {
			var o map[string]any
			if err := json.Unmarshal(other, &o); err != nil {
				t.Fatal(err)
			}
			material(m)["certificate"] = material(o)["certificate"]
		}, Sigstore, SignatureInvalid},
		"another time": {func(m map[string]any) { entry(m)["integratedTime"] = fmt.Sprint(time.Now().Unix() - 5) }, Sigstore, LogUnproven},
		"a spoilt promise": {func(m map[string]any) {
			p := entry(m)["inclusionPromise"].(map[string]any)
			p["signedEntryTimestamp"] = flipped(t, p["signedEntryTimestamp"].(string), -1)
		}, Sigstore, LogUnproven},
		"a spoilt proof": {func(m map[string]any) {
			p := entry(m)["inclusionProof"].(map[string]any)
			p["rootHash"] = flipped(t, p["rootHash"].(string), 0)
		}, Sigstore, LogUnproven},
		"no entry":         {func(m map[string]any) { material(m)["tlogEntries"] = []any{} }, Certificate, TrustMismatch},
		"unknown log":      {func(m map[string]any) { entry(m)["logId"] = map[string]any{"keyId": "AAAA"} }, Sigstore, LogUnproven},
		"an entry doubled": {func(m map[string]any) { material(m)["tlogEntries"] = []any{entry(m), entry(m)} }, Sigstore, LogUnproven},
		"an unknown field": {func(m map[string]any) { material(m)["extra"] = 1 }, Sigstore, LogUnproven},
	} {
		t.Run(name, func(t *testing.T) {
			dir := s.model(t)
			edit(t, filepath.Join(dir, "model.sig"), c.change)
			r := mustVerify(t, dir, Options{Trust: s.trust()})
			if *r.Signature.Signer.Verified || r.Outcome != Refused || code(r.Problems) != c.code || r.Signature.Method != c.method || !*r.Signature.Integrity.Matches {
				t.Errorf("method %s verified %v: %v", r.Signature.Method, *r.Signature.Signer.Verified, r.Problems)
			}
			// Nobody said whom to trust, and still a bundle that no log proves is not merely unknown.
			if r := mustVerify(t, dir, Options{Trust: Trust{Keyless: s.trust().Keyless}}); c.method == Sigstore && r.Outcome != Refused {
				t.Errorf("without an identity: %s", r.Outcome)
			}
		})
	}
	t.Run("another instance", func(t *testing.T) {
		if r := mustVerify(t, s.model(t), Options{Trust: newSigstore(t).trust()}); code(r.Problems) != LogUnproven {
			t.Errorf("%v", r.Problems)
		}
	})
	t.Run("somebody else", func(t *testing.T) {
		s := newSigstore(t)
		s.wrongIdentity = true
		r := mustVerify(t, s.model(t), Options{Trust: s.trust()})
		if p := r.Problems[0]; p.Code != SignerUnexpected || p.Expected != testIdentity+" from "+testIssuer || p.Found != "eve@example.com from "+testIssuer {
			t.Errorf("%+v", p)
		}
	})
	t.Run("logged after the certificate expired", func(t *testing.T) {
		s := newSigstore(t)
		s.logDelay = 20 * time.Minute
		if r := mustVerify(t, s.model(t), Options{Trust: s.trust()}); code(r.Problems) != LogUnproven {
			t.Errorf("%v", r.Problems)
		}
	})
	t.Run("a public instance without a logged certificate", func(t *testing.T) {
		s := newSigstore(t)
		s.logURL = "https://rekor.sigstore.dev"
		r := mustVerify(t, s.model(t), Options{Trust: s.trust()})
		if code(r.Problems) != LogUnproven || !strings.Contains(r.Problems[0].Detail, "certificate timestamp") {
			t.Errorf("%v", r.Problems)
		}
	})
	t.Run("the new bundle is not what the trusted root proves", func(t *testing.T) {
		signer := s.signer()
		signer.Root = newSigstore(t).trust().Keyless.(*TrustedRoot)
		dir := t.TempDir()
		write(t, filepath.Join(dir, "a"), "a")
		if _, _, err := Sign(context.Background(), dir, signer, SignOptions{}); err == nil {
			t.Error("it was handed out")
		}
	})
}

func TestIdentityValidation(t *testing.T) {
	for _, i := range []Identity{{NamePattern: "("}, {IssuerPattern: "["}, {Name: "a", NamePattern: "a"}, {Issuer: "a", IssuerPattern: "a"}} {
		if i.Validate() == nil {
			t.Errorf("%+v was taken", i)
		}
	}
	if err := (Identity{Name: "a", IssuerPattern: ".*"}).Validate(); err != nil {
		t.Error(err)
	}
}

func TestKeylessSignerErrors(t *testing.T) {
	s := newSigstore(t)
	for name, spoil := range map[string]func(k *KeylessSigner){
		"no token":      func(k *KeylessSigner) { k.Token = "" },
		"no JWT":        func(k *KeylessSigner) { k.Token = "x" },
		"no log":        func(k *KeylessSigner) { k.Rekor = "" },
		"a token of no": func(k *KeylessSigner) { k.Token = strings.Replace(k.Token, "e30", "e31", 1) },
	} {
		signer := s.signer()
		spoil(&signer)
		if _, err := signer.SignStatement(context.Background(), []byte("{}")); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.signer().SignStatement(ctx, []byte("{}")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestParseTrustedRoot(t *testing.T) {
	for _, bad := range []string{"", "{}", "[]", `{"mediaType":"x"}`} {
		if _, err := ParseTrustedRoot([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if _, err := ParseTrustedRoot(make([]byte, MaxTrustedRoot+1)); err == nil {
		t.Error("a huge file was read")
	}
}

// tufRepository serves one target, trusted_root.json, and gives the root.json to begin with.
func tufRepository(t *testing.T, target []byte) (*httptest.Server, []byte) {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	public, private, err := ed25519.GenerateKey(nil)
	fail(err)
	key, err := metadata.KeyFromPublicKey(public)
	fail(err)
	signer, err := signature.LoadSigner(private, crypto.Hash(0))
	fail(err)
	expires := time.Now().Add(time.Hour)
	files := map[string][]byte{}

	rootMeta := metadata.Root(expires)
	for _, role := range []string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP} {
		fail(rootMeta.Signed.AddKey(key, role))
	}
	targets := metadata.Targets(expires)
	file, err := metadata.TargetFile().FromBytes("trusted_root.json", target, "sha256")
	fail(err)
	targets.Signed.Targets["trusted_root.json"] = file
	files[fmt.Sprintf("/targets/%x.trusted_root.json", sha256.Sum256(target))] = target
	snapshot, stamp := metadata.Snapshot(expires), metadata.Timestamp(expires)

	_, err = rootMeta.Sign(signer)
	fail(err)
	_, err = targets.Sign(signer)
	fail(err)
	_, err = snapshot.Sign(signer)
	fail(err)
	_, err = stamp.Sign(signer)
	fail(err)
	files["/1.root.json"], err = rootMeta.ToBytes(false)
	fail(err)
	files["/1.targets.json"], err = targets.ToBytes(false)
	fail(err)
	files["/1.snapshot.json"], err = snapshot.ToBytes(false)
	fail(err)
	files["/timestamp.json"], err = stamp.ToBytes(false)
	fail(err)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if data, ok := files[r.URL.Path]; ok {
			w.Write(data)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return server, files["/1.root.json"]
}

func TestFetchTrustedRoot(t *testing.T) {
	s := newSigstore(t)
	server, first := tufRepository(t, s.trustedRoot())
	dir := s.model(t)
	for _, cache := range []string{"", t.TempDir()} {
		fetched, err := FetchTrustedRoot(context.Background(), TUF{Mirror: server.URL, Root: first, Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		trust := Trust{Keyless: fetched, Identity: Identity{Name: testIdentity, Issuer: testIssuer}}
		if r := mustVerify(t, dir, Options{Trust: trust}); r.Outcome != Verified {
			t.Errorf("%v", r.Problems)
		}
	}
	_, stranger := tufRepository(t, s.trustedRoot())
	if _, err := FetchTrustedRoot(context.Background(), TUF{Mirror: server.URL, Root: stranger}); err == nil {
		t.Error("a repository of another key was trusted")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := FetchTrustedRoot(ctx, TUF{Mirror: server.URL, Root: first}); err == nil {
		t.Error("it fetched after the end")
	}
}

func TestAmbientToken(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("audience") != "sigstore" || r.URL.Query().Get("api") != "2" || r.Header.Get("Authorization") != "bearer pass" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, `{"value":"from GitHub"}`)
	}))
	defer server.Close()
	for _, c := range []struct {
		env  map[string]string
		want string
		fail bool
	}{
		{map[string]string{"SIGSTORE_ID_TOKEN": "given"}, "given", false},
		{map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/?api=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "pass"}, "from GitHub", false},
		{map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/?api=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "wrong"}, "", true},
		{map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": server.URL}, "", true},
		{nil, "", true},
	} {
		got, err := AmbientToken(context.Background(), func(name string) string { return c.env[name] }, server.Client())
		if got != c.want || (err != nil) != c.fail || err != nil && strings.Contains(err.Error(), "pass") {
			t.Errorf("%v: %q, %v", c.env, got, err)
		}
	}
	if _, err := AmbientToken(context.Background(), func(string) string { return "" }, nil); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
}

// Two readers that see two statements in one bundle are not both believed.
func TestProverReadsTheSame(t *testing.T) {
	s := newSigstore(t)
	dir := s.model(t)
	trust := s.trust()
	trust.Keyless = liar{trust.Keyless}
	r := mustVerify(t, dir, Options{Trust: trust})
	if *r.Signature.Signer.Verified || code(r.Problems) != BundleMalformed {
		t.Errorf("%v", r.Problems)
	}
}

type liar struct{ Keyless }

func (l liar) Prove(bundle []byte, want Identity) (*Observed, error) {
	observed, err := l.Keyless.Prove(bundle, want)
	if err == nil {
		observed.Payload = bytes.ToUpper(observed.Payload)
	}
	return observed, err
}
