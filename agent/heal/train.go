package heal

import (
	"context"
	"fmt"
	"reflect"

	pipewright "github.com/pipewright/pipewright"
	"github.com/pipewright/pipewright/agent/catalogue"
	"github.com/pipewright/pipewright/rl"
)

// Train folds a log into a policy. It is a pure function of catalogue, settings and
// log: the same ones give the same bits and so the same name.
func Train(cat *catalogue.Catalogue, cfg Config, l Log) (Policy, error) {
	var m learned
	if err := m.learn(cat, l.Episodes()); err != nil {
		return Policy{}, err
	}
	return policyOf(cfg.Policy, m.model, cfg)
}

// learned is a model that is kept between two looks at the log: what is new is learned
// on top, and all anew only where an older episode reads otherwise than before, as after
// a late word of a person.
type learned struct {
	model    *rl.Model
	episodes []rl.Episode
}

// learn brings the model up to the log's episodes. It is then what Train makes of them.
func (m *learned) learn(cat *catalogue.Catalogue, episodes []rl.Episode) error {
	from := len(m.episodes)
	if m.model == nil || from > len(episodes) || !reflect.DeepEqual(m.episodes, episodes[:from]) {
		fresh, err := rl.NewModel(Prior(cat), hyper())
		if err != nil {
			return pipewright.Errorf(pipewright.Invalid, "read the catalogue as a prior: %w", err)
		}
		m.model, from = fresh, 0
	}
	for _, e := range episodes[from:] {
		if err := m.model.Learn(e); err != nil {
			m.model = nil
			return fmt.Errorf("learn from %s: %w", e.ID, err)
		}
	}
	m.episodes = episodes
	return nil
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
