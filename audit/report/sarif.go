package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"glassbox/audit"
)

// SARIF 2.1.0 (OASIS), in the part that GitHub reads: a result without a physical
// location makes it refuse the whole file, and so does an empty text.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	Automation sarifID       `json:"automationDetails"`
	Results    []sarifResult `json:"results"`
}

type sarifID struct {
	ID string `json:"id"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifText struct {
	Text     string `json:"text"`
	Markdown string `json:"markdown,omitempty"`
}

type sarifRule struct {
	ID         string         `json:"id"`
	Short      sarifText      `json:"shortDescription"`
	Full       sarifText      `json:"fullDescription"`
	Help       sarifText      `json:"help"`
	Default    sarifLevel     `json:"defaultConfiguration"`
	Properties sarifRuleProps `json:"properties"`
}

type sarifLevel struct {
	Level string `json:"level"`
}

type sarifRuleProps struct {
	Tags      []string `json:"tags"`
	Precision string   `json:"precision"`
	Problem   string   `json:"problem.severity"`
	Security  string   `json:"security-severity,omitempty"`
}

type sarifResult struct {
	RuleID       string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Related      []sarifLocation    `json:"relatedLocations,omitempty"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifLocation struct {
	ID       *int       `json:"id,omitempty"`
	Physical sarifPlace `json:"physicalLocation"`
	Message  *sarifText `json:"message,omitempty"`
}

type sarifPlace struct {
	Artifact sarifURI    `json:"artifactLocation"`
	Region   sarifRegion `json:"region"`
}

type sarifURI struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
	EndLine     int `json:"endLine"`
	EndColumn   int `json:"endColumn"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Justification string `json:"justification"`
}

// maxRelated bounds the further locations of one result; GitHub refuses a
// thousand.
const maxRelated = 20

func writeSARIF(w io.Writer, reports []*audit.Report, _ Options) error {
	log := sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{}}
	taken := map[string]int{}
	for _, r := range reports {
		run := newSARIFRun(r)
		id := "glassbox/" + strings.ReplaceAll(Clean(r.Subject.Name), "/", "-")
		if taken[id]++; taken[id] > 1 {
			id = fmt.Sprintf("%s-%d", id, taken[id])
		}
		run.Automation.ID = id + "/" // what follows the last slash tells runs apart, what stands before it subjects
		log.Runs = append(log.Runs, run)
	}
	return JSON(w, log)
}

func newSARIFRun(r *audit.Report) sarifRun {
	run := sarifRun{Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "glassbox", Version: Clean(r.Tool.Version), Rules: []sarifRule{}}
	for i, f := range against(r) {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, newSARIFRule(f))
		run.Results = append(run.Results, newSARIFResult(r, f, i))
	}
	return run
}

func newSARIFRule(f *audit.Finding) sarifRule {
	rule := sarifRule{
		ID: f.Rule, Short: sarifText{Text: nonempty(Clean(f.Title), f.Rule)}, Full: sarifText{Text: nonempty(Clean(f.Title), f.Rule)},
		Help:       sarifText{Text: nonempty(Clean(f.Fix), f.Rule), Markdown: nonempty(plainMarkdown(f.Fix), f.Rule)},
		Default:    sarifLevel{sarifLevelOf(f.Severity)},
		Properties: sarifRuleProps{Tags: []string{nonempty(f.Dimension, "glassbox")}, Precision: "high", Problem: problemOf(f.Severity)},
	}
	if f.Dimension == "trust" {
		rule.Properties.Tags = append(rule.Properties.Tags, "security")
		rule.Properties.Security = securitySeverity(f.Severity)
	}
	return rule
}

func nonempty(s, other string) string {
	if strings.TrimSpace(s) == "" {
		return other
	}
	return s
}

func sarifLevelOf(s audit.Severity) string {
	switch s {
	case "critical", "high":
		return "error"
	case "medium":
		return "warning"
	}
	return "note"
}

func problemOf(s audit.Severity) string {
	if level := sarifLevelOf(s); level != "note" {
		return level
	}
	return "recommendation"
}

// securitySeverity puts a severity into the middle of GitHub's band of that
// name: over 9.0 critical, from 7.0 high, from 4.0 medium, over 0 low.
func securitySeverity(s audit.Severity) string {
	switch s {
	case "critical":
		return "9.5"
	case "high":
		return "8.0"
	case "medium":
		return "5.5"
	case "low":
		return "2.0"
	}
	return "0.5"
}

func newSARIFResult(r *audit.Report, f *audit.Finding, index int) sarifResult {
	at := anchorOf(r, f)
	out := sarifResult{
		RuleID: f.Rule, RuleIndex: index, Level: sarifLevelOf(f.Severity), Message: sarifText{Text: message(f)},
		Locations:    []sarifLocation{{Physical: sarifPlaceOf(at.path, at.line)}},
		Fingerprints: map[string]string{"glassbox/v1": fingerprint(r, f)},
	}
	for _, p := range f.Places {
		if p.Path == "" || len(out.Related) == maxRelated {
			continue
		}
		id := len(out.Related)
		out.Related = append(out.Related, sarifLocation{
			ID: &id, Physical: sarifPlaceOf(located(r, f, p.Path), max(p.Line, 1)), Message: &sarifText{Text: nonempty(Clean(p.Pointer), "/") + ": " + show(p.Value)},
		})
	}
	if f.Waiver != nil {
		out.Suppressions = []sarifSuppression{{"external", nonempty(Clean(f.Waiver.Reason), f.Waiver.State)}}
	}
	return out
}

func sarifPlaceOf(name string, line int) sarifPlace {
	return sarifPlace{sarifURI{uri(name)}, sarifRegion{line, 1, line, 1}}
}

// fingerprint tells a finding from all others and stays the same from run to
// run, whatever lines are added above it: one rule has one finding a subject.
func fingerprint(r *audit.Report, f *audit.Finding) string {
	sum := sha256.Sum256([]byte(r.Subject.Name + "\x00" + f.Rule))
	return hex.EncodeToString(sum[:16])
}
