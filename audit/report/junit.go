package report

import (
	"encoding/xml"
	"fmt"
	"io"

	"glassbox/audit"
)

// JUnit has no standard; this is the part that every reader of it knows. A suite
// is a subject, a case a rule; gates are cases as well.

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string     `xml:"classname,attr"`
	Name    string     `xml:"name,attr"`
	File    string     `xml:"file,attr,omitempty"`
	Failure *junitText `xml:"failure"`
	Error   *junitText `xml:"error"`
	Skipped *junitText `xml:"skipped"`
}

type junitText struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Body    string `xml:",chardata"`
}

func writeJUnit(w io.Writer, reports []*audit.Report, _ Options) error {
	all := junitSuites{Name: "glassbox"}
	for _, r := range reports {
		s := newJUnitSuite(r)
		all.Suites = append(all.Suites, s)
		all.Tests, all.Failures, all.Errors, all.Skipped = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors, all.Skipped+s.Skipped
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func newJUnitSuite(r *audit.Report) junitSuite {
	name := Clean(r.Subject.Name)
	s := junitSuite{Name: name}
	for i := range r.Findings {
		s.Cases = append(s.Cases, newJUnitCase(r, &r.Findings[i]))
	}
	if r.Policy != nil {
		for _, g := range r.Policy.Gates {
			s.Cases = append(s.Cases, gateCase(name, g))
		}
	}
	if r.Verdict.Outcome == "incomplete" || r.Verdict.Outcome == "empty" {
		s.Cases = append(s.Cases, junitCase{Class: name, Name: "audit", Error: &junitText{Clean(r.Verdict.Reason), r.Verdict.Outcome, Clean(r.Verdict.Reason)}})
	}
	s.Tests = len(s.Cases)
	for _, c := range s.Cases {
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

// newJUnitCase is a rule. What is waived, unknown or does not apply was not
// decided for or against, and is skipped with the reason.
func newJUnitCase(r *audit.Report, f *audit.Finding) junitCase {
	c := junitCase{Class: Clean(r.Subject.Name + "." + f.Dimension), Name: Clean(f.Rule + " " + f.Title)}
	text := &junitText{Message: message(f), Type: f.Word, Body: message(f)}
	switch {
	case f.Outcome == audit.Fail && f.Waiver == nil:
		c.File, c.Failure = anchorOf(r, f).path, text
	case f.Outcome != audit.Pass:
		text.Type = ""
		c.Skipped = text
	}
	return c
}

func gateCase(subject string, g audit.Gate) junitCase {
	c := junitCase{Class: subject + ".policy", Name: Clean(fmt.Sprintf("gate %s: %s", g.Key, g.Asked))}
	switch {
	case g.Known:
		c.Skipped = &junitText{Message: "as in the baseline: " + gateSentence(g), Body: gateSentence(g)}
	case !g.Holds:
		c.Failure = &junitText{gateSentence(g), "gate", gateSentence(g)}
	}
	return c
}
