package gym

import (
	"math/rand/v2"
	"time"

	pipewright "github.com/pipewright/pipewright"
)

// Escalate hands the incident to a person, who always gets it right in the
// end, and closes it. Result.Minutes is how long that took; what was made worse
// takes half as long again. If it recovers by itself meanwhile, the person only
// confirms it.
func (g *Gym) Escalate() Result {
	e := g.running()
	people := e.w.sc.People
	r := stream(e.scene.seed, "escalate")
	minutes := about(r, people.Escalate.at(e.inc.at), .4)
	e.fixed = e.choose(r)
	if e.scene.hurts > 0 {
		minutes *= 1.5
	}
	from, before := e.scene.now, e.scene.hurts
	well := e.await(minutes)
	if e.scene.hurts > before {
		e.blame()
	}
	e.money += people.EscalateCost
	e.escalated = true
	e.end(well)
	return Result{Seen: Recovered, Minutes: well - from, Cost: people.EscalateCost}
}

// await lets a person work, and returns when it was healthy.
func (e *episode) await(minutes float64) float64 {
	end := e.scene.now + minutes
	for e.scene.now < end {
		if e.scene.healthy() && e.scene.due == 0 {
			e.fixed = ""
			return e.scene.now
		}
		e.scene.idle(min(5, end-e.scene.now))
	}
	return end
}

// choose is what the person does: of the verbs that would work here and harm
// nothing, the quickest, mostly.
func (e *episode) choose(r *rand.Rand) pipewright.Verb {
	best, least := pipewright.Verb(""), 0.0
	for _, v := range e.scene.kind.verbs {
		ok, took := e.would(v, 1)
		if ok == 1 && (best == "" || took < least) {
			best, least = v, took
		}
	}
	if !coin(r, .9) {
		return ""
	}
	return best
}

// would tries a verb on copies of the scene: the share that recovers with no
// harm, and the mean minutes.
func (e *episode) would(v pipewright.Verb, tries int) (share, minutes float64) {
	for i := range tries {
		c := e.scene
		before := c.hurts
		c.do(v, stream(c.seed, "would", uint64(i)))
		if c.healthy() && c.hurts == before && c.due == 0 {
			share++
		}
		minutes += c.now - e.scene.now
	}
	return share / float64(tries), minutes / float64(tries)
}

// Ask proposes a verb to a person and waits for the answer. An approval holds
// for the next action only.
func (g *Gym) Ask(v pipewright.Verb) Reply {
	e := g.running()
	people := e.w.sc.People
	r := stream(e.scene.seed, "ask", uint64(e.asks))
	minutes := about(r, people.Ask.at(e.inc.at), .5)
	yes := people.ApproveBad
	if e.scene.kind.can(v) {
		if good, _ := e.would(v, 3); good > .5 {
			yes = people.ApproveGood
		}
	}
	approved := coin(r, yes)
	e.scene.idle(minutes)
	e.asks++
	e.money += people.AskCost
	e.approved = ""
	if approved {
		e.approved = v
	}
	return Reply{Approved: approved, Minutes: minutes, Cost: people.AskCost}
}

func (d DayNight) at(t time.Time) float64 {
	if night(t) {
		return d.Night
	}
	return d.Day
}
