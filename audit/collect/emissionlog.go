package collect

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"glassbox/audit"
)

// emissionLog is what a log of CodeCarbon measured: the sum of its runs. Columns
// are those of its output (codecarbon 3.1, output.html): emissions in kilograms
// of CO2 equivalent, energy_consumed in kilowatt-hours, duration in seconds. A
// run that wrote more than one row wrote what it had come to so far.
type emissionLog struct {
	path              string
	grams, kwh, hours float64
	runs              int
	powered           bool // energy is among the columns
}

// Limits on a log of emissions.
const (
	MaxEmissionLog  = 8 << 20 // bytes
	maxEmissionRows = 100_000
)

var emissionLogName = regexp.MustCompile(`(?i)^emissions?([_.-][\w.-]*)?\.csv$`)

// emissionLog reads the first log of emissions among the files; nil where there
// is none.
func (c *collection) emissionLog() *emissionLog {
	for _, f := range c.files {
		if !f.Readable || f.Kind != "csv" || !emissionLogName.MatchString(path.Base(f.Path)) {
			continue
		}
		if f.Size > MaxEmissionLog {
			c.gap("/training", fmt.Sprintf("%s is larger than %d bytes", f.Path, MaxEmissionLog))
			continue
		}
		if log := readEmissionLog(f.Path, c.head(f, MaxEmissionLog)); log != nil {
			return log
		}
	}
	return nil
}

func readEmissionLog(name string, data []byte) *emissionLog {
	r := csv.NewReader(bytes.NewReader(data))
	r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = true, -1, true
	head, err := r.Read()
	if err != nil {
		return nil
	}
	columns := emissionColumns{}
	for i, name := range head {
		columns[strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))] = i
	}
	if !columns.has("emissions") || !columns.has("energy_consumed") && !columns.has("duration") {
		return nil
	}
	runs := map[string]emissionRun{}
	for row := 0; row < maxEmissionRows; row++ {
		record, err := r.Read()
		if err != nil {
			break
		}
		id, run := columns.read(record, row)
		if run.kg > 0 && run.kg >= runs[id].kg {
			runs[id] = run
		}
	}
	if len(runs) == 0 {
		return nil
	}
	log := &emissionLog{path: name, runs: len(runs), powered: columns.has("energy_consumed")}
	for _, id := range slices.Sorted(maps.Keys(runs)) { // sums of floating point depend on the order
		log.grams += runs[id].kg * 1000
		log.kwh += runs[id].kwh
		log.hours += runs[id].seconds / 3600
	}
	return log
}

// emissionRun is one row.
type emissionRun struct{ kg, kwh, seconds float64 }

// emissionColumns are where the columns of a log stand, by name.
type emissionColumns map[string]int

func (c emissionColumns) has(name string) bool { _, ok := c[name]; return ok }

// read reads a row. One that names no run is one of its own.
func (c emissionColumns) read(record []string, row int) (id string, run emissionRun) {
	id = strconv.Itoa(row)
	if i, ok := c["run_id"]; ok && i < len(record) && record[i] != "" {
		id = strings.Clone(record[i])
	}
	return id, emissionRun{c.number(record, "emissions"), c.number(record, "energy_consumed"), c.number(record, "duration")}
}

// number is 0 where a column has no amount that can be.
func (c emissionColumns) number(record []string, name string) float64 {
	i, ok := c[name]
	if !ok || i >= len(record) {
		return 0
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(record[i]), 64)
	if err != nil || v < 0 || math.IsNaN(v) || v > 1e15 {
		return 0
	}
	return v
}

// writeLog writes what the log of emissions measured.
func (c *collection) writeLog(log *emissionLog) {
	if log == nil {
		if c.whole() {
			c.ev.Set("/training/measured", map[string]any{"present": false}, audit.Source{Level: audit.Present})
		}
		return
	}
	m := map[string]any{"present": true, "path": log.path, "co2_grams": log.grams, "hours": log.hours, "runs": int64(log.runs)}
	if log.powered {
		m["kwh"] = log.kwh
	}
	c.ev.Set("/training/measured", m, audit.Source{Path: log.path, Line: 1, Level: audit.Present})
}

// carbonLogged holds the carbon that is told against the log among the files. A
// card may be about more runs than the log; about less than was measured it
// cannot be.
func (c *collection) carbonLogged(fp *footprint) *relation {
	log := c.log
	grams := fp.grams
	if e, name := c.emissions(); e != nil {
		src := audit.Source{Path: name, Line: max(e.Line, 1), Level: audit.Claimed}
		grams = []amount{{*e.Grams, *e.Grams, *e.Grams, src}}
	}
	if log == nil || len(grams) == 0 {
		return nil
	}
	r := &relation{between: [2]string{"/training/energy/co2_grams", "/training/measured/co2_grams"}, declared: grams[0].value, found: log.grams, src: grams[0].src}
	const margin = Tolerance / 100.0
	less := true
	for _, g := range grams {
		if log.grams >= g.low*(1-margin) && log.grams <= g.high*(1+margin) {
			r.agree = truth(true)
			return r
		}
		less = less && g.high < log.grams*(1-margin)
	}
	if less {
		r.agree = truth(false)
	}
	return r
}
