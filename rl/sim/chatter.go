package sim

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// scheduleChatter starts what writes lines without being a run: the database,
// the capture of changes, the broker, the warehouse and the model server.
func (p *Plant) scheduleChatter() {
	p.every(p.origin.Add(40*time.Second), always(5*minute), p.captureLines)
	p.every(p.origin.Add(50*time.Second), always(15*minute), p.databaseLines)
	p.every(p.origin.Add(55*time.Second), always(20*minute), p.warehouseLines)
	p.every(p.origin.Add(70*time.Second), always(2*time.Hour), p.brokerLines)
	p.every(p.origin.Add(25*time.Second), always(5*minute), p.servingLines)
	p.every(p.origin.Add(35*time.Second), always(time.Hour), p.workerLines)
}

func (p *Plant) captureLines() {
	seq := 10000 + int(p.now.Sub(p.origin)/minute)
	say := func(level pipewright.Level, part, mark, text string) {
		p.line(dmsTask, level, "", fmt.Sprintf("%08d: %s [%-15s]%s:  %s", seq, p.now.Format("2006-01-02T15:04:05"), part, mark, text))
	}
	switch {
	case p.cdc.stuck != nil: // it says nothing at all
	case p.db.down && !p.db.quiet:
		say(pipewright.Err, "SOURCE_CAPTURE", "E", fmt.Sprintf("Error reading from the replication slot: could not receive data from server: Connection timed out (%s)", p.host(shopDB)))
	case p.cdc.lag > 120:
		say(pipewright.Warn, "SORTER", "W", fmt.Sprintf("Reading is paused, swap files hold %.0f s of changes", p.cdc.lag))
	default:
		say(pipewright.Info, "SOURCE_CAPTURE", "I", fmt.Sprintf("Throughput monitor: %d changes read, latency %.0f s", int(900*load(p.now)), p.cdc.lag))
	}
}

func (p *Plant) databaseLines() {
	rng := p.dice("postgres", p.now.Unix())
	pid := 800 + rng.IntN(200)
	p.postgresLine(pipewright.Info, pid, "LOG", fmt.Sprintf("checkpoint complete: wrote %d buffers (%.1f%%); write=%.2f s", 200+rng.IntN(900), 1+4*rng.Float64(), 20+30*rng.Float64()))
	if rng.Float64() < 0.08 {
		p.postgresLine(pipewright.Warn, pid+1, "WARNING", fmt.Sprintf("statement took %d ms: UPDATE %s SET status = $1", 1500+rng.IntN(4000), p.names.of(tableOrders)))
	}
	for _, t := range p.tables {
		if t.locker != 0 && !t.lockQuiet {
			p.tellLock(t)
		}
	}
}

func (p *Plant) postgresLine(level pipewright.Level, pid int, word, text string) {
	p.line(shopDB, level, "", fmt.Sprintf("%s UTC [%d] app@%s %s:  %s", p.now.Format("2006-01-02 15:04:05.000"), pid, p.names.of(shopDB), word, text))
}

// tellLock is what log_lock_waits writes.
func (p *Plant) tellLock(t *table) {
	if t.lockQuiet {
		return
	}
	p.postgresLine(pipewright.Info, t.locker+11, "LOG", fmt.Sprintf("process %d still waiting for ShareLock on relation %s after 1000.071 ms; holding the lock: %d", t.locker+11, p.names.of(t.id), t.locker))
}

func (p *Plant) warehouseLines() {
	w, rng := &p.warehouse, p.dice("redshift", p.now.Unix())
	say := func(level pipewright.Level, text string) {
		p.line(warehouseID, level, "", fmt.Sprintf("'%s UTC [ db=%s user=etl pid=%d ]' %s", p.now.Format("2006-01-02T15:04:05Z"), p.names.of(warehouseID), 1073700000+rng.IntN(90000), text))
	}
	say(pipewright.Info, fmt.Sprintf("LOG: service class etl: %d slots, %d queries executing", int(w.slots), min(int(w.slots), int(w.demand))))
	if q := p.queueSeconds(); q > 60 && !w.quiet {
		say(pipewright.Warn, fmt.Sprintf("WARNING: service class etl: queries wait %.0f s for a slot", q))
	}
	if w.blocker != 0 && !w.quiet {
		say(pipewright.Warn, fmt.Sprintf("WARNING: pid %d holds an exclusive lock on %s in an open transaction", w.blocker, p.names.of(factOrders)))
	}
	if rng.Float64() < 0.04 {
		say(pipewright.Warn, "WARNING: statistics of a table are stale, run ANALYZE")
	}
}

func (p *Plant) brokerLines() {
	p.line(kafkaOrders, pipewright.Info, "", fmt.Sprintf("[%s] INFO [GroupCoordinator 1]: Stabilized group %s generation %d for topic %s",
		p.now.Format("2006-01-02 15:04:05,000"), p.names.of(lambdaEnrich), 40+int(p.now.Sub(p.origin)/(2*time.Hour)), p.names.of(kafkaOrders)))
}

func (p *Plant) workerLines() {
	for _, w := range p.workers {
		if w.busy() {
			continue
		}
		p.line(w.id, pipewright.Info, "", p.syslog(w, "systemd[1]: logrotate.service: Succeeded."))
		if p.dice("kernel", w.n, p.now.Unix()).Float64() < 0.02 {
			p.line(w.id, pipewright.Warn, "", p.syslog(w, "chronyd[611]: System clock wrong by 0.83 seconds"))
		}
	}
}

func (p *Plant) syslog(w *worker, text string) string {
	return p.now.Format("Jan _2 15:04:05 ") + p.names.of(w.id) + " " + text
}

// servingLines are a few access lines and what the cluster says of the pods.
func (p *Plant) servingLines() {
	s, rng := &p.serving, p.dice("access", p.now.Unix())
	p.line(scorer, pipewright.Info, "", fmt.Sprintf("INFO:     10.0.3.%d:%d - \"POST /score HTTP/1.1\" 200 OK", rng.IntN(250), 40000+rng.IntN(20000)))
	bad := p.errorRate() > 0.02 && !s.now.quiet
	if bad || rng.Float64() < 0.01 {
		p.line(scorer, pipewright.Err, "", fmt.Sprintf("INFO:     10.0.3.%d:%d - \"POST /score HTTP/1.1\" 500 Internal Server Error", rng.IntN(250), 40000+rng.IntN(20000)))
	}
	if bad && s.now.model > 0 {
		p.line(scorer, pipewright.Err, "", fmt.Sprintf("ERROR:    Exception in ASGI application\n%sValueError: X has 41 features, but the model %s expects 43 features as input", pyTrace("serve", "score", "y = model.predict(x)"), p.names.of(fraudModel)))
	}
	if s.now.slow > 2 && s.ramp(p.now) > 0.5 && !s.now.quiet {
		p.line(scorer, pipewright.Warn, "", fmt.Sprintf("WARNING:  slow request: POST /score took %.0f ms, model %s version %d", p.latency()*0.9, p.names.of(fraudModel), s.now.model))
	}
	if p.strain() > 0 && !s.surge.deaf {
		p.line(scorer, pipewright.Warn, "", fmt.Sprintf("WARNING:  request queue is full, %.0f requests a second for %.0f replicas", p.admitted(), p.ready()))
	}
	if s.now.crash > 0 && !s.now.quiet {
		p.event(pipewright.Warn, "Warning", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503")
	}
}

// event is a Kubernetes event about one of the server's pods.
func (p *Plant) event(level pipewright.Level, typ, reason, text string) {
	pod := fmt.Sprintf("%s-%08x-%04x", p.names.of(scorer), p.dice("replica set", int64(p.serving.now.model)).Uint32(), p.dice("pod", p.now.Unix()).Uint32()&0xffff)
	p.line(scorer, level, "", fmt.Sprintf("%s  %s  pod/%s  %s", typ, reason, pod, text))
}
