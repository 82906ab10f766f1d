package cohort

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"glassbox/audit"
)

// Entry is one line of the reviewers' log. Nothing in it is ever changed: who errs
// takes an entry back with another one. Each line names the digest of the line
// before it and ends with its own, so that none can be changed, dropped or moved
// without the next one telling.
type Entry struct {
	Seq      int    `json:"seq"`               // from 1 on
	When     string `json:"when"`              // RFC 3339, UTC
	Who      string `json:"who"`               // a person, as others know them
	Kind     string `json:"kind"`              // one of Kinds
	Rules    string `json:"rules,omitempty"`   // of the first entry: the digest of the rules it is about
	Subject  string `json:"subject,omitempty"` // digest of what is spoken of
	Name     string `json:"name,omitempty"`    // of the subject
	Rule     string `json:"rule,omitempty"`
	From     string `json:"from,omitempty"` // the word the program found
	To       string `json:"to,omitempty"`   // one of Ratings
	Reason   string `json:"reason,omitempty"`
	Evidence string `json:"evidence,omitempty"` // where it can be seen
	Expires  string `json:"expires,omitempty"`  // the last day on which it holds
	Of       int    `json:"of,omitempty"`       // the entry it takes back or answers
	Prev     string `json:"prev,omitempty"`     // digest of the line before; none for the first
	Digest   string `json:"digest,omitempty"`   // SHA-256 of the line without this member
}

// The kinds of entries.
const (
	Begin      = "begin"      // the first line: which rules the log is about
	Note       = "note"       // a remark, or the answer to a reply
	Judgement  = "judgement"  // what a reviewer holds of a rule; it changes no score
	Overrule   = "override"   // what a reviewer holds against the program
	ReplyTo    = "reply"      // what the applicant says
	Conflict   = "conflict"   // the reviewer has an interest in the applicant
	Withdrawal = "withdrawal" // an entry of one's own is taken back
)

// Kinds lists them.
var Kinds = [...]string{Begin, Note, Judgement, Overrule, ReplyTo, Conflict, Withdrawal}

// Ratings are the words a reviewer can give a rule.
var Ratings = [...]string{audit.WordMet, audit.WordClaimed, audit.WordNotMet, audit.WordUnknown, audit.WordNotApplicable}

// Limits on a log.
const (
	MaxLog  = 64 << 20 // bytes
	MaxLine = 64 << 10 // bytes of one entry
)

// Log is a log that was read.
type Log struct {
	Entries []Entry
}

// Head is the digest of the last entry, "" of an empty log. Who has noted it can
// tell later whether the log was cut off or rewritten.
func (l *Log) Head() string {
	if len(l.Entries) == 0 {
		return ""
	}
	return l.Entries[len(l.Entries)-1].Digest
}

// Tampering is what is wrong with a log.
type Tampering struct {
	Line int // from 1 on; 0: the log as a whole
	Msg  string
}

func (t *Tampering) Error() string {
	if t.Line == 0 {
		return t.Msg
	}
	return fmt.Sprintf("line %d: %s", t.Line, t.Msg)
}

// Append returns the line that an entry becomes at the end of the log, number and
// digests filled in.
func (l *Log) Append(e Entry) ([]byte, error) {
	e.Seq, e.Prev, e.Digest = len(l.Entries)+1, l.Head(), ""
	if err := l.allows(&e); err != nil {
		return nil, err
	}
	e.Digest = e.sum()
	line := e.line()
	if len(line) > MaxLine {
		return nil, fmt.Errorf("an entry of %d bytes is longer than the %d that one may have", len(line), MaxLine)
	}
	l.Entries = append(l.Entries, e)
	return append(line, '\n'), nil
}

// line is an entry as it is written, without the end of the line.
func (e Entry) line() []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(e) // strings and numbers always encode
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (e Entry) sum() string {
	e.Digest = ""
	sum := sha256.Sum256(e.line())
	return "sha256:" + hex.EncodeToString(sum[:])
}

// allows tells whether an entry has what its kind needs.
func (l *Log) allows(e *Entry) error {
	needs := map[string][]string{
		Begin: {e.Rules}, Note: {e.Reason}, Judgement: {e.Subject, e.Rule, e.To}, ReplyTo: {e.Subject, e.Reason}, Conflict: {e.Subject, e.Reason},
		Overrule: {e.Subject, e.Rule, e.From, e.To, e.Reason, e.Evidence, e.Expires}, Withdrawal: {e.Reason},
	}
	fields, known := needs[e.Kind]
	switch {
	case !known:
		return fmt.Errorf("no kind of entry %q; there are %s", e.Kind, strings.Join(Kinds[:], ", "))
	case (e.Seq == 1) != (e.Kind == Begin):
		return errors.New("a log has one beginning, and it comes first")
	case strings.TrimSpace(e.Who) == "":
		return errors.New("an entry says whose it is")
	case slices.ContainsFunc(fields, blank):
		return fmt.Errorf("what is needed for the kind %s: %s", e.Kind, needed[e.Kind])
	case e.To != "" && !slices.Contains(Ratings[:], e.To):
		return fmt.Errorf("%q is no word for a rule; there are %s", e.To, strings.Join(Ratings[:], ", "))
	case e.From != "" && e.From == e.To:
		return fmt.Errorf("the rule is %s already", e.From)
	}
	if _, err := time.Parse(time.RFC3339, e.When); err != nil {
		return fmt.Errorf("when %q: no time as in 2026-11-22T09:30:00Z", e.When)
	}
	if _, err := time.Parse(time.DateOnly, e.Expires); e.Expires != "" && err != nil {
		return fmt.Errorf("expires %q: there is no such day", e.Expires)
	}
	return l.refers(e)
}

func blank(s string) bool { return strings.TrimSpace(s) == "" }

// needed says in words what a kind of entry needs.
var needed = map[string]string{
	Begin: "the digest of the rules", Note: "a reason", Judgement: "a subject, a rule and a word", ReplyTo: "a subject and a reason", Conflict: "a subject and a reason",
	Overrule: "a subject, a rule, the word before and after, a reason, evidence, and the day it ends", Withdrawal: "a reason",
}

// refers checks what an entry says of another one.
func (l *Log) refers(e *Entry) error {
	if e.Of == 0 {
		if e.Kind == Withdrawal {
			return errors.New("a withdrawal names the entry it takes back")
		}
		return nil
	}
	if e.Of < 0 || e.Of >= e.Seq {
		return fmt.Errorf("there is no entry %d before", e.Of)
	}
	other := l.Entries[e.Of-1]
	switch {
	case e.Kind == Note && other.Kind != ReplyTo:
		return fmt.Errorf("entry %d is a %s, and a note answers a reply", e.Of, other.Kind)
	case e.Kind != Note && e.Kind != Withdrawal:
		return fmt.Errorf("a %s answers no entry", e.Kind)
	case e.Kind == Withdrawal && (other.Kind == Begin || other.Kind == Withdrawal):
		return fmt.Errorf("entry %d is a %s, which nobody takes back", e.Of, other.Kind)
	case e.Kind == Withdrawal && other.Who != e.Who:
		return fmt.Errorf("entry %d is by %s, and only they take it back", e.Of, other.Who)
	}
	return nil
}

// ReadLog reads a log and checks every line of it. head is a digest that was noted
// when the log was seen last, "" where nobody did; it has to be among its lines.
// What is wrong comes joined, each a *Tampering, by line.
func ReadLog(data []byte, head string) (*Log, error) {
	if len(data) > MaxLog {
		return nil, &Tampering{0, fmt.Sprintf("larger than the %d bytes that are read of a log", MaxLog)}
	}
	l := &Log{}
	var faults []error
	fault := func(line int, format string, args ...any) {
		faults = append(faults, &Tampering{line, fmt.Sprintf(format, args...)})
	}
	lines := bytes.Split(data, []byte("\n"))
	if last := len(lines) - 1; len(lines[last]) > 0 {
		fault(len(lines), "cut off: it does not end as a line does")
	}
	seen := map[string]int{}
	for i, raw := range lines[:len(lines)-1] {
		e, err := readEntry(raw)
		if err != nil {
			fault(i+1, "%s", err)
			// What follows is held against the number that belongs here.
			l.Entries = append(l.Entries, Entry{Seq: i + 1})
			continue
		}
		if msg := l.follows(e, seen); msg != "" {
			fault(i+1, "%s", msg)
		} else if err := l.allows(e); err != nil {
			fault(i+1, "%s", err)
		}
		seen[e.Digest] = i + 1
		l.Entries = append(l.Entries, *e)
	}
	if head != "" && seen[head] == 0 {
		fault(0, "cut off or rewritten: no line has the digest %s that was noted before", head)
	}
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	return l, nil
}

// readEntry reads one line, which has to be what its entry is written as, byte by
// byte: two readers must not see two entries in it.
func readEntry(raw []byte) (*Entry, error) {
	if len(raw) > MaxLine {
		return nil, fmt.Errorf("longer than the %d bytes of an entry", MaxLine)
	}
	var e Entry
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return nil, errors.New("changed: it cannot be read as an entry")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("changed: something stands behind the entry")
	}
	if e.Digest != e.sum() {
		return nil, errors.New("changed: what it says is not what its digest was made of")
	}
	if !bytes.Equal(raw, e.line()) {
		return nil, errors.New("changed: it is not written as entries are")
	}
	return &e, nil
}

// follows says why an entry does not follow the lines before it.
func (l *Log) follows(e *Entry, seen map[string]int) string {
	at := len(l.Entries) + 1
	if at > 1 && l.Entries[at-2].Digest == "" { // the line before was changed; the numbers have to do
		if e.Seq == at {
			return ""
		}
	} else if e.Prev == l.Head() && e.Seq == at {
		return ""
	}
	switch {
	case e.Seq > at:
		return fmt.Sprintf("entry %d stands where entry %d should: %s before it dropped or moved", e.Seq, at, countLines(e.Seq-at))
	case e.Seq < at && seen[e.Digest] > 0:
		return fmt.Sprintf("entry %d stands here again: it is a copy of line %d", e.Seq, seen[e.Digest])
	case e.Seq < at:
		return fmt.Sprintf("entry %d stands where entry %d should: moved, or put in between", e.Seq, at)
	}
	return fmt.Sprintf("it was written after another line than line %d, which was replaced", at-1)
}

func countLines(n int) string {
	if n == 1 {
		return "1 line"
	}
	return fmt.Sprintf("%d lines", n)
}
