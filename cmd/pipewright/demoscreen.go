package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/internal/config"
	"github.com/pipewright/pipewright/internal/tui"
)

// demoScreen is the demo on a whole terminal: the chat, with the loop at work behind it.
// The chat is there at once; the plant and its seven days are made meanwhile.
func (p program) demoScreen(ctx context.Context, f demoFlags, store anyStore, begin func(program) (*demo, error)) error {
	know, err := p.know(f.dbFlags)
	if err != nil {
		return err
	}
	cfg := demoConfig(0)
	a := asker{p: p, store: store, cfg: cfg, know: know, sys: declared(store), zone: time.UTC}
	name := demoPast
	if f.db != "" {
		name = f.db
	}
	was, err := p.pastOf(ctx, store, name, config.Config{})
	if err != nil {
		return err
	}
	heard := &murmur{}
	behind := p // the loop: what it prints is shown by the chat, out of the journal
	behind.out, behind.err = io.Discard, heard
	parts := tui.Parts{Desk: &desk{p: p, store: store, said: heard, plant: true}, Asker: chatAsker{a}, Library: shelf{know.prompts}, Draw: p.drawer(store), Remember: was.add, Save: saveNew}
	screen := p.chatConfig(fmt.Sprintf("demo: a simulated shop, ×%g", f.speed), f.welcome(), "demo", a, was)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var d *demo
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer cancel()
		var err error
		if d, err = begin(behind); err != nil {
			return err
		}
		if err = d.wake(ctx); err == nil {
			d.began = time.Now() // a person watches: time spent on history is not made up for
			err = d.live(ctx, true, nil)
		}
		if errors.Is(err, context.Canceled) {
			return nil // the person left
		}
		return err
	})
	m, err := tui.Run(ctx, screen, parts, p.in, p.out)
	cancel()
	if err = errors.Join(p.leave(m, err), g.Wait()); err != nil || d == nil || d.now.IsZero() {
		return err
	}
	d.p = p
	return d.goodbye(context.WithoutCancel(ctx))
}

// welcome is what a newcomer reads first.
func (f demoFlags) welcome() string {
	cfg := demoConfig(0)
	text := "A simulated shop with the real agent: seven days of history, a fault that is live now, and more to come. " +
		fmt.Sprintf("Here it heals R0 and R1 alone above its bar (%.2f and %.2f) and always asks before R2.\n", cfg.Bar(pipewright.R0), cfg.Bar(pipewright.R1)) +
		"Ask, for example: what is wrong now? · why did the fraud scorer fail? · what is waiting for me? · restart the orders dag"
	if f.db != "" {
		text += "\nKept in " + f.db + "."
	}
	return text
}
