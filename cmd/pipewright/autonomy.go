package main

import (
	"cmp"
	"context"
	"slices"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/heal"
	"github.com/pipewright/pipewright/internal/slackbot"
)

// autonomyOf says of each action that was tried how far it may go alone, and what earned
// that: most often tried first.
func autonomyOf(store anyStore, rules heal.Modes) func(context.Context) ([]slackbot.Autonomy, error) {
	return func(ctx context.Context) ([]slackbot.Autonomy, error) {
		outcomes, err := store.Outcomes(ctx)
		if err != nil {
			return nil, err
		}
		changes, err := store.Modes(ctx)
		if err != nil {
			return nil, err
		}
		resources, err := store.Resources(ctx)
		if err != nil {
			return nil, err
		}
		env := map[pipewright.ResourceID]string{}
		for _, r := range resources {
			env[r.ID] = r.Env()
		}
		return standings(heal.Ladder{Rules: rules, Changes: changes, Outcomes: outcomes}, env), nil
	}
}

func standings(l heal.Ladder, env map[pipewright.ResourceID]string) (out []slackbot.Autonomy) {
	for _, o := range l.Outcomes {
		where := cmp.Or(env[o.Action.Target], pipewright.Resource{}.Env())
		i := slices.IndexFunc(out, func(a slackbot.Autonomy) bool {
			return a.Class == o.Class && a.Action == o.Action.Kind && a.Env == where
		})
		if i >= 0 {
			out[i].Tried++
			continue
		}
		a := slackbot.Autonomy{Class: o.Class, Action: o.Action.Kind, Env: where, Tried: 1, Held: l.Held(o.Class, o.Action.Kind), Harm: l.Harmed(o.Class, o.Action.Kind)}
		s := l.Standing(o.Class, o.Action, where)
		if a.Rung = s.Rung; s.Change != nil {
			a.By = s.Change.By
		}
		out = append(out, a)
	}
	slices.SortStableFunc(out, func(a, b slackbot.Autonomy) int { return b.Tried - a.Tried })
	return out
}
