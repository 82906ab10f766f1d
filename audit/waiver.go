package audit

import (
	"path"
	"slices"
	"time"
)

// Waiver lets a finding stand for a while: somebody says why, answers for it,
// and it ends by itself. Only a policy can hold one.
type Waiver struct {
	Rule    string `json:"rule"`
	Subject string `json:"subject,omitempty"` // pattern of the name; "": every subject
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`
	Expires string `json:"expires"` // the last day on which it holds, YYYY-MM-DD
	State   string `json:"state"`   // one of WaiverStates
	Line    int    `json:"line,omitempty"`
}

// The states of a waiver on the day of an audit.
const (
	WaiverActive   = "active"
	WaiverExpiring = "expiring" // it holds, and ends within ExpiringDays
	WaiverExpired  = "expired"  // it holds no longer, and is a finding itself
	WaiverUnused   = "unused"   // there is nothing in this report that it would let stand
)

// ExpiringDays is how long before its end a waiver is called expiring: long
// enough for the owner to act between two releases of a monthly rhythm.
const ExpiringDays = 30

// ExpiredRule is the rule id of the finding that tells of expired waivers. It
// stands in no file: what it speaks of is the policy, not the release.
const ExpiredRule = "waiver-expired"

// speaksOf tells whether the waiver is for a subject.
func (w *Waiver) speaksOf(subject string) bool {
	if w.Subject == "" || w.Subject == subject {
		return true
	}
	ok, err := path.Match(w.Subject, subject)
	return ok && err == nil
}

// state settles the state on a day; used tells whether there is a finding that it
// would let stand.
func (w *Waiver) state(asOf string, used bool) string {
	soon := ""
	if today, err := time.Parse(time.DateOnly, asOf); err == nil {
		soon = today.AddDate(0, 0, ExpiringDays).Format(time.DateOnly)
	}
	switch {
	case w.Expires < asOf:
		return WaiverExpired
	case !used:
		return WaiverUnused
	case w.Expires <= soon:
		return WaiverExpiring
	}
	return WaiverActive
}

// waive puts each waiver that holds to its findings, lists all with their state,
// and adds the finding that tells of those which expired.
func (p *Policy) waive(r *Report) []Waiver {
	out := slices.Clone(p.Waivers)
	var late []Place
	for i := range out {
		w := &out[i]
		var meant []*Finding
		for j := range r.Findings {
			if f := &r.Findings[j]; f.Rule == w.Rule && !f.settled() && w.speaksOf(r.Subject.Name) {
				meant = append(meant, f)
			}
		}
		w.State = w.state(r.AsOf, len(meant) > 0)
		if w.State == WaiverExpired && w.speaksOf(r.Subject.Name) {
			late = append(late, Place{Pointer: Join("/waivers", i), Value: w.Rule + ", " + w.Expires, Path: p.File, Line: w.Line, Level: Present})
		}
		if w.State != WaiverActive && w.State != WaiverExpiring {
			continue
		}
		for _, f := range meant {
			f.Waiver = w
		}
	}
	if len(late) > 0 {
		r.Findings = append(r.Findings, expired(late))
	}
	return out
}

func expired(places []Place) Finding {
	f := Finding{
		Rule: ExpiredRule, Title: "Every waiver is still in force", Dimension: "policy", Outcome: Fail, Word: WordNotMet, Asked: Present,
		Severity: "medium", Effort: "minutes", Fix: "Mend what the waiver let stand and remove it, or give it a new reason and a new day.", Places: places,
	}
	if len(places) > MaxPlaces {
		f.Places, f.More = places[:MaxPlaces], len(places)-MaxPlaces
	}
	return f
}
