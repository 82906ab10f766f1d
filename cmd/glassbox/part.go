package main

import (
	"context"
	"io"

	"glassbox/audit"
	"glassbox/audit/report"
)

// part is one part of an audit that has a command of its own: a list in the
// evidence, how it is judged alone, and how it is drawn.
type part struct {
	pointer string // of the list
	key     string // of the list in JSON output
	verdict func(*audit.Evidence, []any) (code int, reason string)
	draw    func(io.Writer, []any, report.Options) error
}

func (a *app) runPart(ctx context.Context, p part, flags []string, path string) error {
	outs, err := outputs(flags, []string{"table", "json"})
	if err != nil {
		return err
	}
	options, err := a.options()
	if err != nil {
		return err
	}
	ev, err := a.gather(ctx, path)
	if err != nil {
		return err
	}
	v, _ := ev.Get(p.pointer)
	items, _ := v.([]any)
	a.settle(p.verdict(ev, items))
	for _, o := range outs {
		err := a.write(o, func(w io.Writer) error {
			if o.format == "json" {
				return report.JSON(w, map[string]any{p.key: append([]any{}, items...)})
			}
			return p.draw(w, items, options)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
