package collect_test

import (
	"math"
	"testing"
	"testing/fstest"
)

// Grams, kilograms and tonnes are kept apart, and what is told of the cost must
// be possible together.
func TestFootprint(t *testing.T) {
	for _, c := range []struct {
		meta, body, pointer string
		want                any // nil: nothing there
	}{
		{"", "- **Carbon Emitted:** 0.34 grams of CO2 equivalent", "/training/energy/co2_grams", 0.34},
		{"", "- **Carbon Emitted:** 2.5 kg CO2eq", "/training/energy/co2_grams", 2500.0},
		{"", "- **Carbon Emitted:** 11,390 tCO2eq", "/training/energy/co2_grams", 11390e6},
		{"", "Training emitted 24.7 tonnes of CO2 in all.", "/training/energy/co2_grams", 24.7e6},
		{"", "Training took 433 MWh on our own machines.", "/training/energy/kwh", 433000.0},
		{"", "Training took 3.8 x 10^25 FLOPs in sum.", "/training/compute/flops", 3.8e25},
		{"", "- **Hours used:** 1.3M GPU hours", "/training/compute/hours", 1.3e6},
		{"", "- **Hours used:** 36", "/training/compute/hours", 36.0},
		{"", "- **Hardware Type:** 8 x A100 80GB", "/training/hardware/count", int64(8)},
		{"", "- **Carbon Emitted:** [More Information Needed]", "/training/energy/co2_grams", nil},
		{"", "We did not measure whether training emitted 3 tonnes of CO2.", "/training/energy/co2_grams", nil},
		{"", "A car emits 3 tonnes of CO2 per year compared with training.", "/training/energy/co2_grams", nil},

		{"co2_eq_emissions: 340", "- **Carbon Emitted:** 340 grams of CO2eq", "/relations/carbon_claimed/agree", true},
		{"co2_eq_emissions: 340", "- **Carbon Emitted:** 340 kg of CO2eq", "/relations/carbon_claimed/agree", false},
		{"co2_eq_emissions: 340", "", "/relations/carbon_claimed/agree", nil},
		{"", "Training took 433 MWh and emitted 24.7 tonnes of CO2eq.", "/relations/carbon_energy/agree", true},
		{"", "Training took 433 MWh and emitted 24.7 grams of CO2eq.", "/relations/carbon_energy/agree", false},
		{"", "Training took 433 MWh at 57 g CO2eq/kWh, so it emitted 24.7 tonnes of CO2eq.", "/relations/carbon_energy/agree", true},
		{"", "Training took 433 MWh at 57 g CO2eq/kWh, so it emitted 247 tonnes of CO2eq.", "/relations/carbon_energy/agree", false},
		{"", "- **Hours used:** 100\n\nTraining took 433 MWh of energy in all.", "/relations/energy_time/agree", false},
		{"", "- **Hours used:** 1,000,000\n\nTraining took 433 MWh of energy in all.", "/relations/energy_time/agree", true},
	} {
		text := "# A model\n\nIt does what it does.\n\n## Environmental Impact\n\n" + c.body + "\n"
		if c.meta != "" {
			text = "---\n" + c.meta + "\n---\n" + text
		}
		ev := gather(t, fstest.MapFS{"README.md": file(text)})
		got, _ := ev.Get(c.pointer)
		if f, ok := got.(float64); ok {
			if want, _ := c.want.(float64); math.Abs(f-want) <= 1e-9*want {
				continue
			}
		}
		if got != c.want {
			t.Errorf("%s %q: %s is %v, want %v", c.meta, c.body, c.pointer, got, c.want)
		}
	}
}
