package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/collect"
	"glassbox/audit/report"
)

// results is a folder of reports, one an applicant, each there whole or not at
// all: a run that was stopped goes on where it was.
type results struct {
	dir string // "": nothing is kept
	how string // how applicants are read
	all bool   // reports stay whole in memory

	mu    sync.Mutex
	found int   // done before
	fault error // the first that kept a report from being written
}

// openResults makes the folder where it is not there yet. It may not lie among
// the applicants, where the next run would take it for one.
func openResults(dir string, how collect.Options, args []string) (*results, error) {
	r := &results{dir: dir, how: collect.Hashings[how.Hash]}
	if dir == "" {
		return r, nil
	}
	for _, arg := range args {
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			continue
		}
		if below(resolved(arg), resolved(dir)) {
			return nil, &usageError{fmt.Errorf("--results %s lies in %s, which is what is audited", dir, arg), "name a folder beside the applicants"}
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, usagef("--results: %w", err)
	}
	return r, nil
}

// resolved is where a path leads, as far as there is anything.
func resolved(name string) string {
	full, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	for at, rest := full, ""; ; at, rest = filepath.Dir(at), filepath.Join(filepath.Base(at), rest) {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		if at == filepath.Dir(at) {
			return full
		}
	}
}

// resultName is what the reports of a folder of results are called.
var resultName = regexp.MustCompile(`-[0-9a-f]{12}-[0-9a-f]{12}\.json$`)

// suspect points out folders that look like results, and are audited as releases
// all the same: what an applicant sent must not pass for what was found of it.
func (a *app) suspect(args []string) {
	for _, arg := range args {
		entries, err := os.ReadDir(arg)
		if err != nil || a.quiet {
			continue
		}
		if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return resultName.MatchString(e.Name()) }) {
			fmt.Fprintf(a.stderr, "glassbox: %s looks like a folder of results, and is audited as a release\n", report.Clean(arg))
			a.hint("its reports are named one by one: " + filepath.Join(arg, "*.json"))
		}
	}
}

// path is where the report of an applicant lies.
func (r *results) path(who *cohort.Applicant, tool audit.Tool) string {
	return filepath.Join(r.dir, who.File(tool))
}

// earlier reads the report of an applicant that was audited before in the state
// it is in now, by the same rules and on the same day; nil where there is none.
func (r *results) earlier(who *cohort.Applicant, tool audit.Tool, asOf, state string) *audit.Report {
	if r.dir == "" || state == "" {
		return nil
	}
	rep, err := earlierReport(r.path(who, tool))
	if err != nil || rep == nil || rep.Applicant == nil || rep.Tool != tool || rep.AsOf != asOf || rep.Applicant.State != state {
		return nil
	}
	return rep
}

// keep writes the report of an applicant.
func (r *results) keep(who *cohort.Applicant, state string) {
	if r.dir == "" {
		return
	}
	rep := *who.Report
	rep.Applicant = &audit.Applicant{Name: who.Name, State: state}
	name := r.path(who, rep.Tool)
	data, err := json.Marshal(&rep)
	if err == nil {
		r.clear(name)
		err = replace(name, append(data, '\n'))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fault = errors.Join(r.fault, err)
}

// clear takes away what a run left behind that was killed while it wrote.
func (r *results) clear(name string) {
	left, _ := filepath.Glob(filepath.Join(r.dir, "."+filepath.Base(name)+".*")) // names are letters, digits, dashes and dots
	for _, l := range left {
		os.Remove(l)
	}
}

func (r *results) again() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found++
}

// stateOf is the digest of what can be told of a subject without opening a file of
// it: how it is read, and path, kind, size and time of every entry. It is empty
// where that cannot be told.
func stateOf(source, how string) string {
	h := sha256.New()
	fmt.Fprintf(h, "glassbox applicant 1\x00%s\x00", how)
	source, err := filepath.EvalSymlinks(source)
	if err != nil {
		return ""
	}
	err = filepath.WalkDir(source, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && d.Type()&fs.ModeSymlink != 0 {
			err = linked(h, name)
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(source, name)
		if d.IsDir() { // its time changes with what is written beside, as by whoever looks
			fmt.Fprintf(h, "%s\x00%s\x00", rel, info.Mode())
			return err
		}
		fmt.Fprintf(h, "%s\x00%s\x00%d\x00%d\x00", rel, info.Mode(), info.Size(), info.ModTime().UnixNano())
		return err
	})
	if err != nil {
		return ""
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// linked adds where a link leads, and what is there.
func linked(h io.Writer, name string) error {
	target, err := os.Readlink(name)
	if err != nil {
		return err
	}
	fmt.Fprintf(h, "%s\x00", target)
	if info, err := os.Stat(name); err == nil {
		fmt.Fprintf(h, "%d\x00%d\x00", info.Size(), info.ModTime().UnixNano())
	}
	return nil
}

// auditOne reads one applicant, or takes what is known of it.
func (a *app) auditOne(ctx context.Context, j *judge, how collect.Options, done *results, who *cohort.Applicant) {
	a.reportOn(ctx, j, how, done, who)
	if who.Report != nil && !done.all {
		cohort.Slim(who.Report)
	}
}

func (a *app) reportOn(ctx context.Context, j *judge, how collect.Options, done *results, who *cohort.Applicant) {
	now := ""
	if done.dir != "" {
		now = stateOf(who.Source, done.how)
	}
	if who.Report = done.earlier(who, j.tool, j.asOf, now); who.Report != nil {
		done.again()
		return
	}
	ev, err := a.gatherAs(ctx, who.Source, how, nil)
	if err != nil {
		who.Err = err
		return
	}
	who.Report = audit.Audit(ev, j.rules, j.frameworks, j.tool, j.asOf)
	done.keep(who, now)
}

// tellResults says what was not done again, and what could not be kept.
func (a *app) tellResults(r *results) {
	if r.found > 0 && !a.quiet {
		fmt.Fprintf(a.stderr, "glassbox: %d applicants were audited before, in %s\n", r.found, report.Clean(r.dir))
	}
	if r.fault != nil {
		a.settle(a.complain(r.fault), "")
	}
}

// oneRubric refuses reports that were made by different rules: their numbers do
// not compare.
func oneRubric(applicants []cohort.Applicant) error {
	var first *cohort.Applicant
	for i := range applicants {
		who := &applicants[i]
		if who.Report == nil {
			continue
		}
		if first == nil {
			first = who
		}
		if a, b := first.Report.Tool.RulesDigest, who.Report.Tool.RulesDigest; a != b {
			return &usageError{fmt.Errorf("%s was audited by rules %s, %s by %s", first.Source, report.Abbreviated(a), who.Source, report.Abbreviated(b)),
				"scores by different rules do not compare; audit the releases anew"}
		}
	}
	return nil
}
