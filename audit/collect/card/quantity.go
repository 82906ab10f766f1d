package card

import (
	"math"
	"strconv"
	"strings"
)

// Quantity is a number as a card writes it. Low and High bound what the
// spelling allows: half a unit of the last written digit to either side, so 7B
// is anything from 6.5 to 7.5 billion and 6.74 billion lies within 5 million;
// a number written out in full is exact.
type Quantity struct {
	Value, Low, High int64
	// Bound is "about", "at_least" or "at_most" when the card says so. About
	// widens the interval by a tenth of the value; the others open it: High is
	// then math.MaxInt64, or Low is 0.
	Bound string
}

// aboutShare is the part of a value by which "about" widens its interval.
const aboutShare = 0.1

// unitFactors are the words and letters for powers of ten. K stands for 1000;
// where it may mean 1024 the caller widens the interval.
var unitFactors = map[string]float64{
	"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "mil": 1e6, "million": 1e6, "millions": 1e6,
	"b": 1e9, "bn": 1e9, "bln": 1e9, "billion": 1e9, "billions": 1e9, "t": 1e12, "tn": 1e12, "trillion": 1e12, "trillions": 1e12,
}

// quantity reads digits with an optional factor. Commas group thousands.
func quantity(digits string, factor float64) (Quantity, bool) {
	const longest = 24
	if len(digits) > longest {
		return Quantity{}, false
	}
	digits, ok := ungrouped(digits)
	if !ok {
		return Quantity{}, false
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil || f < 0 || f*factor > 1e18 {
		return Quantity{}, false
	}
	half := factor / 2
	if dot := strings.IndexByte(digits, '.'); dot >= 0 {
		half *= math.Pow10(dot + 1 - len(digits))
	}
	if factor == 1 {
		half = 0
	}
	v := f * factor
	return Quantity{Value: round(v), Low: round(v - half), High: round(v + half)}, true
}

func round(f float64) int64 { return int64(math.Round(f)) }

// ungrouped drops commas that group thousands and refuses others, so that
// "1,5" is not read as 15.
func ungrouped(s string) (string, bool) {
	if !strings.Contains(s, ",") {
		return s, strings.Count(s, ".") <= 1
	}
	whole, _, _ := strings.Cut(s, ".")
	groups := strings.Split(whole, ",")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && (len(g) == 0 || len(g) > 3) {
			return "", false
		}
	}
	return strings.ReplaceAll(s, ",", ""), strings.Count(s, ".") <= 1
}

// bounded applies what the words before a number say of it.
func (q Quantity) bounded(bound string) Quantity {
	q.Bound = bound
	switch bound {
	case "about":
		q.Low -= round(float64(q.Value) * aboutShare)
		q.High += round(float64(q.Value) * aboutShare)
	case "at_least":
		q.High = math.MaxInt64
	case "at_most":
		q.Low = 0
	}
	return q
}

// maximum reads "up to N" as N: a length is a maximum anyway.
func (q Quantity) maximum() Quantity {
	if q.Bound == "at_most" {
		q.Low, q.Bound = 2*q.Value-q.High, ""
	}
	return q
}

// binary widens an interval written with K or M, for lengths that may count in
// powers of two: 128K is 128,000 or 131,072.
func (q Quantity) binary() Quantity {
	if q.Low == q.High || q.High == math.MaxInt64 {
		return q
	}
	switch {
	case q.Value >= 1e6:
		q.High = round(float64(q.High) * 1.048576)
	default:
		q.High = round(float64(q.High) * 1.024)
	}
	return q
}
