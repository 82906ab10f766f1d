package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"

	"glassbox/audit"
	"glassbox/schemas"
)

// maxReport bounds a file of reports, in bytes. A report of the largest sample
// release is a fifth of a megabyte.
const maxReport = 64 << 20

// stored are the reports of one file.
type stored struct {
	reports []*audit.Report
	several bool // in an array
	digest  string
}

// readReports reads a file that "glassbox audit -o json" wrote, and holds each
// report in it against the schema.
func readReports(name string) (*stored, error) {
	return fromFile(name, "report", maxReport, func(data []byte) (*stored, error) { return parseReports(name, data) })
}

func parseReports(name string, data []byte) (*stored, error) {
	reports, several, err := audit.ReadReports(data)
	if err != nil {
		return nil, &usageError{asReport(name, err), "glassbox audit SUBJECT -o json=FILE writes one"}
	}
	sum := sha256.Sum256(data)
	return &stored{reports, several, "sha256:" + hex.EncodeToString(sum[:])}, validReports(name, data, several)
}

func asReport(name string, err error) error {
	return usagef("%s: not a report: %w", filepath.ToSlash(name), err)
}

// validReports holds a document against the schema of reports: whoever draws one
// may rely on it.
func validReports(name string, data []byte, several bool) error {
	schema, err := schemas.Compile("report")
	if err != nil {
		return err
	}
	docs := make([]any, 1)
	if several {
		err = json.Unmarshal(data, &docs)
	} else {
		err = json.Unmarshal(data, &docs[0])
	}
	if err != nil {
		return asReport(name, err)
	}
	for _, doc := range docs {
		err := schema.Validate(doc)
		if _, msg, ok := audit.Complaint("report", doc, err); ok {
			return &usageError{usagef("%s: not a valid report at %s", name, msg), "glassbox schema report prints what may stand there"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
