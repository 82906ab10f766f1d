package weights

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
)

// exportFormulas matches the formulas of sizes in a program of torch.export's,
// exportPlain one that is made of numbers, names, operators and brackets, and
// exportCall what is called in it. exportEscape is how a letter looks that no
// writer escapes.
var (
	exportFormulas = regexp.MustCompile(`"expr_str"\s*:\s*"((?:[^"\\]|\\.)*)"`)
	exportPlain    = regexp.MustCompile(`^[\w\s+\-*/%(),<>=&|~.]*$`)
	exportCall     = regexp.MustCompile(`([\w.)]+)\s*\(`)
	exportEscape   = regexp.MustCompile(`\\u00[2-7]`)
)

// exportFunctions are the functions of small letters that such formulas call;
// those of capitals are sympy's and PyTorch's, which take no text here.
var exportFunctions = map[string]bool{"floor": true, "ceiling": true, "sqrt": true, "log": true, "abs": true}

// exportProgram looks at the formulas in the JSON of torch.export, which
// loading hands to sympy.sympify, and that evaluates them as Python. In an
// archive that nothing shows to be torch.export's it looks at what is one for
// sure.
// Source: _parse_sym_expr in torch/_export/serde/serialize.py.
func (a *archive) exportProgram(name string, src *source) {
	if src.size > maxConfig {
		if a.format == TorchExport {
			a.doubt(LimitHit, fmt.Sprintf("%.80s: a program of %d bytes", name, src.size))
		}
		return
	}
	b := make([]byte, src.size)
	b = b[:src.readAt(b, 0)]
	formulas := exportFormulas.FindAllSubmatch(b, -1)
	if bytes.Count(b, []byte(`"expr_str"`)) > len(formulas) || a.format == TorchExport && exportEscape.Match(b) {
		a.doubt(HeaderSyntax, fmt.Sprintf("%.80s: a program that may hold more formulas than are found in it", name))
	}
	for _, m := range formulas {
		if formula := string(m[1]); !plainFormula(formula) {
			text := fmt.Sprintf("%.80s: loading evaluates %.80q", name, formula)
			a.file.problem(UnlistedCall, Fault, -1, text)
			a.suspect(text)
		}
	}
}

// plainFormula says whether evaluating a formula computes and does nothing else.
func plainFormula(formula string) bool {
	if !exportPlain.MatchString(formula) || strings.Contains(formula, "__") {
		return false
	}
	for _, m := range exportCall.FindAllStringSubmatch(formula, -1) {
		called := m[1]
		if !exportFunctions[called] && (called[0] < 'A' || called[0] > 'Z' || strings.ContainsAny(called, ".)")) {
			return false
		}
	}
	return true
}
