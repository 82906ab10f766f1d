package collect

import (
	"math"
	"testing"
)

func FuzzEmissionLog(f *testing.F) {
	f.Add([]byte("run_id,duration,emissions,energy_consumed\na,1,2,3\na,2,3,4\n\"b\nc\",1e400,nan,-1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		log := readEmissionLog("emissions.csv", data)
		if log != nil && (log.grams <= 0 || log.runs < 1 || math.IsInf(log.grams, 0) || math.IsNaN(log.kwh) || log.hours < 0) {
			t.Errorf("%+v", log)
		}
	})
}

func FuzzMeasured(f *testing.F) {
	f.Add([]byte(`{"results": {"tides": {"acc,none": 0.5, "value": 1, "metric": "f1"}}, "task": {"name": "x"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &collection{}
		c.measure("results.json", data)
		if len(c.numbers) > maxMeasured {
			t.Errorf("%d numbers", len(c.numbers))
		}
	})
}
