// Package gym is a world of pipelines that break, one incident after another,
// made for trials of policies: thousands of incidents a second, telemetry only
// around them. It is the plant of package sim with the clock taken out of the
// hours in which nothing happens.
//
// # How it is used
//
//	g, err := gym.New(gym.Options{Seed: 7, Incidents: 1000, Logs: true})
//	for c, ok := g.Next(); ok; c, ok = g.Next() {
//		for _, o := range g.Settled() { ... learn from what is known by now ... }
//		... look at c, g.Probe("queue_long") ...
//		switch r := g.Act("scale_up"); r.Seen {
//		case gym.Recovered:
//			if g.Close().Seen != gym.Recovered { ... it came back in the soak: the case is open again ... }
//		case gym.Unchanged: ... g.Act, g.Wait, g.Ask, g.Escalate ...
//		case gym.Worse:     g.Escalate()
//		}
//	}
//	for _, o := range g.Settled() { ... the rest ... }
//
// A Case is everything that can be seen before anything is done. It and what
// Probe, Act, Wait, Ask, Close and Settled return is all that a policy may
// read. What is really wrong is in truth.go and ceiling.go, for reports only.
//
// # How faults and cures emerge
//
// An incident is a scene: the state of every mechanism on the way of one job or
// service (a link, memory, a queue, locks, a change log, columns, credentials,
// a token bucket, ...). A cause perturbs some of it. A verb changes the state
// as its actuator would, whatever is wrong, and then the job runs, or the
// service is looked at: it has recovered if every mechanism on the way lets it.
// There is no table of causes and verbs.
//
// # Chance
//
// A world is a function of its seed and scenario. Every chance is drawn from a
// stream of its own (incident, concern, step, verb), so two policies that do
// the same thing at the same step of the same incident meet the same luck, and
// what one does never moves another's.
//
// # Return of an incident
//
//	+1 once it is healthy, also when a person made it so
//	-severity (1 to 2) for each action that made it worse
//	-money of each action, ask and escalation
//	-0.006 a minute until it is healthy, times Case.Criticality
package gym
