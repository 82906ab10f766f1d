// Command glassbox audits an AI model release: it reads the files, holds what
// they say against each other, and scores how open, how transparent and how
// trustworthy the release is. See README.md.
package main

//go:generate go test -run ^TestManPages$ -count 1 . -man ../../man

import (
	"context"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"syscall"
)

func main() {
	startLean()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // who asks twice is not asked to wait
	net := &network{online: http.DefaultTransport}
	http.DefaultTransport = net
	ctx = context.WithValue(ctx, networkKey{}, net)
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// network is the way out of the process, until it is cut. No command goes out
// when it was told not to; this sees to it that no library does either.
type network struct {
	online http.RoundTripper
	cut    atomic.Bool
}

// networkKey finds the network of the process in a context.
type networkKey struct{}

// errOffline is what a request meets that should never have been made.
var errOffline = errors.New("refused: --offline")

func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if n.cut.Load() {
		return nil, errOffline
	}
	return n.online.RoundTrip(r)
}

// goOffline cuts the network of the process, where it has one.
func goOffline(ctx context.Context) {
	if n, ok := ctx.Value(networkKey{}).(*network); ok {
		n.cut.Store(true)
	}
}

// startLean lets the heap grow to 16 MB before it is collected for the first
// time: nearly all that a start allocates stays, and collecting it over and over
// takes a fifth of a short run. After that it is collected when it has grown by
// two thirds, sooner than is usual, so that the peak of a long run is no higher
// for it. Whoever sets GOGC has decided.
func startLean() {
	if os.Getenv("GOGC") != "" {
		return
	}
	const first, pace = 400, 65 // per cent: of the runtime's least heap, 4 MB; of what lives
	debug.SetGCPercent(first)
	runtime.AddCleanup(new([16]byte), func(percent int) { debug.SetGCPercent(percent) }, pace)
}
