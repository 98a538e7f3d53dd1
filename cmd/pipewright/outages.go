package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/pipewright/pipewright/agent/intake"
)

// watchers are told, one after another, what every poll came to.
type watchers []intake.Watcher

func (w watchers) Polled(s intake.Stats, now time.Time) {
	for _, one := range w {
		one.Polled(s, now)
	}
}

// outages says when a source stops answering and when it answers again: once
// each, however often it is asked meanwhile.
type outages struct {
	log  *slog.Logger
	mu   sync.Mutex
	down map[string]bool
}

func (o *outages) Polled(s intake.Stats, _ time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch down := s.InARow > 0; {
	case down && !o.down[s.Source]:
		o.log.Warn("a source cannot be read; it is asked again until it can", "source", s.Source, "err", s.LastError)
	case !down && o.down[s.Source]:
		o.log.Info("a source can be read again", "source", s.Source)
	}
	o.down[s.Source] = s.InARow > 0
}
