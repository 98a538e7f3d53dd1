package gym

import (
	"math"
	"math/rand/v2"
	"time"
)

// scene is the state of everything on the way of one stage's work during one
// incident. Times are minutes from when it was noticed. It is a value: a copy
// is another future of the same incident.
type scene struct {
	p     *numbers
	kind  *kind
	start time.Time
	now   float64

	link      link
	access    access
	sessions  sessions
	bucket    bucket
	input     input
	columns   columns
	changelog changelog
	content   content
	memory    memory
	host      host
	release   release
	model     model
	features  features
	traffic   traffic
	lock      lock
	queue     queue
	disk      disk

	ourRule bool // the rules of the network, and quotas, are ours to take back

	idempotent bool // a run that comes again replaces what the first one wrote
	writing    bool // a run was in its write when it stopped
	partial    bool // rows of a run that failed are there
	done       bool // a run that is not a service's has succeeded
	next       float64
	period     float64 // of the schedule, in minutes
	scheduled  uint64  // runs of the schedule so far
	routine    bool    // the run that goes on is one of them

	weight  float64 // how much harm weighs here, 0 to 1
	hurts   int
	why     string  // of the last harm
	due     float64 // when harm that is done already shows; 0: none
	dueWhy  string
	spoiled bool // that harm shows
	seed    uint64
	lately  []string // what changed lately, for the telemetry
}

// periods of schedules in minutes; hourly ones are commonest.
var periods = []float64{15, 30, 60, 60, 60, 120, 240}

// newScene draws a stage in which all is well.
func newScene(p *numbers, k *kind, start time.Time, seed uint64) scene {
	r := stream(seed, "scene")
	s := scene{p: p, kind: k, start: start, seed: seed,
		link: newLink(r, p), access: newAccess(r, p), sessions: newSessions(r, p), bucket: newBucket(r, p),
		input: newInput(r, p), columns: newColumns(r, p), changelog: newChangelog(r, p), content: newContent(r, p),
		memory: newMemory(r, p), host: newHost(r, p), release: newRelease(r, p), model: newModel(r, p),
		features: newFeatures(r, p), traffic: newTraffic(r, p), lock: newLock(r, p), queue: newQueue(r, p), disk: newDisk(r, p),
	}
	s.ourRule = coin(r, p[pOwnRule])
	s.idempotent = coin(r, p[pIdempotent])
	s.period = periods[r.IntN(len(periods))]
	s.next = uniform(r, .15, 1) * s.period
	s.weight = r.Float64()
	return s
}

// hour of the day, UTC.
func (s *scene) hour() float64 {
	h := float64(s.start.Hour()) + float64(s.start.Minute())/60 + s.now/60
	return math.Mod(h, 24)
}

// hurt is harm that shows at once; doom is harm that shows after some minutes.
// What the schedule does is nobody's fault.
func (s *scene) hurt(why string) {
	if !s.routine {
		s.hurts, s.why = s.hurts+1, why
	}
}

func (s *scene) doom(after float64, why string) {
	if !s.routine && (s.due == 0 || s.now+after < s.due) {
		s.due, s.dueWhy = s.now+after, why
	}
}

// severity of harm here, 1 to 2.
func (s *scene) severity() float64 { return 1 + s.weight }

// pass lets time go by. What was done too lightly shows when its time comes.
func (s *scene) pass(minutes float64) {
	s.now += minutes
	if s.due > 0 && s.now >= s.due {
		s.hurts, s.why = s.hurts+1, s.dueWhy
		s.due, s.spoiled = 0, true
	}
}

// trouble is the first thing on the way that does not work now, in the order in
// which work passes.
func (s *scene) trouble() trouble {
	if t := s.reading(); t != fine {
		return t
	}
	if t := s.working(); t != fine {
		return t
	}
	return s.writingOut()
}

// reading is what a run needs when it begins.
func (s *scene) reading() trouble {
	on, now := s.kind.on, s.now
	return first(
		when(on.has(gLink), s.link.trouble(now)), when(on.has(gAccess), s.access.trouble(now)),
		when(on.has(gSessions), s.sessions.trouble()), when(on.has(gBucket), s.bucket.trouble(now)),
		when(on.has(gInput), s.input.trouble(now)),
		when(on.has(gColumns), s.columns.trouble()),
		when(on.has(gLog), s.changelog.trouble(now)), when(on.has(gContent), s.content.trouble()))
}

// working is what it needs in the middle.
func (s *scene) working() trouble {
	on, now := s.kind.on, s.now
	return first(
		when(on.has(gMemory), s.memory.trouble(now)), when(on.has(gHost), s.host.trouble(now)),
		when(on.has(gRelease), s.release.trouble()), when(on.has(gFeatures), s.features.trouble(now)),
		when(on.has(gModel), s.model.trouble()), when(on.has(gTraffic), s.traffic.trouble(now)))
}

// writingOut is what it needs to write its results.
func (s *scene) writingOut() trouble {
	on := s.kind.on
	return first(
		when(on.has(gLock), s.lock.trouble(s.now)), when(on.has(gQueue), s.queue.trouble(s)),
		when(on.has(gDisk), s.disk.trouble(s.now)))
}

func when(on bool, t trouble) trouble {
	if on {
		return t
	}
	return fine
}

func first(all ...trouble) trouble {
	for _, t := range all {
		if t != fine {
			return t
		}
	}
	return fine
}

// healthy reports whether the incident is over, as things are.
func (s *scene) healthy() bool {
	if s.spoiled {
		return false
	}
	if s.kind.service {
		return s.trouble() == fine
	}
	return s.done
}

// try is one run from the start, or a look at a service that is called again.
func (s *scene) try(r *rand.Rand) {
	on := s.kind.on
	if on.has(gAccess) {
		s.access.login(s)
	}
	if on.has(gInput) {
		s.input.read(s)
	}
	started := s.reading()
	if on.has(gBucket) {
		s.bucket.draw(s)
	}
	if s.kind.service {
		s.pass(1)
		return
	}
	minutes := about(r, s.kind.minutes, .3)
	if started != fine {
		s.pass(minutes * .2)
		return
	}
	s.pass(minutes * .5)
	if s.working() == fine {
		s.pass(minutes * .5)
		s.write(r)
	}
}

// write is the end of a run. One that fails there may leave some of its rows,
// and one that comes after it adds its own to them.
func (s *scene) write(r *rand.Rand) {
	if s.kind.on.has(gQueue) && s.queue.trouble(s) == queued {
		s.queue.add(s)
	}
	left := coin(r, s.p[pPartialWrite])
	if s.writingOut() != fine {
		s.partial = s.partial || left
		return
	}
	if s.partial && !s.idempotent {
		s.doom(uniform(r, 30, 90), "rows are there twice: a run that failed had left some")
	}
	s.done, s.writing, s.partial = true, false, false
}

// idle lets time go by while nobody acts: the schedule goes on.
func (s *scene) idle(minutes float64) {
	end := s.now + minutes
	for !s.kind.service && !s.done && s.next <= end {
		s.pass(max(s.next-s.now, 0))
		s.scheduled++
		s.routine = true
		s.try(stream(s.seed, "scheduled", s.scheduled))
		s.routine = false
		s.next += s.period
	}
	if end > s.now {
		s.pass(end - s.now)
	}
}
