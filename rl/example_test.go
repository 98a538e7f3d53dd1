package rl_test

import (
	"fmt"

	"github.com/pipewright/pipewright/rl"
)

// One decision, from a fault catalogue to a paragraph, and what is learned of it.
func Example() {
	prior := rl.Prior{
		Verbs:    []rl.Verb{{Name: "restart", Minutes: 4}, {Name: "rollback", Minutes: 5}},
		Features: []rl.Feature{{Name: "deploy", Values: []string{"no", "yes"}}},
		Causes: []rl.Cause{
			{Name: "worker_hung", Class: "stuck", Weight: 1.5, Recovery: []float64{.9, .02}, Harm: []float64{.02, .02}, Shows: [][]float64{{.9, .1}}},
			{Name: "code_bug", Class: "code_or_config", Weight: .75, Recovery: []float64{.02, .9}, Harm: []float64{.02, .02}, Shows: [][]float64{{.1, .9}}},
		},
	}
	model, err := rl.NewModel(prior, rl.DefaultHyper())
	if err != nil {
		panic(err)
	}
	_, name, err := model.Snapshot()
	if err != nil {
		panic(err)
	}
	planner, err := rl.NewPlanner(rl.Strict(), rl.Setting{Model: name, Episodes: model.Episodes()})
	if err != nil {
		panic(err)
	}
	incident := rl.Case{
		Seen:    []rl.Seen{{Feature: "deploy", Value: "yes"}},
		Context: rl.Context{Error: "run_failed", Stage: "glue:job"},
		Candidates: []rl.Candidate{
			{Verb: "restart", Target: "glue:job/orders_etl", Pull: rl.Pull{Risk: "R1"}},
			{Verb: "rollback", Target: "glue:job/orders_etl", Pull: rl.Pull{Risk: "R1"}},
		},
		Seed: 7,
	}
	record, _, err := rl.Decide(model, name, planner, incident)
	if err != nil {
		panic(err)
	}
	grounds, err := model.Ground(record)
	if err != nil {
		panic(err)
	}
	record.Grounds = &grounds
	why, err := record.Explain(planner)
	if err != nil {
		panic(err)
	}
	fmt.Println(record.Choice.Ruling, incident.Candidates[record.Choice.Arm].Verb)
	fmt.Println(why.Paragraph())
	fmt.Println("replays:", record.Replay(model, name, planner) == nil)

	err = model.Learn(rl.Episode{
		ID: "inc-1", Weight: 1, Seen: incident.Seen, Context: incident.Context,
		Steps: []rl.Step{{Verb: "rollback", Result: rl.Recovered, Minutes: 6}},
	})
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.3f\n", model.Recovery("code_bug", "rollback").Mean())
	// Output:
	// ask rollback
	// Rollback `glue:job/orders_etl`, then restart `glue:job/orders_etl`, then a person. Code bug 73 % (deploy yes +1.8 log-odds), worker hung 17 %. This plan recovers 83 % of such cases without harm (80 % range 79 % to 90 %), harm 2.6 % (at most 3.1 %). Evidence: no run here yet, catalogue "almost always". Next best: restart `glue:job/orders_etl`, 19 %, worth 0.03 less. It asks: the plan is to recover 83 % alone, under the bar of 90. If deploy were no, it would first try restart `glue:job/orders_etl` (84 %).
	// replays: true
	// 0.920
}
