package report

import (
	"bytes"
	"encoding"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	gmtext "github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v3"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// textual are the types whose values are a closed list, not anybody's text.
var textual = []reflect.Type{reflect.TypeFor[audit.Severity](), reflect.TypeFor[audit.Outcome](), reflect.TypeFor[audit.Level](), reflect.TypeFor[audit.State]()}

// closed are the fields whose values the program alone writes.
var closed = []string{"Word", "Schema", "Outcome", "Effort", "Verdict", "BestVerdict", "EvidenceDigest"}

// flood puts a text into every field of a value that text can get into, whatever
// its depth. Lists and pointers that are empty get an element first.
func flood(v reflect.Value, text string, depth int) {
	switch v.Type() { // a zero stands for nothing that can be read back
	case reflect.TypeFor[audit.State]():
		v.SetUint(uint64(audit.Disclosed))
	case reflect.TypeFor[audit.Level]():
		v.SetUint(uint64(audit.Claimed))
	}
	if depth > 12 || slices.Contains(textual, v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Pointer:
		if v.IsNil() && v.Type().Elem().Kind() == reflect.Struct {
			v.Set(reflect.New(v.Type().Elem()))
		}
		if !v.IsNil() && v.Elem().Kind() == reflect.Struct {
			flood(v.Elem(), text, depth+1)
		}
	case reflect.Interface:
		v.Set(reflect.ValueOf(text))
	case reflect.Slice:
		if v.Len() == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		}
		for i := range v.Len() {
			flood(v.Index(i), text, depth+1)
		}
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		m.SetMapIndex(reflect.ValueOf(text), reflect.New(v.Type().Elem()).Elem())
		v.Set(m)
	case reflect.Struct:
		if _, marshals := v.Addr().Interface().(encoding.TextMarshaler); marshals {
			return
		}
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !slices.Contains(closed, f.Name) {
				flood(v.Field(i), text, depth+1)
			}
		}
	}
}

// flooded is a report in which a text stands everywhere.
func flooded(text string) *audit.Report {
	r := villain()
	r.Findings = r.Findings[:4]
	for i := range r.Findings {
		r.Findings[i].Places = r.Findings[i].Places[:1:1]
		r.Findings[i].Word = []string{audit.WordContradicted, audit.WordNotMet, audit.WordNotShown, audit.WordNotDisclosed}[i]
	}
	floor, ceiling, points, seen := 10, 20, 1.5, 2
	r.Scores = []audit.Score{
		{Framework: "glassbox", Axis: "x", Floor: &floor, Ceiling: &ceiling, Coverage: 50}, {Class: "x", Coverage: 50}, {Verdict: "undetermined", Coverage: 50},
		{Points: &points, BestPoints: &points, Seen: &seen, Of: 3},
	}
	r.Against = []audit.Rival{{Scores: []audit.RivalScore{{Floor: &floor, Ceiling: &ceiling}}}, {LeftOut: "x"}}
	r.Policy.Waivers = r.Policy.Waivers[:1]
	r.Verdict.Outcome = "fail"
	flood(reflect.ValueOf(r).Elem(), text, 0)
	r.Scores[0].Framework, r.Scores[3].Class, r.Scores[2].Class, r.Scores[0].Class = "glassbox", "", "", ""
	for i := range r.Scores[1:] {
		r.Scores[i+1].Axis = ""
	}
	for i := range r.Findings {
		r.Findings[i].Severity = "high"
		r.Findings[i].Rule += fmt.Sprint(" ", i) // rules have names of their own
	}
	return r
}

// inertAs holds what was written in a format against a real parser of it: all of
// the text is text, whatever it was.
var inertAs = map[string]func(t *testing.T, out []byte){
	"table":    inertTable,
	"json":     inertJSON,
	"jsonl":    inertLines,
	"sarif":    inertJSON,
	"gitlab":   inertJSON,
	"junit":    inertXML("testsuites", "testsuite", "testcase", "failure", "error", "skipped"),
	"badge":    inertXML("svg", "title", "rect", "g", "text"),
	"markdown": inertMarkdown,
	"html":     func(t *testing.T, out []byte) { inertPage(t, out, false); scorecards(t, inertPage(t, out, true)) },
	"csv":      inertCSV,
	"github":   inertGitHub,
	"mof":      inertYAML,
}

func inertTable(t *testing.T, out []byte) {
	for line := range strings.Lines(string(out)) {
		if strings.ContainsFunc(strings.TrimSuffix(line, "\n"), unsafe) {
			t.Errorf("%q is not clean", line)
		}
	}
}

func inertJSON(t *testing.T, out []byte) {
	dec := json.NewDecoder(bytes.NewReader(out))
	var v any
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if _, err := dec.Token(); err != io.EOF {
		t.Errorf("more than one value (%v)", err)
	}
}

func inertLines(t *testing.T, out []byte) {
	for line := range strings.Lines(string(out)) {
		inertJSON(t, []byte(line))
	}
}

func inertXML(elements ...string) func(*testing.T, []byte) {
	return func(t *testing.T, out []byte) {
		dec := xml.NewDecoder(bytes.NewReader(out))
		for {
			token, err := dec.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			switch x := token.(type) {
			case xml.StartElement:
				if !slices.Contains(elements, x.Name.Local) {
					t.Errorf("element %s", x.Name.Local)
				}
				for _, a := range x.Attr {
					if strings.ContainsFunc(a.Value, unsafe) {
						t.Errorf("%q is not clean", a.Value)
					}
				}
			case xml.CharData:
				if strings.ContainsFunc(strings.ReplaceAll(string(x), "\n", ""), unsafe) {
					t.Errorf("%q is not clean", x)
				}
			case xml.Comment, xml.Directive:
				t.Errorf("%T %q", x, x)
			}
		}
	}
}

func inertMarkdown(t *testing.T, src []byte) {
	root := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader(src))
	html := regexp.MustCompile(`^(<!-- glassbox: [A-Za-z0-9._/]* -->|<details><summary>[a-z ]+: [0-9]+</summary>|</details>)\s*$`)
	err := ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.AutoLink, *ast.RawHTML, *ast.CodeSpan, *ast.CodeBlock, *ast.FencedCodeBlock, *ast.Emphasis, *extast.Strikethrough, *ast.List, *ast.Blockquote:
			t.Errorf("a text became %s", n.Kind())
		case *ast.Heading:
			if n.Level != 3 {
				t.Errorf("a text became a heading of level %d", n.Level)
			}
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				if l := n.Lines().At(i); !html.Match(l.Value(src)) {
					t.Errorf("HTML that is not ours: %q", l.Value(src))
				}
			}
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func inertCSV(t *testing.T, out []byte) {
	rows, err := csv.NewReader(bytes.NewReader(out)).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%d rows (%v)", len(rows), err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if s := strings.TrimSpace(cell); s != "" && strings.ContainsRune("=+-@|%＝＋－＠\t\r\n", []rune(s)[0]) || strings.ContainsFunc(cell, unsafe) {
				t.Errorf("a spreadsheet could run %q", cell)
			}
		}
	}
}

func inertGitHub(t *testing.T, out []byte) {
	for l := range strings.Lines(string(out)) {
		if l = strings.TrimSuffix(l, "\n"); !ours.MatchString(l) || strings.ContainsFunc(l, unsafe) {
			t.Errorf("%q is no command of ours", l)
		}
	}
}

// ours is a workflow command as this program writes it.
var ours = regexp.MustCompile(`^::(error|warning|notice) (?:file=([^,:]+),line=([1-9][0-9]*),)?title=([^,:]+)::(.*)$`)

func inertYAML(t *testing.T, out []byte) {
	dec := yaml.NewDecoder(bytes.NewReader(out))
	var e mofEntry
	dec.KnownFields(true)
	if err := dec.Decode(&e); err != nil {
		t.Fatal(err)
	}
	for _, c := range e.Release.Components {
		if strings.ContainsFunc(c.Name+c.License+c.Path, unsafe) {
			t.Errorf("%+v is not clean", c)
		}
	}
	if err := dec.Decode(&e); err != io.EOF {
		t.Errorf("more than one document (%v)", err)
	}
}

// Each hostile text, in every field at once, is inert in every format there is.
func TestEveryFieldIsInertInEveryFormat(t *testing.T) {
	for _, text := range append(evil[:], strings.Join(evil[:], "\n")) {
		r := flooded(text)
		for _, f := range Formats {
			inert, known := inertAs[f.Name]
			if !known {
				t.Fatalf("nothing holds %s to be inert", f.Name)
			}
			t.Run(fmt.Sprintf("%s/%.12q", f.Name, text), func(t *testing.T) {
				for _, o := range []Options{{}, {Verbose: true, Path: "x.svg"}} {
					inert(t, draw(t, f.Name, o, r))
				}
			})
		}
	}
}

// The same for a cohort.
func TestEveryFieldIsInertInEveryFormatOfACohort(t *testing.T) {
	for _, text := range append(evil[:], strings.Join(evil[:], "\n")) {
		c := cohort.Rank([]cohort.Applicant{
			{Name: text, Source: text, Report: flooded(text), Columns: []cohort.Column{{Name: text, Value: text}}},
			{Source: text, Report: flooded(text)},
			{Name: text, Source: text, Err: errors.New(text)},
		}, "openness")
		c.Services = []*audit.Report{flooded(text)}
		services := c.Services
		flood(reflect.ValueOf(c).Elem(), text, 0)
		c.Services = services
		for _, format := range CohortFormats {
			inert, known := inertAs[format]
			if !known {
				t.Fatalf("nothing holds %s to be inert", format)
			}
			whole := *c
			whole.Why = nil // what separates two stands in place of the order
			t.Run(fmt.Sprintf("%s/%.12q", format, text), func(t *testing.T) {
				inert(t, drawCohort(t, c, format))
				inert(t, drawCohort(t, &whole, format))
			})
		}
	}
}

// The same for the reviewers' log, and for what is made of it.
func TestEveryFieldIsInertInEveryFormatOfALog(t *testing.T) {
	for _, text := range append(evil[:], strings.Join(evil[:], "\n")) {
		l, a := &cohort.Log{Entries: make([]cohort.Entry, 2)}, &cohort.Agreement{Reviewers: make([]string, 3), Pairs: make([]cohort.Pair, 2), Unresolved: make([]cohort.Unresolved, 2)}
		flood(reflect.ValueOf(l).Elem(), text, 0)
		flood(reflect.ValueOf(a).Elem(), text, 0)
		for _, format := range LogFormats {
			t.Run(fmt.Sprintf("%s/%.12q", format, text), func(t *testing.T) {
				var b bytes.Buffer
				if err := Log(&b, l, format, Options{}); err != nil {
					t.Fatal(err)
				}
				inertAs[format](t, b.Bytes())
			})
		}
		t.Run(fmt.Sprintf("agreement/%.12q", text), func(t *testing.T) {
			for _, format := range []string{"table", "json"} {
				var b bytes.Buffer
				if err := Agreement(&b, a, format, Options{}); err != nil {
					t.Fatal(err)
				}
				inertAs[format](t, b.Bytes())
			}
		})
	}
}

// Every format carries the same findings: the rules that fail, neither more nor
// less. (A badge and an entry of the Model Openness Tool carry none.)
func TestEveryFormatCarriesTheSameFindings(t *testing.T) {
	r := villain()
	var back audit.Report
	if err := json.Unmarshal(draw(t, "json", Options{}, r), &back); err != nil {
		t.Fatal(err)
	}
	same(t, "json", failed(&back))
	words := regexp.MustCompile(`[\w-]+`)
	for _, name := range []string{"table", "sarif", "junit", "markdown", "html", "csv", "github", "gitlab"} {
		var shown []string
		for _, w := range words.FindAllString(string(draw(t, name, Options{Verbose: true}, r)), -1) {
			if slices.Contains(failed(r), w) && !slices.Contains(shown, w) {
				shown = append(shown, w)
			}
		}
		same(t, name, shown)
	}
}

// The same for what changed between two reports, those that cannot be compared
// included.
func TestEveryFieldIsInertInEveryFormatOfADifference(t *testing.T) {
	for _, text := range append(evil[:], strings.Join(evil[:], "\n")) {
		var d audit.Difference
		flood(reflect.ValueOf(&d).Elem(), text, 0)
		d.Findings = slices.Repeat(d.Findings, len(audit.ChangeStates))
		for i, state := range audit.ChangeStates {
			d.Findings[i].State, d.Findings[i].Severity = state, "high"
		}
		for _, format := range DifferenceFormats {
			t.Run(fmt.Sprintf("%s/%.12q", format, text), func(t *testing.T) {
				for _, d.Comparable = range []bool{true, false} {
					var b bytes.Buffer
					if err := Difference(&b, d, format, Options{Verbose: true}); err != nil || b.Len() == 0 {
						t.Fatalf("%d bytes, %v", b.Len(), err)
					}
					inertAs[format](t, b.Bytes())
				}
			})
		}
	}
}
