package cohort

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"glassbox/audit"
)

// Blind hides who is who: names become pseudonyms that depend on the seed and the
// name alone, so that they stay from one run to the next, and rows stand in an
// order that the seed draws. Whatever text could name somebody is left out: paths,
// digests, further columns, reasons, and what reviewers and applicants wrote.
//
// Who knows the seed can tell the names again; who guesses a name cannot check the
// guess without it.
func (c *Cohort) Blind(seed string) {
	c.Blinded = true
	names := map[string]int{}
	for _, r := range c.Rows {
		names[r.Name]++
	}
	order := map[string]string{}
	for i := range c.Rows {
		r := &c.Rows[i]
		key := r.Name
		if names[key] > 1 {
			key += "\x00" + r.Subject.Source
		}
		r.blind(pseudonym(seed, key))
		order[r.Name] = keyed(seed, "order", key)
	}
	slices.SortStableFunc(c.Rows, func(a, b Row) int { return cmp.Compare(order[a.Name], order[b.Name]) })
	for i, name := range c.Gone {
		c.Gone[i] = pseudonym(seed, name)
	}
	slices.Sort(c.Gone)
	if c.Why != nil {
		c.Why.A, c.Why.B = pseudonym(seed, c.Why.A), pseudonym(seed, c.Why.B)
	}
}

func pseudonym(seed, key string) string { return "applicant-" + keyed(seed, "name", key)[:8] }

func keyed(seed, use, key string) string {
	h := hmac.New(sha256.New, []byte(seed))
	h.Write([]byte(use + "\x00" + key))
	return hex.EncodeToString(h.Sum(nil))
}

func (r *Row) blind(name string) {
	r.Name = name
	r.Subject = audit.Subject{Name: name, Kind: r.Subject.Kind, Source: name, Files: r.Subject.Files, Bytes: r.Subject.Bytes}
	r.Columns, r.Report = nil, anonymous(r.Report, r.Subject)
	if r.Error != "" {
		r.Error = "it could not be audited"
	}
	if r.Verdict != nil {
		r.Verdict = &audit.Verdict{Outcome: r.Verdict.Outcome, Code: r.Verdict.Code, Reason: r.Verdict.Outcome}
	}
	r.Overrides, r.Replies = slices.Clone(r.Overrides), slices.Clone(r.Replies)
	for i := range r.Overrides {
		r.Overrides[i].Reason, r.Overrides[i].Evidence = "", ""
	}
	for i := range r.Replies {
		r.Replies[i].Who, r.Replies[i].Reason = name, ""
	}
}

// anonymous is what of a report names nobody: which rules are met and what that
// weighs, in words that come with the program. What was seen, and where, is left
// out, as any text of a release could name its maker.
func anonymous(r *audit.Report, as audit.Subject) *audit.Report {
	if r == nil {
		return nil
	}
	out := &audit.Report{Schema: r.Schema, Tool: r.Tool, AsOf: r.AsOf, Subject: as, LimitsHit: []string{}, Scores: slices.Clone(r.Scores)}
	for _, f := range r.Findings {
		f.Places, f.More, f.Waiver = nil, 0, nil
		out.Findings = append(out.Findings, f)
	}
	for i := range out.Scores {
		s := &out.Scores[i]
		s.Criteria = nil
		if len(r.LimitsHit) > 0 {
			s.Next, s.Missing = nil, nil // what they advise may be there
		}
	}
	return out
}
