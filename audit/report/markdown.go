package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"glassbox/audit"
)

// writeMarkdown writes what fits a comment on a change and a step's summary. The
// first line is a hidden marker with the subject's name, by which the comment of
// an earlier run is found and updated.
func writeMarkdown(w io.Writer, reports []*audit.Report, _ Options) error {
	var b strings.Builder
	for i, r := range reports {
		if i > 0 {
			b.WriteString("\n")
		}
		markdownReport(&b, r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// plainMarkdown is inMarkdown where addresses would become links by themselves.
func plainMarkdown(s string) string {
	return links.ReplaceAllString(inMarkdown(s), "$1\u2060$2")
}

// links are where GitHub's Markdown begins a link without being told.
var links = regexp.MustCompile(`(?i)(:|www)(//|\.)`)

func markdownReport(b *strings.Builder, r *audit.Report) {
	fmt.Fprintf(b, "<!-- glassbox: %s -->\n", unmarked.ReplaceAllString(Clean(r.Subject.Name), "_"))
	fmt.Fprintf(b, "### %s: %s\n\n%s\n\n", plainMarkdown(r.Subject.Name), heading(r), plainMarkdown(r.Verdict.Reason))
	b.WriteString("| axis | shown to possible | grade | |\n| --- | --- | --- | --- |\n")
	for _, s := range r.Scores {
		if s.Axis != "" {
			fmt.Fprintf(b, "| %s | %s | %s | %s |\n", plainMarkdown(s.Axis), reached(s), plainMarkdown(s.Grade), plainMarkdown(axisNote(s)))
		}
	}
	if label, text := shifted(r); text != "" {
		fmt.Fprintf(b, "\n%s: %s\n", label, plainMarkdown(text))
	}
	if r.WhatIf != nil {
		fmt.Fprintf(b, "\nHypothetical, not as found: if %s: %s\n", plainMarkdown(assumed(r.WhatIf)), plainMarkdown(strings.Join(changes(r), "; ")))
	}
	markdownGate(b, r.Policy)
	found := against(r)
	for _, word := range []string{audit.WordContradicted, audit.WordNotMet} {
		markdownFindings(b, r, word, with(found, word))
	}
	for _, word := range []string{audit.WordNotShown, audit.WordNotDisclosed, audit.WordNotFound, audit.WordUnverifiable} {
		if list := with(found, word); len(list) > 0 {
			fmt.Fprintf(b, "\n<details><summary>%s: %d</summary>\n", word, len(list))
			markdownFindings(b, r, word, list)
			b.WriteString("\n</details>\n")
		}
	}
}

// unmarked is what may not stand in the marker, which is an HTML comment.
var unmarked = regexp.MustCompile(`[^A-Za-z0-9._/]+`)

func with(found []*audit.Finding, word string) []*audit.Finding {
	var out []*audit.Finding
	for _, f := range found {
		if f.Word == word {
			out = append(out, f)
		}
	}
	return out
}

// reached writes both ends of a score.
func reached(s audit.Score) string {
	if s.Floor == nil || s.Ceiling == nil {
		return "not applicable"
	}
	return fmt.Sprintf("%d–%d", *s.Floor, *s.Ceiling)
}

// axisNote is the cap that bound an axis, else the meaning of its grade.
func axisNote(s audit.Score) string {
	if caps := capNames(s); caps != "" {
		return caps
	}
	return s.Words
}

func markdownFindings(b *strings.Builder, r *audit.Report, word string, list []*audit.Finding) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "\n| %s | severity | seen | where |\n| --- | --- | --- | --- |\n", word)
	for _, f := range list {
		seen, at := what(*f), ""
		if a := anchorOf(r, f); a.own {
			at = fmt.Sprintf("%s:%d", a.path, a.line)
		}
		if f.Waiver != nil {
			seen = "waived until " + f.Waiver.Expires + " (" + f.Waiver.Owner + ", " + f.Waiver.Reason + "): " + seen
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", plainMarkdown(f.Rule), f.Severity, plainMarkdown(seen), plainMarkdown(at))
	}
}

func markdownGate(b *strings.Builder, p *audit.Gated) {
	if p == nil {
		return
	}
	if len(p.Gates) > 0 {
		b.WriteString("\n| gate | asked | found | |\n| --- | --- | --- | --- |\n")
	}
	for _, g := range p.Gates {
		found := Clean(g.Found)
		if len(g.Rules) > 0 {
			found += ": " + strings.Join(g.Rules, ", ")
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", plainMarkdown(g.Subject()), plainMarkdown(g.Asked), plainMarkdown(found), holds(g))
	}
	if len(p.Waivers) > 0 {
		b.WriteString("\n| waiver | state | until | owner | reason |\n| --- | --- | --- | --- | --- |\n")
	}
	for _, w := range p.Waivers {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", plainMarkdown(strings.TrimSpace(w.Rule+" "+w.Subject)), plainMarkdown(w.State), plainMarkdown(w.Expires), plainMarkdown(w.Owner), plainMarkdown(w.Reason))
	}
}
