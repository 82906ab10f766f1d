package audit

import (
	"fmt"
	"strings"
)

// Verdict is what the process ends with: an outcome, the exit code that goes
// with it, and the sentence that says why.
type Verdict struct {
	Outcome string `json:"outcome"` // pass, fail, incomplete, untrusted, empty
	Code    int    `json:"exit_code"`
	Reason  string `json:"reason"`
}

// Exit codes; design: one resolver for all commands.
const (
	ExitPass        = 0
	ExitFail        = 1 // the gate failed
	ExitUsage       = 2 // usage or configuration
	ExitIncomplete  = 3 // unreadable, over a limit, network
	ExitUntrusted   = 4 // signature invalid, digest mismatch, a contradiction the policy denies
	ExitEmpty       = 5 // nothing to audit
	ExitInterrupted = 130
)

// worst orders exit codes, worst first, for several subjects in one run.
var worst = [...]int{ExitInterrupted, ExitUsage, ExitUntrusted, ExitIncomplete, ExitFail, ExitEmpty, ExitPass}

// Worst returns the worst of two exit codes.
func Worst(a, b int) int {
	for _, code := range worst {
		if a == code || b == code {
			return code
		}
	}
	return max(a, b)
}

// Decide gives the verdict of a plain audit: it gates on what makes an audit
// impossible or a signature false, never on a score.
func Decide(ev *Evidence, r *Report) Verdict {
	signed := isSet(ev, "/signature/present", true)
	switch {
	case signed && isSet(ev, "/signature/sound", false):
		return Verdict{"untrusted", ExitUntrusted, "the signature is broken or forged: it does not hold together by itself; glassbox verify tells more"}
	case signed && isSet(ev, "/signature/signer/verified", false):
		return Verdict{"untrusted", ExitUntrusted, "the signature does not belong to the signer that was asked for; glassbox verify tells more"}
	case signed && isSet(ev, "/signature/integrity/matches", false):
		return Verdict{"untrusted", ExitUntrusted, "the files are not the ones that were signed" + differences(ev) + "; glassbox verify tells more"}
	case len(ev.limits) > 0:
		why := ev.limitReasons()
		return Verdict{"incomplete", ExitIncomplete, "audit incomplete: " + why[0] + andMore(len(why)-1)}
	case !auditable(ev):
		return Verdict{"empty", ExitEmpty, "nothing to audit: no weights, index, pointer, card with metadata, configuration, adapter or manifest"}
	}
	return Verdict{"pass", ExitPass, count(r) + mistaken(ev) + unread(ev)}
}

// mistaken says when the card is one of something else than a model.
func mistaken(ev *Evidence) string {
	kind, _ := ev.Get("/card/kind")
	if present, _ := ev.Get("/card/present"); present == false && (kind == "dataset" || kind == "space") {
		return fmt.Sprintf("; the card describes a %s, not a model", kind)
	}
	return ""
}

// unread says what a signature or a list speaks of and nobody read.
func unread(ev *Evidence) string {
	var parts []string
	if _, read := ev.Get("/signature/integrity/files/match"); !read && isSet(ev, "/signature/present", true) {
		if _, listed := ev.Get("/signature/integrity/files"); listed {
			parts = append(parts, "the signed files")
		}
	}
	if n, ok := ev.Get("/checksums/files/unchecked"); ok && n != int64(0) {
		parts = append(parts, fmt.Sprint(n, " of the published digests"))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; not hashed, so not compared: " + strings.Join(parts, " and ")
}

// differences counts what keeps the files from being the signed ones.
func differences(ev *Evidence) string {
	var parts []string
	for _, kind := range []struct{ state, one, many string }{
		{"mismatch", "differs", "differ"}, {"missing", "missing", "missing"}, {"unsigned", "added", "added"}, {"symlink", "link", "links"},
	} {
		switch v, _ := ev.Get("/signature/integrity/files/" + kind.state); v {
		case nil, int64(0):
		case int64(1):
			parts = append(parts, "1 "+kind.one)
		default:
			parts = append(parts, fmt.Sprint(v, " ", kind.many))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

func andMore(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", and %d more", n)
}

// ungated ends the sentence of an audit without a policy; with one, what the
// policy says stands there.
const ungated = "no gate was asked for"

// count is the sentence of an audit that gates on nothing: how much was found.
func count(r *Report) string {
	n := map[string]int{}
	for _, f := range r.Findings {
		n[f.Word]++
	}
	silent := ""
	for _, word := range []string{WordNotDisclosed, WordNotFound, WordUnverifiable} {
		if n[word] > 0 {
			silent += fmt.Sprintf("%d %s, ", n[word], word)
		}
	}
	return fmt.Sprintf("%d met, %d claimed, %d not met, %d not shown, %s%d contradicted, %d unknown, %d not applicable; "+ungated,
		n[WordMet], n[WordClaimed], n[WordNotMet], n[WordNotShown], silent, n[WordContradicted], n[WordUnknown], n[WordNotApplicable])
}

func isSet(ev *Evidence, pointer string, want any) bool {
	v, ok := ev.Get(pointer)
	return ok && v == want
}

// auditable tells whether there is anything a release is made of.
func auditable(ev *Evidence) bool {
	if isSet(ev, "/subject/kind", "api") || isSet(ev, "/subject/kind", "entry") {
		return true
	}
	for _, pointer := range []string{"/weights/files", "/datasets"} {
		if v, _ := ev.Get(pointer); len(list(v)) > 0 {
			return true
		}
	}
	for _, pointer := range []string{"/architecture/present", "/lineage/is_adapter", "/tokenizer/present", "/signature/present"} {
		if isSet(ev, pointer, true) {
			return true
		}
	}
	return isSet(ev, "/card/front_matter", "present") || isSet(ev, "/card/front_matter", "malformed") ||
		isSet(ev, "/card/format", "json") || isSet(ev, "/card/present", true) && subjectIsCard(ev)
}

// subjectIsCard tells whether the one file that was named is a card: who asks
// for a card by name gets it audited, metadata or not.
func subjectIsCard(ev *Evidence) bool {
	n, _ := ev.Get("/subject/files")
	path, _ := ev.Get("/card/path")
	card, ok := path.(string)
	return ok && n == int64(1) && isSet(ev, "/subject/name", card)
}
