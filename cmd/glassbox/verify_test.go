package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/audit/signing"
)

// call runs a command line in this process.
func call(t testing.TB, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, complaints bytes.Buffer
	code = run(context.Background(), args, &out, &complaints)
	return code, out.String(), complaints.String()
}

// verified runs verify and reads its JSON.
func verified(t testing.TB, args ...string) (int, *verification) {
	t.Helper()
	code, out, complaints := call(t, append([]string{"verify", "-o", "json", "--offline"}, args...)...)
	v := &verification{}
	if err := json.Unmarshal([]byte(out), v); err != nil {
		t.Fatalf("verify %v: %v\n%s", args, err, complaints)
	}
	if v.Verdict.Code != code {
		t.Errorf("verify %v: exit code %d, and the document says %d", args, code, v.Verdict.Code)
	}
	return code, v
}

// Bundles that others made over the years, through the command: the exit code,
// whether the signer is verified, whether the files match.
func TestVerifyBundlesOfOthers(t *testing.T) {
	corpora := os.Getenv("GLASSBOX_CORPORA")
	if corpora == "" {
		t.Skip("GLASSBOX_CORPORA names no folder")
	}
	t.Setenv("SOURCE_DATE_EPOCH", "1795305600") // 2026-11-22
	root := filepath.Join(corpora, "signing")
	in := func(name string) string { return filepath.Join(root, name) }
	const yes, no, open = "yes", "no", "open"
	ca, key := in("upstream/keys/certificate/ca-cert.pem"), in("upstream/keys/certificate/signing-key-pub.pem")
	p256, p384 := in("reference-client/p256.pub"), in("reference-client/p384.pub")
	sigstore := []string{"--identity", "stefanb@us.ibm.com", "--issuer", "https://sigstore.verify.ibm.com/oauth2", "--trusted-root", in("upstream/trusted-root-public-good.json")}
	model := in("reference-client/model")
	signedBy := func(name string) []string { return []string{"--signature", in("reference-client/" + name)} }
	for _, row := range []struct {
		what              string
		args              []string
		code              int
		signer, integrity string
	}{
		{"v0.3.1 certificate", []string{in("upstream/v0.3.1-certificate"), "--certificate-chain", ca}, 0, yes, yes},
		{"v1.1.0 certificate", []string{in("upstream/v1.1.0-certificate"), "--certificate-chain", ca}, 0, yes, yes},
		{"v1.1.0 certificate by its key", []string{in("upstream/v1.1.0-certificate"), "--key", key}, 0, yes, yes},
		{"v1.1.0 certificate before its time", []string{in("upstream/v1.1.0-certificate"), "--certificate-chain", ca, "--as-of", "2025-01-01"}, 4, no, yes},
		{"v1.1.0 certificate after its time", []string{in("upstream/v1.1.0-certificate"), "--certificate-chain", ca, "--as-of", "2036-01-01"}, 4, no, yes},
		{"v1.1.0 certificate of nobody trusted", []string{in("upstream/v1.1.0-certificate")}, 3, open, yes},
		{"v0.3.1 key, one file", []string{in("upstream/v0.3.1-elliptic-key/signme-1"), "--key", key}, 0, yes, yes},
		{"v1.0.1 key", []string{in("upstream/v1.0.1-elliptic-key"), "--key", key}, 4, yes, no},
		{"v1.0.1 key, the rest ignored", []string{in("upstream/v1.0.1-elliptic-key"), "--key", key, "--ignore-paths", in("upstream/v1.0.1-elliptic-key/ignore-me")}, 0, yes, yes},
		{"v1.0.1 key, unsigned files ignored", []string{in("upstream/v1.0.1-elliptic-key"), "--key", key, "--ignore-unsigned-files"}, 0, yes, yes},
		{"v1.1.0 key", []string{in("upstream/v1.1.0-elliptic-key"), "--key", key}, 0, yes, yes},
		{"v1.1.0 key, another", []string{in("upstream/v1.1.0-elliptic-key"), "--key", p256}, 4, no, yes},
		{"v1.1.0 key of nobody trusted", []string{in("upstream/v1.1.0-elliptic-key")}, 3, open, yes},
		{"v1.0.1 sigstore", append([]string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files"}, sigstore...), 0, yes, yes},
		{"v1.0.1 sigstore, the rest not ignored", append([]string{in("upstream/v1.0.1-sigstore")}, sigstore...), 4, yes, no},
		{"v1.0.1 sigstore by expression", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files", "--identity-regexp", `.*@us\.ibm\.com`, "--issuer", "https://sigstore.verify.ibm.com/oauth2", "--trusted-root", in("upstream/trusted-root-public-good.json")}, 0, yes, yes},
		{"v1.0.1 sigstore, part of an identity", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files", "--identity-regexp", "stefanb@us", "--issuer", "https://sigstore.verify.ibm.com/oauth2", "--trusted-root", in("upstream/trusted-root-public-good.json")}, 4, no, yes},
		{"v1.0.1 sigstore, somebody else", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files", "--identity", "eve@us.ibm.com", "--issuer", "https://sigstore.verify.ibm.com/oauth2", "--trusted-root", in("upstream/trusted-root-public-good.json")}, 4, no, yes},
		{"v1.0.1 sigstore, another root", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files", "--identity", "stefanb@us.ibm.com", "--issuer", "https://sigstore.verify.ibm.com/oauth2", "--trusted-root", in("virtual.trusted_root.json")}, 4, no, yes},
		{"v1.0.1 sigstore offline without a root", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files", "--identity", "stefanb@us.ibm.com", "--issuer", "https://sigstore.verify.ibm.com/oauth2"}, 3, open, yes},
		{"v1.0.1 sigstore of nobody trusted", []string{in("upstream/v1.0.1-sigstore"), "--ignore-unsigned-files"}, 3, open, yes},
		{"reference client, P-256", append(signedBy("key-p256.sig"), model, "--key", p256), 0, yes, yes},
		{"reference client, P-384", append(signedBy("key-p384.sig"), model, "--key", p384), 0, yes, yes},
		{"reference client, the other key", append(signedBy("key-p384.sig"), model, "--key", p256), 4, no, yes},
		{"reference client, certificate", append(signedBy("cert-p384.sig"), model, "--certificate-chain", ca), 0, yes, yes},
		{"reference client, shards", append(signedBy("key-shards1000.sig"), model, "--key", p256), 4, yes, no},
		{"reference client, shards, the rest ignored", append(signedBy("key-shards1000.sig"), model, "--key", p256, "--ignore-paths", model+"/name:with:colons"), 0, yes, yes},
		{"reference client, one file", append(signedBy("single.sig"), model+"/config.json", "--key", p256), 0, yes, yes},
		{"a stub of a statement", []string{model, "--signature", in("virtual.sigstore.sig"), "--identity", "dev@example.com", "--issuer", "https://issuer.example", "--trusted-root", in("virtual.trusted_root.json")}, 4, yes, no},
		{"no signature", []string{model}, 5, open, open},
	} {
		t.Run(row.what, func(t *testing.T) {
			code, v := verified(t, row.args...)
			var signer, matches *bool
			if s := v.Signature.Signer; s != nil {
				signer = s.Verified
			}
			if in := v.Signature.Integrity; in != nil {
				matches = in.Matches
			}
			for _, fact := range []struct {
				name, want string
				got        *bool
			}{{"signer", row.signer, signer}, {"integrity", row.integrity, matches}} {
				got := open
				if fact.got != nil {
					got = map[bool]string{true: yes, false: no}[*fact.got]
				}
				if got != fact.want {
					t.Errorf("%s: %s, want %s", fact.name, got, fact.want)
				}
			}
			if code != row.code {
				t.Errorf("exit code %d, want %d: %s", code, row.code, v.Verdict.Reason)
			}
			for _, part := range []string{"expected ", "found ", "next: "} {
				if !strings.Contains(v.Verdict.Reason, part) {
					t.Errorf("the last sentence has no %q: %s", part, v.Verdict.Reason)
				}
			}
		})
	}
}

// tampering changes one thing about a signed copy.
type tampering struct {
	what       string
	change     func(t *testing.T, dir string)
	signer     bool
	matches    bool
	statesMore map[signing.State]int // how many files more than before
}

// Each change is told by the fact that it is about, and by no other.
func TestVerifyTellsTamperingApart(t *testing.T) {
	keys := keyFolder(t)
	in := func(name string) string { return filepath.Join(keys, name) }
	write := func(t *testing.T, dir, name, content string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for method, args := range map[string]struct{ sign, trust, distrust []string }{
		"key":         {[]string{"--private-key", in("key.pem")}, []string{"--key", in("key.pub")}, []string{"--key", in("other.pub")}},
		"certificate": {[]string{"--private-key", in("key.pem"), "--certificate", in("leaf.pem")}, []string{"--certificate-chain", in("root.pem")}, []string{"--certificate-chain", in("stranger.pem")}},
	} {
		t.Setenv("SOURCE_DATE_EPOCH", "1795305600")
		for _, row := range []tampering{
			{"nothing", func(*testing.T, string) {}, true, true, nil},
			{"a byte in a file", func(t *testing.T, dir string) { write(t, dir, "a", "2") }, true, false, map[signing.State]int{signing.StateMismatch: 1, signing.StateMatch: -1}},
			{"a file added", func(t *testing.T, dir string) { write(t, dir, "z", "1") }, true, false, map[signing.State]int{signing.StateUnsigned: 1}},
			{"a file removed", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "a")) }, true, false, map[signing.State]int{signing.StateMissing: 1, signing.StateMatch: -1}},
			{"a file renamed", func(t *testing.T, dir string) { os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "z")) }, true, false, map[signing.State]int{signing.StateMissing: 1, signing.StateUnsigned: 1, signing.StateMatch: -1}},
			{"the payload", func(t *testing.T, dir string) {
				edit(t, dir, func(envelope map[string]any) {
					data, _ := base64.StdEncoding.DecodeString(envelope["payload"].(string))
					envelope["payload"] = base64.StdEncoding.EncodeToString(append(data, ' '))
				})
			}, false, true, nil},
			{"the signature", func(t *testing.T, dir string) {
				edit(t, dir, func(envelope map[string]any) {
					s := envelope["signatures"].([]any)[0].(map[string]any)
					data, _ := base64.StdEncoding.DecodeString(s["sig"].(string))
					data[len(data)-1] ^= 1
					s["sig"] = base64.StdEncoding.EncodeToString(data)
				})
			}, false, true, nil},
		} {
			t.Run(method+", "+row.what, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "model")
				os.Mkdir(dir, 0o755)
				write(t, dir, "a", "1")
				write(t, dir, "b", "1")
				if code, _, complaints := call(t, append([]string{"sign", dir}, args.sign...)...); code != 0 {
					t.Fatal(complaints)
				}
				row.change(t, dir)
				code, v := verified(t, append([]string{dir}, args.trust...)...)
				if *v.Signature.Signer.Verified != row.signer || *v.Signature.Integrity.Matches != row.matches {
					t.Errorf("signer %v, integrity %v", *v.Signature.Signer.Verified, *v.Signature.Integrity.Matches)
				}
				counts := map[signing.State]int{signing.StateMatch: 2}
				for state, n := range row.statesMore {
					counts[state] += n
				}
				got := map[signing.State]int{}
				for _, f := range v.Files {
					got[f.State]++
				}
				for state := range counts {
					if got[state] != counts[state] {
						t.Errorf("%d files are %s, want %d", got[state], state, counts[state])
					}
				}
				if good := row.signer && row.matches; good != (code == 0) || !good && code != audit.ExitUntrusted {
					t.Errorf("exit code %d: %s", code, v.Verdict.Reason)
				}
				if code, v := verified(t, append([]string{dir}, args.distrust...)...); code != audit.ExitUntrusted || *v.Signature.Signer.Verified || *v.Signature.Integrity.Matches != row.matches {
					t.Errorf("somebody else: exit code %d, integrity %v", code, *v.Signature.Integrity.Matches)
				}
			})
		}
	}
}

// edit changes the envelope of a bundle.
func edit(t *testing.T, dir string, change func(envelope map[string]any)) {
	t.Helper()
	name := filepath.Join(dir, "model.sig")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var bundle map[string]any
	if err := json.Unmarshal(data, &bundle); err != nil {
		t.Fatal(err)
	}
	change(bundle["dsseEnvelope"].(map[string]any))
	if data, err = json.Marshal(bundle); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// An interrupt stops the hashing of any model within a second.
func TestInterrupt(t *testing.T) {
	keys := keyFolder(t)
	dir := filepath.Join(t.TempDir(), "model")
	os.Mkdir(dir, 0o755)
	weights := filepath.Join(dir, "weights.bin")
	if err := os.WriteFile(weights, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, complaints := call(t, "sign", dir, "--private-key", filepath.Join(keys, "key.pem")); code != 0 {
		t.Fatal(complaints)
	}
	const huge = 1 << 40 // a hole that takes a quarter of an hour to hash and no room
	if err := os.Truncate(weights, huge); err != nil {
		t.Skipf("the file system has no room for holes: %v", err)
	}
	written := filepath.Join(t.TempDir(), "written") // what is interrupted writes nothing
	for _, args := range [][]string{
		{"verify", dir, "--key", filepath.Join(keys, "key.pub")}, {"digest", dir}, {"audit", dir},
		{"audit", dir, "--hash", "all", "-o", "json=" + written}, {"lock", dir, "--lock-file", written},
	} {
		var complaints bytes.Buffer
		cmd := exec.Command("glassbox", args...)
		cmd.Stderr = &complaints
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		start := time.Now()
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != audit.ExitInterrupted {
			t.Errorf("%s: %v", args[0], err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: stopped after %v", args[0], took)
		}
		if !strings.HasPrefix(complaints.String(), "glassbox: interrupted") {
			t.Errorf("%s: %s", args[0], complaints.String())
		}
		if left, _ := os.ReadDir(filepath.Dir(written)); len(left) > 0 {
			t.Errorf("%s: left %s", args[0], left[0].Name())
		}
	}
}

// A root that cannot be fetched speaks neither for nor against a signature.
func TestRootThatCannotBeFetched(t *testing.T) {
	_, err := fetchedRoot{func() (*signing.TrustedRoot, error) { return nil, errors.New("no route") }}.Prove(nil, signing.Identity{})
	var p *signing.Problem
	if !errors.As(err, &p) || p.Code != signing.TrustUnavailable || p.Detail != "no route" {
		t.Errorf("%v", err)
	}
}

// Every kind of problem has its last sentence.
func TestEveryProblemHasAdvice(t *testing.T) {
	for _, code := range append(append([]signing.Code{
		signing.NoSignature, signing.FileMismatch, signing.FileMissing, signing.FileUnsigned, signing.FileSymlink, signing.FileUnreadable,
	}, signerCodes...), listCodes...) {
		a, ok := advices[code]
		if _, ends := endings[a.outcome]; !ok || !ends {
			t.Errorf("%s has no advice", code)
		}
		r := &signing.Result{Outcome: a.outcome, Problems: []*signing.Problem{{Code: code, Path: "a b", Expected: "x", Found: "y"}}}
		r.Signature.Method = signing.Key
		v := verdict(r, steps{verify: "glassbox verify m", model: "m"})
		if v.Code == audit.ExitPass || !strings.Contains(v.Reason, "; next: ") || strings.Contains(v.Reason, "VERIFY") || strings.Contains(v.Reason, "THIS") {
			t.Errorf("%s: %+v", code, v)
		}
	}
}

func TestShell(t *testing.T) {
	for word, want := range map[string]string{
		"model": "model", "a/b-c.d": "a/b-c.d", "": "''", "two words": "'two words'", "it's": `'it'\''s'`, "$(rm)": "'$(rm)'", "ünï": "'ünï'",
	} {
		if got := shell(word); got != want {
			t.Errorf("shell(%q) = %s, want %s", word, got, want)
		}
	}
}

// Progress is drawn over on a terminal, and written in lines elsewhere; what is
// done soon goes without.
func TestMeter(t *testing.T) {
	for _, row := range []struct {
		what     string
		terminal bool
		seconds  []float64 // when a GB each is done
		want     string
	}{
		{"soon done on a terminal", true, []float64{0, 0.4}, ""},
		{"a terminal", true, []float64{0, 1, 2}, "\r\x1b[Khashing: 2.0 GB of 3.0 GB, 2.0 GB/s, 1s left\r\x1b[Khashing: 3.0 GB of 3.0 GB, 1.5 GB/s\r\x1b[K"},
		{"soon done elsewhere", false, []float64{0, 4}, ""},
		{"elsewhere", false, []float64{0, 10, 15, 100}, "hashing: 2.0 GB of 4.0 GB, 200.0 MB/s, 10s left\nhashing: 4.0 GB of 4.0 GB, 40.0 MB/s\n"},
	} {
		var b bytes.Buffer
		var now time.Time
		start := time.Unix(0, 0)
		m := &meter{w: &b, terminal: row.terminal, now: func() time.Time { return now }}
		for i, s := range row.seconds {
			now = start.Add(time.Duration(s * float64(time.Second)))
			m.progress(int64(i+1)*1e9, int64(len(row.seconds))*1e9)
		}
		m.finish()
		if b.String() != row.want {
			t.Errorf("%s: %q, want %q", row.what, b.String(), row.want)
		}
	}
}

// Reading weights is told on a terminal once it takes long, and wiped at the end.
func TestReadingProgress(t *testing.T) {
	var b bytes.Buffer
	now := time.Unix(0, 0)
	m := &meter{w: &b, terminal: true, now: func() time.Time { return now }}
	for i := range 3 {
		m.reading(collect.Reading{Done: i, Files: 158, Bytes: int64(i) * 1e6})
		now = now.Add(time.Second)
	}
	m.finish()
	if want := "\r\x1b[Kreading weights: 1 of 158 files, 1.0 MB looked at\r\x1b[Kreading weights: 2 of 158 files, 2.0 MB looked at\r\x1b[K"; b.String() != want {
		t.Errorf("%q", b.String())
	}
}
