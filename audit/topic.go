package audit

import "slices"

// Topic is a part of a framework: criteria that belong together.
type Topic struct {
	Name     string
	Of       int // how many criteria the framework has here, those that are not asked counted
	Criteria []Criteria
}

// Criteria is one criterion of a topic: one question or, of a framework of
// levels, one for each level but the last, the furthest first.
type Criteria struct {
	ID        string
	Title     string
	Questions []Question
}

// Reach is how far a criterion is met, and the points that are given for it.
type Reach struct {
	Name   string
	Points float64
}

// The verdicts of a framework of which all must hold. Nothing conforms while an
// answer is open.
const (
	Conforms     = "conforms"
	Undetermined = "undetermined"
	Breaks       = "does_not_conform"
)

// Verdicts lists them, best first.
var Verdicts = [...]string{Conforms, Undetermined, Breaks}

// topics reads what a framework has besides its head.
func (l *Loader) topics(fw *Framework, f *frameworkFile) error {
	for _, r := range list(f.value["levels"]) {
		m := r.(map[string]any)
		fw.Reaches = append(fw.Reaches, Reach{m["level"].(string), points(m["points"])})
	}
	for i, r := range fw.Reaches {
		if i > 0 && r.Points >= fw.Reaches[i-1].Points {
			return f.fault(Join("/levels", i), "level %s comes after %s and gives no less", r.Name, fw.Reaches[i-1].Name)
		}
	}
	fw.Unit, _ = f.value["unit"].(string)
	words, _ := f.value["words"].(map[string]any)
	fw.Words = map[string]string{}
	for verdict, text := range words {
		fw.Words[verdict], _ = text.(string)
	}
	for i, t := range list(f.value["topics"]) {
		if err := l.topic(fw, f, t.(map[string]any), Join("/topics", i)); err != nil {
			return err
		}
	}
	return nil
}

func (l *Loader) topic(fw *Framework, f *frameworkFile, m map[string]any, at string) error {
	t := Topic{Name: m["topic"].(string)}
	for i, item := range list(m["criteria"]) {
		c, err := l.criterion(fw, f, item.(map[string]any), Join(at, "criteria", i))
		if err != nil {
			return err
		}
		same := func(o Criteria) bool { return o.Title == c.Title || o.ID != "" && o.ID == c.ID }
		if slices.ContainsFunc(t.Criteria, same) || slices.ContainsFunc(fw.Topics, func(t Topic) bool { return slices.ContainsFunc(t.Criteria, same) }) {
			return f.fault(Join(at, "criteria", i), "criterion %s is given twice", c.Title)
		}
		t.Criteria = append(t.Criteria, c)
	}
	if t.Of = whole(m["of"]); t.Of == 0 {
		t.Of = len(t.Criteria)
	}
	if t.Of < len(t.Criteria) {
		return f.fault(at+"/of", "topic %s has %d criteria and says %d", t.Name, len(t.Criteria), t.Of)
	}
	fw.Topics = append(fw.Topics, t)
	return nil
}

func (l *Loader) criterion(fw *Framework, f *frameworkFile, m map[string]any, at string) (Criteria, error) {
	c := Criteria{}
	c.ID, _ = m["id"].(string)
	c.Title, _ = m["title"].(string)
	if fw.Aggregate != Levels {
		q, err := l.question(fw, f, m, at)
		if err != nil {
			return c, err
		}
		c.Questions = []Question{*q}
		return c, nil
	}
	steps, _ := m["levels"].(map[string]any)
	for _, r := range fw.Reaches[:len(fw.Reaches)-1] {
		step, ok := steps[r.Name].(map[string]any)
		if !ok {
			return c, f.fault(at, "criterion %s does not say when it is %s", c.Title, r.Name)
		}
		q, err := l.question(fw, f, step, Join(at, "levels", r.Name))
		if err != nil {
			return c, err
		}
		q.ID, q.Title = c.ID, c.Title
		c.Questions = append(c.Questions, *q)
	}
	if len(steps) != len(c.Questions) {
		return c, f.fault(at+"/levels", "criterion %s has a level that the framework asks nothing for", c.Title)
	}
	return c, nil
}

// points reads a number as YAML gives it.
func points(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// heard is one criterion with its answer: floor and best are indices of reaches,
// or 0 for met and 1 for not.
type heard struct {
	reply
	floor, best int
}

// hear asks the steps of a criterion, the furthest first. Each asks for no less
// than those after it, so where one fails none before it holds at best. What
// decides the floor stands in the trace: the first step that is met, else the
// last one.
func (h *hearing) hear(c *Criteria) heard {
	out := heard{floor: len(c.Questions), best: len(c.Questions)}
	for i := range c.Questions {
		r := h.ask(&c.Questions[i])
		switch {
		case r.Outcome == Fail:
			out.best = len(c.Questions)
		case out.best == len(c.Questions) && r.Outcome != NotApplicable:
			out.best = i
		}
		out.reply = r
		if r.Met() {
			out.floor = i
			break
		}
	}
	return out
}

// each asks every criterion in turn, and fills what all such scores have.
func (fw *Framework) each(h *hearing, s *Score, then func(topic int, c *Criteria, a *Answer, got heard)) {
	decided := 0
	for i := range fw.Topics {
		t := &fw.Topics[i]
		from := len(s.Missing)
		for j := range t.Criteria {
			c := &t.Criteria[j]
			got := h.hear(c)
			a := got.answer(Question{ID: c.ID, Title: c.Title})
			a.Topic = t.Name
			then(i, c, &a, got)
			s.Criteria = append(s.Criteria, a)
			if got.Outcome == NotApplicable {
				s.Removed++
				continue
			}
			s.Weight++
			if got.floor == got.best {
				decided++
			}
			if got.floor > 0 {
				s.Missing = append(s.Missing, Missing{Topic: t.Name, ID: c.ID, Title: c.Title, Rule: got.Rule, Attest: got.attest, Pointer: got.pointer, Word: got.Word, Effort: got.Effort, Fix: got.Fix})
			}
		}
		cheapest(s.Missing[from:])
	}
	if s.Weight > 0 {
		s.Coverage = decided * 100 / s.Weight
	}
}

// allOf says whether every criterion holds. One that fails decides; while one is
// open, a claim or a question to a person among them, nothing is.
func (fw *Framework) allOf(h *hearing) Score {
	s := fw.blank()
	fails, open, met := 0, 0, 0
	fw.each(h, &s, func(_ int, _ *Criteria, _ *Answer, got heard) {
		switch {
		case got.Outcome == Fail:
			fails++
		case got.Met():
			met++
		case got.Outcome != NotApplicable:
			open++
		}
	})
	switch {
	case fails > 0:
		s.Verdict, s.BestVerdict = Breaks, Breaks
	case open > 0 || met == 0:
		s.Verdict, s.BestVerdict = Undetermined, Conforms
	default:
		s.Verdict, s.BestVerdict = Conforms, Conforms
	}
	s.Words = fw.Words[s.Verdict]
	return s
}

// count gives a point for each criterion that is met.
func (fw *Framework) count(h *hearing) Score {
	return fw.sum(h, []Reach{{"", 1}, {"", 0}})
}

// levels gives points by how far each criterion is met.
func (fw *Framework) levels(h *hearing) Score { return fw.sum(h, fw.Reaches) }

func (fw *Framework) sum(h *hearing, reaches []Reach) Score {
	s := fw.blank()
	s.Words = fw.Unit
	s.Topics = make([]TopicScore, len(fw.Topics))
	for i, t := range fw.Topics {
		// nobody has looked at what is not asked: it is as open as any unknown
		unasked := float64(t.Of-len(t.Criteria)) * reaches[0].Points
		s.Topics[i] = TopicScore{Topic: t.Name, Of: t.Of, BestPoints: unasked}
	}
	fw.each(h, &s, func(i int, _ *Criteria, a *Answer, got heard) {
		t := &s.Topics[i]
		a.Reached, a.Best = reaches[got.floor].Name, reaches[got.best].Name
		t.Points += reaches[got.floor].Points
		t.BestPoints += reaches[got.best].Points
		if got.Outcome != Unknown {
			t.Seen++
		}
	})
	s.total()
	return s
}

// total adds up the topics.
func (s *Score) total() {
	floor, best, seen := 0.0, 0.0, 0
	for _, t := range s.Topics {
		floor += t.Points
		best += t.BestPoints
		seen += t.Seen
		s.Of += t.Of
	}
	s.Points, s.BestPoints, s.Seen = &floor, &best, &seen
}
