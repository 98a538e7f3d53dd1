package sim

import (
	"maps"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Act is one action on the plant, as a client of the real systems would ask for it.
type Act struct {
	Kind   pipewright.ActionKind
	Target pipewright.ResourceID
	Args   map[string]string
	Key    string // idempotency key
}

// Applied is an act that was applied, with the plant time at which it was asked for.
type Applied struct {
	Act
	At time.Time
}

// outcome is what an applied act brought.
type outcome struct {
	kind    pipewright.ActionKind
	target  pipewright.ResourceID
	receipt pipewright.Receipt
}

// effect is what a deed did, in the system's words.
type effect struct {
	id     string
	say    string
	undo   map[string]string
	detail map[string]string
}

// deeds are the actions that the plant knows.
var deeds = map[pipewright.ActionKind]func(*Plant, pipewright.ResourceID, map[string]string) (effect, error){ // looked up, never walked
	"glue.retry": rerun, "glue.backoff_retry": rerun, "glue.scale_up": scaleJob, "glue.scale_down": shrinkJob, "glue.reload": reloadSlot,
	"lambda.retry": rerun, "lambda.scale_up": scaleJob, "lambda.scale_down": shrinkJob, "lambda.rollback": switchFunction,
	"airflow.retry": clearTask, "airflow.backoff_retry": clearTask, "airflow.restart": restartTask, "airflow.cancel": cancelRun,
	"ec2.restart":       rebootWorker,
	"redshift.cancel":   cancelBlocker,
	"redshift.retry":    retryQuery,
	"redshift.scale_up": growWarehouse, "redshift.scale_down": shrinkWarehouse,
	"dms.restart": restartCapture, "dms.retry": pokeCapture,
	"k8s.restart": restartServer, "k8s.rollback": undoRollout, "k8s.scale_up": addReplicas, "k8s.scale_down": dropReplicas,
	"k8s.throttle": limitServer, "k8s.release": freeServer,
	"postgres.remap": putView, "postgres.rollback": dropView, "postgres.cancel": cancelSession,
}

// blink is how long an act takes. No act shares its instant with anything that
// was reported before, or a reader who goes on from there would miss it.
const blink = time.Millisecond

// Act applies an act at the plant's now, once for each key: the same key again
// returns the first receipt and changes nothing. A refused act changes nothing
// either; its error says why, in the target system's words.
func (p *Plant) Act(a Act) (pipewright.Receipt, error) {
	if a.Key == "" {
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.Invalid, "%s %s: an act needs a key", a.Kind, a.Target)
	}
	if o, ok := p.done[a.Key]; ok {
		if o.kind != a.Kind || o.target != a.Target {
			return pipewright.Receipt{}, pipewright.Errorf(pipewright.Conflict, "key %s was used for %s on %s", a.Key, o.kind, o.target)
		}
		return o.receipt, nil
	}
	do, ok := deeds[a.Kind]
	own, known := p.names.back[a.Target]
	if !ok || !known || a.Kind.System() != own.System() {
		return pipewright.Receipt{}, pipewright.Errorf(pipewright.NotFound, "%s on %s: no such action or target", a.Kind, a.Target)
	}
	asked := p.now
	p.Advance(p.now.Add(blink)) // what was reported up to now may have been read: the act comes after it
	e, err := do(p, own, a.Args)
	if err != nil {
		return pipewright.Receipt{}, err
	}
	r := pipewright.Receipt{Key: a.Key, ID: e.id, At: p.now, Say: e.say, Undo: e.undo, Detail: e.detail}
	p.done[a.Key] = outcome{a.Kind, a.Target, r}
	a.Args = maps.Clone(a.Args)
	p.acts = append(p.acts, Applied{a, asked})
	p.deed(own, "pipewright", e.say)
	p.Advance(p.now) // what follows at once belongs to this instant
	return r, nil
}

// Find returns the receipt of a key; the plant is certain either way.
func (p *Plant) Find(key string) (pipewright.Receipt, bool) {
	o, ok := p.done[key]
	return o.receipt, ok
}

// Acts lists what was applied so far, in order.
func (p *Plant) Acts() []Applied { return append([]Applied(nil), p.acts...) }

// Replay applies acts at the times at which they were applied before, in order:
// a new plant of the same options then has the same future. An act that lies
// behind the plant's now is a Conflict error; acts of one time follow each other
// within blinks.
func (p *Plant) Replay(acts []Applied) error {
	reached := p.now
	for _, a := range acts {
		if a.At.Before(reached) {
			return pipewright.Errorf(pipewright.Conflict, "replay %s at %s: the plant is at %s already", a.Key, a.At, reached)
		}
		reached = a.At
		p.Advance(a.At)
		if _, err := p.Act(a.Act); err != nil {
			return err
		}
	}
	return nil
}

func refused(format string, args ...any) error {
	return pipewright.Errorf(pipewright.Conflict, format, args...)
}
