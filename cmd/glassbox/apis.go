package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"glassbox/apis"
	"glassbox/audit"
	"glassbox/audit/disclosure"
	"glassbox/audit/report"
)

// apiPrefix marks a subject that is a service.
const apiPrefix = "api:"

// catalog holds the disclosure manifests inside the program, and those below a
// folder where one is named.
func (a *app) catalog(dir string, shape *audit.Shape) (*disclosure.Catalog, error) {
	asOf, err := a.date()
	if err != nil {
		return nil, err
	}
	c := &disclosure.Catalog{}
	c.Add("apis", apis.FS, &disclosure.Reader{Shape: shape, AsOf: asOf, Trusted: true}) // the tests put these through every check
	if dir == "" {
		return c, nil
	}
	fsys, err := openAPIs(dir)
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(fsys, "*/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	for _, f := range files {
		if _, err := fs.Stat(apis.FS, f); err == nil {
			return nil, usagef("%s: there is a built-in manifest of that id", filepath.ToSlash(filepath.Join(dir, f)))
		}
	}
	c.Add(filepath.ToSlash(dir), fsys, &disclosure.Reader{Shape: shape, AsOf: asOf})
	return c, nil
}

// openAPIs opens a folder of manifests so that no link leads out of it.
func openAPIs(dir string) (fs.FS, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, &usageError{fmt.Errorf("%s is not a folder of disclosure manifests", dir), "a manifest lies at <provider>/<model>.yaml below it"}
	}
	return root.FS(), nil
}

// manifest finds the manifest of an id, in words for whoever typed it.
func manifest(c *disclosure.Catalog, id string) (*disclosure.Manifest, error) {
	m, err := c.Find(id)
	var unknown *disclosure.UnknownError
	var fault *disclosure.Fault
	switch {
	case errors.As(err, &unknown) && unknown.Near != "":
		return nil, &usageError{err, "did you mean " + apiPrefix + unknown.Near + "?"}
	case errors.As(err, &unknown):
		return nil, &usageError{err, "glassbox apis list names them all; --apis DIR adds yours"}
	case errors.As(err, &fault):
		return nil, &usageError{err, "glassbox apis lint lists every fault"}
	}
	return m, err
}

// manifestFile reads a disclosure manifest that is named as a file; nil where
// the file is none.
func manifestFile(source, asOf string) (*audit.Evidence, error) {
	data, err := small(source, disclosure.MaxBytes)
	if err != nil || !disclosure.Looks(data) {
		return nil, nil // collect.Open says what is wrong
	}
	shape, err := audit.EvidenceShape()
	if err != nil {
		return nil, err
	}
	m, err := (&disclosure.Reader{Shape: shape, AsOf: asOf}).Read(filepath.Base(source), data)
	if err != nil {
		return nil, &usageError{err, "glassbox schema disclosure prints what may stand there"}
	}
	return m.Evidence(source), nil
}

// small reads an ordinary file of at most so many bytes.
func small(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > most {
		return nil, errors.New("no ordinary file, or too large")
	}
	return io.ReadAll(io.LimitReader(f, most))
}

func (a *app) apisCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "apis",
		GroupID: "rules",
		Short:   "List and lint what providers of closed models disclose",
		Args: wrapArgs(func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("no command %q; there are list, lint", args[0])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.apisListCommand(), a.apisLintCommand())
	return cmd
}

func (a *app) apisListCommand() *cobra.Command {
	var flags []string
	var dir string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the services that can be audited, and how old their facts are",
		Long: `List prints each disclosure manifest: at which stage of its life the model is,
how old its facts are, how many of them the provider tells, and when the next is
to be reviewed, or how many are past it. -o json tells more. A subject is
written api:provider/model.`,
		Args: wrapArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runAPIsList(flags, dir) },
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	cmd.Flags().StringVar(&dir, "apis", "", "a `folder` of further manifests, <provider>/<model>.yaml")
	return cmd
}

// apiEntry is one service in the list.
type apiEntry struct {
	Name      string         `json:"name"`
	Title     string         `json:"title"`
	Aliases   []string       `json:"aliases"`
	Released  string         `json:"released"`
	Lifecycle string         `json:"lifecycle"`
	Ends      string         `json:"ends,omitempty"`
	Seen      string         `json:"seen"`     // the latest day a source was read
	AgeDays   int            `json:"age_days"` // from there to the day of the list
	Review    string         `json:"review_by,omitempty"`
	Stale     int            `json:"stale"` // facts past their review
	Facts     int            `json:"facts"`
	States    map[string]int `json:"states"`
	Disputes  int            `json:"disputes"` // facts of which sources disagree
}

func (a *app) runAPIsList(flags []string, dir string) error {
	outs, err := outputs(flags, []string{"table", "json"})
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	all, asOf, err := a.manifests(dir)
	if err != nil {
		return &usageError{err, "glassbox apis lint lists every fault"}
	}
	entries := make([]apiEntry, len(all))
	for i, m := range all {
		entries[i] = entryOf(m, asOf)
	}
	for _, o := range outs {
		err := a.write(o, func(w io.Writer) error {
			if o.format == "json" {
				return report.JSON(w, entries)
			}
			return listAPIs(w, entries, options)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// manifests reads all manifests there are.
func (a *app) manifests(dir string) ([]*disclosure.Manifest, string, error) {
	asOf, err := a.date()
	if err != nil {
		return nil, "", err
	}
	shape, err := audit.EvidenceShape()
	if err != nil {
		return nil, "", err
	}
	c, err := a.catalog(dir, shape)
	if err != nil {
		return nil, "", err
	}
	all, err := c.All()
	return all, asOf, err
}

func entryOf(m *disclosure.Manifest, asOf string) apiEntry {
	e := apiEntry{
		Name: m.Name(), Title: m.Title, Aliases: append([]string{}, m.Aliases...), Released: m.Released,
		Lifecycle: m.Lifecycle(), Ends: m.Ends(), Seen: m.Seen(), AgeDays: days(m.Seen(), asOf),
		Review: m.Review(asOf), Facts: len(m.Facts), States: map[string]int{},
	}
	for state, n := range m.States() {
		e.States[state.String()] = n
	}
	for _, f := range m.Facts {
		if by := f.Statement.ReviewBy; by != "" && by < asOf {
			e.Stale++
		}
		if len(f.Disputes) > 0 {
			e.Disputes++
		}
	}
	return e
}

// days counts from one date to another; 0 where the second comes first.
func days(from, to string) int {
	a, err := time.Parse(time.DateOnly, from)
	b, err2 := time.Parse(time.DateOnly, to)
	if err != nil || err2 != nil {
		return 0
	}
	return max(0, int(b.Sub(a).Hours()/24))
}

func listAPIs(w io.Writer, entries []apiEntry, o report.Options) error {
	var rows [][]string
	for _, e := range entries {
		life := e.Lifecycle
		if e.Ends != "" {
			life += " " + e.Ends
		}
		told := e.States["disclosed"] + e.States["partial"]
		review := e.Review
		if e.Stale > 0 {
			review = fmt.Sprintf("%d stale", e.Stale)
		}
		rows = append(rows, []string{e.Name, life, fmt.Sprintf("%d d", e.AgeDays), fmt.Sprintf("%d/%d", told, e.Facts), review})
	}
	return report.Table(w, []string{"service", "lifecycle", "age", "told", "review"}, rows, o)
}

func (a *app) apisLintCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "lint [DIR]",
		Short: "Find every fault in disclosure manifests, each with its line",
		Long: `Lint reads the built-in manifests, or those below DIR, and prints every fault: a
fact without a source, a date in the future, a pointer that the evidence does
not have, a value of the wrong type, an id that two manifests have.`,
		Args: wrapArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runAPIsLint(args) },
	}
}

func (a *app) runAPIsLint(args []string) error {
	asOf, err := a.date()
	if err != nil {
		return err
	}
	shape, err := audit.EvidenceShape()
	if err != nil {
		return err
	}
	name, fsys := "apis", fs.FS(apis.FS)
	if len(args) > 0 {
		name = filepath.ToSlash(args[0])
		if fsys, err = openAPIs(args[0]); err != nil {
			return err
		}
	}
	var c disclosure.Catalog
	c.Add(name, fsys, &disclosure.Reader{Shape: shape, AsOf: asOf})
	all, err := c.All()
	if n := a.printFaults(err); n > 0 {
		a.settle(audit.ExitFail, faultCount(n)+" in "+name)
		return nil
	}
	if len(all) == 0 {
		return &usageError{fmt.Errorf("%s holds no manifest", name), "a manifest lies at <provider>/<model>.yaml below it"}
	}
	if !a.quiet {
		facts := 0
		for _, m := range all {
			facts += len(m.Facts)
		}
		fmt.Fprintf(a.stdout, "%d manifests with %d facts, no fault\n", len(all), facts)
	}
	return nil
}

// defaultRivals are what a release stands beside when nothing else is asked for:
// the model that most people mean by a closed one, and the strongest that is not
// about to end.
var defaultRivals = [...]string{"openai/gpt-5", "anthropic/claude-opus-5-5"}

// against scores the services that the flag names, or the default ones. Of these
// a model that is over is left out, and it is said so.
func (j *judge) against(c *disclosure.Catalog, flag string) ([]audit.Rival, error) {
	if flag == "none" {
		return nil, nil
	}
	chosen := defaultRivals[:]
	if flag != "" {
		chosen = strings.Split(flag, ",")
	}
	var out []audit.Rival
	for _, id := range chosen {
		m, err := manifest(c, strings.TrimPrefix(strings.TrimSpace(id), apiPrefix))
		if err != nil {
			return nil, err
		}
		if flag == "" && m.Over(j.asOf) {
			out = append(out, audit.Rival{Name: m.Name(), Lifecycle: m.Lifecycle(), Ends: m.Ends(), Seen: m.Seen(), LeftOut: over(m)})
			continue
		}
		r := audit.NewRival(m.Evidence(apiPrefix+m.Name()), j.axes(), j.rules, j.asOf)
		r.Seen = m.Seen()
		out = append(out, r)
	}
	return out, nil
}

// services audits what a cohort is held against where a format shows it: the
// default ones that are not over.
func (a *app) services(j *judge) ([]*audit.Report, error) {
	c, err := a.catalog("", j.shape)
	if err != nil {
		return nil, err
	}
	var out []*audit.Report
	for _, id := range defaultRivals {
		m, err := manifest(c, id)
		if err != nil {
			return nil, err
		}
		if !m.Over(j.asOf) {
			out = append(out, audit.Audit(m.Evidence(apiPrefix+m.Name()), j.rules, j.frameworks, j.tool, j.asOf))
		}
	}
	return out, nil
}

func over(m *disclosure.Manifest) string {
	if m.Lifecycle() == "retired" {
		return "it is retired; --against " + m.Name() + " shows it all the same"
	}
	return "its end was announced for " + m.Ends() + "; --against " + m.Name() + " shows it all the same"
}

// axes is the framework whose axes are compared.
func (j *judge) axes() *audit.Framework {
	for _, fw := range j.frameworks {
		if fw.ID == "glassbox" {
			return fw
		}
	}
	return &audit.Framework{}
}

// besides leaves the subject itself out of what it stands beside.
func besides(rivals []audit.Rival, subject string) []audit.Rival {
	var out []audit.Rival
	for _, r := range rivals {
		if r.Name != subject {
			out = append(out, r)
		}
	}
	return out
}
