package heal

import (
	"context"
	"fmt"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Train folds a log into a policy. It is a pure function of catalogue, settings and
// log: the same ones give the same bits and so the same name.
func Train(cat *catalogue.Catalogue, cfg Config, l Log) (Policy, error) {
	prior := Prior(cat)
	m, err := rl.NewModel(prior, rl.DefaultHyper())
	if err != nil {
		return Policy{}, pipewright.Errorf(pipewright.Invalid, "read the catalogue as a prior: %w", err)
	}
	for _, e := range l.Episodes() {
		if err := m.Learn(e); err != nil {
			return Policy{}, fmt.Errorf("learn from %s: %w", e.ID, err)
		}
	}
	return policyOf(cfg.Policy, m, cfg)
}

// History is what a log is read from.
type History interface {
	Incidents(ctx context.Context, q pipewright.IncidentQuery) ([]pipewright.Incident, error)
	Outcomes(ctx context.Context) ([]pipewright.Outcome, error)
	Feedback(ctx context.Context) ([]pipewright.Request, error)
}

// mostIncidents is how many are learned from: more than a team has in a lifetime.
const mostIncidents = 1_000_000

// ReadLog reads the whole log.
func ReadLog(ctx context.Context, h History) (l Log, err error) {
	if l.Incidents, err = h.Incidents(ctx, pipewright.IncidentQuery{Limit: mostIncidents}); err != nil {
		return l, fmt.Errorf("read incidents: %w", err)
	}
	if l.Outcomes, err = h.Outcomes(ctx); err != nil {
		return l, fmt.Errorf("read outcomes: %w", err)
	}
	if l.Feedback, err = h.Feedback(ctx); err != nil {
		return l, fmt.Errorf("read feedback: %w", err)
	}
	return l, nil
}
