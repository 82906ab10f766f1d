package audit

import (
	"encoding"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Statement is what somebody published about a service, or was found not to
// have published, as a disclosure manifest records it. Nobody can hold the
// service and look, so the statement is all there is to judge.
type Statement struct {
	State     State  `json:"state"`
	Says      string `json:"says,omitempty"` // what it says, in the words of whoever recorded it
	Title     string `json:"title"`          // of the source
	Publisher string `json:"publisher"`
	Published string `json:"published,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD; left out where the source has no date
	Authority string `json:"authority"`           // first-party, independent or secondary
	Scope     string `json:"scope"`               // model or company
	// ReviewBy is the day until which the statement may be relied on,
	// YYYY-MM-DD; empty where it does not go stale.
	ReviewBy string `json:"review_by,omitempty"`
	// Dispute marks a source that says otherwise. It is shown and counts for
	// nothing.
	Dispute bool `json:"dispute,omitempty"`
}

// State says how a question to a provider was answered.
type State uint8

// The states. What is disclosed or told in part has a value; the next three have
// the value that says that nothing is there, each for its own reason.
const (
	Disclosed    State = 1 + iota // they tell
	Partial                       // they tell some of it
	NotDisclosed                  // they say that they will not, or a complete review found nothing
	NotFound                      // the named source was searched, and it is not there
	Unverifiable                  // nobody outside can check it, by design
	Inapplicable                  // the question does not arise
)

var stateNames = [...]string{"", "disclosed", "partial", "not_disclosed", "not_found", "unverifiable", "not_applicable"}

var _ encoding.TextUnmarshaler = (*State)(nil)

func (s State) String() string { return stateNames[s] }

// MarshalText writes the state's name.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a state's name.
func (s *State) UnmarshalText(text []byte) error {
	i := slices.Index(stateNames[:], string(text))
	if i < 1 {
		return fmt.Errorf("no state %q; there are %s", text, strings.Join(stateNames[1:], ", "))
	}
	*s = State(i)
	return nil
}

// Told tells whether the state comes with a value.
func (s State) Told() bool { return s == Disclosed || s == Partial }

// word is what a fail is called that rests on the state; "" where the state has
// no word of its own.
func (s State) word() string {
	switch s {
	case NotDisclosed:
		return WordNotDisclosed
	case NotFound:
		return WordNotFound
	case Unverifiable:
		return WordUnverifiable
	}
	return ""
}

// stale tells whether the statement was to be reviewed before the day.
func (s *Statement) stale(asOf string) bool {
	return s != nil && s.ReviewBy != "" && asOf != "" && s.ReviewBy < asOf
}

// Stale tells whether all that speaks for the value at a pointer was to be
// reviewed before the day of the evidence.
func (e *Evidence) Stale(pointer string) bool { return e.allStale(e.SourcesAt(pointer)) }

func (e *Evidence) allStale(sources []Source) bool {
	stale := false
	for _, s := range sources {
		switch {
		case s.disputes():
		case !s.Statement.stale(e.AsOf):
			return false
		default:
			stale = true
		}
	}
	return stale
}

func (s *Source) disputes() bool { return s.Statement != nil && s.Statement.Dispute }

// fresh is the evidence without what went stale; nil where nothing did. A fact
// inside a list takes the list with it, so that what is left keeps its place.
func (e *Evidence) fresh() *Evidence {
	var out *Evidence
	for _, pointer := range slices.Sorted(maps.Keys(e.Sources)) {
		if !e.allStale(e.Sources[pointer]) {
			continue
		}
		if out == nil {
			out = &Evidence{Doc: plainMap(e.Doc), Sources: e.Sources, limits: e.limits}
		}
		for at := pointer; !out.drop(at); at = up(at) {
		}
	}
	return out
}

// drop takes a member out of its object; false where it stands in a list.
func (e *Evidence) drop(pointer string) bool {
	above, ok := parent(pointer)
	if !ok {
		e.Doc = map[string]any{}
		return true
	}
	v, _ := e.Get(above)
	if m, ok := v.(map[string]any); ok {
		path := tokens(pointer)
		delete(m, path[len(path)-1])
	}
	_, inList := v.([]any)
	return !inList
}

// inapplicable tells whether a source says of the pointer, or of what it lies
// in, that the question does not arise.
func (e *Evidence) inapplicable(pointer string) bool {
	sources := e.SourcesAt(pointer)
	return len(sources) > 0 && sources[0].Statement != nil && sources[0].Statement.State == Inapplicable
}

// stated turns spots that no statement stands behind, as at a choice, into those
// below them that one does: what is said of a service is followed to who said it
// where and when.
func (ev *Evidence) stated(spots []spot, looked []string) []spot {
	var out []spot
	for _, s := range spots {
		below := []spot{}
		if ev.statement(s.pointer) == nil {
			below = ev.below(s.pointer, looked)
		}
		if len(below) == 0 {
			below = []spot{s}
		}
		for _, b := range below {
			if !slices.ContainsFunc(out, func(o spot) bool { return o.pointer == b.pointer }) {
				out = append(out, b)
			}
		}
	}
	return out
}

func (ev *Evidence) below(pointer string, looked []string) []spot {
	var out []spot
	for _, p := range looked {
		leads := func(other string) bool { return strings.HasPrefix(other, p+"/") }
		if !strings.HasPrefix(p, pointer+"/") || ev.statement(p) == nil || slices.ContainsFunc(looked, leads) {
			continue
		}
		v, _ := ev.Get(p)
		out = append(out, spot{pointer: p, value: v, empty: isEmpty(v)})
	}
	slices.SortStableFunc(out, bySpot)
	return out
}

// statement is what stands behind the value at a pointer; nil where that is no
// statement.
func (ev *Evidence) statement(pointer string) *Statement {
	if sources := ev.SourcesAt(pointer); len(sources) > 0 {
		return sources[0].Statement
	}
	return nil
}

// stateWord is the word for a fail that rests on statements: that of their
// state, where they share one. A no that was told is not met.
func stateWord(places []Place) (word string, ok bool) {
	for i, p := range places {
		if p.Statement == nil {
			return "", false
		}
		w := p.Statement.State.word()
		switch {
		case w == "":
			return WordNotMet, true
		case i > 0 && w != word:
			word = WordNotShown
		default:
			word = w
		}
	}
	return word, word != ""
}
