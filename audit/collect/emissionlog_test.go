package collect_test

import (
	"fmt"
	"testing"
	"testing/fstest"
)

// A log of emissions is summed over its runs, in grams, and held against what
// the card tells.
func TestEmissionLog(t *testing.T) {
	const header = "timestamp,project_name,run_id,experiment_id,duration,emissions,emissions_rate,energy_consumed,country_name\n"
	log := header +
		"2026-01-01T10:00:00,a,one,x,1800,0.5,1,1.5,Norway\n" +
		"2026-01-01T11:00:00,a,one,x,3600,1.0,1,3.0,Norway\n" +
		"2026-01-02T11:00:00,a,two,x,7200,2.0,1,6.0,Norway\n"
	for _, c := range []struct {
		meta, csv string
		agree     any
	}{
		{"co2_eq_emissions: {emissions: 3000}\n", log, true},
		{"co2_eq_emissions: {emissions: 3}\n", log, false},
		{"co2_eq_emissions: {emissions: 9000}\n", log, nil},
		{"", log, nil},
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("---\nlicense: mit\n" + c.meta + "---\n# A\n"), "logs/emissions.csv": file(c.csv)})
		if got, _ := ev.Get("/relations/carbon_log/agree"); got != c.agree {
			t.Errorf("%q: %v, want %v", c.meta, got, c.agree)
		}
		for pointer, want := range map[string]any{"co2_grams": 3000.0, "kwh": 9.0, "hours": 3.0, "runs": int64(2), "present": true, "path": "logs/emissions.csv"} {
			if got, _ := ev.Get("/training/measured/" + pointer); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s is %v, want %v", pointer, got, want)
			}
		}
		if told, _ := ev.Get("/training/energy/disclosed"); told != true {
			t.Errorf("%q: energy is told: %v", c.meta, told)
		}
	}
	for what, csv := range map[string]string{
		"other columns": "country,emissions\nNorway,12\n", "nothing in it": header, "no numbers": header + "a,b,c,d,e,f,g,h,i\n", "empty": "", "negative": header + "a,b,c,d,1,-4,1,1,x\n",
	} {
		ev := gather(t, fstest.MapFS{"README.md": file("# A\n"), "emissions.csv": file(csv)})
		if v, _ := ev.Get("/training/measured/present"); v != false {
			t.Errorf("%s: a log is present: %v", what, v)
		}
	}
}
