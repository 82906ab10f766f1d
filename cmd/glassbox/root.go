package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"glassbox/audit"
	"glassbox/audit/collect"
	"glassbox/audit/report"
)

// version is set when a release is built (-ldflags "-X main.version=…").
var version = "devel"

// app is what every command shares: where it writes, and the global flags.
type app struct {
	stdout, stderr io.Writer

	offline bool
	asOf    string
	color   string
	quiet   bool
	verbose bool

	now time.Time // of the audit, once it was asked for

	code    int    // what the process will exit with
	reason  string // the sentence that goes with it
	settled bool   // there is a code
	onPage  bool   // the sentence stands in what was printed already

	interrupted string // what to add to the word, should it come to that
}

// usageError is a mistake in how the program was called: exit code 2.
type usageError struct {
	err  error
	hint string
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error {
	return &usageError{err: fmt.Errorf(format, args...)}
}

// run executes one command line and returns its exit code. It is the one place
// where results and errors become exit codes and a last sentence.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(pairWhy(args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil {
		fmt.Fprintf(stderr, "glassbox: interrupted%s\n", report.Clean(a.interrupted))
		return audit.ExitInterrupted
	}
	if err != nil {
		return a.complain(err)
	}
	if a.reason != "" && !a.quiet && !a.onPage && a.code != audit.ExitPass {
		fmt.Fprintf(stderr, "glassbox: %s\n", report.Clean(a.reason))
	}
	return a.code
}

// complain prints an error, with a hint where the way out is known, and returns
// its exit code: 2 for a mistake of whoever called, 3 for a disk or network
// that does not answer.
func (a *app) complain(err error) int {
	fmt.Fprintf(a.stderr, "glassbox: %s\n", report.Clean(err.Error()))
	var usage *usageError
	var subject *collect.UsageError
	var log *tamperedError
	switch {
	case errors.As(err, &log):
		return audit.ExitUntrusted
	case errors.As(err, &usage):
		a.hint(usage.hint)
		return audit.ExitUsage
	case errors.As(err, &subject):
		a.hint(subject.Hint)
		return audit.ExitUsage
	}
	return audit.ExitIncomplete
}

func (a *app) hint(text string) {
	if text != "" {
		fmt.Fprintf(a.stderr, "hint: %s\n", report.Clean(text))
	}
}

// settle takes the worst of the codes so far, with its sentence.
func (a *app) settle(code int, reason string) {
	if !a.settled || audit.Worst(a.code, code) != a.code {
		a.code, a.reason, a.settled = code, reason, true
	}
}

func (a *app) root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "glassbox",
		Short: "Audit an AI model release: how open, how transparent, how trustworthy",
		Long: `glassbox reads an AI model release (model card, licences, weights, data, code),
holds what it says against its own bytes, and scores openness, transparency and
trust as intervals: the floor counts what is shown, the ceiling what would hold
if every claim and every unknown turned out well.

Nothing in a release is executed. There is no telemetry and no update check. The
network is used by "sign" without a private key, and to check a Sigstore
signature against --identity without --trusted-root; never with --offline.

Exit codes: 0 pass, 1 the gate failed, 2 usage or configuration, 3 audit
incomplete, 4 trust failure, 5 nothing to audit, 130 interrupted.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return &usageError{fmt.Errorf("no command %q", args[0]), "glassbox --help lists the commands"}
			}
			return nil
		},
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			if a.offline {
				goOffline(cmd.Context())
			}
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	flags := cmd.PersistentFlags()
	flags.BoolVar(&a.offline, "offline", false, "never use the network")
	flags.StringVar(&a.asOf, "as-of", "", "the `date` of the audit, YYYY-MM-DD (default: SOURCE_DATE_EPOCH, else today in UTC)")
	flags.StringVar(&a.color, "color", "auto", "`when` to colour the terminal: auto, always or never")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print what failed and nothing else")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "print every finding")
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &usageError{err, c.CommandPath() + " --help lists the flags"}
	})
	cmd.SetUsageTemplate(strings.ReplaceAll(cmd.UsageTemplate(), "Flags.FlagUsages", fmt.Sprintf("Flags.FlagUsagesWrapped %d", helpWidth)))
	cmd.AddGroup(&cobra.Group{ID: "audit", Title: "Audit:"}, &cobra.Group{ID: "rules", Title: "Rules and schemas:"})
	cmd.AddCommand(a.auditCommand(), a.compareCommand(), a.rankCommand(), a.mergeCommand(), a.reviewCommand(), a.rubricCommand(), a.renderCommand(), a.diffCommand(), a.lockCommand(), a.initCommand(), a.verifyCommand(), a.signCommand(), a.digestCommand(), a.evidenceCommand(), a.weightsCommand(), a.datasetCommand(), a.licenseCommand(), a.explainCommand(), a.rulesCommand(), a.frameworksCommand(), a.apisCommand(), a.schemaCommand(), a.configCommand(), a.completionCommand(), a.versionCommand())
	a.completions(cmd)
	return cmd
}

// helpWidth is how wide a page of help is, in columns.
const helpWidth = 80

// wrapArgs makes cobra's complaints about arguments usage errors.
func wrapArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err, cmd.CommandPath() + " --help shows how it is called"}
		}
		return nil
	}
}

// date settles the date of the audit.
func (a *app) date() (string, error) {
	now, err := a.moment()
	return now.Format(time.DateOnly), err
}

// moment settles the time of the audit, read once: the end of the day that the
// flag names, else SOURCE_DATE_EPOCH, else now, in UTC.
func (a *app) moment() (time.Time, error) {
	if !a.now.IsZero() {
		return a.now, nil
	}
	now := time.Now().UTC()
	if a.asOf != "" {
		day, err := time.Parse(time.DateOnly, a.asOf)
		if err != nil {
			return now, usagef("--as-of %s: not a date as in 2026-11-22", a.asOf)
		}
		now = day.Add(24*time.Hour - time.Second)
	} else if epoch := os.Getenv("SOURCE_DATE_EPOCH"); epoch != "" {
		seconds, err := strconv.ParseInt(epoch, 10, 64)
		if err != nil {
			return now, usagef("SOURCE_DATE_EPOCH=%s: not a number of seconds", epoch)
		}
		now = time.Unix(seconds, 0).UTC()
	}
	a.now = now
	return now, nil
}

// options settles how a terminal is drawn on.
func (a *app) options() (report.Options, error) {
	o := report.Options{Verbose: a.verbose, Quiet: a.quiet}
	file, isFile := a.stdout.(*os.File)
	terminal := isFile && term.IsTerminal(int(file.Fd()))
	if terminal {
		if w, _, err := term.GetSize(int(file.Fd())); err == nil {
			o.Width = w
		}
	}
	if w, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && w > 0 && !terminal {
		o.Width = w
	}
	switch a.color {
	case "always":
		o.Color = true
	case "never":
	case "auto":
		o.Color = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	default:
		return o, usagef("--color %s: auto, always or never", a.color)
	}
	return o, nil
}

// lines joins the lines of a text, ending each.
func lines(list ...string) string { return strings.Join(list, "\n") + "\n" }
