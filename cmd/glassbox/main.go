// Command glassbox audits an AI model release: it reads the files, holds what
// they say against each other, and scores how open, how transparent and how
// trustworthy the release is. See README.md.
package main

//go:generate go test -run ^TestManPages$ -count 1 . -man ../../man

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks twice is not asked to wait
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
