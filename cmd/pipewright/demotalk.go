package main

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"time"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/terminal"
)

func (d *demo) hello(chat bool) {
	s := d.p.style()
	fmt.Fprintf(d.p.out, "%s\n", s.Title("Pipewright demo: a simulated shop, the real agent"))
	fmt.Fprintf(d.p.out, "  plant time %s, %g times as fast as the clock, seed %d\n", d.start.Format("2006-01-02 15:04:05"), d.flags.speed, d.cfg.Seed)
	fmt.Fprintf(d.p.out, "  modes of this demo: R0 and R1 alone above the bar (%.2f and %.2f), R2 always asked\n", d.cfg.Bar(pipewright.R0), d.cfg.Bar(pipewright.R1))
	if d.flags.db != "" {
		fmt.Fprintf(d.p.out, "  kept in %s: `pipewright ask --db %s \"what is wrong now\"` works beside this\n", d.flags.db, d.flags.db)
	}
	if chat {
		fmt.Fprintf(d.p.out, "  ask anything (why did the glue job fail?), approve, deny, pause, help, quit\n")
	}
	fmt.Fprintln(d.p.out)
}

// goodbye sums up what happened.
func (d *demo) goodbye(ctx context.Context) error {
	if d.flags.json {
		return nil
	}
	found, err := d.store.Incidents(context.WithoutCancel(ctx), pipewright.IncidentQuery{Limit: 100_000})
	if err != nil {
		return err
	}
	fmt.Fprintf(d.p.out, "\n%s\n", sumUp(found, d.now.Sub(d.start)))
	return nil
}

func sumUp(found []pipewright.Incident, lasted time.Duration) string {
	healed, asked, escalated, gone := 0, 0, 0, 0
	for _, inc := range found {
		last := inc.LastAttempt()
		switch {
		case last != nil && last.Verification == pipewright.VerifyRecovered:
			healed++
		case inc.State == pipewright.Escalated:
			escalated++
		case inc.State == pipewright.Closed:
			gone++
		}
		if inc.Approval != "" {
			asked++
		}
	}
	return fmt.Sprintf("%s of plant time: %d incidents, %d healed, %d asked about, %d recovered without us, %d with a person",
		terminal.Span(lasted), len(found), healed, asked, gone, escalated)
}

// converse reads lines until the input ends or the person leaves.
func (d *demo) converse(ctx context.Context, leave chan<- struct{}) {
	defer close(leave)
	lines := bufio.NewScanner(d.p.in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "quit" || text == "exit" {
			return
		}
		if text != "" {
			d.reply(ctx, text)
		}
	}
}

func (d *demo) reply(ctx context.Context, text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	a, err := d.p.answer(ctx, d.store, d.healer.loop, d.know, d.systems, pipewright.Question{Text: text, Thread: "demo", Surface: "chat", At: d.now})
	if err != nil {
		fmt.Fprintln(d.p.out, "  "+pipewright.Visible(err.Error()))
		return
	}
	fmt.Fprintln(d.p.out, d.p.style().Answer(a))
}
