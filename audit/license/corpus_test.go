package license

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func readFile(t testing.TB, parts ...string) []byte {
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRealFiles reads every licence file of real releases, under its own name
// and under the name LICENSE, and holds it to its kind.
func TestRealFiles(t *testing.T) {
	dir := corpora(t)
	tally := map[string]int{}
	for _, f := range realFiles(t, dir) {
		data := readFile(t, dir, "real", f.file)
		for _, path := range []string{f.file, "LICENSE"} {
			x := Identify(path, data)
			tally[f.kind]++
			want := map[string]string{"standard": f.id, "custom": f.tableID, "modmit": f.tableID}[f.kind]
			if x.Concluded != want && x.Concluded != "AML" {
				t.Errorf("%s as %s, %s: concluded %q, want %q (%s %d)", f.file, path, f.kind, x.Concluded, want, x.Method, x.Similarity)
			}
			if l, ok := Lookup(x.Concluded); ok && f.kind != "standard" && l.OSI == Yes {
				t.Errorf("%s as %s, %s: concluded as the open licence %s", f.file, path, f.kind, x.Concluded)
			}
			if f.kind == "policy" && (x.Scope != ScopePolicy || len(x.Clauses) == 0 && len(data) > 1000) {
				t.Errorf("%s as %s: scope %s, %d clauses", f.file, path, x.Scope, len(x.Clauses))
			}
			if want := f.file != "bigscience-hdr"; f.kind == "standard" && x.Complete != want {
				t.Errorf("%s: complete text %v, want %v", f.file, x.Complete, want)
			}
		}
	}
	t.Log("read right, each file under two names:", tally)
}

func TestRealStates(t *testing.T) {
	dir := corpora(t)
	for file, want := range map[string]State{"bigscience-hdr": StateHeaderOnly, "skywork": StateTermsInPDF, "bert": StateText} {
		if x := Identify("LICENSE", readFile(t, dir, "real", file)); x.State != want {
			t.Errorf("%s: state %s, want %s", file, x.State, want)
		}
	}
	if x := Identify("NOTICE", readFile(t, dir, "real", "bert")); x.Concluded != "" || !slices.Equal(x.Found, []string{"Apache-2.0"}) {
		t.Errorf("a NOTICE that holds Apache-2.0: concluded %q, found %v", x.Concluded, x.Found)
	}
	if x := Identify("USE_POLICY.md", readFile(t, dir, "real", "llama3_1.USE_POLICY")); x.PolicyOf != "LicenseRef-llama3.1" {
		t.Errorf("a known use policy belongs to %q", x.PolicyOf)
	}
}

// TestSPDXTexts reads the SPDX project's own texts. Ids that share their words
// count for each other.
func TestSPDXTexts(t *testing.T) {
	dir := corpora(t)
	files, _ := filepath.Glob(filepath.Join(dir, "spdx", "*.txt"))
	n, right := 0, 0
	for _, f := range files {
		id := spdxFileID(f)
		if id == "" {
			continue
		}
		n++
		x := Identify("LICENSE", readFile(t, f))
		if id = onlyID(id); x.Concluded == id || slices.Contains(x.Also, id) {
			right++
		} else {
			t.Errorf("%s: concluded %q, %s %s %d", id, x.Concluded, x.Method, x.Closest, x.Similarity)
		}
	}
	t.Logf("%d of %d", right, n)
}

// TestAlteredSPDXTexts edits all SPDX texts and tells what is made of them: the
// id, or honestly an altered text. A wrong id may only be one that allows as
// little.
func TestAlteredSPDXTexts(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 3,000 texts")
	}
	dir := corpora(t)
	files, _ := filepath.Glob(filepath.Join(dir, "spdx", "*.txt"))
	inserted := []edit{
		{"restriction in", func(s string) string { return insert(s, restriction) }},
		{"restriction behind", func(s string) string { return s + "\n\n" + restriction }},
	}
	for _, e := range append(inserted, edits[3], edits[7]) {
		tally := map[string]int{}
		for _, f := range files {
			id := spdxFileID(f)
			if id == "" {
				continue
			}
			id = onlyID(id)
			x := Identify("LICENSE", []byte(e.do(string(readFile(t, f)))))
			switch {
			case strings.HasPrefix(e.name, "restriction") && x.Concluded != "":
				t.Errorf("%s, %s: concluded %s", id, e.name, x.Concluded)
			case x.Concluded == id || slices.Contains(x.Also, id):
				tally["right"]++
			case x.Concluded != "":
				tally["other id"]++
				if was, is := everyUseOf(id), everyUseOf(x.Concluded); is == Yes && was == No {
					t.Errorf("%s, %s: read as %s, which allows more", id, e.name, x.Concluded)
				}
			case strings.HasPrefix(x.Family, "modified-"):
				tally["altered"]++
			default:
				tally["unknown"]++
			}
		}
		if good := tally["right"] + tally["altered"] + tally["unknown"]; tally["other id"] > good/100 {
			t.Errorf("%s: %v", e.name, tally)
		}
		t.Log(e.name, tally)
	}
}

// TestNoWordSlipsIn puts a few words between two words of a standard licence,
// in many places: its name must not survive.
func TestNoWordSlipsIn(t *testing.T) {
	dir := corpora(t)
	places := 6
	if testing.Short() {
		places = 2
	}
	n := 0
	for _, l := range All() {
		if l.SPDX == "" {
			continue
		}
		data := string(readFile(t, dir, "spdx", l.SPDX+".txt"))
		words := wordsOf(data)
		for _, added := range []string{"non-commercial", "for research purposes only", "except for military use", "not", "in your own home"} {
			for k := range places {
				at := words[(2*k+1)*len(words)/(2*places)].start
				x := Identify("LICENSE", []byte(data[:at]+added+" "+data[at:]))
				n++
				if x.Concluded != "" {
					t.Errorf("%s with %q before %.40q: concluded %s, %s", l.SPDX, added, data[at:], x.Concluded, x.Method)
				}
			}
		}
	}
	t.Log(n, "texts")
}

// TestTextsOfTheWorld makes of known texts what people make of them.
func TestTextsOfTheWorld(t *testing.T) {
	dir := corpora(t)
	real := func(name string) string { return string(readFile(t, dir, "real", name)) }
	mit, apache, bsd, llama31 := real("whisper"), real("bert"), real("licensecheck-bsd"), real("llama3_1.LICENSE")
	gpl := string(readFile(t, dir, "spdx", "GPL-3.0-only.txt"))
	notice := gpl[strings.Index(gpl, "This program is free software"):]
	notice = notice[:strings.Index(notice, "You should have received")]
	untitled := mit[strings.Index(mit, "Copyright"):]
	for _, c := range []struct{ name, text, concluded, family string }{
		{"in one line", strings.Join(strings.Fields(mit), " "), "MIT", "MIT"},
		{"without its title", untitled, "MIT", "MIT"},
		{"introduced", "The code and model weights in this repository are released under the MIT License:\n\n" + mit, "MIT", "MIT"},
		{"as HTML lines", strings.ReplaceAll(mit, "\n", "<br>\n"), "MIT", "MIT"},
		{"with a mail address", mit + "\nContact: someone@example.org\n", "MIT", "MIT"},
		{"after a copyright line", "Copyright 2018- The Example Team. All rights reserved.\n\n" + apache, "Apache-2.0", "Apache"},
		{"a notice with a choice of versions", notice, "GPL-3.0-or-later", "GPL"},
		{"for some people", strings.Replace(mit, "to any person", "to any academic person", 1), "", "modified-MIT"},
		{"a right taken out", strings.Replace(mit, ", and/or sell", "", 1), "", "modified-MIT"},
		{"terms in the copyright line", strings.Replace(mit, "OpenAI", "OpenAI. Non-commercial use only.", 1), "", "modified-MIT"},
		{"shouted", bsd + "\nNO MILITARY USE\n", "", "modified-BSD"},
		{"in Chinese", bsd + "\n仅供非商业研究使用\n", "", "modified-BSD"},
		{"in French", mit + "\nUsage non commercial uniquement, à des fins de recherche.\n", "", "modified-MIT"},
		{"in German", mit + "\nNur für Forschungszwecke.\n", "", "modified-MIT"},
		{"without the patent grant", cut(apache, "3. Grant of Patent", "4. Redistribution"), "", "modified-Apache"},
		{"another vendor's modified MIT", "MIT License\n\n" + untitled + "\nIf used in products with more than 90 million monthly active users, you shall prominently display \"Example\".\n", "", "modified-MIT"},
		{"two licences", mit + "\n\n" + apache, "", ""},
		{"with its use policy", llama31 + "\n\n" + real("llama3_1.USE_POLICY"), "LicenseRef-llama3.1", "llama"},
		{"of the next version", strings.NewReplacer("LLAMA 3.1", "LLAMA 9", "Llama 3.1", "Llama 9").Replace(llama31), "", "llama"},
		{"for another model", strings.ReplaceAll(real("kimi-k2.5"), "K2.5", "K2"), "LicenseRef-kimi-modified-mit", "modified-MIT"},
	} {
		x := Identify("LICENSE", []byte(c.text))
		if x.Concluded != c.concluded || x.Family != c.family {
			t.Errorf("%s: concluded %q of %q, want %q of %q; %s %s %d", c.name, x.Concluded, x.Family, c.concluded, c.family, x.Method, x.Closest, x.Similarity)
		}
	}
	if x := Identify("LICENSE", []byte(mit+"\n\n"+apache)); !slices.Equal(x.Found, []string{"MIT", "Apache-2.0"}) {
		t.Errorf("a file with two licences: found %v", x.Found)
	}
}

// cut takes out what stands from one phrase up to another.
func cut(s, from, to string) string {
	return s[:strings.Index(s, from)] + s[strings.Index(s, to):]
}
