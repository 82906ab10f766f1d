package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"glassbox/audit"
	"glassbox/audit/report"
)

func (a *app) weightsCommand() *cobra.Command {
	var flags []string
	cmd := &cobra.Command{
		Use:     "weights PATH",
		GroupID: "audit",
		Short:   "Read weight files: format, size, and whether loading can run code",
		Long: `Weights reads each weight file of PATH, a file, a directory or an archive, from
its bytes: what it is, what is in it, whether loading it can run code, and why.
Nothing is loaded, unpacked or executed.

Exit codes: 0 read to the end and harmless, 1 something is wrong or can run code
that is not known to be harmless, 3 not everything could be read, 5 no weights.`,
		Args: wrapArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runPart(cmd.Context(), weightsPart, flags, args[0])
		},
	}
	cmd.Flags().StringArrayVarP(&flags, "output", "o", nil, "print as `FORMAT[=PATH]`: table, json")
	return cmd
}

// weightsPart is the audit's part about weights.
var weightsPart = part{"/weights/files", "files", weightsVerdict, report.Weights}

// weightsVerdict decides the exit code of the files alone.
func weightsVerdict(ev *audit.Evidence, files []any) (int, string) {
	wrong, unread := "", ""
	for _, f := range files {
		m, _ := f.(map[string]any)
		path, _ := m["path"].(string)
		reason, _ := m["reason"].(string)
		switch {
		case m["verdict"] == "code_capable" || faulty(m["problems"]):
			wrong = first(wrong, path+": "+reason)
		case m["complete"] != true:
			unread = first(unread, path+": "+reason)
		}
	}
	limits := ev.Limits()
	switch {
	case wrong != "":
		return audit.ExitFail, wrong
	case len(limits) > 0:
		return audit.ExitIncomplete, ev.WhyLimited(limits[0])
	case unread != "":
		return audit.ExitIncomplete, unread
	case len(files) == 0:
		return audit.ExitEmpty, "no weight file there"
	}
	return audit.ExitPass, fmt.Sprintf("%d weight files read to the end", len(files))
}

// faulty tells whether a list of problems holds one that breaks the format.
// That weights are only pointed at is no fault of the file that is here.
func faulty(problems any) bool {
	list, _ := problems.([]any)
	for _, p := range list {
		m, _ := p.(map[string]any)
		if m["severity"] == "error" && m["kind"] != "weights_absent" && m["kind"] != "not_opened" && m["kind"] != "limit_hit" {
			return true
		}
	}
	return false
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
