package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"holdfast/fixtures"
	"holdfast/scenarios"
)

// quietPeriod is how often a status line is printed where there is no terminal.
const quietPeriod = 10 * time.Second

// progress shows a run as it goes: stages with their times, then a line a second. On a terminal
// the status line is rewritten in place; elsewhere each line stands for itself and comes less
// often.
type progress struct {
	mu      sync.Mutex
	w       io.Writer
	live    bool // w is a terminal
	dirty   bool // the cursor stands behind a status line
	started time.Time
	printed time.Time // of the last status line
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, live: ok && term.IsTerminal(int(f.Fd())), started: time.Now()}
}

// line prints one whole line.
func (p *progress) line(format string, a ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	fmt.Fprintf(p.w, format+"\n", a...)
}

func (p *progress) clear() {
	if p.dirty {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.dirty = false
	}
}

func (p *progress) elapsed() time.Duration {
	return time.Since(p.started).Round(100 * time.Millisecond)
}

// stage prints a stage of the bring-up: when it begins on a terminal, when it ended anywhere.
func (p *progress) stage(s fixtures.Stage) {
	switch {
	case s.Done:
		note := ""
		if s.Note != "" {
			note = "  (" + s.Note + ")"
		}
		p.line("%7.1fs  %-38s %6.1fs%s", p.elapsed().Seconds(), s.Name, s.Took.Seconds(), note)
	case p.live:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.clear()
		fmt.Fprintf(p.w, "%7.1fs  %s …", p.elapsed().Seconds(), s.Name)
		p.dirty = true
	}
}

// phase prints the beginning of a phase.
func (p *progress) phase(name string) { p.line("%7.1fs  ── %s", p.elapsed().Seconds(), name) }

// status prints or rewrites the status line.
func (p *progress) status(s scenarios.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := fmt.Sprintf("%7.1fs  %s", p.elapsed().Seconds(), statusText(s))
	if p.live {
		p.clear()
		fmt.Fprint(p.w, text)
		p.dirty = true
		return
	}
	if now := time.Now(); now.Sub(p.printed) >= quietPeriod {
		p.printed = now
		fmt.Fprintln(p.w, text)
	}
}

func statusText(s scenarios.Status) string {
	force := "no fault"
	if len(s.InForce) > 0 {
		force = strings.Join(s.InForce, ",")
	}
	l := s.Live
	return fmt.Sprintf("ok %d/s  failed %d/s  unknown %d/s  p95 %v  %s  nodes %d/%d  in flight %d  dropped %d  slip p99 %v",
		l.Second.OK, l.Second.Failed, l.Second.Unknown, l.P95.Round(time.Millisecond), force,
		s.Ready, s.Nodes, l.InFlight, l.Total.Dropped, l.Slip.P99.Round(100*time.Microsecond))
}

// end leaves the cursor at the start of a line.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
}
