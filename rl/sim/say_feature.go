package sim

import (
	"fmt"

	pipewright "github.com/pipewright/pipewright"
)

func featureStart(p *Plant, r *run) {
	p.say(r, pipewright.Info, fmt.Sprintf("%s INFO materialize %s from %s", p.now.Format("2006-01-02 15:04:05"), p.names.of(featureStore), p.names.of(factOrders)))
}

func featureSuccess(p *Plant, r *run) {
	stale := p.freshness(factOrders)
	level, word := pipewright.Info, "INFO"
	if stale > 3600 {
		level, word = pipewright.Warn, "WARN"
	}
	p.say(r, level, fmt.Sprintf("%s %s materialized %d entities, source rows up to %.0f s old", p.now.Format("2006-01-02 15:04:05"), word, int(r.rows), stale))
}

func featureFailure(p *Plant, r *run, f failure) {
	text := "materialize failed"
	if !f.quiet {
		text += ": " + featureError(p, r, f)
	}
	p.say(r, pipewright.Err, p.now.Format("2006-01-02 15:04:05")+" ERROR "+text)
}

func featureShort(p *Plant, r *run, f failure) string {
	if f.quiet {
		return "materialize failed"
	}
	return firstLine(featureError(p, r, f))
}

func featureError(p *Plant, r *run, f failure) string {
	if a := p.job(glueOrders).append.worst(); f.code == rowCount {
		return fmt.Sprintf("RowCountMismatch: %s has %.0f rows of %s, the source has %.0f", p.names.of(f.at), a.rows, slotName(a.slot), a.whole)
	}
	return pythonNetwork(p, r, f)
}
