package sim

import (
	"fmt"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// gauge is a metric that is sampled once a step.
type gauge struct {
	series int32
	read   func() float64
}

// openTelemetry reports the first settings and schemas and starts the metrics:
// once a step, and every ten minutes for what is older than a day and a half, as
// monitoring systems thin out their past.
func (p *Plant) openTelemetry() {
	p.addGauges()
	p.tellSettings()
	p.every(p.origin, always(12*time.Hour), func() {
		for _, t := range p.tables {
			p.snapshot(t)
		}
	})
	fine := p.opt.Start.Add(-36 * time.Hour)
	p.every(p.origin, func(at time.Time) time.Duration {
		if at.Before(fine) {
			return max(10*minute, p.opt.Step)
		}
		return p.opt.Step
	}, func() {
		for _, g := range p.gauges {
			p.sample(g.series, g.read())
		}
	})
}

// noisy is a level that wanders with the load and jitters.
func (p *Plant) noisy(concern string, level, byLoad, jitter float64) float64 {
	v := level + byLoad*load(p.now) + jitter*p.dice(concern, p.now.Unix()).NormFloat64()
	return max(v, 0)
}

func (p *Plant) addGauges() {
	add := func(own pipewright.ResourceID, metric string, read func() float64) {
		p.gauges = append(p.gauges, gauge{p.seriesOf(own, metric), read})
	}
	add(shopDB, "cpu_percent", func() float64 { return p.noisy("db cpu", 6, 20, 1.5) })
	add(shopDB, "connections", func() float64 { return float64(int(p.noisy("db connections", 20, 30, 2))) + p.lockQueue() })
	add(dmsTask, "lag_seconds", func() float64 { return p.cdc.lag })
	add(dmsTask, "cpu_percent", p.cdcCPU)
	add(rawBucket, "freshness_seconds", func() float64 { return p.cdc.lag + 20 + p.noisy("raw", 5, 0, 3) })
	for _, w := range p.workers {
		p.addWorkerGauges(w, add)
	}
	add(dagOrders, "freshness_seconds", func() float64 { return p.age(p.dags[0].freshAt) })
	add(dagCust, "freshness_seconds", func() float64 { return p.age(p.dags[1].freshAt) })
	add(lambdaEnrich, "error_rate", p.lambdaErrors)
	add(lambdaEnrich, "duration_seconds", func() float64 { return p.noisy("lambda", 7, 4, 0.5) })
	add(lambdaEnrich, "memory_percent", p.lambdaMemory)
	add(lambdaEnrich, "requests_per_second", func() float64 { return p.noisy("events", 2, 30, 1) })
	add(kafkaOrders, "requests_per_second", func() float64 { return p.noisy("events", 2, 30, 1) })
	add(lambdaEnrich, "lag_seconds", func() float64 {
		return max(0, p.age(p.job(lambdaEnrich).freshAt)-300) + p.noisy("consumer lag", 1, 0, 0.4)
	})
	add(warehouseID, "cpu_percent", func() float64 {
		return min(99, 12+70*p.warehouse.demand/p.warehouse.slots+p.noisy("wh cpu", 3, 0, 1.5))
	})
	add(warehouseID, "queue_seconds", p.queueSeconds)
	add(warehouseID, "queue_length", p.queueLength)
	add(warehouseID, "connections", func() float64 { return float64(int(p.noisy("wh connections", 10, 14, 1.2) + p.warehouse.backlog)) })
	add(warehouseID, "disk_percent", func() float64 { return 48 + 6*p.cycle(3) })
	add(factOrders, "freshness_seconds", func() float64 { return p.freshness(factOrders) })
	add(dimCust, "freshness_seconds", func() float64 { return p.freshness(dimCust) })
	add(featureStore, "freshness_seconds", func() float64 { return p.age(p.job(featureStore).freshAt) + p.freshness(factOrders) })
	add(featureStore, "latency_p99_ms", func() float64 { return p.noisy("feature latency", 8, 4, 0.6) })
	add(scorer, "cpu_percent", func() float64 { return min(99, p.noisy("scorer cpu", 18, 25, 2)*3/p.ready()+40*min(1, 2*p.strain())) })
	add(scorer, "memory_percent", func() float64 { return p.noisy("scorer memory", 52, 4, 1) })
	add(scorer, "error_rate", p.errorRate)
	add(scorer, "latency_p99_ms", p.latency)
	add(scorer, "requests_per_second", p.admitted)
	add(scorer, "replicas_ready", p.ready)
}

func (p *Plant) addWorkerGauges(w *worker, add func(pipewright.ResourceID, string, func() float64)) {
	key := fmt.Sprintf("worker %d ", w.n)
	add(w.id, "cpu_percent", func() float64 {
		switch {
		case w.down:
			return p.noisy(key+"cpu", 3, 0, 0.5)
		case w.hung != nil && w.spins:
			return p.noisy(key+"cpu", 97, 0, 0.8)
		case w.hung != nil:
			return p.noisy(key+"cpu", 2, 0, 0.4)
		}
		return p.noisy(key+"cpu", 9, 4, 1.5) + 24*float64(len(p.runningOn(w)))
	})
	add(w.id, "memory_percent", func() float64 { return p.noisy(key+"memory", 38, 5, 1.2) })
	add(w.id, "disk_percent", func() float64 { return 42 + 14*p.cycle(1) + float64(w.n) })
	add(w.id, "heartbeat_age_seconds", func() float64 { return p.heartbeatAge(w) })
}

// cycle grows from 0 to 1 over some days, then is cleaned up.
func (p *Plant) cycle(days int64) float64 {
	span := days * 24 * 3600
	return float64(p.now.Unix()%span) / float64(span)
}

// age is the time since, in seconds; 0 before it ever happened.
func (p *Plant) age(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return p.now.Sub(t).Seconds()
}

// freshness is the age of a warehouse table's newest rows.
func (p *Plant) freshness(table pipewright.ResourceID) float64 {
	for _, j := range p.jobs {
		if j.fills() == table {
			return p.age(j.freshAt)
		}
	}
	return 0
}

// lockQueue is how many sessions pile up behind a lock.
func (p *Plant) lockQueue() float64 {
	n := 0.0
	for _, t := range p.tables {
		if t.lockFault != nil {
			n += min(45, 1.5*p.now.Sub(t.lockFault.Start).Minutes())
		}
	}
	return n
}

func (p *Plant) cdcCPU() float64 {
	if p.cdc.stuck != nil {
		return p.noisy("cdc cpu", 1, 0, 0.2)
	}
	return p.noisy("cdc cpu", 8, 12, 1)
}

// lambdaErrors is the share of failed invocations of the last minutes.
func (p *Plant) lambdaErrors() float64 {
	base := 0.001 * p.dice("lambda errors", p.now.Unix()).Float64()
	if j := p.job(lambdaEnrich); j.failed != nil {
		return base + 0.35
	}
	return base
}

func (p *Plant) lambdaMemory() float64 {
	j := p.job(lambdaEnrich)
	skew := 1.0
	if j.memory.skew > 0 {
		skew = j.memory.skew
	}
	return min(99.6, p.noisy("lambda memory", 0, j.memory.base*100/j.memory.limit*skew, 1.5))
}
