package report

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"glassbox/audit/cohort"
)

// LogFormats lists what a reviewers' log can be written as, the default first.
var LogFormats = [...]string{"table", "json", "jsonl", "csv", "markdown"}

// Log writes a log in one of [LogFormats]; jsonl is the log itself.
func Log(w io.Writer, l *cohort.Log, format string, o Options) error {
	switch format {
	case "json":
		return JSON(w, l.Entries)
	case "jsonl":
		return logLines(w, l)
	case "csv":
		return logCSV(w, l)
	case "markdown":
		return logMarkdown(w, l)
	}
	return logTable(w, l, o)
}

func logLines(w io.Writer, l *cohort.Log) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, e := range l.Entries {
		if err := enc.Encode(e); err != nil {
			return err
		}
	}
	return nil
}

var logHead = [...]string{"entry", "day", "who", "what"}

// said puts what an entry says into one sentence.
func said(e cohort.Entry) string {
	var b strings.Builder
	b.WriteString(e.Kind)
	add := func(before, text string) {
		if text != "" {
			b.WriteString(before + text)
		}
	}
	add(" ", e.Name)
	add(" ", e.Rule)
	switch {
	case e.From != "" && e.To != "":
		b.WriteString(": " + e.From + " → " + e.To)
	case e.To != "":
		b.WriteString(": " + e.To)
	}
	if e.Of > 0 {
		b.WriteString(" of entry " + strconv.Itoa(e.Of))
	}
	add("; ", e.Reason)
	add("; see ", e.Evidence)
	add("; until ", e.Expires)
	add("; rules ", Abbreviated(e.Rules))
	return Clean(b.String())
}

func day(when string) string { return when[:min(len(when), len("2006-01-02"))] }

func logTable(w io.Writer, l *cohort.Log, o Options) error {
	var rows [][]string
	for _, e := range l.Entries {
		rows = append(rows, []string{strconv.Itoa(e.Seq), day(e.When), cut(Clean(e.Who), 20), said(e)})
	}
	if err := Table(w, logHead[:], rows, o); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nhead %s\n", Clean(l.Head()))
	return err
}

func logMarkdown(w io.Writer, l *cohort.Log) error {
	lines := []string{"| " + strings.Join(logHead[:], " | ") + " |", strings.Repeat("|---", len(logHead)) + "|"}
	for _, e := range l.Entries {
		lines = append(lines, fmt.Sprintf("| %d | %s | %s | %s |", e.Seq, plainMarkdown(day(e.When)), plainMarkdown(Clean(e.Who)), plainMarkdown(said(e))))
	}
	_, err := fmt.Fprintf(w, "%s\n\nhead %s\n", strings.Join(lines, "\n"), plainMarkdown(l.Head()))
	return err
}

func logCSV(w io.Writer, l *cohort.Log) error {
	out := csv.NewWriter(w)
	if err := out.Write([]string{"entry", "when", "who", "kind", "applicant", "subject", "rule", "from", "to", "reason", "evidence", "expires", "of", "digest"}); err != nil {
		return err
	}
	for _, e := range l.Entries {
		of := ""
		if e.Of > 0 {
			of = strconv.Itoa(e.Of)
		}
		row := []string{strconv.Itoa(e.Seq), e.When, e.Who, e.Kind, e.Name, e.Subject, e.Rule, e.From, e.To, e.Reason, e.Evidence, e.Expires, of, e.Digest}
		for i, cell := range row {
			row[i] = inert(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Agreement writes how far reviewers agree, as a table or json.
func Agreement(w io.Writer, a *cohort.Agreement, format string, o Options) error {
	if format == "json" {
		return JSON(w, a)
	}
	if _, err := fmt.Fprintf(w, "%d rated by two or more, %d with one word\n", a.Items, a.Agreed); err != nil {
		return err
	}
	var rows [][]string
	for _, p := range a.Pairs {
		rows = append(rows, []string{kappa(p.Cohen, p.Items), fmt.Sprintf("%d of %d", p.Agreed, p.Items), Clean(p.A + " and " + p.B)})
	}
	if len(a.Reviewers) > 2 {
		rows = append(rows, []string{kappa(a.Fleiss, a.FleissItems), fmt.Sprint(a.FleissItems), "all " + strconv.Itoa(len(a.Reviewers)) + ", where every one rated (Fleiss)"})
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		if err := Table(w, []string{"kappa", "agreed", "between"}, rows, o); err != nil {
			return err
		}
	}
	return unresolved(w, a, o)
}

func unresolved(w io.Writer, a *cohort.Agreement, o Options) error {
	if len(a.Unresolved) == 0 {
		_, err := fmt.Fprintln(w, "\nnothing is left to settle")
		return err
	}
	var rows [][]string
	for _, u := range a.Unresolved {
		var who, entries []string
		for i, name := range u.Who {
			if i < len(u.Words) {
				name += " " + u.Words[i]
			}
			who = append(who, name)
			entries = append(entries, strconv.Itoa(u.Seq[i]))
		}
		rows = append(rows, []string{strings.Join(entries, ","), cut(Clean(u.Name), 24), Clean(u.Kind), Clean(strings.TrimPrefix(u.Rule+": "+strings.Join(who, ", "), ": "))})
	}
	fmt.Fprintln(w, "\nleft to settle")
	return Table(w, []string{"entry", "applicant", "what", "by"}, rows, o)
}

// kappa writes a coefficient, a dash where it is not defined.
func kappa(k *float64, items int) string {
	switch {
	case k != nil:
		return strconv.FormatFloat(cohort.Rounded(*k), 'f', 2, 64)
	case items == 0:
		return "–"
	}
	return "n/a"
}
