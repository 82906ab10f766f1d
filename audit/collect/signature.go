package collect

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
	"glassbox/audit/license"
	"glassbox/audit/signing"
	"glassbox/audit/weights"
)

// signedTree is the release as its signature sees it; nil where it has no place
// on the disk.
type signedTree struct {
	tree  *signing.Tree
	check *signing.Check
	asked map[string]bool // the files that the signature asks to be hashed
}

func (s *signedTree) close() {
	if s != nil {
		s.tree.Close()
	}
}

func (s *signedTree) needs() []signing.File {
	if s == nil {
		return nil
	}
	needs := slices.Clone(s.check.Needs())
	for i := range needs {
		needs[i].Fresh = true // a cache was not asked to stand in for signed bytes
	}
	return needs
}

// speaksOf tells whether the signature asks for a file to be hashed.
func (s *signedTree) speaksOf(name string) bool { return s != nil && s.asked[name] }

// beginSignature reads the signature and finds out whose it is. Without a place
// on the disk nothing but its presence can be told.
func (c *collection) beginSignature(ctx context.Context) error {
	if !c.whole() || c.rel.Path == "" {
		if _, ok := c.rel.FS.(*packed); ok && len(c.with("signature")) > 0 {
			c.cut("/signature", "a signature is not checked inside an archive; unpack it first")
		}
		return nil
	}
	tree, err := signing.OpenTree(c.rel.Path, signing.HubLinks(c.rel.Path))
	if err != nil {
		c.cut("/signature", fmt.Sprintf("the release cannot be opened again: %v", cause(err)))
		return nil
	}
	check, err := signing.Begin(ctx, tree, signing.Options{
		Trust: c.opts.Trust, Now: c.opts.Now, IgnorePaths: skipped, Classify: c.class,
	})
	if err != nil {
		tree.Close()
		c.cut("/signature", fmt.Sprintf("the signature cannot be checked: %v", cause(err)))
		return ctx.Err()
	}
	c.signed = &signedTree{tree: tree, check: check, asked: map[string]bool{}}
	for _, f := range check.Needs() {
		c.signed.asked[f.Name] = true
	}
	return nil
}

// class tells what a file is to the release, as far as coverage asks.
func (c *collection) class(name string) signing.Class {
	i := c.position(name)
	if i < 0 {
		return signing.Other
	}
	switch c.files[i].Role {
	case "weights":
		return signing.Weights
	case "model_card":
		return signing.Card
	case "license":
		return signing.License
	}
	return signing.Other
}

// signature writes the three facts of a signature, each by itself: who signed,
// whether these are the signed bytes, and how much is signed. That one is there
// says none of them.
func (c *collection) signature() {
	if !c.whole() || c.isCut("/signature") {
		return
	}
	if c.signed == nil {
		c.otherSignature()
		return
	}
	r := c.signed.check.Finish(c.hashed())
	if !r.Signature.Present {
		c.otherSignature()
		return
	}
	if p := problemOf(r, signing.BundleUnreadable); p != nil {
		c.cut("/signature", fmt.Sprintf("%s cannot be read: %s", r.Signature.Path, p.Detail))
		return
	}
	s := &signatureFacts{c: c, result: r, path: r.Signature.Path}
	s.bundle()
	s.signer()
	s.integrity()
	s.coverage()
	s.excluded()
}

// otherSignature writes what there is in place of a model signature: a
// signature of another kind, which nobody here can check, or none.
func (c *collection) otherSignature() {
	for _, f := range c.files {
		if !f.Is("signature") || f.Kind == "link" || !c.signs(f) {
			continue
		}
		if c.isCut("/signature") {
			return // it cannot be read
		}
		c.ev.Set("/signature", map[string]any{"present": true, "path": f.Path}, audit.Source{Path: f.Path, Level: audit.Present})
		return
	}
	c.ev.Set("/signature", map[string]any{
		"present": false, "signer": map[string]any{"verified": false},
		"integrity": map[string]any{"matches": false, "signed_match": false},
		"coverage":  map[string]any{"weights_signed": false},
	}, audit.Source{Level: audit.Present})
}

// signs tells whether a file could be what vouches for the release: a signature
// by its content, and of weights or of a list of digests that lie beside it. A
// name is not enough: whatever else is called .sig leaves nothing open. Where
// no signature can be checked at all, a model signature counts too.
func (c *collection) signs(f *File) bool {
	base := path.Base(f.Path)
	name := f.Path
	for _, ext := range signatureNames {
		if strings.HasSuffix(strings.ToLower(base), ext) {
			name = f.Path[:len(f.Path)-len(ext)]
		}
	}
	i := c.position(name)
	of := i >= 0 && c.files[i].Is("weights", "checksums")
	switch {
	case c.signed == nil && path.Dir(f.Path) == "." && signing.IsBundleName(base):
		return true
	case !of && (c.signed != nil || path.Dir(f.Path) != "."), f.Size > signing.MaxDetached:
		return false
	}
	content := c.read(f, signing.MaxDetached, "/signature")
	return content == nil || signing.IsDetached(content)
}

// hashed lists what was hashed, for the signature to compare.
func (c *collection) hashed() []signing.Digests {
	var out []signing.Digests
	for _, f := range c.signed.needs() {
		if d, ok := c.sums[f.Name]; ok {
			out = append(out, d)
		}
	}
	return out
}

func problemOf(r *signing.Result, codes ...signing.Code) *signing.Problem {
	for _, p := range r.Problems {
		if slices.Contains(codes, p.Code) {
			return p
		}
	}
	return nil
}

// signatureFacts writes one verification into the evidence.
type signatureFacts struct {
	c      *collection
	result *signing.Result
	path   string // of the signature
}

func (s *signatureFacts) set(pointer string, value any, level audit.Level) {
	s.c.ev.Set("/signature"+pointer, value, audit.Source{Path: s.path, Level: level})
}

// bundle writes what the file says of itself, and whether it is sound.
func (s *signatureFacts) bundle() {
	sig := s.result.Signature
	m := map[string]any{"present": true, "path": s.path}
	if sig.Method != "" {
		m["method"] = string(sig.Method)
	}
	if sig.Format != "" {
		m["format"] = sig.Format
	}
	if sig.LegacyFormat != nil {
		m["legacy_format"] = *sig.LegacyFormat
	}
	s.set("", m, audit.Present)
	if sound := s.sound(); sound != nil {
		s.set("/sound", *sound, audit.Verified)
	}
}

// sound tells whether the signature holds together by itself. Of a key that is
// not here it cannot be told whether the signature fits it.
func (s *signatureFacts) sound() *bool {
	sig := s.result.Signature
	switch {
	case problemOf(s.result, signing.BundleMalformed, signing.BundleUnknown, signing.StatementInvalid, signing.RootMismatch, signing.LogUnproven) != nil:
		return truth(false)
	case sig.Method == signing.Key:
		if sig.Signer != nil && sig.Signer.Verified != nil && *sig.Signer.Verified {
			return truth(true)
		}
		return nil
	}
	return truth(problemOf(s.result, signing.SignatureInvalid) == nil)
}

// signer writes who signed. What a signature says of its signer is a claim
// until somebody who is trusted stands behind it.
func (s *signatureFacts) signer() {
	by := s.result.Signature.Signer
	if by == nil {
		return
	}
	level := audit.Claimed
	if by.Verified != nil && *by.Verified {
		level = audit.Verified
	}
	m := map[string]any{}
	for name, v := range map[string]*string{"identity": by.Identity, "issuer": by.Issuer, "fingerprint": by.Fingerprint, "time": by.Time} {
		m[name] = nil
		if v != nil {
			m[name] = *v
		}
	}
	s.set("/signer", m, level)
	if by.ValidNow != nil {
		s.set("/signer/valid_now", *by.ValidNow, audit.Present)
	}
	if by.Verified != nil {
		s.set("/signer/verified", *by.Verified, audit.Verified)
	}
	if p := problemOf(s.result, signing.TrustUnavailable); p != nil {
		s.c.cut("/signature/signer/verified", fmt.Sprintf("the signer of %s cannot be checked without a trusted root: %s", s.path, cmp.Or(p.Detail, "none was given")))
	}
}

// integrity writes how the files compare with the signed list, in all and one
// by one.
func (s *signatureFacts) integrity() {
	in := s.result.Signature.Integrity
	if in == nil {
		return
	}
	unread := s.c.opts.Hash == HashNone && len(s.c.signed.asked) > 0
	n := in.Files
	files := map[string]any{"missing": n.Missing, "unsigned": n.Unsigned, "ignored": n.Ignored, "symlink": n.Symlink}
	if !unread {
		files["match"], files["mismatch"], files["unreadable"] = n.Match, n.Mismatch, n.Unreadable
	}
	s.set("/integrity", map[string]any{"files": files}, audit.Verified)
	signed, bad, badSigned := s.compare(unread)
	at := func(path string) audit.Source { return audit.Source{Path: cmp.Or(path, s.path), Level: audit.Verified} }
	if in.Matches != nil {
		s.c.ev.Set("/signature/integrity/matches", *in.Matches, at(bad))
	}
	if signed != nil {
		s.c.ev.Set("/signature/integrity/signed_match", *signed, at(badSigned))
	}
	if p := problemOf(s.result, signing.FileUnreadable); p != nil && !unread {
		s.c.cut("/signature/integrity/matches", fmt.Sprintf("%s cannot be read: %s", p.Path, p.Detail))
	}
}

// compare enters the state of each file, and draws from them whether the signed
// files are as they were, with the first that speaks against it, and the first
// that speaks against all of them matching.
func (s *signatureFacts) compare(unread bool) (signed *bool, bad, badSigned string) {
	open := false
	for _, f := range s.result.Files {
		listed := f.Expected != "" // the signature speaks of it
		unknown := f.State == signing.StateUnreadable
		if i := s.c.position(f.Path); i >= 0 && !(unknown && unread && listed) && f.State != signing.StateMissing {
			s.c.fileFact(i, "signed", string(f.State), audit.Source{Path: f.Path, Level: audit.Verified})
		}
		differs := f.State == signing.StateMismatch || f.State == signing.StateMissing || f.State == signing.StateSymlink
		if differs || f.State == signing.StateUnsigned {
			bad = cmp.Or(bad, f.Path)
		}
		if differs && listed {
			badSigned = cmp.Or(badSigned, f.Path)
		}
		open = open || unknown && listed
	}
	switch {
	case badSigned != "", s.result.Signature.Format == "", problemOf(s.result, signing.RootMismatch) != nil:
		return truth(false), bad, badSigned
	case open:
		return nil, bad, ""
	}
	return truth(true), bad, ""
}

// coverage writes how much is signed. It looks at names, not at bytes.
func (s *signatureFacts) coverage() {
	cover := s.result.Signature.Coverage
	if cover == nil {
		return
	}
	s.set("/coverage", map[string]any{"bytes_signed": cover.BytesSigned, "bytes_total": cover.BytesTotal}, audit.Verified)
	for name, fact := range map[string]*bool{"card_signed": cover.CardSigned, "license_signed": cover.LicenseSigned} {
		if fact != nil {
			s.set("/coverage/"+name, *fact, audit.Verified)
		}
	}
	var weight, extra string // the first weight file, and the first file, that is not signed
	for _, f := range s.result.Files {
		if f.Expected != "" {
			continue
		}
		if s.c.class(f.Path) == signing.Weights {
			weight = cmp.Or(weight, f.Path)
		}
		if f.State != signing.StateIgnored {
			extra = cmp.Or(extra, f.Path)
		}
	}
	if cover.WeightsSigned != nil {
		s.c.ev.Set("/signature/coverage/weights_signed", *cover.WeightsSigned, audit.Source{Path: cmp.Or(weight, s.path), Level: audit.Verified})
	}
	for _, name := range s.result.Signature.ExcludedBySigner {
		extra = cmp.Or(extra, name) // left out by the signer is not signed either
	}
	if s.result.Signature.Format != "" {
		s.c.ev.Set("/signature/coverage/complete", extra == "", audit.Source{Path: cmp.Or(extra, s.path), Level: audit.Verified})
	}
}

// excluded writes what the signer left out, and whether there is code among it.
func (s *signatureFacts) excluded() {
	left := s.result.Signature.ExcludedBySigner
	if left == nil {
		return
	}
	s.set("/excluded_by_signer", left, audit.Present)
	src := audit.Source{Path: s.path, Level: audit.Verified}
	var none all
	for _, name := range left {
		runs := s.c.runs(name)
		if runs != nil && *runs && none.no == 0 {
			src.Path = name
		}
		none.addPtr(not(runs))
	}
	if len(left) == 0 {
		none.add(true)
	}
	s.c.setAll("/signature/excludes_no_code", none, src)
}

func not(b *bool) *bool {
	if b == nil {
		return nil
	}
	return truth(!*b)
}

// runs tells whether a file can run code: a program, a script, or weights that
// are not inert; nil where nothing is known of the weights.
func (c *collection) runs(name string) *bool {
	i := c.position(name)
	if i < 0 {
		return nil
	}
	f := c.files[i]
	if f.Is("code") || slices.Contains([]string{"executable", "python", "shell", "notebook", "source"}, f.Kind) {
		return truth(true)
	}
	for _, w := range c.weights {
		if w.file != f {
			continue
		}
		if w.info.Verdict == "" {
			return nil
		}
		return truth(w.info.Verdict != weights.Inert)
	}
	return truth(false)
}

// Classify tells by its name alone what a file is to a release, as far as the
// coverage of a signature asks. An audit, which opens the files, knows better.
func Classify(name string) signing.Class {
	switch {
	case weights.IsWeightName(name):
		return signing.Weights
	case card.IsCardName(name):
		return signing.Card
	case license.Role(name) == license.RoleLicense:
		return signing.License
	}
	return signing.Other
}
