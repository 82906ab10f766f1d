package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/audit/disclosure"
	"glassbox/audit/report"
	"glassbox/rules"
	"glassbox/schemas"
)

type auditOptions struct {
	gatherFlags
	outputs []string
	rules   string
	against string
	whatIf  []string
	attest  []string
	gateFlags
}

// gateFlags say what a report is held against.
type gateFlags struct {
	policy   string
	baseline string
	locked   bool
	lockFile string
}

func (f *gateFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.policy, "policy", "", "what gates: a policy `file` (glassbox config verify checks one)")
	cmd.Flags().StringVar(&f.baseline, "baseline", "", "an earlier `report` (JSON): only what is worse since then gates")
	cmd.Flags().BoolVar(&f.locked, "locked", false, "hash every file, and fail where anything is not as "+lockName+" pins it")
	cmd.Flags().StringVar(&f.lockFile, "lock-file", "", "the lock `file`, for --locked (default: found as a policy is)")
}

// terms reads what the flags name, the policy apart, which is read already.
func (a *app) terms(f gateFlags, p *audit.Policy, j *judge, subjects []string) (t audit.Terms, err error) {
	t.Policy = p
	if f.baseline != "" {
		if t.Baseline, err = baseline(f.baseline, j, len(subjects) == 1); err != nil {
			return t, err
		}
	}
	if !f.locked {
		return t, nil
	}
	if t.Lock, err = a.lock(f.lockFile, subjects); err != nil {
		return t, err
	}
	if why := t.Lock.Incomparable(j.tool.RulesDigest); why != "" {
		return t, &usageError{fmt.Errorf("lock %s: incomparable: %s", t.Lock.File, why), "look at what changed, then lock again: glassbox lock SUBJECT"}
	}
	return t, nil
}

func baseline(name string, j *judge, alone bool) (*audit.Baseline, error) {
	was, err := readReports(name)
	if err != nil {
		return nil, err
	}
	b := &audit.Baseline{File: filepath.ToSlash(name), Digest: was.digest, Reports: was.reports, Alone: alone}
	if why := b.Incomparable(j.tool.RulesDigest); why != "" {
		return nil, &usageError{fmt.Errorf("baseline %s: incomparable: %s", name, why), "audit the earlier release, or its evidence document, again by these rules"}
	}
	return b, nil
}

func (a *app) auditCommand() *cobra.Command {
	var o auditOptions
	cmd := &cobra.Command{
		Use:     "audit [SUBJECT...]",
		GroupID: "audit",
		Short:   "Audit releases: what is shown, only claimed, contradicted",
		Long: `Audit reads each SUBJECT and scores it. A SUBJECT is a directory (default: the
current one), a snapshot in a Hugging Face cache, an archive (ZIP, tar, tar in
gzip or bzip2; read where it lies), a single model card, an entry of the Model
Openness Tool (YAML), an evidence file printed by "glassbox evidence", a
disclosure manifest (YAML), or api:provider/model for one of the services that
"glassbox apis list" names.

The table ends with the axes beside those of two services that went through the
same rules; --against names others, or none.

What a signature, a list of digests, or the name of a blob speaks of is hashed;
--hash says otherwise. With --key and its like a signature's signer is checked.

The licences of base models and data are looked for in the release, beside it,
and where --parents says. What is not there is unknown; nothing is fetched.

A policy says what gates: --policy FILE, else the glassbox.yaml that is found
from the working directory up to the root of its repository. One that lies
inside a SUBJECT is used only when it is named. With --baseline only new fails
and lower floors gate, and of a policy what holds less than in that report; with
--locked the release has to be the one that "glassbox lock" pinned.

Without a policy no score gates: the exit code is 0 when everything could be
looked at, 3 when something was unreadable or over a limit, 4 when a signature
is invalid or the files are not the signed ones, 5 when there was nothing to
audit.`,
		Example: lines(
			"  glassbox audit ./my-model",
			"  glassbox audit ./my-model -o table -o json=report.json",
			"  glassbox audit ./my-model --policy glassbox.yaml -o sarif=glassbox.sarif",
			"  glassbox audit README.md -o json"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.lockedHash(cmd.Flags().Changed("hash")); err != nil {
				return err
			}
			return a.runAudit(cmd.Context(), o, args)
		},
	}
	cmd.Flags().StringArrayVarP(&o.outputs, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(formatNames(), ", "))
	o.gateFlags.register(cmd)
	cmd.Flags().StringVar(&o.rules, "rules", "", "a `folder` of further rules, <dimension>/<id>.yaml")
	cmd.Flags().StringVar(&o.against, "against", "", "`services` to stand beside, as in openai/gpt-5,xai/grok-3, or none (default "+strings.Join(defaultRivals[:], ",")+")")
	cmd.Flags().StringArrayVar(&o.whatIf, "what-if", nil, "show scores as they would be, `RULE=pass` (or fail, unknown), repeatable; gates nothing")
	cmd.Flags().StringArrayVar(&o.attest, "attestations", nil, "a `file` of what persons answer, for \"glassbox frameworks questions\", repeatable")
	o.gatherFlags.register(cmd)
	_ = cmd.RegisterFlagCompletionFunc("output", completeFormats)
	return cmd
}

// lockedHash makes an audit that is held against a lock hash every file: a change
// of what nobody read would go unseen.
func (o *auditOptions) lockedHash(asked bool) error {
	all := collect.Hashings[collect.HashAll]
	switch {
	case !o.locked && o.lockFile != "":
		return usagef("--lock-file says where the lock is; --locked holds the release against it")
	case !o.locked:
		return nil
	case asked && o.hash != all:
		return usagef("--hash %s: --locked needs every file hashed", o.hash)
	}
	o.hash = all
	return nil
}

func formatNames() []string {
	names := make([]string, len(report.Formats))
	for i, f := range report.Formats {
		names[i] = f.Name
	}
	return names
}

func completeFormats(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, f := range report.Formats {
		out = append(out, f.Name+"\t"+f.About)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) runAudit(ctx context.Context, o auditOptions, subjects []string) error {
	outs, err := outputs(o.outputs, formatNames())
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	options.Several = len(subjects) > 1
	if err := oneBadge(outs, len(subjects)); err != nil {
		return err
	}
	if len(subjects) == 0 {
		subjects = []string{"."}
	}
	policy, err := a.policy(o.policy, subjects)
	if err != nil {
		return err
	}
	j, err := a.judgeBy(policy, o.rules)
	if err != nil {
		return err
	}
	assumed, err := audit.ReadAssumptions(o.whatIf, j.rules)
	if err != nil {
		return &usageError{fmt.Errorf("--what-if: %w", err), "glassbox rules list names the rules"}
	}
	attested, err := attestations(o.attest, j, len(subjects) > 1)
	if err != nil {
		return err
	}
	terms, err := a.terms(o.gateFlags, policy, j, subjects)
	if err != nil {
		return err
	}
	o.trustFlags = o.trustFlags.orOf(policy)
	how, finish, err := o.options(ctx, a, subjects...)
	if err != nil {
		return err
	}
	cat, err := a.catalog(o.apis, j.shape)
	if err != nil {
		return err
	}
	rivals, err := j.against(cat, o.against)
	if err != nil {
		return err
	}
	reports, err := a.audits(ctx, j, terms, subjects, how, cat, said{assumed, attested})
	finish()
	if err != nil {
		return err
	}
	for _, r := range reports {
		r.Against = besides(rivals, r.Subject.Name)
	}
	return a.writeReports(outs, reports, options)
}

// audits audits each subject in the order given. What is wrong inside one stands
// in its report. One of several that cannot be opened at all has none; it is
// complained of, its exit code counts, and the others are audited.
func (a *app) audits(ctx context.Context, j *judge, terms audit.Terms, subjects []string, how collect.Options, cat *disclosure.Catalog, said said) ([]*audit.Report, error) {
	reports := []*audit.Report{}
	one := func(source string) answered {
		ev, err := a.gatherAs(ctx, source, how, cat)
		if err != nil {
			return answered{err: err}
		}
		ev.Attest(said.attested)
		r := audit.Audit(ev, j.rules, j.frameworks, j.tool, j.asOf)
		if len(said.assumed) > 0 {
			r.WhatIf = audit.Suppose(ev, r, j.frameworks, said.assumed)
		}
		return answered{ev, r, nil}
	}
	ahead := inParallel(ctx, subjects, one)
	for i, s := range subjects {
		got := ahead[i]
		if got.report == nil && got.err == nil {
			got = one(s)
		}
		if got.err != nil && (len(subjects) == 1 || ctx.Err() != nil) {
			return nil, got.err
		}
		if got.err != nil {
			a.settle(a.complain(got.err), "")
			continue
		}
		terms.Gate(got.evidence, got.report)
		a.settle(got.report.Verdict.Code, got.report.Verdict.Reason)
		reports = append(reports, got.report)
	}
	return reports, nil
}

// said is what the person who asked adds to what the subjects show.
type said struct {
	assumed  []audit.Assumption
	attested []audit.Attestation
}

// attestations reads files of answers. Of several subjects each answer has to
// say which it is about.
func attestations(files []string, j *judge, several bool) ([]audit.Attestation, error) {
	var out []audit.Attestation
	for _, name := range files {
		data, err := small(name, audit.MaxAttestations)
		if err != nil {
			return nil, usagef("--attestations %s: %w", name, cause(err))
		}
		list, err := audit.ReadAttestations(name, data, j.frameworks, j.asOf)
		if err != nil {
			return nil, &usageError{err, "glassbox schema attestations prints what may stand there, glassbox frameworks questions what is asked"}
		}
		for i, a := range list {
			list[i].File = filepath.Base(name) // where somebody keeps it is no part of a report
			if several && a.Subject == "" {
				return nil, &usageError{&audit.RuleError{File: name, Line: a.Line, Msg: "there are several subjects, and the attestation does not say which it is about"}, "name it as subject"}
			}
		}
		out = append(out, list...)
	}
	return out, nil
}

// answered is what became of one subject; neither, where it was not looked at yet.
type answered struct {
	evidence *audit.Evidence
	report   *audit.Report
	err      error
}

// smallSubject is the size, in bytes, up to which a file is audited beside
// others: it takes one core, and is done before any progress would be told.
const smallSubject = 16 << 20

// inParallel audits on all cores those subjects that are single small files, as
// cards and entries are.
func inParallel(ctx context.Context, subjects []string, one func(source string) answered) []answered {
	out := make([]answered, len(subjects))
	if len(subjects) == 1 {
		return out
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				out[i] = one(subjects[i])
			}
		})
	}
	for i, s := range subjects {
		info, err := os.Stat(s)
		if err == nil && info.Mode().IsRegular() && info.Size() <= smallSubject && ctx.Err() == nil {
			next <- i
		}
	}
	close(next)
	wg.Wait()
	return out
}

// judge is what evidence is judged by.
type judge struct {
	rules      []*audit.Rule
	frameworks []*audit.Framework
	shape      *audit.Shape // of the evidence
	tool       audit.Tool
	asOf       string
}

// judge loads the built-in rules and frameworks, and the user's rules from the
// folders that are named; an empty name is none.
func (a *app) judge(dirs ...string) (*judge, error) {
	asOf, err := a.date()
	if err != nil {
		return nil, err
	}
	loader, err := audit.NewLoader()
	if err != nil {
		return nil, err
	}
	loader.Strict = false // the tests put these through every net
	all, err := loader.Load(rules.FS)
	if err != nil {
		return nil, fmt.Errorf("built-in rules: %w", err)
	}
	roots := []fs.FS{rules.FS}
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		more, err := userRules(loader, dir)
		if err != nil {
			return nil, err
		}
		if all, err = join(all, more, dir); err != nil {
			return nil, err
		}
		roots = append(roots, os.DirFS(dir))
	}
	frameworks, err := loader.Frameworks(rules.FS, all)
	if err != nil {
		return nil, fmt.Errorf("built-in frameworks: %w", err)
	}
	digest, err := audit.RulesDigest(roots...)
	if err != nil {
		return nil, err
	}
	return &judge{all, frameworks, loader.Shape(), audit.Tool{Version: version, RulesDigest: digest, Edition: audit.Edition(frameworks)}, asOf}, nil
}

// userRules loads a folder of rules through every net.
func userRules(loader *audit.Loader, dir string) ([]*audit.Rule, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &usageError{fmt.Errorf("%s is not a folder of rules", dir), "a rule lies at <dimension>/<id>.yaml below it"}
	}
	strict := *loader
	strict.Strict = true
	found, err := strict.Load(os.DirFS(dir))
	if err != nil {
		return nil, &usageError{inside(dir, err), "glassbox rules lint " + dir + " lists every fault"}
	}
	if len(found) == 0 {
		return nil, &usageError{fmt.Errorf("%s holds no rule", dir), "a rule lies at <dimension>/<id>.yaml below it"}
	}
	return found, nil
}

// inside puts the folder's name before the file of each rule error.
func inside(dir string, err error) error {
	var out []error
	for _, e := range flatten(err) {
		var r *audit.RuleError
		if errors.As(e, &r) {
			e = &audit.RuleError{File: filepath.ToSlash(filepath.Join(dir, r.File)), Line: r.Line, Msg: r.Msg}
		}
		out = append(out, e)
	}
	return errors.Join(out...)
}

// flatten lists the errors that were joined, at any depth.
func flatten(err error) []error {
	many, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var out []error
	for _, e := range many.Unwrap() {
		out = append(out, flatten(e)...)
	}
	return out
}

func join(built, more []*audit.Rule, dir string) ([]*audit.Rule, error) {
	for _, r := range more {
		if slices.ContainsFunc(built, func(b *audit.Rule) bool { return b.ID == r.ID }) {
			return nil, usagef("%s/%s: the id %s is that of another rule", dir, r.File, r.ID)
		}
	}
	return append(built, more...), nil
}

// gatherFlags say how a release is read.
type gatherFlags struct {
	trustFlags
	cache   cacheFlag
	hash    string
	parents []string
	apis    string
	data    []string
}

func (f *gatherFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.hash, "hash", collect.Hashings[0], "`what` to hash: "+strings.Join(collect.Hashings[:], ", "))
	_ = cmd.RegisterFlagCompletionFunc("hash", cobra.FixedCompletions(collect.Hashings[:], cobra.ShellCompDirectiveNoFileComp))
	cmd.Flags().StringArrayVar(&f.parents, "parents", nil, "`where` to look at what it is made from: a folder of releases, or a YAML, JSON or CSV file of ids and licences, repeatable")
	f.cache.register(cmd, "; signed files are read always")
	cmd.Flags().StringVar(&f.apis, "apis", "", "a `folder` of further disclosure manifests, <provider>/<model>.yaml")
	cmd.Flags().StringArrayVar(&f.data, "dataset", nil, "a `manifest` of its data that does not lie in it, repeatable")
	f.trustFlags.register(cmd)
}

// options reads what the flags name. finish is to be called when everything is
// read.
func (f *gatherFlags) options(ctx context.Context, a *app, subjects ...string) (how collect.Options, finish func(), err error) {
	if how.Hash, err = collect.ParseHashing(f.hash); err != nil {
		return how, nil, usagef("--hash: %w", err)
	}
	if how.Parents, err = collect.ReadParents(f.parents); err != nil {
		return how, nil, err
	}
	if how.Manifests, err = collect.ReadManifests(f.data); err != nil {
		return how, nil, err
	}
	if how.Now, err = a.moment(); err != nil {
		return how, nil, err
	}
	if how.Trust, err = f.trust(ctx, a.offline); err != nil {
		return how, nil, err
	}
	var save, wipe func()
	if how.Cache, save, err = f.cache.open(a, subjects...); err != nil {
		return how, nil, err
	}
	how.Progress, wipe = a.meter()
	done := func() {}
	if !a.quiet {
		reading := a.newMeter()
		how.Reading, done = reading.reading, reading.finish
	}
	return how, func() { done(); wipe(); save(); a.told(how.Cache) }, nil
}

// gather reads a subject for those who ask of some part of it only: nothing is
// hashed.
func (a *app) gather(ctx context.Context, source string) (*audit.Evidence, error) {
	how := collect.Options{Hash: collect.HashNone}
	if !a.quiet {
		m := a.newMeter()
		defer m.finish()
		how.Reading = m.reading
	}
	return a.gatherAs(ctx, source, how, nil)
}

// gatherAs turns a subject into evidence: a service is looked up among the
// manifests, an evidence document is read and held against its schema, a
// manifest against its own, everything else is collected. Without a catalog
// there are no services.
func (a *app) gatherAs(ctx context.Context, source string, how collect.Options, cat *disclosure.Catalog) (*audit.Evidence, error) {
	if id, isAPI := strings.CutPrefix(source, apiPrefix); isAPI && cat != nil {
		m, err := manifest(cat, id)
		if err != nil {
			return nil, err
		}
		return m.Evidence(source), nil
	}
	if ext := strings.ToLower(filepath.Ext(source)); cat != nil && (ext == ".yaml" || ext == ".yml") {
		asOf, err := a.date()
		if err != nil {
			return nil, err
		}
		if ev, err := manifestFile(source, asOf); ev != nil || err != nil {
			return ev, err
		}
	}
	if strings.EqualFold(filepath.Ext(source), ".json") {
		ev, err := evidenceFile(source)
		if ev != nil || err != nil {
			return ev, err
		}
	}
	rel, err := collect.Open(source)
	if err != nil {
		return nil, err
	}
	defer rel.Close()
	ev, err := how.Collect(ctx, rel)
	if err != nil {
		return nil, fmt.Errorf("auditing %s: %w", source, err)
	}
	return ev, nil
}

// evidenceFile reads an evidence document; nil where the file is none.
func evidenceFile(source string) (*audit.Evidence, error) {
	f, err := os.Open(source)
	if err != nil {
		return nil, nil // collect.Open says what is wrong
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	data, err := io.ReadAll(io.LimitReader(f, collect.MaxEvidence+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", source, err)
	}
	if len(data) > collect.MaxEvidence {
		return nil, usagef("%s is larger than an evidence document may be", source)
	}
	ev, ok, err := collect.ReadEvidence(data)
	if err != nil {
		return nil, usagef("%s: %w", source, err)
	}
	if !ok {
		return nil, nil
	}
	return ev, validEvidence(source, ev)
}

func validEvidence(source string, ev *audit.Evidence) error {
	schema, err := schemas.Compile("evidence")
	if err != nil {
		return err
	}
	err = schema.Validate(map[string]any(ev.Doc))
	if _, msg, ok := audit.Complaint("evidence", ev.Doc, err); ok {
		return &usageError{fmt.Errorf("%s: not valid evidence at %s", source, msg), "glassbox schema evidence prints what may stand there"}
	}
	return err
}
