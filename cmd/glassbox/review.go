package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/cohort"
	"glassbox/audit/collect"
	"glassbox/audit/report"
)

func (a *app) reviewCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "review",
		GroupID: "audit",
		Short:   "Keep the reviewers' log: notes, overrides, replies, agreement",
		Long: `Review keeps what people hold of applicants in a log, a line an entry, to which
lines are only ever added. Each line has the digest of the line before it, so
one that was changed, dropped or moved is found and named. Who notes the digest
of the last line, the head, finds out as well whether the end was cut off.

An override never changes what the program found. "glassbox rank --review LOG"
shows the score with overrides beside the one without.

SUBJECT is a release, or the report of one, as "glassbox rank --results" keeps.`,
		Example: lines(
			"  glassbox review override log.jsonl ./apps/tiny-lm --who Ana --rule data-card \\",
			"      --to met --reason 'it is in the annex' --evidence annex.pdf:3 \\",
			"      --expires 2027-03-31",
			"  glassbox review agreement log.jsonl"),
		Args: wrapArgs(func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("no command %q; there are note, judge, override, reply, conflict, withdraw, show, agreement", args[0])
			}
			return nil
		}),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		a.entryCommand("note LOG [SUBJECT]", "Write a remark, or answer a reply with --of", cohort.Note),
		a.entryCommand("judge LOG SUBJECT", "Write what you hold of a rule; no score changes", cohort.Judgement),
		a.entryCommand("override LOG SUBJECT", "Hold something else than the program, for a while", cohort.Overrule),
		a.entryCommand("reply LOG SUBJECT", "Write down what the applicant says to it", cohort.ReplyTo),
		a.entryCommand("conflict LOG SUBJECT", "Say that you have an interest in an applicant", cohort.Conflict),
		a.entryCommand("withdraw LOG", "Take back an entry of your own, named with --of", cohort.Withdrawal),
		a.reviewShowCommand(), a.reviewAgreementCommand())
	return cmd
}

// entryCommand writes one kind of entry.
func (a *app) entryCommand(use, short, kind string) *cobra.Command {
	e := cohort.Entry{Kind: kind}
	var head string
	subject := strings.Contains(use, "SUBJECT")
	least, most := 1, 1
	if subject {
		most = 2
	}
	if subject && kind != cohort.Note {
		least = 2
	}
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: wrapArgs(cobra.RangeArgs(least, most)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addEntry(cmd.Context(), e, head, args)
		},
	}
	cmd.Flags().StringVar(&e.Who, "who", "", "your `name`, as the others know you")
	cmd.Flags().StringVar(&e.Reason, "reason", "", "the `words`")
	cmd.Flags().StringVar(&head, "head", "", "a `digest` noted of the log before, which must still be in it")
	if subject && kind != cohort.Conflict {
		cmd.Flags().StringVar(&e.Rule, "rule", "", "the `id` of the rule it is about")
		cmd.Flags().StringVar(&e.Evidence, "evidence", "", "`where` it can be seen")
	}
	switch kind {
	case cohort.Judgement:
		cmd.Flags().StringVar(&e.To, "to", "", "your `word` for it: "+strings.Join(cohort.Ratings[:], ", "))
	case cohort.Overrule:
		cmd.Flags().StringVar(&e.To, "to", "", "the `word` it should have: "+strings.Join(cohort.Ratings[:], ", "))
		cmd.Flags().StringVar(&e.Expires, "expires", "", "the last `day` on which it holds, YYYY-MM-DD")
	case cohort.Note, cohort.Withdrawal:
		cmd.Flags().IntVar(&e.Of, "of", 0, "the `number` of the entry that is meant")
	}
	return cmd
}

func (a *app) addEntry(ctx context.Context, e cohort.Entry, head string, args []string) error {
	now, err := a.moment()
	if err != nil {
		return err
	}
	if strings.TrimSpace(e.Who) == "" {
		return &usageError{errors.New("an entry says whose it is"), "--who gives your name"}
	}
	j, err := a.judge()
	if err != nil {
		return err
	}
	e.When = now.Format(time.RFC3339)
	rules := j.tool.RulesDigest
	if len(args) > 1 {
		r, err := a.subjectOf(ctx, j, args[1])
		if err != nil {
			return err
		}
		if err := speakOf(&e, r); err != nil {
			return err
		}
		rules = r.Tool.RulesDigest
	}
	added, err := appendTo(args[0], head, rules, e)
	if err != nil {
		return err
	}
	if !a.quiet {
		fmt.Fprintf(a.stdout, "entry %d: %s; head %s\n", added.Seq, report.Clean(sentenceOf(added)), added.Digest)
	}
	return nil
}

// subjectOf is the report of a subject: one that was made before, or a new one.
func (a *app) subjectOf(ctx context.Context, j *judge, name string) (*audit.Report, error) {
	if strings.EqualFold(suffixOf(name), ".json") {
		if r, err := earlierReport(name); r != nil || err != nil {
			return r, err
		}
	}
	ev, err := a.gatherAs(ctx, name, collect.Options{Alone: true, Now: a.now}, nil)
	if err != nil {
		return nil, err
	}
	return audit.Audit(ev, j.rules, j.frameworks, j.tool, j.asOf), nil
}

func suffixOf(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// speakOf fills in of whom an entry speaks, and what the program found.
func speakOf(e *cohort.Entry, r *audit.Report) error {
	if r.Subject.Digest == "" {
		return usagef("%s has no digest, so nothing can be said of it that lasts", r.Subject.Name)
	}
	e.Subject, e.Name = r.Subject.Digest, r.Subject.Name
	if r.Applicant != nil && r.Applicant.Name != "" {
		e.Name = r.Applicant.Name
	}
	if e.Rule == "" {
		return nil
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Rule == e.Rule {
			if e.Kind == cohort.Overrule || e.Kind == cohort.Judgement {
				e.From = f.Word
			}
			same := f.Word == e.To || f.Outcome == audit.Fail && e.To == audit.WordNotMet
			switch {
			case same && e.Kind == cohort.Overrule:
				return &usageError{fmt.Errorf("the program finds %s %s already", e.Rule, f.Word), "glassbox review judge writes down that you agree"}
			case same:
				e.From = ""
			}
			return nil
		}
	}
	return &usageError{fmt.Errorf("no rule %q", e.Rule), "glassbox rules list names them"}
}

// appendTo adds an entry to a log, and a beginning to one that is not there yet.
// While it does, nobody else writes.
func appendTo(name, head, rules string, e cohort.Entry) (*cohort.Entry, error) {
	var added cohort.Entry
	var fault error
	err := lockedfile.Transform(name, func(old []byte) ([]byte, error) {
		data, out, err := extended(name, old, head, rules, e)
		added, fault = out, err
		return data, err
	})
	switch {
	case fault != nil:
		if info, err := os.Stat(name); err == nil && info.Size() == 0 {
			os.Remove(name) // opening made it
		}
		return nil, fault
	case err != nil:
		return nil, usagef("writing %s: %w", name, err)
	}
	return &added, nil
}

func extended(name string, old []byte, head, rules string, e cohort.Entry) ([]byte, cohort.Entry, error) {
	log, err := cohort.ReadLog(old, head)
	if err != nil {
		return nil, e, tampered(name, err)
	}
	out := bytes.Clone(old)
	if len(log.Entries) == 0 {
		line, err := log.Append(cohort.Entry{Kind: cohort.Begin, When: e.When, Who: e.Who, Rules: rules})
		if err != nil {
			return nil, e, usagef("%s: %w", name, err)
		}
		out = append(out, line...)
	}
	if begun := log.Entries[0].Rules; begun != rules && e.Subject != "" {
		return nil, e, &usageError{fmt.Errorf("the log %s is about rules %s, the subject was audited by %s", name, report.Abbreviated(begun), report.Abbreviated(rules)), "what these rules found belongs in another log"}
	}
	line, err := log.Append(e)
	if err != nil {
		return nil, e, usagef("%s: %w", name, err)
	}
	return append(out, line...), log.Entries[len(log.Entries)-1], nil
}

// tamperedError is a log that cannot be believed: exit code 4.
type tamperedError struct {
	name string
	all  []error
}

func (e *tamperedError) Error() string {
	var out []string
	for _, err := range e.all[:min(len(e.all), 5)] {
		out = append(out, err.Error())
	}
	more := ""
	if n := len(e.all) - 5; n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Sprintf("the log %s cannot be believed: %s%s", e.name, strings.Join(out, "; "), more)
}

func tampered(name string, err error) error { return &tamperedError{name, flatten(err)} }

func readLog(name, head string) (*cohort.Log, error) {
	f, err := lockedfile.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &usageError{fmt.Errorf("no log %s", name), "glassbox review note begins one"}
	}
	if err != nil {
		return nil, usagef("opening the log: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, cohort.MaxLog+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	log, err := cohort.ReadLog(data, head)
	if err != nil {
		return nil, tampered(name, err)
	}
	if len(log.Entries) == 0 {
		return nil, usagef("the log %s is empty", name)
	}
	return log, nil
}

func (a *app) reviewShowCommand() *cobra.Command {
	var flags []string
	var head string
	cmd := &cobra.Command{
		Use:   "show LOG",
		Short: "Check the log and print it",
		Long: `Show checks every line of the log and prints the entries, the head last. A log
in which a line was changed, dropped or moved is not printed: the lines are
named, and the exit code is 4.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			outs, err := outputs(flags, report.LogFormats[:])
			if err != nil {
				return err
			}
			options, err := a.options()
			if err != nil {
				return err
			}
			log, err := readLog(args[0], head)
			if err != nil {
				return err
			}
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return report.Log(w, log, o.format, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: "+strings.Join(report.LogFormats[:], ", "))
	cmd.Flags().StringVar(&head, "head", "", "a `digest` noted of the log before, which must still be in it")
	return cmd
}

func (a *app) reviewAgreementCommand() *cobra.Command {
	var flags []string
	var head string
	cmd := &cobra.Command{
		Use:   "agreement LOG",
		Short: "Print how far reviewers agree, and what is left to settle",
		Long: `Agreement counts the rules of applicants that two or more reviewers rated, with
judge or override, and on how many they gave one word. Kappa tells how much of
that is more than chance: 1 is full agreement, 0 what chance would give. Cohen's
is of two reviewers, Fleiss' of three or more over what all of them rated. The
ratings of a reviewer with an interest in the applicant do not count.

Left to settle are the rules on which they differ, and replies of applicants
that no note has answered.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			outs, err := outputs(flags, []string{"table", "json"})
			if err != nil {
				return err
			}
			options, err := a.options()
			if err != nil {
				return err
			}
			log, err := readLog(args[0], head)
			if err != nil {
				return err
			}
			for _, o := range outs {
				if err := a.write(o, func(w io.Writer) error { return report.Agreement(w, log.Agree(), o.format, options) }); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`, repeatable: table, json")
	cmd.Flags().StringVar(&head, "head", "", "a `digest` noted of the log before, which must still be in it")
	return cmd
}

// sentenceOf says in a few words what an entry is.
func sentenceOf(e *cohort.Entry) string {
	out := e.Kind
	if e.Rule != "" {
		out += " of " + e.Rule
	}
	if e.To != "" {
		out += ", " + e.To
	}
	if e.Of > 0 {
		out += " on entry " + strconv.Itoa(e.Of)
	}
	if e.Name != "" {
		out += ", " + e.Name
	}
	return out + ", by " + e.Who
}
