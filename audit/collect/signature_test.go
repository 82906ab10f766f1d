package collect_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/audit/signing"
	"glassbox/testdata/release"
)

var signingDay = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// signedRelease writes a release to the disk and signs it.
func signedRelease(t testing.TB, files fstest.MapFS, signer signing.Signer, ignore ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "release")
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	bundle, _, err := signing.Sign(context.Background(), dir, signer, signing.SignOptions{Output: "model.sig", IgnorePaths: ignore})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "model.sig", string(bundle))
	return dir
}

func writeFile(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func trusting(keys ...*ecdsa.PrivateKey) collect.Options {
	o := collect.Options{Now: signingDay}
	for _, k := range keys {
		o.Trust.Keys = append(o.Trust.Keys, &k.PublicKey)
	}
	return o
}

// from collects a directory.
func from(t testing.TB, o collect.Options, dir string) *audit.Evidence {
	t.Helper()
	rel, err := collect.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer rel.Close()
	ev, err := o.Collect(context.Background(), rel)
	if err != nil {
		t.Fatal(err)
	}
	if err := compileEvidence(t).Validate(map[string]any(ev.Doc)); err != nil {
		t.Errorf("%#v", err)
	}
	return ev
}

// Each change to a signed release changes the facts that it is about, and no
// others.
func TestSignatureFacts(t *testing.T) {
	key, other := newKey(t), newKey(t)
	for _, row := range []struct {
		what   string
		o      collect.Options
		change func(dir string)
		want   map[string]any // beside what holds of a good signature
		code   int
	}{
		{"good", trusting(key), nil, nil, 0},
		{"several keys", trusting(other, key), nil, nil, 0},
		{"nobody trusted", collect.Options{}, nil, map[string]any{"signer/verified": "absent", "sound": "absent"}, 0},
		{"another key", trusting(other), nil, map[string]any{"signer/verified": false, "sound": "absent"}, 4},
		{"a byte changed", trusting(key), func(dir string) { writeFile(t, dir, "config.json", "{}") }, map[string]any{
			"integrity/matches": false, "integrity/signed_match": false, "integrity/files/mismatch": 1, "integrity/files/match": 4,
		}, 4},
		{"a byte changed, nobody trusted", collect.Options{}, func(dir string) { writeFile(t, dir, "config.json", "{}") }, map[string]any{
			"signer/verified": "absent", "sound": "absent", "integrity/matches": false, "integrity/signed_match": false, "integrity/files/mismatch": 1, "integrity/files/match": 4,
		}, 4},
		{"a file removed", trusting(key), func(dir string) { os.Remove(filepath.Join(dir, "config.json")) }, map[string]any{
			"integrity/matches": false, "integrity/signed_match": false, "integrity/files/missing": 1, "integrity/files/match": 4,
		}, 4},
		{"a file added", trusting(key), func(dir string) { writeFile(t, dir, "notes.txt", "new") }, map[string]any{
			"integrity/matches": false, "integrity/files/unsigned": 1, "coverage/complete": false,
		}, 4},
		{"weights added", trusting(key), func(dir string) { writeFile(t, dir, "x.gguf", "GGUF") }, map[string]any{
			"integrity/matches": false, "integrity/files/unsigned": 1, "coverage/complete": false, "coverage/weights_signed": false,
		}, 4},
		{"a program at a name that is git's", trusting(key), func(dir string) {
			os.MkdirAll(filepath.Join(dir, ".github"), 0o755)
			writeFile(t, dir, ".github/run.py", "import os\nos.system('x')\n")
		}, map[string]any{"integrity/files/ignored": 1, "coverage/complete": false, "excludes_no_code": false}, 0},
		{"git's own", trusting(key), func(dir string) { writeFile(t, dir, ".gitattributes", "*.bin filter=lfs\n") }, map[string]any{"integrity/files/ignored": 1}, 0},
		{"what the Hub's client writes", trusting(key), func(dir string) {
			os.MkdirAll(filepath.Join(dir, ".cache/huggingface/download"), 0o755)
			writeFile(t, dir, ".cache/huggingface/download/config.json.lock", "")
		}, map[string]any{"integrity/files/ignored": 1}, 0},
		{"no bundle at all", trusting(key), func(dir string) { writeFile(t, dir, "model.sig", "not JSON") }, map[string]any{
			"sound": false, "signer/verified": false, "integrity/matches": false, "integrity/signed_match": false, "integrity/files/unsigned": 5, "integrity/files/match": 0,
			"coverage/weights_signed": false, "coverage/complete": "absent", "excludes_no_code": "absent", "method": "absent", "legacy_format": "absent", "format": "absent",
		}, 4},
		{"no signature", trusting(key), func(dir string) { os.Remove(filepath.Join(dir, "model.sig")) }, map[string]any{
			"present": false, "path": "absent", "method": "absent", "sound": "absent", "signer/verified": false, "integrity/matches": false, "integrity/signed_match": false, "integrity/files/match": "absent",
			"coverage/weights_signed": false, "coverage/complete": "absent", "excludes_no_code": "absent", "legacy_format": "absent", "format": "absent",
		}, 0},
		{"nothing hashed", collect.Options{Hash: collect.HashNone, Trust: trusting(key).Trust, Now: signingDay}, nil, map[string]any{
			"integrity/matches": "absent", "integrity/signed_match": "absent", "integrity/files/match": "absent", "integrity/files/missing": 0,
		}, 0},
		{"nothing hashed, a file removed", collect.Options{Hash: collect.HashNone}, func(dir string) { os.Remove(filepath.Join(dir, "config.json")) }, map[string]any{
			"signer/verified": "absent", "sound": "absent", "integrity/matches": false, "integrity/signed_match": false, "integrity/files/match": "absent", "integrity/files/missing": 1,
		}, 4},
	} {
		t.Run(row.what, func(t *testing.T) {
			dir := signedRelease(t, release.WeightsOnly(), signing.KeySigner{Key: key})
			if row.change != nil {
				row.change(dir)
			}
			ev := from(t, row.o, dir)
			facts := map[string]any{
				"present": true, "path": "model.sig", "method": "key", "format": "model_signing/signature/v1.0", "legacy_format": false, "sound": true,
				"signer/verified": true, "integrity/matches": true, "integrity/signed_match": true, "integrity/files/match": 5,
				"coverage/weights_signed": true, "coverage/complete": true, "excludes_no_code": true,
			}
			for name, value := range row.want {
				facts[name] = value
			}
			for name, value := range facts {
				want(t, ev, "/signature/"+name, value)
			}
			if code := newBench(t).report(ev).Verdict.Code; code != row.code {
				t.Errorf("exit code %d, want %d", code, row.code)
			}
		})
	}
}

// A certificate that does not fit its signature is found out without trust.
func TestForgedCertificateSignature(t *testing.T) {
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "acme"}, KeyUsage: x509.KeyUsageDigitalSignature,
		NotBefore: signingDay.AddDate(0, -1, 0), NotAfter: signingDay.AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := signing.NewCertificateSigner(key, leaf, nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := signedRelease(t, release.WeightsOnly(), signer)
	ev := from(t, collect.Options{Now: signingDay}, dir)
	want(t, ev, "/signature/sound", true)
	want(t, ev, "/signature/signer/verified", "absent")
	want(t, ev, "/signature/signer/identity", "CN=acme")
	want(t, ev, "/signature/signer/valid_now", true)
	if level := ev.SourcesAt("/signature/signer/identity")[0].Level; level != audit.Claimed {
		t.Errorf("an unproven identity is %s", level)
	}
	trusted := collect.Options{Now: signingDay, Trust: signing.Trust{Roots: []*x509.Certificate{leaf}}}
	ev = from(t, trusted, dir)
	want(t, ev, "/signature/signer/verified", true)
	if level := ev.SourcesAt("/signature/signer/identity")[0].Level; level != audit.Verified {
		t.Errorf("a proven identity is %s", level)
	}

	// Another signature of the same length.
	other := signedRelease(t, release.Empty(), signer)
	sig := func(dir string) string {
		data, _ := os.ReadFile(filepath.Join(dir, "model.sig"))
		_, rest, _ := strings.Cut(string(data), `"sig":"`)
		sig, _, _ := strings.Cut(rest, `"`)
		return sig
	}
	data, _ := os.ReadFile(filepath.Join(dir, "model.sig"))
	writeFile(t, dir, "model.sig", strings.Replace(string(data), sig(dir), sig(other), 1))
	ev = from(t, collect.Options{Now: signingDay}, dir)
	want(t, ev, "/signature/sound", false)
	want(t, ev, "/signature/integrity/matches", true)
	if v := newBench(t).report(ev).Verdict; v.Code != audit.ExitUntrusted || !strings.Contains(v.Reason, "broken or forged") {
		t.Errorf("%+v", v)
	}
}

// A signer who leaves code out is found out; one who leaves out prose is not
// accused of it.
func TestSignerLeavesOutCode(t *testing.T) {
	key := newKey(t)
	ev := from(t, trusting(key), signedRelease(t, release.RemoteCode(), signing.KeySigner{Key: key}, "README.md", "modeling_acme.py"))
	want(t, ev, "/signature/excludes_no_code", false)
	want(t, ev, "/signature/excluded_by_signer", "[README.md modeling_acme.py]")
	if p := onlyFinding(t, ev, "signer-excludes-no-code").Places[0]; p.Path != "modeling_acme.py" {
		t.Errorf("the code is said to be %s", p.Path)
	}
	ev = from(t, trusting(key), signedRelease(t, release.WeightsOnly(), signing.KeySigner{Key: key}, "README.md"))
	want(t, ev, "/signature/excludes_no_code", true)
	want(t, ev, "/signature/excluded_by_signer/0", "README.md")
	want(t, ev, "/signature/coverage/card_signed", false)
	want(t, ev, "/files/0/signed", "ignored")
	ev = from(t, trusting(key), signedRelease(t, release.PickleOnly(), signing.KeySigner{Key: key}, "pytorch_model.bin"))
	want(t, ev, "/signature/excludes_no_code", false)
	f := onlyFinding(t, ev, "signer-excludes-no-code")
	if f.Outcome != audit.Fail || f.Word != audit.WordNotMet || f.Places[0].Path != "pytorch_model.bin" {
		t.Errorf("%s at %+v", f.Word, f.Places)
	}
}

// Without a place on the disk only the presence of a signature is told.
func TestSignatureInMemory(t *testing.T) {
	files := release.WeightsOnly()
	files["model.sig"] = &fstest.MapFile{Data: []byte("{}")}
	ev := gather(t, files)
	want(t, ev, "/signature/present", true)
	want(t, ev, "/signature/path", "model.sig")
	for _, name := range []string{"signer", "integrity", "coverage", "sound", "method"} {
		want(t, ev, "/signature/"+name, "absent")
	}
	f := onlyFinding(t, ev, "signature-verified")
	if f.Outcome != audit.Unknown {
		t.Errorf("signature-verified is %s", f.Outcome)
	}
}

// A signature of another kind is there, and nothing is known of it. What is only
// called a signature, or signs something else, leaves nothing open.
func TestOtherSignature(t *testing.T) {
	const pgp = "-----BEGIN PGP SIGNATURE-----\n"
	for _, row := range []struct {
		what, name, content string
		counts              bool
	}{
		{"of the weights", "model.safetensors.asc", pgp, true},
		{"of a list of digests", "SHA256SUMS.gpg", "\x89\x01\x33\x04\x00\x01\x08\x00\x1d\x16", true},
		{"of weights in a folder", "b/model.safetensors.minisig", "untrusted comment: x\nRU\n", true},
		{"of the configuration", "config.json.asc", pgp, false},
		{"of nothing that is here", "other.safetensors.asc", pgp, false},
		{"only called one", "model.safetensors.sig", "hello\n", false},
		{"only called one, in a folder", "sub/x.sig", "hello\n", false},
		{"of a folder", "b/model.sig", `{"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"}`, false},
		{"empty", "model.safetensors.asc", "", false},
		{"too large to be one", "model.safetensors.asc", pgp + strings.Repeat(" ", signing.MaxDetached), false},
	} {
		dir := t.TempDir()
		files := release.WeightsOnly()
		files["b/model.safetensors"] = files["model.safetensors"]
		files["SHA256SUMS"] = &fstest.MapFile{Data: release.Checksums(files)}
		files[row.name] = &fstest.MapFile{Data: []byte(row.content)}
		if err := os.CopyFS(dir, files); err != nil {
			t.Fatal(err)
		}
		ev := from(t, collect.Options{}, dir)
		want(t, ev, "/signature/present", row.counts)
		if row.counts {
			want(t, ev, "/signature/path", row.name)
			want(t, ev, "/signature/signer", "absent")
			want(t, ev, "/signature/integrity", "absent")
		} else {
			want(t, ev, "/signature/signer/verified", false)
		}
	}
}

// A link in the place of the signature is not followed: nothing is known of it,
// and the audit is incomplete.
func TestLinkedSignature(t *testing.T) {
	dir := signedRelease(t, release.WeightsOnly(), signing.KeySigner{Key: newKey(t)})
	elsewhere := filepath.Join(t.TempDir(), "model.sig")
	if err := os.Rename(filepath.Join(dir, "model.sig"), elsewhere); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(elsewhere, filepath.Join(dir, "model.sig")); err != nil {
		t.Skip(err)
	}
	ev := from(t, collect.Options{}, dir)
	want(t, ev, "/signature", "absent")
	if !slices.Contains(ev.Limits(), "/signature") {
		t.Errorf("limits: %v", ev.Limits())
	}
	r := newBench(t).report(ev)
	if r.Verdict.Code != audit.ExitIncomplete || !strings.Contains(r.Verdict.Reason, "model.sig cannot be read: a link, which is not followed") {
		t.Errorf("%+v", r.Verdict)
	}
}

// Who hashes nothing is told what was not compared.
func TestNothingHashedIsTold(t *testing.T) {
	files := release.WeightsOnly()
	files["SHA256SUMS"] = &fstest.MapFile{Data: release.Checksums(files)}
	dir := signedRelease(t, files, signing.KeySigner{Key: newKey(t)})
	b := newBench(t)
	const told = "; not hashed, so not compared: the signed files and 5 of the published digests"
	if r := b.report(from(t, collect.Options{Hash: collect.HashNone}, dir)); !strings.HasSuffix(r.Verdict.Reason, told) {
		t.Error(r.Verdict.Reason)
	}
	if r := b.report(from(t, collect.Options{}, dir)); strings.Contains(r.Verdict.Reason, "not hashed") {
		t.Error(r.Verdict.Reason)
	}
}

// A signature raises the floor of trust only with a signer whom somebody trusts.
func TestPresenceOfASignatureIsWorthNothing(t *testing.T) {
	key := newKey(t)
	b := newBench(t)
	dir := signedRelease(t, release.Exemplary(), signing.KeySigner{Key: key})
	bare := floors(b.report(gather(t, release.Exemplary())))
	if up := rises(bare, floors(b.report(from(t, collect.Options{}, dir)))); len(up) > 0 {
		t.Errorf("a signature of nobody in particular: %v", up)
	}
	r := b.report(from(t, trusting(key), dir))
	if up := rises(bare, floors(r)); len(up) != 2 || !strings.HasPrefix(up[0], "glassbox trust 60→") || !strings.HasPrefix(up[1], "glassbox uncapped trust ") {
		t.Errorf("a signature of somebody trusted: %v", up)
	}
	for _, s := range r.Scores {
		if s.Axis == "trust" && (len(s.Caps) > 0 || s.Grade != "A") {
			t.Errorf("trust is %d, grade %s, caps %v", *s.Floor, s.Grade, s.Caps)
		}
	}
}

// Taking a file out of a signed release never pays, nor does hiding a fact of
// its signature.
func TestHidingNeverPaysInASignedRelease(t *testing.T) {
	key := newKey(t)
	b := newBench(t)
	files := release.WeightsOnly()
	files["run.py"] = &fstest.MapFile{Data: []byte("print(1)\n")}
	files["SHA256SUMS"] = &fstest.MapFile{Data: release.Checksums(files)}
	for what, change := range map[string]func(dir string){
		"as signed":    func(string) {},
		"changed":      func(dir string) { writeFile(t, dir, "config.json", "{}") },
		"added":        func(dir string) { writeFile(t, dir, "notes.txt", "new") },
		"other weight": func(dir string) { writeFile(t, dir, "pytorch_model.bin", "new") },
	} {
		for _, o := range []collect.Options{{}, trusting(key), trusting(newKey(t))} {
			dir := signedRelease(t, files, signing.KeySigner{Key: key}, "run.py")
			change(dir)
			ev := from(t, o, dir)
			r := b.report(ev)
			before := floors(r)
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if mayHide(r, ev, e.Name()) {
					continue
				}
				data, err := os.ReadFile(filepath.Join(dir, e.Name()))
				if err != nil {
					t.Fatal(err)
				}
				os.Remove(filepath.Join(dir, e.Name()))
				if up := rises(before, floors(b.report(from(t, o, dir)))); len(up) > 0 {
					t.Errorf("%s, without %s: %v", what, e.Name(), up)
				}
				writeFile(t, dir, e.Name(), string(data))
			}
			for _, pointer := range slices.Concat(members(ev.Doc["signature"], "/signature"), members(ev.Doc["checksums"], "/checksums")) {
				restore := hide(ev, pointer)
				if up := rises(before, floors(b.report(ev))); len(up) > 0 {
					t.Errorf("%s, without %s: %v", what, pointer, up)
				}
				restore()
			}
		}
	}
}
