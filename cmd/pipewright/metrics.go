package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/intake"
)

// metrics counts what the agent does, and knows whether it is alive and ready.
type metrics struct {
	registry  *prometheus.Registry
	signals   *prometheus.CounterVec
	incidents *prometheus.GaugeVec
	decisions *prometheus.CounterVec
	refusals  *prometheus.CounterVec
	actions   *prometheus.CounterVec
	lag       *prometheus.GaugeVec
	polls     *prometheus.CounterVec
	dropped   *prometheus.GaugeVec

	mu      sync.Mutex
	seen    map[string]bool // fingerprint and begin of symptoms already counted
	stepped time.Time       // wall clock of the last whole step
	sources map[string]string
	now     func() time.Time
	patient time.Duration // without a step for so long, the loop is stuck
}

func newMetrics(now func() time.Time, patient time.Duration) *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), seen: map[string]bool{}, sources: map[string]string{}, now: now, patient: patient}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pipewright_" + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "pipewright_" + name, Help: help}, labels)
		m.registry.MustRegister(g)
		return g
	}
	m.signals = counter("signals_total", "Symptoms seen, each counted once.", "kind")
	m.incidents = gauge("incidents", "Incidents by state, closed ones left out.", "state")
	m.decisions = counter("decisions_total", "Decisions by action kind.", "action")
	m.refusals = counter("refusals_total", "Verdicts that did not allow an action, by guard.", "guard", "ruling")
	m.actions = counter("actions_total", "Actions by kind and what came of them.", "action", "outcome")
	m.lag = gauge("intake_lag_seconds", "Age of the newest record of a source.", "source")
	m.polls = counter("intake_polls_total", "Polls of a source by result.", "source", "result")
	m.dropped = gauge("intake_dropped_records", "Records refused since the start, by reason.", "source", "reason")
	return m
}

// event counts a journaled event.
func (m *metrics) event(e pipewright.Event) {
	if e.To == pipewright.Decided && e.Decision != nil && e.Action != nil {
		m.decisions.WithLabelValues(string(e.Action.Kind)).Inc()
	}
	if v := e.Verdict; v != nil && v.Ruling != pipewright.Allow {
		m.refusals.WithLabelValues(v.By, v.Ruling.String()).Inc()
	}
	if o := e.Outcome; o != nil {
		m.actions.WithLabelValues(string(o.Action.Kind), string(o.Verification)).Inc()
	}
}

// step takes in a whole step of the loop.
func (m *metrics) step(live []pipewright.Incident, signals []pipewright.Signal) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stepped = m.now()
	now := map[string]bool{}
	for _, s := range signals {
		key := s.Fingerprint + s.At.String()
		if now[key] = true; !m.seen[key] {
			m.signals.WithLabelValues(string(s.Kind)).Inc()
		}
	}
	m.seen = now
	count := map[pipewright.State]int{}
	for _, inc := range live {
		count[inc.State]++
	}
	for _, s := range pipewright.States {
		if s != pipewright.Closed {
			m.incidents.WithLabelValues(string(s)).Set(float64(count[s]))
		}
	}
}

// Polled implements intake.Watcher.
func (m *metrics) Polled(s intake.Stats, now time.Time) {
	result := "ok"
	if s.LastError != "" {
		result = "failed"
	}
	m.polls.WithLabelValues(s.Source, result).Inc()
	m.lag.WithLabelValues(s.Source).Set(s.Lag(now).Seconds())
	for reason, n := range s.Dropped {
		m.dropped.WithLabelValues(s.Source, reason).Set(float64(n))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sources[s.Source] = s.LastError
}

// alive reports why the loop is stuck, nil when it is not.
func (m *metrics) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if age := m.now().Sub(m.stepped); age > m.patient {
		return pipewright.Errorf(pipewright.Unavailable, "the loop has not stepped for %s", age.Round(time.Second))
	}
	return nil
}

// ready reports why the agent cannot do its work, nil when it can: every source
// was read, and the last read of each succeeded.
func (m *metrics) ready(sources int) error {
	if err := m.alive(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.sources) < sources {
		return pipewright.Errorf(pipewright.Unavailable, "%d of %d sources were read so far", len(m.sources), sources)
	}
	for name, fault := range m.sources {
		if fault != "" {
			return pipewright.Errorf(pipewright.Unavailable, "source %s cannot be read: %s", name, fault)
		}
	}
	return nil
}

// handler serves /metrics, /healthz and /readyz.
func (m *metrics) handler(sources int) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	say := func(check func() error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if err := check(); err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			}
			fmt.Fprintln(w, "ok")
		}
	}
	mux.HandleFunc("GET /healthz", say(m.alive))
	mux.HandleFunc("GET /readyz", say(func() error { return m.ready(sources) }))
	return mux
}
