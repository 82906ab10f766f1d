package report

import (
	"cmp"
	"fmt"
	"slices"

	"glassbox/audit"
)

// maxQuestions is how many questions a scorecard asks: as many as fit a talk.
const maxQuestions = 10

// askedFirst orders the words that leave something to ask: first where the
// release speaks against itself, last where nobody could have told.
var askedFirst = []string{
	audit.WordContradicted, audit.WordNotMet, audit.WordNotShown, audit.WordNotDisclosed,
	audit.WordNotFound, audit.WordClaimed, audit.WordUnverifiable, audit.WordUnknown,
}

// Questions lists what to ask an applicant, the most telling first: of the rules
// that weigh something, those that are not met. Without seen, nothing is quoted
// from the release.
func questions(r *audit.Report, seen bool) []string {
	weight := (&table{r: r}).weights()
	for _, s := range r.Scores {
		for _, c := range s.Against {
			weight[c.Rule] += c.Weight
		}
	}
	var open []*audit.Finding
	for i := range r.Findings {
		if f := &r.Findings[i]; weight[f.Rule] > 0 && slices.Contains(askedFirst, f.Word) {
			open = append(open, f)
		}
	}
	slices.SortStableFunc(open, func(a, b *audit.Finding) int {
		return cmp.Or(
			cmp.Compare(slices.Index(askedFirst, a.Word), slices.Index(askedFirst, b.Word)),
			cmp.Compare(weight[b.Rule], weight[a.Rule]),
			cmp.Compare(b.Severity.Rank(), a.Severity.Rank()))
	})
	var out []string
	for _, f := range open[:min(len(open), maxQuestions)] {
		out = append(out, question(f, seen))
	}
	return out
}

// question asks about one finding.
func question(f *audit.Finding, seen bool) string {
	title := Clean(f.Title)
	switch f.Word {
	case audit.WordContradicted:
		if seen && len(f.Places) >= 3 {
			return fmt.Sprintf("%s. It is said: %s; and found: %s. Which of the two holds, and will the other be corrected?", title, side(f.Places[1]), side(f.Places[2]))
		}
		return title + ". What is said and what is found differ. Which of the two holds?"
	case audit.WordNotMet:
		if seen {
			if text := cohortSeen(f); text != "" {
				return fmt.Sprintf("%s. Seen instead: %s. Is that meant, and will it stay?", title, text)
			}
		}
		return title + ". It is not so. Is that meant, and will it stay?"
	case audit.WordClaimed:
		return title + ". It is said and not shown. What shows it?"
	case audit.WordUnknown, audit.WordUnverifiable:
		return title + ". Nothing here tells. Is it so, and what shows it?"
	}
	return title + ". It is not shown. Where can it be seen, or when will it be?"
}
