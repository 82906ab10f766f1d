package license

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestUnseenModelLicenses takes each family out of the known texts in turn, and
// each licence alone: nobody is named who is not there.
func TestUnseenModelLicenses(t *testing.T) {
	dir := corpora(t)
	family, _ := families(t)
	tally := map[string]int{}
	for _, f := range realFiles(t, dir) {
		if f.kind != "custom" && f.kind != "modmit" {
			continue
		}
		data := readFile(t, dir, "real", f.file)
		own := family[f.tableID]
		if f.tableID == "" {
			own = family[f.id]
		}
		byFamily := identify("LICENSE", data, func(r *reference) bool { return r.kind != standardText && r.family == own })
		if byFamily.Concluded != "" && byFamily.Concluded != "AML" {
			t.Errorf("%s without its family %s: concluded %s", f.file, own, byFamily.Concluded)
		}
		if byFamily.Family != "" && !strings.HasPrefix(byFamily.Family, "modified-") && byFamily.Concluded != "AML" {
			t.Errorf("%s without its family %s: family %s (%s %d)", f.file, own, byFamily.Family, byFamily.Closest, byFamily.Similarity)
		}
		if len(byFamily.Clauses) == 0 && own != "apple-sample" { // which restricts nothing
			t.Errorf("%s without its family: no clause found", f.file)
		}
		byID := identify("LICENSE", data, func(r *reference) bool { return r.kind == modelText && r.id == f.tableID })
		if byID.Concluded != "" && byID.Concluded != "AML" {
			t.Errorf("%s without its licence: concluded %s", f.file, byID.Concluded)
		}
		switch {
		case byID.Family == own:
			tally["family right"]++
		case byID.Family == "":
			tally["unknown"]++
		case strings.HasPrefix(byID.Family, "modified-"): // made from a standard licence, and so called
			tally["standard, modified"]++
		default:
			t.Errorf("%s without its licence: family %s, its own is %s (%s %d)", f.file, byID.Family, own, byID.Closest, byID.Similarity)
		}
		_, words := readWords(t, filepath.Join(dir, "real", f.file))
		digest := digestOf(words)
		byFile := identify("LICENSE", data, func(r *reference) bool { return r.digest == digest })
		tally["file: "+outcome(byFile, f.tableID, own)]++
		if o := outcome(byFile, f.tableID, own); o == "wrong" {
			t.Errorf("%s without its own text: %+v", f.file, byFile)
		}
	}
	t.Log(tally)
}

func outcome(x Text, id, family string) string {
	switch {
	case x.Concluded == id && id != "":
		return "named"
	case x.Concluded != "" && x.Concluded != "AML":
		return "wrong"
	case x.Family == family:
		return "family"
	}
	return "unknown"
}
