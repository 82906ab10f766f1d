package collect

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"glassbox/audit"
	"glassbox/audit/collect/card"
)

// amount is one quantity that a card gives of what training took, in the unit of
// its kind, and where.
type amount struct {
	value     float64
	low, high float64 // what its digits, and its unit, allow
	src       audit.Source
}

// footprint is what the main cards tell of the cost of training. Of each kind
// all that is told is kept: a card may count one run, and all runs.
type footprint struct {
	grams, kwh, hours, flops []amount
	intensity                []amount // grams of CO2 equivalent a kilowatt-hour
	count                    int64    // of accelerators, 0 where it is not told
	hardware                 string
	hardwareSrc              audit.Source
}

const number = `(\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?)\s*(?:[x×*]\s*10\s*\^?\s*\{?(\d{1,2})\}?\s*)?(thousand|million|billion|k|m)?[\s-]*`

// Quantities of the cost of training, each with a number, a power of ten, a word
// for one, and a unit.
var (
	carbonAmount = regexp.MustCompile(`(?i)` + number + `(mg|milligrams?|kg|kilograms?|kilos?|grams?|g|metric tons?|metric tonnes?|tonnes?|tons?|t)[\s-]*(?:of[\s-]+)?(?:CO\s?[2₂]|carbon)[\s-]*(?:e(?:q\w*)?\b)?[^\s\w/]*(\s*(?:/|per)\s*kwh)?`)
	energyAmount = regexp.MustCompile(`(?i)` + number + `(wh|kwh|mwh|gwh|kilowatt[- ]hours?|megawatt[- ]hours?|gigawatt[- ]hours?)\b`)
	timeAmount   = regexp.MustCompile(`(?i)` + number + `(?:(?:gpu|tpu|accelerator|node|a100|h100|v100|chip|device|core)[\s-]*)?(hours?|hrs?|h|days?|minutes?|mins?)\b`)
	flopsAmount  = regexp.MustCompile(`(?i)` + number + `((?:peta|exa|zetta|yotta)?flops?|floating[- ]point operations)\b`)
	bareNumber   = regexp.MustCompile(`(?i)^[~≈<]?\s*` + number + `$`)
	machines     = regexp.MustCompile(`(?i)\b(\d[\d,]{0,8})\s*(?:[x×*]\s*|(?:nvidia|amd|google|intel|cloud)?\s*(?:[ahvtp]\d{1,3}\b|tpu|gpus?\b|mi\d{3}|rtx|accelerators?\b))`)
)

// powers of ten of the words for them. M beside a unit of time is a million.
var powers = map[string]float64{"": 1, "thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}

// A ton is a tonne or a short ton: nobody can tell which.
const shortTon = 0.9072

// factors of the units, in the unit of the kind.
var factors = map[string]float64{
	"mg": 1e-3, "milligram": 1e-3, "g": 1, "gram": 1, "kg": 1e3, "kilogram": 1e3, "kilo": 1e3,
	"t": 1e6, "tonne": 1e6, "metric ton": 1e6, "metric tonne": 1e6, "ton": 1e6,
	"wh": 1e-3, "kwh": 1, "mwh": 1e3, "gwh": 1e6, "kilowatt hour": 1, "megawatt hour": 1e3, "gigawatt hour": 1e6,
	"h": 1, "hr": 1, "hour": 1, "day": 24, "minute": 1.0 / 60, "min": 1.0 / 60,
	"flop": 1, "petaflop": 1e15, "exaflop": 1e18, "zettaflop": 1e21, "yottaflop": 1e24, "floating point operation": 1,
}

// amountsIn reads the quantities of a pattern. What stands beside a number that
// cannot be read is left out.
func amountsIn(pattern *regexp.Regexp, text string, src audit.Source) (out, perHour []amount) {
	for _, m := range pattern.FindAllStringSubmatch(text, maxAmounts) {
		unit := "h"
		if len(m) > 4 {
			unit = strings.ReplaceAll(strings.ToLower(m[4]), "-", " ")
		}
		if _, ok := factors[unit]; !ok {
			unit = strings.TrimSuffix(unit, "s")
		}
		digits := strings.ReplaceAll(m[1], ",", "")
		v, err := strconv.ParseFloat(digits, 64)
		exponent, _ := strconv.Atoi("0" + m[2])
		scale := powers[strings.ToLower(m[3])] * math.Pow10(exponent) * factors[unit]
		if err != nil || scale == 0 || v*scale > 1e30 {
			continue
		}
		half := 0.5 * lastDigit(digits)
		a := amount{v * scale, (v - half) * scale, (v + half) * scale, src}
		if unit == "ton" {
			a.low *= shortTon
		}
		if len(m) > 5 && m[5] != "" {
			perHour = append(perHour, a)
			continue
		}
		out = append(out, a)
	}
	return out, perHour
}

// maxAmounts bounds the quantities read of one sentence or value.
const maxAmounts = 8

// lastDigit is the worth of the last digit of a number.
func lastDigit(digits string) float64 {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(digits), "e")
	e, _ := strconv.Atoi(exponent)
	if _, decimals, ok := strings.Cut(mantissa, "."); ok {
		e -= len(decimals)
	}
	return math.Pow10(e)
}

// footprint reads what the main cards tell: in labelled values, and in sentences
// about the cost of training.
func (c *collection) footprint() *footprint {
	fp := &footprint{}
	for _, k := range c.mainCards {
		for _, f := range k.Fields {
			if !f.Placeholder {
				fp.value(f, audit.Source{Path: k.Path, Line: max(f.Line, 1), Level: audit.Claimed})
			}
		}
		for _, s := range k.Statements {
			if s.Kind == card.StatementCost {
				fp.read(s.Text, audit.Source{Path: k.Path, Line: max(s.Line, 1), Level: audit.Claimed})
			}
		}
	}
	return fp
}

// value reads a labelled value.
func (fp *footprint) value(f card.Field, src audit.Source) {
	switch f.Name {
	case "carbon", "environmental_impact", "speeds_sizes_times":
		fp.read(f.Value, src)
	case "hours_used":
		a, _ := amountsIn(timeAmount, f.Value, src)
		if bare, _ := amountsIn(bareNumber, strings.TrimSpace(f.Value), src); len(a) == 0 {
			a = bare
		}
		fp.hours = append(fp.hours, a...)
	case "hardware":
		if fp.hardware == "" && !strings.ContainsAny(f.Value, "?") {
			fp.hardware, fp.hardwareSrc = f.Value, src
			if m := machines.FindStringSubmatch(f.Value); m != nil {
				fp.count, _ = strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
			}
		}
	}
}

func (fp *footprint) read(text string, src audit.Source) {
	grams, intensity := amountsIn(carbonAmount, text, src)
	kwh, _ := amountsIn(energyAmount, text, src)
	flops, _ := amountsIn(flopsAmount, text, src)
	fp.grams, fp.intensity = append(fp.grams, grams...), append(fp.intensity, intensity...)
	fp.flops, fp.kwh = append(fp.flops, flops...), append(fp.kwh, kwh...)
}

// Bounds of what is possible. The dirtiest grids emit some 1,000 grams a
// kilowatt-hour (Ember, yearly electricity data), the cleanest some ten over
// their life cycle (IPCC AR5 WG III, annex III); a factor of two or more is left
// on either side, for what an author counts in. An accelerator of 2026 takes up
// to 1.4 kW; with its host and the building twice that.
const (
	mostGramsPerKWh  = 2000
	leastGramsPerKWh = 1
	mostKWhPerHour   = 3
	leastKWhPerHour  = 0.002
	countedTwice     = 2 // what one counts and another leaves out: hosts, cooling
)

// footprintsAgree holds what is told of the cost of training against each other.
func (c *collection) footprintsAgree() {
	fp := c.footprint()
	c.relate("carbon_claimed", c.carbonAgrees(fp))
	c.relate("carbon_energy", c.carbonOfEnergy(fp))
	c.relate("energy_time", c.energyOfTime(fp))
	c.relate("carbon_log", c.carbonLogged(fp))
}

// carbonAgrees holds the grams of the metadata against those of the text; one
// that fits is enough. Grams taken for kilograms or tonnes are found here.
func (c *collection) carbonAgrees(fp *footprint) *relation {
	e, path := c.emissions()
	if e == nil || len(fp.grams) == 0 {
		return nil
	}
	r := &relation{
		between:  [2]string{"/card/metadata/co2_grams", "/training/energy/co2_grams"},
		declared: *e.Grams, found: fp.grams[0].value, agree: truth(false),
		src: audit.Source{Path: path, Line: max(e.Line, 1), Level: audit.Claimed},
	}
	for _, g := range fp.grams {
		if *e.Grams >= g.low*(1-Tolerance/100.0) && *e.Grams <= g.high*(1+Tolerance/100.0) {
			r.found, r.agree = g.value, truth(true)
		}
	}
	return r
}

// carbonOfEnergy holds carbon against energy: times the intensity that is told,
// else within what any grid emits.
func (c *collection) carbonOfEnergy(fp *footprint) *relation {
	if len(fp.kwh) == 0 || len(fp.grams) == 0 {
		return nil
	}
	low, high := float64(leastGramsPerKWh), float64(mostGramsPerKWh)
	if len(fp.intensity) == 1 {
		low, high = fp.intensity[0].low/countedTwice, fp.intensity[0].high*countedTwice
	}
	return ratio([2]string{"/training/energy/co2_grams", "/training/energy/kwh"}, fp.grams, fp.kwh, low, high, "grams")
}

// energyOfTime holds energy against the hours of all accelerators. Hours may be
// those of one or of all of them.
func (c *collection) energyOfTime(fp *footprint) *relation {
	if len(fp.kwh) == 0 || len(fp.hours) == 0 {
		return nil
	}
	return ratio([2]string{"/training/energy/kwh", "/training/compute/hours"}, fp.kwh, fp.hours, leastKWhPerHour, mostKWhPerHour*float64(max(fp.count, 1)), "kWh")
}

// ratio tells whether any of some amounts lies between bounds times any of
// others. A nothing, as of carbon that was paid off, contradicts nothing.
func ratio(between [2]string, of, to []amount, low, high float64, unit string) *relation {
	r := &relation{
		between: between, declared: of[0].value, src: of[0].src, agree: truth(false),
		found: fmt.Sprintf("between %.3g and %.3g %s", to[0].low*low, to[0].high*high, unit),
	}
	for _, a := range of {
		for _, b := range to {
			if a.value == 0 || b.value == 0 {
				return nil
			}
			if a.high >= b.low*low && a.low <= b.high*high {
				r.agree = truth(true)
			}
		}
	}
	return r
}
