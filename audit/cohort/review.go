package cohort

import (
	"cmp"
	"slices"

	"glassbox/audit"
)

// Override is an entry that holds against the program, and whether it counts.
type Override struct {
	Seq      int    `json:"seq"` // in the log
	Who      string `json:"who"`
	When     string `json:"when"`
	Rule     string `json:"rule"`
	From     string `json:"from"`
	To       string `json:"to"`
	Reason   string `json:"reason,omitempty"`
	Evidence string `json:"evidence,omitempty"`
	Expires  string `json:"expires"`
	State    string `json:"state"` // one of the states below
}

// The states of an override. Only one that is in force changes the score with
// overrides; none ever changes the other one.
const (
	InForce    = "in force"
	Expired    = "expired"
	Conflicted = "conflict of interest" // whoever wrote it has an interest
	Disputed   = "disputed"             // another reviewer holds something else
	Outdated   = "outdated"             // the program finds something else by now than it speaks of
	Earlier    = "of an earlier upload" // it speaks of other files, which bore the same name
)

// Reply is what an applicant says to it.
type Reply struct {
	Seq      int    `json:"seq"`
	Who      string `json:"who"`
	When     string `json:"when"`
	Rule     string `json:"rule,omitempty"`
	Reason   string `json:"reason"`
	Answered bool   `json:"answered"`
}

// Reviewing is what a log says of one applicant, and what that does to its scores.
type Reviewing struct {
	Overrides []Override
	Replies   []Reply
	Conflicts []string
	Scores    []audit.Score // with the overrides in force; nil where there are none
}

// standing lists the entries that nobody took back.
func (l *Log) standing() []Entry {
	gone := map[int]bool{}
	for _, e := range l.Entries {
		if e.Kind == Withdrawal {
			gone[e.Of] = true
		}
	}
	var out []Entry
	for _, e := range l.Entries {
		if !gone[e.Seq] && e.Kind != Withdrawal {
			out = append(out, e)
		}
	}
	return out
}

// Rating is what one reviewer holds of a rule for a subject; the last counts.
type Rating struct {
	Subject string
	Name    string
	Rule    string
	Who     string
	To      string
	Seq     int
}

// Ratings lists what reviewers hold, judgements and overrides alike, of those who
// have no interest in the applicant; by subject, rule and reviewer.
func (l *Log) Ratings() []Rating {
	type key struct{ subject, rule, who string }
	entries := l.standing()
	last := map[key]Rating{}
	for _, e := range entries {
		if e.Kind != Judgement && e.Kind != Overrule || interested(entries, e.Who, e.Subject) {
			continue
		}
		last[key{e.Subject, e.Rule, e.Who}] = Rating{e.Subject, e.Name, e.Rule, e.Who, e.To, e.Seq}
	}
	var out []Rating
	for _, r := range last {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Rating) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Who, b.Who))
	})
	return out
}

// interested tells whether somebody said of themselves that they have an interest.
func interested(entries []Entry, who, subject string) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Kind == Conflict && e.Who == who && e.Subject == subject })
}

// Of gathers what the log says of a report, and scores it anew with the overrides
// that are in force. The report is left as it is. Axes come from the frameworks
// that are given. The name is that under which the applicant is shown.
func (l *Log) Of(name string, r *audit.Report, frameworks []*audit.Framework, asOf string) *Reviewing {
	out := &Reviewing{}
	if r == nil || r.Subject.Digest == "" {
		return out
	}
	entries, ratings := l.standing(), l.Ratings()
	for _, e := range entries {
		if e.Subject != r.Subject.Digest {
			if e.Kind == Overrule && e.Name == name {
				out.Overrides = append(out.Overrides, Override{e.Seq, e.Who, e.When, e.Rule, e.From, e.To, e.Reason, e.Evidence, e.Expires, Earlier})
			}
			continue
		}
		switch e.Kind {
		case Overrule:
			out.Overrides = append(out.Overrides, Override{e.Seq, e.Who, e.When, e.Rule, e.From, e.To, e.Reason, e.Evidence, e.Expires, stateOf(e, r, entries, ratings, asOf)})
		case ReplyTo:
			out.Replies = append(out.Replies, Reply{e.Seq, e.Who, e.When, e.Rule, e.Reason, answered(entries, e.Seq)})
		case Conflict:
			if !slices.Contains(out.Conflicts, e.Who) {
				out.Conflicts = append(out.Conflicts, e.Who)
			}
		}
	}
	out.score(r, frameworks)
	return out
}

func answered(entries []Entry, seq int) bool {
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Kind == Note && e.Of == seq })
}

// stateOf settles whether an override counts on a day.
func stateOf(e Entry, r *audit.Report, entries []Entry, ratings []Rating, asOf string) string {
	i := slices.IndexFunc(r.Findings, func(f audit.Finding) bool { return f.Rule == e.Rule })
	switch {
	case interested(entries, e.Who, e.Subject):
		return Conflicted
	case e.Expires < asOf:
		return Expired
	case i < 0 || r.Findings[i].Word != e.From:
		return Outdated
	}
	for _, other := range ratings {
		if other.Subject != e.Subject || other.Rule != e.Rule {
			continue
		}
		if other.Who == e.Who && other.Seq != e.Seq {
			return Outdated // they hold something newer themselves
		}
		if other.To != e.To {
			return Disputed
		}
	}
	return InForce
}

// score adds up findings anew, those overruled that are.
func (v *Reviewing) score(r *audit.Report, frameworks []*audit.Framework) {
	findings := slices.Clone(r.Findings)
	changed := false
	for _, o := range v.Overrides {
		if o.State != InForce {
			continue
		}
		for i := range findings {
			if findings[i].Rule == o.Rule {
				findings[i] = overruled(findings[i], o.To)
				changed = true
			}
		}
	}
	if !changed {
		return
	}
	for _, fw := range frameworks {
		if fw.Aggregate == audit.Weighted {
			v.Scores = append(v.Scores, fw.Score(findings)...)
		}
	}
}

// overruled is a finding with the word of a reviewer.
func overruled(f audit.Finding, word string) audit.Finding {
	f.Word, f.Level = word, audit.Unsourced
	switch word {
	case audit.WordMet:
		f.Outcome, f.Level = audit.Pass, max(f.Asked, audit.Claimed)
	case audit.WordClaimed:
		f.Outcome, f.Level = audit.Pass, audit.Claimed
		if f.Asked <= audit.Claimed {
			f.Word = audit.WordMet
		}
	case audit.WordUnknown:
		f.Outcome = audit.Unknown
	case audit.WordNotApplicable:
		f.Outcome = audit.NotApplicable
	default:
		f.Outcome = audit.Fail
	}
	return f
}

// reviewed writes what reviewers say into a row.
func (r *Row) reviewed(v *Reviewing) {
	if v == nil {
		return
	}
	r.Overrides, r.Replies, r.Conflicts = v.Overrides, v.Replies, v.Conflicts
	for i := range r.Scores {
		for _, s := range v.Scores {
			if s.Axis == r.Scores[i].Axis && s.Floor != nil && s.Ceiling != nil {
				r.Scores[i].Reviewed = &Reviewed{*s.Floor, *s.Ceiling, s.Grade}
			}
		}
	}
}
