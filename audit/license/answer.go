package license

import "fmt"

// Answer is a three-valued answer to a yes-or-no question about a licence.
// The zero value is Unknown, so an attribute nobody filled in never reads as a
// good one. The order Unknown, No, Yes carries no rank.
type Answer uint8

const (
	Unknown Answer = iota // not told, not verified, or it depends
	No
	Yes
)

// String returns "unknown", "no" or "yes".
func (a Answer) String() string {
	switch a {
	case No:
		return "no"
	case Yes:
		return "yes"
	}
	return "unknown"
}

// Bool returns the answer as a pointer, nil for Unknown: the shape in which an
// unknown fact is left out of a JSON document.
func (a Answer) Bool() *bool {
	if a == Unknown {
		return nil
	}
	b := a == Yes
	return &b
}

// MarshalText makes an Answer a string in JSON and YAML.
func (a Answer) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (a *Answer) UnmarshalText(text []byte) error {
	switch string(text) {
	case "unknown":
		*a = Unknown
	case "no":
		*a = No
	case "yes":
		*a = Yes
	default:
		return fmt.Errorf("reading answer %q: want yes, no or unknown", text)
	}
	return nil
}

// Not turns yes into no and no into yes; unknown stays unknown.
func (a Answer) Not() Answer {
	switch a {
	case No:
		return Yes
	case Yes:
		return No
	}
	return Unknown
}

// And is Kleene's conjunction: one no decides, else one unknown.
func (a Answer) And(b Answer) Answer {
	if a == No || b == No {
		return No
	}
	if a == Unknown || b == Unknown {
		return Unknown
	}
	return Yes
}

// Or is Kleene's disjunction: one yes decides, else one unknown.
func (a Answer) Or(b Answer) Answer { return a.Not().And(b.Not()).Not() }
