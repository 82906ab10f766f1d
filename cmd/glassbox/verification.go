package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/report"
	"glassbox/audit/signing"
)

// verification is what verify writes as JSON.
type verification struct {
	Subject string        `json:"subject"`
	AsOf    string        `json:"as_of"`
	Verdict audit.Verdict `json:"verdict"`
	*signing.Result
	single bool
}

// endings say for each outcome what the process ends with, and in which word.
var endings = map[signing.Outcome]struct {
	outcome, word string
	code          int
}{
	signing.Verified:   {"pass", "verified", audit.ExitPass},
	signing.Untrusted:  {"incomplete", "not verified", audit.ExitIncomplete},
	signing.Incomplete: {"incomplete", "not verified", audit.ExitIncomplete},
	signing.Refused:    {"untrusted", "refused", audit.ExitUntrusted},
	signing.Unsigned:   {"empty", "not signed", audit.ExitEmpty},
}

// advice is the last word on one kind of problem: what it comes to, what would
// have been right where the problem does not say it better, and what to do next.
// In these VERIFY stands for the command line, THIS for the file the problem is
// about.
type advice struct {
	outcome        signing.Outcome
	expected, next string
}

var advices = map[signing.Code]advice{
	signing.NoSignature:      {signing.Unsigned, "a model signature such as model.sig", "VERIFY --signature FILE, if it lies elsewhere"},
	signing.BundleUnreadable: {signing.Incomplete, "a signature that can be read", "VERIFY, once it can be read, or with --signature FILE"},
	signing.BundleMalformed:  {signing.Refused, "a Sigstore bundle", "fetch the signature again, then VERIFY"},
	signing.BundleUnknown:    {signing.Refused, "an OpenSSF model signature", "VERIFY --signature FILE, with the one of this model"},
	signing.NoTrust:          {signing.Untrusted, "to be told whom to trust", ""},
	signing.TrustUnavailable: {signing.Untrusted, "a trusted root to check the log with", "VERIFY --trusted-root FILE"},
	signing.TrustMismatch:    {signing.Refused, "", ""},
	signing.SignerUnexpected: {signing.Refused, "", "ask the publisher whose that is; if you trust it, name it in place of the other in VERIFY"},
	signing.SignerUntrusted:  {signing.Refused, "", "VERIFY --certificate-chain FILE, if you trust that issuer"},
	signing.CertificateDate:  {signing.Refused, "a certificate that is valid on that day", "ask for a new signature; VERIFY --as-of DATE tells what held on a day"},
	signing.LogUnproven:      {signing.Refused, "a signature that a trusted log holds", "VERIFY --trusted-root FILE, with the root of the instance that signed"},
	signing.SignatureInvalid: {signing.Refused, "a valid signature", "fetch the signature again, then VERIFY"},
	signing.StatementInvalid: {signing.Refused, "a statement that can be used", "fetch the signature again, then VERIFY"},
	signing.RootMismatch:     {signing.Refused, "", "fetch the signature again, then VERIFY"},
	signing.FileMismatch:     {signing.Refused, "", "fetch THIS again, then VERIFY"},
	signing.FileMissing:      {signing.Refused, "THIS", "fetch THIS, then VERIFY"},
	signing.FileUnsigned:     {signing.Refused, "signed files only", "take THIS away, or VERIFY --ignore-paths THIS"},
	signing.FileSymlink:      {signing.Refused, "a file at THIS, as the signature allows no links", "put the file in place of the link, then VERIFY"},
	signing.FileUnreadable:   {signing.Incomplete, "a file at THIS that can be read", "VERIFY, once it can be read"},
}

// trustFor is how trust is given for each method.
var trustFor = map[signing.Method]string{
	signing.Key:         "VERIFY --key FILE",
	signing.Certificate: "VERIFY --certificate-chain FILE",
	signing.Sigstore:    "VERIFY --identity NAME --issuer URL",
}

// verdict gives the exit code, and the sentence that says what was expected,
// what was found, and what to run next.
func verdict(r *signing.Result, do steps) audit.Verdict {
	end := endings[r.Outcome]
	v := audit.Verdict{Outcome: end.outcome, Code: end.code}
	if r.Outcome == signing.Verified {
		next := do.audit
		if do.given && !do.single {
			next += ", which takes the signature that lies in " + shell(do.model)
		}
		v.Reason = fmt.Sprintf("verified: expected what the trusted signer signed, found %s as signed by %s%s; next: %s",
			plural(r.Signature.Integrity.Files.Match, "file"), who(r.Signature.Signer), beside(r), next)
		return v
	}
	p := decisive(r)
	a := advices[p.Code]
	if p.Code == signing.FileMissing && do.single {
		a.next = do.folder + ", which the signature speaks of"
	}
	fill := strings.NewReplacer("VERIFY --signature", do.resigned+" --signature", "VERIFY --trusted-root", do.rerooted+" --trusted-root",
		"VERIFY", do.verify, "THIS", do.file(p.Path))
	v.Reason = fmt.Sprintf("%s: expected %s, found %s; next: %s", end.word,
		report.Abbreviated(fill.Replace(cmp.Or(p.expected(), a.expected))), report.Abbreviated(p.found(r)), fill.Replace(cmp.Or(a.next, trustFor[r.Signature.Method])))
	return v
}

// beside tells what is here besides the signed files: a signature says nothing
// of it, however well the rest holds.
func beside(r *signing.Result) string {
	n := r.Signature.Integrity.Files.Unsigned + r.Signature.Integrity.Files.Ignored
	text := ""
	switch n {
	case 0:
	case 1:
		text += " beside 1 file that is not signed"
	default:
		text += fmt.Sprintf(" beside %d files that are not signed", n)
	}
	if c := r.Signature.Coverage; c != nil && c.WeightsSigned != nil && !*c.WeightsSigned {
		text += ", weights among them"
	}
	if r.Cached > 0 {
		text += fmt.Sprintf(", going by the digest cache for %d", r.Cached)
	}
	return text
}

// decisive is the first problem of those that the outcome comes from.
func decisive(r *signing.Result) problem {
	i := slices.IndexFunc(r.Problems, func(p *signing.Problem) bool { return advices[p.Code].outcome == r.Outcome })
	return problem{r.Problems[i]}
}

// problem adds to a problem how it is told.
type problem struct{ *signing.Problem }

// expected is what would have been right, "" where the advice says it better.
func (p problem) expected() string {
	switch p.Code {
	case signing.FileMismatch:
		return p.Expected + " for THIS"
	case signing.FileMissing:
		return ""
	}
	return p.Expected
}

// found is what is there.
func (p problem) found(r *signing.Result) string {
	more := ""
	if p.Count > 1 {
		more = fmt.Sprintf(", and the same of %d more", p.Count-1)
	}
	switch p.Code {
	case signing.NoSignature:
		return "none"
	case signing.TrustUnavailable:
		return strings.Join(nonEmpty("none", p.Detail), ": ")
	case signing.NoTrust:
		if r.Signature.Method == signing.Key {
			return "a signature by " + who(r.Signature.Signer)
		}
		return fmt.Sprintf("a %s signature by %s", r.Signature.Method, who(r.Signature.Signer))
	case signing.FileMismatch:
		return p.Found + more
	case signing.FileMissing:
		return "nothing" + more
	case signing.FileUnsigned:
		return p.Path + more
	case signing.FileSymlink:
		return "a link" + more
	}
	return strings.Join(nonEmpty(p.Found, p.Detail), ": ") + more
}

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// who names a signer.
func who(s *signing.SignedBy) string {
	switch {
	case s == nil:
		return "nobody"
	case s.Identity != nil && s.Issuer != nil:
		return *s.Identity + " from " + *s.Issuer
	case s.Identity != nil:
		return *s.Identity
	case s.Fingerprint != nil:
		return "key " + report.Abbreviated(*s.Fingerprint)
	}
	return "a key without a name"
}

// drawn puts the verification into what the table shows.
func (v *verification) drawn() *report.Signature {
	s := v.Signature
	d := &report.Signature{
		Model: v.Subject, Bundle: "no signature", Verdict: v.Verdict.Reason, Passed: v.Verdict.Code == audit.ExitPass,
		Notes: slices.Clone(v.Notes), Files: v.files(),
	}
	if s.Present {
		d.Bundle = strings.Join(nonEmpty(s.Path, string(s.Method), s.Format), ", ")
	}
	if len(v.Others) > 0 {
		d.Notes = append(d.Notes, "further signatures, which --signature can name: "+strings.Join(v.Others, ", "))
	}
	d.Facts = []report.Fact{v.signerFact(), v.integrityFact(), v.coverageFact()}
	return d
}

// The codes that are about the signer, and those about the list that is signed.
var (
	signerCodes = []signing.Code{
		signing.BundleUnreadable, signing.BundleMalformed, signing.BundleUnknown, signing.NoTrust, signing.TrustUnavailable, signing.TrustMismatch,
		signing.SignerUnexpected, signing.SignerUntrusted, signing.CertificateDate, signing.LogUnproven, signing.SignatureInvalid,
	}
	listCodes = []signing.Code{signing.StatementInvalid, signing.RootMismatch}
)

// trouble tells the problems of some kinds.
func (v *verification) trouble(codes []signing.Code) []string {
	var out []string
	for _, p := range v.Problems {
		if slices.Contains(codes, p.Code) && p.Code != signing.NoTrust {
			q := problem{p}
			out = append(out, report.Abbreviated(fmt.Sprintf("expected %s, found %s", cmp.Or(p.Expected, advices[p.Code].expected), q.found(v.Result))))
		}
	}
	return out
}

func (v *verification) signerFact() report.Fact {
	f := report.Fact{Name: "signer", Word: "none"}
	by := v.Signature.Signer
	switch {
	case !v.Signature.Present:
		return f
	case by == nil || by.Verified == nil:
		f.Word = "not checked"
	case *by.Verified:
		f.Word, f.Good = "verified", by.Verified
	default:
		f.Word, f.Good = "not verified", by.Verified
	}
	about := v.trouble(signerCodes)
	if len(about) == 0 {
		about = append(about, who(by))
	}
	if by != nil && by.Time != nil {
		about = append(about, "seen "+*by.Time)
	}
	if by != nil && by.ValidNow != nil {
		about = append(about, map[bool]string{true: "", false: "not "}[*by.ValidNow]+"valid on "+v.AsOf)
	}
	if legacy := v.Signature.LegacyFormat; legacy != nil && *legacy {
		about = append(about, "in a format from before OMS v1.0, which other clients may refuse")
	}
	f.About = strings.Join(about, "; ")
	return f
}

func (v *verification) integrityFact() report.Fact {
	f := report.Fact{Name: "integrity", Word: "not checked"}
	in := v.Signature.Integrity
	if !v.Signature.Present || in == nil {
		return f
	}
	f.Good = in.Matches
	switch {
	case v.Signature.Format == "":
		f.Word, f.About = "nothing", strings.Join(append(v.trouble(listCodes), "no list of files could be read from it"), "; ")
		return f
	case in.Matches == nil:
		f.Word = "incomplete"
	case *in.Matches:
		f.Word = "matches"
	default:
		f.Word = "differs"
	}
	var parts []string
	for _, n := range []struct {
		count     int
		one, many string
	}{
		{in.Files.Mismatch, "differs", "differ"}, {in.Files.Missing, "missing", "missing"}, {in.Files.Unsigned, "not signed", "not signed"},
		{in.Files.Symlink, "link", "links"}, {in.Files.Unreadable, "unreadable", "unreadable"}, {in.Files.Match, "as signed", "as signed"},
		{in.Files.Ignored, "not looked at", "not looked at"},
	} {
		switch n.count {
		case 0:
		case 1:
			parts = append(parts, "1 "+n.one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n.count, n.many))
		}
	}
	f.About = strings.Join(append(v.trouble(listCodes), strings.Join(parts, ", ")), "; ")
	return f
}

func (v *verification) coverageFact() report.Fact {
	f := report.Fact{Name: "coverage", Word: "none"}
	c := v.Signature.Coverage
	if v.Signature.Format == "" || c == nil {
		return f
	}
	switch {
	case c.BytesSigned == c.BytesTotal && !v.extra():
		f.Word, f.Good = "all", new(true)
	case c.BytesSigned == 0 && c.BytesTotal > 0:
		f.Word, f.Good = "nothing", new(false)
	default:
		f.Word = "in part"
	}
	about := []string{report.Size(c.BytesSigned) + " of " + report.Size(c.BytesTotal)}
	for _, part := range []struct {
		signed *bool
		word   string
	}{{c.WeightsSigned, "weights"}, {c.CardSigned, "card"}, {c.LicenseSigned, "licence"}} {
		switch {
		case part.signed == nil:
		case *part.signed:
			about = append(about, part.word+" signed")
		default:
			about = append(about, part.word+" not signed")
			f.Good = new(false)
		}
	}
	f.About = strings.Join(about, "; ")
	return f
}

// extra tells whether anything here is not signed that counts for coverage; an
// empty file does, though it has no bytes to count.
func (v *verification) extra() bool {
	return len(v.Signature.ExcludedBySigner) > 0 || slices.ContainsFunc(v.Files, func(f signing.FileResult) bool {
		return f.Expected == "" && f.State != signing.StateIgnored
	})
}

// states are the headings of files in the table, what differs first.
var states = []struct {
	state signing.State
	title string
	quiet bool
}{
	{signing.StateMismatch, "differ from what was signed", false},
	{signing.StateMissing, "signed and missing", false},
	{signing.StateUnsigned, "not signed", false},
	{signing.StateSymlink, "links", false},
	{signing.StateUnreadable, "unreadable", false},
	{signing.StateIgnored, "left aside", true},
	{signing.StateMatch, "as signed", true},
}

func (v *verification) files() []report.SignedFile {
	if v.Signature.Format == "" {
		return nil // without a list every file is as unsigned as the next
	}
	var out []report.SignedFile
	for _, s := range states {
		for _, f := range v.Files {
			if f.State == s.state {
				out = append(out, report.SignedFile{Path: f.Path, State: s.title, About: about(f), Quiet: s.quiet})
			}
		}
		if s.state == signing.StateUnreadable {
			for _, name := range v.Signature.ExcludedBySigner {
				out = append(out, report.SignedFile{Path: name, State: "left out by the signer"})
			}
		}
	}
	return out
}

func about(f signing.FileResult) string {
	if f.State != signing.StateMismatch {
		return f.Detail
	}
	text := fmt.Sprintf("signed %s, found %s", report.Abbreviated(f.Expected), report.Abbreviated(f.Found))
	if f.Range != "" {
		text += " at bytes " + f.Range
	}
	return text
}
