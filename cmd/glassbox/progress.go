package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"glassbox/audit/cohort"
	"glassbox/audit/collect"
	"glassbox/audit/report"
)

// When progress is told, after the start and after the last time: soon on a
// terminal, where it is drawn over; late elsewhere, where every line stays.
const (
	drawFirst, drawNext = 500 * time.Millisecond, 100 * time.Millisecond
	lineFirst, lineNext = 5 * time.Second, 10 * time.Second
)

// meter tells how far reading and hashing are, how fast it goes and how long it
// will take. What is quickly done it says nothing of.
type meter struct {
	w        io.Writer
	terminal bool
	now      func() time.Time
	start    time.Time
	next     time.Time
	drawn    bool
}

// meter returns what hashing reports to, and what to call when it is done. With
// -q it is nil.
func (a *app) meter() (progress func(done, total int64), finish func()) {
	if a.quiet {
		return nil, func() {}
	}
	m := a.newMeter()
	return m.progress, m.finish
}

func (a *app) newMeter() *meter {
	file, isFile := a.stderr.(*os.File)
	return &meter{w: a.stderr, terminal: isFile && term.IsTerminal(int(file.Fd())), now: time.Now}
}

func (m *meter) progress(done, total int64) {
	m.tell(func(took time.Duration) string { return state(done, total, took) })
}

// reading is told of weight files that were read.
func (m *meter) reading(r collect.Reading) {
	m.tell(func(time.Duration) string {
		return fmt.Sprintf("reading weights: %d of %d files, %s looked at", r.Done, r.Files, report.Size(r.Bytes))
	})
}

// tell draws a line when it is time to.
func (m *meter) tell(state func(took time.Duration) string) {
	if m.start.IsZero() {
		m.begin()
	}
	now := m.now()
	if now.Before(m.next) {
		return
	}
	m.next = now.Add(m.every(drawNext, lineNext))
	line := state(now.Sub(m.start))
	if m.terminal {
		m.drawn = true
		fmt.Fprintf(m.w, "\r\x1b[K%s", line)
		return
	}
	fmt.Fprintln(m.w, line)
}

// begin starts the clock; else the first that is told does.
func (m *meter) begin() {
	m.start = m.now()
	m.next = m.start.Add(m.every(drawFirst, lineFirst))
}

func (m *meter) every(terminal, plain time.Duration) time.Duration {
	if m.terminal {
		return terminal
	}
	return plain
}

// finish wipes the line.
func (m *meter) finish() {
	if m.drawn {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
}

// state is one line: how much of what, throughput, and time left.
func state(done, total int64, took time.Duration) string {
	rate := float64(done) / max(took.Seconds(), 1e-3)
	line := fmt.Sprintf("hashing: %s of %s, %s/s", report.Size(done), report.Size(total), report.Size(int64(rate)))
	if rate < 1 || done >= total {
		return line
	}
	left := time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second)
	return line + ", " + left.String() + " left"
}

// tally tells how many applicants are done, how fast it goes and how long the
// rest will take.
type tally struct {
	mu                  sync.Mutex
	meter               *meter // nil: nothing is told
	done, broken, total int
}

// tallyOf counts those who have yet to be audited.
func (a *app) tallyOf(applicants []cohort.Applicant) *tally {
	t := &tally{}
	for i := range applicants {
		if applicants[i].Report == nil && applicants[i].Err == nil {
			t.total++
		}
	}
	if !a.quiet {
		t.meter = a.newMeter()
		t.meter.begin()
	}
	return t
}

// one more is done.
func (t *tally) one(broken bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if broken {
		t.broken++
	}
	if t.meter != nil {
		t.meter.tell(t.state)
	}
}

func (t *tally) finish() {
	if t.meter != nil {
		t.meter.finish()
	}
}

func (t *tally) state(took time.Duration) string {
	rate := float64(t.done) / max(took.Seconds(), 1e-3)
	line := fmt.Sprintf("auditing: %d of %d applicants, %.1f/s", t.done, t.total, rate)
	if t.done < t.total {
		line += ", " + time.Duration(float64(t.total-t.done)/rate*float64(time.Second)).Round(time.Second).String() + " left"
	}
	if t.broken > 0 {
		line += fmt.Sprintf(", %d could not be read", t.broken)
	}
	return line
}
