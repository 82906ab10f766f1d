package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Report is all that an audit has to say, and all that whatever comes after it
// may read. Its JSON is published (schemas/report.schema.json); every other
// format is drawn from it.
type Report struct {
	Schema         string      `json:"schema"`
	Tool           Tool        `json:"tool"`
	AsOf           string      `json:"as_of"` // YYYY-MM-DD
	Subject        Subject     `json:"subject"`
	Verdict        Verdict     `json:"verdict"`
	Scores         []Score     `json:"scores"`
	Findings       []Finding   `json:"findings"`
	Lineage        []Link      `json:"lineage,omitempty"`    // from this release to the oldest ancestor that could be seen
	Components     []Component `json:"components,omitempty"` // of the Model Openness Framework, those somebody looked for
	Against        []Rival     `json:"against,omitempty"`    // services beside the subject
	Policy         *Gated      `json:"policy,omitempty"`     // what the gate made of it, where one was asked for
	WhatIf         *Hypothesis `json:"what_if,omitempty"`    // what would be under assumptions, where some were named
	EvidenceDigest string      `json:"evidence_digest"`
	LimitsHit      []string    `json:"limits_hit"`
	Applicant      *Applicant  `json:"applicant,omitempty"` // of a cohort, where it is one
}

// Applicant says as whom a subject stood in a cohort, and in which state it was
// audited, so that a later run can tell whether that is still so.
type Applicant struct {
	Name string `json:"name,omitempty"` // as a list named it
	// State is the SHA-256 over how it was read and the path, kind, size and time
	// of every file; left out where that could not be told.
	State string `json:"state,omitempty"`
}

// Tool says what made the report. Two reports compare only under equal rules.
type Tool struct {
	Version     string `json:"version"`
	RulesDigest string `json:"rules_digest"` // sha256:… over every rule and framework
	Edition     string `json:"rules_edition,omitempty"`
}

// Subject is what was audited.
type Subject struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // release or api
	Revision string `json:"revision,omitempty"`
	Source   string `json:"source"`
	Digest   string `json:"digest,omitempty"`
	// DigestWhole tells whether the digest covers every byte of every file, or
	// of large ones the beginning alone.
	DigestWhole *bool    `json:"digest_whole,omitempty"`
	Files       int64    `json:"files"`
	Bytes       int64    `json:"bytes"`
	NotLookedAt []string `json:"not_looked_at,omitempty"` // folders of tools, which are none of the release
	// Of a service: the stage of its life, and the day that is given for its end.
	Lifecycle string `json:"lifecycle,omitempty"`
	Ends      string `json:"ends,omitempty"`
	// FromEvidence tells that an evidence document was audited, not the bytes
	// themselves: what it says is as good as whoever wrote it.
	FromEvidence bool `json:"from_evidence,omitempty"`
}

// ReportSchema names the format of reports.
const ReportSchema = "urn:glassbox:report:v1"

// Audit judges evidence by rules and frameworks. Same evidence, rules and date
// in, same report out.
func Audit(ev *Evidence, rules []*Rule, frameworks []*Framework, tool Tool, asOf string) *Report {
	dated := *ev
	dated.AsOf = asOf
	ev = &dated
	h := newHearing(ev)
	r := &Report{
		Schema: ReportSchema, Tool: tool, AsOf: asOf, Subject: subject(ev),
		Scores: []Score{}, Findings: h.judge(rules), Lineage: lineage(ev), Components: componentsOf(ev), LimitsHit: ev.Limits(), EvidenceDigest: ev.Digest(),
	}
	if r.LimitsHit == nil {
		r.LimitsHit = []string{}
	}
	for _, fw := range frameworks {
		r.Scores = append(r.Scores, fw.apply(h)...)
	}
	r.Verdict = Decide(ev, r)
	return r
}

func subject(ev *Evidence) Subject {
	at := func(pointer string) string {
		v, _ := ev.Get(pointer)
		s, _ := v.(string)
		return strings.ToValidUTF8(s, "\uFFFD") // a name is bytes; what is drawn now and from the JSON later is the same
	}
	text := func(name string) string { return at("/subject/" + name) }
	count := func(name string) int64 {
		v, _ := ev.Get("/subject/" + name)
		n, _ := v.(int64)
		return n
	}
	var aside []string
	v, _ := ev.Get("/subject/not_looked_at")
	for _, name := range list(v) {
		if s, ok := name.(string); ok {
			aside = append(aside, s)
		}
	}
	var whole *bool
	if v, ok := ev.Get("/subject/digest_whole"); ok {
		b := v == true
		whole = &b
	}
	return Subject{
		NotLookedAt: aside, DigestWhole: whole,
		Name: text("name"), Kind: text("kind"), Revision: text("revision"), Source: text("source"),
		Digest: text("digest"), Files: count("files"), Bytes: count("bytes"), FromEvidence: ev.FromDocument,
		Lifecycle: at("/service/lifecycle"), Ends: at("/service/shutdown_date"),
	}
}

// Digest is the SHA-256 of the evidence document, without how the subject was
// named, so that the same release has the same digest wherever it lies.
func (e *Evidence) Digest() string {
	doc := make(map[string]any, len(e.Doc))
	for k, v := range e.Doc {
		doc[k] = v
	}
	if s, ok := doc["subject"].(map[string]any); ok {
		anonymous := make(map[string]any, len(s))
		for k, v := range s {
			if k != "source" && k != "name" {
				anonymous[k] = v
			}
		}
		doc["subject"] = anonymous
	}
	h := sha256.New()
	// The document is plain JSON values, which always encode, with keys sorted.
	_ = json.NewEncoder(h).Encode(document{Evidence: doc, Sources: e.Sources, Limits: e.Limits()})
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// RulesDigest is the SHA-256 over the names and contents of all YAML files
// below the roots, in the order given.
func RulesDigest(roots ...fs.FS) (string, error) {
	h := sha256.New()
	for _, root := range roots {
		err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".yaml") {
				return err
			}
			data, err := fs.ReadFile(root, name)
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%s\x00%d\x00", name, len(data))
			h.Write(data)
			return nil
		})
		if err != nil {
			return "", fmt.Errorf("digest of the rules: %w", err)
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}

// Edition is the edition of the framework the three axes come from, else "".
func Edition(frameworks []*Framework) string {
	for _, fw := range frameworks {
		if fw.ID == "glassbox" {
			return fw.Edition
		}
	}
	return ""
}

// ReadReports reads what was written as JSON: one report, or several in an array.
// Several tells which. Numbers come back as they were, so that a report that was
// read is drawn as it was made. The error says what is no report.
func ReadReports(data []byte) (reports []*Report, several bool, err error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	if several = bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("[")); several {
		err = dec.Decode(&reports)
	} else {
		reports = []*Report{{}}
		err = dec.Decode(reports[0])
	}
	if err != nil {
		return nil, several, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, several, errors.New("something stands behind it")
	}
	for _, r := range reports {
		if r == nil || r.Schema != ReportSchema {
			return nil, several, errors.New("not a report of glassbox audit -o json")
		}
	}
	return reports, several, nil
}

// UnmarshalJSON reads a place, whole numbers as such.
func (p *Place) UnmarshalJSON(data []byte) error {
	type plain Place
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode((*plain)(p)); err != nil {
		return err
	}
	p.Value = Plain(p.Value)
	return nil
}
