package cohort

import (
	"cmp"
	"math"
	"slices"
)

// Agreement says how far reviewers agree, and on what they do not.
type Agreement struct {
	Reviewers []string `json:"reviewers"`
	Items     int      `json:"items"` // rules of subjects that two or more reviewers rated
	Agreed    int      `json:"agreed"`
	// Pairs has Cohen's kappa of each two reviewers, over what both rated.
	Pairs []Pair `json:"pairs"`
	// Fleiss is the kappa of all reviewers over what every one of them rated; left
	// out for fewer than three, where nobody rated the same, and where it is
	// undefined.
	Fleiss      *float64     `json:"fleiss_kappa,omitempty"`
	FleissItems int          `json:"fleiss_items,omitempty"`
	Unresolved  []Unresolved `json:"unresolved"`
}

// Pair is two reviewers.
type Pair struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Items  int    `json:"items"` // both rated
	Agreed int    `json:"agreed"`
	// Cohen is left out where it is undefined: where both gave one and the same word
	// to everything, agreement by chance is certain, and there is nothing beyond it.
	Cohen *float64 `json:"cohen_kappa,omitempty"`
}

// Unresolved is what is left to be settled.
type Unresolved struct {
	Kind    string   `json:"kind"` // disagreement, or reply
	Subject string   `json:"subject"`
	Name    string   `json:"name,omitempty"`
	Rule    string   `json:"rule,omitempty"`
	Seq     []int    `json:"seq"` // the entries it is about
	Words   []string `json:"words,omitempty"`
	Who     []string `json:"who"`
}

// Agree computes the agreement of a log.
func (l *Log) Agree() *Agreement {
	a := &Agreement{Reviewers: []string{}, Pairs: []Pair{}, Unresolved: []Unresolved{}}
	items := group(l.Ratings())
	for _, item := range items {
		a.item(item)
		for _, r := range item {
			if !slices.Contains(a.Reviewers, r.Who) {
				a.Reviewers = append(a.Reviewers, r.Who)
			}
		}
	}
	slices.Sort(a.Reviewers)
	for i, x := range a.Reviewers {
		for _, y := range a.Reviewers[i+1:] {
			a.Pairs = append(a.Pairs, pair(x, y, items))
		}
	}
	a.fleiss(items)
	entries := l.standing()
	for _, e := range entries {
		if e.Kind == ReplyTo && !answered(entries, e.Seq) {
			a.Unresolved = append(a.Unresolved, Unresolved{Kind: "reply", Subject: e.Subject, Name: e.Name, Rule: e.Rule, Seq: []int{e.Seq}, Who: []string{e.Who}})
		}
	}
	return a
}

// group puts together the ratings of one rule of one subject; they come sorted.
func group(ratings []Rating) [][]Rating {
	var out [][]Rating
	for _, r := range ratings {
		if n := len(out) - 1; n >= 0 && out[n][0].Subject == r.Subject && out[n][0].Rule == r.Rule {
			out[n] = append(out[n], r)
			continue
		}
		out = append(out, []Rating{r})
	}
	return out
}

// item counts an item that several rated.
func (a *Agreement) item(item []Rating) {
	if len(item) < 2 {
		return
	}
	a.Items++
	if !slices.ContainsFunc(item, func(r Rating) bool { return r.To != item[0].To }) {
		a.Agreed++
		return
	}
	u := Unresolved{Kind: "disagreement", Subject: item[0].Subject, Name: item[0].Name, Rule: item[0].Rule}
	for _, r := range item {
		u.Seq, u.Who, u.Words = append(u.Seq, r.Seq), append(u.Who, r.Who), append(u.Words, r.To)
	}
	a.Unresolved = append(a.Unresolved, u)
}

func pair(x, y string, items [][]Rating) Pair {
	p := Pair{A: x, B: y}
	var first, second []string
	for _, item := range items {
		i := slices.IndexFunc(item, func(r Rating) bool { return r.Who == x })
		j := slices.IndexFunc(item, func(r Rating) bool { return r.Who == y })
		if i < 0 || j < 0 {
			continue
		}
		first, second = append(first, item[i].To), append(second, item[j].To)
		p.Items++
		if item[i].To == item[j].To {
			p.Agreed++
		}
	}
	if k, ok := Cohen(first, second); ok {
		p.Cohen = &k
	}
	return p
}

// Cohen is Cohen's kappa of two raters who rated the same items, in their order
// (Cohen 1960, A Coefficient of Agreement for Nominal Scales). It is not defined
// where agreement by chance is certain, or for no items.
func Cohen(a, b []string) (kappa float64, ok bool) {
	n := float64(len(a))
	if len(a) == 0 || len(a) != len(b) {
		return 0, false
	}
	left, right := map[string]float64{}, map[string]float64{}
	agreed := 0.0
	for i := range a {
		left[a[i]]++
		right[b[i]]++
		if a[i] == b[i] {
			agreed++
		}
	}
	chance := 0.0
	for _, word := range sortedKeys(left) {
		chance += left[word] * right[word]
	}
	if chance == n*n {
		return 0, false
	}
	return (agreed*n - chance) / (n*n - chance), true
}

// fleiss computes Fleiss' kappa over the items that all reviewers rated.
func (a *Agreement) fleiss(items [][]Rating) {
	if len(a.Reviewers) < 3 {
		return
	}
	var counts []map[string]int
	for _, item := range items {
		if len(item) != len(a.Reviewers) {
			continue
		}
		c := map[string]int{}
		for _, r := range item {
			c[r.To]++
		}
		counts = append(counts, c)
	}
	if k, ok := Fleiss(counts); ok {
		a.Fleiss, a.FleissItems = &k, len(counts)
	}
}

// Fleiss is Fleiss' kappa of items, each with how many raters gave it which word;
// every item has to have as many raters, at least two (Fleiss 1971, Measuring
// nominal scale agreement among many raters). It is not defined where agreement by
// chance is certain.
func Fleiss(items []map[string]int) (kappa float64, ok bool) {
	raters, pairs := 0, 0
	total := map[string]float64{}
	for i, item := range items {
		n := 0
		for word, count := range item {
			n += count
			pairs += count * (count - 1)
			total[word] += float64(count)
		}
		if i > 0 && n != raters {
			return 0, false
		}
		raters = n
	}
	if len(items) == 0 || raters < 2 {
		return 0, false
	}
	n := float64(len(items) * raters)
	agreed := float64(pairs) / (n * float64(raters-1))
	chance := 0.0
	for _, word := range sortedKeys(total) {
		chance += total[word] * total[word]
	}
	if chance == n*n {
		return 0, false
	}
	chance /= n * n
	return (agreed - chance) / (1 - chance), true
}

func sortedKeys(m map[string]float64) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, cmp.Compare[string])
	return out
}

// Rounded is a kappa with the four decimals that are ever worth printing.
func Rounded(kappa float64) float64 { return math.Round(kappa*1e4) / 1e4 }
