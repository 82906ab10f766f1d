package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"glassbox/audit"
	"glassbox/audit/cohort"
)

// Limits on what names applicants.
const (
	maxList       = 16 << 20 // bytes of a list, or of a report
	maxApplicants = 100_000
)

// applicants lists whom the arguments of rank name, each source once.
func applicants(args []string) ([]cohort.Applicant, error) {
	var out []cohort.Applicant
	seen := map[string]bool{}
	for _, arg := range args {
		found, err := named(arg)
		if err != nil {
			return nil, err
		}
		for _, who := range found {
			if key := filepath.Clean(who.Source) + "\x00" + who.Name; !seen[key] {
				seen[key] = true
				out = append(out, who)
			}
		}
	}
	if len(out) > maxApplicants {
		return nil, usagef("%d applicants are more than the %d that one run takes", len(out), maxApplicants)
	}
	return out, nil
}

// named reads one argument: a directory, a list, a report, or any other subject.
func named(arg string) ([]cohort.Applicant, error) {
	info, err := os.Stat(arg)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("%s is not there", arg), "name a directory of applicants, a list of them, or reports"}
	}
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", arg, err)
	}
	if info.IsDir() {
		return inDirectory(arg)
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".csv":
		return listed(arg, readCSVList)
	case ".jsonl":
		return listed(arg, readJSONLines)
	case ".json":
		if r, err := earlierReport(arg); r != nil || err != nil {
			return []cohort.Applicant{{Source: arg, Report: r}}, err
		}
	}
	return []cohort.Applicant{{Source: arg}}, nil
}

// inDirectory takes a directory that holds a regular file for one applicant, of
// another each folder in it.
func inDirectory(dir string) ([]cohort.Applicant, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", dir, err)
	}
	var out []cohort.Applicant
	for _, e := range entries {
		if e.Type().IsRegular() {
			return []cohort.Applicant{{Source: dir}}, nil
		}
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			out = append(out, cohort.Applicant{Source: filepath.Join(dir, e.Name())})
		}
	}
	if len(out) == 0 {
		return nil, &usageError{fmt.Errorf("%s holds nobody", dir), "a directory with a file is one applicant, of another each folder in it"}
	}
	return out, nil
}

// earlierReport reads a report of an earlier audit; nil where the file is none.
func earlierReport(path string) (*audit.Report, error) {
	data, err := bounded(path)
	if err != nil {
		return nil, err
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if json.Unmarshal(data, &head) != nil || head.Schema != audit.ReportSchema {
		return nil, nil
	}
	var r audit.Report
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, usagef("%s: not a report that can be read: %w", path, err)
	}
	return &r, nil
}

func bounded(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxList+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(data) > maxList {
		return nil, usagef("%s is larger than the %d bytes that are read of it", path, maxList)
	}
	return data, nil
}

// listed reads a list: each row names an applicant and where it lies.
func listed(path string, read func([]byte) ([]map[string]string, error)) ([]cohort.Applicant, error) {
	data, err := bounded(path)
	if err != nil {
		return nil, err
	}
	rows, err := read(data)
	if err != nil {
		return nil, usagef("%s: %w", path, err)
	}
	var out []cohort.Applicant
	for i, row := range rows {
		who := cohort.Applicant{Name: row["name"], Source: row["path"]}
		if who.Source == "" {
			return nil, usagef("%s: row %d names no path", path, i+1)
		}
		if !filepath.IsAbs(who.Source) {
			who.Source = filepath.Join(filepath.Dir(path), filepath.FromSlash(who.Source))
		}
		for _, name := range slices.Sorted(maps.Keys(row)) {
			if name != "name" && name != "path" {
				who.Columns = append(who.Columns, cohort.Column{Name: name, Value: row[name]})
			}
		}
		out = append(out, who)
	}
	return out, nil
}

func readCSVList(data []byte) ([]map[string]string, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("no header: %w", err)
	}
	if !slices.Contains(header, "path") {
		return nil, fmt.Errorf("line 1: a column path is missing; there are %s", strings.Join(header, ", "))
	}
	var rows []map[string]string
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		row := map[string]string{}
		for i, c := range cells {
			row[header[i]] = c
		}
		rows = append(rows, row)
	}
}

func readJSONLines(data []byte) ([]map[string]string, error) {
	var rows []map[string]string
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, maxList)
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var m map[string]any
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		row := map[string]string{}
		for k, v := range m {
			if s, ok := v.(string); ok {
				row[k] = s
			} else if v != nil {
				row[k] = fmt.Sprint(v)
			}
		}
		rows = append(rows, row)
	}
	return rows, lines.Err()
}
